/* When was it exported: docs/statistics.md, part B, as pure functions over instants of any one unit. */
#ifndef ASSAY_MATCH_DATING_H
#define ASSAY_MATCH_DATING_H

#include "assay/words.h"

#define DATING_NO_TIME INT64_MIN

static inline int64_t dating_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static inline int64_t dating_sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
/* For qsort of int64_t. */
int dating_by_time(const void *a, const void *b);

/* A row was in the database, in the form the sample shows, from `from` until just before `until`. */
struct dating_row {
    int64_t from, until;
};

/* `count` rows of the database began at `time` (created, or changed where the sample would show it). */
struct dating_begins {
    int64_t time;
    uint64_t count;
};

struct dating_input {
    const struct dating_row *rows;
    size_t row_count;
    const struct dating_begins *begins; /* ascending */
    size_t begins_count;
    double alive_at_lower; /* rows of the database at the lower bound that could have been drawn */
    int64_t now;           /* end of what is open */
    bool random;           /* the rows may be taken for a random draw (B.3) */
    size_t repeated;       /* of row_count, rows that are another one again: they bound, and were not drawn */
};

enum { DATING_EXPORTS_TOLD = 16 };

/* One export of the smallest number that explains every row: it lies in [from, until) and explains `rows`. */
struct dating_export {
    int64_t from, until;
    uint64_t rows;
};

struct dating_result {
    int64_t hard_lo, hard_hi;                       /* the export lies in [hard_lo, hard_hi), for any choice of rows */
    bool is_empty;                                  /* no single export explains every row */
    uint64_t exports;                               /* the smallest number of exports that does */
    struct dating_export told[DATING_EXPORTS_TOLD]; /* the first of them by time */
    uint64_t impossible;                            /* rows that no instant explains: they begin when they have ended */
    bool has_soft;
    int64_t soft_hi;
    int64_t best; /* the instant that contradicts the fewest rows, and how many it contradicts */
    uint64_t contradicted;
};

/* Uses scratch of its own (malloc). row_count 0 is ERR_USAGE; err: LIMIT without memory. */
MUST_USE int dating_bounds(const struct dating_input *in, struct dating_result *ret_result, struct err *err);

/* B.3: may the sample be taken for a random draw from the rows below its newest? ranks: share (0..1) of the database's
 * rows up to each of the other rows, ascending; count is n - 1; share_taken: n over the rows up to the newest. */
bool dating_looks_random(const double *ranks, size_t count, double share_taken);
/* Cannot be one, whoever says so: the same statistic beyond what one draw in a thousand shows. */
bool dating_is_not_random(const double *ranks, size_t count);

enum { DATING_STEP_S = 900, DATING_OFFSETS = 113 }; /* -14 h to +14 h */

/* Rows per offset, from -14 h on in steps of DATING_STEP_S, that it explains exactly. */
void dating_explained(const int64_t *differences_s, size_t count, uint64_t explained[static DATING_OFFSETS]);

struct dating_offset {
    int64_t seconds; /* sample clock minus database clock */
    uint64_t explained;
    bool is_merged; /* a second offset explains three rows or more */
    int64_t second_seconds;
    uint64_t second_explained;
};

/* B.2 over differences sample - database in whole seconds. */
struct dating_offset dating_clock(const int64_t *differences_s, size_t count);

#endif
