/* Making a loaded set findable. */
#ifndef ASSAY_MATCH_SET_INDEX_H
#define ASSAY_MATCH_SET_INDEX_H

#include "match/set.h"

/* Makes filters and finders of all values and of the other spellings that numbers are found under, frees the slots, and tells what
 * each column is, on up to `workers` threads. The same whatever their number. err: LIMIT. */
MUST_USE int set_index(struct set *set, unsigned workers, struct err *err);

#endif
