/* The group of the private comparison: every path that this processor runs, against published vectors, our own, and libsodium.
 *
 * With ASSAY_LONG=1 random inputs are a million of each kind instead of thousands (some minutes). */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/str.h"
#include "private/group.h"

#include "private_group_vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EACH_PATH(path) for (const struct group_path *const *path = group_paths(); *path != NULL; path++)
/* All but the last, libsodium's, which is not compared with itself. */
#define EACH_OTHER(path) for (const struct group_path *const *path = group_paths(); path[1] != NULL; path++)

enum { SOME = 530 }; /* more than two batches of the widest path, and a tail */

typedef uint8_t uniform_bytes[GROUP_UNIFORM_BYTES];

static const struct group_path *oracle(void)
{
    const struct group_path *const *path = group_paths();
    while (path[1] != NULL) {
        path++;
    }
    return *path;
}

static size_t how_many(size_t quick)
{
    const char *is_long = getenv("ASSAY_LONG");
    return is_long != NULL && strcmp(is_long, "1") == 0 ? 1000000 : quick;
}

/* Counts to try, from 0 to SOME: all small ones, and on both sides of whole batches of every path. */
static size_t count_after(size_t count)
{
    return count < 19 || (count + 2) % 64 < 4 ? count + 1 : count % 64 < 34 ? count + 30 : (count | 63) - 1;
}

/* The same bytes every time. */
static void random_bytes(void *to, size_t bytes, uint8_t seed)
{
    uint8_t whole[randombytes_SEEDBYTES] = {seed};
    randombytes_buf_deterministic(to, bytes, whole);
}

static void *many(size_t count, size_t size)
{
    void *got = calloc(count, size);
    assert_non_null(got);
    return got;
}

static void from_hex(uint8_t *to, size_t bytes, const char *hex)
{
    assert_true(hex_decode(to, bytes, str_of(hex)));
}

static struct group_point point_of(const char *hex)
{
    struct group_point point;
    from_hex(point.bytes, sizeof point.bytes, hex);
    return point;
}

static void assert_same(const struct group_path *path, const char *what, const struct group_point *got,
                        const struct group_point *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(got[i].bytes, wanted[i].bytes, GROUP_BYTES) != 0) {
            fail_msg("%s: %s: %zu of %zu differs", path->name, what, i, count);
        }
    }
}

static void random_points(struct group_point *to, size_t count, uint8_t seed)
{
    uniform_bytes *uniform = many(count, sizeof *uniform);
    random_bytes(uniform, count * sizeof *uniform, seed);
    group_best()->map(to, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, count);
    free(uniform);
}

/* ---- published vectors, and our own ------------------------------------------------------------------------------- */

static void maps_of_rfc_9496(void **state)
{
    (void)state;
    EACH_PATH(path)
    {
        uniform_bytes uniform[COUNT(maps)];
        struct group_point got[COUNT(maps)], wanted[COUNT(maps)];
        for (size_t i = 0; i < COUNT(maps); i++) {
            from_hex(uniform[i], sizeof uniform[i], maps[i].uniform);
            wanted[i] = point_of(maps[i].point);
        }
        (*path)->map(got, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, COUNT(maps));
        assert_same(*path, "map", got, wanted, COUNT(maps));
    }
}

static void multiples_of_rfc_9496(void **state)
{
    (void)state;
    EACH_PATH(path)
    {
        struct group_scalar scalars[COUNT(multiples)] = {{{0}}};
        struct group_point got[COUNT(multiples)], wanted[COUNT(multiples)];
        for (size_t i = 1; i < COUNT(multiples); i++) {
            scalars[i].bytes[0] = (uint8_t)i;
            wanted[i] = point_of(multiples[i]);
        }
        (*path)->multiply_base(got + 1, scalars + 1, COUNT(multiples) - 1);
        assert_same(*path, "multiply_base", got + 1, wanted + 1, COUNT(multiples) - 1);
        for (size_t i = 1; i < COUNT(multiples); i++) {
            assert_int_equal((*path)->multiply(&got[i], &wanted[1], 1, &scalars[i]), 1);
        }
        assert_same(*path, "multiply", got + 1, wanted + 1, COUNT(multiples) - 1);
    }
}

