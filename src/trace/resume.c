/* Stopping a run and going on with it: the first pass, which is nearly all of the time on large logs, is kept job by job; what comes after it
 * is done anew.
 *
 * A state says what it is of: this very program, these options, these logs (size, inode, time, first bytes). Whatever differs is
 * refused by name. States are written while no job is at work, so nothing is in them by half: at intervals of RESTS, or longer where
 * writing one takes long, when the run is told to stop, and when the pass is through. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/keep.h"
#include "trace/pages.h"
#include "trace/seek.h"
#include "trace/sigma.h"

#include "base/banned.h"

#define RESTS (10 * NS_PER_S)
enum { WRITING_SHARE = 50, NAME_MAX_BYTES = 1 << 16 };

struct resume {
    const struct assay_trace_resume *given;
    struct keep_place newest;
    int64_t rested, pause;  /* ticks */
    uint64_t begun, states; /* jobs begun since the last state; states written */
    unsigned steps;
    bool is_given_up; /* the file cannot be written */
    bool is_stopping; /* a signal is told once */
    struct run *run;
    size_t merged;
};

/* ---- what a state is of ---- */

static void put_text(struct hasher *hasher, const char *text)
{
    uint64_t len = text != NULL ? strlen(text) : UINT64_MAX;
    hasher_put(hasher, &len, sizeof len);
    if (text != NULL) {
        hasher_put(hasher, text, (size_t)len);
    }
}

static void put_texts(struct hasher *hasher, const char *const *texts, size_t count)
{
    uint64_t number = count;
    hasher_put(hasher, &number, sizeof number);
    for (size_t i = 0; i < count; i++) {
        put_text(hasher, texts[i]);
    }
}

/* Everything that the first pass hangs on besides the logs. */
static int digest_options(const struct run *run, struct sha256 *ret_digest, struct err *err)
{
    const struct assay_trace_options *options = run->options;
    OWN(own_hasher) struct hasher *hasher = hasher_new(err);
    if (hasher == NULL) {
        return -1;
    }
    const int64_t numbers[] = {options->is_hunt, options->has_zone, options->has_zone ? options->zone_minutes : 0,
                               (int64_t)seek_rules(run), (int64_t)run->seed_count};
    hasher_put(hasher, numbers, sizeof numbers);
    for (size_t i = 0; i < run->seed_count; i++) {
        put_text(hasher, run->seeds[i].path.data);
    }
    put_texts(hasher, options->formats, options->format_count);
    put_texts(hasher, options->trusted_proxies, options->trusted_proxy_count);
    *ret_digest = hasher_end(hasher);
    return 0;
}

static void refuse(struct keep *keep, const char *why)
{
    struct err refusal = {0};
    err_set(&refusal, ERR_FORMAT, "%s", why);
    keep_fail(keep, &refusal);
}

static void refuse_log(struct keep *keep, const struct source *source, const char *why)
{
    struct err refusal = {0};
    err_set(&refusal, ERR_FORMAT, "was begun with %s as it was then: %s", source->path, why);
    keep_fail(keep, &refusal);
}

static void keep_log_name(struct keep *keep, const struct source *source)
{
    char text[512];
    struct sha256 is = sha256_of(str_of(source->path)), was = is;
    KEEP(keep, was);
    if (keep_is_well(keep) && !sha256_eq(&is, &was)) {
        snprintf(text, sizeof text, "was begun with other logs: %s was not among them in this place", source->path);
        refuse(keep, text);
    }
}

static void keep_log(struct keep *keep, const struct source *source)
{
    char text[160];
    keep_log_name(keep, source);
    uint64_t bytes = source->raw_bytes, begins = source->begins, ino = source->is_unnamed ? 0 : source->ino;
    int64_t mtime = source->is_unnamed ? 0 : source->mtime_ns;
    const uint64_t is_ino = ino;
    const int64_t is_mtime = mtime;
    KEEP(keep, bytes);
    KEEP(keep, begins);
    KEEP(keep, ino);
    KEEP(keep, mtime);
    if (!keep_is_well(keep)) {
        return;
    }
    if (bytes != source->raw_bytes) {
        snprintf(text, sizeof text, "it had %llu bytes and has %llu", (unsigned long long)bytes,
                 (unsigned long long)source->raw_bytes);
        refuse_log(keep, source, text);
    } else if (begins != source->begins) {
        refuse_log(keep, source, "it begins with something else");
    } else if (ino != is_ino) {
        refuse_log(keep, source, "it is another file of that name");
    } else if (mtime != is_mtime) {
        refuse_log(keep, source, "it was written to since");
    }
}

static void keep_jobs(struct keep *keep, const struct sources *sources)
{
    uint64_t count = sources->job_count, was = count;
    KEEP(keep, was);
    for (size_t i = 0; keep_is_well(keep) && was == count && i < count; i++) {
        uint64_t cut = sources->jobs[i].to, cut_was = cut;
        KEEP(keep, cut_was);
        was = cut == cut_was ? was : UINT64_MAX;
    }
    if (keep_is_well(keep) && was != count) {
        refuse(keep, "was begun with logs that fell into other stretches");
    }
}

