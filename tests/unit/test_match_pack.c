/* A packed spelling is the one that was packed, whatever it is made of, and takes the bytes that its size tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "match/pack.h"

/* Packs into memory of the very size that is asked for, and tells how many bytes it took. */
static size_t packed(struct pack_affixes *affixes, enum normal_class class, struct str text)
{
    char *out = malloc(text.len + PACK_HEAD_MAX);
    assert_non_null(out);
    size_t len = pack_put(out, affixes, class, text);
    assert_true(len <= text.len + PACK_HEAD_MAX);
    char *exact = malloc(len); /* what lies behind it is not read */
    assert_non_null(exact);
    memcpy(exact, out, len);
    free(out);
    struct pack_room room;
    assert_int_equal(pack_size(exact), len);
    assert_true(pack_class(exact) == class);
    assert_true(str_eq(pack_text(exact, affixes, &room), text));
    free(exact);
    return len;
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum normal_class class;
        size_t len;
    } rows[] = {
        {"", NORMAL_NONE, 2},
        {"7", NORMAL_NUMBER, 3},
        {"12345678", NORMAL_NUMBER, 6},
        {"-123", NORMAL_NUMBER, 5},
        {"210123456", NORMAL_PHONE, 7},
        {"d41d8cd98f00b204e9800998ecf8427e", NORMAL_SECRET, 18},
        {"D41D8CD98F00B204E9800998ECF8427E", NORMAL_SECRET, 26},
        {"a.u98967f@quillmail17.zz", NORMAL_EMAIL, 3 + 7},
        {"@quillmail17.zz", NORMAL_EMAIL, 3},
        {"a@much-too-long-a-name-for-the-list.example", NORMAL_EMAIL, 2 + 33},
        {"$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", NORMAL_SECRET, 3 + 40},
        {"$1$saltsalt$abcdefghijklmnopqrstuv", NORMAL_SECRET, 3 + 31},
        {"$", NORMAL_SECRET, 3},
        {"lake alyssaberg, dc", NORMAL_TEXT, 2 + 15},
        {"Zo\xc3\xab", NORMAL_TEXT, 2 + 4},
    };
    struct pack_affixes affixes = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(packed(&affixes, rows[i].class, str_of(rows[i].text)), rows[i].len);
    }
}

/* Every length about the bounds, of letters of every form. */
static void test_lengths(void **state)
{
    (void)state;
    static const char *const letters[] = {"0a9f", "qz .@", "Qz./", "\x01\xff", "x@y$"};
    static char text[700];
    struct pack_affixes affixes = {0};
    for (size_t l = 0; l < sizeof(letters) / sizeof(*letters); l++) {
        for (size_t len = 0; len <= sizeof(text); len++) {
            for (size_t i = 0; i < len; i++) {
                text[i] = letters[l][i * i % strlen(letters[l])];
            }
            for (enum normal_class class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
                (void)packed(&affixes, class, (struct str){text, len});
            }
        }
    }
}

/* What a byte is among others must not depend on where it stands. */
static void test_bytes(void **state)
{
    (void)state;
    struct pack_affixes affixes = {0};
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 9; place++) {
            char hex[] = "012345678";
            char lower[] = "poiuztrew";
            char mixed[] = "pOiUzTreW";
            hex[place] = lower[place] = mixed[place] = (char)byte;
            (void)packed(&affixes, NORMAL_TEXT, (struct str){hex, 9});
            (void)packed(&affixes, NORMAL_TEXT, (struct str){lower, 9});
            (void)packed(&affixes, NORMAL_SECRET, (struct str){mixed, 9});
        }
    }
}

/* The first 255 domains have a number, the others are part of their addresses, and what was packed before stays. */
static void test_affixes(void **state)
{
    (void)state;
    enum { DOMAINS = 600 };
    struct pack_affixes affixes = {0};
    char first[64];
    size_t first_len = pack_put(first, &affixes, NORMAL_EMAIL, STR("ann@first.zz"));
    for (unsigned i = 0; i < 2 * DOMAINS; i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "ann@d%03u.zz", i % DOMAINS);
        assert_int_equal(packed(&affixes, NORMAL_EMAIL, str_of(text)), i % DOMAINS < 254 ? 6 : 2 + 9);
    }
    assert_int_equal(affixes.count, PACK_AFFIXES_MAX);
    struct pack_room room;
    assert_int_equal(pack_size(first), first_len);
    assert_true(str_eq(pack_text(first, &affixes, &room), STR("ann@first.zz")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_affixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
