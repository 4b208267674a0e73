/* What the files of the second step of reach share: the run, its logins, what they add up to. */
#ifndef ASSAY_REACH_INSIDE_H
#define ASSAY_REACH_INSIDE_H

#include "assay/reach.h"
#include "base/arena.h"
#include "base/buf.h"
#include "sources/survey.h"

enum {
    NAME_BYTES = 200,           /* of a name as it is recorded */
    WHY_BYTES = 400,            /* of a sentence */
    LIST_BYTES = 32 << 10,      /* of a list within a record: an entry of a case holds 64 KiB */
    OTHER_DATABASES_MAX = 1000, /* of one account, each with a connection of its own */
    KIND_NAMES_MAX = 128
};

/* ---- plan.c: which logins, and why not the others ---- */

struct target {
    const char *credential; /* "C1"; NULL: a URI that was given */
    const json_t *finding;  /* borrowed; NULL likewise */
    const char *password;   /* as the tree says it; NULL: the driver's usual way */
    struct str uri;         /* without a password, as it is named in records */
    struct str to;          /* what is opened: after --at */
    struct str server;      /* which machine and port, in one spelling */
    const char *skip;       /* why nobody logs in; NULL: somebody does */
    size_t same;            /* an earlier target that is the same login, or its own index */
    bool is_said;           /* a dump says what it reads, and nobody logs in */
};

struct plan {
    struct arena keep;
    struct target *targets;
    size_t count;
    uint64_t left_out; /* beyond what one run takes */
};

MUST_USE int plan_logins(const struct assay_reach_options *options, struct plan *ret_plan, struct err *err);
void own_login_plan(struct plan *plan);

/* ---- watch.c: no server holds a run beyond its time ---- */

/* From `until` (ticks; INT64_MAX: never) on, and a moment of grace, every socket of this process is shut down, so that whichever client
 * library waits for a server that does not answer fails at once. One run at a time. */
void watch_begin(int64_t until);
void watch_end(void);

/* ---- tally.c: what adds up ---- */

enum { HAS_EXACT = 1, HAS_ESTIMATED = 2, HAS_UNKNOWN = 4 };

struct tally {
    uint64_t tables, readable, partial; /* partial: readable, but not every row or column */
    uint64_t columns, rows, bytes;      /* of readable tables; rows and bytes without views */
    unsigned rows_kinds;                /* HAS_* */
    uint64_t hidden;                    /* tables, not views, that are not or not wholly readable */
};
#define COUNT_MAX (UINT64_C(1) << 50) /* rows or bytes of one table */
uint64_t tally_sum(uint64_t a, uint64_t b);
void tally_plus(struct tally *sum, const struct tally *more);
const char *tally_rows_kind(const struct tally *tally);
const char *rows_kind_name(enum survey_rows kind);

/* How much of several databases: each is entire, part, none or unknown. */
enum scope { SCOPE_UNTRIED, SCOPE_NONE, SCOPE_UNKNOWN, SCOPE_PART, SCOPE_ENTIRE, SCOPE_COUNT };
const char *scope_name(enum scope scope);
/* counts[s] databases of scope s. None at all: SCOPE_NONE. */
enum scope scope_over(const uint64_t counts[static SCOPE_COUNT]);
/* Of one database, from what the survey said of its list and what its tables allow. why: replaced if the tables decide. */
enum scope scope_of_database(enum survey_scope said, const struct tally *tally, const char **ret_why);

/* ---- seen.c: what was counted already ---- */

struct seen {
    uint64_t *hashes; /* open addressing; 0: free */
    size_t slots, used;
};
void seen_clear(struct seen *seen);
/* what: a few words that tell uses of one key apart. */
MUST_USE int seen_add(struct seen *seen, struct str key, const char *what, bool *ret_is_new, struct err *err);

/* ---- people.c: rows per kind of personal data, each table once ---- */

struct people;
struct people_note {
    const char *kind; /* static */
    size_t columns;   /* of the table that hold it */
    bool has_rows;    /* an estimate, or the exact number */
    uint64_t rows;
    bool has_interval;
    uint64_t lo, hi;
    bool by_name;
};
MUST_USE int people_open(struct people **ret_people, struct err *err);
/* table: server, database and name in one text. What was added before under it is not added again. */
MUST_USE int people_add(struct people *people, struct str table, const struct people_note *note, struct err *err);
MUST_USE int people_tell(const struct people *people, const struct assay_sink *sink, struct err *err);
/* {kind: rows} */
json_t *people_kinds(const struct people *people);
void own_people(struct people **people);

/* ---- says.c: records ---- */

/* A list that stays small enough for an entry of a case. */
struct fit {
    json_t *array;
    size_t bytes;
    uint64_t left_out;
};
/* Takes item. */
MUST_USE int fit_add(struct fit *fit, json_t *item, struct err *err);
void own_fit(struct fit *fit);

json_t *say_name(struct str name);
struct str without_uri(const char *text, struct str uri);
/* A sentence, with the password taken out if it is in there. NULL for an empty one. */
json_t *say_why(struct str text, const char *password);
/* Sets a member and takes value; does nothing for NULL. 0, or -1 without memory. */
MUST_USE int say_set(json_t *body, const char *key, json_t *value);
MUST_USE int say_coverage(const struct assay_sink *sink, const char *source, const char *class, const char *database,
                          const char *table, uint64_t count, const char *why, struct err *err);
/* [lo, hi] */
json_t *say_pair(double lo, double hi);
json_t *say_counts(uint64_t lo, uint64_t hi);

/* ---- the run ---- */

struct totals {
    uint64_t credentials, accounts, connected, databases;
    struct tally tally; /* each table of a server once */
    struct seen seen;
    bool has_untried, has_unclear; /* accounts that were not tried; that gave no answer */
    enum scope best;
    json_t *powers; /* array of names, each once */
    json_t *services;
};

struct reach {
    const struct assay_reach_options *options;
    const struct assay_sink *sink;
    int64_t began, sample_until, until; /* ticks; INT64_MAX: no limit */
    struct people *people;
    struct totals totals;
    const json_t *found; /* the summary of assay_reach_find, borrowed; NULL: no tree */
    uint64_t sampled_bytes;
    bool is_complete;
    bool is_stopped; /* by a signal */
};

/* Has the person given up (a signal that waits), or is the time over? Says so in err. */
MUST_USE int reach_goes_on(struct reach *reach, struct err *err);
bool reach_is_over(const struct reach *reach);

/* ---- tables.c ---- */

/* What a table measure belongs to. */
struct place {
    const char *credential; /* NULL: a URI or a dump */
    struct str uri, server;
    const char *password; /* to be kept out of sentences */
};

/* Looks at one table and says it; adds to tally what it is. *ret_unsampled: why no row was looked at, into unsampled (WHY_BYTES),
 * empty if rows were. source NULL: a dump. */
MUST_USE int table_look(struct reach *reach, const struct place *place, struct source *source,
                        const struct survey_table *table, struct tally *tally, char unsampled[static WHY_BYTES],
                        struct err *err);

/* ---- account.c ---- */

/* also: ids of credentials that are the same login, or NULL. *ret_no_database: nobody came in, for want of the database alone. */
MUST_USE int account_look(struct reach *reach, const struct target *target, json_t *also, bool *ret_no_database,
                          struct err *err);

/* ---- dump.c ---- */

MUST_USE int dumps_look(struct reach *reach, struct plan *plan, struct err *err);

#endif
