/* A counterpart who cheats, in every way of the table in docs/private.md that says prevented or detected: caught, and named.
 * The false files are made here, with the cheat's own keys; the program has no switch for it. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "private_world.h"

#include <fcntl.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "private/dleq.h"
#include "private/files.h"
#include "private/list.h"
#include "private/place.h"

#define OK(call)                                       \
    do {                                               \
        if ((call) != 0) {                             \
            fail_msg("%s: %s", #call, world.err.text); \
        }                                              \
    } while (0)

static const char *const email[] = {"email", NULL};

static void caught(const struct world *world, int result, const char *words)
{
    if (result != -1 || strstr(world->err.text, words) == NULL) {
        fail_msg("wanted '%s', got %d: '%s'", words, result, world->err.text);
    }
    assert_null(strchr(world->err.text, '\n'));
}

/* ---- a world as far as both tags, honest ---- */

static void honest(struct world *at)
{
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 120, 1);
    world_csv(&world, "db.csv", 60, 400, 0);
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    *at = world;
}

/* ---- forging: lists and headers under a party's own keys ---- */

struct forger {
    struct place place; /* the cheat's directory, for its keys */
    struct wire_file file;
    uint8_t *records; /* of one list, in the clear */
    size_t width, n;
};

static void own_forger(struct forger *forger)
{
    own_place(&forger->place);
    wire_close(&forger->file);
    free(forger->records);
}

static void load(struct world *world, struct forger *forger, const char *role, const char *name, size_t width, size_t n,
                 const uint8_t *body_key)
{
    struct err err = {0};
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", in(world, role), name);
    assert_int_equal(place_open(&forger->place, in(world, role), false, &err), 0);
    assert_int_equal(wire_open(&forger->file, path, &err), 0);
    forger->width = width;
    forger->n = n;
    forger->records = calloc(n + 8, width);
    uint64_t at = wire_lists_at(&forger->file), chunk_roots = wire_chunks(n) * 32;
    assert_int_equal(list_read_at(forger->file.fd, path, forger->records, n * width, at + chunk_roots, &err), 0);
    if (body_key != NULL) {
        suite_stream(forger->records, n * width, chunk_roots, body_key);
    }
}

static int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, 16);
}

static void sort(struct forger *forger)
{
    qsort(forger->records, forger->n, forger->width, by_bytes);
}

static struct sha256 root_of(const struct forger *forger)
{
    struct tree tree = {0};
    for (size_t i = 0; i < forger->n; i++) {
        struct sha256 leaf = tree_leaf((struct str){(const char *)forger->records + i * forger->width, forger->width});
        tree_add(&tree, &leaf);
    }
    return tree_root(&tree);
}

/* header || signature || one list, as a file of the cheat's. */
static void store(struct world *world, const struct forger *forger, enum wire_kind kind, const struct buf *body,
                  const char *path, const uint8_t *body_key)
{
    struct err err = {0};
    struct buf whole = {0};
    struct sha256 id, root = root_of(forger);
    assert_int_equal(wire_finish(&whole, kind, body, forger->place.key, &id, &err), 0);
    if (forger->n != 0) {
        size_t from = whole.len;
        wire_put_bytes(&whole, root.bytes, 32);
        wire_put_bytes(&whole, forger->records, forger->n * forger->width);
        if (body_key != NULL) {
            suite_stream((uint8_t *)whole.data + from, whole.len - from, 0, body_key);
        }
    }
    assert_int_equal(file_write(in(world, path), buf_str(&whole), &err), 0);
    buf_free(&whole);
}

/* The answer with other points, signed by the keeper. */
static void store_answer(struct world *world, struct forger *forger)
{
    struct buf body = {0};
    struct wire_answer answer = forger->file.answer;
    answer.list[0] = (struct wire_list){forger->n, root_of(forger)};
    wire_put_answer(&body, &answer);
    store(world, forger, WIRE_ANSWER, &body, "keeper/answer", NULL);
    buf_free(&body);
}

