/* Integers mod p = 2^255 - 19, eight at a time, with the 52-bit multiply-adds of AVX-512 IFMA.
 *
 * An element is five limbs of radix 2^51, each limb a vector of eight 64-bit lanes:
 *
 *     value = v[0] + 2^51 v[1] + 2^102 v[2] + 2^153 v[3] + 2^204 v[4]      (mod p)
 *
 * The instruction multiplies the low 52 bits of each lane and adds the low or the high 52 bits of the product to a lane. The
 * high half of a limb product weighs 2^52 = 2 * 2^51 limb units: sums of high halves are doubled before low ones join.
 *
 * Bounds. Every function holds for every operand within them; tests/unit/test_private_field.c drives operands at them.
 *   fe     limbs at most those of 2p: 2^52 - 38 the first, 2^52 - 2 the others. What every function takes and gives; what
 *          fe_carry gives is smaller, limbs < 2^51 + 2^15. There is no difference between tight and loose ones here (field_avx2.h has
 *          one), and fe_tight does nothing.
 *   wide   a product before carrying: limbs <= 267 * 2^52 < 2^60.1, since of the 52-bit halves, in limb 0, one low one stays
 *          and 4 low and 2 * 5 high ones return times 19: 1 + 19 * 14 = 267; the other limbs take fewer.
 *          wide_add and wide_subtract give at most the sum of both (and 268 * 2^52 for the latter's bias, 536 * 2^52 where two products are
 *          taken away); fe_carry takes limbs
 *          < 2^62.2, as are products combined up to four: carries are then < 2^11.2, that of the last limb (at most 51 products'
 *          units each) times 19 < 2^15. The subtrahend is one product (two for wide_subtract_two), not a difference. */
#ifndef ASSAY_PRIVATE_FIELD_IFMA_H
#define ASSAY_PRIVATE_FIELD_IFMA_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_TARGET "avx512f,avx512dq,avx512bw,avx512vl,avx512ifma"
#define LANE_FN static inline __attribute__((always_inline, target(LANE_TARGET)))
#define LANE_CALL static __attribute__((noinline, unused, target(LANE_TARGET)))
/* Inlined: that is small enough to be run from where instructions lie decoded. */
#define LANE_PART LANE_FN
#define LANE_DOOR static __attribute__((target(LANE_TARGET)))

enum { LANES = 8, FE_LIMBS = 5, FE_BATCH = 32 };

typedef uint64_t lanes __attribute__((vector_size(64)));
/* One bit a lane. */
typedef __mmask8 lane_mask;

struct fe {
    lanes v[FE_LIMBS];
};
struct wide {
    lanes v[FE_LIMBS];
};

LANE_FN lanes lanes_set(uint64_t x)
{
    return (lanes)_mm512_set1_epi64((long long)x);
}

LANE_FN lanes lanes_load(const void *from)
{
    return (lanes)_mm512_loadu_si512(from);
}

LANE_FN void lanes_store(void *to, lanes x)
{
    _mm512_storeu_si512(to, (__m512i)x);
}

LANE_FN lane_mask lanes_equal(lanes a, lanes b)
{
    return _mm512_cmpeq_epi64_mask((__m512i)a, (__m512i)b);
}

LANE_FN lanes lanes_select(lane_mask which, lanes yes, lanes no)
{
    return (lanes)_mm512_mask_blend_epi64(which, (__m512i)no, (__m512i)yes);
}

LANE_FN unsigned lane_bits(lane_mask which)
{
    return which;
}

LANE_FN lane_mask lane_not(lane_mask which)
{
    return (lane_mask)~which;
}

/* z + the low, or high, 52 bits of a * b. */
LANE_FN lanes low(lanes z, lanes a, lanes b)
{
    return (lanes)_mm512_madd52lo_epu64((__m512i)z, (__m512i)a, (__m512i)b);
}

LANE_FN lanes high(lanes z, lanes a, lanes b)
{
    return (lanes)_mm512_madd52hi_epu64((__m512i)z, (__m512i)a, (__m512i)b);
}

/* With additions, for multiply: its multiply-adds fill the one unit that also multiplies. */
LANE_FN lanes add_19_times(lanes z, lanes x)
{
    return z + (x + (x << 1)) + (x << 4);
}

/* With one multiplication, for square, which is bound by the number of instructions. gcc must not see the factor, or it makes four
 * instructions of shifts and sums again. */
