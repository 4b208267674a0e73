/* A row of CSV, cell by cell. */
#include "formats/csv_row.h"

#include "base/banned.h"

static void keep_cell(struct csv_row *row, const char *from, const char *to)
{
    if (row->count < row->room) {
        row->cells[row->count] = (struct str){from, (size_t)(to - from)};
    }
    row->count++;
}

/* Behind the opening quote at `open`: the closing quote, or NULL if it is not in the window. */
static const char *closing_quote(struct csv_scan *scan, const char *open, bool is_ended, bool *ret_escapes)
{
    const char *at = csv_scan_next(scan); /* the opening quote itself */
    if (at != open) {
        return NULL;
    }
    for (;;) {
        at = csv_scan_next(scan);
        if (at == NULL) {
            return NULL;
        }
        if (*at != '"') {
            continue;
        }
        if (at + 1 == scan->end) {
            return is_ended ? at : NULL;
        }
        if (at[1] != '"') {
            return at;
        }
        *ret_escapes = true;
        (void)csv_scan_next(scan);
    }
}

enum csv_outcome csv_row_parse(struct csv_row *row, struct csv_scan *scan, const char *at, bool is_ended)
{
    const struct csv_dialect d = scan->dialect;
    row->start = at;
    row->count = 0;
    row->has_escapes = row->is_odd = false;
    for (;;) {
        const char *to = NULL;
        const char *from = at;
        if (d.has_quotes && at < scan->end && *at == '"') {
            to = closing_quote(scan, at, is_ended, &row->has_escapes);
            if (to == NULL) {
                return CSV_ROW_MORE;
            }
            from = at + 1;
        }
        const char *stop = csv_scan_next(scan);
        while (stop != NULL && *stop == '"') {
            stop = csv_scan_next(scan); /* a quote in the middle of a cell is itself */
        }
        if (stop == NULL && !is_ended) {
            return CSV_ROW_MORE;
        }
        const char *edge = stop == NULL ? scan->end : stop;
        bool is_last = stop == NULL || *stop == d.eol;
        const char *trimmed = is_last && edge > from && edge[-1] == '\r' && d.eol == '\n' ? edge - 1 : edge;
        bool is_clean = to != NULL && to + 1 == trimmed;
        row->is_odd = row->is_odd || (to != NULL && !is_clean);
        keep_cell(row, is_clean || to == NULL ? from : at, is_clean ? to : trimmed);
        if (is_last) {
            row->next = stop == NULL ? scan->end : stop + 1;
            row->is_blank = row->count == 1 && trimmed == row->start;
            return CSV_ROW_GOOD;
        }
        at = stop + 1;
    }
}

void csv_unescape(struct csv_row *row)
{
    size_t count = row->count < row->room ? row->count : row->room;
    for (size_t i = 0; i < count; i++) {
        struct str *cell = &row->cells[i];
        if (cell->len < 2 || cell->data == row->start || cell->data[-1] != '"' ||
            memchr(cell->data, '"', cell->len) == NULL) {
            continue;
        }
        char *out = (char *)(uintptr_t)cell->data;
        size_t used = 0;
        for (size_t at = 0; at < cell->len; at++) {
            out[used++] = cell->data[at];
            at += cell->data[at] == '"' && at + 1 < cell->len && cell->data[at + 1] == '"';
        }
        cell->len = used;
    }
}
