/* What a run keeps in a file, so that it can be stopped and gone on with (--resume).
 *
 * Each room of the survey has one function, x_keep(), that walks over what it has gathered; the same walk counts bytes,
 * writes them and takes them back, so the three cannot differ. A walk never fails in between: keep_check() says at the end how it
 * went. Rows are written as they lie in memory: the file is for the same program on the same kind of machine, and resume.c refuses any
 * other.
 *
 * The file has two places and a head for each. A state goes where the newest one does not lie; it is on the disk before its head is
 * written, and that before the run goes on. So whenever the run is ended, one whole state is there.
 *
 *      0   head of places with an even number   "ASSAYKEP", number, where the state lies, its bytes, SHA-256 of it and of this head
 *   4096   ... with an odd one
 *   8192   states
 *
 * Of two whole heads the one with the higher number counts; if its state is not whole, the other. */
#ifndef ASSAY_TRACE_KEEP_H
#define ASSAY_TRACE_KEEP_H

#include "base/arena.h"
#include "base/hash.h"

/* A state in the file. bytes 0: none. */
struct keep_place {
    uint64_t number, at, bytes;
    struct sha256 digest;
};

enum keep_way { KEEP_COUNT, KEEP_WRITE, KEEP_READ };

struct keep {
    enum keep_way way;
    int fd;
    uint64_t at, end; /* in the file: of what is in room; READ: where the state ends */
    uint64_t bytes;   /* walked over so far */
    char *room;
    size_t used, filled; /* of room */
    struct hasher *hasher;
    unsigned *steps; /* keep_step() */
    struct err err;
};

/* Above a walk that goes member by member: a new member changes the size of its type (on 64-bit machines) and fails here, so that nobody forgets to
 * keep it, or to see that it need not be kept. */
#define KEEP_KNOWS(type, type_bytes)                                    \
    _Static_assert(sizeof(void *) != 8 || sizeof(type) == (type_bytes), \
                   "a member is new: walk over it too, then state the new size")

static inline bool keep_reads(const struct keep *keep)
{
    return keep->way == KEEP_READ;
}
/* Data is written; or set, and zero when it cannot be had. */
void keep_bytes(struct keep *keep, void *data, size_t bytes);
#define KEEP(keep, value) keep_bytes((keep), &(value), sizeof(value))
/* A number of things of which there are at most `most`; 0 when it cannot be had. */
size_t keep_count(struct keep *keep, size_t count, size_t most);
/* Rows in memory from malloc(): *rows and *count are set when it reads. rows: address of the pointer. */
void keep_rows(struct keep *keep, void *rows, size_t *count, size_t each, size_t most);
/* NULL, or text that lives in arena when it is read. */
void keep_string(struct keep *keep, const char **text, size_t most, struct arena *arena);
/* The first thing that went wrong, if it did not before. */
void keep_fail(struct keep *keep, const struct err *why);
static inline bool keep_is_well(const struct keep *keep)
{
    return keep->err.kind == ERR_NONE;
}

/* What a state holds, walked over. */
struct keep_walk {
    void *self;
    void (*walk)(void *self, struct keep *keep);
};

/* The newest whole state; bytes 0: the file is empty, or no state in it was ever whole. err: FORMAT (not such a file), IO. */
MUST_USE int keep_newest(int fd, struct keep_place *ret_place, struct err *err);
/* Writes a state beside `newest`, and makes newest the one that was written. steps: for tests, see keep_step(); may be NULL. */
MUST_USE int keep_write(int fd, struct keep_place *newest, const struct keep_walk *walk, unsigned *steps,
                        struct err *err);
/* Takes the state back. err: FORMAT when the walk wants other bytes than there are. */
MUST_USE int keep_read(int fd, const struct keep_place *place, const struct keep_walk *walk, struct err *err);

#endif
