/* What database logs say, kept in little.
 *
 *   database.c       lines into sessions, reads, signs and activity (kind_work)
 *   session.c        connections: open ones, and the closed ones whose statements look like a dump tool's
 *   read.c           whole tables read by plain selects, by the statement's shape: what is done daily is usual
 *   usual.c          what was done again and again, and by whom
 *   join.c           the offset between the clocks of web and database logs, estimated
 *   taking.c         which of it is worth saying, how much was sent, and to which web request it belongs
 *   tell_database.c  findings, events and measures
 *
 * Memory is bounded by the limits below, whatever comes in; what did not fit is counted. */
#ifndef ASSAY_TRACE_DATABASE_H
#define ASSAY_TRACE_DATABASE_H

#include "trace/inside.h"
#include "trace/statement.h"

enum {
    DB_SESSIONS = 4096, /* rows: open ones and kept ones */
    DB_BUCKETS = 4096,
    DB_TABLES = 32, /* a session */
    DB_READS = 4096,
    DB_SEEN = 8, /* of one shape's reads, the newest */
    DB_ACCOUNTS = 1024,
    DB_SIGNS = 512,
    DB_MINUTES = 1 << 16, /* of activity, the newest */
    DB_SETS = 4,          /* whose activity is kept */
    DB_NAME = 64,
    DB_TABLE_NAME = 128,
    DB_TEXT = 192
};

struct db_table {
    char name[DB_TABLE_NAME];
    uint64_t reads;
    uint64_t rows_told, rows, most_rows; /* rows_told: of how many reads the log says it */
    uint64_t bytes_told, bytes, most_bytes;
};
struct db_tables {
    struct db_table *all;
    uint32_t count, cap;
    uint64_t dropped;
};

/* One connection. */
struct db_session {
    uint64_t number; /* of the connection; without one, a hash of who it is */
    uint32_t set;
    uint32_t next; /* in its bucket, or the list of free rows; UINT32_MAX: none */
    bool is_used, is_open;
    bool is_begun; /* the log shows how it came */
    bool has_number, is_postgres;
    uint32_t account_at; /* row in accounts, while its part is read */
    bool is_counted;     /* in accounts */
    bool is_tool;        /* begins as a tool does */
    enum tool tool;
    char account[DB_NAME], host[DB_NAME], database[DB_NAME], application[DB_NAME];
    char file[DB_TABLE_NAME]; /* written on the server */
    struct marks marks;
    struct hit first, last, first_read, last_read;
    uint64_t statements;
    uint64_t fetched;         /* rows that FETCH asked for ... */
    uint64_t fetches_unknown; /* ... besides those of which it is not known */
    uint64_t cursors;         /* reads through a cursor: no other sends its rows by FETCH */
    struct db_tables tables;
};
struct db_sessions {
    struct db_session *rows;
    size_t count, cap;
    uint32_t *buckets;
    uint32_t free_row;
    uint64_t evicted; /* kept ones that gave way to others of the same kind, tool and account */
    uint64_t lost;    /* open ones whose beginning was forgotten */
};
void db_sessions_keep(struct keep *keep, struct db_sessions *sessions);
void db_sessions_free(struct db_sessions *sessions);
/* The open one of that number, or a new row. NULL with err. */
struct db_session *db_session_get(struct db_sessions *sessions, uint32_t set, uint64_t number, const struct hit *hit,
                                  struct err *err);
struct db_session *db_session_find(struct db_sessions *sessions, uint32_t set, uint64_t number);
/* It ended: kept if its statements look like a tool's, otherwise forgotten. */
void db_session_close(struct db_sessions *sessions, struct db_session *session);
MUST_USE int db_sessions_merge(struct db_sessions *into, struct db_sessions *from, uint64_t lines_before,
                               struct err *err);
MUST_USE int db_tables_add(struct db_tables *tables, struct str name, uint64_t rows, uint64_t bytes, struct err *err);
void db_name_keep(char *out, size_t room, struct str text);

/* Statements of one shape, by one account from one host, that read whole tables or page through them. */
struct db_seen {
    struct hit hit;
    uint64_t number, rows, bytes; /* LOG_NO_BYTES: not told */
    uint32_t set;
};
struct db_read {
    uint64_t key, shape;
    char account[DB_NAME], host[DB_NAME];
    char tables[DB_TABLE_NAME]; /* names, with commas */
    bool is_page, is_star;
    uint64_t count, sessions, days;
    uint64_t last_number;
    int64_t last_day;
    uint64_t rows_told, rows, most_rows, bytes_told, bytes, most_bytes;
    uint64_t limit, from_row, to_row,
        pages; /* of pages: the largest LIMIT, the rows that they span, how many moved on */
    struct hit first, last;
    struct db_seen seen[DB_SEEN];
};
struct db_reads {
    struct db_read *rows;
    size_t count, cap;
    uint32_t *index;
    uint64_t dropped; /* reads of shapes beyond DB_READS */
};
void db_reads_keep(struct keep *keep, struct db_reads *reads);
void db_reads_free(struct db_reads *reads);
/* The row of that shape; NULL with err, or NULL without when the table is full. */
struct db_read *db_read_get(struct db_reads *reads, uint64_t key, struct err *err);
MUST_USE int db_reads_merge(struct db_reads *into, const struct db_reads *from, uint64_t lines_before, struct err *err);

