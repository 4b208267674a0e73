/* Logs as lines with fields: what every reader of a log format hands out.
 *
 * A reader takes a block of bytes and fills a batch of lines, whole lines only, so that the
 * engine pays one indirect call for hundreds of lines and can prefetch over the batch. Every byte
 * of the block belongs to exactly one line (or to a NUL run before it), and every line to exactly one
 * class; the engine checks the sum. A field is a span of its line: nothing is copied. Only where a format's own
 * escaping must be undone to have the field at all (JSON, doubled quotes of CSV) does the span lie in `scratch`.
 *
 * A line here is a record: in formats whose records run over several lines of text (slow logs, statements with line
 * ends in them) it is all of them, its text their bytes with the line ends between.
 *
 *   log.c        which format is this? (log_open)
 *   log_lines.c  cutting blocks into records, for readers that need no vector code
 *   log_*.c      one format each */
#ifndef ASSAY_FORMATS_LOG_H
#define ASSAY_FORMATS_LOG_H

#include "assay/words.h"
#include "base/buf.h"

enum {
    LOG_LINE_MAX = 1 << 20, /* bytes; longer lines are skipped and counted */
    LOG_BATCH = 128,        /* lines a call: they and their text stay in a core's first cache */
    LOG_STATE_BYTES = 256   /* what a reader may remember between blocks */
};

/* What a log's lines are about. The engine has one way of reading for each. */
#define LOG_KINDS(KIND)                                                                    \
    KIND(LOG_WEB, "web")           /* requests to a web server, proxy or load balancer */  \
    KIND(LOG_ERRORS, "errors")     /* what a server complained of */                       \
    KIND(LOG_LOGINS, "logins")     /* who signed in to a machine, or failed to */          \
    KIND(LOG_DATABASE, "database") /* statements to a database, and who connected to it */ \
    KIND(LOG_TRAFFIC, "traffic")   /* how much a machine sent and received, by interval */

enum log_kind {
#define LOG_KIND_ID(id, name) id,
    LOG_KINDS(LOG_KIND_ID)
#undef LOG_KIND_ID
        LOG_KIND_COUNT
};

/* The classes a line may fall into: id, and its name in coverage records. Parsed ones come first. */
#define LOG_CLASSES(CLASS)                                                     \
    CLASS(LOG_PARSED, "parsed")                                                \
    CLASS(LOG_TAIL_CUT, "parsed: tail cut short")                              \
    CLASS(LOG_NOTE, "header or note")                                          \
    CLASS(LOG_BLANK, "blank")                                                  \
    CLASS(LOG_NUL, "NUL bytes")                                                \
    CLASS(LOG_CUT_OFF, "cut off")                                              \
    CLASS(LOG_TOO_LONG, "rejected: too long")                                  \
    CLASS(LOG_NO_CLIENT, "rejected: no client")                                \
    CLASS(LOG_NO_TIME, "rejected: no time")                                    \
    CLASS(LOG_NO_REQUEST, "rejected: no request")                              \
    CLASS(LOG_NO_STATUS, "rejected: no status")                                \
    CLASS(LOG_NO_SIZE, "rejected: no size")                                    \
    CLASS(LOG_NO_START, "rejected: rest of a record that does not start here") \
    CLASS(LOG_NOT_SO, "rejected: not as this format has it")

enum log_class {
#define LOG_CLASS_ID(id, name) id,
    LOG_CLASSES(LOG_CLASS_ID)
#undef LOG_CLASS_ID
        LOG_CLASS_COUNT
};

/* What a line of a log of sign-ins tells. */
enum log_login {
    LOGIN_OTHER,    /* nothing of these: sessions of timers, notes of the service */
    LOGIN_ACCEPTED, /* somebody signed in: user, client, way */
    LOGIN_FAILED,   /* ... or tried to: user (one that there is), client */
    LOGIN_UNKNOWN,  /* ... with a name that nobody has here */
    LOGIN_OPENED,   /* a session began; of a program that says no address */
    LOGIN_CLOSED,
    LOGIN_COMMAND,  /* a command as somebody else: user, way */
    LOGIN_NEW_USER, /* an account was made: user */
    LOGIN_CHANGED,  /* an account was changed: its password, its groups; or removed */
    LOGIN_SENT,     /* a file went out: client, user, file, bytes */
    LOGIN_RECEIVED  /* a file came in: client, user, file, bytes_in */
};

/* Bytes [at, at + len) of the line, or of its scratch if at has LOG_IN_SCRATCH. */
struct log_span {
    uint32_t at, len;
};

#define LOG_IN_SCRATCH (UINT32_C(1) << 31)
#define LOG_NO_BYTES UINT64_MAX
#define LOG_NO_ZONE INT16_MIN

