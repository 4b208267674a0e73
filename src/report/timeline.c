/* Figure: the dispute and the intrusion on one time axis. Lanes from the top: what was said and what is due; requests of the
 * clients that used the scripts, with hatch where no log is; as of when the sample was taken. */
#include "base/str.h"
#include "report/lanes.h"

#include "base/banned.h"

enum {
    ROWS_MAX = 14,
    USES_MAX = 6,
    ROW = 190,
    LEFT = 1120,
    RIGHT = 8120,
    FIGURE_W = 8200,
    DAY_S = 86400,
    VOICES = 4,
    TOP = 220,
    LANE_SPACE = 60,
    LEAK_H = 340
};

struct use {
    const json_t *finding, *exam;
    int64_t first, last;
};

struct timeline {
    struct scale scale;
    struct span span;
    struct use uses[USES_MAX]; /* the most requests first */
    size_t use_count, uses_left_out;
    const json_t *logs; /* the first trace examination that read a web server's log */
    struct other_lanes others;
    const json_t *match, *match_exam;
    bool has_now;
    long y;
};

/* ---- what there is to draw ---- */

static void take_use(struct timeline *line, const json_t *finding, const json_t *exam)
{
    struct use use = {finding, exam, model_time(finding, "first"), model_time(finding, "last")};
    if (!str_eq(model_text(finding, "class"), STR("use")) || use.first == TIME_NONE || use.last == TIME_NONE) {
        return;
    }
    size_t at = line->use_count;
    while (at > 0 && model_count(line->uses[at - 1].finding, "requests") < model_count(finding, "requests")) {
        at--;
    }
    line->uses_left_out += line->use_count == USES_MAX;
    if (at == USES_MAX) {
        return;
    }
    size_t moved = line->use_count < USES_MAX ? line->use_count : USES_MAX - 1;
    memmove(&line->uses[at + 1], &line->uses[at], (moved - at) * sizeof use);
    line->uses[at] = use;
    line->use_count = moved + 1;
}

static void take_exam(struct timeline *line, const json_t *exam)
{
    const json_t *records = model_array(exam, "records");
    const json_t *summary = model_summary(exam);
    if (model_is_engine(exam, "trace")) {
        for (size_t i = 0; i < json_array_size(records); i++) {
            take_use(line, model_record(json_array_get(records, i), "finding"), exam);
        }
        line->logs = line->logs == NULL && traced_log(summary, LOG_OF_WEB) != NULL ? exam : line->logs;
    }
    if (model_is_engine(exam, "match") && line->match == NULL && summary != NULL) {
        line->match = summary;
        line->match_exam = exam;
    }
}

static void find_span(const struct model *model, struct timeline *line)
{
    struct span *span = &line->span;
    *span = SPAN_EMPTY;
    for (size_t i = 0; i < model->said_count; i++) {
        span_take(span, model_time(model->said[i], "said"));
        span_take(span, model_time(model_object(model->said[i], "notice"), "due"));
    }
    for (size_t i = 0; i < line->use_count; i++) {
        span_take(span, line->uses[i].first);
        span_take(span, line->uses[i].last);
    }
    lanes_span(model, span);
    const json_t *between = model_array(line->match, "taken_between");
    int64_t from = time_parse(model_text_at(between, 0)), to = time_parse(model_text_at(between, 1));
    span_take(span, to);
    span_take(span, to == TIME_NONE ? TIME_NONE : from); /* open to the right it may begin long before the dispute */
    if (span_is_empty(span)) {
        return;
    }
    int64_t now = model->now / NS_PER_S;
    int64_t near = span->to + (span->to - span->from) / 2 + 14 * (int64_t)DAY_S;
    line->has_now = now >= span->from && now <= near;
    if (line->has_now) {
        span_take(span, model->now);
    }
    span_pad(span, DAY_S / 2);
}

/* ---- lanes ---- */

