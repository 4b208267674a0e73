/* Who writes and who is written to, where no label says so: the banner and the foot of a note, the lines above a salutation. */
#include "base/str.h"
#include "read/voice.h"

#include "base/banned.h"

enum { SHORT_TOKENS = 14 };

unsigned count_first_person(const struct reader *reader)
{
    unsigned count = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; sentence_is_examined(s) && s->block->depth == 0 && t < s->count; t++) {
            count += !s->tokens[t].is_cited && word_is(reader, s, t, "we") && s->tokens[t].kind == TOKEN_WORD;
        }
    }
    return count;
}

/* Is it "WE ARE HOLLOW CHOIR", ">>> RAVENMOOR <<<"? */
static bool is_banner(struct str text, struct str name)
{
    size_t at = str_find_nocase(text, name, 0), letters = 0;
    for (size_t i = 0; at != SIZE_MAX && i < text.len; i++) {
        char c = text.data[i];
        letters += (i < at || i >= at + name.len) && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    }
    return at != SIZE_MAX && letters <= strlen("this message is from");
}

bool greets(struct str text)
{
    static const struct str words[] = {STR_INIT("hello"),     STR_INIT("hi "),     STR_INIT("dear"),
                                       STR_INIT("attention"), STR_INIT("attn"),    STR_INIT("to "),
                                       STR_INIT("greetings"), STR_INIT("good "),   STR_INIT("hey"),
                                       STR_INIT("to:"),       STR_INIT("welcome"), STR_INIT("message to")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(str_slice(text, 0, words[i].len), words[i], 0) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_paper_word(struct str low)
{
    static const char *const words[] = {"advisory", "report",       "notice",       "statement",  "bulletin",
                                        "circular", "decision",     "update",       "release",    "memorandum",
                                        "memo",     "notification", "announcement", "disclosure", "post-mortem"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

/* "SECURITY ADVISORY HL-2031-07", "Incident report": what kind of paper it is, and nobody's name. */
static bool is_paper_title(const struct sentence *s)
{
    bool is_it = false;
    for (size_t i = 0; i < s->count && s->count < 9; i++) {
        is_it |= is_paper_word(s->tokens[i].low);
    }
    return is_it && !is_mark(s, s->count - 1, '.');
}

/* "~~~ BASALT CREW ~~~", "THIS IS PALE LANTERN" at the head of a note: names in capitals that no list knows. */
static struct party *banner_name(struct reader *reader, const struct sentence *s)
{
    size_t from = 0, to = s->count;
    while (from < to &&
           (!is_ascii_letter(s->tokens[from].text.data[0]) || s->tokens[from].kind != TOKEN_WORD ||
            word_is(reader, s, from, "we") || word_is(reader, s, from, "det") || word_is(reader, s, from, "aux") ||
            str_eq(s->tokens[from].low, STR("message")) || str_eq(s->tokens[from].low, STR("from")))) {
        from++;
    }
    while (to > from && !is_ascii_letter(s->tokens[to - 1].text.data[0])) {
        to--;
    }
    for (size_t i = from + 1; i < to; i++) { /* "CERT-KALMAR ADVISORY KA-2031-077" */
        to = is_paper_word(s->tokens[i].low) ? i : to;
    }
    for (size_t i = from; i < to; i++) {
        const struct token *token = &s->tokens[i];
        bool is_known = (token->lists & (UINT32_C(1) << LIST_COMMON | UINT32_C(1) << LIST_GRAMMAR |
                                         UINT32_C(1) << LIST_VERBS | UINT32_C(1) << LIST_CLAIMS)) != 0;
        const char *class = noun_at(reader, s, i, NULL);
        bool is_other = class != NULL && strcmp(class, "group") != 0;
        for (size_t b = 0; b < token->text.len; b++) {
            if (token->text.data[b] >= 'a' && token->text.data[b] <= 'z') {
                return NULL;
            }
        }
        if (token->kind != TOKEN_WORD || is_known || is_other) {
            return NULL;
        }
    }
    return to > from && to - from <= 3 && s->tokens[from].text.len > 2
               ? party_named(reader, sentence_slice(s, from, to), PARTY_GROUP)
               : NULL;
}

static struct party *as_group(struct party *party)
{
    party->votes[PARTY_GROUP] += party->votes[PARTY_COMPANY] == 0 ? 3 : 0;
    party->votes[PARTY_PUBLICATION] = 0;
    return party;
}

/* The name alone at the foot of a note: "- Basalt Crew". */
static struct party *foot_name(const struct reader *reader)
{
    for (size_t i = reader->sentences.count; i > 0; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        if (s->count == 0 || s->block->role == PROSE_NOISE) {
            continue;
        }
        size_t at = s->tokens[0].kind == TOKEN_MARK ? 1 : 0;
        at += at < s->count && str_eq(s->tokens[at].low, STR("the"));
        struct party *party =
            s->count <= 5 && at < s->count && s->tokens[at].is_name_start ? party_of_token(reader, s, at) : NULL;
        const struct token *end = &s->tokens[s->count - 1];
        bool is_team = str_eq(end->low, STR("team")) || str_eq(end->low, STR("crew")) || str_eq(end->low, STR("group"));
        bool is_alone = party != NULL && (end->name == s->tokens[at].name || (is_team && s->count == at + 2));
        return is_alone ? party : NULL;
    }
    return NULL;
}

static bool token_is_in(const struct sentence *s, size_t at, const char *word)
{
    return at < s->count && str_eq(s->tokens[at].low, str_of(word));
}

/* "Your files are encrypted by NIGHT FERRY": a name in capitals that is made of common words. */
static struct party *encrypted_by(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count && i < 20; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 1; t + 1 < s->count; t++) {
            size_t to = t + 1;
            while (token_is_in(s, t, "by") && to < s->count && to < t + 4 && s->tokens[to].kind == TOKEN_WORD &&
                   s->tokens[to].is_capital && s->tokens[to].text.len > 1) {
                to++;
            }
            struct str before = s->tokens[t - 1].low;
            if (to > t + 1 &&
                (str_eq(before, STR("encrypted")) || str_eq(before, STR("locked")) || str_eq(before, STR("hacked")))) {
                return party_named(reader, sentence_slice(s, t + 1, to), PARTY_GROUP);
            }
        }
    }
    return NULL;
}

/* A note that speaks of "your files" and of paying: who writes it extorts, whatever he is called. */
static bool is_extortion(const struct reader *reader)
{
    static const char *const things[] = {"files", "network", "data", "servers", "systems", "company", "documents"};
    static const char *const terms[] = {"decrypt", "decryptor", "decryption", "encrypted", "leak",
                                        "ransom",  "btc",       "xmr",        "bitcoin",   "monero"};
    bool has_yours = false, has_terms = false;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; t < s->count; t++) {
            has_yours |= token_is_in(s, t, "your") && t + 1 < s->count &&
                         str_is_one_of(s->tokens[t + 1].low, things, sizeof things / sizeof *things);
            has_terms |= str_is_one_of(s->tokens[t].low, terms, sizeof terms / sizeof *terms);
        }
    }
    return has_yours && has_terms && !(reader->sentences.count != 0 && greets(reader->sentences.all[0].text));
}

