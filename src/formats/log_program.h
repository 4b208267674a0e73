/* A line's format as a program: a literal, then fields, each with the literal behind it.
 *
 *   %h %l "%r" %>s        ->        CLIENT ' '   SKIP ' "'   REQUEST '" '   STATUS ''
 *
 * Servers' own format strings are compiled to one (log_format_apache.c, log_format_nginx.c, log_format_fpm.c), and so are the
 * fixed formats of proxies and load balancers, each written down as a template (log_elb.c, log_haproxy.c, ...). What a
 * reader's lines have, and what they cannot show, follows from the fields. */
#ifndef ASSAY_FORMATS_LOG_PROGRAM_H
#define ASSAY_FORMATS_LOG_PROGRAM_H

#include "formats/log_web.h"

enum { PROGRAM_STEPS = 96, PROGRAM_TEXT = 8192, PROGRAM_BLIND = 512 };

enum program_field {
    PROGRAM_SKIP,
    PROGRAM_CLIENT,
    PROGRAM_USER,
    PROGRAM_VHOST,
    PROGRAM_REQUEST, /* "GET /a HTTP/1.1" */
    PROGRAM_METHOD,
    PROGRAM_TARGET, /* path and query; with an origin before it, that is left out */
    PROGRAM_PATH,   /* without its query */
    PROGRAM_QUERY,  /* with or without "?" before it */
    PROGRAM_STATUS,
    PROGRAM_BYTES,
    PROGRAM_BYTES_IN,
    PROGRAM_REFERER,
    PROGRAM_AGENT,
    PROGRAM_FORWARDED,
    PROGRAM_DURATION,
    PROGRAM_TIME, /* several may make up one */
    PROGRAM_FIELDS
};

/* How far a field's text goes. */
enum program_shape {
    SHAPE_TEXT,   /* to the literal behind it, or to a later one if the rest of the line does not fit otherwise */
    SHAPE_WORD,   /* the same, without white space in it, and not empty */
    SHAPE_NUMBER, /* digits and a fraction, or "-" */
    SHAPE_TIME
};

/* How a field's own bytes are written between quotes. */
enum program_escape {
    ESCAPE_BACKSLASH, /* Apache: \" \\ \xhh; nginx: \xhh. Left as they are, as in the combined format */
    ESCAPE_JSON,      /* nginx's escape=json: undone */
    ESCAPE_NONE
};

struct program_step {
    uint8_t field, shape;
    uint8_t rank;       /* of several of one field the lowest is taken, the others are passed over */
    bool is_wire;       /* PROGRAM_BYTES: with headers */
    bool has_port;      /* PROGRAM_CLIENT: a port may stand behind the address: "192.0.2.1:4711", "[::1]:4711" */
    bool is_port;       /* ... and always does, even of "::1:4711" */
    bool is_dashed;     /* PROGRAM_QUERY: "-" when there is none, even right behind a path */
    bool is_list;       /* its elements have a comma, or " : ", and a space between them */
    bool is_padded;     /* SHAPE_NUMBER: spaces may stand before it */
    bool has_origin;    /* PROGRAM_TARGET, PROGRAM_PATH: behind a host's name, or a whole URL */
    uint32_t scale;     /* PROGRAM_DURATION: microseconds in one; 0: one */
    struct str pattern; /* SHAPE_TIME: strftime's, see log_web.h */
    struct str literal; /* what stands behind it */
};

struct program {
    struct str opening; /* the literal before the first field */
    struct program_step steps[PROGRAM_STEPS];
    size_t count;
    enum program_escape escape;
    bool may_be_empty;    /* a number that was not there is nothing, not "-" */
    bool is_dash_client;  /* "-" stands for a client that has no address */
    bool has_loose_tail;  /* more may stand behind the last field: newer versions add to their lines */
    bool is_client_proxy; /* the client is whatever passed the request on */
    struct web_calendar calendar;
    unsigned has;
    char blind[PROGRAM_BLIND];  /* what lines of it do not record */
    int16_t at[PROGRAM_FIELDS]; /* which step each field is; -1: none. PROGRAM_TIME: the first */
    size_t last_essential;      /* the step behind which nothing is needed */
    char text[PROGRAM_TEXT];    /* literals and patterns lie here */
    size_t text_len;
};

/* Building one: literals and steps in their order, then the end. Each returns false when the format is too long. */
void program_start(struct program *program, enum program_escape escape);
bool program_literal(struct program *program, struct str text);
/* literal is set by program_literal(); pattern is copied. */
bool program_step(struct program *program, struct program_step step);
/* False, if lines of it would say neither when nor what. calendar: of the log to be read. */
bool program_end(struct program *program, const struct web_calendar *calendar);

/* A template's names: "$name" or "${name}" in it is this step. A name that is not among them is passed over. */
struct program_name {
    const char *name;
    struct program_step step;
};
/* A row of such a table for a field that needs no more than its shape. */
#define PROGRAM_NAME(text, what, how)                     \
    {                                                     \
        text,                                             \
        {                                                 \
            .field = PROGRAM_##what, .shape = SHAPE_##how \
        }                                                 \
    }
bool program_template(struct program *program, struct str text, const struct program_name *names, size_t name_count);

/* Reads one line by it: for log_shape.read. */
enum log_class program_read(const struct program *program, struct log_line *line, struct buf *scratch);
size_t program_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                     struct log_batch *batch);
const char *program_blind(const void *setup);
/* The sentence on what lines with these fields do not record. */
void program_tell_blind(char out[static PROGRAM_BLIND], const bool has_field[static PROGRAM_FIELDS],
                        bool is_client_proxy);

/* probe() of a fixed format: the template that reads most lines of head, if it reads half of them. */
bool program_probe(const struct log_spec *spec, struct str head, const char *const *templates, size_t template_count,
                   bool (*compile)(struct program *program, const char *template), void **ret_setup, unsigned *ret_has);
/* How many of head's lines are read, of how many that are no note and not blank. */
struct program_claim {
    size_t parsed, tried;
};
struct program_claim program_claim(const struct program *program, struct str head);

#endif
