/* A list of growing chunks. Under AddressSanitizer everything not handed out is poisoned, and 16
 * bytes between two blocks stay so: an overrun of one byte is seen. */
#include <stdalign.h>
#include <stdlib.h>

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
enum { GAP = 0 };
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#include "base/banned.h"

enum { ALIGN = alignof(max_align_t), FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 4 << 20, KEPT_CHUNK = 2 << 20 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t cap_bytes)
{
    *arena = (struct arena){NULL, 0, cap_bytes != 0 ? cap_bytes : (size_t)1 << 30};
}

void arena_clear(struct arena *arena)
{
    while (arena->newest != NULL) {
        struct arena_chunk *older = arena->newest->older;
        ASAN_UNPOISON_MEMORY_REGION(arena->newest->bytes, arena->newest->size);
        free(arena->newest);
        arena->newest = older;
    }
    arena->used_bytes = 0;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *kept = NULL;
    while (arena->newest != NULL) {
        struct arena_chunk *chunk = arena->newest;
        arena->newest = chunk->older;
        ASAN_UNPOISON_MEMORY_REGION(chunk->bytes, chunk->size);
        if (kept == NULL && chunk->size <= KEPT_CHUNK) { /* the largest of the small ones: they grow */
            kept = chunk;
        } else {
            free(chunk);
        }
    }
    arena->used_bytes = 0;
    if (kept != NULL) {
        *kept = (struct arena_chunk){.older = NULL, .size = kept->size, .used = 0};
        ASAN_POISON_MEMORY_REGION(kept->bytes, kept->size);
        arena->newest = kept;
    }
}

void own_arena(struct arena *arena)
{
    arena_clear(arena);
}

static struct arena_chunk *chunk_new(struct arena *arena, size_t need)
{
    size_t size = arena->newest != NULL ? arena->newest->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK) {
        size = LARGEST_CHUNK;
    }
    if (size < need) {
        size = need;
    }
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->older = arena->newest;
    chunk->size = size;
    chunk->used = 0;
    ASAN_POISON_MEMORY_REGION(chunk->bytes, size);
    arena->newest = chunk;
    return chunk;
}

void *arena_take(struct arena *arena, size_t bytes, struct err *err)
{
    if (bytes > arena->cap_bytes - arena->used_bytes || bytes > SIZE_MAX - 4 * ALIGN) {
        err_set(err, ERR_LIMIT, "more than %zu bytes of memory asked for", arena->cap_bytes);
        return NULL;
    }
    size_t need = (bytes + GAP + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        chunk = chunk_new(arena, need);
    }
    if (chunk == NULL) {
        err_no_memory(err);
        return NULL;
    }
    char *at = chunk->bytes + chunk->used;
    chunk->used += need;
    arena->used_bytes += bytes;
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
    memset(at, 0, bytes);
    return at;
}

struct str arena_str(struct arena *arena, struct str source, struct err *err)
{
    if (source.len == SIZE_MAX) {
        err_set(err, ERR_LIMIT, "text too long");
        return (struct str){NULL, 0};
    }
    char *copy = arena_take(arena, source.len + 1, err);
    if (copy == NULL) {
        return (struct str){NULL, 0};
    }
    if (source.len != 0) {
        memcpy(copy, source.data, source.len);
    }
    return (struct str){copy, source.len};
}
