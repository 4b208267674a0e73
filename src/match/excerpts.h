/* A few rows of the sample, so that whoever holds the database can look them up: first some that agree in all their
 * source-made columns, then some that contradict it in one. */
#ifndef ASSAY_MATCH_EXCERPTS_H
#define ASSAY_MATCH_EXCERPTS_H

#include "match/evidence.h"

enum { EXCERPTS_MAX = 5 /* of each kind */ };

/* {agreeing, contradicting}: arrays of {row, cells}; NULL without memory. */
json_t *excerpts_json(const struct evidence_input *in, const struct evidence *evidence, bool is_revealed);

#endif
