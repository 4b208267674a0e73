/* What is where in the ledger: ids, types, leaves. Derived; believed only when its size and root are the ledger's. The only
 * part of the case that speaks SQLite.
 *
 * A name belongs to the newest entry that carries it. An entry may reuse a name only by superseding that name, as the same
 * type of thing; every other id is new. */
#ifndef ASSAY_CASE_INDEX_H
#define ASSAY_CASE_INDEX_H

#include "base/hash.h"
#include "case/canon.h"

struct index;

/* path NULL: in memory. A file that is not a sound index of ours is thrown away and begun afresh. err: IO, LIMIT. */
MUST_USE int index_open(struct index **ret_index, const char *path, struct err *err);
/* Opens a sound index for reading only; NULL if there is none. Never changes the file. */
struct index *index_peek(const char *path);
void index_close(struct index *index);
void own_index(struct index **index);

/* How much of which ledger it covers: entries, bytes, root. */
void index_extent(const struct index *index, uint64_t *ret_size, uint64_t *ret_bytes, struct sha256 *ret_root);
/* Empties it. */
MUST_USE int index_clear(struct index *index, struct err *err);

/* begin; add, add, ...; commit with the new extent, or roll back. err of index_add: USAGE (the id is taken, or superseded
 * wrongly), IO, LIMIT. */
MUST_USE int index_begin(struct index *index, struct err *err);
MUST_USE int index_add(struct index *index, const struct envelope *entry, uint64_t offset, uint64_t bytes,
                       const struct sha256 *leaf, struct err *err);
MUST_USE int index_commit(struct index *index, uint64_t size, uint64_t bytes, const struct sha256 *root,
                          struct err *err);
void index_rollback(struct index *index);

enum { TYPE_BYTES = 32 };
/* The type of a name. 1: known, 0: free, -1: err. */
MUST_USE int index_type(struct index *index, struct str id, char ret_type[static TYPE_BYTES], struct err *err);
/* The highest number that follows prefix in an id ("E" and "E07": 7), 0 if none. */
MUST_USE int index_last(struct index *index, struct str prefix, uint64_t *ret_last, struct err *err);
/* All leaf hashes in order; false unless there are exactly size of them. */
MUST_USE bool index_leaves(struct index *index, uint64_t size, struct sha256 *ret_leaves);

#endif
