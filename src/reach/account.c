/* One login: what the server says of the account, its databases and tables, as records. Where a database is seen only over a
 * connection of its own (PostgreSQL), each is entered in turn.
 *
 *   open ─▶ survey ─▶ measures of tables ─▶ the next database ─▶ ... ─▶ the measure of the account */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "reach/inside.h"
#include "reach/uri.h"

#include "base/banned.h"

enum { CONNECT_SECONDS = 15, STATEMENT_SECONDS = 60, NAMES_CAP_BYTES = 4 << 20 };

/* The database whose tables are coming in. */
struct current {
    bool is_open;
    struct buf name, why;
    enum survey_scope said;
    struct tally tally;
    uint64_t closed_tables, partial_tables, unsampled_tables;
    char unsampled[WHY_BYTES]; /* why the last one was not */
};

struct account {
    struct reach *reach;
    const struct target *target;
    struct place place;
    struct source *source;
    bool is_connected, is_super, is_follow_up;
    json_t *product, *version, *name, *reading;
    struct fit powers, databases;
    struct current now;
    struct tally all;
    uint64_t scopes[SCOPE_COUNT];
    uint64_t database_count;
    struct arena keep;
    struct str others[OTHER_DATABASES_MAX]; /* databases that want a connection of their own */
    size_t other_count;
    uint64_t others_left_out;
    int64_t began;
};

static void account_free(struct account *a)
{
    if (a != NULL) {
        source_close(a->source);
        json_decref(a->product);
        json_decref(a->version);
        json_decref(a->name);
        json_decref(a->reading);
        own_fit(&a->powers);
        own_fit(&a->databases);
        buf_free(&a->now.name);
        buf_free(&a->now.why);
        arena_clear(&a->keep);
        free(a);
    }
}

static void own_account(struct account **account)
{
    account_free(*account);
}

static const char *display(const struct account *a)
{
    return a->target->uri.data;
}

/* ---- databases ---- */

static json_t *database_record(const struct current *now, enum scope scope, bool is_system, struct str why,
                               const char *password)
{
    const struct tally *t = &now->tally;
    return json_pack("{s:o,s:s,s:o*,s:b,s:I,s:I,s:I,s:I,s:s,s:I}", "name", say_name(buf_str(&now->name)), "scope",
                     scope_name(scope), "why", say_why(why, password), "system", is_system, "tables",
                     (json_int_t)t->tables, "readable", (json_int_t)t->readable, "partial", (json_int_t)t->partial,
                     "rows", (json_int_t)t->rows, "rows_kind", tally_rows_kind(t), "bytes", (json_int_t)t->bytes);
}

static int say_gaps(struct account *a, struct err *err)
{
    const struct current *now = &a->now;
    const struct assay_sink *sink = a->reach->sink;
    const char *name = now->name.data;
    if (now->closed_tables != 0) {
        TRY(say_coverage(sink, display(a), "table not readable", name, NULL, now->closed_tables, NULL, err));
    }
    if (now->unsampled_tables != 0) {
        TRY(say_coverage(sink, display(a), "not sampled", name, NULL, now->unsampled_tables, now->unsampled, err));
    }
    return now->said != SURVEY_SCOPE_CLOSED
               ? 0
               : say_coverage(sink, display(a), "database closed", name, NULL, 1, now->why.data, err);
}

static int count_database(struct account *a, struct err *err)
{
    OWN(own_buf) struct buf key = {0};
    bool is_new;
    buf_put(&key, a->target->server);
    buf_putc(&key, '\0');
    buf_put(&key, buf_str(&a->now.name));
    TRY(buf_check(&key, err));
    TRY(seen_add(&a->reach->totals.seen, buf_str(&key), "database", &is_new, err));
    a->reach->totals.databases += is_new;
    return 0;
}

/* cut: why the list of its tables did not come to its end; NULL: it did. */
static int end_database(struct account *a, const char *cut, struct err *err)
{
    struct current *now = &a->now;
    const char *reason = NULL;
    if (!now->is_open) {
        return 0;
    }
    now->is_open = false;
    enum scope scope = scope_of_database(now->said, &now->tally, &reason);
    bool is_empty = now->said == SURVEY_SCOPE_WHOLE && now->tally.tables == 0;
    if (cut != NULL && scope != SCOPE_PART) {
        scope = now->tally.hidden != 0 && now->tally.readable != 0 ? SCOPE_PART : SCOPE_UNKNOWN;
        reason = cut;
        is_empty = false;
    }
    struct str why = reason != NULL ? str_of(reason) : buf_str(&now->why);
    a->scopes[scope] += !is_empty; /* of an empty one everything can be read, and nothing */
    a->database_count++;
    tally_plus(&a->all, &now->tally);
    TRY(count_database(a, err));
    TRY(fit_add(&a->databases, database_record(now, scope, false, why, a->place.password), err));
    return say_gaps(a, err);
}

