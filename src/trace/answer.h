/* How far an answer may go: what stands against "nothing was there", and the four words. */
#ifndef ASSAY_TRACE_ANSWER_H
#define ASSAY_TRACE_ANSWER_H

#include "trace/tell.h"
#include "trace/watch.h"

/* A reason why something may have happened that was not seen. */
struct hole {
    const char *what;   /* "gap", "missing member", "rejected: no time", "damage", "dropped", "log begins later", ... */
    const char *detail; /* NULL: what says all */
    const char *source; /* a file or a set; NULL: all */
    enum log_kind kind; /* which kind of log has it; LOG_KIND_COUNT: not known, so all */
    int64_t from, to;   /* INT64_MIN, INT64_MAX: not known on that side */
    uint64_t count, bytes;
};
struct holes {
    struct hole *all;
    size_t count, cap;
};
MUST_USE int holes_add(struct holes *holes, const struct hole *hole, struct err *err);
/* All that is known of, in all logs: gaps, members missing, lines and bytes not read, rows dropped, doubts told. */
MUST_USE int holes_gather(struct holes *holes, const struct telling *telling, struct err *err);
/* Does the hole touch what logs of a kind say of [from, to]? */
bool hole_touches(const struct hole *hole, enum log_kind kind, int64_t from, int64_t to);
/* When logs of a kind begin and end, all together; false if there is none with a line. */
bool kind_range(const struct run *run, enum log_kind kind, int64_t *ret_from, int64_t *ret_to);
/* A set of a kind that begins later or ends earlier than [from, to]: holes at its ends. */
MUST_USE int holes_at_ends(struct holes *holes, const struct telling *telling, enum log_kind kind, int64_t from,
                           int64_t to, struct err *err);

/* ---- contradict.c ---- */

/* Measures of class "duplicate" and "contradiction". What is told of stands against full coverage: telling->doubts. */
MUST_USE int tell_duplicates(struct telling *telling);
MUST_USE int tell_contradictions(struct telling *telling);

/* ---- contradict_errors.c ---- */

/* Marks which complaints have a request; before anything is told. */
MUST_USE int complaints_match(struct run *run, struct err *err);
/* By how many quarters of an hour a set of error logs is to be moved so that most of its lines have their request, how many then
 * have, and how many under the next best. False: too few, or not clearly more. */
bool complaints_shift(const struct run *run, uint32_t set, int *ret_shift, uint64_t *ret_count, uint64_t *ret_second);

/* ---- zone.c ---- */

/* Before anything is told: which zones can be proved. */
MUST_USE int zones_find(struct run *run, struct err *err);
/* How the time zone and the year of a source's lines are known. */
json_t *zone_of(const struct run *run, size_t source);
/* By how much the times of a set, read as they were assumed, are to be moved to meet the web logs': 0 if that is not known. */
int64_t zone_shift_minutes(const struct run *run, uint32_t set);
/* Can minutes of the database logs be laid beside those of the web logs? */
bool zone_is_comparable(const struct run *run);

/* ---- answer.c ---- */

/* One measure of class "answer" a question and path. ret_complete: could everything be seen that these logs are for? */
MUST_USE int tell_answers(struct telling *telling, bool *ret_complete);

#endif
