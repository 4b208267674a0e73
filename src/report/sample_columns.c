/* Figure: columns of the sample left, their partners in the database right; the thicker a link, the more of the linked rows agree.
 * Without those counts it is not drawn: how many values are found in a column is what matrix.c shows. */
#include <math.h>

#include "base/str.h"
#include "report/sample.h"

#include "base/banned.h"

enum { LINKS_MAX = 24, ALONE_MAX = 6, NAMES_MAX = 256 };
enum {
    FIGURE_W = 8200,
    TOP = 240,
    ROW_H = 280,
    NAME_W = 1700,
    LINK_FROM = 1800,
    LINK_TO = 3500,
    MARK_X = 3600,
    RIGHT_X = 3760,
    RIGHT_W = 2350,
    KIND_X = 6200,
    LINK_W = 90 /* of a link in which all rows agree, tenths of a pixel */
};

struct link_row {
    struct str sample, reference, class_name;
    uint64_t k, n;
    size_t left; /* the row that bears the sample column's name: its first */
};

struct columns {
    struct link_row rows[LINKS_MAX];
    size_t count, left_out;
    struct str alone[ALONE_MAX];
    size_t alone_count;
};

static bool is_made(struct str class_name)
{
    return str_eq(class_name, STR("source-secret")) || str_eq(class_name, STR("source-issued"));
}

static void add_row(struct columns *columns, const json_t *one)
{
    struct str sample = model_text(one, "sample"), reference = model_text(one, "reference");
    if (sample.len == 0 || reference.len == 0 || !model_has_number(one, "rows_compared")) {
        return;
    }
    if (columns->count == LINKS_MAX) {
        columns->left_out++;
        return;
    }
    struct link_row *row = &columns->rows[columns->count];
    *row = (struct link_row){.sample = sample,
                             .reference = reference,
                             .class_name = model_text(one, "class"),
                             .k = model_count(one, "rows_agreeing"),
                             .n = model_count(one, "rows_compared")};
    while (!str_eq(columns->rows[row->left].sample, sample)) {
        row->left++;
    }
    columns->count++;
}

/* Columns of the sample that were measured and are in no link. */
static void find_alone(struct columns *columns, const struct sample *sample, const json_t *list)
{
    const json_t *records = model_array(sample->exam, "records");
    struct str seen[NAMES_MAX];
    size_t seen_count = 0;
    for (size_t i = 0; i < json_array_size(list) && seen_count < NAMES_MAX; i++) {
        seen[seen_count++] = model_text(json_array_get(list, i), "sample");
    }
    for (size_t i = 0; i < json_array_size(records); i++) {
        struct str name = model_text(model_record(json_array_get(records, i), "measure"), "sample");
        size_t at = 0;
        while (at < seen_count && !str_eq(seen[at], name)) {
            at++;
        }
        if (name.len == 0 || at < seen_count || seen_count == NAMES_MAX) {
            continue;
        }
        seen[seen_count++] = name;
        if (columns->alone_count < ALONE_MAX) {
            columns->alone[columns->alone_count] = name;
        }
        columns->alone_count++;
    }
}

/* ---- drawing ---- */

/* The kind by its shape: square what only the source makes, round what goes with people; hollow what others hold too. */
static void put_mark(struct buf *out, struct str class_name, long y)
{
    if (str_eq(class_name, STR("source-secret"))) {
        svg_rect(out, "cs", MARK_X - PX(5), y - PX(5), PX(10), PX(10));
    } else if (str_eq(class_name, STR("source-issued"))) {
        svg_rect(out, "bgf", MARK_X - PX(5), y - PX(5), PX(10), PX(10));
        svg_rect(out, "ls", MARK_X - PX(4.5), y - PX(4.5), PX(9), PX(9));
    } else if (str_eq(class_name, STR("pairing"))) {
        svg_circle(out, "soft", MARK_X, y, PX(5));
    } else {
        svg_circle(out, "bgf", MARK_X, y, PX(5));
        svg_circle(out, "iks", MARK_X, y, PX(4.5));
    }
}

static void put_link(struct buf *out, const struct link_row *row, long from_y, long y)
{
    double share = row->n > 0 ? fmin((double)row->k / (double)row->n, 1) : 0;
    long middle = (LINK_FROM + LINK_TO) / 2;
    struct path steps[] = {{'M', {LINK_FROM, from_y}}, {'C', {middle, from_y, middle, y, LINK_TO, y}}};
    if (row->k == 0) {
        svg_path(out, "thin", 0, steps, 2);
        return;
    }
    svg_path(out, is_made(row->class_name) ? "ls" : "iks pale", PX(1) + lround(share * (LINK_W - PX(1))), steps, 2);
}

/* Of a name that is too long the column, for the table is the same in most rows. */
static void put_reference(struct buf *out, struct str reference)
{
    size_t from = reference.len;
    OWN(own_buf) struct buf column = {0};
    while (from > 0 && reference.data[from - 1] != '.') {
        from--;
    }
    if (svg_text_width(reference, true, false) > RIGHT_W && from > 0) {
        buf_puts(&column, "….");
        buf_put(&column, str_slice(reference, from, reference.len));
        reference = buf_str(&column);
    }
    svg_text_fit(out, reference, RIGHT_W, true, false);
}

