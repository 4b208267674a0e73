/* Every path that was asked for, in numbers: what a hunt without a known path looks at, and what tells the usual
 * from the unusual. One row a path in normal form, without its query.
 *
 * The number of rows is bounded. When more paths come than there is room for, those go first that no request was ever
 * answered under (a scanner asks for a hundred thousand), then files that are no scripts, then scripts; of each kind
 * as many as must, picked by a hash of the path. What goes does not depend on the order of lines: a path is in the
 * table with all of its answered requests, or not at all. What found no room is counted.
 *
 * Each worker of the survey fills a table of its own; pages_finish() makes one of them. */
#ifndef ASSAY_TRACE_PAGES_H
#define ASSAY_TRACE_PAGES_H

#include "trace/inside.h"

enum {
    PAGES_MAX = 1 << 16,       /* rows of a table */
    PAGES_TEXT_MAX = 12 << 20, /* bytes of their paths */
    PAGE_CLIENTS = 8,          /* clients of one path told apart */
    PAGE_CROWD_BITS = 512,
    PAGE_ALIGN = 64 /* bytes of a line of a cache, mostly */
};

/* Requests that nothing was found for (no status from 200 to 399): apart until it is known whether there is room. */
struct page_missed {
    uint64_t requests, posts, bytes;
    struct hit first, last;
};

struct page {
    /* What every request touches: two lines of a cache, and the row begins with one. */
    _Alignas(PAGE_ALIGN) uint64_t requests;
    uint64_t ok, posts, posts_ok;
    uint64_t bytes, least_ok, most_ok; /* bodies; of 2xx to GET or POST. least_ok UINT64_MAX: none */
    int64_t earliest, earliest_ok;     /* for pages.c: seconds of first and first_ok; INT64_MAX: none */
    struct hit last;
    uint8_t client_count;        /* PAGE_CLIENTS + 1: more than that, and clients[] says nothing */
    bool is_script, is_writable; /* path_is_script(), path_writable_hint() */
    bool lacks_missed;           /* requests without an answer found no room: not in requests, first, last */
    /* what seldom changes */
    struct str path; /* as path_normal() has it; percent-decoded */
    struct hit first, first_ok;
    struct client_key
        clients[PAGE_CLIENTS]; /* of answered (2xx) requests but PUT and its like, distinct, smallest first */
    /* for pages.c */
    uint64_t hash;
    uint64_t crowd[PAGE_CROWD_BITS / 64]; /* scripts: a bit for each client, by its hash */
    struct page_missed missed;            /* in requests, ... too once the table is finished */
};

/* One request for pages_take(). */
struct asked {
    const struct log_line *line;
    struct client_key key;
    uint64_t offset;      /* of the line in its file */
    uint32_t line_number; /* in its job */
    int seed;             /* set by pages_take(): what path_match() says of its target */
};

/* A worker's table. salt: odd, the same for all tables of a run; it decides nothing that is told. */
MUST_USE struct page_table *page_table_new(uint64_t salt, struct err *err);
void page_table_free(struct page_table *table);
/* Counts requests of one file. Those without a target name no page, and are only given NO_PATH. */
MUST_USE int pages_take(struct page_table *table, const struct paths *paths, uint32_t source, struct asked *asked,
                        size_t count, struct err *err);
/* Adds from's rows to into's. Order does not matter. */
MUST_USE int page_table_merge(struct page_table *into, const struct page_table *from, struct err *err);
/* All of several tables, of any number and salt. */
void page_tables_keep(struct keep *keep, struct page_table **tables, size_t count);
/* All tables as one, in the order of paths, line numbers made those of files. Takes the tables. */
MUST_USE int pages_finish(struct pages *pages, struct page_table **tables, size_t count, const struct sources *sources,
                          struct err *err);
void pages_free(struct pages *pages);
/* NULL: nobody asked for it, or there was no room. */
const struct page *pages_find(const struct pages *pages, struct str normal);
/* It had so many clients at least (as in clients[]); exact up to PAGE_CLIENTS, and a script's bound goes to some hundreds. */
size_t page_clients_least(const struct page *page);

#endif
