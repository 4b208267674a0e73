/* Files of the web root that were written while the logs ran, beside the requests that wrote them (written.c).
 *
 * Who cuts lines out of a log leaves the files that those requests made, with the time of their writing. Only names and times of the
 * tree are looked at, the logs are read once more. Nothing is compared where the logs do not say their zone, in the seconds
 * at their ends, or when there is more than there is room for. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "base/walk.h"
#include "trace/contradict.h"
#include "trace/proxy.h"
#include "trace/written.h"

#include "base/banned.h"

enum {
    FILES_MAX = 1 << 14,
    REQUESTS_MAX = 1 << 17,
    FOLDERS_MAX = 1 << 10,
    SLOTS = FILES_MAX * 2,
    EXAMPLES = 8,
    AT_END = 60,     /* seconds: requests that began before the first line, or end behind the last */
    AT_END_PART = 10 /* ... or this part of logs that are short */
};

struct look {
    struct run *run;
    int64_t from, to, end; /* of web logs; how long their ends are */
    struct written_file *files;
    size_t file_count;
    struct str folders[FOLDERS_MAX];
    size_t folder_count;
    uint32_t slots[SLOTS]; /* file + 1, by hash of its path */
    struct written_request *requests;
    size_t request_count, request_cap;
    struct paths seeds;
    const struct source *source; /* of the job that is read */
    uint64_t order, all_files, unreadable;
    bool is_full;
    struct arena keep;
    struct err *err;
};

/* ---- the tree ---- */

static struct str folder_of(struct str path)
{
    const char *slash = memrchr(path.data, '/', path.len);
    return slash == NULL ? (struct str){path.data, 0} : str_slice(path, 0, (size_t)(slash - path.data) + 1);
}

static size_t folder_number(const struct look *look, struct str folder)
{
    size_t at = 0;
    while (at < look->folder_count && !str_eq(look->folders[at], folder)) {
        at++;
    }
    return at;
}

