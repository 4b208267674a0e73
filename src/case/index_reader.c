/* Reading the columns of the index, an entry at a time. */
#include <stdlib.h>

#include "base/own.h"
#include "base/time.h"
#include "case/index_inside.h"

#include "base/banned.h"

/* Entries that no longer stand, rising. */
struct gone {
    uint64_t *of;
    size_t count, at;
};

/* The row of the table that is being read; its cells are SQLite's until the next step. */
struct cells {
    const uint8_t *types, *lengths, *moments, *leaves;
    uint64_t count, at;
};

struct index_reader {
    struct index *index;
    sqlite3_stmt *query;
    struct gone gone;
    struct cells cells;
    uint64_t n, at; /* where the next entry has to begin */
    unsigned columns;
};

static int read_gone(struct index *index, struct gone *gone, struct err *err)
{
    sqlite3_stmt *query = NULL;
    size_t room = 0;
    int code = sqlite3_prepare_v2(index->db, "SELECT n FROM gone ORDER BY n", -1, &query, NULL);
    for (code = code == SQLITE_OK ? sqlite3_step(query) : code; code == SQLITE_ROW; code = sqlite3_step(query)) {
        if (gone->count == room) {
            room = room != 0 ? room * 2 : 64;
            uint64_t *grown = realloc(gone->of, room * sizeof *grown);
            if (grown == NULL) {
                sqlite3_finalize(query);
                return err_no_memory(err);
            }
            gone->of = grown;
        }
        gone->of[gone->count++] = (uint64_t)sqlite3_column_int64(query, 0);
    }
    sqlite3_finalize(query);
    return code == SQLITE_DONE ? 0 : index_fail(index, err);
}

static bool is_gone(struct gone *gone, uint64_t n)
{
    while (gone->at < gone->count && gone->of[gone->at] < n) {
        gone->at++;
    }
    return gone->at < gone->count && gone->of[gone->at] == n;
}

void index_reader_free(struct index_reader *reader)
{
    if (reader != NULL) {
        sqlite3_finalize(reader->query);
        free(reader->gone.of);
        free(reader);
    }
}

void own_index_reader(struct index_reader **reader)
{
    index_reader_free(*reader);
}

struct index_reader *index_reader_new(struct index *index, unsigned columns, struct err *err)
{
    static const char *const queries[] = {
        "SELECT n, count, at, type, length FROM block ORDER BY n",
        "SELECT n, count, at, type, length, NULL, leaf FROM block ORDER BY n",
        "SELECT n, count, at, type, length, moment FROM block ORDER BY n",
        "SELECT n, count, at, type, length, moment, leaf FROM block ORDER BY n",
    };
    struct index_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        err_no_memory(err);
        return NULL;
    }
    reader->index = index;
    reader->columns = columns;
    int failed = (columns & INDEX_GONE) != 0 ? read_gone(index, &reader->gone, err) : 0;
    if (failed == 0 && sqlite3_prepare_v2(index->db, queries[columns & (INDEX_LEAVES | INDEX_MOMENTS)], -1,
                                          &reader->query, NULL) != SQLITE_OK) {
        failed = index_fail(index, err);
    }
    if (failed != 0) {
        index_reader_free(reader);
        return NULL;
    }
    return reader;
}

/* A column of exactly count cells, or NULL. */
static const uint8_t *column(sqlite3_stmt *query, int slot, uint64_t count, size_t bytes)
{
    const uint8_t *cells = sqlite3_column_blob(query, slot);
    return (uint64_t)sqlite3_column_bytes(query, slot) == count * bytes ? cells : NULL;
}

static int odd(struct err *err)
{
    return err_set(err, ERR_IO, "index.sqlite: columns that do not fit one another");
}

/* 1: the next row of the table; 0: there is none; -1: err. */
static int step(struct index_reader *reader, struct err *err)
{
    sqlite3_stmt *query = reader->query;
    int code = sqlite3_step(query);
    reader->cells = (struct cells){.count = 0};
    if (code != SQLITE_ROW) {
        return code == SQLITE_DONE ? 0 : index_fail(reader->index, err);
    }
    struct cells cells = {.count = (uint64_t)sqlite3_column_int64(query, 1)};
    if (cells.count == 0 || cells.count > BLOCK_ENTRIES || (uint64_t)sqlite3_column_int64(query, 0) != reader->n ||
        (uint64_t)sqlite3_column_int64(query, 2) != reader->at) {
        return odd(err);
    }
    bool has_moments = (reader->columns & INDEX_MOMENTS) != 0 && sqlite3_column_type(query, 5) != SQLITE_NULL;
    bool has_leaves = (reader->columns & INDEX_LEAVES) != 0;
    cells.types = column(query, 3, cells.count, 1);
    cells.lengths = column(query, 4, cells.count, LENGTH_BYTES);
    cells.moments = has_moments ? column(query, 5, cells.count, MOMENT_BYTES) : NULL;
    cells.leaves = has_leaves ? column(query, 6, cells.count, SHA256_BYTES) : NULL;
    if (cells.types == NULL || cells.lengths == NULL || (has_moments && cells.moments == NULL) ||
        (has_leaves && cells.leaves == NULL)) {
        return odd(err);
    }
    reader->cells = cells;
    return 1;
}

static uint64_t get(const uint8_t *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | from[i - 1];
    }
    return value;
}

int index_next(struct index_reader *reader, struct index_row *ret_row, struct err *err)
{
    struct cells *cells = &reader->cells;
    if (cells->at == cells->count) {
        int got = step(reader, err);
        if (got <= 0) {
            return got;
        }
    }
    uint64_t i = cells->at++;
    struct index_row row = {.n = reader->n++, .at = reader->at, .code = cells->types[i], .moment_ns = TIME_NONE};
    row.bytes = get(cells->lengths + i * LENGTH_BYTES, LENGTH_BYTES) + 1;
    reader->at += row.bytes;
    if (!index_type_name(reader->index, cells->types[i], &row.type)) {
        return odd(err);
    }
    if (cells->moments != NULL) {
        row.moment_ns = (int64_t)get(cells->moments + i * MOMENT_BYTES, MOMENT_BYTES);
    }
    if (cells->leaves != NULL) {
        memcpy(row.leaf.bytes, cells->leaves + i * SHA256_BYTES, SHA256_BYTES);
    }
    row.is_gone = reader->gone.count != 0 && is_gone(&reader->gone, row.n);
    *ret_row = row;
    return 1;
}

bool index_leaves(struct index *index, uint64_t size, struct sha256 *ret_leaves)
{
    OWN(own_index_reader) struct index_reader *reader = index_reader_new(index, INDEX_LEAVES, NULL);
    struct index_row row;
    uint64_t n = 0;
    while (reader != NULL && n < size && index_next(reader, &row, NULL) == 1) {
        ret_leaves[n++] = row.leaf;
    }
    return n == size && reader != NULL;
}
