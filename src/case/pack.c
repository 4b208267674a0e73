/* assay_case_pack(): one archive, the same bytes whenever the case is the same.
 *
 *   bundle          a signed note: the format, the origin, how many entries, the digest of the list, what was left out
 *   SHA256SUMS      every further member, in the order in which they follow
 *   README.txt vkey checkpoint checkpoints/... ledger.jsonl leaves documents/... [WITHHELD] proofs/... [report.html] [tiles/...] */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/pack.h"

#include "base/banned.h"

enum { WINDOW = 1 << 20 };

int out_flush(struct out *out, struct err *err)
{
    if (out->fd >= 0 && out->window.len != 0) {
        TRY(file_write_fd(out->fd, buf_str(&out->window), err));
    }
    buf_reset(&out->window);
    return 0;
}

int out_put(struct out *out, struct str bytes, struct err *err)
{
    hasher_put(out->hasher, bytes.data, bytes.len);
    out->bytes += bytes.len;
    if (out->fd < 0) {
        return 0;
    }
    buf_put(&out->window, bytes);
    TRY(buf_check(&out->window, err));
    return out->window.len >= WINDOW ? out_flush(out, err) : 0;
}

static void own_out(struct out *out)
{
    hasher_free(out->hasher);
    buf_free(&out->window);
}

static void own_pack(struct pack *pack)
{
    for (size_t i = 0; i < pack->count; i++) {
        struct buf bytes = {.data = (char *)(uintptr_t)pack->members[i].bytes.data};
        buf_free(&bytes);
    }
    free(pack->members);
    free(pack->leaves);
    free(pack->offsets);
    free(pack->is_redacted);
    json_decref(pack->named);
    json_decref(pack->exhibits);
    json_decref(pack->withheld);
}

/* Size and digest of a member as its bytes go by. */
static int pass(struct pack *pack, struct member *member, struct out *out, char ret_hex[static SHA256_HEX + 1],
                uint64_t *ret_bytes, struct err *err)
{
    uint64_t before = out->bytes;
    if (member->put(pack, member, out, err) != 0) {
        return -1;
    }
    struct sha256 digest = hasher_end(out->hasher);
    hex_encode(ret_hex, digest.bytes, SHA256_BYTES);
    *ret_bytes = out->bytes - before;
    return 0;
}

static int measure(struct pack *pack, struct buf *list, struct err *err)
{
    OWN(own_out) struct out out = {.fd = -1, .hasher = hasher_new(err)};
    if (out.hasher == NULL) {
        return -1;
    }
    for (size_t i = 0; i < pack->count; i++) {
        struct member *member = &pack->members[i];
        TRY(pass(pack, member, &out, member->hex, &member->head.size, err));
        if (member->head.size > TAR_SIZE_MAX) {
            err_set(err, ERR_LIMIT, "%s: has more than 8 GiB", member->head.name);
            return err_remedy(err, "--withhold it, and hand it over by another way: its digest stays in the bundle");
        }
        member->head.time_s = pack->time_s;
        bool is_document = strncmp(member->head.name, "documents/", 10) == 0;
        if (is_document && strcmp(member->head.name + 10, member->hex) != 0) {
            err_set(err, ERR_TAMPERED, "%s: is not what its name says", member->head.name);
            return err_remedy(err, "assay verify says what else is wrong; a damaged case is not packed");
        }
        buf_printf(list, "%s  %s\n", member->hex, member->head.name);
    }
    return buf_check(list, err);
}

/* The head: signed where the case is open for writing, else its text alone. */
static int put_head(const struct pack *pack, struct str list, struct buf *out, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    char hex[SHA256_HEX + 1];
    struct sha256 digest = sha256_of(list);
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    buf_printf(&text, BUNDLE_FORMAT "\n%s\n%" PRIu64 "\n%s\nwithheld %zu\nredacted %" PRIu64 "\n",
               pack->kase->vkey.name, pack->size, hex, json_object_size(pack->withheld), pack->redacted);
    TRY(buf_check(&text, err));
    if (pack->kase->is_writable) {
        return note_sign(out, buf_str(&text), &pack->kase->vkey, &pack->kase->secret, err);
    }
    buf_put(out, buf_str(&text));
    return buf_check(out, err);
}

