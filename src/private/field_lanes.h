/* Integers mod p, several at a time: what the vector fields share. Included after one of them (field_ifma.h, field_avx2.h), whose
 * bounds hold here too: arguments are tight, and so are results, unless it says otherwise.
 *
 * Everything runs the same instructions over the same addresses whatever the values are. */
#ifndef ASSAY_PRIVATE_FIELD_LANES_H
#define ASSAY_PRIVATE_FIELD_LANES_H

#include <string.h>

enum { FE_BYTES = 32 };

/* Constants of RFC 9496, 4.1, in limbs of radix 2^51. */
static const uint64_t fe_one[5] = {1};
static const uint64_t edwards_d[5] = {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb,
                                      0x52036cee2b6ff};
static const uint64_t edwards_2d[5] = {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977,
                                       0x2406d9dc56dff};
static const uint64_t sqrt_m1[5] = {0x61b274a0ea0b0, 0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d};
static const uint64_t one_minus_d_squared[5] = {0x409c1945fc176, 0x719abc6a1fc4f, 0x1c37f90b20684, 0x6bccca55eedf,
                                                0x29072a8b2b3e};
static const uint64_t d_minus_one_squared[5] = {0x55aaa44ed4d20, 0x59603c3332635, 0x26d3baf4a7928, 0x120a66e6997a9,
                                                0x5968b37af66c2};
static const uint64_t sqrt_ad_minus_one[5] = {0x7f6a0497b2e1b, 0x1836f0a97afd2, 0x7d747f6be7638, 0x456079e7e6498,
                                              0x376931bf2b834};
static const uint64_t invsqrt_a_minus_d[5] = {0xfdaa805d40ea, 0x2eb482e57d339, 0x7610274bc58, 0x6510b613dc8ff,
                                              0x786c8905cfaff};

LANE_FN struct fe fe_multiply(struct fe a, struct fe b)
{
    return fe_carry(fe_multiply_wide(a, b));
}

LANE_FN struct fe fe_square(struct fe a)
{
    return fe_carry(fe_square_wide(a));
}

LANE_FN struct fe fe_negate(struct fe a)
{
    return fe_negate_where(lanes_equal(lanes_set(0), lanes_set(0)), a);
}

/* LANES times 32 bytes, little-endian, bit 255 ignored; any value, so 19 encodings are of two kinds. */
LANE_FN struct fe fe_load(const uint8_t (*bytes)[FE_BYTES])
{
    const lanes mask = lanes_set((UINT64_C(1) << 51) - 1);
    uint64_t words[4][LANES];
    for (int lane = 0; lane < LANES; lane++) {
        uint64_t own[4];
        memcpy(own, bytes[lane], sizeof own);
        for (int i = 0; i < 4; i++) {
            words[i][lane] = own[i];
        }
    }
    lanes w0 = lanes_load(words[0]), w1 = lanes_load(words[1]), w2 = lanes_load(words[2]), w3 = lanes_load(words[3]);
    const lanes limbs[5] = {w0 & mask, (w0 >> 51 | w1 << 13) & mask, (w1 >> 38 | w2 << 26) & mask,
                            (w2 >> 25 | w3 << 39) & mask, w3 >> 12 & mask};
    return fe_of_limbs(limbs);
}

LANE_FN void limbs_carry(lanes limbs[static 5])
{
    const lanes mask = lanes_set((UINT64_C(1) << 51) - 1);
    for (int i = 0; i < 4; i++) {
        limbs[i + 1] += limbs[i] >> 51;
        limbs[i] &= mask;
    }
    lanes top = limbs[4] >> 51;
    limbs[4] &= mask;
    limbs[0] += top + (top << 1) + (top << 4);
}

/* The one residue below p, in limbs of radix 2^51. */
LANE_FN void fe_canonical(lanes limbs[static 5], struct fe a)
{
    const lanes mask = lanes_set((UINT64_C(1) << 51) - 1);
    fe_to_limbs(limbs, a);
    limbs_carry(limbs);
    limbs_carry(limbs); /* the first left at most 2^255 + 19 * 2^3, this one less than 2p */
    lanes over = (limbs[0] + lanes_set(19)) >> 51;
    for (int i = 1; i < 5; i++) {
        over = (limbs[i] + over) >> 51;
    }
    limbs[0] += over + (over << 1) + (over << 4); /* 1 where it is p or more: + 19 - 2^255 */
    for (int i = 0; i < 4; i++) {
        limbs[i + 1] += limbs[i] >> 51;
        limbs[i] &= mask;
    }
    limbs[4] &= mask;
}

/* LANES times 32 bytes, canonical. */
LANE_FN void fe_store(uint8_t (*bytes)[FE_BYTES], struct fe a)
{
    lanes limbs[5];
    uint64_t words[4][LANES];
    fe_canonical(limbs, a);
    lanes_store(words[0], limbs[0] | limbs[1] << 51);
    lanes_store(words[1], limbs[1] >> 13 | limbs[2] << 38);
    lanes_store(words[2], limbs[2] >> 26 | limbs[3] << 25);
    lanes_store(words[3], limbs[3] >> 39 | limbs[4] << 12);
    for (int lane = 0; lane < LANES; lane++) {
        const uint64_t own[4] = {words[0][lane], words[1][lane], words[2][lane], words[3][lane]};
        memcpy(bytes[lane], own, sizeof own);
    }
}

