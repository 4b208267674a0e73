/* Integers mod p = 2^255 - 19, four at a time, with the 32-bit multiplications of AVX2.
 *
 * An element is ten limbs of alternating 26 and 25 bits, each limb a vector of four 64-bit lanes:
 *
 *     value = sum over i of v[i] * 2^ceil(25.5 i)      (mod p)
 *
 * Two limbs of odd index multiply to twice the weight of their place, hence the doubled ones; what passes 2^255 comes back
 * times 19.
 *
 * Bounds. Every function holds for every operand within them; tests/unit/test_private_field.c drives operands at them.
 *   tight  even limbs < 2^26 + 2^14, odd ones < 2^25 + 2^18. What fe_carry gives.
 *   fe     even limbs < 3 * 2^26 + 2^15, odd ones < 3 * 2^25 + 2^19: a sum or a difference of tight ones. What fe_multiply and
 *          fe_square take; 19 times one is < 2^31.9 and fits the multiplier. Sums and differences are of tight ones only.
 *   wide   a product before carrying: even limbs < 1130 * 2^52 (one even pair, 19 * (4 even pairs + 5 odd ones of half size
 *          each) = 124.5 pairs of 9 * 2^52), odd ones < 700 * 2^52 (77 such pairs of half that size). wide_add and wide_subtract
 *          give at most the sum of both (and 1440 or 720 * 2^52 of bias). fe_carry takes all below 2^64. Products of tight
 *          operands have a ninth of these bounds: three of them and one bias fit. The subtrahend is one product. */
#ifndef ASSAY_PRIVATE_FIELD_AVX2_H
#define ASSAY_PRIVATE_FIELD_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_TARGET "avx2"
#define LANE_FN static inline __attribute__((always_inline, target(LANE_TARGET)))
#define LANE_CALL static __attribute__((noinline, target(LANE_TARGET)))

enum { LANES = 4, FE_LIMBS = 10 };

typedef uint64_t lanes __attribute__((vector_size(32)));
/* All bits of a lane or none. */
typedef lanes lane_mask;

struct fe {
    lanes v[FE_LIMBS];
};
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

/* The product of the low 32 bits. */
LANE_FN lanes mul(lanes a, lanes b)
{
    return (lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

/* Two chains of carries, then one more step of each. */
LANE_FN struct fe fe_carry(struct wide z)
{
    const lanes even = lanes_set((UINT64_C(1) << 26) - 1), odd = lanes_set((UINT64_C(1) << 25) - 1);
    lanes *r = z.v;
    r[1] += r[0] >> 26, r[0] &= even, r[6] += r[5] >> 25, r[5] &= odd;
    r[2] += r[1] >> 25, r[1] &= odd, r[7] += r[6] >> 26, r[6] &= even;
    r[3] += r[2] >> 26, r[2] &= even, r[8] += r[7] >> 25, r[7] &= odd;
    r[4] += r[3] >> 25, r[3] &= odd, r[9] += r[8] >> 26, r[8] &= even;
    r[5] += r[4] >> 26, r[4] &= even;
    lanes top = r[9] >> 25;
    r[9] &= odd;
    r[0] += top + (top << 1) + (top << 4);
    r[1] += r[0] >> 26, r[0] &= even, r[6] += r[5] >> 25, r[5] &= odd;
    return (struct fe){{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9]}};
}

LANE_FN struct wide wide_add(struct wide a, struct wide b)
{
    return (struct wide){{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3], a.v[4] + b.v[4],
                          a.v[5] + b.v[5], a.v[6] + b.v[6], a.v[7] + b.v[7], a.v[8] + b.v[8], a.v[9] + b.v[9]}};
}

/* a + times * p - b, limb by limb. */
LANE_FN struct wide with_bias(struct wide a, struct wide b, uint64_t times)
{
    const lanes first = lanes_set(times * ((UINT64_C(1) << 26) - 19)),
                even = lanes_set(times * ((UINT64_C(1) << 26) - 1)), odd = lanes_set(times * ((UINT64_C(1) << 25) - 1));
    return (struct wide){{a.v[0] + first - b.v[0], a.v[1] + odd - b.v[1], a.v[2] + even - b.v[2], a.v[3] + odd - b.v[3],
                          a.v[4] + even - b.v[4], a.v[5] + odd - b.v[5], a.v[6] + even - b.v[6], a.v[7] + odd - b.v[7],
                          a.v[8] + even - b.v[8], a.v[9] + odd - b.v[9]}};
}

/* Limbs of 720 * 2^27 p exceed those of a product. */
LANE_FN struct wide wide_subtract(struct wide a, struct wide b)
{
    return with_bias(a, b, UINT64_C(720) << 27);
}

