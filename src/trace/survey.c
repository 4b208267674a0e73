/* The first pass: every line counted once, into totals that do not depend on the order of jobs.
 *
 * What sums up (clients, days) is kept per worker and merged at the end; what has an order (first and last times,
 * line numbers, who came first) is kept per job and merged in job order on the caller's thread. */
#include <stdlib.h>
#include <sys/random.h>

#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/keep.h"
#include "trace/pages.h"
#include "trace/proxy.h"
#include "trace/seek.h"
#include "trace/watch.h"

#include "base/banned.h"

enum { WINDOW_PER_WORKER = 4 };

/* What belongs to one worker. */
struct hand {
    struct feed *feed;
    struct clients *clients;  /* NULL: not counted in this pass */
    struct page_table *pages; /* the same */
    struct days days;
    int64_t pending_second; /* lines of the newest second, not yet in days */
    uint32_t pending, pending_set;
};

/* What one job says. */
struct result {
    struct err err;
    struct tally tally;
    char damage[256];
    uint64_t requests, body_bytes, order_breaks;
    int64_t first, last;      /* earliest and latest second */
    int64_t opening, closing; /* of the first and the last line, in file order */
    int16_t zones[ZONES_MAX];
    size_t zone_count;
    struct uses uses;
    struct carrier *carriers;
    struct seek_part *seek; /* NULL: nothing is looked for in every line */
    struct watch watch;
    void *part; /* of a kind of log other than the web's */
    enum log_kind kind;
};

struct pass {
    struct run *run;
    const struct seed *seeds;
    size_t seed_count;
    struct paths paths;
    struct hand *hands;
    struct job **order; /* as they are begun */
    size_t order_count, next;
    struct result **waiting; /* by job: for those before it */
    size_t merged;           /* jobs that are through */
    bool is_full;            /* totals too */
    struct survey *survey;
    struct uses *uses;
    struct carrier *carriers;
};

/* A job while its lines come in. */
struct working {
    struct pass *pass;
    struct hand *hand;
    const struct source *source;
    uint32_t source_at;
    unsigned stretch;
    struct result *result;
    int16_t zone; /* the last one noted */
};

static void note_zone(int16_t *zones, size_t *count, int16_t zone)
{
    if (zone == LOG_NO_ZONE) { /* what was applied instead is no zone of the log */
        return;
    }
    for (size_t i = 0; i < *count; i++) {
        if (zones[i] == zone) {
            return;
        }
    }
    if (*count < ZONES_MAX) {
        zones[(*count)++] = zone;
    }
}

static int flush_second(struct hand *hand, struct err *err)
{
    uint32_t count = hand->pending;
    hand->pending = 0;
    return count > 0 ? days_add(&hand->days, hand->pending_set, hand->pending_second, count, err) : 0;
}

static int note_new_second(struct working *working, const struct log_line *line, struct err *err)
{
    struct result *result = working->result;
    struct hand *hand = working->hand;
    int64_t second = line->second;
    TRY(flush_second(hand, err));
    hand->pending = 1;
    hand->pending_second = second;
    hand->pending_set = working->source->set;
    if (result->closing == INT64_MIN) {
        result->opening = second;
    } else if (second < result->closing - ORDER_SLACK) {
        result->order_breaks++;
    }
    result->closing = second;
    result->first = second < result->first ? second : result->first;
    result->last = second > result->last ? second : result->last;
    working->zone = line->zone_minutes;
    note_zone(result->zones, &result->zone_count, line->zone_minutes);
    return 0;
}

static inline int note_time(struct working *working, const struct log_line *line, struct err *err)
{
    if (line->second == working->result->closing && line->zone_minutes == working->zone &&
        working->hand->pending < UINT32_MAX) {
        working->hand->pending++;
        return 0;
    }
    return note_new_second(working, line, err);
}

