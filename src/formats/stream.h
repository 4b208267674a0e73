/* Bytes of a file, unpacked if it was packed. One shape over every packing, so that a reader never
 * knows whether it reads access.log or access.log.2.gz:
 *
 *   fd, bytes or another reader ─ raw (a window on the input) ─ packing (none, gzip, ...) ─ text (if asked for) ─▶ stream_read()
 *
 * To add a packing: one file with a `const struct packing`, one line in packing_list.h. */
#ifndef ASSAY_FORMATS_STREAM_H
#define ASSAY_FORMATS_STREAM_H

#include "assay/words.h"

struct stream;

/* fd is borrowed and must outlive the stream; it need not be seekable. err: IO, LIMIT. NULL on failure. */
MUST_USE struct stream *stream_open(int fd, struct err *err);
/* The same over bytes in memory (borrowed). */
MUST_USE struct stream *stream_open_bytes(struct str bytes, struct err *err);

/* Bytes from somewhere else: the entry of an archive. As stream_read(). */
struct stream_input {
    void *self;
    int (*read)(void *self, char *into, size_t room, size_t *ret_got, struct err *err);
};
/* The same over those. input is copied; what it speaks of must outlive the stream. */
MUST_USE struct stream *stream_open_from(const struct stream_input *input, struct err *err);

/* From here on as UTF-8 without a byte-order mark, if it is UTF-16 or begins with such a mark (encoding.h); other bytes
 * pass as they are. Before the first read. err: LIMIT. */
MUST_USE int stream_as_text(struct stream *stream, struct err *err);

/* What a peek learned. */
struct stream_about {
    const char *packing, *encoding; /* as stream_packing() and stream_encoding() */
};
/* Up to room bytes from where fd stands, unpacked and as text; less only at the end or before a damage (which is no
 * error here). For probing: it reads no more of the file than that needs. fd's offset moves. */
MUST_USE int stream_peek(int fd, char *into, size_t room, size_t *ret_got, struct stream_about *ret_about,
                         struct err *err);
/* The same from the first bytes of something packed. */
MUST_USE int stream_peek_bytes(struct str bytes, char *into, size_t room, size_t *ret_got,
                               struct stream_about *ret_about, struct err *err);

/* Gives at least one byte, or *ret_got = 0 at the end. err: IO; FORMAT when packed bytes are damaged or end
 * too early, said only after every byte before the damage was given; LIMIT when they blow up beyond reason. */
MUST_USE int stream_read(struct stream *stream, char *into, size_t room, size_t *ret_got, struct err *err);

/* "gzip", or NULL for plain bytes. */
const char *stream_packing(const struct stream *stream);
/* "UTF-16LE", "UTF-16BE" or "UTF-8 with a byte-order mark" once the first byte was read as text; NULL if nothing was changed. */
const char *stream_encoding(const struct stream *stream);
/* Bytes of the file taken so far. */
uint64_t stream_raw_bytes(const struct stream *stream);
void stream_close(struct stream *stream);
void own_stream(struct stream **stream);

/* ---- for packings only ---- */

enum { RAW_BYTES = 256 << 10 };

/* The unread window [from, to) of the file. */
struct raw {
    int fd;                    /* -1: not from a file */
    struct stream_input input; /* without a read: from fd, or memory, all of which is in the window */
    const char *data;
    char *own; /* data, when it did not come from memory */
    size_t from, to;
    bool is_ended;
    uint64_t passed;      /* bytes before data[0] */
    uint64_t total_bytes; /* of the whole file; 0 if it cannot be known (a pipe) */
    struct err failure;   /* why there is no more; stream_read() says it behind the last byte that could be had */
};

/* Fills an empty window; at the end sets is_ended and leaves it empty. A failure is an end too. */
MUST_USE int raw_more(struct raw *raw, struct err *err);

struct packing {
    const char *name;
    bool (*probe)(struct str head);
    void *(*open)(struct raw *raw, struct err *err);
    int (*read)(void *state, char *into, size_t room, size_t *ret_got, struct err *err);
    void (*close)(void *state); /* takes NULL */
};

#define PACKING(name) extern const struct packing packing_##name;
#include "formats/packing_list.h"
#undef PACKING

#endif
