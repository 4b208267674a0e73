/* Which of a database log's sessions and reads are told as a taking, what they sent, and with which request of a suspect
 * they go together. Two logs of one server (general and slow) tell of one session once. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/database.h"

#include "base/banned.h"

enum {
    LOOKUP_ROWS = 100,      /* fewer are a list of countries */
    MANY_ROWS = 1000,       /* as many are a dump by any name */
    SAME_SESSION = 3,       /* seconds by which two logs of one server may differ */
    JOIN_SLACK = 5,         /* seconds: a web server stamps a request's start or its end */
    OTHER_SESSIONS = 20,    /* an account with so many others, ... */
    OTHER_STATEMENTS = 100, /* ... or so many statements in them, works for an application */
    USUAL_BEFORE = 3,       /* days of log that say what is usual */
    COMPANY_MAX = 8         /* of one tool, account and host that are told one by one */
};

void takings_free(struct takings *takings)
{
    if (takings == NULL) {
        return;
    }
    for (size_t i = 0; i < takings->count; i++) {
        free(takings->all[i].tables.all);
    }
    free(takings->all);
    free(takings->web.all);
    free(takings);
}

/* ---- one session in several logs ---- */

static bool is_copy(const struct db_session *a, const struct db_session *b)
{
    bool is_number = a->set != b->set && a->has_number && b->has_number && a->number == b->number;
    bool is_time = a->first.second <= b->last.second + SAME_SESSION && b->first.second <= a->last.second + SAME_SESSION;
    bool is_account = a->account[0] == '\0' || b->account[0] == '\0' || strcmp(a->account, b->account) == 0;
    return is_number && is_time && is_account;
}

/* The same table told of twice: the fuller tale holds. */
static int unite(struct db_tables *into, const struct db_tables *from, struct err *err)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct db_table *b = &from->all[i];
        size_t at = 0;
        while (at < into->count && strcmp(into->all[at].name, b->name) != 0) {
            at++;
        }
        if (at == into->count) {
            TRY(db_tables_add(into, str_of(b->name), LOG_NO_BYTES, LOG_NO_BYTES, err));
            if (at == into->count) {
                continue;
            }
            into->all[at].reads = 0;
        }
        struct db_table *a = &into->all[at];
        a->reads = b->reads > a->reads ? b->reads : a->reads;
        if (b->rows_told > a->rows_told) {
            a->rows_told = b->rows_told;
            a->rows = b->rows;
            a->most_rows = b->most_rows;
        }
        if (b->bytes_told > a->bytes_told) {
            a->bytes_told = b->bytes_told;
            a->bytes = b->bytes;
            a->most_bytes = b->most_bytes;
        }
    }
    into->dropped = from->dropped > into->dropped ? from->dropped : into->dropped;
    return 0;
}

static bool is_seen_in(const struct db_seen *seen, const struct db_session *session)
{
    return session->has_number && seen->number == session->number &&
           seen->hit.second >= session->first.second - SAME_SESSION &&
           seen->hit.second <= session->last.second + SAME_SESSION;
}

/* Rows that another log has for the session's plain selects: a slow log knows them, a general log does not. */
static int add_seen(const struct database *database, struct taken *taken, struct err *err)
{
    struct db_tables seen_tables = {0};
    int rc = 0;
    for (size_t i = 0; i < database->reads.count && rc == 0; i++) {
        const struct db_read *read = &database->reads.rows[i];
        size_t kept = read->count < DB_SEEN ? (size_t)read->count : DB_SEEN;
        for (size_t s = 0; s < kept && rc == 0; s++) {
            const struct db_seen *seen = &read->seen[s];
            bool is_told = seen->rows != LOG_NO_BYTES || seen->bytes != LOG_NO_BYTES;
            if (is_told && seen->set != taken->session->set && is_seen_in(seen, taken->session)) {
                rc = db_tables_add(&seen_tables, str_of(read->tables), seen->rows, seen->bytes, err);
            }
        }
    }
    rc = rc == 0 ? unite(&taken->tables, &seen_tables, err) : rc;
    free(seen_tables.all);
    return rc;
}

/* ---- amounts ---- */

static void add_amount(struct amount *amount, uint64_t reads, uint64_t told, uint64_t all, uint64_t most)
{
    amount->reads += reads;
    amount->told += told;
    if (told > 0) {
        amount->minimum = (amount->minimum == LOG_NO_BYTES ? 0 : amount->minimum) + most;
        amount->recorded = (amount->recorded == LOG_NO_BYTES ? 0 : amount->recorded) + all;
    }
}

