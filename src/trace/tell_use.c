/* What each client did through each followed path, and what left through it. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/answer.h"
#include "trace/tell.h"

#include "base/banned.h"

enum {
    LARGE_BYTES = 64 << 10, /* above the carrier: more than a page of rows */
    ELSEWHERE_SHOWN = 16
};

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
    record_text(record, "path", run->seeds[use->seed].path);
    record_set(record, "client", client_name(telling->story, suspect_number(telling->story, use->key)));
    record_text(record, "address", str_of(use->address));
    if (run->proxies != NULL) {
        record_text_or_null(record, "connection", str_of(use->peer));
        record_count(record, "forwarded_claims", use->claimed);
    }
    record_count(record, "requests", use->requests);
    record_time(record, "first", use->first_ok.second);
    record_time(record, "last", use->last.second);
    record_set(record, "methods", methods_of(use));
    record_set(record, "statuses", statuses_of(use));
    record_sent(record, "body_bytes", run, &use->first, use->body_bytes);
    record_sent(record, "above_baseline", run, &use->first, use_above(run, use));
    record_count(record, "dump_requests", use->dumps);
    if (hit_is(&use->largest)) {
        struct record largest = record_new();
        record_sent(&largest, "bytes", run, &use->largest, use->largest.bytes);
        record_time(&largest, "time", use->largest.second);
        record_hit(&largest, run, &use->largest);
        record->is_failed |= largest.is_failed;
        record_set(record, "largest", largest.body);
    }
    record_set(record, "signed_in", json_boolean(use_is_signed_in(use)));
    record_text_or_null(record, "user", str_of(use->user));
    record_set(record, "class_of_path",
               run->seeds[use->seed].class_name == NULL ? json_null() : json_string(run->seeds[use->seed].class_name));
    record_hit(record, run, &use->first_ok);
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
    case SEED_HUNT:
        record_reason(record, reasons, "no path was given: followed because the hunt found it used as a tool");
        return;
    case SEED_WRITABLE:
        record_reason(record, reasons,
                      "followed because K%zu used it and it is a script below \"%.*s/\", where files are put", via,
                      STR_FMT(hint));
        return;
    case SEED_RARE:
        record_reason(record, reasons,
                      "followed because K%zu used it, hardly anybody else did, and it answered nobody before K%zu came",
                      via, via);
        return;
    case SEED_EXPORT:
        record_reason(record, reasons, "followed because K%zu sent it a request that asks for a database export", via);
        return;
    case SEED_ARCHIVE:
        record_reason(
            record, reasons,
            "followed because K%zu fetched it, hardly anybody else did, and it answered nobody before K%zu came", via,
            via);
        return;
    }
}

