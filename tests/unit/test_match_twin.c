/* Twin runs: which rows are kept, that the order of threads does not matter, and what a permuted world shows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/match.h"
#include "base/json.h"
#include "match/decoys.h"

enum { ROWS = 20000, BATCH = 500 };

/* ---- Decoys ---- */

/* Row n has value n + 1 in its only column and was created at second n. */
static void offer(struct decoys *decoys, uint64_t first)
{
    static uint32_t values[TABLE_BATCH_ROWS];
    static struct cell_fact facts[TABLE_BATCH_ROWS];
    const struct look look = {.columns = 1, .facts = facts, .values = values};
    for (size_t r = 0; r < BATCH; r++) {
        values[r] = (uint32_t)(first + r) + 1;
        facts[r] = (struct cell_fact){.class = NORMAL_TIME, .seconds = (int64_t)(first + r)};
    }
    decoys_offer(decoys, &(struct decoy_batch){first, BATCH, &look, 0});
}

static void open_decoys(struct decoys *decoys, uint64_t seed)
{
    const size_t column = 0;
    struct err err = {0};
    assert_int_equal(decoys_open(decoys, seed, &column, 1, &err), 0);
}

static void finish(struct decoys *decoys)
{
    struct err err = {0};
    assert_int_equal(decoys_finish(decoys, &err), 0);
}

static void assert_same(const struct decoys *a, const struct decoys *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->rows[i].rank, b->rows[i].rank);
        assert_int_equal(a->values[i], b->values[i]);
        assert_int_equal(a->seconds[i], b->seconds[i]);
        assert_int_equal(a->rows[i].created, b->rows[i].created);
    }
}

static void test_order_does_not_matter(void **state)
{
    (void)state;
    struct decoys forwards, backwards, parts[2];
    open_decoys(&forwards, 7);
    open_decoys(&backwards, 7);
    open_decoys(&parts[0], 7);
    open_decoys(&parts[1], 7);
    for (uint64_t first = 0; first < ROWS; first += BATCH) {
        offer(&forwards, first);
        offer(&backwards, ROWS - BATCH - first);
        offer(&parts[first / BATCH % 3 == 0], first);
    }
    decoys_merge(&parts[0], &parts[1]);
    finish(&forwards);
    finish(&backwards);
    finish(&parts[0]);
    assert_same(&forwards, &backwards);
    assert_same(&forwards, &parts[0]);
    decoys_close(&forwards);
    decoys_close(&backwards);
    decoys_close(&parts[0]);
    decoys_close(&parts[1]);
}

/* The smallest ranks, each row once, from all over the table. */
static void test_a_fair_choice(void **state)
{
    (void)state;
    struct decoys decoys;
    size_t late = 0;
    open_decoys(&decoys, 9);
    for (uint64_t first = 0; first < ROWS; first += BATCH) {
        offer(&decoys, first);
    }
    finish(&decoys);
    assert_int_equal(decoys.count, DECOYS_MAX);
    uint64_t largest = decoys.rows[DECOYS_MAX - 1].rank;
    size_t below = 0;
    for (uint64_t n = 0; n < ROWS; n++) {
        below += decoys_mix(9 ^ decoys_mix(n)) <= largest;
    }
    assert_int_equal(below, DECOYS_MAX);
    for (size_t i = 0; i < decoys.count; i++) {
        assert_int_equal(decoys.values[i], decoys.seconds[i] + 1);
        assert_int_equal(decoys.seconds[i], decoys.rows[i].created);
        assert_int_equal(decoys.rows[i].rank, decoys_mix(9 ^ decoys_mix((uint64_t)decoys.seconds[i])));
        assert_true(i == 0 || decoys.rows[i].rank > decoys.rows[i - 1].rank);
        late += decoys.seconds[i] >= ROWS / 2;
    }
    assert_in_range(late, DECOYS_MAX / 2 - 200, DECOYS_MAX / 2 + 200);
    decoys_close(&decoys);
}

static void test_few_rows(void **state)
{
    (void)state;
    struct decoys decoys;
    open_decoys(&decoys, 1);
    offer(&decoys, 0);
    finish(&decoys);
    assert_int_equal(decoys.count, BATCH);
    decoys_close(&decoys);
}

