/* What was said, by whom, when and on whose word: the dispute before anything is examined. */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { CLAIM_REFS_MAX = 24, PARTY_MAX = 24 };

static void put_day_cell(struct page *page, int64_t said, int64_t *last_day)
{
    put_lit(&page->out, "<time>");
    if (said == TIME_NONE) {
        word(page, W_TIME_UNKNOWN);
    } else {
        int64_t day = said / (86400 * NS_PER_S);
        bool is_new = *last_day != day;
        if (is_new) {
            number_day(&page->out, said, true);
        }
        if (said % (86400 * NS_PER_S) != 0) {
            put_lit(&page->out, " ");
            number_clock(&page->out, said, false);
        }
        *last_day = day;
    }
    put_lit(&page->out, "</time>");
}

static enum word act_word(struct str act)
{
    static const struct {
        const char *act;
        enum word word;
    } acts[] = {{"asserts", W_ASSERTS}, {"denies", W_DENIES},   {"demands", W_DEMANDS},
                {"reports", W_REPORTS}, {"replies", W_REPLIES}, {"retracts", W_RETRACTS}};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (str_eq(act, str_of(acts[i].act))) {
            return acts[i].word;
        }
    }
    return W_SAYS_OTHER;
}

static void put_grounds(struct page *page, const json_t *statement)
{
    put_lit(&page->out, "<span class=\"tag\">");
    word(page, W_STATEMENT);
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(statement, "id"));
    struct str grade = model_text(statement, "grade");
    if (grade.len > 0) {
        PUT(page, W_GRADED, FILL_TEXT("grade", grade));
    }
    const json_t *claims = model_array(statement, "claims");
    if (json_array_size(claims) > 0) {
        word(page, W_ON_CLAIMS);
        for (size_t i = 0; i < json_array_size(claims) && i < CLAIM_REFS_MAX; i++) {
            put_lit(&page->out, " ");
            put_html(&page->out, model_text_at(claims, i));
        }
    }
    const json_t *relays = model_array(statement, "relays");
    if (json_array_size(relays) > 0) {
        word(page, W_RESTS_ON);
        put_refs(page, relays, 8);
    } else {
        word(page, W_OWN_WORD);
    }
    struct str source = model_text(statement, "source");
    if (source.len > 0) {
        word(page, W_SOURCE);
        put_lit(&page->out, "<span class=\"ow\">");
        put_url(&page->out, source);
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</span>");
}

static void put_notice(struct page *page, const json_t *statement)
{
    const json_t *notice = model_object(statement, "notice");
    const json_t *demands = model_array(notice, "demands");
    int64_t due = model_time(notice, "due");
    put_lit(&page->out, " ");
    if (due == TIME_NONE) {
        PUT(page, W_NOTICE_TO, FILL_PARTY("to", model_party(page->model, model_text(notice, "to"))));
    } else {
        PUT(page, W_NOTICE_TO_DUE, FILL_PARTY("to", model_party(page->model, model_text(notice, "to"))),
            FILL_INSTANT("due", due));
    }
    for (size_t i = 0; i < json_array_size(demands) && i < 12; i++) {
        put_either(&page->out, i == 0, " ", "; ");
        put_html(&page->out, model_text_at(demands, i));
    }
    struct str threat = model_text(notice, "threat");
    if (threat.len > 0) {
        PUT(page, W_OTHERWISE, FILL_TEXT("threat", threat));
    } else {
        put_lit(&page->out, ".");
    }
}

