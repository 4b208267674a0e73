/* Files beside requests: which request wrote a file, and which file has none left. Pairs of worlds: one in which lines were cut out, and
 * ones that look like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "trace/written.h"

#include "base/banned.h"

#define START INT64_C(1772409600) /* 2026-03-02T00:00:00Z */

enum { ROOM = 64, AVATAR = 11, IMPORT = 12, CART = 13 };

struct world {
    struct written_file files[ROOM];
    struct written_request requests[ROOM];
    size_t file_count, request_count;
    uint64_t order;
};

static struct written_file *file_at(struct world *world, const char *path, int64_t at)
{
    struct written_file *file = &world->files[world->file_count++];
    *file = (struct written_file){.path = str_of(path), .folder = 1, .second = START + at};
    return file;
}

static void send(struct world *world, uint64_t client, uint64_t page, int64_t at)
{
    world->requests[world->request_count++] =
        (struct written_request){.second = START + at, .order = ++world->order, .key = {0, client}, .page = page};
}

static void fetch(struct world *world, struct written_file *file, uint64_t client, int64_t at)
{
    file->is_read = true;
    file->reader = (struct client_key){0, client};
    file->read_at = START + at;
    file->read_order = ++world->order;
}

static void upload(struct world *world, const char *path, uint64_t client, uint64_t page, int64_t at)
{
    struct written_file *file = file_at(world, path, at);
    send(world, client, page, at);
    fetch(world, file, client, at + 1);
    send(world, client, CART, at + 1); /* what it sends later says nothing */
}

static struct world three_uploads(void)
{
    struct world world = {0};
    upload(&world, "/up/1-me.png", 1, AVATAR, 1000);
    upload(&world, "/up/2-me.png", 2, AVATAR, 1001);
    upload(&world, "/up/3-photo.jpg", 3, AVATAR, 5000);
    return world;
}

static enum written_state state_of(struct world *world, const char *path)
{
    struct err err = {0};
    assert_int_equal(written_compare(world->files, world->file_count, world->requests, world->request_count, &err), 0);
    for (size_t i = 0; i < world->file_count; i++) {
        if (str_eq(world->files[i].path, str_of(path))) {
            return world->files[i].state;
        }
    }
    fail();
    return WRITTEN_UNKNOWN;
}

static void test_uploads_have_their_requests(void **state)
{
    (void)state;
    struct world world = three_uploads();
    assert_int_equal(state_of(&world, "/up/1-me.png"), WRITTEN_BY_UPLOAD);
    assert_int_equal(state_of(&world, "/up/2-me.png"), WRITTEN_BY_UPLOAD);
    assert_int_equal(state_of(&world, "/up/3-photo.jpg"), WRITTEN_BY_UPLOAD);
}

static void test_a_file_whose_request_is_gone(void **state)
{
    (void)state;
    static const int64_t times[] = {900, 1000, 1001, 3000, 6000};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct world world = three_uploads();
        file_at(&world, "/up/4-me.php", times[i]);
        assert_int_equal(state_of(&world, "/up/4-me.php"), WRITTEN_BY_NOBODY);
        assert_int_equal(state_of(&world, "/up/2-me.png"), WRITTEN_BY_UPLOAD);
    }
}

static void test_a_file_that_is_explained_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *name, *path;
        int64_t sent_at; /* a request to the page of uploads, of which no file is known; 0: none */
        bool is_scripted, is_at_end;
        enum written_state state;
    } rows[] = {
        {"nobody fetched it", "/up/4-me.php", 3000, false, false, WRITTEN_MAYBE},
        {"a slow upload, stamped when it began", "/up/4-me.php", 2710, false, false, WRITTEN_MAYBE},
        {"too early for that", "/up/4-me.php", 2690, false, false, WRITTEN_BY_NOBODY},
        {"a script was asked for", "/up/4-me.php", 0, true, false, WRITTEN_BY_SCRIPT},
        {"the logs begin then", "/up/4-me.php", 0, false, true, WRITTEN_UNKNOWN},
        {"a small copy", "/up/9-portrait-150x150.jpg", 0, false, false, WRITTEN_BESIDE},
        {"alike, but not enough", "/up/9-p.php", 0, false, false, WRITTEN_BY_NOBODY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = three_uploads();
        upload(&world, "/up/9-portrait.jpg", 9, AVATAR, 2999);
        struct written_file *file = file_at(&world, rows[i].path, 3000);
        file->is_scripted = rows[i].is_scripted;
        file->is_at_end = rows[i].is_at_end;
        if (rows[i].sent_at > 0) {
            send(&world, 4, AVATAR, rows[i].sent_at);
        }
        if (state_of(&world, rows[i].path) != rows[i].state) {
            fail_msg("%s", rows[i].name);
        }
    }
}

