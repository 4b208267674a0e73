/* Figure: what was examined of every exhibit and what was not. Logs by time, everything else by share; an exhibit that
 * nobody examined is hatched from end to end. */
#include <math.h>

#include "base/str.h"
#include "report/axis.h"
#include "report/traced.h"

#include "base/banned.h"

enum {
    LEFT = 1500,
    RIGHT = 7000,
    NOTE = 7080,
    FIGURE_W = 8200,
    ROW = 340,
    BAR_H = 220,
    LOGS_MAX = 16,
    SHARES_MAX = 28
};

/* One kind of log of an examination: a database's log covers nothing that the web server's would show. */
struct log_row {
    const json_t *exam, *summary, *log;
    enum log_of of;
    int64_t first, last;
};

struct share_row {
    struct str exhibit; /* the first of the examination, or the one not examined */
    const json_t *exam; /* NULL: not examined */
    uint64_t n, of;
    enum word unit;
};

struct coverage {
    struct log_row logs[LOGS_MAX];
    struct share_row shares[SHARES_MAX];
    size_t log_count, share_count, left_out;
    struct scale scale;
    long y;
};

/* ---- collecting ---- */

static void add_share(struct coverage *coverage, struct share_row row)
{
    if (coverage->share_count == SHARES_MAX) {
        coverage->left_out++;
        return;
    }
    coverage->shares[coverage->share_count++] = row;
}

/* Rows that a reader took and rows it turned away or left out, from the coverage records of match. */
static void match_rows(const json_t *exam, uint64_t *ret_n, uint64_t *ret_of)
{
    const json_t *records = model_array(exam, "records");
    uint64_t taken = 0, refused = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = model_record(json_array_get(records, i), "coverage");
        struct str class_name = model_text(record, "class");
        if (str_eq(class_name, STR("rows"))) {
            taken += model_count(record, "count");
        } else if (str_starts(class_name, STR("rejected")) || str_starts(class_name, STR("excluded"))) {
            refused += model_count(record, "count");
        }
    }
    if (taken == 0) {
        taken = model_count(model_summary(exam), "rows_sample");
    }
    *ret_n = taken;
    *ret_of = taken + refused;
}

/* The files in which credentials were looked for, and the logins that were made with what there was. */
static void take_reach(struct coverage *coverage, const json_t *exam, const json_t *summary, struct str exhibit)
{
    struct share_row logins = {.exhibit = exhibit, .exam = exam, .unit = W_UNIT_LOGINS};
    reach_logins(exam, &logins.n, &logins.of);
    if (model_count(summary, "files") > 0) {
        add_share(coverage, (struct share_row){exhibit, exam, model_count(summary, "read"),
                                               model_count(summary, "files"), W_UNIT_FILES});
    }
    if (logins.of > 0) {
        add_share(coverage, logins);
    }
}

/* An exhibit that was handed to the examination and turned away whole: no line of it was read. */
static bool is_turned_away(const struct model *model, const json_t *exam, struct str exhibit)
{
    bool is_told = false;
    for (size_t i = 0; i < model->told_count; i++) {
        const struct told *told = &model->told[i];
        struct str class_name = model_text(model_record(told->wrapped, "coverage"), "class");
        if (told->exam != exam || exhibit.len == 0 || !str_eq(told->exhibit, exhibit)) {
            continue;
        }
        if (str_eq(class_name, STR("parsed"))) {
            return false;
        }
        is_told = is_told || str_starts(class_name, STR("skipped")) || str_starts(class_name, STR("unreadable"));
    }
    return is_told;
}

/* Whether an exhibit holds lines of a kind of log. */
static bool holds(const struct model *model, const struct log_row *row, struct str exhibit)
{
    for (size_t i = 0; i < model->told_count; i++) {
        const struct told *told = &model->told[i];
        const json_t *record = model_record(told->wrapped, "coverage");
        if (told->exam == row->exam && str_eq(told->exhibit, exhibit) && traced_is_of(record, row->of) &&
            str_eq(model_text(record, "class"), STR("parsed"))) {
            return true;
        }
    }
    return false;
}

