/* Messages, and the half that sends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/finding.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "private/carry.h"

#include "base/banned.h"

enum { HEAD_BYTES = 5, PIECE_BYTES = 65536, WHY_BYTES = 200 };

static const uint32_t longest[CARRY_TYPES] = {
    [CARRY_FILE] = 40 + WIRE_FRAME_BYTES + WIRE_BODY_MAX + SIGN_BYTES,
    [CARRY_HAVE] = 40,
    [CARRY_DATA] = 8 + CARRY_DATA_BYTES,
    [CARRY_DONE] = SHA256_BYTES,
    [CARRY_REFUSE] = WHY_BYTES,
};

int carry_put(struct carry *carry, uint8_t type, struct str body, struct err *err)
{
    OWN(own_buf) struct buf out = {0};
    wire_put(&out, type, 1);
    wire_put(&out, body.len, 4);
    buf_put(&out, body);
    TRY(buf_check(&out, err));
    carry->link->begin(carry->link->self);
    return carry->link->put(carry->link->self, (const uint8_t *)out.data, out.len, err);
}

/* The peer's words, for a terminal: printable ASCII alone. */
static int refused(struct carry *carry, struct err *err)
{
    for (size_t i = 0; i < carry->message.len; i++) {
        char *c = &carry->message.data[i];
        *c = (char)(*c < ' ' || *c > '~' ? '?' : *c);
    }
    err_set(err, ERR_LIMIT, "the other side refuses: %.*s", (int)carry->message.len, carry->message.data);
    return err_remedy(err, "these are its words; what it took before stays taken");
}

int carry_get(struct carry *carry, struct err *err)
{
    uint8_t head[HEAD_BYTES];
    carry->link->begin(carry->link->self);
    TRY(carry->link->get(carry->link->self, head, sizeof head, err));
    uint32_t bytes = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
    if (head[0] < CARRY_READY || head[0] >= CARRY_TYPES || bytes > longest[head[0]]) {
        err_set(err, ERR_FORMAT, "the other side sent message %u of %u bytes, which is none", head[0], bytes);
        return err_remedy(err, "both sides need the same version of assay");
    }
    buf_reset(&carry->message);
    char *room = buf_room(&carry->message, bytes);
    TRY(buf_check(&carry->message, err));
    TRY(carry->link->get(carry->link->self, (uint8_t *)room, bytes, err));
    carry->message.len = bytes;
    carry->type = head[0];
    return carry->type == CARRY_REFUSE ? refused(carry, err) : 0;
}

int carry_expect(struct carry *carry, uint8_t type, struct err *err)
{
    TRY(carry_get(carry, err));
    if (carry->type == type && (type == CARRY_FILE || type == CARRY_DATA || carry->message.len == longest[type])) {
        return 0;
    }
    return err_set(err, ERR_FORMAT, "the other side sent message %u where %u is due", carry->type, type);
}

int carry_ready(struct carry *carry, struct err *err)
{
    return carry_put(carry, CARRY_READY, (struct str){0}, err);
}

int carry_await_ready(struct carry *carry, struct err *err)
{
    return carry_expect(carry, CARRY_READY, err);
}

int carry_digest(int fd, uint64_t bytes, struct sha256 *ret_digest, struct err *err)
{
    OWN(own_hasher) struct hasher *hasher = hasher_new(err);
    OWN(own_mem) uint8_t *piece = malloc(PIECE_BYTES);
    if (hasher == NULL || piece == NULL) {
        return err_no_memory(err);
    }
    for (uint64_t at = 0; at < bytes;) {
        size_t wanted = bytes - at < PIECE_BYTES ? (size_t)(bytes - at) : PIECE_BYTES;
        ssize_t got = pread(fd, piece, wanted, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(err, ERR_IO, "%s", got < 0 ? strerror(errno) : "it became shorter while it was read");
        }
        hasher_put(hasher, piece, (size_t)got);
        at += (uint64_t)got;
    }
    *ret_digest = hasher_end(hasher);
    return 0;
}

