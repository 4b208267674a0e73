/* A counterpart who cheats, in every way of the table in docs/private.md that says prevented or detected: caught, and named.
 * The false files are made here, with the cheat's own keys; the program has no switch for it. */
#include "private_forger.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "private/dleq.h"
#include "private/files.h"
#include "private/list.h"
#include "private/place.h"

static int again(struct world *world, const char *role)
{
    (void)unlink(in(world, "asker/tags"));
    (void)unlink(in(world, "asker/answered")); /* as if the false answer were the first */
    return role[0] == 'a' ? world_finish(world) : world_neutral(world, ASSAY_PRIVATE_COUNT, NULL, true);
}

/* ---- the keeper ---- */

/* Wrong answers: b' instead of b. `share` of them (in 256). */
static void answer_wrongly(struct world *world, unsigned share)
{
    OWN(own_forger) struct forger forger = {0};
    struct err err = {0};
    load(world, &forger, "keeper", "answer", 32, SENT, NULL);
    for (size_t i = 0; i < forger.n; i++) {
        struct group_scalar other;
        if (forger.records[i * 32] < share) {
            assert_int_equal(suite_scalar(&other, &err), 0);
            group_best()->multiply_base((struct group_point *)(void *)(forger.records + i * 32), &other, 1);
        }
    }
    sort(&forger);
    store_answer(world, &forger);
}

static void wrong_answers(void **state)
{
    (void)state;
    for (unsigned share = 16; share <= 256; share *= 4) {
        struct world world;
        honest(&world);
        answer_wrongly(&world, share);
        caught(&world, again(&world, "asker"), "the keeper answered falsely");
        world_close(&world);
    }
}

/* Missing traps are shown to the neutral, who names the keeper, too; an asker who cries wolf is believed by nobody. */
static void missing_traps_are_shown_to_the_neutral(void **state)
{
    (void)state;
    for (int is_true = 0; is_true < 2; is_true++) {
        struct world world;
        honest(&world);
        if (is_true) {
            answer_wrongly(&world, 256);
        }
        (void)unlink(in(&world, "asker/tags"));
        (void)unlink(in(&world, "asker/answered"));
        OK(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                       .state = in(&world, "asker"),
                                                       .files = LIST(in(&world, "keeper/answer")),
                                                       .is_accusing = true}));
        assert_string_equal(json_text(world.summary, "traps", ""),
                            is_true ? "some are missing: the tags show the neutral which" : "all answered rightly");
        const char *const files[] = {in(&world, "asker/commit"), in(&world, "keeper/commit"),
                                     in(&world, "asker/offer"),  in(&world, "keeper/answer"),
                                     in(&world, "asker/tags"),   NULL};
        int result = step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                                 .state = in(&world, "neutral"),
                                                                 .files = files, /* the keeper sent no tags */
                                                                 .key_file = in(&world, "notary")});
        if (is_true) {
            caught(&world, result, "keeper/answer: the keeper answered falsely: 80 of 80 traps are missing");
            OK(world_answer(&world, false, NULL)); /* it did: those of its false answer */
            caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true), "the keeper answered falsely");
        } else {
            assert_int_equal(result, 0);
            assert_non_null(strstr(json_text(world.summary, "waits_for", ""), "all traps were answered rightly"));
        }
        assert_int_equal(access(in(&world, "neutral/result"), F_OK), -1);
        world_close(&world);
    }
    struct world world;
    direct(&world);
    answer_wrongly(&world, 256);
    (void)unlink(in(&world, "asker/fix"));
    (void)unlink(in(&world, "asker/answered"));
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                       .state = in(&world, "asker"),
                                                       .files = LIST(in(&world, "keeper/answer")),
                                                       .is_accusing = true}),
           "there is no neutral to show it to");
    world_close(&world);
}

static void damage_answer(struct world *world, int what, size_t which)
{
    OWN(own_forger) struct forger forger = {0};
    load(world, &forger, "keeper", "answer", 32, SENT, NULL);
    switch (what) {
    case 0: /* the neutral element */
        memset(forger.records + which * 32, 0, 32);
        sort(&forger);
        break;
    case 1: /* no canonical encoding: negative */
        forger.records[which * 32] |= 1;
        sort(&forger);
        break;
    case 2: /* the same twice */
        memcpy(forger.records + 32, forger.records, 32);
        break;
    case 3: /* unsorted */
        forger.records[31] ^= 0x10;
        memcpy(forger.records + 7 * 32, forger.records, 32);
        break;
    default: /* one fewer */
        forger.n--;
        break;
    }
    store_answer(world, &forger);
}

static void lists_that_are_none(void **state)
{
    static const char *const words[] = {"is no point", "is no point", "equal or unsorted", "equal or unsorted",
                                        "answers to"};
    (void)state;
    for (int what = 0; what < 5; what++) {
        /* what was a trap's answer is missed as such first: another one, then */
        for (size_t which = 0, is_done = 0; !is_done; which++) {
            struct world world;
            honest(&world);
            damage_answer(&world, what, which);
            int result = again(&world, "asker");
            is_done = strstr(world.err.text, "traps are missing") == NULL;
            if (is_done) {
                caught(&world, result, words[what]);
            }
            assert_true(result == -1 && which < 40);
            world_close(&world);
        }
    }
}

static void a_second_answer(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    answer_wrongly(&world, 16);
    caught(&world, world_finish(&world), "signed another answer before");
    (void)unlink(in(&world, "asker/tags"));
    caught(&world, world_finish(&world), "signed another answer before");
    world_close(&world);
}

static void another_list_than_committed(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    {
        OWN(own_forger) struct forger forger = {0};
        struct wire_tags_secret secret;
        load(&world, &forger, "keeper", "tags", 16, KEPT, NULL);
        secret_of(&world, &forger, &secret);
        own_forger(&forger);
        forger = (struct forger){0};
        load(&world, &forger, "keeper", "tags", 16, KEPT, secret.body_key);
        forger.records[16 * 9] ^= 1; /* a row dropped after the fact */
        sort(&forger);
        store_tags(&world, &forger, "keeper", &secret);
    }
    caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true), "not the list that the keeper committed to");
    world_close(&world);
}

