/* One row of CSV: where its cells are. The bytes that matter (delimiter, quote, line end) are found 64 at a time as bits
 * of a mask; a row costs one step per such byte. 64 bytes behind the end may be read (window.h). */
#ifndef ASSAY_FORMATS_CSV_ROW_H
#define ASSAY_FORMATS_CSV_ROW_H

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "formats/table.h"

struct csv_dialect {
    char delimiter, eol;
    bool has_quotes;
};

/* Positions of interest from `base` on, 64 at a time. */
struct csv_scan {
    const char *base, *end;
    uint64_t bits;
    struct csv_dialect dialect;
};

#if defined(__SSE2__)
static inline uint64_t csv_marks64(const char *at, struct csv_dialect d)
{
    const __m128i delimiter = _mm_set1_epi8(d.delimiter);
    const __m128i eol = _mm_set1_epi8(d.eol);
    const __m128i quote = _mm_set1_epi8(d.has_quotes ? '"' : d.eol);
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++) {
        __m128i block;
        memcpy(&block, at + (ptrdiff_t)i * 16, sizeof(block));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, delimiter),
                                   _mm_or_si128(_mm_cmpeq_epi8(block, eol), _mm_cmpeq_epi8(block, quote)));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (i * 16);
    }
    return mask;
}
#else
static inline uint64_t csv_marks64(const char *at, struct csv_dialect d)
{
    uint64_t mask = 0;
    for (int i = 0; i < 64; i++) {
        bool hit = at[i] == d.delimiter || at[i] == d.eol || (d.has_quotes && at[i] == '"');
        mask |= (uint64_t)hit << i;
    }
    return mask;
}
#endif

static inline void csv_scan_load(struct csv_scan *scan)
{
    scan->bits = csv_marks64(scan->base, scan->dialect);
    ptrdiff_t left = scan->end - scan->base;
    if (left < 64) {
        scan->bits &= (UINT64_C(1) << left) - 1;
    }
}

static inline void csv_scan_begin(struct csv_scan *scan, const char *at, const char *end)
{
    scan->base = at;
    scan->end = end;
    scan->bits = 0;
    if (at < end) {
        csv_scan_load(scan);
    }
}

/* The next byte that matters, or NULL. */
static inline const char *csv_scan_next(struct csv_scan *scan)
{
    while (scan->bits == 0) {
        if (scan->end - scan->base <= 64) {
            return NULL;
        }
        scan->base += 64;
        csv_scan_load(scan);
    }
    const char *at = scan->base + __builtin_ctzll(scan->bits);
    scan->bits &= scan->bits - 1;
    return at;
}

enum csv_outcome { CSV_ROW_GOOD, CSV_ROW_MORE /* the window ends inside it */ };

struct csv_row {
    struct str *cells;        /* room for TABLE_COLUMNS_MAX or the table's width */
    size_t room, count;       /* count may exceed room: the cells behind are not kept */
    const char *start, *next; /* its first byte; behind the line end */
    bool is_blank;
    bool is_odd;      /* something follows a closing quote: perhaps the opening one was never meant as one */
    bool has_escapes; /* some cell holds doubled quotes; such a cell's data begins one behind its opening quote */
};

/* Parses the row at `at`; `scan` stands there. is_ended: nothing follows scan->end. A row that is good is so whatever
 * follows it. */
enum csv_outcome csv_row_parse(struct csv_row *row, struct csv_scan *scan, const char *at, bool is_ended);
/* "a""b" -> a"b, in place, for cells that were quoted. */
void csv_unescape(struct csv_row *row);

/* From the first bytes: delimiter, line end, whether there are quotes. ret_columns: how many cells most of the first rows have;
 * ret_score: their share, 0 to 1, of those of more than one cell. */
struct csv_dialect csv_sniff(struct str head, size_t *ret_columns, double *ret_score);
/* Does the first row name the columns? scan goes on with the rows below it. */
bool csv_is_header(const struct csv_row *first, struct csv_scan *scan, bool is_ended);

#endif
