/* The story as records: events in time order, findings, coverage, gaps, one summary (docs/json-lines.md).
 * A reason says what was seen, and where the log stops saying anything. */
#include <stdarg.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

enum {
    LARGE_BYTES = 64 << 10, /* above the carrier: more than a page of rows */
    NEAR_SECONDS = 86400,   /* a same client's upload further away says little */
    ELSEWHERE_SHOWN = 16,
    TEXT_CUT = 512
};

/* A record being filled; one failed member fails the whole. */
struct record {
    json_t *body;
    bool is_failed;
};

struct telling {
    struct run *run;
    const struct story *story;
    uint64_t findings;
    struct err *err;
};

/* ---- members ---- */

static void set(struct record *record, const char *key, json_t *value)
{
    record->is_failed |= json_object_set_new(record->body, key, value) != 0;
}

static void set_text(struct record *record, const char *key, struct str text)
{
    set(record, key, assay_text(text, TEXT_CUT));
}

static void set_text_or_null(struct record *record, const char *key, struct str text)
{
    set(record, key, text.len > 0 ? assay_text(text, TEXT_CUT) : json_null());
}

static void set_count(struct record *record, const char *key, uint64_t count)
{
    set(record, key, json_integer((json_int_t)(count > INT64_MAX ? INT64_MAX : count)));
}

static json_t *time_of(int64_t second)
{
    char text[TIME_TEXT];
    time_rfc3339(text, second * NS_PER_S);
    return json_string(text);
}

static void set_time(struct record *record, const char *key, int64_t second)
{
    bool is_none = second == INT64_MIN || second == INT64_MAX;
    set(record, key, is_none ? json_null() : time_of(second));
}

static void set_hit(struct record *record, const struct run *run, const struct hit *hit)
{
    set_text(record, "source", str_of(run->sources.all[hit->source].path));
    set_count(record, "line", hit->line);
    set_count(record, "offset", hit->offset);
}

static void add_reason(struct record *record, json_t *reasons, const char *format, ...) PRINTF(3, 4);
static void add_reason(struct record *record, json_t *reasons, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t n = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    record->is_failed |= json_array_append_new(reasons, assay_text((struct str){text, n}, TEXT_CUT)) != 0;
}

static struct record record_new(void)
{
    json_t *body = json_object();
    return (struct record){body, body == NULL};
}

static int emit(struct telling *telling, enum assay_kind kind, struct record *record)
{
    if (record->is_failed) {
        json_decref(record->body);
        record->body = NULL;
    }
    telling->findings += kind == ASSAY_FINDING;
    return assay_emit(telling->run->sink, kind, record->body, telling->err);
}

static void duration(char out[static TIME_TEXT], int64_t seconds)
{
    time_duration(out, seconds * NS_PER_S);
}

/* ---- who ---- */

static size_t suspect_number(const struct story *story, struct client_key key)
{
    size_t i = 0;
    while (i < story->suspect_count && !client_key_eq(story->suspects[i].key, key)) {
        i++;
    }
    return i;
}

static json_t *client_name(const struct story *story, size_t number)
{
    return number < story->suspect_count ? json_sprintf("K%zu", number + 1) : json_null();
}

static const char *class_of(const struct seed *seed)
{
    return seed->class_name == NULL ? "" : seed->class_name;
}

/* Do the requests themselves, or sweep, say that this is a database tool? */
static bool is_admin_tool(const struct seed *seed, const struct use *use)
{
    return strcmp(class_of(seed), "admin-tool") == 0 || use->adminer > 0 || use->dumps > 0;
}

/* ---- events ---- */

struct event {
    struct hit hit;
    const struct moment *moment; /* or */
    const struct upload *upload;
    size_t seed;
};

static const char *role_of(const struct run *run, const struct moment *moment, const struct use *use)
{
    if (hit_same(&use->first_ok, &moment->hit)) {
        return "first-use";
    }
    if (moment->is_dump) {
        return "dump";
    }
    if (hit_same(&use->largest, &moment->hit)) {
        return "largest";
    }
    if (hit_same(&use->last, &moment->hit)) {
        return "last";
    }
    bool is_admin =
        strcmp(class_of(&run->seeds[moment->seed]), "admin-tool") == 0 || (moment->look & QUERY_ADMINER) != 0;
    return is_admin ? "admin" : "use";
}

static void set_target(struct record *record, struct str target)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, target);
    set_text(record, "path", len > 0 ? (struct str){normal, len} : target);
    set_text_or_null(record, "query", path_query(target));
}

