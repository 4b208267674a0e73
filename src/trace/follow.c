/* The second pass: what the suspects did, line by line, and what could have brought the file.
 *
 * Only jobs that can matter are read: those of stretches in which a suspect was seen, and those whose times touch
 * a window before a first use or around a file's time. Each job fills small tables of its own, bounded, which
 * are merged in job order. A log without bodies cannot show an upload: what is kept is the last request before
 * the first use that could have carried one. */
#include <stdlib.h>

#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"
#include "trace/proxy.h"

#include "base/banned.h"

enum {
    TOUCHED_MAX = 4096, /* (client, path) rows */
    USES_SHOWN = 24,    /* ordinary requests of one client to one path */
    DUMPS_SHOWN = 64,
    MOMENTS_MAX = 8192,
    ANY_WINDOW = 86400,   /* seconds before a first use in which anybody's upload counts */
    FILE_BEFORE = 30,     /* a server stamps a request when it begins: the file may be this much younger ... */
    FILE_AFTER = 2,       /* ... or this much older */
    FILE_SAME = 2,        /* this near, a request and a file's time are one moment */
    ASKED_WITHIN = 86400, /* seconds in which whoever brought a file asks for it */
    SUSPECT_SLOTS = SUSPECTS_MAX * 4,
    TEXT_BYTES = 512,
    TARGET_BYTES = 4096, /* what it carries, encoded, must be whole to be decoded */
    WINDOW_PER_WORKER = 4
};

struct tables {
    struct follow out; /* of one job, or of the run */
    struct arena text;
    uint32_t *touched_index;
    uint16_t (*shown)[2]; /* per use: ordinary, dumps */
};

struct result {
    struct err err;
    struct tables tables;
};

struct pass {
    struct run *run;
    const struct suspect *suspects;
    size_t count;
    uint16_t slots[SUSPECT_SLOTS]; /* suspect + 1 */
    struct paths paths;
    uint64_t stretches;    /* in which any suspect was seen */
    int64_t (*windows)[2]; /* [from, to] in seconds; two a seed */
    size_t window_count;
    struct feed **feeds; /* one a worker */
    size_t next;
    struct tables *merged;
};

struct working {
    struct pass *pass;
    const struct job *job;
    const struct source *source;
    struct tables *tables;
};

