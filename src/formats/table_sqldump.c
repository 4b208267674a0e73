/* SQL dumps: the rows of INSERT (one or many tuples each) and of PostgreSQL's COPY blocks, the column names of CREATE
 * TABLE, all else skipped. Written for what mysqldump, MariaDB, pg_dump, SQLite's .dump and Adminer's export write; the
 * tuples of SQL Server and Oracle scripts are read too.
 *
 * A statement is never held whole: its beginning is read up to VALUES, then one tuple at a time, so a 24 MB insert and a
 * dump that ends in the middle of one cost the same. What cannot be rows is counted, not guessed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/sql.h"
#include "formats/window.h"

#include "base/banned.h"

enum { STATEMENT_HEAD_BYTES = 128 << 10, CREATE_BYTES = 512 << 10, NAMES_CAP_BYTES = 64 << 20 };

/* A table with one list of columns. The same table under another list is another one to the sink. */
struct shape {
    struct str name;
    struct str *columns;
    size_t column_count;
    bool is_told; /* the sink knows it under `number` */
    bool is_named, is_wanted;
    uint32_t number;
    uint64_t given; /* rows */
};

struct dump {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct arena names;
    struct shape *shapes;
    size_t shape_count;
    uint32_t told;
    bool has_backslashes;
    struct shape *current;
    struct str *cells; /* the batch: cell_room cells */
    size_t cell_room, rows;
    struct str *scratch; /* TABLE_COLUMNS_MAX names */
};

/* ---- The window as a cursor ---- */

static struct sql_cursor cursor_of(const struct dump *dump)
{
    const struct window *window = dump->window;
    return (struct sql_cursor){window->data + window->from, window->data + window->to, dump->has_backslashes,
                               window->is_ended};
}

static void move_to(struct dump *dump, const struct sql_cursor *c)
{
    dump->window->from = (size_t)(c->at - dump->window->data);
}

static int flush(struct dump *dump, struct err *err)
{
    struct table_batch batch = {.rows = dump->rows, .cells = dump->cells};
    dump->rows = 0;
    if (batch.rows == 0) {
        return 0;
    }
    dump->report->rows += batch.rows;
    batch.table = dump->current->number;
    batch.first_row = dump->current->given;
    dump->current->given += batch.rows;
    batch.columns = dump->current->column_count;
    return dump->current->is_wanted ? dump->sink->rows(dump->sink->self, &batch, err) : 0;
}

/* More bytes; the rows so far point into the window and go first. *ret_full as window_more has it. */
static int more(struct dump *dump, bool *ret_full, struct err *err)
{
    TRY(flush(dump, err));
    return window_more(dump->window, ret_full, err);
}

static int want(struct dump *dump, size_t bytes, struct err *err)
{
    if (dump->window->to - dump->window->from >= bytes || dump->window->is_ended) {
        return 0;
    }
    TRY(flush(dump, err));
    return window_want(dump->window, bytes, err);
}

/* ---- Skipping ---- */

/* Over white space and comments, however long: of a comment that is not wholly in sight all but its end is dropped. */
static int skip_space(struct dump *dump, struct err *err)
{
    for (;;) {
        struct sql_cursor c = cursor_of(dump);
        enum sql_found found = sql_skip_space(&c);
        move_to(dump, &c);
        if (found != SQL_MORE) {
            dump->window->from = found == SQL_BROKEN ? dump->window->to : dump->window->from;
            return 0;
        }
        bool full;
        TRY(more(dump, &full, err));
        if (full) {
            dump->report->rejected[TABLE_TOO_LONG]++;
            dump->window->from = dump->window->to;
        }
    }
}

/* Moves over one token. A string that never ends is dropped with the rest of the window. */
static int skip_token(struct dump *dump, struct str *ret_token, struct err *err)
{
    for (;;) {
        struct sql_cursor c = cursor_of(dump);
        char *start = c.at;
        enum sql_found found = c.at == c.end && c.is_ended ? SQL_FOUND : sql_skip_token(&c);
        if (found == SQL_FOUND) {
            move_to(dump, &c);
            *ret_token = (struct str){start, (size_t)(c.at - start)};
            return 0;
        }
        bool full = false;
        if (found == SQL_MORE) {
            TRY(more(dump, &full, err));
        }
        if (full || found == SQL_BROKEN) {
            dump->report->rejected[full ? TABLE_TOO_LONG : TABLE_CUT_OFF]++;
            dump->window->from = dump->window->to;
        }
    }
}

