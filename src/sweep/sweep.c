/* Steers: walk ─▶ what releases say of the path ─▶ pool of lookers ─▶ records in path order ─▶ totals, summary. */
#include <stdlib.h>

#include "assay/sweep.h"
#include "base/json.h"
#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/time.h"
#include "sweep/ahead.h"
#include "sweep/look.h"
#include "sweep/since.h"

#include "base/banned.h"

/* A window so wide that the other workers go on behind a file that takes as long as a thousand others. */
enum { WORKERS_MAX = 64, CLASSES_MAX = 32, TELL_EVERY = 64, WINDOW_PER_WORKER = 1024 };

struct total {
    const char *class;
    uint64_t count, bytes;
};

struct totals {
    struct total rows[CLASSES_MAX];
    size_t count;
};

/* One entry of the walk, on its way through the pool. */
struct job {
    struct walk_entry *entry;
    struct known_place place;
};

struct sweep {
    const struct assay_sweep_options *options;
    const struct assay_sink *sink;
    const struct books *books;
    struct known *known; /* releases, and a manifest of --since; NULL: none given */
    struct since *since; /* findings of an earlier sweep; NULL: none given */
    unsigned workers;
    struct looker **lookers;
    struct lock large; /* see looker_new() */
    struct walk *walk;
    const char *source;    /* the path being swept */
    struct totals totals;  /* of this path */
    struct totals all;     /* of every path */
    struct totals classes; /* findings by class */
    struct totals entries; /* of archives, of every path */
    uint64_t files, bytes, web_files, findings, archives;
    bool is_complete;
    int64_t began;
    struct ahead *ahead; /* counts what there is; NULL: not begun, or not wanted */
    bool is_ahead_begun;
    struct err walk_err; /* why the walk ended early; kind NONE if it didn't */
};

static void totals_add(struct totals *totals, const char *class, uint64_t count, uint64_t bytes)
{
    size_t i = 0;
    while (i < totals->count && strcmp(totals->rows[i].class, class) != 0) {
        i++;
    }
    if (i == CLASSES_MAX) {
        i--; /* there are fewer classes than rows; kept from writing beyond them all the same */
    } else if (i == totals->count) {
        totals->rows[totals->count++] = (struct total){class, 0, 0};
    }
    totals->rows[i].count += count;
    totals->rows[i].bytes += bytes;
}

static void *next_job(void *self)
{
    struct sweep *sweep = self;
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        err_set(&sweep->walk_err, ERR_LIMIT, "out of memory");
        return NULL;
    }
    if (walk_next(sweep->walk, &job->entry, &sweep->walk_err) != 0 || job->entry == NULL ||
        (sweep->known != NULL && known_place(sweep->known, job->entry, &job->place, &sweep->walk_err) != 0)) {
        free(job->entry);
        free(job);
        return NULL;
    }
    return job;
}

static void *work(void *self, unsigned worker, void *pointer)
{
    struct sweep *sweep = self;
    const struct job *job = pointer;
    struct look *look = malloc(sizeof *look);
    if (look != NULL) {
        *look = look_at(sweep->lookers[worker], walk_root(sweep->walk), sweep->source, job->entry,
                        sweep->known != NULL ? &job->place : NULL);
    }
    return look;
}

static void drop(void *self, void *pointer, void *result)
{
    (void)self;
    struct job *job = pointer;
    struct look *look = result;
    if (look != NULL) {
        look_clear(look);
    }
    free(look);
    free(job->entry);
    free(job);
}

/* The path as a person would write it: the one given, and what is below it. */
static void path_of(const struct sweep *sweep, const struct walk_entry *entry, struct buf *path)
{
    struct str source = str_of(sweep->source);
    buf_put(path, source);
    if (walk_is_file(sweep->walk) || entry->len == 0) {
        return;
    }
    if (!str_ends(source, STR("/"))) {
        buf_putc(path, '/');
    }
    buf_put(path, (struct str){entry->path, entry->len});
}

static int emit_skipped(struct sweep *sweep, struct str path, const struct look *look, struct err *err)
{
    const char *why = look->error != 0 ? strerror(look->error) : look->inside != NULL ? look->inside->why : "";
    if (why[0] != '\0') {
        assay_complain(sweep->sink, path, str_of(why));
    }
    json_t *why_text = look->inside != NULL && why[0] != '\0' ? assay_text(str_of(why), INSIDE_WHY_BYTES) : NULL;
    return assay_emit(sweep->sink, ASSAY_COVERAGE,
                      json_pack("{s:o, s:s, s:o, s:i, s:I, s:o*}", "source", assay_text(str_of(sweep->source), 4096),
                                "class", look->class, "path", assay_text(path, 4096), "count", 1, "bytes",
                                (json_int_t)look->bytes, "why", why_text),
                      err);
}