static size_t slot_of(const struct look *look, struct str path)
{
    size_t slot = (size_t)(str_hash(path) % SLOTS);
    while (look->slots[slot] != 0 && !str_eq(look->files[look->slots[slot] - 1].path, path)) {
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

/* "uploads/a.php" as "/uploads/a.php" */
static int add_file(struct look *look, struct str below, int64_t second)
{
    OWN(own_buf) struct buf text = {0};
    buf_put(&text, STR("/"));
    buf_put(&text, below);
    struct str path = arena_str(&look->keep, buf_str(&text), look->err);
    if (text.failed || path.data == NULL) {
        return text.failed ? err_no_memory(look->err) : -1;
    }
    size_t folder = folder_number(look, folder_of(path));
    if (folder == FOLDERS_MAX || look->file_count == FILES_MAX) {
        look->is_full = true;
        return 0;
    }
    if (folder == look->folder_count) {
        look->folders[look->folder_count++] = folder_of(path);
    }
    look->files[look->file_count++] =
        (struct written_file){.path = path,
                              .folder = (uint32_t)folder,
                              .second = second,
                              .is_at_end = second <= look->from + look->end || second >= look->to - look->end};
    look->slots[slot_of(look, path)] = (uint32_t)look->file_count;
    return 0;
}

static int take_entry(struct look *look, int root, const struct walk_entry *entry)
{
    struct stat about;
    if (entry->kind == WALK_CLOSED_DIR || entry->kind == WALK_LOST) {
        look->unreadable++;
        return 0;
    }
    if (entry->kind != WALK_FILE) {
        return 0;
    }
    look->all_files++;
    if (fstatat(root, entry->path, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        look->unreadable++;
        return 0;
    }
    int64_t second = (int64_t)about.st_mtime;
    bool is_then = second >= look->from && second <= look->to;
    return is_then ? add_file(look, (struct str){entry->path, entry->len}, second) : 0;
}

static int walk_tree(struct look *look, const char *folder)
{
    OWN(own_walk) struct walk *walk = walk_open(folder, look->err);
    if (walk == NULL) {
        return err_where(look->err, "--tree");
    }
    for (;;) {
        OWN(own_mem) struct walk_entry *entry = NULL;
        TRY(walk_next(walk, &entry, look->err));
        if (entry == NULL) {
            return 0;
        }
        TRY(take_entry(look, walk_root(walk), entry));
    }
}

static int by_second(const void *a, const void *b)
{
    const struct written_file *x = a, *y = b;
    return x->second != y->second ? (x->second < y->second ? -1 : 1) : str_cmp(x->path, y->path);
}

/* In time order, and the index of paths over that. */
static void sort_files(struct look *look)
{
    qsort(look->files, look->file_count, sizeof *look->files, by_second);
    memset(look->slots, 0, sizeof look->slots);
    for (size_t i = 0; i < look->file_count; i++) {
        look->slots[slot_of(look, look->files[i].path)] = (uint32_t)(i + 1);
    }
}

/* ---- the requests ---- */

static size_t first_file_from(const struct look *look, int64_t second)
{
    size_t low = 0, high = look->file_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        bool is_before = look->files[mid].second < second;
        low = is_before ? mid + 1 : low;
        high = is_before ? high : mid;
    }
    return low;
}

static int add_request(struct look *look, const struct written_request *one)
{
    if (look->request_count == REQUESTS_MAX) {
        look->is_full = true;
        return 0;
    }
    if (look->request_count == look->request_cap) {
        size_t cap = look->request_cap == 0 ? 256 : look->request_cap * 2;
        struct written_request *grown = reallocarray(look->requests, cap, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(look->err);
        }
        look->requests = grown;
        look->request_cap = cap;
    }
    look->requests[look->request_count++] = *one;
    return 0;
}

/* A script that anybody may have put there, or that a followed path is, may write what it likes. */
static void note_script(struct look *look, int64_t second, struct str path)
{
    size_t i = first_file_from(look, second - WRITTEN_BEFORE);
    if (i == look->file_count || look->files[i].second > second + WRITTEN_BEFORE) {
        return; /* as nearly every line: its folder need not be looked for */
    }
    bool is_seed = path_match(&look->seeds, path) != NO_PATH;
    size_t folder = path_is_script(path) ? folder_number(look, folder_of(path)) : look->folder_count;
    if (!is_seed && folder == look->folder_count) {
        return;
    }
    for (; i < look->file_count && look->files[i].second <= second + WRITTEN_BEFORE; i++) {
        look->files[i].is_scripted |= is_seed || look->files[i].folder == folder;
    }
}

static void note_read(struct look *look, int64_t second, struct client_key key, struct str path)
{
    uint32_t at = look->slots[slot_of(look, path)];
    struct written_file *file = at == 0 ? NULL : &look->files[at - 1];
    if (file != NULL && !file->is_read && second >= file->second - WRITTEN_NEAR) {
        file->is_read = true;
        file->reader = key;
        file->read_at = second;
        file->read_order = look->order;
    }
}

static int take_line(struct look *look, const struct log_line *line)
{
    char normal[PATH_BYTES];
    struct str path = {normal, path_normal(normal, log_field(line, line->target))};
    struct str method = log_field(line, line->method);
    if (path.len == 0 || line->status < 200 || line->status > 399) {
        return 0;
    }
    struct client_key key = client_key_of(client_of(look->run, look->source, line));
    note_script(look, line->second, path);
    if (!str_eq(method, STR("POST")) && !str_eq(method, STR("PUT")) && !str_eq(method, STR("PATCH"))) {
        note_read(look, line->second, key, path);
        return 0;
    }
    size_t near = first_file_from(look, line->second - WRITTEN_LONG);
    bool is_near = near < look->file_count && look->files[near].second <= line->second + WRITTEN_LONG;
    const struct written_request one = {
        .second = line->second, .order = look->order, .key = key, .page = str_hash(path)};
    return is_near ? add_request(look, &one) : 0;
}

static int take_batch(void *self, const struct log_batch *batch, uint64_t offset, uint64_t number, struct err *err)
{
    struct look *look = self;
    (void)offset;
    (void)number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        look->order++;
        if (log_is_parsed(&batch->lines[i])) {
            TRY(take_line(look, &batch->lines[i]));
        }
    }
    return 0;
}

static bool is_wanted(void *self, const struct job *job)
{
    struct look *look = self;
    look->source = &look->run->sources.all[job->source];
    return look->file_count > 0 && job->last >= look->files[0].second - WRITTEN_LONG;
}

static int read_requests(struct look *look)
{
    OWN(own_mem) struct str *paths = calloc(look->run->seed_count + 1, sizeof *paths);
    if (paths == NULL) {
        return err_no_memory(look->err);
    }
    for (size_t i = 0; i < look->run->seed_count; i++) {
        paths[i] = look->run->seeds[i].path;
    }
    TRY(paths_init(&look->seeds, paths, look->run->seed_count, look->err));
    const struct feed_taker taker = {.self = look, .take = take_batch};
    int rc = read_again(look->run, is_wanted, &taker, look->err);
    paths_free(&look->seeds);
    return rc;
}

/* ---- telling ---- */

static json_t *file_json(const struct telling *telling, const struct written_file *file)
{
    OWN(own_buf) struct buf name = {0};
    json_t *example = json_object();
    buf_puts(&name, telling->run->options->tree);
    buf_put(&name, file->path);
    json_object_set_new(example, "source", name.failed ? NULL : assay_text(buf_str(&name), TEXT_CUT));
    json_object_set_new(example, "path", assay_text(file->path, TEXT_CUT));
    json_object_set_new(example, "time", time_of(file->second));
    return example;
}

static int tell_unexplained(struct telling *telling, const struct look *look, uint64_t by_upload, uint64_t by_nobody)
{
    int64_t from = INT64_MAX, to = INT64_MIN;
    uint64_t told = 0;
    struct str first = {0};
    json_t *examples = json_array();
    for (size_t i = 0; i < look->file_count; i++) {
        const struct written_file *file = &look->files[i];
        if (file->state == WRITTEN_BY_NOBODY) {
            from = file->second < from ? file->second : from;
            to = file->second > to ? file->second : to;
            first = told == 0 ? file->path : first;
            if (told++ < EXAMPLES) {
                json_array_append_new(examples, file_json(telling, file));
            }
        }
    }
    char says[640];
    snprintf(
        says, sizeof says,
        "%llu %s, %.*s%s, written while the web logs ran in folders to which visitors upload (%llu others of that time have their upload "
        "there): no upload is left in the logs that may have brought it, and no script of its folder was asked for then",
        (unsigned long long)by_nobody, by_nobody == 1 ? "file" : "files",
        STR_FMT(str_slice(first, 0, first.len < 200 ? first.len : 200)), by_nobody == 1 ? "" : " and others",
        (unsigned long long)by_upload);
    const struct sign sign = {
        .kind = "file without the request that wrote it",
        .source = telling->run->options->tree,
        .says = says,
        .innocent =
            "a file that came by FTP, SSH, a timer or a restored copy, whose time was set, or that an upload made beside another "
            "one under another name",
        .of = LOG_WEB,
        .count = by_nobody,
        .base = -1,
        .from = from,
        .to = to,
        .examples = examples};
    return sign_tell(telling, &sign);
}

static int tell_files(struct telling *telling, const struct look *look)
{
    uint64_t states[WRITTEN_BY_NOBODY + 1] = {0};
    for (size_t i = 0; i < look->file_count; i++) {
        states[look->files[i].state]++;
    }
    struct record record = record_new();
    record_set(&record, "class", json_string("files written"));
    record_text(&record, "source", str_of(telling->run->options->tree));
    record_count(&record, "files", look->all_files);
    record_count(&record, "unreadable", look->unreadable);
    record_count(&record, "in_time", look->file_count);
    record_set(&record, "too_many", json_boolean(look->is_full));
    record_count(&record, "by_upload", states[WRITTEN_BY_UPLOAD]);
    record_count(&record, "by_script", states[WRITTEN_BY_SCRIPT]);
    record_count(&record, "beside_another", states[WRITTEN_BESIDE]);
    record_count(&record, "perhaps_by_upload", states[WRITTEN_MAYBE]);
    record_count(&record, "not_known", states[WRITTEN_UNKNOWN]);
    record_count(&record, "without_request", states[WRITTEN_BY_NOBODY]);
    TRY(record_emit(telling, ASSAY_MEASURE, &record));
    return states[WRITTEN_BY_NOBODY] == 0
               ? 0
               : tell_unexplained(telling, look, states[WRITTEN_BY_UPLOAD], states[WRITTEN_BY_NOBODY]);
}

static bool web_is_zoned(const struct run *run)
{
    bool is_zoned = true;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct log_reader *reader = &run->sources.all[i].reader;
        bool has_lines = run->sources.all[i].first <= run->sources.all[i].last;
        is_zoned &= !has_lines || reader->format->kind != LOG_WEB || (reader->has & LOG_HAS_ZONE) != 0 ||
                    run->options->has_zone;
    }
    return is_zoned;
}

