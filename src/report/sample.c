/* The sample against the database: what was compared, what it weighs against which alternative, and what bounds that number. Then
 * pictures and tables (sample_*.c), and what none of it shows. */
#include "report/sample.h"

#include <math.h>

#include "base/str.h"

#include "base/banned.h"

enum { EXAMS_MAX = 4, REASONS_MAX = 16 };

bool sample_is_examined(const struct model *model)
{
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        if (model_is_engine(json_array_get(model->exams, i), "match")) {
            return true;
        }
    }
    return false;
}

/* ---- for all parts ---- */

void sample_table_open(struct page *page, const struct sample *sample, enum word title, const enum word *heads,
                       size_t count)
{
    OWN(own_buf) struct buf name = {0};
    heading(page, title);
    PLAIN(page, &name, W_SAMPLE_OF, FILL_TEXT("what", str_of(say_template(title))), FILL_TEXT("exam", sample->id));
    table_open(page, buf_str(&name), heads, count);
}

void sample_few_open(struct page *page, const struct sample *sample, enum word title, const enum word *heads,
                     size_t count)
{
    OWN(own_buf) struct buf name = {0};
    heading(page, title);
    PLAIN(page, &name, W_SAMPLE_OF, FILL_TEXT("what", str_of(say_template(title))), FILL_TEXT("exam", sample->id));
    put_lit(&page->out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    put_attr(&page->out, buf_str(&name));
    put_lit(&page->out, "\"><table class=\"few\"><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        head_cell(page, heads[i], NULL);
    }
    put_lit(&page->out, "</tr></thead><tbody>\n");
}

void put_sample_names(struct page *page, const json_t *names, size_t most)
{
    size_t count = json_array_size(names);
    for (size_t i = 0; i < count && i < most; i++) {
        put_either(&page->out, i > 0, ", ", "");
        put_html(&page->out, model_text_at(names, i));
    }
    if (count > most) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - most));
    }
}

static const struct {
    const char *key;
    enum word name, otherwise;
} alternatives[] = {{"elsewhere", W_SAMPLE_ALT_ELSEWHERE, W_SAMPLE_IF_ELSEWHERE},
                    {"partner", W_SAMPLE_ALT_PARTNER, W_SAMPLE_IF_PARTNER},
                    {"recycled", W_SAMPLE_ALT_RECYCLED, W_SAMPLE_IF_RECYCLED},
                    {"made_up", W_SAMPLE_ALT_MADE_UP, W_SAMPLE_IF_MADE_UP},
                    {"seed", W_SAMPLE_ALT_SEED, W_SAMPLE_IF_SEED}};

struct str sample_alternative(struct str key)
{
    for (size_t i = 0; i < sizeof alternatives / sizeof alternatives[0]; i++) {
        if (str_eq(key, str_of(alternatives[i].key))) {
            return str_of(say_template(alternatives[i].name));
        }
    }
    return key;
}

void sample_hours(struct buf *out, const json_t *seconds)
{
    double hundredths = json_number_value(seconds) / 36;
    long whole = fabs(hundredths) < 1e9 ? lround(hundredths) : 0;
    long size = whole < 0 ? -whole : whole;
    buf_puts(out, whole < 0 ? "−" : "+");
    buf_printf(out, "%ld.%02ld", size / 100, size % 100);
}

bool sample_pair(const json_t *pair, double ret[static 2])
{
    for (size_t i = 0; i < 2; i++) {
        ret[i] = json_number_value(json_array_get(pair, i));
    }
    return json_is_number(json_array_get(pair, 0)) && json_is_number(json_array_get(pair, 1)) && ret[0] <= ret[1];
}

/* ---- what was compared ---- */

static bool is_backup(const struct sample *sample, struct str source)
{
    const json_t *backups = model_array(model_object(sample->summary, "dates"), "backups");
    for (size_t i = 0; i < json_array_size(backups); i++) {
        if (str_eq(model_text(json_array_get(backups, i), "source"), source)) {
            return true;
        }
    }
    return false;
}

/* Tables of the reference that were looked through; 0: not recorded. */
static uint64_t count_tables(const struct sample *sample)
{
    const json_t *records = model_array(sample->exam, "records");
    uint64_t count = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = model_record(json_array_get(records, i), "coverage");
        count += str_eq(model_text(record, "class"), STR("table")) && !is_backup(sample, model_text(record, "source"));
    }
    return count;
}

