/* src/report/strings.def and say.c: every template can be read, its holes have types, and none says what a ratio cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "report/say.h"

static const char *const types[] = {"text",  "claim", "party",   "place",   "count", "small", "bytes",
                                    "ratio", "odds",  "percent", "instant", "day",   "span"};

static bool is_type(struct str name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_eq(name, str_of(types[i]))) {
            return true;
        }
    }
    return false;
}

static void check_template(const char *template)
{
    struct str rest = str_of(template);
    size_t stars = 0;
    assert_true(str_is_utf8(rest));
    assert_int_equal(str_find(rest, STR("<"), 0), SIZE_MAX);
    for (size_t i = 0; i < rest.len; i++) {
        stars += rest.data[i] == '*';
    }
    assert_int_equal(stars % 2, 0);
    for (struct str_cut open = str_cut(rest, '{'); open.found; open = str_cut(rest, '{')) {
        struct str_cut hole = str_cut(open.tail, '}');
        assert_true(hole.found);
        if (str_cut(hole.head, '|').found) {
            struct str_cut name = str_cut(hole.head, '|');
            assert_true(str_cut(name.tail, '|').found);
        } else {
            struct str_cut parts = str_cut(hole.head, ':');
            assert_true(parts.found && parts.head.len > 0 && is_type(parts.tail));
        }
        rest = hole.tail;
    }
}

static void test_templates(void **state)
{
    (void)state;
    for (int w = 0; w < W_COUNT; w++) {
        check_template(say_template((enum word)w));
    }
}

static void test_forbidden_words(void **state)
{
    (void)state;
    static const char *const words[] = {"proves",   "proven", "confirm",       "guilt",         "clean",
                                        "safe",     "hacked", "nothing found", "found nothing", "likely to be true",
                                        "attacker", "hacker"};
    for (int w = 0; w < W_COUNT; w++) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            assert_int_equal(str_find_nocase(str_of(say_template((enum word)w)), str_of(words[i]), 0), SIZE_MAX);
        }
    }
}

static void test_holes(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_true(SAY(&out, IN_HTML, W_N_OF_UNIT, FILL_COUNT("n", 41277), FILL_COUNT("of", 41286),
                    FILL_TEXT("unit", STR("<files>"))));
    assert_string_equal(out.data, "41,277 of 41,286 &lt;files&gt;");
    buf_reset(&out);
    assert_true(SAY(&out, IN_HTML, W_FILE_LIES, FILL_PLACE("path", STR("/a&b"))));
    assert_non_null(strstr(out.data, "<code>/a&amp;b</code>"));
    buf_reset(&out);
    assert_true(SAY(&out, IN_PLAIN, W_FILE_LIES, FILL_PLACE("path", STR("/a&b"))));
    assert_non_null(strstr(out.data, "lies /a&b."));
    buf_reset(&out);
    assert_true(SAY(&out, IN_PLAIN, W_LINES_REJECTED, FILL_COUNT("n", 1)));
    assert_string_equal(out.data, "1 line rejected");
    buf_reset(&out);
    assert_true(SAY(&out, IN_HTML, W_PARTIES, FILL_COUNT("unused", 1)));
    assert_string_equal(out.data, "<b>Parties.</b>");
    buf_free(&out);
}

/* A claim goes where a claim fits, and nowhere else. */
static void test_misfits(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_true(SAY(&out, IN_HTML, W_SUPPORTS, FILL_CLAIM("claim", STR("it was used"))));
    assert_false(SAY(&out, IN_HTML, W_SUPPORTS, FILL_TEXT("claim", STR("it was used"))));
    assert_false(SAY(&out, IN_HTML, W_SUPPORTS, FILL_CLAIM("clam", STR("it was used"))));
    assert_false(SAY(&out, IN_HTML, W_LINES_REJECTED, FILL_TEXT("n", STR("1"))));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_forbidden_words),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_misfits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
