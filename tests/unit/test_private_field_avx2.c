/* The field of four lanes at its bounds: src/private/field_avx2.h. */
#include "private/field_avx2.h"

#include "private/field_lanes.h"

enum { least_limb = -1, factors_may_both_be_loose = 0 };
#define TIGHT ((INT64_C(1) << 50) + (1 << 14) - 1)
#define LOOSE ((INT64_C(1) << 51) + (1 << 15) - 1)
static const int64_t tight_most[5] = {TIGHT, TIGHT, TIGHT, TIGHT, TIGHT};
static const int64_t carried_most[5] = {TIGHT, TIGHT, TIGHT, TIGHT, TIGHT};
#define combined_most tight_most

#include "private_field_rows.h"

#define ROW(most)                      \
    {                                  \
        0, -(most), most, -1, (most)-1 \
    }
static const int64_t tight_limbs[5][5] = {ROW(TIGHT), ROW(TIGHT), ROW(TIGHT), ROW(TIGHT), ROW(TIGHT)};
static const int64_t loose_limbs[5][5] = {ROW(LOOSE), ROW(LOOSE), ROW(LOOSE), ROW(LOOSE), ROW(LOOSE)};
static const int64_t product_most[5] = {(INT64_C(1) << 58) - 1, (INT64_C(1) << 58) - 1, (INT64_C(1) << 58) - 1,
                                        (INT64_C(1) << 58) - 1, (INT64_C(1) << 58) - 1};

static bool can_run(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

FIELD_CALL void to_field(struct fe *to, const struct numbers *from)
{
    for (int i = 0; i < 5; i++) {
        double lane[LANES];
        for (int j = 0; j < LANES; j++) {
            lane[j] = (double)from->limb[j][i];
        }
        memcpy(&to->v[i], lane, sizeof lane);
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
    for (int i = 0; i < 5; i++) {
        double lane[LANES];
        memcpy(lane, &from->v[i], sizeof lane);
        for (int j = 0; j < LANES; j++) {
            to->limb[j][i] = (int64_t)lane[j];
            assert_true((double)to->limb[j][i] == lane[j]);
        }
    }
}
