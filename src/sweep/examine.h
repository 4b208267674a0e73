/* The bytes of one file, wherever they came from, to what is found in them. Knows no descriptor of the file itself, so that a
 * file of the tree and an entry of an archive are examined by the same words. */
#ifndef ASSAY_SWEEP_EXAMINE_H
#define ASSAY_SWEEP_EXAMINE_H

#include <jansson.h>
#include <sys/stat.h>

#include "sweep/found.h"
#include "sweep/gate.h"
#include "sweep/rules.h"

struct subject {
    struct str path;  /* below root, or in its archive */
    struct str bytes; /* the file, or its beginning */
    struct gate gate; /* what gate_look() says of them */
    int root;         /* the directory that path is below; -1: none that could be asked (an entry of an archive) */
    struct stat about;
};

struct examiner;

/* One per thread; rules, and those given by a person (NULL: none), must outlive it. all: hints, too, are told. NULL with err: LIMIT. */
MUST_USE struct examiner *examiner_new(struct rules *rules, struct rules *given, bool all, struct err *err);
void examiner_free(struct examiner *examiner);

/* Whether such a file is to be examined at all. */
bool examiner_wants(const struct examiner *examiner, const struct gate *gate);
/* Everything that is asked of a script file, and of any file if rules were given. Returns false if some of it was given up. */
MUST_USE bool examine(struct examiner *examiner, const struct subject *subject, struct found *found);
/* Whether such a find is told at all. */
bool examine_tells(const struct examiner *examiner, const struct found *found);
/* The record of a finding, without its "path". sha256 NULL: not computed. NULL without memory. */
MUST_USE json_t *examine_record(const struct subject *subject, struct found *found, const char *sha256);

/* The last component of a path. */
struct str name_of(struct str path);

#endif
