/* Names: runs of capitalised words, accounts by their sign or by "user X". What kind of party each is: vote.c. */
#include "read/name.h"
#include "base/str.h"

#include "base/banned.h"

struct party *party_of_token(const struct reader *reader, const struct sentence *s, size_t at)
{
    return at < s->count && s->tokens[at].name != NO_NAME ? reader->parties.all[s->tokens[at].name - 1] : NULL;
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
           (s->tokens[at - 1].kind == TOKEN_MARK && strchr("<\":-", s->tokens[at - 1].mark) != NULL);
}

bool is_capital_word(const struct sentence *s, size_t at)
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

/* Of "Bank Mira Valen" no, of "Chief Executive": yes. "Clinics", "Union" and "Commission" go on with a name. */
static bool is_office_word(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t count;
    const char *class = noun_at(reader, s, at, &count);
    return class != NULL && strcmp(class, "document") != 0 && party_kind_of_noun(class) != PARTY_COMPANY &&
           party_kind_of_noun(class) != PARTY_PUBLICATION;
}

/* "Data Protection Commission": words of a kind, each with a capital, are a name. */
static bool is_spelled_as_name(const struct reader *reader, const struct sentence *s, size_t at, size_t count)
{
    bool is_all = count > 1;
    for (size_t i = at; i < at + count; i++) {
        is_all &= is_capital_word(s, i);
    }
    return is_all && !is_office_word(reader, s, at);
}

/* "Commissioner's Office" */
static bool owns_office(const struct sentence *s, size_t at)
{
    return s->tokens[at].is_possessive && at + 1 < s->count && s->tokens[at + 1].is_capital &&
           (str_eq(s->tokens[at + 1].low, STR("office")) || str_eq(s->tokens[at + 1].low, STR("department")));
}

/* "National Police Academy", "Land Registry": words that are no names by themselves, with capitals, and a house's word at their end. */
static size_t house_end(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t to = at;
    bool is_small_word = false;
    if (begins_sentence(s, at) || word_is(reader, s, at, "det") || word_is(reader, s, at, "prep") ||
        word_is(reader, s, at, "cut") || word_is(reader, s, at, "we") ||
        lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at].low) != NULL) {
        return 0;
    }
    while (is_capital_word(s, to) && s->tokens[to].is_cited == s->tokens[at].is_cited && to < at + 6 &&
           !word_is(reader, s, to, "we") && !word_is(reader, s, to, "they") && !word_is(reader, s, to, "it") &&
           (!is_office_word(reader, s, to) || owns_office(s, to))) {
        is_small_word |= is_common(reader, &s->tokens[to]) || noun_at(reader, s, to, NULL) != NULL;
        to++;
        if (s->tokens[to - 1].is_possessive && !owns_office(s, to - 1)) {
            break;
        }
    }
    const char *suffix = to > at ? name_suffix(reader, s->tokens[to - 1].low) : NULL;
    const char *class = to > at ? noun_at(reader, s, to - 1, NULL) : NULL;
    bool is_house = suffix != NULL || party_kind_of_noun(class) == PARTY_COMPANY;
    return to > at + 1 && is_small_word && is_house && !is_office_word(reader, s, at) ? to : 0;
}

/* "J. Patel", "K. R. Menon": where the name behind its initials begins; at, if none do. */
static size_t skip_initials(const struct sentence *s, size_t at)
{
    size_t to = at;
    while (to + 1 < s->count && s->tokens[to].kind == TOKEN_WORD && s->tokens[to].is_capital &&
           s->tokens[to].text.len == 1 && is_mark(s, to + 1, '.')) {
        to += 2;
    }
    return to > at && is_capital_word(s, to) ? to : at;
}

/* Words that end a name though they have a capital: days and months, "I", "CEO". "Blackout Now" and "Havu Home" go on. */
static bool is_small_word(const struct reader *reader, const struct token *token)
{
    bool is_shouted = true;
    for (size_t i = 0; i < token->text.len; i++) {
        is_shouted &= token->text.data[i] < 'a' || token->text.data[i] > 'z';
    }
    bool is_grammar = (token->lists & UINT32_C(1) << LIST_GRAMMAR) != 0;
    return lexicon_find(reader->lexicon, LIST_CALENDAR, token->low) != NULL ||
           (is_shouted && (is_common(reader, token) || (is_grammar && token->text.len > 2)));
}

static bool is_particle(struct str low)
{
    static const struct str words[] = {STR_INIT("de"),  STR_INIT("van"), STR_INIT("von"),   STR_INIT("der"),
                                       STR_INIT("den"), STR_INIT("del"), STR_INIT("della"), STR_INIT("di"),
                                       STR_INIT("da"),  STR_INIT("dos"), STR_INIT("du"),    STR_INIT("ter"),
                                       STR_INIT("bin"), STR_INIT("ibn"), STR_INIT("al")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq(low, words[i])) {
            return true;
        }
    }
    return false;
}

/* "DP-3104-B7712" */
static bool is_file_number(const struct token *token)
{
    bool has_digit = false;
    for (size_t i = 0; i < token->text.len; i++) {
        if (token->text.data[i] >= 'a' && token->text.data[i] <= 'z') {
            return false;
        }
        has_digit |= token->text.data[i] >= '0' && token->text.data[i] <= '9';
    }
    return has_digit && token->text.len > 6 && str_find(token->text, STR("-"), 0) != SIZE_MAX;
}

/* "Mbegu Women's Hospital", "St Brannoc's School": an owner within the name of a house. */
static bool owns_house(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const owners[] = {"women",  "men",      "children", "king",     "queen",
                                         "people", "teachers", "workers",  "veterans", "bishop"};
    bool is_saint = at > 1 && (str_eq(s->tokens[at - 2].low, STR("st")) || str_eq(s->tokens[at - 2].low, STR("saint")));
    bool is_owner = is_saint || str_is_one_of(s->tokens[at - 1].low, owners, sizeof owners / sizeof *owners);
    const char *suffix = is_owner && is_capital_word(s, at) ? name_suffix(reader, s->tokens[at].low) : NULL;
    return suffix != NULL && strcmp(suffix, "publication") != 0;
}

