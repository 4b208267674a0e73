/* The frame around every file: magic, version, kind, length, signature. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "private/wire_inside.h"

#include "base/banned.h"

static const uint8_t magic[8] = {0x89, 'A', 'S', 'Y', '\r', '\n', 0x1a, '\n'};

const char *wire_kind_name(enum wire_kind kind)
{
    static const char *const names[WIRE_KINDS] = {"?",      "commitment", "offer",   "answer", "tags",
                                                  "result", "ask",        "opening", "fix"};
    return kind < WIRE_KINDS ? names[kind] : "?";
}

const char *wire_role_name(uint8_t role)
{
    return role == WIRE_ASKER ? "asker" : role == WIRE_KEEPER ? "keeper" : "?";
}

struct sha256 wire_id(struct str header)
{
    return suite_hash("id", header);
}

/* SHA-less: the signature is over Label("sig") || id as it stands. */
static struct str signed_bytes(uint8_t out[static 64], const struct sha256 *id)
{
    static const char label[] = "assay/private/1 sig"; /* with its zero */
    memcpy(out, label, sizeof label);
    memcpy(out + sizeof label, id->bytes, SHA256_BYTES);
    return (struct str){(const char *)out, sizeof label + SHA256_BYTES};
}

int wire_finish(struct buf *out, enum wire_kind kind, const struct buf *body, const struct sign_key *key,
                struct sha256 *ret_id, struct err *err)
{
    uint8_t message[64], signature[SIGN_BYTES];
    size_t from = out->len;
    if (body->len > WIRE_BODY_MAX) {
        return err_set(err, ERR_LIMIT, "a header of more than 1 MiB");
    }
    wire_put_bytes(out, magic, sizeof magic);
    wire_put(out, WIRE_VERSION, 1);
    wire_put(out, kind, 1);
    wire_put(out, 0, 2);
    wire_put(out, body->len, 4);
    buf_put(out, buf_str(body));
    TRY(buf_check(body, err));
    TRY(buf_check(out, err));
    *ret_id = wire_id(str_slice(buf_str(out), from, out->len));
    TRY(sign_make(signature, key, signed_bytes(message, ret_id), err));
    wire_put_bytes(out, signature, sizeof signature);
    return buf_check(out, err);
}

/* The first 16 bytes. *ret_body: how many follow before the signature. */
static int check_frame(const uint8_t *frame, enum wire_kind *ret_kind, size_t *ret_body, struct err *err)
{
    if (memcmp(frame, magic, sizeof magic) != 0) {
        return err_set(err, ERR_FORMAT, "no file of assay private");
    }
    if (frame[8] != WIRE_VERSION) {
        err_set(err, ERR_FORMAT, "version %u; this program reads version %d", frame[8], WIRE_VERSION);
        return err_remedy(err, "both sides need the same version of assay");
    }
    if (frame[9] < WIRE_COMMIT || frame[9] >= WIRE_KINDS) {
        return err_set(err, ERR_FORMAT, "kind %u; kinds 1 to 8 are known", frame[9]);
    }
    if (frame[10] != 0 || frame[11] != 0) {
        return err_set(err, ERR_FORMAT, "a reserved byte is not 0");
    }
    *ret_kind = (enum wire_kind)frame[9];
    *ret_body = (size_t)frame[12] << 24 | (size_t)frame[13] << 16 | (size_t)frame[14] << 8 | frame[15];
    return *ret_body <= WIRE_BODY_MAX ? 0 : err_set(err, ERR_FORMAT, "a header of more than 1 MiB");
}

static int cut_short(struct err *err)
{
    err_set(err, ERR_FORMAT, "the file ends within its header");
    return err_remedy(err, "it was cut off on its way: have it sent again");
}

