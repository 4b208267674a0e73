/* Telephone numbers: ITU-T E.164 (a plus, a country code, at most 15 digits) and national forms as people write them. Digits
 * alone are one only where the column's name says so: ids, dates and amounts are digits too. */
#include "base/str.h"
#include "reach/kind.h"

#include "base/banned.h"

enum { PHONE_TAKES = CELL_DIGIT | CELL_SPACE | CELL_DASH | CELL_DOT | CELL_SLASH | CELL_PLUS | CELL_PAREN };

/* "x12", "ext. 12" at the end. */
static struct str without_extension(struct str text)
{
    for (size_t i = 7; i < text.len; i++) {
        if ((text.data[i] | 0x20) == 'x' || (text.data[i] | 0x20) == 'e') {
            struct str rest = str_slice(text, i, text.len);
            bool is_extension =
                (rest.data[0] | 0x20) == 'x' || (rest.len > 3 && str_eq_nocase(str_slice(rest, 0, 3), STR("ext")));
            return is_extension && rest.len <= 11 ? str_trim(str_slice(text, 0, i)) : text;
        }
    }
    return text;
}

enum { FORM_OTHER, FORM_NANP, FORMS };

struct number {
    size_t digits, separators, parens;
    bool has_plus;
    char first, fourth; /* digits */
    size_t first_group;
};

static bool read_number(struct str text, struct number *number)
{
    *number = (struct number){0};
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];
        if (byte >= '0' && byte <= '9') {
            number->digits++;
            number->first = number->digits == 1 ? byte : number->first;
            number->fourth = number->digits == 4 ? byte : number->fourth;
            continue;
        }
        if (number->separators == 0) {
            number->first_group = number->digits;
        }
        if (byte == '+') {
            if (i > 1 || number->digits > 0) {
                return false;
            }
            number->has_plus = true;
        } else if (byte == '(' || byte == ')') {
            number->parens++;
        } else if (strchr(" -./\t", byte) != NULL && byte != '\0') {
            number->separators += number->digits > 0;
        } else {
            return false;
        }
    }
    return number->parens == 0 || number->parens == 2;
}

/* 3-3-4 with area code and exchange from 2 up: North American Numbering Plan. */
static bool is_nanp(struct str text, bool *ret_is_shape)
{
    static const unsigned char plain[] = {3, 3, 4};
    static const unsigned char long_distance[] = {1, 3, 3, 4};
    size_t skip = kind_cell_groups(text, "-. ", long_distance, 4) && text.data[0] == '1' ? 2 : 0;
    struct str rest = str_slice(text, skip, text.len);
    *ret_is_shape = kind_cell_groups(rest, "-. ", plain, 3);
    return *ret_is_shape && rest.data[0] >= '2' && rest.data[4] >= '2';
}

static enum kind_is by_form(const struct number *number, struct str text, unsigned *ret_form)
{
    bool is_shape = false;
    if (number->has_plus) {
        bool is_decimal = number->separators == 1 && memchr(text.data, '.', text.len) != NULL;
        return number->digits >= 8 && number->first != '0' && !is_decimal ? KIND_YES : KIND_SHAPE;
    }
    if (number->parens == 2 && number->digits >= 7) {
        return KIND_YES;
    }
    if (is_nanp(text, &is_shape)) {
        *ret_form = FORM_NANP;
        return KIND_YES;
    }
    if (is_shape) {
        return KIND_SHAPE;
    }
    if (number->separators == 0) {
        return KIND_NO;
    }
    bool is_trunk = number->first == '0' && number->first_group >= 2 && number->first_group <= 6;
    return is_trunk && number->digits >= 9 && number->digits <= 12 ? KIND_YES : KIND_SHAPE;
}

static enum kind_is is_phone(struct kind_ask *ask)
{
    struct number number;
    struct str text = without_extension(ask->cell->text);
    if (!read_number(text, &number) || number.digits < 6 || number.digits > 15) {
        return KIND_NO;
    }
    if (ask->hint >= KIND_HINT_PLAIN) {
        return number.digits >= 7 || number.separators > 0 ? KIND_YES : KIND_SHAPE;
    }
    return by_form(&number, text, &ask->slot);
}

/* Of random 3-3-4 groups 64 in a hundred begin as numbers do; of groups at random one in ten begins with 0. */
static bool fits_phone(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                       double *ret_score)
{
    struct kind_detector weighed = *kind;
    if (view->slots != NULL && view->slots[FORM_NANP].k * 2 < view->k) {
        weighed.chance = 0.1;
    }
    return kind_fits(&weighed, view, ret_k, ret_score);
}

const struct kind_detector kind_phone = {
    .id = "phone",
    .needs = {CELL_DIGIT, 0},
    .takes = PHONE_TAKES | CELL_LETTER,
    .min = 6,
    .max = 32,
    .digits_min = 6,
    .digits_max = 21,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .slots = FORMS,
    .chance = 0.7,
    .prior = -1,
    .floor = 0.5,
    .is = is_phone,
    .fits = fits_phone,
};
