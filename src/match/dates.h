/* From linked rows to the dates of the export (docs/statistics.md, B). */
#ifndef ASSAY_MATCH_DATES_H
#define ASSAY_MATCH_DATES_H

#include "match/count.h"

/* One clock for the whole sample, with or without daylight saving: offset, offset_s, season, has_offset. The hour of daylight
 * saving is taken out of the differences of the sample's links, so that one offset serves. */
MUST_USE int dates_offset(const struct evidence_input *in, struct evidence *out, struct err *err);
/* Takes the hour of daylight saving out of the differences of these links; does nothing without a season. */
void dates_settle(const struct season *season, struct linkage *linkage);
/* An instant of the sample by the table's clock; LINK_NO_TIME in a local hour that occurs twice. */
int64_t dates_to_table(const struct evidence *out, int64_t sample_s);
/* Are the sample's times other than the table's? */
bool dates_is_shifted(const struct evidence *out);

/* The interval the export lies in: has_dating, dating, told, is_random, is_open; what it takes for granted is added to the
 * assumptions. After the columns were counted; in->bounds: from the backups. */
MUST_USE int dates_bound(const struct evidence_input *in, struct evidence *out, struct err *err);

#endif
