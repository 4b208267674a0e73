/* Archived originals: the bytes that are hashed are the bytes that are kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "case/inside.h"

#include "base/banned.h"

static int open_original(const char *path, struct err *err)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return err_set(err, ERR_IO, "%s: not a regular file", path);
    }
    return fd;
}

static int keep(int folder, const char *temporary, int in, char ret_sha256[static 65], uint64_t *ret_bytes,
                struct err *err)
{
    struct sha256 digest;
    OWN(own_fd) int out = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (out < 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    TRY(file_digest_fd(in, out, &digest, ret_bytes, err));
    if (file_sync(out) != 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    hex_encode(ret_sha256, digest.bytes, SHA256_BYTES);
    if (renameat(folder, temporary, folder, ret_sha256) != 0 || file_sync(folder) != 0) {
        return err_set(err, ERR_IO, "%s: %s", ret_sha256, strerror(errno));
    }
    return 0;
}

int assay_case_archive(struct assay_case *kase, const char *path, char ret_sha256[static 65], uint64_t *ret_bytes,
                       struct err *err)
{
    TRY(case_may_write(kase, err));
    OWN(own_fd) int in = open_original(path, err);
    if (in < 0) {
        return -1;
    }
    OWN(own_fd) int folder = openat(kase->dir, "documents", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0) {
        return err_set(err, ERR_IO, "%s: documents: %s", kase->path, strerror(errno));
    }
    char temporary[32];
    char sha256[65];
    uint64_t bytes = 0;
    (void)snprintf(temporary, sizeof temporary, ".new-%ld", (long)getpid());
    if (keep(folder, temporary, in, sha256, &bytes, err) != 0) {
        (void)unlinkat(folder, temporary, 0);
        return err_where(err, "%s: documents", kase->path);
    }
    memcpy(ret_sha256, sha256, sizeof sha256);
    *ret_bytes = bytes;
    return 0;
}

static bool is_digest(const char *sha256)
{
    uint8_t bytes[SHA256_BYTES];
    return hex_decode(bytes, SHA256_BYTES, str_of(sha256));
}

json_t *assay_case_document(struct assay_case *kase, const char *sha256, struct err *err)
{
    enum { DOCUMENT_MAX = 64 << 20 };
    OWN(own_buf) struct buf bytes = {0};
    char hex[SHA256_HEX + 1];
    OWN(own_fd) int folder = openat(kase->dir, "documents", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0 || !is_digest(sha256) || faccessat(folder, sha256, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        err_set(err, ERR_NOT_FOUND, "%s: documents/%.64s is not there", kase->path, sha256);
        return NULL;
    }
    if (file_read_at(folder, sha256, DOCUMENT_MAX, &bytes, err) != 0) {
        return NULL;
    }
    const struct sha256 digest = sha256_of(buf_str(&bytes));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    if (strcmp(hex, sha256) != 0) {
        err_set(err, ERR_TAMPERED, "%s: documents/%s was altered: its bytes have the digest %s", kase->path, sha256,
                hex);
        return NULL;
    }
    json_t *document = json_read(buf_str(&bytes), err);
    if (document == NULL) {
        err_where(err, "%s: documents/%s", kase->path, sha256);
    }
    return document;
}