static void sum_up(struct taken *taken)
{
    const struct amount none = {.minimum = LOG_NO_BYTES, .recorded = LOG_NO_BYTES, .upper = LOG_NO_BYTES};
    taken->rows = taken->bytes = none;
    /* pages of a walk do not overlap: each counts */
    bool is_walk = taken->read != NULL && taken->read->is_page;
    for (uint32_t i = 0; i < taken->tables.count; i++) {
        const struct db_table *t = &taken->tables.all[i];
        add_amount(&taken->rows, t->reads, t->rows_told, t->rows, is_walk ? t->rows : t->most_rows);
        add_amount(&taken->bytes, t->reads, t->bytes_told, t->bytes, is_walk ? t->bytes : t->most_bytes);
    }
    if (taken->tool == TOOL_FILE) {
        /* Bytes_sent is of the answer "so many rows written": the rows went to the disk */
        taken->bytes = none;
    }
    const struct db_session *session = taken->session;
    bool is_all_fetched = session != NULL && session->fetched > 0 && session->fetches_unknown == 0 &&
                          session->cursors == taken->rows.reads && taken->tables.dropped == 0;
    if (is_all_fetched && (taken->rows.recorded == LOG_NO_BYTES || taken->rows.recorded <= session->fetched)) {
        taken->rows.upper = session->fetched;
    }
}

/* ---- sessions ---- */

static int by_first(const void *a, const void *b)
{
    const struct db_session *x = *(const struct db_session *const *)a, *y = *(const struct db_session *const *)b;
    return hit_before(&x->first, &y->first) ? -1 : hit_before(&y->first, &x->first);
}

static bool is_better(const struct db_session *a, const struct db_session *b)
{
    return a->tool != b->tool ? a->tool < b->tool : a->statements > b->statements;
}

static struct taken *new_taken(struct takings *takings)
{
    if (takings->count == TAKINGS_MAX) {
        takings->left_out++;
        return NULL;
    }
    struct taken *taken = &takings->all[takings->count++];
    *taken = (struct taken){.sessions = 1};
    return taken;
}

/* A usual session joins the others of its company. */
static struct taken *usual_of(struct takings *takings, const struct db_session *session)
{
    for (size_t i = 0; i < takings->count; i++) {
        struct taken *taken = &takings->all[i];
        if (taken->is_usual && taken->tool == session->tool && strcmp(taken->session->account, session->account) == 0 &&
            strcmp(taken->session->host, session->host) == 0) {
            return taken;
        }
    }
    return NULL;
}

static void reads_of(struct taken *taken, const struct db_session *session)
{
    taken->first = hit_is(&session->first_read) ? session->first_read : session->first;
    taken->last = hit_is(&session->last_read) ? session->last_read : session->last;
}

/* The same again and again, by one tool, account and host: the first few are told by themselves, the last of them takes the
 * others in. NULL: this one is told by itself. */
static struct taken *crowd_of(struct takings *takings, const struct db_session *session)
{
    struct taken *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < takings->count; i++) {
        struct taken *taken = &takings->all[i];
        if (!taken->is_usual && taken->tool == session->tool &&
            strcmp(taken->session->account, session->account) == 0 &&
            strcmp(taken->session->host, session->host) == 0) {
            last = taken;
            count++;
        }
    }
    return count >= COMPANY_MAX ? last : NULL;
}

static int fill(struct taken *taken, const struct database *database, const struct db_session *main,
                const struct db_session *const *copies, size_t copy_count, struct err *err)
{
    *taken = (struct taken){.tool = main->tool, .session = main, .sessions = 1, .is_dump = main->tool != TOOL_REPLICA};
    reads_of(taken, main);
    for (size_t i = 0; i < copy_count; i++) {
        TRY(unite(&taken->tables, &copies[i]->tables, err));
    }
    TRY(add_seen(database, taken, err));
    sum_up(taken);
    return 0;
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a == LOG_NO_BYTES ? b : b == LOG_NO_BYTES ? a : a + b;
}

