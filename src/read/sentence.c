/* Sentences and their tokens. A full stop within quotation marks ends no sentence, so that a quotation stays with the words that say whose it
 * is; nor does one behind an abbreviation. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { CITED_MAX = 1500 /* bytes within quotation marks; behind them a full stop ends the sentence */ };

void *reader_more(struct reader *reader, void **all, size_t *count, size_t *cap, size_t size, size_t most)
{
    if (*count >= most) {
        reader->is_cut = true;
        return NULL;
    }
    if (*count == *cap) {
        size_t wanted = *cap != 0 ? *cap * 2 : 32;
        char *grown = arena_take(reader->arena, wanted * size, reader->err);
        if (grown == NULL) {
            return NULL;
        }
        if (*count != 0) {
            memcpy(grown, *all, *count * size);
        }
        *all = grown;
        *cap = wanted;
    }
    return (char *)*all + (*count)++ * size;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* A quotation mark at the head of text: its length, 0 if there is none. *ret_side: '<' opens, '>' closes, '"' either. */
static size_t quote_at(struct str text, char *ret_side)
{
    static const struct {
        struct str bytes;
        char side;
    } marks[] = {{STR_INIT("\xe2\x80\x9c"), '<'}, {STR_INIT("\xe2\x80\x9d"), '>'}, {STR_INIT("\xe2\x80\x9e"), '<'},
                 {STR_INIT("\xc2\xab"), '<'},     {STR_INIT("\xc2\xbb"), '>'},     {STR_INIT("\""), '"'}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_starts(text, marks[i].bytes)) {
            *ret_side = marks[i].side;
            return marks[i].bytes.len;
        }
    }
    return 0;
}

/* Single ones: a left one opens before a letter; a right one, or a straight one, closes behind a mark or a word if one is open. */
static size_t single_at(struct str text, size_t at, bool is_open, char *ret_side)
{
    struct str rest = str_slice(text, at, text.len);
    size_t left = str_starts(rest, STR("\xe2\x80\x98")) ? 3 : 0;
    size_t right = str_starts(rest, STR("\xe2\x80\x99")) ? 3 : 0;
    size_t straight = str_starts(rest, STR("'")) ? 1 : 0;
    size_t len = left + right + straight;
    if (len == 0) {
        return 0;
    }
    bool is_word_before = at > 0 && (is_letter(text.data[at - 1]) || is_digit(text.data[at - 1]));
    bool is_word_after = at + len < text.len && (is_letter(text.data[at + len]) || is_digit(text.data[at + len]));
    bool opens = (left != 0 || straight != 0) && !is_word_before && is_word_after && !is_open;
    bool closes = (right != 0 || straight != 0) && !is_word_after && is_open && at > 0 && text.data[at - 1] != ' ';
    *ret_side = opens ? '<' : '>';
    return opens || closes ? len : 0;
}

/* Where we are while going through a block. */
struct cursor {
    bool is_cited, is_single;
    size_t cited_from;
};

/* Steps over a quotation mark at `at`; its length and what it does. */
static size_t step_quote(struct cursor *cursor, struct str text, size_t at, char *ret_side)
{
    char side = 0;
    size_t len = quote_at(str_slice(text, at, text.len), &side);
    if (len != 0) {
        side = side == '"' ? (cursor->is_cited ? '>' : '<') : side;
        cursor->is_cited = side == '<';
        cursor->cited_from = at;
    } else if ((len = single_at(text, at, cursor->is_single, &side)) != 0) {
        cursor->is_single = side == '<';
    }
    *ret_side = side;
    return len;
}

static bool is_abbreviation(const struct reader *reader, struct str text, size_t stop)
{
    size_t from = stop;
    char low[16];
    while (from > 0 && (is_letter(text.data[from - 1]) || text.data[from - 1] == '.')) {
        from--;
    }
    size_t len = stop - from;
    if (len == 0 || len >= sizeof low) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text.data[from + i];
        low[i] = (char)(is_upper(c) ? c + 32 : c);
    }
    bool is_initial = len == 1 && is_upper(text.data[from]);
    return is_initial || lexicon_find(reader->lexicon, LIST_ABBREVIATIONS, (struct str){low, len}) != NULL;
}

