/* What was examined, by digest: a file's bytes, or a tree's manifest.
 *
 * The manifest of a tree has one line a regular file, "<sha256> <size> <path>\n", in bytewise order of the
 * path; unreadable files have "-" instead of a digest, and are counted: two such manifests that differ do not say that the
 * tree did. Its SHA-256 stands for the tree. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/run.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { DEPTH_MAX = 128, NAMES_MAX_BYTES = 64 << 20 };

struct manifest {
    struct hasher *lines;
    uint64_t bytes;
    struct assay_unread unread;
};

static void own_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}

static void put_line(struct manifest *m, const char *hex, uint64_t size, const char *path)
{
    char head[SHA256_HEX + 32];
    int length = snprintf(head, sizeof head, "%s %llu ", hex, (unsigned long long)size);
    hasher_put(m->lines, head, (size_t)length);
    hasher_put(m->lines, path, strlen(path));
    hasher_put(m->lines, "\n", 1);
    m->bytes += size;
}

static void put_unread(struct manifest *m, const char *path, const char *why)
{
    if (m->unread.count++ == 0) {
        (void)snprintf(m->unread.first, sizeof m->unread.first, "%.180s: %.60s", path[0] != '\0' ? path : ".", why);
    }
    put_line(m, "-", 0, path);
}

static int put_file(struct manifest *m, int fd, const char *path, struct err *err)
{
    char hex[SHA256_HEX + 1];
    uint64_t size;
    struct sha256 digest;
    struct err why = {0};
    if (file_digest_fd(fd, -1, &digest, &size, &why) == 0) {
        hex_encode(hex, digest.bytes, SHA256_BYTES);
        put_line(m, hex, size, path);
    } else if (why.kind == ERR_IO) {
        put_unread(m, path, why.text);
    } else {
        return err_set(err, why.kind, "%s: %s", path, why.text);
    }
    return 0;
}

/* What cannot be opened. Links are no files, and neither are sockets, though they have a line. */
static void put_closed(struct manifest *m, const char *path, int why)
{
    if (why == ENXIO) {
        put_line(m, "-", 0, path);
    } else if (why != ELOOP) {
        put_unread(m, path, strerror(why));
    }
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* Names of a directory, sorted; one block of text and pointers into it. */
static int list_names(DIR *dir, struct buf *text, char ***ret_names, size_t *ret_count, struct err *err)
{
    const struct dirent *entry;
    size_t count = 0;
    errno = 0;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            buf_put(text, (struct str){entry->d_name, strlen(entry->d_name) + 1});
            count++;
        }
        errno = 0;
    }
    if (errno != 0) { /* not the end: names are missing */
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    TRY(buf_check(text, err));
    char **names = calloc(count + 1, sizeof *names);
    if (names == NULL) {
        return err_no_memory(err);
    }
    char *at = text->data;
    for (size_t i = 0; i < count; i++) {
        names[i] = at;
        at += strlen(at) + 1;
    }
    qsort(names, count, sizeof *names, compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}

static int put_tree(struct manifest *m, int root, struct buf *path, unsigned depth, struct err *err);

static int put_entry(struct manifest *m, int root, struct buf *path, unsigned depth, struct err *err)
{
    OWN(own_fd) int fd = file_open_beneath(root, path->data, 0);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        put_closed(m, path->data, errno);
        return 0;
    }
    if (S_ISDIR(about.st_mode)) {
        return put_tree(m, root, path, depth + 1, err);
    }
    return S_ISREG(about.st_mode) ? put_file(m, fd, path->data, err) : 0;
}

static int put_tree(struct manifest *m, int root, struct buf *path, unsigned depth, struct err *err)
{
    if (depth > DEPTH_MAX) {
        return err_set(err, ERR_LIMIT, "%s: folders nested deeper than %d", path->data, DEPTH_MAX);
    }
    int fd = file_open_beneath(root, path->len != 0 ? path->data : ".", O_DIRECTORY);
    OWN(own_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        put_unread(m, path->data, strerror(errno));
        return 0;
    }
    OWN(own_buf) struct buf text = {.max = NAMES_MAX_BYTES};
    OWN(own_mem) char **names = NULL;
    size_t count = 0;
    TRY(list_names(dir, &text, &names, &count, err));
    size_t here = path->len;
    for (size_t i = 0; i < count; i++) {
        if (here != 0) {
            buf_putc(path, '/');
        }
        buf_puts(path, names[i]);
        TRY(buf_check(path, err));
        TRY(put_entry(m, root, path, depth, err));
        path->len = here;
        path->data[here] = '\0';
    }
    return 0;
}

static int tree_digest(const char *root_path, char ret_hex[static 65], uint64_t *ret_bytes,
                       struct assay_unread *ret_unread, struct err *err)
{
    OWN(own_fd) int root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return err_set(err, ERR_IO, "%s: %s", root_path, strerror(errno));
    }
    OWN(own_hasher) struct hasher *lines = hasher_new(err);
    OWN(own_buf) struct buf path = {.max = 1 << 20};
    buf_puts(&path, "");
    if (lines == NULL || path.failed) {
        return err_no_memory(err);
    }
    struct manifest m = {.lines = lines};
    TRY(put_tree(&m, root, &path, 0, err));
    if (ret_unread == NULL && m.unread.count != 0) {
        return err_set(err, ERR_IO, "%s: %llu of its files could not be read, the first: %s", root_path,
                       (unsigned long long)m.unread.count, m.unread.first);
    }
    struct sha256 digest = hasher_end(lines);
    hex_encode(ret_hex, digest.bytes, SHA256_BYTES);
    *ret_bytes = m.bytes;
    if (ret_unread != NULL) {
        *ret_unread = m.unread;
    }
    return 0;
}

const char *assay_evidence_file(const char *uri)
{
    struct str name = str_of(uri);
    if (str_starts(name, STR("sqlite:"))) {
        return uri + strlen("sqlite:");
    }
    return str_find(name, STR("://"), 0) != SIZE_MAX ? NULL : uri;
}

int assay_evidence_digest(const char *path, char ret_hex[static 65], uint64_t *ret_bytes,
                          struct assay_unread *ret_unread, struct err *err)
{
    ret_hex[0] = '\0';
    *ret_bytes = 0;
    if (ret_unread != NULL) {
        *ret_unread = (struct assay_unread){.count = 0};
    }
    path = assay_evidence_file(path);
    if (path == NULL) {
        return 0; /* a live database has no digest */
    }
    struct stat about;
    if (stat(path, &about) != 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return tree_digest(path, ret_hex, ret_bytes, ret_unread, err);
    }
    struct sha256 digest;
    TRY(file_digest(path, &digest, ret_bytes, err));
    hex_encode(ret_hex, digest.bytes, SHA256_BYTES);
    return 0;
}

int assay_evidence_digest_fd(int fd, const char *name, char ret_hex[static 65], uint64_t *ret_bytes, struct err *err)
{
    struct sha256 digest;
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    TRY(file_digest_fd(fd, -1, &digest, ret_bytes, err));
    hex_encode(ret_hex, digest.bytes, SHA256_BYTES);
    return 0;
}
