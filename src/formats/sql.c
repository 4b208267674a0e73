/* The words of SQL dumps: white space, names, tokens, and where a statement begins. */
#include "base/str.h"
#include "formats/sql_inside.h"

#include "base/banned.h"

static bool is_line_comment(const struct sql_cursor *c)
{
    return (*c->at == '-' && c->end - c->at >= 2 && c->at[1] == '-') || (*c->at == '#' && c->has_backslashes);
}

enum sql_found sql_skip_space(struct sql_cursor *c)
{
    while (c->at < c->end) {
        if (sql_is_space(*c->at)) {
            c->at++;
        } else if (is_line_comment(c)) {
            char *eol = memchr(c->at, '\n', (size_t)(c->end - c->at));
            if (eol == NULL && !c->is_ended) {
                return SQL_MORE;
            }
            c->at = eol == NULL ? c->end : eol + 1;
        } else if (*c->at == '/' && c->end - c->at >= 2 && c->at[1] == '*') {
            char *close = memmem(c->at + 2, (size_t)(c->end - c->at) - 2, "*/", 2);
            if (close == NULL) {
                return c->is_ended ? SQL_BROKEN : SQL_MORE;
            }
            c->at = close + 2;
        } else if ((*c->at == '-' || *c->at == '/') && c->end - c->at < 2 && !c->is_ended) {
            return SQL_MORE;
        } else {
            return SQL_FOUND;
        }
    }
    return c->is_ended ? SQL_FOUND : SQL_MORE;
}

/* What stands at the beginning of a statement in a dump and hardly anywhere else. */
bool sql_is_statement(const char *at, const char *end)
{
    static const struct str beginnings[] = {
        STR_INIT("insert into "),
        STR_INIT("insert ignore into "),
        STR_INIT("replace into "),
        STR_INIT("insert all"),
        STR_INIT("insert ["),
        STR_INIT("create table "),
        STR_INIT("drop table "),
        STR_INIT("alter table "),
        STR_INIT("unlock tables"),
        STR_INIT("lock tables "),
        STR_INIT("copy "),
        STR_INIT("-- dump"),
        STR_INIT("-- mysql dump"),
        STR_INIT("-- mariadb dump"),
        STR_INIT("/*!"),
        STR_INIT("-- table "),
        STR_INIT("-- postgresql "),
        STR_INIT("set identity_insert"),
        STR_INIT("-- name: "),
        STR_INIT("create index "),
    };
    if (at == end || strchr("iIrRcCdDaAuUlL-/sS", *at) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
        struct str wanted = beginnings[i];
        if ((size_t)(end - at) >= wanted.len && str_eq_nocase((struct str){at, wanted.len}, wanted)) {
            return true;
        }
    }
    return false;
}

char *sql_next_statement(char *at, char *end)
{
    while ((at = sql_find2(at, end, '\n', ';')) < end) {
        char *start = ++at;
        while (start < end && sql_is_space(*start)) {
            start++;
        }
        if (sql_is_statement(start, end)) {
            return start;
        }
        at = start;
    }
    return NULL;
}

struct str sql_word(struct sql_cursor *c)
{
    char *start = c->at;
    while (c->at < c->end && sql_is_letter(*c->at)) {
        c->at++;
    }
    return (struct str){start, (size_t)(c->at - start)};
}

bool sql_is_word(struct sql_cursor *c, const char *word)
{
    struct sql_cursor ahead = *c;
    struct str found = sql_word(&ahead);
    if (!str_eq_nocase(found, str_of(word)) || (ahead.at < ahead.end && sql_is_word_byte(*ahead.at))) {
        return false;
    }
    (void)sql_skip_space(&ahead);
    *c = ahead;
    return true;
}

