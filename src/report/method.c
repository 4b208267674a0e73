/* How the numbers were made: the propositions compared, what went into each, the rates used, what is assumed and what the
 * numbers do not show. */
#include "base/own.h"
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { ITEMS_MAX = 8, RATES_MAX = 64 };

/* ---- how each number was made ---- */

/* The exhibits that an item rests on: of many logs that were read together only those that its records are of. */
static void put_item_refs(struct page *page, const json_t *item)
{
    const json_t *ids = model_item_exhibits(page->model, item);
    OWN(own_json) json_t *own = json_array();
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (model_item_rests_on(page->model, item, model_text_at(ids, i))) {
            page->out.failed |= json_array_append(own, json_array_get(ids, i)) != 0;
        }
    }
    put_refs(page, own, 4);
}

static double ratio_of(const json_t *object)
{
    return json_number_value(json_object_get(object, "log10_lr"));
}

static void put_items(struct page *page, const json_t *items, size_t *told)
{
    for (size_t i = 0; i < json_array_size(items) && *told < ITEMS_MAX; i++) {
        const json_t *item = json_array_get(items, i);
        put_lit(&page->out, "<span class=\"item\">");
        if (model_has_number(item, "log10_lr")) {
            put_lit(&page->out, "<b class=\"nw\">");
            number_ratio(&page->out, ratio_of(item));
            put_lit(&page->out, "</b> ");
        } else {
            word(page, W_NO_RATIO);
            put_lit(&page->out, " ");
        }
        put_html(&page->out, model_text(item, "text"));
        struct str silent = model_text(item, "silent");
        if (silent.len > 0) {
            put_lit(&page->out, " (");
            put_html(&page->out, silent);
            put_lit(&page->out, ")");
        }
        put_lit(&page->out, " ");
        put_item_refs(page, item);
        put_lit(&page->out, "</span>");
        (*told)++;
    }
}

/* What the verdict hangs on, from the rows of `flips` that change the direction. */
static void put_flips(struct page *page, const json_t *verdict)
{
    const json_t *flips = model_array(verdict, "flips");
    size_t told = 0;
    for (size_t i = 0; i < json_array_size(flips) && told < 4; i++) {
        const json_t *row = json_array_get(flips, i);
        if (!json_is_true(json_object_get(row, "flips"))) {
            continue;
        }
        put_either(&page->out, told > 0, "<br>", "");
        const json_t *exams = model_array(row, "examinations");
        for (size_t e = 0; e < json_array_size(exams) && e < 4; e++) {
            put_either(&page->out, e > 0, " + ", "");
            put_html(&page->out, model_text_at(exams, e));
        }
        struct str keeper = model_text(row, "keeper");
        if (keeper.len > 0) {
            PUT(page, W_ALL_BY_KEEPER, FILL_PARTY("who", model_party(page->model, keeper)));
        }
        told++;
    }
    if (told == 0) {
        put_lit(&page->out, "–");
    }
}

