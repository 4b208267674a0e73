/* What stands between quotes, unescaped: each system has escapes of its own. */
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/sql_inside.h"

#include "base/banned.h"

bool sql_number(const char *at, const char *end, size_t digits, unsigned base, uint32_t *ret_number)
{
    uint32_t number = 0;
    if ((size_t)(end - at) < digits || digits == 0 || digits > 8) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        char byte = at[i];
        unsigned digit = byte >= '0' && byte <= '9' ? (unsigned)(byte - '0')
                         : sql_is_letter(byte)      ? (unsigned)((byte | 0x20) - 'a') + 10
                                                    : base;
        if (digit >= base) {
            return false;
        }
        number = number * base + digit;
    }
    *ret_number = number;
    return true;
}

/* As MySQL's manual has it: \% and \_ stay as they are; any other unknown one is the byte itself. */
static char *mysql_escape(char *out, const char **at)
{
    static const char from[] = "nrtb0Z";
    static const char to[] = "\n\r\t\b\0\x1a";
    char byte = *(*at)++;
    const char *known = memchr(from, byte, sizeof(from) - 1);
    if (byte == '%' || byte == '_') {
        *out++ = '\\';
    }
    *out++ = known != NULL ? to[known - from] : byte;
    return out;
}

const char *sql_code_escape(const char *at, const char *end, char *ret_byte)
{
    const char *digit = *at == 'x' ? at + 1 : at;
    unsigned base = *at == 'x' ? 16 : 8;
    uint32_t value = 0, next;
    int count = 0;
    while (count < (base == 16 ? 2 : 3) && sql_number(digit, end, 1, base, &next)) {
        value = value * base + next;
        digit++;
        count++;
    }
    if (count > 0) {
        *ret_byte = (char)(value & 0xff);
    }
    return count > 0 ? digit : NULL;
}

/* E'..': \b \f \n \r \t, \101, \x41, \u0041, \U00000041; any other is the byte itself. A half of a surrogate pair waits for
 * the other. */
static char *postgresql_escape(char *out, const char **at, const char *end)
{
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    uint32_t number;
    char byte = **at;
    size_t digits = byte == 'u' ? 4 : byte == 'U' ? 8 : 0;
    if (digits > 0 && sql_number(*at + 1, end, digits, 16, &number) && number < 0x110000) {
        *at += 1 + digits;
        uint32_t low;
        if (number >= 0xd800 && number < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
            sql_number(*at + 2, end, 4, 16, &low) && low >= 0xdc00 && low < 0xe000) {
            number = 0x10000 + ((number - 0xd800) << 10) + (low - 0xdc00);
            *at += 6;
        }
        return out + encoding_put(out, number);
    }
    const char *behind = sql_code_escape(*at, end, out);
    if (behind != NULL) {
        *at = behind;
        return out + 1;
    }
    const char *known = memchr(from, byte, sizeof(from) - 1);
    *out++ = known != NULL ? to[known - from] : byte;
    (*at)++;
    return out;
}

char *sql_unescape(char *out, const char *from, const char *to, char quote, enum sql_escapes escapes)
{
    char other = escapes == SQL_DOUBLED ? quote : '\\';
    while (from < to) {
        const char *mark = sql_find2((char *)(uintptr_t)from, (char *)(uintptr_t)to, quote, other);
        size_t plain = (size_t)(mark - from);
        memmove(out, from, plain);
        out += plain;
        from = mark;
        if (from == to) {
            break;
        }
        if (*from == quote) {
            *out++ = quote;
            from += from + 1 < to && from[1] == quote ? 2 : 1;
            continue;
        }
        from++;
        if (from == to) {
            *out++ = '\\';
        } else {
            out = escapes == SQL_MYSQL ? mysql_escape(out, &from) : postgresql_escape(out, &from, to);
        }
    }
    return out;
}

