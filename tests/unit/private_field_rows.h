/* A vector field at the ends of its documented bounds, against whole integers of OpenSSL. Included after the field; who includes it
 * says how limbs are made: `limb` (int64_t) and the extremes below. */
#include <openssl/bn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD_CALL LANE_CALL

/* An element as numbers: limbs of each lane. */
struct numbers {
    int64_t limb[LANES][5];
};

/* What the including file defines. */
static const int64_t tight_limbs[5][5], loose_limbs[5][5];
static bool can_run(void);
FIELD_CALL void to_field(struct fe *to, const struct numbers *from);
FIELD_CALL void of_field(struct numbers *to, const struct fe *from);
FIELD_CALL void of_wide(struct numbers *to, const struct wide *from);
static const int64_t product_most[5]; /* |limb| of a product of the largest */

static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17; /* xorshift: Marsaglia 2003 */
    return seed;
}

/* Each limb one of five extremes: lane by lane a combination, in order for the first 3125 and drawn after. */
static void extremes(struct numbers *to, const int64_t limbs[5][5], uint64_t combination)
{
    for (int lane = 0; lane < LANES; lane++) {
        uint64_t rest = combination++;
        for (int i = 0; i < 5; i++, rest /= 5) {
            to->limb[lane][i] = limbs[i][rest % 5];
        }
    }
}

static BN_CTX *context;
static BIGNUM *prime;

/* Modulo p. */
static BIGNUM *value_of(const int64_t limb[5])
{
    BIGNUM *sum = BN_new(), *one = BN_new();
    for (int i = 4; i >= 0; i--) {
        uint64_t size = limb[i] < 0 ? 0 - (uint64_t)limb[i] : (uint64_t)limb[i];
        assert_true(BN_lshift(sum, sum, 51) == 1 && BN_set_word(one, size) == 1);
        BN_set_negative(one, limb[i] < 0);
        assert_int_equal(BN_add(sum, sum, one), 1);
    }
    assert_int_equal(BN_nnmod(sum, sum, prime, context), 1);
    BN_free(one);
    return sum;
}

enum operation { MULTIPLY, SQUARE, ADD, SUBTRACT, NEGATE, COMBINE, MINUS_SQUARE, TWICE_PRODUCT };

static BIGNUM *expected(enum operation operation, const int64_t a[5], const int64_t b[5])
{
    BIGNUM *x = value_of(a), *y = value_of(b), *r = BN_new();
    int good = 0;
    switch (operation) {
    case MULTIPLY:
        good = BN_mod_mul(r, x, y, prime, context);
        break;
    case SQUARE:
        good = BN_mod_sqr(r, x, prime, context);
        break;
    case ADD:
        good = BN_mod_add(r, x, y, prime, context);
        break;
    case SUBTRACT:
        good = BN_mod_sub(r, x, y, prime, context);
        break;
    case NEGATE:
        good = BN_sub(r, prime, x) && BN_nnmod(r, r, prime, context);
        break;
    case MINUS_SQUARE:
        good = BN_mod_sqr(r, y, prime, context) && BN_sub(r, prime, r) && BN_nnmod(r, r, prime, context);
        break;
    case TWICE_PRODUCT:
        good = BN_mod_mul(r, x, y, prime, context) && BN_mod_lshift1(r, r, prime, context);
        break;
    case COMBINE: /* 2 xy + xx - yy */
        good = BN_mod_mul(r, x, y, prime, context) && BN_mod_lshift1(r, r, prime, context) &&
               BN_mod_sqr(x, x, prime, context) && BN_mod_sqr(y, y, prime, context) &&
               BN_mod_add(r, r, x, prime, context) && BN_mod_sub(r, r, y, prime, context);
        break;
    }
    assert_int_equal(good, 1);
    BN_free(x);
    BN_free(y);
    return r;
}

static void assert_value(const char *what, enum operation operation, const struct numbers *got, const struct numbers *a,
                         const struct numbers *b)
{
    for (int lane = 0; lane < LANES; lane++) {
        BIGNUM *is = value_of(got->limb[lane]), *should = expected(operation, a->limb[lane], b->limb[lane]);
        if (BN_cmp(is, should) != 0) {
            fail_msg("%s: lane %d is not the right residue", what, lane);
        }
        BN_free(is);
        BN_free(should);
    }
}

/* |limb| of each lane at most. */
static void assert_within(const char *what, const struct numbers *got, const int64_t most[5])
{
    for (int lane = 0; lane < LANES; lane++) {
        for (int i = 0; i < 5; i++) {
            if (llabs(got->limb[lane][i]) > most[i]) {
                fail_msg("%s: limb %d is %lld, more than %lld", what, i, (long long)got->limb[lane][i],
                         (long long)most[i]);
            }
        }
    }
}

