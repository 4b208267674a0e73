/* What was read and what could not be: coverage by source and class, silences, and the one summary. */
#include "base/str.h"
#include "base/time.h"
#include "trace/tell.h"

#include "base/banned.h"

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
        record_set(&record, "cannot_show", json_string(source->reader.format->cannot_show));
        if (source->packing != NULL) {
            record_set(&record, "packing", json_string(source->packing));
        }
        if (source->encoding != NULL) {
            record_set(&record, "encoding", json_string(source->encoding));
        }
    }
    record_count(&record, "count", source->tally.count[class_id]);
    record_count(&record, "bytes", source->tally.bytes[class_id]);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_unread(struct telling *telling, const char *path, const char *word, const char *why, uint64_t bytes,
                       uint64_t count)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(path));
    record_set(&record, "class", json_sprintf("%s: %s", word, why));
    record_count(&record, "count", count);
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

int tell_coverage(struct telling *telling)
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
            TRY(tell_unread(telling, source->path, "unreadable", source->damage, 0, 1));
        }
    }
    for (size_t i = 0; i < sources->skipped_count; i++) {
        TRY(tell_unread(telling, sources->skipped[i].path, "skipped", sources->skipped[i].why,
                        sources->skipped[i].bytes, sources->skipped[i].count));
    }
    TRY(tell_chains(telling));
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
    uint64_t unread = story->gap_count + telling->members_missing + run->survey.uses.dropped +
                      run->survey.days.outside + story->suspects_dropped;
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

static uint64_t skipped_of(const struct sources *sources)
{
    uint64_t count = 0;
    for (size_t i = 0; i < sources->skipped_count; i++) {
        count += sources->skipped[i].count;
    }
    return count;
}

int tell_summary(struct telling *telling)
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
    record_count(&record, "files_skipped", skipped_of(&run->sources));
    record_count(&record, "members_missing", telling->members_missing);
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