/* RFC 9497, A.1.1: BlindedElement = Blind * HashToGroup(Input), EvaluationElement = skSm * BlindedElement. */
static void blinded_elements_of_rfc_9497(void **state)
{
    (void)state;
    EACH_PATH(path)
    {
        for (size_t i = 0; i < COUNT(blinded); i++) {
            uint8_t input[32];
            size_t length = strlen(blinded[i].input) / 2;
            struct str message = {(const char *)input, length};
            struct group_scalar blind, key;
            uniform_bytes uniform;
            struct group_point point, wanted = point_of(blinded[i].blinded);
            from_hex(input, length, blinded[i].input);
            from_hex(blind.bytes, GROUP_BYTES, blinded[i].blind);
            from_hex(key.bytes, GROUP_BYTES, blinded[i].key);
            (*path)->expand(&uniform, &message, 1, (struct str){"HashToGroup-OPRFV1-\0-ristretto255-SHA512", 40});
            (*path)->map(&point, (const uint8_t(*)[GROUP_UNIFORM_BYTES]) & uniform, 1);
            assert_int_equal((*path)->multiply(&point, &point, 1, &blind), 1);
            assert_same(*path, "BlindedElement", &point, &wanted, 1);
            wanted = point_of(blinded[i].evaluated);
            assert_int_equal((*path)->multiply(&point, &point, 1, &key), 1);
            assert_same(*path, "EvaluationElement", &point, &wanted, 1);
        }
    }
}

static void hashes_of_our_own(void **state)
{
    (void)state;
    EACH_PATH(path)
    {
        struct str keys[COUNT(hashes)];
        uint8_t bytes[COUNT(hashes)][64];
        struct group_point got[COUNT(hashes)], wanted[COUNT(hashes)];
        for (size_t i = 0; i < COUNT(hashes); i++) {
            keys[i] = (struct str){(const char *)bytes[i], strlen(hashes[i].key) / 2};
            from_hex(bytes[i], keys[i].len, hashes[i].key);
            wanted[i] = point_of(hashes[i].point);
        }
        group_hash(*path, got, keys, COUNT(hashes));
        assert_same(*path, "hash", got, wanted, COUNT(hashes));
        static const struct group_scalar one = {{1}};
        assert_int_equal(group_hash_multiply(*path, got, keys, COUNT(hashes), &one), COUNT(hashes));
        assert_same(*path, "hash, multiplied by 1", got, wanted, COUNT(hashes));
    }
    for (size_t i = 0; i < COUNT(scalar_hashes); i++) {
        uint8_t message[16];
        struct group_scalar got, wanted;
        size_t length = strlen(scalar_hashes[i].message) / 2;
        from_hex(message, length, scalar_hashes[i].message);
        from_hex(wanted.bytes, GROUP_BYTES, scalar_hashes[i].scalar);
        group_hash_scalar(&got, (struct str){(const char *)message, length});
        assert_memory_equal(got.bytes, wanted.bytes, GROUP_BYTES);
    }
}

/* ---- what is no point --------------------------------------------------------------------------------------------- */

static void assert_refused(const struct group_path *path, struct group_point *in, size_t count, size_t where,
                           const struct group_point *bad)
{
    static const struct group_scalar three = {{3}};
    struct group_point out[SOME], good = in[where];
    in[where] = *bad;
    if (path->check(in, count) != where || path->multiply(out, in, count, &three) != where) {
        fail_msg("%s: a bad point at %zu of %zu is named at %zu by check, at %zu by multiply", path->name, where, count,
                 path->check(in, count), path->multiply(out, in, count, &three));
    }
    in[where] = good;
}

static void bad_encodings_are_named_in_every_lane(void **state)
{
    (void)state;
    struct group_point in[SOME];
    random_points(in, SOME, 1);
    EACH_PATH(path)
    {
        assert_int_equal((*path)->check(in, SOME), SOME);
        for (size_t i = 0; i < COUNT(bad_encodings); i++) {
            struct group_point bad = point_of(bad_encodings[i]);
            for (size_t where = 0; where < 19; where++) {
                assert_refused(*path, in, 19, where, &bad);
            }
            assert_refused(*path, in, SOME, SOME - 1 - i, &bad);
        }
        for (size_t where = 0; where < 19; where++) { /* the same point, but for the bit that is not in use */
            struct group_point bad = in[where];
            bad.bytes[GROUP_BYTES - 1] |= 0x80;
            assert_refused(*path, in, 19, where, &bad);
        }
    }
}