static int note_use(struct working *working, const struct log_line *line, int seed, uint64_t offset,
                    uint64_t line_number, struct err *err)
{
    const struct hit hit = {.second = line->second,
                            .nano = line->nano,
                            .source = working->source_at,
                            .offset = offset,
                            .line = line_number,
                            .bytes = line->bytes == LOG_NO_BYTES ? 0 : line->bytes,
                            .status = line->status};
    struct result *result = working->result;
    struct pass *pass = working->pass;
    if (result->carriers == NULL) {
        result->carriers = calloc(pass->seed_count, sizeof *result->carriers);
        if (result->carriers == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu paths", pass->seed_count);
        }
        for (size_t i = 0; i < pass->seed_count; i++) {
            result->carriers[i] = (struct carrier){.min_ok = UINT64_MAX, .first_ok = {.second = INT64_MIN}};
        }
    }
    struct str client = client_of(pass->run, working->source, line);
    struct client_key key = client_key_of(client);
    carrier_take(&result->carriers[seed], line, key, &hit);
    struct err why = {0};
    struct use *use = uses_get(&result->uses, (uint16_t)seed, key, client, &why);
    if (use != NULL) {
        use_take(use, line, &hit);
        proxy_note(use, pass->run->proxies, working->source, line);
    } else if (why.kind != ERR_NONE) {
        *err = why;
        return -1;
    } else {
        result->uses.dropped++;
    }
    return 0;
}

/* Rules and hunt, when they are asked for. */
static int seek_line(struct working *working, const struct log_line *line, uint64_t offset, uint64_t line_number,
                     struct err *err)
{
    const struct hit hit = {.second = line->second,
                            .nano = line->nano,
                            .source = working->source_at,
                            .offset = offset,
                            .line = line_number,
                            .bytes = line->bytes == LOG_NO_BYTES ? 0 : line->bytes,
                            .status = line->status};
    return seek_take(working->result->seek, working->pass->run, working->source, line, &hit, err);
}

/* A counter's line is of an interval, and stands where its program puts it: no silence nor order is to be seen in them. */
static void note_interval(struct result *result, const struct log_line *line)
{
    int64_t length = line->duration_us == LOG_NO_BYTES ? 0 : (int64_t)(line->duration_us / 1000000);
    result->first = line->second < result->first ? line->second : result->first;
    result->last = line->second + length > result->last ? line->second + length : result->last;
    result->opening = result->closing = result->first;
    note_zone(result->zones, &result->zone_count, line->zone_minutes);
}

/* Lines of a kind other than the web's: their times here, the rest by that kind's own file. */
static int take_other(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    struct working *working = self;
    struct result *result = working->result;
    const struct kind_work *work = kind_works[result->kind];
    TRY(watch_batch(&result->watch, &result->tally, batch, offset, line_number, err));
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        offset += line->skipped;
        if (log_is_parsed(line)) {
            if (result->kind == LOG_TRAFFIC) {
                note_interval(result, line);
            } else {
                TRY(note_time(working, line, err));
            }
            const struct hit hit = {.second = line->second,
                                    .nano = line->nano,
                                    .source = working->source_at,
                                    .offset = offset,
                                    .line = line_number + line->row,
                                    .bytes = line->bytes == LOG_NO_BYTES ? 0 : line->bytes,
                                    .status = line->status};
            if (result->seek != NULL) {
                TRY(seek_line(working, line, offset, line_number + line->row, err));
            }
            if (work != NULL) {
                TRY(work->take(result->part, line, &hit, err));
            }
        }
        offset += line->size;
    }
    return 0;
}

/* Only requests of the followed paths. */
static int take_uses(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    struct working *working = self;
    const struct paths *paths = &working->pass->paths;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        offset += line->skipped;
        int seed =
            log_is_parsed(line) && line->target.len > 0 ? path_match(paths, log_field(line, line->target)) : NO_PATH;
        if (seed != NO_PATH) {
            TRY(note_use(working, line, seed, offset, line_number + line->row, err));
        }
        offset += line->size;
    }
    return 0;
}

