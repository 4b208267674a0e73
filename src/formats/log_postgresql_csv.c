/* PostgreSQL's csvlog: what its stderr log says, in columns, and the statement of an error beside it.
 *
 *   2020-03-14 21:47:09.123 UTC,"shop","shop",123,"127.0.0.1:52306",6009c305.5ce,1,"SELECT",2020-03-14 21:40:00 UTC,3/4,0,LOG,00000,
 *   "statement: SELECT ""a""
 *   FROM customers",,,,,,,,,"psql","client backend",,0
 *
 * This is CSV: quotes are doubled, and a quoted field has line ends in it. Since the server doubles every quote, nobody can end a record
 * by what he sends. A record whose quotes do not fit (cut off by a crash) costs its first line; its other lines are counted as
 * the rest of it, and reading goes on at the next line that begins with a time.
 *
 * Columns by version: 22 in 8.3, application_name in 9.0, backend_type in 13, leader_pid and query_id in 14; read by place, so that
 * further ones do no harm.
 *
 * Source: PostgreSQL 8.3 to 18, src/backend/utils/error/csvlog.c (write_csvlog); "Using CSV-Format Log Output". */
#include <stdlib.h>

#include "base/str.h"
#include "formats/log_database.h"
#include "formats/mysql_head.h"
#include "formats/postgresql_message.h"

#include "base/banned.h"

enum { COLUMNS_MIN = 22, COLUMNS_MAX = 40, RECORD_MAX = 512 << 10 };

enum column {
    LOG_TIME,
    USER_NAME,
    DATABASE_NAME,
    PROCESS,
    CONNECTION_FROM,
    SEVERITY = 11,
    MESSAGE = 13,
    QUERY = 19,
    APPLICATION = 22
};

static bool is_time(struct str text)
{
    struct db_time time;
    (void)db_take(&text, STR("\""));
    return db_date_time(&text, &time);
}

/* Where the field at `at` ends; SIZE_MAX: its closing quote is followed by what cannot be; text.len: it goes on. */
static size_t field_end(struct str text, size_t at)
{
    if (at >= text.len || text.data[at] != '"') {
        while (at < text.len && text.data[at] != ',' && text.data[at] != '\n') {
            at++;
        }
        return at;
    }
    at++;
    while (at < text.len) {
        const char *quote = memchr(text.data + at, '"', text.len - at);
        if (quote == NULL) {
            return text.len;
        }
        at = (size_t)(quote - text.data) + 1;
        if (at == text.len) {
            return text.len;
        }
        if (text.data[at] != '"') {
            bool is_end = text.data[at] == ',' || text.data[at] == '\n' || text.data[at] == '\r';
            return is_end ? at : SIZE_MAX;
        }
        at++;
    }
    return text.len;
}

static size_t line_size(struct str text, bool is_last)
{
    const char *end = memchr(text.data, '\n', text.len);
    return end != NULL ? (size_t)(end - text.data) + 1 : is_last ? text.len : 0;
}

static size_t csv_cut(struct str text, bool is_last)
{
    struct str within = str_slice(text, 0, RECORD_MAX);
    size_t at = 0;
    if (!is_time(db_first_line(text))) {
        return line_size(text, is_last);
    }
    while (at < within.len) {
        at = field_end(within, at);
        if (at == SIZE_MAX) {
            return line_size(text, is_last);
        }
        if (at < within.len && within.data[at] == '\r') {
            at++;
        }
        if (at < within.len && within.data[at] == '\n') {
            return at + 1;
        }
        at += at < within.len && within.data[at] == ',';
    }
    if (within.len == RECORD_MAX) {
        return line_size(text, is_last);
    }
    /* the file's end, in the middle of a record: if its first line has an end, so did the record's beginning */
    return is_last ? text.len : 0;
}

/* Fields of one record as they stand; how many. 0: not as CSV has it. */
static size_t split(struct str text, struct str fields[static COLUMNS_MAX])
{
    size_t count = 0, at = 0;
    while (count < COLUMNS_MAX) {
        size_t end = field_end(text, at);
        if (end == SIZE_MAX) {
            return 0;
        }
        struct str field = str_slice(text, at, end);
        if (field.len > 0 && field.data[0] == '"') {
            if (field.len < 2 || field.data[field.len - 1] != '"') {
                return 0;
            }
            field = str_slice(field, 1, field.len - 1);
        }
        fields[count++] = field;
        if (end >= text.len || text.data[end] != ',') {
            return count;
        }
        at = end + 1;
    }
    return count;
}

