/* Whose request was it, when a proxy or load balancer stands before the server?
 *
 * A forwarded-for header is text that anybody can send: its left parts are what the sender claims, only what a
 * trusted proxy has appended on the right is known. So the connection's own address counts, unless it is one of
 * the networks that the examiner trusts; then the right-most address of the list that is not trusted itself. */
#ifndef ASSAY_TRACE_PROXY_H
#define ASSAY_TRACE_PROXY_H

#include "trace/inside.h"

enum { PROXIES_MAX = 256 };

/* Addresses whose first `bits` bits are those of key. */
struct network {
    struct client_key key;
    unsigned bits; /* 0..128; IPv4 networks as ::ffff:0:0/96 and more */
};

struct proxies {
    struct network all[PROXIES_MAX];
    size_t count;
};

/* "10.0.0.0/8", "2001:db8::/32", or one address. False if it is none. */
bool network_of(struct str text, struct network *ret_network);
bool network_holds(const struct network *network, struct client_key key);

/* NULL in *ret_proxies when none are given. err: USAGE, naming the text. */
MUST_USE int proxies_read(const char *const *texts, size_t count, struct arena *keep, struct proxies **ret_proxies,
                          struct err *err);
/* The address that counts, a part of peer or of list. */
struct str proxy_client(const struct proxies *proxies, struct str peer, struct str list);
/* Does the list hold more than what trusted proxies have appended: parts that the sender may have made up? */
bool proxy_has_claims(const struct proxies *proxies, struct str list);

/* The client of a web request. Costs a comparison when no proxy is trusted. */
static inline struct str client_of(const struct run *run, const struct source *source, const struct log_line *line)
{
    struct str peer = log_field(line, line->client);
    if (run->proxies == NULL || (source->reader.has & LOG_HAS_FORWARDED) == 0 || line->forwarded.len == 0) {
        return peer;
    }
    return proxy_client(run->proxies, peer, log_field(line, line->forwarded));
}
/* Both addresses are shown: keeps the connection's in the use, when it is not the client's. */
void proxy_note(struct use *use, const struct proxies *proxies, const struct source *source,
                const struct log_line *line);

#endif
