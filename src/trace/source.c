/* Log files: recognised, put in time order and cut into jobs.
 *
 * A rotated set (access.log, access.log.1, access.log.2.gz, or dated) is one source of lines. Names are only a
 * hint, so files are ordered by the time of their first line. The same file given twice (a link, or the
 * packed copy beside the plain one) would count every line twice: it is skipped, and said; of two that agree as far as the
 * shorter goes the longer is kept, whichever is packed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

enum {
    COPY_BYTES = 4096, /* files that begin with the same so many bytes may be copies */
    BOUNDARY_BYTES = 4096,
    COMPARED_MAX = 256 /* an entry of an archive may cost all that lies before it */
};

struct head {
    uint64_t same_as; /* hash of its first COPY_BYTES */
    size_t compared;  /* how many bytes that hash covers */
};

void tally_add(struct tally *into, const struct tally *from)
{
    into->lines += from->lines;
    into->text_lines += from->text_lines;
    for (size_t i = 0; i < LOG_CLASS_COUNT; i++) {
        into->count[i] += from->count[i];
        into->bytes[i] += from->bytes[i];
    }
}

/* ---- what is not taken ---- */

static int add_skipped(struct opening *opening, const char *path, uint64_t bytes, const char *why, bool is_place,
                       struct err *err)
{
    struct sources *sources = opening->sources;
    if (sources->skipped_count == sources->skipped_cap) {
        size_t cap = sources->skipped_cap == 0 ? 64 : sources->skipped_cap * 2;
        if (cap > SKIPPED_MAX) {
            return err_set(err, ERR_LIMIT, "more than %d files that cannot be taken", SKIPPED_MAX);
        }
        struct skipped *grown = reallocarray(sources->skipped, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu names", cap);
        }
        sources->skipped = grown;
        sources->skipped_cap = cap;
    }
    struct skipped *entry = &sources->skipped[sources->skipped_count++];
    *entry = (struct skipped){.path = path, .bytes = bytes, .count = 1, .is_place = is_place};
    size_t n = strlen(why) < sizeof entry->why - 1 ? strlen(why) : sizeof entry->why - 1;
    memcpy(entry->why, why, n);
    return 0;
}

int source_skip(struct opening *opening, const char *path, uint64_t bytes, const char *why, struct err *err)
{
    TRY(add_skipped(opening, path, bytes, why, false, err));
    assay_complain(opening->sink, str_of(path), str_of(why));
    return 0;
}

int source_skip_in(struct opening *opening, const char *place, uint64_t bytes, const char *why, struct err *err)
{
    struct sources *sources = opening->sources;
    for (size_t i = sources->skipped_count; i > 0; i--) {
        struct skipped *row = &sources->skipped[i - 1];
        if (row->is_place && row->path == place && strcmp(row->why, why) == 0) {
            row->bytes += bytes;
            row->count++;
            return 0;
        }
    }
    return add_skipped(opening, place, bytes, why, true, err);
}

static void complain_of_places(const struct opening *opening)
{
    const struct sources *sources = opening->sources;
    for (size_t i = 0; i < sources->skipped_count; i++) {
        const struct skipped *row = &sources->skipped[i];
        char text[160];
        if (row->is_place) {
            snprintf(text, sizeof text, "%llu file%s skipped: %s", (unsigned long long)row->count,
                     row->count == 1 ? "" : "s", row->why);
            assay_complain(opening->sink, str_of(row->path), str_of(text));
        }
    }
}

void source_clear(struct source *source)
{
    if (source->fd >= 0) {
        close(source->fd);
        source->fd = -1;
    }
    hold_free(source->hold);
    source->hold = NULL;
    log_close(&source->reader);
}

/* ---- copies ---- */

/* The place of another source that is this file, begins it, or begins like it; SIZE_MAX if there is none. Those that begin alike
 * are read side by side, but for the sake of an archive of thousands of them not without end. */
