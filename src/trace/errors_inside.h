/* What errors.c gathers and errors_tell.c tells. */
#ifndef ASSAY_TRACE_ERRORS_INSIDE_H
#define ASSAY_TRACE_ERRORS_INSIDE_H

#include "trace/errors.h"
#include "trace/peers.h"

enum {
    ERROR_CLIENTS = 16384,
    ERROR_SCRIPTS = 1024,
    ERROR_COMPLAINTS = 4096, /* kept in all; the earliest of each sort */
    ERROR_TEXT = 240,
    ERROR_PATH = 160
};

enum complaint_sort {
    COMPLAINT_RAN,    /* PHP says that it ran a followed path */
    COMPLAINT_NAMED,  /* a followed path is named */
    COMPLAINT_UPLOAD, /* about a file that was being sent */
    COMPLAINT_OUTPUT, /* what a program below the server wrote: shells and fetchers write so */
    COMPLAINT_SORTS
};

struct complaint {
    struct hit hit;
    struct client_key key; /* of a client that is named; address[0] is 0 otherwise */
    enum complaint_sort sort;
    int seed;           /* NO_PATH: none */
    bool is_by_request; /* the seed is what was asked for; else a file's path ends like it */
    char address[ADDRESS_BYTES], level[16], request[ERROR_PATH], file[ERROR_PATH], text[ERROR_TEXT];
};

/* A client that was complained of. */
struct error_client {
    struct client_key key;
    struct hit first;
    int64_t last;
    uint64_t count, uploads;
    char address[ADDRESS_BYTES], request[ERROR_PATH], text[ERROR_TEXT];
};

/* A script that PHP complained of while it ran, below a name that uploads have. */
struct error_script {
    struct client_key key; /* of its path */
    struct hit first;
    int64_t last;
    uint64_t count;
    char path[ERROR_PATH], hint[32], text[ERROR_TEXT];
};

struct errors {
    const struct run *run;
    struct paths paths;
    bool has_paths, is_slow; /* is_slow: this job's lines are of scripts that ran for long */
    struct peers clients, scripts;
    struct complaint *complaints;
    size_t complaint_count, complaint_cap;
    uint64_t kept[COMPLAINT_SORTS], dropped[COMPLAINT_SORTS];
    struct error_sighting *sightings;
    size_t sighting_count, sighting_cap;
    uint64_t sightings_dropped;
    unsigned sampling; /* one of 2^sampling is kept */
    uint64_t lines;
};

int errors_events(struct telling *telling);
int errors_tell(struct telling *telling);

#endif
