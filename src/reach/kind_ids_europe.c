/* National numbers of Europe, each with its check. "Shape" is the right length, letters in their places and a real date; of
 * random numbers of that shape the share `chance` passes.
 *
 *   GB  NINO             HMRC manual NIM39110: letters that are not used, suffix A to D
 *   FR  NIR              INSEE; key = 97 - number mod 97; Corsica 2A, 2B as 19, 18
 *   ES  DNI, NIE         Real Decreto 1553/2005; letter by the number mod 23; X, Y, Z as 0, 1, 2
 *   IT  codice fiscale   Decreto ministeriale 23.12.1976; sum of odd and even places mod 26; letters for digits (omocodia)
 *   DE  Steuer-ID        section 139b AO; ISO 7064 MOD 11,10; of the first ten digits one stands twice or three times
 *   NL  BSN              Besluit burgerservicenummer; weights 9 to 2 and -1, mod 11
 *   PL  PESEL            Rozporzadzenie MSW 2012; weights 1 3 7 9, mod 10; the century is in the month
 *   SE  personnummer     Folkbokforingslagen section 18; Luhn over ten digits; coordination numbers add 60 to the day
 *   FI  HETU             decree 128/2010; date and number mod 31 */
#include "reach/check.h"
#include "reach/kind.h"

#include "base/banned.h"

static bool is_letter(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static enum kind_is passes(bool does)
{
    return does ? KIND_YES : KIND_SHAPE;
}

#define DIGITS (CELL_DIGIT | CELL_SPACE | CELL_DASH)
#define NATIONAL .is_whole = true, .may_by_name = true, .may_be_opaque = true, .floor = 0.5

/* ---- GB ---- */

static enum kind_is is_nino(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    size_t len = ask->cell->compact_len;
    bool has_suffix = len == 9 && is_letter(c[8]);
    if (!is_letter(c[0]) || !is_letter(c[1]) || !check_digits(c + 2, 6) ||
        !(has_suffix || (len == 8 && ask->hint != 0))) {
        return KIND_NO;
    }
    static const char refused[] = "BGGBNKKNTNNTZZ";
    for (size_t i = 0; i + 1 < sizeof(refused); i += 2) {
        if (memcmp(refused + i, c, 2) == 0) {
            return KIND_SHAPE;
        }
    }
    return passes(!is_one_of(c[0], "DFIQUV") && !is_one_of(c[1], "DFIOQUV") && (!has_suffix || c[8] <= 'D'));
}

const struct kind_detector kind_nino = {
    .id = "nino",
    .needs = {CELL_DIGIT, CELL_LETTER},
    .takes = DIGITS | CELL_LETTER,
    .min = 8,
    .max = 13,
    .digits_min = 6,
    .digits_max = 6,
    .chance = 0.09,
    .prior = -1.5,
    .is = is_nino,
    NATIONAL,
};

/* ---- FR ---- */

static enum kind_is is_nir(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    char c[15];
    if (cell->compact_len != 15 || !is_one_of(cell->compact[0], "123478")) {
        return KIND_NO;
    }
    memcpy(c, cell->compact, 15);
    uint64_t corsica = c[6] == 'A' ? 1000000 : c[6] == 'B' ? 2000000 : 0;
    if (corsica != 0) {
        if (c[5] != '2') {
            return KIND_NO;
        }
        c[6] = '0'; /* 2A as 19: 20 less one million at this place; 2B as 18 */
    }
    if (!check_digits(c, 15)) {
        return KIND_NO;
    }
    unsigned month = (unsigned)check_number(c + 3, 2);
    if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) {
        return KIND_SHAPE;
    }
    return passes(97 - (check_number(c, 13) - corsica) % 97 == check_number(c + 13, 2));
}

const struct kind_detector kind_nir = {
    .id = "nir",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_LETTER,
    .min = 15,
    .max = 21,
    .digits_min = 14,
    .digits_max = 15,
    .chance = 0.0103,
    .prior = -1.5,
    .is = is_nir,
    NATIONAL,
};

/* ---- ES ---- */

