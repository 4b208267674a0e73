/* src/report/put.c: nothing of a case reaches the page but through a writer, and no writer lets markup, controls or
 * hidden marks through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "report/put.h"

typedef void (*writer)(struct buf *out, struct str evidence);

static void check(writer write, struct str in, const char *want)
{
    struct buf out = {0};
    write(&out, in);
    assert_false(out.failed);
    assert_string_equal(out.data == NULL ? "" : out.data, want);
    buf_free(&out);
}

static void test_html(void **state)
{
    (void)state;
    static const struct {
        struct str in;
        const char *want;
    } rows[] = {
        {{"", 0}, ""},
        {{"plain", 5}, "plain"},
        {{"<script>alert(1)</script>", 25}, "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {{"a&b<!--\"'", 9}, "a&amp;b&lt;!--&quot;&#39;"},
        {{"nul\0here", 8}, "nul\\x00here"},
        {{"\x1b[31mred", 8}, "\\x1b[31mred"},
        {{"\x80\xff", 2}, "\\x80\\xff"},
        {{"\xc2\x9b", 2}, "\\u009b"}, /* C1 control */
        {{"\xe2\x80\xae"
          "cba",
          6},
         "\\u202ecba"},                          /* right-to-left override */
        {{"\xf3\xa0\x81\x81", 4}, "\\u{e0041}"}, /* tag letter */
        {{"a\xe2\x80\x8b"
          "b",
          5},
         "a\\u200bb"}, /* zero width space */
        {{"line\nnext\tend", 13}, "line next end"},
        {{"\xc3\xa9t\xc3\xa9 \xe2\x80\x9cq\xe2\x80\x9d", 13}, "\xc3\xa9t\xc3\xa9 \xe2\x80\x9cq\xe2\x80\x9d"},
        {{"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 9}, "e\xcc\x81\xcc\x81\xcc\x81\\u0301"}, /* the fourth mark in a row */
        {{"\xd7\xa9\xd7\x9c", 4}, "<bdi>\xd7\xa9\xd7\x9c</bdi>"},
        {{"\xed\xa0\x80", 3}, "\\xed\\xa0\\x80"}, /* a surrogate is not UTF-8 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(put_html, rows[i].in, rows[i].want);
    }
}

static void test_other_places(void **state)
{
    (void)state;
    check(put_attr, STR("\" onload='x' <"), "&quot; onload=&#39;x&#39; &lt;");
    check(put_attr, STR("\xd7\xa9"), "\xd7\xa9");
    check(put_svg_text, STR("</text><a>"), "&lt;/text&gt;&lt;a&gt;");
    check(put_svg_text, STR("\xd7\xa9"), "\xe2\x81\xa8\xd7\xa9\xe2\x81\xa9");
    check(put_json, STR("</script><!--\"\\\n"), "\"\\u003c/script\\u003e\\u003c!--\\\"\\\\\\n\"");
    check(put_json, STR("'&"), "\"\\u0027\\u0026\"");
}

static void test_url(void **state)
{
    (void)state;
    check(put_url, STR("#E01"), "#E01");
    check(put_url, STR("#a b\"'<>"), "#a_20b_22_27_3c_3e");
    check(put_url, STR("https://x.example/?a=1&b"), "hxxps://x.example/?a=1&amp;b");
    check(put_url, STR("http://x.example"), "hxxp://x.example");
    check(put_url, STR("javascript:alert(1)"), "javascript:alert(1)"); /* text, never in an href */
    check(put_url, STR("httpd says"), "httpd says");
    check(put_id, STR("S1\" x"), "S1_22_20x");
}

static void test_masks(void **state)
{
    (void)state;
    check(put_html, STR("write to john.wick@mail.example."), "write to j•••@m•••.example.");
    check(put_html, STR("<b@c.de>"), "&lt;b•••@c•••.de&gt;");
    check(put_html, STR("call +44 20 7946 0012 now"), "call +44 ••• •••12 now");
    check(put_html, STR("@narrator and a@b"), "@narrator and a@b");
    check(put_html, STR("+4.1 on 2026-03-14"), "+4.1 on 2026-03-14");
    check(put_html, STR("+0530"), "+0530");
    check(put_attr, STR("x@y.org"), "x•••@y•••.org");
    check(put_json, STR("x@y.org"), "\"x•••@y•••.org\"");
    check(put_plain, STR("x@y.org,z@w.net"), "x•••@y•••.org,z•••@w•••.net");
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    char text[20000];
    struct buf out = {0};
    memset(text, 'a', sizeof text);
    put_html(&out, (struct str){text, sizeof text});
    assert_true(out.len > TEXT_MAX_BYTES && out.len < TEXT_MAX_BYTES + 32);
    assert_true(str_ends(buf_str(&out), STR("…")));
    buf_free(&out);
}

/* Every byte pair through every writer: what comes out is valid UTF-8 without a character that could end its place. */
static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    static const writer writers[] = {put_html, put_attr, put_svg_text, put_url, put_json};
    for (unsigned pair = 0; pair < 65536; pair++) {
        char bytes[2] = {(char)(pair >> 8), (char)(pair & 0xff)};
        for (size_t w = 0; w < sizeof writers / sizeof writers[0]; w++) {
            struct buf out = {0};
            writers[w](&out, (struct str){bytes, 2});
            struct str got = buf_str(&out);
            struct str inside = w == 4 ? str_slice(got, 1, got.len - 1) : got;
            if (str_starts(got, STR("<bdi>"))) { /* ours, around right-to-left text */
                inside = str_slice(got, 5, got.len - 6);
            }
            assert_true(str_is_utf8(got));
            for (size_t i = 0; i < inside.len; i++) {
                unsigned char c = (unsigned char)inside.data[i];
                assert_true(c >= 0x20 && c != 0x7f && c != '<' && c != '>');
                assert_true(w == 4 || (c != '"' && c != '\''));
            }
            buf_free(&out);
        }
    }
}

/* A key's number is no telephone number; what a browser or a shell would read is text. */
static void test_tokens(void **state)
{
    static const struct {
        const char *token, *shown;
        bool is_whole;
    } rows[] = {
        {"a.invalid/x+00000001+AQ==", "a.invalid/x+00000001+AQ==", true},
        {"checkpoints/42.1.tsr", "checkpoints/42.1.tsr", true},
        {"$(x)", "$(x)", false},
        {"a<b", "a&lt;b", false},
        {"jane@example.com", "j\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@e\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2.com", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        assert_int_equal(put_token(&out, str_of(rows[i].token)), rows[i].is_whole);
        assert_string_equal(out.data, rows[i].shown);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_other_places),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_every_pair_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
