/* Passports: lines of the machine-readable zone (ICAO Doc 9303, part 3 4.9: check digits with weights 7 3 1; part 4: two lines of 44;
 * part 5: three of 30; part 6: two of 36), and numbers in a column called so. */
#include "base/str.h"
#include "reach/check.h"
#include "reach/kind.h"

#include "base/banned.h"

enum { ZONE, NUMBER, PASSPORT_SLOTS };

static unsigned value_of(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return (unsigned)(byte - '0');
    }
    return byte >= 'A' && byte <= 'Z' ? (unsigned)(byte - 'A') + 10 : 0;
}

/* n characters from `from`, the check digit behind them. */
static bool is_checked(struct str line, size_t from, size_t n)
{
    static const unsigned weights[3] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += value_of(line.data[from + i]) * weights[i % 3];
    }
    return check_digits(line.data + from + n, 1) && sum % 10 == value_of(line.data[from + n]);
}

static bool is_zone_line(struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        char byte = line.data[i];
        if (byte != '<' && !(byte >= 'A' && byte <= 'Z') && !(byte >= '0' && byte <= '9')) {
            return false;
        }
    }
    bool is_length = line.len == 44 || line.len == 36 || line.len == 30;
    if (!is_length || memchr(line.data, '<', line.len) == NULL) {
        return false;
    }
    if (line.len >= 36 && strchr("PVIAC", line.data[0]) != NULL && memmem(line.data, line.len, "<<", 2) != NULL &&
        !check_digits(line.data + line.len - 1, 1)) {
        return true; /* first line: document, state, name */
    }
    if (line.len == 30 && strchr("IAC", line.data[0]) != NULL && is_checked(line, 5, 9)) {
        return true;
    }
    return line.len >= 36 && is_checked(line, 0, 9) && is_checked(line, 13, 6) && is_checked(line, 21, 6);
}

/* One line or all of them: "P<UTOERIKSSON<<ANNA<MARIA<<<...\nL898902C36UTO..." */
static bool is_zone(struct str text)
{
    struct str_cut cut = str_cut(text, '\n');
    struct str first = str_trim(cut.head);
    if (!cut.found && (text.len == 88 || text.len == 72)) {
        first = str_slice(text, 0, text.len / 2);
    } else if (!cut.found && text.len == 90) {
        first = str_slice(text, 0, 30);
    }
    return is_zone_line(first);
}

static enum kind_is is_passport(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    if ((cell->classes & CELL_LESS) != 0) {
        ask->slot = ZONE;
        return is_zone(cell->text) ? KIND_YES : KIND_SHAPE;
    }
    bool is_number = ask->hint >= KIND_HINT_PLAIN && cell->compact_len >= 6 && cell->compact_len <= 12 &&
                     cell->digits >= 3 && cell->text.len <= cell->compact_len + 2;
    ask->slot = NUMBER;
    return is_number ? KIND_YES : KIND_NO;
}

static void say_passport(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    static const char *const names[PASSPORT_SLOTS] = {"machine-readable zone", NULL};
    (void)ret_weak;
    kind_name_slots(view, names, PASSPORT_SLOTS, out);
}

const struct kind_detector kind_passport = {
    .id = "passport",
    .needs = {CELL_DIGIT | CELL_LESS, 0},
    .min = 6,
    .max = 96,
    .slots = PASSPORT_SLOTS,
    .may_by_name = true,
    .may_be_opaque = true,
    .is_whole = true,
    .chance = 0.01,
    .prior = -1,
    .floor = 0.5,
    .is = is_passport,
    .scheme = say_passport,
};
