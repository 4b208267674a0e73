/* Figure: when the sample was exported. The interval that any choice of rows leaves, the one of a random draw, the exports that
 * several dates ask for, copies of the database on their dates with what they hold of the sample, and when its rows begin and end. */
#include "base/str.h"
#include "report/sample_dated.h"

#include "base/banned.h"

enum {
    FIGURE_W = 8200,
    LEFT = DATED_LEFT,
    RIGHT = DATED_RIGHT,
    NAME_W = 1370,
    TOP = 60,
    LANE_H = 240,
    BAR_H = 100,
    MONTH_H = 420,
    GAP = 80
};

/* ---- drawing ---- */

static long time_x(const struct dates *dates, int64_t ns)
{
    return svg_scale_at(&dates->scale, ns / NS_PER_S - (ns % NS_PER_S < 0));
}

static void put_lane_name(struct page *page, struct str name, long y, bool is_bold)
{
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, name, NAME_W, is_bold, false);
    svg_text(&page->out, 0, y + PX(4), is_bold ? "b" : NULL, ANCHOR_START, buf_str(&fitted));
}

/* Beside a mark from x1 to x2, where there is room for it; over the page's ground, for it may lie on lines. */
static void put_beside(struct page *page, long x1, long x2, long y, const char *class_name, struct str text)
{
    OWN(own_buf) struct buf fitted = {0};
    long after = RIGHT - x2 - PX(8), before = x1 - LEFT - PX(8);
    bool is_after = svg_text_width(text, false, false) <= after || after >= before;
    svg_text_fit(&fitted, text, is_after ? after : before, false, false);
    long wide = svg_text_width(buf_str(&fitted), false, false), x = is_after ? x2 + PX(6) : x1 - PX(6);
    svg_rect(&page->out, "bgf", is_after ? x - PX(2) : x - wide - PX(2), y - PX(9), wide + PX(4), PX(18));
    svg_text(&page->out, x, y + PX(4), class_name, is_after ? ANCHOR_START : ANCHOR_END, buf_str(&fitted));
}

/* "2018-11-21 17:01 to 2018-12-01 10:49" */
static void interval_text(struct page *page, struct buf *out, const struct interval *interval)
{
    OWN(own_buf) struct buf ends = {0};
    if (interval->from != TIME_NONE && interval->to != TIME_NONE) {
        PLAIN(page, out, W_SAMPLE_BETWEEN, FILL_INSTANT("from", interval->from), FILL_INSTANT("to", interval->to));
        return;
    }
    if (interval->from != TIME_NONE) {
        PLAIN(page, &ends, W_SAMPLE_FROM, FILL_INSTANT("at", interval->from));
    }
    if (interval->to != TIME_NONE) {
        PLAIN(page, &ends, W_SAMPLE_UNTIL, FILL_INSTANT("at", interval->to));
    }
    buf_put(out, str_trim(buf_str(&ends)));
}

/* Each end at its side of the bar; both at one side where there is no room. */
static void put_ends(struct page *page, const struct interval *interval, long x1, long x2, long y)
{
    OWN(own_buf) struct buf from = {0};
    OWN(own_buf) struct buf to = {0};
    number_instant(&from, interval->from);
    number_instant(&to, interval->to);
    if (svg_text_width(buf_str(&from), false, false) > x1 - LEFT - PX(8) ||
        svg_text_width(buf_str(&to), false, false) > RIGHT - x2 - PX(8)) {
        OWN(own_buf) struct buf text = {0};
        interval_text(page, &text, interval);
        put_beside(page, x1, x2, y, NULL, buf_str(&text));
        return;
    }
    long wide = svg_text_width(buf_str(&from), false, false);
    svg_rect(&page->out, "bgf", x1 - PX(8) - wide, y - PX(9), wide + PX(4), PX(18));
    svg_text(&page->out, x1 - PX(6), y + PX(4), NULL, ANCHOR_END, buf_str(&from));
    wide = svg_text_width(buf_str(&to), false, false);
    svg_rect(&page->out, "bgf", x2 + PX(4), y - PX(9), wide + PX(4), PX(18));
    svg_text(&page->out, x2 + PX(6), y + PX(4), NULL, ANCHOR_START, buf_str(&to));
}

