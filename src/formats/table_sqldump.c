/* SQL dumps: the rows of INSERT (one or many tuples each), of constant SELECTs and of PostgreSQL's COPY blocks, the column
 * names of CREATE TABLE, all else skipped. Written for what mysqldump, MariaDB, pg_dump, SQLite's .dump, Adminer, SQL Server's
 * and Oracle's tools write.
 *
 *   statements: here ─┬▶ sqldump_shape.c   tables and columns
 *                     ├▶ sqldump_insert.c  tuples ─▶ sql_tuple.c ─▶ sql_expression.c, sql_text.c
 *                     ├▶ sqldump_copy.c    lines
 *                     └▶ sqldump_resume.c  where reading goes on behind what is broken
 *
 * A statement is never held whole: its beginning is read up to VALUES, then one tuple at a time, so a 24 MB insert and a
 * dump that ends in the middle of one cost the same. What cannot be rows is counted, not guessed. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/sql_inside.h"
#include "formats/sqldump.h"

#include "base/banned.h"

enum {
    STATEMENT_HEAD_BYTES = 128 << 10,
    NAMES_CAP_BYTES = 128 << 20,
    HEX_BYTES = 32 << 20,     /* of one batch; the last tuple may add twice TABLE_ROW_BYTES */
    CREDIT_BYTES = 128 << 20, /* see sqldump_resume.c */
};

/* ---- Window and batch ---- */

struct sql_cursor sqldump_cursor(const struct dump *dump)
{
    const struct window *window = dump->window;
    return (struct sql_cursor){window->data + window->from, window->data + window->to, dump->has_backslashes,
                               window->is_ended};
}

void sqldump_move(struct dump *dump, const struct sql_cursor *c)
{
    dump->window->from = (size_t)(c->at - dump->window->data);
}

int sqldump_flush(struct dump *dump, struct err *err)
{
    struct table_batch batch = {.rows = dump->rows, .cells = dump->cells};
    struct shape *shape = dump->current;
    dump->rows = 0;
    if (batch.rows == 0) {
        return 0;
    }
    if (shape->is_refused) {
        dump->report->rejected[TABLE_BEYOND] += batch.rows;
        return 0;
    }
    dump->report->rows += batch.rows;
    batch.table = shape->number;
    batch.first_row = shape->given;
    shape->given += batch.rows;
    batch.columns = shape->column_count;
    int result = shape->is_wanted ? dump->sink->rows(dump->sink->self, &batch, err) : 0;
    if (dump->bytes.used_bytes > 0) {
        arena_reset(&dump->bytes);
    }
    return result;
}

int sqldump_more(struct dump *dump, bool *ret_full, struct err *err)
{
    *ret_full = false;
    TRY(sqldump_flush(dump, err));
    return window_double(dump->window, ret_full, err);
}

int sqldump_want(struct dump *dump, size_t bytes, struct err *err)
{
    if (dump->window->to - dump->window->from >= bytes || dump->window->is_ended) {
        return 0;
    }
    TRY(sqldump_flush(dump, err));
    return window_want(dump->window, bytes, err);
}

int sqldump_row(struct dump *dump, size_t count, struct err *err)
{
    if (count != dump->current->column_count) {
        dump->report->rejected[TABLE_WRONG_CELLS]++;
        return 0;
    }
    dump->rows++;
    return dump->rows == TABLE_BATCH_ROWS || dump->bytes.used_bytes > HEX_BYTES ? sqldump_flush(dump, err) : 0;
}

/* ---- Skipping ---- */

/* Over white space and comments, however long: of a comment that is not wholly in sight all but its end is dropped. */
int sqldump_skip_space(struct dump *dump, struct err *err)
{
    for (;;) {
        struct sql_cursor c = sqldump_cursor(dump);
        enum sql_found found = sql_skip_space(&c);
        sqldump_move(dump, &c);
        if (found != SQL_MORE) {
            dump->window->from = found == SQL_BROKEN ? dump->window->to : dump->window->from;
            dump->report->rejected[TABLE_CUT_OFF] += found == SQL_BROKEN;
            return 0;
        }
        bool full;
        TRY(sqldump_more(dump, &full, err));
        if (full) {
            dump->report->rejected[TABLE_TOO_LONG]++;
            dump->window->from = dump->window->to;
        }
    }
}

/* Moves over one token. *ret_token is empty at the end, and where a string does not end: reading goes on at another statement. */
static int skip_token(struct dump *dump, struct str *ret_token, struct err *err)
{
    for (;;) {
        struct sql_cursor c = sqldump_limited_cursor(dump);
        char *start = c.at;
        size_t sight = (size_t)(c.end - c.at);
        enum sql_found found = sight == 0 && c.is_ended ? SQL_FOUND : sql_skip_token(&c);
        if (found == SQL_FOUND) {
            sqldump_move(dump, &c);
            *ret_token = (struct str){start, (size_t)(c.at - start)};
            return 0;
        }
        bool full = sight >= sqldump_tuple_limit(dump);
        if (found == SQL_MORE && !full) {
            TRY(sqldump_more(dump, &full, err));
        }
        if (full || found == SQL_BROKEN) {
            bool is_tuple;
            sqldump_spend(dump, sight);
            dump->report->rejected[full ? TABLE_TOO_LONG : TABLE_CUT_OFF]++;
            *ret_token = (struct str){NULL, 0};
            return sqldump_resume(dump, 0, &is_tuple, err);
        }
    }
}

