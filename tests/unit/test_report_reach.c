/* What the page says of examinations of "reach": the tree map's geometry, what it draws, tables once, and that what nobody tried
 * or looked at is never told as nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "assay/report.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "report/reach_plan.h"

/* ---- a case by hand ---- */

static json_t *examination(json_t *records)
{
    return json_pack("{s:s, s:s, s:s, s:[s], s:s, s:o}", "id", "X01", "engine", "reach", "status", "done", "evidence",
                     "E01", "began", "2026-05-04T09:10:00Z", "records", records);
}

static json_t *case_of(json_t *records)
{
    return json_pack("{s:{s:s}, s:[{s:s, s:s, s:s}], s:[o]}", "case", "name", "n", "evidence", "id", "E01", "what",
                     "database", "name", "mysql://shop@db.example:3306/shop", "examinations", examination(records));
}

static void put(json_t *records, const char *type, json_t *record)
{
    assert_non_null(record);
    json_array_append_new(records, json_pack("{s:s, s:o}", "type", type, "record", record));
}

static json_t *table(const char *credential, const char *uri, const char *name, json_int_t rows, bool is_readable)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:b, s:i, s:i, s:i}", "class", "table", "credential",
                     credential, "uri", uri, "database", "shop", "table", name, "rows", rows, "rows_kind", "estimated",
                     "bytes", rows, "readable", (int)is_readable, "columns", 3, "columns_readable", 3, "sampled",
                     is_readable ? 100 : 0);
}

static json_t *login(const char *credential, const char *status, const char *scope)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "class", "account", "credential", credential, "uri",
                     "mysql://shop@db.example:3306/shop", "status", status, "scope", scope, "product", "MariaDB",
                     "version", "10.11.19", "account", "shop@10.0.0.5");
}

static json_t *credential(const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "class", "credential", "id", id, "service", "mysql",
                     "opens", "database", "password", "set", "path", "/srv/www/.env", "line", 12);
}

static struct str page_of(json_t *model)
{
    struct err err = {0};
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, time_parse(STR("2026-05-05T12:00:00Z")), &html, &length, &err) != 0) {
        fail_msg("%s", err.text);
    }
    json_decref(model);
    return (struct str){html, length};
}

static bool says(struct str page, const char *text)
{
    return str_find(page, str_of(text), 0) != SIZE_MAX;
}

static void drop(struct str page)
{
    free((void *)(uintptr_t)page.data);
}

/* The section alone: other sections may say "none" of other things. */
static struct str section_of(struct str page)
{
    size_t from = str_find(page, STR("<section id=\"reach\">"), 0);
    assert_int_not_equal(from, SIZE_MAX);
    return str_slice(page, from, str_find(page, STR("</section>"), from));
}

/* ---- geometry ---- */

/* The example of the paper: 6, 6, 4, 3, 2, 2, 1 in a box of 6 by 4 (its figure 5). */
static void test_treemap_of_the_paper(void **state)
{
    (void)state;
    static const double weights[] = {6, 6, 4, 3, 2, 2, 1};
    struct box boxes[7];
    treemap_lay(weights, 7, (struct box){0, 0, 6000, 4000}, boxes);
    static const struct box want[] = {{0, 0, 3000, 2000},
                                      {0, 2000, 3000, 2000},
                                      {3000, 0, 1714, 2333},
                                      {4714, 0, 1286, 2333},
                                      {3000, 2333, 1200, 1667}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_memory_equal(&boxes[i], &want[i], sizeof want[i]);
    }
}

