/* A lock that threads take in turn, and a bell they wait for while it is theirs. Both must be made before the first thread
 * sees them and end after the last; neither may be copied. Threads themselves are started by pool.h only. */
#ifndef ASSAY_BASE_LOCK_H
#define ASSAY_BASE_LOCK_H

#include <pthread.h>

struct lock {
    pthread_mutex_t mutex;
};
struct bell {
    pthread_cond_t condition;
};

static inline void lock_init(struct lock *lock)
{
    (void)pthread_mutex_init(&lock->mutex, NULL);
}
static inline void lock_end(struct lock *lock)
{
    (void)pthread_mutex_destroy(&lock->mutex);
}
/* Waits until nobody has it. Not to be taken twice by one thread. */
static inline void lock_take(struct lock *lock)
{
    (void)pthread_mutex_lock(&lock->mutex);
}
static inline void lock_give(struct lock *lock)
{
    (void)pthread_mutex_unlock(&lock->mutex);
}

static inline void bell_init(struct bell *bell)
{
    (void)pthread_cond_init(&bell->condition, NULL);
}
static inline void bell_end(struct bell *bell)
{
    (void)pthread_cond_destroy(&bell->condition);
}
/* Gives the lock, waits, and has it again. May return without a ring: ask again for what was waited for. */
static inline void bell_wait(struct bell *bell, struct lock *lock)
{
    (void)pthread_cond_wait(&bell->condition, &lock->mutex);
}
/* Wakes one that waits; all that wait. */
static inline void bell_ring(struct bell *bell)
{
    (void)pthread_cond_signal(&bell->condition);
}
static inline void bell_ring_all(struct bell *bell)
{
    (void)pthread_cond_broadcast(&bell->condition);
}

#endif