static void add_amounts(struct amount *into, const struct amount *from)
{
    into->recorded = sum_of(into->recorded, from->recorded);
    bool is_bound = into->upper != LOG_NO_BYTES && from->upper != LOG_NO_BYTES; /* else one of them may be anything */
    into->upper = is_bound ? into->upper + from->upper : LOG_NO_BYTES;
    into->reads += from->reads;
    into->told += from->told;
    /* what was sent before may be the same rows: the larger of both is sure */
    bool is_more = into->minimum == LOG_NO_BYTES || (from->minimum != LOG_NO_BYTES && from->minimum > into->minimum);
    into->minimum = is_more ? from->minimum : into->minimum;
}

static int fold(struct taken *into, const struct database *database, const struct db_session *main,
                const struct db_session *const *copies, size_t copy_count, struct err *err)
{
    struct taken more;
    int rc = fill(&more, database, main, copies, copy_count, err);
    rc = rc == 0 ? unite(&into->tables, &more.tables, err) : rc;
    add_amounts(&into->rows, &more.rows);
    add_amounts(&into->bytes, &more.bytes);
    into->sessions++;
    into->last = hit_before(&into->last, &more.last) ? more.last : into->last;
    free(more.tables.all);
    return rc;
}

static int add_session(struct takings *takings, const struct database *database, const struct db_session *const *copies,
                       size_t copy_count, struct err *err)
{
    const struct db_session *main = copies[0];
    for (size_t i = 1; i < copy_count; i++) {
        main = is_better(copies[i], main) ? copies[i] : main;
    }
    uint64_t days;
    bool is_usual = db_session_is_usual(database, main, &days);
    struct taken *taken = is_usual ? usual_of(takings, main) : crowd_of(takings, main);
    if (taken != NULL) {
        return fold(taken, database, main, copies, copy_count, err);
    }
    taken = new_taken(takings);
    if (taken == NULL) {
        return 0;
    }
    int rc = fill(taken, database, main, copies, copy_count, err);
    taken->is_usual = is_usual;
    taken->usual_days = days;
    taken->company = db_company_of(database, main);
    return rc;
}

static size_t sessions_of_note(struct database *database, const struct db_session **out)
{
    size_t count = 0;
    for (size_t i = 0; i < database->sessions.count; i++) {
        struct db_session *row = &database->sessions.rows[i];
        if (row->is_used) {
            row->tool = dump_tool(&row->marks, str_of(row->application));
            if (row->tool != TOOL_NONE && row->tool != TOOL_SELECTS) {
                out[count++] = row;
            }
        }
    }
    qsort(out, count, sizeof(const struct db_session *), by_first);
    return count;
}

static int find_sessions(struct takings *takings, struct database *database, struct err *err)
{
    size_t room = database->sessions.count + 1;
    OWN(own_mem) const struct db_session **all = calloc(room, sizeof *all);
    OWN(own_mem) bool *is_done = calloc(room, sizeof *is_done);
    if (all == NULL || is_done == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu sessions", room);
    }
    size_t count = sessions_of_note(database, all);
    for (size_t i = 0; i < count; i++) {
        const struct db_session *copies[8] = {all[i]};
        size_t copy_count = 1;
        if (is_done[i]) {
            continue;
        }
        for (size_t j = i + 1; j < count && all[j]->first.second <= all[i]->last.second + SAME_SESSION; j++) {
            if (!is_done[j] && copy_count < 8 && is_copy(all[i], all[j])) {
                copies[copy_count++] = all[j];
                is_done[j] = true;
            }
        }
        TRY(add_session(takings, database, copies, copy_count, err));
    }
    return 0;
}

/* ---- reads ---- */

static bool is_in_session(const struct database *database, const struct db_seen *seen)
{
    for (size_t i = 0; i < database->sessions.count; i++) {
        const struct db_session *row = &database->sessions.rows[i];
        if (!row->is_used || row->tool == TOOL_NONE || row->tool == TOOL_SELECTS) {
            continue;
        }
        bool is_own = seen->set == row->set && seen->number == row->number && seen->hit.second >= row->first.second &&
                      seen->hit.second <= row->last.second;
        if (is_own || is_seen_in(seen, row)) {
            return true;
        }
    }
    return false;
}

static bool is_told_already(const struct database *database, const struct db_read *read)
{
    size_t kept = read->count < DB_SEEN ? (size_t)read->count : DB_SEEN;
    size_t inside = 0;
    for (size_t s = 0; s < kept; s++) {
        inside += is_in_session(database, &read->seen[s]);
    }
    return inside == kept;
}

