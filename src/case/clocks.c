/* Every clock of a case: notices, questions that wait for a reply, and reporting duties. Each is one row: who owes what to whom,
 * since when, until when, how that was counted and by which text, and what came of it. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/clock_span.h"
#include "case/inside.h"

#include "base/banned.h"

struct clocks {
    const json_t *model, *duties;
    json_t *rows, *unknown;
    int64_t now;
    struct arena arena;
    struct err *err;
};

static void own_clocks(struct clocks *clocks)
{
    arena_clear(&clocks->arena);
}

static int64_t time_of(const json_t *object, const char *key)
{
    return time_parse(str_of(json_text(object, key, "")));
}

/* A member that is text goes over as it is; one that is not there goes not. */
static int copy(json_t *row, const char *member, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    return value == NULL || json_object_set(row, member, value) == 0 ? 0 : -1;
}

static int set_time(json_t *row, const char *member, int64_t instant)
{
    char text[TIME_TEXT];
    time_rfc3339(text, instant);
    return json_object_set_new(row, member, json_string(text));
}

/* ---- what a row comes to ---- */

/* The first instant at which a time that stands in an entry is over; `ends` where the entry says so itself. */
static int64_t over_of(const char *due, const char *ends)
{
    struct moment moment;
    int64_t stated = time_parse(str_of(ends));
    if (stated != TIME_NONE) {
        return stated;
    }
    return moment_read(str_of(due), &moment) ? moment_over(&moment, NULL) : TIME_NONE;
}

/* An answer on the day that is due is in time, whatever the hour, where only the day is known; at the instant at which that day is over, or
 * on the next day, it is not. An answer at the instant that is due is in time. */
static bool is_in_time(const char *answered, const char *due, int64_t over)
{
    struct moment moment, last;
    if (!moment_read(str_of(answered), &moment)) {
        return false;
    }
    bool is_day_due = moment_read(str_of(due), &last) && last.is_day;
    if (moment.is_day) {
        return is_day_due ? moment.day <= last.day : moment.day * 86400 * NS_PER_S <= over;
    }
    return is_day_due ? moment.at < over : moment.at <= over;
}

/* state, over, left_s; answered: when, NULL if nobody did. Who asked may have given up waiting: that is an end, too. Takes row. */
static int finish(struct clocks *clocks, json_t *row, int64_t over, const char *answered)
{
    bool is_in = answered != NULL && (over == TIME_NONE || is_in_time(answered, json_text(row, "due", ""), over));
    const char *state = answered != NULL                                   ? is_in ? "answered" : "late"
                        : json_is_true(json_object_get(row, "unanswered")) ? "unanswered"
                        : over == TIME_NONE                                ? "open"
                        : over > clocks->now                               ? "due"
                                                                           : "overdue";
    int failed = row == NULL || json_object_set_new(row, "state", json_string(state)) != 0;
    if (failed == 0 && answered != NULL) {
        failed = json_object_set_new(row, "answered", json_string(answered));
    }
    if (failed == 0 && over != TIME_NONE) {
        failed = set_time(row, "over", over) != 0 ||
                 json_object_set_new(row, "left_s", json_integer((over / NS_PER_S) - (clocks->now / NS_PER_S))) != 0;
    }
    if (failed != 0 || json_array_append(clocks->rows, row) != 0) {
        json_decref(row);
        return err_no_memory(clocks->err);
    }
    json_decref(row);
    return 0;
}

/* ---- notices ---- */

static bool names(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *value = json_string_value(json_array_get(list, i));
        if (value != NULL && strcmp(value, id) == 0) {
            return true;
        }
    }
    return false;
}

/* A reply that says what it answers is no answer to anything else. */
static bool answers(const struct clocks *clocks, const json_t *other, const json_t *notice_statement, const char *to)
{
    const char *act = json_text(other, "act", "");
    const json_t *named = json_object_get(other, "answers");
    int64_t said = time_of(other, "said"), asked = time_of(notice_statement, "said");
    bool is_act = strcmp(act, "replies") == 0 || strcmp(act, "retracts") == 0;
    return strcmp(json_text(other, "party", ""), to) == 0 && !assay_case_is_hijacked(clocks->model, other, NULL) &&
           (named != NULL ? names(named, json_text(notice_statement, "id", "")) : is_act && said >= asked);
}

static const json_t *answer_to(const struct clocks *clocks, const json_t *statement, const char *to)
{
    const json_t *statements = json_object_get(clocks->model, "statements"), *first = NULL;
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const json_t *other = json_array_get(statements, i);
        if (*to != '\0' && answers(clocks, other, statement, to) &&
            (first == NULL || time_of(other, "said") < time_of(first, "said"))) {
            first = other;
        }
    }
    return first;
}

