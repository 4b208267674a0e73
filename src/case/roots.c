/* Who cites whom. What counts is not how many say it but on how many independent roots they stand: parties that speak on their
 * own word, those that belong together counted once. A statement that passes a claim on rests on the roots that made that claim;
 * one whose sources did not make it names no source for it. A circle has no root at all, and a party whose word comes back
 * through others has still said it once. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

enum { STATEMENTS_MAX = 4096, ARENA_MAX_BYTES = 64 << 20 };

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

static void own_graph(struct graph *graph)
{
    arena_clear(&graph->arena);
    json_decref(graph->party_at);
    json_decref(graph->said_of);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "out of memory");
}

/* ---- the graph ---- */

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

static int find_circles(struct graph *graph)
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

/* Calls back with everything that `from` rests on, through others, each once. */
static void each_below(struct graph *graph, size_t from, void (*visit)(struct graph *graph, size_t at, void *self),
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

static void find_sides(struct graph *graph)
{
    for (size_t i = 0; i < graph->count; i++) {
        struct node *node = &graph->nodes[i];
        take_side(node, node);
        if (node->passes_on) {
            each_below(graph, i, take_root, node);
        }
    }
}

/* ---- who belongs together ---- */

static int index_parties(struct graph *graph)
{
    const json_t *parties = json_object_get(graph->model, "parties");
    graph->party_at = json_object();
    for (size_t i = json_array_size(parties); graph->party_at != NULL && i > 0; i--) { /* of one id the first counts */
        const char *id = json_text(json_array_get(parties, i - 1), "id", "");
        if (json_object_set_new(graph->party_at, id, json_integer((json_int_t)i - 1)) != 0) {
            return no_memory(graph->err);
        }
    }
    return graph->party_at != NULL ? 0 : no_memory(graph->err);
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
static int find_speakers(struct graph *graph)
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
                return no_memory(graph->err);
            }
        }
        graph->nodes[i].speaker = known < parties ? group_of(graph, known) : known;
    }
    return 0;
}

/* ---- telling ---- */

/* Which statements are about which claim: looked up once, for a case may have thousands of both. */
static int index_claims(struct graph *graph)
{
    graph->said_of = json_object();
    for (size_t i = 0; graph->said_of != NULL && i < graph->count; i++) {
        const json_t *claims = json_object_get(graph->nodes[i].statement, "claims");
        for (size_t c = 0; c < json_array_size(claims); c++) {
            const char *id = json_string_value(json_array_get(claims, c));
            json_t *list = id != NULL ? json_object_get(graph->said_of, id) : NULL;
            if (id != NULL && list == NULL) {
                list = json_array();
                TRY(json_object_set_new(graph->said_of, id, list) == 0 ? 0 : no_memory(graph->err));
            }
            size_t told = json_array_size(list);
            bool is_there = told > 0 && json_integer_value(json_array_get(list, told - 1)) == (json_int_t)i;
            if (id != NULL && !is_there && json_array_append_new(list, json_integer((json_int_t)i)) != 0) {
                return no_memory(graph->err);
            }
        }
    }
    return graph->said_of != NULL ? 0 : no_memory(graph->err);
}

static bool is_about(const struct node *node, const char *claim)
{
    const json_t *claims = json_object_get(node->statement, "claims");
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const char *id = json_string_value(json_array_get(claims, i));
        if (id != NULL && strcmp(id, claim) == 0) {
            return true;
        }
    }
    return false;
}

/* One claim: which statements of a side are roots, how many voices they are, and who repeats them. */
struct side {
    size_t hearing; /* which column of the count it is */
    json_t *roots, *repeats;
    size_t independent, standing; /* voices; those of them with a root that is not taken back */
};

struct claim {
    const char *id;
    struct side up, down;
    json_t *unsourced, *unknown;
    size_t of;                 /* the statement whose sources are looked at */
    bool found_up, found_down; /* while one report is looked at */
};

