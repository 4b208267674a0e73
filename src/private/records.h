/* A party's own list in its directory: sorted records, each with the hash of its entry and the row it comes from.
 *
 *   asker:  point 32 || leaf hash 32 || u64 row      keeper: tag 16 || leaf hash 32 || u64 row
 * A trap's row is RECORD_TRAP | k. */
#ifndef ASSAY_PRIVATE_RECORDS_H
#define ASSAY_PRIVATE_RECORDS_H

#include "private/list.h"
#include "private/place.h"
#include "private/sorter.h"

enum { RECORD_TAIL = SHA256_BYTES + 8, RECORD_MAX = GROUP_BYTES + RECORD_TAIL };
#define RECORD_TRAP (UINT64_C(1) << 63)

static inline size_t record_key(uint8_t role)
{
    return role == WIRE_ASKER ? GROUP_BYTES : SUITE_TAG_BYTES;
}
static inline uint64_t record_row(const uint8_t *record, size_t key)
{
    return suite_get_u64(record + key + SHA256_BYTES);
}
void record_name(size_t type, char out[static 16]);

/* What is known of a chunk of the keeper's list since it was committed: roots.J has one a chunk. So its tags are copied into the file that is
 * sent, and no tree is made of them again. */
struct record_chunk_known {
    struct sha256 root, digest; /* of its tags as a tree, and side by side */
};
void record_roots_name(size_t type, char out[static 16]);
/* Tags of some records side by side. */
void record_pack(uint8_t *out, const uint8_t *records, size_t key, size_t count);

struct record_in {
    int fd;
    char path[4096];
    size_t key, width, held, given;
    uint64_t at, end;
    uint8_t *room;
};
MUST_USE int record_open(struct record_in *in, const struct place *place, uint8_t role, size_t type, struct err *err);
/* *ret_record NULL at the end. */
MUST_USE int record_next(struct record_in *in, const uint8_t **ret_record, struct err *err);
/* The records of the next chunk of WIRE_CHUNK, side by side: *ret_count 0 at the end. Not to be mixed with record_next. */
MUST_USE int record_chunk(struct record_in *in, const uint8_t **ret_records, size_t *ret_count, struct err *err);
void own_record_in(struct record_in *in);

/* Leaves of both trees of some records. */
void records_leaves(struct sha256 *entries, struct sha256 *list, const uint8_t *records, size_t key, size_t count);

/* Writes the records of one type: what the sorter gives, equal neighbours dropped, traps of the asker among them. type->n, m, entries
 * and records are set (records: the plain root). keys is used up. */
MUST_USE int records_make(const struct place *place, size_t type_number, struct sorter *keys, struct wire_type *type,
                          struct err *err);

/* Inclusion paths of some records. */
struct record_path {
    uint64_t position; /* given */
    uint8_t record[RECORD_MAX];
    struct tree_proof entry, list;
};
/* paths[count], any order, no position twice. The tree of a list of millions is never in memory: chunk by chunk. *ret_entries and *ret_list:
 * the roots that the paths lead to. err: TAMPERED (a position that is not there), IO, LIMIT. */
MUST_USE int records_prove(const struct place *place, uint8_t role, size_t type, struct record_path *paths,
                           size_t count, struct sha256 *ret_entries, struct sha256 *ret_list, struct err *err);

/* Appends the list of a type to a file at place->at; root is what it must have. */
MUST_USE int records_send(const struct place *place, uint8_t role, size_t type, const struct list_place *to,
                          const struct sha256 *root, struct err *err);

#endif
