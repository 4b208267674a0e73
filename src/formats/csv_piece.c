/* Where a piece ends, and what is in it. */
#include <stdlib.h>

#include "formats/csv_marks.h"
#include "formats/csv_piece.h"

#include "base/banned.h"

enum { PIECE_BYTES = 128 << 10, PIECE_WANTED = 96 << 10, VAIN_BYTES = 8 << 20 };

/* ---- Rows one by one: what any bytes mean ---- */

enum verdict { ROW_KEPT, ROW_BLANK, ROW_WRONG };

/* The row just parsed. A quote that was never meant to open anything makes a row of several lines with too many cells:
 * then only its first line is given up (*ret_back: row->next lies in it again). */
static enum verdict judge(struct csv_row *row, size_t columns, char eol, bool *ret_back)
{
    *ret_back = false;
    if (row->is_blank && columns > 1) {
        return ROW_BLANK;
    }
    if (row->count == columns && !row->is_odd) {
        return ROW_KEPT;
    }
    const char *line = memchr(row->start, eol, (size_t)(row->next - row->start));
    *ret_back = line != NULL && line + 1 < row->next;
    row->next = *ret_back ? line + 1 : row->next;
    return *ret_back || row->count != columns ? ROW_WRONG : ROW_KEPT;
}

/* Rows one behind another. Scouting and splitting see the same ones. */
struct walk {
    struct csv_scan scan;
    const char *at, *reach; /* of what was read, the end */
    const char *lines_to;   /* rows that begin before it end with their line */
    size_t vain;            /* bytes behind the first lines of rows that were given up: they are read again */
    size_t columns;
    bool is_ended;
};

static void walk_begin(struct walk *walk, const char *end)
{
    walk->reach = walk->at;
    csv_scan_begin(&walk->scan, walk->at, end);
}

/* A row that is no longer than its line. */
static bool walk_line(struct walk *walk, struct csv_row *row, enum verdict *ret_verdict)
{
    struct csv_scan *scan = &walk->scan;
    const char *eol = memchr(walk->at, scan->dialect.eol, (size_t)(scan->end - walk->at));
    struct csv_scan line = {.dialect = scan->dialect};
    bool back = false;
    if (eol == NULL && !walk->is_ended) {
        return false;
    }
    const char *next = eol == NULL ? scan->end : eol + 1;
    csv_scan_begin(&line, walk->at, next);
    bool is_good = csv_row_parse(row, &line, walk->at, true) == CSV_ROW_GOOD;
    *ret_verdict = is_good ? judge(row, walk->columns, scan->dialect.eol, &back) : ROW_WRONG;
    walk->at = next;
    walk->reach = next > walk->reach ? next : walk->reach;
    csv_scan_begin(scan, walk->at, scan->end);
    return true;
}

/* False: the row at walk->at is not whole. */
static bool walk_row(struct walk *walk, struct csv_row *row, enum verdict *ret_verdict)
{
    if (walk->at < walk->lines_to) {
        return walk_line(walk, row, ret_verdict);
    }
    if (csv_row_parse(row, &walk->scan, walk->at, walk->is_ended) != CSV_ROW_GOOD) {
        return false;
    }
    bool back;
    const char *next = row->next;
    *ret_verdict = judge(row, walk->columns, walk->scan.dialect.eol, &back);
    walk->at = row->next;
    walk->reach = next > walk->reach ? next : walk->reach;
    if (back) {
        walk->vain += (size_t)(next - row->next);
        walk->lines_to = walk->vain > VAIN_BYTES ? next : walk->lines_to;
        csv_scan_begin(&walk->scan, walk->at, walk->scan.end);
    }
    return true;
}

/* Goes over rows until PIECE_BYTES are behind it or a row is not whole. */
static void scout(struct csv_piece *piece, const struct window *window, struct csv_dialect dialect, size_t columns)
{
    const char *start = window->data + window->from;
    struct walk walk = {.scan = {.dialect = dialect},
                        .at = start,
                        .lines_to = start + piece->lines_to,
                        .columns = columns,
                        .is_ended = window->is_ended};
    struct csv_row row = {0};
    enum verdict verdict;
    walk_begin(&walk, window->data + window->to);
    while (walk.at < walk.scan.end && walk.at - start < PIECE_BYTES && walk_row(&walk, &row, &verdict)) {
    }
    piece->len = (size_t)(walk.at - start);
    piece->reach = (size_t)(walk.reach - start);
    piece->is_tidy = false;
    piece->is_ended = window->is_ended && walk.reach == walk.scan.end;
}

static int cell_room(struct csv_piece *piece, size_t used, size_t columns, struct err *err)
{
    if (piece->cell_room - used >= columns) {
        return 0;
    }
    size_t room = piece->cell_room + piece->cell_room / 2 + columns + 1024;
    struct str *cells = realloc(piece->cells, room * sizeof(*cells));
    if (cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu cells", room);
    }
    piece->cells = cells;
    piece->cell_room = room;
    return 0;
}