/* Hatched from the known end to the edge. What is known stands on the other side of that end, where there is room for it. */
static void put_open(struct page *page, const struct interval *interval, long x1, long x2, long y)
{
    struct buf *out = &page->out;
    bool to_open = interval->to == TIME_NONE;
    long top = y - BAR_H / 2, known = to_open ? x1 : x2, middle = (x1 + x2) / 2;
    struct str words = str_of(say_template(W_SAMPLE_UNBOUNDED));
    long words_w = svg_text_width(words, false, false), room = (to_open ? x1 - LEFT : RIGHT - x2) - PX(8);
    OWN(own_buf) struct buf instant = {0};
    number_instant(&instant, to_open ? interval->from : interval->to);
    long wide = svg_text_width(buf_str(&instant), false, false);
    svg_rect(out, "hole", x1, top, x2 - x1, BAR_H);
    svg_line(out, "ik", known, top - PX(4), known, top + BAR_H + PX(4));
    if (wide > room || words_w + PX(16) > x2 - x1) {
        OWN(own_buf) struct buf text = {0};
        interval_text(page, &text, interval);
        buf_puts(&text, "; ");
        buf_put(&text, words);
        put_beside(page, known, known, y, NULL, buf_str(&text));
        return;
    }
    long x = to_open ? known - PX(6) : known + PX(6);
    svg_rect(out, "bgf", to_open ? x - wide - PX(2) : x - PX(2), y - PX(9), wide + PX(4), PX(18));
    svg_text(out, x, y + PX(4), NULL, to_open ? ANCHOR_END : ANCHOR_START, buf_str(&instant));
    svg_rect(out, "bgf", middle - words_w / 2 - PX(4), y - PX(9), words_w + PX(8), PX(18));
    svg_text(out, middle, y + PX(4), "t2", ANCHOR_MIDDLE, words);
}

/* A bar between the ends; hatched up to the edge of the picture where an end is open. */
static void put_interval(struct page *page, struct dates *dates, const struct interval *interval, struct str name,
                         const char *class_name)
{
    long y = dates->y + LANE_H / 2;
    bool from_open = interval->from == TIME_NONE, to_open = interval->to == TIME_NONE;
    long x1 = from_open ? LEFT : time_x(dates, interval->from), x2 = to_open ? RIGHT : time_x(dates, interval->to);
    put_lane_name(page, name, y, true);
    if (from_open || to_open) {
        put_open(page, interval, x1, x2, y);
    } else {
        x2 = x2 - x1 < PX(3) ? x1 + PX(3) : x2;
        svg_rect(&page->out, class_name, x1, y - BAR_H / 2, x2 - x1, BAR_H);
        put_ends(page, interval, x1, x2, y);
    }
    dates->y += LANE_H;
}

static void put_bounds(struct page *page, struct dates *dates)
{
    if (dates->has_hard && !dates->is_split) {
        put_interval(page, dates, &dates->hard, str_of(say_template(W_SAMPLE_LANE_HARD)), "bar");
    } else if (dates->is_split) {
        long y = dates->y + LANE_H / 2;
        put_lane_name(page, str_of(say_template(W_SAMPLE_LANE_HARD)), y, true);
        svg_text(&page->out, LEFT, y + PX(4), "t2", ANCHOR_START, str_of(say_template(W_SAMPLE_NO_SINGLE_DATE)));
        dates->y += LANE_H;
    }
    for (size_t i = 0; i < dates->export_count; i++) {
        OWN(own_buf) struct buf name = {0};
        PLAIN(page, &name, W_SAMPLE_LANE_EXPORT, FILL_COUNT("n", i + 1));
        buf_puts(&name, ": ");
        PLAIN(page, &name, W_SAMPLE_N_ROWS, FILL_COUNT("n", dates->exports[i].rows));
        put_interval(page, dates, &dates->exports[i], buf_str(&name), "bar");
    }
    if (dates->has_soft) {
        put_interval(page, dates, &dates->soft, str_of(say_template(W_SAMPLE_LANE_SOFT)), "soft");
    }
}

