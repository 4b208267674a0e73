/* National numbers of the rest of the world, and the numbers that have no check.
 *
 *   IN  Aadhaar          UIDAI: twelve digits, none begins with 0 or 1, Verhoeff
 *   IN  PAN              Income Tax Department: AAAAA9999A, the fourth letter is the class of holder
 *   US  SSN              SSA, "SSN randomization" (2011): no 000, 666, 900-999, no 00, no 0000
 *   BR  CPF              Instrucao Normativa RFB 1548/2015: two check digits mod 11
 *   CN  resident id      GB 11643-1999, ISO 7064 MOD 11-2
 *   TR  TCKN             Nufus: tenth digit (7 odd - even) mod 10, eleventh sum mod 10
 *   KR  RRN              Resident Registration Act: weights 2 to 9, 2 to 5, mod 11 (numbers given since October 2020 have no check)
 *   CA  SIN              Service Canada: Luhn, none begins with 0 or 8
 *   AU  TFN, Medicare    ATO: weights 1 4 3 7 5 8 6 9 10, mod 11; Services Australia: weights 1 3 7 9, mod 10, begins 2 to 6 */
#include "reach/check.h"
#include "reach/kind.h"

#include "base/banned.h"

static enum kind_is passes(bool does)
{
    return does ? KIND_YES : KIND_SHAPE;
}

/* Nothing but n digits, besides the marks between them. */
static bool is_digits(const struct kind_cell *cell, size_t n)
{
    return cell->compact_len == n && cell->digits == n;
}

static bool is_repeated(const char *digits, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (digits[i] != digits[0]) {
            return false;
        }
    }
    return true;
}

#define DIGITS (CELL_DIGIT | CELL_SPACE | CELL_DASH)
#define NATIONAL .is_whole = true, .may_by_name = true, .may_be_opaque = true, .floor = 0.5

/* ---- IN ---- */

static enum kind_is is_aadhaar(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    return is_digits(cell, 12) ? passes(cell->compact[0] >= '2' && check_verhoeff(cell->compact, 12)) : KIND_NO;
}

const struct kind_detector kind_aadhaar = {
    .id = "aadhaar",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS,
    .min = 12,
    .max = 14,
    .digits_min = 12,
    .digits_max = 12,
    .chance = 0.1,
    .prior = -1.5,
    .is = is_aadhaar,
    NATIONAL,
};

static enum kind_is is_pan_india(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    for (size_t i = 0; i < 10; i++) {
        bool wants_digit = i >= 5 && i < 9;
        if (wants_digit != check_digits(c + i, 1)) {
            return KIND_NO;
        }
    }
    return passes(strchr("ABCFGHLJPT", c[3]) != NULL);
}

const struct kind_detector kind_pan_india = {
    .id = "pan-india",
    .needs = {CELL_DIGIT, CELL_LETTER},
    .takes = CELL_DIGIT | CELL_LETTER,
    .min = 10,
    .max = 10,
    .digits_min = 4,
    .digits_max = 4,
    .chance = 0.385,
    .prior = -1,
    .is = is_pan_india,
    NATIONAL,
};

/* ---- US ---- */

static enum kind_is is_ssn(struct kind_ask *ask)
{
    static const unsigned char groups[] = {3, 2, 4};
    const struct kind_cell *cell = ask->cell;
    const char *c = cell->compact;
    bool is_written = kind_cell_groups(cell->text, "- ", groups, 3);
    if (!is_written && !(cell->text.len == 9 && cell->digits == 9 && ask->hint >= KIND_HINT_PLAIN)) {
        return KIND_NO;
    }
    bool is_area = c[0] != '9' && memcmp(c, "000", 3) != 0 && memcmp(c, "666", 3) != 0;
    return passes(is_area && memcmp(c + 3, "00", 2) != 0 && memcmp(c + 5, "0000", 4) != 0);
}

const struct kind_detector kind_ssn = {
    .id = "ssn",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS,
    .min = 9,
    .max = 11,
    .digits_min = 9,
    .digits_max = 9,
    .chance = 0.889,
    .purity = 60,
    .prior = -0.3,
    .is = is_ssn,
    NATIONAL, /* hardly anything else is written 3-2-4 */
};

/* ---- BR ---- */

static enum kind_is is_cpf(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (!is_digits(ask->cell, 11)) {
        return KIND_NO;
    }
    unsigned first = check_sum(c, "KJIHGFEDC", 9) * 10 % 11 % 10;
    unsigned second = check_sum(c, "LKJIHGFEDC", 10) * 10 % 11 % 10;
    return passes(!is_repeated(c, 11) && first == (unsigned)(c[9] - '0') && second == (unsigned)(c[10] - '0'));
}

const struct kind_detector kind_cpf = {
    .id = "cpf",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_DOT,
    .min = 11,
    .max = 14,
    .digits_min = 11,
    .digits_max = 11,
    .chance = 0.012,
    .prior = -1.5,
    .is = is_cpf,
    NATIONAL,
};

/* ---- CN ---- */

