/* Expressions of columns that ClickHouse computes when a row is read: an ALIAS always, a DEFAULT or MATERIALIZED in parts that are older
 * than the column. dictGet() in one may run a program, a table behind IN may be another server's: only calls of functions that are
 * known to look at their arguments alone are harmless. */
#include "base/str.h"
#include "sources/clickhouse.h"

#include "base/banned.h"

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Behind a text or a name in quotes that begins at `at`. */
static size_t behind_quoted(struct str text, size_t at)
{
    char quote = text.data[at++];
    while (at < text.len && text.data[at] != quote) {
        at += text.data[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

static bool is_known_call(struct str name)
{
    static const char *const calls[] = {
        "now",
        "now64",
        "today",
        "yesterday",
        "toDate",
        "toDate32",
        "toDateTime",
        "toDateTime64",
        "toString",
        "toYear",
        "toMonth",
        "toYYYYMM",
        "toYYYYMMDD",
        "toHour",
        "toInt8",
        "toInt16",
        "toInt32",
        "toInt64",
        "toUInt8",
        "toUInt16",
        "toUInt32",
        "toUInt64",
        "toFloat32",
        "toFloat64",
        "toUUID",
        "CAST",
        "_CAST",
        "toNullable",
        "assumeNotNull",
        "toFixedString",
        "lower",
        "upper",
        "concat",
        "substring",
        "length",
        "empty",
        "notEmpty",
        "if",
        "coalesce",
        "ifNull",
        "plus",
        "minus",
        "multiply",
        "divide",
        "modulo",
        "round",
        "floor",
        "abs",
        "generateUUIDv4",
        "rand",
        "rand64",
        "cityHash64",
        "array",
        "tuple",
        "emptyArrayString",
        "toStartOfDay",
        "toStartOfHour",
        "toStartOfMonth",
        "toUnixTimestamp",
        "domain",
        "trim",
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (str_eq(name, str_of(calls[i]))) {
            return true;
        }
    }
    return false;
}

/* What follows a word decides what it is: a call must be known; a table may follow IN. */
static bool is_harmless_word(struct str word, bool is_call)
{
    bool reaches = str_eq_nocase(word, STR("in")) || str_eq_nocase(word, STR("select")) ||
                   str_eq_nocase(word, STR("with")) || str_eq_nocase(word, STR("from"));
    return !reaches && (!is_call || is_known_call(word));
}

bool clickhouse_is_harmless(struct str expression)
{
    for (size_t at = 0; at < expression.len;) {
        char c = expression.data[at];
        size_t to = at + 1;
        if (c == '\'' || c == '`' || c == '"') {
            to = behind_quoted(expression, at);
        } else if (is_word_byte(c)) {
            while (to < expression.len && is_word_byte(expression.data[to])) {
                to++;
            }
        }
        size_t next = to;
        while (next < expression.len && strchr(" \t\r\n", expression.data[next]) != NULL) {
            next++;
        }
        bool is_call = next < expression.len && expression.data[next] == '(';
        bool is_name = is_word_byte(c) || c == '`' || c == '"';
        if (c == '-' && to < expression.len && expression.data[to] == '-') {
            return false; /* a comment: what is behind it is not looked through */
        }
        if ((c == '/' && to < expression.len && expression.data[to] == '*') || c == '#') {
            return false;
        }
        if (is_name &&
            !is_harmless_word(str_slice(expression, at, to < expression.len ? to : expression.len), is_call)) {
            return false;
        }
        at = to;
    }
    return true;
}
