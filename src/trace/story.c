/* Who is followed, and where that leads: from the given paths to their clients, from those one step to other
 * scripts that the same clients used and that ordinary visitors did not. Every step keeps its reason. A path that a
 * crowd uses leads nowhere, and an administrator whom the server made sign in is not followed. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/pages.h"

#include "base/banned.h"

enum {
    CROWD_CLIENTS = 20,   /* more clients than this, and than a hundredth of all: a page, not a back door */
    RARE_CLIENTS = 2,     /* a path that so few used ... */
    RARE_OF_CLIENTS = 20, /* ... in a log of at least so many clients */
    HOPS_MAX = 2          /* steps from a given path: further away, everybody is linked with everybody */
};

bool seed_is_tool(const struct seed *seed)
{
    static const char *const classes[] = {"shell", "uploader", "packed", "tool", "admin-tool", "config-shell"};
    for (size_t i = 0; seed->class_name != NULL && i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(seed->class_name, classes[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool use_is_signed_in(const struct use *use)
{
    return use->answered > 0 && use->named == use->answered;
}

/* What the recorded answers hold above the smallest one this path ever gave. A static file has no carrier. */
uint64_t use_above(const struct run *run, const struct use *use)
{
    uint64_t base = run->survey.carriers[use->seed].min_ok;
    if (!run->seeds[use->seed].is_script || base == UINT64_MAX) {
        return use->sized_bytes;
    }
    return use->sized_bytes - use->sized * base;
}

static uint64_t clients_of(const struct uses *uses, uint16_t seed)
{
    uint64_t count = 0;
    for (size_t i = 0; i < uses->count; i++) {
        count += uses->rows[i].seed == seed && uses->rows[i].ok > 0;
    }
    return count;
}

static bool is_crowd(const struct run *run, uint64_t clients)
{
    return clients > CROWD_CLIENTS && (clients > run->survey.clients / 100 || clients > SUSPECTS_MAX);
}

/* ---- suspects ---- */

static int by_first_ok(const void *a, const void *b)
{
    const struct use *x = *(const struct use *const *)a, *y = *(const struct use *const *)b;
    return hit_before(&x->first_ok, &y->first_ok) ? -1 : hit_before(&y->first_ok, &x->first_ok);
}

static int add_suspect(struct story *story, const struct run *run, const struct use *use)
{
    for (size_t i = 0; i < story->suspect_count; i++) {
        if (client_key_eq(story->suspects[i].key, use->key)) {
            story->suspects[i].is_signed_in &= use_is_signed_in(use);
            return 0;
        }
    }
    if (story->suspect_count == SUSPECTS_MAX) {
        story->suspects_dropped++;
        return 0;
    }
    struct suspect *suspect = &story->suspects[story->suspect_count++];
    uint64_t requests;
    *suspect = (struct suspect){.key = use->key, .first = use->first_ok, .is_signed_in = use_is_signed_in(use)};
    memcpy(suspect->address, use->address, sizeof suspect->address);
    suspect->stretches = clients_stretches(run->survey.tables, run->survey.table_count, use->key, &requests);
    return 0;
}

/* K1, K2, ... in the order of their first answered request to a followed path. */
static int choose_suspects(struct story *story, const struct run *run, struct err *err)
{
    const struct uses *uses = &run->survey.uses;
    OWN(own_mem) const struct use **sorted = calloc(uses->count + 1, sizeof(struct use *));
    if (story->suspects == NULL) {
        story->suspects = calloc(SUSPECTS_MAX, sizeof *story->suspects);
    }
    if (sorted == NULL || story->suspects == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu clients", uses->count);
    }
    size_t count = 0;
    for (size_t i = 0; i < uses->count; i++) {
        if (uses->rows[i].ok > 0) {
            sorted[count++] = &uses->rows[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, by_first_ok);
    story->suspect_count = 0;
    story->suspects_dropped = 0;
    for (size_t i = 0; i < count; i++) {
        TRY(add_suspect(story, run, sorted[i]));
    }
    return 0;
}

/* ---- one step further ---- */

/* Did the suspect come through a path that says something? */
static bool may_lead(const struct run *run, const struct suspect *suspect)
{
    if (suspect->is_signed_in) {
        return false;
    }
    for (size_t s = 0; s < run->seed_count; s++) {
        const struct use *use = uses_find(&run->survey.uses, (uint16_t)s, suspect->key);
        if (use != NULL && use->ok > 0 && !is_crowd(run, clients_of(&run->survey.uses, (uint16_t)s))) {
            return true;
        }
    }
    return false;
}

/* Every candidate costs a look at the whole log, with the others: not those that it could only turn down (judge_candidate),
 * since too many clients used them. */
static bool is_candidate(const struct run *run, const struct touched *touched)
{
    bool is_script = path_is_script(touched->path);
    if (touched->ok == 0 || !(touched->is_dump || is_script || path_is_archive(touched->path))) {
        return false;
    }
    const struct page *page = pages_find(&run->survey.pages, touched->path);
    uint64_t least = page == NULL ? 0 : page_clients_least(page);
    bool must_be_rare = !touched->is_dump && !(is_script && path_writable_hint(touched->path).len > 0);
    return !is_crowd(run, least) && (!must_be_rare || least <= RARE_CLIENTS);
}

static size_t find_seed(const struct seed *seeds, size_t count, struct str path)
{
    size_t i = 0;
    while (i < count && !str_eq(seeds[i].path, path)) {
        i++;
    }
    return i;
}

/* Paths of suspects that may be tools too; exports and odd places first, as room is limited. */
static size_t collect_candidates(const struct run *run, const struct story *story, uint8_t hops,
                                 struct seed *candidates, size_t room)
{
    size_t count = 0;
    OWN(own_mem) bool *leads = calloc(story->suspect_count + 1, sizeof *leads);
    if (leads == NULL) {
        return 0;
    }
    for (size_t i = 0; i < story->suspect_count; i++) {
        leads[i] = may_lead(run, &story->suspects[i]);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < story->follow.touched_count; i++) {
            const struct touched *touched = &story->follow.touched[i];
            bool is_first_round = touched->is_dump || path_writable_hint(touched->path).len > 0;
            if (leads[touched->suspect] && is_candidate(run, touched) && is_first_round == (round == 0) &&
                count < room && find_seed(candidates, count, touched->path) == count &&
                find_seed(run->seeds, run->seed_count, touched->path) == run->seed_count) {
                candidates[count++] = (struct seed){.path = touched->path,
                                                    .mtime = TIME_NONE,
                                                    .is_script = path_is_script(touched->path),
                                                    .origin = touched->is_dump ? SEED_EXPORT : SEED_GIVEN,
                                                    .hops = hops,
                                                    .via = story->suspects[touched->suspect].key};
            }
        }
    }
    return count;
}

/* Hardly anybody but the suspects used it, and it was not there before they came. */
static bool is_rare(const struct run *run, const struct story *story, const struct uses *uses, uint16_t at,
                    const struct carrier *carrier, struct client_key via)
{
    if (run->survey.clients < RARE_OF_CLIENTS || clients_of(uses, at) > RARE_CLIENTS) {
        return false;
    }
    for (size_t i = 0; i < story->suspect_count; i++) {
        if (client_key_eq(story->suspects[i].key, via)) {
            return hit_is(&carrier->first_ok) && hit_before(&story->suspects[i].first, &carrier->first_ok);
        }
    }
    return false;
}

/* SEED_GIVEN: not accepted. */
static enum seed_origin judge_candidate(const struct run *run, const struct story *story, const struct seed *seed,
                                        const struct uses *uses, uint16_t at, const struct carrier *carrier)
{
    bool is_writable = path_writable_hint(seed->path).len > 0;
    if (is_crowd(run, clients_of(uses, at))) {
        return SEED_GIVEN;
    }
    if (seed->origin == SEED_EXPORT) {
        return SEED_EXPORT;
    }
    if (seed->is_script && is_writable) {
        return SEED_WRITABLE;
    }
    if (is_rare(run, story, uses, at, carrier, seed->via)) {
        return seed->is_script ? SEED_RARE : SEED_ARCHIVE;
    }
    return SEED_GIVEN;
}

static int accept(struct run *run, const struct seed *seed, enum seed_origin origin, const struct uses *uses,
                  uint16_t at, const struct carrier *carrier, struct err *err)
{
    uint16_t number = (uint16_t)run->seed_count;
    run->seeds[number] = *seed;
    run->seeds[number].origin = origin;
    run->survey.carriers[number] = *carrier;
    run->seed_count++;
    for (size_t i = 0; i < uses->count; i++) {
        if (uses->rows[i].seed != at) {
            continue;
        }
        struct err why = {0};
        struct use *use = uses_get(&run->survey.uses, number, uses->rows[i].key, str_of(uses->rows[i].address), &why);
        if (use != NULL) {
            *use = uses->rows[i];
            use->seed = number;
        } else if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        } else {
            run->survey.uses.dropped += uses->rows[i].requests;
        }
    }
    return 0;
}

/* Counts the candidates over all the log and takes on those that stand out. */
static int step_further(struct run *run, struct story *story, uint8_t hops, size_t *ret_taken, struct err *err)
{
    size_t room = SEEDS_MAX - run->seed_count;
    *ret_taken = 0;
    OWN(own_mem) struct seed *candidates = calloc(room + 1, sizeof *candidates);
    OWN(own_mem) struct carrier *carriers = calloc(room + 1, sizeof *carriers);
    if (candidates == NULL || carriers == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", room);
    }
    size_t count = collect_candidates(run, story, hops, candidates, room);
    if (count == 0) {
        return 0;
    }
    struct uses uses = {0};
    int rc = survey_paths(run, candidates, count, &uses, carriers, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        enum seed_origin origin = judge_candidate(run, story, &candidates[i], &uses, (uint16_t)i, &carriers[i]);
        if (origin != SEED_GIVEN) {
            rc = accept(run, &candidates[i], origin, &uses, (uint16_t)i, &carriers[i], err);
            (*ret_taken)++;
        }
    }
    uses_free(&uses);
    return rc;
}

int seeds_take(struct run *run, const struct seed *seeds, size_t count, struct err *err)
{
    size_t taken = 0;
    OWN(own_mem) struct seed *fresh = calloc(count + 1, sizeof *fresh);
    OWN(own_mem) struct carrier *carriers = calloc(count + 1, sizeof *carriers);
    if (fresh == NULL || carriers == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", count);
    }
    for (size_t i = 0; i < count && run->seed_count + taken < SEEDS_MAX; i++) {
        if (find_seed(run->seeds, run->seed_count, seeds[i].path) == run->seed_count &&
            find_seed(fresh, taken, seeds[i].path) == taken) {
            fresh[taken++] = seeds[i];
        }
    }
    if (taken == 0) {
        return 0;
    }
    struct uses uses = {0};
    int rc = survey_paths(run, fresh, taken, &uses, carriers, err);
    for (size_t i = 0; rc == 0 && i < taken; i++) {
        rc = accept(run, &fresh[i], fresh[i].origin, &uses, (uint16_t)i, &carriers[i], err);
    }
    uses_free(&uses);
    return rc;
}

static int find_gaps(const struct run *run, struct story *story, struct err *err)
{
    size_t sets = run->sources.set_count;
    story->gaps = calloc((size_t)GAPS_MAX * (sets + 1), sizeof *story->gaps);
    story->gap_floors = calloc(sets + 1, sizeof *story->gap_floors);
    if (story->gaps == NULL || story->gap_floors == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for gaps");
    }
    for (uint32_t set = 0; set < sets; set++) {
        story->gap_count += days_gaps(&run->survey.days, set, story->gaps + story->gap_count, &story->gap_floors[set]);
    }
    return 0;
}

int story_build(struct run *run, struct story *story, struct err *err)
{
    TRY(find_gaps(run, story, err));
    TRY(choose_suspects(story, run, err));
    if (run->seed_count == 0) {
        return follow_all(run, story->suspects, 0, &story->follow, err);
    }
    TRY(follow_all(run, story->suspects, story->suspect_count, &story->follow, err));
    for (unsigned hops = 1; hops <= HOPS_MAX; hops++) {
        size_t taken;
        TRY(step_further(run, story, (uint8_t)hops, &taken, err));
        if (taken == 0) {
            return 0;
        }
        follow_free(&story->follow);
        TRY(choose_suspects(story, run, err));
        TRY(follow_all(run, story->suspects, story->suspect_count, &story->follow, err));
    }
    return 0;
}

void story_free(struct story *story)
{
    free(story->suspects);
    free(story->gaps);
    free(story->gap_floors);
    follow_free(&story->follow);
}
