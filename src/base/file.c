/* Files, opened so that no link or race leads elsewhere, written so that no half file is ever seen. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"

#include "base/banned.h"

int file_open_beneath(int root, const char *path, int extra_flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOATIME | extra_flags),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd < 0 && errno == EPERM) { /* O_NOATIME is for owners of the file only */
        how.flags &= ~(uint64_t)O_NOATIME;
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    }
    return (int)fd;
}

int file_read_fd(int fd, size_t max_bytes, struct buf *out, struct err *err)
{
    enum { STEP = 64 << 10 };
    size_t total = 0;
    for (;;) {
        char *room = buf_room(out, STEP);
        if (room == NULL) {
            return buf_check(out, err);
        }
        ssize_t got = read(fd, room, STEP);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        if (got == 0) {
            buf_put(out, (struct str){NULL, 0});
            return buf_check(out, err);
        }
        out->len += (size_t)got;
        total += (size_t)got;
        if (total > max_bytes) {
            return err_set(err, ERR_LIMIT, "longer than %zu bytes", max_bytes);
        }
    }
}

int file_read_at(int dir, const char *name, size_t max_bytes, struct buf *out, struct err *err)
{
    OWN(own_fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", name, strerror(errno));
    }
    if (file_read_fd(fd, max_bytes, out, err) != 0) {
        return err_where(err, "%s", name);
    }
    return 0;
}

int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *err)
{
    return file_read_at(AT_FDCWD, path, max_bytes, out, err);
}

int file_write_fd(int fd, struct str bytes, struct err *err)
{
    while (bytes.len != 0) {
        ssize_t put = write(fd, bytes.data, bytes.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return err_set(err, ERR_IO, "%s", put < 0 ? strerror(errno) : "nothing was written");
        }
        bytes.data += put;
        bytes.len -= (size_t)put;
    }
    return 0;
}

