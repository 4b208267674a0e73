/* The lanes of the timeline for logs other than the web server's: what each tells of, and hatch where there is no such log. */
#ifndef ASSAY_REPORT_LANES_H
#define ASSAY_REPORT_LANES_H

#include "report/axis.h"
#include "report/traced.h"

enum { LANES_OTHER = 3 };

struct other_lane {
    enum log_of of;
    const json_t *exam; /* the first that read such a log; NULL: none did, but an event is of it */
    size_t events;
    struct event *named; /* the first one */
};

struct other_lanes {
    struct other_lane all[LANES_OTHER];
    size_t count;
};

/* Only kinds of log that were read, or that an event is of. */
void lanes_find(const struct model *model, struct other_lanes *lanes);
void lanes_span(const struct model *model, struct span *span);
long lanes_height(const struct other_lanes *lanes, long space);
/* Grounds with their titles, from y on; lanes_draw puts the marks over them. */
void lanes_grounds(struct page *page, const struct other_lanes *lanes, long left, long right, long y, long space);
void lanes_draw(struct page *page, const struct other_lanes *lanes, const struct scale *scale, long y, long space);
void lanes_describe(struct page *page, const struct other_lanes *lanes, struct buf *desc);
/* Hatches what a kind of log does not cover: before it, behind it, and its gaps. */
void lanes_holes(struct page *page, const json_t *summary, enum log_of of, const struct scale *scale, long y,
                 long height);

#endif