static void take_logs(const struct model *model, struct coverage *coverage, const json_t *exam, const json_t *summary)
{
    const json_t *ids = model_array(exam, "evidence");
    for (enum log_of of = LOG_OF_WEB; of < LOGS_OF; of++) {
        const json_t *log = traced_log(summary, of);
        struct log_row row = {exam, summary, log, of, model_time(log, "first"), model_time(log, "last")};
        if (log == NULL) {
            continue;
        }
        if (coverage->log_count < LOGS_MAX && row.first != TIME_NONE && row.last != TIME_NONE) {
            coverage->logs[coverage->log_count++] = row;
        } else {
            coverage->left_out++;
        }
    }
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (is_turned_away(model, exam, model_text_at(ids, i))) {
            add_share(coverage, (struct share_row){.exhibit = model_text_at(ids, i), .unit = W_UNIT_NOT_EXAMINED});
        }
    }
}

static void take_exam(const struct model *model, struct coverage *coverage, const json_t *exam)
{
    const json_t *summary = model_summary(exam);
    struct str exhibit = model_text_at(model_array(exam, "evidence"), 0);
    bool is_done = str_eq(model_text(exam, "status"), STR("done")) && summary != NULL;
    if (is_done && model_is_engine(exam, "trace")) {
        take_logs(model, coverage, exam, summary);
    } else if (is_done && model_is_engine(exam, "sweep")) {
        add_share(coverage, (struct share_row){exhibit, exam, model_count(summary, "read"),
                                               model_count(summary, "files"), W_UNIT_FILES});
    } else if (is_done && model_is_engine(exam, "match")) {
        struct share_row row = {.exhibit = exhibit, .exam = exam, .unit = W_UNIT_ROWS};
        match_rows(exam, &row.n, &row.of);
        add_share(coverage, row);
    } else if (is_done && model_is_engine(exam, "reach")) {
        take_reach(coverage, exam, summary, exhibit);
    } else {
        add_share(coverage, (struct share_row){.exhibit = exhibit, .unit = W_UNIT_NOT_EXAMINED});
    }
}

static bool is_examined(const struct model *model, struct str exhibit)
{
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        const json_t *ids = model_array(json_array_get(model->exams, i), "evidence");
        for (size_t e = 0; e < json_array_size(ids); e++) {
            if (str_eq(model_text_at(ids, e), exhibit)) {
                return true;
            }
        }
    }
    return false;
}

static void collect(const struct model *model, struct coverage *coverage)
{
    struct span span = SPAN_EMPTY;
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        take_exam(model, coverage, json_array_get(model->exams, i));
    }
    for (size_t i = 0; i < json_array_size(model->evidence); i++) {
        struct str exhibit = model_text(json_array_get(model->evidence, i), "id");
        if (!is_examined(model, exhibit)) {
            add_share(coverage, (struct share_row){.exhibit = exhibit, .unit = W_UNIT_NOT_EXAMINED});
        }
    }
    for (size_t i = 0; i < coverage->log_count; i++) {
        span_take(&span, coverage->logs[i].first);
        span_take(&span, coverage->logs[i].last);
    }
    if (!span_is_empty(&span)) {
        const json_t *window = model_object(model->kase, "window");
        span_take(&span, model_time(window, "from"));
        span_take(&span, model_time(window, "to"));
        coverage->scale = (struct scale){span.from, span.to, LEFT, RIGHT};
    }
}

/* ---- drawing ---- */

static void put_title_lines(struct page *page, const struct coverage *coverage, struct str title, struct str under)
{
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, title, LEFT - PX(8), true, false);
    svg_text(&page->out, 0, coverage->y + PX(9), "b", ANCHOR_START, buf_str(&fitted));
    buf_reset(&fitted);
    svg_text_fit(&fitted, under, LEFT - PX(4), false, true);
    svg_text(&page->out, 0, coverage->y + PX(23), "t2 sm", ANCHOR_START, buf_str(&fitted));
    page->out.failed |= fitted.failed;
}

