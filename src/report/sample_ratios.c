/* Figure: the ratio against each other way to come by the sample, on one axis of log10 LR, with what the cap lets through and what
 * the twin runs gave. */
#include <math.h>

#include "base/str.h"
#include "report/sample.h"

#include "base/banned.h"

/* The axis: log10 LR -4..+6, as in the verdicts' strips. */
enum { LR_FROM = -4, LR_TO = 6, ALTERNATIVES_MAX = 12 };
enum { FIGURE_W = 8200, LEFT = 1600, RIGHT = 7500, TOP = 300, LANE_H = 300, NAME_W = 1500 };

struct lane {
    struct str name;
    double ratio, raw;
    bool is_known, has_raw, is_headline;
};

struct ratios {
    struct lane lanes[ALTERNATIVES_MAX];
    size_t count, computed, left_out;
    double cap[2], spread[2];
    bool has_cap, has_twin;
    uint64_t runs;
};

static long ratio_x(double log10_lr)
{
    double at = LEFT + (log10_lr - LR_FROM) / (LR_TO - LR_FROM) * (RIGHT - LEFT);
    return lround(fmin(fmax(at, LEFT), RIGHT));
}

static bool is_beyond(double log10_lr)
{
    return log10_lr > LR_TO + 0.05 || log10_lr < LR_FROM - 0.05;
}

static void add_lane(struct ratios *ratios, const struct sample *sample, const char *key)
{
    const json_t *summary = sample->summary;
    struct str headline = model_text(model_object(summary, "headline"), "alternative");
    if (ratios->count == ALTERNATIVES_MAX) {
        ratios->left_out++;
        return;
    }
    struct lane *lane = &ratios->lanes[ratios->count++];
    const json_t *value = json_object_get(model_object(summary, "log10_lr"), key);
    const json_t *raw = json_object_get(model_object(summary, "raw"), key);
    *lane = (struct lane){.name = sample_alternative(str_of(key)),
                          .ratio = json_number_value(value),
                          .raw = json_number_value(raw),
                          .is_known = json_is_number(value),
                          .has_raw = json_is_number(raw) && json_is_number(value),
                          .is_headline = str_eq(headline, str_of(key))};
    ratios->computed += lane->is_known;
}

/* The five of the method in their order, whether they were computed or not; then those that somebody declared. */
static void lay_out(struct ratios *ratios, const struct sample *sample)
{
    static const char *const keys[] = {"elsewhere", "partner", "recycled", "made_up", "seed"};
    const json_t *twin = model_object(sample->summary, "twin");
    const char *key;
    const json_t *value;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        add_lane(ratios, sample, keys[i]);
    }
    json_object_foreach((json_t *)(uintptr_t)model_object(sample->summary, "log10_lr"), key, value)
    {
        bool is_one_of_them = false;
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            is_one_of_them = is_one_of_them || strcmp(key, keys[i]) == 0;
        }
        if (!is_one_of_them) {
            add_lane(ratios, sample, key);
        }
    }
    ratios->has_cap = sample_pair(model_array(sample->summary, "cap"), ratios->cap);
    ratios->has_twin = sample_pair(model_array(twin, "spread"), ratios->spread);
    ratios->runs = model_count(twin, "runs");
}

/* ---- drawing ---- */

/* Where the cap cuts: what it lets through is washed, its ends are lines. */
static void put_cap(struct page *page, const struct ratios *ratios, long bottom)
{
    struct buf *out = &page->out;
    if (!ratios->has_cap) {
        return;
    }
    long lo = ratio_x(ratios->cap[0]), hi = ratio_x(ratios->cap[1]);
    svg_rect(out, "wash", lo, TOP, hi - lo, bottom - TOP);
    for (size_t i = 0; i < 2; i++) { /* an end beyond the axis has no place on it */
        long x = ratio_x(ratios->cap[i]);
        if (!is_beyond(ratios->cap[i])) {
            svg_line(out, "iks", x, TOP - PX(6), x, bottom);
        }
    }
    OWN(own_buf) struct buf from = {0};
    OWN(own_buf) struct buf to = {0};
    number_ratio(&from, ratios->cap[0]);
    number_ratio(&to, ratios->cap[1]);
    struct str words = str_of(say_template(W_SAMPLE_CAP_LABEL));
    if (hi - lo > svg_text_width(words, false, true) + PX(24)) {
        svg_text(out, lo, TOP - PX(10), "sm", ANCHOR_MIDDLE, buf_str(&from));
        svg_text(out, hi, TOP - PX(10), "sm", ANCHOR_MIDDLE, buf_str(&to));
        svg_text(out, (lo + hi) / 2, TOP - PX(10), "sm t2", ANCHOR_MIDDLE, words);
    } else {
        buf_puts(&from, " … ");
        buf_put(&from, buf_str(&to));
        svg_text(out, (lo + hi) / 2, TOP - PX(10), "sm", ANCHOR_MIDDLE, buf_str(&from));
    }
}

