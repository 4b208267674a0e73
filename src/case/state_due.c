/* Deadlines of a statements file: a time, or a span and where it starts ("7 business days from served"). They are resolved when
 * they are recorded, so that whoever reads the ledger sees the day that was counted, the words it was counted from, and the calendar. */
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/clock_span.h"
#include "case/state.h"

#include "base/banned.h"

static int no_start(const struct state *state, const struct yaml *value)
{
    (void)state_fail(state, value, "deadline \"%.*s\" has no start", STR_FMT(value->text));
    return err_remedy(state->err, "write when the clock starts, for example: due: %.*s from 2026-03-31T09:00Z",
                      STR_FMT(value->text));
}

int field_due(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    struct span span;
    TRY(state_want_text(state, value));
    struct str text = str_trim(value->text);
    if (str_find(text, STR(" from "), 0) == SIZE_MAX && span_read(text, &span)) {
        return no_start(state, value);
    }
    return state_set(state, into, field->member, state_string(text)); /* settled when all keys are read */
}

/* "served" and "asked" are where other keys of the same thing say so. */
static int read_start(struct state *state, const struct yaml *value, struct str since, const json_t *into,
                      struct moment *ret_from)
{
    static const char *const names[] = {"served", "asked"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(since, str_of(names[i]))) {
            if (moment_read(str_of(json_text(into, names[i], "")), ret_from)) {
                return 0;
            }
            (void)state_fail(state, value, "the clock starts when it was %s, and '%s' does not stand here", names[i],
                             names[i]);
            return err_remedy(state->err, "add %s: 2026-03-31T09:00Z, or write the start itself", names[i]);
        }
    }
    if (!moment_read(since, ret_from)) {
        int64_t instant;
        return state_want_time(state, value, since, &instant);
    }
    return 0;
}

static int resolve(struct state *state, const struct yaml *value, json_t *into, const struct zone *zone,
                   struct moment *ret_due)
{
    struct str text = str_trim(value->text);
    size_t at = str_find(text, STR(" from "), 0);
    struct span span;
    struct moment from = {0};
    struct calendar calendar = {.has_us_holidays = strcmp(json_text(into, "calendar", ""), "US") == 0,
                                .holidays = json_object_get(into, "holidays")};
    char start[TIME_TEXT];
    if (at == SIZE_MAX) {
        int64_t instant;
        return moment_read(text, ret_due) ? 0 : state_want_time(state, value, text, &instant);
    }
    if (!span_read(str_slice(text, 0, at), &span)) {
        (void)state_fail(state, value, "'%.*s' is no deadline", STR_FMT(str_slice(text, 0, 60)));
        return err_remedy(state->err, "write a time, or such as: 7 days from 2020-09-04, 5 business days from served");
    }
    TRY(read_start(state, value, str_trim(str_slice(text, at + 6, text.len)), into, &from));
    moment_text(start, &from);
    TRY(state_set(state, into, "from", json_string(start)));
    *ret_due = span_end(&span, &from, &calendar, zone);
    return 0;
}

int state_settle_due(struct state *state, const struct yaml *map, json_t *into, const char *member)
{
    const struct yaml *value = state_member(map, member);
    const struct zone *zone = NULL;
    struct moment due = {0};
    char text[TIME_TEXT];
    if (value == NULL) {
        return 0;
    }
    const char *name = json_text(into, "zone", "UTC");
    TRY(zone_open(state->arena, str_of(name), &zone, state->err)); /* known already: field_zone() opened it */
    TRY(state_set(state, into, "due_said", state_string(str_trim(value->text))));
    TRY(resolve(state, value, into, zone, &due));
    moment_text(text, &due);
    TRY(state_set(state, into, member, json_string(text)));
    if (!due.is_day || zone == NULL) {
        return 0;
    }
    return state_set(state, into, "ends", state_time(moment_over(&due, zone), false));
}
