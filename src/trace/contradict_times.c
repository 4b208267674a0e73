/* Logs beside the times of their files that nobody sets: when a file was born, and when its inode was changed last.
 *
 * Who cuts lines out of a log writes a new file and renames it over the log (sed -i, an editor), or writes the old one anew. The new
 * file is younger than the lines it holds; the old one, if it is a rotated log, was changed after its rotation, whatever its time
 * says. A log that is copied, packed, restored or copied at rotation (copytruncate) is younger than its lines, too: so nothing is said
 * unless the folder has files that are older than they, and the server's own way of making a new file is seen beside it. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"
#include "trace/filetimes.h"

#include "base/banned.h"

enum {
    SLACK = 2,       /* seconds: times come without their fraction */
    LINES_MIN = 8,   /* lines that are older than their file */
    YOUNGER = 5,     /* seconds: ... by more than that, and than twice the longest request that shows */
    AFTER_LINES = 2, /* lines behind its birth: the server went on writing to it */
    ROTATING = 5,    /* seconds that a rotation takes: what it does to a file that lies still */
    WRITING = 3600,  /* ... and that a server may write to the old file behind it: requests that still run */
    TOGETHER = 600   /* seconds: what else was changed then was changed by the same hand */
};

struct aging {
    const struct telling *telling;
    const struct filetimes *times;
    size_t source; /* the log that is looked at, and its file */
    const struct file_entry *file;
    /* its lines */
    bool is_past;           /* a line as young as the file was met */
    uint64_t before, after; /* lines before that; lines that are younger than the file */
    int64_t oldest, newest; /* of those before; of all so far */
    int64_t back;           /* the longest step back in time: requests take that long at least */
};

static const struct source *source_of(const struct aging *aging)
{
    return &aging->telling->run->sources.all[aging->source];
}

static bool is_known(int64_t second)
{
    return second != FILETIME_NONE;
}

/* ---- beside what ---- */

/* Another file of its folder that is older than its first line: the folder was not restored or copied as a whole since. */
static bool has_older_neighbour(const struct aging *aging)
{
    for (size_t i = 0; i < aging->times->count; i++) {
        const struct file_entry *other = &aging->times->all[i];
        if (other != aging->file && str_eq(file_folder(other), file_folder(aging->file)) && is_known(other->born) &&
            other->born <= source_of(aging)->first) {
            return true;
        }
    }
    return false;
}

/* Does place a of a rotated set come behind place b? The file that is written to comes last. */
static bool is_newer(const struct rotated *a, const struct rotated *b)
{
    if (a->kind != b->kind) {
        return a->kind == ROTATION_NONE;
    }
    return a->kind == ROTATION_NUMBER ? a->number < b->number
                                      : a->day > b->day || (a->day == b->day && a->hour > b->hour);
}

/* The log that the server writes to, of a rotated file's set: NULL if it is not there or was not given, or if members were unpacked by hand. */
static const struct file_entry *written_now(const struct aging *aging, const struct source **ret_source)
{
    OWN(own_buf) struct buf stem = {0}, other_stem = {0};
    struct rotated own, other;
    const struct file_entry *now = NULL;
    rotated_name(&own, aging->file->path, &stem);
    if (own.kind == ROTATION_NONE || stem.failed) {
        return NULL;
    }
    struct str begin = str_slice(aging->file->path, 0, own.at > 0 ? own.at - 1 : 0); /* of every name of the set */
    for (size_t i = 0; i < aging->times->count; i++) {
        const struct file_entry *file = &aging->times->all[i];
        if (!str_starts(file->path, begin)) {
            continue;
        }
        rotated_name(&other, file->path, &other_stem);
        if (other_stem.failed || !str_eq(buf_str(&stem), buf_str(&other_stem)) || !is_newer(&other, &own)) {
            continue;
        }
        if (file_is_packed(file)) {
            return NULL; /* newer ones are packed already: this one was unpacked */
        }
        now = other.kind == ROTATION_NONE ? file : now;
    }
    for (size_t i = 0; i < aging->telling->run->sources.count && now != NULL; i++) {
        if (aging->times->logs[i].entry == now) {
            *ret_source = &aging->telling->run->sources.all[i];
            return (*ret_source)->first <= (*ret_source)->last ? now : NULL;
        }
    }
    return NULL;
}