static int begin_database(struct account *a, struct str name, enum survey_scope said, struct str why, struct err *err)
{
    struct current *now = &a->now;
    buf_reset(&now->name);
    buf_reset(&now->why);
    buf_put(&now->name, name);
    buf_put(&now->why, why);
    buf_puts(&now->name, "");
    buf_puts(&now->why, "");
    now->said = said;
    now->tally = (struct tally){0};
    now->closed_tables = now->partial_tables = now->unsampled_tables = 0;
    now->is_open = true;
    TRY(buf_check(&now->name, err));
    return buf_check(&now->why, err);
}

static int note_other(struct account *a, struct str name, struct err *err)
{
    if (a->other_count == OTHER_DATABASES_MAX) {
        a->others_left_out++;
        return 0;
    }
    a->others[a->other_count] = arena_str(&a->keep, name, err);
    return a->others[a->other_count++].data == NULL ? -1 : 0;
}

/* ---- what the survey says ---- */

static int hear_server(void *self, const struct survey_server *server, struct err *err)
{
    struct account *a = self;
    if (a->product != NULL) {
        return 0;
    }
    a->product = say_name(server->product);
    a->version = say_name(server->version);
    a->name = say_name(server->account);
    a->reading = assay_text(str_of(server->reading), NAME_BYTES);
    a->is_super = server->is_super;
    if (server->hidden != NULL) { /* nobody can call what is shown the whole of the server */
        a->scopes[SCOPE_UNKNOWN]++;
        TRY(say_coverage(a->reach->sink, display(a), "another database", NULL, NULL, 0, server->hidden, err));
    }
    bool has_all = a->product != NULL && a->version != NULL && a->name != NULL && a->reading != NULL;
    return has_all ? 0 : err_no_memory(err);
}

static bool is_known_name(const json_t *names, const json_t *name)
{
    size_t i;
    const json_t *known;
    json_array_foreach(names, i, known)
    {
        if (json_equal(known, name) != 0) {
            return true;
        }
    }
    return false;
}

static int hear_power(void *self, const struct survey_power *power, struct err *err)
{
    enum { POWER_NAMES_MAX = 64 };
    struct account *a = self;
    json_t *name = say_name(power->name);
    json_t *means = assay_text(str_of(power->means), WHY_BYTES);
    json_t *from = say_why(power->from, a->place.password);
    json_t *item = json_pack("{s:o,s:o,s:o*}", "name", name, "means", means, "from", from);
    if (item == NULL) {
        return err_no_memory(err);
    }
    if (json_find(a->powers.array, "name", json_string_value(name)) != NULL) {
        json_decref(item); /* said by another database of the same server */
        return 0;
    }
    json_t *names = a->reach->totals.powers;
    if (json_array_size(names) < POWER_NAMES_MAX && !is_known_name(names, name)) {
        (void)json_array_append(names, name);
    }
    return fit_add(&a->powers, item, err);
}

static int hear_database(void *self, const struct survey_database *database, struct err *err)
{
    struct account *a = self;
    TRY(end_database(a, NULL, err));
    if (a->is_follow_up && (database->needs_connection || database->is_system)) {
        return 0; /* said when the account first came in */
    }
    if (database->needs_connection && !database->is_system && database->scope != SURVEY_SCOPE_CLOSED) {
        return note_other(a, database->name, err);
    }
    TRY(begin_database(a, database->name, database->scope, database->why, err));
    if (!database->is_system) {
        return 0;
    }
    a->now.is_open = false;
    enum scope scope = database->scope == SURVEY_SCOPE_CLOSED ? SCOPE_NONE : SCOPE_UNKNOWN;
    return fit_add(&a->databases, database_record(&a->now, scope, true, database->why, a->place.password), err);
}

