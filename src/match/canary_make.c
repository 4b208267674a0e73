/* Steers the making of canaries: draws rows of every table, chooses the table, makes, tells how they stand out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "match/canaries.h"
#include "match/canary_make.h"
#include "match/decoys.h"
#include "sources/input.h"

#include "base/banned.h"

enum { TABLES_MAX = 64, MADE_MAX = 10000, TRIES = 50, PASSES_MAX = 8 };

/* An address that was made. */
struct address {
    uint64_t hash;
    size_t row;
};

struct making {
    const struct assay_canary_options *options;
    struct make_pool pools[TABLES_MAX];
    size_t count;
    uint64_t seed; /* of the draw of rows; values take the system's random bytes as they are */
    struct maker maker;
    struct planted_row *rows;
    struct address
        *addresses; /* of the rows, at most one per row and column; sorted while the table is looked through */
    size_t address_count;
    bool *is_taken; /* per row: somebody in the table has its address */
};

/* ---- A fair draw of rows (Vitter's algorithm R) ---- */

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct making *making = self;
    (void)number;
    if (making->count == TABLES_MAX || shape->column_count > MAKE_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d tables, or a table of more than %d columns", TABLES_MAX,
                       MAKE_COLUMNS_MAX);
    }
    struct make_pool *pool = &making->pools[making->count++];
    pool->name.data = str_dup(shape->name);
    pool->name.len = shape->name.len;
    pool->columns = calloc(shape->column_count + 1, sizeof(*pool->columns));
    pool->cells = calloc(MAKE_POOL_ROWS * shape->column_count + 1, sizeof(*pool->cells));
    pool->blocks = calloc(MAKE_POOL_ROWS, sizeof(*pool->blocks));
    bool good = pool->name.data != NULL && pool->columns != NULL && pool->cells != NULL && pool->blocks != NULL;
    for (size_t c = 0; good && c < shape->column_count; c++) {
        pool->columns[c] = (struct str){str_dup(shape->columns[c]), shape->columns[c].len};
        good = pool->columns[c].data != NULL;
        pool->column_count = c + 1;
    }
    struct str wanted = str_of(making->options->table == NULL ? "" : making->options->table);
    *ret_wanted = wanted.len == 0 || str_eq_nocase(wanted, shape->name);
    return good ? 0 : err_set(err, ERR_LIMIT, "no memory for a table");
}

/* A cell that may be copied: nothing unprintable, no backslash (what it means differs by database). */
static bool is_plain(struct str cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        if ((unsigned char)cell.data[i] < 0x20 || cell.data[i] == 0x7f || cell.data[i] == '\\') {
            return false;
        }
    }
    return str_is_utf8(cell);
}

