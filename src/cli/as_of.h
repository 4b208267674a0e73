/* --as-of DATE=FILE: backups of a reference and when they were taken. */
#ifndef ASSAY_CLI_AS_OF_H
#define ASSAY_CLI_AS_OF_H

#include "assay/match.h"
#include "cli/cli.h"

/* Parses every --as-of, oldest first. A bare date is its whole day, a time its minute; without a zone UTC. *ret_backups is the
 * caller's (free); names are borrowed from the command line. err: USAGE. */
MUST_USE int as_of_parse(const struct cli *cli, struct assay_match_backup **ret_backups, size_t *ret_count,
                         struct err *err);
/* The same for the record of a run: an array of {name, from, until}, NULL without any; the caller's. */
json_t *as_of_json(const struct assay_match_backup *backups, size_t count);

#endif
