/* Signed notes and checkpoints: the example of the specification, notes that must be refused, and which Ed25519 keys and
 * signatures count (the rule of ledger/sign.h over all cases of C2SP/CCTV). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/checkpoint.h"

/* The example of C2SP signed-note. */
#define EXAMPLE_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define EXAMPLE_TEXT "This is an example message.\n"
#define EXAMPLE_SIGNATURE "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define DASH "\xe2\x80\x94 "
#define EXAMPLE EXAMPLE_TEXT "\n" DASH "example.com/foo " EXAMPLE_SIGNATURE "\n"

static struct note_key example_key(void)
{
    struct note_key key;
    assert_int_equal(note_key_read(&key, STR(EXAMPLE_VKEY), NULL), 0);
    return key;
}

static void example_of_the_specification_verifies(void **state)
{
    (void)state;
    struct note_key key = example_key();
    struct note note;
    char vkey[NOTE_VKEY_TEXT];
    assert_int_equal(key.id, 0x530d903a);
    assert_string_equal(key.name, "example.com/foo");
    note_key_write(vkey, &key);
    assert_string_equal(vkey, EXAMPLE_VKEY);
    assert_int_equal(note_read(&note, STR(EXAMPLE), NULL), 0);
    assert_true(str_eq(note.text, STR(EXAMPLE_TEXT)));
    assert_int_equal(note.count, 1);
    assert_int_equal(note_check(&note, &key, NULL), 0);
}

enum outcome { UNREADABLE, NOT_SIGNED, GOOD };

static enum outcome try_note(struct str bytes, const struct note_key *key)
{
    struct note note;
    struct err err = {0};
    if (note_read(&note, bytes, &err) != 0) {
        assert_true(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
        return UNREADABLE;
    }
    if (note_check(&note, key, &err) != 0) {
        assert_int_equal(err.kind, ERR_TAMPERED);
        return NOT_SIGNED;
    }
    return GOOD;
}

#define OTHER_LINE DASH "other.example/k AAAAAAEC\n"
#define GOOD_LINE DASH "example.com/foo " EXAMPLE_SIGNATURE "\n"
/* the key's id, but another signature */
#define WRONG_LINE \
    DASH           \
        "example.com/foo Uw2QOgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static void notes_are_refused_that_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *what, *bytes;
        enum outcome outcome;
    } rows[] = {
        {"signature first", EXAMPLE_TEXT "\n" GOOD_LINE, GOOD},
        {"another signer before", EXAMPLE_TEXT "\n" OTHER_LINE GOOD_LINE, GOOD},
        {"another signer behind", EXAMPLE_TEXT "\n" GOOD_LINE OTHER_LINE, GOOD},
        {"twice the same", EXAMPLE_TEXT "\n" GOOD_LINE GOOD_LINE, GOOD},
        {"a known key that fails beside one that holds", EXAMPLE_TEXT "\n" GOOD_LINE WRONG_LINE, NOT_SIGNED},
        {"only strangers", EXAMPLE_TEXT "\n" OTHER_LINE, NOT_SIGNED},
        {"wrong signature", EXAMPLE_TEXT "\n" WRONG_LINE, NOT_SIGNED},
        {"another text", "This is an example messagE.\n\n" GOOD_LINE, NOT_SIGNED},
        {"an empty line more", EXAMPLE_TEXT "\n\n" GOOD_LINE, NOT_SIGNED},
        {"short signature under the key", EXAMPLE_TEXT "\n" DASH "example.com/foo Uw2QOkn8\n", NOT_SIGNED},
        {"no signature line", EXAMPLE_TEXT "\n", UNREADABLE},
        {"no empty line", EXAMPLE_TEXT GOOD_LINE, UNREADABLE},
        {"nothing", "", UNREADABLE},
        {"cut before the last newline", EXAMPLE_TEXT "\n" DASH "example.com/foo " EXAMPLE_SIGNATURE, UNREADABLE},
        {"hyphen for dash", EXAMPLE_TEXT "\n- example.com/foo " EXAMPLE_SIGNATURE "\n", UNREADABLE},
        {"no space behind the dash",
         EXAMPLE_TEXT "\n\xe2\x80\x94"
                      "example.com/foo " EXAMPLE_SIGNATURE "\n",
         UNREADABLE},
        {"two spaces", EXAMPLE_TEXT "\n" DASH "example.com/foo  " EXAMPLE_SIGNATURE "\n", UNREADABLE},
        {"no name", EXAMPLE_TEXT "\n" DASH EXAMPLE_SIGNATURE "\n", UNREADABLE},
        {"plus in a name", EXAMPLE_TEXT "\n" DASH "a+b AAAAAAEC\n" GOOD_LINE, UNREADABLE},
        {"no-break space in a name",
         EXAMPLE_TEXT "\n" DASH "a\xc2\xa0"
                      "b AAAAAAEC\n" GOOD_LINE,
         UNREADABLE},
        {"base64 without padding", EXAMPLE_TEXT "\n" DASH "example.com/foo AAAAAAE\n", UNREADABLE},
        {"base64 with spare bits", EXAMPLE_TEXT "\n" DASH "example.com/foo AAAAAAF=\n", UNREADABLE},
        {"key id and nothing", EXAMPLE_TEXT "\n" DASH "example.com/foo AAAAAA==\n", UNREADABLE},
        {"carriage return", "This is an example message.\r\n\n" GOOD_LINE, UNREADABLE},
        {"not UTF-8",
         "This is an ex\xff"
         "ample message.\n\n" GOOD_LINE,
         UNREADABLE},
        {"tab", "This is\tan example message.\n\n" GOOD_LINE, UNREADABLE},
    };
    struct note_key key = example_key();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (try_note(str_of(rows[i].bytes), &key) != rows[i].outcome) {
            fail_msg("%s", rows[i].what);
        }
    }
    assert_int_equal(try_note(STR("a\0b\n\n" GOOD_LINE), &key), UNREADABLE);
}

