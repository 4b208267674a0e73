/* Verbs of saying and whose they are.
 *
 *   [In a statement on Monday ,] [Mira Valen , chief executive of Cobalt Ridge ,] [has flatly] denied [that ...]
 *    fronted                      subject                                          skipped      verb   content
 *   "..." , said [a spokesperson for Cobalt Ridge] .          according to [two people] , ...
 * What it comes to is statement.c's. */
#include "read/say.h"
#include "base/str.h"

#include "base/banned.h"

enum { SUBJECT_TOKENS = 28 };

static bool is_be(const struct sentence *s, size_t at)
{
    static const char *const be[] = {"was", "were", "been", "being", "is", "are", "be"};
    return token_is_one_of(s, at, be, sizeof be / sizeof *be);
}

static bool ends_ing(struct str low)
{
    return str_ends(low, STR("ing"));
}

/* "had to concede", "went on to say": tokens before the verb that only lead to it. */
static size_t lead_to(const struct sentence *s, size_t at)
{
    static const char *const words[] = {"had",       "has",      "have",  "forced",   "on",       "continues",
                                        "continued", "continue", "quick", "rushed",   "hastened", "began",
                                        "obliged",   "chose",    "felt",  "compelled"};
    for (size_t i = 0; at > 1 && token_is(s, at - 1, "to") && i < sizeof words / sizeof *words; i++) {
        if (token_is(s, at - 2, words[i])) {
            return 2;
        }
    }
    return 0;
}

/* Back over "has also flatly"; notes a negation and a passive. */
static void skip_lead(const struct reader *reader, const struct sentence *s, struct saying *saying)
{
    size_t at = saying->at - lead_to(s, saying->at);
    while (at > 0 && s->tokens[at - 1].name == NO_NAME && s->tokens[at - 1].kind == TOKEN_WORD) {
        bool is_not = word_is(reader, s, at - 1, "not") || str_ends(s->tokens[at - 1].low, STR("n't"));
        bool is_adverb = str_ends(s->tokens[at - 1].low, STR("ly"));
        bool is_day = lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at - 1].low) != NULL;
        bool is_on = token_is(s, at - 1, "on") && at < saying->at;
        if (!word_is(reader, s, at - 1, "aux") && !is_not && !is_adverb && !is_day && !is_on) {
            break;
        }
        saying->is_negated |= is_not;
        saying->is_passive |= is_be(s, at - 1) && !ends_ing(s->tokens[saying->at].low);
        at--;
    }
    saying->lead = at;
}

static bool is_noun_here(const struct reader *reader, const struct sentence *s, const struct saying *saying)
{
    size_t at = saying->at;
    struct str low = s->tokens[at].low;
    bool is_to = at > 0 && token_is(s, at - 1, "to") && lead_to(s, at) == 0;
    bool is_det = at > 0 && s->tokens[at - 1].kind == TOKEN_WORD && word_is(reader, s, at - 1, "det") &&
                  !word_is(reader, s, at - 1, "aux");
    bool is_that = is_det && token_is(s, at - 1, "that") && at > 1 && s->tokens[at - 2].kind == TOKEN_WORD;
    bool is_owned = at > 0 && s->tokens[at - 1].is_possessive;
    bool is_plural = str_eq(low, STR("claims")) || str_eq(low, STR("demands")) || str_eq(low, STR("reports")) ||
                     str_eq(low, STR("demand")) || str_eq(low, STR("claim")) || str_eq(low, STR("reply")) ||
                     str_eq(low, STR("answer")) || str_eq(low, STR("request")) || str_eq(low, STR("dispute")) ||
                     str_eq(low, STR("answers")) || str_eq(low, STR("requests")) || str_eq(low, STR("posts")) ||
                     str_eq(low, STR("notes")) || str_eq(low, STR("writing")) || str_eq(low, STR("warning")) ||
                     str_eq(low, STR("lists"));
    bool is_small = at > 0 && (!s->tokens[at - 1].is_capital || at == 1); /* "Recent posts allege" */
    bool is_adjective = is_plural && is_small && s->tokens[at - 1].kind == TOKEN_WORD &&
                        s->tokens[at - 1].name == NO_NAME && noun_at(reader, s, at - 1, NULL) == NULL &&
                        !word_is(reader, s, at - 1, "aux") && !word_is(reader, s, at - 1, "it") &&
                        !word_is(reader, s, at - 1, "we") && !word_is(reader, s, at - 1, "they") &&
                        !word_is(reader, s, at - 1, "he") && !word_is(reader, s, at - 1, "cut") &&
                        !word_is(reader, s, at - 1, "relative");
    bool is_order = (at == 0 || is_mark(s, at - 1, ',')) && reader_voice(reader, s)->is_own_word &&
                    lexicon_find(reader->lexicon, LIST_ORDERS, low) != NULL; /* "If you need longer, tell us" */
    bool is_of = is_plural && token_is(s, at + 1, "of");                     /* "after claims of a hack" */
    bool is_asked = at == 0 && str_ends(low, STR("ed")) &&
                    s->tokens[1 < s->count ? 1 : 0].kind == TOKEN_WORD; /* "Asked about the e-mails, X said" */
    bool is_ask = str_eq(low, STR("asked"));
    bool is_who =
        at > 0 && is_ask && token_is(s, at - 1, "who") && (token_is(s, at + 1, "not") || token_is(s, at + 2, "not"));
    is_asked |=
        is_who || (is_ask && at > 0 && is_mark(s, at - 1, ',') &&
                   (token_is(s, at + 1, "about") || token_is(s, at + 1, "whether") || token_is(s, at + 1, "if") ||
                    token_is(s, at + 1, "by") || token_is(s, at + 1, "why") || token_is(s, at + 1, "how")));
    bool is_first = (is_plural && at == 0) || is_asked;
    return is_order || is_of || is_to || (is_det && !is_that) || is_owned || is_adjective || is_first;
}

