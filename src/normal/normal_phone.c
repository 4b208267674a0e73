/* Telephone numbers. The same subscriber is written +49 171 1234567, 0049 (0)171 1234567, 0171/1234567, 49 171 1234567
 * or 1711234567. What is in all of them is the national number without its trunk prefix; that is the key. Country codes and
 * lengths of national numbers: ITU-T E.164 and the national numbering plans filed with it. */
#include "base/str.h"
#include "normal/normal_parts.h"

#include "base/banned.h"

/* How long a country's numbers are without trunk prefix, and which digits they begin with (bit d: digit d). */
struct calling {
    uint8_t least, most;
    uint16_t first;
};

#define FROM_1 0x3fe
#define FROM_2 0x3fc

static const struct calling short_codes[100] = {
    [1] = {10, 10, FROM_2},  [7] = {10, 10, 0x3f8},   [20] = {8, 10, FROM_1},  [27] = {9, 9, 0x1fe},
    [30] = {10, 10, 0x44},   [31] = {9, 9, 0x1fe},    [32] = {8, 9, FROM_1},   [33] = {9, 9, FROM_1},
    [34] = {9, 9, 0x3c0},    [36] = {8, 9, FROM_1},   [39] = {8, 11, 0x9},     [40] = {9, 9, 0x8c},
    [41] = {9, 9, FROM_2},   [43] = {8, 12, FROM_1},  [44] = {9, 10, 0x18e},   [45] = {8, 8, FROM_2},
    [46] = {7, 9, FROM_1},   [47] = {8, 8, FROM_2},   [48] = {9, 9, FROM_1},   [49] = {7, 11, FROM_1},
    [51] = {8, 9, FROM_1},   [52] = {10, 11, FROM_1}, [53] = {8, 8, FROM_2},   [54] = {10, 11, FROM_1},
    [55] = {10, 11, FROM_1}, [56] = {9, 9, FROM_2},   [57] = {10, 10, FROM_1}, [58] = {10, 10, 0x14},
    [60] = {8, 10, FROM_1},  [61] = {9, 9, 0x19c},    [62] = {8, 12, FROM_2},  [63] = {8, 10, FROM_2},
    [64] = {8, 10, FROM_2},  [65] = {8, 8, 0x348},    [66] = {8, 9, FROM_2},   [81] = {10, 10, FROM_1},
    [82] = {8, 10, FROM_1},  [84] = {9, 10, FROM_2},  [86] = {10, 11, FROM_1}, [90] = {10, 10, 0x3c},
    [91] = {10, 10, FROM_1}, [92] = {9, 10, FROM_1},  [93] = {9, 9, FROM_1},   [94] = {9, 9, FROM_1},
    [95] = {7, 10, FROM_1},  [98] = {10, 10, FROM_1},
};