static bool is_paper(const struct reader *reader, const struct sentence *s, size_t at)
{
    const char *class = noun_at(reader, s, at, NULL);
    return class != NULL && strcmp(class, "document") == 0;
}

/* Whom a house is for: its name goes on behind it. */
static bool is_people(struct str low)
{
    static const char *const words[] = {"family",  "patient",   "customer", "student",  "staff",
                                        "members", "community", "women",    "children", "veterans"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

static size_t name_end(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t to = at + 1;
    while (to < s->count && (!s->tokens[to - 1].is_possessive || owns_house(reader, s, to))) {
        const struct token *next = &s->tokens[to];
        bool is_word = is_capital_word(s, to) && next->is_cited == s->tokens[at].is_cited && !is_file_number(next);
        bool is_suffix = name_suffix(reader, next->low) != NULL;
        if (is_word && !is_suffix && is_paper(reader, s, to)) {
            break; /* "CERT-KALMAR ADVISORY" */
        }
        bool is_inner = is_word && is_people(next->low) && is_capital_word(s, to + 1) &&
                        name_suffix(reader, s->tokens[to + 1].low) != NULL; /* "Three Rivers Family Medicine" */
        if (is_word && (is_suffix || is_inner || (!is_small_word(reader, next) && !is_office_word(reader, s, to)))) {
            to++;
            continue;
        }
        bool is_joint = (str_eq(next->low, STR("of")) || str_eq(next->low, STR("&"))) && is_capital_word(s, to + 1) &&
                        !is_common(reader, &s->tokens[to + 1]) &&
                        (next->text.data[0] == '&' || name_suffix(reader, s->tokens[to - 1].low) != NULL);
        if (is_particle(next->low) && next->kind == TOKEN_WORD && is_capital_word(s, to + 1)) {
            to += 2; /* "Annelies de Wit" */
            continue;
        }
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
    bool is_somebody = class != NULL && (strcmp(class, "source") == 0 || strcmp(class, "public") == 0);
    if (*ret_kind != PARTY_ACCOUNT && *ret_kind != PARTY_GROUP && !is_somebody) {
        return SIZE_MAX;
    }
    size_t next = at + count;
    bool is_told = false;
    size_t relative = next + is_mark(s, next, ',');
    bool is_relative =
        relative + 1 < s->count && word_is(reader, s, relative, "relative") &&
        (str_starts(s->tokens[relative + 1].low, STR("call")) || str_eq(s->tokens[relative + 1].low, STR("go")) ||
         str_eq(s->tokens[relative + 1].low, STR("goes")));
    next = is_relative ? relative + 2 : next; /* "the gang, which calls itself X", "who go by the name X" */
    bool is_behind = is_mark(s, next, ',') && next + 1 < s->count;
    next += is_behind &&
            (str_eq(s->tokens[next + 1].low, STR("known")) || str_eq(s->tokens[next + 1].low, STR("going")) ||
             str_eq(s->tokens[next + 1].low, STR("calling")) || str_eq(s->tokens[next + 1].low, STR("called")));
    bool is_place = next + 2 < s->count && str_eq(s->tokens[next].low, STR("on")) &&
                    (str_eq(s->tokens[next + 2].low, STR("called")) || str_eq(s->tokens[next + 2].low, STR("named")));
    next += is_place ? 2 : 0; /* "a channel on Telegram called X" */
    is_told |= is_relative;
    static const struct str joins[] = {
        STR_INIT("calling"),    STR_INIT("itself"),  STR_INIT("themselves"), STR_INIT("called"),  STR_INIT("known"),
        STR_INIT("as"),         STR_INIT("named"),   STR_INIT("dubbed"),     STR_INIT("the"),     STR_INIT("name"),
        STR_INIT("under"),      STR_INIT("styling"), STR_INIT("himself"),    STR_INIT("herself"), STR_INIT("by"),
        STR_INIT("with"),       STR_INIT("online"),  STR_INIT("only"),       STR_INIT("going"),   STR_INIT("nicknamed"),
        STR_INIT("handle"),     STR_INIT("alias"),   STR_INIT("moniker"),    STR_INIT("using"),   STR_INIT("signing"),
        STR_INIT("identifying")};
    for (size_t i = 0; next < s->count && i < sizeof joins / sizeof *joins;) {
        if (!str_eq(s->tokens[next].low, joins[i])) {
            i++;
            continue;
        }
        is_told |= joins[i].len > 4; /* "by", "the" and "with" alone tell nothing */
        next++;
        i = 0;
    }
    bool is_quoted =
        next < s->count && s->tokens[next].kind == TOKEN_MARK && strchr("<\"", s->tokens[next].mark) != NULL;
    next += is_quoted;
    if (is_somebody && !is_told) {
        return SIZE_MAX; /* "a person using the name X" */
    }
    *ret_kind = is_somebody ? PARTY_ACCOUNT : *ret_kind;
    bool is_word = next < s->count && s->tokens[next].kind == TOKEN_WORD && s->tokens[next].text.len > 2 &&
                   !is_common(reader, &s->tokens[next]) && s->tokens[next].lists == 0;
    bool is_wanted = is_word && (is_quoted || is_told || s->tokens[next].is_capital ||
                                 (*ret_kind == PARTY_ACCOUNT && !str_ends(s->tokens[next].low, STR("s"))));
    return is_wanted && (is_told || is_quoted || *ret_kind == PARTY_ACCOUNT || s->tokens[next].is_capital) ? next
                                                                                                           : SIZE_MAX;
}

/* "parties demanded": a plural before a verb. */
static bool is_plural_subject(const struct reader *reader, const struct sentence *s, size_t at)
{
    return at + 1 < s->count && str_ends(s->tokens[at].low, STR("s")) && s->tokens[at].low.len > 4 &&
           (lexicon_find(reader->lexicon, LIST_VERBS, s->tokens[at + 1].low) != NULL ||
            word_is(reader, s, at + 1, "aux"));
}

/* A small word that is neither a verb of saying nor one of grammar: "State regulators", "Shipping group". */
static bool is_followed_by_noun(const struct reader *reader, const struct sentence *s, size_t at)
{
    const char *office = at + 1 < s->count && s->tokens[at].is_capital ? noun_at(reader, s, at, NULL) : NULL;
    if (office != NULL && (strcmp(office, "title") == 0 || strcmp(office, "rank") == 0) && is_capital_word(s, at + 1)) {
        return true; /* "Opposition MP Lida Marek" */
    }
    const char *class = at < s->count && !s->tokens[at].is_capital && s->tokens[at].kind == TOKEN_WORD &&
                                lexicon_find(reader->lexicon, LIST_VERBS, s->tokens[at].low) == NULL
                            ? noun_at(reader, s, at, NULL)
                            : NULL;
    bool is_kind = class != NULL && strcmp(class, "role") != 0 && strcmp(class, "document") != 0;
    if (is_kind || (class == NULL && at < s->count && !s->tokens[at].is_capital && is_plural_subject(reader, s, at))) {
        return true;
    }
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

/* The same, by itself: "Ministry of Digital Services" makes no name of "Digital". */
static bool is_seen_alone(const struct reader *reader, const struct sentence *here, struct str low)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 1; s != here && sentence_is_examined(s) && t < s->count; t++) {
            bool is_it = s->tokens[t].is_capital && str_eq(s->tokens[t].low, low) && !begins_sentence(s, t);
            if (is_it && !is_capital_word(s, t + 1) && !is_capital_word(s, t - 1)) {
                return true;
            }
        }
    }
    return false;
}

/* "We'd", "They've", "Isn't": two words in one, and no name; "O'Neill" is one. */
static bool is_contraction(struct str low)
{
    static const char *const ends[] = {"'d", "'ve", "'ll", "'re", "'m", "n't"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends(low, str_of(ends[i]))) {
            return true;
        }
    }
    return false;
}

