/* The group, LANES points at a time, over the field included before it. Formulas: twisted Edwards curve with a = -1 in extended
 * coordinates (Hisil, Wong, Carter, Dawson 2008, 3.1 and 3.3); decoding and the map from RFC 9496, 4.3.
 *
 * Encoding. RFC 9496, 4.3.2 needs a square root for every point. Of a double it needs none: with the four factors E, F, G, H that
 * doubling computes anyway (x = E/G, y = H/F) the root it asks for is a quotient of them, and many inversions cost one (Montgomery).
 * So multiples are computed of half the scalar (mod the group's order) and doubled at last (curve25519-dalek: double_and_compress_batch).
 *
 * No branch and no address depends on a scalar, nor on a point but for its being refused. */
#ifndef ASSAY_PRIVATE_GROUP_LANES_H
#define ASSAY_PRIVATE_GROUP_LANES_H

#include <sodium.h>

#include "private/group_base_table.h"
#include "private/group_inside.h"

/* x = X/Z, y = Y/Z, T = XY/Z. All tight. */
struct point {
    struct fe x, y, z, t;
};
/* A point ready to be added. All tight. */
struct addend {
    struct fe y_plus_x, y_minus_x, t_2d, z_2;
};
/* x = E/G, y = H/F. All tight. */
struct quotients {
    struct fe e, f, g, h;
};

/* Vectors that share one inversion; even, as two go at once through every root. */
enum { VECTORS = FE_BATCH, BATCH_POINTS = VECTORS * LANES };
enum { DIGITS = 64, TABLE = 8 };

/* The three that a multiplication spends its time in; whether they are inlined is the field's to say. */
LANE_PART void product_into(struct wide *to, const struct fe *a, const struct fe *b)
{
    *to = fe_multiply_wide(*a, *b);
}

LANE_PART void square_into(struct wide *to, const struct fe *a)
{
    *to = fe_square_wide(*a);
}

LANE_PART void multiply_into(struct fe *to, const struct fe *a, const struct fe *b)
{
    *to = fe_multiply(*a, *b);
}

LANE_CALL void double_half(struct quotients *q, const struct point *p)
{
    struct wide xx, yy, zz, both;
    const struct fe sum = fe_tight(fe_add(p->x, p->y));
    square_into(&xx, &p->x);
    square_into(&yy, &p->y);
    square_into(&zz, &p->z);
    square_into(&both, &sum);
    struct wide h = wide_add(yy, xx);
    q->e = fe_carry(wide_subtract_two(both, h)); /* 2xy, by a square instead of a product */
    q->h = fe_carry(h);
    q->g = fe_carry(wide_subtract(yy, xx));
    q->f = fe_carry(wide_subtract(wide_add(wide_add(zz, zz), xx), yy));
}

/* d is 2 * Z1 * Z2. */
LANE_FN void add_with(struct quotients *to, const struct point *p, const struct addend *q, const struct wide *d)
{
    struct wide a, b, c;
    struct fe minus = fe_subtract(p->y, p->x), plus = fe_add(p->y, p->x);
    product_into(&a, &minus, &q->y_minus_x);
    product_into(&b, &plus, &q->y_plus_x);
    product_into(&c, &p->t, &q->t_2d);
    to->e = fe_carry(wide_subtract(b, a));
    to->f = fe_carry(wide_subtract(*d, c));
    to->g = fe_carry(wide_add(*d, c));
    to->h = fe_carry(wide_add(b, a));
}

LANE_CALL void add_half(struct quotients *to, const struct point *p, const struct addend *q)
{
    struct wide d;
    product_into(&d, &p->z, &q->z_2);
    add_with(to, p, q, &d);
}

/* All but T. */
LANE_FN void finish_xyz(struct point *p, const struct quotients *q)
{
    multiply_into(&p->x, &q->e, &q->f);
    multiply_into(&p->y, &q->g, &q->h);
    multiply_into(&p->z, &q->f, &q->g);
}

LANE_FN void finish(struct point *p, const struct quotients *q)
{
    finish_xyz(p, q);
    multiply_into(&p->t, &q->e, &q->h);
}

LANE_CALL void double_four_times(struct point *p)
{
    struct quotients q;
    for (int i = 0; i < 4; i++) {
        double_half(&q, p);
        finish_xyz(p, &q);
    }
    multiply_into(&p->t, &q.e, &q.h);
}

