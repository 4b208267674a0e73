/* What one value's own structure says of who wrote it: bits that every maker of hashes, UUIDs and account numbers leaves in a
 * certain state and that a program which only draws letters does not. Exact: each has a share of random texts that fail,
 * and a maker that never does (docs/statistics.md, "Made up by a program"). */
#ifndef ASSAY_MATCH_MADE_FORM_H
#define ASSAY_MATCH_MADE_FORM_H

#include "assay/words.h"

enum made_form {
    MADE_FORM_NONE, /* not such a value, or cut short: nothing to look at */
    MADE_FORM_GOOD,
    MADE_FORM_SALT, /* of a hash: only the salt's spare bits are set; some old libraries did that */
    MADE_FORM_BAD   /* no maker writes this */
};

struct made_hash {
    enum made_form form;
    double chance; /* share of random texts of this shape whose hash part fails; 0 if form is none */
};

/* bcrypt, Argon2, crypt(3)'s MD5, SHA-256, SHA-512 and yescrypt, phpass, Django's PBKDF2: salted password hashes.
 * Spare bits of the last letter, alphabet, length. A bcrypt that is too short was cut by somebody's column: none. */
struct made_hash made_hash(struct str value);
/* With or without dashes (spellings have none). RFC 9562: variant 10, version 1 to 8. 7 of 8 random ones fail. Nil and max: none. */
enum made_form made_uuid(struct str value);
/* ISO/IEC 7812: 13 to 19 digits; 9 of 10 random ones fail. */
enum made_form made_luhn(struct str value);
/* ISO 13616: the country's length, then modulo 97; 96 of 97 random ones fail. Spaces are skipped, case is ignored. */
enum made_form made_iban(struct str value);

#endif
