/* What a sample's summary says of dates, taken apart for the figure. */
#ifndef ASSAY_REPORT_SAMPLE_DATED_H
#define ASSAY_REPORT_SAMPLE_DATED_H

#include "report/axis.h"
#include "report/sample.h"

enum { MONTHS_MAX = 60, EXPORTS_MAX = 8, BACKUPS_MAX = 12 };
enum { DATED_LEFT = 1450, DATED_RIGHT = 8150 }; /* of the time axis, tenths of a pixel */

struct interval {
    int64_t from, to; /* ns, TIME_NONE: open */
    uint64_t rows;    /* of an export */
};

/* Of the database, on a date: a backup, or the database itself. */
struct copy {
    const json_t *record;
    int64_t at;
    bool is_database;
};

/* Instants are ns UTC; all is borrowed from the model. */
struct dates {
    struct interval hard, soft, exports[EXPORTS_MAX];
    size_t export_count, exports_left_out;
    bool has_hard, has_soft;
    bool is_split; /* split: no single date explains the rows */
    struct copy copies[BACKUPS_MAX + 1];
    size_t copy_count, copies_left_out;
    const json_t *begin, *end;      /* counts of rows by bucket; month_count of them, 0: none */
    int64_t starts[MONTHS_MAX + 1]; /* of the buckets, and the end of the last */
    size_t month_count;
    uint64_t months, open, most; /* in a bucket; rows without an end; the largest count */
    bool has_rows;
    uint64_t rows;      /* of the sample that date it */
    struct scale scale; /* over all of it, for the figure; from > to: there is no time at all */
    long y;             /* the next lane's top, while it is drawn */
};

/* Members that are absent, of another type or no times are left out; more than there is room for is counted in ..._left_out. */
void dated_take(struct dates *dates, const struct sample *sample);
/* Whether an interval does not end before it begins. */
bool dated_is_forward(const struct interval *interval);
/* A count of an array; 0 when absent or negative. */
uint64_t dated_count(const json_t *counts, size_t index);

#endif