LANE_FN struct addend addend_of(const struct point *p)
{
    return (struct addend){fe_tight(fe_add(p->y, p->x)), fe_tight(fe_subtract(p->y, p->x)),
                           fe_multiply(p->t, fe_set(edwards_2d)), fe_tight(fe_add(p->z, p->z))};
}

LANE_FN struct point neutral(void)
{
    static const uint64_t zero[5] = {0};
    return (struct point){fe_set(zero), fe_set(fe_one), fe_set(fe_one), fe_set(zero)};
}

/* 1p to 8p, apart by coordinate: each is picked from with no more than its own limbs in registers. */
struct table {
    struct fe y_plus_x[TABLE], y_minus_x[TABLE], t_2d[TABLE], z_2[TABLE];
};

LANE_CALL void table_make(struct table *table, const struct point *p)
{
    struct point all[TABLE];
    const struct addend once = addend_of(p);
    all[0] = *p;
    for (int i = 0; i < TABLE; i++) {
        if (i > 0) {
            struct quotients q;
            if (i % 2 == 1) {
                double_half(&q, &all[i / 2]);
            } else {
                add_half(&q, &all[i - 1], &once);
            }
            finish(&all[i], &q);
        }
        struct addend addend = addend_of(&all[i]);
        table->y_plus_x[i] = addend.y_plus_x;
        table->y_minus_x[i] = addend.y_minus_x;
        table->t_2d[i] = addend.t_2d;
        table->z_2[i] = addend.z_2;
    }
}

/* A digit from -8 to 8 in each lane. */
struct digit {
    lanes size;
    lane_mask is_negative;
};

/* Of eight the one whose number, from 1, size is; none for 0. All are read, whatever size is. */
LANE_FN struct fe pick(const struct fe from[static TABLE], lanes size, struct fe none)
{
    for (unsigned i = 0; i < TABLE; i++) {
        none = fe_select(lanes_equal(size, lanes_set(i + 1)), from[i], none);
    }
    return none;
}

LANE_FN struct addend table_pick(const struct table *table, struct digit digit)
{
    const struct point none = neutral();
    struct addend picked;
    struct fe plus = pick(table->y_plus_x, digit.size, none.y), minus = pick(table->y_minus_x, digit.size, none.y);
    picked.y_plus_x = fe_select(digit.is_negative, minus, plus);
    picked.y_minus_x = fe_select(digit.is_negative, plus, minus);
    picked.t_2d = fe_negate_where(digit.is_negative, pick(table->t_2d, digit.size, none.x));
    picked.z_2 = pick(table->z_2, digit.size, fe_add(none.z, none.z));
    return picked;
}

/* Digits of a scalar below 2^253, radix 16, from -8 to 8: size and sign (all bits or none). */
static inline void digits_of(uint8_t size[static DIGITS], uint8_t sign[static DIGITS],
                             const uint8_t scalar[static GROUP_BYTES])
{
    unsigned carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        unsigned digit = (scalar[i / 2] >> 4 * (i % 2) & 15) + carry; /* 0 to 16 */
        carry = (digit + 7) >> 4;                                     /* above 8: borrow 16 */
        unsigned value = digit - (carry << 4);                        /* -7 to 8 */
        unsigned mask = 0U - (value >> 31);
        size[i] = (uint8_t)((value ^ mask) - mask);
        sign[i] = (uint8_t)mask;
    }
}

/* Half of a scalar modulo the group's order. */
static inline void halve(uint8_t half[static GROUP_BYTES], const struct group_scalar *scalar)
{
    static const uint8_t half_of_one[GROUP_BYTES] = {0xf7, 0xe9, 0x7a, 0x2e, 0x8d, 0x31, 0x09, 0x2c,       0x6b,
                                                     0xce, 0x7b, 0x51, 0xef, 0x7c, 0x6f, 0x0a, [31] = 0x08};
    crypto_core_ristretto255_scalar_mul(half, scalar->bytes, half_of_one);
}

/* One scalar for all lanes. */
struct digits {
    uint8_t size[DIGITS], sign[DIGITS];
};

LANE_FN struct digit digit_for_all(const struct digits *digits, int i)
{
    const lanes all = lanes_set(UINT64_MAX);
    return (struct digit){lanes_set(digits->size[i]),
                          lanes_equal(lanes_set((uint64_t)(int64_t)(int8_t)digits->sign[i]), all)};
}

