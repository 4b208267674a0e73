/* One show an engine. */
#ifndef ASSAY_CLI_SHOW_H
#define ASSAY_CLI_SHOW_H

#include "cli/examine.h"

extern const struct show show_sweep, show_learn, show_sarif, show_explain, show_trace, show_timesketch, show_bodyfile,
    show_reach, show_match, show_read;

#endif
