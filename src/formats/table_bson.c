/* BSON (bsonspec.org, version 1.1) as mongodump writes it: documents one behind another, little-endian. One document a row; columns as of
 * JSON (table_jsonl.c): nested documents dotted, arrays of at most eight scalars numbered, other arrays as JSON text. ObjectIds and binary
 * are lower-case hex, UUIDs have dashes, dates are RFC 3339. */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/table_json.h"

#include "base/banned.h"

enum { LENGTH_BYTES = 4, DOCUMENT_MIN = 5, DOCUMENT_MAX = TABLE_ROW_BYTES - 64, OID_BYTES = 12, DECIMAL_BYTES = 16 };

enum kind {
    KIND_DOUBLE = 0x01,
    KIND_STRING = 0x02,
    KIND_DOCUMENT = 0x03,
    KIND_ARRAY = 0x04,
    KIND_BINARY = 0x05,
    KIND_UNDEFINED = 0x06,
    KIND_OID = 0x07,
    KIND_BOOL = 0x08,
    KIND_DATE = 0x09,
    KIND_NULL = 0x0a,
    KIND_REGEX = 0x0b,
    KIND_POINTER = 0x0c,
    KIND_CODE = 0x0d,
    KIND_SYMBOL = 0x0e,
    KIND_CODE_SCOPE = 0x0f,
    KIND_INT32 = 0x10,
    KIND_TIMESTAMP = 0x11,
    KIND_INT64 = 0x12,
    KIND_DECIMAL = 0x13,
    KIND_MAX = 0x7f,
    KIND_MIN = 0xff
};