/* Adds the multiple of digit i, all but T: a doubling follows, which does without. */
LANE_CALL void table_add(struct point *p, const struct table *table, const struct digits *digits, int i)
{
    struct addend addend = table_pick(table, digit_for_all(digits, i));
    struct quotients q;
    add_half(&q, p, &addend);
    finish_xyz(p, &q);
}

/* Twice each coordinate of the multiple that addend stands for, all but T. */
LANE_FN void start(struct point *p, const struct addend *addend)
{
    p->x = fe_tight(fe_subtract(addend->y_plus_x, addend->y_minus_x));
    p->y = fe_tight(fe_add(addend->y_plus_x, addend->y_minus_x));
    p->z = addend->z_2;
}

LANE_CALL void table_start(struct point *p, const struct table *table, const struct digits *digits, int i)
{
    struct addend addend = table_pick(table, digit_for_all(digits, i));
    start(p, &addend);
}

/* Twice digits' scalar times p. */
LANE_CALL void multiply_then_double(struct quotients *to, const struct point *p, const struct digits *digits)
{
    struct table table;
    struct point sum;
    table_make(&table, p);
    table_start(&sum, &table, digits, DIGITS - 1);
    for (int i = DIGITS - 2; i >= 0; i--) {
        double_four_times(&sum);
        table_add(&sum, &table, digits, i);
    }
    double_half(to, &sum);
}

/* ---- multiples of the generator ------------------------------------------------------------------------------------ */

/* Digits of a scalar for each lane, as vectors. */
struct digits_apart {
    uint64_t size[DIGITS][LANES], sign[DIGITS][LANES];
};

static inline void digits_apart_of(struct digits_apart *to, const struct group_scalar scalars[static LANES])
{
    for (int lane = 0; lane < LANES; lane++) {
        struct digits digits;
        uint8_t half[GROUP_BYTES];
        halve(half, &scalars[lane]);
        digits_of(digits.size, digits.sign, half);
        for (int i = 0; i < DIGITS; i++) {
            to->size[i][lane] = digits.size[i];
            to->sign[i][lane] = digits.sign[i];
        }
        sodium_memzero(&digits, sizeof digits);
        sodium_memzero(half, sizeof half);
    }
}

LANE_FN struct digit digit_for_each(const struct digits_apart *digits, int i)
{
    return (struct digit){lanes_load(digits->size[i]),
                          lane_not(lanes_equal(lanes_load(digits->sign[i]), lanes_set(0)))};
}

/* As table_add, a digit for each lane. */
LANE_CALL void table_add_apart(struct point *p, const struct table *table, const struct digits_apart *digits, int i)
{
    struct addend addend = table_pick(table, digit_for_each(digits, i));
    struct quotients q;
    add_half(&q, p, &addend);
    finish_xyz(p, &q);
}

LANE_CALL void table_start_apart(struct point *p, const struct table *table, const struct digits_apart *digits, int i)
{
    struct addend addend = table_pick(table, digit_for_each(digits, i));
    start(p, &addend);
}

/* Twice each lane's own scalar times the point that the table was made of. */
LANE_CALL void multiply_apart_then_double(struct quotients *to, const struct table *table,
                                          const struct digits_apart *digits)
{
    struct point sum;
    table_start_apart(&sum, table, digits, DIGITS - 1);
    for (int i = DIGITS - 2; i >= 0; i--) {
        double_four_times(&sum);
        table_add_apart(&sum, table, digits, i);
    }
    double_half(to, &sum);
}

/* The multiple of digit i of 16^(16 * part) * G, from constants; Z of them is 1, so z_2 is not set. */
LANE_FN struct addend base_pick(int part, const struct digits_apart *digits, int i)
{
    lanes size = lanes_load(digits->size[i]);
    lane_mask is_negative = lane_not(lanes_equal(lanes_load(digits->sign[i]), lanes_set(0)));
    const struct point none = neutral();
    struct fe plus = none.y, minus = none.y, t_2d = none.x;
    for (unsigned j = 0; j < TABLE; j++) {
        lane_mask is_it = lanes_equal(size, lanes_set(j + 1));
        plus = fe_select(is_it, fe_set(group_base_table[part][j][0]), plus);
        minus = fe_select(is_it, fe_set(group_base_table[part][j][1]), minus);
        t_2d = fe_select(is_it, fe_set(group_base_table[part][j][2]), t_2d);
    }
    return (struct addend){.y_plus_x = fe_tight(fe_select(is_negative, minus, plus)),
                           .y_minus_x = fe_tight(fe_select(is_negative, plus, minus)),
                           .t_2d = fe_negate_where(is_negative, fe_tight(t_2d))};
}

