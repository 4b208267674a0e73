/* What the names of columns and tables say. */
#ifndef ASSAY_REACH_KIND_WORDS_H
#define ASSAY_REACH_KIND_WORDS_H

#include "reach/kind.h"

enum { WORDS_BYTES = 128, WORDS_MAX = 16 };

/* "custEmailAddr", "Straße_2" -> cust email addr, strasse */
struct kind_words {
    size_t count;
    struct str words[WORDS_MAX]; /* in text */
    size_t len;
    char text[WORDS_BYTES]; /* all of them, glued */
};

struct kind_hints {
    enum kind_hint hint[KINDS_COUNT];
    const char *part[KINDS_COUNT];
};

enum kind_table { KIND_TABLE_UNKNOWN, KIND_TABLE_PEOPLE, KIND_TABLE_THINGS };

/* At most WORDS_MAX words of WORDS_BYTES in all; the rest of a longer name is not looked at. */
void kind_words_read(struct kind_words *words, struct str name);
void kind_words_hints(const struct kind_words *words, struct kind_hints *ret_hints);
enum kind_table kind_words_table(const struct kind_words *words);
/* A table of patients, diagnoses, ... */
bool kind_words_is_medical(const struct kind_words *words);
/* A column that numbers things: orders, parts, commits. */
bool kind_words_is_numbered(const struct kind_words *words);

#endif
