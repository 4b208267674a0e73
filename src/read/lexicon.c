/* Phrases in one table that is looked up by hash; first words in another, so that most words of a text cost one look. */
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { SLOTS = 1 << 15, ENTRIES_MAX = SLOTS / 2, FILE_MAX_BYTES = 1 << 20 };

struct first_word {
    struct str word;
    uint32_t lists;
};

struct lexicon {
    struct lexicon_entry *entries[SLOTS];
    struct first_word firsts[SLOTS];
    size_t count, first_count;
};

static const char *const files[] = {
#define X(name, file) file,
    LEXICON_LISTS(X)
#undef X
};

static size_t slot_of(enum lexicon_list list, struct str phrase)
{
    return (str_hash(phrase) + (size_t)list * 0x9e3779b97f4a7c15ULL) % SLOTS;
}

const struct lexicon_entry *lexicon_find(const struct lexicon *lexicon, enum lexicon_list list, struct str phrase)
{
    for (size_t slot = slot_of(list, phrase); lexicon->entries[slot] != NULL; slot = (slot + 1) % SLOTS) {
        const struct lexicon_entry *entry = lexicon->entries[slot];
        if (entry->list == list && str_eq(entry->phrase, phrase)) {
            return entry;
        }
    }
    return NULL;
}

uint32_t lexicon_begins(const struct lexicon *lexicon, struct str word)
{
    size_t slot = str_hash(word) % SLOTS;
    while (lexicon->firsts[slot].lists != 0 && !str_eq(lexicon->firsts[slot].word, word)) {
        slot = (slot + 1) % SLOTS;
    }
    return lexicon->firsts[slot].lists;
}

size_t lexicon_size(const struct lexicon *lexicon)
{
    return lexicon->count;
}

static void note_first(struct lexicon *lexicon, struct str word, enum lexicon_list list)
{
    size_t slot = str_hash(word) % SLOTS;
    while (lexicon->firsts[slot].lists != 0 && !str_eq(lexicon->firsts[slot].word, word)) {
        slot = (slot + 1) % SLOTS;
    }
    lexicon->firsts[slot].word = word;
    lexicon->firsts[slot].lists |= UINT32_C(1) << list;
}

static int add(struct lexicon *lexicon, struct arena *keep, struct lexicon_entry entry, struct err *err)
{
    struct lexicon_entry *kept = ARENA_NEW(keep, struct lexicon_entry, 1, err);
    if (kept == NULL || lexicon->count >= ENTRIES_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d phrases", ENTRIES_MAX);
    }
    size_t slot = slot_of(entry.list, entry.phrase);
    while (lexicon->entries[slot] != NULL &&
           (lexicon->entries[slot]->list != entry.list || !str_eq(lexicon->entries[slot]->phrase, entry.phrase))) {
        slot = (slot + 1) % SLOTS;
    }
    entry.other = lexicon->entries[slot];
    *kept = entry;
    lexicon->entries[slot] = kept;
    lexicon->count++;
    note_first(lexicon, str_cut(entry.phrase, ' ').head, entry.list);
    return 0;
}

static int read_line(struct lexicon *lexicon, struct arena *keep, enum lexicon_list list, struct str line,
                     struct err *err)
{
    if (str_trim(line).len == 0 || line.data[0] == '#') {
        return 0;
    }
    struct str_cut first = str_cut(line, '\t');
    struct str_cut second = str_cut(first.tail, '\t');
    unsigned words = 1;
    for (size_t i = 0; i < first.head.len; i++) {
        char c = first.head.data[i];
        words += c == ' ';
        if (c >= 'A' && c <= 'Z') {
            return err_set(err, ERR_FORMAT, "a phrase with a capital: '%.*s'", STR_FMT(first.head));
        }
    }
    if (first.head.len == 0 || words > LEXICON_WORDS_MAX || !str_is_utf8(line)) {
        return err_set(err, ERR_FORMAT, "a phrase has one to %d words of UTF-8, and stands at the line's beginning",
                       LEXICON_WORDS_MAX);
    }
    struct lexicon_entry entry = {.list = list, .phrase = arena_str(keep, first.head, err)};
    entry.value = arena_str(keep, str_trim(second.head), err).data;
    entry.extra = arena_str(keep, str_trim(second.tail), err).data;
    return entry.phrase.data != NULL && entry.value != NULL && entry.extra != NULL ? add(lexicon, keep, entry, err)
                                                                                   : -1;
}

static int load_file(struct lexicon *lexicon, struct arena *keep, const char *folder, enum lexicon_list list,
                     struct err *err)
{
    char path[4200];
    OWN(own_buf) struct buf bytes = {0};
    int length = snprintf(path, sizeof path, "%s/%s.tsv", folder, files[list]);
    if (length < 0 || (size_t)length >= sizeof path) {
        return err_set(err, ERR_LIMIT, "%s: path too long", folder);
    }
    TRY(file_read(path, FILE_MAX_BYTES, &bytes, err));
    unsigned number = 1;
    for (struct str_cut cut = str_cut(buf_str(&bytes), '\n');; cut = str_cut(cut.tail, '\n'), number++) {
        if (read_line(lexicon, keep, list, cut.head, err) != 0) {
            return err_where(err, "%s:%u", path, number);
        }
        if (!cut.found) {
            return 0;
        }
    }
}

struct lexicon *lexicon_load(struct arena *keep, const char *folder, struct err *err)
{
    struct lexicon *lexicon = ARENA_NEW(keep, struct lexicon, 1, err);
    for (enum lexicon_list list = 0; lexicon != NULL && list < LISTS; list++) {
        if (load_file(lexicon, keep, folder, list, err) != 0) {
            return NULL;
        }
    }
    return lexicon;
}

size_t lexicon_at(const struct reader *reader, enum lexicon_list list, const struct sentence *s, size_t at,
                  const struct lexicon_entry **ret_entry)
{
    char text[160];
    size_t len = 0, best = 0;
    *ret_entry = NULL;
    if (at >= s->count || (s->tokens[at].lists & UINT32_C(1) << list) == 0) {
        return 0;
    }
    for (size_t i = at; i < s->count && i - at < LEXICON_WORDS_MAX; i++) {
        struct str low = s->tokens[i].low;
        if (low.len == 0 || len + low.len + 1 > sizeof text ||
            (i > at && s->tokens[i - 1].is_possessive && list != LIST_CHANNELS)) {
            break;
        }
        if (len != 0) {
            text[len++] = ' ';
        }
        memcpy(text + len, low.data, low.len);
        len += low.len;
        const struct lexicon_entry *entry = lexicon_find(reader->lexicon, list, (struct str){text, len});
        if (entry != NULL) {
            *ret_entry = entry;
            best = i + 1 - at;
        }
    }
    return best;
}

bool word_is(const struct reader *reader, const struct sentence *s, size_t at, const char *class)
{
    const struct lexicon_entry *entry = NULL;
    if (at >= s->count || (s->tokens[at].lists & UINT32_C(1) << LIST_GRAMMAR) == 0) {
        return false;
    }
    for (entry = lexicon_find(reader->lexicon, LIST_GRAMMAR, s->tokens[at].low); entry != NULL; entry = entry->other) {
        if (strcmp(entry->value, class) == 0) {
            return true;
        }
    }
    return false;
}

const char *noun_at(const struct reader *reader, const struct sentence *s, size_t at, size_t *ret_count)
{
    const struct lexicon_entry *entry;
    size_t count = lexicon_at(reader, LIST_NOUNS, s, at, &entry);
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return count != 0 ? entry->value : NULL;
}
