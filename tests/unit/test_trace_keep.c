/* A state in a file: it comes back as it went, the newest whole one counts, and what is no state is refused. Tables of clients and paths come
 * back into other numbers of tables with another salt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/keep.h"
#include "trace/pages.h"

#include "base/banned.h"

enum { ROWS_MAX = 1 << 20 };

struct world {
    uint64_t number;
    const char *text, *none;
    uint32_t *rows;
    size_t count;
    struct arena arena;
};

static void walk(void *self, struct keep *keep)
{
    struct world *world = self;
    KEEP(keep, world->number);
    keep_string(keep, &world->text, 64, &world->arena);
    keep_string(keep, &world->none, 64, &world->arena);
    keep_rows(keep, &world->rows, &world->count, sizeof *world->rows, ROWS_MAX);
}

static struct world world_of(uint64_t number, size_t rows)
{
    struct world world = {
        .number = number, .text = "a text", .rows = calloc(rows + 1, sizeof *world.rows), .count = rows};
    assert_non_null(world.rows);
    for (size_t i = 0; i < rows; i++) {
        world.rows[i] = (uint32_t)(number * 31 + i);
    }
    return world;
}

static void put(int fd, struct keep_place *newest, uint64_t number, size_t rows)
{
    struct err err = {0};
    struct world world = world_of(number, rows);
    const struct keep_walk how = {&world, walk};
    if (keep_write(fd, newest, &how, NULL, &err) != 0) {
        fail_msg("%s", err.text);
    }
    free(world.rows);
}

/* The number of the newest state that is whole; 0: none. */
static uint64_t newest_of(int fd, size_t rows)
{
    struct err err = {0};
    struct keep_place place;
    struct world world = {.none = "not yet"};
    const struct keep_walk how = {&world, walk};
    assert_int_equal(keep_newest(fd, &place, &err), 0);
    if (place.bytes == 0) {
        return 0;
    }
    arena_init(&world.arena, 0);
    if (keep_read(fd, &place, &how, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(world.text, "a text");
    assert_null(world.none);
    assert_int_equal(world.count, rows);
    for (size_t i = 0; i < rows; i++) {
        assert_int_equal(world.rows[i], (uint32_t)(world.number * 31 + i));
    }
    free(world.rows);
    arena_clear(&world.arena);
    return world.number;
}

static int new_file(void)
{
    int fd = memfd_create("state", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void flip(int fd, uint64_t at)
{
    char byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Growing, shrinking, larger than a buffer: the one before is always left alone. */
static void test_two_places(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 10, 300000, 300001, 7, 100000, 100000, 5, 900000, 1};
    OWN(own_fd) int fd = new_file();
    struct keep_place newest = {0}, before;
    assert_int_equal(newest_of(fd, 0), 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        before = newest;
        put(fd, &newest, i + 1, sizes[i]);
        assert_int_equal(newest_of(fd, sizes[i]), i + 1);
        assert_true(newest.at >= before.at + before.bytes || before.at >= newest.at + newest.bytes);
        if (i > 0) { /* the newest is hurt: the one before it counts, as it was */
            flip(fd, newest.at + newest.bytes / 2);
            assert_int_equal(newest_of(fd, sizes[i - 1]), i);
            flip(fd, newest.at + newest.bytes / 2);
        }
    }
    flip(fd, newest.at);
    flip(fd, before.at);
    assert_int_equal(newest_of(fd, 0), 0);
}

static void test_hurt_heads(void **state)
{
    (void)state;
    OWN(own_fd) int fd = new_file();
    struct keep_place newest = {0};
    put(fd, &newest, 1, 4);
    put(fd, &newest, 2, 5);
    flip(fd, 8); /* the head of even numbers */
    assert_int_equal(newest_of(fd, 4), 1);
    flip(fd, 4096 + 80);
    assert_int_equal(newest_of(fd, 0), 0);
    flip(fd, 4096 + 80);
    assert_int_equal(ftruncate(fd, 8192 + 10), 0); /* cut off: neither state is there */
    assert_int_equal(newest_of(fd, 0), 0);
}

static void test_other_files(void **state)
{
    (void)state;
    static const char *const texts[] = {"x", "a list of things to do", "ASSAYKE", "ASSAYKEQ and more"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        OWN(own_fd) int fd = new_file();
        struct keep_place place;
        struct err err = {0};
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
        assert_int_equal(keep_newest(fd, &place, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
    }
}

struct wants_more {
    struct world world;
    size_t most;
};

static void walk_other(void *self, struct keep *keep)
{
    struct wants_more *wants = self;
    KEEP(keep, wants->world.number);
    keep_string(keep, &wants->world.text, 64, &wants->world.arena);
    keep_string(keep, &wants->world.none, 64, &wants->world.arena);
    keep_rows(keep, &wants->world.rows, &wants->world.count, sizeof *wants->world.rows, wants->most);
    uint64_t more = 0;
    KEEP(keep, more);
}

/* A walk that wants other bytes than there are gets zeros and says so. */
static void test_other_walk(void **state)
{
    (void)state;
    OWN(own_fd) int fd = new_file();
    struct keep_place newest = {0};
    put(fd, &newest, 1, 100);
    for (size_t most = 99; most <= 100; most++) {
        struct wants_more wants = {.most = most};
        const struct keep_walk how = {&wants, walk_other};
        struct err err = {0};
        arena_init(&wants.world.arena, 0);
        assert_int_equal(keep_read(fd, &newest, &how, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_int_equal(wants.world.count, most == 100 ? 100 : 0);
        free(wants.world.rows);
        arena_clear(&wants.world.arena);
    }
}

/* A file that cannot be written leaves what is in it, and the caller's place. */
static void test_no_room(void **state)
{
    (void)state;
    OWN(own_fd) int fd = new_file();
    struct keep_place newest = {0};
    put(fd, &newest, 1, 100);
    char name[64];
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    OWN(own_file) FILE *reading = fopen(name, "re");
    assert_non_null(reading);
    struct world world = world_of(2, 100000);
    const struct keep_walk how = {&world, walk};
    struct err err = {0};
    const struct keep_place before = newest;
    assert_int_equal(keep_write(fileno(reading), &newest, &how, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_memory_equal(&newest, &before, sizeof newest);
    assert_int_equal(world.count, 100000);
    assert_int_equal(newest_of(fd, 100), 1);
    free(world.rows);
}

/* ---- tables ---- */

struct tables {
    struct clients *clients;
    struct page_table **pages;
    size_t count;
};

static void walk_tables(void *self, struct keep *keep)
{
    struct tables *tables = self;
    clients_keep(keep, tables->clients, tables->count);
    page_tables_keep(keep, tables->pages, tables->count);
}

static struct tables tables_new(size_t count, uint64_t salt)
{
    struct tables tables = {calloc(count, sizeof *tables.clients), calloc(count, sizeof(struct page_table *)), count};
    for (size_t t = 0; t < count; t++) {
        clients_init(&tables.clients[t], salt);
        tables.pages[t] = page_table_new(salt, NULL);
        assert_non_null(tables.pages[t]);
    }
    return tables;
}

static void tables_free(struct tables *tables)
{
    for (size_t t = 0; t < tables->count; t++) {
        clients_free(&tables->clients[t]);
        page_table_free(tables->pages[t]);
    }
    free(tables->clients);
    free(tables->pages);
}

static struct client_key key_of(uint64_t i)
{
    return i % 5 == 0 ? (struct client_key){UINT64_C(0x20010db8) << 32, i}
                      : (struct client_key){0, UINT64_C(0xffff00000000) | i};
}

/* 20,000 requests of 5,000 clients for 700 paths, each to one of the tables. */
static void ask(struct tables *tables)
{
    static const struct paths nothing = {0};
    struct err err = {0};
    for (uint64_t i = 0; i < 20000; i++) {
        char text[64];
        int len = snprintf(text, sizeof text, "GET /p%llu.php HTTP/1.1 and more", (unsigned long long)(i * 11 % 700));
        const struct log_line line = {.text = text,
                                      .len = (uint32_t)len,
                                      .status = i % 13 == 0 ? 404 : 200,
                                      .second = 1000 + (int64_t)(i * 13 % 20000),
                                      .bytes = i,
                                      .method = {0, 3},
                                      .target = {4, (uint32_t)len - 22}};
        struct asked asked = {
            .line = &line, .key = key_of(i * 31 % 5000), .offset = i * 100, .line_number = (uint32_t)i + 1};
        size_t t = i % tables->count;
        assert_int_equal(clients_add(&tables->clients[t], &asked.key, 1, (unsigned)(i / 400), &err), 0);
        assert_int_equal(pages_take(tables->pages[t], &nothing, 0, &asked, 1, &err), 0);
    }
}

static void check_clients(const struct tables *a, const struct tables *b)
{
    uint64_t distinct_a, distinct_b;
    assert_int_equal(clients_distinct(a->clients, a->count, 1, &distinct_a, NULL), 0);
    assert_int_equal(clients_distinct(b->clients, b->count, 1, &distinct_b, NULL), 0);
    assert_int_equal(distinct_a, distinct_b);
    assert_int_equal(distinct_a, 5000);
    for (uint64_t i = 0; i < 5000; i++) {
        uint64_t requests_a, requests_b;
        assert_int_equal(clients_stretches(a->clients, a->count, key_of(i), &requests_a),
                         clients_stretches(b->clients, b->count, key_of(i), &requests_b));
        assert_int_equal(requests_a, requests_b);
        assert_true(requests_a > 0);
    }
}

static void check_pages(struct tables *a, struct tables *b)
{
    const struct sources none = {0};
    struct pages x, y;
    assert_int_equal(pages_finish(&x, a->pages, a->count, &none, NULL), 0);
    assert_int_equal(pages_finish(&y, b->pages, b->count, &none, NULL), 0);
    assert_int_equal(x.count, 700);
    assert_int_equal(y.count, 700);
    assert_int_equal(x.dropped, y.dropped);
    for (size_t i = 0; i < x.count; i++) {
        struct page one = x.all[i], other = y.all[i];
        assert_true(str_eq(one.path, other.path));
        one.path = other.path = (struct str){NULL, 0};
        assert_memory_equal(&one, &other, sizeof one);
    }
    pages_free(&x);
    pages_free(&y);
}

static void test_tables(void **state)
{
    (void)state;
    static const size_t counts[][2] = {{3, 1}, {1, 3}, {2, 2}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        OWN(own_fd) int fd = new_file();
        struct keep_place newest = {0};
        struct err err = {0};
        struct tables from = tables_new(counts[i][0], 0x5eed), to = tables_new(counts[i][1], 0xfeed5eed12345);
        const struct keep_walk how_from = {&from, walk_tables}, how_to = {&to, walk_tables};
        ask(&from);
        assert_int_equal(keep_write(fd, &newest, &how_from, NULL, &err), 0);
        if (keep_read(fd, &newest, &how_to, &err) != 0) {
            fail_msg("%s", err.text);
        }
        check_clients(&from, &to);
        check_pages(&from, &to);
        tables_free(&from);
        tables_free(&to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_places), cmocka_unit_test(test_hurt_heads), cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_other_walk), cmocka_unit_test(test_no_room),    cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
