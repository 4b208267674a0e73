/* What examinations of logs recorded, as several sections read it. */
#include "report/traced.h"

#include "base/str.h"

#include "base/banned.h"

enum { FOLDED_MAX = 48, CODE_MAX_BYTES = 400 };

static const struct {
    const char *name;
    enum word word, in_short;
} kinds[LOGS_OF] = {
    [LOG_OF_WEB] = {"web", W_LOG_WEB, W_SHORT_WEB},
    [LOG_OF_DATABASE] = {"database", W_LOG_DATABASE, W_SHORT_DATABASE},
    [LOG_OF_ERRORS] = {"errors", W_LOG_ERRORS, W_SHORT_ERRORS},
    [LOG_OF_LOGINS] = {"logins", W_LOG_LOGINS, W_SHORT_LOGINS},
    [LOG_OF_TRAFFIC] = {"traffic", W_LOG_TRAFFIC, W_SHORT_TRAFFIC},
};

enum word traced_word(enum log_of of)
{
    return kinds[of].word;
}

enum word traced_short(enum log_of of)
{
    return kinds[of].in_short;
}

const json_t *traced_log(const json_t *summary, enum log_of of)
{
    const json_t *logs = model_object(summary, "logs");
    if (logs == NULL) {
        return of == LOG_OF_WEB ? summary : NULL;
    }
    return model_object(logs, kinds[of].name);
}

bool traced_is_of(const json_t *record, enum log_of of)
{
    struct str log = model_text(record, "log");
    return log.len == 0 ? of == LOG_OF_WEB : str_eq(log, str_of(kinds[of].name));
}

enum log_of traced_lane(const json_t *event)
{
    static const struct {
        const char *role;
        enum log_of of;
    } roles[] = {{"database-dump", LOG_OF_DATABASE}, {"ran", LOG_OF_ERRORS},     {"error", LOG_OF_ERRORS},
                 {"output", LOG_OF_ERRORS},          {"login", LOG_OF_LOGINS},   {"command", LOG_OF_LOGINS},
                 {"new-user", LOG_OF_LOGINS},        {"account", LOG_OF_LOGINS}, {"upload", LOG_OF_LOGINS},
                 {"download", LOG_OF_LOGINS}};
    struct str role = model_text(event, "role");
    if (str_eq(role, STR("upload")) && json_object_get(event, "program") == NULL &&
        json_object_get(event, "file") == NULL) {
        return LOGS_OF; /* a request, not a line of FTP */
    }
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (str_eq(role, str_of(roles[i].role))) {
            return roles[i].of;
        }
    }
    return LOGS_OF;
}

int64_t traced_silence(const json_t *summary, enum log_of of, size_t *ret_gaps)
{
    const json_t *gaps = model_array(summary, "gaps");
    int64_t sum = 0;
    *ret_gaps = 0;
    for (size_t i = 0; i < json_array_size(gaps); i++) {
        const json_t *gap = json_array_get(gaps, i);
        if (traced_is_of(gap, of)) {
            sum += model_span(gap, "seconds");
            sum = sum < INT64_MAX / 2 ? sum : INT64_MAX / 2;
            ++*ret_gaps;
        }
    }
    return sum;
}

uint64_t traced_lines(const struct model *model, const json_t *exam, struct str exhibit)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < model->told_count; i++) {
        const json_t *record = model_record(model->told[i].wrapped, "coverage");
        if (model->told[i].exam == exam && str_eq(model->told[i].exhibit, exhibit) &&
            str_eq(model_text(record, "class"), STR("parsed"))) {
            lines = reach_sum(lines, model_count(record, "count"));
        }
    }
    return lines;
}

