/* What kind of party a name is. Every mention votes: the name's own last word ("Ltd", "Gazette"), the noun before it ("the lender X"), the one
 * behind a comma ("X, a payments firm,"), a first name. */
#include "base/str.h"
#include "read/name.h"

#include "base/banned.h"

enum { APPOSITION_MAX = 9 /* tokens behind a comma that are looked at for a noun */ };

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

/* "Dario Penna, 19,": who has an age; "Per Aalto, a researcher at Coldwater Labs"; "J. Patel". */
static bool is_person_like(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    uint64_t age;
    bool is_initial = s->tokens[from].text.len == 1 && is_mark(s, from + 1, '.');
    bool has_age = is_mark(s, to, ',') && to + 1 < s->count && str_u64(s->tokens[to + 1].low, &age) && age > 9 &&
                   age < 110 && (is_mark(s, to + 2, ',') || is_mark(s, to + 2, '.'));
    size_t end = to + 1;
    bool is_told = is_mark(s, to, ',') && to - from > 1 && to - from <= 3;
    for (; is_told && end < s->count && end < to + 1 + APPOSITION_MAX; end++) {
        const char *class = s->tokens[end].name == NO_NAME ? noun_at(reader, s, end, NULL) : NULL;
        if (s->tokens[end].kind == TOKEN_MARK || (s->tokens[end].is_capital && class == NULL)) {
            break;
        }
        if (class != NULL &&
            (strcmp(class, "researcher") == 0 || strcmp(class, "source") == 0 || strcmp(class, "public") == 0)) {
            return true;
        }
        if (word_is(reader, s, end, "prep") || word_is(reader, s, end, "relative") || word_is(reader, s, end, "aux")) {
            break;
        }
    }
    return has_age || is_initial;
}

/* "shipping group X" is a house, "hacking group X" a gang. */
static bool is_trade_group(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_group = str_eq(s->tokens[at].low, STR("group")) || str_eq(s->tokens[at].low, STR("outfit"));
    if (!is_group || at == 0 || s->tokens[at - 1].kind != TOKEN_WORD) {
        return false;
    }
    struct str before = s->tokens[at - 1].low;
    const char *suffix = name_suffix(reader, before);
    bool is_trade = str_ends(before, STR("ing")) && !str_eq(before, STR("hacking"));
    return is_trade || (suffix != NULL && strcmp(suffix, "company") == 0 && !str_eq(before, STR("cyber")));
}

void name_vote(const struct reader *reader, struct party *party, const struct sentence *s, size_t from, size_t to)
{
    const struct token *first = &s->tokens[from];
    const char *suffix = to - from > 1 || first->kind != TOKEN_WORD ? name_suffix(reader, s->tokens[to - 1].low) : NULL;
    party->votes[PARTY_ACCOUNT] += first->kind == TOKEN_HANDLE ? 4 : 0;
    if (suffix != NULL) {
        enum party_kind kind = party_kind_of_noun(strcmp(suffix, "legal") == 0 ? "company" : suffix);
        party->votes[kind < PARTY_KINDS ? kind : PARTY_COMPANY] += 2;
    }
    bool is_first_name = lexicon_find(reader->lexicon, LIST_FIRSTNAMES, first->low) != NULL;
    party->votes[PARTY_PERSON] += is_first_name && to - from > 1 && suffix == NULL ? 3 : 0;
    party->votes[PARTY_PERSON] += suffix == NULL && is_person_like(reader, s, from, to) ? 3 : 0;
    if (from > 0 && !s->tokens[from - 1].is_possessive) {
        for (size_t back = 1; back <= 4 && back <= from; back++) { /* "chief information security officer X" */
            size_t count;
            const char *class = noun_at(reader, s, from - back, &count);
            if (class != NULL && count == back) {
                bool is_person =
                    strcmp(class, "role") == 0 || strcmp(class, "title") == 0 || strcmp(class, "rank") == 0;
                bool may_be = !is_person || to - from <= 3;
                bool is_expert = strcmp(class, "researcher") == 0 && suffix == NULL && to - from > 1 && to - from <= 3;
                party->votes[PARTY_PERSON] += is_expert && !str_ends(s->tokens[from - 1].low, STR("s")) ? 1 : 0;
                if (is_trade_group(reader, s, from - back)) {
                    party->votes[PARTY_COMPANY] += 2;
                } else if (may_be) {
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
        party->votes[PARTY_GROUP] += class != NULL && strcmp(class, "group") == 0 && is_mark(s, to, ',') ? 2 : 0;
    }
    const char *behind = !s->tokens[to - 1].is_possessive ? noun_at(reader, s, to, NULL) : NULL;
    party->votes[PARTY_GROUP] += behind != NULL && strcmp(behind, "group") == 0 ? 2 : 0; /* "the X gang" */
    vote_apposition(reader, party, s, to);
}