/* Operands: a tight, b loose (they are the same in a field without the difference). */
FIELD_CALL void one_case(const struct numbers *a, const struct numbers *b, const struct numbers *tight_b)
{
    struct fe x, y, t;
    struct numbers got;
    to_field(&x, a);
    to_field(&y, b);
    to_field(&t, tight_b);
    struct wide wide = fe_multiply_wide(x, y);
    of_wide(&got, &wide);
    assert_within("a product", &got, product_most);
    wide = fe_multiply_wide(y, x);
    struct fe r = fe_carry(wide);
    of_field(&got, &r);
    assert_within("a carried product", &got, carried_most);
    assert_value("multiply", MULTIPLY, &got, a, b);
    r = fe_square(x);
    of_field(&got, &r);
    assert_within("a carried square", &got, carried_most);
    assert_value("square", SQUARE, &got, a, a);
    r = fe_tight(fe_add(x, t));
    of_field(&got, &r);
    assert_within("a sum", &got, tight_most);
    assert_value("add", ADD, &got, a, tight_b);
    r = fe_tight(fe_subtract(x, t));
    of_field(&got, &r);
    assert_within("a difference", &got, tight_most);
    assert_value("subtract", SUBTRACT, &got, a, tight_b);
    r = fe_negate(x);
    of_field(&got, &r);
    assert_within("a negative", &got, tight_most);
    assert_value("negate", NEGATE, &got, a, a);
    struct wide xy = fe_multiply_wide(x, t);
    r = fe_carry(wide_subtract(wide_add(wide_add(xy, xy), fe_square_wide(x)), fe_square_wide(t)));
    of_field(&got, &r);
    assert_within("four products carried", &got, combined_most);
    assert_value("four products", COMBINE, &got, a, tight_b);
    r = fe_carry(
        wide_subtract_two(fe_square_wide(fe_tight(fe_add(x, t))), wide_add(fe_square_wide(x), fe_square_wide(t))));
    of_field(&got, &r);
    assert_within("two products taken from one", &got, combined_most);
    assert_value("two products taken from one", TWICE_PRODUCT, &got, a, tight_b);
    const struct numbers none = {{{0}}};
    struct fe zero;
    to_field(&zero, &none);
    r = fe_carry(wide_subtract(fe_square_wide(zero), fe_square_wide(t)));
    of_field(&got, &r);
    assert_within("a product taken from nothing", &got, combined_most);
    assert_value("a product taken from nothing", MINUS_SQUARE, &got, a, tight_b);
    r = fe_carry(wide_subtract_two(fe_square_wide(zero), wide_add(fe_square_wide(t), wide_of(zero))));
    of_field(&got, &r);
    assert_value("a product taken from nothing, as one of two", MINUS_SQUARE, &got, a, tight_b);
    if (factors_may_both_be_loose) {
        r = fe_multiply(y, y);
        of_field(&got, &r);
        assert_within("a product of loose ones", &got, carried_most);
        assert_value("a product of loose ones", MULTIPLY, &got, b, b);
        r = fe_square(y);
        of_field(&got, &r);
        assert_value("a loose one's square", SQUARE, &got, b, b);
        r = fe_tight(y);
        of_field(&got, &r);
        assert_within("a loose one made tight", &got, carried_most);
        assert_value("a loose one made tight", ADD, &got, b, &none);
    }
    r = fe_carry(wide_of(x));
    of_field(&got, &r);
    assert_value("as a product", ADD, &got, a, &none);
}

static void extremes_multiply_and_add_rightly(void **state)
{
    (void)state;
    if (!can_run()) {
        skip();
    }
    for (uint64_t i = 0; i < 3125; i += LANES) {
        struct numbers a, b, tight_b;
        uint64_t other = i % 3 == 0 ? i : next_random() % 3125;
        extremes(&a, tight_limbs, i);
        extremes(&b, loose_limbs, other);
        extremes(&tight_b, tight_limbs, other);
        one_case(&a, &b, &tight_b);
    }
}

/* Canonical bytes of what is 0, p, 2p, p - 1 and its neighbours in disguise, and equality. */
FIELD_CALL void canonical_case(const struct numbers *a)
{
    uint8_t bytes[LANES][FE_BYTES], big[FE_BYTES];
    struct fe x;
    to_field(&x, a);
    fe_store(bytes, x);
    unsigned zero = lane_bits(fe_is_zero(x)), negative = lane_bits(fe_is_negative(x));
    for (int lane = 0; lane < LANES; lane++) {
        BIGNUM *is = value_of(a->limb[lane]);
        assert_int_equal(BN_bn2lebinpad(is, big, sizeof big), sizeof big);
        assert_memory_equal(big, bytes[lane], sizeof big);
        assert_int_equal(zero >> lane & 1, BN_is_zero(is));
        assert_int_equal(negative >> lane & 1, BN_is_odd(is));
        BN_free(is);
    }
    struct fe again = fe_load((const uint8_t(*)[FE_BYTES])bytes);
    assert_int_equal(lane_bits(fe_is_zero(fe_tight(fe_subtract(fe_tight(again), x)))), (1U << LANES) - 1);
}

static void residues_are_canonical(void **state)
{
    (void)state;
    if (!can_run()) {
        skip();
    }
    static const int64_t p[5] = {(INT64_C(1) << 51) - 19, (INT64_C(1) << 51) - 1, (INT64_C(1) << 51) - 1,
                                 (INT64_C(1) << 51) - 1, (INT64_C(1) << 51) - 1};
    for (uint64_t i = 0; i < 3125; i += LANES) {
        struct numbers a;
        extremes(&a, tight_limbs, i);
        canonical_case(&a);
    }
    for (int64_t from = -40; from < 40; from += LANES) { /* small, and near p, limb by limb where it fits */
        struct numbers a = {{{0}}};
        for (int lane = 0; lane < LANES; lane++) {
            a.limb[lane][0] = least_limb < 0 || from + lane >= 0 ? from + lane : 0;
        }
        canonical_case(&a);
        for (int lane = 0; lane < LANES && least_limb == 0; lane++) {
            memcpy(a.limb[lane], p, sizeof p);
            a.limb[lane][0] += from + lane;
        }
        canonical_case(&a);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(extremes_multiply_and_add_rightly),
        cmocka_unit_test(residues_are_canonical),
    };
    context = BN_CTX_new();
    prime = BN_new();
    seed = UINT64_C(0x9e3779b97f4a7c15);
    if (context == NULL || prime == NULL || BN_set_bit(prime, 255) != 1 || BN_sub_word(prime, 19) != 1) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    BN_free(prime);
    BN_CTX_free(context);
    return failed;
}
