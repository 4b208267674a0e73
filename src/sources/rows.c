/* Batches of copied values. */
#include <stdlib.h>

#include "base/hash.h"
#include "sources/rows.h"

#include "base/banned.h"

int rows_open(struct rows *rows, const struct source_sink *sink, size_t columns, struct err *err)
{
    *rows = (struct rows){.sink = sink, .columns = columns};
    rows->cells = calloc(columns * SOURCE_BATCH_ROWS + 1, sizeof(*rows->cells));
    return rows->cells == NULL ? err_set(err, ERR_LIMIT, "no memory for %zu columns", columns) : 0;
}

void rows_close(struct rows *rows)
{
    free(rows->cells);
    buf_free(&rows->bytes);
    rows->cells = NULL;
}

void own_rows(struct rows *rows)
{
    rows_close(rows);
}

void rows_skip(struct rows *rows)
{
    while (rows->wanted != NULL && rows->filled < rows->columns && !rows->wanted[rows->filled]) {
        rows->cells[rows->count * rows->columns + rows->filled++] = (struct str){NULL, 0};
    }
}

static struct str *next_cell(struct rows *rows)
{
    rows_skip(rows);
    return &rows->cells[rows->count * rows->columns + rows->filled++];
}

void rows_null(struct rows *rows)
{
    *next_cell(rows) = (struct str){NULL, 0};
}

/* The buffer may still move, so a cell keeps its offset + 1 for now. */
static struct str placed(const struct rows *rows, size_t len)
{
    return (struct str){(const char *)(uintptr_t)(rows->bytes.len + 1), len};
}

void rows_text(struct rows *rows, struct str text)
{
    text.len = text.len > ROWS_VALUE_BYTES_MAX ? ROWS_VALUE_BYTES_MAX : text.len;
    *next_cell(rows) = placed(rows, text.len);
    char *room = buf_room(&rows->bytes, text.len);
    if (room != NULL && text.len != 0) {
        memcpy(room, text.data, text.len);
        rows->bytes.len += text.len;
    }
}

void rows_hex(struct rows *rows, const unsigned char *bytes, size_t count)
{
    count = count > ROWS_VALUE_BYTES_MAX / 2 ? ROWS_VALUE_BYTES_MAX / 2 : count;
    struct str *cell = next_cell(rows);
    *cell = placed(rows, 2 * count);
    char *room = buf_room(&rows->bytes, 2 * count + 1);
    if (room != NULL) {
        hex_encode(room, bytes, count);
        rows->bytes.len += 2 * count;
    }
}

int rows_flush(struct rows *rows, struct err *err)
{
    TRY(buf_check(&rows->bytes, err));
    for (size_t i = 0; i < rows->count * rows->columns; i++) {
        struct str *cell = &rows->cells[i];
        if (cell->data != NULL) {
            cell->data = cell->len == 0 ? "" : rows->bytes.data + ((uintptr_t)cell->data - 1);
        }
    }
    size_t count = rows->count;
    rows->count = 0;
    int result = count == 0 ? 0 : rows->sink->rows(rows->sink->self, rows->cells, count, rows->columns, err);
    buf_reset(&rows->bytes);
    return result;
}

int rows_end(struct rows *rows, struct err *err)
{
    rows_skip(rows);
    rows->filled = 0;
    rows->count++;
    return rows->count == SOURCE_BATCH_ROWS || rows->bytes.len >= ROWS_BATCH_BYTES ? rows_flush(rows, err) : 0;
}
