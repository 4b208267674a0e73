/* MySQL's and MariaDB's general query log: every statement as it came in, and who connected.
 *
 *   200314 21:47:09<tab>   12 Connect<tab>shop@localhost on shop using Socket      MySQL before 5.7, MariaDB
 *   <tab><tab>   12 Query<tab>SELECT 1                                             the same second as before
 *   2020-03-14T21:47:09.123456Z<tab>   12 Query<tab>SELECT 1                       MySQL 5.7 and later
 *
 * A statement is logged as it is, line ends too: what follows until the next line that has number and command belongs
 * to it. So whoever may send statements can write lines here that look like others'. Servers before 5.1 pad
 * the command with spaces instead of a tab, and some copies have spaces for all tabs.
 *
 * Who a connection is, and its database, is said once, when it connects: the reader hands the number of the connection, and the engine
 * keeps who that is.
 *
 * Sources: MySQL 5.0, 5.6, 8.0 sql/log.cc (File_query_log::write_general, MYSQL_QUERY_LOG::write), sql_parse.cc
 * (command_name); MariaDB 10.11 sql/log.cc. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/log_database.h"
#include "formats/mysql_head.h"

#include "base/banned.h"

enum { ER_ACCESS_DENIED = 1045, ER_BAD_DB = 1049 };

/* What the server calls the kinds of packet. The most common first; the longest that fits is meant. */
static const struct str commands[] = {
    STR_INIT("Query"),
    STR_INIT("Connect"),
    STR_INIT("Quit"),
    STR_INIT("Execute"),
    STR_INIT("Prepare"),
    STR_INIT("Init DB"),
    STR_INIT("Close stmt"),
    STR_INIT("Reset stmt"),
    STR_INIT("Field List"),
    STR_INIT("Statistics"),
    STR_INIT("Ping"),
    STR_INIT("Change user"),
    STR_INIT("Refresh"),
    STR_INIT("Shutdown"),
    STR_INIT("Processlist"),
    STR_INIT("Kill"),
    STR_INIT("Debug"),
    STR_INIT("Time"),
    STR_INIT("Delayed insert"),
    STR_INIT("Delayed ins"),
    STR_INIT("Binlog Dump"),
    STR_INIT("Binlog Dump GTID"),
    STR_INIT("Table Dump"),
    STR_INIT("Connect Out"),
    STR_INIT("Register Slave"),
    STR_INIT("Register Sla"),
    STR_INIT("Register Replica"),
    STR_INIT("Long Data"),
    STR_INIT("Set option"),
    STR_INIT("Fetch"),
    STR_INIT("Daemon"),
    STR_INIT("Error"),
    STR_INIT("Sleep"),
    STR_INIT("Create DB"),
    STR_INIT("Drop DB"),
    STR_INIT("Reset Connection"),
    STR_INIT("Reset connection"),
    STR_INIT("clone"),
    STR_INIT("Clone"),
    STR_INIT("Slave_worker"),
    STR_INIT("Slave_IO"),
    STR_INIT("Slave_SQL"),
    STR_INIT("Com_multi"),
    STR_INIT("Bulk_execute"),
    STR_INIT("Subscribe Group Replication Stream"),
};

/* The time that lines without one take over. */
struct memory {
    struct db_time time;
    bool has_time;
};
_Static_assert(sizeof(struct memory) <= LOG_STATE_BYTES, "the memory lives in a log_state");

struct entry {
    struct db_time time;
    bool has_time;
    uint64_t session;
    struct str command, argument;
};

static struct str command_of(struct str rest)
{
    struct str best = {rest.data, 0};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t len = commands[i].len;
        bool is_it = len > best.len && str_starts(rest, commands[i]) &&
                     (rest.len == len || rest.data[len] == '\t' || rest.data[len] == ' ' || rest.data[len] == '\r' ||
                      rest.data[len] == '\n');
        best = is_it ? str_slice(rest, 0, len) : best;
        if (is_it && i == 0) {
            break;
        }
    }
    return best;
}

static bool take_time(struct str *rest, struct entry *entry)
{
    size_t before = rest->len;
    entry->has_time = db_date_time(rest, &entry->time);
    if (entry->has_time) {
        (void)db_zone(rest, &entry->time);
    } else {
        entry->has_time = db_short_time(rest, &entry->time);
    }
    /* without a time two tabs stand there */
    struct str start = *rest;
    return db_blanks(rest) && (entry->has_time || (before == start.len && start.len - rest->len >= 2));
}

/* The number, the command and its argument, which is all that follows in text. */
static bool cut_entry(struct str text, struct entry *ret_entry)
{
    struct str rest = text;
    if (!take_time(&rest, ret_entry) || !db_number(&rest, 20, &ret_entry->session) || !db_blanks(&rest)) {
        return false;
    }
    ret_entry->command = command_of(rest);
    if (ret_entry->command.len == 0) {
        return false;
    }
    rest = str_slice(rest, ret_entry->command.len, rest.len);
    if (!db_take(&rest, STR("\t"))) {
        (void)db_blanks(&rest);
    }
    ret_entry->argument = rest;
    return true;
}

bool mysql_general_mark(struct str line)
{
    struct entry entry = {0};
    return cut_entry(line, &entry);
}

bool mysql_comes_first(struct str head, bool (*is_own)(const void *self, struct str line), const void *self)
{
    while (head.len > 0) {
        struct str line = db_next_line(&head);
        if (mysql_general_mark(line) || mysql_slow_mark(line)) {
            return true;
        }
        if (is_own(self, line)) {
            return false;
        }
    }
    return false;
}

