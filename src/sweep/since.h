/* Findings of an earlier sweep, as its JSON Lines tell them: which of today's are new.
 *
 * A finding is as before when path, sha256 and class are those of one before. One whose sha256 was not computed is always new. A
 * finding of before that does not come again is gone only if its file was looked at, or is not there any more; if it lies outside
 * what is swept, could not be read, was left out as a release's, or is of a class that is not asked for now, it is unseen. */
#ifndef ASSAY_SWEEP_SINCE_H
#define ASSAY_SWEEP_SINCE_H

#include <jansson.h>

#include "assay/words.h"

struct since;

/* Is it a manifest, or findings? By its first line. err: IO, FORMAT. */
MUST_USE int since_probe(const char *path, bool *ret_is_manifest, struct err *err);
/* NULL with err: IO, FORMAT, LIMIT; names the file and the line. */
MUST_USE struct since *since_load(const char *path, struct err *err);
void since_free(struct since *since);

/* Was this finding there before? It is then counted. */
bool since_had(struct since *since, const json_t *finding);
/* A file, or a directory, whose content was not looked at. */
void since_unseen(struct since *since, struct str path);
/* What was asked of the files this time. */
struct since_scope {
    const char *const *paths;
    size_t path_count;
    bool has_hints, has_rules;
};
/* After the last file: what of before is gone. tell NULL: only counted. */
MUST_USE int since_settle(struct since *since, const struct since_scope *scope, void *self,
                          int (*tell)(void *self, struct str path, const char *class, const char *sha256,
                                      struct err *err),
                          struct err *err);
/* The member of the summary. NULL without memory. */
json_t *since_json(const struct since *since, uint64_t new_findings);

#endif
