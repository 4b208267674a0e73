/* When a statement was made: a day of its own sentence, or the document's. */
#include "base/str.h"
#include "read/statement.h"

#include "base/banned.h"

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

/* "said her office learned of it on Monday": a clause begins right behind the verb, and the day is of it. */
static bool begins_clause(const struct reader *reader, const struct sentence *s, size_t verb)
{
    size_t at = verb + 1;
    bool is_saying = token_is(s, verb, "said") || token_is(s, verb, "says") || token_is(s, verb, "say") ||
                     token_is(s, verb, "claims") || token_is(s, verb, "claimed");
    bool is_aside = at >= s->count || s->tokens[at].kind == TOKEN_MARK || s->tokens[at].kind == TOKEN_NUMBER ||
                    word_is(reader, s, at, "prep") || word_is(reader, s, at, "aux") ||
                    lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[at].low) != NULL ||
                    token_is(s, at, "last") || token_is(s, at, "late") || token_is(s, at, "early") ||
                    token_is(s, at, "this");
    bool is_inverted = verb > 0 && s->tokens[verb - 1].kind == TOKEN_MARK;
    return is_saying && !is_aside && !is_inverted;
}

/* "your press release of 9 December states", "in our edition of 28 October we wrote": the paper speaks on its day. */
static bool is_of_paper(const struct reader *reader, const struct sentence *s, size_t at, size_t verb)
{
    const char *class = at > 1 && token_is(s, at - 1, "of") ? noun_at(reader, s, at - 2, NULL) : NULL;
    bool is_paper = (class != NULL && strcmp(class, "document") == 0) || (at > 1 && token_is(s, at - 2, "edition")) ||
                    (at > 1 && token_is(s, at - 2, "issue"));
    bool is_near = verb != SIZE_MAX && at < verb;
    bool is_in_it = is_paper && at > 3 && verb < at && token_is(s, at - 4, "in") && word_is(reader, s, at - 3, "det");
    for (size_t i = verb; is_in_it && i < at; i++) { /* "denied liability in a letter of 7 December" */
        is_in_it = !word_is(reader, s, i, "cut");
    }
    for (size_t i = at; is_near && i < verb; i++) {
        is_near = !is_mark(s, i, ',') && !word_is(reader, s, i, "cut");
    }
    return is_in_it || (is_paper && is_near);
}

static bool has_comma(const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < s->count; i++) {
        if (is_mark(s, i, ',')) {
            return true;
        }
    }
    return false;
}

/* "on 3 September we discovered": the day of a discovery, not of the letter that tells it. */
static bool is_own_discovery(const struct reader *reader, const struct statement *statement)
{
    const struct voice *voice = reader_voice(reader, statement->in);
    const struct lexicon_entry *entry;
    return statement->verb != SIZE_MAX && voice->is_own_word && voice->author == statement->speaker &&
           lexicon_at(reader, LIST_VERBS, statement->in, statement->verb, &entry) != 0 &&
           strcmp(entry->extra, "find") == 0;
}

/* "12 January 2030, 22:05": an hour of no told zone is no instant, but of a day. In a chat or
 * a thread the hour tells the order, and stays. */
static struct moment without_false_hour(const struct reader *reader, struct moment when)
{
    bool is_false =
        !when.is_day && when.at != TIME_NONE && when.is_zone_assumed && str_eq(str_of(reader->zone_by), STR("UTC"));
    return is_false ? moment_of_day(moment_day(&when)) : when;
}

void statement_date(const struct reader *reader, struct statement *statement)
{
    size_t floor = date_floor(reader, statement);
    const struct voice *voice = reader_voice(reader, statement->in);
    bool is_dated = statement->verb != SIZE_MAX && !is_own_discovery(reader, statement);
    for (size_t i = 0; is_dated && i < reader->dates.count; i++) {
        const struct told_date *date = &reader->dates.all[i];
        bool is_of_span = statement->deadline != NULL && date->moment.from >= statement->deadline->from &&
                          date->moment.to <= statement->deadline->to;
        bool is_cited = date->in == statement->in && statement->in->tokens[date->moment.from].is_cited;
        bool is_attached =
            date->in == statement->in && is_of_thing(statement->in, date->moment.from) &&
            !(statement->act != ACT_RETRACTS && is_of_paper(reader, statement->in, date->moment.from, statement->verb));
        /* a day behind "that" is of what is told, not of the telling */
        bool is_inside = false;
        for (size_t t = statement->verb;
             date->in == statement->in && statement->verb != SIZE_MAX && t < date->moment.from; t++) {
            is_inside |= word_is(reader, statement->in, t, "cut") && !token_is(statement->in, t, "before") &&
                         !token_is(statement->in, t, "as");
            is_inside |= token_is(statement->in, t, "had") || token_is(statement->in, t, "was") ||
                         token_is(statement->in, t, "were");
        }
        is_inside |= date->in == statement->in && date->moment.from > statement->verb + 2 &&
                     begins_clause(reader, statement->in, statement->verb);
        bool is_fronted = date->in == statement->in && date->moment.from < statement->verb;
        for (size_t t = 0, since = SIZE_MAX; is_fronted && t < date->moment.from; t++) {
            since = is_mark(statement->in, t, ',')                  ? SIZE_MAX
                    : word_is(reader, statement->in, t, "relative") ? t
                                                                    : since;
            /* "X, whose shop was closed on Friday, denied", but "X, which on Friday denied" */
            is_inside |= t + 1 == date->moment.from && since != SIZE_MAX &&
                         has_comma(statement->in, date->moment.to, statement->verb);
        }
        bool is_later =
            date->moment.at != TIME_NONE && voice->when.at != TIME_NONE &&
            moment_day(&date->moment) > moment_day(&voice->when); /* nothing is reported before it is said */
        if (!is_later && date->in == statement->in && date->moment.from >= floor && !date->is_deadline && !is_of_span &&
            !is_cited && !is_inside && !is_attached && date->moment.at != TIME_NONE &&
            date->moment.until == TIME_NONE) {
            statement->time = date->moment;
            statement->time_by = "sentence";
            return;
        }
    }
    statement->time = voice == &reader->own ? without_false_hour(reader, voice->when) : voice->when;
    statement->time_by = voice == &reader->quoted ? "quoted mail" : "document";
}