static bool general_starts(const void *setup, struct str line)
{
    (void)setup;
    struct entry entry;
    return cut_entry(line, &entry) || mysql_head_line(line);
}

/* Where the host in "user@host" ends: the first " on" behind an at-sign. Whoever chooses a database's name may
 * write another such thing behind it; the account's name had to be one that the server knows. */
static size_t host_end(struct str who)
{
    size_t sign = str_find(who, STR("@"), 0);
    size_t at = sign == SIZE_MAX ? SIZE_MAX : str_find(who, STR(" on"), sign + 1);
    for (; at != SIZE_MAX; at = str_find(who, STR(" on"), at + 1)) {
        if (at + 3 == who.len || who.data[at + 3] == ' ') {
            return at;
        }
    }
    return SIZE_MAX;
}

/* "shop@localhost on shop using TCP/IP", "nobody@localhost as anonymous on " */
static void read_who(struct log_line *line, struct str argument)
{
    static const struct str ways[] = {STR_INIT(" using Socket"),        STR_INIT(" using TCP/IP"),
                                      STR_INIT(" using SSL/TLS"),       STR_INIT(" using Named Pipe"),
                                      STR_INIT(" using Shared Memory"), STR_INIT(" using TLS")};
    struct str who = argument;
    size_t on = host_end(who);
    if (on == SIZE_MAX) {
        return;
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        who.len -= str_ends(who, ways[i]) ? ways[i].len : 0;
    }
    line->database = log_part(line, str_trim(str_slice(who, on + 3, who.len)));
    size_t at_sign = on;
    while (who.data[at_sign - 1] != '@') {
        at_sign--;
    }
    line->user = log_part(line, str_slice(who, 0, at_sign - 1));
    line->client = log_part(line, str_cut(str_slice(who, at_sign, on), ' ').head);
}

/* "Access denied for user 'x'@'203.0.113.7' (using password: YES)": any name may be tried, so the last "'@'" is the server's. */
static void read_refusal(struct log_line *line, struct str argument)
{
    line->status = ER_ACCESS_DENIED;
    size_t name = str_find(argument, STR(" user '"), 0), host = SIZE_MAX;
    for (size_t at = name; at != SIZE_MAX; at = str_find(argument, STR("'@'"), at + 1)) {
        host = at;
    }
    if (name == SIZE_MAX || host == name) {
        return;
    }
    line->user = log_part(line, str_slice(argument, name + 7, host));
    line->client = log_part(line, str_cut(str_slice(argument, host + 3, argument.len), '\'').head);
}

static void read_argument(struct log_line *line, const struct entry *entry)
{
    line->command = log_part(line, entry->command);
    line->statement = log_part(line, entry->argument);
    line->session = entry->session;
    bool is_connect = str_eq(entry->command, STR("Connect")) || str_eq(entry->command, STR("Change user"));
    if (is_connect && str_starts(entry->argument, STR("Access denied for user"))) {
        read_refusal(line, entry->argument);
    } else if (is_connect && str_starts(entry->argument, STR("Unknown database"))) {
        line->status = ER_BAD_DB;
    } else if (is_connect) {
        read_who(line, entry->argument);
    } else if (str_eq(entry->command, STR("Init DB"))) {
        line->database = log_part(line, str_trim(entry->argument));
    }
}

static enum log_class general_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)scratch;
    const struct db_setup *known = setup;
    struct memory *memory = state;
    struct entry entry = {0};
    struct str text = {line->text, line->len};
    if (mysql_head_line(db_first_line(text))) {
        return memchr(text.data, '\n', text.len) == NULL ? LOG_NOTE : LOG_NO_START;
    }
    if (!cut_entry(text, &entry)) {
        return LOG_NOT_SO;
    }
    if (entry.has_time) {
        *memory = (struct memory){entry.time, true};
    }
    if (!memory->has_time) {
        return LOG_NO_TIME;
    }
    db_stamp(line, &memory->time, known->assumed);
    read_argument(line, &entry);
    return LOG_PARSED;
}

static const struct log_shape general_shape = {.read = general_read, .starts = general_starts};

static size_t general_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                            struct log_batch *batch)
{
    return log_parse_lines(&general_shape, setup, state, block, is_last, batch);
}

/* A file with nothing but the opening lines may be either log: the slow log's reader takes it, since it claims less. */
static bool general_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct entry entry = {0};
    bool has_entry = false, has_time = false;
    while (head.len > 0 && !has_time) {
        struct str line = db_next_line(&head);
        if (!has_entry && mysql_slow_mark(line)) {
            return false;
        }
        if (cut_entry(line, &entry)) {
            has_entry = true;
            has_time = entry.has_time;
        }
    }
    struct db_setup *setup = has_entry ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *setup = (struct db_setup){spec->zone_minutes, spec->written};
    *ret_setup = setup;
    *ret_has |= has_time && entry.time.zone != LOG_NO_ZONE ? LOG_HAS_ZONE : 0;
    return true;
}

const struct log_format log_mysql_general = {
    .name = "MySQL general log",
    .cannot_show =
        "whether a statement succeeded, rows and bytes sent, statements run inside the server (procedures, triggers), and "
        "anything while the log was off, which an account with enough rights can do itself; a statement with line ends can "
        "imitate other lines",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_SESSION,
    .is_whole = true,
    .probe = general_probe,
    .parse = general_parse,
    .starts = general_starts,
};