/* More than a page or a list of few rows, as far as the log goes. */
static bool is_notable(const struct db_read *read)
{
    if (read->most_rows >= LOOKUP_ROWS) {
        return true;
    }
    if (read->is_page) {
        return db_read_is_walk(read) || (read->rows_told == 0 && read->limit >= LOOKUP_ROWS);
    }
    /* rows unknown: all columns of a table are more than a list to choose from */
    return read->rows_told == 0 && read->is_star;
}

/* The same statement in another log of the same server. */
static struct taken *read_in(struct takings *takings, const struct db_read *read)
{
    for (size_t i = 0; i < takings->count; i++) {
        struct taken *taken = &takings->all[i];
        if (taken->read != NULL && taken->read->shape == read->shape && taken->read->seen[0].set != read->seen[0].set &&
            strcmp(taken->read->account, read->account) == 0 &&
            read->first.second <= taken->read->last.second + SAME_SESSION &&
            taken->read->first.second <= read->last.second + SAME_SESSION) {
            return taken;
        }
    }
    return NULL;
}

static int tables_of_read(struct db_tables *tables, const struct db_read *read, struct err *err)
{
    TRY(db_tables_add(tables, str_of(read->tables[0] != '\0' ? read->tables : "?"), LOG_NO_BYTES, LOG_NO_BYTES, err));
    struct db_table *table = &tables->all[0];
    table->reads = read->count;
    table->rows_told = read->rows_told;
    table->rows = read->rows;
    table->most_rows = read->most_rows;
    table->bytes_told = read->bytes_told;
    table->bytes = read->bytes;
    table->most_bytes = read->most_bytes;
    return 0;
}

static int add_read(struct takings *takings, const struct db_read *read, struct err *err)
{
    struct db_tables tables = {0};
    int rc = tables_of_read(&tables, read, err);
    struct taken *taken = read_in(takings, read);
    if (rc == 0 && taken != NULL) {
        rc = unite(&taken->tables, &tables, err);
        sum_up(taken);
        free(tables.all);
        return rc;
    }
    taken = rc == 0 ? new_taken(takings) : NULL;
    if (taken == NULL) {
        free(tables.all);
        return rc;
    }
    taken->tool = read->is_page ? TOOL_WALK : TOOL_SELECTS;
    taken->read = read;
    taken->tables = tables;
    taken->sessions = read->sessions;
    taken->first = read->first;
    taken->last = read->last;
    sum_up(taken);
    taken->is_dump = taken->rows.recorded != LOG_NO_BYTES && taken->rows.recorded >= MANY_ROWS;
    return 0;
}

static int find_reads(struct takings *takings, const struct database *database, struct err *err)
{
    for (size_t i = 0; i < database->reads.count; i++) {
        const struct db_read *read = &database->reads.rows[i];
        if (is_told_already(database, read)) {
            continue;
        }
        if (db_read_is_usual(database, read)) {
            takings->usual_reads += read->count;
        } else if (is_notable(read)) {
            TRY(add_read(takings, read, err));
        }
    }
    return 0;
}

/* ---- the web's side ---- */

static bool has_web(const struct run *run)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].reader.format->kind == LOG_WEB) {
            return true;
        }
    }
    return false;
}

static int estimate(struct takings *takings, struct database *database, const struct run *run, struct err *err)
{
    takings->has_web = has_web(run);
    if (!takings->has_web) {
        return 0;
    }
    TRY(join_web_activity(run, &takings->web, err));
    for (size_t i = 0; i < database->activity_count; i++) {
        struct db_activity *own = &database->activity[i];
        db_activity_sort(own);
        db_activity_sort(&database->begun[i]);
        takings->offsets[i] = offset_estimate(takings->web.all, takings->web.count, own->all, own->count);
    }
    return 0;
}

static const struct offset *offset_of(const struct takings *takings, const struct database *database, uint32_t set)
{
    for (size_t i = 0; takings->has_web && i < database->activity_count; i++) {
        if (database->activity[i].set == set) {
            return &takings->offsets[i];
        }
    }
    return NULL;
}

static uint64_t requests_between(const struct db_activity *web, int64_t from, int64_t to)
{
    uint64_t count = 0;
    for (size_t i = 0; i < web->count; i++) {
        const struct db_minute *minute = &web->all[i];
        if (minute->minute * 60 > to || minute->minute * 60 + 59 < from) {
            continue;
        }
        for (int64_t s = 0; s < 60; s++) {
            int64_t second = minute->minute * 60 + s;
            count += second >= from && second <= to ? minute->seconds[s] : 0;
        }
    }
    return count;
}