static void another_coin(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct world world;
        const char *role = which == 1 ? "keeper" : "asker";
        honest(&world);
        {
            OWN(own_forger) struct forger forger = {0};
            struct wire_tags_secret secret;
            size_t n = which == 1 ? KEPT : SENT;
            load(&world, &forger, role, "tags", 16, n, NULL);
            secret_of(&world, &forger, &secret);
            own_forger(&forger);
            forger = (struct forger){0};
            load(&world, &forger, role, "tags", 16, n, secret.body_key);
            (which == 2 ? secret.proof : secret.coin)[3] ^= 1;
            store_tags(&world, &forger, role, &secret);
        }
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true),
               which == 2 ? "trap seed is not the one" : "coin is not the one");
        world_close(&world);
    }
}

/* ---- the asker ---- */

/* Tags altered by the asker: `stuff` of its absent ones are made such that they match, or matching ones are spoiled. The keeper's tags
 * have leaked to it. */
static void alter_tags(struct world *world, size_t stuff, size_t spoil)
{
    OWN(own_forger) struct forger asker = {0}, keeper = {0};
    struct wire_tags_secret secret, of_keeper;
    load(world, &keeper, "keeper", "tags", 16, KEPT, NULL);
    secret_of(world, &keeper, &of_keeper);
    own_forger(&keeper);
    keeper = (struct forger){0};
    load(world, &keeper, "keeper", "tags", 16, KEPT, of_keeper.body_key);
    load(world, &asker, "asker", "tags", 16, SENT, NULL);
    secret_of(world, &asker, &secret);
    own_forger(&asker);
    asker = (struct forger){0};
    load(world, &asker, "asker", "tags", 16, SENT, secret.body_key);
    OWN(own_mem) uint8_t *as_it_was = malloc(asker.n * 16);
    memcpy(as_it_was, asker.records, asker.n * 16);
    for (size_t i = 0, k = 0; i < asker.n && stuff + spoil != 0; i++) {
        uint8_t *tag = asker.records + 16 * i;
        bool is_there = bsearch(tag, keeper.records, keeper.n, 16, by_bytes) != NULL;
        if (is_there && spoil != 0) {
            tag[15] ^= 1;
            spoil--;
        } else if (!is_there && stuff != 0) {
            while (bsearch(keeper.records + 16 * k, as_it_was, asker.n, 16, by_bytes) != NULL) {
                k++;
            }
            memcpy(tag, keeper.records + 16 * k++, 16);
            stuff--;
        }
    }
    sort(&asker);
    store_tags(world, &asker, "asker", &secret);
}

static void tags_stuffed_or_spoiled(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    OK(audit(&world));
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    assert_int_equal(world_count(&world, 0), 60);
    world_close(&world);
    for (int which = 0; which < 2; which++) {
        honest(&world);
        alter_tags(&world, which == 0 ? 100 : 0, which == 0 ? 0 : 50);
        caught(&world, audit(&world), "the asker left out or altered tags");
        world_close(&world);
    }
}

/* ---- a draw that leaked ---- */

static bool is_trap(const uint8_t *record, const struct group_point *traps)
{
    for (size_t i = 0; i < WORLD_TRAPS; i++) {
        if (memcmp(record, traps[i].bytes, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* The asker knows both coins before it sends its tags, and so the draw: it spoils matching tags that nobody will open. No opened key
 * shows it; that half of those are present, and a fifth of all are counted, does. */
static void share_against_count(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    {
        OWN(own_forger) struct forger offer = {0}, keeper = {0}, asker = {0};
        struct wire_tags_secret secret, of_keeper;
        struct group_point traps[WORLD_TRAPS], keys[LEAKED];
        uint8_t seed[96], tag[16];
        uint64_t drawn[30];
        size_t next = 0;
        load(&world, &keeper, "keeper", "tags", 16, KEPT, NULL);
        secret_of(&world, &keeper, &of_keeper);
        struct group_scalar b = keeper.place.secrets->scalar[0];
        own_forger(&keeper);
        keeper = (struct forger){0};
        load(&world, &keeper, "keeper", "tags", 16, KEPT, of_keeper.body_key);
        load(&world, &offer, "asker", "offer", 32, SENT, NULL);
        struct group_scalar a = offer.place.secrets->scalar[0], inverse;
        for (uint64_t k = 0; k < WORLD_TRAPS; k++) {
            struct group_scalar t;
            suite_trap(&t, offer.place.secrets->trap_seed, 0, k);
            group_best()->multiply_base(&traps[k], &t, 1);
        }
        for (size_t i = 0; i < SENT; i++) {
            if (!is_trap(offer.records + 32 * i, traps)) {
                memcpy(keys[next++].bytes, offer.records + 32 * i, 32);
            }
        }
        assert_int_equal(next, LEAKED);
        memcpy(seed, offer.file.id.bytes, 32);
        memcpy(seed + 32, offer.place.secrets->coin, 32);
        memcpy(seed + 64, of_keeper.coin, 32);
        assert_int_equal(suite_draw(drawn, 30, LEAKED, seed, 1, 0, NULL), 0);
        own_forger(&offer);
        offer = (struct forger){0};
        load(&world, &asker, "asker", "tags", 16, SENT, NULL);
        secret_of(&world, &asker, &secret);
        own_forger(&asker);
        asker = (struct forger){0};
        load(&world, &asker, "asker", "tags", 16, SENT, secret.body_key);
        suite_invert(&inverse, &a);
        assert_int_equal(group_best()->multiply(keys, keys, LEAKED, &b), LEAKED);
        assert_int_equal(group_best()->multiply(keys, keys, LEAKED, &inverse), LEAKED);
        for (size_t i = 0; i < LEAKED; i++) {
            bool is_drawn = false;
            for (size_t d = 0; d < 30; d++) {
                is_drawn = is_drawn || drawn[d] == i;
            }
            suite_tag(tag, &keys[i]);
            uint8_t *mine = bsearch(tag, asker.records, SENT, 16, by_bytes);
            if (!is_drawn && bsearch(tag, keeper.records, KEPT, 16, by_bytes) != NULL) {
                mine[15] ^= 1;
            }
        }
        sort(&asker);
        store_tags(&world, &asker, "asker", &secret);
    }
    OK(audit(&world));
    caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false), "the tags are not those of the answer");
    assert_int_equal(access(in(&world, "neutral/result"), F_OK), -1);
    world_close(&world);
}

/* Once asked, the asker knows what was drawn, and sends other tags: two of those that were not drawn are changed. */
static void other_tags_after_the_draw(void **state)
{
    (void)state;
    for (int when = 0; when < 2; when++) {
        struct world world;
        honest(&world);
        if (when == 0) {
            OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
        } else {
            OK(audit(&world));
        }
        alter_tags(&world, 0, 2);
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_AUDIT, LIST(in(&world, "asker/tags")), false),
               "not the file that the rows were drawn over");
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, when == 0),
               "not the file that the rows were drawn over");
        assert_int_equal(access(in(&world, "neutral/result"), F_OK), -1);
        world_close(&world);
    }
}

