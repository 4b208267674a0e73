/* match: does this sample come from this database, from which tables, as of when? */
#ifndef ASSAY_MATCH_H
#define ASSAY_MATCH_H

#include "assay/finding.h"

/* A column handed to somebody: source-issued towards that party (docs/statistics.md, A.1). */
struct assay_match_shared {
    const char *party;
    const char *column; /* "table.column" or "column"; NULL: this party was never given anything */
};

/* How the rows of the sample came to be chosen, as somebody declares it. Random: a draw from the table (B.3). Complete: the
 * whole table as it stood when it was exported, so that a missing row dates it. */
enum assay_match_rows { ASSAY_ROWS_UNKNOWN, ASSAY_ROWS_CHOSEN, ASSAY_ROWS_RANDOM, ASSAY_ROWS_COMPLETE };
/* A backup of the reference, or the reference itself, with its date: taken in [from, until), ns UTC. */
struct assay_match_backup {
    const char *name; /* as `against` */
    int64_t from, until;
};

struct assay_match_options {
    const char *sample;   /* a file or folder: docs/match-inputs.md */
    const char *encoding; /* of the sample, as it was ordered; NULL: found out */
    const char *const
        *against; /* database URIs (postgresql://, sqlite:FILE) or paths of dumps, CSV, JSON, archives, folders */
    size_t against_count;
    const char *const *background; /* tables of other services' people, files */
    size_t background_count;
    const struct assay_match_shared *shared;
    size_t shared_count;
    bool nothing_shared; /* nobody was ever given anything, as declared */
    const char *const
        *older_leaks; /* earlier leaks of this very database, files: they bear on novelty, not on origin */
    size_t older_leak_count;
    const char *canaries;      /* rows planted on purpose, or commitments to them, a file; NULL: none */
    const char *canary_holder; /* who holds that list, so could have added them; NULL: not said */
    double canary_rho;         /* how far he is taken to have done so: .001, .01 or .1 (docs/verdict.md) */
    bool reveal;               /* excerpts show values as they are; otherwise masked */
    enum assay_match_rows rows;
    const struct assay_match_backup *backups;
    size_t backup_count;
    const json_t *rates; /* error-rates document; NULL: no validation, so every cap is 0 */
    int64_t now;         /* ns UTC: end of open row intervals (publication, or today) */
    unsigned jobs;
};

/* Hands a measure per column pair with any value in common, a finding per planted row that is in the sample, coverage, one
 * summary. No value of a row leaves, but masked in the summary's excerpts (as it is with `reveal`) and as the time of a bound.
 * The reference is streamed once or twice, each backup too, the reference once more if the sample is claimed complete; memory is bounded by the sample.
 * Returns 0, or -1 with err: IO, FORMAT (line and column), LIMIT.
 * Reads live databases in a read-only transaction with a statement timeout. */
MUST_USE int assay_match(const struct assay_match_options *options, const struct assay_sink *sink, struct err *err);

/* Loads what a confined process could not: tables of rare encodings. Before confinement; it never fails. */
void assay_match_prepare(void);

/* Rows to plant, that look like those of a table. */
struct assay_canary_options {
    const char *like;           /* the table's database, dump or file, as in `against` */
    const char *table;          /* its name; NULL: the one with e-mail addresses and the most rows */
    const char *const *domains; /* for their e-mail addresses: domains of whoever is to get the mail */
    size_t domain_count;
    const char *phones; /* "uk", "us", "de": from the ranges reserved there for fiction; NULL: none are made */
    uint64_t count;
    int64_t now; /* ns UTC: the rows were created in the week before */
};

/* Hands a finding per row: number, cells (array of text or null), bits, commitments; then one summary: table, columns, salt,
 * stands_out (docs/json-lines.md). These records hold the rows: they are for the list, not for a terminal or a case.
 * Randomness is the system's. Returns 0, or -1 with err: USAGE (a domain is missing, no such table), IO, FORMAT, LIMIT. */
MUST_USE int assay_canary_make(const struct assay_canary_options *options, const struct assay_sink *sink,
                               struct err *err);

#endif
