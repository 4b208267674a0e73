/* What is said, once it is known who says it: the words that belong to a verb, the act they come to, when, how and to whom. A document that
 * speaks for itself (a notice, a post) says what its sentences say. */
#include "base/str.h"
#include "read/say.h"

#include "base/banned.h"

const char *const act_names[] = {"asserts", "denies", "demands", "reports", "replies", "retracts"};

enum act act_named(const char *name)
{
    for (enum act act = 0; act < ACT_NONE; act++) {
        if (strcmp(act_names[act], name) == 0) {
            return act;
        }
    }
    return ACT_NONE;
}

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
    size_t from, to;               /* behind the verb */
    size_t before_from, before_to; /* before the subject, of the first verb */
};

static size_t first_of(const struct saying *saying)
{
    return saying->is_inverted || saying->subject >= saying->to ? saying->lead : saying->subject;
}

/* ", X said in a report": what was said stands before. */
static bool is_prep_of_place(const struct sentence *s, size_t at)
{
    return token_is(s, at, "in") || token_is(s, at, "on") || token_is(s, at, "at") || token_is(s, at, "by");
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
        if (sayings->all[i].is_counted) {
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
    bool ends_here =
        saying->to >= s->count || (s->tokens[saying->to].kind == TOKEN_MARK && !token_is(s, saying->to, "("));
    bool is_behind = first > 3 && is_mark(s, first - 1, ',') &&
                     s->tokens[saying->to < s->count ? saying->to : 0].kind == TOKEN_WORD &&
                     content.to - content.from < 8 && is_prep_of_place(s, saying->to);
    is_behind |=
        first > 3 && is_mark(s, first - 1, ',') && content.to - content.from < 6 && token_is(s, saying->at, "told");
    if (index == 0 || is_cited) {
        bool takes = is_tail || is_cited || is_behind || (ends_here && first > 3);
        content.before_from = floor;
        content.before_to = takes ? first : floor;
    }
    return content;
}

static struct sense merged(const struct reader *reader, const struct sentence *s, const struct content *content)
{
    struct sense sense = sense_of(reader, s, content->from, content->to);
    struct sense before = sense_of(reader, s, content->before_from, content->before_to);
    sense_add(&sense, &before);
    return sense;
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
    bool is_told =
        token_is(s, saying->at, "told") || token_is(s, saying->at, "telling") || token_is(s, saying->at, "informed");
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
    static const char *const words[] = {"of", "from", "since", "dated",  "until", "till",
                                        "to", "for",  "by",    "before", "after"};
    for (size_t i = 0; at > 0 && i < sizeof words / sizeof *words; i++) {
        if (token_is(s, at - 1, words[i])) {
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
        for (size_t t = statement->verb;
             date->in == statement->in && statement->verb != SIZE_MAX && t < date->moment.from; t++) {
            is_inside |=
                word_is(reader, statement->in, t, "cut") && !token_is(statement->in, t, "before") ? true : false;
            is_inside |= token_is(statement->in, t, "had") || token_is(statement->in, t, "was") ||
                         token_is(statement->in, t, "were");
        }
        if (date->in == statement->in && date->moment.from >= floor && !date->is_deadline && !is_of_span && !is_cited &&
            !is_inside && !is_attached && date->moment.at != TIME_NONE && date->moment.until == TIME_NONE) {
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
    reader->last[statement.speaker->kind] = statement.speaker;
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
    if (sense->replies && act == ACT_ASSERTS) {
        return ACT_REPLIES;
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
    bool is_any = strcmp(saying->verb->extra, "any") == 0 ||
                  (strcmp(saying->verb->extra, "due") == 0 && deadline_in(reader, s) != NULL);
    bool is_due = strcmp(saying->verb->extra, "due") == 0;
    bool has_that = token_is(s, saying->to, "that");
    bool is_cited = has_quote(s, content->from, content->to) || has_quote(s, content->before_from, content->before_to);
    bool is_about = !is_due && (sense->claims != 0 || sense->denies || sense->retracts || sense->is_of_data);
    bool is_plain = strcmp(saying->verb->value, "asserts") == 0;
    bool is_empty = content->from >= content->to && content->before_from >= content->before_to;
    return saying->speaker != NULL && !saying->is_negated && !(sense->is_silent && !is_cited) &&
           !(is_empty && is_plain) && (is_any || (!is_due && (has_that || is_cited)) || is_about);
}

static int put_saying(struct reader *reader, const struct sentence *s, const struct sayings *sayings, size_t index)
{
    const struct saying *saying = &sayings->all[index];
    struct content content = content_of(s, sayings, index);
    struct sense sense = merged(reader, s, &content);
    if (!saying->is_counted) {
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
static struct sense uncited_sense(const struct reader *reader, const struct sentence *s, size_t end)
{
    struct sense all = {0};
    for (size_t from = 0; from < end;) {
        size_t to = from;
        while (to < end && s->tokens[to].is_cited == s->tokens[from].is_cited) {
            to++;
        }
        struct sense sense = s->tokens[from].is_cited ? (struct sense){0} : sense_of(reader, s, from, to);
        sense_add(&all, &sense);
        from = to;
    }
    return all;
}

/* A document that speaks for itself: its sentences with "we" or about a breach are its author's. */
static int put_own(struct reader *reader, const struct sentence *s, const struct sayings *sayings)
{
    const struct voice *voice = reader_voice(reader, s);
    size_t end = s->count;
    bool has_we = false, is_of_other = false;
    for (size_t i = 0; i < s->count; i++) {
        has_we |= word_is(reader, s, i, "we") && !s->tokens[i].is_cited;
    }
    for (size_t i = 0; i < sayings->count; i++) { /* somebody who cannot be told says it */
        bool is_unknown = sayings->all[i].speaker == NULL && !sayings->all[i].is_passive;
        is_of_other |= is_unknown && !has_we;
        end = is_unknown && has_we && end == s->count && sayings->all[i].lead > 0 &&
                      word_is(reader, s, sayings->all[i].lead - 1, "relative")
                  ? sayings->all[i].at
                  : end;
    }
    struct sense sense = uncited_sense(reader, s, end);
    const struct deadline *deadline = deadline_in(reader, s);
    bool is_seller =
        voice->author != NULL && (voice->author->kind == PARTY_ACCOUNT || voice->author->kind == PARTY_GROUP);
    bool is_price = false;
    for (size_t i = 0; is_seller && i < reader->ransoms.count; i++) {
        is_price |= reader->ransoms.all[i].in == s;
    }
    is_of_other = is_of_other && !sense.demands && deadline == NULL && !is_price;
    bool is_own = voice->is_own_word && voice->author != NULL && !is_of_other;
    bool is_note = str_starts(s->text, STR("Correction")) || str_starts(s->text, STR("Editor")) || has_we ||
                   str_find_nocase(s->text, STR("earlier version"), 0) != SIZE_MAX;
    bool is_correction = reader->publication != NULL && sense.retracts && s->count > 3 && is_note;
    bool is_said = sense.claims != 0 || sense.denies || sense.retracts || (sense.demands && s->count > 4) ||
                   deadline != NULL || (is_seller && sense.is_of_data);
    struct party *author = is_own ? voice->author : is_correction ? reader->publication : NULL;
    if (author == NULL || (!is_price && (!is_said || s->count < 4))) {
        return 0;
    }
    bool is_promise = false;
    for (size_t i = 0; i + 1 < s->count; i++) {
        is_promise |= word_is(reader, s, i, "we") && (token_is(s, i + 1, "will") || token_is(s, i + 1, "shall"));
    }
    bool is_demand = is_price || (deadline != NULL && !is_promise) || (sense.demands && !sense.retracts);
    enum act act = is_correction || (sense.retracts && has_we && !is_demand) ? ACT_RETRACTS
                   : is_demand                                               ? ACT_DEMANDS
                   : sense.denies                                            ? ACT_DENIES
                                                                             : ACT_ASSERTS;
    struct statement statement = {.speaker = author,
                                  .voice = author->name,
                                  .act = act,
                                  .claims = sense.claims,
                                  .channel = NULL,
                                  .to = act == ACT_DEMANDS ? voice->addressee : NULL,
                                  .text = s->text,
                                  .in = s,
                                  .verb = SIZE_MAX};
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
    const struct statement *last =
        reader->statements.count != 0 ? &reader->statements.all[reader->statements.count - 1] : NULL;
    bool is_near = last != NULL && s->number - last->in->number <= 2;
    if (!is_all_cited || !is_near || (sense.claims == 0 && !sense.denies)) {
        return 0;
    }
    struct statement statement = {.speaker = last->speaker,
                                  .voice = last->voice,
                                  .act = sense.denies ? ACT_DENIES : ACT_ASSERTS,
                                  .claims = sense.claims,
                                  .channel = last->channel,
                                  .is_quoted = true,
                                  .text = s->text,
                                  .in = s,
                                  .verb = 0};
    return keep(reader, statement) != NULL || reader->is_cut ? 0 : -1;
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

int statements_find(struct reader *reader)
{
    for (size_t i = 0; reader->is_english && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (!sentence_is_examined(s)) {
            continue;
        }
        struct sayings sayings = {.count = 0};
        size_t first = reader->statements.count;
        sayings_find(reader, s, &sayings);
        for (size_t v = sayings.count; v > 0; v--) { /* from the last: a verb's words end where another's begin */
            struct content content = content_of(s, &sayings, v - 1);
            struct sense sense = merged(reader, s, &content);
            sayings.all[v - 1].is_counted = is_counted(reader, s, &sayings.all[v - 1], &content, &sense);
        }
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
