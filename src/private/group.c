/* Choosing a path, and hashing into the group. */
#include <sodium.h>

#include "base/str.h"
#include "private/group_inside.h"

#include "base/banned.h"

const struct group_path *const *group_paths(void)
{
    static const struct group_path *const paths[] = {&group_portable, NULL};
    return paths;
}

const struct group_path *group_best(void)
{
    return group_paths()[0];
}

/* RFC 9380, 5.3.1, for an output of one digest: b_1 = H(H(Z_pad || msg || 0x0040 || 0x00 || dst) || 0x01 || dst). */
static void expand(uint8_t out[static GROUP_UNIFORM_BYTES], struct str message, struct str tag)
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

void group_expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag)
{
    for (size_t i = 0; i < count; i++) {
        expand(out[i], messages[i], tag);
    }
}

enum { BATCH = 64 };

void group_hash(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count)
{
    uint8_t uniform[BATCH][GROUP_UNIFORM_BYTES];
    for (size_t from = 0; from < count; from += BATCH) {
        size_t some = count - from < BATCH ? count - from : BATCH;
        group_expand(uniform, keys + from, some, STR("HashToGroup-AssayPSIV1-ristretto255-SHA512"));
        path->map(out + from, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, some);
    }
}

void group_hash_scalar(struct group_scalar *out, struct str message)
{
    uint8_t uniform[GROUP_UNIFORM_BYTES];
    expand(uniform, message, STR("HashToScalar-AssayPSIV1-ristretto255-SHA512"));
    crypto_core_ristretto255_scalar_reduce(out->bytes, uniform);
    sodium_memzero(uniform, sizeof uniform);
}