static size_t suspect_slot(struct client_key key)
{
    return (size_t)((key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}
_Static_assert(SUSPECT_SLOTS == 1 << 10, "suspect_slot gives ten bits");

static int suspect_of(const struct pass *pass, struct client_key key)
{
    size_t slot = suspect_slot(key);
    while (pass->slots[slot] != 0) {
        int i = pass->slots[slot] - 1;
        if (client_key_eq(pass->suspects[i].key, key)) {
            return i;
        }
        slot = (slot + 1) % SUSPECT_SLOTS;
    }
    return -1;
}

static bool in_window(const struct pass *pass, int64_t from, int64_t to)
{
    for (size_t i = 0; i < pass->window_count; i++) {
        if (to >= pass->windows[i][0] && from <= pass->windows[i][1]) {
            return true;
        }
    }
    return false;
}

/* ---- tables of a job, or of the run ---- */

static int tables_init(struct tables *tables, const struct run *run, size_t suspects, struct err *err)
{
    struct follow *out = &tables->out;
    out->conducts = calloc(suspects + 1, sizeof *out->conducts);
    out->touched = calloc(TOUCHED_MAX, sizeof *out->touched);
    tables->touched_index = calloc((size_t)TOUCHED_MAX * 2, sizeof *tables->touched_index);
    tables->shown = calloc(run->survey.uses.count + 1, sizeof *tables->shown);
    out->uploads = calloc(run->seed_count + 1, sizeof *out->uploads);
    if (out->conducts == NULL || out->touched == NULL || tables->touched_index == NULL || tables->shown == NULL ||
        out->uploads == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to follow %zu clients", suspects);
    }
    for (size_t i = 0; i < suspects; i++) {
        out->conducts[i].first.second = out->conducts[i].last.second = INT64_MIN;
    }
    for (size_t s = 0; s < run->seed_count; s++) {
        for (size_t k = 0; k < UPLOAD_KINDS; k++) {
            out->uploads[s][k].hit.second = INT64_MIN;
        }
    }
    return 0;
}

void follow_free(struct follow *follow)
{
    free(follow->conducts);
    free(follow->touched);
    free(follow->moments);
    free(follow->uploads);
    *follow = (struct follow){0};
}

static void tables_free(struct tables *tables)
{
    follow_free(&tables->out);
    arena_clear(&tables->text);
    free(tables->touched_index);
    free(tables->shown);
}

static int keep_cut(struct arena *arena, struct str text, size_t most, struct str *ret_kept, struct err *err)
{
    *ret_kept = (struct str){"", 0};
    if (text.len > 0) {
        *ret_kept = arena_str(arena, str_slice(text, 0, most), err);
    }
    return ret_kept->data == NULL ? -1 : 0;
}

static int keep_text(struct arena *arena, struct str text, struct str *ret_kept, struct err *err)
{
    return keep_cut(arena, text, TEXT_BYTES, ret_kept, err);
}

/* The row of a path of a suspect, made if it is new; NULL without err when the table is full. */
static struct touched *touched_get(struct tables *tables, uint32_t suspect, struct str path, struct err *err)
{
    struct follow *out = &tables->out;
    size_t mask = (size_t)TOUCHED_MAX * 2 - 1;
    size_t slot = (size_t)(str_hash(path) + suspect * UINT64_C(0x9e3779b97f4a7c15)) & mask;
    for (; tables->touched_index[slot] != 0; slot = (slot + 1) & mask) {
        struct touched *row = &out->touched[tables->touched_index[slot] - 1];
        if (row->suspect == suspect && str_eq(row->path, path)) {
            return row;
        }
    }
    if (out->touched_count == TOUCHED_MAX) {
        out->touched_dropped++;
        return NULL;
    }
    struct touched *row = &out->touched[out->touched_count];
    struct str kept = arena_str(&tables->text, path, err);
    if (kept.data == NULL) {
        return NULL;
    }
    *row = (struct touched){.suspect = suspect, .path = kept, .first = {.second = INT64_MIN}};
    tables->touched_index[slot] = (uint32_t)++out->touched_count;
    return row;
}

static int add_moment(struct tables *tables, const struct moment *moment, struct err *err)
{
    struct follow *out = &tables->out;
    if (out->moment_count == MOMENTS_MAX) {
        out->moments_dropped++;
        return 0;
    }
    if (out->moment_count == out->moment_cap) {
        size_t cap = out->moment_cap == 0 ? 64 : out->moment_cap * 2;
        struct moment *grown = reallocarray(out->moments, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu requests", cap);
        }
        out->moments = grown;
        out->moment_cap = cap;
    }
    struct moment *kept = &out->moments[out->moment_count];
    *kept = *moment;
    TRY(keep_text(&tables->text, moment->method, &kept->method, err));
    TRY(keep_cut(&tables->text, moment->target, TARGET_BYTES, &kept->target, err));
    TRY(keep_text(&tables->text, moment->user, &kept->user, err));
    out->moment_count++;
    return 0;
}

/* Is there still room to show such a request of this use? The first, last and largest always have it. */
static bool wants_moment(struct tables *tables, const struct run *run, const struct use *use,
                         const struct moment *moment)
{
    if (hit_same(&use->first_ok, &moment->hit) || hit_same(&use->last, &moment->hit) ||
        hit_same(&use->largest, &moment->hit)) {
        return true;
    }
    uint16_t *shown = &tables->shown[use - run->survey.uses.rows][moment->is_dump];
    if (*shown < (moment->is_dump ? DUMPS_SHOWN : USES_SHOWN)) {
        (*shown)++;
        return true;
    }
    return false;
}

static int offer_moment(struct tables *tables, const struct run *run, struct client_key key,
                        const struct moment *moment, struct err *err)
{
    const struct use *use = uses_find(&run->survey.uses, moment->seed, key);
    if (use != NULL && wants_moment(tables, run, use, moment)) {
        return add_moment(tables, moment, err);
    }
    tables->out.moments_dropped++;
    return 0;
}

/* Nearer to the first use, or to the file's time. */
static bool upload_is_better(const struct run *run, size_t seed, enum upload_kind kind, const struct hit *a,
                             const struct hit *b)
{
    if (!hit_is(b)) {
        return true;
    }
    if (kind == UPLOAD_FILE_TIME || kind == UPLOAD_CAME) {
        int64_t at = run->seeds[seed].mtime / NS_PER_S;
        int64_t da = a->second > at ? a->second - at : at - a->second;
        int64_t db = b->second > at ? b->second - at : at - b->second;
        if (da != db) {
            return da < db;
        }
    }
    return hit_before(b, a);
}

static void offer_upload(struct tables *tables, const struct run *run, size_t seed, enum upload_kind kind,
                         const struct upload *upload)
{
    struct upload *kept = &tables->out.uploads[seed][kind];
    if (!upload_is_better(run, seed, kind, &upload->hit, &kept->hit)) {
        return;
    }
    *kept = *upload;
}

/* ---- lines ---- */

static void put_text(struct upload *upload, enum upload_text which, struct str text)
{
    text = str_slice(text, 0, UPLOAD_BYTES);
    upload->lens[which] = (uint16_t)text.len;
    if (text.len > 0) {
        memcpy(upload->texts[which], text.data, text.len);
    }
}

/* Sent at the file's own time, by a client that asked for the file afterwards and before anybody was answered there. */
static bool came_with(const struct run *run, size_t seed, struct client_key key, const struct hit *hit, int64_t mtime)
{
    if (hit->second < mtime - FILE_SAME || hit->second > mtime + FILE_SAME) {
        return false;
    }
    const struct hit *first_ok = &run->survey.carriers[seed].first_ok;
    const struct use *use = uses_find(&run->survey.uses, (uint16_t)seed, key);
    return use != NULL && !hit_before(&use->first, hit) && use->first.second - hit->second <= ASKED_WITHIN &&
           (!hit_is(first_ok) || !hit_before(first_ok, &use->first));
}

/* Everything but the window: is this request before the seed's first use, and how does it lie to the file's time? */
static void consider_upload(struct working *working, const struct log_line *line, struct client_key key,
                            const struct hit *hit, int own_seed)
{
    const struct run *run = working->pass->run;
    struct tables *tables = working->tables;
    struct str method = log_field(line, line->method);
    struct upload upload = {.hit = *hit, .key = key};
    put_text(&upload, UPLOAD_ADDRESS, client_of(run, working->source, line));
    put_text(&upload, UPLOAD_METHOD, method);
    put_text(&upload, UPLOAD_TARGET, log_field(line, line->target));
    put_text(&upload, UPLOAD_USER, log_field(line, line->user));
    for (size_t s = 0; s < run->seed_count; s++) {
        if ((int)s == own_seed && str_eq(method, STR("POST"))) {
            continue; /* what is posted to a file is no upload of it */
        }
        const struct hit *first = &run->survey.carriers[s].first_ok;
        int64_t mtime = run->seeds[s].mtime == TIME_NONE ? INT64_MIN : run->seeds[s].mtime / NS_PER_S;
        if (mtime != INT64_MIN && hit->second >= mtime - FILE_BEFORE && hit->second <= mtime + FILE_AFTER) {
            offer_upload(tables, run, s, UPLOAD_FILE_TIME, &upload);
            if (came_with(run, s, key, hit, mtime)) {
                offer_upload(tables, run, s, UPLOAD_CAME, &upload);
            }
        }
        if (!hit_is(first) || !hit_before(hit, first)) {
            continue;
        }
        if (client_key_eq(key, run->survey.carriers[s].first_key)) {
            offer_upload(tables, run, s, UPLOAD_SAME_CLIENT, &upload);
        } else if (first->second - hit->second <= ANY_WINDOW) {
            offer_upload(tables, run, s, UPLOAD_ANY_CLIENT, &upload);
        }
    }
}

static void note_agent(struct conduct *conduct, struct tables *tables, struct str agent)
{
    uint64_t hash = str_hash(agent);
    size_t kept = sizeof conduct->agents / sizeof *conduct->agents;
    for (size_t i = 0; i < conduct->agent_count && i < kept; i++) {
        if (conduct->agents[i] == hash) {
            return;
        }
    }
    if (conduct->agent_count < kept) {
        conduct->agents[conduct->agent_count] = hash;
    }
    conduct->agent_count += conduct->agent_count <= kept;
    if (conduct->agent_count == 1) {
        keep_text(&tables->text, agent, &conduct->agent, NULL);
    }
}

static void note_conduct(struct conduct *conduct, const struct hit *hit, bool is_elsewhere)
{
    conduct->requests++;
    conduct->elsewhere += is_elsewhere;
    conduct->bytes += hit->bytes;
    if (!hit_is(&conduct->first) || hit_before(hit, &conduct->first)) {
        conduct->first = *hit;
    }
    if (!hit_is(&conduct->last) || hit_before(&conduct->last, hit)) {
        conduct->last = *hit;
    }
}

static int note_touched(struct tables *tables, uint32_t suspect, const struct log_line *line, const struct hit *hit,
                        unsigned look, struct err *err)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, log_field(line, line->target));
    bool is_ok = line->status >= 200 && line->status <= 299;
    if (len == 0 || line->status < 200 || line->status > 399) {
        return 0; /* what was not there says little, and a scanner asks for thousands */
    }
    struct err why = {0};
    struct touched *row = touched_get(tables, suspect, (struct str){normal, len}, &why);
    if (row == NULL) {
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    row->requests++;
    row->ok += is_ok;
    row->bytes += hit->bytes;
    row->is_dump |=
        is_ok && (look & (QUERY_DUMP | QUERY_EXPORT)) != 0 && str_eq(log_field(line, line->method), STR("POST"));
    if (!hit_is(&row->first) || hit_before(hit, &row->first)) {
        row->first = *hit;
    }
    return 0;
}

static int note_suspect(struct working *working, uint32_t suspect, const struct log_line *line, int seed,
                        const struct hit *hit, struct err *err)
{
    struct pass *pass = working->pass;
    struct tables *tables = working->tables;
    struct str target = log_field(line, line->target);
    unsigned look = target_look(target);
    note_conduct(&tables->out.conducts[suspect], hit, seed == NO_PATH);
    note_agent(&tables->out.conducts[suspect], tables, log_field(line, line->agent));
    if (seed == NO_PATH) {
        return note_touched(tables, suspect, line, hit, look, err);
    }
    struct str method = log_field(line, line->method);
    bool is_dump = (look & (QUERY_DUMP | QUERY_EXPORT)) != 0 && method_of(method) == METHOD_POST &&
                   line->status >= 200 && line->status <= 299;
    const struct moment moment = {.hit = *hit,
                                  .suspect = suspect,
                                  .seed = (uint16_t)seed,
                                  .is_dump = is_dump,
                                  .look = (uint8_t)look,
                                  .method = method,
                                  .target = target,
                                  .user = log_field(line, line->user)};
    return offer_moment(tables, pass->run, pass->suspects[suspect].key, &moment, err);
}

static int take_batch(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    struct working *working = self;
    struct pass *pass = working->pass;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        uint64_t at = offset + line->skipped;
        offset = at + line->size;
        if (!log_is_parsed(line)) {
            continue;
        }
        struct client_key key = client_key_of(client_of(pass->run, working->source, line));
        int suspect = suspect_of(pass, key);
        bool can_upload = line->status >= 200 && line->status <= 399 && method_uploads(log_field(line, line->method)) &&
                          (suspect >= 0 || in_window(pass, line->second, line->second));
        if (suspect < 0 && !can_upload) {
            continue;
        }
        int seed = line->target.len > 0 ? path_match(&pass->paths, log_field(line, line->target)) : NO_PATH;
        const struct hit hit = {.second = line->second,
                                .nano = line->nano,
                                .source = working->job->source,
                                .offset = at,
                                .line = working->job->lines_before + line_number + line->row,
                                .bytes = line->bytes == LOG_NO_BYTES ? 0 : line->bytes,
                                .status = line->status};
        if (can_upload) {
            consider_upload(working, line, key, &hit, seed);
        }
        if (suspect >= 0) {
            TRY(note_suspect(working, (uint32_t)suspect, line, seed, &hit, err));
        }
    }
    return 0;
}

