/* What refers to what: ids stand once, every mention leads to a thing of the right type in the file or in the case, and no
 * statement rests on itself, however long the way round. */
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "case/state.h"

#include "base/banned.h"

int state_mention(struct state *state, const struct yaml *node, const char *type)
{
    struct named *mention = ARENA_NEW(state->arena, struct named, 1, state->err);
    if (mention == NULL) {
        return -1;
    }
    *mention = (struct named){.id = node->text, .type = type, .node = node};
    if (state->last_mention != NULL) {
        state->last_mention->next = mention;
    } else {
        state->mentions = mention;
    }
    state->last_mention = mention;
    return 0;
}

/* A thing of the file or of the case, while the rests-on graph is walked. */
struct vertex {
    struct str id;
    const char *type;
    json_t *entry;
    const struct yaml *node; /* NULL: recorded earlier */
    struct vertex *below;    /* who led here */
    size_t next_edge;
    enum { UNSEEN, OPEN, DONE } mark;
};

struct graph {
    struct vertex *of; /* by id; of one id the thing of the file comes first */
    size_t count;
};

static int by_id(const void *left, const void *right)
{
    const struct vertex *a = left;
    const struct vertex *b = right;
    int order = str_cmp(a->id, b->id);
    if (order != 0 || a->node == NULL || b->node == NULL) {
        return order != 0 ? order : (a->node == NULL) - (b->node == NULL);
    }
    return a->node->line != b->node->line ? (a->node->line > b->node->line) - (a->node->line < b->node->line)
                                          : (a->node->column > b->node->column) - (a->node->column < b->node->column);
}

static int build(const struct state *state, struct graph *graph)
{
    size_t count = json_object_size(state->before);
    for (const struct named *thing = state->things; thing != NULL; thing = thing->next) {
        count++;
    }
    graph->of = ARENA_NEW(state->arena, struct vertex, count + 1, state->err);
    if (graph->of == NULL) {
        return -1;
    }
    for (const struct named *thing = state->things; thing != NULL; thing = thing->next) {
        graph->of[graph->count++] =
            (struct vertex){.id = thing->id, .type = thing->type, .entry = thing->entry, .node = thing->node};
    }
    const char *id;
    json_t *entry;
    json_object_foreach(state->before, id, entry)
    {
        graph->of[graph->count++] =
            (struct vertex){.id = str_of(id), .type = json_text(entry, "type", ""), .entry = entry};
    }
    if (graph->count != 0) {
        qsort(graph->of, graph->count, sizeof *graph->of, by_id);
    }
    return 0;
}

static int check_once(const struct state *state, const struct graph *graph)
{
    for (size_t i = 1; i < graph->count; i++) {
        const struct vertex *first = &graph->of[i - 1];
        const struct vertex *second = &graph->of[i];
        if (!str_eq(first->id, second->id)) {
            continue;
        }
        if (second->node != NULL) {
            return state_fail(state, second->node, "the id '%.*s' stands in line %u already", STR_FMT(second->id),
                              first->node->line);
        }
        if (strcmp(first->type, second->type) != 0) {
            return state_fail(state, first->node, "'%.*s' is a %s of this case already", STR_FMT(first->id),
                              second->type);
        }
    }
    return 0;
}

/* The first vertex of the id, which is the one that counts. */
static struct vertex *find(const struct graph *graph, struct str id)
{
    size_t from = 0;
    size_t to = graph->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (str_cmp(graph->of[middle].id, id) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < graph->count && str_eq(graph->of[from].id, id) ? &graph->of[from] : NULL;
}

/* wanted: "party", or several: "statement or claim". */
static bool fits(const char *type, const char *wanted)
{
    return str_find(str_of(wanted), str_of(type), 0) != SIZE_MAX;
}

static const char *nearest_of(const struct graph *graph, struct str typed, const char *type)
{
    const char *nearest = NULL;
    size_t least = 3;
    for (size_t i = 0; i < graph->count; i++) {
        const struct vertex *vertex = &graph->of[i];
        size_t distance = fits(vertex->type, type) ? str_distance(typed, vertex->id) : least;
        if (distance < least && distance < vertex->id.len) {
            least = distance;
            nearest = json_text(vertex->entry, "id", NULL);
        }
    }
    return nearest;
}

static int check_mentions(const struct state *state, const struct graph *graph)
{
    for (const struct named *mention = state->mentions; mention != NULL; mention = mention->next) {
        const struct vertex *found = find(graph, mention->id);
        if (found != NULL && fits(found->type, mention->type)) {
            continue;
        }
        if (found != NULL) {
            return state_fail(state, mention->node, "'%.*s' is a %s, not a %s", STR_FMT(mention->id), found->type,
                              mention->type);
        }
        const char *meant = nearest_of(graph, mention->id, mention->type);
        return state_fail(state, mention->node, "there is no %s '%.*s'%s%s%s", mention->type, STR_FMT(mention->id),
                          meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "", meant != NULL ? "?" : "");
    }
    return 0;
}

/* Down from one statement along its relays, without recursion. A vertex that is open is one we came from. */
static int walk(const struct state *state, const struct graph *graph, struct vertex *start)
{
    struct vertex *at = start;
    at->mark = OPEN;
    while (at != NULL) {
        const char *next_id = json_string_value(json_array_get(json_object_get(at->entry, "relays"), at->next_edge));
        if (next_id == NULL) {
            at->mark = DONE;
            at = at->below;
            continue;
        }
        at->next_edge++;
        struct vertex *next = find(graph, str_of(next_id));
        if (next == NULL || next->mark == DONE) {
            continue;
        }
        if (next->mark == OPEN) {
            return state_fail(state, start->node, "statement '%.*s' rests on itself, by way of '%.*s'",
                              STR_FMT(next->id), STR_FMT(at->id));
        }
        next->mark = OPEN;
        next->below = at;
        at = next;
    }
    return 0;
}

int state_check(struct state *state)
{
    struct graph graph = {.count = 0};
    TRY(build(state, &graph));
    TRY(check_once(state, &graph));
    TRY(check_mentions(state, &graph));
    for (size_t i = 0; i < graph.count; i++) {
        bool is_shadowed = i > 0 && str_eq(graph.of[i].id, graph.of[i - 1].id);
        if (graph.of[i].mark == UNSEEN && graph.of[i].node != NULL && !is_shadowed) {
            TRY(walk(state, &graph, &graph.of[i]));
        }
    }
    return 0;
}
