/* The name of a column as words, and the kinds it hints at (kind_words.def). Names are hostile: cut, never followed further
 * than WORDS_BYTES. A name without marks between its words ("emailaddress") is compared glued. */
#include "reach/kind_words.h"

#include "base/str.h"

#include "base/banned.h"

enum { GLUED_MIN = 7 /* shorter patterns must be words of their own ("nt hash" ends "contenthash") ... */ };
static const char GLUED_SHORT[] = "email|phone|passwd"; /* ... but these */

struct row {
    int kind;
    enum kind_hint hint;
    const char *part, *patterns, *spoilers;
};

#define SPOILERS(text) static const char SPOIL_ALL[] = text;
#define DATES(text) static const char SPOIL_DATES[] = text;
#define PEOPLE(text) static const char TABLE_PEOPLE[] = text;
#define THINGS(text) static const char TABLE_THINGS[] = text;
#define NUMBERED(text) static const char NUMBERS[] = text;
#define MEDICAL(text) static const char TABLE_MEDICAL[] = text;
#define HINT(kind, how, part, patterns, spoilers)
#include "reach/kind_words.def"
#undef SPOILERS
#undef DATES
#undef PEOPLE
#undef THINGS
#undef NUMBERED
#undef MEDICAL
#undef HINT

#define SPOILERS(text)
#define DATES(text)
#define PEOPLE(text)
#define THINGS(text)
#define NUMBERED(text)
#define MEDICAL(text)
#define HINT(kind, how, part, patterns, spoilers) {KIND_##kind, KIND_HINT_##how, part, patterns, spoilers},
static const struct row rows[] = {
#include "reach/kind_words.def"
};
#undef SPOILERS
#undef DATES
#undef PEOPLE
#undef THINGS
#undef NUMBERED
#undef MEDICAL
#undef HINT

/* ---- reading a name ---- */