static void put_titles(struct page *page, const struct coverage *coverage, const json_t *exam, struct str exhibit,
                       struct str under)
{
    OWN(own_buf) struct buf title = {0};
    const json_t *ids = model_array(exam, "evidence");
    OWN(own_buf) struct buf what = {0};
    place_text(&what, model_text(model_find(page->model->evidence, exhibit), "name"));
    buf_put(&title, exhibit);
    for (size_t i = 1; i < json_array_size(ids) && i < 4; i++) {
        buf_putc(&title, ' ');
        buf_put(&title, model_text_at(ids, i));
    }
    if (json_array_size(ids) > 4) {
        PLAIN(page, &title, W_AND_MORE_SHORT, FILL_COUNT("n", json_array_size(ids) - 4));
    }
    if (json_array_size(ids) <= 1 && what.len > 0) {
        buf_puts(&title, " · ");
        buf_put(&title, buf_str(&what));
    }
    put_title_lines(page, coverage, buf_str(&title), under);
    page->out.failed |= title.failed || what.failed;
}

/* The exhibits of an examination that hold logs of the row's kind. */
static void put_log_titles(struct page *page, const struct coverage *coverage, const struct log_row *row,
                           struct str under)
{
    const json_t *ids = model_array(row->exam, "evidence");
    OWN(own_buf) struct buf title = {0}, below = {0};
    size_t told = 0, more = 0;
    if (model_object(row->summary, "logs") == NULL) {
        put_titles(page, coverage, row->exam, model_text_at(ids, 0), under);
        return;
    }
    for (size_t i = 0; i < json_array_size(ids); i++) {
        bool is_of = holds(page->model, row, model_text_at(ids, i));
        if (is_of && told == 4) {
            more++;
        } else if (is_of) {
            buf_puts(&title, told++ > 0 ? " " : "");
            buf_put(&title, model_text_at(ids, i));
        }
    }
    if (more > 0) {
        PLAIN(page, &title, W_AND_MORE_SHORT, FILL_COUNT("n", more));
    }
    if (told == 0) {
        buf_put(&title, model_text(row->exam, "id"));
    }
    PLAIN(page, &below, W_UNDER_LOG, FILL_TEXT("log", str_of(say_template(traced_short(row->of)))),
          FILL_TEXT("time", under));
    put_title_lines(page, coverage, buf_str(&title), buf_str(&below));
    page->out.failed |= title.failed || below.failed;
}

static int64_t gap_seconds(const struct log_row *row)
{
    size_t gaps;
    return traced_silence(row->summary, row->of, &gaps) / NS_PER_S;
}

/* "212 of 288 h", in the unit that the length asks for */
static void time_seen(struct page *page, struct buf *out, int64_t all, int64_t holes)
{
    uint64_t hours = (uint64_t)((all + 1800) / 3600), seen = (uint64_t)((all > holes ? all - holes : 0) + 1800) / 3600;
    if (hours >= 3) {
        PLAIN(page, out, W_HOURS, FILL_COUNT("n", seen), FILL_COUNT("of", hours));
    } else if (all >= 120) {
        PLAIN(page, out, W_MINUTES, FILL_COUNT("n", (uint64_t)((all > holes ? all - holes : 0) / 60)),
              FILL_COUNT("of", (uint64_t)(all / 60)));
    } else {
        PLAIN(page, out, W_SECONDS, FILL_COUNT("n", (uint64_t)(all > holes ? all - holes : 0)),
              FILL_COUNT("of", (uint64_t)all));
    }
}