LANE_FN lanes add_19_product(lanes z, lanes x)
{
    __m512i factor = _mm512_set1_epi64(19);
#ifndef __clang__
    __asm__("" : "+v"(factor));
#endif
    return z + (lanes)_mm512_mullo_epi64((__m512i)x, factor);
}

/* One pass, all limbs at once. */
LANE_FN struct fe fe_carry(struct wide z)
{
    const lanes mask = lanes_set((UINT64_C(1) << 51) - 1);
    lanes c0 = z.v[0] >> 51, c1 = z.v[1] >> 51, c2 = z.v[2] >> 51, c3 = z.v[3] >> 51, c4 = z.v[4] >> 51;
    struct fe r;
    r.v[0] = low(z.v[0] & mask, c4, lanes_set(19));
    r.v[1] = (z.v[1] & mask) + c0;
    r.v[2] = (z.v[2] & mask) + c1;
    r.v[3] = (z.v[3] & mask) + c2;
    r.v[4] = (z.v[4] & mask) + c3;
    return r;
}

LANE_FN struct wide wide_add(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4]}};
}

/* a + 536p - b: limbs of 536p exceed those of a product. */
LANE_FN struct wide wide_subtract(struct wide a, struct wide b)
{
    const lanes first = lanes_set(536 * ((UINT64_C(1) << 51) - 19)), other = lanes_set(536 * ((UINT64_C(1) << 51) - 1));
    return (struct wide){{a.v[0] + first - b.v[0], a.v[1] + other - b.v[1], a.v[2] + other - b.v[2],
                          a.v[3] + other - b.v[3], a.v[4] + other - b.v[4]}};
}

/* a + 1072p - b: b may be the sum of two products. */
LANE_FN struct wide wide_subtract_two(struct wide a, struct wide b)
{
    const lanes first = lanes_set(1072 * ((UINT64_C(1) << 51) - 19)),
                other = lanes_set(1072 * ((UINT64_C(1) << 51) - 1));
    return (struct wide){{a.v[0] + first - b.v[0], a.v[1] + other - b.v[1], a.v[2] + other - b.v[2],
                          a.v[3] + other - b.v[3], a.v[4] + other - b.v[4]}};
}

/* An element as if it were a product. */
LANE_FN struct wide wide_of(struct fe a)
{
    return (struct wide){{a.v[0], a.v[1], a.v[2], a.v[3], a.v[4]}};
}

LANE_FN struct fe fe_add(struct fe a, struct fe b)
{
    return fe_carry(wide_add(wide_of(a), wide_of(b)));
}

/* a + 4p - b */
LANE_FN struct fe fe_subtract(struct fe a, struct fe b)
{
    const lanes first = lanes_set((UINT64_C(1) << 53) - 76), other = lanes_set((UINT64_C(1) << 53) - 4);
    return fe_carry((struct wide){{a.v[0] + first - b.v[0], a.v[1] + other - b.v[1], a.v[2] + other - b.v[2],
                                   a.v[3] + other - b.v[3], a.v[4] + other - b.v[4]}});
}

LANE_FN struct fe fe_tight(struct fe a)
{
    return a;
}

/* 2p - a where asked for. */
LANE_FN struct fe fe_negate_where(lane_mask which, struct fe a)
{
    const __m512i first = _mm512_set1_epi64((1LL << 52) - 38), other = _mm512_set1_epi64((1LL << 52) - 2);
    struct fe r;
    r.v[0] = (lanes)_mm512_mask_sub_epi64((__m512i)a.v[0], which, first, (__m512i)a.v[0]);
    r.v[1] = (lanes)_mm512_mask_sub_epi64((__m512i)a.v[1], which, other, (__m512i)a.v[1]);
    r.v[2] = (lanes)_mm512_mask_sub_epi64((__m512i)a.v[2], which, other, (__m512i)a.v[2]);
    r.v[3] = (lanes)_mm512_mask_sub_epi64((__m512i)a.v[3], which, other, (__m512i)a.v[3]);
    r.v[4] = (lanes)_mm512_mask_sub_epi64((__m512i)a.v[4], which, other, (__m512i)a.v[4]);
    return r;
}