static int compare(struct telling *telling, struct look *look)
{
    TRY(walk_tree(look, telling->run->options->tree));
    if (look->file_count > 0 && !look->is_full) {
        sort_files(look);
        TRY(read_requests(look));
    }
    if (!look->is_full) {
        TRY(written_compare(look->files, look->file_count, look->requests, look->request_count, telling->err));
    }
    return tell_files(telling, look);
}

int tell_written(struct telling *telling)
{
    int64_t from, to;
    if (telling->run->options->tree == NULL || !web_is_zoned(telling->run) ||
        !kind_range(telling->run, LOG_WEB, &from, &to)) {
        return 0;
    }
    OWN(own_mem) struct look *look = calloc(1, sizeof *look);
    OWN(own_mem) struct written_file *files = calloc(FILES_MAX, sizeof *files);
    if (look == NULL || files == NULL) {
        return err_no_memory(telling->err);
    }
    int64_t part = (to - from) / AT_END_PART;
    look->run = telling->run;
    look->err = telling->err;
    look->files = files;
    look->from = from;
    look->to = to;
    look->end = part < AT_END ? part : AT_END;
    arena_init(&look->keep, 0);
    int rc = compare(telling, look);
    free(look->requests);
    arena_clear(&look->keep);
    return rc;
}
