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
    const char *const *known_paths; /* manifests of releases: what is unchanged is counted and not analysed */
    size_t known_count;
    const char *since; /* an earlier sweep's JSON Lines, or a manifest of this tree: what is new since; NULL: none */
    bool learn;        /* digests only: a measure of class "file" for each */
    bool explain;      /* also a measure of class "explained" for each file, with the lines its findings stand on */
};

/* Walks every path and hands findings, and coverage of what was skipped, to sink in path order (bytewise); then totals, then one summary
 * (docs/json-lines.md). Files are read, never run. Unreadable ones are complained of and counted.
 * Returns 0, or -1 with err: IO (a given path cannot be opened at all), FORMAT (rules), LIMIT.
 * Threads: reads with `jobs` threads, calls sink from the caller's only. */
MUST_USE int assay_sweep(const struct assay_sweep_options *options, const struct assay_sink *sink, struct err *err);

/* A manifest, from the measures of a run with `learn`, in their order. It appears under its name when it is ended; one that is
 * not ended leaves nothing behind. root: what it is a manifest of, as a person would say it. err: IO, LIMIT. */
struct assay_manifest;
MUST_USE struct assay_manifest *assay_manifest_begin(const char *path, const char *root, struct err *err);
MUST_USE int assay_manifest_put(struct assay_manifest *manifest, const json_t *record, struct err *err);
MUST_USE int assay_manifest_end(struct assay_manifest *manifest, bool is_complete, struct err *err);
void own_assay_manifest(struct assay_manifest **manifest);

#endif
