/* From bytes of script to a class: the languages' analysers, and the rules that turn the facts they prove into
 * a finding. An analyst owns the memory of its work and serves one thread. */
#ifndef ASSAY_SWEEP_VERDICT_H
#define ASSAY_SWEEP_VERDICT_H

#include "sweep/found.h"

struct analyst;

MUST_USE struct analyst *analyst_new(struct err *err);
void analyst_free(struct analyst *analyst);

/* scripts: SCRIPT_* bits of languages in the file. ret_code_bytes: how much of it is code (set if it is known better).
 * Returns false if a bound ended the analysis early: then the file was not fully looked at. */
MUST_USE bool analyst_look(struct analyst *analyst, struct str bytes, unsigned scripts, struct found *found,
                           size_t *ret_code_bytes);
/* Does the file that was looked at last run code or a command anywhere? Of PHP only. */
bool analyst_saw_sink(const struct analyst *analyst);

#endif