int wire_parse(struct wire_file *file, struct str bytes, struct err *err)
{
    size_t body;
    *file = (struct wire_file){.fd = -1, .bytes = bytes.len};
    if (bytes.len < WIRE_FRAME_BYTES) {
        return cut_short(err);
    }
    TRY(check_frame((const uint8_t *)bytes.data, &file->kind, &body, err));
    if (bytes.len < WIRE_FRAME_BYTES + body + SIGN_BYTES) {
        return cut_short(err);
    }
    buf_put(&file->head, str_slice(bytes, 0, WIRE_FRAME_BYTES + body));
    TRY(buf_check(&file->head, err));
    memcpy(file->signature, bytes.data + WIRE_FRAME_BYTES + body, SIGN_BYTES);
    file->id = wire_id(buf_str(&file->head));
    return wire_parse_body(file, err);
}

/* The header and the signature of an open file. */
static int read_head(int fd, struct buf *out, struct err *err)
{
    enum wire_kind kind;
    size_t body, wanted = WIRE_FRAME_BYTES;
    for (bool has_frame = false; out->len < wanted;) {
        char *room = buf_room(out, wanted - out->len);
        TRY(buf_check(out, err));
        ssize_t got = pread(fd, room, wanted - out->len, (off_t)out->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        if (got == 0) {
            return cut_short(err);
        }
        out->len += (size_t)got;
        if (!has_frame && out->len == WIRE_FRAME_BYTES) {
            TRY(check_frame((const uint8_t *)out->data, &kind, &body, err));
            wanted = WIRE_FRAME_BYTES + body + SIGN_BYTES;
            has_frame = true;
        }
    }
    return 0;
}

static int open_at(struct wire_file *file, int fd, struct err *err)
{
    OWN(own_buf) struct buf head = {0};
    struct stat about;
    int failed = fstat(fd, &about) != 0    ? err_set(err, ERR_IO, "%s", strerror(errno))
                 : !S_ISREG(about.st_mode) ? err_set(err, ERR_FORMAT, "no regular file")
                                           : read_head(fd, &head, err);
    failed = failed != 0 ? failed : wire_parse(file, buf_str(&head), err);
    file->fd = fd;
    if (failed == 0) {
        file->bytes = (uint64_t)about.st_size;
    }
    return failed;
}

int wire_open(struct wire_file *file, const char *path, struct err *err)
{
    *file = (struct wire_file){.fd = -1};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (open_at(file, fd, err) != 0) {
        wire_close(file);
        return err_where(err, "%s", path);
    }
    file->path = str_dup(str_of(path));
    return file->path != NULL ? 0 : err_no_memory(err);
}

void wire_close(struct wire_file *file)
{
    own_fd(&file->fd);
    buf_free(&file->head);
    free(file->path);
    *file = (struct wire_file){.fd = -1};
}

void own_wire_file(struct wire_file *file)
{
    wire_close(file);
}

static const char *name_of(const struct wire_file *file)
{
    return file->path != NULL ? file->path : wire_kind_name(file->kind);
}

int wire_check_signer(const struct wire_file *file, const uint8_t key[static SIGN_KEY_BYTES], const char *whose,
                      struct err *err)
{
    uint8_t message[64];
    if (sign_holds(key, signed_bytes(message, &file->id), file->signature)) {
        return 0;
    }
    err_set(err, ERR_TAMPERED, "%s: not signed by %s, or altered since", name_of(file), whose);
    return err_remedy(err, "have the %s sent again, and ask by another way whose key it is",
                      wire_kind_name(file->kind));
}

uint64_t wire_lists_at(const struct wire_file *file)
{
    return file->head.len + SIGN_BYTES;
}

int wire_check_length(const struct wire_file *file, uint64_t lists, struct err *err)
{
    uint64_t wanted = wire_lists_at(file) + lists;
    if (file->bytes == wanted) {
        return 0;
    }
    err_set(err, ERR_FORMAT, "%s: %llu bytes, where %llu are wanted", name_of(file), (unsigned long long)file->bytes,
            (unsigned long long)wanted);
    return err_remedy(err, file->bytes < wanted ? "it was cut off on its way: have it sent again"
                                                : "something was added to it: have it sent again");
}
