/* Spans of time as people and laws write them, and the days on which nobody works.
 *
 * Where rules of counting differ the earliest reading is taken, so that nobody relies on an hour too many: hours run from the instant
 * itself (Regulation (EEC, Euratom) 1182/71, Article 3(1), would begin with the next full hour), days, weeks and months from an
 * instant end at the same instant of their last day (Article 3(2): with its last hour), and a last day that is a holiday stays the last
 * (Article 3(4): the next working day). A span of business days ends with the last of them. */
#ifndef ASSAY_CASE_CLOCK_SPAN_H
#define ASSAY_CASE_CLOCK_SPAN_H

#include <jansson.h>

#include "case/clock_zone.h"

enum span_unit { SPAN_HOURS, SPAN_DAYS, SPAN_WEEKS, SPAN_MONTHS, SPAN_BUSINESS_DAYS };

struct span {
    int64_t count; /* 1 to 10,000 */
    enum span_unit unit;
};

/* An instant, or a whole day of which no hour is known. */
struct moment {
    bool is_day;
    int64_t at;  /* ns; of a day: unset */
    int64_t day; /* days since 1970-01-01; of an instant: unset */
};

/* Beside Saturdays and Sundays. holidays: array of "2026-12-25", borrowed, may be NULL. */
struct calendar {
    bool has_us_holidays;
    const json_t *holidays;
};

/* "7 days", "4 business days", "1 month", "72 hours": the whole of text. */
bool span_read(struct str text, struct span *ret_span);
/* RFC 3339, or a bare date; false if it is neither. */
bool moment_read(struct str text, struct moment *ret_moment);
/* As it stands in an entry: "2026-03-31" or "2026-03-31T09:00:00Z". */
void moment_text(char out[static 40], const struct moment *moment);
/* Where a span ends; at the latest in 2262, where int64_t ends in ns. Hours from a bare day run from its midnight, and end as an instant. */
struct moment span_end(const struct span *span, const struct moment *from, const struct calendar *calendar,
                       const struct zone *zone);
/* The first instant at which it is over: of a day, the next midnight. */
int64_t moment_over(const struct moment *moment, const struct zone *zone);
bool calendar_is_open(const struct calendar *calendar, int64_t day);

#endif
