/* Transcripts, and messages one below the other: "GOVERNOR TERESA HALVORSEN: Good afternoon.", "The Minister (Dr Lena Cole): No.", "[10:14] Per Holm:
 * It's fake". A line that begins so is a turn if its speaker takes another one, or is told in brackets; whoever only asks speaks for nobody. */
#include <stdlib.h>

#include "base/own.h"
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

/* A sentence that begins with a name and a colon. */
struct turn {
    size_t sentence, to; /* tokens before the colon */
    struct str label;    /* the name, behind a time */
    struct str bare;     /* "The Speaker" of "The Speaker (Hon. Barasa)"; empty without a name in brackets */
    size_t named;        /* token of that name */
    bool is_again;       /* somebody takes a turn by that label once more, or it ends with brackets */
};

struct turns {
    struct turn *all, **by_label, **bracketed; /* in order; by label; those with a bare one, by it */
    size_t count, bracketed_count, again, brackets;
};

static void own_turns(struct turns *turns)
{
    free(turns->all);
    free(turns->by_label);
    free(turns->bracketed);
}

static int small(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* As str_eq_nocase() tells equal. */
static int label_order(struct str a, struct str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && small(a.data[i]) == small(b.data[i])) {
        i++;
    }
    return i < a.len && i < b.len ? small(a.data[i]) - small(b.data[i]) : (i < a.len) - (i < b.len);
}

static int by_label(const void *a, const void *b)
{
    return label_order((*(struct turn *const *)a)->label, (*(struct turn *const *)b)->label);
}

/* Equal ones in the order in which they stand. */
static int by_bare(const void *a, const void *b)
{
    const struct turn *x = *(struct turn *const *)a, *y = *(struct turn *const *)b;
    int order = label_order(x->bare, y->bare);
    return order != 0 ? order : x->sentence < y->sentence ? -1 : 1;
}

/* "The Speaker (Hon. Barasa):" */
static void note_bracket(const struct sentence *s, size_t from, struct turn *turn)
{
    size_t open = from;
    while (open < turn->to && !is_mark(s, open, '(')) {
        open++;
    }
    for (size_t t = open; t < turn->to; t++) {
        if (s->tokens[t].is_name_start) {
            turn->bare = sentence_slice(s, from, open);
            turn->named = t;
            return;
        }
    }
}

static void gather(const struct reader *reader, struct turns *turns)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        size_t to = turn_at(s);
        if (to == 0) {
            continue;
        }
        struct turn *turn = &turns->all[turns->count++];
        *turn = (struct turn){.sentence = i, .to = to, .label = sentence_slice(s, turn_from(s), to)};
        turn->is_again = is_mark(s, to - 1, ')');
        turns->brackets += turn->is_again;
        note_bracket(s, turn_from(s), turn);
    }
}

/* Who takes a turn once more, and who was named in brackets, each by one sort. */
static void sort_labels(struct turns *turns)
{
    for (size_t i = 0; i < turns->count; i++) {
        turns->by_label[i] = &turns->all[i];
        if (turns->all[i].bare.len > 0) {
            turns->bracketed[turns->bracketed_count++] = &turns->all[i];
        }
    }
    qsort(turns->by_label, turns->count, sizeof(struct turn *), by_label);
    qsort(turns->bracketed, turns->bracketed_count, sizeof(struct turn *), by_bare);
    for (size_t i = 1; i < turns->count; i++) {
        if (by_label(&turns->by_label[i - 1], &turns->by_label[i]) == 0) {
            turns->by_label[i - 1]->is_again = turns->by_label[i]->is_again = true;
        }
    }
    for (size_t i = 0; i < turns->count; i++) {
        turns->again += turns->all[i].is_again;
    }
}

static int turns_gather(const struct reader *reader, struct turns *turns)
{
    size_t most = reader->sentences.count + 1;
    turns->all = calloc(most, sizeof *turns->all);
    turns->by_label = calloc(most, sizeof(struct turn *));
    turns->bracketed = calloc(most, sizeof(struct turn *));
    if (turns->all == NULL || turns->by_label == NULL || turns->bracketed == NULL) {
        return -1;
    }
    gather(reader, turns);
    sort_labels(turns);
    return 0;
}

