/* Some rows of a table, and how many it has. A table of few rows is read whole. In a larger one with an integer key, keys are
 * drawn at random out of its range and looked up: each row is as likely as any other, however the keys lie, and it costs a
 * few pages a row. If hardly any key hits (ids with large gaps) or there is none, the first rows must do, and are called so. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/draw.h"
#include "sources/maria.h"

#include "base/banned.h"

enum {
    KEYS_AT_ONCE = 500,
    PILOT_KEYS = 400,
    PILOT_HITS_MIN = 8, /* 2 %: a thousand rows then take some 50,000 look-ups */
    DRAWS_PER_ROW_MAX = 60,
    DRAWS_MAX = 600000,
    VALUE_CHARACTERS = 65536 /* of long texts and blobs: kinds of data show early */
};

static void put_table(struct buf *sql, const struct survey_table *table)
{
    maria_name(sql, table->database);
    buf_putc(sql, '.');
    maria_name(sql, table->name);
}

static bool is_long(struct str type)
{
    return str_ends_nocase(type, STR("text")) || str_ends_nocase(type, STR("blob")) || str_eq_nocase(type, STR("json"));
}

/* SELECT its readable columns FROM it */
static void put_select(struct buf *sql, const struct survey_table *table)
{
    const char *before = "SELECT ";
    for (size_t i = 0; i < table->column_count; i++) {
        const struct survey_column *column = &table->columns[i];
        if (!column->is_readable) {
            continue;
        }
        buf_puts(sql, before);
        before = ", ";
        if (is_long(column->type)) {
            buf_puts(sql, "LEFT(");
            maria_name(sql, column->name);
            buf_printf(sql, ", %d)", VALUE_CHARACTERS);
        } else {
            maria_name(sql, column->name);
        }
    }
    buf_puts(sql, " FROM ");
    put_table(sql, table);
}

static int check_readable(const struct maria *maria, const struct survey_table *table, struct err *err)
{
    const struct maria_handle *handle = table->handle;
    if (table->unreadable.len > 0) {
        return err_set(err, ERR_USAGE, "%s: %.*s cannot be read", maria->where, STR_FMT(table->name));
    }
    return handle == NULL || handle->never == NULL
               ? 0
               : err_set(err, ERR_USAGE, "%s: %.*s: %s", maria->where, STR_FMT(table->name), handle->never);
}

/* The first number of an answer of one row; false: there is none. */
static int ask_numbers(struct maria *maria, const struct buf *sql, int64_t *ret_numbers, size_t count,
                       bool *ret_is_there, struct err *err)
{
    OWN(own_maria_answer) struct maria_answer answer = {0};
    TRY(maria_ask(maria, sql, &answer, err));
    *ret_is_there = answer.rows == 1 && answer.columns == count;
    for (size_t i = 0; *ret_is_there && i < count; i++) {
        *ret_is_there = str_i64(maria_cell(&answer, 0, i), &ret_numbers[i]);
    }
    return 0;
}

static int has_more_than(struct maria *maria, const struct survey_table *table, uint64_t rows, bool *ret_more,
                         struct err *err)
{
    int64_t one;
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT 1 FROM ");
    put_table(&sql, table);
    buf_printf(&sql, " LIMIT %llu, 1", (unsigned long long)rows);
    return ask_numbers(maria, &sql, &one, 1, ret_more, err);
}

static int read_first(struct maria *maria, const struct survey_table *table, uint64_t max_rows,
                      const struct source_sink *sink, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    put_select(&sql, table);
    buf_printf(&sql, " LIMIT %llu", (unsigned long long)max_rows);
    TRY(buf_check(&sql, err));
    return maria_stream(maria, buf_str(&sql), 0, NULL, sink, err);
}

static void put_keys(struct buf *sql, struct str key, const int64_t *keys, size_t count)
{
    buf_puts(sql, " WHERE ");
    maria_name(sql, key);
    buf_puts(sql, " IN (");
    for (size_t i = 0; i < count; i++) {
        buf_printf(sql, "%s%lld", i == 0 ? "" : ",", (long long)keys[i]);
    }
    buf_putc(sql, ')');
}

/* How many of some keys are there, before any row is handed on. */
static int count_hits(struct maria *maria, const struct survey_table *table, struct str key, int64_t low, int64_t high,
                      int64_t *ret_hits, struct err *err)
{
    int64_t keys[PILOT_KEYS];
    size_t drawn;
    bool is_there;
    OWN(own_buf) struct buf sql = {0};
    TRY(draw_keys(low, high, keys, PILOT_KEYS, &drawn, err));
    buf_puts(&sql, "SELECT COUNT(*) FROM ");
    put_table(&sql, table);
    put_keys(&sql, key, keys, drawn);
    *ret_hits = 0;
    return ask_numbers(maria, &sql, ret_hits, 1, &is_there, err);
}

