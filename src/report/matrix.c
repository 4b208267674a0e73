/* Figure: columns of the sample against columns of the reference. A cell says how many rows of the sample find their value there. */
#include <stdlib.h>

#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

enum {
    ROWS_MAX = 16,
    COLS_MAX = 24,
    LEFT = 1700,
    WIDTH = 6500,
    FIGURE_W = 8200,
    CELL_H = 300,
    CELL_W_MAX = 900,
    NARROW = 560
};

struct axis_name {
    struct str name;
    uint64_t most; /* largest count in the line */
    bool made;     /* a column that only the source makes */
    size_t place;  /* of a reference column: the row of its largest count, and its table's place before */
    struct str class_name;
};

struct matrix {
    struct axis_name rows[ROWS_MAX], cols[COLS_MAX];
    size_t row_count, col_count;
    uint64_t measures, with_any;
    uint64_t left_out;
    const json_t *exam, *summary;
    long cell_w, top;
};

static bool is_made(struct str class_name)
{
    return str_eq(class_name, STR("source-secret")) || str_eq(class_name, STR("source-issued"));
}

static bool is_counted(const json_t *measure)
{
    const json_t *counted = json_object_get(measure, "counted");
    return counted == NULL || json_is_true(counted);
}

static uint64_t hits(const json_t *measure)
{
    return model_count(measure, "k");
}

/* Index of the name, SIZE_MAX if there is no room for it. */
static size_t name_index(struct axis_name *names, size_t *count, size_t most, struct str name)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(names[i].name, name)) {
            return i;
        }
    }
    if (*count == most) {
        return SIZE_MAX;
    }
    names[*count] = (struct axis_name){.name = name};
    return (*count)++;
}

static int by_hits(const void *left, const void *right)
{
    const json_t *const *a = left, *const *b = right;
    uint64_t hits_a = hits(*a), hits_b = hits(*b);
    if (hits_a != hits_b) {
        return hits_a > hits_b ? -1 : 1;
    }
    int order = str_cmp(model_text(*a, "sample"), model_text(*b, "sample"));
    return order != 0 ? order : str_cmp(model_text(*a, "reference"), model_text(*b, "reference"));
}

static struct str table_of(struct str reference)
{
    for (size_t i = reference.len; i > 0; i--) {
        if (reference.data[i - 1] == '.') {
            return str_slice(reference, 0, i - 1);
        }
    }
    return (struct str){"", 0};
}

static struct str column_of(struct str reference)
{
    struct str table = table_of(reference);
    return table.len > 0 ? str_slice(reference, table.len + 1, reference.len) : reference;
}

static int by_place(const void *left, const void *right)
{
    const struct axis_name *a = left, *b = right;
    if (a->place != b->place) {
        return a->place < b->place ? -1 : 1;
    }
    return str_cmp(a->name, b->name);
}

static int by_class(const void *left, const void *right)
{
    const struct axis_name *a = left, *b = right;
    if (a->made != b->made) {
        return a->made ? -1 : 1;
    }
    if (a->most != b->most) {
        return a->most > b->most ? -1 : 1;
    }
    return str_cmp(a->name, b->name);
}

static size_t collect(struct page *page, const json_t *exam, const json_t ***ret_measures)
{
    const json_t *records = model_array(exam, "records");
    size_t count = 0;
    const json_t **measures = ARENA_NEW(&page->model->arena, const json_t *, json_array_size(records) + 1, NULL);
    page->out.failed |= measures == NULL;
    for (size_t i = 0; measures != NULL && i < json_array_size(records); i++) {
        const json_t *measure = model_record(json_array_get(records, i), "measure");
        if (measure != NULL && model_text(measure, "sample").len > 0) {
            measures[count++] = measure;
        }
    }
    *ret_measures = measures;
    return count;
}

static void note_name(struct axis_name *name, const json_t *measure)
{
    struct str class_name = model_text(measure, "class");
    bool is_best = hits(measure) > name->most || name->class_name.len == 0;
    name->most = hits(measure) > name->most ? hits(measure) : name->most;
    if (is_counted(measure) && is_made(class_name) && hits(measure) > 0) {
        name->made = true;
        name->class_name = class_name;
    } else if (is_best && !name->made) {
        name->class_name = class_name;
    }
}

/* The matches of a table's columns together. */
static uint64_t table_sum(const struct matrix *matrix, struct str table)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < matrix->col_count; i++) {
        sum += str_eq(table_of(matrix->cols[i].name), table) ? matrix->cols[i].most : 0;
    }
    return sum;
}

