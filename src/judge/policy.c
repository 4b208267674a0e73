/* The constants that nobody measured, as they stand and as they are varied (docs/verdict.md, "Policy"). */
#include <math.h>
#include <stdio.h>

#include "assay/case.h"
#include "assay/judge.h"
#include "base/json.h"
#include "judge/inside.h"

#include "base/banned.h"

enum how { FIXED, VARIED };

static const struct row {
    const char *name;
    double value, most;
    enum how how;
    const char *meaning, *source;
} rows[POLICY_COUNT] = {
#define POLICY(enumerator, name, value, most, how, meaning, source) {name, value, most, how, meaning, source},
#include "judge/policy_list.h"
#undef POLICY
};

static const struct policy usual = {{
#define POLICY(enumerator, name, value, most, how, meaning, source) value,
#include "judge/policy_list.h"
#undef POLICY
}};

const struct policy *policy_usual(void)
{
    return &usual;
}

double policy_of(const struct policy *policy, enum policy_name name)
{
    return (policy != NULL ? policy : &usual)->of[name];
}

const char *policy_name(enum policy_name name)
{
    return rows[name].name;
}

bool policy_varied(enum policy_name name, double factor, struct policy *ret)
{
    *ret = usual;
    ret->of[name] = fmin(usual.of[name] * factor, rows[name].most);
    return rows[name].how == VARIED;
}

/* ---- for a person ---- */

json_t *policy_values(void)
{
    json_t *values = json_object();

    for (size_t i = 0; values != NULL && i < POLICY_COUNT; i++) {
        if (json_object_set_new(values, rows[i].name, json_real(usual.of[i])) != 0) {
            json_decref(values);
            return NULL;
        }
    }
    return values;
}

json_t *assay_judge_policy(void)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < POLICY_COUNT; i++) {
        json_array_append_new(list, json_pack("{s:s, s:f, s:b, s:s, s:s}", "name", rows[i].name, "value", rows[i].value,
                                              "varied", rows[i].how == VARIED, "meaning", rows[i].meaning, "source",
                                              rows[i].source));
    }
    const char *name;
    double ratio;
    for (size_t i = 0; list != NULL && (name = assay_standard(i, &ratio)) != NULL; i++) {
        char full[64];

        snprintf(full, sizeof full, "standard.%s", name);
        json_array_append_new(list, json_pack("{s:s, s:f, s:b, s:s, s:s}", "name", full, "value", ratio, "varied", 0,
                                              "meaning", "the ratio that a claim with this standard needs", "source",
                                              "assumed: courts name standards and give no numbers"));
    }
    return list;
}
