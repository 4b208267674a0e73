/* Reading SQL literals of MySQL, PostgreSQL, SQLite, SQL Server and Oracle dumps. */
#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/str.h"
#include "formats/sql.h"

#include "base/banned.h"

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_word_byte(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f' || byte == '\v';
}

/* The first a or b in [at, end), or end. */
static inline char *find2(char *at, char *end, char a, char b)
{
#if defined(__SSE2__)
    const __m128i first = _mm_set1_epi8(a);
    const __m128i second = _mm_set1_epi8(b);
    while (end - at >= 16) {
        __m128i block;
        memcpy(&block, at, sizeof(block));
        int hits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, first), _mm_cmpeq_epi8(block, second)));
        if (hits != 0) {
            return at + __builtin_ctz((unsigned)hits);
        }
        at += 16;
    }
#endif
    while (at < end && *at != a && *at != b) {
        at++;
    }
    return at;
}

/* Behind the closing quote of the string that opens at `at`; NULL if it is not in sight. A doubled quote is part
 * of it, and whether the last byte in sight is half of one is not known before the end. */
static char *behind_string(char *at, const struct sql_cursor *c, bool backslashes, bool *ret_escapes)
{
    char quote = *at++;
    char other = backslashes ? '\\' : quote;
    for (;;) {
        at = find2(at, c->end, quote, other);
        if (at == c->end) {
            return NULL;
        }
        if (*at == '\\' && backslashes) {
            *ret_escapes = true;
            at += 2;
            if (at > c->end) {
                return NULL;
            }
            continue;
        }
        if (at + 1 == c->end) {
            return c->is_ended ? at + 1 : NULL;
        }
        if (at[1] != quote) {
            return at + 1;
        }
        *ret_escapes = true;
        at += 2;
    }
}

static bool is_line_comment(const struct sql_cursor *c)
{
    return (*c->at == '-' && c->end - c->at >= 2 && c->at[1] == '-') || (*c->at == '#' && c->has_backslashes);
}

