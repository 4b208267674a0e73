/* Which part of a line of code a finding stands on: to be underlined, or named by its columns. */
#ifndef ASSAY_CLI_OFFEND_H
#define ASSAY_CLI_OFFEND_H

#include <jansson.h>

#include "assay/words.h"

/* Bytes [from, to) of the line; to 0: none stands out. */
struct offend {
    size_t from, to;
};

/* reasons: of the finding; line: its number; code: its text. A call is taken to its closing bracket. */
struct offend offend_find(const json_t *reasons, json_int_t line, struct str code);

/* The text of the "code" reason that the finding itself stands on; NULL if it has none. */
const char *offend_code(const json_t *finding);

#endif
