/* Values that can be made without the database: digests of what stands beside them, UUIDs made from a name or a clock, numbers in
 * hex, times that are round, in step, or readable in an id. Looked for in rows of the reference, which has all its columns. */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "match/guessable.h"

#include "base/banned.h"

enum {
    ROWS_LOOKED_AT = 256,
    ROWS_LEAST = 8,    /* below it, what all values have in common may be chance */
    PREFIX_LEAST = 16, /* hex digits of a digest that was cut */
    UUID_DIGITS = 32,
    OBJECT_ID_DIGITS = 24, /* 8 of them seconds */
    LENGTH_MOST = 128
};

static const double bits_least = 40; /* a column with less than this can be tried out */

bool guessable_is_digest(enum normal_class class, struct str bytes)
{
    bool is_hex = class == NORMAL_SECRET;
    for (size_t i = 0; is_hex && i < bytes.len; i++) {
        is_hex = memchr("0123456789abcdef", bytes.data[i], 16) != NULL;
    }
    return is_hex && (bytes.len == 32 || bytes.len == 40 || bytes.len == 64 || bytes.len == 128);
}

bool guessable_is_uuid(enum normal_class class, struct str bytes)
{
    return class == NORMAL_SECRET && bytes.len == UUID_DIGITS && bytes.data[12] >= '1' && bytes.data[12] <= '8' &&
           memchr("89ab", bytes.data[16], 4) != NULL;
}

/* The rows that have a value there, evenly spread; in steps that fall in with no short period of the table's own. */
struct looked {
    const struct set *rows;
    size_t column, count;
    size_t row[ROWS_LOOKED_AT];
};

static struct looked look_at(const struct set *rows, size_t column)
{
    struct looked looked = {.rows = rows, .column = column};
    size_t step = rows->row_count / ROWS_LOOKED_AT + 1;
    while (step > 1 && (step % 2 == 0 || step % 3 == 0 || step % 5 == 0 || step % 7 == 0)) {
        step++;
    }
    for (size_t r = 0; r < rows->row_count && looked.count < ROWS_LOOKED_AT; r += step) {
        if (set_cell(rows, r, column) != 0) {
            looked.row[looked.count++] = r;
        }
    }
    return looked;
}

static struct str text_at(const struct looked *looked, size_t i, enum normal_class *ret_class, struct pack_room *room)
{
    uint32_t value = set_cell(looked->rows, looked->row[i], looked->column);
    *ret_class = set_class(looked->rows, value);
    return set_bytes(looked->rows, value, room);
}

/* ---- Digests of what others know ---- */