/* What a reader's lines have beyond the fields that every line has. A field whose bit is missing is not set. */
enum log_has {
    LOG_HAS_BYTES = 1,      /* bytes; without it nothing can be said of how much left */
    LOG_HAS_WIRE = 2,       /* ... and they count headers too (%O, $bytes_sent): not the body alone */
    LOG_HAS_ZONE = 4,       /* times carry their zone, or are UTC by the format's own rule; else it is assumed */
    LOG_HAS_YEAR = 8,       /* ... and their year; else it is taken from the file's time */
    LOG_HAS_FORWARDED = 16, /* forwarded */
    LOG_HAS_DURATION = 32,  /* duration_us */
    LOG_HAS_ROWS = 64,      /* rows */
    LOG_HAS_SESSION = 128,  /* session */
    LOG_HAS_BYTES_IN = 256, /* bytes_in */
    LOG_HAS_AGENT = 512,    /* agent, and referer */
    LOG_HAS_UPSTREAM = 1024 /* the client is that of a proxy's own connection: behind is a list (forwarded) */
};

struct log_line {
    const char *text;    /* first byte, behind any NUL run; valid until the block moves on */
    const char *scratch; /* what spans with LOG_IN_SCRATCH point into; valid until the next parse of the batch */
    uint32_t len;        /* without the line end and a '\r' before it */
    uint32_t size;       /* bytes that count for this line: text and line end */
    uint32_t skipped;    /* NUL bytes before text; they are of class LOG_NUL */
    uint32_t row;        /* lines of text in the batch before it; the engine's to set */
    uint8_t class_id;    /* enum log_class; the fields below are set only for parsed ones */
    uint8_t is_ended;    /* a line end was there */
    uint16_t
        status;     /* web: 0: the log says "-". database: the server's error number, 0: none. logins: enum log_login */
    int64_t second; /* UTC, zone applied; traffic: where the interval begins */
    uint32_t nano;
    int16_t zone_minutes;         /* LOG_NO_ZONE: the line does not say, and the spec's was applied */
    uint64_t bytes;               /* sent. LOG_NO_BYTES: the log says "-" or has no such field */
    struct log_span client, user; /* len 0: absent or "-". database: the host it connects from, its account */
    union {
        struct log_span vhost;    /* web, errors */
        struct log_span database; /* database: the schema or database in use */
        struct log_span device;   /* traffic: the interface, or the other end */
    };
    union {
        struct log_span method; /* web; len 0: not a request ("-", a TLS handshake, ...) */
        struct log_span
            command;           /* database: "Query", "Connect", "Quit", "Execute", as the log has it; "LOG", "ERROR" */
        struct log_span level; /* errors: "error", "crit"; logins: the program, "sshd" */
    };
    union {
        struct log_span target;    /* web: path and query; len 0 with method */
        struct log_span statement; /* database */
        struct log_span message;   /* errors, logins */
    };
    union {
        struct log_span referer; /* web */
        struct log_span
            file; /* errors: the script or file complained of, where it is told apart; logins: sent or received */
    };
    union {
        struct log_span agent;       /* web */
        struct log_span application; /* database: what the program called itself (it may say anything) */
    };
    union {
        struct log_span request; /* errors: the request complained of, "GET /x HTTP/1.1", where the log names it */
        struct log_span way;     /* logins: "publickey", "password"; sudo: the command; a transfer: "ftp" */
    };
    /* set only where the reader's `has` says so */
    struct log_span forwarded; /* X-Forwarded-For and its like, as logged: a list, and forgeable */
    union {
        uint64_t rows;    /* database: sent to the client, or changed; LOG_NO_BYTES: not told for this one.
                           * logins: how often, of a message that stands for several */
        uint64_t rounded; /* traffic: as many bytes more than `bytes` it may be, or LOG_NO_BYTES: it is exact */
    };
    uint64_t bytes_in;    /* web: of the request; traffic: received */
    uint64_t duration_us; /* database, web: how long it took; traffic: how long the interval is */
    uint64_t session;     /* database: the connection's number; errors: the process; traffic: which of several
                                * counters of the same bytes (0: there is one) */
};

/* Zero it first; log_batch_clear() when done. scratch is the readers' own. */
struct log_batch {
    size_t count;
    struct buf scratch;
    struct log_line lines[LOG_BATCH];
};
void log_batch_clear(struct log_batch *batch);

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

/* What is known of a log beforehand: what its server's configuration says, and what a person was asked for. */
struct log_spec {
    const char *const *formats; /* LogFormat, log_format, log_line_prefix, ... as written there; may be empty */
    size_t format_count;
    int16_t zone_minutes; /* for times without a zone; LOG_NO_ZONE: not said, UTC is assumed */
    int64_t written;      /* ns: the file's own time, for times without a year; TIME_NONE: unknown */
    const char *where;    /* the file, for the text of errors */
};

