/* What the logs could show: one of four words for every question and path, with what stands against more. Beneath it what logs other
 * than the web server's add, signs that lines are missing or changed, and which clocks the times are told in. */
#include "base/str.h"
#include "report/traced.h"

#include "base/banned.h"

enum { ROWS_MAX = 64, QUESTIONS = 5, ALWAYS_SHOWN = 4, HOLES_MAX = 48 };

bool logs_are_examined(struct page *page)
{
    static const char *const classes[][2] = {{"measure", "answer"},
                                             {"measure", "duplicate"},
                                             {"measure", "contradiction"},
                                             {"measure", "clock-offset"},
                                             {"measure", "traffic-bound"},
                                             {"finding", "taking-database"},
                                             {"finding", "database-sign"},
                                             {"finding", "ran"},
                                             {"finding", "login"},
                                             {"finding", "transfer"},
                                             {"finding", "hunt"},
                                             {"finding", "sigma"},
                                             {"coverage", "rotation: member missing"}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (traced_count(page, classes[i][0], classes[i][1]) > 0) {
            return true;
        }
    }
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        if (model_is_engine(exam, "trace") && model_object(model_summary(exam), "logs") != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- the four words ---- */

static const struct {
    const char *question;
    enum word word;
} questions[QUESTIONS] = {{"entry", W_ASK_ENTRY},
                          {"use", W_ASK_USE},
                          {"taking", W_ASK_TAKING},
                          {"taking through the database", W_ASK_TAKING_DATABASE},
                          {"lines cut out", W_ASK_CUT}};

static const struct {
    const char *answer;
    enum word word;
} answers[] = {{"observed", W_ANSWER_OBSERVED},
               {"not observed, full coverage", W_ANSWER_FULL},
               {"not observed, holes", W_ANSWER_HOLES},
               {"cannot be seen", W_ANSWER_UNSEEN}};

static void put_answer_word(struct page *page, const json_t *answer)
{
    struct str said = model_text(answer, "word");
    put_lit(&page->out, "<b>");
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (str_eq(said, str_of(answers[i].answer))) {
            word(page, answers[i].word);
            put_lit(&page->out, "</b>");
            return;
        }
    }
    put_html(&page->out, said);
    put_lit(&page->out, "</b>");
}

static void put_hole(struct page *page, const json_t *hole, const json_t *exam)
{
    struct str detail = model_text(hole, "detail");
    int64_t from = model_time(hole, "from"), to = model_time(hole, "to");
    put_lit(&page->out, "<li>");
    put_html(&page->out, model_text(hole, "what"));
    if (model_text(hole, "source").len > 0) {
        put_lit(&page->out, ", ");
        put_traced_source(page, model_text(hole, "source"), exam);
    }
    if (from != TIME_NONE || to != TIME_NONE) {
        put_lit(&page->out, ", ");
        put_traced_times(page, from, to);
    }
    if (model_count(hole, "count") > 0) {
        PUT(page, W_HOLE_COUNT, FILL_COUNT("n", model_count(hole, "count")));
    }
    if (model_count(hole, "bytes") > 0) {
        PUT(page, W_HOLE_BYTES, FILL_BYTES("bytes", model_count(hole, "bytes")));
    }
    if (detail.len > 0) {
        put_lit(&page->out, ": ");
        put_html(&page->out, detail);
    }
    put_lit(&page->out, "</li>");
}

static void put_answer_holes(struct page *page, const json_t *answer, const json_t *exam)
{
    const json_t *holes = model_array(answer, "holes");
    size_t listed = json_array_size(holes) < HOLES_MAX ? json_array_size(holes) : HOLES_MAX;
    uint64_t count = model_count(answer, "hole_count");
    count = count > json_array_size(holes) ? count : json_array_size(holes);
    if (count == 0) {
        return;
    }
    fold_open(page, W_ANSWER_HOLE_COUNT, count);
    for (size_t i = 0; i < listed; i++) {
        put_hole(page, json_array_get(holes, i), exam);
    }
    if (count > listed) {
        put_lit(&page->out, "<li>");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - listed));
        put_lit(&page->out, "</li>");
    }
    fold_close(page);
}

static void put_answer_sources(struct page *page, const json_t *answer, const json_t *exam)
{
    const json_t *sources = model_array(answer, "sources");
    for (size_t i = 0; i < json_array_size(sources) && i < 6; i++) {
        put_either(&page->out, i > 0, ", ", "");
        put_traced_source(page, model_text_at(sources, i), exam);
    }
    if (json_array_size(sources) > 6) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", json_array_size(sources) - 6));
    }
    if (json_array_size(sources) == 0) {
        word(page, W_ANSWER_NO_SOURCE);
    }
}

