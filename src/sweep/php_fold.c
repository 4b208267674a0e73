/* Each function is a few lines over texts; the table at the end says which is which. Output is bounded by
 * PHP_TEXT_MAX, work by the heap's steps. */
#include <math.h>
#include <stdio.h>

#include <zlib.h>

#include "base/str.h"
#include "sweep/php_fold.h"

#include "base/banned.h"

enum { INFLATE_MAX = 3 << 20, NEEDLES_MAX = 256 };

struct call {
    struct php_heap *heap;
    const struct php_value *arguments;
    unsigned count;
};

typedef bool fold_fn(const struct call *call, struct php_value *out);

static bool text_at(const struct call *call, unsigned index, struct str *ret_text)
{
    return index < call->count && php_is_constant(&call->arguments[index]) &&
           php_to_text(call->heap, &call->arguments[index], ret_text);
}

static bool number_at(const struct call *call, unsigned index, double otherwise, double *ret_number)
{
    if (index >= call->count) {
        *ret_number = otherwise;
        return true;
    }
    return php_to_number(&call->arguments[index], ret_number) && isfinite(*ret_number);
}

static const struct php_array *array_at(const struct call *call, unsigned index)
{
    return index < call->count && call->arguments[index].type == PV_ARRAY ? call->arguments[index].array : NULL;
}

static char *room_for(const struct call *call, size_t bytes)
{
    return php_heap_work(call->heap, bytes / 64 + 1) ? php_heap_room(call->heap, bytes) : NULL;
}

static bool give(const struct call *call, size_t used, struct php_value *out)
{
    *out = php_text_value(php_heap_text(call->heap, used));
    return true;
}

/* ---- one text in, one text out, byte by byte ---- */

typedef char byte_fn(char byte);

static char to_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

static char to_upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 32) : byte;
}

static char rot13(char byte)
{
    char low = (char)(byte | 32);
    return low >= 'a' && low <= 'm' ? (char)(byte + 13) : low >= 'n' && low <= 'z' ? (char)(byte - 13) : byte;
}

static bool each_byte(const struct call *call, byte_fn *change, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = change(text.data[i]);
    }
    return give(call, text.len, out);
}

static bool fold_lower(const struct call *call, struct php_value *out)
{
    return each_byte(call, to_lower, out);
}

static bool fold_upper(const struct call *call, struct php_value *out)
{
    return each_byte(call, to_upper, out);
}

static bool fold_rot13(const struct call *call, struct php_value *out)
{
    return each_byte(call, rot13, out);
}

static bool fold_ucfirst(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    if (room == NULL || text.len == 0) {
        return false;
    }
    memcpy(room, text.data, text.len);
    room[0] = to_upper(room[0]);
    return give(call, text.len, out);
}

static bool fold_strrev(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = text.data[text.len - 1 - i];
    }
    return give(call, text.len, out);
}

static bool fold_stripslashes(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    size_t used = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        i += text.data[i] == '\\' && i + 1 < text.len;
        room[used++] = text.data[i];
    }
    return give(call, used, out);
}

static bool fold_trim_at(const struct call *call, bool at_left, bool at_right, struct php_value *out)
{
    struct str text, set = {" \n\r\t\v\0", 6};
    if (!text_at(call, 0, &text) || (call->count > 1 && !text_at(call, 1, &set))) {
        return false;
    }
    while (at_left && text.len != 0 && memchr(set.data, text.data[0], set.len) != NULL) {
        text = str_slice(text, 1, text.len);
    }
    while (at_right && text.len != 0 && memchr(set.data, text.data[text.len - 1], set.len) != NULL) {
        text.len--;
    }
    *out = php_text_value(text);
    return true;
}

static bool fold_trim(const struct call *call, struct php_value *out)
{
    return fold_trim_at(call, true, true, out);
}

static bool fold_ltrim(const struct call *call, struct php_value *out)
{
    return fold_trim_at(call, true, false, out);
}

static bool fold_rtrim(const struct call *call, struct php_value *out)
{
    return fold_trim_at(call, false, true, out);
}

/* ---- characters and numbers ---- */

static bool fold_chr(const struct call *call, struct php_value *out)
{
    double number;
    char *room = number_at(call, 0, 0, &number) && fabs(number) < 1e9 ? room_for(call, 1) : NULL;
    if (room == NULL) {
        return false;
    }
    room[0] = (char)(((long long)number % 256 + 256) % 256);
    return give(call, 1, out);
}

static bool fold_ord(const struct call *call, struct php_value *out)
{
    struct str text;
    if (!text_at(call, 0, &text)) {
        return false;
    }
    *out = php_number_value(text.len != 0 ? (unsigned char)text.data[0] : 0);
    return true;
}

static bool fold_strlen(const struct call *call, struct php_value *out)
{
    struct str text;
    if (!text_at(call, 0, &text)) {
        return false;
    }
    *out = php_number_value((double)text.len);
    return true;
}

static bool fold_count(const struct call *call, struct php_value *out)
{
    const struct php_array *array = array_at(call, 0);
    if (array == NULL) {
        return false;
    }
    *out = php_number_value(array->count);
    return true;
}

