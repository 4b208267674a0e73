/* Tuples: "(1, 'a', NULL)". A value is a string or a bare word with a comma or a parenthesis right behind it nearly always;
 * those are found sixteen bytes at a time. All else is an expression: its end is found here, its worth in sql_expression.c.
 *
 * Nothing changes before the whole tuple is in sight: until then the cells hold what stands there, and `todo` what is to be
 * done to some of them. */
#include "base/str.h"
#include "formats/sql_inside.h"

#include "base/banned.h"

enum todo_kind { TODO_DOUBLED, TODO_BACKSLASHES, TODO_HEX, TODO_EXPRESSION, TODO_BYTES };

struct todo {
    uint16_t cell;
    uint8_t kind;
};

struct tuple {
    const struct sql_reading *how; /* NULL: cells are not wanted */
    struct str *cells;
    size_t room, count;
    struct todo *todo; /* 2 * TABLE_COLUMNS_MAX */
    size_t todo_count;
};

static void keep(struct tuple *tuple, const char *from, const char *to)
{
    if (tuple->count < tuple->room) {
        tuple->cells[tuple->count] = (struct str){from, (size_t)(to - from)};
    }
    tuple->count++;
}

/* For the cell kept last. */
static void note(struct tuple *tuple, enum todo_kind kind)
{
    if (tuple->count <= tuple->room) {
        tuple->todo[tuple->todo_count++] = (struct todo){(uint16_t)(tuple->count - 1), (uint8_t)kind};
    }
}

/* ---- The quick ways ---- */

/* The ',' or ')' behind a bare word at `at`; NULL: there is none within sight, or what is there is more than a word. */
static inline char *bare_end(char *at, char *end)
{
#if defined(__SSE2__)
    while (end - at >= 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        __m128i stops =
            _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(',')), _mm_cmpeq_epi8(block, _mm_set1_epi8(')')));
        __m128i odd =
            _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\'')), _mm_cmpeq_epi8(block, _mm_set1_epi8('(')));
        odd = _mm_or_si128(
            odd, _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')), _mm_cmpeq_epi8(block, _mm_set1_epi8('|'))));
        odd = _mm_or_si128(
            odd, _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('$')), _mm_cmpeq_epi8(block, _mm_set1_epi8('"'))));
        odd = _mm_or_si128(
            odd, _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('`')), _mm_cmpeq_epi8(block, _mm_set1_epi8('/'))));
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(' ')), block));
        int hits = _mm_movemask_epi8(_mm_or_si128(stops, odd));
        if (hits != 0) {
            char *hit = at + __builtin_ctz((unsigned)hits);
            return *hit == ',' || *hit == ')' ? hit : NULL;
        }
        at += 16;
    }
#endif
    while (at < end && (sql_is_word_byte(*at) || *at == '.' || *at == '-' || *at == '+') && *at != '$') {
        at++;
    }
    return at < end && (*at == ',' || *at == ')') ? at : NULL;
}

static inline bool is_null_word(const char *from, size_t len)
{
    return (len == 4 && str_eq_nocase((struct str){from, 4}, STR("null"))) ||
           (len == 7 && str_eq_nocase((struct str){from, 7}, STR("default")));
}

static inline void keep_bare(struct tuple *tuple, char *from, char *to)
{
    size_t len = (size_t)(to - from);
    char first = *from;
    if (first > '9' ? is_null_word(from, len) : len == 0) {
        if (tuple->count < tuple->room) {
            tuple->cells[tuple->count] = (struct str){NULL, 0};
        }
        tuple->count++;
        return;
    }
    bool is_hex = first == '0' && len > 2 && (from[1] | 0x20) == 'x';
    keep(tuple, from + (is_hex ? 2 : 0), to);
    if (is_hex) {
        note(tuple, TODO_HEX);
    }
}