static int add_id(json_t *list, const struct node *node)
{
    return json_array_append_new(list, json_string(node->id));
}

static bool is_first(size_t *heard, const struct node *node, size_t hearing)
{
    bool is_new = heard[node->speaker] != hearing;
    heard[node->speaker] = hearing;
    return is_new;
}

static int add_root(const struct graph *graph, struct side *side, const struct node *node)
{
    side->independent += is_first(graph->heard, node, side->hearing);
    side->standing += node->retracted_by == NULL && is_first(graph->heard_standing, node, side->hearing);
    return add_id(side->roots, node);
}

static void take_source(struct graph *graph, size_t at, void *self)
{
    struct claim *claim = self;
    const struct node *node = &graph->nodes[at];
    if (at != claim->of && is_about(node, claim->id)) { /* nobody is his own source, not even through a circle */
        claim->found_up = claim->found_up || node->voice == ASSAY_VOICE_ASSERTS;
        claim->found_down = claim->found_down || node->voice == ASSAY_VOICE_DENIES;
    }
}

static int tell_statement(struct graph *graph, struct claim *claim, size_t index)
{
    const struct node *node = &graph->nodes[index];
    if (strcmp(json_text(node->statement, "act", ""), "retracts") == 0) {
        return 0; /* who takes something back has not said the opposite */
    }
    if (node->voice == ASSAY_VOICE_UNKNOWN) {
        return add_id(claim->unknown, node);
    }
    if (node->voice == ASSAY_VOICE_ASSERTS || node->voice == ASSAY_VOICE_DENIES) {
        struct side *side = node->voice == ASSAY_VOICE_ASSERTS ? &claim->up : &claim->down;
        claim->of = index;
        claim->found_up = claim->found_down = false;
        each_below(graph, index, take_source, claim);
        bool repeats = node->voice == ASSAY_VOICE_ASSERTS ? claim->found_up : claim->found_down;
        return repeats ? add_id(side->repeats, node) : add_root(graph, side, node);
    }
    if (!node->passes_on) {
        return 0; /* a reply takes no side */
    }
    claim->of = index;
    claim->found_up = claim->found_down = false;
    each_below(graph, index, take_source, claim);
    int failed = claim->found_up ? add_id(claim->up.repeats, node) : 0;
    failed |= claim->found_down ? add_id(claim->down.repeats, node) : 0;
    return failed != 0 || claim->found_up || claim->found_down ? failed : add_id(claim->unsourced, node);
}

static json_t *side_json(const struct side *side)
{
    return json_pack("{s:I, s:I, s:O, s:O}", "independent", (json_int_t)side->independent, "standing",
                     (json_int_t)side->standing, "roots", side->roots, "repeats", side->repeats);
}

static int tell_claim(struct graph *graph, const char *id, json_t *claims)
{
    OWN(own_json) json_t *lists = json_pack("[[], [], [], [], [], []]");
    struct claim claim = {.id = id,
                          .up = {graph->hearing + 1, json_array_get(lists, 0), json_array_get(lists, 1), 0, 0},
                          .down = {graph->hearing + 2, json_array_get(lists, 2), json_array_get(lists, 3), 0, 0},
                          .unsourced = json_array_get(lists, 4),
                          .unknown = json_array_get(lists, 5)};
    graph->hearing += 2;
    if (lists == NULL) {
        return no_memory(graph->err);
    }
    const json_t *said = json_object_get(graph->said_of, id);
    for (size_t i = 0; i < json_array_size(said); i++) {
        if (tell_statement(graph, &claim, (size_t)json_integer_value(json_array_get(said, i))) != 0) {
            return no_memory(graph->err);
        }
    }
    json_t *told = json_pack("{s:s, s:o, s:o, s:O, s:O}", "claim", id, "up", side_json(&claim.up), "down",
                             side_json(&claim.down), "unsourced", claim.unsourced, "unknown", claim.unknown);
    return json_array_append_new(claims, told) == 0 ? 0 : no_memory(graph->err);
}

