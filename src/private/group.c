/* Choosing a path, and hashing into the group. */
#include <sodium.h>

#include "base/str.h"
#include "private/group_inside.h"

#include "base/banned.h"

/* Of every path of this kind of processor, best first, the first that this one can run. */
const struct group_path *const *group_paths(void)
{
#ifdef __x86_64__
    static const struct group_path *const paths[] = {&group_ifma, &group_avx2, &group_portable, NULL};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma")) {
        return paths;
    }
    return paths + (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 2);
#else
    static const struct group_path *const paths[] = {&group_portable, NULL};
    return paths;
#endif
}

const struct group_path *group_best(void)
{
    return group_paths()[0];
}

void group_expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag)
{
    group_best()->expand(out, messages, count, tag);
}

enum { BATCH = 64 };

void group_hash(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count)
{
    uint8_t uniform[BATCH][GROUP_UNIFORM_BYTES];
    for (size_t from = 0; from < count; from += BATCH) {
        size_t some = count - from < BATCH ? count - from : BATCH;
        path->expand(uniform, keys + from, some, STR("HashToGroup-AssayPSIV1-ristretto255-SHA512"));
        path->map(out + from, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, some);
    }
}

void group_hash_scalar(struct group_scalar *out, struct str message)
{
    uint8_t uniform[1][GROUP_UNIFORM_BYTES];
    group_portable.expand(uniform, &message, 1, STR("HashToScalar-AssayPSIV1-ristretto255-SHA512"));
    crypto_core_ristretto255_scalar_reduce(out->bytes, uniform[0]);
    sodium_memzero(uniform, sizeof uniform);
}