/* Codes of three digits, ascending. */
static const struct {
    uint16_t from, to;
    struct calling calling;
} long_codes[] = {
    {211, 211, {9, 9, FROM_1}},  {212, 212, {9, 9, 0x3e0}},   {213, 213, {8, 9, FROM_1}},  {216, 216, {8, 8, FROM_2}},
    {218, 218, {8, 9, FROM_1}},  {220, 224, {7, 9, FROM_1}},  {225, 225, {10, 10, 0x3ff}}, {226, 233, {7, 9, FROM_1}},
    {234, 234, {8, 10, FROM_1}}, {235, 269, {7, 9, FROM_1}},  {290, 291, {5, 7, FROM_1}},  {297, 299, {6, 7, FROM_1}},
    {350, 350, {8, 8, FROM_2}},  {351, 351, {9, 9, 0x36c}},   {352, 352, {6, 9, FROM_2}},  {353, 353, {7, 9, FROM_1}},
    {354, 354, {7, 7, 0x3f0}},   {355, 355, {8, 9, FROM_1}},  {356, 357, {8, 8, FROM_2}},  {358, 358, {6, 10, FROM_1}},
    {359, 359, {8, 9, FROM_1}},  {370, 371, {8, 8, FROM_2}},  {372, 372, {7, 8, FROM_2}},  {373, 374, {8, 8, FROM_1}},
    {375, 375, {9, 9, FROM_1}},  {376, 376, {6, 9, FROM_1}},  {377, 377, {8, 9, FROM_1}},  {378, 378, {6, 10, 0x3ff}},
    {380, 380, {9, 9, FROM_2}},  {381, 381, {8, 9, FROM_1}},  {382, 383, {8, 8, FROM_1}},  {385, 385, {8, 9, FROM_1}},
    {386, 387, {8, 8, FROM_1}},  {389, 389, {8, 8, FROM_2}},  {420, 421, {9, 9, FROM_2}},  {423, 423, {7, 7, FROM_2}},
    {500, 501, {5, 7, FROM_1}},  {502, 506, {8, 8, FROM_1}},  {507, 507, {7, 8, FROM_1}},  {508, 508, {6, 6, FROM_1}},
    {509, 509, {8, 8, FROM_2}},  {590, 590, {9, 9, FROM_1}},  {591, 591, {8, 8, FROM_2}},  {592, 592, {7, 7, FROM_2}},
    {593, 593, {8, 9, FROM_2}},  {594, 596, {9, 9, FROM_1}},  {597, 597, {6, 7, FROM_2}},  {598, 598, {8, 8, FROM_2}},
    {599, 599, {7, 8, FROM_1}},  {670, 670, {7, 8, FROM_2}},  {672, 692, {4, 8, FROM_1}},  {850, 850, {8, 10, FROM_1}},
    {852, 853, {8, 8, FROM_2}},  {855, 855, {8, 9, FROM_1}},  {856, 856, {8, 10, FROM_2}}, {880, 880, {8, 10, FROM_1}},
    {886, 886, {8, 9, FROM_2}},  {960, 960, {7, 7, FROM_1}},  {961, 961, {7, 8, FROM_1}},  {962, 962, {8, 9, FROM_2}},
    {963, 963, {8, 9, FROM_1}},  {964, 964, {8, 10, FROM_1}}, {965, 965, {8, 8, FROM_1}},  {966, 966, {8, 9, FROM_1}},
    {967, 967, {7, 9, FROM_1}},  {968, 968, {8, 8, FROM_2}},  {970, 970, {8, 9, FROM_1}},  {971, 971, {8, 9, FROM_2}},
    {972, 972, {8, 9, FROM_1}},  {973, 976, {8, 8, FROM_1}},  {977, 977, {8, 10, FROM_1}}, {992, 992, {9, 9, FROM_1}},
    {993, 993, {8, 8, FROM_1}},  {994, 996, {9, 9, FROM_1}},  {998, 998, {9, 9, FROM_1}},
};

static const struct calling *long_code(unsigned code)
{
    size_t low = 0, high = sizeof(long_codes) / sizeof(*long_codes);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > long_codes[middle].to) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < sizeof(long_codes) / sizeof(*long_codes) && code >= long_codes[low].from;
    return found ? &long_codes[low].calling : NULL;
}

/* What the first digits are the calling code of: one digit (1, 7), one of the pairs that are codes, else three; no code is the
 * beginning of another. NULL: a code of three digits that no country has. *ret_len 0: no code at all. */
static const struct calling *calling_of(struct str digits, unsigned *ret_code, size_t *ret_len)
{
    unsigned code = 0;
    *ret_code = 0;
    *ret_len = 0;
    for (size_t len = 1; len <= 3 && len < digits.len; len++) {
        code = code * 10 + (unsigned)(digits.data[len - 1] - '0');
        if (code == 0) {
            return NULL;
        }
        bool is_short = len < 3 && short_codes[code].most != 0;
        if (is_short || len == 3) {
            *ret_code = code;
            *ret_len = len;
            return is_short ? &short_codes[code] : long_code(code);
        }
    }
    return NULL;
}

/* The national number behind a country code. Where nobody said that one stands there, only if numbers of such a length and
 * beginning exist. */
