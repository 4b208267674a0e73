/* The page: head with its policy, the opening, the sections in their order, the foot. One file, no script, no request. */
#include "assay/report.h"

#include "base/hash.h"
#include "base/str.h"
#include "report/events.h"
#include "report/page_css.h"
#include "report/sample.h"

#include "base/banned.h"

enum { PAGE_MAX_BYTES = 64 << 20, CLAUSES_MAX = 4 };

/* ---- head ---- */

static bool is_plain_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '.' || c == '_';
        if (!is_plain) {
            return false;
        }
    }
    return name.len > 0 && name.len <= 64;
}

/* The style block: the sheet, and the running foot of the paper with the case's name (if it needs no escaping) and its checkpoint. */
static void make_style(const struct model *model, struct buf *style)
{
    struct str name = model_text(model->kase, "name");
    const json_t *checkpoint = model_checkpoint(model);
    buf_put(style, (struct str){(const char *)page_css, sizeof page_css});
    buf_puts(style, "@page{@bottom-left{content:\"Assay");
    if (is_plain_name(name)) {
        buf_puts(style, " · ");
        buf_put(style, name);
    }
    if (checkpoint != NULL) {
        buf_printf(style, " · checkpoint %llu", (unsigned long long)model_count(checkpoint, "size"));
    } else {
        buf_puts(style, " · not sealed");
    }
    buf_puts(style, "\";font:8pt sans-serif;color:#666}}");
}

static void put_head(struct page *page, const struct buf *style)
{
    struct buf *out = &page->out;
    char hash[64];
    struct sha256 digest = sha256_of(buf_str(style));
    base64_encode(hash, digest.bytes, SHA256_BYTES);
    put_lit(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;sha256-");
    buf_puts(out, hash);
    put_lit(out, "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\">"
                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                 "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"robots\" content=\"noindex\"><title>");
    PUT(page, W_TITLE, FILL_TEXT("name", model_text(page->model->kase, "name")));
    put_lit(out, "</title><style>");
    buf_put(out, buf_str(style));
    put_lit(out, "</style></head>\n<body>");
}

/* Patterns, arrow heads and the three glyphs, used from everywhere. */
static void put_defs(struct buf *out)
{
    static const char *const arrows[][2] = {
        {"ar-s", "cs"}, {"ar-r", "cr"}, {"ar-u", "cu"}, {"ar-i", "bar"}, {"ar-g", "soft"}};
    put_lit(
        out,
        "<svg class=\"defs\" aria-hidden=\"true\" focusable=\"false\"><defs>"
        "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<path class=\"hl\" d=\"M0 3H6\"/></pattern>"
        "<pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><circle class=\"hd\" cx=\"2.5\" cy=\"2.5\" r=\".9\"/></pattern>\n"
        "<symbol id=\"g-sup\" viewBox=\"0 0 14 14\"><circle class=\"fs\" cx=\"7\" cy=\"7\" r=\"6.5\"/><path class=\"gk\" d=\"M3.8 7H10.2M7 3.8V10.2\"/></symbol>\n"
        "<symbol id=\"g-ref\" viewBox=\"0 0 14 14\"><path class=\"fr\" d=\"M7 0L14 7 7 14 0 7Z\"/><path class=\"gk\" d=\"M4 7H10\"/></symbol>\n"
        "<symbol id=\"g-und\" viewBox=\"0 0 14 14\"><rect class=\"fu\" x=\"1\" y=\"1\" width=\"12\" height=\"12\"/>"
        "<path class=\"gq\" d=\"M5 5.4Q5 3.6 7 3.6T9 5.4Q9 6.4 7.6 7 7 7.3 7 8.3M7 9.7V10.9\"/></symbol>\n");
    for (size_t i = 0; i < sizeof arrows / sizeof arrows[0]; i++) {
        buf_printf(
            out,
            "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
            "<path class=\"%s\" d=\"M0 0L8 4 0 8Z\"/></marker>\n",
            arrows[i][0], arrows[i][1]);
    }
    put_lit(out, "</defs></svg>\n");
}

/* ---- opening ---- */

static void put_kicker(struct page *page)
{
    const struct model *model = page->model;
    const json_t *checkpoint = model_checkpoint(model);
    OWN(own_buf) struct buf root = {0};
    put_lit(&page->out, "<p class=\"k ui\"><b>");
    word(page, W_REPORT);
    put_lit(&page->out, "</b><span>");
    PUT(page, W_CASE, FILL_TEXT("name", model_text(model->kase, "name")));
    put_lit(&page->out, "</span><span>");
    if (checkpoint != NULL) {
        number_digest(&root, model_text(checkpoint, "root"));
        PUT(page, W_CHECKPOINT, FILL_COUNT("n", model_count(checkpoint, "size")), FILL_TEXT("root", buf_str(&root)));
        if (model_count(model->ledger, "size") > model_count(checkpoint, "size")) {
            put_lit(&page->out, "</span><span>");
            PUT(page, W_SINCE_CHECKPOINT,
                FILL_COUNT("n", model_count(model->ledger, "size") - model_count(checkpoint, "size")));
        }
    } else {
        PUT(page, W_UNSEALED, FILL_COUNT("n", model_count(model->ledger, "size")));
    }
    put_lit(&page->out, "</span><span>");
    PUT(page, W_WRITTEN, FILL_INSTANT("now", model->now));
    put_lit(&page->out, "</span></p>");
}

static size_t count_direction(const struct model *model, enum direction direction)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(model->claims); i++) {
        count += model_direction(model->verdicts[i]) == direction;
    }
    return count;
}