LANE_FN lane_mask fe_is_zero(struct fe a)
{
    lanes limbs[5];
    fe_canonical(limbs, a);
    return lanes_equal(limbs[0] | limbs[1] | limbs[2] | limbs[3] | limbs[4], lanes_set(0));
}

/* Negative is odd: RFC 9496, 3.1. */
LANE_FN lane_mask fe_is_negative(struct fe a)
{
    lanes limbs[5];
    fe_canonical(limbs, a);
    return lanes_equal(limbs[0] & lanes_set(1), lanes_set(1));
}

LANE_FN struct fe fe_absolute(struct fe a)
{
    return fe_negate_where(fe_is_negative(a), a);
}

/* Two chains at once, since one alone waits for itself. */
LANE_FN void square_times(struct fe x[static 2], int times)
{
    struct fe first = x[0], second = x[1];
    for (int i = 0; i < times; i++) {
        first = fe_square(first);
        second = fe_square(second);
    }
    x[0] = first;
    x[1] = second;
}

/* r = r^(2^times) * by */
LANE_CALL void square_times_multiply(struct fe r[static 2], int times, const struct fe by[static 2])
{
    square_times(r, times);
    r[0] = fe_multiply(r[0], by[0]);
    r[1] = fe_multiply(r[1], by[1]);
}

/* x^(2^250 - 1), and x^11 on the way. */
LANE_CALL void power_250(struct fe r[static 2], struct fe eleven[static 2], const struct fe x[static 2])
{
    struct fe nine[2], five_bits[2], ten_bits[2], fifty_bits[2], hundred_bits[2];
    struct fe t[2] = {x[0], x[1]};
    square_times_multiply(t, 3, x);
    memcpy(nine, t, sizeof t);
    for (int i = 0; i < 2; i++) {
        eleven[i] = fe_multiply(nine[i], fe_square(x[i]));
        five_bits[i] = fe_multiply(nine[i], fe_square(eleven[i]));
    }
    memcpy(t, five_bits, sizeof t);
    square_times_multiply(t, 5, five_bits);
    memcpy(ten_bits, t, sizeof t);
    square_times_multiply(t, 10, ten_bits); /* 20 */
    const struct fe twenty_bits[2] = {t[0], t[1]};
    square_times_multiply(t, 20, twenty_bits); /* 40 */
    square_times_multiply(t, 10, ten_bits);
    memcpy(fifty_bits, t, sizeof t);
    square_times_multiply(t, 50, fifty_bits);
    memcpy(hundred_bits, t, sizeof t);
    square_times_multiply(t, 100, hundred_bits); /* 200 */
    square_times_multiply(t, 50, fifty_bits);
    memcpy(r, t, sizeof t);
}

/* x = 1/x; 0 stays 0. */
LANE_CALL void invert(struct fe x[static 2])
{
    struct fe eleven[2], t[2];
    power_250(t, eleven, x);
    square_times_multiply(t, 5, eleven); /* 2^255 - 21 = p - 2 */
    memcpy(x, t, sizeof t);
}

/* SQRT_RATIO_M1 of RFC 9496, 4.2: the root that is not negative of u/v, or of i * u/v where that is no square; where u is 0,
 * "square" and 0; where v alone is 0, "no square" and 0. */
LANE_CALL void sqrt_ratio(struct fe root[static 2], lane_mask is_square[static 2], const struct fe u[static 2],
                          const struct fe v[static 2])
{
    struct fe base[2], uv3[2], r[2], eleven[2];
    for (int i = 0; i < 2; i++) {
        struct fe v3 = fe_multiply(fe_square(v[i]), v[i]);
        uv3[i] = fe_multiply(u[i], v3);
        base[i] = fe_multiply(uv3[i], fe_multiply(fe_square(v[i]), fe_square(v[i])));
    }
    power_250(r, eleven, base);
    square_times_multiply(r, 2, base); /* 2^252 - 3 = (p - 5) / 8 */
    const struct fe i_root = fe_set(sqrt_m1);
    for (int i = 0; i < 2; i++) {
        struct fe found = fe_multiply(r[i], uv3[i]);
        struct fe check = fe_multiply(v[i], fe_square(found));
        struct fe u_times_i = fe_multiply(u[i], i_root);
        lane_mask correct = fe_is_zero(fe_tight(fe_subtract(check, u[i])));
        lane_mask flipped = fe_is_zero(fe_tight(fe_add(check, u[i])));
        lane_mask flipped_i = fe_is_zero(fe_tight(fe_add(check, u_times_i)));
        struct fe turned = fe_select(flipped | flipped_i, fe_multiply(found, i_root), found);
        root[i] = fe_absolute(turned);
        is_square[i] = correct | flipped;
    }
}

#endif
