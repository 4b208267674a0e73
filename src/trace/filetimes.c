/* Times of files: of a body file, of which only the folders that matter are kept, or of the logs as they lie here (filetimes.h). */
#include "trace/filetimes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/bodyfile.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { FOLDERS_MAX = 256 };

struct gathering {
    struct filetimes *times;
    const struct run *run;
    struct wanted *wanted; /* by hash */
    size_t wanted_count;
    uint64_t folders[FOLDERS_MAX]; /* hashes, in order */
    size_t folder_count;
};

/* A log is looked for by its name without packing. */
struct wanted {
    uint64_t hash;
    uint32_t source;
};

static size_t folder_of(struct str path)
{
    const char *slash = memrchr(path.data, '/', path.len);
    return slash == NULL ? 0 : (size_t)(slash - path.data) + 1;
}

static struct str base_of(struct str path)
{
    return str_slice(path, folder_of(path), path.len);
}

bool file_is_packed(const struct file_entry *file)
{
    return name_without_packing(file->path).len < file->path.len;
}

/* ---- which file is which log ---- */

/* The name of a source: of an entry of an archive that within it. */
static struct str name_of(const struct source *source)
{
    struct str path = str_of(source->path);
    const char *mark = source->archive == NULL ? NULL : memrchr(path.data, '!', path.len);
    return mark == NULL ? path : str_slice(path, (size_t)(mark - path.data) + 1, path.len);
}

static int by_hash(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->source > y->source) - (x->source < y->source);
}

static int list_wanted(struct gathering *gathering, struct err *err)
{
    const struct sources *sources = &gathering->run->sources;
    gathering->wanted = calloc(sources->count + 1, sizeof *gathering->wanted);
    if (gathering->wanted == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct str base = name_without_packing(base_of(name_of(&sources->all[i])));
        gathering->wanted[gathering->wanted_count++] = (struct wanted){str_hash(base), (uint32_t)i};
    }
    qsort(gathering->wanted, gathering->wanted_count, sizeof *gathering->wanted, by_hash);
    return 0;
}

/* How many folders above the name are alike, and whether all of the name is. */
static unsigned score_of(struct str a, struct str b)
{
    unsigned score = str_eq(base_of(a), base_of(b));
    for (;;) {
        a = str_slice(a, 0, folder_of(a));
        b = str_slice(b, 0, folder_of(b));
        a = str_slice(a, 0, a.len > 0 ? a.len - 1 : 0);
        b = str_slice(b, 0, b.len > 0 ? b.len - 1 : 0);
        if (a.len == 0 || b.len == 0 || !str_eq(base_of(a), base_of(b))) {
            return score;
        }
        score += 2;
    }
}

static int take_for(struct gathering *gathering, uint32_t source, struct str name, struct err *err)
{
    struct log_entry *log = &gathering->times->logs[source];
    struct str own = name_of(&gathering->run->sources.all[source]);
    if (!str_eq(name_without_packing(base_of(own)), name_without_packing(base_of(name)))) {
        return 0; /* their hashes are the same */
    }
    unsigned score = score_of(own, name) + 1;
    if (score == log->score && !str_eq(name, log->name)) {
        log->is_unclear = true;
    }
    if (score > log->score) {
        log->is_unclear = false;
        log->score = score;
        log->name = arena_str(&gathering->times->keep, name, err);
        return log->name.data == NULL ? -1 : 0;
    }
    return 0;
}

/* The first time through: which names are logs. */
static int find_names(void *self, const struct bodyfile_entry *entry, struct err *err)
{
    struct gathering *gathering = self;
    const uint64_t hash = str_hash(name_without_packing(base_of(entry->name)));
    size_t low = 0, high = gathering->wanted_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        bool is_before = gathering->wanted[mid].hash < hash;
        low = is_before ? mid + 1 : low;
        high = is_before ? high : mid;
    }
    for (; low < gathering->wanted_count && gathering->wanted[low].hash == hash; low++) {
        TRY(take_for(gathering, gathering->wanted[low].source, entry->name, err));
    }
    return 0;
}

/* ---- the folders that matter ---- */

static void want_folder(struct gathering *gathering, struct str folder)
{
    const uint64_t hash = str_hash(folder);
    size_t at = 0;
    while (at < gathering->folder_count && gathering->folders[at] != hash) {
        at++;
    }
    if (at == FOLDERS_MAX) {
        gathering->times->is_full = true;
        return;
    }
    gathering->folders[at] = hash;
    gathering->folder_count += at == gathering->folder_count;
}

static void want_folders(struct gathering *gathering)
{
    const struct filetimes *times = gathering->times;
    for (size_t i = 0; i < gathering->run->sources.count; i++) {
        const struct log_entry *log = &times->logs[i];
        if (log->score > 0 && !log->is_unclear) {
            want_folder(gathering, str_slice(log->name, 0, folder_of(log->name)));
        }
    }
}