static void set_request(struct record *record, const struct run *run, const struct hit *hit, struct str method,
                        struct str target, struct str user)
{
    set_text(record, "method", method);
    set_target(record, target);
    set_count(record, "status", hit->status);
    set_count(record, "bytes", hit->bytes);
    set_hit(record, run, hit);
    set_text_or_null(record, "user", user);
}

static int tell_moment(struct telling *telling, const struct moment *moment)
{
    struct run *run = telling->run;
    const struct suspect *suspect = &telling->story->suspects[moment->suspect];
    const struct use *use = uses_find(&run->survey.uses, moment->seed, suspect->key);
    if (use == NULL) {
        return err_set(telling->err, ERR_BUG, "a request of nobody");
    }
    struct record record = record_new();
    json_t *reasons = json_array();
    set_time(&record, "time", moment->hit.second);
    set(&record, "role", json_string(role_of(run, moment, use)));
    set(&record, "client", client_name(telling->story, moment->suspect));
    set_text(&record, "address", str_of(suspect->address));
    set_request(&record, run, &moment->hit, moment->method, moment->target, moment->user);
    if (moment->is_dump) {
        add_reason(
            &record, reasons,
            "a POST whose address asks for a database export; what was exported stands in the body, which is not logged");
    }
    if (hit_same(&use->largest, &moment->hit)) {
        add_reason(&record, reasons, "the largest answer of this path to %s", suspect->address);
    }
    set(&record, "reasons", reasons);
    return emit(telling, ASSAY_EVENT, &record);
}

/* ---- upload candidates ---- */

/* The candidates of a seed that are worth saying, the best first; returns how many (at most UPLOAD_KINDS). */
static size_t uploads_of(const struct telling *telling, size_t seed, enum upload_kind kinds[static UPLOAD_KINDS])
{
    const struct upload *uploads = telling->story->follow.uploads[seed];
    size_t count = 0;
    if (hit_is(&uploads[UPLOAD_FILE_TIME].hit)) {
        kinds[count++] = UPLOAD_FILE_TIME;
    }
    if (hit_is(&uploads[UPLOAD_SAME_CLIENT].hit) &&
        !hit_same(&uploads[UPLOAD_SAME_CLIENT].hit, &uploads[UPLOAD_FILE_TIME].hit)) {
        kinds[count++] = UPLOAD_SAME_CLIENT;
    }
    bool is_given = telling->run->seeds[seed].origin ==
                    SEED_GIVEN; /* anybody's POST says too little of a path we found ourselves */
    if (count == 0 && is_given && hit_is(&uploads[UPLOAD_ANY_CLIENT].hit)) {
        kinds[count++] = UPLOAD_ANY_CLIENT;
    }
    return count;
}

static void upload_reasons(struct record *record, json_t *reasons, const struct run *run, size_t seed,
                           const struct upload *upload)
{
    const struct hit *first = &run->survey.carriers[seed].first_ok;
    char text[TIME_TEXT];
    if (hit_is(first)) {
        bool is_same = client_key_eq(upload->key, run->survey.carriers[seed].first_key);
        bool is_before = hit_before(&upload->hit, first);
        duration(text, is_before ? first->second - upload->hit.second : upload->hit.second - first->second);
        add_reason(record, reasons, "%s %s the first answered request to %s, by %s client", text,
                   is_before ? "before" : "after", run->seeds[seed].path.data, is_same ? "the same" : "another");
    }
    if (run->seeds[seed].mtime != TIME_NONE) {
        int64_t apart = run->seeds[seed].mtime / NS_PER_S - upload->hit.second;
        duration(text, apart < 0 ? -apart : apart);
        add_reason(record, reasons, "the file's own time is %s %s this request", text, apart < 0 ? "before" : "after");
    }
    add_reason(record, reasons, "a candidate, not a fact: the log does not hold what a request carried");
}

static const char *upload_confidence(const struct telling *telling, size_t seed, enum upload_kind kind,
                                     const struct upload *upload)
{
    const struct hit *first = &telling->run->survey.carriers[seed].first_ok;
    size_t by = suspect_number(telling->story, upload->key);
    bool is_signed_in = by < telling->story->suspect_count && telling->story->suspects[by].is_signed_in;
    bool is_near = kind == UPLOAD_FILE_TIME ||
                   (kind == UPLOAD_SAME_CLIENT && hit_is(first) && first->second - upload->hit.second <= NEAR_SECONDS);
    return is_near && !is_signed_in ? "medium" : "low";
}