static void signatures_are_bounded(void **state)
{
    (void)state;
    struct note_key key = example_key();
    OWN(own_buf) struct buf bytes = {0};
    buf_puts(&bytes, EXAMPLE_TEXT "\n");
    for (unsigned i = 0; i < NOTE_MAX_LINES - 1; i++) {
        buf_puts(&bytes, OTHER_LINE);
    }
    buf_puts(&bytes, GOOD_LINE);
    assert_int_equal(try_note(buf_str(&bytes), &key), GOOD);
    buf_puts(&bytes, OTHER_LINE);
    assert_int_equal(try_note(buf_str(&bytes), &key), UNREADABLE);
}

static void keys_are_refused_that_must_be(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* not its id */
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* type 2 */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k ",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct note_key key;
        struct err err = {0};
        assert_int_equal(note_key_read(&key, str_of(rows[i]), &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
    }
}

static void names_follow_the_specification(void **state)
{
    (void)state;
    assert_true(note_is_name(STR("assay.invalid/maple-lane")));
    assert_true(note_is_name(STR("\xc3\xa9")));
    assert_false(note_is_name(STR("")));
    assert_false(note_is_name(STR("a b")));
    assert_false(note_is_name(STR("a\nb")));
    assert_false(note_is_name(STR("a+b")));
    assert_false(note_is_name(STR("a\xe2\x80\x83"
                                  "b"))); /* U+2003 */
    assert_false(note_is_name(STR("a\xe3\x80\x80"
                                  "b"))); /* U+3000 */
    assert_false(note_is_name(STR("a\xe2\x80\xa8"
                                  "b"))); /* U+2028 */
    assert_false(note_is_name(STR("\xff")));
}

static void own_notes_come_back(void **state)
{
    (void)state;
    struct sign_key secret;
    struct sign_key secret_again;
    struct note_key key;
    struct note_key key_again;
    char line[NOTE_VKEY_TEXT];
    assert_int_equal(sign_new(&secret, NULL), 0);
    assert_int_equal(note_key_of(&key, STR("assay.invalid/x"), secret.public_key, NULL), 0);
    note_secret_write(line, &key, &secret);
    assert_int_equal(note_secret_read(&secret_again, &key_again, str_of(line), NULL), 0);
    assert_memory_equal(&secret, &secret_again, sizeof secret);
    assert_int_equal(key.id, key_again.id);
    line[strlen(line) - 3] ^= 1;
    assert_int_equal(note_secret_read(&secret_again, &key_again, str_of(line), NULL), -1);

    OWN(own_buf) struct buf note = {0};
    OWN(own_buf) struct buf again = {0};
    assert_int_equal(note_sign(&note, STR("a\n\nb\n"), &key, &secret, NULL), 0);
    assert_int_equal(note_sign(&again, STR("a\n\nb\n"), &key, &secret, NULL), 0);
    assert_true(str_eq(buf_str(&note), buf_str(&again)));
    assert_int_equal(try_note(buf_str(&note), &key), GOOD);
    for (size_t i = 0; i < note.len; i++) {
        note.data[i] ^= 1;
        assert_int_not_equal(try_note(buf_str(&note), &key), GOOD);
        note.data[i] ^= 1;
    }
    struct note_key stranger = example_key();
    assert_int_equal(try_note(buf_str(&note), &stranger), NOT_SIGNED);
    assert_int_equal(note_sign(&note, STR("no newline"), &key, &secret, NULL), -1);
}

static void checkpoints_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text;
        bool is_good;
    } rows[] = {
        {"whole", "o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true},
        {"empty tree", "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true},
        {"extensions", "o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nx 1\ny\n", true},
        {"no origin", "\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"no size", "o\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"no root", "o\n7\n", false},
        {"leading zero", "o\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"sign", "o\n+7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"negative", "o\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"too large", "o\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false},
        {"short root", "o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", false},
        {"unpadded root", "o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", false},
        {"empty extension", "o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct checkpoint checkpoint;
        if ((checkpoint_read(&checkpoint, str_of(rows[i].text), NULL) == 0) != rows[i].is_good) {
            fail_msg("%s", rows[i].what);
        }
    }
}

static void checkpoint_is_believed_under_its_own_origin_only(void **state)
{
    (void)state;
    struct sign_key secret;
    struct note_key key;
    struct checkpoint checkpoint;
    struct sha256 root = sha256_of(STR("root"));
    OWN(own_buf) struct buf good = {0};
    OWN(own_buf) struct buf foreign = {0};
    assert_int_equal(sign_new(&secret, NULL), 0);
    assert_int_equal(note_key_of(&key, STR("a.invalid/x"), secret.public_key, NULL), 0);
    assert_int_equal(checkpoint_sign(&good, 214, &root, &key, &secret, NULL), 0);
    assert_int_equal(checkpoint_open(&checkpoint, buf_str(&good), &key, NULL), 0);
    assert_int_equal(checkpoint.size, 214);
    assert_true(sha256_eq(&checkpoint.root, &root));
    assert_int_equal(
        note_sign(&foreign, STR("b.invalid/y\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), &key, &secret, NULL),
        0);
    struct err err;
    assert_int_equal(checkpoint_open(&checkpoint, buf_str(&foreign), &key, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
}

/* The table of tests/data/vectors: what numbers stand for, and the cases. */
struct cctv {
    uint8_t keys[64][SIGN_KEY_BYTES], r[64][32], s[512][32];
    size_t key_count, r_count, s_count;
    unsigned cases, good, sound_keys;
};

static size_t number_at(const char **at)
{
    size_t value = 0;
    for (; **at == ' '; ++*at) {
    }
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = 10 * value + (size_t)(**at - '0');
    }
    return value;
}

static void check_case(struct cctv *cctv, struct str row)
{
    const char *at = row.data;
    uint8_t signature[SIGN_BYTES];
    size_t key = number_at(&at);
    size_t r = number_at(&at);
    size_t s = number_at(&at);
    bool is_sound = number_at(&at) == 1;
    bool is_good = number_at(&at) == 1;
    struct str message = str_slice(row, (size_t)(at - row.data) + 1, row.len);
    assert_true(key < cctv->key_count && r < cctv->r_count && s < cctv->s_count);
    memcpy(signature, cctv->r[r], 32);
    memcpy(signature + 32, cctv->s[s], 32);
    if (sign_holds(cctv->keys[key], message, signature) != is_good) {
        fail_msg("case %u", cctv->cases);
    }
    if (sign_is_key(cctv->keys[key]) != is_sound) {
        fail_msg("key of case %u", cctv->cases);
    }
    cctv->cases++;
    cctv->good += is_good;
    cctv->sound_keys += is_sound;
}

/* All 914 of C2SP/CCTV, each with its expected verdict: one holds. */
static void cctv_cases_get_the_verdict_of_our_rule(void **state)
{
    (void)state;
    char path[4096];
    const char *source = getenv("ASSAY_SOURCE");
    OWN(own_buf) struct buf bytes = {0};
    static struct cctv cctv;
    (void)snprintf(path, sizeof path, "%s/tests/data/vectors/ed25519-cctv.txt", source != NULL ? source : ".");
    assert_int_equal(file_read(path, 1 << 20, &bytes, NULL), 0);
    for (struct str rest = buf_str(&bytes); rest.len != 0;) {
        struct str_cut line = str_cut(rest, '\n');
        struct str_cut word = str_cut(line.head, ' ');
        if (str_eq(word.head, STR("key"))) {
            assert_true(cctv.key_count < 64 && hex_decode(cctv.keys[cctv.key_count++], 32, word.tail));
        } else if (str_eq(word.head, STR("r"))) {
            assert_true(cctv.r_count < 64 && hex_decode(cctv.r[cctv.r_count++], 32, word.tail));
        } else if (str_eq(word.head, STR("s"))) {
            assert_true(cctv.s_count < 512 && hex_decode(cctv.s[cctv.s_count++], 32, word.tail));
        } else if (str_eq(word.head, STR("case"))) {
            check_case(&cctv, word.tail);
        }
        rest = line.tail;
    }
    assert_int_equal(cctv.cases, 914);
    assert_int_equal(cctv.good, 1);
    assert_true(cctv.sound_keys > 1 && cctv.sound_keys < 214);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_of_the_specification_verifies),
        cmocka_unit_test(notes_are_refused_that_must_be),
        cmocka_unit_test(signatures_are_bounded),
        cmocka_unit_test(keys_are_refused_that_must_be),
        cmocka_unit_test(names_follow_the_specification),
        cmocka_unit_test(own_notes_come_back),
        cmocka_unit_test(checkpoints_are_read_strictly),
        cmocka_unit_test(checkpoint_is_believed_under_its_own_origin_only),
        cmocka_unit_test(cctv_cases_get_the_verdict_of_our_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
