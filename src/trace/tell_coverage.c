/* What was read and what could not be: coverage by source and class, silences, and the one summary. */
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"
#include "trace/tell_database.h"

#include "base/banned.h"

enum { ENDS_MIN = 3600 }; /* seconds after its last line from which a file's own time is worth a word */

static void set_place(struct record *record, const struct place *place)
{
    record_set(record, "first_line", place->line == 0 ? json_null() : json_integer((json_int_t)place->line));
    record_set(record, "first_offset", place->line == 0 ? json_null() : json_integer((json_int_t)place->offset));
}

/* An hour back, or an hour that is missing, in times that carry no zone, in the small hours of a Sunday of spring or autumn. */
static bool looks_like_clock_change(int64_t from, int64_t to)
{
    int64_t year, apart = to > from ? to - from : from - to;
    unsigned month, day;
    int64_t days = (to < 0 ? to - 86399 : to) / 86400;
    time_date(days, &year, &month, &day);
    bool is_sunday = (days + 3) % 7 == 6 || (days + 3) % 7 == -1; /* 1970-01-01 was a Thursday */
    bool is_season = month == 3 || month == 4 || (month >= 9 && month <= 11);
    return is_sunday && is_season && to - days * 86400 < 5 * 3600 && apart >= 3000 && apart <= 4500;
}

/* Where time runs backwards, by how much, and what may explain it. */
static void set_order(struct record *record, const struct run *run, const struct source_watch *watch)
{
    json_t *breaks = json_array();
    for (size_t i = 0; i < watch->break_count && i < BREAKS_KEPT; i++) {
        const struct order_break *one = &watch->breaks[i];
        const struct source *source = &run->sources.all[one->at.source];
        struct record row = record_new();
        record_count(&row, "line", one->at.line);
        record_count(&row, "offset", one->at.offset);
        record_time(&row, "from", one->from);
        record_time(&row, "to", one->to);
        record_set(&row, "seconds", json_integer(one->from - one->to));
        if (one->is_zone) {
            record_set(&row, "looks_like", json_string("the zone that the lines name changes here"));
        } else if ((source->reader.has & LOG_HAS_ZONE) == 0 && looks_like_clock_change(one->from, one->to)) {
            record_set(&row, "looks_like", json_string("a change to winter time: these times carry no zone"));
        }
        record->is_failed |= row.is_failed || json_array_append_new(breaks, row.body) != 0;
    }
    record_set(record, "order_breaks", breaks);
    record_count(record, "order_break_count", watch->break_count);
}

static int tell_class(struct telling *telling, size_t at, enum log_class class_id)
{
    const struct run *run = telling->run;
    const struct source *source = &run->sources.all[at];
    const struct source_watch *watch = &run->watched->sources[at];
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
        if (source->packing != NULL) {
            record_set(&record, "packing", json_string(source->packing));
        }
        if (source->encoding != NULL) {
            record_set(&record, "encoding", json_string(source->encoding));
        }
        record_set(&record, "zone", zone_of(run, at));
        set_order(&record, run, watch);
    }
    set_place(&record, &watch->first[class_id]);
    if (class_id >= LOG_NO_CLIENT && watch->looks_like != NULL) {
        record_set(&record, "looks_like", json_string(watch->looks_like));
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

/* A line that holds the beginning of another: two writers at once, or a line end that is lost. */
static int tell_torn(struct telling *telling, size_t at)
{
    const struct source_watch *watch = &telling->run->watched->sources[at];
    if (watch->torn_lines == 0) {
        return 0;
    }
    struct record record = record_new();
    record_text(&record, "source", str_of(telling->run->sources.all[at].path));
    record_set(&record, "class", json_string("torn lines"));
    record_count(&record, "count", watch->torn_lines);
    record_count(&record, "bytes", 0); /* counted where they were rejected */
    set_place(&record, &watch->torn);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

/* A set whose newest file was written long after its last line: it went silent, or was copied without its time. */
static int tell_end(struct telling *telling, uint32_t set)
{
    const struct run *run = telling->run;
    const struct source *newest = NULL;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->set == set && source->first <= source->last && (newest == NULL || source->last > newest->last)) {
            newest = source;
        }
    }
    double floor = telling->story->gap_floors[set];
    if (newest == NULL || newest->mtime_ns == TIME_NONE || floor <= 0) {
        return 0;
    }
    int64_t written = newest->mtime_ns / NS_PER_S;
    if ((double)(written - newest->last) <= floor || written - newest->last < ENDS_MIN) {
        return 0;
    }
    struct record record = record_new();
    record_text(&record, "source", str_of(newest->path));
    record_set(&record, "class", json_string("log ends"));
    record_time(&record, "from", newest->last);
    record_time(&record, "to", written);
    record_set(&record, "seconds", json_integer(written - newest->last));
    record_set(
        &record, "detail",
        json_string(
            "the file's own time is later than its last line: nothing was logged any more, lines were taken off, or "
            "the file was copied without its time"));
    record_count(&record, "count", 0);
    record_count(&record, "bytes", 0);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static bool set_has_zone(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set && (run->sources.all[i].reader.has & LOG_HAS_ZONE) == 0) {
            return false;
        }
    }
    return true;
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
    if (looks_like_clock_change(gap->from, gap->to) && !set_has_zone(telling->run, gap->set)) {
        record_set(&record, "looks_like", json_string("a change to summer time: these times carry no zone"));
    }
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
                TRY(tell_class(telling, i, (enum log_class)c));
            }
        }
        if (source->damage[0] != '\0') {
            TRY(tell_unread(telling, source->path, "unreadable", source->damage, 0, 1));
        }
        TRY(tell_torn(telling, i));
    }
    for (size_t i = 0; i < sources->skipped_count; i++) {
        TRY(tell_unread(telling, sources->skipped[i].path, "skipped", sources->skipped[i].why,
                        sources->skipped[i].bytes, sources->skipped[i].count));
    }
    TRY(tell_chains(telling));
    for (size_t i = 0; i < telling->story->gap_count; i++) {
        TRY(tell_gap(telling, &telling->story->gaps[i]));
    }
    for (uint32_t set = 0; set < sources->set_count; set++) {
        TRY(tell_end(telling, set));
    }
    TRY(tell_duplicates(telling));
    return tell_contradictions(telling);
}