/* A name within quotation marks of its own, or one of those marks. */
static bool is_quoted_name(const struct sentence *s, size_t at)
{
    const struct token *token = &s->tokens[at];
    if (token->kind != TOKEN_MARK) {
        return token->is_cited && token->name != NO_NAME;
    }
    bool opens = strchr("<\"", token->mark) != NULL && at + 2 < s->count && s->tokens[at + 1].name != NO_NAME &&
                 s->tokens[at + 2].kind == TOKEN_MARK;
    bool closes = strchr(">\"", token->mark) != NULL && at > 1 && s->tokens[at - 1].name != NO_NAME &&
                  s->tokens[at - 2].kind == TOKEN_MARK;
    return opens || closes;
}

/* Where the subject's words begin: behind the last thing that cannot be within it. */
static size_t clause_from(const struct reader *reader, const struct sentence *s, const struct sayings *before,
                          size_t to)
{
    size_t floor = before->count != 0 ? before->all[before->count - 1].to : 0;
    size_t at = to;
    while (at > floor && to - at < SUBJECT_TOKENS) {
        const struct token *token = &s->tokens[at - 1];
        bool is_nickname = is_quoted_name(s, at - 1);
        bool is_stop = token->kind == TOKEN_MARK && strchr(";:<>\"-?!", token->mark) != NULL;
        bool is_cut = token->name == NO_NAME && word_is(reader, s, at - 1, "cut");
        if (!is_nickname && (is_stop || is_cut || token->is_cited)) {
            break;
        }
        at--;
    }
    return at;
}

/* Of [from, to) the segment between commas that is the subject; "X, a lender," keeps both. */
static void choose_segment(const struct sentence *s, struct saying *saying, size_t from, size_t to)
{
    size_t commas[8], count = 0;
    for (size_t at = from; at < to && count < 8; at++) {
        if (is_mark(s, at, ',')) {
            commas[count++] = at;
        }
    }
    bool is_closed = count != 0 && commas[count - 1] + 1 == to;
    size_t used = is_closed ? 2 : 1; /* an apposition and its head, or one segment */
    saying->subject = count >= used ? commas[count - used] + 1 : from;
    if (is_closed && count >= 2) {
        saying->subject = count >= 3 ? commas[count - 3] + 1 : from;
        /* "On Monday, X, a lender," - what is fronted has no name or noun of its own */
    } else if (is_closed) {
        saying->subject = from;
    }
    saying->subject_to = is_closed ? to - 1 : to;
}

