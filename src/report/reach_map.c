/* Figure: what could be read. One band a database, its height its share of all rows (or bytes); in a band the tables, squarified.
 *
 *   shop  12 of 14 tables readable              the mark at a cell's left edge says what it holds, as its words do:
 *   ┌─────────────┬──────┬───┐                  broad: opens or pays · double: says who · narrow: finds
 *   │▌customers   │││orders│...│                hatched: not readable · hatched edge: read in part
 *   └─────────────┴──────┴───┘
 *   hr    none of 4 tables readable             dots: readable, no row looked at
 */
#include <math.h>

#include "base/str.h"
#include "report/reach_plan.h"

#include "base/banned.h"

enum { HEAD_H = 240, BAND_SPACE = 60, NOTE_H = 280 };
enum { DESC_MAX = 16, NAMES_MAX = 6, KINDS_MAX = 64, KEY_ROWS = 4, KEY_ROW = 190 };

static const enum word group_words[GROUPS] = {W_GROUP_KEYS, W_GROUP_IDENTITY, W_GROUP_CONTACT, W_GROUP_NONE,
                                              W_GROUP_UNSEEN};

struct map {
    const struct plan *plan;
    struct str title;
    size_t prefix; /* bytes that all names of this band begin with: "wp_" */
    long y;
};

/* ---- sizes ---- */

static void size_text(struct page *page, const struct map *map, const struct reach_table *table, struct buf *out)
{
    OWN(own_buf) struct buf rows = {0};
    if (map->plan->by_bytes) {
        PLAIN(page, out, W_MAP_SIZE_BYTES, FILL_BYTES("bytes", table->bytes));
    } else {
        reach_rows_text(&rows, table->rows_kind, table->rows);
        PLAIN(page, out, W_MAP_SIZE_ROWS, FILL_TEXT("rows", buf_str(&rows)));
    }
}

static void short_size(const struct map *map, const struct reach_table *table, struct buf *out)
{
    if (map->plan->by_bytes) {
        number_bytes(out, table->bytes);
    } else {
        number_count(out, table->rows);
    }
}

static struct str unit_text(const struct map *map)
{
    return str_of(say_template(map->plan->by_bytes ? W_MAP_BYTES : W_MAP_ROWS));
}

/* ---- words in cells ---- */

/* has_tables: some table of the band has a cell of its own, so these are the others. */
static void cell_name(struct page *page, const struct map *map, const struct cell *cell, bool has_tables,
                      struct buf *out)
{
    if (cell->table != NULL) {
        put_plain(out, str_slice(cell->table->name, map->prefix, cell->table->name.len));
        return;
    }
    enum word key = cell->is_readable ? (has_tables ? W_MAP_MORE : W_MAP_ALL)
                    : has_tables      ? W_MAP_MORE_CLOSED
                                      : W_MAP_CLOSED_ALL;
    PLAIN(page, out, key, FILL_COUNT("n", cell->count));
}

/* A note of the group whose kind no note before it has. */
static bool is_first_of_kind(const json_t *kinds, size_t index, enum reach_group group)
{
    struct str kind = model_text(json_array_get(kinds, index), "kind");
    for (size_t i = 0; i < index; i++) {
        if (str_eq(model_text(json_array_get(kinds, i), "kind"), kind)) {
            return false;
        }
    }
    return kind.len > 0 && reach_kind_group(kind) == group;
}

/* "password or its hash, e-mail address (by name)": each kind once, what opens or pays first; or why there is none */
static void cell_kinds(struct page *page, const struct reach_table *table, struct buf *out)
{
    size_t told = 0;
    for (int group = GROUP_KEYS; group <= GROUP_CONTACT; group++) {
        for (size_t i = 0; i < json_array_size(table->kinds) && i < KINDS_MAX && told < NAMES_MAX; i++) {
            const json_t *note = json_array_get(table->kinds, i);
            struct str kind = reach_kind_text(model_text(note, "kind"));
            if (!is_first_of_kind(table->kinds, i, (enum reach_group)group)) {
                continue;
            }
            buf_puts(out, told++ > 0 ? ", " : "");
            if (str_eq(model_text(note, "basis"), STR("name"))) {
                PLAIN(page, out, W_MAP_BY_NAME, FILL_TEXT("kind", kind));
            } else {
                buf_put(out, kind);
            }
        }
    }
    if (told == 0) {
        buf_puts(out, say_template(!table->is_readable            ? W_MAP_NOT_READABLE
                                   : table->group == GROUP_UNSEEN ? W_MAP_UNSEEN
                                                                  : W_MAP_NO_KIND));
    } else if (!table->is_readable) {
        buf_puts(out, "; ");
        buf_puts(out, say_template(W_MAP_NOT_READABLE));
    }
    if (table->is_partial) {
        buf_puts(out, "; ");
        buf_puts(out, say_template(W_MAP_IN_PART));
    }
}

