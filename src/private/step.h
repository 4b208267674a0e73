/* What the steps share. */
#ifndef ASSAY_PRIVATE_STEP_H
#define ASSAY_PRIVATE_STEP_H

#include "assay/private.h"
#include "base/own.h"
#include "private/files.h"
#include "private/list.h"
#include "private/place.h"

struct step {
    const struct assay_private_options *options;
    const struct assay_sink *sink;
    struct place place;
    struct files files;
    json_t *summary; /* members are added; the door emits it */
};

int step_commit(struct step *step, struct err *err);
int step_offer(struct step *step, struct err *err);
int step_answer(struct step *step, struct err *err);
int step_finish(struct step *step, struct err *err);
int step_count(struct step *step, struct err *err);
int step_audit(struct step *step, struct err *err);
int step_exchange(struct step *step, struct err *err);
int step_show(struct step *step, struct err *err);
int step_wipe(struct step *step, struct err *err);

/* ---- the summary ---- */
MUST_USE int step_say(struct step *step, const char *key, json_t *value, struct err *err); /* takes value */
MUST_USE int step_say_id(struct step *step, const char *key, const struct sha256 *id, struct err *err);
/* A file that was made, and stands, to be sent to `to`. err: as wire_open. */
MUST_USE int step_made(struct step *step, const char *name, const char *to, struct err *err);
/* "email, created_at" as an array. */
json_t *step_fields(const uint8_t kinds[static SUITE_TYPES_MAX]);

/* ---- shared work ---- */
/* The directory holds a party's secrets. err: USAGE, which says so if they were destroyed. */
MUST_USE int step_any(const struct step *step, struct err *err);
/* Nobody destroyed the directory's secrets: a neutral's has none, and a party's may not be begun anew. err: USAGE. */
MUST_USE int step_alive(const struct step *step, struct err *err);
/* No earlier run that the options know of spent one of the commitments: a copy of a directory does not know, the case does. Says the ids of
 * both, so that the case will. err: USAGE. */
MUST_USE int step_unspent(struct step *step, const struct sha256 *run, struct err *err);
/* The offer's deadline against this machine's clock. Past: the summary says so ("late"), or err: USAGE if the step refuses. */
MUST_USE int step_deadline(struct step *step, bool refuses, struct err *err);
/* The directory was made for this role. err: USAGE. */
MUST_USE int step_role(const struct step *step, uint8_t role, struct err *err);
/* Keeps the header of a received file in the directory under a name, so that it need not be given again, and that another of its kind is
 * refused: files_open takes it from there. What stands there already stays. */
MUST_USE int step_keep(struct step *step, const char *name, const struct wire_file *file, struct err *err);
/* A header signed by the run's key, under its name: with what `lists` writes behind it, or nothing. */
typedef int (*step_lists)(struct step *step, int fd, uint64_t at, struct err *err);
MUST_USE int step_write(struct step *step, const char *name, struct str header, step_lists lists, struct err *err);
/* The neutral's or the party's key pair of --key-file. */
MUST_USE int step_key(const struct step *step, struct key_pair *pair, struct err *err);

/* Every record of a list through the scalar, sorted: points (width 32) or their tags (16). list: its place; root: as signed. */
struct sorter;
struct step_pass {
    const struct list_place *list;
    const struct sha256 *root;
    const struct group_scalar *scalar;
    bool is_tags;
    const char *what; /* for errors: "the answer" */
};
MUST_USE int step_multiply(struct step *step, const struct step_pass *pass, struct sorter *out, struct err *err);

/* The trap points, or the right answers to them, of a type: sorted. public_point NULL: t*G; else t*P. */
MUST_USE int step_traps(int folder, const uint8_t seed[static 32], uint8_t type, uint64_t m,
                        const struct group_point *public_point, struct sorter *out, struct err *err);

/* How many records of the sorted stream `few` stand in the list; every one that does not is counted in *ret_missing. Both ascend. visit
 * (may be NULL): each record of the list, with whether it is among the few. */
struct step_find {
    struct sorter *few;
    size_t width;
    uint64_t found, missing;
    void *self;
    int (*visit)(void *self, uint64_t position, const uint8_t *record, bool is_found, struct err *err);
};
MUST_USE int step_find_in(struct step_find *find, const struct list_place *list, const struct sha256 *root,
                          struct err *err);

/* A checked result, into the summary. */
json_t *result_says(const struct files *files);
MUST_USE int result_tell(struct step *step, struct err *err);
/* Opens what is sealed in a tags file with box_seed, and compares it with the commitment: proof, coin, sizes, the keeper's roots. err:
 * TAMPERED, FORMAT. */
MUST_USE int step_unseal(const struct files *files, uint8_t role, const uint8_t box_seed[static 32],
                         struct wire_tags_secret *ret_secret, struct err *err);

#endif
