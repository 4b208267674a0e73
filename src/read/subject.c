/* Who is meant: a name, a name's spokesperson, "the company", "it". An office speaks for its house: of "Mira Valen, chief executive of Cobalt Ridge" the
 * party is Cobalt Ridge. "The company" is the last one spoken of that was ever called so, or else the last one; who denies is taken to be
 * another than who alleged. What can be nobody in particular is an unnamed source; what cannot be told is nobody. */
#include "base/str.h"
#include "read/name.h"
#include "read/say.h"

#include "base/banned.h"

void reader_heard_person(struct reader *reader, struct party *person)
{
    reader->last_person = person;
    reader->last_he = person != NULL && !person->is_she ? person : reader->last_he;
    reader->last_she = person != NULL && !person->is_he ? person : reader->last_she;
}

/* "He" is the last person, unless a title or a name says that it was a woman. */
static struct party *person_meant(const struct reader *reader, const struct sentence *s, size_t at)
{
    struct party *person = reader->last_person != NULL ? reader->last_person : reader->last_speaker;
    bool is_she = token_is(s, at, "she");
    if (person != NULL && (is_she ? person->is_he : person->is_she)) {
        struct party *other = is_she ? reader->last_she : reader->last_he;
        person = other != NULL ? other : person;
    }
    return person;
}