LANE_CALL void base_add(struct point *p, int part, const struct digits_apart *digits, int i)
{
    struct addend addend = base_pick(part, digits, i);
    struct wide z = wide_of(p->z), d = wide_add(z, z);
    struct quotients q;
    add_with(&q, p, &addend, &d);
    finish(p, &q);
}

LANE_CALL void base_then_double(struct quotients *to, const struct digits_apart *digits)
{
    struct point sum = neutral();
    for (int i = DIGITS / BASE_PARTS - 1; i >= 0; i--) {
        if (i < DIGITS / BASE_PARTS - 1) {
            double_four_times(&sum);
        }
        for (int part = 0; part < BASE_PARTS; part++) {
            base_add(&sum, part, digits, part * (DIGITS / BASE_PARTS) + i);
        }
    }
    double_half(to, &sum);
}

/* ---- bytes -------------------------------------------------------------------------------------------------------- */

/* RFC 9496, 4.3.1, of two vectors. Lanes that hold no point, or the neutral element, are not set in good. */
LANE_CALL void decode(struct point p[static 2], unsigned good[static 2], const uint8_t (*bytes)[GROUP_BYTES])
{
    struct fe s[2], u1[2], u2[2], v[2], product[2], root[2];
    const struct fe one[2] = {fe_set(fe_one), fe_set(fe_one)};
    lane_mask is_square[2];
    for (int i = 0; i < 2; i++) {
        s[i] = fe_load(bytes + (ptrdiff_t)i * LANES);
        struct fe ss = fe_square(s[i]);
        u1[i] = fe_tight(fe_subtract(one[i], ss));
        u2[i] = fe_tight(fe_add(one[i], ss));
        struct fe u2_squared = fe_square(u2[i]);
        struct fe d_u1 = fe_multiply(fe_square(u1[i]), fe_set(edwards_d));
        v[i] = fe_negate(fe_tight(fe_add(d_u1, u2_squared)));
        product[i] = fe_multiply(v[i], u2_squared);
    }
    sqrt_ratio(root, is_square, one, product);
    for (int i = 0; i < 2; i++) {
        struct fe den_x = fe_multiply(root[i], u2[i]);
        struct fe den_y = fe_multiply(fe_multiply(root[i], den_x), v[i]);
        struct fe x = fe_multiply(fe_tight(fe_add(s[i], s[i])), den_x);
        p[i].x = fe_absolute(x);
        p[i].y = fe_multiply(u1[i], den_y);
        p[i].z = one[i];
        p[i].t = fe_multiply(p[i].x, p[i].y);
        lane_mask bad = fe_is_negative(p[i].t) | fe_is_zero(p[i].y) | lane_not(is_square[i]) | fe_is_zero(s[i]);
        uint8_t again[LANES][GROUP_BYTES];
        fe_store(again, s[i]);
        unsigned bits = lane_bits(bad);
        for (int lane = 0; lane < LANES; lane++) { /* canonical, and not negative */
            const uint8_t *own = bytes[i * LANES + lane];
            bits |= (unsigned)((memcmp(own, again[lane], GROUP_BYTES) != 0) | (own[0] & 1)) << lane;
        }
        good[i] = ~bits;
    }
}

/* Of the double of each: s = (h - g) * magic * g / (e * g), and the same in the other of two rotated frames where xy is negative:
 * RFC 9496, 4.3.2, with (e/g, h/f) for (x, y). All vectors' inversions in one. */
