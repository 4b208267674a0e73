/* What an expression in a dump is worth: 'a'||chr(10)||'b', CAST(N'2020-01-01' AS Date), TO_DATE('1-2-20', 'dd-mm-yy'),
 * replace('a\nb','\n',char(10)), 'x'::text, _binary 'x', U&'\0041'.
 *
 *   value    = term { ("||" | "+" | nothing, between strings) term | "::" type | COLLATE name }
 *   term     = string | number | NULL | word | "(" value ")" | function "(" ... ")"
 *
 * The worth is written over the expression, from its beginning; it is never longer than what was read of it so far. It is
 * read twice: once without writing, so that one that is not understood is still there unchanged. Such a one is worth its
 * first string, or its own text. */
#include "formats/sql_expression.h"
#include "base/str.h"
#include "formats/encoding.h"

#include "base/banned.h"

enum { DEPTH_MAX = 16 };

void expression_skip_space(struct expression *e)
{
    struct sql_cursor c = {e->at, e->end, e->has_backslashes, true};
    (void)sql_skip_space(&c);
    e->at = c.at;
}

static bool is_next(const struct expression *e, const char *text)
{
    struct str wanted = str_of(text);
    return (size_t)(e->end - e->at) >= wanted.len && memcmp(e->at, wanted.data, wanted.len) == 0;
}

bool expression_take(struct expression *e, char byte)
{
    expression_skip_space(e);
    if (e->at == e->end || *e->at != byte) {
        return false;
    }
    e->at++;
    return true;
}

struct str expression_word(struct expression *e)
{
    char *start = e->at;
    while (e->at < e->end && sql_is_word_byte(*e->at)) {
        e->at++;
    }
    return (struct str){start, (size_t)(e->at - start)};
}

bool expression_takes(struct expression *e, const char *word)
{
    char *before = e->at;
    expression_skip_space(e);
    if (str_eq_nocase(expression_word(e), str_of(word))) {
        return true;
    }
    e->at = before;
    return false;
}

/* Bytes of the expression itself, as they are. */
void expression_copy(struct expression *e, const char *from, size_t len)
{
    if (!e->is_dry) {
        memmove(e->out, from, len);
    }
    e->out += len;
}

/* ---- Strings ---- */

static bool quoted(struct expression *e, enum sql_escapes escapes)
{
    struct sql_cursor c = {e->at, e->end, e->has_backslashes, true};
    bool has_escapes = false;
    char *behind = sql_behind_string(e->at, &c, escapes != SQL_DOUBLED, &has_escapes);
    if (behind == NULL) {
        return false;
    }
    /* what the escapes make shorter is not known without writing; nothing read dry depends on it */
    if (e->is_dry) {
        e->out += behind - e->at - 2;
    } else {
        e->out = sql_unescape(e->out, e->at + 1, behind - 1, *e->at, escapes);
    }
    e->at = behind;
    return true;
}

static bool hex_string(struct expression *e)
{
    char *start = e->out;
    bool good = quoted(e, SQL_DOUBLED);
    if (good && !e->is_dry) {
        sql_lower_hex(start, (size_t)(e->out - start));
    }
    return good;
}

/* MySQL's b'0110': the bytes that client libraries give for BIT, as hex. Longer than 64 bits: as it is. */
static bool bit_string(struct expression *e)
{
    char *bits = e->at + 1;
    size_t len = 0;
    while (bits + len < e->end && (bits[len] == '0' || bits[len] == '1')) {
        len++;
    }
    if (!e->has_backslashes || len > 64 || len == 0) {
        return quoted(e, SQL_DOUBLED); /* PostgreSQL's bit strings are text */
    }
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 1 | (uint64_t)(bits[i] == '1');
    }
    if (bits + len == e->end || bits[len] != '\'') {
        return false;
    }
    e->at = bits + len + 1;
    size_t digits = (len + 7) / 8 * 2;
    for (size_t i = 0; !e->is_dry && i < digits; i++) {
        e->out[i] = "0123456789abcdef"[number >> (digits - 1 - i) * 4 & 15];
    }
    e->out += digits;
    return true;
}

/* \0041 and \+000041 of U&'..' and UNISTR('..'), and SQLite's \u0041, in [from, e->out), in place. */
void expression_points(struct expression *e, char *from)
{
    char *out = from;
    char *at = from;
    uint32_t high = 0;
    while (!e->is_dry && at < e->out) {
        uint32_t point;
        char *digits = at + 1;
        size_t count = 4;
        if (*at == '\\' && digits < e->out && (*digits == '+' || *digits == 'u' || *digits == 'U')) {
            count = *digits == '+' ? 6 : *digits == 'U' ? 8 : 4;
            digits++;
        }
        if (*at != '\\' || !sql_number(digits, e->out, count, 16, &point) || point > 0x10ffff) {
            at += *at == '\\' && at + 1 < e->out && at[1] == '\\';
            *out++ = *at++;
            high = 0;
            continue;
        }
        at = digits + count;
        if (high != 0 && point >= 0xdc00 && point < 0xe000) {
            out -= 3; /* the half that was written */
            point = 0x10000 + ((high - 0xd800) << 10) + (point - 0xdc00);
        }
        high = point >= 0xd800 && point < 0xdc00 ? point : 0;
        out += encoding_put(out, point);
    }
    e->out = e->is_dry ? e->out : out;
}

