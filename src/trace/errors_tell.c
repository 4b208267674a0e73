/* What error logs add to the story. PHP's complaint about a followed script is proof that it was run; that a server complains of a
 * suspect is an event; the rest is counted. Not being complained of says nothing: an error log does not list what went well. */
#include "base/str.h"
#include "base/time.h"
#include "trace/errors_inside.h"
#include "trace/tell.h"

#include "base/banned.h"

enum { EVENTS_OF_A_SORT = 64 };

static void set_complaint(struct record *record, const struct telling *telling, const struct complaint *complaint)
{
    struct str request = str_of(complaint->request);
    record_time(record, "time", complaint->hit.second);
    if (complaint->address[0] != '\0') {
        record_set(record, "client", client_name(telling->story, suspect_number(telling->story, complaint->key)));
        record_text(record, "address", str_of(complaint->address));
    } else {
        record_set(record, "client", json_null());
        record_set(record, "address", json_null());
    }
    if (request.len > 0) {
        struct str_cut cut = str_cut(request, ' ');
        record_text(record, "method", cut.head);
        record_target(record, str_cut(cut.tail, ' ').head);
    } else if (complaint->seed != NO_PATH) {
        record_text(record, "path", telling->run->seeds[complaint->seed].path);
    }
    record_text_or_null(record, "file", str_of(complaint->file));
    record_text_or_null(record, "level", str_of(complaint->level));
    record_text(record, "message", str_of(complaint->text));
    record_hit(record, telling->run, &complaint->hit);
}

static void complaint_reason(struct record *record, json_t *reasons, const struct telling *telling,
                             const struct complaint *complaint)
{
    const char *path = complaint->seed == NO_PATH ? "" : telling->run->seeds[complaint->seed].path.data;
    switch (complaint->sort) {
    case COMPLAINT_RAN:
        record_reason(record, reasons, "PHP complained of a file whose path ends with %s while it ran: it was run then",
                      path);
        break;
    case COMPLAINT_NAMED:
        record_reason(record, reasons,
                      complaint->is_by_request ? "the server complained of a request to %s"
                                               : "the server named a file whose path ends with %s",
                      path);
        break;
    case COMPLAINT_UPLOAD:
        record_reason(record, reasons, "a complaint about a file that was being sent");
        break;
    case COMPLAINT_OUTPUT:
    case COMPLAINT_SORTS:
        record_reason(
            record, reasons,
            "written by a program that the web server ran, as shells and fetchers write: the time is that of the "
            "complaint before it");
        break;
    }
}

static bool is_suspect(const struct telling *telling, struct client_key key)
{
    return suspect_number(telling->story, key) < telling->story->suspect_count;
}

/* Uploads of people who are nobody's concern are counted only. */
static bool is_event(const struct telling *telling, const struct complaint *complaint)
{
    return complaint->sort != COMPLAINT_UPLOAD ||
           (complaint->address[0] != '\0' && is_suspect(telling, complaint->key));
}

static int tell_complaints(struct telling *telling, const struct errors *errors)
{
    static const char *const roles[COMPLAINT_SORTS] = {"ran", "error", "error", "output"};
    size_t told[COMPLAINT_SORTS] = {0};
    for (size_t i = 0; i < errors->complaint_count; i++) {
        const struct complaint *complaint = &errors->complaints[i];
        if (!is_event(telling, complaint) || told[complaint->sort]++ >= EVENTS_OF_A_SORT) {
            continue;
        }
        struct record record = record_new();
        json_t *reasons = json_array();
        record_set(&record, "role", json_string(roles[complaint->sort]));
        set_complaint(&record, telling, complaint);
        complaint_reason(&record, reasons, telling, complaint);
        record_set(&record, "reasons", reasons);
        TRY(record_event(telling, &complaint->hit, &record));
    }
    return 0;
}

/* A complaint that tell_complaints() told, at this place? */
static bool is_told(const struct telling *telling, const struct errors *errors, const struct hit *hit)
{
    for (size_t i = 0; i < errors->complaint_count; i++) {
        if (hit_same(&errors->complaints[i].hit, hit) && is_event(telling, &errors->complaints[i])) {
            return true;
        }
    }
    return false;
}

/* The first complaint of each suspect, unless it is told already. */
static int tell_suspects(struct telling *telling, const struct errors *errors)
{
    for (size_t i = 0; i < telling->story->suspect_count; i++) {
        const struct error_client *client = peers_find(&errors->clients, telling->story->suspects[i].key);
        if (client == NULL || (client->count == 1 && is_told(telling, errors, &client->first))) {
            continue;
        }
        char last[TIME_TEXT];
        struct record record = record_new();
        json_t *reasons = json_array();
        struct complaint complaint = {.hit = client->first, .key = client->key, .seed = NO_PATH};
        memcpy(complaint.address, client->address, sizeof complaint.address);
        memcpy(complaint.request, client->request, sizeof complaint.request);
        memcpy(complaint.text, client->text, sizeof complaint.text);
        time_human(last, client->last * NS_PER_S);
        record_set(&record, "role", json_string("error"));
        set_complaint(&record, telling, &complaint);
        record_reason(&record, reasons, "the first of %llu complaints of this client's requests, the last at %s",
                      (unsigned long long)client->count, last);
        if (client->uploads > 0) {
            record_reason(&record, reasons, "%llu of them are about files that were being sent",
                          (unsigned long long)client->uploads);
        }
        record_set(&record, "reasons", reasons);
        TRY(record_event(telling, &client->first, &record));
    }
    return 0;
}

