/* Which request of the web logs wrote a file? In numbers and hashes alone: contradict_written.c gathers them and tells. */
#ifndef ASSAY_TRACE_WRITTEN_H
#define ASSAY_TRACE_WRITTEN_H

#include "trace/inside.h"

enum {
    WRITTEN_BEFORE =
        60, /* seconds that a script may write before or after its line's stamp: it is that of its begin, or of its end */
    WRITTEN_NEAR = 2,     /* seconds between an upload and the time of its file, to learn from it */
    WRITTEN_LONG = 300,   /* ... at most */
    WRITTEN_LEARN_MIN = 2 /* files whose upload is there, to know what writes to a folder */
};

enum written_state {
    WRITTEN_UNKNOWN,   /* nothing is known of what writes to its folder; or it is at the logs' end */
    WRITTEN_BY_UPLOAD, /* who fetched it first had sent something to the page that writes there */
    WRITTEN_BY_SCRIPT, /* a followed path, or a script of its own folder, was asked for then */
    WRITTEN_BESIDE,    /* it came with another one, whose name begins alike */
    WRITTEN_MAYBE,     /* by an upload to that page of which no other file is known */
    WRITTEN_BY_NOBODY  /* no such request is left */
};

struct written_file {
    struct str path;          /* as a request names it */
    uint32_t folder;          /* files with one number lie in one folder */
    int64_t second;           /* when it was last written */
    struct client_key reader; /* who fetched it first after that, if is_read */
    int64_t read_at;
    uint64_t read_order; /* of that line among all lines */
    bool is_read;
    bool is_at_end;   /* its request may be beyond the logs' ends: it takes one, but nothing is said if it has none */
    bool is_scripted; /* a followed path or a script of its folder was asked for within WRITTEN_BEFORE */
    enum written_state state; /* result */
};

/* A request that may have brought a file: POST or PUT, answered 2xx or 3xx. */
struct written_request {
    int64_t second;
    uint64_t order; /* of its line among all lines */
    struct client_key key;
    uint64_t page; /* hash of its path */
    bool is_taken; /* result: it wrote a file */
};

/* Sets the state of each file. Puts both in an order of its own: files by folder and time. err: LIMIT. */
MUST_USE int written_compare(struct written_file *files, size_t file_count, struct written_request *requests,
                             size_t request_count, struct err *err);

#endif