static int tell_upload_event(struct telling *telling, size_t seed, const struct upload *upload)
{
    struct record record = record_new();
    json_t *reasons = json_array();
    set_time(&record, "time", upload->hit.second);
    set(&record, "role", json_string("upload"));
    set(&record, "client", client_name(telling->story, suspect_number(telling->story, upload->key)));
    set_text(&record, "address", upload_text(upload, UPLOAD_ADDRESS));
    set_request(&record, telling->run, &upload->hit, upload_text(upload, UPLOAD_METHOD),
                upload_text(upload, UPLOAD_TARGET), upload_text(upload, UPLOAD_USER));
    set_text(&record, "seed", telling->run->seeds[seed].path);
    upload_reasons(&record, reasons, telling->run, seed, upload);
    set(&record, "reasons", reasons);
    return emit(telling, ASSAY_EVENT, &record);
}

static int tell_upload(struct telling *telling, size_t seed, enum upload_kind kind)
{
    struct run *run = telling->run;
    const struct upload *upload = &telling->story->follow.uploads[seed][kind];
    const struct hit *first = &run->survey.carriers[seed].first_ok;
    struct record record = record_new();
    json_t *reasons = json_array(), *methods = json_object(), *statuses = json_object();
    char status[8];
    set(&record, "class", json_string("upload-candidate"));
    set_target(&record, upload_text(upload, UPLOAD_TARGET));
    set_text(&record, "seed", run->seeds[seed].path);
    set(&record, "client", client_name(telling->story, suspect_number(telling->story, upload->key)));
    set_text(&record, "address", upload_text(upload, UPLOAD_ADDRESS));
    set_count(&record, "requests", 1);
    set_time(&record, "first", upload->hit.second);
    set_time(&record, "last", upload->hit.second);
    snprintf(status, sizeof status, "%u", upload->hit.status);
    json_t *method = assay_text(upload_text(upload, UPLOAD_METHOD), 32);
    record.is_failed |= method == NULL || json_object_set_new(methods, json_string_value(method), json_integer(1)) != 0;
    json_decref(method);
    record.is_failed |= json_object_set_new(statuses, status, json_integer(1)) != 0;
    set(&record, "methods", methods);
    set(&record, "statuses", statuses);
    set_count(&record, "body_bytes", upload->hit.bytes);
    set_count(&record, "above_baseline", 0);
    set_count(&record, "dump_requests", 0);
    set(&record, "interval_s", hit_is(first) ? json_integer(first->second - upload->hit.second) : json_null());
    set_hit(&record, run, &upload->hit);
    set(&record, "signed_in", json_boolean(upload->lens[UPLOAD_USER] > 0));
    set(&record, "confidence", json_string(upload_confidence(telling, seed, kind, upload)));
    upload_reasons(&record, reasons, run, seed, upload);
    set(&record, "reasons", reasons);
    return emit(telling, ASSAY_FINDING, &record);
}

static int tell_uploads(struct telling *telling)
{
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        enum upload_kind kinds[UPLOAD_KINDS];
        size_t count = uploads_of(telling, s, kinds);
        for (size_t i = 0; i < count; i++) {
            TRY(tell_upload(telling, s, kinds[i]));
        }
    }
    return 0;
}

/* ---- the events in time order ---- */

static int by_hit(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return hit_before(&x->hit, &y->hit) ? -1 : hit_before(&y->hit, &x->hit) ? 1 : x->moment != NULL;
}

static size_t add_uploads(const struct telling *telling, struct event *events)
{
    size_t count = 0;
    for (size_t s = 0; s < telling->run->seed_count; s++) {
        enum upload_kind kinds[UPLOAD_KINDS];
        if (uploads_of(telling, s, kinds) > 0) {
            const struct upload *upload = &telling->story->follow.uploads[s][kinds[0]];
            events[count++] = (struct event){.hit = upload->hit, .upload = upload, .seed = s};
        }
    }
    return count;
}

