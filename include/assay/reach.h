/* reach: what could code running in this web root have read?
 *
 * Two steps. assay_reach_find reads a tree, in a child without network, and hands over the credentials lying in it.
 * assay_reach says them again without their secrets and, only if told to connect, logs in with each, in a child that cannot
 * read the tree, and reports what that account can read. Or it reads the same from a dump of the schema or the grants. */
#ifndef ASSAY_REACH_H
#define ASSAY_REACH_H

#include "assay/finding.h"

struct assay_reach_find_options {
    const char *const *paths; /* directories or files */
    size_t path_count;
    bool with_secrets; /* findings carry a member "secret" for assay_reach; it must go no further */
};

/* Hands a finding per credential (docs/json-lines.md, "reach"), coverage per skipped file and totals, one summary, in the bytewise
 * order of paths. Values are masked but for "secret". Returns 0, or -1 with err: IO, LIMIT. */
MUST_USE int assay_reach_find(const struct assay_reach_find_options *options, const struct assay_sink *sink,
                              struct err *err);

struct assay_reach_options {
    const json_t
        *heard; /* what assay_reach_find said, in its order: array of {"kind", "record"}; NULL: no tree. Borrowed */
    const char *const *uris; /* databases given by URI; their passwords come from the environment */
    size_t uri_count;
    const char *const *dumps; /* schema dumps, grants dumps: read instead of a server */
    size_t dump_count;
    bool connect;          /* log in with the credentials of `heard` */
    const char *const *at; /* "db.internal=127.0.0.1:3307": where a host named in the tree is found from here */
    size_t at_count;
    const char *const *only; /* log in to these hosts of the tree and no others; none: to all */
    size_t only_count;
    bool exact;           /* count rows instead of taking the server's estimate */
    bool reveal;          /* show secrets in findings */
    uint64_t max_rows;    /* sampled per table for kinds of personal data; 0: none */
    unsigned max_seconds; /* for everything that is asked of servers; 0: no limit */
};

/* The logins that assay_reach would try, in its order, each account of a server once: array of {"credential" (absent for a URI
 * given), "uri", "to" (where it is found from here), "path", "line", "remote"}. Nothing secret is in it. New reference, or NULL with
 * err: USAGE (at), LIMIT. */
MUST_USE json_t *assay_reach_plan(const struct assay_reach_options *options, struct err *err);

/* Hands the findings of `heard`, a measure per account, table and kind of personal data, coverage, one summary. No value of a row
 * leaves. What a limit left out is coverage and makes the summary incomplete. Returns 0, or -1 with err: USAGE, IO, LIMIT.
 * It is made for a process of its own: before it logs in with what the tree says it forgets what the environment holds for
 * logins (PGPASSWORD, MYSQL_PWD and their like), so that no credential opens more than it does; and it holds SIGINT and SIGTERM back and
 * looks for them between two tables, so that a run that is given up closes its connection. */
MUST_USE int assay_reach(const struct assay_reach_options *options, const struct assay_sink *sink, struct err *err);

#endif