static bool fold_intval(const struct call *call, struct php_value *out)
{
    double number;
    struct str text;
    double base = 10;
    if (!number_at(call, 0, 0, &number) || !number_at(call, 1, 10, &base)) {
        return false;
    }
    if (base != 10 && text_at(call, 0, &text)) {
        return false;
    }
    *out = php_number_value(trunc(number));
    return true;
}

static bool fold_floor(const struct call *call, struct php_value *out)
{
    double number;
    if (!number_at(call, 0, 0, &number)) {
        return false;
    }
    *out = php_number_value(floor(number));
    return true;
}

static bool fold_strval(const struct call *call, struct php_value *out)
{
    struct str text;
    if (!text_at(call, 0, &text)) {
        return false;
    }
    *out = php_text_value(text);
    return true;
}

static int digit_of(char byte)
{
    return byte >= '0' && byte <= '9'                       ? byte - '0'
           : to_lower(byte) >= 'a' && to_lower(byte) <= 'z' ? to_lower(byte) - 'a' + 10
                                                            : 99;
}

static uint64_t read_base(struct str text, unsigned base)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len && i < 64; i++) {
        unsigned digit = (unsigned)digit_of(text.data[i]);
        value = digit < base ? value * base + digit : value;
    }
    return value;
}

static bool give_base(const struct call *call, uint64_t value, unsigned base, struct php_value *out)
{
    char digits[65];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
        value /= base;
    } while (value != 0);
    char *room = room_for(call, sizeof digits - at);
    if (room == NULL) {
        return false;
    }
    memcpy(room, digits + at, sizeof digits - at);
    return give(call, sizeof digits - at, out);
}

static bool fold_base_convert(const struct call *call, struct php_value *out)
{
    struct str text;
    double from, to;
    if (!text_at(call, 0, &text) || !number_at(call, 1, 10, &from) || !number_at(call, 2, 10, &to) || from < 2 ||
        from > 36 || to < 2 || to > 36) {
        return false;
    }
    return give_base(call, read_base(text, (unsigned)from), (unsigned)to, out);
}

static bool fold_dechex(const struct call *call, struct php_value *out)
{
    double number;
    return number_at(call, 0, 0, &number) && number >= 0 && number < 1e15 && give_base(call, (uint64_t)number, 16, out);
}

static bool fold_hexdec(const struct call *call, struct php_value *out)
{
    struct str text;
    if (!text_at(call, 0, &text) || text.len > 13) {
        return false;
    }
    *out = php_number_value((double)read_base(text, 16));
    return true;
}

/* ---- encodings ---- */

static bool fold_hex2bin(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len / 2) : NULL;
    if (room == NULL || text.len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = digit_of(text.data[i]), low = digit_of(text.data[i + 1]);
        if (high > 15 || low > 15) {
            return false;
        }
        room[i / 2] = (char)(high * 16 + low);
    }
    return give(call, text.len / 2, out);
}

static bool fold_bin2hex(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len * 2) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        room[i * 2] = "0123456789abcdef"[byte >> 4];
        room[i * 2 + 1] = "0123456789abcdef"[byte & 15];
    }
    return give(call, text.len * 2, out);
}

static int base64_digit(char byte)
{
    return byte >= 'A' && byte <= 'Z'   ? byte - 'A'
           : byte >= 'a' && byte <= 'z' ? byte - 'a' + 26
           : byte >= '0' && byte <= '9' ? byte - '0' + 52
           : byte == '+' || byte == '-' ? 62
           : byte == '/' || byte == '_' ? 63
                                        : -1;
}

/* As lenient as PHP: foreign bytes are skipped. */
static bool fold_base64(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    uint32_t bits = 0;
    unsigned have = 0;
    size_t used = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len && text.data[i] != '='; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0) {
            continue;
        }
        bits = bits << 6 | (unsigned)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            room[used++] = (char)(bits >> have & 0xff);
        }
    }
    return give(call, used, out);
}

static bool fold_base64_encode(const struct call *call, struct php_value *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len / 3 * 4 + 4) : NULL;
    size_t used = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++) {
            bits = bits << 8 | (i + j < text.len ? (unsigned char)text.data[i + j] : 0);
        }
        for (unsigned j = 0; j < 4; j++) {
            room[used++] = i + j > text.len ? '=' : digits[bits >> (18 - 6 * j) & 63];
        }
    }
    return give(call, used, out);
}

/* bits as zlib's inflateInit2 wants them: -15 raw, 15 zlib, 31 gzip. */
static bool inflate_text(const struct call *call, int bits, struct php_value *out)
{
    struct str text;
    if (!text_at(call, 0, &text) || text.len == 0) {
        return false;
    }
    size_t cap = text.len * 8 < 4096 ? 4096 : text.len * 8;
    for (; cap <= INFLATE_MAX * 8; cap *= 4) {
        size_t limit = cap < INFLATE_MAX ? cap : INFLATE_MAX;
        char *room = room_for(call, limit);
        z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)text.data, .avail_in = (uInt)text.len};
        if (room == NULL || inflateInit2(&stream, bits) != Z_OK) {
            return false;
        }
        stream.next_out = (Bytef *)room;
        stream.avail_out = (uInt)limit;
        int result = inflate(&stream, Z_FINISH);
        size_t used = limit - stream.avail_out;
        (void)inflateEnd(&stream);
        if (result == Z_STREAM_END || (result == Z_BUF_ERROR && stream.avail_in == 0 && used != 0)) {
            return give(call, used, out);
        }
        if (result != Z_BUF_ERROR && result != Z_OK) {
            return false;
        }
    }
    call->heap->is_spent = true;
    return false;
}

