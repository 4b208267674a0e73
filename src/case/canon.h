/* Is a ledger line canonical JSON (RFC 8785), and what does its envelope say? One pass, no allocation but for
 * numbers with a fraction: a million entries are checked in about a second. */
#ifndef ASSAY_CASE_CANON_H
#define ASSAY_CASE_CANON_H

#include "assay/words.h"

enum { ID_MAX_BYTES = 64 };

/* The members that the index keeps; len 0 where absent. Borrowed from the line. */
struct envelope {
    uint64_t n;
    int64_t moment_ns; /* the record's `time`, or else its `first`; TIME_NONE where it has neither */
    struct str id, type, supersedes, examination;
    struct str record; /* its JSON */
};

/* NULL when the line is an object in canonical form with a whole envelope (v 1, n, type, id, time, by); otherwise what is
 * wrong with it, in a constant text. */
const char *canon_read(struct envelope *ret_envelope, struct str line);

/* A letter or digit, then letters, digits and ". _ - : / @"; at most ID_MAX_BYTES. */
bool canon_is_id(struct str id);

#endif
