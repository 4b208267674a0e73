/* assay match --make-canaries: rows to plant, the list of them, commitments to them. */
#ifndef ASSAY_CLI_MATCH_CANARIES_H
#define ASSAY_CLI_MATCH_CANARIES_H

#include "cli/cli.h"

/* Exit status, or -1 with err. */
MUST_USE int match_make_canaries(const struct cli *cli, struct err *err);

#endif