/* "four are supported, one is refuted and three are undetermined" */
static void put_tally(struct page *page)
{
    static const enum direction order[] = {SUPPORTED, REFUTED, UNDETERMINED, NOT_JUDGED};
    size_t kinds = 0, told = 0;
    for (size_t i = 0; i < 4; i++) {
        kinds += count_direction(page->model, order[i]) > 0;
    }
    for (size_t i = 0; i < 4; i++) {
        size_t count = count_direction(page->model, order[i]);
        if (count == 0) {
            continue;
        }
        buf_puts(&page->out, told == 0 ? "" : told + 1 == kinds ? " and " : ", ");
        if (kinds == 1 && count > 1) {
            word(page, W_ALL_ARE);
        } else {
            PUT(page, W_SO_MANY_ARE, FILL_SMALL("n", count));
        }
        put_lit(&page->out, " ");
        put_verdict(page, order[i]);
        told++;
    }
    put_lit(&page->out, ". ");
}

/* "The evidence supports that A, that B and that C." for the claims of one direction */
static void put_clauses(struct page *page, enum direction direction, enum word first, enum word further,
                        enum word closing)
{
    size_t count = count_direction(page->model, direction), told = 0;
    for (size_t i = 0; i < json_array_size(page->model->claims) && told < CLAUSES_MAX; i++) {
        if (model_direction(page->model->verdicts[i]) == direction) {
            OWN(own_buf) struct buf clause = {0};
            claim_clause(&clause, json_array_get(page->model->claims, i));
            buf_puts(&page->out, told == 0 ? "" : told + 1 == count ? " and " : ", ");
            PUT(page, told == 0 ? first : further, FILL_CLAIM("claim", buf_str(&clause)));
            told++;
        }
    }
    if (count > told) {
        PUT(page, W_AND_OTHERS, FILL_SMALL("n", count - told));
    }
    if (told > 0) {
        word(page, closing);
        put_lit(&page->out, " ");
    }
}

static void put_lead(struct page *page)
{
    const struct model *model = page->model;
    size_t claims = json_array_size(model->claims);
    put_lit(&page->out, "<p class=\"lead\">");
    if (claims == 0) {
        word(page, W_LEAD_NO_CLAIMS);
    } else {
        if (claims == 1) {
            word(page, W_LEAD_ONE);
        } else {
            PUT(page, W_LEAD_OF, FILL_SMALL("n", claims));
        }
        put_lit(&page->out, " ");
        put_tally(page);
        if (model->exams_done == 0) {
            word(page, W_LEAD_NOTHING_EXAMINED);
            put_lit(&page->out, " ");
        }
        put_clauses(page, SUPPORTED, W_SUPPORTS, W_THAT_CLAIM, W_STOP);
        put_clauses(page, REFUTED, W_REFUTES, W_THAT_CLAIM, W_STOP);
        put_clauses(page, UNDETERMINED, W_WHETHER, W_WHETHER_TOO, W_CANNOT_BE_TOLD);
    }
    put_lit(&page->out, "</p>");
}

