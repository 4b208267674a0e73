/* What a verb of saying comes to: the words that belong to it, whether it is a statement at all, and which act it is. */
#include "base/str.h"
#include "read/statement.h"

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

bool has_quote(const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        if (s->tokens[i].is_cited && s->tokens[i].kind != TOKEN_MARK) {
            return true;
        }
    }
    return false;
}

size_t saying_first(const struct saying *saying)
{
    return saying->is_inverted || saying->subject >= saying->to ? saying->lead : saying->subject;
}

/* ", X said in a report": what was said stands before. */
static bool is_prep_of_place(const struct sentence *s, size_t at)
{
    return token_is(s, at, "in") || token_is(s, at, "on") || token_is(s, at, "at") || token_is(s, at, "by");
}

/* Is [from, to) what was said, and no "After hackers broke in," or "In a statement,"? */
static bool is_clause(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    bool is_led = word_is(reader, s, from, "prep") || word_is(reader, s, from, "cut") || token_is(s, from, "asked") ||
                  str_ends(s->tokens[from].low, STR("ing"));
    return to > from + 5 && !is_led;
}

/* What stands before the first verb's subject is what was said if a quotation or a comma divides it from the rest, and it is no adverbial. */
struct content content_of(const struct reader *reader, const struct sentence *s, const struct sayings *sayings,
                          size_t index)
{
    const struct saying *saying = &sayings->all[index];
    struct content content = {.from = saying->to, .to = s->count};
    if (saying->is_inverted || saying->is_according || saying->subject >= saying->to) {
        content.from = saying->subject_to > saying->to ? saying->subject_to : saying->to;
    }
    for (size_t i = index + 1; i < sayings->count; i++) {
        if (sayings->all[i].is_counted) {
            content.to = saying_first(&sayings->all[i]);
            break;
        }
    }
    if (content.to < content.from) {
        content.to = content.from;
    }
    size_t floor = 0;
    bool is_only = true; /* no other statement stands before it */
    for (size_t i = 0; i < index; i++) {
        floor = sayings->all[i].is_counted ? sayings->all[i].to : floor;
        is_only &= !sayings->all[i].is_counted;
    }
    bool is_tail = saying->is_inverted || saying->is_according || (saying->is_passive && is_only);
    size_t first = saying_first(saying);
    bool is_cited = first > 0 && has_quote(s, floor, first);
    bool ends_here =
        saying->to >= s->count || (s->tokens[saying->to].kind == TOKEN_MARK && !token_is(s, saying->to, "("));
    bool is_behind = first > 3 && is_mark(s, first - 1, ',') &&
                     s->tokens[saying->to < s->count ? saying->to : 0].kind == TOKEN_WORD &&
                     (content.to - content.from < 8 || is_clause(reader, s, floor, first)) &&
                     is_prep_of_place(s, saying->to);
    is_behind |=
        first > 3 && is_mark(s, first - 1, ',') && content.to - content.from < 6 && token_is(s, saying->at, "told");
    if (is_only || is_cited) {
        bool takes = is_tail || is_cited || is_behind || (ends_here && first > 3);
        content.before_from = floor;
        content.before_to = takes ? first : floor;
    }
    return content;
}

/* Of what no further sentence of a quotation says: those are statements of their own. */
static void add_sense(const struct reader *reader, const struct sentence *s, size_t from, size_t to,
                      struct sense *sense)
{
    while (from < to) {
        size_t end = from;
        while (end < to && s->tokens[end].is_later == s->tokens[from].is_later) {
            end++;
        }
        struct sense part = s->tokens[from].is_later ? (struct sense){0} : sense_of(reader, s, from, end);
        sense_add(sense, &part);
        from = end;
    }
}

struct sense content_sense(const struct reader *reader, const struct sentence *s, const struct content *content)
{
    struct sense sense = {0};
    add_sense(reader, s, content->from, content->to, &sense);
    add_sense(reader, s, content->before_from, content->before_to, &sense);
    return sense;
}

const struct deadline *deadline_in(const struct reader *reader, const struct sentence *s)
{
    for (size_t i = 0; i < reader->deadlines.count; i++) {
        if (reader->deadlines.all[i].in == s) {
            return &reader->deadlines.all[i];
        }
    }
    return NULL;
}

