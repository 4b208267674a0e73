/* The private comparison's bytes against the vectors of the model: labels, tags, entries, trees, draws, sealed boxes, proofs,
 * files; and every refusal of the parser. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "private/dleq.h"
#include "private/list.h"
#include "private/records.h"
#include "private/sorter.h"
#include "private/suite.h"

static json_t *vectors;

static int load(void **state)
{
    (void)state;
    struct buf text = {0};
    struct err err = {0};
    assert_int_equal(file_read("tests/data/private-vectors.json", 1 << 20, &text, &err), 0);
    vectors = json_read(buf_str(&text), &err);
    buf_free(&text);
    return vectors == NULL;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

/* The bytes of a hex member. */
static struct buf bytes_of(const json_t *value)
{
    struct buf out = {0};
    struct str hex = str_of(json_string_value(value));
    uint8_t *room = (uint8_t *)buf_room(&out, hex.len / 2 + 1);
    assert_true(hex_decode(room, hex.len / 2, hex));
    out.len = hex.len / 2;
    return out;
}

static struct buf member(const json_t *object, const char *key)
{
    return bytes_of(json_object_get(object, key));
}

static void fixed(const json_t *object, const char *key, void *out, size_t bytes)
{
    struct buf read = member(object, key);
    assert_int_equal(read.len, bytes);
    memcpy(out, read.data, bytes);
    buf_free(&read);
}

static void same(const json_t *object, const char *key, const void *bytes, size_t count)
{
    struct buf wanted = member(object, key);
    assert_int_equal(wanted.len, count);
    assert_memory_equal(wanted.data, bytes, count);
    buf_free(&wanted);
}

static void hashes_to_points_and_scalars(void **state)
{
    (void)state;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(vectors, "hash_to_group"), i, row)
    {
        struct buf key = member(row, "key");
        struct str message = buf_str(&key);
        struct group_point point;
        group_hash(group_best(), &point, &message, 1);
        same(row, "point", point.bytes, GROUP_BYTES);
        buf_free(&key);
    }
    assert_true(i > 10);
    json_array_foreach(json_object_get(vectors, "hash_to_scalar"), i, row)
    {
        struct buf message = member(row, "msg");
        struct group_scalar scalar;
        group_hash_scalar(&scalar, buf_str(&message));
        same(row, "scalar_le", scalar.bytes, GROUP_BYTES);
        buf_free(&message);
    }
    json_array_foreach(json_object_get(vectors, "tag"), i, row)
    {
        struct group_point point;
        uint8_t tag[SUITE_TAG_BYTES];
        fixed(row, "point", point.bytes, GROUP_BYTES);
        suite_tag(tag, &point);
        same(row, "tag", tag, sizeof tag);
    }
    json_array_foreach(json_object_get(vectors, "bad_points"), i, row)
    {
        struct group_point point;
        fixed(row, "point", point.bytes, GROUP_BYTES);
        assert_int_equal(group_best()->check(&point, 1), 0);
    }
}

static void proofs_of_one_factor(void **state)
{
    (void)state;
    size_t i;
    json_t *row;
    int good = 0, bad = 0;
    json_array_foreach(json_object_get(vectors, "dleq"), i, row)
    {
        struct group_point from[16], to[16];
        uint8_t proof[DLEQ_BYTES];
        struct buf context = member(row, "context");
        size_t count = json_array_size(json_object_get(row, "C"));
        struct dleq_batch batch = {.context = buf_str(&context), .from = from, .to = to, .count = count};
        for (size_t k = 0; k < count; k++) {
            struct buf c = bytes_of(json_array_get(json_object_get(row, "C"), k));
            struct buf d = bytes_of(json_array_get(json_object_get(row, "D"), k));
            memcpy(from[k].bytes, c.data, GROUP_BYTES);
            memcpy(to[k].bytes, d.data, GROUP_BYTES);
            buf_free(&c);
            buf_free(&d);
        }
        fixed(row, "public", batch.public_point.bytes, GROUP_BYTES);
        fixed(row, "proof", proof, sizeof proof);
        bool valid = json_bool(row, "valid", false);
        assert_int_equal(dleq_holds(&batch, proof), valid);
        good += valid;
        bad += !valid;
        if (valid) { /* every bit of it matters */
            for (size_t bit = 0; bit < 8 * sizeof proof; bit += 37) {
                proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_false(dleq_holds(&batch, proof));
                proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
            }
        }
        buf_free(&context);
    }
    assert_true(good == 1 && bad == 3);
}

