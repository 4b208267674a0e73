/* libsodium's path, one point at a time: where nothing else runs, and the oracle of the others. */
#include <sodium.h>

#include "private/group_inside.h"

#include "base/banned.h"

static void map(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)crypto_core_ristretto255_from_hash(out[i].bytes, uniform[i]);
    }
}

/* The neutral element is the only point whose encoding is all zeros. Bit 255 must not be set (RFC 9496, 4.3.1); libsodium before
 * 1.0.19 does not look at it. */
static bool is_point(const struct group_point *point)
{
    return (point->bytes[GROUP_BYTES - 1] & 0x80) == 0 && crypto_core_ristretto255_is_valid_point(point->bytes) == 1 &&
           sodium_is_zero(point->bytes, GROUP_BYTES) == 0;
}

static size_t multiply(struct group_point *out, const struct group_point *in, size_t count,
                       const struct group_scalar *scalar)
{
    for (size_t i = 0; i < count; i++) {
        struct group_point from = in[i];
        if (!is_point(&from)) {
            return i;
        }
        /* It fails only where the result is the neutral element, so where the scalar is zero: no branch on it here. */
        int is_neutral = crypto_scalarmult_ristretto255(out[i].bytes, scalar->bytes, from.bytes);
        (void)is_neutral;
    }
    return count;
}

static size_t map_multiply(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count,
                           const struct group_scalar *scalar)
{
    map(out, uniform, count);
    return multiply(out, out, count, scalar);
}

static void multiply_base(struct group_point *out, const struct group_scalar *scalars, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)crypto_scalarmult_ristretto255_base(out[i].bytes, scalars[i].bytes);
    }
}

static size_t check(const struct group_point *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_point(&in[i])) {
            return i;
        }
    }
    return count;
}

/* RFC 9380, 5.3.1, for an output of one digest: b_1 = H(H(Z_pad || msg || 0x0040 || 0x00 || dst) || 0x01 || dst). */
static void expand_one(uint8_t out[static GROUP_UNIFORM_BYTES], struct str message, struct str tag)
{
    static const uint8_t pad[128];
    static const uint8_t length_then_zero[] = {0, GROUP_UNIFORM_BYTES, 0};
    static const uint8_t one = 1;
    const uint8_t tag_length = (uint8_t)tag.len;
    uint8_t first[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state state;
    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, pad, sizeof pad);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)message.data, message.len);
    (void)crypto_hash_sha512_update(&state, length_then_zero, sizeof length_then_zero);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)tag.data, tag.len);
    (void)crypto_hash_sha512_update(&state, &tag_length, 1);
    (void)crypto_hash_sha512_final(&state, first);
    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, first, sizeof first);
    (void)crypto_hash_sha512_update(&state, &one, 1);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)tag.data, tag.len);
    (void)crypto_hash_sha512_update(&state, &tag_length, 1);
    (void)crypto_hash_sha512_final(&state, out);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(first, sizeof first);
}

static void expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag)
{
    for (size_t i = 0; i < count; i++) {
        expand_one(out[i], messages[i], tag);
    }
}

static bool multiply_point(struct group_point *out, const struct group_scalar *scalars, size_t count,
                           const struct group_point *point)
{
    for (size_t i = 0; i < count; i++) {
        if (multiply(&out[i], point, 1, &scalars[i]) != 1) {
            return false;
        }
    }
    return check(point, 1) == 1;
}

const struct group_path group_sodium = {"libsodium",    map,   multiply, map_multiply, multiply_base,
                                        multiply_point, check, expand};
