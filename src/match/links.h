/* Which row of the table each row of a set is, column by column: a sample has a million rows, so a row takes a few bytes
 * and not a struct's. */
#ifndef ASSAY_MATCH_LINKS_H
#define ASSAY_MATCH_LINKS_H

#include "assay/words.h"

enum { LINK_TIMES_MAX = 6 };
#define LINK_NO_TIME INT64_MIN

/* How a row was linked; the lower, the stronger (docs/statistics.md, A.2). */
enum link_via {
    LINK_EMAIL,
    LINK_PHONE,
    LINK_SECRET,
    LINK_OTHER /* any near-unique column: for counting rows, never for a ratio */,
    LINK_VIAS
};

/* Bit of a way of linking; the larger, the stronger. Ways of one row of the table add up. */
static inline unsigned link_way(enum link_via via)
{
    return 1U << (LINK_VIAS - 1 - via);
}
static inline enum link_via link_strongest(unsigned ways)
{
    return ways == 0 ? LINK_VIAS : (enum link_via)(LINK_VIAS - 1 - (31 - __builtin_clz(ways)));
}

/* One row of the set. But for via and hits, only hits 1 says something: of two rows it could be, neither is meant. */
struct link {
    uint8_t via;                          /* enum link_via; LINK_VIAS: none */
    uint8_t hits;                         /* rows of the table it could be, at most 2 */
    uint64_t agree;                       /* bit p: pair p has equal values */
    uint64_t filled;                      /* bit p: the table's row has a value there */
    int64_t created, updated, deleted;    /* of the table's row; LINK_NO_TIME */
    int64_t order;                        /* its place by creation, for head rows */
    int64_t difference_s[LINK_TIMES_MAX]; /* sample - reference; LINK_NO_TIME */
};

struct links {
    size_t rows, pair_bytes;
    size_t time_count, times;             /* differences; all times of a row */
    int created, updated, deleted, order; /* index among the times, or -1 */
    uint16_t *how;                        /* LINKS_HITS_BITS of hits, then the ways: best, hit, again; 0: none */
    uint8_t *rivals;                      /* further rows of the table found by the same best ways, at most 255 */
    uint64_t telling;                     /* bit p: pair p's values tell rows apart, and decide between rivals */
    uint8_t *agree, *filled;              /* pair_bytes a row */
    int64_t *time;                        /* times a row */
};

/* Which of the times there are: a table without one needs no room for it. err: LIMIT. */
MUST_USE int links_open(struct links *links, size_t rows, size_t pairs, size_t time_count, bool has_created,
                        bool has_updated, bool has_deleted, bool has_order, struct err *err);
void links_close(struct links *links);
/* Forgets all pairs and times but the given ones, which get their place in the list as their number. Both ascend no further
 * than there is room: pairs and time_count at most what links_open was given. */
void links_keep(struct links *links, const size_t *pairs, size_t pair_count, const size_t *times, size_t time_count);
/* All but how it was linked, which links_offer has taken. */
void links_put(struct links *links, size_t row, const struct link *link);
/* A row of the table that this row could be, by these ways. LINKS_BEST: it is the best one yet, so that links_put is due: a row
 * found by an e-mail and a phone is better than one by the e-mail alone. LINKS_RIVAL: another is found as well, so that
 * links_rival is due. The outcome does not depend on the order. */
enum links_offered { LINKS_WORSE, LINKS_RIVAL, LINKS_BEST };
enum links_offered links_offer(struct links *links, size_t row, unsigned ways);
/* Of rows found by the same ways that one is meant that agrees in most of the pairs that tell rows apart (an address that has
 * ordered twice, and when); none if two do, or of 256 rows. */