static void check_tiling(const double *weights, size_t count, struct box area)
{
    struct box *boxes = calloc(count, sizeof *boxes);
    double sum = 0, covered = 0;
    assert_non_null(boxes);
    treemap_lay(weights, count, area, boxes);
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
        covered += (double)boxes[i].w * (double)boxes[i].h;
        assert_true(boxes[i].w >= 0 && boxes[i].h >= 0);
        assert_true(boxes[i].x >= area.x && boxes[i].x + boxes[i].w <= area.x + area.w);
        assert_true(boxes[i].y >= area.y && boxes[i].y + boxes[i].h <= area.y + area.h);
        for (size_t k = 0; k < i; k++) {
            bool is_apart = boxes[i].x >= boxes[k].x + boxes[k].w || boxes[k].x >= boxes[i].x + boxes[i].w ||
                            boxes[i].y >= boxes[k].y + boxes[k].h || boxes[k].y >= boxes[i].y + boxes[i].h;
            assert_true(is_apart || boxes[i].w * boxes[i].h == 0 || boxes[k].w * boxes[k].h == 0);
        }
    }
    double whole = (double)area.w * (double)area.h;
    assert_true(fabs(covered - whole) < 0.5); /* without a gap */
    for (size_t i = 0; i < count; i++) {
        double got = (double)boxes[i].w * (double)boxes[i].h, want = whole * weights[i] / sum;
        assert_true(fabs(got - want) <= (double)(boxes[i].w + boxes[i].h) + 1); /* a tenth of a pixel at each edge */
    }
    free(boxes);
}

static void test_treemap_tiles(void **state)
{
    (void)state;
    double falling[200], even[60], far[12] = {9e18};
    for (size_t i = 0; i < 200; i++) {
        falling[i] = 1e6 / (double)((i + 1) * (i + 1));
    }
    for (size_t i = 0; i < 60; i++) {
        even[i] = 7;
    }
    for (size_t i = 1; i < 12; i++) {
        far[i] = 1;
    }
    check_tiling(falling, 200, (struct box){0, 0, 8200, 3600});
    check_tiling(even, 60, (struct box){13, 7, 8200, 300});
    check_tiling(even, 1, (struct box){0, 0, 10, 8200});
    check_tiling(far, 12, (struct box){0, 0, 8200, 3600});
}

static void test_treemap_of_nothing(void **state)
{
    (void)state;
    static const double weights[] = {5, 0, 0};
    struct box boxes[3];
    treemap_lay(weights, 3, (struct box){0, 0, 100, 50}, boxes);
    assert_int_equal(boxes[0].w * boxes[0].h, 5000);
    assert_int_equal(boxes[1].w * boxes[1].h + boxes[2].w * boxes[2].h, 0);
    treemap_lay(weights, 0, (struct box){0, 0, 100, 50}, boxes);
    treemap_lay(weights, 3, (struct box){0, 0, 100, 0}, boxes); /* a band that has no height */
    assert_int_equal(boxes[0].h, 0);
}

/* ---- what is drawn ---- */

static void check_sums(const struct plan *plan)
{
    static struct cell cells[CELLS_MAX + RESTS];
    size_t cells_of_their_own = 0, together = 0;
    double weight = 0, of_bands = 0;
    for (size_t b = 0; b < plan->shown_count; b++) {
        of_bands += plan->shown[b].weight;
        size_t count = plan_cells(plan, &plan->shown[b], cells);
        assert_in_range(count, 1, CELLS_MAX + RESTS);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || cells[i - 1].weight >= cells[i].weight);
            weight += cells[i].weight;
            cells_of_their_own += cells[i].table != NULL;
            together += cells[i].table == NULL ? cells[i].count : 0;
        }
    }
    assert_true(fabs(of_bands - plan->weight) <= plan->weight * 1e-9);
    assert_in_range(plan->drawn, 0, CELLS_MAX);
    assert_int_equal(cells_of_their_own, plan->drawn);
    assert_int_equal(together, plan->rest);
    assert_int_equal(plan->drawn + plan->rest + plan->empty + plan->unknown_open + plan->unknown_closed + plan->views,
                     plan->reached->table_count);
    assert_true(fabs(weight - plan->weight) <= plan->weight * 1e-9);
}

