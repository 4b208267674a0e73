/* The key that a case signs with. A rotation puts the next one down as key.next before the ledger names it, and moves it into the
 * place of `key` afterwards: whichever of the two the ledger means is there, wherever the writer was stopped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "case/inside.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

/* 1: it is the key that the ledger means, and kase has it; 0: it is another; -1: err. */
static int try_secret(struct assay_case *kase, const char *name, struct err *err)
{
    struct note_key named;
    if (keyfile_read(kase->dir, name, &kase->secret, &named, err) != 0) {
        return err->kind == ERR_FORMAT || err->kind == ERR_LIMIT ? case_tampered(kase, err) : -1;
    }
    return note_key_eq(&named, &kase->vkey) ? 1 : 0;
}

static int finish_rotation(struct assay_case *kase, struct err *err)
{
    int got = faccessat(kase->dir, "key.next", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? try_secret(kase, "key.next", err) : 0;
    if (got < 0) {
        return -1;
    }
    if (got == 0) {
        err_set(err, ERR_TAMPERED, "key: is not the key that this case signs with");
        return case_tampered(kase, err);
    }
    return renameat(kase->dir, "key.next", kase->dir, "key") == 0 && file_sync(kase->dir) == 0
               ? 0
               : err_set(err, ERR_IO, "%s: key: %s", kase->path, strerror(errno));
}

int case_read_secret(struct assay_case *kase, struct err *err)
{
    sign_lock(&kase->secret);
    if (faccessat(kase->dir, "key", F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
        err_set(err, ERR_NOT_FOUND, "%s: has no signing key here", kase->path);
        return err_remedy(err, "whoever holds the file 'key' can record; everybody can read and verify");
    }
    int got = try_secret(kase, "key", err);
    if (got < 0) {
        return err->kind == ERR_TAMPERED ? -1 : err_where(err, "%s", kase->path);
    }
    if (got == 0) {
        return finish_rotation(kase, err);
    }
    (void)unlinkat(kase->dir, "key.next", 0); /* of a rotation that never reached the ledger */
    return 0;
}