static void put_log(struct page *page, struct coverage *coverage, const struct log_row *row)
{
    struct buf *out = &page->out;
    const json_t *gaps = model_array(row->summary, "gaps");
    int64_t span = row->last / NS_PER_S - row->first / NS_PER_S, all = span > 0 ? span : 0;
    OWN(own_buf) struct buf under = {0}, note = {0}, fitted = {0};
    time_seen(page, &under, all, gap_seconds(row));
    put_log_titles(page, coverage, row, buf_str(&under));
    long left = svg_scale_at(&coverage->scale, row->first / NS_PER_S),
         right = svg_scale_at(&coverage->scale, row->last / NS_PER_S);
    svg_rect(out, "hole", LEFT, coverage->y, RIGHT - LEFT, BAR_H);
    svg_rect(out, "bgf", left, coverage->y, right - left, BAR_H);
    svg_rect(out, "soft", left, coverage->y, right - left, BAR_H);
    for (size_t i = 0; i < json_array_size(gaps) && i < 400; i++) {
        int64_t from = model_time(json_array_get(gaps, i), "from"), to = model_time(json_array_get(gaps, i), "to");
        if (from != TIME_NONE && to != TIME_NONE && traced_is_of(json_array_get(gaps, i), row->of)) {
            long x = svg_scale_at(&coverage->scale, from / NS_PER_S),
                 x2 = svg_scale_at(&coverage->scale, to / NS_PER_S);
            svg_rect(out, "bgf", x, coverage->y, x2 - x, BAR_H);
            svg_rect(out, "hole", x, coverage->y, x2 - x, BAR_H);
        }
    }
    PLAIN(page, &note, W_LINES_REJECTED, FILL_COUNT("n", model_count(row->log, "rejected")));
    svg_text_fit(&fitted, buf_str(&note), FIGURE_W - NOTE, false, true);
    svg_text(out, NOTE, coverage->y + PX(15), "t2 sm", ANCHOR_START, buf_str(&fitted));
    coverage->y += ROW;
}

static void put_share(struct page *page, struct coverage *coverage, const struct share_row *row)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf under = {0}, note = {0};
    bool is_seen = row->exam != NULL && row->of > 0;
    if (is_seen) {
        PLAIN(page, &under, W_N_OF_UNIT, FILL_COUNT("n", row->n), FILL_COUNT("of", row->of),
              FILL_TEXT("unit", str_of(say_template(row->unit))));
    } else {
        buf_puts(&under, say_template(W_UNIT_NOT_EXAMINED));
    }
    put_titles(page, coverage, row->exam, row->exhibit, buf_str(&under));
    svg_rect(out, "hole", LEFT, coverage->y, RIGHT - LEFT, BAR_H);
    if (is_seen) {
        double share = fmin((double)row->n / (double)row->of, 1);
        long wide = lround(share * (RIGHT - LEFT));
        if (row->n < row->of && wide > RIGHT - LEFT - 30) {
            wide = RIGHT - LEFT - 30; /* a hole stays to be seen, however small */
        }
        svg_rect(out, "bgf", LEFT, coverage->y, wide, BAR_H);
        svg_rect(out, "soft", LEFT, coverage->y, wide, BAR_H);
        PLAIN(page, &note, row->unit == W_UNIT_LOGINS ? W_NOT_OPENED : W_NOT_READ,
              FILL_COUNT("n", row->of > row->n ? row->of - row->n : 0));
        svg_text(out, NOTE, coverage->y + PX(15), "t2 sm", ANCHOR_START, buf_str(&note));
    }
    svg_rect(out, "ax", LEFT, coverage->y, RIGHT - LEFT, BAR_H);
    coverage->y += ROW;
}

static void put_share_axis(struct page *page, const struct coverage *coverage, long y)
{
    static const char *const marks[] = {"0 %", "25 %", "50 %", "75 %", "100 %"};
    (void)coverage;
    for (int i = 0; i <= 4; i++) {
        long x = LEFT + (RIGHT - LEFT) * i / 4;
        svg_line(&page->out, "ax", x, y, x, y + PX(4));
        svg_text(&page->out, x, y + PX(17), "t2 sm",
                 i == 0   ? ANCHOR_START
                 : i == 4 ? ANCHOR_END
                          : ANCHOR_MIDDLE,
                 str_of(marks[i]));
    }
}

static void put_legend(struct page *page, long y)
{
    long x = LEFT;
    struct str seen = str_of(say_template(W_KEY_SEEN)), hole = str_of(say_template(W_KEY_HOLE));
    svg_rect(&page->out, "soft", x, y - PX(10), PX(14), PX(12));
    svg_text(&page->out, x + PX(20), y, NULL, ANCHOR_START, seen);
    x += PX(40) + svg_text_width(seen, false, false);
    svg_rect(&page->out, "hole", x, y - PX(10), PX(14), PX(12));
    svg_rect(&page->out, "ax", x, y - PX(10), PX(14), PX(12));
    svg_text(&page->out, x + PX(20), y, NULL, ANCHOR_START, hole);
}