static void with_plan(json_t *model, void (*check)(const struct plan *plan))
{
    struct model read;
    struct reached *reached;
    struct plan *plan = calloc(1, sizeof *plan);
    bool has_failed;
    assert_non_null(plan);
    assert_int_equal(model_read(model, NULL, 0, &read, NULL), 0);
    assert_int_equal(reached_read(&read, &reached, NULL), 0);
    assert_true(plan_make(&read.arena, reached, plan, &has_failed));
    check(plan);
    model_clear(&read);
    free(plan);
    json_decref(model);
}

static json_t *many_tables(size_t count, size_t databases, json_int_t step)
{
    json_t *records = json_array();
    char name[32], database[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "t%zu", i);
        snprintf(database, sizeof database, "d%03zu", i % databases);
        json_t *one = table("C1", "mysql://a@h/x", name, 1000 + step * (json_int_t)i, i % 3 != 0);
        json_object_set_new(one, "database", json_string(database));
        put(records, "measure", one);
    }
    return case_of(records);
}

static void test_what_is_drawn_sums_to_the_whole(void **state)
{
    (void)state;
    with_plan(many_tables(7, 2, 50), check_sums);
    with_plan(many_tables(900, 1, 0), check_sums);
    with_plan(many_tables(900, 30, 1000), check_sums);
    json_t *records = json_array();
    for (int i = 0; i < 4; i++) { /* sizes as large as they go, one empty, one unknown */
        char name[8];
        snprintf(name, sizeof name, "t%d", i);
        put(records, "measure", table("C1", "mysql://a@h/x", name, i < 2 ? INT64_MAX : 0, true));
    }
    json_object_set_new(json_object_get(json_array_get(records, 3), "record"), "rows", json_null());
    with_plan(case_of(records), check_sums);
}

/* Tables too small to be seen do not lose what they hold: a small one with passwords is not drawn as one without anything. */
static void check_ground(const struct plan *plan)
{
    struct cell cells[CELLS_MAX + RESTS];
    size_t count = plan_cells(plan, &plan->shown[0], cells);
    assert_int_equal(count, 4);
    assert_non_null(cells[0].table);
    assert_true(cells[1].table == NULL && cells[1].is_readable && cells[1].group == GROUP_NONE && cells[1].count == 2);
    assert_true(cells[2].table == NULL && !cells[2].is_readable && cells[2].count == 1);
    assert_true(cells[3].table == NULL && cells[3].is_readable && cells[3].group == GROUP_KEYS && cells[3].count == 1);
}

static void test_small_tables_keep_their_ground(void **state)
{
    (void)state;
    json_t *records = json_array(), *small = table("C1", "mysql://a@h/x", "users", 20, true);
    json_object_set_new(small, "kinds",
                        json_pack("[{s:s,s:s,s:s}]", "column", "pw", "kind", "password", "basis", "values"));
    put(records, "measure", small);
    put(records, "measure", table("C1", "mysql://a@h/x", "large", 1000000, true));
    put(records, "measure", table("C1", "mysql://a@h/x", "a", 30, true));
    put(records, "measure", table("C1", "mysql://a@h/x", "b", 30, true));
    put(records, "measure", table("C1", "mysql://a@h/x", "c", 40, false));
    with_plan(case_of(records), check_ground);
}

static void test_a_hundred_thousand_tables(void **state)
{
    (void)state;
    struct str few = page_of(many_tables(300, 3, 1)), many = page_of(many_tables(100000, 3, 1));
    assert_true(says(many, "100,000 tables that the catalogues showed"));
    assert_true(says(many, "0 drawn with their own area, 100,000 together with others"));
    assert_true(many.len < few.len + 60000);
    drop(few);
    drop(many);
}

/* ---- what is said ---- */

