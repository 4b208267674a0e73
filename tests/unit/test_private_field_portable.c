/* The field of one lane at its bounds: src/private/field_portable.h. */
#include "private/field_portable.h"

#include "private/field_lanes.h"

enum { least_limb = 0, factors_may_both_be_loose = 1 };
#define TIGHT_FIRST ((INT64_C(1) << 52) - 38)
#define TIGHT ((INT64_C(1) << 52) - 2)
#define PRODUCT ((INT64_C(1) << 51) + (1 << 15) - 1)
#define LOOSE ((INT64_C(1) << 54) - 1)
#define ALL(most)                    \
    {                                \
        most, most, most, most, most \
    }
static const int64_t tight_most[5] = {TIGHT_FIRST, TIGHT, TIGHT, TIGHT, TIGHT};
static const int64_t carried_most[5] = ALL(PRODUCT), combined_most[5] = ALL(LOOSE);

#include "private_field_rows.h"

#define ROW(most)                                   \
    {                                               \
        0, 1, (INT64_C(1) << 51) - 1, PRODUCT, most \
    }
static const int64_t tight_limbs[5][5] = {ROW(TIGHT_FIRST), ROW(TIGHT), ROW(TIGHT), ROW(TIGHT), ROW(TIGHT)};
static const int64_t loose_limbs[5][5] = {ROW(LOOSE), ROW(LOOSE), ROW(LOOSE), ROW(LOOSE), ROW(LOOSE)};
static const int64_t product_most[5] = ALL(PRODUCT);

static bool can_run(void)
{
    return true;
}

FIELD_CALL void to_field(struct fe *to, const struct numbers *from)
{
    for (int i = 0; i < 5; i++) {
        to->v[i] = (uint64_t)from->limb[0][i];
    }
}

FIELD_CALL void of_wide(struct numbers *to, const struct wide *from)
{
    for (int i = 0; i < 5; i++) {
        to->limb[0][i] = (int64_t)from->v[i];
    }
}

FIELD_CALL void of_field(struct numbers *to, const struct fe *from)
{
    struct wide wide = wide_of(*from);
    of_wide(to, &wide);
}