/* Audit 3 of the run: both proofs hold for the points named, under the context run id || 3 || type. */
static void the_path_of_opened_keys(void **state)
{
    (void)state;
    const json_t *run = json_object_get(vectors, "run"), *audit = json_object_get(run, "audit3");
    struct group_point v[3], u[3], w[3];
    uint8_t context[34], proof[DLEQ_BYTES];
    static const char *const names[] = {"v", "u", "w"};
    struct group_point *const points[] = {v, u, w};
    for (size_t list = 0; list < 3; list++) {
        for (size_t i = 0; i < 3; i++) {
            struct buf point = bytes_of(json_array_get(json_object_get(audit, names[list]), i));
            memcpy(points[list][i].bytes, point.data, GROUP_BYTES);
            buf_free(&point);
        }
    }
    fixed(run, "run_id", context, 32);
    context[32] = 3;
    context[33] = 0;
    struct dleq_batch keeper = {.context = {(const char *)context, 34}, .from = v, .to = u, .count = 3};
    struct dleq_batch asker = {.context = {(const char *)context, 34}, .from = w, .to = u, .count = 3};
    const json_t *keepers = json_array_get(json_object_get(json_object_get(run, "keeper"), "types"), 0);
    const json_t *askers = json_array_get(json_object_get(json_object_get(run, "asker"), "types"), 0);
    fixed(keepers, "public", keeper.public_point.bytes, GROUP_BYTES);
    fixed(askers, "public", asker.public_point.bytes, GROUP_BYTES);
    fixed(audit, "proof_keeper", proof, sizeof proof);
    assert_true(dleq_holds(&keeper, proof));
    assert_false(dleq_holds(&asker, proof));
    fixed(audit, "proof_asker", proof, sizeof proof);
    assert_true(dleq_holds(&asker, proof));
}

static void proves_what_it_verifies(void **state)
{
    (void)state;
    struct err err = {0};
    struct group_scalar k, r;
    struct group_point from[7], to[7];
    uint8_t proof[DLEQ_BYTES], nonce[32] = {1};
    assert_int_equal(suite_scalar(&k, &err), 0);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(suite_scalar(&r, &err), 0);
        group_best()->multiply_base(&from[i], &r, 1);
    }
    assert_int_equal(group_best()->multiply(to, from, 7, &k), 7);
    struct dleq_batch batch = {.context = STR("x"), .from = from, .to = to, .count = 7};
    group_best()->multiply_base(&batch.public_point, &k, 1);
    assert_int_equal(dleq_prove(proof, &batch, &k, nonce, &err), 0);
    assert_true(dleq_holds(&batch, proof));
    struct group_point kept = to[3];
    to[3] = to[4];
    assert_false(dleq_holds(&batch, proof));
    to[3] = kept;
    batch.context = STR("y");
    assert_false(dleq_holds(&batch, proof));
    struct group_scalar back;
    struct group_point again[7];
    suite_invert(&back, &k);
    assert_int_equal(group_best()->multiply(again, to, 7, &back), 7);
    assert_memory_equal(again, from, sizeof from);
}

