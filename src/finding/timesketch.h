/* Records as rows of Timesketch: one JSON object a line, as its guide "Import from JSON or CSV" asks (message, datetime and
 * timestamp_desc must be there, timestamp is in microseconds; a file's name must end in .jsonl). Every event is a row; so is the
 * first request of what was found, and both ends of every silence, since a timeline without its holes lies. */
#ifndef ASSAY_FINDING_TIMESKETCH_H
#define ASSAY_FINDING_TIMESKETCH_H

#include "assay/finding.h"
#include "base/buf.h"

/* A row: when (RFC 3339), what stands in timestamp_desc, the message, and the members of body that have a name there (body may be NULL).
 * data_type: "assay:trace". Without a time that can be read there is no row. Returns whether there was one; out's failure is sticky. */
bool timesketch_row(struct buf *out, const char *data_type, const char *when, const char *what, struct str message,
                    const json_t *body);
/* The rows of a record of an engine; returns how many. */
unsigned timesketch_record(struct buf *out, const char *data_type, enum assay_kind kind, const json_t *body);

#endif
