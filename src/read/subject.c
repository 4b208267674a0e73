/* Who is meant: a name, a name's spokesperson, "the company", "it". An office speaks for its house: of "Mira Valen, chief executive of Cobalt Ridge" the
 * party is Cobalt Ridge. "The company" is the last one spoken of that was ever called so, or else the last one; who denies is taken to be
 * another than who alleged. What can be nobody in particular is an unnamed source; what cannot be told is nobody. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

void reader_heard(struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        struct party *party = s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        if (party != NULL) {
            reader->last[party->kind] = party;
            reader->last_person = party->kind == PARTY_PERSON ? party : reader->last_person;
        }
    }
}

static bool was_called(const struct party *party, uint64_t noun)
{
    for (unsigned i = 0; i < party->noun_count; i++) {
        if (party->nouns[i] == noun) {
            return true;
        }
    }
    return false;
}

/* "bank" in "harrow bank" */
static bool has_word(struct str key, struct str word)
{
    size_t at = str_find(key, word, 0);
    return at != SIZE_MAX && at > 0 && key.data[at - 1] == ' ' &&
           (at + word.len == key.len || key.data[at + word.len] == ' ');
}

/* The party of that kind that was called by this noun, if just one ever was. */
static struct party *called(const struct reader *reader, enum party_kind kind, struct str word)
{
    struct party *found = NULL;
    uint64_t noun = str_hash(word);
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        if (party->kind == kind && (was_called(party, noun) || has_word(party->key, word))) {
            if (found != NULL) {
                return NULL;
            }
            found = party;
        }
    }
    return found;
}

static struct party *only_one(const struct reader *reader, enum party_kind kind)
{
    struct party *found = NULL;
    for (size_t i = 0; i < reader->parties.count; i++) {
        if (reader->parties.all[i]->kind == kind) {
            if (found != NULL) {
                return NULL;
            }
            found = reader->parties.all[i];
        }
    }
    return found;
}

/* "The company": never a publication; for a denial, not who alleged. */
static struct party *company(const struct reader *reader, enum act act)
{
    struct party *last = reader->last_speaker != NULL && reader->last_speaker->kind == PARTY_COMPANY
                             ? reader->last_speaker
                             : reader->last[PARTY_COMPANY];
    if (act == ACT_DENIES && last != NULL && last == reader->last_asserter) {
        for (size_t i = 0; i < reader->parties.count; i++) {
            struct party *other = reader->parties.all[i];
            if (other->kind == PARTY_COMPANY && other != last && other->mentions > 1) {
                return other;
            }
        }
    }
    return last;
}

static struct party *named_kind(struct reader *reader, const char *name, enum party_kind kind)
{
    return party_named(reader, str_of(name), kind);
}

static struct party *of_noun(struct reader *reader, const struct sentence *s, size_t at, const char *class,
                             enum act act)
{
    enum party_kind kind = party_kind_of_noun(class);
    struct party *party = kind < PARTY_KINDS ? called(reader, kind, s->tokens[at].low) : NULL;
    if (strcmp(class, "source") == 0) {
        return named_kind(reader, "unnamed source", PARTY_PERSON);
    }
    if (strcmp(class, "researcher") == 0) {
        struct party *last = reader->last_speaker;
        return last != NULL && last == reader->last_asserter ? last : NULL;
    }
    if (party != NULL || strcmp(class, "office") == 0) {
        return party; /* a court or a regulator is never just "the company" */
    }
    if (kind == PARTY_COMPANY) {
        return company(reader, act);
    }
    if (kind == PARTY_GROUP) {
        party = reader->last[PARTY_GROUP] != NULL ? reader->last[PARTY_GROUP] : only_one(reader, PARTY_GROUP);
        party = party != NULL ? party : reader->last[PARTY_ACCOUNT];
        return party != NULL ? party : named_kind(reader, "unnamed attackers", PARTY_GROUP);
    }
    if (kind == PARTY_ACCOUNT || kind == PARTY_PUBLICATION) {
        party = reader->last[kind] != NULL ? reader->last[kind] : only_one(reader, kind);
        return party != NULL || kind == PARTY_ACCOUNT ? party : reader->publication;
    }
    return NULL;
}

/* What stands in a phrase. */
struct parts {
    size_t role, noun, pronoun, first_name, document; /* tokens; SIZE_MAX: none */
    const char *noun_class;
    struct party *house, *person,
        *any; /* the first company, group or publication; the first person; the first at all */
    size_t any_at, any_to;
    size_t prep; /* the first preposition */
};

static void see_name(struct parts *parts, struct party *party, const struct sentence *s, size_t at)
{
    bool is_person = party->kind == PARTY_PERSON;
    if (parts->any == NULL) {
        parts->any = party;
        parts->any_at = at;
        parts->any_to = at + 1;
        while (parts->any_to < s->count && s->tokens[parts->any_to].name == s->tokens[at].name &&
               !s->tokens[parts->any_to].is_name_start) {
            parts->any_to++;
        }
    }
    parts->person = is_person && parts->person == NULL ? party : parts->person;
    parts->house = !is_person && parts->house == NULL ? party : parts->house;
}

