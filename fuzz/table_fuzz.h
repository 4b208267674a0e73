/* What the fuzz targets of table formats share: the same bytes in pieces of two sizes must give the same rows and the
 * same counts, and every row must be as wide as its table. */
#ifndef ASSAY_FUZZ_TABLE_FUZZ_H
#define ASSAY_FUZZ_TABLE_FUZZ_H

#include <stdlib.h>

#include "base/str.h"
#include "formats/window.h"

struct pieces {
    struct str left;
    size_t size;
};

/* All that the sink is told, as one number. */
struct told {
    uint64_t sum;
    size_t columns[TABLE_TABLES_MAX];
    uint32_t tables;
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int read_piece(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct pieces *pieces = self;
    (void)err;
    size_t n = pieces->left.len < pieces->size ? pieces->left.len : pieces->size;
    *ret_got = n < room ? n : room;
    memcpy(into, pieces->left.data, *ret_got);
    pieces->left = str_slice(pieces->left, *ret_got, pieces->left.len);
    return 0;
}

static void add(struct told *told, struct str text)
{
    told->sum = told->sum * UINT64_C(0x100000001b3) + str_hash(text) + text.len + (text.data == NULL ? 7 : 0);
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct told *told = self;
    (void)err;
    check(number == told->tables && number < TABLE_TABLES_MAX && shape->column_count > 0 &&
          shape->column_count <= TABLE_COLUMNS_MAX);
    told->columns[told->tables++] = shape->column_count;
    add(told, shape->name);
    for (size_t i = 0; i < shape->column_count; i++) {
        add(told, shape->columns[i]);
    }
    *ret_wanted = true;
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct told *told = self;
    (void)err;
    check(batch->table < told->tables && batch->columns == told->columns[batch->table] && batch->rows > 0 &&
          batch->rows <= TABLE_BATCH_ROWS);
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        add(told, batch->cells[i]);
    }
    return 0;
}

static int read_in(const struct table_format *format, struct str input, size_t size, struct told *told,
                   struct table_report *report)
{
    struct pieces pieces = {input, size};
    struct table_bytes bytes = {&pieces, read_piece};
    struct table_sink sink = {.self = told, .table = on_table, .rows = on_rows};
    struct window window;
    struct err err = {0};
    *told = (struct told){0};
    *report = (struct table_report){0};
    check(window_open(&window, &bytes, &err) == 0 && window_want(&window, TABLE_HEAD_BYTES, &err) == 0);
    int result = format->read(&window, STR("f"), &sink, report, &err);
    check(result == 0 || err.text[0] != '\0');
    window_close(&window);
    return result;
}

static void fuzz_table(const struct table_format *format, const uint8_t *data, size_t size)
{
    static struct told whole, cut;
    struct table_report first, second;
    struct str input = {(const char *)data, size};
    (void)format->probe(input);
    int one = read_in(format, input, SIZE_MAX, &whole, &first);
    int two = read_in(format, input, 1 + size / 7, &cut, &second);
    check(one == two && whole.sum == cut.sum && first.rows == second.rows);
    check(memcmp(first.rejected, second.rejected, sizeof(first.rejected)) == 0);
}

#endif
