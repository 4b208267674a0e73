/* What lies below a path that somebody gave, in the bytewise order of full paths, whatever the file
 * system says first. Nothing is followed: a link is an entry, not a way. Memory is one directory at a
 * time per level, never the tree. Single-threaded. */
#ifndef ASSAY_BASE_WALK_H
#define ASSAY_BASE_WALK_H

#include "assay/words.h"

enum walk_kind {
    WALK_FILE,
    WALK_LINK,     /* a link that stays in the tree: what it points at is met on its own */
    WALK_LINK_OUT, /* a link that leads out of the tree: what it points at isn't looked at */
    WALK_LINK_BROKEN,
    WALK_SPECIAL,    /* FIFO, socket, device */
    WALK_CLOSED_DIR, /* a directory that can't be listed; error says why */
    WALK_LOST        /* the entry vanished or can't be asked about; error says why */
};

struct walk_entry {
    enum walk_kind kind;
    int error;   /* errno of CLOSED_DIR and LOST */
    size_t len;  /* of path */
    char path[]; /* below the root, NUL-terminated; "" for a root that can't be listed */
};

struct walk;

/* path: a directory, or a file (then the root is its directory and it is the only entry). A link given
 * by a person is followed, once, here. NULL with err: IO. */
MUST_USE struct walk *walk_open(const char *path, struct err *err);
void walk_close(struct walk *walk);
void own_walk(struct walk **walk);
/* The directory that paths are below; valid until walk_close. */
int walk_root(const struct walk *walk);
/* True if the path given was a file. */
bool walk_is_file(const struct walk *walk);
/* The next entry, which the caller frees; NULL in *ret_entry at the end. err: LIMIT (memory). */
MUST_USE int walk_next(struct walk *walk, struct walk_entry **ret_entry, struct err *err);

#endif