static int hear_table(void *self, const struct survey_table *table, struct err *err)
{
    struct account *a = self;
    struct tally before = a->now.tally;
    char unsampled[WHY_BYTES];
    TRY(reach_goes_on(a->reach, err));
    TRY(table_look(a->reach, &a->place, a->source, table, &a->now.tally, unsampled, err));
    bool is_readable = a->now.tally.readable != before.readable;
    a->now.closed_tables += !is_readable;
    if (unsampled[0] != '\0') {
        a->now.unsampled_tables++;
        (void)snprintf(a->now.unsampled, sizeof a->now.unsampled, "%s", unsampled);
    }
    struct assay_progress p = {
        .verb = "reach",
        .unit = "tables",
        .done = a->reach->totals.tally.tables,
        .bytes = a->reach->sampled_bytes,
        .found = a->reach->totals.credentials,
    };
    assay_tell(a->reach->sink, &p);
    return 0;
}

/* ---- coming in ---- */

static int64_t seconds_left(const struct reach *reach)
{
    return reach->until == INT64_MAX ? INT64_MAX : (reach->until - time_ticks()) / NS_PER_S;
}

static unsigned at_most(int64_t left, unsigned most)
{
    return left < 1 ? 1 : left < (int64_t)most ? (unsigned)left : most;
}

static int come_in(struct account *a, const char *uri, struct err *err)
{
    int64_t left = seconds_left(a->reach);
    struct source_login login = {
        .password = a->target->password,
        .connect_seconds = at_most(left, CONNECT_SECONDS),
        .statement_seconds = at_most(left, STATEMENT_SECONDS),
    };
    source_close(a->source);
    a->source = NULL;
    return source_open_as(uri, &login, &a->source, err);
}

/* Did the server say no, or was there none? Drivers hand on the words of six client libraries; what is none of these says
 * that nobody answered, which claims less. */