LANE_CALL void encode_doubles(uint8_t (*bytes)[GROUP_BYTES], const struct quotients *q, size_t vectors)
{
    struct fe before[VECTORS], eg[VECTORS], fh[VECTORS];
    struct fe all[2] = {fe_set(fe_one), fe_set(fe_one)};
    for (size_t i = 0; i < vectors; i++) {
        eg[i] = fe_multiply(q[i].e, q[i].h);
        fh[i] = fe_multiply(q[i].g, q[i].f);
        before[i] = all[i % 2];
        all[i % 2] = fe_multiply(all[i % 2], fe_multiply(eg[i], fh[i]));
    }
    invert(all);
    for (size_t i = vectors; i-- > 0;) {
        struct fe inverse = fe_multiply(all[i % 2], before[i]);
        all[i % 2] = fe_multiply(all[i % 2], fe_multiply(eg[i], fh[i]));
        struct fe z_inverse = fe_multiply(eg[i], inverse), t_inverse = fe_multiply(fh[i], inverse);
        lane_mask rotate = fe_is_negative(fe_multiply(eg[i], z_inverse));
        struct fe own_e = fe_tight(q[i].e), own_h = fe_tight(q[i].h);
        struct fe e = fe_select(rotate, own_h, own_e);
        struct fe g = fe_select(rotate, fe_negate(own_e), own_h);
        struct fe h = fe_select(rotate, fe_multiply(q[i].g, fe_set(sqrt_m1)), q[i].f);
        struct fe magic = fe_select(rotate, fe_set(sqrt_m1), fe_set(invsqrt_a_minus_d));
        g = fe_negate_where(fe_is_negative(fe_multiply(fe_multiply(h, e), z_inverse)), g);
        struct fe s = fe_multiply(fe_subtract(h, g), fe_multiply(magic, fe_multiply(g, t_inverse)));
        fe_store(bytes + i * LANES, fe_absolute(s));
    }
}

/* RFC 9496, 4.3.2, of two vectors of any points. */
LANE_CALL void encode(uint8_t (*bytes)[GROUP_BYTES], const struct point p[static 2])
{
    struct fe u1[2], u2[2], product[2], root[2];
    const struct fe one[2] = {fe_set(fe_one), fe_set(fe_one)};
    lane_mask is_square[2];
    for (int i = 0; i < 2; i++) {
        u1[i] = fe_multiply(fe_tight(fe_add(p[i].z, p[i].y)), fe_subtract(p[i].z, p[i].y));
        u2[i] = fe_multiply(p[i].x, p[i].y);
        product[i] = fe_multiply(u1[i], fe_square(u2[i]));
    }
    sqrt_ratio(root, is_square, one, product);
    for (int i = 0; i < 2; i++) {
        struct fe den1 = fe_multiply(root[i], u1[i]), den2 = fe_multiply(root[i], u2[i]);
        struct fe z_inverse = fe_multiply(fe_multiply(den1, den2), p[i].t);
        struct fe i_root = fe_set(sqrt_m1);
        lane_mask rotate = fe_is_negative(fe_multiply(p[i].t, z_inverse));
        struct fe x = fe_select(rotate, fe_multiply(p[i].y, i_root), p[i].x);
        struct fe y = fe_select(rotate, fe_multiply(p[i].x, i_root), p[i].y);
        struct fe den = fe_select(rotate, fe_multiply(den1, fe_set(invsqrt_a_minus_d)), den2);
        y = fe_negate_where(fe_is_negative(fe_multiply(x, z_inverse)), y);
        fe_store(bytes + (ptrdiff_t)i * LANES, fe_absolute(fe_multiply(den, fe_subtract(p[i].z, y))));
    }
}

/* ---- the map ------------------------------------------------------------------------------------------------------ */

/* MAP of RFC 9496, 4.3.4, of two vectors. */
LANE_CALL void elligator(struct point p[static 2], const struct fe t[static 2])
{
    struct fe r[2], u[2], v[2], root[2];
    lane_mask is_square[2];
    const struct fe one = fe_set(fe_one);
    for (int i = 0; i < 2; i++) {
        r[i] = fe_multiply(fe_square(t[i]), fe_set(sqrt_m1));
        u[i] = fe_multiply(fe_tight(fe_add(r[i], one)), fe_set(one_minus_d_squared));
        struct fe r_d = fe_multiply(r[i], fe_set(edwards_d));
        v[i] = fe_multiply(fe_negate(fe_tight(fe_add(one, r_d))), fe_tight(fe_add(r[i], fe_set(edwards_d))));
    }
    sqrt_ratio(root, is_square, u, v);
    for (int i = 0; i < 2; i++) {
        struct fe other = fe_negate(fe_absolute(fe_multiply(root[i], t[i])));
        struct fe s = fe_select(is_square[i], root[i], other);
        struct fe c = fe_select(is_square[i], fe_negate(one), r[i]);
        struct fe n = fe_multiply(fe_multiply(c, fe_subtract(r[i], one)), fe_set(d_minus_one_squared));
        struct fe ss = fe_square(s);
        n = fe_subtract(n, v[i]);
        struct quotients q = {fe_multiply(fe_add(s, s), v[i]), fe_tight(fe_add(one, ss)),
                              fe_multiply(n, fe_set(sqrt_ad_minus_one)), fe_tight(fe_subtract(one, ss))};
        finish(&p[i], &q);
    }
}

