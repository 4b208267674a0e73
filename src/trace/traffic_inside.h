/* What traffic.c gathers and traffic_tell.c tells. */
#ifndef ASSAY_TRACE_TRAFFIC_INSIDE_H
#define ASSAY_TRACE_TRAFFIC_INSIDE_H

#include "trace/inside.h"

enum { SERIES_MAX = 128, SPANS_MAX = 1 << 17, DEVICE_BYTES = 32 };

/* One counter: an interface of one set of files, and of several counters of the same bytes (hours, days) one. */
struct series {
    char device[DEVICE_BYTES];
    uint32_t set;
    uint64_t session; /* the reader's */
    bool is_flow;     /* single flows with another end, not a counter read at intervals */
    int64_t from, to; /* from the first interval's beginning to the last one's end */
    uint64_t sent, received, either, count;
    uint64_t rounded; /* bytes that rounding leaves open: in either of the spans, not in sent */
    uint64_t unsized; /* intervals without a number */
};

/* Bytes of one series in one interval; all of the same interval are one. either: sent or received, which is not told; or perhaps sent,
 * since the counter was told rounded. */
struct span {
    int64_t from, to;
    uint64_t sent, received, either;
    uint32_t series;
    bool is_used;
};

struct traffic {
    const struct run *run;
    uint32_t set;
    struct series series[SERIES_MAX];
    size_t series_count;
    struct span *spans; /* a table by (series, from, to) until it is sorted */
    size_t span_count, span_cap;
    int64_t grid;                      /* intervals are widened to multiples of so many seconds: 1 at first */
    uint64_t lines, loopback, dropped; /* dropped: of series beyond SERIES_MAX */
    bool is_sorted;
};

/* What a series says of [from, to). An interval only partly inside counts nothing in min and all in max. */
struct bound {
    uint64_t min, max, count;
    int64_t covered; /* seconds of it in which the counter ran */
};
/* Sorts; no span can be added any more. */
void traffic_sort(struct traffic *traffic);
void traffic_bound(const struct traffic *traffic, size_t series, int64_t from, int64_t to, struct bound *ret_bound);
/* What passed in the same hours of other days: the median; false if fewer than three days have them. */
bool traffic_usual(const struct traffic *traffic, size_t series, int64_t from, int64_t to, uint64_t *ret_usual,
                   size_t *ret_days);

int traffic_tell(struct telling *telling);

#endif
