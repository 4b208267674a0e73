/* Figure: the requests themselves, on a scale of their own. A lane for each client and script with one mark a
 * request (binned when there are many), and above them the requests that the story names. */
#include "base/str.h"
#include "report/axis.h"
#include "report/events.h"
#include "report/traced.h"

#include "base/banned.h"

enum { LANES_MAX = 6, NAMED_MAX = 8, ROW = 190, LEFT = 1120, RIGHT = 8120, FIGURE_W = 8200, LANE_H = 460 };

struct lane {
    struct str client, path;
    uint64_t count;
};

struct zoom {
    struct scale scale;
    struct span span;
    struct lane lanes[LANES_MAX];
    size_t lane_count;
    uint64_t left_out; /* events of clients and scripts beyond LANES_MAX */
    size_t first, end; /* the events of the stretch that is drawn */
    struct event *named[NAMED_MAX];
    size_t named_count;
    int64_t bin; /* seconds; 0: one mark a request */
    uint64_t tallest;
    long y;
};

static bool is_upload(const struct event *event)
{
    return str_eq(model_text(event->record, "role"), STR("upload"));
}

static struct lane *lane_of(struct zoom *zoom, const struct event *event)
{
    struct str client = model_text(event->record, "client"), path = model_text(event->record, "path");
    for (size_t i = 0; i < zoom->lane_count; i++) {
        if (str_eq(zoom->lanes[i].client, client) && str_eq(zoom->lanes[i].path, path)) {
            return &zoom->lanes[i];
        }
    }
    if (zoom->lane_count == LANES_MAX || is_upload(event)) {
        return NULL;
    }
    zoom->lanes[zoom->lane_count] = (struct lane){client, path, 0};
    return &zoom->lanes[zoom->lane_count++];
}

/* The named requests, one role of a path once, in time order. */
static void take_named(struct zoom *zoom, struct event *event)
{
    struct str role = model_text(event->record, "role"), path = model_text(event->record, "path");
    if (zoom->named_count == NAMED_MAX || str_eq(role, STR("use"))) {
        return;
    }
    for (size_t i = 0; i < zoom->named_count; i++) {
        const json_t *other = zoom->named[i]->record;
        bool is_same = str_eq(model_text(other, "role"), role) && str_eq(model_text(other, "path"), path);
        bool is_request = zoom->named[i]->at == event->at && zoom->named[i]->line == event->line;
        if (is_same || is_request) {
            return;
        }
    }
    zoom->named[zoom->named_count++] = event;
}

/* Where most of the requests lie: as long as one pause is more than a third of the stretch, the side with fewer is left off. */
static void choose_stretch(const struct model *model, struct zoom *zoom)
{
    zoom->first = 0;
    zoom->end = model->request_count;
    while (zoom->end - zoom->first > 2) {
        int64_t whole = model->requests[zoom->end - 1]->at - model->requests[zoom->first]->at, pause = 0;
        size_t cut = zoom->first;
        for (size_t i = zoom->first + 1; i < zoom->end; i++) {
            int64_t step = model->requests[i]->at - model->requests[i - 1]->at;
            cut = step > pause ? i : cut;
            pause = step > pause ? step : pause;
        }
        if (pause <= whole / 3) {
            return;
        }
        if (cut - zoom->first >= zoom->end - cut) {
            zoom->end = cut;
        } else {
            zoom->first = cut;
        }
    }
}

static void take(const struct model *model, struct zoom *zoom)
{
    zoom->span = SPAN_EMPTY;
    choose_stretch(model, zoom);
    for (size_t i = zoom->first; i < zoom->end; i++) {
        struct lane *lane = lane_of(zoom, model->requests[i]);
        span_take(&zoom->span, model->requests[i]->at);
        take_named(zoom, model->requests[i]);
        if (lane != NULL) {
            lane->count++;
        } else if (!is_upload(model->requests[i])) {
            zoom->left_out++;
        }
    }
}

static bool is_in(const struct lane *lane, const struct event *event)
{
    return str_eq(lane->client, model_text(event->record, "client")) &&
           str_eq(lane->path, model_text(event->record, "path"));
}

static size_t bin_of(const struct zoom *zoom, const struct event *event)
{
    int64_t at = event->at / NS_PER_S, start = zoom->span.from - zoom->span.from % zoom->bin;
    int64_t index = at >= start ? (at - start) / zoom->bin : 0;
    return (size_t)(index >= BIN_MAX ? BIN_MAX - 1 : index);
}

static void fill_bins(const struct model *model, const struct zoom *zoom, const struct lane *lane,
                      uint64_t bins[static BIN_MAX])
{
    memset(bins, 0, BIN_MAX * sizeof bins[0]);
    for (size_t i = zoom->first; i < zoom->end; i++) {
        if (is_in(lane, model->requests[i])) {
            bins[bin_of(zoom, model->requests[i])]++;
        }
    }
}

