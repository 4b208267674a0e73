/* Could somebody make a column's values himself, who knows how the table is built and what of a person others know? Then they
 * are no secret of the source, however random they look (docs/statistics.md, A.1). */
#ifndef ASSAY_MATCH_GUESSABLE_H
#define ASSAY_MATCH_GUESSABLE_H

#include "match/evidence.h"

/* rows: rows of the table as made.h keeps them, NULL: none; column: of the table. Returns why, as static text, and what the column
 * is then (source-issued, or pairing where anybody with the same people could make it); NULL: nothing speaks for it. What was
 * not tried stays unknown: a digest of several cells, a secret number that is shown elsewhere. Threads: any number at once. */
const char *guessable_why(const struct set *rows, size_t column, enum column_class *ret_class);

/* Bare MD5, SHA-1, SHA-256 or SHA-512 as hex? */
bool guessable_is_digest(enum normal_class class, struct str bytes);
/* 32 hex digits with a version and variant of RFC 9562? */
bool guessable_is_uuid(enum normal_class class, struct str bytes);

#endif