static void of_two_bad_points_the_first_is_named(void **state)
{
    (void)state;
    struct group_point in[SOME];
    random_points(in, SOME, 2);
    struct group_point bad = point_of(bad_encodings[5]);
    EACH_PATH(path)
    {
        for (size_t first = 3; first < SOME - 1; first += 41) {
            struct group_point good = in[first + 1];
            in[first + 1] = bad;
            assert_refused(*path, in, SOME, first, &bad);
            in[first + 1] = good;
        }
    }
}

/* 2^255 - 19 + from, as bytes, for what stays below 2^256. */
static struct group_point around_p(int from)
{
    struct group_point point;
    memset(point.bytes, 0xff, GROUP_BYTES);
    int low = 0xed + from;
    point.bytes[0] = (uint8_t)low;
    point.bytes[1] = (uint8_t)(low < 0 ? 0xfe : low > 0xff ? 0 : 0xff);
    point.bytes[GROUP_BYTES - 1] = 0x7f;
    for (size_t i = 2; low > 0xff && i < GROUP_BYTES; i++) {
        point.bytes[i] = i == GROUP_BYTES - 1 ? 0x80 : 0;
    }
    return point;
}

/* Random encodings, even and below 2^255, are points in one case of four or so; around 0, p and powers of two. */
static size_t encodings_to_judge(struct group_point **ret)
{
    size_t randoms = how_many(6000), count = 0;
    struct group_point *all = many(randoms + 1200, sizeof *all);
    random_bytes(all, randoms * sizeof *all, 3);
    for (; count < randoms; count++) {
        if (count % 16 != 0) { /* the others show that those bits are looked at */
            all[count].bytes[0] &= 0xfe;
            all[count].bytes[GROUP_BYTES - 1] &= 0x7f;
        }
    }
    for (int i = 0; i < 256; i++) {
        all[count++] = (struct group_point){{(uint8_t)i}};
        all[count++] = around_p(i - 237);
    }
    for (int bit = 0; bit < 256; bit++) {
        struct group_point power = {{0}};
        power.bytes[bit / 8] = (uint8_t)(1U << bit % 8);
        all[count++] = power;
        power.bytes[0] ^= 2;
        all[count++] = power;
    }
    *ret = all;
    return count;
}

/* libsodium's; but bit 255, which it does not look at before 1.0.19, makes any encoding a bad one. */
static bool is_point(const struct group_point *point)
{
    return crypto_core_ristretto255_is_valid_point(point->bytes) == 1 && point->bytes[GROUP_BYTES - 1] < 0x80 &&
           sodium_is_zero(point->bytes, GROUP_BYTES) == 0;
}

static void verdicts_are_libsodiums(void **state)
{
    (void)state;
    struct group_point *all;
    size_t count = encodings_to_judge(&all);
    EACH_OTHER(path)
    {
        size_t points = 0;
        for (size_t from = 0; from < count;) { /* from each that is none to the next */
            size_t some = count - from < SOME ? count - from : SOME, good = (*path)->check(all + from, some);
            for (size_t i = 0; i < some && i <= good; i++) {
                if (is_point(&all[from + i]) != (i < good)) {
                    fail_msg("%s: encoding %zu: libsodium says %d", (*path)->name, from + i, i >= good);
                }
            }
            points += good;
            from += good < some ? good + 1 : some;
        }
        assert_true(points > count / 8);
    }
    free(all);
}

/* ---- computing ---------------------------------------------------------------------------------------------------- */