static void test_several_files_of_one_request(void **state)
{
    (void)state;
    static const bool are_several[] = {true, false};
    for (size_t i = 0; i < 2; i++) {
        struct world world = three_uploads();
        send(&world, 8, AVATAR, 7000);
        fetch(&world, file_at(&world, "/up/garden.jpg", 7000), 8, 7001);
        if (are_several[i]) {
            fetch(&world, file_at(&world, "/up/house.jpg", 7001), 8, 7001);
            assert_int_equal(state_of(&world, "/up/house.jpg"), WRITTEN_BY_UPLOAD);
        }
        file_at(&world, "/up/road.jpg", 7001); /* nobody fetched it */
        assert_int_equal(state_of(&world, "/up/road.jpg"), are_several[i] ? WRITTEN_BESIDE : WRITTEN_BY_NOBODY);
    }
}

static void test_a_second_page_that_writes_there(void **state)
{
    (void)state;
    struct world world = three_uploads();
    upload(&world, "/up/5-list.csv", 5, IMPORT, 3000); /* known of one file alone: it keeps its request */
    file_at(&world, "/up/6-list.csv", 4000);
    send(&world, 6, IMPORT, 4000);
    assert_int_equal(state_of(&world, "/up/5-list.csv"), WRITTEN_MAYBE);
    assert_int_equal(state_of(&world, "/up/6-list.csv"), WRITTEN_MAYBE);
}

static void test_nothing_is_said_where_too_little_is_known(void **state)
{
    (void)state;
    struct world one = {0};
    upload(&one, "/up/1-me.png", 1, AVATAR, 1000);
    file_at(&one, "/up/4-me.php", 3000);
    assert_int_equal(state_of(&one, "/up/4-me.php"), WRITTEN_UNKNOWN);

    struct world mirrored = three_uploads(); /* something else writes there, too */
    file_at(&mirrored, "/up/a.zip", 3000);
    file_at(&mirrored, "/up/b.zip", 3600);
    assert_int_equal(state_of(&mirrored, "/up/a.zip"), WRITTEN_UNKNOWN);

    struct world unread = {0}; /* nobody fetches what they send */
    for (int64_t i = 0; i < 6; i++) {
        file_at(&unread, "/up/x.pdf", 1000 * i);
        send(&unread, (uint64_t)i, AVATAR, 1000 * i);
    }
    file_at(&unread, "/up/4-me.php", 9000);
    assert_int_equal(state_of(&unread, "/up/4-me.php"), WRITTEN_UNKNOWN);

    struct world nothing = {0};
    struct err err = {0};
    assert_int_equal(written_compare(nothing.files, 0, nothing.requests, 0, &err), 0);
}

static void test_folders_are_apart(void **state)
{
    (void)state;
    struct world world = three_uploads();
    file_at(&world, "/css/site.css", 3000)->folder = 2;
    assert_int_equal(state_of(&world, "/css/site.css"), WRITTEN_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uploads_have_their_requests),
        cmocka_unit_test(test_a_file_whose_request_is_gone),
        cmocka_unit_test(test_a_file_that_is_explained_otherwise),
        cmocka_unit_test(test_several_files_of_one_request),
        cmocka_unit_test(test_a_second_page_that_writes_there),
        cmocka_unit_test(test_nothing_is_said_where_too_little_is_known),
        cmocka_unit_test(test_folders_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
