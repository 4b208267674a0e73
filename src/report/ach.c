/* Figure: stories across, items down, for the claim whose items tell most stories apart. A view beside the verdict: it counts, and
 * the ratio weighs. */
#include <stdio.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { STORIES_MAX = 16, ROWS_MAX = 24, LEFT = 2600, FIGURE_W = 8200, CELL_W_MAX = 520, CELL_H = 260, TOP = 1500 };

struct view {
    const json_t *claim, *verdict, *stories, *rows;
    size_t order[STORIES_MAX]; /* the stories in which the claim holds come first */
    size_t story_count, with, row_count, left_out;
    long cell_w;
};

static bool has_claim(const json_t *story)
{
    return json_is_true(json_object_get(story, "claim"));
}

/* The claim with the most items that tell stories apart; false: there is none. */
static bool choose(struct page *page, struct view *view)
{
    uint64_t most = 0;
    for (size_t c = 0; c < json_array_size(page->model->claims); c++) {
        const json_t *ach = model_object(page->model->verdicts[c], "ach");
        if (model_count(ach, "diagnostic") > most && json_array_size(model_array(ach, "stories")) <= STORIES_MAX) {
            most = model_count(ach, "diagnostic");
            view->claim = json_array_get(page->model->claims, c);
            view->verdict = page->model->verdicts[c];
        }
    }
    return most > 0;
}

static void lay_out(struct view *view)
{
    const json_t *ach = model_object(view->verdict, "ach");
    view->stories = model_array(ach, "stories");
    view->rows = model_array(ach, "rows");
    view->story_count = json_array_size(view->stories);
    view->row_count = json_array_size(view->rows);
    view->left_out = view->row_count > ROWS_MAX ? view->row_count - ROWS_MAX : 0;
    view->row_count -= view->left_out;
    size_t at = 0;
    for (int wanted = 1; wanted >= 0; wanted--) {
        for (size_t s = 0; s < view->story_count; s++) {
            if (has_claim(json_array_get(view->stories, s)) == (wanted == 1)) {
                view->order[at++] = s;
            }
        }
        view->with = wanted == 1 ? at : view->with;
    }
    view->cell_w = (FIGURE_W - LEFT) / (long)(view->story_count > 0 ? view->story_count : 1);
    view->cell_w = view->cell_w > CELL_W_MAX ? CELL_W_MAX : view->cell_w - view->cell_w % 10;
}

static long column_x(const struct view *view, size_t column)
{
    return LEFT + (long)column * view->cell_w;
}

/* "entered_used" -> "entered used", upright over its column. */
static void put_story(struct page *page, const struct view *view, size_t column)
{
    struct str id = model_text(json_array_get(view->stories, view->order[column]), "id");
    OWN(own_buf) struct buf name = {0}, fitted = {0};
    for (size_t i = 0; i < id.len; i++) {
        buf_putc(&name, id.data[i] == '_' ? ' ' : id.data[i]);
    }
    svg_text_fit(&fitted, buf_str(&name), TOP - PX(30), false, false);
    svg_text(&page->out, column_x(view, column) + view->cell_w / 2 + PX(4), TOP - PX(8), NULL, ANCHOR_UP,
             buf_str(&fitted));
}

static void put_cell(struct page *page, const struct view *view, size_t row, size_t column)
{
    struct str cells = model_text(json_array_get(view->rows, row), "cells");
    const size_t story = view->order[column];
    const char cell = story < cells.len ? cells.data[story] : 'N';
    const long x = column_x(view, column), y = TOP + (long)row * CELL_H;
    const char *class_name = cell == 'I' ? "cr" : cell == 'C' ? "cg pale" : "dots";
    struct str sign = cell == 'I' ? STR("−") : cell == 'C' ? STR("+") : STR("·");
    svg_rect(&page->out, "bgf", x + 10, y + 10, view->cell_w - 20, CELL_H - 20);
    svg_rect(&page->out, class_name, x + 10, y + 10, view->cell_w - 20, CELL_H - 20);
    svg_text(&page->out, x + view->cell_w / 2, y + PX(18), cell == 'I' ? "b inv" : "b", ANCHOR_MIDDLE, sign);
}