static bool fold_inflate(const struct call *call, struct php_value *out)
{
    return inflate_text(call, -15, out);
}

static bool fold_uncompress(const struct call *call, struct php_value *out)
{
    return inflate_text(call, 15, out) || inflate_text(call, 31, out) || inflate_text(call, -15, out);
}

static bool fold_gzdecode(const struct call *call, struct php_value *out)
{
    return inflate_text(call, 31, out);
}

static bool fold_uudecode(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len + 3) : NULL;
    size_t used = 0, at = 0;
    if (room == NULL) {
        return false;
    }
    while (at < text.len) {
        size_t length = (size_t)((text.data[at++] - 32) & 63);
        for (size_t got = 0; got < length && at + 3 < text.len + 1; got += 3, at += 4) {
            uint32_t bits = 0;
            for (size_t j = 0; j < 4; j++) {
                bits = bits << 6 | (at + j < text.len ? (unsigned)((text.data[at + j] - 32) & 63) : 0);
            }
            for (unsigned j = 0; j < 3 && got + j < length && used < text.len; j++) {
                room[used++] = (char)(bits >> (16 - 8 * j) & 0xff);
            }
        }
        while (at < text.len && text.data[at++] != '\n') {
        }
        if (length == 0) {
            break;
        }
    }
    return give(call, used, out);
}

static bool url_decode(const struct call *call, bool is_raw, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    size_t used = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '%' && i + 2 < text.len && digit_of(text.data[i + 1]) < 16 &&
            digit_of(text.data[i + 2]) < 16) {
            room[used++] = (char)(digit_of(text.data[i + 1]) * 16 + digit_of(text.data[i + 2]));
            i += 2;
        } else {
            room[used++] = text.data[i] == '+' && !is_raw ? ' ' : text.data[i];
        }
    }
    return give(call, used, out);
}

static bool fold_urldecode(const struct call *call, struct php_value *out)
{
    return url_decode(call, false, out);
}

static bool fold_rawurldecode(const struct call *call, struct php_value *out)
{
    return url_decode(call, true, out);
}

/* &#65; &#x41; and the five names */
static size_t entity(struct str text, size_t at, char *ret_byte)
{
    static const struct {
        const char *text;
        char byte;
    } names[] = {{"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str name = str_of(names[i].text);
        if (str_eq(str_slice(text, at, at + name.len), name)) {
            *ret_byte = names[i].byte;
            return name.len;
        }
    }
    struct str rest = str_slice(text, at, at + 10);
    size_t end = str_find(rest, STR(";"), 0);
    if (end == SIZE_MAX || end < 3 || rest.data[1] != '#') {
        return 0;
    }
    bool is_hex = rest.data[2] == 'x' || rest.data[2] == 'X';
    uint64_t value = read_base(str_slice(rest, is_hex ? 3 : 2, end), is_hex ? 16 : 10);
    *ret_byte = (char)value;
    return value < 128 ? end + 1 : 0;
}

static bool fold_entities(const struct call *call, struct php_value *out)
{
    struct str text;
    char *room = text_at(call, 0, &text) ? room_for(call, text.len) : NULL;
    size_t used = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len;) {
        char byte = text.data[i];
        size_t length = byte == '&' ? entity(text, i, &byte) : 0;
        room[used++] = byte;
        i += length != 0 ? length : 1;
    }
    return give(call, used, out);
}

/* H* h* C* c* A* a* N n; one directive with *, a count or nothing. */
static bool fold_pack(const struct call *call, struct php_value *out)
{
    struct str format, text;
    if (!text_at(call, 0, &format) || format.len == 0) {
        return false;
    }
    char kind = format.data[0];
    if ((kind == 'H' || kind == 'h') && text_at(call, 1, &text)) {
        char *room = room_for(call, text.len / 2 + 1);
        size_t used = 0;
        for (size_t i = 0; room != NULL && i < text.len; i += 2) {
            int first = digit_of(text.data[i]) & 15, second = i + 1 < text.len ? digit_of(text.data[i + 1]) & 15 : 0;
            room[used++] = (char)(kind == 'H' ? first * 16 + second : second * 16 + first);
        }
        return room != NULL && give(call, used, out);
    }
    if (kind == 'C' || kind == 'c') {
        char *room = room_for(call, call->count);
        for (unsigned i = 1; i < call->count; i++) {
            double number;
            if (room == NULL || !number_at(call, i, 0, &number) || fabs(number) > 1e9) {
                return false;
            }
            room[i - 1] = (char)((long long)number & 0xff);
        }
        return room != NULL && give(call, call->count - 1, out);
    }
    if ((kind == 'A' || kind == 'a') && text_at(call, 1, &text)) {
        *out = php_text_value(text);
        return true;
    }
    return false;
}

/* ---- pieces ---- */