/* ---- Worlds ---- */

static char folder[64];

static FILE *create(char path[static 128], const char *name)
{
    (void)snprintf(path, 128, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    return file;
}

static int take_summary(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    json_t **summary = self;
    (void)err;
    if (kind == ASSAY_SUMMARY) {
        *summary = json_incref(body);
    }
    return 0;
}

/* A shop, and rows [from, to) of it leaked, with their addresses or without. */
static json_t *match_rows(int customers, int from, int to, bool with_mail)
{
    char reference[128], leak[128];
    FILE *shop = create(reference, "shop.csv");
    FILE *sample = create(leak, "leak.csv");
    (void)fprintf(shop, "email,api_token,city\n");
    (void)fprintf(sample, with_mail ? "mail,token,town\n" : "token,town\n");
    for (int i = 0; i < customers; i++) {
        char secret[64], mail[64];
        (void)snprintf(secret, sizeof(secret), "%016llx%016llx", (unsigned long long)decoys_mix((uint64_t)i),
                       (unsigned long long)decoys_mix((uint64_t)i + 1000000));
        (void)snprintf(mail, sizeof(mail), "person%d@quillmail.zz", i);
        (void)fprintf(shop, "%s,%s,Town%d\n", mail, secret, i % 7);
        if (i >= from && i < to) {
            (void)fprintf(sample, "%s%s%s,Town%d\n", with_mail ? mail : "", with_mail ? "," : "", secret, i % 7);
        }
    }
    fclose(shop);
    fclose(sample);
    const char *against[] = {reference};
    struct assay_match_options options = {.sample = leak, .against = against, .against_count = 1};
    json_t *summary = NULL;
    struct assay_sink sink = {.self = &summary, .put = take_summary};
    struct err err = {0};
    if (assay_match(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    (void)unlink(reference);
    (void)unlink(leak);
    return summary;
}

static void test_a_true_leak_permuted(void **state)
{
    (void)state;
    json_t *summary = match_rows(9000, 100, 400, true);
    const json_t *twin = json_object_get(summary, "twin");
    assert_true(json_num(json_object_get(summary, "raw"), "partner", 0) > 3);
    assert_true(json_number_value(json_array_get(json_object_get(twin, "spread"), 1)) < -1);
    assert_int_equal(json_int(twin, "rows", 0), 300);
    assert_int_equal(json_int(twin, "runs", 0), 20);
    assert_int_equal(json_int(twin, "decoys", 0), 4096);
    const json_t *column = json_array_get(json_object_get(twin, "columns"), 0);
    assert_int_equal(json_int(column, "k", -1), 0);
    assert_int_equal(json_int(column, "m", -1), 300);
    json_t *again = match_rows(9000, 100, 400, true);
    assert_true(json_equal(twin, json_object_get(again, "twin")));
    json_decref(again);
    json_decref(summary);
}

/* The sample is the whole table: every decoy is somebody's own row, and must be somebody else's. */
static void test_no_row_is_its_own_decoy(void **state)
{
    (void)state;
    for (int customers = 60; customers < 70; customers++) {
        json_t *summary = match_rows(customers, 0, customers, true);
        const json_t *twin = json_object_get(summary, "twin");
        const json_t *column = json_array_get(json_object_get(twin, "columns"), 0);
        assert_int_equal(json_int(twin, "decoys", 0), customers);
        assert_int_equal(json_int(column, "k", -1), 0);
        assert_int_equal(json_int(column, "m", -1), customers);
        json_decref(summary);
    }
}

/* Rows known by their secret alone have nothing that stays when the secret is another's. */
static void test_nothing_to_permute(void **state)
{
    (void)state;
    json_t *summary = match_rows(3000, 100, 200, false);
    assert_true(json_num(json_object_get(summary, "raw"), "partner", 0) > 1);
    assert_true(json_is_null(json_object_get(summary, "twin")));
    json_decref(summary);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/assay-twin-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int sweep_up(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_a_fair_choice),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_a_true_leak_permuted),
        cmocka_unit_test(test_no_row_is_its_own_decoy),
        cmocka_unit_test(test_nothing_to_permute),
    };
    return cmocka_run_group_tests(tests, make_folder, sweep_up);
}
