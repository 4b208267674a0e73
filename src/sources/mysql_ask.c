/* Questions to MySQL and MariaDB, each within a time: libmariadb is asked in its non-blocking way and the socket is watched with a
 * deadline, since its own time limit begins anew with every byte that a server lets drip. Short answers are copied, so that
 * another question may be asked while they are read; rows of any number are streamed. What is quoted is quoted so that no
 * byte of a name can end the quotes. */
#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/maria.h"
#include "sources/rows.h"

#include "base/banned.h"

enum {
    ANSWER_BYTES_MAX = 96 << 20,
    MARGIN_MS = 400, /* the server's limit comes before ours: it ends a slow question, and the connection lives */
    SLACK_MS = 1000, /* used up before the server is told of a shorter limit */
    MYSQL_TIME_LIMIT_SINCE = 50708,
    MARIADB_TIME_LIMIT_SINCE = 100101,
    MYSQL_STATEMENT_TIMEOUT = 3024 /* ER_QUERY_TIMEOUT of MySQL; libmariadb names only MariaDB's */
};
#define NS_PER_MS INT64_C(1000000)

int maria_fail(const struct maria *maria, struct err *err)
{
    unsigned code = mysql_errno(maria->link);
    bool is_limit = code == ER_STATEMENT_TIMEOUT || code == MYSQL_STATEMENT_TIMEOUT || code == ER_QUERY_INTERRUPTED ||
                    code == ER_LOCK_WAIT_TIMEOUT;
    const char *server = maria->is_mariadb ? "MariaDB" : "MySQL";
    if (maria->is_late) {
        return err_set(err, ERR_LIMIT, "%s: %s did not answer within %u s", maria->where, server, maria->seconds);
    }
    if (is_limit) {
        return err_set(err, ERR_LIMIT, "%s: %s ended the question, which took too long (error %u)", maria->where,
                       server, code);
    }
    if (code == 0 || (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR)) {
        return err_set(err, ERR_IO, "%s: the connection to %s broke (error %u)", maria->where, server, code);
    }
    return err_set(err, ERR_IO, "%s: %s refused the question (error %u)", maria->where, server, code);
}

/* ---- time ---- */

static int64_t deadline_of(const struct maria *maria)
{
    return maria->deadline != 0 ? maria->deadline : time_ticks() + (int64_t)maria->seconds * NS_PER_S;
}

void maria_start_clock(struct maria *maria)
{
    maria->deadline = time_ticks() + (int64_t)maria->seconds * NS_PER_S;
}

void maria_stop_clock(struct maria *maria)
{
    maria->deadline = 0;
}

/* Waits for what the library waits for. Behind the deadline the connection is cut, and the library is told that all it waits for
 * has come: it finds the end of the connection, and comes to its own end. */
