/* The whole private comparison in one process: counts against a plain join, audits, direct mode, repetition. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "private_world.h"

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"

#define OK(call)                                       \
    do {                                               \
        if ((call) != 0) {                             \
            fail_msg("%s: %s", #call, world.err.text); \
        }                                              \
    } while (0)

static const char *const email[] = {"email", NULL};
static const char *const two[] = {"email", "email,hash,created_at", NULL};

static void read_file(struct buf *out, const char *path)
{
    struct err err = {0};
    buf_reset(out);
    assert_int_equal(file_read(path, 64 << 20, out, &err), 0);
}

/* As far as both tags. */
static void run_to_tags(struct world *world_at, const char *const *keys)
{
    struct world world = *world_at;
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", keys));
    OK(world_commit(&world, "keeper", "db.csv", keys));
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    *world_at = world;
}

static void counts_are_those_of_a_join(void **state)
{
    static const struct {
        int leak_to, db_from, db_to;
        long long wanted;
    } rows[] = {{40, 40, 300, 0}, {40, 39, 300, 1}, {40, 0, 300, 40}, {150, 100, 400, 50}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        world_open(&world);
        world_csv(&world, "leak.csv", 0, rows[i].leak_to, 1);
        world_csv(&world, "db.csv", rows[i].db_from, rows[i].db_to, 0);
        run_to_tags(&world, i == 3 ? two : email);
        OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true));
        assert_int_equal(world_count(&world, 0), rows[i].wanted);
        if (i == 3) {
            assert_int_equal(world_count(&world, 1), rows[i].wanted);
        }
        OK(step(&world, (struct assay_private_options){
                            .step = ASSAY_PRIVATE_FINISH,
                            .state = in(&world, "asker"),
                            .files = LIST(in(&world, "keeper/answer"), in(&world, "neutral/result"))}));
        assert_int_equal(world_count(&world, 0), rows[i].wanted);
        world_close(&world);
    }
}

static void duplicates_and_rejected_rows_are_accounted_for(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    FILE *out = fopen(in(&world, "leak.csv"), "we");
    (void)fputs("email\n", out);
    for (int i = 0; i < 30; i++) {
        (void)fprintf(out, "a%d@example.org\nA%d@Example.Org\n", i, i);
    }
    (void)fputs("\"\"\nnobody\n", out);
    (void)fclose(out);
    OK(world_commit(&world, "asker", "leak.csv", email));
    const json_t *type = json_array_get(json_object_get(world.summary, "types"), 0);
    assert_int_equal(json_int(type, "rows", 0), 62);
    assert_int_equal(json_int(type, "keys", 0), 30);
    assert_int_equal(json_int(type, "duplicates", 0), 30);
    assert_int_equal(json_int(json_object_get(type, "rejected"), "empty", 0), 1);
    assert_int_equal(json_int(json_object_get(type, "rejected"), "not of that kind", 0), 1);
    assert_int_equal(json_int(type, "traps", 0), WORLD_TRAPS);
    world_close(&world);
}

static int open_asked(struct world *world, const char *role, const char *csv, const char *const *asks,
                      const char *const *keys)
{
    const char *files[8] = {in(world, "asker/offer"), in(world, "keeper/answer")};
    for (size_t i = 0; asks[i] != NULL; i++) {
        files[2 + i] = asks[i];
    }
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                      .state = in(world, role),
                                                      .files = files,
                                                      .sources = LIST(in(world, csv)),
                                                      .keys = keys});
}

static void audits_then_the_count(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 120, 1);
    world_csv(&world, "db.csv", 60, 400, 0);
    world_csv(&world, "backup.csv", 40, 400, 0); /* 40 to 59 were dropped */
    run_to_tags(&world, two);
    assert_int_equal(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false), -1); /* not before */
    assert_non_null(strstr(world.err.text, "audits"));
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.1")), two));
    OK(open_asked(&world, "keeper", "db.csv",
                  LIST(in(&world, "neutral/ask.keeper.2"), in(&world, "neutral/ask.keeper.3")), two));
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT,
                     LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"), in(&world, "keeper/open.3")),
                     false));
    OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.3")), two));
    const char *const files[] = {in(&world, "asker/commit"),
                                 in(&world, "keeper/commit"),
                                 in(&world, "asker/offer"),
                                 in(&world, "keeper/answer"),
                                 in(&world, "asker/tags"),
                                 in(&world, "keeper/tags"),
                                 in(&world, "asker/open.1"),
                                 in(&world, "keeper/open.2"),
                                 in(&world, "keeper/open.3"),
                                 in(&world, "asker/open.3"),
                                 NULL};
    OK(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                   .state = in(&world, "neutral"),
                                                   .files = files,
                                                   .key_file = in(&world, "notary"),
                                                   .sources = LIST(in(&world, "leak.csv")),
                                                   .keys = two,
                                                   .keeper_sources = LIST(in(&world, "backup.csv")),
                                                   .keeper_keys = two}));
    int64_t dropped = 0;
    for (size_t t = 0; t < 2; t++) {
        const json_t *type = json_array_get(json_object_get(world.summary, "types"), t);
        assert_int_equal(json_int(type, "asker_opened", 0), 30);
        assert_int_equal(json_int(type, "asker_searched", 0), 30);
        assert_int_equal(json_int(type, "asker_not_in_source", 1), 0);
        assert_int_equal(json_int(type, "keeper_not_in_source", 1), 0);
        assert_true(json_int(type, "absent_searched", 0) > 5);
        dropped += json_int(type, "dropped", 0);
    }
    assert_true(dropped >
                0); /* a third of the absent ones, drawn anew each run: none of about 30 is (2/3)^30, once in 190,000 */
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    assert_int_equal(world_count(&world, 0), 60);
    assert_int_equal(world_count(&world, 1), 60);
    assert_string_equal(json_text(world.summary, "audits", ""), "made");
    world_close(&world);
}