static void sign_in_reason(struct record *record, json_t *reasons, const struct run *run, const struct use *use)
{
    uint64_t asked = run->survey.carriers[use->seed].asked_name;
    if (use_is_signed_in(use)) {
        record_reason(
            record, reasons,
            "every answered request carries a user name (\"%s\"): signed in, as a colleague of the owner would be",
            use->user);
        if (asked > 0) {
            record_reason(record, reasons, "the server did ask for a sign-in here (401, %llu times)",
                          (unsigned long long)asked);
        } else {
            record_reason(
                record, reasons,
                "no 401 on this path: that a password was asked for cannot be seen; some servers log any name sent to them");
        }
    } else if (use->named > 0) {
        record_reason(record, reasons, "%llu of %llu answered requests carry a user name, the others none",
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
            record_reason(record, reasons, "no line from %s to %s: more may have happened there", from, to);
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
        record_reason(record, reasons,
                      "the file's own time is before the first line: how it came there is not in these logs");
    } else if (uploads_of(telling, use->seed, kinds) == 0) {
        duration(text, use->first_ok.second - run->survey.first);
        record_reason(record, reasons,
                      "no request before it could have brought the file; the log begins %s before the first use", text);
    }
    if (seed->mtime != TIME_NONE && use->first_ok.second + 2 < seed->mtime / NS_PER_S) {
        duration(text, seed->mtime / NS_PER_S - use->first_ok.second);
        record_reason(record, reasons,
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
            record_text(&path, "path", touched->path);
            record_count(&path, "requests", touched->requests);
            record_time(&path, "first", touched->first.second);
            elsewhere.is_failed |= path.is_failed || json_array_append_new(paths, path.body) != 0;
        }
    }
    record_count(&elsewhere, "requests", conduct->elsewhere);
    record_time(&elsewhere, "first", conduct->first.second);
    record_time(&elsewhere, "last", conduct->last.second);
    record_count(&elsewhere, "answered_paths", all);
    record_set(&elsewhere, "paths", paths);
    record->is_failed |= elsewhere.is_failed;
    record_set(record, "elsewhere", elsewhere.body);
    record_count(record, "agents", conduct->agent_count);
    record_text_or_null(record, "agent", conduct->agent);
}

/* Behind a trusted proxy: whose word the address is. */
static void proxy_reasons(struct record *record, json_t *reasons, const struct use *use)
{
    if (use->peer[0] != '\0') {
        record_reason(record, reasons,
                      "the connection came from %s, a trusted proxy: %s is what it says, not what the server saw",
                      use->peer, use->address);
    }
    if (use->claimed > 0) {
        record_reason(record, reasons,
                      "in %llu requests the forwarded-for names further addresses on the left: anybody can write those",
                      (unsigned long long)use->claimed);
    }
}

static void client_reasons(struct record *record, json_t *reasons, const struct telling *telling, size_t number)
{
    const struct conduct *conduct = &telling->story->follow.conducts[number];
    if (conduct->elsewhere == 0) {
        record_reason(record, reasons, "this client is seen nowhere else in these logs");
    } else {
        record_reason(record, reasons, "this client sent %llu other requests", (unsigned long long)conduct->elsewhere);
    }
    if (conduct->agent_count > 1) {
        record_reason(
            record, reasons,
            "%s%zu browser names: several people or programs behind one address, or one that changes its name",
            conduct->agent_count > 8 ? "more than " : "", conduct->agent_count > 8 ? (size_t)8 : conduct->agent_count);
    }
}

static int tell_use(struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    size_t number = suspect_number(telling->story, use->key);
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string("use"));
    set_use(&record, telling, use);
    record_set(&record, "confidence", json_string(use_confidence(run, use)));
    origin_reason(&record, reasons, telling, &run->seeds[use->seed]);
    if (seed_is_tool(&run->seeds[use->seed])) {
        record_reason(&record, reasons, "%s answered %llu requests of %s with 2xx; what lies there is of class %s",
                      run->seeds[use->seed].path.data, (unsigned long long)use->ok, use->address,
                      class_of(&run->seeds[use->seed]));
    } else {
        record_reason(&record, reasons, "%s answered %llu requests of %s with 2xx", run->seeds[use->seed].path.data,
                      (unsigned long long)use->ok, use->address);
    }
    sign_in_reason(&record, reasons, run, use);
    entry_reasons(&record, reasons, telling, use);
    proxy_reasons(&record, reasons, use);
    if (number < telling->story->suspect_count) {
        set_elsewhere(&record, telling, number);
        client_reasons(&record, reasons, telling, number);
    }
    silence_reasons(&record, reasons, telling, use);
    record_reason(&record, reasons,
                  "what was sent to it, and what it did, is not in this log: it has no request bodies");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

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

/* Less than this cannot have left: above what the path always sends, the same answer twice in a row counted once, no
 * ranges. Of a file that is no script, the whole once. */
static uint64_t minimum_of(const struct run *run, const struct use *use)
{
    uint64_t base = run->survey.carriers[use->seed].min_ok;
    if (!run->seeds[use->seed].is_script || base == UINT64_MAX) {
        return hit_is(&use->largest) ? use->largest.bytes : 0;
    }
    uint64_t again = over(use->repeat_bytes, use->repeats, base), above = use_above(run, use);
    return above > again ? above - again : 0;
}

/* Is all that was sent to the client from its first use on in these logs, and in all of them with its size? */
static int is_all_there(const struct telling *telling, const struct use *use, bool *ret_is)
{
    const struct sources *sources = &telling->run->sources;
    struct holes holes = {0};
    int rc = holes_gather(&holes, telling, telling->err);
    *ret_is = rc == 0;
    for (size_t i = 0; i < holes.count; i++) {
        *ret_is &= !hole_touches(&holes.all[i], LOG_WEB, use->first_ok.second, telling->run->survey.last);
    }
    for (size_t i = 0; i < sources->count; i++) {
        const struct log_reader *reader = &sources->all[i].reader;
        *ret_is &= reader->format->kind != LOG_WEB || (reader->has & LOG_HAS_BYTES) != 0;
    }
    free(holes.all);
    return rc;
}

/* minimum, recorded, upper: what must, what is said to, and what may have left. A bound nobody knows is null. */
static int set_bytes(struct record *record, json_t *reasons, const struct telling *telling, const struct use *use)
{
    const struct run *run = telling->run;
    bool has_bytes = (run->sources.all[use->first.source].reader.has & LOG_HAS_BYTES) != 0;
    bool is_bound = false;
    TRY(is_all_there(telling, use, &is_bound));
    is_bound &= has_bytes;
    if (!has_bytes) {
        record_set(record, "minimum_bytes", json_null());
        record_set(record, "recorded_bytes", json_null());
        record_reason(record, reasons, "this log has no bytes: how much left is not recorded");
    } else {
        record_count(record, "minimum_bytes", minimum_of(run, use));
        record_count(record, "recorded_bytes", use->body_bytes);
    }
    record_set(record, "upper_bytes", is_bound ? json_integer((json_int_t)use->body_bytes) : json_null());
    if (has_bytes && !is_bound) {
        record_reason(
            record, reasons,
            "no upper bound: these logs have holes, lines that cannot be read or lines without a size, and how much "
            "left in them is not known");
    }
    return 0;
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
    record_set(&record, "class", json_string("taking"));
    set_use(&record, telling, use);
    record_count(&record, "export_bytes", exported);
    record_set(&record, "through", json_string("web"));
    if (set_bytes(&record, reasons, telling, use) != 0) {
        json_decref(record.body);
        json_decref(reasons);
        return -1;
    }
    record_set(&record, "confidence", json_string(confidence));
    if (use->dumps > 0) {
        record_reason(
            &record, reasons,
            "%llu requests ask for a database export and were answered with %llu bytes, %llu above the carrier",
            (unsigned long long)use->dumps, (unsigned long long)use->dump_bytes,
            (unsigned long long)over(use->dump_bytes, use->dumps, carrier->min_ok));
    }
    if (use->selects > 0 && use->adminer > 0) {
        record_reason(&record, reasons,
                      "%llu POSTs to the view of one table (its export form), answered with %llu bytes",
                      (unsigned long long)use->selects, (unsigned long long)use->select_bytes);
    }
    if (run->seeds[use->seed].is_script && carrier->min_ok != UINT64_MAX) {
        record_reason(&record, reasons, "%llu bytes recorded, %llu above the %llu bytes that this path sends at least",
                      (unsigned long long)use->body_bytes, (unsigned long long)use_above(run, use),
                      (unsigned long long)carrier->min_ok);
    }
    sign_in_reason(&record, reasons, run, use);
    silence_reasons(&record, reasons, telling, use);
    record_reason(
        &record, reasons,
        "bytes are answers as sent, possibly compressed: their content may be several times as large, and what "
        "it was is not in this log");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int use_order(const void *a, const void *b)
{
    const struct use *x = *(const struct use *const *)a, *y = *(const struct use *const *)b;
    if (x->seed != y->seed) {
        return x->seed < y->seed ? -1 : 1;
    }
    return hit_before(&x->first_ok, &y->first_ok) ? -1 : hit_before(&y->first_ok, &x->first_ok);
}

int tell_uses(struct telling *telling)
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