static void put_lane(struct page *page, long y, long height, struct str title, struct str under)
{
    struct buf *out = &page->out;
    svg_rect(out, "wash", LEFT, y, RIGHT - LEFT, height);
    svg_text(out, 0, y + PX(14), "b", ANCHOR_START, title);
    svg_text(out, 0, y + PX(29), "t2", ANCHOR_START, under);
}

static long said_height(const struct model *model)
{
    long rows = model->said_count <= ROWS_MAX ? (long)model->said_count : VOICES;
    return rows * ROW + PX(12) > PX(36) ? rows * ROW + PX(12) : PX(36);
}

static long web_height(const struct timeline *line)
{
    return line->use_count > 1 ? (long)line->use_count * PX(20) + PX(10) : PX(38);
}

/* The grounds of all lanes and the axis over them, before anything is drawn on them. */
static void put_grounds(struct page *page, const struct timeline *line, long top)
{
    long y = top;
    OWN(own_buf) struct buf under = {0};
    if (line->use_count > 0) {
        PLAIN(page, &under, W_LANE_WEB_UNDER, FILL_COUNT("n", line->use_count));
    }
    put_lane(page, y, said_height(page->model), str_of(say_template(W_LANE_SAID)),
             str_of(say_template(W_LANE_DEADLINES)));
    y += said_height(page->model) + LANE_SPACE;
    put_lane(page, y, web_height(line), str_of(say_template(W_LANE_WEB)), buf_str(&under));
    y += web_height(line) + LANE_SPACE;
    lanes_grounds(page, &line->others, LEFT, RIGHT, y, LANE_SPACE);
    y += lanes_height(&line->others, LANE_SPACE);
    put_lane(page, y, LEAK_H, str_of(say_template(W_LANE_LEAK)), str_of(say_template(W_LANE_LEAK_UNDER)));
    y += LEAK_H + PX(4);
    axis_draw(&page->out, &line->scale, top, y, y + PX(18));
}

static void put_mark(struct buf *out, enum voice voice, long x, long y)
{
    struct path lozenge[] = {
        {'M', {x, y - 55}}, {'L', {x + 55, y}}, {'L', {x, y + 55}}, {'L', {x - 55, y}}, {'Z', {0}}};
    switch (voice) {
    case VOICE_ASSERTS:
        svg_circle(out, "cs", x, y, 45);
        return;
    case VOICE_DENIES:
        svg_path(out, "cr", 0, lozenge, 5);
        return;
    case VOICE_UNKNOWN:
        svg_rect(out, "fu", x - 45, y - 45, 90, 90);
        return;
    case VOICE_REPORTS:
    default:
        svg_circle(out, "soft", x, y, 30);
        return;
    }
}

/* A label beside x: to the left, where time has passed, if it fits there; else where there is more room. */
static void put_label(struct page *page, const struct timeline *line, long x, long x_end, long y, struct str text)
{
    long wide = svg_text_width(text, false, false) + PX(14);
    bool to_left = x - line->scale.lo > wide || x - line->scale.lo > line->scale.hi - x_end;
    long room = to_left ? x - line->scale.lo - PX(14) : line->scale.hi - x_end - PX(14);
    OWN(own_buf) struct buf fitted = {0};
    svg_text_fit(&fitted, text, room, false, false);
    svg_text(&page->out, to_left ? x - PX(10) : x_end + PX(10), y + PX(4), NULL, to_left ? ANCHOR_END : ANCHOR_START,
             buf_str(&fitted));
}

/* The same beside a bar; a bar that leaves no room carries its label on a patch of ground. */
static void put_label_at(struct page *page, const struct timeline *line, long x, long x_end, long y, struct str text)
{
    long wide = svg_text_width(text, false, false) + PX(16);
    if (x - line->scale.lo > wide || line->scale.hi - x_end > wide || x_end - x < wide) {
        put_label(page, line, x, x_end, y, text);
        return;
    }
    long middle = (x + x_end) / 2;
    svg_rect(&page->out, "wash", middle - wide / 2, y - PX(9), wide, PX(18));
    svg_text(&page->out, middle, y + PX(4), NULL, ANCHOR_MIDDLE, text);
}

