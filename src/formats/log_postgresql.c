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
#include "formats/mysql_head.h"
#include "formats/postgresql_message.h"
#include "formats/postgresql_prefix.h"
#include "formats/postgresql_syslog.h"

#include "base/banned.h"

struct setup {
    struct db_setup base;
    struct pg_prefix prefix;
    struct pg_prefix others[2]; /* for lines from before or after a change of the configuration */
};

static bool postgresql_starts(const void *setup, struct str line)
{
    (void)setup;
    return line.len == 0 || (line.data[0] != '\t' && line.data[0] != ' ');
}

/* With another prefix nobody is named, but what was said when still is. */
static bool match(const struct setup *known, struct str text, struct pg_head *ret_head)
{
    return pg_prefix_match(&known->prefix, text, ret_head) || pg_prefix_match(&known->others[0], text, ret_head) ||
           pg_prefix_match(&known->others[1], text, ret_head);
}

static enum log_class postgresql_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct setup *known = setup;
    struct pg_head head;
    struct str text = {line->text, line->len};
    if (!match(known, text, &head)) {
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
    (void)pg_message(line, log_part(line, head.level), &message, scratch);
    return LOG_PARSED;
}

static const struct log_shape postgresql_shape = {.read = postgresql_read, .starts = postgresql_starts};

static size_t postgresql_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                               struct log_batch *batch)
{
    return log_parse_lines(&postgresql_shape, setup, state, block, is_last, batch);
}

/* In syslog such lines stand behind another head: that is another reader's. */
static bool postgresql_body(struct str line, struct str *ret_body)
{
    *ret_body = line;
    struct pg_syslog unused;
    return line.len > 0 && line.data[0] != '\0' && postgresql_starts(NULL, line) && !pg_syslog_cut(line, &unused);
}

static bool has_prefix(const void *self, struct str line)
{
    struct pg_head head;
    return pg_prefix_match(self, line, &head);
}

static bool postgresql_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct setup *setup = calloc(1, sizeof *setup);
    const struct pg_guess guess = {.spec = spec, .head = head, .body = postgresql_body, .needs_time = true};
    bool has_zone;
    if (setup == NULL || !pg_guess(&setup->prefix, &guess, &has_zone) ||
        mysql_comes_first(head, has_prefix, &setup->prefix)) {
        free(setup);
        return false;
    }
    setup->base = (struct db_setup){spec->zone_minutes, spec->written};
    (void)pg_prefix_compile(&setup->others[0], STR("%t%_[%p]%_"));
    (void)pg_prefix_compile(&setup->others[1], STR("%t%_"));
    *ret_setup = setup;
    *ret_has |= has_zone ? LOG_HAS_ZONE : 0;
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
