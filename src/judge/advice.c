/* What would settle an open claim: which examination is missing, who holds what it needs, and how likely it is to give the
 * claim a direction, under each answer. Sources without a measured rate are named, without a figure. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/stat.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { ADVICE_MAX = 8 };

struct advice {
    const char *what;
    enum source source; /* SOURCE_COUNT: no engine, or none with a measured rate */
    const char *evidence_kind;
};

struct shelf {
    struct advice rows[ADVICE_MAX];
    size_t count;
};

static const struct advice tree = {"the web root as it was, with its modification times", SOURCE_TREE, "tree"};
static const struct advice use_log = {"the web server's log of the whole time in question", SOURCE_LOG_USE, "log"};
static const struct advice taking_log = {"the web server's log of the whole time in question", SOURCE_LOG_TAKING,
                                         "log"};
static const struct advice sample = {"the sample, and a database to compare it with", SOURCE_MATCH, "sample"};
static const struct advice db_log = {"the database's own log of queries, read together with the web server's",
                                     SOURCE_DB_TAKEN, "database"};
static const struct advice flow = {"counters or flow records of what left the network", SOURCE_COUNT, "log"};
static const struct advice keys = {"what each credential in the web root opens, tried on the databases themselves",
                                   SOURCE_REACH, "tree"};
static const struct advice message = {"the message itself, with its full headers", SOURCE_COUNT, "document"};
static const struct advice signature = {"a signature with a key that the name used before", SOURCE_COUNT, "document"};

static struct shelf shelf_for(const struct judged *judged)
{
    switch (judged->kind) {
    case CLAIM_ENTRY:
        return (struct shelf){{tree, use_log}, 2};
    case CLAIM_USE:
        return (struct shelf){{use_log, tree}, 2};
    case CLAIM_TAKING:
        return (struct shelf){{sample, taking_log, flow, db_log}, 4};
    case CLAIM_POSSESSION:
        return (struct shelf){{sample}, 1};
    case CLAIM_ACCESS:
        /* without the keys nothing else can give it a ratio */
        return judged->has_ratio ? (struct shelf){{keys, use_log, tree}, 3} : (struct shelf){{keys}, 1};
    case CLAIM_RANSOM:
        return (struct shelf){{message}, 1};
    case CLAIM_ACTOR:
        return (struct shelf){{signature}, 1};
    case CLAIM_KIND_COUNT:
        break;
    }
    return (struct shelf){.count = 0};
}

/* Evidence of that kind that is recorded already, and who keeps it; else whoever denies the claim, since it is about his
 * systems; for a message or a sample, whoever asserts it. NULL: nobody is named. */
static const char *holder_of(const struct judged *judged, const char *kind, const json_t **ret_evidence)
{
    const bool from_accuser = strcmp(kind, "document") == 0 || strcmp(kind, "sample") == 0;
    size_t i;
    const json_t *row;

    *ret_evidence = NULL;
    json_array_foreach(json_object_get(judged->model, "evidence"), i, row)
    {
        if (strcmp(json_text(row, "what", ""), kind) == 0) {
            *ret_evidence = row;
            return evidence_keeper(row);
        }
    }
    json_array_foreach(json_object_get(judged->model, "parties"), i, row)
    {
        const char *party = json_text(row, "id", NULL);
        const enum stance stance = stance_of(judged->model, party, judged->claim);

        if (stance == (from_accuser ? STANCE_TRUE : STANCE_FALSE)) {
            return party;
        }
    }
    return NULL;
}

/* The examined item of that source that saw most, if any. */
static const struct item *seen_best(const struct judged *judged, enum source source)
{
    const struct item *best = NULL;

    for (size_t i = 0; i < judged->board.item_count; i++) {
        const struct item *item = judged->board.items[i];

        if (judged->speaks[i] && !item->is_confirmation && item->source == source &&
            (best == NULL || item->coverage > best->coverage)) {
            best = item;
        }
    }
    return best;
}

static size_t keeper_for(struct board *board, enum stance stance, const char *party, enum custody custody,
                         enum claim_kind kind)
{
    for (size_t i = 0; i < board->keeper_count; i++) {
        if (party != NULL && board->keepers[i].party != NULL && strcmp(party, board->keepers[i].party) == 0) {
            return i;
        }
    }
    if (board->keeper_count == KEEPER_MAX) {
        return KEEPER_MAX - 1;
    }
    board->keepers[board->keeper_count] =
        (struct keeper){.party = party, .custody = custody, .gains = stance_gains(board, stance, kind)};
    return board->keeper_count++;
}

