/* Days and hours that words name, and which ones they are. A weekday by itself is the last one up to the document's day ("on Tuesday") or, where
 * something is still to come, the next one from it; "last Tuesday" is the last one before it. A date without a year is the one nearest to
 * the document's day. What could be two days (03/04/2026) is not resolved. */
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

#define DAY_NS (86400 * NS_PER_S)

enum { NEAR_DAYS = 183 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t moment_day(const struct moment *moment)
{
    int64_t zone = moment->has_zone && !moment->is_day ? (int64_t)moment->zone_minutes * 60 * NS_PER_S : 0;
    return floor_div(moment->at + zone, DAY_NS);
}

struct moment moment_of_day(int64_t day)
{
    return (struct moment){.at = day * DAY_NS, .is_day = true, .until = TIME_NONE};
}

/* Monday is 0; 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day)
{
    return ((day + 3) % 7 + 7) % 7;
}

bool number_at(const struct reader *reader, const struct sentence *s, size_t at, double *ret_value)
{
    const struct lexicon_entry *entry;
    if (at >= s->count) {
        return false;
    }
    struct str text = s->tokens[at].low;
    if (lexicon_at(reader, LIST_NUMBERS, s, at, &entry) != 0) {
        return str_double(str_of(entry->value), ret_value);
    }
    char plain[32];
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < sizeof plain; i++) {
        if (text.data[i] != ',') {
            plain[len++] = text.data[i];
        }
    }
    return s->tokens[at].kind == TOKEN_NUMBER && str_double((struct str){plain, len}, ret_value);
}

static const char *calendar_at(const struct reader *reader, const struct sentence *s, size_t at, const char *kind,
                               size_t *ret_count)
{
    const struct lexicon_entry *entry;
    size_t count = lexicon_at(reader, LIST_CALENDAR, s, at, &entry);
    for (; count != 0 && entry != NULL; entry = entry->other) {
        if (strcmp(entry->value, kind) == 0) {
            *ret_count = count;
            return entry->extra;
        }
    }
    return NULL;
}

/* "may" and "march" are words, too: a month begins with a capital. */
static bool month_at(const struct reader *reader, const struct sentence *s, size_t at, unsigned *ret_month,
                     size_t *ret_to)
{
    size_t count;
    uint64_t month;
    const char *number = at < s->count && s->tokens[at].is_capital ? calendar_at(reader, s, at, "month", &count) : NULL;
    if (number == NULL || !str_u64(str_of(number), &month)) {
        return false;
    }
    *ret_month = (unsigned)month;
    bool is_short = s->tokens[at].low.len <= 4 && at + 2 < s->count; /* "Feb. 24", but "by 3 May." */
    *ret_to = at + 1 + (is_short && is_mark(s, at + 1, '.'));
    return true;
}

static bool day_number(const struct sentence *s, size_t at, unsigned *ret_day)
{
    static const struct str ends[] = {STR_INIT("st"), STR_INIT("nd"), STR_INIT("rd"), STR_INIT("th")};
    uint64_t day;
    if (at >= s->count || s->tokens[at].kind != TOKEN_NUMBER) {
        return false;
    }
    struct str text = s->tokens[at].low;
    for (size_t i = 0; i < 4; i++) {
        text = text.len > 2 && str_ends(text, ends[i]) ? str_slice(text, 0, text.len - 2) : text;
    }
    bool is_day = str_u64(text, &day) && day >= 1 && day <= 31;
    *ret_day = is_day ? (unsigned)day : 0;
    return is_day;
}

static bool year_at(const struct sentence *s, size_t at, int64_t *ret_year)
{
    uint64_t year;
    if (at >= s->count || s->tokens[at].low.len != 4 || !str_u64(s->tokens[at].low, &year) || year < 1990 ||
        year > 2199) {
        return false;
    }
    *ret_year = (int64_t)year;
    return true;
}

static bool is_real(int64_t year, unsigned month, unsigned day)
{
    int64_t back_year;
    unsigned back_month, back_day;
    time_date(time_days(year, month, day), &back_year, &back_month, &back_day);
    return back_month == month && back_day == day;
}

static struct moment unknown(const char *why)
{
    return (struct moment){.at = TIME_NONE, .is_day = true, .until = TIME_NONE, .why = why};
}

static struct moment day_of(int64_t year, unsigned month, unsigned day)
{
    return is_real(year, month, day) ? moment_of_day(time_days(year, month, day)) : unknown("no such day");
}

/* The year that brings month and day nearest to now. */
static struct moment nearest(const struct moment *now, unsigned month, unsigned day, bool is_future)
{
    int64_t year;
    unsigned here_month, here_day;
    if (now->at == TIME_NONE) {
        return unknown("it has no year, and the document no day");
    }
    time_date(moment_day(now), &year, &here_month, &here_day);
    int64_t off = time_days(year, month, day) - moment_day(now);
    year += off > NEAR_DAYS + (is_future ? NEAR_DAYS : 0) ? -1 : off < (is_future ? -30 : -NEAR_DAYS) ? 1 : 0;
    return day_of(year, month, day);
}

/* "10 March 2026", "10th of March", "March 10, 2026", "March 2026", behind "Tuesday," or not. */
static size_t named_date(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                         bool is_future, struct moment *ret)
{
    size_t to = at, count;
    unsigned month, day = 0;
    int64_t year = 0;
    if (calendar_at(reader, s, at, "weekday", &count) != NULL && s->tokens[at].is_capital) {
        to += count + is_mark(s, at + count, ',') + is_mark(s, at + count, '.');
        to += to < s->count && str_eq(s->tokens[to].low, STR("the"));
    }
    if (day_number(s, to, &day)) {
        to += 1;
        to += to < s->count && str_eq(s->tokens[to].low, STR("of"));
        if (!month_at(reader, s, to, &month, &to)) {
            return 0;
        }
    } else if (month_at(reader, s, to, &month, &to)) {
        unsigned seen;
        int64_t is_year;
        if (day_number(s, to, &seen) && !year_at(s, to, &is_year)) {
            day = seen;
            to++;
        }
    } else {
        return 0;
    }
    bool has_comma = is_mark(s, to, ',');
    if (year_at(s, to + has_comma, &year)) {
        to += 1 + has_comma;
    }
    if (day == 0 && year == 0) {
        return 0;
    }
    if (day == 0) {
        *ret = day_of(year, month, 1);
        ret->until = time_days(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) * DAY_NS - DAY_NS;
    } else {
        *ret = year != 0 ? day_of(year, month, day) : nearest(now, month, day, is_future);
    }
    return to - at;
}

/* "2026-03-10", "10.03.2026", "3/14/2026" */
static size_t numeric_date(const struct sentence *s, size_t at, struct moment *ret)
{
    struct str text = s->tokens[at].low;
    struct str day_text = str_slice(text, 0, 10);
    if (text.len >= 10 && text.data[4] == '-' && time_parse(day_text) != TIME_NONE) {
        int64_t whole = time_parse(text);
        *ret = (struct moment){.at = whole != TIME_NONE ? whole : time_parse(day_text), .until = TIME_NONE};
        ret->is_day = text.len == 10 || whole == TIME_NONE;
        return text.len == 10 || whole != TIME_NONE || text.data[10] == 't' ? 1 : 0;
    }
    char separator = str_find(text, STR("/"), 0) != SIZE_MAX ? '/' : '.';
    struct str_cut first = str_cut(text, separator), second = str_cut(first.tail, separator);
    uint64_t a, b, year;
    if (!first.found || !second.found || second.tail.len != 4 || !str_u64(first.head, &a) ||
        !str_u64(second.head, &b) || !str_u64(second.tail, &year) || a == 0 || b == 0 || a > 31 || b > 31 ||
        year < 1990 || year > 2199) {
        return 0;
    }
    bool is_day_first = separator == '.' || a > 12;
    bool is_month_first = separator == '/' && b > 12;
    *ret = is_day_first     ? day_of((int64_t)year, (unsigned)b, (unsigned)a)
           : is_month_first ? day_of((int64_t)year, (unsigned)a, (unsigned)b)
           : a == b         ? day_of((int64_t)year, (unsigned)a, (unsigned)b)
                            : unknown("day and month could be either way round");
    return (is_day_first && b > 12) || (is_month_first && a > 12) ? 0 : 1;
}

/* "last Tuesday", "next Friday", "on Monday", "Tuesday" */
static size_t weekday(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                      bool is_future, struct moment *ret)
{
    size_t to = at, count;
    uint64_t wanted;
    struct str word = s->tokens[at].low;
    bool is_last = str_eq(word, STR("last")) || str_eq(word, STR("past")) || str_eq(word, STR("previous"));
    bool is_next = str_eq(word, STR("next")) || str_eq(word, STR("coming"));
    bool is_this = str_eq(word, STR("this"));
    to += is_last || is_next || is_this;
    const char *number =
        to < s->count && s->tokens[to].is_capital ? calendar_at(reader, s, to, "weekday", &count) : NULL;
    if (number == NULL || !str_u64(str_of(number), &wanted)) {
        return 0;
    }
    to += count;
    if (now->at == TIME_NONE) {
        *ret = unknown("a weekday, and the document has no day");
        return to - at;
    }
    int64_t today = moment_day(now);
    int64_t ahead = ((int64_t)wanted - weekday_of(today) + 7) % 7;
    bool comes = is_next || (is_future && !is_last);
    if (comes) {
        ahead = is_next && ahead == 0 ? 7 : ahead;
        *ret = moment_of_day(today + ahead);
    } else {
        *ret = moment_of_day(today - (is_last && ahead == 0 ? 7 : (7 - ahead) % 7));
    }
    return to - at;
}

/* "two days ago", "a week earlier", "in three days' time" is none of the past */
static size_t ago(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                  struct moment *ret)
{
    double number;
    const struct lexicon_entry *unit;
    uint64_t each;
    if (!number_at(reader, s, at, &number)) {
        return 0;
    }
    const struct lexicon_entry *words;
    size_t count = lexicon_at(reader, LIST_NUMBERS, s, at, &words);
    size_t to = at + (count != 0 ? count : 1);
    size_t unit_count = lexicon_at(reader, LIST_UNITS, s, to, &unit);
    if (unit_count == 0 || to + unit_count >= s->count || !str_u64(str_of(unit->extra), &each)) {
        return 0;
    }
    to += unit_count;
    if (!str_eq(s->tokens[to].low, STR("ago"))) {
        return 0;
    }
    if (now->at == TIME_NONE) {
        *ret = unknown("counted from the document's day, which is not known");
        return to + 1 - at;
    }
    if (strcmp(unit->value, "day") != 0 || number * (double)each > 3650) {
        *ret = unknown(strcmp(unit->value, "hour") == 0 ? "hours before an hour that is not known" : "not to the day");
        return to + 1 - at;
    }
    *ret = moment_of_day(moment_day(now) - (int64_t)(number * (double)each));
    return to + 1 - at;
}

static size_t relative(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                       struct moment *ret)
{
    size_t count;
    int64_t days;
    const char *number = calendar_at(reader, s, at, "day", &count);
    if (number != NULL && str_i64(str_of(number), &days)) {
        *ret = now->at != TIME_NONE ? moment_of_day(moment_day(now) + days)
                                    : unknown("counted from the document's day, which is not known");
        return count;
    }
    bool is_last = str_eq(s->tokens[at].low, STR("last"));
    bool is_week = at + 1 < s->count && str_eq(s->tokens[at + 1].low, STR("week"));
    if (is_week && (is_last || str_eq(s->tokens[at].low, STR("this"))) && now->at != TIME_NONE) {
        int64_t monday = moment_day(now) - weekday_of(moment_day(now)) - (is_last ? 7 : 0);
        *ret = moment_of_day(monday);
        ret->until = (monday + 6) * DAY_NS;
        return 2;
    }
    return 0;
}

/* "09:00", "9 a.m.", "5:30pm", "noon": minutes of the day. */
static size_t clock_at(const struct reader *reader, const struct sentence *s, size_t at, int64_t *ret_minutes)
{
    size_t count;
    uint64_t hours, minutes = 0;
    const char *named = at < s->count ? calendar_at(reader, s, at, "clock", &count) : NULL;
    if (named != NULL) {
        return str_i64(str_of(named), ret_minutes) ? count : 0;
    }
    if (at >= s->count || s->tokens[at].kind != TOKEN_NUMBER) {
        return 0;
    }
    if (str_eq(s->tokens[at].low, STR("12")) && calendar_at(reader, s, at + 1, "clock", &count) != NULL) {
        return clock_at(reader, s, at + 1, ret_minutes) + 1; /* "12 noon" */
    }
    struct str text = s->tokens[at].low;
    bool is_am = str_ends(text, STR("am")), is_pm = str_ends(text, STR("pm"));
    text = is_am || is_pm ? str_slice(text, 0, text.len - 2) : text;
    char separator = str_find(text, STR("."), 0) != SIZE_MAX ? '.' : ':';
    struct str_cut cut = str_cut(text, separator);
    size_t to = at + 1;
    if (!is_am && !is_pm && to < s->count) {
        struct str next = s->tokens[to].low;
        is_am = str_eq(next, STR("am")) || str_eq(next, STR("a.m"));
        is_pm = str_eq(next, STR("pm")) || str_eq(next, STR("p.m"));
        bool is_hours = str_eq(next, STR("hours")) || str_eq(next, STR("hrs"));
        to += is_am || is_pm || (is_hours && cut.found);
        to += (is_am || is_pm) && is_mark(s, to, '.') && to + 1 < s->count;
    }
    bool is_time = str_u64(cut.head, &hours) && (!cut.found || (cut.tail.len == 2 && str_u64(cut.tail, &minutes)));
    if (!is_time || (!cut.found && !is_am && !is_pm) || (separator == '.' && !is_am && !is_pm) || minutes > 59 ||
        hours > (is_am || is_pm ? 12U : 23U)) {
        return 0;
    }
    hours = is_am || is_pm ? hours % 12 + (is_pm ? 12 : 0) : hours;
    *ret_minutes = (int64_t)(hours * 60 + minutes);
    return to - at;
}

static size_t zone_at(const struct reader *reader, const struct sentence *s, size_t at, int16_t *ret_minutes)
{
    const struct lexicon_entry *entry;
    int64_t minutes;
    size_t count = lexicon_at(reader, LIST_ZONES, s, at, &entry);
    if (count == 0 || !s->tokens[at].is_capital || !str_i64(str_of(entry->value), &minutes)) {
        return 0;
    }
    *ret_minutes = (int16_t)minutes;
    return count;
}

static size_t skip_words(const struct sentence *s, size_t at, const char *first, const char *second)
{
    bool is_it =
        at < s->count && (str_eq(s->tokens[at].low, str_of(first)) || str_eq(s->tokens[at].low, str_of(second)));
    return is_it ? 1 : 0;
}

/* What stands behind a day: an hour, a part of the day, a zone. */
static size_t refine(const struct reader *reader, const struct sentence *s, size_t at, struct moment *moment)
{
    size_t to = at, count;
    int64_t minutes;
    size_t lead = to + is_mark(s, to, ',');
    lead += skip_words(s, lead, "at", "by");
    size_t clock = clock_at(reader, s, lead, &minutes);
    if (clock != 0 && moment->at != TIME_NONE && moment->is_day) {
        to = lead + clock;
        moment->at += minutes * 60 * NS_PER_S;
        moment->is_day = false;
        moment->zone_minutes = reader->zone_minutes;
    } else if (to < s->count && calendar_at(reader, s, to, "part", &count) != NULL) {
        to += count;
    }
    size_t comma = to + is_mark(s, to, '(');
    size_t zone = zone_at(reader, s, comma, &moment->zone_minutes);
    moment->has_zone = zone != 0;
    to = zone != 0 ? comma + zone + is_mark(s, comma + zone, ')') : to;
    if (clock != 0 && !moment->is_day && moment->at != TIME_NONE) {
        moment->at -= (int64_t)moment->zone_minutes * 60 * NS_PER_S;
        moment->has_zone = true;
        moment->is_zone_assumed = zone == 0;
    }
    return to - at;
}

/* "on the 5th": of this month or the one before; of the coming one where something is still to come. */
static size_t ordinal(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                      bool is_future, struct moment *ret)
{
    unsigned day, month, today;
    int64_t year;
    bool is_bare = s->tokens[at].kind != TOKEN_NUMBER || str_u64(s->tokens[at].low, &(uint64_t){0});
    bool is_led = at > 1 && str_eq(s->tokens[at - 1].low, STR("the")) && word_is(reader, s, at - 2, "prep");
    bool is_last = at + 1 >= s->count || s->tokens[at + 1].kind == TOKEN_MARK ||
                   (s->tokens[at + 1].lists & UINT32_C(1) << LIST_GRAMMAR) != 0;
    if (is_bare || !is_led || !is_last || !day_number(s, at, &day) || now->at == TIME_NONE) {
        return 0;
    }
    time_date(moment_day(now), &year, &month, &today);
    int64_t months = year * 12 + month - 1 + (is_future ? day < today : -(int64_t)(day > today));
    *ret = day_of(months / 12, (unsigned)(months % 12) + 1, day);
    return 1;
}

static size_t day_at(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
                     bool is_future, struct moment *ret)
{
    size_t count = s->tokens[at].kind == TOKEN_NUMBER ? numeric_date(s, at, ret) : 0;
    count = count != 0 ? count : named_date(reader, s, at, now, is_future, ret);
    count = count != 0 ? count : relative(reader, s, at, now, ret);
    count = count != 0 ? count : weekday(reader, s, at, now, is_future, ret);
    count = count != 0 ? count : ordinal(reader, s, at, now, is_future, ret);
    return count != 0 ? count : ago(reader, s, at, now, ret);
}

size_t date_at(const struct reader *reader, const struct sentence *s, size_t at, const struct moment *now,
               bool is_future, struct moment *ret_moment)
{
    struct moment moment = {.until = TIME_NONE};
    int64_t minutes;
    int16_t zone = reader->zone_minutes;
    if (at >= s->count || s->tokens[at].kind == TOKEN_MARK) {
        return 0;
    }
    size_t count = day_at(reader, s, at, now, is_future, &moment);
    if (count != 0) {
        count += moment.until == TIME_NONE ? refine(reader, s, at + count, &moment) : 0;
        *ret_moment = moment;
        ret_moment->from = at;
        ret_moment->to = at + count;
        return count;
    }
    /* the hour first: "5 pm IST on 17 March" */
    size_t clock = clock_at(reader, s, at, &minutes);
    size_t named = clock != 0 ? zone_at(reader, s, at + clock, &zone) : 0;
    size_t lead = at + clock + named;
    lead += skip_words(s, lead, "on", "of") + is_mark(s, lead, ',');
    count = clock != 0 && lead < s->count ? day_at(reader, s, lead, now, is_future, &moment) : 0;
    if (count == 0 || moment.until != TIME_NONE) {
        return 0;
    }
    if (moment.at != TIME_NONE) {
        moment.at += (minutes - zone) * 60 * NS_PER_S;
        moment.is_day = false;
        moment.has_zone = true;
        moment.is_zone_assumed = named == 0;
        moment.zone_minutes = zone;
    }
    moment.from = at;
    moment.to = lead + count;
    *ret_moment = moment;
    return moment.to - at;
}

const struct voice *reader_voice(const struct reader *reader, const struct sentence *sentence)
{
    if (sentence->block->depth != 0 && (reader->document == DOCUMENT_MAIL || reader->quoted.author != NULL)) {
        return &reader->quoted;
    }
    for (size_t i = reader->sections.count; i > 0; i--) {
        if (reader->sections.all[i - 1].first <= sentence->number) {
            return &reader->sections.all[i - 1].voice;
        }
    }
    return &reader->own;
}

const struct moment *reader_now(const struct reader *reader, const struct sentence *sentence)
{
    return &reader_voice(reader, sentence)->when;
}

static bool is_object(const struct sentence *s, size_t at)
{
    static const struct str words[] = {STR_INIT("us"),   STR_INIT("me"),   STR_INIT("him"),
                                       STR_INIT("them"), STR_INIT("you"),  STR_INIT("it"),
                                       STR_INIT("date"), STR_INIT("have"), STR_INIT("hackers")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq(s->tokens[at].low, words[i])) {
            return true;
        }
    }
    return false;
}

