/* How one file was read, and the lines that its findings stand on: for a person who wants to follow them. */
#ifndef ASSAY_SWEEP_EXPLAIN_H
#define ASSAY_SWEEP_EXPLAIN_H

#include <jansson.h>

#include "sweep/examine.h"

/* The measure of class "explained", without its path. is_asked: it was analysed; is_whole: to its end. bytes: of the whole file.
 * sha256 NULL: not computed. NULL without memory. */
json_t *explain_record(const struct subject *subject, const struct found *found, bool is_asked, bool is_whole,
                       uint64_t bytes, const char *sha256);

#endif