static int emit_finding(struct sweep *sweep, struct str path, json_t *finding, uint64_t bytes, struct err *err)
{
    enum found_class class = found_class_of(str_of(json_text(finding, "class", "")));
    int failed = json_object_set_new(finding, "path", assay_text(path, 4096));
    if (failed == 0 && sweep->since != NULL && since_had(sweep->since, finding)) {
        failed = json_object_set_new(finding, "before", json_true());
    } else {
        totals_add(&sweep->classes, found_class_name(class), 1, bytes);
        sweep->findings++;
    }
    if (failed != 0) {
        json_decref(finding);
        finding = NULL;
    }
    return assay_emit(sweep->sink, ASSAY_FINDING, finding, err);
}

/* How far it is. The total is known once another thread has counted it, and 0 before. */
static void tell(struct sweep *sweep)
{
    if (sweep->options->counts && !sweep->is_ahead_begun && time_ticks() - sweep->began > NS_PER_S) {
        sweep->is_ahead_begun = true;
        sweep->ahead = ahead_start(sweep->options->paths, sweep->options->path_count);
    }
    const struct assay_progress progress = {.verb = "sweep",
                                            .unit = "files",
                                            .done = sweep->files,
                                            .total = ahead_total(sweep->ahead),
                                            .bytes = sweep->bytes,
                                            .found = sweep->findings};
    assay_tell(sweep->sink, &progress);
}

static void count(struct sweep *sweep, const struct look *look)
{
    sweep->files++;
    sweep->bytes += look->bytes;
    sweep->web_files += look->is_web;
    sweep->is_complete = sweep->is_complete && !look->hides;
    totals_add(&sweep->totals, look->class, 1, look->bytes);
    totals_add(&sweep->all, look->class, 1, look->bytes);
    if (sweep->known != NULL) {
        known_count(sweep->known, &look->known);
    }
    if (look->inside != NULL) {
        sweep->archives += look->inside->is_opened;
        for (size_t i = 0; i < look->inside->row_count; i++) {
            const struct inside_row *row = &look->inside->rows[i];
            totals_add(&sweep->entries, row->class, row->count, row->bytes);
        }
    }
    if (sweep->files % TELL_EVERY == 0) {
        tell(sweep);
    }
}

/* Behind the archive itself: what was found in it, then which entries were not seen. "path" is of the tree, "entry" is not. */
static int emit_inside(struct sweep *sweep, struct str path, const struct inside *inside, struct err *err)
{
    size_t i;
    json_t *finding, *row;
    json_array_foreach(inside->findings, i, finding)
    {
        OWN(own_buf) struct buf full = {.max = 1 << 20};
        buf_put(&full, path);
        buf_puts(&full, json_text(finding, "path", ""));
        TRY(buf_check(&full, err));
        TRY(emit_finding(sweep, buf_str(&full), json_incref(finding), (uint64_t)json_int(finding, "bytes", 0), err));
    }
    json_array_foreach(inside->unseen, i, row)
    {
        OWN(own_buf) struct buf full = {.max = 1 << 20};
        buf_put(&full, path);
        buf_puts(&full, json_text(row, "entry", ""));
        TRY(buf_check(&full, err));
        TRY(assay_emit(sweep->sink, ASSAY_COVERAGE,
                       json_pack("{s:o, s:s, s:n, s:o, s:i, s:I}", "source", assay_text(str_of(sweep->source), 4096),
                                 "class", json_text(row, "class", ""), "path", "entry",
                                 assay_text(buf_str(&full), 8192), "count", 1, "bytes", json_int(row, "bytes", 0)),
                       err));
    }
    return 0;
}

/* What is told of a file beside findings: its digests, or how it was read. */
static int emit_measure(struct sweep *sweep, struct str path, struct look *look, struct err *err)
{
    json_t *measure = look->measure;
    look->measure = NULL;
    if (!sweep->options->learn && json_object_set_new(measure, "path", assay_text(path, 4096)) != 0) {
        json_decref(measure);
        measure = NULL;
    }
    return assay_emit(sweep->sink, ASSAY_MEASURE, measure, err);
}

static int record(struct sweep *sweep, const struct walk_entry *entry, struct look *look, struct err *err)
{
    if (look == NULL || look->failed) {
        return err_no_memory(err);
    }
    count(sweep, look);
    bool is_known = known_class(&look->known) != NULL, is_read = is_known || strcmp(look->class, "read") == 0;
    bool is_unseen = sweep->since != NULL && (look->hides || is_known);
    if (is_read && look->finding == NULL && look->inside == NULL && look->measure == NULL && !is_unseen) {
        return 0;
    }
    OWN(own_buf) struct buf path = {.max = 1 << 16};
    path_of(sweep, entry, &path);
    TRY(buf_check(&path, err));
    if (is_unseen) {
        since_unseen(sweep->since, buf_str(&path));
    }
    if (look->measure != NULL) {
        TRY(emit_measure(sweep, buf_str(&path), look, err));
    }
    if (look->finding != NULL) {
        json_t *finding = look->finding;
        look->finding = NULL;
        TRY(emit_finding(sweep, buf_str(&path), finding, look->bytes, err));
    }
    if (look->inside != NULL) {
        TRY(emit_inside(sweep, buf_str(&path), look->inside, err));
    }
    return is_read ? 0 : emit_skipped(sweep, buf_str(&path), look, err);
}