/* PHP's way of reading offset and length; false if nothing is left. */
static bool cut_range(size_t total, double offset, double length, size_t *ret_from, size_t *ret_to)
{
    double from = offset < 0 ? fmax(0, (double)total + offset) : offset;
    double to = length < 0 ? (double)total + length : from + length;
    if (from > (double)total) {
        return false;
    }
    to = fmin(to, (double)total);
    *ret_from = (size_t)from;
    *ret_to = to < from ? (size_t)from : (size_t)to;
    return true;
}

static bool fold_substr(const struct call *call, struct php_value *out)
{
    struct str text;
    double offset, length;
    size_t from, to;
    if (!text_at(call, 0, &text) || !number_at(call, 1, 0, &offset) || !number_at(call, 2, 1e15, &length)) {
        return false;
    }
    if (call->count > 2 && call->arguments[2].type == PV_NULL) {
        length = 1e15;
    }
    *out = php_text_value(cut_range(text.len, offset, length, &from, &to) ? str_slice(text, from, to) : STR(""));
    return true;
}

static bool fold_substr_replace(const struct call *call, struct php_value *out)
{
    struct str text, with;
    double offset, length;
    size_t from, to;
    if (!text_at(call, 0, &text) || !text_at(call, 1, &with) || !number_at(call, 2, 0, &offset) ||
        !number_at(call, 3, 1e15, &length) || !cut_range(text.len, offset, length, &from, &to)) {
        return false;
    }
    char *room = room_for(call, text.len + with.len);
    if (room == NULL) {
        return false;
    }
    memcpy(room, text.data != NULL ? text.data : "", from);
    memcpy(room + from, with.data != NULL ? with.data : "", with.len);
    memcpy(room + from + with.len, text.data != NULL ? text.data + to : "", text.len - to);
    return give(call, from + with.len + text.len - to, out);
}

/* One needle in one text. Counts first, so that the output has its size. */
static bool replace_one(const struct call *call, struct str needle, struct str with, struct str text,
                        struct str *ret_text)
{
    size_t hits = 0;
    *ret_text = text;
    if (needle.len == 0) {
        return true;
    }
    for (size_t at = str_find(text, needle, 0); at != SIZE_MAX; at = str_find(text, needle, at + needle.len)) {
        hits++;
    }
    if (hits == 0) {
        return php_heap_work(call->heap, text.len / 64 + 1);
    }
    char *room = room_for(call, text.len + hits * with.len);
    size_t used = 0, from = 0;
    if (room == NULL) {
        return false;
    }
    for (size_t at = str_find(text, needle, 0); at != SIZE_MAX; at = str_find(text, needle, from)) {
        memcpy(room + used, text.data + from, at - from);
        used += at - from;
        memcpy(room + used, with.data != NULL ? with.data : "", with.len);
        used += with.len;
        from = at + needle.len;
    }
    memcpy(room + used, text.data + from, text.len - from);
    *ret_text = php_heap_text(call->heap, used + text.len - from);
    return true;
}

static bool fold_str_replace(const struct call *call, struct php_value *out)
{
    struct str text, needle, with = STR("");
    const struct php_array *needles = array_at(call, 0), *withs = array_at(call, 1);
    if (!text_at(call, 2, &text) || (withs == NULL && !text_at(call, 1, &with))) {
        return false;
    }
    if (needles == NULL) {
        if (withs != NULL || !text_at(call, 0, &needle) || !replace_one(call, needle, with, text, &text)) {
            return false;
        }
        *out = php_text_value(text);
        return true;
    }
    for (uint32_t i = 0; i < needles->count; i++) {
        struct str replacement = with;
        if (withs != NULL && (i >= withs->count || !php_to_text(call->heap, &withs->list[i].value, &replacement))) {
            replacement = STR("");
        }
        if (i >= NEEDLES_MAX || !php_to_text(call->heap, &needles->list[i].value, &needle) ||
            !replace_one(call, needle, replacement, text, &text)) {
            return false;
        }
    }
    *out = php_text_value(text);
    return true;
}

/* "1" as a key is the number. */
static struct str key_text(const struct php_key *key, char *room, size_t size)
{
    if (key->is_text) {
        return key->text;
    }
    int length = snprintf(room, size, "%lld", (long long)key->number);
    return (struct str){room, length > 0 ? (size_t)length : 0};
}

static bool strtr_pairs(const struct call *call, struct str text, const struct php_array *pairs, struct php_value *out)
{
    char *room = room_for(call, text.len * 4 + 64);
    size_t used = 0, room_bytes = text.len * 4 + 64;
    for (size_t i = 0; room != NULL && i < text.len;) {
        struct str best_key = STR(""), best = STR("");
        for (uint32_t j = 0; j < pairs->count && j < NEEDLES_MAX; j++) {
            char digits[24];
            struct str key = key_text(&pairs->list[j].key, digits, sizeof digits);
            if (key.len > best_key.len && str_starts(str_slice(text, i, text.len), key) &&
                pairs->list[j].value.type == PV_TEXT) {
                best_key.len = key.len;
                best = pairs->list[j].value.text;
            }
        }
        struct str piece = best_key.len != 0 ? best : str_slice(text, i, i + 1);
        if (used + piece.len > room_bytes || !php_heap_work(call->heap, 1 + pairs->count / 16)) {
            return false;
        }
        memcpy(room + used, piece.data != NULL ? piece.data : "", piece.len);
        used += piece.len;
        i += best_key.len != 0 ? best_key.len : 1;
    }
    return room != NULL && give(call, used, out);
}