/* "M.D", "P.C", "VMs": letters behind a name, or things; no name by themselves. */
static bool is_letters(struct str text)
{
    size_t capitals = 0, points = 0;
    for (size_t i = 0; i < text.len; i++) {
        capitals += text.data[i] >= 'A' && text.data[i] <= 'Z';
        points += text.data[i] == '.';
    }
    bool is_dotted = points != 0 && capitals + points == text.len && text.len < 8;
    bool is_plural = text.len > 2 && capitals + 1 == text.len && text.data[text.len - 1] == 's';
    return is_dotted || is_plural;
}

/* "Easton Falls-based", "Kremlin-linked": what something is by a name. */
static bool is_by_name(struct str low)
{
    static const char *const ends[] = {"-based", "-owned",  "-run",     "-backed", "-linked",    "-listed",
                                       "-style", "-funded", "-related", "-led",    "-registered"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends(low, str_of(ends[i]))) {
            return true;
        }
    }
    return false;
}

/* "the Norwegian company", "a Pune-based lender": what kind of company it is, unless the word stands somewhere by itself. */
static bool is_attribute(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool has_article = at > 0 && (str_eq(s->tokens[at - 1].low, STR("the")) ||
                                  str_eq(s->tokens[at - 1].low, STR("a")) || str_eq(s->tokens[at - 1].low, STR("an")));
    const char *class = at + 1 < s->count && !s->tokens[at + 1].is_capital ? noun_at(reader, s, at + 1, NULL) : NULL;
    bool is_based = is_by_name(s->tokens[at].low);
    bool is_demonym = str_ends(s->tokens[at].low, STR("ian")) || str_ends(s->tokens[at].low, STR("ese")) ||
                      str_ends(s->tokens[at].low, STR("ish")) || str_ends(s->tokens[at].low, STR("can")) ||
                      str_ends(s->tokens[at].low, STR("dutch")) || str_ends(s->tokens[at].low, STR("ch"));
    return is_based ||
           (has_article && is_demonym && class != NULL && party_kind_of_noun(class) == PARTY_COMPANY &&
            strcmp(class, "office") != 0) ||
           (has_article && is_demonym && class != NULL && strcmp(class, "researcher") == 0);
}

/* "SALTBY - A hospital": the town of a dateline. */
static bool is_dateline(const struct sentence *s, size_t at)
{
    bool is_loud = at == 0 && s->tokens[0].text.len > 3;
    for (size_t i = 0; is_loud && i < s->tokens[0].text.len; i++) {
        is_loud = s->tokens[0].text.data[i] >= 'A' && s->tokens[0].text.data[i] <= 'Z';
    }
    for (size_t i = 1; is_loud && i < s->count && i < 5; i++) {
        if (is_mark(s, i, '-')) {
            return true;
        }
    }
    return false;
}

/* "Social Security numbers": a name for a number, and nobody's. */
static bool is_kind_of_number(const struct sentence *s, size_t at)
{
    static const char *const words[] = {"number", "numbers", "card", "cards", "no", "nos", "code", "codes", "digits"};
    return at < s->count && !s->tokens[at].is_capital &&
           str_is_one_of(s->tokens[at].low, words, sizeof words / sizeof *words) && !s->tokens[at - 1].is_possessive;
}

