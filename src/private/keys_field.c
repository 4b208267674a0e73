/* One cell in the spelling of its kind. */
#include "base/str.h"
#include "base/time.h"
#include "normal/normal_parts.h"
#include "private/keys.h"

#include "base/banned.h"

static void put_i64(struct buf *out, int64_t value)
{
    uint8_t bytes[8];
    suite_put_u64(bytes, (uint64_t)value);
    buf_put(out, (struct str){(const char *)bytes, sizeof bytes});
}

static bool put_email(struct normalizer *normalizer, struct str cell, struct buf *out, enum key_reject *ret_reason)
{
    struct normal normal;
    normal_value(normalizer, cell, &normal);
    *ret_reason = KEY_MALFORMED;
    if (normal.class != NORMAL_EMAIL || normal.bytes.len < 3 || normal.bytes.len > 320) {
        return false;
    }
    buf_put(out, normal.bytes);
    return true;
}

/* E.164: the country that the cell says, else the column's (0: none was given). Digits alone are read as a phone's, too. */
static bool put_phone(struct normalizer *normalizer, struct str cell, unsigned of_column, struct buf *out,
                      enum key_reject *ret_reason)
{
    struct normal normal;
    uint64_t ignored;
    normal_value(normalizer, cell, &normal);
    unsigned country = normal.country;
    struct str national = normal.bytes;
    bool is_phone = normal.class == NORMAL_PHONE;
    if (normal.class == NORMAL_NUMBER && cell.len >= 8 && cell.len <= 15 && str_u64(cell, &ignored)) {
        is_phone = true;
        national = normal_phone_key(cell, (struct phone_shape){.first_group = cell.len}, &country);
    }
    country = country != 0 ? country : of_column;
    *ret_reason = is_phone || normal.class == NORMAL_NUMBER ? KEY_NO_COUNTRY : KEY_MALFORMED;
    if (!is_phone || country == 0) {
        return false;
    }
    buf_printf(out, "+%u", country);
    buf_put(out, national);
    return true;
}

/* What stands behind the seconds of a written instant: up to six digits, as microseconds. */
static int64_t fraction_of(struct str cell)
{
    size_t clock = str_find(cell, STR(":"), 0);
    size_t point = clock == SIZE_MAX ? SIZE_MAX : str_find(cell, STR("."), clock);
    int64_t value = 0, unit = 100000;
    for (size_t i = point == SIZE_MAX ? cell.len : point + 1; i < cell.len && unit != 0; i++) {
        if (cell.data[i] < '0' || cell.data[i] > '9') {
            break;
        }
        value += unit * (cell.data[i] - '0');
        unit /= 10;
    }
    return value;
}

/* A number of seconds, milli-, micro- or nanoseconds since 1970, or of seconds with a fraction. */
static int64_t fraction_of_number(struct str number)
{
    struct str_cut parts = str_cut(number, '.');
    static const size_t lengths[] = {13, 16, 19};
    struct str digits = parts.found ? parts.tail : STR("");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths && !parts.found; i++) {
        if (number.len == lengths[i]) {
            digits = str_slice(number, number.len - 3 * (i + 1), number.len);
        }
    }
    int64_t value = 0, unit = 100000;
    for (size_t i = 0; i < digits.len && unit != 0; i++, unit /= 10) {
        value += unit * (digits.data[i] - '0');
    }
    return value;
}

static bool put_instant(struct normalizer *normalizer, struct str cell, bool is_micro, struct buf *out,
                        enum key_reject *ret_reason)
{
    struct normal normal;
    int64_t seconds, micro;
    normal_value(normalizer, cell, &normal);
    *ret_reason = KEY_MALFORMED;
    if (normal_is_instant(normal.class)) {
        seconds = normal.seconds;
        micro = fraction_of(cell);
    } else if ((normal.class == NORMAL_NUMBER || normal.class == NORMAL_DECIMAL) &&
               normal_number_as_time(normal.bytes, &seconds)) {
        micro = fraction_of_number(normal.bytes);
    } else {
        return false;
    }
    put_i64(out, is_micro ? seconds * 1000000 + micro : seconds);
    return true;
}