static void put_number_row(struct page *page, const json_t *claim, const json_t *verdict)
{
    const json_t *stories = model_object(verdict, "stories");
    size_t told = 0;
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    put_html(&page->out, model_text(claim, "id"));
    put_lit(&page->out, "</b></th><td>");
    put_html(&page->out, model_text(model_object(stories, "so"), "text"));
    put_lit(&page->out, "</td><td>");
    put_html(&page->out, model_text(model_object(stories, "not"), "text"));
    put_lit(&page->out, "</td><td>");
    put_items(page, model_array(verdict, "for"), &told);
    put_items(page, model_array(verdict, "against"), &told);
    put_items(page, model_array(verdict, "neutral"), &told);
    put_either(&page->out, told == 0, "–", "");
    put_lit(&page->out, "</td><td class=\"nw\"><b>");
    if (model_has_number(verdict, "log10_lr")) {
        number_ratio(&page->out, ratio_of(verdict));
    } else {
        word(page, W_NO_RATIO);
    }
    put_lit(&page->out, "</b></td><td>");
    put_flips(page, verdict);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_numbers(struct page *page)
{
    static const enum word heads[] = {W_CLAIM, W_IF_SO, W_IF_NOT, W_EACH_ALONE, W_TOGETHER, W_FLIPS_WITHOUT};
    const struct model *model = page->model;
    heading(page, W_H_NUMBERS);
    table_open(page, str_of(say_template(W_H_NUMBERS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        if (model->verdicts[i] != NULL) {
            put_number_row(page, json_array_get(model->claims, i), model->verdicts[i]);
        }
    }
    table_close(page);
}

/* ---- rates ---- */

static void put_share_of(struct page *page, const json_t *pair)
{
    const json_t *k = json_array_get(pair, 0), *n = json_array_get(pair, 1);
    if (!json_is_integer(k) || !json_is_integer(n) || json_integer_value(k) < 0 || json_integer_value(n) < 0) {
        put_lit(&page->out, "–");
        return;
    }
    PUT(page, W_K_OF_N, FILL_COUNT("k", (uint64_t)json_integer_value(k)),
        FILL_COUNT("n", (uint64_t)json_integer_value(n)));
}

static void put_rate_row(struct page *page, const char *engine, struct str name, const json_t *rate)
{
    static const char *const keys[][2] = {{"false_files", "files"},       {"false_trees", "trees"},
                                          {"false_sessions", "sessions"}, {"false_logs", "logs"},
                                          {"false_accounts", "accounts"}, {"false_runs", "runs"}};
    size_t told = 0;
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_html(&page->out, str_of(engine));
    put_lit(&page->out, ": ");
    put_html(&page->out, name);
    put_lit(&page->out, "</th><td>");
    put_share_of(page, model_array(rate, "recall"));
    put_lit(&page->out, "</td><td>");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (model_array(rate, keys[i][0]) != NULL) {
            put_either(&page->out, told++ > 0, "; ", "");
            put_share_of(page, model_array(rate, keys[i][0]));
            buf_printf(&page->out, " %s", keys[i][1]);
        }
    }
    put_either(&page->out, told == 0, "–", "");
    put_lit(&page->out, "</td><td>");
    put_html(&page->out, model_text(rate, "how"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_match_rates(struct page *page, const json_t *match)
{
    const json_t *trials = model_object(match, "trials"), *caps = model_object(match, "caps");
    const char *name;
    const json_t *cap;
    json_object_foreach((json_t *)(uintptr_t)caps, name, cap)
    {
        put_lit(&page->out, "<tr><th scope=\"row\">");
        PUT(page, W_MATCH_CAP, FILL_TEXT("name", str_of(name)));
        put_lit(&page->out, "</th><td>");
        PUT(page, W_TRIALS, FILL_COUNT("n", model_count(trials, "h1")));
        put_lit(&page->out, "</td><td>");
        PUT(page, W_TRIALS, FILL_COUNT("n", model_count(trials, "h2")));
        put_lit(&page->out, "</td><td>");
        PUT(page, W_CAPPED, FILL_RATIO("lo", json_number_value(json_array_get(cap, 0))),
            FILL_RATIO("hi", json_number_value(json_array_get(cap, 1))));
        put_lit(&page->out, " ");
        put_html(&page->out, model_text(match, "how"));
        put_lit(&page->out, "</td></tr>\n");
    }
}

/* [k, n] of one list added to those of another; a list that is none adds nothing. */
static void add_pair(const json_t *pair, json_int_t sum[static 2])
{
    for (size_t i = 0; i < 2; i++) {
        json_int_t value = json_integer_value(json_array_get(pair, i));
        sum[i] += value > 0 && value < INT32_MAX ? value : 0;
    }
}

/* How often a column of a kind of personal data is seen to be of it, and one that is not. */
static void put_kind_row(struct page *page, struct str kind, const json_t *rate, struct str how)
{
    json_int_t missed[2] = {0}, wrong[2] = {0};
    add_pair(model_array(rate, "missed_told"), missed);
    add_pair(model_array(rate, "missed_untold"), missed);
    add_pair(model_array(rate, "false"), wrong);
    if (missed[1] == 0 && wrong[1] == 0) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\">reach: ");
    put_html(&page->out, reach_kind_text(kind));
    put_lit(&page->out, "</th><td>");
    if (missed[1] > 0) {
        PUT(page, W_K_OF_N, FILL_COUNT("k", (uint64_t)(missed[1] > missed[0] ? missed[1] - missed[0] : 0)),
            FILL_COUNT("n", (uint64_t)missed[1]));
    } else {
        put_lit(&page->out, "–");
    }
    put_lit(&page->out, "</td><td>");
    PUT(page, W_K_OF_N, FILL_COUNT("k", (uint64_t)wrong[0]), FILL_COUNT("n", (uint64_t)wrong[1]));
    put_lit(&page->out, " columns</td><td>");
    put_html(&page->out, how);
    put_lit(&page->out, "</td></tr>\n");
}

/* Of the kinds that this case names: a list of all 41 would bury them. */
static void put_kind_rates(struct page *page, const json_t *reach)
{
    const json_t *kinds = model_object(reach, "kinds");
    const char *name;
    const json_t *rate;
    struct reached *reached;
    if (kinds == NULL || reached_read(page->model, &reached, NULL) != 0 || reached == NULL) {
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)kinds, name, rate)
    {
        bool is_named = false;
        for (size_t i = 0; i < reached->people_count; i++) {
            is_named = is_named || str_eq(reach_people_kind(reached->people[i].record), str_of(name));
        }
        if (is_named) {
            struct str how = model_text(rate, "how");
            put_kind_row(page, str_of(name), rate, how.len > 0 ? how : model_text(reach, "how"));
        }
    }
}

static void put_rates(struct page *page)
{
    static const char *const engines[] = {"sweep", "trace", "reach"};
    static const enum word heads[] = {W_RATE_OF, W_SEEN_WHEN_SO, W_SEEN_WHEN_NOT, W_MEASURED_ON};
    size_t told = 0;
    heading(page, W_H_RATES);
    table_open(page, str_of(say_template(W_H_RATES)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        const json_t *classes = model_object(model_object(page->model->rates, engines[i]), "classes");
        const char *name;
        const json_t *rate;
        json_object_foreach((json_t *)(uintptr_t)classes, name, rate)
        {
            if (told++ < RATES_MAX && json_is_object(rate)) {
                put_rate_row(page, engines[i], str_of(name), rate);
            }
        }
    }
    put_match_rates(page, model_object(page->model->rates, "match"));
    put_kind_rates(page, model_object(page->model->rates, "reach"));
    table_close(page);
}

/* Without the document in the model: which documents of the case hold the rates that were used. */
static void put_rate_digests(struct page *page)
{
    struct str last = {"", 0};
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        struct str digest = model_text(json_array_get(page->model->exams, i), "rates");
        if (digest.len > 0 && !str_eq(digest, last)) {
            OWN(own_buf) struct buf name = {0};
            number_digest(&name, digest);
            put_lit(&page->out, "<p>");
            PUT(page, W_RATES_IN, FILL_PLACE("digest", buf_str(&name)));
            put_lit(&page->out, "</p>");
            last = digest;
        }
    }
}

/* ---- what is assumed ---- */

static const json_t *first_assumed(const struct model *model)
{
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        const json_t *assumed = model_object(model->verdicts[i], "assumed");
        if (assumed != NULL) {
            return assumed;
        }
    }
    return NULL;
}

static void put_assumed(struct page *page)
{
    const json_t *assumed = first_assumed(page->model), *rho = model_object(assumed, "rho");
    put_lit(&page->out, "<p>");
    word(page, W_ASSUMED);
    if (rho != NULL) {
        PUT(page, W_ASSUMED_RHO, FILL_PERCENT("third", json_number_value(json_object_get(rho, "third"))),
            FILL_PERCENT("sealed", json_number_value(json_object_get(rho, "sealed"))),
            FILL_PERCENT("interested", json_number_value(json_object_get(rho, "interested"))));
    }
    static const char *const texts[] = {"v", "retention"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct str text = model_text(assumed, texts[i]);
        if (text.len > 0) {
            PUT(page, W_ASSUMED_TEXT, FILL_TEXT("text", text));
        }
    }
    put_lit(&page->out, "</p>");
}

/* Assumptions that match printed with its ratio. */
static void put_match_assumptions(struct page *page)
{
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        const json_t *list = model_array(model_summary(exam), "assumptions");
        if (!model_is_engine(exam, "match") || json_array_size(list) == 0) {
            continue;
        }
        put_lit(&page->out, "<p>");
        PUT(page, W_MATCH_ASSUMES, FILL_TEXT("exam", model_text(exam, "id")));
        for (size_t a = 0; a < json_array_size(list) && a < 12; a++) {
            put_either(&page->out, a > 0, "; ", " ");
            put_html(&page->out, model_text_at(list, a));
        }
        put_lit(&page->out, ".</p>");
    }
}

/* ρ halved and doubled: whether a verdict turns on what is assumed. */
static void put_sensitivity(struct page *page)
{
    size_t turning = 0, judged = 0;
    for (size_t i = 0; i < json_array_size(page->model->claims); i++) {
        const json_t *verdict = page->model->verdicts[i], *rows = model_array(verdict, "sensitivity");
        bool turns = false;
        for (size_t r = 0; r < json_array_size(rows); r++) {
            turns =
                turns || !str_eq(model_text(json_array_get(rows, r), "direction"), model_text(verdict, "direction"));
        }
        judged += json_array_size(rows) > 0;
        turning += turns;
    }
    if (judged > 0) {
        put_lit(&page->out, "<p>");
        PUT(page, W_SENSITIVITY, FILL_COUNT("n", turning), FILL_COUNT("of", judged));
        put_lit(&page->out, "</p>");
    }
}

static bool has_ratio(const struct model *model)
{
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        if (model_has_number(model->verdicts[i], "log10_lr")) {
            return true;
        }
    }
    return false;
}

void section_method(struct page *page)
{
    section_open(page, "method", W_H_METHOD);
    put_lit(&page->out, "<div class=\"col\"><p>");
    word(page, W_METHOD_1);
    put_lit(&page->out, "</p><p>");
    word(page, W_METHOD_2);
    put_lit(&page->out, "</p>");
    if (!has_ratio(page->model)) {
        put_lit(&page->out, "<p>");
        word(page, W_METHOD_NO_RATIO);
        put_lit(&page->out, "</p>");
    }
    put_lit(&page->out, "</div>");
    if (has_ratio(page->model)) {
        put_numbers(page);
    }
    if (page->model->rates != NULL) {
        put_rates(page);
        put_calibration(page);
    }
    put_principles(page);
    heading(page, W_H_LIMITS);
    put_lit(&page->out, "<div class=\"side wide\">");
    if (page->model->rates == NULL) {
        put_rate_digests(page);
    }
    put_assumed(page);
    put_match_assumptions(page);
    put_sensitivity(page);
    put_lit(&page->out, "<p>");
    word(page, W_LIMITS);
    put_lit(&page->out, "</p></div>");
    section_close(page);
}
