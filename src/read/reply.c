/* Who was asked and what became of it, and since when somebody knew: "did not respond to a request for comment", "asked by X on Monday, the company
 * said", "became aware of the breach on 22 April". Both are noted while the statements are found, for whom "it" means is known only then. */
#include "base/str.h"
#include "read/statement.h"

#include "base/banned.h"

enum { SUBJECT_MAX = 28 /* tokens */ };

/* Who stands before the verb at `at`, behind the last word that begins a clause. */
static struct party *subject_before(struct reader *reader, const struct sentence *s, size_t at)
{
    const struct lexicon_entry *entry;
    size_t from = at, to = at;
    while (to > 0 && s->tokens[to - 1].name == NO_NAME && s->tokens[to - 1].kind == TOKEN_WORD &&
           (word_is(reader, s, to - 1, "aux") || word_is(reader, s, to - 1, "not") ||
            str_ends(s->tokens[to - 1].low, STR("ly")))) {
        to--;
    }
    for (from = to; from > 0 && to - from < SUBJECT_MAX; from--) {
        const struct token *token = &s->tokens[from - 1];
        bool is_stop = token->kind == TOKEN_MARK && strchr(";:<>\"-", token->mark) != NULL;
        bool is_word =
            token->name == NO_NAME &&
            (word_is(reader, s, from - 1, "cut") ||
             (lexicon_at(reader, LIST_VERBS, s, from - 1, &entry) != 0 && noun_at(reader, s, from - 1, NULL) == NULL));
        if (is_stop || is_word || token->is_cited) {
            break;
        }
    }
    return from < to ? party_of_phrase(reader, s, from, to, ACT_REPLIES) : NULL;
}

/* A day of the sentence that is no deadline and not behind what is told. */
static const struct moment *day_in(const struct reader *reader, const struct sentence *s, size_t from)
{
    for (size_t i = 0; i < reader->dates.count; i++) {
        const struct told_date *date = &reader->dates.all[i];
        bool is_it = date->in == s && !date->is_deadline && date->moment.from >= from && date->moment.at != TIME_NONE &&
                     date->moment.until == TIME_NONE;
        if (is_it) {
            return &date->moment;
        }
    }
    return NULL;
}

/* ---- right of reply ---- */

