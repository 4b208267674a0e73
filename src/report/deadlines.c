/* What is due: every notice, when its clock started, when it runs out, and whether it was answered. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { CLOCK_W = 2000 };

/* The first reply, retraction or denial by the party the notice went to, after it. */
static const json_t *answer_to(const struct model *model, const json_t *statement)
{
    struct str to = model_text(model_object(statement, "notice"), "to");
    for (size_t i = 0; i < model->said_count; i++) {
        const json_t *other = model->said[i];
        struct str act = model_text(other, "act");
        bool is_answer = str_eq(act, STR("replies")) || str_eq(act, STR("retracts"));
        if (is_answer && to.len > 0 && str_eq(model_text(other, "party"), to) &&
            model_time(other, "said") >= model_time(statement, "said")) {
            return other;
        }
    }
    return NULL;
}

static void put_clock(struct page *page, int64_t from, int64_t due)
{
    struct buf *out = &page->out;
    double part = due > from ? (double)(page->model->now - from) / (double)(due - from) : 1;
    long done = (long)((part < 0 ? 0 : part > 1 ? 1 : part) * CLOCK_W + 0.5);
    struct path now[] = {{'M', {done, 0}}, {'V', {PX(12)}}};
    svg_open(out, &(struct svg_head){.w = CLOCK_W, .h = PX(12), .class_name = "clock"});
    svg_rect(out, "wu", 0, PX(2), CLOCK_W, PX(8));
    svg_rect(out, "cu", 0, PX(2), done, PX(8));
    svg_path(out, "ik", PX(2), now, 2);
    svg_close(out);
}

static void put_left(struct page *page, int64_t due, const json_t *answer)
{
    int64_t left = due - page->model->now;
    if (left >= 0) {
        put_lit(&page->out, "<b>");
        number_duration(&page->out, left);
        put_lit(&page->out, "</b>");
    } else {
        put_lit(&page->out, "<b class=\"v-ref\">");
        word(page, W_PASSED);
        put_lit(&page->out, "</b>");
        PUT(page, W_AGO, FILL_SPAN("span", -left));
    }
    put_lit(&page->out, "<span class=\"tag\">");
    if (answer != NULL) {
        word(page, W_ANSWERED_IN);
        put_ref(page, model_text(answer, "id"));
    } else {
        word(page, W_NO_ANSWER);
    }
    put_lit(&page->out, "</span>");
}

static void put_row(struct page *page, const json_t *statement)
{
    const json_t *notice = model_object(statement, "notice");
    int64_t from = model_time(statement, "said"), due = model_time(notice, "due");
    put_lit(&page->out, "<tr><th scope=\"row\">");
    PUT(page, W_NOTICE_BY, FILL_PARTY("who", model_party(page->model, model_text(statement, "party"))));
    put_ref(page, model_text(statement, "id"));
    put_lit(&page->out, "</th><td");
    card_label(page, W_WHO);
    put_lit(&page->out, ">");
    put_html(&page->out, model_party(page->model, model_text(notice, "to")));
    put_lit(&page->out, "</td><td class=\"nw\"");
    card_label(page, W_FROM);
    put_lit(&page->out, ">");
    if (from != TIME_NONE) {
        number_instant(&page->out, from);
    } else {
        word(page, W_NOT_SAID);
    }
    put_lit(&page->out, "</td><td class=\"nw\"");
    card_label(page, W_DUE);
    put_lit(&page->out, ">");
    if (due == TIME_NONE) {
        word(page, W_NOT_SAID);
        put_lit(&page->out, "</td><td></td><td></td></tr>\n");
        return;
    }
    number_instant(&page->out, due);
    put_lit(&page->out, "</td><td>");
    put_clock(page, from == TIME_NONE ? due : from, due);
    put_lit(&page->out, "</td><td");
    card_label(page, W_LEFT);
    put_lit(&page->out, ">");
    put_left(page, due, answer_to(page->model, statement));
    put_lit(&page->out, "</td></tr>\n");
}

void section_deadlines(struct page *page)
{
    const struct model *model = page->model;
    static const enum word heads[] = {W_WHAT, W_WHO_MUST, W_CLOCK_STARTS, W_DUE, W_RUN_DOWN, W_LEFT};
    size_t notices = 0;
    for (size_t i = 0; i < model->said_count; i++) {
        notices += model_is_notice(model->said[i]);
    }
    put_lit(&page->out, "<section id=\"deadlines\"><h2>");
    PUT(page, W_H_DEADLINES, FILL_INSTANT("now", model->now));
    put_lit(&page->out, "</h2>\n");
    if (notices == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_NO_NOTICE);
        put_lit(&page->out, "</p>");
        section_close(page);
        return;
    }
    put_lit(&page->out, "<table class=\"keep cards\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        head_cell(page, heads[i], heads[i] == W_RUN_DOWN ? "cv2" : NULL);
    }
    put_lit(&page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < model->said_count; i++) {
        if (model_is_notice(model->said[i])) {
            put_row(page, model->said[i]);
        }
    }
    put_lit(&page->out, "</tbody></table><p class=\"side\">");
    word(page, W_DEADLINES_NOTE);
    put_lit(&page->out, "</p>");
    section_close(page);
}
