/* JSON beyond jansson: the canonical form that is hashed, and reading of untrusted lines. */
#ifndef ASSAY_BASE_JSON_H
#define ASSAY_BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

/* Appends value in canonical form (RFC 8785): members sorted by UTF-16 code units, no white space,
 * ECMAScript numbers, minimal escapes. err: FORMAT for inf/nan or integers beyond +-2^53, LIMIT. */
MUST_USE int json_canonical(struct buf *out, const json_t *value, struct err *err);

/* One value from untrusted bytes: duplicates refused, depth bounded, NUL in strings allowed.
 * err: FORMAT with line, column and what was wrong. NULL on failure. */
MUST_USE json_t *json_read(struct str bytes, struct err *err);

/* The same of bytes that were found to be canonical JSON before: they are not asked again how deep they nest, or for duplicates. */
MUST_USE json_t *json_read_canonical(struct str bytes, struct err *err);

/* Members with a type; defaults when absent or of another type. The text is borrowed. */
const char *json_text(const json_t *object, const char *key, const char *otherwise);
int64_t json_int(const json_t *object, const char *key, int64_t otherwise);
double json_num(const json_t *object, const char *key, double otherwise);
bool json_bool(const json_t *object, const char *key, bool otherwise);
/* The first object of an array whose member `key` is this text; borrowed, NULL if there is none. */
const json_t *json_find(const json_t *array, const char *key, const char *text);

#endif
