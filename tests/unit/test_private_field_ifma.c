/* The field of eight lanes at its bounds: src/private/field_ifma.h. */
#include "private/field_ifma.h"

#include "private/field_lanes.h"

enum { least_limb = 0, factors_may_both_be_loose = 0 };
/* All limbs at most those of 2p; a carried one less. */
#define MOST_FIRST ((INT64_C(1) << 52) - 38)
#define MOST ((INT64_C(1) << 52) - 2)
#define MIDDLE                                                             \
    {                                                                      \
        0, 1, (INT64_C(1) << 51) - 1, (INT64_C(1) << 51) + (1 << 15), MOST \
    }
#define LIMBS                                                                                                      \
    {                                                                                                              \
        {0, 1, (INT64_C(1) << 51) - 1, (INT64_C(1) << 51) + (1 << 15), MOST_FIRST}, MIDDLE, MIDDLE, MIDDLE, MIDDLE \
    }
static const int64_t tight_most[5] = {MOST_FIRST, MOST, MOST, MOST, MOST};
static const int64_t carried_most[5] = {(INT64_C(1) << 51) + (1 << 15) - 1, (INT64_C(1) << 51) + (1 << 15) - 1,
                                        (INT64_C(1) << 51) + (1 << 15) - 1, (INT64_C(1) << 51) + (1 << 15) - 1,
                                        (INT64_C(1) << 51) + (1 << 15) - 1};
#define combined_most tight_most

#include "private_field_rows.h"

static const int64_t tight_limbs[5][5] = LIMBS, loose_limbs[5][5] = LIMBS;
static const int64_t product_most[5] = {267 * (INT64_C(1) << 52), 213 * (INT64_C(1) << 52), 159 * (INT64_C(1) << 52),
                                        105 * (INT64_C(1) << 52), 51 * (INT64_C(1) << 52)};

static bool can_run(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512ifma");
}

FIELD_CALL void to_field(struct fe *to, const struct numbers *from)
{
    for (int i = 0; i < 5; i++) {
        int64_t lane[LANES];
        for (int j = 0; j < LANES; j++) {
            lane[j] = from->limb[j][i];
        }
        to->v[i] = lanes_load(lane);
    }
}

FIELD_CALL void of_wide(struct numbers *to, const struct wide *from)
{
    for (int i = 0; i < 5; i++) {
        int64_t lane[LANES];
        lanes_store(lane, from->v[i]);
        for (int j = 0; j < LANES; j++) {
            to->limb[j][i] = lane[j];
        }
    }
}

FIELD_CALL void of_field(struct numbers *to, const struct fe *from)
{
    struct wide wide = wide_of(*from);
    of_wide(to, &wide);
}