static void table_name(const struct reach_table *table, struct buf *out)
{
    put_plain(out, table->database); /* each masked by itself, before they become one text */
    buf_puts(out, table->database.len > 0 ? "." : "");
    put_plain(out, table->name);
}

static void cell_told(struct page *page, const struct map *map, const struct cell *cell, bool has_tables,
                      struct buf *out)
{
    if (cell->table == NULL) {
        cell_name(page, map, cell, has_tables, out);
        if (cell->is_readable) {
            buf_puts(out, "; ");
            buf_puts(out, say_template(group_words[cell->group]));
        }
        return;
    }
    table_name(cell->table, out);
    buf_puts(out, ": ");
    size_text(page, map, cell->table, out);
    buf_puts(out, "; ");
    cell_kinds(page, cell->table, out);
}

/* ---- drawing ---- */

/* The mark at the left edge: how broad it is says the same as its colour. Returns its width. */
static long put_mark(struct buf *out, enum reach_group group, struct box box)
{
    switch (group) {
    case GROUP_KEYS:
        svg_rect(out, "cr", box.x, box.y, PX(6), box.h);
        return PX(6);
    case GROUP_IDENTITY:
        svg_rect(out, "cu", box.x, box.y, PX(2), box.h);
        svg_rect(out, "cu", box.x + PX(4), box.y, PX(2), box.h);
        return PX(6);
    case GROUP_CONTACT:
        svg_rect(out, "cs", box.x, box.y, PX(2), box.h);
        return PX(2);
    case GROUP_NONE:
    case GROUP_UNSEEN:
    default:
        return 0;
    }
}

static const char *ground_of(enum reach_group group)
{
    static const char *const grounds[GROUPS] = {"wr", "wu", "ws", "wash", "wash"};
    return grounds[group];
}

/* A line of text in a cell; on hatch or dots it has the page's ground behind it. False when hardly a letter of it would show. */
static bool put_line(struct buf *out, struct box box, long x, long y, const char *class_name, struct str text,
                     bool on_ground)
{
    bool is_bold = str_eq(str_of(class_name), STR("b"));
    long room = box.x + box.w - x - PX(4);
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, text, room, is_bold, !is_bold);
    if (y > box.y + box.h - PX(4) || (fitted.len < text.len && fitted.len < 4 + sizeof "…" - 1)) {
        return false;
    }
    if (on_ground) {
        long wide = svg_text_width(buf_str(&fitted), is_bold, !is_bold) + PX(6);
        svg_rect(out, "bgf", x - PX(3), y - PX(11), wide < room + PX(6) ? wide : room + PX(6), PX(15));
    }
    svg_text(out, x, y, class_name, ANCHOR_START, buf_str(&fitted));
    return true;
}

/* Name, size, kinds, as far as there is room. A number is never cut: without its unit, or not at all. */
static void put_words(struct page *page, const struct map *map, const struct cell *cell, bool has_tables,
                      struct box box, long x)
{
    OWN(own_buf) struct buf name = {0}, size = {0}, kinds = {0};
    bool on_ground = !cell->is_readable || cell->group == GROUP_UNSEEN;
    long room = box.x + box.w - x - PX(4), y = box.y + PX(13);
    cell_name(page, map, cell, has_tables, &name);
    if (!put_line(&page->out, box, x, y, "b", buf_str(&name), on_ground) || cell->table == NULL) {
        return;
    }
    y += PX(14);
    size_text(page, map, cell->table, &size);
    if (svg_text_width(buf_str(&size), false, true) > room) {
        buf_reset(&size);
        short_size(map, cell->table, &size);
    }
    if (svg_text_width(buf_str(&size), false, true) <= room) {
        put_line(&page->out, box, x, y, "sm", buf_str(&size), on_ground);
        y += PX(14);
    }
    cell_kinds(page, cell->table, &kinds);
    put_line(&page->out, box, x, y, "sm", buf_str(&kinds), on_ground);
}

