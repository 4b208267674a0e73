/* The tree against the published vectors of RFC 6962 implementations, against a naive recursion, and against every proof
 * that must not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/tree.h"

static void assert_digest(struct sha256 got, const char *hex)
{
    char text[SHA256_HEX + 1];
    hex_encode(text, got.bytes, SHA256_BYTES);
    assert_string_equal(text, hex);
}

/* transparency-dev/merkle, rfc6962/rfc6962_test.go */
static void hashes_are_those_of_rfc_6962(void **state)
{
    (void)state;
    struct tree empty = {.size = 0};
    assert_digest(tree_root(&empty), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest(tree_leaf(STR("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_digest(tree_leaf(STR("L123456")), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    /* there the children are any bytes; ours are digests, so the node is hashed by hand */
    assert_digest(sha256_of2(STR("\x01"), STR("N123N456")),
                  "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
    struct sha256 left = tree_leaf(STR("a"));
    struct sha256 right = tree_leaf(STR("b"));
    char both[65] = {1};
    memcpy(both + 1, left.bytes, 32);
    memcpy(both + 33, right.bytes, 32);
    struct sha256 by_hand = sha256_of((struct str){both, sizeof both});
    struct sha256 node = tree_node(&left, &right);
    assert_true(sha256_eq(&node, &by_hand));
}

enum { LEAVES = 70 };

static struct sha256 leaves[LEAVES];

static int make_leaves(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEAVES; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "entry %u", i);
        leaves[i] = tree_leaf(str_of(text));
    }
    return 0;
}

/* RFC 6962, 2.1, word for word. */
static struct sha256 naive_root(const struct sha256 *from, size_t count)
{
    if (count == 0) {
        return sha256_of(STR(""));
    }
    if (count == 1) {
        return from[0];
    }
    size_t k = 1;
    while (k * 2 < count) {
        k *= 2;
    }
    struct sha256 left = naive_root(from, k);
    struct sha256 right = naive_root(from + k, count - k);
    return tree_node(&left, &right);
}

static void right_edge_gives_the_root(void **state)
{
    (void)state;
    struct tree tree = {.size = 0};
    for (size_t n = 0; n <= LEAVES; n++) {
        struct sha256 root = tree_root(&tree);
        struct sha256 naive = naive_root(leaves, n);
        assert_true(sha256_eq(&root, &naive));
        assert_int_equal(tree.size, n);
        if (n < LEAVES) {
            tree_add(&tree, &leaves[n]);
        }
    }
}

static void every_entry_is_proved_and_no_other(void **state)
{
    (void)state;
    for (size_t n = 1; n <= LEAVES; n++) {
        struct sha256 root = naive_root(leaves, n);
        for (size_t i = 0; i < n; i++) {
            struct tree_proof proof;
            assert_int_equal(tree_prove_entry(leaves, n, i, &proof, NULL), 0);
            assert_true(tree_holds_entry(&leaves[i], i, n, &root, proof.hashes, proof.count));
            assert_false(tree_holds_entry(&leaves[(i + 1) % LEAVES], i, n, &root, proof.hashes, proof.count));
            assert_false(tree_holds_entry(&leaves[i], n, n, &root, proof.hashes, proof.count));
            assert_false(tree_holds_entry(&leaves[i], i, n, &root, proof.hashes, proof.count + 1));
            if (proof.count != 0) {
                assert_false(tree_holds_entry(&leaves[i], i, n, &root, proof.hashes, proof.count - 1));
                proof.hashes[proof.count - 1].bytes[31] ^= 1;
                assert_false(tree_holds_entry(&leaves[i], i, n, &root, proof.hashes, proof.count));
            }
        }
    }
    struct err err;
    struct tree_proof proof;
    assert_int_equal(tree_prove_entry(leaves, 3, 3, &proof, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
}

static void growth_is_proved_and_nothing_else(void **state)
{
    (void)state;
    for (size_t n = 1; n <= LEAVES; n++) {
        struct sha256 root = naive_root(leaves, n);
        for (size_t older = 1; older <= n; older++) {
            struct tree_proof proof;
            struct sha256 before = naive_root(leaves, older);
            struct sha256 other = tree_leaf(STR("another"));
            assert_int_equal(tree_prove_growth(leaves, older, n, &proof, NULL), 0);
            assert_true(tree_holds_growth(older, &before, n, &root, proof.hashes, proof.count));
            assert_false(tree_holds_growth(older, &other, n, &root, proof.hashes, proof.count));
            assert_false(tree_holds_growth(older, &before, n, &other, proof.hashes, proof.count));
            if (proof.count != 0) {
                assert_false(tree_holds_growth(older, &before, n, &root, proof.hashes, proof.count - 1));
            }
        }
    }
    struct err err;
    struct tree_proof proof;
    assert_int_equal(tree_prove_growth(leaves, 0, 3, &proof, &err), -1);
    assert_int_equal(tree_prove_growth(leaves, 4, 3, &proof, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
}

/* transparency-dev/merkle, testdata/inclusion and testdata/consistency. */
static unsigned vectors_read;

/* Consistency vectors have words where a root does not matter: their hash stands for them. What is empty or of another
 * length cannot be a digest of ours. */
static struct sha256 digest_member(const json_t *vector, const char *key, bool *ret_is_sound)
{
    struct sha256 digest = {{0}};
    struct str text = str_of(json_text(vector, key, ""));
    bool is_digest = base64_decode(digest.bytes, SHA256_BYTES, text) == SHA256_BYTES;
    bool may_be_word = text.len != 0 && strncmp(key, "root", 4) == 0 && key[4] != '\0';
    *ret_is_sound = *ret_is_sound && (is_digest || may_be_word);
    return is_digest ? digest : sha256_of(text);
}

static bool vector_holds(const json_t *vector, bool is_inclusion)
{
    struct sha256 hashes[256];
    const json_t *proof = json_object_get(vector, "proof");
    bool sound = true;
    size_t count = json_array_size(proof);
    assert_true(count < 256);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(proof, i));
        sound = sound && base64_decode(hashes[i].bytes, SHA256_BYTES, str_of(text)) == SHA256_BYTES;
    }
    if (is_inclusion) {
        struct sha256 leaf = digest_member(vector, "leafHash", &sound);
        struct sha256 root = digest_member(vector, "root", &sound);
        return sound && tree_holds_entry(&leaf, (uint64_t)json_int(vector, "leafIdx", 0),
                                         (uint64_t)json_int(vector, "treeSize", 0), &root, hashes, count);
    }
    struct sha256 root1 = digest_member(vector, "root1", &sound);
    struct sha256 root2 = digest_member(vector, "root2", &sound);
    return sound && tree_holds_growth((uint64_t)json_int(vector, "size1", 0), &root1,
                                      (uint64_t)json_int(vector, "size2", 0), &root2, hashes, count);
}

/* Every one of them, from the tree: 12 hold and 184 must not. */
static void vectors_of_others_agree(void **state)
{
    (void)state;
    char path[4096];
    OWN(own_buf) struct buf bytes = {0};
    unsigned held = 0;
    const char *source = getenv("ASSAY_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/data/vectors/merkle-proofs.jsonl", source != NULL ? source : ".");
    assert_int_equal(file_read(path, 1 << 20, &bytes, NULL), 0);
    for (struct str rest = buf_str(&bytes); rest.len != 0; vectors_read++) {
        struct err err = {0};
        struct str_cut line = str_cut(rest, '\n');
        OWN(own_json) json_t *vector = json_read(line.head, &err);
        assert_non_null(vector);
        bool holds = vector_holds(vector, strcmp(json_text(vector, "kind", ""), "inclusion") == 0);
        if (holds == json_bool(vector, "wantErr", true)) {
            fail_msg("%s: holds is %d", json_text(vector, "name", "?"), holds);
        }
        held += holds;
        rest = line.tail;
    }
    assert_int_equal(vectors_read, 196);
    assert_int_equal(held, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_rfc_6962),
        cmocka_unit_test(right_edge_gives_the_root),
        cmocka_unit_test(every_entry_is_proved_and_no_other),
        cmocka_unit_test(growth_is_proved_and_nothing_else),
        cmocka_unit_test(vectors_of_others_agree),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
