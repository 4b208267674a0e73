/* What was within reach: which accounts the credentials in the tree are, what each of them reads, in words, as a map and as
 * tables. The records only; what follows from them is the judge's. A credential that nobody tried is never "nothing". */
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { ACCOUNTS_MAX = 12, DATABASES_MAX = 16, POWERS_MAX = 16 };

enum word reach_scope_word(enum reach_scope scope)
{
    static const enum word words[] = {W_SCOPE_ENTIRE, W_SCOPE_PART, W_SCOPE_UNKNOWN, W_SCOPE_NONE, W_SCOPE_NOT_TRIED};
    return words[scope];
}

static enum word meaning_of(enum reach_scope scope)
{
    static const enum word words[] = {W_SCOPE_ENTIRE_MEANS, W_SCOPE_PART_MEANS, W_SCOPE_UNKNOWN_MEANS,
                                      W_SCOPE_NONE_MEANS, W_SCOPE_NOT_TRIED_MEANS};
    return words[scope];
}

/* ---- opening ---- */

static size_t count_status(const struct reached *reached, enum reach_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < reached->login_count; i++) {
        count += reach_status_of(reached->logins[i].record) == status;
    }
    return count;
}

static void put_each(struct page *page, const struct reached *reached)
{
    size_t counts[SCOPE_NOT_TRIED + 1] = {0}, told = 0;
    uint64_t readable = 0;
    for (size_t i = 0; i < reached->login_count; i++) {
        counts[reach_scope_of(reached->logins[i].record)] += reach_is_open(reached->logins[i].record);
    }
    for (size_t i = 0; i < reached->table_count; i++) {
        readable += reached->tables[i].is_readable;
    }
    word(page, W_REACH_EACH);
    for (int scope = SCOPE_ENTIRE; scope <= SCOPE_NOT_TRIED; scope++) {
        if (counts[scope] > 0) {
            put_either(&page->out, told++ > 0, ",", "");
            PUT(page, W_REACH_SO_MANY,
                FILL_TEXT("scope", str_of(say_template(reach_scope_word((enum reach_scope)scope)))),
                FILL_COUNT("n", counts[scope]));
        }
    }
    word(page, W_STOP);
    if (reached->table_count > 0) {
        PUT(page, W_REACH_TOGETHER, FILL_COUNT("n", readable), FILL_COUNT("of", reached->table_count));
    }
}

static void put_lead(struct page *page, const struct reached *reached)
{
    size_t untried = 0, connected = count_status(reached, LOGIN_CONNECTED),
           read = count_status(reached, LOGIN_FROM_DUMP);
    size_t tried = connected + count_status(reached, LOGIN_REFUSED) + count_status(reached, LOGIN_UNREACHABLE);
    for (size_t i = 0; i < reached->credential_count; i++) {
        untried += reach_status_of(reached->credentials[i].login) == LOGIN_NOT_TRIED;
    }
    put_lit(&page->out, "<p>");
    if (reached->credential_count > 0) {
        PUT(page, W_REACH_FOUND, FILL_COUNT("n", reached->credential_count));
    }
    if (tried > 0) {
        PUT(page, W_REACH_TRIED, FILL_COUNT("n", connected), FILL_COUNT("of", tried));
    }
    if (read > 0) {
        PUT(page, W_REACH_FROM_DUMPS, FILL_COUNT("n", read));
    }
    if (connected + read > 0) {
        put_each(page, reached);
    } else {
        put_lit(&page->out, " ");
        word(page, W_REACH_NO_LOGIN);
    }
    put_lit(&page->out, "</p>");
    if (untried > 0) {
        put_lit(&page->out, "<p>");
        PUT(page, W_REACH_NOT_TRIED, FILL_COUNT("n", untried));
        put_lit(&page->out, "</p>");
    }
}

static void put_care(struct page *page, const struct reached *reached)
{
    static const enum word words[] = {W_REACH_NOT_READ, W_REACH_NOT_THEN};
    int64_t began = TIME_NONE;
    for (size_t i = 0; i < reached->exam_count; i++) {
        int64_t at = model_time(reached->exams[i], "began");
        began = began == TIME_NONE || (at != TIME_NONE && at > began) ? at : began;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put_lit(&page->out, "<p>");
        word(page, words[i]);
        if (words[i] == W_REACH_NOT_THEN && began != TIME_NONE) {
            put_lit(&page->out, " ");
            PUT(page, W_REACH_AS_OF, FILL_INSTANT("from", began));
        }
        put_lit(&page->out, "</p>");
    }
}

