/* Names: runs of capitalised words, accounts by their sign or by "user X", and what kind of party each is. A kind is a vote of every mention: the
 * name's own last word ("Ltd", "Gazette"), the noun before it ("the lender X"), the one behind a comma ("X, a payments firm,"), a first name. */
#include <stdio.h>

#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { APPOSITION_MAX = 9 /* tokens behind a comma that are looked at for a noun */ };

const char *const party_kind_names[PARTY_KINDS] = {"person", "company", "group", "account", "publication"};

enum party_kind party_kind_of_noun(const char *class)
{
    static const struct {
        const char *class;
        enum party_kind kind;
    } kinds[] = {{"company", PARTY_COMPANY}, {"office", PARTY_COMPANY},          {"group", PARTY_GROUP},
                 {"account", PARTY_ACCOUNT}, {"publication", PARTY_PUBLICATION}, {"role", PARTY_PERSON},
                 {"title", PARTY_PERSON}};
    for (size_t i = 0; class != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].class, class) == 0) {
            return kinds[i].kind;
        }
    }
    return PARTY_KINDS;
}

struct party *party_of_token(const struct reader *reader, const struct sentence *s, size_t at)
{
    return at < s->count && s->tokens[at].name != NO_NAME ? reader->parties.all[s->tokens[at].name - 1] : NULL;
}

static const char *suffix_of(const struct reader *reader, struct str low)
{
    const struct lexicon_entry *entry = lexicon_find(reader->lexicon, LIST_SUFFIXES, low);
    return entry != NULL ? entry->value : NULL;
}

/* Lower case, without "the", "Ltd" and account signs. */
static struct str key_of(struct reader *reader, struct str name)
{
    struct str copy = arena_str(reader->arena, name, reader->err);
    char *bytes = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; bytes != NULL && i < copy.len; i++) {
        bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
    }
    copy = str_starts(copy, STR("the ")) ? str_slice(copy, 4, copy.len) : copy;
    for (;;) {
        copy = str_trim(copy);
        while (copy.len > 1 && strchr(".,", copy.data[copy.len - 1]) != NULL) {
            copy.len--;
        }
        size_t blank = copy.len;
        while (blank > 0 && copy.data[blank - 1] != ' ') {
            blank--;
        }
        struct str last = str_slice(copy, blank, copy.len);
        const char *kind = blank != 0 ? suffix_of(reader, last) : NULL;
        if (kind == NULL || strcmp(kind, "legal") != 0) {
            return copy;
        }
        copy = str_slice(copy, 0, blank);
    }
}

static struct str last_word(struct str text)
{
    size_t from = text.len;
    while (from > 0 && text.data[from - 1] != ' ') {
        from--;
    }
    return str_slice(text, from, text.len);
}

static bool is_prefix(struct str shorter, struct str longer)
{
    return shorter.len < longer.len && str_starts(longer, shorter) && longer.data[shorter.len] == ' ';
}

/* The same party under another name: a shorter one, a surname, an acronym that was given. */
static bool is_same(const struct party *party, struct str key, struct str name, bool is_titled)
{
    bool is_one_word = str_find(key, STR(" "), 0) == SIZE_MAX;
    bool is_account = key.data[0] == '@' || (party->key.len != 0 && party->key.data[0] == '@');
    if (str_eq(party->key, key) || (party->acronym.len != 0 && str_eq(party->acronym, name))) {
        return true;
    }
    if (is_account) {
        return false;
    }
    bool is_surname = is_one_word && (party->votes[PARTY_PERSON] != 0 || is_titled) &&
                      str_find(party->key, STR(" "), 0) != SIZE_MAX && str_eq(last_word(party->key), key);
    bool is_first_name = is_one_word && party->votes[PARTY_PERSON] != 0 && is_prefix(key, party->key);
    bool is_short = party->votes[PARTY_PERSON] == 0 && (is_prefix(key, party->key) || is_prefix(party->key, key));
    return is_surname || is_first_name || is_short;
}