static bool fold_strtr(const struct call *call, struct php_value *out)
{
    struct str text, from, to;
    if (!text_at(call, 0, &text)) {
        return false;
    }
    if (array_at(call, 1) != NULL) {
        return strtr_pairs(call, text, array_at(call, 1), out);
    }
    char map[256];
    if (!text_at(call, 1, &from) || !text_at(call, 2, &to)) {
        return false;
    }
    for (unsigned i = 0; i < 256; i++) {
        map[i] = (char)i;
    }
    for (size_t i = 0; i < from.len && i < to.len; i++) {
        map[(unsigned char)from.data[i]] = to.data[i];
    }
    char *room = room_for(call, text.len);
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = map[(unsigned char)text.data[i]];
    }
    return give(call, text.len, out);
}

static bool fold_str_repeat(const struct call *call, struct php_value *out)
{
    struct str text;
    double times;
    if (!text_at(call, 0, &text) || !number_at(call, 1, 0, &times) || times < 0 ||
        times * (double)text.len > PHP_TEXT_MAX) {
        return false;
    }
    size_t count = text.len == 0 ? 0 : (size_t)times;
    char *room = room_for(call, count * text.len);
    for (size_t i = 0; room != NULL && i < count; i++) {
        memcpy(room + i * text.len, text.data, text.len);
    }
    return room != NULL && give(call, count * text.len, out);
}

static bool fold_strpos(const struct call *call, struct php_value *out)
{
    struct str text, needle;
    if (!text_at(call, 0, &text) || !text_at(call, 1, &needle) || call->count > 2) {
        return false;
    }
    size_t at = str_find(text, needle, 0);
    *out = at == SIZE_MAX ? php_bool_value(false) : php_number_value((double)at);
    return true;
}

static bool fold_strstr(const struct call *call, struct php_value *out)
{
    struct str text, needle;
    if (!text_at(call, 0, &text) || !text_at(call, 1, &needle) || call->count > 2) {
        return false;
    }
    size_t at = str_find(text, needle, 0);
    *out = at == SIZE_MAX ? php_bool_value(false) : php_text_value(str_slice(text, at, text.len));
    return true;
}

/* %s %d %c %x %% with constants; anything else isn't computed. */
static bool fold_sprintf(const struct call *call, struct php_value *out)
{
    struct str format;
    unsigned next = 1;
    struct php_value text = php_text_value(STR(""));
    if (!text_at(call, 0, &format) || array_at(call, 1) != NULL) {
        return false;
    }
    for (size_t i = 0; i < format.len; i++) {
        struct php_value piece = php_text_value(str_slice(format, i, i + 1));
        if (format.data[i] == '%' && i + 1 < format.len) {
            char kind = format.data[++i];
            struct str shown;
            struct php_value number;
            if (kind == 's' && text_at(call, next, &shown)) {
                piece = php_text_value(shown);
            } else if (kind == 'c' && next < call->count &&
                       fold_chr(&(struct call){call->heap, &call->arguments[next], 1}, &number)) {
                piece = number;
            } else if (kind == 'd' && next < call->count &&
                       fold_intval(&(struct call){call->heap, &call->arguments[next], 1}, &number)) {
                piece = number;
            } else if (kind != '%') {
                return false;
            }
            next += kind != '%';
        }
        text = php_concat(call->heap, &text, &piece);
        if (text.type != PV_TEXT || !php_heap_work(call->heap, 1)) {
            return false;
        }
    }
    *out = text;
    return true;
}

/* ---- arrays ---- */

static bool add_value(const struct call *call, struct php_array *array, struct php_value value)
{
    struct php_value *slot = php_array_at(call->heap, array, NULL);
    if (slot == NULL || !php_heap_work(call->heap, 1)) {
        return false;
    }
    *slot = value;
    return true;
}

static bool give_array(struct php_array *array, struct php_value *out)
{
    *out = (struct php_value){.type = PV_ARRAY, .array = array};
    return array != NULL;
}

static bool fold_str_split(const struct call *call, struct php_value *out)
{
    struct str text;
    double width;
    struct php_array *array = php_array_new(call->heap);
    if (array == NULL || !text_at(call, 0, &text) || !number_at(call, 1, 1, &width) || width < 1) {
        return false;
    }
    for (size_t at = 0; at < text.len; at += (size_t)width) {
        if (!add_value(call, array, php_text_value(str_slice(text, at, at + (size_t)width)))) {
            return false;
        }
    }
    return give_array(array, out);
}

static bool fold_explode(const struct call *call, struct php_value *out)
{
    struct str separator, text;
    struct php_array *array = php_array_new(call->heap);
    size_t from = 0;
    if (array == NULL || !text_at(call, 0, &separator) || !text_at(call, 1, &text) || separator.len == 0 ||
        call->count > 2) {
        return false;
    }
    for (;;) {
        size_t at = str_find(text, separator, from);
        if (!add_value(call, array, php_text_value(str_slice(text, from, at == SIZE_MAX ? text.len : at)))) {
            return false;
        }
        if (at == SIZE_MAX) {
            return give_array(array, out);
        }
        from = at + separator.len;
    }
}

