/* Keys drawn at random: numbers from the kernel, sorted to strike out the doubles, shuffled again. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "sources/draw.h"

#include "base/banned.h"

/* splitmix64 (Steele, Lea, Flood 2014), seeded afresh for each draw. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Below bound, without the bias of a remainder; bound 0 means 2^64. */
static uint64_t below(uint64_t *state, uint64_t bound)
{
    uint64_t reject = bound == 0 ? 0 : (0 - bound) % bound;
    uint64_t value;
    do {
        value = next(state);
    } while (value < reject);
    return bound == 0 ? value : value % bound;
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t strike_doubles(int64_t *keys, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || keys[kept - 1] != keys[i]) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

int draw_keys(int64_t low, int64_t high, int64_t *ret_keys, size_t count, size_t *ret_drawn, struct err *err)
{
    uint64_t state;
    if (getrandom(&state, sizeof state, 0) != (ssize_t)sizeof state) {
        return err_set(err, ERR_IO, "random numbers: %s", strerror(errno));
    }
    uint64_t span = (uint64_t)high - (uint64_t)low + 1; /* 0: all 2^64 */
    size_t drawn;
    if (span != 0 && span <= count) {
        for (drawn = 0; drawn < span; drawn++) {
            ret_keys[drawn] = (int64_t)((uint64_t)low + drawn);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            ret_keys[i] = (int64_t)((uint64_t)low + below(&state, span));
        }
        qsort(ret_keys, count, sizeof *ret_keys, by_value);
        drawn = strike_doubles(ret_keys, count);
    }
    for (size_t i = drawn; i > 1; i--) {
        size_t j = (size_t)below(&state, i);
        int64_t key = ret_keys[i - 1];
        ret_keys[i - 1] = ret_keys[j];
        ret_keys[j] = key;
    }
    *ret_drawn = drawn;
    return 0;
}
