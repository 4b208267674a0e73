/* Cosignatures (C2SP tlog-cosignature, cosignature/v1): somebody else signs that he saw a checkpoint, and when.
 *
 *   signed    "cosignature/v1\ntime SECONDS\n" and the whole text of the checkpoint
 *   line      — NAME base64(key id || SECONDS as 8 bytes, big-endian || Ed25519 signature)
 *
 * The key's id has type 4, and a cosigner has a key of his own: the log's would say nothing that its signature does not say. The
 * time is the cosigner's word. That the checkpoint says so little is what makes it strong: who cosigned it can later show that a
 * log with another root of the same size, or one that does not grow from it, is another log. */
#ifndef ASSAY_LEDGER_COSIGN_H
#define ASSAY_LEDGER_COSIGN_H

#include "ledger/checkpoint.h"

/* Every line of the cosigner holds, and there is one. *ret_time: seconds since 1970; of several, the earliest.
 * err: NOT_FOUND (no line of his), TAMPERED (one that does not hold). */
MUST_USE int cosign_check(const struct note *note, const struct note_key *cosigner, uint64_t *ret_time,
                          struct err *err);
/* The cosigner's key signed the note as the log of that origin: whatever name it has, it is no second witness. */
MUST_USE bool cosign_is_of_log(const struct note *note, struct str origin, const struct note_key *cosigner);
/* Appends the note with a line more. note: the signed checkpoint that bytes hold. err: USAGE (the key signed it as the log
 * itself, or it is full), LIMIT. */
MUST_USE int cosign_add(struct buf *out, struct str bytes, const struct note_key *cosigner,
                        const struct sign_key *secret, uint64_t time, struct err *err);
/* Appends `into` with those signature lines of `from` that it lacks: two copies of one checkpoint that were cosigned apart.
 * err: FORMAT, LIMIT, TAMPERED (their texts differ). */
MUST_USE int cosign_merge(struct buf *out, struct str into, struct str from, struct err *err);

#endif
