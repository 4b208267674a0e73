/* https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol, all little-endian:
 *
 *   | length i32 | id i32 | answers i32 | 2013 i32 | flags u32 | 0 u8 | document |                                OP_MSG
 *   | length i32 | id i32 | answers i32 |    1 i32 | flags u32 | cursor i64 | from i32 | n i32 | n documents |     OP_REPLY
 *
 * A message is taken in whole, looked at, and only then handed on. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "sources/mongodb_guard.h"

#include "base/banned.h"

enum { HEAD_BYTES = 16, OP_REPLY = 1, OP_MSG = 2013, STREAM_TYPE = 100, LEAST_DOCUMENT = 5 };

struct guarded {
    mongoc_stream_t stream; /* first: what libmongoc sees */
    mongoc_stream_t *inner;
    struct mongodb_guard *guard;
    uint8_t *bytes; /* the message that is coming in, or going on */
    size_t room, got, given;
    bool is_whole; /* it may be given */
    int64_t began;
};

/* ---- one message ---- */

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The length of the document at `at`, 0 if it is none. */
static size_t document_len(const uint8_t *bytes, size_t at, size_t end)
{
    if (end - at < LEAST_DOCUMENT) {
        return 0;
    }
    size_t len = read_u32(bytes + at);
    return len >= LEAST_DOCUMENT && len <= end - at && bytes[at + len - 1] == 0 ? len : 0;
}

static bool is_whole_msg(const uint8_t *bytes, size_t len)
{
    enum { FLAGS = HEAD_BYTES, KIND = FLAGS + 4, BODY = KIND + 1, CHECKSUM = 1 };
    return len > BODY && (read_u32(bytes + FLAGS) & CHECKSUM) == 0 && bytes[KIND] == 0 &&
           document_len(bytes, BODY, len) == len - BODY;
}

static bool is_whole_reply(const uint8_t *bytes, size_t len)
{
    enum { COUNT = HEAD_BYTES + 16, BODY = COUNT + 4 };
    if (len < BODY) {
        return false;
    }
    size_t at = BODY;
    for (uint32_t left = read_u32(bytes + COUNT); left > 0; left--) {
        size_t document = document_len(bytes, at, len);
        if (document == 0) {
            return false;
        }
        at += document;
    }
    return at == len;
}

bool mongodb_message_is_whole(const uint8_t *bytes, size_t len)
{
    if (len < HEAD_BYTES || read_u32(bytes) != len) {
        return false;
    }
    uint32_t kind = read_u32(bytes + 12);
    return (kind == OP_MSG && is_whole_msg(bytes, len)) || (kind == OP_REPLY && is_whole_reply(bytes, len));
}

/* ---- taking it in ---- */

/* How many bytes the message has, as far as is known: its head, then all of it. 0: it cannot be one. */
static size_t wanted(const struct guarded *g)
{
    if (g->got < HEAD_BYTES) {
        return HEAD_BYTES;
    }
    size_t len = read_u32(g->bytes);
    return len > HEAD_BYTES && len <= MONGODB_MESSAGE_MAX ? len : 0;
}

static ssize_t refuse(struct guarded *g, int why)
{
    g->guard->has_refused |= why == EBADMSG;
    errno = why;
    return -1;
}

static bool has_room(struct guarded *g, size_t len)
{
    if (len > g->room) {
        size_t room = len < 65536 ? 65536 : len;
        uint8_t *bytes = realloc(g->bytes, room);
        if (bytes == NULL) {
            return false;
        }
        g->bytes = bytes;
        g->room = room;
    }
    return true;
}

/* Memory grows with what has come, not with what was announced. */
static size_t next_piece(const struct guarded *g, size_t want)
{
    size_t left = want - g->got;
    return left < (4U << 20) ? left : 4U << 20;
}