static int split_rows(struct csv_piece *piece, struct csv_dialect dialect, size_t columns, struct err *err)
{
    struct walk walk = {.scan = {.dialect = dialect},
                        .at = piece->data,
                        .lines_to = piece->data + piece->lines_to,
                        .columns = columns,
                        .is_ended = piece->is_ended};
    struct csv_row row = {.room = columns};
    walk_begin(&walk, piece->data + piece->reach);
    while (walk.at < piece->data + piece->len) {
        enum verdict verdict;
        TRY(cell_room(piece, piece->rows * columns, columns, err));
        row.cells = piece->cells + piece->rows * columns;
        if (!walk_row(&walk, &row, &verdict)) {
            return err_set(err, ERR_BUG, "a piece of CSV ends inside a row");
        }
        piece->blank += verdict == ROW_BLANK;
        piece->wrong += verdict == ROW_WRONG;
        piece->rows += verdict == ROW_KEPT;
        if (verdict == ROW_KEPT && row.has_escapes) {
            csv_unescape(&row);
        }
    }
    return 0;
}

/* ---- Tidy bytes, 64 at a time ---- */

/* Up to the last line end of the window's first PIECE_BYTES, if every quote before it encloses a cell and no line end. */
static bool find_tidy(struct csv_piece *piece, const struct window *window, struct csv_dialect dialect)
{
    const char *start = window->data + window->from;
    size_t there = window->to - window->from;
    size_t len = there > PIECE_BYTES ? PIECE_BYTES : there;
    piece->is_ended = window->is_ended && len == there;
    piece->is_tidy = true;
    if (!piece->is_ended) {
        const char *last = memrchr(start, dialect.eol, len);
        len = last == NULL ? 0 : (size_t)(last + 1 - start);
    }
    bool has_quotes = dialect.has_quotes && memchr(start, '"', len) != NULL;
    if (len == 0 || (has_quotes && !csv_marks_tidy(start, len, dialect, piece->is_ended))) {
        return false;
    }
    piece->len = piece->reach = len;
    return true;
}

/* "a""b" without its quotes, in place. */
static void take_quotes_off(struct str *cell)
{
    char *data = (char *)(uintptr_t)(cell->data + 1);
    size_t len = cell->len - 2;
    size_t used = 0;
    if (memchr(data, '"', len) != NULL) {
        for (size_t at = 0; at < len; at++) {
            data[used++] = data[at];
            at += data[at] == '"';
        }
        len = used;
    }
    *cell = (struct str){data, len};
}

struct splitter {
    struct csv_piece *piece;
    struct csv_dialect dialect;
    size_t columns;
    const char *row, *cell; /* where they began */
    size_t count;
};

/* The cell that ends at `edge`. */
static inline void end_cell(struct splitter *splitter, struct str *cells, const char *edge)
{
    if (splitter->count < splitter->columns) {
        struct str *cell = &cells[splitter->count];
        *cell = (struct str){splitter->cell, (size_t)(edge - splitter->cell)};
        if (splitter->dialect.has_quotes && cell->len > 1 && cell->data[0] == '"') {
            take_quotes_off(cell);
        }
    }
    splitter->count++;
    splitter->cell = edge + 1;
}

/* The row just read: nothing is in it, its cells are kept, or there are too few or too many. */
static inline void close_row(struct csv_piece *piece, size_t count, size_t columns, bool is_blank)
{
    if (is_blank && columns > 1) {
        piece->blank++;
    } else if (count == columns) {
        piece->rows++;
    } else {
        piece->wrong++;
    }
}

static int end_row(struct splitter *splitter, const char *edge, struct err *err)
{
    struct csv_piece *piece = splitter->piece;
    bool has_cr = edge > splitter->cell && edge[-1] == '\r' && splitter->dialect.eol == '\n';
    const char *trimmed = edge - has_cr;
    bool is_blank = splitter->count == 0 && trimmed == splitter->row;
    end_cell(splitter, piece->cells + piece->rows * splitter->columns, trimmed);
    close_row(piece, splitter->count, splitter->columns, is_blank);
    splitter->count = 0;
    splitter->row = splitter->cell = edge + 1;
    return cell_room(piece, piece->rows * splitter->columns, splitter->columns, err);
}

static int edge_room(struct csv_piece *piece, struct err *err)
{
    size_t needed = piece->len / 64 + 1;
    if (piece->edge_room < needed) {
        free(piece->edges);
        piece->edges = calloc(needed, sizeof(*piece->edges));
        piece->edge_room = piece->edges == NULL ? 0 : needed;
    }
    return piece->edges != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory for %zu bytes of rows", piece->len);
}

struct plain {
    const char *row, *cell; /* where they began */
    struct str *cells;      /* of the row */
    size_t count;
};

static inline void plain_cell(struct plain *plain, size_t columns, const char *to)
{
    if (plain->count < columns) {
        plain->cells[plain->count] = (struct str){plain->cell, (size_t)(to - plain->cell)};
    }
    plain->count++;
}

static inline void plain_row(struct plain *plain, struct csv_piece *piece, char eol, size_t columns, const char *edge)
{
    const char *trimmed = edge - (edge > plain->cell && edge[-1] == '\r' && eol == '\n');
    bool is_blank = plain->count == 0 && trimmed == plain->row;
    plain_cell(plain, columns, trimmed);
    close_row(piece, plain->count, columns, is_blank);
    plain->cells = piece->cells + piece->rows * columns;
    plain->row = plain->cell = edge + 1;
    plain->count = 0;
}