void sql_lower_hex(char *at, size_t len)
{
    const uint64_t bits = UINT64_C(0x2020202020202020); /* the digits have that bit anyway */
    size_t done = 0;
    for (; len - done >= 8; done += 8) {
        uint64_t word;
        memcpy(&word, at + done, 8);
        word |= bits;
        memcpy(at + done, &word, 8);
    }
    for (; done < len; done++) {
        at[done] = (char)(at[done] | 0x20);
    }
}

char *sql_behind_q(char *quote, char *end)
{
    static const char opens[] = "[{(<";
    static const char closes[] = "]})>";
    if (end - quote < 2) {
        return NULL;
    }
    const char *pair = memchr(opens, quote[1], 4);
    char close[2] = {pair != NULL ? closes[pair - opens] : quote[1], '\''};
    char *found = memmem(quote + 2, (size_t)(end - quote) - 2, close, 2);
    return found == NULL ? NULL : found + 2;
}

/* ---- Oracle's dates ---- */

struct moment {
    uint32_t year, month, day, hour, minute, second;
    struct str fraction, zone;
    bool has_date, has_time, is_pm, is_twelve;
};

static uint32_t month_of(struct str text)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (uint32_t i = 0; i < 12; i++) {
        if (str_eq_nocase(str_slice(text, 0, 3), (struct str){names + (size_t)i * 3, 3})) {
            return i + 1;
        }
    }
    return 0;
}

static bool take_number(struct str *text, size_t most, uint32_t *ret_number)
{
    size_t digits = 0;
    while (digits < most && digits < text->len && text->data[digits] >= '0' && text->data[digits] <= '9') {
        digits++;
    }
    bool good = sql_number(text->data, text->data + text->len, digits, 10, ret_number);
    *text = str_slice(*text, digits, text->len);
    return good;
}

/* One element of the model; 0: it is none, and stands for itself. */
enum element {
    E_NONE,
    E_YEAR4,
    E_YEAR2,
    E_MONTH,
    E_MONTH_NAME,
    E_DAY,
    E_HOUR24,
    E_HOUR12,
    E_MINUTE,
    E_SECOND,
    E_FRACTION,
    E_HALF,
    E_ZONE
};

static enum element next_element(struct str *format)
{
    static const struct {
        struct str text;
        enum element is;
    } elements[] = {{STR_INIT("yyyy"), E_YEAR4},  {STR_INIT("rrrr"), E_YEAR4},       {STR_INIT("yy"), E_YEAR2},
                    {STR_INIT("rr"), E_YEAR2},    {STR_INIT("month"), E_MONTH_NAME}, {STR_INIT("mon"), E_MONTH_NAME},
                    {STR_INIT("mm"), E_MONTH},    {STR_INIT("dd"), E_DAY},           {STR_INIT("hh24"), E_HOUR24},
                    {STR_INIT("hh12"), E_HOUR12}, {STR_INIT("hh"), E_HOUR12},        {STR_INIT("mi"), E_MINUTE},
                    {STR_INIT("ss"), E_SECOND},   {STR_INIT("xff"), E_FRACTION},     {STR_INIT("ff"), E_FRACTION},
                    {STR_INIT("am"), E_HALF},     {STR_INIT("pm"), E_HALF},          {STR_INIT("a.m."), E_HALF},
                    {STR_INIT("p.m."), E_HALF},   {STR_INIT("tzh:tzm"), E_ZONE},     {STR_INIT("tzr"), E_ZONE}};
    for (size_t i = 0; format->len > 0 && i < sizeof(elements) / sizeof(*elements); i++) {
        struct str text = elements[i].text;
        if ((format->data[0] | 0x20) == text.data[0] && str_eq_nocase(str_slice(*format, 0, text.len), text)) {
            *format = str_slice(*format, text.len, format->len);
            return elements[i].is;
        }
    }
    return E_NONE;
}

static bool take_year(struct str *text, struct moment *m, bool is_short)
{
    size_t before = text->len;
    m->has_date = true;
    if (!take_number(text, is_short ? 2 : 4, &m->year)) {
        return false;
    }
    m->year += before - text->len > 2 ? 0 : m->year < 50 ? 2000 : 1900; /* RR of Oracle */
    return true;
}