/* To behind the ';' that ends the statement; with is_body to that of "END;". */
static int skip_statement(struct dump *dump, bool may_have_body, struct err *err)
{
    bool is_body = false;
    bool after_end = false;
    for (;;) {
        struct str token;
        TRY(skip_token(dump, &token, err));
        if (token.len == 0) {
            return 0;
        }
        if (token.len == 1 && token.data[0] == ';' && (!is_body || after_end)) {
            return 0;
        }
        is_body = is_body || (may_have_body && str_eq_nocase(token, STR("begin")));
        after_end = str_eq_nocase(token, STR("end")) || (after_end && str_trim(token).len == 0);
    }
}

/* MySQL's client word: "DELIMITER ;;" up to "DELIMITER ;" holds routines, no rows. */
static int skip_delimiter(struct dump *dump, struct err *err)
{
    for (bool is_first = true;; is_first = false) {
        bool full = false;
        TRY(want(dump, 4096, err));
        struct sql_cursor c = cursor_of(dump);
        char *eol = memchr(c.at, '\n', (size_t)(c.end - c.at));
        struct str line = str_trim((struct str){c.at, (size_t)((eol == NULL ? c.end : eol) - c.at)});
        bool is_back = !is_first && str_eq_nocase(str_slice(line, 0, 9), STR("delimiter"));
        c.at = eol == NULL ? c.end : eol + 1;
        move_to(dump, &c);
        if (is_back || (c.at == c.end && c.is_ended)) {
            return 0;
        }
        if (c.at == c.end) {
            TRY(more(dump, &full, err));
        }
    }
}

/* ---- Shapes ---- */

static struct str display_name(struct arena *names, struct str outer, struct str name, struct err *err)
{
    static const char *const usual[] = {"", "public", "dbo", "main"};
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
        if (str_eq_nocase(outer, str_of(usual[i]))) {
            return arena_str(names, name, err);
        }
    }
    char text[512];
    int len = snprintf(text, sizeof(text), "%.*s.%.*s", (int)(outer.len > 200 ? 200 : outer.len), outer.data,
                       (int)(name.len > 200 ? 200 : name.len), name.data);
    return arena_str(names, (struct str){text, len > 0 ? (size_t)len : 0}, err);
}

static bool has_columns(const struct shape *shape, const struct str *columns, size_t count)
{
    bool same = shape->column_count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = str_eq(shape->columns[i], columns[i]);
    }
    return same;
}

/* Adds a shape; the columns are numbered when `columns` is NULL. */
static struct shape *add_shape(struct dump *dump, struct str name, const struct str *columns, size_t count,
                               struct err *err)
{
    if (dump->shape_count == TABLE_TABLES_MAX) {
        (void)err_set(err, ERR_LIMIT, "more than %d tables", TABLE_TABLES_MAX);
        return NULL;
    }
    struct shape *shape = &dump->shapes[dump->shape_count];
    *shape = (struct shape){.name = name, .column_count = count, .is_named = columns != NULL, .is_wanted = true};
    shape->columns = ARENA_NEW(&dump->names, struct str, count, err);
    for (size_t i = 0; shape->columns != NULL && i < count; i++) {
        char numbered[32];
        (void)snprintf(numbered, sizeof(numbered), "column%zu", i + 1);
        shape->columns[i] = arena_str(&dump->names, columns == NULL ? str_of(numbered) : columns[i], err);
        if (shape->columns[i].data == NULL) {
            return NULL;
        }
    }
    dump->shape_count += shape->columns != NULL;
    return shape->columns == NULL ? NULL : shape;
}

/* The newest shape of that name with these columns (count 0: any); NULL if there is none. */
static struct shape *find_shape(struct dump *dump, struct str name, const struct str *columns, size_t count)
{
    for (size_t i = dump->shape_count; i > 0; i--) {
        struct shape *shape = &dump->shapes[i - 1];
        if (str_eq(shape->name, name) && (count == 0 || has_columns(shape, columns, count))) {
            return shape;
        }
    }
    return NULL;
}