/* One side of the run: entries, records and their roots, as the vectors have them. */
static void check_side(const char *name, enum wire_role role)
{
    struct err err = {0};
    const json_t *side = json_object_get(json_object_get(vectors, "run"), name);
    struct buf bytes = member(side, "commit");
    struct wire_file file;
    assert_int_equal(wire_parse(&file, buf_str(&bytes), &err), 0);
    assert_int_equal(file.kind, WIRE_COMMIT);
    assert_int_equal(file.commit.role, role);
    assert_int_equal(file.commit.types, 2);
    same(side, "commit_id", file.id.bytes, SHA256_BYTES);
    assert_int_equal(wire_check_signer(&file, file.commit.party, "them", &err), 0);
    assert_int_equal(wire_check_length(&file, 0, &err), 0);
    for (uint8_t t = 0; t < 2; t++) {
        const json_t *type = json_array_get(json_object_get(side, "types"), t);
        const json_t *points = json_object_get(type, "points"), *entries = json_object_get(type, "entries");
        struct tree keys = {0}, records = {0};
        uint8_t salt_seed[32], trap_seed[32] = {0};
        struct group_scalar scalar;
        struct group_point public_point;
        fixed(type, "salt_seed", salt_seed, 32);
        fixed(type, "secret_scalar_le", scalar.bytes, 32);
        group_best()->multiply_base(&public_point, &scalar, 1);
        same(type, "public", public_point.bytes, 32);
        if (role == WIRE_ASKER) {
            fixed(side, "trap_seed", trap_seed, 32);
        }
        for (size_t i = 0; i < json_array_size(entries); i++) {
            struct buf point_bytes = bytes_of(json_array_get(points, i)), entry = bytes_of(json_array_get(entries, i));
            struct group_point point, made;
            uint8_t out[SUITE_ENTRY_MAX], tag[SUITE_TAG_BYTES];
            memcpy(point.bytes, point_bytes.data, 32);
            struct str body = {entry.data + 33, entry.len - 33};
            size_t length;
            if (entry.data[32] == SUITE_CLASS_TRAP) {
                uint64_t k = suite_get_u64((const uint8_t *)body.data);
                struct group_scalar t_k;
                suite_trap(&t_k, trap_seed, t, k);
                group_best()->multiply_base(&made, &t_k, 1);
                length = suite_entry_trap(out, salt_seed, t, &point, k);
            } else {
                group_hash(group_best(), &made, &body, 1);
                assert_int_equal(group_best()->multiply(&made, &made, 1, &scalar), 1);
                length = suite_entry_key(out, salt_seed, t, &point, body);
            }
            assert_memory_equal(made.bytes, point.bytes, 32);
            assert_int_equal(length, entry.len);
            assert_memory_equal(out, entry.data, length);
            struct sha256 leaf = tree_leaf(buf_str(&entry));
            tree_add(&keys, &leaf);
            suite_tag(tag, &point);
            leaf = role == WIRE_ASKER ? tree_leaf((struct str){(const char *)point.bytes, 32})
                                      : tree_leaf((struct str){(const char *)tag, 16});
            tree_add(&records, &leaf);
            buf_free(&point_bytes);
            buf_free(&entry);
        }
        struct sha256 root = tree_root(&keys), list = tree_root(&records);
        same(type, "root_keys", root.bytes, 32);
        same(type, "root_list", list.bytes, 32);
        assert_true(sha256_eq(&root, &file.commit.type[t].entries));
        if (role == WIRE_KEEPER) {
            uint8_t nonce[32];
            fixed(side, "root_nonce", nonce, 32);
            list = suite_hidden_root(nonce, t, &list);
        }
        assert_true(sha256_eq(&list, &file.commit.type[t].records));
    }
    /* written again, byte for byte */
    struct buf body = {0}, out = {0};
    struct sign_key key;
    struct sha256 id;
    uint8_t seed[32];
    fixed(side, "sign_seed", seed, 32);
    assert_int_equal(sign_from_seed(&key, seed, &err), 0);
    wire_put_commit(&body, &file.commit);
    assert_int_equal(wire_finish(&out, WIRE_COMMIT, &body, &key, &id, &err), 0);
    assert_true(str_eq(buf_str(&out), buf_str(&bytes)));
    buf_free(&body);
    buf_free(&out);
    wire_close(&file);
    buf_free(&bytes);
}

static void commitments(void **state)
{
    (void)state;
    check_side("asker", WIRE_ASKER);
    check_side("keeper", WIRE_KEEPER);
}

/* A vector's file in a temporary one. */
static int spill(const json_t *object, const char *key, const char *path)
{
    struct err err = {0};
    struct buf bytes = member(object, key);
    int failed = file_write(path, buf_str(&bytes), &err);
    buf_free(&bytes);
    return failed;
}