static enum sql_found name_part(struct sql_cursor *c, struct str *ret_part)
{
    if (c->at == c->end) {
        return SQL_MORE;
    }
    char open = *c->at;
    bool escapes = false;
    if (open == '`' || open == '"') {
        char *start = c->at + 1;
        char *behind = sql_behind_string(c->at, c, false, &escapes);
        if (behind == NULL) {
            return SQL_MORE;
        }
        *ret_part = (struct str){start, (size_t)(behind - 1 - start)};
        c->at = behind;
        return SQL_FOUND;
    }
    if (open == '[') {
        char *close = memchr(c->at, ']', (size_t)(c->end - c->at));
        while (close != NULL && c->end - close > 1 && close[1] == ']') {
            close = memchr(close + 2, ']', (size_t)(c->end - close) - 2);
        }
        if (close == NULL) {
            return SQL_MORE;
        }
        *ret_part = (struct str){c->at + 1, (size_t)(close - c->at - 1)};
        c->at = close + 1;
        return SQL_FOUND;
    }
    char *start = c->at;
    while (c->at < c->end && sql_is_word_byte(*c->at)) {
        c->at++;
    }
    *ret_part = (struct str){start, (size_t)(c->at - start)};
    return c->at == start ? SQL_BROKEN : SQL_FOUND;
}

enum sql_found sql_name(struct sql_cursor *c, struct str *ret_outer, struct str *ret_name)
{
    struct str part = {NULL, 0};
    *ret_outer = part;
    for (;;) {
        enum sql_found found = name_part(c, &part);
        if (found != SQL_FOUND) {
            return found;
        }
        if (c->at == c->end || *c->at != '.') {
            break;
        }
        *ret_outer = part;
        c->at++;
    }
    *ret_name = part;
    return SQL_FOUND;
}

enum sql_found sql_names(struct sql_cursor *c, struct str *names, size_t *ret_count)
{
    size_t count = 0;
    c->at++;
    for (;;) {
        struct str outer;
        enum sql_found found = sql_skip_space(c);
        if (found == SQL_FOUND) {
            found = count < TABLE_COLUMNS_MAX ? sql_name(c, &outer, &names[count]) : SQL_BROKEN;
        }
        if (found == SQL_FOUND) {
            count++;
            found = sql_skip_space(c);
        }
        if (found != SQL_FOUND || c->at == c->end) {
            return found == SQL_FOUND ? SQL_MORE : found;
        }
        char mark = *c->at++;
        if (mark == ')') {
            *ret_count = count;
            return SQL_FOUND;
        }
        if (mark != ',') {
            return SQL_BROKEN;
        }
    }
}

/* "$$ ... $$" or "$body$ ... $body$"; a lone dollar is one byte. */
enum sql_found sql_skip_dollar(struct sql_cursor *c)
{
    char *tag = c->at + 1;
    while (tag < c->end && sql_is_word_byte(*tag) && *tag != '$') {
        tag++;
    }
    if (tag == c->end) {
        return c->is_ended ? SQL_BROKEN : SQL_MORE;
    }
    if (*tag != '$') {
        c->at++;
        return SQL_FOUND;
    }
    size_t len = (size_t)(tag + 1 - c->at);
    char *close = memmem(tag + 1, (size_t)(c->end - tag) - 1, c->at, len);
    if (close == NULL) {
        return c->is_ended ? SQL_BROKEN : SQL_MORE;
    }
    c->at = close + len;
    return SQL_FOUND;
}

enum sql_found sql_skip_token(struct sql_cursor *c)
{
    bool escapes = false;
    if (c->at == c->end) {
        return SQL_MORE;
    }
    char byte = *c->at;
    if (byte == '\'' || byte == '"' || byte == '`') {
        char *behind = sql_behind_string(c->at, c, c->has_backslashes && byte != '`', &escapes);
        if (behind == NULL) {
            return c->is_ended ? SQL_BROKEN : SQL_MORE;
        }
        c->at = behind;
        return SQL_FOUND;
    }
    if (byte == '$' && !c->has_backslashes) {
        return sql_skip_dollar(c);
    }
    if (sql_is_space(byte) || byte == '-' || byte == '/' || byte == '#') {
        char *before = c->at;
        enum sql_found found = sql_skip_space(c);
        c->at += c->at == before && found == SQL_FOUND;
        return found;
    }
    if (sql_is_word_byte(byte)) {
        do {
            c->at++;
        } while (c->at < c->end && sql_is_word_byte(*c->at) && *c->at != '$');
        return SQL_FOUND;
    }
    c->at++;
    return SQL_FOUND;
}