static int done(void *self, void *pointer, void *result, struct err *err)
{
    const struct job *job = pointer;
    int failed = record(self, job->entry, result, err);
    drop(self, pointer, result);
    return failed;
}

static int emit_totals(struct sweep *sweep, struct err *err)
{
    for (size_t i = 0; i < sweep->totals.count; i++) {
        const struct total *row = &sweep->totals.rows[i];
        TRY(assay_emit(sweep->sink, ASSAY_COVERAGE,
                       json_pack("{s:o, s:s, s:n, s:I, s:I}", "source", assay_text(str_of(sweep->source), 4096),
                                 "class", row->class, "path", "count", (json_int_t)row->count, "bytes",
                                 (json_int_t)row->bytes),
                       err));
    }
    sweep->totals.count = 0;
    return 0;
}

static int emit_missing(void *self, struct str path, const char *release, struct err *err)
{
    const struct sweep *sweep = self;
    return assay_emit(
        sweep->sink, ASSAY_MEASURE,
        json_pack("{s:s, s:o, s:s}", "class", "missing", "path", assay_text(path, 4096), "release", release), err);
}

static int sweep_path(struct sweep *sweep, const char *path, struct err *err)
{
    OWN(own_walk) struct walk *walk = walk_open(path, err);
    if (walk == NULL) {
        return -1;
    }
    sweep->walk = walk;
    sweep->source = path;
    if (sweep->known != NULL) {
        known_enter(sweep->known, walk_root(walk), str_of(path), walk_is_file(walk));
    }
    const struct pool_spec spec = {.self = sweep,
                                   .workers = sweep->workers,
                                   .window = (size_t)sweep->workers * WINDOW_PER_WORKER,
                                   .next = next_job,
                                   .work = work,
                                   .done = done,
                                   .drop = drop};
    int failed = pool_run(&spec, err);
    for (unsigned i = 0; i < sweep->workers; i++) {
        looker_leave(sweep->lookers[i]);
    }
    TRY(failed);
    if (sweep->walk_err.kind != ERR_NONE) {
        *err = sweep->walk_err;
        return -1;
    }
    if (sweep->known != NULL) {
        TRY(known_leave(sweep->known, sweep, sweep->options->all ? emit_missing : NULL, err));
    }
    return emit_totals(sweep, err);
}