bool has_sum(const struct reader *reader, const struct sentence *s)
{
    for (size_t i = 0; i < reader->ransoms.count; i++) {
        if (reader->ransoms.all[i].in == s) {
            return true;
        }
    }
    return false;
}

/* Who is sorry takes something back if he published it. */
static bool may_retract(const struct reader *reader, const struct saying *saying, const struct sense *sense)
{
    const struct party *speaker = saying->speaker;
    bool is_maker = speaker != NULL && (speaker == reader->publication || speaker->kind == PARTY_PUBLICATION ||
                                        speaker->kind == PARTY_ACCOUNT || speaker->kind == PARTY_GROUP);
    for (size_t i = 0; i < reader->statements.count; i++) { /* an analyst who takes back what he said here */
        const struct statement *other = &reader->statements.all[i];
        is_maker |= other->speaker == speaker && speaker->kind == PARTY_PERSON && other->act == ACT_ASSERTS &&
                    other->claims != 0;
    }
    return is_maker || sense->retracts;
}

enum act act_of(const struct saying *saying, const struct sense *sense, const struct reader *reader)
{
    enum act act = act_named(saying->verb->value);
    if (strcmp(saying->verb->extra, "sorry") == 0 && !may_retract(reader, saying, sense)) {
        return ACT_ASSERTS;
    }
    if (str_starts(saying->verb->phrase, STR("accus"))) {
        return ACT_ASSERTS; /* "accused X of misleading" */
    }
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
    if (sense->wants && act == ACT_ASSERTS) {
        return ACT_DEMANDS;
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

/* "confirmed it was making enquiries": a clause without "that". */
static bool begins_clause(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_pronoun =
        token_is(s, at, "it") || token_is(s, at, "he") || token_is(s, at, "she") || token_is(s, at, "they");
    return is_pronoun && at + 1 < s->count && word_is(reader, s, at + 1, "aux") && s->tokens[at + 1].kind == TOKEN_WORD;
}

static bool is_publishing(const struct sentence *s, const struct saying *saying)
{
    static const char *const words[] = {"published", "posted", "released", "leaked", "listed", "uploaded"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (token_is(s, saying->at, words[i])) {
            return saying->lead == saying->at || !token_is(s, saying->at - 1, "been");
        }
    }
    return false;
}

/* "was responding to a post": what somebody is at, not what he says. */
static bool is_progress(const struct sentence *s, const struct saying *saying)
{
    bool is_ing = str_ends(s->tokens[saying->at].low, STR("ing"));
    bool is_be =
        saying->lead < saying->at && (token_is(s, saying->at - 1, "was") || token_is(s, saying->at - 1, "were"));
    return is_ing && is_be && strcmp(saying->verb->value, "replies") == 0;
}

/* "Who told him?" she asks: nothing is demanded but an answer. */
static bool is_questioning(const struct sentence *s, const struct saying *saying)
{
    bool is_ask = token_is(s, saying->at, "asks") || token_is(s, saying->at, "asked") ||
                  token_is(s, saying->at, "wondered") || token_is(s, saying->at, "wonders");
    static const char *const words[] = {"why", "whether", "how", "what", "who", "where", "when", "which", "if"};
    size_t whom = saying->to; /* "asked him why", "asked the board whether" */
    while (is_ask && whom < s->count && whom < saying->to + 4 && s->tokens[whom].kind == TOKEN_WORD) {
        if (token_is_one_of(s, whom, words, sizeof words / sizeof *words)) {
            return true;
        }
        whom++;
    }
    if (is_ask && !asks_for_something(s, saying->to)) {
        return true;
    }
    for (size_t i = 1; is_ask && i < s->count; i++) {
        bool is_closed = i + 1 >= s->count || s->tokens[i + 1].kind == TOKEN_MARK;
        if (is_mark(s, i, '?') && is_closed && (s->tokens[i].is_cited || i + 1 < s->count)) {
            return true;
        }
    }
    return false;
}

/* "When X found a database", "after X found": no statement of its own. */
static bool is_in_aside(const struct reader *reader, const struct sentence *s, const struct saying *saying)
{
    size_t first = saying_first(saying);
    (void)reader;
    return first > 0 && (token_is(s, first - 1, "when") || token_is(s, first - 1, "after") ||
                         token_is(s, first - 1, "if") || token_is(s, first - 1, "before"));
}

bool saying_counts(const struct reader *reader, const struct sentence *s, const struct saying *saying,
                   const struct content *content, const struct sense *sense)
{
    bool is_any = strcmp(saying->verb->extra, "any") == 0 || strcmp(saying->verb->extra, "sorry") == 0 ||
                  (strcmp(saying->verb->extra, "due") == 0 && (deadline_in(reader, s) != NULL || has_sum(reader, s)));
    is_any |= strcmp(saying->verb->value, "demands") == 0 && deadline_in(reader, s) != NULL;
    bool is_due = strcmp(saying->verb->extra, "due") == 0;
    bool has_that = token_is(s, saying->to, "that") || begins_clause(reader, s, saying->to);
    bool is_cited = has_quote(s, content->from, content->to) || has_quote(s, content->before_from, content->before_to);
    bool is_quote_only =
        strcmp(saying->verb->extra, "quote") == 0; /* "the notice read: ..."; who reads files says nothing */
    if (is_quote_only && !is_cited) {
        return false;
    }
    size_t first = saying_first(saying);
    if (first > 0 && token_is(s, first - 1, "than")) {
        return false; /* "further than the government had admitted" */
    }
    bool is_that_only = strcmp(saying->verb->extra, "that") == 0;
    if (is_that_only && !has_that && !is_cited) {
        return false;
    }
    bool is_naming = token_is(s, saying->to, "itself") || token_is(s, saying->to, "themselves") ||
                     token_is(s, saying->to, "himself") || token_is(s, saying->to, "herself");
    if (is_naming || is_questioning(s, saying) || is_progress(s, saying) ||
        (strcmp(saying->verb->extra, "sorry") == 0 && saying->speaker == NULL)) {
        return false;
    }
    bool is_putting_out = saying->speaker != NULL && is_publishing(s, saying) && !saying->is_negated &&
                          (saying->speaker->kind == PARTY_GROUP || saying->speaker->kind == PARTY_ACCOUNT);
    if (is_putting_out) {
        return true; /* a gang that publishes something says that it has it */
    }
    bool is_find = strcmp(saying->verb->extra, "find") == 0;
    bool is_about = !is_due && (sense->claims != 0 || sense->denies || sense->retracts || sense->is_aware ||
                                (sense->is_of_data && !is_find));
    bool is_weak = is_find || strcmp(saying->verb->value, "reports") == 0;
    if (is_weak && !has_that && !is_cited && is_in_aside(reader, s, saying)) {
        return false;
    }
    if (str_find(saying->verb->phrase, STR("it to"), 0) != SIZE_MAX && saying->speaker == reader->publication) {
        return false; /* "we put it to X that": a question */
    }
    if (is_mark(s, s->count - 1, ':') && saying->to + 3 >= s->count && !is_cited) {
        return false; /* "alleges as follows:" */
    }
    bool is_plain = strcmp(saying->verb->value, "asserts") == 0;
    bool is_empty = content->from >= content->to && content->before_from >= content->before_to;
    return saying->speaker != NULL && !saying->is_negated && !(sense->is_silent && !is_cited) &&
           !(is_empty && is_plain) && (is_any || (!is_due && (has_that || is_cited)) || is_about);
}

/* Of what stands outside quotation marks. */
struct sense uncited_sense(const struct reader *reader, const struct sentence *s, size_t end)
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

/* Does a paper's sentence speak of its own mistake? */
bool is_correcting(const struct reader *reader, const struct sentence *s)
{
    static const struct str starts[] = {STR_INIT("Correction"), STR_INIT("Editor"), STR_INIT("Clarification")};
    bool is_note = str_find_nocase(s->text, STR("earlier version"), 0) != SIZE_MAX;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        is_note |= str_starts(s->text, starts[i]);
    }
    for (size_t i = 0; i < s->count; i++) {
        is_note |= !s->tokens[i].is_cited && (token_is(s, i, "wrongly") || token_is(s, i, "incorrectly"));
    }
    return is_note && uncited_sense(reader, s, s->count).retracts;
}