static bool fold_implode(const struct call *call, struct php_value *out)
{
    struct str glue = STR("");
    unsigned list_at = array_at(call, 0) != NULL ? 0 : 1;
    const struct php_array *list = array_at(call, list_at);
    struct php_value text = php_text_value(STR("")), glued;
    if (list == NULL || (call->count > 1 && !text_at(call, 1 - list_at, &glue))) {
        return false;
    }
    glued = php_text_value(glue);
    for (uint32_t i = 0; i < list->count; i++) {
        if (i != 0 && glue.len != 0) {
            text = php_concat(call->heap, &text, &glued);
        }
        if (!php_is_constant(&list->list[i].value) || !php_heap_work(call->heap, 1)) {
            return false;
        }
        text = php_concat(call->heap, &text, &list->list[i].value);
    }
    *out = text;
    return text.type == PV_TEXT;
}

static bool copy_elements(const struct call *call, const struct php_array *from, uint32_t at, uint32_t to,
                          bool is_backward, bool is_keyed, struct php_array *array)
{
    enum { COPIED_MAX = 1024 }; /* longer ones hide no names, and copying them again and again costs */
    if (to - at > COPIED_MAX || array->count > COPIED_MAX) {
        return false;
    }
    for (uint32_t i = at; i < to; i++) {
        const struct php_element *element = &from->list[is_backward ? to - 1 - (i - at) : i];
        struct php_value *slot =
            php_array_at(call->heap, array, is_keyed && element->key.is_text ? &element->key : NULL);
        if (slot == NULL || !php_heap_work(call->heap, 1)) {
            return false;
        }
        *slot = element->value;
    }
    return true;
}

static bool fold_array_reverse(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    struct php_array *array = from != NULL ? php_array_new(call->heap) : NULL;
    return array != NULL && copy_elements(call, from, 0, from->count, true, true, array) && give_array(array, out);
}

static bool fold_array_values(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    struct php_array *array = from != NULL ? php_array_new(call->heap) : NULL;
    return array != NULL && copy_elements(call, from, 0, from->count, false, false, array) && give_array(array, out);
}

static bool fold_array_merge(const struct call *call, struct php_value *out)
{
    struct php_array *array = php_array_new(call->heap);
    for (unsigned i = 0; i < call->count; i++) {
        const struct php_array *from = array_at(call, i);
        if (array == NULL || from == NULL || !copy_elements(call, from, 0, from->count, false, true, array)) {
            return false;
        }
    }
    return array != NULL && give_array(array, out);
}

static bool fold_array_slice(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    double offset, length;
    size_t at, to;
    if (from == NULL || !number_at(call, 1, 0, &offset) || !number_at(call, 2, 1e9, &length) ||
        !cut_range(from->count, offset, length, &at, &to)) {
        return false;
    }
    struct php_array *array = php_array_new(call->heap);
    return array != NULL && copy_elements(call, from, (uint32_t)at, (uint32_t)to, false, true, array) &&
           give_array(array, out);
}

/* Values of the first that the second lacks. */
static bool fold_array_diff(const struct call *call, struct php_value *out)
{
    enum { DIFF_MAX = 300 };
    const struct php_array *from = array_at(call, 0), *without = array_at(call, 1);
    struct php_array *array = from != NULL && without != NULL && from->count <= DIFF_MAX && without->count <= DIFF_MAX
                                  ? php_array_new(call->heap)
                                  : NULL;
    for (uint32_t i = 0; array != NULL && i < from->count; i++) {
        bool is_in = false;
        struct str text, other;
        if (!php_to_text(call->heap, &from->list[i].value, &text) ||
            !php_heap_work(call->heap, 1 + without->count / 8)) {
            return false;
        }
        for (uint32_t j = 0; j < without->count && !is_in; j++) {
            is_in = php_to_text(call->heap, &without->list[j].value, &other) && str_eq(text, other);
        }
        if (!is_in && !add_value(call, array, from->list[i].value)) {
            return false;
        }
    }
    return array != NULL && give_array(array, out);
}

static struct php_value key_value(const struct php_key *key)
{
    return key->is_text ? php_text_value(key->text) : php_number_value((double)key->number);
}

static bool fold_array_keys(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    struct php_array *array = from != NULL ? php_array_new(call->heap) : NULL;
    for (uint32_t i = 0; array != NULL && i < from->count; i++) {
        if (!add_value(call, array, key_value(&from->list[i].key))) {
            return false;
        }
    }
    return array != NULL && give_array(array, out);
}

static bool fold_array_flip(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    struct php_array *array = from != NULL ? php_array_new(call->heap) : NULL;
    for (uint32_t i = 0; array != NULL && i < from->count; i++) {
        if (!php_is_constant(&from->list[i].value) || !php_heap_work(call->heap, 1)) {
            return false;
        }
        struct php_key key = php_key_of(call->heap, &from->list[i].value);
        struct php_value *slot = php_array_at(call->heap, array, &key);
        if (slot == NULL) {
            return false;
        }
        *slot = key_value(&from->list[i].key);
    }
    return array != NULL && give_array(array, out);
}

