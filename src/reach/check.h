/* Check digits. Digits are ASCII; letters where a scheme has them are upper case. Each says false for a foreign byte. */
#ifndef ASSAY_REACH_CHECK_H
#define ASSAY_REACH_CHECK_H

#include "assay/words.h"

bool check_digits(const char *text, size_t n); /* n bytes, all digits */
/* ISO/IEC 7812-1, annex B: from the right every second digit doubled, digit sum; mod 10. */
bool check_luhn(const char *digits, size_t n);
/* J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group of order ten. */
bool check_verhoeff(const char *digits, size_t n);
/* ISO 7064 MOD 97-10 of digits and letters (A = 10), already in the order in which they count. Remainder, or 97. */
unsigned check_mod97(const char *text, size_t n);
/* ISO 7064 MOD 11,10, the last digit being the check digit. */
bool check_mod11_10(const char *digits, size_t n);
/* Sum of digit times weight over n digits; weights as one letter each: 'A' = 0, 'B' = 1, ... 'K' = 10. */
unsigned check_sum(const char *digits, const char *weights, size_t n);
/* n digits as a number, n <= 18. */
uint64_t check_number(const char *digits, size_t n);
/* A day of the calendar; year 0 stands for one that is not known (29 February is one then). */
bool check_date(unsigned year, unsigned month, unsigned day);

#endif