/* Both halves of each uniform string, and their sum. */
LANE_CALL void map_vector(struct point *p, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES])
{
    uint8_t halves[2][LANES][GROUP_BYTES];
    struct point both[2];
    for (int lane = 0; lane < LANES; lane++) {
        memcpy(halves[0][lane], uniform[lane], GROUP_BYTES);
        memcpy(halves[1][lane], uniform[lane] + GROUP_BYTES, GROUP_BYTES);
    }
    const struct fe t[2] = {fe_load((const uint8_t(*)[FE_BYTES])halves[0]),
                            fe_load((const uint8_t(*)[FE_BYTES])halves[1])};
    elligator(both, t);
    struct addend second = addend_of(&both[1]);
    struct quotients q;
    add_half(&q, &both[0], &second);
    finish(p, &q);
}

/* ---- the interface: batches, and tails filled up -------------------------------------------------------------------- */

LANE_FN size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Vectors for so many, in pairs. */
LANE_FN size_t vectors_for(size_t count)
{
    size_t vectors = (count + LANES - 1) / LANES;
    return vectors + vectors % 2;
}

/* Maps some strings into whole vectors, in pairs; the lanes left over repeat the first. Returns some, or the index of the first that gives
 * the neutral element: as with no other point, one of x and y is 0. */
LANE_CALL size_t map_some(struct point *p, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t some)
{
    size_t good = some;
    for (size_t i = 0; i < vectors_for(some); i++) {
        uint8_t in[LANES][GROUP_UNIFORM_BYTES];
        for (size_t lane = 0; lane < LANES; lane++) {
            memcpy(in[lane], uniform[i * LANES + lane < some ? i * LANES + lane : 0], GROUP_UNIFORM_BYTES);
        }
        map_vector(&p[i], (const uint8_t(*)[GROUP_UNIFORM_BYTES])in);
        unsigned neutral_ones = lane_bits(fe_is_zero(p[i].t));
        for (size_t lane = LANES; lane-- > 0;) {
            good = (neutral_ones >> lane & 1) != 0 ? smaller(good, i * LANES + lane) : good;
        }
    }
    return good;
}

LANE_DOOR void lanes_map(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES], size_t count)
{
    enum { SOME = 2 * LANES };
    for (size_t from = 0; from < count; from += SOME) {
        uint8_t bytes[SOME][GROUP_BYTES];
        struct point p[2];
        size_t some = smaller(count - from, SOME);
        (void)map_some(p, uniform + from, some);
        encode(bytes, p);
        memcpy(out + from, bytes, some * sizeof *bytes);
    }
}

/* Decodes some points into whole vectors; the lanes left over repeat the first. Returns some, or the index of the first bad one. */
LANE_CALL size_t decode_some(struct point *p, const struct group_point *in, size_t some)
{
    for (size_t from = 0; from < some; from += (size_t)2 * LANES) {
        uint8_t bytes[2 * LANES][GROUP_BYTES];
        unsigned good[2];
        for (size_t i = 0; i < (size_t)2 * LANES; i++) {
            memcpy(bytes[i], in[from + i < some ? from + i : 0].bytes, GROUP_BYTES);
        }
        decode(p + from / LANES, good, (const uint8_t(*)[GROUP_BYTES])bytes);
        for (size_t i = 0; i < (size_t)2 * LANES && from + i < some; i++) {
            if ((good[i / LANES] >> i % LANES & 1) == 0) {
                return from + i;
            }
        }
    }
    return some;
}

LANE_DOOR size_t lanes_check(const struct group_point *in, size_t count)
{
    enum { SOME = 2 * LANES };
    for (size_t from = 0; from < count; from += SOME) {
        struct point p[2];
        size_t some = smaller(count - from, SOME);
        size_t good = decode_some(p, in + from, some);
        if (good < some) {
            return from + good;
        }
    }
    return count;
}

