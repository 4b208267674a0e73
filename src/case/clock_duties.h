/* The dated table of reporting duties (data/deadlines.yaml): what is owed to whom within which time, from which day on, by which text. */
#ifndef ASSAY_CASE_CLOCK_DUTIES_H
#define ASSAY_CASE_CLOCK_DUTIES_H

#include <jansson.h>

#include "base/buf.h"

/* err: FORMAT "name:line:column: what". *ret_table as assay_case_duties(), without sha256. */
MUST_USE int duties_read(const char *name, struct str bytes, json_t **ret_table, struct err *err);

#endif