static size_t copy_of(struct opening *opening, const struct source *source, const struct head *head,
                      enum copying *ret_how)
{
    const struct sources *sources = opening->sources;
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *other = &sources->all[i];
        if (source->archive == NULL && other->archive == NULL && other->dev == source->dev &&
            other->ino == source->ino) {
            *ret_how = COPY_SAME;
            return i;
        }
        if (head->compared < 64 || opening->heads[i].compared != head->compared ||
            opening->heads[i].same_as != head->same_as) {
            continue;
        }
        bool is_too_many = source->archive != NULL && opening->compared >= COMPARED_MAX;
        opening->compared++;
        *ret_how = is_too_many ? COPY_UNKNOWN : copy_compare(source, other);
        if (*ret_how != COPY_NONE) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- taking ---- */

static int grow(struct opening *opening, struct err *err)
{
    struct sources *sources = opening->sources;
    if (sources->count < sources->cap) {
        return 0;
    }
    size_t cap = sources->cap == 0 ? 64 : sources->cap * 2;
    if (cap > SOURCES_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d logs at once", SOURCES_MAX);
    }
    struct source *all = reallocarray(sources->all, cap, sizeof *all);
    sources->all = all != NULL ? all : sources->all;
    struct head *heads = all != NULL ? reallocarray(opening->heads, cap, sizeof *heads) : NULL;
    opening->heads = heads != NULL ? heads : opening->heads;
    if (heads == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu logs", cap);
    }
    sources->cap = cap;
    return 0;
}

/* Of a copy the longer one is kept: a file may have been copied before it was written to its end. */
static int skip_copy(struct opening *opening, struct candidate *candidate, size_t at, enum copying how,
                     struct source **ret_taken, struct err *err)
{
    struct source *other = &opening->sources->all[at], *source = &candidate->source;
    char why[96];
    if (how == COPY_LONGER) {
        struct source shorter = *other;
        *other = *source;
        *source = shorter;
        other->reader = shorter.reader; /* what it begins with is the same */
        other->first_line_second = shorter.first_line_second;
        source->reader = (struct log_reader){0};
        opening->sources->held_bytes -= source->hold != NULL ? hold_bytes(source->hold) : 0;
        *ret_taken = other;
    }
    snprintf(why, sizeof why, "%s%s",
             how == COPY_SAME      ? "a copy of "
             : how == COPY_UNKNOWN ? "not compared further, begins like "
                                   : "a copy of the beginning of ",
             other->path);
    const char *path = source->path;
    uint64_t bytes = source->raw_bytes;
    source_clear(source);
    return source_skip(opening, path, bytes, why, err);
}

static int skip_unknown(struct opening *opening, struct candidate *candidate, const struct err *why, struct err *err)
{
    const char *path = candidate->path;
    uint64_t bytes = candidate->source.raw_bytes;
    bool is_unclear = strstr(why->text, " and as ") != NULL;
    source_clear(&candidate->source);
    if (is_unclear && candidate->place == NULL) {
        *err = *why;
        return -1;
    }
    if (opening->first.kind == ERR_NONE) {
        opening->first = *why;
    }
    if (is_unclear) {
        return source_skip(opening, path, bytes, "two readers know it", err);
    }
    const char *unknown = "not a log that any reader here knows";
    return candidate->place == NULL ? source_skip(opening, path, bytes, unknown, err)
                                    : source_skip_in(opening, candidate->place, bytes, unknown, err);
}

int source_take(struct opening *opening, struct candidate *candidate, struct source **ret_taken, struct err *err)
{
    const struct assay_trace_options *options = opening->options;
    struct source *source = &candidate->source;
    const size_t compared = candidate->head.len < COPY_BYTES ? candidate->head.len : COPY_BYTES;
    const struct head head = {str_hash(str_slice(candidate->head, 0, compared)), compared};
    *ret_taken = NULL;
    source->begins = str_hash(candidate->head);
    source->first = INT64_MAX;
    source->last = source->newest_line_second = INT64_MIN;
    enum copying how = COPY_NONE;
    size_t other = copy_of(opening, source, &head, &how);
    if (other != SIZE_MAX) {
        return skip_copy(opening, candidate, other, how, ret_taken, err);
    }
    const struct log_spec spec = {.formats = options->formats,
                                  .format_count = options->format_count,
                                  .zone_minutes = options->has_zone ? options->zone_minutes : LOG_NO_ZONE,
                                  .written = source->mtime_ns,
                                  .where = candidate->path};
    struct err why = {0};
    size_t nuls = 0;
    while (nuls < candidate->head.len && candidate->head.data[nuls] == '\0') {
        nuls++;
    }
    struct str text = str_slice(candidate->head, nuls, candidate->head.len);
    if (text.len == 0) {
        source->reader.format =
            &log_combined; /* nothing but NULs, or nothing at all: every reader counts those alike */
        source->first_line_second = INT64_MAX;
    } else if (log_open(&spec, text, &source->reader, &source->first_line_second, &why) != 0) {
        return skip_unknown(opening, candidate, &why, err);
    }
    if (grow(opening, err) != 0) {
        source_clear(source);
        return -1;
    }
    opening->heads[opening->sources->count] = head;
    *ret_taken = &opening->sources->all[opening->sources->count++];
    **ret_taken = *source;
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    if (x->first_line_second != y->first_line_second) {
        return x->first_line_second < y->first_line_second ? -1 : 1;
    }
    return strcmp(x->path, y->path);
}

/* Sets are numbered in the order of their names, whatever order the files were given in. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int number_sets(struct sources *sources, struct arena *keep, struct err *err)
{
    OWN(own_buf) struct buf stem = {0};
    const char **sorted = ARENA_NEW(keep, const char *, sources->count + 1, err);
    if (sorted == NULL) {
        return -1;
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct rotated rotated;
        rotated_name(&rotated, str_of(sources->all[i].path), &stem);
        struct str kept = stem.failed ? (struct str){0} : arena_str(keep, buf_str(&stem), err);
        if (kept.data == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu logs", sources->count);
        }
        sources->all[i].stem = sorted[i] = kept.data;
    }
    qsort(sorted, sources->count, sizeof *sorted, by_name);
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->set_count < SETS_MAX &&
            (sources->set_count == 0 || strcmp(sources->sets[sources->set_count - 1], sorted[i]) != 0)) {
            sources->sets[sources->set_count++] = sorted[i];
        }
    }
    for (size_t i = 0; i < sources->count; i++) {
        uint32_t set = 0;
        while (set + 1 < sources->set_count && strcmp(sources->sets[set], sources->all[i].stem) != 0) {
            set++;
        }
        sources->all[i].set = set;
    }
    return 0;
}

static int add_job(struct sources *sources, struct job job, struct err *err)
{
    if (sources->job_count == sources->job_cap) {
        size_t cap = sources->job_cap == 0 ? 64 : sources->job_cap * 2;
        struct job *grown = reallocarray(sources->jobs, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu stretches of log", cap);
        }
        sources->jobs = grown;
        sources->job_cap = cap;
    }
    sources->jobs[sources->job_count++] = job;
    return 0;
}

/* Just behind the first line end at or after `at`; the file's end if there is none. */
static int line_boundary(const struct source *source, uint64_t at, uint64_t *ret_boundary, struct err *err)
{
    char bytes[BOUNDARY_BYTES];
    while (at < source->raw_bytes) {
        ssize_t got = pread(source->fd, bytes, sizeof bytes, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s: %s", source->path, strerror(errno));
        }
        const char *end = got > 0 ? memchr(bytes, '\n', (size_t)got) : NULL;
        if (end != NULL) {
            at += (uint64_t)(end - bytes) + 1;
            break;
        }
        at = got == 0 ? source->raw_bytes : at + (uint64_t)got;
    }
    *ret_boundary = at < source->raw_bytes ? at : source->raw_bytes;
    return 0;
}

/* The same, but where a record may begin; a record longer than LOG_LINE_MAX ends the search. */
static int boundary(const struct source *source, uint64_t at, uint64_t *ret_boundary, struct err *err)
{
    const struct log_reader *reader = &source->reader;
    char line[BOUNDARY_BYTES];
    uint64_t from = at;
    TRY(line_boundary(source, at, ret_boundary, err));
    while (reader->format->starts != NULL && *ret_boundary < source->raw_bytes && *ret_boundary - from < LOG_LINE_MAX) {
        ssize_t got = pread(source->fd, line, sizeof line, (off_t)*ret_boundary);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s: %s", source->path, strerror(errno));
        }
        const char *end = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
        size_t len = end != NULL ? (size_t)(end - line) : (size_t)got;
        if (reader->format->starts(reader->setup, (struct str){line, len})) {
            break;
        }
        TRY(line_boundary(source, *ret_boundary, ret_boundary, err));
    }
    return 0;
}

