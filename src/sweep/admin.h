/* Database-administration tools, told by what they are made of, with their version. */
#ifndef ASSAY_SWEEP_ADMIN_H
#define ASSAY_SWEEP_ADMIN_H

#include "sweep/found.h"

/* Adds a finding of class admin-tool, with its origin, if bytes (a PHP file) are such a tool, or the file of an installed one that
 * carries its version; and a hint if a file only calls itself one. source: the path that was swept, NULL if there is none; path: below
 * the directory root (a descriptor), for looking at what lies beside it; root may be -1. */
void admin_look(struct str bytes, int root, const char *source, struct str path, struct found *found);

#endif