/* "Hyderabad, 9 February 2030": a dateline, and no banner. */
static bool is_place_and_day(const struct reader *reader, const struct sentence *s)
{
    struct moment when = date_in(reader, s);
    return when.at != TIME_NONE && when.from > 1 && is_mark(s, when.from - 1, ',');
}

bool is_victim_label(struct str text)
{
    static const char *const labels[] = {"name",   "company", "company name", "victim",
                                         "target", "client",  "website",      "site"};
    struct str value;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (label_is(text, labels[i], &value)) {
            return true;
        }
    }
    return false;
}

/* Of a note without a line that says whose it is: "encrypted by X", "we are X", or X alone at its head. */
struct party *note_author(struct reader *reader)
{
    if (count_first_person(reader) < 2) {
        return NULL;
    }
    for (size_t i = 0; i < reader->sentences.count && i < 2; i++) {
        struct party *banner = banner_name(reader, &reader->sentences.all[i]);
        if (banner != NULL) {
            return as_group(banner);
        }
    }
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_head = (!sentence_is_examined(s) || (i < 3 && s->count < SHORT_TOKENS)) && !greets(s->text) &&
                       !is_place_and_day(reader, s) && !is_victim_label(s->text);
        for (size_t p = 0; is_head && p < reader->parties.count; p++) {
            struct party *party = reader->parties.all[p];
            if (party->mentions != 0 && is_banner(s->text, party->name)) {
                return as_group(party);
            }
        }
        for (size_t t = 2; sentence_is_examined(s) && t < s->count; t++) {
            struct party *party =
                s->tokens[t].is_name_start && !s->tokens[t].is_cited ? party_of_token(reader, s, t) : NULL;
            struct str before = s->tokens[t - 1].low, first = s->tokens[t - 2].low;
            bool is_it = (str_eq(before, STR("are")) && str_eq(first, STR("we"))) ||
                         (str_eq(before, STR("is")) && str_eq(first, STR("this"))) ||
                         (str_eq(before, STR("by")) &&
                          (str_ends(first, STR("ed")) || str_eq(first, STR("stolen")) || str_eq(first, STR("taken"))));
            if (party != NULL && is_it) {
                return as_group(party);
            }
        }
    }
    struct party *maker = reader->own.author == NULL ? encrypted_by(reader) : NULL;
    if (maker != NULL) {
        return as_group(maker);
    }
    struct party *foot = foot_name(reader);
    if (foot == NULL && is_extortion(reader)) {
        return party_named(reader, STR("unnamed attackers"), PARTY_GROUP);
    }
    return foot == NULL || foot->votes[PARTY_PERSON] != 0 ? foot : as_group(foot);
}

