/* The log_line_prefix of a log whose server's configuration is not at hand.
 *
 * Known ones are tried on the first lines; that which reads most of them is taken, and of several that do, the one with the most text of
 * its own in it, since "%u@%d " would take "[queryid=5] shop@shop" as well. Only where none does it may something unknown
 * stand between the time and the level: then nobody is named, rather than wrongly. */
#include "base/str.h"
#include "formats/postgresql_prefix.h"

#include "base/banned.h"

enum { TRIAL_LINES = 400 };

/* With a time, and those that stand where something else (syslog, a cloud's JSON) has it. "%_" is anything. */
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
    "%m [%p] %q[user=%u,db=%d,app=%a] ", /* Timescale, Aiven */
    "%m [%p] %q[user=%u,db=%d,app=%a,client=%h] ",
    "%h %m [%p] %q%u@%d ", /* Supabase */
    "%t [%p]: [%l-1] user=%u,db=%d,client=%h,app=%a ",
    "%t [%p] %u@%d/%a ",
    "%t [%p] %q%u@%d/%a ",
    "%t [%p] %h %u@%d ",
    "< %m > ", /* PGDG's RPMs before 10 */
    "<%t>",
    "%t ", /* before 10, and by hand */
    "%n [%p] ",
    "%n ",
    "",
    "%q%u@%d ",
    "%u@%d ",
    "user=%u,db=%d,app=%a,client=%h ",
    "db=%d,user=%u,app=%a,client=%h ",
    "user=%u,db=%d,client=%h ",
    "user=%u,db=%d ",
    "db=%d,user=%u ",
    "[%p]: [%l-1] db=%d,user=%u ",
};
static const char *const last_resorts[] = {"%t%_[%p]%_", "%t%_", "%n%_", "%_"};

struct trial {
    size_t tried, read, whole, literal_bytes; /* whole: to the prefix's end */
    bool has_zone;                            /* the first line's that was read */
};

static bool is_name(struct str name)
{
    return str_find(name, STR(" "), 0) == SIZE_MAX && str_find(name, STR("="), 0) == SIZE_MAX &&
           str_find(name, STR("["), 0) == SIZE_MAX;
}

static struct trial try_prefix(const struct pg_guess *guess, const struct pg_prefix *prefix, bool is_given)
{
    struct trial trial = {0};
    struct str rest = guess->head;
    while (rest.len > 0 && trial.tried < TRIAL_LINES) {
        struct str line = db_next_line(&rest), body;
        struct pg_head found;
        if (!guess->body(line, &body)) {
            continue;
        }
        if (pg_prefix_match(prefix, body, &found) && (is_given || (is_name(found.user) && is_name(found.database)))) {
            trial.has_zone = trial.read == 0 ? found.time.zone != LOG_NO_ZONE : trial.has_zone;
            trial.read++;
            trial.whole += !found.is_short;
        }
        trial.tried += rest.len > 0 || trial.tried == 0; /* the last line may be cut */
    }
    /* what stands behind %q counts only if it was seen: the lines of a server that nobody uses fit any such prefix */
    for (size_t i = 0; i < prefix->count && (trial.whole > 0 || prefix->ops[i].field != PG_STOP); i++) {
        trial.literal_bytes += prefix->ops[i].literal.len;
    }
    return trial;
}

static void consider(const struct pg_guess *guess, struct str format, bool is_given, struct pg_prefix *best,
                     struct trial *best_trial)
{
    struct pg_prefix prefix;
    if (!pg_prefix_compile(&prefix, format) ||
        (guess->needs_time && !pg_prefix_has(&prefix, PG_TIME) && !pg_prefix_has(&prefix, PG_EPOCH))) {
        return;
    }
    struct trial trial = try_prefix(guess, &prefix, is_given);
    bool is_better = trial.read > best_trial->read ||
                     (trial.read == best_trial->read && trial.literal_bytes > best_trial->literal_bytes);
    if (trial.read > 0 && trial.read * 2 >= trial.tried && is_better) {
        (void)pg_prefix_compile(best, format);
        *best_trial = trial;
    }
}

bool pg_guess(struct pg_prefix *prefix, const struct pg_guess *guess, bool *ret_has_zone)
{
    struct trial trial = {0};
    for (size_t i = 0; i < guess->spec->format_count; i++) {
        consider(guess, str_of(guess->spec->formats[i]), true, prefix, &trial);
    }
    bool is_given = trial.read > 0;
    for (size_t i = 0; !is_given && i < sizeof known_prefixes / sizeof *known_prefixes; i++) {
        consider(guess, str_of(known_prefixes[i]), false, prefix, &trial);
    }
    for (size_t i = 0;
         trial.read * 10 < trial.tried * 9 + (trial.tried == 0) && i < sizeof last_resorts / sizeof *last_resorts;
         i++) {
        consider(guess, str_of(last_resorts[i]), false, prefix, &trial);
    }
    *ret_has_zone = trial.has_zone;
    return trial.read > 0;
}
