/* The log of MariaDB's audit plugin (server_audit), as files have it, as syslog has it, and as RDS and Aurora write it.
 *
 *   20200314 21:47:09,db1,shop,203.0.113.7,12,34,QUERY,shop,'SELECT \'a\'',0
 *   20200314 21:47:09,db1,shop,203.0.113.7,12,0,CONNECT,shop,,0
 *   1584222429123456,db1,shop,203.0.113.7,12,34,QUERY,shop,'SELECT 1',0                       Aurora: microseconds since 1970
 *   Mar 14 21:47:09 db1 mysql-server_auditing: db1,shop,203.0.113.7,12,34,QUERY,shop,'SELECT 1',0
 *   | time, server, user, host, connection, statement's number, what, database, object, error |
 *
 * The statement is in quotes, with a backslash before quotes and backslashes; line ends were made something else, so a record is a
 * line. The columns before it are not quoted: what stands between the last column that can be told (QUERY) and the first is split
 * from the left, so a comma in an account's name shifts them, and the line is rejected.
 *
 * Sources: MariaDB plugin/server_audit/server_audit.c 1.4; MariaDB, "Audit Plugin log format"; AWS, "Auditing an Aurora MySQL cluster". */
#include <stdlib.h>

#include "base/str.h"
#include "formats/log_database.h"
#include "formats/mysql_head.h"

#include "base/banned.h"

static const struct str operations[] = {
    STR_INIT("CONNECT"),       STR_INIT("DISCONNECT"), STR_INIT("FAILED_CONNECT"),
    STR_INIT("CHANGEUSER"),    STR_INIT("QUERY"),      STR_INIT("QUERY_DDL"),
    STR_INIT("QUERY_DML"),     STR_INIT("QUERY_DCL"),  STR_INIT("QUERY_DML_NO_SELECT"),
    STR_INIT("READ"),          STR_INIT("WRITE"),      STR_INIT("CREATE"),
    STR_INIT("ALTER"),         STR_INIT("RENAME"),     STR_INIT("DROP"),
    STR_INIT("PROXY_CONNECT"), STR_INIT("AUDIT_INIT"),
};

/* The columns of one line, up to the object. */
struct columns {
    struct db_time time;
    struct str user, host, operation, database, rest; /* rest: object and error */
    uint64_t session;
};

static struct str column(struct str *rest, bool *is_there)
{
    struct str_cut cut = str_cut(*rest, ',');
    *is_there = *is_there && cut.found;
    *rest = cut.tail;
    return cut.head;
}

/* Seconds in 10 digits, or microseconds in 16, since 1970. */
static bool epoch_time(struct str *rest, struct db_time *ret_time)
{
    struct str at = *rest;
    uint64_t number;
    if (!db_number(&at, 16, &number) || !str_starts(at, STR(","))) {
        return false;
    }
    size_t digits = rest->len - at.len;
    uint64_t us = digits == 16 ? number : number * 1000000;
    if (digits != 16 && digits != 10) {
        return false;
    }
    *ret_time = (struct db_time){.local = (int64_t)(us / 1000000), .nano = (uint32_t)(us % 1000000) * 1000, .zone = 0};
    *rest = at;
    return true;
}

/* The time and the ',' or syslog's words behind it; what follows is the server's name. */
static bool take_time(const struct db_setup *known, struct str *rest, struct db_time *ret_time)
{
    struct str at = *rest;
    if (epoch_time(&at, ret_time) || db_short_time(&at, ret_time)) {
        *rest = at;
        return db_take(rest, STR(","));
    }
    bool is_iso = db_date_time(&at, ret_time);
    if (is_iso) {
        (void)db_zone(&at, ret_time);
    } else if (!db_syslog_time(&at, known->written, known->assumed, ret_time)) {
        return false;
    }
    size_t ident = str_find(at, STR(": "), 0);
    size_t comma = str_find(at, STR(","), 0);
    if (ident == SIZE_MAX || comma == SIZE_MAX || ident > comma) {
        return false;
    }
    *rest = str_slice(at, ident + 2, at.len);
    return true;
}

static bool cut_columns(const struct db_setup *known, struct str text, struct columns *ret_columns)
{
    struct str rest = text;
    bool is_there = take_time(known, &rest, &ret_columns->time);
    uint64_t number;
    (void)column(&rest, &is_there);
    ret_columns->user = column(&rest, &is_there);
    ret_columns->host = column(&rest, &is_there);
    struct str connection = column(&rest, &is_there);
    struct str query = column(&rest, &is_there);
    ret_columns->operation = column(&rest, &is_there);
    ret_columns->database = column(&rest, &is_there);
    ret_columns->rest = rest;
    if (!is_there || !str_u64(connection, &ret_columns->session) || !str_u64(query, &number)) {
        return false;
    }
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (str_eq(ret_columns->operation, operations[i])) {
            return true;
        }
    }
    return false;
}

static char unescaped(char c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
}

