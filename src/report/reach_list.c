/* The tables beneath the map: what was seen in each table, of whom, which credentials lay there, and what was not looked at.
 * All are bounded; what has no room is summed in a last row, so that a table is always about everything. */
#include <stdlib.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { TABLES_MAX = 60, COLUMNS_MAX = 12, PEOPLE_SHOWN = 64, CREDENTIALS_MAX = 60 };

/* ---- tables ---- */

static bool is_listed(const struct reach_table *table)
{
    return table->group < GROUP_NONE || table->is_partial || !table->is_readable;
}

/* What opens or pays first, then by how much; what cannot be read and holds nothing known comes last. */
static int by_weight(const void *left, const void *right)
{
    const struct reach_table *const *a = left, *const *b = right;
    if (is_listed(*a) != is_listed(*b)) {
        return is_listed(*a) ? -1 : 1;
    }
    if ((*a)->group != (*b)->group) {
        return (*a)->group < (*b)->group ? -1 : 1;
    }
    if ((*a)->rows != (*b)->rows) {
        return (*a)->rows > (*b)->rows ? -1 : 1;
    }
    return *a < *b ? -1 : *a > *b;
}

static void put_rows(struct page *page, enum reach_rows kind, uint64_t rows)
{
    OWN(own_buf) struct buf text = {0};
    if (kind == ROWS_UNKNOWN) {
        word(page, W_REACH_UNKNOWN);
        return;
    }
    reach_rows_text(&text, kind, rows);
    put_html(&page->out, buf_str(&text));
}

static void put_readable(struct page *page, const struct reach_table *table)
{
    struct str why = model_text(table->record, "why");
    if (!table->is_readable) {
        put_lit(&page->out, "<b>");
        word(page, W_REACH_CLOSED);
        put_lit(&page->out, "</b>");
    } else {
        word(page, table->is_partial ? W_REACH_PART : W_REACH_WHOLE);
    }
    if (table->is_partial && model_count(table->record, "columns_readable") < model_count(table->record, "columns")) {
        PUT(page, W_REACH_PART_COLUMNS, FILL_COUNT("n", model_count(table->record, "columns_readable")),
            FILL_COUNT("of", model_count(table->record, "columns")));
    }
    if (why.len > 0 && (table->is_partial || !table->is_readable)) {
        put_lit(&page->out, ": ");
        put_html(&page->out, why);
    }
}

/* "e-mail address in email: 998 of 1,000 (99.1 to 100 %)" */
static void put_kind(struct page *page, const json_t *note)
{
    const json_t *ci = model_array(note, "ci95");
    struct str scheme = model_text(note, "scheme"), weak = model_text(note, "weak");
    put_lit(&page->out, "<span class=\"item\">");
    PUT(page, W_REACH_KIND_IN, FILL_TEXT("kind", reach_kind_text(model_text(note, "kind"))),
        FILL_PLACE("column", model_text(note, "column")));
    if (str_eq(model_text(note, "basis"), STR("name"))) {
        word(page, W_REACH_KIND_NAME);
    } else {
        PUT(page, W_REACH_KIND_SHARE, FILL_COUNT("k", model_count(note, "k")), FILL_COUNT("n", model_count(note, "n")));
    }
    double lo = json_number_value(json_array_get(ci, 0)), hi = json_number_value(json_array_get(ci, 1));
    if (json_array_size(ci) == 2 && lo < hi) { /* the same: every row was looked at, and k of n says it */
        PUT(page, W_REACH_KIND_CI, FILL_PERCENT("lo", lo), FILL_PERCENT("hi", hi));
    }
    if (scheme.len > 0) {
        PUT(page, W_REACH_KIND_SCHEME, FILL_TEXT("scheme", scheme));
    }
    if (weak.len > 0) {
        PUT(page, W_REACH_KIND_WEAK, FILL_TEXT("why", weak));
    }
    put_lit(&page->out, "</span>");
}

