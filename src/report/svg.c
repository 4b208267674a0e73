/* Pictures from nine calls (see svg.h). */
#include "report/svg.h"

#include "base/str.h"

#include "base/banned.h"

static void put_tenths(struct buf *out, long tenths)
{
    if (tenths < 0) {
        buf_putc(out, '-');
        tenths = -tenths;
    }
    if (tenths % 10 == 0) {
        buf_printf(out, "%ld", tenths / 10);
    } else {
        buf_printf(out, "%ld.%ld", tenths / 10, tenths % 10);
    }
}

static void put_number(struct buf *out, const char *name, long tenths)
{
    buf_printf(out, " %s=\"", name);
    put_tenths(out, tenths);
    buf_putc(out, '"');
}

static void put_class(struct buf *out, const char *class_name)
{
    if (class_name != NULL) {
        buf_printf(out, " class=\"%s\"", class_name);
    }
}

void svg_open(struct buf *out, const struct svg_head *head)
{
    put_lit(out, "<svg");
    put_class(out, head->class_name);
    put_lit(out, " viewBox=\"0 0 ");
    put_tenths(out, head->w);
    buf_putc(out, ' ');
    put_tenths(out, head->h);
    if (head->id == NULL) {
        put_lit(out, "\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\">");
        return;
    }
    buf_printf(out, "\" role=\"img\" aria-labelledby=\"%st %sd\"><title id=\"%st\">", head->id, head->id, head->id);
    put_html(out, head->title);
    buf_printf(out, "</title><desc id=\"%sd\">", head->id);
    put_html(out, head->desc);
    put_lit(out, "</desc>");
}

void svg_line(struct buf *out, const char *class_name, long x1, long y1, long x2, long y2)
{
    struct path steps[] = {{'M', {x1, y1}}, {'L', {x2, y2}}};
    svg_path(out, class_name, 0, steps, 2);
}

static size_t point_count(char op)
{
    switch (op) {
    case 'H':
    case 'V':
        return PATH_H;
    case 'C':
        return PATH_C;
    case 'Z':
        return 0;
    default:
        return PATH_M;
    }
}

void svg_path(struct buf *out, const char *class_name, long width, const struct path *steps, size_t count)
{
    put_lit(out, "<path");
    put_class(out, class_name);
    if (width > 0) {
        put_number(out, "stroke-width", width);
    }
    put_lit(out, " d=\"");
    for (size_t i = 0; i < count; i++) {
        buf_putc(out, steps[i].op);
        for (size_t p = 0; p < point_count(steps[i].op); p++) {
            if (p > 0) {
                buf_putc(out, ' ');
            }
            put_tenths(out, steps[i].points[p]);
        }
    }
    put_lit(out, "\"/>");
}

static void put_rect(struct buf *out, const char *class_name, long x, long y, long w, long h)
{
    put_lit(out, "<rect");
    put_class(out, class_name);
    put_number(out, "x", x);
    put_number(out, "y", y);
    put_number(out, "width", w > 0 ? w : 0);
    put_number(out, "height", h > 0 ? h : 0);
}

void svg_rect(struct buf *out, const char *class_name, long x, long y, long w, long h)
{
    put_rect(out, class_name, x, y, w, h);
    put_lit(out, "/>");
}

void svg_rect_told(struct buf *out, const char *class_name, long x, long y, long w, long h, struct str told)
{
    put_rect(out, class_name, x, y, w, h);
    put_lit(out, "><title>");
    put_html(out, told);
    put_lit(out, "</title></rect>");
}

void svg_circle(struct buf *out, const char *class_name, long x, long y, long r)
{
    put_lit(out, "<circle");
    put_class(out, class_name);
    put_number(out, "cx", x);
    put_number(out, "cy", y);
    put_number(out, "r", r);
    put_lit(out, "/>");
}

void svg_text(struct buf *out, long x, long y, const char *class_name, enum anchor anchor, struct str s)
{
    put_lit(out, "<text");
    put_number(out, "x", x);
    put_number(out, "y", y);
    put_class(out, class_name);
    if (anchor == ANCHOR_MIDDLE || anchor == ANCHOR_END) {
        buf_printf(out, " text-anchor=\"%s\"", anchor == ANCHOR_END ? "end" : "middle");
    } else if (anchor == ANCHOR_UP) {
        put_lit(out, " transform=\"rotate(-90 ");
        put_tenths(out, x);
        buf_putc(out, ' ');
        put_tenths(out, y);
        put_lit(out, ")\"");
    }
    buf_putc(out, '>');
    put_svg_text(out, s);
    put_lit(out, "</text>");
}

