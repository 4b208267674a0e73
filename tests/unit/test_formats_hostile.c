/* Tables made to be read again and again: what is broken costs a reader no more than a few times its bytes, and what is not, is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "formats/table.h"

enum { BYTES = 6 << 20, SECONDS = 20 };

struct pieces {
    struct str left;
};

static int read_piece(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct pieces *pieces = self;
    (void)err;
    size_t n = pieces->left.len < 16384 ? pieces->left.len : 16384;
    n = n < room ? n : room;
    if (n > 0) {
        memcpy(into, pieces->left.data, n);
    }
    pieces->left = str_slice(pieces->left, n, pieces->left.len);
    *ret_got = n;
    return 0;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    (void)self, (void)number, (void)shape, (void)err;
    *ret_wanted = true;
    return 0;
}

/* Counts rows whose first cell is "good". */
static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    uint64_t *good = self;
    (void)err;
    for (size_t r = 0; r < batch->rows; r++) {
        *good += str_eq(batch->cells[r * batch->columns], STR("good"));
    }
    return 0;
}

#define CSV "id,email\ngood,a@b.zz\n"
#define JSON "{\"id\":\"good\",\"e\":\"a\"}\n"
#define SQL "INSERT INTO `u` (`id`,`e`) VALUES ('good','a');\n"

static const struct {
    const char *name, *head, *unit, *tail;
    uint64_t good;
} cases[] = {
    {"lines that close a quote and open one", CSV, "\"b\",\"c\n", "good,x\n", 2},
    {"the same, closed at the end", CSV, "\"b\",\"c\n", "\"\ngood,x\n", 2},
    {"quotes", CSV, "\"", "\ngood,x\n", 2},
    {"one quote", CSV "\"\n", "good,x\n", "", 1 + BYTES / 7},
    {"empty lines first", "", "\n", CSV, 1},
    {"a first row that is long", "good,\"", "x", "\"", 1},
    {"objects without an end", JSON, "{\n", JSON, 2},
    {"objects that are cut", JSON, "{\"id\":\"1\",\"e\":\n", JSON, 2},
    {"comments without an end", JSON, "/*\n", JSON, 2},
    {"tables without an end", SQL, "CREATE TABLE x (\n", SQL, 2},
    {"the first line is cut", "{\"id\":1,\n", JSON, "", BYTES / (sizeof JSON - 1)},
};

static void test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf input = {0};
        struct table_report report = {0};
        struct err err = {0};
        uint64_t good = 0;
        struct str unit = str_of(cases[i].unit);
        buf_puts(&input, cases[i].head);
        for (size_t n = 0; n < BYTES / unit.len; n++) {
            buf_put(&input, unit);
        }
        buf_puts(&input, cases[i].tail);
        struct pieces pieces = {buf_str(&input)};
        struct table_bytes bytes = {&pieces, read_piece};
        struct table_sink sink = {.self = &good, .table = on_table, .rows = on_rows};
        clock_t began = clock();
        assert_int_equal(table_read_bytes(&bytes, STR("f"), &sink, &report, &err), 0);
        print_message("%s: %.2f s\n", cases[i].name, (double)(clock() - began) / CLOCKS_PER_SEC);
        assert_true(clock() - began < (clock_t)SECONDS * CLOCKS_PER_SEC);
        assert_int_equal(good, cases[i].good);
        table_report_close(&report);
        buf_free(&input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
