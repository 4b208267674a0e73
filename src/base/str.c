/* Borrowed bytes: cut, compare, read as numbers, show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wundef"
#include <xxhash.h>
#pragma GCC diagnostic pop

#include "base/str.h"

#include "base/banned.h"

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool str_is_one_of(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(text, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq((struct str){s.data, prefix.len}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

bool str_ends_nocase(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq_nocase(str_slice(s, s.len - suffix.len, s.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

#ifdef __SSE2__
/* Sixteen places at once: where the needle's first and last byte both fit, the rest is compared. Returns where it stands, or SIZE_MAX with
 * *ret_from where looking has to go on byte by byte, less than sixteen bytes and the needle from the end. fold: letters of both cases. */
static size_t find_wide(struct str s, struct str needle, bool fold, size_t *ret_from)
{
    const __m128i bit = _mm_set1_epi8(0x20);
    char first = needle.data[0], last = needle.data[needle.len - 1];
    __m128i fold_first = fold && lower(first) != upper(first) ? bit : _mm_setzero_si128(),
            fold_last = fold && lower(last) != upper(last) ? bit : _mm_setzero_si128();
    __m128i want_first = _mm_or_si128(_mm_set1_epi8(first), fold_first),
            want_last = _mm_or_si128(_mm_set1_epi8(last), fold_last);
    size_t at = *ret_from, behind = needle.len - 1;
    for (; at + behind + 16 <= s.len; at += 16) {
        __m128i begins = _mm_loadu_si128((const __m128i *)(const void *)(s.data + at)),
                ends = _mm_loadu_si128((const __m128i *)(const void *)(s.data + at + behind));
        __m128i fits = _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(begins, fold_first), want_first),
                                     _mm_cmpeq_epi8(_mm_or_si128(ends, fold_last), want_last));
        for (unsigned bits = (unsigned)_mm_movemask_epi8(fits); bits != 0; bits &= bits - 1) {
            size_t place = at + (unsigned)__builtin_ctz(bits);
            struct str here = {s.data + place, needle.len};
            if (fold ? str_eq_nocase(here, needle) : memcmp(here.data, needle.data, needle.len) == 0) {
                return place;
            }
        }
    }
    *ret_from = at;
    return SIZE_MAX;
}
#else
static size_t find_wide(struct str s, struct str needle, bool fold, size_t *ret_from)
{
    (void)s, (void)needle, (void)fold, (void)ret_from;
    return SIZE_MAX;
}
#endif

/* Longer needles are looked for by memmem(), whose work is linear whatever they are. */
enum { NEEDLE_SHORT = 32 };

size_t str_find(struct str s, struct str needle, size_t from)
{
    if (from > s.len || needle.len > s.len - from) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    size_t found = needle.len <= NEEDLE_SHORT ? find_wide(s, needle, false, &from) : SIZE_MAX;
    if (found != SIZE_MAX) {
        return found;
    }
    const char *at = memmem(s.data + from, s.len - from, needle.data, needle.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.data);
}

size_t str_find_nocase(struct str s, struct str needle, size_t from)
{
    if (from > s.len || needle.len > s.len - from) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    size_t found = find_wide(s, needle, true, &from);
    char first = lower(needle.data[0]);
    for (; found == SIZE_MAX && from + needle.len <= s.len; from++) {
        if (lower(s.data[from]) == first && str_eq_nocase((struct str){s.data + from, needle.len}, needle)) {
            found = from;
        }
    }
    return found;
}

char *str_dup(struct str s)
{
    char *copy = malloc(s.len + 1);
    if (copy != NULL) {
        memcpy(copy, s.len != 0 ? s.data : "", s.len);
        copy[s.len] = '\0';
    }
    return copy;
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len) {
        to = s.len;
    }
    if (from >= to) {
        return (struct str){s.data, 0};
    }
    return (struct str){s.data + from, to - from};
}

struct str str_trim(struct str s)
{
    while (s.len != 0 && str_is_space(s.data[0])) {
        s = (struct str){s.data + 1, s.len - 1};
    }
    while (s.len != 0 && str_is_space(s.data[s.len - 1])) {
        s.len--;
    }
    return s;
}

