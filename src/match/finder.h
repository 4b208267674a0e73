/* Which numbers may belong to a hash: a table that is made once, of known size, and then only read. A place is eight bits of a
 * hash (its tag) and a number; sixteen places are a group, whose tags are compared at once. Tags lie apart from numbers, so
 * that a look for what is not there touches one line of a small table. Only the upper half of a hash is asked for.
 *
 *   upper half of a hash ─▶ group ─ tag ─▶ places ─▶ numbers, each to be held against the bytes */
#ifndef ASSAY_MATCH_FINDER_H
#define ASSAY_MATCH_FINDER_H

#include <string.h>

#include "assay/words.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FINDER_GROUP = 16 };

struct finder {
    uint8_t *tags;     /* 0: empty. NULL: nothing can be found */
    uint32_t *numbers; /* as many */
    size_t groups;     /* at most UINT32_MAX */
};

/* Groups that so many need. */
size_t finder_groups(size_t count);
/* Room for so many. err: LIMIT. */
MUST_USE int finder_open(struct finder *finder, size_t count, struct err *err);
void finder_close(struct finder *finder);
/* number is not 0. No more than there is room for. */
void finder_put(struct finder *finder, uint64_t hash, uint32_t number);

static inline size_t finder_group(const struct finder *finder, uint64_t hash)
{
    return (size_t)((hash >> 32) * finder->groups >> 32);
}

/* Other bits of the upper half: hashes of one group differ in them. */
static inline uint64_t finder_mix(uint64_t hash)
{
    return (hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint8_t finder_tag(uint64_t hash)
{
    uint8_t tag = (uint8_t)(finder_mix(hash) >> 24);
    return tag == 0 ? 1 : tag;
}

static inline __attribute__((always_inline)) void finder_prefetch(const struct finder *finder, uint64_t hash)
{
    __builtin_prefetch(&finder->tags[finder_group(finder, hash) * FINDER_GROUP]);
}

/* The places of the group whose tag it is, as bits. */
static inline unsigned finder_places(const struct finder *finder, size_t group, uint8_t tag)
{
    const uint8_t *tags = &finder->tags[group * FINDER_GROUP];
#ifdef __SSE2__
    __m128i block;
    memcpy(&block, tags, sizeof(block));
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)tag)));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < FINDER_GROUP; i++) {
        bits |= (unsigned)(tags[i] == tag) << i;
    }
    return bits;
#endif
}

/* Numbers that may be the hash's, one after the other. */
struct finder_walk {
    const struct finder *finder;
    size_t group;
    unsigned places; /* of the group, not yet told */
    uint8_t tag;
};

static inline struct finder_walk finder_find(const struct finder *finder, uint64_t hash)
{
    struct finder_walk walk = {.finder = finder, .group = finder_group(finder, hash), .tag = finder_tag(hash)};
    walk.places = finder->tags == NULL ? 0 : finder_places(finder, walk.group, walk.tag);
    return walk;
}

/* Where the next number stands; NULL: there is none. */
static inline const uint32_t *finder_next(struct finder_walk *walk)
{
    const struct finder *finder = walk->finder;
    while (walk->places == 0) {
        if (finder->tags == NULL || finder_places(finder, walk->group, 0) != 0) {
            return NULL;
        }
        walk->group = walk->group + 1 == finder->groups ? 0 : walk->group + 1;
        walk->places = finder_places(finder, walk->group, walk->tag);
    }
    unsigned place = (unsigned)__builtin_ctz(walk->places);
    walk->places &= walk->places - 1;
    return &finder->numbers[walk->group * FINDER_GROUP + place];
}

#endif
