/* What would settle the claims that are open: what is missing, who holds it, until when, and what it could do. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { SETTLE_PER_CLAIM = 6 };

static struct str first_text(const json_t *object, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str text = model_text(object, keys[i]);
        if (text.len > 0) {
            return text;
        }
    }
    return (struct str){"", 0};
}
#define FIRST_TEXT(object, ...)                              \
    first_text((object), (const char *const[]){__VA_ARGS__}, \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void put_could(struct page *page, const json_t *item)
{
    struct str could = FIRST_TEXT(item, "could", "effect");
    if (could.len > 0) {
        put_html(&page->out, could);
    } else if (model_has_number(item, "settles_if_true") && model_has_number(item, "settles_if_false")) {
        PUT(page, W_COULD_SETTLE, FILL_PERCENT("so", number_of(item, "settles_if_true")),
            FILL_PERCENT("not", number_of(item, "settles_if_false")));
    } else {
        word(page, W_COULD_UNKNOWN);
    }
    if (model_has_number(item, "if_found") && model_has_number(item, "if_nothing")) {
        PUT(page, W_COULD_MOVE, FILL_RATIO("found", number_of(item, "if_found")),
            FILL_RATIO("nothing", number_of(item, "if_nothing")));
    }
}

static void put_item(struct page *page, const json_t *claim, const json_t *item)
{
    struct str what = json_is_string(item) ? (struct str){json_string_value(item), json_string_length(item)}
                                           : FIRST_TEXT(item, "what", "text", "says", "source");
    struct str holder = model_party(page->model, FIRST_TEXT(item, "holder", "keeper", "who", "party"));
    int64_t until = model_time(item, "until");
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"nw\"><b>");
    put_html(&page->out, model_text(claim, "id"));
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(claim, "kind"));
    put_lit(&page->out, "</b></th><td>");
    put_html(&page->out, what);
    put_lit(&page->out, "</td><td");
    card_label(page, W_HELD_BY);
    put_lit(&page->out, ">");
    if (holder.len > 0) {
        put_html(&page->out, holder);
    } else {
        word(page, W_NOT_SAID);
    }
    put_lit(&page->out, "</td><td class=\"nw\"");
    card_label(page, W_GONE_AFTER);
    put_lit(&page->out, ">");
    if (until != TIME_NONE) {
        number_day(&page->out, until, true);
    } else {
        word(page, W_NOT_SAID);
    }
    put_lit(&page->out, "</td><td");
    card_label(page, W_COULD);
    put_lit(&page->out, ">");
    put_could(page, item);
    put_lit(&page->out, "</td></tr>\n");
}

static size_t count_items(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        count += json_array_size(model_array(model->verdicts[i], "settle"));
    }
    return count;
}

void section_settle(struct page *page)
{
    const struct model *model = page->model;
    section_open(page, "settle", W_H_SETTLE);
    if (count_items(model) == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, model->exams_done == 0 ? W_SETTLE_NOTHING_EXAMINED : W_SETTLE_NOTHING);
        put_lit(&page->out, "</p>");
        section_close(page);
        return;
    }
    put_lit(&page->out, "<table class=\"cards set\"><thead><tr>");
    head_cell(page, W_OPEN_CLAIM, NULL);
    head_cell(page, W_MISSING, NULL);
    head_cell(page, W_WHO_HOLDS, NULL);
    head_cell(page, W_GONE_AFTER, NULL);
    head_cell(page, W_WHAT_IT_COULD, NULL);
    put_lit(&page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        const json_t *items = model_array(model->verdicts[i], "settle");
        for (size_t s = 0; s < json_array_size(items) && s < SETTLE_PER_CLAIM; s++) {
            put_item(page, json_array_get(model->claims, i), json_array_get(items, s));
        }
    }
    put_lit(&page->out, "</tbody></table>");
    section_close(page);
}