/* "I'd", "CVE-2030-1", "Rs 18 crore", "Contacted by the Post,": capitals that begin no name. */
static bool is_no_name(const struct reader *reader, const struct sentence *s, size_t at)
{
    const struct token *token = &s->tokens[at];
    bool is_participle = begins_sentence(s, at) && str_ends(token->low, STR("ed")) && at + 1 < s->count &&
                         word_is(reader, s, at + 1, "prep");
    bool is_sum = (str_eq(token->low, STR("rs")) || str_eq(token->low, STR("inr"))) && at + 1 < s->count &&
                  (s->tokens[at + 1].kind == TOKEN_NUMBER || is_mark(s, at + 1, '.'));
    bool is_feast = at + 1 < s->count && s->tokens[at + 1].is_capital && str_eq(s->tokens[at + 1].low, STR("day"));
    is_feast |= str_eq(token->low, STR("day"));
    bool is_count = begins_sentence(s, at) && lexicon_find(reader->lexicon, LIST_NUMBERS, token->low) != NULL &&
                    !is_capital_word(s, at + 1);
    bool is_number = is_file_number(token);
    static const char *const files[] = {"case",  "ref",     "claim",    "file",  "docket",
                                        "order", "invoice", "circular", "notice"};
    is_number |= str_is_one_of(token->low, files, sizeof files / sizeof *files) && at + 1 < s->count &&
                 (str_eq(s->tokens[at + 1].low, STR("no")) || str_eq(s->tokens[at + 1].low, STR("nos")) ||
                  str_eq(s->tokens[at + 1].low, STR("number")));
    bool is_part = is_contraction(token->low) || (is_letters(token->text) && !is_capital_word(s, at + 1));
    return is_number || is_feast || is_count || is_part || is_dateline(s, at) || str_starts(token->low, STR("i'")) ||
           str_starts(token->low, STR("cve-")) || is_sum || is_participle;
}

static bool is_band(struct str low)
{
    static const char *const words[] = {"order",    "brotherhood", "sisterhood", "sons",   "daughters",
                                        "children", "lords",       "knights",    "circle", "cult",
                                        "temple",   "masters",     "disciples",  "heirs",  "keepers",
                                        "friends",  "bank",        "university", "city"};
    return str_is_one_of(low, words, sizeof words / sizeof *words);
}

/* A number that a name begins with: the two words with capitals stand in another sentence, too. */
static bool is_counted_name(const struct reader *reader, const struct sentence *here, size_t at)
{
    struct str number = here->tokens[at].low;
    bool is_it = lexicon_find(reader->lexicon, LIST_NUMBERS, number) != NULL && is_capital_word(here, at + 1) &&
                 !is_common(reader, &here->tokens[at + 1]);
    for (size_t i = 0; is_it && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; s != here && sentence_is_examined(s) && t + 1 < s->count; t++) {
            if (s->tokens[t].is_capital && is_capital_word(s, t + 1) && str_eq(s->tokens[t].low, number) &&
                str_eq(s->tokens[t + 1].low, here->tokens[at + 1].low)) {
                return true;
            }
        }
    }
    return false;
}

static bool begins_label(const struct sentence *s, size_t at)
{
    return s->block->role == PROSE_LABEL && at == 0;
}

static bool is_name_at(const struct reader *reader, const struct sentence *s, size_t at, size_t *ret_to)
{
    const struct token *token = &s->tokens[at];
    *ret_to = at + 1;
    if (token->kind == TOKEN_HANDLE) {
        return true;
    }
    size_t behind = skip_initials(s, at);
    if (behind > at && !is_common(reader, &s->tokens[behind])) {
        *ret_to = name_end(reader, s, behind);
        return true;
    }
    if (!is_capital_word(s, at) || is_no_name(reader, s, at)) {
        return false;
    }
    size_t house = house_end(reader, s, at);
    if (house != 0 && is_kind_of_number(s, house)) {
        return false;
    }
    if (house != 0) {
        *ret_to = name_end(reader, s, house - 1);
        return true;
    }
    size_t role = role_words(reader, s, at);
    bool is_band_of = is_band(token->low) && at + 2 < s->count && str_eq(s->tokens[at + 1].low, STR("of")) &&
                      (is_capital_word(s, at + 2) || (at + 3 < s->count && is_capital_word(s, at + 3)));
    if (is_band_of) {
        *ret_to = name_end(reader, s, is_capital_word(s, at + 2) ? at + 2 : at + 3);
        return true; /* "The Order of Saint Dismas" */
    }
    if (is_counted_name(reader, s, at)) {
        *ret_to = name_end(reader, s, at + 1);
        return true; /* "Three Rivers Family Medicine" */
    }
    bool is_house_of = role == 1 && !is_office_word(reader, s, at) && at + 2 < s->count && !begins_label(s, at) &&
                       str_eq(s->tokens[at + 1].low, STR("of")) && is_capital_word(s, at + 2);
    if (is_house_of) {
        *ret_to = name_end(reader, s, at + 2);
        return true; /* "Institute of Public Safety" */
    }
    if (is_spelled_as_name(reader, s, at, role)) {
        *ret_to = name_end(reader, s, at + role - 1);
        return true;
    }
    if (is_common(reader, token) || role != 0) {
        bool is_house = role == 1 && !is_office_word(reader, s, at) && at > 0 && s->tokens[at - 1].low.len == 3 &&
                        str_eq(s->tokens[at - 1].low, STR("the")); /* "The Daily Lantern" */
        const char *class = noun_at(reader, s, at, NULL);
        is_house |= class != NULL && strcmp(class, "public") == 0 && !begins_sentence(s, at); /* "Tenants United" */
        bool is_first = is_capital_word(s, at + 1) && (role == 0 || is_house) &&
                        (token->lists & UINT32_C(1) << LIST_GRAMMAR) == 0 && !is_common(reader, &s->tokens[at + 1]) &&
                        lexicon_find(reader->lexicon, LIST_CALENDAR, token->low) == NULL &&
                        (is_house || !begins_sentence(s, at));
        if (!is_first) {
            return false;
        }
    }
    *ret_to = name_end(reader, s, at);
    bool is_by = is_by_name(s->tokens[*ret_to - 1].low) || is_kind_of_number(s, *ret_to);
    if (is_by || (*ret_to == at + 1 && is_attribute(reader, s, at))) {
        return false;
    }
    bool is_order = *ret_to == at + 1 && begins_sentence(s, at) &&
                    lexicon_find(reader->lexicon, LIST_ORDERS, token->low) != NULL &&
                    !is_seen_inside(reader, s, token->low);
    if (is_order) {
        return false; /* "Check the sample below" */
    }
    if (!begins_sentence(s, at) || *ret_to > at + 1) {
        return true;
    }
    bool is_opener = lexicon_find(reader->lexicon, LIST_OPENERS, token->low) != NULL && !token->is_possessive;
    if (is_opener && !is_seen_alone(reader, s, token->low)) {
        return false; /* "Water is safe", "Dated 29 September" */
    }
    bool is_verb = lexicon_find(reader->lexicon, LIST_VERBS, token->low) != NULL;
    if (is_followed_by_noun(reader, s, *ret_to) && !token->is_possessive && !is_seen_inside(reader, s, token->low)) {
        return false; /* "Opposition politician Elena Marsh" */
    }
    bool is_plural = str_ends(token->low, STR("s")) && !str_ends(token->low, STR("ss")) && !token->is_possessive &&
                     !is_seen_inside(reader, s, token->low); /* "Unions demanded" */
    if (is_plural || (is_mark(s, *ret_to, ':') && !is_seen_inside(reader, s, token->low))) {
        return false;
    }
    return !is_verb && !is_seen_small(reader, token->low) &&
           (!str_ends(token->low, STR("ly")) || is_seen_inside(reader, s, token->low)) &&
           !(str_ends(token->low, STR("ing")) && *ret_to < s->count && s->tokens[*ret_to].kind != TOKEN_MARK &&
             !token->is_possessive);
}

