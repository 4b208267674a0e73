/* Timestamps (RFC 3161): an authority signs that it saw a SHA-256 digest at a time. A query, and the whole response to it
 * (TimeStampResp, not the bare token in it), are what `openssl ts` reads and writes.
 *
 * What is checked: granted; the digest; the signature of the token by the certificate in it, which is for timestamps and nothing else
 * (extended key usage timeStamping, RFC 3161 2.3); and, where somebody says which authorities he trusts, the chain up to them as of the
 * time that was stamped, not of today: a certificate that has run out since stamped well enough while it held. */
#ifndef ASSAY_LEDGER_STAMP_H
#define ASSAY_LEDGER_STAMP_H

#include "base/buf.h"
#include "base/hash.h"

enum { STAMP_MAX_BYTES = 1 << 20, STAMP_NONCE_BYTES = 8, STAMP_NAME = 256 };

/* What is known of one. */
struct stamp {
    int64_t time;               /* genTime, ns UTC; fractions are dropped */
    char authority[STAMP_NAME]; /* subject of the certificate that signed, escaped */
    bool is_chained;            /* the chain was followed up to a trusted authority and holds */
    size_t which;               /* of the digests: the one that was stamped */
    size_t lists;               /* revocation lists given */
    size_t lists_used;          /* those that the issuer of a certificate of the chain signed */
    size_t lists_forged;        /* name such an issuer, who did not sign them: changed, or somebody else's */
};

/* Appends the query for a digest (version 1, SHA-256, certReq). nonce NULL: none, and the 59 bytes are the same each time. */
MUST_USE int stamp_query(struct buf *out, const struct sha256 *digest, const uint8_t *nonce, struct err *err);
MUST_USE int stamp_nonce(uint8_t ret_nonce[static STAMP_NONCE_BYTES], struct err *err);

/* Whom the one who checks trusts. PEM; len 0: nobody said, and the chain is then not looked at. */
struct stamp_trust {
    struct str roots;
    struct str crls; /* revocation lists: each counts for a certificate of the chain whose own issuer signed it */
};

/* response: DER. digests: it has to be over one of these. A certificate that was revoked, or whose issuer's was, stamped nothing,
 * but for what it stamped before it was revoked for a reason that leaves its key sound (RFC 3161, 4). nonce NULL: not compared. err: FORMAT
 * (no response; refused; a bare token), TAMPERED (digest, signature, nonce or chain), USAGE (the roots). */
MUST_USE int stamp_check(struct stamp *ret_stamp, struct str response, const struct sha256 *digests,
                         size_t digest_count, const uint8_t *nonce, const struct stamp_trust *trust, struct err *err);
/* Appends the certificates in the response as PEM, so that the chain can be checked when nobody serves it any more. err: FORMAT. */
MUST_USE int stamp_chain(struct buf *out, struct str response, struct err *err);

/* Whether this holds revocation lists (PEM), one at least. err: FORMAT. */
MUST_USE int stamp_lists(struct str pem, struct err *err);

/* Posts the query to an authority and appends what comes back, at most STAMP_MAX_BYTES; looks at none of it. http and https only, no
 * redirects, 30 s. The only function of the ledger that opens a connection. err: USAGE (the URL), IO, LIMIT. */
MUST_USE int stamp_fetch(struct buf *out, const char *url, struct str query, struct err *err);

#endif