static int keep_row(struct make_pool *pool, size_t at, const struct str *cells, struct err *err)
{
    size_t bytes = 0;
    for (size_t c = 0; c < pool->column_count; c++) {
        bytes += cells[c].len < MAKE_CELL_BYTES ? cells[c].len : 0;
    }
    char *block = malloc(bytes + 1);
    if (block == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a row");
    }
    free(pool->blocks[at]);
    pool->blocks[at] = block;
    for (size_t c = 0; c < pool->column_count; c++) {
        struct str *kept = &pool->cells[at * pool->column_count + c];
        struct str cell = str_trim(cells[c]);
        *kept = (struct str){NULL, 0};
        pool->is_cut[c] = pool->is_cut[c] || cell.len >= MAKE_CELL_BYTES;
        if (cell.data != NULL && cell.len > 0 && cell.len < MAKE_CELL_BYTES && is_plain(cell)) {
            memcpy(block, cell.data, cell.len);
            *kept = (struct str){block, cell.len};
            block += cell.len;
        }
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct making *making = self;
    struct make_pool *pool = &making->pools[batch->table];
    for (size_t r = 0; r < batch->rows; r++) {
        uint64_t at = pool->seen < MAKE_POOL_ROWS
                          ? pool->seen
                          : decoys_mix(making->seed ^ decoys_mix(pool->seen)) % (pool->seen + 1);
        pool->seen++;
        if (at < MAKE_POOL_ROWS) {
            TRY(keep_row(pool, (size_t)at, batch->cells + r * batch->columns, err));
            pool->count = pool->seen < MAKE_POOL_ROWS ? (size_t)pool->seen : MAKE_POOL_ROWS;
        }
    }
    return 0;
}

/* The table with addresses and the most rows. */
static int choose(struct making *making, struct err *err)
{
    bool best_has_mail = false;
    for (size_t t = 0; t < making->count; t++) {
        struct make_pool *pool = &making->pools[t];
        bool has_mail = false;
        for (size_t c = 0; c < pool->column_count && pool->count > 0; c++) {
            struct str cell = make_cell(pool, 0, c);
            has_mail = has_mail || (cell.data != NULL && str_find(cell, STR("@"), 0) != SIZE_MAX);
        }
        bool better = making->maker.pool == NULL || has_mail > best_has_mail ||
                      (has_mail == best_has_mail && pool->seen > making->maker.pool->seen);
        if (pool->count > 0 && better) {
            making->maker.pool = pool;
            best_has_mail = has_mail;
        }
    }
    if (making->maker.pool == NULL) {
        return err_set(err, ERR_USAGE, "%s has no row %s%s", making->options->like,
                       making->options->table == NULL ? "to be like" : "in a table ",
                       making->options->table == NULL ? "" : making->options->table);
    }
    return 0;
}

/* ---- Nobody's address ---- */

static enum normal_class class_of(struct making *making, struct str cell, struct str *ret_spelling)
{
    struct normal normal;
    normal_value(&making->maker.normalizer, cell, &normal);
    *ret_spelling = normal.bytes;
    return normal.class;
}

static int by_hash(const void *a, const void *b)
{
    const struct address *left = a;
    const struct address *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

/* Notes its addresses; false if another row that was made has one of them. */
static bool is_new(struct making *making, size_t row)
{
    for (size_t c = 0; c < making->maker.pool->column_count; c++) {
        struct str spelling;
        struct str cell = buf_str(&making->rows[row].cells[c]);
        if (cell.len == 0 || class_of(making, cell, &spelling) != NORMAL_EMAIL) {
            continue;
        }
        struct address address = {str_hash(spelling), row};
        for (size_t i = 0; i < making->address_count; i++) {
            if (making->addresses[i].hash == address.hash && making->addresses[i].row != row) {
                return false;
            }
        }
        making->addresses[making->address_count++] = address;
    }
    return true;
}

static void forget(struct making *making, size_t row)
{
    size_t kept = 0;
    for (size_t i = 0; i < making->address_count; i++) {
        if (making->addresses[i].row != row) {
            making->addresses[kept++] = making->addresses[i];
        }
    }
    making->address_count = kept;
    planted_row_clear(&making->rows[row]);
}

static int make_one(struct making *making, size_t row, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        forget(making, row);
        make_row(&making->maker, &making->rows[row]);
        if (making->maker.random.failed) {
            return err_set(err, ERR_IO, "the system gives no random numbers");
        }
        if (is_new(making, row)) {
            return 0;
        }
    }
    return err_set(err, ERR_LIMIT, "the table's values do not allow %llu different rows",
                   (unsigned long long)making->options->count);
}

static int check_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    const struct making *making = self;
    (void)err;
    *ret_wanted =
        &making->pools[number] == making->maker.pool && shape->column_count == making->maker.pool->column_count;
    return 0;
}

static int check_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct making *making = self;
    (void)err;
    for (size_t c = 0; c < batch->columns; c++) {
        for (size_t r = 0; making->maker.columns[c].make == MAKE_EMAIL && r < batch->rows; r++) {
            struct str spelling;
            enum normal_class class = class_of(making, batch->cells[r * batch->columns + c], &spelling);
            struct address key = {class == NORMAL_EMAIL ? str_hash(spelling) : 0, 0};
            const struct address *hit =
                class != NORMAL_EMAIL ? NULL
                                      : bsearch(&key, making->addresses, making->address_count, sizeof(key), by_hash);
            if (hit != NULL) {
                making->is_taken[hit->row] = true;
            }
        }
    }
    return 0;
}

/* A planted row with a customer's address would find the customer. The whole table is looked through, and again while there
 * was one. */
static int make_rows(struct making *making, struct input *input, struct err *err)
{
    struct table_sink rows = {.self = making, .table = check_table, .rows = check_rows};
    size_t count = (size_t)making->options->count;
    for (size_t i = 0; i < count; i++) {
        TRY(make_one(making, i, err));
    }
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        size_t taken = 0;
        memset(making->is_taken, 0, count * sizeof(*making->is_taken));
        qsort(making->addresses, making->address_count, sizeof(*making->addresses), by_hash);
        TRY(input_stream(input, &rows, err));
        for (size_t i = 0; i < count; i++) {
            taken += making->is_taken[i];
            TRY(making->is_taken[i] ? make_one(making, i, err) : 0);
        }
        if (taken == 0) {
            return 0;
        }
    }
    err_set(err, ERR_LIMIT, "the addresses that can be made under these domains are mostly customers' already");
    return err_remedy(err, "give a --domain without customers");
}

