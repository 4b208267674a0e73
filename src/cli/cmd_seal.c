/* assay seal */
#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/cli.h"

#include "base/banned.h"

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *seal = NULL;
    TRY(cli_case(cli, &dir, err));
    TRY(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, err));
    TRY(assay_case_seal(kase, &seal, err));
    if (cli->is_json) {
        OWN(own_buf) struct buf line = {0};
        (void)json_object_set_new(seal, "complete", json_true());
        TRY(json_canonical(&line, seal, err));
        (void)printf("{\"kind\":\"summary\",\"engine\":\"seal\",%s\n", line.data + 1);
        return EXIT_NOTHING;
    }
    if (!cli->is_quiet) {
        (void)printf("sealed      %lld entries of %s\n", (long long)json_int(seal, "size", 0),
                     json_text(seal, "origin", "?"));
        (void)printf("root        %s\n", json_text(seal, "root", "?"));
        (void)printf("vkey        %s\n", json_text(seal, "vkey", "?"));
        (void)printf("next        assay verify %s\n", dir);
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {.name = NULL},
};

const struct cli_command cmd_seal = {
    .name = "seal",
    .usage = "--case DIR [--json]",
    .question = "signs a checkpoint of the case",
    .help = "Signs the tree head over every entry (RFC 6962 tree, C2SP checkpoint, Ed25519).\n"
            "--json prints origin, size, root and vkey, so that other tools can verify it.",
    .options = options,
    .notes = "Give the vkey line to the other party: with it, anybody can check the case offline.\n"
             "Exit: 0 sealed, 2 could not, 64 usage.",
    .examples = "  assay seal --case maple-lane.case",
    .least = 0,
    .most = 0,
    .run = run,
};
