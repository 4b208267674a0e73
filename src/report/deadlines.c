/* What is due: every notice, question and reporting duty, when its clock started, when it runs out, and what came of it. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { CLOCK_W = 2000, ROWS_MAX = 400, DAY_TEXT = 10 };

static bool is_state(const json_t *row, const char *state)
{
    return str_eq(model_text(row, "state"), str_of(state));
}

static void put_clock(struct page *page, int64_t from, int64_t due)
{
    struct buf *out = &page->out;
    double part = due > from ? ((double)page->model->now - (double)from) / ((double)due - (double)from) : 1;
    long done = (long)((part < 0 ? 0 : part > 1 ? 1 : part) * CLOCK_W + 0.5);
    struct path now[] = {{'M', {done, 0}}, {'V', {PX(12)}}};
    svg_open(out, &(struct svg_head){.w = CLOCK_W, .h = PX(12), .class_name = "clock"});
    svg_rect(out, "wu", 0, PX(2), CLOCK_W, PX(8));
    svg_rect(out, "cu", 0, PX(2), done, PX(8));
    svg_path(out, "ik", PX(2), now, 2);
    svg_close(out);
}

/* ---- the last column ---- */

static void put_answer(struct page *page, const json_t *row)
{
    put_lit(&page->out, "<span class=\"tag\">");
    if (is_state(row, "answered") || is_state(row, "late")) {
        if (model_text(row, "answer").len > 0) {
            word(page, is_state(row, "late") ? W_ANSWERED_LATE_IN : W_ANSWERED_IN);
            put_ref(page, model_text(row, "answer"));
        } else {
            word(page, is_state(row, "late") ? W_ANSWERED_LATE : W_ANSWERED);
        }
    } else {
        word(page, is_state(row, "unanswered") ? W_REPLY_NONE : W_NO_ANSWER);
    }
    put_lit(&page->out, "</span>");
}

static void put_left(struct page *page, const json_t *row)
{
    static const struct {
        const char *state;
        enum word word;
    } others[] = {{"open", W_CLOCK_OPEN},
                  {"no-start", W_CLOCK_NO_START},
                  {"no-longer-in-force", W_CLOCK_ENDED},
                  {"no-zone", W_CLOCK_NO_ZONE}};
    int64_t over = model_time(row, "over"), left = over - (over != TIME_NONE ? page->model->now : 0);
    if (is_state(row, "not-in-force")) {
        PUT(page, W_CLOCK_NOT_YET, FILL_DAY("from", model_time(row, "valid_from")));
        return;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (is_state(row, others[i].state)) {
            word(page, others[i].word);
            return;
        }
    }
    if (over == TIME_NONE) {
        put_answer(page, row);
        return;
    }
    if (left > 0) {
        put_lit(&page->out, "<b>");
        number_duration(&page->out, left);
        put_lit(&page->out, "</b>");
    } else if (is_state(row, "overdue")) {
        put_lit(&page->out, "<b class=\"v-ref\">");
        word(page, W_PASSED);
        put_lit(&page->out, "</b>");
        PUT(page, W_AGO, FILL_SPAN("span", -left));
    }
    put_answer(page, row);
}

/* ---- the first column ---- */

static void put_what(struct page *page, const json_t *row)
{
    struct str kind = model_text(row, "kind"), by = model_party(page->model, model_text(row, "by"));
    if (str_eq(kind, STR("notice"))) {
        PUT(page, W_NOTICE_BY, FILL_PARTY("who", by));
        put_ref(page, model_text(row, "id"));
        if (model_text(row, "served").len == 0) {
            put_lit(&page->out, "<span class=\"tag\">");
            word(page, W_NOT_SERVED);
            put_lit(&page->out, "</span>");
        }
    } else if (str_eq(kind, STR("reply"))) {
        word(page, W_CLOCK_REPLY);
        put_html(&page->out, model_text(row, "id"));
    } else {
        put_html(&page->out, model_text(row, "what"));
        put_lit(&page->out, "<span class=\"tag\">");
        put_html(&page->out, model_text(model_object(row, "source"), "text"));
        put_lit(&page->out, "</span>");
        bool is_own = str_eq(model_text(row, "by"), model_text(row, "party"));
        if (!is_own && by.len > 0) {
            put_lit(&page->out, "<span class=\"tag\">");
            PUT(page, W_CLOCK_VIEW, FILL_PARTY("who", by));
            put_lit(&page->out, "</span>");
        }
    }
    if (model_text(row, "counted").len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        put_html(&page->out, model_text(row, "counted"));
        put_lit(&page->out, "</span>");
    }
}