/* Does a mark end what began at `at` before a verb makes a sentence of it? "according to X, the intruders got in" */
static bool is_closed_aside(const struct reader *reader, const struct sentence *s, size_t at)
{
    for (size_t i = at + 1; i < s->count && i < at + 12; i++) {
        if (s->tokens[i].kind == TOKEN_MARK && strchr(",.;:-", s->tokens[i].mark) != NULL) {
            return true;
        }
        if (word_is(reader, s, i, "relative")) {
            return true;
        }
        bool is_past = str_ends(s->tokens[i].low, STR("ed")) && !token_is(s, i + 1, "by") && i == at + 1;
        if (word_is(reader, s, i, "aux") || token_is(s, i, "got") || is_past ||
            lexicon_find(reader->lexicon, LIST_VERBS, s->tokens[i].low) != NULL) {
            return false;
        }
    }
    return true;
}

/* Does "a payments firm" or "chief executive of" begin here? */
static bool is_apposition(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool has_article =
        token_is(s, at, "a") || token_is(s, at, "an") || token_is(s, at, "the") || token_is(s, at, "its");
    for (size_t i = at; i < s->count && i < at + (has_article ? 6U : 1U); i++) {
        const char *class = noun_at(reader, s, i, NULL);
        if (class != NULL && strcmp(class, "document") != 0) {
            return !has_article || is_closed_aside(reader, s, i);
        }
        if (s->tokens[i].kind == TOKEN_MARK || (i > at && s->tokens[i].name != NO_NAME)) {
            return false;
        }
    }
    return false;
}

static size_t right_end(const struct reader *reader, const struct sentence *s, size_t from)
{
    size_t at = from, commas = 0;
    for (; at < s->count && at - from < SUBJECT_TOKENS; at++) {
        const struct token *token = &s->tokens[at];
        bool is_stop = token->kind == TOKEN_MARK && strchr(";:<>\"-?!.", token->mark) != NULL;
        bool is_cut = token->name == NO_NAME && word_is(reader, s, at, "cut");
        commas += is_mark(s, at, ',');
        bool is_apposed = commas == 1 && is_mark(s, at, ',') && is_apposition(reader, s, at + 1);
        if (is_stop || is_cut || (is_mark(s, at, ',') && !is_apposed)) {
            break;
        }
    }
    return at;
}

/* "you must retract it", "that you withdraw it", "tell us": what "you" did is told in the past. */
static bool is_past(const struct sentence *s, const struct saying *saying)
{
    static const char *const words[] = {"said",     "told",  "wrote", "put",  "sought",
                                        "withdrew", "found", "made",  "took", "held"};
    bool is_it = str_ends(s->tokens[saying->at].low, STR("ed"));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        is_it |= token_is(s, saying->at, words[i]);
    }
    for (size_t i = saying->lead; i < saying->at; i++) {
        is_it &= !token_is(s, i, "be") && !token_is(s, i, "are");
    }
    return is_it;
}

/* ", said X": nothing that could be a subject stands before the verb, or only a quotation does. */
static bool find_inverted(struct reader *reader, const struct sentence *s, struct saying *saying)
{
    bool is_after = (saying->at == 0 && is_past(s, saying)) || /* "Ask X" is said to somebody, not by X */
                    (saying->at > 0 && s->tokens[saying->at - 1].kind == TOKEN_MARK &&
                     strchr("<>\",-", s->tokens[saying->at - 1].mark) != NULL);
    if (!is_after) {
        return false;
    }
    size_t end = right_end(reader, s, saying->to);
    struct party *party =
        end > saying->to ? party_of_phrase(reader, s, saying->to, end, act_named(saying->verb->value)) : NULL;
    if (party == NULL) {
        return false;
    }
    saying->speaker = party;
    saying->subject = saying->to;
    saying->subject_to = end;
    saying->is_inverted = true;
    return true;
}

static struct party *earlier_speaker(const struct sayings *before)
{
    for (size_t i = before->count; i > 0; i--) {
        if (before->all[i - 1].speaker != NULL) {
            return before->all[i - 1].speaker;
        }
    }
    return NULL;
}

/* Who is named at the sentence's beginning. */
static struct party *sentence_subject(const struct reader *reader, const struct sentence *s, size_t to)
{
    for (size_t at = 0; at < to && at < 5; at++) {
        struct party *party =
            s->tokens[at].is_name_start && !s->tokens[at].is_cited ? party_of_token(reader, s, at) : NULL;
        if (word_is(reader, s, at, "prep") || is_mark(s, at, ',')) {
            return NULL;
        }
        if (party != NULL) {
            return s->tokens[at].is_possessive ? NULL : party;
        }
    }
    return NULL;
}