/* Counts what passes, so that the look-ups end when enough rows were found. */
struct counting {
    const struct source_sink *sink;
    uint64_t rows;
};

static int pass_on(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct counting *counting = self;
    counting->rows += rows;
    return counting->sink->rows(counting->sink->self, cells, rows, columns, err);
}

static int look_up(struct maria *maria, const struct survey_table *table, struct str key, const int64_t *keys,
                   size_t drawn, uint64_t max_rows, const struct source_sink *sink, struct err *err)
{
    struct counting counting = {sink, 0};
    const struct source_sink counter = {&counting, pass_on};
    OWN(own_buf) struct buf sql = {0};
    for (size_t at = 0; at < drawn && counting.rows < max_rows; at += KEYS_AT_ONCE) {
        size_t count = drawn - at < KEYS_AT_ONCE ? drawn - at : KEYS_AT_ONCE;
        buf_reset(&sql);
        put_select(&sql, table);
        put_keys(&sql, key, keys + at, count);
        if (max_rows - counting.rows <
            count) { /* found in the order of the key: what is cut off must not be the high ones */
            buf_printf(&sql, " ORDER BY RAND() LIMIT %llu", (unsigned long long)(max_rows - counting.rows));
        }
        TRY(buf_check(&sql, err));
        TRY(maria_stream(maria, buf_str(&sql), 0, NULL, &counter, err));
    }
    return 0;
}

/* *ret_did false: the keys lie too far apart, or there are none; nothing was handed on. */
static int read_random(struct maria *maria, const struct survey_table *table, struct str key, uint64_t max_rows,
                       const struct source_sink *sink, bool *ret_did, struct err *err)
{
    int64_t ends[2], hits = 0;
    bool is_there;
    size_t drawn = 0;
    OWN(own_buf) struct buf sql = {0};
    *ret_did = false;
    buf_puts(&sql, "SELECT MIN(");
    maria_name(&sql, key);
    buf_puts(&sql, "), MAX(");
    maria_name(&sql, key);
    buf_puts(&sql, ") FROM ");
    put_table(&sql, table);
    TRY(ask_numbers(maria, &sql, ends, 2, &is_there, err));
    if (!is_there) {
        return 0;
    }
    TRY(count_hits(maria, table, key, ends[0], ends[1], &hits, err));
    if (hits < PILOT_HITS_MIN) {
        return 0;
    }
    uint64_t most = max_rows > DRAWS_MAX / DRAWS_PER_ROW_MAX ? DRAWS_MAX : max_rows * DRAWS_PER_ROW_MAX;
    OWN(own_mem) int64_t *keys = calloc(most + 1, sizeof *keys);
    if (keys == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to draw keys");
    }
    TRY(draw_keys(ends[0], ends[1], keys, most, &drawn, err));
    *ret_did = true;
    return look_up(maria, table, key, keys, drawn, max_rows, sink, err);
}

static int sample(struct maria *maria, const struct survey_table *table, uint64_t max_rows,
                  const struct source_sink *sink, const char **ret_how, struct err *err)
{
    const struct maria_handle *handle = table->handle;
    bool has_more = false, is_random = false;
    TRY(has_more_than(maria, table, max_rows, &has_more, err));
    if (has_more && handle != NULL && handle->key.len > 0) {
        TRY(read_random(maria, table, handle->key, max_rows, sink, &is_random, err));
    }
    if (!is_random) {
        TRY(read_first(maria, table, max_rows, sink, err));
    }
    *ret_how = !has_more ? "all rows" : is_random ? "random keys" : "the first rows";
    return 0;
}

int maria_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                 const char **ret_how, struct err *err)
{
    struct maria *maria = state;
    TRY(check_readable(maria, table, err));
    if (max_rows == 0) {
        *ret_how = "the first rows";
        return 0;
    }
    maria_start_clock(maria);
    int outcome = sample(maria, table, max_rows, sink, ret_how, err);
    maria_stop_clock(maria);
    return outcome;
}

int maria_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    struct maria *maria = state;
    int64_t rows = 0;
    bool is_there;
    OWN(own_buf) struct buf sql = {0};
    TRY(check_readable(maria, table, err));
    buf_puts(&sql, "SELECT COUNT(*) FROM ");
    put_table(&sql, table);
    maria_start_clock(maria);
    int outcome = ask_numbers(maria, &sql, &rows, 1, &is_there, err);
    maria_stop_clock(maria);
    TRY(outcome);
    if (!is_there || rows < 0) {
        return err_set(err, ERR_FORMAT, "%s: the server's count is no number", maria->where);
    }
    *ret_rows = (uint64_t)rows;
    return 0;
}
