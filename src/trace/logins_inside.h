/* What logins.c gathers and logins_tell.c tells. */
#ifndef ASSAY_TRACE_LOGINS_INSIDE_H
#define ASSAY_TRACE_LOGINS_INSIDE_H

#include "trace/peers.h"

enum {
    LOGIN_ADDRESSES = 16384,
    LOGIN_ADDRESSES_IN =
        4096, /* further ones, from which somebody signed in: a flood of attempts does not push them out */
    LOGIN_ACTS =
        16384,       /* kept in all: accepted sign-ins, commands, new accounts, transfers that name a followed path */
    LOGIN_MANY = 10, /* so many failures before a success are a guessed password */
    LOGIN_WAY = 160
};

/* What was tried from one address. */
struct login_address {
    struct client_key key;
    struct hit first; /* of anything */
    int64_t first_failed, last_failed, last;
    uint64_t accepted, failed, unknown; /* unknown: of failed, with names that nobody has */
    uint64_t sent, received, sent_bytes, received_bytes;
    char address[ADDRESS_BYTES];
};

/* One thing that was done. */
struct login_act {
    struct hit hit;
    struct client_key key; /* address[0] 0: no address is told */
    uint64_t failed_before;
    uint64_t bytes; /* of a transfer; LOG_NO_BYTES: not told */
    uint8_t what;   /* enum log_login */
    int seed;       /* a transfer's, NO_PATH: none */
    char address[ADDRESS_BYTES], user[USER_BYTES], program[24], way[LOGIN_WAY];
};

struct logins {
    const struct run *run;
    struct paths paths;
    bool has_paths;
    struct peers addresses;
    struct login_act *acts;
    size_t act_count, act_cap;
    uint64_t kept[LOGIN_RECEIVED + 1], dropped[LOGIN_RECEIVED + 1];
    uint64_t lines, accepted, failed;
};

int logins_events(struct telling *telling);
int logins_tell(struct telling *telling);

#endif
