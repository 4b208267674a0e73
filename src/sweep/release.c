/* Numbers are compared as numbers, at most eight of them and up to nine digits each; a longer one is its first nine. */
#include "sweep/release.h"
#include "base/str.h"

#include "base/banned.h"

enum { NUMBERS_MAX = 8, DIGITS_MAX = 9, RELEASE_MAX_BYTES = 24 };

struct parts {
    unsigned numbers[NUMBERS_MAX];
    int stage;      /* -4 dev ... 0 release, 1 patch level */
    unsigned count; /* of -rc2: 2 */
};

static const struct {
    const char *word;
    int stage;
} stages[] = {{"dev", -4}, {"alpha", -3}, {"beta", -2}, {"rc", -1}, {"pl", 1}};

/* The stage that begins at `at`, "-rc1"; how many bytes it has, 0 if none. */
static size_t stage_at(struct str s, size_t at, struct parts *parts)
{
    if (at >= s.len || s.data[at] != '-') {
        return 0;
    }
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        struct str word = str_of(stages[i].word);
        size_t end = at + 1 + word.len;
        if (!str_eq_nocase(str_slice(s, at + 1, end), word)) {
            continue;
        }
        parts->stage = stages[i].stage;
        end += end + 1 < s.len && (s.data[end] == '.' || s.data[end] == '-') && str_is_digit(s.data[end + 1]);
        for (unsigned digits = 0; end < s.len && str_is_digit(s.data[end]) && digits < DIGITS_MAX; end++, digits++) {
            parts->count = parts->count * 10 + (unsigned)(s.data[end] - '0');
        }
        return end - at;
    }
    return 0;
}

struct str release_at(struct str bytes, size_t at)
{
    size_t end = at, dots = 0;
    while (end < bytes.len && end - at < RELEASE_MAX_BYTES &&
           (str_is_digit(bytes.data[end]) || bytes.data[end] == '.')) {
        if (bytes.data[end] == '.' && (end == at || end + 1 >= bytes.len || !str_is_digit(bytes.data[end + 1]))) {
            break;
        }
        dots += bytes.data[end++] == '.';
    }
    if (dots == 0 || end - at >= RELEASE_MAX_BYTES) {
        return STR("");
    }
    struct parts parts = {.stage = 0};
    return str_slice(bytes, at, end + stage_at(bytes, end, &parts));
}

static struct parts parts_of(struct str release)
{
    struct parts parts = {.stage = 0};
    size_t at = 0, number = 0;
    unsigned digits = 0;
    while (at < release.len && (str_is_digit(release.data[at]) || release.data[at] == '.')) {
        if (release.data[at] == '.') {
            number++;
            digits = 0;
        } else if (number < NUMBERS_MAX && digits < DIGITS_MAX) {
            parts.numbers[number] = parts.numbers[number] * 10 + (unsigned)(release.data[at] - '0');
            digits++;
        }
        at++;
    }
    (void)stage_at(release, at, &parts);
    return parts;
}

static int compare_numbers(const struct parts *a, const struct parts *b)
{
    for (size_t i = 0; i < NUMBERS_MAX; i++) {
        if (a->numbers[i] != b->numbers[i]) {
            return a->numbers[i] < b->numbers[i] ? -1 : 1;
        }
    }
    return 0;
}

int release_compare(struct str a, struct str b)
{
    struct parts left = parts_of(a), right = parts_of(b);
    int order = compare_numbers(&left, &right);
    if (order == 0) {
        order = (left.stage > right.stage) - (left.stage < right.stage);
    }
    return order != 0 ? order : (left.count > right.count) - (left.count < right.count);
}

/* release is a -dev, -alpha, -beta or -rc of that very release. */
static bool is_on_the_way(struct str release, struct str to)
{
    struct parts left = parts_of(release), right = parts_of(to);
    return left.stage < 0 && right.stage == 0 && compare_numbers(&left, &right) == 0;
}

/* Within the bounds: whether it is one that is known to have the fault. */
static enum release_place place_within(struct str release, const struct release_range *range)
{
    struct str seen = range->seen.len != 0 ? range->seen : range->from.len != 0 ? range->from : range->to;
    if (range->to.len != 0 && release_compare(release, range->to) > 0) {
        return RELEASE_PERHAPS;
    }
    return seen.len != 0 && release_compare(release, seen) >= 0 ? RELEASE_INSIDE : RELEASE_PERHAPS;
}

enum release_place release_place(struct str release, const struct release_range *range)
{
    if (range->from.len != 0 && release_compare(release, range->from) < 0) {
        return is_on_the_way(release, range->from) ? RELEASE_PERHAPS : RELEASE_OUTSIDE;
    }
    if (range->fixed.len != 0 && release_compare(release, range->fixed) >= 0) {
        return RELEASE_OUTSIDE;
    }
    if (range->fixed.len != 0 && is_on_the_way(release, range->fixed)) {
        return RELEASE_PERHAPS;
    }
    return place_within(release, range);
}
