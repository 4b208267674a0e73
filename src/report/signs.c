/* Signs that lines are missing, were changed or stand there twice, each with how often such a thing comes by itself and how it may be
 * innocent; and what counters of traffic say of the time that a log is silent about. */
#include "base/str.h"
#include "report/traced.h"

#include "base/banned.h"

enum { SIGNS_MAX = 120, EXAMPLES_MAX = 8 };

struct signs {
    size_t told, left_out;
};

static bool has_room(struct signs *signs)
{
    if (signs->told == SIGNS_MAX) {
        signs->left_out++;
        return false;
    }
    signs->told++;
    return true;
}

static void cell_break(struct page *page)
{
    put_lit(&page->out, "</td><td>");
}

static void put_base(struct page *page, const json_t *record)
{
    struct str of = model_text(record, "base_of");
    if (!model_has_number(record, "base_rate")) {
        word(page, W_SIGN_NO_BASE);
        return;
    }
    double share = json_number_value(json_object_get(record, "base_rate"));
    if (share < 0.001) {
        word(page, W_SIGN_BASE_SMALL); /* a rate that rounds to none is not none */
    } else {
        PUT(page, W_SIGN_BASE, FILL_PERCENT("share", share));
    }
    if (of.len > 0) {
        put_lit(&page->out, " <span class=\"tag\">");
        put_html(&page->out, of);
        put_lit(&page->out, "</span>");
    }
}

static void put_innocent(struct page *page, const json_t *record, enum word otherwise)
{
    struct str innocent = model_text(record, "innocent");
    if (innocent.len > 0) {
        put_html(&page->out, innocent);
    } else {
        word(page, otherwise);
    }
}

/* Places: {source, line} with whatever else a sign names. */
static void put_examples(struct page *page, const json_t *examples, const json_t *exam)
{
    size_t count = json_array_size(examples);
    if (count == 0) {
        return;
    }
    fold_open(page, W_SIGN_EXAMPLES, count);
    for (size_t i = 0; i < count && i < EXAMPLES_MAX; i++) {
        const json_t *example = json_array_get(examples, i);
        int64_t at = model_time(example, "time");
        put_lit(&page->out, "<li>");
        put_traced_place(page, example, exam);
        if (at != TIME_NONE) {
            put_lit(&page->out, ", ");
            put_traced_times(page, at, at);
        }
        put_lit(&page->out, "</li>");
    }
    fold_close(page);
}