/* Tags of all that was answered, whatever the traps say: what the program's own finish refuses to make. */
static void unmask_anyway(struct world *world)
{
    OWN(own_forger) struct forger forger = {0};
    OWN(own_wire_file) struct wire_file offer = {.fd = -1};
    struct err err = {0};
    struct group_scalar inverse;
    struct wire_tags_secret secret = {.types = 1};
    load(world, &forger, "asker", "../keeper/answer", 32, SENT, NULL);
    assert_int_equal(wire_open(&offer, in(world, "asker/offer"), &err), 0);
    struct wire_tags tags = {.role = WIRE_ASKER,
                             .run = offer.id,
                             .answer = forger.file.id,
                             .sealed_bytes = 2 * 32 + 32 + 1 + 40 + SUITE_SEAL_BYTES};
    suite_invert(&inverse, &forger.place.secrets->scalar[0]);
    OWN(own_mem) struct group_point *points = calloc(SENT, sizeof *points);
    assert_int_equal(
        group_best()->multiply(points, (const struct group_point *)(const void *)forger.records, SENT, &inverse), SENT);
    for (size_t i = 0; i < SENT; i++) {
        suite_tag(forger.records + 16 * i, &points[i]);
    }
    forger.width = 16;
    sort(&forger);
    memcpy(secret.proof, forger.place.secrets->trap_seed, 32);
    memcpy(secret.coin, forger.place.secrets->coin, 32);
    forger.file.tags = tags;
    store_tags(world, &forger, "asker", &secret);
}

static void fewer_keys(struct wire_commit *commit, const void *hidden)
{
    commit->type[0].n -= *(const uint64_t *)hidden;
    commit->type[0].m += *(const uint64_t *)hidden; /* at most twice the rule: not refused by the sizes */
}

/* Keys in places that are declared as traps: n is made to look small. The asker's own finish would name its traps as missing; a cheat's
 * goes on, and audit 0 looks at every trap, so one key is found as surely as forty. */
static void keys_hidden_as_traps(void **state)
{
    (void)state;
    for (uint64_t hidden = 1; hidden <= 40; hidden += 39) {
        struct world world;
        char words[64];
        committed(&world);
        store_commit(&world, "asker", fewer_keys, &hidden);
        OK(world_offer(&world, false));
        OK(world_answer(&world, false, NULL));
        assert_int_equal(world_finish(&world), -1);
        unmask_anyway(&world);
        (void)snprintf(words, sizeof words, "hides keys among its traps: %d of %d traps", (int)hidden,
                       WORLD_TRAPS + (int)hidden);
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false), words);
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true), words);
        world_close(&world);
    }
}

static void traps_number(struct wire_commit *commit, const void *to)
{
    commit->type[0].m = *(const uint64_t *)to;
}

/* Fewer traps than the rule wants, or more than twice as many. */
static void traps_outside_the_rule(void **state)
{
    static const uint64_t numbers[] = {0, WORLD_TRAPS - 1, 2 * WORLD_TRAPS + 1, (UINT64_C(1) << 30) - LEAKED};
    (void)state;
    struct world world;
    honest(&world);
    world_remove(in(&world, "keeper/theirs"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        store_commit(&world, "asker", traps_number, &numbers[i]);
        caught(&world, world_answer(&world, false, NULL), "where the rule wants 80");
        caught(&world, world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true), "where the rule wants 80");
    }
    world_close(&world);
}

static void a_keeper_with_traps(void **state)
{
    (void)state;
    struct world world;
    const uint64_t one = 1;
    committed(&world);
    store_commit(&world, "keeper", traps_number, &one);
    caught(&world, world_offer(&world, false), "1 traps among 340 keys, where the rule wants 0");
    assert_int_equal(access(in(&world, "asker/spent"), F_OK), -1);
    world_close(&world);
}

static void public_point(struct wire_commit *commit, const void *scalar)
{
    group_best()->multiply_base(&commit->type[0].public_point, scalar, 1);
}

static void scalar(struct secrets *secrets, const void *to)
{
    secrets->scalar[0] = *(const struct group_scalar *)to;
}

/* A list made with another exponent than the committed one: audit 1 of the asker, audit 2 of the keeper. The keeper answers with the
 * committed one, so that no trap shows it, and opens with the other, so that its own program finds its rows. */
static void other_exponents(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct world world;
        struct err err = {0};
        struct group_scalar other, made_with;
        const char *role = which == 0 ? "asker" : "keeper";
        committed(&world);
        assert_int_equal(suite_scalar(&other, &err), 0);
        scalar_of(&world, role, &made_with);
        store_commit(&world, role, public_point, &other);
        if (which == 1) {
            store_secrets(&world, role, scalar, &other);
        }
        OK(world_offer(&world, false));
        OK(world_answer(&world, false, NULL));
        OK(world_finish(&world));
        if (which == 1) {
            store_secrets(&world, role, scalar, &made_with);
        }
        OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
        OK(open_asked(&world, role, which == 0 ? "leak.csv" : "db.csv",
                      LIST(in(&world, which == 0 ? "neutral/ask.asker.1" : "neutral/ask.keeper.2"))));
        caught(&world,
               world_neutral(&world, ASSAY_PRIVATE_AUDIT,
                             LIST(in(&world, which == 0 ? "asker/open.1" : "keeper/open.2")), false),
               which == 0 ? "the asker's opening does not hold: points and rows differ"
                          : "the keeper's opening does not hold: points and rows differ");
        world_close(&world);
    }
}

