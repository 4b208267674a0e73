/* Tests for rows that a program made up, and a few rows of the sample to look up, masked. */
#include "base/str.h"
#include "report/sample.h"
#include "report/traced.h"

#include "base/banned.h"

enum { TESTS_MAX = 24, UNTESTED_MAX = 48, ROWS_MAX = 5, CELLS_MAX = 16 };

static void put_ratio_or_dash(struct page *page, const json_t *object, const char *key)
{
    if (model_has_number(object, key)) {
        number_ratio(&page->out, json_number_value(json_object_get(object, key)));
    } else {
        put_lit(&page->out, "–");
    }
}

static void put_test(struct page *page, const json_t *test)
{
    struct str with = model_text(test, "with"), manner = model_text(test, "manner");
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
    put_html(&page->out, model_text(test, "test"));
    if (manner.len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        put_html(&page->out, manner);
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</th><td class=\"ow\">");
    put_html(&page->out, model_text(test, "column"));
    if (with.len > 0) {
        PUT(page, W_SAMPLE_COLUMN_WITH, FILL_TEXT("name", with));
    }
    put_lit(&page->out, "</td><td class=\"nw\"><b>");
    put_ratio_or_dash(page, test, "counted");
    put_lit(&page->out, "</b></td><td class=\"nw\">");
    put_ratio_or_dash(page, test, "reference");
    put_lit(&page->out, "</td><td class=\"ow\">");
    put_html(&page->out, model_text(test, "why"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_made_words(struct page *page, const json_t *made)
{
    struct str says = model_text(made, "says");
    put_lit(&page->out, "<p class=\"side wide\">");
    if (model_has_number(made, "rows")) {
        uint64_t rows = model_count(made, "rows");
        bool is_counted = model_has_number(made, "rows_looked_at");
        PUT(page, W_SAMPLE_MADE_ROWS, FILL_COUNT("n", is_counted ? model_count(made, "rows_looked_at") : rows),
            FILL_COUNT("of", rows), FILL_RATIO("term", json_number_value(json_object_get(made, "term"))));
        put_lit(&page->out, " ");
    }
    if (says.len > 0) {
        OWN(own_buf) struct buf sentence = {0};
        bool is_lower = says.data[0] >= 'a' && says.data[0] <= 'z';
        buf_putc(&sentence, (char)(is_lower ? says.data[0] & ~0x20 : says.data[0]));
        buf_put(&sentence, str_slice(says, 1, says.len));
        put_html(&page->out, buf_str(&sentence));
        word(page, W_STOP);
    }
    put_lit(&page->out, "</p>\n");
}

void put_sample_made(struct page *page, const struct sample *sample)
{
    static const enum word heads[] = {W_SAMPLE_TEST, W_SAMPLE_COLUMN, W_SAMPLE_COUNTED, W_SAMPLE_IN_DATABASE,
                                      W_SAMPLE_WHY};
    const json_t *made = model_object(sample->summary, "made"), *tests = model_array(made, "tests"),
                 *untested = model_array(made, "not_tested");
    size_t count = json_array_size(tests);
    if (made == NULL) {
        return;
    }
    if (count == 0) {
        heading(page, W_H_SAMPLE_MADE);
        put_lit(&page->out, "<p class=\"col\">");
        PUT(page, W_SAMPLE_MADE_NONE, FILL_COUNT("n", json_array_size(untested)));
        put_lit(&page->out, "</p>\n");
        return;
    }
    sample_table_open(page, sample, W_H_SAMPLE_MADE, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < count && i < TESTS_MAX; i++) {
        put_test(page, json_array_get(tests, i));
    }
    table_close(page);
    put_made_words(page, made);
    uint64_t left_out = (count > TESTS_MAX ? count - TESTS_MAX : 0) + model_count(made, "tests_dropped");
    if (left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_SAMPLE_TESTS_LEFT_OUT, FILL_COUNT("n", left_out));
        put_lit(&page->out, "</p>\n");
    }
    put_folded_texts(page, W_SAMPLE_MADE_UNTESTED, untested);
}

/* ---- excerpts ---- */

static void put_cell(struct page *page, const json_t *cell)
{
    struct str shown = model_text(cell, "shown");
    const json_t *agrees = json_object_get(cell, "agrees");
    put_lit(&page->out, "<span>");
    put_html(&page->out, model_text(cell, "column"));
    put_lit(&page->out, " ");
    if (shown.len > 0) {
        put_lit(&page->out, "<span class=\"m\">");
        put_html(&page->out, shown);
        put_lit(&page->out, "</span>");
    } else {
        put_lit(&page->out, "<span class=\"s\">");
        word(page, W_SAMPLE_CELL_EMPTY);
        put_lit(&page->out, "</span>");
    }
    if (json_is_false(agrees)) {
        put_lit(&page->out, ", ");
        word(page, W_SAMPLE_CELL_DIFFERS);
    } else if (!json_is_true(agrees)) {
        put_lit(&page->out, ", ");
        word(page, W_SAMPLE_CELL_UNCOMPARED);
    }
    put_lit(&page->out, "</span>");
}

static void put_excerpt(struct page *page, const json_t *row, bool agrees)
{
    const json_t *cells = model_array(row, "cells");
    size_t count = json_array_size(cells);
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"nw\">");
    number_count(&page->out, model_count(row, "row"));
    put_lit(&page->out, "</th><td>");
    word(page, agrees ? W_SAMPLE_ROW_AGREES : W_SAMPLE_ROW_CONTRADICTS);
    put_lit(&page->out, "</td><td class=\"ow\">");
    for (size_t i = 0; i < count && i < CELLS_MAX; i++) {
        put_either(&page->out, i > 0, "; ", "");
        put_cell(page, json_array_get(cells, i));
    }
    if (count > CELLS_MAX) {
        put_lit(&page->out, "; ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - CELLS_MAX));
    }
    put_lit(&page->out, "</td></tr>\n");
}

void put_sample_excerpts(struct page *page, const struct sample *sample)
{
    static const enum word heads[] = {W_SAMPLE_EXCERPT_ROW, W_SAMPLE_EXCERPT_IS, W_SAMPLE_EXCERPT_CELLS};
    static const char *const kinds[] = {"agreeing", "contradicting"};
    const json_t *excerpts = model_object(sample->summary, "excerpts");
    size_t count = json_array_size(model_array(excerpts, kinds[0])) + json_array_size(model_array(excerpts, kinds[1]));
    if (count == 0) {
        return;
    }
    if (json_is_true(json_object_get(sample->summary, "revealed"))) { /* values of people have no place on a page */
        heading(page, W_H_SAMPLE_EXCERPTS);
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_SAMPLE_REVEALED);
        put_lit(&page->out, "</p>\n");
        return;
    }
    sample_table_open(page, sample, W_H_SAMPLE_EXCERPTS, heads, sizeof heads / sizeof heads[0]);
    for (size_t kind = 0; kind < 2; kind++) {
        const json_t *rows = model_array(excerpts, kinds[kind]);
        for (size_t i = 0; i < json_array_size(rows) && i < ROWS_MAX; i++) {
            put_excerpt(page, json_array_get(rows, i), kind == 0);
        }
    }
    table_close(page);
}