static void keep_identity(struct keep *keep, const struct resume *resume)
{
    const struct run *run = resume->run;
    struct sha256 program = {{0}}, is_program, options, is_options;
    struct err why = {0};
    memcpy(program.bytes, resume->given->program, sizeof program.bytes);
    is_program = program;
    KEEP(keep, program);
    if (keep_is_well(keep) && !sha256_eq(&program, &is_program)) {
        refuse(keep, "is of another build of this program");
    }
    if (digest_options(run, &is_options, &why) != 0) {
        keep_fail(keep, &why);
        return;
    }
    options = is_options;
    KEEP(keep, options);
    if (keep_is_well(keep) && !sha256_eq(&options, &is_options)) {
        refuse(keep, "was begun with other options");
    }
    uint64_t logs = run->sources.count;
    KEEP(keep, logs);
    if (keep_is_well(keep) && logs != run->sources.count) {
        char text[96];
        snprintf(text, sizeof text, "was begun with %llu logs, and now there are %zu", (unsigned long long)logs,
                 run->sources.count);
        refuse(keep, text);
    }
    for (size_t i = 0; keep_is_well(keep) && i < run->sources.count; i++) {
        keep_log(keep, &run->sources.all[i]);
    }
    keep_jobs(keep, &run->sources);
}

static void keep_all(void *self, struct keep *keep)
{
    struct resume *resume = self;
    keep_identity(keep, resume);
    if (keep_is_well(keep) || !keep_reads(keep)) {
        survey_keep(keep, resume->run, &resume->merged);
    }
}

/* ---- the run ---- */

static int take_up(struct resume *resume, struct err *err)
{
    const struct run *run = resume->run;
    const struct keep_walk walk = {resume, keep_all};
    TRY(keep_read(resume->given->fd, &resume->newest, &walk, err));
    if (resume->merged > run->sources.job_count) {
        return err_set(err, ERR_FORMAT, "a state has more stretches of log than there are");
    }
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->damage[0] != '\0') {
            assay_complain(run->sink, str_of(source->path), str_of(source->damage));
        }
    }
    return 0;
}

int resume_begin(struct run *run, size_t *ret_merged, struct err *err)
{
    const struct assay_trace_resume *given = run->options->resume;
    *ret_merged = 0;
    if (given == NULL) {
        return 0;
    }
    struct resume *resume = ARENA_NEW(&run->keep, struct resume, 1, err);
    if (resume == NULL) {
        return -1;
    }
    *resume = (struct resume){.given = given, .run = run, .rested = time_ticks(), .steps = given->end_before_step};
    int rc = keep_newest(given->fd, &resume->newest, err);
    rc = rc == 0 && resume->newest.bytes > 0 ? take_up(resume, err) : rc;
    if (rc != 0) {
        err_where(err, "%s", given->name);
        return err->kind == ERR_FORMAT
                   ? err_remedy(err, "give the logs and options that it was begun with, or another file to begin anew")
                   : -1;
    }
    run->resume = resume;
    *ret_merged = resume->merged;
    return 0;
}

static bool is_told_to_stop(struct resume *resume, bool is_last)
{
    const struct assay_trace_resume *given = resume->given;
    resume->is_stopping |= given->is_stopped != NULL && given->is_stopped(given->self, is_last);
    return resume->is_stopping;
}

bool resume_is_due(struct run *run)
{
    struct resume *resume = run->resume;
    uint64_t every = resume->given->every_jobs;
    bool is_time = every > 0 ? resume->begun >= every
                             : !resume->is_given_up && time_ticks() - resume->rested >= RESTS + resume->pause;
    if ((is_time && resume->begun > 0) || is_told_to_stop(resume, false)) {
        return true;
    }
    resume->begun++;
    return false;
}

/* A disk that is full does not end an examination; only it cannot be gone on with from here. */
static void write_state(struct resume *resume, size_t merged)
{
    const struct keep_walk walk = {resume, keep_all};
    struct err why = {0};
    char text[ERR_TEXT_BYTES + 96];
    int64_t began = time_ticks();
    resume->merged = merged;
    if (!resume->is_given_up && keep_write(resume->given->fd, &resume->newest, &walk, &resume->steps, &why) != 0) {
        snprintf(text, sizeof text, "%s; the run goes on, but could not be gone on with from here", why.text);
        assay_complain(resume->run->sink, str_of(resume->given->name), str_of(text));
        resume->is_given_up = true;
    }
    resume->pause = (time_ticks() - began) * WRITING_SHARE;
    resume->states++;
}

int resume_rest(struct run *run, size_t merged, bool is_last, struct err *err)
{
    struct resume *resume = run->resume;
    if (merged > resume->merged || resume->newest.bytes == 0) {
        write_state(resume, merged);
    }
    resume->rested = time_ticks();
    resume->begun = 0;
    if (is_told_to_stop(resume, is_last) ||
        (resume->given->end_after_state > 0 && resume->states == resume->given->end_after_state)) {
        err_set(err, ERR_LIMIT, "stopped with %zu of %zu stretches of the logs read", merged, run->sources.job_count);
        return err_remedy(err, "the same command goes on from there: what was read is kept in %s", resume->given->name);
    }
    return 0;
}
