/* The bytes of CSV that matter, 64 at a time, each kind as a bit mask: bit i is byte i. */
#ifndef ASSAY_FORMATS_CSV_MARKS_H
#define ASSAY_FORMATS_CSV_MARKS_H

#include "formats/csv_row.h"

struct csv_marks {
    uint64_t delimiters, ends, quotes;
};

#if defined(__SSE2__)
static inline struct csv_marks csv_marks_of(const char *at, struct csv_dialect d)
{
    const __m128i delimiter = _mm_set1_epi8(d.delimiter);
    const __m128i eol = _mm_set1_epi8(d.eol);
    const __m128i quote = _mm_set1_epi8('"');
    struct csv_marks marks = {0, 0, 0};
    for (int i = 0; i < 4; i++) {
        __m128i block;
        memcpy(&block, at + (ptrdiff_t)i * 16, sizeof(block));
        marks.delimiters |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, delimiter)) << (i * 16);
        marks.ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, eol)) << (i * 16);
        marks.quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, quote)) << (i * 16);
    }
    return marks;
}
#else
static inline struct csv_marks csv_marks_of(const char *at, struct csv_dialect d)
{
    struct csv_marks marks = {0, 0, 0};
    for (int i = 0; i < 64; i++) {
        marks.delimiters |= (uint64_t)(at[i] == d.delimiter) << i;
        marks.ends |= (uint64_t)(at[i] == d.eol) << i;
        marks.quotes |= (uint64_t)(at[i] == '"') << i;
    }
    return marks;
}
#endif

/* Bytes from an opening quote up to the one before its closing quote: the sum, bit by bit, of all quotes so far. *inside:
 * all ones if the bytes before ended between quotes; the same for the next 64. */
static inline uint64_t csv_marks_inside(uint64_t quotes, uint64_t *inside)
{
    uint64_t sum = quotes;
    for (unsigned step = 1; step < 64; step *= 2) {
        sum ^= sum << step;
    }
    sum ^= *inside;
    *inside = (uint64_t)((int64_t)sum >> 63);
    return sum;
}

/* Where cells end, per 64 bytes: a delimiter or a line end that is not between quotes. Looks for quotes if the dialect has them. 64
 * bytes behind may be read; edges: len / 64 + 1. */
void csv_edges(const char *data, size_t len, struct csv_dialect dialect, uint64_t *edges);

/* Does every quote open a cell at its beginning, close one at its end, or stand doubled in one, and is no line end between
 * quotes? Then a line end is a row's end. is_ended: nothing follows. 64 bytes behind may be read. */
bool csv_marks_tidy(const char *data, size_t len, struct csv_dialect dialect, bool is_ended);

#endif