static int add_file(struct filetimes *times, const struct file_entry *file, struct err *err)
{
    if (times->count == FILETIMES_MAX) {
        times->is_full = true;
        return 0;
    }
    if (times->count == times->cap) {
        size_t cap = times->cap == 0 ? 64 : times->cap * 2;
        struct file_entry *grown = reallocarray(times->all, cap, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        times->all = grown;
        times->cap = cap;
    }
    struct file_entry *added = &times->all[times->count];
    *added = *file;
    added->path = arena_str(&times->keep, file->path, err);
    added->folder = folder_of(file->path);
    times->count += added->path.data != NULL;
    return added->path.data == NULL ? -1 : 0;
}

static int keep_file(void *self, const struct bodyfile_entry *entry, struct err *err)
{
    struct gathering *gathering = self;
    const uint64_t hash = str_hash(str_slice(entry->name, 0, folder_of(entry->name)));
    for (size_t i = 0; i < gathering->folder_count; i++) {
        if (gathering->folders[i] == hash) {
            const struct file_entry file = {.path = entry->name,
                                            .rights = str_hash(entry->rights),
                                            .written = entry->written,
                                            .changed = entry->changed,
                                            .born = entry->born};
            return add_file(gathering->times, &file, err);
        }
    }
    return 0;
}

static void bind_logs(struct gathering *gathering)
{
    struct filetimes *times = gathering->times;
    for (size_t i = 0; i < gathering->run->sources.count; i++) {
        struct log_entry *log = &times->logs[i];
        times->unclear += log->is_unclear;
        for (size_t f = 0; f < times->count && log->score > 0 && !log->is_unclear && log->entry == NULL; f++) {
            log->entry = str_eq(times->all[f].path, log->name) ? &times->all[f] : NULL;
        }
    }
}

static int gather_given(struct gathering *gathering, const char *path, struct err *err)
{
    uint64_t again;
    TRY(list_wanted(gathering, err));
    if (bodyfile_each(path, find_names, gathering, &gathering->times->wrong, err) != 0) {
        return err_where(err, "--file-times");
    }
    want_folders(gathering);
    TRY(bodyfile_each(path, keep_file, gathering, &again, err));
    bind_logs(gathering);
    return 0;
}

/* ---- logs as they lie here ---- */

static int64_t second_of(const struct statx_timestamp *time, bool is_told)
{
    return is_told && time->tv_sec > 0 ? time->tv_sec : FILETIME_NONE;
}

static int add_source(struct filetimes *times, const struct source *source, struct err *err)
{
    struct statx about;
    char rights[64];
    if (source->fd < 0 || source->archive != NULL || source->is_unnamed ||
        statx(source->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &about) != 0) {
        return 0;
    }
    snprintf(rights, sizeof rights, "%o|%u|%u", (unsigned)about.stx_mode, about.stx_uid, about.stx_gid);
    const struct file_entry file = {.path = str_of(source->path),
                                    .rights = str_hash(str_of(rights)),
                                    .written = second_of(&about.stx_mtime, true),
                                    .changed = second_of(&about.stx_ctime, true),
                                    .born = second_of(&about.stx_btime, (about.stx_mask & STATX_BTIME) != 0)};
    return add_file(times, &file, err);
}

static int gather_here(struct gathering *gathering, struct err *err)
{
    struct filetimes *times = gathering->times;
    const struct sources *sources = &gathering->run->sources;
    times->all = calloc(sources->count + 1, sizeof *times->all); /* so that it does not move */
    if (times->all == NULL) {
        return err_no_memory(err);
    }
    times->cap = sources->count + 1;
    for (size_t i = 0; i < sources->count; i++) {
        size_t before = times->count;
        TRY(add_source(times, &sources->all[i], err));
        times->logs[i].entry = times->count > before ? &times->all[before] : NULL;
    }
    return 0;
}

int filetimes_gather(struct run *run, struct err *err)
{
    struct filetimes *times = run->file_times = calloc(1, sizeof *times);
    if (times == NULL) {
        return err_no_memory(err);
    }
    struct gathering gathering = {.times = times, .run = run};
    arena_init(&times->keep, 0);
    times->logs = calloc(run->sources.count + 1, sizeof *times->logs);
    if (times->logs == NULL) {
        return err_no_memory(err);
    }
    const char *given = run->options->file_times;
    int rc = given != NULL ? gather_given(&gathering, given, err) : gather_here(&gathering, err);
    free(gathering.wanted);
    return rc;
}

void filetimes_free(struct filetimes *times)
{
    if (times != NULL) {
        free(times->all);
        free(times->logs);
        arena_clear(&times->keep);
        free(times);
    }
}
