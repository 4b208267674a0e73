/* Entries in the index: columns, some thousand entries to a row. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/index_inside.h"

#include "base/banned.h"

enum { BLOCK_ENTRIES = 4096, LENGTH_BYTES = 2, MOMENT_BYTES = 8 };

static uint64_t get(const uint8_t *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--) {
        value = value << 8 | from[i - 1];
    }
    return value;
}

static void put(struct buf *out, uint64_t value, size_t bytes)
{
    char text[8];
    for (size_t i = 0; i < bytes; i++) {
        text[i] = (char)(value >> (8 * i) & 0xff);
    }
    buf_put(out, (struct str){text, bytes});
}

int index_read_types(struct index *index, struct err *err)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(index->db, "SELECT code, name FROM type ORDER BY code", -1, &query, NULL);
    for (code = code == SQLITE_OK ? sqlite3_step(query) : code; code == SQLITE_ROW; code = sqlite3_step(query)) {
        const unsigned char *name = sqlite3_column_text(query, 1);
        bool is_next = index->type_count < TYPES_MAX && name != NULL &&
                       sqlite3_column_int64(query, 0) == (sqlite3_int64)index->type_count + 1;
        if (!is_next) {
            sqlite3_finalize(query);
            return err_set(err, ERR_IO, "index.sqlite: types that do not count up");
        }
        (void)snprintf(index->types[index->type_count++], TYPE_BYTES, "%s", (const char *)name);
    }
    sqlite3_finalize(query);
    return code == SQLITE_DONE ? 0 : index_fail(index, err);
}

static uint8_t code_of(struct index *index, struct str type, struct err *err)
{
    for (size_t i = 0; i < index->type_count; i++) {
        if (str_eq(str_of(index->types[i]), type)) {
            return (uint8_t)(i + 1);
        }
    }
    if (index->type_count == TYPES_MAX || type.len >= TYPE_BYTES) {
        err_set(err, ERR_LIMIT, "more than %d types of entries", TYPES_MAX);
        return 0;
    }
    sqlite3_stmt *query = index->prepared[ADD_TYPE];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)index->type_count + 1);
    index_bind_text(query, 2, type);
    if (index_finish(index, ADD_TYPE, err) != 0) {
        return 0;
    }
    (void)snprintf(index->types[index->type_count++], TYPE_BYTES, "%.*s", STR_FMT(type));
    return (uint8_t)index->type_count;
}

uint8_t index_note_type(struct index *index, uint64_t n, struct str type, struct err *err)
{
    struct buf *codes = &index->named.codes;
    uint8_t code = codes->len != 0 ? (uint8_t)codes->data[codes->len - 1] : 0; /* mostly that of the one before */
    if (code == 0 || !str_eq(str_of(index->types[code - 1]), type)) {
        code = code_of(index, type, err);
    }
    if (n != index->named.n + codes->len) {
        err_set(err, ERR_BUG, "entry %llu is named out of order", (unsigned long long)n);
        return 0;
    }
    buf_putc(codes, (char)code);
    return code != 0 && buf_check(codes, err) != 0 ? 0 : code;
}

void index_drop_block(struct index *index)
{
    buf_free(&index->named.codes);
    buf_free(&index->block.types);
    buf_free(&index->block.lengths);
    buf_free(&index->block.moments);
    buf_free(&index->block.leaves);
    index->block = (struct block){.n = 0};
}

static void bind_column(sqlite3_stmt *query, int slot, const struct buf *column)
{
    sqlite3_bind_blob(query, slot, column->data, (int)column->len, SQLITE_STATIC);
}