/* The field without doubled quotes: where it lies, or a copy. */
static struct db_text plain(const struct log_line *line, struct str field, struct buf *scratch)
{
    size_t quote = str_find(field, STR("\"\""), 0);
    if (quote == SIZE_MAX) {
        return (struct db_text){field, field.len == 0 ? 0 : (uint32_t)(field.data - line->text)};
    }
    size_t start = scratch->len, from = 0;
    struct log_span span = log_scratch(scratch, str_slice(field, 0, quote + 1));
    while (span.len > 0 && quote != SIZE_MAX) {
        from = quote + 2;
        quote = str_find(field, STR("\"\""), from);
        (void)log_scratch(scratch, str_slice(field, from, quote == SIZE_MAX ? field.len : quote + 1));
    }
    return (struct db_text){{scratch->data + start, span.len == 0 ? 0 : scratch->len - start}, span.at};
}

static struct log_span kept(const struct log_line *line, struct str field, struct buf *scratch)
{
    struct db_text text = plain(line, field, scratch);
    return db_span(&text, text.text);
}

static enum log_class csv_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct db_setup *known = setup;
    struct str text = {line->text, line->len}, fields[COLUMNS_MAX];
    struct db_time time;
    if (!is_time(text)) {
        return LOG_NO_START;
    }
    size_t count = split(text, fields);
    if (count < COLUMNS_MIN) {
        return LOG_NOT_SO;
    }
    if (!db_date_time(&fields[LOG_TIME], &time)) {
        return LOG_NO_TIME;
    }
    (void)db_zone(&fields[LOG_TIME], &time);
    db_stamp(line, &time, known->assumed);
    if (!str_u64(fields[PROCESS], &line->session)) {
        return LOG_NOT_SO;
    }
    line->user = kept(line, fields[USER_NAME], scratch);
    line->database = kept(line, fields[DATABASE_NAME], scratch);
    line->client = log_part(line, pg_peer_host(fields[CONNECTION_FROM]));
    line->application = count > APPLICATION ? kept(line, fields[APPLICATION], scratch) : (struct log_span){0, 0};
    struct db_text query = plain(line, fields[QUERY], scratch);
    struct db_text message = plain(line, fields[MESSAGE], scratch); /* last: scratch may move when more is put there */
    if (!pg_message(line, log_part(line, fields[SEVERITY]), &message, scratch)) {
        pg_query_beside(line, &query, scratch);
    }
    return LOG_PARSED;
}

static const struct log_shape csv_shape = {.read = csv_read, .cut = csv_cut};

static size_t csv_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                        struct log_batch *batch)
{
    return log_parse_lines(&csv_shape, setup, state, block, is_last, batch);
}

/* A time, and then as many columns as it must have, with a severity where that belongs. */
static bool is_record(const void *self, struct str line)
{
    (void)self;
    return is_time(line);
}

static bool csv_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct str line = head;
    if (mysql_comes_first(head, is_record, NULL)) {
        return false;
    }
    for (; line.len > 0 && !is_time(line); (void)db_next_line(&line)) {
    }
    struct str fields[COLUMNS_MAX];
    size_t size = line.len == 0 ? 0 : csv_cut(line, true);
    if (size == 0 || split(str_slice(line, 0, size), fields) < COLUMNS_MIN || fields[SEVERITY].len < 3 ||
        fields[SEVERITY].data[0] < 'A') {
        return false;
    }
    struct db_time time;
    struct db_setup *setup = calloc(1, sizeof *setup);
    if (setup == NULL || !db_date_time(&fields[LOG_TIME], &time)) {
        free(setup);
        return false;
    }
    (void)db_zone(&fields[LOG_TIME], &time);
    *setup = (struct db_setup){spec->zone_minutes, spec->written};
    *ret_setup = setup;
    *ret_has |= time.zone != LOG_NO_ZONE ? LOG_HAS_ZONE : 0;
    return true;
}

const struct log_format log_postgresql_csv = {
    .name = "PostgreSQL CSV log",
    .cannot_show =
        "rows and bytes sent, and every statement that log_statement, log_min_duration_statement and their like left out (as "
        "installed, that is all of them); a role with enough rights can turn them off for its own session",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_DURATION | LOG_HAS_SESSION,
    .is_whole = true,
    .probe = csv_probe,
    .parse = csv_parse,
};