static bool token_is_the(const struct sentence *s, size_t at)
{
    return str_eq(s->tokens[at].low, STR("the")) || str_eq(s->tokens[at].low, STR("and"));
}

/* "SVALE HOLDINGS PLC", "High Court of Ardene": a house or an office by itself at the head of its own notice. */
static bool is_legal_name(const struct reader *reader, const struct sentence *s)
{
    const struct lexicon_entry *entry =
        s->count != 0 ? lexicon_find(reader->lexicon, LIST_SUFFIXES, s->tokens[s->count - 1].low) : NULL;
    return entry != NULL && strcmp(entry->value, "legal") == 0;
}

/* Behind "IN THE" of "IN THE HIGH COURT OF ARDENE". */
static size_t behind_small(const struct sentence *s, size_t from, size_t to)
{
    while (from < to && (str_eq(s->tokens[from].low, STR("in")) || str_eq(s->tokens[from].low, STR("the")))) {
        from++;
    }
    return from;
}

struct party *holder_of_office(const struct reader *reader, struct party *office)
{
    static const struct str heads[] = {STR_INIT("office of the "), STR_INIT("office of ")};
    struct str name = STR("");
    for (size_t i = 0; office != NULL && name.len == 0 && i < sizeof heads / sizeof *heads; i++) {
        name = str_starts(office->key, heads[i]) ? str_slice(office->key, heads[i].len, office->key.len) : name;
    }
    for (size_t i = 0; name.len != 0 && i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        if (party->mentions != 0 && str_eq(party->key, name)) {
            party->votes[PARTY_COMPANY] += party->votes[PARTY_PUBLICATION] + 1; /* "Information Guardian" is no paper */
            return party;
        }
    }
    return office;
}

