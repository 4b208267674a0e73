/* Parties cosign what the case keeps: the line stands beside the others in checkpoints/<size>. */
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

/* The key's entry; a key that is new to a case is registered, where somebody says whose it is. */
static int know(struct assay_case *kase, const struct note_key *key, const char *party,
                const struct case_key **ret_known, struct err *err)
{
    const struct case_key *known = case_key_find(&kase->keys, key);
    char vkey[NOTE_VKEY_TEXT];
    if (known == NULL && (party == NULL || !kase->is_writable)) {
        note_key_write(vkey, key);
        err_set(err, ERR_USAGE, "%s is not a key of this case", vkey);
        return err_remedy(err, kase->is_writable ? "say whose it is with --by PARTY"
                                                 : "whoever keeps the case registers it: assay key register");
    }
    if (known == NULL) {
        OWN(own_json) json_t *entry = NULL;
        note_key_write(vkey, key);
        TRY(assay_case_key_register(kase, party, vkey, &entry, err));
        known = case_key_find(&kase->keys, key);
    }
    if (party != NULL && strcmp(known->party, party) != 0) {
        return err_set(err, ERR_USAGE, "this key is registered for %s, not for %s", known->party, party);
    }
    if (known->revoked != TIME_NONE) {
        return err_set(err, ERR_USAGE, "key %s has been revoked", known->id);
    }
    *ret_known = known;
    return 0;
}

/* The newest kept checkpoint. */
static int newest_kept(struct assay_case *kase, uint64_t *ret_size, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    if (kase->is_writable) {
        OWN(own_json) json_t *seal = NULL;
        TRY(assay_case_seal(kase, &seal, err));
        *ret_size = kase->tree.size;
        return 0;
    }
    TRY(case_list_checkpoints(kase->dir, &archive, err));
    if (archive.count == 0) {
        err_set(err, ERR_NOT_FOUND, "%s: no checkpoint is kept", kase->path);
        return err_remedy(err, "whoever keeps the case seals it first: assay seal");
    }
    *ret_size = archive.of[archive.count - 1].size;
    return 0;
}

/* Like every time on record: ASSAY_NOW fixes it. */
static int add_line(struct assay_case *kase, const char *name, const struct note_key *key,
                    const struct sign_key *secret, uint64_t *ret_time, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_buf) struct buf more = {0};
    struct checkpoint checkpoint;
    struct note note;
    TRY(case_open_checkpoint(kase, name, &bytes, &checkpoint, err));
    TRY(note_read(&note, buf_str(&bytes), err));
    int signed_already = cosign_check(&note, key, ret_time, err);
    if (signed_already == 0) {
        return 0;
    }
    if (err != NULL && err->kind != ERR_NOT_FOUND) {
        return -1;
    }
    *ret_time = (uint64_t)(time_now() / NS_PER_S);
    TRY(cosign_add(&more, buf_str(&bytes), key, secret, *ret_time, err));
    case_forget_kept(kase);
    return file_replace(kase->dir, name, buf_str(&more), 0644, err);
}

static int cosign_with(struct assay_case *kase, const struct note_key *key, const struct sign_key *secret,
                       const char *party, json_t **ret_cosigned, struct err *err)
{
    const struct case_key *known = NULL;
    char name[CHECKPOINT_NAME];
    char vkey[NOTE_VKEY_TEXT];
    char when[TIME_TEXT];
    uint64_t size = 0;
    uint64_t time;
    TRY(know(kase, key, party, &known, err));
    TRY(newest_kept(kase, &size, err));
    case_checkpoint_name(name, size);
    TRY(add_line(kase, name, key, secret, &time, err));
    note_key_write(vkey, key);
    time_rfc3339(when, (int64_t)time * NS_PER_S);
    *ret_cosigned =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s}", "checkpoint", name, "size", (json_int_t)size, "entries",
                  (json_int_t)kase->tree.size, "party", known->party, "key", known->id, "vkey", vkey, "time", when);
    return *ret_cosigned != NULL ? 0 : err_no_memory(err);
}

int assay_case_cosign(struct assay_case *kase, const char *key_path, const char *party, json_t **ret_cosigned,
                      struct err *err)
{
    struct err unheard;
    struct sign_key secret;
    struct note_key named;
    struct note_key key;
    err = err != NULL ? err : &unheard;
    TRY(case_lock(kase, err));
    TRY(keyfile_read(AT_FDCWD, key_path, &secret, &named, err));
    int failed = note_cosigner_of(&key, str_of(named.name), named.public_key, err);
    failed = failed != 0 ? failed : cosign_with(kase, &key, &secret, party, ret_cosigned, err);
    sign_wipe(&secret);
    return failed;
}

/* Counts the lines of registered keys that hold and those of nobody known; one that is known and does not hold is an error. */
static int count_lines(const struct case_keys *keys, const struct note *note, size_t *ret_held, struct err *err)
{
    size_t held = 0;
    for (size_t i = 0; i < keys->count; i++) {
        struct err why;
        uint64_t time;
        if (keys->of[i].party[0] == '\0') {
            continue;
        }
        if (cosign_check(note, &keys->of[i].key, &time, &why) == 0) {
            held++;
        } else if (why.kind != ERR_NOT_FOUND) {
            return err_set(err, ERR_TAMPERED, "%s", why.text);
        }
    }
    *ret_held = held;
    return 0;
}

static int take(struct assay_case *kase, struct str theirs, json_t **ret_taken, struct err *err)
{
    OWN(own_buf) struct buf kept = {0};
    OWN(own_buf) struct buf both = {0};
    struct checkpoint checkpoint;
    struct checkpoint mine;
    struct note note;
    char name[CHECKPOINT_NAME];
    size_t before;
    size_t after;
    TRY(note_read(&note, theirs, err));
    TRY(checkpoint_read(&checkpoint, note.text, err));
    case_checkpoint_name(name, checkpoint.size);
    if (case_open_checkpoint(kase, name, &kept, &mine, err) != 0) {
        err_set(err, ERR_NOT_FOUND, "this case keeps no sound checkpoint of %llu entries",
                (unsigned long long)checkpoint.size);
        return err_remedy(err, "assay verify CHECKPOINT --against CASE says how the two stand to each other");
    }
    TRY(count_lines(&kase->keys, &note, &after, err));
    TRY(cosign_merge(&both, buf_str(&kept), theirs, err));
    TRY(note_read(&note, buf_str(&kept), err));
    size_t lines = note.count;
    TRY(count_lines(&kase->keys, &note, &before, err));
    TRY(note_read(&note, buf_str(&both), err));
    TRY(count_lines(&kase->keys, &note, &after, err));
    size_t unknown = note.count - lines - (after - before);
    if (after > before) {
        case_forget_kept(kase);
        TRY(file_replace(kase->dir, name, buf_str(&both), 0644, err));
    }
    *ret_taken = json_pack("{s:s, s:I, s:I, s:I}", "checkpoint", name, "size", (json_int_t)checkpoint.size, "taken",
                           (json_int_t)(after - before), "unknown", (json_int_t)unknown);
    return *ret_taken != NULL ? 0 : err_no_memory(err);
}

int assay_case_take_cosignatures(struct assay_case *kase, const char *path, json_t **ret_taken, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    TRY(case_lock(kase, err));
    TRY(file_read(path, NOTE_MAX_BYTES, &bytes, err));
    return take(kase, buf_str(&bytes), ret_taken, err) == 0 ? 0 : err_where(err, "%s", path);
}
