/* What stands beside the ratio: versions of the rows, planted rows, whether the sample is new, what partners were given. Each says
 * whether it was looked at. */
#include "base/str.h"
#include "report/sample.h"

#include "base/banned.h"

enum { CANARIES_MAX = 24, PLACES_MAX = 24, NAMES_MAX = 12 };

/* ---- versions ---- */

static const struct {
    const char *key;
    enum word word;
} version_words[] = {{"current", W_SAMPLE_VERSION_CURRENT},
                     {"older", W_SAMPLE_VERSION_OLDER},
                     {"newer", W_SAMPLE_VERSION_NEWER},
                     {"contradicting", W_SAMPLE_VERSION_CONTRADICTING},
                     {"unknown", W_SAMPLE_VERSION_UNKNOWN}};

static void put_since(struct page *page, const struct sample *sample, const char *key, enum word template)
{
    uint64_t count = model_count(sample->summary, key);
    if (count > 0) {
        PUT(page, template, FILL_COUNT("n", count));
    }
}

static void put_versions(struct page *page, const struct sample *sample)
{
    static const enum word heads[] = {W_SAMPLE_VERSION, W_SAMPLE_ROWS};
    const json_t *versions = model_object(sample->summary, "versions");
    if (versions == NULL) {
        return;
    }
    sample_few_open(page, sample, W_H_SAMPLE_VERSIONS, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < sizeof version_words / sizeof version_words[0]; i++) {
        if (!model_has_number(versions, version_words[i].key)) {
            continue;
        }
        put_lit(&page->out, "<tr><th scope=\"row\">");
        word(page, version_words[i].word);
        put_lit(&page->out, "</th><td>");
        PUT(page, W_K_OF_N, FILL_COUNT("k", model_count(versions, version_words[i].key)),
            FILL_COUNT("n", sample->rows));
        put_lit(&page->out, "</td></tr>\n");
    }
    table_close(page);
    if (model_count(sample->summary, "rows_changed_since") + model_count(sample->summary, "rows_deleted_since") +
            model_count(sample->summary, "rows_marked_deleted") ==
        0) {
        return;
    }
    put_lit(&page->out, "<p class=\"side\">");
    put_since(page, sample, "rows_changed_since", W_SAMPLE_CHANGED);
    put_since(page, sample, "rows_deleted_since", W_SAMPLE_DELETED);
    put_since(page, sample, "rows_marked_deleted", W_SAMPLE_MARKED);
    put_lit(&page->out, "</p>\n");
}

/* ---- planted rows ---- */

static void put_canary_words(struct page *page, const json_t *canaries)
{
    uint64_t planted = model_count(canaries, "planted"), findable = model_count(canaries, "findable"),
             found = model_count(canaries, "found");
    struct str holder = model_text(canaries, "holder");
    put_lit(&page->out, "<p class=\"side wide\">");
    PUT(page, W_SAMPLE_CANARIES, FILL_COUNT("found", found), FILL_COUNT("planted", planted));
    if (model_has_number(canaries, "findable") && findable < planted) {
        PUT(page, W_SAMPLE_CANARIES_UNFINDABLE, FILL_COUNT("n", planted - findable));
    }
    if (model_has_number(canaries, "expected")) {
        OWN(own_buf) struct buf number = {0};
        long tenths = number_tenths(json_number_value(json_object_get(canaries, "expected")));
        tenths = tenths < 0 ? 0 : tenths;
        buf_printf(&number, "%ld.%ld", tenths / 10, tenths % 10);
        PUT(page, W_SAMPLE_CANARIES_EXPECTED, FILL_TEXT("n", buf_str(&number)));
    }
    if (model_count(canaries, "altered") > 0) {
        PUT(page, W_SAMPLE_CANARIES_ALTERED, FILL_COUNT("n", model_count(canaries, "altered")));
    }
    if (holder.len > 0) {
        PUT(page, W_SAMPLE_CANARIES_HOLDER, FILL_PARTY("who", model_party(page->model, holder)));
    }
    if (model_time(canaries, "not_before") != TIME_NONE) {
        PUT(page, W_SAMPLE_CANARIES_SINCE, FILL_INSTANT("at", model_time(canaries, "not_before")));
    }
    if (found > 0 && model_has_number(canaries, "at_most")) {
        PUT(page, W_SAMPLE_CANARIES_WEIGHT, FILL_RATIO("lr", json_number_value(json_object_get(canaries, "at_most"))));
    }
    put_lit(&page->out, "</p>\n");
}

