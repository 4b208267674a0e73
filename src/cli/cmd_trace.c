/* assay trace */
#include "assay/trace.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/resume.h"
#include "cli/show.h"

#include "base/banned.h"

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    const struct assay_trace_options *trace = options;
    if (trace->resume != NULL) {
        cli_resume_listen();
    }
    return assay_trace(trace, sink, err);
}

/* Seeds of --path, then those of the case. The texts stay with cli and found. */
static struct assay_trace_seed *seeds_of(const struct cli *cli, const json_t *found, size_t *ret_count, struct err *err)
{
    size_t given;
    const char *const *paths = cli_list(cli, "path", &given);
    struct assay_trace_seed *seeds = calloc(given + json_array_size(found) + 1, sizeof *seeds);
    if (seeds == NULL) {
        err_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < given; i++) {
        seeds[i] = (struct assay_trace_seed){paths[i], NULL, TIME_NONE};
    }
    size_t i;
    const json_t *seed;
    json_array_foreach(found, i, seed)
    {
        seeds[given + i] = (struct assay_trace_seed){json_text(seed, "path", ""), json_text(seed, "class", NULL),
                                                     time_parse(str_of(json_text(seed, "mtime", "")))};
    }
    *ret_count = given + json_array_size(found);
    return seeds;
}

static struct assay_exhibit *exhibits_of(const struct cli *cli, const struct cli_inputs *inputs)
{
    struct assay_exhibit *exhibits = calloc(inputs->count + 1, sizeof *exhibits);
    for (size_t i = 0; exhibits != NULL && i < inputs->count; i++) {
        exhibits[i] = (struct assay_exhibit){"log",
                                             inputs->names[i],
                                             cli_text(cli, "owner"),
                                             cli_text(cli, "keeper"),
                                             cli_text(cli, "custody"),
                                             inputs->fds[i] >= 0 ? &inputs->fds[i] : NULL};
    }
    return exhibits;
}

/* What the run may read besides the logs: configurations that formats are taken from, rules, and the web root. NULL-terminated, like the list of logs. */
static const char **readable(const struct cli *cli, const struct assay_trace_options *options)
{
    const char **paths = calloc(cli->positional_count + options->config_count + 4, sizeof *paths);
    size_t count = 0;
    for (size_t i = 0; paths != NULL && i < cli->positional_count; i++) {
        paths[count++] = cli->positional[i];
    }
    for (size_t i = 0; paths != NULL && i < options->config_count; i++) {
        paths[count++] = options->configs[i];
    }
    if (paths != NULL && options->sigma != NULL) {
        paths[count++] = options->sigma;
    }
    if (paths != NULL && options->tree != NULL) {
        paths[count++] = options->tree;
    }
    if (paths != NULL && options->file_times != NULL) {
        paths[count++] = options->file_times;
    }
    return paths;
}

static json_t *recorded_options(const struct assay_trace_options *options)
{
    json_t *paths = json_array();
    for (size_t i = 0; i < options->seed_count; i++) {
        (void)json_array_append_new(paths, assay_text(str_of(options->seeds[i].path), 1024));
    }
    json_t *recorded = json_pack("{s:o}", "paths", paths);
    json_t *proxies = options->trusted_proxy_count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < options->trusted_proxy_count; i++) {
        (void)json_array_append_new(proxies, assay_text(str_of(options->trusted_proxies[i]), 64));
    }
    if (proxies != NULL) {
        (void)json_object_set_new(recorded, "trusted_proxies", proxies);
    }
    if (options->is_hunt) {
        (void)json_object_set_new(recorded, "hunt", json_true());
    }
    if (options->sigma != NULL) {
        (void)json_object_set_new(recorded, "sigma", assay_text(str_of(options->sigma), 1024));
    }
    if (options->tree != NULL) {
        (void)json_object_set_new(recorded, "tree", assay_text(str_of(options->tree), 1024));
    }
    if (options->file_times != NULL) {
        (void)json_object_set_new(recorded, "file_times", assay_text(str_of(options->file_times), 1024));
    }
    return recorded;
}

static int options_of(struct cli *cli, struct assay_trace_options *options, struct err *err)
{
    uint64_t jobs;
    TRY(cli_number(cli, "jobs", 0, &jobs, err));
    *options = (struct assay_trace_options){.logs = cli->positional,
                                            .log_count = cli->positional_count,
                                            .sigma = cli_text(cli, "sigma"),
                                            .tree = cli_text(cli, "tree"),
                                            .file_times = cli_text(cli, "file-times"),
                                            .is_hunt = cli_flag(cli, "hunt"),
                                            .jobs = (unsigned)jobs};
    options->formats = cli_list(cli, "log-format", &options->format_count);
    options->configs = cli_list(cli, "server-config", &options->config_count);
    options->trusted_proxies = cli_list(cli, "trusted-proxy", &options->trusted_proxy_count);
    return cli_zone(cli, &options->has_zone, &options->zone_minutes, err);
}

static int check_forms(const struct cli *cli, struct err *err)
{
    int forms = cli_flag(cli, "timesketch") + cli_flag(cli, "bodyfile") + cli->is_json;
    return forms > 1 ? err_set(err, ERR_USAGE, "--json, --timesketch and --bodyfile are forms of one output; give one")
                     : 0;
}