static void put_row(struct page *page, const struct columns *columns, size_t index)
{
    struct buf *out = &page->out;
    const struct link_row *row = &columns->rows[index];
    bool made = is_made(row->class_name);
    long y = TOP + ROW_H * (long)index + ROW_H / 2, from_y = TOP + ROW_H * (long)row->left + ROW_H / 2;
    OWN(own_buf) struct buf left = {0};
    OWN(own_buf) struct buf right = {0};
    OWN(own_buf) struct buf count = {0};
    put_link(out, row, from_y, y);
    put_mark(out, row->class_name, y);
    if (row->left == index) {
        svg_text_fit(&left, row->sample, NAME_W, true, false);
        svg_text(out, NAME_W, y + PX(4), "b", ANCHOR_END, buf_str(&left));
    }
    put_reference(&right, row->reference);
    svg_text(out, RIGHT_X, y + PX(4), "b", ANCHOR_START, buf_str(&right));
    svg_text(out, KIND_X, y + PX(4), made ? "ms b" : "t2", ANCHOR_START,
             str_of(say_template(class_word(row->class_name))));
    PLAIN(page, &count, W_K_OF_N, FILL_COUNT("k", row->k), FILL_COUNT("n", row->n));
    svg_text(out, FIGURE_W, y + PX(4), NULL, ANCHOR_END, buf_str(&count));
}

static void draw(struct page *page, const struct columns *columns)
{
    struct buf *out = &page->out;
    char id[16];
    OWN(own_buf) struct buf desc = {0};
    snprintf(id, sizeof id, "f%u", page->figures);
    PLAIN(page, &desc, W_SAMPLE_COLUMNS_DESC, FILL_COUNT("n", columns->count));
    for (size_t i = 0; i < columns->count; i++) {
        const struct link_row *row = &columns->rows[i];
        PLAIN(page, &desc, W_SAMPLE_COLUMNS_DESC_ONE, FILL_TEXT("sample", row->sample),
              FILL_TEXT("reference", row->reference),
              FILL_TEXT("class", str_of(say_template(class_word(row->class_name)))), FILL_COUNT("k", row->k),
              FILL_COUNT("n", row->n));
    }
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = TOP + ROW_H * (long)columns->count + PX(6),
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_SAMPLE_COLUMNS_TITLE)),
                                     .desc = buf_str(&desc)});
    svg_text(out, NAME_W, PX(13), "t2", ANCHOR_END, str_of(say_template(W_SAMPLE_LEFT)));
    svg_text(out, RIGHT_X, PX(13), "t2", ANCHOR_START, str_of(say_template(W_SAMPLE_RIGHT)));
    svg_text(out, KIND_X, PX(13), "t2", ANCHOR_START, str_of(say_template(W_SAMPLE_KIND)));
    svg_text(out, FIGURE_W, PX(13), "t2", ANCHOR_END, str_of(say_template(W_SAMPLE_LINKED_AGREE)));
    svg_line(out, "iks", 0, PX(20), FIGURE_W, PX(20));
    for (size_t i = 0; i < columns->count; i++) {
        put_row(page, columns, i);
    }
    svg_close(out);
}

static void caption(struct page *page, const struct sample *sample, const struct columns *columns)
{
    put_lit(&page->out, "<p>");
    word(page, W_SAMPLE_COLUMNS_READ);
    put_lit(&page->out, "</p><p>");
    PUT(page, W_SAMPLE_COLUMNS_LINKED, FILL_COUNT("linked", model_count(sample->summary, "rows_linked")),
        FILL_COUNT("rows", sample->rows));
    if (columns->left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", columns->left_out));
    }
    if (columns->alone_count > 0) {
        PUT(page, W_SAMPLE_COLUMNS_ALONE, FILL_COUNT("n", columns->alone_count));
        for (size_t i = 0; i < columns->alone_count && i < ALONE_MAX; i++) {
            put_either(&page->out, i > 0, ", ", " ");
            put_html(&page->out, columns->alone[i]);
        }
        put_either(&page->out, columns->alone_count > ALONE_MAX, ", …", "");
        word(page, W_STOP);
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_SAMPLE_COLUMNS_NOT);
    put_lit(&page->out, "</p>");
}

void figure_sample_columns(struct page *page, const struct sample *sample)
{
    const json_t *list = model_array(sample->summary, "columns");
    struct columns columns = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        add_row(&columns, json_array_get(list, i));
    }
    if (columns.count == 0 || sample->rows == 0) {
        return;
    }
    find_alone(&columns, sample, list);
    figure_open(page, W_SAMPLE_COLUMNS_TITLE);
    draw(page, &columns);
    figure_caption(page);
    caption(page, sample, &columns);
    figure_close(page);
}
