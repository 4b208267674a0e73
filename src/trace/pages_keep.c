/* Tables of paths in a state that is kept (keep.h). They are read each as a table of its own, and added to those that are there. */
#include "base/str.h"
#include "trace/keep.h"
#include "trace/pages_inside.h"

#include "base/banned.h"

KEEP_KNOWS(struct page, 576);
/* The row and its path, which it only points at. */
static void keep_row(struct keep *keep, struct page *page, char path[static PATH_BYTES])
{
    struct page row = *page;
    size_t len = keep_count(keep, page->path.len, PATH_BYTES);
    if (!keep_reads(keep) && len > 0) {
        memcpy(path, page->path.data, len);
    }
    row.path = (struct str){NULL, 0};
    KEEP(keep, row);
    keep_bytes(keep, path, len);
    row.path = (struct str){path, len};
    *page = row;
}

static void read_row(struct keep *keep, struct page_table *table)
{
    char path[PATH_BYTES];
    struct page page = {.requests = 0};
    struct err why = {0};
    keep_row(keep, &page, path);
    if (!keep_is_well(keep)) {
        return;
    }
    struct page *row = page_row_get(table, page.path, page.requests > 0, &why);
    if (row == NULL) {
        err_set(&why, why.kind != ERR_NONE ? why.kind : ERR_FORMAT, "no room for the paths of a state");
        keep_fail(keep, &why);
        return;
    }
    page.path = row->path;
    page.hash = row->hash;
    *row = page;
}

static void read_table(struct keep *keep, struct page_table *into)
{
    struct err why = {0};
    struct page_table *table = page_table_new(into->salt, &why);
    if (table == NULL) {
        keep_fail(keep, &why);
        return;
    }
    KEEP(keep, table->asked);
    KEEP(keep, table->level);
    for (size_t i = 0, count = keep_count(keep, 0, PAGES_MAX); i < count && keep_is_well(keep); i++) {
        read_row(keep, table);
    }
    if (keep_is_well(keep) && page_table_merge(into, table, &why) != 0) {
        keep_fail(keep, &why);
    }
    page_table_free(table);
}

KEEP_KNOWS(struct page_table, 144);
static void write_table(struct keep *keep, struct page_table *table)
{
    char path[PATH_BYTES];
    KEEP(keep, table->asked);
    KEEP(keep, table->level);
    for (size_t i = 0, count = keep_count(keep, table->count, PAGES_MAX); i < count; i++) {
        struct page row = table->rows[i];
        keep_row(keep, &row, path);
    }
}

void page_tables_keep(struct keep *keep, struct page_table **tables, size_t count)
{
    for (size_t t = 0, kept = keep_count(keep, count, SIZE_MAX); t < kept && keep_is_well(keep); t++) {
        if (keep_reads(keep)) {
            read_table(keep, tables[t % count]);
        } else {
            write_table(keep, tables[t]);
        }
    }
}