static void sealed_tags(void **state)
{
    (void)state;
    const json_t *run = json_object_get(vectors, "run");
    static const char *const names[] = {"file_tags_asker", "file_tags_keeper"};
    uint8_t box_seed[32], box[32];
    fixed(json_object_get(run, "neutral"), "box_seed", box_seed, 32);
    suite_box_public(box, box_seed);
    for (size_t side = 0; side < 2; side++) {
        struct err err = {0};
        char path[] = "/tmp/assay-test-XXXXXX";
        close(mkstemp(path));
        const json_t *about = json_object_get(run, names[side]);
        assert_int_equal(spill(about, "file", path), 0);
        struct wire_file file;
        assert_int_equal(wire_open(&file, path, &err), 0);
        assert_int_equal(file.tags.role, (int)side + 1);
        struct wire_tags_secret secret;
        uint8_t open[WIRE_TAGS_SECRET], again[sizeof file.tags.sealed], ephemeral[32];
        size_t length = file.tags.sealed_bytes - SUITE_SEAL_BYTES;
        assert_true(suite_unseal(open, (struct str){(const char *)file.tags.sealed, file.tags.sealed_bytes}, box_seed));
        assert_true(wire_get_tags_secret(&secret, (struct str){(const char *)open, length}));
        same(about, "body_key", secret.body_key, 32);
        fixed(about, "ephemeral_seed", ephemeral, 32);
        assert_int_equal(suite_seal(again, (struct str){(const char *)open, length}, box, ephemeral, &err), 0);
        assert_memory_equal(again, file.tags.sealed, file.tags.sealed_bytes);
        uint64_t at = wire_lists_at(&file);
        for (size_t t = 0; t < secret.types; t++) {
            OWN(own_list_in) struct list_in list = {0};
            struct list_place place = {file.fd, path, at, secret.list[t].n, 16, secret.body_key, wire_lists_at(&file)};
            const uint8_t *records;
            size_t count;
            assert_int_equal(list_open(&list, &place, &secret.list[t].root, &err), 0);
            assert_int_equal(list_next(&list, &records, &count, &err), 0);
            assert_int_equal(count, secret.list[t].n);
            if (side == 0) {
                struct buf first = bytes_of(json_array_get(json_array_get(json_object_get(run, "tags_asker"), t), 0));
                assert_memory_equal(records, first.data, 16);
                buf_free(&first);
            }
            at += wire_list_bytes(place.n, 16);
        }
        assert_int_equal(file.bytes, at);
        wire_close(&file);
        (void)unlink(path);
    }
}

static void draws(void **state)
{
    (void)state;
    const json_t *run = json_object_get(vectors, "run");
    uint8_t seed[96];
    fixed(run, "run_id", seed, 32);
    fixed(json_object_get(run, "asker"), "coin", seed + 32, 32);
    fixed(json_object_get(run, "keeper"), "coin", seed + 64, 32);
    size_t i;
    json_t *opening;
    json_array_foreach(json_object_get(run, "openings"), i, opening)
    {
        struct err err = {0};
        uint8_t audit = (uint8_t)json_int(opening, "part", 0), type = (uint8_t)json_int(opening, "type", 0);
        const char *side = audit == 1 ? "asker" : "keeper";
        const json_t *of = json_array_get(json_object_get(json_object_get(run, side), "types"), type);
        const json_t *entries = json_object_get(of, "entries"), *positions = json_object_get(opening, "positions");
        uint64_t keys[16], ranks[16];
        size_t n = 0;
        for (size_t e = 0; e < json_array_size(entries); e++) {
            struct buf entry = bytes_of(json_array_get(entries, e));
            if (entry.data[32] == SUITE_CLASS_KEY) {
                keys[n++] = e;
            }
            buf_free(&entry);
        }
        size_t want = json_array_size(positions);
        assert_int_equal(suite_draw(ranks, want, n, seed, audit, type, &err), 0);
        for (size_t r = 0; r < want; r++) {
            assert_int_equal(keys[ranks[r]], json_integer_value(json_array_get(positions, r)));
        }
    }
    assert_true(i == 4);
}

