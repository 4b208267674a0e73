/* A document that speaks for itself (a notice, a post) says what its sentences say. */
#include "base/str.h"
#include "read/statement.h"

#include "base/banned.h"

static bool is_of_orders(const struct reader *reader, const struct sentence *s, size_t at, const char *class)
{
    const struct lexicon_entry *entry =
        at < s->count ? lexicon_find(reader->lexicon, LIST_ORDERS, s->tokens[at].low) : NULL;
    return entry != NULL && strcmp(entry->value, class) == 0;
}

static bool is_polite(const struct reader *reader, const struct sentence *s, size_t at)
{
    return is_of_orders(reader, s, at, "polite");
}

static bool is_order_verb(const struct reader *reader, const struct sentence *s, size_t at)
{
    return is_of_orders(reader, s, at, "order");
}

/* What is an order only behind "please" or "do not": "Please contact us", but "Contact: press@x". */
static bool is_plea(const struct reader *reader, const struct sentence *s, size_t at)
{
    return is_order_verb(reader, s, at) || is_of_orders(reader, s, at, "plea");
}

bool order_begins(const struct reader *reader, const struct sentence *s, size_t at)
{
    size_t from = at;
    at += is_polite(reader, s, at);
    bool is_not = token_is(s, at, "do") && token_is(s, at + 1, "not");
    at += is_not ? 2 : token_is(s, at, "don't") || token_is(s, at, "never") ? 1 : 0;
    return (is_order_verb(reader, s, at) || (at > from && is_plea(reader, s, at))) && at + 1 < s->count &&
           s->tokens[at + 1].kind == TOKEN_WORD && !word_is(reader, s, at + 1, "aux");
}

/* "Update to 8.4.2 now", "Check that", "Ring our newsdesk": a verb that may be a noun, too, before what only follows a verb. */
static bool is_imperative(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const words[] = {"the", "your", "our", "us",   "me",    "it",   "them", "that",  "to",  "a",
                                        "an",  "all",  "any", "this", "every", "what", "how",  "which", "off", "out"};
    static const char *const reaches[] = {"contact", "write", "call", "visit", "email", "e-mail", "phone"};
    bool is_address = token_is_one_of(s, at, reaches, sizeof reaches / sizeof *reaches); /* "Write to x@y.example" */
    for (size_t i = at; i < s->count; i++) {
        is_address |= token_is(s, i, "sample") || token_is(s, i, "below");
    }
    return !is_address && is_of_orders(reader, s, at, "plea") &&
           token_is_one_of(s, at + 1, words, sizeof words / sizeof *words) && !is_mark(s, at + 1, ':');
}

/* "Pay 2 BTC", "Please confirm", "Do not call the police": an order begins with its verb. */
static bool is_order(const struct reader *reader, const struct sentence *s)
{
    size_t at = 0;
    bool is_asked = false;
    while (at < s->count && (s->tokens[at].kind == TOKEN_MARK || is_polite(reader, s, at) ||
                             (s->tokens[at].kind == TOKEN_NUMBER && at == 0))) {
        is_asked |= is_polite(reader, s, at) && is_plea(reader, s, at + 1);
        at++;
    }
    bool is_not =
        (token_is(s, at, "do") && token_is(s, at + 1, "not")) || token_is(s, at, "don't") || token_is(s, at, "never");
    at += is_not ? (token_is(s, at, "do") ? 2 : 1) : 0;
    is_asked |=
        is_not && at > 1 && is_polite(reader, s, at - (token_is(s, at - 1, "not") ? 3 : 2)) && is_plea(reader, s, at);
    bool is_verb =
        (is_order_verb(reader, s, at) || (is_not && is_plea(reader, s, at)) || is_imperative(reader, s, at)) &&
        s->count > at + (is_not ? 1U : 2U) && !s->tokens[at + 1 < s->count ? at + 1 : at].is_possessive;
    for (size_t i = 1; !is_verb && i < s->count; i++) { /* "..., please include this statement" */
        is_asked |= is_polite(reader, s, i) && !s->tokens[i].is_cited &&
                    (is_plea(reader, s, i + 1) || order_begins(reader, s, i));
    }
    return is_asked || is_verb;
}

