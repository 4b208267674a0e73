/* One spelling per value. The bytes of a cell are looked at once, many at a time where that decides, else through a table
 * of what each can mean; that says which of the readers is tried. */
#include "normal/normal_parts.h"
#include "normal/normal_quick.h"

#include "base/banned.h"

enum {
    DIGIT = 1,
    LOWER_HEX = 2, /* a-f */
    UPPER_HEX = 4, /* A-F */
    LOWER = 8,     /* g-z */
    UPPER = 16,    /* G-Z */
    AT = 32,
    SPACE = 64,
    DASH = 128,
    DOT = 256,
    COLON = 512,
    PLUS = 1024,
    PARENS = 2048,
    SLASH = 4096,
    EQUALS = 8192,
    UNDERSCORE = 16384,
    HIGH = 32768,
    OTHER = 65536,
    LETTERS = LOWER_HEX | UPPER_HEX | LOWER | UPPER
};

/* What each byte can mean, sixteen a line. */
#define D_ DIGIT
#define lh LOWER_HEX
#define uh UPPER_HEX
#define lo LOWER
#define up UPPER
#define SP SPACE
#define DA DASH
#define DO DOT
#define CO COLON
#define PL PLUS
#define PA PARENS
#define SL SLASH
#define EQ EQUALS
#define UN UNDERSCORE
#define OT OTHER
#define HI HIGH
/* clang-format off */
static const uint32_t byte_meaning[256] = {
    OT, OT, OT, OT, OT, OT, OT, OT, OT, SP, SP, SP, SP, SP, OT, OT,
    OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT,
    SP, OT, OT, OT, OT, OT, OT, OT, PA, PA, OT, PL, OT, DA, DO, SL,
    D_, D_, D_, D_, D_, D_, D_, D_, D_, D_, CO, OT, OT, EQ, OT, OT,
    AT, uh, uh, uh, uh, uh, uh, up, up, up, up, up, up, up, up, up,
    up, up, up, up, up, up, up, up, up, up, up, OT, OT, OT, OT, UN,
    OT, lh, lh, lh, lh, lh, lh, lo, lo, lo, lo, lo, lo, lo, lo, lo,
    lo, lo, lo, lo, lo, lo, lo, lo, lo, lo, lo, OT, OT, OT, OT, OT,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
};
/* clang-format on */
#undef D_
#undef lh
#undef uh
#undef lo
#undef up
#undef SP
#undef DA
#undef DO
#undef CO
#undef PL
#undef PA
#undef SL
#undef EQ
#undef UN
#undef OT
#undef HI

static inline unsigned meaning(unsigned char byte)
{
    return byte_meaning[byte];
}

static unsigned meanings(struct str s)
{
    const unsigned char *at = (const unsigned char *)s.data;
    unsigned all = 0, other = 0;
    size_t i = 0;
    for (; i + 4 <= s.len; i += 4) {
        all |= byte_meaning[at[i]] | byte_meaning[at[i + 1]];
        other |= byte_meaning[at[i + 2]] | byte_meaning[at[i + 3]];
    }
    for (; i < s.len; i++) {
        all |= byte_meaning[at[i]];
    }
    return all | other;
}

const char *normal_class_name(enum normal_class class)
{
    static const char *const names[] = {"none",   "e-mail",  "phone",  "time", "date",
                                        "number", "decimal", "secret", "text"};
    return class < NORMAL_CLASSES ? names[class] : "none";
}

void normalizer_close(struct normalizer *normalizer)
{
    buf_free(&normalizer->scratch);
    buf_free(&normalizer->folded);
    buf_free(&normalizer->converted);
}

/* ---- Numbers and phones ---- */

static void give_time(struct normalizer *normalizer, int64_t seconds, struct normal *out)
{
    out->class = seconds % 86400 != 0 ? NORMAL_TIME : NORMAL_DATE;
    out->seconds = normalizer->seconds = seconds;
    out->bytes = (struct str){(const char *)&normalizer->seconds, sizeof(normalizer->seconds)};
}

