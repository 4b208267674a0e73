/* Figure: claims in the middle, what speaks for them on the left, what speaks against on the right. The width of a link is its
 * weight; it has its full colour when the verdict would read otherwise without it. */
#include <math.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { SIDE_MAX = 16, CLAIMS_MAX = 24, LINKS_MAX = 160, ROW = 340, BOX_H = 260, TOP = 340, FIGURE_W = 8200 };
enum { LEFT_TEXT = 1900, LEFT_END = 1960, BOX_L = 2860, BOX_R = 5340, RIGHT_END = 6240, RIGHT_TEXT = 6300 };

enum side { FOR, AGAINST };

struct node {
    struct str id;
    long y;
    double sum_rows; /* rows of the claims it speaks to, for its place */
    unsigned links;
};

struct link {
    enum side side;
    size_t node, claim;
    double weight;
    bool has_weight, flips;
};

struct graph {
    struct node nodes[2][SIDE_MAX];
    size_t node_count[2];
    struct link links[LINKS_MAX];
    size_t link_count, left_out;
    size_t claims;
};

/* ---- collecting ---- */

static size_t node_of(struct graph *graph, enum side side, struct str id)
{
    for (size_t i = 0; i < graph->node_count[side]; i++) {
        if (str_eq(graph->nodes[side][i].id, id)) {
            return i;
        }
    }
    if (graph->node_count[side] == SIDE_MAX) {
        return SIZE_MAX;
    }
    graph->nodes[side][graph->node_count[side]] = (struct node){.id = id};
    return graph->node_count[side]++;
}

static bool names(const json_t *value, struct str id)
{
    if (json_is_string(value)) {
        return str_eq((struct str){json_string_value(value), json_string_length(value)}, id);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (names(json_array_get(value, i), id)) {
            return true;
        }
    }
    return false;
}

/* Whether dropping this examination or exhibit changes the direction: a row of `flips` that names it and says so. */
static bool is_flipping(const json_t *verdict, struct str exam, struct str exhibit)
{
    const json_t *flips = model_array(verdict, "flips");
    for (size_t i = 0; i < json_array_size(flips); i++) {
        const json_t *row = json_array_get(flips, i);
        const json_t *says = json_object_get(row, "flips");
        bool does = says == NULL || json_is_true(says);
        static const char *const keys[] = {"without", "items", "examinations", "examination", "evidence"};
        if (json_is_string(row) && (names(row, exam) || names(row, exhibit))) {
            return true;
        }
        for (size_t k = 0; does && k < sizeof keys / sizeof keys[0]; k++) {
            const json_t *named = json_object_get(row, keys[k]);
            if (names(named, exam) || names(named, exhibit)) {
                return true;
            }
        }
    }
    return false;
}

static void take_item(struct page *page, struct graph *graph, size_t claim, enum side side, const json_t *item)
{
    const json_t *exhibits = model_item_exhibits(page->model, item);
    const json_t *weight = json_object_get(item, "log10_lr");
    for (size_t e = 0, drawn = 0; e < json_array_size(exhibits) && drawn < 4; e++) {
        struct str id = model_text_at(exhibits, e);
        if (id.len > 0 && !model_item_rests_on(page->model, item, id)) {
            continue;
        }
        drawn++;
        size_t node = id.len > 0 ? node_of(graph, side, id) : SIZE_MAX;
        if (node == SIZE_MAX || graph->link_count == LINKS_MAX) {
            graph->left_out++;
            continue;
        }
        graph->nodes[side][node].sum_rows += (double)claim;
        graph->nodes[side][node].links++;
        graph->links[graph->link_count++] =
            (struct link){.side = side,
                          .node = node,
                          .claim = claim,
                          .weight = json_is_number(weight) ? fabs(json_number_value(weight)) : 0,
                          .has_weight = json_is_number(weight),
                          .flips = is_flipping(page->model->verdicts[claim], model_text(item, "examination"), id)};
    }
}

