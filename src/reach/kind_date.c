/* Reading a date in its usual spellings. Nothing is guessed across a column: of a birth date the year is what matters. */
#include "reach/kind_date.h"

#include "base/str.h"
#include "reach/check.h"

#include "base/banned.h"

static bool number_of(struct str part, unsigned *ret_value)
{
    uint64_t value;
    if (part.len == 0 || part.len > 4 || !str_u64(part, &value)) {
        return false;
    }
    *ret_value = (unsigned)value;
    return true;
}

static unsigned month_of(struct str part)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (unsigned month = 0; part.len >= 3 && part.len <= 9 && month < 12; month++) {
        if (str_eq_nocase(str_slice(part, 0, 3), (struct str){names + 3 * (size_t)month, 3})) {
            return month + 1;
        }
    }
    return 0;
}

/* Midnight, a zone, or nothing behind the day. */
static bool is_midnight(struct str rest)
{
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] >= '1' && rest.data[i] <= '9') {
            return rest.data[i] != '\0' && i > 0 && memchr(rest.data, '+', i) != NULL; /* "+01" */
        }
    }
    return true;
}

static bool three_parts(struct str text, char separator, struct kind_date *date)
{
    struct str_cut first = str_cut(text, separator);
    struct str_cut second = str_cut(first.tail, separator);
    unsigned a, b, c;
    unsigned named = month_of(second.head);
    if (!second.found || !number_of(first.head, &a) || !number_of(second.tail, &c) ||
        (named == 0 && !number_of(second.head, &b))) {
        return false;
    }
    b = named != 0 ? named : b;
    if (first.head.len == 4) {
        *date = (struct kind_date){a, b, c, false};
    } else if (second.tail.len == 4) {
        *date = b > 12 ? (struct kind_date){c, a, b, false} : (struct kind_date){c, b, a, false};
    } else {
        return false;
    }
    return true;
}

bool kind_date_read(struct str text, struct kind_date *ret_date)
{
    struct kind_date date = {0};
    size_t end = 0;
    while (end < text.len && text.data[end] != ' ' && text.data[end] != 'T') {
        end++;
    }
    struct str day = str_slice(text, 0, end);
    if (day.len == 8 && check_digits(day.data, 8)) {
        date = (struct kind_date){(unsigned)check_number(day.data, 4), (unsigned)check_number(day.data + 4, 2),
                                  (unsigned)check_number(day.data + 6, 2), false};
    } else if (day.len < 8 || day.len > 11 ||
               (!three_parts(day, '-', &date) && !three_parts(day, '/', &date) && !three_parts(day, '.', &date))) {
        return false;
    }
    if (date.year < 1000 || date.year > 2999 || !check_date(date.year, date.month, date.day)) {
        return false;
    }
    date.has_time = !is_midnight(str_slice(text, end, text.len));
    *ret_date = date;
    return true;
}
