/* Until when: "within seven days of receipt", "by close of business Friday", "gave it a week to correct", "a 72-hour deadline". A deadline is one
 * only in a sentence that says what for (data/read/duties.tsv). A span begins where the words say, or else with the day of what demands it;
 * a receipt nobody dated is taken as that day, too, and said so: a real one is later, so the deadline told is the earliest. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

#define DAY_NS (86400 * NS_PER_S)

enum { SPAN_MAX_DAYS = 3660 };

static bool is_word(const struct sentence *s, size_t at, const char *word)
{
    return at < s->count && str_eq(s->tokens[at].low, str_of(word));
}

/* "no later than 3 May", "within 28 days of the date of this notice": a deadline by its own words. */
static bool is_strict(const struct sentence *s, size_t at)
{
    bool is_than =
        (is_word(s, at, "no") || is_word(s, at, "not")) && is_word(s, at + 1, "later") && is_word(s, at + 2, "than");
    bool is_within = is_word(s, at, "within");
    bool is_of_paper = false;
    for (size_t i = at + 2; is_within && i < s->count && i < at + 9; i++) {
        is_of_paper |=
            is_word(s, i, "receipt") || (is_word(s, i, "date") && is_word(s, i + 1, "of")) || is_word(s, i, "hereof");
    }
    return is_than || is_of_paper;
}

/* "will contact those affected by 23 January": what is promised. */
static bool is_promise(const struct sentence *s, size_t at)
{
    bool is_will = is_word(s, at, "we") && is_word(s, at + 1, "will");
    return is_will || (is_word(s, at, "be") && at > 0 && is_word(s, at - 1, "will"));
}

static bool has_duty(const struct reader *reader, const struct sentence *s)
{
    const struct lexicon_entry *entry;
    for (size_t i = 0; i < s->count; i++) {
        if (is_strict(s, i) || is_promise(s, i)) {
            return true;
        }
        if (lexicon_at(reader, LIST_DUTIES, s, i, &entry) != 0) {
            return true;
        }
    }
    return false;
}

/* "seven days", "7 (seven) working days", "72-hour", "a week": tokens; 0 if there is none. */
static size_t span_at(const struct reader *reader, const struct sentence *s, size_t at, struct deadline *ret)
{
    double number;
    const struct lexicon_entry *entry;
    uint64_t each;
    if (at >= s->count) {
        return 0;
    }
    struct str_cut joined = str_cut(s->tokens[at].low, '-');
    size_t to = at;
    if (joined.found && (entry = lexicon_find(reader->lexicon, LIST_UNITS, joined.tail)) != NULL) {
        const struct lexicon_entry *word = lexicon_find(reader->lexicon, LIST_NUMBERS, joined.head);
        if (!str_double(word != NULL ? str_of(word->value) : joined.head, &number)) {
            return 0;
        }
        to = at + 1;
    } else {
        const struct lexicon_entry *words;
        size_t count = lexicon_at(reader, LIST_NUMBERS, s, at, &words);
        if (!number_at(reader, s, at, &number)) {
            return 0;
        }
        to += count != 0 ? count : 1;
        to += is_mark(s, to, '(') && is_mark(s, to + 2, ')') ? 3 : 0;
        size_t units = lexicon_at(reader, LIST_UNITS, s, to, &entry);
        if (units == 0) {
            return 0;
        }
        to += units;
    }
    if (!str_u64(str_of(entry->extra), &each) || number < 0 || number * (double)each > SPAN_MAX_DAYS * 24) {
        return 0;
    }
    double whole = number * (double)each;
    bool is_half_day = strcmp(entry->value, "day") == 0 && whole < 1;
    ret->count = is_half_day ? (int64_t)(whole * 24) : (int64_t)whole;
    ret->unit = is_half_day || strcmp(entry->value, "hour") == 0 ? "hours"
                : strcmp(entry->value, "working") == 0           ? "working days"
                : strcmp(entry->value, "month") == 0             ? "months"
                                                                 : "days";
    return ret->count > 0 ? to - at : 0;
}

