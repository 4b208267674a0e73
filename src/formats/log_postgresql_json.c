/* PostgreSQL's jsonlog, and its log as platforms wrap it. One object a line.
 *
 *   {"timestamp":"2020-03-14 21:47:09.123 UTC","user":"shop","dbname":"shop","pid":123,...,"error_severity":"LOG","message":"..."}
 *   {...,"logger":"postgres","msg":"record","record":{"log_time":"...","user_name":"shop",...}}              CloudNativePG
 *   {...,"logName":"projects/x/logs/cloudsql.googleapis.com%2Fpostgres.log","textPayload":"[5]: [1-1] db=shop,user=shop LOG:  ...",
 *    "timestamp":"2020-03-14T21:47:09.123456Z"}                                                              Cloud SQL
 *
 * Lines of the platform itself among them are notes.
 *
 * Sources: PostgreSQL 15 to 18, src/backend/utils/error/jsonlog.c; "Using JSON-Format Log Output"; CloudNativePG, "Logging"; Google
 * Cloud, "LogEntry". */
#include <stdlib.h>

#include "base/own.h"
#include "formats/database_json.h"
#include "formats/mysql_head.h"
#include "formats/postgresql_message.h"
#include "formats/postgresql_prefix.h"

#include "base/banned.h"

enum { PAYLOAD_PREFIXES = 4 };

/* Where a way of writing keeps what. */
struct names {
    const char *time, *user, *database, *pid, *host, *peer, *severity, *query;
};
static const struct names own_names = {
    "timestamp", "user", "dbname", "pid", "remote_host", NULL, "error_severity", "statement",
};
static const struct names cnpg_names = {
    "log_time", "user_name", "database_name", "process_id", NULL, "connection_from", "error_severity", "query",
};

struct setup {
    struct db_setup base;
    struct pg_prefix payload[PAYLOAD_PREFIXES]; /* of Cloud SQL's text, most telling first */
};

static bool read_time(struct log_line *line, struct str text, int16_t assumed)
{
    struct db_time time;
    if (!db_date_time(&text, &time)) {
        return false;
    }
    (void)db_zone(&text, &time);
    db_stamp(line, &time, assumed);
    return true;
}

static enum log_class read_record(struct log_line *line, const json_t *record, const struct names *names,
                                  int16_t assumed, struct buf *scratch)
{
    struct str level = json_str(record, names->severity);
    if (level.len == 0 || !json_is_string(json_object_get(record, "message"))) {
        return LOG_NOT_SO;
    }
    if (!read_time(line, json_str(record, names->time), assumed)) {
        return LOG_NO_TIME;
    }
    (void)json_u64(record, names->pid, &line->session);
    line->user = log_scratch(scratch, json_str(record, names->user));
    line->database = log_scratch(scratch, json_str(record, names->database));
    line->application = log_scratch(scratch, json_str(record, "application_name"));
    line->client = log_scratch(scratch, names->host != NULL ? json_str(record, names->host)
                                                            : pg_peer_host(json_str(record, names->peer)));
    struct log_span level_span = log_scratch(scratch, level);
    struct db_text message = db_keep(scratch, json_str(record, "message"));
    if (!pg_message(line, level_span, &message, scratch) && json_str(record, names->query).len > 0) {
        struct db_text query = db_keep(scratch, json_str(record, names->query));
        pg_query_beside(line, &query, scratch);
    }
    return LOG_PARSED;
}

/* A line of its stderr log as text, or more of the one before. */
static enum log_class read_payload(const struct setup *known, struct log_line *line, const json_t *entry,
                                   struct buf *scratch)
{
    struct str text = json_str(entry, "textPayload");
    struct pg_head head = {0};
    size_t which = 0;
    while (which < PAYLOAD_PREFIXES && !pg_prefix_match(&known->payload[which], text, &head)) {
        which++;
    }
    if (which == PAYLOAD_PREFIXES) {
        return LOG_NO_START;
    }
    if (!read_time(line, json_str(entry, "timestamp"), known->base.assumed)) {
        return LOG_NO_TIME;
    }
    line->session = head.pid;
    line->user = log_scratch(scratch, head.user);
    line->database = log_scratch(scratch, head.database);
    line->application = log_scratch(scratch, head.application);
    line->client = log_scratch(scratch, head.client);
    struct log_span level = log_scratch(scratch, head.level);
    struct db_text message = db_keep(scratch, head.message);
    (void)pg_message(line, level, &message, scratch);
    return LOG_PARSED;
}

static enum log_class json_read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct setup *known = setup;
    OWN(own_json) json_t *entry = json_read((struct str){line->text, line->len}, NULL);
    if (!json_is_object(entry)) {
        return LOG_NOT_SO;
    }
    const json_t *record = json_object_get(entry, "record");
    if (json_is_object(record)) {
        return read_record(line, record, &cnpg_names, known->base.assumed, scratch);
    }
    if (json_is_number(json_object_get(entry, "ts")) && json_is_string(json_object_get(entry, "msg"))) {
        return LOG_NOTE;
    }
    if (json_is_string(json_object_get(entry, "textPayload"))) {
        return read_payload(known, line, entry, scratch);
    }
    return read_record(line, entry, &own_names, known->base.assumed, scratch);
}

static const struct log_shape json_shape = {.read = json_read_line};

static size_t json_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                         struct log_batch *batch)
{
    return log_parse_lines(&json_shape, setup, state, block, is_last, batch);
}

static bool is_own(const void *self, struct str line)
{
    (void)self;
    return str_starts(line, STR("{")) && (str_find(line, STR("\"error_severity\":"), 0) != SIZE_MAX ||
                                          (str_find(line, STR("cloudsql.googleapis.com%2Fpostgres"), 0) != SIZE_MAX &&
                                           str_find(line, STR("\"textPayload\":"), 0) != SIZE_MAX));
}

static bool json_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    static const struct str payload[PAYLOAD_PREFIXES] = {
        STR_INIT("[%p]: [%l-1] db=%d,user=%u "),
        STR_INIT("%t [%p]: [%l-1] db=%d,user=%u "),
        STR_INIT("%_[%p]%_"),
        STR_INIT("%_"),
    };
    bool is_it = false;
    if (mysql_comes_first(head, is_own, NULL)) {
        return false;
    }
    while (head.len > 0 && !is_it) {
        is_it = is_own(NULL, db_next_line(&head));
    }
    struct setup *setup = is_it ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    setup->base = (struct db_setup){spec->zone_minutes, spec->written};
    for (size_t i = 0; i < PAYLOAD_PREFIXES; i++) {
        (void)pg_prefix_compile(&setup->payload[i], payload[i]);
    }
    *ret_setup = setup;
    (void)ret_has;
    return true;
}

const struct log_format log_postgresql_json = {
    .name = "PostgreSQL JSON log",
    .cannot_show =
        "rows and bytes sent, and every statement that log_statement, log_min_duration_statement and their like left out (as "
        "installed, that is all of them); a role with enough rights can turn them off for its own session",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_ZONE | LOG_HAS_DURATION | LOG_HAS_SESSION,
    .probe = json_probe,
    .parse = json_parse,
};
