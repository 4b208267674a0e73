/* Body files: what The Sleuth Kit's fls and mactime, UAC, Velociraptor, or find with stat say of a machine's files, a line each:
 *
 *   MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime      (format 3 of The Sleuth Kit; seconds of Unix, a fraction may follow)
 *
 * A name may hold any byte but the line's end, a bar too: fields are counted from both ends. */
#ifndef ASSAY_FORMATS_BODYFILE_H
#define ASSAY_FORMATS_BODYFILE_H

#include "assay/words.h"

/* A regular file that is there. Times in seconds since 1970, UTC; BODYFILE_NO_TIME: not told (nothing, 0, or below it). */
struct bodyfile_entry {
    struct str name;
    struct str rights;     /* mode, owner and group, as they stand there */
    uint64_t inode, size;  /* inode 0: not told ("123-128-1" of NTFS is 123) */
    int64_t read, written; /* atime, mtime */
    int64_t changed, born; /* ctime: of the inode; crtime */
};
#define BODYFILE_NO_TIME INT64_MIN

enum bodyfile_kind {
    BODYFILE_FILE,  /* *ret_entry is set; its name is borrowed from line */
    BODYFILE_OTHER, /* a comment, a folder, a link, a file that was deleted: nothing to take */
    BODYFILE_WRONG  /* no line of a body file */
};
enum bodyfile_kind bodyfile_line(struct str line, struct bodyfile_entry *ret_entry);

/* Each file of the body file at path, plain or packed, in its order; entry is valid during the call. *ret_wrong: lines that are none.
 * take returns 0, or -1 with err, which ends it. err: IO, FORMAT (it holds no line of a body file; or is damaged). */
MUST_USE int bodyfile_each(const char *path,
                           int (*take)(void *self, const struct bodyfile_entry *entry, struct err *err), void *self,
                           uint64_t *ret_wrong, struct err *err);

#endif
