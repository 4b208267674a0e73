/* What the parameters of a query carry, encoded: base64, hex, JSON lists of arguments, gzip in base64, or plain text.
 *
 * Deterministic: the same bytes always give the same text, and a value that does not decode to text is left alone. What was
 * sent in a body is not here: no access log holds it. */
#ifndef ASSAY_TRACE_DECODE_H
#define ASSAY_TRACE_DECODE_H

#include "base/arena.h"

enum {
    DECODED_MAX = 16,       /* parameters of one query that are told */
    DECODE_HOW = 64,        /* "base64+gzip+json-argv" */
    DECODE_TEXT = 1024,     /* bytes of one decoded text; longer ones are cut */
    DECODE_BYTES = 64 << 10 /* ... and while layers are taken off */
};

struct decoded {
    struct str parameter, text; /* text: decoded bytes, still the intruder's: escape before it is shown */
    char how[DECODE_HOW];
    bool is_cut;
    bool is_command; /* reads like a command of an operating system */
};

/* Parameters of the query (without "?") that decode to text, or hold a command in plain text. Texts live in arena.
 * Returns how many; 0 too when memory is short. */
size_t decode_query(struct str query, struct arena *arena, struct decoded out[static DECODED_MAX]);

/* Percent escapes (and the servers' own \xhh) undone, "+" as a space if is_query. out has room for text.len bytes. */
size_t decode_percent(char *out, struct str text, bool is_query);

/* Does a text begin with the name of a program that is run from shells, or hold shell syntax around one? */
bool text_is_command(struct str text);
/* A parameter's name that web shells use for what they run: "cmd", "exec", ... */
bool name_is_command(struct str name);

#endif