static void put_compared(struct page *page, const struct sample *sample)
{
    struct str table = model_text(sample->summary, "table");
    uint64_t streamed = model_count(sample->summary, "rows_streamed"), tables = count_tables(sample);
    if (table.len == 0) { /* an earlier release named it in the columns alone: "customers.email" */
        struct str column = model_text(json_array_get(model_array(sample->summary, "columns"), 0), "reference");
        table = column;
        while (table.len > 0 && table.data[table.len - 1] != '.') {
            table.len--;
        }
        table = table.len > 1 ? str_slice(table, 0, table.len - 1) : column;
    }
    if (table.len > 0) {
        PUT(page, W_SAMPLE_COMPARED, FILL_COUNT("rows", sample->rows),
            FILL_COUNT("of", model_count(sample->summary, "rows_reference")), FILL_PLACE("table", table));
    } else {
        PUT(page, W_SAMPLE_COMPARED_NONE, FILL_COUNT("rows", sample->rows));
    }
    if (streamed > 0 && tables > 0) {
        PUT(page, W_SAMPLE_STREAMED, FILL_COUNT("n", streamed), FILL_COUNT("tables", tables));
    } else if (streamed > 0) {
        PUT(page, W_SAMPLE_STREAMED_ROWS, FILL_COUNT("n", streamed));
    }
    word(page, W_STOP);
}

static void put_agreeing(struct page *page, const struct sample *sample)
{
    double share[2];
    if (model_has_number(sample->summary, "rows_linked") && sample->rows > 0) {
        PUT(page, W_SAMPLE_LINKED, FILL_COUNT("n", model_count(sample->summary, "rows_linked")));
    }
    if (model_has_number(sample->summary, "rows_matched") && sample->rows > 0) {
        PUT(page, W_SAMPLE_AGREE, FILL_COUNT("n", model_count(sample->summary, "rows_matched")),
            FILL_COUNT("of", sample->rows));
    }
    if (sample_pair(model_array(sample->summary, "share"), share)) {
        PUT(page, W_SAMPLE_SHARE, FILL_PERCENT("lo", share[0]), FILL_PERCENT("hi", share[1]));
    } else if (json_is_null(json_object_get(sample->summary, "share"))) {
        word(page, W_SAMPLE_SHARE_NONE);
    }
    uint64_t rejected = 0;
    bool is_recorded = sample_rejected(sample, &rejected);
    bool is_complete = json_is_true(json_object_get(sample->summary, "complete"));
    if (rejected > 0) {
        PUT(page, W_SAMPLE_REJECTED, FILL_COUNT("n", rejected));
    } else if (is_recorded && is_complete) {
        word(page, W_SAMPLE_NONE_REJECTED);
    }
    if (json_is_false(json_object_get(sample->summary, "complete"))) {
        word(page, W_SAMPLE_INCOMPLETE);
    }
}

/* ---- the headline ---- */

/* "if it was taken elsewhere": raw text */
static void put_otherwise(struct page *page, struct buf *out, struct str key)
{
    for (size_t i = 0; i < sizeof alternatives / sizeof alternatives[0]; i++) {
        if (str_eq(key, str_of(alternatives[i].key))) {
            buf_puts(out, say_template(alternatives[i].otherwise));
            return;
        }
    }
    if (key.len == 0) {
        buf_puts(out, say_template(W_SAMPLE_IF_UNSAID));
    } else {
        PLAIN(page, out, W_SAMPLE_IF_OTHER, FILL_TEXT("name", key));
    }
}

static void put_headline(struct page *page, const struct sample *sample)
{
    const json_t *headline = model_object(sample->summary, "headline");
    if (!model_has_number(headline, "log10_lr")) {
        word(page,
             json_is_null(json_object_get(sample->summary, "headline")) ? W_SAMPLE_NO_HEADLINE : W_SAMPLE_NO_RATIO);
        return;
    }
    double ratio = json_number_value(json_object_get(headline, "log10_lr"));
    OWN(own_buf) struct buf otherwise = {0};
    OWN(own_buf) struct buf times = {0};
    put_otherwise(page, &otherwise, model_text(headline, "alternative"));
    number_times(&times, ratio);
    put_lit(&page->out, "<b>");
    number_ratio(&page->out, ratio);
    put_lit(&page->out, "</b>, ");
    number_strength(&page->out, ratio, 0);
    if (fabs(ratio) < 0.3) {
        PUT(page, W_SAMPLE_EVEN, FILL_TEXT("otherwise", buf_str(&otherwise)));
    } else {
        PUT(page, ratio > 0 ? W_SAMPLE_IF_SO : W_SAMPLE_IF_NOT, FILL_TEXT("times", buf_str(&times)),
            FILL_TEXT("otherwise", buf_str(&otherwise)));
    }
    word(page, W_SAMPLE_OTHERS_ARE);
}

