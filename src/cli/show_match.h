/* The parts of match on a terminal. */
#ifndef ASSAY_CLI_SHOW_MATCH_H
#define ASSAY_CLI_SHOW_MATCH_H

#include "cli/show.h"

/* The same weighing where every row was given another row's source-made cells. */
void show_match_twin(struct listen *listen, const json_t *summary);
/* The lines beside the headline: planted rows, novelty, what was shared, a few rows to look up. */
void show_match_beside(struct listen *listen, const json_t *summary);

#endif
