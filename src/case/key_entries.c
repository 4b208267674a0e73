/* Keys come, change hands and go: each time an entry. What a reader makes of them is in keys.c. */
#include <fcntl.h>
#include <stdio.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"
#include "ledger/agent.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

static int is_party(struct assay_case *kase, const char *party, struct err *err)
{
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    if (model == NULL) {
        return -1;
    }
    if (json_find(json_object_get(model, "parties"), "id", party) == NULL) {
        err_set(err, ERR_USAGE, "no party \"%s\" in this case", party);
        return err_remedy(err, "record it first with assay state, or give the id of one of its parties");
    }
    return 0;
}

/* Appends entry (owned) and takes what it says about keys into the open case. */
static int append(struct assay_case *kase, json_t *entry, json_t **ret_entry, struct err *err)
{
    OWN(own_json) json_t *entries = entry != NULL ? json_pack("[o]", entry) : NULL;
    OWN(own_buf) struct buf line = {0};
    if (entries == NULL) {
        return err_set(err, ERR_FORMAT, "a word of it is not UTF-8");
    }
    uint64_t n = kase->tree.size;
    TRY(assay_case_append(kase, entries, err));
    TRY(json_canonical(&line, entry, err));
    TRY(case_keys_add(&kase->keys, n, buf_str(&line), err));
    *ret_entry = json_incref(entry);
    return 0;
}

/* Whatever its name and type: nobody counts twice, and nobody cosigns himself. */
static int refuse_known(const struct assay_case *kase, const struct note_key *key, struct err *err)
{
    for (size_t i = 0; i < kase->keys.count; i++) {
        const struct case_key *known = &kase->keys.of[i];
        if (memcmp(known->key.public_key, key->public_key, SIGN_KEY_BYTES) == 0) {
            return err_set(err, ERR_USAGE, "this key is in the case already, as %s%s%s", known->id,
                           known->party[0] != '\0' ? " of " : "; the case itself signs or signed with it",
                           known->party);
        }
    }
    return 0;
}

int assay_case_key_register(struct assay_case *kase, const char *party, const char *vkey, json_t **ret_entry,
                            struct err *err)
{
    struct note_key key;
    TRY(case_may_write(kase, err));
    if (note_cosigner_read(&key, str_of(vkey), err) != 0) {
        err->kind = ERR_USAGE;
        return err_remedy(err, "assay key show FILE prints the line that belongs here");
    }
    TRY(refuse_known(kase, &key, err));
    TRY(is_party(kase, party, err));
    return append(kase,
                  json_pack("{s:s, s:s, s:s, s:s}", "type", "key", "act", "register", "party", party, "vkey", vkey),
                  ret_entry, err);
}

static json_t *rotation_entry(const struct assay_case *kase, const struct note_key *next, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    uint8_t signature[SIGN_BYTES];
    char base64[96];
    char vkey[NOTE_VKEY_TEXT];
    if (case_rotation_text(&text, kase->tree.size, next, err) != 0 ||
        sign_make(signature, &kase->secret, buf_str(&text), err) != 0) {
        return NULL;
    }
    base64_encode(base64, signature, sizeof signature);
    note_key_write(vkey, next);
    return json_pack("{s:s, s:s, s:s, s:s}", "type", "key", "act", "rotate", "vkey", vkey, "signature", base64);
}

/* In this order a writer that is stopped anywhere leaves the key that the ledger means (secret.c). */
static int rotate_to(struct assay_case *kase, const struct note_key *next, const struct sign_key *secret,
                     json_t **ret_entry, struct err *err)
{
    TRY(keyfile_write(kase->dir, "key.next", next, secret, keyfile_is_sealed(kase->dir, "key"), err));
    json_t *entry = rotation_entry(kase, next, err);
    if (entry == NULL) {
        return -1;
    }
    TRY(append(kase, entry, ret_entry, err));
    kase->vkey = *next;
    return case_read_secret(kase, err);
}

/* Whoever keeps a key out of files is not given one in a file unasked. */
static int next_secret(struct assay_case *kase, const char *agent_key, struct sign_key *ret_secret, struct err *err)
{
    if (agent_key != NULL) {
        return agent_find(agent_key, ret_secret, err);
    }
    if (keyfile_is_in_agent(kase->dir, "key")) {
        err_set(err, ERR_USAGE, "an agent has the key of this case; a new one would lie in a file");
        return err_remedy(err, "ssh-add another key, and give its comment or fingerprint with --agent");
    }
    return sign_new(ret_secret, err);
}

int assay_case_key_rotate(struct assay_case *kase, const char *agent_key, json_t **ret_entry, struct err *err)
{
    struct sign_key secret;
    struct note_key next;
    TRY(case_may_write(kase, err));
    TRY(next_secret(kase, agent_key, &secret, err));
    int failed = note_key_of(&next, str_of(kase->vkey.name), secret.public_key, err);
    failed = failed != 0 ? failed : refuse_known(kase, &next, err);
    failed = failed != 0 ? failed : rotate_to(kase, &next, &secret, ret_entry, err);
    sign_wipe(&secret);
    return failed;
}

int assay_case_key_revoke(struct assay_case *kase, const char *id, const char *since, const char *reason,
                          json_t **ret_entry, struct err *err)
{
    char time[TIME_TEXT];
    TRY(case_may_write(kase, err));
    int64_t instant = time_parse(str_of(since));
    const struct case_key *key = case_key_by_id(&kase->keys, id);
    if (key == NULL) {
        err_set(err, ERR_USAGE, "no key \"%s\" in this case", id);
        return err_remedy(err, "assay key show --case DIR lists them");
    }
    if (note_key_eq(&key->key, &kase->vkey)) {
        err_set(err, ERR_USAGE, "%s is the key that the case signs with", id);
        return err_remedy(err, "assay key rotate first, then revoke it");
    }
    if (instant == TIME_NONE) {
        err_set(err, ERR_USAGE, "'%s' is no time", since);
        return err_remedy(err, "a time is 2026-03-14 or 2026-03-14T21:47:09Z");
    }
    time_rfc3339(time, instant);
    return append(kase,
                  json_pack("{s:s, s:s, s:s, s:s, s:s*}", "type", "key", "act", "revoke", "key", id, "since", time,
                            "reason", reason),
                  ret_entry, err);
}

static json_t *key_object(const struct case_key *key)
{
    char vkey[NOTE_VKEY_TEXT];
    char revoked[TIME_TEXT] = "";
    note_key_write(vkey, &key->key);
    if (key->revoked != TIME_NONE) {
        time_rfc3339(revoked, key->revoked);
    }
    bool is_own = key->party[0] == '\0';
    return json_pack("{s:s, s:s, s:s*, s:o*, s:s*}", "id", key->id, "vkey", vkey, "party", is_own ? NULL : key->party,
                     "after", is_own ? json_integer((json_int_t)key->after) : NULL, "revoked",
                     revoked[0] != '\0' ? revoked : NULL);
}

json_t *assay_case_keys(struct assay_case *kase, struct err *err)
{
    OWN(own_json) json_t *list = json_array();
    for (size_t i = 0; i < kase->keys.count; i++) {
        if (json_array_append_new(list, key_object(&kase->keys.of[i])) != 0) {
            err_no_memory(err);
            return NULL;
        }
    }
    return json_incref(list);
}