static void put_kinds(struct page *page, const struct reach_table *table)
{
    size_t count = json_array_size(table->kinds);
    for (size_t i = 0; i < count && i < COLUMNS_MAX; i++) {
        put_kind(page, json_array_get(table->kinds, i));
    }
    uint64_t more = count > COLUMNS_MAX ? count - COLUMNS_MAX : 0;
    more = reach_sum(more, model_count(table->record, "kinds_left_out"));
    if (more > 0) {
        PUT(page, W_REACH_KINDS_MORE, FILL_COUNT("n", more));
    } else if (count == 0) {
        word(page, table->sampled > 0 ? W_REACH_KINDS_NONE : W_REACH_KINDS_UNSEEN);
    }
}

static void put_sampled(struct page *page, const struct reach_table *table)
{
    struct str how = model_text(table->record, "how");
    if (table->sampled == 0) {
        word(page, W_REACH_KINDS_UNSEEN);
        return;
    }
    PUT(page, W_REACH_SAMPLE, FILL_COUNT("n", table->sampled));
    if (how.len > 0) {
        PUT(page, W_REACH_SAMPLE_HOW, FILL_TEXT("how", how));
    }
}

static void put_table(struct page *page, const struct reach_table *table, bool with_server)
{
    struct str user, address;
    (void)model_uri(table->server, &user, &address);
    put_lit(&page->out, "<tr><th scope=\"row\" class=\"tn\"><span class=\"m ow\">");
    put_html(&page->out, table->database);
    put_either(&page->out, table->database.len > 0, ".", "");
    put_html(&page->out, table->name);
    put_lit(&page->out, "</span>");
    if (table->is_view) {
        put_lit(&page->out, " <span class=\"tag\">");
        word(page, W_REACH_VIEW);
        put_lit(&page->out, "</span>");
    }
    if (with_server) {
        put_lit(&page->out, " <span class=\"tag ow\">");
        put_html(&page->out, address);
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</th><td class=\"pd\">");
    put_kinds(page, table);
    put_lit(&page->out, "</td><td>");
    put_readable(page, table);
    put_lit(&page->out, "</td><td>");
    put_rows(page, table->rows_kind, table->rows);
    put_lit(&page->out, "</td><td class=\"nw\">");
    if (table->bytes_known) {
        number_bytes(&page->out, table->bytes);
    } else {
        word(page, W_REACH_UNKNOWN);
    }
    put_lit(&page->out, "</td><td>");
    put_sampled(page, table);
    put_lit(&page->out, "</td></tr>\n");
}

/* Tables without a row of their own, summed. */
struct sum {
    uint64_t count, rows, bytes;
    bool has_rows, has_bytes;
};

static void add(struct sum *sum, const struct reach_table *table)
{
    sum->count++;
    if (table->rows_kind != ROWS_UNKNOWN) {
        sum->rows = reach_sum(sum->rows, table->rows);
        sum->has_rows = true;
    }
    if (table->bytes_known) {
        sum->bytes = reach_sum(sum->bytes, table->bytes);
        sum->has_bytes = true;
    }
}

static void put_sum(struct page *page, enum word key, const struct sum *sum)
{
    if (sum->count == 0) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\" colspan=\"3\">");
    PUT(page, key, FILL_COUNT("n", sum->count));
    put_lit(&page->out, "</th><td>");
    put_rows(page, sum->has_rows ? ROWS_ESTIMATED : ROWS_UNKNOWN, sum->rows);
    put_lit(&page->out, "</td><td class=\"nw\">");
    if (sum->has_bytes) {
        number_bytes(&page->out, sum->bytes);
    } else {
        word(page, W_REACH_UNKNOWN);
    }
    put_lit(&page->out, "</td><td>–</td></tr>\n");
}

