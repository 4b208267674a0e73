/* One walk, no files. What it counts is what the sweep counts: both see the entries that walk.h makes. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/pool.h"
#include "base/walk.h"
#include "sweep/ahead.h"

#include "base/banned.h"

struct ahead {
    const char *const *paths;
    size_t path_count;
    struct aside *thread;
    atomic_uint_fast64_t total; /* 0 until all is counted */
    atomic_bool is_stopped;
};

/* False: stopped, or it cannot be walked. */
static bool count_path(struct ahead *ahead, const char *path, uint64_t *count)
{
    struct err err = {0};
    OWN(own_walk) struct walk *walk = walk_open(path, &err);
    while (walk != NULL && !atomic_load(&ahead->is_stopped)) {
        struct walk_entry *entry;
        if (walk_next(walk, &entry, &err) != 0) {
            return false;
        }
        if (entry == NULL) {
            return true;
        }
        ++*count;
        free(entry);
    }
    return false;
}

static void count_all(void *self)
{
    struct ahead *ahead = self;
    uint64_t count = 0;
    for (size_t i = 0; i < ahead->path_count; i++) {
        if (!count_path(ahead, ahead->paths[i], &count)) {
            return;
        }
    }
    atomic_store(&ahead->total, count);
}

struct ahead *ahead_start(const char *const *paths, size_t path_count)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL) {
        return NULL;
    }
    ahead->paths = paths;
    ahead->path_count = path_count;
    ahead->thread = aside_start(count_all, ahead);
    if (ahead->thread == NULL) {
        free(ahead);
        return NULL;
    }
    return ahead;
}

uint64_t ahead_total(struct ahead *ahead)
{
    return ahead != NULL ? atomic_load(&ahead->total) : 0;
}

void ahead_stop(struct ahead *ahead)
{
    if (ahead != NULL) {
        atomic_store(&ahead->is_stopped, true);
        aside_end(ahead->thread);
        free(ahead);
    }
}
