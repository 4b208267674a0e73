/* Canonical JSON (RFC 8785) over jansson values, and strict reading.
 * Numbers follow ECMAScript's Number::toString: the shortest digits that read back the same. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { DEPTH_MAX = 64 };
#define SAFE_INTEGER INT64_C(9007199254740992)

static void put_escaped(struct buf *out, char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    const char *named = c != 0 ? strchr(plain, c) : NULL;
    if (named != NULL) {
        buf_putc(out, '\\');
        buf_putc(out, "\"\\bfnrt"[named - plain]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned char)c);
    }
}

static void put_string(struct buf *out, const char *text, size_t len)
{
    buf_putc(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_put(out, (struct str){text + from, i - from});
        put_escaped(out, text[i]);
        from = i + 1;
    }
    buf_put(out, (struct str){text + from, len - from});
    buf_putc(out, '"');
}

/* The digits and the decimal exponent of the shortest text that reads back as value (> 0). */
static int shortest(double value, char digits[static 20])
{
    char text[40];
    /* Where 15 digits or fewer read back as the value, 15 digits are the shortest text and zeros. Subnormals carry fewer. */
    for (int precision = value < DBL_MIN ? 0 : 14; precision < 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, value);
        if (precision == 16 || strtod(text, NULL) == value) {
            break;
        }
    }
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits[count++] = *at;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    digits[count] = '\0';
    int64_t exponent = 0;
    (void)str_i64(str_of(at[1] == '+' ? at + 2 : at + 1), &exponent);
    return (int)exponent + 1;
}

static void zeros(struct buf *out, int count)
{
    for (int i = 0; i < count; i++) {
        buf_putc(out, '0');
    }
}

/* ECMA-262, 6.1.6.1.20: n is the position of the decimal point behind the first digit, k the number of digits. */
static int put_real(struct buf *out, double value, struct err *err)
{
    if (!isfinite(value)) {
        return err_set(err, ERR_FORMAT, "a number is infinite or not a number; JSON has neither");
    }
    if (value == 0) {
        buf_putc(out, '0');
        return 0;
    }
    if (value < 0) {
        buf_putc(out, '-');
        value = -value;
    }
    char digits[20];
    int n = shortest(value, digits);
    int k = (int)strlen(digits);
    if (k <= n && n <= 21) {
        buf_puts(out, digits);
        zeros(out, n - k);
    } else if (0 < n && n <= 21) {
        buf_put(out, (struct str){digits, (size_t)n});
        buf_putc(out, '.');
        buf_puts(out, digits + n);
    } else if (-6 < n && n <= 0) {
        buf_puts(out, "0.");
        zeros(out, -n);
        buf_puts(out, digits);
    } else {
        buf_putc(out, digits[0]);
        if (k > 1) {
            buf_putc(out, '.');
            buf_puts(out, digits + 1);
        }
        buf_printf(out, "e%c%d", n - 1 < 0 ? '-' : '+', abs(n - 1));
    }
    return 0;
}

/* UTF-16 order differs from byte order only between surrogates (bytes f0..f4) and U+E000..U+FFFF (ee, ef). */
static int compare_keys(const char *left, const char *right)
{
    const unsigned char *a = (const unsigned char *)left;
    const unsigned char *b = (const unsigned char *)right;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    bool a_astral = *a >= 0xf0;
    bool b_astral = *b >= 0xf0;
    if (a_astral != b_astral && *a >= 0xee && *b >= 0xee) {
        return a_astral ? -1 : 1;
    }
    return (int)*a - (int)*b;
}

struct member {
    const char *key;
    const json_t *value;
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    return compare_keys(a->key, b->key);
}

/* Few members, often in order already: nothing is moved that need not be. */
static void sort_few(struct member *members, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct member member = members[i];
        size_t at = i;
        for (; at > 0 && compare_keys(members[at - 1].key, member.key) > 0; at--) {
            members[at] = members[at - 1];
        }
        members[at] = member;
    }
}

static int put_value(struct buf *out, const json_t *value, unsigned depth, struct err *err);

static int put_members(struct buf *out, const struct member *members, size_t count, unsigned depth, struct err *err)
{
    buf_putc(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i != 0) {
            buf_putc(out, ',');
        }
        put_string(out, members[i].key, strlen(members[i].key));
        buf_putc(out, ':');
        TRY(put_value(out, members[i].value, depth + 1, err));
    }
    buf_putc(out, '}');
    return 0;
}

static int put_object(struct buf *out, const json_t *object, unsigned depth, struct err *err)
{
    enum { FEW = 24 };
    struct member few[FEW];
    OWN(own_mem) struct member *many = NULL;
    struct member *members = few;
    size_t count = json_object_size(object);
    if (count > FEW) {
        members = many = calloc(count, sizeof *many);
        if (many == NULL) {
            return err_no_memory(err);
        }
    }
    size_t at = 0;
    const char *key;
    json_t *value;
    json_t *walked = (json_t *)(uintptr_t)object; /* jansson's iterator takes no const; nothing is changed */
    json_object_foreach(walked, key, value)
    {
        members[at++] = (struct member){key, value};
    }
    if (many == NULL) {
        sort_few(few, count);
    } else {
        qsort(many, count, sizeof *many, compare_members);
    }
    return put_members(out, members, count, depth, err);
}

