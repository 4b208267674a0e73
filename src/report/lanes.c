/* The lanes of the timeline for logs other than the web server's. */
#include "report/lanes.h"

#include <limits.h>

#include "base/str.h"
#include "report/events.h"

#include "base/banned.h"

enum { LANE_H = 380, MARKS_MAX = 400, GAPS_MAX = 400 };

static const enum log_of order[LANES_OTHER] = {LOG_OF_DATABASE, LOG_OF_ERRORS, LOG_OF_LOGINS};

static const json_t *exam_of(const struct model *model, enum log_of of)
{
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        const json_t *exam = json_array_get(model->exams, i);
        if (model_is_engine(exam, "trace") && traced_log(model_summary(exam), of) != NULL) {
            return exam;
        }
    }
    return NULL;
}

void lanes_find(const struct model *model, struct other_lanes *lanes)
{
    *lanes = (struct other_lanes){.count = 0};
    for (size_t i = 0; i < LANES_OTHER; i++) {
        struct other_lane lane = {.of = order[i], .exam = exam_of(model, order[i])};
        for (size_t e = 0; e < model->event_count; e++) {
            if (traced_lane(model->events[e].record) == lane.of) {
                lane.named = lane.events++ == 0 ? &model->events[e] : lane.named;
            }
        }
        if (lane.exam != NULL || lane.events > 0) {
            lanes->all[lanes->count++] = lane;
        }
    }
}

void lanes_span(const struct model *model, struct span *span)
{
    for (size_t i = 0; i < model->event_count; i++) {
        if (traced_lane(model->events[i].record) != LOGS_OF) {
            span_take(span, model->events[i].at);
        }
    }
}

long lanes_height(const struct other_lanes *lanes, long space)
{
    return (long)lanes->count * (LANE_H + space);
}

void lanes_grounds(struct page *page, const struct other_lanes *lanes, long left, long right, long y, long space)
{
    for (size_t i = 0; i < lanes->count; i++) {
        OWN(own_buf) struct buf under = {0};
        PLAIN(page, &under, W_LANE_MARKS, FILL_COUNT("n", lanes->all[i].events));
        svg_rect(&page->out, "wash", left, y, right - left, LANE_H);
        svg_text(&page->out, 0, y + PX(14), "b", ANCHOR_START, str_of(say_template(traced_word(lanes->all[i].of))));
        svg_text(&page->out, 0, y + PX(29), "t2", ANCHOR_START, buf_str(&under));
        y += LANE_H + space;
    }
}

/* ---- marks ---- */

static void label_of(struct page *page, struct buf *label, const json_t *record)
{
    struct str role = model_text(record, "role"), user = model_text(record, "user");
    if (str_eq(role, STR("database-dump"))) {
        PLAIN(page, label, W_LABEL_TAKEN, FILL_TEXT("account", model_text(record, "account")),
              FILL_TEXT("tables", model_text(record, "tables")));
        if (model_has_number(record, "rows")) {
            PLAIN(page, label, W_LABEL_TAKEN_ROWS, FILL_COUNT("n", model_count(record, "rows")));
        }
    } else if (str_eq(role, STR("ran"))) {
        PLAIN(page, label, W_LABEL_RAN, FILL_TEXT("path", model_text(record, "path")));
    } else if (traced_lane(record) == LOG_OF_ERRORS) {
        buf_puts(label, say_template(W_LABEL_ERROR));
    } else {
        PLAIN(page, label, W_LABEL_LOGIN, FILL_TEXT("user", user.len > 0 ? user : str_of(say_template(W_NOT_SAID))));
    }
}

/* The first record by name, where it has room: marks of the same lane may run through what is beside it. */
static void put_name(struct page *page, const struct other_lane *lane, const struct scale *scale, long y)
{
    struct event *event = lane->named;
    const json_t *record = event_record(page->model, event);
    long x = svg_scale_at(scale, event->at / NS_PER_S);
    bool to_left = x - scale->lo > scale->hi - x;
    OWN(own_buf) struct buf label = {0}, fitted = {0};
    number_clock(&label, event->at, true);
    buf_puts(&label, "  ");
    label_of(page, &label, record);
    buf_puts(&label, " · ");
    buf_put(&label, model_exhibit(page->model, event->exam, model_text(record, "source")));
    if (event->line > 0) {
        PLAIN(page, &label, W_LINE, FILL_COUNT("n", event->line));
    }
    svg_text_fit(&fitted, buf_str(&label), (to_left ? x - scale->lo : scale->hi - x) - PX(24), false, false);
    long wide = svg_text_width(buf_str(&fitted), false, false) + PX(8);
    svg_rect(&page->out, "wash", to_left ? x - PX(8) - wide : x + PX(8), y + LANE_H / 2 - PX(9), wide, PX(18));
    svg_text(&page->out, to_left ? x - PX(12) : x + PX(12), y + LANE_H / 2 + PX(4), NULL,
             to_left ? ANCHOR_END : ANCHOR_START, buf_str(&fitted));
    page->out.failed |= label.failed || fitted.failed;
}