void svg_use(struct buf *out, const char *glyph, long x, long y, long size)
{
    buf_printf(out, "<use href=\"#%s\"", glyph);
    put_number(out, "x", x);
    put_number(out, "y", y);
    put_number(out, "width", size);
    put_number(out, "height", size);
    put_lit(out, "/>");
}

void svg_close(struct buf *out)
{
    put_lit(out, "</svg>");
}

long svg_scale_at(const struct scale *scale, int64_t value)
{
    if (value <= scale->from || scale->to <= scale->from) {
        return scale->lo;
    }
    if (value >= scale->to) {
        return scale->hi;
    }
    double part = (double)(value - scale->from) / (double)(scale->to - scale->from);
    return scale->lo + (long)(part * (double)(scale->hi - scale->lo) + 0.5);
}

size_t svg_scale_ticks(const struct scale *scale, size_t most, int64_t *ret_ticks, int64_t *ret_step)
{
    static const int64_t steps[] = {1,     5,      15,     60,      300,     900,      3600,      10800,     21600,
                                    86400, 172800, 604800, 2419200, 7257600, 31536000, 315360000, 3153600000};
    static const int64_t monday = 4 * 86400; /* 5 January 1970: weeks begin on Mondays */
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int64_t origin = steps[i] >= 604800 ? monday : 0;
        int64_t behind = (scale->from - origin) % steps[i];
        int64_t first = scale->from - behind + (behind > 0 ? steps[i] : 0);
        if (scale->to < first || (uint64_t)((scale->to - first) / steps[i]) < most) {
            size_t count = 0;
            for (int64_t at = first; at <= scale->to && count < most; at += steps[i]) {
                ret_ticks[count++] = at;
            }
            *ret_step = steps[i];
            return count;
        }
    }
    *ret_step = 0;
    return 0;
}

/* Thousandths of an em, a little above the widest of the usual interface faces. */
static long glyph_width(struct str s, size_t step)
{
    char c = s.data[0];
    if (step > 1) {
        unsigned char lead = (unsigned char)c;
        return lead == 0xc2 && step == 2 ? 380 : step == 2 ? 680 : lead == 0xe2 ? 700 : 1000;
    }
    static const struct {
        const char *letters;
        long width;
    } classes[] = {{"ijlI'|", 290}, {" .,:;!()[]-/ftr", 400}, {"cszJ?_\"", 550},         {"aekvxyEFLPST", 610},
                   {"mMwW@%", 970}, {"<>=+~^#", 840},         {"ABCDGHKNOQRUVXYZ&", 750}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strchr(classes[i].letters, c) != NULL) {
            return c == ' ' || c == '.' || c == ',' || c == ':' ? 330 : classes[i].width;
        }
    }
    return 640;
}

long svg_text_width(struct str s, bool is_bold, bool is_small)
{
    long thousandths = 0;
    for (size_t i = 0; i < s.len;) {
        struct str rest = str_slice(s, i, s.len);
        size_t step = str_utf8_step(rest);
        step = step > 0 ? step : 1;
        thousandths += glyph_width(rest, step);
        i += step;
    }
    long size = is_small ? PX(11) : PX(12);
    return thousandths * size / 1000 * (is_bold ? 111 : 100) / 100;
}

void svg_text_fit(struct buf *out, struct str s, long width, bool is_bold, bool is_small)
{
    OWN(own_buf) struct buf plain = {0};
    put_plain(&plain, s);
    struct str all = buf_str(&plain);
    if (svg_text_width(all, is_bold, is_small) <= width) {
        buf_put(out, all);
        return;
    }
    size_t kept = 0;
    long room = width - PX(9);
    while (kept < all.len) {
        size_t step = str_utf8_step(str_slice(all, kept, all.len));
        step = step > 0 ? step : 1;
        if (svg_text_width(str_slice(all, 0, kept + step), is_bold, is_small) > room) {
            break;
        }
        kept += step;
    }
    buf_put(out, str_trim(str_slice(all, 0, kept)));
    buf_puts(out, "…");
}
