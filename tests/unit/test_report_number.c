/* src/report/number.c, svg.c, axis.c: numbers as the look wants them, pictures from integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "report/axis.h"

#define CHECK(call, want)                                            \
    do {                                                             \
        struct buf out = {0};                                        \
        call;                                                        \
        assert_string_equal(out.data == NULL ? "" : out.data, want); \
        buf_free(&out);                                              \
    } while (0)

static void test_counts_and_bytes(void **state)
{
    (void)state;
    CHECK(number_count(&out, 0), "0");
    CHECK(number_count(&out, 999), "999");
    CHECK(number_count(&out, 4182337), "4,182,337");
    CHECK(number_count(&out, UINT64_MAX), "18,446,744,073,709,551,615");
    CHECK(number_small(&out, 1), "one");
    CHECK(number_small(&out, 12), "twelve");
    CHECK(number_small(&out, 13), "13");
    CHECK(number_bytes(&out, 0), "0 B");
    CHECK(number_bytes(&out, 999), "999 B");
    CHECK(number_bytes(&out, 1000), "1.00 kB");
    CHECK(number_bytes(&out, 9994), "9.99 kB");
    CHECK(number_bytes(&out, 9996), "10.0 kB");
    CHECK(number_bytes(&out, 99960), "100 kB");
    CHECK(number_bytes(&out, 999600), "1.00 MB");
    CHECK(number_bytes(&out, 1930000000), "1.93 GB");
    CHECK(number_bytes(&out, 417000000), "417 MB");
    CHECK(number_bytes(&out, UINT64_MAX), "18.4 EB");
}

static void test_ratios(void **state)
{
    (void)state;
    CHECK(number_ratio(&out, 4.1139), "+4.1");
    CHECK(number_ratio(&out, -2.6), "−2.6");
    CHECK(number_ratio(&out, 0.04), "0.0");
    CHECK(number_ratio(&out, -0.04), "0.0");
    CHECK(number_odds(&out, 4.1139), "about 13,000 to 1");
    CHECK(number_odds(&out, 3.2), "about 1,600 to 1");
    CHECK(number_odds(&out, 2.9), "about 790 to 1");
    CHECK(number_odds(&out, 0.7), "about 5 to 1");
    CHECK(number_odds(&out, 0.1), "about 1.3 to 1");
    CHECK(number_odds(&out, 0.0), "1 to 1");
    CHECK(number_odds(&out, -2.6), "about 1 to 400");
    CHECK(number_odds(&out, 6), "about 1,000,000 to 1");
    CHECK(number_percent(&out, 0.974), "97.4");
    CHECK(number_percent(&out, 0.1), "10");
    CHECK(number_percent(&out, 0.001), "0.1");
}

/* The words follow the unrounded value; under the standard they say so; a negative ratio ends in "against". */
static void test_strength(void **state)
{
    (void)state;
    CHECK(number_strength(&out, 0.29, 2), "no support either way");
    CHECK(number_strength(&out, 0.3, 2), "weak, below the standard");
    CHECK(number_strength(&out, 1.96, 2), "moderate, below the standard");
    CHECK(number_strength(&out, 2.0, 2), "moderately strong support");
    CHECK(number_strength(&out, 3.2, 2), "strong support");
    CHECK(number_strength(&out, 3.2, 4), "strong, below the standard");
    CHECK(number_strength(&out, 4.1, 2), "very strong support");
    CHECK(number_strength(&out, 6, 2), "extremely strong support");
    CHECK(number_strength(&out, -2.6, 2), "moderately strong against");
    CHECK(number_strength(&out, -1.2, 2), "moderate against, below the standard");
}

static void test_times(void **state)
{
    (void)state;
    int64_t at = time_parse(STR("2026-03-14T21:47:09Z"));
    CHECK(number_duration(&out, 22 * NS_PER_S), "22 s");
    CHECK(number_duration(&out, 31 * 3600 * NS_PER_S), "31 hours");
    CHECK(number_duration(&out, 3600 * NS_PER_S), "1 hour");
    CHECK(number_duration(&out, (2 * 60 + 5) * NS_PER_S), "2 min 5 s");
    CHECK(number_duration(&out, ((3 * 24 + 16) * 60 + 40) * 60 * NS_PER_S), "3 d 16 h 40 min");
    CHECK(number_instant(&out, at), "2026-03-14 21:47:09");
    CHECK(number_instant(&out, time_parse(STR("2026-03-31T09:00:00Z"))), "2026-03-31 09:00");
    CHECK(number_day(&out, at, true), "14 Mar 2026");
    CHECK(number_day(&out, -1, true), "31 Dec 1969");
    CHECK(number_clock(&out, at, true), "21:47:09");
    CHECK(number_clock(&out, -1, true), "23:59:59");
    CHECK(number_digest(&out, STR("938db8c90000000000000000abf4")), "938db8c9…abf4");
    CHECK(number_digest(&out, STR("short")), "short");
}