static void put_canary_places(struct page *page, const struct sample *sample, const json_t *canaries)
{
    static const enum word heads[] = {W_SAMPLE_WHERE, W_SAMPLE_PLANTED, W_SAMPLE_FOUND};
    const json_t *places = model_array(canaries, "by_where");
    size_t count = json_array_size(places);
    if (count == 0) {
        heading(page, W_H_SAMPLE_CANARIES);
        return;
    }
    sample_few_open(page, sample, W_H_SAMPLE_CANARIES, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < count && i < PLACES_MAX; i++) {
        const json_t *place = json_array_get(places, i);
        struct str name = model_text(place, "where");
        put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
        put_html(&page->out, name.len > 0 ? name : str_of(say_template(W_SAMPLE_WHERE_UNSAID)));
        put_lit(&page->out, "</th><td>");
        number_count(&page->out, model_count(place, "planted"));
        put_lit(&page->out, "</td><td>");
        number_count(&page->out, model_count(place, "found"));
        put_lit(&page->out, "</td></tr>\n");
    }
    table_close(page);
    if (count > PLACES_MAX) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", count - PLACES_MAX));
        put_lit(&page->out, "</p>\n");
    }
}

static void put_canary(struct page *page, const json_t *canary)
{
    const json_t *altered = model_array(canary, "altered");
    struct str where = model_text(canary, "where");
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
    put_html(&page->out, model_text(canary, "canary"));
    if (model_text(canary, "note").len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        put_html(&page->out, model_text(canary, "note"));
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</th><td class=\"ow\">");
    put_html(&page->out, where.len > 0 ? where : str_of(say_template(W_SAMPLE_WHERE_UNSAID)));
    if (model_time(canary, "planted_at") != TIME_NONE) {
        put_lit(&page->out, "<span class=\"tag\">");
        PUT(page, W_SAMPLE_CANARY_AT, FILL_INSTANT("at", model_time(canary, "planted_at")));
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</td><td class=\"ow\">");
    PUT(page, W_SAMPLE_ROW_OF, FILL_TEXT("table", model_text(canary, "table")),
        FILL_COUNT("n", model_count(canary, "row")));
    put_lit(&page->out, "</td><td class=\"ow\">");
    put_sample_names(page, model_array(canary, "columns"), NAMES_MAX);
    if (json_array_size(altered) > 0) {
        put_lit(&page->out, "; ");
        word(page, W_SAMPLE_CANARY_ALTERED);
        put_lit(&page->out, " ");
        put_sample_names(page, altered, NAMES_MAX);
    }
    put_lit(&page->out, "</td></tr>\n");
}

static void put_found_canaries(struct page *page, const struct sample *sample)
{
    static const enum word heads[] = {W_SAMPLE_CANARY, W_SAMPLE_WHERE, W_SAMPLE_CANARY_ROW, W_SAMPLE_CANARY_BY};
    const json_t *records = model_array(sample->exam, "records");
    size_t told = 0, left_out = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *canary = model_record(json_array_get(records, i), "finding");
        if (!str_eq(model_text(canary, "class"), STR("canary"))) {
            continue;
        }
        if (told == CANARIES_MAX) {
            left_out++;
            continue;
        }
        if (told++ == 0) {
            sample_table_open(page, sample, W_H_SAMPLE_CANARY, heads, sizeof heads / sizeof heads[0]);
        }
        put_canary(page, canary);
    }
    if (told > 0) {
        table_close(page);
    }
    if (left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", left_out));
        put_lit(&page->out, "</p>\n");
    }
}

