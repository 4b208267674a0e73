/* What one account can reach on one server: who it is there, which databases, tables and columns it can read, which rights go
 * further than reading, and rows of a table for a look at what kind of data it holds. Read-only, and bounded: sizes come from
 * the server's own statistics, not from scans.
 *
 *   source_survey ──▶ server ─▶ powers ─▶ database, its tables ─▶ database, its tables ...
 *
 * A driver pages through its catalogue, so that 100,000 tables take the memory of one page. Where reading takes locks or holds
 * back the server's cleaning up (MySQL, PostgreSQL), each question is a read-only transaction of its own: a survey ends the
 * one snapshot of source.h, and a new one begins behind it. */
#ifndef ASSAY_SOURCES_SURVEY_H
#define ASSAY_SOURCES_SURVEY_H

#include "sources/source.h"

enum survey_rows { SURVEY_ROWS_UNKNOWN, SURVEY_ROWS_ESTIMATED, SURVEY_ROWS_EXACT };

struct survey_server {
    struct str product;  /* "MariaDB", "PostgreSQL", "ClickHouse", "Redis" */
    struct str version;  /* "10.11.19" */
    struct str account;  /* as the server says: "shop@localhost" */
    const char *reading; /* how it was made sure that nothing is written: "read-only transaction" */
    bool is_super;       /* no right is withheld from it */
    const char *hidden; /* why the server may hold databases that it does not show this account; NULL: all are listed */
};

/* A right that goes further than reading tables. */
struct survey_power {
    struct str name;   /* "FILE", "pg_read_server_files", "REPLICATION CLIENT" */
    const char *means; /* "reads any file the server's system account can read" */
    struct str from;   /* where it comes from: "GRANT FILE ON *.*", "member of pg_monitor" */
};

/* How far the tables that follow are all there are: a catalogue may hide what an account cannot read. */
enum survey_scope {
    SURVEY_SCOPE_UNKNOWN, /* the catalogue shows only what can be read; more may be there */
    SURVEY_SCOPE_WHOLE,   /* a right over the whole database, or a catalogue that hides nothing: the list is complete */
    SURVEY_SCOPE_CLOSED   /* the database exists and cannot be entered by this account */
};

struct survey_database {
    struct str name;
    bool is_system;        /* the server's own ("mysql", "information_schema"): listed, its tables not looked at */
    bool needs_connection; /* its tables are seen only over a connection of its own (PostgreSQL); none follow */
    enum survey_scope scope;
    struct str why; /* "GRANT SELECT ON `shop`.*", "no right to connect" */
};

struct survey_column {
    struct str name, type; /* type as the server says it */
    bool is_readable;
};

struct survey_table {
    struct str database, name; /* name with its schema where it is not the usual one: "sales.customers" */
    const struct survey_column *columns;
    size_t column_count;
    uint64_t rows;
    enum survey_rows rows_kind;
    uint64_t bytes; /* on disk with indexes; 0 with bytes_known false */
    bool bytes_known;
    bool is_view;
    struct str unreadable; /* why no row can be seen; len 0: they can */
    struct str partial;    /* why not all rows, or values, can be seen ("row-level security"); len 0: all */
    const void *handle;    /* the driver's */
};

/* Each returns 0, or -1 with err to stop. What they are given lives for the call. table() may call source_sample and
 * source_count on the same source. */
struct survey_sink {
    void *self;
    int (*server)(void *self, const struct survey_server *server, struct err *err);
    int (*power)(void *self, const struct survey_power *power, struct err *err);
    int (*database)(void *self, const struct survey_database *database, struct err *err);
    int (*table)(void *self, const struct survey_table *table, struct err *err);
};

/* err: IO, LIMIT (time), USAGE (this driver cannot), or what the sink said. */
MUST_USE int source_survey(struct source *source, const struct survey_sink *sink, struct err *err);
/* What would run code of the examined database (views, row-level security, types of its own making) or make it ask another server is
 * not read: USAGE, and why. A sample and a count each end within the statement_seconds of the login, or fail with LIMIT.
 *
 * At most max_rows rows of the readable columns, in their order (cells of a row = readable columns). *ret_how says how they were
 * chosen, static text: "random blocks", "random keys", "the first rows": only random ones allow an interval for the table. */
MUST_USE int source_sample(struct source *source, const struct survey_table *table, uint64_t max_rows,
                           const struct source_sink *sink, const char **ret_how, struct err *err);
/* Exact number of rows by counting them: a scan, within the statement timeout. */
MUST_USE int source_count(struct source *source, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

#endif