/* Rows of `shape` follow: the sink is told, the batch is made wide enough. */
static int begin_rows(struct dump *dump, struct shape *shape, struct err *err)
{
    if (dump->current != shape) {
        TRY(flush(dump, err));
        dump->current = shape;
    }
    size_t needed = shape->column_count * TABLE_BATCH_ROWS;
    if (dump->cell_room < needed) {
        struct str *cells = realloc(dump->cells, needed * sizeof(*cells));
        if (cells == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu columns", shape->column_count);
        }
        dump->cells = cells;
        dump->cell_room = needed;
    }
    if (shape->is_told) {
        return 0;
    }
    shape->is_told = true;
    shape->number = dump->told++;
    struct table_shape told = {shape->name, shape->columns, shape->column_count, shape->is_named};
    return dump->sink->table(dump->sink->self, shape->number, &told, &shape->is_wanted, err);
}

/* ---- CREATE TABLE ---- */

static bool is_constraint(struct str word)
{
    static const char *const words[] = {"primary", "key",      "unique",  "constraint", "index",  "foreign",
                                        "check",   "fulltext", "spatial", "exclude",    "period", "like"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (str_eq_nocase(word, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Names of "(a int, b text, primary key (a))"; the cursor stands at '('. */
static enum sql_found definitions(struct sql_cursor *c, struct str *names, size_t *ret_count)
{
    size_t depth = 1;
    size_t count = 0;
    bool at_start = true;
    c->at++;
    while (depth > 0) {
        enum sql_found found = sql_skip_space(c);
        if (found != SQL_FOUND || c->at == c->end) {
            return found == SQL_BROKEN ? found : SQL_MORE;
        }
        if (at_start) {
            struct str outer;
            char first = *c->at;
            at_start = false;
            found = count < TABLE_COLUMNS_MAX ? sql_name(c, &outer, &names[count]) : SQL_BROKEN;
            if (found != SQL_FOUND) {
                return found;
            }
            bool is_quoted = first == '`' || first == '"' || first == '[';
            count += is_quoted || !is_constraint(names[count]);
            continue;
        }
        char byte = *c->at;
        depth += byte == '(';
        depth -= byte == ')';
        at_start = byte == ',' && depth == 1;
        found = sql_skip_token(c);
        if (found != SQL_FOUND) {
            return found;
        }
    }
    *ret_count = count;
    return SQL_FOUND;
}

/* Behind CREATE: the table's columns are kept if it is a table with a list. Never an error: an insert may name its own. */
static int create(struct dump *dump, struct sql_cursor c, bool *ret_may_have_body, struct err *err)
{
    struct str outer, name;
    static const char *const before[] = {"temporary", "temp", "unlogged", "global",
                                         "local",     "or",   "replace",  "definer"};
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        (void)sql_is_word(&c, before[i]);
    }
    *ret_may_have_body = sql_is_word(&c, "trigger") || sql_is_word(&c, "procedure") || sql_is_word(&c, "function");
    if (!sql_is_word(&c, "table")) {
        return 0;
    }
    if (sql_is_word(&c, "if")) {
        (void)sql_is_word(&c, "not");
        (void)sql_is_word(&c, "exists");
    }
    size_t count = 0;
    if (sql_name(&c, &outer, &name) != SQL_FOUND || sql_skip_space(&c) != SQL_FOUND || c.at == c.end || *c.at != '(' ||
        definitions(&c, dump->scratch, &count) != SQL_FOUND || count == 0) {
        return 0;
    }
    struct str shown = display_name(&dump->names, outer, name, err);
    if (shown.data == NULL) {
        return -1;
    }
    if (find_shape(dump, shown, dump->scratch, count) != NULL) {
        return 0;
    }
    return add_shape(dump, shown, dump->scratch, count, err) == NULL ? -1 : 0;
}

/* ---- INSERT ---- */

/* "[OR IGNORE] INTO `t` (`a`, `b`) VALUES" behind INSERT or REPLACE. c moves to the first tuple. *ret_names: its list, if any. */
static bool insert_head(struct sql_cursor *c, struct dump *dump, struct str *ret_outer, struct str *ret_name,
                        size_t *ret_count)
{
    static const char *const before[] = {"or",      "replace", "ignore", "rollback", "abort",    "fail",
                                         "delayed", "ignore",  "low",    "high",     "overwrite"};
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        (void)sql_is_word(c, before[i]);
    }
    (void)sql_is_word(c, "into");
    *ret_count = 0;
    if (sql_name(c, ret_outer, ret_name) != SQL_FOUND || sql_skip_space(c) != SQL_FOUND) {
        return false;
    }
    if (c->at < c->end && *c->at == '(') {
        if (sql_names(c, dump->scratch, ret_count) != SQL_FOUND || sql_skip_space(c) != SQL_FOUND) {
            return false;
        }
    }
    if (sql_is_word(c, "overriding")) {
        (void)(sql_is_word(c, "system") || sql_is_word(c, "user"));
        (void)sql_is_word(c, "value");
    }
    return (sql_is_word(c, "values") || sql_is_word(c, "value")) && (c->at == c->end || *c->at == '(');
}

static void count_tuple(struct dump *dump, size_t count, size_t columns)
{
    if (count == columns) {
        dump->rows++;
    } else {
        dump->report->rejected[TABLE_WRONG_CELLS]++;
    }
}

/* One tuple at the cursor into the batch. *ret_done: there is none, or it will never end. */
static int one_tuple(struct dump *dump, bool *ret_done, struct err *err)
{
    size_t columns = dump->current->column_count;
    *ret_done = false;
    for (;;) {
        struct sql_cursor c = cursor_of(dump);
        size_t count;
        enum sql_found found =
            c.at == c.end ? SQL_MORE : sql_tuple(&c, dump->cells + dump->rows * columns, columns, &count);
        if (found == SQL_FOUND) {
            move_to(dump, &c);
            count_tuple(dump, count, columns);
            return dump->rows == TABLE_BATCH_ROWS ? flush(dump, err) : 0;
        }
        bool full = false;
        if (!dump->window->is_ended) {
            TRY(more(dump, &full, err));
            if (!full) {
                continue;
            }
        }
        dump->report->rejected[full ? TABLE_TOO_LONG : TABLE_CUT_OFF]++;
        dump->window->from = dump->window->to;
        *ret_done = true;
        return 0;
    }
}

/* How many cells the tuple at the window's beginning has, without changing it; 0 if it does not end soon. */
static int measure_tuple(struct dump *dump, size_t *ret_count, struct err *err)
{
    *ret_count = 0;
    TRY(want(dump, STATEMENT_HEAD_BYTES, err));
    struct str head = str_slice(window_str(dump->window), 0, CREATE_BYTES);
    OWN(own_mem) char *copy = malloc(head.len + 1);
    if (copy == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a tuple");
    }
    memcpy(copy, head.data, head.len);
    struct sql_cursor c = {copy, copy + head.len, dump->has_backslashes, dump->window->is_ended};
    size_t count;
    if (head.len > 0 && sql_tuple(&c, NULL, 0, &count) == SQL_FOUND) {
        *ret_count = count;
    }
    return 0;
}

/* Behind the last tuple: ";", "ON DUPLICATE KEY ...;", or nothing at all (SQL Server scripts end a batch with GO). */
static int end_of_insert(struct dump *dump, struct err *err)
{
    TRY(want(dump, 64, err));
    struct sql_cursor c = cursor_of(dump);
    bool goes_on = sql_is_word(&c, "on") || sql_is_word(&c, "as") || sql_is_word(&c, "returning");
    if (goes_on || (c.at < c.end && *c.at == ';')) {
        return skip_statement(dump, false, err);
    }
    return 0;
}

/* "(..), (..);" from the first '(' on. */
static int tuples(struct dump *dump, struct err *err)
{
    for (;;) {
        bool done;
        TRY(one_tuple(dump, &done, err));
        if (done) {
            return 0;
        }
        struct sql_cursor c = cursor_of(dump);
        if (c.end - c.at >= 2 && c.at[0] == ',' && c.at[1] == '(') {
            c.at++; /* what mysqldump writes */
            move_to(dump, &c);
            continue;
        }
        TRY(skip_space(dump, err));
        TRY(want(dump, 1, err));
        c = cursor_of(dump);
        if (c.at == c.end || *c.at != ',') {
            return end_of_insert(dump, err);
        }
        c.at++;
        move_to(dump, &c);
        TRY(skip_space(dump, err));
        TRY(want(dump, 1, err));
        c = cursor_of(dump);
        if (c.at < c.end && *c.at != '(') {
            dump->report->rejected[TABLE_BROKEN]++;
            return skip_statement(dump, false, err);
        }
        if (c.at == c.end) {
            dump->report->rejected[TABLE_CUT_OFF]++;
            return 0;
        }
    }
}

static int insert(struct dump *dump, struct sql_cursor c, struct err *err)
{
    struct str outer, name;
    size_t named;
    if (!insert_head(&c, dump, &outer, &name, &named)) {
        bool is_cut = c.at == c.end && c.is_ended;
        dump->report->rejected[is_cut ? TABLE_CUT_OFF : TABLE_STATEMENT]++;
        return skip_statement(dump, false, err);
    }
    struct str shown = display_name(&dump->names, outer, name, err);
    if (shown.data == NULL) {
        return -1;
    }
    struct shape *shape = find_shape(dump, shown, dump->scratch, named);
    size_t count = named;
    if (shape == NULL && named > 0) {
        shape = add_shape(dump, shown, dump->scratch, named, err);
    }
    move_to(dump, &c);
    if (shape == NULL && named == 0) {
        TRY(measure_tuple(dump, &count, err));
        if (count == 0 || count > TABLE_COLUMNS_MAX) {
            dump->report->rejected[dump->window->is_ended ? TABLE_CUT_OFF : TABLE_BROKEN]++;
            return skip_statement(dump, false, err);
        }
        shape = add_shape(dump, shown, NULL, count, err);
    }
    if (shape == NULL) {
        return -1;
    }
    TRY(begin_rows(dump, shape, err));
    return tuples(dump, err);
}

/* ---- COPY ---- */

/* Lines up to "\."; each is one row. */
static int copy_rows(struct dump *dump, struct err *err)
{
    size_t columns = dump->current->column_count;
    for (;;) {
        struct sql_cursor c = cursor_of(dump);
        char *eol = memchr(c.at, '\n', (size_t)(c.end - c.at));
        if (eol == NULL && !c.is_ended) {
            bool full;
            TRY(more(dump, &full, err));
            if (full) {
                dump->report->rejected[TABLE_TOO_LONG]++;
                dump->window->from = dump->window->to; /* its rest is rejected as a row of its own */
            }
            continue;
        }
        char *end = eol == NULL ? c.end : eol > c.at && eol[-1] == '\r' ? eol - 1 : eol;
        bool is_last = end - c.at == 2 && c.at[0] == '\\' && c.at[1] == '.';
        if (is_last || c.at == c.end) {
            dump->report->rejected[TABLE_CUT_OFF] += !is_last;
            c.at = eol == NULL ? c.end : eol + 1;
            move_to(dump, &c);
            return 0;
        }
        if (eol == NULL) {
            dump->report->rejected[TABLE_CUT_OFF]++; /* a last line without its end is half a row */
            dump->window->from = dump->window->to;
            return 0;
        }
        count_tuple(dump, sql_copy_line(c.at, end, dump->cells + dump->rows * columns, columns), columns);
        c.at = eol + 1;
        move_to(dump, &c);
        if (dump->rows == TABLE_BATCH_ROWS) {
            TRY(flush(dump, err));
        }
    }
}

/* "public.t (a, b) FROM stdin;" behind COPY. Anything but text from stdin is skipped, and counted. */
static int copy(struct dump *dump, struct sql_cursor c, struct err *err)
{
    struct str outer, name;
    size_t named = 0;
    bool good = sql_name(&c, &outer, &name) == SQL_FOUND && sql_skip_space(&c) == SQL_FOUND && c.at < c.end;
    if (good && *c.at == '(') {
        good = sql_names(&c, dump->scratch, &named) == SQL_FOUND && sql_skip_space(&c) == SQL_FOUND;
    }
    good = good && sql_is_word(&c, "from") && sql_is_word(&c, "stdin");
    char *eol = good ? memchr(c.at, '\n', (size_t)(c.end - c.at)) : NULL;
    if (!good || eol == NULL || str_find_nocase((struct str){c.at, (size_t)(eol - c.at)}, STR("csv"), 0) != SIZE_MAX) {
        dump->report->rejected[TABLE_STATEMENT]++;
        return skip_statement(dump, false, err);
    }
    struct str shown = display_name(&dump->names, outer, name, err);
    if (shown.data == NULL) {
        return -1;
    }
    c.at = eol + 1;
    struct shape *shape = find_shape(dump, shown, dump->scratch, named);
    if (shape == NULL) {
        char *second = memchr(c.at, '\n', (size_t)(c.end - c.at));
        size_t count = named > 0 ? named : 1;
        for (char *at = c.at; named == 0 && second != NULL && at < second; at++) {
            count += *at == '\t';
        }
        shape = add_shape(dump, shown, named > 0 ? dump->scratch : NULL, count, err);
    }
    if (shape == NULL) {
        return -1;
    }
    move_to(dump, &c);
    TRY(begin_rows(dump, shape, err));
    return copy_rows(dump, err);
}

/* ---- Statements ---- */

static int statement(struct dump *dump, struct err *err)
{
    TRY(want(dump, STATEMENT_HEAD_BYTES, err));
    struct sql_cursor c = cursor_of(dump);
    if (sql_is_word(&c, "insert") || sql_is_word(&c, "replace")) {
        return insert(dump, c, err);
    }
    if (sql_is_word(&c, "copy")) {
        return copy(dump, c, err);
    }
    if (sql_is_word(&c, "delimiter")) {
        return skip_delimiter(dump, err);
    }
    if (sql_is_word(&c, "go")) {
        move_to(dump, &c);
        return 0;
    }
    bool may_have_body = false;
    if (sql_is_word(&c, "create")) {
        TRY(want(dump, CREATE_BYTES, err));
        c = cursor_of(dump);
        (void)sql_is_word(&c, "create");
        TRY(create(dump, c, &may_have_body, err));
    }
    return skip_statement(dump, may_have_body, err);
}

static int statements(struct dump *dump, struct err *err)
{
    for (;;) {
        TRY(skip_space(dump, err));
        if (dump->window->from == dump->window->to && dump->window->is_ended) {
            return flush(dump, err);
        }
        TRY(statement(dump, err));
    }
}

/* MySQL writes \' in strings unless told otherwise; nobody else does, and nobody else quotes names with `. */
static bool writes_backslashes(struct str head)
{
    static const char *const marks[] = {
        "-- MySQL dump", "-- MariaDB dump", "ENGINE=", "INSERT INTO `", "INSERT IGNORE INTO `", "REPLACE INTO `"};
    if (str_find(head, STR("NO_BACKSLASH_ESCAPES"), 0) != SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (str_find(head, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    size_t adminer = str_find(head, STR("-- Adminer"), 0);
    struct str line = adminer == SIZE_MAX ? STR("") : str_cut(str_slice(head, adminer, head.len), '\n').head;
    return str_find(line, STR("MySQL"), 0) != SIZE_MAX || str_find(line, STR("MariaDB"), 0) != SIZE_MAX;
}

/* A line that begins like this, in any case of letters. */
static bool has_line(struct str head, const char *beginning)
{
    struct str word = str_of(beginning);
    for (size_t at = 0; at < head.len;) {
        if (str_eq_nocase(str_slice(head, at, at + word.len), word)) {
            return true;
        }
        const char *eol = memchr(head.data + at, '\n', head.len - at);
        at = eol == NULL ? head.len : (size_t)(eol - head.data) + 1;
    }
    return false;
}

static int sqldump_probe(struct str head)
{
    static const char *const sure[] = {"-- MySQL dump", "-- MariaDB dump", "-- PostgreSQL database dump", "-- Adminer ",
                                       "PRAGMA foreign_keys"};
    static const char *const likely[] = {"INSERT INTO ", "INSERT IGNORE INTO ", "REPLACE INTO ",
                                         "INSERT [",     "CREATE TABLE ",       "COPY "};
    for (size_t i = 0; i < sizeof(sure) / sizeof(*sure); i++) {
        if (has_line(str_slice(head, 0, 4096), sure[i])) {
            return 99;
        }
    }
    for (size_t i = 0; i < sizeof(likely) / sizeof(*likely); i++) {
        if (has_line(head, likely[i])) {
            return 80;
        }
    }
    return 0;
}

static void dump_close(struct dump *dump)
{
    arena_clear(&dump->names);
    free(dump->shapes);
    free(dump->scratch);
    free(dump->cells);
}

static int sqldump_read(struct window *window, struct str name, const struct table_sink *sink,
                        struct table_report *report, struct err *err)
{
    (void)name; /* a dump names its tables itself */
    struct dump dump = {.window = window, .sink = sink, .report = report};
    dump.has_backslashes = writes_backslashes(str_slice(window_str(window), 0, TABLE_HEAD_BYTES));
    dump.shapes = calloc(TABLE_TABLES_MAX, sizeof(*dump.shapes));
    dump.scratch = calloc(TABLE_COLUMNS_MAX, sizeof(*dump.scratch));
    arena_init(&dump.names, NAMES_CAP_BYTES);
    int result = dump.shapes == NULL || dump.scratch == NULL ? err_set(err, ERR_LIMIT, "no memory for reading")
                                                             : statements(&dump, err);
    dump_close(&dump);
    return result;
}

const struct table_format table_sqldump_format = {"SQL dump", sqldump_probe, sqldump_read};
