/* reach, the second step: says again what the tree holds, without its secrets; logs in where it may; adds up. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "reach/inside.h"

#include "base/banned.h"

/* ---- how long ---- */

bool reach_is_over(const struct reach *reach)
{
    return time_ticks() >= reach->until;
}

/* A signal is held back until it is asked for here, so that a connection is never left in the middle of a word. */
static bool is_given_up(void)
{
    sigset_t asked;
    struct timespec at_once = {0, 0};
    (void)sigemptyset(&asked);
    (void)sigaddset(&asked, SIGINT);
    (void)sigaddset(&asked, SIGTERM);
    (void)sigaddset(&asked, SIGHUP);
    return sigtimedwait(&asked, NULL, &at_once) > 0;
}

static void hold_signals(void)
{
    sigset_t held;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGINT);
    (void)sigaddset(&held, SIGTERM);
    (void)sigaddset(&held, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
}

int reach_goes_on(struct reach *reach, struct err *err)
{
    if (reach->is_stopped || is_given_up()) {
        reach->is_stopped = true;
        return err_set(err, ERR_LIMIT, "stopped before everything was looked at");
    }
    return reach_is_over(reach) ? err_set(err, ERR_LIMIT, "the time was over") : 0;
}

/* Four fifths of the time may go into looking at rows; the rest is kept for listing what is there. */
static void set_limits(struct reach *reach)
{
    reach->began = time_ticks();
    reach->until = reach->sample_until = INT64_MAX;
    if (reach->options->max_seconds != 0) {
        int64_t span = (int64_t)reach->options->max_seconds * NS_PER_S;
        reach->until = reach->began + span;
        reach->sample_until = reach->began + span / 5 * 4;
    }
}

/* What client libraries read for a login when the caller gives none, or instead of what he gives: whatever names a server,
 * an account, a password or a ticket of the examiner's. */
static void forget_environment(void)
{
    static const char *const begins[] = {"PG", "MYSQL_", "MARIADB_", "REDIS", "CLICKHOUSE_", "MONGO", "KRB5", "SSL_"};
    size_t at = 0;
    while (environ[at] != NULL) {
        struct str name = str_cut(str_of(environ[at]), '=').head;
        bool is_theirs = false;
        for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
            is_theirs = is_theirs || str_starts(name, str_of(begins[i]));
        }
        char text[128];
        (void)snprintf(text, sizeof text, "%.*s", STR_FMT(name));
        at += !is_theirs || unsetenv(text) != 0 || strlen(text) != name.len;
    }
    (void)setenv("PGPASSFILE", "/dev/null", 1);
}

/* ---- what the tree said ---- */

/* Cloud keys and tokens are never shown. */
static const char *secret_of(const struct reach *reach, const json_t *finding)
{
    const char *opens = json_text(finding, "opens", "");
    bool is_token = strcmp(opens, "cloud") == 0 || strcmp(opens, "api") == 0;
    const char *password = json_text(json_object_get(finding, "secret"), "password", NULL);
    return reach->options->reveal && !is_token ? password : NULL;
}

static int say_again(struct reach *reach, enum assay_kind kind, const json_t *record, struct err *err)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)record); /* jansson copies only what is not const */
    if (copy == NULL) {
        return err_no_memory(err);
    }
    const char *shown = secret_of(reach, copy);
    if (shown != NULL) {
        (void)json_object_set_new(copy, "shown", assay_text(str_of(shown), WHY_BYTES));
    }
    if (kind == ASSAY_FINDING) {
        const char *service = json_text(copy, "service", "?");
        json_int_t count = json_int(reach->totals.services, service, 0);
        (void)json_object_set_new(reach->totals.services, service, json_integer(count + 1));
        reach->totals.credentials++;
    }
    (void)json_object_del(copy, "secret");
    return assay_emit(reach->sink, kind, copy, err);
}

static int say_found(struct reach *reach, struct err *err)
{
    size_t i;
    const json_t *said;
    json_array_foreach(reach->options->heard, i, said)
    {
        int kind = assay_kind_of(json_text(said, "kind", ""));
        const json_t *record = json_object_get(said, "record");
        if (kind < 0 || !json_is_object(record)) {
            return err_set(err, ERR_BUG, "what the tree said is no record");
        }
        if (kind == ASSAY_SUMMARY) {
            reach->found = record;
            reach->is_complete = reach->is_complete && json_bool(record, "complete", false);
        } else {
            TRY(say_again(reach, (enum assay_kind)kind, record, err));
        }
    }
    return 0;
}

/* ---- logins ---- */

