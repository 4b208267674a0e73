/* Payment cards (ISO/IEC 7812: issuer's digits, length, Luhn), their security codes, and IBAN (ISO 13616, ISO 7064 MOD 97-10).
 * A masked number ("4111 **** **** 1111") is not one. */
#include "reach/check.h"
#include "reach/kind.h"

#include "base/banned.h"

/* First digits, from and to, and lengths; as the card networks publish them. */
static const struct brand {
    const char *name;
    uint32_t from, to; /* of the first six digits */
    uint8_t least, most;
} brands[] = {
    {"Visa", 400000, 499999, 13, 19},
    {"Mastercard", 510000, 559999, 16, 16},
    {"Mastercard", 222100, 272099, 16, 16},
    {"American Express", 340000, 349999, 15, 15},
    {"American Express", 370000, 379999, 15, 15},
    {"Diners Club", 300000, 305999, 14, 19},
    {"Diners Club", 309500, 309599, 14, 19},
    {"Diners Club", 360000, 369999, 14, 19},
    {"Diners Club", 380000, 399999, 14, 19},
    {"Discover", 601100, 601199, 16, 19},
    {"Discover", 644000, 659999, 16, 19},
    {"JCB", 352800, 358999, 16, 19},
    {"UnionPay", 620000, 629999, 16, 19},
    {"Maestro", 500000, 509999, 12, 19},
    {"Maestro", 560000, 589999, 12, 19},
    {"Maestro", 630000, 639999, 12, 19},
    {"Maestro", 670000, 679999, 12, 19},
    {"Mir", 220000, 220499, 16, 19},
    {"RuPay", 600000, 609999, 16, 16},
    {"RuPay", 810000, 829999, 16, 16},
    {"Troy", 979200, 979289, 16, 16},
};
enum { BRANDS = sizeof(brands) / sizeof(brands[0]) };

static enum kind_is is_card(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    if (cell->compact_len != cell->digits || cell->compact[0] == '0') {
        return KIND_NO;
    }
    uint32_t first = (uint32_t)check_number(cell->compact, 6);
    for (unsigned i = 0; i < BRANDS; i++) {
        const struct brand *brand = &brands[i];
        bool is_length = cell->digits >= brand->least && cell->digits <= brand->most &&
                         !(brand->from == 400000 && cell->digits != 13 && cell->digits != 16 && cell->digits != 19);
        if (first >= brand->from && first <= brand->to && is_length) {
            ask->slot = i;
            return check_luhn(cell->compact, cell->digits) ? KIND_YES : KIND_SHAPE;
        }
    }
    return KIND_SHAPE;
}

static void say_card(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    const char *names[BRANDS];
    struct kind_slot joined[BRANDS] = {{0}};
    struct kind_view told = *view;
    for (unsigned i = 0; i < BRANDS; i++) {
        names[i] = brands[i].name;
        joined[i] = view->slots == NULL ? joined[i] : view->slots[i];
        for (unsigned j = 0; j < i; j++) { /* the ranges of a brand count together */
            if (strcmp(brands[j].name, brands[i].name) == 0) {
                joined[j].k += joined[i].k;
                joined[i].k = 0;
                break;
            }
        }
    }
    told.slots = joined;
    kind_name_slots(&told, names, BRANDS, out);
    *ret_weak = "the whole number stands there readable";
}

const struct kind_detector kind_card = {
    .id = "card",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT | CELL_SPACE | CELL_DASH,
    .min = 12,
    .max = 24,
    .digits_min = 12,
    .digits_max = 19,
    .slots = BRANDS,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .chance = 0.1, /* Luhn */
    .prior = -1.5,
    .floor = 0.4,
    .is = is_card,
    .scheme = say_card,
};

/* ---- the code on the card ---- */

static enum kind_is is_cvv(struct kind_ask *ask)
{
    return ask->cell->digits == ask->cell->text.len ? KIND_YES : KIND_SHAPE;
}

static bool fits_cvv(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k, double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 2;
    return view->hint >= KIND_HINT_PLAIN && (view->k_distinct >= 3 || view->n < 5) &&
           (double)view->k >= kind->floor * (double)view->n;
}

const struct kind_detector kind_cvv = {
    .id = "cvv",
    .min = 1,
    .max = 4, /* a number column loses leading zeros */
    .is_asked_by_name = true,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .floor = 0.8,
    .is = is_cvv,
    .fits = fits_cvv,
};

/* ---- IBAN ---- */

/* Country and length of its IBAN: SWIFT's IBAN registry. */
static const char iban_lengths[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18"
    "FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24"
    "ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23"
    "ST25SV28TL23TN24TR26UA29VA22VG24XK20";

static size_t iban_length(const char *country)
{
    for (size_t i = 0; i + 4 < sizeof(iban_lengths); i += 4) {
        if (memcmp(iban_lengths + i, country, 2) == 0) {
            return (size_t)check_number(iban_lengths + i + 2, 2);
        }
    }
    return 0;
}

static enum kind_is is_iban(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    char turned[CELL_COMPACT];
    if (check_digits(cell->compact, 1) || check_digits(cell->compact + 1, 1) || !check_digits(cell->compact + 2, 2)) {
        return KIND_NO;
    }
    if (iban_length(cell->compact) != cell->compact_len) {
        return KIND_SHAPE;
    }
    memcpy(turned, cell->compact + 4, cell->compact_len - 4);
    memcpy(turned + cell->compact_len - 4, cell->compact, 4);
    return check_mod97(turned, cell->compact_len) == 1 ? KIND_YES : KIND_SHAPE;
}

const struct kind_detector kind_iban = {
    .id = "iban",
    .needs = {CELL_DIGIT, CELL_LETTER},
    .takes = CELL_DIGIT | CELL_LETTER | CELL_SPACE | CELL_DASH,
    .min = 15,
    .max = 44,
    .digits_min = 6,
    .digits_max = 34,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .chance = 0.01, /* 1 in 97 */
    .prior = -1,
    .floor = 0.3,
    .is = is_iban,
};
