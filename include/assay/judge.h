/* judge: a verdict for every claim of a case, from measured error rates (docs/statistics.md, part C). */
#ifndef ASSAY_JUDGE_H
#define ASSAY_JUDGE_H

#include <jansson.h>

#include "assay/words.h"

/* model: assay_case_model(). rates: the error-rate document (data/error-rates.json) or NULL: then no ratio is computed and every
 * verdict says so. Pure: the same inputs give the same verdicts. *ret_verdicts: array of `verdict` entries without envelope
 * (docs/case-file.md), in the order of the claims (new reference). err: FORMAT (a record lacks what the calculus needs), LIMIT. */
MUST_USE int assay_judge(const json_t *model, const json_t *rates, json_t **ret_verdicts, struct err *err);

#endif
