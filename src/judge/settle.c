/* What an examination that nobody has made yet could do for a claim. */
#include "judge/inside.h"

#include "base/banned.h"

static double ratio_with(struct board *board, const struct item *candidate, double found, enum claim_kind claim,
                         double standard_log10, bool *ret_settled)
{
    struct item item = *candidate;
    struct outcome outcome;

    for (size_t i = 0; i < item.unit_count; i++) {
        item.units[i].found = found;
    }
    board->items[board->item_count++] = &item;
    judge_weigh(board, NULL, claim, standard_log10, &outcome);
    board->item_count--;
    board->items[board->item_count] = NULL;
    *ret_settled = outcome.direction != DIRECTION_UNDETERMINED;
    return outcome.log10_lr;
}

void judge_settle(struct board *board, const struct item *candidate, enum claim_kind claim, double standard_log10,
                  struct settle *ret)
{
    struct outcome base;
    bool found_settles, nothing_settles;

    *ret = (struct settle){0};
    judge_weigh(board, NULL, claim, standard_log10, &base);
    ret->base = base.log10_lr;
    if (board->item_count >= ITEM_MAX) {
        return;
    }
    ret->if_found = ratio_with(board, candidate, 1, claim, standard_log10, &found_settles);
    ret->if_nothing = ratio_with(board, candidate, 0, claim, standard_log10, &nothing_settles);
    judge_chance_found(candidate, 1, &ret->found_true, &ret->found_false);
    ret->settles_true = found_settles * ret->found_true + nothing_settles * (1 - ret->found_true);
    ret->settles_false = found_settles * ret->found_false + nothing_settles * (1 - ret->found_false);
    ret->expected_true = ret->found_true * ret->if_found + (1 - ret->found_true) * ret->if_nothing;
}
