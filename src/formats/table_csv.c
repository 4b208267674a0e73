/* CSV and its cousins: cells between , ; tab or |, quoted with " when they hold the delimiter, a line break or a
 * doubled quote (RFC 4180). The delimiter and whether the first line names the columns are sniffed from the head
 * (csv_sniff.c).
 *
 * Workers take turns: one takes a piece from the window while the others split theirs and give its rows away. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/own.h"
#include "base/pool.h"
#include "base/str.h"
#include "formats/csv_piece.h"

#include "base/banned.h"

enum { WORKERS_MAX = 64 };

struct csv {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct csv_dialect dialect;
    struct csv_row row; /* the first */
    size_t columns;
    size_t usual; /* cells that nearly all of the first rows have, or 0: a title above them is none */
    bool is_wanted;
    struct lock taking; /* window, taken, limit, rejected rows that never end */
    uint64_t taken;
    struct csv_limit limit;
    struct lock giving; /* given, report's rows, why */
    struct bell turn;
    uint64_t given; /* pieces whose rows are counted, in order */
    atomic_bool is_stopped;
    struct err why;
    uint64_t why_number; /* piece that failed, the first of them */
};

/* ---- The first row ---- */

static int announce(struct csv *csv, struct str name, const struct csv_row *first, bool is_named, struct err *err)
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
        struct str told = is_named ? str_trim(first->cells[i]) : STR("");
        columns[i] = told.len > 0 ? told : str_of(text);
    }
    struct table_shape shape = {name, columns, first->count, is_named};
    return csv->sink->table(csv->sink->self, 0, &shape, &csv->is_wanted, err);
}

/* Reads the first row, decides whether it is a header, and tells the table's shape. */
static int csv_open(struct csv *csv, struct str name, struct err *err)
{
    struct csv_scan scan = {.dialect = csv->dialect};
    struct window *window = csv->window;
    bool full = false;
    size_t start = window->from;
    for (;;) {
        csv_scan_begin(&scan, window->data + window->from, window->data + window->to);
        if (scan.base == scan.end && window->is_ended) {
            return 0;
        }
        if (scan.base < scan.end && csv_row_parse(&csv->row, &scan, scan.base, window->is_ended) == CSV_ROW_GOOD) {
            if (!csv->row.is_blank && (csv->row.count == csv->usual || csv->usual == 0)) {
                break;
            }
            csv->report->blank += csv->row.is_blank;
            csv->report->rejected[TABLE_WRONG_CELLS] += !csv->row.is_blank;
            window->from = (size_t)(csv->row.next - window->data);
            continue;
        }
        bool was_ended = window->is_ended;
        TRY(window_double(window, &full, err));
        if (full || was_ended) {
            return err_set(err, ERR_FORMAT, "byte %zu: the first row does not end (a quote is never closed)", start);
        }
    }
    if (csv->row.count > TABLE_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "%zu columns, of at most %d", csv->row.count, TABLE_COLUMNS_MAX);
    }
    csv->columns = csv->row.count;
    size_t behind = (size_t)(csv->row.next - window->data);
    csv->report->has_header = csv_is_header(&csv->row, &scan, window->is_ended);
    if (csv->row.has_escapes && csv->report->has_header) {
        csv_unescape(&csv->row);
    }
    TRY(announce(csv, name, &csv->row, csv->report->has_header, err));
    if (csv->report->has_header) {
        window->from = behind;
    }
    return 0;
}

/* ---- Rows ---- */

static void fail(struct csv *csv, uint64_t number, const struct err *why)
{
    lock_take(&csv->giving);
    if (!csv->is_stopped || number < csv->why_number) {
        csv->why = *why;
        csv->why_number = number;
    }
    csv->is_stopped = true;
    lock_give(&csv->giving);
}

static int take(struct csv *csv, struct csv_piece *piece, bool *ret_taken, struct err *err)
{
    lock_take(&csv->taking);
    *ret_taken = false;
    int result = csv->is_stopped ? 0
                                 : csv_piece_take(piece, csv->window, csv->dialect, csv->columns, &csv->limit,
                                                  csv->report->rejected, ret_taken, err);
    piece->number = csv->taken;
    csv->taken += *ret_taken;
    if (*ret_taken && piece->len > 0) {
        csv->report->ends_open = piece->data[piece->len - 1] != csv->dialect.eol;
    }
    lock_give(&csv->taking);
    return result;
}

