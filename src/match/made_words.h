/* What columns are called, and the few words that the grammars of made-up data are recognised by. */
#ifndef ASSAY_MATCH_MADE_WORDS_H
#define ASSAY_MATCH_MADE_WORDS_H

#include "assay/words.h"

/* What a column is for, by its name. */
enum made_role {
    MADE_ROLE_NONE,
    MADE_ROLE_FIRST,
    MADE_ROLE_LAST,
    MADE_ROLE_FULL,
    MADE_ROLE_GENDER,
    MADE_ROLE_CITY,
    MADE_ROLE_REGION,
    MADE_ROLE_POSTCODE,
    MADE_ROLE_STREET,
    MADE_ROLE_DIGEST,
    MADE_ROLE_UUID,
    MADE_ROLE_COUNTRY,
    MADE_ROLE_COMPANY,
    MADE_ROLE_JOB,
    MADE_ROLE_PHONE,
    MADE_ROLE_CARD,
    MADE_ROLE_CREATED
};
enum made_role made_role_of(struct str name);

/* All of lower case, as spelled by normal.h. */
bool made_is_direction(struct str word);        /* "north", "new", "lake", "port" before a town's name */
bool made_is_placeholder_name(struct str name); /* "john doe", "max mustermann", "test user" */
bool made_is_title(struct str word);            /* "mrs", "dr", "phd", "iii", without a full stop */
bool made_is_lorem(struct str word);            /* a word of the printers' Latin that begins "lorem ipsum" */

#endif
