/* The door: one step, one summary. */
#include <sodium.h>

#include "private/step.h"

#include "base/banned.h"

static const struct {
    const char *name;
    int (*run)(struct step *step, struct err *err);
} steps[] = {
    [ASSAY_PRIVATE_COMMIT] = {"commit", step_commit}, [ASSAY_PRIVATE_OFFER] = {"offer", step_offer},
    [ASSAY_PRIVATE_ANSWER] = {"answer", step_answer}, [ASSAY_PRIVATE_FINISH] = {"finish", step_finish},
    [ASSAY_PRIVATE_COUNT] = {"count", step_count},    [ASSAY_PRIVATE_AUDIT] = {"audit", step_audit},
    [ASSAY_PRIVATE_SHOW] = {"show", step_show},       [ASSAY_PRIVATE_EXCHANGE] = {"exchange", step_exchange},
    [ASSAY_PRIVATE_WIPE] = {"wipe", step_wipe},
};

static int make_key(struct step *step, struct err *err)
{
    struct key_pair public_pair;
    char hex[2 * SIGN_KEY_BYTES + 1];
    TRY(key_pair_make(step->options->state, &public_pair, err));
    hex_encode(hex, public_pair.sign, SIGN_KEY_BYTES);
    TRY(step_say(step, "step", json_string("key"), err));
    TRY(step_say(step, "public", json_string(hex), err));
    return step_say(step, "file", assay_text(str_of(step->options->state), 4096), err);
}

static int run(struct step *step, struct err *err)
{
    if (sodium_init() < 0) {
        return err_set(err, ERR_IO, "libsodium found no source of random numbers");
    }
    if (step->options->step == ASSAY_PRIVATE_KEY) {
        return make_key(step, err);
    }
    TRY(step_say(step, "step", json_string(steps[step->options->step].name), err));
    TRY(steps[step->options->step].run(step, err));
    return step->place.secrets == NULL
               ? 0
               : step_say(step, "role", json_string(wire_role_name(step->place.secrets->role)), err);
}

int assay_private(const struct assay_private_options *options, const struct assay_sink *sink, struct err *err)
{
    struct step step = {.options = options, .sink = sink, .place = {.dir = -1}, .summary = json_object()};
    int failed = run(&step, err);
    failed = failed != 0 ? failed : step_say(&step, "complete", json_true(), err);
    own_files(&step.files);
    own_place(&step.place);
    if (failed != 0) {
        json_decref(step.summary);
        return -1;
    }
    return assay_emit(sink, ASSAY_SUMMARY, step.summary, err);
}