/* One read of the server. > 0: something came; 0 or -1 as the stream below says. */
static ssize_t take_some(struct guarded *g, int32_t timeout_ms)
{
    size_t want = wanted(g);
    if (want == 0) {
        return refuse(g, EBADMSG);
    }
    size_t piece = next_piece(g, want);
    if (!has_room(g, g->got + piece)) {
        return refuse(g, ENOMEM);
    }
    g->began = g->got == 0 ? time_ticks() : g->began;
    if (g->got > 0 && time_ticks() - g->began > (int64_t)g->guard->seconds * NS_PER_S) {
        return refuse(g, ETIMEDOUT);
    }
    ssize_t got = mongoc_stream_read(g->inner, g->bytes + g->got, piece, timeout_ms == 0 ? 0 : 1, timeout_ms);
    if (got <= 0) {
        return got;
    }
    g->got += (size_t)got;
    want = wanted(g);
    if (want == 0) {
        return refuse(g, EBADMSG);
    }
    if (g->got == want && want > HEAD_BYTES) {
        g->is_whole = mongodb_message_is_whole(g->bytes, g->got);
        return g->is_whole ? got : refuse(g, EBADMSG);
    }
    return got;
}

/* Bytes of the message that may be given now. */
static size_t give(struct guarded *g, mongoc_iovec_t *iov, size_t count, size_t done)
{
    size_t given = 0;
    for (size_t i = 0; i < count && g->is_whole; i++) {
        size_t skip = done < iov[i].iov_len ? done : iov[i].iov_len;
        size_t room = iov[i].iov_len - skip;
        size_t left = g->got - g->given;
        size_t piece = room < left ? room : left;
        done -= skip;
        memcpy((uint8_t *)iov[i].iov_base + skip, g->bytes + g->given, piece);
        g->given += piece;
        given += piece;
    }
    if (g->is_whole && g->given == g->got) {
        g->got = g->given = 0;
        g->is_whole = false;
    }
    return given;
}

static ssize_t guarded_readv(mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, size_t min_bytes,
                             int32_t timeout_ms)
{
    struct guarded *g = (struct guarded *)stream;
    size_t done = 0, room = 0;
    for (size_t i = 0; i < count; i++) {
        room += iov[i].iov_len;
    }
    for (;;) {
        done += give(g, iov, count, done);
        if (done == room || (done > 0 && done >= min_bytes)) {
            return (ssize_t)done;
        }
        ssize_t got = take_some(g, timeout_ms);
        if (got <= 0) {
            return done > 0 && min_bytes == 0 ? (ssize_t)done : got;
        }
    }
}

/* ---- the rest of a stream goes through ---- */

static void guarded_destroy(mongoc_stream_t *stream)
{
    struct guarded *g = (struct guarded *)stream;
    mongoc_stream_destroy(g->inner);
    free(g->bytes);
    free(g);
}

static void guarded_failed(mongoc_stream_t *stream)
{
    struct guarded *g = (struct guarded *)stream;
    mongoc_stream_failed(g->inner);
    free(g->bytes);
    free(g);
}

static int guarded_close(mongoc_stream_t *stream)
{
    return mongoc_stream_close(((struct guarded *)stream)->inner);
}

static int guarded_flush(mongoc_stream_t *stream)
{
    return mongoc_stream_flush(((struct guarded *)stream)->inner);
}

static ssize_t guarded_writev(mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, int32_t timeout_ms)
{
    return mongoc_stream_writev(((struct guarded *)stream)->inner, iov, count, timeout_ms);
}

static int guarded_setsockopt(mongoc_stream_t *stream, int level, int name, void *value, mongoc_socklen_t len)
{
    return mongoc_stream_setsockopt(((struct guarded *)stream)->inner, level, name, value, len);
}

static mongoc_stream_t *guarded_base(mongoc_stream_t *stream)
{
    return ((struct guarded *)stream)->inner;
}

static bool guarded_check_closed(mongoc_stream_t *stream)
{
    return mongoc_stream_check_closed(((struct guarded *)stream)->inner);
}

static bool guarded_timed_out(mongoc_stream_t *stream)
{
    return mongoc_stream_timed_out(((struct guarded *)stream)->inner);
}

static bool guarded_should_retry(mongoc_stream_t *stream)
{
    return mongoc_stream_should_retry(((struct guarded *)stream)->inner);
}

