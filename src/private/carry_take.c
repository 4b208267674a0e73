/* The half that receives. Everything here was sent by somebody else. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "private/carry.h"

#include "base/banned.h"

enum { NAME_BYTES = 64, PART_BYTES = 72, OPENING_MAX = 256 << 20 };

/* ---- what is known ---- */

static int know(struct carry *carry, struct wire_file *file, struct err *err)
{
    if (carry->known_count == CARRY_FILES_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d files in one directory", CARRY_FILES_MAX);
    }
    own_fd(&file->fd);
    file->fd = -1;
    carry->known[carry->known_count++] = *file;
    *file = (struct wire_file){.fd = -1};
    return 0;
}

static bool is_file_of_run(const char *name)
{
    size_t length = strlen(name);
    bool is_part = length > 5 && strcmp(name + length - 5, ".part") == 0;
    return strcmp(name, "commit") == 0 || strcmp(name, "offer") == 0 || strcmp(name, "theirs") == 0 ||
           (strncmp(name, "received.", 9) == 0 && !is_part);
}

static void own_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}

static int know_place(struct carry *carry, struct err *err)
{
    char path[4096];
    int fd = openat(carry->place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OWN(own_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        return err_set(err, ERR_IO, "%s: %s", carry->place->path, strerror(errno));
    }
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0) {
        OWN(own_wire_file) struct wire_file file = {.fd = -1};
        if (is_file_of_run(entry->d_name)) {
            place_name(carry->place, entry->d_name, path, sizeof path);
            TRY(wire_open(&file, path, err));
            TRY(know(carry, &file, err));
        }
    }
    return errno == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", carry->place->path, strerror(errno));
}

int carry_begin(struct carry *carry, const struct carry_link *link, const struct place *place, struct err *err)
{
    *carry = (struct carry){.link = link, .place = place, .sent = json_array(), .received = json_array()};
    return know_place(carry, err);
}

void own_carry(struct carry *carry)
{
    for (size_t i = 0; i < carry->known_count; i++) {
        wire_close(&carry->known[i]);
    }
    buf_free(&carry->message);
    json_decref(carry->sent);
    json_decref(carry->received);
    *carry = (struct carry){0};
}

static const struct wire_file *find(const struct carry *carry, enum wire_kind kind, const struct sha256 *id)
{
    for (size_t i = 0; i < carry->known_count; i++) {
        if (carry->known[i].kind == kind && sha256_eq(&carry->known[i].id, id)) {
            return &carry->known[i];
        }
    }
    return NULL;
}

/* ---- how long may it be ---- */

static uint64_t committed_bytes(const struct wire_commit *commit, size_t width)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < commit->types; i++) {
        bytes += wire_list_bytes(commit->type[i].n + commit->type[i].m, width);
    }
    return bytes;
}

/* False: what its size follows from was not received yet. */
static bool lists_bytes(const struct carry *carry, const struct wire_file *file, uint64_t *ret_bytes)
{
    const struct wire_file *commit = NULL, *offer = NULL;
    *ret_bytes = 0;
    if (file->kind == WIRE_ANSWER) {
        for (size_t i = 0; i < file->answer.types; i++) {
            *ret_bytes += wire_list_bytes(file->answer.list[i].n, GROUP_BYTES);
        }
        return true;
    }
    if (file->kind == WIRE_OFFER) {
        commit = find(carry, WIRE_COMMIT, &file->offer.asker);
        *ret_bytes = commit == NULL ? 0 : committed_bytes(&commit->commit, GROUP_BYTES);
        return commit != NULL;
    }
    if (file->kind == WIRE_TAGS) {
        offer = find(carry, WIRE_OFFER, &file->tags.run);
        commit = offer == NULL ? NULL
                               : find(carry, WIRE_COMMIT,
                                      file->tags.role == WIRE_ASKER ? &offer->offer.asker : &offer->offer.keeper);
        *ret_bytes = commit == NULL ? 0 : committed_bytes(&commit->commit, SUITE_TAG_BYTES);
        return commit != NULL;
    }
    return true;
}

