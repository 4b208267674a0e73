/* Integers mod p = 2^255 - 19, four at a time, with the multiply-adds of doubles of AVX2 and FMA.
 *
 * An element is five limbs of radix 2^51, each a vector of four doubles that hold integers, of either sign:
 *
 *     value = v[0] + 2^51 v[1] + 2^102 v[2] + 2^153 v[3] + 2^204 v[4]      (mod p)
 *
 * A multiply-add rounds once. So a * b + 1.5 * 2^103, whose last place is 2^51, is the product's high part, and what a second one adds
 * up to, a * b - high + 1.5 * 2^52, is the low part, exactly (the idea of splitting by rounding: Dekker 1971; for long integers:
 * Emmart, Zheng, Weems 2018). Seen as integers both are constants plus the part: they are summed as integers, high ones one limb up,
 * and the constants taken off at once. It is exact in every rounding mode. No double here is ever subnormal, infinite or not a
 * number, and on others the instructions take the same time whatever they hold.
 *
 * Bounds. Every function holds for every operand within them; tests/unit/test_private_field.c drives operands at them.
 *   tight  |limb| < 2^50 + 2^14. What fe_carry, fe_tight and fe_negate_where give.
 *   loose  |limb| < 2^51 + 2^15: a sum or difference of two tight ones, or limbs as they come in bytes and constants. One of
 *          two factors may be loose; a square's and everything else's operands are tight: fe_tight makes them so.
 *   wide   a product before carrying: |limb| < 2^58, since each high part is < 2^50 + 2^15, each low one <= 2^51, and limb 0
 *          takes one low part and 19 times four low and five high ones. Sums and differences of up to four fit fe_carry, which
 *          takes |limb| < 2^60: carries are then < 2^9 around 0, that of the last limb times 19 < 2^14. */
#ifndef ASSAY_PRIVATE_FIELD_AVX2_H
#define ASSAY_PRIVATE_FIELD_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_TARGET "avx2,fma"
#define LANE_FN static inline __attribute__((always_inline, target(LANE_TARGET)))
#define LANE_CALL static __attribute__((noinline, unused, target(LANE_TARGET)))
/* Called, not inlined: 40 KB of instructions run in turn would fit no processor's first cache, let alone its store of decoded ones (Zen 5: half the time
 * went into fetching). */
#define LANE_PART LANE_CALL
#define LANE_DOOR static __attribute__((target(LANE_TARGET)))

enum { LANES = 4, FE_LIMBS = 5, FE_BATCH = 32 };

typedef uint64_t lanes __attribute__((vector_size(32)));
typedef double reals __attribute__((vector_size(32)));
/* All bits of a lane or none. */
typedef lanes lane_mask;

struct fe {
    reals v[FE_LIMBS];
};
/* Two's complement. */
struct wide {
    lanes v[FE_LIMBS];
};

LANE_FN lanes lanes_set(uint64_t x)
{
    return (lanes)_mm256_set1_epi64x((long long)x);
}

LANE_FN lanes lanes_load(const void *from)
{
    return (lanes)_mm256_loadu_si256(from);
}

LANE_FN void lanes_store(void *to, lanes x)
{
    _mm256_storeu_si256(to, (__m256i)x);
}

LANE_FN lane_mask lanes_equal(lanes a, lanes b)
{
    return (lanes)_mm256_cmpeq_epi64((__m256i)a, (__m256i)b);
}

LANE_FN lanes lanes_select(lane_mask which, lanes yes, lanes no)
{
    return (lanes)_mm256_blendv_epi8((__m256i)no, (__m256i)yes, (__m256i)which);
}

LANE_FN unsigned lane_bits(lane_mask which)
{
    return (unsigned)_mm256_movemask_pd((__m256d)which);
}

LANE_FN lane_mask lane_not(lane_mask which)
{
    return ~which;
}

LANE_FN reals reals_set(double x)
{
    return (reals)_mm256_set1_pd(x);
}

LANE_FN reals multiply_add(reals a, reals b, reals c)
{
    return (reals)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}

/* Bits of 2^52 as a double: integers below 2^52 or-ed to them make 2^52 more than themselves. */
#define BITS_2_52 UINT64_C(0x4330000000000000)
/* Bits of what the parts of a product are added to. */
#define BITS_HIGH UINT64_C(0x4668000000000000) /* 1.5 * 2^103 */
#define BITS_LOW UINT64_C(0x4338000000000000)  /* 1.5 * 2^52 */

/* Adds the parts of a product, with their constants: a * b = 2^51 * (high - BITS_HIGH) + (low - BITS_LOW). */
LANE_FN void product(lanes *z_low, lanes *z_high, reals a, reals b)
{
    reals high = multiply_add(a, b, reals_set(0x1.8p103));
    *z_high += (lanes)high;
    *z_low += (lanes)multiply_add(a, b, reals_set(0x1.8p103 + 0x1.8p52) - high);
}

