/* Asking for a passphrase. The only place of the ledger that speaks to a terminal, and to nothing else: /dev/tty, not standard output. */
#ifndef ASSAY_LEDGER_PASSPHRASE_H
#define ASSAY_LEDGER_PASSPHRASE_H

#include "assay/words.h"

struct stat;

enum { PASSPHRASE_MAX = 1023 };

/* In memory that its owner locked; wipe it. */
struct passphrase {
    char text[PASSPHRASE_MAX + 1];
    size_t len;
};

/* A plain file of this user that others may read or write: no place for a secret. What belongs to somebody else is his to decide (root reads
 * everything), and a pipe is nobody's. */
bool passphrase_is_bare(const struct stat *about);

/* what: "passphrase of acme.case/key". is_new: asked twice. err: USAGE (empty, too long, nobody to ask, or the two differ), IO. */
MUST_USE int passphrase_ask(struct passphrase *ret_passphrase, const char *what, bool is_new, struct err *err);

#endif