/* At a line's beginning: a word that stands there alone. */
static bool is_alone(const struct dump *dump, const char *word)
{
    struct str sight = window_str(dump->window);
    size_t len = str_of(word).len;
    return str_eq_nocase(str_slice(sight, 0, len), str_of(word)) &&
           (sight.len == len || sql_is_space(sight.data[len]) || sight.data[len] == ';');
}

/* Behind a token that ends a line: does another statement begin, though no semicolon ended this one? */
static bool begins_another(const struct dump *dump, bool may_have_body)
{
    struct str sight = window_str(dump->window);
    if (is_alone(dump, "go") ||
        (sight.len > 1 && sight.data[0] == '/' && (sight.data[1] == '\n' || sight.data[1] == '\r'))) {
        return true;
    }
    return !may_have_body && sight.len > 0 && sql_is_letter(sight.data[0]) &&
           sql_is_statement(sight.data, sight.data + sight.len);
}

int sqldump_skip_statement(struct dump *dump, bool may_have_body, struct err *err)
{
    bool is_body = false;
    bool after_end = false;
    for (;;) {
        struct str token;
        TRY(skip_token(dump, &token, err));
        if (token.len == 0) {
            return 0;
        }
        char last = token.data[token.len - 1];
        char first = token.data[0];
        if (token.len == 1 && first == ';' && (!is_body || after_end) && !(may_have_body && dump->has_batches)) {
            return 0;
        }
        is_body = is_body || (may_have_body && str_eq_nocase(token, STR("begin")));
        after_end = str_eq_nocase(token, STR("end")) || (after_end && str_trim(token).len == 0);
        if (last == '\n' && first != '\'' && first != '"' && first != '`') {
            TRY(sqldump_want(dump, 64, err));
            if (begins_another(dump, may_have_body)) {
                return 0;
            }
        }
    }
}

static int skip_line(struct dump *dump, struct err *err)
{
    for (;;) {
        struct str sight = window_str(dump->window);
        char *eol = memchr(sight.data, '\n', sight.len);
        dump->window->from += eol == NULL ? sight.len : (size_t)(eol + 1 - sight.data);
        if (eol != NULL || dump->window->is_ended) {
            return 0;
        }
        bool full;
        TRY(sqldump_more(dump, &full, err));
    }
}

/* MySQL's client word: "DELIMITER ;;" up to "DELIMITER ;" holds routines, no rows. */
static int skip_delimiter(struct dump *dump, struct err *err)
{
    for (bool is_first = true;; is_first = false) {
        TRY(sqldump_want(dump, 64, err));
        bool is_back = !is_first && is_alone(dump, "delimiter");
        TRY(skip_line(dump, err));
        if (is_back || (dump->window->from == dump->window->to && dump->window->is_ended)) {
            return 0;
        }
    }
}

/* ---- Statements ---- */

/* Words for the client that end with their line. */
static bool is_client_line(const struct dump *dump)
{
    static const char *const words[] = {"go",       "prompt", "rem",     "remark", "print", "spool",
                                        "whenever", "conn",   "connect", "define", "exit"};
    struct str sight = window_str(dump->window);
    bool is_one = sight.len > 0 && strchr("\\@.", sight.data[0]) != NULL;
    for (size_t i = 0; !is_one && i < sizeof(words) / sizeof(*words); i++) {
        is_one = is_alone(dump, words[i]);
    }
    return is_one;
}

static int statement(struct dump *dump, struct err *err)
{
    bool done;
    TRY(sqldump_want(dump, STATEMENT_HEAD_BYTES, err));
    TRY(sqldump_insert_again(dump, &done, err));
    if (done) {
        return 0;
    }
    struct sql_cursor c = sqldump_cursor(dump);
    if (c.at < c.end && (*c.at == ';' || *c.at == '/')) {
        dump->window->from++;
        return 0;
    }
    if (sql_is_word(&c, "insert") || sql_is_word(&c, "replace")) {
        return sqldump_insert(dump, c, err);
    }
    if (sql_is_word(&c, "copy")) {
        return sqldump_copy(dump, c, err);
    }
    if (sql_is_word(&c, "delimiter")) {
        return skip_delimiter(dump, err);
    }
    if (is_client_line(dump)) {
        return skip_line(dump, err);
    }
    bool may_have_body = false;
    if (sql_is_word(&c, "create")) {
        if (dump->credit >= CREATE_BYTES) {
            TRY(sqldump_want(dump, CREATE_BYTES, err));
        }
        c = sqldump_cursor(dump);
        (void)sql_is_word(&c, "create");
        TRY(sqldump_create(dump, c, &may_have_body, err));
    }
    return sqldump_skip_statement(dump, may_have_body, err);
}

