/* Who signs: the case with one key after the other, and parties that cosign. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/verify.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

bool verify_later_key(struct verify *verify, const struct note_key *first, struct str bytes,
                      struct checkpoint *ret_checkpoint)
{
    OWN(own_case_keys) struct case_keys keys = {.count = 0};
    OWN(own_lines) struct lines lines = {0};
    struct note note;
    struct checkpoint checkpoint;
    if (verify_lines(verify, &lines) != 1 || note_read(&note, bytes, NULL) != 0 ||
        checkpoint_read(&checkpoint, note.text, NULL) != 0) {
        return false;
    }
    /* A rotation that the key before did not sign ends the reading: what it names is no key of the case. */
    (void)!case_keys_read(&keys, &lines, checkpoint.size, first, NULL);
    if (keys.count == 0) {
        return false;
    }
    const struct note_key *key = &case_key_for(&keys, checkpoint.size)->key;
    if (checkpoint_open(ret_checkpoint, bytes, key, NULL) != 0) {
        return false;
    }
    verify->signer = *key;
    return true;
}

/* The secret key is the owner's; a copy that is handed over has none. While keys change hands both may be there. */
static int check_secret(struct verify *verify)
{
    static const char *const names[] = {"key", "key.next"};
    const struct note_key *now = &case_key_for(&verify->keys, UINT64_MAX)->key;
    bool is_there = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct note_key named;
        struct err why;
        if (keyfile_public(verify->dir, names[i], &named, &why) == 0) {
            if (note_key_eq(&named, now)) {
                return 0;
            }
            is_there = true;
        } else if (why.kind == ERR_FORMAT || why.kind == ERR_LIMIT) {
            return verify_problem(verify, VERIFY_ALTERED, names[i], "is no signing key", "");
        }
    }
    return is_there ? verify_problem(verify, VERIFY_ALTERED, "key", "is not the key that signs this case", "") : 0;
}

static size_t count_revoked(const struct case_keys *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++) {
        count += keys->of[i].revoked != TIME_NONE;
    }
    return count;
}

int verify_keys(struct verify *verify)
{
    if (!verify->has_key) {
        return 0;
    }
    const struct case_keys *keys = &verify->keys;
    size_t own = case_keys_own(keys);
    size_t revoked = count_revoked(keys);
    TRY(check_secret(verify));
    if (verify->has_checkpoint && verify->ledger_agrees &&
        !note_key_eq(&case_key_for(keys, verify->size)->key, &verify->signer)) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "checkpoint", "is signed with a key that had been handed over", ""));
    }
    if (keys->count == 1 && json_array_size(verify->problems) == 0) {
        return 0;
    }
    return verify_topic(verify, "keys",
                        "%zu of the case itself, each named by the one before; %zu of parties; %zu revoked", own,
                        keys->count - own, revoked);
}

struct cosigners {
    struct buf says;
    size_t known;
};

static void own_cosigners(struct cosigners *found)
{
    buf_free(&found->says);
}

/* One registered key: cosigned, not, or a line that does not hold. */
static int look_for(struct verify *verify, const char *where, const struct note *note, const struct case_key *key,
                    struct cosigners *found)
{
    struct err why;
    char when[TIME_TEXT];
    uint64_t time;
    if (cosign_check(note, &key->key, &time, &why) != 0) {
        return why.kind == ERR_NOT_FOUND ? 0 : verify_problem(verify, VERIFY_ALTERED, where, why.text, "");
    }
    if (time > INT64_MAX / NS_PER_S) {
        return verify_problem(verify, VERIFY_ALTERED, where, "is cosigned at a time that no clock shows", key->party);
    }
    time_rfc3339(when, (int64_t)time * NS_PER_S);
    buf_printf(&found->says, "%s %s (%s) at %s", found->known++ == 0 ? "by" : ", by", key->party, key->id, when);
    if (!case_key_counts(&verify->keys, &key->key, time)) {
        buf_puts(&found->says, ", with a key revoked by then, which counts for nothing");
    }
    return 0;
}

/* Lines that are neither the case's nor a registered party's. */
static size_t strangers(const struct verify *verify, const struct note *note)
{
    size_t count = 0;
    for (size_t i = 0; i < note->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < verify->keys.count; k++) {
            const struct note_key *key = &verify->keys.of[k].key;
            is_known |= key->id == note->lines[i].id && str_eq(note->lines[i].name, str_of(key->name));
        }
        count += !is_known;
    }
    return count;
}

int verify_cosigned(struct verify *verify, const char *where, struct str checkpoint)
{
    struct note note;
    TRY(note_read(&note, checkpoint, verify->err));
    OWN(own_cosigners) struct cosigners found = {.known = 0};
    for (size_t i = 0; i < verify->keys.count; i++) {
        if (verify->keys.of[i].party[0] != '\0') {
            TRY(look_for(verify, where, &note, &verify->keys.of[i], &found));
        }
    }
    size_t unknown = strangers(verify, &note);
    if (unknown != 0) {
        buf_printf(&found.says, "%s%zu signature%s of keys that the case does not know, not looked at",
                   found.known != 0 ? "; " : "", unknown, unknown == 1 ? "" : "s");
    }
    TRY(buf_check(&found.says, verify->err));
    if (found.says.len == 0 && json_array_size(verify->problems) == 0) {
        return 0;
    }
    return verify_topic(verify, "cosigned", "%s %s", where,
                        found.says.len != 0 ? found.says.data : "by nobody whose line holds");
}

int verify_cosignatures(struct verify *verify)
{
    for (size_t i = 0; i < verify->archive.count; i++) {
        OWN(own_buf) struct buf bytes = {0};
        char name[CHECKPOINT_NAME];
        struct note note;
        const char *says = "";
        case_checkpoint_name(name, verify->archive.of[i].size);
        int got = verify_small(verify, name, &bytes, &says);
        if (got < 0) {
            return -1;
        }
        if (got == 1 && note_read(&note, buf_str(&bytes), NULL) == 0) { /* one that is no note was named already */
            TRY(verify_cosigned(verify, name, buf_str(&bytes)));
        }
    }
    return 0;
}