static uint32_t u32_at(const char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static uint64_t u64_at(const char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

/* ---- Where things end ---- */

/* One member: its kind, name and the bytes of its value. */
struct element {
    unsigned char kind;
    struct str name, value;
};

/* Bytes of a length told in the first four, that counts `extra` bytes less than there are; 0: not so many are there. */
static size_t told_length(struct str rest, size_t extra, size_t least)
{
    size_t told = rest.len < LENGTH_BYTES ? 0 : u32_at(rest.data);
    return told >= least && told <= rest.len && extra <= rest.len - told ? told + extra : 0;
}

static size_t cstring_length(struct str rest)
{
    const char *nul = rest.len == 0 ? NULL : memchr(rest.data, '\0', rest.len);
    return nul == NULL ? 0 : (size_t)(nul - rest.data) + 1;
}

static size_t string_length(struct str rest)
{
    size_t len = told_length(rest, LENGTH_BYTES, 1);
    return len > 0 && rest.data[len - 1] == '\0' ? len : 0;
}

/* Bytes of the value at the beginning of rest; SIZE_MAX: none that could be. */
static size_t value_length(unsigned char kind, struct str rest)
{
    size_t len = 0;
    switch ((enum kind)kind) {
    case KIND_UNDEFINED:
    case KIND_NULL:
    case KIND_MAX:
    case KIND_MIN:
        return 0;
    case KIND_BOOL:
        len = 1;
        break;
    case KIND_INT32:
        len = 4;
        break;
    case KIND_DOUBLE:
    case KIND_DATE:
    case KIND_TIMESTAMP:
    case KIND_INT64:
        len = 8;
        break;
    case KIND_OID:
        len = OID_BYTES;
        break;
    case KIND_DECIMAL:
        len = DECIMAL_BYTES;
        break;
    case KIND_STRING:
    case KIND_CODE:
    case KIND_SYMBOL:
        len = string_length(rest);
        break;
    case KIND_DOCUMENT:
    case KIND_ARRAY:
    case KIND_CODE_SCOPE:
        len = told_length(rest, 0, DOCUMENT_MIN);
        break;
    case KIND_BINARY:
        len = told_length(rest, LENGTH_BYTES + 1, 0);
        break;
    case KIND_POINTER:
        len = string_length(rest);
        len = len == 0 ? 0 : len + OID_BYTES;
        break;
    case KIND_REGEX: {
        size_t pattern = cstring_length(rest);
        size_t options = cstring_length(str_slice(rest, pattern, rest.len));
        len = pattern == 0 || options == 0 ? 0 : pattern + options;
        break;
    }
    }
    return len == 0 || len > rest.len ? SIZE_MAX : len;
}

/* The element at the front of rest, which is shortened by it. False: there is none that could be. */
static bool next_element(struct str *rest, struct element *ret)
{
    size_t name = rest->len < 2 ? 0 : cstring_length(str_slice(*rest, 1, rest->len));
    if (name == 0) {
        return false;
    }
    ret->kind = (unsigned char)rest->data[0];
    ret->name = (struct str){rest->data + 1, name - 1};
    *rest = str_slice(*rest, 1 + name, rest->len);
    size_t len = value_length(ret->kind, *rest);
    if (len == SIZE_MAX) {
        return false;
    }
    ret->value = str_slice(*rest, 0, len);
    *rest = str_slice(*rest, len, rest->len);
    return true;
}

/* The elements within a document, without its length and its last zero. data NULL: it is none. */
static struct str inside(struct str document)
{
    size_t len = told_length(document, 0, DOCUMENT_MIN);
    return len == document.len && len > 0 && document.data[len - 1] == '\0' ? str_slice(document, LENGTH_BYTES, len - 1)
                                                                            : (struct str){NULL, 0};
}

/* ---- Values ---- */

static struct str number_text(struct json *json, double value, struct err *err)
{
    char text[64];
    double back = 0;
    int len = 0;
    if (!isfinite(value)) {
        return (struct str){NULL, 0};
    }
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(text, sizeof text, "%.*g", digits, value);
        if (str_double((struct str){text, (size_t)len}, &back) && back >= value && back <= value) {
            break;
        }
    }
    if (value > -1e15 && value < 1e15 && trunc(value) >= value && trunc(value) <= value) {
        len = snprintf(text, sizeof text, "%.0f", value);
    }
    return arena_str(&json->scratch, (struct str){text, (size_t)len}, err);
}

/* IEEE 754-2008 decimal128, binary integer form: sign, exponent + 6176, 113 bits of digits. */
static struct str decimal_text(struct json *json, struct str value, struct err *err)
{
    __extension__ typedef unsigned __int128 u128;
    uint64_t low = u64_at(value.data), high = u64_at(value.data + 8);
    bool is_negative = high >> 63 != 0;
    if ((high >> 58 & 0x1f) >= 0x1e) {
        return (struct str){NULL, 0}; /* infinite, or no number */
    }
    bool is_large = (high >> 61 & 3) == 3; /* digits that no decimal128 may have: they are 0 */
    int exponent = (int)(high >> (is_large ? 47 : 49) & 0x3fff) - 6176;
    u128 digits = is_large ? 0 : (u128)(high & UINT64_C(0x1ffffffffffff)) << 64 | low;
    char text[40];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + (int)(digits % 10));
        digits /= 10;
    } while (digits != 0);
    size_t len = sizeof text - at;
    char out[128];
    int used = snprintf(out, sizeof out, "%s", is_negative ? "-" : "");
    if (exponent <= 0 && exponent > -40) {
        size_t behind = (size_t)-exponent;
        size_t before = len > behind ? len - behind : 0;
        used += snprintf(out + used, sizeof out - (size_t)used, "%.*s%s%.*s%.*s", (int)before, text + at,
                         behind == 0   ? ""
                         : before == 0 ? "0."
                                       : ".",
                         (int)(behind > len ? behind - len : 0), "0000000000000000000000000000000000000000",
                         (int)(len - before), text + at + before);
    } else {
        used += snprintf(out + used, sizeof out - (size_t)used, "%.*sE%d", (int)len, text + at, exponent);
    }
    return arena_str(&json->scratch, (struct str){out, (size_t)used}, err);
}

