/* Verbs of saying and whose they are.
 *
 *   [In a statement on Monday ,] [Mira Valen , chief executive of Cobalt Ridge ,] [has flatly] denied [that ...]
 *    fronted                      subject                                          skipped      verb   content
 *   "..." , said [a spokesperson for Cobalt Ridge] .          according to [two people] , ...
 * The act is the verb's; where the verb only says, what is said decides (stance.c). A document that speaks for itself (a notice, a
 * post) says what its sentences say. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

enum { SUBJECT_TOKENS = 28 };

const char *const act_names[] = {"asserts", "denies", "demands", "reports", "replies", "retracts"};

static enum act act_named(const char *name)
{
    for (enum act act = 0; act < ACT_NONE; act++) {
        if (strcmp(act_names[act], name) == 0) {
            return act;
        }
    }
    return ACT_NONE;
}

static bool is_low(const struct sentence *s, size_t at, const char *word)
{
    return at < s->count && str_eq(s->tokens[at].low, str_of(word));
}

/* One verb of saying in a sentence. */
struct saying {
    const struct lexicon_entry *verb;
    size_t at, to;           /* of the verb */
    size_t lead;             /* first of the auxiliaries and adverbs before it */
    size_t subject, subject_to;
    bool is_negated, is_passive, is_according, is_inverted;
    struct party *speaker;
};

struct sayings {
    struct saying all[24];
    size_t count;
};

static bool is_be(const struct sentence *s, size_t at)
{
    static const char *const be[] = {"was", "were", "been", "being", "is", "are", "be"};
    for (size_t i = 0; i < sizeof be / sizeof *be; i++) {
        if (is_low(s, at, be[i])) {
            return true;
        }
    }
    return false;
}

static bool ends_ing(struct str low)
{
    return str_ends(low, STR("ing"));
}

/* Back over "has also flatly"; notes a negation and a passive. */
static void skip_lead(const struct reader *reader, const struct sentence *s, struct saying *saying)
{
    size_t at = saying->at;
    while (at > 0 && s->tokens[at - 1].name == NO_NAME && s->tokens[at - 1].kind == TOKEN_WORD) {
        bool is_not = word_is(reader, s, at - 1, "not") || str_ends(s->tokens[at - 1].low, STR("n't"));
        bool is_adverb = str_ends(s->tokens[at - 1].low, STR("ly"));
        bool is_day = lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at - 1].low) != NULL;
        bool is_on = is_low(s, at - 1, "on") && at < saying->at;
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
    bool is_to = at > 0 && is_low(s, at - 1, "to");
    bool is_det = at > 0 && s->tokens[at - 1].kind == TOKEN_WORD && word_is(reader, s, at - 1, "det") &&
                  !word_is(reader, s, at - 1, "aux");
    bool is_that = is_det && is_low(s, at - 1, "that") && at > 1 && s->tokens[at - 2].kind == TOKEN_WORD;
    bool is_owned = at > 0 && s->tokens[at - 1].is_possessive;
    bool is_plural = str_eq(low, STR("claims")) || str_eq(low, STR("demands")) || str_eq(low, STR("reports")) ||
                     str_eq(low, STR("demand")) || str_eq(low, STR("claim")) || str_eq(low, STR("reply")) ||
                     str_eq(low, STR("answer")) || str_eq(low, STR("request")) || str_eq(low, STR("dispute")) ||
                     str_eq(low, STR("answers")) || str_eq(low, STR("requests")) || str_eq(low, STR("posts")) ||
                     str_eq(low, STR("notes")) || str_eq(low, STR("writing")) || str_eq(low, STR("warning")) || str_eq(low, STR("lists"));
    bool is_adjective = is_plural && at > 0 && !s->tokens[at - 1].is_capital && s->tokens[at - 1].kind == TOKEN_WORD &&
                        s->tokens[at - 1].name == NO_NAME && noun_at(reader, s, at - 1, NULL) == NULL &&
                        !word_is(reader, s, at - 1, "aux") && !word_is(reader, s, at - 1, "it") && !word_is(reader, s, at - 1, "we") &&
                        !word_is(reader, s, at - 1, "they") && !word_is(reader, s, at - 1, "he") && !word_is(reader, s, at - 1, "cut") && !word_is(reader, s, at - 1, "relative");
    bool is_first = is_plural && at == 0;
    return is_to || (is_det && !is_that) || is_owned || is_adjective || is_first;
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
static size_t clause_from(const struct reader *reader, const struct sentence *s, const struct sayings *before, size_t to)
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

