/* The chances that docs/private.md states, played: whole runs with a cheat in them, and how often he is caught. Every random byte comes from
 * one seed, so that a run of this test is any run of it. ASSAY_LONG=1 plays fifty times as many. */
#include <math.h>
#include <sodium.h>

#include "private_forger.h"

/* ---- the dice ---- */

static uint64_t dice = 0x9e3779b97f4a7c15;

static uint64_t next_random(void) /* xorshift64* (Marsaglia 2003, Vigna 2016) */
{
    dice ^= dice >> 12;
    dice ^= dice << 25;
    dice ^= dice >> 27;
    return dice * UINT64_C(2685821657736338717);
}

static const char *dice_name(void)
{
    return "one seed";
}

static uint32_t dice_word(void)
{
    return (uint32_t)(next_random() >> 32);
}

static void dice_bytes(void *const out, const size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(next_random() >> 56);
    }
}

static int load_dice(void **state)
{
    static randombytes_implementation one_seed = {
        .implementation_name = dice_name, .random = dice_word, .buf = dice_bytes};
    (void)state;
    assert_int_equal(setenv("ASSAY_NOW", "2026-03-01T10:00:00Z", 1), 0); /* it is in the files, and so in their ids */
    return randombytes_set_implementation(&one_seed);
}

static int rounds(int count)
{
    return getenv("ASSAY_LONG") != NULL ? 50 * count : count;
}

/* C(n - bad, drawn) / C(n, drawn): none of the bad ones is among those drawn. */
static double escapes(int n, int bad, int drawn)
{
    double chance = 1;
    for (int i = 0; i < drawn; i++) {
        chance *= (double)(n - bad - i) / (n - i);
    }
    return chance;
}

/* Within three standard deviations of what is stated: of 100 rounds at one half, 35 to 65. */
static void as_stated(const char *what, int seen, int of, double chance)
{
    double wanted = of * chance, room = 3 * sqrt(of * chance * (1 - chance));
    print_message("%s: %d of %d, %.3f stated\n", what, seen, of, chance);
    if (fabs(seen - wanted) > room) {
        fail_msg("%s: seen %d times of %d, where %.1f were due", what, seen, of, wanted);
    }
}

/* The figures of the document, of 300 rows drawn: 1 %, 3 % and .1 % bad; and what none bad bounds. (Traps: test_private_cheats.c, bounds.) */
static void figures(void **state)
{
    (void)state;
    assert_true(fabs(1 - pow(.99, 300) - .951) < .0005);
    assert_true(1 - pow(.97, 300) > .99985);
    assert_true(fabs(1 - pow(.999, 300) - .259) < .0005);
    assert_true(fabs(1 - pow(.05, 1. / 300) - .0099) < .00005);
    for (int n = 1000; n <= 1000000; n *= 10) { /* without repetition it is never less */
        assert_true(1 - escapes(n, n / 100, 300) >= 1 - pow(.99, 300));
    }
}

/* ---- the draw ---- */

/* Every rank is drawn as often as every other, at every place of the draw. */
static void draws_are_even(void **state)
{
    enum { N = 40, DRAWN = 4, ROUNDS = 10000 };
    (void)state;
    for (size_t place = 0; place < DRAWN; place++) {
        double counts[N] = {0}, chi = 0;
        for (int round = 0; round < ROUNDS; round++) {
            uint8_t seed[96];
            uint64_t ranks[DRAWN];
            dice_bytes(seed, sizeof seed);
            assert_int_equal(suite_draw(ranks, DRAWN, N, seed, 1, 0, NULL), 0);
            counts[ranks[place]]++;
        }
        for (size_t i = 0; i < N; i++) {
            chi += (counts[i] - (double)ROUNDS / N) * (counts[i] - (double)ROUNDS / N) / ((double)ROUNDS / N);
        }
        assert_true(chi > 12 && chi < 80); /* 39 degrees of freedom: 1e-4 either side */
    }
}