static struct party *house_line(struct reader *reader, const struct sentence *s, bool *ret_is_office)
{
    bool is_house = false;
    *ret_is_office = false;
    size_t from = 0, to = s->count; /* "*** DOCKERS ALLIANCE - BRANCH 14 ***" */
    while (from < s->count && s->tokens[from].kind == TOKEN_MARK) {
        from++;
    }
    for (size_t i = from; from != 0 && i < to; i++) {
        to = s->tokens[i].kind == TOKEN_MARK ? i : to;
    }
    from = behind_small(s, from, to);
    if (to < from + 2 || to - from > 8 || s->block->depth != 0) {
        return NULL;
    }
    for (size_t i = from; i < to; i++) {
        const char *suffix = lexicon_find(reader->lexicon, LIST_SUFFIXES, s->tokens[i].low) != NULL
                                 ? lexicon_find(reader->lexicon, LIST_SUFFIXES, s->tokens[i].low)->value
                                 : "";
        const char *class = noun_at(reader, s, i, NULL);
        bool is_office = class != NULL && strcmp(class, "office") == 0;
        *ret_is_office |= is_office;
        is_house |= is_office || strcmp(suffix, "legal") == 0 || (strcmp(suffix, "company") == 0 && i + 1 == to);
        bool is_small = word_is(reader, s, i, "prep") || token_is_the(s, i) || str_eq(s->tokens[i].text, STR("&"));
        bool has_digit = s->tokens[i].text.data[s->tokens[i].text.len - 1] >= '0' &&
                         s->tokens[i].text.data[s->tokens[i].text.len - 1] <= '9'; /* "ADVISORY HL-2031-07" */
        if (s->tokens[i].kind != TOKEN_WORD || (!s->tokens[i].is_capital && !is_small) || has_digit) {
            return NULL;
        }
    }
    bool is_wire = false; /* "Continental Press Service" */
    struct str name = sentence_slice(s, from, to);
    for (size_t i = from; i < to && !*ret_is_office; i++) {
        is_wire |= str_eq(s->tokens[i].low, STR("press")) || str_eq(s->tokens[i].low, STR("news"));
    }
    reader->publication = is_house && is_wire ? party_named(reader, name, PARTY_PUBLICATION) : reader->publication;
    return is_house && !is_wire ? party_named(reader, name, PARTY_COMPANY) : NULL;
}

/* "Statement by the Board of Ferrow College", "A message from Harlow Pumps": whose it is, by its own title. */
static struct party *titled_by(struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"statement",    "message", "notice", "letter",
                                        "announcement", "update",  "apology"};
    bool is_title = false, is_by = false;
    for (size_t i = 0; i < s->count && s->count <= SHORT_TOKENS && !is_mark(s, s->count - 1, '.'); i++) {
        for (size_t w = 0; i < 3 && w < sizeof words / sizeof *words; w++) {
            is_title |= str_eq(s->tokens[i].low, str_of(words[w]));
        }
        is_by |= is_title && (str_eq(s->tokens[i].low, STR("by")) || str_eq(s->tokens[i].low, STR("from")));
        struct party *party = is_by && s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        if (party != NULL && party->votes[PARTY_PUBLICATION] == 0) {
            return party;
        }
        size_t to = i;
        while (is_by && to < s->count && s->tokens[to].kind == TOKEN_WORD && s->tokens[to].is_capital) {
            to++;
        }
        if (to > i + 1 && s->tokens[i].name == NO_NAME) { /* nowhere else named */
            return party_of_label(reader, sentence_slice(s, i, to));
        }
    }
    return NULL;
}

