/* Numbers and times as the page writes them. All are plain text without markup, the same in every locale. */
#ifndef ASSAY_REPORT_NUMBER_H
#define ASSAY_REPORT_NUMBER_H

#include "base/buf.h"

void number_count(struct buf *out, uint64_t count);           /* 4,182,337                          */
void number_small(struct buf *out, uint64_t count);           /* "one" to "twelve", then digits     */
void number_bytes(struct buf *out, uint64_t bytes);           /* 1.93 GB: decimal, three figures    */
void number_ratio(struct buf *out, double log10_lr);          /* +4.1, −2.6, 0.0                    */
void number_odds(struct buf *out, double log10_lr);           /* about 13,000 to 1, about 1 to 400  */
void number_times(struct buf *out, double log10_lr);          /* 13,000, whichever way it points     */
void number_percent(struct buf *out, double share);           /* 97.4                               */
void number_duration(struct buf *out, int64_t ns);            /* 3 d 16 h 40 min, 31 hours, 22 s    */
void number_digest(struct buf *out, struct str hex);          /* 938db8c9…abf4                      */
void number_day(struct buf *out, int64_t ns, bool with_year); /* 14 Mar 2026                        */
void number_clock(struct buf *out, int64_t ns, bool seconds); /* 21:47:09                           */
void number_instant(struct buf *out, int64_t ns); /* 2026-03-14 21:47:09, to the minute when it is a whole one */

/* One decimal, to the nearest, as tenths: what the page shows of a ratio. */
long number_tenths(double value);
/* The ENFSI words on |log10 LR|. standard: log10 of the claim's standard. */
void number_strength(struct buf *out, double log10_lr, double standard);

#endif
