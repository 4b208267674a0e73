/* Programs that were run for a request that the access log does not have.
 *
 * Where an error log is too short to know what is usual for it, those of its lines count alone that say that a program behind the
 * server was at work: nginx hands on a request when it has read it, PHP complains while it runs, and in either case the server logs
 * the request when it ends, whatever became of it. So for each there is a line of that client with that method and target, later by no
 * more than it ran; where the error log does not name the request (Apache), at least some line of that client. The site must be the
 * access log's: the host that is named is the one its referers have, or others' complaints that have their request name it, or files
 * of the same folder. The clock is that of the access log, if all of it has one zone: one machine has one. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/contradict.h"

#include "base/banned.h"

enum {
    EXAMPLES = 8,
    AT_END = 300,    /* seconds: the newest requests may not have ended when the log was copied */
    AT_END_PART = 10 /* ... or this part of a log that is short */
};

struct runs {
    const struct run *run;
    uint32_t set;
    int shift;                 /* SHIFT_SECONDS, to the access log's clock */
    int64_t from, to;          /* what the access log covers, for certain */
    char folder[FOLDER_BYTES]; /* that files have in common of which others complained */
    size_t folder_len;
    uint64_t with, without; /* complaints that have their request, and those that do not */
};

/* The zone that all lines of all web logs name. */
static bool only_zone(const struct run *run, int *ret_minutes)
{
    bool has_one = false;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source_watch *watch = &run->watched->sources[i];
        if (run->sources.all[i].reader.format->kind != LOG_WEB || watch->newest == INT64_MIN) {
            continue;
        }
        if (!watch->has_zone || watch->zone_changes > 0 || (has_one && watch->zone != *ret_minutes)) {
            return false;
        }
        *ret_minutes = watch->zone;
        has_one = true;
    }
    return has_one;
}

/* By how much the error log's times, as they were read, are to be moved. */
static bool find_shift(struct runs *runs)
{
    const struct run *run = runs->run;
    uint64_t best, second;
    int minutes = 0;
    bool is_zoned = run->options->has_zone;
    for (size_t i = 0; i < run->sources.count; i++) {
        is_zoned |= run->sources.all[i].set == runs->set && (run->sources.all[i].reader.has & LOG_HAS_ZONE) != 0;
    }
    if (is_zoned) {
        runs->shift = 0;
        return true;
    }
    if (complaints_shift(run, runs->set, &runs->shift, &best, &second)) {
        return true;
    }
    if (!only_zone(run, &minutes) || minutes * 60 % SHIFT_SECONDS != 0) {
        return false;
    }
    runs->shift = -minutes * 60 / SHIFT_SECONDS;
    return true;
}

static bool has_bit(const uint64_t bits[static 2], int shift)
{
    int at = shift + SHIFTS_HALF;
    return (bits[at / 64] >> at % 64 & 1) != 0;
}

static int64_t moved_to_web(const struct runs *runs, const struct error_line *complaint)
{
    return complaint->second + (int64_t)runs->shift * SHIFT_SECONDS;
}

static bool is_looked_at(const struct runs *runs, const struct error_line *complaint)
{
    int64_t at = moved_to_web(runs, complaint);
    return runs->run->sources.all[complaint->at.source].set == runs->set && complaint->is_looked_up &&
           at > runs->from && at < runs->to;
}

/* The folder that both files are below; the length of its path, with its last slash. */
static size_t common_folder(const char *a, size_t len, const char *b)
{
    size_t same = 0, end = 0;
    while (same < len && a[same] == b[same]) {
        same++;
        end = a[same - 1] == '/' ? same : end;
    }
    return end;
}

static void count_with(struct runs *runs)
{
    const struct watched *watched = runs->run->watched;
    for (size_t i = 0; i < watched->complaint_count; i++) {
        const struct error_line *one = &watched->complaints[i];
        if (!is_looked_at(runs, one) || !has_bit(one->around, runs->shift)) {
            continue;
        }
        if (runs->folder_len == 0 && runs->with == 0) {
            memcpy(runs->folder, one->file, sizeof runs->folder);
            runs->folder_len = strlen(one->file);
        }
        runs->with++;
        runs->folder_len =
            one->file[0] == '\0' ? runs->folder_len : common_folder(runs->folder, runs->folder_len, one->file);
    }
}

static bool is_named_by_others(const struct runs *runs, const char *host)
{
    const struct watched *watched = runs->run->watched;
    for (size_t i = 0; i < watched->complaint_count; i++) {
        const struct error_line *one = &watched->complaints[i];
        if (is_looked_at(runs, one) && has_bit(one->around, runs->shift) && strcmp(one->host, host) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of_site(const struct runs *runs, const struct error_line *complaint)
{
    if (complaint->host[0] != '\0') {
        return is_own_site(runs->run->watched, str_of(complaint->host)) || is_named_by_others(runs, complaint->host);
    }
    return runs->folder_len > 1 && strncmp(complaint->file, runs->folder, runs->folder_len) == 0;
}

static bool stands_out(const struct runs *runs, const struct error_line *complaint)
{
    return complaint->is_run && is_looked_at(runs, complaint) && !has_bit(complaint->around, runs->shift) &&
           is_of_site(runs, complaint);
}

/* Examples, and when; the number of complaints is runs->without. */
static json_t *gather(struct runs *runs, int64_t *ret_from, int64_t *ret_to)
{
    const struct watched *watched = runs->run->watched;
    json_t *examples = json_array();
    *ret_from = INT64_MAX;
    *ret_to = INT64_MIN;
    for (size_t i = 0; i < watched->complaint_count; i++) {
        const struct error_line *one = &watched->complaints[i];
        if (!stands_out(runs, one)) {
            continue;
        }
        int64_t at = moved_to_web(runs, one);
        *ret_from = at < *ret_from ? at : *ret_from;
        *ret_to = at > *ret_to ? at : *ret_to;
        if (runs->without++ < EXAMPLES) {
            json_array_append_new(examples, place_json(runs->run, &one->at));
        }
    }
    return examples;
}

int tell_runs(struct telling *telling, uint32_t set)
{
    struct runs runs = {.run = telling->run, .set = set};
    if (set_kind(telling->run, set) != LOG_ERRORS || !kind_range(telling->run, LOG_WEB, &runs.from, &runs.to) ||
        !find_shift(&runs)) {
        return 0;
    }
    int64_t part = (runs.to - runs.from) / AT_END_PART;
    runs.to -= part < AT_END ? part : AT_END;
    count_with(&runs);
    int64_t from, to;
    json_t *examples = gather(&runs, &from, &to);
    if (runs.without == 0) {
        json_decref(examples);
        return 0;
    }
    char says[320];
    snprintf(
        says, sizeof says,
        "%llu lines of the error log say that a program was run for a request, and the access log has no such request of that "
        "client in a quarter of an hour around; %llu others have theirs",
        (unsigned long long)runs.without, (unsigned long long)runs.with);
    const struct sign sign = {
        .kind = "error without a request",
        .source = telling->run->sources.sets[set],
        .says = says,
        .innocent = "a folder or an address whose requests the server was told not to log, an access log of "
                    "another site that was not given, or a server process that died before it wrote the line",
        .of = LOG_WEB,
        .count = runs.without,
        .base = -1,
        .from = from,
        .to = to,
        .examples = examples};
    return sign_tell(telling, &sign);
}
