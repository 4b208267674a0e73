/* COPY ... FROM stdin in text form: one row a line, cells between tabs, \N a null, backslash escapes, "\." the end.
 *
 * Tabs, line ends and backslashes are found 64 bytes at a time as bits of a mask. A row changes only when all of it is in
 * sight. */
#include "base/str.h"
#include "formats/sql_inside.h"
#include "formats/sqldump.h"

#include "base/banned.h"

/* ---- Finding the bytes that matter ---- */

/* Positions of interest from `base` on, 64 at a time; up to 64 bytes behind `end` are read. */
struct scan {
    char *base, *end;
    uint64_t bits;
    char delimiter;
};

#if defined(__SSE2__)
static inline uint64_t mask64(const char *at, char delimiter)
{
    const __m128i cell = _mm_set1_epi8(delimiter);
    const __m128i line = _mm_set1_epi8('\n');
    const __m128i escape = _mm_set1_epi8('\\');
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++) {
        __m128i block;
        memcpy(&block, at + (ptrdiff_t)i * 16, sizeof(block));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, cell),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, line), _mm_cmpeq_epi8(block, escape)));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (i * 16);
    }
    return mask;
}
#else
static inline uint64_t mask64(const char *at, char delimiter)
{
    uint64_t mask = 0;
    for (int i = 0; i < 64; i++) {
        mask |= (uint64_t)(at[i] == delimiter || at[i] == '\n' || at[i] == '\\') << i;
    }
    return mask;
}
#endif

static inline void scan_load(struct scan *scan)
{
    scan->bits = mask64(scan->base, scan->delimiter);
    ptrdiff_t left = scan->end - scan->base;
    if (left < 64) {
        scan->bits &= (UINT64_C(1) << left) - 1;
    }
}

/* The next byte that matters, or NULL. */
static inline char *scan_next(struct scan *scan)
{
    while (scan->bits == 0) {
        if (scan->end - scan->base <= 64) {
            return NULL;
        }
        scan->base += 64;
        scan_load(scan);
    }
    char *at = scan->base + __builtin_ctzll(scan->bits);
    scan->bits &= scan->bits - 1;
    return at;
}

/* ---- Cells ---- */

struct form {
    char delimiter;
    struct str null;
};

/* \b \f \n \r \t \v, \123 (octal), \x4f, anything else is itself. */
static char *copy_escape(char *at, char *end, char *ret_byte)
{
    static const char from[] = "nrtbfv";
    static const char to[] = "\n\r\t\b\f\v";
    const char *behind = sql_code_escape(at, end, ret_byte);
    if (behind != NULL) {
        return at + (behind - at);
    }
    const char *known = memchr(from, *at, sizeof(from) - 1);
    *ret_byte = known != NULL ? to[known - from] : *at;
    return at + 1;
}

static struct str unescape(struct str cell)
{
    char *from = (char *)(uintptr_t)cell.data;
    char *end = from + cell.len;
    char *out = from;
    for (char *at = from; at < end;) {
        char *mark = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((mark != NULL ? mark : end) - at);
        if (out != at) {
            memmove(out, at, plain);
        }
        out += plain;
        if (mark == NULL) {
            break;
        }
        at = mark + 1;
        if (at == end) {
            *out++ = '\\';
        } else {
            at = copy_escape(at, end, out++);
        }
    }
    return (struct str){from, (size_t)(out - from)};
}

size_t sql_copy_line(char *line, char *end, struct str *cells, size_t room)
{
    size_t count = 0;
    bool has_escapes = false;
    for (char *at = line;;) {
        at = sql_find2(at, end, '\t', '\\');
        if (at < end && *at == '\\') {
            has_escapes = true;
            at += end - at > 1 ? 2 : 1;
            continue;
        }
        struct str cell = {line, (size_t)(at - line)};
        if (count < room) {
            bool is_null = cell.len == 2 && str_eq(cell, STR("\\N"));
            cells[count] = is_null ? (struct str){NULL, 0} : has_escapes ? unescape(cell) : cell;
        }
        count++;
        if (at == end) {
            return count;
        }
        line = ++at;
        has_escapes = false;
    }
}

/* ---- Rows ---- */

struct row {
    char *start, *next; /* its first byte; behind its line end */
    size_t count;
    size_t todo_count; /* cells with escapes: */
    uint16_t todo[TABLE_COLUMNS_MAX];
    bool has_escapes;
};

static inline void keep_cell(struct row *row, struct str *cells, size_t room, struct str cell, bool has_escapes)
{
    if (row->count < room) {
        bool is_null = has_escapes && cell.len == 2 && cell.data[0] == '\\' && cell.data[1] == 'N';
        cells[row->count] = is_null ? (struct str){NULL, 0} : cell;
        if (has_escapes && !is_null) {
            row->todo[row->todo_count++] = (uint16_t)row->count;
        }
    }
    row->count++;
}