/* U+00C0 to U+017F without their marks; a space is no letter. */
static const char BASE[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
                           "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrr"
                           "ssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof(BASE) == 193, "one letter for each of 192 code points");

static void put(struct kind_words *words, char letter, bool *is_open)
{
    if (words->len >= WORDS_BYTES || (!*is_open && words->count >= WORDS_MAX)) {
        return;
    }
    if (!*is_open) {
        words->words[words->count++] = (struct str){words->text + words->len, 0};
        *is_open = true;
    }
    words->text[words->len++] = letter;
    words->words[words->count - 1].len++;
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* A capital begins a word behind a small letter, and before one: "userID", "IPAddress". */
static bool is_start(struct str name, size_t i)
{
    return is_upper(name.data[i]) && i > 0 &&
           (is_lower(name.data[i - 1]) ||
            (is_upper(name.data[i - 1]) && i + 1 < name.len && is_lower(name.data[i + 1])));
}

void kind_words_read(struct kind_words *words, struct str name)
{
    bool is_open = false;
    words->count = 0;
    words->len = 0;
    for (size_t i = 0; i < name.len && i < 2 * WORDS_BYTES; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        if (is_start(name, i)) {
            is_open = false;
        }
        if (is_upper((char)byte) || is_lower((char)byte)) {
            put(words, (char)(byte | 0x20), &is_open);
        } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < name.len) {
            size_t at = (size_t)(byte - 0xC3) * 64 + ((unsigned char)name.data[i + 1] & 0x3F);
            bool is_sharp_s = byte == 0xC3 && (unsigned char)name.data[i + 1] == 0x9F;
            i++;
            if (BASE[at] == ' ') {
                is_open = false;
                continue;
            }
            put(words, BASE[at], &is_open);
            if (is_sharp_s) {
                put(words, 's', &is_open);
            }
        } else {
            is_open = false;
        }
    }
}

/* ---- patterns ---- */

/* The next of "a b|c" in *rest; len 0 at the end. */
static struct str next_pattern(struct str *rest)
{
    struct str_cut cut = str_cut(*rest, '|');
    *rest = cut.tail;
    return cut.head;
}

static bool same_word(struct str word, struct str wanted)
{
    return str_eq(word, wanted) || (word.len == wanted.len + 1 && wanted.len > 2 && word.data[wanted.len] == 's' &&
                                    memcmp(word.data, wanted.data, wanted.len) == 0);
}

/* Where the words of the pattern stand in a row; SIZE_MAX if nowhere. */
static size_t find_words(const struct kind_words *words, struct str pattern, size_t *ret_count)
{
    for (size_t from = 0; from < words->count; from++) {
        struct str rest = pattern;
        size_t at = from;
        while (rest.len > 0 && at < words->count) {
            struct str_cut cut = str_cut(rest, ' ');
            if (!same_word(words->words[at], cut.head)) {
                break;
            }
            rest = cut.tail;
            at++;
        }
        if (rest.len == 0) {
            *ret_count = at - from;
            return from;
        }
    }
    return SIZE_MAX;
}

static bool is_listed(const char *list, struct str word)
{
    for (struct str rest = str_of(list); rest.len > 0;) {
        if (same_word(word, next_pattern(&rest))) {
            return true;
        }
    }
    return false;
}

static bool is_spoiler(const struct row *row, struct str word)
{
    return is_listed(row->spoilers, word) || is_listed(SPOIL_ALL, word) ||
           (row->kind != KIND_birth_date && is_listed(SPOIL_DATES, word));
}

static bool is_spoiled(const struct row *row, const struct kind_words *words, size_t from, size_t count)
{
    for (size_t i = 0; i < words->count; i++) {
        if ((i < from || i >= from + count) && is_spoiler(row, words->words[i])) {
            return true;
        }
    }
    return false;
}

/* "emailaddress", "custemail": the pattern without its spaces is the name, or begins or ends it. */
static enum kind_hint glued(const struct row *row, const struct kind_words *words, struct str pattern)
{
    char text[WORDS_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < pattern.len && len < sizeof(text); i++) {
        if (pattern.data[i] != ' ') {
            text[len++] = pattern.data[i];
        }
    }
    struct str wanted = {text, len};
    struct str name = {words->text, words->len};
    if (str_eq(name, wanted)) {
        return row->hint;
    }
    if ((len < GLUED_MIN && !is_listed(GLUED_SHORT, wanted)) || words->count > 1 ||
        (!str_starts(name, wanted) && !str_ends(name, wanted))) {
        return KIND_HINT_NONE;
    }
    struct str rest = str_starts(name, wanted) ? str_slice(name, len, name.len) : str_slice(name, 0, name.len - len);
    bool is_spoilt = is_spoiler(row, rest) || is_spoiled(row, words, words->count, 0);
    return is_spoilt || row->hint == KIND_HINT_WEAK ? KIND_HINT_NONE : row->hint - 1;
}

/* Thousands of patterns, and nearly none begins with a letter that begins a word of the name. */
static bool is_worth(const struct kind_words *words, uint32_t initials, struct str pattern)
{
    bool may_begin = (initials >> (pattern.data[0] - 'a') & 1U) != 0;
    bool may_end = words->count == 1 && pattern.data[pattern.len - 1] == words->text[words->len - 1];
    return may_begin || may_end;
}

static uint32_t initials_of(const struct kind_words *words)
{
    uint32_t initials = 0;
    for (size_t i = 0; i < words->count; i++) {
        initials |= UINT32_C(1) << (words->words[i].data[0] - 'a');
    }
    return initials;
}

static enum kind_hint row_hint(const struct row *row, const struct kind_words *words, uint32_t initials)
{
    enum kind_hint best = KIND_HINT_NONE;
    for (struct str rest = str_of(row->patterns); rest.len > 0;) {
        struct str pattern = next_pattern(&rest);
        if (pattern.len == 0 || !is_worth(words, initials, pattern)) {
            continue;
        }
        size_t count = 0;
        size_t from = find_words(words, pattern, &count);
        enum kind_hint hint = KIND_HINT_NONE;
        if (from != SIZE_MAX) {
            hint = is_spoiled(row, words, from, count) ? KIND_HINT_NONE : row->hint;
        } else {
            hint = glued(row, words, pattern);
        }
        best = hint > best ? hint : best;
    }
    return best;
}

void kind_words_hints(const struct kind_words *words, struct kind_hints *ret_hints)
{
    uint32_t initials = initials_of(words);
    *ret_hints = (struct kind_hints){0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && words->count > 0; i++) {
        enum kind_hint hint = row_hint(&rows[i], words, initials);
        if (hint > ret_hints->hint[rows[i].kind]) {
            ret_hints->hint[rows[i].kind] = hint;
            ret_hints->part[rows[i].kind] = rows[i].part;
        }
    }
}

/* The last word that is listed decides: "user_roles" is about roles. */
enum kind_table kind_words_table(const struct kind_words *words)
{
    for (size_t i = words->count; i > 0; i--) {
        if (is_listed(TABLE_PEOPLE, words->words[i - 1])) {
            return KIND_TABLE_PEOPLE;
        }
        if (is_listed(TABLE_THINGS, words->words[i - 1])) {
            return KIND_TABLE_THINGS;
        }
    }
    return KIND_TABLE_UNKNOWN;
}

static bool has_listed(const struct kind_words *words, const char *list)
{
    for (size_t i = 0; i < words->count; i++) {
        if (is_listed(list, words->words[i])) {
            return true;
        }
    }
    return false;
}

bool kind_words_is_medical(const struct kind_words *words)
{
    return has_listed(words, TABLE_MEDICAL);
}

bool kind_words_is_numbered(const struct kind_words *words)
{
    return has_listed(words, NUMBERS);
}
