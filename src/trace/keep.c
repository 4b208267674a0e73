/* The file of keep.h: two places, so that one state is whole whatever happens to the other. */
#include "trace/keep.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { ROOM_BYTES = 256 << 10, HEAD_AT = 4096, STATES_AT = 2 * HEAD_AT };

static const char magic[8] = {'A', 'S', 'S', 'A', 'Y', 'K', 'E', 'P'};

/* As it lies in the file. */
struct keep_head {
    char magic[8];
    uint64_t number, at, bytes;
    struct sha256 digest; /* of the state */
    struct sha256 seal;   /* of what stands before it */
};

void keep_fail(struct keep *keep, const struct err *why)
{
    if (keep->err.kind == ERR_NONE) {
        keep->err = *why;
    }
}

/* Tests end the run before a given step that changes the file; of a write half is done. 0: never. */
static bool is_last_step(unsigned *steps)
{
    return steps != NULL && *steps > 0 && --*steps == 0;
}

static int write_at(int fd, const void *data, size_t bytes, uint64_t at, unsigned *steps, struct err *err)
{
    bool is_last = is_last_step(steps);
    bytes = is_last ? bytes / 2 : bytes;
    for (size_t done = 0; done < bytes;) {
        ssize_t wrote = pwrite(fd, (const char *)data + done, bytes - done, (off_t)(at + done));
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return err_set(err, ERR_IO, "%s", wrote < 0 ? strerror(errno) : "nothing more can be written");
        }
        done += (size_t)wrote;
    }
    if (is_last) {
        (void)raise(SIGKILL);
    }
    return 0;
}

static int sync_now(int fd, unsigned *steps, struct err *err)
{
    if (is_last_step(steps)) {
        (void)raise(SIGKILL);
    }
    return file_sync(fd) == 0 ? 0 : err_set(err, ERR_IO, "%s", strerror(errno));
}

/* ---- walking ---- */

static void flush(struct keep *keep)
{
    struct err why = {0};
    hasher_put(keep->hasher, keep->room, keep->used);
    if (keep_is_well(keep) && write_at(keep->fd, keep->room, keep->used, keep->at, keep->steps, &why) != 0) {
        keep_fail(keep, &why);
    }
    keep->at += keep->used;
    keep->used = 0;
}

static void fill(struct keep *keep)
{
    struct err why = {0};
    uint64_t left = keep->end - keep->at;
    size_t want = left < ROOM_BYTES ? (size_t)left : ROOM_BYTES;
    ssize_t got = want > 0 ? pread(keep->fd, keep->room, want, (off_t)keep->at) : 0;
    while (got < 0 && errno == EINTR) {
        got = pread(keep->fd, keep->room, want, (off_t)keep->at);
    }
    if (got <= 0) {
        err_set(&why, got < 0 ? ERR_IO : ERR_FORMAT, "%s",
                got < 0 ? strerror(errno) : "a state is shorter than it says");
        keep_fail(keep, &why);
        got = 0;
    }
    keep->used = 0;
    keep->filled = (size_t)got;
    keep->at += (uint64_t)got;
}

static void write_bytes(struct keep *keep, const char *data, size_t bytes)
{
    while (bytes > 0) {
        size_t n = ROOM_BYTES - keep->used < bytes ? ROOM_BYTES - keep->used : bytes;
        memcpy(keep->room + keep->used, data, n);
        keep->used += n;
        data += n;
        bytes -= n;
        if (keep->used == ROOM_BYTES) {
            flush(keep);
        }
    }
}

static void read_bytes(struct keep *keep, char *data, size_t bytes)
{
    while (bytes > 0) {
        if (keep->used == keep->filled) {
            fill(keep);
        }
        size_t there = keep->filled - keep->used, n = there < bytes ? there : bytes;
        if (!keep_is_well(keep)) {
            memset(data, 0, bytes);
            return;
        }
        memcpy(data, keep->room + keep->used, n);
        keep->used += n;
        data += n;
        bytes -= n;
    }
}

