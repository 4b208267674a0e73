/* The files of a run carried between two parties over one stream of bytes, instead of by mail (docs/private.md, "Over TLS").
 *
 *   message = u8 type | u32 length | body                                          longest body
 *   1 ready   listener → connector, once it took the other's key                   0
 *   2 file    u64 bytes | SHA-256 of all | header | signature                      40 + 1 MiB + 80
 *   3 have    u64 bytes that the receiver has | SHA-256 of them                    40
 *   4 data    u64 at | at most 64 KiB                                              8 + 65,536
 *   5 done    SHA-256 of all, once it is on the receiver's disk                    32
 *   6 end     the sender's turn is over                                            0
 *   7 refuse  why, in words                                                        200
 *
 * The connector sends its files, then the listener. A file is refused before a byte of it is written unless its size is what
 * its header, or the commitment that it follows, says. What arrived stands as received.KIND.ID.part until its digest is the
 * one announced; a transfer that was cut goes on behind what the receiver has, if that is what the sender has there. Whose the
 * file is and whether its lists are those signed is checked by the step that reads it, as if it had been mailed. */
#ifndef ASSAY_PRIVATE_CARRY_H
#define ASSAY_PRIVATE_CARRY_H

#include <jansson.h>

#include "private/place.h"

enum { CARRY_DATA_BYTES = 65536, CARRY_FILES_MAX = 64 };

/* A stream: whole counts or -1 with err. begin: a message begins, which must be over within the link's time. */
struct carry_link {
    void *self;
    void (*begin)(void *self);
    int (*put)(void *self, const uint8_t *bytes, size_t count, struct err *err);
    int (*get)(void *self, uint8_t *bytes, size_t count, struct err *err);
};

/* One side of a session. known: headers whose sizes those of later files follow from. */
struct carry {
    const struct carry_link *link;
    const struct place *place;
    struct buf message;
    uint8_t type; /* of the message */
    struct wire_file known[CARRY_FILES_MAX];
    size_t known_count;
    json_t *sent, *received; /* arrays */
};
/* Takes in what place has already. Ends with own_carry(). err: IO, LIMIT, FORMAT (a file of this side). */
MUST_USE int carry_begin(struct carry *carry, const struct carry_link *link, const struct place *place,
                         struct err *err);
void own_carry(struct carry *carry);

MUST_USE int carry_ready(struct carry *carry, struct err *err);
MUST_USE int carry_await_ready(struct carry *carry, struct err *err);
/* Files in the order of their kinds, then end. err: IO, FORMAT (a file here, or what the peer says), LIMIT (refused by it). */
MUST_USE int carry_send(struct carry *carry, const char *const *files, struct err *err);
/* Until the peer's end. err: FORMAT, LIMIT, IO; the peer is told why. */
MUST_USE int carry_receive(struct carry *carry, struct err *err);

/* ---- what both halves share ---- */
enum { CARRY_READY = 1, CARRY_FILE, CARRY_HAVE, CARRY_DATA, CARRY_DONE, CARRY_END, CARRY_REFUSE, CARRY_TYPES };
MUST_USE int carry_put(struct carry *carry, uint8_t type, struct str body, struct err *err);
/* The next message, into carry->type and carry->message. A refusal is an error. */
MUST_USE int carry_get(struct carry *carry, struct err *err);
MUST_USE int carry_expect(struct carry *carry, uint8_t type, struct err *err);
/* SHA-256 of the first `bytes` of fd. err: IO. */
MUST_USE int carry_digest(int fd, uint64_t bytes, struct sha256 *ret_digest, struct err *err);
/* {file, kind, id, bytes, from} appended to list; from: bytes that were there before. */
MUST_USE int carry_note(json_t *list, const char *path, const struct wire_file *file, uint64_t bytes, uint64_t from,
                        struct err *err);

#endif
