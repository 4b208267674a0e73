/* Where reading goes on behind what is broken: a quote that was never closed, a dump whose beginning is missing.
 *
 * A string that is not closed swallows all up to the next quote, and what was text then stands outside: a word right behind
 * a string tells. The broken tuple is given up alone: reading goes on at the next "), (" behind its beginning from where a
 * tuple of as many cells as the table has columns can be read, or at the next line (or semicolon) behind which a statement
 * begins, whichever comes first. What lies between is one broken row to the counts.
 *
 * Looking for that reads bytes twice. Files made to have that done over and over are bounded by a credit: what was read
 * without trouble earns it; where it is used up, tuples may be LIMIT_LEAST bytes long and no more. */
#include "base/str.h"
#include "formats/sql_inside.h"
#include "formats/sqldump.h"

#include "base/banned.h"

enum { LIMIT_LEAST = 16 << 10, SIGHT_BYTES = 64 << 10, KEPT_BYTES = 4096, TRIES = 256, TRIES_TO_THE_END = 4 };

size_t sqldump_tuple_limit(const struct dump *dump)
{
    size_t limit = dump->credit < TABLE_ROW_BYTES ? dump->credit : TABLE_ROW_BYTES;
    return limit < LIMIT_LEAST ? LIMIT_LEAST : limit;
}

struct sql_cursor sqldump_limited_cursor(const struct dump *dump)
{
    struct sql_cursor c = sqldump_cursor(dump);
    size_t limit = sqldump_tuple_limit(dump);
    if ((size_t)(c.end - c.at) > limit) {
        c.end = c.at + limit;
        c.is_ended = false;
    }
    return c;
}

void sqldump_spend(struct dump *dump, size_t bytes)
{
    dump->credit -= dump->credit < bytes ? dump->credit : bytes;
}

static char *skip_spaces(char *at, const char *end)
{
    while (at < end && sql_is_space(*at)) {
        at++;
    }
    return at;
}

/* What may stand behind a tuple: another one, the end, or a word of the statement's end. */
static bool is_behind_tuple(char *at, const char *end)
{
    at = skip_spaces(at, end);
    return at == end || *at == ',' || *at == ';' || strchr("OoAaRrGg", *at) != NULL;
}

/* The first tuple of `columns` cells behind "), " in [at, end); *ret_pending: one whose end is not in sight. */
static char *next_tuple(const struct dump *dump, char *at, char *end, size_t columns, char **ret_pending)
{
    int to_the_end = 0;
    *ret_pending = NULL;
    for (int tries = 0; tries < TRIES && to_the_end < TRIES_TO_THE_END;) {
        char *close = memchr(at, ')', (size_t)(end - at));
        if (close == NULL) {
            return NULL;
        }
        at = close + 1;
        char *comma = skip_spaces(at, end);
        char *open = comma < end && *comma == ',' ? skip_spaces(comma + 1, end) : end;
        if (open == end || *open != '(') {
            continue;
        }
        size_t count;
        struct sql_cursor c = {open, end, dump->string_backslashes, false};
        enum sql_found found = sql_count_tuple(&c, &count);
        if (found == SQL_FOUND && count == columns && is_behind_tuple(c.at, end)) {
            return open;
        }
        if (found == SQL_MORE) {
            to_the_end++;
            *ret_pending = *ret_pending == NULL ? close : *ret_pending;
        }
        tries++;
    }
    return NULL;
}

/* Within [start, end): where to go on, or NULL. */
static char *look(const struct dump *dump, char *start, char *end, size_t columns, bool *ret_is_tuple,
                  char **ret_pending)
{
    char *statement = sql_next_statement(start, end);
    char *limit = statement != NULL ? statement : end;
    char *tuple = columns > 0 ? next_tuple(dump, start, limit, columns, ret_pending) : NULL;
    *ret_is_tuple = tuple != NULL;
    return tuple != NULL ? tuple : statement;
}

/* The near first: a file of nothing but broken tuples is not looked through to the window's end for each. */
static char *look_near_then_far(const struct dump *dump, char *start, char *end, size_t columns, bool *ret_is_tuple,
                                char **ret_pending)
{
    static const size_t spans[] = {KEPT_BYTES, SIGHT_BYTES, SIZE_MAX};
    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
        bool is_whole = (size_t)(end - start) <= spans[i];
        char *found = look(dump, start, is_whole ? end : start + spans[i], columns, ret_is_tuple, ret_pending);
        if (found != NULL || is_whole) {
            return found;
        }
    }
    return NULL;
}

