/* Further sentences of a quotation: "It was a test file. Nobody was harmed," said X, "and we told them so." Each that says something is a statement of
 * whoever says the first. */
#include "base/str.h"
#include "read/statement.h"

#include "base/banned.h"

enum { WORDS_MIN = 3 /* of a further sentence: "That's all." says nothing */ };

/* The only one of the sentence's statements that is quoted; NULL if none is, or several are. */
static const struct statement *quoted_one(const struct reader *reader, size_t first)
{
    const struct statement *found = NULL;
    for (size_t i = first; i < reader->statements.count; i++) {
        const struct statement *statement = &reader->statements.all[i];
        bool is_it = statement->is_quoted && statement->verb != SIZE_MAX;
        if (is_it && found != NULL && found->speaker != statement->speaker) {
            return NULL;
        }
        found = is_it ? statement : found;
    }
    return found;
}

/* Where the further sentence that begins at `at` ends. */
static size_t later_end(const struct sentence *s, size_t at)
{
    size_t to = at;
    while (to < s->count && s->tokens[to].is_later) {
        bool is_stop = s->tokens[to].kind == TOKEN_MARK && strchr(".!?", s->tokens[to].mark) != NULL;
        to++;
        if (is_stop && to < s->count && s->tokens[to].is_later && s->tokens[to].is_capital) {
            break;
        }
    }
    return to;
}

static size_t words_in(const struct sentence *s, size_t from, size_t to)
{
    size_t words = 0;
    for (size_t i = from; i < to; i++) {
        words += s->tokens[i].kind == TOKEN_WORD;
    }
    return words;
}

static enum act later_act(const struct reader *reader, const struct sentence *s, const struct sense *sense, size_t from)
{
    bool is_demand = sense->wants || order_begins(reader, s, from);
    return is_demand ? ACT_DEMANDS : sense->denies ? ACT_DENIES : ACT_ASSERTS;
}

int put_later(struct reader *reader, const struct sentence *s, size_t first)
{
    const struct statement *quoted = quoted_one(reader, first);
    if (quoted == NULL) {
        return 0;
    }
    const struct statement model = *quoted;
    for (size_t at = 0; at < s->count;) {
        size_t to = s->tokens[at].is_later ? later_end(s, at) : at + 1;
        bool is_question = is_mark(s, to - 1, '?');
        struct sense sense = sense_of(reader, s, at, to);
        bool says =
            sense.claims != 0 || sense.denies || sense.wants || sense.is_of_data || words_in(s, at, to) > WORDS_MIN;
        if (s->tokens[at].is_later && !is_question && says) {
            struct statement later = model;
            later.act = later_act(reader, s, &sense, at);
            later.claims = sense.claims;
            later.to = later.act == ACT_DEMANDS ? NULL : model.to;
            later.text = sentence_slice(s, at, to);
            if (statement_keep(reader, later) == NULL && !reader->is_cut) {
                return -1;
            }
        }
        at = to;
    }
    return 0;
}
