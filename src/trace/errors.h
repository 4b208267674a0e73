/* What error logs say: for the story, and as facts that other sources can be held against.
 *
 * A server that complains of a request also logs the request itself, in its access log. So each complaint that names a
 * client is a second witness that this client was there in that second: if the access log covers the time and has no such line, lines are
 * missing from it. errors_sightings() hands these out. At most ERROR_SIGHTINGS are kept; from a longer log a sample by a hash of
 * each, so that every one has the same chance, and the same ones are kept whatever the number of threads.
 *
 *   struct error_sightings seen;
 *   errors_sightings(run, &seen);
 *   for (size_t i = 0; i < seen.count; i++) { ... seen.all[i] ... }
 *   a log with seen.dropped > 0 was sampled: "none contradicts" then holds for seen.count of seen.count + seen.dropped */
#ifndef ASSAY_TRACE_ERRORS_H
#define ASSAY_TRACE_ERRORS_H

#include "trace/inside.h"

enum { ERROR_SIGHTINGS = 65536 };

/* A complaint that names a client. */
struct error_sighting {
    struct client_key client;
    struct hit hit;     /* where; hit.second is the server's clock, its zone perhaps assumed */
    uint64_t path_hash; /* str_hash() of path_normal() of the request's target; 0: no request is named */
    uint8_t method;     /* enum method; METHOD_COUNT: no request is named */
    bool
        is_before_http; /* about a connection (TLS, a request that could not be read): such need no line in an access log */
};
struct error_sightings {
    const struct error_sighting *all; /* in no order; the engine's own, until the run ends */
    size_t count;
    uint64_t dropped; /* further ones, not kept */
};
void errors_sightings(const struct run *run, struct error_sightings *ret_sightings);

#endif