/* Who stands before the sentence's first auxiliary. */
static struct party *leading_subject(struct reader *reader, const struct sentence *s, size_t to, enum act act)
{
    for (size_t at = 1; at < to && at < 10; at++) {
        if (word_is(reader, s, at, "aux") && s->tokens[at].name == NO_NAME) {
            return party_of_phrase(reader, s, 0, at, act);
        }
    }
    return NULL;
}

/* "The files that X posted come from ...": the clause belongs to a thing, and says nothing. "Evidence that X posted" does. */
static bool is_object_clause(const struct reader *reader, const struct sentence *s, const struct saying *saying)
{
    static const char *const contents[] = {"evidence", "proof", "report",     "reports",      "claim",  "claims",
                                           "fact",     "news",  "sign",       "indication",   "belief", "statement",
                                           "notice",   "doubt", "rumours",    "allegation",   "denial", "allegations",
                                           "view",     "sure",  "suggestion", "confirmation", "signs"};
    size_t at = saying->subject;
    if (at < 2 || saying->subject_to <= at || saying->subject >= saying->at || s->tokens[at - 2].kind != TOKEN_WORD) {
        return false;
    }
    bool is_that = token_is(s, at - 1, "that") || token_is(s, at - 1, "which") || token_is(s, at - 1, "whom");
    struct str thing = s->tokens[at - 2].low;
    for (size_t i = 0; is_that && i < sizeof contents / sizeof *contents; i++) {
        is_that = !str_eq(thing, str_of(contents[i]));
    }
    bool is_small = (s->tokens[at - 2].lists & UINT32_C(1) << LIST_GRAMMAR) != 0 || s->tokens[at - 2].name != NO_NAME;
    return is_that && !is_small && lexicon_find(reader->lexicon, LIST_VERBS, thing) == NULL &&
           lexicon_find(reader->lexicon, LIST_CALENDAR, thing) == NULL && !token_is(s, saying->to, "that") &&
           !is_mark(s, saying->to, ':') && !str_ends(thing, STR("ed")) && !str_ends(thing, STR("ing"));
}

static bool is_you(const struct sentence *s, size_t from, size_t to)
{
    static const char *const modals[] = {"must", "should", "shall", "need", "will", "can", "may", "have", "are"};
    bool is_it = to > from && token_is(s, to - 1, "you");
    for (size_t i = 0; to > from + 1 && i < sizeof modals / sizeof *modals; i++) {
        is_it |= token_is(s, to - 2, "you") && token_is(s, to - 1, modals[i]);
    }
    return is_it;
}

/* The name before an apposition that a relative clause goes on from: "by X, a researcher, who had posted". */
static size_t name_before_aside(const struct sentence *s, size_t to)
{
    size_t at = to;
    while (at > 0 && to - at < 12 && s->tokens[at - 1].kind != TOKEN_MARK) {
        at--;
    }
    return at > 1 && at < to && is_mark(s, at - 1, ',') && s->tokens[at - 2].name != NO_NAME ? at - 1 : SIZE_MAX;
}

/* "also quoted Dr Geddes of the Tweed Institute as saying": who is quoted. */
static bool find_quoted(struct reader *reader, const struct sentence *s, struct saying *saying)
{
    static const char *const verbs[] = {"quoted", "quotes", "quoting", "cited", "cites", "citing", "reported"};
    size_t as = saying->lead - 1;
    for (size_t at = as; at > 0 && as - at < 14; at--) {
        if (token_is_one_of(s, at - 1, verbs, sizeof verbs / sizeof *verbs) && at < as) {
            saying->speaker = party_of_phrase(reader, s, at, as, ACT_ASSERTS);
            saying->subject = at;
            saying->subject_to = as;
            return saying->speaker != NULL;
        }
    }
    return false;
}

