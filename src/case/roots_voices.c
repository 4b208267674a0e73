/* Who speaks: parties that belong together are one voice. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/roots.h"

#include "base/banned.h"

static int index_parties(struct graph *graph)
{
    const json_t *parties = json_object_get(graph->model, "parties");
    graph->party_at = json_object();
    for (size_t i = json_array_size(parties); graph->party_at != NULL && i > 0; i--) { /* of one id the first counts */
        const char *id = json_text(json_array_get(parties, i - 1), "id", "");
        if (json_object_set_new(graph->party_at, id, json_integer((json_int_t)i - 1)) != 0) {
            return roots_no_memory(graph);
        }
    }
    return graph->party_at != NULL ? 0 : roots_no_memory(graph);
}

static size_t party_index(const struct graph *graph, const char *id)
{
    const json_t *at = json_object_get(graph->party_at, id);
    return at != NULL ? (size_t)json_integer_value(at) : SIZE_MAX;
}

static size_t group_of(const struct graph *graph, size_t party)
{
    while (graph->group[party] != party) {
        party = graph->group[party];
    }
    return party;
}

/* Parties that are said to belong together are one voice, whenever that was: two roots that may be one are not told as two. */
static int find_groups(struct graph *graph)
{
    const json_t *parties = json_object_get(graph->model, "parties");
    size_t count = json_array_size(parties);
    graph->group = ARENA_NEW(&graph->arena, size_t, count + 1, graph->err);
    if (graph->group == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        graph->group[i] = i;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *ties = json_object_get(json_array_get(parties, i), "affiliation");
        for (size_t t = 0; t < json_array_size(ties); t++) {
            size_t other = party_index(graph, json_text(json_array_get(ties, t), "with", ""));
            if (other != SIZE_MAX) {
                size_t a = group_of(graph, i), b = group_of(graph, other);
                graph->group[a > b ? a : b] = a > b ? b : a;
            }
        }
    }
    return 0;
}

/* Numbers the speakers; parties that the case does not know are told apart by their ids alone. */
static int number_speakers(struct graph *graph)
{
    size_t parties = json_array_size(json_object_get(graph->model, "parties"));
    graph->heard = ARENA_NEW(&graph->arena, size_t, parties + graph->count + 1, graph->err);
    graph->heard_standing = ARENA_NEW(&graph->arena, size_t, parties + graph->count + 1, graph->err);
    if (graph->heard == NULL || graph->heard_standing == NULL) {
        return -1;
    }
    for (size_t i = 0; i < graph->count; i++) {
        const char *party = json_text(graph->nodes[i].statement, "party", "");
        size_t known = party_index(graph, party);
        if (known == SIZE_MAX) {
            known = parties + i;
            if (json_object_set_new(graph->party_at, party, json_integer((json_int_t)known)) != 0) {
                return roots_no_memory(graph);
            }
        }
        graph->nodes[i].speaker = known < parties ? group_of(graph, known) : known;
    }
    return 0;
}

int roots_find_speakers(struct graph *graph)
{
    TRY(index_parties(graph));
    TRY(find_groups(graph));
    return number_speakers(graph);
}

bool roots_is_first(size_t *heard, const struct node *node, size_t hearing)
{
    bool is_new = heard[node->speaker] != hearing;
    heard[node->speaker] = hearing;
    return is_new;
}
