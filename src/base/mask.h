/* Personal data that people write into free text, made unreadable before it enters a ledger that forgets nothing. */
#ifndef ASSAY_BASE_MASK_H
#define ASSAY_BASE_MASK_H

#include "base/buf.h"

/* Appends text with what looks like an e-mail address as j•••@g•••.com, and what looks like a telephone number (nine to
 * fifteen digits, with spaces, dots, dashes or brackets between, and no date) as •••42. Numbers within a URL stay, addresses
 * there do not. Masking twice changes nothing more. */
void mask_text(struct buf *out, struct str text);

#endif
