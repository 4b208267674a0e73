/* MySQL's, Percona's and MariaDB's slow query log: statements over a threshold, with what they cost.
 *
 *   # Time: 200314 21:47:09                                           a record of its own (a note): the time of what follows
 *   # User@Host: shop[shop] @ localhost [127.0.0.1]  Id:    12        here a record starts
 *   # Thread_id: 12  Schema: shop  QC_hit: No                         MariaDB, Percona
 *   # Query_time: 0.000123  Lock_time: 0.000017  Rows_sent: 2  Rows_examined: 2
 *   # Rows_affected: 0  Bytes_sent: 136
 *   use shop;
 *   SET timestamp=1584222429;
 *   SELECT * FROM customers;
 *
 * Time: from 5.7 on "# Time" comes with every record, with its zone. Before, and in MariaDB, it comes once a second and in the server's
 * local time; then SET timestamp is the time, since it counts from 1970 in UTC. But a client may set the clock of its session (SET
 * timestamp = 1), and MariaDB writes that to both; and a statement may have a line "# Time: ..." in it. Where the two are further
 * apart than any zone, the one nearer to the record before is taken.
 *
 * Sources: MySQL 5.0, 5.7, 8.0 and MariaDB 10.11 sql/log.cc (MYSQL_QUERY_LOG::write, File_query_log::write_slow); Percona Server,
 * "Slow query log". */
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/log_database.h"
#include "formats/mysql_head.h"

#include "base/banned.h"

enum { ZONE_REACH_S = 15 * 3600 };

struct setup {
    struct db_setup base;
    bool has_users; /* records start with "# User@Host"; otherwise somebody took these lines out */
};

struct memory {
    struct db_time time;
    int64_t newest; /* of the record before */
    bool has_time, has_newest;
};
_Static_assert(sizeof(struct memory) <= LOG_STATE_BYTES, "the memory lives in a log_state");

/* One record while its lines are read. */
struct reading {
    struct log_line *line;
    struct db_time time;
    bool has_time, has_cost;
    uint64_t rows_sent, rows_changed;
    bool has_sent, has_changed;
};

static bool is_user_line(struct str line)
{
    return str_starts(line, STR("# User@Host: ")) || str_starts(line, STR("# User: "));
}

static bool slow_starts(const void *setup, struct str line)
{
    const struct setup *known = setup;
    if (line.len < 7 || line.data[0] != '#') {
        return mysql_head_line(line);
    }
    return str_starts(line, STR("# Time: ")) ||
           (known->has_users ? is_user_line(line) : str_starts(line, STR("# Query_time: ")));
}

/* "071218 11:48:27" or "2016-06-07T19:07:02.558338Z" at the front of rest. */
static bool read_time(struct str *rest, struct db_time *ret_time)
{
    if (db_date_time(rest, ret_time)) {
        (void)db_zone(rest, ret_time);
        return true;
    }
    return db_short_time(rest, ret_time);
}

/* "root[shop] @ localhost [127.0.0.1]  Id:    12": the name in brackets is the one given at the door. The name may hold anything,
 * a host's may not, so the last "] @ " is theirs. */
static void read_user(struct reading *reading, struct str rest)
{
    struct log_line *line = reading->line;
    size_t middle = SIZE_MAX;
    for (size_t at = str_find(rest, STR(" @ "), 0); at != SIZE_MAX; at = str_find(rest, STR(" @ "), at + 1)) {
        middle = at;
    }
    if (middle == SIZE_MAX) {
        return;
    }
    struct str name = str_slice(rest, 0, middle), host = str_slice(rest, middle + 3, rest.len);
    struct str_cut inner = str_cut(name, '[');
    if (inner.found && str_ends(name, STR("]"))) {
        name = str_slice(inner.tail, 0, inner.tail.len - 1);
    }
    line->user = log_part(line, name);
    struct str_cut address = str_cut(host, '[');
    struct str in = str_cut(address.tail, ']').head;
    line->client = log_part(line, address.found && in.len > 0 ? in : str_trim(address.head));
    size_t id = str_find(host, STR("Id:"), 0);
    if (id != SIZE_MAX) {
        struct str number = str_slice(host, id + 3, host.len);
        (void)db_blanks(&number);
        (void)db_number(&number, 20, &line->session);
    }
}