static void copy_text(struct page *page, struct buf *out, const json_t *record)
{
    static const struct {
        const char *key;
        enum word word;
    } counts[] = {{"rows_absent", W_SAMPLE_ABSENT},
                  {"rows_unclear", W_SAMPLE_UNCLEAR},
                  {"rows_older", W_SAMPLE_OLDER},
                  {"rows_newer", W_SAMPLE_NEWER},
                  {"rows_other", W_SAMPLE_OTHER}};
    struct str why = model_text(record, "why");
    if (!model_has_number(record, "rows_present")) {
        buf_puts(out, say_template(W_SAMPLE_BACKUP_NOT));
        return;
    }
    PLAIN(page, out, W_SAMPLE_THERE, FILL_COUNT("n", model_count(record, "rows_present")));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (model_count(record, counts[i].key) > 0) {
            PLAIN(page, out, counts[i].word, FILL_COUNT("n", model_count(record, counts[i].key)));
        }
    }
    if (why.len > 0) {
        PLAIN(page, out, W_SAMPLE_BOUNDS_NOTHING, FILL_TEXT("why", why));
    }
}

static void put_copies(struct page *page, struct dates *dates)
{
    for (size_t i = 0; i < dates->copy_count; i++) {
        const struct copy *copy = &dates->copies[i];
        long y = dates->y + LANE_H / 2, x = time_x(dates, copy->at);
        OWN(own_buf) struct buf name = {0};
        OWN(own_buf) struct buf text = {0};
        buf_puts(&name, say_template(copy->is_database ? W_SAMPLE_LANE_DATABASE : W_SAMPLE_LANE_BACKUP));
        buf_puts(&name, " ");
        number_day(&name, copy->at, true);
        put_lane_name(page, buf_str(&name), y, false);
        struct path tick[] = {{'M', {x, y - PX(8)}}, {'V', {y + PX(8)}}};
        svg_path(&page->out, "ik", PX(2), tick, 2);
        copy_text(page, &text, copy->record);
        put_beside(page, x - PX(2), x + PX(2), y, "t2", buf_str(&text));
        dates->y += LANE_H;
    }
}

/* Rows that begin go up, rows that end go down, on one scale. */
static void put_months(struct page *page, struct dates *dates)
{
    struct buf *out = &page->out;
    long middle = dates->y + MONTH_H;
    OWN(own_buf) struct buf most = {0};
    if (dates->month_count == 0 || dates->most == 0) {
        return;
    }
    for (size_t i = 0; i < dates->month_count; i++) {
        uint64_t begin = dated_count(dates->begin, i), end = dated_count(dates->end, i);
        long x1 = time_x(dates, dates->starts[i]), x2 = time_x(dates, dates->starts[i + 1]);
        long wide = x2 - x1 > PX(3) ? x2 - x1 - PX(1) : x2 - x1;
        double unit = (double)(MONTH_H - PX(10)) / (double)dates->most;
        long up = begin > 0 ? (long)((double)begin * unit) + 1 : 0, down = end > 0 ? (long)((double)end * unit) + 1 : 0;
        if (up > 0) {
            svg_rect(out, "bar", x1, middle - up, wide, up);
        }
        if (down > 0) {
            svg_rect(out, "soft", x1, middle, wide, down);
        }
    }
    svg_line(out, "ax", LEFT, middle, RIGHT, middle);
    put_lane_name(page, str_of(say_template(W_SAMPLE_LANE_BEGIN)), middle - PX(14), false);
    put_lane_name(page, str_of(say_template(W_SAMPLE_LANE_END)), middle + PX(14), false);
    PLAIN(page, &most, W_SAMPLE_MOST, FILL_COUNT("n", dates->most));
    svg_text(out, 0, middle - MONTH_H + PX(12), "sm t2", ANCHOR_START, buf_str(&most));
    dates->y += 2 * MONTH_H + GAP;
}