/* What the case's sweeps found. It is closed again before anything foreign is read. */
static int find_seeds(const struct cli *cli, json_t **ret_found, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(cli_check_case(cli, &kase, err));
    *ret_found = kase != NULL ? assay_seeds_of(kase, err) : json_array();
    return *ret_found != NULL ? 0 : -1;
}

static int run(struct cli *cli, struct err *err)
{
    struct assay_trace_options options;
    OWN(own_json) json_t *found = NULL;
    OWN(own_cli_resume) struct cli_resume resume = {.fd = -1};
    OWN(own_cli_inputs) struct cli_inputs inputs = {0};
    TRY(check_forms(cli, err));
    TRY(options_of(cli, &options, err));
    TRY(find_seeds(cli, &found, err));
    TRY(cli_resume_open(cli, &resume, err));
    TRY(cli_inputs_open(cli, &inputs, err));
    TRY(cli_resume_keep(&resume, inputs.open_fds, inputs.open_count, err));
    options.resume = resume.fd >= 0 ? &resume.given : NULL;
    options.logs = inputs.names;
    options.log_fds = inputs.fds;
    OWN(own_mem) struct assay_exhibit *exhibits = exhibits_of(cli, &inputs);
    OWN(own_mem) struct assay_trace_seed *seeds = seeds_of(cli, found, &options.seed_count, err);
    if (seeds == NULL || exhibits == NULL) {
        return -1;
    }
    options.seeds = seeds;
    OWN(own_json) json_t *recorded = recorded_options(&options);
    OWN(own_mem) const char **paths = readable(cli, &options);
    if (recorded == NULL || paths == NULL) {
        return err_no_memory(err);
    }
    struct examination examination = {
        .run = {"trace", work, &options, paths, false, NULL, 0, NULL},
        .show = cli_flag(cli, "timesketch") ? &show_timesketch
                : cli_flag(cli, "bodyfile") ? &show_bodyfile
                                            : &show_trace,
        .exhibits = exhibits,
        .exhibit_count = cli->positional_count,
        .options = recorded,
    };
    examination.run.kept_fds = resume.kept_fds;
    examination.run.kept_count = resume.kept_count;
    int code = cli_examine(cli, &examination, err);
    if (code >= 0) {
        cli_resume_done(&resume);
    }
    return code;
}

static const struct cli_option options[] = {
    {"path", "PATH", true, "a script to follow, as a request names it\n(with --case: what sweep found is followed too)",
     0},
    {"hunt", NULL, false, "look for backdoors, scans, injections, guessed passwords without a path", 0},
    {"sigma", "DIR", false, "try the Sigma rules below DIR (webserver, proxy, database)", 0},
    {"tree", "DIR", false, "the web root: which of its files have no request that wrote them?", 0},
    {"file-times", "FILE", false,
     "a body file (stat, fls, UAC) of the machine the logs are of:\nwere they written anew?", 0},
    {"log-format", "FORMAT", true, "a LogFormat, log_format or log_line_prefix, as the server has it", 0},
    {"server-config", "FILE", true, "take such formats from a server's configuration", 0},
    {"zone", "+HHMM", false, "the zone of times that do not carry one (default: UTC, said so)", 0},
    {"trusted-proxy", "NET", true, "believe the forwarded-for of this address or network", 0},
    {"resume", "FILE", false, "keep in FILE what is read, and go on from it after a stop", 0},
    {"timesketch", NULL, false, "a timeline as Timesketch imports it instead (save it as .jsonl)", 0},
    {"bodyfile", NULL, false, "a body file instead, for mactime", 0},
    {"case", "DIR", false, "record the run as evidence in this case", 0},
    {"owner", "PARTY", false, "whose evidence it is (with --case)", 0},
    {"keeper", "PARTY", false, "who kept it, if not the owner (with --case)", 0},
    {"custody", "HOW", false, "independent, sealed or interested (with --case)", 0},
    {"jobs", "N", false, "threads (default: one per core)", 0},
    {.name = NULL},
};

const struct cli_command cmd_trace = {
    .name = "trace",
    .usage = "LOG|DIR|-... [--path PATH] [--case DIR] [--json] [--quiet]",
    .question = "reconstructs the intrusion from logs, and says what they cannot show",
    .help = "Follows scripts through the logs of web servers: the upload before the first use, who used\n"
            "them and when, what else those clients touched, what left. Logs of databases, errors,\n"
            "sign-ins and traffic are joined to it: tables read whole, what PHP complained of, how much a\n"
            "hole can hide. A log may be a file, plain or packed (gz, bz2, xz, zst), a folder, an archive,\n"
            "or standard input (-); a rotated set is put in time order. Every silence, missing member,\n"
            "rejected line and sign of a cut is told.",
    .options = options,
    .notes = "An access log holds no bodies: what was sent by POST is not in it.\n"
             "Exit: 0 nothing found and all read, 1 found, 2 something could not be read.",
    .examples = "  assay trace /var/log/nginx/access.log* --path /uploads/a.php\n"
                "  assay trace /var/log/apache2 /var/log/mysql --hunt\n"
                "  assay trace /var/log/nginx --tree /srv/www --path /uploads/a.php\n"
                "  assay trace access.log.gz --json | jq 'select(.kind==\"event\")'\n"
                "  assay trace access.log* --path /up/a.php --timesketch >story.jsonl\n"
                "  assay trace access.log* --case maple-lane.case --owner shop",
    .least = 1,
    .most = SIZE_MAX,
    .run = run,
};