static int tell_statements(const struct graph *graph, json_t *statements)
{
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        json_t *told =
            json_pack("{s:s, s:b, s:I, s:b, s:b, s:b}", "id", node->id, "root", node->is_root, "circle",
                      (json_int_t)node->circle, "up", node->up, "down", node->down, "unknown", node->unknown);
        if (json_array_append_new(statements, told) != 0) {
            return no_memory(graph->err);
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
        up_roots += node->is_root && node->voice == ASSAY_VOICE_ASSERTS && is_first(graph->heard, node, graph->hearing);
        down_roots +=
            node->is_root && node->voice == ASSAY_VOICE_DENIES && is_first(graph->heard_standing, node, graph->hearing);
    }
    json_t *totals = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "up", (json_int_t)up, "down", (json_int_t)down,
                               "unknown", (json_int_t)unknown, "circle", (json_int_t)circle, "up_roots",
                               (json_int_t)up_roots, "down_roots", (json_int_t)down_roots);
    return json_object_set_new(told, "totals", totals) == 0 ? 0 : no_memory(graph->err);
}

static int tell_circles(const struct graph *graph, json_t *circles)
{
    for (size_t i = 0; i < graph->circles; i++) {
        if (json_array_append_new(circles, json_array()) != 0) {
            return no_memory(graph->err);
        }
    }
    for (size_t i = 0; i < graph->count; i++) {
        const struct node *node = &graph->nodes[i];
        if (node->circle != 0 && add_id(json_array_get(circles, node->circle - 1), node) != 0) {
            return no_memory(graph->err);
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
        each_below(graph, i, take_echo, &echo);
        if (echo.failed) {
            return no_memory(graph->err);
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
        return no_memory(graph->err);
    }
    for (size_t i = 0; i < graph->count; i++) {
        struct weakened weakened = {.on = index};
        each_below(graph, i, take_weakened, &weakened);
        bool is_retraction = graph->nodes[i].statement == node->retracted_by;
        if (weakened.is_on && !is_retraction && add_id(weakens, &graph->nodes[i]) != 0) {
            return no_memory(graph->err);
        }
    }
    return 0;
}

static int tell_all(struct graph *graph, json_t *told)
{
    const json_t *claims = json_object_get(graph->model, "claims");
    TRY(tell_statements(graph, json_object_get(told, "statements")));
    TRY(tell_totals(graph, told));
    TRY(tell_circles(graph, json_object_get(told, "circles")));
    TRY(tell_echoes(graph, json_object_get(told, "echoes")));
    for (size_t i = 0; i < graph->count; i++) {
        if (graph->nodes[i].retracted_by != NULL) {
            TRY(tell_retraction(graph, i, json_object_get(told, "retracted")));
        }
    }
    for (size_t i = 0; i < json_array_size(claims); i++) {
        TRY(tell_claim(graph, json_text(json_array_get(claims, i), "id", ""), json_object_get(told, "claims")));
    }
    return 0;
}

json_t *assay_case_roots(const json_t *model, struct err *err)
{
    OWN(own_graph) struct graph graph = {.model = model, .err = err};
    arena_init(&graph.arena, ARENA_MAX_BYTES);
    if (read_nodes(&graph) != 0 || find_circles(&graph) != 0 || index_parties(&graph) != 0 ||
        index_claims(&graph) != 0 || find_groups(&graph) != 0 || find_speakers(&graph) != 0) {
        return NULL;
    }
    find_sides(&graph);
    read_retractions(&graph);
    OWN(own_json)
    json_t *told =
        json_pack("{s:[], s:[], s:[], s:[], s:[], s:I, s:I}", "statements", "circles", "echoes", "retracted", "claims",
                  "citations", (json_int_t)graph.citations, "left_out", (json_int_t)graph.left_out);
    if (told == NULL) {
        no_memory(err);
        return NULL;
    }
    return tell_all(&graph, told) == 0 ? json_incref(told) : NULL;
}
