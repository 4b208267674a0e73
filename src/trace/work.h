/* Connections to a database beside requests for pages: more than those explain? (work.c) */
#ifndef ASSAY_TRACE_WORK_H
#define ASSAY_TRACE_WORK_H

#include "trace/database.h"

struct excess {
    bool is_found;
    int64_t from, to;   /* seconds, web time */
    double own, web;    /* connections that begin there; requests there and near it */
    double mean, ratio; /* connections expected; usual ones a request */
    double surprise;    /* exp(-surprise): the chance of as many in one such stretch */
};
/* web time = database time + shift. Both in order of time. What has nothing to compare: not found. */
MUST_USE int work_compare(const struct db_activity *web, const struct db_activity *own, int64_t shift,
                          struct excess *ret, struct err *err);

/* Do most connections of the one begin when some of the other do? Then both are logs of one server, or as good as that. */
bool db_activity_is_same(const struct db_activity *a, int64_t shift_a, const struct db_activity *b, int64_t shift_b);

#endif
