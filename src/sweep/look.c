/* Small files are read whole. Larger ones pass through a window that looks for tags only; they are loaded, up to
 * LOAD_MAX_BYTES, if the window saw any, one of them at a time: what such a file needs is many times its size, and is not
 * needed twice at once because there are two threads. Files are read, not mapped: evidence may shrink under us. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/phar.h"
#include "formats/tag.h"
#include "sweep/examine.h"
#include "sweep/explain.h"
#include "sweep/look.h"

#include "base/banned.h"

enum {
    WINDOW_BYTES = 1 << 20,
    OVERLAP_BYTES = 256,
    LOAD_MAX_BYTES = 64 << 20,
    KEEP_BYTES = 2 << 20,
    LARGE_BYTES = 2 << 20
};

struct looker {
    struct examiner *examiner;
    enum look_task task;
    struct lock *large;
    bool has_large;     /* this looker holds it */
    int directory;      /* of the file before, held open: those behind it mostly lie beside it; -1: none */
    struct buf beneath; /* its path, with the slash at its end */
    struct buf bytes;
    struct buf entry; /* of an archive */
};

struct looker *looker_new(const struct books *books, bool all, enum look_task task, struct lock *large, struct err *err)
{
    struct looker *looker = calloc(1, sizeof *looker);
    if (looker == NULL) {
        err_no_memory(err);
        return NULL;
    }
    looker->task = task;
    looker->large = large;
    looker->directory = -1;
    looker->bytes.max = looker->entry.max = (size_t)LOAD_MAX_BYTES * 2;
    looker->examiner = examiner_new(books, all, err);
    if (looker->examiner == NULL) {
        looker_free(looker);
        return NULL;
    }
    return looker;
}

void looker_leave(struct looker *looker)
{
    if (looker->directory >= 0) {
        close(looker->directory);
    }
    looker->directory = -1;
}

void looker_free(struct looker *looker)
{
    if (looker != NULL) {
        looker_leave(looker);
        buf_free(&looker->beneath);
        examiner_free(looker->examiner);
        buf_free(&looker->bytes);
        buf_free(&looker->entry);
        free(looker);
    }
}

/* Bytes from fd until `want` are in the buffer or the file ends, which it does where a read that asked for more stops at `size`.
 * Returns an errno, 0 if all went well. */