static void put_cell(struct page *page, const struct map *map, const struct cell *cell, bool has_tables, struct box box)
{
    struct buf *out = &page->out;
    if (box.w < 6 || box.h < 6) {
        return;
    }
    long gap = box.w > PX(4) && box.h > PX(4) ? 5 : 2;
    box = (struct box){box.x + gap, box.y + gap, box.w - 2 * gap, box.h - 2 * gap};
    enum reach_group group = cell->group;
    OWN(own_buf) struct buf told = {0};
    cell_told(page, map, cell, has_tables, &told);
    svg_rect(out, cell->is_readable ? ground_of(group) : "bgf", box.x, box.y, box.w, box.h);
    long mark = cell->is_readable ? put_mark(out, group, box) : 0;
    if (!cell->is_readable) {
        svg_rect(out, "hole", box.x, box.y, box.w, box.h);
    } else if (group == GROUP_UNSEEN) {
        svg_rect(out, "dots", box.x, box.y, box.w, box.h);
    }
    struct box inner = box;
    if (cell->table != NULL && cell->table->is_partial && box.w > PX(20)) {
        inner.w -= PX(10);
        svg_rect(out, "bgf", box.x + inner.w, box.y, PX(10), box.h);
        svg_rect(out, "hole", box.x + inner.w, box.y, PX(10), box.h);
    }
    put_words(page, map, cell, has_tables, inner, box.x + mark + PX(5));
    svg_rect_told(out, "ax ev", box.x, box.y, box.w, box.h, buf_str(&told));
}

/* "db.internal:3306 · shop" when there are several servers */
static void band_name(struct page *page, const struct map *map, const struct band *band, struct buf *out)
{
    const struct reach_table *table = &map->plan->reached->tables[band->first];
    struct str user, address;
    if (band->databases > 1) {
        PLAIN(page, out, W_MAP_MORE_DATABASES, FILL_COUNT("n", band->databases));
        return;
    }
    (void)model_uri(table->server, &user, &address);
    if (map->plan->servers > 1 && address.len > 0) {
        buf_put(out, address);
        buf_puts(out, " · ");
    }
    buf_put(out, table->database);
}

/* How many bytes of the names of a database are the same in all, up to the last "_" or ".": a program's prefix. */
static size_t common_prefix(const struct map *map, const struct band *band)
{
    const struct reach_table *tables = map->plan->reached->tables;
    struct str first = tables[band->first].name;
    size_t same = band->databases == 1 && band->count > 2 ? first.len : 0;
    for (size_t i = band->first; same > 0 && i < band->end; i++) {
        size_t at = 0;
        while (at < same && at + 1 < tables[i].name.len && tables[i].name.data[at] == first.data[at]) {
            at++;
        }
        same = at;
    }
    while (same > 0 && first.data[same - 1] != '_' && first.data[same - 1] != '.') {
        same--;
    }
    return same;
}

static void put_band(struct page *page, struct map *map, const struct band *band, long height)
{
    struct cell cells[CELLS_MAX + RESTS];
    struct box boxes[CELLS_MAX + RESTS];
    double weights[CELLS_MAX + RESTS];
    OWN(own_buf) struct buf name = {0}, fitted = {0}, size = {0}, about = {0};
    band_name(page, map, band, &name);
    svg_text_fit(&fitted, buf_str(&name), FIGURE_W / 2, true, false);
    svg_text(&page->out, 0, map->y + PX(15), "b", ANCHOR_START, buf_str(&fitted));
    uint64_t sum = band->weight < 9e18 ? (uint64_t)band->weight : (uint64_t)9e18;
    struct reach_table all = {.rows = sum, .bytes = sum, .rows_kind = ROWS_ESTIMATED};
    size_text(page, map, &all, &size);
    PLAIN(page, &about, W_MAP_BAND, FILL_COUNT("n", band->readable), FILL_COUNT("of", band->count),
          FILL_TEXT("size", buf_str(&size)));
    map->prefix = common_prefix(map, band);
    if (map->prefix > 0) {
        OWN(own_buf) struct buf prefix = {0};
        svg_text_fit(&prefix, str_slice(map->plan->reached->tables[band->first].name, 0, map->prefix), PX(120), false,
                     true);
        PLAIN(page, &about, W_MAP_PREFIX, FILL_TEXT("prefix", buf_str(&prefix)));
    }
    svg_text(&page->out, svg_text_width(buf_str(&fitted), true, false) + PX(10), map->y + PX(15), "t2 sm", ANCHOR_START,
             buf_str(&about));
    map->y += HEAD_H;
    size_t count = plan_cells(map->plan, band, cells);
    bool has_tables = false;
    for (size_t i = 0; i < count; i++) {
        weights[i] = cells[i].weight;
        has_tables = has_tables || cells[i].table != NULL;
    }
    treemap_lay(weights, count, (struct box){0, map->y, FIGURE_W, height}, boxes);
    for (size_t i = 0; i < count; i++) {
        put_cell(page, map, &cells[i], has_tables, boxes[i]);
    }
    map->y += height + BAND_SPACE;
}

