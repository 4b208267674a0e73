/* The parts of match on a terminal. */
#ifndef ASSAY_CLI_SHOW_MATCH_H
#define ASSAY_CLI_SHOW_MATCH_H

#include "cli/show.h"

/* The line under the headline: the same weighing with the source-made columns of other rows. */
void show_match_twin(struct listen *listen, const json_t *summary);
/* The lines beside the headline: planted rows, novelty, what was shared, a few rows to look up. */
void show_match_beside(struct listen *listen, const json_t *summary);

#endif
