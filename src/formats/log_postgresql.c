/* PostgreSQL's log as it writes it to stderr and its log files, with any log_line_prefix.
 *
 *   2020-03-14 21:47:09.123 UTC [123] shop@shop LOG:  statement: SELECT 1
 *   <tab>FROM customers
 *   | prefix                         | level | message, its further lines behind a tab
 *
 * The server puts a tab behind every line end of a message, so a line without one is never a visitor's: nobody can forge a
 * record by what he sends (an account's, a database's and an application's name stand in the prefix, but have no line ends).
 *
 * The prefix is a given one (log_line_prefix of the server's configuration), or that of the known ones with which most lines
 * of the head can be read, or else whatever stands between a time and a level: then nobody is named.
 * DETAIL, HINT, CONTEXT and STATEMENT lines have the prefix too: they are records, and belong to the one before of the same session.
 *
 * Sources: PostgreSQL 8.0 to 18, src/backend/utils/error/elog.c; log_line_prefix of Debian's, RDS', Azure's, Cloud SQL's and
 * Crunchy's packages, and those that pgBadger's manual asks for. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/log_database.h"
#include "formats/postgresql_message.h"
#include "formats/postgresql_prefix.h"

#include "base/banned.h"

struct setup {
    struct db_setup base;
    struct pg_prefix prefix;
};

/* The more a prefix says the earlier it stands; "%_" is anything. */
static const char *const known_prefixes[] = {
    "%m [%p] %q%u@%d ",                         /* Debian */
    "%m [%p] ",                                 /* PostgreSQL 10 and later */
    "%t [%p] %q%u@%d ",                         /* Debian before 10 */
    "%t [%p-%l] %q%u@%d ",                      /* Debian 9.5 and before */
    "%t:%r:%u@%d:[%p]:",                        /* RDS */
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:", /* RDS, Aurora: newer */
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", /* pgBadger's manual */
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: db=%d,user=%u,app=%a,client=%h ",
    "%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d,host=%h,app=%a ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%t [%p]: [%l-1] db=%d,user=%u ", /* Cloud SQL */
    "%t [%p]: user=%u,db=%d ",
    "%t [%p] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p] user=%u,db=%d ",
    "%t [%p]: [%l-1] %u@%d ",
    "%t [%p]: [%l-1] ",
    "%t [%p]: ",
    "%t [%p-%l] ",
    "%t-%c-", /* Azure */
    "%t %u@%d [%p] ",
    "%t %u %d %h [%p] ",
    "%t [%p] [queryid=%Q] %q%u@%d ",
    "< %m > ", /* PGDG's RPMs before 10 */
    "<%t>",
    "%t ", /* before 10, and by hand */
    "%n [%p] ",
    "%n ",
    "%t%_[%p]%_", /* anything with a process */
    "%t%_",
};

static bool postgresql_starts(const void *setup, struct str line)
{
    (void)setup;
    return line.len == 0 || (line.data[0] != '\t' && line.data[0] != ' ');
}

static enum log_class postgresql_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct setup *known = setup;
    struct pg_head head;
    struct str text = {line->text, line->len};
    if (!pg_prefix_match(&known->prefix, text, &head)) {
        return LOG_NOT_SO;
    }
    if (!head.has_time) {
        return LOG_NO_TIME;
    }
    db_stamp(line, &head.time, known->base.assumed);
    line->session = head.pid;
    line->user = log_part(line, head.user);
    line->database = log_part(line, head.database);
    line->application = log_part(line, head.application);
    line->client = log_part(line, head.client);
    const struct db_text message = {head.message, (uint32_t)(head.message.data - line->text)};
    pg_message(line, log_part(line, head.level), &message, scratch);
    return LOG_PARSED;
}

static const struct log_shape postgresql_shape = {.read = postgresql_read, .starts = postgresql_starts};

static size_t postgresql_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                               struct log_batch *batch)
{
    return log_parse_lines(&postgresql_shape, setup, state, block, is_last, batch);
}

struct trial {
    size_t tried, read;
    bool has_zone; /* the first line read */
};

enum { TRIAL_LINES = 200 };

static struct trial try_prefix(const struct pg_prefix *prefix, struct str head)
{
    struct trial trial = {0};
    while (head.len > 0 && trial.tried < TRIAL_LINES) {
        struct str line = db_next_line(&head);
        struct pg_head found;
        if (line.len == 0 || !postgresql_starts(NULL, line) || line.data[0] == '\0') {
            continue;
        }
        if (pg_prefix_match(prefix, line, &found)) {
            trial.has_zone = trial.read == 0 ? found.time.zone != LOG_NO_ZONE : trial.has_zone;
            trial.read++;
        }
        trial.tried += head.len > 0 || trial.tried == 0; /* the last line may be cut */
    }
    return trial;
}

static void consider(struct setup *best, struct trial *best_trial, struct str format, struct str head)
{
    struct pg_prefix prefix;
    if (!pg_prefix_compile(&prefix, format)) {
        return;
    }
    struct trial trial = try_prefix(&prefix, head);
    if (trial.read * 2 >= trial.tried && trial.read > best_trial->read) {
        /* literals point into the prefix itself: compiled again where it stays */
        (void)pg_prefix_compile(&best->prefix, format);
        *best_trial = trial;
    }
}

static bool postgresql_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct setup *setup = calloc(1, sizeof *setup);
    struct trial trial = {0};
    if (setup == NULL) {
        return false;
    }
    setup->base = (struct db_setup){spec->zone_minutes, spec->written};
    for (size_t i = 0; i < spec->format_count; i++) {
        consider(setup, &trial, str_of(spec->formats[i]), head);
    }
    bool is_given = trial.read > 0;
    for (size_t i = 0; !is_given && i < sizeof known_prefixes / sizeof *known_prefixes; i++) {
        consider(setup, &trial, str_of(known_prefixes[i]), head);
    }
    if (trial.read == 0) {
        free(setup);
        return false;
    }
    *ret_setup = setup;
    *ret_has |= trial.has_zone ? LOG_HAS_ZONE : 0;
    *ret_has |=
        pg_prefix_has(&setup->prefix, PG_PID) || pg_prefix_has(&setup->prefix, PG_SESSION) ? LOG_HAS_SESSION : 0;
    return true;
}

const struct log_format log_postgresql = {
    .name = "PostgreSQL log",
    .cannot_show =
        "rows and bytes sent, and every statement that log_statement, log_min_duration_statement and their like left out (as "
        "installed, that is all of them); a role with enough rights can turn them off for its own session",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_DURATION,
    .probe = postgresql_probe,
    .parse = postgresql_parse,
    .starts = postgresql_starts,
};