static void statement_label(struct page *page, struct buf *label, const json_t *statement)
{
    int64_t said = model_time(statement, "said");
    number_day(label, said, false);
    if (said % (DAY_S * NS_PER_S) != 0) {
        buf_putc(label, ' ');
        number_clock(label, said, false);
    }
    buf_puts(label, "  ");
    struct str name = model_party(page->model, model_text(statement, "party"));
    if (model_is_hijacked(page->model, statement, NULL)) {
        PLAIN(page, label, W_LABEL_HIJACKED, FILL_PARTY("who", name));
    } else {
        buf_put(label, name);
    }
    buf_putc(label, ' ');
    buf_puts(label, say_template(act_word(model_text(statement, "act"))));
    buf_puts(label, " · ");
    buf_put(label, model_text(statement, "id"));
}

/* The run-down of a notice: from service to the day it is due, filled up to now. */
static void put_notice(struct page *page, const struct timeline *line, const json_t *statement, long y)
{
    struct buf *out = &page->out;
    int64_t due = model_time(model_object(statement, "notice"), "due"), said = model_time(statement, "said");
    if (due == TIME_NONE || due < said) {
        return;
    }
    long from = svg_scale_at(&line->scale, said / NS_PER_S), to = svg_scale_at(&line->scale, due / NS_PER_S);
    long now = svg_scale_at(&line->scale, page->model->now / NS_PER_S);
    now = now > to ? to : now < from ? from : now;
    svg_rect(out, "bgf", from, y - 50, to - from, 100);
    svg_rect(out, "iks", from, y - 50, to - from, 100);
    svg_rect(out, "cu", from, y - 50, now - from, 100);
    struct path end[] = {{'M', {to, y - 90}}, {'V', {y + 90}}};
    svg_path(out, "ik", PX(2), end, 2);
}

static void put_statement_row(struct page *page, const struct timeline *line, const json_t *statement, long y)
{
    int64_t said = model_time(statement, "said");
    int64_t due = model_time(model_object(statement, "notice"), "due");
    long x = svg_scale_at(&line->scale, said / NS_PER_S), x_end = x;
    OWN(own_buf) struct buf label = {0};
    statement_label(page, &label, statement);
    if (due != TIME_NONE && due >= said) {
        put_notice(page, line, statement, y);
        x_end = svg_scale_at(&line->scale, due / NS_PER_S);
        OWN(own_buf) struct buf day = {0};
        number_day(&day, due, false);
        if (due % (DAY_S * NS_PER_S) != 0) {
            buf_putc(&day, ' ');
            number_clock(&day, due, false);
        }
        PLAIN(page, &label, W_LABEL_DUE, FILL_TEXT("due", buf_str(&day)));
    } else {
        put_mark(&page->out, model_voice(page->model, statement), x, y);
    }
    put_label(page, line, x, x_end, y, buf_str(&label));
}

/* Beyond ROWS_MAX statements: one row for each voice, marks only, the count beside its name. */
static void put_voice_rows(struct page *page, const struct timeline *line, long y)
{
    static const enum word words[] = {W_VOICE_ASSERTS, W_VOICE_DENIES, W_VOICE_UNKNOWN, W_VOICE_REPORTS};
    for (int voice = VOICE_ASSERTS; voice <= VOICE_REPORTS; voice++) {
        long row = y + (voice * ROW);
        uint64_t count = 0;
        long last_x = -1;
        for (size_t i = 0; i < page->model->said_count; i++) {
            const json_t *statement = page->model->said[i];
            int64_t said = model_time(statement, "said");
            if ((int)model_voice(page->model, statement) != voice || said == TIME_NONE) {
                continue;
            }
            long x = svg_scale_at(&line->scale, said / NS_PER_S);
            count++;
            if (x >= last_x + PX(2)) {
                put_mark(&page->out, (enum voice)voice, x, row);
                last_x = x;
            }
        }
        OWN(own_buf) struct buf label = {0};
        PLAIN(page, &label, words[voice], FILL_COUNT("n", count));
        svg_text(&page->out, LEFT + PX(6), row + PX(4), "t2", ANCHOR_START, buf_str(&label));
    }
}

