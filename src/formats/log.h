/* Web-server logs as lines with fields: what every reader of a log format hands out.
 *
 * A reader takes a block of bytes and fills a batch of lines, whole lines only, so that the
 * engine pays one indirect call for hundreds of lines and can prefetch over the batch. Every byte
 * of the block belongs to exactly one line (or to a NUL run before it), and every line to exactly one
 * class; the engine checks the sum. A field is a span of its line: nothing is copied, nothing unescaped. */
#ifndef ASSAY_FORMATS_LOG_H
#define ASSAY_FORMATS_LOG_H

#include "assay/words.h"

enum {
    LOG_LINE_MAX = 1 << 20, /* bytes; longer lines are skipped and counted */
    LOG_BATCH = 256,        /* lines a call */
    LOG_STATE_BYTES = 64    /* what a reader may remember between blocks */
};

/* The classes a line may fall into: id, and its name in coverage records. Parsed ones come first. */
#define LOG_CLASSES(CLASS)                        \
    CLASS(LOG_PARSED, "parsed")                   \
    CLASS(LOG_TAIL_CUT, "parsed: tail cut short") \
    CLASS(LOG_BLANK, "blank")                     \
    CLASS(LOG_NUL, "NUL bytes")                   \
    CLASS(LOG_CUT_OFF, "cut off")                 \
    CLASS(LOG_TOO_LONG, "rejected: too long")     \
    CLASS(LOG_NO_CLIENT, "rejected: no client")   \
    CLASS(LOG_NO_TIME, "rejected: no time")       \
    CLASS(LOG_NO_REQUEST, "rejected: no request") \
    CLASS(LOG_NO_STATUS, "rejected: no status")   \
    CLASS(LOG_NO_SIZE, "rejected: no size")

enum log_class {
#define LOG_CLASS_ID(id, name) id,
    LOG_CLASSES(LOG_CLASS_ID)
#undef LOG_CLASS_ID
        LOG_CLASS_COUNT
};

/* Bytes [at, at + len) of the line. */
struct log_span {
    uint32_t at, len;
};

#define LOG_NO_BYTES UINT64_MAX

struct log_line {
    const char *text; /* first byte, behind any NUL run; valid until the block moves on */
    uint32_t len;     /* without the line end and a '\r' before it */
    uint32_t size;    /* bytes that count for this line: text and line end */
    uint32_t skipped; /* NUL bytes before text; they are of class LOG_NUL */
    uint8_t class_id; /* enum log_class; the fields below are set only for parsed ones */
    uint8_t is_ended; /* a line end was there */
    uint16_t status;  /* 0: the log says "-" */
    int64_t second;   /* UTC, zone applied */
    uint32_t nano;
    int16_t zone_minutes;
    uint64_t bytes;                      /* LOG_NO_BYTES: the log says "-" or has no such field */
    struct log_span client, user, vhost; /* len 0: absent or "-" */
    struct log_span method, target;      /* len 0: not a request ("-", a TLS handshake, ...) */
    struct log_span referer, agent;
};

struct log_batch {
    size_t count;
    struct log_line lines[LOG_BATCH];
};

/* Lines of which only the client was looked for. */
struct log_glance {
    const char *text;
    uint32_t size;          /* with its line end */
    struct log_span client; /* len 0: not found this way; parse the line to know */
};
struct log_glances {
    size_t count;
    struct log_glance lines[LOG_BATCH];
};

/* Remembered between blocks of one source by one thread (the last date, declared columns). Zero it first. */
struct log_state {
    _Alignas(8) uint8_t bytes[LOG_STATE_BYTES];
};

/* One format. parse: fills batch from the start of block and returns how many bytes that took: whole
 * lines, and the unfinished last one only if is_last. 0 means that block holds no whole line. A line longer than
 * LOG_LINE_MAX is LOG_TOO_LONG. */
struct log_format {
    const char *name;
    const char *cannot_show; /* one sentence: what this format does not record */
    size_t (*parse)(struct log_state *state, struct str block, bool is_last, struct log_batch *batch);
    /* The same lines, looked at only for whose they are: several times as fast. NULL: the format has no such way. */
    size_t (*glance)(struct str block, bool is_last, struct log_glances *glances);
};

const char *log_class_name(enum log_class class_id);
static inline bool log_is_parsed(const struct log_line *line)
{
    return line->class_id <= LOG_TAIL_CUT;
}
static inline struct str log_field(const struct log_line *line, struct log_span span)
{
    return (struct str){line->text + span.at, span.len};
}

/* The one format that reads most lines of head (a file's first bytes, its last line possibly cut).
 * NULL with ERR_FORMAT if none does, or if two do: err names both. where: the file, for the text.
 * ret_first: time of the first line read (seconds UTC). */
MUST_USE const struct log_format *log_probe(struct str head, const char *where, int64_t *ret_first, struct err *err);

#define LOG_FORMAT(name) extern const struct log_format log_##name;
#include "formats/log_list.h"
#undef LOG_FORMAT

#endif