static void without_a_neutral(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 60, 1);
    world_csv(&world, "db.csv", 50, 90, 0);
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    OK(world_offer(&world, true));
    assert_int_equal(world_answer(&world, false, NULL), -1); /* the keeper did not agree to it */
    OK(world_answer(&world, true, NULL));
    assert_int_equal(access(in(&world, "keeper/tags"), F_OK), -1); /* nothing leaves before the asker is fixed */
    OK(world_finish(&world));
    OK(world_answer(&world, true, in(&world, "asker/fix")));
    OK(step(&world,
            (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                           .state = in(&world, "asker"),
                                           .files = LIST(in(&world, "keeper/answer"), in(&world, "keeper/tags"))}));
    assert_int_equal(world_count(&world, 0), 10);
    assert_non_null(strstr(json_text(world.summary, "mode", ""), "direct, unaudited"));
    OK(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                   .state = in(&world, "keeper"),
                                                   .files = LIST(in(&world, "asker/offer"), in(&world, "asker/fix"),
                                                                 in(&world, "asker/result"))}));
    assert_int_equal(world_count(&world, 0), 10);
    world_close(&world);
}

/* Made again from what was left behind by a kill at any point: byte for byte the same; and no second run. */
static void again_is_the_same(void **state)
{
    static const char *const asker[] = {"commit", "offer", "tags"}, *const keeper[] = {"commit", "answer", "tags"};
    (void)state;
    struct world world;
    struct buf before[6] = {0}, after = {0};
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 60, 1);
    world_csv(&world, "db.csv", 50, 90, 0);
    world_csv(&world, "other.csv", 0, 50, 0);
    run_to_tags(&world, email);
    for (size_t i = 0; i < 6; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s/%s", i < 3 ? "asker" : "keeper", i < 3 ? asker[i] : keeper[i - 3]);
        read_file(&before[i], in(&world, name));
        assert_int_equal(unlink(in(&world, name)), 0);
    }
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    for (size_t i = 0; i < 6; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s/%s", i < 3 ? "asker" : "keeper", i < 3 ? asker[i] : keeper[i - 3]);
        read_file(&after, in(&world, name));
        assert_true(str_eq(buf_str(&before[i]), buf_str(&after)));
        buf_free(&before[i]);
    }
    buf_free(&after);
    /* another offer of the same commitment */
    assert_int_equal(unlink(in(&world, "asker/offer")), 0);
    assert_int_equal(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                                 .state = in(&world, "asker"),
                                                                 .files = LIST(in(&world, "keeper/commit")),
                                                                 .neutral = in(&world, "notary.pub"),
                                                                 .min_keys = 20,
                                                                 .opened = 31,
                                                                 .run_number = 1}),
                     -1);
    assert_non_null(strstr(world.err.text, "spent"));
    /* the directory's commitment is another than the data's by now */
    assert_int_equal(world_commit(&world, "asker", "other.csv", two), -1);
    world_close(&world);
}

/* One bit of the byte that lies num/den into a file. */
static void flip(const char *path, size_t num, size_t den)
{
    struct err err = {0};
    struct buf bytes = {0};
    read_file(&bytes, path);
    bytes.data[bytes.len * num / den] ^= 1;
    assert_int_equal(file_write(path, buf_str(&bytes), &err), 0);
    buf_free(&bytes);
}