/* Without quotes a cell is what lies between two edges, and there is room for all of them. */
static void split_plain(struct csv_piece *piece, char eol, size_t columns)
{
    struct plain plain = {piece->data, piece->data, piece->cells, 0};
    const char *end = piece->data + piece->len;
    for (size_t i = 0; i <= (piece->len - 1) / 64; i++) {
        const char *at = piece->data + i * 64;
        for (uint64_t bits = piece->edges[i]; bits != 0; bits &= bits - 1) {
            const char *edge = at + __builtin_ctzll(bits);
            if (*edge != eol) {
                plain_cell(&plain, columns, edge);
                plain.cell = edge + 1;
            } else {
                plain_row(&plain, piece, eol, columns, edge);
            }
        }
    }
    if (plain.row < end) {
        plain_row(&plain, piece, eol, columns, end);
    }
}

static int split_tidy(struct csv_piece *piece, struct csv_dialect dialect, size_t columns, struct err *err)
{
    struct splitter splitter = {piece, dialect, columns, piece->data, piece->data, 0};
    const char *end = piece->data + piece->len;
    const bool has_quotes = dialect.has_quotes && memchr(piece->data, '"', piece->len) != NULL;
    splitter.dialect.has_quotes = has_quotes;
    TRY(cell_room(piece, 0, columns, err));
    TRY(edge_room(piece, err));
    struct str *cells = piece->cells;
    csv_edges(piece->data, piece->len, splitter.dialect, piece->edges);
    if (!has_quotes) {
        TRY(cell_room(piece, 0, piece->len + 1 + columns, err)); /* a cell takes a byte at least, but the last */
        split_plain(piece, dialect.eol, columns);
        return 0;
    }
    const uint64_t *edges = piece->edges;
    for (const char *at = piece->data; at < end; at += 64) {
        uint64_t bits = *edges++;
        for (; bits != 0; bits &= bits - 1) {
            const char *edge = at + __builtin_ctzll(bits);
            if (*edge != dialect.eol) {
                end_cell(&splitter, cells, edge);
            } else {
                TRY(end_row(&splitter, edge, err));
                cells = piece->cells + piece->rows * columns;
            }
        }
    }
    return splitter.row < end ? end_row(&splitter, end, err) : 0;
}

/* ---- Pieces ---- */

/* What of the window a piece takes; 0 bytes: no row is whole. */
static void find_piece(struct csv_piece *piece, const struct window *window, struct csv_dialect dialect, size_t columns)
{
    if (window->from == window->to) {
        piece->len = 0;
    } else if (!find_tidy(piece, window, dialect)) {
        scout(piece, window, dialect, columns);
    }
}

/* A row that never ends within the window: the line is given up and what follows is read afresh. */
static void skip_line(struct window *window, char eol)
{
    const char *at = window->data + window->from;
    const char *end = memchr(at, eol, window->to - window->from);
    window->from = end == NULL ? window->to : (size_t)(end + 1 - window->data);
}

/* How far into the window the limit reaches. */
static size_t lines_to(const struct csv_limit *limit, const struct window *window)
{
    uint64_t start = window->passed + window->from;
    size_t sight = window->to - window->from;
    uint64_t ahead = limit->lines_to > start ? limit->lines_to - start : 0;
    return ahead < sight ? (size_t)ahead : sight;
}

int csv_piece_take(struct csv_piece *piece, struct window *window, struct csv_dialect dialect, size_t columns,
                   struct csv_limit *limit, uint64_t *rejected, bool *ret_taken, struct err *err)
{
    *ret_taken = false;
    window->sight = PIECE_BYTES;
    TRY(window_want(window, PIECE_WANTED, err));
    for (;;) {
        piece->lines_to = lines_to(limit, window);
        find_piece(piece, window, dialect, columns);
        if (piece->len > 0) {
            break;
        }
        if (window->is_ended && window->from == window->to) {
            return 0;
        }
        bool full;
        bool was_ended = window->is_ended;
        TRY(window_double(window, &full, err));
        if (full || was_ended) {
            limit->lines_to = window->passed + window->to;
            skip_line(window, dialect.eol);
            rejected[full ? TABLE_TOO_LONG : TABLE_CUT_OFF]++;
        }
    }
    size_t from = window->from;
    TRY(window_give(window, piece->len, &piece->buffer, &piece->cap, err));
    piece->data = piece->buffer + from;
    piece->rows = 0;
    piece->blank = piece->wrong = 0;
    *ret_taken = true;
    return 0;
}

int csv_piece_split(struct csv_piece *piece, struct csv_dialect dialect, size_t columns, struct err *err)
{
    return piece->is_tidy ? split_tidy(piece, dialect, columns, err) : split_rows(piece, dialect, columns, err);
}

void csv_piece_free(struct csv_piece *piece)
{
    free(piece->buffer);
    free(piece->cells);
    free(piece->edges);
    *piece = (struct csv_piece){0};
}