/* The row at `at`, where `scan` stands. False: its end is not in sight. */
static inline bool parse_row(struct row *row, struct scan *scan, char *at, struct str *cells, size_t room)
{
    bool has_escapes = false;
    char *passed = at; /* the byte behind a backslash is data whatever it is */
    row->start = at;
    row->count = row->todo_count = 0;
    row->has_escapes = false;
    for (;;) {
        char *mark = scan_next(scan);
        if (mark == NULL) {
            return false;
        }
        if (mark < passed) {
            continue;
        }
        if (*mark == '\\') {
            row->has_escapes = has_escapes = true;
            passed = mark + 2;
            continue;
        }
        bool is_last = *mark == '\n';
        char *end = is_last && mark > at && mark[-1] == '\r' ? mark - 1 : mark;
        keep_cell(row, cells, room, (struct str){at, (size_t)(end - at)}, has_escapes);
        at = mark + 1;
        has_escapes = false;
        if (is_last) {
            row->next = at;
            return true;
        }
    }
}

static void finish(const struct dump *dump, const struct form *form, struct row *row, struct str *cells)
{
    const struct shape *shape = dump->current;
    for (size_t i = 0; i < row->todo_count; i++) {
        size_t column = row->todo[i];
        struct str cell = unescape(cells[column]);
        if (shape->kinds != NULL && shape->kinds[column] == SQL_BYTEA && cell.len >= 2 && cell.data[0] == '\\' &&
            cell.data[1] == 'x') {
            cell = (struct str){cell.data + 2, cell.len - 2};
        }
        cells[column] = cell;
    }
    for (size_t i = 0; form->null.data != NULL && i < row->count && i < shape->column_count; i++) {
        cells[i] = cells[i].data != NULL && str_eq(cells[i], form->null) ? (struct str){NULL, 0} : cells[i];
    }
}

static bool is_end_mark(const struct row *row)
{
    return row->has_escapes && row->count == 1 && row->start[0] == '\\' && row->start[1] == '.' &&
           (row->start[2] == '\n' || row->start[2] == '\r');
}

enum block { BLOCK_MORE, BLOCK_DONE, BLOCK_LOST /* a statement begins where a row should */ };

/* All rows that are wholly in sight. */
static int rows_in_sight(struct dump *dump, const struct form *form, enum block *ret_block, struct err *err)
{
    struct window *window = dump->window;
    size_t columns = dump->current->column_count;
    struct row row;
    struct scan scan = {window->data + window->from, window->data + window->to, 0, form->delimiter};
    *ret_block = BLOCK_MORE;
    if (scan.base < scan.end) {
        scan_load(&scan);
    }
    while (scan.base < scan.end) {
        struct str *cells = dump->cells + dump->rows * columns;
        if (!parse_row(&row, &scan, window->data + window->from, cells, columns)) {
            return 0;
        }
        if (is_end_mark(&row)) {
            window->from = (size_t)(row.next - window->data);
            *ret_block = BLOCK_DONE;
            return 0;
        }
        if (row.count != columns && sql_is_statement(row.start, scan.end)) {
            *ret_block = BLOCK_LOST;
            return 0;
        }
        if (row.todo_count > 0 || form->null.data != NULL) {
            finish(dump, form, &row, cells);
        }
        window->from = (size_t)(row.next - window->data);
        TRY(sqldump_row(dump, row.count, err));
    }
    return 0;
}

/* The same where nobody wants them: lines are counted. One that ends in a backslash goes on in the next. */
static int lines_in_sight(struct dump *dump, enum block *ret_block, struct err *err)
{
    struct window *window = dump->window;
    char *at = window->data + window->from;
    char *end = window->data + window->to;
    *ret_block = BLOCK_MORE;
    for (char *from = at, *eol; from < end && (eol = memchr(from, '\n', (size_t)(end - from))) != NULL;) {
        from = eol + 1;
        size_t slashes = 0;
        while (eol - slashes > at && eol[-1 - (ptrdiff_t)slashes] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 1) {
            continue;
        }
        bool is_end = *at == '\\' && at[1] == '.' && (at[2] == '\n' || at[2] == '\r');
        bool is_lost =
            *at >= 'A' && !is_end && memchr(at, '\t', (size_t)(eol - at)) == NULL && sql_is_statement(at, end);
        if (!is_lost) {
            at = from;
            window->from = (size_t)(at - window->data);
        }
        if (is_end || is_lost) {
            *ret_block = is_end ? BLOCK_DONE : BLOCK_LOST;
            return 0;
        }
        TRY(sqldump_row(dump, dump->current->column_count, err));
    }
    return 0;
}

