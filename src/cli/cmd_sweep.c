/* assay sweep */
#include <sys/stat.h>

#include "assay/sweep.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/show.h"

#include "base/banned.h"

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_sweep(options, sink, err);
}

/* What the child may read: the paths, our rules and table of tools, and the files that options name. */
static const char **readable(const struct cli *cli, const char *rules, const char *tools)
{
    static const char *const named[] = {"rules", "known", "since"};
    size_t room = cli->positional_count + 3, count = 0;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        size_t more;
        (void)cli_list(cli, named[i], &more);
        room += more;
    }
    const char **paths = calloc(room, sizeof *paths);
    for (size_t i = 0; paths != NULL && i < cli->positional_count; i++) {
        paths[count++] = cli->positional[i];
    }
    for (size_t i = 0; paths != NULL && i < sizeof named / sizeof *named; i++) {
        size_t more;
        const char *const *given = cli_list(cli, named[i], &more);
        for (size_t k = 0; k < more; k++) {
            paths[count++] = given[k];
        }
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
        exhibits[i] = (struct assay_exhibit){
            "tree", cli->positional[i], cli_text(cli, "owner"), cli_text(cli, "keeper"), cli_text(cli, "custody"),
            NULL};
    }
    return exhibits;
}

/* What the files of an option were, for the case: {"path", "sha256"} of each. */
static int record_files(const struct cli *cli, const char *option, json_t *recorded, struct err *err)
{
    size_t count;
    const char *const *paths = cli_list(cli, option, &count);
    if (count == 0 || cli_text(cli, "case") == NULL) {
        return 0;
    }
    OWN(own_json) json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct sha256 digest;
        uint64_t bytes;
        char hex[SHA256_HEX + 1];
        TRY(file_digest(paths[i], &digest, &bytes, err));
        hex_encode(hex, digest.bytes, SHA256_BYTES);
        if (json_array_append_new(
                list, json_pack("{s:o,s:s}", "path", assay_text(str_of(paths[i]), 4096), "sha256", hex)) != 0) {
            return err_no_memory(err);
        }
    }
    return json_object_set(recorded, option, list) == 0 ? 0 : err_no_memory(err);
}

static int check_explain(const struct cli *cli, struct err *err)
{
    static const char *const not_with_it[] = {"sarif", "since", "known"};
    struct stat about;
    for (size_t i = 0; i < sizeof not_with_it / sizeof *not_with_it; i++) {
        if (cli_flag(cli, not_with_it[i])) {
            return err_set(err, ERR_USAGE, "--explain goes without --%s: it tells all of one file", not_with_it[i]);
        }
    }
    if (cli->positional_count != 1 || (stat(cli->positional[0], &about) == 0 && !S_ISREG(about.st_mode))) {
        err_set(err, ERR_USAGE, "--explain tells of one file");
        return err_remedy(err, "assay sweep DIR finds which; assay sweep --explain FILE tells of one");
    }
    return 0;
}

/* Two things at once that can't be. */
static int check_options(const struct cli *cli, struct err *err)
{
    static const char *const not_with_learn[] = {"case", "known", "since", "rules", "all", "sarif", "explain"};
    bool is_learning = cli_flag(cli, "learn");
    for (size_t i = 0; is_learning && i < sizeof not_with_learn / sizeof *not_with_learn; i++) {
        if (cli_flag(cli, not_with_learn[i])) {
            return err_set(err, ERR_USAGE, "--learn goes without --%s: it only writes down what is there",
                           not_with_learn[i]);
        }
    }
    if (is_learning && (cli->positional_count != 1 || cli_text(cli, "output") == NULL)) {
        err_set(err, ERR_USAGE, "--learn needs one TREE and -o FILE");
        return err_remedy(err, "assay sweep --learn TREE -o FILE");
    }
    if (cli_flag(cli, "sarif") && cli->is_json) {
        return err_set(err, ERR_USAGE, "--sarif and --json are two forms of one output; give one");
    }
    if (cli_flag(cli, "explain")) {
        TRY(check_explain(cli, err));
    }
    if (!is_learning && cli_text(cli, "output") != NULL) {
        return err_set(err, ERR_USAGE, "-o is for --learn; results go to standard output");
    }
    return 0;
}

/* ---- --learn: the child tells digests, the parent writes ---- */

struct learning {
    struct assay_manifest *manifest;
    const char *path;
    struct err err;
};

static void write_down(void *watcher, enum assay_kind kind, const json_t *body)
{
    struct learning *learning = watcher;
    if (learning->err.kind != ERR_NONE) {
        return;
    }
    if (kind == ASSAY_MEASURE && strcmp(json_text(body, "class", ""), "file") == 0) {
        (void)!assay_manifest_put(learning->manifest, body, &learning->err);
    } else if (kind == ASSAY_SUMMARY) {
        (void)!assay_manifest_end(learning->manifest, json_bool(body, "complete", false), &learning->err);
    }
}

/* A manifest that is written into the tree would be learned half-written, and would be no file of the release. */
static int check_outside(const char *path, const char *tree, struct err *err)
{
    char copy[4096];
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { /* it would be replaced, /dev/null too */
        return err_set(err, ERR_USAGE, "-o %s is no file", path);
    }
    (void)snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    if (slash != NULL) {
        slash[1] = '\0';
    }
    OWN(own_mem) char *folder = realpath(slash != NULL ? copy : ".", NULL);
    OWN(own_mem) char *root = realpath(tree, NULL);
    struct str inside = str_of(folder), outside = str_of(root);
    bool is_in = folder != NULL && root != NULL && str_starts(inside, outside) &&
                 (inside.len == outside.len || inside.data[outside.len] == '/' || str_ends(outside, STR("/")));
    if (!is_in) {
        return 0;
    }
    err_set(err, ERR_USAGE, "-o %s lies in the tree that is learned", path);
    return err_remedy(err, "write it elsewhere, best where nobody can write who can write to the server");
}

