/* What the graph comes to over all claims: totals, circles, echoes, and what was taken back. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/roots.h"

#include "base/banned.h"

static int tell_statements(const struct graph *graph, json_t *statements)
{
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        json_t *told =
            json_pack("{s:s, s:b, s:I, s:b, s:b, s:b}", "id", node->id, "root", node->is_root, "circle",
                      (json_int_t)node->circle, "up", node->up, "down", node->down, "unknown", node->unknown);
        if (json_array_append_new(statements, told) != 0) {
            return roots_no_memory(graph);
        }
    }
    return 0;
}

/* Over all claims at once: how many statements say or pass on that it happened, that it did not, and on how many speakers they stand. */
static int tell_totals(struct graph *graph, json_t *told)
{
    size_t up = 0, down = 0, unknown = 0, circle = 0, up_roots = 0, down_roots = 0;
    graph->hearing += 2;
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        bool is_known = node->voice != ASSAY_VOICE_UNKNOWN;
        up += is_known && node->up;
        down += is_known && node->down;
        unknown += !is_known;
        circle += node->circle != 0;
        up_roots +=
            node->is_root && node->voice == ASSAY_VOICE_ASSERTS && roots_is_first(graph->heard, node, graph->hearing);
        down_roots += node->is_root && node->voice == ASSAY_VOICE_DENIES &&
                      roots_is_first(graph->heard_standing, node, graph->hearing);
    }
    json_t *totals = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "up", (json_int_t)up, "down", (json_int_t)down,
                               "unknown", (json_int_t)unknown, "circle", (json_int_t)circle, "up_roots",
                               (json_int_t)up_roots, "down_roots", (json_int_t)down_roots);
    return json_object_set_new(told, "totals", totals) == 0 ? 0 : roots_no_memory(graph);
}

static int tell_circles(const struct graph *graph, json_t *circles)
{
    for (size_t i = 0; i < graph->circles; i++) {
        if (json_array_append_new(circles, json_array()) != 0) {
            return roots_no_memory(graph);
        }
    }
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        if (node->circle != 0 && roots_add_id(json_array_get(circles, node->circle - 1), node) != 0) {
            return roots_no_memory(graph);
        }
    }
    return 0;
}

/* A party's word that comes back to it: a statement that rests on an earlier one of the same party, through somebody else. */
struct echo {
    const struct node *of;
    json_t *told;
    bool failed;
};

/* A demand or a reply refers to what was said before, and claims nothing by it. */
static bool makes_claims(const struct node *node)
{
    const char *act = json_text(node->statement, "act", "");
    return strcmp(act, "asserts") == 0 || strcmp(act, "denies") == 0 || strcmp(act, "reports") == 0;
}

static void take_echo(struct graph *graph, size_t at, void *self)
{
    struct echo *echo = self;
    const struct node *below = &graph->nodes[at];
    const json_t *direct = json_object_get(echo->of->statement, "relays");
    bool is_own = below != echo->of && makes_claims(below) &&
                  strcmp(json_text(below->statement, "party", ""), json_text(echo->of->statement, "party", "")) == 0;
    for (size_t i = 0; is_own && i < json_array_size(direct); i++) {
        const char *id = json_string_value(json_array_get(direct, i));
        is_own = id == NULL || strcmp(id, below->id) != 0;
    }
    if (is_own) {
        echo->failed |=
            json_array_append_new(echo->told, json_pack("{s:s, s:s}", "statement", echo->of->id, "of", below->id)) != 0;
    }
}

static int tell_echoes(struct graph *graph, json_t *echoes)
{
    for (size_t i = 0; i < graph->count; i++) {
        struct echo echo = {.of = &graph->nodes[i], .told = echoes};
        if (!makes_claims(echo.of)) {
            continue;
        }
        roots_each_below(graph, i, take_echo, &echo);
        if (echo.failed) {
            return roots_no_memory(graph);
        }
    }
    return 0;
}

/* Who rests on what was taken back. */
struct weakened {
    size_t on;
    bool is_on;
};

static void take_weakened(struct graph *graph, size_t at, void *self)
{
    struct weakened *weakened = self;
    (void)graph;
    weakened->is_on = weakened->is_on || at == weakened->on;
}

static int tell_retraction(struct graph *graph, size_t index, json_t *retracted)
{
    const struct node *node = &graph->nodes[index];
    json_t *weakens = json_array();
    json_t *told = json_pack("{s:s, s:s, s:o}", "statement", node->id, "by", json_text(node->retracted_by, "id", ""),
                             "weakens", weakens);
    if (json_array_append_new(retracted, told) != 0) {
        return roots_no_memory(graph);
    }
    for (size_t i = 0; i < graph->count; i++) {
        struct weakened weakened = {.on = index};
        roots_each_below(graph, i, take_weakened, &weakened);
        bool is_retraction = graph->nodes[i].statement == node->retracted_by;
        if (weakened.is_on && !is_retraction && roots_add_id(weakens, &graph->nodes[i]) != 0) {
            return roots_no_memory(graph);
        }
    }
    return 0;
}

int roots_tell(struct graph *graph, json_t *told)
{
    TRY(tell_statements(graph, json_object_get(told, "statements")));
    TRY(tell_totals(graph, told));
    TRY(tell_circles(graph, json_object_get(told, "circles")));
    TRY(tell_echoes(graph, json_object_get(told, "echoes")));
    for (size_t i = 0; i < graph->count; i++) {
        if (graph->nodes[i].retracted_by != NULL) {
            TRY(tell_retraction(graph, i, json_object_get(told, "retracted")));
        }
    }
    return 0;
}