/* "If you refuse, we publish": a threat; of a house it is none that a case could use. */
static bool is_threat(const struct sentence *s)
{
    bool is_if = (token_is(s, 0, "if") || token_is(s, 0, "should") || token_is(s, 0, "unless")) &&
                 (token_is(s, 1, "you") || token_is(s, 1, "we") || token_is(s, 1, "your") || token_is(s, 1, "they"));
    bool is_ours = false;
    for (size_t i = 2; i < s->count; i++) {
        is_ours |=
            token_is(s, i, "we") || token_is(s, i, "our") || token_is(s, i, "will") || token_is(s, i, "everything");
    }
    bool is_not_paying = (token_is(s, 0, "don't") && token_is(s, 1, "pay")) ||
                         (token_is(s, 0, "do") && token_is(s, 1, "not") && token_is(s, 2, "pay")) ||
                         token_is(s, 0, "refuse") || token_is(s, 0, "ignore");
    return (is_if && is_ours) || is_not_paying || token_is(s, 0, "otherwise") ||
           (token_is(s, 0, "failing") && token_is(s, 1, "which"));
}

/* "Thank you, Mr Speaker", "Let me start", "I'm not going to guess": spoken, and nothing said. */
static bool is_small_talk(const struct sentence *s, size_t from)
{
    static const char *const starts[][3] = {{"thank"},
                                            {"thanks"},
                                            {"good", "morning"},
                                            {"good", "afternoon"},
                                            {"good", "evening"},
                                            {"let", "me"},
                                            {"next"},
                                            {"i", "rise"},
                                            {"on", "a", "point"},
                                            {"order"},
                                            {"i'll"},
                                            {"i", "stand"},
                                            {"excuse"},
                                            {"welcome"},
                                            {"ladies"},
                                            {"we", "won't", "be"},
                                            {"to", "ask"},
                                            {"replying", "to"},
                                            {"hello"}};
    static const char *const refusals[] = {"confirm", "comment", "guess",     "speculate", "say",  "discuss",  "get",
                                           "take",    "answer",  "elaborate", "go",        "name", "disclose", "talk"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t words = 0;
        while (words < 3 && starts[i][words] != NULL && token_is(s, from + words, starts[i][words])) {
            words++;
        }
        if (words == 3 || starts[i][words] == NULL) {
            return true;
        }
    }
    for (size_t i = from; i + 1 < s->count; i++) {
        bool is_going = token_is(s, i, "not") && token_is(s, i + 1, "going") && token_is(s, i + 2, "to");
        bool is_not = is_going || token_is(s, i, "can't") || token_is(s, i, "cannot") || token_is(s, i, "won't") ||
                      (token_is(s, i, "not") && i > 0 && (token_is(s, i - 1, "can") || token_is(s, i - 1, "will")));
        size_t verb = i + (is_going ? 3 : 1);
        if (is_not && token_is_one_of(s, verb, refusals, sizeof refusals / sizeof *refusals)) {
            return true;
        }
    }
    return false;
}

/* What a sentence of a document that speaks for itself is about. */
struct own {
    struct sense sense;
    const struct deadline *deadline;
    bool is_others_demand; /* "the writer wants": by whom cannot be told */
    bool has_we, is_of_other, is_price, is_promise, is_seller, is_order, is_threat, is_deed;
};

/* "Your report says", "Grendel lies": another's deed, told by the author. */
static bool is_about_reader(const struct reader *reader, const struct sentence *s)
{
    bool is_document = false;
    for (size_t i = 1; i < 3 && i < s->count; i++) {
        const char *class = noun_at(reader, s, i, NULL);
        is_document |= class != NULL && strcmp(class, "document") == 0;
    }
    return token_is(s, 0, "your") && is_document;
}

/* "Logs indicate", "our analysis shows": nobody else says it. */
static bool is_of_things(const struct sentence *s, const struct saying *saying)
{
    return token_is(s, saying->at, "indicate") || token_is(s, saying->at, "indicates") ||
           token_is(s, saying->at, "suggests") || token_is(s, saying->at, "suggest") ||
           token_is(s, saying->at, "shows") || token_is(s, saying->at, "showed") || token_is(s, saying->at, "show") ||
           token_is(s, saying->at, "indicated");
}