/* "asked by the Gazette on Monday": a name between "by" and the day is who did it, not a limit. */
static bool has_agent(const struct reader *reader, const struct sentence *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        bool is_name = s->tokens[i].kind == TOKEN_WORD && s->tokens[i].is_capital && s->tokens[i].text.len > 1 &&
                       !str_eq(s->tokens[i].low, STR("cob")) && !str_eq(s->tokens[i].low, STR("eod")) &&
                       lexicon_find(reader->lexicon, LIST_ZONES, s->tokens[i].low) == NULL &&
                       lexicon_find(reader->lexicon, LIST_CALENDAR, s->tokens[i].low) == NULL;
        if (is_name) {
            return true;
        }
    }
    return false;
}

/* Does the sentence speak of what is still to come? */
static bool is_future_before(const struct reader *reader, const struct sentence *s, size_t at)
{
    static const struct str marks[] = {
        STR_INIT("by"),       STR_INIT("until"),   STR_INIT("before"),   STR_INIT("will"),    STR_INIT("than"),
        STR_INIT("due"),      STR_INIT("till"),    STR_INIT("deadline"), STR_INIT("expires"), STR_INIT("expire"),
        STR_INIT("plans"),    STR_INIT("to"),      STR_INIT("lapses"),   STR_INIT("ends"),    STR_INIT("must"),
        STR_INIT("midnight"), STR_INIT("business")};
    for (size_t back = 1; back <= 5 && back <= at; back++) {
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            bool is_to = str_eq(marks[i], STR("to")) || str_eq(marks[i], STR("will")) || str_eq(marks[i], STR("must"));
            bool is_towards = str_eq(marks[i], STR("to")) &&
                              (s->tokens[at - back + 1].is_capital || word_is(reader, s, at - back + 1, "det") ||
                               is_object(s, at - back + 1)); /* "sent to X on 1 June", "to us" */
            bool is_back =
                str_eq(marks[i], STR("to")) && at > back && str_eq(s->tokens[at - back - 1].low, STR("back"));
            if (is_back) {
                return false; /* "dating back to 9 December" */
            }
            if (str_eq(s->tokens[at - back].low, marks[i]) && (is_to || back <= 4) && !is_towards &&
                !has_agent(reader, s, at - back + 1, at)) {
                return true;
            }
        }
    }
    return false;
}

