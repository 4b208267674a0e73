/* Figure: who cites whom. What counts is not how many say it but on how many independent roots they stand: parties that
 * speak on their own word. Statements that rest on one another in a circle have none. */
#include <math.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum { NODES_MAX = 40, FIGURE_W = 8200, NAMED_MAX = 10 };
enum { LANE_UP = 860, LANE_MIDDLE = 1400, LANE_DOWN = 1900, LANE_UNKNOWN = 2500, RADIUS = 65 };

struct node {
    const json_t *statement;
    enum voice voice;
    bool is_root;    /* rests on nothing in the case */
    uint64_t circle; /* which circle it is part of; 0: none */
    bool up, down;   /* rests, in the end, on an assertion, a denial */
    long x, y;
};

struct cites {
    struct node nodes[NODES_MAX];
    size_t drawn;
    uint64_t count, citations, up, down, unknown, up_roots, down_roots, circles;
};

static size_t index_of(const struct cites *cites, struct str id)
{
    for (size_t i = 0; i < cites->drawn; i++) {
        if (str_eq(model_text(cites->nodes[i].statement, "id"), id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* What the case counts of a statement (assay_case_roots()); it lies where the statement lies. */
static const json_t *told_of(const struct model *model, const json_t *statement)
{
    const json_t *told = model_array(model->roots, "statements");
    for (size_t i = 0; i < json_array_size(model->statements); i++) {
        if (json_array_get(model->statements, i) == statement) {
            return json_array_get(told, i);
        }
    }
    return NULL;
}

static void read_graph(const struct model *model, struct cites *cites)
{
    const json_t *totals = model_object(model->roots, "totals");
    for (size_t i = 0; i < model->said_count && cites->drawn < NODES_MAX; i++) {
        const json_t *told = told_of(model, model->said[i]);
        cites->nodes[cites->drawn++] = (struct node){.statement = model->said[i],
                                                     .voice = model_voice(model, model->said[i]),
                                                     .is_root = json_is_true(json_object_get(told, "root")),
                                                     .circle = model_count(told, "circle"),
                                                     .up = json_is_true(json_object_get(told, "up")),
                                                     .down = json_is_true(json_object_get(told, "down"))};
    }
    cites->count = model->said_count - model_count(model->roots, "left_out");
    cites->citations = model_count(model->roots, "citations");
    cites->up = model_count(totals, "up");
    cites->down = model_count(totals, "down");
    cites->unknown = model_count(totals, "unknown");
    cites->up_roots = model_count(totals, "up_roots");
    cites->down_roots = model_count(totals, "down_roots");
    cites->circles = model_count(totals, "circle");
}

static void place(struct cites *cites)
{
    long step = cites->drawn > 1 ? (FIGURE_W - 2 * PX(56)) / (long)(cites->drawn - 1) : 0;
    for (size_t i = 0; i < cites->drawn; i++) {
        struct node *node = &cites->nodes[i];
        node->x = PX(56) + (long)i * step;
        node->y = node->voice == VOICE_UNKNOWN   ? LANE_UNKNOWN
                  : node->voice == VOICE_DENIES  ? LANE_DOWN
                  : node->voice == VOICE_ASSERTS ? LANE_UP
                  : node->up && !node->down      ? LANE_UP
                  : node->down && !node->up      ? LANE_DOWN
                                                 : LANE_MIDDLE;
    }
}

/* ---- drawing ---- */

/* A point on the way from one place to another, `away` from the first. */
static void towards(long x, long y, long to_x, long to_y, long away, long *ret_x, long *ret_y)
{
    double dx = (double)(to_x - x), dy = (double)(to_y - y), length = hypot(dx, dy);
    *ret_x = length > 0 ? x + lround(dx / length * (double)away) : x;
    *ret_y = length > 0 ? y + lround(dy / length * (double)away) : y;
}

static const char *arrow_class(const struct cites *cites, size_t from, size_t to)
{
    const struct node *target = &cites->nodes[to];
    bool is_circle = target->circle != 0 && target->circle == cites->nodes[from].circle;
    return is_circle                        ? "ik dotted ai"
           : target->voice == VOICE_UNKNOWN ? "lu dotted au"
           : target->up && !target->down    ? "ls as"
           : target->down && !target->up    ? "lr dashed ar"
                                            : "iks ag";
}

static void put_arrow(struct page *page, const struct cites *cites, size_t from, size_t to)
{
    const struct node *a = &cites->nodes[from], *b = &cites->nodes[to];
    long apart = (long)(from > to ? from - to : to - from);
    long middle_x = (a->x + b->x) / 2, middle_y = (a->y + b->y) / 2;
    long bow = a->y == b->y && apart == 1 && from > to ? 0 : PX(10) + (apart > 12 ? 12 : apart) * PX(3);
    middle_y += from < to      ? -bow
                : a->y == b->y ? bow
                               : bow / 2; /* citations of what came later (a circle) bow over the others */
    long x1, y1, x2, y2;
    towards(a->x, a->y, middle_x, middle_y, RADIUS + PX(4), &x1, &y1);
    towards(b->x, b->y, middle_x, middle_y, RADIUS + (b->is_root ? PX(7) : PX(5)), &x2, &y2);
    struct path curve[] = {
        {'M', {x1, y1}},
        {'C',
         {(x1 + 2 * middle_x) / 3, (y1 + 2 * middle_y) / 3, (x2 + 2 * middle_x) / 3, (y2 + 2 * middle_y) / 3, x2, y2}}};
    svg_path(&page->out, arrow_class(cites, from, to), PX(1.5), curve, 2);
}

static void put_shape(struct page *page, const struct node *node)
{
    struct buf *out = &page->out;
    long x = node->x, y = node->y, r = RADIUS;
    struct path lozenge[] = {
        {'M', {x, y - r - 10}}, {'L', {x + r + 10, y}}, {'L', {x, y + r + 10}}, {'L', {x - r - 10, y}}, {'Z', {0}}};
    if (node->is_root && (node->voice == VOICE_ASSERTS || node->voice == VOICE_DENIES)) {
        svg_circle(out, "bgf", x, y, r + 55);
        svg_circle(out, node->voice == VOICE_ASSERTS ? "ls" : "lr", x, y, r + 45);
    }
    switch (node->voice) {
    case VOICE_ASSERTS:
        svg_circle(out, "cs", x, y, r);
        return;
    case VOICE_DENIES:
        svg_path(out, "cr", 0, lozenge, 5);
        return;
    case VOICE_UNKNOWN:
        svg_rect(out, "fu", x - 60, y - 60, 120, 120);
        return;
    case VOICE_REPORTS:
    default:
        svg_circle(out, "soft", x, y, r - 15);
        return;
    }
}

/* A line of a label, on a patch of ground so that no arrow runs through it; at an edge it moves inwards as far as it must. */
static void put_line(struct page *page, const struct node *node, long y, const char *class_name, struct str text)
{
    bool is_small = class_name[0] != 'b';
    long wide = svg_text_width(text, !is_small, is_small), x = node->x < wide / 2 ? wide / 2 : node->x;
    x = x > FIGURE_W - wide / 2 ? FIGURE_W - wide / 2 : x;
    svg_rect(&page->out, "bgf", x - wide / 2, y - PX(10), wide, PX(13));
    svg_text(&page->out, x, y, class_name, ANCHOR_MIDDLE, text);
}

static void label_note(struct buf *note, const json_t *statement)
{
    int64_t said = model_time(statement, "said");
    buf_put(note, model_text(statement, "id"));
    if (said != TIME_NONE) {
        buf_puts(note, " · ");
        number_day(note, said, false);
    }
}

/* Where a name is cut into two lines: at a space, as late as fits. tail is empty when one line does. */
static void split_name(struct str name, long room, struct str *ret_head, struct str *ret_tail)
{
    *ret_head = name;
    *ret_tail = (struct str){"", 0};
    for (size_t i = 0; i < name.len && svg_text_width(name, true, false) > room; i++) {
        bool fits = svg_text_width(str_slice(name, 0, i), true, false) <= room;
        if (name.data[i] == ' ' && (ret_tail->len == 0 || fits)) {
            *ret_head = str_slice(name, 0, i);
            *ret_tail = str_slice(name, i + 1, name.len);
        }
    }
}

/* The name in at most two lines, then id and day; above the node in the upper lane, below it elsewhere. Many nodes: the id alone. */
static void put_labels(struct page *page, const struct cites *cites, const struct node *node, long room)
{
    OWN(own_buf) struct buf small = {0}, first = {0}, second = {0}, note = {0};
    if (cites->drawn > NAMED_MAX) {
        long away = PX(16) + (node - cites->nodes) % 2 * PX(13); /* neighbours take turns, so each has twice the room */
        svg_text_fit(&small, model_text(node->statement, "id"), 2 * room, false, true);
        put_line(page, node, node->y < LANE_MIDDLE ? node->y - away : node->y + away + PX(8), "sm", buf_str(&small));
        return;
    }
    struct str head, tail;
    split_name(model_party(page->model, model_text(node->statement, "party")), room, &head, &tail);
    label_note(&note, node->statement);
    svg_text_fit(&small, buf_str(&note), room, false, true);
    svg_text_fit(&first, head, room, true, false);
    svg_text_fit(&second, tail, room, true, false);
    long second_line = tail.len > 0 ? PX(14) : 0;
    long y = node->y <= LANE_UP ? node->y - PX(32) - second_line : node->y + PX(26);
    put_line(page, node, y, "b", buf_str(&first));
    if (tail.len > 0) {
        put_line(page, node, y + second_line, "b", buf_str(&second));
    }
    put_line(page, node, y + second_line + PX(14), "t2 sm", buf_str(&small));
}

static long put_count(struct page *page, long y, const char *class_name, enum word key, uint64_t n, uint64_t roots)
{
    OWN(own_buf) struct buf text = {0};
    PLAIN(page, &text, key, FILL_COUNT("n", n), FILL_COUNT("roots", roots));
    svg_text(&page->out, PX(4), y, class_name, ANCHOR_START, buf_str(&text));
    return y + PX(18);
}

static void put_counts(struct page *page, const struct cites *cites, long y)
{
    if (cites->up > 0) {
        y = put_count(page, y, "b ms", W_CITES_UP, cites->up, cites->up_roots);
    }
    if (cites->down > 0) {
        y = put_count(page, y, "b mr", W_CITES_DOWN, cites->down, cites->down_roots);
    }
    if (cites->unknown > 0) {
        y = put_count(page, y, "b mu", W_CITES_UNKNOWN, cites->unknown, 0);
    }
    if (cites->circles > 0) {
        put_count(page, y, "b", W_CITES_CIRCLE, cites->circles, 0);
    }
}

static long lowest(const struct cites *cites)
{
    long y = LANE_UP;
    for (size_t i = 0; i < cites->drawn; i++) {
        y = cites->nodes[i].y > y ? cites->nodes[i].y : y;
    }
    return y + PX(62);
}

static void describe(struct page *page, const struct cites *cites, struct buf *desc)
{
    PLAIN(page, desc, W_CITES_DESC, FILL_COUNT("n", cites->count), FILL_COUNT("citations", cites->citations));
    PLAIN(page, desc, W_CITES_UP, FILL_COUNT("n", cites->up), FILL_COUNT("roots", cites->up_roots));
    buf_putc(desc, ' ');
    PLAIN(page, desc, W_CITES_DOWN, FILL_COUNT("n", cites->down), FILL_COUNT("roots", cites->down_roots));
    buf_putc(desc, ' ');
    PLAIN(page, desc, W_CITES_UNKNOWN, FILL_COUNT("n", cites->unknown));
}

static void draw(struct page *page, const struct cites *cites)
{
    OWN(own_buf) struct buf desc = {0};
    char id[16];
    long bottom = lowest(cites),
         rows = (cites->up > 0) + (cites->down > 0) + (cites->unknown > 0) + (cites->circles > 0);
    long room = cites->drawn > 1 ? (FIGURE_W - 2 * PX(56)) / (long)(cites->drawn - 1) - PX(4) : PX(300);
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, cites, &desc);
    svg_open(&page->out, &(struct svg_head){.w = FIGURE_W,
                                            .h = bottom + rows * PX(18) + PX(4),
                                            .class_name = "wide",
                                            .id = id,
                                            .title = str_of(say_template(W_CITES_TITLE)),
                                            .desc = buf_str(&desc)});
    for (size_t from = 0; from < cites->drawn; from++) {
        const json_t *relays = model_array(cites->nodes[from].statement, "relays");
        for (size_t r = 0; r < json_array_size(relays); r++) {
            size_t to = index_of(cites, model_text_at(relays, r));
            if (to < cites->drawn && to != from) {
                put_arrow(page, cites, from, to);
            }
        }
    }
    for (size_t i = 0; i < cites->drawn; i++) {
        put_shape(page, &cites->nodes[i]);
        put_labels(page, cites, &cites->nodes[i], room > PX(150) ? PX(150) : room);
    }
    put_counts(page, cites, bottom + PX(8));
    svg_close(&page->out);
}

bool figure_cites(struct page *page)
{
    const struct model *model = page->model;
    if (model->said_count < 2) {
        return false;
    }
    struct cites *cites = ARENA_NEW(&page->model->arena, struct cites, 1, NULL);
    if (cites == NULL) {
        page->out.failed = true;
        return false;
    }
    read_graph(model, cites);
    place(cites);
    figure_open(page, W_CITES_TITLE);
    draw(page, cites);
    figure_caption(page);
    put_lit(&page->out, "<p>");
    word(page, W_CITES_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_CITES_OUT_OF, FILL_COUNT("n", model->said_count), FILL_COUNT("citations", cites->citations));
    if (model->said_count > cites->drawn) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", model->said_count - cites->drawn));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_CITES_NOT);
    put_lit(&page->out, "</p>");
    figure_close(page);
    return true;
}
