/* Answers of an SSH agent, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/str.h"
#include "ledger/agent.h"

#define NAME "\0\0\0\x0bssh-ed25519"
#define EIGHT "\1\2\3\4\5\6\7\x08"
#define KEY EIGHT EIGHT EIGHT EIGHT
#define BLOB NAME "\0\0\0\x20" KEY
#define COMMENT "\0\0\0\5maple"
#define BYTES(text)              \
    {                            \
        (text), sizeof(text) - 1 \
    }

static const struct row {
    const char *name;
    struct str answer;
    int failed;
    enum err_kind kind;
    size_t ours, all;
} lists[] = {
    {"none", BYTES("\x0c\0\0\0\0"), 0, ERR_NONE, 0, 0},
    {"one", BYTES("\x0c\0\0\0\1\0\0\0\x33" BLOB COMMENT), 0, ERR_NONE, 1, 1},
    {"another kind between", BYTES("\x0c\0\0\0\2\0\0\0\3abc\0\0\0\0\0\0\0\x33" BLOB COMMENT), 0, ERR_NONE, 1, 2},
    {"a key too short is none of ours", BYTES("\x0c\0\0\0\1\0\0\0\x2b" NAME "\0\0\0\x18" EIGHT EIGHT EIGHT COMMENT), 0,
     ERR_NONE, 0, 1},
    {"bytes behind a key: none of ours", BYTES("\x0c\0\0\0\1\0\0\0\x34" BLOB "x" COMMENT), 0, ERR_NONE, 0, 1},
    {"empty", BYTES(""), -1, ERR_FORMAT, 0, 0},
    {"refused", BYTES("\5"), -1, ERR_NOT_FOUND, 0, 0},
    {"a signature", BYTES("\x0e\0\0\0\0"), -1, ERR_FORMAT, 0, 0},
    {"no count", BYTES("\x0c\0\0\0"), -1, ERR_FORMAT, 0, 0},
    {"more counted than there", BYTES("\x0c\0\0\0\2\0\0\0\x33" BLOB COMMENT), -1, ERR_FORMAT, 1, 1},
    {"fewer counted than there", BYTES("\x0c\0\0\0\0\0\0\0\x33" BLOB COMMENT), -1, ERR_FORMAT, 0, 0},
    {"more than anybody has", BYTES("\x0c\xff\xff\xff\xff"), -1, ERR_LIMIT, 0, 0},
    {"a length beyond the end", BYTES("\x0c\0\0\0\1\xff\xff\xff\xff" BLOB COMMENT), -1, ERR_FORMAT, 0, 0},
    {"a comment beyond the end", BYTES("\x0c\0\0\0\1\0\0\0\x33" BLOB "\0\0\0\6maple"), -1, ERR_FORMAT, 0, 0},
};

struct seen {
    size_t ours, all;
};

static bool count(void *self, const struct agent_identity *identity)
{
    struct seen *seen = self;
    seen->all++;
    seen->ours += identity->public_key != NULL && memcmp(identity->public_key, KEY, SIGN_KEY_BYTES) == 0;
    return true;
}

static void lists_of_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const struct row *row = &lists[i];
        struct seen seen = {0};
        struct err err = {.kind = ERR_NONE};
        int failed = agent_read_identities(row->answer, count, &seen, &err);
        if (failed != row->failed || (failed != 0 && err.kind != row->kind) || seen.ours != row->ours ||
            seen.all != row->all) {
            fail_msg("%s: %d, %s, %zu of %zu", row->name, failed, err.text, seen.ours, seen.all);
        }
    }
}

static void signatures(void **state)
{
    (void)state;
    static const char sound[] = "\x0e\0\0\0\x53" NAME "\0\0\0\x40" KEY KEY;
    uint8_t got[SIGN_BYTES];
    struct str answer = BYTES(sound);
    struct err err;
    assert_int_equal(agent_read_signature(answer, got, &err), 0);
    assert_memory_equal(got, KEY KEY, SIGN_BYTES);
    for (size_t length = 0; length < answer.len; length++) { /* cut off anywhere */
        assert_int_equal(agent_read_signature(str_slice(answer, 0, length), got, &err), -1);
    }
    for (size_t at = 0; at < 1 + 4 + 4 + 11 + 4; at++) { /* kind and lengths: no byte is idle */
        char changed[sizeof sound];
        memcpy(changed, sound, sizeof sound);
        changed[at] = (char)(changed[at] ^ 1);
        assert_int_equal(agent_read_signature((struct str){changed, answer.len}, got, &err), -1);
    }
}

static void too_long_is_not_read(void **state)
{
    (void)state;
    char *bytes = calloc(1, AGENT_MAX_BYTES + 1);
    struct err err;
    assert_non_null(bytes);
    bytes[0] = 12;
    assert_int_equal(agent_read_identities((struct str){bytes, AGENT_MAX_BYTES + 1}, NULL, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    free(bytes);
}

/* The key of RFC 8032, 7.1, test 1; the fingerprint is ssh-keygen's. */
static void fingerprints_are_those_of_openssh(void **state)
{
    (void)state;
    uint8_t key[SIGN_KEY_BYTES];
    char text[AGENT_FINGERPRINT];
    assert_true(hex_decode(key, sizeof key, STR("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")));
    agent_fingerprint(text, key);
    assert_string_equal(text, "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_keys),
        cmocka_unit_test(signatures),
        cmocka_unit_test(too_long_is_not_read),
        cmocka_unit_test(fingerprints_are_those_of_openssh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