/* ---- in words ---- */

static void put_desc_interval(struct page *page, struct buf *desc, enum word template, const struct interval *interval)
{
    OWN(own_buf) struct buf from = {0};
    OWN(own_buf) struct buf to = {0};
    if (interval->from != TIME_NONE) {
        PLAIN(page, &from, W_SAMPLE_FROM, FILL_INSTANT("at", interval->from));
    }
    if (interval->to != TIME_NONE) {
        PLAIN(page, &to, W_SAMPLE_UNTIL, FILL_INSTANT("at", interval->to));
    }
    if (template == W_SAMPLE_DESC_EXPORT) {
        PLAIN(page, desc, template, FILL_COUNT("n", interval->rows), FILL_TEXT("from", buf_str(&from)),
              FILL_TEXT("to", buf_str(&to)));
    } else {
        PLAIN(page, desc, template, FILL_TEXT("from", buf_str(&from)), FILL_TEXT("to", buf_str(&to)));
    }
}

static void describe(struct page *page, const struct dates *dates, struct buf *desc)
{
    uint64_t begun = 0;
    buf_puts(desc, say_template(W_SAMPLE_DATES_DESC));
    if (dates->has_hard && !dates->is_split) {
        put_desc_interval(page, desc, W_SAMPLE_DESC_HARD, &dates->hard);
    }
    for (size_t i = 0; i < dates->export_count; i++) {
        put_desc_interval(page, desc, W_SAMPLE_DESC_EXPORT, &dates->exports[i]);
    }
    if (dates->has_soft) {
        put_desc_interval(page, desc, W_SAMPLE_DESC_SOFT, &dates->soft);
    }
    for (size_t i = 0; i < dates->copy_count; i++) {
        OWN(own_buf) struct buf text = {0};
        copy_text(page, &text, dates->copies[i].record);
        PLAIN(page, desc, dates->copies[i].is_database ? W_SAMPLE_DESC_DATABASE : W_SAMPLE_DESC_BACKUP,
              FILL_DAY("day", dates->copies[i].at), FILL_TEXT("text", buf_str(&text)));
    }
    for (size_t i = 0; i < dates->month_count; i++) {
        begun += dated_count(dates->begin, i);
    }
    if (dates->month_count > 0) {
        PLAIN(page, desc, W_SAMPLE_DESC_MONTHS, FILL_COUNT("n", begun), FILL_DAY("from", dates->starts[0]),
              FILL_DAY("to", dates->starts[dates->month_count]), FILL_COUNT("open", dates->open));
    }
}

static long height(const struct dates *dates)
{
    size_t lanes = (size_t)((dates->has_hard && !dates->is_split) || dates->is_split) + dates->export_count +
                   (size_t)(dates->has_soft) + dates->copy_count;
    return TOP + (long)lanes * LANE_H + (dates->month_count > 0 && dates->most > 0 ? 2 * MONTH_H + GAP : 0);
}

static void draw(struct page *page, struct dates *dates)
{
    char id[16];
    long bottom = height(dates);
    OWN(own_buf) struct buf desc = {0};
    OWN(own_buf) struct buf note = {0};
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, dates, &desc);
    svg_open(&page->out, &(struct svg_head){.w = FIGURE_W,
                                            .h = bottom + PX(44),
                                            .class_name = "wide",
                                            .id = id,
                                            .title = str_of(say_template(W_SAMPLE_DATES_TITLE)),
                                            .desc = buf_str(&desc)});
    axis_draw(&page->out, &dates->scale, TOP, bottom, bottom + PX(20));
    dates->y = TOP;
    put_bounds(page, dates);
    put_copies(page, dates);
    put_months(page, dates);
    svg_line(&page->out, "ax", LEFT, bottom, RIGHT, bottom);
    axis_note(&note, &dates->scale);
    svg_text(&page->out, RIGHT, bottom + PX(38), "sm t2", ANCHOR_END, buf_str(&note));
    svg_close(&page->out);
}

