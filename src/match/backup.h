/* Backups of the reference with their dates: which of the sample's rows each holds, and in which version
 * (docs/statistics.md, B.1). One pass aligns a backup's columns, a second links its rows; a byte per row and backup stays. */
#ifndef ASSAY_MATCH_BACKUP_H
#define ASSAY_MATCH_BACKUP_H

#include "match/evidence.h"

enum { BACKUPS_MAX = 32 };

/* A row of the sample in one state of the table. */
enum row_presence {
    PRESENCE_UNCLEAR, /* nothing can be said */
    PRESENCE_ABSENT,  /* none of its source-made values is there */
    PRESENCE_AGAINST, /* its row is there, with other source-made values that never change */
    PRESENCE_THERE,   /* agrees in a source-made value; nothing tells its version */
    PRESENCE_SAME,    /* in the version the sample shows */
    PRESENCE_OLDER,
    PRESENCE_NEWER,
    PRESENCE_OTHER, /* in another version; which came first is not told */
    PRESENCE_APART, /* linked by what others hold too, with another hash: the row, or whoever has its address */
    PRESENCES
};

/* A table at a time: a backup, or the reference itself. */
struct state {
    const char *name;    /* as given */
    int64_t from, until; /* it was taken in [from, until), seconds; LINK_NO_TIME, INT64_MAX: not known */
    bool is_reference;
    const char *why; /* why it bounds nothing, or NULL; static */
    bool is_whole;   /* read without loss, and no row is missing that must have been there */
    uint8_t *rows;   /* enum row_presence per row of the sample; NULL: it could not be compared */
    char table[SET_NAME_BYTES_MAX + 1];
    uint64_t table_rows; /* of that table */
    uint64_t count[PRESENCES];
    uint64_t missing; /* rows absent although they were created before it and are there later */
    uint64_t too_new; /* rows of the table created after the date given */
    int64_t newest;   /* the newest of them */
};

/* Per row of the sample. */
struct row_bounds {
    size_t count;     /* of backups that were compared */
    bool *counts;     /* some state of the table agrees in a source-made column */
    int64_t *created; /* as a state that agrees says it; LINK_NO_TIME */
    int64_t *from, *until;
    int64_t all_until; /* of an export claimed complete; INT64_MAX */
};

struct backups {
    struct state states[BACKUPS_MAX + 1]; /* the reference is the first */
    size_t state_count;
    struct row_bounds bounds;
    uint64_t versions[VERSIONS];
    uint64_t deleted_since, changed_since, marked_deleted;
    bool is_declared_complete;
    const char *complete_why; /* why the claim bounds nothing, or NULL */
    uint64_t lacking;         /* rows of the reference that the sample lacks */
    unsigned workers;         /* threads to read with; set by the caller */
};

/* Reads every backup of the options, then dates the export: fills backups and what dates_bound fills. in->bounds is set.
 * A backup that cannot be read, or has no such table, makes the run incomplete and is told to the sink.
 * err: LIMIT, USAGE. */
MUST_USE int backups_date(struct backups *backups, struct evidence_input *in, struct evidence *out,
                          struct input *reference, const struct assay_sink *sink, bool *ret_complete, struct err *err);
void backups_close(struct backups *backups);

/* ---- Parts ---- */

/* A table seen through the columns that were aligned with the reference. */
struct view {
    const struct linkage *linkage;
    const struct ref_table *table;
    size_t set;                 /* of the sample in the query that marked what was seen */
    int column[LINK_PAIRS_MAX]; /* per aligned column: this table's column, -1 */
    int pair[LINK_PAIRS_MAX];   /* and the linkage's pair, -1 */
};

/* States of all rows, their counts; per row what the bounds need of this table's times. */
void backup_look(const struct evidence_input *in, const struct evidence *out, const struct view *view,
                 struct state *state, struct row_bounds *bounds);
/* All states to bounds and versions. reference: the first state. */
void backup_fold(const struct evidence_input *in, const struct evidence *out, const struct view *reference,
                 struct backups *backups);

/* One more pass over the reference: the least time of creation of a row that the sample lacks (B.1). LINK_NO_TIME and
 * *ret_why if it cannot be told; INT64_MAX if none is lacking. No memory per row. */
MUST_USE int backup_missing(const struct evidence_input *in, const struct evidence *out, struct input *reference,
                            int64_t *ret_first, uint64_t *ret_count, const char **ret_why, struct err *err);

/* The summary's `dates` and `versions` (docs/json-lines.md), and the older members beside them. */
void dates_put(json_t *body, const struct evidence *evidence, const struct backups *backups,
               enum assay_match_rows rows);

#endif
