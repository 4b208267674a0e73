/* reach/kinds.c: names and values of somebody's columns. Input: lines; the first holds table and column names with tabs between
 * them, each further line is a row. The same rows in one batch and one by one must give the same notes, and no more cells
 * of a kind than there are cells. */
#include <stdlib.h>

#include "base/str.h"
#include "reach/kinds.h"

enum { COLUMNS_MAX = 16, ROWS_MAX = 256 };

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static size_t split(struct str line, struct str *cells, size_t max)
{
    size_t count = 0;
    for (struct str_cut cut = {.tail = line, .found = true}; cut.found && count < max;) {
        cut = str_cut(cut.tail, '\t');
        cells[count++] = cut.head;
    }
    return count;
}

struct told {
    uint64_t sum;
    size_t count;
};

static struct told ask(const struct kind_column *columns, size_t width, const struct str *cells, size_t rows,
                       size_t step)
{
    struct kinds *kinds = NULL;
    const struct kind_note *notes;
    struct told told = {0};
    struct err err = {0};
    check(kinds_open(columns, width, &kinds, &err) == 0);
    for (size_t at = 0; at < rows; at += step) {
        kinds_rows(kinds, cells + at * width, step < rows - at ? step : rows - at);
    }
    check(kinds_notes(kinds, &notes, &told.count, &err) == 0);
    for (size_t i = 0; i < told.count; i++) {
        check(notes[i].column < width && notes[i].kind != NULL && notes[i].k <= notes[i].n && notes[i].n <= rows);
        check(notes[i].by_name ? notes[i].n == 0 : notes[i].k > 0);
        told.sum = told.sum * 31 + str_hash(str_of(notes[i].kind)) + notes[i].k + notes[i].column +
                   str_hash(str_of(notes[i].scheme == NULL ? "" : notes[i].scheme));
    }
    kinds_close(kinds);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct str cells[COLUMNS_MAX * ROWS_MAX];
    struct str names[COLUMNS_MAX + 1];
    struct kind_column columns[COLUMNS_MAX];
    struct str_cut line = str_cut((struct str){(const char *)data, size}, '\n');
    size_t width = split(line.head, names, COLUMNS_MAX + 1) - 1, rows = 0;
    for (size_t i = 0; i < width; i++) {
        columns[i] = (struct kind_column){.name = names[i + 1], .table = names[0]};
    }
    while (line.found && rows < ROWS_MAX && width > 0) {
        line = str_cut(line.tail, '\n');
        memset(cells + rows * width, 0, width * sizeof(*cells));
        split(line.head, cells + rows * width, width);
        rows++;
    }
    struct told whole = ask(columns, width, cells, rows, rows + 1);
    struct told single = ask(columns, width, cells, rows, 1);
    check(whole.sum == single.sum && whole.count == single.count);
    return 0;
}
