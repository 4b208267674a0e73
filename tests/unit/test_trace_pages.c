/* Every path in numbers: what is counted, one path in many spellings, and what goes when there are more paths than room:
 * the same whoever counted which line, in whatever order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "trace/pages.h"

#include "base/banned.h"

enum { TABLES = 3, SALT = 0x5eed };

struct request {
    const char *method, *target;
    uint16_t status;
    uint64_t bytes;
    int64_t second;
    uint64_t client;
    uint64_t offset;
    uint32_t line_number;
};

/* As a reader would hand it out: method and target in one text with more behind them. */
static void take(struct page_table *table, const struct request *request)
{
    static const struct paths nothing = {0};
    char text[PATH_BYTES * 2];
    struct str method = str_of(request->method), target = str_of(request->target);
    int len = snprintf(text, sizeof text, "%s %s HTTP/1.1", request->method, request->target);
    const struct log_line line = {.text = text,
                                  .len = (uint32_t)len,
                                  .status = request->status,
                                  .second = request->second,
                                  .bytes = request->bytes,
                                  .method = {0, (uint32_t)method.len},
                                  .target = {(uint32_t)method.len + 1, (uint32_t)target.len}};
    struct asked asked = {
        .line = &line, .key = {0, request->client}, .offset = request->offset, .line_number = request->line_number};
    struct err err = {0};
    if (pages_take(table, &nothing, 0, &asked, 1, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void start(struct page_table **tables)
{
    for (size_t t = 0; t < TABLES; t++) {
        tables[t] = page_table_new(SALT * (uint64_t)0x9e3779b97f4a7c15, NULL);
        assert_non_null(tables[t]);
    }
}

static struct pages finish(struct page_table **tables, const struct sources *sources)
{
    struct pages pages = {0};
    struct err err = {0};
    if (pages_finish(&pages, tables, TABLES, sources, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return pages;
}

static const struct page *page_of(const struct pages *pages, const char *path)
{
    const struct page *page = pages_find(pages, str_of(path));
    if (page == NULL) {
        fail_msg("%s is not there", path);
    }
    return page;
}

static void every_request_counts_once(void **state)
{
    (void)state;
    static const struct request requests[] = {
        {"GET", "/a.php?x=1", 200, 500, 10, 1, 0, 1},
        {"POST", "/a.php", 200, 90, 12, 2, 50, 2},
        {"GET", "/a.php", 404, 7, 5, 3, 100, 3},
        {"HEAD", "/a.php", 200, 0, 11, 1, 150, 4},
        {"GET", "/a.php", 302, 20, 14, 4, 200, 5},
        {"PUT", "/a.php", 201, 0, 9, 5, 250, 6},
        {"GET", "/a.php", 200, LOG_NO_BYTES, 13, 1, 300, 7},
        {"GET", "/uploads/b.png", 404, 3, 1, 1, 350, 8},
    };
    static struct job job = {0};
    const struct sources sources = {.jobs = &job, .job_count = 1};
    for (size_t shift = 0; shift < TABLES; shift++) {
        struct page_table *tables[TABLES];
        start(tables);
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
            take(tables[(i + shift) % TABLES], &requests[i]);
        }
        struct pages pages = finish(tables, &sources);
        assert_int_equal(pages.count, 2);
        assert_int_equal(pages.dropped, 0);
        const struct page *a = page_of(&pages, "/a.php"), *b = page_of(&pages, "/uploads/b.png");
        assert_int_equal(a->requests, 7);
        assert_int_equal(a->ok, 5);
        assert_int_equal(a->posts, 1);
        assert_int_equal(a->posts_ok, 1);
        assert_int_equal(a->bytes, 500 + 90 + 7 + 20);
        assert_int_equal(a->least_ok, 90);
        assert_int_equal(a->most_ok, 500);
        assert_int_equal(a->first.second, 5);
        assert_int_equal(a->first_ok.second, 9);
        assert_int_equal(a->last.second, 14);
        assert_int_equal(a->client_count, 2); /* who was refused, sent elsewhere or put it there did not use it */
        assert_int_equal(a->clients[0].lo, 1);
        assert_int_equal(a->clients[1].lo, 2);
        assert_true(a->is_script && !a->is_writable && !a->lacks_missed);
        assert_true(!b->is_script && b->is_writable);
        assert_int_equal(b->least_ok, UINT64_MAX);
        assert_false(hit_is(&b->first_ok));
        pages_free(&pages);
    }
}

static void spellings_of_one_path_are_one_page(void **state)
{
    (void)state;
    static const char *const spellings[] = {"/up/shell.php",
                                            "/up/%73hell.php",
                                            "//up/./shell.php",
                                            "/up/x/../shell.php",
                                            "http://host/up/shell.php?cmd=id",
                                            "/up/shell.php#top",
                                            "/up/shell.php?"};
    static const char *const others[] = {"/up/shell.phpx",
                                         "/up/shell.ph",
                                         "/up/shell.php/",
                                         "/0123456789abcde",
                                         "/0123456789abcdef",
                                         "/0123456789abcdef/0123456789abcd",
                                         "/"};
    static struct job job = {0};
    const struct sources sources = {.jobs = &job, .job_count = 1};
    struct page_table *tables[TABLES];
    start(tables);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
            take(tables[0], &(struct request){"GET", spellings[i], 200, 1, 1, 1, i, 1});
        }
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            take(tables[0], &(struct request){"GET", others[i], 200, 1, 1, 1, i, 1});
        }
    }
    struct pages pages = finish(tables, &sources);
    assert_int_equal(page_of(&pages, "/up/shell.php")->requests, 2 * sizeof spellings / sizeof *spellings);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(page_of(&pages, others[i])->requests, 2);
    }
    assert_int_equal(pages.count, 1 + sizeof others / sizeof *others);
    pages_free(&pages);
}