static struct str binary_text(struct json *json, struct str value, struct err *err)
{
    unsigned char subtype = (unsigned char)value.data[LENGTH_BYTES];
    struct str bytes = str_slice(value, LENGTH_BYTES + 1, value.len);
    if (subtype == 2 && bytes.len >= LENGTH_BYTES) {
        bytes = str_slice(bytes, LENGTH_BYTES, bytes.len); /* the length again */
    }
    return json_binary(&json->scratch, (const uint8_t *)bytes.data, bytes.len, subtype, err);
}

static struct str integer_text(struct json *json, int64_t value, struct err *err)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%lld", (long long)value);
    return arena_str(&json->scratch, (struct str){text, (size_t)len}, err);
}

/* A scalar as text; data NULL: null. err->kind says whether that is a failure. */
static struct str scalar_text(struct json *json, const struct element *element, struct err *err)
{
    struct str value = element->value;
    double number;
    switch ((enum kind)element->kind) {
    case KIND_STRING:
    case KIND_CODE:
    case KIND_SYMBOL:
    case KIND_POINTER:
        return str_slice(value, LENGTH_BYTES, LENGTH_BYTES + u32_at(value.data) - 1);
    case KIND_DOUBLE: {
        uint64_t bits = u64_at(value.data);
        memcpy(&number, &bits, sizeof number);
        return number_text(json, number, err);
    }
    case KIND_BINARY:
        return binary_text(json, value, err);
    case KIND_OID: {
        char *hex = arena_take(&json->scratch, 2 * OID_BYTES + 1, err);
        if (hex != NULL) {
            hex_encode(hex, (const uint8_t *)value.data, OID_BYTES);
        }
        return (struct str){hex, hex != NULL ? 2 * OID_BYTES : 0};
    }
    case KIND_BOOL:
        return value.data[0] != 0 ? STR("true") : STR("false");
    case KIND_DATE:
        return json_date(&json->scratch, (int64_t)u64_at(value.data), err);
    case KIND_TIMESTAMP: /* seconds in the upper half */
        return json_date(&json->scratch, (int64_t)(u64_at(value.data) >> 32) * 1000, err);
    case KIND_INT32:
        return integer_text(json, (int32_t)u32_at(value.data), err);
    case KIND_INT64:
        return integer_text(json, (int64_t)u64_at(value.data), err);
    case KIND_DECIMAL:
        return decimal_text(json, value, err);
    case KIND_REGEX:
        return str_slice(value, 0, cstring_length(value) - 1);
    case KIND_CODE_SCOPE:
    case KIND_DOCUMENT:
    case KIND_ARRAY:
    case KIND_UNDEFINED:
    case KIND_NULL:
    case KIND_MAX:
    case KIND_MIN:
        break;
    }
    return (struct str){NULL, 0};
}

static void put_quoted(struct buf *out, struct str text)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20) {
            buf_printf(out, "\\u%04x", byte);
        } else {
            buf_puts(out, byte == '"' || byte == '\\' ? "\\" : "");
            buf_putc(out, (char)byte);
        }
    }
    buf_putc(out, '"');
}

/* A document or array as JSON text, its scalars as they are spelled in cells. False: broken, or too deep. */
static bool put_json(struct json *json, struct str document, bool is_array, unsigned depth, struct buf *out,
                     struct err *err)
{
    struct str rest = inside(document);
    if (rest.data == NULL || depth > JSON_DEPTH_MAX) {
        return false;
    }
    buf_putc(out, is_array ? '[' : '{');
    for (bool first = true; rest.len > 0; first = false) {
        struct element element;
        if (!next_element(&rest, &element)) {
            return false;
        }
        buf_puts(out, first ? "" : ",");
        if (!is_array) {
            put_quoted(out, element.name);
            buf_putc(out, ':');
        }
        if (element.kind == KIND_DOCUMENT || element.kind == KIND_ARRAY) {
            if (!put_json(json, element.value, element.kind == KIND_ARRAY, depth + 1, out, err)) {
                return false;
            }
            continue;
        }
        struct str text = scalar_text(json, &element, err);
        if (err->kind != ERR_NONE) {
            return false;
        }
        if (text.data == NULL) {
            buf_puts(out, "null");
        } else {
            put_quoted(out, text);
        }
    }
    buf_putc(out, is_array ? ']' : '}');
    return true;
}

