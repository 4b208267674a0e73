/* assay sweep */
#include "assay/sweep.h"
#include "base/own.h"
#include "cli/show.h"

#include "base/banned.h"

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_sweep(options, sink, err);
}

/* What the child may read: the paths, our rules and table of tools, and the files that options name. */
static const char **readable(const struct cli *cli, const char *rules, const char *tools)
{
    size_t given_count, count = 0;
    const char *const *given = cli_list(cli, "rules", &given_count);
    const char **paths = calloc(cli->positional_count + given_count + 3, sizeof *paths);
    for (size_t i = 0; paths != NULL && i < cli->positional_count; i++) {
        paths[count++] = cli->positional[i];
    }
    for (size_t i = 0; paths != NULL && i < given_count; i++) {
        paths[count++] = given[i];
    }
    if (paths != NULL) {
        paths[count++] = rules;
        paths[count] = tools;
    }
    return paths;
}

static struct assay_exhibit *exhibits_of(const struct cli *cli)
{
    struct assay_exhibit *exhibits = calloc(cli->positional_count + 1, sizeof *exhibits);
    for (size_t i = 0; exhibits != NULL && i < cli->positional_count; i++) {
        exhibits[i] = (struct assay_exhibit){"tree", cli->positional[i], cli_text(cli, "owner"),
                                             cli_text(cli, "keeper"), cli_text(cli, "custody")};
    }
    return exhibits;
}

static int run(struct cli *cli, struct err *err)
{
    char rules[4200], tools[4200];
    uint64_t jobs;
    OWN(own_json) json_t *model = NULL;
    TRY(cli_data(cli, "rules", rules, sizeof rules, err));
    TRY(cli_data(cli, "db-tools.json", tools, sizeof tools, err));
    TRY(cli_number(cli, "jobs", 0, &jobs, err));
    TRY(cli_case_model(cli, &model, err));
    OWN(own_mem) const char **paths = readable(cli, rules, tools);
    OWN(own_mem) struct assay_exhibit *exhibits = exhibits_of(cli);
    OWN(own_json) json_t *recorded = json_pack("{s:b}", "all", cli_flag(cli, "all"));
    if (paths == NULL || exhibits == NULL || recorded == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    struct assay_sweep_options options = {
        .paths = cli->positional,
        .path_count = cli->positional_count,
        .jobs = (unsigned)jobs,
        .all = cli_flag(cli, "all"),
        .counts = isatty(STDERR_FILENO) && !cli->is_quiet,
        .rules_dir = rules,
        .tools_file = tools,
    };
    options.rule_paths = cli_list(cli, "rules", &options.rule_path_count);
    struct examination examination = {
        .run = {"sweep", work, &options, paths, false},
        .show = &show_sweep,
        .exhibits = exhibits,
        .exhibit_count = cli->positional_count,
        .options = recorded,
    };
    return cli_examine(cli, &examination, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "record the run as evidence in this case", 0},
    {"owner", "PARTY", false, "whose evidence it is (with --case)", 0},
    {"keeper", "PARTY", false, "who kept it, if not the owner (with --case)", 0},
    {"custody", "HOW", false, "independent, sealed or interested (with --case)", 0},
    {"all", NULL, false, "also list hints, and what is known and harmless", 0},
    {"rules", "PATH", true, "also match YARA rules of others: a file or a directory", 0},
    {"jobs", "N", false, "threads (default: one per core)", 0},
    {.name = NULL},
};

const struct cli_command cmd_sweep = {
    .name = "sweep",
    .usage = "PATH... [--case DIR] [--json] [--quiet] [--jobs N]",
    .question = "finds backdoors, and tells database tools by name and version, in a tree",
    .help = "Finds backdoors, and names database tools with their version, in directories\n"
            "and files, and in archives among them. Reads only: runs nothing, unpacks nothing\n"
            "to disk, changes nothing, sends nothing.",
    .options = options,
    .notes = "Classes: shell, uploader, packed code, admin tool, config shell, odd place;\n"
             "rule (a rule of --rules matched, whatever its author meant by it).\n"
             "Exit: 0 nothing found and all read, 1 found, 2 something could not be read.",
    .examples = "  assay sweep /srv/www\n"
                "  assay sweep /srv/www --json | jq 'select(.kind==\"finding\") | .path'\n"
                "  assay sweep /srv/www --case maple-lane.case --owner shop",
    .least = 1,
    .most = SIZE_MAX,
    .run = run,
};