/* Everything that is said of a request. */
static int take_all(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line_number, struct err *err)
{
    struct working *working = self;
    struct hand *hand = working->hand;
    struct asked asked[LOG_BATCH];
    struct client_key keys[LOG_BATCH];
    size_t parsed = 0;
    uint64_t body_bytes = 0;
    TRY(watch_batch(&working->result->watch, &working->result->tally, batch, offset, line_number, err));
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        offset += line->skipped;
        if (log_is_parsed(line)) {
            body_bytes += line->bytes == LOG_NO_BYTES ? 0 : line->bytes;
            keys[parsed] = client_key_of(client_of(working->pass->run, working->source, line));
            asked[parsed] = (struct asked){.line = line,
                                           .key = keys[parsed],
                                           .offset = offset,
                                           .line_number = (uint32_t)(line_number + line->row)};
            parsed++;
            TRY(note_time(working, line, err));
        }
        offset += line->size;
    }
    working->result->requests += parsed;
    working->result->body_bytes += body_bytes;
    if (parsed == 0) {
        return 0;
    }
    TRY(clients_add(hand->clients, keys, parsed, working->stretch, err));
    TRY(pages_take(hand->pages, &working->pass->paths, working->source_at, asked, parsed, err));
    for (size_t i = 0; i < parsed; i++) {
        if (asked[i].seed != NO_PATH) {
            TRY(note_use(working, asked[i].line, asked[i].seed, asked[i].offset, asked[i].line_number, err));
        }
        if (working->result->seek != NULL) {
            TRY(seek_line(working, asked[i].line, asked[i].offset, asked[i].line_number, err));
        }
    }
    return 0;
}

static void drop_result(void *self, void *job, void *result_pointer)
{
    (void)self;
    (void)job;
    struct result *result = result_pointer;
    if (result != NULL) {
        if (result->part != NULL) {
            kind_works[result->kind]->drop(result->part);
        }
        seek_drop(result->seek);
        watch_free(&result->watch);
        uses_free(&result->uses);
        free(result->carriers);
        free(result);
    }
}

static bool wants_job(const struct pass *pass, const struct job *job)
{
    return pass->is_full || pass->run->sources.all[job->source].reader.format->kind == LOG_WEB;
}

static void *next_job(void *self)
{
    struct pass *pass = self;
    bool is_kept = pass->is_full && pass->run->resume != NULL;
    if (pass->next == pass->order_count || (is_kept && resume_is_due(pass->run))) {
        return NULL;
    }
    return pass->order[pass->next++];
}

/* About how long a job takes: a packed file holds several times its size. */
static uint64_t weight_of(const struct sources *sources, const struct job *job)
{
    enum { USUAL_RATIO = 8 };
    const struct source *source = &sources->all[job->source];
    return source->is_packed ? source->raw_bytes * USUAL_RATIO : job->to - job->from;
}

struct weighed {
    struct job *job;
    uint64_t weight; /* 0: no longer than most */
};

static int heavy_first(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return x->job < y->job ? -1 : x->job > y->job;
}

/* Whole files that cannot be cut come first, the longest before the others: none is left for the end, when the other
 * threads have nothing to do any more. What is cut into jobs keeps its order, so that hardly a result has to wait; none does where a
 * state is to be kept of what was begun. */