/* ---- Documents ---- */

static bool is_numbered(struct str array)
{
    struct str rest = inside(array);
    size_t count = 0;
    while (rest.data != NULL && rest.len > 0) {
        struct element element;
        if (!next_element(&rest, &element) || element.kind == KIND_DOCUMENT || element.kind == KIND_ARRAY ||
            ++count > JSON_ITEMS_MAX) {
            return false;
        }
    }
    return true;
}

static int array_text(struct json *json, struct str array, struct str path, bool *ret_good, struct err *err)
{
    OWN(own_buf) struct buf text = {.max = DOCUMENT_MAX};
    struct err why = {0};
    *ret_good = put_json(json, array, true, 0, &text, &why) && !text.failed;
    if (why.kind != ERR_NONE) {
        return err_set(err, why.kind, "%s", why.text);
    }
    if (!*ret_good) {
        return 0;
    }
    struct str kept = arena_str(&json->scratch, buf_str(&text), err);
    return kept.data == NULL ? -1 : json_member(json, path, kept, err);
}

static int take_document(struct json *json, struct str document, struct str outer, unsigned depth, bool *ret_good,
                         struct err *err);

static int take_element(struct json *json, const struct element *element, struct str path, unsigned depth,
                        bool *ret_good, struct err *err)
{
    if (element->kind == KIND_DOCUMENT || (element->kind == KIND_ARRAY && is_numbered(element->value))) {
        return take_document(json, element->value, path, depth + 1, ret_good, err);
    }
    if (element->kind == KIND_ARRAY) {
        return array_text(json, element->value, path, ret_good, err);
    }
    struct err why = {0};
    struct str text = scalar_text(json, element, &why);
    if (why.kind != ERR_NONE) {
        return err_set(err, why.kind, "%s", why.text);
    }
    return json_member(json, path, text, err);
}

static int take_document(struct json *json, struct str document, struct str outer, unsigned depth, bool *ret_good,
                         struct err *err)
{
    struct str rest = inside(document);
    *ret_good = rest.data != NULL && depth <= JSON_DEPTH_MAX;
    while (*ret_good && rest.len > 0) {
        char room[JSON_PATH_BYTES_MAX];
        struct element element;
        *ret_good = next_element(&rest, &element);
        if (*ret_good) {
            struct str path = outer.len == 0 ? element.name : json_join(room, outer, element.name);
            TRY(take_element(json, &element, path, depth, ret_good, err));
        }
    }
    return 0;
}

/* ---- The file ---- */

static bool is_length(size_t len)
{
    return len >= DOCUMENT_MIN && len <= (16 << 20) + 16384; /* MongoDB's bound, and what it allows itself beyond */
}

static int collect(struct json *json, struct err *err)
{
    struct str rest = str_slice(window_str(json->window), 0, JSON_HEAD_BYTES);
    bool good = true;
    json->is_collecting = true;
    while (rest.len >= DOCUMENT_MIN && is_length(u32_at(rest.data)) && u32_at(rest.data) <= rest.len) {
        struct str document = str_slice(rest, 0, u32_at(rest.data));
        json_begin_row(json);
        TRY(take_document(json, document, (struct str){NULL, 0}, 0, &good, err));
        rest = str_slice(rest, document.len, rest.len);
        arena_reset(&json->scratch);
    }
    json->is_collecting = false;
    return json->column_count > 0 ? 0 : err_set(err, ERR_FORMAT, "no document with members at the beginning");
}

static int skip_long(struct window *window, size_t len, struct err *err)
{
    while (len > 0 && !(window->is_ended && window->from == window->to)) {
        size_t step = window->to - window->from < len ? window->to - window->from : len;
        bool full;
        window->from += step;
        len -= step;
        if (len > 0) {
            TRY(window_more(window, &full, err));
        }
    }
    return 0;
}

