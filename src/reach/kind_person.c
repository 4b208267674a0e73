/* A person's name, sex and date of birth: what a column is called, and whether the values can be that. */
#include "base/str.h"
#include "reach/kind.h"
#include "reach/kind_date.h"

#include "base/banned.h"

/* ---- names ---- */

enum { SHAPED, GIVEN };

static const char given_names[] =
#include "reach/kind_given.def"
    ;

/* Is the word one of given_names? */
static bool is_given(const char *word, size_t len)
{
    char wanted[20];
    if (len < 2 || len > 16) {
        return false;
    }
    wanted[0] = '|';
    memcpy(wanted + 1, word, len);
    wanted[len + 1] = '|';
    return memmem(given_names, sizeof(given_names) - 1, wanted, len + 2) != NULL;
}

/* Words of letters with the marks that stand in names ("O'Neil", "Smith-Jones", "Dr. Ann", "Doe, John"). */
static bool is_name_shaped(const struct kind_cell *cell)
{
    unsigned words = 1;
    for (size_t i = 0; i < cell->text.len; i++) {
        words += cell->text.data[i] == ' ';
    }
    return words <= 6 && (cell->letters >= 1 || (cell->classes & CELL_HIGH) != 0);
}

/* Does one of the first two words stand in the list, in a cell of at most four that are written as names are? */
static bool has_given(struct str text)
{
    char word[17];
    unsigned words = 0;
    size_t len = 0;
    for (size_t i = 0; i <= text.len; i++) {
        unsigned char byte = i < text.len ? (unsigned char)text.data[i] : ' ';
        char low = (char)(byte | 0x20);
        if (low >= 'a' && low <= 'z') {
            if (len < sizeof(word)) {
                word[len] = low;
            }
            len++;
            continue;
        }
        if (len > 0 && len < sizeof(word) && words < 2 && is_given(word, len)) {
            return true;
        }
        words += len > 0;
        len = 0;
    }
    return false;
}

static bool is_placeholder(struct str text)
{
    static const struct str words[] = {STR_INIT("unknown"), STR_INIT("null"),  STR_INIT("none"),
                                       STR_INIT("n.a."),    STR_INIT("na"),    STR_INIT("nil"),
                                       STR_INIT("test"),    STR_INIT("empty"), STR_INIT("xx")};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_eq_nocase(text, words[i])) {
            return true;
        }
    }
    return false;
}

static enum kind_is is_name(struct kind_ask *ask)
{
    if (!is_name_shaped(ask->cell) || is_placeholder(ask->cell->text)) {
        return KIND_NO;
    }
    /* Letters alone would make every text a name: the list is asked for the first values that are told apart. */
    bool is_looked_up = ask->is_first && ask->hint < KIND_HINT_STRONG && ask->cell->text.len <= 40;
    ask->slot = is_looked_up && has_given(ask->cell->text) ? GIVEN : SHAPED;
    return KIND_YES;
}

static bool fits_name(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                      double *ret_score)
{
    double share = kind_share(view, view->k, view->k_distinct);
    double given =
        view->slots == NULL || view->distinct == 0 ? 0 : (double)view->slots[GIVEN].distinct / (double)view->distinct;
    bool is_named =
        view->hint >= KIND_HINT_PLAIN || (view->hint == KIND_HINT_WEAK && view->of_people && !view->is_reference);
    uint64_t least = view->of_people && !view->is_reference ? 2 : 5;
    bool by_values = view->slots != NULL && view->slots[GIVEN].distinct >= least &&
                     given >= (view->hint == KIND_HINT_WEAK ? kind->chance : 2 * kind->chance);
    *ret_k = view->k;
    *ret_score = is_named ? 2 : 1;
    return view->k > 0 && share >= kind->floor && (is_named || by_values);
}

const struct kind_detector kind_name = {
    .id = "name",
    .takes =
        CELL_LETTER | CELL_SPACE | CELL_DASH | CELL_DOT | CELL_COMMA | CELL_QUOTE | CELL_HIGH | CELL_PAREN | CELL_WORD,
    .min = 2,
    .max = 80,
    .slots = 2,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .chance = 0.1, /* share of given names among words of other columns (cities, brands): a few in a hundred */
    .floor = 0.6,
    .is = is_name,
    .fits = fits_name,
};

/* ---- sex ---- */

