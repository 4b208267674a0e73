/* What the recognisers of database tools share. */
#ifndef ASSAY_SWEEP_ADMIN_INSIDE_H
#define ASSAY_SWEEP_ADMIN_INSIDE_H

#include "sweep/found.h"

bool admin_has(struct str bytes, const char *text);
/* The release number behind the first `mark` that has one, past spaces, "=", ",", ">", "(" and a quote; ret_at: where the mark is. */
struct str admin_version_after(struct str bytes, const char *mark, size_t *ret_at);
/* Raises the finding to that tool. version may be empty. */
void admin_name(struct found *found, const char *name, struct str version, uint64_t line);

/* Each returns whether it is such a tool, and then has said so. */
bool admin_is_adminer(struct str bytes, int root, struct str path, struct found *found);
bool admin_is_other(struct str bytes, struct found *found);

#endif
