/* A sum of the index file: whether the disk still gives what was written.
 *
 * XXH3, 64 bits, over its pages one after the other. A digest for which nobody can find a second file would say no more: whoever may
 * write the file may write the sum, too. It is there for damage, of which it misses one in 2^64, and every opening of a case pays
 * for it.
 *
 * Left out is what keeping the sum itself changes: the page of the mark, which has to fit the ledger anyway, and three numbers
 * of the header (https://www.sqlite.org/fileformat.html, 1.3) that say which change was the last and by which SQLite. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "case/index_inside.h"

#include "base/banned.h"

enum { COUNTER_AT = 24, COUNTER_BYTES = 4, VALID_FOR_AT = 92, VALID_FOR_BYTES = 8, PAGE_MAX_BYTES = 65536 };

/* The one number that a query answers with; 0: none. */
static uint64_t number(struct index *index, const char *sql)
{
    sqlite3_stmt *query = NULL;
    uint64_t value = 0;
    if (sqlite3_prepare_v2(index->db, sql, -1, &query, NULL) == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW) {
        value = (uint64_t)sqlite3_column_int64(query, 0);
    }
    sqlite3_finalize(query);
    return value;
}

sqlite3_file *index_file(const struct index *index)
{
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(index->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return code == SQLITE_OK && file != NULL && file->pMethods != NULL ? file : NULL;
}

static uint64_t add_page(uint64_t so_far, uint64_t at, uint8_t *page, uint64_t bytes)
{
    if (at == 0) {
        memset(page + COUNTER_AT, 0, COUNTER_BYTES);
        memset(page + VALID_FOR_AT, 0, VALID_FOR_BYTES);
    }
    const uint64_t next[] = {so_far, at, str_hash((struct str){(const char *)page, bytes})};
    return str_hash((struct str){(const char *)next, sizeof next});
}

int index_sum(struct index *index, uint64_t *ret_sum, struct err *err)
{
    sqlite3_file *file = index_file(index);
    uint64_t page_bytes = number(index, "PRAGMA page_size");
    uint64_t mark_at = (number(index, "SELECT rootpage FROM sqlite_schema WHERE name = 'mark'") - 1) * page_bytes;
    sqlite3_int64 size = 0;
    uint64_t sum = 0;
    OWN(own_mem) uint8_t *page = malloc(PAGE_MAX_BYTES);
    if (page == NULL) {
        return err_no_memory(err);
    }
    if (file == NULL || page_bytes < VALID_FOR_AT + VALID_FOR_BYTES || page_bytes > PAGE_MAX_BYTES ||
        file->pMethods->xFileSize(file, &size) != SQLITE_OK || (uint64_t)size % page_bytes != 0) {
        return err_set(err, ERR_IO, "index.sqlite: is not whole pages of a file");
    }
    for (uint64_t at = 0; at < (uint64_t)size; at += page_bytes) {
        if (at == mark_at) {
            continue;
        }
        if (file->pMethods->xRead(file, page, (int)page_bytes, (sqlite3_int64)at) != SQLITE_OK) {
            return err_set(err, ERR_IO, "index.sqlite: cannot be read");
        }
        sum = add_page(sum, at, page, page_bytes);
    }
    *ret_sum = sum;
    return 0;
}
