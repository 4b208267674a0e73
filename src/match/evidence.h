/* From linked rows to numbers: what kind each column is, which rows count, and what the ratios of ratio.h are given
 * (docs/statistics.md, A.1, A.2, A.6, B.1 to B.3). */
#ifndef ASSAY_MATCH_EVIDENCE_H
#define ASSAY_MATCH_EVIDENCE_H

#include "assay/match.h"
#include "match/link.h"
#include "match/made.h"
#include "match/ratio.h"
#include "match/season.h"

enum column_class { COLUMN_NONE, COLUMN_SHARED, COLUMN_PAIRING, COLUMN_ISSUED, COLUMN_SECRET };
/* "none", "shared", "pairing", "source-issued", "source-secret" */
const char *column_class_name(enum column_class class);

enum row_state { ROW_COUNTS, ROW_RESERVED, ROW_BURST, ROW_HEAD, ROW_SEED, ROW_REPEATED, ROW_STATES };
const char *row_state_name(enum row_state state);

/* A sample column and the column it was found to be. */
struct aligned {
    size_t pair; /* in the linkage */
    enum column_class class;
    bool is_counted;            /* enters the ratio as a source-made column */
    const char *why;            /* why it does not, or NULL */
    uint64_t agree, comparable; /* over all linked rows */
    struct ratio_column ratio;  /* if is_counted */
};

struct evidence_input {
    const struct linkage *sample;
    const struct linkage *backgrounds; /* one per background table that is aligned */
    size_t background_count;
    const struct ref_table *table;
    const struct ref_facts *facts;
    const struct set *table_rows; /* some of the table's rows, all columns (made.h); NULL: none */
    const struct assay_match_options *options;
    struct ratio_policy policy;
    const struct made *made;         /* what the sample says of how it was made; NULL: not looked */
    const struct row_bounds *bounds; /* what backups say of each row (backup.h); NULL: nothing */
};

/* Which version of its row a sample's row is. */
enum row_version { VERSION_CURRENT, VERSION_OLDER, VERSION_NEWER, VERSION_CONTRADICTING, VERSION_UNKNOWN, VERSIONS };

enum { DATES_BUCKETS = 60, DATES_AGAINST_TOLD = 20 };

/* What is told of the dates beyond their bounds. */
struct dates_told {
    uint64_t rows; /* that count for the bounds */
    size_t
        against[DATES_AGAINST_TOLD]; /* rows of the sample, from 0, that contradict the best date: the first of them */
    size_t against_count;
    int64_t first_month; /* since 1970, of the first bucket */
    int64_t months;      /* in a bucket */
    size_t bucket_count;
    uint64_t from[DATES_BUCKETS], until[DATES_BUCKETS]; /* rows that begin, that end there */
    uint64_t open;                                      /* rows that nothing ends but the present */
};

struct evidence {
    struct aligned columns[LINK_PAIRS_MAX];
    size_t column_count;
    uint8_t *states; /* enum row_state per row of the sample */
    uint64_t excluded[ROW_STATES];
    uint64_t rows_linked, rows_matched, rows_agreeing; /* agreeing: in at least one source-made column */
    uint64_t
        agreeing_perhaps;    /* and those that agree in a number alone, as their secrets may have been changed since */
    uint64_t agreeing_once;  /* each row of the table once, and in a secret column where one can be compared */
    uint64_t rows_ambiguous; /* could be several of the table's rows, so they are none */
    uint64_t rows_contradicting; /* linked, and another way of linking finds one row, too, but a different one */
    struct dating_offset offset;
    int64_t offset_s;
    bool has_offset; /* there were times to compare */
    uint64_t head_agree;
    struct ratio_input ratio; /* all that is counted does not bring */
    struct ratio_background sets[RATIO_BACKGROUNDS_MAX];
    struct ratio_values raw, capped;
    struct interval cap;
    enum ratio_alternative headline;
    const char *evidence_class; /* "secret", "issued", "none" */
    bool has_share;
    struct interval share;
    struct season season; /* offset_s is its standard time's */
    bool has_dating;
    struct dating_result dating; /* seconds since 1970 */
    struct dates_told told;
    bool is_random;
    bool is_open;         /* nothing bounds the export from above but the present */
    const char *identity; /* name of the sample's column by which rows are known, or NULL */
    json_t *assumptions;  /* array of text */
};

/* k of m per aligned column (m = 0: it does not count), and the separate occasions among the rows that agree in some of them. */
struct counted {
    struct ratio_column columns[LINK_PAIRS_MAX];
    uint64_t head_agree; /* of the table's first rows, those that agree in a column it made */
    int (*clusters)(const void *self, const bool *is_in, uint64_t *ret_clusters, struct err *err);
    const void *self;
};

/* The alternatives before the cap, the smallest over declared parties, and the class of evidence ("secret", ...). */
MUST_USE int evidence_alternatives(const struct evidence_input *in, const struct evidence *evidence,
                                   const struct counted *counted, struct ratio_values *ret_raw, const char **ret_class,
                                   struct err *err);
/* Does somebody who declares a column, as "column" or "table.column", mean this one? */
bool evidence_is_named(struct str declared, struct str table, struct str column);
MUST_USE int evidence_weigh(const struct evidence_input *in, struct evidence *ret_evidence, struct err *err);
/* Adds a text to the assumptions. err: LIMIT. */
MUST_USE int evidence_assume(struct evidence *evidence, const char *text, struct err *err);
void evidence_close(struct evidence *evidence);

#endif