static void kinds_in_commit(struct wire_commit *commit, const void *kind)
{
    commit->type[0].kinds[0] = *(const uint8_t *)kind;
}

static void kinds_in_secrets(struct secrets *secrets, const void *kind)
{
    secrets->kinds[0][0] = *(const uint8_t *)kind;
}

/* Keys of other bytes than the fields that were committed: they match nothing of the other side, and look absent. */
static void keys_of_other_fields(void **state)
{
    static const char *const opaque[] = {"opaque=email", NULL};
    static const uint8_t kind_email = 1, kind_opaque = 9;
    (void)state;
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, LEAKED, 1);
    world_csv(&world, "db.csv", 60, 60 + KEPT, 0);
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", opaque));
    store_commit(&world, "keeper", kinds_in_commit, &kind_email);
    store_secrets(&world, "keeper", kinds_in_secrets, &kind_email);
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    store_secrets(&world, "keeper", kinds_in_secrets, &kind_opaque);
    OK(step(&world,
            (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                           .state = in(&world, "keeper"),
                                           .files = LIST(in(&world, "neutral/ask.keeper.2"), in(&world, "asker/offer")),
                                           .sources = LIST(in(&world, "db.csv")),
                                           .keys = opaque}));
    caught(&world, world_neutral(&world, ASSAY_PRIVATE_AUDIT, LIST(in(&world, "keeper/open.2")), false),
           "its key is not of the fields that were committed");
    world_close(&world);
}

static void records_root(struct wire_commit *commit, const void *root)
{
    commit->type[0].records = *(const struct sha256 *)root;
}

/* The asker offers what is no point, committed to and signed: the keeper computes nothing from it. */
static void points_that_are_none(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        struct world world;
        honest(&world);
        {
            OWN(own_forger) struct forger forger = {0};
            OWN(own_wire_file) struct wire_file commit = {.fd = -1};
            struct buf body = {0};
            struct err err = {0};
            load(&world, &forger, "asker", "offer", 32, SENT, NULL);
            if (what == 0) {
                memset(forger.records, 0, 32); /* the neutral element */
            } else if (what == 1) {
                forger.records[32 * 7] |= 1; /* negative */
            } else {
                memset(forger.records + 32 * (SENT - 1), 0xff, 32); /* above p */
            }
            sort(&forger);
            struct sha256 root = root_of(&forger);
            struct wire_offer offer = forger.file.offer;
            own_place(&forger.place); /* its lock */
            store_commit(&world, "asker", records_root, &root);
            assert_int_equal(place_open(&forger.place, in(&world, "asker"), false, &err), 0);
            assert_int_equal(wire_open(&commit, in(&world, "asker/commit"), &err), 0);
            offer.asker = commit.id;
            wire_put_offer(&body, &offer);
            store(&world, &forger, WIRE_OFFER, &body, "asker/offer", NULL);
            buf_free(&body);
            world_remove(in(&world, "keeper/spent"));
            world_remove(in(&world, "keeper/theirs"));
            world_remove(in(&world, "keeper/answer"));
            world_remove(in(&world, "keeper/tags"));
        }
        caught(&world, world_answer(&world, false, NULL), "is no point, or the neutral element");
        assert_int_equal(access(in(&world, "keeper/answer"), F_OK), -1);
        world_close(&world);
    }
}

/* ---- openings ---- */

/* An opening with one byte changed under the seal, by its own party. */
static void alter_opening(struct world *world, const char *role, const char *name, size_t at)
{
    OWN(own_forger) struct forger forger = {0};
    struct err err = {0};
    struct key_pair notary;
    struct buf bytes = {0}, body = {0}, whole = {0};
    uint8_t inner[64];
    struct sha256 id;
    char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", role, name);
    assert_int_equal(place_open(&forger.place, in(world, role), false, &err), 0);
    assert_int_equal(wire_open(&forger.file, in(world, path), &err), 0);
    assert_int_equal(file_read(in(world, path), 1 << 24, &bytes, &err), 0);
    struct wire_open open = forger.file.open;
    assert_int_equal(key_pair_read(&notary, in(world, "notary"), true, &err), 0);
    assert_true(suite_unseal(inner, (struct str){(const char *)open.sealed, sizeof open.sealed}, notary.box));
    uint64_t from = wire_lists_at(&forger.file);
    assert_true(from + at < bytes.len);
    bytes.data[from + at] ^= 1;
    struct sha256 digest = sha256_of(str_slice(buf_str(&bytes), from, bytes.len));
    memcpy(inner + 32, digest.bytes, 32);
    assert_int_equal(key_pair_read(&notary, in(world, "notary.pub"), false, &err), 0);
    assert_int_equal(suite_seal(open.sealed, (struct str){(const char *)inner, 64}, notary.box,
                                forger.place.secrets->seal_seed, &err),
                     0);
    wire_put_open(&body, &open);
    assert_int_equal(wire_finish(&whole, WIRE_OPEN, &body, forger.place.key, &id, &err), 0);
    buf_put(&whole, str_slice(buf_str(&bytes), from, bytes.len));
    assert_int_equal(file_write(in(world, path), buf_str(&whole), &err), 0);
    buf_free(&bytes);
    buf_free(&body);
    buf_free(&whole);
}

