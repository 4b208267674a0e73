/* The evidence by who holds it, and the examinations with what they saw, what they did not see and what protected them. */
#include "base/str.h"
#include "report/traced.h"

#include "base/banned.h"

enum { COLUMNS = 7, BEARS_MAX = 12 };

static bool is_in(const json_t *ids, struct str id)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (str_eq(model_text_at(ids, i), id)) {
            return true;
        }
    }
    return false;
}

static bool rests_on(const struct model *model, const json_t *items, struct str exhibit)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (model_item_rests_on(model, json_array_get(items, i), exhibit)) {
            return true;
        }
    }
    return false;
}

/* ---- exhibits ---- */

/* Tables that the account of this address was shown. */
static uint64_t tables_at(const json_t *exam, struct str address)
{
    const json_t *records = model_array(exam, "records");
    uint64_t most = 0;
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *measure = model_record(json_array_get(records, i), "measure");
        bool is_account = str_eq(model_text(measure, "class"), STR("account"));
        uint64_t count = is_account && str_eq(model_text(measure, "uri"), address) ? model_count(measure, "tables") : 0;
        most = count > most ? count : most;
    }
    return most;
}

/* Files of a tree whose credentials were looked for, tables of a database that was logged in to. */
static bool put_extent_reach(struct page *page, const json_t *exhibit, const json_t *exam)
{
    bool is_database = str_eq(model_text(exhibit, "what"), STR("database"));
    uint64_t count =
        is_database ? tables_at(exam, model_text(exhibit, "name")) : model_count(model_summary(exam), "files");
    if (count > 0) {
        PUT(page, is_database ? W_EXTENT_TABLES : W_EXTENT_FILES, FILL_COUNT("n", count));
    }
    return count > 0;
}

static void put_extent(struct page *page, const json_t *exhibit)
{
    struct str id = model_text(exhibit, "id");
    const char *between = "";
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i), *summary = model_summary(exam);
        const json_t *ids = model_array(exam, "evidence");
        if (!is_in(ids, id)) {
            continue;
        }
        if (model_is_engine(exam, "sweep") && model_count(summary, "files") > 0) {
            PUT(page, W_EXTENT_FILES, FILL_COUNT("n", model_count(summary, "files")));
            between = " · ";
        } else if (model_is_engine(exam, "trace") && json_array_size(ids) == 1 && model_count(summary, "lines") > 0) {
            PUT(page, W_EXTENT_LINES, FILL_COUNT("n", model_count(summary, "lines")));
            between = " · ";
        } else if (model_is_engine(exam, "trace") && traced_lines(page->model, exam, id) > 0) {
            PUT(page, W_EXTENT_LINES, FILL_COUNT("n", traced_lines(page->model, exam, id)));
            between = " · ";
        } else if (model_is_engine(exam, "match") && str_eq(model_text(exhibit, "what"), STR("sample"))) {
            PUT(page, W_EXTENT_ROWS, FILL_COUNT("n", model_count(summary, "rows_sample")));
            between = " · ";
        } else if (model_is_engine(exam, "match") && model_count(exhibit, "bytes") == 0) {
            PUT(page, W_EXTENT_ROWS, FILL_COUNT("n", model_count(summary, "rows_reference")));
        } else if (model_is_engine(exam, "reach") && put_extent_reach(page, exhibit, exam)) {
            between = " · ";
        } else {
            continue;
        }
        break;
    }
    if (model_count(exhibit, "bytes") > 0) {
        buf_puts(&page->out, between);
        number_bytes(&page->out, model_count(exhibit, "bytes"));
    }
}

/* Files of a tree that are not in its digest. */
static void put_unread(struct page *page, const json_t *exhibit)
{
    uint64_t count = model_count(exhibit, "unread");
    if (count > 0) {
        put_lit(&page->out, " <span class=\"tag\">");
        PUT(page, W_EXTENT_UNREAD, FILL_COUNT("n", count));
        put_lit(&page->out, "</span>");
    }
}

