/* The same evidence as an analysis of competing hypotheses (Heuer 1999): stories across, items down, each cell consistent, inconsistent
 * or neither, and the stories that the fewest items speak against.
 *
 * It counts items and forgets how much each says, how it was kept, and that two of them may have one cause. It is shown beside the
 * verdict because people know how to read it; the ratio is the verdict. */
#include "base/json.h"
#include "judge/inside.h"

#include "base/banned.h"

struct view {
    unsigned against[STORY_MAX]; /* items inconsistent with the story */
    unsigned least;
    size_t rows, telling;
};

/* 'C' consistent: no story explains the item noticeably better; 'I' inconsistent: one does, by ten times; 'N' neither. */
static char cell_of(double below_best)
{
    return below_best < policy_of(NULL, POLICY_NEAR) ? 'C' : below_best < policy_of(NULL, POLICY_FAR) ? 'N' : 'I';
}

static json_t *row_of(const struct judged *judged, const struct item *item, struct view *view)
{
    const struct board *board = &judged->board;
    double says[STORY_MAX], best = -1e300;
    char cells[STORY_MAX + 1] = "";
    bool tells = false;

    judge_weigh_item(board, item, says);
    for (size_t s = 0; s < board->story_count; s++) {
        best = says[s] > best ? says[s] : best;
    }
    for (size_t s = 0; s < board->story_count; s++) {
        cells[s] = cell_of(best - says[s]);
        view->against[s] += cells[s] == 'I';
        tells |= cells[s] != 'C';
    }
    view->rows++;
    view->telling += tells;
    return json_pack("{s:s, s:s, s:s, s:b}", "examination", item->examination, "rate", item->rate_name, "cells", cells,
                     "diagnostic", tells);
}

/* What the least inconsistent stories agree on: the claim, its contrary, or neither. A view of nothing says nothing. */
static enum direction said_by(const struct judged *judged, const struct view *view)
{
    bool with = false, without = false;

    for (size_t s = 0; s < judged->board.story_count; s++) {
        const bool is_least = view->against[s] == view->least;
        const bool is_open = (judged->board.open & (1U << s)) != 0;
        const bool has = story_has(&judged->board.stories[s], judged->kind);

        with |= is_least && (has || is_open);
        without |= is_least && (!has || is_open);
    }
    return with == without ? DIRECTION_UNDETERMINED : with ? DIRECTION_SUPPORTED : DIRECTION_REFUTED;
}

json_t *ach_view(const struct judged *judged)
{
    const struct board *board = &judged->board;
    struct view view = {.least = ~0U};
    json_t *rows = json_array(), *stories = json_array();

    for (size_t i = 0; i < board->item_count; i++) {
        if (judged->speaks[i]) {
            json_array_append_new(rows, row_of(judged, board->items[i], &view));
        }
    }
    for (size_t s = 0; s < board->story_count; s++) {
        view.least = view.against[s] < view.least ? view.against[s] : view.least;
    }
    for (size_t s = 0; s < board->story_count; s++) {
        json_array_append_new(stories, json_pack("{s:s, s:b, s:i, s:b}", "id", board->stories[s].id, "claim",
                                                 story_has(&board->stories[s], judged->kind), "inconsistent",
                                                 (int)view.against[s], "least", view.against[s] == view.least));
    }
    const enum direction says = said_by(judged, &view);
    return json_pack("{s:o, s:o, s:I, s:s, s:b}", "stories", stories, "rows", rows, "diagnostic",
                     (json_int_t)view.telling, "says", direction_name(says), "agrees",
                     says == judged->outcome.direction);
}