static bool has_servers(const struct reached *reached)
{
    for (size_t i = 1; i < reached->table_count; i++) {
        if (!str_eq(reached->tables[i].server, reached->tables[0].server)) {
            return true;
        }
    }
    return false;
}

static void put_listed(struct page *page, const struct reached *reached, const struct reach_table **sorted)
{
    struct sum more = {0}, none = {0}, unseen = {0};
    bool with_server = has_servers(reached);
    for (size_t i = 0; i < reached->table_count; i++) {
        const struct reach_table *table = sorted[i];
        if (is_listed(table) && i < TABLES_MAX) {
            put_table(page, table, with_server);
        } else {
            add(is_listed(table) ? &more : table->group == GROUP_NONE ? &none : &unseen, table);
        }
    }
    put_sum(page, W_REACH_REST_MORE, &more);
    put_sum(page, W_REACH_REST_NONE, &none);
    put_sum(page, W_REACH_REST_UNSEEN, &unseen);
}

void put_reach_tables(struct page *page, const struct reached *reached)
{
    static const enum word heads[] = {W_REACH_TABLE, W_REACH_PERSONAL, W_REACH_READABLE,
                                      W_REACH_ROWS,  W_REACH_BYTES,    W_REACH_SAMPLED};
    const struct reach_table **sorted =
        ARENA_NEW(&page->model->arena, const struct reach_table *, reached->table_count + 1, NULL);
    page->out.failed |= sorted == NULL;
    if (reached->table_count == 0 || sorted == NULL) {
        return;
    }
    for (size_t i = 0; i < reached->table_count; i++) {
        sorted[i] = &reached->tables[i];
    }
    qsort(sorted, reached->table_count, sizeof(sorted[0]), by_weight);
    heading(page, W_REACH_LIST);
    table_open(page, str_of(say_template(W_REACH_LIST)), heads, sizeof heads / sizeof heads[0]);
    put_listed(page, reached, sorted);
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_REACH_LIST_NOTE);
    put_lit(&page->out, "</p>\n");
}

/* ---- whom it would concern ---- */

static void put_known(struct page *page, const struct reach_people *people)
{
    if (people->by_values > 0) {
        PUT(page, W_REACH_PEOPLE_VALUES, FILL_COUNT("n", people->by_values));
    }
    put_either(&page->out, people->by_values > 0 && people->by_name > 0, ", ", "");
    if (people->by_name > 0) {
        PUT(page, W_REACH_PEOPLE_NAMES, FILL_COUNT("n", people->by_name));
    }
    if (people->by_values + people->by_name == 0) {
        word(page, W_NOT_SAID);
    }
}

static void put_person(struct page *page, const struct reach_people *people)
{
    const json_t *record = people->record, *range = model_array(record, "rows95");
    bool has_rows = json_is_integer(json_object_get(record, "rows"));
    bool has_range = json_is_number(json_array_get(range, 0)) && json_is_number(json_array_get(range, 1));
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_html(&page->out, reach_kind_text(reach_people_kind(record)));
    put_lit(&page->out, "</th><td>");
    number_count(&page->out, model_count(record, "tables"));
    put_lit(&page->out, "</td><td>");
    uint64_t lo = reach_whole(json_array_get(range, 0)), hi = reach_whole(json_array_get(range, 1));
    bool is_exact = has_range && lo == hi;
    enum reach_rows kind = is_exact ? ROWS_EXACT : ROWS_ESTIMATED;
    put_rows(page, has_rows ? kind : ROWS_UNKNOWN, model_count(record, "rows"));
    if (has_rows && model_count(record, "tables_without_rows") > 0) {
        PUT(page, W_REACH_PEOPLE_BESIDE, FILL_COUNT("n", model_count(record, "tables_without_rows")));
    }
    put_lit(&page->out, "</td><td>");
    if (is_exact) {
        word(page, W_REACH_PEOPLE_EXACT);
    } else if (has_range) {
        PUT(page, W_REACH_PEOPLE_RANGE, FILL_COUNT("lo", lo), FILL_COUNT("hi", hi));
    } else {
        bool by_name = people->by_values == 0 && people->by_name > 0;
        word(page, by_name ? W_REACH_PEOPLE_NO_VALUES : W_REACH_PEOPLE_NO_RANGE);
    }
    put_lit(&page->out, "</td><td>");
    put_known(page, people);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_people_of(struct page *page, const struct reached *reached, const json_t *exam, size_t *told)
{
    static const enum reach_group groups[] = {GROUP_KEYS, GROUP_IDENTITY, GROUP_CONTACT};
    bool is_titled = false;
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        for (size_t i = 0; i < reached->people_count && *told < PEOPLE_SHOWN; i++) {
            const struct reach_people *people = &reached->people[i];
            if (people->exam != exam || reach_kind_group(reach_people_kind(people->record)) != groups[g]) {
                continue;
            }
            if (reached->exam_count > 1 && !is_titled) {
                put_lit(&page->out, "<tr class=\"grp\"><th colspan=\"5\" scope=\"colgroup\">");
                PUT(page, W_REACH_EXAM, FILL_TEXT("id", model_text(exam, "id")));
                put_lit(&page->out, "</th></tr>\n");
                is_titled = true;
            }
            put_person(page, people);
            (*told)++;
        }
    }
}

