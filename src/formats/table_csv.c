/* CSV and its cousins: cells between , ; tab or |, quoted with " when they hold the delimiter, a line break or a
 * doubled quote (RFC 4180). The delimiter and whether the first line names the columns are sniffed from the head.
 *
 * The bytes that matter (delimiter, quote, line end) are found 64 at a time as bits of a mask; a row costs one step
 * per such byte. A cell is unescaped in place, once its whole row is in the window. */
#include <stdio.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/own.h"
#include "base/str.h"
#include "formats/window.h"

#include "base/banned.h"

enum { SNIFF_ROWS = 200 };

struct dialect {
    char delimiter, eol;
    bool has_quotes;
};

/* ---- Finding the bytes that matter ---- */

/* Positions of interest from `base` on, 64 at a time. */
struct scan {
    const char *base, *end;
    uint64_t bits;
    struct dialect dialect;
};

#if defined(__SSE2__)
static uint64_t mask64(const char *at, struct dialect d)
{
    const __m128i delimiter = _mm_set1_epi8(d.delimiter);
    const __m128i eol = _mm_set1_epi8(d.eol);
    const __m128i quote = _mm_set1_epi8(d.has_quotes ? '"' : d.eol);
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++) {
        __m128i block;
        memcpy(&block, at + (ptrdiff_t)i * 16, sizeof(block));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, delimiter),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, eol), _mm_cmpeq_epi8(block, quote)));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (i * 16);
    }
    return mask;
}
#else
static uint64_t mask64(const char *at, struct dialect d)
{
    uint64_t mask = 0;
    for (int i = 0; i < 64; i++) {
        bool hit = at[i] == d.delimiter || at[i] == d.eol || (d.has_quotes && at[i] == '"');
        mask |= (uint64_t)hit << i;
    }
    return mask;
}
#endif

static void scan_load(struct scan *scan)
{
    scan->bits = mask64(scan->base, scan->dialect);
    ptrdiff_t left = scan->end - scan->base;
    if (left < 64) {
        scan->bits &= (UINT64_C(1) << left) - 1;
    }
}

static void scan_begin(struct scan *scan, const char *at, const char *end)
{
    scan->base = at;
    scan->end = end;
    scan->bits = 0;
    if (at < end) {
        scan_load(scan);
    }
}

/* The next byte that matters, or NULL. */
static inline const char *scan_next(struct scan *scan)
{
    while (scan->bits == 0) {
        if (scan->end - scan->base <= 64) {
            return NULL;
        }
        scan->base += 64;
        scan_load(scan);
    }
    const char *at = scan->base + __builtin_ctzll(scan->bits);
    scan->bits &= scan->bits - 1;
    return at;
}

/* ---- One row ---- */

enum outcome { ROW_GOOD, ROW_MORE /* the window ends inside it */ };

struct row {
    struct str *cells;        /* room for TABLE_COLUMNS_MAX or the table's width */
    size_t room, count;       /* count may exceed room: the cells behind are not kept */
    const char *start, *next; /* its first byte; behind the line end */
    bool is_blank;
    bool is_odd;      /* something follows a closing quote: perhaps the opening one was never meant as one */
    bool has_escapes; /* some cell holds doubled quotes; such a cell's data begins one behind its opening quote */
};

static void keep_cell(struct row *row, const char *from, const char *to)
{
    if (row->count < row->room) {
        row->cells[row->count] = (struct str){from, (size_t)(to - from)};
    }
    row->count++;
}

/* Behind the opening quote at `open`: the closing quote, or NULL if it is not in the window. */
static const char *closing_quote(struct scan *scan, const char *open, bool is_ended, bool *ret_escapes)
{
    const char *at = scan_next(scan); /* the opening quote itself */
    if (at != open) {
        return NULL;
    }
    for (;;) {
        at = scan_next(scan);
        if (at == NULL) {
            return NULL;
        }
        if (*at != '"') {
            continue;
        }
        if (at + 1 == scan->end) {
            return is_ended ? at : NULL;
        }
        if (at[1] != '"') {
            return at;
        }
        *ret_escapes = true;
        (void)scan_next(scan);
    }
}

