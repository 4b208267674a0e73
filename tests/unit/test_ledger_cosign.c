/* Cosignatures and trust files: what counts, and every way in which nobody has to count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/policy.h"

enum { WITNESSES = 4, NOW = 1679315147 };

static struct sign_key log_secret, secrets[WITNESSES];
static struct note_key log_key, keys[WITNESSES];
static char vkeys[WITNESSES][NOTE_VKEY_TEXT], log_vkey[NOTE_VKEY_TEXT];
static struct buf bare; /* a checkpoint that the log alone signed */

/* Seeds are fixed, so that every run signs the same bytes. */
static int make_keys(void **state)
{
    (void)state;
    uint8_t seed[SIGN_SEED_BYTES] = {9};
    struct sha256 root = sha256_of(STR("root"));
    bool is_made = sign_from_seed(&log_secret, seed, NULL) == 0 &&
                   note_key_of(&log_key, STR("example.com/log"), log_secret.public_key, NULL) == 0 &&
                   checkpoint_sign(&bare, 7, &root, &log_key, &log_secret, NULL) == 0;
    note_key_write(log_vkey, &log_key);
    for (unsigned i = 0; i < WITNESSES && is_made; i++) {
        char name[32];
        seed[1] = (uint8_t)(i + 1);
        (void)snprintf(name, sizeof name, "witness.example/w%u", i);
        is_made = sign_from_seed(&secrets[i], seed, NULL) == 0 &&
                  note_cosigner_of(&keys[i], str_of(name), secrets[i].public_key, NULL) == 0;
        note_key_write(vkeys[i], &keys[i]);
    }
    return is_made ? 0 : -1;
}

static int drop_keys(void **state)
{
    (void)state;
    buf_free(&bare);
    return 0;
}

/* The checkpoint, cosigned by those whose bit is set, at NOW + number. */
static void cosigned(struct buf *out, unsigned who)
{
    buf_put(out, buf_str(&bare));
    for (unsigned i = 0; i < WITNESSES; i++) {
        OWN(own_buf) struct buf more = {0};
        if ((who >> i & 1) != 0) {
            assert_int_equal(cosign_add(&more, buf_str(out), &keys[i], &secrets[i], NOW + i, NULL), 0);
            buf_reset(out);
            buf_put(out, buf_str(&more));
        }
    }
}

static enum err_kind check(struct str bytes, const struct note_key *key, uint64_t *ret_time)
{
    struct note note;
    struct err err = {0};
    if (note_read(&note, bytes, &err) != 0) {
        return err.kind;
    }
    return cosign_check(&note, key, ret_time, &err) == 0 ? ERR_NONE : err.kind;
}

/* The key id is SHA-256(name, newline, type 4, key), so it is not the one of the same key as a log's. */
static void keys_of_cosigners_have_their_own_type(void **state)
{
    (void)state;
    struct note_key as_log;
    struct note_key again;
    char vkey[NOTE_VKEY_TEXT];
    assert_int_equal(note_key_of(&as_log, str_of(keys[0].name), keys[0].public_key, NULL), 0);
    assert_int_not_equal(as_log.id, keys[0].id);
    assert_int_equal(note_cosigner_read(&again, str_of(vkeys[0]), NULL), 0);
    assert_true(note_key_eq(&again, &keys[0]));
    assert_int_equal(note_key_read(&again, str_of(vkeys[0]), NULL), -1);
    note_key_write(vkey, &as_log);
    assert_int_equal(note_cosigner_read(&again, str_of(vkey), NULL), -1);
}

/* The message of C2SP tlog-cosignature, built here by hand, under the rule for Ed25519. */
static void signature_is_over_what_the_specification_says(void **state)
{
    (void)state;
    OWN(own_buf) struct buf one = {0};
    OWN(own_buf) struct buf message = {0};
    struct note note;
    uint8_t bytes[4 + 8 + SIGN_BYTES];
    cosigned(&one, 1);
    assert_int_equal(note_read(&note, buf_str(&one), NULL), 0);
    assert_int_equal(note.count, 2);
    assert_int_equal(base64_decode(bytes, sizeof bytes, note.lines[1].base64), sizeof bytes);
    buf_puts(&message, "cosignature/v1\ntime 1679315147\nexample.com/log\n7\n");
    buf_put(&message, str_slice(note.text, strlen("example.com/log\n7\n"), note.text.len));
    assert_memory_equal(bytes + 4, "\0\0\0\0\x64\x18\x50\xcb", 8);
    assert_true(sign_holds(keys[0].public_key, buf_str(&message), bytes + 12));
}

