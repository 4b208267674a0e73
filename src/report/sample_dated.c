/* What a sample's summary says of dates (sample_dated.h). */
#include "report/sample_dated.h"

#include "base/str.h"

#include "base/banned.h"

enum { DAY_S = 86400 };

static int64_t instant_of(const json_t *pair, size_t index)
{
    struct str text = model_text_at(pair, index);
    return text.len > 0 ? time_parse(text) : TIME_NONE;
}

/* An interval of which at least one end is known. */
static bool take_interval(const json_t *pair, struct interval *ret_interval)
{
    ret_interval->from = instant_of(pair, 0);
    ret_interval->to = instant_of(pair, 1);
    return ret_interval->from != TIME_NONE || ret_interval->to != TIME_NONE;
}

bool dated_is_forward(const struct interval *interval)
{
    return interval->from == TIME_NONE || interval->to == TIME_NONE || interval->from <= interval->to;
}

uint64_t dated_count(const json_t *counts, size_t index)
{
    const json_t *count = json_array_get(counts, index);
    return json_is_integer(count) && json_integer_value(count) > 0 ? (uint64_t)json_integer_value(count) : 0;
}

/* Buckets of whole calendar months, from "2017-09" on. */
static void take_months(struct dates *dates, const json_t *months)
{
    OWN(own_buf) struct buf first = {0};
    buf_put(&first, model_text(months, "first"));
    buf_puts(&first, "-01T00:00:00Z");
    int64_t at = first.len == 20 ? time_parse(buf_str(&first)) : TIME_NONE, year;
    uint64_t step = model_count(months, "months");
    size_t count = json_array_size(model_array(months, "from"));
    unsigned month, day;
    if (at == TIME_NONE || step == 0 || step > 1200 || count == 0 || count > MONTHS_MAX ||
        count != json_array_size(model_array(months, "until"))) {
        return;
    }
    time_date(at / NS_PER_S / DAY_S, &year, &month, &day);
    for (size_t i = 0; i <= count; i++) {
        uint64_t total = month - 1 + i * step;
        OWN(own_buf) struct buf text = {0};
        buf_printf(&text, "%04lld-%02u-01T00:00:00Z", (long long)year + (long long)(total / 12),
                   (unsigned)(total % 12) + 1);
        dates->starts[i] = time_parse(buf_str(&text));
        if (dates->starts[i] == TIME_NONE) {
            return;
        }
    }
    dates->begin = model_array(months, "from");
    dates->end = model_array(months, "until");
    dates->month_count = count;
    dates->months = step;
    dates->open = model_count(months, "open");
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = dated_count(dates->begin, i), end = dated_count(dates->end, i);
        dates->most = begin > dates->most ? begin : dates->most;
        dates->most = end > dates->most ? end : dates->most;
    }
}

static void take_copy(struct dates *dates, const json_t *record, bool is_database)
{
    int64_t at = instant_of(model_array(record, "date"), 0);
    if (at == TIME_NONE) {
        return;
    }
    if (dates->copy_count == BACKUPS_MAX + (size_t)is_database) {
        dates->copies_left_out++;
        return;
    }
    dates->copies[dates->copy_count++] = (struct copy){record, at, is_database};
}

static struct scale make_scale(const struct dates *dates)
{
    struct span span = SPAN_EMPTY;
    span_take(&span, dates->has_hard ? dates->hard.from : TIME_NONE);
    span_take(&span, dates->has_hard ? dates->hard.to : TIME_NONE);
    span_take(&span, dates->has_soft ? dates->soft.from : TIME_NONE);
    span_take(&span, dates->has_soft ? dates->soft.to : TIME_NONE);
    for (size_t i = 0; i < dates->export_count; i++) {
        span_take(&span, dates->exports[i].from);
        span_take(&span, dates->exports[i].to);
    }
    for (size_t i = 0; i < dates->copy_count; i++) {
        span_take(&span, dates->copies[i].at);
    }
    if (dates->month_count > 0) {
        span_take(&span, dates->starts[0]);
        span_take(&span, dates->starts[dates->month_count]);
    }
    if (!span_is_empty(&span)) {
        span_pad(&span, DAY_S);
    }
    return (struct scale){span.from, span.to, DATED_LEFT, DATED_RIGHT};
}

void dated_take(struct dates *dates, const struct sample *sample)
{
    const json_t *all = model_object(sample->summary, "dates"), *exports = model_array(all, "exports"),
                 *backups = model_array(all, "backups");
    dates->has_hard = take_interval(model_array(sample->summary, "taken_between"), &dates->hard);
    dates->has_soft =
        take_interval(model_array(sample->summary, "taken_soft"), &dates->soft) && dated_is_forward(&dates->soft);
    dates->is_split = !dated_is_forward(&dates->hard) || model_count(sample->summary, "exports_at_least") > 1;
    for (size_t i = 0; i < json_array_size(exports); i++) {
        struct interval one = {.rows = model_count(json_array_get(exports, i), "rows")};
        if (!take_interval(model_array(json_array_get(exports, i), "between"), &one) || !dated_is_forward(&one)) {
            continue;
        }
        if (dates->export_count == EXPORTS_MAX) {
            dates->exports_left_out++;
        } else {
            dates->exports[dates->export_count++] = one;
        }
    }
    for (size_t i = 0; i < json_array_size(backups); i++) {
        take_copy(dates, json_array_get(backups, i), false);
    }
    take_copy(dates, model_object(all, "reference"), true);
    take_months(dates, model_object(all, "months"));
    dates->has_rows = model_has_number(all, "rows");
    dates->rows = model_count(all, "rows");
    dates->scale = make_scale(dates);
}
