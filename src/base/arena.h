/* Memory that ends together. One arena per run, one for scratch; nothing in it is freed alone.
 * Under AddressSanitizer the gap between two blocks is poisoned. An arena has a cap: hostile
 * input ends in ERR_LIMIT, never in a machine without memory. Not shared between threads. */
#ifndef ASSAY_BASE_ARENA_H
#define ASSAY_BASE_ARENA_H

#include "assay/words.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *newest;
    size_t used_bytes; /* handed out, over all chunks */
    size_t cap_bytes;
};

/* No allocation. cap_bytes 0 means 1 GiB. */
void arena_init(struct arena *arena, size_t cap_bytes);
/* Frees everything; the arena is ready for use again. */
void arena_clear(struct arena *arena);
/* As arena_clear(), but keeps one chunk of at most half a MiB for what comes next. */
void arena_reset(struct arena *arena);
/* Zeroed, aligned for anything. NULL and err (ERR_LIMIT) at the cap or without memory. */
MUST_USE void *arena_take(struct arena *arena, size_t bytes, struct err *err);
/* Copies; the result is NUL-terminated behind its length. data NULL on failure (err set). */
MUST_USE struct str arena_str(struct arena *arena, struct str source, struct err *err);
/* For OWN(). */
void own_arena(struct arena *arena);

/* count objects of a type, zeroed */
#define ARENA_NEW(arena, type, count, err)                                                                      \
    ((type *)((count) > SIZE_MAX / sizeof(type) ? (err_set((err), ERR_LIMIT, "too many objects"), (void *)NULL) \
                                                : arena_take((arena), (count) * sizeof(type), (err))))

#endif