static void put_axis(struct page *page, long bottom)
{
    struct buf *out = &page->out;
    struct path lines[2 * (LR_TO - LR_FROM + 1)];
    size_t count = 0;
    for (int at = LR_FROM; at <= LR_TO; at++) {
        lines[count++] = (struct path){'M', {ratio_x(at), bottom}};
        lines[count++] = (struct path){'V', {bottom + PX(at % 2 == 0 ? 6 : 3)}};
        if (at % 2 == 0) {
            OWN(own_buf) struct buf label = {0};
            buf_printf(&label, "%s%d", at > 0 ? "+" : at < 0 ? "−" : "", at < 0 ? -at : at);
            svg_text(out, ratio_x(at), bottom + PX(20), "t2", ANCHOR_MIDDLE, buf_str(&label));
        }
    }
    svg_line(out, "ax", LEFT, bottom, RIGHT, bottom);
    svg_path(out, "iks", 0, lines, count);
    svg_line(out, "ik", ratio_x(0), TOP, ratio_x(0), bottom);
    svg_text(out, (LEFT + RIGHT) / 2, bottom + PX(38), "sm t2", ANCHOR_MIDDLE, str_of(say_template(W_SAMPLE_LR_AXIS)));
}

/* At the end of the axis for what lies beyond it. */
static void put_arrow(struct buf *out, const char *class_name, bool is_right, long y)
{
    long tip = is_right ? RIGHT + PX(6) : LEFT - PX(6), foot = is_right ? tip - PX(11) : tip + PX(11);
    struct path arrow[] = {{'M', {foot, y - PX(6)}}, {'L', {tip, y}}, {'L', {foot, y + PX(6)}}, {'Z', {0}}};
    svg_path(out, class_name, 0, arrow, 4);
}

static void put_point(struct buf *out, double ratio, long y, long size)
{
    const char *class_name = ratio < 0 ? "cr" : ratio > 0 ? "cs" : "cu";
    long x = ratio_x(ratio);
    if (is_beyond(ratio)) {
        put_arrow(out, class_name, ratio > 0, y);
    } else if (ratio >= 0) {
        svg_circle(out, class_name, x, y, size);
    } else {
        struct path lozenge[] = {
            {'M', {x, y - size}}, {'L', {x + size, y}}, {'L', {x, y + size}}, {'L', {x - size, y}}, {'Z', {0}}};
        svg_path(out, class_name, 0, lozenge, 5);
    }
}

static void put_lane(struct page *page, const struct lane *lane, long y)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf fitted = {0};
    OWN(own_buf) struct buf number = {0};
    const char *weight = lane->is_headline ? "b" : NULL;
    svg_text_fit(&fitted, lane->name, NAME_W, lane->is_headline, false);
    svg_text(out, 0, y + PX(4), weight, ANCHOR_START, buf_str(&fitted));
    if (!lane->is_known) {
        struct str words = str_of(say_template(W_SAMPLE_NOT_COMPUTED));
        long wide = svg_text_width(words, false, false);
        svg_rect(out, "bgf", ratio_x(0) + PX(8), y - PX(9), wide + PX(8), PX(18));
        svg_text(out, ratio_x(0) + PX(12), y + PX(4), "t2", ANCHOR_START, words);
        svg_text(out, FIGURE_W, y + PX(4), "t2", ANCHOR_END, STR("–"));
        return;
    }
    const char *side = lane->ratio < 0 ? "lr" : "ls";
    struct path reach[] = {{'M', {ratio_x(0), y}}, {'H', {ratio_x(lane->ratio)}}};
    svg_path(out, side, lane->is_headline ? PX(3) : PX(1), reach, 2);
    if (lane->has_raw && fabs(lane->raw - lane->ratio) >= 0.05) {
        struct path further[] = {{'M', {ratio_x(lane->ratio), y}}, {'H', {ratio_x(lane->raw)}}};
        svg_path(out, "thin", 0, further, 2);
        if (is_beyond(lane->raw)) {
            put_arrow(out, "soft", lane->raw > 0, y);
        } else {
            svg_circle(out, "fu", ratio_x(lane->raw), y, PX(3.5));
        }
    }
    put_point(out, lane->ratio, y, lane->is_headline ? PX(7) : PX(4.5));
    number_ratio(&number, lane->ratio);
    svg_text(out, FIGURE_W, y + PX(4), weight, ANCHOR_END, buf_str(&number));
}