/* The database's name may hold blanks: it ends at the last of what can follow it. */
static void read_schema(struct reading *reading, struct str rest)
{
    static const struct str behind[] = {STR_INIT("  Last_errno: "), STR_INIT("  QC_hit: "), STR_INIT(" Last_errno: ")};
    size_t end = rest.len;
    for (size_t i = 0; i < sizeof behind / sizeof *behind && end == rest.len; i++) {
        for (size_t at = str_find(rest, behind[i], 0); at != SIZE_MAX; at = str_find(rest, behind[i], at + 1)) {
            end = at;
        }
    }
    struct str errno_of = str_slice(rest, end, rest.len);
    (void)db_blanks(&errno_of);
    uint64_t number;
    if (db_take(&errno_of, STR("Last_errno: ")) && db_number(&errno_of, 5, &number) && number <= UINT16_MAX) {
        reading->line->status = (uint16_t)number;
    }
    reading->line->database = log_part(reading->line, str_trim(str_slice(rest, 0, end)));
}

static void take_figure(struct reading *reading, struct str key, struct str value)
{
    struct log_line *line = reading->line;
    uint64_t number;
    struct str rest = value;
    if (str_eq(key, STR("Query_time"))) {
        reading->has_cost = db_seconds(&rest, &line->duration_us) || reading->has_cost;
    } else if (!str_u64(value, &number)) {
        return;
    } else if (str_eq(key, STR("Rows_sent"))) {
        reading->rows_sent = number;
        reading->has_sent = true;
    } else if (str_eq(key, STR("Rows_affected"))) {
        reading->rows_changed = number;
        reading->has_changed = true;
    } else if (str_eq(key, STR("Bytes_sent"))) {
        line->bytes = number;
    } else if (str_eq(key, STR("Thread_id")) || str_eq(key, STR("Id"))) {
        line->session = number;
    } else if ((str_eq(key, STR("Errno")) || str_eq(key, STR("Last_errno"))) && number <= UINT16_MAX) {
        line->status = (uint16_t)number;
    }
}

static struct str word(struct str *rest)
{
    (void)db_blanks(rest);
    size_t end = 0;
    while (end < rest->len && rest->data[end] != ' ' && rest->data[end] != '\t') {
        end++;
    }
    struct str found = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return found;
}

/* "Query_time: 2  Lock_time: 0 ...": names with a colon, values without blanks. A database's name is the one value that may be
 * anything. */
static void read_figures(struct reading *reading, struct str rest)
{
    while (rest.len > 0) {
        struct str key = word(&rest);
        if (!str_ends(key, STR(":"))) {
            continue;
        }
        key.len--;
        if (str_eq(key, STR("Schema"))) {
            (void)db_take(&rest, STR(" "));
            read_schema(reading, rest);
            return;
        }
        struct str after = rest, value = word(&after);
        if (!str_ends(value, STR(":"))) { /* a value that is not there: the next name follows */
            take_figure(reading, key, value);
            rest = after;
        }
    }
}

/* One line of the head, without its "# ". */
static void read_head_line(struct reading *reading, struct str rest)
{
    if (db_take(&rest, STR("Time: "))) {
        reading->has_time = read_time(&rest, &reading->time);
        (void)db_blanks(&rest);
        if (!db_take(&rest, STR("# "))) {
            reading->has_time = reading->has_time && rest.len == 0;
            return;
        }
    }
    if (db_take(&rest, STR("User@Host: ")) || db_take(&rest, STR("User: "))) {
        read_user(reading, rest);
    } else if (!str_starts(rest, STR("explain: "))) {
        read_figures(reading, rest);
    }
}

