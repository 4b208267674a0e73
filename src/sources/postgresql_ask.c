/* Questions to PostgreSQL, each within a time. libpq's own calls wait for ever on a server that has stopped answering, so here
 * the socket is watched with a deadline: when it passes, the connection is cut and the question has failed.
 *
 * Each question lies in an explicit transaction, of its own unless one is open: code of the examined database that
 * a question ran by accident could turn the session's later implicit transactions read-write, but not one that has begun.
 *
 * The server's own words are not passed on after the login: they can carry values ("invalid input syntax for type
 * integer: ..."). SQLSTATE says what it was. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/sql.h"
#include "sources/postgresql.h"
#include "sources/postgresql_binary.h"
#include "sources/rows.h"

#include "base/banned.h"

enum {
    MARGIN_MS =
        400, /* the server's limit comes before ours, so that it ends a slow question and the connection lives */
    SLACK_MS = 1000,  /* used up before the server is told of a shorter limit */
    DRAIN_SECONDS = 2 /* for rows that are not wanted any more; then the connection is cut */
};
#define NS_PER_MS INT64_C(1000000)

/* ---- what went wrong ---- */

void own_result(PGresult **result)
{
    PQclear(*result);
}

int postgresql_fail(const struct postgresql *pg, const PGresult *result, struct err *err)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (pg->is_late) {
        return err_set(err, ERR_LIMIT, "%s: PostgreSQL did not answer within %u s", pg->where, pg->seconds);
    }
    if (state == NULL) {
        return err_set(err, ERR_IO, "%s: the connection to PostgreSQL broke", pg->where);
    }
    if (str_eq(str_of(state), STR("57014"))) {
        return err_set(err, ERR_LIMIT, "%s: PostgreSQL ended the question, which took too long (SQLSTATE 57014)",
                       pg->where);
    }
    char code[6] = "";
    for (size_t i = 0; i < 5 && ((state[i] >= '0' && state[i] <= '9') || (state[i] >= 'A' && state[i] <= 'Z')); i++) {
        code[i] = state[i]; /* five letters and digits, whatever a hostile server sends */
        code[i + 1] = '\0';
    }
    return err_set(err, ERR_IO, "%s: PostgreSQL refused the question (SQLSTATE %s)", pg->where, code);
}

/* ---- waiting ---- */

static int64_t deadline_of(const struct postgresql *pg)
{
    return pg->deadline != 0 ? pg->deadline : time_ticks() + (int64_t)pg->seconds * NS_PER_S;
}

/* What is under way on the connection cannot be taken up again. */
static void cut(struct postgresql *pg)
{
    (void)shutdown(PQsocket(pg->connection), SHUT_RDWR);
}

static int wait_for(struct postgresql *pg, short events, int64_t deadline)
{
    int64_t left;
    while ((left = deadline - time_ticks()) > 0) {
        struct pollfd watched = {.fd = PQsocket(pg->connection), .events = events};
        int64_t ms = left / NS_PER_MS + 1;
        int ready = poll(&watched, 1, ms > 60000 ? 60000 : (int)ms);
        if (ready > 0) {
            return 0;
        }
        if (ready < 0 && errno != EINTR) {
            return -1;
        }
    }
    pg->is_late = true;
    cut(pg);
    return -1;
}

/* Sends what libpq holds back; a server that reads nothing must not hold us. */
static int flush(struct postgresql *pg, int64_t deadline)
{
    int left;
    while ((left = PQflush(pg->connection)) == 1) {
        if (wait_for(pg, POLLIN | POLLOUT, deadline) != 0 || PQconsumeInput(pg->connection) == 0) {
            return -1;
        }
    }
    return left;
}

/* The next result. *ret_result NULL: there is no further one. */
static int next_result(struct postgresql *pg, int64_t deadline, PGresult **ret_result)
{
    while (PQisBusy(pg->connection) != 0) {
        if (wait_for(pg, POLLIN, deadline) != 0 || PQconsumeInput(pg->connection) == 0) {
            return -1;
        }
    }
    *ret_result = PQgetResult(pg->connection);
    return 0;
}