static void put_failures(struct page *page, const struct reached *reached)
{
    for (size_t i = 0; i < reached->exam_count; i++) {
        const json_t *exam = reached->exams[i];
        if (!str_eq(model_text(exam, "status"), STR("done"))) {
            put_lit(&page->out, "<p>");
            PUT(page, W_REACH_FAILED, FILL_TEXT("exam", model_text(exam, "id")),
                FILL_TEXT("error", model_text(exam, "error")));
            put_lit(&page->out, "</p>");
        }
    }
}

/* ---- one account ---- */

static void pair_open(struct page *page, enum word key)
{
    put_lit(&page->out, "<dt>");
    word(page, key);
    put_lit(&page->out, "</dt><dd>");
}

static void pair_close(struct page *page)
{
    put_lit(&page->out, "</dd>");
}

/* "shop@10.0.0.5" as "shop at 10.0.0.5": in one piece it would read as an e-mail address. */
void put_reach_account(struct page *page, struct str account)
{
    size_t at = account.len;
    while (at > 0 && account.data[at - 1] != '@') {
        at--;
    }
    if (account.len == 0) {
        word(page, W_REACH_ACCOUNT_UNSAID);
        return;
    }
    put_html(&page->out, at > 0 ? str_slice(account, 0, at - 1) : account);
    if (at > 0 && at < account.len) {
        PUT(page, W_REACH_AT, FILL_TEXT("host", str_slice(account, at, account.len)));
    }
}

static void put_server(struct page *page, const json_t *login)
{
    struct str product = model_text(login, "product"), version = model_text(login, "version");
    struct str server = reach_server(&page->model->arena, model_text(login, "uri")), user, address;
    (void)model_uri(server, &user, &address);
    if (product.len + address.len == 0) {
        word(page, W_REACH_SERVER_UNSAID);
    }
    put_html(&page->out, product);
    put_either(&page->out, version.len > 0, " ", "");
    put_html(&page->out, version);
    if (address.len > 0) {
        PUT(page, W_REACH_AT, FILL_TEXT("host", address));
    }
}

void put_reach_place(struct page *page, const json_t *credential, const json_t *exam)
{
    put_lit(&page->out, "<span class=\"m ow\">");
    put_html(&page->out, model_text(credential, "path"));
    put_lit(&page->out, "</span><span class=\"nw\">");
    if (model_count(credential, "line") > 0) {
        PUT(page, W_LINE, FILL_COUNT("n", model_count(credential, "line")));
    }
    put_lit(&page->out, " ");
    put_ref(page, model_exhibit(page->model, exam, (struct str){"", 0}));
    put_lit(&page->out, "</span>");
    struct str product = model_text(credential, "product");
    if (product.len > 0) {
        PUT(page, W_REACH_OF_PRODUCT, FILL_TEXT("product", product));
    }
}

static void put_source(struct page *page, const struct reach_login *login)
{
    if (reach_status_of(login->record) == LOGIN_FROM_DUMP) {
        word(page, W_REACH_BY_DUMP);
        put_lit(&page->out, " ");
    }
    if (login->credential == NULL) {
        word(page, W_REACH_GIVEN);
        return;
    }
    PUT(page, W_REACH_LIES, FILL_TEXT("id", model_text(login->credential, "id")));
    put_reach_place(page, login->credential, login->exam);
}

static void put_reads(struct page *page, const json_t *login)
{
    uint64_t rows, databases = 0;
    enum reach_rows kind = reach_rows_of(login, &rows);
    OWN(own_buf) struct buf text = {0};
    const json_t *list = model_array(login, "databases");
    for (size_t i = 0; i < json_array_size(list); i++) {
        databases += !json_is_true(json_object_get(json_array_get(list, i), "system"));
    }
    PUT(page, W_REACH_READS_TABLES, FILL_COUNT("n", model_count(login, "readable")),
        FILL_COUNT("of", model_count(login, "tables")));
    if (model_count(login, "partial") > 0) {
        PUT(page, W_REACH_READS_PARTLY, FILL_COUNT("n", model_count(login, "partial")));
    }
    if (databases > 0) {
        PUT(page, W_REACH_READS_IN, FILL_COUNT("n", databases));
    }
    if (model_count(login, "columns") > 0) {
        PUT(page, W_REACH_READS_COLUMNS, FILL_COUNT("n", model_count(login, "columns")));
    }
    reach_rows_text(&text, kind, rows);
    PUT(page, W_REACH_READS_ROWS, FILL_TEXT("rows", buf_str(&text)));
    if (model_count(login, "bytes") > 0) {
        PUT(page, W_REACH_READS_BYTES, FILL_BYTES("bytes", model_count(login, "bytes")));
    }
}