/* A paragraph within quotation marks in a letter of one's own: the statement that goes with it. */
static bool is_all_cited(const struct sentence *s)
{
    bool is_all = s->count > 4;
    for (size_t i = 0; is_all && i < s->count; i++) {
        is_all = s->tokens[i].is_cited || s->tokens[i].kind == TOKEN_MARK;
    }
    return is_all;
}

/* Tokens of "GOVERNOR X:", which is no part of what is said; of a greeting behind it there are few more. */
static size_t behind_turn(const struct sentence *s)
{
    for (size_t i = 0; s->text.data == s->block->text.data && i < s->count && i < 12; i++) {
        if (is_mark(s, i, ':')) {
            return i + 1;
        }
    }
    return 0;
}

/* "We walked through the registry", "I have your mail": what the author did or has. */
static bool tells_deed(const struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"took", "got", "did",  "made", "have", "hold", "found", "came",
                                        "went", "saw", "read", "sent", "keep", "own",  "broke", "were"};
    for (size_t i = 0; i + 1 < s->count; i++) {
        bool is_subject = (token_is(s, i, "we") || token_is(s, i, "i")) && !s->tokens[i].is_cited;
        size_t verb = i + 1;
        while (is_subject && verb + 1 < s->count && str_ends(s->tokens[verb].low, STR("ly"))) {
            verb++;
        }
        bool is_verb = str_ends(s->tokens[verb].low, STR("ed"));
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            is_verb |= token_is(s, verb, words[w]);
        }
        if (is_subject && is_verb) {
            return !word_is(reader, s, verb + 1, "not");
        }
    }
    return false;
}

/* "They did not contact us", "nobody asked": what others left undone, which a gang tells and does not deny. */
static bool is_of_their_failing(const struct reader *reader, const struct sentence *s)
{
    static const char *const others[] = {"they", "you", "nobody", "he", "she"};
    bool is_it = false;
    for (size_t i = 0; i < s->count; i++) {
        bool is_not = word_is(reader, s, i, "not") || str_ends(s->tokens[i].low, STR("n't"));
        bool is_theirs = token_is(s, i, "nobody");
        for (size_t back = 1; is_not && !is_theirs && back <= 3 && back <= i; back++) {
            is_theirs = token_is_one_of(s, i - back, others, sizeof others / sizeof *others);
        }
        if (is_not && !is_theirs) {
            return false;
        }
        is_it |= is_not;
    }
    return is_it;
}

static bool is_listed(const struct sentence *s)
{
    struct str text = s->block->text;
    bool is_bare = text.len > 2 && text.data[0] >= 'a' && text.data[0] <= 'h' && strchr(".)", text.data[1]) != NULL;
    bool is_mark = text.len > 2 && (strchr("-*(", text.data[0]) != NULL || str_starts(text, STR("\xe2\x80\xa2")));
    bool is_count =
        text.len > 2 && text.data[0] >= '0' && text.data[0] <= '9' && strchr(".)0123456789", text.data[1]) != NULL;
    return is_bare || is_mark || is_count;
}

/* "The Trust must:", "Please could you:": what stands in the list below is demanded, too. */
static bool is_listed_demand(const struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"must", "shall",  "require", "requires", "demand", "please",   "request",
                                        "ask",  "should", "ordered", "directed", "upon",   "undertake"};
    size_t index = s->number - 1, back = 0;
    if (!is_listed(s) || s->text.data != s->block->text.data) {
        return false;
    }
    while (back < 16 && index > 0 && is_listed(&reader->sentences.all[index])) {
        index--;
        back++;
    }
    const struct sentence *lead = &reader->sentences.all[index];
    bool is_it = false;
    for (size_t i = 0; lead != s && lead->count > 1 && is_mark(lead, lead->count - 1, ':') && i < lead->count; i++) {
        is_it |= token_is_one_of(lead, i, words, sizeof words / sizeof *words);
    }
    return is_it;
}

