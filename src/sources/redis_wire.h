/* Talking to a Redis server through hiredis, with bounds on what it may answer, and only in commands that read. */
#ifndef ASSAY_SOURCES_REDIS_WIRE_H
#define ASSAY_SOURCES_REDIS_WIRE_H

#include <hiredis/hiredis.h>

#include "sources/source.h"
#include "sources/url.h"

struct redis_wire {
    redisContext *context;
    redisReplyObjectFunctions functions; /* hiredis's own, behind our bounds */
    const redisReplyObjectFunctions *theirs;
    uint64_t elements, bytes; /* of the reply that is being read */
    unsigned seconds;         /* for one reply */
    char where[512];          /* the URI without a password */
};

/* Connects; says nothing yet. */
MUST_USE int redis_wire_open(struct redis_wire *wire, const char *uri, const struct url *url,
                             const struct source_login *login, struct err *err);
void redis_wire_close(struct redis_wire *wire);

/* Queues a command (its words) and, with redis_hear, takes the next reply; pipelines are several says, then as many hears.
 * A command that is not in the list of those that read is refused: BUG. */
MUST_USE int redis_say(struct redis_wire *wire, const struct str *words, size_t count, struct err *err);
/* The reply may be an error of the server (REDIS_REPLY_ERROR); free it with freeReplyObject. err: IO, LIMIT (time, size). */
MUST_USE int redis_hear(struct redis_wire *wire, redisReply **ret_reply, struct err *err);
MUST_USE int redis_ask(struct redis_wire *wire, const struct str *words, size_t count, redisReply **ret_reply,
                       struct err *err);
void own_reply(redisReply **reply);

#define REDIS_WORDS(...) \
    (const struct str[]){__VA_ARGS__}, sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)

static inline struct str redis_text(const redisReply *reply)
{
    bool is_text = reply != NULL && reply->str != NULL;
    return (struct str){is_text ? reply->str : NULL, is_text ? reply->len : 0};
}
bool redis_is_error(const redisReply *reply);
/* That the server refused, with the word its error begins with; never its sentence, which may quote a value. Static. */
struct str redis_refusal(const redisReply *reply);
/* Not allowed to this account. */
bool redis_is_refused(const redisReply *reply);

#endif