static int write_member(struct pack *pack, struct member *member, struct out *out, struct err *err)
{
    static const char zeros[2 * TAR_BLOCK];
    char header[TAR_BLOCK];
    char hex[SHA256_HEX + 1];
    uint64_t bytes;
    tar_header(header, &member->head);
    TRY(out_put(out, (struct str){header, TAR_BLOCK}, err));
    (void)hasher_end(out->hasher);
    TRY(pass(pack, member, out, hex, &bytes, err));
    if (bytes != member->head.size || strcmp(hex, member->hex) != 0) {
        err_set(err, ERR_TAMPERED, "%s: changed while it was packed", member->head.name);
        return err_remedy(err, "pack it again when nobody writes to it");
    }
    return out_put(out, (struct str){zeros, tar_padding(bytes)}, err);
}

static int put_text(struct pack *pack, const struct member *member, struct out *out, struct err *err)
{
    (void)pack;
    return out_put(out, member->bytes, err);
}

static int write_text(struct pack *pack, const char *name, struct str bytes, struct out *out, struct err *err)
{
    struct member member = {.put = put_text, .bytes = bytes, .head = {.size = bytes.len, .time_s = pack->time_s}};
    struct sha256 digest = sha256_of(bytes);
    (void)snprintf(member.head.name, sizeof member.head.name, "%s", name);
    hex_encode(member.hex, digest.bytes, SHA256_BYTES);
    return write_member(pack, &member, out, err);
}

static int write_all(struct pack *pack, struct str list, struct out *out, struct err *err)
{
    static const char zeros[2 * TAR_BLOCK];
    OWN(own_buf) struct buf head = {0};
    TRY(put_head(pack, list, &head, err));
    TRY(write_text(pack, BUNDLE_HEAD, buf_str(&head), out, err));
    TRY(write_text(pack, BUNDLE_LIST, list, out, err));
    for (size_t i = 0; i < pack->count; i++) {
        TRY(write_member(pack, &pack->members[i], out, err));
    }
    TRY(out_put(out, (struct str){zeros, sizeof zeros}, err));
    return out_flush(out, err);
}

/* Beside its place, and moved there whole. */
static int write_file(struct pack *pack, const char *path, struct str list, struct out *out, struct err *err)
{
    OWN(own_buf) struct buf made = {0};
    buf_printf(&made, "%s.new-%ld", path, (long)getpid());
    TRY(buf_check(&made, err));
    out->fd = open(made.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (out->fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    int failed = write_all(pack, list, out, err);
    if (failed == 0 && (fchmod(out->fd, 0644) != 0 || file_sync(out->fd) != 0)) {
        failed = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    own_fd(&out->fd);
    if (failed == 0 && rename(made.data, path) != 0) {
        failed = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (failed != 0) {
        (void)unlink(made.data);
        return failed;
    }
    return file_sync_folder(AT_FDCWD, path) == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static int summarise(const struct pack *pack, const char *path, uint64_t bytes, json_t **ret_summary, struct err *err)
{
    char hex[SHA256_HEX + 1];
    struct sha256 digest;
    uint64_t read;
    TRY(file_digest(path, &digest, &read, err));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    *ret_summary = json_pack("{s:I,s:I,s:s,s:I,s:I,s:I,s:I,s:I,s:b}", "files", (json_int_t)pack->count + 2, "bytes",
                             (json_int_t)bytes, "sha256", hex, "entries", (json_int_t)pack->size, "documents",
                             (json_int_t)pack->documents, "proofs", (json_int_t)pack->proofs, "withheld",
                             (json_int_t)json_object_size(pack->withheld), "redacted", (json_int_t)pack->redacted,
                             "signed", pack->kase->is_writable);
    return *ret_summary != NULL ? 0 : err_no_memory(err);
}

int assay_case_pack(struct assay_case *kase, const char *path, const struct assay_pack_options *options,
                    json_t **ret_summary, struct err *err)
{
    OWN(own_pack)
    struct pack pack = {
        .kase = kase, .options = options, .named = json_object(), .exhibits = json_object(), .withheld = json_object()};
    OWN(own_buf) struct buf list = {.max = BUNDLE_LIST_MAX};
    OWN(own_out) struct out out = {.fd = -1, .hasher = hasher_new(err)};
    if (pack.named == NULL || pack.exhibits == NULL || pack.withheld == NULL || out.hasher == NULL) {
        return err_no_memory(err);
    }
    if (pack_read(&pack, err) != 0 || pack_members(&pack, err) != 0 || measure(&pack, &list, err) != 0) {
        return err_where(err, "%s", kase->path);
    }
    TRY(write_file(&pack, path, buf_str(&list), &out, err));
    return summarise(&pack, path, out.bytes, ret_summary, err);
}
