/* Dates as databases and people write them. */
#ifndef ASSAY_REACH_KIND_DATE_H
#define ASSAY_REACH_KIND_DATE_H

#include "assay/words.h"

struct kind_date {
    unsigned year, month, day; /* where order is in doubt (3/4/1980), the first is the day */
    bool has_time;             /* a time of day that is not midnight */
};

/* 1980-03-04, 1980/03/04, 04.03.1980, 3/14/1980, 19800304, 4-Mar-1980, each with a time of day or without. */
bool kind_date_read(struct str text, struct kind_date *ret_date);

#endif
