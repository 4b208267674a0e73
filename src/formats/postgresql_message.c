/* Sources: PostgreSQL 8.0 to 18, src/backend/tcop/postgres.c (exec_simple_query, exec_parse_message, exec_bind_message,
 * exec_execute_message, log_disconnections), utils/init/postinit.c (PerformAuthentication), libpq/auth.c. */
#include "formats/postgresql_message.h"

#include "base/str.h"

#include "base/banned.h"

static struct str from(struct str text, size_t at)
{
    return str_slice(text, at, text.len);
}

struct verb {
    struct str word;    /* as it stands in the log */
    struct str command; /* as it is handed out */
    bool has_name;      /* a prepared statement's, and a colon, stand between */
};

static const struct verb verbs[] = {
    {STR_INIT("statement: "), STR_INIT("Query"), false},
    {STR_INIT("execute fetch from "), STR_INIT("Fetch"), true},
    {STR_INIT("execute "), STR_INIT("Execute"), true},
    {STR_INIT("parse "), STR_INIT("Prepare"), true},
    {STR_INIT("bind "), STR_INIT("Bind"), true},
    {STR_INIT("fastpath function call: "), STR_INIT("Call"), false},
};

/* "statement: SELECT 1", "execute <unnamed>: SELECT 1". False: none of these. */
static bool read_verb(struct log_line *line, const struct db_text *message, struct str text, struct buf *scratch)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct str rest = text;
        if (!db_take(&rest, verbs[i].word)) {
            continue;
        }
        if (verbs[i].has_name) {
            size_t colon = str_find(db_first_line(rest), STR(": "), 0);
            if (colon == SIZE_MAX) {
                return false;
            }
            rest = from(rest, colon + 2);
        }
        line->command = log_scratch(scratch, verbs[i].command);
        line->statement = db_span(message, rest);
        return true;
    }
    return false;
}

/* "duration: 1.234 ms" and blanks off the front. */
static bool take_duration(struct str *text, uint64_t *ret_us)
{
    struct str rest = *text;
    uint64_t us;
    if (!db_take(&rest, STR("duration: ")) || !db_seconds(&rest, &us) || !db_take(&rest, STR(" ms"))) {
        return false;
    }
    (void)db_blanks(&rest);
    *ret_us = us / 1000;
    *text = rest;
    return true;
}

/* The value behind name, up to the first of `ends` (separated by '|') or the end of the line. */
static struct str value_of(struct str text, struct str name, struct str ends)
{
    size_t at = str_find(text, name, 0);
    if (at == SIZE_MAX) {
        return (struct str){text.data, 0};
    }
    struct str value = from(text, at + name.len);
    size_t end = value.len;
    while (ends.len > 0) {
        struct str_cut cut = str_cut(ends, '|');
        size_t hit = str_find(value, cut.head, 0);
        end = hit < end ? hit : end;
        ends = cut.tail;
    }
    return str_slice(value, 0, end);
}

static void set_if_empty(struct log_span *span, const struct db_text *message, struct str value)
{
    if (span->len == 0) {
        *span = db_span(message, value);
    }
}

static bool read_connection(struct log_line *line, const struct db_text *message, struct buf *scratch)
{
    struct str text = db_first_line(message->text);
    bool is_quit = str_starts(text, STR("disconnection: session time: "));
    if (!is_quit && !str_starts(text, STR("connection received: ")) &&
        !str_starts(text, STR("connection authorized: ")) &&
        !str_starts(text, STR("replication connection authorized: "))) {
        return false;
    }
    if (str_starts(text, STR("connection received: "))) {
        set_if_empty(&line->client, message, value_of(text, STR(" host="), STR(" port=")));
    } else {
        set_if_empty(&line->user, message,
                     value_of(text, STR(" user="), STR(" database=| application_name=| SSL | GSS | host=")));
        set_if_empty(&line->database, message,
                     value_of(text, STR(" database="), STR(" application_name=| SSL | GSS | host=")));
        set_if_empty(&line->application, message, value_of(text, STR(" application_name="), STR(" SSL | GSS | host=")));
        set_if_empty(&line->client, message, value_of(text, STR(" host="), STR(" port=")));
    }
    line->command = log_scratch(scratch, is_quit ? STR("Quit") : STR("Connect"));
    line->statement = db_span(message, message->text);
    return true;
}

bool pg_message(struct log_line *line, struct log_span level, const struct db_text *message, struct buf *scratch)
{
    struct str text = message->text;
    (void)take_duration(&text, &line->duration_us);
    if (read_verb(line, message, text, scratch) || read_connection(line, message, scratch)) {
        return true;
    }
    line->command = level;
    line->statement = db_span(message, text);
    return false;
}

void pg_query_beside(struct log_line *line, const struct db_text *query, struct buf *scratch)
{
    if (query->text.len > 0) {
        line->command = log_scratch(scratch, STR("STATEMENT"));
        line->statement = db_span(query, query->text);
    }
}
