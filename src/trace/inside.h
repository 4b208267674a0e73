/* What the files of this room share.
 *
 * A run is a few passes over the same jobs. A job is a stretch of one file that starts and ends at line
 * ends (a packed file is one job); its result depends on its bytes alone, and results are merged in job
 * order, so two threads say the same as one.
 *
 *   source.c   files: opened, probed, put in time order, cut into jobs
 *   intake.c   what was given: files, folders, archives, what the command holds open; each log in them is a source
 *   archive.c  entries of archives, read as often as there are passes
 *   filetimes.c  when the files of logs were written, changed and born, as their machine told it (filetimes.h)
 *   name.c     which rotated set a file belongs to, and which place in it its name claims
 *   chain.c    rotated sets: members that are missing, that overlap, whose file times contradict their lines
 *   feed.c     one job's bytes into batches of lines; every byte into one class
 *   client.c   an address as a key, and how often each was seen
 *   path.c     the paths that are followed, and whether a request names one
 *   proxy.c    whose request it was, behind proxies that are trusted
 *   decode.c   commands that a query carries, encoded
 *   seek.c     what is looked for in every request: Sigma rules, and signs of an attack (hunt*.c)
 *   days.c     which seconds of which days have lines; silences that are too long for this log
 *   use.c      what one client did through one path, in numbers
 *   pages.c    every path in numbers, followed or not (pages.h)
 *   keep.c     a state in a file, whole or not there (keep.h)
 *   resume.c   stopping and going on: what a state belongs to, and when one is written
 *   watch.c    beside the survey: places, steps back in time, what may tell of missing lines (watch.h)
 *   survey.c   the first pass: totals, times, clients, uses
 *   follow.c   the second: events, uploads before a first use, what else a client touched
 *   story.c    which of it is worth saying, and with how much confidence
 *   link.c     what links clients: paths, browser names; each with how rare it is
 *   tell.c     records for the sink
 *   trace.c    the passes in order */
#ifndef ASSAY_TRACE_INSIDE_H
#define ASSAY_TRACE_INSIDE_H

#include "assay/trace.h"
#include "base/arena.h"
#include "formats/container.h"
#include "formats/hold.h"
#include "formats/log.h"
#include "formats/stream.h"

struct run;
struct telling;
struct proxies;
struct seek;
struct filetimes;
struct keep;
struct resume;

enum {
    SOURCES_MAX = 8192,
    SKIPPED_MAX = 1 << 16,
    SETS_MAX = 64,      /* rotated sets with a silence of their own; further ones share the last */
    SEEDS_MAX = 256,    /* paths followed at once, given and found */
    SUSPECTS_MAX = 256, /* clients K1.. followed */
    USES_MAX = 16384,   /* (path, client) pairs kept in one table */
    JOB_BYTES = 8 << 20,
    HELD_MAX = 256 << 20, /* bytes of memory for entries of archives */
    ADDRESS_BYTES = 48,
    USER_BYTES = 64,
    ZONES_MAX = 8
};

/* ---- client.c ---- */

