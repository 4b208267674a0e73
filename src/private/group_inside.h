/* What the paths share. */
#ifndef ASSAY_PRIVATE_GROUP_INSIDE_H
#define ASSAY_PRIVATE_GROUP_INSIDE_H

#include "private/group.h"

extern const struct group_path group_sodium;
#ifdef __SIZEOF_INT128__
extern const struct group_path group_portable;
#endif
#ifdef __x86_64__
extern const struct group_path group_avx2;
extern const struct group_path group_ifma;
#endif

#endif
