/* How much could have left: for each silence of the web log, for the time of each taking, and for all of it. A counter does not say
 * what left nor where to; it is an upper limit that nobody can argue with, and a witness against a log that shows less. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/tell.h"
#include "trace/traffic_inside.h"

#include "base/banned.h"

enum { DEVICES_SHOWN = 4, STRETCHES_MAX = 64, TAKEN_BYTES = 64 << 10 };

/* A stretch of time that is asked about. */
struct stretch {
    const char *about; /* "gap", "taking", "whole" */
    int64_t from, to;
    const struct use *use; /* a taking's */
    const char *set;       /* a gap's: which log was silent */
};

/* All counters of one device: they count the same bytes. */
struct device {
    size_t series[8];
    size_t count;
    uint64_t sent;
};

struct asking {
    struct telling *telling;
    struct traffic *traffic;
    struct device devices[SERIES_MAX];
    size_t device_count;
};

static int by_sent(const void *a, const void *b)
{
    const struct device *x = a, *y = b;
    if (x->sent != y->sent) {
        return x->sent > y->sent ? -1 : 1;
    }
    return x->series[0] < y->series[0] ? -1 : x->series[0] > y->series[0];
}

static void group_devices(struct asking *asking)
{
    const struct traffic *traffic = asking->traffic;
    for (size_t i = 0; i < traffic->series_count; i++) {
        const struct series *series = &traffic->series[i];
        size_t d = 0;
        while (d < asking->device_count) {
            const struct series *other = &traffic->series[asking->devices[d].series[0]];
            if (other->set == series->set && strcmp(other->device, series->device) == 0) {
                break;
            }
            d++;
        }
        struct device *device = &asking->devices[d];
        asking->device_count += d == asking->device_count;
        if (device->count < sizeof device->series / sizeof *device->series) {
            device->series[device->count++] = i;
        }
        uint64_t sent = series->sent > INT64_MAX - series->either ? INT64_MAX : series->sent + series->either;
        device->sent = sent > device->sent ? sent : device->sent;
    }
    qsort(asking->devices, asking->device_count, sizeof *asking->devices, by_sent);
}

/* Those that sent most; an interface that never sent anything only if there is no other. */
static size_t devices_shown(const struct asking *asking)
{
    size_t count = 0;
    while (count < asking->device_count && count < DEVICES_SHOWN && (count == 0 || asking->devices[count].sent > 0)) {
        count++;
    }
    return count;
}

/* The tightest limits that the counters of one device give together. */
struct answer {
    struct bound best;
    uint64_t min, max, usual, count;
    int64_t covered;
    size_t days;
    bool has_max, has_usual;
};

static void ask(const struct traffic *traffic, const struct device *device, const struct stretch *stretch,
                struct answer *answer)
{
    *answer = (struct answer){0};
    int64_t length = stretch->to - stretch->from;
    uint64_t finest = UINT64_MAX;
    for (size_t i = 0; i < device->count; i++) {
        const struct series *series = &traffic->series[device->series[i]];
        struct bound bound;
        uint64_t usual;
        size_t days;
        traffic_bound(traffic, device->series[i], stretch->from, stretch->to, &bound);
        answer->min = bound.min > answer->min ? bound.min : answer->min;
        answer->count += bound.count;
        answer->covered = bound.covered > answer->covered ? bound.covered : answer->covered;
        if (bound.covered == length && series->unsized == 0 && (!answer->has_max || bound.max < answer->max)) {
            answer->max = bound.max;
            answer->has_max = true;
        }
        if (series->session < finest &&
            traffic_usual(traffic, device->series[i], stretch->from, stretch->to, &usual, &days)) {
            answer->usual = usual;
            answer->days = days;
            answer->has_usual = true;
            finest = series->session;
        }
    }
}

