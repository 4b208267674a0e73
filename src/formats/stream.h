/* Bytes of a file, unpacked if it was packed. One shape over every packing, so that a reader never
 * knows whether it reads access.log or access.log.2.gz:
 *
 *   fd or bytes ─ raw (a window on the input) ─ packing (none, gzip, ...) ─▶ stream_read()
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

/* Up to room bytes from where fd stands, unpacked; less only at the end or before a damage (which is no error
 * here). For probing: it reads no more of the file than that needs. fd's offset moves. ret_packing as below. */
MUST_USE int stream_peek(int fd, char *into, size_t room, size_t *ret_got, const char **ret_packing, struct err *err);

/* Gives at least one byte, or *ret_got = 0 at the end. err: IO; FORMAT when packed bytes are damaged or end
 * too early, said only after every byte before the damage was given; LIMIT when they blow up beyond reason. */
MUST_USE int stream_read(struct stream *stream, char *into, size_t room, size_t *ret_got, struct err *err);

/* "gzip", or NULL for plain bytes. */
const char *stream_packing(const struct stream *stream);
/* Bytes of the file taken so far. */
uint64_t stream_raw_bytes(const struct stream *stream);
void stream_close(struct stream *stream);
void own_stream(struct stream **stream);

/* ---- for packings only ---- */

enum { RAW_BYTES = 256 << 10 };

/* The unread window [from, to) of the file. */
struct raw {
    int fd; /* -1: memory, all of it is in the window */
    const char *data;
    char *own; /* data, when it came from fd */
    size_t from, to;
    bool is_ended;
    uint64_t passed;      /* bytes before data[0] */
    uint64_t total_bytes; /* of the whole file; 0 if it cannot be known (a pipe) */
};

/* Fills an empty window; at the end sets is_ended and leaves it empty. */
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