/* One format. A reader may be a format and what was learned for one file: columns that its head declares, a server's format
 * string, compiled.
 * probe: is head (the file's first bytes behind NULs) of this format, and with what setup? NULL: every log is tried
 * with parse and the first lines decide. true with *ret_setup (may be NULL) and *ret_has (already the format's own).
 * parse: fills batch from the start of block and returns how many bytes that took: whole records, and the unfinished
 * last one only if is_last. 0 means that block holds no whole record. A line longer than LOG_LINE_MAX is
 * LOG_TOO_LONG. Reads setup, never writes it: many threads share it. */
struct log_format {
    const char *name;
    const char *cannot_show; /* one sentence: what this format does not record */
    enum log_kind kind;
    unsigned has;  /* enum log_has; probe may take away or add */
    bool is_whole; /* what a line means depends on lines before it: a file is read from its start, by one thread */
    bool (*probe)(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has);
    void (*close)(void *setup); /* NULL: plain free() */
    size_t (*parse)(const void *setup, struct log_state *state, struct str block, bool is_last,
                    struct log_batch *batch);
    /* The same lines, looked at only for whose they are: several times as fast. NULL: the format has no such way. */
    size_t (*glance)(const void *setup, struct str block, bool is_last, struct log_glances *glances);
    /* May a record begin with this line? For cutting a file into jobs where records have several lines; NULL: any may. */
    bool (*starts)(const void *setup, struct str line);
    /* What this setup does not record, where it depends on that; NULL: cannot_show. */
    const char *(*blind)(const void *setup);
};

struct log_reader {
    const struct log_format *format;
    void *setup;
    unsigned has;
};

/* One sentence: what this reader's lines do not record. */
const char *log_cannot_show(const struct log_reader *reader);
const char *log_class_name(enum log_class class_id);
const char *log_kind_name(enum log_kind kind);
static inline bool log_is_parsed(const struct log_line *line)
{
    return line->class_id <= LOG_TAIL_CUT;
}
static inline struct str log_field(const struct log_line *line, struct log_span span)
{
    bool is_own = (span.at & LOG_IN_SCRATCH) == 0;
    return (struct str){is_own ? line->text + span.at : line->scratch + (span.at & ~LOG_IN_SCRATCH), span.len};
}

/* The one format that reads most lines of head (a file's first bytes, its last line possibly cut).
 * 0 with *ret_reader, to be closed; -1 with ERR_FORMAT if none does, or if two do: err names both.
 * ret_first: time of the first line read (seconds UTC; INT64_MAX if head has none with a time). */
MUST_USE int log_open(const struct log_spec *spec, struct str head, struct log_reader *ret_reader, int64_t *ret_first,
                      struct err *err);
void log_close(struct log_reader *reader);
/* log_configured.c, the first that log_open() asks: a format of spec->formats that reads head. 1 with a reader, 0: none does, -1 with
 * ERR_FORMAT: two do that mean different things. */
MUST_USE int log_configured_open(const struct log_spec *spec, struct str head, struct log_reader *ret_reader,
                                 int64_t *ret_first, struct err *err);

/* Is this reader one of a given format? May a given format be one of an access log (and not of another kind)? */
bool log_is_given(const struct log_reader *reader);
bool log_is_web_format(const char *given);

/* ---- log_lines.c: for readers ---- */

/* One record: line->text, len, size are set, the rest is zero. Returns the class; LOG_NOTE for a line that is none of
 * its own (a header). scratch: append unescaped text, and make spans with log_scratch(). */
struct log_shape {
    enum log_class (*read)(const void *setup, void *state, struct log_line *line, struct buf *scratch);
    /* NULL: every line is a record. Otherwise a record lasts until the next line that may start one. */
    bool (*starts)(const void *setup, struct str line);
    /* Where it takes more than a line to know (quotes): how many bytes the record at the front of text has, with its
     * line end; 0: it is not whole yet. NULL: lines and starts() decide. */
    size_t (*cut)(struct str text, bool is_last);
};
/* parse() of such a format. NULs, '\r', blank, cut off and too long lines are dealt with here. */
size_t log_parse_lines(const struct log_shape *shape, const void *setup, struct log_state *state, struct str block,
                       bool is_last, struct log_batch *batch);
/* text appended to scratch, as a span of the line; len 0 when memory is out or text is empty. */
struct log_span log_scratch(struct buf *scratch, struct str text);
/* part as a span of line->text; it must lie in it. */
static inline struct log_span log_part(const struct log_line *line, struct str part)
{
    return part.len == 0 ? (struct log_span){0, 0}
                         : (struct log_span){(uint32_t)(part.data - line->text), (uint32_t)part.len};
}

#define LOG_FORMAT(name) extern const struct log_format log_##name;
#include "formats/log_list.h"
#undef LOG_FORMAT

#endif