static void put_contradiction(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    if (!has_room(self)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    put_html(&page->out, model_text(record, "what"));
    put_lit(&page->out, "</b><span class=\"tag\">");
    put_html(&page->out, model_text(record, "says"));
    put_lit(&page->out, "</span></th><td>");
    put_traced_source(page, model_text(record, "source"), exam);
    put_lit(&page->out, " ");
    put_traced_times(page, model_time(record, "from"), model_time(record, "to"));
    put_examples(page, model_array(record, "examples"), exam);
    cell_break(page);
    number_count(&page->out, model_count(record, "count"));
    cell_break(page);
    put_base(page, record);
    cell_break(page);
    put_innocent(page, record, W_SIGN_INNOCENT_UNSAID);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_duplicate(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    uint64_t lines = model_count(record, "lines");
    if (!has_room(self)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    PUT(page, W_SIGN_TWICE, FILL_TEXT("where", model_text(record, "what")));
    put_lit(&page->out, "</b></th><td>");
    put_traced_place(page, record, exam);
    put_lit(&page->out, " ");
    word(page, W_SIGN_AGAIN);
    put_lit(&page->out, " ");
    put_traced_place(page, model_object(record, "of"), exam);
    put_lit(&page->out, " ");
    put_traced_times(page, model_time(record, "from"), model_time(record, "to"));
    cell_break(page);
    PUT(page, model_count(record, "sampled_one_in") > 1 ? W_SIGN_LINES_LEAST : W_SIGN_LINES, FILL_COUNT("n", lines),
        FILL_BYTES("bytes", model_count(record, "bytes")));
    cell_break(page);
    word(page, W_SIGN_NO_BASE);
    cell_break(page);
    put_innocent(page, record, W_SIGN_INNOCENT_UNSAID);
    put_lit(&page->out, "</td></tr>\n");
}

/* ---- what the names and times of the files say ---- */

static void put_leaves_gap(struct page *page, const json_t *record)
{
    const json_t *leaves = json_object_get(record, "leaves_gap");
    put_lit(&page->out, "<span class=\"tag\">");
    word(page, json_is_true(leaves)    ? W_SIGN_LEAVES_GAP
               : json_is_false(leaves) ? W_SIGN_LEAVES_NONE
                                       : W_SIGN_LEAVES_UNKNOWN);
    put_lit(&page->out, "</span>");
}

static void put_member(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct str last = model_text(record, "expected_last");
    if (!has_room(self)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    word(page, W_SIGN_MEMBER);
    put_lit(&page->out, "</b><span class=\"tag m ow\">");
    put_html(&page->out, model_text(record, "expected"));
    if (last.len > 0) {
        put_lit(&page->out, " … ");
        put_html(&page->out, last);
    }
    put_lit(&page->out, "</span></th><td>");
    put_traced_source(page, model_text(record, "source"), exam);
    put_lit(&page->out, " ");
    put_traced_times(page, model_time(record, "from"), model_time(record, "to"));
    put_leaves_gap(page, record);
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    cell_break(page);
    PUT(page, W_SIGN_FILES, FILL_COUNT("n", model_count(record, "count")));
    cell_break(page);
    word(page, W_SIGN_NO_BASE);
    cell_break(page);
    put_innocent(page, record, W_SIGN_MEMBER_INNOCENT);
    put_lit(&page->out, "</td></tr>\n");
}

static const struct {
    const char *class_name;
    enum word what, innocent;
} file_signs[] = {
    {"rotation: overlap", W_SIGN_OVERLAP, W_SIGN_OVERLAP_INNOCENT},
    {"file time: before the last line", W_SIGN_FILE_BEFORE, W_SIGN_FILE_BEFORE_INNOCENT},
    {"file time: after the last line", W_SIGN_FILE_AFTER, W_SIGN_FILE_AFTER_INNOCENT},
    {"log ends", W_SIGN_LOG_ENDS, W_SIGN_LOG_ENDS_INNOCENT},
};
enum { FILE_SIGNS = sizeof file_signs / sizeof file_signs[0] };

struct file_sign {
    struct signs *signs;
    size_t kind;
};

static void put_file_sign(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    const struct file_sign *sign = self;
    int64_t file_time = model_time(record, "file_time"), to = model_time(record, "to");
    struct str other = model_text(record, "other");
    if (!has_room(sign->signs)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    word(page, file_signs[sign->kind].what);
    put_lit(&page->out, "</b></th><td>");
    put_traced_source(page, model_text(record, "source"), exam);
    if (other.len > 0) {
        put_lit(&page->out, ", ");
        put_traced_source(page, other, exam);
    }
    put_lit(&page->out, " ");
    if (file_time != TIME_NONE && to != TIME_NONE) {
        PUT(page, W_SIGN_FILE_TIMES, FILL_INSTANT("last", to), FILL_INSTANT("file", file_time));
    } else {
        put_traced_times(page, model_time(record, "from"), to);
    }
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    cell_break(page);
    if (model_span(record, "seconds") > 0) {
        OWN(own_buf) struct buf span = {0};
        number_duration(&span, model_span(record, "seconds"));
        put_html(&page->out, buf_str(&span));
    } else {
        put_lit(&page->out, "–");
    }
    cell_break(page);
    word(page, W_SIGN_NO_BASE);
    cell_break(page);
    put_innocent(page, record, file_signs[sign->kind].innocent);
    put_lit(&page->out, "</td></tr>\n");
}

static size_t count_signs(const struct page *page)
{
    size_t count = traced_count(page, "measure", "contradiction") + traced_count(page, "measure", "duplicate") +
                   traced_count(page, "coverage", "rotation: member missing");
    for (size_t i = 0; i < FILE_SIGNS; i++) {
        count += traced_count(page, "coverage", file_signs[i].class_name);
    }
    return count;
}

/* Only an examination that counts contradictions has looked for any. */
static bool was_looked_for(const struct model *model)
{
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        const json_t *exam = json_array_get(model->exams, i);
        if (model_is_engine(exam, "trace") && model_has_number(model_summary(exam), "contradictions")) {
            return true;
        }
    }
    return false;
}

void put_logs_signs(struct page *page)
{
    static const enum word heads[] = {W_SIGN, W_SIGN_WHERE, W_SIGN_COUNT, W_SIGN_BASE_HEAD, W_SIGN_INNOCENT};
    struct signs signs = {0};
    heading(page, W_H_SIGNS);
    if (count_signs(page) == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, was_looked_for(page->model) ? W_NO_SIGNS : W_SIGNS_NOT_LOOKED);
        put_lit(&page->out, "</p>");
        return;
    }
    table_open(page, str_of(say_template(W_H_SIGNS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "measure", "contradiction", put_contradiction, &signs);
    traced_each(page, "coverage", "rotation: member missing", put_member, &signs);
    for (size_t i = 0; i < FILE_SIGNS; i++) {
        traced_each(page, "coverage", file_signs[i].class_name, put_file_sign, &(struct file_sign){&signs, i});
    }
    traced_each(page, "measure", "duplicate", put_duplicate, &signs);
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_SIGNS_NOTE);
    if (signs.left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", signs.left_out));
    }
    put_lit(&page->out, "</p>");
}

/* ---- counters ---- */

static enum word about_word(struct str about)
{
    return str_eq(about, STR("gap")) ? W_BOUND_GAP : str_eq(about, STR("taking")) ? W_BOUND_TAKING : W_BOUND_WHOLE;
}

static void put_bytes_or(struct page *page, const json_t *record, const char *key, enum word unknown)
{
    if (model_has_number(record, key)) {
        number_bytes(&page->out, model_count(record, key));
    } else {
        word(page, unknown);
    }
}

static void put_bound(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct str silent = model_text(record, "silent"), path = model_text(record, "path");
    if (!has_room(self)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\">");
    word(page, about_word(model_text(record, "about")));
    put_lit(&page->out, "<span class=\"tag ow\">");
    if (silent.len > 0) {
        put_traced_source(page, silent, exam);
    } else if (path.len > 0) {
        put_html(&page->out, model_text(record, "client"));
        put_lit(&page->out, " ");
        put_html(&page->out, path);
    }
    put_lit(&page->out, "</span></th><td>");
    put_traced_times(page, model_time(record, "from"), model_time(record, "to"));
    cell_break(page);
    put_traced_source(page, model_text(record, "source"), exam);
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(record, "device"));
    PUT(page, W_BOUND_COVERED, FILL_SPAN("span", model_span(record, "covered_s")),
        FILL_SPAN("of", model_span(record, "seconds")));
    cell_break(page);
    put_bytes_or(page, record, "sent_min", W_TAKEN_UNKNOWN_LEAST);
    cell_break(page);
    put_bytes_or(page, record, "sent_max", W_TAKEN_NO_LIMIT);
    cell_break(page);
    put_bytes_or(page, record, "usual", W_BOUND_NOT_KNOWN);
    if (model_has_number(record, "above_usual_max")) {
        PUT(page, W_BOUND_ABOVE, FILL_BYTES("bytes", model_count(record, "above_usual_max")));
    }
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    put_lit(&page->out, "</td></tr>\n");
}

void put_logs_bounds(struct page *page)
{
    static const enum word heads[] = {W_BOUND_OF,       W_TAKEN_WHEN,    W_BOUND_COUNTERS,
                                      W_TAKEN_AT_LEAST, W_TAKEN_AT_MOST, W_BOUND_USUAL};
    struct signs bounds = {0};
    if (traced_count(page, "measure", "traffic-bound") == 0) {
        return;
    }
    heading(page, W_H_BOUNDS);
    table_open(page, str_of(say_template(W_H_BOUNDS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "measure", "traffic-bound", put_bound, &bounds);
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_BOUNDS_NOTE);
    if (bounds.left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", bounds.left_out));
    }
    put_lit(&page->out, "</p>");
}
