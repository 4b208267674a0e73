/* Check digits of national and payment numbers. Each formula from the standard or law named in check.h or at its use. */
#include "reach/check.h"

#include "base/banned.h"

bool check_digits(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return n > 0;
}

bool check_luhn(const char *digits, size_t n)
{
    static const unsigned char doubled[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    unsigned sum = 0;
    if (!check_digits(digits, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(digits[n - 1 - i] - '0');
        sum += i % 2 == 0 ? digit : doubled[digit];
    }
    return sum % 10 == 0;
}

/* Product in the dihedral group D5: 0..4 turns, 5..9 turns of the flipped pentagon. */
static unsigned dihedral(unsigned a, unsigned b)
{
    if (a < 5) {
        return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    }
    return b < 5 ? 5 + (a - 5 + 5 - b) % 5 : (a - 5 + 5 - (b - 5)) % 5;
}

bool check_verhoeff(const char *digits, size_t n)
{
    static const unsigned char step[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    unsigned sum = 0;
    if (!check_digits(digits, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(digits[n - 1 - i] - '0');
        for (size_t turn = 0; turn < i % 8; turn++) { /* the permutation has order eight */
            digit = step[digit];
        }
        sum = dihedral(sum, digit);
    }
    return sum == 0;
}

unsigned check_mod97(const char *text, size_t n)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            rest = (rest * 10 + (unsigned)(text[i] - '0')) % 97;
        } else if (text[i] >= 'A' && text[i] <= 'Z') {
            rest = (rest * 100 + (unsigned)(text[i] - 'A' + 10)) % 97;
        } else {
            return 97;
        }
    }
    return rest;
}

bool check_mod11_10(const char *digits, size_t n)
{
    unsigned rest = 10;
    if (n < 2 || !check_digits(digits, n)) {
        return false;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        unsigned sum = (rest + (unsigned)(digits[i] - '0')) % 10;
        rest = (sum == 0 ? 10 : sum) * 2 % 11;
    }
    return (11 - rest) % 10 == (unsigned)(digits[n - 1] - '0');
}

unsigned check_sum(const char *digits, const char *weights, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (unsigned)(digits[i] - '0') * (unsigned)(weights[i] - 'A');
    }
    return sum;
}

uint64_t check_number(const char *digits, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n && i < 18; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    return value;
}

bool check_date(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char days[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1]) {
        return false;
    }
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return !(month == 2 && day == 29 && year != 0 && !is_leap);
}