/* When a rotated log was left alone at the latest: the server made a new file, and wrote to it. False: it did not, or that is not known. */
static bool rotated_at(const struct aging *aging, int64_t *ret_second)
{
    const struct source *next = NULL;
    const struct file_entry *now = written_now(aging, &next);
    if (now == NULL || !is_known(now->born) || now->born < source_of(aging)->last - SLACK || now->born > next->last) {
        return false; /* the same file goes on, it was emptied; or all of it was copied here */
    }
    *ret_second = now->born < next->first + 1 ? now->born : next->first + 1;
    return true;
}

/* ---- younger than its lines ---- */

static int take_batch(void *self, const struct log_batch *batch, uint64_t offset, uint64_t number, struct err *err)
{
    struct aging *aging = self;
    (void)offset;
    (void)number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        if (!log_is_parsed(line)) {
            continue;
        }
        aging->is_past |= line->second >= aging->file->born - SLACK;
        aging->before += !aging->is_past;
        aging->after += line->second > aging->file->born;
        aging->oldest = !aging->is_past && line->second < aging->oldest ? line->second : aging->oldest;
        aging->back = aging->newest - line->second > aging->back ? aging->newest - line->second : aging->back;
        aging->newest = line->second > aging->newest ? line->second : aging->newest;
    }
    return 0;
}

static bool is_wanted(void *self, const struct job *job)
{
    const struct aging *aging = self;
    return job->source == aging->source;
}

/* Worth reading it once more: it could be a file that somebody put in the place of another. */
static bool may_be_replaced(const struct aging *aging)
{
    const struct source *source = source_of(aging);
    int64_t rotated;
    bool goes_on = source->last > aging->file->born;
    return is_known(aging->file->born) && source->first < aging->file->born - YOUNGER && has_older_neighbour(aging) &&
           (goes_on || rotated_at(aging, &rotated));
}

static int tell_replaced(struct telling *telling, struct aging *aging, bool *ret_told)
{
    const struct source *source = source_of(aging);
    const struct feed_taker taker = {.self = aging, .take = take_batch};
    aging->oldest = INT64_MAX;
    aging->newest = source->first;
    TRY(read_again(telling->run, is_wanted, &taker, telling->err));
    bool goes_on = aging->after >= AFTER_LINES;
    *ret_told = aging->before >= LINES_MIN && (goes_on || source->last <= aging->file->born) &&
                aging->file->born - aging->oldest > YOUNGER + 2 * aging->back;
    if (!*ret_told) {
        return 0;
    }
    char says[512];
    snprintf(
        says, sizeof says,
        "%llu lines at its beginning are older than the file they are in%s, while the folder has files that are older than they: "
        "it was written anew and put in the place of the log",
        (unsigned long long)aging->before,
        goes_on ? ", to which the server went on writing" : ", which was rotated by giving it another name");
    const struct sign sign = {
        .kind = "log younger than its lines",
        .source = source->path,
        .says = says,
        .innocent =
            "a log that was restored or unpacked by hand, that came with a container's image, or that a program "
            "writes anew to shorten or to anonymise it",
        .of = LOG_WEB,
        .count = aging->before,
        .base = -1,
        .from = source->first,
        .to = source->last,
        .examples = json_pack("[{s:s, s:o, s:o}]", "source", source->path, "born", time_of(aging->file->born),
                              "first_line", time_of(aging->oldest))};
    return sign_tell(telling, &sign);
}

/* ---- changed after its rotation ---- */

/* Were its rights or its owner changed? Those of the log that is written to are as they were. */
static bool has_other_rights(const struct aging *aging)
{
    const struct source *next = NULL;
    const struct file_entry *now = written_now(aging, &next);
    return now == NULL || now->rights != aging->file->rights;
}

/* Was nothing else of the folder changed then, while something was there that could have been? A hand, a copy or a backup that goes
 * over all files leaves its time on all that lie still. */
