/* The lines of ledger.jsonl, one after the other, in bounded memory however long a line a hostile ledger has. */
#ifndef ASSAY_CASE_LINES_H
#define ASSAY_CASE_LINES_H

#include "assay/words.h"

/* tlog-tiles bundles entries with a 16-bit length; an entry that is longer could never be published. */
enum { ENTRY_MAX_BYTES = 65535 };

struct line {
    struct str text;  /* without its newline; valid until the next call */
    uint64_t offset;  /* where it begins in the file */
    uint64_t bytes;   /* what it takes there, with its newline if it has one */
    bool is_whole;    /* ends in a newline */
    bool is_too_long; /* text is then empty */
};

struct lines {
    int fd; /* borrowed; read with pread, so its position does not matter */
    char *data;
    uint64_t offset; /* of data[0] */
    uint64_t end;    /* no byte from here on is read */
    size_t at, len;
    bool at_end;
};

/* err: LIMIT. from: where to begin, the first byte of a line. */
MUST_USE int lines_open(struct lines *lines, int fd, uint64_t from, struct err *err);
/* The same, for a file within a file: it ends where `end` is. */
MUST_USE int lines_open_within(struct lines *lines, int fd, uint64_t from, uint64_t end, struct err *err);
/* 1: a line; 0: the end of the file; -1: err IO. */
MUST_USE int lines_next(struct lines *lines, struct line *ret_line, struct err *err);
void own_lines(struct lines *lines);

#endif