/* ---- novelty, partners ---- */

static void put_novelty(struct page *page, const struct sample *sample)
{
    const json_t *novelty = model_object(sample->summary, "novelty"), *columns = model_array(novelty, "columns_new");
    if (novelty == NULL) {
        word(page, W_SAMPLE_NOVELTY_NOT);
        return;
    }
    PUT(page, W_SAMPLE_NOVELTY_IS, FILL_TEXT("words", model_text(novelty, "words")),
        FILL_COUNT("n", model_count(novelty, "rows")), FILL_COUNT("known", model_count(novelty, "rows_known")));
    if (json_array_size(columns) > 0) {
        word(page, W_SAMPLE_NOVELTY_COLUMNS);
        put_lit(&page->out, " ");
        put_sample_names(page, columns, NAMES_MAX);
        word(page, W_STOP);
    }
}

static void put_declared(struct page *page, const json_t *declared)
{
    size_t count = json_array_size(declared);
    for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
        const json_t *one = json_array_get(declared, i);
        struct str party = model_party(page->model, model_text(one, "party")), column = model_text(one, "column");
        put_either(&page->out, i > 0, ", ", "");
        if (column.len > 0) {
            PUT(page, W_SAMPLE_SHARED_WITH, FILL_TEXT("column", column), FILL_PARTY("party", party));
        } else {
            PUT(page, W_SAMPLE_SHARED_NONE_WITH, FILL_PARTY("party", party));
        }
    }
    if (count > NAMES_MAX) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - NAMES_MAX));
    }
    word(page, W_SAMPLE_SHARED_DECLARED);
}

static void put_shared(struct page *page, const struct sample *sample)
{
    const json_t *shared = model_object(sample->summary, "shared"), *asked = model_array(shared, "asked"),
                 *declared = model_array(shared, "declared");
    if (shared == NULL) {
        word(page, W_SAMPLE_SHARED_UNKNOWN);
    } else if (json_is_true(json_object_get(shared, "nothing"))) {
        word(page, W_SAMPLE_SHARED_NOTHING);
    } else if (json_array_size(declared) > 0) {
        put_declared(page, declared);
    } else if (json_array_size(asked) > 0) {
        word(page, W_SAMPLE_ASKED);
        put_lit(&page->out, " ");
        put_sample_names(page, asked, NAMES_MAX);
        put_lit(&page->out, "?");
    } else {
        word(page, W_SAMPLE_ASKED_NOTHING);
    }
}

void put_sample_beside(struct page *page, const struct sample *sample)
{
    const json_t *canaries = model_object(sample->summary, "canaries");
    put_versions(page, sample);
    if (canaries != NULL) {
        put_canary_places(page, sample, canaries);
        put_canary_words(page, canaries);
    }
    put_found_canaries(page, sample);
    heading(page, W_H_SAMPLE_BESIDE);
    put_lit(&page->out, "<dl class=\"dl\"><dt>");
    word(page, W_SAMPLE_SHARED);
    put_lit(&page->out, "</dt><dd>");
    put_shared(page, sample);
    put_lit(&page->out, "</dd><dt>");
    word(page, W_SAMPLE_NOVELTY);
    put_lit(&page->out, "</dt><dd>");
    put_novelty(page, sample);
    if (canaries == NULL) {
        put_lit(&page->out, "</dd><dt>");
        word(page, W_H_SAMPLE_CANARIES);
        put_lit(&page->out, "</dt><dd>");
        word(page, W_SAMPLE_CANARIES_NOT);
    }
    put_lit(&page->out, "</dd></dl>\n");
}