/* ---- what bounds it ---- */

static void put_cap(struct page *page, const struct sample *sample)
{
    double cap[2];
    put_lit(&page->out, "<p>");
    if (sample_pair(model_array(sample->summary, "cap"), cap)) {
        PUT(page, W_SAMPLE_CAP, FILL_RATIO("lo", cap[0]), FILL_RATIO("hi", cap[1]));
    } else {
        word(page, W_SAMPLE_CAP_NONE);
    }
    put_lit(&page->out, "</p>");
}

static void put_twin(struct page *page, const struct sample *sample)
{
    const json_t *twin = json_object_get(sample->summary, "twin");
    double spread[2];
    put_lit(&page->out, "<p>");
    if (sample_pair(model_array(twin, "spread"), spread)) {
        struct hole runs = FILL_COUNT("runs", model_count(twin, "runs"));
        struct hole rows = FILL_COUNT("rows", model_count(twin, "rows"));
        if (number_tenths(spread[0]) == number_tenths(spread[1])) {
            PUT(page, W_SAMPLE_TWIN_ONE, FILL_RATIO("hi", spread[1]), runs, rows);
        } else {
            PUT(page, W_SAMPLE_TWIN, FILL_RATIO("lo", spread[0]), FILL_RATIO("hi", spread[1]), runs, rows);
        }
        if (spread[1] > 0) {
            word(page, W_SAMPLE_TWIN_HIGH);
        }
    } else {
        word(page, json_is_null(twin) ? W_SAMPLE_TWIN_NOT : W_SAMPLE_TWIN_UNKNOWN);
    }
    put_lit(&page->out, "</p>");
}

static void put_class(struct page *page, const struct sample *sample)
{
    struct str class_name = model_text(sample->summary, "evidence_class");
    if (class_name.len == 0) {
        return;
    }
    put_lit(&page->out, "<p>");
    if (str_eq(class_name, STR("secret"))) {
        word(page, W_SAMPLE_CLASS_SECRET);
    } else if (str_eq(class_name, STR("issued"))) {
        word(page, W_SAMPLE_CLASS_ISSUED);
    } else if (str_eq(class_name, STR("none"))) {
        word(page, W_SAMPLE_CLASS_NONE);
    } else {
        PUT(page, W_SAMPLE_CLASS_OTHER, FILL_TEXT("text", class_name));
    }
    put_lit(&page->out, "</p>");
}

static void put_excluded(struct page *page, const struct sample *sample)
{
    const json_t *excluded = model_object(sample->summary, "excluded");
    const char *reason;
    const json_t *rows;
    size_t told = 0, left_out = 0;
    put_lit(&page->out, "<p>");
    word(page, W_SAMPLE_EXCLUDED);
    json_object_foreach((json_t *)(uintptr_t)excluded, reason, rows)
    {
        if (!json_is_integer(rows) || json_integer_value(rows) <= 0) {
            continue;
        }
        if (told == REASONS_MAX) {
            left_out++;
            continue;
        }
        put_either(&page->out, told++ > 0, ";", "");
        PUT(page, W_SAMPLE_EXCLUDED_ONE, FILL_COUNT("n", (uint64_t)json_integer_value(rows)),
            FILL_TEXT("why", str_of(reason)));
    }
    if (left_out > 0) {
        put_lit(&page->out, "; ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", left_out));
    }
    if (told == 0) {
        word(page, excluded == NULL ? W_SAMPLE_EXCLUDED_UNKNOWN : W_SAMPLE_EXCLUDED_NONE);
    } else {
        word(page, W_STOP);
    }
    put_lit(&page->out, "</p>");
}

/* ---- what it does not show ---- */

