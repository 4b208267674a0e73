/* One instant type: int64_t nanoseconds since 1970-01-01T00:00:00Z, UTC, leap seconds as POSIX has them.
 * Years 1 to 9999 as text; int64 nanoseconds reach from 1677 to 2262. */
#ifndef ASSAY_BASE_TIME_H
#define ASSAY_BASE_TIME_H

#include "assay/words.h"

#define NS_PER_S INT64_C(1000000000)
#define TIME_NONE INT64_MIN

enum { TIME_TEXT = 40 };

/* Days since 1970-01-01 of a proleptic Gregorian date (month 1..12). */
int64_t time_days(int64_t year, unsigned month, unsigned day);
/* And back. */
void time_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* "2026-03-14T21:47:09Z", fractions only if there are any (as few of 3, 6, 9 digits as needed). RFC 3339. */
void time_rfc3339(char out[static TIME_TEXT], int64_t instant);
/* "2026-03-14 21:47:09", the form people read; UTC. */
void time_human(char out[static TIME_TEXT], int64_t instant);
/* RFC 3339 date-times ("T" or a space, Z or an offset), and a bare date (midnight UTC) or a
 * date-time without zone (taken as UTC). TIME_NONE if s is none of these. */
int64_t time_parse(struct str s);
/* "22 s", "31 h", "3 d 16 h 40 m": two or three units. */
void time_duration(char out[static TIME_TEXT], int64_t ns);

/* Now. ASSAY_NOW (RFC 3339) in the environment fixes it, for byte-identical output. */
int64_t time_now(void);
/* CLOCK_MONOTONIC, ns. */
int64_t time_ticks(void);

#endif