static int tell_events(struct telling *telling)
{
    const struct follow *follow = &telling->story->follow;
    OWN(own_mem) struct event *events = calloc(follow->moment_count + telling->run->seed_count + 1, sizeof *events);
    if (events == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu events", follow->moment_count);
    }
    size_t count = add_uploads(telling, events);
    for (size_t i = 0; i < follow->moment_count; i++) {
        events[count++] = (struct event){.hit = follow->moments[i].hit, .moment = &follow->moments[i]};
    }
    qsort(events, count, sizeof *events, by_hit);
    for (size_t i = 0; i < count; i++) {
        if (events[i].moment != NULL) {
            TRY(tell_moment(telling, events[i].moment));
        } else {
            TRY(tell_upload_event(telling, events[i].seed, events[i].upload));
        }
    }
    return 0;
}

/* ---- uses ---- */

static json_t *methods_of(const struct use *use)
{
    static const char *const names[] = {"GET", "POST", "HEAD", "PUT", "other"};
    json_t *methods = json_object();
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (use->methods[i] > 0) {
            json_object_set_new(methods, names[i], json_integer((json_int_t)use->methods[i]));
        }
    }
    return methods;
}

static json_t *statuses_of(const struct use *use)
{
    json_t *statuses = json_object();
    for (size_t i = 0; i < STATUSES_KEPT && use->status_counts[i] > 0; i++) {
        char name[8] = "other";
        if (i < STATUSES_KEPT - 1) {
            snprintf(name, sizeof name, "%u", use->statuses[i]);
        }
        json_object_set_new(statuses, name, json_integer((json_int_t)use->status_counts[i]));
    }
    return statuses;
}

static void set_use(struct record *record, const struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    set_text(record, "path", run->seeds[use->seed].path);
    set(record, "client", client_name(telling->story, suspect_number(telling->story, use->key)));
    set_text(record, "address", str_of(use->address));
    set_count(record, "requests", use->requests);
    set_time(record, "first", use->first_ok.second);
    set_time(record, "last", use->last.second);
    set(record, "methods", methods_of(use));
    set(record, "statuses", statuses_of(use));
    set_count(record, "body_bytes", use->body_bytes);
    set_count(record, "above_baseline", use_above(run, use));
    set_count(record, "dump_requests", use->dumps);
    if (hit_is(&use->largest)) {
        struct record largest = record_new();
        set_count(&largest, "bytes", use->largest.bytes);
        set_time(&largest, "time", use->largest.second);
        set_hit(&largest, run, &use->largest);
        record->is_failed |= largest.is_failed;
        set(record, "largest", largest.body);
    }
    set(record, "signed_in", json_boolean(use_is_signed_in(use)));
    set_text_or_null(record, "user", str_of(use->user));
    set(record, "class_of_path",
        run->seeds[use->seed].class_name == NULL ? json_null() : json_string(run->seeds[use->seed].class_name));
    set_hit(record, run, &use->first_ok);
}

/* How sure "an outsider used it" is. A name in the log tells of a sign-in only where the server asked for one. */
static const char *use_confidence(const struct run *run, const struct use *use)
{
    const struct seed *seed = &run->seeds[use->seed];
    if (use_is_signed_in(use)) {
        bool is_open_tool = seed_is_tool(seed) && strcmp(class_of(seed), "admin-tool") != 0;
        return is_open_tool && run->survey.carriers[use->seed].asked_name == 0 ? "medium" : "low";
    }
    return seed_is_tool(seed) ? "high" : "medium";
}

static void origin_reason(struct record *record, json_t *reasons, const struct telling *telling,
                          const struct seed *seed)
{
    size_t via = suspect_number(telling->story, seed->via) + 1;
    struct str hint = path_writable_hint(seed->path);
    switch (seed->origin) {
    case SEED_GIVEN:
        return;
    case SEED_WRITABLE:
        add_reason(record, reasons,
                   "followed because K%zu used it and it is a script below \"%.*s/\", where files are put", via,
                   STR_FMT(hint));
        return;
    case SEED_RARE:
        add_reason(record, reasons,
                   "followed because K%zu used it, hardly anybody else did, and it answered nobody before K%zu came",
                   via, via);
        return;
    case SEED_EXPORT:
        add_reason(record, reasons, "followed because K%zu sent it a request that asks for a database export", via);
        return;
    case SEED_ARCHIVE:
        add_reason(record, reasons,
                   "followed because K%zu fetched it, hardly anybody else did, and it answered nobody before K%zu came",
                   via, via);
        return;
    }
}

