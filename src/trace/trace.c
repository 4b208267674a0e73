/* The engine, in order: which files, what they hold, what the followed paths lead to, and what is said of it. */
#include "assay/trace.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/time.h"
#include "base/walk.h"
#include "trace/filetimes.h"
#include "trace/inside.h"
#include "trace/proxy.h"
#include "trace/seek.h"
#include "trace/watch.h"

#include "base/banned.h"

/* Given paths in normal form, each once; the first mention of a path has its class and time. */
static int take_seeds(struct run *run, struct err *err)
{
    const struct assay_trace_options *options = run->options;
    run->seeds = ARENA_NEW(&run->keep, struct seed, SEEDS_MAX, err);
    if (run->seeds == NULL) {
        return -1;
    }
    for (size_t i = 0; i < options->seed_count; i++) {
        char normal[PATH_BYTES];
        const struct assay_trace_seed *given = &options->seeds[i];
        size_t len = given->path == NULL ? 0 : path_normal(normal, str_of(given->path));
        if (len <= 1) {
            return err_set(err, ERR_USAGE, "\"%s\" is no path a request could name",
                           given->path == NULL ? "" : given->path);
        }
        size_t at = 0;
        while (at < run->seed_count && !str_eq(run->seeds[at].path, (struct str){normal, len})) {
            at++;
        }
        if (at < run->seed_count) {
            continue;
        }
        if (run->seed_count == SEEDS_MAX / 2) {
            return err_set(err, ERR_LIMIT, "more than %d paths", SEEDS_MAX / 2);
        }
        struct str path = arena_str(&run->keep, (struct str){normal, len}, err);
        if (path.data == NULL) {
            return -1;
        }
        run->seeds[run->seed_count++] = (struct seed){
            .path = path, .class_name = given->class_name, .mtime = given->mtime, .is_script = !path_is_archive(path)};
    }
    return 0;
}

/* A name that is wrong is said before anything is read; it is walked when all else is told (contradict_written.c). */
static int check_tree(const char *tree, struct err *err)
{
    OWN(own_walk) struct walk *walk = tree == NULL ? NULL : walk_open(tree, err);
    return tree != NULL && walk == NULL ? err_where(err, "--tree") : 0;
}

static int run_all(struct run *run, struct err *err)
{
    TRY(check_tree(run->options->tree, err));
    TRY(take_seeds(run, err));
    TRY(proxies_read(run->options->trusted_proxies, run->options->trusted_proxy_count, &run->keep, &run->proxies, err));
    TRY(sources_open(&run->sources, run->options, run->sink, &run->keep, err));
    TRY(filetimes_gather(run, err));
    TRY(seek_open(run, err));
    given_tell_unused(run);
    TRY(survey_all(run, err));
    TRY(seek_seeds(run, err));
    struct story story = {0};
    int rc = story_build(run, &story, err);
    rc = rc == 0 ? tell_all(run, &story, err) : rc;
    story_free(&story);
    return rc;
}

int assay_trace(const struct assay_trace_options *options, const struct assay_sink *sink, struct err *err)
{
    struct assay_trace_options given = *options;
    struct run run = {.options = &given, .sink = sink, .started = time_ticks()};
    run.workers = options->jobs > 0 ? options->jobs : pool_cores();
    run.workers = run.workers > 256 ? 256 : run.workers;
    arena_init(&run.keep, 0);
    int rc = given_formats(&run, &given, err);
    rc = rc == 0 ? run_all(&run, err) : rc;
    for (size_t kind = 0; kind < LOG_KIND_COUNT; kind++) {
        if (kind_works[kind] != NULL) {
            kind_works[kind]->free(run.kinds[kind]);
        }
    }
    seek_close(&run);
    watched_free(run.watched);
    survey_free(&run.survey);
    filetimes_free(run.file_times);
    sources_close(&run.sources);
    arena_clear(&run.keep);
    return rc;
}
