/* Statements as tokens. Both dialects' own rules, as their manuals have them: PostgreSQL 15 "4.1 Lexical Structure",
 * MariaDB "Comment Syntax" and "String Literals".
 *
 *   comments   -- to the line's end (MySQL: only with a blank behind), # (MySQL), slash-star (PostgreSQL: nested)
 *   versions   slash-star ! 40001 ... : its inside is code, and known by its number (MySQL)
 *   strings    'it''s', with backslashes in MySQL and in E'...'; $tag$...$tag$ (PostgreSQL) */
#include "base/str.h"
#include "trace/statement.h"

#include "base/banned.h"

enum { TAG_MAX = 64 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static char byte_at(const struct lex *lex, size_t at)
{
    return at < lex->text.len ? lex->text.data[at] : '\0';
}

/* Behind the comment that begins at `at` (whose two first bytes are known). */
static size_t comment_end(struct lex *lex, size_t at)
{
    unsigned depth = 1;
    at += 2;
    while (at + 1 < lex->text.len) {
        if (lex->text.data[at] == '*' && lex->text.data[at + 1] == '/') {
            at += 2;
            if (--depth == 0) {
                return at;
            }
        } else if (lex->dialect == DIALECT_POSTGRES && lex->text.data[at] == '/' && lex->text.data[at + 1] == '*') {
            depth++;
            at += 2;
        } else {
            at++;
        }
    }
    lex->is_open = true;
    return lex->text.len;
}

static size_t line_end(const struct lex *lex, size_t at)
{
    const char *end = memchr(lex->text.data + at, '\n', lex->text.len - at);
    return end == NULL ? lex->text.len : (size_t)(end - lex->text.data) + 1;
}

/* "/" "*!40001 " and MariaDB's own "/" "*M!100100 ": the number, 1 if there is none. False: no version comment. */
static bool version_begins(struct lex *lex)
{
    size_t at = lex->at + 2;
    at += byte_at(lex, at) == 'M';
    if (lex->dialect != DIALECT_MYSQL || byte_at(lex, at) != '!') {
        return false;
    }
    unsigned number = 0;
    for (at++; is_digit(byte_at(lex, at)) && number < 1000000; at++) {
        number = number * 10 + (unsigned)(byte_at(lex, at) - '0');
    }
    lex->version = number == 0 ? 1 : number;
    lex->at = at;
    return true;
}

static bool is_line_comment(const struct lex *lex, char c)
{
    if (c == '#') {
        return lex->dialect == DIALECT_MYSQL;
    }
    bool is_dashes = c == '-' && byte_at(lex, lex->at + 1) == '-';
    return is_dashes &&
           (lex->dialect == DIALECT_POSTGRES || lex->at + 2 >= lex->text.len || is_space(lex->text.data[lex->at + 2]));
}

static void skip_space(struct lex *lex)
{
    while (lex->at < lex->text.len) {
        char c = lex->text.data[lex->at];
        if (is_space(c)) {
            lex->at++;
        } else if (is_line_comment(lex, c)) {
            lex->at = line_end(lex, lex->at);
        } else if (c == '/' && byte_at(lex, lex->at + 1) == '*') {
            if (!version_begins(lex)) {
                lex->at = comment_end(lex, lex->at);
            }
        } else if (c == '*' && lex->version != 0 && byte_at(lex, lex->at + 1) == '/') {
            lex->version = 0;
            lex->at += 2;
        } else {
            return;
        }
    }
}

/* From behind the opening quote to behind the closing one. A doubled quote is one of the text. */
static struct str quoted(struct lex *lex, char quote, bool has_backslashes)
{
    size_t from = lex->at, at = from;
    while (at < lex->text.len) {
        char c = lex->text.data[at];
        if (c == '\\' && has_backslashes) {
            at += 2;
        } else if (c != quote) {
            at++;
        } else if (byte_at(lex, at + 1) == quote) {
            at += 2;
        } else {
            lex->at = at + 1;
            return str_slice(lex->text, from, at);
        }
    }
    lex->is_open |= quote == '\'' || has_backslashes; /* not a name */
    lex->at = lex->text.len;
    return str_slice(lex->text, from, lex->text.len);
}

/* $$...$$ or $tag$...$tag$; false: a parameter or a lone sign. */
static bool dollar_quoted(struct lex *lex, struct str *ret_text)
{
    size_t end = lex->at + 1;
    while (end < lex->text.len && end - lex->at < TAG_MAX &&
           (is_word_byte(lex->text.data[end]) || (end > lex->at + 1 && is_digit(lex->text.data[end])))) {
        end++;
    }
    if (byte_at(lex, end) != '$') {
        return false;
    }
    struct str tag = str_slice(lex->text, lex->at, end + 1);
    size_t close = str_find(lex->text, tag, end + 1);
    lex->is_open |= close == SIZE_MAX;
    *ret_text = str_slice(lex->text, end + 1, close == SIZE_MAX ? lex->text.len : close);
    lex->at = close == SIZE_MAX ? lex->text.len : close + tag.len;
    return true;
}

static struct token number(struct lex *lex)
{
    size_t from = lex->at;
    bool is_hex = byte_at(lex, from) == '0' && (byte_at(lex, from + 1) | 0x20) == 'x';
    while (lex->at < lex->text.len) {
        char c = lex->text.data[lex->at];
        if (!is_digit(c) && !is_word_byte(c) && c != '.') {
            break;
        }
        lex->at++;
    }
    return (struct token){is_hex ? TOKEN_HEX : TOKEN_NUMBER, str_slice(lex->text, from, lex->at), lex->version};
}

static struct token word(struct lex *lex)
{
    size_t from = lex->at;
    while (lex->at < lex->text.len) {
        char c = lex->text.data[lex->at];
        if (!is_word_byte(c) && !is_digit(c) && c != '$') {
            break;
        }
        lex->at++;
    }
    struct str text = str_slice(lex->text, from, lex->at);
    /* E'..' has backslashes in either dialect; X'4a' and B'01' are values, N'..' and _utf8'..' strings */
    if (text.len == 1 && byte_at(lex, lex->at) == '\'') {
        char prefix = (char)(text.data[0] | 0x20);
        if (prefix == 'e' || prefix == 'x' || prefix == 'b' || prefix == 'n') {
            lex->at++;
            struct str inside = quoted(lex, '\'', prefix == 'e' || lex->dialect == DIALECT_MYSQL);
            return (struct token){prefix == 'x' ? TOKEN_HEX : TOKEN_STRING, inside, lex->version};
        }
    }
    return (struct token){TOKEN_WORD, text, lex->version};
}

struct token lex_next(struct lex *lex)
{
    skip_space(lex);
    if (lex->at >= lex->text.len) {
        return (struct token){.kind = TOKEN_END};
    }
    char c = lex->text.data[lex->at];
    bool is_mysql = lex->dialect == DIALECT_MYSQL;
    struct str text;
    if (is_word_byte(c)) {
        return word(lex);
    }
    if (is_digit(c)) {
        return number(lex);
    }
    if (c == '\'' || c == '"' || (c == '`' && is_mysql)) {
        lex->at++;
        text = quoted(lex, c, is_mysql && c != '`');
        enum token_kind kind = c == '\'' ? TOKEN_STRING : c == '"' && is_mysql ? TOKEN_DOUBLE : TOKEN_NAME;
        return (struct token){kind, text, lex->version};
    }
    if (c == '$' && !is_mysql && dollar_quoted(lex, &text)) {
        return (struct token){TOKEN_STRING, text, lex->version};
    }
    size_t from = lex->at++;
    if (c == '?' || (c == '$' && is_digit(byte_at(lex, lex->at)))) {
        while (is_digit(byte_at(lex, lex->at))) {
            lex->at++;
        }
        return (struct token){TOKEN_BLANK, str_slice(lex->text, from, lex->at), lex->version};
    }
    return (struct token){TOKEN_SIGN, str_slice(lex->text, from, from + 1), lex->version};
}