static bool give_element(const struct php_array *from, uint32_t index, struct php_value *out)
{
    if (from == NULL || from->count == 0) {
        return false;
    }
    *out = from->list[index].value;
    return true;
}

static bool fold_current(const struct call *call, struct php_value *out)
{
    return give_element(array_at(call, 0), 0, out);
}

static bool fold_end(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    return give_element(from, from != NULL && from->count != 0 ? from->count - 1 : 0, out);
}

static bool fold_key(const struct call *call, struct php_value *out)
{
    const struct php_array *from = array_at(call, 0);
    if (from == NULL || from->count == 0) {
        return false;
    }
    *out = key_value(&from->list[0].key);
    return true;
}

static bool fold_range(const struct call *call, struct php_value *out)
{
    enum { RANGE_MAX = 2000 };
    struct str first, last;
    double from = 0, to = 0, step;
    bool is_letters = text_at(call, 0, &first) && text_at(call, 1, &last) && call->arguments[0].type == PV_TEXT &&
                      first.len == 1 && last.len == 1 && !(first.data[0] >= '0' && first.data[0] <= '9');
    if (is_letters) {
        from = (unsigned char)first.data[0];
        to = (unsigned char)last.data[0];
    } else if (!number_at(call, 0, 0, &from) || !number_at(call, 1, 0, &to)) {
        return false;
    }
    if (!number_at(call, 2, 1, &step) || step <= 0 || fabs(to - from) / step > RANGE_MAX) {
        return false;
    }
    struct php_array *array = php_array_new(call->heap);
    double sign = to < from ? -1 : 1;
    for (double i = 0; array != NULL && i <= fabs(to - from) / step; i++) {
        struct php_value value = php_number_value(from + sign * i * step);
        if (is_letters && !fold_chr(&(struct call){call->heap, &value, 1}, &value)) {
            return false;
        }
        if (!add_value(call, array, value)) {
            return false;
        }
    }
    return array != NULL && give_array(array, out);
}

static fold_fn *const functions[] = {
    [FO_CHR] = fold_chr,
    [FO_ORD] = fold_ord,
    [FO_STRREV] = fold_strrev,
    [FO_ROT13] = fold_rot13,
    [FO_STR_REPLACE] = fold_str_replace,
    [FO_SUBSTR] = fold_substr,
    [FO_SUBSTR_REPLACE] = fold_substr_replace,
    [FO_STR_SPLIT] = fold_str_split,
    [FO_EXPLODE] = fold_explode,
    [FO_IMPLODE] = fold_implode,
    [FO_ARRAY_REVERSE] = fold_array_reverse,
    [FO_ARRAY_FLIP] = fold_array_flip,
    [FO_ARRAY_MERGE] = fold_array_merge,
    [FO_ARRAY_SLICE] = fold_array_slice,
    [FO_ARRAY_POP] = fold_end,
    [FO_ARRAY_SHIFT] = fold_current,
    [FO_CURRENT] = fold_current,
    [FO_END] = fold_end,
    [FO_KEY] = fold_key,
    [FO_ARRAY_KEYS] = fold_array_keys,
    [FO_ARRAY_VALUES] = fold_array_values,
    [FO_STRTR] = fold_strtr,
    [FO_SPRINTF] = fold_sprintf,
    [FO_PACK] = fold_pack,
    [FO_BASE_CONVERT] = fold_base_convert,
    [FO_HEX2BIN] = fold_hex2bin,
    [FO_BIN2HEX] = fold_bin2hex,
    [FO_DECHEX] = fold_dechex,
    [FO_HEXDEC] = fold_hexdec,
    [FO_BASE64] = fold_base64,
    [FO_BASE64_ENCODE] = fold_base64_encode,
    [FO_INFLATE] = fold_inflate,
    [FO_UNCOMPRESS] = fold_uncompress,
    [FO_GZDECODE] = fold_gzdecode,
    [FO_UUDECODE] = fold_uudecode,
    [FO_ENTITIES] = fold_entities,
    [FO_URLDECODE] = fold_urldecode,
    [FO_RAWURLDECODE] = fold_rawurldecode,
    [FO_STRTOLOWER] = fold_lower,
    [FO_STRTOUPPER] = fold_upper,
    [FO_UCFIRST] = fold_ucfirst,
    [FO_TRIM] = fold_trim,
    [FO_LTRIM] = fold_ltrim,
    [FO_RTRIM] = fold_rtrim,
    [FO_STRLEN] = fold_strlen,
    [FO_COUNT] = fold_count,
    [FO_RANGE] = fold_range,
    [FO_STR_REPEAT] = fold_str_repeat,
    [FO_INTVAL] = fold_intval,
    [FO_STRVAL] = fold_strval,
    [FO_STRPOS] = fold_strpos,
    [FO_STRIPSLASHES] = fold_stripslashes,
    [FO_STRSTR] = fold_strstr,
    [FO_FLOOR] = fold_floor,
    [FO_ARRAY_DIFF] = fold_array_diff,
};

bool php_fold(struct php_heap *heap, enum php_fold function, const struct php_value *arguments, unsigned count,
              struct php_value *ret_value)
{
    const struct call call = {heap, arguments, count};
    if (function >= sizeof functions / sizeof *functions || functions[function] == NULL || count == 0) {
        return false;
    }
    return functions[function](&call, ret_value);
}