LANE_FN lanes times_19(lanes x)
{
    return x + (x << 1) + (x << 4);
}

/* Rounds each limb to a multiple of 2^51 and hands that on: one pass, all limbs at once. */
LANE_FN struct fe fe_carry(struct wide z)
{
    /* made positive: + 2^61, and 2^50 so that the cut rounds */
    const lanes bias = lanes_set((UINT64_C(1) << 61) + (UINT64_C(1) << 50)), mask = lanes_set((UINT64_C(1) << 51) - 1);
    const lanes one = lanes_set(BITS_2_52);
    lanes u0 = z.v[0] + bias, u1 = z.v[1] + bias, u2 = z.v[2] + bias, u3 = z.v[3] + bias, u4 = z.v[4] + bias;
    lanes wrapped = (lanes)_mm256_mul_epu32((__m256i)(u4 >> 51), _mm256_set1_epi64x(19));
    const reals first = reals_set(0x1p52 + 0x1p50 + 19 * 0x1p10), other = reals_set(0x1p52 + 0x1p50 + 0x1p10);
    return (struct fe){
        {(reals)(((u0 & mask) | one) + wrapped) - first, (reals)(((u1 & mask) | one) + (u0 >> 51)) - other,
         (reals)(((u2 & mask) | one) + (u1 >> 51)) - other, (reals)(((u3 & mask) | one) + (u2 >> 51)) - other,
         (reals)(((u4 & mask) | one) + (u3 >> 51)) - other}};
}

LANE_FN struct wide wide_add(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4]}};
}

LANE_FN struct wide wide_subtract(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3], a.v[4] - b.v[4]}};
}

/* As wide_subtract: b may be the sum of two products. */
LANE_FN struct wide wide_subtract_two(struct wide a, struct wide b)
{
    return wide_subtract(a, b);
}

/* A tight element as if it were a product. */
LANE_FN struct wide wide_of(struct fe a)
{
    const reals to = reals_set(0x1.8p52);
    const lanes off = lanes_set(BITS_LOW);
    return (struct wide){{(lanes)(a.v[0] + to) - off, (lanes)(a.v[1] + to) - off, (lanes)(a.v[2] + to) - off,
                          (lanes)(a.v[3] + to) - off, (lanes)(a.v[4] + to) - off}};
}

/* Of any limbs below 2^52: what rounds to a multiple of 2^51 goes one limb up. */
LANE_FN struct fe fe_tight(struct fe a)
{
    const reals to = reals_set(0x1.8p103), up = reals_set(0x1p-51), around = reals_set(19 * 0x1p-51);
    reals c0 = a.v[0] + to - to, c1 = a.v[1] + to - to, c2 = a.v[2] + to - to, c3 = a.v[3] + to - to,
          c4 = a.v[4] + to - to;
    return (struct fe){{multiply_add(c4, around, a.v[0] - c0), multiply_add(c0, up, a.v[1] - c1),
                        multiply_add(c1, up, a.v[2] - c2), multiply_add(c2, up, a.v[3] - c3),
                        multiply_add(c3, up, a.v[4] - c4)}};
}

LANE_FN struct fe fe_add(struct fe a, struct fe b)
{
    return (struct fe){{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4]}};
}

LANE_FN struct fe fe_subtract(struct fe a, struct fe b)
{
    return (struct fe){{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3], a.v[4] - b.v[4]}};
}

LANE_FN reals flip(reals a, lanes sign)
{
    return (reals)((lanes)a ^ sign);
}

/* -a where asked for. */
LANE_FN struct fe fe_negate_where(lane_mask which, struct fe a)
{
    lanes sign = which & lanes_set(UINT64_C(1) << 63);
    return (struct fe){
        {flip(a.v[0], sign), flip(a.v[1], sign), flip(a.v[2], sign), flip(a.v[3], sign), flip(a.v[4], sign)}};
}

