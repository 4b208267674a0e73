/* A batch that owns its bytes, for drivers whose values live only until the next row. */
#ifndef ASSAY_SOURCES_ROWS_H
#define ASSAY_SOURCES_ROWS_H

#include "base/buf.h"
#include "sources/source.h"

struct rows {
    const struct source_sink *sink;
    size_t columns, count, filled; /* rows complete; cells of the row being filled */
    const bool *wanted; /* per column: the driver gives it; else it is filled with nulls. NULL: all are given */
    struct str *cells;  /* SOURCE_BATCH_ROWS * columns; data is an offset into bytes until the batch goes out */
    struct buf bytes;
};

enum { ROWS_BATCH_BYTES = 1 << 20, ROWS_VALUE_BYTES_MAX = 16 << 20 };

MUST_USE int rows_open(struct rows *rows, const struct source_sink *sink, size_t columns, struct err *err);
void rows_close(struct rows *rows);
void own_rows(struct rows *rows);
/* The next cell of the row; longer values are cut at ROWS_VALUE_BYTES_MAX (no key is that long). */
void rows_null(struct rows *rows);
void rows_text(struct rows *rows, struct str text);
void rows_hex(struct rows *rows, const unsigned char *bytes, size_t count);
/* Columns that are not wanted are filled with nulls, up to the next one that is, or the end of the row. */
void rows_skip(struct rows *rows);
/* The row is complete. Hands the batch on when it is full. */
MUST_USE int rows_end(struct rows *rows, struct err *err);
MUST_USE int rows_flush(struct rows *rows, struct err *err);

#endif