/* "The Speaker (Hon. Barasa):" before, "The Speaker:" now: the party of the brackets. */
static struct party *bracketed_before(const struct reader *reader, const struct turns *turns, const struct turn *turn)
{
    const struct sentence *s = &reader->sentences.all[turn->sentence];
    size_t low = 0, high = turns->bracketed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (label_order(turns->bracketed[middle]->bare, turn->label) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct turn *first = low < turns->bracketed_count ? turns->bracketed[low] : NULL;
    bool is_before = turn->label.len > 2 && !is_mark(s, turn->to - 1, ')') && first != NULL &&
                     label_order(first->bare, turn->label) == 0 && first->sentence < turn->sentence;
    return is_before ? party_of_token(reader, &reader->sentences.all[first->sentence], first->named) : NULL;
}

/* "Support" of a gang's chat: a desk, and nobody's name. */
static bool is_desk(struct str label)
{
    static const struct str words[] = {STR_INIT("support"),  STR_INIT("operator"), STR_INIT("admin"), STR_INIT("agent"),
                                       STR_INIT("helpdesk"), STR_INIT("manager"),  STR_INIT("staff"), STR_INIT("them"),
                                       STR_INIT("attacker"), STR_INIT("hacker"),   STR_INIT("chat")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(label, words[i])) {
            return true;
        }
    }
    return false;
}

/* "Support: Gilded Rook. we have 380gb": the name that a desk gives of itself; NULL: it gives none. */
static struct party *desk_named(struct reader *reader, const struct turns *turns)
{
    for (size_t i = 0; i < turns->count; i++) {
        const struct sentence *s = &reader->sentences.all[turns->all[i].sentence];
        size_t from = turns->all[i].to + 1, to;
        bool is_it = is_desk(turns->all[i].label);
        bool is_led = (token_low(s, from, "we") && token_low(s, from + 1, "are")) ||
                      (token_low(s, from, "this") && token_low(s, from + 1, "is"));
        from += is_led ? 2 : 0;
        for (to = from; is_it && to < s->count && s->tokens[to].kind == TOKEN_WORD && s->tokens[to].is_capital;) {
            to++;
        }
        bool is_name = to > from && to - from <= 3 && (to == s->count || is_mark(s, to, '.') || is_mark(s, to, ',')) &&
                       (s->tokens[from].lists & (UINT32_C(1) << LIST_COMMON | UINT32_C(1) << LIST_GRAMMAR)) == 0;
        if (is_name) {
            return party_named(reader, sentence_slice(s, from, to), PARTY_GROUP);
        }
    }
    return NULL;
}

/* Whose turn it is; whoever only asks speaks for nobody. */
static struct party *speaker_of(struct reader *reader, const struct turns *turns, const struct turn *turn,
                                struct party *desk)
{
    const struct sentence *s = &reader->sentences.all[turn->sentence];
    struct party *speaker = NULL;
    if (desk != NULL && is_desk(turn->label)) {
        return desk;
    }
    if (!is_asker(s)) {
        speaker = turns->brackets > 0 ? bracketed_before(reader, turns, turn) : NULL;
        speaker = speaker != NULL ? speaker : turn_party(reader, s, turn->to);
    }
    return speaker;
}

int turns_find(struct reader *reader)
{
    OWN(own_turns) struct turns turns = {0};
    if (turns_gather(reader, &turns) != 0) {
        return -1;
    }
    bool is_talk = turns.count > 1 && turns.again > 1;
    struct party *desk = is_talk ? desk_named(reader, &turns) : NULL;
    for (size_t i = 0; is_talk && i < turns.count; i++) {
        const struct sentence *s = &reader->sentences.all[turns.all[i].sentence];
        struct party *speaker = speaker_of(reader, &turns, &turns.all[i], desk);
        struct section *section = MORE(reader, reader->sections, PROPOSALS_MAX);
        if (section == NULL) {
            return reader->is_cut ? 0 : -1;
        }
        struct moment when = date_in(reader, s);
        bool is_stamped = when.at != TIME_NONE && when.from < turn_from(s);
        *section = (struct section){s->number,
                                    {.author = speaker,
                                     .when = is_stamped ? when : reader->own.when,
                                     .is_own_word = speaker != NULL,
                                     .is_spoken = speaker != NULL}};
    }
    return 0;
}