static void lane_said(struct page *page, struct timeline *line)
{
    const struct model *model = page->model;
    bool is_rows = model->said_count <= ROWS_MAX;
    long y = line->y + PX(14);
    if (!is_rows) {
        put_voice_rows(page, line, y);
    }
    for (size_t i = 0; is_rows && i < model->said_count; i++) {
        if (model_time(model->said[i], "said") != TIME_NONE) {
            put_statement_row(page, line, model->said[i], y);
        }
        y += ROW;
    }
    line->y += said_height(model) + LANE_SPACE;
}

static void put_hole(struct page *page, const struct timeline *line, int64_t from, int64_t to, long height)
{
    long left = svg_scale_at(&line->scale, from), right = svg_scale_at(&line->scale, to);
    if (right > left) {
        svg_rect(&page->out, "hole", left, line->y, right - left, height);
    }
}

/* Text over hatch stands on the page's ground. */
static void put_over_hole(struct page *page, long x, long y, struct str text)
{
    svg_rect(&page->out, "bgf", x, y - PX(13), svg_text_width(text, false, false) + PX(10), PX(18));
    svg_text(&page->out, x + PX(5), y, "t2", ANCHOR_START, text);
}

static void use_label(struct page *page, struct buf *label, const struct use *use)
{
    PLAIN(page, label, W_LABEL_USE, FILL_TEXT("client", model_text(use->finding, "client")),
          FILL_TEXT("path", model_text(use->finding, "path")), FILL_COUNT("n", model_count(use->finding, "requests")));
}

static long use_y(const struct timeline *line, size_t index, long height)
{
    return line->y + (line->use_count > 1 ? PX(15) + (long)index * PX(20) : height / 2);
}

static void put_use_bar(struct page *page, const struct timeline *line, const struct use *use, long y)
{
    long from = svg_scale_at(&line->scale, use->first / NS_PER_S),
         to = svg_scale_at(&line->scale, use->last / NS_PER_S);
    if (to - from < PX(4)) {
        svg_rect(&page->out, "bar", from - PX(1.5), y - PX(7), PX(3), PX(14));
        return;
    }
    svg_rect(&page->out, "bar", from, y - PX(2), to - from, PX(4));
    svg_rect(&page->out, "bar", from, y - PX(7), PX(2), PX(14));
    svg_rect(&page->out, "bar", to - PX(2), y - PX(7), PX(2), PX(14));
}

/* Label of a row; returns where it ends. */
static long put_use_label(struct page *page, const struct timeline *line, const struct use *use, long y)
{
    long from = svg_scale_at(&line->scale, use->first / NS_PER_S),
         to = svg_scale_at(&line->scale, use->last / NS_PER_S);
    OWN(own_buf) struct buf label = {0}, fitted = {0};
    use_label(page, &label, use);
    bool to_left = from - line->scale.lo > line->scale.hi - to;
    long room = (to_left ? from - line->scale.lo : line->scale.hi - to) - PX(20);
    svg_text_fit(&fitted, buf_str(&label), room, false, false);
    long wide = svg_text_width(buf_str(&fitted), false, false) + PX(8);
    svg_rect(&page->out, "wash", to_left ? from - PX(8) - wide : to + PX(8), y - PX(8), wide, PX(16));
    svg_text(&page->out, to_left ? from - PX(12) : to + PX(12), y + PX(4), NULL, to_left ? ANCHOR_END : ANCHOR_START,
             buf_str(&fitted));
    return to_left ? to : to + PX(8) + wide;
}

/* Says of the hatch behind the log's last line what it is, where the rows leave room for it. */
static void put_no_log(struct page *page, const struct timeline *line, long free_from, long height)
{
    int64_t last = model_time(traced_log(model_summary(line->logs), LOG_OF_WEB), "last");
    struct str text = str_of(say_template(W_NO_LOG));
    if (last == TIME_NONE) {
        return;
    }
    long x = svg_scale_at(&line->scale, last / NS_PER_S) + PX(6);
    x = x < free_from + PX(8) ? free_from + PX(8) : x;
    if (line->scale.hi - x > svg_text_width(text, false, false) + PX(16)) {
        put_over_hole(page, x, line->y + height / 2 + PX(4), text);
    }
}

