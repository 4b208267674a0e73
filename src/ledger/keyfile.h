/* Where a signing key is kept: a file of one line, PRIVATE+KEY+NAME+ID+SEED (note.h), for whoever can read the file; or of three lines
 * under a passphrase:
 *
 *   assay-key/v1 argon2id OPS KIB          Argon2id (RFC 9106), version 1.3: passes, memory
 *   NAME+ID+base64(1 || public key)        in the clear: who it is can be seen without the passphrase
 *   base64(salt || nonce || box)           16 + 24 + 48 bytes; box: the seed under XSalsa20-Poly1305 (NaCl secretbox) with the key
 *                                          that Argon2id makes of passphrase and salt
 *
 * or of two lines, where an SSH agent has the key (agent.h) and the file says which; nothing in it is secret:
 *
 *   assay-key/v1 ssh-agent
 *   NAME+ID+base64(1 || public key)
 *
 * The passphrase is the first line of the file that ASSAY_PASSPHRASE_FILE names, or asked on the terminal without echo. It and what is
 * made of it stand in locked memory (where the system lets) and are wiped. */
#ifndef ASSAY_LEDGER_KEYFILE_H
#define ASSAY_LEDGER_KEYFILE_H

#include "ledger/note.h"

enum { KEYFILE_MAX_BYTES = 4096 };

/* name below dir (AT_FDCWD: a path). ret_key: as a log's key (type 1). Wipe the secret. Asks for the passphrase where it needs one.
 * An agent has to have the key now. err: NOT_FOUND, IO, FORMAT, LIMIT, USAGE (wrong passphrase, or nobody to ask). */
MUST_USE int keyfile_read(int dir, const char *name, struct sign_key *ret_secret, struct note_key *ret_key,
                          struct err *err);
/* The public half alone; never asks. */
MUST_USE int keyfile_public_of(struct str bytes, struct note_key *ret_key, struct err *err);
MUST_USE int keyfile_public(int dir, const char *name, struct note_key *ret_key, struct err *err);
/* Is it there and under a passphrase? */
bool keyfile_is_sealed(int dir, const char *name);
bool keyfile_is_in_agent(int dir, const char *name);
/* Mode 0600; in the place of what was there. is_sealed: under a passphrase, which is asked for (twice on a terminal); of no meaning
 * for a key that an agent has. */
MUST_USE int keyfile_write(int dir, const char *name, const struct note_key *key, const struct sign_key *secret,
                           bool is_sealed, struct err *err);

#endif