/* Does "a payments firm" or "chief executive of" begin here? */
static bool is_apposition(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool has_article = is_low(s, at, "a") || is_low(s, at, "an") || is_low(s, at, "the") || is_low(s, at, "its");
    for (size_t i = at; i < s->count && i < at + (has_article ? 6U : 1U); i++) {
        const char *class = noun_at(reader, s, i, NULL);
        if (class != NULL && strcmp(class, "document") != 0) {
            return true;
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

/* ", said X": nothing that could be a subject stands before the verb, or only a quotation does. */
static bool find_inverted(struct reader *reader, const struct sentence *s, struct saying *saying)
{
    bool is_after = saying->at == 0 || (saying->at > 0 && s->tokens[saying->at - 1].kind == TOKEN_MARK &&
                                        strchr("<>\",-", s->tokens[saying->at - 1].mark) != NULL);
    if (!is_after) {
        return false;
    }
    size_t end = right_end(reader, s, saying->to);
    struct party *party = end > saying->to ? party_of_phrase(reader, s, saying->to, end, act_named(saying->verb->value)) : NULL;
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

static void find_subject(struct reader *reader, const struct sentence *s, struct saying *saying, const struct sayings *before)
{
    enum act act = act_named(saying->verb->value);
    size_t to = saying->lead;
    bool is_quote_before = to > 0 && s->tokens[to - 1].kind == TOKEN_MARK && strchr("<>\"", s->tokens[to - 1].mark) != NULL;
    if (saying->lead == saying->at && is_quote_before && find_inverted(reader, s, saying)) {
        return;
    }
    if (to > 0 && word_is(reader, s, to - 1, "relative") && to > 1) { /* "X, which said" */
        to -= 1 + is_mark(s, to - 2, ',');
    }
    size_t from = clause_from(reader, s, before, to);
    choose_segment(s, saying, from, to);
    saying->speaker = party_of_phrase(reader, s, saying->subject, saying->subject_to, act);
    if (saying->speaker == NULL && saying->subject > from) {
        size_t last = saying->subject_to; /* the fronted part was taken for the subject, or the other way round */
        size_t comma = saying->subject;
        saying->speaker = comma > from + 1 ? NULL : party_of_phrase(reader, s, from, last, act);
    }
    if (saying->speaker == NULL && find_inverted(reader, s, saying)) {
        return;
    }
    bool is_joined = saying->subject_to <= saying->subject ||
                     (saying->lead > 0 && (is_low(s, saying->lead - 1, "and") || is_low(s, saying->lead - 1, "but") ||
                                           is_mark(s, saying->lead - 1, ',') || is_low(s, saying->lead - 1, "or") ||
                                           is_low(s, saying->lead - 1, "while") || is_low(s, saying->lead - 1, "before")));
    bool is_participle = ends_ing(s->tokens[saying->at].low);
    if (saying->speaker == NULL && (is_joined || is_participle)) {
        saying->speaker = earlier_speaker(before);
        saying->subject = saying->subject_to = saying->lead;
    }
}

/* "was denied by X" */
static void find_agent(struct reader *reader, const struct sentence *s, struct saying *saying)
{
    for (size_t at = saying->to; at < s->count && at < saying->to + 6; at++) {
        if (is_low(s, at, "by")) {
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
        if (is_low(s, at, "by")) {
            return true;
        }
        bool is_of_date = is_low(s, at, "on") || s->tokens[at].kind == TOKEN_NUMBER || is_mark(s, at, '.') ||
                          lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at].low) != NULL;
        if (!is_of_date) {
            return false;
        }
    }
    return false;
}

static void find_sayings(struct reader *reader, const struct sentence *s, struct sayings *sayings)
{
    const struct lexicon_entry *entry;
    for (size_t at = 0; at < s->count && sayings->count < sizeof sayings->all / sizeof *sayings->all;) {
        struct saying saying = {.at = at};
        bool is_according = is_low(s, at, "according") && is_low(s, at + 1, "to");
        size_t count = s->tokens[at].is_cited || s->tokens[at].name != NO_NAME ? 0 : lexicon_at(reader, LIST_VERBS, s, at, &entry);
        reader_heard(reader, s, at, at + 1);
        if (is_according && !s->tokens[at].is_cited) {
            saying = (struct saying){.at = at, .to = at + 2, .lead = at, .is_according = true,
                                     .verb = lexicon_find(reader->lexicon, LIST_VERBS, STR("said"))};
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
            sayings->all[sayings->count++] = saying;
        }
        at = saying.to;
    }
}

/* ---- what is said ---- */

static bool has_quote(const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        if (s->tokens[i].is_cited && s->tokens[i].kind != TOKEN_MARK) {
            return true;
        }
    }
    return false;
}

struct content {
    size_t from, to;             /* behind the verb */
    size_t before_from, before_to; /* before the subject, of the first verb */
};

static size_t first_of(const struct saying *saying)
{
    return saying->is_inverted || saying->subject >= saying->to ? saying->lead : saying->subject;
}

/* ", X said in a report": what was said stands before. */
static bool is_prep_of_place(const struct sentence *s, size_t at)
{
    return is_low(s, at, "in") || is_low(s, at, "on") || is_low(s, at, "at") || is_low(s, at, "by");
}

/* What stands before the first verb's subject is what was said if a quotation or a comma divides it from the rest, and it is no adverbial. */
static struct content content_of(const struct sentence *s, const struct sayings *sayings, size_t index)
{
    const struct saying *saying = &sayings->all[index];
    struct content content = {.from = saying->to, .to = s->count};
    if (saying->is_inverted || saying->is_according || saying->subject >= saying->to) {
        content.from = saying->subject_to > saying->to ? saying->subject_to : saying->to;
    }
    for (size_t i = index + 1; i < sayings->count; i++) {
        if (sayings->all[i].speaker != NULL) {
            content.to = first_of(&sayings->all[i]);
            break;
        }
    }
    if (content.to < content.from) {
        content.to = content.from;
    }
    size_t floor = index > 0 ? sayings->all[index - 1].to : 0;
    bool is_tail = saying->is_inverted || saying->is_according || (saying->is_passive && index == 0);
    size_t first = first_of(saying);
    bool is_cited = first > 0 && has_quote(s, floor, first);
    bool ends_here = saying->to >= s->count || (s->tokens[saying->to].kind == TOKEN_MARK && !is_low(s, saying->to, "("));
    bool is_behind = first > 3 && is_mark(s, first - 1, ',') && s->tokens[saying->to < s->count ? saying->to : 0].kind == TOKEN_WORD &&
                     content.to - content.from < 8 && is_prep_of_place(s, saying->to);
    if (index == 0 || is_cited) {
        bool takes = is_tail || is_cited || is_behind || (ends_here && first > 3);
        content.before_from = floor;
        content.before_to = takes ? first : floor;
    }
    return content;
}

static struct sense merged(const struct reader *reader, const struct sentence *s, const struct content *content)
{
    struct sense a = sense_of(reader, s, content->from, content->to);
    struct sense b = sense_of(reader, s, content->before_from, content->before_to);
    return (struct sense){a.denies || b.denies, a.demands || b.demands, a.retracts || b.retracts,
                          a.is_silent || b.is_silent, a.claims | b.claims};
}

static const char *channel_of(const struct reader *reader, const struct sentence *s)
{
    const struct lexicon_entry *entry, *best = NULL;
    for (size_t at = 0; at < s->count; at++) {
        bool is_cited = s->tokens[at].is_cited;
        size_t count = is_cited ? 0 : lexicon_at(reader, LIST_CHANNELS, s, at, &entry);
        best = count != 0 && (best == NULL || strcmp(best->value, "statement") == 0) ? entry : best;
    }
    return best != NULL ? best->value : NULL;
}

/* "told the Harbour Post": who was told. */
static struct party *told_to(const struct reader *reader, const struct sentence *s, const struct saying *saying)
{
    bool is_told = is_low(s, saying->at, "told") || is_low(s, saying->at, "telling") || is_low(s, saying->at, "informed");
    for (size_t at = saying->to; is_told && at < s->count && at < saying->to + 5; at++) {
        struct party *party = party_of_token(reader, s, at);
        if (party != NULL) {
            return party;
        }
        if (word_is(reader, s, at, "cut")) {
            return NULL;
        }
    }
    return NULL;
}

/* Where another speaker's words end in the same sentence: a day before that is theirs. */
static size_t date_floor(const struct reader *reader, const struct statement *statement)
{
    size_t floor = 0;
    for (size_t i = reader->statements.count; i > 0 && statement->verb != SIZE_MAX; i--) {
        const struct statement *other = &reader->statements.all[i - 1];
        if (other->in != statement->in) {
            break;
        }
        bool is_before = other != statement && other->speaker != statement->speaker && other->verb < statement->verb;
        floor = is_before && statement->subject > floor ? statement->subject : floor;
    }
    return floor;
}

/* "its report of 16 April", "from 3 a.m.": a day of something else than the saying. */
static bool is_of_thing(const struct sentence *s, size_t at)
{
    static const char *const words[] = {"of", "from", "since", "dated", "until", "till", "to", "for", "by", "before", "after"};
    for (size_t i = 0; at > 0 && i < sizeof words / sizeof *words; i++) {
        if (is_low(s, at - 1, words[i])) {
            return true;
        }
    }
    return false;
}

static void date_statement(const struct reader *reader, struct statement *statement)
{
    size_t floor = date_floor(reader, statement);
    const struct voice *voice = reader_voice(reader, statement->in);
    for (size_t i = 0; statement->verb != SIZE_MAX && i < reader->dates.count; i++) {
        const struct told_date *date = &reader->dates.all[i];
        bool is_of_span = statement->deadline != NULL && date->moment.from >= statement->deadline->from &&
                          date->moment.to <= statement->deadline->to;
        bool is_cited = date->in == statement->in && statement->in->tokens[date->moment.from].is_cited;
        bool is_attached = date->in == statement->in && is_of_thing(statement->in, date->moment.from);
        /* a day behind "that" is of what is told, not of the telling */
        bool is_inside = false;
        for (size_t t = statement->verb; date->in == statement->in && statement->verb != SIZE_MAX && t < date->moment.from; t++) {
            is_inside |= word_is(reader, statement->in, t, "cut") && !is_low(statement->in, t, "before") ? true : false;
            is_inside |= is_low(statement->in, t, "had") || is_low(statement->in, t, "was") || is_low(statement->in, t, "were");
        }
        if (date->in == statement->in && date->moment.from >= floor && !date->is_deadline && !is_of_span && !is_cited && !is_inside && !is_attached &&
            date->moment.at != TIME_NONE && date->moment.until == TIME_NONE) {
            statement->time = date->moment;
            statement->time_by = "sentence";
            return;
        }
    }
    statement->time = voice->when;
    statement->time_by = voice == &reader->quoted ? "quoted mail" : "document";
}

static const struct deadline *deadline_in(const struct reader *reader, const struct sentence *s)
{
    for (size_t i = 0; i < reader->deadlines.count; i++) {
        if (reader->deadlines.all[i].in == s) {
            return &reader->deadlines.all[i];
        }
    }
    return NULL;
}

static struct statement *keep(struct reader *reader, struct statement statement)
{
    bool is_extortion = statement.act == ACT_DEMANDS &&
                        (statement.speaker->kind == PARTY_GROUP || statement.speaker->kind == PARTY_ACCOUNT);
    statement.claims |= is_extortion ? 1U << 5 : 0;
    statement.deadline = statement.act == ACT_DEMANDS ? deadline_in(reader, statement.in) : NULL;
    date_statement(reader, &statement);
    struct statement *slot = MORE(reader, reader->statements, PROPOSALS_MAX);
    if (slot == NULL) {
        return NULL;
    }
    statement.speaker->is_told = true;
    if (statement.to != NULL) {
        statement.to->is_told = true;
    }
    *slot = statement;
    bool accuses = statement.act == ACT_ASSERTS && statement.claims != 0;
    reader->last_asserter = accuses ? statement.speaker : reader->last_asserter;
    reader->last_speaker = statement.speaker;
    return slot;
}

static enum act act_of(const struct saying *saying, const struct sense *sense, const struct reader *reader)
{
    enum act act = act_named(saying->verb->value);
    if (act == ACT_DEMANDS || act == ACT_DENIES || act == ACT_RETRACTS || act == ACT_NONE) {
        return act;
    }
    if (act == ACT_REPORTS) {
        bool is_publication = saying->speaker->kind == PARTY_PUBLICATION;
        return is_publication || !sense->denies ? (is_publication ? ACT_REPORTS : ACT_ASSERTS) : ACT_DENIES;
    }
    if (sense->retracts && (saying->speaker == reader->publication || saying->speaker->kind == PARTY_PUBLICATION)) {
        return ACT_RETRACTS;
    }
    if (sense->denies) {
        return ACT_DENIES;
    }
    bool is_group = saying->speaker->kind == PARTY_GROUP || saying->speaker->kind == PARTY_ACCOUNT;
    if (sense->demands && (is_group || (sense->claims & 1U << 5) != 0)) {
        return ACT_DEMANDS;
    }
    return act;
}

static bool is_counted(const struct reader *reader, const struct sentence *s, const struct saying *saying,
                       const struct content *content, const struct sense *sense)
{
    bool is_any = strcmp(saying->verb->extra, "any") == 0;
    bool has_that = is_low(s, saying->to, "that");
    bool is_cited = has_quote(s, content->from, content->to) || has_quote(s, content->before_from, content->before_to);
    bool is_about = sense->claims != 0 || sense->denies || sense->retracts;
    bool is_plain = strcmp(saying->verb->value, "asserts") == 0;
    bool is_empty = content->from >= content->to && content->before_from >= content->before_to;
    (void)reader;
    return saying->speaker != NULL && !saying->is_negated && !(sense->is_silent && !is_cited) && !(is_empty && is_plain) &&
           (is_any || has_that || is_cited || is_about);
}

static int put_saying(struct reader *reader, const struct sentence *s, const struct sayings *sayings, size_t index)
{
    const struct saying *saying = &sayings->all[index];
    struct content content = content_of(s, sayings, index);
    struct sense sense = merged(reader, s, &content);
    if (!is_counted(reader, s, saying, &content, &sense)) {
        return 0;
    }
    enum act act = act_of(saying, &sense, reader);
    bool is_before = content.before_to > content.before_from;
    size_t from = is_before ? content.before_from : content.from, to = content.to;
    struct str voice = sentence_slice(s, saying->subject, saying->subject_to);
    for (size_t i = 0; i < reader->statements.count; i++) { /* "said ..., adding ...": one statement of one mind */
        struct statement *other = &reader->statements.all[i];
        if (other->in == s && other->speaker == saying->speaker && other->act == act) {
            other->claims |= sense.claims;
            other->text = s->text;
            return 0;
        }
    }
    struct statement statement = {.speaker = saying->speaker,
                                  .voice = voice,
                                  .act = act,
                                  .claims = sense.claims,
                                  .channel = channel_of(reader, s),
                                  .to = told_to(reader, s, saying),
                                  .is_quoted = has_quote(s, from, to),
                                  .text = is_before ? s->text : sentence_slice(s, from, to),
                                  .in = s,
                                  .verb = saying->at,
                                  .subject = first_of(saying)};
    return keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
}

/* The outermost speaker of a sentence reports the others. */
static void nest(struct reader *reader, size_t first)
{
    for (size_t i = first; i < reader->statements.count; i++) {
        struct statement *inner = &reader->statements.all[i];
        for (size_t j = first; j < i; j++) {
            struct statement *outer = &reader->statements.all[j];
            bool is_report = outer->in == inner->in && outer->speaker != inner->speaker && outer->verb < inner->verb &&
                             outer->speaker->kind == PARTY_PUBLICATION;
            if (is_report) {
                inner->within = j + 1;
                outer->act = outer->act == ACT_ASSERTS || outer->act == ACT_DENIES ? ACT_REPORTS : outer->act;
            }
        }
    }
}

/* Of what stands outside quotation marks. */
static struct sense uncited_sense(const struct reader *reader, const struct sentence *s)
{
    struct sense all = {0};
    for (size_t from = 0; from < s->count;) {
        size_t to = from;
        while (to < s->count && s->tokens[to].is_cited == s->tokens[from].is_cited) {
            to++;
        }
        struct sense sense = s->tokens[from].is_cited ? (struct sense){0} : sense_of(reader, s, from, to);
        all = (struct sense){all.denies || sense.denies, all.demands || sense.demands, all.retracts || sense.retracts,
                             all.is_silent || sense.is_silent, all.claims | sense.claims};
        from = to;
    }
    return all;
}

/* A document that speaks for itself: its sentences with "we" or about a breach are its author's. */
static int put_own(struct reader *reader, const struct sentence *s, const struct sayings *sayings)
{
    const struct voice *voice = reader_voice(reader, s);
    struct sense sense = uncited_sense(reader, s);
    bool has_we = false, is_of_other = false;
    for (size_t i = 0; i < s->count; i++) {
        has_we |= word_is(reader, s, i, "we") && !s->tokens[i].is_cited;
    }
    for (size_t i = 0; i < sayings->count; i++) { /* somebody who cannot be told says it */
        is_of_other |= sayings->all[i].speaker == NULL && !sayings->all[i].is_passive && !has_we;
    }
    const struct deadline *deadline = deadline_in(reader, s);
    is_of_other = is_of_other && !sense.demands && deadline == NULL;
    bool is_own = voice->is_own_word && voice->author != NULL && !is_of_other;
    bool is_note = str_starts(s->text, STR("Correction")) || str_starts(s->text, STR("Editor")) || has_we ||
                   str_find_nocase(s->text, STR("earlier version"), 0) != SIZE_MAX;
    bool is_correction = reader->publication != NULL && sense.retracts && s->count > 3 && is_note;
    bool is_said = sense.claims != 0 || sense.denies || sense.retracts || (sense.demands && s->count > 4) || deadline != NULL;
    struct party *author = is_own ? voice->author : is_correction ? reader->publication : NULL;
    if (author == NULL || !is_said || s->count < 4) {
        return 0;
    }
    bool is_promise = false;
    for (size_t i = 0; i + 1 < s->count; i++) {
        is_promise |= word_is(reader, s, i, "we") && (is_low(s, i + 1, "will") || is_low(s, i + 1, "shall"));
    }
    bool is_demand = (deadline != NULL && !is_promise) || (sense.demands && !sense.retracts);
    enum act act = is_correction || (sense.retracts && has_we && !is_demand) ? ACT_RETRACTS
                   : is_demand     ? ACT_DEMANDS
                   : sense.denies                                 ? ACT_DENIES
                                                                  : ACT_ASSERTS;
    struct statement statement = {.speaker = author, .voice = author->name, .act = act, .claims = sense.claims, .channel = NULL,
                                  .to = act == ACT_DEMANDS ? voice->addressee : NULL, .text = s->text, .in = s, .verb = SIZE_MAX};
    return keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
}

/* A quotation alone goes on with the last speaker's words, if it speaks of a breach. */
static int put_continued(struct reader *reader, const struct sentence *s)
{
    bool is_all_cited = s->count > 4 && s->tokens[0].kind == TOKEN_MARK && strchr("<\"", s->tokens[0].mark) != NULL;
    for (size_t i = 0; is_all_cited && i < s->count; i++) {
        is_all_cited = s->tokens[i].is_cited || s->tokens[i].kind == TOKEN_MARK;
    }
    struct sense sense = sense_of(reader, s, 0, s->count);
    const struct statement *last = reader->statements.count != 0 ? &reader->statements.all[reader->statements.count - 1] : NULL;
    bool is_near = last != NULL && s->number - last->in->number <= 2;
    if (!is_all_cited || !is_near || (sense.claims == 0 && !sense.denies)) {
        return 0;
    }
    struct statement statement = {.speaker = last->speaker, .voice = last->voice, .act = sense.denies ? ACT_DENIES : ACT_ASSERTS, .claims = sense.claims,
                                  .channel = last->channel, .is_quoted = true, .text = s->text, .in = s, .verb = 0};
    return keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
}

static void note_hijack(struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"hijacked", "hacked", "compromised", "taken over", "took over", "takeover"};
    struct party *account = NULL;
    bool says = false, has_noun = false;
    for (size_t i = 0; i < s->count; i++) {
        struct party *party = party_of_token(reader, s, i);
        account = party != NULL && party->kind == PARTY_ACCOUNT ? party : account;
        has_noun |= is_low(s, i, "account");
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            says |= is_low(s, i, words[w]);
        }
    }
    account = account == NULL && has_noun ? reader->last[PARTY_ACCOUNT] : account;
    if (account != NULL && says && has_noun && !account->is_compromised) {
        account->is_compromised = true;
        account->compromised_in = s;
        account->is_told = true;
    }
}

int statements_find(struct reader *reader)
{
    for (size_t i = 0; reader->is_english && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (!sentence_is_examined(s)) {
            continue;
        }
        struct sayings sayings = {.count = 0};
        size_t first = reader->statements.count;
        find_sayings(reader, s, &sayings);
        for (size_t v = 0; v < sayings.count; v++) {
            TRY(put_saying(reader, s, &sayings, v));
        }
        if (reader->statements.count == first) {
            TRY(put_continued(reader, s));
        }
        if (reader->statements.count == first) {
            TRY(put_own(reader, s, &sayings));
        }
        nest(reader, first);
        note_hijack(reader, s);
        reader_heard(reader, s, 0, s->count);
    }
    return 0;
}
