/* A time axis under the lanes of a picture, and bins over it. */
#ifndef ASSAY_REPORT_AXIS_H
#define ASSAY_REPORT_AXIS_H

#include "report/inside.h"

enum { AXIS_TICKS = 8, BIN_MAX = 60 };

struct span {
    int64_t from, to; /* seconds; from > to: nothing yet */
};
#define SPAN_EMPTY ((struct span){INT64_MAX, INT64_MIN})

void span_take(struct span *span, int64_t ns); /* TIME_NONE is ignored */
bool span_is_empty(const struct span *span);
/* Wider by a part of itself on both sides, at least by `least` seconds. */
void span_pad(struct span *span, int64_t least);

/* Hair lines at the ticks from top to bottom with their labels at `label_y`. */
void axis_draw(struct buf *out, const struct scale *scale, long top, long bottom, long label_y);
/* "UTC; 8 Mar 2026 to 8 Apr 2026" */
void axis_note(struct buf *out, const struct scale *scale);

/* The smallest of 1, 5, 15 min, 1, 6 h, 1, 7 d that needs at most BIN_MAX bins, in seconds (grows by doubling beyond 7 d). */
int64_t bin_width(const struct span *span);
/* "5 minutes", "6 hours", "7 days" */
void bin_name(struct buf *out, int64_t seconds);

#endif