static struct parts parts_of(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    struct parts parts = {
        .role = SIZE_MAX, .noun = SIZE_MAX, .pronoun = SIZE_MAX, .document = SIZE_MAX, .prep = SIZE_MAX};
    for (size_t at = from; at < to && at < s->count;) {
        size_t count = 1;
        struct party *party = s->tokens[at].is_name_start ? party_of_token(reader, s, at) : NULL;
        const char *class = party == NULL && s->tokens[at].name == NO_NAME ? noun_at(reader, s, at, &count) : NULL;
        count = class != NULL ? count : 1;
        bool is_pronoun = word_is(reader, s, at, "we") || word_is(reader, s, at, "he") ||
                          word_is(reader, s, at, "they") || word_is(reader, s, at, "it");
        if (party != NULL) {
            see_name(&parts, party, s, at);
        } else if (class != NULL && strcmp(class, "role") == 0) {
            parts.role = parts.role == SIZE_MAX ? at : parts.role;
        } else if (class != NULL && strcmp(class, "document") == 0) {
            parts.document = parts.document == SIZE_MAX ? at : parts.document;
        } else if (class != NULL && strcmp(class, "title") != 0) {
            bool is_first = parts.noun == SIZE_MAX || (parts.prep == SIZE_MAX && parts.any == NULL);
            parts.noun = is_first ? at : parts.noun;
            parts.noun_class = is_first ? class : parts.noun_class;
        } else if (is_pronoun && parts.pronoun == SIZE_MAX) {
            parts.pronoun = at;
        }
        bool is_of_day =
            at + 1 < s->count && lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at + 1].low) != NULL;
        bool is_prep = class == NULL && party == NULL && !is_of_day && word_is(reader, s, at, "prep");
        parts.prep = is_prep && parts.prep == SIZE_MAX ? at : parts.prep;
        at += count;
    }
    return parts;
}

static struct party *of_pronoun(const struct reader *reader, const struct sentence *s, size_t at, enum act act)
{
    if (word_is(reader, s, at, "we")) {
        return reader_voice(reader, s)->author;
    }
    if (word_is(reader, s, at, "he")) {
        struct party *person = reader->last_person != NULL ? reader->last_person : reader->last_speaker;
        return person != NULL && person->employer != NULL ? person->employer : person;
    }
    if (word_is(reader, s, at, "they")) {
        struct party *last = reader->last_speaker;
        return last != NULL && last->kind == PARTY_GROUP ? last : reader->last[PARTY_GROUP];
    }
    for (size_t i = 0; i < at; i++) { /* "it" is first of all the sentence's own subject */
        struct party *party =
            s->tokens[i].is_name_start && !s->tokens[i].is_cited ? party_of_token(reader, s, i) : NULL;
        if (party != NULL && party->kind != PARTY_PERSON && !s->tokens[i].is_possessive) {
            return party;
        }
        if (word_is(reader, s, i, "relative")) {
            break;
        }
    }
    bool is_house = reader->last_speaker != NULL && reader->last_speaker->kind != PARTY_PERSON;
    return is_house ? reader->last_speaker : company(reader, act);
}

static struct party *of_role(struct reader *reader, const struct sentence *s, const struct parts *parts, enum act act)
{
    reader->last_person = parts->person; /* "a spokeswoman said ... she said": nobody's name */
    if (parts->house != NULL) {
        if (parts->person != NULL) {
            parts->person->employer = parts->house;
            reader->last_person = parts->person;
        }
        return parts->house;
    }
    if (parts->noun != SIZE_MAX && strcmp(parts->noun_class, "source") != 0) {
        struct party *house = of_noun(reader, s, parts->noun, parts->noun_class, act);
        house = house != NULL ? house : parts->person;
        if (house != parts->person && parts->person != NULL && house != NULL) {
            parts->person->employer = house;
        }
        return house;
    }
    if (parts->person != NULL && parts->person->employer != NULL) {
        return parts->person->employer;
    }
    struct party *house = company(reader, act); /* "a spokesperson said", "its lawyers said" */
    if (parts->person != NULL && house != NULL) {
        parts->person->employer = house;
    }
    return house != NULL ? house : parts->person;
}

static bool is_called_so(const struct reader *reader, const struct sentence *s, const struct parts *parts)
{
    size_t at = parts->any_at;
    at -= at > 0 && s->tokens[at - 1].kind == TOKEN_MARK;
    const char *class = at > 0 ? noun_at(reader, s, at - 1, NULL) : NULL;
    return parts->any->kind == PARTY_ACCOUNT && class != NULL && strcmp(class, "account") == 0;
}