bool is_quoted_head(const struct sentence *s)
{
    return s->block->role == PROSE_LABEL && s->block->depth != 0 && !str_ends(s->text, STR(" wrote:"));
}

int dates_find(struct reader *reader)
{
    for (size_t i = 0; i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        struct moment now = *reader_now(reader, s), year = now; /* "by 3 May 2032 ... on 20 June": of that year */
        for (size_t at = 0; s->block->role != PROSE_NOISE && !is_quoted_head(s) && at < s->count;) {
            struct moment moment;
            bool is_named = s->tokens[at].kind == TOKEN_NUMBER || s->tokens[at].is_capital;
            size_t count = date_at(reader, s, at, is_named ? &year : &now, is_future_before(reader, s, at), &moment);
            bool is_far = count != 0 && now.at != TIME_NONE && moment.at != TIME_NONE && moment.until == TIME_NONE &&
                          (moment_day(&moment) > moment_day(&now) + NEAR_DAYS ||
                           moment_day(&moment) < moment_day(&now) - NEAR_DAYS);
            year = is_far ? moment : year;
            if (count != 0) {
                struct told_date *date = MORE(reader, reader->dates, PROPOSALS_MAX);
                if (date == NULL) {
                    return reader->is_cut ? 0 : -1;
                }
                *date = (struct told_date){.moment = moment, .in = s};
            }
            at += count != 0 ? count : 1;
        }
    }
    return 0;
}
