/* How a terminal is written to: colour by role, numbers by one rule, evidence escaped. */
#ifndef ASSAY_CLI_PAINT_H
#define ASSAY_CLI_PAINT_H

#include <stdio.h>

#include "assay/words.h"

enum role {
    ROLE_PLAIN,
    ROLE_PLACE,
    ROLE_SUPPORTED,
    ROLE_REFUTED,
    ROLE_UNDETERMINED,
    ROLE_CLASS,
    ROLE_QUIET,
    ROLE_OFFEND,
    ROLE_UNSEEN,
    ROLE_CLOCK,
    ROLE_ERROR
};

/* printf in the colour of a role; text never depends on it. */
void paint(FILE *out, bool has_colour, enum role role, const char *format, ...) PRINTF(4, 5);

enum { NUMBER_TEXT = 32 };
/* "5,982,114" */
const char *number_text(char out[static NUMBER_TEXT], uint64_t value);
enum { COUNTED_TEXT = NUMBER_TEXT + 32 };
/* "1 document", "1,203 documents"; the words have at most 30 bytes. */
const char *counted_text(char out[static COUNTED_TEXT], uint64_t count, const char *one, const char *many);
/* "1.93 GB": decimal units, three figures. */
const char *bytes_text(char out[static NUMBER_TEXT], uint64_t value);

/* A log10 LR: "+4.1", "-2.6", and "0.0" without a sign when it rounds to that. */
const char *ratio_text(char out[static NUMBER_TEXT], double log10_lr);

/* A closing line: the word at column 1, the value at column 13, wrapped at 80 columns. */
void closing(FILE *out, bool has_colour, const char *word, enum role role, const char *text);

/* Escaped, cut at 200. */
void put_evidence(FILE *out, struct str bytes);

#endif
