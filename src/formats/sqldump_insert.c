/* INSERT and REPLACE: one statement or thousands that begin alike, one tuple each or many; rows that SELECT names. */
#include "base/str.h"
#include "formats/sql_inside.h"
#include "formats/sqldump.h"

#include "base/banned.h"

enum { HEAD_BYTES = 64 << 10 /* longer beginnings are not remembered */ };

/* ---- The beginning ---- */

struct head {
    struct str outer, name;
    size_t named; /* columns in dump->scratch, if it has a list */
    bool is_select;
};

/* "[OR IGNORE] INTO `t` (`a`, `b`) VALUES" behind INSERT or REPLACE. c moves to the first tuple, or behind SELECT. */
static bool insert_head(struct sql_cursor *c, struct dump *dump, struct head *ret_head)
{
    static const char *const before[] = {"or",      "replace", "ignore", "rollback",     "abort",         "fail",
                                         "delayed", "ignore",  "low",    "low_priority", "high_priority", "overwrite"};
    struct head head = {0};
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        (void)sql_is_word(c, before[i]);
    }
    (void)sql_is_word(c, "into");
    if (sql_name(c, &head.outer, &head.name) != SQL_FOUND || sql_skip_space(c) != SQL_FOUND) {
        return false;
    }
    if (c->at < c->end && *c->at == '(') {
        if (sql_names(c, dump->scratch, &head.named) != SQL_FOUND || sql_skip_space(c) != SQL_FOUND) {
            return false;
        }
    }
    if (sql_is_word(c, "overriding")) {
        (void)(sql_is_word(c, "system") || sql_is_word(c, "user"));
        (void)sql_is_word(c, "value");
    }
    head.is_select = sql_is_word(c, "select");
    *ret_head = head;
    return head.is_select ||
           ((sql_is_word(c, "values") || sql_is_word(c, "value")) && (c->at == c->end || *c->at == '('));
}

/* ---- Tuples ---- */

/* The tuple at the window's beginning cannot be read. */
static int give_up(struct dump *dump, enum table_reject reason, bool *ret_done, struct err *err)
{
    bool is_tuple;
    TRY(sqldump_flush(dump, err));
    TRY(sqldump_resume(dump, dump->current->column_count, &is_tuple, err));
    bool goes_on = dump->window->from < dump->window->to;
    dump->report->rejected[reason == TABLE_CUT_OFF && goes_on ? TABLE_BROKEN : reason]++;
    *ret_done = !is_tuple;
    return 0;
}

/* One tuple at the window's beginning into the batch. *ret_done: there is none. */
static int one_tuple(struct dump *dump, bool *ret_done, struct err *err)
{
    size_t columns = dump->current->column_count;
    *ret_done = false;
    for (;;) {
        struct sql_cursor c = sqldump_limited_cursor(dump);
        char *start = c.at;
        size_t count = columns;
        size_t sight = (size_t)(c.end - c.at);
        c.has_backslashes = dump->string_backslashes;
        enum sql_found found =
            sight == 0 ? (c.is_ended ? SQL_BROKEN : SQL_MORE)
            : dump->current->is_wanted
                ? sql_tuple_as(&c, &dump->reading, dump->cells + dump->rows * columns, columns, &count)
                : sql_skip_tuple(&c);
        if (found == SQL_FOUND) {
            sqldump_move(dump, &c);
            return sqldump_row(dump, count, err);
        }
        bool full = sight >= sqldump_tuple_limit(dump);
        if (found == SQL_MORE && !full) {
            TRY(sqldump_more(dump, &full, err));
            if (!full) {
                continue;
            }
        }
        sqldump_spend(dump, (size_t)(c.at - start));
        return give_up(dump, full ? TABLE_TOO_LONG : c.at == c.end ? TABLE_CUT_OFF : TABLE_BROKEN, ret_done, err);
    }
}

/* Behind the last tuple: ";", "ON DUPLICATE KEY ...;", or nothing at all (SQL Server scripts end a batch with GO). */
static int end_of_insert(struct dump *dump, struct err *err)
{
    TRY(sqldump_want(dump, 64, err));
    struct sql_cursor c = sqldump_cursor(dump);
    bool goes_on = sql_is_word(&c, "on") || sql_is_word(&c, "as") || sql_is_word(&c, "returning");
    return goes_on || (c.at < c.end && *c.at == ';') ? sqldump_skip_statement(dump, false, err) : 0;
}