/* Interrupted is not failed: nothing was reported that a second call could lose. */
int file_sync(int fd)
{
    int failed;
    do {
        failed = fsync(fd);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

int file_sync_folder(int dir, const char *name)
{
    OWN(own_mem) char *folder = strdup(name);
    if (folder == NULL) {
        return -1;
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    OWN(own_fd) int handle = openat(dir, slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return handle < 0 ? -1 : file_sync(handle);
}

static int begin_at(struct file_draft *draft, int dir, const char *name, unsigned mode, struct err *err)
{
    draft->dir = dir;
    draft->fd = -1;
    int named = snprintf(draft->name, sizeof draft->name, "%s", name);
    int length = snprintf(draft->temporary, sizeof draft->temporary, "%s.new-%ld", name, (long)getpid());
    if (named < 0 || length < 0 || (size_t)length >= sizeof draft->temporary) {
        draft->temporary[0] = '\0';
        return err_set(err, ERR_LIMIT, "%s: name too long", name);
    }
    draft->fd = openat(dir, draft->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (draft->fd < 0) {
        draft->temporary[0] = '\0';
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    return 0;
}

int file_draft_put(struct file_draft *draft, struct str bytes, struct err *err)
{
    return file_write_fd(draft->fd, bytes, err) == 0 ? 0 : err_where(err, "%s", draft->name);
}

/* Closes it: on the disk and in its place, or not there. */
static int end_draft(struct file_draft *draft, struct err *err)
{
    bool is_through = draft->temporary[0] == '\0';
    int failed = !is_through && file_sync(draft->fd) != 0 ? err_set(err, ERR_IO, "%s", strerror(errno)) : 0;
    int fd = draft->fd;
    draft->fd = -1;
    if (close(fd) != 0 && failed == 0) {
        failed = err_set(err, ERR_IO, "%s", strerror(errno));
    }
    if (is_through) {
        return failed;
    }
    if (failed == 0 && renameat(draft->dir, draft->temporary, draft->dir, draft->name) != 0) {
        failed = err_set(err, ERR_IO, "%s", strerror(errno));
    }
    if (failed == 0) {
        draft->temporary[0] = '\0';
        failed = file_sync_folder(draft->dir, draft->name) != 0 ? err_set(err, ERR_IO, "%s", strerror(errno)) : 0;
    }
    return failed;
}

int file_draft_end(struct file_draft *draft, struct err *err)
{
    return end_draft(draft, err) == 0 ? 0 : err_where(err, "%s", draft->name);
}

/* What was not ended leaves nothing behind. */
static void drop_draft(struct file_draft *draft)
{
    own_fd(&draft->fd);
    draft->fd = -1;
    if (draft->temporary[0] != '\0') {
        (void)unlinkat(draft->dir, draft->temporary, 0);
        draft->temporary[0] = '\0';
    }
}

void own_file_draft(struct file_draft *draft)
{
    drop_draft(draft);
    own_fd(&draft->dir);
}

int file_replace(int dir, const char *name, struct str bytes, unsigned mode, struct err *err)
{
    struct file_draft draft;
    TRY(begin_at(&draft, dir, name, mode, err));
    int failed = file_draft_put(&draft, bytes, err);
    failed = failed == 0 ? file_draft_end(&draft, err) : failed;
    drop_draft(&draft);
    return failed;
}

/* A device, a pipe: nothing that another file may take the place of. */
static int begin_through(struct file_draft *draft, const char *path, struct err *err)
{
    (void)snprintf(draft->name, sizeof draft->name, "%s", path);
    draft->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return draft->fd >= 0 ? 0 : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

int file_draft_begin(struct file_draft *draft, const char *path, struct err *err)
{
    struct stat about;
    *draft = (struct file_draft){.dir = -1, .fd = -1};
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) {
        return begin_through(draft, path, err);
    }
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    if (slash != NULL) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        if (length >= sizeof folder) {
            return err_set(err, ERR_LIMIT, "%s: path too long", path);
        }
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
    }
    return begin_at(draft, dir, slash != NULL ? slash + 1 : path, 0644, err);
}

int file_write(const char *path, struct str bytes, struct err *err)
{
    OWN(own_file_draft) struct file_draft draft = {.dir = -1, .fd = -1};
    TRY(file_draft_begin(&draft, path, err));
    TRY(file_draft_put(&draft, bytes, err));
    return file_draft_end(&draft, err);
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int file_map_fd(int fd, struct file_map *ret_map, struct err *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return err_set(err, ERR_IO, "not a regular file");
    }
    struct file_map map = {
        .bytes = {NULL, (size_t)about.st_size},
        .dev = about.st_dev,
        .ino = about.st_ino,
        .mtime_ns = nanoseconds(about.st_mtim),
        .ctime_ns = nanoseconds(about.st_ctim),
        .uid = about.st_uid,
        .gid = about.st_gid,
        .mode = about.st_mode,
    };
    if (map.bytes.len != 0) {
        void *at = mmap(NULL, map.bytes.len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (at == MAP_FAILED) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        map.bytes.data = at;
    }
    *ret_map = map;
    return 0;
}

void file_unmap(struct file_map *map)
{
    if (map->bytes.data != NULL) {
        (void)munmap((void *)(uintptr_t)map->bytes.data, map->bytes.len);
    }
    map->bytes = (struct str){NULL, 0};
}

int file_digest_fd(int fd, int copy, struct sha256 *ret_digest, uint64_t *ret_bytes, struct err *err)
{
    char piece[64 << 10];
    OWN(own_hasher) struct hasher *hasher = hasher_new(err);
    *ret_bytes = 0;
    if (hasher == NULL) {
        return -1;
    }
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        if (got == 0) {
            break;
        }
        hasher_put(hasher, piece, (size_t)got);
        *ret_bytes += (uint64_t)got;
        if (copy >= 0) {
            TRY(file_write_fd(copy, (struct str){piece, (size_t)got}, err));
        }
    }
    *ret_digest = hasher_end(hasher);
    return 0;
}

int file_digest(const char *path, struct sha256 *ret_digest, uint64_t *ret_bytes, struct err *err)
{
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    return file_digest_fd(fd, -1, ret_digest, ret_bytes, err) == 0 ? 0 : err_where(err, "%s", path);
}