/* ---- summary ---- */

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
        record_set(&record, "log", json_string(log_kind_name(set_kind(telling->run, gap->set))));
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

/* What was read of one kind of log: a log of the database covers nothing of what the web log lacks. NULL: no file is of this kind. */
static json_t *log_of(const struct run *run, enum log_kind kind)
{
    struct tally tally = {0};
    int64_t first = INT64_MAX, last = INT64_MIN;
    uint64_t files = 0;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->reader.format->kind == kind) {
            files++;
            tally_add(&tally, &source->tally);
            first = source->first < first ? source->first : first;
            last = source->last > last ? source->last : last;
        }
    }
    struct record log = record_new();
    record_count(&log, "files", files);
    record_count(&log, "lines", tally.lines);
    record_count(&log, "parsed", tally.count[LOG_PARSED] + tally.count[LOG_TAIL_CUT]);
    record_count(&log, "rejected", rejected_of(&tally));
    record_time(&log, "first", first <= last ? first : INT64_MIN);
    record_time(&log, "last", first <= last ? last : INT64_MIN);
    if (files == 0 || log.is_failed) {
        json_decref(log.body);
        log.body = NULL;
    }
    return log.body;
}

static json_t *logs_of(const struct telling *telling, struct record *summary)
{
    json_t *logs = json_object();
    for (unsigned kind = 0; kind < LOG_KIND_COUNT; kind++) {
        json_t *log = log_of(telling->run, (enum log_kind)kind);
        if (log != NULL && kind == LOG_DATABASE) {
            summary->is_failed |= json_object_set_new(log, "offset_s", database_offset(telling)) != 0;
        }
        summary->is_failed |= log != NULL && json_object_set_new(logs, log_kind_name((enum log_kind)kind), log) != 0;
    }
    return logs;
}

int tell_summary(struct telling *telling)
{
    const struct run *run = telling->run;
    const struct survey *survey = &run->survey;
    const struct tally *tally = &survey->tally;
    uint64_t bytes = 0;
    bool is_complete;
    TRY(tell_answers(telling, &is_complete));
    struct record record = record_new();
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
    record_set(&record, "logs", logs_of(telling, &record));
    record_count(&record, "requests", survey->requests);
    record_count(&record, "clients", survey->clients);
    record_count(&record, "body_bytes", survey->body_bytes);
    record_time(&record, "first", survey->first);
    record_time(&record, "last", survey->last);
    record_set(&record, "zones", zones_of(survey));
    record_set(&record, "gaps", gaps_of(telling, &record));
    record_set(&record, "silence_noticed_s", floor_of(telling));
    record_count(&record, "order_breaks", survey->order_breaks);
    record_count(&record, "duplicate_lines", run->watched->repeat_lines);
    record_count(&record, "duplicate_bytes", run->watched->repeat_bytes);
    record_count(&record, "contradictions", telling->contradictions);
    record_set(&record, "format", json_string(run->sources.all[0].reader.format->name));
    record_count(&record, "paths", run->seed_count);
    record_count(&record, "findings", telling->findings);
    record_set(&record, "seconds", json_real((double)(time_ticks() - run->started) / 1e9));
    record_set(&record, "complete", json_boolean(is_complete));
    return record_emit(telling, ASSAY_SUMMARY, &record);
}