/* What stands in the quotes at the front of text: where it is, or a copy without backslashes. *ret_end: behind the closing
 * quote. False: there is none. */
static bool read_quoted(struct log_line *line, struct str text, struct log_span *ret_span, size_t *ret_end,
                        struct buf *scratch)
{
    size_t at = 1, start = scratch->len;
    bool has_escapes = false;
    while (at < text.len && text.data[at] != '\'') {
        has_escapes |= text.data[at] == '\\';
        at += text.data[at] == '\\' ? 2 : 1;
    }
    if (at >= text.len) {
        return false;
    }
    *ret_end = at + 1;
    *ret_span = log_part(line, str_slice(text, 1, at));
    if (!has_escapes) {
        return true;
    }
    char *room = buf_room(scratch, at);
    size_t len = 0;
    for (size_t from = 1; room != NULL && from < at; from++) {
        bool is_escape = text.data[from] == '\\' && from + 1 < at;
        from += is_escape;
        room[len++] = is_escape ? unescaped(text.data[from]) : text.data[from];
    }
    scratch->len += room != NULL ? len : 0;
    bool is_kept = room != NULL && start < LOG_IN_SCRATCH - LOG_LINE_MAX;
    *ret_span = is_kept ? (struct log_span){(uint32_t)start | LOG_IN_SCRATCH, (uint32_t)len} : (struct log_span){0, 0};
    return true;
}

/* The object and the error's number: "'SELECT 1',0", ",1045", "customers,". */
static enum log_class read_object(struct log_line *line, struct str rest, struct buf *scratch)
{
    uint64_t number = 0;
    if (str_starts(rest, STR("'"))) {
        size_t end = 0;
        if (!read_quoted(line, rest, &line->statement, &end, scratch)) {
            return LOG_TAIL_CUT;
        }
        rest = str_slice(rest, end, rest.len);
        if (!db_take(&rest, STR(",")) || !db_number(&rest, 10, &number)) {
            return LOG_TAIL_CUT;
        }
    } else {
        struct str_cut cut = str_cut(rest, ',');
        line->statement = log_part(line, cut.head);
        if (!cut.found) {
            return LOG_TAIL_CUT;
        }
        (void)db_number(&cut.tail, 10, &number);
    }
    line->status = number <= UINT16_MAX ? (uint16_t)number : UINT16_MAX;
    return LOG_PARSED;
}

static enum log_class audit_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct db_setup *known = setup;
    struct columns columns;
    if (!cut_columns(known, (struct str){line->text, line->len}, &columns)) {
        return LOG_NOT_SO;
    }
    db_stamp(line, &columns.time, known->assumed);
    line->user = log_part(line, columns.user);
    line->client = log_part(line, columns.host);
    line->database = log_part(line, columns.database);
    line->session = columns.session;
    enum log_class class_id = read_object(line, columns.rest, scratch);
    struct str operation = columns.operation;
    if (str_starts(operation, STR("QUERY"))) {
        line->command = log_scratch(scratch, STR("Query"));
    } else if (str_eq(operation, STR("CONNECT")) || str_eq(operation, STR("FAILED_CONNECT"))) {
        line->command = log_scratch(scratch, STR("Connect"));
    } else if (str_eq(operation, STR("CHANGEUSER"))) {
        line->command = log_scratch(scratch, STR("Change user"));
    } else if (str_eq(operation, STR("DISCONNECT"))) {
        line->command = log_scratch(scratch, STR("Quit"));
    } else {
        line->command = log_part(line, operation);
    }
    return class_id;
}

static const struct log_shape audit_shape = {.read = audit_read};

static size_t audit_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                          struct log_batch *batch)
{
    return log_parse_lines(&audit_shape, setup, state, block, is_last, batch);
}

static bool is_own(const void *self, struct str line)
{
    struct columns columns;
    return cut_columns(self, line, &columns);
}

static bool audit_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    const struct db_setup known = {spec->zone_minutes, spec->written};
    struct columns columns;
    struct str line = {0};
    bool is_it = false;
    if (mysql_comes_first(head, is_own, &known)) {
        return false;
    }
    while (head.len > 0 && !is_it) {
        line = db_next_line(&head);
        is_it = cut_columns(&known, line, &columns);
    }
    struct db_setup *setup = is_it ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *setup = known;
    *ret_setup = setup;
    *ret_has |= columns.time.zone != LOG_NO_ZONE ? LOG_HAS_ZONE : 0;
    *ret_has |= line.data[0] >= '0' && line.data[0] <= '9' ? LOG_HAS_YEAR : 0;
    return true;
}

const struct log_format log_mysql_audit = {
    .name = "MariaDB audit log",
    .cannot_show =
        "rows and bytes sent, the end of statements longer than server_audit_query_log_limit (1,024 bytes as installed), "
        "accounts and events that the plugin was told to leave out, and anything while it was off",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_SESSION,
    .probe = audit_probe,
    .parse = audit_parse,
};
