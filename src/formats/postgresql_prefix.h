/* PostgreSQL's log_line_prefix as a pattern that lines are matched with.
 *
 * What stands for a name (%u, %d, %a, %i, %b) may be any text, blanks too, so a line is tried shortest first, and what
 * follows the prefix must be a level ("LOG:  "). Steps are counted: a hostile line costs no more than STEPS_MAX. */
#ifndef ASSAY_FORMATS_POSTGRESQL_PREFIX_H
#define ASSAY_FORMATS_POSTGRESQL_PREFIX_H

#include "formats/log_database.h"

enum { PG_OPS_MAX = 64, PG_PREFIX_MAX = 512 };

enum pg_field {
    PG_LITERAL,
    PG_TIME,     /* %t %m */
    PG_EPOCH,    /* %n */
    PG_START,    /* %s */
    PG_PID,      /* %p */
    PG_SESSION,  /* %c: start and process in hexadecimal digits */
    PG_USER,     /* %u */
    PG_DATABASE, /* %d */
    PG_APP,      /* %a */
    PG_HOST,     /* %h */
    PG_PEER,     /* %r: host(port) */
    PG_TEXT,     /* %i %b: any text */
    PG_WORD,     /* %P %l %v %x %e %Q %L: text without blanks, or nothing */
    PG_STOP,     /* %q: processes that serve nobody end the prefix here */
    PG_ANY       /* something that was not told: not PostgreSQL's own */
};

struct pg_op {
    uint8_t field;
    uint8_t width; /* of a padded field */
    struct str literal;
};

struct pg_prefix {
    size_t count;
    struct pg_op ops[PG_OPS_MAX];
    char text[PG_PREFIX_MAX];
};

/* What a line's prefix says; absent: empty. */
struct pg_head {
    struct db_time time;
    bool has_time;
    uint64_t pid;
    struct str user, database, application, client;
    struct str level, message;
    bool is_short; /* it ended at %q */
};

/* False if it is no such prefix. "%_" stands for any text. The prefix points into itself: it must not be copied. */
bool pg_prefix_compile(struct pg_prefix *prefix, struct str format);
bool pg_prefix_match(const struct pg_prefix *prefix, struct str line, struct pg_head *ret_head);
bool pg_prefix_has(const struct pg_prefix *prefix, enum pg_field field);

/* "LOG:  connection received" at the front: a word in capitals and a colon. */
bool pg_level(struct str text, struct str *ret_level, struct str *ret_message);

/* ---- postgresql_guess.c ---- */

/* Which prefix does a log have? */
struct pg_guess {
    const struct log_spec *spec; /* its formats are tried first */
    struct str head;
    bool (*body)(struct str line, struct str *ret_body); /* where in a line the prefix begins; false: in none */
    bool needs_time;
};
/* The given prefix, or the known one, that reads most lines; false if none reads half of them. ret_has_zone: their times say it. */
bool pg_guess(struct pg_prefix *prefix, const struct pg_guess *guess, bool *ret_has_zone);

#endif