static void sign_in_reason(struct record *record, json_t *reasons, const struct run *run, const struct use *use)
{
    uint64_t asked = run->survey.carriers[use->seed].asked_name;
    if (use_is_signed_in(use)) {
        add_reason(
            record, reasons,
            "every answered request carries a user name (\"%s\"): signed in, as a colleague of the owner would be",
            use->user);
        if (asked > 0) {
            add_reason(record, reasons, "the server did ask for a sign-in here (401, %llu times)",
                       (unsigned long long)asked);
        } else {
            add_reason(
                record, reasons,
                "no 401 on this path: that a password was asked for cannot be seen; some servers log any name sent to them");
        }
    } else if (use->named > 0) {
        add_reason(record, reasons, "%llu of %llu answered requests carry a user name, the others none",
                   (unsigned long long)use->named, (unsigned long long)use->answered);
    }
}

/* The times in which more could have happened, or which hide what came before. */
static void silence_reasons(struct record *record, json_t *reasons, const struct telling *telling,
                            const struct use *use)
{
    char from[TIME_TEXT], to[TIME_TEXT];
    for (size_t i = 0; i < telling->story->gap_count; i++) {
        const struct gap *gap = &telling->story->gaps[i];
        if (gap->to >= use->first_ok.second) {
            time_human(from, gap->from * NS_PER_S);
            time_human(to, gap->to * NS_PER_S);
            add_reason(record, reasons, "no line from %s to %s: more may have happened there", from, to);
        }
    }
}

static void entry_reasons(struct record *record, json_t *reasons, const struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    const struct seed *seed = &run->seeds[use->seed];
    enum upload_kind kinds[UPLOAD_KINDS];
    char text[TIME_TEXT];
    if (seed->mtime != TIME_NONE && seed->mtime / NS_PER_S < run->survey.first) {
        add_reason(record, reasons,
                   "the file's own time is before the first line: how it came there is not in these logs");
    } else if (uploads_of(telling, use->seed, kinds) == 0) {
        duration(text, use->first_ok.second - run->survey.first);
        add_reason(record, reasons,
                   "no request before it could have brought the file; the log begins %s before the first use", text);
    }
    if (seed->mtime != TIME_NONE && use->first_ok.second + 2 < seed->mtime / NS_PER_S) {
        duration(text, seed->mtime / NS_PER_S - use->first_ok.second);
        add_reason(record, reasons,
                   "answered %s before the file's own time: the file was changed later, or its time was set", text);
    }
}

static void set_elsewhere(struct record *record, const struct telling *telling, size_t number)
{
    const struct follow *follow = &telling->story->follow;
    const struct conduct *conduct = &follow->conducts[number];
    struct record elsewhere = record_new();
    json_t *paths = json_array();
    uint64_t all = 0;
    for (size_t i = 0; i < follow->touched_count; i++) {
        const struct touched *touched = &follow->touched[i];
        if (touched->suspect == number && all++ < ELSEWHERE_SHOWN) {
            struct record path = record_new();
            set_text(&path, "path", touched->path);
            set_count(&path, "requests", touched->requests);
            set_time(&path, "first", touched->first.second);
            elsewhere.is_failed |= path.is_failed || json_array_append_new(paths, path.body) != 0;
        }
    }
    set_count(&elsewhere, "requests", conduct->elsewhere);
    set_time(&elsewhere, "first", conduct->first.second);
    set_time(&elsewhere, "last", conduct->last.second);
    set_count(&elsewhere, "answered_paths", all);
    set(&elsewhere, "paths", paths);
    record->is_failed |= elsewhere.is_failed;
    set(record, "elsewhere", elsewhere.body);
    set_count(record, "agents", conduct->agent_count);
    set_text_or_null(record, "agent", conduct->agent);
}

static void client_reasons(struct record *record, json_t *reasons, const struct telling *telling, size_t number)
{
    const struct conduct *conduct = &telling->story->follow.conducts[number];
    if (conduct->elsewhere == 0) {
        add_reason(record, reasons, "this client is seen nowhere else in these logs");
    } else {
        add_reason(record, reasons, "this client sent %llu other requests", (unsigned long long)conduct->elsewhere);
    }
    if (conduct->agent_count > 1) {
        add_reason(record, reasons,
                   "%s%zu browser names: several people or programs behind one address, or one that changes its name",
                   conduct->agent_count > 8 ? "more than " : "",
                   conduct->agent_count > 8 ? (size_t)8 : conduct->agent_count);
    }
}