void reader_heard(struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        struct party *party = s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        bool is_place = party != NULL && party->places == party->mentions && party->votes[party->kind] == 0;
        if (party != NULL && !is_place) {
            reader->last[party->kind] = party;
            if (party->kind == PARTY_PERSON) {
                reader_heard_person(reader, party);
            }
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

/* The only party whose name ends as those of offices do: "Data Authority". */
static struct party *only_office(const struct reader *reader)
{
    static const char *const ends[] = {"authority", "commission",   "commissioner", "office",  "agency",
                                       "regulator", "inspectorate", "ombudsman",    "watchdog"};
    struct party *found = NULL;
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        for (size_t e = 0; party->kind == PARTY_COMPANY && e < sizeof ends / sizeof *ends; e++) {
            if (str_ends(party->key, str_of(ends[e])) && party != found) {
                if (found != NULL) {
                    return NULL;
                }
                found = party;
            }
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
    bool is_watched = last != NULL && is_onlooker(reader, last); /* "the company" is no port authority */
    last = is_watched && reader->protagonist != NULL ? reader->protagonist : last;
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

/* "two researchers", "a customer", "several security experts": somebody in particular who is not named. */
static bool is_counted_noun(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const words[] = {"a", "an", "one", "two", "three", "four", "five", "several", "some", "another"};
    for (size_t back = 1; back <= 3 && back <= at && s->tokens[at - back].kind == TOKEN_WORD; back++) {
        if (token_is_one_of(s, at - back, words, sizeof words / sizeof *words)) {
            return true;
        }
        if (word_is(reader, s, at - back, "prep") || word_is(reader, s, at - back, "cut")) {
            return false;
        }
    }
    return false;
}

/* "the dealers' association": whose it is sets it apart from "the company". The token of the owner; SIZE_MAX: none. */
static size_t owner_of(const struct sentence *s, size_t at)
{
    for (size_t back = 1; back <= 2 && back <= at && s->tokens[at - back].kind == TOKEN_WORD; back++) {
        const struct token *token = &s->tokens[at - back];
        if (token->is_possessive) {
            bool is_plural = token->name == NO_NAME && str_ends(token->low, STR("s"));
            return is_plural ? at - back : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

/* ---- who has no name: "the tribunal", "the student union" ---- */

/* Words of a house that any name may stand for. */
static bool is_any_house(struct str low)
{
    static const char *const words[] = {"company",     "firm",         "business", "provider",     "supplier",
                                        "vendor",      "organisation", "operator", "organization", "group",
                                        "corporation", "owner",        "maker",    "startup",      "start-up",
                                        "contractor",  "giant",        "party"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

/* Houses that a report on another house's breach calls by their kind: no name told before is meant. */
static bool is_third_house(const struct reader *reader, struct str low)
{
    for (size_t i = 0; i < reader->parties.count; i++) { /* "the insurer" where one is called Tarn Insurance */
        const struct party *party = reader->parties.all[i];
        if (party->mentions != 0 && low.len > 4 && str_find(party->key, str_slice(low, 0, 5), 0) != SIZE_MAX) {
            return false;
        }
    }
    static const char *const words[] = {"exchange",    "exchanges",  "union",  "unions", "insurer",
                                        "insurers",    "bourse",     "county", "opera",  "schemes",
                                        "association", "federation", "state"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

/* One who speaks for an office in person. */
static bool is_officer(struct str low)
{
    static const char *const words[] = {"coroner",    "judge",        "auditor",   "minister",  "mayor",
                                        "governor",   "commissioner", "ombudsman", "registrar", "president",
                                        "magistrate", "prosecutor",   "bishop",    "vicar",     "chancellor",
                                        "secretary",  "sheriff",      "inspector"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

/* The words of a phrase that is "the" and a noun, up to what is told of it; SIZE_MAX: it is no such phrase. */
static size_t definite_end(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    size_t at = from;
    while (at < to && at < s->count && s->tokens[at].kind == TOKEN_WORD && !s->tokens[at].is_cited &&
           !word_is(reader, s, at, "prep") && !word_is(reader, s, at, "relative") && !word_is(reader, s, at, "aux") &&
           !word_is(reader, s, at, "cut")) {
        bool is_of_name = s->tokens[at].name != NO_NAME || s->tokens[at].is_possessive;
        const struct lexicon_entry *day = lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at].low);
        if (is_of_name || day != NULL || str_ends(s->tokens[at].low, STR("ly"))) {
            return SIZE_MAX;
        }
        at++;
    }
    return at > from && at - from <= 4 ? at : SIZE_MAX;
}

/* The party of a phrase, or one told before whose name ends so: "the board" is the regional health board. */
static struct party *phrase_party(struct reader *reader, struct str phrase, enum party_kind kind)
{
    struct party *party = party_find(reader, phrase, FORM_DEFINITE);
    bool is_new = party != NULL && party->mentions == 0 && party->votes[kind] == 0;
    if (is_new) {
        party->votes[kind] += 3;
        party->kind = kind;
    }
    return party;
}

/* "The tribunal directed": an office or a house that goes by no name is called by its phrase. */
static struct party *of_definite(struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    size_t at = from + token_is(s, from, "the");
    size_t end = at > from ? definite_end(reader, s, at, to) : SIZE_MAX;
    if (end == SIZE_MAX) {
        return NULL;
    }
    struct str head = s->tokens[end - 1].low;
    const char *class = noun_at(reader, s, end - 1, NULL);
    for (size_t i = at; i + 1 < end && class == NULL; i++) {
        size_t count;
        const char *longer = noun_at(reader, s, i, &count);
        class = longer != NULL && i + count == end ? longer : class;
    }
    bool is_house = class != NULL && (strcmp(class, "office") == 0 || strcmp(class, "company") == 0);
    if (is_officer(head)) {
        return phrase_party(reader, sentence_slice(s, at, end), PARTY_PERSON);
    }
    return is_third_house(reader, head) || (is_house && !is_any_house(head))
               ? phrase_party(reader, sentence_slice(s, at, end), PARTY_COMPANY)
               : NULL;
}

/* "The Organisation" of a decision or an order, with a capital: the first house that is named in it beside the one that decides. */
static struct party *decided_on(const struct reader *reader, const struct sentence *s, size_t at)
{
    const struct voice *voice = reader_voice(reader, s);
    bool is_term = s->tokens[at].is_capital && at > 0 && token_is(s, at - 1, "the") && is_any_house(s->tokens[at].low);
    if (!is_term || !voice->is_own_word || voice->author == NULL || voice->author->kind != PARTY_COMPANY) {
        return NULL;
    }
    if (voice->addressee != NULL && voice->addressee->kind == PARTY_COMPANY) {
        return voice->addressee;
    }
    struct party *found = NULL;
    for (size_t i = 0; found == NULL && i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        found =
            party != voice->author && party->kind == PARTY_COMPANY && party->votes[PARTY_COMPANY] != 0 ? party : NULL;
    }
    return found;
}

static struct party *of_noun(struct reader *reader, const struct sentence *s, size_t at, const char *class,
                             enum act act)
{
    enum party_kind kind = party_kind_of_noun(class);
    struct party *party = kind < PARTY_KINDS ? called(reader, kind, s->tokens[at].low) : NULL;
    if (strcmp(class, "source") == 0) {
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    if (strcmp(class, "researcher") == 0 || strcmp(class, "public") == 0) {
        struct party *last = strcmp(class, "public") == 0 ? NULL : reader->last_speaker;
        bool is_known = at > 0 && (word_is(reader, s, at - 1, "det") || noun_at(reader, s, at - 1, NULL) != NULL);
        bool is_last = last != NULL && last == reader->last_asserter && is_known;
        return is_counted_noun(reader, s, at) ? party_named(reader, STR("unnamed source"), PARTY_PERSON)
               : is_last                      ? last
                                              : NULL;
    }
    if (strcmp(class, "client") == 0) { /* of a lawyer's letter: "our client denies" */
        bool is_our = at > 0 && word_is(reader, s, at - 1, "we");
        return is_our ? reader_voice(reader, s)->author : NULL;
    }
    if (party == NULL && strcmp(class, "office") == 0) {
        return only_office(reader); /* "the regulator" where just one is named */
    }
    if (party != NULL) {
        return party; /* a court or a regulator is never just "the company" */
    }
    struct party *decided = kind == PARTY_COMPANY ? decided_on(reader, s, at) : NULL;
    if (decided != NULL) {
        return decided;
    }
    if (kind == PARTY_COMPANY) {
        size_t owner = owner_of(s, at), count;
        (void)noun_at(reader, s, at, &count);
        size_t the = at;
        while (the > 0 && at - the < 3 && s->tokens[the].kind == TOKEN_WORD && s->tokens[the].name == NO_NAME &&
               !token_is(s, the, "the")) {
            the--;
        }
        struct party *third = owner == SIZE_MAX && is_third_house(reader, s->tokens[at + count - 1].low)
                                  ? of_definite(reader, s, the, at + count)
                                  : NULL;
        if (third != NULL) {
            return third;
        }
        return owner != SIZE_MAX ? party_named(reader, sentence_slice(s, owner, at + count), PARTY_COMPANY)
                                 : company(reader, act);
    }
    if (kind == PARTY_GROUP && at > 0 && (token_is(s, at - 1, "its") || token_is(s, at - 1, "their")) &&
        reader->last_subject != NULL && reader->last_subject->kind != PARTY_COMPANY) {
        return reader->last_subject; /* "its operators" */
    }
    size_t owner = kind == PARTY_GROUP && str_starts(s->tokens[at].low, STR("group")) ? owner_of(s, at) : SIZE_MAX;
    if (owner != SIZE_MAX) { /* "a patients' group" */
        return party_named(reader, sentence_slice(s, owner, at + 1), PARTY_COMPANY);
    }
    if (kind == PARTY_GROUP) {
        party = reader->last[PARTY_GROUP] != NULL ? reader->last[PARTY_GROUP] : only_one(reader, PARTY_GROUP);
        party = party != NULL ? party : reader->last[PARTY_ACCOUNT];
        party = party != NULL ? party : only_one(reader, PARTY_ACCOUNT);
        return party != NULL ? party : party_named(reader, STR("unnamed attackers"), PARTY_GROUP);
    }
    if (kind == PARTY_ACCOUNT || kind == PARTY_PUBLICATION) {
        party = reader->last[kind] != NULL ? reader->last[kind] : only_one(reader, kind);
        return party != NULL || kind == PARTY_ACCOUNT ? party : reader->publication;
    }
    return NULL;
}

/* What stands in a phrase. */
struct parts {
    size_t role, noun, noun_to, pronoun, document, rank, title; /* tokens; SIZE_MAX: none */
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

/* What is told of the subject within commas says nothing of who it is: "X, citing police,", "X, whose shop was closed,", "a note, seen by the
 * Argus,". The token behind it, or at where nothing of the kind begins. */
static size_t skip_aside(const struct reader *reader, const struct sentence *s, size_t from, size_t at, size_t to)
{
    static const char *const seen[] = {"seen", "obtained", "reviewed", "viewed", "read", "verified"};
    size_t word = at + is_mark(s, at, ',');
    if (word >= to || s->tokens[word].name != NO_NAME) {
        return at;
    }
    bool is_participle = str_ends(s->tokens[word].low, STR("ing")) && s->tokens[word].low.len > 4 &&
                         !token_is(s, word, "including") && (word > at || word == from);
    bool is_seen = false;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        is_seen |= token_is(s, word, seen[i]) && token_is(s, word + 1, "by");
    }
    bool is_whose = (word > at && word_is(reader, s, word, "relative")) || token_is(s, word, "whom");
    is_whose |= word > at && (token_is(s, word, "through") || token_is(s, word, "via")); /* "X, through his lawyer," */
    size_t end = word;
    while (end < to && !is_mark(s, end, ',')) {
        end++;
    }
    bool is_closed = end < to || is_seen || (end == to && is_mark(s, to, ','));
    bool is_calling = is_participle && (token_is(s, word, "calling") || token_is(s, word, "using"));
    return (is_participle || is_seen || is_whose) && is_closed && !is_calling ? end + (end < to) : at;
}

static struct parts parts_of(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    struct parts parts = {.role = SIZE_MAX,
                          .noun = SIZE_MAX,
                          .noun_to = SIZE_MAX,
                          .pronoun = SIZE_MAX,
                          .document = SIZE_MAX,
                          .rank = SIZE_MAX,
                          .title = SIZE_MAX,
                          .prep = SIZE_MAX};
    for (size_t at = from; at < to && at < s->count;) {
        size_t count = 1, behind = skip_aside(reader, s, from, at, to);
        if (behind > at) {
            at = behind;
            continue;
        }
        struct party *party = s->tokens[at].is_name_start ? party_of_token(reader, s, at) : NULL;
        const char *class = party == NULL && s->tokens[at].name == NO_NAME ? noun_at(reader, s, at, &count) : NULL;
        count = class != NULL ? count : 1;
        bool is_pronoun = word_is(reader, s, at, "we") || word_is(reader, s, at, "he") ||
                          word_is(reader, s, at, "they") || word_is(reader, s, at, "it") || token_is(s, at, "you");
        bool is_place = at > from && (token_is(s, at - 1, "in") || token_is(s, at - 1, "near"));
        if (party != NULL && is_place) {
            count = 1; /* "school officials in Prairie City" */
        } else if (party != NULL) {
            see_name(&parts, party, s, at);
        } else if (class != NULL && strcmp(class, "role") == 0) {
            parts.role = parts.role == SIZE_MAX ? at : parts.role;
        } else if (class != NULL && strcmp(class, "document") == 0) {
            parts.document = parts.document == SIZE_MAX ? at : parts.document;
        } else if (class != NULL && strcmp(class, "rank") == 0) {
            parts.rank = at;
        } else if (class != NULL && strcmp(class, "title") == 0) {
            bool is_office = s->tokens[at].low.len > 4 && !token_is(s, at, "professor");
            parts.title = is_office ? at : parts.title;
        } else if (class != NULL) {
            bool is_first = parts.noun == SIZE_MAX || (parts.prep == SIZE_MAX && parts.any == NULL);
            parts.noun = is_first ? at : parts.noun;
            parts.noun_to = is_first ? at + count : parts.noun_to;
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

/* Does the sentence before speak of what the addressee published? */
static bool is_behind_your_paper(const struct reader *reader, const struct sentence *s)
{
    bool has_you = false, has_paper = false;
    const struct sentence *before = s->number > 1 ? &reader->sentences.all[s->number - 2] : NULL;
    for (size_t i = 0; before != NULL && i < before->count; i++) {
        const char *class = noun_at(reader, before, i, NULL);
        has_you |= token_is(before, i, "you") || token_is(before, i, "your");
        has_paper |= class != NULL && strcmp(class, "document") == 0;
    }
    return has_you && has_paper;
}

/* Does the sentence before begin with that party, and not as the one it is written to? */
static bool begins_before(const struct reader *reader, const struct sentence *s, const struct party *party)
{
    const struct sentence *before = s->number > 1 ? &reader->sentences.all[s->number - 2] : NULL;
    for (size_t i = 0; before != NULL && i < 3 && i < before->count; i++) {
        if (before->tokens[i].is_name_start && party_of_token(reader, before, i) == party) {
            return !is_mark(before, i + 1, ',');
        }
    }
    return false;
}

static struct party *of_pronoun(const struct reader *reader, const struct sentence *s, size_t at, enum act act)
{
    const struct voice *voice = reader_voice(reader, s);
    if (word_is(reader, s, at, "we")) {
        return voice->author;
    }
    if (token_is(s, at, "you")) {
        return voice->is_own_word ? voice->addressee : NULL;
    }
    if (word_is(reader, s, at, "he")) {
        struct party *person = person_meant(reader, s, at);
        return person != NULL && person->employer != NULL ? person->employer : person;
    }
    if (word_is(reader, s, at, "they")) {
        struct party *last = reader->last_speaker;
        struct party *group = last != NULL && last->kind == PARTY_GROUP ? last : reader->last[PARTY_GROUP];
        const struct party *subject = reader->last_subject;
        bool is_subject = subject != NULL && subject->kind == PARTY_COMPANY && subject != voice->author &&
                          (voice->is_own_word || group == NULL) && !voice->is_spoken &&
                          begins_before(reader, s, subject) && at < 2;
        if (is_subject && !(last != NULL && last->kind == PARTY_GROUP)) {
            return reader->last_subject; /* "SnapRegister wrote to us. They say" */
        }
        struct party *house =
            reader->last[PARTY_COMPANY]; /* of one's own letter: "I wrote to Lockwell. They answered" */
        bool is_house = group == NULL && voice->is_own_word && house != voice->author;
        return is_house ? house : group;
    }
    if (voice->is_own_word && voice->addressee != NULL && is_behind_your_paper(reader, s)) {
        return voice->addressee; /* "You printed an article ... It states" */
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
    if (reader->last_subject != NULL || reader->is_subject_unknown) {
        return reader->last_subject;
    }
    bool is_house = reader->last_speaker != NULL && reader->last_speaker->kind != PARTY_PERSON;
    return is_house ? reader->last_speaker : company(reader, act);
}

/* "The bank has asked for a report, officials said": of the sentence's own subject. */
static struct party *own_subject(const struct reader *reader, const struct sentence *s, size_t role)
{
    for (size_t i = 0; i < role && role > 5 && i < 4; i++) {
        struct party *party =
            s->tokens[i].is_name_start && !s->tokens[i].is_cited ? party_of_token(reader, s, i) : NULL;
        if (s->tokens[i].is_cited || word_is(reader, s, i, "prep")) {
            return NULL;
        }
        if (party != NULL) {
            return party->kind == PARTY_COMPANY && !s->tokens[i].is_possessive ? party : NULL;
        }
    }
    return NULL;
}

/* "Indian computer emergency officials": words before the role say whose they are, and it is nobody's we know. */
static bool is_of_another(const struct reader *reader, const struct sentence *s, size_t role)
{
    size_t words = 0;
    for (size_t back = 1; back <= role && s->tokens[role - back].kind == TOKEN_WORD && words < 2; back++) {
        size_t at = role - back;
        if (word_is(reader, s, at, "det") || word_is(reader, s, at, "cut") || word_is(reader, s, at, "prep") ||
            s->tokens[at].is_possessive || s->tokens[at].is_cited || noun_at(reader, s, at, NULL) != NULL) {
            break;
        }
        words++;
    }
    return words >= 2;
}

static struct party *of_role(struct reader *reader, const struct sentence *s, const struct parts *parts, enum act act)
{
    bool is_theirs = parts->person != NULL && parts->role > 0 && s->tokens[parts->role - 1].is_possessive &&
                     party_of_token(reader, s, parts->role - 1) == parts->person;
    if (is_theirs) { /* "Haddad's lawyer" */
        return parts->person;
    }
    bool is_his = parts->person == NULL && parts->house == NULL && parts->role > 0 &&
                  (token_is(s, parts->role - 1, "his") || token_is(s, parts->role - 1, "her")) &&
                  (token_is(s, parts->role, "lawyer") || token_is(s, parts->role, "solicitor") ||
                   token_is(s, parts->role, "attorney") || token_is(s, parts->role, "barrister"));
    if (is_his) {
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    reader->spoken = parts->person;
    reader_heard_person(reader, parts->person); /* "a spokeswoman said ... she said": nobody's name */
    if (parts->house != NULL) {
        if (parts->person != NULL) {
            parts->person->employer = parts->house;
            reader_heard_person(reader, parts->person);
        }
        return parts->house;
    }
    if (parts->noun != SIZE_MAX && strcmp(parts->noun_class, "source") != 0) {
        struct party *house = of_noun(reader, s, parts->noun, parts->noun_class, act);
        bool is_for = house == NULL && str_starts(s->tokens[parts->role].low, STR("spokes")) &&
                      strcmp(parts->noun_class, "office") == 0 && parts->noun > parts->role &&
                      parts->prep != SIZE_MAX && token_is(s, parts->prep, "for"); /* "a spokeswoman for the board" */
        house = is_for ? of_definite(reader, s, parts->prep + 1, parts->noun_to) : house;
        house = house != NULL ? house : parts->person;
        if (house != parts->person && parts->person != NULL && house != NULL) {
            parts->person->employer = house;
        }
        return house;
    }
    if (parts->person != NULL && parts->person->employer != NULL) {
        return parts->person->employer;
    }
    if (is_of_another(reader, s, parts->role)) {
        return parts->person;
    }
    const struct party *near = reader->last_subject;
    bool is_near = near != NULL && near->kind == PARTY_COMPANY && !(act == ACT_DENIES && near == reader->last_asserter);
    struct party *own = own_subject(reader, s, parts->role);
    struct party *house = own != NULL ? own
                          : is_near   ? reader->last_subject
                                      : company(reader, act); /* "a spokesperson said", "its lawyers" */
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
    bool is_person = parts->noun != SIZE_MAX && parts->noun < parts->any_at && parts->any_at - parts->noun <= 6 &&
                     strcmp(parts->noun_class, "source") == 0; /* "a person using the name X" */
    return parts->any->kind == PARTY_ACCOUNT && ((class != NULL && strcmp(class, "account") == 0) || is_person);
}

/* "The supplier, Tessera Systems, admitted", "Coppergate's hosting provider, Nordvale Hosting, denied": who is named behind the noun. */
static struct party *apposed(const struct reader *reader, const struct sentence *s, const struct parts *parts,
                             size_t to)
{
    size_t at = parts->noun_to, count;
    for (size_t i = parts->noun; parts->noun != SIZE_MAX && i + 2 < to; i++) { /* the noun right before the comma */
        const char *class = s->tokens[i].name == NO_NAME ? noun_at(reader, s, i, &count) : NULL;
        bool is_it = class != NULL && is_mark(s, i + count, ',') && i + count + 1 < to &&
                     s->tokens[i + count + 1].is_name_start && party_kind_of_noun(class) < PARTY_KINDS;
        at = is_it ? i + count : at;
    }
    if (parts->noun == SIZE_MAX || !is_mark(s, at, ',') || at + 1 >= to || !s->tokens[at + 1].is_name_start) {
        return NULL;
    }
    struct party *party = party_of_token(reader, s, at + 1);
    return party != NULL && party->kind != PARTY_PERSON && parts->document == SIZE_MAX ? party : NULL;
}

/* "the Corvanian finance ministry" */
static bool is_office_of(const struct sentence *s, const struct parts *parts)
{
    bool is_near = parts->any != NULL && parts->noun != SIZE_MAX && parts->noun >= parts->any_to &&
                   parts->noun - parts->any_to <= 2 && !s->tokens[parts->any_to - 1].is_possessive &&
                   strcmp(parts->noun_class, "office") == 0;
    for (size_t i = parts->any_to; is_near && i < parts->noun; i++) {
        is_near = s->tokens[i].kind == TOKEN_WORD && !str_ends(s->tokens[i].low, STR("ing"));
    }
    return is_near && (parts->noun > parts->any_to || parts->noun_to > parts->noun + 1);
}

/* "a report by X" */
static bool is_by_name(const struct sentence *s, size_t prep)
{
    static const char *const words[] = {"from", "by", "for", "of", "on"};
    bool is_seen =
        prep != SIZE_MAX && prep > 0 &&
        (token_is(s, prep - 1, "seen") || token_is(s, prep - 1, "obtained") || token_is(s, prep - 1, "reviewed"));
    for (size_t i = 0; prep != SIZE_MAX && !is_seen && i < sizeof words / sizeof *words; i++) {
        if (token_is(s, prep, words[i])) {
            return true;
        }
    }
    return false;
}

/* A phrase with a name in it, which is not necessarily whose words they are. */
static struct party *of_named(struct reader *reader, const struct sentence *s, const struct parts *parts, size_t to,
                              enum act act)
{
    struct party *any = parts->any;
    reader->spoken = any->kind == PARTY_PERSON ? any : reader->spoken;
    const char *class = parts->noun != SIZE_MAX ? parts->noun_class : "";
    bool is_noun_first = parts->noun != SIZE_MAX && parts->noun < parts->any_at;
    bool is_kind_of = parts->noun == parts->any_to && (strcmp(class, "public") == 0 || strcmp(class, "source") == 0) &&
                      !s->tokens[parts->any_to - 1].is_possessive;
    if (is_kind_of && is_counted_noun(reader, s, parts->any_at)) { /* "a Millbrook teenager" */
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    bool has_owner = s->tokens[parts->any_to - 1].is_possessive;
    /* "For three weeks Tixora told": right before the verb, and nothing leads to it */
    bool is_next = parts->any_to == to && parts->any_at > 0 && s->tokens[parts->any_at - 1].kind == TOKEN_WORD &&
                   !word_is(reader, s, parts->any_at - 1, "prep") && !word_is(reader, s, parts->any_at - 1, "det") &&
                   parts->noun == SIZE_MAX && parts->document == SIZE_MAX && parts->prep != SIZE_MAX;
    bool is_head = parts->prep == SIZE_MAX || parts->any_at < parts->prep || is_next;
    bool is_beside = is_noun_first && parts->any_at == parts->noun_to;
    bool is_ranked = parts->any_at > 0 && any->kind == PARTY_PERSON && parts->rank == parts->any_at - 1;
    if (is_head && !has_owner && is_ranked && is_noun_first) { /* "county police commander Abdi Galgalo" */
        return any->employer != NULL ? any->employer : any;
    }
    bool is_researcher = strcmp(class, "researcher") == 0;
    if (is_head && !has_owner && (is_beside || !is_noun_first || strcmp(class, "account") == 0)) {
        if (any->kind == PARTY_PERSON && parts->house != NULL && is_researcher) {
            parts->person->employer = parts->house; /* "Ana Ruiz, an analyst at Northlight" */
            reader_heard_person(reader, parts->person);
            return parts->house;
        }
        return any->employer != NULL && any->kind == PARTY_PERSON ? any->employer : any;
    }
    if (has_owner && is_head) { /* "Northlight's researchers", "Cobalt Ridge's statement" */
        bool is_told = parts->document != SIZE_MAX || (*class != '\0' && strcmp(class, "company") != 0);
        bool is_desk = *class == '\0' && parts->role == SIZE_MAX && any->kind == PARTY_COMPANY && parts->any_to < to &&
                       act != ACT_DENIES; /* "Cloudbarn's support told me" */
        if (is_desk && (token_is(s, to, "told") || token_is(s, to, "said") || token_is(s, to, "says") ||
                        token_is(s, to, "wrote"))) {
            return any;
        }
        return !is_told ? NULL : strcmp(class, "source") == 0 ? of_noun(reader, s, parts->noun, class, act) : any;
    }
    if (is_researcher && is_noun_first && any->kind == PARTY_PERSON && parts->house != NULL) {
        return parts->house; /* "experts, including Nadia Holm of Ferrous Labs" */
    }
    bool is_written = parts->document != SIZE_MAX && is_by_name(s, parts->prep) && parts->document < parts->any_at;
    if (is_written || (is_researcher && is_noun_first)) {
        return any->employer != NULL ? any->employer : any;
    }
    return is_noun_first ? of_noun(reader, s, parts->noun, class, act) : NULL;
}

/* "the airport" where just one party's name ends so. */
static struct party *of_last_word(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    struct party *found = NULL;
    size_t at = from;
    bool is_definite = token_is(s, at, "the") || token_is(s, at, "its") || token_is(s, at, "their");
    at += is_definite;
    if (!is_definite || at >= to || s->tokens[at].kind != TOKEN_WORD || s->tokens[at].name != NO_NAME) {
        return NULL;
    }
    size_t last = at;
    while (last + 1 < to && s->tokens[last + 1].kind == TOKEN_WORD && !word_is(reader, s, last + 1, "prep") &&
           last < at + 2) {
        last++;
    }
    struct str words = sentence_slice(s, at, last + 1);
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        size_t len = party->key.len;
        bool ends = party->kind != PARTY_PERSON && len > words.len + 1 && party->key.data[len - words.len - 1] == ' ' &&
                    str_eq_nocase(str_slice(party->key, len - words.len, len), words);
        if (ends && found != NULL) {
            return NULL;
        }
        found = ends ? party : found;
    }
    return found;
}

static bool has_word_your(const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        if (token_is(s, i, "your")) {
            return true;
        }
    }
    return false;
}

static bool names_paper(const struct reader *reader, const struct sentence *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *class = noun_at(reader, s, i, NULL);
        if (class != NULL && strcmp(class, "document") == 0) {
            return true;
        }
    }
    return false;
}

static struct party *of_unnamed(struct reader *reader, const struct sentence *s, const struct parts *parts, size_t from,
                                size_t to, enum act act)
{
    const struct voice *voice = reader_voice(reader, s);
    bool is_bare = to == from + 1 && (token_is(s, from, "one") || token_is(s, from, "another") ||
                                      token_is(s, from, "others") || token_is(s, from, "several"));
    if (is_bare) {
        return party_named(reader, STR("unnamed source"), PARTY_PERSON); /* "One said" */
    }
    const struct statement *last =
        reader->statements.count != 0 ? &reader->statements.all[reader->statements.count - 1] : NULL;
    bool is_its_paper = parts->document != SIZE_MAX && parts->noun == SIZE_MAX && parts->pronoun == SIZE_MAX &&
                        !voice->is_own_word && token_is(s, from, "the") && parts->document <= from + 2 &&
                        last != NULL && !token_is(s, parts->document, "notice") &&
                        !token_is(s, parts->document, "report") && !token_is(s, parts->document, "article") &&
                        !token_is(s, parts->document, "story") &&
                        (token_is(s, to, "also") || token_is(s, to, "adds") || token_is(s, to, "added") ||
                         token_is(s, to, "goes") || token_is(s, to, "claims") || token_is(s, to, "claimed")) &&
                        s->number - last->in->number == 1;
    if (is_its_paper && names_paper(reader, last->in)) {
        return last->speaker; /* "Its lawyers said in a letter ... The letter also claims" */
    }
    bool is_source = parts->noun != SIZE_MAX && strcmp(parts->noun_class, "source") == 0; /* "one of the people" */
    if (parts->document != SIZE_MAX && parts->noun == SIZE_MAX && voice->is_own_word && parts->pronoun == SIZE_MAX) {
        /* of a letter: "the article alleges", "your report says"; of a correction: "the story reported" */
        return reader->publication != NULL && voice->author == reader->publication ? reader->publication
                                                                                   : voice->addressee;
    }
    struct party *ending = of_last_word(reader, s, from, to);
    if (ending != NULL) {
        return ending;
    }
    if (parts->noun != SIZE_MAX &&
        (is_source || parts->prep == SIZE_MAX || parts->noun < parts->prep || parts->document != SIZE_MAX)) {
        struct party *party = of_noun(reader, s, parts->noun, parts->noun_class, act);
        return party != NULL ? party : of_definite(reader, s, from, to);
    }
    struct party *definite = parts->pronoun == SIZE_MAX ? of_definite(reader, s, from, to) : NULL;
    if (definite != NULL) {
        return definite;
    }
    return parts->pronoun != SIZE_MAX ? of_pronoun(reader, s, parts->pronoun, act) : NULL;
}

static bool is_counting(const struct sentence *s, size_t at)
{
    static const char *const words[] = {"two", "three", "four", "five", "several"};
    return token_is_one_of(s, at, words, sizeof words / sizeof *words);
}

/* "two banks contacted by the Wire": several who are not named, and no experts of a house. */
static bool is_several(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    const char *class = from + 1 < to ? noun_at(reader, s, from + 1, NULL) : NULL;
    bool is_other = class != NULL &&
                    (strcmp(class, "researcher") == 0 || strcmp(class, "role") == 0 || strcmp(class, "source") == 0 ||
                     party_kind_of_noun(class) == PARTY_GROUP || strcmp(class, "document") == 0);
    return is_counting(s, from) && from + 1 < to && str_ends(s->tokens[from + 1].low, STR("s")) && !is_other &&
           s->tokens[from + 1].name == NO_NAME;
}

/* Behind "On 24 September", which is told before the subject. */
static size_t skip_day(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    struct moment day;
    bool is_prep = token_is(s, from, "on") || token_is(s, from, "in") || token_is(s, from, "since");
    size_t count = from + is_prep < to ? date_at(reader, s, from + is_prep, reader_now(reader, s), false, &day) : 0;
    size_t at = from + is_prep + count;
    at += count != 0 && is_mark(s, at, ',');
    return count != 0 && at < to ? at : from;
}

/* "A senior official, who did not wish to be quoted, said": nobody's name, and whose house it is he would not have told. */
static bool is_anonymous(const struct reader *reader, const struct sentence *s, size_t from)
{
    static const struct str signs[] = {
        STR_INIT("not to be identified"), STR_INIT("not to be named"),       STR_INIT("not to be quoted"),
        STR_INIT("wish to be named"),     STR_INIT("wish to be quoted"),     STR_INIT("wish to be identified"),
        STR_INIT("want to be named"),     STR_INIT("want to be identified"), STR_INIT("condition of anonymity"),
        STR_INIT("not to print"),         STR_INIT("not authorised to"),     STR_INIT("not authorized to"),
        STR_INIT("remain anonymous"),     STR_INIT("not be named"),          STR_INIT("not be identified"),
        STR_INIT("declined to be named"), STR_INIT("refused to be named"),   STR_INIT("withhold her name"),
        STR_INIT("withhold his name")};
    bool is_one = token_is(s, from, "a") || token_is(s, from, "an") || token_is(s, from, "one");
    bool is_it = false;
    (void)reader;
    for (size_t i = 0; is_one && i < sizeof signs / sizeof *signs; i++) {
        is_it |= str_find_nocase(s->text, signs[i], 0) != SIZE_MAX;
    }
    return is_it;
}

/* "A former Quartoline trainer": who is of the house no more. */
static bool is_former(const struct sentence *s, size_t from)
{
    return (token_is(s, from, "a") || token_is(s, from, "one")) &&
           (token_is(s, from + 1, "former") || token_is(s, from + 1, "ex"));
}

/* Does the phrase end with a pronoun that can only be the subject, behind words of another? */
static bool is_last_pronoun(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    bool is_it = to > from + 2 && s->tokens[to - 1].kind == TOKEN_WORD && !s->tokens[to - 1].is_possessive &&
                 (token_is(s, to - 1, "he") || token_is(s, to - 1, "she") || token_is(s, to - 1, "they") ||
                  token_is(s, to - 1, "we") || token_is(s, to - 1, "i"));
    bool is_ours = is_it && (token_is(s, to - 1, "we") || token_is(s, to - 1, "i"));
    return is_ours || (is_it && word_is(reader, s, from, "prep"));
}

struct party *party_of_phrase(struct reader *reader, const struct sentence *s, size_t from, size_t to, enum act act)
{
    from = skip_day(reader, s, from, to);
    if (is_several(reader, s, from, to)) {
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    struct parts parts = parts_of(reader, s, from, to);
    const struct voice *voice = reader_voice(reader, s);
    bool is_free = parts.house == NULL || is_former(s, from);
    if (parts.person == NULL && is_free && (is_former(s, from) || is_anonymous(reader, s, from))) {
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    struct party *named = apposed(reader, s, &parts, to);
    if (is_last_pronoun(reader, s, from, to)) { /* "In answer to Mrs Nwosu he said" */
        return of_pronoun(reader, s, to - 1, act);
    }
    if (parts.any != NULL && is_called_so(reader, s, &parts)) { /* "a person using the alias X" */
        return parts.any;
    }
    if (is_office_of(s, &parts)) {
        return party_named(reader, sentence_slice(s, parts.any_at, parts.noun_to), PARTY_COMPANY);
    }
    bool is_yours = parts.any == NULL && has_word_your(s, from, to); /* "your company told the press" */
    if (is_yours && voice->is_own_word && voice->addressee != NULL) {
        return voice->addressee;
    }
    bool is_own_officer = parts.house == NULL &&
                          (parts.role != SIZE_MAX || parts.rank != SIZE_MAX || parts.title != SIZE_MAX) &&
                          voice->is_own_word && voice->author != NULL && voice->author->kind == PARTY_COMPANY &&
                          parts.noun == SIZE_MAX && !(parts.person != NULL && parts.person->employer != NULL);
    bool is_to_us = token_is(s, to + 1, "us") || token_is(s, to + 1, "me");
    if (is_own_officer && is_to_us && parts.person == NULL) { /* "The payroll manager told us" */
        return party_named(reader, STR("unnamed source"), PARTY_PERSON);
    }
    if (is_own_officer && !is_to_us) { /* of a force's or a firm's own release: "Detective Inspector X said" */
        reader_heard_person(reader, parts.person);
        return voice->author;
    }
    if (parts.role != SIZE_MAX) {
        return of_role(reader, s, &parts, act);
    }
    if (named != NULL) {
        return named;
    }
    return parts.any != NULL ? of_named(reader, s, &parts, to, act) : of_unnamed(reader, s, &parts, from, to, act);
}
