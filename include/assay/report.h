/* report: one self-contained page from a case. Knows the model, never an engine. */
#ifndef ASSAY_REPORT_H
#define ASSAY_REPORT_H

#include <jansson.h>

#include "assay/words.h"

/* model: assay_case_model(). written_at: ns UTC, printed as the page's own time. Appends to *ret_html (malloc'd, NUL-terminated, *ret_len
 * bytes; the caller frees). The same model and time give the same bytes. err: LIMIT, FORMAT. */
MUST_USE int assay_report_html(const json_t *model, int64_t written_at, char **ret_html, size_t *ret_len,
                               struct err *err);

#endif