enum { PHONE_LEAST = 7 };

static void give_phone(struct str digits, struct phone_shape shape, struct normal *out)
{
    unsigned country;
    out->class = NORMAL_PHONE;
    out->bytes = normal_phone_key(digits, shape, &country);
    out->country = (uint16_t)country;
}

static bool take_phone(struct normalizer *normalizer, struct str s, struct normal *out)
{
    buf_reset(&normalizer->scratch);
    char *digits = buf_room(&normalizer->scratch, s.len);
    size_t count = 0;
    struct phone_shape shape = {0};
    for (size_t i = 0; digits != NULL && i < s.len; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9') {
            digits[count++] = s.data[i];
            continue;
        }
        shape.first_group = shape.first_group == 0 ? count : shape.first_group;
        if (s.data[i] == '+') {
            if (count != 0 || shape.is_international || (i != 0 && s.data[0] != '(')) {
                return false;
            }
            shape.is_international = true;
        }
    }
    if (count < PHONE_LEAST || count > NORMAL_PHONE_MOST) {
        return false;
    }
    give_phone((struct str){digits, count}, shape, out);
    return true;
}

bool normal_number_as_phone(struct str number, struct str *ret_phone)
{
    if (number.len < 8 || number.len > 15 || number.data[0] == '-') {
        return false;
    }
    unsigned country;
    *ret_phone = normal_phone_key(number, (struct phone_shape){.first_group = number.len}, &country);
    return true;
}

/* ---- Secrets ---- */

static bool is_crypt(struct str s)
{
    if (s.len < 20 || (s.data[0] != '$' && memchr("p{sbm", s.data[0], 5) == NULL)) {
        return false;
    }
    if (s.data[0] == '$' && s.data[1] == '2') { /* bcrypt: most of them */
        return true;
    }
    static const char *const beginnings[] = {"$argon2", "$1$",     "$5$",   "$6$",     "$y$",     "$7$",
                                             "$P$",     "$H$",     "$S$",   "$pbkdf2", "pbkdf2",  "{SSHA",
                                             "{SHA",    "{CRYPT}", "sha1$", "md5$",    "scrypt:", "bcrypt$"};
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
        if (s.data[0] == beginnings[i][0] && str_starts(s, str_of(beginnings[i]))) {
            return true;
        }
    }
    return false;
}

/* Random letters and digits (base64 and kin): many changes of kind and hardly a separator, unlike words, slugs and file
 * names. */
static bool is_token(struct str s, unsigned all)
{
    size_t changes = 0, digits = 0, separators = 0;
    unsigned before = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned kind = meaning((unsigned char)s.data[i]);
        kind = (kind & (LOWER_HEX | LOWER)) != 0 ? LOWER : (kind & (UPPER_HEX | UPPER)) != 0 ? UPPER : kind;
        digits += kind == DIGIT;
        separators += (kind & (DASH | UNDERSCORE | DOT)) != 0;
        changes += kind != before;
        before = kind;
    }
    bool both_cases = (all & (LOWER | LOWER_HEX)) != 0 && (all & (UPPER | UPPER_HEX)) != 0;
    return separators * 12 <= s.len && changes * 3 >= s.len && (both_cases ? digits >= 1 : digits * 5 >= s.len);
}

static bool take_secret(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    out->class = NORMAL_SECRET;
    out->bytes = s;
    if (is_crypt(s)) {
        return true;
    }
    const unsigned letters = LETTERS | DIGIT | PLUS | SLASH | EQUALS | DASH | UNDERSCORE | DOT;
    bool is_random = s.len >= 20 && (all & ~letters) == 0 && is_token(s, all);
    struct str hex;
    if (normal_take_digest(&normalizer->scratch, s, is_random, &hex)) {
        out->bytes = hex;
        return true;
    }
    return is_random;
}

/* ---- All ---- */

