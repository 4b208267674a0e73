/* What a stretch of words says of a breach: which kinds of claim it speaks of, and whether it denies, demands or takes back. A denial is a word that
 * says so ("baseless", "remains secure"), or a negation with an event near behind it ("no evidence that", "was never breached"). A denial that
 * is itself called false is none. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { REACH = 9 /* tokens from a negation to what it negates */ };

const char *const claim_kind_names[CLAIM_KINDS] = {"entry", "use", "access", "taking", "possession", "ransom", "actor"};

static unsigned claim_bit(const char *kind)
{
    for (unsigned i = 0; i < CLAIM_KINDS; i++) {
        if (strcmp(kind, claim_kind_names[i]) == 0) {
            return 1U << i;
        }
    }
    return 0;
}

static bool is_negation(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_only = at + 1 < s->count &&
                   (str_eq(s->tokens[at + 1].low, STR("only")) || str_eq(s->tokens[at + 1].low, STR("longer")) ||
                    str_eq(s->tokens[at + 1].low, STR("later")));
    return !is_only && (word_is(reader, s, at, "not") || str_ends(s->tokens[at].low, STR("n't")));
}

/* "It was not.", "it had not and would not": nothing but the verb that was meant follows. */
static bool is_elliptic(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_end =
        at + 1 >= s->count || s->tokens[at + 1].kind == TOKEN_MARK || str_eq(s->tokens[at + 1].low, STR("and"));
    bool is_not = str_eq(s->tokens[at].low, STR("not")) || str_ends(s->tokens[at].low, STR("n't"));
    bool is_joined = !str_eq(s->tokens[at].low, STR("not"));
    return is_end && is_not && at > 0 && (is_joined || word_is(reader, s, at - 1, "aux")) &&
           (at < 2 || !word_is(reader, s, at - 1, "cut"));
}

/* "could not rule out", "cannot be ruled out" */
static bool is_unsure(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_ruling = str_starts(s->tokens[at].low, STR("rul")) || str_starts(s->tokens[at].low, STR("exclud"));
    for (size_t back = 1; is_ruling && back <= 3 && back <= at; back++) {
        if (is_negation(reader, s, at - back)) {
            return true;
        }
    }
    return false;
}

/* "will not pay", "refuses to negotiate": a refusal denies nothing. */
static bool is_refusal(const struct sentence *s, size_t at)
{
    static const char *const words[] = {
        "pay",     "paying",  "negotiate", "negotiating", "be",        "bow",       "comment",    "give",
        "know",    "say",     "specify",   "disclose",    "elaborate", "name",      "identify",   "immediately",
        "yet",     "rule",    "exclude",   "confirm",     "reveal",    "clear",     "commenting", "sure",
        "certain", "provide", "explain",   "discuss",     "answer",    "speculate", "accept",     "want",
        "wish",    "need",    "intend",    "expect",      "mind"};
    for (size_t i = 0; at < s->count && i < sizeof words / sizeof *words; i++) {
        bool is_it = str_eq(s->tokens[at].low, str_of(words[i]));
        bool is_passive = str_eq(s->tokens[at].low, STR("be"));
        if (is_it && (!is_passive || (at + 1 < s->count && (str_eq(s->tokens[at + 1].low, STR("paying")) ||
                                                            str_eq(s->tokens[at + 1].low, STR("negotiating")))))) {
            return true;
        }
    }
    return false;
}

/* "never told its customers", "had not been patched": what was left undone, which accuses or admits and denies nothing. */
static bool is_omission(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const duties[] = {
        "tell",      "told",       "inform",   "informed", "warn",     "warned",    "notify",    "notified",
        "notifying", "answer",     "answered", "reply",    "replied",  "respond",   "responded", "change",
        "patch",     "patched",    "fix",      "fixed",    "encrypt",  "encrypted", "listen",    "check",
        "checked",   "update",     "updated",  "report",   "reported", "consulted", "apologise", "apologised",
        "apologize", "apologized", "bother",   "bothered", "act",      "acted",     "care",      "cared"};
    size_t to = at + 1;
    while (to < s->count && to < at + 4 && (word_is(reader, s, to, "aux") || str_ends(s->tokens[to].low, STR("ly")))) {
        to++;
    }
    bool is_of_us = at > 0 && s->tokens[at].kind == TOKEN_WORD && str_eq(s->tokens[at].low, STR("no"));
    return !is_of_us && to < s->count && str_is_one_of(s->tokens[to].low, duties, sizeof duties / sizeof *duties);
}

