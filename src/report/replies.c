/* Right of reply: who was asked about what, when and through what, until when, and what came back. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { REFS_MAX = 12, ROWS_MAX = 400 };

void put_when(struct page *page, struct str text)
{
    int64_t instant = time_parse(text);
    if (instant == TIME_NONE) {
        word(page, W_NOT_SAID);
        return;
    }
    number_day(&page->out, instant, true);
    if (text.len > 10) { /* a bare date says that the hour is not known */
        put_lit(&page->out, " ");
        number_clock(&page->out, instant, false);
    }
}

/* Claims have no place of their own on the page, statements have. */
static void put_about(struct page *page, const json_t *about)
{
    for (size_t i = 0; i < json_array_size(about) && i < REFS_MAX; i++) {
        put_either(&page->out, i > 0, " ", "");
        struct str id = model_text_at(about, i);
        if (model_find(page->model->statements, id) != NULL) {
            put_ref(page, id);
        } else {
            put_html(&page->out, id);
        }
    }
}

static void put_outcome(struct page *page, const json_t *reply)
{
    const json_t *answered = json_object_get(reply, "answered");
    if (json_is_false(answered)) {
        word(page, W_REPLY_NONE);
        return;
    }
    if (!json_is_object(answered)) {
        word(page, W_REPLY_OPEN);
        return;
    }
    put_when(page, model_text(answered, "at"));
    put_lit(&page->out, ": ");
    put_html(&page->out, model_text(answered, "text"));
    if (model_text(answered, "statement").len > 0) {
        put_lit(&page->out, " ");
        put_ref(page, model_text(answered, "statement"));
    }
}

static void put_row(struct page *page, const json_t *reply)
{
    struct str by = model_text(reply, "asked_by"), until = model_text(reply, "until");
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    put_html(&page->out, model_text(reply, "id"));
    put_lit(&page->out, "</b></th><td>");
    put_html(&page->out, model_party(page->model, model_text(reply, "party")));
    if (by.len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        PUT(page, W_REPLY_BY, FILL_PARTY("who", model_party(page->model, by)));
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</td><td>");
    put_about(page, model_array(reply, "about"));
    put_lit(&page->out, "</td><td>");
    put_when(page, model_text(reply, "asked"));
    put_lit(&page->out, "<span class=\"tag\">");
    put_html(&page->out, model_text(reply, "channel"));
    put_lit(&page->out, "</span></td><td>");
    if (until.len > 0) {
        put_when(page, until);
    } else {
        put_lit(&page->out, "–");
    }
    put_lit(&page->out, "</td><td>");
    put_outcome(page, reply);
    put_lit(&page->out, "</td></tr>\n");
}

void put_replies(struct page *page)
{
    static const enum word heads[] = {W_EXAM, W_REPLY_ASKED, W_REPLY_ABOUT, W_REPLY_WHEN, W_REPLY_UNTIL, W_REPLY_CAME};
    const json_t *replies = model_array(page->model->root, "replies");
    if (page->model->said_count == 0) {
        return;
    }
    heading(page, W_H_REPLIES);
    if (json_array_size(replies) == 0) {
        put_lit(&page->out, "<p>");
        word(page, W_NO_REPLIES);
        put_lit(&page->out, "</p>");
        return;
    }
    table_open(page, str_of(say_template(W_H_REPLIES)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < json_array_size(replies) && i < ROWS_MAX; i++) {
        put_row(page, json_array_get(replies, i));
    }
    table_close(page);
    if (json_array_size(replies) > ROWS_MAX) {
        put_lit(&page->out, "<p>");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", json_array_size(replies) - ROWS_MAX));
        put_lit(&page->out, "</p>");
    }
}