static int64_t after_working_days(int64_t day, int64_t count)
{
    while (count > 0) {
        day++;
        int64_t weekday = ((day + 3) % 7 + 7) % 7;
        count -= weekday < 5;
    }
    return day;
}

static int64_t after_months(int64_t day, int64_t count)
{
    int64_t year;
    unsigned month, number;
    time_date(day, &year, &month, &number);
    int64_t months = year * 12 + (int64_t)month - 1 + count;
    unsigned last = 28;
    for (unsigned candidate = 31; candidate > 28 && last == 28; candidate--) {
        int64_t back_year;
        unsigned back_month, back_day;
        time_date(time_days(months / 12, (unsigned)(months % 12) + 1, candidate), &back_year, &back_month, &back_day);
        last = back_day == candidate ? candidate : 28;
    }
    return time_days(months / 12, (unsigned)(months % 12) + 1, number < last ? number : last);
}

static struct moment unknown(const char *why)
{
    return (struct moment){.at = TIME_NONE, .is_day = true, .until = TIME_NONE, .why = why};
}

/* Days from an instant keep its hour, in its own zone; hours from a day can be told only in whole days. */
static struct moment end_of(const struct deadline *deadline)
{
    const struct moment *start = &deadline->start;
    if (start->at == TIME_NONE) {
        return unknown(start->why != NULL ? start->why : "when it begins is not known");
    }
    struct moment end = *start;
    int64_t day = moment_day(start);
    if (strcmp(deadline->unit, "hours") == 0) {
        if (start->is_day && deadline->count % 24 != 0) {
            return unknown("hours from an hour that is not known");
        }
        end.at += deadline->count * 3600 * NS_PER_S;
        return end;
    }
    int64_t target = strcmp(deadline->unit, "working days") == 0 ? after_working_days(day, deadline->count)
                     : strcmp(deadline->unit, "months") == 0     ? after_months(day, deadline->count)
                                                                 : day + deadline->count;
    end.at += (target - day) * DAY_NS;
    return end;
}

/* A date of the same sentence that is no part of the deadline: when it was set. */
static const struct moment *date_of_sentence(const struct reader *reader, const struct sentence *s, size_t from,
                                             size_t to)
{
    for (size_t i = 0; i < reader->dates.count; i++) {
        const struct told_date *date = &reader->dates.all[i];
        bool is_apart = date->moment.to <= from || date->moment.from >= to;
        if (date->in == s && is_apart && date->moment.at != TIME_NONE && date->moment.until == TIME_NONE &&
            date->moment.from < from && !date->is_deadline &&
            !is_word(s, date->moment.from - (date->moment.from != 0), "of")) {
            return &date->moment;
        }
    }
    return NULL;
}

/* "of receipt", "from today", "of 4 September", "from the date of this notice"; tokens taken. */
static size_t start_at(const struct reader *reader, const struct sentence *s, size_t at, struct deadline *deadline)
{
    const struct moment *now = reader_now(reader, s);
    static const char *const leads[] = {"of", "from", "after", "following", "since"};
    size_t to = at;
    for (size_t i = 0; i < sizeof leads / sizeof *leads && to == at; i++) {
        to += is_word(s, at, leads[i]);
    }
    struct moment said;
    size_t count = to != at ? date_at(reader, s, to, now, false, &said) : 0;
    if (count != 0) {
        deadline->start = said;
        deadline->start_by = "said";
        return to + count - at;
    }
    bool is_receipt = false, is_paper = false;
    size_t end = to;
    for (size_t i = to; to != at && i < s->count && i < to + 8 && s->tokens[i].kind != TOKEN_MARK; i++) {
        struct str low = s->tokens[i].low;
        bool receives =
            str_starts(low, STR("receipt")) || str_starts(low, STR("receiv")) || str_starts(low, STR("serv"));
        bool is_of_paper = str_eq(low, STR("notice")) || str_eq(low, STR("letter")) || str_eq(low, STR("hereof")) ||
                           str_eq(low, STR("message")) || str_eq(low, STR("e-mail")) || str_eq(low, STR("email"));
        is_receipt |= receives;
        is_paper |= is_of_paper;
        end = receives || is_of_paper ? i + 1 : end;
    }
    if (is_receipt && reader->served.at != TIME_NONE) {
        deadline->start = reader->served;
        deadline->start_by = "the day it says it was served";
        deadline->is_served = true;
        return end - at;
    }
    if (is_receipt || is_paper) {
        deadline->start = *now;
        deadline->is_start_assumed = is_receipt;
        deadline->start_by = is_receipt ? "receipt, taken as the document's day" : "document";
        return end - at;
    }
    return 0;
}

