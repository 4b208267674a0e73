/* Ed25519. The only file that speaks libsodium's signatures.
 *
 * Verifiers in the wild disagree about malicious keys and signatures: of the 914 cases of C2SP/CCTV, OpenSSL and Go
 * accept 208, libsodium 43. Ours is the strictest reading, so that whatever Assay calls good everybody calls good:
 *   1. the key A is the canonical encoding of a point of the prime-order subgroup, and not the neutral element;
 *   2. R is the canonical encoding of a point that is not of low order, and S is below the group order;
 *   3. [S]B = R + [H(R, A, M)]A, without multiplying by the cofactor (RFC 8032, 5.1.7, the stricter equation).
 * From 1 and 3 follows that R lies in the prime-order subgroup too. */
#ifndef ASSAY_LEDGER_SIGN_H
#define ASSAY_LEDGER_SIGN_H

#include "assay/words.h"

enum { SIGN_KEY_BYTES = 32, SIGN_SEED_BYTES = 32, SIGN_BYTES = 64 };

/* Holds a secret, or says that an agent does (agent.h): wipe it. Moving it leaves a copy behind, so it is handed round by address. */
struct sign_key {
    uint8_t public_key[SIGN_KEY_BYTES];
    uint8_t secret[SIGN_SEED_BYTES + SIGN_KEY_BYTES]; /* seed, then public key; nothing if it is elsewhere */
    bool is_in_agent;
};

MUST_USE int sign_new(struct sign_key *ret_key, struct err *err);
MUST_USE int sign_from_seed(struct sign_key *ret_key, const uint8_t seed[static SIGN_SEED_BYTES], struct err *err);
/* Same key and message, same signature (as far as an agent keeps to RFC 8032). err, of an agent's key: as agent_sign(). */
MUST_USE int sign_make(uint8_t ret_signature[static SIGN_BYTES], const struct sign_key *key, struct str message,
                       struct err *err);
/* Keeps where a key will stand out of swap, as far as the system lets; until it is wiped. */
void sign_lock(struct sign_key *key);
void sign_wipe(struct sign_key *key);
void sign_wipe_bytes(void *bytes, size_t count);

/* Rule 1 alone: for keys that are about to be trusted. */
MUST_USE bool sign_is_key(const uint8_t public_key[static SIGN_KEY_BYTES]);
/* Rules 1 to 3. */
MUST_USE bool sign_holds(const uint8_t public_key[static SIGN_KEY_BYTES], struct str message,
                         const uint8_t signature[static SIGN_BYTES]);

#endif