/* What is read from an archive again is asked for in the archive's order, whatever the times, so that it is read once a pass. */
static int add_entries_of(struct sources *sources, const struct archive *archive, struct err *err)
{
    for (int64_t before = -1;;) {
        size_t next = sources->count;
        for (size_t i = 0; i < sources->count; i++) {
            const struct source *source = &sources->all[i];
            bool is_wanted = source->archive == archive && source->hold == NULL && (int64_t)source->entry > before;
            if (is_wanted && (next == sources->count || source->entry < sources->all[next].entry)) {
                next = i;
            }
        }
        if (next == sources->count) {
            return 0;
        }
        before = sources->all[next].entry;
        TRY(add_job(sources, (struct job){.source = (uint32_t)next}, err));
    }
}

static bool is_first_of_archive(const struct sources *sources, size_t at)
{
    size_t i = 0;
    while (sources->all[i].archive != sources->all[at].archive || sources->all[i].hold != NULL) {
        i++;
    }
    return i == at;
}

static int cut_into_jobs(struct sources *sources, struct err *err)
{
    for (uint32_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->all[i];
        if (source->archive != NULL && source->hold == NULL) {
            if (is_first_of_archive(sources, i)) {
                TRY(add_entries_of(sources, source->archive, err));
            }
            continue;
        }
        if (source->is_packed) {
            TRY(add_job(sources, (struct job){.source = i}, err));
            continue;
        }
        for (uint64_t from = source->mark_bytes; from < source->raw_bytes;) {
            uint64_t to = source->raw_bytes;
            if (to - from > JOB_BYTES && !source->reader.format->is_whole) {
                TRY(boundary(source, from + JOB_BYTES - 1, &to, err));
            }
            TRY(add_job(sources, (struct job){.source = i, .from = from, .to = to}, err));
            from = to;
        }
    }
    return 0;
}