static bool is_changed_alone(const struct aging *aging, int64_t rotated)
{
    const int64_t at = aging->file->changed;
    bool has_other = false;
    for (size_t i = 0; i < aging->times->count; i++) {
        const struct file_entry *other = &aging->times->all[i];
        if (other == aging->file || !str_eq(file_folder(other), file_folder(aging->file)) ||
            !is_known(other->changed)) {
            continue;
        }
        bool is_touched = other->changed > rotated + ROTATING && other->changed > other->written + 1;
        if (is_touched && other->changed >= at - TOGETHER && other->changed <= at + TOGETHER) {
            return false;
        }
        has_other |= other->changed < at - 1;
    }
    return has_other;
}

static int tell_changed(struct telling *telling, const struct aging *aging)
{
    const struct source *source = source_of(aging);
    const struct file_entry *file = aging->file;
    int64_t rotated;
    if (!is_known(file->changed) || !is_known(file->written) || file_is_packed(file) || !rotated_at(aging, &rotated)) {
        return 0;
    }
    bool is_set_back = file->written <= rotated + ROTATING;
    if (file->changed <= rotated + (is_set_back ? ROTATING : WRITING) || !is_changed_alone(aging, rotated) ||
        has_other_rights(aging)) {
        return 0;
    }
    char says[512], apart[TIME_TEXT];
    duration(apart, file->changed - rotated);
    snprintf(
        says, sizeof says,
        "it was changed %s after the server had gone on to the next file, %s, and nothing else that lies in its folder was changed then",
        apart,
        is_set_back ? "though the time of its content says that it was not" : "and its content was written then");
    const struct sign sign = {
        .kind = "log changed after its rotation",
        .source = source->path,
        .says = says,
        .innocent =
            "a link to it was made, or its rights were changed by hand and back; a request that was still running when "
            "the log was rotated",
        .of = LOG_WEB,
        .count = 1,
        .base = -1,
        .from = source->first,
        .to = source->last,
        .examples = json_pack("[{s:s, s:o, s:o}]", "source", source->path, "changed", time_of(file->changed), "rotated",
                              time_of(rotated))};
    return sign_tell(telling, &sign);
}

/* ---- telling ---- */

static int tell_log(struct telling *telling, const struct filetimes *times, size_t at)
{
    const struct source *source = &telling->run->sources.all[at];
    struct aging aging = {.telling = telling, .times = times, .source = at, .file = times->logs[at].entry};
    bool has_zone = (source->reader.has & LOG_HAS_ZONE) != 0 || telling->run->options->has_zone;
    if (aging.file == NULL || source->reader.format->kind != LOG_WEB || !has_zone || source->first > source->last) {
        return 0;
    }
    bool is_told = false;
    if (!file_is_packed(aging.file) && may_be_replaced(&aging)) {
        TRY(tell_replaced(telling, &aging, &is_told));
    }
    return is_told ? 0 : tell_changed(telling, &aging);
}

static int tell_given(struct telling *telling, const struct filetimes *times)
{
    struct record record = record_new();
    uint64_t found = 0;
    for (size_t i = 0; i < telling->run->sources.count; i++) {
        found += times->logs[i].entry != NULL;
    }
    record_set(&record, "class", json_string("file times"));
    record_text(&record, "source", str_of(telling->run->options->file_times));
    record_count(&record, "logs", found);
    record_count(&record, "logs_unclear", times->unclear);
    record_count(&record, "files", times->count);
    record_count(&record, "wrong_lines", times->wrong);
    record_set(&record, "too_many", json_boolean(times->is_full));
    return record_emit(telling, ASSAY_MEASURE, &record);
}

int tell_file_times(struct telling *telling)
{
    const struct filetimes *times = telling->run->file_times;
    if (telling->run->options->file_times != NULL) {
        TRY(tell_given(telling, times));
    }
    for (size_t i = 0; i < telling->run->sources.count && !times->is_full; i++) {
        TRY(tell_log(telling, times, i));
    }
    return 0;
}