static void find_subject(struct reader *reader, const struct sentence *s, struct saying *saying,
                         const struct sayings *before)
{
    enum act act = act_named(saying->verb->value);
    size_t to = saying->lead;
    bool is_quote_before =
        to > 0 && s->tokens[to - 1].kind == TOKEN_MARK && strchr("<>\"", s->tokens[to - 1].mark) != NULL;
    if (saying->lead == saying->at && is_quote_before && find_inverted(reader, s, saying)) {
        return;
    }
    if (to > 1 && token_is(s, to - 1, "as") && token_is(s, saying->at, "saying") && find_quoted(reader, s, saying)) {
        return;
    }
    const char *class = to > 0 ? noun_at(reader, s, to - 1, NULL) : NULL;
    bool is_served = false;
    for (size_t i = 0; i < to; i++) {
        is_served |= is_be(s, i);
    }
    if (ends_ing(s->tokens[saying->at].low) && is_served && class != NULL && strcmp(class, "document") == 0) {
        return; /* "was served a notice asking": whose it is stands elsewhere */
    }
    bool is_bare = to > 1 && word_is(reader, s, to - 1, "relative") && !is_mark(s, to - 2, ',');
    if (to > 1 && word_is(reader, s, to - 1, "relative")) { /* "X, which said": the name just before, if there is one */
        to -= 1 + is_mark(s, to - 2, ',');
        saying->is_relative = true;
        saying->speaker = to > 0 ? party_of_token(reader, s, to - 1) : NULL;
        size_t before_aside = saying->speaker == NULL ? name_before_aside(s, to) : SIZE_MAX;
        if (before_aside != SIZE_MAX) {
            to = before_aside;
            saying->speaker = party_of_token(reader, s, to - 1);
        }
        if (saying->speaker != NULL) {
            saying->subject = to - 1;
            saying->subject_to = to;
            return;
        }
    }
    const struct saying *former = before->count != 0 ? &before->all[before->count - 1] : NULL;
    if (former != NULL && former->is_relative && former->speaker != NULL &&
        is_mark(s, to > 0 ? to - 1 : s->count, ',')) {
        saying->speaker = former->speaker; /* "X, which said ..., has denied" */
        saying->subject = saying->subject_to = saying->lead;
        return;
    }
    bool is_tail = ends_ing(s->tokens[saying->at].low) && before->count == 0 && to > 2 && is_mark(s, to - 1, ',');
    saying->speaker = is_tail ? leading_subject(reader, s, to, act) : NULL;
    if (saying->speaker != NULL) { /* "X's lawyers have written to Y, demanding" */
        saying->subject = saying->subject_to = saying->lead;
        return;
    }
    size_t from = clause_from(reader, s, before, to);
    for (size_t i = from; is_bare && i < to;
         i++) { /* "is aware of posts which claim": what is behind the last small word */
        from = word_is(reader, s, i, "prep") || is_be(s, i)
                   ? i + (token_is(s, i, "by") || token_is(s, i, "from") ? 0 : 1)
                   : from;
    }
    choose_segment(s, saying, from, to);
    saying->speaker = party_of_phrase(reader, s, saying->subject, saying->subject_to, act);
    bool is_told = saying->subject_to > 1 && (token_is(s, saying->subject_to - 2, "which") ||
                                              token_is(s, saying->subject_to - 2, "where")); /* "in which you claim" */
    if (is_you(s, saying->subject, saying->subject_to) && !is_told && !is_past(s, saying)) {
        saying->speaker = NULL;
        saying->is_negated = true;
        return;
    }
    if (saying->speaker == NULL && saying->subject > from) {
        size_t last = saying->subject_to; /* the fronted part was taken for the subject, or the other way round */
        size_t comma = saying->subject;
        saying->speaker = comma > from + 1 ? NULL : party_of_phrase(reader, s, from, last, act);
    }
    if (saying->speaker == NULL && find_inverted(reader, s, saying)) {
        return;
    }
    bool is_joined =
        saying->subject_to <= saying->subject ||
        (saying->lead > 0 && (token_is(s, saying->lead - 1, "and") || token_is(s, saying->lead - 1, "but") ||
                              is_mark(s, saying->lead - 1, ',') || token_is(s, saying->lead - 1, "or") ||
                              token_is(s, saying->lead - 1, "while") || token_is(s, saying->lead - 1, "before")));
    bool is_participle = ends_ing(s->tokens[saying->at].low);
    bool is_and = saying->lead > 0 && (token_is(s, saying->lead - 1, "and") || token_is(s, saying->lead - 1, "but"));
    if (saying->speaker == NULL && is_and && before->count == 0) {
        saying->speaker = sentence_subject(reader, s, saying->lead); /* "X compared the rows and found" */
        saying->subject = saying->subject_to = saying->lead;
    }
    if (saying->speaker == NULL && (is_joined || is_participle)) {
        saying->speaker = earlier_speaker(before);
        saying->subject = saying->subject_to = saying->lead;
    }
}