static int fill_sized(struct buf *bytes, int fd, size_t want, uint64_t size)
{
    while (bytes->len < want) {
        char *room = buf_room(bytes, want - bytes->len);
        if (room == NULL) {
            return ENOMEM;
        }
        ssize_t got = read(fd, room, want - bytes->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        bytes->len += (size_t)got;
        if (bytes->len == size && bytes->len < want) {
            break;
        }
    }
    return 0;
}

static int fill(struct buf *bytes, int fd, size_t want)
{
    return fill_sized(bytes, fd, want, SIZE_MAX);
}

/* Passes the rest of a large file through the window. True in *ret_is_script if a tag was seen. */
static int stream(struct buf *bytes, int fd, bool is_binary, bool *ret_is_script)
{
    *ret_is_script = false;
    for (;;) {
        memmove(bytes->data, bytes->data + bytes->len - OVERLAP_BYTES, OVERLAP_BYTES);
        bytes->len = OVERLAP_BYTES;
        int error = fill(bytes, fd, WINDOW_BYTES);
        char mark;
        if (error != 0 || bytes->len == OVERLAP_BYTES) {
            return error;
        }
        if (tag_find(buf_str(bytes), 0, is_binary, &mark) != SIZE_MAX) {
            *ret_is_script = true;
            return 0;
        }
        if (bytes->len < WINDOW_BYTES) {
            return 0;
        }
    }
}

/* Brings into the buffer what is to be analysed, and says what it is. Returns an errno. */
static int take_in(struct looker *looker, int fd, struct str name, uint64_t size, struct gate *gate)
{
    buf_reset(&looker->bytes);
    size_t first = size < WINDOW_BYTES ? (size_t)size + 1 : WINDOW_BYTES;
    int error = fill_sized(&looker->bytes, fd, first, size);
    if (error != 0) {
        return error;
    }
    *gate = gate_look(name, buf_str(&looker->bytes));
    bool is_script = gate->by_name != SCRIPT_NONE || gate->scripts != 0, is_whole = looker->bytes.len < first,
         is_wanted = is_script || examiner_wants(looker->examiner, gate);
    if (!is_wanted && !is_whole && !gate->is_archive) {
        error = stream(&looker->bytes, fd, gate->is_binary, &is_script);
        is_wanted = is_script;
    }
    if (error != 0 || is_whole || !is_wanted) {
        return error;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return errno;
    }
    if (is_script && size > LARGE_BYTES) {
        lock_take(looker->large);
        looker->has_large = true;
    }
    buf_reset(&looker->bytes);
    error = fill(&looker->bytes, fd, size < LOAD_MAX_BYTES ? (size_t)size + 1 : LOAD_MAX_BYTES);
    *gate = gate_look(name, buf_str(&looker->bytes));
    return error;
}

/* The digest of the whole file, which may be longer than what was loaded. */
static bool digest(int fd, struct str loaded, uint64_t size, char hex[static SHA256_HEX + 1])
{
    struct sha256 value;
    if (loaded.len == size) {
        value = sha256_of(loaded);
    } else {
        OWN(own_hasher) struct hasher *hasher = hasher_new(NULL);
        OWN(own_buf) struct buf part = {.max = (size_t)WINDOW_BYTES * 2};
        if (hasher == NULL || lseek(fd, 0, SEEK_SET) != 0) {
            return false;
        }
        do {
            buf_reset(&part);
            if (fill(&part, fd, WINDOW_BYTES) != 0) {
                return false;
            }
            hasher_put(hasher, part.data, part.len);
        } while (part.len == WINDOW_BYTES);
        value = hasher_end(hasher);
    }
    hex_encode(hex, value.bytes, SHA256_BYTES);
    return true;
}

/* A file that may run, or that releases say something of: examined, and told if there is something to tell. */
static void look_script(struct looker *looker, int fd, struct subject *subject, struct look *look, bool is_wanted)
{
    struct found found = {.class = FOUND_NOTHING};
    known_explain(&look->known, look->is_web, &found);
    bool is_complete = !is_wanted || examine(looker->examiner, subject, &found);
    known_raise(&look->known, look->is_web, &found);
    if (!look->hides && (!is_complete || subject->bytes.len >= LOAD_MAX_BYTES)) {
        look->class = is_complete ? "too large" : "not fully analysed";
        look->hides = true;
    }
    bool tells = examine_tells(looker->examiner, &found), explains = looker->task == LOOK_EXPLAIN;
    char hex[SHA256_HEX + 1];
    const char *sha256 = (tells || explains) && digest(fd, subject->bytes, look->bytes, hex) ? hex : NULL;
    if (explains) {
        look->measure = explain_record(subject, &found, is_wanted, is_complete, look->bytes, sha256);
        look->failed = look->failed || look->measure == NULL;
    }
    if (tells) {
        look->finding = examine_record(subject, &found, sha256);
        look->failed = look->failed || look->finding == NULL || found.failed;
    }
    found_clear(&found);
}

/* Entries of an archive, or of a phar that a script carries. */
static void look_entries(struct looker *looker, int fd, const struct subject *subject, struct look *look)
{
    struct inside *inside = malloc(sizeof *inside);
    if (inside == NULL) {
        look->failed = true;
        return;
    }
    if (subject->gate.is_archive) {
        inside_look(looker->examiner, fd, subject, &looker->entry, inside);
    } else {
        inside_look_phar(looker->examiner, subject, &looker->entry, inside);
    }
    if (!inside->is_whole && !look->hides) {
        look->class = inside->is_opened ? "archive not wholly read" : "archive not opened";
        look->hides = true;
    }
    look->failed = look->failed || inside->failed;
    look->inside = inside;
}

static void look_inside(struct looker *looker, int fd, struct subject *subject, struct look *look)
{
    look->error = take_in(looker, fd, name_of(subject->path), look->bytes, &subject->gate);
    if (look->error != 0) {
        look->class = "read error";
        look->hides = true;
        return;
    }
    const struct gate *gate = &subject->gate;
    subject->bytes = buf_str(&looker->bytes);
    look->is_web = gate->scripts != 0 || gate->by_name != SCRIPT_NONE;
    if (gate->is_archive) {
        look_entries(looker, fd, subject, look);
    }
    bool is_seen_through = look->inside != NULL && look->inside->is_opened && gate->by_name == SCRIPT_NONE;
    bool is_wanted = examiner_wants(looker->examiner, gate) && !is_seen_through;
    if (is_wanted || known_tells(&look->known) || looker->task == LOOK_EXPLAIN) {
        look_script(looker, fd, subject, look, is_wanted);
    }
    if (is_wanted) {
        if (!gate->is_archive && (gate->scripts & SCRIPT_PHP) != 0 && phar_is(subject->bytes)) {
            look_entries(looker, fd, subject, look);
        }
    }
}

/* What one large file needed isn't kept for the next. */
static void keep_little(struct buf *bytes)
{
    if (bytes->cap > KEEP_BYTES) {
        buf_free(bytes);
        *bytes = (struct buf){.max = (size_t)LOAD_MAX_BYTES * 2};
    }
}

/* Its digests, for a manifest. */
static void learn(int fd, const struct subject *subject, struct look *look)
{
    struct sha256 whole, text;
    bool is_text;
    look->error = manifest_digest(fd, &whole, &text, &is_text);
    if (look->error != 0) {
        look->class = "read error";
        look->hides = true;
        return;
    }
    look->measure = manifest_record(subject->path, look->bytes, &whole, is_text ? &text : NULL);
    look->failed = look->measure == NULL;
}

/* By the name alone, from the directory that holds it: the kernel need not walk the whole path again for each of its files. The
 * directory was itself opened beneath the root and through no link. */
static int open_file(struct looker *looker, int root, const struct walk_entry *entry)
{
    struct str path = {entry->path, entry->len}, name = name_of(path), above = str_slice(path, 0, path.len - name.len);
    if (above.len == 0) {
        return file_open_beneath(root, entry->path, 0);
    }
    if (looker->directory < 0 || !str_eq(buf_str(&looker->beneath), above)) {
        looker_leave(looker);
        buf_reset(&looker->beneath);
        buf_put(&looker->beneath, above);
        looker->directory = looker->beneath.failed ? -1 : file_open_beneath(root, looker->beneath.data, O_DIRECTORY);
    }
    return looker->directory >= 0 ? file_open_beneath(looker->directory, name.data, 0)
                                  : file_open_beneath(root, entry->path, 0);
}

static void look_file(struct looker *looker, int root, const char *source, const struct walk_entry *entry,
                      const struct known_place *place, struct look *look)
{
    struct subject subject = {.source = source, .path = {entry->path, entry->len}, .root = root};
    OWN(own_fd) int fd = open_file(looker, root, entry);
    if (fd < 0 || fstat(fd, &subject.about) != 0) {
        look->error = errno;
        look->hides = true;
        look->class = errno == EACCES || errno == EPERM ? "permission denied"
                      : errno == ENOENT                 ? "vanished"
                      : errno == ENAMETOOLONG           ? "path too long"
                                                        : "read error";
        return;
    }
    if (!S_ISREG(subject.about.st_mode)) {
        look->class = "special file";
        return;
    }
    look->bytes = (uint64_t)subject.about.st_size;
    if (looker->task == LOOK_LEARN) {
        learn(fd, &subject, look);
        return;
    }
    if (place != NULL) {
        known_compare(place, fd, look->bytes, &look->known);
    }
    if (known_class(&look->known) != NULL) {
        look->class = known_class(&look->known);
        return;
    }
    look_inside(looker, fd, &subject, look);
    keep_little(&looker->bytes);
    keep_little(&looker->entry);
    if (looker->has_large) {
        looker->has_large = false;
        lock_give(looker->large);
    }
}

void look_clear(struct look *look)
{
    json_decref(look->finding);
    look->finding = NULL;
    json_decref(look->measure);
    look->measure = NULL;
    if (look->inside != NULL) {
        inside_clear(look->inside);
        free(look->inside);
        look->inside = NULL;
    }
}

struct look look_at(struct looker *looker, int root, const char *source, const struct walk_entry *entry,
                    const struct known_place *place)
{
    struct look look = {.class = "read"};
    switch (entry->kind) {
    case WALK_FILE:
        look_file(looker, root, source, entry, place, &look);
        break;
    case WALK_LINK:
        look.class = "link";
        break;
    case WALK_LINK_BROKEN:
        look.class = "broken link";
        break;
    case WALK_LINK_OUT:
        look.class = "link out of the tree";
        look.hides = true;
        break;
    case WALK_SPECIAL:
        look.class = "special file";
        break;
    case WALK_CLOSED_DIR:
        look.class = entry->error == EACCES || entry->error == EPERM ? "directory: permission denied"
                     : entry->error == ENAMETOOLONG                  ? "directory: path too long"
                                                                     : "directory: read error";
        look.error = entry->error;
        look.hides = true;
        break;
    case WALK_LOST:
        look.class = "vanished";
        look.error = entry->error;
        look.hides = true;
        break;
    }
    return look;
}