static bool dollar_string(struct expression *e)
{
    struct sql_cursor c = {e->at, e->end, false, true};
    char *tag = memchr(e->at + 1, '$', (size_t)(e->end - e->at) - 1);
    if (tag == NULL || sql_skip_dollar(&c) != SQL_FOUND || c.at <= tag) {
        return false;
    }
    size_t edge = (size_t)(tag + 1 - e->at);
    expression_copy(e, tag + 1, (size_t)(c.at - e->at) - 2 * edge);
    e->at = c.at;
    return true;
}

/* The cursor stands at the quote behind `prefix`. */
static bool prefixed(struct expression *e, struct str prefix)
{
    e->is_text = true;
    if (str_eq_nocase(prefix, STR("x"))) {
        return hex_string(e);
    }
    if (str_eq_nocase(prefix, STR("b"))) {
        return bit_string(e);
    }
    if (str_eq_nocase(prefix, STR("q")) || str_eq_nocase(prefix, STR("nq"))) {
        char *behind = sql_behind_q(e->at, e->end);
        if (behind == NULL) {
            return false;
        }
        expression_copy(e, e->at + 2, (size_t)(behind - e->at) - 4);
        e->at = behind;
        return true;
    }
    e->is_bytes = str_eq_nocase(prefix, STR("_binary")) || str_eq_nocase(prefix, STR("binary"));
    if (str_eq_nocase(prefix, STR("e"))) {
        return quoted(e, SQL_POSTGRESQL);
    }
    return quoted(e, e->has_backslashes ? SQL_MYSQL : SQL_DOUBLED);
}

/* ---- Terms ---- */

/* 12, -1.5e3, 0xC0FFEE */
static bool number(struct expression *e)
{
    char *start = e->at++;
    while (e->at < e->end && (sql_is_word_byte(*e->at) || *e->at == '.' ||
                              ((*e->at == '-' || *e->at == '+') && (e->at[-1] | 0x20) == 'e'))) {
        e->at++;
    }
    size_t len = (size_t)(e->at - start);
    bool is_hex = len > 2 && start[0] == '0' && (start[1] | 0x20) == 'x';
    expression_copy(e, start + (is_hex ? 2 : 0), len - (is_hex ? 2 : 0));
    if (is_hex && !e->is_dry) {
        sql_lower_hex(e->out - (len - 2), len - 2);
    }
    return len > 1 || (*start >= '0' && *start <= '9');
}

static bool is_prefix_word(struct str word)
{
    static const struct str words[] = {STR_INIT("date"),     STR_INIT("time"),   STR_INIT("timestamp"),
                                       STR_INIT("interval"), STR_INIT("binary"), STR_INIT("n")};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (word.len == words[i].len && str_eq_nocase(word, words[i])) {
            return true;
        }
    }
    return word.data[0] == '_';
}

static bool word_term(struct expression *e)
{
    struct str word = expression_word(e);
    if (e->at < e->end && *e->at == '\'') {
        return prefixed(e, word);
    }
    if (str_eq_nocase(word, STR("u")) && is_next(e, "&'")) {
        char *start = e->out;
        e->at++;
        e->is_text = true;
        if (!quoted(e, SQL_DOUBLED)) {
            return false;
        }
        expression_points(e, start);
        return true;
    }
    char *behind = e->at;
    expression_skip_space(e);
    enum call call;
    if (e->at < e->end && *e->at == '(' && expression_find_call(word, &call)) {
        e->at++;
        return expression_call(e, call);
    }
    if (e->at < e->end && *e->at == '\'' && is_prefix_word(word)) {
        return prefixed(e, word);
    }
    if ((word.data[0] == '_' || str_eq_nocase(word, STR("binary"))) &&
        (is_next(e, "0x") || is_next(e, "x'") || is_next(e, "X'"))) {
        return expression_value(e);
    }
    if (e->at < e->end && *e->at == '(') {
        return false;
    }
    e->at = behind;
    e->is_null = str_eq_nocase(word, STR("null")) || str_eq_nocase(word, STR("default"));
    if (!e->is_null) {
        expression_copy(e, word.data, word.len);
    }
    return true;
}

