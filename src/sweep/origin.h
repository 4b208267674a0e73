/* Whether a database tool was installed or left behind: by where it lies and among what. */
#ifndef ASSAY_SWEEP_ORIGIN_H
#define ASSAY_SWEEP_ORIGIN_H

#include "sweep/found.h"

/* Sets found->origin for the tool found->name, with the reason for it:
 *   packaged   in a directory where a package of that tool puts it
 *   installed  with the files of a whole release around it, elsewhere
 *   dropped    nothing of the tool around it
 *   unclear    some of it, or nobody could look
 * root: the directory that path is below, -1 if it can't be asked; source: the path that was swept, or NULL. */
void origin_tell(int root, const char *source, struct str path, struct found *found);

#endif