/* "declined to comment", "could not be reached": silent towards who asked, not on a point ("declined to say how many"). */
static bool is_towards_asker(struct str phrase)
{
    static const char *const words[] = {"comment", "respond", "reply",       "replied",   "reached",   "reachable",
                                        "return",  "answer",  "immediately", "available", "interview", "requests"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find(phrase, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool is_refused(struct str phrase)
{
    return str_find(phrase, STR("declin"), 0) != SIZE_MAX || str_find(phrase, STR("refus"), 0) != SIZE_MAX ||
           str_find(phrase, STR("no comment"), 0) != SIZE_MAX || str_find(phrase, STR("not comment"), 0) != SIZE_MAX;
}

/* "and got no answer" */
static bool has_no_answer(const struct sentence *s)
{
    for (size_t t = 0; t + 1 < s->count; t++) {
        bool is_answer = token_is(s, t + 1, "answer") || token_is(s, t + 1, "reply") || token_is(s, t + 1, "response");
        if (token_is(s, t, "no") && is_answer && !s->tokens[t].is_cited) {
            return true;
        }
    }
    return false;
}

static struct party *asker(const struct reader *reader)
{
    return reader->publication != NULL ? reader->publication : reader->own.author;
}

/* The question to that party, a new one unless it was asked before. */
static struct reply *question_to(struct reader *reader, const struct sentence *s, struct party *asked, struct party *by)
{
    for (size_t i = 0; i < reader->replies.count; i++) {
        if (reader->replies.all[i].asked == asked && reader->replies.all[i].by == by) {
            return &reader->replies.all[i];
        }
    }
    bool is_nobody = asked != NULL && str_starts(asked->key, STR("unnamed "));
    struct reply *slot =
        asked != NULL && !is_nobody && asked != by && by != NULL ? MORE(reader, reader->replies, PROPOSALS_MAX) : NULL;
    const struct moment *day = day_in(reader, s, 0);
    if (slot != NULL) {
        *slot = (struct reply){.asked = asked, .by = by, .when = day != NULL ? *day : *reader_now(reader, s), .in = s};
        slot->is_dated = day != NULL;
        asked->is_told = true;
        by->is_told = true;
    }
    return slot;
}

static void note_silence(struct reader *reader, const struct sentence *s)
{
    const struct lexicon_entry *entry;
    for (size_t at = 0; at < s->count; at++) {
        size_t count = s->tokens[at].is_cited ? 0 : lexicon_at(reader, LIST_STANCE, s, at, &entry);
        if (count == 0 || strcmp(entry->value, "silent") != 0 || !is_towards_asker(entry->phrase)) {
            continue;
        }
        struct party *asked = subject_before(reader, s, at);
        struct reply *reply = question_to(reader, s, asked, asker(reader));
        if (reply != NULL && reply->answer == 0) {
            reply->is_silent = !is_refused(entry->phrase);
            reply->is_refused = !reply->is_silent;
            reply->answered_in = s;
        }
        return;
    }
}

/* "The Record asked Lumio for comment on 3 July, giving it until noon": what a paper asks for. */
static void note_question(struct reader *reader, const struct sentence *s, const struct sayings *sayings)
{
    static const char *const things[] = {"comment",  "comments", "questions", "statement",
                                         "response", "reply",    "answer",    "explanation"};
    bool is_for_reply = false;
    for (size_t t = 0; t < s->count; t++) {
        for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
            is_for_reply |= token_is(s, t, things[i]);
        }
    }
    for (size_t i = 0; is_for_reply && i < sayings->count; i++) {
        const struct saying *saying = &sayings->all[i];
        bool is_asking =
            strcmp(saying->verb->value, "demands") == 0 && saying->speaker != NULL && saying->speaker == asker(reader);
        for (size_t t = saying->to; is_asking && t < s->count && t < saying->to + 6; t++) {
            struct party *asked = s->tokens[t].is_name_start ? party_of_token(reader, s, t) : NULL;
            struct reply *reply = asked != NULL ? question_to(reader, s, asked, saying->speaker) : NULL;
            if (reply != NULL) {
                reply->until = deadline_in(reader, s);
                reply->is_silent |= has_no_answer(s);
                return;
            }
        }
    }
}

/* "Asked by the Post on Monday, the company said", "in response to questions", "when contacted": tokens; 0 if none begins here. */
static size_t prompt_at(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const char *const forms[][4] = {{"asked", "by", NULL},
                                           {"asked", "about", NULL},
                                           {"asked", "whether", NULL},
                                           {"asked", "if", NULL},
                                           {"asked", "for", "comment", NULL},
                                           {"when", "asked", NULL},
                                           {"when", "contacted", NULL},
                                           {"when", "reached", NULL},
                                           {"contacted", "by", NULL},
                                           {"approached", "by", NULL},
                                           {"response", "to", "questions", NULL},
                                           {"reply", "to", "questions", NULL},
                                           {"response", "to", "a", "query"},
                                           {"answer", "to", "questions", NULL}};
    (void)reader;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t count = 0;
        while (count < 4 && forms[i][count] != NULL && token_is(s, at + count, forms[i][count])) {
            count++;
        }
        if (count == 4 || forms[i][count] == NULL) {
            return s->tokens[at].is_cited ? 0 : count;
        }
    }
    return 0;
}

static void note_answer(struct reader *reader, const struct sentence *s, size_t first)
{
    size_t prompt = 0, count = 0;
    while (prompt < s->count && (count = prompt_at(reader, s, prompt)) == 0) {
        prompt++;
    }
    for (size_t i = first; count != 0 && i < reader->statements.count; i++) {
        struct party *by = NULL;
        for (size_t t = prompt + count; t < s->count && t < prompt + count + 4; t++) {
            by = by == NULL && s->tokens[t].is_name_start ? party_of_token(reader, s, t) : by;
        }
        bool is_papers = by != NULL && by != reader->statements.all[i].speaker && by->kind != PARTY_COMPANY;
        struct reply *reply = question_to(reader, s, reader->statements.all[i].speaker, is_papers ? by : asker(reader));
        if (reply != NULL && reply->answer == 0) {
            reply->answer = i + 1;
            reply->is_silent = reply->is_refused = false;
            reply->answered_in = s;
        }
        return;
    }
}

/* ---- since when somebody knew ---- */

static bool is_told_us(const struct sentence *s, size_t at)
{
    return (token_is(s, at, "informed") || token_is(s, at, "notified") || token_is(s, at, "alerted") ||
            token_is(s, at, "warned")) &&
           token_is(s, at + 1, "us") && !s->tokens[at].is_cited;
}

static bool says_aware(const struct reader *reader, const struct sentence *s, size_t from)
{
    const struct lexicon_entry *entry;
    for (size_t at = from; at < s->count; at++) {
        if (lexicon_at(reader, LIST_STANCE, s, at, &entry) != 0 && strcmp(entry->value, "aware") == 0) {
            return true;
        }
    }
    return false;
}

static void note_awareness(struct reader *reader, const struct sentence *s, size_t first)
{
    const struct lexicon_entry *entry;
    for (size_t at = 0; at < s->count; at++) {
        size_t count = lexicon_at(reader, LIST_STANCE, s, at, &entry);
        bool is_it = false;
        for (; count != 0 && entry != NULL; entry = entry->other) {
            is_it |= strcmp(entry->value, "aware") == 0;
        }
        bool is_told = is_told_us(s, at) && !says_aware(reader, s, at + 1); /* "Greywall informed us on 27 February" */
        is_it |= is_told;
        const struct moment *day = is_it ? day_in(reader, s, at) : NULL;
        day = is_it && day == NULL && first + 1 >= reader->statements.count ? day_in(reader, s, 0) : day;
        struct party *party = day == NULL ? NULL
                              : is_told   ? reader_voice(reader, s)->author
                                          : subject_before(reader, s, at);
        bool is_later = day != NULL && reader->own.when.at != TIME_NONE && day->at > reader->own.when.at;
        struct clock *slot = party != NULL && !is_later ? MORE(reader, reader->clocks, PROPOSALS_MAX) : NULL;
        if (slot != NULL) {
            struct party *by = first < reader->statements.count ? reader->statements.all[first].speaker : asker(reader);
            *slot = (struct clock){.party = party, .by = by, .when = *day, .in = s};
            party->is_told = true;
            if (by != NULL) {
                by->is_told = true;
            }
            return;
        }
    }
}

void replies_note(struct reader *reader, const struct sentence *s, const struct sayings *sayings, size_t first)
{
    note_silence(reader, s);
    note_question(reader, s, sayings);
    note_answer(reader, s, first);
    note_awareness(reader, s, first);
}