static void test_not_tried_is_not_nothing(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "finding", credential("C1"));
    put(records, "finding", credential("C2"));
    put(records, "measure", login("C2", "not tried", "not tried"));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section,
                     "<b>2 credentials were not tried.</b> What they open was not looked at: it may be little, "
                     "and it may be everything."));
    assert_true(says(section, "No account could be looked through"));
    assert_true(says(section, "<b>not tried</b>; what it opens was not looked at"));
    assert_true(says(section, "No row of a table was looked at, so nothing can be said about personal data"));
    assert_false(says(section, "<b>none</b>"));
    assert_false(says(section, "0 of 0"));
    drop(page);
}

static void test_one_is_let_in_and_one_is_not(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "finding", credential("C1"));
    put(records, "finding", credential("C2"));
    json_t *let_in = login("C1", "connected", "entire");
    json_object_set_new(let_in, "tables", json_integer(4));
    put(records, "measure", let_in);
    put(records, "measure", login("C2", "refused", "not tried"));
    put(records, "summary", json_pack("{s:i}", "tables", 9));
    put(records, "measure", table("C1", "mysql://shop@db.example:3306/shop", "customers", 81204, true));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section, "2 logins were tried, 1 succeeded."));
    assert_true(says(section, "What each account reaches of its own server: <b>entire</b> 1."));
    assert_true(says(section, "<b>entire</b>. Every row of every table on the server"));
    assert_true(says(section, "<b>refused</b>; what it opened before was not looked at"));
    assert_false(says(section, "were not tried"));
    assert_true(says(section, "Account 1: shop at 10.0.0.5 · MariaDB 10.11.19 at db.example:3306"));
    assert_true(says(page, "as shop</span></td><td>4 tables</td>")); /* of this exhibit, not of all servers together */
    assert_true(says(page, "mysql://db.example:3306/shop as shop")); /* the exhibit, not masked as an e-mail address */
    assert_true(says(page, "1 of 2 credentials opened"));
    assert_true(says(page, "1 credential not opened"));
    drop(page);
}

/* Rights that stand in a dump are looked at without a login, and a login may serve several credentials. */
static void test_a_dump_and_a_shared_login(void **state)
{
    (void)state;
    json_t *records = json_array(), *shared = login("C1", "connected", "part");
    put(records, "finding", credential("C1"));
    put(records, "finding", credential("C2"));
    put(records, "finding", credential("C3"));
    json_object_set_new(shared, "also", json_pack("[s]", "C2"));
    put(records, "measure", shared);
    put(records, "measure", login("C3", "from a dump", "entire"));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section,
                     "1 login was tried, 1 succeeded. What 1 account could read stands in a dump; nobody logged in "
                     "with it."));
    assert_false(says(section, "not tried"));
    assert_true(says(section, "not logged in; by the grants in a dump: <b>entire</b>"));
    assert_true(says(section, "By the grants in a dump; nobody logged in."));
    assert_true(says(page, "3 of 3 credentials opened")); /* two of the three are one login */
    drop(page);
}

/* Two accounts of one server: the table once, as the one that reads more of it saw it. */
static void test_a_table_counts_once(void **state)
{
    (void)state;
    json_t *records = json_array();
    json_t *closed = table("C1", "mysql://a@h:3306/shop", "customers", 500, false);
    put(records, "measure", login("C1", "connected", "part"));
    put(records, "measure", closed);
    put(records, "measure", table("C2", "mysql://b@h:3306/", "customers", 500, true));
    put(records, "measure", table("C3", "mysql://a@h:3307/shop", "customers", 70, true)); /* another server */
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section, "All accounts together read 2 of the 2 tables"));
    assert_true(says(section, "2 tables that the catalogues showed, each once"));
    assert_false(says(section, "<b>no</b>"));
    drop(page);
}