/* Behind a tuple, over the comma to the next. *ret_done: there is none. */
static int to_next_tuple(struct dump *dump, bool *ret_done, struct err *err)
{
    *ret_done = true;
    TRY(sqldump_skip_space(dump, err));
    TRY(sqldump_want(dump, 1, err));
    struct sql_cursor c = sqldump_cursor(dump);
    if (c.at == c.end || *c.at != ',') {
        return end_of_insert(dump, err);
    }
    c.at++;
    sqldump_move(dump, &c);
    TRY(sqldump_skip_space(dump, err));
    TRY(sqldump_want(dump, 1, err));
    c = sqldump_cursor(dump);
    if (c.at == c.end) {
        dump->report->rejected[TABLE_CUT_OFF]++;
        return 0;
    }
    if (*c.at != '(') {
        return give_up(dump, TABLE_BROKEN, ret_done, err);
    }
    *ret_done = false;
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
        const struct window *window = dump->window;
        const char *at = window->data + window->from;
        if (window->to - window->from >= 2 && at[0] == ',' && at[1] == '(') {
            dump->window->from++; /* what mysqldump writes */
            continue;
        }
        if (window->to > window->from && at[0] == ';') {
            dump->window->from++;
            return 0;
        }
        if (window->to > window->from && at[0] == '(') {
            continue; /* reading goes on here behind a broken one */
        }
        TRY(to_next_tuple(dump, &done, err));
        if (done) {
            return 0;
        }
    }
}

/* ---- SELECT 1, 'a' UNION ALL SELECT 2, 'b'; SELECT 1, 'a' FROM dual ---- */

/* From behind SELECT: the word, semicolon or end that ends the list. */
static enum sql_found end_of_list(struct sql_cursor *c, struct str *ret_word)
{
    size_t depth = 0;
    while (c->at < c->end) {
        char *start = c->at;
        if (depth == 0 && *start == ';') {
            *ret_word = (struct str){start, 1};
            return SQL_FOUND;
        }
        depth += *start == '(';
        depth -= *start == ')' && depth > 0;
        enum sql_found found = sql_skip_token(c);
        if (found != SQL_FOUND) {
            return found;
        }
        struct str word = {start, (size_t)(c->at - start)};
        bool is_end = str_eq_nocase(word, STR("union")) || str_eq_nocase(word, STR("from")) ||
                      str_eq_nocase(word, STR("go")) || sql_is_statement(start, c->end);
        if (depth == 0 && is_end) {
            *ret_word = word;
            c->at = start;
            return SQL_FOUND;
        }
    }
    *ret_word = (struct str){c->at, 0};
    return c->is_ended ? SQL_FOUND : SQL_MORE;
}

/* The list behind the window's first byte, as if that byte opened a tuple and the word behind it closed it. */
static int one_list(struct dump *dump, const struct sql_cursor *behind, struct str word, struct err *err)
{
    size_t columns = dump->current->column_count;
    size_t count;
    struct sql_cursor list = sqldump_cursor(dump);
    char *close = (char *)(uintptr_t)word.data; /* at the end of input: the first byte of the window's slack */
    char held = *close;
    *close = ')';
    list.end = close + 1;
    list.is_ended = true;
    list.has_backslashes = dump->string_backslashes;
    enum sql_found found = sql_tuple_as(&list, &dump->reading, dump->cells + dump->rows * columns, columns, &count);
    bool is_good = found == SQL_FOUND && list.at == list.end;
    *close = held;
    sqldump_move(dump, behind);
    dump->report->rejected[TABLE_BROKEN] += !is_good;
    return is_good ? sqldump_row(dump, count, err) : 0;
}

/* Whether the list may be rows: no table is read but Oracle's dual. */
static bool is_rows(struct sql_cursor c, struct str word)
{
    if (!str_eq_nocase(word, STR("from"))) {
        return true;
    }
    (void)sql_is_word(&c, "from");
    return sql_is_word(&c, "dual") || sql_is_word(&c, "sys.dual");
}

/* From the byte before the first list on. */
static int lists(struct dump *dump, struct shape *shape, struct err *err)
{
    for (;;) {
        struct str word;
        TRY(sqldump_want(dump, HEAD_BYTES, err));
        struct sql_cursor c = sqldump_cursor(dump);
        c.at += c.at < c.end;
        enum sql_found found = end_of_list(&c, &word);
        if (found != SQL_FOUND || !is_rows(c, word) || shape == NULL) {
            dump->report->rejected[TABLE_STATEMENT]++;
            return sqldump_skip_statement(dump, false, err);
        }
        TRY(sqldump_begin_rows(dump, shape, err));
        TRY(one_list(dump, &c, word, err));
        c = sqldump_cursor(dump);
        if (sql_is_word(&c, "from")) {
            (void)(sql_is_word(&c, "dual") || sql_is_word(&c, "sys.dual"));
        }
        bool goes_on = sql_is_word(&c, "union");
        (void)sql_is_word(&c, "all");
        goes_on = goes_on && sql_is_word(&c, "select");
        if (goes_on) {
            c.at--;
        } else {
            c.at += c.at < c.end && *c.at == ';';
        }
        sqldump_move(dump, &c);
        if (!goes_on) {
            return 0;
        }
    }
}

/* ---- Statements ---- */

/* The table that rows are for. What no list and no CREATE TABLE tells, the tuple at the window's beginning does; *ret_shape is
 * NULL if it does not, *ret_more if it is not in sight. */