/* Columns of one table stand together, the table with the most matches first; in it they follow the rows, so that
 * what belongs together lies on a diagonal. */
static void order_columns(struct matrix *matrix, const json_t *const *measures, size_t count)
{
    for (size_t c = 0; c < matrix->col_count; c++) {
        struct str table = table_of(matrix->cols[c].name);
        uint64_t own = table_sum(matrix, table);
        size_t before = 0, row = 0;
        for (size_t other = 0; other < matrix->col_count; other++) {
            struct str name = table_of(matrix->cols[other].name);
            uint64_t sum = table_sum(matrix, name);
            before += sum > own || (sum == own && str_cmp(name, table) < 0);
        }
        for (size_t i = 0; i < count; i++) {
            if (str_eq(model_text(measures[i], "reference"), matrix->cols[c].name)) {
                while (row < matrix->row_count && !str_eq(matrix->rows[row].name, model_text(measures[i], "sample"))) {
                    row++;
                }
                break; /* the largest comes first */
            }
        }
        matrix->cols[c].place = before * (ROWS_MAX + 1) + row;
    }
    qsort(matrix->cols, matrix->col_count, sizeof matrix->cols[0], by_place);
}

static size_t lay_out(struct page *page, struct matrix *matrix, const json_t ***ret_measures)
{
    size_t count = collect(page, matrix->exam, ret_measures);
    const json_t **measures = *ret_measures;
    matrix->measures = count;
    if (count > 0) {
        qsort(measures, count, sizeof(measures[0]), by_hits);
    }
    for (size_t i = 0; i < count && hits(measures[i]) > 0; i++) {
        matrix->with_any++;
        size_t row = name_index(matrix->rows, &matrix->row_count, ROWS_MAX, model_text(measures[i], "sample"));
        size_t col = name_index(matrix->cols, &matrix->col_count, COLS_MAX, model_text(measures[i], "reference"));
        if (row == SIZE_MAX || col == SIZE_MAX) {
            matrix->left_out++;
            continue;
        }
        note_name(&matrix->rows[row], measures[i]);
        note_name(&matrix->cols[col], measures[i]);
    }
    qsort(matrix->rows, matrix->row_count, sizeof matrix->rows[0], by_class);
    order_columns(matrix, measures, count);
    matrix->cell_w = matrix->col_count > 0 ? WIDTH / (long)matrix->col_count : WIDTH;
    matrix->cell_w = matrix->cell_w > CELL_W_MAX ? CELL_W_MAX : matrix->cell_w - matrix->cell_w % 10;
    return count;
}

/* ---- drawing ---- */

enum word class_word(struct str class_name)
{
    return str_eq(class_name, STR("source-secret"))   ? W_CLASS_SECRET
           : str_eq(class_name, STR("source-issued")) ? W_CLASS_ISSUED
           : str_eq(class_name, STR("pairing"))       ? W_CLASS_PAIRING
           : str_eq(class_name, STR("shared"))        ? W_CLASS_SHARED
                                                      : W_CLASS_NONE;
}

static void put_table_heads(struct page *page, const struct matrix *matrix)
{
    struct buf *out = &page->out;
    for (size_t from = 0; from < matrix->col_count;) {
        size_t to = from + 1;
        struct str table = table_of(matrix->cols[from].name);
        while (to < matrix->col_count && str_eq(table_of(matrix->cols[to].name), table)) {
            to++;
        }
        long x = LEFT + (long)from * matrix->cell_w, wide = (long)(to - from) * matrix->cell_w - PX(6);
        OWN(own_buf) struct buf fitted = {0};
        svg_text_fit(&fitted, table, wide, true, false);
        svg_text(out, x, PX(13), "b", ANCHOR_START, buf_str(&fitted));
        svg_line(out, "iks", x, PX(18), x + wide, PX(18));
        from = to;
    }
}