/* A view shows rows of tables: it is listed, has no area, and no column of it counts again. */
static void test_a_view_counts_nothing(void **state)
{
    (void)state;
    json_t *records = json_array();
    for (int i = 0; i < 2; i++) {
        json_t *one = table("C1", "mysql://a@h/shop", i == 0 ? "users" : "user_mail", 900, true);
        json_object_set_new(one, "view", json_boolean(i == 1));
        json_object_set_new(one, "kinds",
                            json_pack("[{s:s,s:s,s:s}]", "column", "m", "kind", "email", "basis", "values"));
        put(records, "measure", one);
    }
    put(records, "measure",
        json_pack("{s:s,s:s,s:i,s:i}", "class", "people", "data", "email", "tables", 1, "rows", 900));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section,
                     "1 drawn with its own area, 0 together with others, 0 without any rows, 0 of unknown size, and 1 "
                     "view on rows of others."));
    assert_true(says(section, "values in 1 column<"));
    assert_true(says(section, "shop.user_mail"));
    drop(page);
}

static void test_kinds_are_told_with_how_they_are_known(void **state)
{
    (void)state;
    json_t *records = json_array(), *one = table("C1", "mysql://a@h/shop", "customers", 5000, true);
    json_object_set_new(
        one, "kinds",
        json_pack("[{s:s,s:s,s:s,s:i,s:i,s:[f,f],s:s,s:s}, {s:s,s:s,s:s,s:i,s:i,s:n}, {s:s,s:s,s:s,s:i,s:i}]", "column",
                  "pw", "kind", "password", "basis", "values", "n", 100, "k", 98, "ci95", 0.93, 0.998, "scheme",
                  "MD5, unsalted", "weak", "guessed fast", "column", "pan", "kind", "card", "basis", "name", "n", 0,
                  "k", 0, "ci95", "column", "x", "kind", "shoe_size", "basis", "values", "n", 4, "k", 4));
    put(records, "measure", one);
    put(records, "measure",
        json_pack("{s:s,s:s,s:i,s:i,s:i,s:[i,i]}", "class", "people", "data", "password", "tables", 1, "columns", 1,
                  "rows", 4900, "rows95", 4650, 4990));
    put(records, "measure",
        json_pack("{s:s,s:s,s:i,s:i,s:i,s:n}", "class", "people", "data", "card", "tables", 1, "columns", 1, "rows",
                  5000, "rows95"));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section, "password or its hash in <code>pw</code>: 98 of 100 (93 to 99.8 %), MD5, unsalted; weak: "
                              "guessed fast"));
    assert_true(says(section, "payment card in <code>pan</code>: by its name only"));
    assert_true(says(section, "shoe_size in <code>x</code>: 4 of 4")); /* a kind that this page does not know yet */
    assert_true(says(section, "4,650 to 4,990</td><td>values in 1 column"));
    assert_true(says(section, "none: no value was seen</td><td>name alone of 1 column"));
    assert_true(says(section, "Rows are not people."));
    drop(page);
}

static void test_what_was_not_looked_at(void **state)
{
    (void)state;
    json_t *records = json_array();
    put(records, "coverage", json_pack("{s:s,s:s,s:i}", "class", "too large", "path", "/srv/a.sql", "count", 1));
    put(records, "coverage", json_pack("{s:s,s:n,s:i}", "class", "too large", "path", "count", 1));
    put(records, "coverage", json_pack("{s:s,s:n,s:i}", "class", "read", "path", "count", 900));
    put(records, "coverage",
        json_pack("{s:s,s:s,s:s,s:s}", "class", "over the limit", "database", "shop", "table", "log", "why", "time"));
    put(records, "coverage", json_pack("{s:s,s:s,s:i}", "class", "another database", "database", "x", "count", 0));
    put(records, "coverage", json_pack("{s:s,s:s,s:i}", "class", "too far", "database", "x", "count", 0));
    put(records, "coverage", json_pack("{s:s,s:s,s:i}", "class", "too far", "database", "y", "count", 4));
    put(records, "coverage",
        json_pack("{s:s,s:s,s:i,s:s}", "class", "refused", "source", "mysql://a@h:1/x", "count", 1, "why", "no entry"));
    struct str page = page_of(case_of(records)), section = section_of(page);
    assert_true(says(section, "mysql://h:1/x as a</span>: no entry"));
    assert_true(says(section, "too large</th><td>1</td>")); /* the total counts the named one again */
    assert_true(says(section, "shop.log</span>: time"));
    assert_true(says(section, "another database</th><td>unknown</td>")); /* 0: how many, nobody knows; not none */
    assert_true(says(section, "too far</th><td>4 and more</td>"));
    assert_false(says(section, "<th scope=\"row\">read</th>"));
    drop(page);
    page = page_of(case_of(json_array()));
    assert_true(says(page, "does not call itself complete"));
    drop(page);
}

