/* Bytes kept in memory to be read more than once, packed with zstd at its quickest: a log takes a tenth. For what can only be read in
 * sequence, as the entries of a packed archive, when it is small enough. */
#ifndef ASSAY_FORMATS_HOLD_H
#define ASSAY_FORMATS_HOLD_H

#include "formats/stream.h"

struct hold;

/* max_bytes: of memory for what is kept. NULL: no memory. */
MUST_USE struct hold *hold_new(size_t max_bytes);
/* False when it would take more than max_bytes (or memory is out): then it is of no use any more. */
MUST_USE bool hold_put(struct hold *hold, struct str bytes);
MUST_USE bool hold_end(struct hold *hold);
/* The memory taken, after hold_end(). */
size_t hold_bytes(const struct hold *hold);
/* The bytes from their beginning; hold must outlive it. Any number may read at once. */
MUST_USE struct stream *hold_stream(const struct hold *hold, struct err *err);
void hold_free(struct hold *hold); /* takes NULL */

#endif