/* More than memory may hold: many small runs, merged; equal records stay together. */
static void sorts_what_does_not_fit(void **state)
{
    (void)state;
    struct err err = {0};
    enum { COUNT = 20000, WIDTH = 24 };
    for (size_t run = 0; run < 3; run++) {
        OWN(own_fd) int folder = open("/tmp", O_RDONLY | O_DIRECTORY);
        OWN(own_sorter)
        struct sorter *sorter = sorter_new(folder, WIDTH, WIDTH,
                                           run == 0   ? 0
                                           : run == 1 ? WIDTH * 1000
                                                      : WIDTH * 999 + 7,
                                           &err);
        uint64_t sum = 0, again = 0, seen = 0, random = 1, turns = 0;
        uint8_t last[WIDTH] = {0};
        for (uint64_t i = 0; i < COUNT; i++) {
            uint8_t record[WIDTH] = {0};
            random = random * 6364136223846793005U + 1442695040888963407U;
            suite_put_u64(record, random >> 50); /* many are equal there */
            suite_put_u64(record + 8, i);
            sum += (random >> 50) * (i + 1);
            assert_int_equal(sorter_put(sorter, record, &err), 0);
        }
        assert_int_equal(sorter_sort(sorter, &err), 0);
        for (;;) {
            const uint8_t *record;
            assert_int_equal(sorter_next(sorter, &record, &err), 0);
            if (record == NULL && turns++ == 0) { /* from the beginning, and in the middle of that once more */
                assert_int_equal(seen, COUNT);
                assert_int_equal(sorter_rewind(sorter, &err), 0);
                assert_int_equal(sorter_next(sorter, &record, &err), 0);
                assert_int_equal(sorter_next(sorter, &record, &err), 0);
                assert_int_equal(sorter_rewind(sorter, &err), 0);
                seen = again = 0;
                continue;
            }
            if (record == NULL) {
                break;
            }
            assert_true(seen == 0 || memcmp(last, record, WIDTH) < 0);
            memcpy(last, record, WIDTH);
            again += suite_get_u64(record) * (suite_get_u64(record + 8) + 1);
            seen++;
        }
        assert_int_equal(seen, COUNT);
        assert_true(sum == again);
    }
}