void links_rival(struct links *links, size_t row, const struct link *link);
/* The ways by which the best row is found; by which any row is found; by which two or more are. */
enum { LINKS_HITS_BITS = 2 };
static inline unsigned links_best(const struct links *links, size_t row)
{
    return links->how[row] >> LINKS_HITS_BITS & 15U;
}
static inline unsigned links_hit(const struct links *links, size_t row)
{
    return links->how[row] >> (LINKS_HITS_BITS + LINK_VIAS) & 15U;
}
static inline unsigned links_again(const struct links *links, size_t row)
{
    return links->how[row] >> (LINKS_HITS_BITS + 2 * LINK_VIAS) & 15U;
}
static inline uint8_t links_hits(const struct links *links, size_t row)
{
    return links->how[row] & 3;
}
/* Of how many rows of the table the row's was chosen by what agrees: so much likelier is a coincidence. */
static inline unsigned links_chosen_of(const struct links *links, size_t row)
{
    return 1U + links->rivals[row];
}
/* The strongest way that finds the row's row and no other; the strongest one if all find several. */
static inline enum link_via links_via(const struct links *links, size_t row)
{
    unsigned alone = links_best(links, row) & ~links_again(links, row);
    return link_strongest(alone != 0 ? alone : links_best(links, row));
}
/* Does another way find one row, and a different one? */
static inline bool links_contradict(const struct links *links, size_t row)
{
    unsigned elsewhere = links_hit(links, row) & ~links_again(links, row) & ~links_best(links, row);
    return links_hits(links, row) == 1 && elsewhere != 0;
}
/* Sends for what is kept of a row. */
static inline __attribute__((always_inline)) void links_prefetch(const struct links *links, size_t row)
{
    __builtin_prefetch(&links->how[row], 1);
    __builtin_prefetch(&links->agree[row * links->pair_bytes], 1);
    __builtin_prefetch(&links->filled[row * links->pair_bytes], 1);
    __builtin_prefetch(&links->time[row * links->times], 1);
}
/* Of a row that is linked. */
struct link links_read(const struct links *links, size_t row);
/* Of any row. Most are linked to none, and that must cost little. */
static inline struct link links_get(const struct links *links, size_t row)
{
    if (links->how[row] != 0) {
        return links_read(links, row);
    }
    struct link none = {.via = LINK_VIAS, .created = LINK_NO_TIME, .updated = LINK_NO_TIME, .deleted = LINK_NO_TIME};
    none.order = LINK_NO_TIME;
    for (size_t t = 0; t < LINK_TIMES_MAX; t++) {
        none.difference_s[t] = LINK_NO_TIME;
    }
    return none;
}
/* One thing of any row, as struct link has it. */
static inline int64_t links_created(const struct links *links, size_t row)
{
    return links->how[row] == 0 || links->created < 0 ? LINK_NO_TIME
                                                      : links->time[row * links->times + (size_t)links->created];
}
static inline int64_t links_updated(const struct links *links, size_t row)
{
    return links->how[row] == 0 || links->updated < 0 ? LINK_NO_TIME
                                                      : links->time[row * links->times + (size_t)links->updated];
}
static inline int64_t links_deleted(const struct links *links, size_t row)
{
    return links->how[row] == 0 || links->deleted < 0 ? LINK_NO_TIME
                                                      : links->time[row * links->times + (size_t)links->deleted];
}
/* One thing of a linked row, as struct link has it. */
static inline bool links_agree(const struct links *links, size_t row, size_t p)
{
    return (links->agree[row * links->pair_bytes + p / 8] >> (p % 8) & 1) != 0;
}
static inline bool links_filled(const struct links *links, size_t row, size_t p)
{
    return (links->filled[row * links->pair_bytes + p / 8] >> (p % 8) & 1) != 0;
}
static inline int64_t links_difference(const struct links *links, size_t row, size_t time)
{
    return links_hits(links, row) == 0 ? LINK_NO_TIME : links->time[row * links->times + time];
}
/* Takes so many seconds from the difference of a row that has one: daylight saving, once it is known. */
static inline void links_settle(struct links *links, size_t row, size_t time, int64_t seconds)
{
    links->time[row * links->times + time] -= seconds;
}

#endif