/* Is the value a digest of these bytes, whole or cut? */
static bool is_digest_of(struct str value, struct str bytes)
{
    for (enum digest kind = 0; kind < DIGESTS; kind++) {
        char hex[DIGEST_HEX_MAX + 1];
        size_t digits = digest_hex(kind, bytes, hex);
        if (value.len <= digits && memcmp(value.data, hex, value.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_made_from_row(const struct looked *looked, size_t i, struct str value)
{
    const struct set *rows = looked->rows;
    for (size_t c = 0; c < rows->column_count; c++) {
        uint32_t other = set_cell(rows, looked->row[i], c);
        struct pack_room room;
        if (c != looked->column && other != 0 && is_digest_of(value, set_bytes(rows, other, &room))) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct set *rows, size_t column, struct str text)
{
    uint32_t value = set_find(rows, NORMAL_SECRET, text);
    for (size_t r = 0; value != 0 && r < rows->row_count; r++) {
        if (set_cell(rows, r, column) == value) {
            return true;
        }
    }
    return false;
}

/* Some password of these is somebody's wherever there are a few hundred people. */
static bool holds_common_password(const struct set *rows, size_t column)
{
    static const char *const words[] = {"123456", "123456789", "12345678", "12345",     "1234567", "111111",  "123123",
                                        "abc123", "password",  "qwerty",   "password1", "000000",  "iloveyou"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        for (enum digest kind = 0; kind < DIGESTS; kind++) {
            char hex[DIGEST_HEX_MAX + 1];
            (void)digest_hex(kind, str_of(words[i]), hex);
            if (holds(rows, column, str_of(hex))) {
                return true;
            }
        }
    }
    return false;
}

static const char *digest_why(const struct looked *looked)
{
    for (size_t i = 0; i < looked->count; i++) {
        enum normal_class class;
        struct pack_room room;
        struct str value = text_at(looked, i, &class, &room);
        bool may_be = class == NORMAL_SECRET && value.len >= PREFIX_LEAST && value.len <= DIGEST_HEX_MAX;
        if (may_be && is_made_from_row(looked, i, value)) {
            return "digests of another cell of the same row: whoever knows that can make them";
        }
    }
    return holds_common_password(looked->rows, looked->column)
               ? "digests without salt, as the one of a common password shows: the same password gives the same one elsewhere"
               : NULL;
}

/* ---- UUIDs and object ids ---- */

/* The seconds since 1970 that an id begins with: UUIDs of version 1, 6 and 7, object ids. False: none. */
static bool id_seconds(struct str id, int64_t *ret_seconds)
{
    static const uint64_t gregorian = UINT64_C(122192928000000000); /* 100 ns from 1582-10-15 to 1970 */
    uint8_t bytes[16];
    uint64_t head = 0;
    if ((id.len != UUID_DIGITS && id.len != OBJECT_ID_DIGITS) || !hex_decode(bytes, id.len / 2, id)) {
        return false;
    }
    for (int i = 0; i < 8; i++) {
        head = head << 8 | bytes[i];
    }
    if (id.len == OBJECT_ID_DIGITS) {
        *ret_seconds = (int64_t)(head >> 32);
        return true;
    }
    unsigned version = bytes[6] >> 4;
    uint64_t low = head & 0xfff;
    uint64_t ticks = version == 1 ? low << 48 | (head >> 16 & 0xffff) << 32 | head >> 32 : head >> 16 << 12 | low;
    if ((version != 1 && version != 6 && version != 7) || (version != 7 && ticks < gregorian)) {
        return false;
    }
    *ret_seconds = version == 7 ? (int64_t)(head >> 16) / 1000 : (int64_t)((ticks - gregorian) / 10000000);
    return true;
}

static bool is_plausible(int64_t seconds)
{
    return seconds > 946684800 && seconds < 2208988800; /* 2000 to 2040 */
}

/* Bits of the versions that all values have, 0 if one is no UUID. */
static unsigned uuid_versions(const struct looked *looked)
{
    unsigned versions = 0;
    for (size_t i = 0; i < looked->count; i++) {
        enum normal_class class;
        struct pack_room room;
        struct str value = text_at(looked, i, &class, &room);
        if (!guessable_is_uuid(class, value)) {
            return 0;
        }
        versions |= 1U << (value.data[12] - '0');
    }
    return versions;
}

static bool are_object_ids(const struct looked *looked)
{
    for (size_t i = 0; i < looked->count; i++) {
        enum normal_class class;
        struct pack_room room;
        struct str value = text_at(looked, i, &class, &room);
        int64_t seconds;
        if (class != NORMAL_SECRET || value.len != OBJECT_ID_DIGITS || !id_seconds(value, &seconds) ||
            !is_plausible(seconds)) {
            return false;
        }
    }
    return true;
}

/* ---- How much the values differ ---- */

/* Bits of a value, at most: entropies of its places, as a share of what as many random values would show there. */
static double bits_of(const struct looked *looked)
{
    double bits = 0;
    for (size_t place = 0; place < LENGTH_MOST; place++) {
        size_t counts[256] = {0};
        size_t n = 0;
        bool is_hex = true;
        for (size_t i = 0; i < looked->count; i++) {
            enum normal_class class;
            struct pack_room room;
            struct str value = text_at(looked, i, &class, &room);
            if (place < value.len) {
                counts[(unsigned char)value.data[place]]++;
                is_hex = is_hex && memchr("0123456789abcdef", value.data[place], 16) != NULL;
                n++;
            }
        }
        double most = log2(fmin((double)n, is_hex ? 16 : 32));
        double entropy = 0;
        for (size_t c = 0; c < 256 && n > 0; c++) {
            double share = (double)counts[c] / (double)n;
            entropy -= counts[c] == 0 ? 0 : share * log2(share);
        }
        bits += n < ROWS_LEAST ? 0 : fmin(entropy / most, 1) * (is_hex ? 4 : 5);
    }
    return bits;
}

static const char *secret_why(const struct looked *looked, enum column_class *ret_class)
{
    const char *why = digest_why(looked);
    *ret_class = COLUMN_PAIRING;
    if (why != NULL || looked->count == 0) {
        return why;
    }
    unsigned versions = uuid_versions(looked);
    if (versions != 0 && (versions & ~(1U << 3 | 1U << 5)) == 0) {
        return "UUIDs of version 3 or 5: made from a name, so whoever knows the name can make them";
    }
    *ret_class = COLUMN_ISSUED;
    if (versions != 0 && (versions & ~(1U << 1 | 1U << 2 | 1U << 6)) == 0) {
        return "UUIDs made from a clock and a machine's number: who has seen some can guess others";
    }
    if (looked->count >= ROWS_LEAST && are_object_ids(looked)) {
        return "object ids: a time, a machine and a counter, and they name rows";
    }
    return looked->count >= ROWS_LEAST && bits_of(looked) < bits_least
               ? "its values differ in few places: who has seen some can guess others"
               : NULL;
}

/* ---- Times ---- */

/* Can the row's time be read in another of its cells? */
static bool is_told_by_an_id(const struct looked *looked, size_t i, int64_t seconds)
{
    const struct set *rows = looked->rows;
    for (size_t c = 0; c < rows->column_count; c++) {
        uint32_t other = c == looked->column ? 0 : set_cell(rows, looked->row[i], c);
        struct pack_room room;
        int64_t told;
        if (other != 0 && set_class(rows, other) == NORMAL_SECRET && id_seconds(set_bytes(rows, other, &room), &told) &&
            told - seconds <= 1 && seconds - told <= 1) {
            return true;
        }
    }
    return false;
}

static const char *time_why(const struct looked *looked, enum column_class *ret_class)
{
    size_t whole = 0, told = 0, in_step = 0;
    int64_t before = 0, step = 0;
    for (size_t i = 0; i < looked->count; i++) {
        int64_t seconds;
        if (!set_seconds(looked->rows, set_cell(looked->rows, looked->row[i], looked->column), &seconds)) {
            continue;
        }
        whole += seconds % 60 == 0;
        told += is_told_by_an_id(looked, i, seconds);
        in_step += i >= 2 && seconds - before == step;
        step = i == 0 ? 0 : seconds - before;
        before = seconds;
    }
    if (looked->count < ROWS_LEAST) {
        return NULL;
    }
    *ret_class = COLUMN_PAIRING;
    if (whole == looked->count) {
        return "whole minutes: whoever knows the day hits one in 1,440";
    }
    *ret_class = COLUMN_ISSUED;
    if (told * 2 >= looked->count) {
        return "an id of the same row begins with this time: whoever was given the one has the other";
    }
    return in_step + 2 == looked->count ? "its times are in equal steps: who has seen two can tell the others" : NULL;
}

const char *guessable_why(const struct set *rows, size_t column, enum column_class *ret_class)
{
    if (rows == NULL || column >= rows->column_count) {
        return NULL;
    }
    struct looked looked = look_at(rows, column);
    enum normal_class class = rows->columns[column].class;
    return class == NORMAL_SECRET ? secret_why(&looked, ret_class)
           : class == NORMAL_TIME ? time_why(&looked, ret_class)
                                  : NULL;
}
