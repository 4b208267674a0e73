/* What the files about who cites whom share: the graph of statements.
 *
 *   model ──roots_graph.c──▶ nodes, circles, sides ──roots_voices.c──▶ speakers ──roots_claims.c, roots_tell.c──▶ what is told
 */
#ifndef ASSAY_CASE_ROOTS_H
#define ASSAY_CASE_ROOTS_H

#include "assay/case.h"
#include "base/arena.h"
#include "base/json.h"

struct node {
    const json_t *statement;
    const char *id;
    enum assay_voice voice;
    bool passes_on; /* a report, which hands on what it rests on; an assertion or a reply speaks for itself */
    bool is_root;   /* rests on nothing in the case */
    size_t *cites;  /* indices */
    size_t cite_count;
    size_t circle;      /* 0: none; else the circle it is part of, from 1 */
    size_t low, number; /* Tarjan's */
    bool is_open;
    bool up, down, unknown; /* rests, in the end, on an assertion, a denial, a voice nobody can name */
    const json_t *retracted_by;
    size_t speaker; /* who speaks: parties that belong together have one number */
};

struct graph {
    const json_t *model;
    struct arena arena;
    struct node *nodes;
    size_t count, left_out, citations, circles;
    size_t *by_id; /* indices in the order of ids */
    size_t *seen, stamp, *stack;
    json_t *party_at;                        /* id -> index */
    json_t *said_of;                         /* claim -> indices of the statements about it */
    size_t *group;                           /* of the party at the same index: who belongs together */
    size_t *heard, *heard_standing, hearing; /* by speaker: the side in which it was counted last */
    struct err *err;
};

/* roots_graph.c: reads the statements of the model, whom each cites, and who took what back. err in the graph: LIMIT. */
MUST_USE int roots_read(struct graph *graph);
/* roots_graph.c: marks the circles. */
MUST_USE int roots_find_circles(struct graph *graph);
/* roots_graph.c: on which voices each rests in the end. */
void roots_find_sides(struct graph *graph);
/* roots_graph.c: calls back with everything that `from` rests on, through others, each once. */
void roots_each_below(struct graph *graph, size_t from, void (*visit)(struct graph *graph, size_t at, void *self),
                      void *self);
/* roots_voices.c: who speaks for each statement; parties that belong together have one number. */
MUST_USE int roots_find_speakers(struct graph *graph);
/* Whether a speaker was not heard yet in this hearing; he is now. */
bool roots_is_first(size_t *heard, const struct node *node, size_t hearing);
/* roots_claims.c: for each claim of the model, on how many voices it stands, into an array. */
MUST_USE int roots_tell_claims(struct graph *graph, json_t *claims);
/* roots_tell.c: all the rest, into the object of assay_case_roots(). */
MUST_USE int roots_tell(struct graph *graph, json_t *told);
/* Appends the id of a statement. -1 without memory. */
int roots_add_id(json_t *list, const struct node *node);
int roots_no_memory(const struct graph *graph);

#endif
