/* What is looked for in every line of the survey's pass when it is asked for: Sigma rules, and signs of an attack. */
#ifndef ASSAY_TRACE_SEEK_H
#define ASSAY_TRACE_SEEK_H

#include "trace/inside.h"

struct seek_part; /* of one job */

/* run->seek, NULL when neither --sigma nor --hunt is given. err: IO (the folder of rules), LIMIT. */
MUST_USE int seek_open(struct run *run, struct err *err);
void seek_close(struct run *run);

MUST_USE struct seek_part *seek_start(const struct run *run, struct err *err);
MUST_USE int seek_take(struct seek_part *part, const struct run *run, const struct source *source,
                       const struct log_line *line, const struct hit *hit, struct err *err);
/* line numbers of part are lines_before too small. */
MUST_USE int seek_merge(struct run *run, const struct seek_part *part, uint64_t lines_before, struct err *err);
/* A digest of all rules; 0: none. */
uint64_t seek_rules(const struct run *run);
void seek_keep(struct keep *keep, struct run *run);
void seek_drop(struct seek_part *part); /* takes NULL */

/* Takes on, as paths to follow, those that the hunt found to be used as tools. Between survey and story. */
MUST_USE int seek_seeds(struct run *run, struct err *err);
/* Rules that were not tried and clients that found no room: the run is not complete if there are any. */
uint64_t seek_unread(const struct run *run);
MUST_USE int seek_tell(struct telling *telling);

#endif
