/* assay_judge: claim after claim, each on its own board, since who gains by what depends on the claim. */
#include "assay/judge.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

bool source_bears_on(enum source source, enum claim_kind kind)
{
    switch (source) {
    case SOURCE_TREE:
    case SOURCE_LOG_USE:
        return kind == CLAIM_ENTRY || kind == CLAIM_USE;
    case SOURCE_LOG_CAME:
        return kind == CLAIM_ENTRY;
    case SOURCE_LOG_TAKING:
    case SOURCE_DB_LOG:
    case SOURCE_DB_TAKEN:
    case SOURCE_FLOW:
        return kind == CLAIM_TAKING;
    case SOURCE_REACH:
        return kind == CLAIM_ACCESS;
    case SOURCE_MATCH:
        return kind == CLAIM_TAKING || kind == CLAIM_POSSESSION;
    case SOURCE_COUNT:
        break;
    }
    return false;
}

void judged_stories(struct judged *judged, bool with_sample)
{
    struct board *board = &judged->board;

    board->story_count = story_list(board->stories, with_sample, judged->kind);
    story_measured(board->stories, board->story_count, judged->rates, judged->policy);
    board->policy = judged->policy;
    board->open = judged->kind == CLAIM_ACCESS && strcmp(opened_rate(judged->claim), "entire") == 0
                      ? story_open_to_whole(board->stories, board->story_count)
                      : 0;
}

static void lay_out(struct judged *judged)
{
    struct items *items = judged->items;
    struct board *board = &judged->board;

    judged_stories(judged, items->has_sample);
    board->keeper_count = items->keeper_count;
    for (size_t k = 0; k < items->keeper_count; k++) {
        board->keepers[k] = items->keepers[k];
        board->keepers[k].gains =
            stance_gains(board, stance_of(judged->model, items->keepers[k].party, judged->claim), judged->kind);
    }
    for (size_t i = 0; i < items->count; i++) {
        if (items->rows[i].is_measured) {
            board->items[board->item_count++] = &items->rows[i];
        }
    }
    judge_speakers(board, NULL, judged->speaks);
    for (size_t i = 0; i < board->item_count; i++) {
        judged->has_ratio |= judged->speaks[i] && source_bears_on(board->items[i]->source, judged->kind);
    }
}

double judged_standard(const json_t *claim, const struct policy *policy)
{
    const double own = log10(json_num(claim, "standard", policy_of(NULL, POLICY_STANDARD)));
    const double shifted = own + log10(policy_of(policy, POLICY_STANDARD) / policy_of(NULL, POLICY_STANDARD));

    /* the half of a standard below 2 would support what the evidence speaks against */
    return policy == NULL ? own : fmax(shifted, fmin(own, .01));
}

int judged_claim(const json_t *model, const json_t *rates, const json_t *claim, const struct policy *policy,
                 struct judged *ret_judged, struct err *err)
{
    const int kind = claim_kind_of(json_text(claim, "kind", ""));
    const double standard = judged_standard(claim, policy);

    *ret_judged = (struct judged){.model = model, .rates = rates, .claim = claim, .policy = policy};
    if (kind < 0) {
        return err_set(err, ERR_FORMAT, "claim %s has no kind that is known", json_text(claim, "id", "?"));
    }
    if (!isfinite(standard) || standard <= 0) {
        return err_set(err, ERR_FORMAT, "claim %s: its standard must be above 1", json_text(claim, "id", "?"));
    }
    ret_judged->kind = (enum claim_kind)kind;
    ret_judged->standard_log10 = standard;
    ret_judged->items = calloc(1, sizeof *ret_judged->items);
    if (ret_judged->items == NULL) {
        return err_no_memory(err);
    }
    TRY(items_of_case(model, rates, claim, policy, ret_judged->items, err));
    lay_out(ret_judged);
    judge_weigh(&ret_judged->board, NULL, ret_judged->kind, ret_judged->standard_log10, &ret_judged->outcome);
    if (!ret_judged->has_ratio) {
        ret_judged->outcome.direction = DIRECTION_UNDETERMINED;
    }
    return 0;
}

void own_judged(struct judged *judged)
{
    free(judged->items);
}

static int judge_one(const json_t *model, const json_t *rates, const json_t *claim, json_t *verdicts, struct err *err)
{
    OWN(own_judged) struct judged judged = {0};

    TRY(judged_claim(model, rates, claim, NULL, &judged, err));
    json_t *entry = verdict_entry(&judged, err);
    if (entry == NULL) {
        return -1;
    }
    return json_array_append_new(verdicts, entry) == 0 ? 0 : err_no_memory(err);
}

int assay_judge(const json_t *model, const json_t *rates, json_t **ret_verdicts, struct err *err)
{
    OWN(own_json) json_t *verdicts = json_array();
    size_t i;
    const json_t *claim;

    if (verdicts == NULL) {
        return err_no_memory(err);
    }
    if (!json_is_object(model)) {
        return err_set(err, ERR_FORMAT, "the case has no model");
    }
    json_array_foreach(json_object_get(model, "claims"), i, claim)
    {
        TRY(judge_one(model, rates, claim, verdicts, err));
    }
    *ret_verdicts = json_incref(verdicts);
    return 0;
}