static void openings_that_do_not_hold(void **state)
{
    /* after the block's 38 bytes: position 8, length 2, salt 32, class 1, key, point 32, path ... */
    static const struct {
        const char *role, *name;
        size_t at;
        const char *words;
    } rows[] = {
        {"asker", "open.1", 0, "not of this run"},
        {"asker", "open.1", 37, "where 30 were drawn"},
        {"asker", "open.1", 38 + 7, "another position than was drawn"},
        {"asker", "open.1", 38 + 12, "not under the root"},        /* salt */
        {"asker", "open.1", 38 + 42, "a trap where a key should"}, /* class */
        {"asker", "open.1", 38 + 50, "not under the root"},        /* the key itself */
        {"keeper", "open.2", 38 + 50, "not under the root"},
        {"keeper", "open.3", 38 + 40, "does not hold: points and answers differ"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        honest(&world);
        OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
        OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.1"))));
        OK(open_asked(&world, "keeper", "db.csv",
                      LIST(in(&world, "neutral/ask.keeper.2"), in(&world, "neutral/ask.keeper.3"))));
        alter_opening(&world, rows[i].role, rows[i].name, rows[i].at);
        caught(&world,
               world_neutral(&world, ASSAY_PRIVATE_AUDIT,
                             LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"), in(&world, "keeper/open.3")),
                             false),
               rows[i].words);
        world_close(&world);
    }
}

/* Damaged on its way, behind the signature: named, and not held against its sender. */
static void openings_damaged_on_their_way(void **state)
{
    (void)state;
    struct world world;
    struct err err = {0};
    struct buf bytes = {0};
    honest(&world);
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.1"))));
    assert_int_equal(file_read(in(&world, "asker/open.1"), 1 << 24, &bytes, &err), 0);
    bytes.data[bytes.len - 100] ^= 4;
    assert_int_equal(file_write(in(&world, "asker/open.1"), buf_str(&bytes), &err), 0);
    buf_free(&bytes);
    caught(&world, world_neutral(&world, ASSAY_PRIVATE_AUDIT, LIST(in(&world, "asker/open.1")), false),
           "not what was signed");
    world_close(&world);
}

/* The source has changed since: nothing leaves. */
static void a_source_that_changed(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    world_csv(&world, "leak.csv", 1, 121, 1);
    caught(&world, open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.1"))),
           "not what was committed");
    world_close(&world);
}

/* ---- the neutral ---- */

static struct group_point an_undrawn_point(struct world *world, const struct group_point *drawn)
{
    OWN(own_forger) struct forger forger = {0};
    load(world, &forger, "asker", "offer", 32, SENT, NULL);
    for (size_t i = 0; i < forger.n; i++) {
        bool is_drawn = false;
        for (size_t d = 0; d < 30; d++) {
            is_drawn = is_drawn || memcmp(drawn[d].bytes, forger.records + i * 32, 32) == 0;
        }
        if (!is_drawn) {
            struct group_point point;
            memcpy(point.bytes, forger.records + i * 32, 32);
            return point;
        }
    }
    fail_msg("every point is drawn");
    return (struct group_point){{0}};
}

/* A neutral who asks about points of its own, for other rows, a second time, or about more than was drawn. */
static void asks_of_the_neutrals_choice(void **state)
{
    static const char *const words[] = {"never exchanged", "other rows than the offer", "coin is not the one",
                                        "asked for before", "asks about 31 points, where 30 are drawn"};
    (void)state;
    for (int which = 0; which < 5; which++) {
        struct world world;
        struct err err = {0};
        honest(&world);
        OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
        {
            OWN(own_wire_file) struct wire_file file;
            struct group_point points[31];
            struct group_scalar scalar;
            struct buf body = {0};
            assert_int_equal(wire_open(&file, in(&world, "neutral/ask.keeper.3"), &err), 0);
            struct wire_ask ask = file.ask;
            memcpy(points, ask.points[0], 30 * sizeof *points);
            if (which == 0) { /* H(a name that the neutral would like to know of) would do as well */
                assert_int_equal(suite_scalar(&scalar, &err), 0);
                group_best()->multiply_base(&points[4], &scalar, 1);
            } else if (which == 1) {
                ask.opened++;
            } else if (which == 2) {
                ask.keeper_coin[0] ^= 1;
            } else if (which == 3) {
                OK(open_asked(&world, "keeper", "db.csv", LIST(in(&world, "neutral/ask.keeper.3"))));
                points[29] = points[0];
                points[0] = ask.points[0][29];
            } else { /* one more, of the offer, that nobody drew */
                points[30] = an_undrawn_point(&world, ask.points[0]);
                ask.count[0]++;
            }
            ask.points[0] = points;
            wire_put_ask(&body, &ask);
            store_as_neutral(&world, WIRE_ASK, &body, "neutral/ask.keeper.3");
            buf_free(&body);
        }
        caught(&world, open_asked(&world, "keeper", "db.csv", LIST(in(&world, "neutral/ask.keeper.3"))), words[which]);
        world_close(&world);
    }
}

/* ---- direct mode: the asker is its own neutral ---- */

static void coin_of(struct world *world, const char *role, uint8_t out[static 32])
{
    struct place place;
    struct err err = {0};
    assert_int_equal(place_open(&place, in(world, role), false, &err), 0);
    memcpy(out, place.secrets->coin, 32);
    place_close(&place);
}

/* The asker asks as a neutral may: it would have rows opened to it, or learn which of its keys are present. */
static void asks_of_the_asker(void **state)
{
    (void)state;
    for (uint8_t audit = 2; audit <= 3; audit++) {
        struct world world;
        direct(&world);
        {
            OWN(own_forger) struct forger forger = {0};
            struct buf body = {0};
            load(&world, &forger, "asker", "offer", 32, SENT, NULL);
            struct wire_ask ask = {.run = forger.file.id, .audit = audit, .to = WIRE_KEEPER};
            ask.types = audit == 3;
            ask.count[0] = 30;
            OWN(own_mem) struct group_point *points = calloc(30, sizeof *points);
            memcpy(points, forger.records, 30 * sizeof *points);
            ask.points[0] = points;
            memcpy(ask.asker_coin, forger.place.secrets->coin, 32);
            coin_of(&world, "keeper", ask.keeper_coin);
            wire_put_ask(&body, &ask);
            forger.n = 0;
            store(&world, &forger, WIRE_ASK, &body, "ask", NULL);
            buf_free(&body);
        }
        caught(&world, open_asked(&world, "keeper", "db.csv", LIST(in(&world, "ask"))), "no audits were agreed to");
        assert_int_equal(access(in(&world, audit == 2 ? "keeper/open.2" : "keeper/open.3"), F_OK), -1);
        world_close(&world);
    }
}

/* A second fix, of tags copied out of the keeper's. */
static void a_second_fix(void **state)
{
    (void)state;
    struct world world;
    direct(&world);
    OK(world_answer(&world, true, in(&world, "asker/fix")));
    {
        OWN(own_forger) struct forger forger = {0};
        struct buf body = {0};
        struct err err = {0};
        assert_int_equal(place_open(&forger.place, in(&world, "asker"), false, &err), 0);
        assert_int_equal(wire_open(&forger.file, in(&world, "asker/fix"), &err), 0);
        struct wire_fix fix = forger.file.fix;
        fix.root[0].bytes[5] ^= 1;
        wire_put_fix(&body, &fix);
        store(&world, &forger, WIRE_FIX, &body, "asker/fix", NULL);
        buf_free(&body);
    }
    caught(&world, world_answer(&world, true, in(&world, "asker/fix")), "two different files of one kind (fix)");
    world_close(&world);
}

/* A result that says what no count can say, signed by whoever counts. */
static void results_that_cannot_be(void **state)
{
    static const char *const words[] = {"do not allow", "do not allow", "more rows opened"};
    (void)state;
    struct world world;
    struct err err = {0};
    honest(&world);
    OK(audit(&world));
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, false));
    for (int which = 0; which < 3; which++) {
        OWN(own_wire_file) struct wire_file file;
        struct buf body = {0};
        assert_int_equal(wire_open(&file, in(&world, "neutral/result"), &err), 0);
        struct wire_result result = file.result;
        if (which == 0) {
            result.type[0].count = 121; /* of 120 */
        } else if (which == 1) {
            result.type[0].count = WIRE_FEWER; /* no floor was agreed to */
        } else {
            result.type[0].audit[1].opened++;
        }
        wire_put_result(&body, &result);
        store_as_neutral(&world, WIRE_RESULT, &body, "false");
        buf_free(&body);
        caught(&world,
               step(&world,
                    (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                   .state = in(&world, "asker"),
                                                   .files = LIST(in(&world, "keeper/answer"), in(&world, "false"))}),
               words[which]);
    }
    world_close(&world);
}

