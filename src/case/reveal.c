/* What opens a redacted entry or a withheld document later: its own bytes, for the hash of them is in the bundle. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"

#include "base/banned.h"

static int gather_lines(struct assay_case *kase, struct str id, struct buf *out, struct err *err)
{
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, kase->ledger, 0, err));
    for (uint64_t n = 0; n < kase->tree.size; n++) {
        struct line line;
        struct envelope envelope;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
        }
        if (canon_read(&envelope, line.text) == NULL && str_eq(envelope.id, id)) {
            buf_put(out, line.text);
            buf_putc(out, '\n');
        }
    }
    return buf_check(out, err);
}

static int copy_document(struct assay_case *kase, const char *digest, const char *path, struct err *err)
{
    char name[16 + SHA256_HEX];
    struct sha256 read;
    uint64_t bytes;
    (void)snprintf(name, sizeof name, "documents/%.64s", digest);
    OWN(own_fd) int in = file_open_beneath(kase->dir, name, 0);
    if (in < 0) {
        return err_set(err, ERR_NOT_FOUND, "%s: %s is not among the documents", kase->path, digest);
    }
    OWN(own_fd) int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (out < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    return file_digest_fd(in, out, &read, &bytes, err) == 0 ? 0 : err_where(err, "%s", path);
}

int assay_case_reveal(struct assay_case *kase, const char *id, const char *path, struct err *err)
{
    OWN(own_buf) struct buf lines = {0};
    uint8_t digest[SHA256_BYTES];
    if (hex_decode(digest, sizeof digest, str_of(id))) {
        return copy_document(kase, id, path, err);
    }
    TRY(gather_lines(kase, str_of(id), &lines, err));
    if (lines.len == 0) {
        err_set(err, ERR_NOT_FOUND, "%s: no entry \"%s\"", kase->path, id);
        return err_remedy(err, "give the id of an entry, or the SHA-256 of a document");
    }
    return file_write(path, buf_str(&lines), err);
}
