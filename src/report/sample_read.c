/* What match read: each file with its role, format and encoding, its rows, and every class of rows that was not taken. */
#include "base/str.h"
#include "report/sample.h"

#include "base/banned.h"

enum { FILES_MAX = 32, REASONS_MAX = 12 };

static bool is_rejected(struct str class_name)
{
    return str_starts(class_name, STR("rejected"));
}

static const json_t *coverage_at(const struct sample *sample, size_t index)
{
    return model_record(json_array_get(model_array(sample->exam, "records"), index), "coverage");
}

/* Rows and tables that were taken say so by their class; all else was not. */
static bool is_loss(const json_t *record)
{
    struct str class_name = model_text(record, "class");
    return class_name.len > 0 && !str_eq(class_name, STR("rows")) && !str_eq(class_name, STR("table"));
}

bool sample_rejected(const struct sample *sample, uint64_t *ret_rows)
{
    bool is_recorded = false;
    *ret_rows = 0;
    for (size_t i = 0; i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        bool is_ours = str_eq(model_text(record, "source"), sample->file) && sample->file.len > 0;
        is_recorded = is_recorded || is_ours;
        *ret_rows += is_ours && is_rejected(model_text(record, "class")) ? model_count(record, "count") : 0;
    }
    return is_recorded;
}

static void put_encoding(struct page *page, const json_t *record)
{
    static const struct {
        const char *by;
        enum word word;
    } ways[] = {{"order", W_SAMPLE_ENCODING_ORDER},   {"mark", W_SAMPLE_ENCODING_MARK},
                {"itself", W_SAMPLE_ENCODING_ITSELF}, {"validity", W_SAMPLE_ENCODING_VALID},
                {"frequency", W_SAMPLE_GUESSED},      {"default", W_SAMPLE_ENCODING_DEFAULT}};
    struct str by = model_text(record, "encoding_by");
    put_html(&page->out, model_text(record, "encoding"));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (str_eq(by, str_of(ways[i].by))) {
            put_lit(&page->out, " (");
            word(page, ways[i].word);
            put_lit(&page->out, ")");
        }
    }
}

static void put_format(struct page *page, const json_t *record)
{
    static const char *const members[] = {"packing", "format"};
    size_t told = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct str text = model_text(record, members[i]);
        if (text.len > 0) {
            put_either(&page->out, told++ > 0, ", ", "");
            put_html(&page->out, text);
        }
    }
    if (model_text(record, "encoding").len > 0) {
        put_either(&page->out, told++ > 0, ", ", "");
        put_encoding(page, record);
    }
    if (json_is_false(json_object_get(record, "header"))) {
        put_either(&page->out, told++ > 0, "; ", "");
        word(page, W_SAMPLE_NO_HEADER);
    }
    put_either(&page->out, told == 0, "–", "");
}

void put_sample_read_as(struct page *page, const struct sample *sample)
{
    for (size_t i = 0; i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        if (str_eq(model_text(record, "role"), STR("sample")) && model_text(record, "format").len > 0) {
            word(page, W_SAMPLE_READ_AS);
            put_lit(&page->out, " ");
            put_format(page, record);
            word(page, W_STOP);
            return;
        }
    }
}

static bool is_same_place(const json_t *a, const json_t *b)
{
    return str_eq(model_text(a, "source"), model_text(b, "source")) &&
           str_eq(model_text(a, "member"), model_text(b, "member"));
}

static void put_losses(struct page *page, const struct sample *sample, const json_t *of)
{
    size_t told = 0, left_out = 0;
    for (size_t i = 0; i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        if (!is_loss(record) || !is_same_place(record, of)) {
            continue;
        }
        if (told == REASONS_MAX) {
            left_out++;
            continue;
        }
        put_either(&page->out, told++ > 0, "; ", "");
        if (model_has_number(record, "count")) {
            PUT(page, W_SAMPLE_SO_MANY, FILL_COUNT("n", model_count(record, "count")),
                FILL_TEXT("what", model_text(record, "class")));
        } else {
            put_html(&page->out, model_text(record, "class"));
        }
        if (model_text(record, "why").len > 0) {
            put_lit(&page->out, ": ");
            put_html(&page->out, model_text(record, "why"));
        }
    }
    if (left_out > 0) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", left_out));
    }
    if (told == 0) {
        word(page, W_SAMPLE_NOTHING_LEFT);
    }
}