/* Tags with other records, sealed to the neutral and signed. */
static void store_tags(struct world *world, struct forger *forger, const char *role, struct wire_tags_secret *secret)
{
    struct err err = {0};
    struct buf body = {0}, inner = {0};
    struct key_pair notary;
    struct wire_tags tags = forger->file.tags;
    char path[32];
    (void)snprintf(path, sizeof path, "%s/tags", role);
    assert_int_equal(key_pair_read(&notary, in(world, "notary.pub"), false, &err), 0);
    secret->list[0] = (struct wire_list){forger->n, root_of(forger)};
    wire_put_tags_secret(&inner, secret);
    assert_int_equal(suite_seal(tags.sealed, buf_str(&inner), notary.box, forger->place.secrets->seal_seed, &err), 0);
    wire_put_tags(&body, &tags);
    store(world, forger, WIRE_TAGS, &body, path, secret->body_key);
    buf_free(&body);
    buf_free(&inner);
}

static void secret_of(struct world *world, const struct forger *forger, struct wire_tags_secret *secret)
{
    struct err err = {0};
    struct key_pair notary;
    uint8_t bytes[WIRE_TAGS_SECRET];
    size_t sealed = forger->file.tags.sealed_bytes;
    assert_int_equal(key_pair_read(&notary, in(world, "notary"), true, &err), 0);
    assert_true(suite_unseal(bytes, (struct str){(const char *)forger->file.tags.sealed, sealed}, notary.box));
    assert_true(wire_get_tags_secret(secret, (struct str){(const char *)bytes, sealed - SUITE_SEAL_BYTES}));
}

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
    load(world, &forger, "keeper", "answer", 32, 120 + WORLD_TRAPS, NULL);
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

static void damage_answer(struct world *world, int what, size_t which)
{
    OWN(own_forger) struct forger forger = {0};
    load(world, &forger, "keeper", "answer", 32, 120 + WORLD_TRAPS, NULL);
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
        load(&world, &forger, "keeper", "tags", 16, 340, NULL);
        secret_of(&world, &forger, &secret);
        own_forger(&forger);
        forger = (struct forger){0};
        load(&world, &forger, "keeper", "tags", 16, 340, secret.body_key);
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
            size_t n = which == 1 ? 340 : 120 + WORLD_TRAPS;
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
    load(world, &keeper, "keeper", "tags", 16, 340, NULL);
    secret_of(world, &keeper, &of_keeper);
    own_forger(&keeper);
    keeper = (struct forger){0};
    load(world, &keeper, "keeper", "tags", 16, 340, of_keeper.body_key);
    load(world, &asker, "asker", "tags", 16, 120 + WORLD_TRAPS, NULL);
    secret_of(world, &asker, &secret);
    own_forger(&asker);
    asker = (struct forger){0};
    load(world, &asker, "asker", "tags", 16, 120 + WORLD_TRAPS, secret.body_key);
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

static int open_asked(struct world *world, const char *role, const char *csv, const char *const *asks)
{
    const char *files[8] = {in(world, "asker/offer"), in(world, "keeper/answer")};
    for (size_t i = 0; asks[i] != NULL; i++) {
        files[2 + i] = asks[i];
    }
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_AUDIT,
                                                      .state = in(world, role),
                                                      .files = files,
                                                      .sources = LIST(in(world, csv)),
                                                      .keys = email});
}

