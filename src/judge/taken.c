/* Were whole tables read through what was planted? The database's own log beside the web's: a dump that began or ended with a request to what
 * was planted, by a client that used it (`taking-database` of trace, as far as it names such a client), and to whom something large left by the
 * web log: what was read may have stayed where it was. A dump alone says little - backups,
 * administrators and developers read whole tables, too - and at the time of such a request hardly any does.
 *
 * It can be told only where the web log shows a use and the clocks of both logs were brought together. Elsewhere the item is there, covers
 * nothing and says why: what was cut out of the web log is weighed once, as the silence of that log. */
#include <stdio.h>

#include "base/json.h"
#include "base/time.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { MOST_APART_S = 2 * 86400 }; /* trace compares clocks over 14 hours */

static const json_t *database_log(const json_t *summary)
{
    return json_object_get(json_object_get(summary, "logs"), "database");
}

bool taken_begin(const struct items_place *place, const json_t *summary, const struct item *log, const char *rate,
                 struct item *item)
{
    if (database_log(summary) == NULL) {
        return false;
    }
    *item = *log;
    item->source = SOURCE_DB_TAKEN;
    item->group = SOURCE_DB_TAKEN;
    item->note[0] = '\0';
    item->record_count = 0;
    snprintf(item->rate_name, sizeof item->rate_name, "%s", rate);
    item->is_measured =
        rates_read(rates_entry(place->rates, "trace", item->rate_name), "false_sessions", "false_logs", item);
    item->units[0].looked_at = log->units[0].looked_at;
    item->units[1].looked_at = 1;
    return true;
}

/* A span that a log covers, by the web server's clock. */
struct span {
    int64_t from, to;
};

static struct span span_of(const json_t *log, int64_t offset_ns)
{
    const int64_t first = items_time(log, "first"), last = items_time(log, "last");

    if (first == TIME_NONE || last == TIME_NONE || last < first) {
        return (struct span){0, 0};
    }
    return (struct span){first + offset_ns, last + offset_ns + NS_PER_S};
}

static struct span common(struct span a, struct span b)
{
    const struct span both = {a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to};

    return both.to > both.from ? both : (struct span){0, 0};
}

/* Of a span, what holes of either log take from it. */
static double in_holes(const json_t *summary, struct span span, int64_t offset_ns)
{
    double sum = 0;
    size_t i;
    const json_t *gap;

    json_array_foreach(json_object_get(summary, "gaps"), i, gap)
    {
        const char *of = json_text(gap, "log", "web");
        const bool is_database = strcmp(of, "database") == 0;
        const int64_t shift = is_database ? offset_ns : 0;
        const int64_t from = items_time(gap, "from"), to = items_time(gap, "to");

        if (from != TIME_NONE && to != TIME_NONE && (is_database || strcmp(of, "web") == 0)) {
            sum += (double)items_overlap_ns(from + shift, to + shift, span.from, span.to);
        }
    }
    return sum;
}

static void cover(const json_t *summary, struct window window, int64_t offset_ns, struct item *item)
{
    const struct span both = common(span_of(items_web_log(summary), 0), span_of(database_log(summary), offset_ns));
    const struct span asked = window.known ? (struct span){window.from, window.to} : both;
    const struct span seen = common(both, asked);
    const int64_t length = items_overlap_ns(asked.from, asked.to, asked.from, asked.to);
    const double left =
        (double)items_overlap_ns(seen.from, seen.to, seen.from, seen.to) - in_holes(summary, seen, offset_ns);
    const double share = length > 0 && left > 0 ? left / (double)length : 0;

    item->coverage = share * items_parsed(summary) * items_parsed_of(database_log(summary));
    item->window_known = window.known;
    items_tell_span(item, item->coverage, length);
}

static void say_nothing(struct item *item, const char *why)
{
    item->coverage = 0;
    snprintf(item->note, sizeof item->note, "%s", why);
}

void taken_cover(const struct items_place *place, const json_t *summary, const struct item *log, struct item *item)
{
    const struct window window = window_of_claim(place->model, place->claim);
    const json_t *offset = json_object_get(database_log(summary), "offset_s");
    const json_int_t seconds = json_integer_value(offset);
    const bool is_joined = json_is_integer(offset) && seconds > -MOST_APART_S && seconds < MOST_APART_S;

    cover(summary, window, is_joined ? (int64_t)seconds * NS_PER_S : 0, item);
    if (log->users == 0) {
        say_nothing(
            item,
            "nobody is seen in the web log to use what was planted, so nothing in the database's log goes with it");
    } else if (!is_joined) {
        say_nothing(item, "the clocks of the web log and of the database's could not be brought together");
    } else if (item->units[0].found < 1 && !item->window_known) {
        say_nothing(item, "nobody said when it happened, so a log that shows nothing says nothing");
    } else if (item->units[0].found < 1 && items_is_silenced(place, log)) {
        say_nothing(item, "a hole in a log kept by the party that denies: its silence says nothing");
    }
}