static bool take_month_name(struct str *text, struct moment *m)
{
    size_t letters = 0;
    while (letters < text->len && sql_is_letter(text->data[letters])) {
        letters++;
    }
    m->month = month_of(str_slice(*text, 0, letters));
    *text = str_slice(*text, letters, text->len);
    return m->month > 0;
}

static bool take_element(enum element element, struct str *text, struct str *format, struct moment *m)
{
    size_t digits = 0;
    m->has_time = m->has_time || (element >= E_HOUR24 && element <= E_FRACTION);
    switch (element) {
    case E_NONE:
        *format = str_slice(*format, 1, format->len);
        *text = text->len > 0 && !sql_is_word_byte(text->data[0]) ? str_slice(*text, 1, text->len) : *text;
        return true;
    case E_YEAR4:
    case E_YEAR2:
        return take_year(text, m, element == E_YEAR2);
    case E_MONTH:
        return take_number(text, 2, &m->month);
    case E_MONTH_NAME:
        return take_month_name(text, m);
    case E_DAY:
        return take_number(text, 2, &m->day);
    case E_HOUR12:
        m->is_twelve = true;
        return take_number(text, 2, &m->hour);
    case E_HOUR24:
        return take_number(text, 2, &m->hour);
    case E_MINUTE:
        return take_number(text, 2, &m->minute);
    case E_SECOND:
        return take_number(text, 2, &m->second);
    case E_FRACTION:
        *text = text->len > 0 && text->data[0] == '.' ? str_slice(*text, 1, text->len) : *text;
        while (digits < text->len && digits < 9 && text->data[digits] >= '0' && text->data[digits] <= '9') {
            digits++;
        }
        m->fraction = str_slice(*text, 0, digits);
        *text = str_slice(*text, digits, text->len);
        if (format->len > 0 && format->data[0] >= '1' && format->data[0] <= '9') {
            *format = str_slice(*format, 1, format->len);
        }
        return true;
    case E_HALF:
        m->is_pm = text->len > 0 && (text->data[0] | 0x20) == 'p';
        *text = str_slice(*text, text->len > 1 && text->data[1] == '.' ? 4 : 2, text->len);
        return true;
    case E_ZONE:
        m->zone = *text;
        *text = str_slice(*text, text->len, text->len);
        return m->zone.len <= 6;
    }
    return false;
}

size_t sql_oracle_date(struct str text, struct str format, char *out)
{
    struct moment m = {.month = 1, .day = 1};
    while (format.len > 0 && text.len > 0) {
        if (!take_element(next_element(&format), &text, &format, &m)) {
            return 0;
        }
    }
    if (!m.has_date || text.len > 0 || m.month < 1 || m.month > 12 || m.day < 1 || m.day > 31 || m.hour > 23 ||
        m.minute > 59 || m.second > 60) {
        return 0;
    }
    if (m.is_twelve) {
        m.hour = m.hour % 12 + (m.is_pm ? 12 : 0);
    }
    static const char shape[] = "0000-00-00 00:00:00";
    size_t len = m.has_time ? 19 : 10;
    memcpy(out, shape, len);
    const uint32_t numbers[] = {m.year, m.month, m.day, m.hour, m.minute, m.second};
    static const unsigned char ends[] = {3, 6, 9, 12, 15, 18};
    for (size_t i = 0; i < sizeof(ends) && ends[i] < len; i++) {
        uint32_t left = numbers[i];
        for (size_t at = ends[i]; left > 0; left /= 10) {
            out[at--] = (char)('0' + left % 10);
        }
    }
    if (m.has_time && m.fraction.len > 0) {
        out[len++] = '.';
        memcpy(out + len, m.fraction.data, m.fraction.len);
        len += m.fraction.len;
    }
    if (m.zone.len > 0 && len + m.zone.len <= 32) {
        memcpy(out + len, m.zone.data, m.zone.len);
        len += m.zone.len;
    }
    return len;
}
