#ifndef ASSAY_REPORT_SIEVE_H
#define ASSAY_REPORT_SIEVE_H

#include "assay/case.h"
#include "report/model.h"

/* Puts the records that the page may show into a lean model, whose events were read; an examination's "left_out" counts the findings of a tree that
 * it would only count. err: LIMIT, and what reading records says. */
MUST_USE int report_sift(const struct model *model, json_t *root, struct assay_records *records, struct err *err);

#endif
