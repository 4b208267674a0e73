/* What is said, once it is known who says it: the words that belong to a verb, the act they come to, when, how and to whom. */
#include "read/statement.h"
#include "base/str.h"

#include "base/banned.h"

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
    bool is_told =
        token_is(s, saying->at, "told") || token_is(s, saying->at, "telling") || token_is(s, saying->at, "informed");
    for (size_t at = saying->to; is_told && at < s->count && at < saying->to + 5; at++) {
        struct party *party = party_of_token(reader, s, at);
        if (party != NULL) {
            return party;
        }
        if (word_is(reader, s, at, "cut") || word_is(reader, s, at, "not") || token_is(s, at, "her") ||
            token_is(s, at, "him")) {
            return NULL;
        }
    }
    return NULL;
}

struct statement *statement_keep(struct reader *reader, struct statement statement)
{
    bool is_extortion = statement.act == ACT_DEMANDS &&
                        (statement.speaker->kind == PARTY_GROUP || statement.speaker->kind == PARTY_ACCOUNT);
    statement.claims |= is_extortion || has_sum(reader, statement.in) ? 1U << 5 : 0;
    statement.deadline = statement.act == ACT_DEMANDS ? deadline_in(reader, statement.in) : NULL;
    statement_date(reader, &statement);
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
    reader->last[statement.speaker->kind] = statement.speaker;
    return slot;
}

/* "rejected that, saying it became aware", "hit back, insisting: ...", "said ..., and added that the police know": one statement of one mind. */
static bool goes_on(const struct statement *other, const struct saying *saying, const struct sense *sense, enum act act,
                    bool is_participle, bool is_trailing)
{
    bool is_plain = act == ACT_ASSERTS;
    bool is_named_again = saying->subject_to > saying->subject;
    return other->act == act || (is_plain && is_trailing) ||
           (is_participle && (is_plain || other->act == ACT_REPLIES)) ||
           (is_plain && sense->claims == 0 && !is_named_again &&
            (other->act == ACT_DENIES || other->act == ACT_RETRACTS));
}

/* What the verb itself claims: a gang that "leaked" or "published" something. */
static unsigned verb_claims(const struct reader *reader, const struct saying *saying)
{
    const struct lexicon_entry *entry = lexicon_find(reader->lexicon, LIST_CLAIMS, saying->verb->phrase);
    bool is_gang = saying->speaker->kind == PARTY_GROUP || saying->speaker->kind == PARTY_ACCOUNT;
    unsigned claims = 0;
    for (; is_gang && entry != NULL; entry = entry->other) {
        for (unsigned k = 0; k < CLAIM_KINDS; k++) {
            claims |= strcmp(entry->value, claim_kind_names[k]) == 0 ? 1U << k : 0;
        }
    }
    return claims;
}

