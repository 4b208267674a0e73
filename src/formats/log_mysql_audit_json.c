/* Audit logs of MySQL Enterprise and Percona Server in JSON.
 *
 *   {"audit_record":{"name":"Query","record":"4_2020-03-14T21:40:00","timestamp":"2020-03-14T21:47:09 UTC","command_class":"select",
 *    "connection_id":"12","status":0,"sqltext":"SELECT 1","user":"shop[shop] @ db1 [203.0.113.7]","host":"db1","ip":"...","db":"shop"}}
 *
 *   [
 *   { "timestamp": "2020-03-14 21:47:09", "id": 3, "class": "general", "event": "status", "connection_id": 12,
 *     "account": { "user": "shop", "host": "db1" }, "login": { "user": "shop", "os": "", "ip": "203.0.113.7", "proxy": "" },
 *     "general_data": { "command": "Query", "sql_command": "select", "query": "SELECT 1", "status": 0 } },
 *   ]
 *
 * The second is one array over the whole file: a record lasts until the next line that opens an object at its beginning, and the comma
 * behind it is none of its own. Both are in UTC.
 *
 * Sources: MySQL 8.0 Reference Manual, "Audit Log File Formats"; Percona Server for MySQL 5.7 and 8.0, "Audit log plugin". */
#include <stdlib.h>

#include "base/own.h"
#include "formats/database_json.h"
#include "formats/mysql_audit.h"

#include "base/banned.h"

enum { RECORD_MAX = 512 << 10 };

static bool json_starts(const void *setup, struct str line)
{
    (void)setup;
    return line.len == 0 || line.data[0] == '{' || line.data[0] == '[' || line.data[0] == ']';
}

/* Braces that are open behind one line, with those before it; quotes hold braces that do not count. */
static int64_t open_braces(struct str line, int64_t open)
{
    bool in_text = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '"') {
            in_text = !in_text;
        } else if (in_text) {
            i += line.data[i] == '\\';
        } else {
            open += (line.data[i] == '{') - (line.data[i] == '}');
        }
    }
    return open;
}

/* An object that is whole in its line is a record, whatever follows it; another goes on until it is whole, or the next begins. */
static size_t json_cut(struct str text, bool is_last)
{
    struct str rest = text;
    int64_t open = 0;
    while (rest.len > 0) {
        size_t at = text.len - rest.len;
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t behind = end != NULL ? (size_t)(end - text.data) + 1 : text.len;
        if (at > 0 && (json_starts(NULL, rest) || behind > RECORD_MAX)) {
            return at;
        }
        if (end == NULL) {
            return is_last ? text.len : 0;
        }
        struct str line = db_next_line(&rest);
        open = text.data[0] == '{' ? open_braces(line, open) : 0;
        if (open <= 0) {
            return text.len - rest.len;
        }
    }
    return is_last ? text.len : 0;
}

static struct mysql_event percona_event(const json_t *record)
{
    struct mysql_event event = {
        .name = json_str(record, "name"),
        .time = json_str(record, "timestamp"),
        .statement = json_str(record, "sqltext"),
        .user = json_str(record, "user"),
        .host = json_str(record, "host"),
        .address = json_str(record, "ip"),
        .database = json_str(record, "db"),
    };
    (void)json_u64(record, "connection_id", &event.session);
    (void)json_u64(record, "status", &event.status);
    return event;
}

/* The data of an event lie in a member named after its class. */
static struct mysql_event enterprise_event(const json_t *record)
{
    static const char *const places[] = {"general_data", "connection_data", "table_access_data", "query_data",
                                         "startup_data"};
    const json_t *account = json_object_get(record, "account"), *login = json_object_get(record, "login"), *data = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && data == NULL; i++) {
        data = json_object_get(record, places[i]);
    }
    struct str kind = json_str(record, "class"), what = json_str(record, "event"), command = json_str(data, "command");
    struct mysql_event event = {
        .name = command.len > 0 ? command : what,
        .time = json_str(record, "timestamp"),
        .statement = json_str(data, "query"),
        .user = json_str(login, "user").len > 0 ? json_str(login, "user") : json_str(account, "user"),
        .host = json_str(account, "host"),
        .address = json_str(login, "ip"),
        .database = json_str(data, "db"),
    };
    if (str_eq(kind, STR("table_access"))) { /* one a table, with the whole statement again: not a statement more */
        event.name = STR("Table access");
    }
    (void)json_u64(record, "connection_id", &event.session);
    (void)json_u64(data, "status", &event.status);
    return event;
}

static enum log_class audit_json_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct db_setup *known = setup;
    struct str text = str_trim((struct str){line->text, line->len});
    if (str_eq(text, STR("[")) || str_eq(text, STR("]"))) {
        return LOG_NOTE;
    }
    text.len -= str_ends(text, STR(","));
    OWN(own_json) json_t *entry = json_read(text, NULL);
    if (!json_is_object(entry)) {
        return LOG_NOT_SO;
    }
    const json_t *record = json_object_get(entry, "audit_record");
    const struct mysql_event event = json_is_object(record) ? percona_event(record) : enterprise_event(entry);
    return mysql_event_line(line, &event, known->assumed, scratch);
}

static const struct log_shape audit_json_shape = {.read = audit_json_read, .cut = json_cut};

static size_t audit_json_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                               struct log_batch *batch)
{
    return log_parse_lines(&audit_json_shape, setup, state, block, is_last, batch);
}

static bool is_own(struct str head)
{
    return str_find(head, STR("\"audit_record\":"), 0) != SIZE_MAX ||
           (str_find(head, STR("\"class\": \"audit\""), 0) != SIZE_MAX ||
            str_find(head, STR("\"general_data\":"), 0) != SIZE_MAX ||
            str_find(head, STR("\"connection_data\":"), 0) != SIZE_MAX ||
            str_find(head, STR("\"table_access_data\":"), 0) != SIZE_MAX);
}

static bool audit_json_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct str text = str_trim(head);
    bool is_json = str_starts(text, STR("{")) || str_starts(text, STR("["));
    struct db_setup *setup = is_json && is_own(str_slice(text, 0, 16384)) ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *setup = (struct db_setup){0, spec->written}; /* UTC by the format's own rule */
    *ret_setup = setup;
    (void)ret_has;
    return true;
}

const struct log_format log_mysql_audit_json = {
    .name = "MySQL audit log, JSON",
    .cannot_show = "rows and bytes sent, events and accounts that the filter leaves out, and anything while it was off",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_ZONE | LOG_HAS_SESSION,
    .probe = audit_json_probe,
    .parse = audit_json_parse,
    .starts = json_starts,
};
