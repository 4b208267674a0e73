/* One short proof that many pairs share one secret factor: D_i = k * C_i for the k of P = k * G, i < m.
 * Chaum-Pedersen, batched as in RFC 9497, 2.2, but every coefficient depends on the whole batch (docs/private.md says why). */
#ifndef ASSAY_PRIVATE_DLEQ_H
#define ASSAY_PRIVATE_DLEQ_H

#include "private/group.h"

enum { DLEQ_BYTES = 64 /* challenge || response */ };

struct dleq_batch {
    struct group_point public_point;
    struct str context;                  /* run id || u8 audit || u8 type */
    const struct group_point *from, *to; /* C_i, D_i */
    size_t count;                        /* at least 1 */
};

/* nonce: fresh from the system, or fixed per party and secret: it is hashed together with k and the whole batch. All
 * points of the batch are valid. err: BUG. */
MUST_USE int dleq_prove(uint8_t out[static DLEQ_BYTES], const struct dleq_batch *batch, const struct group_scalar *k,
                        const uint8_t nonce[static 32], struct err *err);
/* False: some pair is not of this factor, or a point or scalar is none. */
MUST_USE bool dleq_holds(const struct dleq_batch *batch, const uint8_t proof[static DLEQ_BYTES]);

#endif
