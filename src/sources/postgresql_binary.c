/* PostgreSQL's values, from bytes to text. */
#include "sources/postgresql_binary.h"

#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { EPOCH_DAYS = 10957 /* 2000-01-01 */, DAY_SECONDS = 86400, UUID_BYTES = 16 };
#define MICROS INT64_C(1000000)

/* Types whose binary form is known: oids of pg_type.dat, which never change. */
char postgresql_binary_kind(struct str oid)
{
    static const struct {
        const char *oid;
        char kind;
    } kinds[] = {
        {"16", 'b'}, /* bool */
        {"19", 't'},   {"25", 't'},   {"114", 't'},
        {"1042", 't'}, {"1043", 't'},                /* name, text, json, char(n), varchar */
        {"20", 'n'},   {"21", 'n'},   {"23", 'n'},   /* int8, int2, int4 */
        {"26", 'o'},                                 /* oid */
        {"1082", 'd'}, {"1114", 's'}, {"1184", 'z'}, /* date, timestamp, timestamptz */
        {"2950", 'u'},                               /* uuid */
        {"3802", 'j'},                               /* jsonb */
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (str_eq(oid, str_of(kinds[i].oid))) {
            return kinds[i].kind;
        }
    }
    return 0;
}

/* ---- Bytes ---- */

static uint64_t unsigned_of(struct str bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        value = value << 8 | (unsigned char)bytes.data[i];
    }
    return value;
}

static int64_t signed_of(struct str bytes)
{
    unsigned unused = 64 - 8 * (unsigned)bytes.len;
    return (int64_t)(unsigned_of(bytes) << unused) >> unused;
}

static bool take(struct str *stream, size_t len, struct str *ret_bytes)
{
    if (stream->len < len) {
        return false;
    }
    *ret_bytes = (struct str){stream->data, len};
    *stream = (struct str){stream->data + len, stream->len - len};
    return true;
}

/* ---- Text ---- */

static void put_byte(char *out, size_t *len, char byte)
{
    out[(*len)++] = byte;
}

/* With leading zeros, if it has fewer digits. */
static void put_number(char *out, size_t *len, uint64_t number, size_t digits)
{
    char reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || count < digits);
    while (count > 0) {
        put_byte(out, len, reversed[--count]);
    }
}

static void put_date(char *out, size_t *len, int64_t days, bool *ret_is_bc)
{
    int64_t year;
    unsigned month, day;
    time_date(days + EPOCH_DAYS, &year, &month, &day);
    *ret_is_bc = year <= 0;
    put_number(out, len, (uint64_t)(year > 0 ? year : 1 - year), 4);
    put_byte(out, len, '-');
    put_number(out, len, month, 2);
    put_byte(out, len, '-');
    put_number(out, len, day, 2);
}

static void put_time(char *out, size_t *len, int64_t micros)
{
    int64_t seconds = micros / MICROS;
    put_number(out, len, (uint64_t)(seconds / 3600), 2);
    put_byte(out, len, ':');
    put_number(out, len, (uint64_t)(seconds / 60 % 60), 2);
    put_byte(out, len, ':');
    put_number(out, len, (uint64_t)(seconds % 60), 2);
    if (micros % MICROS != 0) {
        put_byte(out, len, '.');
        put_number(out, len, (uint64_t)(micros % MICROS), 6);
        while (out[*len - 1] == '0') {
            (*len)--;
        }
    }
}

static void put_words(char *out, size_t *len, const char *words)
{
    while (*words != '\0') {
        put_byte(out, len, *words++);
    }
}

static bool write_date(char *out, size_t *len, struct str bytes)
{
    bool is_bc = false;
    int64_t days = signed_of(bytes);
    if (days == INT32_MAX || days == INT32_MIN) {
        put_words(out, len, days > 0 ? "infinity" : "-infinity");
    } else {
        put_date(out, len, days, &is_bc);
    }
    put_words(out, len, is_bc ? " BC" : "");
    return true;
}

