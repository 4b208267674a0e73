/* A step of the private comparison, told to a person. */
#ifndef ASSAY_CLI_SHOW_PRIVATE_H
#define ASSAY_CLI_SHOW_PRIVATE_H

#include <jansson.h>

#include "cli/cli.h"

/* summary: of assay_private(). */
void show_private(const struct cli *cli, const json_t *summary);

#endif