static enum kind_is is_gender(struct kind_ask *ask)
{
    static const struct str values[] = {
        STR_INIT("m"),
        STR_INIT("f"),
        STR_INIT("w"),
        STR_INIT("d"),
        STR_INIT("x"),
        STR_INIT("u"),
        STR_INIT("o"),
        STR_INIT("n"),
        STR_INIT("h"),
        STR_INIT("v"),
        STR_INIT("k"),
        STR_INIT("0"),
        STR_INIT("1"),
        STR_INIT("2"),
        STR_INIT("9"),
        STR_INIT("male"),
        STR_INIT("female"),
        STR_INIT("man"),
        STR_INIT("woman"),
        STR_INIT("other"),
        STR_INIT("unknown"),
        STR_INIT("divers"),
        STR_INIT("diverse"),
        STR_INIT("weiblich"),
        STR_INIT("m\xc3\xa4nnlich"),
        STR_INIT("maennlich"),
        STR_INIT("homme"),
        STR_INIT("femme"),
        STR_INIT("hombre"),
        STR_INIT("mujer"),
        STR_INIT("masculino"),
        STR_INIT("femenino"),
        STR_INIT("feminino"),
        STR_INIT("masculin"),
        STR_INIT("feminin"),
        STR_INIT("maschio"),
        STR_INIT("femmina"),
        STR_INIT("uomo"),
        STR_INIT("donna"),
        STR_INIT("vrouw"),
        STR_INIT("kobieta"),
        STR_INIT("mezczyzna"),
        STR_INIT("non-binary"),
        STR_INIT("nonbinary"),
        STR_INIT("nb"),
        STR_INIT("mr"),
        STR_INIT("mrs"),
        STR_INIT("herr"),
        STR_INIT("frau"),
        STR_INIT("prefer not to say"),
        STR_INIT("intersex"),
        STR_INIT("transgender"),
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (str_eq_nocase(ask->cell->text, values[i])) {
            return KIND_YES;
        }
    }
    return KIND_SHAPE;
}

/* Five answers or so; a column of many different values is not that, whatever it is called. */
static bool fits_gender(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                        double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 1;
    return view->hint >= KIND_HINT_PLAIN && view->k > 0 && (double)view->k >= kind->floor * (double)view->n;
}

const struct kind_detector kind_gender = {
    .id = "gender",
    .min = 1,
    .max = 24,
    .is_asked_by_name = true,
    .may_by_name = true,
    .is_whole = true,
    .floor = 0.5,
    .is = is_gender,
    .fits = fits_gender,
};

/* ---- dates of birth ---- */

enum { ERA_NONE, ERA_OLD, ERA_MIDDLE, ERA_RECENT, OLD_BEFORE = 1965, AGE_MAX = 120, RECENT_YEARS = 5, BIRTH_SLOTS = 4 };

static enum kind_is is_birth_date(struct kind_ask *ask)
{
    struct kind_date date;
    uint64_t year;
    if (ask->cell->text.len == 4) { /* a year alone, where the name says so */
        if (ask->hint < KIND_HINT_STRONG || !str_u64(ask->cell->text, &year)) {
            return KIND_NO;
        }
        date = (struct kind_date){(unsigned)year, 1, 1, false};
    } else if (ask->cell->digits < 6 || ask->cell->text.len < 8 || !kind_date_read(ask->cell->text, &date)) {
        return KIND_NO;
    }
    if (date.has_time || (int32_t)date.year > ask->year || (int32_t)date.year < ask->year - AGE_MAX) {
        return KIND_SHAPE;
    }
    ask->param = (int32_t)date.year;
    ask->slot = date.year < OLD_BEFORE                          ? ERA_OLD
                : (int32_t)date.year > ask->year - RECENT_YEARS ? ERA_RECENT
                                                                : ERA_MIDDLE;
    return KIND_YES;
}

/* Named so: dates with plausible ages. Unnamed, in a table of people: dates from before 1965 to the young, as hardly any
 * other date of a business runs. */
static bool fits_birth_date(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                            double *ret_score)
{
    double share = kind_share(view, view->k, view->k_distinct);
    *ret_k = view->k;
    *ret_score = 2;
    if (view->k == 0 || view->slots == NULL || share < kind->floor) {
        return false;
    }
    double k = (double)view->k;
    double old = (double)view->slots[ERA_OLD].k / k;
    double recent = (double)view->slots[ERA_RECENT].k / k;
    if (view->hint >= KIND_HINT_PLAIN) {
        return recent < 0.9 || view->k < 5;
    }
    *ret_score = 1;
    return view->of_people && view->k_distinct >= 10 && old >= 0.1 && recent < 0.05 && view->slots[ERA_MIDDLE].k > 0 &&
           view->slots[ERA_MIDDLE].max - view->slots[ERA_OLD].min >= 35;
}

const struct kind_detector kind_birth_date = {
    .id = "birth-date",
    .needs = {CELL_DIGIT, 0},
    .min = 4,
    .max = 35,
    .digits_min = 4,
    .digits_max = 24,
    .slots = BIRTH_SLOTS,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .floor = 0.6,
    .is = is_birth_date,
    .fits = fits_birth_date,
};
