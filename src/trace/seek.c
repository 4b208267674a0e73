/* Rules and hunt beside the survey: one part a job, added up in job order. */
#include "trace/seek.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/time.h"
#include "trace/hunt.h"
#include "trace/proxy.h"
#include "trace/sigma.h"
#include "trace/tell.h"

#include "base/banned.h"

struct seek {
    struct sigma *sigma; /* NULL: no rules */
    struct sigma_tally tally;
    struct hunt hunt;
    bool is_hunt;
};

struct seek_part {
    struct sigma_tally tally;
    struct hunt hunt;
};

int seek_open(struct run *run, struct err *err)
{
    const struct assay_trace_options *options = run->options;
    if (options->sigma == NULL && !options->is_hunt) {
        return 0;
    }
    run->seek = ARENA_NEW(&run->keep, struct seek, 1, err);
    if (run->seek == NULL) {
        return -1;
    }
    run->seek->is_hunt = options->is_hunt;
    hunt_init(&run->seek->hunt);
    if (options->sigma == NULL) {
        return 0;
    }
    TRY(sigma_load(options->sigma, run->sink, &run->keep, &run->seek->sigma, err));
    return sigma_tally_init(&run->seek->tally, run->seek->sigma, err);
}

void seek_close(struct run *run)
{
    if (run->seek != NULL) {
        sigma_tally_free(&run->seek->tally);
        hunt_clear(&run->seek->hunt);
    }
}

struct seek_part *seek_start(const struct run *run, struct err *err)
{
    struct seek_part *part = calloc(1, sizeof *part);
    if (part == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a stretch of log");
        return NULL;
    }
    hunt_init(&part->hunt);
    if (run->seek->sigma != NULL && sigma_tally_init(&part->tally, run->seek->sigma, err) != 0) {
        free(part);
        return NULL;
    }
    return part;
}

void seek_drop(struct seek_part *part)
{
    if (part != NULL) {
        sigma_tally_free(&part->tally);
        hunt_clear(&part->hunt);
        free(part);
    }
}

int seek_take(struct seek_part *part, const struct run *run, const struct source *source, const struct log_line *line,
              const struct hit *hit, struct err *err)
{
    enum log_kind kind = source->reader.format->kind;
    struct str client = kind == LOG_WEB ? client_of(run, source, line) : log_field(line, line->client);
    if (part->tally.sigma != NULL && (kind == LOG_WEB || kind == LOG_DATABASE)) {
        TRY(sigma_take(&part->tally, line, kind, source->reader.has, client, hit, err));
    }
    return run->seek->is_hunt && kind == LOG_WEB ? hunt_take(&part->hunt, source, line, client, hit, err) : 0;
}

int seek_merge(struct run *run, const struct seek_part *part, uint64_t lines_before, struct err *err)
{
    if (part->tally.sigma != NULL) {
        TRY(sigma_merge(&run->seek->tally, &part->tally, lines_before, err));
    }
    return hunt_merge(&run->seek->hunt, &part->hunt, lines_before, err);
}

uint64_t seek_rules(const struct run *run)
{
    return run->seek == NULL || run->seek->sigma == NULL ? 0 : run->seek->sigma->digest | 1;
}

void seek_keep(struct keep *keep, struct run *run)
{
    if (run->seek != NULL) {
        hunt_keep(keep, &run->seek->hunt, &run->keep);
    }
    if (run->seek != NULL && run->seek->sigma != NULL) {
        sigma_keep(keep, &run->seek->tally);
    }
}

int seek_seeds(struct run *run, struct err *err)
{
    if (run->seek == NULL || !run->seek->is_hunt) {
        return 0;
    }
    size_t room = (SEEDS_MAX - run->seed_count) / 2;
    OWN(own_mem) struct tool *tools = calloc(room + 1, sizeof *tools);
    OWN(own_mem) struct seed *seeds = calloc(room + 1, sizeof *seeds);
    if (tools == NULL || seeds == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", room);
    }
    size_t count = hunt_tools(run, &run->seek->hunt, tools, room);
    for (size_t i = 0; i < count; i++) {
        struct str kept = arena_str(&run->keep, tools[i].path, err);
        if (kept.data == NULL) {
            return -1;
        }
        seeds[i] = (struct seed){
            .path = kept, .mtime = TIME_NONE, .origin = SEED_HUNT, .via = tools[i].via, .is_script = true};
    }
    return seeds_take(run, seeds, count, err);
}

uint64_t seek_unread(const struct run *run)
{
    const struct seek *seek = run->seek;
    if (seek == NULL) {
        return 0;
    }
    uint64_t rules = seek->sigma == NULL ? 0 : seek->sigma->refused_count + seek->sigma->unread;
    return rules + seek->hunt.sightings.dropped + seek->hunt.missers.dropped + seek->hunt.guessers.dropped;
}

int seek_tell(struct telling *telling)
{
    const struct seek *seek = telling->run->seek;
    if (seek == NULL) {
        return 0;
    }
    if (seek->is_hunt) {
        TRY(hunt_tell(telling, &seek->hunt));
    }
    return seek->sigma != NULL ? sigma_tell(telling, &seek->tally) : 0;
}