/* The last result of what was sent, or the first bad one; a COPY stops the hearing. NULL: none came. */
static PGresult *hear(struct postgresql *pg, int64_t deadline)
{
    PGresult *last = NULL, *next = NULL;
    if (flush(pg, deadline) != 0) {
        return NULL;
    }
    for (;;) {
        if (next_result(pg, deadline, &next) != 0) {
            PQclear(last);
            return NULL;
        }
        if (next == NULL) {
            return last;
        }
        ExecStatusType status = PQresultStatus(last);
        bool is_bad = last != NULL && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
        PQclear(is_bad ? next : last);
        last = is_bad ? last : next;
        status = PQresultStatus(last);
        if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH ||
            PQstatus(pg->connection) == CONNECTION_BAD) {
            return last;
        }
    }
}

/* ---- transactions ---- */

static int command(struct postgresql *pg, const char *sql, struct err *err)
{
    int64_t deadline = deadline_of(pg);
    OWN(own_result) PGresult *result = PQsendQuery(pg->connection, sql) == 1 ? hear(pg, deadline) : NULL;
    return PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : postgresql_fail(pg, result, err);
}

int postgresql_run(struct postgresql *pg, const char *sql, struct err *err)
{
    return command(pg, sql, err);
}

int postgresql_begin(struct postgresql *pg, struct err *err)
{
    return command(pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

int postgresql_end(struct postgresql *pg, int outcome, struct err *err)
{
    int ended =
        PQtransactionStatus(pg->connection) == PQTRANS_IDLE ? 0 : command(pg, "ROLLBACK", outcome == 0 ? err : NULL);
    return outcome != 0 ? outcome : ended;
}

/* Begins a transaction unless one is open. */
static int enter(struct postgresql *pg, bool *ret_is_own, struct err *err)
{
    *ret_is_own = PQtransactionStatus(pg->connection) == PQTRANS_IDLE;
    return *ret_is_own ? postgresql_begin(pg, err) : 0;
}

void postgresql_start_clock(struct postgresql *pg)
{
    pg->deadline = time_ticks() + (int64_t)pg->seconds * NS_PER_S;
    pg->limit_ms = (int64_t)pg->seconds * 1000;
}

void postgresql_stop_clock(struct postgresql *pg)
{
    pg->deadline = 0;
}

/* The server is told of what is left for all statements together, where that is less than it knows of. */
static int limit(struct postgresql *pg, struct err *err)
{
    if (pg->deadline == 0) {
        return 0;
    }
    int64_t left = (pg->deadline - time_ticks()) / NS_PER_MS;
    if (left <= 0) {
        return err_set(err, ERR_LIMIT, "%s: PostgreSQL did not answer within %u s", pg->where, pg->seconds);
    }
    if (left + SLACK_MS > pg->limit_ms) {
        return 0;
    }
    pg->limit_ms = left;
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SET LOCAL statement_timeout = '%lldms'",
                   (long long)(left > 2 * MARGIN_MS ? left - MARGIN_MS : left / 2));
    return command(pg, sql, err);
}

int postgresql_limit_session(struct postgresql *pg, struct err *err)
{
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SET statement_timeout = '%lldms'", (long long)pg->seconds * 1000 - MARGIN_MS);
    return command(pg, sql, err);
}

/* ---- questions ---- */

static int ask(struct postgresql *pg, const char *sql, const char *const *parameters, int count, PGresult **ret_result,
               struct err *err)
{
    TRY(limit(pg, err));
    int64_t deadline = deadline_of(pg);
    bool is_sent = PQsendQueryParams(pg->connection, sql, count, NULL, parameters, NULL, NULL, 0) == 1;
    OWN(own_result) PGresult *result = is_sent ? hear(pg, deadline) : NULL;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return postgresql_fail(pg, result, err);
    }
    *ret_result = result;
    result = NULL;
    return 0;
}

int postgresql_ask(struct postgresql *pg, const char *sql, const char *const *parameters, int count,
                   PGresult **ret_result, struct err *err)
{
    bool is_own;
    TRY(enter(pg, &is_own, err));
    int outcome = ask(pg, sql, parameters, count, ret_result, err);
    return is_own ? postgresql_end(pg, outcome, err) : outcome;
}