static int wait_for(struct maria *maria, int awaited, int64_t deadline)
{
    struct pollfd watched = {.fd = (int)mysql_get_socket(maria->link)};
    watched.events = (short)((awaited & MYSQL_WAIT_READ ? POLLIN : 0) | (awaited & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
                             (awaited & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
    int64_t left;
    while (!maria->is_late && (left = deadline - time_ticks()) > 0) {
        int64_t ms = left / NS_PER_MS + 1;
        int ready = poll(&watched, 1, ms > 60000 ? 60000 : (int)ms);
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return awaited & ~MYSQL_WAIT_TIMEOUT;
        }
    }
    maria->is_late = true;
    (void)shutdown(watched.fd, SHUT_RDWR);
    return awaited & ~MYSQL_WAIT_TIMEOUT;
}

static int query(struct maria *maria, struct str sql, int64_t deadline, struct err *err)
{
    int failed = 0;
    int awaited = mysql_real_query_start(&failed, maria->link, sql.data, (unsigned long)sql.len);
    while (awaited != 0) {
        awaited = mysql_real_query_cont(&failed, maria->link, wait_for(maria, awaited, deadline));
    }
    return failed == 0 ? 0 : maria_fail(maria, err);
}

static char **fetch(struct maria *maria, MYSQL_RES *result, int64_t deadline)
{
    char **row = NULL;
    int awaited = mysql_fetch_row_start(&row, result);
    while (awaited != 0) {
        awaited = mysql_fetch_row_cont(&row, result, wait_for(maria, awaited, deadline));
    }
    return row;
}

int maria_limit(struct maria *maria, int64_t ms, struct err *err)
{
    int64_t told = ms > 2 * MARGIN_MS ? ms - MARGIN_MS : ms / 2 + 1;
    OWN(own_buf) struct buf sql = {0};
    maria->limit_ms = ms;
    if (maria->is_mariadb && maria->version >= MARIADB_TIME_LIMIT_SINCE) {
        buf_printf(&sql, "SET SESSION max_statement_time = %lld.%03lld", (long long)told / 1000,
                   (long long)told % 1000);
    } else if (!maria->is_mariadb && maria->version >= MYSQL_TIME_LIMIT_SINCE) {
        buf_printf(&sql, "SET SESSION max_execution_time = %lld", (long long)told);
    } else {
        return 0;
    }
    TRY(buf_check(&sql, err));
    return query(maria, buf_str(&sql), deadline_of(maria), err);
}

/* The server is told of what is left for all statements together, where that is less than it knows of; and of the whole again. */
static int tell_limit(struct maria *maria, struct err *err)
{
    int64_t whole = (int64_t)maria->seconds * 1000;
    if (maria->deadline == 0) {
        return maria->limit_ms == whole || maria->limit_ms == 0 ? 0 : maria_limit(maria, whole, err);
    }
    int64_t left = (maria->deadline - time_ticks()) / NS_PER_MS;
    if (left <= 0) {
        return err_set(err, ERR_LIMIT, "%s: no answer within %u s", maria->where, maria->seconds);
    }
    bool is_new = left + SLACK_MS <= maria->limit_ms || left > maria->limit_ms + SLACK_MS;
    return is_new && maria->limit_ms != 0 ? maria_limit(maria, left, err) : 0;
}

/* ---- questions ---- */

/* Rows that are not wanted any more are not read to their end, which may be terabytes away: the connection is cut. */
static void drop(struct maria *maria, MYSQL_RES *result, bool is_read)
{
    if (!is_read) {
        (void)shutdown((int)mysql_get_socket(maria->link), SHUT_RDWR);
    }
    mysql_free_result(result);
}

int maria_run(struct maria *maria, const char *sql, struct err *err)
{
    TRY(query(maria, str_of(sql), deadline_of(maria), err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result != NULL) {
        drop(maria, result, false);
        return err_set(err, ERR_FORMAT, "%s: the server sent rows that were not asked for", maria->where);
    }
    return mysql_errno(maria->link) == 0 ? 0 : maria_fail(maria, err);
}

struct str maria_cell(const struct maria_answer *answer, size_t row, size_t column)
{
    struct str cell = answer->cells[row * answer->columns + column];
    return cell.data == NULL ? STR("") : cell;
}

void own_maria_answer(struct maria_answer *answer)
{
    arena_clear(&answer->arena);
    free(answer->cells);
    *answer = (struct maria_answer){0};
}

static int keep_row(struct maria_answer *answer, char **row, const unsigned long *lengths, struct err *err)
{
    if ((answer->rows + 1) * answer->columns > answer->room) {
        size_t room = 2 * answer->room + 64 * answer->columns;
        struct str *cells =
            room > ANSWER_BYTES_MAX / sizeof(struct str) ? NULL : realloc(answer->cells, room * sizeof *cells);
        if (cells == NULL) {
            return err_set(err, ERR_LIMIT, "the server's answer is too long");
        }
        answer->cells = cells;
        answer->room = room;
    }
    struct str *cells = &answer->cells[answer->rows * answer->columns];
    for (size_t i = 0; i < answer->columns; i++) {
        cells[i] = (struct str){NULL, 0};
        if (row[i] != NULL) {
            cells[i] = arena_str(&answer->arena, (struct str){row[i], lengths[i]}, err);
            TRY(cells[i].data == NULL);
        }
    }
    answer->rows++;
    return 0;
}

int maria_ask(struct maria *maria, const struct buf *sql, struct maria_answer *ret_answer, struct err *err)
{
    TRY(buf_check(sql, err));
    TRY(tell_limit(maria, err));
    int64_t deadline = deadline_of(maria);
    TRY(query(maria, buf_str(sql), deadline, err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result == NULL) {
        return mysql_errno(maria->link) != 0 ? maria_fail(maria, err)
                                             : err_set(err, ERR_FORMAT, "%s: no rows in answer", maria->where);
    }
    *ret_answer = (struct maria_answer){.columns = mysql_num_fields(result)};
    arena_init(&ret_answer->arena, ANSWER_BYTES_MAX);
    int outcome = 0;
    char **row = NULL;
    while (outcome == 0 && (row = fetch(maria, result, deadline)) != NULL) {
        outcome = keep_row(ret_answer, row, mysql_fetch_lengths(result), err);
    }
    outcome = outcome == 0 && mysql_errno(maria->link) != 0 ? maria_fail(maria, err) : outcome;
    drop(maria, result, row == NULL);
    if (outcome != 0) {
        own_maria_answer(ret_answer);
    }
    return outcome;
}

/* Bytes that are no text; numbers and times also say "binary" of themselves. */
static bool is_binary(const MYSQL_FIELD *field)
{
    enum { CHARSET_BINARY = 63 };
    bool has_bytes = field->type == MYSQL_TYPE_BIT || field->type == MYSQL_TYPE_GEOMETRY ||
                     field->type == MYSQL_TYPE_STRING || field->type == MYSQL_TYPE_VAR_STRING ||
                     field->type == MYSQL_TYPE_VARCHAR ||
                     (field->type >= MYSQL_TYPE_TINY_BLOB && field->type <= MYSQL_TYPE_BLOB);
    return has_bytes && field->charsetnr == CHARSET_BINARY;
}

static int put_row(struct rows *rows, const bool *are_binary, unsigned fields, char **row, const unsigned long *lengths,
                   struct err *err)
{
    for (unsigned i = 0; i < fields; i++) {
        if (row[i] == NULL) {
            rows_null(rows);
        } else if (are_binary[i]) {
            rows_hex(rows, (const unsigned char *)row[i], lengths[i]);
        } else {
            rows_text(rows, (struct str){row[i], lengths[i]});
        }
    }
    return rows_end(rows, err);
}

/* The fields must be those that were asked for: a hostile server may send more. */
static int check_fields(const struct maria *maria, const struct rows *rows, unsigned fields, struct err *err)
{
    size_t sent = 0;
    for (size_t i = 0; i < rows->columns; i++) {
        sent += rows->wanted == NULL || rows->wanted[i];
    }
    return sent == fields ? 0
                          : err_set(err, ERR_FORMAT, "%s: the server sent %u columns where %zu were asked for",
                                    maria->where, fields, sent);
}

static int stream_rows(struct maria *maria, MYSQL_RES *result, struct rows *rows, int64_t deadline, bool *ret_is_read,
                       struct err *err)
{
    unsigned fields = mysql_num_fields(result);
    TRY(check_fields(maria, rows, fields, err));
    OWN(own_mem) bool *are_binary = calloc(fields + 1, sizeof(*are_binary));
    if (are_binary == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u columns", fields);
    }
    for (unsigned i = 0; i < fields; i++) {
        are_binary[i] = is_binary(&mysql_fetch_fields(result)[i]);
    }
    char **row = NULL;
    while ((row = fetch(maria, result, deadline)) != NULL) {
        TRY(put_row(rows, are_binary, fields, row, mysql_fetch_lengths(result), err));
    }
    *ret_is_read = true;
    return mysql_errno(maria->link) != 0 ? maria_fail(maria, err) : rows_flush(rows, err);
}

int maria_stream(struct maria *maria, struct str sql, size_t columns, const bool *wanted,
                 const struct source_sink *sink, struct err *err)
{
    TRY(tell_limit(maria, err));
    int64_t deadline = deadline_of(maria);
    TRY(query(maria, sql, deadline, err));
    MYSQL_RES *result = mysql_use_result(maria->link);
    if (result == NULL) {
        return maria_fail(maria, err);
    }
    OWN(own_rows) struct rows rows;
    bool is_read = false;
    int outcome = rows_open(&rows, sink, columns != 0 ? columns : mysql_num_fields(result), err);
    rows.wanted = wanted;
    outcome = outcome == 0 ? stream_rows(maria, result, &rows, deadline, &is_read, err) : outcome;
    drop(maria, result, is_read && outcome == 0);
    return outcome;
}

void maria_name(struct buf *sql, struct str name)
{
    buf_putc(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`') {
            buf_putc(sql, '`');
        }
        buf_putc(sql, name.data[i]);
    }
    buf_putc(sql, '`');
}

void maria_text(struct buf *sql, struct str text)
{
    buf_puts(sql, "_utf8mb4 X'");
    for (size_t i = 0; i < text.len; i++) {
        buf_printf(sql, "%02X", (unsigned char)text.data[i]);
    }
    buf_putc(sql, '\'');
}

bool maria_is_system(struct str database)
{
    static const char *const own[] = {"mysql", "information_schema", "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_eq_nocase(database, str_of(own[i]))) {
            return true;
        }
    }
    return false;
}
