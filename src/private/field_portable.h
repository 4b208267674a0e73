/* Integers mod p = 2^255 - 19, one at a time, on any processor with products of 64 by 64 bits: a "vector" of one lane, so that the
 * same text of the group serves.
 *
 * An element is five limbs of radix 2^51 (Bernstein, Duif, Lange, Schwabe, Yang 2011, 3), here unsigned:
 *
 *     value = v[0] + 2^51 v[1] + 2^102 v[2] + 2^153 v[3] + 2^204 v[4]      (mod p)
 *
 * A product is carried where it is made, since a limb of it has 128 bits: "wide" is an element here, and fe_carry does nothing.
 *
 * Bounds. Every function holds for every operand within them; tests/unit/test_private_field_portable.c drives operands at them.
 *   product  limb < 2^51 + 2^15. What a multiplication gives.
 *   tight    limbs at most those of 2p: 2^52 - 38 the first, 2^52 - 2 the others. Products are; what fe_tight, fe_negate_where, bytes
 *            and constants give.
 *   loose    limb < 2^54: a sum or difference of two tight ones, or up to four products combined, as fe_carry gives them (here that is
 *            no tight one). Both factors may be loose, and what is squared. Limb 0 of a product before carrying is then
 *            below 77 * 2^108, its carry below 2^63.3; the last limb's carry is below 2^59.4, 19 times that below 2^63.7. */
#ifndef ASSAY_PRIVATE_FIELD_PORTABLE_H
#define ASSAY_PRIVATE_FIELD_PORTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LANE_FN static inline __attribute__((always_inline))
#define LANE_CALL static __attribute__((noinline, unused))
/* Inlined: that is small enough to be run from where instructions lie decoded. */
#define LANE_PART LANE_FN
#define LANE_DOOR static

enum { LANES = 1, FE_LIMBS = 5, FE_BATCH = 64 };

typedef uint64_t lanes;
/* All bits or none. */
typedef lanes lane_mask;
__extension__ typedef unsigned __int128 twice;

struct fe {
    lanes v[FE_LIMBS];
};
struct wide {
    lanes v[FE_LIMBS];
};

LANE_FN lanes lanes_set(uint64_t x)
{
    return x;
}

LANE_FN lanes lanes_load(const void *from)
{
    lanes x;
    memcpy(&x, from, sizeof x);
    return x;
}

LANE_FN void lanes_store(void *to, lanes x)
{
    memcpy(to, &x, sizeof x);
}

/* The compiler must not see that it is one of two values, or it may branch on it. */
LANE_FN lane_mask mask_hide(lane_mask which)
{
    __asm__("" : "+r"(which));
    return which;
}

LANE_FN lane_mask lanes_equal(lanes a, lanes b)
{
    lanes apart = a ^ b;
    return mask_hide(((apart | (0 - apart)) >> 63) - 1);
}

LANE_FN lanes lanes_select(lane_mask which, lanes yes, lanes no)
{
    return no ^ (which & (yes ^ no));
}

LANE_FN unsigned lane_bits(lane_mask which)
{
    return (unsigned)(which & 1);
}

LANE_FN lane_mask lane_not(lane_mask which)
{
    return ~which;
}

LANE_FN struct fe fe_carry(struct wide z)
{
    return (struct fe){{z.v[0], z.v[1], z.v[2], z.v[3], z.v[4]}};
}

LANE_FN struct wide wide_of(struct fe a)
{
    return (struct wide){{a.v[0], a.v[1], a.v[2], a.v[3], a.v[4]}};
}

LANE_FN struct wide wide_add(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4]}};
}

#define LIMB_2P_FIRST ((UINT64_C(1) << 52) - 38)
#define LIMB_2P ((UINT64_C(1) << 52) - 2)

/* a + 2p - b. */
LANE_FN struct wide wide_subtract(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + LIMB_2P_FIRST - b.v[0], a.v[1] + LIMB_2P - b.v[1], a.v[2] + LIMB_2P - b.v[2],
                          a.v[3] + LIMB_2P - b.v[3], a.v[4] + LIMB_2P - b.v[4]}};
}

/* a + 4p - b: b may be the sum of two products. */
LANE_FN struct wide wide_subtract_two(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + 2 * LIMB_2P_FIRST - b.v[0], a.v[1] + 2 * LIMB_2P - b.v[1],
                          a.v[2] + 2 * LIMB_2P - b.v[2], a.v[3] + 2 * LIMB_2P - b.v[3], a.v[4] + 2 * LIMB_2P - b.v[4]}};
}

LANE_FN struct fe fe_add(struct fe a, struct fe b)
{
    return fe_carry(wide_add(wide_of(a), wide_of(b)));
}