static void put_row(struct page *page, const struct view *view, size_t row)
{
    const json_t *item = json_array_get(view->rows, row);
    OWN(own_buf) struct buf label = {0}, fitted = {0};
    buf_put(&label, model_text(item, "examination"));
    buf_putc(&label, ' ');
    buf_put(&label, model_text(item, "rate"));
    svg_text_fit(&fitted, buf_str(&label), LEFT - PX(20), false, false);
    svg_text(&page->out, LEFT - PX(10), TOP + (long)row * CELL_H + PX(18), NULL, ANCHOR_END, buf_str(&fitted));
    for (size_t column = 0; column < view->story_count; column++) {
        put_cell(page, view, row, column);
    }
}

/* How many items contradict each story, the fewest in bold. */
static void put_counts(struct page *page, const struct view *view)
{
    const long y = TOP + (long)view->row_count * CELL_H + PX(20);
    svg_text(&page->out, LEFT - PX(10), y, "b", ANCHOR_END, str_of(say_template(W_ACH_COUNT)));
    for (size_t column = 0; column < view->story_count; column++) {
        const json_t *story = json_array_get(view->stories, view->order[column]);
        OWN(own_buf) struct buf number = {0};
        number_count(&number, model_count(story, "inconsistent"));
        svg_text(&page->out, column_x(view, column) + view->cell_w / 2, y,
                 json_is_true(json_object_get(story, "least")) ? "b" : "t2", ANCHOR_MIDDLE, buf_str(&number));
    }
}

/* Which columns are stories with the claim and which are not. */
static void put_sides(struct page *page, const struct view *view)
{
    static const enum word words[] = {W_ACH_SO, W_ACH_NOT_SO};
    const size_t from[] = {0, view->with}, to[] = {view->with, view->story_count};
    for (size_t side = 0; side < 2; side++) {
        const long x = column_x(view, from[side]), wide = (long)(to[side] - from[side]) * view->cell_w - PX(6);
        OWN(own_buf) struct buf fitted = {0};
        if (to[side] > from[side]) {
            svg_text_fit(&fitted, str_of(say_template(words[side])), wide, true, false);
            svg_text(&page->out, x, PX(13), "b", ANCHOR_START, buf_str(&fitted));
            svg_line(&page->out, "iks", x, PX(18), x + wide, PX(18));
        }
    }
}

static void draw(struct page *page, const struct view *view, struct str title)
{
    OWN(own_buf) struct buf desc = {0};
    char id[16];
    snprintf(id, sizeof id, "f%u", page->figures);
    PLAIN(page, &desc, W_ACH_DESC, FILL_COUNT("rows", view->row_count), FILL_COUNT("stories", view->story_count));
    for (size_t s = 0; s < view->story_count; s++) {
        const json_t *story = json_array_get(view->stories, view->order[s]);
        PLAIN(page, &desc, W_ACH_DESC_STORY, FILL_TEXT("story", model_text(story, "id")),
              FILL_COUNT("n", model_count(story, "inconsistent")));
    }
    svg_open(&page->out, &(struct svg_head){.w = FIGURE_W,
                                            .h = TOP + (long)view->row_count * CELL_H + PX(30),
                                            .class_name = "wide",
                                            .id = id,
                                            .title = title,
                                            .desc = buf_str(&desc)});
    put_sides(page, view);
    for (size_t column = 0; column < view->story_count; column++) {
        put_story(page, view, column);
    }
    for (size_t row = 0; row < view->row_count; row++) {
        put_row(page, view, row);
    }
    put_counts(page, view);
    svg_close(&page->out);
}

static void caption(struct page *page, const struct view *view)
{
    const json_t *ach = model_object(view->verdict, "ach");
    put_lit(&page->out, "<p>");
    word(page, W_ACH_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_ACH_SAYS, FILL_TEXT("says", model_text(ach, "says")),
        FILL_TEXT("direction", model_text(view->verdict, "direction")));
    if (!json_is_true(json_object_get(ach, "agrees"))) {
        word(page, W_ACH_DIFFERS);
    }
    put_lit(&page->out, "</p><p>");
    PUT(page, W_ACH_OUT_OF, FILL_COUNT("rows", view->row_count), FILL_COUNT("telling", model_count(ach, "diagnostic")));
    if (view->left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", view->left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_ACH_NOT);
    put_lit(&page->out, "</p>");
}

bool figure_ach(struct page *page)
{
    struct view view = {0};
    OWN(own_buf) struct buf title = {0};
    if (!choose(page, &view)) {
        return false;
    }
    lay_out(&view);
    PLAIN(page, &title, W_ACH_TITLE, FILL_TEXT("claim", model_text(view.claim, "id")));
    figure_titled(page, buf_str(&title));
    draw(page, &view, buf_str(&title));
    figure_caption(page);
    caption(page, &view);
    figure_close(page);
    return true;
}
