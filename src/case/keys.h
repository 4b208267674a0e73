/* The keys of a case, as its ledger's entries `key` tell them: those it signed with one after the other, and those of the parties
 * that cosign.
 *
 *   entry 0 names the first        ──▶ signs checkpoints of 1 .. n+1 entries
 *   entry n, act rotate, names the next, signed by the one before ──▶ signs those of n+2 entries and more
 *
 * So the chain hangs on entry 0 (and on the file vkey, which others have) and on nothing beside the ledger. */
#ifndef ASSAY_CASE_KEYS_H
#define ASSAY_CASE_KEYS_H

#include <jansson.h>

#include "case/canon.h"
#include "case/lines.h"
#include "ledger/cosign.h"

enum { KEYS_MAX = 10000 };

struct case_key {
    char id[ID_MAX_BYTES + 1];    /* of its entry; "case" for the first */
    char party[ID_MAX_BYTES + 1]; /* who cosigns with it; empty: the case signs with it */
    struct note_key key;
    uint64_t after;  /* of the case's: it signs checkpoints of more than so many entries */
    int64_t revoked; /* since then it is not to be believed (ns); TIME_NONE: never revoked */
};

/* All zero: none yet. */
struct case_keys {
    struct case_key *of;
    size_t count;
};
void own_case_keys(struct case_keys *keys);

/* Begins with entry 0's. */
MUST_USE int case_keys_begin(struct case_keys *keys, const struct note_key *first, struct err *err);
/* Takes entry n in, if it is one about a key; any other line is passed over. err: FORMAT (not what such an entry holds),
 * TAMPERED (a rotation that the key before did not sign), LIMIT. */
MUST_USE int case_keys_add(struct case_keys *keys, uint64_t n, struct str line, struct err *err);
/* All of the next `size` lines, which are a ledger's first. Says where it was. */
MUST_USE int case_keys_read(struct case_keys *keys, struct lines *lines, uint64_t size, const struct note_key *first,
                            struct err *err);

/* The key that signs a checkpoint of so many entries. keys has begun. */
const struct case_key *case_key_for(const struct case_keys *keys, uint64_t size);
const struct case_key *case_key_find(const struct case_keys *keys, const struct note_key *key);
const struct case_key *case_key_by_id(const struct case_keys *keys, const char *id);
/* For policy_check(): a cosignature of a key that was revoked before it was made does not count, nor one of a key that the case
 * itself signs or signed with, whatever it is called there. self: struct case_keys. */
bool case_key_counts(const void *self, const struct note_key *key, uint64_t time);
/* How many the case itself has signed with. */
size_t case_keys_own(const struct case_keys *keys);

/* What the key before signs when it hands over at entry n. */
MUST_USE int case_rotation_text(struct buf *out, uint64_t n, const struct note_key *next, struct err *err);

#endif