static void put_marks(struct page *page, const struct other_lane *lane, const struct scale *scale, long y)
{
    const struct model *model = page->model;
    long last_x = LONG_MIN / 2;
    size_t drawn = 0;
    for (size_t i = 0; i < model->event_count && drawn < MARKS_MAX; i++) {
        long x = svg_scale_at(scale, model->events[i].at / NS_PER_S);
        if (traced_lane(model->events[i].record) == lane->of && x >= last_x + PX(2)) {
            svg_rect(&page->out, "bar", x - 10, y + PX(6), 20, LANE_H - PX(12));
            last_x = x;
            drawn++;
        }
    }
}

void lanes_holes(struct page *page, const json_t *summary, enum log_of of, const struct scale *scale, long y,
                 long height)
{
    const json_t *log = traced_log(summary, of), *gaps = model_array(summary, "gaps");
    int64_t first = model_time(log, "first"), last = model_time(log, "last");
    struct span holes[GAPS_MAX + 2];
    size_t count = 0;
    if (log == NULL || (first == TIME_NONE && last == TIME_NONE)) {
        holes[count++] = (struct span){scale->from, scale->to};
    }
    if (first != TIME_NONE) {
        holes[count++] = (struct span){scale->from, first / NS_PER_S};
    }
    if (last != TIME_NONE) {
        holes[count++] = (struct span){last / NS_PER_S, scale->to};
    }
    for (size_t i = 0; i < json_array_size(gaps) && count < GAPS_MAX + 2; i++) {
        const json_t *gap = json_array_get(gaps, i);
        int64_t from = model_time(gap, "from"), to = model_time(gap, "to");
        if (from != TIME_NONE && to != TIME_NONE && traced_is_of(gap, of)) {
            holes[count++] = (struct span){from / NS_PER_S, to / NS_PER_S};
        }
    }
    for (size_t i = 0; i < count; i++) {
        long left = svg_scale_at(scale, holes[i].from), right = svg_scale_at(scale, holes[i].to);
        if (right > left) {
            svg_rect(&page->out, "hole", left, y, right - left, height);
        }
    }
}

static void put_none(struct page *page, const struct scale *scale, long y, enum word said)
{
    struct str text = str_of(say_template(said));
    long width = svg_text_width(text, false, false) + PX(10);
    svg_rect(&page->out, "bgf", scale->lo + PX(10), y + LANE_H / 2 - PX(9), width, PX(18));
    svg_text(&page->out, scale->lo + PX(15), y + LANE_H / 2 + PX(4), "t2", ANCHOR_START, text);
}

void lanes_draw(struct page *page, const struct other_lanes *lanes, const struct scale *scale, long y, long space)
{
    for (size_t i = 0; i < lanes->count; i++) {
        const struct other_lane *lane = &lanes->all[i];
        put_marks(page, lane, scale, y);
        lanes_holes(page, model_summary(lane->exam), lane->of, scale, y, LANE_H);
        if (lane->named != NULL) {
            put_name(page, lane, scale, y);
        } else {
            put_none(page, scale, y, W_LANE_NO_RECORD);
        }
        y += LANE_H + space;
    }
}

void lanes_describe(struct page *page, const struct other_lanes *lanes, struct buf *desc)
{
    for (size_t i = 0; i < lanes->count; i++) {
        size_t gaps;
        (void)traced_silence(model_summary(lanes->all[i].exam), lanes->all[i].of, &gaps);
        PLAIN(page, desc, W_LANE_DESC, FILL_TEXT("log", str_of(say_template(traced_word(lanes->all[i].of)))),
              FILL_COUNT("n", lanes->all[i].events), FILL_COUNT("gaps", gaps));
        if (lanes->all[i].named != NULL) {
            buf_putc(desc, ' ');
            number_instant(desc, lanes->all[i].named->at);
            buf_puts(desc, ": ");
            label_of(page, desc, lanes->all[i].named->record);
            buf_putc(desc, '.');
        }
    }
}
