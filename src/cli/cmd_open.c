/* assay open */
#include "assay/case.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

#include "base/banned.h"

/* "demo/acme.case/" -> "acme" */
static void name_from(const char *dir, char *out, size_t out_bytes)
{
    struct str name = str_of(dir);
    while (name.len > 1 && name.data[name.len - 1] == '/') {
        name.len--;
    }
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '/') {
            name = str_slice(name, i, name.len);
            break;
        }
    }
    if (str_ends(name, STR(".case"))) {
        name.len -= 5;
    }
    (void)snprintf(out, out_bytes, "%.*s", STR_FMT(name));
}

static int run(struct cli *cli, struct err *err)
{
    char name[256];
    const char *dir = cli->positional[0];
    name_from(dir, name, sizeof name);
    const char *given = cli_text(cli, "name");
    TRY(assay_case_create_sealed(dir, given != NULL ? given : name, cli_text(cli, "origin"), cli_text(cli, "question"),
                                 cli_flag(cli, "passphrase"), err));
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"open\",\"case\":true,\"complete\":true}\n");
    } else if (!cli->is_quiet) {
        (void)printf("opened      %s; its signing key is %s/key: keep it, and never hand it over\n", dir, dir);
        (void)printf("next        assay state --case %s -f statements.yaml\n", dir);
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"name", "NAME", false, "short name (default: from the directory)", 0},
    {"question", "TEXT", false, "what the case is to settle", 0},
    {"origin", "ORIGIN", false, "name of the log in checkpoints, a URL without\nscheme (default: assay.invalid/NAME)",
     0},
    {"passphrase", NULL, false,
     "keeps the key under a passphrase, asked on the terminal (or\nthe first line of the file that ASSAY_PASSPHRASE_FILE names)",
     0},
    {.name = NULL},
};

const struct cli_command cmd_open = {
    .name = "open",
    .usage = "DIR [--name NAME] [--question TEXT] [--passphrase]",
    .question = "makes a case and its signing key",
    .help = "Makes a case: a directory of plain files whose ledger nobody can alter unnoticed,\n"
            "with an Ed25519 key that signs it.",
    .options = options,
    .notes = "Exit: 0 made, 2 could not, 64 usage.",
    .examples = "  assay open maple-lane.case --question \"Was Maple Lane Shop breached?\"",
    .least = 1,
    .most = 1,
    .run = run,
};