static void note_acronym(struct party *party, const struct sentence *s, size_t to)
{
    if (is_mark(s, to, '(') && is_mark(s, to + 2, ')') && s->tokens[to + 1].kind == TOKEN_WORD &&
        s->tokens[to + 1].is_capital) {
        party->acronym = s->tokens[to + 1].text;
    }
}

/* "Gantry Rail Press Office": the desk is no part of the name. */
static size_t without_desk(const struct sentence *s, size_t from, size_t to)
{
    static const char *const desks[][2] = {{"press", "office"},     {"press", "team"},       {"media", "team"},
                                           {"media", "office"},     {"media", "relations"},  {"legal", "team"},
                                           {"legal", "department"}, {"customer", "service"}, {"customer", "care"},
                                           {"help", "desk"},        {"press", "desk"},       {"security", "team"}};
    for (size_t i = 0; to - from > 2 && i < sizeof desks / sizeof *desks; i++) {
        if (str_eq(s->tokens[to - 2].low, str_of(desks[i][0])) && str_eq(s->tokens[to - 1].low, str_of(desks[i][1]))) {
            return to - 2;
        }
    }
    return to;
}

/* "Beatrix Lowe KC" */
static size_t without_honours(const struct sentence *s, size_t from, size_t to)
{
    static const char *const honours[] = {"kc", "qc", "sc", "mp", "phd", "obe", "cbe", "mbe"};
    for (size_t i = 0; to - from > 2 && i < sizeof honours / sizeof *honours; i++) {
        if (str_eq(s->tokens[to - 1].low, str_of(honours[i]))) {
            return to - 1;
        }
    }
    return to;
}

/* "Ms", "Sir"; a first name that ends in "a" is mostly a woman's. */
static void note_sex(struct party *party, const struct sentence *s, size_t from, size_t to)
{
    static const char *const men[] = {"mr", "sir", "lord", "shri", "father", "brother"};
    static const char *const women[] = {"ms", "mrs", "miss", "dame", "lady", "smt", "sister"};
    size_t before = from > 1 && is_mark(s, from - 1, '.') ? from - 2 : from > 0 ? from - 1 : SIZE_MAX;
    for (size_t i = 0; before != SIZE_MAX && i < sizeof women / sizeof *women; i++) {
        party->is_she |= str_eq(s->tokens[before].low, str_of(women[i]));
        party->is_he |= i < sizeof men / sizeof *men && str_eq(s->tokens[before].low, str_of(men[i]));
    }
    bool is_full = to - from > 1 && party->votes[PARTY_COMPANY] + party->votes[PARTY_GROUP] == 0;
    party->is_she |= is_full && !party->is_he && str_ends(s->tokens[from].low, STR("a")) && s->tokens[from].low.len > 2;
}

/* "Lord Inverarity": of a peer the title is part of the name. "Lord Mayor Tom Adley" is none. */
static bool is_peer(const struct sentence *s, size_t from, size_t to)
{
    static const char *const titles[] = {"lord", "lady", "baron", "baroness", "viscount", "earl", "countess"};
    return from > 0 && to == from + 1 && s->tokens[from - 1].is_capital &&
           str_is_one_of(s->tokens[from - 1].low, titles, sizeof titles / sizeof *titles);
}

