/* Redis's protocol is hiredis's matter: https://redis.io/docs/latest/develop/reference/protocol-spec. A hostile server could announce
 * arrays of millions in a few bytes, so that hiredis would set the memory aside: what one reply may hold is counted as it comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/redis_wire.h"

#include "base/banned.h"

enum { REPLY_ELEMENTS_MAX = 4 << 20, REPLY_BYTES_MAX = 256 << 20, WORDS_MAX = 600 };

/* All that is ever said. None of them writes; AUTH and SELECT change the connection only. */
static const char *const readers[] = {
    "AUTH",     "PING",   "SELECT", "INFO",   "DBSIZE", "SCAN",   "TYPE",    "ACL",   "STRLEN",
    "GETRANGE", "HLEN",   "HKEYS",  "HMGET",  "HSCAN",  "LLEN",   "SCARD",   "SSCAN", "ZCARD",
    "XLEN",     "LRANGE", "ZRANGE", "XRANGE", "MEMORY", "CONFIG", "COMMAND",
};

/* Of those with subcommands only these. */
static const char *const reading_parts[] = {"GET", "WHOAMI", "GETUSER", "USAGE", "INFO"};

static bool is_reading(const struct str *words, size_t count)
{
    bool is_known = false;
    for (size_t i = 0; count > 0 && i < sizeof readers / sizeof *readers; i++) {
        is_known |= str_eq(words[0], str_of(readers[i]));
    }
    bool has_parts = is_known && (str_eq(words[0], STR("ACL")) || str_eq(words[0], STR("MEMORY")) ||
                                  str_eq(words[0], STR("CONFIG")) || str_eq(words[0], STR("COMMAND")));
    bool is_part = false;
    for (size_t i = 0; has_parts && count > 1 && i < sizeof reading_parts / sizeof *reading_parts; i++) {
        is_part |= str_eq(words[1], str_of(reading_parts[i]));
    }
    return is_known && (!has_parts || is_part);
}

/* ---- bounds ---- */

static void *make_string(const redisReadTask *task, char *bytes, size_t len)
{
    struct redis_wire *wire = task->privdata;
    wire->bytes += len;
    return wire->bytes > REPLY_BYTES_MAX ? NULL : wire->theirs->createString(task, bytes, len);
}

static void *make_array(const redisReadTask *task, int elements)
{
    struct redis_wire *wire = task->privdata;
    wire->elements += elements > 0 ? (uint64_t)elements : 0;
    return wire->elements > REPLY_ELEMENTS_MAX ? NULL : wire->theirs->createArray(task, elements);
}

static int fail(const struct redis_wire *wire, struct err *err)
{
    const redisContext *c = wire->context;
    if (wire->elements > REPLY_ELEMENTS_MAX || wire->bytes > REPLY_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "%s: the server sent more than an answer may hold", wire->where);
    }
    if (c->err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT)) {
        return err_set(err, ERR_LIMIT, "%s: no answer within %u seconds", wire->where, wire->seconds);
    }
    if (c->err == REDIS_ERR_PROTOCOL) {
        err_set(err, ERR_FORMAT, "%s: no answer of a Redis server", wire->where);
        return err_remedy(err, "is this its port? (6379; one that speaks TLS only cannot be asked)");
    }
    return err_set(err, ERR_IO, "%s: %s", wire->where, c->errstr);
}

/* ---- the connection ---- */

int redis_wire_open(struct redis_wire *wire, const char *uri, const struct url *url, const struct source_login *login,
                    struct err *err)
{
    source_display(uri, wire->where, sizeof wire->where);
    wire->seconds = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : 1800;
    struct timeval wait = {.tv_sec = login != NULL && login->connect_seconds != 0 ? login->connect_seconds : 15};
    const char *socket = url_option(url, "socket");
    const char *host = url->host[0] == '\0' ? "localhost" : url->host;
    wire->context = socket != NULL ? redisConnectUnixWithTimeout(socket, wait)
                                   : redisConnectWithTimeout(host, url->port == 0 ? 6379 : (int)url->port, wait);
    if (wire->context == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to connect");
    }
    if (wire->context->err != 0) {
        err_set(err, ERR_IO, "%s: %s", wire->where, wire->context->errstr);
        return err_remedy(err, "is the server there, and this its port (6379)?");
    }
    struct timeval patience = {.tv_sec = wire->seconds < 60 ? wire->seconds : 60}; /* for a single read */
    if (redisSetTimeout(wire->context, patience) != REDIS_OK) {
        return fail(wire, err);
    }
    wire->theirs = wire->context->reader->fn;
    wire->functions = *wire->theirs;
    wire->functions.createString = make_string;
    wire->functions.createArray = make_array;
    wire->context->reader->fn = &wire->functions;
    wire->context->reader->privdata = wire;
    return 0;
}

