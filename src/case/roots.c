/* Who cites whom. What counts is not how many say it but on how many independent roots they stand: parties that speak on their
 * own word, those that belong together counted once. A statement that passes a claim on rests on the roots that made that claim;
 * one whose sources did not make it names no source for it. A circle has no root at all, and a party whose word comes back
 * through others has still said it once. */
#include "case/roots.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { ARENA_MAX_BYTES = 64 << 20 };

static void own_graph(struct graph *graph)
{
    arena_clear(&graph->arena);
    json_decref(graph->party_at);
    json_decref(graph->said_of);
}

int roots_no_memory(const struct graph *graph)
{
    return err_no_memory(graph->err);
}

int roots_add_id(json_t *list, const struct node *node)
{
    return json_array_append_new(list, json_string(node->id));
}

json_t *assay_case_roots(const json_t *model, struct err *err)
{
    OWN(own_graph) struct graph graph = {.model = model, .err = err};
    arena_init(&graph.arena, ARENA_MAX_BYTES);
    if (roots_read(&graph) != 0 || roots_find_circles(&graph) != 0 || roots_find_speakers(&graph) != 0) {
        return NULL;
    }
    roots_find_sides(&graph);
    OWN(own_json)
    json_t *told =
        json_pack("{s:[], s:[], s:[], s:[], s:[], s:I, s:I}", "statements", "circles", "echoes", "retracted", "claims",
                  "citations", (json_int_t)graph.citations, "left_out", (json_int_t)graph.left_out);
    if (told == NULL) {
        (void)roots_no_memory(&graph);
        return NULL;
    }
    bool is_told = roots_tell(&graph, told) == 0 && roots_tell_claims(&graph, json_object_get(told, "claims")) == 0;
    return is_told ? json_incref(told) : NULL;
}
