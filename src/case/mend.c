/* What a writer that was killed leaves behind: bytes that no checkpoint covers, and halves of files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "case/inside.h"

#include "base/banned.h"

/* ledger.torn-<entries>, or with a further number where that is taken. */
static int torn_name(struct assay_case *kase, char *name, size_t name_bytes, struct err *err)
{
    unsigned long long size = (unsigned long long)kase->tree.size;
    (void)snprintf(name, name_bytes, "ledger.torn-%llu", size);
    for (unsigned i = 2; i < 10000; i++) {
        if (faccessat(kase->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            return 0;
        }
        (void)snprintf(name, name_bytes, "ledger.torn-%llu.%u", size, i);
    }
    return err_set(err, ERR_LIMIT, "%s: too many torn writes are kept", kase->path);
}

static int copy_tail(struct assay_case *kase, const char *name, struct err *err)
{
    enum { STEP = 64 << 10 };
    OWN(own_mem) char *piece = malloc(STEP);
    OWN(own_fd) int out = openat(kase->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (piece == NULL || out < 0) {
        return err_set(err, ERR_IO, "%s: %s: %s", kase->path, name, strerror(errno));
    }
    uint64_t at = kase->bytes;
    for (;;) {
        ssize_t got = pread(kase->ledger, piece, STEP, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s: ledger.jsonl: %s", kase->path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        TRY(file_write_fd(out, (struct str){piece, (size_t)got}, err));
        at += (uint64_t)got;
    }
    return file_sync(out) == 0 && file_sync(kase->dir) == 0
               ? 0
               : err_set(err, ERR_IO, "%s: %s: %s", kase->path, name, strerror(errno));
}

/* First the copy is safe, then the ledger loses its tail: cut off in between, both are done again. */
int case_mend(struct assay_case *kase, struct err *err)
{
    char name[64];
    TRY(torn_name(kase, name, sizeof name, err));
    if (copy_tail(kase, name, err) != 0) {
        (void)unlinkat(kase->dir, name, 0);
        return -1;
    }
    struct index_mark now;
    bool is_as_hashed = kase->has_mark && mark_of(kase->ledger, &now) && mark_eq(&now, &kase->mark);
    if (ftruncate(kase->ledger, (off_t)kase->bytes) != 0 || file_sync(kase->ledger) != 0) {
        return err_set(err, ERR_IO, "%s: ledger.jsonl: %s", kase->path, strerror(errno));
    }
    kase->has_mark = mark_of(kase->ledger, &kase->mark) && is_as_hashed && kase->mark.bytes == kase->bytes;
    return 0;
}

/* Halves of files that a killed writer left: their makers are gone, for we hold the lock. */
static void sweep_folder(int dir, const char *folder_name)
{
    int fd = openat(dir, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    OWN(own_dir) DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        own_fd(&fd);
        return;
    }
    for (struct dirent *name = readdir(folder); name != NULL; name = readdir(folder)) {
        if (strstr(name->d_name, ".new-") != NULL) {
            (void)unlinkat(fd, name->d_name, 0);
        }
    }
}

void case_sweep_leftovers(const struct assay_case *kase)
{
    sweep_folder(kase->dir, ".");
    sweep_folder(kase->dir, "checkpoints");
    sweep_folder(kase->dir, "documents");
}