/* Names of an attacker's choice in every text, and sums that do not fit. */
static void test_hostile_records(void **state)
{
    (void)state;
    static const char *const names[] = {"<script>x</script>", "\"><svg onload=1>", "a@b.example", "\u202egnp", ""};
    json_t *records = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *one = table(names[i], names[i], names[i], INT64_MAX, i % 2 == 0);
        json_object_set_new(one, "database", json_string(names[i]));
        json_object_set_new(one, "why", json_string(names[i]));
        json_object_set_new(one, "kinds",
                            json_pack("[{s:s,s:s,s:s,s:s,s:I,s:I,s:[f,s]}, i]", "column", names[i], "kind", names[i],
                                      "scheme", names[i], "weak", names[i], "n", INT64_MAX, "k", INT64_MAX, "ci95",
                                      1e308, "x", 7));
        put(records, "measure", one);
        put(records, "finding", credential(names[i]));
        put(records, "coverage", json_pack("{s:s,s:s,s:I}", "class", names[i], "path", names[i], "count", INT64_MAX));
        put(records, "measure",
            json_pack("{s:s,s:s,s:f,s:[f,f]}", "class", "people", "data", names[i], "rows", 1e300, "rows95", -1e300,
                      1e300));
        json_t *one_login = login(names[i], "connected", "part");
        json_object_set_new(
            one_login, "databases",
            json_pack("[{s:s,s:s,s:s}, i, n]", "name", names[i], "scope", names[i], "why", names[i], 3));
        put(records, "measure", one_login);
    }
    struct str page = page_of(case_of(records));
    assert_true(str_is_utf8(page) && str_ends(page, STR("</html>\n")));
    assert_false(says(page, "<script"));
    assert_false(says(page, "<svg onload"));
    assert_false(says(page, "a@b.example"));
    drop(page);
}

static void test_a_case_without_it_has_no_such_section(void **state)
{
    (void)state;
    struct str page = page_of(json_pack("{s:{s:s}}", "case", "name", "n"));
    assert_false(says(page, "id=\"reach\""));
    assert_false(says(page, "#reach\""));
    drop(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_treemap_of_the_paper),
        cmocka_unit_test(test_treemap_tiles),
        cmocka_unit_test(test_treemap_of_nothing),
        cmocka_unit_test(test_what_is_drawn_sums_to_the_whole),
        cmocka_unit_test(test_small_tables_keep_their_ground),
        cmocka_unit_test(test_a_hundred_thousand_tables),
        cmocka_unit_test(test_not_tried_is_not_nothing),
        cmocka_unit_test(test_one_is_let_in_and_one_is_not),
        cmocka_unit_test(test_a_dump_and_a_shared_login),
        cmocka_unit_test(test_a_table_counts_once),
        cmocka_unit_test(test_a_view_counts_nothing),
        cmocka_unit_test(test_kinds_are_told_with_how_they_are_known),
        cmocka_unit_test(test_what_was_not_looked_at),
        cmocka_unit_test(test_hostile_records),
        cmocka_unit_test(test_a_case_without_it_has_no_such_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
