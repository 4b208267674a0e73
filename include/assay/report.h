/* report: one self-contained page from a case. Knows the model, never an engine. */
#ifndef ASSAY_REPORT_H
#define ASSAY_REPORT_H

#include <jansson.h>

#include "assay/case.h"
#include "assay/words.h"

/* model: assay_case_model(). written_at: ns UTC, printed as the page's own time. Appends to *ret_html (malloc'd, NUL-terminated, *ret_len
 * bytes; the caller frees). The same model and time give the same bytes. err: LIMIT, FORMAT. */
MUST_USE int assay_report_html(const json_t *model, int64_t written_at, char **ret_html, size_t *ret_len,
                               struct err *err);

/* The same page from a lean model and its records (assay_case_lean()), in memory that does not grow with them but for 48 bytes an event. The model
 * takes from the records what the page shows. err: also IO, TAMPERED. */
MUST_USE int assay_report_lean(json_t *model, struct assay_records *records, int64_t written_at, char **ret_html,
                               size_t *ret_len, struct err *err);

#endif