/* A neutral who signs two results of one run, or counted other tags than the asker sent. */
static void results_of_the_neutrals_choice(void **state)
{
    (void)state;
    struct world world;
    struct err err = {0};
    honest(&world);
    OK(world_neutral(&world, ASSAY_PRIVATE_COUNT, NULL, true));
    for (int which = 0; which < 2; which++) {
        OWN(own_wire_file) struct wire_file file;
        struct buf body = {0};
        assert_int_equal(wire_open(&file, in(&world, "neutral/result"), &err), 0);
        struct wire_result result = file.result;
        if (which == 0) {
            result.type[0].root.bytes[7] ^= 1;
        } else {
            result.type[0].count--;
        }
        wire_put_result(&body, &result);
        store_as_neutral(&world, WIRE_RESULT, &body, "false");
        buf_free(&body);
        struct assay_private_options finish = {.step = ASSAY_PRIVATE_FINISH,
                                               .state = in(&world, "asker"),
                                               .files = LIST(in(&world, "keeper/answer"), in(&world, "false"))};
        caught(&world, step(&world, finish),
               which == 0 ? "counted from other tags than those that were sent"
                          : "another result of this run was accepted before");
        finish.files = LIST(in(&world, "keeper/answer"), in(&world, "neutral/result"));
        OK(step(&world, finish)); /* twice: the first one stays the accepted one */
        assert_int_equal(world_count(&world, 0), 60);
    }
    world_close(&world);
}

/* Nobody but the neutral opens tags: a party with a key of its own, or who names itself as the neutral. */
static void tags_for_the_neutral_alone(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    OK(step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_KEY, .state = in(&world, "stranger")}));
    const char *const files[] = {in(&world, "asker/commit"),
                                 in(&world, "keeper/commit"),
                                 in(&world, "asker/offer"),
                                 in(&world, "keeper/answer"),
                                 in(&world, "asker/tags"),
                                 in(&world, "keeper/tags"),
                                 NULL};
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                                       .state = in(&world, "n"),
                                                       .files = files,
                                                       .key_file = in(&world, "stranger"),
                                                       .without_audits = true}),
           "the offer names another neutral");
    {
        OWN(own_forger) struct forger forger = {0};
        struct buf body = {0};
        load(&world, &forger, "asker", "offer", 32, SENT, NULL);
        struct wire_offer offer = forger.file.offer;
        memcpy(offer.neutral, forger.place.key->public_key, 32);
        wire_put_offer(&body, &offer);
        store(&world, &forger, WIRE_OFFER, &body, "asker/offer", NULL);
        buf_free(&body);
    }
    caught(&world, world_answer(&world, false, NULL), "the neutral is a party");
    world_close(&world);
}

/* The neutral's signing key beside a box of the asker's: the keeper's tags would be read by the asker. */
static void a_box_that_is_not_the_neutrals(void **state)
{
    (void)state;
    struct world world;
    committed(&world);
    OK(world_offer(&world, false));
    struct assay_private_options options = {.step = ASSAY_PRIVATE_ANSWER,
                                            .state = in(&world, "keeper"),
                                            .files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer")),
                                            .neutral = in(&world, "notary.pub"),
                                            .run_number = 1};
    {
        OWN(own_forger) struct forger forger = {0};
        struct buf body = {0};
        load(&world, &forger, "asker", "offer", 32, SENT, NULL);
        struct wire_offer offer = forger.file.offer;
        suite_box_public(offer.neutral_box, forger.place.secrets->box_seed);
        wire_put_offer(&body, &offer);
        store(&world, &forger, WIRE_OFFER, &body, "false", NULL);
        buf_free(&body);
    }
    options.files = LIST(in(&world, "asker/commit"), in(&world, "false"));
    caught(&world, step(&world, options), "names other keys of the neutral");
    assert_int_equal(access(in(&world, "keeper/spent"), F_OK), -1);
    options.files = LIST(in(&world, "asker/commit"), in(&world, "asker/offer"));
    OK(step(&world, options));
    world_close(&world);
}

