/* Proof files: one's own come back, and a proof of anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/proof.h"

enum { ENTRIES = 11, INDEX = 6 };

static struct note_key key;
static struct buf file;
static char entry[16];

static int write_proof(void **state)
{
    (void)state;
    struct sign_key secret;
    struct sha256 leaves[ENTRIES];
    struct tree tree = {.size = 0};
    struct tree_proof path;
    OWN(own_buf) struct buf checkpoint = {0};
    for (unsigned i = 0; i < ENTRIES; i++) {
        (void)snprintf(entry, sizeof entry, "entry %u", i);
        leaves[i] = tree_leaf(str_of(entry));
        tree_add(&tree, &leaves[i]);
    }
    (void)snprintf(entry, sizeof entry, "entry %u", INDEX);
    struct sha256 root = tree_root(&tree);
    return sign_new(&secret, NULL) != 0 || note_key_of(&key, STR("assay.invalid/p"), secret.public_key, NULL) != 0 ||
                   checkpoint_sign(&checkpoint, ENTRIES, &root, &key, &secret, NULL) != 0 ||
                   tree_prove_entry(leaves, ENTRIES, INDEX, &path, NULL) != 0 ||
                   proof_write(&file, INDEX, &path, buf_str(&checkpoint), NULL) != 0
               ? -1
               : 0;
}

static int drop_proof(void **state)
{
    (void)state;
    buf_free(&file);
    return 0;
}

static bool holds(struct str bytes, const char *said)
{
    struct proof proof;
    return proof_read(&proof, bytes, NULL) == 0 && proof_check(&proof, str_of(said), &key, NULL) == 0;
}

static void own_proof_holds_for_its_entry_only(void **state)
{
    (void)state;
    assert_true(str_starts(buf_str(&file), STR("c2sp.org/tlog-proof@v1\nindex 6\n")));
    assert_true(holds(buf_str(&file), entry));
    assert_false(holds(buf_str(&file), "entry 7"));
    assert_false(holds(buf_str(&file), ""));
}

static void no_byte_of_a_proof_is_idle(void **state)
{
    (void)state;
    for (size_t i = 0; i < file.len; i++) {
        file.data[i] ^= 1;
        if (holds(buf_str(&file), entry)) {
            fail_msg("byte %zu", i);
        }
        file.data[i] ^= 1;
    }
    for (size_t length = 0; length < file.len; length++) {
        assert_false(holds((struct str){file.data, length}, entry));
    }
}

/* The proof file with something else where `from` stands. */
static bool holds_with(const char *from, const char *to)
{
    OWN(own_buf) struct buf other = {0};
    size_t at = str_find(buf_str(&file), str_of(from), 0);
    assert_true(at != SIZE_MAX);
    buf_put(&other, str_slice(buf_str(&file), 0, at));
    buf_puts(&other, to);
    buf_put(&other, str_slice(buf_str(&file), at + strlen(from), file.len));
    return holds(buf_str(&other), entry);
}

static void fields_are_read_strictly(void **state)
{
    (void)state;
    assert_true(holds_with("index 6\n", "index 6\n"));
    assert_true(holds_with("index 6\n", "extra aGVsbG8=\nindex 6\n"));
    assert_false(holds_with("index 6\n", "index 06\n"));
    assert_false(holds_with("index 6\n", "index 5\n"));
    assert_false(holds_with("index 6\n", "index\n"));
    assert_false(holds_with("index 6\n", "index 6\nextra aGVsbG8=\n"));
    assert_false(holds_with("index 6\n", "index 6\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    assert_false(holds_with("@v1", "@v2"));
}

static void endless_path_is_refused(void **state)
{
    (void)state;
    OWN(own_buf) struct buf long_proof = {0};
    struct proof proof;
    struct err err = {0};
    buf_puts(&long_proof, "c2sp.org/tlog-proof@v1\nindex 0\n");
    for (unsigned i = 0; i < TREE_HEIGHT; i++) {
        buf_puts(&long_proof, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    }
    buf_puts(&long_proof, "\n");
    assert_int_equal(proof_read(&proof, buf_str(&long_proof), &err), -1);
    assert_int_equal(err.kind, ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_proof_holds_for_its_entry_only),
        cmocka_unit_test(no_byte_of_a_proof_is_idle),
        cmocka_unit_test(fields_are_read_strictly),
        cmocka_unit_test(endless_path_is_refused),
    };
    return cmocka_run_group_tests(tests, write_proof, drop_proof);
}