static struct own own_of(const struct reader *reader, const struct sentence *s, const struct sayings *sayings)
{
    const struct party *author = reader_voice(reader, s)->author;
    struct own own = {.deadline = deadline_in(reader, s)};
    size_t end = s->count;
    for (size_t i = 0; i < s->count; i++) {
        bool is_we = word_is(reader, s, i, "we");
        own.has_we |= is_we && !s->tokens[i].is_cited;
        own.is_promise |= is_we && (token_is(s, i + 1, "will") || token_is(s, i + 1, "shall"));
    }
    for (size_t i = 0; i < sayings->count; i++) { /* somebody who cannot be told says it */
        const struct saying *saying = &sayings->all[i];
        bool is_unknown = saying->speaker == NULL && !saying->is_passive && !is_of_things(s, saying);
        own.is_of_other |= saying->speaker == NULL && !saying->is_negated &&
                           saying->subject_to == saying->subject + 1 && token_is(s, saying->subject, "you");
        bool is_behind_that = saying->lead > 0 && word_is(reader, s, saying->lead - 1, "relative");
        bool is_finding = strcmp(saying->verb->extra, "find") == 0; /* "experts, who found no sign of it" */
        own.is_others_demand |= is_unknown && !own.has_we && strcmp(saying->verb->value, "demands") == 0 &&
                                saying->subject_to > saying->subject && saying->lead > 1;
        own.is_of_other |= is_unknown && !own.has_we && !(is_finding && uncited_sense(reader, s, s->count).denies);
        end = is_unknown && !is_finding && own.has_we && end == s->count && is_behind_that ? saying->at : end;
    }
    own.sense = is_all_cited(s) ? sense_of(reader, s, 0, s->count) : uncited_sense(reader, s, end);
    own.is_seller = author != NULL && (author->kind == PARTY_ACCOUNT || author->kind == PARTY_GROUP);
    /* who names a sum in a mail of his own, and is no house that the text knows */
    own.is_seller |= author != NULL && reader->document == DOCUMENT_MAIL && reader->ransoms.count != 0 &&
                     author->votes[PARTY_COMPANY] == 0;
    own.sense.denies &= !(own.is_seller && is_of_their_failing(reader, s));
    own.is_price = own.is_seller && has_sum(reader, s);
    bool is_person = author != NULL && author->kind == PARTY_PERSON;
    own.is_deed = (own.is_seller || is_person) && tells_deed(reader, s);
    own.is_order = is_order(reader, s) || is_listed_demand(reader, s);
    bool is_if = token_is(s, 0, "if") || token_is(s, 0, "unless") || token_is(s, 0, "otherwise");
    own.is_threat =
        is_threat(s) || (is_if && own.is_seller && s->count > 6); /* "If on the 9th there is no payment, ..." */
    own.sense.claims |= has_sum(reader, s) ? 1U << 5 : 0;
    own.is_of_other =
        (own.is_of_other && own.is_others_demand && !own.is_order) ||
        (own.is_of_other && !own.sense.demands && own.deadline == NULL && !own.is_price && !own.is_order) ||
        (is_about_reader(reader, s) && !own.sense.denies && !own.sense.demands && own.deadline == NULL);
    return own;
}

static enum act own_act(const struct own *own, bool is_correction)
{
    bool is_demand = own->is_price || own->is_order || own->sense.wants || (own->is_threat && own->is_seller) ||
                     (own->deadline != NULL && !own->is_promise) || (own->sense.demands && !own->sense.retracts);
    return is_correction || (own->sense.retracts && own->has_we && !is_demand) ? ACT_RETRACTS
           : is_demand                                                         ? ACT_DEMANDS
           : own->sense.denies                                                 ? ACT_DENIES
                                                                               : ACT_ASSERTS;
}

/* "Recent posts on social media allege that", "It has been claimed that": nobody's word but hearsay's. */
static bool is_rumour(const struct sentence *s)
{
    static const char *const papers[] = {"posts",   "reports",     "claims",   "allegations", "rumours", "rumors",
                                         "stories", "speculation", "articles", "screenshots", "messages"};
    static const char *const tells[] = {"allege", "alleging", "claim", "claiming", "suggest", "suggesting", "say",
                                        "saying", "assert",   "state", "stating",  "purport", "purporting"};
    static const char *const told[] = {"claimed", "alleged", "reported", "suggested", "said", "rumoured", "rumored"};
    for (size_t i = 0; i < 3 && i < s->count; i++) {
        bool is_paper = token_is_one_of(s, i, papers, sizeof papers / sizeof *papers);
        for (size_t t = i + 1; is_paper && t < s->count && t < i + 8; t++) {
            bool is_that = t == i + 1 && token_is(s, t, "that") && !token_is(s, i, "screenshots") &&
                           !token_is(s, i, "posts") && !token_is(s, i, "messages");
            if (is_that || token_is_one_of(s, t, tells, sizeof tells / sizeof *tells)) {
                return true;
            }
        }
    }
    size_t verb = token_is(s, 0, "it") ? (token_is(s, 2, "been") ? 3U : 2U) : s->count;
    return token_is_one_of(s, verb, told, sizeof told / sizeof *told) &&
           (token_is(s, 1, "has") || token_is(s, 1, "is") || token_is(s, 1, "was"));
}

