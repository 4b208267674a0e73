/* What the database's own log says was read out of it: whose statements, which tables, how many rows and bytes at the least, as
 * recorded and at the most, and which request of the web log it is joined to. */
#include "base/str.h"
#include "report/traced.h"

#include "base/banned.h"

enum { TAKINGS_MAX = 12, TABLES_MAX = 40, SIGNS_MAX = 40 };

static void pair_open(struct page *page, enum word key)
{
    put_lit(&page->out, "<dt>");
    word(page, key);
    put_lit(&page->out, "</dt><dd>");
}

static void pair_close(struct page *page)
{
    put_lit(&page->out, "</dd>\n");
}

/* "shop at 127.0.0.1": apart, or both together read as an e-mail address */
static void put_account(struct page *page, const json_t *record)
{
    struct str account = model_text(record, "account"), host = model_text(record, "host");
    if (account.len == 0) {
        word(page, W_NOT_SAID);
    } else {
        put_html(&page->out, account);
    }
    if (host.len > 0) {
        PUT(page, W_REACH_AT, FILL_TEXT("host", host));
    }
}

static void put_tool(struct page *page, const json_t *record)
{
    struct str tool = model_text(record, "tool"), application = model_text(record, "application");
    if (tool.len > 0) {
        put_html(&page->out, tool);
    } else {
        word(page, W_TAKEN_NO_TOOL);
    }
    if (application.len > 0) {
        PUT(page, W_TAKEN_APPLICATION, FILL_TEXT("name", application));
    }
}

static void put_joined(struct page *page, const json_t *record, const json_t *exam)
{
    const json_t *web = model_object(record, "web");
    struct str client = model_text(record, "client"), path = model_text(record, "path");
    if (web == NULL || client.len == 0 || path.len == 0) {
        word(page, W_TAKEN_NOT_JOINED);
        return;
    }
    PUT(page, W_TAKEN_JOINED, FILL_TEXT("client", client), FILL_PLACE("path", path),
        FILL_INSTANT("at", model_time(web, "time")));
    if (model_has_number(web, "bytes")) {
        PUT(page, W_TAKEN_JOINED_BYTES, FILL_BYTES("bytes", model_count(web, "bytes")));
    }
    put_lit(&page->out, " ");
    put_traced_place(page, web, exam);
    if (model_has_number(web, "requests_then")) {
        PUT(page, W_TAKEN_REQUESTS_THEN, FILL_COUNT("n", model_count(web, "requests_then")));
    }
}

/* ---- how much ---- */

static void put_number(struct page *page, const json_t *record, const char *key, bool is_bytes, enum word unknown)
{
    put_lit(&page->out, "<td>");
    if (!model_has_number(record, key)) {
        word(page, unknown);
    } else if (is_bytes) {
        PUT(page, W_TAKEN_BYTES, FILL_BYTES("bytes", model_count(record, key)),
            FILL_COUNT("n", model_count(record, key)));
    } else {
        number_count(&page->out, model_count(record, key));
    }
    put_lit(&page->out, "</td>");
}

static void put_bounds(struct page *page, const json_t *record, struct str label)
{
    static const enum word heads[] = {W_TAKEN_OF, W_TAKEN_AT_LEAST, W_TAKEN_RECORDED, W_TAKEN_AT_MOST};
    static const enum word names[] = {W_TAKEN_ROWS, W_TAKEN_DATA};
    static const char *const keys[2][3] = {{"minimum_rows", "recorded_rows", "upper_rows"},
                                           {"minimum_bytes", "recorded_bytes", "upper_bytes"}};
    table_open(page, label, heads, sizeof heads / sizeof heads[0]);
    for (int i = 0; i < 2; i++) {
        put_lit(&page->out, "<tr><th scope=\"row\">");
        word(page, names[i]);
        put_lit(&page->out, "</th>");
        put_number(page, record, keys[i][0], i == 1, W_TAKEN_UNKNOWN_LEAST);
        put_number(page, record, keys[i][1], i == 1, W_TAKEN_NOT_RECORDED);
        put_number(page, record, keys[i][2], i == 1, W_TAKEN_NO_LIMIT);
        put_lit(&page->out, "</tr>\n");
    }
    table_close(page);
}

static void put_tables(struct page *page, const json_t *record, struct str label)
{
    static const enum word heads[] = {W_REACH_TABLE, W_TAKEN_READS, W_TAKEN_ROWS, W_TAKEN_DATA};
    const json_t *tables = model_array(record, "tables");
    size_t count = json_array_size(tables);
    if (count == 0) {
        return;
    }
    table_open(page, label, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < count && i < TABLES_MAX; i++) {
        const json_t *table = json_array_get(tables, i);
        put_lit(&page->out, "<tr><th scope=\"row\" class=\"ow\">");
        put_html(&page->out, model_text(table, "name"));
        put_lit(&page->out, "</th>");
        put_number(page, table, "reads", false, W_TAKEN_NOT_RECORDED);
        put_number(page, table, "rows", false, W_TAKEN_NOT_RECORDED);
        put_number(page, table, "bytes", true, W_TAKEN_NOT_RECORDED);
        put_lit(&page->out, "</tr>\n");
    }
    table_close(page);
    if (count > TABLES_MAX) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", count - TABLES_MAX));
        put_lit(&page->out, "</p>");
    }
}