/* No record of people: whether that is because nothing was looked at has to be said. */
static void put_nobody(struct page *page, const struct reached *reached)
{
    uint64_t readable = 0, sampled = 0;
    for (size_t i = 0; i < reached->table_count; i++) {
        readable += reached->tables[i].is_readable;
        sampled += reached->tables[i].sampled > 0;
    }
    put_lit(&page->out, "<p class=\"col\">");
    if (sampled > 0) {
        PUT(page, W_REACH_PEOPLE_NONE, FILL_COUNT("n", sampled), FILL_COUNT("of", readable));
    } else {
        word(page, W_REACH_PEOPLE_UNSEEN);
    }
    put_lit(&page->out, "</p>\n");
}

void put_reach_people(struct page *page, const struct reached *reached)
{
    static const enum word heads[] = {W_REACH_PEOPLE_KIND, W_REACH_PEOPLE_TABLES, W_REACH_PEOPLE_ROWS,
                                      W_REACH_PEOPLE_CI, W_REACH_PEOPLE_HOW};
    size_t told = 0;
    heading(page, W_REACH_PEOPLE);
    if (reached->people_count == 0) {
        put_nobody(page, reached);
        return;
    }
    table_open(page, str_of(say_template(W_REACH_PEOPLE)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < reached->exam_count; i++) {
        put_people_of(page, reached, reached->exams[i], &told);
    }
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_REACH_PEOPLE_NOTE);
    if (reached->exam_count > 1) {
        word(page, W_REACH_PEOPLE_TWICE);
    }
    if (reached->people_count > told) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", reached->people_count - told));
    }
    put_lit(&page->out, "</p>\n");
}

/* ---- credentials ---- */

static void put_outcome(struct page *page, const json_t *login)
{
    enum reach_status status = reach_status_of(login);
    struct str why = model_text(login, "why");
    if (reach_is_open(login)) {
        PUT(page, status == LOGIN_CONNECTED ? W_REACH_OUTCOME_CONNECTED : W_REACH_OUTCOME_FROM_DUMP,
            FILL_TEXT("scope", str_of(say_template(reach_scope_word(reach_scope_of(login))))));
        return;
    }
    word(page, status == LOGIN_REFUSED       ? W_REACH_OUTCOME_REFUSED
               : status == LOGIN_UNREACHABLE ? W_REACH_OUTCOME_UNREACHABLE
                                             : W_REACH_OUTCOME_NOT_TRIED);
    if (why.len > 0) {
        PUT(page, W_REACH_OUTCOME_WHY, FILL_TEXT("why", why));
    }
}