/* "asked for a report", "asked the court to", "asked that": and not "asked on Tuesday". */
bool asks_for_something(const struct sentence *s, size_t from)
{
    static const char *const words[] = {"to", "for", "that", "not", "it", "its", "permission", "leave"};
    for (size_t i = from; i < s->count && i < from + 14; i++) {
        if (str_is_one_of(s->tokens[i].low, words, sizeof words / sizeof *words) || s->tokens[i].is_cited) {
            return true;
        }
        if (s->tokens[i].kind == TOKEN_MARK && strchr(".;", s->tokens[i].mark) != NULL) {
            return false;
        }
    }
    return false;
}

/* "we demand", "I have asked", "we have issued a legal notice": verbs of demanding in the first person. */
static bool is_own_demand(const struct reader *reader, const struct sentence *s, size_t at, size_t to)
{
    const struct lexicon_entry *entry;
    if (!word_is(reader, s, at, "we") || s->tokens[at].is_possessive || str_eq(s->tokens[at].low, STR("us")) ||
        str_eq(s->tokens[at].low, STR("me")) || str_ends(s->tokens[at].low, STR("r")) ||
        str_eq(s->tokens[at].low, STR("my"))) {
        return false;
    }
    size_t verb = at + 1;
    bool is_passive = false;
    while (verb < to && verb < at + 4 && s->tokens[verb].kind == TOKEN_WORD &&
           (word_is(reader, s, verb, "aux") || str_ends(s->tokens[verb].low, STR("ly")))) {
        is_passive |= str_eq(s->tokens[verb].low, STR("were")) || str_eq(s->tokens[verb].low, STR("was")) ||
                      str_eq(s->tokens[verb].low, STR("been")) || str_eq(s->tokens[verb].low, STR("are"));
        verb++;
    }
    bool is_verb = !is_passive && verb < to && lexicon_at(reader, LIST_VERBS, s, verb, &entry) != 0;
    bool is_question = is_verb && str_eq(s->tokens[verb].low, STR("asked")) && !asks_for_something(s, verb + 1);
    return is_verb && !is_question && strcmp(entry->value, "demands") == 0 && strcmp(entry->extra, "any") == 0;
}

/* "used an employee's password", "with a stolen account" */
static bool is_use_of_key(const struct sentence *s, size_t at)
{
    static const char *const keys[] = {"password", "passwords", "credentials", "login", "logins",
                                       "account",  "accounts",  "token",       "tokens"};
    bool is_use = str_eq(s->tokens[at].low, STR("used")) || str_eq(s->tokens[at].low, STR("using")) ||
                  str_eq(s->tokens[at].low, STR("uses"));
    for (size_t i = at + 1; is_use && i < s->count && i < at + 5; i++) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            if (str_eq(s->tokens[i].low, str_of(keys[k]))) {
                return true;
            }
        }
    }
    return false;
}

/* "cannot be ruled out", "not without foundation", "you can't sign": what is negated twice, or of nobody, denies nothing. */
static bool is_double(const struct sentence *s, size_t at)
{
    bool is_ruled = at + 2 < s->count && str_eq(s->tokens[at + 1].low, STR("be")) &&
                    (str_eq(s->tokens[at + 2].low, STR("ruled")) || str_eq(s->tokens[at + 2].low, STR("excluded")));
    bool is_without =
        at + 1 < s->count && str_eq(s->tokens[at].low, STR("not")) && str_eq(s->tokens[at + 1].low, STR("without"));
    bool is_you = at > 0 && str_eq(s->tokens[at - 1].low, STR("you")) &&
                  (str_eq(s->tokens[at].low, STR("can't")) || str_eq(s->tokens[at].low, STR("cannot")));
    static const char *const wishes[] = {"should", "must", "shall", "if"};
    bool is_wish = str_eq(s->tokens[at].low, STR("shouldn't")) || str_eq(s->tokens[at].low, STR("mustn't")) ||
                   (at + 1 < s->count && str_eq(s->tokens[at].low, STR("hardly")) &&
                    str_eq(s->tokens[at + 1].low, STR("surprising")));
    for (size_t i = 0; at > 0 && i < sizeof wishes / sizeof *wishes;
         i++) { /* "should not keep": nobody says that it is not so */
        is_wish |= str_eq(s->tokens[at - 1].low, str_of(wishes[i]));
    }
    return is_ruled || is_without || is_you || is_wish;
}

static bool is_denial_noun(struct str low)
{
    return str_eq(low, STR("denial")) || str_eq(low, STR("denials")) || str_eq(low, STR("statement")) ||
           str_eq(low, STR("denied")) || str_eq(low, STR("lying"));
}

void sense_add(struct sense *to, const struct sense *more)
{
    to->denies |= more->denies;
    to->demands |= more->demands;
    to->retracts |= more->retracts;
    to->replies |= more->replies;
    to->is_silent |= more->is_silent;
    to->is_of_data |= more->is_of_data;
    to->wants |= more->wants;
    to->is_aware |= more->is_aware;
    to->is_fact |= more->is_fact;
    to->claims |= more->claims;
}

