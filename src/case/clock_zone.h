/* Local time by the system's tz database (TZif, RFC 9636): what a day is where a deadline runs. */
#ifndef ASSAY_CASE_CLOCK_ZONE_H
#define ASSAY_CASE_CLOCK_ZONE_H

#include "base/arena.h"

struct zone; /* lives in the arena it was read into; NULL stands for UTC wherever a zone is asked for */

/* name: "Asia/Kolkata". err: NOT_FOUND (no such zone, with a remedy), FORMAT (its file is none), IO, LIMIT. */
MUST_USE int zone_open(struct arena *arena, struct str name, const struct zone **ret_zone, struct err *err);
/* The same from the bytes of a TZif file; name is for messages. */
MUST_USE int zone_read(struct arena *arena, const char *name, struct str bytes, const struct zone **ret_zone,
                       struct err *err);
/* Seconds that local time is ahead of UTC at an instant. */
int64_t zone_offset_s(const struct zone *zone, int64_t instant);
/* Seconds that the clock on the wall shows at an instant, counted from its 1970-01-01. */
int64_t zone_wall_s(const struct zone *zone, int64_t instant);

/* When the clock on the wall shows that: the first time where it does so twice; where it never does, as the earlier of its two offsets
 * has it, which is before the gap. */
int64_t zone_instant(const struct zone *zone, int64_t wall_s);

/* Days since 1970-01-01 of the local day in which an instant lies. */
int64_t zone_day(const struct zone *zone, int64_t instant);
/* The instant at which a local day begins (days since 1970-01-01); where its midnight is skipped, the first instant after the gap. */
int64_t zone_midnight(const struct zone *zone, int64_t day);

#endif
