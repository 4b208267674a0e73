/* assay state */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

static uint64_t count_of(const json_t *entries, const char *type)
{
    uint64_t count = 0;
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        count += strcmp(json_text(entry, "type", ""), type) == 0 ? 1 : 0;
    }
    return count;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entries = NULL;
    const char *file = cli_text(cli, "file");
    TRY(cli_case(cli, &dir, err));
    if (file == NULL) {
        err_set(err, ERR_USAGE, "needs --file FILE.yaml");
        return err_remedy(err, "what a file holds: docs/statements.md, or an example in examples/");
    }
    TRY(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, err));
    if (assay_case_state(kase, file, &entries, err) != 0) {
        fflush(stdout);
        if (err->kind == ERR_FORMAT) {
            cli_error("state", err, cli->has_colour);
            (void)fputs("nothing recorded\n", stderr);
            return EXIT_USAGE;
        }
        return -1;
    }
    unsigned long long parties = count_of(entries, "party");
    unsigned long long claims = count_of(entries, "claim");
    unsigned long long statements = count_of(entries, "statement");
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"state\",\"parties\":%llu,\"claims\":%llu,\"statements\":%llu,"
                     "\"entries\":%zu,\"complete\":true}\n",
                     parties, claims, statements, json_array_size(entries));
    } else if (!cli->is_quiet) {
        (void)printf("recorded    %llu parties, %llu claims, %llu statements; %zu entries\n", parties, claims,
                     statements, json_array_size(entries));
        (void)printf("next        assay judge --case %s\n", dir);
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"file", "FILE.yaml", false, "what was said, by whom, and what it claims", 'f'},
    {.name = NULL},
};

const struct cli_command cmd_state = {
    .name = "state",
    .usage = "--case DIR -f FILE.yaml",
    .question = "records parties, statements, claims and notices",
    .help = "Records who said what, which checkable claims it comes to, and whose clock runs.\n"
            "All of a file is recorded, or none of it. -f is short for --file.",
    .options = options,
    .notes = "Exit: 0 recorded, 2 could not, 64 the file is not right (said where).",
    .examples = "  assay state --case maple-lane.case -f statements.yaml",
    .least = 0,
    .most = 0,
    .run = run,
};