/* "a demand", "no ransom demand", "demand for payment", "letters should arrive": what is spoken of, and by nobody demanded here. */
static bool is_demand_noun(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const comes[] = {"arrive", "reach", "receive", "now", "know", "see", "expect", "get"};
    bool is_demand = str_eq(s->tokens[at].low, STR("demand")) || str_eq(s->tokens[at].low, STR("demands"));
    bool is_led = at > 0 && s->tokens[at - 1].kind == TOKEN_WORD && s->tokens[at - 1].name == NO_NAME &&
                  (word_is(reader, s, at - 1, "det") || word_is(reader, s, at - 1, "not") ||
                   str_eq(s->tokens[at - 1].low, STR("ransom")) || str_eq(s->tokens[at - 1].low, STR("extortion")) ||
                   str_eq(s->tokens[at - 1].low, STR("payment")) || str_eq(s->tokens[at - 1].low, STR("any")));
    bool is_coming = str_eq(s->tokens[at].low, STR("should")) && at + 1 < s->count &&
                     str_is_one_of(s->tokens[at + 1].low, comes, sizeof comes / sizeof *comes);
    return (is_demand && is_led) || is_coming;
}

/* "safe to drink": of no data. */
static bool is_safe_to(const struct sentence *s, size_t at, size_t count)
{
    return at + count + 1 < s->count && str_eq(s->tokens[at + count].low, STR("to")) &&
           str_ends(s->tokens[at + count - 1].low, STR("safe"));
}

struct sense sense_of(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    struct sense sense = {0};
    const struct lexicon_entry *entry;
    size_t negated = SIZE_MAX;
    bool denies_denial = false, is_condition = false;
    to = to < s->count ? to : s->count;
    for (size_t at = from; at < to; at++) {
        if (s->tokens[at].kind == TOKEN_MARK) {
            negated = strchr(";.", s->tokens[at].mark) != NULL ? SIZE_MAX : negated;
            is_condition &= strchr(",;.-", s->tokens[at].mark) == NULL;
            continue;
        }
        if (lexicon_at(reader, LIST_CLAIMS, s, at, &entry) != 0) {
            for (; entry != NULL; entry = entry->other) {
                sense.claims |= claim_bit(entry->value);
                sense.is_of_data |= strcmp(entry->value, "data") == 0;
            }
        }
        sense.claims |= is_use_of_key(s, at) ? 1U << 1 : 0;
        bool is_own_denial = !str_eq(s->tokens[at].low, STR("statement")) ||
                             (at > 0 && (s->tokens[at - 1].is_possessive || str_eq(s->tokens[at - 1].low, STR("its"))));
        denies_denial |= is_denial_noun(s->tokens[at].low) && is_own_denial;
        is_condition |= str_eq(s->tokens[at].low, STR("if")) || str_eq(s->tokens[at].low, STR("unless"));
        if (is_negation(reader, s, at) && !is_condition) { /* "if it is not paid" says nothing of what is */
            negated = is_refusal(s, at + 1) || is_double(s, at) || is_omission(reader, s, at) ? SIZE_MAX : at;
            sense.denies |= is_elliptic(reader, s, at);
        }
        sense.wants |= is_own_demand(reader, s, at, to);
        size_t count = lexicon_at(reader, LIST_STANCE, s, at, &entry);
        for (; count != 0 && entry != NULL; entry = entry->other) {
            bool is_event =
                strcmp(entry->value, "event") == 0 && negated != SIZE_MAX && at >= negated && at - negated <= REACH;
            bool is_false = strcmp(entry->value, "false") == 0;
            sense.denies |=
                is_event ||
                (strcmp(entry->value, "safe") == 0 && !is_unsure(reader, s, at) && !is_safe_to(s, at, count)) ||
                (is_false && !denies_denial);
            bool is_if = at == 0 && str_eq(s->tokens[0].low, STR("should")); /* "Should you fail to comply" */
            bool is_thing = is_demand_noun(reader, s, at);
            bool is_self = at > 0 && word_is(reader, s, at - 1, "we") &&
                           str_starts(entry->phrase, STR("have")); /* "I have to say" */
            is_self |=
                str_eq(s->tokens[at].low, STR("should")) && at + 1 < to && str_eq(s->tokens[at + 1].low, STR("have"));
            sense.demands |= strcmp(entry->value, "demand") == 0 && !is_if && !is_thing && !is_self;
            sense.retracts |= strcmp(entry->value, "retract") == 0;
            sense.is_aware |= strcmp(entry->value, "aware") == 0 || strcmp(entry->value, "hides") == 0;
            sense.replies |= strcmp(entry->value, "reply") == 0;
            sense.is_fact |= strcmp(entry->value, "fact") == 0;
            sense.is_silent |= strcmp(entry->value, "silent") == 0;
        }
    }
    return sense;
}
