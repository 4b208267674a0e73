/* Up to 64 bytes looked at together: bit i of a mask is byte i of the cell. Nothing outside the cell is read; the last block
 * overlaps the one before. With SSE2 sixteen bytes a step, elsewhere one. */
#ifndef ASSAY_NORMAL_NORMAL_SCAN_H
#define ASSAY_NORMAL_NORMAL_SCAN_H

#include <string.h>

#include "assay/words.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SCAN_MAX = 64 };

struct scan {
    uint64_t odd; /* up to the space, and from 0x80 on */
    uint64_t space, at, dot, upper;
};

static inline uint64_t scan_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static inline uint64_t scan_half(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

#ifdef __SSE2__
static inline uint64_t scan_bits(__m128i mask)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(mask);
}

static inline struct scan scan_sixteen(__m128i v)
{
    const __m128i upper = _mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - 'A'))); /* A is the smallest, Z the 26th */
    return (struct scan){.odd = scan_bits(_mm_cmplt_epi8(v, _mm_set1_epi8(' ' + 1))),
                         .space = scan_bits(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))),
                         .at = scan_bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('@'))),
                         .dot = scan_bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))),
                         .upper = scan_bits(_mm_cmplt_epi8(upper, _mm_set1_epi8((char)(0x80 + 26))))};
}

static inline void scan_add(struct scan *scan, struct scan more, unsigned place)
{
    scan->odd |= more.odd << place;
    scan->space |= more.space << place;
    scan->at |= more.at << place;
    scan->dot |= more.dot << place;
    scan->upper |= more.upper << place;
}

/* A block whose second half belongs `place` behind the first: 8 and 8 bytes, or 4 and 4. */
static inline uint64_t scan_spread(uint64_t bits, unsigned half, unsigned place)
{
    return (bits & ((UINT64_C(1) << half) - 1)) | (bits >> half & ((UINT64_C(1) << half) - 1)) << place;
}

static inline struct scan scan_halves(__m128i v, unsigned half, unsigned place)
{
    struct scan both = scan_sixteen(v);
    return (struct scan){.odd = scan_spread(both.odd, half, place),
                         .space = scan_spread(both.space, half, place),
                         .at = scan_spread(both.at, half, place),
                         .dot = scan_spread(both.dot, half, place),
                         .upper = scan_spread(both.upper, half, place)};
}

static inline __m128i scan_load(const char *at)
{
    __m128i v;
    memcpy(&v, at, sizeof(v));
    return v;
}

/* s.len from 4 to SCAN_MAX. */
static inline struct scan scan_bytes(struct str s)
{
    unsigned len = (unsigned)s.len;
    if (len < 8) {
        uint64_t halves = scan_half(s.data) | scan_half(s.data + len - 4) << 32;
        return scan_halves(_mm_set_epi64x(0, (long long)halves), 4, len - 4);
    }
    if (len < 16) {
        return scan_halves(_mm_set_epi64x((long long)scan_word(s.data + len - 8), (long long)scan_word(s.data)), 8,
                           len - 8);
    }
    struct scan scan = scan_sixteen(scan_load(s.data));
    for (unsigned i = 16; i + 16 <= len; i += 16) {
        scan_add(&scan, scan_sixteen(scan_load(s.data + i)), i);
    }
    if (len % 16 != 0) {
        scan_add(&scan, scan_sixteen(scan_load(s.data + len - 16)), len - 16);
    }
    return scan;
}

/* Nothing but printable ASCII, and no @. s.len from 16 to SCAN_MAX. */
static inline bool scan_is_plain(struct str s)
{
    const __m128i at = _mm_set1_epi8('@');
    const __m128i printable = _mm_set1_epi8(' ' + 1);
    __m128i v = scan_load(s.data + s.len - 16);
    __m128i bad = _mm_or_si128(_mm_cmpeq_epi8(v, at), _mm_cmplt_epi8(v, printable));
    for (size_t i = 0; i + 16 < s.len; i += 16) {
        v = scan_load(s.data + i);
        bad = _mm_or_si128(bad, _mm_or_si128(_mm_cmpeq_epi8(v, at), _mm_cmplt_epi8(v, printable)));
    }
    return _mm_movemask_epi8(bad) == 0;
}

#else
static inline struct scan scan_bytes(struct str s)
{
    struct scan scan = {0};
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char)s.data[i];
        uint64_t bit = UINT64_C(1) << i;
        scan.odd |= byte <= ' ' || byte >= 0x80 ? bit : 0;
        scan.space |= byte == ' ' ? bit : 0;
        scan.at |= byte == '@' ? bit : 0;
        scan.dot |= byte == '.' ? bit : 0;
        scan.upper |= byte >= 'A' && byte <= 'Z' ? bit : 0;
    }
    return scan;
}

static inline bool scan_is_plain(struct str s)
{
    struct scan scan = scan_bytes(s);
    return (scan.odd | scan.at) == 0;
}
#endif

static inline bool scan_eight_digits(uint64_t word)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    return ((word & high) ^ zeros) == 0 && (((word + UINT64_C(0x0606060606060606)) & high) ^ zeros) == 0;
}

/* Are all bytes digits? Any length but 0. */
static inline bool scan_is_digits(const char *data, size_t len)
{
    if (len >= 8) {
        for (size_t i = 0; i + 8 < len; i += 8) {
            if (!scan_eight_digits(scan_word(data + i))) {
                return false;
            }
        }
        return scan_eight_digits(scan_word(data + len - 8));
    }
    if (len >= 4) {
        return scan_eight_digits(scan_half(data) | scan_half(data + len - 4) << 32);
    }
    for (size_t i = 0; i < len; i++) {
        if (data[i] < '0' || data[i] > '9') {
            return false;
        }
    }
    return true;
}

#endif