/* ---- Records ---- */

static int tell_row(struct making *making, const struct planted_row *made, struct str salt, uint64_t number,
                    const struct assay_sink *sink, struct err *err)
{
    const struct make_pool *pool = making->maker.pool;
    OWN(own_buf) struct buf bits = {0};
    json_t *cells = json_array();
    json_t *commitments = json_array();
    for (size_t c = 0; c < pool->column_count; c++) {
        struct str spelling;
        struct str cell = buf_str(&made->cells[c]);
        (void)json_array_append_new(cells, cell.len == 0 ? json_null() : json_stringn(cell.data, cell.len));
        enum normal_class class = cell.len == 0 ? NORMAL_NONE : class_of(making, cell, &spelling);
        if (class == NORMAL_NONE || !canary_tells(class, spelling)) {
            continue;
        }
        char hex[SHA256_HEX + 1];
        struct sha256 digest = canary_digest(salt, class, spelling);
        hex_encode(hex, digest.bytes, SHA256_BYTES);
        buf_printf(&bits, "%s%.*s=%.1f", bits.len > 0 ? " " : "", STR_FMT(pool->columns[c]),
                   floor(made->bits[c] * 10) / 10);
        (void)json_array_append_new(commitments, json_pack("{s:o, s:s, s:s, s:f}", "column",
                                                           assay_text(pool->columns[c], SET_NAME_BYTES_MAX), "class",
                                                           normal_class_name(class), "sha256", hex, "bits",
                                                           floor(made->bits[c] * 10) / 10));
    }
    return assay_emit(sink, ASSAY_FINDING,
                      json_pack("{s:I, s:o, s:o, s:s}", "number", (json_int_t)number, "cells", cells, "commitments",
                                commitments, "bits", bits.data == NULL ? "" : bits.data),
                      err);
}

/* ---- What gives them away ---- */

static void stand_out(json_t *list, struct str column, const char *why)
{
    (void)json_array_append_new(list,
                                json_pack("{s:o, s:s}", "column", assay_text(column, SET_NAME_BYTES_MAX), "why", why));
}

/* Addresses of the pool under this domain. */
static size_t count_domain(const struct make_pool *pool, size_t column, const char *domain)
{
    size_t count = 0;
    for (size_t i = 0; i < pool->count; i++) {
        count += str_eq_nocase(str_cut(make_cell(pool, i, column), '@').tail, str_of(domain));
    }
    return count;
}

/* Rows of the pool from the week before. */
static size_t count_week(struct making *making, size_t column)
{
    const struct make_pool *pool = making->maker.pool;
    int64_t now = making->options->now / NS_PER_S;
    size_t count = 0;
    for (size_t i = 0; i < pool->count; i++) {
        struct normal normal;
        int64_t seconds = INT64_MIN;
        normal_value(&making->maker.normalizer, make_cell(pool, i, column), &normal);
        if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
            seconds = normal.seconds;
        } else if (normal.class == NORMAL_NUMBER && !normal_number_as_time(normal.bytes, &seconds)) {
            seconds = INT64_MIN;
        }
        count += seconds > now - 7 * 86400 && seconds <= now;
    }
    return count;
}

static json_t *stands_out(struct making *making)
{
    const struct make_pool *pool = making->maker.pool;
    json_t *list = json_array();
    char why[320];
    for (size_t c = 0; c < pool->column_count; c++) {
        const struct make_column *column = &making->maker.columns[c];
        for (size_t d = 0; column->make == MAKE_EMAIL && d < making->options->domain_count; d++) {
            size_t there = count_domain(pool, c, making->options->domains[d]);
            if (there * 200 < pool->count) {
                (void)snprintf(why, sizeof(why), "%zu of %zu rows looked at have an address at %.200s", there,
                               pool->count, making->options->domains[d]);
                stand_out(list, column->name, why);
            }
        }
        if (column->make == MAKE_PHONE) {
            stand_out(list, column->name, "whoever knows the ranges reserved for fiction knows the numbers");
        }
        if (column->make == MAKE_NOTHING && column->filled > .05 && column->class != NORMAL_NUMBER) {
            (void)snprintf(why, sizeof(why), "empty, where %.0f %% of the rows have a value (%s)", 100 * column->filled,
                           column->why_empty);
            stand_out(list, column->name, why);
        }
        if (column->make == MAKE_STAMP) {
            size_t there = count_week(making, c);
            (void)snprintf(why, sizeof(why), "all within the last week, as %zu of %zu rows looked at are", there,
                           pool->count);
            if (there * 20 < pool->count) {
                stand_out(list, column->name, why);
            }
        }
    }
    return list;
}