static int mark_name(struct reader *reader, struct sentence *s, size_t from, size_t to, enum party_kind kind)
{
    to = without_honours(s, from, without_desk(s, from, to));
    struct str name = sentence_slice(s, from - is_peer(s, from, to), to);
    bool is_titled = from > 0 && noun_at(reader, s, from - 1, NULL) != NULL &&
                     strcmp(noun_at(reader, s, from - 1, NULL), "title") == 0;
    is_titled |= from > 0 && noun_at(reader, s, from - 1, NULL) != NULL &&
                 strcmp(noun_at(reader, s, from - 1, NULL), "rank") == 0;
    is_titled |= from > 1 && is_mark(s, from - 1, '.') && noun_at(reader, s, from - 2, NULL) != NULL &&
                 strcmp(noun_at(reader, s, from - 2, NULL), "title") == 0;
    const char *behind = noun_at(reader, s, to, NULL); /* "Rovers chairman Gus Harte": nobody's surname */
    bool is_definite = (from > 0 && str_eq(s->tokens[from - 1].low, STR("the"))) ||
                       (behind != NULL && to == from + 1 && !s->tokens[from].is_possessive);
    struct party *party = party_find(reader, name, is_titled ? FORM_TITLED : is_definite ? FORM_DEFINITE : FORM_PLAIN);
    if (party == NULL) {
        return reader->is_cut || name.len == 0 ? 0 : -1;
    }
    party->mentions++;
    party->places +=
        from > 0 && (str_eq(s->tokens[from - 1].low, STR("in")) || str_eq(s->tokens[from - 1].low, STR("near")));
    party->votes[PARTY_PERSON] += is_titled ? 3 : 0;
    party->first = party->first != NULL ? party->first : s;
    if (kind < PARTY_KINDS) {
        party->votes[kind] += 3;
    }
    name_vote(reader, party, s, from, to);
    note_sex(party, s, from, to);
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

static void employ(struct party *person, struct party *house)
{
    bool may_be = person != NULL && house != NULL && person != house && person->votes[PARTY_COMPANY] == 0 &&
                  person->votes[PARTY_PUBLICATION] == 0 && person->votes[PARTY_GROUP] == 0 &&
                  house->votes[PARTY_PERSON] == 0 && str_find(person->key, STR(" "), 0) != SIZE_MAX;
    if (may_be) {
        person->votes[PARTY_PERSON] += 2;
        person->employer = person->employer == NULL ? house : person->employer;
    }
}

/* Behind a role: "of X", "at X", "for X". */
static struct party *house_behind(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t of = at;
    while (of < s->count && of < at + 3 && s->tokens[of].kind == TOKEN_WORD && s->tokens[of].name == NO_NAME &&
           !str_eq(s->tokens[of].low, STR("of")) && !str_eq(s->tokens[of].low, STR("at")) &&
           !str_eq(s->tokens[of].low, STR("for"))) {
        of++;
    }
    bool is_of = of + 1 < s->count && (str_eq(s->tokens[of].low, STR("of")) || str_eq(s->tokens[of].low, STR("at")) ||
                                       str_eq(s->tokens[of].low, STR("for")));
    size_t name = of + 1 + (is_of && str_eq(s->tokens[of + 1].low, STR("the")));
    return is_of && name < s->count && s->tokens[name].is_name_start ? party_of_token(reader, s, name) : NULL;
}

/* The name that ends right before `at`, and whether it owns what follows. */
static struct party *name_before(const struct reader *reader, const struct sentence *s, size_t at, bool *ret_owns)
{
    *ret_owns = at > 0 && s->tokens[at - 1].is_possessive;
    return at > 0 ? party_of_token(reader, s, at - 1) : NULL;
}

/* The first house named in [from, to) behind "of", "at" or "for". */
static struct party *house_within(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    bool is_of = false;
    for (size_t i = from; i < to && i < s->count; i++) {
        is_of |= str_eq(s->tokens[i].low, STR("of")) || str_eq(s->tokens[i].low, STR("at")) ||
                 str_eq(s->tokens[i].low, STR("for"));
        struct party *party = is_of && s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        if (party != NULL && party->votes[PARTY_PERSON] == 0) {
            return party;
        }
    }
    return NULL;
}

/* "who runs payroll bureau Tallystick": the house named in [from, to). */
static struct party *house_run(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count && !word_is(reader, s, i, "prep"); i++) {
        struct party *party = s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        if (party != NULL && party->votes[PARTY_PERSON] == 0) {
            return party;
        }
    }
    return NULL;
}

/* "X, who heads the laboratory at Y,", "X, on behalf of Y,", "X, for Y,", "Sergeant X of Y": whom a name speaks for by what stands behind it. */
static void note_house_behind(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const leads[] = {"heads",   "leads",  "runs", "chairs", "directs", "represents",
                                        "manages", "headed", "led",  "acts",   "advises"};
    struct party *person = party_of_token(reader, s, at);
    size_t to = at + 1;
    while (to < s->count && s->tokens[to].name == s->tokens[at].name && !s->tokens[to].is_name_start) {
        to++;
    }
    size_t end = to + 1;
    while (end < s->count && !is_mark(s, end, ',') && !is_mark(s, end, '.') && end < to + 14) {
        end++;
    }
    bool is_aside = is_mark(s, to, ',') && to + 2 < s->count;
    bool is_who = false;
    for (size_t i = 0; is_aside && str_eq(s->tokens[to + 1].low, STR("who")) && i < sizeof leads / sizeof *leads; i++) {
        is_who |= str_eq(s->tokens[to + 2].low, str_of(leads[i]));
    }
    bool is_for =
        is_aside && (str_eq(s->tokens[to + 1].low, STR("for")) ||
                     (str_eq(s->tokens[to + 1].low, STR("on")) && str_eq(s->tokens[to + 2].low, STR("behalf"))));
    const char *class = at > 0 ? noun_at(reader, s, at - 1, NULL) : NULL;
    bool is_ranked =
        class != NULL && strcmp(class, "rank") == 0 && to < s->count && str_eq(s->tokens[to].low, STR("of"));
    bool is_of = to + 1 < s->count && to > at + 1 &&
                 (str_eq(s->tokens[to].low, STR("of")) || str_eq(s->tokens[to].low, STR("at")));
    if (is_who || is_for || is_ranked) {
        struct party *house = house_within(reader, s, is_ranked ? to : to + 1, is_ranked ? to + 4 : end);
        employ(person, house != NULL || !is_who ? house : house_run(reader, s, to + 3, end));
    } else if (is_of && person != NULL &&
               person->votes[PARTY_PERSON] != 0) { /* "Yolanda Brix of Paperclip Forensics" */
        struct party *house = house_within(reader, s, to, to + 3);
        employ(person, house != NULL && house->votes[PARTY_COMPANY] != 0 ? house : NULL);
    }
}

