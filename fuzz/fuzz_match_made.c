/* match/made*.c: whatever the values and tables are, counts are shares, ratios are finite and bounded, and a hash with four more letters is
 * no maker's any more (Argon2's may have any length). The first byte chooses between one value and a table of text. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"
#include "match/made.h"
#include "match/made_form.h"

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

struct piece {
    struct str left;
};

static int read_all(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct piece *piece = self;
    (void)err;
    *ret_got = piece->left.len < room ? piece->left.len : room;
    memcpy(into, piece->left.data, *ret_got);
    piece->left = str_slice(piece->left, *ret_got, piece->left.len);
    return 0;
}

static void look_at_table(struct str text)
{
    struct err err = {0};
    struct sets sets;
    struct table_sink sink;
    struct table_report report;
    struct piece piece = {text};
    struct table_bytes bytes = {&piece, read_all};
    sets_begin(&sets, &sink);
    if (table_read_bytes(&bytes, STR("sample"), &sink, &report, &err) == 0 && sets_end(&sets, &err) == 0) {
        struct made *made = calloc(1, sizeof(*made));
        check(made != NULL);
        for (size_t s = 0; s < sets.count; s++) {
            struct made_peek peek = {.sets = sets};
            check(made_look(made, &sets.sets[s], s % 2 == 0 && sets.count == 1 ? &peek : NULL, &err) == 0);
            check(isfinite(made->raw) && made->raw < 3.01 && made->term >= 0 && made->term <= 1);
            for (size_t t = 0; t < made->count; t++) {
                const struct made_test *test = &made->tests[t];
                check(test->k <= test->n && isfinite(test->value) && test->value < 3.01 &&
                      test->counted <= test->value);
                check(test->column < sets.sets[s].column_count);
            }
            json_t *body = made_json(made);
            check(body != NULL);
            json_decref(body);
        }
        free(made);
    }
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