static int check_size(const struct carry *carry, const struct wire_file *file, uint64_t bytes, struct err *err)
{
    const char *kind = wire_kind_name(file->kind);
    uint64_t lists;
    struct statvfs disk;
    if (!lists_bytes(carry, file, &lists)) {
        err_set(err, ERR_FORMAT, "the size of this %s is unknown here", kind);
        return err_remedy(err, "the commitment it follows (of tags: the offer, too) has to be sent first, or along");
    }
    uint64_t head = wire_lists_at(file), most = file->kind == WIRE_OPEN ? head + OPENING_MAX : head + lists;
    if (bytes > most || bytes < head || (file->kind != WIRE_OPEN && bytes != most)) {
        return err_set(err, ERR_FORMAT, "%s of %" PRIu64 " bytes, where %" PRIu64 " are due", kind, bytes, most);
    }
    if (fstatvfs(carry->place->dir, &disk) == 0 && disk.f_bavail < bytes / (disk.f_frsize == 0 ? 1 : disk.f_frsize)) {
        return err_set(err, ERR_LIMIT, "no room on the disk for %" PRIu64 " bytes", bytes);
    }
    return 0;
}

/* ---- one file ---- */

struct taking {
    struct wire_file file;
    struct sha256 digest;
    uint64_t bytes, had, has;
    char name[NAME_BYTES], part[PART_BYTES];
    int fd;
};

static void own_taking(struct taking *taking)
{
    own_fd(&taking->fd);
    wire_close(&taking->file);
}

static int take_announcement(struct carry *carry, struct taking *taking, struct err *err)
{
    struct str body = buf_str(&carry->message), head = str_slice(body, 40, body.len);
    if (body.len < 40) {
        return err_set(err, ERR_FORMAT, "a file announced without its header");
    }
    taking->bytes = suite_get_u64((const uint8_t *)body.data);
    memcpy(taking->digest.bytes, body.data + 8, SHA256_BYTES);
    TRY(wire_parse(&taking->file, head, err));
    if (wire_lists_at(&taking->file) != head.len) {
        return err_set(err, ERR_FORMAT, "a file announced with more than its header");
    }
    TRY(check_size(carry, &taking->file, taking->bytes, err));
    char id[17];
    hex_encode(id, taking->file.id.bytes, 8);
    (void)snprintf(taking->name, sizeof taking->name, "received.%s.%s", wire_kind_name(taking->file.kind), id);
    (void)snprintf(taking->part, sizeof taking->part, "%s.part", taking->name);
    return 0;
}

