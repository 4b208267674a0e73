/* What the summary holds beside the headline (docs/json-lines.md): the twin run, what was shared with whom, planted rows,
 * novelty, excerpts. No value of a row is among it, but masked ones, or as they are where that was asked for. */
#ifndef ASSAY_MATCH_SAYS_BESIDE_H
#define ASSAY_MATCH_SAYS_BESIDE_H

#include "match/says.h"

/* Adds the members twin, shared, canaries, novelty, excerpts to a summary. A member without memory is left out. */
void beside_put(json_t *summary, const struct says_summary *what);
/* One finding per planted row that is in the sample. */
MUST_USE int beside_findings(const struct assay_sink *sink, const struct canaries *canaries, const struct sets *sample,
                             struct err *err);

#endif
