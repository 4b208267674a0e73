/* Rows of a table per minute, years 1970 to 2099, counted by several threads at once. */
#ifndef ASSAY_MATCH_MINUTES_H
#define ASSAY_MATCH_MINUTES_H

#include "assay/words.h"

struct minutes {
    uint32_t **pages; /* allocated as they turn up; the counters in them are shared */
    uint64_t total, outside;
    int64_t first, last; /* minutes that hold rows */
};

/* What one thread has counted; merged once it is done. Rows of one minute that come one behind another are held back and counted
 * at once. */
struct minutes_part {
    uint64_t total, outside;
    int64_t first, last;
    int64_t held_minute;
    uint32_t held;
};

MUST_USE int minutes_open(struct minutes *minutes, struct err *err);
MUST_USE int minutes_add(struct minutes *minutes, struct minutes_part *part, int64_t seconds, struct err *err);
/* After a part's last minutes_add: what it holds back. err: LIMIT. */
MUST_USE int minutes_flush(struct minutes *minutes, struct minutes_part *part, struct err *err);
/* After the last minutes_flush: the parts, added up. */
void minutes_settle(struct minutes *minutes, const struct minutes_part *part);
void minutes_close(struct minutes *minutes);

/* Rows of a minute since 1970; the minute that holds a second. */
uint32_t minutes_at(const struct minutes *minutes, int64_t minute);
int64_t minute_of(int64_t seconds);
/* Most rows of one minute. */
uint32_t minutes_peak(const struct minutes *minutes);
/* How many different ones there are; minutes are put in another order. err: LIMIT. */
MUST_USE int minutes_distinct(int64_t *minutes, size_t count, uint64_t *ret_distinct, struct err *err);

#endif