/* In words: which days were left out when business days were counted. NULL where none were. */
static json_t *counted(const char *said, const char *calendar, size_t holidays)
{
    char text[200];
    struct str words = str_of(said);
    if (str_find(words, STR("business day"), 0) == SIZE_MAX && str_find(words, STR("working day"), 0) == SIZE_MAX) {
        return NULL;
    }
    bool is_us = strcmp(calendar, "US") == 0;
    char listed[60] = "";
    if (holidays > 0) {
        (void)snprintf(listed, sizeof listed, ", %zu listed holiday%s", holidays, holidays == 1 ? "" : "s");
    }
    (void)snprintf(text, sizeof text, "left out: Saturdays, Sundays%s%s%s",
                   is_us ? ", federal holidays of the United States" : "", listed,
                   is_us || holidays > 0 ? "" : "; no holidays are listed, so some may be counted");
    return json_string(text);
}

static int set_counted(json_t *row, const json_t *from)
{
    json_t *text = counted(json_text(from, "due_said", ""), json_text(from, "calendar", ""),
                           json_array_size(json_object_get(from, "holidays")));
    return text == NULL ? 0 : json_object_set_new(row, "counted", text);
}

static int add_notice(struct clocks *clocks, const json_t *statement)
{
    const json_t *notice = json_object_get(statement, "notice");
    const char *to = json_text(notice, "to", "");
    const json_t *answer = answer_to(clocks, statement, to);
    const char *from = json_text(notice, "from", json_text(notice, "served", json_text(statement, "said", "")));
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", json_text(statement, "id", ""), "kind", "notice",
                            "party", to, "by", json_text(statement, "party", ""), "from", from);
    int failed = row == NULL || copy(row, "due", notice, "due") != 0 ||
                 copy(row, "due_said", notice, "due_said") != 0 || copy(row, "zone", notice, "zone") != 0 ||
                 copy(row, "served", notice, "served") != 0 || copy(row, "recorded", statement, "time") != 0 ||
                 set_counted(row, notice) != 0 || (answer != NULL && copy(row, "answer", answer, "id") != 0);
    if (failed) {
        json_decref(row);
        return err_no_memory(clocks->err);
    }
    return finish(clocks, row, over_of(json_text(notice, "due", ""), json_text(notice, "ends", "")),
                  answer != NULL ? json_text(answer, "said", "") : NULL);
}

/* ---- questions ---- */

static int add_reply(struct clocks *clocks, const json_t *entry)
{
    const json_t *answered = json_object_get(entry, "answered");
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", json_text(entry, "id", ""), "kind", "reply", "party",
                            json_text(entry, "party", ""), "by", json_text(entry, "asked_by", ""), "from",
                            json_text(entry, "asked", ""));
    int failed = row == NULL || copy(row, "due", entry, "until") != 0 ||
                 copy(row, "due_said", entry, "due_said") != 0 || copy(row, "zone", entry, "zone") != 0 ||
                 copy(row, "channel", entry, "channel") != 0 || copy(row, "about", entry, "about") != 0 ||
                 copy(row, "recorded", entry, "time") != 0 || set_counted(row, entry) != 0 ||
                 copy(row, "answer", answered, "statement") != 0 ||
                 (json_is_false(answered) && json_object_set_new(row, "unanswered", json_true()) != 0);
    if (failed) {
        json_decref(row);
        return err_no_memory(clocks->err);
    }
    return finish(clocks, row, over_of(json_text(entry, "until", ""), json_text(entry, "ends", "")),
                  json_is_object(answered) ? json_text(answered, "at", "") : NULL);
}

/* ---- duties ---- */

/* When a party's report of a duty was made: the first that the case knows. NULL if none is. */
static const json_t *report_of(const struct clocks *clocks, const char *party, const char *duty)
{
    const json_t *list = json_object_get(clocks->model, "clocks"), *first = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        bool is_it = strcmp(json_text(entry, "what", ""), "reported") == 0 &&
                     strcmp(json_text(entry, "party", ""), party) == 0 &&
                     strcmp(json_text(entry, "duty", ""), duty) == 0;
        if (is_it && (first == NULL || time_of(entry, "at") < time_of(first, "at"))) {
            first = entry;
        }
    }
    return first;
}

struct start {
    const char *id, *at, *by, *recorded; /* the entry that says so; when; who says so */
};

