/* Signs that lines are missing or were changed, as told: what two sources, or two lines of one, say against each other.
 * None of them is a proof, and each says how it may be innocent. */
#ifndef ASSAY_TRACE_CONTRADICT_H
#define ASSAY_TRACE_CONTRADICT_H

#include "trace/answer.h"

/* One sign. base: how often the same is so where nothing is wrong, 0..1; negative: not known. */
struct sign {
    const char *kind, *source, *says, *innocent;
    enum log_kind of; /* which logs lack something then */
    uint64_t count;
    double base;
    const char *base_of; /* what base counts */
    int64_t from, to;    /* INT64_MIN, INT64_MAX: not known */
    json_t *examples;    /* taken; NULL: none */
};
MUST_USE int sign_tell(struct telling *telling, const struct sign *sign);
/* {source, line, offset} of a place. */
json_t *place_json(const struct run *run, const struct place *place);

/* Does it name this site: a host, with or without a scheme before and a path behind it, that most referers have? */
bool is_own_site(const struct watched *watched, struct str url);

/* ---- contradict_*.c ---- */

MUST_USE int tell_referers(struct telling *telling);           /* pages named as where a request comes from */
MUST_USE int tell_complaints(struct telling *telling);         /* lines of error logs without a request */
MUST_USE int tell_runs(struct telling *telling, uint32_t set); /* ... that a program was run for; of one error log */
MUST_USE int tell_order(struct telling *telling);              /* a stretch that is too tidy */
MUST_USE int tell_sessions(struct telling *telling);           /* connections without lines */
MUST_USE int tell_silence(struct telling *telling);            /* a database at work while the web log is silent */
MUST_USE int tell_visits(struct telling *telling);             /* visits that go on over a hole */
MUST_USE int tell_tools(struct telling *telling);              /* a web tool at the database without its requests */
MUST_USE int tell_written(struct telling *telling);            /* files whose request is not there */
MUST_USE int tell_file_times(struct telling *telling);         /* logs beside the times of their files */
MUST_USE int tell_work(struct telling *telling);               /* a database busier than the requests explain */

#endif
