/* Squarified tree map. Weights are laid in rows along the shorter side of what is left of the box; a row takes one more weight as
 * long as that makes its worst rectangle squarer:
 *
 *   worst(row, side) = max( side² · largest / sum²,  sum² / (side² · smallest) )
 */
#include "report/treemap.h"

#include <math.h>
#include <stdbool.h>

#include "base/banned.h"

struct rest {
    double x, y, w, h;
    double weight; /* of all that is not laid yet */
};

static double worst(double largest, double smallest, double sum, double side)
{
    double square = side * side;
    return fmax(square * largest / (sum * sum), sum * sum / (square * smallest));
}

static struct box rounded(double left, double top, double right, double bottom)
{
    long x = lround(left), y = lround(top);
    return (struct box){x, y, lround(right) - x, lround(bottom) - y};
}

/* How many weights the next row takes, and their sum. Areas are weights times `scale`. */
static size_t row_length(const double *weights, size_t count, double side, double scale, double *ret_sum)
{
    double sum = weights[0] * scale, least = worst(sum, sum, sum, side);
    size_t length = 1;
    while (length < count && weights[length] > 0) {
        double more = sum + weights[length] * scale;
        double ratio = worst(weights[0] * scale, weights[length] * scale, more, side);
        if (ratio > least) {
            break;
        }
        least = ratio;
        sum = more;
        length++;
    }
    *ret_sum = sum / scale;
    return length;
}

/* Lays the row along the shorter side and takes its strip off what is left. */
static void lay_row(const double *weights, size_t length, double sum, struct rest *rest, struct box *ret_boxes)
{
    bool is_upright = rest->w >= rest->h;
    double side = is_upright ? rest->h : rest->w, whole = is_upright ? rest->w : rest->h;
    double thick = sum >= rest->weight ? whole : whole * (sum / rest->weight), done = 0;
    for (size_t i = 0; i < length; i++) {
        double from = side * (done / sum);
        done += weights[i];
        double to = i + 1 == length ? side : side * (done / sum);
        ret_boxes[i] = is_upright ? rounded(rest->x, rest->y + from, rest->x + thick, rest->y + to)
                                  : rounded(rest->x + from, rest->y, rest->x + to, rest->y + thick);
    }
    rest->weight -= sum;
    if (is_upright) {
        rest->x += thick;
        rest->w -= thick;
    } else {
        rest->y += thick;
        rest->h -= thick;
    }
}

void treemap_lay(const double *weights, size_t count, struct box area, struct box *ret_boxes)
{
    struct rest rest = {(double)area.x, (double)area.y, (double)area.w, (double)area.h, 0};
    size_t laid = 0, drawn = 0;
    while (drawn < count && weights[drawn] > 0) {
        rest.weight += weights[drawn++];
    }
    while (laid < drawn && rest.w > 0 && rest.h > 0) {
        double sum, side = fmin(rest.w, rest.h), scale = rest.w * rest.h / rest.weight;
        size_t length = row_length(weights + laid, drawn - laid, side, scale, &sum);
        if (laid + length == drawn) {
            rest.weight = sum; /* whatever rounding left over: the last row fills the box */
        }
        lay_row(weights + laid, length, sum, &rest, ret_boxes + laid);
        laid += length;
    }
    for (; laid < count; laid++) {
        ret_boxes[laid] = (struct box){area.x + area.w, area.y + area.h, 0, 0};
    }
}