static void lane_web(struct page *page, struct timeline *line)
{
    long height = web_height(line);
    for (size_t i = 0; i < line->use_count; i++) {
        put_use_bar(page, line, &line->uses[i], use_y(line, i, height));
    }
    if (line->logs == NULL) {
        put_hole(page, line, line->scale.from, line->scale.to, height);
        put_over_hole(page, LEFT + PX(10), line->y + height / 2 + PX(4), str_of(say_template(W_NO_LOG_EXAMINED)));
    } else {
        lanes_holes(page, model_summary(line->logs), LOG_OF_WEB, &line->scale, line->y, height);
    }
    if (line->logs != NULL && line->use_count == 0) {
        put_over_hole(page, LEFT + PX(10), line->y + height / 2 + PX(4), str_of(say_template(W_NO_USE)));
    }
    long free_from = line->scale.lo;
    for (size_t i = 0; i < line->use_count; i++) {
        long end = put_use_label(page, line, &line->uses[i], use_y(line, i, height));
        free_from = end > free_from ? end : free_from;
    }
    put_no_log(page, line, free_from, height);
    line->y += height + LANE_SPACE;
}

static void put_taken(struct page *page, const struct timeline *line, long height)
{
    const json_t *between = model_array(line->match, "taken_between");
    int64_t from = time_parse(model_text_at(between, 0)), to = time_parse(model_text_at(between, 1));
    OWN(own_buf) struct buf label = {0};
    if (from == TIME_NONE && to == TIME_NONE) {
        svg_text(&page->out, LEFT + PX(10), line->y + height / 2 + PX(4), "t2", ANCHOR_START,
                 str_of(say_template(W_TAKEN_UNKNOWN)));
        return;
    }
    long left = from == TIME_NONE ? line->scale.lo : svg_scale_at(&line->scale, from / NS_PER_S);
    long right = to == TIME_NONE ? line->scale.hi : svg_scale_at(&line->scale, to / NS_PER_S);
    right = right - left < PX(3) ? left + PX(3) : right;
    svg_rect(&page->out, "cs", left, line->y + height / 2 - PX(6), right - left, PX(12));
    if (from != TIME_NONE && to != TIME_NONE) {
        PLAIN(page, &label, W_TAKEN_BETWEEN, FILL_INSTANT("from", from), FILL_INSTANT("to", to));
    } else if (from != TIME_NONE) {
        PLAIN(page, &label, W_TAKEN_NOT_BEFORE, FILL_INSTANT("from", from));
    } else {
        PLAIN(page, &label, W_TAKEN_NOT_AFTER, FILL_INSTANT("to", to));
    }
    put_label_at(page, line, left, right, line->y + height / 2, buf_str(&label));
}

static void lane_leak(struct page *page, struct timeline *line)
{
    long height = LEAK_H;
    if (line->match == NULL) {
        put_hole(page, line, line->scale.from, line->scale.to, height);
        put_over_hole(page, LEFT + PX(10), line->y + height / 2 + PX(4), str_of(say_template(W_NO_SAMPLE_EXAMINED)));
    } else {
        put_taken(page, line, height);
    }
    line->y += height + PX(4);
}

static void put_now(struct page *page, const struct timeline *line, long bottom)
{
    long x = svg_scale_at(&line->scale, page->model->now / NS_PER_S);
    OWN(own_buf) struct buf label = {0};
    PLAIN(page, &label, W_LABEL_NOW, FILL_INSTANT("now", page->model->now));
    svg_line(&page->out, "dash", x, PX(22), x, bottom);
    bool is_right = x > line->scale.hi - PX(80);
    svg_text(&page->out, is_right ? line->scale.hi : x, PX(14), "t2", is_right ? ANCHOR_END : ANCHOR_MIDDLE,
             buf_str(&label));
}

