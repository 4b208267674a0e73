/* Whoever counts: what both tags files hold, opened and compared with all that was signed before. */
#ifndef ASSAY_PRIVATE_NEUTRAL_H
#define ASSAY_PRIVATE_NEUTRAL_H

#include "private/step.h"

struct neutral {
    struct wire_tags_secret *secret[3]; /* by role; locked memory */
    struct sign_key *key;
    uint8_t seed[96]; /* of the draws: run id || coins */
    /* Ranks of the asker's drawn keys, in the order drawn, and where they lie. */
    struct drawn {
        size_t count;
        uint64_t *positions;
        struct group_point *points; /* the asker's: of the offer */
    } asker[SUITE_TYPES_MAX], keeper[SUITE_TYPES_MAX];
};

/* Checks files, unseals tags, audit 0: all traps stand in the offer and their answers in the answer. Draws positions of `want` rows a
 * type (0: none). err names who cheated. */
MUST_USE int neutral_open(struct step *step, struct neutral *neutral, uint32_t want, struct err *err);
void own_neutral(struct neutral *neutral);
/* Audit 0 alone, while the keeper's tags are not there: a keeper who answered wrongly may never send them. err names who cheated. */
MUST_USE int neutral_traps(struct step *step, struct err *err);

/* The draw is known to both sides once it is asked for: from then on the answer and both tags files stay what they were. is_draw: now.
 * err: TAMPERED, names what is another. */
MUST_USE int neutral_bind(struct step *step, bool is_draw, struct err *err);

/* The audits of a run, as `audits` keeps them in the neutral's directory. */
struct audited {
    struct sha256 run;
    struct {
        struct wire_audit audit[WIRE_AUDITS];
        uint32_t present;
    } type[SUITE_TYPES_MAX];
};

/* An opening: verified items of one type. */
struct opened {
    size_t count;
    struct str *keys; /* audits 1, 2; borrowed from the opening's bytes */
    struct group_point *points;
};
struct openings {
    struct buf bytes;
    struct opened type[SUITE_TYPES_MAX];
    uint8_t source_salt[32];
};
void own_openings(struct openings *openings);
/* Opens and checks the asker's (audit 1) or keeper's (audit 2) leaves against positions drawn, paths, and the proof. */
MUST_USE int openings_leaves(struct step *step, const struct neutral *neutral, const struct wire_file *file,
                             struct openings *ret, struct err *err);
/* Audit 3: answers to the points asked about; asked[type]. */
MUST_USE int openings_points(struct step *step, const struct neutral *neutral, const struct wire_file *file,
                             const struct opened *asked, struct openings *ret, struct err *err);

/* Where keys are looked for. */
struct openings_source {
    const char *const *names, *const *keys; /* as --leak or --database, and --key */
    const char *table;
    const uint8_t *salt;       /* of the digest that was committed to */
    struct sha256 *ret_digest; /* NULL: not asked for */
};
/* Which of the keys a source holds: is_there[type][i] is set. err: IO, USAGE. */
MUST_USE int openings_search(const struct openings_source *source, size_t types, const struct opened *opened,
                             bool **is_there, struct err *err);

#endif