int sqldump_resume(struct dump *dump, size_t columns, bool *ret_is_tuple, struct err *err)
{
    struct window *window = dump->window;
    TRY(sqldump_want(dump, SIGHT_BYTES, err));
    *ret_is_tuple = false;
    for (size_t first = 1;; first = 0) {
        char *end = window->data + window->to;
        char *start = window->data + window->from;
        char *pending = NULL;
        start += (size_t)(end - start) < first ? (size_t)(end - start) : first;
        char *found = look_near_then_far(dump, start, end, columns, ret_is_tuple, &pending);
        if (found != NULL || window->is_ended) {
            window->from = found != NULL ? (size_t)(found - window->data) : window->to;
            return 0;
        }
        bool is_kept = pending != NULL && end - pending < TABLE_ROW_BYTES / 4;
        size_t kept = is_kept ? (size_t)(end - pending) : KEPT_BYTES;
        window->from = window->to - window->from > kept ? window->to - kept : window->from;
        bool full;
        TRY(sqldump_more(dump, &full, err));
        if (full) {
            window->from = window->to;
        }
    }
}

/* ---- A dump whose beginning is missing ---- */

/* What the first line of a dump may begin with. */
static bool is_beginning(struct str line)
{
    static const char *const words[] = {
        "insert",  "replace", "create",   "copy",    "drop",   "set",    "use",    "begin",   "start",     "commit",
        "pragma",  "select",  "alter",    "lock",    "unlock", "grant",  "revoke", "delete",  "update",    "go",
        "exec",    "execute", "if",       "declare", "print",  "prompt", "rem",    "remark",  "delimiter", "comment",
        "analyze", "vacuum",  "truncate", "connect", "merge",  "with",   "call",   "define",  "spool",     "whenever",
        "alter",   "attach",  "do",       "end",     "source", "values", "conn",   "disable", "enable"};
    if (line.len > 0 && strchr("-/\\#@.;", line.data[0]) != NULL) {
        return true;
    }
    size_t letters = 0;
    while (letters < line.len && sql_is_letter(line.data[letters])) {
        letters++;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (str_eq_nocase(str_slice(line, 0, letters), str_of(words[i]))) {
            return letters == line.len || strchr(" \t\r;", line.data[letters]) != NULL;
        }
    }
    return false;
}

/* One line; a statement that begins in its middle ends it too. */
static int next_line(struct dump *dump, struct str *ret_line, struct err *err)
{
    struct window *window = dump->window;
    bool full = false;
    for (;;) {
        struct str sight = window_str(window);
        char *eol = memchr(sight.data, '\n', sight.len);
        if (eol != NULL || window->is_ended || full) {
            char *at = window->data + window->from;
            char *end = eol != NULL ? eol : at + sight.len;
            char *statement = sql_next_statement(at, end);
            *ret_line = str_trim((struct str){at, (size_t)((statement != NULL ? statement : end) - at)});
            window->from = (size_t)((statement != NULL ? statement : eol != NULL ? eol + 1 : end) - window->data);
            return 0;
        }
        TRY(sqldump_more(dump, &full, err));
    }
}

int sqldump_find_beginning(struct dump *dump, struct err *err)
{
    struct window *window = dump->window;
    TRY(sqldump_skip_space(dump, err));
    if (is_beginning(window_str(window))) {
        return 0;
    }
    while (window->from < window->to || !window->is_ended) {
        struct str line;
        TRY(sqldump_want(dump, SIGHT_BYTES, err));
        const char *at = window->data + window->from;
        const char *end = window->data + window->to;
        if (sql_is_statement(at, end) || (end - at >= 2 && (memcmp(at, "--", 2) == 0 || memcmp(at, "/*", 2) == 0))) {
            return 0;
        }
        TRY(next_line(dump, &line, err));
        if (str_eq(line, STR("\\."))) {
            return 0;
        }
        dump->report->rejected[TABLE_CUT_OFF] += line.len > 0;
    }
    return 0;
}
