/* Rows planted on purpose, and whether the sample has them (docs/statistics.md, A.9). The list is a table with the columns
 * of the database and, if known, where, planted_at, note, bits. Or it is a list of commitments, so that nobody need show
 * the rows before one is found:
 *
 *   canary,column,class,salt,sha256,bits,where,planted_at
 *   SHA-256( salt || class || ":" || one spelling of the value )        salt: 32 bytes, class: "e-mail", "phone", "secret"
 */
#ifndef ASSAY_MATCH_CANARIES_H
#define ASSAY_MATCH_CANARIES_H

#include "base/arena.h"
#include "base/hash.h"
#include "match/evidence.h"

enum { CANARIES_MAX = 100000, CANARY_COLUMNS_MAX = 64, CANARY_SALTS_MAX = 64, CANARY_SECRET_LENGTH = 16 };

/* One cell of a planted row. */
struct canary_cell {
    uint8_t class;    /* enum normal_class; NORMAL_NONE: empty */
    bool tells;       /* an e-mail, a phone or a long secret: to be found by */
    struct str bytes; /* its spelling; of a commitment the 32 bytes of the digest */
    int64_t seconds;  /* of a time */
    uint8_t salt;     /* of a commitment */
    double bits;      /* of randomness, as the list says; a long secret without a word on it: 64; else 0 */
};

struct canary {
    struct str id;             /* number in the list, or what a commitment calls it */
    struct str where, note;    /* data NULL: not given */
    int64_t planted_s;         /* LINK_NO_TIME */
    struct canary_cell *cells; /* one per column of the list */
    /* What was found: */
    bool is_found;
    size_t set, row;         /* the first row of the sample with the most of its cells */
    uint64_t found, altered; /* bits of columns: equal in that row; filled there and different */
};

struct canaries {
    struct arena arena;
    struct table_report report;
    bool is_committed;
    struct str columns[CANARY_COLUMNS_MAX];
    size_t column_count;
    struct canary *all;
    size_t count, room;
    struct str salts[CANARY_SALTS_MAX];
    size_t salt_count;
    uint64_t found_count;
    double
        guess_log10; /* chance that as many guesses as the sample has cells hit the strongest that was found; 0 without */
};

/* err: IO, FORMAT (a commitment that is none, with its row), LIMIT. Close it also after a failure. */
MUST_USE int canaries_load(struct canaries *canaries, const char *path, struct err *err);
void canaries_close(struct canaries *canaries);
/* in: NULL where nothing was aligned; columns then go by their names. err: LIMIT. */
MUST_USE int canaries_find(struct canaries *canaries, const struct sets *sample, const struct evidence_input *in,
                           const struct evidence *evidence, struct err *err);

/* SHA-256(salt || class || ":" || spelling). */
struct sha256 canary_digest(struct str salt, enum normal_class class, struct str spelling);
/* A value that can be looked for by itself. */
bool canary_tells(enum normal_class class, struct str spelling);

#endif