static void limit_reasons(struct record *record, json_t *reasons, const struct stretch *stretch,
                          const struct answer *answer)
{
    char covered[TIME_TEXT], length[TIME_TEXT];
    duration(covered, answer->covered);
    duration(length, stretch->to - stretch->from);
    if (answer->covered == 0) {
        record_reason(record, reasons,
                      "no counter read here covers this time: how much left in it is not known from them");
        return;
    }
    if (!answer->has_max) {
        record_reason(record, reasons,
                      "the counters cover %s of %s: how much left in the rest is not known, so there is no upper limit",
                      covered, length);
    } else {
        record_reason(record, reasons,
                      "at most %llu bytes left by this interface: every interval that touches the time, counted whole",
                      (unsigned long long)answer->max);
    }
    record_reason(record, reasons, "at least %llu bytes left by it: only intervals wholly inside",
                  (unsigned long long)answer->min);
    if (answer->has_usual) {
        record_reason(record, reasons, "in the same hours of %zu other days it is %llu bytes (median)", answer->days,
                      (unsigned long long)answer->usual);
    } else {
        record_reason(record, reasons, "fewer than three other days have these hours: what is usual is not known");
    }
}

static void taking_reasons(struct record *record, json_t *reasons, const struct stretch *stretch,
                           const struct answer *answer)
{
    if (stretch->use == NULL) {
        return;
    }
    unsigned long long recorded = stretch->use->body_bytes;
    record_reason(record, reasons, "the web log has %llu bytes of answers to this client by this path in it", recorded);
    if (answer->has_max && answer->max < recorded) {
        record_reason(record, reasons,
                      "that is more than passed this interface: clocks differ, or the answers left by another one");
    }
}

static void source_reasons(struct record *record, json_t *reasons, const struct asking *asking,
                           const struct device *device)
{
    const struct traffic *traffic = asking->traffic;
    const struct series *series = &traffic->series[device->series[0]];
    bool is_zoned = true;
    for (size_t i = 0; i < traffic->run->sources.count; i++) {
        const struct source *source = &traffic->run->sources.all[i];
        is_zoned &= source->set != series->set || source->reader.format->kind != LOG_TRAFFIC ||
                    (source->reader.has & LOG_HAS_ZONE) != 0;
    }
    if (!is_zoned) {
        record_reason(record, reasons, "the counters' times carry no zone: %s",
                      traffic->run->options->has_zone ? "the given one was applied" : "UTC is assumed");
    }
    if (series->either > 0) {
        record_reason(record, reasons, "of %llu bytes the direction is not told: they are in the upper limit only",
                      (unsigned long long)series->either);
    }
    if (series->rounded > 0) {
        record_reason(record, reasons, "these counters are told rounded: the limits are wider for it");
    }
    if (series->is_flow) {
        record_reason(
            record, reasons,
            "flows are logged only while collection runs, and some are sampled: fewer are no proof that less passed");
    }
    if (traffic->grid > 1) {
        record_reason(record, reasons,
                      "so many flows that their times were rounded to %lld s: the limits are wider for it",
                      (long long)traffic->grid);
    }
    if (asking->device_count > devices_shown(asking)) {
        record_reason(record, reasons, "%zu further interfaces sent less, or nothing, and are left out",
                      asking->device_count - devices_shown(asking));
    }
}

static json_t *count_or_null(bool is_there, uint64_t count)
{
    return is_there ? json_integer((json_int_t)(count > INT64_MAX ? INT64_MAX : count)) : json_null();
}

static int tell_bound(struct asking *asking, const struct device *device, const struct stretch *stretch)
{
    struct telling *telling = asking->telling;
    const struct series *series = &asking->traffic->series[device->series[0]];
    struct answer answer;
    ask(asking->traffic, device, stretch, &answer);
    struct record record = record_new();
    json_t *reasons = json_array();
    record_set(&record, "class", json_string("traffic-bound"));
    record_set(&record, "about", json_string(stretch->about));
    record_time(&record, "from", stretch->from);
    record_time(&record, "to", stretch->to);
    record_set(&record, "seconds", json_integer(stretch->to - stretch->from));
    record_text(&record, "source", str_of(telling->run->sources.sets[series->set]));
    record_text_or_null(&record, "device", str_of(series->device));
    if (stretch->set != NULL) {
        record_text(&record, "silent", str_of(stretch->set));
    }
    if (stretch->use != NULL) {
        record_text(&record, "path", telling->run->seeds[stretch->use->seed].path);
        record_set(&record, "client", client_name(telling->story, suspect_number(telling->story, stretch->use->key)));
        record_text(&record, "address", str_of(stretch->use->address));
        record_count(&record, "recorded", stretch->use->body_bytes);
    }
    record_set(&record, "covered_s", json_integer(answer.covered));
    record_count(&record, "intervals", answer.count);
    record_set(&record, "sent_min", count_or_null(answer.covered > 0, answer.min));
    record_set(&record, "sent_max", count_or_null(answer.has_max, answer.max));
    record_set(&record, "usual", count_or_null(answer.has_usual, answer.usual));
    record_set(
        &record, "above_usual_max",
        count_or_null(answer.has_max && answer.has_usual, answer.max > answer.usual ? answer.max - answer.usual : 0));
    limit_reasons(&record, reasons, stretch, &answer);
    taking_reasons(&record, reasons, stretch, &answer);
    source_reasons(&record, reasons, asking, device);
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_MEASURE, &record);
}