/* "Minister for Digital Affairs" alone at the head of his speech. */
static struct party *titled_line(struct reader *reader, const struct sentence *s)
{
    size_t count = 0;
    const char *class = s->count > 2 && s->count < 8 ? noun_at(reader, s, 0, &count) : NULL;
    bool is_title = class != NULL && (strcmp(class, "title") == 0 || strcmp(class, "rank") == 0) && count < s->count &&
                    (str_eq(s->tokens[count].low, STR("for")) || str_eq(s->tokens[count].low, STR("of")));
    for (size_t i = 0; is_title && i < s->count; i++) {
        is_title = s->tokens[i].kind == TOKEN_WORD &&
                   (s->tokens[i].is_capital || word_is(reader, s, i, "prep") || str_eq(s->tokens[i].low, STR("for")) ||
                    str_eq(s->tokens[i].low, STR("the")) || str_eq(s->tokens[i].low, STR("and")));
    }
    return is_title ? party_named(reader, s->text, PARTY_PERSON) : NULL;
}

/* "WRITTEN QUESTIONS AND ANSWERS" */
static bool is_shouted_line(const struct sentence *s)
{
    bool is_loud = s->count > 1;
    for (size_t i = 0; is_loud && i < s->text.len; i++) {
        is_loud = s->text.data[i] < 'a' || s->text.data[i] > 'z';
    }
    return is_loud;
}

struct party *heading_author(struct reader *reader, bool *ret_is_office)
{
    bool is_text = reader->document == DOCUMENT_TEXT;
    struct party *minister =
        is_text && reader->sentences.count != 0 ? titled_line(reader, &reader->sentences.all[0]) : NULL;
    if (minister != NULL) {
        *ret_is_office = true;
        return minister;
    }
    for (size_t i = 0; i < reader->sentences.count && i < 4; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        struct party *party = s->block->depth != 0 ? NULL : titled_by(reader, s);
        bool is_line = party == NULL && is_text && (i == 0 || (s->count <= 5 && s->block->role != PROSE_LABEL));
        party = is_line ? house_line(reader, s, ret_is_office) : party;
        bool is_under_title = i > 0 && i < 3 && is_paper_title(&reader->sentences.all[i - 1]);
        is_under_title |= i > 0 && i < 3 && *ret_is_office && is_shouted_line(&reader->sentences.all[i - 1]);
        bool is_legal = party != NULL && (i == 0 || !is_line || is_under_title || is_legal_name(reader, s));
        if (is_legal) {
            return party;
        }
    }
    *ret_is_office = false;
    return NULL;
}

/* The person who signs what is written with "I": below "Yours sincerely,", or in the last lines as "X, editor". NULL: nobody does. */
struct party *signing_person(struct reader *reader)
{
    static const char *const ends[] = {"yours",      "sincerely", "regards", "kind", "best",
                                       "faithfully", "cordially", "warmly",  "with"};
    size_t count = reader->sentences.count, first = count > 8 ? count - 8 : 0;
    for (size_t i = first; i < count; i++) {
        const struct sentence *s = &reader->sentences.all[i], *before = i > 0 ? &reader->sentences.all[i - 1] : NULL;
        size_t to = 0;
        while (to < s->count && s->tokens[to].kind == TOKEN_WORD && s->tokens[to].is_capital) {
            to++;
        }
        bool is_below = before != NULL && before->count > 0 && before->count < 5 &&
                        str_is_one_of(before->tokens[0].low, ends, sizeof ends / sizeof *ends);
        bool is_role =
            to + 1 < s->count && is_mark(s, to, ',') && s->count < to + 8 && noun_at(reader, s, to + 1, NULL) != NULL;
        bool is_name = to > 1 && to < 5 && (is_below ? to == s->count || is_mark(s, to, ',') : is_role);
        struct party *party = is_name ? party_of_label(reader, sentence_slice(s, 0, to)) : NULL;
        if (party != NULL &&
            party->votes[PARTY_COMPANY] + party->votes[PARTY_PUBLICATION] + party->votes[PARTY_GROUP] == 0) {
            party->votes[PARTY_PERSON] += 3;
            return party;
        }
    }
    return NULL;
}

