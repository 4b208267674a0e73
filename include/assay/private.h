/* private: how many keys two parties have in common, without either showing the other its data (docs/private.md).
 *
 *   commit ─ offer ─ answer ─ finish ─ [audit] ─ count ─ finish
 * Every step reads files that were received and writes files to be sent into the run's directory. A step that was killed is
 * repeated by the same call and makes the same bytes. */
#ifndef ASSAY_PRIVATE_H
#define ASSAY_PRIVATE_H

#include "assay/finding.h"

enum assay_private_step {
    ASSAY_PRIVATE_KEY, /* makes the keys of a party or a neutral: state is the file to write; FILE.pub stands beside it */
    ASSAY_PRIVATE_COMMIT, /* both: fixes a list. Writes `commit` */
    ASSAY_PRIVATE_OFFER,  /* asker: needs the keeper's commitment. Writes `offer` */
    ASSAY_PRIVATE_ANSWER, /* keeper: needs the asker's commitment and the offer. Writes `answer` and `tags`; in direct mode
                             `tags` once the asker's `fix` is given */
    ASSAY_PRIVATE_FINISH, /* asker: needs the answer. Writes `tags`, or `fix` in direct mode. Both: checks a result */
    ASSAY_PRIVATE_COUNT, /* neutral, or asker in direct mode: needs both commitments, offer, answer, both tags. Writes `result` */
    ASSAY_PRIVATE_AUDIT, /* neutral: writes `ask.*`, and checks the openings given. Parties: answer the asks given, into `open.*` */
    ASSAY_PRIVATE_EXCHANGE, /* any: sends files to one peer over a socket that is given, and takes what it sends into state,
                               as received.KIND.ID */
    ASSAY_PRIVATE_WIPE, /* a party: destroys the run's secrets, once a result was accepted. Nothing more can be made in state */
    ASSAY_PRIVATE_SHOW /* what a file says, and discloses to whom */
};

struct assay_private_options {
    enum assay_private_step step;
    const char *state;          /* the run's directory, made 0700 by commit, count and audit */
    const char *const *files;   /* received ones, in any order; NULL-terminated */
    const char *key_file;       /* commit, count, audit of the neutral */
    const char *const *sources; /* commit; audit: the rows; NULL-terminated. Files, folders, database URIs */
    const char *const *keys;    /* of --key; NULL-terminated */
    const char *table;          /* NULL: the one that has the columns */
    const char *origin;         /* commit: the case's origin line; NULL: none */
    const char *
        neutral; /* offer: the neutral's public keys (a file); answer: those that the offer must name; NULL: not compared */
    bool is_direct; /* offer: no neutral, the asker counts; answer: agrees to that */
    uint8_t role;   /* commit: 1 asker, 2 keeper */
    const char *const *keeper_sources,
        *const *keeper_keys;   /* audit of the neutral: where the keeper's rows are looked for, as
                                                               sources and keys are for the asker's; NULL: not looked */
    uint16_t min_count;        /* offer: a smaller count is not told */
    uint32_t min_keys, opened; /* offer: the asker's least list; rows opened an audit */
    uint32_t run_number;       /* offer, answer: from 1; by the own log */
    const char *previous;      /* offer: the id of the run's predecessor's result, hex; NULL: none */
    const char *
        spent; /* offer, answer: what a case knows of earlier runs, lines of "COMMITMENT RUN", ids in hex; NULL: nothing */
    int64_t deadline; /* offer: seconds since 1970 */
    int socket;       /* exchange: connected (assay_private_socket); stays the caller's */
    bool is_listener; /* exchange: the peer connected, and sends first */
    const char
        *peer; /* exchange: the one key taken; offer, answer: the key that the other's commitment has to bear: 64 hex
                                * digits, a commitment, a public key file. offer, answer: NULL: not compared, and said */
    unsigned wait;       /* exchange: seconds that one message may take; not 0 */
    bool without_audits; /* count: although they were not made. The result says so */
    bool is_late;        /* answer: although the offer's deadline is over by this machine's clock */
    bool is_accusing;    /* finish of the asker: although traps are missing, so that the neutral sees it */
    bool is_abandoned;   /* wipe: although no result was accepted */
};

/* Emits one summary. err: USAGE (wrong role, something missing), IO, FORMAT and TAMPERED (a received file, by name), LIMIT,
 * BUSY (another step works in the directory). Threads: one call a directory at a time; it uses every core itself. */
MUST_USE int assay_private(const struct assay_private_options *options, const struct assay_sink *sink, struct err *err);

/* Listens at where ("ADDR:PORT") for one peer, or connects to it ("HOST:PORT"), for at most `wait` seconds. *ret_fd: 10 or above,
 * non-blocking, the caller's to close. err: USAGE, IO, LIMIT (nobody came). */
MUST_USE int assay_private_socket(const char *where, bool is_listener, unsigned wait, int *ret_fd, struct err *err);

/* What a result says about possession, one type of key. Counts are of distinct keys. */
struct assay_private_seen {
    uint64_t asker_keys, keeper_keys, traps, count;
    bool is_fewer; /* count is only known to be below min_count, which stands in count */
    uint32_t opened[3], failed[3], searched[3], odd[3], present;
};
/* Intervals at level (e.g. 0.95), in keys. committed: of the two committed sets. source: of the leak and the keeper's
 * source. A field that nothing supports is the whole possible range: not looked is not nothing. */
struct assay_private_bounds {
    uint64_t unseen_answers;       /* at most so many wrong answers stayed unseen (2^-20) */
    double bad_rows;               /* share of the asker's rows built wrongly, at most */
    double foreign_lo, foreign_hi; /* share of the asker's keys that its leak file does not hold */
    double dropped_lo, dropped_hi; /* share of absent keys that the keeper's source does hold */
    double committed_lo, committed_hi, source_lo, source_hi;
};
/* Formulas: docs/private.md, "What the judge receives". */
struct assay_private_bounds assay_private_bounds_of(const struct assay_private_seen *seen, double level);

#endif