/* An element as if it were a product. */
LANE_FN struct wide wide_of(struct fe a)
{
    return (struct wide){{a.v[0], a.v[1], a.v[2], a.v[3], a.v[4], a.v[5], a.v[6], a.v[7], a.v[8], a.v[9]}};
}

LANE_FN struct fe fe_of_wide(struct wide a)
{
    return (struct fe){{a.v[0], a.v[1], a.v[2], a.v[3], a.v[4], a.v[5], a.v[6], a.v[7], a.v[8], a.v[9]}};
}

LANE_FN struct fe fe_add(struct fe a, struct fe b)
{
    return fe_of_wide(wide_add(wide_of(a), wide_of(b)));
}

/* a + 2p - b */
LANE_FN struct fe fe_subtract(struct fe a, struct fe b)
{
    return fe_of_wide(with_bias(wide_of(a), wide_of(b), 2));
}

LANE_FN struct wide fe_multiply_wide(struct fe f, struct fe g)
{
    const lanes nineteen = lanes_set(19);
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4], a5 = f.v[5], a6 = f.v[6], a7 = f.v[7],
                a8 = f.v[8], a9 = f.v[9];
    const lanes b0 = g.v[0], b1 = g.v[1], b2 = g.v[2], b3 = g.v[3], b4 = g.v[4], b5 = g.v[5], b6 = g.v[6], b7 = g.v[7],
                b8 = g.v[8], b9 = g.v[9];
    const lanes n1 = mul(b1, nineteen), n2 = mul(b2, nineteen), n3 = mul(b3, nineteen), n4 = mul(b4, nineteen),
                n5 = mul(b5, nineteen), n6 = mul(b6, nineteen), n7 = mul(b7, nineteen), n8 = mul(b8, nineteen),
                n9 = mul(b9, nineteen);
    const lanes d1 = a1 + a1, d3 = a3 + a3, d5 = a5 + a5, d7 = a7 + a7, d9 = a9 + a9;
    struct wide r;
    r.v[0] = mul(a0, b0) + mul(d1, n9) + mul(a2, n8) + mul(d3, n7) + mul(a4, n6) + mul(d5, n5) + mul(a6, n4) +
             mul(d7, n3) + mul(a8, n2) + mul(d9, n1);
    r.v[1] = mul(a0, b1) + mul(a1, b0) + mul(a2, n9) + mul(a3, n8) + mul(a4, n7) + mul(a5, n6) + mul(a6, n5) +
             mul(a7, n4) + mul(a8, n3) + mul(a9, n2);
    r.v[2] = mul(a0, b2) + mul(d1, b1) + mul(a2, b0) + mul(d3, n9) + mul(a4, n8) + mul(d5, n7) + mul(a6, n6) +
             mul(d7, n5) + mul(a8, n4) + mul(d9, n3);
    r.v[3] = mul(a0, b3) + mul(a1, b2) + mul(a2, b1) + mul(a3, b0) + mul(a4, n9) + mul(a5, n8) + mul(a6, n7) +
             mul(a7, n6) + mul(a8, n5) + mul(a9, n4);
    r.v[4] = mul(a0, b4) + mul(d1, b3) + mul(a2, b2) + mul(d3, b1) + mul(a4, b0) + mul(d5, n9) + mul(a6, n8) +
             mul(d7, n7) + mul(a8, n6) + mul(d9, n5);
    r.v[5] = mul(a0, b5) + mul(a1, b4) + mul(a2, b3) + mul(a3, b2) + mul(a4, b1) + mul(a5, b0) + mul(a6, n9) +
             mul(a7, n8) + mul(a8, n7) + mul(a9, n6);
    r.v[6] = mul(a0, b6) + mul(d1, b5) + mul(a2, b4) + mul(d3, b3) + mul(a4, b2) + mul(d5, b1) + mul(a6, b0) +
             mul(d7, n9) + mul(a8, n8) + mul(d9, n7);
    r.v[7] = mul(a0, b7) + mul(a1, b6) + mul(a2, b5) + mul(a3, b4) + mul(a4, b3) + mul(a5, b2) + mul(a6, b1) +
             mul(a7, b0) + mul(a8, n9) + mul(a9, n8);
    r.v[8] = mul(a0, b8) + mul(d1, b7) + mul(a2, b6) + mul(d3, b5) + mul(a4, b4) + mul(d5, b3) + mul(a6, b2) +
             mul(d7, b1) + mul(a8, b0) + mul(d9, n9);
    r.v[9] = mul(a0, b9) + mul(a1, b8) + mul(a2, b7) + mul(a3, b6) + mul(a4, b5) + mul(a5, b4) + mul(a6, b3) +
             mul(a7, b2) + mul(a8, b1) + mul(a9, b0);
    return r;
}