/* A batch of lines, or rows in binary form, as libpq gave them: the cells lie in the lines, which live until the batch is handed
 * on. */
struct lines {
    char *line[SOURCE_BATCH_ROWS];
    size_t count, bytes;
    const struct source_sink *sink;
    size_t columns, sent;    /* cells of a row, and how many of them the server sends */
    const bool *wanted;      /* per column; NULL: all are sent */
    struct str *cells;       /* SOURCE_BATCH_ROWS * columns */
    struct str *row;         /* cells of one line */
    const char *kinds;       /* of what is sent, in binary form; NULL: it is text */
    char *written;           /* POSTGRESQL_WRITTEN_MAX for each sent cell of the batch; binary only */
    bool is_begun, is_ended; /* binary: the stream's head was there, its end */
    bool has_row;            /* the last line was a row */
};

static void lines_drop(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        PQfreemem(lines->line[i]);
    }
    lines->count = lines->bytes = 0;
}

static int lines_flush(struct lines *lines, struct err *err)
{
    int result =
        lines->count == 0 ? 0 : lines->sink->rows(lines->sink->self, lines->cells, lines->count, lines->columns, err);
    lines_drop(lines);
    return result;
}

/* Text that begins like bytea is written as hex without the prefix, as binary is. A value is cut where other drivers cut it. */
static struct str cell_of(struct str text)
{
    bool is_bytea = text.len >= 2 && text.data[0] == '\\' && text.data[1] == 'x';
    text = is_bytea ? str_slice(text, 2, text.len) : text;
    return text.len > ROWS_VALUE_BYTES_MAX ? str_slice(text, 0, ROWS_VALUE_BYTES_MAX) : text;
}

/* The cells of one line, or of one row in binary form, which has the stream's head before it or its end alone. */
static int split_line(struct lines *lines, char *line, size_t len, struct str *row, struct err *err)
{
    if (lines->kinds == NULL) {
        size_t count = sql_copy_line(line, line + len - (len > 0 && line[len - 1] == '\n'), row, lines->sent);
        return count == lines->sent
                   ? 0
                   : err_set(err, ERR_FORMAT, "the server sent %zu values for %zu columns", count, lines->sent);
    }
    struct str stream = {line, len};
    char *room = lines->written + lines->count * lines->sent * POSTGRESQL_WRITTEN_MAX;
    bool is_good = lines->is_begun || postgresql_binary_begin(&stream);
    bool is_head = !lines->is_begun && stream.len == 0;
    lines->is_begun = true;
    enum postgresql_row found = POSTGRESQL_ROW_BROKEN;
    if (is_good && !lines->is_ended && !is_head) {
        found = postgresql_binary_row(&stream, lines->kinds, row, room);
    }
    lines->is_ended = lines->is_ended || found == POSTGRESQL_ROWS_END;
    lines->has_row = found == POSTGRESQL_ROW;
    is_good = is_good && (is_head || found != POSTGRESQL_ROW_BROKEN) && stream.len == 0;
    return is_good ? 0 : err_set(err, ERR_FORMAT, "the server sent a row that is not in the binary form of COPY");
}

/* Takes the line. */
static int put_line(struct lines *lines, char *line, size_t len, struct err *err)
{
    struct str *cells = &lines->cells[lines->count * lines->columns];
    struct str *row = lines->wanted == NULL ? cells : lines->row;
    lines->line[lines->count] = line;
    lines->has_row = true;
    int result = split_line(lines, line, len, row, err);
    if (result != 0 || !lines->has_row) {
        PQfreemem(line);
        return result;
    }
    lines->count++;
    lines->bytes += len;
    for (size_t i = 0, given = 0; i < lines->columns; i++) {
        bool is_sent = lines->wanted == NULL || lines->wanted[i];
        cells[i] = is_sent ? cell_of(row[given++]) : (struct str){NULL, 0};
    }
    return lines->count == SOURCE_BATCH_ROWS || lines->bytes >= ROWS_BATCH_BYTES ? lines_flush(lines, err) : 0;
}