/* One height scale for all lanes. */
static void choose_bins(const struct model *model, struct zoom *zoom)
{
    uint64_t bins[BIN_MAX];
    for (size_t i = 0; i < zoom->lane_count; i++) {
        if (zoom->lanes[i].count > BIN_MAX) {
            zoom->bin = bin_width(&zoom->span);
        }
    }
    for (size_t i = 0; zoom->bin > 0 && i < zoom->lane_count; i++) {
        fill_bins(model, zoom, &zoom->lanes[i], bins);
        for (size_t b = 0; b < BIN_MAX; b++) {
            zoom->tallest = bins[b] > zoom->tallest ? bins[b] : zoom->tallest;
        }
    }
}

/* ---- drawing ---- */

static enum word role_word(struct str role)
{
    return str_eq(role, STR("upload"))      ? W_ROLE_UPLOAD
           : str_eq(role, STR("first-use")) ? W_ROLE_FIRST
           : str_eq(role, STR("dump"))      ? W_ROLE_DUMP
           : str_eq(role, STR("largest"))   ? W_ROLE_LARGEST
           : str_eq(role, STR("last"))      ? W_ROLE_LAST
                                            : W_ROLE_ADMIN;
}

static void named_label(struct page *page, struct buf *label, struct event *event)
{
    const json_t *record = event_record(page->model, event);
    number_clock(label, event->at, true);
    buf_puts(label, "  ");
    uint64_t bytes = model_count(record, "bytes");
    enum word role = role_word(model_text(record, "role"));
    PLAIN(page, label, role, FILL_TEXT("path", model_text(record, "path")), FILL_COUNT("bytes", bytes));
    struct str exhibit = model_exhibit(page->model, event->exam, model_text(record, "source"));
    buf_puts(label, " · ");
    buf_put(label, exhibit);
    if (event->line > 0) {
        PLAIN(page, label, W_LINE, FILL_COUNT("n", event->line));
    }
}

static void put_named(struct page *page, const struct zoom *zoom, struct event *event, long y)
{
    long x = svg_scale_at(&zoom->scale, event->at / NS_PER_S);
    bool is_big = str_eq(model_text(event->record, "role"), STR("dump")) ||
                  str_eq(model_text(event->record, "role"), STR("largest"));
    OWN(own_buf) struct buf label = {0}, fitted = {0};
    named_label(page, &label, event);
    svg_circle(&page->out, "bar", x, y, is_big ? 45 : 30);
    bool to_left = x - LEFT > RIGHT - x;
    svg_text_fit(&fitted, buf_str(&label), (to_left ? x - LEFT : RIGHT - x) - PX(14), false, false);
    svg_text(&page->out, to_left ? x - PX(10) : x + PX(10), y + PX(4), NULL, to_left ? ANCHOR_END : ANCHOR_START,
             buf_str(&fitted));
}

static void lane_label(struct page *page, const struct zoom *zoom, const struct lane *lane)
{
    OWN(own_buf) struct buf client = {0}, title = {0}, under = {0};
    svg_text_fit(&client, lane->client, PX(50), true, false);
    PLAIN(page, &title, W_LANE_CLIENT, FILL_TEXT("client", buf_str(&client)), FILL_COUNT("n", lane->count));
    svg_text_fit(&under, lane->path, LEFT - PX(10), false, false);
    svg_text(&page->out, 0, zoom->y + PX(14), "b", ANCHOR_START, buf_str(&title));
    svg_text(&page->out, 0, zoom->y + PX(29), "t2", ANCHOR_START, buf_str(&under));
}

static void put_bars(struct page *page, const struct zoom *zoom, const struct lane *lane)
{
    uint64_t bins[BIN_MAX];
    int64_t start = zoom->span.from - zoom->span.from % zoom->bin;
    fill_bins(page->model, zoom, lane, bins);
    for (size_t b = 0; b < BIN_MAX; b++) {
        if (bins[b] == 0) {
            continue;
        }
        long left = svg_scale_at(&zoom->scale, start + (int64_t)b * zoom->bin);
        long right = svg_scale_at(&zoom->scale, start + (int64_t)(b + 1) * zoom->bin);
        long height = (long)(bins[b] * (uint64_t)(LANE_H - PX(6)) / zoom->tallest);
        svg_rect(&page->out, "bar", left, zoom->y + LANE_H - (height < 10 ? 10 : height),
                 right - left - 10 > 15 ? right - left - 10 : 15, height < 10 ? 10 : height);
    }
}

static void put_ticks(struct page *page, const struct zoom *zoom, const struct lane *lane)
{
    for (size_t i = zoom->first; i < zoom->end; i++) {
        if (is_in(lane, page->model->requests[i])) {
            long x = svg_scale_at(&zoom->scale, page->model->requests[i]->at / NS_PER_S);
            svg_rect(&page->out, "bar", x - 10, zoom->y + PX(10), 20, LANE_H - PX(20));
        }
    }
}