static void lines_are_those_of_the_file(void **state)
{
    (void)state;
    static struct job jobs[] = {{0, 0, 100, 0, 0, 0}, {0, 100, 200, 40, 0, 0}, {0, 200, 300, 70, 0, 0}};
    const struct sources sources = {.jobs = jobs, .job_count = 3};
    struct page_table *tables[TABLES];
    start(tables);
    take(tables[0], &(struct request){"GET", "/a", 200, 1, 5, 1, 199, 9});
    take(tables[1], &(struct request){"GET", "/a", 200, 1, 9, 1, 200, 1});
    struct pages pages = finish(tables, &sources);
    assert_int_equal(page_of(&pages, "/a")->first.line, 49);
    assert_int_equal(page_of(&pages, "/a")->last.line, 71);
    pages_free(&pages);
}

/* More paths than room: number i of a flood of one kind, or one of the pages that must stay. */
struct flood {
    const char *before, *behind; /* the number in the flood's paths */
    uint16_t status;
    size_t count;
    const char *kept_before,
        *kept_behind; /* of paths that stay, each asked for twice without and once with an answer */
    size_t kept;
};

static void flood_one(struct page_table **tables, const struct flood *flood, size_t i, size_t way)
{
    char path[64];
    size_t total = flood->count + flood->kept * 3;
    size_t at = way == 1 ? total - 1 - i : i; /* forwards, backwards */
    struct page_table *table = tables[way == 2 ? TABLES - 1 : at * 7 % TABLES];
    if (at % (total / (flood->kept * 3)) == 0 && at / (total / (flood->kept * 3)) < flood->kept * 3) {
        size_t which = at / (total / (flood->kept * 3));
        (void)snprintf(path, sizeof path, "%s%zu%s", flood->kept_before, which % flood->kept, flood->kept_behind);
        take(table, &(struct request){"GET", path, which / flood->kept == 1 ? 200 : 404, 10, (int64_t)at, 1, at, 1});
        return;
    }
    (void)snprintf(path, sizeof path, "%s%zu%s", flood->before, at, flood->behind);
    take(table, &(struct request){"GET", path, flood->status, 10, (int64_t)at, at % 50, at, 1});
}

