/* The two sides of an audit. */
#ifndef ASSAY_PRIVATE_AUDIT_H
#define ASSAY_PRIVATE_AUDIT_H

#include "private/neutral.h"

enum { AUDIT_CONTEXT = SHA256_BYTES + 2 };

/* run id || u8 audit || u8 type: begins every block of an opening, and is its proof's context. */
void audit_context(uint8_t out[static AUDIT_CONTEXT], const struct sha256 *run, uint8_t audit, size_t type);
/* A party answers the asks given. */
MUST_USE int audit_open(struct step *step, struct err *err);
/* The neutral asks, and checks what was opened. */
MUST_USE int audit_neutral(struct step *step, struct err *err);

#endif