/* ---- a row for each path, a column for each question ---- */

struct asked {
    const json_t *exam;
    struct str path;                      /* empty: over all paths */
    const json_t *answers[QUESTIONS + 1]; /* the last: questions that this page does not know */
};

struct answering {
    struct asked *rows;
    size_t count, left_out;
    bool is_shown[QUESTIONS + 1]; /* the columns: the first ones always, others where they were asked */
};

static size_t question_of(const json_t *answer)
{
    size_t i = 0;
    while (i < QUESTIONS && !str_eq(model_text(answer, "question"), str_of(questions[i].question))) {
        i++;
    }
    return i;
}

static void take_answer(struct page *page, const json_t *answer, const json_t *exam, void *self)
{
    struct answering *answering = self;
    struct str path = model_text(answer, "path");
    size_t i = 0;
    (void)page;
    while (i < answering->count && !(answering->rows[i].exam == exam && str_eq(answering->rows[i].path, path))) {
        i++;
    }
    if (i == ROWS_MAX) {
        answering->left_out++;
        return;
    }
    answering->count += i == answering->count;
    answering->rows[i].exam = exam;
    answering->rows[i].path = path;
    answering->rows[i].answers[question_of(answer)] = answer;
    answering->is_shown[question_of(answer)] = true;
}

static void put_answer(struct page *page, const json_t *answer, const json_t *exam)
{
    put_lit(&page->out, "<td>");
    if (answer == NULL) {
        put_lit(&page->out, "<span class=\"s\">");
        word(page, W_NOT_ASKED);
        put_lit(&page->out, "</span></td>");
        return;
    }
    put_answer_word(page, answer);
    put_folded_texts(page, W_ANSWER_WHY_COUNT, model_array(answer, "why"));
    put_answer_holes(page, answer, exam);
    fold_open(page, W_ASKED_OF, json_array_size(model_array(answer, "sources")));
    put_lit(&page->out, "<li>");
    put_traced_times(page, model_time(answer, "from"), model_time(answer, "to"));
    put_lit(&page->out, "</li><li>");
    put_answer_sources(page, answer, exam);
    put_lit(&page->out, "</li>");
    fold_close(page);
    put_lit(&page->out, "</td>");
}

static void put_asked(struct page *page, const struct asked *asked, const bool *is_shown)
{
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
    if (asked->path.len > 0) {
        put_html(&page->out, asked->path);
    } else {
        word(page, W_ANSWER_OVERALL);
    }
    put_lit(&page->out, "<span class=\"tag\">");
    PUT(page, W_REACH_EXAM, FILL_TEXT("id", model_text(asked->exam, "id")));
    put_lit(&page->out, "</span></th>");
    for (size_t q = 0; q <= QUESTIONS; q++) {
        if (is_shown[q]) {
            put_answer(page, asked->answers[q], asked->exam);
        }
    }
    put_lit(&page->out, "</tr>\n");
}

static void put_answers(struct page *page)
{
    enum word heads[QUESTIONS + 2] = {W_ASKED_PATH};
    size_t columns = 1;
    struct answering answering = {.rows = ARENA_NEW(&page->model->arena, struct asked, ROWS_MAX, NULL)};
    if (answering.rows == NULL) {
        page->out.failed = true;
        return;
    }
    if (traced_each(page, "measure", "answer", take_answer, &answering) == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_NO_ANSWERS);
        put_lit(&page->out, "</p>");
        return;
    }
    for (size_t q = 0; q <= QUESTIONS; q++) {
        answering.is_shown[q] |= q < ALWAYS_SHOWN;
        heads[columns] = q < QUESTIONS ? questions[q].word : W_ASK_OTHER;
        columns += answering.is_shown[q];
    }
    table_open(page, str_of(say_template(W_H_LOGS)), heads, columns);
    for (int overall = 1; overall >= 0; overall--) { /* what holds over all paths comes first */
        for (size_t i = 0; i < answering.count; i++) {
            if ((answering.rows[i].path.len == 0) == (overall == 1)) {
                put_asked(page, &answering.rows[i], answering.is_shown);
            }
        }
    }
    table_close(page);
    put_lit(&page->out, "<p class=\"side wide\">");
    word(page, W_ANSWERS_NOTE);
    if (answering.left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", answering.left_out));
    }
    put_lit(&page->out, "</p>");
}

void section_logs(struct page *page)
{
    if (!logs_are_examined(page)) {
        return;
    }
    section_open(page, "logs", W_H_LOGS);
    put_answers(page);
    put_logs_takings(page);
    put_logs_told(page);
    put_logs_signs(page);
    put_logs_bounds(page);
    put_logs_clocks(page);
    section_close(page);
}
