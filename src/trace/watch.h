/* What the survey's pass notes beside its totals: where the odd things lie, and what may tell that lines are missing.
 *
 * A watch belongs to one job and is filled on a worker's thread; watches are merged in job order, so two threads say
 * the same as one. All of it is bounded: first places, a few examples, counts. Of large logs, windows of lines are
 * sampled by what they hold, and referers are only compared with followed paths. */
#ifndef ASSAY_TRACE_WATCH_H
#define ASSAY_TRACE_WATCH_H

#include "trace/inside.h"

enum {
    ORDER_SLACK = 5,      /* seconds a line may be older than the one before: servers stamp the start of a request */
    BREAKS_KEPT = 6,      /* places a source at which time runs backwards */
    STRETCH_LINES = 2048, /* lines over which small steps backwards are counted together */
    STRETCHES_MAX = 1 << 18,
    WINDOW_LINES = 8, /* a block that occurs twice has at least so many lines */
    ANCHORS_MAX = 1 << 17,
    REPEATS_KEPT = 64,
    REFERERS_MAX = 1024, /* (path, client) whose requests name a followed path as where they come from */
    REFERER_BYTES = 120,
    ORIGINS_MAX = 16,
    COMPLAINTS_MAX = 1 << 14, /* lines of error logs that name a client */
    HOST_BYTES = 48,          /* of the name that a complaint says the site was asked by */
    FOLDER_BYTES = 64,        /* of the file that it names */
    SAMPLE_BYTES = 4096,      /* of lines that could not be read */
    SHIFT_SECONDS = 900,      /* zones differ by quarters of an hour ... */
    SHIFTS_HALF = 56,         /* ... up to 14 h */
    SHIFTS = 2 * SHIFTS_HALF + 1,
    SESSION_SOURCES = 64,  /* database logs whose connections are looked at */
    SESSION_BITS = 1 << 20 /* numbers of connections that are kept apart, of one source */
};

struct place {
    uint64_t line; /* 0: none */
    uint64_t offset;
    uint32_t source;
};

struct order_break {
    struct place at;
    int64_t from, to; /* the time of the line before, and of this one */
    bool is_zone;     /* the zone that the lines name changed here */
};

/* Small steps backwards are ordinary where a server stamps the start of a request and writes at its end. */
struct stretch {
    int64_t first, last; /* seconds, of its first and last line */
    uint64_t line;
    uint32_t lines, backwards, source;
};

/* WINDOW_LINES lines in a row. */
struct anchor {
    uint64_t hash;
    struct place at;
    uint64_t last_line, end; /* where its last record begins, offset behind it */
    int64_t second;
};

/* Lines that stand in two places. */
struct repeat {
    struct place first, again;
    uint64_t last_line, end; /* of `again`: number of the last line, offset behind it */
    uint64_t lines, bytes;
    int64_t from, to;
};

struct referer {
    uint16_t seed;
    struct client_key key;
    char address[ADDRESS_BYTES];
    char text[REFERER_BYTES];
    uint64_t requests;
    int64_t first, last;
    struct place at;
};

/* A line of an error log that names a client. */
struct error_line {
    struct client_key key;
    int64_t second;
    uint64_t sort; /* hash of what its message begins with: complaints of one sort */
    struct place at;
    uint64_t request,
        page;              /* hashes of method and target, and without its query, where it names them; 0: it does not */
    char host[HOST_BYTES]; /* "" where it is not said */
    char file[FOLDER_BYTES]; /* how the file complained of begins; "" */
    bool is_run;             /* it says that a program behind the server was at work: the request was taken */
    uint64_t shifts[2];      /* contradict_errors.c: a bit a shift under which a request of the client is near */
    uint64_t around[2];      /* ... under which its own request, or one that may be it, lies within LONG_RUN */
    uint64_t bare[2];        /* ... one of its path without a query */
    uint32_t next, same_client;
    bool is_looked_up;
};

struct watch {
    const struct run *run;
    const struct source *source;
    const struct paths *paths;         /* NULL: referers say nothing here */
    uint64_t prefix_mask, prefixes[4]; /* of the first bytes of paths: most referers end here */
    char origin[64];                   /* "https://shop.example": of most referers, if one is (a vote of majority) */
    uint32_t origin_len, origin_votes;
    uint32_t source_at;
    enum log_kind kind;
    uint64_t mask; /* which windows are looked at */
    uint64_t parsed_seen, nuls_seen;
    struct place first[LOG_CLASS_COUNT];
    struct place opening, torn, zone_change;
    uint64_t torn_lines;
    int64_t opened, previous; /* seconds of the first and the newest line; INT64_MIN: none */
    int16_t opened_zone, zone;
    uint64_t zone_changes;
    struct order_break breaks[BREAKS_KEPT];
    uint64_t break_count;
    struct stretch stretch; /* the open one */
    struct stretch *stretches;
    size_t stretch_count, stretch_cap;
    struct anchor *anchors;
    size_t anchor_count, anchor_cap;
    struct entry *carry; /* the last lines of the batch before, while one of them begins a window */
    size_t carry_count;
    struct referer *referers;
    size_t referer_count, referer_cap;
    struct error_line *complaints;
    size_t complaint_count, complaint_cap;
    uint64_t complaints_dropped;
    uint64_t *sessions; /* bit session - session_base */
    uint64_t session_base;
    char *sample;
    size_t sample_len;
};

