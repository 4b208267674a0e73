/* read: what an article, notice, mail or post says, as proposals: who speaks, what they assert or deny, what is claimed, asked and due.
 * A grammar over word lists (data/read/); no model, and the same file gives the same proposals. Nothing is recorded by it. */
#ifndef ASSAY_READ_H
#define ASSAY_READ_H

#include "assay/finding.h"

struct assay_read_options {
    const char *path;       /* the file, or what it is called if fd is open */
    int fd;                 /* its bytes, at their beginning; -1: path is opened */
    const char *lexicons;   /* the folder data/read */
    int64_t published;      /* ns UTC: when it was published; INT64_MIN: what the document says */
    bool is_published_date; /* only the day is known */
    bool has_zone;
    int16_t zone_minutes; /* of times without a zone, east of Greenwich; without has_zone: the document's, else UTC */
};

/* Hands findings of the classes party, claim, statement, reply, clock, deadline, date, ransom, contact, hash, cve and url to sink, in the order of the
 * document, each with its sentence (handles, addresses and telephone numbers masked), then coverage and a summary (docs/json-lines.md).
 * err: IO (path), FORMAT (a word list: file, line, what), LIMIT. Threads: sink is called from the caller's only. */
MUST_USE int assay_read(const struct assay_read_options *options, const struct assay_sink *sink, struct err *err);

#endif
