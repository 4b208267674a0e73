/* match/made*.c: whatever the values and tables are, counts are shares, ratios are finite and bounded, and a hash with four more letters is
 * no maker's any more (Argon2's may have any length). The first byte chooses between one value and a table of text. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "match/made.h"
#include "match/made_form.h"
#include "match/made_peek.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void look_at_value(struct str value)
{
    struct made_hash hash = made_hash(value);
    check((hash.form == MADE_FORM_NONE) == (hash.chance <= 0) && hash.chance < 1);
    (void)made_uuid(value);
    (void)made_luhn(value);
    (void)made_iban(value);
    if (hash.form == MADE_FORM_GOOD && !str_starts(value, STR("$argon2"))) {
        struct buf longer = {0};
        buf_put(&longer, value);
        buf_puts(&longer, "aaaa");
        check(made_hash(buf_str(&longer)).form == MADE_FORM_BAD);
        buf_free(&longer);
    }
}

enum { COLUMNS = 16, CELLS = 4096 };

/* Lines and commas; the first line names the columns. A cell that is not there is a null. */
static void look_at_table(struct str text)
{
    static struct str cells[CELLS];
    struct str names[COLUMNS];
    struct err err = {0};
    struct sets sets;
    struct table_shape shape = {.name = STR("sample"), .columns = names, .column_count = 1};
    size_t rows = 0;
    struct str_cut line = str_cut(text, '\n');
    struct str_cut cell = {.tail = line.head, .found = true};
    for (shape.column_count = 0; cell.found && shape.column_count < COLUMNS; shape.column_count++) {
        cell = str_cut(cell.tail, ',');
        names[shape.column_count] = cell.head;
    }
    while (line.found && (rows + 1) * shape.column_count <= CELLS) {
        line = str_cut(line.tail, '\n');
        cell = (struct str_cut){.tail = line.head, .found = true};
        for (size_t c = 0; c < shape.column_count; c++) {
            bool is_there = cell.found;
            cell = str_cut(cell.tail, ',');
            cells[rows * shape.column_count + c] = is_there ? cell.head : (struct str){NULL, 0};
        }
        rows++;
    }
    check(sets_of(&sets, &shape, cells, rows, &err) == 0);
    struct made *made = calloc(1, sizeof(*made));
    check(made != NULL && sets.count == 1 && sets.sets[0].row_count == rows);
    for (int with = 0; with < 2; with++) {
        struct made_peek peek = {.sets = sets};
        check(made_look(made, &sets.sets[0], with == 0 ? NULL : &peek, &err) == 0);
        check(isfinite(made->raw) && made->raw < 3.01 && made->term >= 0 && made->term <= 1);
        for (size_t t = 0; t < made->count; t++) {
            const struct made_test *test = &made->tests[t];
            check(test->k <= test->n && isfinite(test->value) && test->value < 3.01 && test->counted <= test->value);
            check(test->column < shape.column_count && (with == 0 || test->has_reference));
        }
        json_t *body = made_json(made);
        check(body != NULL);
        json_decref(body);
    }
    free(made);
    sets_close(&sets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        struct str rest = {(const char *)data + 1, size - 1};
        (data[0] % 2 == 0 ? look_at_value : look_at_table)(rest);
    }
    return 0;
}
