/* Statements out of a dump. One is held whole only if it can say something of tables or grants, and then at most STATEMENT_BYTES;
 * rows are passed over token by token, so that a row that holds the text of a GRANT grants nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/stream.h"
#include "formats/window.h"
#include "reach/dump.h"

#include "base/banned.h"

enum { STATEMENT_BYTES = 1 << 20, HEAD_BYTES = 64 << 10, LINE_BYTES = 1 << 20 };

struct reader {
    struct window window;
    struct dump_model *model;
    bool has_backslashes;
};

static struct sql_cursor cursor_of(const struct reader *r)
{
    const struct window *w = &r->window;
    return (struct sql_cursor){w->data + w->from, w->data + w->to, r->has_backslashes, w->is_ended};
}

static void move_to(struct reader *r, const struct sql_cursor *c)
{
    r->window.from = (size_t)(c->at - r->window.data);
}

/* More bytes in sight; a window that is full of something without end is emptied. */
static int more(struct reader *r, struct err *err)
{
    bool is_full;
    TRY(window_more(&r->window, &is_full, err));
    if (is_full) {
        r->model->too_long++;
        r->window.from = r->window.to;
    }
    return 0;
}

static bool is_done(const struct reader *r)
{
    return r->window.is_ended && r->window.from == r->window.to;
}

/* One line without its end, at most LINE_BYTES of it; *ret_line lives until the next call. */
static int next_line(struct reader *r, struct str *ret_line, struct err *err)
{
    TRY(window_want(&r->window, LINE_BYTES, err));
    struct str sight = window_str(&r->window);
    const char *eol = memchr(sight.data, '\n', sight.len);
    size_t len = eol != NULL ? (size_t)(eol - sight.data) : sight.len;
    *ret_line = str_slice(sight, 0, len);
    r->window.from += eol != NULL ? len + 1 : len;
    return 0;
}

static int skip_token(struct reader *r, struct str *ret_token, struct err *err)
{
    for (;;) {
        struct sql_cursor c = cursor_of(r);
        char *start = c.at;
        enum sql_found found = c.at == c.end && c.is_ended ? SQL_FOUND : sql_skip_token(&c);
        if (found == SQL_FOUND) {
            move_to(r, &c);
            *ret_token = (struct str){start, (size_t)(c.at - start)};
            return 0;
        }
        if (found == SQL_BROKEN || r->window.is_ended) {
            r->model->not_understood++;
            r->window.from = r->window.to;
        } else {
            TRY(more(r, err));
        }
    }
}

static int skip_statement(struct reader *r, struct err *err)
{
    struct str token = {"", 1};
    while (token.len != 0 && !str_eq(token, STR(";"))) {
        TRY(skip_token(r, &token, err));
    }
    return 0;
}

/* PostgreSQL's rows: lines up to "\." */
static int skip_copy(struct reader *r, struct err *err)
{
    struct str line = {"", 0};
    TRY(skip_statement(r, err));
    while (!is_done(r) && !str_eq(str_trim(line), STR("\\."))) {
        TRY(next_line(r, &line, err));
    }
    return 0;
}

/* MySQL's client word; routines up to "DELIMITER ;" say nothing of tables. */
static int skip_delimiter(struct reader *r, struct err *err)
{
    struct str line;
    bool is_first = true;
    do {
        TRY(next_line(r, &line, err));
        bool is_word = str_eq_nocase(str_slice(str_trim(line), 0, 9), STR("delimiter"));
        if (!is_first && is_word) {
            return 0;
        }
        is_first = false;
    } while (!is_done(r));
    return 0;
}

/* The end of the statement that begins in sight, or NULL if it is too long or has none. */
static int find_end(struct reader *r, char **ret_end, struct err *err)
{
    TRY(window_want(&r->window, STATEMENT_BYTES, err));
    struct sql_cursor c = cursor_of(r);
    char *most = c.end - c.at > STATEMENT_BYTES ? c.at + STATEMENT_BYTES : c.end;
    *ret_end = NULL;
    while (c.at < most) {
        if (*c.at == ';') {
            *ret_end = c.at;
            return 0;
        }
        if (sql_skip_token(&c) != SQL_FOUND) {
            return 0;
        }
    }
    *ret_end = r->window.is_ended && c.at == c.end ? c.end : NULL; /* the last one needs no semicolon */
    return 0;
}