/* Names of columns over the cells: in two lines when a _ allows it, upright when the cells are narrow. */
static void put_column_head(struct page *page, const struct matrix *matrix, size_t index)
{
    struct str column = column_of(matrix->cols[index].name);
    long x = LEFT + (long)index * matrix->cell_w + matrix->cell_w / 2;
    OWN(own_buf) struct buf fitted = {0};
    if (matrix->cell_w < NARROW) {
        svg_text_fit(&fitted, column, matrix->top - PX(30), false, true);
        svg_text(&page->out, x + PX(4), matrix->top - PX(6), "sm", ANCHOR_UP, buf_str(&fitted));
        return;
    }
    size_t cut = SIZE_MAX;
    for (size_t i = 0; i < column.len; i++) {
        cut = column.data[i] == '_' && i + 1 < column.len ? i + 1 : cut;
    }
    if (cut != SIZE_MAX && svg_text_width(column, false, true) > matrix->cell_w - PX(4)) {
        OWN(own_buf) struct buf upper = {0};
        svg_text_fit(&upper, str_slice(column, 0, cut), matrix->cell_w - PX(2), false, true);
        svg_text(&page->out, x, matrix->top - PX(23), "sm", ANCHOR_MIDDLE, buf_str(&upper));
        column = str_slice(column, cut, column.len);
    }
    svg_text_fit(&fitted, column, matrix->cell_w - PX(2), false, true);
    svg_text(&page->out, x, matrix->top - PX(8), "sm", ANCHOR_MIDDLE, buf_str(&fitted));
}

static void put_row_head(struct page *page, const struct matrix *matrix, size_t index)
{
    const struct axis_name *row = &matrix->rows[index];
    long y = matrix->top + (long)index * CELL_H + PX(20);
    struct str kind = str_of(say_template(class_word(row->class_name)));
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, row->name, LEFT - PX(20) - svg_text_width(kind, row->made, false), true, false);
    svg_text(&page->out, 0, y, "b", ANCHOR_START, buf_str(&fitted));
    svg_text(&page->out, LEFT - PX(10), y, row->made ? "ms b" : "t2", ANCHOR_END, kind);
}

static void put_cell(struct page *page, const struct matrix *matrix, const json_t *measure)
{
    size_t row = 0, col = 0;
    while (row < matrix->row_count && !str_eq(matrix->rows[row].name, model_text(measure, "sample"))) {
        row++;
    }
    while (col < matrix->col_count && !str_eq(matrix->cols[col].name, model_text(measure, "reference"))) {
        col++;
    }
    if (row == matrix->row_count || col == matrix->col_count || hits(measure) == 0) {
        return;
    }
    struct buf *out = &page->out;
    long x = LEFT + (long)col * matrix->cell_w, y = matrix->top + (long)row * CELL_H;
    bool made = is_counted(measure) && is_made(model_text(measure, "class"));
    svg_rect(out, "bgf", x + 10, y + 10, matrix->cell_w - 20, CELL_H - 20);
    svg_rect(out,
             !is_counted(measure)                            ? "dots"
             : made                                          ? "cs"
             : hits(measure) * 2 < model_count(measure, "n") ? "cg pale"
                                                             : "cg",
             x + 10, y + 10, matrix->cell_w - 20, CELL_H - 20);
    OWN(own_buf) struct buf number = {0};
    number_count(&number, hits(measure));
    long wide = svg_text_width(buf_str(&number), true, false), middle = x + matrix->cell_w / 2;
    bool is_small = wide > matrix->cell_w - PX(4);
    if (!is_counted(measure)) {
        svg_rect(out, "bgf", middle - wide / 2 - PX(3), y + PX(6), wide + PX(6), PX(18));
    }
    const char *class_name = made                   ? (is_small ? "sm inv" : "b inv")
                             : !is_counted(measure) ? "t2"
                             : is_small             ? "sm"
                                                    : "b";
    svg_text(out, middle, y + PX(20), class_name, ANCHOR_MIDDLE, buf_str(&number));
}

/* A dot in the middle of every cell: compared, nothing in common. Cells with a number are drawn over it. */
static void put_ground(struct page *page, const struct matrix *matrix)
{
    long wide = (long)matrix->col_count * matrix->cell_w, high = (long)matrix->row_count * CELL_H;
    svg_rect(&page->out, "wash", LEFT, matrix->top, wide, high);
    for (size_t c = 1; c < matrix->col_count; c++) {
        long x = LEFT + (long)c * matrix->cell_w;
        svg_line(&page->out, "bgl", x, matrix->top, x, matrix->top + high);
    }
    for (size_t r = 1; r < matrix->row_count; r++) {
        long y = matrix->top + (long)r * CELL_H;
        svg_line(&page->out, "bgl", LEFT, y, LEFT + wide, y);
    }
    struct path dots[2 * COLS_MAX];
    for (size_t r = 0; r < matrix->row_count; r++) {
        for (size_t c = 0; c < matrix->col_count; c++) {
            long x = LEFT + (long)c * matrix->cell_w + matrix->cell_w / 2;
            dots[2 * c] = (struct path){'M', {x, matrix->top + (long)r * CELL_H + CELL_H / 2}};
            dots[2 * c + 1] = (struct path){'H', {x}};
        }
        svg_path(&page->out, "pt", 0, dots, 2 * matrix->col_count);
    }
}

