/* Taking a database URI apart and putting it together for another host or another database.
 *
 *   scheme://account@host:port/database?socket=...#
 *   |------|        |----|----|--------|---------|
 */
#ifndef ASSAY_REACH_URI_H
#define ASSAY_REACH_URI_H

#include "base/buf.h"

struct uri {
    struct str scheme;   /* "mysql" */
    struct str account;  /* as it is written, percent-encoded; may be empty */
    struct str host;     /* without brackets; may be empty */
    struct str port;     /* digits; may be empty */
    struct str database; /* percent-encoded, without the slash; may be empty */
    struct str query;    /* behind the "?"; may be empty */
};

/* False if it is not of that shape ("sqlite:FILE"). All members point into text. */
bool uri_cut(struct str text, struct uri *ret_uri);
void uri_put(struct buf *out, const struct uri *uri);
/* Appends raw bytes percent-encoded (RFC 3986: all but the unreserved). */
void uri_encode(struct buf *out, struct str raw);
/* And back, at most what fits; false if there is a NUL or a broken escape in it. */
bool uri_decode(struct buf *out, struct str text);

/* The port that is written, or the scheme's usual one (empty if it has none). */
struct str uri_port(const struct uri *uri);
/* "mysql" for "mariadb": schemes that speak to the same servers have one name. */
struct str uri_family(struct str scheme);

/* "db.internal=127.0.0.1:3307" or "db.internal:3306=...": what --at says. False with err if it is none. */
struct uri_at {
    struct str from_host, from_port; /* port empty: any */
    struct str host, port;
};
MUST_USE int uri_at_read(const char *text, struct uri_at *ret_at, struct err *err);
/* Does it speak of this server? An empty host is localhost. */
bool uri_at_fits(const struct uri_at *at, const struct uri *uri);
/* Are two names of hosts the same machine as far as their spelling tells? Every spelling of this machine is one. */
bool uri_same_host(struct str a, struct str b);

#endif
