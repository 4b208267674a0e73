/* One spelling per value: what makes two cells of two systems the same value. A function of the cell's bytes alone, so
 * that sample and reference need no agreement beforehand (docs/statistics.md, "One spelling").
 *
 *   class    recognised by                      spelling
 *   e-mail   one @, a dot behind it             the address alone, lower case, domain in A-labels
 *   phone    digits with + ( ) - / or spaces    the national number: no country code, no trunk prefix, no zeros before it
 *   time     any usual form, a time of day      seconds since 1970, UTC; fractions dropped
 *   date     no time of day, or midnight        the same, at midnight
 *   number   digits, a sign                     no leading zeros
 *   decimal  a point (or an unmistakable comma) no trailing zeros
 *   secret   crypt formats, tokens              as it is
 *            hex, base64 of a digest, UUID      lower-case hex, nothing else
 *   text     everything else                    NFKC, case folded, white space collapsed */
#ifndef ASSAY_NORMAL_NORMAL_H
#define ASSAY_NORMAL_NORMAL_H

#include "base/buf.h"

enum normal_class {
    NORMAL_NONE, /* null, empty, "NULL" */
    NORMAL_EMAIL,
    NORMAL_PHONE,
    NORMAL_TIME,
    NORMAL_DATE,
    NORMAL_NUMBER,
    NORMAL_DECIMAL,
    NORMAL_SECRET,
    NORMAL_TEXT,
    NORMAL_CLASSES
};

const char *normal_class_name(enum normal_class class);
static inline bool normal_is_instant(enum normal_class class)
{
    return class == NORMAL_TIME || class == NORMAL_DATE;
}

enum { NORMAL_TEXT_MAX = 4096 /* longer text is compared as it is */ };

struct normal {
    enum normal_class class;
    struct str bytes; /* the spelling: 8 bytes of int64 for time and date; borrowed from the cell or from scratch */
    int64_t seconds;  /* time, date */
    uint16_t
        country; /* phone: its country's calling code where the cell says so, else 0. Not part of the spelling: two cells
                         that both say one, and another, are two numbers */
};

/* Bits of classes: 1 << class. A class that is not wanted is recognised but not spelled (bytes is empty). */
#define NORMAL_ALL ((1U << NORMAL_CLASSES) - 1)

struct normalizer {
    unsigned wanted;
    bool day_first; /* 3/4/2020 is the third of April */
    struct buf scratch, folded, converted;
    int64_t seconds; /* where a time's bytes lie */
};

void normalizer_close(struct normalizer *normalizer);
/* The result lives until the next call. */
void normal_value(struct normalizer *normalizer, struct str cell, struct normal *ret_normal);

/* A number may be a phone without its marks, or a number or decimal seconds (whole: also milli-, micro-, nanoseconds) since
 * 1970. False if it is not that long. ret_phone lies in number. */
bool normal_number_as_phone(struct str number, struct str *ret_phone);
bool normal_number_as_time(struct str number, int64_t *ret_seconds);

/* UTF-8 made only of code points that Unicode 15.0 assigns (utf8proc 2.8): what a later version may spell otherwise is not. */
bool normal_is_assigned(struct str s);

/* "3/14/2020" or "14/3/2020" settle which of the two writes this column; 1 day first, -1 month first, 0 unsettled. */
int normal_date_order(struct str cell);

#endif