/* What audits and roles draw has nothing in common beyond chance, and either coin alone changes all of it. */
static void draws_differ(void **state)
{
    enum { N = 1000, DRAWN = 100 };
    uint8_t seed[96];
    uint64_t first[DRAWN], second[DRAWN];
    (void)state;
    dice_bytes(seed, sizeof seed);
    assert_int_equal(suite_draw(first, DRAWN, N, seed, 1, 0, NULL), 0);
    for (int what = 0; what < 5; what++) {
        uint8_t other[96];
        size_t common = 0;
        memcpy(other, seed, sizeof other);
        if (what < 3) {
            other[what * 32 + 31] ^= 1; /* run, the asker's coin, the keeper's */
        }
        assert_int_equal(suite_draw(second, DRAWN, N, other, what == 3 ? 2 : 1, what == 4, NULL), 0);
        for (size_t i = 0; i < DRAWN; i++) {
            for (size_t j = 0; j < DRAWN; j++) {
                common += first[i] == second[j];
            }
        }
        assert_true(common < 25); /* 10 +- 2.8 */
    }
}

/* ---- traps ---- */

static void answer_wrongly(struct world *world, int bad)
{
    OWN(own_forger) struct forger forger = {0};
    struct err err = {0};
    load(world, &forger, "keeper", "answer", 32, SENT, NULL);
    for (int i = 0; i < bad; i++) { /* anywhere: they are sorted, and say nothing */
        uint8_t *one = forger.records + 32 * (next_random() % SENT);
        struct group_scalar other;
        assert_int_equal(suite_scalar(&other, &err), 0);
        group_best()->multiply_base((struct group_point *)(void *)one, &other, 1);
    }
    sort(&forger);
    store_answer(world, &forger);
}

/* k wrong answers stay unseen with C(n,k)/C(n+m,k). k = 1 or 2 of 120 keys and 80 traps. (A place may be hit twice: k is at most 2.) */
static void wrong_answers_are_seen(void **state)
{
    (void)state;
    struct world world;
    struct err err = {0};
    struct buf right = {0};
    honest(&world);
    assert_int_equal(file_read(in(&world, "keeper/answer"), 1 << 24, &right, &err), 0);
    for (int bad = 1; bad <= 2; bad++) {
        int seen = 0, of = rounds(24);
        double unseen = escapes(SENT, WORLD_TRAPS, 1);
        for (int round = 0; round < of; round++) {
            assert_int_equal(file_write(in(&world, "keeper/answer"), buf_str(&right), &err), 0);
            (void)unlink(in(&world, "asker/tags"));
            (void)unlink(in(&world, "asker/answered"));
            answer_wrongly(&world, bad);
            int result = world_finish(&world);
            seen += result != 0;
            assert_true(result == 0 || strstr(world.err.text, "the keeper answered falsely") != NULL);
        }
        if (bad == 2) { /* two different places, or once in 200 one place twice */
            unseen = (1 - 1.0 / SENT) * escapes(SENT, WORLD_TRAPS, 2) + 1.0 / SENT * unseen;
        }
        as_stated(bad == 1 ? "traps, one wrong answer" : "traps, two wrong answers", seen, of, 1 - unseen);
    }
    buf_free(&right);
    world_close(&world);
}

/* ---- audits ---- */

static const json_t *audited(struct world *world)
{
    if (audit(world) != 0) {
        fail_msg("%s", world->err.text);
    }
    const char *files[] = {in(world, "asker/commit"),
                           in(world, "keeper/commit"),
                           in(world, "asker/offer"),
                           in(world, "keeper/answer"),
                           in(world, "asker/tags"),
                           in(world, "keeper/tags"),
                           in(world, "asker/open.1"),
                           in(world, "keeper/open.2"),
                           in(world, "keeper/open.3"),
                           in(world, "asker/open.3"),
                           NULL};
    if (step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                   .state = in(world, "neutral"),
                                                   .files = files,
                                                   .key_file = in(world, "notary"),
                                                   .sources = LIST(in(world, "published.csv")),
                                                   .keys = email,
                                                   .keeper_sources = LIST(in(world, "backup.csv")),
                                                   .keeper_keys = email}) != 0) {
        fail_msg("%s", world->err.text);
    }
    return json_array_get(json_object_get(world->summary, "types"), 0);
}

/* Four rows opened a side. Of the asker's 120 keys 20 are not in what was published (guessed), 40 were dropped by the keeper just
 * because they are in the sample (the backup has them); of the keeper's 340, 60 are padding. A bad share f of n is seen with
 * 1 - C(n - fn, r)/C(n, r), a little more than the 1 - (1-f)^r that is stated. */