struct takings {
    size_t told, left_out;
};

static void put_taking_of(struct page *page, const json_t *record, const json_t *exam)
{
    put_lit(&page->out, "<dl class=\"ui dl\">");
    pair_open(page, W_TAKEN_TOOL);
    put_tool(page, record);
    pair_close(page);
    pair_open(page, W_TAKEN_ACCOUNT);
    put_account(page, record);
    pair_close(page);
    pair_open(page, W_TAKEN_WHEN);
    put_traced_times(page, model_time(record, "first"), model_time(record, "last"));
    PUT(page, W_TAKEN_SESSIONS, FILL_COUNT("n", model_count(record, "statements")),
        FILL_COUNT("of", model_count(record, "sessions")));
    put_lit(&page->out, " ");
    put_traced_place(page, record, exam);
    pair_close(page);
    pair_open(page, W_TAKEN_REQUEST);
    put_joined(page, record, exam);
    pair_close(page);
    pair_open(page, W_CONFIDENCE);
    put_html(&page->out, model_text(record, "confidence"));
    if (json_is_true(json_object_get(record, "usual"))) {
        word(page, W_TAKEN_USUAL);
    }
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    pair_close(page);
    put_lit(&page->out, "</dl>\n");
}

static void put_taking(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct takings *takings = self;
    OWN(own_buf) struct buf bounds = {0}, tables = {0};
    struct str database = model_text(record, "database");
    if (takings->told == TAKINGS_MAX) {
        takings->left_out++;
        return;
    }
    takings->told++;
    PLAIN(page, &bounds, W_TAKEN_BOUNDS_OF, FILL_COUNT("n", takings->told));
    PLAIN(page, &tables, W_TAKEN_TABLES_OF, FILL_COUNT("n", takings->told));
    put_lit(&page->out, "<div class=\"taking\"><p class=\"ui\"><b>");
    PUT(page, W_TAKEN_NUMBER, FILL_COUNT("n", takings->told),
        FILL_TEXT("database", database.len > 0 ? database : str_of(say_template(W_TAKEN_DATABASE_UNSAID))));
    put_lit(&page->out, "</b></p>");
    put_taking_of(page, record, exam);
    put_bounds(page, record, buf_str(&bounds));
    put_tables(page, record, buf_str(&tables));
    put_lit(&page->out, "</div>\n");
    page->out.failed |= bounds.failed || tables.failed;
}

/* ---- what else was done in a database ---- */

static enum word sign_word(struct str sign)
{
    static const struct {
        const char *sign;
        enum word word;
    } signs[] = {{"file", W_DB_SIGN_FILE},
                 {"program", W_DB_SIGN_PROGRAM},
                 {"passwords", W_DB_SIGN_PASSWORDS},
                 {"injected", W_DB_SIGN_INJECTED},
                 {"note", W_DB_SIGN_NOTE}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (str_eq(sign, str_of(signs[i].sign))) {
            return signs[i].word;
        }
    }
    return W_DB_SIGN_OTHER;
}

/* The statement itself stays in the case: it may hold a password or a customer's values. */
static void put_sign(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct takings *signs = self;
    if (signs->told == SIGNS_MAX) {
        signs->left_out++;
        return;
    }
    signs->told++;
    put_lit(&page->out, "<tr><th scope=\"row\">");
    word(page, sign_word(model_text(record, "sign")));
    put_lit(&page->out, "</th><td>");
    put_account(page, record);
    put_lit(&page->out, "</td><td>");
    number_count(&page->out, model_count(record, "statements"));
    put_lit(&page->out, "</td><td>");
    put_traced_times(page, model_time(record, "first"), model_time(record, "last"));
    put_lit(&page->out, " ");
    put_traced_place(page, record, exam);
    put_lit(&page->out, "</td><td>");
    put_html(&page->out, model_text(record, "confidence"));
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_signs(struct page *page)
{
    static const enum word heads[] = {W_DB_SIGN, W_TAKEN_ACCOUNT, W_DB_STATEMENTS, W_TAKEN_WHEN, W_CONFIDENCE};
    struct takings signs = {0};
    if (traced_count(page, "finding", "database-sign") == 0) {
        return;
    }
    heading(page, W_H_DB_SIGNS);
    table_open(page, str_of(say_template(W_H_DB_SIGNS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "finding", "database-sign", put_sign, &signs);
    table_close(page);
    if (signs.left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", signs.left_out));
        put_lit(&page->out, "</p>");
    }
}

void put_logs_takings(struct page *page)
{
    struct takings takings = {0};
    size_t usual = traced_count(page, "measure", "usual-dump");
    if (traced_count(page, "finding", "taking-database") > 0) {
        heading(page, W_H_TAKEN);
        traced_each(page, "finding", "taking-database", put_taking, &takings);
        put_lit(&page->out, "<p class=\"side\">");
        word(page, W_TAKEN_NOTE);
        if (takings.left_out > 0) {
            PUT(page, W_LEFT_OUT, FILL_COUNT("n", takings.left_out));
        }
        put_lit(&page->out, "</p>");
    }
    if (usual > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_TAKEN_USUAL_DUMPS, FILL_COUNT("n", usual));
        put_lit(&page->out, "</p>");
    }
    put_signs(page);
}
