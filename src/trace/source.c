/* Log files: opened, recognised, put in time order and cut into jobs.
 *
 * A rotated set (access.log, access.log.1, access.log.2.gz, or dated) is one source of lines. Names are only a
 * hint, so files are ordered by the time of their first line. The same file given twice (a link, or the
 * packed copy beside the plain one) would count every line twice: it is skipped, and said. */
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
    HEAD_BYTES = 64 << 10,
    COPY_BYTES = 4096, /* files that begin with the same so many bytes are copies */
    BOUNDARY_BYTES = 4096
};

struct head {
    struct str bytes; /* without leading NULs */
    uint64_t same_as; /* hash of its first COPY_BYTES */
    size_t compared;  /* how many bytes that hash covers */
};

void tally_add(struct tally *into, const struct tally *from)
{
    into->lines += from->lines;
    for (size_t i = 0; i < LOG_CLASS_COUNT; i++) {
        into->count[i] += from->count[i];
        into->bytes[i] += from->bytes[i];
    }
}

static bool ends_with(const char *path, size_t len, const char *tail)
{
    struct str s = {path, len}, t = str_of(tail);
    return str_ends(s, t) && len > t.len;
}

/* How long path is without ".7" or "-20260314" at its end; len if there is no such end. */
static size_t without_number(const char *path, size_t len)
{
    size_t digits = 0;
    while (digits < len && ((path[len - 1 - digits] >= '0' && path[len - 1 - digits] <= '9') ||
                            (digits > 0 && digits < 10 && path[len - 1 - digits] == '-' && len > digits + 1 &&
                             path[len - 2 - digits] >= '0' && path[len - 2 - digits] <= '9'))) {
        digits++;
    }
    if (digits == 0 || digits >= len) {
        return len;
    }
    char before = path[len - 1 - digits];
    bool is_number = before == '.' && digits <= 10;
    bool is_date = (before == '-' || before == '.' || before == '_') && digits >= 6;
    return is_number || is_date ? len - 1 - digits : len;
}

size_t source_stem(const char *path)
{
    static const char *const packed[] = {".gz", ".bz2", ".xz", ".zst"};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        if (ends_with(path, len, packed[i])) {
            len -= strlen(packed[i]);
            break;
        }
    }
    size_t bare = without_number(path, len);
    if (bare == len && ends_with(path, len, ".log")) { /* access-20260314.log */
        size_t dated = without_number(path, len - 4);
        bare = dated < len - 4 ? dated : len;
    }
    return bare;
}

static int skip(struct sources *sources, const char *path, uint64_t bytes, const char *why,
                const struct assay_sink *sink)
{
    struct skipped *entry = &sources->skipped[sources->skipped_count++];
    entry->path = path;
    entry->bytes = bytes;
    size_t n = strlen(why) < sizeof entry->why - 1 ? strlen(why) : sizeof entry->why - 1;
    memcpy(entry->why, why, n);
    entry->why[n] = '\0';
    assay_complain(sink, str_of(path), str_of(entry->why));
    return 0;
}

/* A file may begin with gigabytes of NULs. Reads on until something else comes; room holds HEAD_BYTES. */
static int read_behind_nuls(int fd, char *room, size_t *len, struct err *err)
{
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    if (stream == NULL) {
        return -1;
    }
    size_t got = 1;
    *len = 0;
    while (got > 0 && *len < HEAD_BYTES && stream_read(stream, room + *len, HEAD_BYTES - *len, &got, NULL) == 0) {
        *len += got;
        size_t nuls = 0;
        while (nuls < *len && room[nuls] == '\0') {
            nuls++;
        }
        memmove(room, room + nuls, *len - nuls);
        *len -= nuls;
    }
    return 0;
}

/* The first HEAD_BYTES behind any NULs the file starts with. Damage is no error here: the feed will say it. */
static int read_head(int fd, char *room, struct head *ret_head, bool *ret_packed, struct err *err)
{
    const char *packing;
    size_t len = 0;
    TRY(stream_peek(fd, room, HEAD_BYTES, &len, &packing, err));
    *ret_packed = packing != NULL;
    if (len > 0 && room[0] == '\0') {
        TRY(read_behind_nuls(fd, room, &len, err));
    }
    ret_head->bytes = (struct str){room, len};
    ret_head->compared = len < COPY_BYTES ? len : COPY_BYTES;
    ret_head->same_as = str_hash((struct str){room, ret_head->compared});
    return 0;
}

static int open_one(const char *path, struct source *ret_source, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return err_set(err, ERR_IO, "is a directory");
    }
    if (!S_ISREG(about.st_mode)) {
        return err_set(err, ERR_IO, "not a regular file");
    }
    *ret_source = (struct source){.path = path,
                                  .fd = fd,
                                  .raw_bytes = (uint64_t)about.st_size,
                                  .dev = about.st_dev,
                                  .ino = about.st_ino,
                                  .mtime_ns = (int64_t)about.st_mtim.tv_sec * NS_PER_S + about.st_mtim.tv_nsec,
                                  .first = INT64_MAX,
                                  .last = INT64_MIN,
                                  .newest_line_second = INT64_MIN};
    fd = -1;
    return 0;
}

