/* Every statement of the case: when, who, through what, on whose word, graded, and where it can be read (as inert text). */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { REFS_MAX = 12 };

static void put_claim_ids(struct page *page, const json_t *claims)
{
    for (size_t i = 0; i < json_array_size(claims) && i < REFS_MAX; i++) {
        put_either(&page->out, i > 0, " ", "");
        put_html(&page->out, model_text_at(claims, i));
    }
    if (json_array_size(claims) == 0) {
        put_lit(&page->out, "–");
    }
}

static void put_grounds(struct page *page, const json_t *relays)
{
    if (json_array_size(relays) > 0) {
        put_refs(page, relays, REFS_MAX);
    } else {
        word(page, W_OWN_WORD);
    }
}

static void put_what(struct page *page, const json_t *statement)
{
    struct str channel = model_text(statement, "channel"), source = model_text(statement, "source");
    OWN(own_buf) struct buf who = {0};
    speaker(page, &who, statement);
    put_lit(&page->out, "<b>");
    put_html(&page->out, buf_str(&who));
    put_lit(&page->out, "</b> ");
    word(page, act_word(model_text(statement, "act")));
    if (channel.len > 0) {
        PUT(page, W_THROUGH, FILL_TEXT("channel", channel));
    }
    put_lit(&page->out, ": ");
    put_html(&page->out, model_text(statement, "text"));
    if (source.len > 0) {
        put_lit(&page->out, "<span class=\"tag ow\">");
        put_url(&page->out, source);
        put_lit(&page->out, "</span>");
    }
}

/* In what a statement was taken back, by its own party; empty if it stands. */
static struct str retraction_of(const struct page *page, struct str id)
{
    const json_t *retracted = model_array(page->model->roots, "retracted");
    for (size_t i = 0; i < json_array_size(retracted); i++) {
        if (str_eq(model_text(json_array_get(retracted, i), "statement"), id)) {
            return model_text(json_array_get(retracted, i), "by");
        }
    }
    return STR("");
}

static void put_grade(struct page *page, const json_t *statement)
{
    struct str grade = model_text(statement, "grade");
    const json_t *graded = model_object(statement, "graded");
    struct str by = model_text(graded, "by"), why = model_text(graded, "why");
    put_html(&page->out, grade.len > 0 ? grade : STR("–"));
    if (grade.len == 1) {
        put_lit(&page->out, "<span class=\"tag\">");
        word(page, W_GRADE_HALF);
        put_lit(&page->out, "</span>");
    }
    if (by.len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        PUT(page, W_GRADED_BY, FILL_PARTY("who", model_party(page->model, by)));
        put_lit(&page->out, "</span>");
    }
    if (why.len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        put_html(&page->out, why);
        put_lit(&page->out, "</span>");
    }
}

/* What it answers, and where it was taken back. */
static void put_links(struct page *page, const json_t *statement)
{
    struct str by = retraction_of(page, model_text(statement, "id"));
    const json_t *answers = model_array(statement, "answers");
    if (by.len > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        word(page, W_WAS_TAKEN_BACK);
        put_ref(page, by);
        put_lit(&page->out, "</span>");
    }
    if (json_array_size(answers) > 0) {
        put_lit(&page->out, "<span class=\"tag\">");
        word(page, W_ANSWERS_WHAT);
        put_refs(page, answers, REFS_MAX);
        put_lit(&page->out, "</span>");
    }
}

static void put_row(struct page *page, const json_t *statement)
{
    put_lit(&page->out, "<tr id=\"");
    put_id(&page->out, model_text(statement, "id"));
    put_lit(&page->out, "\"><th scope=\"row\"><b>");
    put_html(&page->out, model_text(statement, "id"));
    put_lit(&page->out, "</b></th><td class=\"nw\">");
    put_when(page, model_text(statement, "said"));
    put_lit(&page->out, "</td><td>");
    put_what(page, statement);
    put_links(page, statement);
    put_lit(&page->out, "</td><td>");
    put_claim_ids(page, model_array(statement, "claims"));
    put_lit(&page->out, "</td><td>");
    put_grounds(page, model_array(statement, "relays"));
    put_lit(&page->out, "</td><td>");
    put_grade(page, statement);
    put_lit(&page->out, "</td></tr>\n");
}

void put_statements(struct page *page)
{
    static const enum word heads[] = {W_EXAM, W_WHEN, W_STATEMENT, W_ON_CLAIMS, W_RESTS_ON, W_GRADE};
    if (page->model->said_count == 0) {
        return;
    }
    put_lit(&page->out, "<h3 class=\"mt\">");
    word(page, W_STATEMENTS);
    put_lit(&page->out, "</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    put_attr(&page->out, str_of(say_template(W_STATEMENTS)));
    put_lit(&page->out, "\"><table class=\"tw\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        head_cell(page, heads[i], NULL);
    }
    put_lit(&page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < page->model->said_count; i++) {
        put_row(page, page->model->said[i]);
    }
    put_lit(&page->out, "</tbody></table></div><p class=\"side\">");
    word(page, W_GRADES);
    put_lit(&page->out, "</p>");
    put_roots(page);
    put_replies(page);
}
