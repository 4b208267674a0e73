/* The run's directory: secrets, what was made, and that this commitment is spent.
 *
 *   secrets      0600; on the disk before anything that depends on them
 *   commit, offer, answer, tags, fix, result, ask.*, open.*    made whole, under their final names
 *   records.J    sorted records of type J: key || leaf hash || u64 row; no key of a person
 *   roots.J      of the keeper's records: root and digest of each chunk's tags
 *   spent        the one run this commitment serves
 *   theirs, fix  the other's commitment; in direct mode the asker's fix
 *   answered, asked.N, accepted, drawn    ids of the one answer, the asks and the one result that were taken; a neutral's: of the files
 *                it drew over
 *   wiped        the secrets were destroyed on purpose (place_wipe), and when
 * Every file is written as NAME.part, fsynced and renamed, so that a name that stands is whole. */
#ifndef ASSAY_PRIVATE_PLACE_H
#define ASSAY_PRIVATE_PLACE_H

#include "ledger/sign.h"
#include "private/wire.h"

/* Bytes alone, so that it is written as it lies. In locked memory. */
struct secrets {
    uint8_t magic[8], role, types, kinds[SUITE_TYPES_MAX][SUITE_TYPES_MAX];
    uint8_t time[8];
    uint8_t sign_seed[32], box_seed[32];
    uint8_t coin[32], trap_seed[32], root_nonce[32], body_key[32], seal_seed[32], proof_seed[32], source_salt[32];
    uint8_t salt_seed[SUITE_TYPES_MAX][32];
    struct group_scalar scalar[SUITE_TYPES_MAX];
    uint8_t check[32]; /* SHA-256 of all before */
};

struct place {
    const char *path;
    int dir;
    struct secrets *secrets; /* NULL: none there */
    bool is_wiped;           /* there were some, and they were destroyed: secrets is NULL */
    struct sign_key *key;    /* made of it */
};

/* Opens the directory, makes it if is_new, takes its lock, loads secrets if there are any. err: IO, BUSY, TAMPERED (secrets). */
MUST_USE int place_open(struct place *place, const char *path, bool is_new, struct err *err);
void place_close(struct place *place);
void own_place(struct place *place);
/* Locked, guarded memory, wiped when it is freed. err: LIMIT, IO. */
MUST_USE int place_secrets_new(struct secrets **ret_secrets, struct err *err);
void own_secrets(struct secrets **secrets);
/* Writes them once and for all. */
MUST_USE int place_keep_secrets(struct place *place, struct err *err);

/* Overwrites and removes the secrets, and the records that only they are of use with; `wiped` says so for good. Done again, it ends what a
 * kill cut off. Whether a disk keeps what was overwritten is the disk's affair. err: IO. */
MUST_USE int place_wipe(struct place *place, struct err *err);

/* Takes another signing key than the run's, in locked memory too. */
MUST_USE int place_use_key(struct place *place, const uint8_t seed[static SIGN_SEED_BYTES], struct err *err);
bool place_has(const struct place *place, const char *name);
/* PATH/NAME, for errors and for opening. */
void place_name(const struct place *place, const char *name, char *out, size_t out_bytes);
/* NAME.part, empty. -1 with err. */
MUST_USE int place_begin(const struct place *place, const char *name, struct err *err);
/* fsync, rename, fsync of the directory. fd stays open. */
MUST_USE int place_finish(const struct place *place, const char *name, int fd, struct err *err);
/* A small file whole. */
MUST_USE int place_put(const struct place *place, const char *name, struct str bytes, struct err *err);

/* Spends the commitment on a run: what stands in `spent` is the header of the offer, signed. *ret_is_first: nothing stood there before.
 * err: USAGE if it is spent on another. */
MUST_USE int place_spend(const struct place *place, struct str header, bool *ret_is_first, struct err *err);

/* A key file: "sign HEX" and "box HEX". Secret or public. err: IO, FORMAT. */
struct key_pair {
    uint8_t sign[32], box[32];
};
MUST_USE int key_pair_read(struct key_pair *pair, const char *path, bool is_secret, struct err *err);
/* Makes PATH (0600, new) and PATH.pub. */
MUST_USE int key_pair_make(const char *path, struct key_pair *ret_public, struct err *err);

#endif