LANE_FN struct wide fe_multiply_wide(struct fe f, struct fe g)
{
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const lanes b0 = g.v[0], b1 = g.v[1], b2 = g.v[2], b3 = g.v[3], b4 = g.v[4];
    const lanes zero = lanes_set(0);
    lanes z0, z1, z2, z3, z4, z5, z6, z7, z8, z9;
    z1 = high(zero, a0, b0);
    z2 = high(high(zero, a0, b1), a1, b0);
    z3 = high(high(high(zero, a0, b2), a1, b1), a2, b0);
    z4 = high(high(high(high(zero, a0, b3), a1, b2), a2, b1), a3, b0);
    z5 = high(high(high(high(high(zero, a0, b4), a1, b3), a2, b2), a3, b1), a4, b0);
    z6 = high(high(high(high(zero, a1, b4), a2, b3), a3, b2), a4, b1);
    z7 = high(high(high(zero, a2, b4), a3, b3), a4, b2);
    z8 = high(high(zero, a3, b4), a4, b3);
    z9 = high(zero, a4, b4);
    z1 += z1, z2 += z2, z3 += z3, z4 += z4, z5 += z5, z6 += z6, z7 += z7, z8 += z8, z9 += z9;
    z0 = low(zero, a0, b0);
    z1 = low(low(z1, a0, b1), a1, b0);
    z2 = low(low(low(z2, a0, b2), a1, b1), a2, b0);
    z3 = low(low(low(low(z3, a0, b3), a1, b2), a2, b1), a3, b0);
    z4 = low(low(low(low(low(z4, a0, b4), a1, b3), a2, b2), a3, b1), a4, b0);
    z5 = low(low(low(low(z5, a1, b4), a2, b3), a3, b2), a4, b1);
    z6 = low(low(low(z6, a2, b4), a3, b3), a4, b2);
    z7 = low(low(z7, a3, b4), a4, b3);
    z8 = low(z8, a4, b4);
    return (struct wide){
        {add_19_times(z0, z5), add_19_times(z1, z6), add_19_times(z2, z7), add_19_times(z3, z8), add_19_times(z4, z9)}};
}

/* As multiply; products of unlike limbs count twice: high ones of them four times, low ones and high ones of like limbs twice. */
LANE_FN struct wide fe_square_wide(struct fe f)
{
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4];
    const lanes zero = lanes_set(0);
    lanes z0, z1, z2, z3, z4, z5, z6, z7, z8, z9;
    z2 = high(zero, a0, a1);
    z3 = high(zero, a0, a2);
    z4 = high(high(zero, a0, a3), a1, a2);
    z5 = high(high(zero, a0, a4), a1, a3);
    z6 = high(high(zero, a1, a4), a2, a3);
    z7 = high(zero, a2, a4);
    z8 = high(zero, a3, a4);
    z2 += z2, z3 += z3, z4 += z4, z5 += z5, z6 += z6, z7 += z7, z8 += z8;
    z1 = high(low(zero, a0, a1), a0, a0);
    z2 = low(z2, a0, a2);
    z3 = high(low(low(z3, a0, a3), a1, a2), a1, a1);
    z4 = low(low(z4, a0, a4), a1, a3);
    z5 = high(low(low(z5, a1, a4), a2, a3), a2, a2);
    z6 = low(z6, a2, a4);
    z7 = high(low(z7, a3, a4), a3, a3);
    z9 = high(zero, a4, a4);
    z1 += z1, z2 += z2, z3 += z3, z4 += z4, z5 += z5, z6 += z6, z7 += z7, z8 += z8, z9 += z9;
    z0 = low(zero, a0, a0);
    z2 = low(z2, a1, a1);
    z4 = low(z4, a2, a2);
    z6 = low(z6, a3, a3);
    z8 = low(z8, a4, a4);
    return (struct wide){{add_19_product(z0, z5), add_19_product(z1, z6), add_19_product(z2, z7),
                          add_19_product(z3, z8), add_19_product(z4, z9)}};
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
    for (int i = 0; i < 5; i++) {
        limbs[i] = a.v[i];
    }
}

/* The same constant in every lane, from limbs of radix 2^51. */
LANE_FN struct fe fe_set(const uint64_t limbs[static 5])
{
    return (struct fe){
        {lanes_set(limbs[0]), lanes_set(limbs[1]), lanes_set(limbs[2]), lanes_set(limbs[3]), lanes_set(limbs[4])}};
}

#endif