static void collect(struct page *page, struct graph *graph)
{
    graph->claims = json_array_size(page->model->claims);
    if (graph->claims > CLAIMS_MAX) {
        graph->left_out += graph->claims - CLAIMS_MAX;
        graph->claims = CLAIMS_MAX;
    }
    for (size_t c = 0; c < graph->claims; c++) {
        const json_t *for_items = model_array(page->model->verdicts[c], "for");
        const json_t *against = model_array(page->model->verdicts[c], "against");
        for (size_t i = 0; i < json_array_size(for_items); i++) {
            take_item(page, graph, c, FOR, json_array_get(for_items, i));
        }
        for (size_t i = 0; i < json_array_size(against); i++) {
            take_item(page, graph, c, AGAINST, json_array_get(against, i));
        }
    }
}

/* Nodes stand near the middle of their claims, at least one row apart, spread over the height. */
static void place(struct graph *graph, enum side side, long height)
{
    size_t count = graph->node_count[side];
    size_t order[SIDE_MAX];
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        double mean = graph->nodes[side][i].sum_rows / graph->nodes[side][i].links;
        while (at > 0 && graph->nodes[side][order[at - 1]].sum_rows / graph->nodes[side][order[at - 1]].links > mean) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    long free_from = TOP + BOX_H / 2, last = TOP + height - BOX_H / 2;
    for (size_t i = 0; i < count; i++) {
        struct node *node = &graph->nodes[side][order[i]];
        long wanted = TOP + BOX_H / 2 + (long)(node->sum_rows / node->links * ROW);
        long latest = last - (long)(count - 1 - i) * PX(22);
        node->y = wanted < free_from ? free_from : wanted > latest && latest > free_from ? latest : wanted;
        free_from = node->y + PX(22);
    }
}

/* ---- drawing ---- */

static void put_link(struct page *page, const struct graph *graph, const struct link *link)
{
    long y1 = graph->nodes[link->side][link->node].y, y2 = TOP + (long)link->claim * ROW + BOX_H / 2;
    long x1 = link->side == FOR ? LEFT_END : RIGHT_END, x2 = link->side == FOR ? BOX_L : BOX_R;
    long middle = (x1 + x2) / 2;
    struct path curve[] = {{'M', {x1, y1}}, {'C', {middle, y1, middle, y2, x2, y2}}};
    if (!link->has_weight || link->weight < 0.3) {
        svg_path(&page->out, "thin", PX(1), curve, 2);
        return;
    }
    long width = lround(link->weight * 15);
    const char *class_name = link->side == FOR ? (link->flips ? "ls" : "ls pale") : (link->flips ? "lr" : "lr pale");
    svg_path(&page->out, class_name, width < 10 ? 10 : width, curve, 2);
}

static void put_node(struct page *page, const struct node *node, enum side side)
{
    const json_t *exhibit = model_find(page->model->evidence, node->id);
    OWN(own_buf) struct buf label = {0}, fitted = {0}, name = {0};
    buf_put(&label, node->id);
    if (exhibit != NULL) {
        place_text(&name, model_text(exhibit, "name"));
    } else {
        buf_put(&name, model_party(page->model, model_text(model_find(page->model->statements, node->id), "party")));
    }
    if (name.len > 0) {
        buf_putc(&label, ' ');
        buf_put(&label, buf_str(&name));
    }
    svg_text_fit(&fitted, buf_str(&label), LEFT_TEXT, false, false);
    svg_text(&page->out, side == FOR ? LEFT_TEXT : RIGHT_TEXT, node->y + PX(4), NULL,
             side == FOR ? ANCHOR_END : ANCHOR_START, buf_str(&fitted));
}