/* Three chunks, the last one short: root, damage in the second, and paths out of all of them. */
static void long_lists(void **state)
{
    (void)state;
    struct err err = {0};
    enum { COUNT = 2 * WIRE_CHUNK + 1234, WIDTH = SUITE_TAG_BYTES + RECORD_TAIL };
    char dir[] = "/tmp/assay-test-XXXXXX", path[64], records[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/list", dir);
    (void)snprintf(records, sizeof records, "%s/records.0", dir);
    uint8_t key[32] = {7};
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    struct list_place place = {fd, path, 100, COUNT, 16, key, 100};
    struct list_out out;
    struct tree tree = {0}, entries = {0};
    struct sha256 root;
    struct buf bytes = {0};
    assert_int_equal(list_begin(&out, &place, &err), 0);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint8_t record[WIDTH] = {0};
        suite_put_u64(record, 3 * i);
        suite_put_u64(record + 20, i * i);
        struct sha256 leaf = tree_leaf((struct str){(const char *)record, 16}), entry;
        memcpy(entry.bytes, record + 16, 32);
        tree_add(&tree, &leaf);
        tree_add(&entries, &entry);
        assert_int_equal(list_put(&out, record, &err), 0);
        wire_put_bytes(&bytes, record, WIDTH);
    }
    assert_int_equal(list_end(&out, &root, &err), 0);
    own_list_out(&out);
    struct sha256 wanted = tree_root(&tree), of_entries = tree_root(&entries);
    assert_true(sha256_eq(&root, &wanted));
    assert_int_equal(lseek(fd, 0, SEEK_END), 100 + (off_t)wire_list_bytes(COUNT, 16));
    for (int damaged = 0; damaged < 2; damaged++) {
        struct list_in in;
        const uint8_t *record;
        uint64_t seen = 0;
        int failed = list_open(&in, &place, &root, &err);
        for (; failed == 0; seen++) {
            failed = list_record(&in, &record, &err);
            if (failed != 0 || record == NULL) {
                break;
            }
            assert_int_equal(suite_get_u64(record), 3 * seen);
        }
        assert_true(damaged ? failed == -1 && seen == WIRE_CHUNK : failed == 0 && seen == COUNT);
        assert_true(!damaged || strstr(err.text, "records 65536 to 131071") != NULL);
        own_list_in(&in);
        assert_int_equal(pwrite(fd, "x", 1, 100 + 96 + 16 * (WIRE_CHUNK + 5)), 1);
    }
    close(fd);
    assert_int_equal(file_write(records, buf_str(&bytes), &err), 0);
    struct place at = {.path = dir, .dir = open(dir, O_RDONLY | O_DIRECTORY)};
    struct record_path paths[5] = {{.position = 0},
                                   {.position = WIRE_CHUNK - 1},
                                   {.position = WIRE_CHUNK},
                                   {.position = 2 * WIRE_CHUNK + 77},
                                   {.position = COUNT - 1}};
    struct sha256 made_entries, made_list;
    assert_int_equal(records_prove(&at, WIRE_KEEPER, 0, paths, 5, &made_entries, &made_list, &err), 0);
    assert_true(sha256_eq(&made_entries, &of_entries) && sha256_eq(&made_list, &root));
    for (size_t i = 0; i < 5; i++) {
        struct sha256 leaf = tree_leaf((struct str){(const char *)paths[i].record, 16}), entry;
        memcpy(entry.bytes, paths[i].record + 16, 32);
        assert_int_equal(suite_get_u64(paths[i].record), 3 * paths[i].position);
        assert_true(
            tree_holds_entry(&leaf, paths[i].position, COUNT, &root, paths[i].list.hashes, paths[i].list.count));
        assert_true(tree_holds_entry(&entry, paths[i].position, COUNT, &of_entries, paths[i].entry.hashes,
                                     paths[i].entry.count));
    }
    close(at.dir);
    buf_free(&bytes);
    (void)unlink(path);
    (void)unlink(records);
    (void)rmdir(dir);
}

/* Every cut and every flipped bit of an offer's header is refused, or its signature does not hold any more. */
static void what_is_not_as_it_was_signed(void **state)
{
    (void)state;
    const json_t *run = json_object_get(vectors, "run");
    struct buf bytes = member(run, "offer");
    struct wire_file file;
    struct err err = {0};
    uint8_t key[32];
    assert_int_equal(wire_parse(&file, buf_str(&bytes), &err), 0);
    same(run, "run_id", file.id.bytes, 32);
    size_t header = file.head.len;
    wire_close(&file);
    struct buf commit = member(json_object_get(run, "asker"), "commit");
    memcpy(key, commit.data + 28, 32);
    buf_free(&commit);
    for (size_t cut = 0; cut < header + SIGN_BYTES; cut++) {
        assert_int_equal(wire_parse(&file, str_slice(buf_str(&bytes), 0, cut), &err), -1);
        wire_close(&file);
    }
    for (size_t bit = 0; bit < 8 * (header + SIGN_BYTES); bit++) {
        bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
        bool is_accepted =
            wire_parse(&file, buf_str(&bytes), &err) == 0 && wire_check_signer(&file, key, "x", &err) == 0;
        assert_false(is_accepted);
        wire_close(&file);
        bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
    }
    buf_free(&bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_to_points_and_scalars),
        cmocka_unit_test(proofs_of_one_factor),
        cmocka_unit_test(the_path_of_opened_keys),
        cmocka_unit_test(proves_what_it_verifies),
        cmocka_unit_test(commitments),
        cmocka_unit_test(sealed_tags),
        cmocka_unit_test(draws),
        cmocka_unit_test(sorts_what_does_not_fit),
        cmocka_unit_test(long_lists),
        cmocka_unit_test(what_is_not_as_it_was_signed),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
