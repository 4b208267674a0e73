/* What sign-ins add to the story: a suspect of the web log who also signed in to the machine, a password that was guessed, what was
 * done as somebody else afterwards, an account made, a followed file that came by FTP. Everybody else's sign-ins are counted. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/logins_inside.h"
#include "trace/tell.h"

#include "base/banned.h"

enum { EVENTS_MAX = 256, AFTER_S = 86400 /* how long after a sign-in that matters its user's commands are told */ };

static size_t suspect_of(const struct telling *telling, const struct login_act *act)
{
    return act->address[0] == '\0' ? telling->story->suspect_count : suspect_number(telling->story, act->key);
}

static bool is_suspect(const struct telling *telling, const struct login_act *act)
{
    return suspect_of(telling, act) < telling->story->suspect_count;
}

/* An accepted sign-in that is worth telling. */
static bool is_entry(const struct telling *telling, const struct login_act *act)
{
    return act->what == LOGIN_ACCEPTED && (is_suspect(telling, act) || act->failed_before >= LOGIN_MANY);
}

/* A command, or a change of an account, by the user of such a sign-in in the day after it; or by anybody once root came in so. */
static bool follows_entry(const struct telling *telling, const struct logins *logins, const struct login_act *act)
{
    for (size_t i = 0; i < logins->act_count; i++) {
        const struct login_act *entry = &logins->acts[i];
        bool is_after = entry->hit.second <= act->hit.second && act->hit.second - entry->hit.second <= AFTER_S;
        bool is_same =
            strcmp(entry->user, act->user) == 0 || strcmp(entry->user, "root") == 0 || act->what != LOGIN_COMMAND;
        if (is_after && is_same && is_entry(telling, entry)) {
            return true;
        }
    }
    return false;
}

static bool is_told(const struct telling *telling, const struct logins *logins, const struct login_act *act)
{
    switch (act->what) {
    case LOGIN_ACCEPTED:
        return is_entry(telling, act);
    case LOGIN_NEW_USER:
        return true;
    case LOGIN_COMMAND:
    case LOGIN_CHANGED:
        return follows_entry(telling, logins, act);
    default:
        return act->seed != NO_PATH || is_suspect(telling, act);
    }
}

static const char *role_of(const struct login_act *act)
{
    switch (act->what) {
    case LOGIN_ACCEPTED:
        return "login";
    case LOGIN_COMMAND:
        return "command";
    case LOGIN_NEW_USER:
        return "new-user";
    case LOGIN_CHANGED:
        return "account";
    case LOGIN_RECEIVED:
        return "upload";
    default:
        return "download";
    }
}

static void set_act(struct record *record, const struct telling *telling, const struct login_act *act)
{
    record_time(record, "time", act->hit.second);
    record_set(record, "role", json_string(role_of(act)));
    record_set(record, "client", client_name(telling->story, suspect_of(telling, act)));
    record_text_or_null(record, "address", str_of(act->address));
    record_text_or_null(record, "user", str_of(act->user));
    record_text_or_null(record, "program", str_of(act->program));
    bool is_transfer = act->what == LOGIN_SENT || act->what == LOGIN_RECEIVED;
    record_text_or_null(record, is_transfer ? "file" : "message", str_of(act->way));
    if (is_transfer) {
        record_set(record, "bytes", act->bytes == LOG_NO_BYTES ? json_null() : json_integer((json_int_t)act->bytes));
        if (act->seed != NO_PATH) {
            record_text(record, "seed", telling->run->seeds[act->seed].path);
        }
    }
    record_hit(record, telling->run, &act->hit);
}

static void act_reasons(struct record *record, json_t *reasons, const struct telling *telling,
                        const struct login_act *act)
{
    size_t number = suspect_of(telling, act);
    if (number < telling->story->suspect_count) {
        record_reason(record, reasons, "the address is that of K%zu of the web log", number + 1);
    }
    if (act->what == LOGIN_ACCEPTED && act->failed_before >= LOGIN_MANY) {
        record_reason(record, reasons, "accepted after %llu failed attempts from there",
                      (unsigned long long)act->failed_before);
    }
    if (act->what == LOGIN_NEW_USER) {
        record_reason(record, reasons, "an account was made");
    } else if (act->what == LOGIN_COMMAND || act->what == LOGIN_CHANGED) {
        record_reason(record, reasons,
                      "within a day after a sign-in that matters; whose session it was in is not recorded");
    } else if (act->seed != NO_PATH) {
        record_reason(record, reasons, "the file's path ends with that of %s, which is followed",
                      telling->run->seeds[act->seed].path.data);
    }
}

