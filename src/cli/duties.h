/* The table of reporting duties that came with the program (data/deadlines.yaml), for the commands that show clocks. */
#ifndef ASSAY_CLI_DUTIES_H
#define ASSAY_CLI_DUTIES_H

#include "cli/cli.h"

/* --deadlines FILE where the command has it, else the program's own. New reference. err: NOT_FOUND, IO, FORMAT. */
MUST_USE int cli_duties(const struct cli *cli, json_t **ret_table, struct err *err);
/* Says which names there are; returns -1. */
int cli_duty_remedy(const json_t *table, struct err *err);

#endif
