/* What a rotated set says of itself, by names and file times, against what its lines say.
 *
 *   access.log  .1  .2      .4        numbers: .3 was not given, and its lines lie between the first of .2 and the last of .4
 *   ...-0312  -0313      -0315       dates: the usual step is a day, and the 14th was not given
 *
 * A missing member is one thing, missing lines are another: a rotation that skips empty logs, or a member that was read under
 * another name, leaves none. So each says whether the set is silent there for longer than is usual for it. File times are
 * told only where they contradict the lines, and a later one only where the rest of the set is in time: a copy made
 * without keeping times makes all of them later. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/tell.h"

#include "base/banned.h"

enum {
    OVERLAP_SLACK_S = 300, /* a server that rotates lets its old processes end their requests into the old file */
    EARLY_SLACK_S = 120,   /* buffers are written late, never before */
    LATE_SLACK_S = 3600
};

struct member {
    const struct source *source; /* NULL: it was given, but is no source (a copy, unreadable) */
    struct str path;
    struct rotated rotated;
    int64_t place; /* along the chain, older first */
};

struct chain {
    struct telling *telling;
    const char *stem;
    struct member *members;
    size_t count;
};

static bool has_lines(const struct source *source)
{
    return source != NULL && source->first <= source->last;
}

static bool is_dated(enum rotation kind)
{
    return kind == ROTATION_DAY || kind == ROTATION_HOUR || kind == ROTATION_INSTANT;
}

/* ---- members ---- */

static void add_member(struct chain *chain, const struct source *source, const char *path)
{
    OWN(own_buf) struct buf stem = {0};
    struct member *member = &chain->members[chain->count];
    *member = (struct member){.source = source, .path = str_of(path)};
    rotated_name(&member->rotated, member->path, &stem);
    if (!stem.failed && str_eq(buf_str(&stem), str_of(chain->stem))) {
        chain->count++;
    }
}

static int gather(struct chain *chain, const struct sources *sources)
{
    chain->members = calloc(sources->count + sources->skipped_count + 1, sizeof *chain->members);
    if (chain->members == NULL) {
        return err_set(chain->telling->err, ERR_LIMIT, "no memory for %zu logs", sources->count);
    }
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->all[i].stem, chain->stem) == 0) {
            add_member(chain, &sources->all[i], sources->all[i].path);
        }
    }
    for (size_t i = 0; i < sources->skipped_count; i++) {
        if (!sources->skipped[i].is_place) {
            add_member(chain, NULL, sources->skipped[i].path);
        }
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return x->place != y->place ? (x->place < y->place ? -1 : 1) : str_cmp(x->path, y->path);
}

/* Members of one way of naming, older first; their lines must be in the same order, else the names mean something else. Returns
 * how many stand at the front; 0: no chain. */
static size_t line_up(struct chain *chain, bool is_numbers)
{
    size_t count = 0, turned = 0;
    for (size_t i = 0; i < chain->count; i++) {
        struct member *member = &chain->members[i];
        bool is_wanted = is_numbers ? !is_dated(member->rotated.kind)
                                    : is_dated(member->rotated.kind) && member->rotated.year_digits != 0;
        if (!is_wanted) {
            continue;
        }
        turned += member->rotated.kind != ROTATION_NONE;
        member->place = is_numbers                              ? -(int64_t)member->rotated.number
                        : member->rotated.kind == ROTATION_HOUR ? member->rotated.day * 24 + member->rotated.hour
                                                                : member->rotated.day;
        struct member moved = *member;
        *member = chain->members[count];
        chain->members[count++] = moved;
    }
    if (turned == 0) {
        return 0;
    }
    qsort(chain->members, count, sizeof *chain->members, by_place);
    int64_t before = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const struct source *source = chain->members[i].source;
        bool is_hour = chain->members[i].rotated.kind == ROTATION_HOUR;
        if ((has_lines(source) && source->first_line_second < before) ||
            (!is_numbers && is_hour != (chain->members[0].rotated.kind == ROTATION_HOUR))) {
            return 0;
        }
        before = has_lines(source) ? source->first_line_second : before;
    }
    return count;
}

/* ---- missing members ---- */

/* The usual step of a dated chain: that of more than half of its steps, and of two at least; 0: there is none. */
static int64_t usual_step(const struct member *members, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        int64_t step = members[i].place - members[i - 1].place;
        size_t same = 0, steps = 0;
        for (size_t j = 1; j < count; j++) {
            steps += members[j].place != members[j - 1].place;
            same += members[j].place - members[j - 1].place == step;
        }
        if (step > 0 && same >= 2 && same * 2 > steps) {
            return step;
        }
        if (i == 64) {
            break; /* no step of the first ones is the usual one */
        }
    }
    return 0;
}