static void nobody_cosigned_who_did_not(void **state)
{
    (void)state;
    OWN(own_buf) struct buf two = {0};
    struct checkpoint checkpoint;
    uint64_t time = 0;
    cosigned(&two, 5);
    assert_int_equal(check(buf_str(&two), &keys[0], &time), ERR_NONE);
    assert_int_equal(time, NOW);
    assert_int_equal(check(buf_str(&two), &keys[1], &time), ERR_NOT_FOUND);
    assert_int_equal(check(buf_str(&two), &keys[2], &time), ERR_NONE);
    assert_int_equal(time, NOW + 2);
    assert_int_equal(checkpoint_open(&checkpoint, buf_str(&two), &log_key, NULL), 0);
    assert_int_equal(check(buf_str(&bare), &keys[0], &time), ERR_NOT_FOUND);
}

static void no_byte_of_a_cosigned_checkpoint_is_idle(void **state)
{
    (void)state;
    OWN(own_buf) struct buf one = {0};
    uint64_t time;
    cosigned(&one, 1);
    for (size_t i = 0; i < one.len; i++) {
        struct checkpoint checkpoint;
        one.data[i] ^= 1;
        bool is_good = check(buf_str(&one), &keys[0], &time) == ERR_NONE &&
                       checkpoint_open(&checkpoint, buf_str(&one), &log_key, NULL) == 0;
        if (is_good) {
            fail_msg("byte %zu", i);
        }
        one.data[i] ^= 1;
    }
}

static void a_log_does_not_cosign_itself(void **state)
{
    (void)state;
    OWN(own_buf) struct buf out = {0};
    struct note_key own;
    struct err err = {0};
    assert_int_equal(note_cosigner_of(&own, STR("example.com/me"), log_secret.public_key, NULL), 0);
    assert_int_equal(cosign_add(&out, buf_str(&bare), &own, &log_secret, NOW, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(cosign_add(&out, STR("no checkpoint\n"), &keys[0], &secrets[0], NOW, &err), -1);
}

/* "$0" to "$3" are the witnesses' keys, "$L" is the log's. */
static void fill(struct buf *out, const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        if (pattern[0] == '$') {
            pattern++;
            buf_puts(out, *pattern == 'L' ? log_vkey : vkeys[*pattern - '0']);
        } else {
            buf_putc(out, *pattern);
        }
    }
}

/* The keeper gives his own key another name, and that to whoever writes the policy; he signs the line by hand. */
static void a_log_under_another_name_is_no_witness(void **state)
{
    (void)state;
    static const char *const heads[] = {"", "log $L\n"};
    struct note_key own;
    struct note note;
    char vkey[NOTE_VKEY_TEXT];
    uint8_t line[8 + SIGN_BYTES] = {0};
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_buf) struct buf message = {0};
    uint64_t time;
    assert_int_equal(note_cosigner_of(&own, STR("press.example/desk"), log_secret.public_key, NULL), 0);
    note_key_write(vkey, &own);
    assert_int_equal(note_read(&note, buf_str(&bare), NULL), 0);
    buf_printf(&message, "cosignature/v1\ntime 0\n%.*s", STR_FMT(note.text));
    assert_int_equal(sign_make(line + 8, &log_secret, buf_str(&message), NULL), 0);
    buf_put(&bytes, buf_str(&bare));
    assert_int_equal(note_put_line(&bytes, &own, line, sizeof line, NULL), 0);
    assert_int_equal(note_read(&note, buf_str(&bytes), NULL), 0);
    assert_int_equal(cosign_check(&note, &own, &time, NULL), 0); /* the signature itself is sound */
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        OWN(own_buf) struct buf text = {0};
        OWN(own_policy) struct policy *policy = NULL;
        struct policy_answer answer;
        fill(&text, heads[i]);
        buf_printf(&text, "witness press %s\nquorum press\n", vkey);
        assert_int_equal(policy_read(&policy, buf_str(&text), NULL), 0);
        assert_int_equal(policy_check(policy, buf_str(&bytes), &answer, NULL, NULL, NULL), 0);
        assert_false(answer.is_met);
        assert_int_equal(answer.cosigned, 0);
    }
}

