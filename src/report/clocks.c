/* The sources of an examination of logs: what each is a log of, which clock its times are told in and how that is known, what its
 * format never records, and how far its clock stands from the web server's. */
#include "base/str.h"
#include "report/traced.h"

#include "base/banned.h"

enum { SOURCES_MAX = 120, NOTES_MAX = 24 };

struct clocks {
    size_t told, left_out;
};

static void put_kind(struct page *page, const json_t *record)
{
    static const char *const more[] = {"packing", "encoding"};
    for (enum log_of of = LOG_OF_WEB; of < LOGS_OF; of++) {
        if (traced_is_of(record, of)) {
            word(page, traced_word(of));
        }
    }
    put_lit(&page->out, "<span class=\"tag\">");
    put_html(&page->out, model_text(record, "format"));
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        struct str text = model_text(record, more[i]);
        if (text.len > 0) {
            put_lit(&page->out, ", ");
            put_html(&page->out, text);
        }
    }
    put_lit(&page->out, "</span>");
}

/* Known from the lines, from the format's rule or from another source; given by a person; or assumed. */
static void put_zone(struct page *page, const json_t *record)
{
    const json_t *zone = model_object(record, "zone");
    struct str how = model_text(zone, "how"), name = model_text(zone, "zone"), told_as = model_text(zone, "told_as");
    if (str_eq(how, STR("in each line"))) {
        word(page, W_ZONE_IN_LINE);
    } else if (str_eq(how, STR("UTC by the format's rule"))) {
        word(page, W_ZONE_RULE);
    } else if (str_eq(how, STR("given (--zone)"))) {
        PUT(page, W_ZONE_GIVEN, FILL_TEXT("zone", name.len > 0 ? name : told_as));
    } else if (str_eq(how, STR("matched to another source"))) {
        PUT(page, W_ZONE_MATCHED, FILL_TEXT("zone", name), FILL_TEXT("by", model_text(zone, "by")),
            FILL_COUNT("n", model_count(zone, "matches")));
    } else if (str_eq(how, STR("assumed UTC"))) {
        word(page, W_ZONE_ASSUMED);
    } else if (how.len > 0) {
        put_html(&page->out, how);
    } else {
        word(page, W_NOT_SAID);
    }
    bool is_moved = name.len > 0 && told_as.len > 0 && !str_eq(name, STR("+00:00")) && !str_eq(name, told_as);
    if (is_moved) {
        PUT(page, W_ZONE_TOLD_AS, FILL_TEXT("zone", told_as));
    }
    if (model_count(zone, "changes") > 0) {
        PUT(page, W_ZONE_CHANGES, FILL_COUNT("n", model_count(zone, "changes")));
    }
}

static void put_order(struct page *page, const json_t *record, const json_t *exam)
{
    const json_t *breaks = model_array(record, "order_breaks");
    uint64_t count = model_count(record, "order_break_count");
    count = count > json_array_size(breaks) ? count : json_array_size(breaks);
    if (count == 0) {
        return;
    }
    fold_open(page, W_ORDER_BREAKS, count);
    for (size_t i = 0; i < json_array_size(breaks) && i < NOTES_MAX; i++) {
        const json_t *one = json_array_get(breaks, i);
        struct str looks_like = model_text(one, "looks_like");
        put_lit(&page->out, "<li>");
        put_ref(page, model_exhibit(page->model, exam, model_text(record, "source")));
        PUT(page, W_LINE, FILL_COUNT("n", model_count(one, "line")));
        put_lit(&page->out, ": ");
        put_traced_times(page, model_time(one, "from"), model_time(one, "to"));
        if (looks_like.len > 0) {
            put_lit(&page->out, ", ");
            put_html(&page->out, looks_like);
        }
        put_lit(&page->out, "</li>");
    }
    if (count > json_array_size(breaks)) {
        put_lit(&page->out, "<li>");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - json_array_size(breaks)));
        put_lit(&page->out, "</li>");
    }
    fold_close(page);
}