static void put_twin_lane(struct page *page, const struct ratios *ratios, long y)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf label = {0};
    long lo = ratio_x(ratios->spread[0]), hi = ratio_x(ratios->spread[1]);
    svg_line(out, "hr", 0, y - LANE_H / 2, FIGURE_W, y - LANE_H / 2);
    svg_text(out, 0, y + PX(4), "t2", ANCHOR_START, str_of(say_template(W_SAMPLE_TWIN_LANE)));
    svg_rect(out, "soft", lo - PX(2), y - PX(4), hi - lo + PX(4), PX(8));
    for (size_t i = 0; i < 2; i++) {
        if (is_beyond(ratios->spread[i])) {
            put_arrow(out, "soft", ratios->spread[i] > 0, y);
        }
    }
    number_ratio(&label, ratios->spread[0]);
    if (number_tenths(ratios->spread[0]) != number_tenths(ratios->spread[1])) {
        buf_puts(&label, " … ");
        number_ratio(&label, ratios->spread[1]);
    }
    svg_text(out, FIGURE_W, y + PX(4), "t2", ANCHOR_END, buf_str(&label));
}

static void describe(struct page *page, const struct ratios *ratios, struct buf *desc)
{
    buf_puts(desc, say_template(W_SAMPLE_LR_DESC));
    for (size_t i = 0; i < ratios->count; i++) {
        const struct lane *lane = &ratios->lanes[i];
        if (lane->is_known) {
            PLAIN(page, desc, W_SAMPLE_LR_DESC_ONE, FILL_TEXT("name", lane->name), FILL_RATIO("lr", lane->ratio));
        } else {
            PLAIN(page, desc, W_SAMPLE_LR_DESC_NOT, FILL_TEXT("name", lane->name));
        }
    }
    if (ratios->has_cap) {
        PLAIN(page, desc, W_SAMPLE_LR_DESC_CAP, FILL_RATIO("lo", ratios->cap[0]), FILL_RATIO("hi", ratios->cap[1]));
    }
    if (ratios->has_twin) {
        PLAIN(page, desc, W_SAMPLE_LR_DESC_TWIN, FILL_RATIO("lo", ratios->spread[0]),
              FILL_RATIO("hi", ratios->spread[1]));
    }
}

static void draw(struct page *page, const struct ratios *ratios)
{
    char id[16];
    OWN(own_buf) struct buf desc = {0};
    long bottom = TOP + LANE_H * (long)(ratios->count + ratios->has_twin);
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, ratios, &desc);
    svg_open(&page->out, &(struct svg_head){.w = FIGURE_W,
                                            .h = bottom + PX(44),
                                            .class_name = "wide",
                                            .id = id,
                                            .title = str_of(say_template(W_SAMPLE_LR_TITLE)),
                                            .desc = buf_str(&desc)});
    put_cap(page, ratios, bottom);
    put_axis(page, bottom);
    for (size_t i = 0; i < ratios->count; i++) {
        put_lane(page, &ratios->lanes[i], TOP + LANE_H * (long)i + LANE_H / 2);
    }
    if (ratios->has_twin) {
        put_twin_lane(page, ratios, bottom - LANE_H / 2);
    }
    svg_close(&page->out);
}

void figure_sample_ratios(struct page *page, const struct sample *sample)
{
    struct ratios ratios = {0};
    if (sample->rows == 0) {
        return;
    }
    lay_out(&ratios, sample);
    if (ratios.computed == 0) {
        return;
    }
    figure_open(page, W_SAMPLE_LR_TITLE);
    draw(page, &ratios);
    figure_caption(page);
    put_lit(&page->out, "<p>");
    word(page, W_SAMPLE_LR_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_SAMPLE_LR_OUT_OF, FILL_COUNT("rows", sample->rows),
        FILL_COUNT("linked", model_count(sample->summary, "rows_linked")), FILL_COUNT("n", ratios.computed),
        FILL_COUNT("of", ratios.count + ratios.left_out));
    if (ratios.has_twin) {
        PUT(page, W_SAMPLE_LR_OUT_TWIN, FILL_COUNT("runs", ratios.runs));
    }
    if (ratios.left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", ratios.left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_SAMPLE_LR_NOT);
    put_lit(&page->out, "</p>");
    figure_close(page);
}