static void test_svg_is_fixed_point(void **state)
{
    (void)state;
    struct path steps[] = {{'M', {5, 100}}, {'H', {-15}}, {'V', {25}}, {'C', {1, 2, 3, 4, 5, 6}}, {'Z', {0}}};
    CHECK(svg_path(&out, "ls", PX(1.5), steps, 5),
          "<path class=\"ls\" stroke-width=\"1.5\" d=\"M0.5 10H-1.5V2.5C0.1 0.2 0.3 0.4 0.5 0.6Z\"/>");
    CHECK(svg_rect(&out, "bar", PX(1), PX(2), -5, PX(4)),
          "<rect class=\"bar\" x=\"1\" y=\"2\" width=\"0\" height=\"4\"/>");
    CHECK(svg_text(&out, 0, PX(3), NULL, ANCHOR_END, STR("<b>")),
          "<text x=\"0\" y=\"3\" text-anchor=\"end\">&lt;b&gt;</text>");
    CHECK(svg_text(&out, PX(1), PX(3), "sm", ANCHOR_UP, STR("u")),
          "<text x=\"1\" y=\"3\" class=\"sm\" transform=\"rotate(-90 1 3)\">u</text>");
    CHECK(svg_open(&out, &(struct svg_head){.w = PX(8), .h = 5}),
          "<svg viewBox=\"0 0 8 0.5\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\">");
}

static void test_scale(void **state)
{
    (void)state;
    struct scale scale = {0, 100, 1000, 2000};
    int64_t ticks[AXIS_TICKS], step;
    assert_int_equal(svg_scale_at(&scale, -5), 1000);
    assert_int_equal(svg_scale_at(&scale, 50), 1500);
    assert_int_equal(svg_scale_at(&scale, 500), 2000);
    assert_int_equal(svg_scale_at(&(struct scale){7, 7, 1000, 2000}, 7), 1000); /* an empty domain */
    /* a month: weeks, beginning on Mondays */
    struct scale month = {time_parse(STR("2026-03-08")) / NS_PER_S, time_parse(STR("2026-04-08")) / NS_PER_S, 0, 100};
    size_t count = svg_scale_ticks(&month, AXIS_TICKS, ticks, &step);
    assert_int_equal(count, 5);
    assert_int_equal(step, 7 * 86400);
    assert_int_equal(ticks[0], time_parse(STR("2026-03-09")) / NS_PER_S);
    /* two hours: quarters of an hour would be nine ticks */
    struct scale hours = {0, 7200, 0, 100};
    assert_int_equal(svg_scale_ticks(&hours, AXIS_TICKS, ticks, &step), 3);
    assert_int_equal(step, 3600);
    /* before 1970 and over centuries */
    struct scale ages = {-3000000000, 6000000000, 0, 100};
    assert_true(svg_scale_ticks(&ages, AXIS_TICKS, ticks, &step) <= AXIS_TICKS);
}

static void test_text_fits(void **state)
{
    (void)state;
    CHECK(svg_text_fit(&out, STR("short"), PX(200), false, false), "short");
    CHECK(svg_text_fit(&out, STR("a long label that has no room"), PX(70), false, false), "a long lab…");
    CHECK(svg_text_fit(&out, STR("anything"), 0, false, false), "…");
    assert_true(svg_text_width(STR("wide"), true, false) > svg_text_width(STR("wide"), false, false));
    assert_true(svg_text_width(STR("wide"), false, true) < svg_text_width(STR("wide"), false, false));
}

static void test_bins(void **state)
{
    (void)state;
    static const struct {
        int64_t length, bin;
        const char *name;
    } rows[] = {{60, 60, "minute"},
                {59 * 60, 300, "5 minutes"},
                {57 * 60, 60, "minute"},
                {4 * 3600, 300, "5 minutes"},
                {13 * 3600, 900, "15 minutes"},
                {50 * 3600, 3600, "hour"},
                {12 * 86400, 21600, "6 hours"},
                {50 * 86400, 86400, "day"},
                {400 * 86400, 604800, "7 days"},
                {4000 * 86400LL, 9676800, "112 days"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span span = {1000, 1000 + rows[i].length - 1};
        assert_int_equal(bin_width(&span), rows[i].bin);
        CHECK(bin_name(&out, rows[i].bin), rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_bytes),   cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_strength),           cmocka_unit_test(test_times),
        cmocka_unit_test(test_svg_is_fixed_point), cmocka_unit_test(test_scale),
        cmocka_unit_test(test_text_fits),          cmocka_unit_test(test_bins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