/* "Beate Rohm", "Hale Motors, Ashby, 6 March 2030" at the foot of what nobody else signs. */
struct party *foot_author(struct reader *reader)
{
    for (size_t i = reader->sentences.count, seen = 0; i > 0 && seen < 2; i--) {
        const struct sentence *s = &reader->sentences.all[i - 1];
        if (s->count == 0 || s->block->role == PROSE_NOISE) {
            continue;
        }
        seen++;
        size_t to = 0;
        while (to < s->count && s->tokens[to].kind == TOKEN_WORD && s->tokens[to].is_capital) {
            to++;
        }
        bool is_line = s->count <= 9 && !is_mark(s, s->count - 1, '.') && to > 1 && to < 5;
        bool is_signed = to == s->count ? count_first_person(reader) != 0 : is_mark(s, to, ',');
        struct party *party = is_line && is_signed ? party_of_label(reader, sentence_slice(s, 0, to)) : NULL;
        bool is_known =
            party != NULL && party->votes[PARTY_PUBLICATION] == 0 && (party->mentions != 0 || to == s->count);
        if (is_known) {
            party->votes[PARTY_PERSON] += to == s->count && party->votes[PARTY_COMPANY] == 0 ? 1 : 0;
            return party->employer != NULL ? party->employer : party;
        }
    }
    return NULL;
}

/* A letter that says "we" or "I" and gives no name: its writer is nobody in particular. */
struct party *nameless_author(struct reader *reader)
{
    static const struct str words[] = {STR_INIT("Name withheld"), STR_INIT("Name and address withheld"),
                                       STR_INIT("Anonymous"), STR_INIT("Name supplied")};
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        bool is_end = i + 4 > reader->sentences.count && s->count <= 6;
        bool is_it = false;
        for (size_t w = 0; is_end && w < sizeof words / sizeof *words; w++) {
            is_it |= str_starts(s->text, words[w]);
        }
        bool is_many = is_end && (str_find_nocase(s->text, STR("former employees"), 0) != SIZE_MAX ||
                                  str_find_nocase(s->text, STR("concerned "), 0) != SIZE_MAX ||
                                  str_find_nocase(s->text, STR("members of staff"), 0) != SIZE_MAX);
        if ((is_it || is_many) && count_first_person(reader) > 1) {
            return party_named(reader, STR("unnamed source"), PARTY_PERSON);
        }
    }
    return NULL;
}

/* Whom a note greets: "Hello, Draymoor Logistics!", "To the management of Lakeview Health". */
struct party *greeted(const struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count && i < 6; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; greets(s->text) && t < s->count; t++) {
            struct party *party = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            if (party != NULL && party != reader->own.author) {
                return party;
            }
        }
    }
    return NULL;
}

/* The party whose name ends with that word. */
static struct party *surnamed(const struct reader *reader, struct str low)
{
    for (size_t i = 0; low.len > 2 && i < reader->parties.count; i++) {
        struct str key = reader->parties.all[i]->key;
        if (key.len > low.len && str_ends(key, low) && key.data[key.len - low.len - 1] == ' ') {
            return reader->parties.all[i];
        }
    }
    return NULL;
}

/* The house in the lines above a letter's salutation, but for the writer's own. */
struct party *address_of(const struct reader *reader)
{
    struct party *found = NULL;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (str_starts(s->text, STR("Dear "))) {
            for (size_t t = 1; t < s->count; t++) { /* "Dear Ms Lam" */
                struct party *greeted =
                    s->tokens[t].is_name_start ? party_of_token(reader, s, t) : surnamed(reader, s->tokens[t].low);
                if (greeted != NULL && greeted != reader->own.author) {
                    return greeted;
                }
            }
            return found;
        }
        for (size_t t = 0; s->count <= 8 && t < s->count; t++) {
            struct party *party = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            bool is_house = party != NULL && party != reader->own.author && party->votes[PARTY_PERSON] == 0 &&
                            (party->votes[PARTY_PUBLICATION] != 0 || i > 1);
            found = is_house && (found == NULL || found->votes[PARTY_PUBLICATION] == 0) ? party : found;
        }
    }
    return NULL;
}
