/* trace/statement.c and its lexer: any bytes, in both dialects. What is said of a statement lies inside it, and a second reading
 * says the same. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "trace/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_inside(struct str part, struct str text)
{
    check(part.len == 0 || (part.data >= text.data && part.data + part.len <= text.data + text.len));
}

static void check_lexer(struct str text, enum dialect dialect)
{
    struct lex lex = {.text = text, .dialect = dialect};
    size_t tokens = 0, at = 0;
    for (struct token token = lex_next(&lex); token.kind != TOKEN_END; token = lex_next(&lex)) {
        check_inside(token.text, text);
        check(lex.at > at && lex.at <= text.len && ++tokens <= text.len);
        at = lex.at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    for (int d = 0; d < 2; d++) {
        enum dialect dialect = d == 0 ? DIALECT_MYSQL : DIALECT_POSTGRES;
        check_lexer(text, dialect);
        struct statement a = statement_read(text, dialect), b = statement_read(text, dialect);
        check(a.shape == b.shape && a.looks == b.looks && a.table_count <= STATEMENT_TABLES);
        for (size_t i = 0; i < a.table_count; i++) {
            check_inside(a.tables[i].schema, text);
            check_inside(a.tables[i].name, text);
        }
        check_inside(a.file, text);
        check_inside(a.application, text);
        struct marks marks = {0};
        marks_take(&marks, &a);
        (void)tool_name(dump_tool(&marks, a.application));
    }
    return 0;
}
