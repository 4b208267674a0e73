/* wipe: the run is over, and whoever could still compute with its secrets could only do harm: scalars, seeds and keys are overwritten and
 * removed. What was signed and sent stays. */
#include "base/str.h"
#include "private/step.h"

#include "base/banned.h"

static int check_over(const struct step *step, struct err *err)
{
    TRY(step_any(step, err));
    if (place_has(&step->place, "accepted") || step->options->is_abandoned) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: no result was accepted in it: without its secrets there will be none",
            step->place.path);
    return err_remedy(err, "assay private finish RESULT comes first; --abandon if this run will never have one");
}

int step_wipe(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, false, err));
    if (step->place.is_wiped) { /* or half so: a kill came between */
        TRY(step_say(step, "again", json_true(), err));
    } else {
        TRY(check_over(step, err));
        TRY(step_say(step, "role", json_string(wire_role_name(step->place.secrets->role)), err));
    }
    TRY(place_wipe(&step->place, err));
    return step_say(step, "wiped",
                    json_string("the run's secrets were overwritten and removed; copies and backups of them were not"),
                    err);
}
