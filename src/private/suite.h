/* The small parts that the private comparison's files are made of (docs/private.md, "Bytes"): labels, tags, salts, leaves,
 * traps, draws, sealed boxes. Pure functions. Point and scalar arithmetic is in group.h.
 *
 *   Label(n) = "assay/private/1 " || n || 0x00        SHA = SHA-256
 *   tag(P)   = SHA(Label("tag") || P)[0..15]
 *   entry    = salt(32) || class || body;   salt = HMAC-SHA-256(salt seed of the type, u8 type || P) */
#ifndef ASSAY_PRIVATE_SUITE_H
#define ASSAY_PRIVATE_SUITE_H

#include "base/hash.h"
#include "private/group.h"

enum {
    SUITE_TYPES_MAX = 8,
    SUITE_TAG_BYTES = 16,
    SUITE_SECRET_BYTES = 32,
    SUITE_KEY_MAX = 1024,
    SUITE_ENTRY_MAX = SUITE_SECRET_BYTES + 1 + SUITE_KEY_MAX,
    SUITE_SEAL_BYTES = 48, /* what a sealed box is longer than what is in it */
    SUITE_CLASS_KEY = 0,
    SUITE_CLASS_TRAP = 1
};

/* SHA(Label(label) || bytes). label without its final zero, e.g. "coin"; at most 32 bytes of it. */
struct sha256 suite_hash(const char *label, struct str bytes);
void suite_tag(uint8_t out[static SUITE_TAG_BYTES], const struct group_point *point);
void suite_tags(uint8_t (*out)[SUITE_TAG_BYTES], const struct group_point *points, size_t count);
/* SHA(Label("root") || nonce || u8 type || root): what the keeper commits to instead of its list's root. */
struct sha256 suite_hidden_root(const uint8_t nonce[static SUITE_SECRET_BYTES], uint8_t type,
                                const struct sha256 *root);

/* 64 uniform bytes mod l, never zero. err: IO. */
MUST_USE int suite_scalar(struct group_scalar *out, struct err *err);
/* 1/scalar mod l; scalar is not zero. */
void suite_invert(struct group_scalar *out, const struct group_scalar *scalar);
/* t = S("trap" || seed || u8 type || u64 k). */
void suite_trap(struct group_scalar *out, const uint8_t seed[static SUITE_SECRET_BYTES], uint8_t type, uint64_t k);
/* How many traps n keys need: 10,000 + ceil(min(n, 10^7) / 20). */
uint64_t suite_traps(uint64_t n);

/* The entry of a record. out holds SUITE_ENTRY_MAX; returns its length. */
size_t suite_entry_key(uint8_t *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                       const struct group_point *point, struct str key);
size_t suite_entry_trap(uint8_t *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                        const struct group_point *point, uint64_t k);

/* Leaves of the entries of keys. */
void suite_leaves(struct sha256 *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                  const struct group_point *points, const struct str *keys, size_t count);

/* Ranks drawn by both coins among n, without repeats, in the order drawn: out[want], want <= n. seed: run id || asker's
 * coin || keeper's coin. err: LIMIT (memory). */
MUST_USE int suite_draw(uint64_t *out, size_t want, uint64_t n, const uint8_t seed[static 96], uint8_t audit,
                        uint8_t type, struct err *err);

/* crypto_box_seal of libsodium with a given ephemeral seed, so that a file can be made again byte for byte. out:
 * length + SUITE_SEAL_BYTES. */
MUST_USE int suite_seal(uint8_t *out, struct str message, const uint8_t to[static 32],
                        const uint8_t ephemeral_seed[static 32], struct err *err);
/* Opens it with the pair made from box_seed. False: not sealed to it, or altered. out: length - SUITE_SEAL_BYTES. */
MUST_USE bool suite_unseal(uint8_t *out, struct str sealed, const uint8_t box_seed[static 32]);
void suite_box_public(uint8_t out[static 32], const uint8_t box_seed[static 32]);

/* ChaCha20 (RFC 8439, nonce 0) over bytes that lie `at` bytes into the stream; in place. */
void suite_stream(uint8_t *bytes, size_t count, uint64_t at, const uint8_t key[static 32]);

void suite_put_u64(uint8_t out[static 8], uint64_t value);
uint64_t suite_get_u64(const uint8_t in[static 8]);

#endif
