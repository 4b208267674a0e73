/* The window on a file, and the choice of a packing by its first bytes. */
#include "formats/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/text.h"

#include "base/banned.h"

struct stream {
    struct raw raw;
    const struct packing *packing; /* NULL: plain */
    void *state;
    struct text *text; /* NULL: bytes as they are */
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

/* Into the window from byte `to` on; a failure is kept and ends it. */
static void take_some(struct raw *raw)
{
    size_t got = 0;
    if (raw->input.read != NULL) {
        if (raw->input.read(raw->input.self, raw->own + raw->to, RAW_BYTES - raw->to, &got, &raw->failure) != 0) {
            got = 0;
        }
    } else {
        ssize_t n = read_again(raw->fd, raw->own + raw->to, RAW_BYTES - raw->to);
        if (n < 0) {
            err_set(&raw->failure, ERR_IO, "%s", strerror(errno));
        }
        got = n < 0 ? 0 : (size_t)n;
    }
    raw->to += got;
    raw->is_ended = got == 0;
}

int raw_more(struct raw *raw, struct err *err)
{
    (void)err;
    if (raw->is_ended || raw->own == NULL) {
        raw->is_ended = true;
        return 0;
    }
    raw->passed += raw->to;
    raw->from = raw->to = 0;
    take_some(raw);
    return 0;
}

/* A head of at least a few bytes, so that a pipe that trickles is still recognised. */
static void fill_head(struct raw *raw)
{
    while (raw->to < 64 && !raw->is_ended) {
        take_some(raw);
    }
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
static struct stream *open_window(int fd, const struct stream_input *input, bool is_peek, struct err *err)
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
    if (input != NULL) {
        stream->raw.input = *input;
    }
    struct stat about;
    off_t at = fd >= 0 ? lseek(fd, 0, SEEK_CUR) : -1;
    if (!is_peek && at >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > at) {
        stream->raw.total_bytes = (uint64_t)(about.st_size - at);
    }
    fill_head(&stream->raw);
    if (stream->raw.to == 0 && stream->raw.failure.kind != ERR_NONE) {
        err_set(err, stream->raw.failure.kind, "%s", stream->raw.failure.text);
        stream_close(stream);
        return NULL;
    }
    if (choose(stream, err) != 0) {
        stream_close(stream);
        return NULL;
    }
    return stream;
}

struct stream *stream_open(int fd, struct err *err)
{
    return open_window(fd, NULL, false, err);
}

struct stream *stream_open_from(const struct stream_input *input, struct err *err)
{
    return open_window(-1, input, false, err);
}

static int peek(struct stream *stream, char *into, size_t room, size_t *ret_got, struct stream_about *ret_about,
                struct err *err)
{
    TRY(stream_as_text(stream, err));
    size_t len = 0, got = 1;
    while (len < room && got > 0) {
        if (stream_read(stream, into + len, room - len, &got, NULL) != 0) {
            break;
        }
        len += got;
    }
    *ret_got = len;
    *ret_about = (struct stream_about){stream_packing(stream), stream_encoding(stream)};
    return 0;
}

int stream_peek(int fd, char *into, size_t room, size_t *ret_got, struct stream_about *ret_about, struct err *err)
{
    OWN(own_stream) struct stream *stream = open_window(fd, NULL, true, err);
    return stream == NULL ? -1 : peek(stream, into, room, ret_got, ret_about, err);
}

int stream_peek_bytes(struct str bytes, char *into, size_t room, size_t *ret_got, struct stream_about *ret_about,
                      struct err *err)
{
    OWN(own_stream) struct stream *stream = stream_open_bytes(bytes, err);
    return stream == NULL ? -1 : peek(stream, into, room, ret_got, ret_about, err);
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

/* Plain bytes: what the window holds, then straight from the input into the caller's room. */
static int read_plain(struct raw *raw, char *into, size_t room, size_t *ret_got, struct err *err)
{
    *ret_got = 0;
    if (raw->from < raw->to) {
        size_t n = raw->to - raw->from < room ? raw->to - raw->from : room;
        memcpy(into, raw->data + raw->from, n);
        raw->from += n;
        *ret_got = n;
        return 0;
    }
    if (raw->is_ended || raw->own == NULL) {
        return 0;
    }
    if (raw->input.read != NULL) {
        TRY(raw->input.read(raw->input.self, into, room, ret_got, err));
    } else {
        ssize_t got = read_again(raw->fd, into, room);
        if (got < 0) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
        *ret_got = (size_t)got;
    }
    raw->is_ended = *ret_got == 0;
    raw->passed += *ret_got;
    return 0;
}

/* Behind the packing. That the input failed explains an end better than what the packing made of it. */
static int read_unpacked(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct stream *stream = self;
    struct err why = {0};
    int rc = stream->packing == NULL ? read_plain(&stream->raw, into, room, ret_got, &why)
                                     : stream->packing->read(stream->state, into, room, ret_got, &why);
    if ((rc != 0 || *ret_got == 0) && stream->raw.failure.kind != ERR_NONE) {
        return err_set(err, stream->raw.failure.kind, "%s", stream->raw.failure.text);
    }
    return rc != 0 ? err_set(err, why.kind, "%s", why.text) : 0;
}

int stream_read(struct stream *stream, char *into, size_t room, size_t *ret_got, struct err *err)
{
    if (room == 0) {
        return err_set(err, ERR_BUG, "a read of nothing");
    }
    return stream->text != NULL ? text_read(stream->text, into, room, ret_got, err)
                                : read_unpacked(stream, into, room, ret_got, err);
}

int stream_as_text(struct stream *stream, struct err *err)
{
    const struct stream_input bytes = {stream, read_unpacked};
    stream->text = text_new(&bytes, err);
    return stream->text != NULL ? 0 : -1;
}

const char *stream_encoding(const struct stream *stream)
{
    return stream->text == NULL ? NULL : text_encoding(stream->text);
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
        text_free(stream->text);
        free(stream->raw.own);
        free(stream);
    }
}

void own_stream(struct stream **stream)
{
    stream_close(*stream);
}