static enum word custody_word(struct str custody)
{
    return str_eq(custody, STR("independent"))  ? W_CUSTODY_INDEPENDENT
           : str_eq(custody, STR("sealed"))     ? W_CUSTODY_SEALED
           : str_eq(custody, STR("interested")) ? W_CUSTODY_INTERESTED
                                                : W_CUSTODY_UNSAID;
}

static void put_custody(struct page *page, const json_t *exhibit)
{
    struct str keeper = model_text(exhibit, "keeper");
    if (keeper.len > 0) {
        PUT(page, W_KEPT_BY, FILL_PARTY("who", model_party(page->model, keeper)));
    } else {
        word(page, W_KEEPER_UNSAID);
    }
    word(page, custody_word(model_text(exhibit, "custody")));
}

static void put_examined(struct page *page, struct str exhibit)
{
    size_t told = 0;
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        if (is_in(model_array(exam, "evidence"), exhibit)) {
            put_lit(&page->out, " ");
            if (told == 0) {
                word(page, W_EXAMINED_IN);
            }
            put_lit(&page->out, " ");
            put_html(&page->out, model_text(exam, "id"));
            told++;
        }
    }
    if (told == 0) {
        word(page, W_NOT_EXAMINED);
    } else {
        put_lit(&page->out, ".");
    }
}

static void put_bears_on(struct page *page, struct str exhibit)
{
    const struct model *model = page->model;
    size_t told = 0;
    for (size_t c = 0; c < json_array_size(model->claims) && told < BEARS_MAX; c++) {
        const json_t *verdict = model->verdicts[c];
        bool bears = rests_on(model, model_array(verdict, "for"), exhibit) ||
                     rests_on(model, model_array(verdict, "against"), exhibit) ||
                     rests_on(model, model_array(verdict, "neutral"), exhibit);
        if (bears) {
            put_either(&page->out, told > 0, " ", "");
            put_html(&page->out, model_text(json_array_get(model->claims, c), "id"));
            told++;
        }
    }
    if (told == 0) {
        put_lit(&page->out, "–");
    }
}

static void put_exhibit(struct page *page, const json_t *exhibit)
{
    struct str id = model_text(exhibit, "id");
    put_lit(&page->out, "<tr id=\"");
    put_id(&page->out, id);
    put_lit(&page->out, "\"><th scope=\"row\"><b>");
    put_html(&page->out, id);
    put_lit(&page->out, "</b></th><td>");
    put_html(&page->out, model_text(exhibit, "what"));
    put_lit(&page->out, " <span class=\"m ow\">");
    put_place(page, model_text(exhibit, "name"));
    put_lit(&page->out, "</span></td><td>");
    put_extent(page, exhibit);
    put_unread(page, exhibit);
    put_lit(&page->out, "</td><td class=\"m hx\">");
    OWN(own_buf) struct buf digest = {0};
    number_digest(&digest, model_text(exhibit, "sha256"));
    put_html(&page->out, buf_str(&digest));
    put_lit(&page->out, "</td><td>");
    put_custody(page, exhibit);
    put_examined(page, id);
    put_lit(&page->out, "</td><td>");
    number_count(&page->out, model_count(exhibit, "n"));
    put_lit(&page->out, "</td><td>");
    put_bears_on(page, id);
    put_lit(&page->out, "</td></tr>\n");
}

static bool is_first_of_owner(const json_t *evidence, size_t index)
{
    struct str owner = model_text(json_array_get(evidence, index), "owner");
    for (size_t i = 0; i < index; i++) {
        if (str_eq(model_text(json_array_get(evidence, i), "owner"), owner)) {
            return false;
        }
    }
    return true;
}

static void put_group(struct page *page, struct str owner)
{
    const json_t *evidence = page->model->evidence;
    buf_printf(&page->out, "<tr class=\"grp\"><th colspan=\"%d\" scope=\"colgroup\">", (int)COLUMNS);
    if (owner.len > 0) {
        put_html(&page->out, model_party(page->model, owner));
    } else {
        word(page, W_OWNER_UNSAID);
    }
    put_lit(&page->out, "</th></tr>\n");
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        if (str_eq(model_text(json_array_get(evidence, i), "owner"), owner)) {
            put_exhibit(page, json_array_get(evidence, i));
        }
    }
}