/* "SET timestamp=1584222429;", perhaps behind last_insert_id=5,insert_id=6, */
static bool read_set(struct str text, int64_t *ret_second)
{
    uint64_t second;
    bool is_set = db_take(&text, STR("SET "));
    for (uint64_t id; db_take(&text, STR("last_insert_id=")) || db_take(&text, STR("insert_id="));) {
        is_set = is_set && db_number(&text, 20, &id) && db_take(&text, STR(","));
    }
    if (!is_set || !db_take(&text, STR("timestamp=")) || !db_number(&text, 10, &second)) {
        return false;
    }
    uint64_t part;
    if (db_take(&text, STR("."))) {
        (void)db_number(&text, 9, &part);
    }
    *ret_second = (int64_t)second;
    return db_take(&text, STR(";"));
}

/* "use shop;", with the quotes that odd names get. */
static bool read_use(struct log_line *line, struct str text)
{
    if (!db_take(&text, STR("use ")) || !str_ends(text, STR(";"))) {
        return false;
    }
    text.len--;
    if (text.len >= 2 && text.data[0] == '`' && text.data[text.len - 1] == '`') {
        text = str_slice(text, 1, text.len - 1);
    }
    line->database = log_part(line, text);
    return true;
}

/* Behind the head: what the statement ran with, the statement, and the ';' that the server puts behind it. */
static void read_statement(struct reading *reading, struct str rest, int64_t *set_second, bool *has_set)
{
    struct log_line *line = reading->line;
    struct str after = rest;
    if (read_use(line, db_next_line(&after))) {
        rest = after;
    }
    after = rest;
    if (read_set(db_next_line(&after), set_second)) {
        *has_set = true;
        rest = after;
    }
    struct str text = str_trim(rest);
    text.len -= str_ends(text, STR(";"));
    if (db_take(&text, STR("# administrator command: "))) {
        line->command = log_part(line, text);
        return;
    }
    line->statement = log_part(line, text);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* SET timestamp, unless it and "# Time" cannot both be true. Then one of them was written by a client (by setting its session's clock, or
 * by a statement with a line "# Time: ..." in it), and the one nearer to the record before is taken. */
static bool choose_time(struct reading *reading, struct memory *memory, int16_t assumed, int64_t set_second,
                        bool has_set)
{
    if (reading->has_time) {
        memory->time = reading->time;
        memory->has_time = true;
    }
    const struct db_time proved = {.local = set_second, .zone = 0};
    bool takes_set = has_set && !memory->has_time;
    if (memory->has_time) {
        db_stamp(reading->line, &memory->time, assumed);
        bool is_near = distance(set_second, memory->time.local) <= ZONE_REACH_S;
        bool is_nearer = memory->has_newest &&
                         distance(set_second, memory->newest) < distance(reading->line->second, memory->newest);
        takes_set = has_set && memory->time.zone == LOG_NO_ZONE && (is_near || is_nearer);
    }
    if (takes_set) {
        db_stamp(reading->line, &proved, 0);
    }
    memory->newest = reading->line->second;
    memory->has_newest = takes_set || memory->has_time;
    return memory->has_newest;
}

static bool is_head_line(struct str line)
{
    return line.len > 0 && line.data[0] == '#' && !str_starts(line, STR("# administrator command: "));
}

static enum log_class slow_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    const struct setup *known = setup;
    struct memory *memory = state;
    struct str rest = {line->text, line->len};
    struct reading reading = {.line = line};
    if (mysql_head_line(db_first_line(rest))) {
        return memchr(rest.data, '\n', rest.len) == NULL ? LOG_NOTE : LOG_NO_START;
    }
    bool is_time = str_starts(rest, STR("# Time: "));
    bool is_line = memchr(rest.data, '\n', rest.len) == NULL;
    while (rest.len > 0) {
        struct str after = rest, head = db_next_line(&after);
        if (!is_head_line(head)) {
            break;
        }
        (void)db_take(&head, STR("#"));
        (void)db_blanks(&head);
        read_head_line(&reading, head);
        rest = after;
    }
    /* where somebody took the accounts out, other lines of the head may stand between a time and the start of its record */
    if (is_time && line->user.len == 0 && (is_line || (!known->has_users && rest.len == 0))) {
        memory->time = reading.time;
        memory->has_time = reading.has_time;
        return reading.has_time ? LOG_NOTE : LOG_NO_TIME;
    }
    int64_t set_second = 0;
    bool has_set = false;
    read_statement(&reading, rest, &set_second, &has_set);
    if (!reading.has_cost) {
        return LOG_NOT_SO;
    }
    if (!choose_time(&reading, memory, known->base.assumed, set_second, has_set)) {
        return LOG_NO_TIME;
    }
    bool has_rows = reading.has_sent || reading.has_changed;
    line->rows = has_rows ? reading.rows_sent > 0 || !reading.has_changed ? reading.rows_sent : reading.rows_changed
                          : LOG_NO_BYTES;
    line->command = line->command.len == 0 ? log_scratch(scratch, STR("Query")) : line->command;
    return LOG_PARSED;
}