/* Fields 0 to 5 of each half; RFC 9496 takes any 32 bytes and leaves out the highest bit. */
static size_t uniforms_to_map(uniform_bytes **ret)
{
    static const int around[] = {-2, -1, 0, 1, 2, 18, 19};
    struct group_point edges[64];
    size_t edge_count = 0, randoms = how_many(3000), count = 0;
    for (size_t i = 0; i < COUNT(around); i++) {
        edges[edge_count++] = around_p(around[i]);
    }
    for (uint8_t i = 0; i < 6; i++) {
        edges[edge_count++] = (struct group_point){{i}};
        edges[edge_count++] = (struct group_point){{i, [31] = 0x80}};
    }
    memset(edges[edge_count++].bytes, 0xff, GROUP_BYTES);
    for (size_t i = 0; i < COUNT(roots); i++) {
        edges[edge_count++] = point_of(roots[i]);
    }
    uniform_bytes *all = many(randoms + edge_count * edge_count, sizeof *all);
    random_bytes(all, randoms * sizeof *all, 4);
    count = randoms;
    for (size_t i = 0; i < edge_count; i++) {
        for (size_t j = 0; j < edge_count; j++) {
            memcpy(all[count], edges[i].bytes, GROUP_BYTES);
            memcpy(all[count++] + GROUP_BYTES, edges[j].bytes, GROUP_BYTES);
        }
    }
    *ret = all;
    return count;
}

static void maps_are_libsodiums(void **state)
{
    (void)state;
    uniform_bytes *uniform;
    size_t count = uniforms_to_map(&uniform);
    struct group_point *got = many(count, sizeof *got), *wanted = many(count, sizeof *wanted);
    oracle()->map(wanted, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, count);
    EACH_OTHER(path)
    {
        (*path)->map(got, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, count);
        assert_same(*path, "map", got, wanted, count);
    }
    free(uniform);
    free(got);
    free(wanted);
}