/* All audits; the result of the last step. */
static int audit(struct world *at)
{
    struct world world = *at;
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.1"))));
    OK(open_asked(&world, "keeper", "db.csv",
                  LIST(in(&world, "neutral/ask.keeper.2"), in(&world, "neutral/ask.keeper.3"))));
    int failed = world_neutral(
        &world, ASSAY_PRIVATE_AUDIT,
        LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"), in(&world, "keeper/open.3")), false);
    if (failed == 0) {
        OK(open_asked(&world, "asker", "leak.csv", LIST(in(&world, "neutral/ask.asker.3"))));
        failed = world_neutral(&world, ASSAY_PRIVATE_AUDIT,
                               LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"),
                                    in(&world, "keeper/open.3"), in(&world, "asker/open.3")),
                               false);
    }
    *at = world;
    return failed;
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

/* Keys in places that are declared as traps: n is made to look small. The asker's own directory is altered before it offers. */
static void keys_hidden_as_traps(void **state)
{
    (void)state;
    struct world world;
    struct err err = {0};
    world_open(&world);
    world_csv(&world, "leak.csv", 0, 120, 1);
    world_csv(&world, "db.csv", 60, 400, 0);
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    {
        OWN(own_place) struct place place;
        OWN(own_wire_file) struct wire_file file;
        struct buf body = {0}, whole = {0};
        struct sha256 id;
        assert_int_equal(place_open(&place, in(&world, "asker"), false, &err), 0);
        assert_int_equal(wire_open(&file, in(&world, "asker/commit"), &err), 0);
        struct wire_commit commit = file.commit;
        commit.type[0].n -= 40;
        commit.type[0].m += 40; /* at most twice the rule: not refused by the sizes */
        wire_put_commit(&body, &commit);
        assert_int_equal(wire_finish(&whole, WIRE_COMMIT, &body, place.key, &id, &err), 0);
        assert_int_equal(place_put(&place, "commit", buf_str(&whole), &err), 0);
        buf_free(&body);
        buf_free(&whole);
    }
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    /* its own finish would find traps missing: it builds its tags as before, here from the honest part */
    int failed = world_finish(&world);
    caught(&world, failed, "the keeper answered falsely: 40 of 120 traps are missing");
    world_close(&world);
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

/* A neutral who asks about points of its own, for other rows, or a second time. */
static void asks_of_the_neutrals_choice(void **state)
{
    static const char *const words[] = {"never exchanged", "other rows than the offer", "coin is not the one",
                                        "asked for before"};
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct world world;
        struct err err = {0};
        honest(&world);
        OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
        {
            OWN(own_wire_file) struct wire_file file;
            struct group_point points[30];
            struct group_scalar scalar;
            struct key_pair notary;
            struct sign_key key;
            struct buf body = {0}, whole = {0};
            struct sha256 id;
            assert_int_equal(wire_open(&file, in(&world, "neutral/ask.keeper.3"), &err), 0);
            struct wire_ask ask = file.ask;
            memcpy(points, ask.points[0], sizeof points);
            if (which == 0) { /* H(a name that the neutral would like to know of) would do as well */
                assert_int_equal(suite_scalar(&scalar, &err), 0);
                group_best()->multiply_base(&points[4], &scalar, 1);
            } else if (which == 1) {
                ask.opened++;
            } else if (which == 2) {
                ask.keeper_coin[0] ^= 1;
            } else {
                OK(open_asked(&world, "keeper", "db.csv", LIST(in(&world, "neutral/ask.keeper.3"))));
                ask.count[0]--;
            }
            ask.points[0] = points;
            assert_int_equal(key_pair_read(&notary, in(&world, "notary"), true, &err), 0);
            assert_int_equal(sign_from_seed(&key, notary.sign, &err), 0);
            wire_put_ask(&body, &ask);
            assert_int_equal(wire_finish(&whole, WIRE_ASK, &body, &key, &id, &err), 0);
            assert_int_equal(file_write(in(&world, "neutral/ask.keeper.3"), buf_str(&whole), &err), 0);
            buf_free(&body);
            buf_free(&whole);
        }
        caught(&world, open_asked(&world, "keeper", "db.csv", LIST(in(&world, "neutral/ask.keeper.3"))), words[which]);
        world_close(&world);
    }
}

/* ---- mail: lost, cut, swapped, replayed, of another version ---- */

static void rewrite(const struct world *world, const char *path, size_t at, uint8_t value, long cut)
{
    struct err err = {0};
    struct buf bytes = {0};
    assert_int_equal(file_read(in(world, path), 1 << 24, &bytes, &err), 0);
    bytes.data[at] = (char)value;
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
        cmocka_unit_test(lists_that_are_none),
        cmocka_unit_test(a_second_answer),
        cmocka_unit_test(another_list_than_committed),
        cmocka_unit_test(another_coin),
        cmocka_unit_test(tags_stuffed_or_spoiled),
        cmocka_unit_test(keys_hidden_as_traps),
        cmocka_unit_test(openings_that_do_not_hold),
        cmocka_unit_test(openings_damaged_on_their_way),
        cmocka_unit_test(a_source_that_changed),
        cmocka_unit_test(asks_of_the_neutrals_choice),
        cmocka_unit_test(what_happens_on_the_way),
        cmocka_unit_test(files_of_two_runs),
        cmocka_unit_test(below_the_floor),
        cmocka_unit_test(rates),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