void keep_bytes(struct keep *keep, void *data, size_t bytes)
{
    keep->bytes += bytes;
    if (bytes == 0 || keep->way == KEEP_COUNT) {
        return;
    }
    if (keep->way == KEEP_WRITE) {
        write_bytes(keep, data, bytes);
    } else if (keep_is_well(keep)) {
        read_bytes(keep, data, bytes);
    } else {
        memset(data, 0, bytes);
    }
}

size_t keep_count(struct keep *keep, size_t count, size_t most)
{
    struct err why = {0};
    uint64_t number = count;
    KEEP(keep, number);
    if (number > most) {
        err_set(&why, ERR_FORMAT, "a state has %llu rows where at most %zu can be", (unsigned long long)number, most);
        keep_fail(keep, &why);
    }
    return !keep_reads(keep) ? count : keep_is_well(keep) ? (size_t)number : 0;
}

void keep_rows(struct keep *keep, void *rows, size_t *count, size_t each, size_t most)
{
    void *all;
    struct err why = {0};
    size_t there = keep_count(keep, *count, most);
    memcpy(&all, rows, sizeof all);
    if (!keep_reads(keep)) {
        keep_bytes(keep, all, there * each);
        return;
    }
    *count = 0;
    if (there == 0) {
        return;
    }
    all = calloc(there, each);
    if (all == NULL) {
        err_set(&why, ERR_LIMIT, "no memory for %zu rows of a state", there);
        keep_fail(keep, &why);
        return;
    }
    keep_bytes(keep, all, there * each);
    memcpy(rows, &all, sizeof all);
    *count = there;
}

void keep_string(struct keep *keep, const char **text, size_t most, struct arena *arena)
{
    struct err why = {0};
    bool is_there = *text != NULL;
    KEEP(keep, is_there);
    if (!is_there) {
        *text = NULL;
        return;
    }
    size_t len = keep_count(keep, keep_reads(keep) ? 0 : strlen(*text), most);
    if (!keep_reads(keep)) {
        char copy[256]; /* keep_bytes() takes what it may set */
        for (size_t at = 0, n; at < len; at += n) {
            n = len - at < sizeof copy ? len - at : sizeof copy;
            memcpy(copy, *text + at, n);
            keep_bytes(keep, copy, n);
        }
        return;
    }
    char *room = ARENA_NEW(arena, char, len + 1, &why);
    *text = room;
    if (room == NULL) {
        keep_fail(keep, &why);
        return;
    }
    keep_bytes(keep, room, len);
    room[len] = '\0';
}

/* ---- heads ---- */

static struct sha256 seal_of(const struct keep_head *head)
{
    return sha256_of((struct str){(const char *)head, offsetof(struct keep_head, seal)});
}

/* False: none, or one that was not written to its end. */
static bool read_head(int fd, unsigned which, struct keep_place *ret_place)
{
    struct keep_head head;
    if (pread(fd, &head, sizeof head, (off_t)which * HEAD_AT) != (ssize_t)sizeof head) {
        return false;
    }
    struct sha256 seal = seal_of(&head);
    *ret_place = (struct keep_place){head.number, head.at, head.bytes, head.digest};
    return memcmp(head.magic, magic, sizeof magic) == 0 && sha256_eq(&seal, &head.seal) && head.at >= STATES_AT &&
           head.bytes > 0 && head.bytes <= INT64_MAX - head.at;
}

static bool is_whole(int fd, const struct keep_place *place, char *room, struct hasher *hasher)
{
    uint64_t at = place->at, end = place->at + place->bytes;
    while (at < end) {
        size_t want = end - at < ROOM_BYTES ? (size_t)(end - at) : ROOM_BYTES;
        ssize_t got = pread(fd, room, want, (off_t)at);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        got = got < 0 ? 0 : got;
        hasher_put(hasher, room, (size_t)got);
        at += (uint64_t)got;
    }
    struct sha256 digest = hasher_end(hasher);
    return at == end && sha256_eq(&digest, &place->digest);
}