/* As multiply of map's points; what maps to the neutral element is named. */
static void multiples_of_maps_are_libsodiums(void **state)
{
    (void)state;
    static const struct group_scalar scalar = {{0xf5, 0x71, 0x9c, [30] = 0x88, [31] = 0x0f}};
    uniform_bytes *uniform;
    size_t all = uniforms_to_map(&uniform), count = 1000, neutral_ones = 0, from;
    struct group_point *got = many(count, sizeof *got), *wanted = many(count, sizeof *wanted);
    const uint8_t(*last)[GROUP_UNIFORM_BYTES] = (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform + (all - count);
    EACH_OTHER(path)
    {
        oracle()->map(wanted, last, count);
        for (from = 0; from < count;) {
            size_t some = oracle()->multiply(wanted + from, wanted + from, count - from, &scalar);
            assert_int_equal((*path)->map_multiply(got + from, last + from, count - from, &scalar), some);
            assert_int_equal((*path)->map_multiply(got + from, last + from, some, &scalar), some);
            assert_same(*path, "map_multiply", got + from, wanted + from, some);
            from += some;
            neutral_ones += from < count;
            from += from < count;
        }
    }
    assert_true(neutral_ones > 0);
    free(uniform);
    free(got);
    free(wanted);
}

/* 1, 2, order - 1, order - 2, its half and next, single digits at each place, long runs of ones, random ones. */
static size_t scalars_to_try(struct group_scalar *all, size_t max)
{
    static const char *const named[] = {
        "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "ebd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        "f6e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
        "f7e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
        "0000000000000000000000000000000000000000000000000000000000000010",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f",
        "8888888888888888888888888888888888888888888888888888888888888808",
        "7777777777777777777777777777777777777777777777777777777777777707",
        "9999999999999999999999999999999999999999999999999999999999999909",
    };
    size_t count = 0;
    for (size_t i = 0; i < COUNT(named); i++) {
        from_hex(all[count++].bytes, GROUP_BYTES, named[i]);
    }
    for (uint8_t i = 1; i < 20; i++) {
        all[count++] = (struct group_scalar){{i}};
    }
    for (int place = 0; place < 63; place++) {
        for (unsigned digit = 1; digit < 16; digit++) {
            struct group_scalar one = {{0}};
            one.bytes[place / 2] = (uint8_t)(digit << 4 * (place % 2));
            all[count++] = one;
        }
    }
    assert_true(count < max);
    random_bytes(all + count, (max - count) * sizeof *all, 5);
    for (; count < max; count++) {
        all[count].bytes[GROUP_BYTES - 1] &= 0x0f; /* below 2^252, so below the order */
    }
    return count;
}

static void multiples_of_the_generator_are_libsodiums(void **state)
{
    (void)state;
    size_t count = how_many(2000);
    struct group_scalar *scalar = many(count, sizeof *scalar);
    struct group_point *got = many(count, sizeof *got), *wanted = many(count, sizeof *wanted);
    count = scalars_to_try(scalar, count);
    oracle()->multiply_base(wanted, scalar, count);
    EACH_OTHER(path)
    {
        (*path)->multiply_base(got, scalar, count);
        assert_same(*path, "multiply_base", got, wanted, count);
    }
    free(scalar);
    free(got);
    free(wanted);
}

/* Many scalars, one point, as traps want them; of any number, and never of what is no point. */
static void multiples_of_one_point_are_libsodiums(void **state)
{
    (void)state;
    size_t all = how_many(2000);
    struct group_scalar *scalar = many(all, sizeof *scalar);
    struct group_point *got = many(all + 1, sizeof *got), *wanted = many(all, sizeof *wanted);
    struct group_point point, none = {{0}};
    all = scalars_to_try(scalar, all);
    random_points(&point, 1, 23);
    for (size_t i = 0; i < all; i++) {
        assert_int_equal(oracle()->multiply(&wanted[i], &point, 1, &scalar[i]), 1);
    }
    struct group_point negative = point;
    negative.bytes[0] ^= 1;
    EACH_PATH(path)
    {
        for (size_t count = 0; count <= SOME; count = count_after(count)) {
            got[count].bytes[0] = got[count].bytes[GROUP_BYTES - 1] = 0x5a;
            assert_true((*path)->multiply_point(got, scalar, count, &point));
            assert_same(*path, "multiply_point", got, wanted, count);
            assert_true(got[count].bytes[0] == 0x5a && got[count].bytes[GROUP_BYTES - 1] == 0x5a);
        }
        assert_true((*path)->multiply_point(got, scalar, all, &point));
        assert_same(*path, "multiply_point", got, wanted, all);
        assert_false((*path)->multiply_point(got, scalar, SOME, &none));
        assert_false((*path)->multiply_point(got, scalar, SOME, &negative));
        assert_false((*path)->multiply_point(got, scalar, 0, &none));
    }
    free(scalar);
    free(got);
    free(wanted);
}

/* Every edge scalar times some points: tells digits and tables apart. */
static void multiples_by_edge_scalars_are_libsodiums(void **state)
{
    (void)state;
    enum { SCALARS = 1100, POINTS = 9 };
    static struct group_scalar scalar[SCALARS];
    struct group_point in[POINTS], got[POINTS], wanted[POINTS];
    size_t count = scalars_to_try(scalar, SCALARS);
    random_points(in, POINTS, 6);
    for (size_t i = 0; i < count; i += i < 40 ? 1 : 17) {
        assert_int_equal(oracle()->multiply(wanted, in, POINTS, &scalar[i]), POINTS);
        EACH_OTHER(path)
        {
            assert_int_equal((*path)->multiply(got, in, POINTS, &scalar[i]), POINTS);
            assert_same(*path, "multiply by an edge scalar", got, wanted, POINTS);
        }
    }
}

static void multiples_are_libsodiums(void **state)
{
    (void)state;
    size_t count = how_many(2000), each = count < 20 ? count : count / 20;
    struct group_scalar scalar[20];
    struct group_point *in = many(count, sizeof *in), *got = many(count, sizeof *got),
                       *wanted = many(count, sizeof *wanted);
    random_points(in, count, 7);
    random_bytes(scalar, sizeof scalar, 8);
    for (size_t part = 0; part < 20; part++) {
        scalar[part].bytes[GROUP_BYTES - 1] &= 0x0f;
        size_t from = part * each;
        assert_int_equal(oracle()->multiply(wanted + from, in + from, each, &scalar[part]), each);
    }
    EACH_OTHER(path)
    {
        for (size_t part = 0; part < 20; part++) {
            size_t from = part * each;
            assert_int_equal((*path)->multiply(got + from, in + from, each, &scalar[part]), each);
        }
        assert_same(*path, "multiply", got, wanted, each * 20);
    }
    free(in);
    free(got);
    free(wanted);
}

/* Every count up to two batches and more; result in place of operand; nothing written behind. */
static void tails_and_in_place(void **state)
{
    (void)state;
    static const struct group_scalar seven = {{7}};
    static uniform_bytes uniform[SOME];
    struct group_scalar scalar[SOME];
    struct group_point in[SOME], work[SOME + 1], times[SOME], of_map[SOME], of_both[SOME], of_base[SOME];
    random_bytes(uniform, sizeof uniform, 9);
    random_bytes(scalar, sizeof scalar, 10);
    random_points(in, SOME, 11);
    for (size_t i = 0; i < SOME; i++) {
        scalar[i].bytes[GROUP_BYTES - 1] &= 0x0f;
    }
    assert_int_equal(oracle()->multiply(times, in, SOME, &seven), SOME);
    oracle()->map(of_map, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, SOME);
    assert_int_equal(oracle()->multiply(of_both, of_map, SOME, &seven), SOME);
    oracle()->multiply_base(of_base, scalar, SOME);
    EACH_PATH(path)
    {
        for (size_t count = 0; count <= SOME; count = count_after(count)) {
            memcpy(work, in, sizeof in);
            memset(work[count].bytes, 0x5a, GROUP_BYTES);
            assert_int_equal((*path)->multiply(work, work, count, &seven), count);
            assert_same(*path, "multiply in place", work, times, count);
            (*path)->map(work, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, count);
            assert_same(*path, "map", work, of_map, count);
            assert_int_equal((*path)->map_multiply(work, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, count, &seven),
                             count);
            assert_same(*path, "map_multiply", work, of_both, count);
            (*path)->multiply_base(work, scalar, count);
            assert_same(*path, "multiply_base", work, of_base, count);
            assert_true(work[count].bytes[0] == 0x5a && work[count].bytes[GROUP_BYTES - 1] == 0x5a);
        }
    }
}

/* Lengths on both sides of each block's end, mixed in one vector, and tags of all sizes. */
static void expansions_are_libsodiums(void **state)
{
    (void)state;
    enum { MESSAGES = 420 };
    static uint8_t bytes[1200];
    static uniform_bytes got[MESSAGES], wanted[MESSAGES];
    static const size_t tags[] = {0, 1, 42, 43, 60, 61, 62, 128, 255};
    struct str messages[MESSAGES];
    random_bytes(bytes, sizeof bytes, 12);
    for (size_t i = 0; i < MESSAGES; i++) {
        messages[i] = (struct str){(const char *)bytes + i, i < 300 ? i : i * 37 % 700};
    }
    messages[0].data = NULL;
    for (size_t t = 0; t < COUNT(tags); t++) {
        struct str tag = {(const char *)bytes + 5, tags[t]};
        oracle()->expand(wanted, messages, MESSAGES, tag);
        EACH_PATH(path)
        {
            memset(got, 0, sizeof got);
            (*path)->expand(got, messages, MESSAGES, tag);
            assert_memory_equal(got, wanted, sizeof got);
        }
        group_expand(got, messages, MESSAGES, tag);
        assert_memory_equal(got, wanted, sizeof got);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_of_rfc_9496),
        cmocka_unit_test(multiples_of_rfc_9496),
        cmocka_unit_test(blinded_elements_of_rfc_9497),
        cmocka_unit_test(hashes_of_our_own),
        cmocka_unit_test(bad_encodings_are_named_in_every_lane),
        cmocka_unit_test(of_two_bad_points_the_first_is_named),
        cmocka_unit_test(verdicts_are_libsodiums),
        cmocka_unit_test(maps_are_libsodiums),
        cmocka_unit_test(multiples_of_maps_are_libsodiums),
        cmocka_unit_test(multiples_of_the_generator_are_libsodiums),
        cmocka_unit_test(multiples_of_one_point_are_libsodiums),
        cmocka_unit_test(multiples_by_edge_scalars_are_libsodiums),
        cmocka_unit_test(multiples_are_libsodiums),
        cmocka_unit_test(tails_and_in_place),
        cmocka_unit_test(expansions_are_libsodiums),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