static void copies_that_were_cosigned_apart_come_together(void **state)
{
    (void)state;
    OWN(own_buf) struct buf left = {0};
    OWN(own_buf) struct buf right = {0};
    OWN(own_buf) struct buf both = {0};
    OWN(own_buf) struct buf again = {0};
    OWN(own_buf) struct buf other = {0};
    struct sha256 root = sha256_of(STR("another root"));
    struct err err = {0};
    uint64_t time;
    cosigned(&left, 1);
    cosigned(&right, 6);
    assert_int_equal(cosign_merge(&both, buf_str(&left), buf_str(&right), NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(check(buf_str(&both), &keys[i], &time), ERR_NONE);
    }
    assert_int_equal(cosign_merge(&again, buf_str(&both), buf_str(&left), NULL), 0);
    assert_true(str_eq(buf_str(&again), buf_str(&both)));
    assert_int_equal(checkpoint_sign(&other, 7, &root, &log_key, &log_secret, NULL), 0);
    assert_int_equal(cosign_merge(&again, buf_str(&both), buf_str(&other), &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
}

#define FOUR "witness a $0\nwitness b $1\nwitness c $2 https://c.example/\nwitness d $3\n"

static void policies_are_refused_that_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text, *says;
    } rows[] = {
        {"nothing", "", "no quorum"},
        {"no quorum", "log $L\n", "no quorum"},
        {"two quorums", "quorum none\nquorum none\n", "second quorum"},
        {"quorum of nobody known", "quorum a\n", "no witness or group 'a'"},
        {"quorum before its witness", "quorum a\nwitness a $0\n", "no witness or group 'a'"},
        {"quorum of two", FOUR "quorum a b\n", "the quorum is"},
        {"a word of another language", "wittness a $0\nquorum none\n", "'wittness'"},
        {"a log's key as a witness", "witness a $L\nquorum a\n", "type 4"},
        {"a witness's key as a log", "log $0\nquorum none\n", "verifier key"},
        {"no key", "log\nquorum none\n", "a log is"},
        {"a name twice", "witness a $0\nwitness a $1\nquorum a\n", "taken already"},
        {"a key twice", "witness a $0\nwitness b $0\nquorum a\n", "count twice"},
        {"a log twice", "log $L\nlog $L\nquorum none\n", "listed already"},
        {"a witness called none", "witness none $0\nquorum none\n", "taken already"},
        {"none as a member", FOUR "group g 1 none\nquorum g\n", "'none'"},
        {"threshold nought", FOUR "group g 0 a b\nquorum g\n", "0 of 2"},
        {"threshold too high", FOUR "group g 3 a b\nquorum g\n", "3 of 2"},
        {"threshold with a sign", FOUR "group g +1 a b\nquorum g\n", "'+1'"},
        {"threshold in words", FOUR "group g most a b\nquorum g\n", "'most'"},
        {"threshold beyond numbers", FOUR "group g 99999999999999999999 a b\nquorum g\n", "neither"},
        {"no members", FOUR "group g any\nquorum g\n", "a group is"},
        {"a member twice", FOUR "group g 2 a a\nquorum g\n", "count twice"},
        {"a member of two groups", FOUR "group g any a\ngroup h any a\nquorum g\n", "count twice"},
        {"a group in itself", "group g any g\nquorum g\n", "'g' above"},
        {"a group below", FOUR "group g any h\ngroup h any a\nquorum g\n", "'h' above"},
        {"carriage return", "quorum none\r\n", "control character"},
        {"no line end", "quorum none", "cut off"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_buf) struct buf text = {0};
        OWN(own_policy) struct policy *policy = NULL;
        struct err err = {0};
        fill(&text, rows[i].text);
        if (policy_read(&policy, buf_str(&text), &err) == 0 || strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].what, err.text);
        }
    }
}

enum stand { MET, UNMET, BAD };

static enum stand stand(const char *pattern, struct str bytes)
{
    OWN(own_buf) struct buf text = {0};
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer answer;
    struct err err = {0};
    fill(&text, pattern);
    if (policy_read(&policy, buf_str(&text), &err) != 0) {
        fail_msg("%s: %s", pattern, err.text);
    }
    return policy_check(policy, bytes, &answer, NULL, NULL, &err) != 0 ? BAD : answer.is_met ? MET : UNMET;
}