static int keep(struct reader *reader, const struct deadline *deadline)
{
    struct deadline *slot = MORE(reader, reader->deadlines, PROPOSALS_MAX);
    if (slot == NULL) {
        return reader->is_cut ? 0 : -1;
    }
    *slot = *deadline;
    for (size_t i = 0; i < reader->dates.count; i++) {
        struct told_date *date = &reader->dates.all[i];
        bool is_inside =
            date->in == deadline->in && date->moment.from >= deadline->from && date->moment.to <= deadline->to;
        date->is_deadline |= is_inside && deadline->count == 0;
    }
    return 0;
}

/* A span that begins at `at`, once it is known to be a deadline. */
static int take_span(struct reader *reader, const struct sentence *s, size_t from, size_t at, size_t *ret_to)
{
    struct deadline deadline = {.in = s, .from = from};
    size_t count = span_at(reader, s, at, &deadline);
    size_t to = at + count;
    size_t start = start_at(reader, s, to, &deadline);
    deadline.to = to + start;
    if (start == 0) {
        const struct moment *said = date_of_sentence(reader, s, from, to);
        deadline.start = said != NULL ? *said : *reader_now(reader, s);
        deadline.start_by = said != NULL ? "sentence" : "document";
    }
    deadline.due = end_of(&deadline);
    *ret_to = deadline.to;
    return keep(reader, &deadline);
}