static enum kind_is is_dni(struct kind_ask *ask)
{
    static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
    char c[9];
    if (ask->cell->compact_len != 9) {
        return KIND_NO;
    }
    memcpy(c, ask->cell->compact, 9);
    if (c[0] >= 'X' && c[0] <= 'Z') {
        c[0] = (char)('0' + (c[0] - 'X'));
    }
    if (!check_digits(c, 8) || !is_letter(c[8])) {
        return KIND_NO;
    }
    return passes(letters[check_number(c, 8) % 23] == c[8]);
}

const struct kind_detector kind_dni = {
    .id = "dni",
    .needs = {CELL_DIGIT, CELL_LETTER},
    .takes = DIGITS | CELL_LETTER | CELL_DOT,
    .min = 9,
    .max = 13,
    .digits_min = 7,
    .digits_max = 8,
    .chance = 0.0435,
    .prior = -1.5,
    .is = is_dni,
    NATIONAL,
};

/* ---- IT ---- */

static enum kind_is is_codice_fiscale(struct kind_ask *ask)
{
    /* of 0-9, A-Z */
    static const unsigned char odd_value[36] = {1,  0,  5, 7, 9,  13, 15, 17, 19, 21, 1,  0,  5,  7,  9,  13, 15, 17,
                                                19, 21, 2, 4, 18, 20, 11, 3,  6,  8,  12, 14, 16, 10, 22, 25, 24, 23};
    const char *c = ask->cell->compact;
    unsigned sum = 0;
    if (ask->cell->compact_len != 16 || ask->cell->text.len != 16) {
        return KIND_NO;
    }
    for (size_t i = 0; i < 16; i++) {
        bool wants_letter = i < 6 || i == 8 || i == 11 || i == 15;
        if (wants_letter ? !is_letter(c[i]) : !check_digits(c + i, 1) && !is_one_of(c[i], "LMNPQRSTUV")) {
            return KIND_NO;
        }
    }
    if (!is_one_of(c[8], "ABCDEHLMPRST")) { /* the months */
        return KIND_SHAPE;
    }
    for (size_t i = 0; i < 15; i++) {
        unsigned value = is_letter(c[i]) ? (unsigned)(c[i] - 'A') : (unsigned)(c[i] - '0');
        sum += i % 2 == 0 ? odd_value[is_letter(c[i]) ? value + 10 : value] : value;
    }
    return passes((char)('A' + sum % 26) == c[15]);
}

const struct kind_detector kind_codice_fiscale = {
    .id = "codice-fiscale",
    .needs = {CELL_LETTER, 0},
    .takes = CELL_DIGIT | CELL_LETTER,
    .min = 16,
    .max = 16,
    .chance = 0.0385,
    .prior = -1,
    .is = is_codice_fiscale,
    NATIONAL,
};

/* ---- DE ---- */

static enum kind_is is_steuer_id(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    unsigned times[10] = {0}, repeated = 0, most = 0;
    if (cell->compact_len != 11 || cell->digits != 11 || cell->compact[0] == '0') {
        return KIND_NO;
    }
    for (size_t i = 0; i < 10; i++) {
        times[cell->compact[i] - '0']++;
    }
    for (size_t i = 0; i < 10; i++) {
        repeated += times[i] > 1;
        most = times[i] > most ? times[i] : most;
    }
    if (repeated != 1 || most > 3) {
        return KIND_SHAPE;
    }
    return passes(check_mod11_10(cell->compact, 11));
}

const struct kind_detector kind_steuer_id = {
    .id = "steuer-id",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_SLASH,
    .min = 11,
    .max = 15,
    .digits_min = 11,
    .digits_max = 11,
    .chance = 0.1,
    .prior = -2,
    .is = is_steuer_id,
    NATIONAL,
};

/* ---- NL ---- */

static enum kind_is is_bsn(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    char c[9] = {'0'};
    size_t len = cell->compact_len;
    if (len != cell->digits || (len != 9 && !(len == 8 && ask->hint != 0))) {
        return KIND_NO;
    }
    memcpy(c + 9 - len, cell->compact, len);
    unsigned sum = check_sum(c, "JIHGFEDC", 8);
    return passes(sum > 0 && sum % 11 == (unsigned)(c[8] - '0'));
}

