/* Reads of whole tables by plain selects, kept by shape: an application that shows its list of countries on every page
 * does so thousands of times, and one row holds that. What is seldom stands out at the end (usual.c). */
#include <stdlib.h>

#include "base/str.h"
#include "trace/database.h"
#include "trace/keep.h"

#include "base/banned.h"

enum { INDEX = DB_READS * 2 };

void db_reads_free(struct db_reads *reads)
{
    free(reads->rows);
    free(reads->index);
    *reads = (struct db_reads){0};
}

static size_t slot_of(const struct db_reads *reads, uint64_t key)
{
    size_t slot = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (INDEX - 1);
    while (reads->index[slot] != 0 && reads->rows[reads->index[slot] - 1].key != key) {
        slot = (slot + 1) & (INDEX - 1);
    }
    return slot;
}

struct db_read *db_read_get(struct db_reads *reads, uint64_t key, struct err *err)
{
    if (reads->index == NULL && (reads->index = calloc(INDEX, sizeof *reads->index)) == NULL) {
        err_set(err, ERR_LIMIT, "no memory for statements");
        return NULL;
    }
    size_t slot = slot_of(reads, key);
    if (reads->index[slot] != 0) {
        return &reads->rows[reads->index[slot] - 1];
    }
    if (reads->count == DB_READS) {
        return NULL;
    }
    if (reads->count == reads->cap) {
        size_t cap = reads->cap == 0 ? 32 : reads->cap * 2;
        struct db_read *rows = reallocarray(reads->rows, cap, sizeof *rows);
        if (rows == NULL) {
            err_set(err, ERR_LIMIT, "no memory for %zu statements", cap);
            return NULL;
        }
        reads->rows = rows;
        reads->cap = cap;
    }
    struct db_read *row = &reads->rows[reads->count++];
    reads->index[slot] = (uint32_t)reads->count;
    const struct hit none = {.second = INT64_MIN};
    *row = (struct db_read){.key = key, .from_row = UINT64_MAX, .last_day = INT64_MIN, .first = none, .last = none};
    return row;
}

KEEP_KNOWS(struct db_reads, 40);
void db_reads_keep(struct keep *keep, struct db_reads *reads)
{
    size_t count = keep_count(keep, reads->count, DB_READS);
    KEEP(keep, reads->dropped);
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        struct err why = {0};
        struct db_read read;
        if (!keep_reads(keep)) {
            KEEP(keep, reads->rows[i]);
            continue;
        }
        KEEP(keep, read);
        struct db_read *row = db_read_get(reads, read.key, &why);
        if (row != NULL) {
            *row = read;
        } else {
            keep_fail(keep, &why);
        }
    }
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void merge_sums(struct db_read *a, const struct db_read *b)
{
    a->rows_told += b->rows_told;
    a->rows += b->rows;
    a->most_rows = larger(a->most_rows, b->most_rows);
    a->bytes_told += b->bytes_told;
    a->bytes += b->bytes;
    a->most_bytes = larger(a->most_bytes, b->most_bytes);
    a->limit = larger(a->limit, b->limit);
    a->from_row = a->from_row < b->from_row ? a->from_row : b->from_row;
    a->to_row = larger(a->to_row, b->to_row);
    a->pages += b->pages;
}

static void merge_read(struct db_read *a, const struct db_read *b, uint64_t lines_before)
{
    bool is_new = a->count == 0;
    struct db_read old = *a;
    if (is_new) {
        *a = *b;
        a->first.line += lines_before;
    } else {
        a->sessions += b->sessions - (b->last_number == a->last_number && b->sessions == 1);
        a->days += b->days - (b->days > 0 && b->first.second / 86400 == a->last_day);
        merge_sums(a, b);
        a->count += b->count;
        a->last_number = b->last_number;
        a->last_day = b->last_day;
    }
    a->last = b->last;
    a->last.line += lines_before;
    /* the newest of both */
    uint64_t kept = b->count < DB_SEEN ? b->count : DB_SEEN;
    for (uint64_t i = 0; i < kept; i++) {
        uint64_t nth = b->count - kept + i;
        struct db_seen seen = b->seen[nth % DB_SEEN];
        seen.hit.line += lines_before;
        a->seen[(old.count + nth) % DB_SEEN] = seen;
    }
}

int db_reads_merge(struct db_reads *into, const struct db_reads *from, uint64_t lines_before, struct err *err)
{
    into->dropped += from->dropped;
    for (size_t i = 0; i < from->count; i++) {
        struct err why = {0};
        struct db_read *row = db_read_get(into, from->rows[i].key, &why);
        if (row != NULL) {
            merge_read(row, &from->rows[i], lines_before);
        } else if (why.kind != ERR_NONE) {
            return err_set(err, ERR_LIMIT, "no memory for statements");
        } else {
            into->dropped += from->rows[i].count;
        }
    }
    return 0;
}