static int put_in_order(struct pass *pass, struct err *err)
{
    struct sources *sources = &pass->run->sources;
    OWN(own_mem) struct weighed *weighed = calloc(sources->job_count + 1, sizeof *weighed);
    pass->order = calloc(sources->job_count + 1, sizeof(struct job *));
    pass->waiting = calloc(sources->job_count + 1, sizeof(struct result *));
    if (weighed == NULL || pass->order == NULL || pass->waiting == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu stretches of log", sources->job_count);
    }
    size_t count = 0;
    bool is_kept = pass->is_full && pass->run->resume != NULL;
    for (size_t i = 0; i < sources->job_count; i++) {
        struct job *job = &sources->jobs[i];
        uint64_t weight = is_kept ? 0 : weight_of(sources, job);
        if (!wants_job(pass, job)) {
            continue;
        }
        progress_expect(pass->run, job);
        if (i < pass->merged) {
            progress_tell(pass->run, job);
        } else {
            weighed[count++] = (struct weighed){job, weight > 2 * (uint64_t)JOB_BYTES ? weight : 0};
        }
    }
    qsort(weighed, count, sizeof *weighed, heavy_first);
    for (size_t i = 0; i < count; i++) {
        pass->order[i] = weighed[i].job;
    }
    pass->order_count = count;
    return 0;
}

static void end_order(struct pass *pass)
{
    for (size_t i = 0; pass->waiting != NULL && i < pass->run->sources.job_count; i++) {
        drop_result(pass, NULL, pass->waiting[i]);
    }
    free(pass->waiting);
    free(pass->order);
}

static void *work_job(void *self, unsigned worker, void *job_pointer)
{
    struct pass *pass = self;
    const struct job *job = job_pointer;
    struct result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    result->first = INT64_MAX;
    result->last = result->closing = result->opening = INT64_MIN;
    struct hand *hand = &pass->hands[worker];
    struct working working = {.pass = pass,
                              .hand = hand,
                              .source = &pass->run->sources.all[job->source],
                              .source_at = job->source,
                              .stretch = sources_stretch(&pass->run->sources, job),
                              .result = result,
                              .zone = INT16_MIN};
    if (hand->feed == NULL && (hand->feed = feed_new(&result->err)) == NULL) {
        return result;
    }
    result->kind = working.source->reader.format->kind;
    watch_start(&result->watch, pass->run, job->source, &pass->paths);
    const struct kind_work *work = kind_works[result->kind];
    if (work != NULL && (result->part = work->start(pass->run, job->source, &result->err)) == NULL) {
        return result;
    }
    if (pass->is_full && pass->run->seek != NULL && (result->seek = seek_start(pass->run, &result->err)) == NULL) {
        return result;
    }
    struct feed_taker taker = {.self = &working,
                               .take = result->kind != LOG_WEB ? take_other
                                       : pass->is_full         ? take_all
                                                               : take_uses};
    if ((feed_job(hand->feed, working.source, job, &taker, &result->tally, result->damage, &result->err) != 0 ||
         flush_second(hand, &result->err) != 0) &&
        result->err.kind == ERR_NONE) {
        err_set(&result->err, ERR_BUG, "a job failed without a reason");
    }
    return result;
}

static int check_bytes(const struct source *source, const struct job *job, const struct result *result, struct err *err)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LOG_CLASS_COUNT; i++) {
        sum += result->tally.bytes[i];
    }
    if (!source->is_packed && result->damage[0] == '\0' && sum != job->to - job->from) {
        return err_set(err, ERR_BUG, "%s: %llu bytes in classes, %llu bytes read from %llu", source->path,
                       (unsigned long long)sum, (unsigned long long)(job->to - job->from),
                       (unsigned long long)job->from);
    }
    return 0;
}

/* Totals of one job into its source and the survey. */
static void add_totals(struct pass *pass, struct source *source, struct job *job, const struct result *result)
{
    struct survey *survey = pass->survey;
    job->lines_before = source->tally.text_lines;
    job->first = result->first;
    job->last = result->last;
    tally_add(&source->tally, &result->tally);
    tally_add(&survey->tally, &result->tally);
    survey->requests += result->requests;
    survey->body_bytes += result->body_bytes;
    source->order_breaks += result->order_breaks;
    if (result->opening != INT64_MIN) {
        source->order_breaks +=
            source->newest_line_second != INT64_MIN && result->opening < source->newest_line_second - ORDER_SLACK;
        source->newest_line_second = result->closing;
        source->first = result->first < source->first ? result->first : source->first;
        source->last = result->last > source->last ? result->last : source->last;
    }
    if (result->damage[0] != '\0') {
        memcpy(source->damage, result->damage, sizeof source->damage);
        assay_complain(pass->run->sink, str_of(source->path), str_of(result->damage));
    }
    for (size_t i = 0; i < result->zone_count; i++) {
        note_zone(survey->zones, &survey->zone_count, result->zones[i]);
    }
}