/* An address as 128 bits: IPv6, IPv4 as ::ffff:a.b.c.d, and any other text (a host name) under a tag and its hash. */
struct client_key {
    uint64_t hi, lo;
};
struct client_key client_key_of(struct str text);
static inline bool client_key_eq(struct client_key a, struct client_key b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

/* The jobs of a run, in order, fall into so many stretches of about equal length: where a client was seen. */
enum { STRETCHES = 64 };

/* Clients of one worker: how often each was seen and in which stretches (a bit each). */
struct clients {
    struct client_v4 *v4;
    struct client_wide *wide;
    size_t v4_count, wide_count;
    unsigned v4_bits, wide_bits; /* log2 of the slots; 0: none yet */
    uint64_t salt;               /* odd, per run: nobody can aim at one slot */
};
void clients_init(struct clients *clients, uint64_t salt);
void clients_free(struct clients *clients);
/* Counts one request each. Keys are looked up together so that misses overlap. */
MUST_USE int clients_add(struct clients *clients, const struct client_key *keys, size_t count, unsigned stretch,
                         struct err *err);
/* Distinct clients over several tables of one salt. */
MUST_USE int clients_distinct(const struct clients *tables, size_t count, unsigned workers, uint64_t *ret_distinct,
                              struct err *err);
/* Stretches in which key was seen, and the number of its requests. */
/* All of several tables, of any number and salt. */
void clients_keep(struct keep *keep, struct clients *tables, size_t count);
uint64_t clients_stretches(const struct clients *tables, size_t count, struct client_key key, uint64_t *ret_requests);

/* ---- source.c ---- */

struct tally {
    uint64_t lines;      /* records: the sum of the classes */
    uint64_t text_lines; /* of text: what an editor counts */
    uint64_t count[LOG_CLASS_COUNT];
    uint64_t bytes[LOG_CLASS_COUNT];
};
void tally_add(struct tally *into, const struct tally *from);

struct source {
    const char *path;              /* "logs.zip!access.log.1" of an entry */
    int fd;                        /* -1: an entry */
    const struct archive *archive; /* which it is an entry of; NULL: a file of its own */
    uint32_t entry;                /* its number there */
    struct hold *hold;             /* its bytes, if there was room; NULL: they are read from the archive again */
    struct err hold_damage;        /* why they end there */
    bool is_packed; /* read as a stream, from its beginning: packed, or an entry, or in another encoding */
    const char *packing, *encoding; /* as stream.h has them; NULL: none */
    uint32_t mark_bytes;            /* of a byte-order mark at the beginning of a file that is not packed */
    const char *stem;               /* the name of its rotated set */
    uint32_t set;
    uint64_t raw_bytes, dev, ino;
    uint64_t begins;           /* hash of its first bytes as text */
    bool is_unnamed;           /* a copy of what could be read only once: ino and mtime are its own */
    int64_t first_line_second; /* of the first line that can be read: the order of files */
    int64_t mtime_ns;          /* TIME_NONE: not known */
    int64_t packed_ns;         /* what gzip's header says of the file that was packed; TIME_NONE: nothing */
    uint32_t mtime_slack_s;    /* how far its mtime may be off (a zip has local times without a zone) */
    struct log_reader reader;
    /* what the survey found */
    struct tally tally;
    int64_t first, last;        /* seconds; INT64_MAX, INT64_MIN while there is none */
    int64_t newest_line_second; /* the last line's in file order */
    uint64_t order_breaks;
    char damage[256]; /* why reading ended early; "" if it did not */
};

struct job {
    uint32_t source;
    uint64_t from, to;     /* bytes of a plain file; a packed one is 0, 0 */
    uint64_t lines_before; /* of text; set by the survey */
    int64_t first, last;   /* set by the survey */
};

struct skipped {
    const char *path; /* the folder or archive, where one row is for several of its files */
    char why[96];     /* "a copy of access.log.1", "not a log any reader here knows", "Permission denied" */
    uint64_t bytes, count;
    bool is_place; /* ... and it is such a row */
};

struct sources {
    struct source *all;
    size_t count, cap;
    struct job *jobs;
    size_t job_count, job_cap;
    struct skipped *skipped;
    size_t skipped_count, skipped_cap;
    struct archive **archives;
    size_t archive_count;
    size_t held_bytes;          /* of memory for entries of archives */
    const char *sets[SETS_MAX]; /* what a set's files have in common: "logs/access.log" */
    size_t set_count;
    uint64_t raw_bytes;
};
/* The stretch (0 .. STRETCHES - 1) in which a job lies. */
unsigned sources_stretch(const struct sources *sources, const struct job *job);
/* Opens, probes and orders. A file that cannot be read or known is complained about and skipped,
 * as long as another one can. err: IO or FORMAT when none can, LIMIT. keep: names. */
MUST_USE int sources_open(struct sources *sources, const struct assay_trace_options *options,
                          const struct assay_sink *sink, struct arena *keep, struct err *err);
/* What a rotated set's logs are about; LOG_KIND_COUNT if there is no such set. */
enum log_kind set_kind(const struct run *run, uint32_t set);
void sources_close(struct sources *sources);
/* A file that was opened, as far as its beginning tells. */
struct candidate {
    const char *path;
    const char *place; /* the folder or archive it was met in; NULL: it was named */
    struct source source;
    struct str head; /* its first bytes as text */
};
struct opening {
    struct sources *sources;
    const struct assay_trace_options *options;
    const struct assay_sink *sink;
    struct arena *keep;
    struct head *heads; /* one a source */
    char *room;         /* HEAD_BYTES, for a head */
    struct err first;   /* why the first file that could not be taken was not */
    size_t compared;    /* how many were read beside another that begins like them */
};
enum { HEAD_BYTES = 64 << 10 };
/* Everything that one argument names: a file, a folder's files, an archive's entries. fd >= 0: it is open already. */
MUST_USE int intake_path(struct opening *opening, const char *path, int fd, struct err *err);
/* Takes the source over if a reader knows it and it is no copy; else it is skipped, and what it held is released. *ret_taken NULL: skipped. */
MUST_USE int source_take(struct opening *opening, struct candidate *candidate, struct source **ret_taken,
                         struct err *err);
/* What gzip's header (RFC 1952, 2.3.1: MTIME) says of the file that was packed; TIME_NONE. */
int64_t gzip_time(struct str raw);
/* Would a shell's star leave it out? path is below what was named. */
bool path_is_hidden(struct str path);
MUST_USE int source_skip(struct opening *opening, const char *path, uint64_t bytes, const char *why, struct err *err);
/* One row for all of a place with the same reason; complained of at the end. */
MUST_USE int source_skip_in(struct opening *opening, const char *place, uint64_t bytes, const char *why,
                            struct err *err);
void source_clear(struct source *source);

/* ---- copy.c ---- */

/* What a is of b. UNKNOWN is for those who did not compare. */
enum copying { COPY_NONE, COPY_SAME, COPY_SHORTER, COPY_LONGER, COPY_UNKNOWN };
enum copying copy_compare(const struct source *a, const struct source *b);

/* ---- archive.c ---- */

/* Is this file an archive with entries? *ret_archive NULL if it is none. fd is kept open by it. */
MUST_USE int archive_open(const char *path, int fd, struct str raw_head, struct str head, struct archive **ret_archive,
                          struct err *err);
void archive_close(struct archive *archive);
/* Every entry that is a log, as a source. */
MUST_USE int archive_take(struct opening *opening, struct archive *archive, struct err *err);

/* A place in an archive, kept by whoever reads: the next entry is often the one behind. Zero it first. */
struct archive_cursor {
    const struct archive *archive;
    struct container *container;
    struct container_budget budget;
    struct stream *unpacked; /* of a packed tar */
    uint64_t at;             /* in the file */
    uint32_t next;           /* the number of the entry that container_next() gives */
    struct stream *held;     /* ... or the entry's bytes from memory */
    const struct source *source;
};
/* The bytes of an entry, to be given to stream_open_from(); valid until the cursor is moved or closed. */
MUST_USE int archive_entry(struct archive_cursor *cursor, const struct source *source, struct stream_input *ret_input,
                           struct err *err);
void archive_cursor_close(struct archive_cursor *cursor);

/* ---- name.c ---- */

enum rotation { ROTATION_NONE, ROTATION_NUMBER, ROTATION_DAY, ROTATION_HOUR, ROTATION_INSTANT };

/* What a file's name says of its place in a rotated set. */
struct rotated {
    enum rotation kind;
    uint64_t number;      /* of ROTATION_NUMBER; 0 is none, the file that is written to */
    int64_t day;          /* since 1970, of the others */
    unsigned hour;        /* of ROTATION_HOUR */
    unsigned year_digits; /* 4 or 2; 0: a number of seconds, or a month */
    size_t at, len;       /* where in the path the number or date stands */
};
/* "logs/access.log" of "logs/access.log.2.gz", "logs/access.log-20260314.gz", "logs/access.2026-03-14.log": what the set's members
 * have in common. stem is emptied first. */
void rotated_name(struct rotated *ret_rotated, struct str path, struct buf *stem);
/* The name of another member: path with another number or day. */
void rotated_other(const struct rotated *rotated, struct str path, uint64_t number, int64_t day, unsigned hour,
                   struct buf *out);

/* "access.log.2" of "access.log.2.gz"; all of a name without such an ending. */
struct str name_without_packing(struct str name);

/* ---- given.c ---- */

/* Adds the formats of options->configs to options->formats; they live in run->keep. err: IO, FORMAT, LIMIT. */
MUST_USE int given_formats(struct run *run, struct assay_trace_options *options, struct err *err);
/* Complains of a format that a person gave and that no log is in. */
void given_tell_unused(const struct run *run);

/* ---- feed.c ---- */

struct feed {
    char *data;
    struct archive_cursor cursor;
    struct log_batch batch;
    struct log_glances glances;
};
MUST_USE struct feed *feed_new(struct err *err);
void feed_free(struct feed *feed);

/* Takes a batch; offset and line (from 1, within the job) are those of its first line. 0, or -1 with err.
 * wants, if there is one: only lines of clients for which it is true are parsed and taken, the others only counted as
 * lines (no classes), which is several times as fast. */
struct feed_taker {
    void *self;
    bool (*wants)(void *self, struct str client);
    int (*take)(void *self, const struct log_batch *batch, uint64_t offset, uint64_t line, struct err *err);
};
/* Every byte of the job through taker, counted in tally. damage (256 bytes) is set when a packed file ends
 * before its end; err only for what ends the run. */
MUST_USE int feed_job(struct feed *feed, const struct source *source, const struct job *job,
                      const struct feed_taker *taker, struct tally *tally, char damage[static 256], struct err *err);

/* ---- path.c ---- */

enum { PATH_BYTES = 1024, NO_PATH = -1 };

/* A set of paths to recognise. Requests are compared after percent-decoding, without empty and dot segments,
 * scheme and host; "/a.php/x" (PATH_INFO) names "/a.php". */
struct paths {
    struct str *all; /* normal form */
    size_t count;
    uint64_t filter[64]; /* of cheap hashes: most requests end here */
    uint16_t *index;     /* open addressing; SEEDS_MAX * 4 slots */
};
MUST_USE int paths_init(struct paths *paths, const struct str *normal, size_t count, struct err *err);
void paths_free(struct paths *paths);
int path_match(const struct paths *paths, struct str target);
/* The normal form of a request target's path; its length, 0 if there is none or it is too long. */
size_t path_normal(char out[static PATH_BYTES], struct str target);
struct str path_query(struct str target);
/* ".php" and what servers run like it. */
bool path_is_script(struct str normal);
/* A name that uploads, caches or temporary files have; the segment that says so, or an empty str. */
struct str path_writable_hint(struct str normal);
/* Does a name in it say that a site's own people work there: "/wp-admin/update.php"? */
bool path_is_administration(struct str normal);
/* A file that looks like data carried out: ".sql", ".zip", ... */
bool path_is_archive(struct str normal);

/* What the keys of a query say (and phpMyAdmin's path). */
enum query_look {
    QUERY_ADMINER = 1, /* username= and a server or file to connect to */
    QUERY_DB = 2,      /* ... and db= */
    QUERY_DUMP = 4,    /* dump= or dump: Adminer's export form */
    QUERY_SELECT = 8,  /* select=TABLE */
    QUERY_SQL = 16,    /* sql=: its command window */
    QUERY_ASSET = 32,  /* file=: Adminer's own style sheets and icons */
    QUERY_EXPORT = 64  /* phpMyAdmin: route=/export, before 5.0 export.php */
};
unsigned target_look(struct str target);

/* ---- days.c ---- */

enum { DAYS_MAX = 16384, DAY_MINUTES = 1440 };

/* Which minutes of a day had lines (first and last second of each), and how many lines each hour. */
struct day {
    uint32_t set;
    int32_t number; /* since 1970 */
    uint32_t hours[24];
    uint16_t minutes[DAY_MINUTES]; /* 0: none; otherwise 1 << 15 | first << 6 | last */
};
struct days {
    struct day **all;
    size_t count, cap;
    uint32_t *index;
    size_t index_cap;
    struct day *recent;
    uint64_t outside; /* lines whose day did not fit DAYS_MAX */
};
void days_free(struct days *days);
MUST_USE int days_add(struct days *days, uint32_t set, int64_t second, uint32_t lines, struct err *err);
void days_keep(struct keep *keep, struct days *days);
MUST_USE int days_merge(struct days *into, const struct days *from, struct err *err);

struct gap {
    uint32_t set;
    int64_t from, to;  /* the last second with a line before, the first after */
    double expected;   /* lines the set's own rate would have put there */
    const char *basis; /* "hour of the week", "hour of the day", "overall rate" */
};
enum { GAPS_MAX = 256 };
/* Silences of one set too long to be its own quiet, in time order. Returns how many; ret_floor: about the shortest
 * silence, in seconds at the average rate, that would have been noticed (0: none could be). */
size_t days_gaps(const struct days *days, uint32_t set, struct gap gaps[static GAPS_MAX], double *ret_floor);

/* ---- use.c ---- */

/* Where a line lies. line counts from 1 within its job until the survey makes it the file's. */
struct hit {
    int64_t second; /* INT64_MIN: no hit */
    uint32_t nano;
    uint32_t source;
    uint64_t offset, line;
    uint64_t bytes; /* 0 for "-" */
    uint16_t status;
};
static inline bool hit_is(const struct hit *hit)
{
    return hit->second != INT64_MIN;
}
/* By time, then file, then place in it. */
bool hit_before(const struct hit *a, const struct hit *b);
static inline bool hit_same(const struct hit *a, const struct hit *b)
{
    return hit_is(a) && hit_is(b) && a->source == b->source && a->offset == b->offset;
}

enum method { METHOD_GET, METHOD_POST, METHOD_HEAD, METHOD_PUT, METHOD_OTHER, METHOD_COUNT };
enum method method_of(struct str text);
/* Can such a request bring a file? */
bool method_uploads(struct str text);

enum { STATUSES_KEPT = 12 };

/* What one client did through one path. */
struct use {
    uint16_t seed;
    struct client_key key;
    char address[ADDRESS_BYTES];
    char peer[ADDRESS_BYTES];           /* the proxy it came through, if its forwarded-for was believed; else "" */
    uint64_t claimed;                   /* requests whose forwarded-for had parts that anybody could have made up */
    char user[USER_BYTES];              /* the first remote user logged; "" if none */
    uint64_t requests, answered, named; /* answered: 2xx or 3xx; named: of those, with a remote user */
    uint64_t ok;                        /* 2xx, uploads to the path itself (PUT) not among them */
    uint64_t methods[METHOD_COUNT];
    uint16_t statuses[STATUSES_KEPT]; /* value 0 with a count: all further ones */
    uint64_t status_counts[STATUSES_KEPT];
    struct hit first, last, first_ok, last_ok, largest; /* largest: of 2xx */
    uint64_t body_bytes;
    uint64_t sized, sized_bytes;    /* 2xx that could carry something: what the baseline is taken off */
    uint64_t repeats, repeat_bytes; /* of these, as large as the one just before: asked for again, perhaps */
    uint64_t first_size, last_size; /* of the first and the last of them */
    uint64_t dumps, dump_bytes;
    uint64_t adminer;               /* requests whose query speaks Adminer */
    uint64_t selects, select_bytes; /* POST select=: an export of one table, if large */
};
struct uses {
    struct use *rows;
    size_t count, cap;
    uint32_t *index;
    size_t index_cap;
    uint64_t dropped; /* requests of pairs beyond USES_MAX */
};
void uses_free(struct uses *uses);
/* The row, made if it is new; NULL with err (LIMIT), or NULL without when the table is full. */
struct use *uses_get(struct uses *uses, uint16_t seed, struct client_key key, struct str address, struct err *err);
const struct use *uses_find(const struct uses *uses, uint16_t seed, struct client_key key);
void uses_keep(struct keep *keep, struct uses *uses);
void use_take(struct use *use, const struct log_line *line, const struct hit *hit);
/* from's rows into into; line numbers of from are lines_before too small. */
MUST_USE int uses_merge(struct uses *into, const struct uses *from, uint64_t lines_before, struct err *err);

/* What all clients together show of one path. */
struct carrier {
    uint64_t min_ok;     /* smallest 2xx body that could carry something; UINT64_MAX: none */
    uint64_t asked_name; /* 401 answers: a sign-in stood before it */
    uint64_t requests, ok;
    struct hit first_ok;
    struct client_key first_key;
};
void carrier_take(struct carrier *carrier, const struct log_line *line, struct client_key key, const struct hit *hit);
void carrier_merge(struct carrier *into, const struct carrier *from, uint64_t lines_before);

/* ---- pages.c (pages.h has the rest) ---- */

struct pages {
    struct page *all; /* in the order of paths */
    size_t count;
    uint64_t dropped; /* requests whose path found no room, or is no path */
    struct page_table *table;
};

/* ---- survey.c ---- */

/* Why a path is followed. */
enum seed_origin {
    SEED_GIVEN,
    SEED_WRITABLE, /* a client of another seed used it: a script where files are uploaded to */
    SEED_RARE,     /* ... : a script that appeared after that, and hardly anybody else ever asked for */
    SEED_EXPORT,   /* ... : with a request that looks like a database export */
    SEED_ARCHIVE,  /* ... : a file that looks like data carried out */
    SEED_HUNT      /* the hunt found it used as a tool: no other seed led to it */
};

struct seed {
    struct str path; /* normal form; NUL-terminated behind it */
    const char *class_name;
    int64_t mtime; /* ns */
    enum seed_origin origin;
    struct client_key via; /* the client that led to it */
    uint8_t hops;          /* steps from a given path: 0 for those given and hunted */
    bool is_script;
};

struct survey {
    uint64_t requests, body_bytes, clients;
    int64_t first, last;
    uint64_t order_breaks;
    int16_t zones[ZONES_MAX];
    size_t zone_count;
    struct tally tally;
    struct days days;
    struct clients *tables;          /* one a worker */
    struct page_table **page_tables; /* one a worker, until they are put together */
    size_t table_count;
    struct pages pages;
    struct uses uses;
    struct carrier *carriers; /* one a seed */
};

/* ---- kind.c ---- */

/* How logs of one kind other than the web's are read: once, in the survey's pass. What a job gives is a part of its own
 * (on a worker's thread); parts are merged in job order on the caller's. Memory is bounded by what is found. */
struct kind_work {
    /* NULL with err */
    void *(*start)(const struct run *run, uint32_t source, struct err *err);
    /* A parsed line. hit->line counts within the job; merge adds lines_before. */
    int (*take)(void *part, const struct log_line *line, const struct hit *hit, struct err *err);
    /* Takes part over into run->kinds[...]. */
    int (*merge)(struct run *run, void *part, uint64_t lines_before, struct err *err);
    void (*drop)(void *part); /* takes NULL */
    void (*free)(void *kind); /* run->kinds[...]; takes NULL */
    /* run->kinds[...], NULL or not (keep.h); it is NULL when a state is read. */
    void (*keep)(struct keep *keep, struct run *run);
    /* Findings, measures and coverage of its own; its events by record_event() before, in `events`. Both may be NULL. */
    int (*events)(struct telling *telling);
    int (*tell)(struct telling *telling);
};
extern const struct kind_work *const kind_works[LOG_KIND_COUNT];

struct run {
    const struct assay_trace_options *options;
    const struct assay_sink *sink;
    struct arena keep;
    struct filetimes *file_times; /* filetimes.h */
    struct sources sources;
    struct survey survey;
    struct seed *seeds;
    size_t seed_count;
    unsigned workers;
    struct proxies *proxies;     /* whose forwarded-for is believed; NULL: nobody's */
    struct seek *seek;           /* rules and hunt; NULL: neither is asked for */
    struct watched *watched;     /* watch.h: places, and signs of missing lines */
    struct resume *resume;       /* resume.c; NULL: nothing is kept */
    size_t asked_formats;        /* of options->formats: those that a person gave */
    void *kinds[LOG_KIND_COUNT]; /* what kind_work.merge makes; NULL: no such log */
    int64_t started;
    uint64_t bytes_done, bytes_all; /* of files, over all passes begun so far: what progress is told in */
};
/* A pass is about to read this job; it has read it, and says so. */
void progress_expect(struct run *run, const struct job *job);
void progress_tell(struct run *run, const struct job *job);

/* Totals, and uses of the run's seeds. */
MUST_USE int survey_all(struct run *run, struct err *err);
/* Only uses and carriers of some paths; no totals. */
MUST_USE int survey_paths(struct run *run, const struct seed *seeds, size_t count, struct uses *ret_uses,
                          struct carrier *ret_carriers, struct err *err);
void survey_free(struct survey *survey);

/* Everything that the survey has gathered, jobs before *merged being through. */
void survey_keep(struct keep *keep, struct run *run, size_t *merged);

/* ---- resume.c ---- */

/* Takes up what an earlier run kept, into a run that has gathered nothing yet; *ret_merged: jobs that are through. Nothing is kept without
 * options->resume. err: FORMAT (the file is another's, or the logs are not what they were), IO. */
MUST_USE int resume_begin(struct run *run, size_t *ret_merged, struct err *err);
/* Is it time to rest before another job is begun? */
bool resume_is_due(struct run *run);
/* All jobs that were begun are merged: keeps a state. err: LIMIT when the run is to stop here. is_last: the survey is through. */
MUST_USE int resume_rest(struct run *run, size_t merged, bool is_last, struct err *err);

/* ---- follow.c ---- */

struct suspect {
    struct client_key key;
    char address[ADDRESS_BYTES];
    uint64_t stretches; /* of jobs in which it was seen */
    struct hit first;   /* its first 2xx on a seed */
    bool is_signed_in;  /* on every seed it used: an administrator, as far as the log goes */
};

/* A path a suspect asked for. */
struct touched {
    uint32_t suspect;
    struct str path; /* normal form */
    uint64_t requests, ok, bytes;
    struct hit first;
    bool is_dump; /* a request to it looks like an export */
};

/* A request worth showing. Texts live in the run's arena. */
struct moment {
    struct hit hit;
    uint32_t suspect;
    uint16_t seed;
    bool is_dump;
    uint8_t look; /* target_look */
    struct str method, target, user;
};

/* UPLOAD_CAME: at the file's own time, by the client that was the first to ask for the file afterwards. */
enum upload_kind { UPLOAD_SAME_CLIENT, UPLOAD_FILE_TIME, UPLOAD_ANY_CLIENT, UPLOAD_CAME, UPLOAD_KINDS };
enum upload_text { UPLOAD_ADDRESS, UPLOAD_METHOD, UPLOAD_TARGET, UPLOAD_USER, UPLOAD_TEXTS };
enum { UPLOAD_BYTES = 160 };
/* Texts are cut to UPLOAD_BYTES and kept in place: a better candidate replaces a worse one many times. */
struct upload {
    struct hit hit; /* no hit: none found */
    struct client_key key;
    uint16_t lens[UPLOAD_TEXTS];
    char texts[UPLOAD_TEXTS][UPLOAD_BYTES];
};
static inline struct str upload_text(const struct upload *upload, enum upload_text which)
{
    return (struct str){upload->texts[which], upload->lens[which]};
}

struct conduct {
    uint64_t requests, elsewhere, bytes;
    struct hit first, last;
    uint64_t agents[8]; /* hashes of distinct browser names */
    size_t agent_count; /* 9: more than 8 */
    struct str agent;
};

struct follow {
    struct conduct *conducts; /* one a suspect */
    struct touched *touched;
    size_t touched_count, touched_cap;
    uint64_t touched_dropped;
    struct moment *moments;
    size_t moment_count, moment_cap;
    uint64_t moments_dropped;
    struct upload (*uploads)[UPLOAD_KINDS]; /* one row a seed */
};
MUST_USE int follow_all(struct run *run, const struct suspect *suspects, size_t count, struct follow *follow,
                        struct err *err);
void follow_free(struct follow *follow);

/* ---- story.c ---- */

struct story {
    struct suspect *suspects;
    size_t suspect_count;
    uint64_t suspects_dropped;
    struct follow follow;
    struct gap *gaps;
    size_t gap_count;
    double *gap_floors; /* one a set */
};
MUST_USE int story_build(struct run *run, struct story *story, struct err *err);
void story_free(struct story *story);
/* Counts paths over all the log and follows them too. */
MUST_USE int seeds_take(struct run *run, const struct seed *seeds, size_t count, struct err *err);

/* A class that says the file is there to be used by whoever planted it. */
bool seed_is_tool(const struct seed *seed);
bool use_is_signed_in(const struct use *use);
uint64_t use_above(const struct run *run, const struct use *use);

/* ---- tell.c ---- */

MUST_USE int tell_all(struct run *run, const struct story *story, struct err *err);

#endif