/* Is the set silent somewhere in there for longer than is its way? null: no silence of it would be noticed. */
static json_t *leaves_gap(const struct telling *telling, uint32_t set, int64_t from, int64_t to)
{
    const struct story *story = telling->story;
    for (size_t i = 0; i < story->gap_count; i++) {
        const struct gap *gap = &story->gaps[i];
        if (gap->set == set && gap->from < to && gap->to > from) {
            return json_true();
        }
    }
    return story->gap_floors[set] > 0 ? json_false() : json_null();
}

static json_t *expected_name(const struct member *like, uint64_t number, int64_t place)
{
    OWN(own_buf) struct buf name = {0};
    bool is_hour = like->rotated.kind == ROTATION_HOUR;
    rotated_other(&like->rotated, like->path, number, is_hour ? place / 24 : place,
                  is_hour ? (unsigned)(place % 24) : like->rotated.hour, &name);
    return name.failed ? NULL : assay_text(buf_str(&name), TEXT_CUT);
}

static void put_times(struct record *record, const struct telling *telling, const struct member *older,
                      const struct member *newer)
{
    if (!has_lines(older->source) || !has_lines(newer->source)) {
        record_set(record, "from", json_null());
        record_set(record, "to", json_null());
        record_set(record, "leaves_gap", json_null());
        return;
    }
    int64_t from = older->source->last, to = newer->source->first;
    record_time(record, "from", from);
    record_time(record, "to", to);
    record_set(record, "seconds", json_integer(to > from ? to - from : 0));
    record_set(record, "leaves_gap", to > from ? leaves_gap(telling, older->source->set, from, to) : json_false());
}

/* Those between two members that follow each other. */
static int tell_missing(const struct chain *chain, const struct member *older, const struct member *newer, int64_t step)
{
    bool is_number = step == 0;
    uint64_t count =
        is_number ? (uint64_t)(newer->place - older->place - 1) : (uint64_t)((newer->place - older->place - 1) / step);
    const struct member *like = older->rotated.kind != ROTATION_NONE ? older : newer;
    int64_t first = is_number ? older->place + 1 : older->place + step;
    int64_t last = is_number ? newer->place - 1 : older->place + step * (int64_t)count;
    struct record record = record_new();
    json_t *reasons = json_array();
    record_text(&record, "source", str_of(chain->stem));
    record_set(&record, "class", json_string("rotation: member missing"));
    record_set(&record, "expected", expected_name(like, (uint64_t)-first, first));
    if (count > 1) {
        record_set(&record, "expected_last", expected_name(like, (uint64_t)-last, last));
    }
    put_times(&record, chain->telling, older, newer);
    record_count(&record, "count", count);
    record_count(&record, "bytes", 0);
    record_reason(&record, reasons, "%s and %s are there and nothing between them was given", older->path.data,
                  newer->path.data);
    if (!is_number) {
        record_reason(&record, reasons, "a rotation that skips empty logs leaves no file where nobody came");
    }
    record_set(&record, "reasons", reasons);
    chain->telling->members_missing += count;
    const struct source *known = has_lines(older->source) ? older->source : newer->source;
    TRY(doubt_add(chain->telling, "missing member", newer->path.data, chain->stem,
                  known != NULL ? known->reader.format->kind : LOG_KIND_COUNT,
                  has_lines(older->source) ? older->source->last : INT64_MIN,
                  has_lines(newer->source) ? newer->source->first : INT64_MAX));
    return record_emit(chain->telling, ASSAY_COVERAGE, &record);
}

static int tell_holes(struct chain *chain, bool is_numbers)
{
    size_t count = line_up(chain, is_numbers);
    const struct member *members = chain->members;
    int64_t step = is_numbers ? 1 : usual_step(members, count);
    for (size_t i = 1; i < count && step > 0; i++) {
        if (members[i].place - members[i - 1].place > step) {
            TRY(tell_missing(chain, &members[i - 1], &members[i], is_numbers ? 0 : step));
        }
    }
    return 0;
}

/* ---- overlaps ---- */

static int tell_overlap(struct telling *telling, const struct source *before, const struct source *source)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(source->path));
    record_set(&record, "class", json_string("rotation: overlap"));
    record_text(&record, "other", str_of(before->path));
    record_time(&record, "from", source->first);
    record_time(&record, "to", before->last < source->last ? before->last : source->last);
    record_set(&record, "seconds", json_integer(before->last - source->first));
    record_count(&record, "count", 0);
    record_count(&record, "bytes", 0);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_overlaps(const struct chain *chain, const struct sources *sources)
{
    const struct source *before = NULL;
    for (size_t i = 0; i < sources->count; i++) { /* in time order */
        const struct source *source = &sources->all[i];
        if (!has_lines(source) || strcmp(source->stem, chain->stem) != 0) {
            continue;
        }
        if (before != NULL && source->first < before->last - OVERLAP_SLACK_S) {
            TRY(tell_overlap(chain->telling, before, source));
        }
        before = before == NULL || source->last > before->last ? source : before;
    }
    return 0;
}