/* Ids of the later credentials that are the same login as number i. */
static json_t *also_of(const struct plan *plan, size_t i)
{
    enum { ALSO_MAX = 200 };
    json_t *also = json_array();
    for (size_t t = i + 1; t < plan->count && json_array_size(also) < ALSO_MAX; t++) {
        if (plan->targets[t].same == i && plan->targets[t].credential != NULL) {
            (void)json_array_append_new(also, json_string(plan->targets[t].credential));
        }
    }
    return also;
}

static int look_at(struct reach *reach, struct plan *plan, size_t i, struct err *err)
{
    struct target *target = &plan->targets[i];
    bool wants_database = false;
    if (target->same != i || target->is_said) {
        return 0; /* it was said, or is made up for below */
    }
    OWN(own_json) json_t *also = also_of(plan, i);
    TRY(account_look(reach, target, also, &wants_database, err));
    for (size_t t = i + 1; t < plan->count && wants_database; t++) { /* by another door, then */
        if (plan->targets[t].same == i && !str_eq(plan->targets[t].to, target->to)) {
            TRY(account_look(reach, &plan->targets[t], NULL, &wants_database, err));
        }
    }
    return 0;
}

/* First what the person named, with the person's own passwords; then, with those forgotten, what the tree holds. */
static int look_at_all(struct reach *reach, struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->targets[i].credential == NULL) {
            TRY(look_at(reach, plan, i, err));
        }
    }
    forget_environment();
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->targets[i].credential != NULL) {
            TRY(look_at(reach, plan, i, err));
        }
    }
    if (plan->left_out != 0) {
        reach->is_complete = false;
        TRY(say_coverage(reach->sink, "", "over the limit", NULL, NULL, plan->left_out,
                         "more credentials than one run logs in with", err));
    }
    return 0;
}

/* ---- the end ---- */

/* What none of the logins says is not said by all of them together. */
static enum scope total_scope(const struct totals *totals)
{
    bool says_something = totals->best > SCOPE_NONE;
    if (says_something || totals->accounts == 0) {
        return totals->best;
    }
    if (totals->has_unclear) {
        return SCOPE_UNKNOWN;
    }
    return totals->has_untried ? SCOPE_UNTRIED : totals->best;
}

static json_t *summary_of(const struct reach *reach)
{
    const struct totals *totals = &reach->totals;
    const struct tally *t = &totals->tally;
    double seconds = (double)(time_ticks() - reach->began) / (double)NS_PER_S + json_num(reach->found, "seconds", 0);
    const json_t *skipped = json_object_get(reach->found, "skipped");
    return json_pack(
        "{s:I,s:I,s:I,s:o,s:I,s:O,s:I,s:I,s:s,s:I,s:I,s:I,s:I,s:s,s:I,s:O,s:o,s:f,s:b}", "files",
        (json_int_t)json_int(reach->found, "files", 0), "file_bytes", (json_int_t)json_int(reach->found, "bytes", 0),
        "read", (json_int_t)json_int(reach->found, "read", 0), "skipped",
        skipped != NULL ? json_deep_copy(skipped) : json_object(), "credentials", (json_int_t)totals->credentials,
        "services", totals->services, "accounts", (json_int_t)totals->accounts, "connected",
        (json_int_t)totals->connected, "scope", scope_name(total_scope(totals)), "databases",
        (json_int_t)totals->databases, "tables", (json_int_t)t->tables, "readable", (json_int_t)t->readable, "rows",
        (json_int_t)t->rows, "rows_kind", t->tables == 0 ? "unknown" : tally_rows_kind(t), "bytes",
        (json_int_t)t->bytes, "powers", totals->powers, "kinds", people_kinds(reach->people), "seconds", seconds,
        "complete", reach->is_complete);
}

static int run(struct reach *reach, struct err *err)
{
    OWN(own_login_plan) struct plan plan = {0};
    TRY(plan_logins(reach->options, &plan, err));
    TRY(say_found(reach, err));
    TRY(dumps_look(reach, &plan, err));
    TRY(look_at_all(reach, &plan, err));
    TRY(people_tell(reach->people, reach->sink, err));
    return assay_emit(reach->sink, ASSAY_SUMMARY, summary_of(reach), err);
}

int assay_reach(const struct assay_reach_options *options, const struct assay_sink *sink, struct err *err)
{
    OWN(own_people) struct people *people = NULL;
    OWN(own_json) json_t *powers = json_array();
    OWN(own_json) json_t *services = json_object();
    TRY(people_open(&people, err));
    if (powers == NULL || services == NULL) {
        return err_no_memory(err);
    }
    struct reach reach = {.options = options, .sink = sink, .people = people, .is_complete = true};
    reach.totals.powers = powers;
    reach.totals.services = services;
    hold_signals();
    set_limits(&reach);
    watch_begin(reach.until);
    int failed = run(&reach, err);
    watch_end();
    seen_clear(&reach.totals.seen);
    return failed;
}
