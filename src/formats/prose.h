/* Running text out of foreign bytes: paragraphs, each with the line of the file it begins on.
 *
 *   plain text ─┐
 *   HTML page ──┼─▶ blocks (paragraph, heading, quoted mail, navigation, ...) in the order of the file
 *   part of a mail ─┘
 * White space within a block is one blank each. What is no part of the text proper (menus, footers) stands there with its role, so that it can
 * be counted; scripts, styles and markup are bytes that hold no text. */
#ifndef ASSAY_FORMATS_PROSE_H
#define ASSAY_FORMATS_PROSE_H

#include "base/arena.h"
#include "base/buf.h"
#include "formats/encoding.h"

enum {
    PROSE_BLOCKS_MAX = 20000,
    PROSE_BLOCK_BYTES = 64 << 10, /* a longer paragraph is cut into several */
    PROSE_NESTING_MAX = 4096      /* of HTML elements; deeper ones end the reading */
};

enum prose_role {
    PROSE_BODY,
    PROSE_HEADING,
    PROSE_LABEL,     /* "To: ...", "Date: ..." at the head of a letter; "On ..., somebody wrote:" */
    PROSE_SIGNATURE, /* behind the line "-- " of a mail */
    PROSE_NOISE,     /* navigation, footers, what else a page shows beside its text */
    PROSE_ROLES
};

struct prose_block {
    struct str text; /* UTF-8, in the arena */
    enum prose_role role;
    unsigned depth; /* how often it was quoted with ">" or <blockquote> */
    uint32_t line;  /* of the source, from 1 */
    unsigned part;  /* of a mail; 0: the file itself */
};

/* What the source says of itself; empty where it does not. */
struct prose_about {
    struct str title, site, author, published, language;
    struct str page; /* <title> as it stands, which may name the site, too */
};

struct prose {
    struct arena *arena;
    struct prose_block *blocks;
    size_t count, cap;
    struct prose_about about;
    uint64_t wrong;  /* bytes that mean nothing in the text's encoding */
    bool is_cut;     /* a bound ended it: something is missing */
    unsigned part;   /* of what comes next */
    struct buf open; /* the block being read */
    struct prose_block next;
};

/* arena is borrowed while prose lives. */
void prose_init(struct prose *prose, struct arena *arena);
void own_prose(struct prose *prose);

/* For readers: begins a block unless one is open, appends text with its white space made one blank, ends the block. */
void prose_put(struct prose *prose, struct str text, uint32_t line);
void prose_begin(struct prose *prose, enum prose_role role, unsigned depth);
MUST_USE int prose_end(struct prose *prose, struct err *err);

/* Bytes as UTF-8. charset: what the source calls its encoding, or empty; without one the bytes decide. *ret_text is in the arena. err: LIMIT,
 * FORMAT. */
MUST_USE int prose_utf8(struct prose *prose, struct str bytes, struct str charset, struct str *ret_text,
                        struct err *err);

/* Plain text (UTF-8): paragraphs between blank lines, "> " quotations, lists, heads of letters. */
MUST_USE int prose_text(struct prose *prose, struct str text, struct err *err);
/* An HTML page (UTF-8), by libxml2's parser, which mends what is broken. */
MUST_USE int prose_html(struct prose *prose, struct str text, struct err *err);
/* The encoding that an HTML page names in its first bytes; empty if it names none. */
struct str prose_html_charset(struct str bytes);

#endif