/* What is there of it: all, a part, nothing. */
static int open_it(const struct carry *carry, struct taking *taking, struct err *err)
{
    struct stat about;
    bool is_whole = place_has(carry->place, taking->name);
    taking->fd = openat(carry->place->dir, is_whole ? taking->name : taking->part,
                        (is_whole ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (taking->fd < 0 || fstat(taking->fd, &about) != 0) {
        return err_set(err, ERR_IO, "%s/%s: %s", carry->place->path, taking->part, strerror(errno));
    }
    struct sha256 now = {{0}};
    taking->has = (uint64_t)about.st_size;
    if (taking->has >= taking->bytes) {
        TRY(carry_digest(taking->fd, taking->has, &now, err));
    }
    bool is_it = taking->has == taking->bytes && sha256_eq(&now, &taking->digest);
    if (is_whole && !is_it) {
        err_set(err, ERR_TAMPERED, "%s: another file with this header is there", taking->name);
        return err_remedy(err, "keep both: whoever signed two has to explain it; move this one away to take the other");
    }
    if (taking->has >= taking->bytes && !is_it) {
        taking->has = 0;
    }
    taking->had = taking->has;
    return is_whole || ftruncate(taking->fd, (off_t)taking->has) == 0 ? 0 : err_set(err, ERR_IO, "%s", strerror(errno));
}

static int say_have(struct carry *carry, const struct taking *taking, struct err *err)
{
    uint8_t body[40];
    struct sha256 digest;
    TRY(carry_digest(taking->fd, taking->has, &digest, err));
    suite_put_u64(body, taking->has);
    memcpy(body + 8, digest.bytes, SHA256_BYTES);
    return carry_put(carry, CARRY_HAVE, (struct str){(const char *)body, sizeof body}, err);
}

static int write_at(int fd, const uint8_t *bytes, size_t count, uint64_t at, struct err *err)
{
    for (size_t put = 0; put < count;) {
        ssize_t done = pwrite(fd, bytes + put, count - put, (off_t)(at + put));
        if (done < 0 && errno != EINTR) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        put += done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/* One piece, where the last one ended; the first one may begin anew. */
static int take_data(struct carry *carry, struct taking *taking, bool is_first, struct err *err)
{
    TRY(carry_expect(carry, CARRY_DATA, err));
    if (carry->message.len <= 8) {
        return err_set(err, ERR_FORMAT, "a piece of a file with nothing in it");
    }
    uint64_t at = suite_get_u64((const uint8_t *)carry->message.data);
    size_t count = carry->message.len - 8;
    if (is_first && at == 0 && taking->has != 0) {
        taking->has = taking->had = 0;
        if (ftruncate(taking->fd, 0) != 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
    }
    if (at != taking->has || count > taking->bytes - taking->has) {
        return err_set(err, ERR_FORMAT,
                       "a piece at byte %" PRIu64 " of a file of %" PRIu64 ", where %" PRIu64 " is due", at,
                       taking->bytes, taking->has);
    }
    TRY(write_at(taking->fd, (const uint8_t *)carry->message.data + 8, count, at, err));
    taking->has += count;
    return 0;
}

/* Is what arrived what was announced, header and all? Else it is removed: nothing can be built on it. */
static int check_whole(const struct carry *carry, const struct taking *taking, struct err *err)
{
    struct sha256 now;
    char path[4096];
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    TRY(carry_digest(taking->fd, taking->bytes, &now, err));
    place_name(carry->place, taking->part, path, sizeof path);
    bool is_it = sha256_eq(&now, &taking->digest) && wire_open(&file, path, NULL) == 0 &&
                 sha256_eq(&file.id, &taking->file.id) &&
                 memcmp(file.signature, taking->file.signature, SIGN_BYTES) == 0;
    if (is_it) {
        return 0;
    }
    (void)unlinkat(carry->place->dir, taking->part, 0);
    return err_set(err, ERR_TAMPERED, "what arrived is not what was announced; it was removed");
}

static int take_file(struct carry *carry, struct err *err)
{
    OWN(own_taking) struct taking taking = {.file = {.fd = -1}, .fd = -1};
    char path[4096];
    TRY(take_announcement(carry, &taking, err));
    TRY(open_it(carry, &taking, err));
    bool was_whole = place_has(carry->place, taking.name);
    TRY(say_have(carry, &taking, err));
    for (bool is_first = true; taking.has < taking.bytes; is_first = false) {
        TRY(take_data(carry, &taking, is_first, err));
    }
    if (!was_whole) {
        TRY(check_whole(carry, &taking, err));
        TRY(place_finish(carry->place, taking.name, taking.fd, err));
    }
    place_name(carry->place, taking.name, path, sizeof path);
    TRY(carry_put(carry, CARRY_DONE, (struct str){(const char *)taking.digest.bytes, SHA256_BYTES}, err));
    TRY(carry_note(carry->received, path, &taking.file, taking.bytes, taking.had, err));
    return was_whole ? 0 : know(carry, &taking.file, err);
}

int carry_receive(struct carry *carry, struct err *err)
{
    struct err local = {0}, *told = err != NULL ? err : &local;
    for (;;) {
        TRY(carry_get(carry, err));
        if (carry->type == CARRY_END) {
            return 0;
        }
        int failed = carry->type == CARRY_FILE
                         ? take_file(carry, told)
                         : err_set(told, ERR_FORMAT, "the other side sent message %u where a file is due", carry->type);
        if (failed != 0) { /* told, if it still listens */
            size_t length = strlen(told->text);
            (void)!carry_put(carry, CARRY_REFUSE, (struct str){told->text, length < 200 ? length : 200}, NULL);
            return -1;
        }
    }
}