static int give(const struct csv *csv, unsigned worker, const struct csv_piece *piece, uint64_t first, size_t from,
                size_t to, struct err *err)
{
    for (size_t r = from; csv->is_wanted && r < to && !csv->is_stopped; r += TABLE_BATCH_ROWS) {
        struct table_batch batch = {.worker = worker,
                                    .first_row = first + r,
                                    .rows = to - r < TABLE_BATCH_ROWS ? to - r : TABLE_BATCH_ROWS,
                                    .columns = csv->columns,
                                    .cells = piece->cells + r * csv->columns};
        TRY(csv->sink->rows(csv->sink->self, &batch, err));
    }
    return 0;
}

/* Counts the piece's rows when it is its turn; the table's first batch is given before another piece has its turn. */
static int count(struct csv *csv, unsigned worker, const struct csv_piece *piece, uint64_t *ret_first,
                 size_t *ret_given, struct err *err)
{
    lock_take(&csv->giving);
    while (csv->given != piece->number) {
        bell_wait(&csv->turn, &csv->giving);
    }
    struct table_report *report = csv->report;
    *ret_first = report->rows;
    report->rows += piece->rows;
    report->blank += piece->blank;
    report->rejected[TABLE_WRONG_CELLS] += piece->wrong;
    *ret_given = *ret_first > 0 ? 0 : piece->rows < TABLE_BATCH_ROWS ? piece->rows : TABLE_BATCH_ROWS;
    int result = give(csv, worker, piece, *ret_first, 0, *ret_given, err);
    csv->given++;
    bell_ring_all(&csv->turn);
    lock_give(&csv->giving);
    return result;
}

/* A piece that was taken always has its turn, or the others would wait for it. */
static int work_on(struct csv *csv, unsigned worker, struct csv_piece *piece, struct err *err)
{
    uint64_t first;
    size_t given;
    struct err why = {0};
    int result = csv_piece_split(piece, csv->dialect, csv->columns, &why);
    piece->rows = result == 0 ? piece->rows : 0;
    TRY(count(csv, worker, piece, &first, &given, err));
    if (result != 0) {
        *err = why;
        return -1;
    }
    return give(csv, worker, piece, first, given, piece->rows, err);
}

static void work(struct csv *csv, unsigned worker)
{
    struct csv_piece piece = {0};
    struct err why = {0};
    bool taken = true;
    while (taken) {
        if (take(csv, &piece, &taken, &why) != 0 || (taken && work_on(csv, worker, &piece, &why) != 0)) {
            fail(csv, piece.number, &why);
            break;
        }
    }
    csv_piece_free(&piece);
}

struct helper {
    struct csv *csv;
    unsigned worker;
    struct aside *aside;
};

static void help(void *self)
{
    const struct helper *helper = self;
    work(helper->csv, helper->worker);
}

/* The caller's thread is a worker; the others are had if they can be. */
static int csv_rows(struct csv *csv, struct err *err)
{
    struct helper helpers[WORKERS_MAX];
    unsigned count = csv->sink->workers > WORKERS_MAX ? WORKERS_MAX : csv->sink->workers;
    lock_init(&csv->taking);
    lock_init(&csv->giving);
    bell_init(&csv->turn);
    for (unsigned i = 1; i < count; i++) {
        helpers[i] = (struct helper){.csv = csv, .worker = i};
        helpers[i].aside = aside_start(help, &helpers[i]);
    }
    work(csv, 0);
    for (unsigned i = 1; i < count; i++) {
        aside_end(helpers[i].aside);
    }
    bell_end(&csv->turn);
    lock_end(&csv->giving);
    lock_end(&csv->taking);
    if (csv->is_stopped) {
        *err = csv->why;
        return -1;
    }
    return 0;
}

static int csv_probe(struct str head)
{
    return head.len > 0 && !str_starts(str_trim(head), STR("[["))
               ? 10
               : 0; /* any text is a table of one column; JSON is none */
}

static int csv_read(struct window *window, struct str name, const struct table_sink *sink, struct table_report *report,
                    struct err *err)
{
    struct csv csv = {.window = window, .sink = sink, .report = report, .is_wanted = true};
    double score;
    csv.dialect = csv_sniff(str_slice(window_str(window), 0, TABLE_HEAD_BYTES), &csv.usual, &score);
    csv.usual = score >= .8 ? csv.usual : 0;
    report->delimiter = csv.dialect.delimiter;
    OWN(own_mem) struct str *first = calloc(TABLE_COLUMNS_MAX, sizeof(*first));
    if (first == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    csv.row = (struct csv_row){.cells = first, .room = TABLE_COLUMNS_MAX};
    TRY(csv_open(&csv, name, err));
    return csv.columns == 0 ? 0 : csv_rows(&csv, err);
}

const struct table_format table_csv_format = {"CSV", csv_probe, csv_read};
