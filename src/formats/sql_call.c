/* Functions in expressions of dumps: what CAST, TO_DATE, CHR, REPLACE and their kin make of their arguments. */
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/sql_expression.h"

#include "base/banned.h"

bool expression_find_call(struct str name, enum call *ret_call)
{
    static const struct {
        struct str name;
        enum call call;
    } calls[] = {
        {STR_INIT("cast"), CALL_CAST},
        {STR_INIT("try_cast"), CALL_CAST},
        {STR_INIT("convert"), CALL_CONVERT},
        {STR_INIT("try_convert"), CALL_CONVERT},
        {STR_INIT("to_date"), CALL_DATE},
        {STR_INIT("to_timestamp"), CALL_DATE},
        {STR_INIT("to_timestamp_tz"), CALL_DATE},
        {STR_INIT("hextoraw"), CALL_HEX},
        {STR_INIT("unhex"), CALL_HEX},
        {STR_INIT("chr"), CALL_CHAR},
        {STR_INIT("char"), CALL_CHAR},
        {STR_INIT("nchar"), CALL_CHAR},
        {STR_INIT("replace"), CALL_REPLACE},
        {STR_INIT("unistr"), CALL_POINTS},
        {STR_INIT("concat"), CALL_CONCAT},
        {STR_INIT("to_clob"), CALL_INNER},
        {STR_INIT("to_nclob"), CALL_INNER},
        {STR_INIT("to_number"), CALL_INNER},
        {STR_INIT("empty_blob"), CALL_EMPTY},
        {STR_INIT("empty_clob"), CALL_EMPTY},
        {STR_INIT("to_binary_double"), CALL_INNER},
        {STR_INIT("to_binary_float"), CALL_INNER},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (name.len == calls[i].name.len && str_eq_nocase(name, calls[i].name)) {
            *ret_call = calls[i].call;
            return true;
        }
    }
    return false;
}

/* To behind the ')' that closes what is open. */
bool expression_skip_rest(struct expression *e)
{
    size_t depth = 1;
    while (e->at < e->end) {
        struct sql_cursor c = {e->at, e->end, e->has_backslashes, true};
        depth += *e->at == '(';
        depth -= *e->at == ')';
        if (sql_skip_token(&c) != SQL_FOUND) {
            return false;
        }
        e->at = c.at;
        if (depth == 0) {
            return true;
        }
    }
    return false;
}

/* A string that is needed as it is written, not as part of the worth: a model of dates, a text to be replaced. */
static bool bare_string(struct expression *e, struct str *ret_text)
{
    expression_skip_space(e);
    struct sql_cursor c = {e->at, e->end, false, true};
    bool escapes = false;
    char *behind = e->at < e->end && *e->at == '\'' ? sql_behind_string(e->at, &c, false, &escapes) : NULL;
    if (behind == NULL) {
        return false;
    }
    *ret_text = (struct str){e->at + 1, (size_t)(behind - e->at) - 2};
    e->at = behind;
    return true;
}

static bool call_date(struct expression *e)
{
    char *start = e->out;
    struct str model;
    char iso[40];
    if (!expression_value(e)) {
        return false;
    }
    if (!expression_take(e, ',')) {
        return expression_skip_rest(e);
    }
    if (!bare_string(e, &model) || !expression_skip_rest(e)) {
        return false;
    }
    size_t len =
        e->is_dry || e->is_null ? 0 : sql_oracle_date((struct str){start, (size_t)(e->out - start)}, model, iso);
    if (len > 0 && len <= (size_t)(e->at - start)) {
        memcpy(start, iso, len);
        e->out = start + len;
    }
    return true;
}

/* MySQL: CONVERT(value USING set), CONVERT(value, type); SQL Server: CONVERT(type, value[, style]). */
static bool call_convert(struct expression *e)
{
    char *start = e->at;
    expression_skip_space(e);
    struct str word = expression_word(e);
    expression_skip_space(e);
    bool is_type = word.len > 0 && sql_is_letter(word.data[0]) && e->at < e->end && (*e->at == ',' || *e->at == '(') &&
                   !str_eq_nocase(word, STR("null"));
    enum call call;
    if (is_type && *e->at == '(') {
        e->at++;
        is_type = !expression_find_call(word, &call) || call == CALL_CHAR;
        if (!expression_skip_rest(e)) {
            return false;
        }
    }
    if (!is_type || !expression_take(e, ',')) {
        e->at = start;
    }
    return expression_value(e) && expression_skip_rest(e);
}

static bool call_char(struct expression *e)
{
    do {
        expression_skip_space(e);
        struct str digits = expression_word(e);
        uint32_t point;
        if (!sql_number(digits.data, digits.data + digits.len, digits.len, 10, &point) || point > 0x10ffff) {
            return false;
        }
        char bytes[4];
        expression_copy(e, bytes, encoding_put(bytes, point));
    } while (expression_take(e, ','));
    e->is_text = true;
    return expression_skip_rest(e);
}

/* text[0, len) without `from`; `to` stands there instead and is not longer. */
static size_t replace(char *text, size_t len, struct str from, struct str to)
{
    size_t out = 0;
    size_t at = 0;
    while (at < len) {
        if (len - at >= from.len && memcmp(text + at, from.data, from.len) == 0) {
            memcpy(text + out, to.data, to.len);
            out += to.len;
            at += from.len;
        } else {
            text[out++] = text[at++];
        }
    }
    return out;
}

static bool call_replace(struct expression *e)
{
    char *start = e->out;
    struct str from, to;
    if (!expression_value(e) || !expression_take(e, ',') || !bare_string(e, &from) || !expression_take(e, ',')) {
        return false;
    }
    char *end = e->out;
    char with[4];
    if (!expression_value(e)) {
        return false;
    }
    to = (struct str){with, (size_t)(e->out - end)};
    e->out = end;
    if (to.len > sizeof(with) || to.len > from.len || from.len == 0) {
        return false;
    }
    if (!e->is_dry) {
        memcpy(with, end, to.len);
        e->out = start + replace(start, (size_t)(end - start), from, to);
    }
    e->is_text = true;
    return expression_skip_rest(e);
}

static bool call_concat(struct expression *e)
{
    do {
        if (!expression_value(e)) {
            return false;
        }
    } while (expression_take(e, ','));
    e->is_text = true;
    return expression_take(e, ')');
}

bool expression_call(struct expression *e, enum call call)
{
    char *start = e->out;
    switch (call) {
    case CALL_INNER:
        return expression_value(e) && expression_skip_rest(e);
    case CALL_CAST:
        return expression_value(e) && expression_takes(e, "as") && expression_skip_rest(e);
    case CALL_CONVERT:
        return call_convert(e);
    case CALL_DATE:
        return call_date(e);
    case CALL_HEX:
        if (!expression_value(e) || !expression_skip_rest(e)) {
            return false;
        }
        if (!e->is_dry) {
            sql_lower_hex(start, (size_t)(e->out - start));
        }
        return true;
    case CALL_CHAR:
        return call_char(e);
    case CALL_REPLACE:
        return call_replace(e);
    case CALL_POINTS:
        if (!expression_value(e) || !expression_take(e, ')')) {
            return false;
        }
        expression_points(e, start);
        return true;
    case CALL_CONCAT:
        return call_concat(e);
    case CALL_EMPTY:
        e->is_text = true;
        return expression_take(e, ')');
    }
    return false;
}
