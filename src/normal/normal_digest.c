/* The same digest as hex, upper-case hex, 0x hex or base64; the same UUID with and without dashes and braces. */
#include "base/str.h"
#include "normal/normal_parts.h"

#include "base/banned.h"

static bool is_hex(struct str s, bool *ret_has_upper)
{
    for (size_t i = 0; i < s.len; i++) {
        if (str_hex_digit(s.data[i]) < 0) {
            return false;
        }
        *ret_has_upper = *ret_has_upper || (s.data[i] >= 'A' && s.data[i] <= 'F');
    }
    return true;
}

/* 8-4-4-4-12 hex digits into scratch, without the dashes. */
static bool take_uuid(struct buf *scratch, struct str s, struct str *ret_hex)
{
    char *out = buf_room(scratch, 36);
    size_t count = 0;
    for (size_t i = 0; out != NULL && i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.data[i] != '-' : str_hex_digit(s.data[i]) < 0) {
            return false;
        }
        if (!dash) {
            out[count++] = (char)(s.data[i] >= 'A' && s.data[i] <= 'F' ? s.data[i] | 0x20 : s.data[i]);
        }
    }
    *ret_hex = (struct str){out, count};
    return out != NULL;
}

static int base64_value(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Base64 (RFC 4648) of 16, 20, 32, 48 or 64 bytes, as hex. Bits behind the last byte must be 0, so that no two texts are
 * one digest. */
static bool take_base64(struct buf *scratch, struct str s, struct str *ret_hex)
{
    static const char digits[] = "0123456789abcdef";
    size_t padding = s.data[s.len - 1] != '=' ? 0 : s.data[s.len - 2] != '=' ? 1 : 2;
    size_t bytes = s.len / 4 * 3 - padding;
    bool is_digest = s.len % 4 == 0 && (bytes == 16 || bytes == 20 || bytes == 32 || bytes == 48 || bytes == 64);
    char *out = is_digest ? buf_room(scratch, 2 * bytes + 8) : NULL;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0;
    for (size_t i = 0; out != NULL && i < s.len - padding; i++) {
        int value = base64_value(s.data[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        for (; held >= 4 && count < 2 * bytes; held -= 4) {
            out[count++] = digits[bits >> (held - 4) & 15];
        }
    }
    *ret_hex = (struct str){out, count};
    return out != NULL && (bits & ((1U << held) - 1)) == 0;
}

bool normal_take_digest(struct buf *scratch, struct str s, bool is_random, struct str *ret_hex)
{
    buf_reset(scratch);
    if (s.len > 9 && str_eq_nocase(str_slice(s, 0, 9), STR("urn:uuid:"))) {
        s = str_slice(s, 9, s.len);
    }
    if (s.len > 2 && s.data[0] == '{' && s.data[s.len - 1] == '}') {
        s = str_slice(s, 1, s.len - 1);
        if (s.len != 36 && s.len != 32) {
            return false;
        }
    }
    if (s.len == 36 && s.data[8] == '-') {
        return take_uuid(scratch, s, ret_hex);
    }
    bool prefixed = s.len > 2 && (s.data[0] == '0' || s.data[0] == '\\') && (s.data[1] | 0x20) == 'x';
    struct str digits = prefixed ? str_slice(s, 2, s.len) : s;
    bool has_upper = false;
    if (digits.len >= 16 && digits.len % 2 == 0 && is_hex(digits, &has_upper)) {
        *ret_hex = digits;
        char *out = has_upper ? buf_room(scratch, digits.len) : NULL;
        for (size_t i = 0; out != NULL && i < digits.len; i++) {
            out[i] = (char)(digits.data[i] > '9' ? digits.data[i] | 0x20 : digits.data[i]);
        }
        *ret_hex = out != NULL ? (struct str){out, digits.len} : digits;
        return true;
    }
    return s.len >= 24 && (is_random || s.data[s.len - 1] == '=') && take_base64(scratch, s, ret_hex);
}
