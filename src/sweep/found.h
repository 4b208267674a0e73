/* What is known about one file: the strongest class so far and every reason for it. Built on a worker's
 * thread, handed over whole. */
#ifndef ASSAY_SWEEP_FOUND_H
#define ASSAY_SWEEP_FOUND_H

#include <jansson.h>

#include "assay/words.h"

/* From weak to strong: a later class replaces an earlier one. */
enum found_class {
    FOUND_NOTHING,
    FOUND_HINT,
    FOUND_RULE, /* a rule that a person gave matched, and does not say what that means */
    FOUND_ODD_PLACE,
    FOUND_CHANGED_FILE,
    FOUND_VENDOR_ENCODED,
    FOUND_PACKED,
    FOUND_CONFIG_SHELL,
    FOUND_TOOL,
    FOUND_UPLOADER,
    FOUND_ADMIN_TOOL,
    FOUND_SHELL
};

enum found_confidence { FOUND_LOW, FOUND_MEDIUM, FOUND_HIGH };

enum { FOUND_NAME_BYTES = 80, FOUND_VERSION_BYTES = 40, FOUND_REASONS_MAX = 24 };

struct found {
    enum found_class class;
    enum found_confidence confidence;
    uint64_t line;        /* of the most telling place; 1 if the whole file is meant */
    const char *language; /* static */
    char name[FOUND_NAME_BYTES], version[FOUND_VERSION_BYTES]; /* "": unknown */
    json_t *reasons;                                           /* owned */
    json_t *vulnerabilities; /* of this release of a database tool; owned; NULL: not looked up */
    const char *origin;      /* "packaged", "installed", "dropped", "unclear"; NULL: no database tool; static */
    bool failed;             /* out of memory */
};

/* "shell", "admin-tool", ... and back (FOUND_NOTHING if it is none of them). */
const char *found_class_name(enum found_class class);
enum found_class found_class_of(struct str name);
const char *found_confidence_name(enum found_confidence confidence);
enum found_confidence found_confidence_of(struct str name);

/* Raises the class; an equal class with more confidence also wins. The line goes with the class. */
void found_raise(struct found *found, enum found_class class, enum found_confidence confidence, uint64_t line);
/* One reason. kind: rule, taint, place, time, known, door, effect, limit, code. decoded: data NULL if nothing was folded.
 * Beyond FOUND_REASONS_MAX they are dropped: the first ones tell most. */
void found_reason(struct found *found, const char *kind, uint64_t line, struct str text, struct str decoded);
void found_reasonf(struct found *found, const char *kind, uint64_t line, const char *format, ...) PRINTF(4, 5);
/* A taint reason with its way from source to sink: an array of {line, text}, taken over; NULL is a failure of memory. */
void found_taint(struct found *found, uint64_t line, struct str text, struct str decoded, json_t *steps);
void found_clear(struct found *found);

/* The line that offset lies on, counted from 1. */
uint64_t line_of(struct str bytes, size_t offset);

#endif
