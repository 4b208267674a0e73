/* Keys that live in an SSH agent (draft-ietf-sshm-ssh-agent; OpenSSH's PROTOCOL.agent) and never leave it: it is asked to sign.
 *
 *   message    uint32 length || byte type || body, big-endian; string: uint32 length || bytes
 *   11         which keys?  ─▶  12, uint32 count, count times (string key, string comment)
 *   13, string key, string data, uint32 flags 0  ─▶  14, string (string "ssh-ed25519", string 64 bytes)
 *   key        string "ssh-ed25519" || string 32 bytes (RFC 8709, 4)
 *
 * It signs the bytes themselves, without an envelope: an Ed25519 signature of an agent is the one that a key file makes. What it
 * answers is foreign: bounded, waited for so long and no longer, and a signature is verified before anybody gets it. */
#ifndef ASSAY_LEDGER_AGENT_H
#define ASSAY_LEDGER_AGENT_H

#include "ledger/sign.h"

enum { AGENT_MAX_BYTES = 256 << 10, AGENT_MAX_KEYS = 2048, AGENT_FINGERPRINT = 64 };

/* One key that it holds; borrows from the answer. */
struct agent_identity {
    const uint8_t *public_key; /* SIGN_KEY_BYTES; NULL: not Ed25519 */
    struct str blob, comment;
};

/* Takes an answer to 11 apart (without its length). visit may be NULL; it returns false to stop. err: FORMAT, LIMIT, NOT_FOUND
 * (it refused). */
MUST_USE int agent_read_identities(struct str answer, bool (*visit)(void *self, const struct agent_identity *identity),
                                   void *self, struct err *err);
/* The same of an answer to 13. Whether the signature holds is not looked at. */
MUST_USE int agent_read_signature(struct str answer, uint8_t ret_signature[static SIGN_BYTES], struct err *err);

/* "SHA256:..." of a key, as ssh-add -l prints it. */
void agent_fingerprint(char out[static AGENT_FINGERPRINT], const uint8_t public_key[static SIGN_KEY_BYTES]);

/* The key that is called so, by its comment or fingerprint; "-": the only one. ret_key signs through the agent from then on.
 * err: NOT_FOUND, USAGE (several, or no agent), IO (it does not answer, or nonsense). */
MUST_USE int agent_find(const char *which, struct sign_key *ret_key, struct err *err);
/* It is there to sign with. err: USAGE, IO. */
MUST_USE int agent_has(const uint8_t public_key[static SIGN_KEY_BYTES], struct err *err);
/* err: USAGE, IO (also: it refused), LIMIT; TAMPERED: what it answered is no signature of these bytes. Several threads may ask at once. */
MUST_USE int agent_sign(uint8_t ret_signature[static SIGN_BYTES], const uint8_t public_key[static SIGN_KEY_BYTES],
                        struct str message, struct err *err);

#endif
