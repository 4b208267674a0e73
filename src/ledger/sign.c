/* Ed25519 through libsodium, under the rule that sign.h states. */
#include <sodium.h>

#include "ledger/agent.h"
#include "ledger/sign.h"

#include "base/banned.h"

_Static_assert(SIGN_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "libsodium's public key");
_Static_assert(SIGN_BYTES == crypto_sign_BYTES, "libsodium's signature");
_Static_assert(SIGN_SEED_BYTES + SIGN_KEY_BYTES == crypto_sign_SECRETKEYBYTES, "libsodium's secret key");

static int ready(struct err *err)
{
    return sodium_init() >= 0 ? 0 : err_set(err, ERR_IO, "libsodium found no source of random numbers");
}

int sign_new(struct sign_key *ret_key, struct err *err)
{
    TRY(ready(err));
    ret_key->is_in_agent = false;
    return crypto_sign_keypair(ret_key->public_key, ret_key->secret) == 0
               ? 0
               : err_set(err, ERR_IO, "no signing key could be made");
}

int sign_from_seed(struct sign_key *ret_key, const uint8_t seed[static SIGN_SEED_BYTES], struct err *err)
{
    TRY(ready(err));
    ret_key->is_in_agent = false;
    return crypto_sign_seed_keypair(ret_key->public_key, ret_key->secret, seed) == 0
               ? 0
               : err_set(err, ERR_FORMAT, "not the seed of a signing key");
}

int sign_make(uint8_t ret_signature[static SIGN_BYTES], const struct sign_key *key, struct str message, struct err *err)
{
    TRY(ready(err));
    if (key->is_in_agent) {
        return agent_sign(ret_signature, key->public_key, message, err);
    }
    const unsigned char *bytes = (const unsigned char *)message.data;
    return crypto_sign_detached(ret_signature, NULL, bytes, message.len, key->secret) == 0
               ? 0
               : err_set(err, ERR_BUG, "signing failed");
}

void sign_wipe_bytes(void *bytes, size_t count)
{
    sodium_memzero(bytes, count);
}

void sign_lock(struct sign_key *key)
{
    (void)sodium_mlock(key, sizeof *key);
}

void sign_wipe(struct sign_key *key)
{
    (void)sodium_munlock(key, sizeof *key); /* wipes, too */
}

bool sign_is_key(const uint8_t public_key[static SIGN_KEY_BYTES])
{
    /* Canonical, on the curve, in the main subgroup, not of small order: all four. */
    return ready(NULL) == 0 && crypto_core_ed25519_is_valid_point(public_key) == 1;
}

bool sign_holds(const uint8_t public_key[static SIGN_KEY_BYTES], struct str message,
                const uint8_t signature[static SIGN_BYTES])
{
    /* crypto_sign_verify_detached refuses S >= L and an R of low order, computes R afresh without the cofactor and
     * compares encodings, so that a non-canonical R never equals it. */
    const unsigned char *bytes = (const unsigned char *)message.data;
    return sign_is_key(public_key) &&
           crypto_sign_verify_detached(signature, message.len != 0 ? bytes : (const unsigned char *)"", message.len,
                                       public_key) == 0;
}