static int shape_of(struct dump *dump, const struct head *head, struct shape **ret_shape, bool *ret_more,
                    struct err *err)
{
    size_t count = head->named;
    *ret_more = false;
    *ret_shape = sqldump_find_shape(dump, head->outer, head->name, head->named);
    if (*ret_shape != NULL) {
        return 0;
    }
    if (count == 0 && head->is_select) {
        return 0;
    }
    if (count == 0) {
        struct sql_cursor c = sqldump_cursor(dump);
        c.has_backslashes = dump->string_backslashes;
        enum sql_found found = c.at == c.end ? SQL_MORE : sql_count_tuple(&c, &count);
        *ret_more = found == SQL_MORE && !dump->window->is_ended;
        if (found != SQL_FOUND || count > TABLE_COLUMNS_MAX) {
            return 0;
        }
    }
    memset(dump->kinds, SQL_TEXT, head->named);
    *ret_shape = sqldump_add_shape(dump, head->outer, head->name, count, head->named > 0, err);
    return *ret_shape == NULL ? -1 : 0;
}

/* It cannot be told how many columns the tuple at the window's beginning has. */
static int no_shape(struct dump *dump, struct err *err)
{
    bool is_tuple;
    TRY(sqldump_resume(dump, 0, &is_tuple, err));
    bool goes_on = dump->window->from < dump->window->to;
    dump->report->rejected[goes_on ? TABLE_BROKEN : TABLE_CUT_OFF]++;
    return 0;
}

/* An insert whose beginning is of no kind that gives rows to see, or is cut off. */
static int no_tuples(struct dump *dump, struct err *err)
{
    const struct window *window = dump->window;
    uint64_t *rejected = dump->report->rejected;
    uint64_t before = rejected[TABLE_CUT_OFF];
    TRY(sqldump_skip_statement(dump, false, err));
    if (rejected[TABLE_CUT_OFF] == before) {
        bool is_cut =
            window->is_ended && window->from == window->to && window->from > 0 && window->data[window->from - 1] != ';';
        rejected[is_cut ? TABLE_CUT_OFF : TABLE_STATEMENT]++;
    }
    return 0;
}

/* Oracle: INSERT ALL INTO t (a) VALUES (1) INTO t (a) VALUES (2) SELECT * FROM dual; */
static int insert_all(struct dump *dump, struct sql_cursor c, struct err *err)
{
    for (;;) {
        struct head head;
        struct shape *shape;
        bool needs_more, done;
        if (!sql_is_word(&c, "into") || !insert_head(&c, dump, &head) || head.is_select) {
            dump->report->rejected[TABLE_STATEMENT] += !sql_is_word(&c, "select");
            return sqldump_skip_statement(dump, false, err);
        }
        sqldump_move(dump, &c);
        TRY(shape_of(dump, &head, &shape, &needs_more, err));
        if (shape == NULL) {
            return no_shape(dump, err);
        }
        TRY(sqldump_begin_rows(dump, shape, err));
        TRY(one_tuple(dump, &done, err));
        if (done) {
            return 0;
        }
        TRY(sqldump_skip_space(dump, err));
        TRY(sqldump_want(dump, HEAD_BYTES, err));
        c = sqldump_cursor(dump);
    }
}

int sqldump_insert(struct dump *dump, struct sql_cursor c, struct err *err)
{
    size_t start = dump->window->from;
    struct sql_cursor all = c;
    struct head head;
    struct shape *shape;
    bool needs_more, full;
    if (sql_is_word(&all, "all")) {
        return insert_all(dump, all, err);
    }
    if (!insert_head(&c, dump, &head)) {
        return no_tuples(dump, err);
    }
    c.at -= head.is_select;
    sqldump_move(dump, &c);
    TRY(shape_of(dump, &head, &shape, &needs_more, err));
    if (head.is_select) {
        return lists(dump, shape, err);
    }
    if (needs_more) {
        dump->window->from = start;
        TRY(sqldump_more(dump, &full, err));
        if (!full) {
            return 0; /* the statement is looked at once more */
        }
    }
    if (shape == NULL) {
        return no_shape(dump, err);
    }
    buf_reset(&dump->head);
    struct str beginning = {dump->window->data + start, dump->window->from - start};
    if (beginning.len <= HEAD_BYTES) {
        buf_put(&dump->head, beginning);
    }
    dump->head_shape = shape;
    TRY(sqldump_begin_rows(dump, shape, err));
    return tuples(dump, err);
}

int sqldump_insert_again(struct dump *dump, bool *ret_done, struct err *err)
{
    struct str sight = window_str(dump->window);
    size_t len = dump->head.len;
    *ret_done = len > 0 && sight.len > len && sight.data[len] == '(' && memcmp(sight.data, dump->head.data, len) == 0;
    if (!*ret_done) {
        return 0;
    }
    dump->window->from += len;
    TRY(sqldump_begin_rows(dump, dump->head_shape, err));
    return tuples(dump, err);
}
