/* What is looked at beside the headline, and does not change it: the twin run, planted rows, earlier leaks of the same
 * database. */
#ifndef ASSAY_MATCH_BESIDE_H
#define ASSAY_MATCH_BESIDE_H

#include "match/canaries.h"
#include "match/novelty.h"
#include "match/twin.h"

enum { OLDER_LEAKS_MAX = 8 };

struct beside {
    struct twin twin;
    bool has_canaries;
    struct canaries canaries;
    struct sets older[OLDER_LEAKS_MAX];
    size_t older_count;
    struct novelty novelty;
};

/* Reads the lists. *ret_complete is cleared when something of them was lost. err: USAGE, IO, FORMAT, LIMIT. */
MUST_USE int beside_load(struct beside *beside, const struct assay_match_options *options, unsigned workers,
                         const struct assay_sink *sink, bool *ret_complete, struct err *err);
/* in, evidence: NULL where nothing is in common. err: LIMIT. */
MUST_USE int beside_look(struct beside *beside, const struct sets *sample, const struct evidence_input *in,
                         const struct evidence *evidence, struct err *err);
void beside_close(struct beside *beside);

#endif
