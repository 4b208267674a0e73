/* What a list was read from, as its commitment names it.
 *
 *   source = SHA(Label("source") || salt || for each source: 1 || SHA-256 of the file
 *                                                         or 2, for what has no bytes of its own (folder, live database)
 *                                        || if there was a 2: SHA-256 of all keys in the order they were read)
 * where a key is hashed as u8 type || u64 row || u16 length || key. That covers the spelled keys, their rows and their order: not what the
 * rows hold besides, and not rows that gave no key (they are counted in the commitment). */
#ifndef ASSAY_PRIVATE_SOURCE_H
#define ASSAY_PRIVATE_SOURCE_H

#include "private/keys.h"

/* Stands between keys_read and a sink, and hashes what passes. */
struct source_hash {
    struct hasher *hasher;
    const struct key_sink *to;
};
/* err: LIMIT. Ends with own_source_hash(). */
MUST_USE int source_hash_begin(struct source_hash *hash, const struct key_sink *to, struct err *err);
struct key_sink source_hash_sink(struct source_hash *hash);
void own_source_hash(struct source_hash *hash);

/* The salted digest, after everything was read. err: IO. */
MUST_USE int source_digest(struct source_hash *hash, const char *const *sources, const uint8_t salt[static 32],
                           struct sha256 *ret_digest, struct err *err);

#endif
