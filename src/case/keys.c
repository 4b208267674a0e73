/* Entries about keys, read in the order of the ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/keys.h"
#include "case/lines.h"

#include "base/banned.h"

void own_case_keys(struct case_keys *keys)
{
    free(keys->of);
    *keys = (struct case_keys){.count = 0};
}

static int put(struct case_keys *keys, const struct case_key *key, struct err *err)
{
    if (keys->count == KEYS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d keys", KEYS_MAX);
    }
    if (keys->count % 16 == 0) {
        struct case_key *grown = realloc(keys->of, (keys->count + 16) * sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        keys->of = grown;
    }
    keys->of[keys->count++] = *key;
    return 0;
}

int case_keys_begin(struct case_keys *keys, const struct note_key *first, struct err *err)
{
    struct case_key key = {.id = "case", .key = *first, .revoked = TIME_NONE};
    own_case_keys(keys);
    return put(keys, &key, err);
}

const struct case_key *case_key_for(const struct case_keys *keys, uint64_t size)
{
    const struct case_key *found = &keys->of[0];
    for (size_t i = 1; i < keys->count; i++) {
        if (keys->of[i].party[0] == '\0' && size > keys->of[i].after) {
            found = &keys->of[i];
        }
    }
    return found;
}

const struct case_key *case_key_find(const struct case_keys *keys, const struct note_key *key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (note_key_eq(&keys->of[i].key, key)) {
            return &keys->of[i];
        }
    }
    return NULL;
}

const struct case_key *case_key_by_id(const struct case_keys *keys, const char *id)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->of[i].id, id) == 0) {
            return &keys->of[i];
        }
    }
    return NULL;
}

size_t case_keys_own(const struct case_keys *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++) {
        count += keys->of[i].party[0] == '\0';
    }
    return count;
}

bool case_key_counts(const void *self, const struct note_key *key, uint64_t time)
{
    const struct case_keys *keys = self;
    for (size_t i = 0; i < keys->count; i++) {
        const struct case_key *known = &keys->of[i];
        bool is_it = memcmp(known->key.public_key, key->public_key, SIGN_KEY_BYTES) == 0;
        bool is_revoked =
            known->revoked != TIME_NONE && (known->revoked < 0 || time >= (uint64_t)(known->revoked / NS_PER_S));
        if (is_it && (is_revoked || known->party[0] == '\0')) {
            return false;
        }
    }
    return true;
}

int case_rotation_text(struct buf *out, uint64_t n, const struct note_key *next, struct err *err)
{
    char vkey[NOTE_VKEY_TEXT];
    note_key_write(vkey, next);
    buf_printf(out, "assay-key-rotation/v1\n%s\n%" PRIu64 "\n%s\n", next->name, n, vkey);
    return buf_check(out, err);
}

/* Nobody counts twice, and nobody cosigns himself. */
static int check_new(const struct case_keys *keys, const struct note_key *key, struct err *err)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (memcmp(keys->of[i].key.public_key, key->public_key, SIGN_KEY_BYTES) == 0) {
            return err_set(err, ERR_FORMAT, "is the key of entry %s already", keys->of[i].id);
        }
    }
    return 0;
}

static int add_registered(struct case_keys *keys, const json_t *entry, struct case_key *key, struct err *err)
{
    const char *party = json_text(entry, "party", "");
    if (!canon_is_id(str_of(party))) {
        return err_set(err, ERR_FORMAT, "registers a key for nobody");
    }
    TRY(note_cosigner_read(&key->key, str_of(json_text(entry, "vkey", "")), err));
    TRY(check_new(keys, &key->key, err));
    (void)snprintf(key->party, sizeof key->party, "%s", party);
    return put(keys, key, err);
}

static int add_rotated(struct case_keys *keys, uint64_t n, const json_t *entry, struct case_key *key, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    uint8_t signature[SIGN_BYTES];
    const struct note_key *before = &case_key_for(keys, n + 1)->key;
    TRY(note_key_read(&key->key, str_of(json_text(entry, "vkey", "")), err));
    TRY(check_new(keys, &key->key, err));
    if (strcmp(key->key.name, before->name) != 0) {
        return err_set(err, ERR_FORMAT, "hands over to a key of another name");
    }
    TRY(case_rotation_text(&text, n, &key->key, err));
    if (base64_decode(signature, sizeof signature, str_of(json_text(entry, "signature", ""))) != sizeof signature ||
        !sign_holds(before->public_key, buf_str(&text), signature)) {
        return err_set(err, ERR_TAMPERED, "hands over to a key that the one before did not sign");
    }
    key->after = n + 1;
    return put(keys, key, err);
}

static int add_revoked(struct case_keys *keys, uint64_t n, const json_t *entry, struct err *err)
{
    int64_t since = time_parse(str_of(json_text(entry, "since", "")));
    const char *id = json_text(entry, "key", "");
    for (size_t i = 0; i < keys->count; i++) {
        struct case_key *key = &keys->of[i];
        if (strcmp(key->id, id) != 0) {
            continue;
        }
        if (since == TIME_NONE) {
            return err_set(err, ERR_FORMAT, "revokes a key since no time");
        }
        if (key == case_key_for(keys, n + 1)) {
            return err_set(err, ERR_FORMAT, "revokes the key that the case signs with");
        }
        key->revoked = key->revoked == TIME_NONE || since < key->revoked ? since : key->revoked;
        return 0;
    }
    return err_set(err, ERR_FORMAT, "revokes a key that is not there: '%s'", id);
}

int case_keys_add(struct case_keys *keys, uint64_t n, struct str line, struct err *err)
{
    struct envelope envelope;
    if (str_find(line, STR("\"type\":\"key\""), 0) == SIZE_MAX || canon_read(&envelope, line) != NULL ||
        !str_eq(envelope.type, STR("key"))) {
        return 0;
    }
    OWN(own_json) json_t *entry = json_read(line, err);
    if (entry == NULL) {
        return -1;
    }
    struct case_key key = {.revoked = TIME_NONE};
    memcpy(key.id, envelope.id.data, envelope.id.len); /* canon_read() bounds it */
    const char *act = json_text(entry, "act", "");
    if (strcmp(act, "register") == 0) {
        return add_registered(keys, entry, &key, err);
    }
    if (strcmp(act, "rotate") == 0) {
        return add_rotated(keys, n, entry, &key, err);
    }
    if (strcmp(act, "revoke") == 0) {
        return add_revoked(keys, n, entry, err);
    }
    return err_set(err, ERR_FORMAT, "neither registers, rotates nor revokes a key");
}

int case_keys_read(struct case_keys *keys, struct lines *lines, uint64_t size, const struct note_key *first,
                   struct err *err)
{
    TRY(case_keys_begin(keys, first, err));
    for (uint64_t n = 0; n < size; n++) {
        struct line line;
        int got = lines_next(lines, &line, err);
        if (got <= 0) {
            return got;
        }
        if (case_keys_add(keys, n, line.text, err) != 0) {
            return err_where(err, "ledger.jsonl:%" PRIu64, n + 1);
        }
    }
    return 0;
}