static void caption(struct page *page, const struct sample *sample, const struct dates *dates)
{
    put_lit(&page->out, "<p>");
    word(page, W_SAMPLE_DATES_READ);
    if (dates->month_count > 0 && dates->most > 0) {
        struct hole open = FILL_COUNT("open", dates->open);
        if (dates->months == 1) {
            PUT(page, W_SAMPLE_MONTHS_READ_ONE, open);
        } else {
            PUT(page, W_SAMPLE_MONTHS_READ, FILL_COUNT("n", dates->months), open);
        }
    }
    put_lit(&page->out, "</p><p>");
    if (dates->has_rows) {
        PUT(page, W_SAMPLE_DATES_OUT_OF, FILL_COUNT("n", dates->rows), FILL_COUNT("of", sample->rows),
            FILL_COUNT("copies", dates->copy_count + dates->copies_left_out));
    } else {
        PUT(page, W_SAMPLE_DATES_OUT_OF_ROWS, FILL_COUNT("of", sample->rows));
    }
    if (dates->exports_left_out + dates->copies_left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", dates->exports_left_out + dates->copies_left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_SAMPLE_DATES_NOT);
    put_lit(&page->out, "</p>");
}

/* The clocks that the times are told by, where they were not one. */
static void put_clocks(struct page *page, const struct sample *sample)
{
    const json_t *zone = model_object(model_object(sample->summary, "dates"), "zone");
    const json_t *offset = json_object_get(sample->summary, "clock_offset_s"),
                 *second = json_object_get(sample->summary, "second_clock_offset_s");
    OWN(own_buf) struct buf hours = {0};
    OWN(own_buf) struct buf others = {0};
    bool is_zoned = model_text(zone, "local").len > 0,
         is_off = json_is_number(offset) && json_number_value(offset) != 0;
    if (!is_zoned && !is_off && !json_is_number(second)) {
        return;
    }
    put_lit(&page->out, "<p class=\"col mt\">");
    if (is_zoned) {
        sample_hours(&hours, json_object_get(zone, "standard_s"));
        PUT(page, W_SAMPLE_ZONE, FILL_TEXT("side", model_text(zone, "local")), FILL_TEXT("hours", buf_str(&hours)),
            FILL_TEXT("family", model_text(zone, "family")));
    } else if (is_off) {
        sample_hours(&hours, offset);
        PUT(page, W_SAMPLE_CLOCK, FILL_TEXT("hours", buf_str(&hours)));
    }
    if (json_is_number(second)) {
        sample_hours(&others, second);
        put_lit(&page->out, " ");
        PUT(page, W_SAMPLE_CLOCK_TWO, FILL_TEXT("hours", buf_str(&others)));
    }
    put_lit(&page->out, "</p>\n");
}

void figure_sample_dates(struct page *page, const struct sample *sample)
{
    struct dates dates = {0};
    dated_take(&dates, sample);
    bool has_bound = dates.has_hard || dates.export_count > 0 || dates.has_soft;
    if (!has_bound && model_array(sample->summary, "taken_between") != NULL) {
        put_lit(&page->out, "<p class=\"col mt\">");
        word(page, W_SAMPLE_NO_DATE);
        put_lit(&page->out, "</p>\n");
    }
    if (sample->rows == 0 || (!has_bound && dates.copy_count == 0 && dates.month_count == 0) ||
        dates.scale.from > dates.scale.to) {
        return;
    }
    figure_open(page, W_SAMPLE_DATES_TITLE);
    draw(page, &dates);
    figure_caption(page);
    caption(page, sample, &dates);
    figure_close(page);
    put_clocks(page, sample);
}