/* "was denied by X" */
static void find_agent(struct reader *reader, const struct sentence *s, struct saying *saying)
{
    for (size_t at = saying->to; at < s->count && at < saying->to + 6; at++) {
        if (token_is(s, at, "by")) {
            size_t end = right_end(reader, s, at + 1);
            saying->speaker = party_of_phrase(reader, s, at + 1, end, act_named(saying->verb->value));
            saying->subject = at + 1;
            saying->subject_to = end;
            return;
        }
    }
}

/* "posted by X", "posted on 24 February by X" */
static bool is_by_agent(const struct reader *reader, const struct sentence *s, size_t to)
{
    for (size_t at = to; at < s->count && at < to + 6; at++) {
        if (token_is(s, at, "by")) {
            return true;
        }
        bool is_of_date = token_is(s, at, "on") || s->tokens[at].kind == TOKEN_NUMBER || is_mark(s, at, '.') ||
                          lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at].low) != NULL;
        if (!is_of_date) {
            return false;
        }
    }
    return false;
}

/* "demanding that it withdraw its opinion": what is demanded has not been done. */
static bool is_subjunctive(const struct sentence *s, const struct saying *saying, const struct sayings *before)
{
    struct str low = s->tokens[saying->at].low;
    const struct saying *last = before->count != 0 ? &before->all[before->count - 1] : NULL;
    bool is_base = !str_ends(low, STR("ed")) && !str_ends(low, STR("s")) && !ends_ing(low);
    bool has_that = false;
    for (size_t i = last != NULL ? last->to : saying->at; i < saying->at; i++) {
        has_that |= token_is(s, i, "that");
    }
    return last != NULL && strcmp(last->verb->value, "demands") == 0 && is_base && has_that &&
           !token_is(s, saying->at, "said") && !token_is(s, saying->at, "told") && !token_is(s, saying->at, "wrote");
}

void sayings_find(struct reader *reader, const struct sentence *s, struct sayings *sayings)
{
    const struct lexicon_entry *entry;
    for (size_t at = 0; at < s->count && sayings->count < sizeof sayings->all / sizeof *sayings->all;) {
        struct saying saying = {.at = at};
        const struct lexicon_entry *plain = lexicon_find(reader->lexicon, LIST_VERBS, STR("said"));
        bool is_according = plain != NULL && token_is(s, at, "according") && token_is(s, at + 1, "to");
        size_t count =
            s->tokens[at].is_cited || s->tokens[at].name != NO_NAME ? 0 : lexicon_at(reader, LIST_VERBS, s, at, &entry);
        reader_heard(reader, s, at, at + 1);
        if (is_according && !s->tokens[at].is_cited) {
            saying = (struct saying){.at = at, .to = at + 2, .lead = at, .is_according = true, .verb = plain};
            size_t end = right_end(reader, s, at + 2);
            saying.speaker = party_of_phrase(reader, s, at + 2, end, ACT_ASSERTS);
            saying.subject = at + 2;
            saying.subject_to = end;
            sayings->all[sayings->count++] = saying;
            at = end > at ? end : at + 1;
            continue;
        }
        if (count == 0) {
            at++;
            continue;
        }
        saying.verb = entry;
        saying.to = at + count;
        if (!is_noun_here(reader, s, &saying)) {
            skip_lead(reader, s, &saying);
            bool is_by = is_by_agent(reader, s, saying.to);
            if (saying.is_passive || is_by) {
                find_agent(reader, s, &saying);
            } else {
                find_subject(reader, s, &saying, sayings);
            }
            saying.is_negated |= is_subjunctive(s, &saying, sayings);
            bool is_nobody = saying.subject < saying.subject_to && word_is(reader, s, saying.subject, "not") &&
                             !saying.is_inverted; /* "Nobody from your paper asked" */
            saying.is_negated |= is_nobody;
            if (!is_object_clause(reader, s, &saying)) {
                sayings->all[sayings->count++] = saying;
            }
        }
        at = saying.to;
    }
}