static bool write_instant(char *out, size_t *len, struct str bytes, const char *zone)
{
    bool is_bc;
    int64_t micros = signed_of(bytes);
    if (micros == INT64_MAX || micros == INT64_MIN) {
        put_words(out, len, micros > 0 ? "infinity" : "-infinity");
        return true;
    }
    int64_t of_day = micros % (DAY_SECONDS * MICROS);
    bool is_before = of_day < 0; /* 2000, and not at midnight */
    put_date(out, len, micros / (DAY_SECONDS * MICROS) - is_before, &is_bc);
    of_day += is_before ? DAY_SECONDS * MICROS : 0;
    put_byte(out, len, ' ');
    put_time(out, len, of_day);
    put_words(out, len, zone);
    put_words(out, len, is_bc ? " BC" : "");
    return true;
}

static bool write_number(char *out, size_t *len, struct str bytes)
{
    int64_t number = signed_of(bytes);
    if (number < 0) {
        put_byte(out, len, '-');
    }
    put_number(out, len, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 1);
    return true;
}

static bool write_uuid(char *out, size_t *len, struct str bytes)
{
    char hex[2 * UUID_BYTES + 1];
    hex_encode(hex, (const uint8_t *)bytes.data, UUID_BYTES);
    for (size_t i = 0; i < 2 * UUID_BYTES; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            put_byte(out, len, '-');
        }
        put_byte(out, len, hex[i]);
    }
    return true;
}

/* False: no value of that kind has so many bytes. */
static bool write_value(char kind, char *out, size_t *len, struct str bytes)
{
    switch (kind) {
    case 'b':
        put_byte(out, len, bytes.len == 1 && bytes.data[0] != 0 ? 't' : 'f');
        return bytes.len == 1;
    case 'n':
        return (bytes.len == 2 || bytes.len == 4 || bytes.len == 8) && write_number(out, len, bytes);
    case 'o':
        put_number(out, len, bytes.len == 4 ? unsigned_of(bytes) : 0, 1);
        return bytes.len == 4;
    case 'd':
        return bytes.len == 4 && write_date(out, len, bytes);
    case 's':
        return bytes.len == 8 && write_instant(out, len, bytes, "");
    case 'z':
        return bytes.len == 8 && write_instant(out, len, bytes, "+00");
    case 'u':
        return bytes.len == UUID_BYTES && write_uuid(out, len, bytes);
    default:
        return false;
    }
}

/* ---- Rows ---- */

bool postgresql_binary_begin(struct str *stream)
{
    static const char signature[] = "PGCOPY\n\377\r\n";
    struct str bytes;
    if (!take(stream, sizeof(signature), &bytes) || memcmp(bytes.data, signature, sizeof(signature)) != 0) {
        return false; /* its NUL belongs to it */
    }
    if (!take(stream, 4, &bytes) || unsigned_of(bytes) >> 16 != 0 || !take(stream, 4, &bytes)) {
        return false; /* flags that one must know of */
    }
    return take(stream, (size_t)unsigned_of(bytes), &bytes);
}

static bool take_cell(struct str *stream, char kind, struct str *cell, char *room)
{
    struct str bytes;
    if (!take(stream, 4, &bytes)) {
        return false;
    }
    int64_t len = signed_of(bytes);
    if (len == -1) {
        *cell = (struct str){NULL, 0};
        return true;
    }
    if (len < 0 || !take(stream, (size_t)len, &bytes)) {
        return false;
    }
    if (kind == 't') {
        *cell = bytes;
        return true;
    }
    if (kind == 'j') { /* a version, then its text */
        *cell = str_slice(bytes, 1, bytes.len);
        return bytes.len > 1 && bytes.data[0] == 1;
    }
    *cell = (struct str){room, 0};
    return write_value(kind, room, &cell->len, bytes);
}

enum postgresql_row postgresql_binary_row(struct str *stream, const char *kinds, struct str *cells, char *room)
{
    struct str bytes;
    size_t columns = strlen(kinds);
    if (!take(stream, 2, &bytes)) {
        return POSTGRESQL_ROW_BROKEN;
    }
    if (signed_of(bytes) == -1) {
        return stream->len == 0 ? POSTGRESQL_ROWS_END : POSTGRESQL_ROW_BROKEN;
    }
    bool is_good = unsigned_of(bytes) == columns;
    for (size_t i = 0; i < columns && is_good; i++) {
        is_good = take_cell(stream, kinds[i], &cells[i], room + i * POSTGRESQL_WRITTEN_MAX);
    }
    return is_good ? POSTGRESQL_ROW : POSTGRESQL_ROW_BROKEN;
}