int carry_note(json_t *list, const char *path, const struct wire_file *file, uint64_t bytes, uint64_t from,
               struct err *err)
{
    char id[SHA256_HEX + 1];
    hex_encode(id, file->id.bytes, SHA256_BYTES);
    json_t *note =
        json_pack("{s:o, s:s, s:s, s:I, s:I}", "file", assay_text(str_of(path), 4096), "kind",
                  wire_kind_name(file->kind), "id", id, "bytes", (json_int_t)bytes, "from", (json_int_t)from);
    return json_array_append_new(list, note) == 0 ? 0 : err_no_memory(err);
}

/* ---- sending ---- */

static int announce(struct carry *carry, const struct wire_file *file, const struct sha256 *digest, struct err *err)
{
    OWN(own_buf) struct buf body = {0};
    wire_put(&body, file->bytes, 8);
    wire_put_bytes(&body, digest->bytes, SHA256_BYTES);
    buf_put(&body, buf_str(&file->head));
    wire_put_bytes(&body, file->signature, SIGN_BYTES);
    TRY(buf_check(&body, err));
    return carry_put(carry, CARRY_FILE, buf_str(&body), err);
}

/* Where the receiver goes on: behind what it has, if that is ours; else at the beginning. */
static int where_from(struct carry *carry, const struct wire_file *file, uint64_t *ret_at, struct err *err)
{
    TRY(carry_expect(carry, CARRY_HAVE, err));
    struct sha256 ours;
    uint64_t has = suite_get_u64((const uint8_t *)carry->message.data);
    if (has > file->bytes) {
        return err_set(err, ERR_FORMAT, "the other side says that it has more of the file than there is");
    }
    TRY(carry_digest(file->fd, has, &ours, err));
    *ret_at = memcmp(ours.bytes, carry->message.data + 8, SHA256_BYTES) == 0 ? has : 0;
    return 0;
}

static int send_data(struct carry *carry, const struct wire_file *file, uint64_t at, struct err *err)
{
    OWN(own_mem) uint8_t *piece = malloc(8 + CARRY_DATA_BYTES);
    if (piece == NULL) {
        return err_no_memory(err);
    }
    while (at < file->bytes) {
        size_t wanted = file->bytes - at < CARRY_DATA_BYTES ? (size_t)(file->bytes - at) : CARRY_DATA_BYTES;
        ssize_t got = pread(file->fd, piece + 8, wanted, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(err, ERR_IO, "%s", got < 0 ? strerror(errno) : "it became shorter while it was sent");
        }
        suite_put_u64(piece, at);
        TRY(carry_put(carry, CARRY_DATA, (struct str){(const char *)piece, 8 + (size_t)got}, err));
        at += (uint64_t)got;
    }
    return 0;
}

static int send_file(struct carry *carry, const struct wire_file *file, struct err *err)
{
    struct sha256 digest;
    uint64_t from = 0;
    TRY(carry_digest(file->fd, file->bytes, &digest, err));
    TRY(announce(carry, file, &digest, err));
    TRY(where_from(carry, file, &from, err));
    TRY(send_data(carry, file, from, err));
    TRY(carry_expect(carry, CARRY_DONE, err));
    if (memcmp(carry->message.data, digest.bytes, SHA256_BYTES) != 0) {
        return err_set(err, ERR_FORMAT, "the other side acknowledged something else than was sent");
    }
    return carry_note(carry->sent, file->path, file, file->bytes, from, err);
}

int carry_send(struct carry *carry, const char *const *files, struct err *err)
{
    for (int kind = WIRE_COMMIT; kind < WIRE_KINDS; kind++) { /* sizes of later kinds follow from earlier ones */
        for (size_t i = 0; files[i] != NULL; i++) {
            OWN(own_wire_file) struct wire_file file = {.fd = -1};
            TRY(wire_open(&file, files[i], err));
            if ((int)file.kind == kind && send_file(carry, &file, err) != 0) {
                return err_where(err, "%s", files[i]);
            }
        }
    }
    return carry_put(carry, CARRY_END, (struct str){0}, err);
}
