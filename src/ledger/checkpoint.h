/* Checkpoints (C2SP tlog-checkpoint): what a ledger held when it was signed. A signed note whose text is
 *
 *   ORIGIN                       a URL without its scheme; also the name of the signing key
 *   SIZE                         entries, decimal, no leading zeros
 *   base64(root)                 of the RFC 6962 tree over the first SIZE entries
 *   extension lines              not empty; Assay writes none and reads past them
 */
#ifndef ASSAY_LEDGER_CHECKPOINT_H
#define ASSAY_LEDGER_CHECKPOINT_H

#include "ledger/note.h"
#include "ledger/tree.h"

struct checkpoint {
    struct str origin; /* borrowed */
    uint64_t size;
    struct sha256 root;
};

/* Reads the text of a note; checks no signature. err: FORMAT. */
MUST_USE int checkpoint_read(struct checkpoint *ret_checkpoint, struct str text, struct err *err);
/* Reads a whole signed checkpoint and believes only the key, whose name must be the origin. err: FORMAT, LIMIT, TAMPERED. */
MUST_USE int checkpoint_open(struct checkpoint *ret_checkpoint, struct str bytes, const struct note_key *key,
                             struct err *err);
/* Appends the signed note. Origin is the key's name. */
MUST_USE int checkpoint_sign(struct buf *out, uint64_t size, const struct sha256 *root, const struct note_key *key,
                             const struct sign_key *secret, struct err *err);

#endif
