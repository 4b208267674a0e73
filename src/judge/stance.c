/* Who gains by what. A party's interest in a claim is what it says of it; a party that speaks of other claims only is
 * taken to be on the side it took there; one that said nothing is a third party. Interest decides the direction in
 * which a keeper would doctor what it hands in, never whether it did. */
#include "assay/case.h"
#include "base/json.h"
#include "judge/inside.h"

#include "base/banned.h"

static bool names(const json_t *list, const char *id)
{
    size_t i;
    const json_t *value;

    json_array_foreach(list, i, value)
    {
        if (json_is_string(value) && strcmp(json_string_value(value), id) == 0) {
            return true;
        }
    }
    return false;
}

static enum stance stance_of_act(const char *act)
{
    return strcmp(act, "asserts") == 0 ? STANCE_TRUE : strcmp(act, "denies") == 0 ? STANCE_FALSE : STANCE_NONE;
}

enum stance stance_of(const json_t *model, const char *party, const json_t *claim)
{
    enum stance here = STANCE_NONE;
    bool asserts = false, denies = false;
    size_t i;
    const json_t *row;

    if (party == NULL) {
        return STANCE_NONE;
    }
    json_array_foreach(json_object_get(model, "statements"), i, row)
    {
        const char *act = json_text(row, "act", "");
        const json_t *claims = json_object_get(row, "claims");
        const enum stance stance = stance_of_act(act);
        const bool about_this = names(claims, json_text(claim, "id", ""));

        if (strcmp(json_text(row, "party", ""), party) != 0 || assay_case_is_hijacked(model, row, NULL)) {
            continue; /* what an account or a channel publishes in other hands is not its owner's word */
        }
        if (about_this && (stance != STANCE_NONE || strcmp(act, "retracts") == 0)) {
            here = stance; /* the last word counts; a retraction ends it */
        }
        asserts |= stance == STANCE_TRUE;
        denies |= stance == STANCE_FALSE;
    }
    if (here != STANCE_NONE || asserts == denies) {
        return here;
    }
    return asserts ? STANCE_TRUE : STANCE_FALSE;
}

unsigned stance_gains(const struct board *board, enum stance stance, enum claim_kind kind)
{
    unsigned gains = 0;

    for (size_t s = 0; s < board->story_count; s++) {
        const bool has = story_has(&board->stories[s], kind);

        if (stance == STANCE_NONE || has == (stance == STANCE_TRUE)) {
            gains |= 1U << s;
        }
    }
    return gains;
}
