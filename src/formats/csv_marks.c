/* Where cells end; are quotes where they belong? */
#include "formats/csv_marks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/banned.h"

/* Bits of the 64 bytes at `at` that are a carriage return before a line end. The byte behind is looked at too. */
static uint64_t returns(const char *at, struct csv_marks marks, char eol, char behind)
{
    uint64_t mask = 0;
    if (eol == '\n') {
        uint64_t before = marks.ends >> 1 | (uint64_t)(behind == eol) << 63;
        for (; before != 0; before &= before - 1) {
            int i = __builtin_ctzll(before);
            mask |= (uint64_t)(at[i] == '\r') << i;
        }
    }
    return mask;
}

bool csv_marks_tidy(const char *data, size_t len, struct csv_dialect dialect, bool is_ended)
{
    uint64_t inside = 0;
    uint64_t edge = 1;        /* the byte before was a delimiter or a line end */
    uint64_t closed = 0;      /* it was a closing quote */
    uint64_t after_close = 0; /* as `closed`, and it must be followed by what may follow one */
    for (size_t at = 0; at < len; at += 64) {
        struct csv_marks marks = csv_marks_of(data + at, dialect);
        uint64_t valid = len - at < 64 ? (UINT64_C(1) << (len - at)) - 1 : ~UINT64_C(0);
        bool is_last = len - at <= 64;
        char behind = is_last && is_ended ? '\0' : data[at + 64];
        uint64_t quotes = marks.quotes & valid;
        uint64_t within = csv_marks_inside(quotes, &inside);
        uint64_t opening = quotes & within;
        uint64_t closing = quotes & ~within;
        uint64_t edges = (marks.delimiters | marks.ends) & valid & ~within;
        uint64_t may_open = (edges << 1 | edge) | (closing << 1 | closed);
        uint64_t may_follow = edges | quotes | (returns(data + at, marks, dialect.eol, behind) & valid);
        uint64_t followed = closing << 1 | after_close;
        if ((opening & ~may_open) != 0 || (followed & valid & ~may_follow) != 0 || (marks.ends & valid & within) != 0) {
            return false;
        }
        edge = edges >> 63;
        closed = after_close = closing >> 63;
        if (is_last) {
            bool ends_closed = (closing >> ((len - 1) % 64) & 1U) != 0;
            bool ends_open = (within >> ((len - 1) % 64) & 1U) != 0;
            return !ends_open && (!ends_closed || is_ended);
        }
    }
    return true;
}

/* ---- Edges ---- */

/* Bytes behind the end mark nothing. */
static uint64_t up_to(size_t left)
{
    return left < 64 ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0);
}

static void quoted_edges(const char *data, size_t len, struct csv_dialect dialect, uint64_t *edges)
{
    uint64_t inside = 0;
    for (size_t at = 0; at < len; at += 64) {
        struct csv_marks marks = csv_marks_of(data + at, dialect);
        uint64_t within = csv_marks_inside(marks.quotes, &inside);
        *edges++ = (marks.delimiters | marks.ends) & ~within & up_to(len - at);
    }
}

static void plain_edges(const char *data, size_t len, struct csv_dialect dialect, uint64_t *edges)
{
    for (size_t at = 0; at < len; at += 64) {
        *edges++ = csv_marks64(data + at, dialect) & up_to(len - at);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void plain_edges_avx2(const char *data, size_t len, struct csv_dialect dialect,
                                                             uint64_t *edges)
{
    const __m256i delimiter = _mm256_set1_epi8(dialect.delimiter);
    const __m256i eol = _mm256_set1_epi8(dialect.eol);
    for (size_t at = 0; at < len; at += 64) {
        __m256i low, high;
        memcpy(&low, data + at, sizeof(low));
        memcpy(&high, data + at + 32, sizeof(high));
        low = _mm256_or_si256(_mm256_cmpeq_epi8(low, delimiter), _mm256_cmpeq_epi8(low, eol));
        high = _mm256_or_si256(_mm256_cmpeq_epi8(high, delimiter), _mm256_cmpeq_epi8(high, eol));
        uint64_t bits = (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
        *edges++ = bits & up_to(len - at);
    }
}
#endif

void csv_edges(const char *data, size_t len, struct csv_dialect dialect, uint64_t *edges)
{
    if (dialect.has_quotes) {
        quoted_edges(data, len, dialect, edges);
        return;
    }
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        plain_edges_avx2(data, len, dialect, edges);
        return;
    }
#endif
    plain_edges(data, len, dialect, edges);
}
