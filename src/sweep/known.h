/* Which files of a tree are those of a release, unchanged.
 *
 * Where a release lies in the tree is found, not told; several copies of it may. The rule:
 *
 *   A directory is a root of a release when at least half of the release's anchors lie below it, at their paths, with their
 *   content (white space aside). Anchors are up to 32 files, neither empty nor larger than 1 MiB, spread evenly over the
 *   sorted list of the release (larger ones, if it has no others). A directory where the first four are all missing is none. Links are not followed to an anchor.
 *   The tree that a manifest of --since was made of is its root when one anchor agrees.
 *
 *   A file below a root that has the digest of the release's file of that path is unchanged: it is counted, class "known" (or
 *   "unchanged" for --since), and not analysed, whatever it holds. With several releases over it, one that agrees is enough.
 *   A file that differs by white space alone is analysed as any other, and counted. Any other difference makes it a
 *   changed file, told against the release whose root is nearest.
 *   A script that the release does not have is in an odd place where the release owns the directory: the nearest directory above
 *   it that the release has is not the top and holds at least three files of it. Elsewhere beside files of the release it is a hint.
 *   Files of the release that are not there are counted, except where a directory could not be listed.
 *
 * So whoever alters more than half of the anchors is not believed to have the release, and all of it is analysed. Roots are looked for
 * on the caller's thread, as the walk enters a directory; files are compared on the workers'. */
#ifndef ASSAY_SWEEP_KNOWN_H
#define ASSAY_SWEEP_KNOWN_H

#include "base/buf.h"
#include "base/walk.h"
#include "sweep/found.h"
#include "sweep/manifest.h"

enum { KNOWN_CLAIMS_MAX = 8 };

enum known_state {
    KNOWN_NONE,    /* no release says anything of it      */
    KNOWN_SAME,    /* byte for byte                       */
    KNOWN_SPACE,   /* it differs by white space alone     */
    KNOWN_CHANGED, /* it differs                          */
    KNOWN_EXTRA,   /* the release has no such file        */
    KNOWN_STATES
};

/* What the releases say of one path, before its bytes are read. */
struct known_place {
    struct known_claim {
        const struct manifest_file *file;
        const struct manifest *manifest;
        size_t root;
        bool is_since;
    } claims[KNOWN_CLAIMS_MAX]; /* nearest root first */
    unsigned count;
    bool is_beside, is_owned,
        is_new; /* the release has other files there; owns the directory; --since has no such file */
    size_t beside_root, new_root;
    const struct manifest *beside, *since; /* of those roots */
};

/* And after. */
struct known_view {
    enum known_state release, since;
    size_t release_root, since_root;
    bool is_owned;
    uint64_t was_bytes, is_bytes; /* of a changed file */
    const char *name, *made;      /* of the release, and of --since; valid as long as struct known */
};

struct known;
/* since: a manifest, or NULL. NULL with err: IO, FORMAT, LIMIT. */
MUST_USE struct known *known_load(const char *const *paths, size_t count, const char *since, struct err *err);
void known_free(struct known *known);

/* A new source: roots are looked for from its top. is_file: it is no directory, so none is. */
void known_enter(struct known *known, int root, struct str source, bool is_file);
/* The next entry of the walk, in its order. */
MUST_USE int known_place(struct known *known, const struct walk_entry *entry, struct known_place *ret_place,
                         struct err *err);
/* On any thread. fd: at its beginning, and left there. */
void known_compare(const struct known_place *place, int fd, uint64_t bytes, struct known_view *ret_view);
/* It is unchanged: its class of coverage; NULL: it is to be analysed. */
const char *known_class(const struct known_view *view);
/* Whether there is something to tell of a file even if no analysis wants it. */
bool known_tells(const struct known_view *view);
/* Why, ahead of other reasons; and, behind them, the class. */
void known_explain(const struct known_view *view, bool is_script, struct found *found);
void known_raise(const struct known_view *view, bool is_script, struct found *found);

/* Counts what came of one file. */
void known_count(struct known *known, const struct known_view *view);
/* Of the source: each file of a release that is not there, path as a person would write it. tell NULL: they are only counted. */
MUST_USE int known_leave(struct known *known, void *self,
                         int (*tell)(void *self, struct str path, const char *release, struct err *err),
                         struct err *err);
/* Members for the summary: "known" and, of a manifest, "since"; NULL without memory, JSON null when there is none. */
json_t *known_json(const struct known *known);
json_t *known_since_json(const struct known *known);
/* The releases that no directory held: names, one after another from *at = 0; NULL at the end. */
const char *known_unplaced(const struct known *known, size_t *at);

#endif
