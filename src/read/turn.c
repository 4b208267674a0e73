/* Transcripts, and messages one below the other: "GOVERNOR TERESA HALVORSEN: Good afternoon.", "The Minister (Dr Lena Cole): No.", "[10:14] Per Holm:
 * It's fake". A line that begins so is a turn if its speaker takes another one, or is told in brackets; whoever only asks speaks for nobody. */
#include "base/str.h"
#include "read/voice.h"

#include "base/banned.h"

static bool token_low(const struct sentence *s, size_t at, const char *word)
{
    return at < s->count && str_eq(s->tokens[at].low, str_of(word));
}

/* Behind "[12/03/2030, 10:14]", "10:14" */
static size_t turn_from(const struct sentence *s)
{
    size_t at = 0;
    bool is_time = s->count != 0 && (s->tokens[0].kind == TOKEN_NUMBER || s->text.data[0] == '[');
    while (is_time && at < s->count && at < 12 && s->tokens[at].kind != TOKEN_WORD) {
        at++;
    }
    return at;
}

/* Where the name before a colon ends that begins a block, behind the time of a message; 0: none does. "The Minister (Dr Lena Cole):" is one, too. */
static size_t turn_at(const struct sentence *s)
{
    static const char *const heads[] = {"from", "to",     "date", "subject", "sent",   "cc",     "re",
                                        "user", "author", "sub",  "our",     "source", "update", "contact"};
    size_t from = turn_from(s);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) { /* "Subject: Fwd: x": of a letter's head */
        if (s->block->role == PROSE_LABEL || token_low(s, from, heads[i])) {
            return 0;
        }
    }
    bool is_first = s->count > from + 1 && s->text.data == s->block->text.data;
    for (size_t i = from; is_first && i < s->count && i < from + 12; i++) {
        if (is_mark(s, i, ':')) {
            return i > from ? i : 0;
        }
        bool is_small =
            token_low(s, i, "of") || token_low(s, i, "for") || token_low(s, i, "the") || token_low(s, i, "and");
        bool is_word = s->tokens[i].kind == TOKEN_WORD && (s->tokens[i].is_capital || is_small);
        if (!is_word && !is_mark(s, i, '.') && !is_mark(s, i, '(') && !is_mark(s, i, ')') && !is_mark(s, i, ',')) {
            return 0;
        }
    }
    return 0;
}

static bool is_asker(const struct sentence *s)
{
    static const char *const words[] = {"q", "question", "reporter", "interviewer", "journalist", "moderator"};
    return str_is_one_of(s->tokens[0].low, words, sizeof words / sizeof *words);
}

/* Whose turn it is: the name in it, without a role. */
static struct party *turn_party(struct reader *reader, const struct sentence *s, size_t to)
{
    size_t from = turn_from(s), count;
    struct party *last = NULL;
    for (size_t i = from; i < to; i++) {
        struct party *party = s->tokens[i].is_name_start ? party_of_token(reader, s, i) : NULL;
        bool is_place = last != NULL && last->votes[PARTY_PERSON] != 0; /* "Mr Tom Adley (Ashby)" */
        last = party != NULL && !is_place ? party : last;
    }
    if (last != NULL) {
        return last;
    }
    while (from < to && noun_at(reader, s, from, &count) != NULL) {
        from += count;
    }
    return from < to ? party_named(reader, sentence_slice(s, from, to), PARTY_PERSON) : NULL;
}

/* Is the turn of that sentence's speaker taken again somewhere? */
static bool is_taken_again(const struct reader *reader, size_t index, size_t to)
{
    const struct sentence *s = &reader->sentences.all[index];
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *other = &reader->sentences.all[i];
        size_t end = i != index ? turn_at(other) : 0;
        if (end != 0 &&
            str_eq_nocase(sentence_slice(s, turn_from(s), to), sentence_slice(other, turn_from(other), end))) {
            return true;
        }
    }
    return false;
}

/* "The Speaker (Hon. Barasa):" before, "The Speaker:" now: the party of the brackets. */
static struct party *bracketed_before(const struct reader *reader, size_t index, size_t to)
{
    const struct sentence *s = &reader->sentences.all[index];
    struct str label = sentence_slice(s, turn_from(s), to);
    for (size_t i = 0; label.len > 2 && !is_mark(s, to - 1, ')') && i < index; i++) {
        const struct sentence *other = &reader->sentences.all[i];
        size_t end = turn_at(other), from = turn_from(other), open = from;
        while (end != 0 && open < end && !is_mark(other, open, '(')) {
            open++;
        }
        for (size_t t = open; open < end && str_eq_nocase(sentence_slice(other, from, open), label) && t < end; t++) {
            if (other->tokens[t].is_name_start) {
                return party_of_token(reader, other, t);
            }
        }
    }
    return NULL;
}

int turns_find(struct reader *reader)
{
    size_t turns = 0, again = 0, brackets = 0;
    for (size_t i = 0; i < reader->sentences.count; i++) {
        size_t to = turn_at(&reader->sentences.all[i]);
        turns += to != 0;
        brackets += to != 0 && is_mark(&reader->sentences.all[i], to - 1, ')');
        again += to != 0 && (is_taken_again(reader, i, to) || is_mark(&reader->sentences.all[i], to - 1, ')'));
    }
    for (size_t i = 0; turns > 1 && again > 1 && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        size_t to = turn_at(s);
        struct party *speaker = to == 0 || brackets == 0 || is_asker(s) ? NULL : bracketed_before(reader, i, to);
        speaker = speaker != NULL || to == 0 || is_asker(s) ? speaker : turn_party(reader, s, to);
        struct section *section = to != 0 ? MORE(reader, reader->sections, PROPOSALS_MAX) : NULL;
        if (to != 0 && section == NULL) {
            return reader->is_cut ? 0 : -1;
        }
        if (section != NULL) {
            struct moment when = date_in(reader, s);
            bool is_stamped = when.at != TIME_NONE && when.from < turn_from(s);
            *section = (struct section){s->number,
                                        {.author = speaker,
                                         .when = is_stamped ? when : reader->own.when,
                                         .is_own_word = speaker != NULL,
                                         .is_spoken = speaker != NULL}};
        }
    }
    return 0;
}