/* Of one source, all its jobs. */
struct source_watch {
    struct place first[LOG_CLASS_COUNT];
    struct place torn, zone_change;
    uint64_t torn_lines, zone_changes;
    int64_t newest;
    int16_t zone;
    bool has_zone;
    struct order_break breaks[BREAKS_KEPT];
    uint64_t break_count;
    uint64_t *sessions;
    uint64_t session_base;
    char *sample;
    size_t sample_len;
    const char *looks_like; /* the format that reads most of the sample; NULL: none */
};

/* zone.c: by how many quarters of an hour a set's times are to be moved to meet another source's. */
struct zone_match {
    bool is_matched, is_by_lines;
    int shift;
    uint64_t count;
    double margin;
};

/* A site that referers name, and by how much it leads in its jobs. */
struct origin {
    char text[64];
    uint64_t votes;
};

struct watched {
    struct source_watch *sources;
    size_t source_count, session_sources;
    struct stretch *stretches;
    size_t stretch_count, stretch_cap;
    struct anchors *anchors; /* duplicate.c */
    struct repeat repeats[REPEATS_KEPT];
    size_t repeat_count;
    struct repeat open; /* the one that may still grow; lines 0: none */
    uint64_t repeats_all, repeat_lines, repeat_bytes;
    uint64_t sampled; /* one window in so many is looked at */
    struct referer *referers;
    size_t referer_count, referer_cap;
    struct zone_match zones[SETS_MAX];
    struct origin origins[ORIGINS_MAX]; /* the one with the most votes first */
    size_t origin_count;
    struct error_line *complaints;
    size_t complaint_count, complaint_cap;
    uint64_t complaints_dropped;
};

/* ---- watch.c ---- */

/* Before the pass: run->watched. */
MUST_USE int watched_new(struct run *run, struct err *err);
void watched_free(struct watched *watched);
void watch_start(struct watch *watch, const struct run *run, uint32_t source, const struct paths *paths);
/* A batch, after its bytes were counted in tally. offset and line are those of its first line. */
MUST_USE int watch_batch(struct watch *watch, const struct tally *tally, const struct log_batch *batch, uint64_t offset,
                         uint64_t line, struct err *err);
MUST_USE int watch_merge(struct run *run, const struct watch *watch, uint64_t lines_before, struct err *err);
void watched_keep(struct keep *keep, struct watched *watched);
/* After the pass: what ends with it. */
void watched_close(struct run *run);
void watch_free(struct watch *watch);

/* ---- duplicate.c ---- */

uint64_t duplicate_mask(uint64_t bytes);
/* Does a window begin with this line? By what it holds, so that a copy has the same windows. */
static inline bool duplicate_picks(const struct log_line *line, uint64_t mask)
{
    uint64_t mixed = ((uint64_t)line->second ^ (uint64_t)line->size << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed >> 40 & mask) == 0;
}
/* picks: the lines of the batch that were picked, in order; all of them parsed. */
MUST_USE int duplicate_batch(struct watch *watch, const struct log_batch *batch, const uint16_t *picks, size_t count,
                             uint64_t offset, uint64_t line, struct err *err);
MUST_USE int duplicate_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before,
                             struct err *err);
void duplicate_keep(struct keep *keep, struct watched *watched);
void duplicate_close(struct watched *watched);
void duplicate_free(struct watched *watched);

/* ---- referer.c ---- */

void referer_start(struct watch *watch);
MUST_USE int referer_batch(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t line,
                           struct err *err);
MUST_USE int referer_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before, struct err *err);

/* ---- again.c ---- */

/* Jobs of web logs for which is_wanted says so, through taker, in order. */
MUST_USE int read_again(const struct run *run, bool (*is_wanted)(void *self, const struct job *job),
                        const struct feed_taker *taker, struct err *err);

/* ---- complaint.c ---- */

/* Method and target as one number, never 0: the same of a complaint and of a line of an access log. 0: one of them is missing, or the two
 * logs write it differently. */
uint64_t request_hash(struct str method, struct str target);

MUST_USE int complaint_batch(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t line,
                             struct err *err);
MUST_USE int complaint_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before,
                             struct err *err);

#endif
