/* Files that a command was given, where some can be read only once: "-" and pipes. An engine reads more than once and is confined before
 * it reads at all. So those are copied to an unnamed temporary file first, which goes when the command ends. */
#ifndef ASSAY_CLI_INPUTS_H
#define ASSAY_CLI_INPUTS_H

#include "cli/cli.h"

struct cli_inputs {
    const char **names; /* "standard input" for "-"; others as given */
    int *fds;           /* open, at its beginning; -1: to be opened by its name */
    int *open_fds;      /* those of fds that are, for assay_run */
    size_t count, open_count;
};

/* Copies what has to be copied. err: USAGE, IO (no room, with a remedy). Clear it also after a failure. */
MUST_USE int cli_inputs_open(const struct cli *cli, struct cli_inputs *inputs, struct err *err);
void own_cli_inputs(struct cli_inputs *inputs);

#endif