size_t traced_each(struct page *page, const char *type, const char *class_name, traced_visit *visit, void *self)
{
    const struct model *model = page->model;
    size_t count = 0;
    for (size_t i = 0; i < model->told_count; i++) {
        const json_t *record = model_record(model->told[i].wrapped, type);
        if (record != NULL && str_eq(model_text(record, "class"), str_of(class_name))) {
            count++;
            if (visit != NULL) {
                visit(page, record, model->told[i].exam, self);
            }
        }
    }
    return count;
}

size_t traced_count(const struct page *page, const char *type, const char *class_name)
{
    return traced_each((struct page *)(uintptr_t)page, type, class_name, NULL, NULL);
}

/* ---- writing ---- */

void put_traced_source(struct page *page, struct str source, const json_t *exam)
{
    struct str exhibit = model_exhibit(page->model, exam, source);
    struct str name = model_text(model_find(page->model->evidence, exhibit), "name");
    if (exhibit.len > 0) {
        put_ref(page, exhibit);
    }
    if (source.len > 0 && !str_eq(name, source)) {
        put_either(&page->out, exhibit.len > 0, " ", "");
        put_lit(&page->out, "<span class=\"m ow\">");
        put_place(page, source);
        put_lit(&page->out, "</span>");
    }
}

void put_traced_place(struct page *page, const json_t *record, const json_t *exam)
{
    struct str source = model_text(record, "source"), exhibit = model_exhibit(page->model, exam, source);
    if (exhibit.len > 0) {
        put_lit(&page->out, "<span class=\"nw\">");
        put_ref(page, exhibit);
    } else {
        put_lit(&page->out, "<span class=\"ow\">");
        put_html(&page->out, source);
    }
    if (model_count(record, "line") > 0) {
        PUT(page, W_LINE, FILL_COUNT("n", model_count(record, "line")));
    }
    put_lit(&page->out, "</span>");
}

void put_traced_times(struct page *page, int64_t from, int64_t to)
{
    OWN(own_buf) struct buf text = {0};
    int64_t day = 86400 * NS_PER_S;
    if (from == TIME_NONE && to == TIME_NONE) {
        word(page, W_TIME_UNKNOWN);
        return;
    }
    number_instant(&text, from == TIME_NONE ? to : from);
    if (from != TIME_NONE && to != TIME_NONE && to != from) {
        buf_puts(&text, " to ");
        if (from / day == to / day) {
            number_clock(&text, to, to % (60 * NS_PER_S) != 0);
        } else {
            number_instant(&text, to);
        }
    }
    put_html(&page->out, buf_str(&text));
    page->out.failed |= text.failed;
}

void fold_open(struct page *page, enum word summary, uint64_t count)
{
    put_lit(&page->out, "<details><summary>");
    PUT(page, summary, FILL_COUNT("n", count));
    put_lit(&page->out, "</summary><ul>");
}

void fold_close(struct page *page)
{
    put_lit(&page->out, "</ul></details>");
}

void put_folded_texts(struct page *page, enum word summary, const json_t *texts)
{
    size_t count = json_array_size(texts);
    if (count == 0) {
        return;
    }
    fold_open(page, summary, count);
    for (size_t i = 0; i < count && i < FOLDED_MAX; i++) {
        put_lit(&page->out, "<li>");
        put_html(&page->out, model_text_at(texts, i));
        put_lit(&page->out, "</li>");
    }
    if (count > FOLDED_MAX) {
        put_lit(&page->out, "<li>");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - FOLDED_MAX));
        put_lit(&page->out, "</li>");
    }
    fold_close(page);
}

void put_code(struct page *page, struct str text)
{
    size_t end = text.len < CODE_MAX_BYTES ? text.len : CODE_MAX_BYTES;
    while (end > 0 && end < text.len && ((unsigned char)text.data[end] & 0xC0) == 0x80) {
        end--; /* not within a character */
    }
    put_lit(&page->out, "<code class=\"ow\">");
    put_html(&page->out, str_slice(text, 0, end));
    put_lit(&page->out, "</code>");
    if (end < text.len) {
        word(page, W_CUT_OFF);
    }
}