struct str_cut str_cut(struct str s, char separator)
{
    const char *at = s.len == 0 ? NULL : memchr(s.data, separator, s.len);
    if (at == NULL) {
        return (struct str_cut){s, {s.data, 0}, false};
    }
    size_t head = (size_t)(at - s.data);
    return (struct str_cut){{s.data, head}, {at + 1, s.len - head - 1}, true};
}

bool str_u64(struct str s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)(unsigned char)s.data[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value)) {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

bool str_i64(struct str s, int64_t *ret_value)
{
    bool negative = s.len != 0 && s.data[0] == '-';
    uint64_t value;
    if (!str_u64(negative ? str_slice(s, 1, s.len) : s, &value) || value > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool str_double(struct str s, double *ret_value)
{
    char text[64];
    if (s.len == 0 || s.len >= sizeof text) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E')) {
            return false;
        }
        text[i] = c;
    }
    text[s.len] = '\0';
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (*end != '\0' || errno == ERANGE) {
        return false;
    }
    *ret_value = value;
    return true;
}

size_t str_utf8_step(struct str s)
{
    if (s.len == 0) {
        return 0;
    }
    const unsigned char *b = (const unsigned char *)s.data;
    if (b[0] < 0x80) {
        return 1;
    }
    size_t need = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || s.len < need) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((b[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool wrong = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) || (b[0] == 0xf0 && b[1] < 0x90) ||
                 (b[0] == 0xf4 && b[1] > 0x8f);
    return wrong ? 0 : need;
}

bool str_is_utf8(struct str s)
{
    while (s.len != 0) {
        size_t step = str_utf8_step(s);
        if (step == 0) {
            return false;
        }
        s = str_slice(s, step, s.len);
    }
    return true;
}

size_t str_distance(struct str a, struct str b)
{
    enum { MOST = 63 };
    size_t row[MOST + 1];
    if (a.len > MOST || b.len > MOST) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t swap = corner + (a.data[i - 1] != b.data[j - 1]);
            corner = row[j];
            size_t best = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = best < swap ? best : swap;
        }
    }
    return row[b.len];
}

/* Code points that reorder, hide or join text: they change what a person sees, not what is there. */
static bool is_deceptive(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static uint32_t code_point(const unsigned char *b, size_t step)
{
    if (step == 1) {
        return b[0];
    }
    uint32_t value = b[0] & (0xffu >> (step + 1));
    for (size_t i = 1; i < step; i++) {
        value = value << 6 | (b[i] & 0x3fu);
    }
    return value;
}

/* One character of s as text into piece; returns the bytes of s it stands for. */
static size_t escape_step(char piece[16], struct str s)
{
    const unsigned char *b = (const unsigned char *)s.data;
    size_t step = str_utf8_step(s);
    uint32_t c = step != 0 ? code_point(b, step) : 0;
    if (step == 0 || (step == 1 && (c < 0x20 || c == 0x7f))) {
        (void)snprintf(piece, 16, "\\x%02x", b[0]);
        return 1;
    }
    if (is_deceptive(c)) {
        (void)snprintf(piece, 16, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
        return step;
    }
    memcpy(piece, b, step);
    piece[step] = '\0';
    return step;
}

size_t str_escape(char *out, size_t out_bytes, struct str s, size_t max_bytes)
{
    if (out_bytes == 0) {
        return 0;
    }
    size_t room = max_bytes != 0 ? max_bytes : 200;
    if (room > out_bytes - 1) {
        room = out_bytes - 1;
    }
    size_t at = 0;
    while (s.len != 0) {
        char piece[16];
        size_t step = escape_step(piece, s);
        size_t bytes = strlen(piece);
        bool is_last = step == s.len;
        if (at + bytes + (is_last ? 0 : 1) > room) {
            if (at < room) {
                out[at++] = '~';
            }
            break;
        }
        memcpy(out + at, piece, bytes);
        at += bytes;
        s = str_slice(s, step, s.len);
    }
    out[at] = '\0';
    return at;
}

uint64_t str_hash(struct str s)
{
    return XXH3_64bits(s.data != NULL ? s.data : "", s.len);
}