/* Rights that go further than reading tables, each with what it means. */
static void put_powers(struct page *page, const json_t *login)
{
    const json_t *powers = model_array(login, "powers");
    size_t count = json_array_size(powers);
    if (json_is_true(json_object_get(login, "is_super"))) {
        put_lit(&page->out, "<span class=\"item\"><b>");
        word(page, W_REACH_SUPER);
        put_lit(&page->out, "</b></span>");
    } else if (count == 0) {
        word(page, W_REACH_NO_POWERS);
    }
    for (size_t i = 0; i < count && i < POWERS_MAX; i++) {
        const json_t *power = json_array_get(powers, i);
        struct str from = model_text(power, "from");
        put_lit(&page->out, "<span class=\"item\"><b>");
        put_html(&page->out, model_text(power, "name"));
        put_lit(&page->out, "</b> ");
        put_html(&page->out, model_text(power, "means"));
        if (from.len > 0) {
            PUT(page, W_REACH_POWER_FROM, FILL_TEXT("from", from));
        }
        put_lit(&page->out, "</span>");
    }
    uint64_t more = count > POWERS_MAX ? count - POWERS_MAX : 0;
    more = reach_sum(more, model_count(login, "powers_left_out"));
    if (more > 0) {
        PUT(page, W_AND_MORE, FILL_COUNT("n", more));
    }
}

static void put_scope(struct page *page, const json_t *object)
{
    put_lit(&page->out, "<b>");
    word(page, reach_scope_word(reach_scope_of(object)));
    put_lit(&page->out, "</b>");
}

/* SQLite: no server, and nobody to log in as. */
static bool is_file(const json_t *login)
{
    return str_starts(model_text(login, "uri"), STR("sqlite:"));
}

static void put_facts(struct page *page, const struct reach_login *login)
{
    struct str reading = model_text(login->record, "reading"), why = model_text(login->record, "why");
    put_lit(&page->out, "<dl class=\"ui dl\">");
    pair_open(page, W_REACH_CREDENTIAL);
    put_source(page, login);
    pair_close(page);
    pair_open(page, W_REACH_SCOPE);
    put_scope(page, login->record);
    put_lit(&page->out, ". ");
    enum reach_scope scope = reach_scope_of(login->record);
    word(page, is_file(login->record) && scope == SCOPE_ENTIRE ? W_SCOPE_ENTIRE_FILE : meaning_of(scope));
    put_lit(&page->out, "<span class=\"tag\">");
    put_html(&page->out, why);
    put_lit(&page->out, "</span>");
    pair_close(page);
    pair_open(page, W_REACH_READS);
    put_reads(page, login->record);
    pair_close(page);
    pair_open(page, W_REACH_FURTHER);
    put_powers(page, login->record);
    pair_close(page);
    if (reading.len > 0) {
        pair_open(page, W_REACH_HOW);
        put_html(&page->out, reading);
        pair_close(page);
    }
    put_lit(&page->out, "</dl>\n");
}

/* ---- its databases ---- */

static void put_database(struct page *page, const json_t *database)
{
    uint64_t rows, partial = model_count(database, "partial");
    bool is_system = json_is_true(json_object_get(database, "system"));
    OWN(own_buf) struct buf text = {0};
    enum reach_rows kind = reach_rows_of(database, &rows);
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"m ow\">");
    put_html(&page->out, model_text(database, "name"));
    put_lit(&page->out, "</th><td>");
    if (is_system) {
        word(page, W_REACH_OWN);
    } else {
        put_scope(page, database);
    }
    put_lit(&page->out, "</td><td>");
    if (model_count(database, "tables") == 0 && reach_scope_of(database) != SCOPE_ENTIRE) {
        put_lit(&page->out, "–");
    } else {
        PUT(page, W_K_OF_N, FILL_COUNT("k", model_count(database, "readable")),
            FILL_COUNT("n", model_count(database, "tables")));
    }
    if (partial > 0) {
        put_lit(&page->out, ", ");
        PUT(page, W_REACH_PARTLY, FILL_COUNT("n", partial));
    }
    put_lit(&page->out, "</td><td>");
    if (kind == ROWS_UNKNOWN) {
        put_lit(&page->out, "–");
    } else {
        reach_rows_text(&text, kind, rows);
        put_html(&page->out, buf_str(&text));
    }
    put_lit(&page->out, "</td><td class=\"nw\">");
    if (json_is_integer(json_object_get(database, "bytes"))) {
        number_bytes(&page->out, model_count(database, "bytes"));
    } else {
        put_lit(&page->out, "–");
    }
    put_lit(&page->out, "</td><td>");
    put_html(&page->out, model_text(database, "why"));
    put_lit(&page->out, "</td></tr>\n");
}

