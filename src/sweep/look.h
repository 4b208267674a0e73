/* One file, from opening to finding: read, gate, rules, analysis, place. On a worker's thread. */
#ifndef ASSAY_SWEEP_LOOK_H
#define ASSAY_SWEEP_LOOK_H

#include <jansson.h>

#include "base/lock.h"
#include "base/walk.h"
#include "sweep/examine.h"
#include "sweep/inside.h"
#include "sweep/known.h"

/* What was seen of one entry. */
struct look {
    const char *class; /* "read", or why not (wholly); static; docs/json-lines.md */
    bool hides;        /* something of its content wasn't seen */
    bool is_web;       /* holds or is meant to hold script code */
    uint64_t bytes;
    int error;             /* errno worth complaining about; 0 if none */
    json_t *finding;       /* without "path"; owned; NULL if none */
    struct inside *inside; /* owned; NULL if it is no archive */
    json_t *measure;       /* what else is told of it, without "path" where it was explained; owned; NULL if nothing */
    struct known_view known;
    bool failed; /* out of memory: the run must end */
};

struct looker;

enum look_task { LOOK_SWEEP, LOOK_LEARN, LOOK_EXPLAIN };

/* task: examine; only digest; examine and explain. large: one for all lookers of a run, whoever holds it has a large file in
 * memory; it must outlive them. */
MUST_USE struct looker *looker_new(const struct books *books, bool all, enum look_task task, struct lock *large,
                                   struct err *err);
void looker_free(struct looker *looker);
/* Closes what it holds open of the tree it looked at: another root follows. */
void looker_leave(struct looker *looker);

void look_clear(struct look *look);

/* entry: any kind; only files are opened, below root. source: the path that root is. place: what releases say of the
 * entry's path; NULL: none was given. */
struct look look_at(struct looker *looker, int root, const char *source, const struct walk_entry *entry,
                    const struct known_place *place);

#endif
