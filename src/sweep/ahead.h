/* Counts what a sweep has before it, in a thread of its own, by walking the same paths and opening none of their files. Only for a person
 * who watches: it lists every directory a second time. Nothing but progress depends on it. */
#ifndef ASSAY_SWEEP_AHEAD_H
#define ASSAY_SWEEP_AHEAD_H

#include "assay/words.h"

struct ahead;

/* NULL if no thread could be had: then the total stays unknown. paths: borrowed until ahead_stop. */
struct ahead *ahead_start(const char *const *paths, size_t path_count);
/* Entries of all paths; 0 while they are still being counted, or if they could not be. ahead may be NULL. */
uint64_t ahead_total(struct ahead *ahead);
/* Ends the counting, finished or not. NULL is fine. */
void ahead_stop(struct ahead *ahead);

#endif