/* MySQL's "0000-00-00 00:00:00", which is no day. */
static bool is_zero_date(struct str s)
{
    return s.len >= 10 && str_starts(s, STR("0000-00-00")) && (s.len == 10 || s.data[10] <= ' ' || s.data[10] == 'T');
}

static bool is_null_word(struct str s)
{
    return s.len == 0 || is_zero_date(s) || (s.len == 4 && str_eq_nocase(s, STR("null"))) ||
           (s.len == 2 && str_eq(s, STR("\\N")));
}

/* "2020-13-41": written as a day, but none. */
static bool is_shaped_like_date(struct str s)
{
    return s.len >= 10 && (s.data[4] == '-' || s.data[4] == '/') && s.data[7] == s.data[4];
}

/* Values that begin with a digit, a sign or a bracket. */
static bool take_numeric(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    int64_t seconds;
    if (all == DIGIT && s.len < 32) {
        out->class = NORMAL_NUMBER;
        out->bytes = normal_strip_zeros(s);
        return true;
    }
    bool may_be_time = (all & (DASH | SLASH | DOT)) != 0 || ((all & LETTERS) != 0 && (all & SPACE) != 0);
    if (may_be_time && s.data[0] >= '0' && s.data[0] <= '9' && normal_take_time(s, normalizer->day_first, &seconds)) {
        give_time(normalizer, seconds, out);
        return true;
    }
    if (s.data[0] == '+' && all == (DIGIT | PLUS) && s.len >= 9) {
        return take_phone(normalizer, s, out);
    }
    if ((all & ~(unsigned)(DIGIT | DASH | DOT | PLUS | OTHER)) == 0 && normal_take_number(normalizer, s, out)) {
        return true;
    }
    const unsigned phone = DIGIT | SPACE | DASH | DOT | PLUS | PARENS | SLASH;
    return (all & ~phone) == 0 && (all & (SPACE | DASH | PLUS | PARENS | SLASH)) != 0 && !is_shaped_like_date(s) &&
           take_phone(normalizer, s, out);
}

/* Times and phones that begin with a word: "Sat, 14 Mar 2020", "ISODate(...)", "/Date(...)/", "tel:+49...". */
static bool take_worded(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    int64_t seconds;
    if (s.len > 4 && str_eq_nocase(str_slice(s, 0, 4), STR("tel:"))) {
        struct str number = str_trim(str_slice(s, 4, s.len));
        const unsigned phone = DIGIT | SPACE | DASH | DOT | PLUS | PARENS | SLASH;
        return number.len > 0 && (meanings(number) & ~phone) == 0 && take_phone(normalizer, number, out);
    }
    if ((all & (SPACE | PARENS)) == 0 || !normal_take_time(s, normalizer->day_first, &seconds)) {
        return false;
    }
    give_time(normalizer, seconds, out);
    return true;
}

/* The shapes that make up nearly all cells. s is trimmed and not empty. False decides nothing. */
static inline bool take_usual(struct normalizer *normalizer, struct str s, struct normal *out)
{
    int64_t seconds;
    enum normal_class class = normal_quick(s, normalizer->wanted, &seconds);
    if (normal_is_instant(class)) {
        give_time(normalizer, seconds, out);
        return true;
    }
    if (class != NORMAL_CLASSES) {
        out->class = class;
        out->bytes = s;
        return true;
    }
    if (normal_is_plain_phone(s)) {
        give_phone(str_slice(s, 1, s.len), (struct phone_shape){.is_international = true}, out);
        return true;
    }
    if (s.data[0] == '0' && s.len < 32 && scan_is_digits(s.data, s.len)) {
        out->class = NORMAL_NUMBER;
        out->bytes = normal_strip_zeros(s);
        return true;
    }
    return false;
}

static inline bool is_trimmed(struct str s)
{
    return s.len > 0 && (unsigned char)s.data[0] > ' ' && (unsigned char)s.data[s.len - 1] > ' ';
}

