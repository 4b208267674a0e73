/* Sorting more records than memory holds: runs of 64 MiB in an unnamed temporary file, then one merge. Records are of
 * one width and compared bytewise over their first bytes. */
#ifndef ASSAY_PRIVATE_SORTER_H
#define ASSAY_PRIVATE_SORTER_H

#include "assay/words.h"

struct sorter;

/* folder: where runs are spilled (a 0700 directory); NULL of it is never written when one run is enough. run_bytes 0: 64 MiB. width: at most 256.
 * NULL with err: LIMIT. */
MUST_USE struct sorter *sorter_new(int folder, size_t width, size_t key_width, size_t run_bytes, struct err *err);
/* err: IO. */
MUST_USE int sorter_put(struct sorter *sorter, const uint8_t *record, struct err *err);
/* No more comes; sorter_next begins at the smallest. err: IO, LIMIT. */
MUST_USE int sorter_sort(struct sorter *sorter, struct err *err);
/* After sorter_sort: sorter_next begins at the smallest again. err: IO. */
MUST_USE int sorter_rewind(struct sorter *sorter, struct err *err);
/* *ret_record NULL at the end; borrowed until the next call. */
MUST_USE int sorter_next(struct sorter *sorter, const uint8_t **ret_record, struct err *err);
void own_sorter(struct sorter **sorter);

#endif