static void put_exhibits(struct page *page)
{
    static const enum word heads[COLUMNS] = {W_EXHIBIT, W_WHAT, W_EXTENT, W_SHA256, W_CUSTODY, W_ENTRY, W_BEARS_ON};
    const json_t *evidence = page->model->evidence;
    table_open(page, str_of(say_template(W_EVIDENCE_LIST)), heads, COLUMNS);
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        if (is_first_of_owner(evidence, i)) {
            put_group(page, model_text(json_array_get(evidence, i), "owner"));
        }
    }
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_DIGESTS_NOTE);
    put_lit(&page->out, "</p>");
}

/* ---- examinations ---- */

/* "landlock 3, seccomp": a text, a list of texts, or members that are true */
static void put_protections(struct page *page, const json_t *protections)
{
    const char *key;
    const json_t *value;
    size_t told = 0;
    if (json_is_string(protections) && json_string_length(protections) > 0) {
        put_html(&page->out, (struct str){json_string_value(protections), json_string_length(protections)});
        return;
    }
    for (size_t i = 0; i < json_array_size(protections) && i < 8; i++) {
        put_either(&page->out, told++ > 0, ", ", "");
        put_html(&page->out, model_text_at(protections, i));
    }
    json_object_foreach((json_t *)(uintptr_t)protections, key, value)
    {
        if (json_is_true(value) || json_integer_value(value) > 0) {
            put_either(&page->out, told++ > 0, ", ", "");
            put_html(&page->out, str_of(key));
            if (json_is_integer(value)) {
                put_lit(&page->out, " ");
                number_count(&page->out, (uint64_t)json_integer_value(value));
            }
        }
    }
    if (told == 0) {
        word(page, W_PROTECTIONS_NONE);
    }
}

/* Files, logins and tables: what there was of each. */
static void put_saw_reach(struct page *page, const json_t *exam, const json_t *summary)
{
    uint64_t made, of;
    reach_logins(exam, &made, &of);
    const char *between = "";
    if (model_count(summary, "files") > 0) {
        PUT(page, W_SAW_SWEEP, FILL_COUNT("n", model_count(summary, "read")),
            FILL_COUNT("of", model_count(summary, "files")));
        between = ", ";
    }
    buf_puts(&page->out, between);
    PUT(page, W_SAW_REACH, FILL_COUNT("n", made), FILL_COUNT("of", of),
        FILL_COUNT("tables", model_count(summary, "tables")));
}

static void put_saw(struct page *page, const json_t *exam)
{
    const json_t *summary = model_summary(exam);
    if (!str_eq(model_text(exam, "status"), STR("done"))) {
        PUT(page, W_EXAM_FAILED, FILL_TEXT("error", model_text(exam, "error")));
    } else if (model_is_engine(exam, "sweep")) {
        PUT(page, W_SAW_SWEEP, FILL_COUNT("n", model_count(summary, "read")),
            FILL_COUNT("of", model_count(summary, "files")));
    } else if (model_is_engine(exam, "trace")) {
        PUT(page, W_SAW_TRACE, FILL_COUNT("n", model_count(summary, "parsed")),
            FILL_COUNT("of", model_count(summary, "lines")));
    } else if (model_is_engine(exam, "match")) {
        PUT(page, W_SAW_MATCH, FILL_COUNT("n", model_count(summary, "rows_sample")),
            FILL_COUNT("of", model_count(summary, "rows_reference")));
    } else if (model_is_engine(exam, "reach")) {
        put_saw_reach(page, exam, summary);
    }
}

