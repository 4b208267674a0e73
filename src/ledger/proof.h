/* One entry and the way from it to a signed checkpoint, in one file to hand to a court (C2SP tlog-proof):
 *
 *   c2sp.org/tlog-proof@v1
 *   extra base64             at most once; whatever the writer likes, authenticated by nothing
 *   index N
 *   base64(hash)             zero lines or more, the leaf's sibling first
 *   (empty line)
 *   the checkpoint, with its signatures
 */
#ifndef ASSAY_LEDGER_PROOF_H
#define ASSAY_LEDGER_PROOF_H

#include "ledger/checkpoint.h"

/* Borrows from the bytes it was read from. */
struct proof {
    struct str extra; /* as base64; len 0: none */
    uint64_t index;
    struct tree_proof path;
    struct str checkpoint; /* the signed note */
};

MUST_USE int proof_write(struct buf *out, uint64_t index, const struct tree_proof *path, struct str checkpoint,
                         struct err *err);
/* Takes apart; checks nothing. err: FORMAT. */
MUST_USE int proof_read(struct proof *ret_proof, struct str bytes, struct err *err);
/* entry (a ledger line without its newline) is entry `index` of the ledger that key signed. err: FORMAT, LIMIT, TAMPERED. */
MUST_USE int proof_check(const struct proof *proof, struct str entry, const struct note_key *key, struct err *err);

#endif