static void put_secret(struct page *page, const json_t *credential)
{
    struct str password = model_text(credential, "password"), variable = model_text(credential, "variable");
    if (str_eq(password, STR("elsewhere")) && variable.len > 0) {
        PUT(page, W_REACH_SECRET_VARIABLE, FILL_PLACE("name", variable));
        return;
    }
    word(page, str_eq(password, STR("set"))         ? W_REACH_SECRET_SET
               : str_eq(password, STR("empty"))     ? W_REACH_SECRET_EMPTY
               : str_eq(password, STR("elsewhere")) ? W_REACH_SECRET_ELSEWHERE
               : str_eq(password, STR("none"))      ? W_REACH_SECRET_NONE
                                                    : W_REACH_SECRET_UNSAID);
}

/* "mysql: shop at db.internal, database shop" */
static void put_opens(struct page *page, const json_t *credential)
{
    struct str host = model_text(credential, "host"), database = model_text(credential, "database");
    host = host.len > 0 ? host : model_text(credential, "socket");
    put_html(&page->out, model_text(credential, "service"));
    put_lit(&page->out, " <span class=\"tag ow\">");
    put_html(&page->out, model_text(credential, "opens"));
    if (model_text(credential, "account").len > 0) {
        put_lit(&page->out, " · ");
        put_reach_account(page, model_text(credential, "account"));
    }
    if (host.len > 0) {
        PUT(page, W_REACH_AT, FILL_TEXT("host", host));
    }
    if (database.len > 0) {
        PUT(page, W_REACH_DATABASE_OF, FILL_TEXT("name", database));
    }
    put_lit(&page->out, "</span>");
}

static void put_credential(struct page *page, const struct reached *reached, const struct reach_credential *one)
{
    struct str confidence = model_text(one->record, "confidence");
    put_lit(&page->out, "<tr><th scope=\"row\"><b>");
    put_html(&page->out, model_text(one->record, "id"));
    put_lit(&page->out, "</b>");
    if (reached->exam_count > 1) {
        put_lit(&page->out, " ");
        put_html(&page->out, model_text(one->exam, "id"));
    }
    put_lit(&page->out, "</th><td>");
    put_opens(page, one->record);
    put_lit(&page->out, "</td><td>");
    put_reach_place(page, one->record, one->exam);
    if (confidence.len > 0) {
        put_lit(&page->out, " <span class=\"tag\">");
        PUT(page, W_REACH_SURE, FILL_TEXT("confidence", confidence));
        put_lit(&page->out, "</span>");
    }
    put_lit(&page->out, "</td><td>");
    put_secret(page, one->record);
    put_lit(&page->out, "</td><td>");
    put_outcome(page, one->login);
    put_lit(&page->out, "</td></tr>\n");
}

/* An address that was given has no credential in a file; what came of it must stand somewhere if it let nobody in. */
static void put_given(struct page *page, const struct reach_login *login)
{
    put_lit(&page->out, "<tr><th scope=\"row\">–</th><td class=\"ow\">");
    put_place(page, model_text(login->record, "uri"));
    put_lit(&page->out, "</td><td>");
    word(page, W_REACH_GIVEN);
    put_lit(&page->out, "</td><td>–</td><td>");
    put_outcome(page, login->record);
    put_lit(&page->out, "</td></tr>\n");
}

static bool is_worth_a_row(const struct reach_login *login)
{
    return login->credential == NULL && !reach_is_open(login->record);
}