static int copy_rows(struct dump *dump, const struct form *form, struct err *err)
{
    struct window *window = dump->window;
    for (;;) {
        enum block block;
        if (dump->current->is_wanted) {
            TRY(rows_in_sight(dump, form, &block, err));
        } else {
            TRY(lines_in_sight(dump, &block, err));
        }
        if (block != BLOCK_MORE) {
            dump->report->rejected[TABLE_CUT_OFF] += block == BLOCK_LOST;
            return 0;
        }
        struct str left = window_str(window);
        if (window->is_ended) {
            bool is_end = str_eq(str_trim(left), STR("\\."));
            dump->report->rejected[TABLE_CUT_OFF] += !is_end; /* a last line without its end is half a row */
            window->from = window->to;
            return 0;
        }
        bool full;
        TRY(sqldump_more(dump, &full, err));
        if (full) {
            dump->report->rejected[TABLE_TOO_LONG]++;
            window->from = window->to; /* its rest is rejected as a row of its own */
        }
    }
}

/* ---- The statement ---- */

/* The text between the quotes that follow `word` in the options; data NULL if there is none. */
static struct str option(struct str options, const char *word)
{
    size_t at = str_find_nocase(options, str_of(word), 0);
    size_t open = at == SIZE_MAX ? SIZE_MAX : str_find(options, STR("'"), at);
    size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(options, STR("'"), open + 1);
    return close == SIZE_MAX ? (struct str){NULL, 0} : str_slice(options, open + 1, close);
}

/* COPY in another form: its lines are passed over up to "\.". */
static int skip_lines(struct dump *dump, struct err *err)
{
    struct shape nobody = {.column_count = 1};
    uint64_t before = dump->report->rows;
    TRY(sqldump_flush(dump, err));
    dump->current = &nobody;
    int result = copy_rows(dump, &(struct form){.delimiter = '\t'}, err);
    uint64_t rows = dump->report->rows + dump->rows - before;
    dump->rows = 0;
    dump->current = NULL;
    dump->report->rows = before;
    dump->report->rejected[TABLE_STATEMENT] += rows > 0 ? rows : 1;
    return result;
}

int sqldump_copy(struct dump *dump, struct sql_cursor c, struct err *err)
{
    struct str outer, name;
    size_t named = 0;
    bool good = sql_name(&c, &outer, &name) == SQL_FOUND && sql_skip_space(&c) == SQL_FOUND && c.at < c.end;
    if (good && *c.at == '(') {
        good = sql_names(&c, dump->scratch, &named) == SQL_FOUND && sql_skip_space(&c) == SQL_FOUND;
    }
    struct str options = {c.at, 0};
    good = good && sql_is_word(&c, "from");
    struct sql_cursor ahead = c;
    good = good && str_eq_nocase(sql_word(&ahead), STR("stdin"));
    char *eol = good ? memchr(ahead.at, '\n', (size_t)(c.end - ahead.at)) : NULL;
    if (eol == NULL) {
        dump->report->rejected[TABLE_STATEMENT]++;
        return sqldump_skip_statement(dump, false, err);
    }
    options = (struct str){ahead.at, (size_t)(eol - ahead.at)};
    c.at = eol + 1;
    if (str_find_nocase(options, STR("csv"), 0) != SIZE_MAX || str_find_nocase(options, STR("binary"), 0) != SIZE_MAX) {
        sqldump_move(dump, &c);
        return skip_lines(dump, err);
    }
    struct str delimiter = option(options, "delimiter");
    char null_text[64];
    struct form form = {delimiter.len == 1 ? delimiter.data[0] : '\t', option(options, "null")};
    if (form.null.len >= sizeof(null_text) || str_eq(form.null, STR("\\N"))) {
        form.null = (struct str){NULL, 0};
    } else if (form.null.data != NULL) {
        memcpy(null_text, form.null.data, form.null.len);
        form.null.data = null_text;
    }
    struct shape *shape = sqldump_find_shape(dump, outer, name, named);
    if (shape == NULL) {
        char *second = memchr(c.at, '\n', (size_t)(c.end - c.at));
        size_t count = named > 0 ? named : 1;
        for (char *at = c.at; named == 0 && second != NULL && at < second; at++) {
            count += *at == form.delimiter;
        }
        memset(dump->kinds, SQL_TEXT, named);
        shape = count > TABLE_COLUMNS_MAX ? NULL : sqldump_add_shape(dump, outer, name, count, named > 0, err);
        if (shape == NULL) {
            return count > TABLE_COLUMNS_MAX ? err_set(err, ERR_LIMIT, "more than %d columns", TABLE_COLUMNS_MAX) : -1;
        }
    }
    sqldump_move(dump, &c);
    TRY(sqldump_begin_rows(dump, shape, err));
    return copy_rows(dump, &form, err);
}
