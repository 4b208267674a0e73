/* What was counted under a mask: runs of the private comparison that have a result, with what was opened and looked up, and what such a
 * count does not show. One row a type of key; a result that both parties recorded is one. */
#include "base/str.h"
#include "report/sample.h"

#include "base/banned.h"

enum { RUNS_MAX = 12, TYPES_MAX = 8, FIELDS_MAX = 8, STEPS_MAX = 4096 };

static bool is_first(const json_t *steps, size_t index)
{
    struct str result = model_text(json_array_get(steps, index), "result");
    for (size_t i = 0; i < index; i++) {
        if (str_eq(model_text(json_array_get(steps, i), "result"), result)) {
            return false;
        }
    }
    return result.len > 0;
}

static const json_t *steps_of(const struct model *model)
{
    return model_array(model->root, "private");
}

/* Whoever writes a case may write any number of steps; beyond so many none is looked at, and is counted as not told. */
static size_t looked_at(const json_t *steps)
{
    size_t count = json_array_size(steps);
    return count < STEPS_MAX ? count : STEPS_MAX;
}

bool private_is_told(const struct model *model)
{
    const json_t *steps = steps_of(model);
    for (size_t i = 0; i < looked_at(steps); i++) {
        if (is_first(steps, i)) {
            return true;
        }
    }
    return false;
}

static void cell(struct page *page)
{
    put_lit(&page->out, "</td><td>");
}

/* "150 in 152 rows" */
static void put_keys(struct page *page, const json_t *type, const char *keys, const char *rows)
{
    cell(page);
    PUT(page, W_PRIVATE_OF_ROWS, FILL_COUNT("n", model_count(type, keys)), FILL_COUNT("rows", model_count(type, rows)));
}

static void put_common(struct page *page, const json_t *type)
{
    struct hole count = FILL_COUNT("n", model_count(type, "count"));
    double ends[2];
    cell(page);
    put_lit(&page->out, "<b>");
    PUT(page, json_is_true(json_object_get(type, "fewer_than")) ? W_PRIVATE_FEWER : W_PRIVATE_COUNT, count);
    put_lit(&page->out, "</b>");
    cell(page);
    if (sample_pair(model_array(model_object(type, "bounds"), "source"), ends) && ends[0] >= 0 && ends[1] < 1e15) {
        PUT(page, W_PRIVATE_BETWEEN, FILL_COUNT("lo", (uint64_t)ends[0]), FILL_COUNT("hi", (uint64_t)ends[1]));
    } else {
        word(page, W_SAMPLE_NOT_RECORDED);
    }
}

static void put_audits(struct page *page, const json_t *type)
{
    static const struct {
        const char *key;
        enum word says;
    } audits[] = {{"audit_1", W_PRIVATE_LEAK}, {"audit_2", W_PRIVATE_SOURCE}, {"audit_3", W_PRIVATE_ABSENT}};
    cell(page);
    for (size_t i = 0; i < sizeof audits / sizeof audits[0]; i++) {
        const json_t *audit = model_object(type, audits[i].key);
        put_either(&page->out, i > 0, "<br>", "");
        if (model_count(audit, "opened") == 0) {
            PUT(page, W_PRIVATE_NOT_OPENED,
                FILL_TEXT("what", str_of(say_template((enum word)(W_PRIVATE_OF_LEAK + i)))));
            continue;
        }
        PUT(page, audits[i].says, FILL_COUNT("n", model_count(audit, "opened")),
            FILL_COUNT("looked", model_count(audit, "searched")), FILL_COUNT("odd", model_count(audit, "odd")));
    }
}

static void put_type(struct page *page, const json_t *step, const json_t *type)
{
    const json_t *fields = model_array(type, "fields");
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_html(&page->out, model_text(step, "id"));
    put_lit(&page->out, "</th><td>");
    for (size_t i = 0; i < json_array_size(fields) && i < FIELDS_MAX; i++) {
        put_either(&page->out, i > 0, " + ", "");
        put_html(&page->out, model_text_at(fields, i));
    }
    put_keys(page, type, "asker_keys", "asker_rows");
    put_keys(page, type, "keeper_keys", "keeper_rows");
    put_common(page, type);
    put_audits(page, type);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_run(struct page *page, const json_t *step)
{
    struct str asker = model_text(step, "asker"), keeper = model_text(step, "keeper");
    struct hole id = FILL_TEXT("id", model_text(step, "id"));
    bool is_neutral = str_eq(model_text(step, "mode"), STR("neutral"));
    put_lit(&page->out, "<p class=\"col mt\">");
    PUT(page, is_neutral ? W_PRIVATE_NEUTRAL : W_PRIVATE_DIRECT, id);
    if (asker.len > 0 && keeper.len > 0) {
        PUT(page, W_PRIVATE_PARTIES, FILL_PARTY("asker", model_party(page->model, asker)),
            FILL_PARTY("keeper", model_party(page->model, keeper)));
    } else {
        word(page, W_PRIVATE_PARTIES_NOT);
    }
    if (is_neutral && !str_eq(model_text(step, "audits"), STR("made"))) {
        word(page, W_PRIVATE_NOT_AUDITED);
    }
    if (model_text(step, "late").len > 0) {
        PUT(page, W_PRIVATE_LATE, FILL_TEXT("why", model_text(step, "late")));
    }
    if (model_count(step, "run_number") > 1) {
        PUT(page, W_PRIVATE_AGAIN, FILL_COUNT("n", model_count(step, "run_number")));
    }
    put_lit(&page->out, "</p>\n");
}

void put_private(struct page *page)
{
    static const enum word heads[] = {W_PRIVATE_RUN,    W_PRIVATE_KEY,    W_PRIVATE_ASKER, W_PRIVATE_KEEPER,
                                      W_PRIVATE_COMMON, W_PRIVATE_BOUNDS, W_PRIVATE_AUDITS};
    const json_t *steps = steps_of(page->model), *told[RUNS_MAX];
    size_t count = 0, more = json_array_size(steps) - looked_at(steps);
    for (size_t i = 0; i < looked_at(steps); i++) {
        if (is_first(steps, i) && count < RUNS_MAX) {
            told[count++] = json_array_get(steps, i);
        } else {
            more += is_first(steps, i);
        }
    }
    if (count == 0) {
        return;
    }
    heading(page, W_H_PRIVATE);
    table_open(page, str_of(say_template(W_H_PRIVATE)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < count; i++) {
        const json_t *types = model_array(told[i], "types");
        for (size_t t = 0; t < json_array_size(types) && t < TYPES_MAX; t++) {
            put_type(page, told[i], json_array_get(types, t));
        }
    }
    table_close(page);
    for (size_t i = 0; i < count; i++) {
        put_run(page, told[i]);
    }
    if (more > 0) {
        put_lit(&page->out, "<p class=\"col\">");
        PUT(page, W_PRIVATE_MORE, FILL_COUNT("n", more));
        put_lit(&page->out, "</p>\n");
    }
    put_lit(&page->out, "<p class=\"side wide mt\">");
    word(page, W_PRIVATE_NOT);
    put_lit(&page->out, "</p>\n");
}