void put_reach_credentials(struct page *page, const struct reached *reached)
{
    static const enum word heads[] = {W_EXAM, W_REACH_OPENS, W_REACH_WHERE, W_REACH_SECRET, W_REACH_OUTCOME};
    size_t told = 0, given = 0;
    uint64_t more = 0, tried = 0;
    for (size_t i = 0; i < reached->login_count; i++) {
        given += is_worth_a_row(&reached->logins[i]);
    }
    if (reached->credential_count + given == 0) {
        return;
    }
    heading(page, W_REACH_CREDENTIALS);
    table_open(page, str_of(say_template(W_REACH_CREDENTIALS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < reached->credential_count; i++) {
        const struct reach_credential *one = &reached->credentials[i];
        if (told < CREDENTIALS_MAX) {
            put_credential(page, reached, one);
            told++;
        } else {
            more++;
            tried += reach_status_of(one->login) != LOGIN_NOT_TRIED;
        }
    }
    for (size_t i = 0; i < reached->login_count && told < CREDENTIALS_MAX; i++) {
        if (is_worth_a_row(&reached->logins[i])) {
            put_given(page, &reached->logins[i]);
            told++;
            given--;
        }
    }
    if (more + given > 0) {
        put_lit(&page->out, "<tr><th scope=\"row\" colspan=\"5\">");
        PUT(page, W_REACH_MORE_CREDENTIALS, FILL_COUNT("n", more + given), FILL_COUNT("tried", tried + given));
        put_lit(&page->out, "</th></tr>\n");
    }
    table_close(page);
}

/* ---- what was not looked at ---- */

static void put_example(struct page *page, const json_t *record)
{
    struct str path = model_text(record, "path"), database = model_text(record, "database");
    struct str table = model_text(record, "table"), why = model_text(record, "why");
    put_lit(&page->out, "<span class=\"item\"><span class=\"m ow\">");
    if (path.len + database.len == 0) {
        put_place(page, model_text(record, "source"));
    }
    put_html(&page->out, path.len > 0 ? path : database);
    if (path.len == 0 && table.len > 0) {
        put_lit(&page->out, ".");
        put_html(&page->out, table);
    }
    put_lit(&page->out, "</span>");
    if (why.len > 0) {
        put_lit(&page->out, ": ");
        put_html(&page->out, why);
    }
    put_lit(&page->out, "</span>");
}

static bool is_complete(const struct reached *reached)
{
    for (size_t i = 0; i < reached->exam_count; i++) {
        if (!json_is_true(json_object_get(model_summary(reached->exams[i]), "complete"))) {
            return false;
        }
    }
    return true;
}

static void put_hole_count(struct page *page, const struct reach_hole *hole)
{
    uint64_t count = hole->named > hole->totals ? hole->named : hole->totals;
    if (count == 0) {
        word(page, W_REACH_UNKNOWN);
    } else if (hole->is_open) {
        PUT(page, W_REACH_AT_LEAST, FILL_COUNT("n", count));
    } else {
        number_count(&page->out, count);
    }
}

void put_reach_holes(struct page *page, const struct reached *reached)
{
    static const enum word heads[] = {W_REACH_HOLE, W_REACH_HOLE_COUNT, W_REACH_HOLE_SUCH};
    heading(page, W_REACH_HOLES);
    if (reached->hole_count == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, is_complete(reached) ? W_REACH_HOLES_NONE : W_REACH_HOLES_UNSAID);
        put_lit(&page->out, "</p>\n");
        return;
    }
    table_open(page, str_of(say_template(W_REACH_HOLES)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < reached->hole_count; i++) {
        const struct reach_hole *hole = &reached->holes[i];
        put_lit(&page->out, "<tr><th scope=\"row\">");
        put_html(&page->out, hole->class_name);
        put_lit(&page->out, "</th><td>");
        put_hole_count(page, hole);
        put_lit(&page->out, "</td><td>");
        for (size_t e = 0; e < hole->example_count; e++) {
            put_example(page, hole->examples[e]);
        }
        put_either(&page->out, hole->example_count == 0, "–", "");
        put_lit(&page->out, "</td></tr>\n");
    }
    table_close(page);
    if (reached->holes_left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_REACH_HOLES_MORE, FILL_COUNT("n", reached->holes_left_out));
        put_lit(&page->out, "</p>\n");
    }
}
