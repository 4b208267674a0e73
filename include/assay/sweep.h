/* sweep: finds backdoors in web trees and names database-administration tools. */
#ifndef ASSAY_SWEEP_H
#define ASSAY_SWEEP_H

#include "assay/finding.h"

struct assay_sweep_options {
    const char *const *paths; /* files or directories; links are not followed out of a directory */
    size_t path_count;
    unsigned jobs;         /* threads; 0: one per core */
    bool all;              /* also hints and what is known and harmless */
    bool counts;           /* once it lasts longer than a second, count what there is, for progress: somebody watches */
    const char *rules_dir; /* directory of our YARA rules (data/rules); required */
    const char
        *tools_file; /* what is published about database tools (data/db-tools.json); NULL: nothing is looked up */
    const char *const *rule_paths; /* further YARA rules, of others: files or directories */
    size_t rule_path_count;
};

/* Walks every path and hands findings, and coverage of what was skipped, to sink in path order (bytewise); then totals, then one summary
 * (docs/json-lines.md). Files are read, never run. Unreadable ones are complained of and counted.
 * Returns 0, or -1 with err: IO (a given path cannot be opened at all), FORMAT (rules), LIMIT.
 * Threads: reads with `jobs` threads, calls sink from the caller's only. */
MUST_USE int assay_sweep(const struct assay_sweep_options *options, const struct assay_sink *sink, struct err *err);

#endif
