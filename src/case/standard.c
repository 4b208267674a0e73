/* Standards of proof by their names (Gordon, Prakken and Walton 2007, "The Carneades model of argument and burden of proof"), and the
 * likelihood ratio that each asks for here. The numbers are policy: courts name standards and give none. */
#include "assay/case.h"

#include "base/banned.h"

const char *assay_standard(size_t i, double *ret_ratio)
{
    static const struct {
        const char *name;
        double ratio;
    } standards[] = {
        {"scintilla", 2}, {"preponderance", 10}, {"clear-and-convincing", 100}, {"beyond-reasonable-doubt", 10000}};

    if (i >= sizeof standards / sizeof *standards) {
        return NULL;
    }
    *ret_ratio = standards[i].ratio;
    return standards[i].name;
}