static void put_limits(struct page *page, const struct sample *sample)
{
    struct str declared = model_text(sample->summary, "rows_declared");
    const json_t *ratios = model_object(sample->summary, "log10_lr"), *shared = model_object(sample->summary, "shared");
    put_lit(&page->out, "<p class=\"side wide mt\">");
    word(page, W_SAMPLE_NOT);
    if (!model_has_number(ratios, "recycled")) {
        word(page, W_SAMPLE_NOT_RECYCLED);
    }
    if (!str_eq(declared, STR("random")) && !str_eq(declared, STR("complete"))) {
        word(page, W_SAMPLE_NOT_CHOSEN);
    }
    if (!json_is_true(json_object_get(shared, "answered"))) {
        word(page, W_SAMPLE_NOT_PARTNER);
    }
    if (!json_is_true(json_object_get(sample->summary, "complete"))) {
        word(page, W_SAMPLE_NOT_SEEN);
    }
    put_lit(&page->out, "</p>\n");
}

/* ---- one examination ---- */

/* The file that was examined: of the exhibits of the examination the one that is a sample, else the source of the sample's rows. */
static struct str sample_file(const struct model *model, const json_t *exam)
{
    const json_t *ids = model_array(exam, "evidence"), *records = model_array(exam, "records");
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = model_record(json_array_get(records, i), "coverage");
        if (str_eq(model_text(record, "role"), STR("sample"))) {
            return model_text(record, "source");
        }
    }
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *exhibit = model_find(model->evidence, model_text_at(ids, i));
        if (str_eq(model_text(exhibit, "what"), STR("sample"))) {
            return model_text(exhibit, "name");
        }
    }
    return (struct str){"", 0};
}

static void put_exam_heading(struct page *page, const struct sample *sample)
{
    struct str name = sample->file.len > 0 ? sample->file : str_of(say_template(W_SAMPLE_NO_NAME));
    put_lit(&page->out, "<h3 class=\"ex\">");
    PUT(page, W_SAMPLE_EXAM, FILL_TEXT("id", sample->id), FILL_TEXT("name", name));
    put_lit(&page->out, " ");
    put_refs(page, model_array(sample->exam, "evidence"), 6);
    put_lit(&page->out, "</h3>\n");
}

static void put_undone(struct page *page, const struct sample *sample)
{
    struct str why = model_text(sample->exam, "error");
    put_lit(&page->out, "<p class=\"col\">");
    PUT(page, W_SAMPLE_UNDONE, FILL_TEXT("id", sample->id),
        FILL_TEXT("why", why.len > 0 ? why : str_of(say_template(W_SAMPLE_NO_WHY))));
    put_lit(&page->out, "</p>\n");
}

static void put_exam(struct page *page, const json_t *exam)
{
    struct sample sample = {.exam = exam,
                            .summary = model_summary(exam),
                            .id = model_text(exam, "id"),
                            .file = sample_file(page->model, exam)};
    sample.rows = model_count(sample.summary, "rows_sample");
    put_exam_heading(page, &sample);
    if (sample.summary == NULL) {
        put_undone(page, &sample);
        return;
    }
    bool is_weighed = model_object(sample.summary, "headline") != NULL;
    put_lit(&page->out, "<div class=\"two\"><div><p>");
    put_compared(page, &sample);
    put_agreeing(page, &sample);
    put_sample_read_as(page, &sample);
    put_lit(&page->out, "</p><p>");
    put_headline(page, &sample);
    put_lit(&page->out, "</p></div><div class=\"side\">");
    if (is_weighed) { /* nothing bounds a number that there is not */
        put_cap(page, &sample);
        put_twin(page, &sample);
        put_class(page, &sample);
        put_excluded(page, &sample);
    }
    put_lit(&page->out, "</div></div>\n");
    figure_sample_ratios(page, &sample);
    figure_sample_columns(page, &sample);
    figure_sample_dates(page, &sample);
    put_sample_read(page, &sample);
    put_sample_beside(page, &sample);
    put_sample_made(page, &sample);
    put_sample_excerpts(page, &sample);
    put_limits(page, &sample);
}

void section_sample(struct page *page)
{
    size_t told = 0;
    if (!sample_is_examined(page->model) && !private_is_told(page->model)) {
        return;
    }
    section_open(page, "sample", W_H_SAMPLE);
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        if (model_is_engine(exam, "match") && told++ < EXAMS_MAX) {
            put_exam(page, exam);
        }
    }
    if (told > EXAMS_MAX) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_SAMPLE_MORE, FILL_COUNT("n", told - EXAMS_MAX));
        put_lit(&page->out, "</p>");
    }
    put_private(page);
    section_close(page);
}