static const char *out_of_force(const json_t *duty, const struct moment *from)
{
    int64_t at = from->is_day ? from->day * 86400 * NS_PER_S : from->at;
    int64_t valid_from = time_of(duty, "valid_from"), valid_to = time_of(duty, "valid_to");
    if (valid_from != TIME_NONE && at < valid_from) {
        return "not-in-force";
    }
    return valid_to != TIME_NONE && at >= valid_to ? "no-longer-in-force" : NULL;
}

static json_t *duty_row(const json_t *duty, const char *party, const struct start *start)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", json_text(duty, "id", ""), "kind", "duty", "party",
                            party, "by", start->by, "from", start->at, "start", start->id);
    bool is_whole = row != NULL && copy(row, "what", duty, "duty") == 0 && copy(row, "within", duty, "within") == 0 &&
                    copy(row, "source", duty, "source") == 0 && copy(row, "note", duty, "note") == 0 &&
                    copy(row, "valid_from", duty, "valid_from") == 0 && copy(row, "who", duty, "who") == 0 &&
                    json_object_set_new(row, "recorded", json_string(start->recorded)) == 0;
    json_t *text = counted(json_text(duty, "within", ""), json_text(duty, "calendar", ""), 0);
    if (!is_whole || (text != NULL && json_object_set_new(row, "counted", text) != 0)) {
        json_decref(row);
        return NULL;
    }
    return row;
}

static int append_row(struct clocks *clocks, json_t *row, const char *state)
{
    if (row == NULL || json_object_set_new(row, "state", json_string(state)) != 0) {
        json_decref(row);
        return err_no_memory(clocks->err);
    }
    return json_array_append_new(clocks->rows, row) == 0 ? 0 : err_no_memory(clocks->err);
}

static int add_started(struct clocks *clocks, const json_t *duty, const char *party, const struct start *start)
{
    struct moment from, due;
    struct span span;
    const struct zone *zone = NULL;
    char text[TIME_TEXT];
    json_t *row = duty_row(duty, party, start);
    const json_t *report = report_of(clocks, party, json_text(duty, "id", ""));
    if (row == NULL || !moment_read(str_of(start->at), &from) ||
        !span_read(str_of(json_text(duty, "within", "")), &span)) {
        return append_row(clocks, row, "open"); /* no time that anybody could count from */
    }
    const char *out = out_of_force(duty, &from);
    if (out != NULL) {
        return append_row(clocks, row, out);
    }
    struct calendar calendar = {.has_us_holidays = strcmp(json_text(duty, "calendar", ""), "US") == 0};
    if (zone_open(&clocks->arena, str_of(json_text(duty, "zone", "UTC")), &zone, NULL) != 0) {
        return append_row(clocks, row, "no-zone"); /* a system without tz data cannot tell the day */
    }
    due = span_end(&span, &from, &calendar, zone);
    moment_text(text, &due);
    if (json_object_set_new(row, "due", json_string(text)) != 0 || copy(row, "zone", duty, "zone") != 0 ||
        (report != NULL && copy(row, "answer", report, "id") != 0)) {
        json_decref(row);
        return err_no_memory(clocks->err);
    }
    return finish(clocks, row, moment_over(&due, zone), report != NULL ? json_text(report, "at", "") : NULL);
}

/* Whoever says since when the party knew has a view of its own; all are shown, for the start of a clock is disputed like anything else. */
static int add_from_clocks(struct clocks *clocks, const json_t *duty, const char *party, size_t *started)
{
    const json_t *list = json_object_get(clocks->model, "clocks");
    const char *starts = json_text(duty, "starts", ""), *after = json_text(duty, "after", "");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        bool is_start = strcmp(json_text(entry, "party", ""), party) == 0 &&
                        strcmp(json_text(entry, "what", ""), starts) == 0 &&
                        (strcmp(starts, "reported") != 0 || strcmp(json_text(entry, "duty", ""), after) == 0);
        if (is_start) {
            struct start start = {json_text(entry, "id", ""), json_text(entry, "at", ""),
                                  json_text(entry, "said_by", party), json_text(entry, "time", "")};
            TRY(add_started(clocks, duty, party, &start));
            (*started)++;
        }
    }
    return 0;
}

static int add_from_statements(struct clocks *clocks, const json_t *duty, const char *party, size_t *started)
{
    const json_t *list = json_object_get(clocks->model, "statements");
    for (size_t i = 0; i < json_array_size(list) && strcmp(json_text(duty, "starts", ""), "aware") == 0; i++) {
        const json_t *entry = json_array_get(list, i), *aware = json_object_get(entry, "aware");
        if (json_is_object(aware) && strcmp(json_text(aware, "party", ""), party) == 0 &&
            !assay_case_is_hijacked(clocks->model, entry, NULL)) {
            struct start start = {json_text(entry, "id", ""), json_text(aware, "at", ""), json_text(entry, "party", ""),
                                  json_text(entry, "time", "")};
            TRY(add_started(clocks, duty, party, &start));
            (*started)++;
        }
    }
    return 0;
}

