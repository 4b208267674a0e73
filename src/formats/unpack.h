/* What packings that stream have in common: members one behind the other, zeros behind the last, bytes before a damage
 * delivered before it is said, and an end to bombs. A packing gives the one step that only it can do. */
#ifndef ASSAY_FORMATS_UNPACK_H
#define ASSAY_FORMATS_UNPACK_H

#include "formats/stream.h"

enum unpack_end {
    UNPACK_ON,      /* give it more input, or more room */
    UNPACK_MEMBER,  /* a member ended; another may follow */
    UNPACK_DAMAGED, /* what follows cannot be had */
    UNPACK_HUGE     /* it wants more memory than it may have */
};

struct unpacking {
    const char *name; /* "xz data" */
    bool (*probe)(struct str head);
    /* A decoder at the beginning of a member; NULL: no memory. head: its first bytes. */
    void *(*start)(struct str head);
    /* Takes from in, puts into out, and moves both. in empty: the file is at its end, there may be bytes held back. */
    enum unpack_end (*step)(void *decoder, struct str *in, char **out, size_t *room);
    void (*stop)(void *decoder);
};

MUST_USE void *unpack_open(const struct unpacking *kind, struct raw *raw, struct err *err);
MUST_USE int unpack_read(void *state, char *into, size_t room, size_t *ret_got, struct err *err);
void unpack_close(void *state);

#endif
