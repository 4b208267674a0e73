/* Long sorted lists in files, a chunk at a time: written, and read with every chunk checked against the signed root before
 * a byte of it is used. Records ascend strictly. With a key, the bytes in the file are under ChaCha20. */
#ifndef ASSAY_PRIVATE_LIST_H
#define ASSAY_PRIVATE_LIST_H

#include "ledger/tree.h"
#include "private/wire.h"

struct list_place {
    int fd;
    const char *path; /* for errors */
    uint64_t at;      /* of the list's chunk roots */
    uint64_t n;
    size_t width;            /* 32: points; 16: tags */
    const uint8_t *body_key; /* NULL: in the clear */
    uint64_t stream_at;      /* where the stream begins in the file */
};

struct list_out {
    struct list_place place;
    uint64_t put;
    struct tree tree;      /* over the roots of the chunks */
    struct sha256 *roots;  /* one a chunk */
    struct sha256 *leaves; /* of a chunk */
    uint8_t *room;         /* records not yet written */
    size_t held;
    uint8_t last[GROUP_BYTES];
};
MUST_USE int list_begin(struct list_out *out, const struct list_place *place, struct err *err);
/* The next record. err: BUG if it does not ascend or is one too many; IO. */
MUST_USE int list_put(struct list_out *out, const uint8_t *record, struct err *err);
/* The next chunk whole (the last one: what is left), whose root is known: nothing of it is looked at. records[count] are spoilt. Not behind a
 * list_put that left a chunk begun. err: BUG, IO. */
MUST_USE int list_put_chunk(struct list_out *out, uint8_t *records, size_t count, const struct sha256 *root,
                            struct err *err);
/* Writes the chunk roots. *ret_root: the list's. err: BUG if records are missing; IO. */
MUST_USE int list_end(struct list_out *out, struct sha256 *ret_root, struct err *err);
void own_list_out(struct list_out *out);

struct list_in {
    struct list_place place;
    struct sha256 *roots, *leaves; /* leaves: of a chunk */
    uint64_t chunk;                /* the next one */
    uint8_t *records;
    uint8_t last[GROUP_BYTES];
    bool has_last;
    uint64_t taken; /* of list_record */
    size_t count;
};
/* Reads the chunk roots and compares what they make with root. err: TAMPERED, IO. */
MUST_USE int list_open(struct list_in *in, const struct list_place *place, const struct sha256 *root, struct err *err);
/* The next chunk, checked: *ret_records borrowed until the next call, *ret_count 0 at the end. err: TAMPERED (a chunk, by its
 * number), FORMAT (not ascending), IO. */
MUST_USE int list_next(struct list_in *in, const uint8_t **ret_records, size_t *ret_count, struct err *err);
/* The next record alone; *ret_record NULL at the end. Not to be mixed with list_next. */
MUST_USE int list_record(struct list_in *in, const uint8_t **ret_record, struct err *err);
void own_list_in(struct list_in *in);

/* Reads or writes count bytes at a place of a file, all of them. err: IO; FORMAT if the file ends. */
MUST_USE int list_read_at(int fd, const char *path, void *out, size_t count, uint64_t at, struct err *err);
MUST_USE int list_write_at(int fd, const char *path, const void *bytes, size_t count, uint64_t at, struct err *err);

#endif
