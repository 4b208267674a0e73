/* Lists in files. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "private/list.h"

#include "base/banned.h"

int list_read_at(int fd, const char *path, void *out, size_t count, uint64_t at, struct err *err)
{
    uint8_t *to = out;
    while (count != 0) {
        ssize_t got = pread(fd, to, count, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? err_set(err, ERR_IO, "%s: %s", path, strerror(errno))
                           : err_set(err, ERR_FORMAT, "%s: the file ends where more is wanted", path);
        }
        to += got;
        at += (uint64_t)got;
        count -= (size_t)got;
    }
    return 0;
}

int list_write_at(int fd, const char *path, const void *bytes, size_t count, uint64_t at, struct err *err)
{
    const uint8_t *from = bytes;
    while (count != 0) {
        ssize_t put = pwrite(fd, from, count, (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
        }
        from += put;
        at += (uint64_t)put;
        count -= (size_t)put;
    }
    return 0;
}

static uint64_t records_at(const struct list_place *place)
{
    return place->at + wire_chunks(place->n) * SHA256_BYTES;
}

static struct sha256 chunk_root(const struct list_place *place, struct sha256 *leaves, const uint8_t *records,
                                size_t count)
{
    sha256_many(leaves, STR("\x00"), (struct sha256_messages){records, place->width, place->width}, count);
    return tree_climb(leaves, count, NULL, 0);
}

static void *room_for(uint64_t count, size_t width, struct err *err)
{
    void *room = malloc(count != 0 ? (size_t)count * width : 1);
    if (room == NULL) {
        err_no_memory(err);
    }
    return room;
}

/* ---- writing ---- */

int list_begin(struct list_out *out, const struct list_place *place, struct err *err)
{
    *out = (struct list_out){.place = *place};
    out->roots = room_for(wire_chunks(place->n), sizeof *out->roots, err);
    out->leaves = out->roots != NULL ? room_for(WIRE_CHUNK, sizeof *out->leaves, err) : NULL;
    out->room = out->leaves != NULL ? room_for(WIRE_CHUNK, place->width, err) : NULL;
    return out->room != NULL ? 0 : -1;
}

/* Under the stream, in the room it lies in, which is not used again. */
static int write_covered(const struct list_place *place, uint8_t *bytes, size_t count, uint64_t at, struct err *err)
{
    if (place->body_key != NULL) {
        suite_stream(bytes, count, at - place->stream_at, place->body_key);
    }
    return list_write_at(place->fd, place->path, bytes, count, at, err);
}

/* A chunk that begins at record `first`. */
static int put_chunk(struct list_out *out, uint64_t first, uint8_t *records, size_t count, const struct sha256 *root,
                     struct err *err)
{
    out->roots[first / WIRE_CHUNK] = *root;
    tree_add(&out->tree, root);
    size_t width = out->place.width;
    return write_covered(&out->place, records, count * width, records_at(&out->place) + first * width, err);
}

static int end_chunk(struct list_out *out, struct err *err)
{
    struct sha256 root = chunk_root(&out->place, out->leaves, out->room, out->held);
    TRY(put_chunk(out, out->put - out->held, out->room, out->held, &root, err));
    out->held = 0;
    return 0;
}

int list_put_chunk(struct list_out *out, uint8_t *records, size_t count, const struct sha256 *root, struct err *err)
{
    uint64_t left = out->place.n - out->put;
    if (out->held != 0 || count == 0 || count != (left < WIRE_CHUNK ? left : WIRE_CHUNK)) {
        return err_set(err, ERR_BUG, "%s: not a chunk of its list", out->place.path);
    }
    TRY(put_chunk(out, out->put, records, count, root, err));
    out->put += count;
    return 0;
}

int list_put(struct list_out *out, const uint8_t *record, struct err *err)
{
    size_t width = out->place.width;
    if (out->put == out->place.n || (out->put != 0 && memcmp(out->last, record, width) >= 0)) {
        return err_set(err, ERR_BUG, "%s: a list that does not ascend, or is longer than it should be",
                       out->place.path);
    }
    memcpy(out->last, record, width);
    memcpy(out->room + out->held * width, record, width);
    out->held++;
    out->put++;
    return out->held == WIRE_CHUNK ? end_chunk(out, err) : 0;
}