/* A statement that may say something. */
static int take(struct reader *r, int (*reads)(struct dump_model *, struct sql_cursor, struct err *), struct err *err)
{
    char *end;
    TRY(find_end(r, &end, err));
    if (end == NULL) {
        r->model->too_long++;
        return skip_statement(r, err);
    }
    struct sql_cursor c = cursor_of(r);
    (void)sql_word(&c);
    (void)sql_skip_space(&c);
    c.at = c.at > end ? end : c.at;
    c.end = end;
    c.is_ended = true;
    r->model->statements++;
    TRY(reads(r->model, c, err));
    r->window.from = (size_t)(end - r->window.data) + (end < r->window.data + r->window.to ? 1 : 0);
    return 0;
}

/* "\connect shop" */
static int client_line(struct reader *r, struct err *err)
{
    struct str line;
    TRY(next_line(r, &line, err));
    struct str_cut cut = str_cut(line, ' ');
    if (!str_eq(cut.head, STR("\\connect")) && !str_eq(cut.head, STR("\\c"))) {
        return 0;
    }
    struct str name = str_trim(cut.tail);
    bool is_quoted = name.len >= 2 && name.data[0] == '"';
    name = is_quoted ? str_slice(name, 1, name.len - 1) : name;
    if (name.len != 0 && name.data[0] != '-') {
        r->model->family = FAMILY_POSTGRESQL;
        r->model->database = arena_str(&r->model->keep, str_slice(name, 0, 200), err);
    }
    return r->model->database.data == NULL ? -1 : 0;
}

static int statement(struct reader *r, struct err *err)
{
    static const struct {
        const char *word;
        int (*reads)(struct dump_model *, struct sql_cursor, struct err *);
    } known[] = {{"create", dump_create},
                 {"alter", dump_alter},
                 {"grant", dump_grant},
                 {"use", dump_use},
                 {"insert", dump_insert}};
    TRY(window_want(&r->window, HEAD_BYTES, err));
    struct sql_cursor c = cursor_of(r);
    if (c.at < c.end && *c.at == '\\') {
        return client_line(r, err);
    }
    struct str word = sql_word(&c);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq_nocase(word, str_of(known[i].word))) {
            return take(r, known[i].reads, err);
        }
    }
    return str_eq_nocase(word, STR("copy"))        ? skip_copy(r, err)
           : str_eq_nocase(word, STR("delimiter")) ? skip_delimiter(r, err)
                                                   : skip_statement(r, err);
}

static int skip_space(struct reader *r, struct err *err)
{
    for (;;) {
        struct sql_cursor c = cursor_of(r);
        enum sql_found found = sql_skip_space(&c);
        move_to(r, &c);
        if (found == SQL_FOUND) {
            return 0;
        }
        if (found == SQL_BROKEN || r->window.is_ended) {
            r->window.from = r->window.to;
            return 0;
        }
        TRY(more(r, err));
    }
}

static int read_sql(struct reader *r, struct err *err)
{
    for (;;) {
        size_t before = r->window.from;
        uint64_t passed = r->window.passed;
        TRY(skip_space(r, err));
        if (is_done(r)) {
            return 0;
        }
        TRY(statement(r, err));
        if (r->window.from == before && r->window.passed == passed) {
            r->window.from++; /* a byte that begins nothing */
        }
    }
}

/* ---- lists that clients print ---- */

/* "| GRANT SELECT ... |" without its borders. */
static struct str without_border(struct str line)
{
    line = str_trim(line);
    if (line.len != 0 && line.data[0] == '|') {
        line = str_slice(line, 1, line.len);
        line.len -= line.len != 0 && line.data[line.len - 1] == '|';
    }
    return str_trim(line);
}