int logins_events(struct telling *telling)
{
    const struct logins *logins = telling->run->kinds[LOG_LOGINS];
    size_t told = 0;
    for (size_t i = 0; i < logins->act_count && told < EVENTS_MAX; i++) {
        const struct login_act *act = &logins->acts[i];
        if (!is_told(telling, logins, act)) {
            continue;
        }
        struct record record = record_new();
        json_t *reasons = json_array();
        set_act(&record, telling, act);
        act_reasons(&record, reasons, telling, act);
        record_set(&record, "reasons", reasons);
        TRY(record_event(telling, &act->hit, &record));
        told++;
    }
    return 0;
}

/* ---- findings ---- */

/* What one address did, over the acts that were kept. */
struct entry {
    const struct login_act *first, *last, *guessed;
    uint64_t count;
    char users[4 * USER_BYTES];
};

static void add_user(struct entry *entry, const char *user)
{
    size_t len = strlen(entry->users), more = strlen(user);
    bool is_known = more == 0 || str_find(str_of(entry->users), str_of(user), 0) != SIZE_MAX;
    if (!is_known && len + more + 3 < sizeof entry->users) {
        (void)snprintf(entry->users + len, sizeof entry->users - len, "%s%s", len > 0 ? ", " : "", user);
    }
}

static void gather(const struct logins *logins, struct client_key key, struct entry *entry)
{
    *entry = (struct entry){0};
    for (size_t i = 0; i < logins->act_count; i++) {
        const struct login_act *act = &logins->acts[i];
        if (act->what != LOGIN_ACCEPTED || act->address[0] == '\0' || !client_key_eq(act->key, key)) {
            continue;
        }
        entry->first = entry->first == NULL || hit_before(&act->hit, &entry->first->hit) ? act : entry->first;
        entry->last = entry->last == NULL || hit_before(&entry->last->hit, &act->hit) ? act : entry->last;
        entry->guessed = entry->guessed == NULL && act->failed_before >= LOGIN_MANY ? act : entry->guessed;
        entry->count++;
        add_user(entry, act->user);
    }
}

static const char *confidence_of(const struct telling *telling, size_t number, const struct entry *entry)
{
    bool is_suspect = number < telling->story->suspect_count;
    if (is_suspect && telling->story->suspects[number].is_signed_in && entry->guessed == NULL) {
        return "low";
    }
    return is_suspect && entry->guessed != NULL ? "high" : "medium";
}

static int tell_login(struct telling *telling, const struct login_address *row, const struct entry *entry)
{
    size_t number = suspect_number(telling->story, row->key);
    char text[TIME_TEXT];
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string("login"));
    record_set(&record, "client", client_name(telling->story, number));
    record_text(&record, "address", str_of(row->address));
    record_text(&record, "user", str_of(entry->users));
    record_text_or_null(&record, "method", str_of(entry->first->way));
    record_count(&record, "requests", row->accepted);
    record_count(&record, "failed", row->failed);
    record_time(&record, "first", entry->first->hit.second);
    record_time(&record, "last", entry->last->hit.second);
    record_hit(&record, telling->run, &entry->first->hit);
    record_set(&record, "confidence", json_string(confidence_of(telling, number, entry)));
    record_reason(&record, reasons, "%llu sign-ins to the machine from %s were accepted, as %s",
                  (unsigned long long)row->accepted, row->address,
                  entry->users[0] != '\0' ? entry->users : "a user that is not told");
    if (number < telling->story->suspect_count) {
        record_reason(&record, reasons,
                      "the same address used a followed path of the web site (K%zu); one address may be many people",
                      number + 1);
    }
    if (entry->guessed != NULL) {
        time_human(text, entry->guessed->hit.second * NS_PER_S);
        record_reason(&record, reasons,
                      "%llu attempts failed before the one at %s succeeded: a guessed password looks so",
                      (unsigned long long)entry->guessed->failed_before, text);
    }
    if (number < telling->story->suspect_count && telling->story->suspects[number].is_signed_in) {
        record_reason(
            &record, reasons,
            "on the web site this address was signed in by the server: an administrator's, as far as the log goes");
    }
    record_reason(&record, reasons, "what was done in these sessions is not in this log");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

