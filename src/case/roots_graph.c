/* Statements and whom they cite: the graph, its circles, and what each statement rests on in the end. */
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/roots.h"

#include "base/banned.h"

enum { STATEMENTS_MAX = 4096 };

static int by_id(const void *left, const void *right, void *self)
{
    const struct graph *graph = self;
    return strcmp(graph->nodes[*(const size_t *)left].id, graph->nodes[*(const size_t *)right].id);
}

static size_t index_of(const struct graph *graph, const char *id)
{
    size_t from = 0, to = graph->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(graph->nodes[graph->by_id[middle]].id, id);
        if (order == 0) {
            return graph->by_id[middle];
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return SIZE_MAX;
}

static int read_cites(struct graph *graph, struct node *node)
{
    const json_t *relays = json_object_get(node->statement, "relays");
    size_t count = json_array_size(relays);
    node->cites = ARENA_NEW(&graph->arena, size_t, count + 1, graph->err);
    node->is_root = true;
    if (node->cites == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_array_get(relays, i));
        size_t to = id != NULL ? index_of(graph, id) : SIZE_MAX;
        if (to != SIZE_MAX) {
            node->cites[node->cite_count++] = to;
            node->is_root = false;
            graph->citations++;
        }
    }
    return 0;
}

static int read_nodes(struct graph *graph)
{
    const json_t *statements = json_object_get(graph->model, "statements");
    size_t all = json_array_size(statements);
    graph->count = all < STATEMENTS_MAX ? all : STATEMENTS_MAX;
    graph->left_out = all - graph->count;
    graph->nodes = ARENA_NEW(&graph->arena, struct node, graph->count + 1, graph->err);
    graph->by_id = ARENA_NEW(&graph->arena, size_t, graph->count + 1, graph->err);
    graph->seen = ARENA_NEW(&graph->arena, size_t, graph->count + 1, graph->err);
    graph->stack = ARENA_NEW(&graph->arena, size_t, graph->count + 1, graph->err);
    if (graph->nodes == NULL || graph->by_id == NULL || graph->seen == NULL || graph->stack == NULL) {
        return -1;
    }
    for (size_t i = 0; i < graph->count; i++) {
        const json_t *statement = json_array_get(statements, i);
        enum assay_voice voice = assay_case_voice(graph->model, statement);
        graph->nodes[i] = (struct node){.statement = statement,
                                        .id = json_text(statement, "id", ""),
                                        .voice = voice,
                                        .passes_on = voice == ASSAY_VOICE_REPORTS &&
                                                     strcmp(json_text(statement, "act", ""), "replies") != 0};
        graph->by_id[i] = i;
    }
    qsort_r(graph->by_id, graph->count, sizeof *graph->by_id, by_id, graph);
    for (size_t i = 0; i < graph->count; i++) {
        TRY(read_cites(graph, &graph->nodes[i]));
    }
    return 0;
}

/* Who retracts what: only the party's own word takes a statement back, and not through an account in other hands. */
static void read_retractions(struct graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        const json_t *retracts = json_object_get(node->statement, "retracts");
        for (size_t r = 0; r < json_array_size(retracts) && node->voice != ASSAY_VOICE_UNKNOWN; r++) {
            const char *id = json_string_value(json_array_get(retracts, r));
            size_t to = id != NULL ? index_of(graph, id) : SIZE_MAX;
            if (to != SIZE_MAX && strcmp(json_text(graph->nodes[to].statement, "party", ""),
                                         json_text(node->statement, "party", "")) == 0) {
                graph->nodes[to].retracted_by = node->statement;
            }
        }
    }
}

int roots_read(struct graph *graph)
{
    TRY(read_nodes(graph));
    read_retractions(graph);
    return 0;
}

/* ---- circles: strongly connected parts (Tarjan 1972), without recursion ---- */

struct tarjan {
    size_t *edge, *path, path_count, next_number;
};