static void put_legend(struct page *page, long y)
{
    static const struct {
        const char *class_name;
        enum word word;
    } keys[] = {{"cs", W_KEY_MADE}, {"cg", W_KEY_SHARED}, {"dots", W_KEY_NOT_COUNTED}};
    long x = LEFT;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct str text = str_of(say_template(keys[i].word));
        svg_rect(&page->out, keys[i].class_name, x, y - PX(10), PX(12), PX(12));
        svg_text(&page->out, x + PX(17), y, NULL, ANCHOR_START, text);
        x += PX(17) + svg_text_width(text, false, false) + PX(14);
    }
}

static void draw(struct page *page, struct matrix *matrix, const json_t *const *measures, size_t count)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf desc = {0};
    char id[16];
    snprintf(id, sizeof id, "f%u", page->figures);
    matrix->top = matrix->cell_w < NARROW ? PX(110) : PX(58);
    PLAIN(page, &desc, W_MATRIX_DESC, FILL_COUNT("rows", matrix->row_count), FILL_COUNT("cols", matrix->col_count));
    for (size_t i = 0; i < count && i < 12 && hits(measures[i]) > 0; i++) {
        PLAIN(page, &desc, W_MATRIX_DESC_CELL, FILL_TEXT("sample", model_text(measures[i], "sample")),
              FILL_TEXT("reference", model_text(measures[i], "reference")), FILL_COUNT("k", hits(measures[i])),
              FILL_COUNT("n", model_count(measures[i], "n")));
    }
    long bottom = matrix->top + (long)matrix->row_count * CELL_H;
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = bottom + PX(34),
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_MATRIX_TITLE)),
                                     .desc = buf_str(&desc)});
    svg_text(out, 0, matrix->top - PX(8), "b", ANCHOR_START, str_of(say_template(W_MATRIX_SAMPLE)));
    put_table_heads(page, matrix);
    put_ground(page, matrix);
    for (size_t c = 0; c < matrix->col_count; c++) {
        put_column_head(page, matrix, c);
    }
    for (size_t r = 0; r < matrix->row_count; r++) {
        put_row_head(page, matrix, r);
    }
    for (size_t i = 0; i < count; i++) {
        put_cell(page, matrix, measures[i]);
    }
    put_legend(page, bottom + PX(22));
    svg_close(out);
}

static void caption(struct page *page, const struct matrix *matrix)
{
    const json_t *share = model_array(matrix->summary, "share");
    put_lit(&page->out, "<p>");
    word(page, W_MATRIX_READ);
    if (json_is_number(json_array_get(share, 0)) && json_is_number(json_array_get(share, 1))) {
        PUT(page, W_MATRIX_SHARE, FILL_COUNT("n", model_count(matrix->summary, "rows_matched")),
            FILL_COUNT("of", model_count(matrix->summary, "rows_sample")),
            FILL_PERCENT("lo", json_number_value(json_array_get(share, 0))),
            FILL_PERCENT("hi", json_number_value(json_array_get(share, 1))));
    }
    put_lit(&page->out, "</p><p>");
    PUT(page, W_MATRIX_OUT_OF, FILL_COUNT("sample", model_count(matrix->summary, "rows_sample")),
        FILL_COUNT("reference", model_count(matrix->summary, "rows_reference")), FILL_COUNT("pairs", matrix->measures),
        FILL_COUNT("any", matrix->with_any));
    if (matrix->left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", matrix->left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_MATRIX_NOT);
    put_lit(&page->out, "</p>");
}

/* One picture for each examination by match, at most four. */
bool figure_matrix(struct page *page)
{
    size_t drawn = 0;
    for (size_t i = 0; i < json_array_size(page->model->exams) && drawn < 4; i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        struct matrix matrix = {.exam = exam, .summary = model_summary(exam)};
        const json_t **measures;
        if (!model_is_engine(exam, "match") || matrix.summary == NULL) {
            continue;
        }
        size_t count = lay_out(page, &matrix, &measures);
        if (matrix.row_count == 0) {
            continue;
        }
        figure_open(page, W_MATRIX_TITLE);
        draw(page, &matrix, measures, count);
        figure_caption(page);
        caption(page, &matrix);
        figure_close(page);
        drawn++;
    }
    return drawn > 0;
}