/* "The editor, Mr X": of the one paper that is spoken of. */
static struct party *only_paper(const struct reader *reader)
{
    struct party *found = NULL;
    for (size_t i = 0; i < reader->parties.count; i++) {
        struct party *party = reader->parties.all[i];
        if (party->votes[PARTY_PUBLICATION] != 0 && party->mentions != 0) {
            if (found != NULL) {
                return NULL;
            }
            found = party;
        }
    }
    return found;
}

/* Whom a person speaks for: "X, chief executive of Y", "Y's counsel, X,", "Y chief executive X", "took over as chief executive of Y". */
static void note_office(const struct reader *reader, const struct sentence *s)
{
    struct party *person = NULL;
    for (size_t at = 0; at < s->count; at++) {
        size_t count;
        bool owns;
        const char *class = s->tokens[at].name == NO_NAME ? noun_at(reader, s, at, &count) : NULL;
        person = s->tokens[at].is_name_start ? party_of_token(reader, s, at) : person;
        if (s->tokens[at].is_name_start) {
            note_house_behind(reader, s, at);
        }
        if (str_eq(s->tokens[at].low, STR("editor")) && at > 0 && str_eq(s->tokens[at - 1].low, STR("the"))) {
            for (size_t i = at + 1; i < s->count && i < at + 5; i++) {
                employ(s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL, only_paper(reader));
            }
        }
        if (class == NULL || (strcmp(class, "role") != 0 && strcmp(class, "researcher") != 0)) {
            continue;
        }
        struct party *behind = house_behind(reader, s, at + count);
        for (size_t i = at + count; behind != NULL && i < s->count && i < at + count + 8; i++) {
            bool is_after = is_mark(s, i, ',') && i + 1 < s->count && s->tokens[i + 1].is_name_start && i > 0 &&
                            party_of_token(reader, s, i - 1) == behind;
            employ(is_after ? party_of_token(reader, s, i + 1) : NULL, behind); /* "Counsel for X, Beatrix Lowe" */
        }
        size_t lead = at;
        while (lead > 0 && at - lead < 4 && s->tokens[lead - 1].kind == TOKEN_WORD &&
               s->tokens[lead - 1].name == NO_NAME && !word_is(reader, s, lead - 1, "prep") &&
               !word_is(reader, s, lead - 1, "cut")) {
            lead--;
        }
        struct party *before = name_before(reader, s, lead, &owns);
        size_t next = at + count + is_mark(s, at + count, ',');
        struct party *named = next < s->count && s->tokens[next].is_name_start ? party_of_token(reader, s, next) : NULL;
        bool is_apposed = lead > 1 && is_mark(s, lead - 1, ',') && s->tokens[lead - 2].name != NO_NAME;
        bool is_as = lead > 0 && str_eq(s->tokens[at - (at > 0)].low, STR("as"));
        if (behind != NULL && (is_apposed || is_as)) {
            employ(is_apposed ? party_of_token(reader, s, lead - 2) : person, behind);
        } else if (named != NULL && before != NULL && (owns || next == at + count)) {
            employ(named, before);
        }
        at += count - 1;
    }
}

/* "Vestry" of the text is the "Vestry Stores" of its heading. */
static void complete_by_headings(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; !sentence_is_examined(s) && t + 1 < s->count; t++) {
            const char *suffix =
                is_capital_word(s, t) && is_capital_word(s, t + 1) ? name_suffix(reader, s->tokens[t + 1].low) : NULL;
            for (size_t p = 0; suffix != NULL && p < reader->parties.count; p++) {
                struct party *party = reader->parties.all[p];
                if (str_eq(party->key, s->tokens[t].low) &&
                    party->votes[PARTY_PERSON] + party->votes[PARTY_ACCOUNT] == 0 &&
                    strcmp(suffix, "publication") != 0) {
                    party->name = sentence_slice(s, t, t + 2);
                    (void)party_find(reader, party->name, FORM_PLAIN);
                }
            }
        }
    }
}

/* Is that the part of somebody in a suit, in the singular or the plural? */
static bool is_part(struct str low, struct str part)
{
    return str_eq(low, part) || (low.len == part.len + 1 && str_starts(low, part) && low.data[part.len] == 's');
}

/* Who stands before his part: in "DOREEN CASK, for herself and all others, Plaintiff, v. ..." the first name behind the other side's; NO_NAME: nobody. */
static unsigned named_before_part(const struct reader *reader, const struct sentence *s, size_t at)
{
    unsigned name = NO_NAME;
    bool is_apart = at + 1 >= s->count || s->tokens[at + 1].kind == TOKEN_MARK;
    bool is_served = at > 0 && (word_is(reader, s, at - 1, "det") || word_is(reader, s, at - 1, "prep") ||
                                word_is(reader, s, at - 1, "aux"));
    for (size_t t = at; is_apart && !is_served && t > 0; t--) {
        struct str low = s->tokens[t - 1].low;
        if (str_eq(low, STR("v")) || str_eq(low, STR("vs")) || str_eq(low, STR("versus")) ||
            str_eq(low, STR("court")) || str_starts(low, STR("plaintiff")) || str_starts(low, STR("claimant"))) {
            break;
        }
        name = s->tokens[t - 1].name != NO_NAME ? s->tokens[t - 1].name : name;
    }
    return name;
}

/* "Arden Foods Ltd, Claimant", "VELLUM PAYMENTS LIMITED (Claimant)", "Plaintiff Doreen Cask": the name that a part in a suit is told with; NO_NAME. */
static unsigned told_with_part(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_behind =
        at > 1 && (is_mark(s, at - 1, '(') || is_mark(s, at - 1, ',')) && s->tokens[at - 2].name != NO_NAME;
    bool is_before = at + 1 < s->count && s->tokens[at + 1].is_name_start;
    return is_behind ? s->tokens[at - 2].name : is_before ? s->tokens[at + 1].name : named_before_part(reader, s, at);
}

