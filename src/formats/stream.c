/* The window on a file, and the choice of a packing by its first bytes. */
#include "formats/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

struct stream {
    struct raw raw;
    const struct packing *packing; /* NULL: plain */
    void *state;
};

static const struct packing *const packings[] = {
#define PACKING(name) &packing_##name,
#include "formats/packing_list.h"
#undef PACKING
};

static ssize_t read_again(int fd, char *into, size_t room)
{
    ssize_t got;
    do {
        got = read(fd, into, room);
    } while (got < 0 && errno == EINTR);
    return got;
}

int raw_more(struct raw *raw, struct err *err)
{
    if (raw->is_ended || raw->fd < 0) {
        raw->is_ended = true;
        return 0;
    }
    raw->passed += raw->to;
    raw->from = raw->to = 0;
    ssize_t got = read_again(raw->fd, raw->own, RAW_BYTES);
    if (got < 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    raw->to = (size_t)got;
    raw->is_ended = got == 0;
    return 0;
}

/* A head of at least a few bytes, so that a pipe that trickles is still recognised. */
static int fill_head(struct raw *raw, struct err *err)
{
    while (raw->to < 64) {
        ssize_t got = read_again(raw->fd, raw->own + raw->to, RAW_BYTES - raw->to);
        if (got < 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        if (got == 0) {
            raw->is_ended = true;
            return 0;
        }
        raw->to += (size_t)got;
    }
    return 0;
}

static int choose(struct stream *stream, struct err *err)
{
    struct str head = {stream->raw.data, stream->raw.to};
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        if (packings[i]->probe(head)) {
            stream->packing = packings[i];
            stream->state = packings[i]->open(&stream->raw, err);
            return stream->state != NULL ? 0 : -1;
        }
    }
    return 0;
}

/* A packing that knows the file's size may take all of it at once; a peek does not tell it. */
static struct stream *open_fd(int fd, bool is_peek, struct err *err)
{
    struct stream *stream = calloc(1, sizeof *stream);
    char *window = malloc(RAW_BYTES);
    if (stream == NULL || window == NULL) {
        free(stream);
        free(window);
        err_set(err, ERR_LIMIT, "no memory for a stream");
        return NULL;
    }
    stream->raw = (struct raw){.fd = fd, .data = window, .own = window};
    struct stat about;
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (!is_peek && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && at >= 0 && about.st_size > at) {
        stream->raw.total_bytes = (uint64_t)(about.st_size - at);
    }
    if (fill_head(&stream->raw, err) != 0 || choose(stream, err) != 0) {
        stream_close(stream);
        return NULL;
    }
    return stream;
}

struct stream *stream_open(int fd, struct err *err)
{
    return open_fd(fd, false, err);
}

int stream_peek(int fd, char *into, size_t room, size_t *ret_got, const char **ret_packing, struct err *err)
{
    struct stream *stream = open_fd(fd, true, err);
    if (stream == NULL) {
        return -1;
    }
    size_t len = 0, got = 1;
    while (len < room && got > 0) {
        if (stream_read(stream, into + len, room - len, &got, NULL) != 0) {
            break;
        }
        len += got;
    }
    *ret_got = len;
    *ret_packing = stream_packing(stream);
    stream_close(stream);
    return 0;
}

struct stream *stream_open_bytes(struct str bytes, struct err *err)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a stream");
        return NULL;
    }
    stream->raw = (struct raw){.fd = -1, .data = bytes.data, .to = bytes.len, .total_bytes = bytes.len};
    if (choose(stream, err) != 0) {
        stream_close(stream);
        return NULL;
    }
    return stream;
}

/* Plain bytes: what the window holds, then straight from the file into the caller's room. */
static int read_plain(struct raw *raw, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (raw->from < raw->to) {
        size_t n = raw->to - raw->from < room ? raw->to - raw->from : room;
        memcpy(into, raw->data + raw->from, n);
        raw->from += n;
        *ret_got = n;
        return 0;
    }
    if (raw->is_ended || raw->fd < 0) {
        *ret_got = 0;
        return 0;
    }
    ssize_t got = read_again(raw->fd, into, room);
    if (got < 0) {
        return err_set(err, ERR_IO, "%s", strerror(errno));
    }
    raw->is_ended = got == 0;
    raw->passed += (uint64_t)got;
    *ret_got = (size_t)got;
    return 0;
}

int stream_read(struct stream *stream, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (room == 0) {
        return err_set(err, ERR_BUG, "a read of nothing");
    }
    return stream->packing == NULL ? read_plain(&stream->raw, into, room, ret_got, err)
                                   : stream->packing->read(stream->state, into, room, ret_got, err);
}

const char *stream_packing(const struct stream *stream)
{
    return stream->packing == NULL ? NULL : stream->packing->name;
}

uint64_t stream_raw_bytes(const struct stream *stream)
{
    return stream->raw.passed + stream->raw.from;
}

void stream_close(struct stream *stream)
{
    if (stream != NULL) {
        if (stream->packing != NULL) {
            stream->packing->close(stream->state);
        }
        free(stream->raw.own);
        free(stream);
    }
}

void own_stream(struct stream **stream)
{
    stream_close(*stream);
}
