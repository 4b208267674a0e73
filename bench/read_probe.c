/* How fast a live database is read, with nothing done to its rows: for bench/live_bench.py.
 *   read_probe URI TABLE [COLUMN...]   only these columns, by their names; without: all
 * Prints one JSON line: rows, bytes of all cells, wall and CPU seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/source.h"

#include "base/banned.h"

struct sum {
    uint64_t rows, bytes;
};

static int count(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct sum *sum = self;
    (void)err;
    sum->rows += rows;
    for (size_t i = 0; i < rows * columns; i++) {
        sum->bytes += cells[i].len;
    }
    return 0;
}

static int read_one(const char *uri, const char *name, char **columns, size_t column_count, struct err *err)
{
    OWN(own_source) struct source *source = NULL;
    const struct source_table *tables, *table = NULL;
    size_t tables_count;
    TRY(source_open(uri, &source, err));
    TRY(source_tables(source, &tables, &tables_count, err));
    for (size_t i = 0; i < tables_count; i++) {
        table = str_eq(tables[i].name, str_of(name)) ? &tables[i] : table;
    }
    if (table == NULL || table->unreadable != NULL) {
        return err_set(err, ERR_USAGE, "%s: no such table, or it cannot be read", name);
    }
    OWN(own_mem) bool *wanted = calloc(table->column_count, sizeof(*wanted));
    for (size_t i = 0; wanted != NULL && i < table->column_count; i++) {
        for (size_t c = 0; c < column_count; c++) {
            wanted[i] = wanted[i] || str_eq(table->columns[i], str_of(columns[c]));
        }
    }
    struct sum sum = {0};
    struct source_sink sink = {&sum, count};
    int64_t began = time_ticks();
    TRY(source_read_columns(source, table, column_count > 0 ? wanted : NULL, &sink, err));
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    (void)printf("{\"rows\": %llu, \"bytes\": %llu, \"seconds\": %.3f, \"cpu\": %.3f}\n", (unsigned long long)sum.rows,
                 (unsigned long long)sum.bytes, (double)(time_ticks() - began) / 1e9,
                 (double)used.tv_sec + (double)used.tv_nsec / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    if (argc < 3) {
        (void)fputs("usage: read_probe URI TABLE [COLUMN...]\n", stderr);
        return 64;
    }
    if (read_one(argv[1], argv[2], argv + 3, (size_t)argc - 3, &err) != 0) {
        (void)fprintf(stderr, "read_probe: %s\n", err.text);
        return 2;
    }
    return 0;
}
