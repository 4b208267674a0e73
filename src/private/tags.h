/* Tags files: lists first, at a place that is known, then the header that seals their roots. */
#ifndef ASSAY_PRIVATE_TAGS_H
#define ASSAY_PRIVATE_TAGS_H

#include "private/step.h"

/* Writes the tags of a type into the file at `list`; sets *ret_root. */
typedef int (*tags_list)(struct step *step, size_t type, const struct list_place *list, struct sha256 *ret_root,
                         struct err *err);

/* Makes `tags`, sealed to whom the offer names. roots (may be NULL): of each type. */
MUST_USE int tags_write(struct step *step, tags_list lists, struct sha256 *ret_roots, struct err *err);
/* The keeper's, out of its records. */
MUST_USE int tags_write_keeper(struct step *step, struct err *err);
/* The root of a type's list in this party's own tags file, which is among step->files. err: IO, FORMAT. */
MUST_USE int tags_own_root(const struct step *step, size_t type, struct sha256 *ret_root, struct err *err);

#endif
