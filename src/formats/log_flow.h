/* Flows have two ends; which of them is the machine, and so whether bytes went out or came in.
 *
 * A log that says so is believed. Else: the machine is the one address that most of the head's flows have in common; without
 * one, the private address (RFC 1918, 4193, 6598, link-local) of a pair whose other is public. Where that does not tell
 * either, the direction is not known, and the bytes are of either: they count in what could have left, never in what has. */
#ifndef ASSAY_FORMATS_LOG_FLOW_H
#define ASSAY_FORMATS_LOG_FLOW_H

#include "formats/log.h"

enum { FLOW_ADDRESS_BYTES = 48, FLOW_SEEN = 128 };

/* traffic: log_line.status */
enum log_direction { FLOW_KNOWN, FLOW_UNKNOWN };

/* The machine's address, once learned; "" if no address stands out. */
struct flow_own {
    char address[FLOW_ADDRESS_BYTES];
};

/* Addresses of a head, counted. Zero it first. */
struct flow_seen {
    uint64_t hashes[FLOW_SEEN];
    uint32_t counts[FLOW_SEEN];
    struct str texts[FLOW_SEEN]; /* borrowed */
    uint32_t flows;
};
void flow_see(struct flow_seen *seen, struct str from, struct str to);
/* The one that nine of ten flows have at an end; none if two do. */
void flow_learn(const struct flow_seen *seen, struct flow_own *ret_own);

enum flow_side { FLOW_OUT, FLOW_IN, FLOW_EITHER };
enum flow_side flow_side_of(const struct flow_own *own, struct str from, struct str to);

/* bytes went from `from` to `to`, back came back (0: the log has none): the line's bytes, bytes_in, client (the other end) and status. */
void flow_set(struct log_line *line, enum flow_side side, struct str from, struct str to, uint64_t bytes, uint64_t back,
              struct buf *scratch);

#endif
