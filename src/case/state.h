/* Reading a statements file: what its parts share. state.c steers, state_fields.c turns keys into members,
 * state_check.c looks at what refers to what. */
#ifndef ASSAY_CASE_STATE_H
#define ASSAY_CASE_STATE_H

#include "base/yaml.h"
#include "case/inside.h"

/* A thing that the file names, or a mention of one. */
struct named {
    struct str id;
    const char *type;        /* what it is; for a mention, what it has to be */
    const struct yaml *node; /* where */
    json_t *entry;           /* borrowed; NULL for a mention */
    struct named *next;
};

struct state {
    struct arena *arena;
    const char *name; /* of the file, for messages */
    json_t *before;   /* id -> newest entry of the case: case, parties, statements, claims */
    json_t *entries;  /* what the file says, in the order in which it will be recorded */
    struct named *things, *last_thing;
    struct named *mentions, *last_mention;
    struct err *err;
};

/* state.c: bytes of a file into entries, checked; state->before holds what the case says already. err: FORMAT, LIMIT. */
MUST_USE int state_read(struct state *state, struct str bytes);

/* "name:line:column: ..." as FORMAT; returns -1. */
int state_fail(const struct state *state, const struct yaml *at, const char *format, ...) PRINTF(3, 4);
MUST_USE int state_no_memory(const struct state *state);

/* The word of `words` (NULL-terminated) that somebody meant by `typed`: at most two letters off. NULL if none is near. */
const char *state_nearest(struct str typed, const char *const *words);

/* state_fields.c: one mapping of a list ("parties", ...) into an entry (new reference), its mentions noted. */
MUST_USE int state_read_thing(struct state *state, const char *type, const struct yaml *map, json_t **ret_entry);
/* Names of the lists that a file may have, in the order in which they are recorded. */
struct state_list {
    const char *key, *type;
};
extern const struct state_list state_lists[4];

MUST_USE int state_mention(struct state *state, const struct yaml *node, const char *type);

/* state_check.c: ids once, mentions known, no statement resting on itself. */
MUST_USE int state_check(struct state *state);

#endif