static void put_statement(struct page *page, const json_t *statement, int64_t *last_day)
{
    put_lit(&page->out, "<li id=\"");
    put_id(&page->out, model_text(statement, "id"));
    put_lit(&page->out, "\">");
    put_day_cell(page, model_time(statement, "said"), last_day);
    put_lit(&page->out, "<span>");
    OWN(own_buf) struct buf who = {0};
    speaker(page, &who, statement);
    put_html(&page->out, buf_str(&who));
    put_lit(&page->out, " ");
    word(page, act_word(model_text(statement, "act")));
    struct str channel = model_text(statement, "channel");
    if (channel.len > 0) {
        PUT(page, W_THROUGH, FILL_TEXT("channel", channel));
    }
    put_lit(&page->out, ": ");
    put_html(&page->out, model_text(statement, "text"));
    if (model_is_notice(statement)) {
        put_notice(page, statement);
    }
    put_grounds(page, statement);
    put_lit(&page->out, "</span></li>\n");
}

static void put_parties(struct page *page)
{
    size_t count = json_array_size(page->model->parties);
    put_lit(&page->out, "<p>");
    word(page, W_PARTIES);
    for (size_t i = 0; i < count && i < PARTY_MAX; i++) {
        const json_t *party = json_array_get(page->model->parties, i);
        const json_t *period = model_object(party, "compromised");
        put_either(&page->out, i == 0, " ", "; ");
        put_html(&page->out, model_text(party, "name"));
        put_lit(&page->out, ", ");
        put_html(&page->out, model_text(party, "kind"));
        if (period != NULL && model_time(period, "from") != TIME_NONE) {
            PUT(page, W_IN_OTHER_HANDS_SINCE, FILL_INSTANT("since", model_time(period, "from")));
        } else if (period != NULL) {
            word(page, W_IN_OTHER_HANDS);
        }
    }
    put_lit(&page->out, ".</p>");
}

/* One sentence when all claims share their standard, else the number of standards. */
static void put_standard(struct page *page)
{
    const json_t *first = json_array_get(page->model->claims, 0);
    bool is_shared = true, has_burden = model_text(first, "burden").len > 0;
    for (size_t i = 1; i < json_array_size(page->model->claims); i++) {
        const json_t *claim = json_array_get(page->model->claims, i);
        is_shared = is_shared && number_tenths(model_standard(claim) * 100) == number_tenths(model_standard(first) * 100);
        has_burden = has_burden && str_eq(model_text(claim, "burden"), model_text(first, "burden"));
    }
    put_lit(&page->out, "<p>");
    if (is_shared && first != NULL) {
        uint64_t standard = model_count(first, "standard");
        PUT(page, W_STANDARD_ALL, FILL_COUNT("n", standard > 1 ? standard : 100));
    } else {
        word(page, W_STANDARD_EACH);
    }
    if (has_burden) {
        PUT(page, W_BURDEN, FILL_PARTY("who", model_party(page->model, model_text(first, "burden"))));
    }
    put_lit(&page->out, "</p>");
}

void section_question(struct page *page)
{
    const struct model *model = page->model;
    size_t said = model->said_count, claims = json_array_size(model->claims);
    int64_t last_day = INT64_MIN;
    section_open(page, "question", W_H_QUESTION);
    put_lit(&page->out, "<div class=\"two\"><div class=\"col\">");
    if (said > 0) {
        put_lit(&page->out, "<ol class=\"story\">");
        for (size_t i = 0; i < said; i++) {
            put_statement(page, model->said[i], &last_day);
        }
        put_lit(&page->out, "</ol>");
    } else {
        put_lit(&page->out, "<p>");
        word(page, W_NOTHING_SAID);
        put_lit(&page->out, "</p>");
    }
    put_lit(&page->out, "<p>");
    PUT(page, W_COMES_TO_CLAIMS, FILL_SMALL("claims", claims), FILL_SMALL("said", said));
    put_lit(&page->out, "</p></div><div class=\"side\">");
    if (json_array_size(model->parties) > 0) {
        put_parties(page);
    }
    put_standard(page);
    put_lit(&page->out, "<p>");
    word(page, W_TIMES_MASKED);
    put_lit(&page->out, "</p><p>");
    word(page, W_GRADES);
    put_lit(&page->out, "</p></div></div>");
    section_close(page);
}
