/* What is usual in a database log: done by the same tool, account and host at about the same hour of other days; or, of a
 * statement, sent by its account all along. Something unusual is not wrong for that: a new report is unusual once. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/database.h"

#include "base/banned.h"

enum {
    DAY_SECONDS = 86400,
    HOUR_SECONDS = 3600,
    DAYS_COUNTED = 64,
    USUAL_SESSIONS = 5,
    WALK_PAGES = 3, /* of at least WALK_LIMIT rows each, ... */
    WALK_LIMIT = 50,
    WALK_SINGLE = 16 /* ... or so many of any size */
};

static bool same_company(const struct db_session *a, const struct db_session *b)
{
    return a->is_used && b->is_used && a->tool == b->tool && strcmp(a->account, b->account) == 0 &&
           strcmp(a->host, b->host) == 0;
}

/* Within an hour of each other, whatever the day. */
static bool same_hour(int64_t a, int64_t b)
{
    int64_t apart = (a - b) % DAY_SECONDS;
    apart += apart < 0 ? DAY_SECONDS : 0;
    return apart <= HOUR_SECONDS || apart >= DAY_SECONDS - HOUR_SECONDS;
}

bool db_session_is_usual(const struct database *database, const struct db_session *session, uint64_t *ret_days)
{
    int64_t days[DAYS_COUNTED];
    size_t count = 0;
    int64_t own = session->first.second / DAY_SECONDS;
    for (size_t i = 0; i < database->sessions.count && count < DAYS_COUNTED; i++) {
        const struct db_session *other = &database->sessions.rows[i];
        int64_t day = other->first.second / DAY_SECONDS;
        if (!same_company(session, other) || day == own || !same_hour(session->first.second, other->first.second)) {
            continue;
        }
        size_t at = 0;
        while (at < count && days[at] != day) {
            at++;
        }
        days[at] = day;
        count += at == count;
    }
    *ret_days = count;
    return count >= USUAL_DAYS;
}

static const struct db_account *account_of(const struct database *database, const char *account, const char *host)
{
    for (size_t i = 0; i < database->accounts.count; i++) {
        const struct db_account *row = &database->accounts.rows[i];
        if (strcmp(row->account, account) == 0 && strcmp(row->host, host) == 0) {
            return row;
        }
    }
    return NULL;
}

/* Page after page, each once and in order: no visitor turns over so. */
bool db_read_is_walk(const struct db_read *read)
{
    return read->is_page && read->pages >= WALK_PAGES && read->count <= read->pages + read->pages / 8 &&
           (read->limit >= WALK_LIMIT || read->pages >= WALK_SINGLE);
}

/* On several days; or often, over a good part of the time in which its account is seen. */
bool db_read_is_usual(const struct database *database, const struct db_read *read)
{
    const struct db_account *account = account_of(database, read->account, read->host);
    int64_t span = account == NULL ? 0 : account->last.second - account->first.second;
    bool is_spread = read->sessions >= USUAL_SESSIONS && read->last.second - read->first.second >= span / 4;
    return read->days > USUAL_DAYS || (is_spread && !db_read_is_walk(read));
}

static bool is_local(const char *host)
{
    static const char *const names[] = {"", "localhost", "127.0.0.1", "::1", "[local]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(host, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct db_company db_company_of(const struct database *database, const struct db_session *session)
{
    struct db_company company = {.is_host_new = true, .is_local = is_local(session->host)};
    for (size_t i = 0; i < database->accounts.count; i++) {
        const struct db_account *row = &database->accounts.rows[i];
        bool is_host = strcmp(row->host, session->host) == 0;
        company.is_host_new &= !is_host || !hit_before(&row->first, &session->first);
        if (is_host && row->set == session->set && strcmp(row->account, session->account) == 0) {
            company.others = row->sessions - (row->tools < row->sessions ? row->tools : row->sessions);
            company.other_statements = row->statements - row->tool_statements;
        }
    }
    int64_t before = session->first.second - database->first;
    company.other_days = before > 0 ? (uint64_t)before / DAY_SECONDS : 0;
    return company;
}