static bool wants_client(void *self, struct str client)
{
    const struct working *working = self;
    return suspect_of(working->pass, client_key_of(client)) >= 0;
}

/* ---- jobs ---- */

static bool wants_job(const struct pass *pass, const struct job *job)
{
    const struct sources *sources = &pass->run->sources;
    bool is_web = sources->all[job->source].reader.format->kind == LOG_WEB;
    return is_web &&
           ((pass->stretches >> sources_stretch(sources, job) & 1) != 0 || in_window(pass, job->first, job->last));
}

static void *next_job(void *self)
{
    struct pass *pass = self;
    const struct sources *sources = &pass->run->sources;
    while (pass->next < sources->job_count) {
        struct job *job = &sources->jobs[pass->next++];
        if (wants_job(pass, job)) {
            return job;
        }
    }
    return NULL;
}

static void *work_job(void *self, unsigned worker, void *job_pointer)
{
    struct pass *pass = self;
    const struct job *job = job_pointer;
    struct result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    struct working working = {
        .pass = pass, .job = job, .source = &pass->run->sources.all[job->source], .tables = &result->tables};
    bool is_window = in_window(pass, job->first, job->last); /* anybody's upload may matter there */
    bool is_seen_at_once = pass->run->proxies == NULL; /* else the client stands in a field that only parsing finds */
    struct feed_taker taker = {
        .self = &working, .wants = is_window || !is_seen_at_once ? NULL : wants_client, .take = take_batch};
    struct tally tally = {0};
    char damage[256];
    struct feed **feed = &pass->feeds[worker];
    arena_init(&result->tables.text, 0);
    if (*feed == NULL && (*feed = feed_new(&result->err)) == NULL) {
        return result;
    }
    if (tables_init(&result->tables, pass->run, pass->count, &result->err) != 0 ||
        feed_job(*feed, &pass->run->sources.all[job->source], job, &taker, &tally, damage, &result->err) != 0) {
        return result;
    }
    return result;
}

