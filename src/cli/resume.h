/* --resume FILE of trace: the file, and the signals that ask for a stop. */
#ifndef ASSAY_CLI_RESUME_H
#define ASSAY_CLI_RESUME_H

#include "assay/trace.h"
#include "cli/cli.h"

struct cli_resume {
    struct assay_trace_resume given;
    int fd;        /* -1: not asked for */
    int *kept_fds; /* it and the inputs', for assay_run */
    size_t kept_count;
};

/* Opens and locks it before any input is opened (its descriptor is to be the lowest). err: IO, BUSY, USAGE. Clear it also after a failure. */
MUST_USE int cli_resume_open(const struct cli *cli, struct cli_resume *resume, struct err *err);
/* With the inputs' descriptors behind its own. */
MUST_USE int cli_resume_keep(struct cli_resume *resume, const int *fds, size_t count, struct err *err);
/* In the examining process, before it starts threads: from now on signals that end a run are asked for. */
void cli_resume_listen(void);
/* The run is complete: the file goes. */
void cli_resume_done(const struct cli_resume *resume);
void own_cli_resume(struct cli_resume *resume);

#endif