/* "by", "no later than", "until", "on or before": tokens; 0 if none begins here. */
static size_t limit_at(const struct sentence *s, size_t at)
{
    static const char *const words[][5] = {{"by", "no", "later", "than", NULL},
                                           {"by", "not", "later", "than", NULL},
                                           {"by", "the", "latest", NULL},
                                           {"no", "later", "than", NULL},
                                           {"not", "later", "than", NULL},
                                           {"on", "or", "before", NULL},
                                           {"up", "to", NULL},
                                           {"by", NULL},
                                           {"before", NULL},
                                           {"until", NULL},
                                           {"till", NULL},
                                           {"til", NULL},
                                           {"expires", "on", NULL},
                                           {"expires", "at", NULL},
                                           {"expires", NULL},
                                           {"deadline", "of", NULL},
                                           {"deadline", "is", NULL},
                                           {"deadline", NULL},
                                           {"due", "date", "of", NULL},
                                           {"due", "on", NULL},
                                           {"due", "by", NULL},
                                           {"due", NULL},
                                           {"lapses", "on", NULL},
                                           {"ends", "on", NULL},
                                           {"expire", "on", NULL},
                                           {"deadline", "for", NULL},
                                           {"expires", "by", NULL},
                                           {"expired", "on", NULL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t count = 0;
        while (words[i][count] != NULL && is_word(s, at + count, words[i][count])) {
            count++;
        }
        if (words[i][count] == NULL) {
            return count;
        }
    }
    return 0;
}

/* "close of business on", "the end of": what a day's end is called. It does not name an hour. */
static size_t skip_end_of_day(const struct sentence *s, size_t at)
{
    size_t to = at + is_word(s, at, "the");
    if ((is_word(s, to, "close") || is_word(s, to, "end")) && is_word(s, to + 1, "of")) {
        to += 2;
        to += is_word(s, to, "business") || is_word(s, to, "play") || is_word(s, to, "day") || is_word(s, to, "the")
                  ? 1
                  : 0;
        to += is_word(s, to, "day");
    } else if (is_word(s, to, "cob") || is_word(s, to, "eod")) {
        to += 1;
    } else {
        to = at;
    }
    to += is_mark(s, to, ',');
    return to + (is_word(s, to, "on") || is_word(s, to, "of"));
}

/* "(the end of) April": the last day of the coming one. */
static size_t month_of(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                       struct moment *ret)
{
    const struct lexicon_entry *entry;
    uint64_t wanted;
    int64_t year;
    unsigned month, number;
    bool is_month = at < s->count && s->tokens[at].is_capital &&
                    lexicon_at(reader, LIST_CALENDAR, s, at, &entry) == 1 && strcmp(entry->value, "month") == 0 &&
                    str_u64(str_of(entry->extra), &wanted);
    if (!is_month || now->at == TIME_NONE) {
        return 0;
    }
    time_date(moment_day(now), &year, &month, &number);
    int64_t months = (year + (wanted < month)) * 12 + (int64_t)wanted;
    *ret = moment_of_day(time_days(months / 12, (unsigned)(months % 12) + 1, 1) - 1);
    return 1;
}

/* "the end of the month", "the end of next week": the last day of it. */
static size_t period_end(const struct reader *reader, const struct sentence *s, size_t at, struct moment *ret)
{
    const struct moment *now = reader_now(reader, s);
    int64_t day = now->at != TIME_NONE ? moment_day(now) : 0, year;
    unsigned month, number;
    size_t to = at + is_word(s, at, "the");
    if (!is_word(s, to, "end") || !is_word(s, to + 1, "of")) {
        return 0;
    }
    to += 2;
    to += is_word(s, to, "the") || is_word(s, to, "this");
    bool is_next = is_word(s, to, "next");
    to += is_next;
    struct moment first;
    size_t named = date_at(reader, s, to, now, true, &first);
    if (named != 0 && first.until != TIME_NONE) { /* "the end of April 2031" */
        *ret = moment_of_day(first.until / DAY_NS);
        return to + named - at;
    }
    named = month_of(reader, s, to, now, ret);
    if (named != 0) {
        return to + named - at;
    }
    bool is_week = is_word(s, to, "week"), is_month = is_word(s, to, "month"), is_year = is_word(s, to, "year");
    if (!is_week && !is_month && !is_year) {
        return 0;
    }
    if (now->at == TIME_NONE) {
        *ret = unknown("counted from the document's day, which is not known");
        return to + 1 - at;
    }
    time_date(day, &year, &month, &number);
    int64_t months = is_year ? (year + 1 + is_next) * 12 : year * 12 + month + is_next;
    int64_t sunday = day - ((day + 3) % 7 + 7) % 7 + 6 + (is_next ? 7 : 0);
    *ret = moment_of_day(is_week ? sunday : time_days(months / 12, (unsigned)(months % 12) + 1, 1) - 1);
    return to + 1 - at;
}

/* "opening night, September 21", "lunch on Tuesday": where the day begins that an event before it is of; 0: none does. */
static size_t skip_event(const struct reader *reader, const struct sentence *s, size_t at)
{
    struct moment moment;
    bool is_agent = at > 1 && is_word(s, at - 1, "by") && str_ends(s->tokens[at - 2].low, STR("ed"));
    for (size_t to = at + 1; !is_agent && to < s->count && to < at + 4; to++) {
        bool is_word_before = s->tokens[to - 1].kind == TOKEN_WORD && s->tokens[to - 1].name == NO_NAME &&
                              !s->tokens[to - 1].is_capital && /* "asked by the Gazette on Monday" */
                              !word_is(reader, s, to - 1, "aux") && !word_is(reader, s, to - 1, "cut") &&
                              !word_is(reader, s, to - 1, "we") && !word_is(reader, s, to - 1, "it");
        size_t day = to + (is_mark(s, to, ',') || is_word(s, to, "on"));
        if (!is_word_before) {
            return 0;
        }
        if (day > to && date_at(reader, s, day, reader_now(reader, s), true, &moment) != 0) {
            return day;
        }
    }
    return 0;
}

/* "by telephone on 3 January": how, and no time until when. */
static bool is_by_means(const struct sentence *s, size_t at)
{
    static const char *const means[] = {"telephone", "phone", "e-mail",  "email",     "post", "letter",
                                        "fax",       "text",  "message", "courier",   "hand", "video",
                                        "telegram",  "mail",  "radio",   "registered"};
    return is_word(s, at, "by") && at + 1 < s->count &&
           str_is_one_of(s->tokens[at + 1].low, means, sizeof means / sizeof *means);
}

/* "had not been told until 6 January", "waited until April": when something came about that nobody had to do by then. */
static bool is_wait(const struct reader *reader, const struct sentence *s, size_t at)
{
    bool is_until = is_word(s, at, "until") || is_word(s, at, "till") || is_word(s, at, "before");
    for (size_t back = 1; is_until && back <= 8 && back <= at && s->tokens[at - back].kind == TOKEN_WORD; back++) {
        bool is_not = word_is(reader, s, at - back, "not") || str_ends(s->tokens[at - back].low, STR("n't"));
        bool is_order = at > back && (is_word(s, at - back - 1, "do") || is_word(s, at - back - 1, "must") ||
                                      is_word(s, at - back - 1, "shall") || is_word(s, at - back - 1, "will"));
        if (str_starts(s->tokens[at - back].low, STR("wait")) || (is_not && !is_order)) {
            return true;
        }
    }
    return false;
}

/* What is over when the document is written was a deadline only if somebody set it. */
static bool is_set(const struct sentence *s)
{
    static const char *const words[] = {
        "gave",    "given",      "giving",   "deadline",  "ultimatum",  "expired", "expire",   "demanded", "demanding",
        "ordered", "directed",   "required", "requiring", "instructed", "urged",   "must",     "shall",    "asked",
        "asking",  "due",        "sought",   "seeking",   "told",       "invited", "called",   "had",      "set",
        "wanted",  "threatened", "promised", "undertook", "agreed",     "demands", "requested"};
    for (size_t i = 0; i < s->count; i++) {
        if (str_is_one_of(s->tokens[i].low, words, sizeof words / sizeof *words)) {
            return true;
        }
    }
    return false;
}

static bool is_over(const struct reader *reader, const struct sentence *s, const struct moment *due)
{
    const struct moment *now = reader_now(reader, s);
    return due->at != TIME_NONE && now->at != TIME_NONE && moment_day(due) < moment_day(now);
}

static int take_limit(struct reader *reader, const struct sentence *s, size_t at, size_t limit, size_t *ret_to)
{
    struct deadline deadline = {.in = s, .from = at, .start = unknown(NULL), .start_by = ""};
    size_t to = skip_end_of_day(s, at + limit);
    size_t count = date_at(reader, s, to, reader_now(reader, s), true, &deadline.due);
    size_t event = count == 0 ? skip_event(reader, s, at + limit) : 0;
    if (event != 0) { /* "before lunch on Tuesday" */
        to = event;
        count = date_at(reader, s, to, reader_now(reader, s), true, &deadline.due);
    }
    size_t period = count == 0 ? period_end(reader, s, at + limit, &deadline.due) : 0;
    if (period != 0) {
        to = at + limit;
        count = period;
    }
    bool is_none = is_by_means(s, at) || is_wait(reader, s, at) || (is_over(reader, s, &deadline.due) && !is_set(s));
    if (count == 0 || deadline.due.until != TIME_NONE || is_none) {
        return 0;
    }
    deadline.to = to + count;
    *ret_to = deadline.to;
    return keep(reader, &deadline);
}

/* Is a span at `at` one in which something has to be done: "within ...", "... to correct", "...-hour deadline"? */
static bool is_asked(const struct reader *reader, const struct sentence *s, size_t at, size_t count)
{
    size_t to = at + count;
    const struct lexicon_entry *entry;
    bool is_within = at > 0 && (is_word(s, at - 1, "within") || is_word(s, at - 1, "inside"));
    bool is_next =
        at > 1 && (is_word(s, at - 1, "next") || is_word(s, at - 1, "following")) && is_word(s, at - 2, "the");
    bool is_to = is_word(s, to, "to") && to + 1 < s->count && lexicon_at(reader, LIST_DUTIES, s, to + 1, &entry) != 0;
    bool is_of_receipt = (is_word(s, to, "from") || is_word(s, to, "of")) && is_word(s, to + 1, "receipt");
    bool is_named = is_word(s, to, "deadline") || is_word(s, to, "ultimatum");
    bool is_in = at > 0 && is_word(s, at - 1, "in") && (s->tokens[at].kind == TOKEN_NUMBER || count > 1) &&
                 !is_word(s, to, "ago");
    bool has_to = false; /* "in": only of something to come */
    for (size_t i = 0; is_in && i < s->count; i++) {
        has_to |= is_word(s, i, "must") || is_word(s, i, "will") || is_word(s, i, "unless") || is_word(s, i, "expires");
    }
    bool has_given = at > 0 && (is_word(s, at - 1, "have") || is_word(s, at - 1, "has")) && !is_word(s, to, "ago");
    bool is_left = has_given && (to >= s->count || s->tokens[to].kind == TOKEN_MARK || is_word(s, to, "from") ||
                                 is_word(s, to, "before") || is_word(s, to, "left"));
    return is_within || is_next || is_left || is_to || is_of_receipt || is_named || (is_in && has_to) ||
           (has_given && is_word(s, to, "to"));
}

static int find_in(struct reader *reader, const struct sentence *s)
{
    for (size_t at = 0; at < s->count;) {
        struct deadline span = {0};
        size_t to = at + 1, limit = limit_at(s, at), count = span_at(reader, s, at, &span);
        if (count != 0 && is_asked(reader, s, at, count)) {
            TRY(take_span(reader, s,
                          at > 0 && (is_word(s, at - 1, "within") || is_word(s, at - 1, "inside")) ? at - 1 : at, at,
                          &to));
        } else if (limit != 0) {
            TRY(take_limit(reader, s, at, limit, &to));
        }
        at = to;
    }
    return 0;
}

/* "This notice was served on you by courier on 18 August": when the clock of a receipt began. */
static void find_service(struct reader *reader)
{
    reader->served = unknown(NULL);
    for (size_t i = 0; i < reader->dates.count && reader->own.is_own_word; i++) {
        const struct told_date *date = &reader->dates.all[i];
        bool is_paper = false, is_served = false;
        for (size_t t = 0; t < date->moment.from; t++) {
            is_paper |= is_word(date->in, t, "notice") || is_word(date->in, t, "letter") ||
                        is_word(date->in, t, "notification");
            is_served |=
                is_word(date->in, t, "served") || is_word(date->in, t, "delivered") || is_word(date->in, t, "handed");
        }
        if (is_paper && is_served && date->moment.at != TIME_NONE && date->moment.until == TIME_NONE &&
            reader->served.at == TIME_NONE) {
            reader->served = date->moment;
        }
    }
}

int deadlines_find(struct reader *reader)
{
    find_service(reader);
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        const struct voice *voice = reader_voice(reader, s);
        bool is_seller =
            voice->is_own_word && (voice->author->kind == PARTY_GROUP || voice->author->kind == PARTY_ACCOUNT);
        if (sentence_is_examined(s) && (is_seller || has_duty(reader, s))) {
            TRY(find_in(reader, s));
        }
    }
    return 0;
}
