/* A party who cheats: its files made again with other contents, under its own keys. And what every test of cheats begins with. */
#ifndef ASSAY_TESTS_PRIVATE_FORGER_H
#define ASSAY_TESTS_PRIVATE_FORGER_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "private_world.h"

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
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

static inline void caught(const struct world *world, int result, const char *words)
{
    if (result != -1 || strstr(world->err.text, words) == NULL) {
        fail_msg("wanted '%s', got %d: '%s'", words, result, world->err.text);
    }
    assert_null(strchr(world->err.text, '\n'));
}

/* ---- a world as far as both tags, honest ---- */

enum { LEAKED = 120, SENT = LEAKED + WORLD_TRAPS, KEPT = 340 };

/* Rows 0 to 119 in the leak, 60 to 399 in the database: 60 in common. */
static inline void committed(struct world *at)
{
    struct world world;
    world_open(&world);
    world_csv(&world, "leak.csv", 0, LEAKED, 1);
    world_csv(&world, "db.csv", 60, 60 + KEPT, 0);
    OK(world_key(&world));
    OK(world_commit(&world, "asker", "leak.csv", email));
    OK(world_commit(&world, "keeper", "db.csv", email));
    *at = world;
}

static inline void honest(struct world *at)
{
    struct world world;
    committed(&world);
    OK(world_offer(&world, false));
    OK(world_answer(&world, false, NULL));
    OK(world_finish(&world));
    *at = world;
}

/* Direct mode, as far as the asker's fix. */
static inline void direct(struct world *at)
{
    struct world world;
    committed(&world);
    OK(world_offer(&world, true));
    OK(world_answer(&world, true, NULL));
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

static inline void own_forger(struct forger *forger)
{
    own_place(&forger->place);
    wire_close(&forger->file);
    free(forger->records);
}

static inline void load(struct world *world, struct forger *forger, const char *role, const char *name, size_t width,
                        size_t n, const uint8_t *body_key)
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

static inline int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, 16);
}

static inline void sort(struct forger *forger)
{
    qsort(forger->records, forger->n, forger->width, by_bytes);
}

static inline struct sha256 root_of(const struct forger *forger)
{
    struct tree tree = {0};
    for (size_t i = 0; i < forger->n; i++) {
        struct sha256 leaf = tree_leaf((struct str){(const char *)forger->records + i * forger->width, forger->width});
        tree_add(&tree, &leaf);
    }
    return tree_root(&tree);
}

/* header || signature || one list, as a file of the cheat's. */
static inline void store(struct world *world, const struct forger *forger, enum wire_kind kind, const struct buf *body,
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
static inline void store_answer(struct world *world, struct forger *forger)
{
    struct buf body = {0};
    struct wire_answer answer = forger->file.answer;
    answer.list[0] = (struct wire_list){forger->n, root_of(forger)};
    wire_put_answer(&body, &answer);
    store(world, forger, WIRE_ANSWER, &body, "keeper/answer", NULL);
    buf_free(&body);
}

/* Tags with other records, sealed to the neutral and signed. */
static inline void store_tags(struct world *world, struct forger *forger, const char *role,
                              struct wire_tags_secret *secret)
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

static inline void secret_of(struct world *world, const struct forger *forger, struct wire_tags_secret *secret)
{
    struct err err = {0};
    struct key_pair notary;
    uint8_t bytes[WIRE_TAGS_SECRET];
    size_t sealed = forger->file.tags.sealed_bytes;
    assert_int_equal(key_pair_read(&notary, in(world, "notary"), true, &err), 0);
    assert_true(suite_unseal(bytes, (struct str){(const char *)forger->file.tags.sealed, sealed}, notary.box));
    assert_true(wire_get_tags_secret(secret, (struct str){(const char *)bytes, sealed - SUITE_SEAL_BYTES}));
}

/* A party's commitment with what `change` makes of it, under its own key. */
static inline void store_commit(struct world *world, const char *role,
                                void (*change)(struct wire_commit *commit, const void *to), const void *to)
{
    OWN(own_forger) struct forger forger = {0};
    struct buf body = {0};
    char path[32];
    (void)snprintf(path, sizeof path, "%s/commit", role);
    load(world, &forger, role, "commit", 0, 0, NULL);
    struct wire_commit commit = forger.file.commit;
    change(&commit, to);
    wire_put_commit(&body, &commit);
    store(world, &forger, WIRE_COMMIT, &body, path, NULL);
    buf_free(&body);
}

/* A party's secrets with what `change` makes of them. */
static inline void store_secrets(struct world *world, const char *role,
                                 void (*change)(struct secrets *secrets, const void *to), const void *to)
{
    OWN(own_place) struct place place = {.dir = -1};
    struct err err = {0};
    assert_int_equal(place_open(&place, in(world, role), false, &err), 0);
    change(place.secrets, to);
    assert_int_equal(place_keep_secrets(&place, &err), 0);
}

static inline void scalar_of(struct world *world, const char *role, struct group_scalar *out)
{
    OWN(own_place) struct place place = {.dir = -1};
    struct err err = {0};
    assert_int_equal(place_open(&place, in(world, role), false, &err), 0);
    *out = place.secrets->scalar[0];
}

/* A file under whoever counts' key. */
static inline void store_as_neutral(struct world *world, enum wire_kind kind, const struct buf *body, const char *path)
{
    struct err err = {0};
    struct key_pair notary;
    struct sign_key key;
    struct buf whole = {0};
    struct sha256 id;
    assert_int_equal(key_pair_read(&notary, in(world, "notary"), true, &err), 0);
    assert_int_equal(sign_from_seed(&key, notary.sign, &err), 0);
    assert_int_equal(wire_finish(&whole, kind, body, &key, &id, &err), 0);
    assert_int_equal(file_write(in(world, path), buf_str(&whole), &err), 0);
    buf_free(&whole);
}

/* ---- the audits, honestly ---- */

static inline int open_asked(struct world *world, const char *role, const char *csv, const char *const *asks)
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

/* All audits; the result of the last step. Each party opens rows of its source. */
static inline int audit_from(struct world *at, const char *leak, const char *db)
{
    struct world world = *at;
    OK(world_neutral(&world, ASSAY_PRIVATE_AUDIT, NULL, false));
    OK(open_asked(&world, "asker", leak, LIST(in(&world, "neutral/ask.asker.1"))));
    OK(open_asked(&world, "keeper", db, LIST(in(&world, "neutral/ask.keeper.2"), in(&world, "neutral/ask.keeper.3"))));
    int failed = world_neutral(
        &world, ASSAY_PRIVATE_AUDIT,
        LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"), in(&world, "keeper/open.3")), false);
    if (failed == 0) {
        OK(open_asked(&world, "asker", leak, LIST(in(&world, "neutral/ask.asker.3"))));
        failed = world_neutral(&world, ASSAY_PRIVATE_AUDIT,
                               LIST(in(&world, "asker/open.1"), in(&world, "keeper/open.2"),
                                    in(&world, "keeper/open.3"), in(&world, "asker/open.3")),
                               false);
    }
    *at = world;
    return failed;
}

static inline int audit(struct world *at)
{
    return audit_from(at, "leak.csv", "db.csv");
}

#endif