/* A party's directory in which one byte is another: said by the step that reads it, and nothing leaves. */
static void a_directory_that_was_altered(void **state)
{
    static const struct {
        const char *role, *csv, *ask, *open;
        size_t width;
    } sides[] = {{"asker", "leak.csv", "neutral/ask.asker.1", "asker/open.1", 32 + 40},
                 {"keeper", "db.csv", "neutral/ask.keeper.2", "keeper/open.2", 16 + 40}};
    (void)state;
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 120, 1);
    world_csv(&world, "db.csv", 60, 400, 0);
    run_to_tags(&world, email);
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        char path[256], wanted[64];
        struct buf whole = {0};
        struct err err = {0};
        (void)snprintf(path, sizeof path, "%s/%s/records.0", world.dir, sides[i].role);
        (void)snprintf(wanted, sizeof wanted, "%s/records.0: not the list that was committed", sides[i].role);
        read_file(&whole, path);
        size_t count = whole.len / sides[i].width;
        /* the first record's point or tag, the leaf of one in the middle and of the last one */
        const size_t at[] = {3, count / 2 * sides[i].width + sides[i].width - 20, whole.len - 12};
        for (size_t j = 0; j < sizeof at / sizeof *at; j++) {
            flip(path, at[j], whole.len);
            assert_int_equal(open_asked(&world, sides[i].role, sides[i].csv, LIST(in(&world, sides[i].ask)), email),
                             -1);
            assert_non_null(strstr(world.err.text, wanted));
            assert_int_equal(access(in(&world, sides[i].open), F_OK), -1);
            flip(path, at[j], whole.len);
        }
        assert_int_equal(file_write(path, str_slice(buf_str(&whole), 0, whole.len - sides[i].width), &err), 0);
        assert_int_equal(open_asked(&world, sides[i].role, sides[i].csv, LIST(in(&world, sides[i].ask)), email), -1);
        assert_int_equal(file_write(path, str_slice(buf_str(&whole), 0, whole.len - 1), &err), 0);
        assert_int_equal(open_asked(&world, sides[i].role, sides[i].csv, LIST(in(&world, sides[i].ask)), email), -1);
        assert_non_null(strstr(world.err.text, "cut off"));
        assert_int_equal(file_write(path, buf_str(&whole), &err), 0);
        OK(open_asked(&world, sides[i].role, sides[i].csv, LIST(in(&world, sides[i].ask)), email));
        buf_free(&whole);
        (void)snprintf(path, sizeof path, "%s/%s/secrets", world.dir, sides[i].role);
        flip(path, 1, 2);
        assert_int_equal(open_asked(&world, sides[i].role, sides[i].csv, LIST(in(&world, sides[i].ask)), email), -1);
        assert_non_null(strstr(world.err.text, "secrets: damaged"));
        flip(path, 1, 2);
    }
    world_close(&world);
}

/* The keeper's tags are copied under roots that are known since the commitment: with those, without them (a directory of before), and with a
 * byte of the records or of the roots changed. */
static void tags_under_known_roots(void **state)
{
    (void)state;
    struct world world;
    struct buf wanted = {0}, got = {0};
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 60, 1);
    world_csv(&world, "db.csv", 50, 90, 0);
    run_to_tags(&world, two);
    read_file(&wanted, in(&world, "keeper/tags"));
    static const struct {
        const char *file;
        size_t at, of;
    } flips[] = {{"keeper/records.0", 5, 40 * 56},
                 {"keeper/records.1", 39 * 56, 40 * 56},
                 {"keeper/roots.0", 3, 64},
                 {"keeper/roots.1", 40, 64}};
    for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", world.dir, flips[i].file);
        assert_int_equal(unlink(in(&world, "keeper/tags")), 0);
        flip(path, flips[i].at, flips[i].of);
        assert_int_equal(world_answer(&world, false, NULL), -1);
        assert_non_null(strstr(world.err.text, "not the list that was committed"));
        assert_int_equal(access(in(&world, "keeper/tags"), F_OK), -1);
        flip(path, flips[i].at, flips[i].of);
        OK(world_answer(&world, false, NULL));
    }
    for (size_t i = 0; i < 2; i++) {
        if (i == 1) {
            assert_int_equal(unlink(in(&world, "keeper/roots.0")) + unlink(in(&world, "keeper/roots.1")), 0);
        }
        assert_int_equal(unlink(in(&world, "keeper/tags")), 0);
        OK(world_answer(&world, false, NULL));
        read_file(&got, in(&world, "keeper/tags"));
        assert_true(str_eq(buf_str(&wanted), buf_str(&got)));
    }
    buf_free(&wanted);
    buf_free(&got);
    world_close(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_a_join), cmocka_unit_test(duplicates_and_rejected_rows_are_accounted_for),
        cmocka_unit_test(audits_then_the_count),      cmocka_unit_test(without_a_neutral),
        cmocka_unit_test(again_is_the_same),          cmocka_unit_test(a_directory_that_was_altered),
        cmocka_unit_test(tags_under_known_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