static bool is_closer(const struct moment *a, const struct moment *b, int64_t at)
{
    if (a->is_dump != b->is_dump) {
        return a->is_dump;
    }
    if (a->hit.bytes != b->hit.bytes) {
        return a->hit.bytes > b->hit.bytes;
    }
    return llabs(a->hit.second - at) < llabs(b->hit.second - at);
}

/* Where a request's stamp may lie that asked for these reads: at their beginning, at their end, or at that of their connection. What ran
 * for hours is not anybody's who sent something meanwhile. */
static bool is_at_an_end(const struct taken *taken, const struct moment *moment)
{
    const int64_t ends[] = {taken->first.second, taken->last.second,
                            taken->session != NULL ? taken->session->last.second : taken->last.second};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (moment->hit.second >= ends[i] + taken->offset->lo - JOIN_SLACK &&
            moment->hit.second <= ends[i] + taken->offset->hi + JOIN_SLACK) {
            return true;
        }
    }
    return false;
}

/* The suspect's request that the reads began or ended with. */
static void join(struct taken *taken, const struct takings *takings, const struct story *story)
{
    const struct offset *offset = taken->offset;
    if (offset == NULL || !offset->is_known) {
        return;
    }
    for (size_t i = 0; i < story->follow.moment_count; i++) {
        const struct moment *moment = &story->follow.moments[i];
        bool is_ok = moment->hit.status < 400;
        if (is_ok && is_at_an_end(taken, moment) &&
            (taken->moment == NULL || is_closer(moment, taken->moment, taken->first.second + offset->seconds))) {
            taken->moment = moment;
        }
    }
    int64_t from = taken->first.second + offset->lo - JOIN_SLACK, to = taken->last.second + offset->hi + JOIN_SLACK;
    taken->web_requests = requests_between(&takings->web, from, to);
}

static const char *confidence_of(const struct taken *taken, const struct story *story)
{
    const struct db_company *company = &taken->company;
    if (taken->is_usual) {
        return "low";
    }
    if (taken->moment != NULL) {
        bool is_signed_in = story->suspects[taken->moment->suspect].is_signed_in;
        bool is_export = taken->is_dump || taken->moment->is_dump;
        return is_signed_in ? "low" : is_export ? "high" : "medium";
    }
    if (taken->session == NULL) {
        return "low";
    }
    bool is_stranger = company->other_days >= USUAL_BEFORE && company->is_host_new && !company->is_local;
    if (is_stranger) {
        return taken->is_dump && company->others == 0 ? "high" : "medium";
    }
    bool is_application = company->others >= OTHER_SESSIONS || company->other_statements >= OTHER_STATEMENTS;
    return taken->is_dump && is_application ? "medium" : "low";
}

bool takings_offset(const struct takings *takings, int64_t *ret_seconds)
{
    const struct offset *known = NULL;
    bool is_all = takings->left_out == 0;
    for (size_t i = DB_SETS; i > 0; i--) {
        known = takings->offsets[i - 1].is_known ? &takings->offsets[i - 1] : known;
    }
    for (size_t i = 0; i < takings->count; i++) {
        const struct taken *taken = &takings->all[i];
        is_all &= taken->is_usual || (taken->offset != NULL && taken->offset->is_known);
    }
    if (known == NULL || !is_all) {
        return false;
    }
    *ret_seconds = known->seconds;
    return true;
}

int takings_find(struct database *database, const struct run *run, const struct story *story, struct err *err)
{
    struct takings *takings = calloc(1, sizeof *takings);
    database->takings = takings;
    if (takings == NULL || (takings->all = calloc(TAKINGS_MAX, sizeof *takings->all)) == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for what was taken");
    }
    TRY(find_sessions(takings, database, err));
    TRY(find_reads(takings, database, err));
    TRY(estimate(takings, database, run, err));
    for (size_t i = 0; i < takings->count; i++) {
        struct taken *taken = &takings->all[i];
        uint32_t set = taken->session != NULL ? taken->session->set : run->sources.all[taken->first.source].set;
        taken->offset = offset_of(takings, database, set);
        join(taken, takings, story);
        taken->confidence = confidence_of(taken, story);
    }
    return 0;
}
