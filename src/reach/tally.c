/* Sums over tables and databases, and what they mean for "entire". */
#include "reach/inside.h"

#include "base/banned.h"

/* What a server says of itself is added up without a wrap, and stays what JSON carries exactly. */
uint64_t tally_sum(uint64_t a, uint64_t b)
{
    const uint64_t most = (UINT64_C(1) << 53) - 1;
    return a > most || b > most - a ? most : a + b;
}

void tally_plus(struct tally *sum, const struct tally *more)
{
    sum->tables += more->tables;
    sum->readable += more->readable;
    sum->partial += more->partial;
    sum->columns += more->columns;
    sum->rows = tally_sum(sum->rows, more->rows);
    sum->bytes = tally_sum(sum->bytes, more->bytes);
    sum->rows_kinds |= more->rows_kinds;
    sum->hidden += more->hidden;
}

const char *rows_kind_name(enum survey_rows kind)
{
    return kind == SURVEY_ROWS_EXACT ? "exact" : kind == SURVEY_ROWS_ESTIMATED ? "estimated" : "unknown";
}

const char *tally_rows_kind(const struct tally *tally)
{
    switch (tally->rows_kinds) {
    case 0:
    case HAS_EXACT:
        return "exact";
    case HAS_ESTIMATED:
        return "estimated";
    case HAS_UNKNOWN:
        return "unknown";
    default:
        return "mixed";
    }
}

const char *scope_name(enum scope scope)
{
    static const char *const names[] = {
        [SCOPE_UNTRIED] = "not tried", [SCOPE_NONE] = "none",     [SCOPE_UNKNOWN] = "unknown",
        [SCOPE_PART] = "part",         [SCOPE_ENTIRE] = "entire", [SCOPE_COUNT] = "unknown"};
    return names[scope];
}

enum scope scope_over(const uint64_t counts[static SCOPE_COUNT])
{
    bool is_open = counts[SCOPE_ENTIRE] != 0;
    if (counts[SCOPE_PART] != 0 || (is_open && counts[SCOPE_NONE] != 0)) {
        return SCOPE_PART;
    }
    if (counts[SCOPE_UNKNOWN] != 0) {
        return SCOPE_UNKNOWN;
    }
    return is_open ? SCOPE_ENTIRE : SCOPE_NONE;
}

/* An unreadable view hides nothing that its tables do not hold. */
enum scope scope_of_database(enum survey_scope said, const struct tally *tally, const char **ret_why)
{
    if (said == SURVEY_SCOPE_CLOSED) {
        return SCOPE_NONE;
    }
    if (tally->readable == 0) {
        bool is_empty = said == SURVEY_SCOPE_WHOLE && tally->tables == 0;
        *ret_why = is_empty             ? "it holds no table"
                   : tally->tables != 0 ? "none of its tables can be read"
                                        : "no table of it is shown, and what can be read would be";
        return is_empty ? SCOPE_ENTIRE : SCOPE_NONE;
    }
    if (tally->hidden != 0) {
        *ret_why = "not every table, column and row of it can be read";
        return SCOPE_PART;
    }
    if (said == SURVEY_SCOPE_WHOLE) {
        return SCOPE_ENTIRE;
    }
    *ret_why = "every table that is shown can be read, but only what can be read is shown: more may be there";
    return SCOPE_UNKNOWN;
}