static const struct log_shape slow_shape = {.read = slow_read, .starts = slow_starts};

static size_t slow_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                         struct log_batch *batch)
{
    return log_parse_lines(&slow_shape, setup, state, block, is_last, batch);
}

/* What the head shows: how records start, and what they tell. */
static bool slow_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    bool has_users = false, has_cost = false, has_bytes = false, has_session = false, has_set = false;
    bool is_slow = false;
    bool only_opening = head.len > 0;
    struct db_time time = {.zone = LOG_NO_ZONE};
    while (head.len > 0) {
        struct str line = db_next_line(&head);
        if (!is_slow && mysql_general_mark(line)) {
            return false;
        }
        is_slow |= mysql_slow_mark(line);
        has_users |= is_user_line(line) || str_find(line, STR(" # User@Host: "), 0) != SIZE_MAX;
        has_cost |= str_starts(line, STR("# Query_time: "));
        has_bytes |= line.len > 0 && line.data[0] == '#' && str_find(line, STR(" Bytes_sent: "), 0) != SIZE_MAX;
        has_session |= str_starts(line, STR("# Thread_id: ")) ||
                       (is_user_line(line) && str_find(line, STR("  Id: "), 0) != SIZE_MAX);
        has_set |= str_starts(line, STR("SET timestamp="));
        only_opening &= line.len == 0 || mysql_head_line(line);
        if (time.zone == LOG_NO_ZONE && db_take(&line, STR("# Time: "))) {
            (void)read_time(&line, &time);
        }
    }
    struct setup *setup = has_cost || only_opening ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *setup = (struct setup){.base = {spec->zone_minutes, spec->written}, .has_users = has_users || only_opening};
    *ret_setup = setup;
    *ret_has |= has_bytes ? LOG_HAS_BYTES | LOG_HAS_WIRE : 0;
    *ret_has |= has_session ? LOG_HAS_SESSION : 0;
    *ret_has |= has_set || time.zone != LOG_NO_ZONE ? LOG_HAS_ZONE : 0;
    return true;
}

const struct log_format log_mysql_slow = {
    .name = "MySQL slow log",
    .cannot_show =
        "statements faster than long_query_time, left out by a rate limit, a filter or min_examined_row_limit, who connected, "
        "and anything while the log was off; a session that sets its own clock (SET timestamp) is logged with that time, and a statement with line ends can imitate other records",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_ROWS | LOG_HAS_DURATION,
    .is_whole = true,
    .probe = slow_probe,
    .parse = slow_parse,
    .starts = slow_starts,
};
