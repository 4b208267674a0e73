/* assay verify */
#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

static void put_line(const struct cli *cli, const json_t *line)
{
    char says[512];
    char where[512];
    str_escape(says, sizeof says, str_of(json_text(line, "says", "")), 400);
    if (json_bool(line, "ok", false)) {
        closing(stdout, cli->has_colour, json_text(line, "what", ""), ROLE_PLAIN, says);
        return;
    }
    (void)fflush(stdout);
    str_escape(where, sizeof where, str_of(json_text(line, "where", json_text(line, "what", ""))), 400);
    paint(stderr, false, ROLE_ERROR, "assay: verify: ");
    (void)fprintf(stderr, "%s: %s\n", where, says);
    const char *detail = json_text(line, "detail", NULL);
    if (detail != NULL) {
        str_escape(says, sizeof says, str_of(detail), 400);
        (void)fprintf(stderr, "  %s\n", says);
    }
    (void)fflush(stderr);
}

static int show_json(const json_t *report, struct err *err)
{
    size_t i;
    const json_t *line;
    json_array_foreach(json_object_get(report, "lines"), i, line)
    {
        OWN(own_buf) struct buf text = {0};
        TRY(json_canonical(&text, line, err));
        (void)printf("{\"kind\":\"%s\",\"engine\":\"verify\",%s\n", json_bool(line, "ok", false) ? "measure" : "finding",
                     text.data + 1);
    }
    (void)printf("{\"kind\":\"summary\",\"engine\":\"verify\",\"verified\":%s,\"entries\":%lld,\"altered\":%lld,"
                 "\"missing\":%lld,\"torn_bytes\":%lld,\"complete\":true}\n",
                 json_bool(report, "verified", false) ? "true" : "false", (long long)json_int(report, "entries", 0),
                 (long long)json_int(report, "altered", 0), (long long)json_int(report, "missing", 0),
                 (long long)json_int(report, "torn_bytes", 0));
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    OWN(own_json) json_t *report = NULL;
    TRY(assay_case_verify(cli->positional[0], &report, err));
    bool is_verified = json_bool(report, "verified", false);
    if (cli->is_json) {
        TRY(show_json(report, err));
        return is_verified ? EXIT_NOTHING : EXIT_FOUND;
    }
    size_t i;
    const json_t *line;
    json_array_foreach(json_object_get(report, "lines"), i, line)
    {
        if (!cli->is_quiet || !json_bool(line, "ok", false)) {
            put_line(cli, line);
        }
    }
    if (is_verified) {
        (void)puts("verified");
    } else {
        (void)printf("does not verify: %lld thing%s altered, %lld missing\n", (long long)json_int(report, "altered", 0),
                     json_int(report, "altered", 0) == 1 ? "" : "s", (long long)json_int(report, "missing", 0));
    }
    return is_verified ? EXIT_NOTHING : EXIT_FOUND;
}

static const struct cli_option options[] = {{.name = NULL}};

const struct cli_command cmd_verify = {
    .name = "verify",
    .usage = "DIR [--json]",
    .question = "checks a case offline and names what is wrong",
    .help = "Reads every entry again, rebuilds the tree, checks every signature, every\n"
            "checkpoint against the ones before it, and every document against its digest.",
    .options = options,
    .notes = "It shows that nothing was altered since it was signed; not that what was written\n"
             "down is true, nor that the same key did not sign another history elsewhere.\n"
             "Exit: 0 verified, 1 does not verify, 2 could not be checked.",
    .examples = "  assay verify maple-lane.case",
    .least = 1,
    .most = 1,
    .run = run,
};