/* A tree or log of the size that the rates were measured on, or the known one seen whole. False: no measured rate. */
static bool make_candidate(const struct judged *judged, enum source source, const struct item *known, struct item *ret)
{
    static const struct {
        const char *engine, *name, *each, *whole;
    } rates[] = {[SOURCE_TREE] = {"sweep", "planted/high", "false_files", "false_trees"},
                 [SOURCE_LOG_USE] = {"trace", "use/high", "false_sessions", "false_logs"},
                 [SOURCE_LOG_TAKING] = {"trace", "taking/high", "false_sessions", "false_logs"},
                 [SOURCE_REACH] = {"reach", NULL, "false_accounts", "false_runs"},
                 [SOURCE_DB_TAKEN] = {"trace", TAKEN_RATE, "false_sessions", "false_logs"}};
    const char *name = source == SOURCE_REACH ? opened_rate(judged->claim) : rates[source].name;
    const json_t *entry = rates_entry(judged->rates, rates[source].engine, name);

    if (known != NULL) {
        *ret = *known;
    } else {
        *ret = (struct item){.source = source, .group = source == SOURCE_LOG_TAKING ? SOURCE_LOG_USE : source};
        if (!rates_read(entry, rates[source].each, rates[source].whole, ret)) {
            return false;
        }
        ret->units[0].looked_at = (double)ret->units[0].false_alarms.n / (double)ret->units[1].false_alarms.n;
        ret->units[1].looked_at = 1;
    }
    ret->coverage = 1;
    ret->held = HELD_BY_KEEPER;
    return true;
}

static double share_in(const json_t *counts)
{
    const double n = json_number_value(json_array_get(counts, 1));

    return n > 0 ? json_number_value(json_array_get(counts, 0)) / n : 0;
}

static double with_match(struct board *board, const struct item *item, const struct judged *judged, enum direction *ret)
{
    struct outcome outcome;

    board->items[board->item_count++] = item;
    judge_weigh(board, NULL, judged->kind, judged->standard_log10, &outcome);
    board->item_count--;
    *ret = outcome.direction;
    return outcome.log10_lr;
}

/* A comparison has no count of findings; how often it comes out strong was measured on trials. */
static bool settle_by_match(struct judged *judged, size_t keeper, struct settle *ret)
{
    const json_t *match = json_object_get(judged->rates, "match");
    const json_t *caps = json_object_get(json_object_get(match, "caps"), "secret");
    const json_t *reach = json_object_get(match, "settles");
    struct item item = {.source = SOURCE_MATCH, .keeper = keeper, .group = SOURCE_MATCH, .held = HELD_BY_THIRD};
    struct outcome base;
    enum direction direction;

    if (!json_is_array(caps) || !json_is_object(reach) || judged->board.item_count == ITEM_MAX) {
        return false;
    }
    judge_weigh(&judged->board, NULL, judged->kind, judged->standard_log10, &base);
    judged_stories(judged, true);
    for (size_t k = 0; k < judged->board.keeper_count; k++) {
        struct keeper *each = &judged->board.keepers[k];
        each->gains = stance_gains(&judged->board, stance_of(judged->model, each->party, judged->claim), judged->kind);
    }
    *ret = (struct settle){.base = base.log10_lr};
    for (int end = 1; end >= 0; end--) {
        for (int o = ORIGIN_ELSEWHERE; o < ORIGIN_ANY_OTHER; o++) {
            item.log10_against[o] = json_number_value(json_array_get(caps, (size_t)end));
        }
        const double lr = with_match(&judged->board, &item, judged, &direction);
        const double h1 = share_in(json_object_get(reach, end ? "h1_supported" : "h1_refuted"));
        const double h2 = share_in(json_object_get(reach, end ? "h2_supported" : "h2_refuted"));

        *(end ? &ret->if_found : &ret->if_nothing) = lr;
        ret->settles_true += direction != DIRECTION_UNDETERMINED ? h1 : 0;
        ret->settles_false += direction != DIRECTION_UNDETERMINED ? h2 : 0;
        ret->expected_true += lr * h1;
    }
    return true;
}