/* The record of its rows, which says how it was read; else the first one. */
static const json_t *main_record(const struct sample *sample, const json_t *of)
{
    for (size_t i = 0; i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        if (record != NULL && str_eq(model_text(record, "class"), STR("rows")) && is_same_place(record, of)) {
            return record;
        }
    }
    return of;
}

/* Of a file its own count; of a live database, which has none, the rows of its tables together. */
static void put_rows(struct page *page, const struct sample *sample, const json_t *of)
{
    uint64_t sum = 0;
    bool is_known = str_eq(model_text(of, "class"), STR("rows")) && model_has_number(of, "count");
    for (size_t i = 0; !is_known && i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        if (str_eq(model_text(record, "class"), STR("table")) && is_same_place(record, of)) {
            uint64_t rows = model_count(record, "count");
            sum = sum > UINT64_MAX - rows ? UINT64_MAX : sum + rows;
        }
    }
    sum = is_known ? model_count(of, "count") : sum;
    if (is_known || sum > 0) {
        number_count(&page->out, sum);
    } else {
        put_lit(&page->out, "–");
    }
}

static void put_file(struct page *page, const struct sample *sample, const json_t *first)
{
    const json_t *record = main_record(sample, first);
    struct str role = model_text(record, "role");
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
    if (model_text(record, "member").len > 0) {
        put_html(&page->out, model_text(record, "member"));
        PUT(page, W_SAMPLE_MEMBER, FILL_TEXT("name", model_text(record, "source")));
    } else {
        put_place(page, model_text(record, "source"));
    }
    put_lit(&page->out, "</th><td>");
    put_html(&page->out, role.len > 0 ? role : str_of(say_template(W_SAMPLE_NOT_RECORDED)));
    put_lit(&page->out, "</td><td>");
    put_rows(page, sample, record);
    put_lit(&page->out, "</td><td>");
    put_format(page, record);
    put_lit(&page->out, "</td><td>");
    put_losses(page, sample, record);
    put_lit(&page->out, "</td></tr>\n");
}

/* A file has a row of its own at its first record, whether that tells of rows or of why there are none. */
static size_t choose_files(const struct sample *sample, const json_t *files[static FILES_MAX], size_t *ret_left_out)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(model_array(sample->exam, "records")); i++) {
        const json_t *record = coverage_at(sample, i);
        size_t at = 0;
        while (record != NULL && at < count && !is_same_place(files[at], record)) {
            at++;
        }
        if (record == NULL || at < count) {
            continue;
        }
        if (count == FILES_MAX) {
            ++*ret_left_out;
        } else {
            files[count++] = record;
        }
    }
    return count;
}

void put_sample_read(struct page *page, const struct sample *sample)
{
    static const enum word heads[] = {W_SAMPLE_FILE, W_SAMPLE_ROLE, W_SAMPLE_ROWS, W_SAMPLE_FORMAT, W_SAMPLE_NOT_READ};
    const json_t *files[FILES_MAX];
    size_t left_out = 0, count = choose_files(sample, files, &left_out);
    if (count == 0) {
        put_lit(&page->out, "<p class=\"side\">");
        word(page, W_SAMPLE_READ_NONE);
        put_lit(&page->out, "</p>\n");
        return;
    }
    sample_table_open(page, sample, W_H_SAMPLE_READ, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < count; i++) {
        put_file(page, sample, files[i]);
    }
    table_close(page);
    if (left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", left_out));
        put_lit(&page->out, "</p>\n");
    }
}