/* Parses the row at `at`; `scan` stands there. */
static enum outcome row_parse(struct row *row, struct scan *scan, const char *at, bool is_ended)
{
    const struct dialect d = scan->dialect;
    row->start = at;
    row->count = 0;
    row->has_escapes = row->is_odd = false;
    for (;;) {
        const char *to = NULL;
        const char *from = at;
        if (d.has_quotes && at < scan->end && *at == '"') {
            to = closing_quote(scan, at, is_ended, &row->has_escapes);
            if (to == NULL) {
                return ROW_MORE;
            }
            from = at + 1;
        }
        const char *stop = scan_next(scan);
        while (stop != NULL && *stop == '"') {
            stop = scan_next(scan); /* a quote in the middle of a cell is itself */
        }
        if (stop == NULL && !is_ended) {
            return ROW_MORE;
        }
        const char *edge = stop == NULL ? scan->end : stop;
        bool is_last = stop == NULL || *stop == d.eol;
        const char *trimmed = is_last && edge > from && edge[-1] == '\r' && d.eol == '\n' ? edge - 1 : edge;
        bool is_clean = to != NULL && to + 1 == trimmed;
        row->is_odd = row->is_odd || (to != NULL && !is_clean);
        keep_cell(row, is_clean || to == NULL ? from : at, is_clean ? to : trimmed);
        if (is_last) {
            row->next = stop == NULL ? scan->end : stop + 1;
            row->is_blank = row->count == 1 && trimmed == row->start;
            return ROW_GOOD;
        }
        at = stop + 1;
    }
}

/* "a""b" -> a"b, in place, for cells that were quoted. */
static void unescape(struct row *row)
{
    size_t count = row->count < row->room ? row->count : row->room;
    for (size_t i = 0; i < count; i++) {
        struct str *cell = &row->cells[i];
        if (cell->len < 2 || cell->data == row->start || cell->data[-1] != '"' ||
            memchr(cell->data, '"', cell->len) == NULL) {
            continue;
        }
        char *out = (char *)(uintptr_t)cell->data;
        size_t used = 0;
        for (size_t at = 0; at < cell->len; at++) {
            out[used++] = cell->data[at];
            at += cell->data[at] == '"' && at + 1 < cell->len && cell->data[at + 1] == '"';
        }
        cell->len = used;
    }
}

/* ---- Sniffing ---- */

/* How alike the first rows are when cut with this dialect: share of rows with the commonest count of cells (> 1). */
static double consistency(struct str head, struct dialect dialect, size_t *ret_columns)
{
    struct str cells[1];
    struct row row = {.cells = cells, .room = 1};
    struct scan scan = {.dialect = dialect};
    size_t counts[SNIFF_ROWS];
    size_t rows = 0;
    const char *end = head.data + head.len;
    scan_begin(&scan, head.data, end);
    const char *at = head.data;
    while (rows < SNIFF_ROWS && at < end && row_parse(&row, &scan, at, head.len < TABLE_HEAD_BYTES) == ROW_GOOD) {
        at = row.next;
        if (!row.is_blank) {
            counts[rows++] = row.count;
        }
    }
    size_t best = 0;
    *ret_columns = 1;
    for (size_t i = 0; i < rows; i++) {
        size_t same = 0;
        for (size_t j = 0; j < rows; j++) {
            same += counts[j] == counts[i];
        }
        if (counts[i] > 1 && same > best) {
            best = same;
            *ret_columns = counts[i];
        }
    }
    return rows == 0 ? 0 : (double)best / (double)rows;
}

static struct dialect sniff(struct str head, double *ret_score)
{
    static const char delimiters[] = {',', ';', '\t', '|'};
    struct dialect best = {',', '\n', memchr(head.data, '"', head.len) != NULL};
    if (memchr(head.data, '\n', head.len) == NULL && memchr(head.data, '\r', head.len) != NULL) {
        best.eol = '\r';
    }
    double best_score = 0;
    size_t best_columns = 1;
    for (size_t i = 0; i < sizeof(delimiters); i++) {
        struct dialect tried = best;
        tried.delimiter = delimiters[i];
        size_t columns;
        double score = consistency(head, tried, &columns);
        if (score > best_score + .05 || (score > best_score - .05 && columns > best_columns && score > .5)) {
            best_score = score;
            best_columns = columns;
            best.delimiter = delimiters[i];
        }
    }
    best.has_quotes = best.has_quotes || best.delimiter != '\t'; /* tab-separated exports often do not quote */
    *ret_score = best_score;
    return best;
}

/* Could be a column's name: letters, digits, _ . - and spaces, beginning with a letter or _, not long. */
static bool is_name_like(struct str cell)
{
    cell = str_trim(cell);
    if (cell.len == 0 || cell.len > 64) {
        return false;
    }
    size_t letters = 0;
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char byte = (unsigned char)cell.data[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        bool other = byte == '_' || byte >= 0x80 || byte == '$' || byte == '#';
        if (i == 0 && !letter && !other) {
            return false;
        }
        if (!letter && !other && !(byte >= '0' && byte <= '9') && memchr(" .-/()[]:", byte, 9) == NULL) {
            return false;
        }
        letters += letter || byte >= 0x80;
    }
    return letters > 0;
}