unsigned sources_stretch(const struct sources *sources, const struct job *job)
{
    return (unsigned)((uint64_t)(job - sources->jobs) * STRETCHES / sources->job_count);
}

static int open_all(struct opening *opening, struct err *err)
{
    const struct assay_trace_options *options = opening->options;
    for (size_t i = 0; i < options->log_count; i++) {
        TRY(intake_path(opening, options->logs[i], options->log_fds != NULL ? options->log_fds[i] : -1, err));
    }
    complain_of_places(opening);
    if (opening->sources->count == 0) {
        *err = opening->first;
        return err->kind != ERR_NONE ? -1 : err_set(err, ERR_USAGE, "no log given");
    }
    return 0;
}

int sources_open(struct sources *sources, const struct assay_trace_options *options, const struct assay_sink *sink,
                 struct arena *keep, struct err *err)
{
    struct opening opening = {
        .sources = sources, .options = options, .sink = sink, .keep = keep, .room = malloc(HEAD_BYTES)};
    int rc = opening.room != NULL ? open_all(&opening, err) : err_set(err, ERR_LIMIT, "no memory to read a log");
    free(opening.room);
    free(opening.heads);
    TRY(rc);
    qsort(sources->all, sources->count, sizeof *sources->all, by_time);
    for (size_t i = 0; i < sources->count; i++) {
        sources->raw_bytes += sources->all[i].raw_bytes;
    }
    TRY(number_sets(sources, keep, err));
    return cut_into_jobs(sources, err);
}

void sources_close(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        source_clear(&sources->all[i]);
    }
    for (size_t i = 0; i < sources->archive_count; i++) {
        archive_close(sources->archives[i]);
    }
    free(sources->all);
    free(sources->archives);
    free(sources->skipped);
    free(sources->jobs);
    *sources = (struct sources){0};
}

enum log_kind set_kind(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set) {
            return run->sources.all[i].reader.format->kind;
        }
    }
    return LOG_KIND_COUNT;
}
