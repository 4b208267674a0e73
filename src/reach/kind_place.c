/* Where somebody lives or was: street, postcode and city by what the column is called and whether values can be that; streets
 * also by the words in them; positions as pairs of latitude and longitude (WGS 84 degrees), or both in one cell. */
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

enum { STREET, POSTCODE, CITY, PLACE_SLOTS };

/* "12 High Street", "Hauptstr. 5", "rue de la Paix 3": a word for a street, as written with spaces for all marks. A space
 * before it: a word of its own; none: the end of one. */
static bool has_street_word(struct str text)
{
    static const struct str words[] = {
        STR_INIT(" street "),
        STR_INIT(" st "),
        STR_INIT(" road "),
        STR_INIT(" rd "),
        STR_INIT(" avenue "),
        STR_INIT(" ave "),
        STR_INIT(" lane "),
        STR_INIT(" ln "),
        STR_INIT(" drive "),
        STR_INIT(" dr "),
        STR_INIT(" blvd "),
        STR_INIT(" boulevard "),
        STR_INIT(" court "),
        STR_INIT(" close "),
        STR_INIT(" way "),
        STR_INIT("stra\xc3\x9f"
                 "e "),
        STR_INIT("strasse "),
        STR_INIT("str "),
        STR_INIT("weg "),
        STR_INIT("platz "),
        STR_INIT("allee "),
        STR_INIT("gasse "),
        STR_INIT("straat "),
        STR_INIT("laan "),
        STR_INIT(" rue "),
        STR_INIT(" calle "),
        STR_INIT(" avenida "),
        STR_INIT(" via "),
        STR_INIT(" ul "),
        STR_INIT(" rua "),
        STR_INIT(" piazza "),
        STR_INIT(" corso "),
        STR_INIT(" plaza "),
        STR_INIT(" chemin "),
        STR_INIT(" parkway "),
    };
    char plain[CELL_BYTES + 2];
    size_t len = 0;
    plain[len++] = ' ';
    for (size_t i = 0; i < text.len && i < CELL_BYTES; i++) {
        char byte = text.data[i];
        bool is_mark = byte == '.' || byte == ',' || byte == '\n' || byte == ';';
        plain[len++] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : is_mark ? ' ' : byte);
    }
    plain[len++] = ' ';
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (memmem(plain, len, words[i].data, words[i].len) != NULL) {
            return true;
        }
    }
    return false;
}

static enum kind_is is_address(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    bool has_letters = cell->letters >= 2 || (cell->classes & CELL_HIGH) != 0;
    if ((cell->classes & (CELL_AT | CELL_LESS | CELL_DOLLAR)) != 0) {
        return KIND_NO;
    }
    if (ask->hint == KIND_HINT_NONE) {
        bool is_street =
            has_letters && cell->digits > 0 && cell->digits <= 12 && cell->text.len >= 6 && has_street_word(cell->text);
        return is_street ? KIND_YES : KIND_NO;
    }
    if (strcmp(ask->part, "postcode") == 0) {
        ask->slot = POSTCODE;
        return cell->digits >= 2 && cell->digits <= 9 && cell->text.len >= 3 && cell->text.len <= 10 ? KIND_YES
                                                                                                     : KIND_NO;
    }
    ask->slot = strcmp(ask->part, "city") == 0 ? CITY : STREET;
    /* A number alone is a house's where the name says so; in "address" it is another table's id. */
    bool is_house_number = strcmp(ask->part, "house number") == 0 && cell->digits > 0 && cell->text.len <= 8;
    bool is_text = has_letters && cell->text.len >= 2 && cell->text.len <= 200;
    return is_text || is_house_number ? KIND_YES : KIND_NO;
}

static bool fits_address(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                         double *ret_score)
{
    double share = kind_share(view, view->k, view->k_distinct);
    bool is_named = view->hint >= KIND_HINT_PLAIN ||
                    (view->hint == KIND_HINT_WEAK && (view->of_people || view->has_partner) && !view->is_reference);
    *ret_k = view->k;
    *ret_score = is_named ? 2 : 1;
    return view->k > 0 && share >= kind->floor && (is_named || (view->hint == KIND_HINT_NONE && view->k_distinct >= 2));
}

static void say_address(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    static const char *const names[PLACE_SLOTS] = {"street", "postcode", "city"};
    (void)ret_weak;
    kind_name_slots(view, names, PLACE_SLOTS, out);
}

const struct kind_detector kind_address = {
    .id = "address",
    .min = 1,
    .max = 256,
    .slots = PLACE_SLOTS,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .floor = 0.4,
    .is = is_address,
    .fits = fits_address,
    .scheme = say_address,
};

/* ---- positions ---- */

/* A decimal number in [-limit, limit]; *ret_fraction: digits behind the point. */
static bool is_degree(struct str text, double limit, size_t *ret_fraction)
{
    double value;
    struct str_cut cut = str_cut(text, '.');
    *ret_fraction = cut.tail.len;
    return str_double(text, &value) && value >= -limit && value <= limit;
}

/* "52.52,13.405", "52.52 13.405", "POINT(13.405 52.52)", "(52.5,13.4)" */
static bool is_pair(struct str text)
{
    size_t open = str_find(text, STR("("), 0);
    bool is_point = open != SIZE_MAX && text.data[text.len - 1] == ')' &&
                    (open == 0 || str_find_nocase(text, STR("point"), 0) != SIZE_MAX);
    struct str inner = is_point ? str_slice(text, open + 1, text.len - 1) : text;
    struct str_cut cut = str_cut(inner, ',');
    cut = cut.found ? cut : str_cut(inner, ' ');
    size_t first, second;
    struct str a = str_trim(cut.head), b = str_trim(cut.tail);
    bool is_in_range = is_degree(a, 180, &first) && is_degree(b, 180, &second);
    return cut.found && is_in_range && (is_point || (first >= 3 && second >= 3));
}

static enum kind_is is_location(struct kind_ask *ask)
{
    size_t fraction;
    if ((ask->cell->classes & (CELL_COMMA | CELL_SPACE | CELL_PAREN)) != 0 && is_pair(ask->cell->text)) {
        return KIND_YES;
    }
    if (ask->hint < KIND_HINT_STRONG) {
        return KIND_NO;
    }
    double limit = strcmp(ask->part, "latitude") == 0 ? 90 : 180;
    return is_degree(ask->cell->text, limit, &fraction) ? KIND_YES : KIND_SHAPE;
}

static bool fits_location(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                          double *ret_score)
{
    *ret_k = view->k;
    *ret_score = 2;
    bool is_half = view->hint == KIND_HINT_STRONG;
    bool is_known = is_half ? view->has_partner : view->hint != KIND_HINT_NONE || view->k_distinct >= 2;
    return view->k > 0 && is_known && kind_share(view, view->k, view->k_distinct) >= kind->floor;
}

const struct kind_detector kind_location = {
    .id = "location",
    .needs = {CELL_DIGIT, 0},
    .takes = CELL_DIGIT | CELL_DOT | CELL_DASH | CELL_PLUS | CELL_COMMA | CELL_SPACE | CELL_PAREN | CELL_LETTER,
    .min = 1,
    .max = 80,
    .digits_min = 1,
    .digits_max = 40,
    .may_by_name = true,
    .is_whole = true,
    .floor = 0.6,
    .is = is_location,
    .fits = fits_location,
};