/* Times of a record may be any: three centuries are the most that nanoseconds hold. */
static int64_t length_ns(const struct log_row *row)
{
    int64_t all;
    if (row->last <= row->first) {
        return 0;
    }
    return __builtin_sub_overflow(row->last, row->first, &all) ? INT64_MAX : all;
}

static int64_t holes_ns(const struct log_row *row)
{
    int64_t holes;
    return __builtin_mul_overflow(gap_seconds(row), NS_PER_S, &holes) ? INT64_MAX : holes;
}

static void describe(struct page *page, const struct coverage *coverage, struct buf *desc)
{
    PLAIN(page, desc, W_COVERAGE_DESC, FILL_COUNT("logs", coverage->log_count),
          FILL_COUNT("others", coverage->share_count));
    for (size_t i = 0; i < coverage->log_count; i++) {
        const struct log_row *row = &coverage->logs[i];
        int64_t all = length_ns(row), holes = holes_ns(row);
        PLAIN(page, desc, W_COVERAGE_DESC_LOG, FILL_TEXT("log", str_of(say_template(traced_word(row->of)))),
              FILL_SPAN("seen", all > holes ? all - holes : 0), FILL_SPAN("of", all),
              FILL_COUNT("n", model_count(row->log, "rejected")));
    }
    for (size_t i = 0; i < coverage->share_count; i++) {
        const struct share_row *row = &coverage->shares[i];
        PLAIN(page, desc, W_COVERAGE_DESC_ROW, FILL_TEXT("exhibit", row->exhibit), FILL_COUNT("n", row->n),
              FILL_COUNT("of", row->of), FILL_TEXT("unit", str_of(say_template(row->unit))));
    }
}

static void draw(struct page *page, struct coverage *coverage)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf desc = {0}, note = {0};
    char id[16];
    long logs_h = coverage->log_count > 0 ? (long)coverage->log_count * ROW + PX(46) : 0;
    long shares_h = coverage->share_count > 0 ? (long)coverage->share_count * ROW + PX(26) : 0;
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, coverage, &desc);
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = PX(4) + logs_h + shares_h + PX(24),
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_COVERAGE_TITLE)),
                                     .desc = buf_str(&desc)});
    coverage->y = PX(4);
    for (size_t i = 0; i < coverage->log_count; i++) {
        put_log(page, coverage, &coverage->logs[i]);
    }
    if (coverage->log_count > 0) {
        long bottom = coverage->y - (ROW - BAR_H);
        axis_draw(out, &coverage->scale, bottom, bottom, bottom + PX(18));
        axis_note(&note, &coverage->scale);
        svg_text(out, LEFT, bottom + PX(33), "t2 sm", ANCHOR_START, buf_str(&note));
        coverage->y = PX(4) + logs_h;
    }
    for (size_t i = 0; i < coverage->share_count; i++) {
        put_share(page, coverage, &coverage->shares[i]);
    }
    if (coverage->share_count > 0) {
        put_share_axis(page, coverage, coverage->y - (ROW - BAR_H));
        coverage->y += PX(10);
    }
    put_legend(page, PX(4) + logs_h + shares_h + PX(14));
    svg_close(out);
}

bool figure_coverage(struct page *page)
{
    struct coverage coverage = {.log_count = 0};
    collect(page->model, &coverage);
    if (coverage.log_count + coverage.share_count == 0) {
        return false;
    }
    figure_open(page, W_COVERAGE_TITLE);
    draw(page, &coverage);
    figure_caption(page);
    put_lit(&page->out, "<p>");
    word(page, W_COVERAGE_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_COVERAGE_OUT_OF, FILL_COUNT("exhibits", json_array_size(page->model->evidence)),
        FILL_COUNT("exams", json_array_size(page->model->exams)));
    if (coverage.left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", coverage.left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_COVERAGE_NOT);
    put_lit(&page->out, "</p>");
    figure_close(page);
    return true;
}