static struct party *find_or_add(struct reader *reader, struct str name, bool is_titled)
{
    struct str key = key_of(reader, name);
    if (key.len == 0) {
        return NULL;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = reader->parties.count; i > 0; i--) {
            struct party *party = reader->parties.all[i - 1];
            if (pass == 0 ? str_eq(party->key, key) : is_same(party, key, name, is_titled)) {
                if (party->votes[PARTY_PERSON] == 0 && is_prefix(party->key, key)) {
                    party->key = key; /* the longer name is the fuller one */
                    party->name = name;
                }
                return party;
            }
        }
    }
    struct party **slot = MORE(reader, reader->parties, PARTIES_MAX);
    struct party *party = slot != NULL ? ARENA_NEW(reader->arena, struct party, 1, reader->err) : NULL;
    if (party == NULL) {
        reader->parties.count -= slot != NULL;
        return NULL;
    }
    *party = (struct party){.name = name, .key = key, .kind = PARTY_COMPANY};
    *slot = party;
    return party;
}

struct party *party_named(struct reader *reader, struct str name, enum party_kind kind)
{
    name = str_trim(name);
    name = str_starts(name, STR("The ")) || str_starts(name, STR("the ")) ? str_slice(name, 4, name.len) : name;
    struct party *party = name.len != 0 && name.len < 200 ? find_or_add(reader, name, false) : NULL;
    if (party != NULL && kind < PARTY_KINDS) {
        party->votes[kind] += 3;
        party->kind = party->mentions == 0 ? kind : party->kind;
    }
    return party;
}

static unsigned party_index(const struct reader *reader, const struct party *party)
{
    for (size_t i = reader->parties.count; i > 0; i--) {
        if (reader->parties.all[i - 1] == party) {
            return (unsigned)i;
        }
    }
    return NO_NAME;
}

/* ---- where names stand ---- */

static bool is_common(const struct reader *reader, const struct token *token)
{
    return lexicon_find(reader->lexicon, LIST_COMMON, token->low) != NULL ||
           lexicon_find(reader->lexicon, LIST_CALENDAR, token->low) != NULL;
}

/* Does the word stand in the document in lower case? Then a capital at a sentence's beginning says nothing. */
static bool is_seen_small(const struct reader *reader, struct str low)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            if (!s->tokens[t].is_capital && s->tokens[t].kind == TOKEN_WORD && str_eq(s->tokens[t].low, low)) {
                return true;
            }
        }
    }
    return false;
}

static bool begins_sentence(const struct sentence *s, size_t at)
{
    return at == 0 || (at == 1 && s->tokens[0].kind == TOKEN_MARK) ||
           (s->tokens[at - 1].kind == TOKEN_MARK && strchr("<\":", s->tokens[at - 1].mark) != NULL);
}

static bool is_capital_word(const struct sentence *s, size_t at)
{
    return at < s->count && s->tokens[at].kind == TOKEN_WORD && s->tokens[at].is_capital && s->tokens[at].text.len > 1;
}

/* "Chief executive Mira Valen": capitals of a role are no name, but "Cobalt Ridge Bank" goes on. */
static size_t role_words(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t count;
    const char *class = noun_at(reader, s, at, &count);
    return class != NULL && strcmp(class, "document") != 0 ? count : 0;
}

static size_t name_end(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t to = at + 1;
    while (to < s->count && !s->tokens[to - 1].is_possessive) {
        const struct token *next = &s->tokens[to];
        bool is_word = is_capital_word(s, to) && next->is_cited == s->tokens[at].is_cited;
        bool is_suffix = suffix_of(reader, next->low) != NULL;
        if (is_word && (is_suffix || (!is_common(reader, next) && role_words(reader, s, to) == 0))) {
            to++;
            continue;
        }
        bool is_joint = (str_eq(next->low, STR("of")) || str_eq(next->low, STR("&"))) && is_capital_word(s, to + 1) &&
                        !is_common(reader, &s->tokens[to + 1]) &&
                        (next->text.data[0] == '&' || suffix_of(reader, s->tokens[to - 1].low) != NULL);
        bool is_initial =
            next->kind == TOKEN_WORD && next->is_capital && next->text.len == 1 && is_mark(s, to + 1, '.');
        if (!is_joint && !is_initial) {
            break;
        }
        to += is_initial && is_capital_word(s, to + 2) ? 3 : 2;
        to = to > s->count ? s->count : to;
    }
    return to;
}