int errors_events(struct telling *telling)
{
    const struct errors *errors = telling->run->kinds[LOG_ERRORS];
    TRY(tell_complaints(telling, errors));
    return tell_suspects(telling, errors);
}

/* ---- findings and measures ---- */

/* One finding a followed path that PHP is known to have run. */
static int tell_ran(struct telling *telling, const struct errors *errors, int seed)
{
    const struct complaint *first = NULL, *last = NULL;
    uint64_t count = 0;
    bool is_one_client = true;
    for (size_t i = 0; i < errors->complaint_count; i++) {
        const struct complaint *complaint = &errors->complaints[i];
        if (complaint->sort == COMPLAINT_RAN && complaint->seed == seed) {
            first = first == NULL || hit_before(&complaint->hit, &first->hit) ? complaint : first;
            last = last == NULL || hit_before(&last->hit, &complaint->hit) ? complaint : last;
            is_one_client &= complaint->address[0] != '\0' && client_key_eq(complaint->key, first->key);
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    struct record record = record_new();
    json_t *reasons = json_array();
    const struct carrier *carrier = &telling->run->survey.carriers[seed];
    record_set(&record, "class", json_string("ran"));
    record_text(&record, "path", telling->run->seeds[seed].path);
    record_text(&record, "file", str_of(first->file));
    if (is_one_client) {
        record_set(&record, "client", client_name(telling->story, suspect_number(telling->story, first->key)));
        record_text(&record, "address", str_of(first->address));
    }
    record_count(&record, "requests", count);
    record_time(&record, "first", first->hit.second);
    record_time(&record, "last", last->hit.second);
    record_hit(&record, telling->run, &first->hit);
    record_set(&record, "confidence", json_string("high"));
    record_reason(&record, reasons, "PHP itself complained of it while it ran (%llu lines): it was run",
                  (unsigned long long)count);
    if (errors->dropped[COMPLAINT_RAN] > 0) {
        record_reason(&record, reasons, "%llu further complaints of followed scripts were counted, not kept",
                      (unsigned long long)errors->dropped[COMPLAINT_RAN]);
    }
    if (telling->run->survey.requests > 0 && !hit_is(&carrier->first_ok)) {
        record_reason(&record, reasons,
                      "no access log read here has an answered request to it: it was run in another way, "
                      "under another name, or lines are missing");
    }
    record_reason(&record, reasons,
                  "an error log has only what went wrong: how often it ran without a complaint is not recorded");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

/* The followed path, perhaps one that was found later, that a script's path ends with; seed_count: none. */
static size_t seed_of_script(const struct run *run, const struct error_script *script)
{
    size_t seed = 0;
    while (seed < run->seed_count && !str_ends(str_of(script->path), run->seeds[seed].path)) {
        seed++;
    }
    return seed;
}

static int tell_script(struct telling *telling, const struct error_script *script)
{
    const struct run *run = telling->run;
    size_t seed = seed_of_script(run, script);
    bool is_followed = seed < run->seed_count;
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string(is_followed ? "ran" : "error-script"));
    if (is_followed) {
        record_text(&record, "path", run->seeds[seed].path);
        record_set(&record, "confidence", json_string("high"));
        record_reason(&record, reasons, "PHP itself complained of it while it ran (%llu lines): it was run",
                      (unsigned long long)script->count);
    }
    record_text(&record, "file", str_of(script->path));
    record_count(&record, is_followed ? "requests" : "count", script->count);
    record_time(&record, "first", script->first.second);
    record_time(&record, "last", script->last);
    record_text(&record, "message", str_of(script->text));
    record_hit(&record, run, &script->first);
    record_reason(&record, reasons,
                  "PHP ran a script below \"%s\", a name that folders for uploads, caches and temporary files have",
                  script->hint);
    record_set(&record, "reasons", reasons);
    return record_emit(telling, is_followed ? ASSAY_FINDING : ASSAY_MEASURE, &record);
}

/* What there was in all, and what did not fit. */
static int tell_totals(struct telling *telling, const struct errors *errors)
{
    struct record record = record_new();
    uint64_t dropped = errors->clients.dropped + errors->scripts.dropped;
    json_t *reasons = json_array();
    for (size_t sort = 0; sort < COMPLAINT_SORTS; sort++) {
        dropped += errors->dropped[sort];
    }
    record_set(&record, "class", json_string("errors"));
    record_count(&record, "count", errors->lines);
    record_count(&record, "clients", errors->clients.count);
    record_count(&record, "uploads", errors->kept[COMPLAINT_UPLOAD] + errors->dropped[COMPLAINT_UPLOAD]);
    record_count(&record, "named",
                 errors->kept[COMPLAINT_NAMED] + errors->dropped[COMPLAINT_NAMED] + errors->kept[COMPLAINT_RAN] +
                     errors->dropped[COMPLAINT_RAN]);
    record_count(&record, "dropped", dropped);
    if (dropped > 0) {
        record_reason(
            &record, reasons,
            "%llu lines are counted here and were looked at no further: there were too many clients or complaints",
            (unsigned long long)dropped);
    }
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

int errors_tell(struct telling *telling)
{
    const struct errors *errors = telling->run->kinds[LOG_ERRORS];
    for (size_t seed = 0; seed < telling->run->seed_count; seed++) {
        TRY(tell_ran(telling, errors, (int)seed));
    }
    for (size_t i = 0; i < errors->scripts.count; i++) {
        TRY(tell_script(telling, peers_row(&errors->scripts, i)));
    }
    return tell_totals(telling, errors);
}