static void close_part(struct graph *graph, size_t *stack_count, size_t at)
{
    size_t members = 0, circle = graph->circles + 1;
    do {
        struct node *member = &graph->nodes[graph->stack[*stack_count - 1 - members]];
        member->is_open = false;
        member->circle = circle;
        members++;
    } while (graph->stack[*stack_count - members] != at);
    bool is_circle = members > 1;
    for (size_t i = 0; i < graph->nodes[at].cite_count; i++) {
        is_circle = is_circle || graph->nodes[at].cites[i] == at;
    }
    graph->circles += is_circle;
    for (size_t i = 0; !is_circle && i < members; i++) {
        graph->nodes[graph->stack[*stack_count - 1 - i]].circle = 0;
    }
    *stack_count -= members;
}

static void open_node(struct graph *graph, struct tarjan *tarjan, size_t *stack_count, size_t index)
{
    graph->nodes[index].number = graph->nodes[index].low = ++tarjan->next_number;
    graph->nodes[index].is_open = true;
    graph->stack[(*stack_count)++] = index;
    tarjan->edge[index] = 0;
    tarjan->path[tarjan->path_count++] = index;
}

static void walk_from(struct graph *graph, struct tarjan *tarjan, size_t *stack_count, size_t start)
{
    open_node(graph, tarjan, stack_count, start);
    while (tarjan->path_count > 0) {
        size_t at = tarjan->path[tarjan->path_count - 1];
        struct node *node = &graph->nodes[at];
        if (tarjan->edge[at] < node->cite_count) {
            size_t to = node->cites[tarjan->edge[at]++];
            if (graph->nodes[to].number == 0) {
                open_node(graph, tarjan, stack_count, to);
            } else if (graph->nodes[to].is_open && graph->nodes[to].number < node->low) {
                node->low = graph->nodes[to].number;
            }
            continue;
        }
        tarjan->path_count--;
        if (tarjan->path_count > 0) {
            struct node *above = &graph->nodes[tarjan->path[tarjan->path_count - 1]];
            above->low = node->low < above->low ? node->low : above->low;
        }
        if (node->low == node->number) {
            close_part(graph, stack_count, at);
        }
    }
}

int roots_find_circles(struct graph *graph)
{
    size_t stack_count = 0;
    struct tarjan tarjan = {.edge = ARENA_NEW(&graph->arena, size_t, graph->count + 1, graph->err),
                            .path = ARENA_NEW(&graph->arena, size_t, graph->count + 1, graph->err)};
    if (tarjan.edge == NULL || tarjan.path == NULL) {
        return -1;
    }
    for (size_t i = 0; i < graph->count; i++) {
        if (graph->nodes[i].number == 0) {
            walk_from(graph, &tarjan, &stack_count, i);
        }
    }
    return 0;
}

/* ---- what each rests on ---- */

void roots_each_below(struct graph *graph, size_t from, void (*visit)(struct graph *graph, size_t at, void *self),
                      void *self)
{
    size_t count = 0;
    graph->stamp++;
    graph->stack[count++] = from;
    while (count > 0) {
        const struct node *node = &graph->nodes[graph->stack[--count]];
        for (size_t i = 0; i < node->cite_count; i++) {
            size_t to = node->cites[i];
            if (graph->seen[to] != graph->stamp) {
                graph->seen[to] = graph->stamp;
                graph->stack[count++] = to;
                visit(graph, to, self);
            }
        }
    }
}

static void take_side(struct node *node, const struct node *root)
{
    node->up = node->up || root->voice == ASSAY_VOICE_ASSERTS;
    node->down = node->down || root->voice == ASSAY_VOICE_DENIES;
    node->unknown = node->unknown || root->voice == ASSAY_VOICE_UNKNOWN;
}

static void take_root(struct graph *graph, size_t at, void *self)
{
    if (graph->nodes[at].is_root || graph->nodes[at].circle != 0) {
        take_side(self, &graph->nodes[at]);
    }
}

void roots_find_sides(struct graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        struct node *node = &graph->nodes[i];
        take_side(node, node);
        if (node->passes_on) {
            roots_each_below(graph, i, take_root, node);
        }
    }
}
