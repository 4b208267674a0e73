/* A ring of jobs. The caller's thread fills it and takes results out at the other end in order;
 * workers take whatever job is next.
 *
 *   next() ─▶ [ 41 42 43 44 .. ] ─▶ done(41), done(42), ..
 *               ▲  workers ▲
 * With one worker everything runs on the caller's thread. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/pool.h"

#include "base/banned.h"

enum { WORKERS_MAX = 256, WINDOW_PER_WORKER = 256, WAKE_SHARE = 4 };

struct slot {
    void *job, *result;
    bool is_finished;
};

struct pool {
    const struct pool_spec *spec;
    pthread_mutex_t lock;
    pthread_cond_t work_there, result_there;
    struct slot *ring;
    size_t window;
    uint64_t filled, taken, handed; /* job numbers: given in, begun by a worker, handed back */
    uint64_t awaited;               /* the job that the caller's thread sleeps for */
    bool is_closed;
    unsigned started;
};

unsigned pool_cores(void)
{
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count < 1 ? 1 : (unsigned)count;
}

static struct slot *slot_of(struct pool *pool, uint64_t number)
{
    return &pool->ring[number % pool->window];
}

struct worker {
    struct pool *pool;
    unsigned index;
    pthread_t thread;
};

static void *worker_run(void *argument)
{
    struct worker *me = argument;
    struct pool *pool = me->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->taken == pool->filled && !pool->is_closed) {
            pthread_cond_wait(&pool->work_there, &pool->lock);
        }
        if (pool->taken == pool->filled) {
            break;
        }
        struct slot *slot = slot_of(pool, pool->taken++);
        pthread_mutex_unlock(&pool->lock);
        void *result = pool->spec->work(pool->spec->self, me->index, slot->job);
        pthread_mutex_lock(&pool->lock);
        slot->result = result;
        slot->is_finished = true;
        if (slot == slot_of(pool, pool->awaited)) {
            pthread_cond_signal(&pool->result_there);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* The caller sleeps until that job is finished. */
static void await(struct pool *pool, uint64_t number)
{
    pool->awaited = number;
    while (!slot_of(pool, number)->is_finished) {
        pthread_cond_wait(&pool->result_there, &pool->lock);
    }
}

/* Takes the oldest job out; waits for it if must_wait, and then for a share of those behind it: being woken for each
 * result costs more than most results. False if it is not ready. */
static bool take_oldest(struct pool *pool, bool must_wait, struct slot *ret_slot)
{
    pthread_mutex_lock(&pool->lock);
    struct slot *slot = slot_of(pool, pool->handed);
    if (must_wait && !slot->is_finished) {
        uint64_t share = (pool->filled - pool->handed) / WAKE_SHARE;
        await(pool, pool->handed);
        await(pool, pool->handed + share);
    }
    bool is_ready = slot->is_finished;
    if (is_ready) {
        *ret_slot = *slot;
        *slot = (struct slot){NULL, NULL, false};
        pool->handed++;
    }
    pthread_mutex_unlock(&pool->lock);
    return is_ready;
}

static void give(struct pool *pool, void *job)
{
    pthread_mutex_lock(&pool->lock);
    *slot_of(pool, pool->filled) = (struct slot){job, NULL, false};
    pool->filled++;
    pthread_cond_signal(&pool->work_there);
    pthread_mutex_unlock(&pool->lock);
}

static int feed(struct pool *pool, struct err *err)
{
    const struct pool_spec *spec = pool->spec;
    struct slot slot;
    for (;;) {
        while (pool->filled != pool->handed && take_oldest(pool, pool->filled - pool->handed == pool->window, &slot)) {
            TRY(spec->done(spec->self, slot.job, slot.result, err));
        }
        void *job = spec->next(spec->self);
        if (job == NULL) {
            break;
        }
        give(pool, job);
    }
    while (pool->filled != pool->handed && take_oldest(pool, true, &slot)) {
        TRY(spec->done(spec->self, slot.job, slot.result, err));
    }
    return 0;
}

static int run_alone(const struct pool_spec *spec, struct err *err)
{
    void *job;
    while ((job = spec->next(spec->self)) != NULL) {
        TRY(spec->done(spec->self, job, spec->work(spec->self, 0, job), err));
    }
    return 0;
}

/* After a stop: what was given in and not handed back. Workers are gone by now. */
static void drop_rest(struct pool *pool)
{
    for (uint64_t i = pool->handed; i != pool->filled; i++) {
        struct slot *slot = slot_of(pool, i);
        if (pool->spec->drop != NULL && slot->job != NULL) {
            pool->spec->drop(pool->spec->self, slot->job, slot->result);
        }
    }
}

int pool_run(const struct pool_spec *spec, struct err *err)
{
    unsigned workers = spec->workers != 0 ? spec->workers : pool_cores();
    workers = workers > WORKERS_MAX ? WORKERS_MAX : workers;
    if (workers == 1) {
        return run_alone(spec, err);
    }
    struct pool pool = {.spec = spec, .window = spec->window != 0 ? spec->window : (size_t)workers * WINDOW_PER_WORKER};
    pool.ring = calloc(pool.window, sizeof *pool.ring);
    OWN(own_mem) struct worker *crew = calloc(workers, sizeof *crew);
    if (pool.ring == NULL || crew == NULL) {
        free(pool.ring);
        return err_no_memory(err);
    }
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.work_there, NULL);
    pthread_cond_init(&pool.result_there, NULL);
    for (; pool.started < workers; pool.started++) {
        crew[pool.started] = (struct worker){.pool = &pool, .index = pool.started};
        if (pthread_create(&crew[pool.started].thread, NULL, worker_run, &crew[pool.started]) != 0) {
            break;
        }
    }
    int failed = pool.started == 0 ? run_alone(spec, err) : feed(&pool, err);
    pthread_mutex_lock(&pool.lock);
    pool.is_closed = true;
    if (failed != 0) {
        pool.taken = pool.filled; /* nothing more is begun */
    }
    pthread_cond_broadcast(&pool.work_there);
    pthread_mutex_unlock(&pool.lock);
    for (unsigned i = 0; i < pool.started; i++) {
        pthread_join(crew[i].thread, NULL);
    }
    drop_rest(&pool);
    pthread_cond_destroy(&pool.result_there);
    pthread_cond_destroy(&pool.work_there);
    pthread_mutex_destroy(&pool.lock);
    free(pool.ring);
    return failed;
}