/* ---- the picture ---- */

static void describe(struct page *page, const struct timeline *line, struct buf *desc)
{
    PLAIN(page, desc, W_TIMELINE_DESC, FILL_COUNT("said", page->model->said_count),
          FILL_COUNT("uses", line->use_count));
    for (size_t i = 0; i < line->use_count; i++) {
        buf_putc(desc, ' ');
        use_label(page, desc, &line->uses[i]);
        PLAIN(page, desc, W_FROM_TO, FILL_INSTANT("from", line->uses[i].first), FILL_INSTANT("to", line->uses[i].last));
    }
    size_t gaps;
    (void)traced_silence(model_summary(line->logs), LOG_OF_WEB, &gaps);
    if (gaps > 0) {
        PLAIN(page, desc, W_TIMELINE_GAPS, FILL_COUNT("n", gaps));
    }
    lanes_describe(page, &line->others, desc);
}

static void draw(struct page *page, struct timeline *line)
{
    struct buf *out = &page->out;
    OWN(own_buf) struct buf desc = {0}, note = {0};
    char id[16];
    describe(page, line, &desc);
    snprintf(id, sizeof id, "f%u", page->figures);
    svg_open(out, &(struct svg_head){.w = FIGURE_W,
                                     .h = TOP + said_height(page->model) + web_height(line) + LEAK_H + 2 * LANE_SPACE +
                                          lanes_height(&line->others, LANE_SPACE) + PX(42),
                                     .class_name = "wide",
                                     .id = id,
                                     .title = str_of(say_template(W_TIMELINE_TITLE)),
                                     .desc = buf_str(&desc)});
    put_grounds(page, line, TOP);
    if (line->has_now) {
        put_now(page, line, TOP + said_height(page->model));
    }
    line->y = TOP;
    lane_said(page, line);
    lane_web(page, line);
    lanes_draw(page, &line->others, &line->scale, line->y, LANE_SPACE);
    line->y += lanes_height(&line->others, LANE_SPACE);
    lane_leak(page, line);
    axis_note(&note, &line->scale);
    svg_text(out, LEFT, line->y + PX(34), "t2 sm", ANCHOR_START, buf_str(&note));
    svg_close(out);
}

static void caption(struct page *page, const struct timeline *line)
{
    const json_t *summary = model_summary(line->logs);
    put_lit(&page->out, "<p>");
    word(page, W_TIMELINE_READ);
    if (line->others.count > 0) {
        word(page, W_TIMELINE_READ_LANES);
    }
    put_lit(&page->out, "</p><p>");
    PUT(page, W_TIMELINE_OUT_OF, FILL_COUNT("said", page->model->said_count));
    if (summary != NULL) {
        uint64_t seen = 0;
        for (size_t i = 0; i < line->use_count; i++) {
            seen += model_count(line->uses[i].finding, "requests");
        }
        PUT(page, W_TIMELINE_OUT_OF_LOG, FILL_COUNT("n", seen), FILL_COUNT("of", model_count(summary, "requests")),
            FILL_COUNT("clients", model_count(summary, "clients")));
    } else {
        word(page, W_TIMELINE_OUT_OF_NOTHING);
    }
    if (line->uses_left_out > 0) {
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", line->uses_left_out));
    }
    put_lit(&page->out, "</p><p>");
    word(page, W_TIMELINE_NOT);
    put_lit(&page->out, "</p>");
}

bool figure_timeline(struct page *page)
{
    struct timeline line = {.use_count = 0};
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        take_exam(&line, json_array_get(page->model->exams, i));
    }
    lanes_find(page->model, &line.others);
    find_span(page->model, &line);
    if (span_is_empty(&line.span)) {
        return false;
    }
    line.scale = (struct scale){line.span.from, line.span.to, LEFT, RIGHT};
    figure_open(page, W_TIMELINE_TITLE);
    draw(page, &line);
    figure_caption(page);
    caption(page, &line);
    figure_close(page);
    return true;
}
