/* Where a file lies and among what: reasons that raise suspicion and decide nothing alone. */
#ifndef ASSAY_SWEEP_PLACE_H
#define ASSAY_SWEEP_PLACE_H

#include <sys/stat.h>

#include "sweep/found.h"
#include "sweep/gate.h"

/* It lies below a directory of uploads, pictures, caches or the like, to go by the names. */
bool place_is_loose(struct str path);
/* Adds class odd-place (low) for a script whose place or form is odd: code in an image, or one of very few scripts among
 * the pictures of an upload, cache or image directory. path: below root. */
void place_judge(int root, struct str path, struct str bytes, const struct gate *gate, size_t code_bytes,
                 struct found *found);
/* Reasons for a file that is already a finding: neighbours, name, owner, time, and whether a .htaccess above makes it run. They raise a
 * low confidence by one step at most. */
void place_describe(int root, struct str path, const struct stat *about, struct found *found);

#endif
