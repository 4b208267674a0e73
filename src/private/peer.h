/* Whom the other side is held to be. A commitment names its own key: that it is the right party's is known only by another way. */
#ifndef ASSAY_PRIVATE_PEER_H
#define ASSAY_PRIVATE_PEER_H

#include "private/step.h"

/* --peer: 64 hex digits, the other side's commitment, or its public key file. err: FORMAT, IO. */
MUST_USE int peer_key(const char *given, uint8_t out[static SIGN_KEY_BYTES], struct err *err);
/* The other side's commitment bears the key of --peer; without --peer the summary says that nobody compared it. To be called before
 * anything is spent or leaves. err: TAMPERED. */
MUST_USE int peer_check(struct step *step, const struct wire_file *commit, struct err *err);

#endif