const struct kind_detector kind_bsn = {
    .id = "bsn",
    .needs = {CELL_DIGIT, 0},
    .takes = DIGITS | CELL_DOT,
    .min = 8,
    .max = 12,
    .digits_min = 8,
    .digits_max = 9,
    .chance = 0.091,
    .prior = -2,
    .is = is_bsn,
    NATIONAL,
};

/* ---- PL ---- */

static enum kind_is is_pesel(struct kind_ask *ask)
{
    const char *c = ask->cell->compact;
    if (ask->cell->compact_len != 11 || ask->cell->digits != 11) {
        return KIND_NO;
    }
    unsigned coded = (unsigned)check_number(c + 2, 2);
    static const unsigned centuries[5] = {1900, 2000, 2100, 2200, 1800};
    unsigned year = centuries[coded / 20] + (unsigned)check_number(c, 2);
    if (!check_date(year, coded % 20, (unsigned)check_number(c + 4, 2))) {
        return KIND_SHAPE;
    }
    return passes((check_sum(c, "BDHJBDHJBD", 10) + (unsigned)(c[10] - '0')) % 10 == 0);
}

const struct kind_detector kind_pesel = {
    .id = "pesel",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT,
    .min = 11,
    .max = 11,
    .digits_min = 11,
    .digits_max = 11,
    .chance = 0.1,
    .prior = -1.5,
    .is = is_pesel,
    NATIONAL,
};

/* ---- SE ---- */

/* YYMMDD-NNNC, YYYYMMDD-NNNC, + for the hundredth birthday, or without a mark. */
static enum kind_is is_personnummer(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    size_t len = cell->compact_len;
    if ((len != 10 && len != 12) || cell->digits != len || cell->text.len > len + 1) {
        return KIND_NO;
    }
    if (cell->text.len == len + 1 && !is_one_of(cell->text.data[len - 4], "-+")) {
        return KIND_NO;
    }
    const char *c = cell->compact + (len - 10);
    unsigned day = (unsigned)check_number(c + 4, 2);
    unsigned century = len == 12 ? (unsigned)check_number(cell->compact, 2) : 20;
    if (century < 18 || century > 20 || !check_date(0, (unsigned)check_number(c + 2, 2), day > 60 ? day - 60 : day)) {
        return KIND_SHAPE;
    }
    return passes(check_luhn(c, 10));
}

const struct kind_detector kind_personnummer = {
    .id = "personnummer",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT | CELL_DASH | CELL_PLUS,
    .min = 10,
    .max = 13,
    .digits_min = 10,
    .digits_max = 12,
    .chance = 0.1,
    .prior = -1.5,
    .is = is_personnummer,
    NATIONAL,
};

/* ---- FI ---- */

static enum kind_is is_hetu(struct kind_ask *ask)
{
    static const char checks[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
    struct str text = ask->cell->text;
    char digits[9];
    char mark = (char)(text.data[6] >= 'a' && text.data[6] <= 'z' ? text.data[6] - 32 : text.data[6]);
    char last = (char)(text.data[10] >= 'a' && text.data[10] <= 'z' ? text.data[10] - 32 : text.data[10]);
    if (!check_digits(text.data, 6) || !check_digits(text.data + 7, 3) || !is_one_of(mark, "+-YXWVUABCDEF")) {
        return KIND_NO;
    }
    if (!check_date(0, (unsigned)check_number(text.data + 2, 2), (unsigned)check_number(text.data, 2))) {
        return KIND_SHAPE;
    }
    memcpy(digits, text.data, 6);
    memcpy(digits + 6, text.data + 7, 3);
    return passes(checks[check_number(digits, 9) % 31] == last);
}

const struct kind_detector kind_hetu = {
    .id = "hetu",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT | CELL_LETTER | CELL_DASH | CELL_PLUS,
    .min = 11,
    .max = 11,
    .digits_min = 9,
    .digits_max = 10,
    .chance = 0.0323,
    .prior = -1,
    .is = is_hetu,
    NATIONAL,
};