static bool is_known_name(struct str cell)
{
    static const char *const known[] = {
        "id",     "uid",       "uuid",          "guid",     "email",      "e-mail",     "mail",
        "name",   "firstname", "first_name",    "lastname", "last_name",  "surname",    "phone",
        "tel",    "mobile",    "address",       "city",     "zip",        "country",    "password",
        "pw",     "hash",      "salt",          "token",    "created",    "created_at", "updated_at",
        "joined", "date",      "user",          "username", "login",      "customer",   "order",
        "status", "full_name", "password_hash", "user_id",  "customer_id"};
    cell = str_trim(cell);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (str_eq_nocase(cell, str_of(known[i]))) {
            return true;
        }
    }
    return false;
}

/* The first row names the columns if every cell could, no two are alike, and either one is a usual name or the rows
 * below hold, in some column, values that could not be names. */
static bool is_header(const struct row *first, struct scan *scan, bool is_ended)
{
    bool usual = false;
    for (size_t i = 0; i < first->count; i++) {
        if (!is_name_like(first->cells[i])) {
            return false;
        }
        usual = usual || is_known_name(first->cells[i]);
        for (size_t j = 0; j < i; j++) {
            if (str_eq_nocase(first->cells[i], first->cells[j])) {
                return false;
            }
        }
    }
    if (usual) {
        return true;
    }
    OWN(own_mem) struct str *cells = calloc(first->count, sizeof(*cells));
    struct row row = {.cells = cells, .room = cells == NULL ? 0 : first->count};
    const char *at = first->next;
    size_t rows = 0;
    size_t valued = 0;
    while (rows < 20 && at < scan->end && row_parse(&row, scan, at, is_ended) == ROW_GOOD) {
        at = row.next;
        if (row.count != first->count || cells == NULL) {
            continue;
        }
        bool odd = false;
        for (size_t i = 0; i < row.count; i++) {
            odd = odd || (cells[i].len > 0 && !is_name_like(cells[i]));
        }
        rows++;
        valued += odd;
    }
    return rows > 0 && valued * 2 > rows;
}

/* ---- The table ---- */

struct csv {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct dialect dialect;
    struct row row;
    struct str *cells; /* the batch */
    size_t columns, rows;
    bool is_wanted;
};

static int csv_flush(struct csv *csv, struct err *err)
{
    struct table_batch batch = {
        .first_row = csv->report->rows, .rows = csv->rows, .columns = csv->columns, .cells = csv->cells};
    csv->report->rows += csv->rows;
    csv->rows = 0;
    return batch.rows == 0 || !csv->is_wanted ? 0 : csv->sink->rows(csv->sink->self, &batch, err);
}

static int announce(struct csv *csv, struct str name, const struct row *first, bool is_named, struct err *err)
{
    enum { NAME_BYTES = 32 };
    OWN(own_mem) struct str *columns = calloc(first->count, sizeof(*columns));
    OWN(own_mem) char *numbered = calloc(first->count, NAME_BYTES);
    if (columns == NULL || numbered == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", first->count);
    }
    for (size_t i = 0; i < first->count; i++) {
        char *text = numbered + i * NAME_BYTES;
        (void)snprintf(text, NAME_BYTES, "column%zu", i + 1);
        columns[i] = is_named ? str_trim(first->cells[i]) : str_of(text);
    }
    struct table_shape shape = {name, columns, first->count, is_named};
    return csv->sink->table(csv->sink->self, 0, &shape, &csv->is_wanted, err);
}

/* Reads the first row, decides whether it is a header, and tells the table's shape. */
static int csv_open(struct csv *csv, struct str name, struct err *err)
{
    struct scan scan = {.dialect = csv->dialect};
    struct window *window = csv->window;
    bool full = false;
    size_t start = window->from;
    for (;;) {
        scan_begin(&scan, window->data + window->from, window->data + window->to);
        if (scan.base == scan.end) {
            return 0;
        }
        if (row_parse(&csv->row, &scan, scan.base, window->is_ended) == ROW_GOOD) {
            if (!csv->row.is_blank) {
                break;
            }
            csv->report->blank++;
            window->from = (size_t)(csv->row.next - window->data);
            continue;
        }
        TRY(window_more(window, &full, err));
        if (full || window->is_ended) {
            return err_set(err, ERR_FORMAT, "byte %zu: the first row does not end (a quote is never closed)", start);
        }
    }
    if (csv->row.count > TABLE_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "%zu columns, of at most %d", csv->row.count, TABLE_COLUMNS_MAX);
    }
    csv->columns = csv->row.count;
    size_t behind = (size_t)(csv->row.next - window->data);
    csv->report->has_header = is_header(&csv->row, &scan, window->is_ended);
    if (csv->row.has_escapes && csv->report->has_header) {
        unescape(&csv->row);
    }
    TRY(announce(csv, name, &csv->row, csv->report->has_header, err));
    if (csv->report->has_header) {
        window->from = behind;
    }
    return 0;
}