static int put_saying(struct reader *reader, const struct sentence *s, const struct sayings *sayings, size_t index)
{
    const struct saying *saying = &sayings->all[index];
    struct content content = content_of(reader, s, sayings, index);
    struct sense sense = content_sense(reader, s, &content);
    if (!saying->is_counted) {
        return 0;
    }
    bool is_more = false; /* "apologised, and said that no money was lost": what is said counts */
    for (size_t i = index + 1; i < sayings->count; i++) {
        is_more |= sayings->all[i].is_counted && sayings->all[i].speaker == saying->speaker;
    }
    if (is_more && strcmp(saying->verb->extra, "sorry") == 0 && act_of(saying, &sense, reader) == ACT_ASSERTS) {
        return 0;
    }
    enum act act = saying->speaker == reader->publication && saying->speaker != NULL && is_correcting(reader, s)
                       ? ACT_RETRACTS
                       : act_of(saying, &sense, reader);
    bool is_own_report = act == ACT_ASSERTS && saying->speaker == reader->publication &&
                         saying->subject_to > saying->subject &&
                         token_is(s, saying->subject_to - 1, "we"); /* "on 28 October we wrote" */
    act = is_own_report ? ACT_REPORTS : act;
    bool is_before = content.before_to > content.before_from;
    size_t from = is_before ? content.before_from : content.from, to = content.to;
    struct str voice = sentence_slice(s, saying->subject, saying->subject_to);
    bool is_participle = str_ends(s->tokens[saying->at].low, STR("ing"));
    for (size_t i = 0; i < reader->statements.count; i++) { /* "said ..., adding ...": one statement of one mind */
        struct statement *other = &reader->statements.all[i];
        if (other->in == s && other->speaker == saying->speaker &&
            goes_on(other, saying, &sense, act, is_participle, content.to - content.from < 2)) {
            other->act =
                other->act == ACT_REPLIES || (act == ACT_DENIES && other->act == ACT_ASSERTS) ? act : other->act;
            other->claims |= sense.claims;
            size_t lead = saying_first(saying);
            bool is_report =
                !is_participle && other->verb < saying->at && lead > 0 && is_mark(s, lead - 1, ',') &&
                (content.to - content.from < 2 || sense_of(reader, s, content.from, content.to).claims == 0);
            if (is_report && strcmp(other->time_by, "sentence") == 0) { /* "noticed it on Monday, it said" */
                other->time = reader_voice(reader, s)->when;
                other->time_by = "document";
            }
            other->text = s->text;
            return 0;
        }
    }
    const struct voice *own = reader_voice(reader, s);
    struct party *to_whom = told_to(reader, s, saying);
    to_whom = to_whom == NULL && act == ACT_DEMANDS && own->is_own_word && own->author == saying->speaker
                  ? own->addressee
                  : to_whom;
    struct statement statement = {.speaker = saying->speaker,
                                  .voice = voice,
                                  .act = act,
                                  .claims = sense.claims | verb_claims(reader, saying),
                                  .channel = channel_of(reader, s),
                                  .to = to_whom,
                                  .is_quoted = has_quote(s, from, to),
                                  .text = is_before || from >= to ? s->text : sentence_slice(s, from, to),
                                  .in = s,
                                  .verb = saying->at,
                                  .subject = saying_first(saying)};
    /* "says it has 300 GB and will publish it unless it is paid": what is asserted in it, too */
    bool is_both = act == ACT_DEMANDS && act_named(saying->verb->value) == ACT_ASSERTS && !sense.wants &&
                   (sense.claims & ~(1U << 5)) != 0;
    if (is_both) {
        struct statement asserted = statement;
        asserted.act = ACT_ASSERTS;
        if (statement_keep(reader, asserted) == NULL && !reader->is_cut) {
            return -1;
        }
    }
    return statement_keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
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

/* What a sentence of a document that speaks for itself is about. */
/* A quotation alone goes on with the last speaker's words, if it speaks of a breach. */
static int put_continued(struct reader *reader, const struct sentence *s)
{
    bool is_all_cited = s->count > 4 && s->tokens[0].kind == TOKEN_MARK && strchr("<\"", s->tokens[0].mark) != NULL;
    for (size_t i = 0; is_all_cited && i < s->count; i++) {
        is_all_cited = s->tokens[i].is_cited || s->tokens[i].kind == TOKEN_MARK;
    }
    struct sense sense = sense_of(reader, s, 0, s->count);
    const struct statement *last =
        reader->statements.count != 0 ? &reader->statements.all[reader->statements.count - 1] : NULL;
    bool is_near = last != NULL && s->number - last->in->number <= 2;
    bool is_asked = reader->quoting != NULL && s->number - reader->quoting_in <= 2 &&
                    (!is_near || reader->quoting_in > last->in->number);
    if (!is_all_cited || (!is_near && !is_asked)) {
        return 0;
    }
    struct statement statement = {.speaker = is_asked ? reader->quoting : last->speaker,
                                  .voice = is_asked ? reader->quoting->name : last->voice,
                                  .act = sense.denies ? ACT_DENIES : ACT_ASSERTS,
                                  .claims = sense.claims,
                                  .channel = is_asked ? NULL : last->channel,
                                  .is_quoted = true,
                                  .text = s->text,
                                  .in = s,
                                  .verb = 0};
    return statement_keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
}

/* Nothing is said by a question, but what stands in its quotation marks. */
static bool is_question(const struct sentence *s)
{
    return s->count != 0 && is_mark(s, s->count - 1, '?') && !s->tokens[s->count - 1].is_cited &&
           !has_quote(s, 0, s->count);
}

/* "Plaintiff alleges as follows:": what is said stands below. */
static bool is_lead_in(const struct sentence *s)
{
    return s->count > 2 && is_mark(s, s->count - 1, ':') && str_find_nocase(s->text, STR("as follows"), 0) != SIZE_MAX;
}

static void note_hijack(struct reader *reader, const struct sentence *s)
{
    static const char *const words[] = {"hijacked", "hacked", "compromised", "takeover"};
    struct party *account = NULL;
    bool says = str_find_nocase(s->text, STR("taken over"), 0) != SIZE_MAX, has_noun = false;
    for (size_t i = 0; i < s->count; i++) {
        struct party *party = party_of_token(reader, s, i);
        account = party != NULL && party->kind == PARTY_ACCOUNT ? party : account;
        has_noun |= token_is(s, i, "account");
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            says |= token_is(s, i, words[w]);
        }
    }
    account = account == NULL && has_noun ? reader->last[PARTY_ACCOUNT] : account;
    if (account != NULL && says && has_noun && !account->is_compromised) {
        account->is_compromised = true;
        account->compromised_in = s;
        account->is_told = true;
    }
}