/* Who can write into the directory can take `spent` away; and a `spent` that cannot be read is no missing one. */
static void a_directory_that_others_reach(void **state)
{
    (void)state;
    struct world world;
    honest(&world);
    assert_int_equal(chmod(in(&world, "keeper"), 0777), 0);
    caught(&world, world_answer(&world, false, NULL), "others may write into it");
    assert_int_equal(chmod(in(&world, "keeper"), 0700), 0);
    assert_int_equal(unlink(in(&world, "keeper/spent")), 0);
    assert_int_equal(symlink("nowhere", in(&world, "keeper/spent")), 0);
    caught(&world, world_answer(&world, false, NULL), "spent: ");
    world_close(&world);
}

static void a_direct_offer_with_audits(void **state)
{
    (void)state;
    struct world world;
    committed(&world);
    OK(world_offer(&world, true));
    {
        OWN(own_forger) struct forger forger = {0};
        struct buf body = {0};
        load(&world, &forger, "asker", "offer", 32, SENT, NULL);
        struct wire_offer offer = forger.file.offer;
        offer.opened = 30;
        wire_put_offer(&body, &offer);
        store(&world, &forger, WIRE_OFFER, &body, "asker/offer", NULL);
        buf_free(&body);
    }
    caught(&world, world_answer(&world, true, NULL), "nobody to open them to");
    assert_int_equal(access(in(&world, "keeper/spent"), F_OK), -1);
    world_close(&world);
}

/* ---- mail: lost, cut, swapped, replayed, of another version ---- */

static void rewrite(const struct world *world, const char *path, size_t at, uint8_t value, long cut)
{
    struct err err = {0};
    struct buf bytes = {0};
    assert_int_equal(file_read(in(world, path), 1 << 24, &bytes, &err), 0);
    bool is_same = cut == 0 && bytes.data[at] == (char)value; /* a hash's byte may be just that */
    bytes.data[at] = (char)(is_same ? value ^ 0x40 : value);
    bytes.len = cut < 0 ? bytes.len - (size_t)-cut : bytes.len;
    for (; cut > 0; cut--) {
        buf_putc(&bytes, 'x');
    }
    assert_int_equal(file_write(in(world, path), buf_str(&bytes), &err), 0);
    buf_free(&bytes);
}

static void what_happens_on_the_way(void **state)
{
    static const struct {
        const char *file;
        size_t at;
        uint8_t value;
        long cut; /* bytes, negative: taken off */
        const char *words;
    } rows[] = {
        {"asker/offer", 0, 0x89, -1, "cut off"},      {"asker/offer", 0, 0x89, 3, "something was added"},
        {"asker/offer", 0, 0x88, 0, "no file of"},    {"asker/offer", 8, 2, 0, "version 2"},
        {"asker/offer", 9, 9, 0, "kind 9"},           {"asker/offer", 10, 1, 0, "reserved"},
        {"asker/offer", 12, 9, 0, "more than 1 MiB"}, {"asker/offer", 80, 9, 0, "mode"},
        {"asker/offer", 81, 9, 0, "reserved"},        {"asker/offer", 90, 9, 0, "not signed by the asker"},
        {"asker/offer", 400, 1, 0, "differ from"},    {"asker/commit", 16, 2, 0, "of one kind"},
        {"asker/commit", 17, 9, 0, "types of keys"},  {"asker/commit", 19, 9, 0, "spelled by table"},
        {"asker/commit", 60, 1, 0, "not signed by"},  {"asker/commit", 200, 7, 0, "not signed by"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        world_open(&world);
        world_csv(&world, "leak.csv", 0, 40, 1);
        world_csv(&world, "db.csv", 20, 90, 0);
        OK(world_key(&world));
        OK(world_commit(&world, "asker", "leak.csv", email));
        OK(world_commit(&world, "keeper", "db.csv", email));
        OK(world_offer(&world, false));
        rewrite(&world, rows[i].file, rows[i].at, rows[i].value, rows[i].cut);
        int result = world_answer(&world, false, NULL);
        if (result == -1 && strstr(world.err.remedy, rows[i].words) != NULL) {
            world_close(&world);
            continue;
        }
        caught(&world, result, rows[i].words);
        assert_int_equal(access(in(&world, "keeper/answer"), F_OK), -1);
        world_close(&world);
    }
}

/* Files of two runs mixed. */
static void files_of_two_runs(void **state)
{
    (void)state;
    struct world one, world;
    honest(&one);
    honest(&world);
    char path[160];
    static const char *const mixed[] = {"keeper/answer", "keeper/commit", "asker/tags", "keeper/tags"};
    for (size_t i = 0; i < 4; i++) {
        const char *files[] = {in(&world, "asker/commit"),
                               in(&world, "keeper/commit"),
                               in(&world, "asker/offer"),
                               in(&world, "keeper/answer"),
                               in(&world, "asker/tags"),
                               in(&world, "keeper/tags"),
                               NULL};
        (void)snprintf(path, sizeof path, "%s", in(&one, mixed[i]));
        files[i == 0 ? 3 : i == 1 ? 1 : i + 2] = path;
        int result = step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_COUNT,
                                                                 .state = in(&world, "neutral"),
                                                                 .files = files,
                                                                 .key_file = in(&world, "notary"),
                                                                 .without_audits = true});
        assert_int_equal(result, -1);
        assert_true(world.err.kind == ERR_TAMPERED || world.err.kind == ERR_FORMAT);
    }
    world_close(&one);
    world_close(&world);
}

/* ---- floors and roles ---- */

static void below_the_floor(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    world_csv(&world, "few.csv", 0, 19, 1);
    world_csv(&world, "leak.csv", 0, 30, 1);
    world_csv(&world, "db.csv", 20, 90, 0);
    caught(&world, world_commit(&world, "asker", "few.csv", email), "20 are the least");
    world_remove(in(&world, "asker"));
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                       .state = in(&world, "asker"),
                                                       .files = LIST(in(&world, "keeper/commit")),
                                                       .neutral = in(&world, "notary.pub"),
                                                       .min_keys = 100,
                                                       .run_number = 1}),
           "the floor is 100");
    caught(&world,
           step(&world, (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                       .state = in(&world, "keeper"),
                                                       .files = LIST(in(&world, "keeper/commit")),
                                                       .neutral = in(&world, "notary.pub"),
                                                       .min_keys = 20,
                                                       .run_number = 1}),
           "is the keeper's directory");
    world_close(&world);
}

