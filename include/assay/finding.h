/* What an examination says, and to whom.
 *
 * An engine knows nothing of cases, pages or terminals. It hands records to a sink; the
 * command decides whether the sink prints, records in a case, or both. A record is a kind
 * and a JSON object (docs/json-lines.md lists the members of every kind, per engine).
 *
 *   engine ──record──▶ sink ──▶ terminal | JSON Lines | case
 */
#ifndef ASSAY_FINDING_H
#define ASSAY_FINDING_H

#include <jansson.h>

#include "assay/words.h"

enum assay_kind {
    ASSAY_FINDING,  /* something seen, and where                                        */
    ASSAY_EVENT,    /* a finding with a time                                            */
    ASSAY_COVERAGE, /* something that could not be seen, or was: source, class, counts  */
    ASSAY_MEASURE,  /* a number with its interval that is no finding by itself          */
    ASSAY_SUMMARY   /* exactly one, last                                                */
};

/* "finding", "event", ... and back (-1 if unknown). */
const char *assay_kind_name(enum assay_kind kind);
int assay_kind_of(const char *name);

/* How far a run has come; drawn on a terminal, otherwise dropped. Unknown totals are 0. */
struct assay_progress {
    const char *verb;          /* "sweep", "trace", "match"                  */
    const char *unit;          /* "files", "rows"                            */
    uint64_t done, total;      /* in units                                   */
    uint64_t bytes, all_bytes; /* read so far, and of how many               */
    uint64_t found;            /* findings so far                            */
};

/* Where records go. put() borrows body (json_incref to keep it) and returns 0, or -1 with err
 * when the record could not be taken, which ends the run. complain() is an error that does not
 * end the run ("/srv/x: Permission denied"). progress() may be NULL. An engine calls them from
 * one thread only, in an order that depends on the evidence alone. */
struct assay_sink {
    void *self;
    int (*put)(void *self, enum assay_kind kind, json_t *body, struct err *err);
    void (*complain)(void *self, struct str where, struct str what);
    void (*progress)(void *self, const struct assay_progress *progress);
};

/* put() that takes the body's reference whether or not it succeeds: the usual call of engines.
 * body NULL (a failed json_pack) is an ERR_LIMIT. */
MUST_USE int assay_emit(const struct assay_sink *sink, enum assay_kind kind, json_t *body, struct err *err);
void assay_complain(const struct assay_sink *sink, struct str where, struct str what);
void assay_tell(const struct assay_sink *sink, const struct assay_progress *progress);

/* Text of evidence as a JSON string: valid UTF-8 is kept, every other byte becomes U+FFFD and
 * the text is cut at max_bytes with "~". Never fails but for memory (NULL). */
json_t *assay_text(struct str bytes, size_t max_bytes);

#endif
