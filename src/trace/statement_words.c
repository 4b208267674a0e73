/* Which word is this? Statements are full of words, so it is a search by halves over a sorted list. */
#include "trace/statement_words.h"

#include "base/banned.h"

static const struct str words[] = {{"", 0},
#define WORD_TEXT(id, text) {(text), sizeof(text) - 1},
                                   WORDS(WORD_TEXT)
#undef WORD_TEXT
};

static int compare_nocase(struct str text, struct str lower)
{
    size_t n = text.len < lower.len ? text.len : lower.len;
    for (size_t i = 0; i < n; i++) {
        char c = text.data[i];
        int a = (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        if (a != (unsigned char)lower.data[i]) {
            return a - (unsigned char)lower.data[i];
        }
    }
    return text.len == lower.len ? 0 : text.len < lower.len ? -1 : 1;
}

enum word_id word_of(struct str text)
{
    for (size_t low = 1, high = sizeof words / sizeof *words; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = compare_nocase(text, words[middle]);
        if (order == 0) {
            return (enum word_id)middle;
        }
        *(order < 0 ? &high : &low) = order < 0 ? middle : middle + 1;
    }
    return WORD_OTHER;
}
