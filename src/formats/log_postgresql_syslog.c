/* PostgreSQL through syslog: a message goes out a line at a time, long lines in pieces of some 900 bytes, each numbered.
 *
 *   Mar 14 21:47:09 db1 postgres[123]: [4-1] user=shop,db=shop LOG:  statement: SELECT name
 *   Mar 14 21:47:09 db1 postgres[123]: [4-2] #011FROM customers
 *   Mar 14 21:47:09 db1 postgres[123]: [5-1] ...
 *
 * A record is a message with its pieces; DETAIL, HINT and STATEMENT have the prefix again and are records of their own. A piece
 * that another process's line has come before is not in its statement: pieces are put together only where they stand
 * together. The time has no zone, and in the old form no year: that is the latest in which it is not after the file's own.
 *
 * Sources: PostgreSQL 8.0 to 18, src/backend/utils/error/elog.c (write_syslog, PG_SYSLOG_LIMIT); RFC 3164; rsyslog's
 * $EscapeControlCharactersOnReceive ("#011" for a tab). */
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/mysql_head.h"
#include "formats/postgresql_message.h"
#include "formats/postgresql_prefix.h"
#include "formats/postgresql_syslog.h"

#include "base/banned.h"

struct setup {
    struct db_setup base;
    struct pg_prefix prefix;
};

static struct str from(struct str text, size_t at)
{
    return str_slice(text, at, text.len);
}

static struct str word(struct str *rest)
{
    struct str_cut cut = str_cut(*rest, ' ');
    *rest = cut.found ? cut.tail : str_slice(*rest, rest->len, rest->len);
    return cut.head;
}

static bool take_time(struct str *rest, int64_t written, int16_t assumed, struct db_time *ret_time)
{
    if (db_date_time(rest, ret_time)) {
        (void)db_zone(rest, ret_time);
        return true;
    }
    return db_syslog_time(rest, written, assumed, ret_time);
}

/* "postgres[123]:", "app[postgres.123]:" */
static bool process_of(struct str tag, uint64_t *ret_pid)
{
    struct str_cut open = str_cut(tag, '[');
    struct str in = open.tail;
    bool is_platform = db_take(&in, STR("postgres."));
    return open.found && open.head.len > 0 && db_number(&in, 10, ret_pid) &&
           (str_eq(in, STR("]:")) || (is_platform && str_eq(in, STR("]"))));
}

/* "[4-1] " */
static bool take_number(struct str *rest, uint64_t *ret_part)
{
    uint64_t message;
    struct str at = *rest;
    bool is_number = db_take(&at, STR("[")) && db_number(&at, 19, &message) && db_take(&at, STR("-")) &&
                     db_number(&at, 19, ret_part) && db_take(&at, STR("]"));
    if (is_number) {
        (void)db_take(&at, STR(" "));
        *rest = at;
    }
    return is_number;
}

bool pg_syslog_cut(struct str line, struct pg_syslog *ret_head)
{
    struct str rest = line;
    struct db_time time;
    *ret_head = (struct pg_syslog){0};
    if (!take_time(&rest, TIME_NONE, 0, &time) || !db_take(&rest, STR(" "))) {
        return false;
    }
    ret_head->time = str_slice(line, 0, line.len - rest.len - 1);
    struct str first = word(&rest);
    if (!process_of(first, &ret_head->pid)) {
        struct str second = word(&rest);
        if (!process_of(second, &ret_head->pid)) {
            return false;
        }
    }
    if (!take_number(&rest, &ret_head->part)) { /* Heroku names the database first: "[GREEN] " */
        struct str_cut name = str_cut(rest, ' ');
        if (name.head.len < 3 || name.head.data[0] != '[' || !take_number(&name.tail, &ret_head->part)) {
            return false;
        }
        rest = name.tail;
    }
    ret_head->body = rest;
    return true;
}

/* The first piece of a message, or one that has a level again. */
static bool syslog_starts(const void *setup, struct str line)
{
    const struct setup *known = setup;
    struct pg_syslog head;
    struct pg_head found;
    return line.len == 0 || !pg_syslog_cut(line, &head) || head.part == 1 ||
           pg_prefix_match(&known->prefix, head.body, &found);
}

/* text without what syslog made of tabs: appended to scratch. */
static void put_plain(struct buf *scratch, struct str text)
{
    for (size_t at = str_find(text, STR("#011"), 0); at != SIZE_MAX; at = str_find(text, STR("#011"), 0)) {
        (void)log_scratch(scratch, str_slice(text, 0, at));
        (void)log_scratch(scratch, STR("\t"));
        text = from(text, at + 4);
    }
    (void)log_scratch(scratch, text);
}