/* An instant, or the day alone where that is all anybody knows; of a due day, where it is counted. */
static void put_moment(struct page *page, struct str text, struct str zone)
{
    int64_t instant = time_parse(text);
    if (instant == TIME_NONE) {
        word(page, W_NOT_SAID);
    } else if (text.len == DAY_TEXT) {
        number_day(&page->out, instant, true);
        if (zone.len > 0) {
            put_lit(&page->out, "<span class=\"tag\">");
            put_html(&page->out, zone);
            put_lit(&page->out, "</span>");
        }
    } else {
        number_instant(&page->out, instant);
    }
}

static void put_row(struct page *page, const json_t *row)
{
    int64_t from = model_time(row, "from"), over = model_time(row, "over");
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_what(page, row);
    put_lit(&page->out, "</th><td");
    card_label(page, W_WHO);
    put_lit(&page->out, ">");
    put_html(&page->out, model_party(page->model, model_text(row, "party")));
    put_lit(&page->out, "</td><td class=\"nw\"");
    card_label(page, W_FROM);
    put_lit(&page->out, ">");
    if (is_state(row, "no-start")) {
        put_lit(&page->out, "–");
    } else {
        put_moment(page, model_text(row, "from"), STR(""));
    }
    put_lit(&page->out, "</td><td class=\"nw\"");
    card_label(page, W_DUE);
    put_lit(&page->out, ">");
    if (str_eq(model_text(row, "kind"), STR("notice")) || model_text(row, "due").len > 0) {
        put_moment(page, model_text(row, "due"), model_text(row, "zone"));
    } else {
        put_lit(&page->out, "–");
    }
    put_lit(&page->out, "</td><td>");
    if (over != TIME_NONE) {
        put_clock(page, from == TIME_NONE ? over : from, over);
    }
    put_lit(&page->out, "</td><td");
    card_label(page, W_LEFT);
    put_lit(&page->out, ">");
    put_left(page, row);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_rows(struct page *page, const json_t *rows)
{
    static const enum word heads[] = {W_WHAT, W_WHO_MUST, W_CLOCK_STARTS, W_DUE, W_RUN_DOWN, W_LEFT};
    put_lit(&page->out, "<table class=\"keep cards\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        head_cell(page, heads[i], heads[i] == W_RUN_DOWN ? "cv2" : NULL);
    }
    put_lit(&page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(rows) && i < ROWS_MAX; i++) {
        put_row(page, json_array_get(rows, i));
    }
    put_lit(&page->out, "</tbody></table>");
}

/* Duties that the page could not look up, for want of the table or of a row, are told: no row is no answer. */
static void put_notes(struct page *page, size_t rows)
{
    const struct model *model = page->model;
    const json_t *unknown = model_array(model->clocks, "unknown_duties");
    bool has_table = model_object(model->root, "duties") != NULL, has_duties = false;
    for (size_t i = 0; i < json_array_size(model->parties); i++) {
        has_duties = has_duties || json_array_size(model_array(json_array_get(model->parties, i), "duties")) > 0;
    }
    put_lit(&page->out, "<p class=\"side\">");
    word(page, has_duties && has_table ? W_DUTIES_NOTE : W_DEADLINES_NOTE);
    if (has_duties && !has_table) {
        word(page, W_NO_TABLE);
    }
    if (json_array_size(unknown) > 0) {
        PUT(page, W_UNKNOWN_DUTIES, FILL_COUNT("n", json_array_size(unknown)));
    }
    if (rows > ROWS_MAX) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", rows - ROWS_MAX));
    }
    put_lit(&page->out, "</p>");
}

void section_deadlines(struct page *page)
{
    const struct model *model = page->model;
    const json_t *rows = model_array(model->clocks, "rows");
    put_lit(&page->out, "<section id=\"deadlines\"><h2>");
    PUT(page, W_H_DEADLINES, FILL_INSTANT("now", model->now));
    put_lit(&page->out, "</h2>\n");
    if (json_array_size(rows) == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_NO_NOTICE);
        put_lit(&page->out, "</p>");
        put_notes(page, 0);
        section_close(page);
        return;
    }
    put_rows(page, rows);
    put_notes(page, json_array_size(rows));
    section_close(page);
}
