/* Steers what is looked at beside the headline. */
#include "match/beside.h"
#include "match/says.h"

#include "base/banned.h"

int beside_load(struct beside *beside, const struct assay_match_options *options, unsigned workers,
                const struct assay_sink *sink, bool *ret_complete, struct err *err)
{
    if (options->older_leak_count > OLDER_LEAKS_MAX) {
        return err_set(err, ERR_USAGE, "%zu earlier leaks, of at most %d", options->older_leak_count, OLDER_LEAKS_MAX);
    }
    for (size_t i = 0; i < options->older_leak_count; i++) {
        beside->older_count = i + 1;
        TRY(sets_load(&beside->older[i], options->older_leaks[i], NULL, workers, err));
        TRY(says_file(sink, options->older_leaks[i], "older leak", &beside->older[i].report, ret_complete, err));
    }
    if (options->canaries == NULL) {
        return 0;
    }
    beside->has_canaries = true;
    TRY(canaries_load(&beside->canaries, options->canaries, err));
    return says_file(sink, options->canaries, "canaries", &beside->canaries.report, ret_complete, err);
}

int beside_look(struct beside *beside, const struct sets *sample, const struct evidence_input *in,
                const struct evidence *evidence, struct err *err)
{
    if (in != NULL) {
        TRY(twin_run(in, evidence, &beside->twin, err));
    }
    if (in != NULL && beside->older_count > 0) {
        TRY(novelty_count(in, evidence, beside->older, beside->older_count, &beside->novelty, err));
    }
    return beside->has_canaries ? canaries_find(&beside->canaries, sample, in, evidence, err) : 0;
}

void beside_close(struct beside *beside)
{
    for (size_t i = 0; i < beside->older_count; i++) {
        sets_close(&beside->older[i]);
    }
    if (beside->has_canaries) {
        canaries_close(&beside->canaries);
    }
}