/* "You asked how many laptops were lost": what the reader wanted to know. */
static bool is_his_question(const struct sentence *s)
{
    return token_is(s, 0, "you") &&
           (token_is(s, 1, "asked") || token_is(s, 1, "requested") || token_is(s, 1, "wrote") ||
            token_is(s, 1, "enquired") || token_is(s, 1, "complained") || token_is(s, 2, "asked"));
}

/* "We are aware of reports that": others say it. */
static bool is_hearsay(const struct sentence *s)
{
    if (is_rumour(s) || is_his_question(s)) {
        return true;
    }
    static const char *const words[] = {"reports",    "posts",    "claims", "allegations", "rumours", "rumors",
                                        "statements", "articles", "report", "post",        "claim"};
    for (size_t t = 0; t + 2 < s->count; t++) {
        for (size_t i = 0; token_is(s, t, "aware") && token_is(s, t + 1, "of") && i < sizeof words / sizeof *words;
             i++) {
            if (token_is(s, t + 2, words[i]) || token_is(s, t + 3, words[i])) {
                return true;
            }
        }
    }
    return false;
}

/* "This was wrong", behind what the paper says it had reported. */
static bool is_about_own_report(const struct reader *reader, const struct sentence *s)
{
    bool is_it = token_is(s, 0, "this") || token_is(s, 0, "that") || token_is(s, 0, "it") || token_is(s, 0, "these");
    const struct statement *last =
        reader->statements.count != 0 ? &reader->statements.all[reader->statements.count - 1] : NULL;
    return is_it && last != NULL && last->speaker == reader->publication && s->number - last->in->number <= 2;
}

/* "We apologise to our customers": nothing that was said is taken back. */
static bool is_mere_regret(const struct sentence *s)
{
    static const struct str taken[] = {
        STR_INIT("withdr"),  STR_INIT("retract"),   STR_INIT("wrong"),      STR_INIT("error"),      STR_INIT("mistake"),
        STR_INIT("correct"), STR_INIT("article"),   STR_INIT("report"),     STR_INIT("post"),       STR_INIT("story"),
        STR_INIT("claim"),   STR_INIT("statement"), STR_INIT("publish"),    STR_INIT("allegation"), STR_INIT("said"),
        STR_INIT("false"),   STR_INIT("untrue"),    STR_INIT("taken down"), STR_INIT("remove"),     STR_INIT("delete")};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (str_find_nocase(s->text, taken[i], 0) != SIZE_MAX) {
            return false;
        }
    }
    return str_find_nocase(s->text, STR("apolog"), 0) != SIZE_MAX ||
           str_find_nocase(s->text, STR("sorry"), 0) != SIZE_MAX ||
           str_find_nocase(s->text, STR("regret"), 0) != SIZE_MAX;
}