static bool is_refusal(const struct err *why)
{
    static const char *const words[] = {"access denied",
                                        "authentication failed",
                                        "authentication failure",
                                        "no password supplied",
                                        "wrongpass",
                                        "noauth",
                                        "noperm",
                                        "no pg_hba.conf entry",
                                        "does not exist",
                                        "unknown database",
                                        "is not permitted to log in",
                                        "permission denied for database",
                                        "invalid password",
                                        "wrong password",
                                        "there is no user",
                                        "refused the login",
                                        "not authorized",
                                        "requires a password"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(str_of(why->text), str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static int survey_one(struct account *a, struct err *err)
{
    struct survey_sink sink = {a, hear_server, hear_power, hear_database, hear_table};
    return source_survey(a->source, &sink, err);
}

/* What a survey that broke off leaves: the time is over, or the server failed. -1 only when the run itself ends. */
static int broke_off(struct account *a, const struct err *why, struct err *err)
{
    a->reach->is_complete = false;
    if (a->reach->is_stopped) {
        *err = *why;
        return -1;
    }
    bool is_over = reach_is_over(a->reach);
    const char *class = is_over ? "over the limit" : "not looked into";
    OWN(own_json)
    json_t *text =
        say_why(is_over                  ? STR("the time was over")
                : why->kind == ERR_USAGE ? without_uri(why->text, a->target->to)
                                         : STR("the server broke off or refused a question about what it holds"),
                a->place.password);
    const char *reason = text != NULL ? json_string_value(text) : "?";
    const char *database = a->now.is_open ? a->now.name.data : NULL;
    if (!is_over) {
        assay_complain(a->reach->sink, a->target->uri, str_of(reason));
    }
    a->scopes[SCOPE_UNKNOWN]++; /* whatever would have come */
    TRY(say_coverage(a->reach->sink, display(a), class, database, NULL, 0, reason, err));
    return end_database(a, reason, err);
}

static int enter_other(struct account *a, struct str name, struct err *err)
{
    struct uri uri;
    struct err why = {0};
    OWN(own_buf) struct buf database = {0};
    OWN(own_buf) struct buf to = {0};
    uri_encode(&database, name);
    if (!uri_cut(a->target->to, &uri)) {
        return err_set(err, ERR_BUG, "a database that wants a connection has no URI");
    }
    uri.database = buf_str(&database);
    uri_put(&to, &uri);
    TRY(buf_check(&to, err));
    TRY(begin_database(a, name, SURVEY_SCOPE_UNKNOWN, STR(""), err));
    if (come_in(a, to.data, &why) != 0) {
        OWN(own_json) json_t *text = say_why(without_uri(why.text, a->target->to), a->place.password);
        const char *reason = text != NULL ? json_string_value(text) : "?";
        if (is_refusal(&why)) {
            a->now.said = SURVEY_SCOPE_CLOSED;
            buf_reset(&a->now.why);
            buf_puts(&a->now.why, reason);
            return end_database(a, NULL, err);
        }
        a->reach->is_complete = false;
        TRY(say_coverage(a->reach->sink, display(a), "unreachable", a->now.name.data, NULL, 1, reason, err));
        return end_database(a, reason, err);
    }
    a->now.is_open = false; /* the survey says it itself */
    return survey_one(a, &why) == 0 ? end_database(a, NULL, err) : broke_off(a, &why, err);
}

static int enter_others(struct account *a, struct err *err)
{
    a->is_follow_up = true;
    for (size_t i = 0; i < a->other_count; i++) {
        struct err why = {0};
        if (reach_goes_on(a->reach, &why) == 0) {
            TRY(enter_other(a, a->others[i], err));
            continue;
        }
        if (a->reach->is_stopped) {
            *err = why;
            return -1;
        }
        a->reach->is_complete = false;
        TRY(begin_database(a, a->others[i], SURVEY_SCOPE_UNKNOWN, STR(""), err));
        TRY(say_coverage(a->reach->sink, display(a), "over the limit", a->now.name.data, NULL, 0, why.text, err));
        TRY(end_database(a, "the time was over before it was entered", err));
    }
    if (a->others_left_out != 0) {
        a->reach->is_complete = false;
        a->scopes[SCOPE_UNKNOWN] += a->others_left_out;
        return say_coverage(a->reach->sink, display(a), "another database", NULL, NULL, a->others_left_out,
                            "more databases than one run enters", err);
    }
    return 0;
}

/* ---- the measure ---- */

static json_t *list_of(const struct fit *fit)
{
    return fit->array != NULL ? json_incref(fit->array) : json_array();
}

static json_t *account_record(struct account *a, const char *status, enum scope scope, const char *why, json_t *also)
{
    const struct tally *t = &a->all;
    json_t *body =
        json_pack("{s:s,s:s*,s:o,s:s,s:o*,s:O*,s:O*,s:O*,s:O*,s:s}", "class", "account", "credential",
                  a->target->credential, "uri", assay_text(a->target->uri, 1024), "status", status, "why",
                  why != NULL ? say_why(str_of(why), a->place.password) : NULL, "product", a->product, "version",
                  a->version, "account", a->name, "reading", a->reading, "scope", scope_name(scope));
    int failed = body == NULL ? -1 : 0;
    if (failed == 0 && also != NULL && json_array_size(also) != 0) {
        failed |= json_object_set(body, "also", also);
    }
    if (failed == 0 && !str_eq(a->target->to, a->target->uri)) {
        failed |= say_set(body, "to", assay_text(a->target->to, 1024));
    }
    if (failed == 0 && a->is_connected) {
        double seconds = (double)(time_ticks() - a->began) / (double)NS_PER_S;
        failed |= json_object_update_new(
            body, json_pack("{s:b,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:s,s:I,s:f,s:b}", "is_super", a->is_super, "powers",
                            list_of(&a->powers), "databases", list_of(&a->databases), "tables", (json_int_t)t->tables,
                            "readable", (json_int_t)t->readable, "partial", (json_int_t)t->partial, "columns",
                            (json_int_t)t->columns, "rows", (json_int_t)t->rows, "rows_kind", tally_rows_kind(t),
                            "bytes", (json_int_t)t->bytes, "seconds", seconds, "counted", t->readable != 0));
        if (a->databases.left_out != 0) {
            failed |= say_set(body, "databases_left_out", json_integer((json_int_t)a->databases.left_out));
        }
    }
    if (failed != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static int say_account(struct account *a, const char *status, enum scope scope, const char *why, json_t *also,
                       struct err *err)
{
    struct totals *totals = &a->reach->totals;
    bool has_answer = a->is_connected || strcmp(status, "refused") == 0;
    totals->accounts++;
    totals->connected += a->is_connected;
    totals->has_unclear = totals->has_unclear || (!has_answer && strcmp(status, "not tried") != 0);
    totals->has_untried = totals->has_untried || strcmp(status, "not tried") == 0;
    totals->best = scope > totals->best ? scope : totals->best;
    return assay_emit(a->reach->sink, ASSAY_MEASURE, account_record(a, status, scope, why, also), err);
}

/* Nobody came in. */
static int say_failure(struct account *a, const struct err *why, json_t *also, struct err *err)
{
    bool is_no = is_refusal(why);
    const char *status = is_no ? "refused" : "unreachable";
    OWN(own_json) json_t *text = say_why(without_uri(why->text, a->target->to), a->place.password);
    const char *reason = text != NULL ? json_string_value(text) : "?";
    a->reach->is_complete = a->reach->is_complete && is_no;
    assay_complain(a->reach->sink, a->target->uri, str_of(reason));
    TRY(say_coverage(a->reach->sink, display(a), status, NULL, NULL, 1, reason, err));
    return say_account(a, status, is_no ? SCOPE_NONE : SCOPE_UNTRIED, reason, also, err);
}

static int say_untried(struct account *a, const char *class, const char *why, json_t *also, struct err *err)
{
    TRY(say_coverage(a->reach->sink, a->target->uri.len != 0 ? display(a) : a->target->credential, class, NULL, NULL, 1,
                     why, err));
    return say_account(a, "not tried", SCOPE_UNTRIED, why, also, err);
}

static bool wants_a_database(const struct err *why)
{
    static const char *const words[] = {"unknown database", "to database", "does not exist"};
    bool wants = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        wants = wants || str_find_nocase(str_of(why->text), str_of(words[i]), 0) != SIZE_MAX;
    }
    return wants;
}

/* The password is right and the database that is named is not open to it: code in the tree could still come in by another. 0 when
 * it came in. */
static int come_in_elsewhere(struct account *a, const struct err *closed, struct err *err)
{
    struct uri uri;
    struct err why = {0};
    OWN(own_buf) struct buf there = {0};
    OWN(own_buf) struct buf name = {0};
    if (!uri_cut(a->target->to, &uri) || uri.database.len == 0) {
        return -1;
    }
    (void)uri_decode(&name, uri.database);
    bool is_mysql = str_eq(uri_family(uri.scheme), STR("mysql"));
    bool is_postgresql = str_eq(uri_family(uri.scheme), STR("postgresql"));
    uri.database = is_postgresql ? STR("postgres") : (struct str){NULL, 0};
    uri_put(&there, &uri);
    if (!(is_mysql || is_postgresql) || buf_check(&there, &why) != 0 || buf_check(&name, &why) != 0 ||
        come_in(a, there.data, &why) != 0) {
        return -1;
    }
    /* MySQL does not list what an account cannot enter; PostgreSQL does, and says itself that it is closed */
    return is_mysql ? begin_database(a, buf_str(&name), SURVEY_SCOPE_CLOSED, str_of(closed->text), err) : 0;
}

static int look(struct account *a, json_t *also, bool *ret_no_database, struct err *err)
{
    struct err why = {0};
    if (a->target->skip != NULL) {
        return say_untried(a, "not connected", a->target->skip, also, err);
    }
    if (reach_goes_on(a->reach, &why) != 0) {
        a->reach->is_complete = false;
        return a->reach->is_stopped ? (*err = why, -1)
                                    : say_untried(a, "over the limit", "the time was over", also, err);
    }
    if (come_in(a, a->target->to.data, &why) != 0) {
        *ret_no_database = wants_a_database(&why);
        if (!*ret_no_database || come_in_elsewhere(a, &why, err) != 0) {
            return say_failure(a, &why, also, err);
        }
        *ret_no_database = false;
    }
    a->is_connected = true;
    if (survey_one(a, &why) != 0) {
        TRY(broke_off(a, &why, err));
    } else {
        TRY(end_database(a, NULL, err));
    }
    TRY(enter_others(a, err));
    enum scope scope = scope_over(a->scopes);
    const char *words = scope == SCOPE_ENTIRE ? "every table of every database that the account is shown"
                        : a->database_count == 0 && scope == SCOPE_NONE ? "no database is shown to the account"
                                                                        : NULL;
    return say_account(a, "connected", scope, words, also, err);
}

int account_look(struct reach *reach, const struct target *target, json_t *also, bool *ret_no_database, struct err *err)
{
    OWN(own_account) struct account *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return err_no_memory(err);
    }
    a->reach = reach;
    a->target = target;
    a->place = (struct place){target->credential, target->uri, target->server, target->password};
    a->began = time_ticks();
    arena_init(&a->keep, NAMES_CAP_BYTES);
    *ret_no_database = false;
    return look(a, also, ret_no_database, err);
}
