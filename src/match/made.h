/* Is the sample made up by a program? Tests of structure and of statistics on the sample's rows alone, without any generator's lists;
 * what the reference's own rows show too says nothing (docs/statistics.md, "Made up by a program").
 *
 *   sample ──▶ tests ─┐
 *                     ├─▶ what the reference does not show ─▶ mean over the tests ─▶ made.raw ─▶ term, at most 1
 *   every s-th row ───┘
 *   of the reference
 *
 * A sample without peculiarities is no proof of anything: a careful forger and a language model pass, too. */
#ifndef ASSAY_MATCH_MADE_H
#define ASSAY_MATCH_MADE_H

#include <jansson.h>

#include "match/align.h"

/* In the order in which they are told. */
enum made_kind {
    MADE_HASH_FORM,        /* password hashes that no library writes */
    MADE_HASH_SALT,        /* bcrypt with spare bits set in its salt */
    MADE_HASH_REPEATED,    /* one salted hash under several addresses */
    MADE_UUID_FORM,        /* UUIDs without version and variant */
    MADE_IBAN_DIGITS,      /* account numbers with wrong check digits */
    MADE_CARD_DIGITS,      /* card numbers with wrong check digits */
    MADE_HEX_FORM,         /* MD5, SHA-1, SHA-256 that are no hex */
    MADE_HEX_UNEVEN,       /* hex that is not random */
    MADE_MAIL_RESERVED,    /* addresses under names that belong to nobody */
    MADE_MAIL_SERIAL,      /* user1@, user2@ */
    MADE_PHONE_FICTION,    /* 555-0100 to 555-0199 */
    MADE_PHONE_EXTENSION,  /* numbers ending in x1234 */
    MADE_PLACEHOLDER,      /* lorem ipsum, John Doe */
    MADE_ONE_MINUTE,       /* rows created in one minute */
    MADE_CLOCK_EVEN,       /* times that know no night */
    MADE_NAMES_EVEN,       /* words drawn evenly from a list */
    MADE_NAME_TITLES,      /* "mrs", "phd", "iii" in names, now and then */
    MADE_HOUSES_EVEN,      /* house numbers whose first figures are as often 9 as 1 */
    MADE_DOMAINS_EVEN,     /* the same of mail domains */
    MADE_MAIL_UNNAMED,     /* addresses that have nothing to do with the names beside them */
    MADE_GENDER_BY_CHANCE, /* one first name, either gender */
    MADE_PLACE_BY_CHANCE,  /* one place, any region or postcode */
    MADE_CITY_GRAMMAR,     /* "north", "lake", "port" before most towns */
    MADE_COMPANY_GRAMMAR,  /* "x, y and z" */
    MADE_KINDS
};
const char *made_kind_name(enum made_kind kind);
/* The program that leaves such traces: "seed data", "generator", "random strings", "typed by hand or by a language model". */
const char *made_kind_manner(enum made_kind kind);

struct made_test {
    enum made_kind kind;
    size_t column, with; /* of the set; with: a second column, or SIZE_MAX */
    uint64_t k, n;       /* peculiar ones, looked at */
    double expected;     /* k that real values would show, by the test's model or bound; for words only */
    double value;        /* log10 P(seen | made) / P(seen | real) */
    bool has_reference;
    double reference; /* the same of the reference's rows: the most over its columns */
    double counted;   /* value less what the reference shows as well; 0 where it shows it by a ratio of 2 or more */
};

enum { MADE_TESTS_MAX = 256, MADE_ROWS_MAX = 4000 };

struct made {
    const struct set *set; /* whose columns the tests name */
    struct made_test tests[MADE_TESTS_MAX];
    size_t count;
    uint64_t rows, looked; /* of the set; of them looked at, evenly spread */
    uint64_t untested;     /* tests beyond MADE_TESTS_MAX */
    bool has_raw;
    double raw;  /* log10 of the mean over kinds of the mean over tests */
    double term; /* min(max(raw, 0), 1): what made_up is lowered by */
};

struct made_peek; /* made_peek.h */

/* The tests on one set (made_tests.c): fills set, tests, rows, looked. */
MUST_USE int made_test_set(struct made *made, const struct set *set, struct err *err);
/* The tests on the sample, less what the reference shows (peek NULL: no reference). */
MUST_USE int made_look(struct made *made, const struct set *sample, const struct made_peek *peek, struct err *err);
/* Member "made" of the summary. Counts and names of columns only. NULL without memory. */
json_t *made_json(const struct made *made);

#endif