/* Does a sentence end with the mark at `at`, seen from what comes behind? */
static bool is_end(const struct reader *reader, struct str text, size_t at, size_t next)
{
    if (next < text.len && text.data[next] != ' ') {
        return false;
    }
    if (text.data[at] == '.' && next < text.len && is_abbreviation(reader, text, at)) {
        return false;
    }
    char side = 0;
    struct str rest = str_trim(str_slice(text, next, text.len));
    bool is_chat = str_starts(text, STR("[")) && text.len > 1 && is_digit(text.data[1]); /* of a log: written small */
    return rest.len == 0 || is_chat || is_upper(rest.data[0]) || is_digit(rest.data[0]) || rest.data[0] == '(' ||
           rest.data[0] == '[' || rest.data[0] == '@' || quote_at(rest, &side) != 0 ||
           (unsigned char)rest.data[0] >= 0x80;
}

static int add_sentence(struct reader *reader, const struct prose_block *block, struct str text)
{
    text = str_trim(text);
    if (text.len == 0) {
        return 0;
    }
    struct sentence *sentence = MORE(reader, reader->sentences, SENTENCES_MAX);
    if (sentence == NULL) {
        return reader->is_cut ? 0 : -1;
    }
    *sentence = (struct sentence){.text = text, .block = block, .number = (uint32_t)reader->sentences.count};
    return 0;
}

static int cut_block(struct reader *reader, const struct prose_block *block)
{
    struct str text = block->text;
    struct cursor cursor = {0};
    size_t from = 0;
    for (size_t at = 0; at < text.len;) {
        char side;
        size_t quote = step_quote(&cursor, text, at, &side);
        bool is_stop = quote == 0 && strchr(".!?", text.data[at]) != NULL && text.data[at] != '\0';
        bool was_stopped = quote != 0 && side == '>' && at > 0 && strchr(".!?", text.data[at - 1]) != NULL;
        at += quote != 0 ? quote : 1;
        if (!is_stop && !was_stopped) {
            continue;
        }
        bool is_within = (cursor.is_cited || cursor.is_single) && at - cursor.cited_from < CITED_MAX;
        if (!is_within && is_end(reader, text, is_stop ? at - 1 : at - quote, at)) {
            TRY(add_sentence(reader, block, str_slice(text, from, at)));
            from = at;
        }
    }
    return add_sentence(reader, block, str_slice(text, from, text.len));
}

/* ---- tokens ---- */

struct lexing {
    struct reader *reader;
    struct sentence *sentence;
    struct token *room; /* TOKENS_MAX */
    struct cursor cursor;
};

static void put(struct lexing *lexing, struct token token)
{
    struct sentence *sentence = lexing->sentence;
    if (sentence->count >= TOKENS_MAX) {
        sentence->dropped++;
        return;
    }
    token.text = str_slice(sentence->text, token.at, token.end);
    token.is_cited = lexing->cursor.is_cited || lexing->cursor.is_single;
    token.is_capital = token.text.len != 0 && is_upper(token.text.data[0]);
    lexing->room[sentence->count++] = token;
}

static void put_mark(struct lexing *lexing, size_t at, size_t len, char mark)
{
    put(lexing, (struct token){.kind = TOKEN_MARK, .mark = mark, .at = (uint32_t)at, .end = (uint32_t)(at + len)});
}

static struct str lowered(struct reader *reader, struct str text)
{
    struct str copy = arena_str(reader->arena, text, reader->err);
    char *bytes = (char *)(uintptr_t)copy.data;
    size_t len = 0;
    for (size_t i = 0; copy.data != NULL && i < copy.len; i++) {
        if (str_starts(str_slice(text, i, text.len), STR("\xe2\x80\x99"))) {
            bytes[len++] = '\'';
            i += 2;
            continue;
        }
        bytes[len++] = (char)(is_upper(text.data[i]) ? text.data[i] + 32 : text.data[i]);
    }
    return (struct str){copy.data, len};
}

static bool is_word_byte(char c)
{
    return is_letter(c) || is_digit(c) || strchr("_$%&+#~@", c) != NULL;
}

/* Marks that join what stands on both sides of them. */
static bool joins(struct str text, size_t at)
{
    bool is_between = at > 0 && at + 1 < text.len && is_word_byte(text.data[at - 1]) && text.data[at - 1] != '\0' &&
                      is_word_byte(text.data[at + 1]) && text.data[at + 1] != '\0' &&
                      (unsigned char)text.data[at + 1] != 0xe2; /* U+2000 on: dashes and quotation marks */
    bool is_number = is_between && is_digit(text.data[at - 1]) && is_digit(text.data[at + 1]);
    char c = text.data[at];
    return (is_between && (c == '-' || c == '.' || c == '\'')) || (is_number && (c == ',' || c == ':' || c == '/'));
}