static void audits_find_what_they_state(void **state)
{
    enum { R = 4, GUESSED = 20, DROPPED = 40, PADDED = 60 };
    int guessed = 0, dropped = 0, padded = 0, of = rounds(12);
    (void)state;
    for (int round = 0; round < of; round++) {
        struct world world;
        world_open(&world);
        world.opened = R;
        world_csv(&world, "leak.csv", 0, LEAKED, 1);
        world_csv(&world, "published.csv", GUESSED, LEAKED, 0);
        world_csv(&world, "db.csv", 100, 100 + KEPT, 0);
        world_csv(&world, "backup.csv", 100 - DROPPED, 100 + KEPT - PADDED, 0);
        OK(world_key(&world));
        OK(world_commit(&world, "asker", "leak.csv", email));
        OK(world_commit(&world, "keeper", "db.csv", email));
        OK(world_offer(&world, false));
        OK(world_answer(&world, false, NULL));
        OK(world_finish(&world));
        const json_t *type = audited(&world);
        assert_int_equal(json_int(type, "asker_opened", 0), R);
        assert_int_equal(json_int(type, "followed", 0), R);
        guessed += json_int(type, "asker_not_in_source", 0) > 0;
        padded += json_int(type, "keeper_not_in_source", 0) > 0;
        dropped += json_int(type, "dropped", 0) > 0;
        world_close(&world);
    }
    as_stated("audit 1, guessed rows", guessed, of, 1 - escapes(LEAKED, GUESSED, R));
    as_stated("audit 2, padded rows", padded, of, 1 - escapes(KEPT, PADDED, R));
    as_stated("audit 3, rows dropped by aim", dropped, of, 1 - escapes(LEAKED, DROPPED, R));
    assert_true(1 - escapes(LEAKED, DROPPED, R) >= 1 - pow(1 - (double)DROPPED / LEAKED, R));
}

/* ---- the asker's tags ---- */

/* 40 of the asker's tags are spoiled, of keys or traps, wherever they stand. A drawn key's missing tag is audit 3. */
static void spoiled_tags_are_seen(void **state)
{
    enum { R = 4, SPOILED = 40 };
    int seen = 0, of = rounds(12);
    (void)state;
    double chance = 0;
    for (int round = 0; round < of; round++) {
        struct world world;
        world_open(&world);
        world.opened = R;
        world_csv(&world, "leak.csv", 0, LEAKED, 1);
        world_csv(&world, "db.csv", 0, KEPT, 0);
        OK(world_key(&world));
        OK(world_commit(&world, "asker", "leak.csv", email));
        OK(world_commit(&world, "keeper", "db.csv", email));
        OK(world_offer(&world, false));
        OK(world_answer(&world, false, NULL));
        OK(world_finish(&world));
        {
            OWN(own_forger) struct forger forger = {0};
            struct wire_tags_secret secret;
            load(&world, &forger, "asker", "tags", 16, SENT, NULL);
            secret_of(&world, &forger, &secret);
            own_forger(&forger);
            forger = (struct forger){0};
            load(&world, &forger, "asker", "tags", 16, SENT, secret.body_key);
            for (size_t i = 0; i < SPOILED; i++) {
                forger.records[16 * i + 15] ^= 1; /* the first ones of a sorted list: any */
            }
            sort(&forger);
            store_tags(&world, &forger, "asker", &secret);
        }
        int result = audit(&world);
        seen += result != 0;
        assert_true(result == 0 || strstr(world.err.text, "the asker left out or altered tags") != NULL);
        world_close(&world);
    }
    chance = 1 - escapes(SENT, SPOILED, R); /* a drawn key's tag is any of the 200 */
    as_stated("audit 3, spoiled tags", seen, of, chance);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures),
        cmocka_unit_test(draws_are_even),
        cmocka_unit_test(draws_differ),
        cmocka_unit_test(wrong_answers_are_seen),
        cmocka_unit_test(audits_find_what_they_state),
        cmocka_unit_test(spoiled_tags_are_seen),
    };
    return cmocka_run_group_tests(tests, load_dice, NULL);
}