LANE_FN struct fe fe_subtract(struct fe a, struct fe b)
{
    return fe_carry(wide_subtract(wide_of(a), wide_of(b)));
}

/* Of a loose one. */
LANE_FN struct fe fe_tight(struct fe a)
{
    const lanes mask = (UINT64_C(1) << 51) - 1;
    return (struct fe){{(a.v[0] & mask) + 19 * (a.v[4] >> 51), (a.v[1] & mask) + (a.v[0] >> 51),
                        (a.v[2] & mask) + (a.v[1] >> 51), (a.v[3] & mask) + (a.v[2] >> 51),
                        (a.v[4] & mask) + (a.v[3] >> 51)}};
}

/* 2p - a where asked for: + 2p + 1 and all bits turned. */
LANE_FN struct fe fe_negate_where(lane_mask which, struct fe a)
{
    const lanes first = which & (LIMB_2P_FIRST + 1), other = which & (LIMB_2P + 1);
    return (struct fe){{(a.v[0] ^ which) + first, (a.v[1] ^ which) + other, (a.v[2] ^ which) + other,
                        (a.v[3] ^ which) + other, (a.v[4] ^ which) + other}};
}

LANE_FN twice times(lanes a, lanes b)
{
    return (twice)a * b;
}

/* All limbs at once, twice: chained, each would wait for the one below. */
LANE_FN struct wide product_carry(twice z0, twice z1, twice z2, twice z3, twice z4)
{
    const lanes mask = (UINT64_C(1) << 51) - 1;
    lanes r0 = ((lanes)z0 & mask) + 19 * (lanes)(z4 >> 51), r1 = ((lanes)z1 & mask) + (lanes)(z0 >> 51);
    lanes r2 = ((lanes)z2 & mask) + (lanes)(z1 >> 51), r3 = ((lanes)z3 & mask) + (lanes)(z2 >> 51);
    lanes r4 = ((lanes)z4 & mask) + (lanes)(z3 >> 51);
    return (struct wide){{(r0 & mask) + 19 * (r4 >> 51), (r1 & mask) + (r0 >> 51), (r2 & mask) + (r1 >> 51),
                          (r3 & mask) + (r2 >> 51), (r4 & mask) + (r3 >> 51)}};
}

LANE_FN struct wide fe_multiply_wide(struct fe f, struct fe g)
{
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const lanes b0 = g.v[0], b1 = g.v[1], b2 = g.v[2], b3 = g.v[3], b4 = g.v[4];
    const lanes n1 = 19 * b1, n2 = 19 * b2, n3 = 19 * b3, n4 = 19 * b4;
    return product_carry(times(a0, b0) + times(a1, n4) + times(a2, n3) + times(a3, n2) + times(a4, n1),
                         times(a0, b1) + times(a1, b0) + times(a2, n4) + times(a3, n3) + times(a4, n2),
                         times(a0, b2) + times(a1, b1) + times(a2, b0) + times(a3, n4) + times(a4, n3),
                         times(a0, b3) + times(a1, b2) + times(a2, b1) + times(a3, b0) + times(a4, n4),
                         times(a0, b4) + times(a1, b3) + times(a2, b2) + times(a3, b1) + times(a4, b0));
}

LANE_FN struct wide fe_square_wide(struct fe f)
{
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const lanes d0 = 2 * a0, d1 = 2 * a1, n3 = 19 * a3, n4 = 19 * a4, n4_twice = 2 * n4;
    return product_carry(times(a0, a0) + times(a1, n4_twice) + times(2 * a2, n3),
                         times(d0, a1) + times(a2, n4_twice) + times(a3, n3),
                         times(d0, a2) + times(a1, a1) + times(a3, n4_twice),
                         times(d0, a3) + times(d1, a2) + times(a4, n4), times(d0, a4) + times(d1, a3) + times(a2, a2));
}

LANE_FN struct fe fe_select(lane_mask which, struct fe yes, struct fe no)
{
    return (struct fe){{lanes_select(which, yes.v[0], no.v[0]), lanes_select(which, yes.v[1], no.v[1]),
                        lanes_select(which, yes.v[2], no.v[2]), lanes_select(which, yes.v[3], no.v[3]),
                        lanes_select(which, yes.v[4], no.v[4])}};
}

/* From, and to, five limbs of radix 2^51: below 2^51 coming, below 2^54 going. */
LANE_FN struct fe fe_of_limbs(const lanes limbs[static 5])
{
    return (struct fe){{limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]}};
}

LANE_FN void fe_to_limbs(lanes limbs[static 5], struct fe a)
{
    memcpy(limbs, a.v, sizeof a.v);
}

/* A constant, from limbs of radix 2^51. */
LANE_FN struct fe fe_set(const uint64_t limbs[static 5])
{
    return fe_of_limbs(limbs);
}

#endif