static inline void keep_string(struct tuple *tuple, char *from, char *to, bool has_escapes, bool backslashes)
{
    const struct sql_reading *how = tuple->how;
    size_t column = tuple->count;
    keep(tuple, from, to);
    if (has_escapes) {
        note(tuple, backslashes ? TODO_BACKSLASHES : TODO_DOUBLED);
    }
    if (how == NULL) {
        return;
    }
    if (how->columns != NULL && column < how->column_count && how->columns[column] != SQL_TEXT) {
        note(tuple, TODO_BYTES);
    }
    if (how->is_oracle && from == to && column < tuple->room) {
        tuple->cells[column].data = NULL;
    }
}

/* ---- The end of an expression ---- */

static bool is_prefix(struct str word)
{
    static const struct str words[] = {STR_INIT("n"),    STR_INIT("e"),         STR_INIT("x"),       STR_INIT("b"),
                                       STR_INIT("q"),    STR_INIT("nq"),        STR_INIT("l"),       STR_INIT("date"),
                                       STR_INIT("time"), STR_INIT("timestamp"), STR_INIT("interval")};
    if (word.len == 0 || word.data[0] == '_') {
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (word.len == words[i].len && str_eq_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* Whether an expression can go on like this behind a string. If not, a quote is missing before or behind. */
static bool may_follow(const struct sql_cursor *c, char *behind)
{
    static const char *const words[] = {"as", "collate", "at", "using", "for", "from", "in", "escape", "uescape"};
    struct sql_cursor ahead = *c;
    ahead.at = behind;
    if (behind == c->end) {
        return true;
    }
    if (sql_is_word_byte(*behind)) {
        return false;
    }
    if (sql_skip_space(&ahead) != SQL_FOUND || ahead.at == ahead.end) {
        return true;
    }
    if (strchr(",)|:+]=", *ahead.at) != NULL) {
        return true;
    }
    if (*ahead.at == '\'') {
        return ahead.at > behind;
    }
    struct sql_cursor word = ahead;
    struct str found = sql_word(&word);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (str_eq_nocase(found, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static enum sql_found ran_out(struct sql_cursor *c)
{
    c->at = c->end;
    return c->is_ended ? SQL_BROKEN : SQL_MORE;
}

/* Over a string, a quoted name, a dollar-quoted text or a comment. */
static enum sql_found skip_quoted(struct sql_cursor *c, struct str prefix)
{
    bool escapes = false;
    char quote = *c->at;
    if (quote != '\'') {
        enum sql_found found = sql_skip_token(c);
        return found == SQL_FOUND ? found : ran_out(c);
    }
    bool is_q = str_eq_nocase(prefix, STR("q")) || str_eq_nocase(prefix, STR("nq"));
    char *behind = is_q ? sql_behind_q(c->at, c->end)
                        : sql_behind_string(c->at, c, c->has_backslashes || str_eq_nocase(prefix, STR("e")), &escapes);
    if (behind == NULL) {
        return ran_out(c);
    }
    if (!is_prefix(prefix) || !may_follow(c, behind)) {
        return SQL_BROKEN;
    }
    c->at = behind;
    return SQL_FOUND;
}

static bool opens_comment(const struct sql_cursor *c)
{
    return c->end - c->at >= 2 && ((c->at[0] == '-' && c->at[1] == '-') || (c->at[0] == '/' && c->at[1] == '*'));
}

/* Moves to the ',' or ')' behind the expression; *ret_last: behind its last byte that is no space. */
static enum sql_found skip_expression(struct sql_cursor *c, char **ret_last)
{
    size_t depth = 0;
    char *word = NULL;
    *ret_last = c->at;
    while (c->at < c->end) {
        char byte = *c->at;
        if (sql_is_word_byte(byte) && (byte != '$' || word != NULL || c->has_backslashes)) {
            word = word == NULL ? c->at : word;
            *ret_last = ++c->at;
            continue;
        }
        struct str prefix = {word, word == NULL ? 0 : (size_t)(c->at - word)};
        word = NULL;
        if (depth == 0 && (byte == ',' || byte == ')')) {
            return SQL_FOUND;
        }
        if (byte == '\'' || byte == '"' || byte == '`' || byte == '$' || opens_comment(c)) {
            enum sql_found found = skip_quoted(c, prefix);
            if (found != SQL_FOUND) {
                return found;
            }
            *ret_last = c->at;
            continue;
        }
        if (byte == ';' || (byte == '\n' && sql_is_statement(c->at + 1, c->end))) {
            return SQL_BROKEN;
        }
        depth += byte == '(' || byte == '[';
        depth -= (byte == ')' || byte == ']') && depth > 0;
        c->at++;
        *ret_last = sql_is_space(byte) ? *ret_last : c->at;
    }
    return ran_out(c);
}

/* ---- Tuples ---- */

/* White space before a value. A statement that begins there ends the tuple: a parenthesis or a quote is missing. */
static inline bool skip_blanks(struct sql_cursor *c)
{
    while (c->at < c->end && sql_is_space(*c->at)) {
        if (*c->at == '\n' && sql_is_statement(c->at + 1, c->end)) {
            return false;
        }
        c->at++;
    }
    return true;
}

static enum sql_found one_value(struct sql_cursor *c, struct tuple *tuple)
{
    char *from = c->at;
    bool is_hex = *from == 'X';
    if ((*from == 'N' || is_hex) && c->end - from > 1 && from[1] == '\'') {
        from++;
    }
    if (*from == '\'') {
        bool escapes = false;
        char *behind = sql_behind_string(from, c, c->has_backslashes, &escapes);
        if (behind == NULL) {
            return ran_out(c);
        }
        if (behind < c->end && (*behind == ',' || *behind == ')')) {
            if (from > c->at && is_hex) {
                keep(tuple, from + 1, behind - 1);
                note(tuple, TODO_HEX);
            } else {
                keep_string(tuple, from + 1, behind - 1, escapes, c->has_backslashes);
            }
            c->at = behind;
            return SQL_FOUND;
        }
    } else {
        char *stop = bare_end(from, c->end);
        if (stop != NULL) {
            keep_bare(tuple, from, stop);
            c->at = stop;
            return SQL_FOUND;
        }
    }
    from = c->at;
    char *last;
    enum sql_found found = skip_expression(c, &last);
    if (found == SQL_FOUND) {
        keep(tuple, from, last);
        note(tuple, TODO_EXPRESSION);
    }
    return found;
}

static enum sql_found scan(struct sql_cursor *c, struct tuple *tuple)
{
    do {
        c->at++;
        if (c->at < c->end && *c->at <= ' ' && !skip_blanks(c)) {
            return SQL_BROKEN;
        }
        if (c->at >= c->end) {
            return ran_out(c);
        }
        enum sql_found found = one_value(c, tuple);
        if (found != SQL_FOUND) {
            return found;
        }
    } while (*c->at == ',');
    c->at++;
    return SQL_FOUND;
}

/* ---- What is to be done to some cells ---- */

static struct str as_hex(struct str bytes, struct arena *arena)
{
    char *hex = arena_take(arena, bytes.len * 2 + 1, NULL);
    if (hex == NULL) {
        return bytes;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        hex[2 * i] = "0123456789abcdef"[byte >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[byte & 15];
    }
    return (struct str){hex, bytes.len * 2};
}

static struct str bytes_of(struct str cell, enum sql_column column, const struct sql_reading *how)
{
    if (column == SQL_BYTEA) {
        bool is_hex = cell.len >= 2 && cell.data[0] == '\\' && cell.data[1] == 'x';
        return is_hex ? (struct str){cell.data + 2, cell.len - 2} : cell;
    }
    return how->bytes != NULL && cell.data != NULL ? as_hex(cell, how->bytes) : cell;
}

static struct str worth_of(struct str cell, const struct sql_reading *how, size_t column, bool has_backslashes)
{
    struct sql_worth worth = sql_expression((char *)(uintptr_t)cell.data, cell.len, has_backslashes);
    bool is_column =
        how->columns != NULL && column < how->column_count && how->columns[column] == SQL_BYTEA && worth.is_text;
    if (worth.is_bytes || is_column) {
        return bytes_of(worth.text, is_column ? SQL_BYTEA : SQL_BYTES, how);
    }
    return how->is_oracle && worth.is_text && worth.text.len == 0 ? (struct str){NULL, 0} : worth.text;
}

static void finish(struct tuple *tuple, bool has_backslashes)
{
    for (size_t i = 0; i < tuple->todo_count; i++) {
        size_t column = tuple->todo[i].cell;
        struct str *cell = &tuple->cells[column];
        char *from = (char *)(uintptr_t)cell->data;
        switch ((enum todo_kind)tuple->todo[i].kind) {
        case TODO_DOUBLED:
        case TODO_BACKSLASHES:
            cell->len = (size_t)(sql_unescape(from, from, from + cell->len, '\'',
                                              tuple->todo[i].kind == TODO_DOUBLED ? SQL_DOUBLED : SQL_MYSQL) -
                                 from);
            break;
        case TODO_HEX:
            sql_lower_hex(from, cell->len);
            break;
        case TODO_EXPRESSION:
            *cell = worth_of(*cell, tuple->how, column, has_backslashes);
            break;
        case TODO_BYTES:
            *cell = bytes_of(*cell, (enum sql_column)tuple->how->columns[column], tuple->how);
            break;
        }
    }
}

enum sql_found sql_tuple_as(struct sql_cursor *c, const struct sql_reading *how, struct str *cells, size_t room,
                            size_t *ret_count)
{
    struct todo todo[2 * TABLE_COLUMNS_MAX];
    struct tuple tuple = {how, cells, room < TABLE_COLUMNS_MAX ? room : TABLE_COLUMNS_MAX, 0, todo, 0};
    enum sql_found found = scan(c, &tuple);
    if (found == SQL_FOUND) {
        finish(&tuple, c->has_backslashes);
        *ret_count = tuple.count;
    }
    return found;
}

enum sql_found sql_tuple(struct sql_cursor *c, struct str *cells, size_t room, size_t *ret_count)
{
    static const struct sql_reading plain = {0};
    return sql_tuple_as(c, &plain, cells, room, ret_count);
}

enum sql_found sql_count_tuple(struct sql_cursor *c, size_t *ret_count)
{
    struct tuple tuple = {0};
    enum sql_found found = scan(c, &tuple);
    *ret_count = tuple.count;
    return found;
}

/* The first quote or parenthesis in [at, end), or end. */
static inline char *find_mark(char *at, char *end)
{
#if defined(__SSE2__)
    while (end - at >= 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        __m128i hit = _mm_or_si128(
            _mm_cmpeq_epi8(block, _mm_set1_epi8('\'')),
            _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('(')), _mm_cmpeq_epi8(block, _mm_set1_epi8(')'))));
        int hits = _mm_movemask_epi8(hit);
        if (hits != 0) {
            return at + __builtin_ctz((unsigned)hits);
        }
        at += 16;
    }
#endif
    while (at < end && *at != '\'' && *at != '(' && *at != ')') {
        at++;
    }
    return at;
}

enum sql_found sql_skip_tuple(struct sql_cursor *c)
{
    char *start = c->at;
    size_t count;
    size_t depth = 0;
    for (char *at = start; (at = find_mark(at, c->end)) < c->end;) {
        if (*at == '\'') {
            bool escapes = false;
            bool is_plain = at > start && (!sql_is_word_byte(at[-1]) || at[-1] == 'N' || at[-1] == 'X');
            char *behind = is_plain ? sql_behind_string(at, c, c->has_backslashes, &escapes) : NULL;
            if (behind == NULL || behind == c->end || sql_is_word_byte(*behind)) {
                break; /* let the other way decide */
            }
            at = behind;
            continue;
        }
        depth += *at == '(';
        depth -= *at == ')';
        at++;
        if (depth == 0) {
            c->at = at;
            return SQL_FOUND;
        }
    }
    return sql_count_tuple(c, &count);
}
