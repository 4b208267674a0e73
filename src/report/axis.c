/* A time axis under the lanes of a picture, and bins over it. */
#include "report/axis.h"

#include "base/banned.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

void span_take(struct span *span, int64_t ns)
{
    if (ns == TIME_NONE) {
        return;
    }
    int64_t s = ns / NS_PER_S - (ns % NS_PER_S < 0);
    span->from = s < span->from ? s : span->from;
    span->to = s > span->to ? s : span->to;
}

bool span_is_empty(const struct span *span)
{
    return span->from > span->to;
}

void span_pad(struct span *span, int64_t least)
{
    int64_t pad = (span->to - span->from) / 24;
    pad = pad < least ? least : pad;
    span->from -= pad;
    span->to += pad;
}

static void put_tick_label(struct buf *out, int64_t at, int64_t step)
{
    int64_t ns = at * NS_PER_S;
    if (step < MINUTE_S) {
        number_clock(out, ns, true);
    } else if (step < DAY_S && at % DAY_S != 0) {
        number_clock(out, ns, false);
    } else {
        number_day(out, ns, step >= 2419200);
    }
}

void axis_draw(struct buf *out, const struct scale *scale, long top, long bottom, long label_y)
{
    int64_t ticks[AXIS_TICKS], step;
    size_t count = svg_scale_ticks(scale, AXIS_TICKS, ticks, &step);
    struct path lines[AXIS_TICKS * 2];
    long free_from = scale->lo - PX(40);
    for (size_t i = 0; i < count; i++) {
        long x = svg_scale_at(scale, ticks[i]);
        lines[2 * i] = (struct path){'M', {x, top}};
        lines[2 * i + 1] = (struct path){'V', {bottom + PX(4)}};
        OWN(own_buf) struct buf label = {0};
        put_tick_label(&label, ticks[i], step);
        long half = svg_text_width(buf_str(&label), false, false) / 2;
        if (x - half > free_from && x + half < scale->hi + PX(8)) {
            svg_text(out, x, label_y, "t2", ANCHOR_MIDDLE, buf_str(&label));
            free_from = x + half + PX(6);
        }
    }
    if (count > 0) {
        svg_path(out, "wkl", 0, lines, 2 * count);
    }
}

void axis_note(struct buf *out, const struct scale *scale)
{
    bool is_one_day = scale->from / DAY_S == (scale->to - 1) / DAY_S;
    bool is_one_year = scale->to - scale->from < 300 * (int64_t)DAY_S;
    buf_puts(out, "UTC; ");
    if (!is_one_day) {
        number_day(out, scale->from * NS_PER_S, !is_one_year);
        buf_puts(out, " to ");
    }
    number_day(out, scale->to * NS_PER_S, true);
}

int64_t bin_width(const struct span *span)
{
    static const int64_t widths[] = {MINUTE_S, 5 * MINUTE_S, 15 * MINUTE_S, HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S};
    int64_t length = span->to - span->from + 1;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        if (length / widths[i] + 2 <= BIN_MAX) {
            return widths[i];
        }
    }
    int64_t width = 7 * (int64_t)DAY_S;
    while (length / width + 2 > BIN_MAX) {
        width *= 2;
    }
    return width;
}

void bin_name(struct buf *out, int64_t seconds)
{
    int64_t unit = seconds >= DAY_S ? DAY_S : seconds >= HOUR_S ? HOUR_S : MINUTE_S;
    const char *name = unit == DAY_S ? "day" : unit == HOUR_S ? "hour" : "minute";
    if (seconds == unit) {
        buf_puts(out, name);
    } else {
        buf_printf(out, "%lld %ss", (long long)(seconds / unit), name);
    }
}
