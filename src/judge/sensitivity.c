/* The verdict again, at half and at double of each constant that nobody measured: would it read otherwise? */
#include <math.h>

#include "base/json.h"
#include "base/own.h"
#include "judge/inside.h"

#include "base/banned.h"

/* Weighs a claim that is laid out already as another policy would have it. What the policy changes in the reading of a sample
 * (how much of the database may be unread, the largest ratio) is read again. */
static int weigh_under(const struct judged *judged, const struct policy *policy, bool rereads, struct outcome *ret,
                       struct err *err)
{
    if (rereads && judged->items->has_sample) {
        OWN(own_judged) struct judged other = {0};

        TRY(judged_claim(judged->model, judged->rates, judged->claim, policy, &other, err));
        *ret = other.outcome;
        return 0;
    }
    struct judged lent = *judged;

    lent.policy = policy;
    judged_stories(&lent, judged->items->has_sample);
    judge_weigh(&lent.board, NULL, lent.kind, judged_standard(judged->claim, policy), ret);
    return 0;
}

static int add_row(json_t *rows, const char *name, double factor, const json_t *value, const struct outcome *outcome,
                   struct err *err)
{
    json_t *row =
        json_pack("{s:s, s:f, s:O*, s:f, s:s}", "constant", name, "factor", factor, "value", value, "log10_lr",
                  judged_four(outcome->log10_lr), "direction", direction_name(outcome->direction));

    return row != NULL && json_array_append_new(rows, row) == 0 ? 0 : err_no_memory(err);
}

/* All three chances of doctoring together, which no single one of them shows. */
static int add_all_rho(const struct judged *judged, double factor, json_t *rows, struct err *err)
{
    struct policy policy = *policy_usual();
    struct outcome outcome;

    for (int p = POLICY_RHO_THIRD; p <= POLICY_RHO_INTERESTED; p++) {
        policy.of[p] *= factor;
    }
    TRY(weigh_under(judged, &policy, false, &outcome, err));
    return add_row(rows, "rho", factor, NULL, &outcome, err);
}

/* What enters when a sample is read, not when it is weighed. */
static bool is_read_again(enum policy_name name)
{
    return name == POLICY_LOST || name == POLICY_CAP || name == POLICY_COINCIDENCE || name == POLICY_HEAD ||
           name == POLICY_MISSED;
}

static int add_one(const struct judged *judged, enum policy_name name, double factor, json_t *rows, struct err *err)
{
    struct policy policy;
    struct outcome outcome;

    if (!policy_varied(name, factor, &policy)) {
        return 0;
    }
    OWN(own_json) json_t *value = json_real(policy.of[name]);
    TRY(weigh_under(judged, &policy, is_read_again(name), &outcome, err));
    return add_row(rows, policy_name(name), factor, value, &outcome, err);
}

int sensitivity_rows(const struct judged *judged, json_t **ret_rows, struct err *err)
{
    static const double factors[] = {.5, 2};
    OWN(own_json) json_t *rows = json_array();

    for (size_t f = 0; judged->has_ratio && f < 2; f++) {
        TRY(add_all_rho(judged, factors[f], rows, err));
        for (int name = 0; name < POLICY_COUNT; name++) {
            TRY(add_one(judged, (enum policy_name)name, factors[f], rows, err));
        }
    }
    *ret_rows = json_incref(rows);
    return 0;
}

json_t *sensitivity_turns(const struct judged *judged, const json_t *rows)
{
    json_t *names = json_array();
    const char *direction = direction_name(judged->outcome.direction);
    size_t i;
    const json_t *row;

    json_array_foreach(rows, i, row)
    {
        const char *name = json_text(row, "constant", "");
        bool is_told = strcmp(json_text(row, "direction", ""), direction) == 0;

        for (size_t n = 0; !is_told && n < json_array_size(names); n++) {
            is_told = strcmp(json_string_value(json_array_get(names, n)), name) == 0;
        }
        if (!is_told) {
            json_array_append_new(names, json_string(name));
        }
    }
    return names;
}