enum sql_found sql_skip_space(struct sql_cursor *c)
{
    while (c->at < c->end) {
        if (is_space(*c->at)) {
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

struct str sql_word(struct sql_cursor *c)
{
    char *start = c->at;
    while (c->at < c->end && is_letter(*c->at)) {
        c->at++;
    }
    return (struct str){start, (size_t)(c->at - start)};
}

bool sql_is_word(struct sql_cursor *c, const char *word)
{
    struct sql_cursor ahead = *c;
    struct str found = sql_word(&ahead);
    if (!str_eq_nocase(found, str_of(word)) || (ahead.at < ahead.end && is_word_byte(*ahead.at))) {
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
        char *behind = behind_string(c->at, c, false, &escapes);
        if (behind == NULL) {
            return SQL_MORE;
        }
        *ret_part = (struct str){start, (size_t)(behind - 1 - start)};
        c->at = behind;
        return SQL_FOUND;
    }
    if (open == '[') {
        char *close = memchr(c->at, ']', (size_t)(c->end - c->at));
        if (close == NULL) {
            return SQL_MORE;
        }
        *ret_part = (struct str){c->at + 1, (size_t)(close - c->at - 1)};
        c->at = close + 1;
        return SQL_FOUND;
    }
    char *start = c->at;
    while (c->at < c->end && is_word_byte(*c->at)) {
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
static enum sql_found skip_dollar(struct sql_cursor *c)
{
    char *tag = c->at + 1;
    while (tag < c->end && is_word_byte(*tag) && *tag != '$') {
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
        char *behind = behind_string(c->at, c, c->has_backslashes && byte != '`', &escapes);
        if (behind == NULL) {
            return c->is_ended ? SQL_BROKEN : SQL_MORE;
        }
        c->at = behind;
        return SQL_FOUND;
    }
    if (byte == '$' && !c->has_backslashes) {
        return skip_dollar(c);
    }
    if (is_space(byte) || byte == '-' || byte == '/' || byte == '#') {
        char *before = c->at;
        enum sql_found found = sql_skip_space(c);
        c->at += c->at == before && found == SQL_FOUND;
        return found;
    }
    if (is_word_byte(byte)) {
        do {
            c->at++;
        } while (c->at < c->end && is_word_byte(*c->at) && *c->at != '$');
        return SQL_FOUND;
    }
    c->at++;
    return SQL_FOUND;
}

/* ---- Values ---- */

enum value_kind { VALUE_PLAIN, VALUE_ESCAPED, VALUE_BACKSLASHES, VALUE_HEX, VALUE_LINES };

/* Where a value's text lies, and what is still to be done to it. */
struct value {
    char *from, *to;
    enum value_kind kind;
    bool is_text; /* from between quotes: NULL in it is a word, not a null */
};

static char plain_escape(char byte)
{
    static const char from[] = "nrtbfv0Z";
    static const char to[] = "\n\r\t\b\f\v\0\x1a";
    const char *known = memchr(from, byte, sizeof(from) - 1);
    return known != NULL ? to[known - from] : byte;
}

static struct str unescape(struct value value, bool backslashes)
{
    char *out = value.from;
    for (char *at = value.from; at < value.to; at++) {
        if (*at == '\\' && backslashes && at + 1 < value.to) {
            at++;
            *out++ = plain_escape(*at);
            continue;
        }
        *out++ = *at;
        at += *at == '\'' && at + 1 < value.to && at[1] == '\'';
    }
    return (struct str){value.from, (size_t)(out - value.from)};
}

/* SQLite's shell writes line ends as replace('a\nb','\n',char(10)). */
static struct str unescape_lines(struct value value)
{
    struct str text = unescape(value, false);
    char *out = value.from;
    for (size_t i = 0; i < text.len; i++) {
        char next = i + 1 < text.len ? text.data[i + 1] : '\0';
        bool line = text.data[i] == '\\' && (next == 'n' || next == 'r');
        *out++ = line ? (next == 'n' ? '\n' : '\r') : text.data[i];
        i += line;
    }
    text.len = (size_t)(out - value.from);
    return text;
}

static struct str finish(struct value value)
{
    struct str text = {value.from, (size_t)(value.to - value.from)};
    switch (value.kind) {
    case VALUE_PLAIN:
        break;
    case VALUE_ESCAPED:
        return unescape(value, false);
    case VALUE_BACKSLASHES:
        return unescape(value, true);
    case VALUE_LINES:
        return unescape_lines(value);
    case VALUE_HEX:
        for (char *at = value.from; at < value.to; at++) {
            *at = *at >= 'A' && *at <= 'F' ? (char)(*at | 0x20) : *at;
        }
        break;
    }
    return text;
}

/* What the word before a quote makes of the string: N'..', E'..', X'..', _utf8mb4'..', U&'..'. */
static enum value_kind string_kind(struct str prefix, bool backslashes, bool escapes)
{
    if (str_eq_nocase(prefix, STR("x"))) {
        return VALUE_HEX;
    }
    if (!escapes) {
        return VALUE_PLAIN;
    }
    return backslashes || str_eq_nocase(prefix, STR("e")) ? VALUE_BACKSLASHES : VALUE_ESCAPED;
}

/* Walks over an expression, remembering its first string. */
struct expression {
    char *word; /* where the word before the cursor began, NULL if none */
    char *last; /* behind the last byte that is no space */
    size_t depth;
    bool is_replace;
};

static enum sql_found expression_string(struct sql_cursor *c, struct expression *e, struct value *value)
{
    struct str prefix = {e->word, e->word == NULL ? 0 : (size_t)(c->at - e->word)};
    bool escapes = false;
    char *behind = behind_string(c->at, c, c->has_backslashes || str_eq_nocase(prefix, STR("e")), &escapes);
    if (behind == NULL) {
        return c->is_ended ? SQL_BROKEN : SQL_MORE;
    }
    if (!value->is_text) {
        enum value_kind kind = string_kind(prefix, c->has_backslashes, escapes);
        *value = (struct value){c->at + 1, behind - 1, e->is_replace && !c->has_backslashes ? VALUE_LINES : kind, true};
    }
    c->at = e->last = behind;
    e->word = NULL;
    return SQL_FOUND;
}

static void expression_byte(struct sql_cursor *c, struct expression *e)
{
    char byte = *c->at++;
    if (is_word_byte(byte)) {
        e->word = e->word == NULL ? c->at - 1 : e->word;
    } else {
        struct str word = {e->word, e->word == NULL ? 0 : (size_t)(c->at - 1 - e->word)};
        e->is_replace = e->is_replace || (byte == '(' && str_eq_nocase(word, STR("replace")));
        e->word = NULL;
    }
    e->depth += byte == '(';
    e->depth -= byte == ')';
    e->last = is_space(byte) ? e->last : c->at;
}

/* An expression is worth its first string ("to_date('2009-01-01', ...)", "'x'::text", "cast(N'..' as ..)"), or, without
 * one, its own text. The cursor stands at its first byte and moves to the ',' or ')' behind it. */
static enum sql_found take_value(struct sql_cursor *c, struct value *ret_value)
{
    struct expression e = {.last = c->at};
    struct value value = {.from = c->at};
    while (c->at < c->end) {
        if (*c->at == '\'') {
            enum sql_found found = expression_string(c, &e, &value);
            if (found != SQL_FOUND) {
                return found;
            }
        } else if (e.depth == 0 && (*c->at == ',' || *c->at == ')')) {
            value.to = value.is_text ? value.to : e.last;
            *ret_value = value;
            return SQL_FOUND;
        } else {
            expression_byte(c, &e);
        }
    }
    return c->is_ended ? SQL_BROKEN : SQL_MORE;
}

/* NULL, 0xC0FFEE, 12, TRUE */
static struct str bare_value(struct value value)
{
    struct str text = {value.from, (size_t)(value.to - value.from)};
    if (text.len == 0 || str_eq_nocase(text, STR("null")) || str_eq_nocase(text, STR("default"))) {
        return (struct str){NULL, 0};
    }
    if (text.len > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x') {
        return finish((struct value){value.from + 2, value.to, VALUE_HEX, false});
    }
    return text;
}

/* Nothing may change before the whole tuple is in sight: the cells hold the raw values until then, `kinds` what to do. */
enum sql_found sql_tuple(struct sql_cursor *c, struct str *cells, size_t room, size_t *ret_count)
{
    enum { IS_TEXT = 0x80 };
    unsigned char kinds[TABLE_COLUMNS_MAX];
    size_t count = 0;
    room = room < TABLE_COLUMNS_MAX ? room : TABLE_COLUMNS_MAX;
    do {
        c->at++;
        while (c->at < c->end && is_space(*c->at)) {
            c->at++;
        }
        struct value value = {0};
        enum sql_found found = take_value(c, &value);
        if (found != SQL_FOUND) {
            return found;
        }
        if (count < room) {
            cells[count] = (struct str){value.from, (size_t)(value.to - value.from)};
            kinds[count] = (unsigned char)((unsigned)value.kind | (value.is_text ? IS_TEXT : 0U));
        }
        count++;
    } while (*c->at == ',');
    c->at++;
    for (size_t i = 0; i < count && i < room; i++) {
        char *from = (char *)(uintptr_t)cells[i].data;
        struct value value = {from, from + cells[i].len, (enum value_kind)(kinds[i] & (unsigned)~IS_TEXT),
                              (kinds[i] & IS_TEXT) != 0};
        cells[i] = value.is_text ? finish(value) : bare_value(value);
    }
    *ret_count = count;
    return SQL_FOUND;
}

/* ---- COPY ---- */

static unsigned digit_of(char byte, unsigned base)
{
    unsigned value = byte >= '0' && byte <= '9' ? (unsigned)(byte - '0')
                     : is_letter(byte)          ? (unsigned)((byte | 0x20) - 'a') + 10
                                                : base;
    return value < base ? value : base;
}

/* PostgreSQL: \b \f \n \r \t \v, \123 (octal), \x4f, anything else is itself. */
static char *copy_escape(char *at, char *end, char *ret_byte)
{
    unsigned base = *at == 'x' ? 16 : 8;
    char *digit = *at == 'x' ? at + 1 : at;
    unsigned value = 0;
    int count = 0;
    while (count < (base == 16 ? 2 : 3) && digit < end && digit_of(*digit, base) < base) {
        value = value * base + digit_of(*digit++, base);
        count++;
    }
    if (count > 0) {
        *ret_byte = (char)(value & 0xff);
        return digit;
    }
    *ret_byte = *at == '0' || *at == 'Z' ? *at : plain_escape(*at);
    return at + 1;
}

static struct str copy_cell(char *from, char *to)
{
    if (to - from == 2 && from[0] == '\\' && from[1] == 'N') {
        return (struct str){NULL, 0};
    }
    char *at = memchr(from, '\\', (size_t)(to - from));
    if (at == NULL) {
        return (struct str){from, (size_t)(to - from)};
    }
    char *out = at;
    while (at < to) {
        if (*at == '\\' && at + 1 < to) {
            at = copy_escape(at + 1, to, out++);
        } else {
            *out++ = *at++;
        }
    }
    return (struct str){from, (size_t)(out - from)};
}

size_t sql_copy_line(char *line, char *end, struct str *cells, size_t room)
{
    size_t count = 0;
    for (;;) {
        char *tab = memchr(line, '\t', (size_t)(end - line));
        char *to = tab == NULL ? end : tab;
        if (count < room) {
            cells[count] = copy_cell(line, to);
        }
        count++;
        if (tab == NULL) {
            return count;
        }
        line = tab + 1;
    }
}