struct db_account {
    uint32_t set; /* two logs of one server both tell of its connections */
    char account[DB_NAME], host[DB_NAME];
    uint64_t sessions, statements;
    uint64_t tools, tool_statements; /* of these: of sessions that begin as a tool's do */
    struct hit first, last;
};
struct db_accounts {
    struct db_account *rows;
    size_t count, cap;
    uint64_t dropped;
};
/* The row, made if it is new. NULL with err, or NULL without when the table is full. */
struct db_account *db_account_get(struct db_accounts *accounts, uint32_t set, struct str account, struct str host,
                                  const struct hit *hit, struct err *err);

/* Something else that an intruder does: read files, run programs, read passwords, inject, destroy. */
enum db_sign_kind { SIGN_FILE, SIGN_PROGRAM, SIGN_SECRETS, SIGN_INJECTED, SIGN_NOTE, SIGN_KINDS };
struct db_sign {
    enum db_sign_kind kind;
    char account[DB_NAME], host[DB_NAME], text[DB_TEXT];
    uint64_t count;
    struct hit first, last;
};
struct db_signs {
    struct db_sign *rows;
    size_t count, cap;
    uint64_t dropped;
};

/* Seconds in which connections did something, by minute. */
struct db_minute {
    int64_t minute;
    uint8_t seconds[60];
};
struct db_activity {
    uint32_t set;
    struct db_minute *all; /* in order of minutes as they came */
    size_t count, cap;
    uint64_t dropped, units;
};

struct takings;

struct database {
    struct takings *takings; /* taking.c's, once all logs are read */
    uint32_t set;
    unsigned has; /* enum log_has of the source, for a part */
    bool is_postgres;
    struct db_sessions sessions;
    struct db_reads reads;
    struct db_accounts accounts;
    struct db_signs signs;
    struct db_activity activity[DB_SETS], begun[DB_SETS]; /* begun: connections that begin, of the same set */
    size_t activity_count;
    uint64_t records, statements;
    int64_t opening; /* the time of the first record; INT64_MIN: none yet */
    int64_t first, last;
};
extern const struct kind_work database_work;
void *database_start(uint32_t set, unsigned has, bool is_postgres, struct err *err);
MUST_USE int database_take(void *part, const struct log_line *line, const struct hit *hit, struct err *err);
MUST_USE int database_merge(struct database **into, struct database *part, uint64_t lines_before, struct err *err);
void database_free(void *database);

/* ---- usual.c ---- */

/* Was this done at about this hour on at least USUAL_DAYS other days: same tool, account and host? */
enum { USUAL_DAYS = 3 };
bool db_session_is_usual(const struct database *database, const struct db_session *session, uint64_t *ret_days);
bool db_read_is_walk(const struct db_read *read);
bool db_read_is_usual(const struct database *database, const struct db_read *read);
/* Is the account from that host seen with anything but this tool? */
struct db_company {
    uint64_t others, other_statements; /* of account and host, sessions that do not begin as a tool's */
    uint64_t other_days;               /* days before it on which the log has anything */
    bool is_host_new;                  /* the host is seen nowhere before it, though the log has other_days */
    bool is_local;                     /* the host is the server itself, or not told */
};
struct db_company db_company_of(const struct database *database, const struct db_session *session);

/* ---- join.c ---- */

struct offset {
    bool is_steady;                    /* the halves of the log agree */
    bool is_known;                     /* clear enough to join on */
    int64_t seconds, lo, hi;           /* web time = database time + seconds */
    double score, second_best, chance; /* chance: the best score of any shuffled order */
    uint64_t matched;                  /* seconds in which both did something */
    const char *why;                   /* not known */
};
/* web and database: activity in order of time. Deterministic. */
struct offset offset_estimate(const struct db_minute *web, size_t web_count, const struct db_minute *database,
                              size_t database_count);
/* Reads the web logs once more, for their seconds. *ret_minutes is the caller's. */
MUST_USE int join_web_activity(const struct run *run, struct db_activity *ret_web, struct err *err);
MUST_USE int db_activity_add(struct db_activity *activity, int64_t second, uint32_t units, struct err *err);
void db_activity_sort(struct db_activity *activity);

/* ---- taking.c ---- */

enum { TAKINGS_MAX = 256 };
struct amount {
    uint64_t minimum, recorded, upper; /* LOG_NO_BYTES: not recorded */
    uint64_t reads, told;              /* reads, and those of which the log says it */
};
struct taken {
    enum tool tool;
    const struct db_session *session; /* NULL: a read */
    const struct db_read *read;
    struct db_tables tables;
    struct hit first, last; /* the first and last read */
    uint64_t sessions, usual_days;
    bool is_usual, is_dump; /* is_dump: by a tool that reads whole tables, or so many rows */
    struct amount rows, bytes;
    struct db_company company;
    const struct offset *offset; /* NULL: no web log, or this set's activity was not kept */
    const struct moment *moment; /* the suspect's request that it belongs to */
    uint64_t web_requests;       /* of anybody, in the same seconds */
    const char *confidence;
};
struct takings {
    struct taken *all;
    size_t count;
    uint64_t left_out, usual_reads;
    struct offset offsets[DB_SETS]; /* of database->activity, in that order */
    bool has_web;
    struct db_activity web;
};
/* From what is kept, and the story's suspects. */
MUST_USE int takings_find(struct database *database, const struct run *run, const struct story *story, struct err *err);
/* web time = database time + *ret_seconds. True if the clocks of the web's log and of a database's were brought together, and of each log of which
 * something unusual is told: then what is told without a request came with none of those that were followed. */
bool takings_offset(const struct takings *takings, int64_t *ret_seconds);
void takings_free(struct takings *takings);

#endif
