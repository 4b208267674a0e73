/* Reading one line from left to right, for readers of logs that are made of words and brackets. Each step says whether
 * the line had it; after a false the place in the line has not moved. */
#ifndef ASSAY_FORMATS_LOG_SCAN_H
#define ASSAY_FORMATS_LOG_SCAN_H

#include "base/str.h"

struct scan {
    struct str text;
    size_t at;
};

static inline struct str scan_rest(const struct scan *scan)
{
    return str_slice(scan->text, scan->at, scan->text.len);
}

static inline bool scan_char(struct scan *scan, char c)
{
    bool is_there = scan->at < scan->text.len && scan->text.data[scan->at] == c;
    scan->at += is_there;
    return is_there;
}

static inline bool scan_text(struct scan *scan, struct str text)
{
    bool is_there = str_starts(scan_rest(scan), text);
    scan->at += is_there ? text.len : 0;
    return is_there;
}

/* Between min and max digits (at most 18), as many as there are. */
static inline bool scan_number(struct scan *scan, size_t min, size_t max, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < max && scan->at + digits < scan->text.len) {
        unsigned digit = (unsigned)(unsigned char)scan->text.data[scan->at + digits] - '0';
        if (digit > 9) {
            break;
        }
        number = number * 10 + digit;
        digits++;
    }
    if (digits < min) {
        return false;
    }
    scan->at += digits;
    *ret_number = number;
    return true;
}

/* Everything before c, which is passed over too; false if c does not come. */
static inline bool scan_until(struct scan *scan, char c, struct str *ret_text)
{
    struct str_cut cut = str_cut(scan_rest(scan), c);
    if (cut.found) {
        *ret_text = cut.head;
        scan->at += cut.head.len + 1;
    }
    return cut.found;
}

static inline void scan_blanks(struct scan *scan)
{
    while (scan->at < scan->text.len && (scan->text.data[scan->at] == ' ' || scan->text.data[scan->at] == '\t')) {
        scan->at++;
    }
}

/* The next word, blanks before it passed over; false at the end. */
static inline bool scan_word(struct scan *scan, struct str *ret_word)
{
    struct scan ahead = *scan;
    scan_blanks(&ahead);
    size_t from = ahead.at;
    while (ahead.at < ahead.text.len && ahead.text.data[ahead.at] != ' ' && ahead.text.data[ahead.at] != '\t') {
        ahead.at++;
    }
    if (ahead.at == from) {
        return false;
    }
    *ret_word = str_slice(scan->text, from, ahead.at);
    *scan = ahead;
    return true;
}

#endif
