/* The files of one run together: which is which, and whether they belong to each other. Whoever reads one that somebody else
 * wrote comes through here first. */
#ifndef ASSAY_PRIVATE_FILES_H
#define ASSAY_PRIVATE_FILES_H

#include "private/place.h"
#include "private/wire.h"

enum { FILES_MAX = 24 };

struct files {
    struct wire_file all[FILES_MAX];
    size_t count;
    const struct wire_file *commit[3]; /* by role */
    const struct wire_file *offer, *answer, *result, *fix;
    const struct wire_file *tags[3];
    const struct wire_file *ask[3][WIRE_AUDITS + 1], *open[3][WIRE_AUDITS + 1]; /* by role and audit */
};

/* Opens the paths, and those of the run's directory that it wrote itself (place may be NULL). Two that differ and are of one kind are
 * refused. err: as wire_open; USAGE. */
MUST_USE int files_open(struct files *files, const char *const *paths, const struct place *place, struct err *err);
void own_files(struct files *files);

/* Bits of what a step needs. */
enum {
    NEED_ASKER = 1,  /* the asker's commitment */
    NEED_KEEPER = 2, /* the keeper's commitment */
    NEED_OFFER = 4,
    NEED_ANSWER = 8,
    NEED_ASKER_TAGS = 16,
    NEED_KEEPER_TAGS = 32,
    NEED_RESULT = 64,
    NEED_FIX = 128,
    NEED_BOTH = NEED_ASKER | NEED_KEEPER
};
/* All that is needed is there (err: USAGE, names it), signed by whom it should be, of one run, and within the rules: roles, types,
 * sizes, traps, floors. Lists are not read. err: TAMPERED, FORMAT. */
MUST_USE int files_check(const struct files *files, unsigned needs, struct err *err);
/* Signer and run of an ask or an opening. */
MUST_USE int files_check_ask(const struct files *files, const struct wire_file *ask, struct err *err);
MUST_USE int files_check_open(const struct files *files, const struct wire_file *open, struct err *err);

/* Where the list of a type lies in offer, answer or tags. key: of tags, else NULL. n of the others comes from the commitments. */
struct list_place;
struct list_place files_list(const struct files *files, const struct wire_file *file, size_t type,
                             const uint8_t *body_key, size_t width);
/* Keys and traps of the asker's list of a type. */
uint64_t files_sent(const struct files *files, size_t type);
/* The name of a file for a person. */
const char *files_name(const struct wire_file *file);

#endif