/* A database's log is read beside the use that the web log shows; where it shows none, nobody can say what it would give. */
static bool has_user(const struct judged *judged)
{
    for (size_t i = 0; i < judged->items->count; i++) {
        if (judged->items->rows[i].users > 0) {
            return true;
        }
    }
    return false;
}

static bool settle_by(struct judged *judged, const struct advice *advice, const char *holder, const json_t *evidence,
                      struct settle *ret)
{
    const struct item *known = seen_best(judged, advice->source);
    struct board saved = judged->board;
    struct item candidate;
    bool done = false;

    if (advice->source == SOURCE_COUNT || (advice->source == SOURCE_DB_TAKEN && !has_user(judged))) {
        return false;
    }
    if (advice->source == SOURCE_MATCH) {
        holder = holder_of(judged, "database", &evidence); /* who could edit the database, not who has the sample */
    }
    const size_t keeper = known != NULL ? known->keeper
                                        : keeper_for(&judged->board, stance_of(judged->model, holder, judged->claim),
                                                     holder, evidence_custody(evidence), judged->kind);
    if (advice->source == SOURCE_MATCH) {
        done = settle_by_match(judged, keeper, ret);
    } else if (make_candidate(judged, advice->source, known, &candidate)) {
        candidate.keeper = keeper;
        judge_settle(&judged->board, &candidate, judged->kind, judged->standard_log10, ret);
        done = true;
    }
    judged->board = saved;
    return done;
}

struct ranked {
    json_t *row;
    double least, expected;
};

static int by_promise(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (a->least != b->least) {
        return a->least > b->least ? -1 : 1;
    }
    return a->expected > b->expected ? -1 : a->expected < b->expected;
}

static double hundredth(double value)
{
    return round(value * 1e4) / 1e4 + 0.0;
}

static struct ranked rank(struct judged *judged, const struct advice *advice, bool is_rest)
{
    const json_t *evidence;
    const char *holder = holder_of(judged, advice->evidence_kind, &evidence);
    struct settle settle;
    struct ranked ranked = {.least = -1};

    ranked.row = json_pack("{s:s, s:s*}", "what",
                           is_rest ? "the rest of the web server's log of the time in question" : advice->what,
                           "holder", holder);
    if (evidence != NULL) {
        json_object_set_new(ranked.row, "evidence", json_pack("[s]", json_text(evidence, "id", "")));
    }
    if (!settle_by(judged, advice, holder, evidence, &settle)) {
        const bool is_measured =
            advice->source == SOURCE_DB_TAKEN && rates_entry(judged->rates, "trace", TAKEN_RATE) != NULL;

        json_object_set_new(ranked.row, "could",
                            json_string(is_measured ? "could show it, where the web log shows who used what was planted"
                                                    : "could show it; no error rate is measured for it yet"));
        return ranked;
    }
    ranked.least = fmin(settle.settles_true, settle.settles_false);
    ranked.expected = settle.expected_true;
    json_object_update_new(ranked.row,
                           json_pack("{s:f, s:f, s:f, s:f, s:f}", "settles_if_true", hundredth(settle.settles_true),
                                     "settles_if_false", hundredth(settle.settles_false), "if_found",
                                     hundredth(settle.if_found), "if_nothing", hundredth(settle.if_nothing),
                                     "expected_if_true", hundredth(settle.expected_true)));
    return ranked;
}

json_t *advice_list(struct judged *judged)
{
    const struct shelf shelf = shelf_for(judged);
    struct ranked ranked[ADVICE_MAX];
    size_t count = 0;
    json_t *list = json_array();

    if (judged->outcome.direction != DIRECTION_UNDETERMINED) {
        return list;
    }
    for (size_t i = 0; i < shelf.count; i++) {
        const struct item *known = seen_best(judged, shelf.rows[i].source);
        const bool is_log = shelf.rows[i].source == SOURCE_LOG_USE || shelf.rows[i].source == SOURCE_LOG_TAKING;

        if (known != NULL && (!is_log || known->coverage >= policy_of(NULL, POLICY_HIGH))) {
            continue; /* done, and as far as one could see */
        }
        ranked[count++] = rank(judged, &shelf.rows[i], known != NULL);
    }
    qsort(ranked, count, sizeof *ranked, by_promise);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, ranked[i].row);
    }
    return list;
}
