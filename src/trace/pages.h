/* Every path that was asked for, in numbers: what a hunt without a known path looks at, and what tells the usual
 * from the unusual. One row a path in normal form, without its query; the number of rows is bounded, and what did
 * not fit is counted. */
#ifndef ASSAY_TRACE_PAGES_H
#define ASSAY_TRACE_PAGES_H

#include "trace/inside.h"

enum {
    PAGES_MAX = 1 << 17, /* rows of the whole run */
    PAGE_CLIENTS = 8     /* clients of one path told apart */
};

struct page {
    struct str path; /* as path_normal() has it; percent-decoded */
    uint64_t requests, ok, posts, posts_ok;
    uint64_t bytes, least_ok, most_ok; /* bodies; of 2xx to GET or POST. least_ok UINT64_MAX: none */
    struct hit first, first_ok, last;
    struct client_key clients[PAGE_CLIENTS]; /* of answered (2xx) requests, distinct, in no order */
    uint8_t client_count;                    /* PAGE_CLIENTS + 1: more than that */
    bool is_script, is_writable;             /* path_is_script(), path_writable_hint() */
};

struct pages {
    struct page *all; /* in no order */
    size_t count;
    uint64_t dropped; /* requests whose path found no room */
};

#endif