static int take_line(struct reader *r, struct str line, struct err *err)
{
    struct str text = without_border(line);
    if (!str_eq_nocase(str_slice(text, 0, 6), STR("GRANT "))) {
        return 0;
    }
    OWN(own_mem) char *copy = malloc(text.len + 1);
    if (copy == NULL) {
        return err_no_memory(err);
    }
    memcpy(copy, text.data, text.len);
    bool is_closed = text.data[text.len - 1] == ';';
    struct sql_cursor c = {copy + 6, copy + text.len - is_closed, true, true};
    (void)sql_skip_space(&c);
    r->model->statements++;
    return dump_grant(r->model, c, err);
}

static int read_lines(struct reader *r, bool is_privileges, struct err *err)
{
    while (!is_done(r)) {
        struct str line;
        TRY(next_line(r, &line, err));
        TRY(is_privileges ? dump_privilege_row(r->model, line, err) : take_line(r, line, err));
    }
    return 0;
}

/* Does a line of the head say, as SHOW GRANTS does, a grant without its semicolon? */
static bool is_grant_list(struct str head)
{
    while (head.len != 0) {
        struct str_cut cut = str_cut(head, '\n');
        struct str line = without_border(cut.head);
        if (str_starts(line, STR("Grants for "))) {
            return true;
        }
        if (str_eq_nocase(str_slice(line, 0, 6), STR("GRANT "))) {
            return line.data[line.len - 1] != ';' && cut.found;
        }
        if (line.len != 0 && line.data[0] != '+' && line.data[0] != '-') {
            return false;
        }
        head = cut.tail;
    }
    return false;
}

static bool writes_backslashes(struct str head)
{
    return memchr(head.data, '`', head.len) != NULL || str_find(head, STR("MySQL dump"), 0) != SIZE_MAX ||
           str_find(head, STR("MariaDB dump"), 0) != SIZE_MAX;
}

/* "-- Host: localhost    Database: shop": mysqldump of one database names it nowhere else. */
static int read_head(struct reader *r, struct str head, struct err *err)
{
    struct dump_model *model = r->model;
    bool is_mysql = str_find(str_slice(head, 0, 400), STR("MySQL dump"), 0) != SIZE_MAX ||
                    str_find(str_slice(head, 0, 400), STR("MariaDB dump"), 0) != SIZE_MAX;
    if (str_find(str_slice(head, 0, 400), STR("PostgreSQL database"), 0) != SIZE_MAX) {
        model->family = FAMILY_POSTGRESQL;
    }
    if (!is_mysql) {
        return 0;
    }
    model->family = FAMILY_MYSQL;
    size_t at = str_find(str_slice(head, 0, 1000), STR("Database: "), 0);
    if (at != SIZE_MAX) {
        struct str name = str_trim(str_cut(str_slice(head, at + 10, head.len), '\n').head);
        model->database = arena_str(&model->keep, str_slice(name, 0, 200), err);
    }
    return model->database.data == NULL ? -1 : 0;
}

static int read_all(struct reader *r, struct err *err)
{
    TRY(window_want(&r->window, HEAD_BYTES, err));
    struct str head = str_slice(window_str(&r->window), 0, HEAD_BYTES);
    if (head.len == 0) {
        return 0;
    }
    if (str_find(str_slice(head, 0, 4096), STR("Access privileges"), 0) != SIZE_MAX) {
        return read_lines(r, true, err);
    }
    if (is_grant_list(head)) {
        r->model->family = FAMILY_MYSQL;
        return read_lines(r, false, err);
    }
    r->has_backslashes = writes_backslashes(head);
    TRY(read_head(r, head, err));
    return read_sql(r, err);
}

int dump_read_bytes(const struct table_bytes *bytes, struct dump_model *model, struct err *err)
{
    struct reader r = {.model = model};
    model->database = STR("");
    TRY(window_open(&r.window, bytes, err));
    int failed = read_all(&r, err);
    window_close(&r.window);
    return failed;
}

static int read_stream(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    return stream_read(self, into, room, ret_got, err);
}

int dump_read_file(const char *path, struct dump_model *model, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    OWN(own_stream) struct stream *stream = stream_open(fd, err);
    if (stream == NULL) {
        return -1;
    }
    struct table_bytes bytes = {stream, read_stream};
    return dump_read_bytes(&bytes, model, err) == 0 ? 0 : err_where(err, "%s", path);
}
