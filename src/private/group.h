/* The group of the private comparison: ristretto255 (RFC 9496), many points at a time under one shared scalar, and the
 * hash into it (RFC 9380). Every path gives the same bytes as every other; which one runs is chosen when the program does.
 *
 * Secret scalars decide no branch and no address. Points and keys may: whoever calls holds them in the clear anyway.
 * Threads: any number at once; nothing is shared but tables that never change. */
#ifndef ASSAY_PRIVATE_GROUP_H
#define ASSAY_PRIVATE_GROUP_H

#include "assay/words.h"

enum { GROUP_BYTES = 32, GROUP_UNIFORM_BYTES = 64 };

/* RFC 9496, 4.3.2: 32 bytes, canonical. */
struct group_point {
    uint8_t bytes[GROUP_BYTES];
};

/* Below the group's order, little-endian. Holds a secret more often than not: wipe it. */
struct group_scalar {
    uint8_t bytes[GROUP_BYTES];
};

/* One way to compute. Arrays hold count of each; out and in may be the same array, but not overlap otherwise. */
struct group_path {
    const char *name; /* "avx512ifma", "avx2", "portable", "libsodium" */
    /* out[i] = the one-way map of RFC 9496, 4.3.4, of uniform[i]. */
    void (*map)(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count);
    /* out[i] = scalar * in[i]. Returns count, or the index of the first in[] that is no canonical encoding of a point or is the
     * neutral element; out is then unspecified. The scalar is not zero. */
    size_t (*multiply)(struct group_point *out, const struct group_point *in, size_t count,
                       const struct group_scalar *scalar);
    /* out[i] = scalar * the map of uniform[i]: map and multiply without bytes between. Returns count, or the index of the first that maps to
     * the neutral element; out is then unspecified. The scalar is not zero. */
    size_t (*map_multiply)(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count,
                           const struct group_scalar *scalar);
    /* out[i] = scalars[i] * G, none of them zero. */
    void (*multiply_base)(struct group_point *out, const struct group_scalar *scalars, size_t count);
    /* out[i] = scalars[i] * point, none of them zero. False: point is no canonical encoding of a point or is the neutral element; out is
     * then unspecified. */
    bool (*multiply_point)(struct group_point *out, const struct group_scalar *scalars, size_t count,
                           const struct group_point *point);
    /* As multiply's result, without multiplying. */
    size_t (*check)(const struct group_point *in, size_t count);
    /* As group_expand. */
    void (*expand)(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag);
};

/* The paths this processor can run, best first; the last is always libsodium's. NULL at the end. */
const struct group_path *const *group_paths(void);
/* The best of them, or the one that ASSAY_GROUP names, for measuring: they give the same bytes. A name that is none of theirs counts as
 * none. */
const struct group_path *group_best(void);

/* expand_message_xmd(SHA-512, message, tag, 64) of RFC 9380, 5.3.1. tag: at most 255 bytes. Any number of messages. */
void group_expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag);
/* H(key) of docs/private.md for each key: expand, then map. */
void group_hash(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count);
/* out[i] = scalar * H(keys[i]). Returns count, or the index of the first whose hash is the neutral element; out is then unspecified. */
size_t group_hash_multiply(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count,
                           const struct group_scalar *scalar);
/* S(message) of docs/private.md: a scalar. Not vectorised: audits and traps need few. */
void group_hash_scalar(struct group_scalar *out, struct str message);

#endif