static enum kind_is is_resident_id_cn(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (ask->cell->compact_len != 18 || !check_digits(c, 17) || !(c[17] == 'X' || check_digits(c + 17, 1))) {
        return KIND_NO;
    }
    unsigned century = (unsigned)check_number(c + 6, 2);
    bool is_date = (century == 19 || century == 20) &&
                   check_date((unsigned)check_number(c + 6, 4), (unsigned)check_number(c + 10, 2),
                              (unsigned)check_number(c + 12, 2));
    if (!is_date || c[0] == '0' || c[0] == '9') {
        return KIND_SHAPE;
    }
    unsigned sum = check_sum(c,
                             "HJKFIEC"
                             "BGDHJKFIEC",
                             17);
    return passes("10X98765432"[sum % 11] == c[17]);
}

const struct kind_detector kind_resident_id_cn = {
    .id = "resident-id-cn",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT | CELL_LETTER,
    .min = 18,
    .max = 18,
    .digits_min = 17,
    .digits_max = 18,
    .chance = 0.091,
    .prior = -1,
    .is = is_resident_id_cn,
    NATIONAL,
};

/* ---- TR ---- */

static enum kind_is is_tckn(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (!is_digits(ask->cell, 11) || c[0] == '0') {
        return KIND_NO;
    }
    unsigned odd = check_sum(c, "BABABABAB", 9);
    unsigned even = check_sum(c, "ABABABAB", 8);
    unsigned tenth = (7 * odd + 10 * even - even) % 10; /* even places counted against: kept above zero */
    return passes(tenth == (unsigned)(c[9] - '0') && check_sum(c, "BBBBBBBBBB", 10) % 10 == (unsigned)(c[10] - '0'));
}

const struct kind_detector kind_tckn = {
    .id = "tckn",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT,
    .min = 11,
    .max = 11,
    .digits_min = 11,
    .digits_max = 11,
    .chance = 0.01,
    .prior = -1.5,
    .is = is_tckn,
    NATIONAL,
};

/* ---- KR ---- */

static enum kind_is is_rrn(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (!is_digits(ask->cell, 13)) {
        return KIND_NO;
    }
    if (!check_date(0, (unsigned)check_number(c + 2, 2), (unsigned)check_number(c + 4, 2))) {
        return KIND_SHAPE;
    }
    return passes((11 - check_sum(c, "CDEFGHIJCDEF", 12) % 11) % 10 == (unsigned)(c[12] - '0'));
}

const struct kind_detector kind_rrn = {
    .id = "rrn",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS,
    .min = 13,
    .max = 14,
    .digits_min = 13,
    .digits_max = 13,
    .chance = 0.1,
    .prior = -1.5,
    .is = is_rrn,
    NATIONAL,
};

/* ---- CA ---- */

static enum kind_is is_sin(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    return is_digits(ask->cell, 9) ? passes(c[0] != '0' && c[0] != '8' && check_luhn(c, 9)) : KIND_NO;
}

const struct kind_detector kind_sin = {
    .id = "sin",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS,
    .min = 9,
    .max = 11,
    .digits_min = 9,
    .digits_max = 9,
    .chance = 0.1,
    .prior = -2,
    .is = is_sin,
    NATIONAL,
};

/* ---- AU ---- */

static enum kind_is is_tfn(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    return is_digits(ask->cell, 9) ? passes(!is_repeated(c, 9) && check_sum(c, "BEDHFIGJK", 9) % 11 == 0) : KIND_NO;
}

const struct kind_detector kind_tfn = {
    .id = "tfn",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS,
    .min = 9,
    .max = 11,
    .digits_min = 9,
    .digits_max = 9,
    .chance = 0.091,
    .prior = -2,
    .is = is_tfn,
    NATIONAL,
};

static enum kind_is is_medicare_au(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (!is_digits(ask->cell, 10) && !is_digits(ask->cell, 11)) {
        return KIND_NO;
    }
    if (c[0] < '2' || c[0] > '6' || c[9] == '0') {
        return KIND_SHAPE;
    }
    return passes(check_sum(c, "BDHJBDHJ", 8) % 10 == (unsigned)(c[8] - '0'));
}

const struct kind_detector kind_medicare_au = {
    .id = "medicare-au",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_SLASH,
    .min = 10,
    .max = 14,
    .digits_min = 10,
    .digits_max = 11,
    .chance = 0.1,
    .prior = -2.5,
    .is = is_medicare_au,
    NATIONAL,
};

/* ---- numbers without a check: the name, and digits in it ---- */

static enum kind_is is_national_id(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    return cell->compact_len >= 5 && cell->compact_len <= 24 ? KIND_YES : KIND_SHAPE;
}

static bool fits_national_id(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                             double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 0.5; /* any number that says what it is goes first */
    return view->hint >= KIND_HINT_PLAIN && (double)view->k >= kind->floor * (double)view->n &&
           (view->k_distinct >= 2 || view->n < 3);
}

const struct kind_detector kind_national_id = {
    .id = "national-id",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_LETTER | CELL_DOT | CELL_SLASH,
    .min = 5,
    .max = 32,
    .digits_min = 3,
    .digits_max = 24,
    .is_asked_by_name = true,
    .is = is_national_id,
    .fits = fits_national_id,
    NATIONAL,
};