static void put_contents(struct page *page)
{
    static const struct {
        const char *id;
        enum word word;
    } parts[] = {{"question", W_H_QUESTION},     {"verdicts", W_H_VERDICTS}, {"settle", W_H_SETTLE},
                 {"story", W_NAV_STORY},         {"logs", W_NAV_LOGS},       {"reach", W_H_REACH},
                 {"sample", W_H_SAMPLE},         {"pictures", W_H_PICTURES}, {"evidence", W_NAV_EVIDENCE},
                 {"deadlines", W_NAV_DEADLINES}, {"method", W_H_METHOD},     {"check", W_H_CHECK}};
    put_lit(&page->out, "<nav aria-label=\"");
    put_attr(&page->out, str_of(say_template(W_CONTENTS)));
    put_lit(&page->out, "\"><ol>");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if ((parts[i].word == W_H_REACH && !reach_is_examined(page->model)) ||
            (parts[i].word == W_H_SAMPLE && !sample_is_examined(page->model) && !private_is_told(page->model)) ||
            (parts[i].word == W_NAV_LOGS && !logs_are_examined(page))) {
            continue;
        }
        buf_printf(&page->out, "<li><a href=\"#%s\">", parts[i].id);
        word(page, parts[i].word);
        put_lit(&page->out, "</a></li>");
    }
    put_lit(&page->out, "</ol></nav>");
}

static void put_opening(struct page *page)
{
    struct str question = model_text(page->model->kase, "question");
    put_lit(&page->out, "<header class=\"w\">");
    put_kicker(page);
    put_lit(&page->out, "<h1>");
    if (question.len > 0) {
        put_html(&page->out, question);
    } else {
        PUT(page, W_QUESTION_OF, FILL_TEXT("name", model_text(page->model->kase, "name")));
    }
    put_lit(&page->out, "</h1>");
    put_lead(page);
    put_contents(page);
    put_lit(&page->out, "</header>\n");
}

/* ---- the whole ---- */

void section_pictures(struct page *page)
{
    unsigned before = page->figures;
    section_open(page, "pictures", W_H_PICTURES);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_PICTURES_NOTE);
    put_lit(&page->out, "</p>\n");
    figure_timeline(page);
    figure_intrusion(page);
    figure_matrix(page);
    figure_coverage(page);
    figure_claims(page);
    figure_ach(page);
    figure_cites(page);
    if (page->figures == before) {
        put_lit(&page->out, "<p>");
        word(page, W_NO_PICTURES);
        put_lit(&page->out, "</p>");
    }
    section_close(page);
}

static void put_page(struct page *page, const struct buf *style)
{
    put_head(page, style);
    put_defs(&page->out);
    put_opening(page);
    put_lit(&page->out, "<main class=\"w\">");
    section_question(page);
    section_verdicts(page);
    section_settle(page);
    section_story(page);
    section_logs(page);
    section_reach(page);
    section_sample(page);
    section_pictures(page);
    section_exhibits(page);
    section_deadlines(page);
    section_method(page);
    section_check(page);
    put_lit(&page->out, "</main>\n<footer class=\"w foot ui\">");
    PUT(page, W_FOOT, FILL_TEXT("version", STR(ASSAY_VERSION)),
        FILL_COUNT("n", model_count(page->model->ledger, "size")));
    put_lit(&page->out, "</footer></body></html>\n");
}

static int refuse(struct page *page, const struct err *failed, struct err *err)
{
    buf_free(&page->out);
    if (failed->kind != 0) {
        *err = *failed;
        return -1;
    }
    return page->misfit ? err_set(err, ERR_BUG, "report: a template does not fit what it was given")
                        : err_set(err, ERR_LIMIT, "report: the page is larger than %d MB", (int)(PAGE_MAX_BYTES >> 20));
}

static int write_page(json_t *model, struct assay_records *records, int64_t written_at, char **ret_html,
                      size_t *ret_len, struct err *err)
{
    struct model read;
    OWN(own_buf) struct buf style = {0};
    TRY(model_read(model, records, written_at, &read, err));
    struct page page = {.out = {.max = PAGE_MAX_BYTES}, .model = &read};
    make_style(&read, &style);
    put_page(&page, &style);
    const struct err failed = read.store->failed;
    model_clear(&read);
    if (page.misfit || buf_check(&page.out, err) != 0 || style.failed || failed.kind != 0) {
        return refuse(&page, &failed, err);
    }
    *ret_html = page.out.data;
    *ret_len = page.out.len;
    return 0;
}

int assay_report_html(const json_t *model, int64_t written_at, char **ret_html, size_t *ret_len, struct err *err)
{
    /* a whole model is only read */
    return write_page((json_t *)(uintptr_t)model, NULL, written_at, ret_html, ret_len, err);
}

int assay_report_lean(json_t *model, struct assay_records *records, int64_t written_at, char **ret_html,
                      size_t *ret_len, struct err *err)
{
    return write_page(model, records, written_at, ret_html, ret_len, err);
}