static void put_gaps(struct page *page, const struct zoom *zoom, long top, long bottom)
{
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        const json_t *gaps = model_is_engine(exam, "trace") ? model_array(model_summary(exam), "gaps") : NULL;
        for (size_t g = 0; g < json_array_size(gaps) && g < 400; g++) {
            const json_t *gap = json_array_get(gaps, g);
            if (!traced_is_of(gap, LOG_OF_WEB)) {
                continue;
            }
            int64_t from = model_time(gap, "from"), to = model_time(gap, "to");
            long left = svg_scale_at(&zoom->scale, from / NS_PER_S), right = svg_scale_at(&zoom->scale, to / NS_PER_S);
            if (from != TIME_NONE && to != TIME_NONE && right > left) {
                svg_rect(&page->out, "hole", left, top, right - left, bottom - top);
            }
        }
    }
}

static void describe(struct page *page, const struct zoom *zoom, struct buf *desc)
{
    PLAIN(page, desc, W_ZOOM_DESC, FILL_COUNT("n", zoom->end - zoom->first),
          FILL_INSTANT("from", zoom->span.from * NS_PER_S), FILL_INSTANT("to", zoom->span.to * NS_PER_S));
    for (size_t i = 0; i < zoom->named_count; i++) {
        buf_putc(desc, ' ');
        named_label(page, desc, zoom->named[i]);
        buf_putc(desc, '.');
    }
}

static void draw(struct page *page, struct zoom *zoom)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf desc = {0}, note = {0};
    char id[16];
    long named_h = (long)zoom->named_count * ROW + PX(8);
    long height = PX(4) + named_h + PX(6) + (long)zoom->lane_count * (LANE_H + PX(6)) + PX(40);
    snprintf(id, sizeof id, "f%u", page->figures);
    describe(page, zoom, &desc);
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = height,
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_ZOOM_TITLE)),
                                     .desc = buf_str(&desc)});
    zoom->y = PX(4);
    svg_rect(out, "wash", LEFT, zoom->y, RIGHT - LEFT, named_h);
    svg_text(out, 0, zoom->y + PX(14), "b", ANCHOR_START, str_of(say_template(W_LANE_NAMED)));
    for (size_t i = 0; i < zoom->named_count; i++) {
        put_named(page, zoom, zoom->named[i], zoom->y + PX(14) + (long)i * ROW);
    }
    zoom->y += named_h + PX(6);
    long lanes_top = zoom->y, lanes_end = zoom->y + (long)zoom->lane_count * (LANE_H + PX(6));
    for (size_t i = 0; i < zoom->lane_count; i++) {
        svg_rect(out, "wash", LEFT, zoom->y + (long)i * (LANE_H + PX(6)), RIGHT - LEFT, LANE_H);
    }
    axis_draw(out, &zoom->scale, lanes_top, lanes_end - PX(2), lanes_end + PX(16));
    for (size_t i = 0; i < zoom->lane_count; i++) {
        lane_label(page, zoom, &zoom->lanes[i]);
        if (zoom->bin > 0) {
            put_bars(page, zoom, &zoom->lanes[i]);
        } else {
            put_ticks(page, zoom, &zoom->lanes[i]);
        }
        zoom->y += LANE_H + PX(6);
    }
    put_gaps(page, zoom, lanes_top, zoom->y - PX(6));
    axis_note(&note, &zoom->scale);
    svg_text(out, LEFT, zoom->y + PX(32), "t2 sm", ANCHOR_START, buf_str(&note));
    svg_close(out);
}

bool figure_intrusion(struct page *page)
{
    struct zoom zoom = {.lane_count = 0};
    take(page->model, &zoom);
    if (page->model->request_count == 0 || zoom.lane_count == 0) {
        return false;
    }
    choose_bins(page->model, &zoom);
    struct span padded = zoom.span;
    span_pad(&padded, 30);
    zoom.scale = (struct scale){padded.from, padded.to, LEFT, RIGHT};
    OWN(own_buf) struct buf title = {0}, bin = {0};
    if (zoom.bin > 0) {
        bin_name(&bin, zoom.bin);
        PLAIN(page, &title, W_ZOOM_TITLE_BIN, FILL_TEXT("bin", buf_str(&bin)));
    } else {
        buf_puts(&title, say_template(W_ZOOM_TITLE));
    }
    figure_titled(page, buf_str(&title));
    draw(page, &zoom);
    figure_caption(page);
    put_lit(&page->out, "<p>");
    if (zoom.bin > 0) {
        PUT(page, W_ZOOM_READ_BIN, FILL_TEXT("bin", buf_str(&bin)), FILL_COUNT("tallest", zoom.tallest));
    } else {
        word(page, W_ZOOM_READ);
    }
    put_lit(&page->out, "</p><p>");
    PUT(page, W_ZOOM_OUT_OF, FILL_COUNT("n", zoom.end - zoom.first - zoom.left_out),
        FILL_COUNT("of", page->model->request_count));
    if (zoom.end - zoom.first < page->model->request_count) {
        PUT(page, W_ZOOM_OUTSIDE, FILL_COUNT("n", page->model->request_count - (zoom.end - zoom.first)));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_ZOOM_NOT);
    put_lit(&page->out, "</p>");
    figure_close(page);
    return true;
}