static int one_document(struct json *json, struct str document, struct err *err)
{
    bool good = false;
    json_begin_row(json);
    TRY(take_document(json, document, (struct str){NULL, 0}, 0, &good, err));
    if (!good) {
        json->report->rejected[TABLE_BROKEN]++;
        return 0;
    }
    return json_end_row(json, err);
}

/* The cells of a batch lie in the window: it must not move under them. */
static int more(struct json *json, size_t bytes, struct err *err)
{
    if (json->window->to - json->window->from >= bytes || json->window->is_ended) {
        return 0;
    }
    TRY(json_flush(json, err));
    return window_want(json->window, bytes, err);
}

static int bson_rows(struct json *json, struct err *err)
{
    struct window *window = json->window;
    for (;;) {
        TRY(more(json, DOCUMENT_MIN, err));
        struct str rest = window_str(window);
        if (rest.len == 0) {
            return json_flush(json, err);
        }
        size_t len = rest.len < LENGTH_BYTES ? 0 : u32_at(rest.data);
        if (rest.len < DOCUMENT_MIN || !is_length(len)) { /* where the next one begins, nobody knows */
            json->report->rejected[rest.len < DOCUMENT_MIN ? TABLE_CUT_OFF : TABLE_BROKEN]++;
            (void)snprintf(json->report->damage, sizeof json->report->damage,
                           "byte %llu: no BSON document; what comes from there on was not read",
                           (unsigned long long)(window->passed + window->from));
            return json_flush(json, err);
        }
        if (len > DOCUMENT_MAX) {
            json->report->rejected[TABLE_TOO_LONG]++;
            TRY(json_flush(json, err));
            TRY(skip_long(window, len, err));
            continue;
        }
        TRY(more(json, len, err));
        struct str document = str_slice(window_str(window), 0, len);
        if (document.len < len) {
            json->report->rejected[TABLE_CUT_OFF]++;
            window->from = window->to;
            return json_flush(json, err);
        }
        window->from += len;
        TRY(one_document(json, document, err));
    }
}

/* The first document is whole and sound, or sound as far as it is in sight, and another may follow. */
static int bson_probe(struct str head)
{
    size_t len = head.len < DOCUMENT_MIN ? 0 : u32_at(head.data);
    if (!is_length(len)) {
        return 0;
    }
    bool is_whole = len <= head.len;
    struct str rest = is_whole ? inside(str_slice(head, 0, len)) : str_slice(head, LENGTH_BYTES, head.len);
    struct element element;
    size_t count = 0;
    if (rest.data == NULL) {
        return 0;
    }
    while (rest.len > 0 && next_element(&rest, &element)) {
        count++;
    }
    if (is_whole) {
        struct str behind = str_slice(head, len, head.len);
        bool follows = behind.len < LENGTH_BYTES || is_length(u32_at(behind.data));
        return rest.len == 0 && count > 0 && follows ? 95 : 0;
    }
    return count > 1 ? 80 : 0;
}

static int bson_read(struct window *window, struct str name, const struct table_sink *sink, struct table_report *report,
                     struct err *err)
{
    OWN(own_mem) struct str *columns = calloc(TABLE_COLUMNS_MAX, sizeof(*columns));
    struct json json = {
        .window = window, .sink = sink, .report = report, .columns = columns, .name = name, .is_wanted = true};
    if (columns == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    arena_init(&json.names, 0);
    arena_init(&json.scratch, 0);
    int result = window_want(window, JSON_HEAD_BYTES, err);
    result = result == 0 ? collect(&json, err) : result;
    result = result == 0 ? json_announce(&json, name, err) : result;
    result = result == 0 ? bson_rows(&json, err) : result;
    json_close_table(&json);
    return result;
}

const struct table_format table_bson_format = {"BSON", bson_probe, bson_read};