/* What has been taken in already can be read without a word of the server. */
static ssize_t guarded_poll(mongoc_stream_poll_t *streams, size_t count, int32_t timeout_ms)
{
    mongoc_stream_poll_t *below = calloc(count + 1, sizeof *below);
    ssize_t ready = 0;
    if (below == NULL) {
        errno = ENOMEM;
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct guarded *g = (const struct guarded *)streams[i].stream;
        below[i] = (mongoc_stream_poll_t){.stream = g->inner, .events = streams[i].events};
        timeout_ms = g->is_whole ? 0 : timeout_ms;
    }
    ssize_t result = mongoc_stream_poll(below, count, timeout_ms);
    for (size_t i = 0; result >= 0 && i < count; i++) {
        const struct guarded *g = (const struct guarded *)streams[i].stream;
        streams[i].revents = below[i].revents | (g->is_whole ? streams[i].events & POLLIN : 0);
        ready += streams[i].revents != 0 ? 1 : 0;
    }
    free(below);
    return result < 0 ? result : ready;
}

static mongoc_stream_t *guarded_new(mongoc_stream_t *inner, struct mongodb_guard *guard)
{
    struct guarded *g = calloc(1, sizeof *g);
    if (g == NULL) {
        mongoc_stream_destroy(inner);
        return NULL;
    }
    g->stream = (mongoc_stream_t){
        .type = STREAM_TYPE,
        .destroy = guarded_destroy,
        .failed = guarded_failed,
        .close = guarded_close,
        .flush = guarded_flush,
        .writev = guarded_writev,
        .readv = guarded_readv,
        .setsockopt = guarded_setsockopt,
        .get_base_stream = guarded_base,
        .check_closed = guarded_check_closed,
        .poll = guarded_poll,
        .timed_out = guarded_timed_out,
        .should_retry = guarded_should_retry,
    };
    g->inner = inner;
    g->guard = guard;
    return &g->stream;
}

/* ---- connecting ---- */

static mongoc_stream_t *connect_one(const struct addrinfo *address, unsigned seconds)
{
    mongoc_socket_t *socket = mongoc_socket_new(address->ai_family, address->ai_socktype, address->ai_protocol);
    int64_t until = bson_get_monotonic_time() + (int64_t)seconds * 1000000;
    if (socket == NULL) {
        return NULL;
    }
    if (mongoc_socket_connect(socket, address->ai_addr, (mongoc_socklen_t)address->ai_addrlen, until) != 0) {
        mongoc_socket_destroy(socket);
        return NULL;
    }
    return mongoc_stream_socket_new(socket);
}

static mongoc_stream_t *connect_host(const mongoc_host_list_t *host, unsigned seconds, bson_error_t *error)
{
    char port[16];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)snprintf(port, sizeof port, "%u", (unsigned)host->port);
    if (getaddrinfo(host->host, port, &hints, &found) != 0) {
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "no address of '%s' is known",
                       host->host);
        return NULL;
    }
    mongoc_stream_t *stream = NULL;
    for (const struct addrinfo *each = found; each != NULL && stream == NULL; each = each->ai_next) {
        stream = connect_one(each, seconds);
    }
    freeaddrinfo(found);
    if (stream == NULL) {
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no connection to '%s'",
                       host->host_and_port);
    }
    return stream;
}

static mongoc_stream_t *with_tls(mongoc_stream_t *plain, const mongoc_uri_t *uri, const char *host, unsigned seconds,
                                 bson_error_t *error)
{
    bool is_lax = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSINSECURE, false);
    mongoc_ssl_opt_t options = {
        .pem_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, NULL),
        .ca_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, NULL),
        .weak_cert_validation =
            is_lax || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, false),
        .allow_invalid_hostname =
            is_lax || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, false),
    };
    mongoc_stream_t *stream = mongoc_stream_tls_new_with_hostname(plain, host, &options, 1);
    if (stream == NULL) {
        mongoc_stream_destroy(plain);
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "TLS could not be set up");
        return NULL;
    }
    if (!mongoc_stream_tls_handshake_block(stream, host, (int32_t)seconds * 1000, error)) {
        mongoc_stream_destroy(stream);
        return NULL;
    }
    return stream;
}

static mongoc_stream_t *initiate(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *self,
                                 bson_error_t *error)
{
    struct mongodb_guard *guard = self;
    mongoc_stream_t *stream = connect_host(host, guard->connect, error);
    if (stream != NULL && mongoc_uri_get_tls(uri)) {
        stream = with_tls(stream, uri, host->host, guard->connect, error);
    }
    return stream == NULL ? NULL : guarded_new(stream, guard);
}

void mongodb_guard_client(mongoc_client_t *client, struct mongodb_guard *guard)
{
    mongoc_client_set_stream_initiator(client, initiate, guard);
}