/* Bytes as stored; hex in lower case. */
static bool put_hash(struct str cell, struct buf *out, enum key_reject *ret_reason)
{
    *ret_reason = KEY_MISSING;
    bool is_hex = cell.len > 0;
    for (size_t i = 0; i < cell.len; i++) {
        is_hex = is_hex && str_hex_digit(cell.data[i]) >= 0;
    }
    for (size_t i = 0; i < cell.len; i++) {
        char c = cell.data[i];
        buf_putc(out, is_hex && c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c);
    }
    return cell.len != 0;
}

static bool put_integer(struct str cell, struct buf *out, enum key_reject *ret_reason)
{
    *ret_reason = KEY_MALFORMED;
    bool is_negative = cell.len > 1 && cell.data[0] == '-';
    struct str digits =
        cell.len > 1 && (cell.data[0] == '-' || cell.data[0] == '+') ? str_slice(cell, 1, cell.len) : cell;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return false;
        }
    }
    digits = normal_strip_zeros(digits);
    if (is_negative && !str_eq(digits, STR("0"))) {
        buf_putc(out, '-');
    }
    buf_put(out, digits);
    return digits.len != 0;
}

static bool put_uuid(struct normalizer *normalizer, struct str cell, struct buf *out, enum key_reject *ret_reason)
{
    struct str hex;
    uint8_t bytes[16];
    *ret_reason = KEY_MALFORMED;
    if (!normal_take_digest(&normalizer->scratch, cell, false, &hex) || hex.len != 2 * sizeof bytes ||
        !hex_decode(bytes, sizeof bytes, hex)) {
        return false;
    }
    buf_put(out, (struct str){(const char *)bytes, sizeof bytes});
    return true;
}

static bool put_text(struct normalizer *normalizer, struct str cell, struct buf *out, enum key_reject *ret_reason)
{
    bool has_high = false;
    for (size_t i = 0; i < cell.len; i++) {
        has_high = has_high || (unsigned char)cell.data[i] >= 0x80;
    }
    struct str folded = normal_fold(&normalizer->scratch, cell, has_high);
    *ret_reason = KEY_MISSING;
    buf_put(out, folded);
    return folded.len != 0;
}

bool key_field(struct normalizer *normalizer, struct key_spelling spelling, struct str cell, struct buf *out,
               enum key_reject *ret_reason)
{
    uint8_t kind = spelling.kind;
    struct str trimmed = str_trim(cell);
    if (kind != KEY_OPAQUE && trimmed.len == 0) {
        *ret_reason = KEY_MISSING;
        return false;
    }
    if ((kind == KEY_EMAIL || kind == KEY_TEXT) && !normal_is_assigned(trimmed)) {
        *ret_reason = KEY_UNASSIGNED;
        return false;
    }
    switch (kind) {
    case KEY_EMAIL:
        return put_email(normalizer, trimmed, out, ret_reason);
    case KEY_PHONE:
        return put_phone(normalizer, trimmed, spelling.country, out, ret_reason);
    case KEY_SECONDS:
    case KEY_MICROSECONDS:
        return put_instant(normalizer, trimmed, kind == KEY_MICROSECONDS, out, ret_reason);
    case KEY_HASH:
        return put_hash(trimmed, out, ret_reason);
    case KEY_INTEGER:
        return put_integer(trimmed, out, ret_reason);
    case KEY_UUID:
        return put_uuid(normalizer, trimmed, out, ret_reason);
    case KEY_TEXT:
        return put_text(normalizer, trimmed, out, ret_reason);
    default:
        *ret_reason = KEY_MISSING;
        buf_put(out, cell);
        return cell.len != 0;
    }
}
