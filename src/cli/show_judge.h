/* What judge shows besides its verdicts. */
#ifndef ASSAY_CLI_SHOW_JUDGE_H
#define ASSAY_CLI_SHOW_JUDGE_H

#include "cli/cli.h"

/* judge --policy: every constant that nobody measured. */
MUST_USE int show_policy(const struct cli *cli, struct err *err);
/* judge --ach: stories across, items down, for the claim named or for each. err: USAGE (no such claim). */
MUST_USE int show_ach(const struct cli *cli, const json_t *verdicts, struct err *err);
/* judge --replay: each verdict and what differs. Returns the exit status. */
int show_replay(const struct cli *cli, const json_t *rows);

#endif
