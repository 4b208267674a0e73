/* The story as records: events in time order, findings, coverage, gaps, one summary (docs/json-lines.md).
 * A reason says what was seen, and where the log stops saying anything. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
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
    record_count(record, "bytes", hit->bytes);
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

/* ---- coverage ---- */

static int tell_class(struct telling *telling, const struct source *source, enum log_class class_id)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(source->path));
    record_set(&record, "class", json_string(log_class_name(class_id)));
    if (class_id == LOG_PARSED) {
        record_time(&record, "from", source->first);
        record_time(&record, "to", source->last);
        record_set(&record, "seconds",
                   source->first <= source->last ? json_integer(source->last - source->first) : json_null());
        record_set(&record, "cannot_show", json_string(log_cannot_show(&source->reader)));
        record_set(&record, "format", json_string(source->reader.format->name));
        record_set(&record, "log", json_string(log_kind_name(source->reader.format->kind)));
    }
    record_count(&record, "count", source->tally.count[class_id]);
    record_count(&record, "bytes", source->tally.bytes[class_id]);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_unread(struct telling *telling, const char *path, const char *word, const char *why, uint64_t bytes)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(path));
    record_set(&record, "class", json_sprintf("%s: %s", word, why));
    record_count(&record, "count", 1);
    record_count(&record, "bytes", bytes);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_gap(struct telling *telling, const struct gap *gap)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(telling->run->sources.sets[gap->set]));
    record_set(&record, "class", json_string("gap"));
    record_time(&record, "from", gap->from);
    record_time(&record, "to", gap->to);
    record_set(&record, "seconds", json_integer(gap->to - gap->from));
    record_set(&record, "expected",
               json_real(gap->expected < 1e15 ? (double)(int64_t)(gap->expected * 10 + 0.5) / 10 : 1e15));
    record_set(&record, "basis", json_string(gap->basis));
    record_count(&record, "count", 0);
    record_count(&record, "bytes", 0);
    return record_emit(telling, ASSAY_COVERAGE, &record);
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
    unread += seek_unread(run);
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
        record_time(&record, "from", gap->from);
        record_time(&record, "to", gap->to);
        record_set(&record, "seconds", json_integer(gap->to - gap->from));
        record_set(&record, "expected", json_integer((json_int_t)(gap->expected < 1e15 ? gap->expected : 1e15)));
        record_text(&record, "source", str_of(telling->run->sources.sets[gap->set]));
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
    record_count(&record, "files", run->sources.count);
    record_count(&record, "files_skipped", run->sources.skipped_count);
    record_count(&record, "lines", tally->lines);
    record_count(&record, "parsed", tally->count[LOG_PARSED] + tally->count[LOG_TAIL_CUT]);
    record_count(&record, "rejected", rejected_of(tally));
    record_count(&record, "blank", tally->count[LOG_NOTE] + tally->count[LOG_BLANK] + tally->count[LOG_NUL]);
    record_count(&record, "bytes_in", bytes);
    record_set(&record, "classes", classes_of(tally));
    record_count(&record, "requests", survey->requests);
    record_count(&record, "clients", survey->clients);
    record_count(&record, "body_bytes", survey->body_bytes);
    record_time(&record, "first", survey->first);
    record_time(&record, "last", survey->last);
    record_set(&record, "zones", zones_of(survey));
    record_set(&record, "gaps", gaps_of(telling, &record));
    record_set(&record, "silence_noticed_s", floor_of(telling));
    record_count(&record, "order_breaks", survey->order_breaks);
    record_set(&record, "format", json_string(run->sources.all[0].reader.format->name));
    record_count(&record, "paths", run->seed_count);
    record_count(&record, "findings", telling->findings);
    record_set(&record, "seconds", json_real((double)(time_ticks() - run->started) / 1e9));
    record_set(&record, "complete", json_boolean(is_complete(telling)));
    return record_emit(telling, ASSAY_SUMMARY, &record);
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
    struct telling telling = {.run = run, .story = story, .err = err};
    int rc = tell_everything(&telling);
    drop_events(&telling);
    return rc;
}
