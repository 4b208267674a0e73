/* Rates of sysstat: kilobytes a second over an interval, as the bytes that passed in it. */
#ifndef ASSAY_FORMATS_LOG_RATE_H
#define ASSAY_FORMATS_LOG_RATE_H

#include "formats/log.h"

/* "1.25", also "1,25" of other locales, in hundredths. */
bool log_rate_read(struct str text, uint64_t *ret_hundredths);
/* line->second is the interval's end, and becomes its beginning. rates in hundredths of 1024 bytes a second. What rounding left open is
 * in line->rounded; bytes is the least. False when the interval or a rate is beyond any machine. */
bool log_rate_set(struct log_line *line, uint64_t interval_s, uint64_t in, uint64_t out);

#endif