/* ---- what has no size ---- */

static bool is_seen(const struct reached *reached, struct str server, struct str database)
{
    size_t low = 0, high = reached->table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct reach_table *table = &reached->tables[middle];
        int order = str_cmp(table->server, server);
        order = order != 0 ? order : str_cmp(table->database, database);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

/* Names of databases that a login was told of and that no table was seen of. */
static size_t unseen_databases(struct page *page, const struct map *map, struct buf *names)
{
    const struct reached *reached = map->plan->reached;
    size_t count = 0;
    for (size_t i = 0; i < reached->login_count && i < 64; i++) {
        const json_t *list = model_array(reached->logins[i].record, "databases");
        struct str server = reach_server(&page->model->arena, model_text(reached->logins[i].record, "uri"));
        for (size_t d = 0; d < json_array_size(list) && d < 4096; d++) {
            const json_t *database = json_array_get(list, d);
            struct str name = model_text(database, "name");
            bool is_open = reach_scope_of(database) == SCOPE_ENTIRE && model_count(database, "tables") == 0;
            if (json_is_true(json_object_get(database, "system")) || is_open || is_seen(reached, server, name)) {
                continue;
            }
            if (count++ < NAMES_MAX) {
                buf_puts(names, count > 1 ? ", " : "");
                buf_put(names, name);
            }
        }
    }
    if (count > NAMES_MAX) {
        buf_puts(names, ", …");
    }
    return count;
}

static void put_note(struct page *page, struct map *map, const char *fill, struct str text)
{
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, text, FIGURE_W - PX(40), false, false);
    svg_rect(&page->out, "bgf", 0, map->y, FIGURE_W, NOTE_H - PX(4));
    svg_rect(&page->out, fill, 0, map->y, FIGURE_W, NOTE_H - PX(4));
    svg_rect(&page->out, "ax", 0, map->y, FIGURE_W, NOTE_H - PX(4));
    svg_rect(&page->out, "bgf", PX(7), map->y + PX(3), svg_text_width(buf_str(&fitted), false, false) + PX(8), PX(18));
    svg_text(&page->out, PX(11), map->y + PX(16), NULL, ANCHOR_START, buf_str(&fitted));
    map->y += NOTE_H;
}

static void put_without_size(struct page *page, struct map *map, size_t databases, struct str names)
{
    OWN(own_buf) struct buf text = {0};
    svg_text(&page->out, 0, map->y + PX(15), "b", ANCHOR_START, str_of(say_template(W_MAP_NO_SIZE)));
    map->y += HEAD_H;
    if (databases > 0) {
        PLAIN(page, &text, W_MAP_NO_SIZE_DATABASES, FILL_COUNT("n", databases), FILL_TEXT("names", names));
        put_note(page, map, "hole", buf_str(&text));
    }
    if (map->plan->unknown_closed > 0) {
        buf_reset(&text);
        PLAIN(page, &text, W_MAP_NO_SIZE_CLOSED, FILL_COUNT("n", map->plan->unknown_closed));
        put_note(page, map, "hole", buf_str(&text));
    }
    if (map->plan->unknown_open > 0) {
        buf_reset(&text);
        PLAIN(page, &text, W_MAP_NO_SIZE_OPEN, FILL_COUNT("n", map->plan->unknown_open));
        put_note(page, map, "dots", buf_str(&text));
    }
}

/* ---- the picture ---- */

/* Two columns of swatches with their words. */
static void put_key(struct page *page, const struct map *map)
{
    enum { CLOSED = GROUPS, IN_PART, KEYS };
    struct buf *out = &page->out;
    for (int i = 0; i < KEYS; i++) {
        struct box box = {i < KEY_ROWS ? 0 : FIGURE_W / 2, map->y + PX(8) + i % KEY_ROWS * KEY_ROW, PX(24), PX(13)};
        enum reach_group group = i < GROUPS ? (enum reach_group)i : GROUP_NONE;
        enum word key = i < GROUPS ? group_words[i] : i == CLOSED ? W_KEY_CLOSED : W_KEY_IN_PART;
        svg_rect(out, i == CLOSED ? "bgf" : ground_of(group), box.x, box.y, box.w, box.h);
        (void)put_mark(out, group, box);
        if (i == CLOSED || i == GROUP_UNSEEN) {
            svg_rect(out, i == CLOSED ? "hole" : "dots", box.x, box.y, box.w, box.h);
        } else if (i == IN_PART) {
            svg_rect(out, "hole", box.x + box.w - PX(10), box.y, PX(10), box.h);
        }
        svg_rect(out, "ax", box.x, box.y, box.w, box.h);
        svg_text(out, box.x + PX(31), box.y + PX(11), "t2 sm", ANCHOR_START, str_of(say_template(key)));
    }
}