/* "user darkfen", "the alias 'darkfen'", "a group calling itself Blackfen": where the name stands, and what it is. */
static size_t introduced_at(const struct reader *reader, const struct sentence *s, size_t at, enum party_kind *ret_kind)
{
    size_t count;
    const char *class = noun_at(reader, s, at, &count);
    *ret_kind = party_kind_of_noun(class);
    if (*ret_kind != PARTY_ACCOUNT && *ret_kind != PARTY_GROUP) {
        return SIZE_MAX;
    }
    size_t next = at + count;
    bool is_told = false;
    bool is_relative = is_mark(s, next, ',') && next + 2 < s->count && word_is(reader, s, next + 1, "relative") &&
                       str_starts(s->tokens[next + 2].low, STR("call"));
    next += is_relative ? 3 : 0; /* "the gang, which calls itself X" */
    is_told |= is_relative;
    static const struct str joins[] = {
        STR_INIT("calling"), STR_INIT("itself"),  STR_INIT("themselves"), STR_INIT("called"), STR_INIT("known"),
        STR_INIT("as"),      STR_INIT("named"),   STR_INIT("dubbed"),     STR_INIT("the"),    STR_INIT("name"),
        STR_INIT("under"),   STR_INIT("styling"), STR_INIT("himself"),    STR_INIT("herself")};
    for (size_t i = 0; next < s->count && i < sizeof joins / sizeof *joins;) {
        if (!str_eq(s->tokens[next].low, joins[i])) {
            i++;
            continue;
        }
        is_told = true;
        next++;
        i = 0;
    }
    bool is_quoted =
        next < s->count && s->tokens[next].kind == TOKEN_MARK && strchr("<\"", s->tokens[next].mark) != NULL;
    next += is_quoted;
    bool is_word = next < s->count && s->tokens[next].kind == TOKEN_WORD && s->tokens[next].text.len > 2 &&
                   !is_common(reader, &s->tokens[next]) && s->tokens[next].lists == 0;
    bool is_wanted = is_word && (is_quoted || is_told || s->tokens[next].is_capital ||
                                 (*ret_kind == PARTY_ACCOUNT && !str_ends(s->tokens[next].low, STR("s"))));
    return is_wanted && (is_told || is_quoted || *ret_kind == PARTY_ACCOUNT || s->tokens[next].is_capital) ? next
                                                                                                           : SIZE_MAX;
}

/* A small word that is neither a verb of saying nor one of grammar. */
static bool is_followed_by_noun(const struct reader *reader, const struct sentence *s, size_t at)
{
    return at < s->count && s->tokens[at].kind == TOKEN_WORD && !s->tokens[at].is_capital &&
           lexicon_find(reader->lexicon, LIST_VERBS, s->tokens[at].low) == NULL &&
           (s->tokens[at].lists & (UINT32_C(1) << LIST_GRAMMAR | UINT32_C(1) << LIST_COMMON)) == 0 &&
           !str_ends(s->tokens[at].low, STR("ed")) && !str_ends(s->tokens[at].low, STR("s"));
}