static int statements(struct dump *dump, struct err *err)
{
    TRY(sqldump_find_beginning(dump, err));
    for (;;) {
        const struct window *window = dump->window;
        while (window->from < window->to && window->data[window->from] == '\n') {
            dump->window->from++;
        }
        TRY(sqldump_skip_space(dump, err));
        if (window->from == window->to && window->is_ended) {
            return sqldump_flush(dump, err);
        }
        uint64_t before = window->passed + window->from;
        TRY(statement(dump, err));
        size_t earned = (size_t)(window->passed + window->from - before);
        dump->credit += dump->credit < CREDIT_BYTES ? earned : 0;
    }
}

/* ---- What kind of dump ---- */

static bool has(struct str head, const char *text)
{
    return str_find(head, str_of(text), 0) != SIZE_MAX;
}

/* MySQL writes \' in strings unless told otherwise; nobody else does, and nobody else quotes names with `. */
static bool writes_backslashes(struct str head)
{
    static const char *const marks[] = {
        "-- MySQL dump", "-- MariaDB dump", "ENGINE=", "INSERT INTO `", "INSERT IGNORE INTO `", "REPLACE INTO `"};
    if (has(head, "NO_BACKSLASH_ESCAPES")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (has(head, marks[i])) {
            return true;
        }
    }
    size_t adminer = str_find(head, STR("-- Adminer"), 0);
    struct str line = adminer == SIZE_MAX ? STR("") : str_cut(str_slice(head, adminer, head.len), '\n').head;
    return has(line, "MySQL") || has(line, "MariaDB");
}

/* Words that Oracle's tools write and no other's. */
static bool is_oracle(struct str head)
{
    static const char *const marks[] = {"VARCHAR2(", "SET DEFINE OFF", "REM INSERTING into", "HEXTORAW(",
                                        "TO_DATE('", "TO_TIMESTAMP('", "FROM dual",          "EMPTY_CLOB()",
                                        "NUMBER(",   "to_date("};
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        if (has(head, marks[i])) {
            return !has(head, "PostgreSQL database dump");
        }
    }
    return false;
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

/* A piece out of the middle of an insert, with no line that says so: many tuples right behind each other. */
static bool is_amid_tuples(struct str head)
{
    enum { ENOUGH = 8 };
    size_t found = 0;
    for (size_t at = 0; found < ENOUGH && (at = str_find(head, STR("),("), at)) != SIZE_MAX; at += 3) {
        found++;
    }
    return found == ENOUGH;
}

static int sqldump_probe(struct str head)
{
    static const char *const sure[] = {"-- MySQL dump", "-- MariaDB dump", "-- PostgreSQL database dump", "-- Adminer ",
                                       "PRAGMA foreign_keys"};
    static const char *const likely[] = {"INSERT INTO ", "INSERT IGNORE INTO ", "REPLACE INTO ", "INSERT ALL",
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
    return is_amid_tuples(head) ? 60 : 0;
}

static void sqldump_close(struct dump *dump)
{
    if (dump->shapes != NULL) {
        arena_clear(&dump->shapes->names);
    }
    arena_clear(&dump->bytes);
    buf_free(&dump->head);
    free(dump->shapes);
    free(dump->scratch);
    free(dump->kinds);
    free(dump->cells);
}

static int sqldump_read(struct window *window, struct str name, const struct table_sink *sink,
                        struct table_report *report, struct err *err)
{
    (void)name; /* a dump names its tables itself */
    struct dump dump = {.window = window, .sink = sink, .report = report, .credit = CREDIT_BYTES};
    struct str head = str_slice(window_str(window), 0, TABLE_HEAD_BYTES);
    dump.has_backslashes = writes_backslashes(head);
    dump.string_backslashes = dump.has_backslashes || has(head, "standard_conforming_strings = off");
    dump.has_batches = has_line(head, "GO\n") || has_line(head, "GO\r");
    dump.reading.is_oracle = !dump.has_backslashes && is_oracle(head);
    dump.reading.bytes = &dump.bytes;
    arena_init(&dump.bytes, HEX_BYTES + 3 * (size_t)TABLE_ROW_BYTES);
    dump.shapes = calloc(1, sizeof(*dump.shapes));
    dump.scratch = calloc(TABLE_COLUMNS_MAX, sizeof(*dump.scratch));
    dump.kinds = calloc(TABLE_COLUMNS_MAX, 1);
    int result = -1;
    if (dump.shapes == NULL || dump.scratch == NULL || dump.kinds == NULL) {
        (void)err_set(err, ERR_LIMIT, "no memory for reading");
    } else {
        arena_init(&dump.shapes->names, NAMES_CAP_BYTES);
        result = statements(&dump, err);
    }
    sqldump_close(&dump);
    return result;
}

const struct table_format table_sqldump_format = {"SQL dump", sqldump_probe, sqldump_read};