static int learn(struct cli *cli, struct assay_sweep_options *sweep, const char **paths, struct err *err)
{
    struct learning learning = {.path = cli_text(cli, "output")};
    TRY(check_outside(learning.path, cli->positional[0], err));
    OWN(own_assay_manifest)
    struct assay_manifest *manifest = assay_manifest_begin(learning.path, cli->positional[0], err);
    if (manifest == NULL) {
        return -1;
    }
    learning.manifest = manifest;
    sweep->learn = true;
    struct examination examination = {
        .run = {"sweep", work, sweep, paths, false, NULL, 0, NULL},
        .show = &show_learn,
        .watch = write_down,
        .watcher = &learning,
    };
    int status = cli_examine(cli, &examination, err);
    if (status >= 0 && learning.err.kind != ERR_NONE) {
        *err = learning.err;
        return -1;
    }
    return status;
}

/* ---- the command ---- */

static int run(struct cli *cli, struct err *err)
{
    char rules[4200], tools[4200];
    uint64_t jobs;
    TRY(check_options(cli, err));
    TRY(cli_data(cli, "rules", rules, sizeof rules, err));
    TRY(cli_data(cli, "db-tools.json", tools, sizeof tools, err));
    TRY(cli_number(cli, "jobs", 0, &jobs, err));
    TRY(cli_check_case(cli, NULL, err));
    OWN(own_mem) const char **paths = readable(cli, rules, tools);
    OWN(own_mem) struct assay_exhibit *exhibits = exhibits_of(cli);
    OWN(own_json) json_t *recorded = json_pack("{s:b}", "all", cli_flag(cli, "all"));
    if (paths == NULL || exhibits == NULL || recorded == NULL) {
        return err_no_memory(err);
    }
    TRY(record_files(cli, "known", recorded, err));
    TRY(record_files(cli, "since", recorded, err));
    struct assay_sweep_options options = {
        .paths = cli->positional,
        .path_count = cli->positional_count,
        .jobs = (unsigned)jobs,
        .all = cli_flag(cli, "all"),
        .counts = isatty(STDERR_FILENO) && !cli->is_quiet,
        .rules_dir = rules,
        .tools_file = tools,
        .since = cli_text(cli, "since"),
        .explain = cli_flag(cli, "explain"),
    };
    options.rule_paths = cli_list(cli, "rules", &options.rule_path_count);
    options.known_paths = cli_list(cli, "known", &options.known_count);
    if (cli_flag(cli, "learn")) {
        return learn(cli, &options, paths, err);
    }
    struct examination examination = {
        .run = {"sweep", work, &options, paths, false, NULL, 0, NULL},
        .show = cli_flag(cli, "sarif") ? &show_sarif
                : options.explain      ? &show_explain
                                       : &show_sweep,
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
    {"known", "FILE", true, "a release: its unchanged files are counted, not analysed", 0},
    {"since", "FILE", false, "tell only what is new since: an earlier --json, or a manifest", 0},
    {"learn", NULL, false, "write a manifest of a release, or of this tree today, to -o FILE", 0},
    {"output", "FILE", false, "where --learn writes to; -o FILE", 'o'},
    {"explain", NULL, false, "all there is to tell of one FILE, step by step, and what to do next", 0},
    {"sarif", NULL, false, "one SARIF 2.1.0 document instead, for programs that read that", 0},
    {"jobs", "N", false, "threads (default: one per core)", 0},
    {.name = NULL},
};

const struct cli_command cmd_sweep = {
    .name = "sweep",
    .usage = "PATH... [--known FILE] [--since FILE] [--case DIR] [--json] [--jobs N]",
    .question = "finds backdoors, and tells database tools by name and version, in a tree",
    .help = "Finds backdoors, and names database tools with their version, in directories\n"
            "and files, and in archives among them. Reads only: runs nothing, unpacks nothing\n"
            "to disk, changes nothing, sends nothing.",
    .options = options,
    .notes = "Classes: shell, uploader, packed code, admin tool, config shell, odd place;\n"
             "changed file (differs from the release); rule (a rule of --rules matched, whatever its\n"
             "author meant by it). --known finds where releases lie in the tree by their files. With\n"
             "--since, found is what is new; what was there before is counted.\n"
             "Exit: 0 nothing found and all read, 1 found, 2 something could not be read.",
    .examples = "  assay sweep /srv/www\n"
                "  assay sweep /srv/www --json | jq 'select(.kind==\"finding\") | .path'\n"
                "  assay sweep --explain /srv/www/uploads/a.php\n"
                "  assay sweep . --sarif >sweep.sarif\n"
                "  assay sweep --learn wordpress-6.5 -o wordpress-6.5.jsonl\n"
                "  assay sweep /srv/www --known wordpress-6.5.jsonl\n"
                "  assay sweep /srv/www --since last-week.jsonl\n"
                "  assay sweep /srv/www --case maple-lane.case --owner shop",
    .least = 1,
    .most = SIZE_MAX,
    .run = run,
};