static int add_duty(struct clocks *clocks, const json_t *duty, const json_t *party)
{
    const char *id = json_text(party, "id", "");
    size_t started = 0;
    TRY(add_from_clocks(clocks, duty, id, &started));
    TRY(add_from_statements(clocks, duty, id, &started));
    struct start none = {"", "", "", json_text(party, "time", "")};
    return started > 0 ? 0 : append_row(clocks, duty_row(duty, id, &none), "no-start");
}

static int add_named(struct clocks *clocks, const json_t *party, const char *name)
{
    const json_t *rows = json_object_get(clocks->duties, "rows");
    size_t found = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *duty = json_array_get(rows, i);
        if (strcmp(json_text(duty, "set", ""), name) == 0 || strcmp(json_text(duty, "id", ""), name) == 0) {
            TRY(add_duty(clocks, duty, party));
            found++;
        }
    }
    json_t *unknown = found == 0 ? json_pack("{s:s, s:s}", "party", json_text(party, "id", ""), "duty", name) : NULL;
    return found > 0 || json_array_append_new(clocks->unknown, unknown) == 0 ? 0 : err_no_memory(clocks->err);
}

static int add_duties(struct clocks *clocks)
{
    const json_t *parties = json_object_get(clocks->model, "parties");
    for (size_t i = 0; i < json_array_size(parties); i++) {
        const json_t *party = json_array_get(parties, i), *duties = json_object_get(party, "duties");
        for (size_t d = 0; d < json_array_size(duties); d++) {
            const char *name = json_string_value(json_array_get(duties, d));
            TRY(name != NULL ? add_named(clocks, party, name) : 0);
        }
    }
    return 0;
}

/* ---- all of them ---- */

static int by_end(const void *left, const void *right)
{
    const json_t *a = *(const json_t *const *)left, *b = *(const json_t *const *)right;
    int64_t x = time_of(a, "over"), y = time_of(b, "over");
    if (x != y) {
        return x == TIME_NONE ? 1 : y == TIME_NONE ? -1 : x < y ? -1 : 1;
    }
    int order = strcmp(json_text(a, "id", ""), json_text(b, "id", ""));
    order = order != 0 ? order : strcmp(json_text(a, "party", ""), json_text(b, "party", ""));
    return order != 0 ? order : strcmp(json_text(a, "start", ""), json_text(b, "start", ""));
}

static int sort_rows(struct clocks *clocks, json_t *into)
{
    size_t count = json_array_size(clocks->rows);
    json_t **rows = ARENA_NEW(&clocks->arena, json_t *, count + 1, clocks->err);
    if (rows == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = json_array_get(clocks->rows, i);
    }
    qsort(rows, count, sizeof(json_t *), by_end);
    for (size_t i = 0; i < count; i++) {
        if (json_array_append(into, rows[i]) != 0) {
            return err_no_memory(clocks->err);
        }
    }
    return 0;
}

static int add_all(struct clocks *clocks)
{
    const json_t *statements = json_object_get(clocks->model, "statements");
    const json_t *replies = json_object_get(clocks->model, "replies");
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const json_t *statement = json_array_get(statements, i);
        TRY(json_is_object(json_object_get(statement, "notice")) ? add_notice(clocks, statement) : 0);
    }
    for (size_t i = 0; i < json_array_size(replies); i++) {
        TRY(add_reply(clocks, json_array_get(replies, i)));
    }
    return clocks->duties != NULL ? add_duties(clocks) : 0;
}

json_t *assay_case_clocks(const json_t *model, const json_t *duties, int64_t now, struct err *err)
{
    OWN(own_json) json_t *rows = json_array();
    OWN(own_json) json_t *told = json_pack("{s:[], s:[]}", "rows", "unknown_duties");
    OWN(own_clocks)
    struct clocks clocks = {.model = model,
                            .duties = duties,
                            .rows = rows,
                            .unknown = json_object_get(told, "unknown_duties"),
                            .now = now,
                            .err = err};
    arena_init(&clocks.arena, (size_t)64 << 20);
    if (rows == NULL || told == NULL) {
        err_no_memory(err);
        return NULL;
    }
    return add_all(&clocks) == 0 && sort_rows(&clocks, json_object_get(told, "rows")) == 0 ? json_incref(told) : NULL;
}