static bool any_term(struct expression *e)
{
    expression_skip_space(e);
    if (e->at == e->end) {
        return false;
    }
    char byte = *e->at;
    if (byte == '\'' || (byte == '"' && e->has_backslashes)) {
        e->is_text = true;
        return quoted(e, e->has_backslashes ? SQL_MYSQL : SQL_DOUBLED);
    }
    if (byte == '(') {
        e->at++;
        return expression_value(e) && expression_take(e, ')');
    }
    if (byte == '$' && !e->has_backslashes) {
        e->is_text = true;
        return dollar_string(e);
    }
    if ((byte >= '0' && byte <= '9') || byte == '-' || byte == '+' || byte == '.') {
        return number(e);
    }
    return sql_is_word_byte(byte) && word_term(e);
}

/* Behind "::": a type's words, as in "character varying(255)[]". PostgreSQL's bytea loses the \x before its digits. */
static bool type_name(struct expression *e, char *start)
{
    expression_skip_space(e);
    bool is_bytea = false;
    for (;;) {
        struct str word = expression_word(e);
        is_bytea = is_bytea || str_eq_nocase(word, STR("bytea"));
        if (word.len == 0 && e->at < e->end && *e->at == '"') {
            struct sql_cursor c = {e->at, e->end, false, true};
            if (sql_skip_token(&c) != SQL_FOUND) {
                return false;
            }
            e->at = c.at;
        } else if (word.len == 0) {
            break;
        }
        e->at += e->at < e->end && *e->at == '.';
        if (is_next(e, " ") && e->end - e->at > 1 && sql_is_letter(e->at[1]) &&
            !str_eq_nocase(str_slice((struct str){e->at + 1, (size_t)(e->end - e->at) - 1}, 0, 7), STR("collate"))) {
            e->at++;
        }
    }
    if (expression_take(e, '(') && !expression_skip_rest(e)) {
        return false;
    }
    while (is_next(e, "[]")) {
        e->at += 2;
    }
    if (is_bytea && !e->is_dry && e->out - start >= 2 && start[0] == '\\' && start[1] == 'x') {
        memmove(start, start + 2, (size_t)(e->out - start) - 2);
        e->out -= 2;
    }
    return true;
}

static bool parts(struct expression *e)
{
    char *start = e->out;
    bool is_text = false, is_bytes = false, is_null = true;
    for (;;) {
        e->is_null = e->is_text = e->is_bytes = false;
        if (!any_term(e)) {
            return false;
        }
        is_text = is_text || e->is_text;
        is_bytes = is_bytes || e->is_bytes;
        is_null = is_null && e->is_null;
        expression_skip_space(e);
        while (is_next(e, "::") || expression_takes(e, "collate")) {
            e->at += is_next(e, "::") ? 2 : 0;
            if (!type_name(e, start)) {
                return false;
            }
            expression_skip_space(e);
        }
        if (is_next(e, "||")) {
            e->at += 2;
        } else if (is_next(e, "+") && is_text) {
            e->at++;
        } else if (!is_text || !is_next(e, "'")) {
            break;
        }
    }
    e->is_null = is_null;
    e->is_text = is_text;
    e->is_bytes = is_bytes;
    return true;
}

bool expression_value(struct expression *e)
{
    if (e->depth == DEPTH_MAX) {
        return false;
    }
    e->depth++;
    bool good = parts(e);
    e->depth--;
    return good;
}

static bool whole(struct expression *e)
{
    if (!expression_value(e)) {
        return false;
    }
    expression_skip_space(e);
    return e->at == e->end;
}

/* The first string of what was not understood; else all of it. */
static struct sql_worth unknown(char *text, size_t len, bool has_backslashes)
{
    char *quote = memchr(text, '\'', len);
    struct sql_worth worth = {{text, len}, false, false};
    struct sql_cursor c = {text, text + len, has_backslashes, true};
    bool escapes = false;
    bool is_e = quote != NULL && quote > text && (quote[-1] | 0x20) == 'e' &&
                (quote - text == 1 || !sql_is_word_byte(quote[-2]));
    char *behind = quote == NULL ? NULL : sql_behind_string(quote, &c, has_backslashes || is_e, &escapes);
    if (behind != NULL) {
        enum sql_escapes how = has_backslashes ? SQL_MYSQL : is_e ? SQL_POSTGRESQL : SQL_DOUBLED;
        worth = (struct sql_worth){
            {quote + 1, (size_t)(sql_unescape(quote + 1, quote + 1, behind - 1, '\'', how) - quote) - 1}, true, false};
    }
    return worth;
}

struct sql_worth sql_expression(char *text, size_t len, bool has_backslashes)
{
    struct expression dry = {
        .at = text, .end = text + len, .out = text, .is_dry = true, .has_backslashes = has_backslashes};
    if (!whole(&dry)) {
        return unknown(text, len, has_backslashes);
    }
    struct expression e = {.at = text, .end = text + len, .out = text, .has_backslashes = has_backslashes};
    (void)whole(&e);
    struct str worth = {text, (size_t)(e.out - text)};
    return (struct sql_worth){e.is_null ? (struct str){NULL, 0} : worth, e.is_text, e.is_bytes};
}