/* ---- All of it ---- */

static int tell_all(struct making *making, const char *salt_hex, const struct assay_sink *sink, struct err *err)
{
    const struct make_pool *pool = making->maker.pool;
    json_t *columns = json_array();
    json_t *made_columns = json_array();
    for (size_t c = 0; c < pool->column_count; c++) {
        (void)json_array_append_new(columns, assay_text(pool->columns[c], SET_NAME_BYTES_MAX));
        (void)json_array_append_new(made_columns, json_boolean(making->maker.columns[c].make != MAKE_NOTHING));
    }
    return assay_emit(sink, ASSAY_SUMMARY,
                      json_pack("{s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:b}", "table",
                                assay_text(pool->name, SET_NAME_BYTES_MAX), "columns", columns, "made", made_columns,
                                "salt", salt_hex, "stands_out", stands_out(making), "rows_read", (json_int_t)pool->seen,
                                "rows_drawn", (json_int_t)pool->count, "complete", true),
                      err);
}

static int make_all(struct making *making, struct input *input, const struct assay_sink *sink, struct err *err)
{
    uint8_t salt[SHA256_BYTES];
    char hex[SHA256_HEX + 1];
    if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt)) {
        return err_set(err, ERR_IO, "the system gives no random numbers");
    }
    hex_encode(hex, salt, sizeof(salt));
    TRY(make_rows(making, input, err));
    for (size_t i = 0; i < making->options->count; i++) {
        TRY(tell_row(making, &making->rows[i], (struct str){(const char *)salt, sizeof(salt)}, i + 1, sink, err));
    }
    return tell_all(making, hex, sink, err);
}

static int run(struct making *making, struct input *input, const struct assay_sink *sink, struct err *err)
{
    struct table_sink rows = {.self = making, .table = on_table, .rows = on_rows};
    size_t count = (size_t)making->options->count;
    if (making->options->count == 0 || making->options->count > MADE_MAX) {
        return err_set(err, ERR_USAGE, "1 to %d rows can be made at a time", MADE_MAX);
    }
    making->rows = calloc(count, sizeof(*making->rows));
    making->addresses = calloc(count * MAKE_COLUMNS_MAX, sizeof(*making->addresses));
    making->is_taken = calloc(count, sizeof(*making->is_taken));
    bool good = making->rows != NULL && making->addresses != NULL && making->is_taken != NULL;
    if (!good || getrandom(&making->seed, sizeof(making->seed), 0) != (ssize_t)sizeof(making->seed)) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", count);
    }
    TRY(input_open(input, making->options->like, err));
    TRY(input_stream(input, &rows, err));
    TRY(choose(making, err));
    TRY(make_columns(&making->maker, err));
    return make_all(making, input, sink, err);
}

static void pool_close(struct make_pool *pool)
{
    for (size_t i = 0; pool->blocks != NULL && i < MAKE_POOL_ROWS; i++) {
        free(pool->blocks[i]);
    }
    for (size_t c = 0; c < pool->column_count; c++) {
        free((void *)(uintptr_t)pool->columns[c].data);
    }
    free(pool->blocks);
    free(pool->cells);
    free(pool->columns);
    free((void *)(uintptr_t)pool->name.data);
}

int assay_canary_make(const struct assay_canary_options *options, const struct assay_sink *sink, struct err *err)
{
    struct making *making = calloc(1, sizeof(*making));
    if (making == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to make rows");
    }
    making->options = options;
    making->maker = (struct maker){.options = options, .normalizer = {.wanted = NORMAL_ALL}};
    struct input input = {0};
    int result = run(making, &input, sink, err);
    input_close(&input);
    for (size_t i = 0; making->rows != NULL && i < options->count; i++) {
        planted_row_clear(&making->rows[i]);
    }
    for (size_t t = 0; t < making->count; t++) {
        pool_close(&making->pools[t]);
    }
    normalizer_close(&making->maker.normalizer);
    free(making->rows);
    free(making->addresses);
    free(making->is_taken);
    free(making);
    return result;
}