/* ---- file times ---- */

/* When the file was last written, as far as that is told: gzip's header tells it of the file that was packed. */
static bool written_at(const struct telling *telling, const struct source *source, int64_t *ret_second,
                       int64_t *ret_slack)
{
    int64_t written = source->packed_ns != TIME_NONE ? source->packed_ns : source->mtime_ns;
    bool has_zone = (source->reader.has & LOG_HAS_ZONE) != 0 || telling->run->options->has_zone;
    if (written == TIME_NONE || !has_lines(source) || !has_zone) {
        return false;
    }
    *ret_second = written / NS_PER_S;
    *ret_slack = source->packed_ns != TIME_NONE ? 0 : (int64_t)source->mtime_slack_s;
    return true;
}

static int tell_time(struct telling *telling, const struct source *source, int64_t written, bool is_before)
{
    struct record record = record_new();
    json_t *reasons = json_array();
    char apart[TIME_TEXT];
    int64_t seconds = is_before ? source->last - written : written - source->last;
    duration(apart, seconds);
    record_text(&record, "source", str_of(source->path));
    record_set(&record, "class",
               json_string(is_before ? "file time: before the last line" : "file time: after the last line"));
    record_time(&record, "file_time", written);
    record_time(&record, "to", source->last);
    record_set(&record, "seconds", json_integer(seconds));
    record_count(&record, "count", 0);
    record_count(&record, "bytes", 0);
    record_reason(
        &record, reasons,
        is_before
            ? "%s says it was last written %s before its last line was: lines came in later, or its time was set"
            : "%s says it was last written %s after its last line: it was changed since, or lines are gone from its end",
        source->packed_ns != TIME_NONE ? "the header of the packed file" : "the file's time", apart);
    record_set(&record, "reasons", reasons);
    if (!is_before) {
        TRY(doubt_add(telling, "changed after its last line", NULL, source->path, source->reader.format->kind,
                      source->first, source->last));
    }
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_times(const struct chain *chain)
{
    size_t late = 0, in_time = 0;
    int64_t written, slack;
    for (size_t i = 0; i < chain->count; i++) {
        const struct source *source = chain->members[i].source;
        if (source != NULL && written_at(chain->telling, source, &written, &slack)) {
            bool is_late = written > source->last + LATE_SLACK_S + slack;
            late += is_late;
            in_time += !is_late;
        }
    }
    for (size_t i = 0; i < chain->count; i++) {
        const struct source *source = chain->members[i].source;
        if (source == NULL || !written_at(chain->telling, source, &written, &slack)) {
            continue;
        }
        bool is_before = written < source->last - EARLY_SLACK_S - slack;
        if (is_before || (in_time >= 2 && in_time > late && written > source->last + LATE_SLACK_S + slack)) {
            TRY(tell_time(chain->telling, source, written, is_before));
        }
    }
    return 0;
}

/* ---- what was written meanwhile ---- */

static int tell_growth(struct telling *telling, const struct source *source)
{
    struct stat about;
    if (source->archive != NULL || fstat(source->fd, &about) != 0 || (uint64_t)about.st_size <= source->raw_bytes) {
        return 0;
    }
    struct record record = record_new();
    record_text(&record, "source", str_of(source->path));
    record_set(&record, "class", json_string("not read: written while it was read"));
    record_count(&record, "count", 1);
    record_count(&record, "bytes", (uint64_t)about.st_size - source->raw_bytes);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

static int tell_one_chain(struct chain *chain, const struct sources *sources)
{
    TRY(gather(chain, sources));
    TRY(tell_holes(chain, true));
    TRY(tell_holes(chain, false));
    TRY(tell_overlaps(chain, sources));
    return tell_times(chain);
}

int tell_chains(struct telling *telling)
{
    const struct sources *sources = &telling->run->sources;
    for (size_t i = 0; i < sources->count; i++) {
        size_t first = 0;
        while (strcmp(sources->all[first].stem, sources->all[i].stem) != 0) {
            first++;
        }
        if (first == i) {
            struct chain chain = {.telling = telling, .stem = sources->all[i].stem};
            int rc = tell_one_chain(&chain, sources);
            free(chain.members);
            TRY(rc);
        }
    }
    for (size_t i = 0; i < sources->count; i++) {
        TRY(tell_growth(telling, &sources->all[i]));
    }
    return 0;
}