static void check_same(const struct pages *a, const struct pages *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->dropped, b->dropped);
    for (size_t i = 0; i < a->count; i++) {
        const struct page *x = &a->all[i], *y = &b->all[i];
        assert_true(str_eq(x->path, y->path));
        assert_int_equal(x->requests, y->requests);
        assert_int_equal(x->ok, y->ok);
        assert_int_equal(x->bytes, y->bytes);
        assert_int_equal(x->first.offset, y->first.offset);
        assert_int_equal(x->last.offset, y->last.offset);
        assert_int_equal(x->client_count, y->client_count);
        assert_int_equal(x->lacks_missed, y->lacks_missed);
        assert_memory_equal(x->clients, y->clients, sizeof x->clients);
    }
}

static void what_goes_does_not_depend_on_who_counted(void **state)
{
    (void)state;
    static const struct flood floods[] = {
        {"/scan/", ".php", 404, PAGES_MAX * 2, "/page/", "", 700},    /* a scanner: nothing answered may go */
        {"/article/", "", 200, PAGES_MAX + 9000, "/", "/s.php", 700}, /* a large site: no script may go */
    };
    static struct job job = {0};
    const struct sources sources = {.jobs = &job, .job_count = 1};
    for (size_t f = 0; f < sizeof floods / sizeof *floods; f++) {
        struct pages ways[3];
        size_t total = floods[f].count + floods[f].kept * 3;
        for (size_t way = 0; way < 3; way++) {
            struct page_table *tables[TABLES];
            start(tables);
            for (size_t i = 0; i < total; i++) {
                flood_one(tables, &floods[f], i, way);
            }
            ways[way] = finish(tables, &sources);
        }
        uint64_t told = ways[0].dropped;
        size_t kept = 0;
        for (size_t i = 0; i < ways[0].count; i++) {
            told += ways[0].all[i].requests;
            kept += ways[0].all[i].ok == 1 && str_starts(ways[0].all[i].path, STR("/scan/")) == false &&
                    str_starts(ways[0].all[i].path, STR("/article/")) == false;
        }
        assert_int_equal(told, total);
        assert_int_equal(kept, floods[f].kept);
        assert_true(ways[0].count <= PAGES_MAX && ways[0].count > PAGES_MAX / 4);
        assert_true(ways[0].dropped > 0);
        check_same(&ways[0], &ways[1]);
        check_same(&ways[0], &ways[2]);
        for (size_t way = 0; way < 3; way++) {
            pages_free(&ways[way]);
        }
    }
}

static void a_crowd_is_more_than_the_clients_kept(void **state)
{
    (void)state;
    static struct job job = {0};
    const struct sources sources = {.jobs = &job, .job_count = 1};
    struct page_table *tables[TABLES];
    start(tables);
    for (size_t i = 0; i < 300; i++) {
        take(tables[i % TABLES], &(struct request){"GET", "/a.php", 200, 1, 1, i, i, 1});
        take(tables[i % TABLES], &(struct request){"GET", "/b.php", 200, 1, 1, i % 5, i, 1});
    }
    struct pages pages = finish(tables, &sources);
    const struct page *a = page_of(&pages, "/a.php"), *b = page_of(&pages, "/b.php");
    assert_int_equal(a->client_count, PAGE_CLIENTS + 1);
    assert_true(page_clients_least(a) > 100 && page_clients_least(a) <= 300);
    assert_int_equal(page_clients_least(b), 5);
    pages_free(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_counts_once),
        cmocka_unit_test(spellings_of_one_path_are_one_page),
        cmocka_unit_test(lines_are_those_of_the_file),
        cmocka_unit_test(what_goes_does_not_depend_on_who_counted),
        cmocka_unit_test(a_crowd_is_more_than_the_clients_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