LANE_FN struct wide fe_multiply_wide(struct fe f, struct fe g)
{
    const reals a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const reals b0 = g.v[0], b1 = g.v[1], b2 = g.v[2], b3 = g.v[3], b4 = g.v[4];
    const lanes zero = lanes_set(0);
    lanes z4 = lanes_set(0 - (5 * BITS_LOW + 23 * BITS_HIGH)), z5 = zero, z6 = zero, z7 = zero, z8 = zero, z9 = zero;
    product(&z4, &z5, a0, b4);
    product(&z4, &z5, a1, b3);
    product(&z4, &z5, a2, b2);
    product(&z4, &z5, a3, b1);
    product(&z4, &z5, a4, b0);
    product(&z5, &z6, a1, b4);
    product(&z5, &z6, a2, b3);
    product(&z5, &z6, a3, b2);
    product(&z5, &z6, a4, b1);
    product(&z6, &z7, a2, b4);
    product(&z6, &z7, a3, b3);
    product(&z6, &z7, a4, b2);
    product(&z7, &z8, a3, b4);
    product(&z7, &z8, a4, b3);
    product(&z8, &z9, a4, b4);
    lanes z0 = lanes_set(0 - (77 * BITS_LOW + 95 * BITS_HIGH)) + times_19(z5);
    lanes z1 = lanes_set(0 - (59 * BITS_LOW + 77 * BITS_HIGH)) + times_19(z6);
    lanes z2 = lanes_set(0 - (41 * BITS_LOW + 59 * BITS_HIGH)) + times_19(z7);
    lanes z3 = lanes_set(0 - (23 * BITS_LOW + 41 * BITS_HIGH)) + times_19(z8);
    z4 += times_19(z9);
    product(&z0, &z1, a0, b0);
    product(&z1, &z2, a0, b1);
    product(&z1, &z2, a1, b0);
    product(&z2, &z3, a0, b2);
    product(&z2, &z3, a1, b1);
    product(&z2, &z3, a2, b0);
    product(&z3, &z4, a0, b3);
    product(&z3, &z4, a1, b2);
    product(&z3, &z4, a2, b1);
    product(&z3, &z4, a3, b0);
    return (struct wide){{z0, z1, z2, z3, z4}};
}

/* As multiply, unlike limbs once, doubled before. */
LANE_FN struct wide fe_square_wide(struct fe f)
{
    const reals a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const reals d0 = a0 + a0, d1 = a1 + a1, d2 = a2 + a2, d3 = a3 + a3;
    const lanes zero = lanes_set(0);
    lanes z4 = lanes_set(0 - (3 * BITS_LOW + 21 * BITS_HIGH)), z5 = zero, z6 = zero, z7 = zero, z8 = zero, z9 = zero;
    product(&z4, &z5, d0, a4);
    product(&z4, &z5, d1, a3);
    product(&z4, &z5, a2, a2);
    product(&z5, &z6, d1, a4);
    product(&z5, &z6, d2, a3);
    product(&z6, &z7, d2, a4);
    product(&z6, &z7, a3, a3);
    product(&z7, &z8, d3, a4);
    product(&z8, &z9, a4, a4);
    lanes z0 = lanes_set(0 - (39 * BITS_LOW + 57 * BITS_HIGH)) + times_19(z5);
    lanes z1 = lanes_set(0 - (39 * BITS_LOW + 39 * BITS_HIGH)) + times_19(z6);
    lanes z2 = lanes_set(0 - (21 * BITS_LOW + 39 * BITS_HIGH)) + times_19(z7);
    lanes z3 = lanes_set(0 - (21 * BITS_LOW + 21 * BITS_HIGH)) + times_19(z8);
    z4 += times_19(z9);
    product(&z0, &z1, a0, a0);
    product(&z1, &z2, d0, a1);
    product(&z2, &z3, d0, a2);
    product(&z2, &z3, a1, a1);
    product(&z3, &z4, d0, a3);
    product(&z3, &z4, d1, a2);
    return (struct wide){{z0, z1, z2, z3, z4}};
}

LANE_FN struct fe fe_select(lane_mask which, struct fe yes, struct fe no)
{
    return (struct fe){{(reals)lanes_select(which, (lanes)yes.v[0], (lanes)no.v[0]),
                        (reals)lanes_select(which, (lanes)yes.v[1], (lanes)no.v[1]),
                        (reals)lanes_select(which, (lanes)yes.v[2], (lanes)no.v[2]),
                        (reals)lanes_select(which, (lanes)yes.v[3], (lanes)no.v[3]),
                        (reals)lanes_select(which, (lanes)yes.v[4], (lanes)no.v[4])}};
}

/* From five limbs of radix 2^51, each below 2^51. Tight. */
LANE_FN struct fe fe_of_limbs(const lanes limbs[static 5])
{
    return fe_carry((struct wide){{limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]}});
}

/* Of a tight one, to limbs below 2^54: + 4p. */
LANE_FN void fe_to_limbs(lanes limbs[static 5], struct fe a)
{
    struct wide whole = wide_of(a);
    for (int i = 0; i < 5; i++) {
        limbs[i] = whole.v[i] + lanes_set(4 * ((UINT64_C(1) << 51) - (i == 0 ? 19 : 1)));
    }
}

/* The same constant in every lane, from limbs of radix 2^51, each below 2^51. Loose. */
LANE_FN struct fe fe_set(const uint64_t limbs[static 5])
{
    return (struct fe){{reals_set((double)limbs[0]), reals_set((double)limbs[1]), reals_set((double)limbs[2]),
                        reals_set((double)limbs[3]), reals_set((double)limbs[4])}};
}

#endif