/* Every class but text, for cells that are no usual shape. */
static bool take_unusual(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    unsigned first = meaning((unsigned char)s.data[0]);
    if ((all & AT) != 0 && normal_take_email(normalizer, s, out)) {
        return true;
    }
    if ((all & AT) != 0) {
        return false;
    }
    if ((first & (DIGIT | PLUS | DASH | PARENS)) != 0 && take_numeric(normalizer, s, all, out)) {
        return true;
    }
    if ((all & DIGIT) != 0 && (first & (LETTERS | SLASH | OTHER)) != 0 && take_worded(normalizer, s, all, out)) {
        return true;
    }
    return s.len >= 16 && (all & SPACE) == 0 && take_secret(normalizer, s, all, out);
}

/* Letters of scripts that have no other form in ASCII: Greek to Thaana, Han, Hangul. With one of them, text stays text. */
static bool has_foreign_letter(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char)s.data[i];
        if ((byte >= 0xce && byte <= 0xdf) || (byte >= 0xe4 && byte <= 0xed && byte != 0xea)) {
            return true;
        }
    }
    return false;
}

/* White space that folding makes one space. */
static bool has_wide_gap(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((s.data[i] >= '\t' && s.data[i] <= '\r') || (s.data[i] == ' ' && i + 1 < s.len && s.data[i + 1] == ' ')) {
            return true;
        }
    }
    return false;
}

/* What is no usual shape. */
static void read_ascii(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    *out = (struct normal){0};
    if (is_null_word(s) || take_unusual(normalizer, s, all, out)) {
        return;
    }
    if ((all & SPACE) != 0 && has_wide_gap(s)) {
        s = normal_fold(&normalizer->converted, s, false);
        if (is_null_word(s) || take_unusual(normalizer, s, meanings(s), out)) {
            return;
        }
    }
    *out = (struct normal){.class = NORMAL_TEXT};
    if (normal_wants(normalizer, NORMAL_TEXT)) {
        out->bytes = normal_fold(&normalizer->scratch, s, false);
    }
}

/* Text beyond ASCII is folded; what becomes ASCII by that (full-width digits, no-break spaces) is read as such. */
static void read_foreign(struct normalizer *normalizer, struct str s, struct normal *out)
{
    *out = (struct normal){.class = NORMAL_TEXT};
    bool is_wanted = normal_wants(normalizer, NORMAL_TEXT);
    if (!is_wanted && has_foreign_letter(s)) {
        return;
    }
    struct str folded = normal_fold(&normalizer->folded, s, true);
    unsigned all = meanings(folded);
    if ((all & HIGH) == 0) {
        folded = str_trim(folded);
        if (folded.len == 0 || !take_usual(normalizer, folded, out)) {
            read_ascii(normalizer, folded, all, out);
        }
        return;
    }
    if ((all & AT) != 0) { /* an ellipsis is three dots */
        buf_reset(&normalizer->converted);
        buf_put(&normalizer->converted, folded);
        if (normal_take_email(normalizer, buf_str(&normalizer->converted), out)) {
            return;
        }
    }
    if (is_wanted) {
        out->bytes = (all & AT) != 0 ? buf_str(&normalizer->converted) : folded;
    }
}

void normal_value(struct normalizer *normalizer, struct str cell, struct normal *ret_normal)
{
    struct str s = is_trimmed(cell) ? cell : str_trim(cell);
    *ret_normal = (struct normal){0};
    if (s.len > 0 && take_usual(normalizer, s, ret_normal)) {
        return;
    }
    if (s.len > NORMAL_TEXT_MAX) {
        *ret_normal = (struct normal){.class = NORMAL_TEXT, .bytes = s};
        return;
    }
    unsigned all = meanings(s);
    if ((all & HIGH) == 0) {
        read_ascii(normalizer, s, all, ret_normal);
        return;
    }
    s = normal_utf8(&normalizer->converted, s);
    if ((all & AT) == 0 || !normal_take_email(normalizer, s, ret_normal)) {
        read_foreign(normalizer, s, ret_normal);
    }
}