static void put_claim(struct page *page, size_t index)
{
    static const char *const tints[] = {"wu", "ws", "wr", "wu"};
    struct buf *out = &page->out;
    const json_t *claim = json_array_get(page->model->claims, index), *verdict = page->model->verdicts[index];
    enum direction direction = model_direction(verdict);
    long y = TOP + (long)index * ROW;
    OWN(own_buf) struct buf ratio = {0}, fitted = {0}, told = {0}, id = {0};
    svg_text_fit(&id, model_text(claim, "id"), PX(60), true, false);
    buf_put(&told, model_text(claim, "kind"));
    buf_puts(&told, ": ");
    claim_clause(&told, claim);
    if (model_has_number(verdict, "log10_lr")) {
        number_ratio(&ratio, json_number_value(json_object_get(verdict, "log10_lr")));
    } else {
        buf_puts(&ratio, say_template(verdict == NULL ? W_NOT_JUDGED : W_NO_RATIO));
    }
    svg_rect(out, tints[direction], BOX_L, y, BOX_R - BOX_L, BOX_H);
    svg_use(out, verdict_glyph(direction), BOX_L + PX(8), y + PX(6), PX(14));
    svg_text(out, BOX_L + PX(30), y + PX(17), "b", ANCHOR_START, buf_str(&id));
    long id_w = svg_text_width(buf_str(&id), true, false), ratio_w = svg_text_width(buf_str(&ratio), true, false);
    svg_text_fit(&fitted, buf_str(&told), BOX_R - BOX_L - PX(56) - id_w - ratio_w, false, false);
    svg_text(out, BOX_L + PX(38) + id_w, y + PX(17), NULL, ANCHOR_START, buf_str(&fitted));
    svg_text(out, BOX_R - PX(10), y + PX(17), "b", ANCHOR_END, buf_str(&ratio));
}

static void describe(struct page *page, const struct graph *graph, struct buf *desc)
{
    PLAIN(page, desc, W_GRAPH_DESC, FILL_COUNT("claims", graph->claims), FILL_COUNT("links", graph->link_count));
    for (size_t i = 0; i < graph->link_count && i < 24; i++) {
        const struct link *link = &graph->links[i];
        PLAIN(page, desc, link->side == FOR ? W_GRAPH_DESC_FOR : W_GRAPH_DESC_AGAINST,
              FILL_TEXT("exhibit", graph->nodes[link->side][link->node].id),
              FILL_TEXT("claim", model_text(json_array_get(page->model->claims, link->claim), "id")),
              FILL_RATIO("weight", link->weight));
    }
}

static void draw(struct page *page, struct graph *graph)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf desc = {0};
    char id[16];
    size_t most =
        graph->node_count[FOR] > graph->node_count[AGAINST] ? graph->node_count[FOR] : graph->node_count[AGAINST];
    long rows = (long)graph->claims * ROW - (ROW - BOX_H), nodes = (long)most * PX(22);
    long height = rows > nodes ? rows : nodes;
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, graph, &desc);
    place(graph, FOR, height);
    place(graph, AGAINST, height);
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = TOP + height + PX(16),
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_GRAPH_TITLE)),
                                     .desc = buf_str(&desc)});
    svg_text(out, LEFT_TEXT, PX(14), "b", ANCHOR_END, str_of(say_template(W_GRAPH_FOR)));
    svg_text(out, (BOX_L + BOX_R) / 2, PX(14), "b", ANCHOR_MIDDLE, str_of(say_template(W_GRAPH_CLAIM)));
    svg_text(out, RIGHT_TEXT, PX(14), "b", ANCHOR_START, str_of(say_template(W_GRAPH_AGAINST)));
    for (size_t i = 0; i < graph->link_count; i++) {
        put_link(page, graph, &graph->links[i]);
    }
    for (int side = FOR; side <= AGAINST; side++) {
        for (size_t i = 0; i < graph->node_count[side]; i++) {
            put_node(page, &graph->nodes[side][i], (enum side)side);
        }
    }
    for (size_t c = 0; c < graph->claims; c++) {
        put_claim(page, c);
    }
    svg_close(out);
}

bool figure_claims(struct page *page)
{
    struct graph *graph = ARENA_NEW(&page->model->arena, struct graph, 1, NULL);
    if (graph == NULL) {
        page->out.failed = true;
        return false;
    }
    collect(page, graph);
    if (graph->claims == 0 || graph->link_count == 0) {
        return false;
    }
    size_t exhibits = json_array_size(page->model->evidence) + page->model->said_count;
    figure_open(page, W_GRAPH_TITLE);
    draw(page, graph);
    figure_caption(page);
    put_lit(&page->out, "<p>");
    word(page, W_GRAPH_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_GRAPH_OUT_OF, FILL_COUNT("exhibits", exhibits), FILL_COUNT("claims", graph->claims),
        FILL_COUNT("links", graph->link_count), FILL_COUNT("possible", (uint64_t)exhibits * graph->claims));
    if (graph->left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", graph->left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_GRAPH_NOT);
    put_lit(&page->out, "</p>");
    figure_close(page);
    return true;
}