/* The message and the pieces behind it that are the same process's, as one text. */
static struct db_text put_together(struct str message, struct str rest, uint64_t pid, struct buf *scratch)
{
    size_t start = scratch->len;
    put_plain(scratch, message);
    while (rest.len > 0) {
        struct pg_syslog piece;
        if (!pg_syslog_cut(db_next_line(&rest), &piece) || piece.pid != pid) {
            continue;
        }
        bool is_new_line = str_starts(piece.body, STR("#011")) || str_starts(piece.body, STR("\t"));
        if (is_new_line) {
            (void)log_scratch(scratch, STR("\n"));
        }
        put_plain(scratch, piece.body);
    }
    if (scratch->failed || start >= LOG_IN_SCRATCH - LOG_LINE_MAX) {
        return (struct db_text){{"", 0}, 0};
    }
    return (struct db_text){{scratch->data + start, scratch->len - start}, (uint32_t)start | LOG_IN_SCRATCH};
}

static enum log_class syslog_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct setup *known = setup;
    struct str rest = {line->text, line->len};
    struct str first = db_next_line(&rest), when;
    struct pg_syslog head;
    struct pg_head found;
    struct db_time time;
    if (!pg_syslog_cut(first, &head)) {
        return LOG_NOT_SO;
    }
    if (!pg_prefix_match(&known->prefix, head.body, &found)) {
        return head.part > 1 ? LOG_NO_START : LOG_NOT_SO;
    }
    when = head.time;
    if (!take_time(&when, known->base.written, known->base.assumed, &time)) {
        return LOG_NO_TIME;
    }
    db_stamp(line, found.has_time ? &found.time : &time, known->base.assumed);
    line->session = head.pid;
    line->user = log_part(line, found.user);
    line->database = log_part(line, found.database);
    line->application = log_part(line, found.application);
    line->client = log_part(line, found.client);
    bool is_plain = rest.len == 0 && str_find(found.message, STR("#011"), 0) == SIZE_MAX;
    struct db_text message = is_plain ? (struct db_text){found.message, (uint32_t)(found.message.data - line->text)}
                                      : put_together(found.message, rest, head.pid, scratch);
    (void)pg_message(line, log_part(line, found.level), &message, scratch);
    return LOG_PARSED;
}

static const struct log_shape syslog_shape = {.read = syslog_read, .starts = syslog_starts};

static size_t syslog_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                           struct log_batch *batch)
{
    return log_parse_lines(&syslog_shape, setup, state, block, is_last, batch);
}

static bool syslog_body(struct str line, struct str *ret_body)
{
    struct pg_syslog head;
    bool is_it = pg_syslog_cut(line, &head) && head.part == 1;
    *ret_body = head.body;
    return is_it;
}

static bool is_record(const void *self, struct str line)
{
    (void)self;
    struct pg_syslog head;
    return pg_syslog_cut(line, &head);
}

static bool syslog_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct setup *setup = calloc(1, sizeof *setup);
    const struct pg_guess guess = {.spec = spec, .head = head, .body = syslog_body};
    bool has_zone;
    if (setup == NULL || mysql_comes_first(head, is_record, NULL) || !pg_guess(&setup->prefix, &guess, &has_zone)) {
        free(setup);
        return false;
    }
    setup->base = (struct db_setup){spec->zone_minutes, spec->written};
    *ret_setup = setup;
    struct str rest = head;
    struct pg_syslog first = {0};
    while (rest.len > 0 && !pg_syslog_cut(db_next_line(&rest), &first)) {
    }
    struct db_time time;
    if (db_date_time(&first.time, &time) || pg_prefix_has(&setup->prefix, PG_TIME)) {
        *ret_has |= LOG_HAS_YEAR;
        *ret_has |= db_zone(&first.time, &time) || has_zone ? LOG_HAS_ZONE : 0;
    }
    return true;
}

const struct log_format log_postgresql_syslog = {
    .name = "PostgreSQL in syslog",
    .cannot_show =
        "rows and bytes sent, every statement that log_statement, log_min_duration_statement and their like left out (as "
        "installed, that is all of them), and lines that syslog dropped: UDP and full queues lose them without a trace",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_DURATION | LOG_HAS_SESSION,
    .probe = syslog_probe,
    .parse = syslog_parse,
    .starts = syslog_starts,
};
