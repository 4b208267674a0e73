/* One file, from opening to finding: read, gate, rules, analysis, place. On a worker's thread. */
#ifndef ASSAY_SWEEP_LOOK_H
#define ASSAY_SWEEP_LOOK_H

#include <jansson.h>

#include "base/walk.h"
#include "sweep/examine.h"
#include "sweep/inside.h"

/* What was seen of one entry. */
struct look {
    const char *class; /* "read", or why not (wholly); static; docs/json-lines.md */
    bool hides;        /* something of its content wasn't seen */
    bool is_web;       /* holds or is meant to hold script code */
    uint64_t bytes;
    int error;             /* errno worth complaining about; 0 if none */
    json_t *finding;       /* without "path"; owned; NULL if none */
    struct inside *inside; /* owned; NULL if it is no archive */
    bool failed;           /* out of memory: the run must end */
};

struct looker;

MUST_USE struct looker *looker_new(const struct books *books, bool all, struct err *err);
void looker_free(struct looker *looker);
/* Closes what it holds open of the tree it looked at: another root follows. */
void looker_leave(struct looker *looker);

void look_clear(struct look *look);

/* entry: any kind; only files are opened, below root. source: the path that root is. */
struct look look_at(struct looker *looker, int root, const char *source, const struct walk_entry *entry);

#endif