/* The row just parsed goes into the batch, or is counted. A quote that was never meant to open anything makes a row of
 * several lines with too many cells: then only its first line is given up. */
static int csv_take(struct csv *csv, bool *ret_back, struct err *err)
{
    if (csv->row.is_blank && csv->columns > 1) {
        csv->report->blank++;
        return 0;
    }
    if (csv->row.count != csv->columns || csv->row.is_odd) {
        const char *start = csv->row.start;
        const char *eol = memchr(start, csv->dialect.eol, (size_t)(csv->row.next - start));
        *ret_back = eol != NULL && eol + 1 < csv->row.next;
        csv->row.next = *ret_back ? eol + 1 : csv->row.next;
        if (*ret_back || csv->row.count != csv->columns) {
            csv->report->rejected[TABLE_WRONG_CELLS]++;
            return 0;
        }
    }
    if (csv->row.has_escapes) {
        unescape(&csv->row);
    }
    csv->rows++;
    csv->row.cells += csv->columns;
    if (csv->rows == TABLE_BATCH_ROWS) {
        TRY(csv_flush(csv, err));
        csv->row.cells = csv->cells;
    }
    return 0;
}

/* A row that never ends within the window: the line is given up and what follows is read afresh. */
static void skip_line(struct csv *csv, enum table_reject reason)
{
    struct window *window = csv->window;
    char *at = window->data + window->from;
    char *eol = memchr(at, csv->dialect.eol, window->to - window->from);
    window->from = eol == NULL ? window->to : (size_t)(eol + 1 - window->data);
    csv->report->rejected[reason]++;
}

static int csv_rows(struct csv *csv, struct err *err)
{
    struct window *window = csv->window;
    struct scan scan = {.dialect = csv->dialect};
    for (;;) {
        const char *at = window->data + window->from;
        scan_begin(&scan, at, window->data + window->to);
        csv->row.cells = csv->cells;
        while (at < scan.end && row_parse(&csv->row, &scan, at, window->is_ended) == ROW_GOOD) {
            bool back = false;
            TRY(csv_take(csv, &back, err));
            at = csv->row.next;
            if (back) {
                scan_begin(&scan, at, scan.end);
            }
        }
        window->from = (size_t)(at - window->data);
        TRY(csv_flush(csv, err));
        if (window->is_ended && window->from == window->to) {
            return 0;
        }
        bool full;
        bool was_ended = window->is_ended;
        TRY(window_more(window, &full, err));
        if (full || was_ended) {
            skip_line(csv, full ? TABLE_TOO_LONG : TABLE_CUT_OFF);
        }
    }
}

static int csv_probe(struct str head)
{
    return head.len > 0 ? 10 : 0; /* any text is a table of one column */
}

static int csv_read(struct window *window, struct str name, const struct table_sink *sink, struct table_report *report,
                    struct err *err)
{
    struct csv csv = {.window = window, .sink = sink, .report = report, .is_wanted = true};
    double score;
    csv.dialect = sniff(str_slice(window_str(window), 0, TABLE_HEAD_BYTES), &score);
    report->delimiter = csv.dialect.delimiter;
    OWN(own_mem) struct str *first = calloc(TABLE_COLUMNS_MAX, sizeof(*first));
    if (first == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    csv.row = (struct row){.cells = first, .room = TABLE_COLUMNS_MAX};
    TRY(csv_open(&csv, name, err));
    if (csv.columns == 0) {
        return 0;
    }
    OWN(own_mem) struct str *cells = calloc(csv.columns * TABLE_BATCH_ROWS, sizeof(*cells));
    if (cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", csv.columns);
    }
    csv.cells = cells;
    csv.row = (struct row){.cells = cells, .room = csv.columns};
    return csv_rows(&csv, err);
}

const struct table_format table_csv_format = {"CSV", csv_probe, csv_read};
