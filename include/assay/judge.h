/* judge: a verdict for every claim of a case, from measured error rates (docs/statistics.md, part C). */
#ifndef ASSAY_JUDGE_H
#define ASSAY_JUDGE_H

#include <jansson.h>

#include "assay/case.h"
#include "assay/words.h"

/* Raised with every change after which the same inputs may give another verdict. Verdicts carry it as `calculus`. */
enum { ASSAY_CALCULUS = 6 };

/* model: assay_case_model(), or assay_judge_model(). rates: the error-rate document (data/error-rates.json) or NULL: then no ratio is computed and every
 * verdict says so. Pure: the same inputs give the same verdicts. *ret_verdicts: array of `verdict` entries without envelope
 * (docs/case-file.md), in the order of the claims (new reference). err: FORMAT (a record lacks what the calculus needs), LIMIT. */
MUST_USE int assay_judge(const json_t *model, const json_t *rates, json_t **ret_verdicts, struct err *err);

/* The case as it stood after its first `size` entries, as far as verdicts look at it: of its records only those that bear on one, so that memory
 * does not grow with the others. assay_judge() gives the same bytes from it as from assay_case_model_at(). New reference; NULL with err: USAGE, IO,
 * LIMIT, TAMPERED. */
MUST_USE json_t *assay_judge_model(struct assay_case *kase, uint64_t size, struct err *err);

/* The same as a case records them: with `ledger` (how many entries the model was taken from), `rates` (SHA-256 of the archived rates
 * document, or NULL) and, where the model holds a verdict on the claim, `supersedes`. */
MUST_USE int assay_judge_entries(const json_t *model, uint64_t size, const json_t *rates, const char *rates_sha256,
                                 json_t **ret_verdicts, struct err *err);

/* Computes recorded verdicts again, from the ledger as it stood and the rates archived then, and compares member by member, byte by
 * byte. ids: array of verdict ids; NULL: all, superseded ones too. *ret_rows: {"verdict", "claim", "status", "says", "members":
 * [{"name", "recorded", "recomputed"}]} in the order of the ledger (new reference); status is `agrees`, `differs` or, where it could not be
 * computed again (an older calculus, rates that are not there), `unknown`: never `agrees`. err: NOT_FOUND (an id), IO, LIMIT. */
MUST_USE int assay_judge_replay(struct assay_case *kase, const json_t *ids, json_t **ret_rows, struct err *err);

/* Every constant that nobody measured: array of {"name", "value", "varied", "meaning", "source"} (new reference, NULL without memory). */
MUST_USE json_t *assay_judge_policy(void);

#endif