static void put_source(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct clocks *clocks = self;
    struct str cannot = model_text(record, "cannot_show");
    if (model_text(record, "log").len == 0) {
        return; /* of an earlier release: it says neither */
    }
    if (clocks->told == SOURCES_MAX) {
        clocks->left_out++;
        return;
    }
    clocks->told++;
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_traced_source(page, model_text(record, "source"), exam);
    put_lit(&page->out, "</th><td>");
    put_kind(page, record);
    put_lit(&page->out, "</td><td>");
    number_count(&page->out, model_count(record, "count"));
    put_lit(&page->out, "</td><td>");
    put_traced_times(page, model_time(record, "from"), model_time(record, "to"));
    put_lit(&page->out, "</td><td>");
    put_zone(page, record);
    put_order(page, record, exam);
    put_lit(&page->out, "</td><td class=\"wf\">");
    put_html(&page->out, cannot.len > 0 ? cannot : str_of(say_template(W_NOT_SAID)));
    put_lit(&page->out, "</td></tr>\n");
}

/* ---- clocks against each other ---- */

static void put_seconds(struct page *page, const json_t *record, const char *key)
{
    const json_t *value = json_object_get(record, key);
    json_int_t seconds = json_is_integer(value) ? json_integer_value(value) : 0;
    if (seconds < 0) {
        put_lit(&page->out, "−");
    } else if (seconds > 0) {
        put_lit(&page->out, "+");
    }
    number_count(&page->out, seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds);
    put_lit(&page->out, " s");
}

static void put_offset(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct clocks *clocks = self;
    const json_t *between = model_array(record, "between");
    bool is_clear = json_is_true(json_object_get(record, "clear")) && model_has_number(record, "seconds");
    if (clocks->told == SOURCES_MAX) {
        clocks->left_out++;
        return;
    }
    clocks->told++;
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_traced_source(page, model_text_at(between, 1), exam);
    put_lit(&page->out, "</th><td>");
    if (is_clear) {
        word(page, W_OFFSET_FOUND);
        put_lit(&page->out, " ");
        put_seconds(page, record, "seconds");
        if (model_has_number(record, "lo") && model_has_number(record, "hi")) {
            put_lit(&page->out, " (");
            put_seconds(page, record, "lo");
            put_lit(&page->out, " to ");
            put_seconds(page, record, "hi");
            put_lit(&page->out, ")");
        }
    } else {
        word(page, W_OFFSET_NOT_CLEAR);
    }
    put_lit(&page->out, "</td><td>");
    number_count(&page->out, model_count(record, "matched_s"));
    put_lit(&page->out, "</td><td>");
    put_html(&page->out, model_text(record, is_clear ? "basis" : "why"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_offsets(struct page *page)
{
    static const enum word heads[] = {W_SOURCE, W_OFFSET, W_OFFSET_SECONDS, W_OFFSET_BASIS};
    struct clocks clocks = {0};
    if (traced_count(page, "measure", "clock-offset") == 0) {
        return;
    }
    heading(page, W_H_OFFSETS);
    table_open(page, str_of(say_template(W_H_OFFSETS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "measure", "clock-offset", put_offset, &clocks);
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_OFFSETS_NOTE);
    put_lit(&page->out, "</p>");
}

static void put_note(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    size_t *told = self;
    struct str means = model_text(record, "means");
    (void)exam;
    if (means.len > 0 && (*told)++ < NOTES_MAX) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_CLIENTS_MEAN, FILL_TEXT("means", means));
        put_lit(&page->out, "</p>");
    }
}

static void count_kind(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    (void)page;
    (void)exam;
    *(size_t *)self += model_text(record, "log").len > 0;
}

static void put_sources(struct page *page)
{
    static const enum word heads[] = {W_SOURCE, W_SOURCE_KIND, W_SOURCE_LINES, W_SOURCE_TIME, W_CLOCK, W_CANNOT_SHOW};
    struct clocks clocks = {0};
    size_t of_kind = 0;
    traced_each(page, "coverage", "parsed", count_kind, &of_kind);
    if (of_kind == 0) {
        return;
    }
    heading(page, W_H_CLOCKS);
    table_open(page, str_of(say_template(W_H_CLOCKS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "coverage", "parsed", put_source, &clocks);
    table_close(page);
    if (clocks.left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", clocks.left_out));
        put_lit(&page->out, "</p>");
    }
}

void put_logs_clocks(struct page *page)
{
    static const char *const notes[] = {"client-column", "forwarded-for"};
    put_sources(page);
    for (size_t i = 0, told = 0; i < sizeof notes / sizeof notes[0]; i++) {
        traced_each(page, "measure", notes[i], put_note, &told);
    }
    put_offsets(page);
}