static int merge_uses(struct pass *pass, const struct job *job, const struct result *result, struct err *err)
{
    TRY(uses_merge(pass->uses, &result->uses, job->lines_before, err));
    for (size_t i = 0; i < pass->seed_count && result->carriers != NULL; i++) {
        carrier_merge(&pass->carriers[i], &result->carriers[i], job->lines_before);
    }
    return 0;
}

/* Takes the result. */
static int merge_job(struct pass *pass, struct job *job, struct result *result, struct err *err)
{
    struct source *source = &pass->run->sources.all[job->source];
    int rc = 0;
    if (result->err.kind != ERR_NONE) {
        *err = result->err;
        rc = -1;
    } else if (pass->is_full) {
        rc = check_bytes(source, job, result, err);
        add_totals(pass, source, job, result);
        rc = rc == 0 ? watch_merge(pass->run, &result->watch, job->lines_before, err) : rc;
    }
    rc = rc == 0 ? merge_uses(pass, job, result, err) : rc;
    if (rc == 0 && result->seek != NULL) {
        rc = seek_merge(pass->run, result->seek, job->lines_before, err);
    }
    if (rc == 0 && result->part != NULL) {
        void *part = result->part;
        result->part = NULL;
        rc = kind_works[result->kind]->merge(pass->run, part, job->lines_before, err);
    }
    drop_result(pass, job, result);
    return rc;
}