void redis_wire_close(struct redis_wire *wire)
{
    if (wire->context != NULL) {
        redisFree(wire->context);
    }
}

void own_reply(redisReply **reply)
{
    if (*reply != NULL) {
        freeReplyObject(*reply);
    }
}

int redis_say(struct redis_wire *wire, const struct str *words, size_t count, struct err *err)
{
    const char *texts[WORDS_MAX];
    size_t lens[WORDS_MAX];
    if (!is_reading(words, count) || count > WORDS_MAX) {
        return err_set(err, ERR_BUG, "a command that may write, or one too long: %.*s", STR_FMT(words[0]));
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = words[i].data == NULL ? "" : words[i].data;
        lens[i] = words[i].len;
    }
    return redisAppendCommandArgv(wire->context, (int)count, texts, lens) == REDIS_OK ? 0 : fail(wire, err);
}

static int flush_out(struct redis_wire *wire, struct err *err)
{
    for (int done = 0; done == 0;) {
        if (redisBufferWrite(wire->context, &done) != REDIS_OK) {
            return fail(wire, err);
        }
    }
    return 0;
}

int redis_hear(struct redis_wire *wire, redisReply **ret_reply, struct err *err)
{
    int64_t deadline = time_ticks() + (int64_t)wire->seconds * NS_PER_S;
    void *reply = NULL;
    wire->elements = wire->bytes = 0;
    TRY(flush_out(wire, err));
    for (;;) {
        if (redisGetReplyFromReader(wire->context, &reply) != REDIS_OK) {
            return fail(wire, err);
        }
        if (reply != NULL) {
            *ret_reply = reply;
            return 0;
        }
        if (wire->context->reader->len > REPLY_BYTES_MAX) {
            return err_set(err, ERR_LIMIT, "%s: the server sent more than an answer may hold", wire->where);
        }
        if (time_ticks() > deadline) {
            return err_set(err, ERR_LIMIT, "%s: no answer within %u seconds", wire->where, wire->seconds);
        }
        errno = 0;
        if (redisBufferRead(wire->context) != REDIS_OK) {
            return fail(wire, err);
        }
    }
}

int redis_ask(struct redis_wire *wire, const struct str *words, size_t count, redisReply **ret_reply, struct err *err)
{
    TRY(redis_say(wire, words, count, err));
    return redis_hear(wire, ret_reply, err);
}

bool redis_is_error(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR;
}

bool redis_is_refused(const redisReply *reply)
{
    return redis_is_error(reply) && str_starts(redis_text(reply), STR("NOPERM"));
}

struct str redis_refusal(const redisReply *reply)
{
    static const struct {
        const char *word;
        struct str says;
    } rows[] = {
        {"NOPERM", STR_INIT("the server refused it (NOPERM)")},
        {"NOAUTH", STR_INIT("the server refused it (NOAUTH)")},
        {"WRONGTYPE", STR_INIT("the server refused it (WRONGTYPE)")},
        {"LOADING", STR_INIT("the server refused it (LOADING)")},
        {"BUSY", STR_INIT("the server refused it (BUSY)")},
        {"MASTERDOWN", STR_INIT("the server refused it (MASTERDOWN)")},
        {"CLUSTERDOWN", STR_INIT("the server refused it (CLUSTERDOWN)")},
        {"MOVED", STR_INIT("the server refused it (MOVED)")},
        {"ERR", STR_INIT("the server refused it (ERR)")},
    };
    struct str word = str_cut(redis_text(reply), ' ').head;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(word, str_of(rows[i].word))) {
            return rows[i].says;
        }
    }
    return STR("the server refused it");
}
