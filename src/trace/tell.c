/* The story as records: events in time order, findings, coverage, gaps, one summary (docs/json-lines.md).
 * A reason says what was seen, and where the log stops saying anything. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/answer.h"
#include "trace/decode.h"
#include "trace/seek.h"
#include "trace/tell.h"

#include "base/banned.h"

size_t suspect_number(const struct story *story, struct client_key key)
{
    size_t i = 0;
    while (i < story->suspect_count && !client_key_eq(story->suspects[i].key, key)) {
        i++;
    }
    return i;
}

json_t *client_name(const struct story *story, size_t number)
{
    return number < story->suspect_count ? json_sprintf("K%zu", number + 1) : json_null();
}

const char *class_of(const struct seed *seed)
{
    return seed->class_name == NULL ? "" : seed->class_name;
}

/* Do the requests themselves, or sweep, say that this is a database tool? */
bool is_admin_tool(const struct seed *seed, const struct use *use)
{
    return strcmp(class_of(seed), "admin-tool") == 0 || use->adminer > 0 || use->dumps > 0;
}

/* ---- requests that matter ---- */

void record_target(struct record *record, struct str target)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, target);
    record_text(record, "path", len > 0 ? (struct str){normal, len} : target);
    record_text_or_null(record, "query", path_query(target));
}

void record_request(struct record *record, const struct run *run, const struct hit *hit, struct str method,
                    struct str target, struct str user)
{
    record_text(record, "method", method);
    record_target(record, target);
    record_count(record, "status", hit->status);
    record_sent(record, "bytes", run, hit, hit->bytes);
    record_hit(record, run, hit);
    record_text_or_null(record, "user", user);
}

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

/* What the query's parameters carry, if they carry it encoded or as a command. */
static void record_decoded(struct record *record, struct str target)
{
    OWN(own_arena) struct arena arena;
    struct decoded found[DECODED_MAX];
    arena_init(&arena, 4 << 20);
    size_t count = decode_query(path_query(target), &arena, found);
    json_t *list = count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < count; i++) {
        struct record one = record_new();
        record_text(&one, "parameter", found[i].parameter);
        record_text(&one, "how", str_of(found[i].how));
        record_text(&one, "text", found[i].text);
        record->is_failed |= one.is_failed || json_array_append_new(list, one.body) != 0;
    }
    if (count > 0) {
        record_set(record, "decoded", list);
    }
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
    record_time(&record, "time", moment->hit.second);
    record_set(&record, "role", json_string(role_of(run, moment, use)));
    record_set(&record, "client", client_name(telling->story, moment->suspect));
    record_text(&record, "address", str_of(suspect->address));
    record_request(&record, run, &moment->hit, moment->method, moment->target, moment->user);
    record_decoded(&record, moment->target);
    if (moment->is_dump) {
        record_reason(
            &record, reasons,
            "a POST whose address asks for a database export; what was exported stands in the body, which is not logged");
    }
    if (hit_same(&use->largest, &moment->hit)) {
        record_reason(&record, reasons, "the largest answer of this path to %s", suspect->address);
    }
    record_set(&record, "reasons", reasons);
    return record_event(telling, &moment->hit, &record);
}

/* ---- the events in time order ---- */

static int by_time_and_place(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    if (hit_before(&x->hit, &y->hit) || hit_before(&y->hit, &x->hit)) {
        return hit_before(&x->hit, &y->hit) ? -1 : 1;
    }
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static int tell_moments(struct telling *telling)
{
    const struct follow *follow = &telling->story->follow;
    for (size_t i = 0; i < follow->moment_count; i++) {
        TRY(tell_moment(telling, &follow->moments[i]));
    }
    return 0;
}

/* All events that were kept, in time order. */
static int tell_events(struct telling *telling)
{
    if (telling->event_count > 0) {
        qsort(telling->events, telling->event_count, sizeof *telling->events, by_time_and_place);
    }
    for (size_t i = 0; i < telling->event_count; i++) {
        json_t *body = telling->events[i].body;
        telling->events[i].body = NULL;
        TRY(assay_emit(telling->run->sink, ASSAY_EVENT, body, telling->err));
    }
    return 0;
}

static void drop_events(struct telling *telling)
{
    for (size_t i = 0; i < telling->event_count; i++) {
        json_decref(telling->events[i].body);
    }
    free(telling->events);
}

static int tell_kinds(struct telling *telling, bool is_events)
{
    for (size_t kind = 0; kind < LOG_KIND_COUNT; kind++) {
        const struct kind_work *work = kind_works[kind];
        if (work == NULL || telling->run->kinds[kind] == NULL) {
            continue;
        }
        int (*tell)(struct telling *) = is_events ? work->events : work->tell;
        if (tell != NULL) {
            TRY(tell(telling));
        }
    }
    return 0;
}

static int tell_everything(struct telling *telling)
{
    TRY(zones_find(telling->run, telling->err));
    TRY(tell_upload_events(telling));
    TRY(tell_moments(telling));
    TRY(tell_kinds(telling, true));
    TRY(tell_events(telling));
    TRY(tell_uses(telling));
    TRY(tell_uploads(telling));
    TRY(seek_tell(telling));
    TRY(tell_links(telling));
    TRY(tell_kinds(telling, false));
    TRY(tell_coverage(telling));
    return tell_summary(telling);
}

int tell_all(struct run *run, const struct story *story, struct err *err)
{
    struct telling telling = {.run = run, .story = story, .told = json_object(), .doubts = json_array(), .err = err};
    int rc = telling.told == NULL || telling.doubts == NULL ? err_set(err, ERR_LIMIT, "no memory to tell the story")
                                                            : tell_everything(&telling);
    json_decref(telling.told);
    json_decref(telling.doubts);
    drop_events(&telling);
    return rc;
}