/* Of the first `some` of them, the encoded multiples. */
LANE_CALL void multiply_some(struct group_point *out, const struct point *p, size_t some, const struct digits *digits)
{
    struct quotients q[VECTORS];
    uint8_t bytes[BATCH_POINTS][GROUP_BYTES];
    size_t vectors = vectors_for(some);
    for (size_t i = 0; i < vectors; i++) {
        multiply_then_double(&q[i], &p[i], digits);
    }
    encode_doubles(bytes, q, vectors);
    memcpy(out, bytes, some * sizeof *bytes);
}

static inline void digits_of_half(struct digits *digits, const struct group_scalar *scalar)
{
    uint8_t half[GROUP_BYTES];
    halve(half, scalar);
    digits_of(digits->size, digits->sign, half);
    sodium_memzero(half, sizeof half);
}

LANE_DOOR size_t lanes_multiply(struct group_point *out, const struct group_point *in, size_t count,
                                const struct group_scalar *scalar)
{
    struct digits digits;
    size_t done = 0, good = 0, some = 0;
    digits_of_half(&digits, scalar);
    for (; done < count && good == some; done += good) {
        struct point p[VECTORS];
        some = smaller(count - done, BATCH_POINTS);
        good = decode_some(p, in + done, some);
        if (good == some) {
            multiply_some(out + done, p, some, &digits);
        }
    }
    sodium_memzero(&digits, sizeof digits);
    return done;
}

LANE_DOOR size_t lanes_map_multiply(struct group_point *out, const uint8_t (*uniform)[GROUP_UNIFORM_BYTES],
                                    size_t count, const struct group_scalar *scalar)
{
    struct digits digits;
    size_t done = 0, good = 0, some = 0;
    digits_of_half(&digits, scalar);
    for (; done < count && good == some; done += good) {
        struct point p[VECTORS];
        some = smaller(count - done, BATCH_POINTS);
        good = map_some(p, uniform + done, some);
        if (good == some) {
            multiply_some(out + done, p, some, &digits);
        }
    }
    sodium_memzero(&digits, sizeof digits);
    return done;
}

/* Scalars from `from` on, one a lane; what is left over repeats the first. */
static inline void some_digits_of(struct digits_apart *digits, const struct group_scalar *scalars, size_t from,
                                  size_t some)
{
    struct group_scalar own[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        own[lane] = scalars[from + lane < some ? from + lane : 0];
    }
    digits_apart_of(digits, own);
    sodium_memzero(own, sizeof own);
}

/* table NULL: multiples of the generator. */
LANE_CALL void multiply_each(struct group_point *out, const struct group_scalar *scalars, size_t count,
                             const struct table *table)
{
    struct digits_apart digits;
    for (size_t done = 0; done < count; done += BATCH_POINTS) {
        struct quotients q[VECTORS];
        uint8_t bytes[BATCH_POINTS][GROUP_BYTES];
        size_t some = smaller(count - done, BATCH_POINTS), vectors = (some + LANES - 1) / LANES;
        for (size_t i = 0; i < vectors; i++) {
            some_digits_of(&digits, scalars + done, i * LANES, some);
            if (table == NULL) {
                base_then_double(&q[i], &digits);
            } else {
                multiply_apart_then_double(&q[i], table, &digits);
            }
        }
        encode_doubles(bytes, q, vectors);
        memcpy(out + done, bytes, some * sizeof *bytes);
    }
    sodium_memzero(&digits, sizeof digits);
}

LANE_DOOR void lanes_multiply_base(struct group_point *out, const struct group_scalar *scalars, size_t count)
{
    multiply_each(out, scalars, count, NULL);
}

LANE_DOOR bool lanes_multiply_point(struct group_point *out, const struct group_scalar *scalars, size_t count,
                                    const struct group_point *point)
{
    struct group_point all[2 * LANES];
    struct point p[2];
    struct table table;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        all[i] = *point;
    }
    if (decode_some(p, all, sizeof all / sizeof all[0]) != sizeof all / sizeof all[0]) {
        return false;
    }
    table_make(&table, &p[0]);
    multiply_each(out, scalars, count, &table);
    return true;
}

#endif
