/* What was said, by whom and when, in a few sentences: the dispute before anything is examined. The whole list, graded and
 * sourced, stands under the evidence (statements.c). */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { SENTENCES_MAX = 8, PARTY_MAX = 24, PROSE_MAX_BYTES = 420, DAY_TEXT = 10 };

static void put_notice(struct page *page, const json_t *statement)
{
    const json_t *notice = model_object(statement, "notice");
    const json_t *demands = model_array(notice, "demands");
    int64_t due = model_time(notice, "due");
    put_lit(&page->out, " ");
    if (due == TIME_NONE) {
        PUT(page, W_NOTICE_TO, FILL_PARTY("to", model_party(page->model, model_text(notice, "to"))));
    } else if (model_text(notice, "due").len == DAY_TEXT) {
        PUT(page, W_NOTICE_TO_DUE_DAY, FILL_PARTY("to", model_party(page->model, model_text(notice, "to"))),
            FILL_DAY("due", due));
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

/* The text of a statement, cut at a word. */
static void put_text(struct page *page, struct str text)
{
    if (text.len <= PROSE_MAX_BYTES) {
        put_html(&page->out, text);
        return;
    }
    size_t end = PROSE_MAX_BYTES;
    while (end > PROSE_MAX_BYTES / 2 && text.data[end] != ' ') {
        end--;
    }
    put_html(&page->out, str_slice(text, 0, end));
    put_lit(&page->out, " …");
}

static void put_sentence(struct page *page, const json_t *statement, int64_t *last_day)
{
    int64_t said = model_time(statement, "said"), day = said == TIME_NONE ? TIME_NONE : said / (86400 * NS_PER_S);
    OWN(own_buf) struct buf who = {0};
    speaker(page, &who, statement);
    if (said != TIME_NONE && day != *last_day) {
        PUT(page, W_ON_DAY, FILL_DAY("day", said));
    }
    *last_day = day;
    put_html(&page->out, buf_str(&who));
    put_lit(&page->out, " ");
    word(page, act_word(model_text(statement, "act")));
    struct str channel = model_text(statement, "channel");
    if (channel.len > 0) {
        PUT(page, W_THROUGH, FILL_TEXT("channel", channel));
    }
    put_lit(&page->out, ": ");
    put_text(page, model_text(statement, "text"));
    if (model_is_notice(statement)) {
        put_notice(page, statement);
    }
    put_lit(&page->out, " ");
    put_ref(page, model_text(statement, "id"));
    put_lit(&page->out, " ");
}

/* Who asserts, denies and demands; those who only pass it on are counted. */
static void put_prose(struct page *page)
{
    const struct model *model = page->model;
    int64_t last_day = TIME_NONE;
    size_t told = 0, passed_on = 0, left_out = 0;
    put_lit(&page->out, "<p>");
    for (size_t i = 0; i < model->said_count; i++) {
        if (model_voice(model, model->said[i]) == VOICE_REPORTS) {
            passed_on++;
        } else if (told == SENTENCES_MAX) {
            left_out++;
        } else {
            put_sentence(page, model->said[i], &last_day);
            told++;
        }
    }
    if (left_out > 0) {
        PUT(page, W_SENTENCES_MORE, FILL_COUNT("n", left_out));
    }
    if (passed_on > 0) {
        PUT(page, W_PASSED_ON, FILL_SMALL("n", passed_on));
    }
    put_lit(&page->out, "</p>");
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
        is_shared =
            is_shared && number_tenths(model_standard(claim) * 100) == number_tenths(model_standard(first) * 100);
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
    section_open(page, "question", W_H_QUESTION);
    put_lit(&page->out, "<div class=\"two\"><div class=\"col\">");
    if (said > 0) {
        put_prose(page);
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
    put_lit(&page->out, "</p></div></div>");
    section_close(page);
}
