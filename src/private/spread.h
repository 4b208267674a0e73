/* One array, worked on by every core, a slice at a time. */
#ifndef ASSAY_PRIVATE_SPREAD_H
#define ASSAY_PRIVATE_SPREAD_H

#include "private/group.h"

/* work(self, from, to) for slices that cover [0, count); it returns `to`, or the first index it could not do. *ret_done: the
 * smallest index that failed, or count. err: LIMIT. Threads: work is called on several at once. */
MUST_USE int spread(size_t count, size_t (*work)(void *self, size_t from, size_t to), void *self, size_t *ret_done,
                    struct err *err);

/* out[i] = scalar * in[i] on every core. Received points are checked on the way: *ret_done below count names the first that is none. */
MUST_USE int spread_multiply(struct group_point *out, const struct group_point *in, size_t count,
                             const struct group_scalar *scalar, size_t *ret_done, struct err *err);
/* The tags of the same. */
MUST_USE int spread_tags(uint8_t (*out)[16], const struct group_point *in, size_t count, struct err *err);

#endif
