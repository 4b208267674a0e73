/* Where the line ends and quotes of 64 bytes are, as two bit masks: bit i is byte i. SSE2 is part of every
 * x86-64; AVX2 and AVX-512 are chosen at run time by whoever compiles its loop for each; elsewhere eight bytes at a time. */
#ifndef ASSAY_FORMATS_MARKS_H
#define ASSAY_FORMATS_MARKS_H

#include "assay/words.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { MARKS_BYTES = 64 };

struct marks {
    uint64_t ends, quotes;
};

#ifdef __x86_64__
static inline __attribute__((always_inline)) struct marks marks_sse2(const char *at)
{
    const __m128i end = _mm_set1_epi8('\n'), quote = _mm_set1_epi8('"');
    struct marks marks = {0, 0};
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i * 16));
        marks.ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, end)) << (i * 16);
        marks.quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote)) << (i * 16);
    }
    return marks;
}

__attribute__((target("avx2"))) static inline struct marks marks_avx2(const char *at)
{
    const __m256i end = _mm256_set1_epi8('\n'), quote = _mm256_set1_epi8('"');
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    return (struct marks){
        .ends = (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, end)) |
                (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, end)) << 32,
        .quotes = (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, quote)) |
                  (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, quote)) << 32,
    };
}

__attribute__((target("avx512f,avx512bw"))) static inline struct marks marks_avx512(const char *at)
{
    __m512i bytes = _mm512_loadu_si512((const void *)at);
    return (struct marks){.ends = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n')),
                          .quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'))};
}
#endif

/* High bit of every byte of `word` that is zero; exact, no borrow into the next byte. */
static inline uint64_t marks_zero_bytes(uint64_t word)
{
    const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ~(((word & low7) + low7) | word | low7);
}

/* Little-endian byte order or not: the loop gathers bit i from byte i by address. */
static inline struct marks marks_plain(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    struct marks marks = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word;
        memcpy(&word, at + i * 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        uint64_t ends = marks_zero_bytes(word ^ ones * '\n') >> 7;
        uint64_t quotes = marks_zero_bytes(word ^ ones * '"') >> 7;
        /* eight spread bits to one byte: the classic multiply gathers them at the top */
        marks.ends |= (ends * UINT64_C(0x0102040810204080) >> 56) << (i * 8);
        marks.quotes |= (quotes * UINT64_C(0x0102040810204080) >> 56) << (i * 8);
    }
    return marks;
}

static inline __attribute__((always_inline)) struct marks marks_here(const char *at)
{
#ifdef __x86_64__
    return marks_sse2(at);
#else
    return marks_plain(at);
#endif
}

#endif