static int tell_use(struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    size_t number = suspect_number(telling->story, use->key);
    struct record record = record_new();
    json_t *reasons = json_array();
    set(&record, "class", json_string("use"));
    set_use(&record, telling, use);
    set(&record, "confidence", json_string(use_confidence(run, use)));
    origin_reason(&record, reasons, telling, &run->seeds[use->seed]);
    if (seed_is_tool(&run->seeds[use->seed])) {
        add_reason(&record, reasons, "%s answered %llu requests of %s with 2xx; what lies there is of class %s",
                   run->seeds[use->seed].path.data, (unsigned long long)use->ok, use->address,
                   class_of(&run->seeds[use->seed]));
    } else {
        add_reason(&record, reasons, "%s answered %llu requests of %s with 2xx", run->seeds[use->seed].path.data,
                   (unsigned long long)use->ok, use->address);
    }
    sign_in_reason(&record, reasons, run, use);
    entry_reasons(&record, reasons, telling, use);
    if (number < telling->story->suspect_count) {
        set_elsewhere(&record, telling, number);
        client_reasons(&record, reasons, telling, number);
    }
    silence_reasons(&record, reasons, telling, use);
    add_reason(&record, reasons, "what was sent to it, and what it did, is not in this log: it has no request bodies");
    set(&record, "reasons", reasons);
    return emit(telling, ASSAY_FINDING, &record);
}

/* ---- taking ---- */

static uint64_t over(uint64_t bytes, uint64_t count, uint64_t base)
{
    return base == UINT64_MAX || bytes < count * base ? 0 : bytes - count * base;
}

/* Bytes of exports above the carrier: those with an export's address, and large answers to a table view's POST. */
static uint64_t export_bytes(const struct run *run, const struct use *use)
{
    uint64_t base = run->survey.carriers[use->seed].min_ok;
    uint64_t selects = use->adminer > 0 ? over(use->select_bytes, use->selects, base) : 0;
    return over(use->dump_bytes, use->dumps, base) + (selects > LARGE_BYTES ? selects : 0);
}

/* NULL: nothing worth calling taken. */
static const char *taking_confidence(const struct run *run, const struct use *use)
{
    const struct seed *seed = &run->seeds[use->seed];
    uint64_t exported = export_bytes(run, use), above = use_above(run, use);
    bool is_archive = seed->origin == SEED_ARCHIVE || (!seed->is_script && path_is_archive(seed->path));
    if (use->dumps == 0 && exported == 0 && above <= LARGE_BYTES && !(is_archive && above > 0)) {
        return NULL;
    }
    if (use_is_signed_in(use)) {
        return "low";
    }
    if (exported > LARGE_BYTES && is_admin_tool(seed, use)) {
        return "high";
    }
    bool says_nothing = use->dumps == 0 && exported == 0 && !seed_is_tool(seed) && seed->origin == SEED_GIVEN;
    return says_nothing ? "low" : "medium";
}

static int tell_taking(struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    const char *confidence = taking_confidence(run, use);
    if (confidence == NULL) {
        return 0;
    }
    const struct carrier *carrier = &run->survey.carriers[use->seed];
    uint64_t exported = export_bytes(run, use);
    struct record record = record_new();
    json_t *reasons = json_array();
    set(&record, "class", json_string("taking"));
    set_use(&record, telling, use);
    set_count(&record, "export_bytes", exported);
    set(&record, "confidence", json_string(confidence));
    if (use->dumps > 0) {
        add_reason(&record, reasons,
                   "%llu requests ask for a database export and were answered with %llu bytes, %llu above the carrier",
                   (unsigned long long)use->dumps, (unsigned long long)use->dump_bytes,
                   (unsigned long long)over(use->dump_bytes, use->dumps, carrier->min_ok));
    }
    if (use->selects > 0 && use->adminer > 0) {
        add_reason(&record, reasons, "%llu POSTs to the view of one table (its export form), answered with %llu bytes",
                   (unsigned long long)use->selects, (unsigned long long)use->select_bytes);
    }
    if (run->seeds[use->seed].is_script && carrier->min_ok != UINT64_MAX) {
        add_reason(&record, reasons, "%llu bytes recorded, %llu above the %llu bytes that this path sends at least",
                   (unsigned long long)use->body_bytes, (unsigned long long)use_above(run, use),
                   (unsigned long long)carrier->min_ok);
    }
    sign_in_reason(&record, reasons, run, use);
    silence_reasons(&record, reasons, telling, use);
    add_reason(&record, reasons, "bytes are answers as sent, possibly compressed; what they held is not in this log");
    set(&record, "reasons", reasons);
    return emit(telling, ASSAY_FINDING, &record);
}