/* A line of the COPY: its length, -1 at the end, -2 for an error. */
static int next_line(struct postgresql *pg, char **ret_line, int64_t deadline)
{
    int len;
    while ((len = PQgetCopyData(pg->connection, ret_line, 1)) == 0) {
        if (wait_for(pg, POLLIN, deadline) != 0 || PQconsumeInput(pg->connection) == 0) {
            return -2;
        }
    }
    return len;
}

/* Rows that are not wanted any more: few are read to their end, which leaves the connection usable; of many it is cut. */
static void drop_copy(struct postgresql *pg, int64_t deadline)
{
    int64_t soon = time_ticks() + DRAIN_SECONDS * NS_PER_S;
    int64_t until = soon < deadline ? soon : deadline;
    char *line = NULL;
    while (time_ticks() < until && next_line(pg, &line, until) > 0) {
        PQfreemem(line);
    }
    if (time_ticks() >= until) {
        cut(pg);
    } else {
        PQclear(hear(pg, until));
    }
}

static int finish_copy(struct postgresql *pg, int64_t deadline, struct err *err)
{
    OWN(own_result) PGresult *end = hear(pg, deadline);
    return PQresultStatus(end) == PGRES_COMMAND_OK ? 0 : postgresql_fail(pg, end, err);
}

static void own_lines(struct lines *lines)
{
    lines_drop(lines);
    free(lines->cells);
    free(lines->row);
    free(lines->written);
}

static int lines_open(struct lines *lines, size_t columns, const bool *wanted, const char *kinds,
                      const struct source_sink *sink, struct err *err)
{
    *lines = (struct lines){.sink = sink, .columns = columns, .wanted = wanted, .kinds = kinds};
    for (size_t i = 0; i < columns; i++) {
        lines->sent += wanted == NULL || wanted[i];
    }
    lines->cells = calloc(columns * SOURCE_BATCH_ROWS + 1, sizeof(*lines->cells));
    lines->row = calloc(columns + 1, sizeof(*lines->row));
    lines->written = malloc(kinds == NULL ? 1 : lines->sent * SOURCE_BATCH_ROWS * POSTGRESQL_WRITTEN_MAX + 1);
    bool is_good = lines->cells != NULL && lines->row != NULL && lines->written != NULL;
    return is_good ? 0 : err_set(err, ERR_LIMIT, "no memory for %zu columns", columns);
}

static int copy_rows(struct postgresql *pg, struct lines *lines, int64_t deadline, struct err *err)
{
    int outcome = 0, len = 0;
    char *line = NULL;
    while (outcome == 0 && (len = next_line(pg, &line, deadline)) > 0) {
        outcome = put_line(lines, line, (size_t)len, err);
    }
    outcome = outcome == 0 ? lines_flush(lines, err) : outcome;
    if (outcome != 0) {
        drop_copy(pg, deadline);
        return -1;
    }
    return len == -2 ? postgresql_fail(pg, NULL, err) : finish_copy(pg, deadline, err);
}

static int stream(struct postgresql *pg, const char *copy, struct lines *lines, struct err *err)
{
    TRY(limit(pg, err));
    int64_t deadline = deadline_of(pg);
    OWN(own_result) PGresult *start = PQsendQuery(pg->connection, copy) == 1 ? hear(pg, deadline) : NULL;
    return PQresultStatus(start) == PGRES_COPY_OUT ? copy_rows(pg, lines, deadline, err)
                                                   : postgresql_fail(pg, start, err);
}

int postgresql_stream(struct postgresql *pg, const char *copy, size_t columns, const bool *wanted, const char *kinds,
                      const struct source_sink *sink, struct err *err)
{
    bool is_own;
    OWN(own_lines) struct lines lines;
    TRY(lines_open(&lines, columns, wanted, kinds, sink, err));
    TRY(enter(pg, &is_own, err));
    int outcome = stream(pg, copy, &lines, err);
    return is_own ? postgresql_end(pg, outcome, err) : outcome;
}