static json_t *counts_json(const struct totals *totals, const char *but)
{
    json_t *object = json_object();
    for (size_t i = 0; i < totals->count; i++) {
        if (strcmp(totals->rows[i].class, but) != 0 &&
            json_object_set_new(object, totals->rows[i].class, json_integer((json_int_t)totals->rows[i].count)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static int emit_summary(struct sweep *sweep, int64_t began, struct err *err)
{
    struct total read = {"read", 0, 0};
    for (size_t i = 0; i < sweep->all.count; i++) {
        read = strcmp(sweep->all.rows[i].class, read.class) == 0 ? sweep->all.rows[i] : read;
    }
    uint64_t entries = 0, entries_read = 0;
    for (size_t i = 0; i < sweep->entries.count; i++) {
        const struct total *row = &sweep->entries.rows[i];
        entries += row->count;
        entries_read += strcmp(row->class, read.class) == 0 ? row->count : 0;
    }
    double seconds = (double)(time_ticks() - began) / (double)NS_PER_S;
    json_t *since = sweep->since != NULL ? since_json(sweep->since, sweep->findings) : known_since_json(sweep->known);
    return assay_emit(sweep->sink, ASSAY_SUMMARY,
                      json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:I, s:I, s:o, s:f, s:b, s:o, s:o}",
                                "files", (json_int_t)sweep->files, "bytes", (json_int_t)sweep->bytes, "read",
                                (json_int_t)read.count, "read_bytes", (json_int_t)read.bytes, "web_files",
                                (json_int_t)sweep->web_files, "skipped", counts_json(&sweep->all, "read"), "findings",
                                (json_int_t)sweep->findings, "classes", counts_json(&sweep->classes, ""), "archives",
                                (json_int_t)sweep->archives, "entries", (json_int_t)entries, "entries_read",
                                (json_int_t)entries_read, "entries_skipped", counts_json(&sweep->entries, "read"),
                                "seconds", seconds, "complete", sweep->is_complete, "known", known_json(sweep->known),
                                "since", since),
                      err);
}

static int make_lookers(struct sweep *sweep, struct err *err)
{
    sweep->workers = sweep->options->jobs != 0 ? sweep->options->jobs : pool_cores();
    sweep->workers = sweep->workers > WORKERS_MAX ? WORKERS_MAX : sweep->workers;
    sweep->lookers = calloc(sweep->workers, sizeof *sweep->lookers);
    if (sweep->lookers == NULL) {
        return err_no_memory(err);
    }
    for (unsigned i = 0; i < sweep->workers; i++) {
        sweep->lookers[i] = looker_new(sweep->books, sweep->options->all || sweep->options->explain,
                                       sweep->options->learn     ? LOOK_LEARN
                                       : sweep->options->explain ? LOOK_EXPLAIN
                                                                 : LOOK_SWEEP,
                                       &sweep->large, err);
        if (sweep->lookers[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

/* A path that can't be opened at all ends the run before anything is read. */
static int check_paths(const struct assay_sweep_options *options, struct err *err)
{
    if (options->path_count == 0) {
        return err_set(err, ERR_USAGE, "no path given");
    }
    for (size_t i = 0; i < options->path_count; i++) {
        OWN(own_walk) struct walk *walk = walk_open(options->paths[i], err);
        if (walk == NULL) {
            return -1;
        }
    }
    return 0;
}

static int load_known(struct sweep *sweep, struct err *err)
{
    const struct assay_sweep_options *options = sweep->options;
    bool is_manifest = false;
    if (options->since != NULL) {
        TRY(since_probe(options->since, &is_manifest, err));
    }
    if (options->since != NULL && !is_manifest) {
        sweep->since = since_load(options->since, err);
        TRY(sweep->since == NULL);
    }
    if (options->known_count != 0 || is_manifest) {
        sweep->known = known_load(options->known_paths, options->known_count, is_manifest ? options->since : NULL, err);
        TRY(sweep->known == NULL);
    }
    return 0;
}

/* A finding of before that is not there: counted, and told to who wants all. */
static int emit_gone(void *self, struct str path, const char *class, const char *sha256, struct err *err)
{
    const struct sweep *sweep = self;
    return assay_emit(sweep->sink, ASSAY_MEASURE,
                      json_pack("{s:s, s:o, s:s, s:s}", "class", "gone", "path", assay_text(path, 4096), "was", class,
                                "sha256", sha256),
                      err);
}

static int settle(struct sweep *sweep, struct err *err)
{
    size_t at = 0;
    for (const char *name; (name = known_unplaced(sweep->known, &at)) != NULL;) {
        assay_complain(sweep->sink, str_of(name),
                       STR("no directory here is what it was made of; nothing was left out because of it"));
    }
    const struct since_scope scope = {sweep->options->paths, sweep->options->path_count, sweep->options->all,
                                      sweep->books->given != NULL};
    return sweep->since == NULL
               ? 0
               : since_settle(sweep->since, &scope, sweep, sweep->options->all ? emit_gone : NULL, err);
}

static int run(struct sweep *sweep, int64_t began, struct err *err)
{
    TRY(check_paths(sweep->options, err));
    TRY(load_known(sweep, err));
    TRY(make_lookers(sweep, err));
    for (size_t i = 0; i < sweep->options->path_count; i++) {
        TRY(sweep_path(sweep, sweep->options->paths[i], err));
    }
    TRY(settle(sweep, err));
    return emit_summary(sweep, began, err);
}

int assay_sweep(const struct assay_sweep_options *options, const struct assay_sink *sink, struct err *err)
{
    int64_t began = time_ticks();
    OWN(own_rules) struct rules *rules = rules_load(options->rules_dir, err);
    if (rules == NULL) {
        return -1;
    }
    OWN(own_rules) struct rules *given = NULL;
    if (options->rule_path_count != 0) {
        given = rules_load_given(options->rule_paths, options->rule_path_count, err);
        if (given == NULL) {
            return -1;
        }
    }
    OWN(own_faults) struct faults *faults = NULL;
    if (options->tools_file != NULL) {
        faults = faults_load(options->tools_file, err);
        if (faults == NULL) {
            return -1;
        }
    }
    const struct books books = {rules, given, faults};
    struct sweep sweep = {.options = options, .sink = sink, .books = &books, .is_complete = true, .began = began};
    lock_init(&sweep.large);
    int failed = run(&sweep, began, err);
    for (unsigned i = 0; sweep.lookers != NULL && i < sweep.workers; i++) {
        looker_free(sweep.lookers[i]);
    }
    free(sweep.lookers);
    known_free(sweep.known);
    since_free(sweep.since);
    ahead_stop(sweep.ahead);
    lock_end(&sweep.large);
    return failed;
}