static int use_order(const void *a, const void *b)
{
    const struct use *x = *(const struct use *const *)a, *y = *(const struct use *const *)b;
    if (x->seed != y->seed) {
        return x->seed < y->seed ? -1 : 1;
    }
    return hit_before(&x->first_ok, &y->first_ok) ? -1 : hit_before(&y->first_ok, &x->first_ok);
}

static int tell_uses(struct telling *telling)
{
    const struct uses *uses = &telling->run->survey.uses;
    OWN(own_mem) const struct use **sorted = calloc(uses->count + 1, sizeof(struct use *));
    if (sorted == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for %zu findings", uses->count);
    }
    size_t count = 0;
    for (size_t i = 0; i < uses->count; i++) {
        if (uses->rows[i].ok > 0) {
            sorted[count++] = &uses->rows[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, use_order);
    for (size_t i = 0; i < count; i++) {
        TRY(tell_use(telling, sorted[i]));
        TRY(tell_taking(telling, sorted[i]));
    }
    return 0;
}

/* ---- coverage ---- */

static int tell_class(struct telling *telling, const struct source *source, enum log_class class_id)
{
    struct record record = record_new();
    set_text(&record, "source", str_of(source->path));
    set(&record, "class", json_string(log_class_name(class_id)));
    if (class_id == LOG_PARSED) {
        set_time(&record, "from", source->first);
        set_time(&record, "to", source->last);
        set(&record, "seconds",
            source->first <= source->last ? json_integer(source->last - source->first) : json_null());
        set(&record, "cannot_show", json_string(source->format->cannot_show));
    }
    set_count(&record, "count", source->tally.count[class_id]);
    set_count(&record, "bytes", source->tally.bytes[class_id]);
    return emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_unread(struct telling *telling, const char *path, const char *word, const char *why, uint64_t bytes)
{
    struct record record = record_new();
    set_text(&record, "source", str_of(path));
    set(&record, "class", json_sprintf("%s: %s", word, why));
    set_count(&record, "count", 1);
    set_count(&record, "bytes", bytes);
    return emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_gap(struct telling *telling, const struct gap *gap)
{
    struct record record = record_new();
    set_text(&record, "source", str_of(telling->run->sources.sets[gap->set]));
    set(&record, "class", json_string("gap"));
    set_time(&record, "from", gap->from);
    set_time(&record, "to", gap->to);
    set(&record, "seconds", json_integer(gap->to - gap->from));
    set(&record, "expected", json_real(gap->expected < 1e15 ? (double)(int64_t)(gap->expected * 10 + 0.5) / 10 : 1e15));
    set(&record, "basis", json_string(gap->basis));
    set_count(&record, "count", 0);
    set_count(&record, "bytes", 0);
    return emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_coverage(struct telling *telling)
{
    const struct sources *sources = &telling->run->sources;
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->all[i];
        for (unsigned c = 0; c < LOG_CLASS_COUNT; c++) {
            if (source->tally.count[c] > 0 || source->tally.bytes[c] > 0 || c == LOG_PARSED) {
                TRY(tell_class(telling, source, (enum log_class)c));
            }
        }
        if (source->damage[0] != '\0') {
            TRY(tell_unread(telling, source->path, "unreadable", source->damage, 0));
        }
    }
    for (size_t i = 0; i < sources->skipped_count; i++) {
        TRY(tell_unread(telling, sources->skipped[i].path, "skipped", sources->skipped[i].why,
                        sources->skipped[i].bytes));
    }
    for (size_t i = 0; i < telling->story->gap_count; i++) {
        TRY(tell_gap(telling, &telling->story->gaps[i]));
    }
    return 0;
}

/* ---- summary ---- */

static bool is_complete(const struct telling *telling)
{
    const struct run *run = telling->run;
    const struct story *story = telling->story;
    uint64_t unread = story->gap_count + run->survey.uses.dropped + run->survey.days.outside + story->suspects_dropped;
    for (unsigned c = LOG_NUL; c < LOG_CLASS_COUNT; c++) {
        unread += run->survey.tally.bytes[c];
    }
    for (size_t i = 0; i < run->sources.skipped_count; i++) {
        unread += strncmp(run->sources.skipped[i].why, "a copy of ", 10) != 0;
    }
    for (size_t i = 0; i < run->sources.count; i++) {
        unread += run->sources.all[i].damage[0] != '\0';
    }
    return unread == 0;
}

static json_t *classes_of(const struct tally *tally)
{
    json_t *classes = json_object();
    for (unsigned c = 0; c < LOG_CLASS_COUNT; c++) {
        if (tally->bytes[c] > 0) {
            json_object_set_new(classes, log_class_name((enum log_class)c), json_integer((json_int_t)tally->bytes[c]));
        }
    }
    return classes;
}

static json_t *gaps_of(const struct telling *telling, struct record *summary)
{
    json_t *gaps = json_array();
    for (size_t i = 0; i < telling->story->gap_count; i++) {
        const struct gap *gap = &telling->story->gaps[i];
        struct record record = record_new();
        set_time(&record, "from", gap->from);
        set_time(&record, "to", gap->to);
        set(&record, "seconds", json_integer(gap->to - gap->from));
        set(&record, "expected", json_integer((json_int_t)(gap->expected < 1e15 ? gap->expected : 1e15)));
        set_text(&record, "source", str_of(telling->run->sources.sets[gap->set]));
        summary->is_failed |= record.is_failed || json_array_append_new(gaps, record.body) != 0;
    }
    return gaps;
}

static json_t *zones_of(const struct survey *survey)
{
    json_t *zones = json_array();
    for (size_t i = 0; i < survey->zone_count; i++) {
        int minutes = survey->zones[i] < 0 ? -survey->zones[i] : survey->zones[i];
        json_array_append_new(zones,
                              json_sprintf("%c%02d%02d", survey->zones[i] < 0 ? '-' : '+', minutes / 60, minutes % 60));
    }
    return zones;
}

/* The longest silence, over all sets, that would not have been noticed: null when none would be. */
static json_t *floor_of(const struct telling *telling)
{
    double floor = 0;
    for (size_t i = 0; i < telling->run->sources.set_count; i++) {
        floor = telling->story->gap_floors[i] > floor ? telling->story->gap_floors[i] : floor;
    }
    floor = floor > 0 && floor < 60 ? 60 : floor;
    return floor > 0 && floor < 1e12 ? json_integer((json_int_t)floor) : json_null();
}

static uint64_t rejected_of(const struct tally *tally)
{
    uint64_t rejected = 0;
    for (unsigned c = LOG_CUT_OFF; c < LOG_CLASS_COUNT; c++) {
        rejected += tally->count[c];
    }
    return rejected;
}

static int tell_summary(struct telling *telling)
{
    const struct run *run = telling->run;
    const struct survey *survey = &run->survey;
    const struct tally *tally = &survey->tally;
    struct record record = record_new();
    uint64_t bytes = 0;
    for (unsigned c = 0; c < LOG_CLASS_COUNT; c++) {
        bytes += tally->bytes[c];
    }
    set_count(&record, "files", run->sources.count);
    set_count(&record, "files_skipped", run->sources.skipped_count);
    set_count(&record, "lines", tally->lines);
    set_count(&record, "parsed", tally->count[LOG_PARSED] + tally->count[LOG_TAIL_CUT]);
    set_count(&record, "rejected", rejected_of(tally));
    set_count(&record, "blank", tally->count[LOG_BLANK] + tally->count[LOG_NUL]);
    set_count(&record, "bytes_in", bytes);
    set(&record, "classes", classes_of(tally));
    set_count(&record, "requests", survey->requests);
    set_count(&record, "clients", survey->clients);
    set_count(&record, "body_bytes", survey->body_bytes);
    set_time(&record, "first", survey->first);
    set_time(&record, "last", survey->last);
    set(&record, "zones", zones_of(survey));
    set(&record, "gaps", gaps_of(telling, &record));
    set(&record, "silence_noticed_s", floor_of(telling));
    set_count(&record, "order_breaks", survey->order_breaks);
    set(&record, "format", json_string(run->sources.all[0].format->name));
    set_count(&record, "paths", run->seed_count);
    set_count(&record, "findings", telling->findings);
    set(&record, "seconds", json_real((double)(time_ticks() - run->started) / 1e9));
    set(&record, "complete", json_boolean(is_complete(telling)));
    return emit(telling, ASSAY_SUMMARY, &record);
}

int tell_all(struct run *run, const struct story *story, struct err *err)
{
    struct telling telling = {.run = run, .story = story, .err = err};
    TRY(tell_events(&telling));
    TRY(tell_uses(&telling));
    TRY(tell_uploads(&telling));
    TRY(tell_coverage(&telling));
    return tell_summary(&telling);
}