/* Where a word that begins at `at` ends. An apostrophe within is part of it, a dash of two is not. */
static size_t word_end(struct str text, size_t at)
{
    static const struct str ends[] = {STR_INIT("\xe2\x80\x94"), STR_INIT("\xe2\x80\x93"), STR_INIT("\xe2\x80\xa6"),
                                      STR_INIT("\xe2\x80\x9c"), STR_INIT("\xe2\x80\x9d"), STR_INIT("\xe2\x80\x98"),
                                      STR_INIT("\xc2\xab"),     STR_INIT("\xc2\xbb"),     STR_INIT("\xe2\x80\x9e"),
                                      STR_INIT("\xe2\x80\xba"), STR_INIT("\xe2\x80\xb9"), STR_INIT("\xe2\x80\xa2"),
                                      STR_INIT("\xc2\xb7"),     STR_INIT("\xe2\x86\x92")};
    size_t to = at;
    while (to < text.len) {
        struct str rest = str_slice(text, to, text.len);
        bool is_apostrophe = str_starts(rest, STR("\xe2\x80\x99"));
        if (is_apostrophe) {
            if (to + 3 >= text.len || !is_letter(text.data[to + 3]) || (unsigned char)text.data[to + 3] == 0xe2) {
                break;
            }
            to += 3;
            continue;
        }
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            if (str_starts(rest, ends[i])) {
                return to;
            }
        }
        if (text.data[to] == '\0' || (!is_word_byte(text.data[to]) && !joins(text, to))) {
            break;
        }
        to++;
    }
    return to;
}

/* Until white space or a quotation mark, without the marks that end a sentence. */
static size_t run_end(struct str text, size_t at)
{
    size_t to = at;
    char side;
    while (to < text.len && text.data[to] != ' ' && quote_at(str_slice(text, to, text.len), &side) == 0) {
        to++;
    }
    while (to > at && strchr(".,;:!?)]>'", text.data[to - 1]) != NULL) {
        to--;
    }
    return to;
}

static bool is_url(struct str run)
{
    size_t scheme = str_find(run, STR("://"), 0);
    return (scheme != SIZE_MAX && scheme > 2 && scheme < 12) || (str_starts(run, STR("www.")) && run.len > 8) ||
           str_starts(run, STR("t.me/"));
}

static enum token_kind kind_of(struct str run)
{
    size_t sign = str_find(run, STR("@"), 0);
    if (is_url(run)) {
        return TOKEN_URL;
    }
    if (sign == 0 && run.len > 2) {
        return TOKEN_HANDLE;
    }
    bool is_mail = sign != SIZE_MAX && sign + 3 < run.len && str_find(run, STR("."), sign) != SIZE_MAX;
    return is_mail ? TOKEN_MAIL : TOKEN_WORD;
}

static bool ends_possessive(struct str word)
{
    return str_ends(word, STR("'s")) || str_ends(word, STR("\xe2\x80\x99s"));
}

static size_t put_word(struct lexing *lexing, size_t at)
{
    struct str text = lexing->sentence->text;
    bool may_run = is_word_byte(text.data[at]) && text.data[at] != '\0';
    size_t run = may_run ? run_end(text, at) : at;
    struct token token = {.kind = kind_of(str_slice(text, at, run)), .at = (uint32_t)at, .end = (uint32_t)run};
    if (token.kind != TOKEN_WORD) {
        token.low = str_slice(text, at, run);
        put(lexing, token);
        return run;
    }
    size_t to = word_end(text, at);
    if (to == at) {
        to = at + (str_utf8_step(str_slice(text, at, text.len)) > 1 ? str_utf8_step(str_slice(text, at, text.len)) : 1);
        char c = text.data[at]; /* angle brackets stand for quotation marks here */
        put_mark(lexing, at, to - at, c == '\xe2' ? '-' : c == '<' ? '(' : c == '>' ? ')' : c);
        return to;
    }
    struct str word = str_slice(text, at, to);
    bool is_plural = to < text.len && word.data[word.len - 1] == 's' && !lexing->cursor.is_single &&
                     (text.data[to] == '\'' || str_starts(str_slice(text, to, text.len), STR("\xe2\x80\x99")));
    token.is_possessive = ends_possessive(word) || is_plural;
    size_t tail = ends_possessive(word) ? (word.data[word.len - 2] == '\'' ? 2 : 4) : 0;
    token.end = (uint32_t)(to - tail);
    token.kind = is_digit(word.data[0]) ? TOKEN_NUMBER : TOKEN_WORD;
    token.low = lowered(lexing->reader, str_slice(word, 0, word.len - tail));
    token.lists = lexicon_begins(lexing->reader->lexicon, token.low);
    put(lexing, token);
    return to + (is_plural ? (text.data[to] == '\'' ? 1 : 3) : 0);
}

