/* Whether the tree itself says that a file runs which by its name would not. */
#ifndef ASSAY_SWEEP_SERVED_H
#define ASSAY_SWEEP_SERVED_H

#include "sweep/found.h"

/* path: below root, of a file with script code under another name. Looks for a .htaccess beside it and above that turns such files into
 * scripts; tells it as an effect, and raises a low confidence by one step. */
void served_look(int root, struct str path, struct found *found);

#endif
