/* Of each claim: on how many voices it stands, for and against, and who only repeats them. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/roots.h"

#include "base/banned.h"

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
                TRY(json_object_set_new(graph->said_of, id, list) == 0 ? 0 : roots_no_memory(graph));
            }
            size_t told = json_array_size(list);
            bool is_there = told > 0 && json_integer_value(json_array_get(list, told - 1)) == (json_int_t)i;
            if (id != NULL && !is_there && json_array_append_new(list, json_integer((json_int_t)i)) != 0) {
                return roots_no_memory(graph);
            }
        }
    }
    return graph->said_of != NULL ? 0 : roots_no_memory(graph);
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

static int add_root(const struct graph *graph, struct side *side, const struct node *node)
{
    side->independent += roots_is_first(graph->heard, node, side->hearing);
    side->standing += node->retracted_by == NULL && roots_is_first(graph->heard_standing, node, side->hearing);
    return roots_add_id(side->roots, node);
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
        return roots_add_id(claim->unknown, node);
    }
    if (node->voice == ASSAY_VOICE_ASSERTS || node->voice == ASSAY_VOICE_DENIES) {
        struct side *side = node->voice == ASSAY_VOICE_ASSERTS ? &claim->up : &claim->down;
        claim->of = index;
        claim->found_up = claim->found_down = false;
        roots_each_below(graph, index, take_source, claim);
        bool repeats = node->voice == ASSAY_VOICE_ASSERTS ? claim->found_up : claim->found_down;
        return repeats ? roots_add_id(side->repeats, node) : add_root(graph, side, node);
    }
    if (!node->passes_on) {
        return 0; /* a reply takes no side */
    }
    claim->of = index;
    claim->found_up = claim->found_down = false;
    roots_each_below(graph, index, take_source, claim);
    int failed = claim->found_up ? roots_add_id(claim->up.repeats, node) : 0;
    failed |= claim->found_down ? roots_add_id(claim->down.repeats, node) : 0;
    return failed != 0 || claim->found_up || claim->found_down ? failed : roots_add_id(claim->unsourced, node);
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
        return roots_no_memory(graph);
    }
    const json_t *said = json_object_get(graph->said_of, id);
    for (size_t i = 0; i < json_array_size(said); i++) {
        if (tell_statement(graph, &claim, (size_t)json_integer_value(json_array_get(said, i))) != 0) {
            return roots_no_memory(graph);
        }
    }
    json_t *told = json_pack("{s:s, s:o, s:o, s:O, s:O}", "claim", id, "up", side_json(&claim.up), "down",
                             side_json(&claim.down), "unsourced", claim.unsourced, "unknown", claim.unknown);
    return json_array_append_new(claims, told) == 0 ? 0 : roots_no_memory(graph);
}

int roots_tell_claims(struct graph *graph, json_t *claims)
{
    const json_t *all = json_object_get(graph->model, "claims");
    TRY(index_claims(graph));
    for (size_t i = 0; i < json_array_size(all); i++) {
        TRY(tell_claim(graph, json_text(json_array_get(all, i), "id", ""), claims));
    }
    return 0;
}
