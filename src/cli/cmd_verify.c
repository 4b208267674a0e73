/* assay verify: somebody else's case is foreign bytes, so it is read in a confined child like any evidence. */
#include "assay/case.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/examine.h"
#include "cli/paint.h"

#include "base/banned.h"

/* In the child: what holds is a measure, what does not is a finding. */
static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    OWN(own_json) json_t *report = NULL;
    TRY(assay_case_verify(options, &report, err));
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(report, "lines"), i, line)
    {
        TRY(assay_emit(sink, json_bool(line, "ok", false) ? ASSAY_MEASURE : ASSAY_FINDING, json_incref(line), err));
    }
    return assay_emit(sink, ASSAY_SUMMARY,
                      json_pack("{s:b,s:I,s:I,s:I,s:I,s:b}", "verified", json_bool(report, "verified", false),
                                "entries", json_int(report, "entries", 0), "altered", json_int(report, "altered", 0),
                                "missing", json_int(report, "missing", 0), "torn_bytes",
                                json_int(report, "torn_bytes", 0), "complete", 1),
                      err);
}

static void put_problem(struct listen *listen, const json_t *line)
{
    char says[512];
    char where[512];
    struct err err = {0};
    const char *detail = json_text(line, "detail", NULL);
    str_escape(where, sizeof where, str_of(json_text(line, "where", json_text(line, "what", ""))), 300);
    str_escape(says, sizeof says, str_of(json_text(line, "says", "")), 300);
    err_set(&err, ERR_TAMPERED, "%s: %s", where, says);
    if (detail != NULL) {
        err_remedy(&err, "%s", detail);
    }
    cli_error("verify", &err, listen->has_colour);
}

static void record(struct listen *listen, enum assay_kind kind, const json_t *line)
{
    char says[512];
    if (kind == ASSAY_FINDING) {
        put_problem(listen, line);
    } else if (kind == ASSAY_MEASURE && !listen->cli->is_quiet) {
        str_escape(says, sizeof says, str_of(json_text(line, "says", "")), 400);
        closing(listen->out, listen->has_colour, json_text(line, "what", ""), ROLE_PLAIN, says);
    }
}

static void close_verify(struct listen *listen)
{
    const json_t *s = listen->summary;
    json_int_t altered = json_int(s, "altered", 0);
    if (json_bool(s, "verified", false)) {
        (void)fputs("verified\n", listen->out);
    } else {
        (void)fprintf(listen->out, "does not verify: %lld thing%s altered, %lld missing\n", (long long)altered,
                      altered == 1 ? "" : "s", (long long)json_int(s, "missing", 0));
    }
}

static const struct show show_verify = {.verb = "verify", .record = record, .close = close_verify};

static int run(struct cli *cli, struct err *err)
{
    const char *const paths[] = {cli->positional[0], NULL};
    struct examination examination = {
        .run = {"verify", work, cli->positional[0], paths, false, NULL, 0},
        .show = &show_verify,
    };
    return cli_examine(cli, &examination, err);
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
