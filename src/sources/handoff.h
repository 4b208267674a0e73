/* Rows of a reader with one thread, handed to a sink's workers. A database's connection gives its rows one after the other; while the
 * next are received, those that came are worked on beside.
 *
 *   source ─▶ put (copies) ─▶ [ slots, a few a worker ] ─▶ worker 0 ... n ─▶ sink->rows
 *
 * Batches are bounded in number, so a slow sink holds the reader. */
#ifndef ASSAY_SOURCES_HANDOFF_H
#define ASSAY_SOURCES_HANDOFF_H

#include "formats/table.h"

struct handoff;

/* sink->workers threads. *ret_handoff NULL: the sink wants one call at a time, or there are no threads to be had; the caller calls
 * the sink itself. err: LIMIT. */
MUST_USE int handoff_open(const struct table_sink *sink, struct handoff **ret_handoff, struct err *err);
/* Copies the batch and hands it on; the first rows of a table are waited for. batch.worker is not looked at. err: what a worker's sink said, of this or an earlier
 * batch; LIMIT. */
MUST_USE int handoff_put(struct handoff *handoff, const struct table_batch *batch, struct err *err);
/* Waits until all that was put has been worked on. err: what a sink said. */
MUST_USE int handoff_drain(struct handoff *handoff, struct err *err);
/* Batches that nobody has taken are dropped. Takes NULL. */
void handoff_close(struct handoff *handoff);
void own_handoff(struct handoff **handoff);

#endif