/* Does a sentence end with that mark within a quotation, so that the next one begins there? */
static bool ends_within(const struct reader *reader, const struct sentence *s, size_t at)
{
    const struct token *mark = &s->tokens[at], *before = &s->tokens[at - 1], *next = &s->tokens[at + 1];
    bool is_stop = mark->kind == TOKEN_MARK && strchr(".!?", mark->mark) != NULL && mark->is_cited;
    bool is_short = mark->mark == '.' &&
                    (before->text.len == 1 || lexicon_find(reader->lexicon, LIST_ABBREVIATIONS, before->low) != NULL);
    bool begins = next->is_cited && next->kind == TOKEN_WORD && (next->is_capital || next->kind == TOKEN_NUMBER);
    return is_stop && !is_short && begins && next->at > mark->end;
}

static void note_later(const struct reader *reader, struct sentence *s)
{
    bool is_later = false;
    for (size_t at = 1; at + 1 < s->count; at++) {
        is_later &= s->tokens[at].is_cited;
        s->tokens[at].is_later = is_later;
        is_later |= ends_within(reader, s, at);
    }
}

static int lex(struct reader *reader, struct sentence *sentence, struct token *room)
{
    struct lexing lexing = {.reader = reader, .sentence = sentence, .room = room};
    struct str text = sentence->text;
    for (size_t at = 0; at < text.len;) {
        char side;
        size_t quote = text.data[at] == ' ' ? 0 : step_quote(&lexing.cursor, text, at, &side);
        if (quote != 0) {
            put_mark(&lexing, at, quote, side);
        }
        at = quote != 0 ? at + quote : text.data[at] == ' ' ? at + 1 : put_word(&lexing, at);
    }
    sentence->tokens = ARENA_NEW(reader->arena, struct token, sentence->count + 1, reader->err);
    if (sentence->tokens == NULL) {
        return -1;
    }
    if (sentence->count != 0) {
        memcpy(sentence->tokens, room, sentence->count * sizeof *room);
    }
    note_later(reader, sentence);
    return 0;
}

bool sentence_is_examined(const struct sentence *sentence)
{
    return sentence->block->role == PROSE_BODY || sentence->block->role == PROSE_SIGNATURE;
}

struct str sentence_slice(const struct sentence *s, size_t from, size_t to)
{
    return from >= to || to > s->count ? STR("") : str_slice(s->text, s->tokens[from].at, s->tokens[to - 1].end);
}

static void count_english(struct reader *reader, const struct sentence *s)
{
    for (size_t i = 0; sentence_is_examined(s) && i < s->count; i++) {
        bool is_word = s->tokens[i].kind == TOKEN_WORD;
        reader->words += is_word;
        reader->english_words +=
            is_word && (s->tokens[i].lists & (UINT32_C(1) << LIST_COMMON | UINT32_C(1) << LIST_GRAMMAR)) != 0;
    }
}

int sentences_cut(struct reader *reader)
{
    for (size_t i = 0; i < reader->prose.count; i++) {
        TRY(cut_block(reader, &reader->prose.blocks[i]));
    }
    struct token *room = ARENA_NEW(reader->arena, struct token, TOKENS_MAX, reader->err);
    for (size_t i = 0; i < reader->sentences.count && room != NULL; i++) {
        TRY(lex(reader, &reader->sentences.all[i], room));
        count_english(reader, &reader->sentences.all[i]);
    }
    /* Of English running text about half the words are of those lists; of other languages hardly any. */
    reader->is_english = reader->words < 8 || reader->english_words * 5 >= reader->words;
    return room != NULL ? 0 : -1;
}
