/* One examination from the command line: run, show, record. Shared by sweep, trace and match. */
#ifndef ASSAY_CLI_EXAMINE_H
#define ASSAY_CLI_EXAMINE_H

#include "assay/run.h"
#include "cli/cli.h"

struct listen;

/* How one engine's records look on a terminal. */
struct show {
    const char *verb;
    void (*record)(struct listen *listen, enum assay_kind kind, const json_t *body);
    /* After the run: the closing lines. listen->summary is not NULL. */
    void (*close)(struct listen *listen);
    /* Is this record wanted for the closing lines? NULL: all are. */
    bool (*keeps)(enum assay_kind kind, const json_t *body);
    /* Is this record printed at all? A case has it either way. NULL: all are. */
    bool (*passes)(enum assay_kind kind, const json_t *body);
    /* One document of its own form goes to standard output, also of a run that failed, and nothing else does. */
    bool is_document;
    void (*broke)(struct listen *listen, const struct err *err); /* of a document */
};

/* What a show is given. */
struct listen {
    const struct cli *cli;
    const struct show *show;
    const struct examination *examination;
    FILE *out;
    bool has_colour;
    json_t *coverage, *findings, *events; /* arrays of what came, for the closing lines */
    json_t *summary;
    int64_t began, last_drawn;
    bool is_drawn; /* a progress line stands on the terminal */
    bool has_head; /* the table's first line was printed */
    bool is_later; /* something stands before the next one in a list */
    uint64_t put;  /* lines of the table that were printed */
};

struct examination {
    struct assay_run run;
    const struct show *show;
    const struct assay_exhibit *exhibits;
    size_t exhibit_count;
    json_t *options; /* recorded with the examination; borrowed */
    /* Sees every record as it comes; may add exhibits until the run is over. NULL: nobody does. */
    void (*watch)(void *watcher, enum assay_kind kind, const json_t *body);
    void *watcher;
    assay_recorder_more more; /* what goes into the same batch of the case; NULL: nothing. Given watcher */
    bool is_unrecorded;       /* --case says something else here: the run is not recorded in it */
};

/* Exit status, or -1 with err. */
int cli_examine(const struct cli *cli, const struct examination *examination, struct err *err);

/* The first two of them, and the last two, for a command with lines of its own between. Not quiet. */
void listen_seen(struct listen *listen, const char *looked, const char *unseen);
void listen_found(struct listen *listen, const char *found, const char *next);
/* The `looked at`, `not seen`, `found`, `next` lines; next may be NULL. Texts are finished. */
void listen_closing(struct listen *listen, const char *looked, const char *unseen, const char *found, const char *next);

/* --case: whether it can be opened, and has the parties that are named. *ret_case (NULL without --case; ret_case may be NULL): the case, open for
 * reading. */
MUST_USE int cli_check_case(const struct cli *cli, struct assay_case **ret_case, struct err *err);

#endif
