/* Where a signing key is kept: a file of one line, PRIVATE+KEY+NAME+ID+SEED (note.h), for whoever can read the file. */
#ifndef ASSAY_LEDGER_KEYFILE_H
#define ASSAY_LEDGER_KEYFILE_H

#include "ledger/note.h"

enum { KEYFILE_MAX_BYTES = 4096 };

/* name below dir (AT_FDCWD: a path). ret_key: as a log's key (type 1). Wipe the secret. err: NOT_FOUND, IO, FORMAT. */
MUST_USE int keyfile_read(int dir, const char *name, struct sign_key *ret_secret, struct note_key *ret_key,
                          struct err *err);
/* The public half alone. */
MUST_USE int keyfile_public(int dir, const char *name, struct note_key *ret_key, struct err *err);
/* Mode 0600; in the place of what was there. */
MUST_USE int keyfile_write(int dir, const char *name, const struct note_key *key, const struct sign_key *secret,
                           struct err *err);

#endif