static void describe(struct page *page, const struct map *map, struct buf *desc)
{
    size_t told = 0;
    PLAIN(page, desc, W_MAP_DESC, FILL_COUNT("n", map->plan->reached->table_count),
          FILL_COUNT("of", map->plan->databases), FILL_TEXT("unit", unit_text(map)));
    for (size_t i = 0; i < map->plan->reached->table_count && told < DESC_MAX && map->plan->ranked[i].weight > 0;
         i++, told++) {
        const struct reach_table *table = &map->plan->reached->tables[map->plan->ranked[i].index];
        OWN(own_buf) struct buf name = {0}, size = {0}, what = {0};
        table_name(table, &name);
        size_text(page, map, table, &size);
        cell_kinds(page, table, &what);
        PLAIN(page, desc, W_MAP_DESC_TABLE, FILL_TEXT("name", buf_str(&name)), FILL_TEXT("size", buf_str(&size)),
              FILL_TEXT("what", buf_str(&what)));
    }
    if (map->plan->reached->table_count > told) {
        PLAIN(page, desc, W_MAP_DESC_MORE, FILL_COUNT("n", map->plan->reached->table_count - told));
    }
}

static void draw(struct page *page, struct map *map)
{
    OWN(own_buf) struct buf desc = {0}, names = {0};
    char id[16];
    size_t databases = unseen_databases(page, map, &names);
    long notes = (databases > 0) + (map->plan->unknown_closed > 0) + (map->plan->unknown_open > 0);
    long height =
        MAP_H + (long)map->plan->shown_count * (HEAD_H + BAND_SPACE) + (notes > 0 ? HEAD_H + notes * NOTE_H : 0);
    double done = 0;
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, map, &desc);
    svg_open(&page->out, &(struct svg_head){.w = FIGURE_W,
                                            .h = height + PX(8) + KEY_ROWS * KEY_ROW,
                                            .class_name = "wide",
                                            .id = id,
                                            .title = map->title,
                                            .desc = buf_str(&desc)});
    for (size_t i = 0; i < map->plan->shown_count; i++) {
        long from = lround(MAP_H * done / map->plan->weight);
        done += map->plan->shown[i].weight;
        put_band(page, map, &map->plan->shown[i],
                 (i + 1 == map->plan->shown_count ? MAP_H : lround(MAP_H * done / map->plan->weight)) - from);
    }
    if (notes > 0) {
        put_without_size(page, map, databases, buf_str(&names));
    }
    put_key(page, map);
    svg_close(&page->out);
}

static void caption(struct page *page, const struct map *map)
{
    put_lit(&page->out, "<p>");
    PUT(page, W_MAP_READ, FILL_TEXT("unit", unit_text(map)));
    put_lit(&page->out, "</p><p>");
    PUT(page, W_MAP_OUT_OF, FILL_COUNT("n", map->plan->reached->table_count), FILL_COUNT("drawn", map->plan->drawn),
        FILL_COUNT("rest", map->plan->rest), FILL_COUNT("empty", map->plan->empty), FILL_TEXT("unit", unit_text(map)),
        FILL_COUNT("views", map->plan->views),
        FILL_COUNT("unknown", map->plan->unknown_open + map->plan->unknown_closed));
    if (!map->plan->by_bytes) {
        word(page, W_MAP_ESTIMATED);
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_MAP_NOT);
    put_lit(&page->out, "</p>");
}

bool figure_reach(struct page *page, const struct reached *reached)
{
    struct plan *plan = ARENA_NEW(&page->model->arena, struct plan, 1, NULL);
    struct map map = {.plan = plan};
    OWN(own_buf) struct buf title = {0};
    bool has_failed = plan == NULL;
    bool is_there = plan != NULL && plan_make(&page->model->arena, reached, plan, &has_failed);
    page->out.failed |= has_failed;
    if (!is_there) {
        return false;
    }
    PLAIN(page, &title, W_MAP_TITLE, FILL_TEXT("unit", unit_text(&map)));
    map.title = buf_str(&title);
    figure_titled(page, map.title);
    draw(page, &map);
    figure_caption(page);
    caption(page, &map);
    figure_close(page);
    return true;
}
