/* The words of PostgreSQL's messages in the languages that a server may speak (lc_messages): as installed on a machine whose own
 * language is not English, it is that one. */
#ifndef ASSAY_FORMATS_POSTGRESQL_WORDS_H
#define ASSAY_FORMATS_POSTGRESQL_WORDS_H

#include "assay/words.h"

/* "durée : 0.5 ms, instruction : SELECT 1". A name and ": " follow execute, fetch, parse and bind. Empty: not known. */
struct pg_language {
    struct str duration, unit, statement, execute, fetch, parse, bind, received, authorized, gone;
};
extern const struct pg_language pg_languages[];
extern const size_t pg_language_count; /* the first is English */

/* "FEHLER" to "ERROR"; a word that is not known, or English, stays. */
struct str pg_english_level(struct str level);

#endif