int index_flush_block(struct index *index, struct err *err)
{
    struct block *block = &index->block;
    if (block->count == 0) {
        return 0;
    }
    TRY(buf_check(&block->types, err));
    TRY(buf_check(&block->lengths, err));
    TRY(buf_check(&block->moments, err));
    TRY(buf_check(&block->leaves, err));
    sqlite3_stmt *query = index->prepared[ADD_BLOCK];
    sqlite3_bind_int64(query, 1, (sqlite3_int64)block->n);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)block->count);
    sqlite3_bind_int64(query, 3, (sqlite3_int64)block->at);
    bind_column(query, 4, &block->types);
    bind_column(query, 5, &block->lengths);
    if (block->has_moment) {
        bind_column(query, 6, &block->moments);
    } else {
        sqlite3_bind_null(query, 6);
    }
    bind_column(query, 7, &block->leaves);
    TRY(index_finish(index, ADD_BLOCK, err));
    block->n += block->count;
    block->at += block->bytes;
    block->count = block->bytes = 0;
    block->has_moment = false;
    buf_reset(&block->types);
    buf_reset(&block->lengths);
    buf_reset(&block->moments);
    buf_reset(&block->leaves);
    return 0;
}

int index_place(struct index *index, uint64_t bytes, int64_t moment_ns, const struct sha256 *leaf, struct err *err)
{
    struct block *block = &index->block;
    const struct named *named = &index->named;
    uint64_t at = block->n + block->count - named->n; /* among those that are named */
    if (at >= named->codes.len || bytes == 0 || bytes > (uint64_t)UINT16_MAX + 1) {
        return err_set(err, ERR_BUG, "an entry is placed before it is named");
    }
    buf_putc(&block->types, named->codes.data[at]);
    put(&block->lengths, bytes - 1, LENGTH_BYTES);
    put(&block->moments, (uint64_t)moment_ns, MOMENT_BYTES);
    buf_put(&block->leaves, (struct str){(const char *)leaf->bytes, SHA256_BYTES});
    block->has_moment = block->has_moment || moment_ns != TIME_NONE;
    block->bytes += bytes;
    block->count++;
    return block->count < BLOCK_ENTRIES ? 0 : index_flush_block(index, err);
}

static bool name_type(const struct index *index, unsigned code, struct str *ret_type)
{
    bool is_known = code >= 1 && code <= index->type_count;
    *ret_type = is_known ? str_of(index->types[code - 1]) : (struct str){NULL, 0};
    return is_known;
}

int index_type_at(struct index *index, uint64_t n, char ret_type[static TYPE_BYTES], struct err *err)
{
    const struct named *named = &index->named;
    struct str type = {NULL, 0};
    sqlite3_stmt *query = NULL;
    bool is_found = false;
    if (n >= named->n && n - named->n < named->codes.len) {
        is_found = name_type(index, (unsigned char)named->codes.data[n - named->n], &type);
    } else {
        const char *sql = "SELECT n, count, type FROM block WHERE n <= ?1 ORDER BY n DESC LIMIT 1";
        if (sqlite3_prepare_v2(index->db, sql, -1, &query, NULL) == SQLITE_OK) {
            sqlite3_bind_int64(query, 1, (sqlite3_int64)n);
            if (sqlite3_step(query) == SQLITE_ROW) {
                uint64_t first = (uint64_t)sqlite3_column_int64(query, 0);
                const uint8_t *codes = sqlite3_column_blob(query, 2);
                is_found = codes != NULL && n - first < (uint64_t)sqlite3_column_bytes(query, 2) &&
                           name_type(index, codes[n - first], &type);
            }
        }
        sqlite3_finalize(query);
    }
    (void)snprintf(ret_type, TYPE_BYTES, "%.*s", STR_FMT(type));
    return is_found ? 0 : err_set(err, ERR_IO, "index.sqlite: entry %llu is in no column", (unsigned long long)n);
}

/* ---- reading ---- */

struct gone {
    uint64_t *of; /* rising */
    size_t count, at;
};

static void own_gone(struct gone *gone)
{
    free(gone->of);
}

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
                return err_set(err, ERR_LIMIT, "out of memory");
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

struct read {
    struct index *index;
    unsigned columns;
    struct gone gone;
    uint64_t n, at; /* where the next row has to begin */
    int (*visit)(void *self, const struct index_row *row);
    void *self;
};

static int odd(struct err *err)
{
    return err_set(err, ERR_IO, "index.sqlite: columns that do not fit one another");
}

/* A column of exactly count cells, or NULL. */
static const uint8_t *column(sqlite3_stmt *query, int slot, uint64_t count, size_t bytes)
{
    const uint8_t *cells = sqlite3_column_blob(query, slot);
    return (uint64_t)sqlite3_column_bytes(query, slot) == count * bytes ? cells : NULL;
}

