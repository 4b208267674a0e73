/* Claim by claim: on how many independent roots it stands, who only repeats it, what was taken back, and circles. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { REFS_MAX = 8, ROWS_MAX = 200, SENTENCES_MAX = 20 };

/* "2 (1 not taken back): S1 S4", and below it who repeats it. */
static void put_side(struct page *page, const json_t *side)
{
    const json_t *roots = model_array(side, "roots"), *repeats = model_array(side, "repeats");
    uint64_t independent = model_count(side, "independent"), standing = model_count(side, "standing");
    if (json_array_size(roots) + json_array_size(repeats) == 0) {
        put_lit(&page->out, "–");
        return;
    }
    put_lit(&page->out, "<b>");
    number_count(&page->out, independent);
    put_lit(&page->out, "</b> ");
    if (standing < independent) {
        PUT(page, W_ROOTS_STANDING, FILL_COUNT("n", standing));
    }
    put_refs(page, roots, REFS_MAX);
    if (json_array_size(repeats) > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        word(page, W_ROOTS_REPEATED);
        put_refs(page, repeats, REFS_MAX);
        put_lit(&page->out, "</span>");
    }
}

static void put_ids(struct page *page, const json_t *ids)
{
    if (json_array_size(ids) == 0) {
        put_lit(&page->out, "–");
    } else {
        put_refs(page, ids, REFS_MAX);
    }
}

static void put_row(struct page *page, const json_t *told)
{
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_html(&page->out, model_text(told, "claim"));
    put_lit(&page->out, "</th><td>");
    put_side(page, model_object(told, "up"));
    put_lit(&page->out, "</td><td>");
    put_side(page, model_object(told, "down"));
    put_lit(&page->out, "</td><td>");
    put_ids(page, model_array(told, "unsourced"));
    put_lit(&page->out, "</td><td>");
    put_ids(page, model_array(told, "unknown"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_retractions(struct page *page, const json_t *retracted)
{
    for (size_t i = 0; i < json_array_size(retracted) && i < SENTENCES_MAX; i++) {
        const json_t *row = json_array_get(retracted, i), *weakens = model_array(row, "weakens");
        put_lit(&page->out, "<p>");
        put_ref(page, model_text(row, "statement"));
        word(page, W_TAKEN_BACK);
        put_ref(page, model_text(row, "by"));
        if (json_array_size(weakens) > 0) {
            word(page, W_TAKEN_BACK_WEAKENS);
            put_refs(page, weakens, REFS_MAX);
        }
        put_lit(&page->out, ".</p>");
    }
}

static void put_circles(struct page *page, const json_t *circles, const json_t *echoes)
{
    for (size_t i = 0; i < json_array_size(circles) && i < SENTENCES_MAX; i++) {
        put_lit(&page->out, "<p>");
        word(page, W_CIRCLE);
        put_refs(page, json_array_get(circles, i), REFS_MAX);
        put_lit(&page->out, ".</p>");
    }
    for (size_t i = 0; i < json_array_size(echoes) && i < SENTENCES_MAX; i++) {
        const json_t *row = json_array_get(echoes, i);
        put_lit(&page->out, "<p>");
        put_ref(page, model_text(row, "statement"));
        word(page, W_ECHO);
        put_ref(page, model_text(row, "of"));
        put_lit(&page->out, ".</p>");
    }
}

static bool is_told(const json_t *told)
{
    static const char *const sides[] = {"up", "down"};
    size_t said = json_array_size(model_array(told, "unsourced")) + json_array_size(model_array(told, "unknown"));
    for (size_t i = 0; i < 2; i++) {
        const json_t *side = model_object(told, sides[i]);
        said += json_array_size(model_array(side, "roots")) + json_array_size(model_array(side, "repeats"));
    }
    return said > 0;
}

void put_roots(struct page *page)
{
    static const enum word heads[] = {W_CLAIM, W_ROOTS_UP, W_ROOTS_DOWN, W_ROOTS_UNSOURCED, W_ROOTS_UNKNOWN};
    const json_t *roots = page->model->roots, *claims = model_array(roots, "claims");
    size_t told = 0;
    for (size_t i = 0; i < json_array_size(claims); i++) {
        told += is_told(json_array_get(claims, i));
    }
    if (told == 0) {
        return;
    }
    heading(page, W_H_ROOTS);
    table_open(page, str_of(say_template(W_H_ROOTS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0, rows = 0; i < json_array_size(claims) && rows < ROWS_MAX; i++) {
        const json_t *row = json_array_get(claims, i);
        if (is_told(row)) {
            put_row(page, row);
            rows++;
        }
    }
    table_close(page);
    if (told > ROWS_MAX) {
        put_lit(&page->out, "<p>");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", told - ROWS_MAX));
        put_lit(&page->out, "</p>");
    }
    put_retractions(page, model_array(roots, "retracted"));
    put_circles(page, model_array(roots, "circles"), model_array(roots, "echoes"));
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_ROOTS_NOTE);
    put_lit(&page->out, "</p>");
}
