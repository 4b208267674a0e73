/* Tables that are read here and there: every read is another page, and the processor remembers the places of few of them. */
#ifndef ASSAY_BASE_WIDE_H
#define ASSAY_BASE_WIDE_H

#include "assay/words.h"

/* Bytes for such a table, not zeroed and not touched, so that they take memory as they are filled. As wide_alloc. */
MUST_USE void *wide_room(size_t bytes);
/* Zeroed bytes for such a table; in pages of 2 MiB if it is that large and the system has them. NULL without memory. For
 * free(). */
MUST_USE void *wide_alloc(size_t bytes);

#endif
