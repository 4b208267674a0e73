/* The group of the private comparison against published vectors: every path that this processor runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/str.h"
#include "private/group.h"

/* RFC 9380, appendix K.6: SHA-512, 32 bytes asked for differ from our 64; the two rows are of 0x80 bytes, so here the map alone:
 * RFC 9496, A.3. */
static const struct {
    const char *uniform, *point;
} maps[] = {
    {"5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
     "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6",
     "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"},
    {"f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b27"
     "0102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38",
     "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b"},
    {"8422e1bbdaab52938b81fd602effb6f89110e1e57208ad12d9ad767e2e25510c"
     "27140775f9337088b982d83d7fcf0b2fa1edffe51952cbe7365e95c86eaf325c",
     "006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826"},
};

static void the_map_of_rfc_9496(void **state)
{
    (void)state;
    for (const struct group_path *const *path = group_paths(); *path != NULL; path++) {
        for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
            uint8_t uniform[1][GROUP_UNIFORM_BYTES];
            struct group_point point;
            char hex[2 * GROUP_BYTES + 1];
            assert_true(hex_decode(uniform[0], GROUP_UNIFORM_BYTES, str_of(maps[i].uniform)));
            (*path)->map(&point, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, 1);
            hex_encode(hex, point.bytes, GROUP_BYTES);
            assert_string_equal(hex, maps[i].point);
        }
    }
}

static void multiples_add_up(void **state)
{
    (void)state;
    for (const struct group_path *const *path = group_paths(); *path != NULL; path++) {
        /* 6 * G by way of 2 * (3 * G) and at once */
        struct group_scalar two = {{2}}, three = {{3}}, six = {{6}};
        struct group_point of_three, way, straight;
        (*path)->multiply_base(&of_three, &three, 1);
        assert_int_equal((*path)->multiply(&way, &of_three, 1, &two), 1);
        (*path)->multiply_base(&straight, &six, 1);
        assert_memory_equal(way.bytes, straight.bytes, GROUP_BYTES);
    }
}

static void what_is_no_point_is_named(void **state)
{
    (void)state;
    for (const struct group_path *const *path = group_paths(); *path != NULL; path++) {
        struct group_scalar three = {{3}};
        struct group_point in[3], out[3];
        (*path)->multiply_base(&in[0], &three, 1);
        in[1] = in[0];
        in[2] = (struct group_point){{0}}; /* the neutral element */
        assert_int_equal((*path)->check(in, 2), 2);
        assert_int_equal((*path)->check(in, 3), 2);
        assert_int_equal((*path)->multiply(out, in, 3, &three), 2);
        in[1].bytes[0] ^= 1; /* negative */
        assert_int_equal((*path)->check(in, 3), 1);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_of_rfc_9496),
        cmocka_unit_test(multiples_add_up),
        cmocka_unit_test(what_is_no_point_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