/* Does it stand somewhere else with a capital that no beginning of a sentence gives it? */
static bool is_seen_inside(const struct reader *reader, const struct sentence *here, struct str low)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; s != here && sentence_is_examined(s) && t < s->count; t++) {
            bool is_it = s->tokens[t].is_capital && str_eq(s->tokens[t].low, low);
            if (is_it && (!begins_sentence(s, t) || s->tokens[t].is_possessive)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_name_at(const struct reader *reader, const struct sentence *s, size_t at, size_t *ret_to)
{
    const struct token *token = &s->tokens[at];
    *ret_to = at + 1;
    if (token->kind == TOKEN_HANDLE) {
        return true;
    }
    if (!is_capital_word(s, at)) {
        return false;
    }
    size_t role = role_words(reader, s, at);
    if (is_common(reader, token) || role != 0) {
        bool is_first = is_capital_word(s, at + 1) && role == 0 && (token->lists & UINT32_C(1) << LIST_GRAMMAR) == 0 &&
                        !is_common(reader, &s->tokens[at + 1]) &&
                        lexicon_find(reader->lexicon, LIST_CALENDAR, token->low) == NULL && !begins_sentence(s, at);
        if (!is_first) {
            return false;
        }
    }
    *ret_to = name_end(reader, s, at);
    if (!begins_sentence(s, at) || *ret_to > at + 1) {
        return true;
    }
    bool is_verb = lexicon_find(reader->lexicon, LIST_VERBS, token->low) != NULL;
    if (is_followed_by_noun(reader, s, *ret_to) && !token->is_possessive && !is_seen_inside(reader, s, token->low)) {
        return false; /* "Opposition politician Elena Marsh" */
    }
    return !is_verb && !is_seen_small(reader, token->low) && !str_ends(token->low, STR("ly")) &&
           !(str_ends(token->low, STR("ing")) && *ret_to < s->count && s->tokens[*ret_to].kind != TOKEN_MARK &&
             !token->is_possessive);
}

/* ---- votes ---- */

static void note_noun(const struct reader *reader, struct party *party, const struct sentence *s, size_t at)
{
    (void)reader;
    uint64_t hash = str_hash(s->tokens[at].low);
    if (party->noun_count < sizeof party->nouns / sizeof *party->nouns) {
        party->nouns[party->noun_count++] = hash;
    }
}

static void vote_noun(const struct reader *reader, struct party *party, const struct sentence *s, size_t at,
                      unsigned weight)
{
    size_t count;
    enum party_kind kind = party_kind_of_noun(noun_at(reader, s, at, &count));
    if (kind < PARTY_KINDS) {
        party->votes[kind] += weight;
        for (size_t i = at; i < at + count; i++) {
            note_noun(reader, party, s, i);
        }
    }
}

/* "X, a payments firm in Harrow, said": the first noun of a kind behind the comma, before the next one. */
static void vote_apposition(const struct reader *reader, struct party *party, const struct sentence *s, size_t to)
{
    bool has_article = is_mark(s, to, ',') && to + 1 < s->count &&
                       (str_eq(s->tokens[to + 1].low, STR("a")) || str_eq(s->tokens[to + 1].low, STR("an")) ||
                        str_eq(s->tokens[to + 1].low, STR("the")) || str_eq(s->tokens[to + 1].low, STR("its")) ||
                        noun_at(reader, s, to + 1, NULL) != NULL);
    for (size_t i = to + 1; has_article && i < s->count && i < to + 1 + APPOSITION_MAX && !is_mark(s, i, ','); i++) {
        if (party_kind_of_noun(noun_at(reader, s, i, NULL)) < PARTY_KINDS && !s->tokens[i].is_possessive) {
            bool is_last = noun_at(reader, s, i + 1, NULL) == NULL;
            if (is_last) {
                vote_noun(reader, party, s, i, 2);
                return;
            }
        }
        if (word_is(reader, s, i, "prep") || word_is(reader, s, i, "relative")) {
            return;
        }
    }
}

static void vote(const struct reader *reader, struct party *party, const struct sentence *s, size_t from, size_t to)
{
    const struct token *first = &s->tokens[from];
    const char *suffix = to - from > 1 || first->kind != TOKEN_WORD ? suffix_of(reader, s->tokens[to - 1].low) : NULL;
    party->votes[PARTY_ACCOUNT] += first->kind == TOKEN_HANDLE ? 4 : 0;
    if (suffix != NULL) {
        enum party_kind kind = party_kind_of_noun(strcmp(suffix, "legal") == 0 ? "company" : suffix);
        party->votes[kind < PARTY_KINDS ? kind : PARTY_COMPANY] += 2;
    }
    bool is_first_name = lexicon_find(reader->lexicon, LIST_FIRSTNAMES, first->low) != NULL;
    party->votes[PARTY_PERSON] += is_first_name && to - from > 1 && suffix == NULL ? 3 : 0;
    if (from > 0 && !s->tokens[from - 1].is_possessive) {
        for (size_t back = 1; back <= 4 && back <= from; back++) { /* "chief information security officer X" */
            size_t count;
            const char *class = noun_at(reader, s, from - back, &count);
            if (class != NULL && count == back) {
                bool is_person = strcmp(class, "role") == 0 || strcmp(class, "title") == 0;
                bool may_be = !is_person || to - from <= 3;
                if (may_be) {
                    vote_noun(reader, party, s, from - back, 2);
                }
                break;
            }
        }
    }
    if (from > 1 && is_mark(s, from - 1, ',')) { /* "its managing director, X" */
        const char *class = noun_at(reader, s, from - 2, NULL);
        bool is_role = class != NULL && strcmp(class, "role") == 0 && suffix == NULL && to - from <= 3;
        party->votes[PARTY_PERSON] += is_role ? 2 : 0;
    }
    vote_apposition(reader, party, s, to);
}

static void note_acronym(struct party *party, const struct sentence *s, size_t to)
{
    if (is_mark(s, to, '(') && is_mark(s, to + 2, ')') && s->tokens[to + 1].kind == TOKEN_WORD &&
        s->tokens[to + 1].is_capital) {
        party->acronym = s->tokens[to + 1].text;
    }
}

static int mark_name(struct reader *reader, struct sentence *s, size_t from, size_t to, enum party_kind kind)
{
    struct str name = sentence_slice(s, from, to);
    bool is_titled = from > 0 && noun_at(reader, s, from - 1, NULL) != NULL &&
                     strcmp(noun_at(reader, s, from - 1, NULL), "title") == 0;
    is_titled |= from > 1 && is_mark(s, from - 1, '.') && noun_at(reader, s, from - 2, NULL) != NULL &&
                 strcmp(noun_at(reader, s, from - 2, NULL), "title") == 0;
    struct party *party = find_or_add(reader, name, is_titled);
    if (party == NULL) {
        return reader->is_cut || name.len == 0 ? 0 : -1;
    }
    party->mentions++;
    party->votes[PARTY_PERSON] += is_titled ? 3 : 0;
    party->first = party->first != NULL ? party->first : s;
    if (kind < PARTY_KINDS) {
        party->votes[kind] += 3;
    }
    vote(reader, party, s, from, to);
    note_acronym(party, s, to);
    unsigned index = party_index(reader, party);
    for (size_t i = from; i < to; i++) {
        s->tokens[i].name = index;
    }
    s->tokens[from].is_name_start = true;
    return 0;
}

/* An account that was introduced goes on in lower case. */
static void mark_again(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; sentence_is_examined(s) && t < s->count; t++) {
            struct token *token = &s->tokens[t];
            for (unsigned p = 0;
                 token->kind == TOKEN_WORD && token->name == NO_NAME && token->lists == 0 && p < reader->parties.count;
                 p++) {
                const struct party *party = reader->parties.all[p];
                if (party->votes[PARTY_ACCOUNT] != 0 && str_eq(party->key, token->low)) {
                    token->name = p + 1;
                    token->is_name_start = true;
                }
            }
        }
    }
}

