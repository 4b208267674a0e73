/* The bytes of one file, wherever they came from, to what is found in them. Knows no descriptor of the file itself, so that a
 * file of the tree and an entry of an archive are examined by the same words. */
#ifndef ASSAY_SWEEP_EXAMINE_H
#define ASSAY_SWEEP_EXAMINE_H

#include <jansson.h>
#include <sys/stat.h>

#include "sweep/faults.h"
#include "sweep/found.h"
#include "sweep/gate.h"
#include "sweep/rules.h"

struct subject {
    const char *source; /* the path that was swept, which root is; NULL: none that could be asked */
    struct str path;    /* below root, or in its archive */
    struct str bytes;   /* the file, or its beginning */
    struct gate gate;   /* what gate_look() says of them */
    int root;           /* the directory that path is below; -1: none that could be asked (an entry of an archive) */
    struct stat about;
};

struct examiner;

/* What every examiner asks and none changes. */
struct books {
    struct rules *rules;
    struct rules *given;         /* by a person; NULL: none */
    const struct faults *faults; /* of database tools; NULL: none */
};

/* One per thread; the books must outlive it. all: hints, too, are told. NULL with err: LIMIT. */
MUST_USE struct examiner *examiner_new(const struct books *books, bool all, struct err *err);
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