int list_end(struct list_out *out, struct sha256 *ret_root, struct err *err)
{
    if (out->put != out->place.n) {
        return err_set(err, ERR_BUG, "%s: a list shorter than it should be", out->place.path);
    }
    if (out->held != 0) {
        TRY(end_chunk(out, err));
    }
    *ret_root = tree_root(&out->tree);
    return write_covered(&out->place, (uint8_t *)out->roots, wire_chunks(out->place.n) * SHA256_BYTES, out->place.at,
                         err);
}

void own_list_out(struct list_out *out)
{
    free(out->roots);
    free(out->leaves);
    free(out->room);
    *out = (struct list_out){0};
}

/* ---- reading ---- */

static int read_covered(const struct list_place *place, uint8_t *out, size_t count, uint64_t at, struct err *err)
{
    TRY(list_read_at(place->fd, place->path, out, count, at, err));
    if (place->body_key != NULL) {
        suite_stream(out, count, at - place->stream_at, place->body_key);
    }
    return 0;
}

int list_open(struct list_in *in, const struct list_place *place, const struct sha256 *root, struct err *err)
{
    *in = (struct list_in){.place = *place};
    uint64_t chunks = wire_chunks(place->n);
    in->roots = room_for(chunks, sizeof *in->roots, err);
    in->leaves = in->roots != NULL ? room_for(WIRE_CHUNK, sizeof *in->leaves, err) : NULL;
    in->records = in->leaves != NULL ? room_for(WIRE_CHUNK, place->width, err) : NULL;
    if (in->records == NULL) {
        return -1;
    }
    TRY(read_covered(place, (uint8_t *)in->roots, chunks * SHA256_BYTES, place->at, err));
    struct tree tree = {0};
    for (uint64_t i = 0; i < chunks; i++) {
        tree_add(&tree, &in->roots[i]);
    }
    struct sha256 made = tree_root(&tree);
    if (sha256_eq(&made, root)) {
        return 0;
    }
    err_set(err, ERR_TAMPERED, "%s: its list is not the one whose root was signed", place->path);
    return err_remedy(err, "have the file sent again; if that does not help, its sender signed for another list");
}

static int check_chunk(struct list_in *in, size_t count, struct err *err)
{
    size_t width = in->place.width;
    bool rises = true;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *record = in->records + i * width;
        rises = rises && (i != 0 ? memcmp(record - width, record, width) < 0
                                 : !in->has_last || memcmp(in->last, record, width) < 0);
    }
    struct sha256 root = chunk_root(&in->place, in->leaves, in->records, count);
    if (!sha256_eq(&root, &in->roots[in->chunk])) {
        err_set(err, ERR_TAMPERED, "%s: records %llu to %llu of its list differ from what was signed", in->place.path,
                (unsigned long long)(in->chunk * WIRE_CHUNK), (unsigned long long)(in->chunk * WIRE_CHUNK + count - 1));
        return err_remedy(err, "they were damaged on their way: have the file sent again");
    }
    return rises ? 0
                 : err_set(err, ERR_FORMAT, "%s: its list does not ascend; equal or unsorted records are refused",
                           in->place.path);
}

int list_next(struct list_in *in, const uint8_t **ret_records, size_t *ret_count, struct err *err)
{
    size_t width = in->place.width;
    uint64_t first = in->chunk * WIRE_CHUNK;
    *ret_records = in->records;
    *ret_count = 0;
    if (first >= in->place.n) {
        return 0;
    }
    size_t count = (size_t)(in->place.n - first < WIRE_CHUNK ? in->place.n - first : WIRE_CHUNK);
    TRY(read_covered(&in->place, in->records, count * width, records_at(&in->place) + first * width, err));
    TRY(check_chunk(in, count, err));
    memcpy(in->last, in->records + (count - 1) * width, width);
    in->has_last = true;
    in->chunk++;
    *ret_count = count;
    return 0;
}

int list_record(struct list_in *in, const uint8_t **ret_record, struct err *err)
{
    if (in->taken == in->count) {
        const uint8_t *records;
        TRY(list_next(in, &records, &in->count, err));
        in->taken = 0;
    }
    *ret_record = in->taken < in->count ? in->records + in->taken++ * in->place.width : NULL;
    return 0;
}

void own_list_in(struct list_in *in)
{
    free(in->roots);
    free(in->leaves);
    free(in->records);
    *in = (struct list_in){0};
}
