/* Database-administration tools, told by what they are made of, with their version. */
#ifndef ASSAY_SWEEP_ADMIN_H
#define ASSAY_SWEEP_ADMIN_H

#include "sweep/found.h"

/* Adds a finding of class admin-tool if bytes (a PHP file) are such a tool, or the file of an installed one that
 * carries its version. path: below the directory root (a descriptor), for looking at the file that holds the
 * version of a tool in several files; root may be -1. */
void admin_look(struct str bytes, int root, struct str path, struct found *found);

#endif
