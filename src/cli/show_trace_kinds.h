/* How records look that come from error logs, sign-ins and traffic counters. Each says whether the record was one of its own. */
#ifndef ASSAY_CLI_SHOW_TRACE_KINDS_H
#define ASSAY_CLI_SHOW_TRACE_KINDS_H

#include "base/buf.h"
#include "cli/show.h"

/* The time of a member as a person reads it, in at least `width` characters; "-" without one. */
void put_instant(struct listen *listen, const json_t *body, const char *key, int width);
/* What stands in the column of the request: of an event without one, what it says. */
void kinds_request(struct buf *out, const json_t *event);
bool kinds_finding(struct listen *listen, const json_t *finding);
bool kinds_measure(struct listen *listen, const json_t *measure);

#endif