#define NESTED "log $L\n" FOUR "group x 2 a b\ngroup y any c d\ngroup z all x y\nquorum z\n"

static void quorums_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned who;
        enum stand stand;
    } rows[] = {
        {"quorum none\n", 0, MET},
        {"# nobody has to\n\n \t# indeed\nquorum none\n", 0, MET},
        {"log $L\nquorum none\n", 0, MET},
        {"\tlog\t$L   https://log.example/\nquorum none\n", 0, MET},
        {"witness a $0\nquorum a\n", 0, UNMET},
        {"witness a $0\nquorum a\n", 2, UNMET},
        {"witness a $0\nquorum a\n", 3, MET},
        {FOUR "group g 3 a b c d\nquorum g\n", 3, UNMET},
        {FOUR "group g 3 a b c d\nquorum g\n", 11, MET},
        {FOUR "group g all a b c d\nquorum g\n", 7, UNMET},
        {FOUR "group g all a b c d\nquorum g\n", 15, MET},
        {FOUR "group g any a b\nquorum g\n", 4, UNMET},
        {FOUR "group g any a b\nquorum g\n", 2, MET},
        {NESTED, 1, UNMET},
        {NESTED, 3, UNMET},
        {NESTED, 5, UNMET},
        {NESTED, 12, UNMET},
        {NESTED, 7, MET},
        {NESTED, 11, MET},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(own_buf) struct buf bytes = {0};
        cosigned(&bytes, rows[i].who);
        if (stand(rows[i].text, buf_str(&bytes)) != rows[i].stand) {
            fail_msg("row %zu: %s", i, rows[i].text);
        }
    }
}

static void a_policy_believes_its_logs_alone(void **state)
{
    (void)state;
    struct sign_key other_secret;
    struct note_key other;
    char other_vkey[NOTE_VKEY_TEXT];
    OWN(own_buf) struct buf text = {0};
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer answer;
    struct err err = {0};
    assert_int_equal(sign_new(&other_secret, NULL), 0);
    assert_int_equal(note_key_of(&other, STR("example.com/log"), other_secret.public_key, NULL), 0);
    note_key_write(other_vkey, &other);
    buf_printf(&text, "log %s\nquorum none\n", other_vkey);
    assert_int_equal(policy_read(&policy, buf_str(&text), NULL), 0);
    assert_int_equal(policy_check(policy, buf_str(&bare), &answer, NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    /* a cosignature under the witness's name that he did not make */
    cosigned(&bytes, 1);
    size_t at = bytes.len - 12;
    bytes.data[at] = (char)(bytes.data[at] == 'A' ? 'B' : 'A');
    assert_int_equal(stand("witness a $0\nquorum none\n", buf_str(&bytes)), BAD);
}

static bool never(const void *self, const struct note_key *key, uint64_t time)
{
    return !note_key_eq(self, key) || time < NOW;
}

static void who_does_not_count_is_not_counted(void **state)
{
    (void)state;
    OWN(own_buf) struct buf text = {0};
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer answer;
    fill(&text, FOUR "group g 2 a b c\nquorum g\n");
    cosigned(&bytes, 3);
    assert_int_equal(policy_read(&policy, buf_str(&text), NULL), 0);
    assert_int_equal(policy_check(policy, buf_str(&bytes), &answer, never, &keys[0], NULL), 0);
    assert_false(answer.is_met);
    assert_int_equal(answer.cosigned, 1);
    assert_int_equal(answer.witnesses, 4);
    assert_int_equal(policy_check(policy, buf_str(&bytes), &answer, never, &keys[3], NULL), 0);
    assert_true(answer.is_met);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_cosigners_have_their_own_type),
        cmocka_unit_test(signature_is_over_what_the_specification_says),
        cmocka_unit_test(nobody_cosigned_who_did_not),
        cmocka_unit_test(no_byte_of_a_cosigned_checkpoint_is_idle),
        cmocka_unit_test(a_log_does_not_cosign_itself),
        cmocka_unit_test(a_log_under_another_name_is_no_witness),
        cmocka_unit_test(copies_that_were_cosigned_apart_come_together),
        cmocka_unit_test(policies_are_refused_that_must_be),
        cmocka_unit_test(quorums_are_counted),
        cmocka_unit_test(a_policy_believes_its_logs_alone),
        cmocka_unit_test(who_does_not_count_is_not_counted),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