static int tell_stretch(struct asking *asking, const struct stretch *stretch)
{
    for (size_t d = 0; d < devices_shown(asking); d++) {
        TRY(tell_bound(asking, &asking->devices[d], stretch));
    }
    return 0;
}

static bool is_web_set(const struct run *run, uint32_t set)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (run->sources.all[i].set == set && run->sources.all[i].reader.format->kind == LOG_WEB) {
            return true;
        }
    }
    return false;
}

static int tell_gaps(struct asking *asking, size_t *told)
{
    const struct story *story = asking->telling->story;
    const struct run *run = asking->telling->run;
    for (size_t i = 0; i < story->gap_count && *told < STRETCHES_MAX; i++) {
        const struct gap *gap = &story->gaps[i];
        if (is_web_set(run, gap->set) && gap->to > gap->from) {
            const struct stretch stretch = {
                .about = "gap", .from = gap->from, .to = gap->to, .set = run->sources.sets[gap->set]};
            TRY(tell_stretch(asking, &stretch));
            (*told)++;
        }
    }
    return 0;
}

static int tell_takings(struct asking *asking, size_t *told)
{
    const struct run *run = asking->telling->run;
    for (size_t i = 0; i < run->survey.uses.count && *told < 2 * STRETCHES_MAX; i++) {
        const struct use *use = &run->survey.uses.rows[i];
        if (use->ok > 0 && (use->dumps > 0 || use_above(run, use) > TAKEN_BYTES)) {
            const struct stretch stretch = {
                .about = "taking", .from = use->first_ok.second, .to = use->last_ok.second + 1, .use = use};
            TRY(tell_stretch(asking, &stretch));
            (*told)++;
        }
    }
    return 0;
}

/* From the web log's first line to its last; without one, as far as each counter goes. */
static int tell_whole(struct asking *asking)
{
    const struct run *run = asking->telling->run;
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.all[i];
        if (source->reader.format->kind == LOG_WEB && source->first <= source->last) {
            from = source->first < from ? source->first : from;
            to = source->last >= to ? source->last + 1 : to;
        }
    }
    for (size_t d = 0; d < devices_shown(asking); d++) {
        struct stretch stretch = {.about = "whole", .from = from, .to = to};
        for (size_t s = 0; s < asking->devices[d].count && to == INT64_MIN; s++) {
            const struct series *series = &asking->traffic->series[asking->devices[d].series[s]];
            stretch.from = series->from < stretch.from ? series->from : stretch.from;
            stretch.to = series->to > stretch.to ? series->to : stretch.to;
        }
        if (stretch.from < stretch.to) {
            TRY(tell_bound(asking, &asking->devices[d], &stretch));
        }
    }
    return 0;
}

int traffic_tell(struct telling *telling)
{
    struct traffic *traffic = telling->run->kinds[LOG_TRAFFIC];
    OWN(own_mem) struct asking *asking = calloc(1, sizeof *asking);
    size_t told = 0;
    if (asking == NULL) {
        return err_set(telling->err, ERR_LIMIT, "no memory for traffic counters");
    }
    asking->telling = telling;
    asking->traffic = traffic;
    traffic_sort(traffic);
    group_devices(asking);
    TRY(tell_gaps(asking, &told));
    TRY(tell_takings(asking, &told));
    return tell_whole(asking);
}