/* ---- one thread beside ---- */

struct aside {
    pthread_t thread;
    void (*run)(void *self);
    void *self;
};

static void *aside_run(void *argument)
{
    struct aside *aside = argument;
    aside->run(aside->self);
    return NULL;
}

struct aside *aside_start(void (*run)(void *self), void *self)
{
    struct aside *aside = malloc(sizeof *aside);
    if (aside != NULL) {
        aside->run = run;
        aside->self = self;
        if (pthread_create(&aside->thread, NULL, aside_run, aside) != 0) {
            free(aside);
            aside = NULL;
        }
    }
    return aside;
}

void aside_end(struct aside *aside)
{
    if (aside != NULL) {
        pthread_join(aside->thread, NULL);
        free(aside);
    }
}

/* ---- jobs that are shared out ---- */

struct share {
    int (*job)(void *self, size_t number, struct err *err);
    void *self;
    size_t count, next;
    pthread_mutex_t lock; /* of what follows */
    size_t failed;        /* the lowest that did; count: none */
    struct err why;
};

static void share_run(void *argument)
{
    struct share *share = argument;
    for (;;) {
        struct err why = {0};
        size_t number = __atomic_fetch_add(&share->next, 1, __ATOMIC_RELAXED);
        if (number >= share->count) {
            return;
        }
        if (share->job(share->self, number, &why) != 0) {
            pthread_mutex_lock(&share->lock);
            if (number < share->failed) {
                share->failed = number;
                share->why = why;
            }
            pthread_mutex_unlock(&share->lock);
            __atomic_store_n(&share->next, share->count, __ATOMIC_RELAXED);
        }
    }
}

int pool_share(unsigned workers, size_t count, int (*job)(void *self, size_t number, struct err *err), void *self,
               struct err *err)
{
    struct aside *beside[WORKERS_MAX] = {NULL};
    struct share share = {.job = job, .self = self, .count = count, .failed = count};
    workers = workers > WORKERS_MAX ? WORKERS_MAX : workers;
    workers = workers > count ? (unsigned)count : workers;
    pthread_mutex_init(&share.lock, NULL);
    for (unsigned i = 1; i < workers; i++) {
        beside[i] = aside_start(share_run, &share);
    }
    share_run(&share);
    for (unsigned i = 1; i < workers; i++) {
        aside_end(beside[i]);
    }
    pthread_mutex_destroy(&share.lock);
    if (share.failed < count) {
        if (err != NULL) {
            *err = share.why;
        }
        return -1;
    }
    return 0;
}
