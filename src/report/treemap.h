/* Rectangles whose areas are in the proportion of numbers, as near to squares as they can be, filling a box without a gap.
 *
 * Source: M. Bruls, K. Huizing, J. J. van Wijk, "Squarified Treemaps", Proc. Joint Eurographics and IEEE TCVG Symposium on
 * Visualization 2000, pp. 33-42. */
#ifndef ASSAY_REPORT_TREEMAP_H
#define ASSAY_REPORT_TREEMAP_H

#include <stddef.h>

/* Lengths in tenths of a pixel, as everywhere in pictures. */
struct box {
    long x, y, w, h;
};

/* weights: the largest first, none below 0. Neighbours share their edges to the tenth, so that what is drawn sums to the box.
 * A weight of nothing, or too small to be seen, gets a box of no width or no height. */
void treemap_lay(const double *weights, size_t count, struct box area, struct box *ret_boxes);

#endif