/* Who goes by his part in a suit from then on. */
static void mark_part(struct reader *reader, struct str part)
{
    unsigned name = NO_NAME;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        struct sentence *s = &reader->sentences.all[i];
        for (size_t t = 0; sentence_is_examined(s) && t < s->count; t++) {
            struct token *token = &s->tokens[t];
            if (!token->is_capital || !is_part(token->low, part)) {
                continue;
            }
            name = name == NO_NAME ? told_with_part(reader, s, t) : name;
            bool is_title = t + 1 < s->count && s->tokens[t + 1].is_name_start; /* "Plaintiff Doreen Cask alleges" */
            token->name = name != NO_NAME && !is_title ? name : token->name;
            token->is_name_start |= name != NO_NAME && !is_title;
        }
    }
}

static void mark_litigants(struct reader *reader)
{
    static const struct str parts[] = {STR_INIT("claimant"),   STR_INIT("defendant"), STR_INIT("plaintiff"),
                                       STR_INIT("respondent"), STR_INIT("appellant"), STR_INIT("applicant"),
                                       STR_INIT("petitioner")};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        mark_part(reader, parts[i]);
    }
}

/* The capital word of '("the Company")' behind a name that ends before `at`; SIZE_MAX: nothing is called so there. */
static size_t defined_at(const struct sentence *s, size_t at)
{
    size_t word = at + 1;
    while (word < s->count && (s->tokens[word].kind == TOKEN_MARK || str_eq(s->tokens[word].low, STR("the"))) &&
           word < at + 5 && !is_mark(s, word, ')')) {
        word++;
    }
    bool is_quoted = word > at + 1 && word < s->count;
    bool is_word = is_quoted && is_capital_word(s, word) && s->tokens[word].name == NO_NAME;
    size_t end = word + 1;
    while (end < s->count && s->tokens[end].kind == TOKEN_MARK && !is_mark(s, end, ')') && end < word + 4) {
        end++;
    }
    return is_mark(s, at, '(') && is_word && is_mark(s, end, ')') ? word : SIZE_MAX;
}

/* 'Hollinger Freight Systems, Inc. (the "Company")': the Company is that house from then on. */
static void mark_defined(struct reader *reader)
{
    size_t defined = 0;
    for (size_t i = 0; i < reader->sentences.count && defined < 8; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        for (size_t at = 1; sentence_is_examined(s) && defined < 8 && at + 2 < s->count; at++) {
            size_t named = at - 1;
            named -= named > 0 && s->tokens[named].kind == TOKEN_MARK; /* "Inc. (" */
            const char *suffix = name_suffix(reader, s->tokens[named].low);
            bool is_legal = suffix != NULL && strcmp(suffix, "legal") == 0 && named > 1 && is_mark(s, named - 1, ',');
            named -= is_legal ? 2 : 0; /* "Hollinger Freight Systems, Inc." */
            size_t word = s->tokens[named].name != NO_NAME ? defined_at(s, at) : SIZE_MAX;
            if (word == SIZE_MAX || noun_at(reader, s, word, NULL) == NULL) {
                continue;
            }
            defined++;
            for (size_t k = i; k < reader->sentences.count; k++) {
                struct sentence *later = &reader->sentences.all[k];
                for (size_t t = 1; sentence_is_examined(later) && t < later->count; t++) {
                    struct token *token = &later->tokens[t];
                    bool is_it = token->is_capital && token->name == NO_NAME &&
                                 str_eq(token->low, s->tokens[word].low) &&
                                 str_eq(later->tokens[t - 1].low, STR("the"));
                    token->name = is_it ? s->tokens[named].name : token->name;
                    token->is_name_start |= is_it;
                }
            }
        }
    }
}

/* "THEY LOST OUR DATA.": where all is in capitals, capitals make no name. */
static bool is_slogan(const struct reader *reader, const struct sentence *s)
{
    bool has_pronoun = false;
    for (size_t i = 0; i < s->text.len; i++) {
        if (s->text.data[i] >= 'a' && s->text.data[i] <= 'z') {
            return false;
        }
    }
    for (size_t t = 0; t < s->count; t++) {
        has_pronoun |=
            word_is(reader, s, t, "they") || word_is(reader, s, t, "it") || str_eq(s->tokens[t].low, STR("our"));
    }
    return has_pronoun && s->count > 3;
}

int names_find(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        struct sentence *s = &reader->sentences.all[i];
        if (!sentence_is_examined(s) || is_slogan(reader, s)) {
            continue;
        }
        for (size_t at = 0; at < s->count;) {
            size_t to = at + 1;
            enum party_kind kind;
            size_t introduced =
                s->tokens[at].is_capital && !begins_sentence(s, at) ? SIZE_MAX : introduced_at(reader, s, at, &kind);
            if (introduced != SIZE_MAX) {
                to = s->tokens[introduced].is_capital ? name_end(reader, s, introduced) : introduced + 1;
                /* 'n0madic', "tidebreak": what is written small is an alias, whatever its bearer is called */
                TRY(mark_name(reader, s, introduced, to, s->tokens[introduced].is_capital ? kind : PARTY_ACCOUNT));
            } else if (is_name_at(reader, s, at, &to)) {
                TRY(mark_name(reader, s, at, to, PARTY_KINDS));
            } else {
                size_t role = s->tokens[at].is_capital && is_office_word(reader, s, at) ? role_words(reader, s, at) : 1;
                to = at + (role > 1 ? role : 1); /* "Chief Financial Officer" is no name, nor is its end */
            }
            at = to;
        }
        note_office(reader, s);
    }
    mark_again(reader);
    mark_litigants(reader);
    mark_defined(reader);
    complete_by_headings(reader);
    return 0;
}
