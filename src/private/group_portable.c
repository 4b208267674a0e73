/* The path that runs everywhere: libsodium, one point at a time. Also the oracle of the others. */
#include <sodium.h>

#include "private/group_inside.h"

#include "base/banned.h"

static void map(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)crypto_core_ristretto255_from_hash(out[i].bytes, uniform[i]);
    }
}

/* The neutral element is the only point whose encoding is all zeros. */
static bool is_point(const struct group_point *point)
{
    return crypto_core_ristretto255_is_valid_point(point->bytes) == 1 && sodium_is_zero(point->bytes, GROUP_BYTES) == 0;
}

static size_t multiply(struct group_point *out, const struct group_point *in, size_t count,
                       const struct group_scalar *scalar)
{
    for (size_t i = 0; i < count; i++) {
        struct group_point from = in[i];
        if (!is_point(&from) || crypto_scalarmult_ristretto255(out[i].bytes, scalar->bytes, from.bytes) != 0) {
            return i;
        }
    }
    return count;
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

const struct group_path group_portable = {"portable", map, multiply, multiply_base, check};
