/* What every command is given: its arguments, where to print, how much colour. */
#ifndef ASSAY_CLI_CLI_H
#define ASSAY_CLI_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "assay/case.h"
#include "assay/words.h"

/* Exit statuses; "found" beats "could not tell". */
enum { EXIT_NOTHING = 0, EXIT_FOUND = 1, EXIT_UNSURE = 2, EXIT_USAGE = 64 };

/* One option of a command. value NULL: a flag. Options with is_list may be repeated. */
struct cli_option {
    const char *name;  /* "case" for --case */
    const char *value; /* "DIR" */
    bool is_list;
    const char *help;
    char letter; /* 'f' for -f; 0: only the long form */
};

enum { OPTIONS_MAX = 48 };

struct cli;

struct cli_command {
    const char *name;
    const char *usage;                            /* "PATH... [--case DIR]", without the program and the command */
    const char *question;                         /* one line for the overview */
    const char *help;                             /* paragraphs, at most 80 columns */
    const struct cli_option *options;             /* ends with a NULL name */
    const char *notes;                            /* below the options: classes, exit statuses */
    const char *examples;                         /* each line is a command that can be pasted */
    size_t least, most;                           /* positional arguments; most SIZE_MAX: any number */
    int (*run)(struct cli *cli, struct err *err); /* exit status, or -1 with err */
};

/* Parsed once by main, read by the command. */
struct cli {
    const struct cli_command *command;
    const char **positional; /* NULL-terminated */
    size_t positional_count;
    const char **lists[OPTIONS_MAX]; /* values of option i, NULL-terminated */
    size_t counts[OPTIONS_MAX];
    bool has_colour, has_utf8, is_json, is_quiet;
};

extern const struct cli_command *const cli_commands[]; /* NULL at the end */
const struct cli_command *cli_find(const char *name);

/* Fills cli from the words behind the command's name. -1 with ERR_USAGE and a remedy. */
MUST_USE int cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
void cli_clear(struct cli *cli);

bool cli_flag(const struct cli *cli, const char *name);
/* The last value given, or NULL. */
const char *cli_text(const struct cli *cli, const char *name);
/* All values, NULL-terminated; *ret_count may be NULL. */
const char *const *cli_list(const struct cli *cli, const char *name, size_t *ret_count);
/* A whole number, or otherwise when absent. */
MUST_USE int cli_number(const struct cli *cli, const char *name, uint64_t otherwise, uint64_t *ret_value,
                        struct err *err);

/* --zone "+0530", "-03:00" or "Z" as minutes east of Greenwich; *ret_given: it was given. */
MUST_USE int cli_zone(const struct cli *cli, bool *ret_given, int16_t *ret_minutes, struct err *err);

/* The case directory of --case; ERR_USAGE that names a case lying here when there is none. */
MUST_USE int cli_case(const struct cli *cli, const char **ret_dir, struct err *err);
/* assay_case_open(); a damaged index is told on stderr. */
MUST_USE int cli_open_case(const char *dir, enum assay_case_mode mode, struct assay_case **ret_case, struct err *err);
/* path below the data directory that was found (rules, error-rates.json). */
MUST_USE int cli_data(const struct cli *cli, const char *name, char *out, size_t out_bytes, struct err *err);
/* data/error-rates.json, or NULL when there is none (that is no error: no rate, no ratio). */
MUST_USE int cli_rates(const struct cli *cli, json_t **ret_rates, struct err *err);

void cli_usage(const struct cli_command *command, FILE *out, bool has_colour);
void cli_overview(FILE *out, bool has_colour);
void cli_list_commands(FILE *out, bool has_colour);
/* "assay: sweep: WHAT" and the remedy, on stderr. */
void cli_error(const char *command, const struct err *err, bool has_colour);

#endif