/* One row of the table: the entries in it. */
static int each_of_block(struct read *read, sqlite3_stmt *query, struct err *err)
{
    uint64_t count = (uint64_t)sqlite3_column_int64(query, 1);
    if (count == 0 || count > BLOCK_ENTRIES || (uint64_t)sqlite3_column_int64(query, 0) != read->n ||
        (uint64_t)sqlite3_column_int64(query, 2) != read->at) {
        return odd(err);
    }
    const uint8_t *types = column(query, 3, count, 1);
    const uint8_t *lengths = column(query, 4, count, LENGTH_BYTES);
    const uint8_t *moments = column(query, 5, count, MOMENT_BYTES);
    const uint8_t *leaves = column(query, 6, count, SHA256_BYTES);
    bool has_moments = (read->columns & INDEX_MOMENTS) != 0 && sqlite3_column_type(query, 5) != SQLITE_NULL;
    if (types == NULL || lengths == NULL || (has_moments && moments == NULL) ||
        ((read->columns & INDEX_LEAVES) != 0 && leaves == NULL)) {
        return odd(err);
    }
    for (uint64_t i = 0; i < count; i++) {
        struct index_row row = {.n = read->n++, .at = read->at, .moment_ns = TIME_NONE};
        row.bytes = get(lengths + i * LENGTH_BYTES, LENGTH_BYTES) + 1;
        read->at += row.bytes;
        if (!name_type(read->index, types[i], &row.type)) {
            return odd(err);
        }
        if (has_moments) {
            row.moment_ns = (int64_t)get(moments + i * MOMENT_BYTES, MOMENT_BYTES);
        }
        if ((read->columns & INDEX_LEAVES) != 0) {
            memcpy(row.leaf.bytes, leaves + i * SHA256_BYTES, SHA256_BYTES);
        }
        row.is_gone = read->gone.count != 0 && is_gone(&read->gone, row.n);
        int told = read->visit(read->self, &row);
        if (told != 0) {
            return told;
        }
    }
    return 0;
}

int index_each(struct index *index, unsigned columns, int (*visit)(void *self, const struct index_row *row), void *self,
               struct err *err)
{
    static const char *const queries[] = {
        "SELECT n, count, at, type, length FROM block ORDER BY n",
        "SELECT n, count, at, type, length, NULL, leaf FROM block ORDER BY n",
        "SELECT n, count, at, type, length, moment FROM block ORDER BY n",
        "SELECT n, count, at, type, length, moment, leaf FROM block ORDER BY n",
    };
    OWN(own_gone) struct gone gone = {.count = 0};
    if ((columns & INDEX_GONE) != 0) {
        TRY(read_gone(index, &gone, err));
    }
    struct read read = {.index = index, .columns = columns, .gone = gone, .visit = visit, .self = self};
    sqlite3_stmt *query = NULL;
    int told = 0;
    int code = sqlite3_prepare_v2(index->db, queries[columns & (INDEX_LEAVES | INDEX_MOMENTS)], -1, &query, NULL);
    for (code = code == SQLITE_OK ? sqlite3_step(query) : code; code == SQLITE_ROW && told == 0;
         code = told == 0 ? sqlite3_step(query) : code) {
        told = each_of_block(&read, query, err);
    }
    if (told == 0 && code != SQLITE_DONE) {
        told = index_fail(index, err);
    }
    sqlite3_finalize(query);
    return told;
}

struct leaves {
    struct sha256 *of;
    uint64_t size, count;
};

static int keep_leaf(void *self, const struct index_row *row)
{
    struct leaves *leaves = self;
    if (leaves->count == leaves->size) {
        return 1;
    }
    leaves->of[leaves->count++] = row->leaf;
    return 0;
}

bool index_leaves(struct index *index, uint64_t size, struct sha256 *ret_leaves)
{
    struct leaves leaves = {.of = ret_leaves, .size = size};
    return index_each(index, INDEX_LEAVES, keep_leaf, &leaves, NULL) >= 0 && leaves.count == size;
}