/* Another source that is this file, or begins exactly like it; NULL if there is none. */
static const struct source *copy_of(const struct sources *sources, const struct head *heads,
                                    const struct source *source, const struct head *head)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *other = &sources->all[i];
        if (other->dev == source->dev && other->ino == source->ino) {
            return other;
        }
        if (head->compared >= 64 && heads[i].compared == head->compared && heads[i].same_as == head->same_as) {
            return other;
        }
    }
    return NULL;
}

struct opening {
    struct sources *sources;
    const struct assay_trace_options *options;
    const struct assay_sink *sink;
    struct head *heads;
    char *room;
    struct err first; /* why the first file that could not be taken was not */
};

static int take_one(struct opening *opening, const char *path, struct err *err)
{
    struct sources *sources = opening->sources;
    struct source source = {.fd = -1};
    struct head head = {0};
    struct err why = {0};
    char copy[96];
    bool is_taken =
        open_one(path, &source, &why) == 0 && read_head(source.fd, opening->room, &head, &source.is_packed, &why) == 0;
    const struct source *other = is_taken ? copy_of(sources, opening->heads, &source, &head) : NULL;
    if (other != NULL) {
        snprintf(copy, sizeof copy, "a copy of %s", other->path);
        close(source.fd);
        return skip(sources, path, source.raw_bytes, copy, opening->sink);
    }
    if (is_taken && head.bytes.len > 0) {
        const struct log_spec spec = {.formats = opening->options->formats,
                                      .format_count = opening->options->format_count,
                                      .zone_minutes =
                                          opening->options->has_zone ? opening->options->zone_minutes : LOG_NO_ZONE,
                                      .written = source.mtime_ns,
                                      .where = path};
        is_taken = log_open(&spec, head.bytes, &source.reader, &source.first_line_second, &why) == 0;
        if (!is_taken && why.kind == ERR_FORMAT && strstr(why.text, " and as ") != NULL) {
            close(source.fd);
            *err = why;
            return -1;
        }
    } else if (is_taken) {
        source.reader.format = &log_combined; /* nothing but NULs, or nothing at all: every reader counts those alike */
        source.first_line_second = INT64_MAX;
    }
    if (!is_taken) {
        if (source.fd >= 0) {
            close(source.fd);
        }
        if (opening->first.kind == ERR_NONE) {
            opening->first = why;
            if (why.kind != ERR_FORMAT) {
                err_where(&opening->first, "%s", path);
            }
        }
        return skip(sources, path, source.raw_bytes,
                    why.kind == ERR_FORMAT ? "not a log that any reader here knows" : why.text, opening->sink);
    }
    opening->heads[sources->count] = head;
    sources->all[sources->count++] = source;
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
    const char **stems = ARENA_NEW(keep, const char *, sources->count + 1, err);
    const char **sorted = ARENA_NEW(keep, const char *, sources->count + 1, err);
    if (stems == NULL || sorted == NULL) {
        return -1;
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct str stem = arena_str(keep, (struct str){sources->all[i].path, source_stem(sources->all[i].path)}, err);
        if (stem.data == NULL) {
            return -1;
        }
        stems[i] = sorted[i] = stem.data;
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
        while (set + 1 < sources->set_count && strcmp(sources->sets[set], stems[i]) != 0) {
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

static int cut_into_jobs(struct sources *sources, struct err *err)
{
    for (uint32_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->all[i];
        if (source->is_packed) {
            TRY(add_job(sources, (struct job){.source = i}, err));
            continue;
        }
        for (uint64_t from = 0; from < source->raw_bytes;) {
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

static int open_all(struct opening *opening, const struct assay_trace_options *options, struct err *err)
{
    for (size_t i = 0; i < options->log_count; i++) {
        TRY(take_one(opening, options->logs[i], err));
    }
    if (opening->sources->count == 0) {
        *err = opening->first;
        return err->kind != ERR_NONE ? -1 : err_set(err, ERR_USAGE, "no log given");
    }
    return 0;
}

int sources_open(struct sources *sources, const struct assay_trace_options *options, const struct assay_sink *sink,
                 struct arena *keep, struct err *err)
{
    if (options->log_count > SOURCES_MAX) {
        return err_set(err, ERR_LIMIT, "%zu logs; at most %d at once", options->log_count, SOURCES_MAX);
    }
    sources->all = ARENA_NEW(keep, struct source, options->log_count + 1, err);
    sources->skipped = ARENA_NEW(keep, struct skipped, options->log_count + 1, err);
    OWN(own_mem) struct head *heads = calloc(options->log_count + 1, sizeof *heads);
    OWN(own_mem) char *room = malloc(HEAD_BYTES);
    if (sources->all == NULL || sources->skipped == NULL || heads == NULL || room == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu logs", options->log_count);
    }
    struct opening opening = {.sources = sources, .options = options, .sink = sink, .heads = heads, .room = room};
    TRY(open_all(&opening, options, err));
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
        close(sources->all[i].fd);
        log_close(&sources->all[i].reader);
    }
    free(sources->jobs);
    sources->jobs = NULL;
    sources->count = 0;
}
