/* What a reader of tables gives, as text: "t(a,b) 1|x 2|\N ", however its bytes arrive. */
#ifndef ASSAY_TESTS_TABLE_TOLD_H
#define ASSAY_TESTS_TABLE_TOLD_H

#include "base/buf.h"
#include "base/str.h"
#include "table_pieces.h"

/* Everything a sink is told. */
struct told {
    struct buf text;
    uint64_t rows, bytes;
    uint32_t tables;
    bool rows_only;   /* no names in the text */
    bool counts_only; /* no text */
    const char *unwanted;
};

static int told_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct told *told = self;
    (void)err;
    assert_int_equal(number, told->tables++);
    *ret_wanted = told->unwanted == NULL || !str_eq(shape->name, str_of(told->unwanted));
    for (size_t i = 0; !told->counts_only && !told->rows_only && i <= shape->column_count; i++) {
        buf_put(&told->text, i == 0 ? shape->name : shape->columns[i - 1]);
        buf_puts(&told->text, i == shape->column_count ? ") " : i == 0 ? "(" : ",");
    }
    return 0;
}

/* A byte of zero as <0>. */
static void told_cell(struct buf *text, struct str cell)
{
    buf_puts(text, cell.data == NULL ? "\\N" : "");
    for (size_t i = 0; i < cell.len; i++) {
        buf_put(text, cell.data[i] == '\0' ? STR("<0>") : str_slice(cell, i, i + 1));
    }
}

static int told_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct told *told = self;
    (void)err;
    assert_true(batch->rows > 0 && batch->rows <= TABLE_BATCH_ROWS && batch->table < told->tables);
    told->rows += batch->rows;
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        struct str cell = batch->cells[i];
        told->bytes += cell.len;
        if (!told->counts_only) {
            told_cell(&told->text, cell);
            buf_puts(&told->text, i % batch->columns == batch->columns - 1 ? " " : "|");
        }
    }
    return 0;
}

/* Reads all of it, in pieces of `size` bytes. */
static int read_all(struct str input, size_t size, struct told *told, struct table_report *report, struct err *err)
{
    struct pieces pieces = {input, size};
    struct table_bytes bytes = {&pieces, read_piece};
    struct table_sink sink = {.self = told, .table = told_table, .rows = told_rows};
    *report = (struct table_report){0};
    return table_read_bytes(&bytes, STR("f"), &sink, report, err);
}

#endif