/* ---- rates: traps and draws as the formulas say ---- */

static double choose_ratio(int n, int m, int k)
{
    double ratio = 1;
    for (int i = 0; i < k; i++) {
        ratio *= (double)(n - i) / (double)(n + m - i);
    }
    return ratio;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A keeper who corrupts k of n + m points at random is seen unless none is a trap; a bad share f of n escapes r draws with (1-f)^r. */
static void rates(void **state)
{
    enum { N = 60, M = 30, K = 3, ROUNDS = 20000, BAD = 5, DRAWN = 20, LIST_N = 100 };
    (void)state;
    uint64_t random = 88172645463325252U;
    int seen = 0, found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        bool is_seen = false;
        int places[K];
        for (int k = 0; k < K; k++) {
            bool is_new;
            do {
                places[k] = (int)(next_random(&random) % (N + M));
                is_new = true;
                for (int j = 0; j < k; j++) {
                    is_new = is_new && places[j] != places[k];
                }
            } while (!is_new);
            is_seen = is_seen || places[k] >= N;
        }
        seen += is_seen;
    }
    for (int round = 0; round < 2000; round++) {
        uint8_t seed[96];
        uint64_t ranks[DRAWN];
        bool is_found = false;
        for (size_t i = 0; i < sizeof seed; i++) {
            seed[i] = (uint8_t)next_random(&random);
        }
        assert_int_equal(suite_draw(ranks, DRAWN, LIST_N, seed, 1, 0, NULL), 0);
        for (size_t i = 0; i < DRAWN; i++) {
            is_found = is_found || ranks[i] < BAD;
        }
        found += is_found;
    }
    double traps = 1 - choose_ratio(N, M, K), draws = 1 - choose_ratio(LIST_N - BAD, BAD, DRAWN);
    assert_true(traps > 0.70 && traps < 0.72);
    assert_true((double)seen / ROUNDS > traps - 0.015 && (double)seen / ROUNDS < traps + 0.015);
    assert_true(found / 2000.0 > draws - 0.05 && found / 2000.0 < draws + 0.05);
}

/* ---- what the judge receives: the model's tables ---- */

static void bounds(void **state)
{
    static const struct {
        uint64_t n, m, unseen;
    } traps[] = {
        {31, 10002, 3}, {1000, 10050, 6}, {100000, 15000, 100}, {1000000, 60000, 238}, {10000000, 510000, 279}};
    (void)state;
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        struct assay_private_seen seen = {.asker_keys = traps[i].n, .traps = traps[i].m, .count = 10};
        struct assay_private_bounds b = assay_private_bounds_of(&seen, 0.95);
        assert_int_equal(b.unseen_answers, traps[i].unseen);
        assert_true(b.committed_lo == 10 &&
                    b.committed_hi == (double)traps[i].n); /* no audit: nothing bounds it above */
        assert_true(b.source_lo == 0 && b.source_hi == (double)traps[i].n);
    }
    struct assay_private_seen seen = {.asker_keys = 100000,
                                      .keeper_keys = 5000000,
                                      .traps = 15000,
                                      .count = 60000,
                                      .opened = {300, 300, 300},
                                      .searched = {300, 300, 120},
                                      .odd = {0, 0, 30},
                                      .present = 180};
    struct assay_private_bounds b = assay_private_bounds_of(&seen, 0.95);
    assert_true(b.bad_rows > 0.0098 && b.bad_rows < 0.0100); /* 0.99 % at r = 300 */
    assert_true(b.foreign_lo == 0 && b.foreign_hi > 0.0121 && b.foreign_hi < 0.0123);
    assert_true(b.dropped_lo > 0.17 && b.dropped_lo < 0.18 && b.dropped_hi > 0.33 && b.dropped_hi < 0.34);
    assert_true(b.committed_lo == 60000 && b.committed_hi > 61080 && b.committed_hi < 61110);
    assert_true(b.source_lo > 64000 && b.source_lo < 66000 && b.source_hi > 74000 && b.source_hi < 75000);
    seen.is_fewer = true;
    seen.count = 5;
    b = assay_private_bounds_of(&seen, 0.95);
    assert_true(b.committed_lo == 0 && b.committed_hi > 4 + 100 + 900);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_answers),
        cmocka_unit_test(missing_traps_are_shown_to_the_neutral),
        cmocka_unit_test(lists_that_are_none),
        cmocka_unit_test(a_second_answer),
        cmocka_unit_test(another_list_than_committed),
        cmocka_unit_test(another_coin),
        cmocka_unit_test(tags_stuffed_or_spoiled),
        cmocka_unit_test(share_against_count),
        cmocka_unit_test(other_tags_after_the_draw),
        cmocka_unit_test(keys_hidden_as_traps),
        cmocka_unit_test(traps_outside_the_rule),
        cmocka_unit_test(a_keeper_with_traps),
        cmocka_unit_test(other_exponents),
        cmocka_unit_test(keys_of_other_fields),
        cmocka_unit_test(points_that_are_none),
        cmocka_unit_test(openings_that_do_not_hold),
        cmocka_unit_test(openings_damaged_on_their_way),
        cmocka_unit_test(a_source_that_changed),
        cmocka_unit_test(asks_of_the_neutrals_choice),
        cmocka_unit_test(asks_of_the_asker),
        cmocka_unit_test(a_direct_offer_with_audits),
        cmocka_unit_test(a_second_fix),
        cmocka_unit_test(results_that_cannot_be),
        cmocka_unit_test(results_of_the_neutrals_choice),
        cmocka_unit_test(tags_for_the_neutral_alone),
        cmocka_unit_test(a_box_that_is_not_the_neutrals),
        cmocka_unit_test(a_directory_that_others_reach),
        cmocka_unit_test(what_happens_on_the_way),
        cmocka_unit_test(files_of_two_runs),
        cmocka_unit_test(below_the_floor),
        cmocka_unit_test(rates),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
