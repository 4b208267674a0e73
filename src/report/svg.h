/* Pictures from nine calls. Lengths are integers in tenths of a pixel (PX(12) is 120), written as fixed point, so that
 * the same case gives the same bytes. Only classes, never a style: the page's CSP has no room for one. */
#ifndef ASSAY_REPORT_SVG_H
#define ASSAY_REPORT_SVG_H

#include "report/put.h"

#define PX(pixels) ((long)((pixels)*10))

enum anchor {
    ANCHOR_START,
    ANCHOR_MIDDLE,
    ANCHOR_END,
    ANCHOR_UP
}; /* UP: reads from bottom to top, starts at the point */

/* A path under way: commands M L H V C Z, absolute, each put with svg_to. */
struct path {
    char op;
    long points[6];
};
enum path_count { PATH_H = 1, PATH_M = 2, PATH_C = 6 };

/* class may be NULL. A picture with a title is announced with title and desc; one without is hidden from readers that
 * cannot see it (the text beside it says the same). id makes the two labels unique. */
struct svg_head {
    long w, h;
    const char *class_name;
    const char *id;
    struct str title, desc;
};
void svg_open(struct buf *out, const struct svg_head *head);
void svg_line(struct buf *out, const char *class_name, long x1, long y1, long x2, long y2);
/* width in tenths of a pixel, 0: as the class says. */
void svg_path(struct buf *out, const char *class_name, long width, const struct path *steps, size_t count);
void svg_rect(struct buf *out, const char *class_name, long x, long y, long w, long h);
/* As svg_rect, with text that a pointer over it shows. */
void svg_rect_told(struct buf *out, const char *class_name, long x, long y, long w, long h, struct str told);
void svg_circle(struct buf *out, const char *class_name, long x, long y, long r);
void svg_text(struct buf *out, long x, long y, const char *class_name, enum anchor anchor, struct str s);
/* glyph: "g-sup", "g-ref", "g-und"; x, y its left upper corner, 14 px square unless size says otherwise. */
void svg_use(struct buf *out, const char *glyph, long x, long y, long size);
void svg_close(struct buf *out);

/* From a domain (any unit) to a range (tenths of a pixel), linear. */
struct scale {
    int64_t from, to;
    long lo, hi;
};
long svg_scale_at(const struct scale *scale, int64_t value); /* clamped to the range */
/* Ticks of a time scale in seconds: the smallest calendar step that leaves at most `most` of them. Instants of the step that
 * lie in the domain go to ret_ticks (room for `most`). Returns how many; *ret_step in seconds. */
size_t svg_scale_ticks(const struct scale *scale, size_t most, int64_t *ret_ticks, int64_t *ret_step);

/* Width a text will take, reckoned from character classes (12 px system-ui); is_bold, is_small (11 px). Bounded below by nothing, never measured. */
long svg_text_width(struct str s, bool is_bold, bool is_small);
/* Appends s, shortened with … to fit width. */
void svg_text_fit(struct buf *out, struct str s, long width, bool is_bold, bool is_small);

#endif