/* The server's own come last; they are the first to have no room. */
static void put_databases(struct page *page, const json_t *list, uint64_t left_out, struct str name)
{
    static const enum word heads[] = {W_REACH_DATABASE, W_REACH_SCOPE, W_REACH_TABLES,
                                      W_REACH_ROWS,     W_REACH_BYTES, W_REACH_BY};
    size_t told = 0;
    uint64_t tables = 0;
    table_open(page, name, heads, sizeof heads / sizeof heads[0]);
    for (int system = 0; system < 2; system++) {
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *database = json_array_get(list, i);
            if ((int)json_is_true(json_object_get(database, "system")) != system) {
                continue;
            }
            if (told++ < DATABASES_MAX) {
                put_database(page, database);
            } else {
                tables = reach_sum(tables, model_count(database, "tables"));
            }
        }
    }
    uint64_t more = reach_sum(left_out, told > DATABASES_MAX ? told - DATABASES_MAX : 0);
    if (more > 0) {
        put_lit(&page->out, "<tr><th scope=\"row\" colspan=\"6\">");
        PUT(page, W_REACH_MORE_DATABASES, FILL_COUNT("n", more), FILL_COUNT("tables", tables));
        put_lit(&page->out, "</th></tr>\n");
    }
    table_close(page);
}

static void put_account(struct page *page, const struct reached *reached, const struct reach_login *login,
                        size_t number)
{
    const json_t *list = model_array(login->record, "databases");
    struct str credential = model_text(login->credential, "id");
    OWN(own_buf) struct buf name = {0};
    put_lit(&page->out, "<h3 class=\"mt\">");
    PUT(page, W_REACH_NUMBER, FILL_COUNT("n", number));
    put_lit(&page->out, " ");
    if (is_file(login->record)) {
        word(page, W_REACH_ACCOUNT_FILE);
    } else {
        put_reach_account(page, model_text(login->record, "account"));
    }
    put_lit(&page->out, " · ");
    put_server(page, login->record);
    if (reached->exam_count > 1) {
        put_lit(&page->out, " · ");
        put_html(&page->out, model_text(login->exam, "id"));
    }
    put_lit(&page->out, "</h3>");
    put_facts(page, login);
    PLAIN(page, &name, W_REACH_DATABASES, FILL_COUNT("n", number), FILL_TEXT("credential", credential));
    if (json_array_size(list) > 0) {
        put_databases(page, list, model_count(login->record, "databases_left_out"), buf_str(&name));
    }
}

/* The one that reaches furthest first; within that in the order of the records. */
static void put_accounts(struct page *page, const struct reached *reached)
{
    size_t told = 0;
    for (int scope = SCOPE_ENTIRE; scope <= SCOPE_NOT_TRIED; scope++) {
        for (size_t i = 0; i < reached->login_count; i++) {
            const struct reach_login *login = &reached->logins[i];
            if (!reach_is_open(login->record) || (int)reach_scope_of(login->record) != scope) {
                continue;
            }
            if (told++ < ACCOUNTS_MAX) {
                put_account(page, reached, login, told);
            }
        }
    }
    if (told > ACCOUNTS_MAX) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_REACH_MORE_ACCOUNTS, FILL_COUNT("n", told - ACCOUNTS_MAX));
        put_lit(&page->out, "</p>");
    }
}

bool reach_is_examined(const struct model *model)
{
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        if (model_is_engine(json_array_get(model->exams, i), "reach")) {
            return true;
        }
    }
    return false;
}

void section_reach(struct page *page)
{
    struct reached *reached;
    if (reached_read(page->model, &reached, NULL) != 0) {
        page->out.failed = true;
        return;
    }
    if (reached == NULL) {
        return;
    }
    section_open(page, "reach", W_H_REACH);
    put_lit(&page->out, "<div class=\"two\"><div class=\"col\">");
    put_lead(page, reached);
    put_failures(page, reached);
    put_lit(&page->out, "</div><div class=\"side\">");
    put_care(page, reached);
    put_lit(&page->out, "</div></div>\n");
    put_accounts(page, reached);
    if (!figure_reach(page, reached) && reached->table_count > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        word(page, W_REACH_NO_MAP);
        put_lit(&page->out, "</p>");
    }
    put_reach_tables(page, reached);
    put_reach_people(page, reached);
    put_reach_credentials(page, reached);
    put_reach_holes(page, reached);
    section_close(page);
}