/* Results come in the order in which jobs were begun, and are merged in their own. */
static int done_job(void *self, void *job_pointer, void *result_pointer, struct err *err)
{
    struct pass *pass = self;
    const struct job *job = job_pointer;
    if (result_pointer == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a stretch of log");
    }
    pass->waiting[job - pass->run->sources.jobs] = result_pointer;
    progress_tell(pass->run, job);
    for (; pass->merged < pass->run->sources.job_count; pass->merged++) {
        struct job *next = &pass->run->sources.jobs[pass->merged];
        struct result *result = pass->waiting[pass->merged];
        if (result == NULL && wants_job(pass, next)) {
            return 0;
        }
        pass->waiting[pass->merged] = NULL;
        if (result != NULL && merge_job(pass, next, result, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static uint64_t raw_bytes_of(const struct run *run, const struct job *job)
{
    const struct source *source = &run->sources.all[job->source];
    return source->is_packed ? source->raw_bytes : job->to - job->from;
}

void progress_expect(struct run *run, const struct job *job)
{
    run->bytes_all += raw_bytes_of(run, job);
}

void progress_tell(struct run *run, const struct job *job)
{
    run->bytes_done += raw_bytes_of(run, job);
    const struct assay_progress progress = {.verb = "trace",
                                            .unit = "files",
                                            .done = job->source,
                                            .total = run->sources.count,
                                            .bytes = run->bytes_done,
                                            .all_bytes = run->bytes_all};
    assay_tell(run->sink, &progress);
}

static int gather_days(struct pass *pass, struct err *err)
{
    for (unsigned w = 0; pass->is_full && w < pass->run->workers; w++) {
        TRY(days_merge(&pass->survey->days, &pass->hands[w].days, err));
        days_free(&pass->hands[w].days);
    }
    return 0;
}

/* With rests, where something is to be kept. */
static int run_jobs(struct pass *pass, struct err *err)
{
    const struct pool_spec spec = {.self = pass,
                                   .workers = pass->run->workers,
                                   .window = (size_t)pass->run->workers * WINDOW_PER_WORKER,
                                   .next = next_job,
                                   .work = work_job,
                                   .done = done_job,
                                   .drop = drop_result};
    bool is_through = false;
    while (!is_through) {
        TRY(pool_run(&spec, err));
        TRY(gather_days(pass, err));
        is_through = pass->next == pass->order_count;
        if (pass->is_full && pass->run->resume != NULL) {
            TRY(resume_rest(pass->run, pass->merged, is_through, err));
        }
    }
    return 0;
}

static int run_pass(struct pass *pass, struct err *err)
{
    OWN(own_mem) struct str *normal = calloc(pass->seed_count + 1, sizeof *normal);
    pass->hands = calloc(pass->run->workers, sizeof *pass->hands);
    if (normal == NULL || pass->hands == NULL) {
        free(pass->hands);
        return err_set(err, ERR_LIMIT, "no memory for %u threads", pass->run->workers);
    }
    for (size_t i = 0; i < pass->seed_count; i++) {
        normal[i] = pass->seeds[i].path;
    }
    for (unsigned w = 0; w < pass->run->workers; w++) {
        pass->hands[w].clients = pass->is_full ? &pass->survey->tables[w] : NULL;
        pass->hands[w].pages = pass->is_full ? pass->survey->page_tables[w] : NULL;
    }
    int rc = paths_init(&pass->paths, normal, pass->seed_count, err);
    rc = rc == 0 ? put_in_order(pass, err) : rc;
    rc = rc == 0 ? run_jobs(pass, err) : rc;
    for (unsigned w = 0; w < pass->run->workers; w++) {
        feed_free(pass->hands[w].feed);
        days_free(&pass->hands[w].days);
    }
    end_order(pass);
    paths_free(&pass->paths);
    free(pass->hands);
    return rc;
}

static int sum_up(struct run *run, struct err *err)
{
    struct survey *survey = &run->survey;
    survey->first = INT64_MAX;
    survey->last = INT64_MIN;
    int64_t last_of_set[SETS_MAX];
    for (size_t i = 0; i < SETS_MAX; i++) {
        last_of_set[i] = INT64_MIN;
    }
    for (size_t i = 0; i < run->sources.count; i++) {
        struct source *source = &run->sources.all[i];
        if (source->first <= source->last) {
            survey->first = source->first < survey->first ? source->first : survey->first;
            survey->last = source->last > survey->last ? source->last : survey->last;
            source->order_breaks += last_of_set[source->set] != INT64_MIN &&
                                    source->first_line_second < last_of_set[source->set] - ORDER_SLACK;
            last_of_set[source->set] = source->newest_line_second;
        }
        survey->order_breaks += source->order_breaks;
    }
    return clients_distinct(survey->tables, survey->table_count, run->workers, &survey->clients, err);
}

static void start_carriers(struct carrier *carriers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        carriers[i] = (struct carrier){.min_ok = UINT64_MAX, .first_ok = {.second = INT64_MIN}};
    }
}

/* Tables of all workers have one salt: they are compared slot by slot. */
static int make_tables(struct run *run, struct err *err)
{
    struct survey *survey = &run->survey;
    uint64_t salt = 0;
    if (getrandom(&salt, sizeof salt, 0) != sizeof salt) {
        salt = (uint64_t)time_ticks() * UINT64_C(0x9e3779b97f4a7c15);
    }
    survey->tables = calloc(run->workers, sizeof *survey->tables);
    survey->page_tables = calloc(run->workers, sizeof(struct page_table *));
    survey->carriers = calloc(SEEDS_MAX, sizeof *survey->carriers);
    if (survey->tables == NULL || survey->page_tables == NULL || survey->carriers == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", run->workers);
    }
    survey->table_count = run->workers;
    for (unsigned w = 0; w < run->workers; w++) {
        clients_init(&survey->tables[w], salt);
        survey->page_tables[w] = page_table_new(salt, err);
        if (survey->page_tables[w] == NULL) {
            return -1;
        }
    }
    start_carriers(survey->carriers, SEEDS_MAX);
    return 0;
}

KEEP_KNOWS(struct source, 1864);
static void keep_source(struct keep *keep, struct source *source)
{
    KEEP(keep, source->tally);
    KEEP(keep, source->first);
    KEEP(keep, source->last);
    KEEP(keep, source->newest_line_second);
    KEEP(keep, source->order_breaks);
    KEEP(keep, source->damage);
    source->damage[sizeof source->damage - 1] = '\0';
}

KEEP_KNOWS(struct survey, 480);
static void keep_totals(struct keep *keep, struct survey *survey)
{
    KEEP(keep, survey->requests);
    KEEP(keep, survey->body_bytes);
    KEEP(keep, survey->zones);
    survey->zone_count = keep_count(keep, survey->zone_count, ZONES_MAX);
    KEEP(keep, survey->tally);
}

KEEP_KNOWS(struct job, 48);
void survey_keep(struct keep *keep, struct run *run, size_t *merged)
{
    struct survey *survey = &run->survey;
    struct sources *sources = &run->sources;
    *merged = keep_count(keep, *merged, sources->job_count);
    for (size_t i = 0; i < *merged; i++) {
        KEEP(keep, sources->jobs[i].lines_before);
        KEEP(keep, sources->jobs[i].first);
        KEEP(keep, sources->jobs[i].last);
    }
    for (size_t i = 0; i < sources->count; i++) {
        keep_source(keep, &sources->all[i]);
    }
    keep_totals(keep, survey);
    days_keep(keep, &survey->days);
    clients_keep(keep, survey->tables, survey->table_count);
    page_tables_keep(keep, survey->page_tables, survey->table_count);
    uses_keep(keep, &survey->uses);
    keep_bytes(keep, survey->carriers, SEEDS_MAX * sizeof *survey->carriers);
    watched_keep(keep, run->watched);
    seek_keep(keep, run);
    for (size_t kind = 0; kind < LOG_KIND_COUNT; kind++) {
        if (kind_works[kind] != NULL) {
            kind_works[kind]->keep(keep, run);
        }
    }
}

int survey_all(struct run *run, struct err *err)
{
    struct survey *survey = &run->survey;
    TRY(make_tables(run, err));
    struct pass pass = {.run = run,
                        .seeds = run->seeds,
                        .seed_count = run->seed_count,
                        .is_full = true,
                        .survey = survey,
                        .uses = &survey->uses,
                        .carriers = survey->carriers};
    TRY(watched_new(run, err));
    TRY(resume_begin(run, &pass.merged, err));
    TRY(run_pass(&pass, err));
    TRY(pages_finish(&survey->pages, survey->page_tables, survey->table_count, &run->sources, err));
    watched_close(run);
    return sum_up(run, err);
}

int survey_paths(struct run *run, const struct seed *seeds, size_t count, struct uses *ret_uses,
                 struct carrier *ret_carriers, struct err *err)
{
    start_carriers(ret_carriers, count);
    struct pass pass = {.run = run, .seeds = seeds, .seed_count = count, .uses = ret_uses, .carriers = ret_carriers};
    return run_pass(&pass, err);
}

void survey_free(struct survey *survey)
{
    for (size_t i = 0; i < survey->table_count; i++) {
        clients_free(&survey->tables[i]);
        page_table_free(survey->page_tables != NULL ? survey->page_tables[i] : NULL);
    }
    free(survey->tables);
    free(survey->page_tables);
    pages_free(&survey->pages);
    days_free(&survey->days);
    uses_free(&survey->uses);
    free(survey->carriers);
}