static int put_array(struct buf *out, const json_t *array, unsigned depth, struct err *err)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i != 0) {
            buf_putc(out, ',');
        }
        TRY(put_value(out, json_array_get(array, i), depth + 1, err));
    }
    buf_putc(out, ']');
    return 0;
}

static void put_digits(struct buf *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    buf_put(out, (struct str){digits + at, sizeof digits - at});
}

/* Beyond 2^53 only an integer that a double writes in the same digits: 1e17 was written as 100000000000000000. */
static int put_integer(struct buf *out, int64_t value, struct err *err)
{
    if (value >= 0 && value <= SAFE_INTEGER) {
        put_digits(out, (uint64_t)value);
        return 0;
    }
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    if (value > SAFE_INTEGER || value < -SAFE_INTEGER) {
        OWN(own_buf) struct buf as_double = {0};
        TRY(put_real(&as_double, (double)value, err));
        if (as_double.failed || strcmp(as_double.data, text) != 0) {
            return err_set(err, ERR_FORMAT, "the integer %s is beyond what JSON numbers carry exactly", text);
        }
    }
    buf_puts(out, text);
    return 0;
}

static int put_value(struct buf *out, const json_t *value, unsigned depth, struct err *err)
{
    if (value == NULL || depth > DEPTH_MAX) {
        return err_set(err, ERR_LIMIT, "JSON nested deeper than %d", DEPTH_MAX);
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return put_object(out, value, depth, err);
    case JSON_ARRAY:
        return put_array(out, value, depth, err);
    case JSON_STRING:
        put_string(out, json_string_value(value), json_string_length(value));
        return 0;
    case JSON_INTEGER:
        return put_integer(out, json_integer_value(value), err);
    case JSON_REAL:
        return put_real(out, json_real_value(value), err);
    case JSON_TRUE:
        buf_puts(out, "true");
        return 0;
    case JSON_FALSE:
        buf_puts(out, "false");
        return 0;
    case JSON_NULL:
        buf_puts(out, "null");
        return 0;
    }
    return err_set(err, ERR_BUG, "a JSON value of no known type");
}

int json_canonical(struct buf *out, const json_t *value, struct err *err)
{
    TRY(put_value(out, value, 0, err));
    return buf_check(out, err);
}

/* jansson recurses as deep as the text nests (its own limit is 2048); ours is reached first. */
static bool too_deep(struct str bytes)
{
    unsigned depth = 0;
    size_t opening = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        opening += (bytes.data[i] | 0x20) == '{'; /* or '[' */
    }
    if (opening <= DEPTH_MAX) {
        return false;
    }
    bool in_string = false;
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.data[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX) {
                return true;
            }
        } else if ((c == '}' || c == ']') && depth != 0) {
            depth--;
        }
    }
    return false;
}

/* Reals that are integers a double carries exactly become integers again. Depth is bounded by too_deep. NULL without memory. */
static json_t *with_integers(const json_t *value)
{
    const char *key;
    size_t i;
    json_t *member, *copy = NULL, *walked = (json_t *)(uintptr_t)value; /* jansson's iterator takes no const */
    double number = json_real_value(value);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        copy = json_object();
        json_object_foreach(walked, key, member)
        {
            (void)json_object_set_new(copy, key, with_integers(member));
        }
        return copy;
    case JSON_ARRAY:
        copy = json_array();
        json_array_foreach(walked, i, member)
        {
            (void)json_array_append_new(copy, with_integers(member));
        }
        return copy;
    case JSON_REAL:
        return number == floor(number) && fabs(number) <= (double)SAFE_INTEGER ? json_integer((json_int_t)number)
                                                                               : json_real(number);
    case JSON_STRING:
    case JSON_INTEGER:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return json_incref(walked);
}

/* RFC 8785 writes 1e20 as 100000000000000000000, which no int64_t holds: such a text is read again with doubles. */
static json_t *read_large(struct str bytes, size_t flags, json_error_t *ret_wrong)
{
    OWN(own_json) json_t *reals = json_loadb(bytes.data, bytes.len, flags | JSON_DECODE_INT_AS_REAL, ret_wrong);
    return reals != NULL ? with_integers(reals) : NULL;
}

static json_t *read_value(struct str bytes, size_t flags, struct err *err)
{
    json_error_t wrong;
    json_t *value = json_loadb(bytes.data != NULL ? bytes.data : "", bytes.len, flags, &wrong);
    if (value == NULL && json_error_code(&wrong) == json_error_numeric_overflow) {
        value = read_large(bytes, flags, &wrong);
    }
    if (value == NULL) {
        err_set(err, ERR_FORMAT, "%d:%d: %s", wrong.line, wrong.column, wrong.text);
    }
    return value;
}

json_t *json_read(struct str bytes, struct err *err)
{
    if (too_deep(bytes)) {
        err_set(err, ERR_LIMIT, "JSON nested deeper than %d", DEPTH_MAX);
        return NULL;
    }
    return read_value(bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, err);
}

json_t *json_read_canonical(struct str bytes, struct err *err)
{
    return read_value(bytes, JSON_ALLOW_NUL | JSON_DECODE_ANY, err);
}

const char *json_text(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : otherwise;
}

int64_t json_int(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

double json_num(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

bool json_bool(const json_t *object, const char *key, bool otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

const json_t *json_find(const json_t *array, const char *key, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *found = json_text(json_array_get(array, i), key, NULL);
        if (found != NULL && strcmp(found, text) == 0) {
            return json_array_get(array, i);
        }
    }
    return NULL;
}
