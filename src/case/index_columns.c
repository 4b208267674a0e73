/* Entries in the index: columns, some thousand entries to a row. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "case/index_inside.h"

#include "base/banned.h"

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

bool index_type_name(const struct index *index, unsigned code, struct str *ret_type)
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
        is_found = index_type_name(index, (unsigned char)named->codes.data[n - named->n], &type);
    } else {
        const char *sql = "SELECT n, count, type FROM block WHERE n <= ?1 ORDER BY n DESC LIMIT 1";
        if (sqlite3_prepare_v2(index->db, sql, -1, &query, NULL) == SQLITE_OK) {
            sqlite3_bind_int64(query, 1, (sqlite3_int64)n);
            if (sqlite3_step(query) == SQLITE_ROW) {
                uint64_t first = (uint64_t)sqlite3_column_int64(query, 0);
                const uint8_t *codes = sqlite3_column_blob(query, 2);
                is_found = codes != NULL && n - first < (uint64_t)sqlite3_column_bytes(query, 2) &&
                           index_type_name(index, codes[n - first], &type);
            }
        }
        sqlite3_finalize(query);
    }
    (void)snprintf(ret_type, TYPE_BYTES, "%.*s", STR_FMT(type));
    return is_found ? 0 : err_set(err, ERR_IO, "index.sqlite: entry %llu is in no column", (unsigned long long)n);
}