static bool behind_country(struct str digits, bool is_said, unsigned *ret_country, struct str *ret_national)
{
    size_t len = 0;
    unsigned country = 0;
    const struct calling *calling = calling_of(digits, &country, &len);
    if (len == 0 || (calling == NULL && !is_said)) {
        return false;
    }
    struct str national = normal_strip_zeros(str_slice(digits, len, digits.len));
    unsigned first = (unsigned)(digits.data[len] - '0');
    bool fits = is_said ? national.len >= 6 && national.len <= 13
                        : national.len >= calling->least && national.len <= calling->most && first <= 9 &&
                              ((calling->first >> first & 1U) != 0 || first == 0);
    if (fits) {
        *ret_country = country;
        *ret_national = national;
    }
    return fits;
}

/* The Americas' plan: an area and an exchange, neither begins with 0 or 1. */
static bool is_american(struct str digits)
{
    return digits.len == 10 && digits.data[0] >= '2' && digits.data[3] >= '2';
}

/* Nobody said that the number is international: a trunk prefix goes, and a country code where nothing else makes sense. */
static struct str without_trunk(struct str digits, size_t first_group)
{
    static const struct str hungary[] = {STR_INIT("0620"), STR_INIT("0630"), STR_INIT("0631"), STR_INIT("0650"),
                                         STR_INIT("0670")};
    unsigned ignored;
    size_t len = 0;
    struct str national;
    if (digits.data[0] == '0') {
        for (size_t i = 0; digits.len == 11 && i < sizeof(hungary) / sizeof(*hungary); i++) {
            if (str_starts(digits, hungary[i])) {
                return str_slice(digits, 2, digits.len);
            }
        }
        return normal_strip_zeros(digits);
    }
    bool is_russian = digits.len == 11 && digits.data[0] == '8' && (digits.data[1] == '3' || digits.data[1] == '9');
    if (is_russian || (digits.data[0] == '8' && first_group == 1 && digits.len >= 9)) {
        return normal_strip_zeros(str_slice(digits, 1, digits.len));
    }
    const struct calling *calling = is_american(digits) ? NULL : calling_of(digits, &ignored, &len);
    bool is_grouped = calling != NULL && len == first_group;
    bool is_short =
        calling != NULL && digits.len == 10 && len == 2 && calling->most == 8; /* Denmark, Norway, Singapore */
    bool may_have_code = (digits.len >= 11 || is_grouped || is_short) && !(digits.len == 11 && digits.data[0] == '1');
    if (may_have_code && behind_country(digits, false, &ignored, &national)) {
        return national;
    }
    bool has_eight = digits.len == 11 && digits.data[0] == '8' && (calling == NULL || len != 2);
    return has_eight ? str_slice(digits, 1, digits.len) : digits;
}

struct str normal_phone_key(struct str digits, struct phone_shape shape, unsigned *ret_country)
{
    struct str national = digits;
    size_t len = 0;
    *ret_country = 0;
    if (shape.is_international) {
        struct str after = normal_strip_zeros(digits);
        (void)calling_of(after, ret_country, &len);
        national = normal_strip_zeros(str_slice(after, len, after.len));
    } else if (!(str_starts(digits, STR("00")) &&
                 behind_country(str_slice(digits, 2, digits.len), true, ret_country, &national)) &&
               !(str_starts(digits, STR("011")) &&
                 behind_country(str_slice(digits, 3, digits.len), false, ret_country, &national)) &&
               !(str_starts(digits, STR("0011")) &&
                 behind_country(str_slice(digits, 4, digits.len), false, ret_country, &national))) {
        national = without_trunk(digits, shape.first_group);
    }
    /* 1 is the Americas' trunk prefix, and the beginning of every Chinese and most long German mobile numbers: without
     * a country code nobody can tell, so it goes from all. Behind 54, 9 says "mobile" and is left out within Argentina. */
    bool has_mark = national.len == 11 && (national.data[0] == '1' || (*ret_country == 54 && national.data[0] == '9'));
    return has_mark ? str_slice(national, 1, national.len) : national;
}