int names_find(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        struct sentence *s = &reader->sentences.all[i];
        if (!sentence_is_examined(s)) {
            continue;
        }
        for (size_t at = 0; at < s->count;) {
            size_t to = at + 1;
            enum party_kind kind;
            size_t introduced =
                s->tokens[at].is_capital && !begins_sentence(s, at) ? SIZE_MAX : introduced_at(reader, s, at, &kind);
            if (introduced != SIZE_MAX) {
                to = s->tokens[introduced].is_capital ? name_end(reader, s, introduced) : introduced + 1;
                TRY(mark_name(reader, s, introduced, to, kind));
            } else if (is_name_at(reader, s, at, &to)) {
                TRY(mark_name(reader, s, at, to, PARTY_KINDS));
            } else {
                to = at + 1;
            }
            at = to;
        }
    }
    mark_again(reader);
    return 0;
}

/* "Harbour Post" -> "harbour-post", and a number behind it if that is taken. */
static void make_id(const struct reader *reader, struct party *party, size_t index)
{
    size_t len = 0;
    for (size_t i = 0; i < party->key.len && len < 26; i++) {
        char c = party->key.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain) {
            party->id[len++] = c;
        } else if (len != 0 && party->id[len - 1] != '-') {
            party->id[len++] = '-';
        }
    }
    while (len != 0 && party->id[len - 1] == '-') {
        len--;
    }
    party->id[len] = '\0';
    bool is_taken = len == 0;
    for (size_t i = 0; i < index; i++) {
        is_taken |= strcmp(reader->parties.all[i]->id, party->id) == 0;
    }
    if (is_taken) {
        (void)snprintf(party->id + len, sizeof party->id - len, "%s%zu", len != 0 ? "-" : "party-", index + 1);
    }
}

void parties_settle(struct reader *reader)
{
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        unsigned best = 0;
        for (enum party_kind kind = 0; kind < PARTY_KINDS; kind++) {
            if (party->votes[kind] > best) {
                best = party->votes[kind];
                party->kind = kind;
            }
        }
        if (party->kind == PARTY_PUBLICATION && party->votes[PARTY_COMPANY] >= best) {
            party->kind = PARTY_COMPANY;
        }
        make_id(reader, party, i);
    }
}