static void drop_result(void *self, void *job, void *result_pointer)
{
    (void)self;
    (void)job;
    struct result *result = result_pointer;
    if (result != NULL) {
        tables_free(&result->tables);
        free(result);
    }
}

static int merge_touched(struct tables *into, const struct follow *from, struct err *err)
{
    into->out.touched_dropped += from->touched_dropped;
    for (size_t i = 0; i < from->touched_count; i++) {
        const struct touched *row = &from->touched[i];
        struct err why = {0};
        struct touched *kept = touched_get(into, row->suspect, row->path, &why);
        if (kept == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (kept != NULL) {
            kept->requests += row->requests;
            kept->ok += row->ok;
            kept->bytes += row->bytes;
            kept->is_dump |= row->is_dump;
            kept->first = !hit_is(&kept->first) || hit_before(&row->first, &kept->first) ? row->first : kept->first;
        }
    }
    return 0;
}

static void merge_conduct(struct tables *into, struct conduct *kept, const struct conduct *from)
{
    kept->requests += from->requests;
    kept->elsewhere += from->elsewhere;
    kept->bytes += from->bytes;
    if (hit_is(&from->first) && (!hit_is(&kept->first) || hit_before(&from->first, &kept->first))) {
        kept->first = from->first;
    }
    if (hit_is(&from->last) && (!hit_is(&kept->last) || hit_before(&kept->last, &from->last))) {
        kept->last = from->last;
    }
    size_t room = sizeof kept->agents / sizeof *kept->agents;
    if (kept->agent_count == 0 && from->agent_count > 0) {
        keep_text(&into->text, from->agent, &kept->agent, NULL);
    }
    for (size_t i = 0; i < from->agent_count; i++) {
        bool is_known = i >= room && kept->agent_count > room;
        for (size_t k = 0; i < room && k < kept->agent_count && k < room; k++) {
            is_known |= kept->agents[k] == from->agents[i];
        }
        if (!is_known && kept->agent_count <= room) {
            if (kept->agent_count < room && i < room) {
                kept->agents[kept->agent_count] = from->agents[i];
            }
            kept->agent_count++;
        }
    }
}

static int merge_result(struct pass *pass, const struct follow *from, struct err *err)
{
    struct tables *into = pass->merged;
    const struct run *run = pass->run;
    TRY(merge_touched(into, from, err));
    into->out.moments_dropped += from->moments_dropped;
    for (size_t i = 0; i < pass->count; i++) {
        merge_conduct(into, &into->out.conducts[i], &from->conducts[i]);
    }
    for (size_t i = 0; i < from->moment_count; i++) {
        TRY(offer_moment(into, run, pass->suspects[from->moments[i].suspect].key, &from->moments[i], err));
    }
    for (size_t s = 0; s < run->seed_count; s++) {
        for (unsigned k = 0; k < UPLOAD_KINDS; k++) {
            if (hit_is(&from->uploads[s][k].hit)) {
                offer_upload(into, run, s, (enum upload_kind)k, &from->uploads[s][k]);
            }
        }
    }
    return 0;
}

static int done_job(void *self, void *job, void *result_pointer, struct err *err)
{
    struct pass *pass = self;
    struct result *result = result_pointer;
    if (result == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a stretch of log");
    }
    int rc = 0;
    if (result->err.kind != ERR_NONE) {
        *err = result->err;
        rc = -1;
    } else {
        rc = merge_result(pass, &result->tables.out, err);
    }
    drop_result(self, job, result);
    progress_tell(pass->run, job);
    return rc;
}

/* ---- the pass ---- */

static void add_window(struct pass *pass, int64_t from, int64_t to)
{
    pass->windows[pass->window_count][0] = from;
    pass->windows[pass->window_count][1] = to;
    pass->window_count++;
}

static int prepare(struct pass *pass, struct err *err)
{
    const struct run *run = pass->run;
    pass->windows = reallocarray(NULL, run->seed_count * 2 + 1, sizeof *pass->windows);
    pass->feeds = calloc(run->workers, sizeof(struct feed *));
    OWN(own_mem) struct str *normal = calloc(run->seed_count + 1, sizeof *normal);
    if (pass->windows == NULL || pass->feeds == NULL || normal == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to follow %zu paths", run->seed_count);
    }
    for (size_t s = 0; s < run->seed_count; s++) {
        normal[s] = run->seeds[s].path;
        const struct carrier *carrier = &run->survey.carriers[s];
        if (hit_is(&carrier->first_ok)) {
            add_window(pass, carrier->first_ok.second - ANY_WINDOW, carrier->first_ok.second);
        }
        if (run->seeds[s].mtime != TIME_NONE) {
            int64_t at = run->seeds[s].mtime / NS_PER_S;
            add_window(pass, at - FILE_BEFORE, at + FILE_AFTER);
        }
    }
    for (size_t i = 0; i < pass->count; i++) {
        size_t slot = suspect_slot(pass->suspects[i].key);
        while (pass->slots[slot] != 0) {
            slot = (slot + 1) % SUSPECT_SLOTS;
        }
        pass->slots[slot] = (uint16_t)(i + 1);
        pass->stretches |= pass->suspects[i].stretches;
    }
    for (size_t i = 0; i < run->sources.job_count; i++) {
        if (wants_job(pass, &run->sources.jobs[i])) {
            progress_expect(pass->run, &run->sources.jobs[i]);
        }
    }
    return paths_init(&pass->paths, normal, run->seed_count, err);
}

/* Texts move into the run's arena: the pass's own goes with it. */
static int hand_over(struct tables *merged, struct run *run, size_t suspects, struct follow *ret_follow,
                     struct err *err)
{
    struct follow *out = &merged->out;
    struct arena *keep = &run->keep;
    for (size_t i = 0; i < suspects; i++) {
        TRY(keep_text(keep, out->conducts[i].agent, &out->conducts[i].agent, err));
    }
    for (size_t i = 0; i < out->touched_count; i++) {
        out->touched[i].path = arena_str(keep, out->touched[i].path, err);
        if (out->touched[i].path.data == NULL) {
            return -1;
        }
    }
    for (size_t i = 0; i < out->moment_count; i++) {
        struct moment *moment = &out->moments[i];
        TRY(keep_text(keep, moment->method, &moment->method, err));
        TRY(keep_cut(keep, moment->target, TARGET_BYTES, &moment->target, err));
        TRY(keep_text(keep, moment->user, &moment->user, err));
    }
    *ret_follow = *out;
    *out = (struct follow){0};
    return 0;
}

int follow_all(struct run *run, const struct suspect *suspects, size_t count, struct follow *follow, struct err *err)
{
    struct tables merged = {0};
    struct pass pass = {.run = run, .suspects = suspects, .count = count, .merged = &merged};
    arena_init(&merged.text, 0);
    int rc = tables_init(&merged, run, count, err);
    rc = rc == 0 ? prepare(&pass, err) : rc;
    if (rc == 0) {
        const struct pool_spec spec = {.self = &pass,
                                       .workers = run->workers,
                                       .window = (size_t)run->workers * WINDOW_PER_WORKER,
                                       .next = next_job,
                                       .work = work_job,
                                       .done = done_job,
                                       .drop = drop_result};
        rc = pool_run(&spec, err);
    }
    rc = rc == 0 ? hand_over(&merged, run, count, follow, err) : rc;
    for (unsigned w = 0; pass.feeds != NULL && w < run->workers; w++) {
        feed_free(pass.feeds[w]);
    }
    free(pass.feeds);
    free(pass.windows);
    paths_free(&pass.paths);
    tables_free(&merged);
    return rc;
}
