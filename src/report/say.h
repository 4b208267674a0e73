/* Every word of the page stands in strings.def: key, English, second language (NULL where there is none yet).
 *
 * A template has holes with a name and a type, {what:claim}, so that a claim can only go where a claim fits;
 * {n|request|requests} chooses by the number n; *bold* is bold on a page and plain elsewhere. A hole that is not filled, or
 * filled with another type, is our mistake and makes the whole report fail (ERR_BUG). */
#ifndef ASSAY_REPORT_SAY_H
#define ASSAY_REPORT_SAY_H

#include "report/put.h"

enum word {
#define WORD(key, english, second) W_##key,
#include "report/strings.def"
#undef WORD
    W_COUNT
};

enum hole_type {
    HOLE_END,
    HOLE_TEXT,    /* any text of the case                                */
    HOLE_CLAIM,   /* a claim as a clause: "a backdoor was planted"       */
    HOLE_PARTY,   /* the name of a party                                 */
    HOLE_PLACE,   /* path, table, file: code                             */
    HOLE_COUNT,   /* 4,182,337                                           */
    HOLE_SMALL,   /* one .. twelve, 13                                   */
    HOLE_BYTES,   /* 1.93 GB                                             */
    HOLE_RATIO,   /* +4.1                                                */
    HOLE_ODDS,    /* about 13,000 to 1                                   */
    HOLE_PERCENT, /* 97.4                                                */
    HOLE_INSTANT, /* 2026-03-14 21:47:09                                 */
    HOLE_DAY,     /* 14 Mar 2026                                         */
    HOLE_SPAN     /* 3 d 16 h 40 min                                     */
};

struct hole {
    enum hole_type type;
    const char *name;
    struct str text;
    uint64_t count;
    int64_t ns;
    double number;
};

#define FILL_TEXT(hole_name, value)                             \
    {                                                           \
        .type = HOLE_TEXT, .name = (hole_name), .text = (value) \
    }
#define FILL_CLAIM(hole_name, value)                             \
    {                                                            \
        .type = HOLE_CLAIM, .name = (hole_name), .text = (value) \
    }
#define FILL_PARTY(hole_name, value)                             \
    {                                                            \
        .type = HOLE_PARTY, .name = (hole_name), .text = (value) \
    }
#define FILL_PLACE(hole_name, value)                             \
    {                                                            \
        .type = HOLE_PLACE, .name = (hole_name), .text = (value) \
    }
#define FILL_COUNT(hole_name, value)                              \
    {                                                             \
        .type = HOLE_COUNT, .name = (hole_name), .count = (value) \
    }
#define FILL_SMALL(hole_name, value)                              \
    {                                                             \
        .type = HOLE_SMALL, .name = (hole_name), .count = (value) \
    }
#define FILL_BYTES(hole_name, value)                              \
    {                                                             \
        .type = HOLE_BYTES, .name = (hole_name), .count = (value) \
    }
#define FILL_RATIO(hole_name, value)                               \
    {                                                              \
        .type = HOLE_RATIO, .name = (hole_name), .number = (value) \
    }
#define FILL_ODDS(hole_name, value)                               \
    {                                                             \
        .type = HOLE_ODDS, .name = (hole_name), .number = (value) \
    }
#define FILL_PERCENT(hole_name, value)                               \
    {                                                                \
        .type = HOLE_PERCENT, .name = (hole_name), .number = (value) \
    }
#define FILL_INSTANT(hole_name, value)                           \
    {                                                            \
        .type = HOLE_INSTANT, .name = (hole_name), .ns = (value) \
    }
#define FILL_DAY(hole_name, value)                           \
    {                                                        \
        .type = HOLE_DAY, .name = (hole_name), .ns = (value) \
    }
#define FILL_SPAN(hole_name, value)                           \
    {                                                         \
        .type = HOLE_SPAN, .name = (hole_name), .ns = (value) \
    }

enum say_in {
    IN_HTML, /* between tags, with markup       */
    IN_PLAIN /* raw text, to be given to a writer later */
};

/* holes end with HOLE_END. False (and nothing sensible written) when the template and the holes do not fit. */
bool say_holes(struct buf *out, enum say_in in, enum word word, const struct hole *holes);
const char *say_template(enum word word);

#define SAY(out, in, word, ...) say_holes((out), (in), (word), (const struct hole[]){__VA_ARGS__, {.type = HOLE_END}})

#endif
