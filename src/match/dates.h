/* From linked rows to the dates of the export (docs/statistics.md, B). */
#ifndef ASSAY_MATCH_DATES_H
#define ASSAY_MATCH_DATES_H

#include "match/count.h"

/* One clock offset for the whole sample: offset, offset_s, has_offset. */
MUST_USE int dates_offset(const struct evidence_input *in, struct evidence *out, struct err *err);
/* The interval the export lies in: has_dating, dating, is_random, is_open. After the columns were counted. */
MUST_USE int dates_bound(const struct evidence_input *in, struct evidence *out, struct err *err);

#endif