/* A followed file that came or went by FTP: here the log says the very name. */
static int tell_transfer(struct telling *telling, const struct login_act *act)
{
    struct record record = record_new();
    json_t *reasons = json_array();
    bool is_in = act->what == LOGIN_RECEIVED;
    record_set(&record, "class", json_string("transfer"));
    record_text(&record, "path", telling->run->seeds[act->seed].path);
    record_set(&record, "direction", json_string(is_in ? "in" : "out"));
    record_set(&record, "client", client_name(telling->story, suspect_of(telling, act)));
    record_text_or_null(&record, "address", str_of(act->address));
    record_text_or_null(&record, "user", str_of(act->user));
    record_text(&record, "file", str_of(act->way));
    record_set(&record, "body_bytes", act->bytes == LOG_NO_BYTES ? json_null() : json_integer((json_int_t)act->bytes));
    record_time(&record, "first", act->hit.second);
    record_time(&record, "last", act->hit.second);
    record_hit(&record, telling->run, &act->hit);
    record_set(&record, "confidence", json_string("high"));
    record_reason(&record, reasons,
                  is_in ? "the transfer log has this file coming in" : "the transfer log has this file going out");
    record_reason(&record, reasons, "the file's path ends with the followed one; that both name one file is not said");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int tell_totals(struct telling *telling, const struct logins *logins)
{
    struct record record = record_new();
    json_t *reasons = json_array();
    uint64_t dropped = logins->addresses.dropped, many = 0;
    for (size_t what = 0; what <= LOGIN_RECEIVED; what++) {
        dropped += logins->dropped[what];
    }
    for (size_t i = 0; i < logins->addresses.count; i++) {
        const struct login_address *row = peers_row(&logins->addresses, i);
        many += row->failed >= LOGIN_MANY;
    }
    record_set(&record, "class", json_string("logins"));
    record_count(&record, "count", logins->lines);
    record_count(&record, "accepted", logins->accepted);
    record_count(&record, "failed", logins->failed);
    record_count(&record, "addresses", logins->addresses.count);
    record_count(&record, "guessing", many);
    record_count(&record, "new_users", logins->kept[LOGIN_NEW_USER] + logins->dropped[LOGIN_NEW_USER]);
    record_count(&record, "commands", logins->kept[LOGIN_COMMAND] + logins->dropped[LOGIN_COMMAND]);
    record_count(&record, "dropped", dropped);
    if (dropped > 0) {
        record_reason(&record, reasons,
                      "%llu lines are counted here and were looked at no further: there were too many",
                      (unsigned long long)dropped);
    }
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

/* By first line, so that the order does not depend on which worker saw an address first. */
static int by_first(const void *a, const void *b)
{
    const struct login_address *x = *(const struct login_address *const *)a,
                               *y = *(const struct login_address *const *)b;
    return hit_before(&x->first, &y->first) ? -1 : hit_before(&y->first, &x->first);
}

int logins_tell(struct telling *telling)
{
    const struct logins *logins = telling->run->kinds[LOG_LOGINS];
    OWN(own_mem)
    const struct login_address **rows = calloc(logins->addresses.count + 1, sizeof(struct login_address *));
    if (rows == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu addresses", logins->addresses.count);
    }
    for (size_t i = 0; i < logins->addresses.count; i++) {
        rows[i] = peers_row(&logins->addresses, i);
    }
    qsort(rows, logins->addresses.count, sizeof *rows, by_first);
    for (size_t i = 0; i < logins->addresses.count; i++) {
        bool is_suspect = suspect_number(telling->story, rows[i]->key) < telling->story->suspect_count;
        if (rows[i]->accepted == 0 || (!is_suspect && rows[i]->failed < LOGIN_MANY)) {
            continue;
        }
        struct entry entry;
        gather(logins, rows[i]->key, &entry);
        if (entry.first != NULL && (is_suspect || entry.guessed != NULL)) {
            TRY(tell_login(telling, rows[i], &entry));
        }
    }
    for (size_t i = 0; i < logins->act_count; i++) {
        if ((logins->acts[i].what == LOGIN_SENT || logins->acts[i].what == LOGIN_RECEIVED) &&
            logins->acts[i].seed != NO_PATH) {
            TRY(tell_transfer(telling, &logins->acts[i]));
        }
    }
    return tell_totals(telling, logins);
}
