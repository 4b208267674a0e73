/* Did a request bring what was planted? A file's own time against the log: of the planted files that sweep named and whose time lies
 * within the log, those for which trace has, at that very time, a request that could carry a file, by a client that nobody had signed in
 * and that asked for the file afterwards, before anybody was answered there (`upload-candidate/high`).
 *
 * Tree and log are different sources: that innocent files look like a backdoor, and that their time agrees with whoever asks for them
 * first, have different causes. Where the log shows a use as well, that speaks alone: both would be of one log and one client. */
#include <stdio.h>

#include "base/json.h"
#include "base/time.h"
#include "judge/inside.h"

#include "base/banned.h"

enum { FOLLOWED_MAX = 128 }; /* trace follows no more given paths */

#define SAME_NS (2 * NS_PER_S) /* trace's: so near, a request and a file's time are one moment */

/* Of the planted files that were there to be followed. */
struct files {
    double count, in_log; /* with a time of their own within the log */
};

/* Followed by trace, that is: a configuration is asked for by nobody. */
static bool is_named(const json_t *row)
{
    const json_t *record = json_object_get(row, "record");
    const char *confidence = json_text(record, "confidence", "");
    const char *class = json_text(record, "class", "");

    return strcmp(json_text(row, "type", ""), "finding") == 0 && class_is_planted(class) &&
           strcmp(class, "config-shell") != 0 && (strcmp(confidence, "high") == 0 || strcmp(confidence, "medium") == 0);
}

static bool is_in_hole(const json_t *summary, int64_t when)
{
    size_t i;
    const json_t *gap;

    json_array_foreach(json_object_get(summary, "gaps"), i, gap)
    {
        const int64_t from = items_time(gap, "from"), to = items_time(gap, "to");

        if (strcmp(json_text(gap, "log", "web"), "web") == 0 && from != TIME_NONE && to != TIME_NONE && when > from &&
            when < to) {
            return true;
        }
    }
    return false;
}

static bool is_in_log(const json_t *summary, int64_t when)
{
    const json_t *log = items_web_log(summary);
    const int64_t first = items_time(log, "first"), last = items_time(log, "last");

    return when != TIME_NONE && first != TIME_NONE && last != TIME_NONE && when >= first - SAME_NS &&
           when <= last + SAME_NS && !is_in_hole(summary, when);
}

/* Equal bytes are one planting, as in the tree; sweeps after the log was traced were not followed in it. What is beyond FOLLOWED_MAX is not
 * counted: the sieve (sieve.c) keeps the first of them. */
static struct files files_before(const struct items_place *place, const json_t *summary)
{
    struct files files = {0};
    json_t *seen = json_object();
    size_t x, r;
    const json_t *exam, *row;

    json_array_foreach(json_object_get(place->model, "examinations"), x, exam)
    {
        if (exam == place->exam) {
            break;
        }
        const bool is_sweep =
            strcmp(json_text(exam, "engine", ""), "sweep") == 0 && strcmp(json_text(exam, "status", ""), "done") == 0;
        json_array_foreach(is_sweep ? json_object_get(exam, "records") : NULL, r, row)
        {
            const json_t *record = json_object_get(row, "record");
            const char *name = json_text(record, "sha256", json_text(record, "path", ""));

            if (files.count < FOLLOWED_MAX && is_named(row) && json_object_get(seen, name) == NULL) {
                json_object_set_new(seen, name, json_true());
                files.count++;
                files.in_log += is_in_log(summary, items_time(record, "mtime"));
            }
        }
    }
    json_decref(seen);
    return files;
}

/* Files that a request brought, by the seed that each is; no more than were asked for. */
static void count_came(const json_t *exam, const struct window *window, double most, struct item *item)
{
    json_t *seen = json_object();
    size_t i;
    const json_t *row;

    json_array_foreach(json_object_get(exam, "records"), i, row)
    {
        const json_t *record = json_object_get(row, "record");
        const bool is_candidate = strcmp(json_text(row, "type", ""), "finding") == 0 &&
                                  strcmp(json_text(record, "class", ""), "upload-candidate") == 0 &&
                                  strcmp(json_text(record, "confidence", ""), "high") == 0;

        if (is_candidate && items_is_outsider(window, record) &&
            class_is_planted(json_text(record, "class_of_path", ""))) {
            json_object_set_new(seen, json_text(record, "seed", ""), json_true());
            if (item->record_count < RECORD_MAX) {
                item->records[item->record_count++] = json_text(row, "id", "");
            }
        }
    }
    const double found = (double)json_object_size(seen);
    item->units[0].found = found < most ? found : most;
    item->units[1].found = found > 0 ? 1 : 0;
    json_decref(seen);
}

static void say_nothing(struct item *item, const char *why)
{
    item->coverage = 0;
    snprintf(item->note, sizeof item->note, "%s", why);
}

bool came_count(const struct items_place *place, const json_t *summary, const struct item *use, struct item *item)
{
    const struct window window = window_of_claim(place->model, place->claim);
    const struct files files = files_before(place, summary);

    item->source = SOURCE_LOG_CAME;
    item->group = SOURCE_LOG_CAME;
    item->window_known = true;
    item->unit_name = "files";
    item->note[0] = '\0';
    item->record_count = 0;
    item->n = (uint64_t)files.in_log;
    item->of = (uint64_t)files.count;
    snprintf(item->rate_name, sizeof item->rate_name, "%s", "upload-candidate/high");
    item->is_measured =
        rates_read(rates_entry(place->rates, "trace", item->rate_name), "false_files", "false_logs", item);
    if (files.count < 1) {
        return false;
    }
    item->units[0].looked_at = files.in_log;
    item->units[1].looked_at = 1;
    item->coverage = files.in_log / files.count * items_parsed(summary);
    count_came(place->exam, &window, files.in_log, item);
    if (files.in_log < 1) {
        say_nothing(item, "the times of the planted files lie outside the log");
    } else if (use->units[0].found >= 1) {
        say_nothing(item, "the use of what was planted, in the same log, speaks for it");
    } else if (item->units[0].found < 1 && items_is_silenced(place, use)) {
        say_nothing(item, "a hole in a log kept by the party that denies: its silence says nothing");
    }
    return true;
}
