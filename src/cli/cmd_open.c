/* assay open */
#include "assay/case.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/open_merge.h"

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

static int create(const struct cli *cli, const char *dir, const char *name, struct err *err)
{
    const char *origin = cli_text(cli, "origin");
    const char *question = cli_text(cli, "question");
    const char *agent_key = cli_text(cli, "agent");
    if (agent_key == NULL) {
        return assay_case_create_sealed(dir, name, origin, question, cli_flag(cli, "passphrase"), err);
    }
    if (cli_flag(cli, "passphrase")) {
        err_set(err, ERR_USAGE, "--passphrase and --agent at once");
        return err_remedy(err, "the agent keeps its own keys: ssh-keygen asks for a passphrase of their files");
    }
    return assay_case_create_in_agent(dir, name, origin, question, agent_key, err);
}

static int make(const struct cli *cli, const char *dir, struct err *err)
{
    char name[256];
    name_from(dir, name, sizeof name);
    const char *given = cli_text(cli, "name");
    given = given != NULL ? given : name;
    TRY(create(cli, dir, given, err));
    if (!cli->is_quiet && !cli->is_json) {
        (void)printf(cli_text(cli, "agent") != NULL
                         ? "opened      %s; the agent has its signing key, %s/key says which\n"
                         : "opened      %s; its signing key is %s/key: keep it, and never hand it over\n",
                     dir, dir);
        (void)printf("next        assay state --case %s -f statements.yaml\n", dir);
    }
    return 0;
}

/* With --merge the case may be there already. */
static int run(struct cli *cli, struct err *err)
{
    const char *dir = cli->positional[0];
    bool merges = cli_text(cli, "merge") != NULL;
    if (!merges || !open_is_case(dir)) {
        TRY(make(cli, dir, err));
    }
    TRY(open_merge(cli, dir, err));
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"open\",\"case\":true,\"complete\":true}\n");
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"name", "NAME", false, "short name (default: from the directory)", 0},
    {"question", "TEXT", false, "what the case is to settle", 0},
    {"origin", "ORIGIN", false, "name of the log in checkpoints, a URL without\nscheme (default: assay.invalid/NAME)",
     0},
    {"merge", "OTHER", true,
     "take in the case or bundle of another host or party,\nunder its own signer; DIR may be a case already\n(may be repeated)",
     0},
    {"as", "ALIAS", false, "what its ids begin with here (default: from its\norigin)", 0},
    {"passphrase", NULL, false,
     "keeps the key under a passphrase, asked on the terminal (or\nthe first line of the file that ASSAY_PASSPHRASE_FILE names)",
     0},
    {"agent", "KEY", false,
     "an SSH agent has the key and signs (SSH_AUTH_SOCK): its\ncomment or SHA256:..., as ssh-add -l prints it; - for the\nonly one",
     0},
    {.name = NULL},
};

const struct cli_command cmd_open = {
    .name = "open",
    .usage = "DIR [--name NAME] [--question TEXT] [--passphrase | --agent KEY] [--merge OTHER]",
    .question = "makes a case and its signing key",
    .help = "Makes a case: a directory of plain files whose ledger nobody can alter unnoticed,\n"
            "with an Ed25519 key that signs it. --merge verifies another case and keeps it whole\n"
            "among the documents: its things stand in reports and verdicts as ALIAS/E01, with\n"
            "its signer. A later state of it takes the place of the earlier one; a history that\n"
            "was rewritten in between is refused.",
    .options = options,
    .notes = "Exit: 0 made, 2 could not, 64 usage.",
    .examples = "  assay open maple-lane.case --question \"Was Maple Lane Shop breached?\"\n"
                "  assay open maple-lane.case --agent maple-lane\n"
                "  assay open maple-lane.case --merge web-server.case --merge from-their-counsel.tar",
    .least = 1,
    .most = 1,
    .run = run,
};
