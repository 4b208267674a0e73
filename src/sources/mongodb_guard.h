/* A stream between libmongoc and a server that lets whole and well-formed messages through only. libmongoc 1.23 trusts the lengths
 * within a message and reads behind its end. */
#ifndef ASSAY_SOURCES_MONGODB_GUARD_H
#define ASSAY_SOURCES_MONGODB_GUARD_H

#include <mongoc/mongoc.h>

#include "assay/words.h"

enum { MONGODB_MESSAGE_MAX = 48 << 20 };

/* Shared by the streams of one client; outlives them. */
struct mongodb_guard {
    unsigned seconds; /* for one message to arrive */
    unsigned connect; /* for a connection */
    bool has_refused; /* some message was not let through */
};

/* Makes the client connect through guarded streams. */
void mongodb_guard_client(mongoc_client_t *client, struct mongodb_guard *guard);

/* Is it one message, header and all, of a kind a client is sent, with documents that end where they say? */
bool mongodb_message_is_whole(const uint8_t *bytes, size_t len);

#endif
