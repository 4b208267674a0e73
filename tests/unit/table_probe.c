/* What the readers of tables make of one file.
 *
 *   table_probe FILE [TABLE...]    reading alone: counts and CPU seconds as JSON; TABLEs are not wanted (bench/dump_bench.py)
 *   table_probe --rows FILE        a line a row: its table, and its cells as hex, "~" a null (tests/cli/test_dumps.py) */
#include <stdio.h>
#include <sys/resource.h>

#include "base/str.h"
#include "formats/table.h"

#include "base/banned.h"

struct counts {
    uint64_t rows, bytes, cells, nulls;
    uint32_t tables;
    char **unwanted;
    bool prints;
    char names[TABLE_TABLES_MAX][64];
};

static void print_rows(const struct table_batch *batch, const char *name)
{
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        struct str cell = batch->cells[i];
        if (i % batch->columns == 0) {
            (void)printf("%s", name);
        }
        (void)printf(" %s", cell.data == NULL ? "~" : ".");
        for (size_t at = 0; at < cell.len; at++) {
            (void)printf("%02x", (unsigned char)cell.data[at]);
        }
        if (i % batch->columns == batch->columns - 1) {
            (void)printf("\n");
        }
    }
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct counts *counts = self;
    (void)err;
    (void)snprintf(counts->names[number], sizeof(counts->names[number]), "%.*s", STR_FMT(shape->name));
    counts->tables++;
    *ret_wanted = true;
    for (char **name = counts->unwanted; *name != NULL; name++) {
        *ret_wanted = *ret_wanted && !str_eq(shape->name, str_of(*name));
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct counts *counts = self;
    (void)err;
    counts->rows += batch->rows;
    if (counts->prints) {
        print_rows(batch, counts->names[batch->table]);
    }
    counts->cells += batch->rows * batch->columns;
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        counts->bytes += batch->cells[i].len;
        counts->nulls += batch->cells[i].data == NULL;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct counts counts;
    counts.prints = argc > 2 && str_eq(str_of(argv[1]), STR("--rows"));
    argv += counts.prints;
    argc -= counts.prints;
    counts.unwanted = argv + (argc < 2 ? argc : 2);
    struct table_sink sink = {.self = &counts, .table = on_table, .rows = on_rows};
    struct table_report report;
    struct rusage used;
    struct err err = {0};
    if (argc < 2 || table_read_file(argv[1], &sink, &report, &err) != 0) {
        (void)fprintf(stderr, "table_probe: %s\n", argc < 2 ? "a file" : err.text);
        return 2;
    }
    (void)getrusage(RUSAGE_SELF, &used);
    uint64_t rejected = 0;
    for (int i = 0; i < TABLE_REJECTS; i++) {
        rejected += report.rejected[i];
    }
    (void)fprintf(
        counts.prints ? stderr : stdout,
        "{\"rows\":%llu,\"cells\":%llu,\"nulls\":%llu,\"cell_bytes\":%llu,\"tables\":%u,\"rejected\":%llu,\"read\":%llu,\"bytes\":%llu,"
        "\"cpu\":%.4f,\"user\":%.4f,\"peak_mb\":%.1f}\n",
        (unsigned long long)counts.rows, (unsigned long long)counts.cells, (unsigned long long)counts.nulls,
        (unsigned long long)counts.bytes, counts.tables, (unsigned long long)rejected, (unsigned long long)report.rows,
        (unsigned long long)report.bytes,
        (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
            (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
        (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6, (double)used.ru_maxrss / 1000);
    return 0;
}