/* "4. Where version 1 was wrong", "LEAK OF APPLICANTS' DATA", "Our ref: GB/2290": what says of what is to come, and nothing itself. */
static bool is_heading(const struct sentence *s)
{
    static const char *const labels[] = {"our",       "your", "ref", "re",     "subject", "attachment", "attachments",
                                         "enclosure", "encl", "enc", "sample", "samples", "proof",      "proofs"};
    const struct token *last = &s->tokens[s->count - 1];
    bool is_open = last->kind != TOKEN_MARK || strchr(".!?;:>\"", last->mark) == NULL;
    struct str block = s->block->text;
    bool is_last = s->text.data + s->text.len == block.data + block.len;
    bool is_counted = block.len > 2 && block.data[0] >= '0' && block.data[0] <= '9' && is_last &&
                      strchr(".)", block.data[1]) != NULL && s->text.data - block.data < 5; /* "4." is cut off */
    bool is_loud = true;
    for (size_t i = 0; i < s->text.len; i++) {
        is_loud &= s->text.data[i] < 'a' || s->text.data[i] > 'z';
    }
    bool is_head = s->number < 4 && is_open && s->count < 12 && s->text.len == s->block->text.len &&
                   last->kind == TOKEN_WORD; /* "The Leaky Hour, episode 44" */
    is_head |= s->number < 4 && is_open && is_mark(s, s->count - 1, ')') && s->count < 12;
    bool is_label = token_is_one_of(s, 0, labels, sizeof labels / sizeof *labels) &&
                    (is_mark(s, 1, ':') || (token_is(s, 1, "ref") && is_mark(s, 2, ':')));
    return (is_open && (is_counted || is_loud) && s->count < 14) || is_label || is_head;
}

/* "We have notified the FBI", "The files may have contained your name": what was done about it, or what the data holds. */
static bool tells_fact(const struct own *own, const struct sentence *s)
{
    bool is_whole = s->count > 4 && s->tokens[s->count - 1].kind == TOKEN_MARK && !own->is_of_other;
    bool is_led = token_is(s, 0, "if") || token_is(s, 0, "should") || token_is(s, 0, "once") || own->is_promise;
    return is_whole && !is_led && own->sense.is_fact;
}

/* A document that speaks for itself: its sentences with "we" or about a breach are its author's. */
int put_own(struct reader *reader, const struct sentence *s, const struct sayings *sayings)
{
    const struct voice *voice = reader_voice(reader, s);
    struct own own = own_of(reader, s, sayings);
    const struct sense *sense = &own.sense;
    bool is_own = voice->is_own_word && voice->author != NULL && !own.is_of_other;
    bool is_correction = reader->publication != NULL && sense->retracts && s->count > 3 &&
                         (own.has_we || is_correcting(reader, s) || is_about_own_report(reader, s));
    bool is_said = sense->claims != 0 || sense->denies || sense->retracts || (sense->demands && s->count > 4) ||
                   own.deadline != NULL || (own.is_seller && (sense->is_of_data || own.is_threat)) || own.is_order ||
                   sense->wants || (own.is_seller && sense->is_aware) || tells_fact(&own, s);
    is_said &= !sense->is_silent || sense->denies || own.deadline != NULL;
    is_said |= (voice->is_spoken || own.is_deed) && s->count > 4 + behind_turn(s);
    is_said |= voice->is_pleaded && is_listed(s) && s->count > 4 && is_mark(s, s->count - 1, '.');
    is_said &= !voice->is_spoken || sense->claims != 0 || !is_small_talk(s, behind_turn(s));
    is_said &= !is_hearsay(s) || sense->denies;
    is_said &= !is_heading(s) || (own.is_order && party_of_token(reader, s, s->count - 1) != voice->author);
    is_said &= !own.is_threat || own.is_seller || own.deadline != NULL;
    bool is_paper = is_own && voice->author == reader->publication; /* of its correction */
    is_said &= !is_paper || sense->claims != 0 || (sense->denies && s->count > 4) || is_correction;
    is_said &= reader->about_from == 0 || s->number < reader->about_from || sense->denies || own.deadline != NULL ||
               sense->demands; /* "X is trusted by 400 banks" */
    struct party *author = is_own ? voice->author : is_correction ? reader->publication : NULL;
    if (author == NULL || (!own.is_price && (!is_said || s->count < (sense->denies ? 3 : 4)))) {
        return 0;
    }
    enum act act = own_act(&own, is_correction);
    act = act == ACT_RETRACTS && !is_correction && is_mere_regret(s) ? ACT_ASSERTS : act;
    struct statement statement = {.speaker = author,
                                  .voice = author->name,
                                  .act = act,
                                  .claims = sense->claims,
                                  .channel = NULL,
                                  .to = act == ACT_DEMANDS ? voice->addressee : NULL,
                                  .text = s->text,
                                  .in = s,
                                  .verb = SIZE_MAX};
    return statement_keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
}
