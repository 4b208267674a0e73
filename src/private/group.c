/* Choosing a path, and hashing into the group. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "private/group_inside.h"

#include "base/banned.h"

/* Of every path of this kind of processor, best first, the first that this one can run. */
const struct group_path *const *group_paths(void)
{
    static const struct group_path *const paths[] = {
#ifdef __x86_64__
        &group_ifma, &group_avx2,
#endif
#ifdef __SIZEOF_INT128__
        &group_portable,
#endif
        &group_sodium, NULL};
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma")) {
        return paths;
    }
    return paths + (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 2);
#else
    return paths;
#endif
}

const struct group_path *group_best(void)
{
    const struct group_path *const *paths = group_paths();
    const char *wanted = getenv("ASSAY_GROUP");
    for (size_t i = 0; wanted != NULL && paths[i] != NULL; i++) {
        if (strcmp(paths[i]->name, wanted) == 0) {
            return paths[i];
        }
    }
    return paths[0];
}

void group_expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count, struct str tag)
{
    group_best()->expand(out, messages, count, tag);
}

enum { BATCH = 256 };
#define HASH_TAG STR("HashToGroup-AssayPSIV1-ristretto255-SHA512")

void group_hash(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count)
{
    uint8_t uniform[BATCH][GROUP_UNIFORM_BYTES];
    for (size_t from = 0; from < count; from += BATCH) {
        size_t some = count - from < BATCH ? count - from : BATCH;
        path->expand(uniform, keys + from, some, HASH_TAG);
        path->map(out + from, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, some);
    }
}

size_t group_hash_multiply(const struct group_path *path, struct group_point *out, const struct str *keys, size_t count,
                           const struct group_scalar *scalar)
{
    uint8_t uniform[BATCH][GROUP_UNIFORM_BYTES];
    size_t done = 0, good = 0, some = 0;
    for (; done < count && good == some; done += good) {
        some = count - done < BATCH ? count - done : BATCH;
        path->expand(uniform, keys + done, some, HASH_TAG);
        good = path->map_multiply(out + done, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, some, scalar);
    }
    return done;
}

void group_hash_scalar(struct group_scalar *out, struct str message)
{
    uint8_t uniform[1][GROUP_UNIFORM_BYTES];
    group_sodium.expand(uniform, &message, 1, STR("HashToScalar-AssayPSIV1-ristretto255-SHA512"));
    crypto_core_ristretto255_scalar_reduce(out->bytes, uniform[0]);
    sodium_memzero(uniform, sizeof uniform);
}
