/* Files: read whole, map, write so that a reader sees the old or the new one, open beneath a root. */
#ifndef ASSAY_BASE_FILE_H
#define ASSAY_BASE_FILE_H

#include "base/buf.h"

/* Opens path for reading below directory fd `root` without leaving it and without following any
 * link (openat2 RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS, O_NOFOLLOW|O_CLOEXEC|O_NONBLOCK|O_NOATIME where allowed).
 * extra_flags: O_DIRECTORY or 0. Returns the fd or -1 with errno set. */
int file_open_beneath(int root, const char *path, int extra_flags);

/* Appends the whole file (at most max_bytes) to out. err: IO, or LIMIT if it is longer. */
MUST_USE int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *err);
MUST_USE int file_read_at(int dir, const char *name, size_t max_bytes, struct buf *out, struct err *err);
/* The rest of fd. Retries EINTR and short reads. */
MUST_USE int file_read_fd(int fd, size_t max_bytes, struct buf *out, struct err *err);
/* Writes everything; retries EINTR and short writes. */
MUST_USE int file_write_fd(int fd, struct str bytes, struct err *err);
/* temp + fsync + rename + fsync of the directory in which name stands. name: relative to dir. mode e.g. 0644. */
MUST_USE int file_replace(int dir, const char *name, struct str bytes, unsigned mode, struct err *err);
/* fsync, again where it was interrupted. 0, or -1 with errno. */
MUST_USE int file_sync(int fd);
/* fsync of the folder in which name stands, which need not be dir itself: a name is as durable as its folder. 0, or -1 with errno. */
MUST_USE int file_sync_folder(int dir, const char *name);
/* Like file_replace into a path given by the person; a device or a pipe is written to, never replaced. */
MUST_USE int file_write(const char *path, struct str bytes, struct err *err);

/* The same, piece by piece: it takes its place when it is ended, and own_file_draft() leaves nothing of one that was not. Set {.dir = -1, .fd =
 * -1} before an OWN(). err: IO, LIMIT (the name). */
struct file_draft {
    int dir, fd;
    char name[512], temporary[512]; /* temporary empty: it is written through, or in its place */
};
MUST_USE int file_draft_begin(struct file_draft *draft, const char *path, struct err *err);
MUST_USE int file_draft_put(struct file_draft *draft, struct str bytes, struct err *err);
MUST_USE int file_draft_end(struct file_draft *draft, struct err *err);
void own_file_draft(struct file_draft *draft);

/* A file mapped for reading. A file that shrinks meanwhile raises SIGBUS: map only evidence in a confined child. */
struct file_map {
    struct str bytes;
    uint64_t dev, ino;
    int64_t mtime_ns, ctime_ns;
    uint32_t uid, gid, mode;
};
MUST_USE int file_map_fd(int fd, struct file_map *ret_map, struct err *err);
void file_unmap(struct file_map *map);

/* SHA-256 and size of a file, streamed. */
struct sha256;
/* Of the rest of fd, which is copied to descriptor `copy` on the way unless that is negative: what is hashed is what is kept.
 * ret_digest is set on success; ret_bytes either way: what was read. */
MUST_USE int file_digest_fd(int fd, int copy, struct sha256 *ret_digest, uint64_t *ret_bytes, struct err *err);
MUST_USE int file_digest(const char *path, struct sha256 *ret_digest, uint64_t *ret_bytes, struct err *err);

#endif