struct party *party_of_phrase(struct reader *reader, const struct sentence *s, size_t from, size_t to, enum act act)
{
    struct parts parts = parts_of(reader, s, from, to);
    bool is_account = parts.noun != SIZE_MAX && strcmp(parts.noun_class, "account") == 0;
    bool is_noun_first = parts.noun != SIZE_MAX && (parts.any == NULL || parts.noun < parts.any_at);
    if (parts.any != NULL && is_called_so(reader, s, &parts)) { /* "a person using the alias X" */
        return parts.any;
    }
    bool is_office = parts.any != NULL && parts.noun != SIZE_MAX && parts.noun > parts.any_to &&
                     parts.noun - parts.any_to <= 2 && !s->tokens[parts.any_to - 1].is_possessive &&
                     strcmp(parts.noun_class, "office") == 0;
    if (is_office) { /* "the Corvanian finance ministry" */
        return party_named(reader, sentence_slice(s, parts.any_at, parts.noun + 1), PARTY_COMPANY);
    }
    if (parts.role != SIZE_MAX) {
        return of_role(reader, s, &parts, act);
    }
    if (parts.any != NULL) {
        bool has_owner = s->tokens[parts.any_to - 1].is_possessive;
        bool is_head = parts.prep == SIZE_MAX || parts.any_at < parts.prep;
        size_t prep = parts.prep != SIZE_MAX ? parts.prep : 0;
        bool is_seen = prep > 0 && (str_eq(s->tokens[prep - 1].low, STR("seen")) ||
                                    str_eq(s->tokens[prep - 1].low, STR("obtained")) ||
                                    str_eq(s->tokens[prep - 1].low, STR("reviewed")));
        bool is_by = !is_seen && parts.prep != SIZE_MAX &&
                     (str_eq(s->tokens[parts.prep].low, STR("from")) || str_eq(s->tokens[parts.prep].low, STR("by")) ||
                      str_eq(s->tokens[parts.prep].low, STR("for")) || str_eq(s->tokens[parts.prep].low, STR("of")) ||
                      str_eq(s->tokens[parts.prep].low, STR("on")));
        bool is_beside = is_noun_first && parts.any_at == parts.noun + 1;
        if (is_head && !has_owner) {
            struct party *person = parts.person;
            if (is_beside || !is_noun_first || is_account) {
                if (parts.any->kind == PARTY_PERSON && parts.house != NULL && parts.noun != SIZE_MAX &&
                    strcmp(parts.noun_class, "researcher") == 0) {
                    person->employer = parts.house; /* "Ana Ruiz, an analyst at Northlight" */
                    reader->last_person = person;
                    return parts.house;
                }
                return parts.any->employer != NULL && parts.any->kind == PARTY_PERSON ? parts.any->employer : parts.any;
            }
        }
        if (has_owner && is_head) { /* "Northlight's researchers", "Cobalt Ridge's statement" */
            bool is_told =
                parts.document != SIZE_MAX || (parts.noun != SIZE_MAX && strcmp(parts.noun_class, "company") != 0);
            if (is_told && parts.noun != SIZE_MAX && strcmp(parts.noun_class, "source") == 0) {
                return of_noun(reader, s, parts.noun, parts.noun_class, act);
            }
            return is_told ? parts.any : NULL;
        }
        bool is_researcher = parts.noun != SIZE_MAX && is_noun_first && strcmp(parts.noun_class, "researcher") == 0;
        if ((parts.document != SIZE_MAX && is_by && parts.document < parts.any_at) || is_researcher) {
            return parts.any->employer != NULL ? parts.any->employer : parts.any;
        }
        if (parts.noun != SIZE_MAX && is_noun_first) {
            return of_noun(reader, s, parts.noun, parts.noun_class, act);
        }
        return NULL;
    }
    const struct voice *voice = reader_voice(reader, s);
    if (parts.document != SIZE_MAX && parts.noun == SIZE_MAX && voice->is_own_word && parts.pronoun == SIZE_MAX) {
        return voice->addressee; /* of a letter: "the article alleges", "your report says" */
    }
    for (size_t i = from; parts.any == NULL && i < to && i < s->count; i++) {
        bool is_you = str_eq(s->tokens[i].low, STR("your")); /* "your company told the press" */
        if (is_you && voice->is_own_word && voice->addressee != NULL) {
            return voice->addressee;
        }
    }
    bool is_source = parts.noun != SIZE_MAX && strcmp(parts.noun_class, "source") == 0; /* "one of the people" */
    if (parts.noun != SIZE_MAX &&
        (is_source || parts.prep == SIZE_MAX || parts.noun < parts.prep || parts.document != SIZE_MAX)) {
        return of_noun(reader, s, parts.noun, parts.noun_class, act);
    }
    if (parts.pronoun != SIZE_MAX) {
        return of_pronoun(reader, s, parts.pronoun, act);
    }
    return NULL;
}
