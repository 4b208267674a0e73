/* The merging half of assay open. */
#ifndef ASSAY_CLI_OPEN_MERGE_H
#define ASSAY_CLI_OPEN_MERGE_H

#include "cli/cli.h"

/* Is there a case in dir already? */
bool open_is_case(const char *dir);
/* Takes every --merge of the command line into the case in dir, one after the other; stops at the first that is refused. */
MUST_USE int open_merge(const struct cli *cli, const char *dir, struct err *err);

#endif