/* Is it empty, or does it begin as such a file does, or as one whose first state never came to its end? */
static int check_file(int fd, bool *ret_empty, struct err *err)
{
    char head[sizeof magic];
    ssize_t got = pread(fd, head, sizeof head, 0);
    if (got < 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    static const char zeros[sizeof magic];
    *ret_empty = got == 0;
    bool is_ours = got == 0 || (got == (ssize_t)sizeof head &&
                                (memcmp(head, magic, sizeof head) == 0 || memcmp(head, zeros, sizeof head) == 0));
    return is_ours ? 0 : err_set(err, ERR_FORMAT, "holds something else than the state of a run");
}

int keep_newest(int fd, struct keep_place *ret_place, struct err *err)
{
    struct keep_place places[2];
    bool is_empty = true, is_there[2];
    *ret_place = (struct keep_place){0};
    TRY(check_file(fd, &is_empty, err));
    if (is_empty) {
        return 0;
    }
    OWN(own_mem) char *room = malloc(ROOM_BYTES);
    OWN(own_hasher) struct hasher *hasher = hasher_new(err);
    if (room == NULL || hasher == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to read a state");
    }
    for (unsigned i = 0; i < 2; i++) {
        is_there[i] = read_head(fd, i, &places[i]);
    }
    unsigned first = is_there[0] && (!is_there[1] || places[0].number > places[1].number) ? 0 : 1;
    for (unsigned i = 0; i < 2; i++) {
        unsigned which = i == 0 ? first : 1 - first;
        if (is_there[which] && is_whole(fd, &places[which], room, hasher)) {
            *ret_place = places[which];
            return 0;
        }
    }
    return 0;
}

static int write_head(int fd, const struct keep_place *place, unsigned *steps, struct err *err)
{
    struct keep_head head = {.number = place->number, .at = place->at, .bytes = place->bytes, .digest = place->digest};
    memcpy(head.magic, magic, sizeof magic);
    head.seal = seal_of(&head);
    return write_at(fd, &head, sizeof head, (place->number & 1) * HEAD_AT, steps, err);
}

/* ---- states ---- */

/* Where so many bytes do not touch the newest state. */
static uint64_t room_beside(const struct keep_place *newest, uint64_t bytes)
{
    bool is_room_before = newest->bytes == 0 || newest->at >= STATES_AT + bytes;
    uint64_t behind = newest->at + newest->bytes;
    return is_room_before ? STATES_AT : (behind + HEAD_AT - 1) / HEAD_AT * HEAD_AT;
}

static int begin(struct keep *keep, enum keep_way way, int fd, struct err *err)
{
    *keep = (struct keep){.way = way, .fd = fd, .room = malloc(ROOM_BYTES), .hasher = hasher_new(err)};
    return keep->room != NULL && keep->hasher != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory to keep a state");
}

static void own_keep(struct keep *keep)
{
    free(keep->room);
    hasher_free(keep->hasher);
}

int keep_write(int fd, struct keep_place *newest, const struct keep_walk *walk, unsigned *steps, struct err *err)
{
    struct keep counting = {.way = KEEP_COUNT};
    OWN(own_keep) struct keep keep = {0};
    walk->walk(walk->self, &counting);
    TRY(begin(&keep, KEEP_WRITE, fd, err));
    struct keep_place place = {.number = newest->number + 1, .bytes = counting.bytes};
    place.at = keep.at = room_beside(newest, counting.bytes);
    keep.steps = steps;
    walk->walk(walk->self, &keep);
    flush(&keep);
    if (!keep_is_well(&keep)) {
        *err = keep.err;
        return -1;
    }
    if (keep.bytes != counting.bytes) {
        return err_set(err, ERR_BUG, "a state of %llu bytes became one of %llu", (unsigned long long)counting.bytes,
                       (unsigned long long)keep.bytes);
    }
    place.digest = hasher_end(keep.hasher);
    TRY(sync_now(fd, steps, err));
    TRY(write_head(fd, &place, steps, err));
    TRY(sync_now(fd, steps, err));
    *newest = place;
    return 0;
}

int keep_read(int fd, const struct keep_place *place, const struct keep_walk *walk, struct err *err)
{
    OWN(own_keep) struct keep keep = {0};
    TRY(begin(&keep, KEEP_READ, fd, err));
    keep.at = place->at;
    keep.end = place->at + place->bytes;
    walk->walk(walk->self, &keep);
    if (!keep_is_well(&keep)) {
        *err = keep.err;
        return -1;
    }
    return keep.bytes == place->bytes ? 0 : err_set(err, ERR_FORMAT, "holds a state of another version of Assay");
}