/* Of each kind of log its silences; a silence of the database is none of the web server. Returns how much was told. */
static size_t put_not_seen_logs(struct page *page, const json_t *summary, size_t told)
{
    static const struct {
        const char *key;
        enum word word;
    } counts[] = {{"members_missing", W_NOT_SEEN_MEMBERS}, {"files_skipped", W_NOT_SEEN_SKIPPED}};
    bool is_old = model_object(summary, "logs") == NULL;
    for (enum log_of of = LOG_OF_WEB; of < LOGS_OF; of++) {
        size_t gaps;
        int64_t span = traced_silence(summary, of, &gaps);
        if (span <= 0) {
            continue;
        }
        put_either(&page->out, told++ > 0, ", ", "");
        if (is_old) {
            PUT(page, W_NOT_SEEN_GAPS, FILL_SPAN("span", span), FILL_COUNT("n", gaps));
        } else {
            PUT(page, W_NOT_SEEN_SILENCE, FILL_TEXT("log", str_of(say_template(traced_word(of)))),
                FILL_SPAN("span", span), FILL_COUNT("n", gaps));
        }
    }
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (model_count(summary, counts[i].key) > 0) {
            put_either(&page->out, told++ > 0, ", ", "");
            PUT(page, counts[i].word, FILL_COUNT("n", model_count(summary, counts[i].key)));
        }
    }
    return told;
}

static void put_not_seen(struct page *page, const json_t *exam)
{
    const json_t *summary = model_summary(exam), *skipped = model_object(summary, "skipped");
    const char *reason;
    const json_t *count;
    size_t told = 0;
    json_object_foreach((json_t *)(uintptr_t)skipped, reason, count)
    {
        put_either(&page->out, told++ > 0, ", ", "");
        number_count(&page->out, json_integer_value(count) > 0 ? (uint64_t)json_integer_value(count) : 0);
        put_lit(&page->out, " ");
        put_html(&page->out, str_of(reason));
    }
    told = put_not_seen_logs(page, summary, told);
    if (model_count(summary, "rejected") > 0) {
        put_either(&page->out, told++ > 0, ", ", "");
        PUT(page, W_LINES_REJECTED, FILL_COUNT("n", model_count(summary, "rejected")));
    }
    if (model_is_engine(exam, "reach")) {
        uint64_t made, of;
        reach_logins(exam, &made, &of);
        if (of > made) {
            put_either(&page->out, told++ > 0, ", ", "");
            PUT(page, W_NOT_SEEN_OPENED, FILL_COUNT("n", of - made));
        }
    }
    if (summary == NULL) {
        word(page, W_EVERYTHING);
    } else if (told == 0) {
        word(page, json_is_false(json_object_get(summary, "complete")) ? W_NOT_SAID_WHAT : W_NOTHING);
    }
}

static void put_exam(struct page *page, const json_t *exam)
{
    int64_t began = model_time(exam, "began");
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    put_html(&page->out, model_text(exam, "id"));
    put_lit(&page->out, "</b></th><td>");
    put_html(&page->out, model_text(exam, "engine"));
    put_lit(&page->out, " ");
    put_html(&page->out, model_text(exam, "version"));
    put_lit(&page->out, "</td><td>");
    put_refs(page, model_array(exam, "evidence"), 8);
    put_lit(&page->out, "</td><td class=\"nw\">");
    if (began != TIME_NONE) {
        OWN(own_buf) struct buf when = {0};
        number_instant(&when, began);
        put_html(&page->out, buf_str(&when));
    }
    put_lit(&page->out, "</td><td>");
    put_saw(page, exam);
    put_lit(&page->out, "</td><td>");
    put_not_seen(page, exam);
    put_lit(&page->out, "</td><td>");
    put_protections(page, json_object_get(exam, "protections"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_exams(struct page *page)
{
    static const enum word heads[] = {W_EXAM, W_ENGINE, W_EXHIBITS, W_BEGAN, W_SAW, W_NOT_SEEN, W_PROTECTIONS};
    heading(page, W_EXAMINATIONS);
    table_open(page, str_of(say_template(W_EXAMINATIONS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        put_exam(page, json_array_get(page->model->exams, i));
    }
    table_close(page);
}

void section_exhibits(struct page *page)
{
    section_open(page, "evidence", W_H_EVIDENCE);
    if (json_array_size(page->model->evidence) > 0) {
        put_exhibits(page);
    } else {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_NO_EVIDENCE);
        put_lit(&page->out, "</p>");
    }
    if (json_array_size(page->model->evidence) > 0) {
        put_custody_chains(page);
    }
    if (json_array_size(page->model->exams) > 0) {
        put_exams(page);
    } else {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, W_NO_EXAMINATION);
        put_lit(&page->out, "</p>");
    }
    put_statements(page);
    section_close(page);
}
