/* Workers. Jobs are numbered; results are handed back in the order of the numbers, on the
 * caller's thread, so a run with two threads writes the same bytes as a run with one. */
#ifndef ASSAY_BASE_POOL_H
#define ASSAY_BASE_POOL_H

#include "assay/words.h"

/* work: on some worker thread; worker is 0..workers-1 and owns whatever state belongs to it. Returns a
 * result (any pointer, NULL allowed). done: on the caller's thread, in job order; returns 0, or -1 with err
 * to stop early. next: on the caller's thread, yields the next job or NULL at the end. */
struct pool_spec {
    void *self;
    unsigned workers; /* 0: one per core */
    size_t window;    /* jobs in flight at most; 0: 256 per worker */
    void *(*next)(void *self);
    void *(*work)(void *self, unsigned worker, void *job);
    int (*done)(void *self, void *job, void *result, struct err *err);
    void (*drop)(void *self, void *job, void *result); /* a job whose result nobody took after a stop; may be NULL */
};

MUST_USE int pool_run(const struct pool_spec *spec, struct err *err);
unsigned pool_cores(void);

/* Jobs 0 to count - 1, each once and in any order, on the caller's thread and on as many beside it as can be had, up to `workers` in
 * all (0: one). Returns when all are done. Once a job has failed no more are begun; err is that of the lowest that failed. */
MUST_USE int pool_share(unsigned workers, size_t count, int (*job)(void *self, size_t number, struct err *err),
                        void *self, struct err *err);

/* One thread beside the caller's. NULL if it could not be had. run's caller ends it: it must return soon after it is told to by
 * something that self holds. */
struct aside;
MUST_USE struct aside *aside_start(void (*run)(void *self), void *self);
/* Waits for it, and forgets it. NULL is fine. */
void aside_end(struct aside *aside);

#endif
