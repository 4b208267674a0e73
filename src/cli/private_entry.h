/* A step of the private comparison as an entry of a case: what judge and report need, and nothing that names this machine. */
#ifndef ASSAY_CLI_PRIVATE_ENTRY_H
#define ASSAY_CLI_PRIVATE_ENTRY_H

#include <jansson.h>

#include "assay/private.h"
#include "base/buf.h"
#include "ledger/sign.h"

enum { PARTY_KEY_BYTES = SIGN_KEY_BYTES };
/* The newest key that the case knows of a party and that was not revoked, in hex; false: none (hex is then unspecified), or party is
 * NULL. */
bool private_registered_key(const json_t *model, const char *party, char hex[static 2 * PARTY_KEY_BYTES + 1]);

/* Runs that the case's entries know of, as assay_private_options.spent takes them; appended. */
void private_spent(const json_t *entries, struct buf *out);
/* A type of a result's summary, as numbers. */
struct assay_private_seen private_seen_of(const json_t *type);
/* The summary of a step as an entry. asker, keeper: parties of the case, or NULL where nobody said. Each counted type gets
 * "bounds": {"committed": [lo, hi], "source": [lo, hi]}, in whole keys, rounded outward. New reference. err: LIMIT. */
json_t *private_entry(const json_t *summary, const char *asker, const char *keeper, struct err *err);

#endif
