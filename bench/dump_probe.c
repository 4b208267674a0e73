/* Reads a dump as match does and does nothing with the rows: how fast is reading alone? bench/dump_bench.py runs it.
 *
 *   dump_probe FILE [TABLE...]     prints rows, cells' bytes, rejected rows, tables and CPU seconds; TABLEs are not wanted */
#include <stdio.h>
#include <sys/resource.h>

#include "base/str.h"
#include "formats/table.h"

#include "base/banned.h"

struct counts {
    uint64_t rows, bytes, cells, nulls;
    uint32_t tables;
    char **unwanted;
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct counts *counts = self;
    (void)number;
    (void)err;
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
    counts->cells += batch->rows * batch->columns;
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        counts->bytes += batch->cells[i].len;
        counts->nulls += batch->cells[i].data == NULL;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct counts counts = {.unwanted = argv + (argc < 2 ? argc : 2)};
    struct table_sink sink = {.self = &counts, .table = on_table, .rows = on_rows};
    struct table_report report;
    struct rusage used;
    struct err err = {0};
    if (argc < 2 || table_read_file(argv[1], &sink, &report, &err) != 0) {
        (void)fprintf(stderr, "dump_probe: %s\n", argc < 2 ? "a file" : err.text);
        return 2;
    }
    (void)getrusage(RUSAGE_SELF, &used);
    uint64_t rejected = 0;
    for (int i = 0; i < TABLE_REJECTS; i++) {
        rejected += report.rejected[i];
    }
    (void)printf("{\"rows\":%llu,\"cells\":%llu,\"nulls\":%llu,\"cell_bytes\":%llu,\"tables\":%u,\"rejected\":%llu,\"read\":%llu,\"bytes\":%llu,"
                 "\"cpu\":%.4f,\"user\":%.4f,\"peak_mb\":%.1f}\n",
                 (unsigned long long)counts.rows, (unsigned long long)counts.cells, (unsigned long long)counts.nulls,
                 (unsigned long long)counts.bytes, counts.tables, (unsigned long long)rejected, (unsigned long long)report.rows,
                 (unsigned long long)report.bytes,
                 (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
                 (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6, (double)used.ru_maxrss / 1000);
    return 0;
}