bool php_fold_is_decoder(enum php_fold function)
{
    static const uint8_t decoders[] = {FO_ROT13,    FO_STRREV, FO_HEX2BIN,  FO_BASE64, FO_INFLATE,   FO_UNCOMPRESS,
                                       FO_GZDECODE, FO_BZ,     FO_UUDECODE, FO_PACK,   FO_URLDECODE, FO_RAWURLDECODE};
    return memchr(decoders, (int)function, sizeof decoders) != NULL;
}

/* ---- escapes and bits ---- */

/* \xHH, \NNN, \u{H}: how many bytes of raw were used; 0 if it is none. */
static size_t numeric_escape(struct str rest, char *out, size_t *ret_written)
{
    size_t used = 1;
    unsigned value = 0;
    *ret_written = 1;
    if (rest.len > 1 && rest.data[0] == 'x' && digit_of(rest.data[1]) < 16) {
        for (; used < rest.len && used < 3 && digit_of(rest.data[used]) < 16; used++) {
            value = value * 16 + (unsigned)digit_of(rest.data[used]);
        }
        *out = (char)value;
        return used;
    }
    if (rest.len > 0 && rest.data[0] >= '0' && rest.data[0] <= '7') {
        for (used = 0; used < rest.len && used < 3 && rest.data[used] >= '0' && rest.data[used] <= '7'; used++) {
            value = value * 8 + (unsigned)(rest.data[used] - '0');
        }
        *out = (char)(value & 0xff);
        return used;
    }
    size_t end = rest.len > 2 && rest.data[0] == 'u' && rest.data[1] == '{'
                     ? str_find(str_slice(rest, 0, 12), STR("}"), 0)
                     : SIZE_MAX;
    if (end == SIZE_MAX) {
        return 0;
    }
    uint64_t code = read_base(str_slice(rest, 2, end), 16);
    if (code < 0x80) {
        *out = (char)code;
    } else {
        *out = '?';
    }
    return end + 1;
}

static size_t unescape_double(struct str raw, size_t at, char quote, char *out)
{
    static const char from[] = "nrtvef\\$", to[] = "\n\r\t\v\x1b\f\\$";
    struct str rest = str_slice(raw, at + 1, raw.len);
    const char *simple = rest.len != 0 ? memchr(from, rest.data[0], sizeof from - 1) : NULL;
    size_t written;
    if (simple != NULL) {
        *out = to[simple - from];
        return 2;
    }
    if (rest.len != 0 && rest.data[0] == quote) {
        *out = quote;
        return 2;
    }
    size_t used = numeric_escape(rest, out, &written);
    if (used != 0) {
        return used + 1;
    }
    *out = '\\';
    return 1;
}

struct str php_unescape(struct php_heap *heap, struct str raw, char quote)
{
    if (raw.len == 0 || memchr(raw.data, '\\', raw.len) == NULL) {
        return raw;
    }
    char *room = php_heap_work(heap, raw.len / 64) ? php_heap_room(heap, raw.len) : NULL;
    size_t used = 0;
    if (room == NULL) {
        return raw;
    }
    for (size_t at = 0; at < raw.len;) {
        char byte = raw.data[at];
        if (byte != '\\' || at + 1 == raw.len) {
            room[used++] = byte;
            at++;
        } else if (quote == '\'') {
            bool is_escape = raw.data[at + 1] == '\\' || raw.data[at + 1] == '\'';
            room[used++] = is_escape ? raw.data[at + 1] : byte;
            at += is_escape ? 2 : 1;
        } else {
            at += unescape_double(raw, at, quote, &room[used]);
            used++;
        }
    }
    return php_heap_text(heap, used);
}

static char bits_of(char op, char a, char b)
{
    return (char)(op == '^' ? a ^ b : op == '&' ? a & b : a | b);
}

bool php_fold_bits(struct php_heap *heap, char op, const struct php_value *a, const struct php_value *b,
                   struct php_value *ret_value)
{
    bool is_text = a->type == PV_TEXT && (b == NULL || b->type == PV_TEXT);
    double left, right = 0;
    if (!is_text) {
        if (!php_to_number(a, &left) || (b != NULL && !php_to_number(b, &right)) || fabs(left) > 1e15 ||
            fabs(right) > 1e15) {
            return false;
        }
        int64_t x = (int64_t)left, y = (int64_t)right;
        *ret_value = php_number_value((double)(b == NULL ? ~x : op == '^' ? x ^ y : op == '&' ? x & y : x | y));
        return true;
    }
    size_t shorter = b == NULL || a->text.len < b->text.len ? a->text.len : b->text.len;
    size_t longer = b != NULL && b->text.len > a->text.len ? b->text.len : a->text.len;
    size_t length = op == '|' ? longer : shorter;
    char *room = php_heap_work(heap, length / 64 + 1) ? php_heap_room(heap, length) : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char x = i < a->text.len ? a->text.data[i] : '\0', y = b != NULL && i < b->text.len ? b->text.data[i] : '\0';
        room[i] = b == NULL ? (char)~x : bits_of(op, x, y);
    }
    *ret_value = php_text_value(php_heap_text(heap, length));
    return true;
}