LANE_FN struct wide fe_square_wide(struct fe f)
{
    const lanes nineteen = lanes_set(19);
    const lanes a0 = f.v[0], a1 = f.v[1], a2 = f.v[2], a3 = f.v[3], a4 = f.v[4], a5 = f.v[5], a6 = f.v[6], a7 = f.v[7],
                a8 = f.v[8], a9 = f.v[9];
    const lanes n5 = mul(a5, nineteen), n6 = mul(a6, nineteen), n7 = mul(a7, nineteen), n8 = mul(a8, nineteen),
                n9 = mul(a9, nineteen);
    const lanes d0 = a0 + a0, d1 = a1 + a1, d2 = a2 + a2, d3 = a3 + a3, d4 = a4 + a4, d5 = a5 + a5, d6 = a6 + a6,
                d7 = a7 + a7, d8 = a8 + a8, d9 = a9 + a9;
    const lanes q1 = d1 + d1, q3 = d3 + d3, q5 = d5 + d5, q7 = d7 + d7;
    struct wide r;
    r.v[0] = mul(a0, a0) + mul(q1, n9) + mul(d2, n8) + mul(q3, n7) + mul(d4, n6) + mul(d5, n5);
    r.v[1] = mul(d0, a1) + mul(d2, n9) + mul(d3, n8) + mul(d4, n7) + mul(d5, n6);
    r.v[2] = mul(d0, a2) + mul(d1, a1) + mul(q3, n9) + mul(d4, n8) + mul(q5, n7) + mul(a6, n6);
    r.v[3] = mul(d0, a3) + mul(d1, a2) + mul(d4, n9) + mul(d5, n8) + mul(d6, n7);
    r.v[4] = mul(d0, a4) + mul(q1, a3) + mul(a2, a2) + mul(q5, n9) + mul(d6, n8) + mul(d7, n7);
    r.v[5] = mul(d0, a5) + mul(d1, a4) + mul(d2, a3) + mul(d6, n9) + mul(d7, n8);
    r.v[6] = mul(d0, a6) + mul(q1, a5) + mul(d2, a4) + mul(d3, a3) + mul(q7, n9) + mul(a8, n8);
    r.v[7] = mul(d0, a7) + mul(d1, a6) + mul(d2, a5) + mul(d3, a4) + mul(d8, n9);
    r.v[8] = mul(d0, a8) + mul(q1, a7) + mul(d2, a6) + mul(q3, a5) + mul(a4, a4) + mul(d9, n9);
    r.v[9] = mul(d0, a9) + mul(d1, a8) + mul(d2, a7) + mul(d3, a6) + mul(d4, a5);
    return r;
}

LANE_FN struct fe fe_select(lane_mask which, struct fe yes, struct fe no)
{
    return (struct fe){{lanes_select(which, yes.v[0], no.v[0]), lanes_select(which, yes.v[1], no.v[1]),
                        lanes_select(which, yes.v[2], no.v[2]), lanes_select(which, yes.v[3], no.v[3]),
                        lanes_select(which, yes.v[4], no.v[4]), lanes_select(which, yes.v[5], no.v[5]),
                        lanes_select(which, yes.v[6], no.v[6]), lanes_select(which, yes.v[7], no.v[7]),
                        lanes_select(which, yes.v[8], no.v[8]), lanes_select(which, yes.v[9], no.v[9])}};
}

/* Of a tight one: 2p - a where asked for. */
LANE_FN struct fe fe_negate_where(lane_mask which, struct fe a)
{
    const struct fe zero = {{lanes_set(0), lanes_set(0), lanes_set(0), lanes_set(0), lanes_set(0), lanes_set(0),
                             lanes_set(0), lanes_set(0), lanes_set(0), lanes_set(0)}};
    return fe_select(which, fe_subtract(zero, a), a);
}

/* From, and to, five limbs of radix 2^51: below 2^51 coming, below 2^53 going. */
LANE_FN struct fe fe_of_limbs(const lanes limbs[static 5])
{
    const lanes even = lanes_set((UINT64_C(1) << 26) - 1);
    return (struct fe){{limbs[0] & even, limbs[0] >> 26, limbs[1] & even, limbs[1] >> 26, limbs[2] & even,
                        limbs[2] >> 26, limbs[3] & even, limbs[3] >> 26, limbs[4] & even, limbs[4] >> 26}};
}

LANE_FN void fe_to_limbs(lanes limbs[static 5], struct fe a)
{
    for (int i = 0; i < 5; i++) {
        limbs[i] = a.v[2 * i] + (a.v[2 * i + 1] << 26);
    }
}

/* The same constant in every lane, from limbs of radix 2^51. */
LANE_FN struct fe fe_set(const uint64_t limbs[static 5])
{
    const lanes all[5] = {lanes_set(limbs[0]), lanes_set(limbs[1]), lanes_set(limbs[2]), lanes_set(limbs[3]),
                          lanes_set(limbs[4])};
    return fe_of_limbs(all);
}

#endif