/* Whom "it" means in the next sentence: who spoke last in this one, or else the first who is named in it, but for who is only attached. */
static void note_subject(struct reader *reader, const struct sentence *s, size_t first)
{
    struct party *subject = NULL;
    for (size_t i = first; i < reader->statements.count; i++) {
        bool is_house = reader->statements.all[i].speaker->kind != PARTY_PERSON &&
                        !(reader->statements.all[i].verb == SIZE_MAX && reader_voice(reader, s)->is_own_word);
        subject = is_house ? reader->statements.all[i].speaker : subject;
    }
    int depth = 0;
    for (size_t i = 0; subject == NULL && i < s->count; i++) {
        const struct token *token = &s->tokens[i];
        struct party *party = token->is_name_start ? party_of_token(reader, s, i) : NULL;
        bool is_attached = token->is_cited || token->is_possessive || (i > 0 && word_is(reader, s, i - 1, "prep")) ||
                           (i > 1 && word_is(reader, s, i - 2, "prep") && word_is(reader, s, i - 1, "det"));
        depth += is_mark(s, i, '(') ? 1 : is_mark(s, i, ')') ? -1 : 0;
        is_attached |= depth > 0; /* "(names, NRIC numbers)" */
        bool is_town = i == 0 && token->text.len > 5 && token->text.data[1] >= 'A' &&
                       token->text.data[1] <= 'Z'; /* of a dateline */
        subject = party != NULL && party->kind != PARTY_PERSON && !is_attached && !is_town ? party : NULL;
    }
    reader->last_subject = subject;
}

/* "The port authority rejects the charge": a verb that counts by itself, and no party that is known. */
static bool has_unknown(const struct sayings *sayings)
{
    const struct saying *first = &sayings->all[0];
    return sayings->count != 0 && first->speaker == NULL && !first->is_negated && first->subject_to > first->subject &&
           strcmp(first->verb->extra, "any") == 0;
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
        if (is_question(s) || is_lead_in(s)) {
            reader_heard(reader, s, 0, s->count);
            continue;
        }
        reader->spoken = NULL;
        sayings_find(reader, s, &sayings);
        for (size_t v = sayings.count; v > 0; v--) { /* from the last: a verb's words end where another's begin */
            struct content content = content_of(reader, s, &sayings, v - 1);
            struct sense sense = content_sense(reader, s, &content);
            if (sayings.all[v - 1].speaker != NULL && has_quote(s, 0, s->count)) { /* "Who told him?" she asks. "..." */
                reader->quoting = sayings.all[v - 1].speaker;
                reader->quoting_in = s->number;
            }
            sayings.all[v - 1].is_counted = saying_counts(reader, s, &sayings.all[v - 1], &content, &sense);
        }
        for (size_t v = 0; v < sayings.count; v++) {
            TRY(put_saying(reader, s, &sayings, v));
        }
        TRY(put_later(reader, s, first));
        if (reader->statements.count == first) {
            TRY(put_continued(reader, s));
        }
        if (reader->statements.count == first) {
            TRY(put_own(reader, s, &sayings));
        }
        nest(reader, first);
        replies_note(reader, s, &sayings, first);
        note_subject(reader, s, first);
        reader->is_subject_unknown = reader->statements.count == first && has_unknown(&sayings);
        reader->last_subject = reader->is_subject_unknown ? NULL : reader->last_subject;
        note_hijack(reader, s);
        reader_heard(reader, s, 0, s->count);
        const struct statement *latest =
            reader->statements.count > first ? &reader->statements.all[reader->statements.count - 1] : NULL;
        bool is_one = latest != NULL && reader->spoken == NULL && latest->verb != SIZE_MAX &&
                      (latest->speaker->kind == PARTY_PERSON || latest->speaker->kind == PARTY_ACCOUNT);
        reader->spoken = is_one ? latest->speaker : reader->spoken;
        if (reader->statements.count > first && reader->spoken != NULL) {
            reader_heard_person(reader, reader->spoken); /* "she" is who spoke, not whom she spoke of */
        }
    }
    return 0;
}
