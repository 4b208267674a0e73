/* trace: reconstructs the intrusion from web-server logs, and says what they cannot show. */
#ifndef ASSAY_TRACE_H
#define ASSAY_TRACE_H

#include "assay/finding.h"

/* A script to follow: its path as a request would name it ("/uploads/a.php"). */
struct assay_trace_seed {
    const char *path;
    const char *class_name; /* sweep's class of it, "shell", "admin-tool", ...; NULL if only --path named it */
    int64_t mtime;          /* ns UTC; TIME_NONE (INT64_MIN) if unknown */
};

/* A file in which a run keeps what it has read, so that it can be stopped and gone on with. */
struct assay_trace_resume {
    int fd;              /* open for reading and writing; empty, or with what an earlier run kept there */
    const char *name;    /* of the file, for what is said of it */
    uint8_t program[32]; /* SHA-256 of the program: a state of another one is refused */
    /* Is the run to stop? Asked between jobs, on the caller's thread. is_last: for the last time; what comes after is not kept, and may be
     * ended in any way. NULL: never. */
    bool (*is_stopped)(void *self, bool is_last);
    void *self;
    /* for tests; 0: none */
    uint64_t every_jobs;      /* a state after so many jobs, not by time */
    uint64_t end_after_state; /* the run stops when it has written so many states */
    unsigned end_before_step; /* the process is killed before this step of writing states is done whole */
};

struct assay_trace_options {
    const char *const
        *logs; /* files (plain or packed), folders of them, archives; a rotated set is put in time order */
    size_t log_count;
    const int *
        log_fds; /* one a log: open already and seekable, its name is only told; -1: opened by its name. NULL: all are */
    const struct assay_trace_seed *seeds;
    size_t seed_count;
    const char *const *formats; /* log formats as a server's configuration has them; may be empty */
    size_t format_count;
    const char *const *configs; /* files of servers' configurations, to take formats from */
    size_t config_count;
    const char *const *trusted_proxies; /* addresses or networks ("10.0.0.0/8") whose forwarded-for is believed */
    size_t trusted_proxy_count;
    const char *sigma;                       /* a folder of Sigma rules; NULL: none */
    const char *tree;                        /* the web root: times of its files beside the requests; NULL: none */
    const char *file_times;                  /* a body file of the machine the logs come from; NULL: none */
    bool is_hunt;                            /* look for what no path was given for */
    int16_t zone_minutes;                    /* of times that carry no zone, east of Greenwich */
    bool has_zone;                           /* false: not known, UTC is assumed, and said */
    unsigned jobs;                           /* threads; 0: one per core */
    const struct assay_trace_resume *resume; /* NULL: nothing is kept */
};

/* Hands events in time order, findings per (client, seed path), coverage per source and class, gaps, one summary.
 * Every input byte is in exactly one class; the sum is checked (ERR_BUG if it is not).
 * Returns 0, or -1 with err: IO, FORMAT (no reader knows this file; two do; a kept state is of something else), LIMIT
 * (also: told to stop).
 * Memory is bounded by the number of clients and seeds, not of lines. */
MUST_USE int assay_trace(const struct assay_trace_options *options, const struct assay_sink *sink, struct err *err);

#endif
