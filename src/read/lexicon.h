/* The word lists of data/read/: one phrase a line, then what it is, separated by tabs; '#' begins a comment. */
#ifndef ASSAY_READ_LEXICON_H
#define ASSAY_READ_LEXICON_H

#include "base/arena.h"

/* A list is a line here and a file of that name. */
/* clang-format off */
#define LEXICON_LISTS(X) \
    X(VERBS, "verbs") \
    X(STANCE, "stance") \
    X(CLAIMS, "claims") \
    X(CHANNELS, "channels") \
    X(NOUNS, "nouns") \
    X(SUFFIXES, "suffixes") \
    X(FIRSTNAMES, "firstnames") \
    X(COMMON, "common") \
    X(OPENERS, "openers") \
    X(CALENDAR, "calendar") \
    X(ZONES, "zones") \
    X(NUMBERS, "numbers") \
    X(UNITS, "units") \
    X(MONEY, "money") \
    X(ABBREVIATIONS, "abbreviations") \
    X(DUTIES, "duties") \
    X(ORDERS, "orders") \
    X(GRAMMAR, "grammar")
/* clang-format on */

enum lexicon_list {
#define X(name, file) LIST_##name,
    LEXICON_LISTS(X)
#undef X
        LISTS
};

enum { LEXICON_WORDS_MAX = 5 };

struct lexicon_entry {
    struct str phrase; /* words in lower case, one blank between */
    enum lexicon_list list;
    const char *value, *extra;         /* "" where the line has none */
    const struct lexicon_entry *other; /* the same phrase of the same list with another value */
};

struct lexicon;

/* Everything lives in keep. NULL with err: IO, FORMAT "verbs.tsv:12: ...", LIMIT. */
MUST_USE struct lexicon *lexicon_load(struct arena *keep, const char *folder, struct err *err);
const struct lexicon_entry *lexicon_find(const struct lexicon *lexicon, enum lexicon_list list, struct str phrase);
/* Bit l: a phrase of list l begins with this word. */
uint32_t lexicon_begins(const struct lexicon *lexicon, struct str word);
size_t lexicon_size(const struct lexicon *lexicon);

#endif
