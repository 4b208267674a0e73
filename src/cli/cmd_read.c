/* assay read */
#include <stdio.h>

#include "assay/read.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/paint.h"
#include "cli/read_yaml.h"
#include "cli/show.h"

#include "base/banned.h"

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_read(options, sink, err);
}

/* What of the proposals a statements file does not say. */
struct unsaid {
    uint64_t statements, deadlines;
};

/* What came, for the statements file, and where it goes. */
struct kept {
    const struct cli *cli;
    const struct cli_inputs *inputs;
    json_t *findings;
    const json_t *model; /* of the case, as it was before the run; NULL: none */
    struct unsaid unsaid;
    size_t accepted; /* entries */
    bool is_complete;
};

static void watch(void *watcher, enum assay_kind kind, const json_t *body)
{
    struct kept *kept = watcher;
    if (kind == ASSAY_FINDING) {
        (void)json_array_append_new(kept->findings, json_deep_copy(body));
    } else if (kind == ASSAY_SUMMARY) {
        kept->is_complete = json_bool(body, "complete", false);
    }
}

static int check_options(const struct cli *cli, struct assay_read_options *options, struct err *err)
{
    const char *accept = cli_text(cli, "accept"), *published = cli_text(cli, "published");
    const char *dir;
    if (accept != NULL && strcmp(accept, "all") != 0) {
        err_set(err, ERR_USAGE, "--accept takes all, not '%s'", accept);
        return err_remedy(err, "to accept some, write them with -o FILE.yaml, edit it, then assay state -f FILE.yaml");
    }
    if (accept != NULL) {
        TRY(cli_case(cli, &dir, err));
    }
    options->published = INT64_MIN;
    if (published != NULL) {
        options->published = time_parse(str_of(published));
        options->is_published_date = strlen(published) == 10;
    }
    if (published != NULL && options->published == TIME_NONE) {
        err_set(err, ERR_USAGE, "--published: '%s' is no time", published);
        return err_remedy(err, "write 2026-03-10, or 2026-03-10T09:00:00+05:30");
    }
    return cli_zone(cli, &options->has_zone, &options->zone_minutes, err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* The proposals as a statements file. */
static int make_yaml(struct kept *kept, const json_t *model, struct buf *out, struct err *err)
{
    char digest[65], tag[7];
    uint64_t bytes;
    const char *name = kept->inputs->names[0];
    int fd = kept->inputs->fds[0];
    TRY(fd >= 0 ? assay_evidence_digest_fd(fd, name, digest, &bytes, err)
                : assay_evidence_digest(name, digest, &bytes, NULL, err));
    (void)snprintf(tag, sizeof tag, "%.6s", digest);
    struct read_yaml yaml = {.findings = kept->findings, .name = base_name(name), .tag = tag, .model = model};
    read_yaml_put(&yaml, out);
    kept->unsaid = (struct unsaid){yaml.left_out, yaml.unaddressed};
    return buf_check(out, err);
}

/* The document into the case's documents, and all that was proposed into the batch of the run. The case's parties are read again: it is
 * locked now, and somebody may have written to it meanwhile. */
static int accept_all(void *self, struct assay_case *kase, json_t *entries, struct err *err)
{
    struct kept *kept = self;
    char digest[65], link[64];
    uint64_t bytes;
    OWN(own_buf) struct buf yaml = {0};
    OWN(own_json) json_t *model = assay_case_model(kase, err);
    OWN(own_json) json_t *stated = NULL;
    int fd = kept->inputs->fds[0];
    if (model == NULL) {
        return -1;
    }
    TRY(make_yaml(kept, model, &yaml, err));
    TRY(assay_case_state_entries(kase, "proposals", buf_str(&yaml), &stated, err));
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    TRY(assay_case_archive(kase, fd >= 0 ? link : kept->inputs->names[0], digest, &bytes, err));
    kept->accepted = json_array_size(stated);
    return json_array_extend(entries, stated) == 0 ? 0 : err_no_memory(err);
}

/* Lines of their own, also for --quiet: a deadline that is not recorded is in no status and no calendar. */
static void say_unsaid(const struct unsaid *unsaid, bool is_accepted)
{
    if (unsaid->statements != 0) {
        (void)fprintf(
            stderr, "assay: read: %llu statements left out: when they were made is not known; give --published TIME\n",
            (unsigned long long)unsaid->statements);
    }
    if (unsaid->deadlines != 0 && is_accepted) {
        (void)fprintf(
            stderr,
            "assay: read: %llu deadlines not recorded: the text does not say for whom, or no day can be told\n"
            "  assay read -o FILE.yaml writes them as comments; say so there, then assay state -f FILE.yaml\n",
            (unsigned long long)unsaid->deadlines);
    }
}

static int put_out(struct kept *kept, struct err *err)
{
    const struct cli *cli = kept->cli;
    const char *given = cli_text(cli, "output"), *dir = cli_text(cli, "case");
    bool is_accepted = cli_text(cli, "accept") != NULL, is_told = !cli->is_json && !cli->is_quiet;
    OWN(own_buf) struct buf yaml = {0};
    if (given == NULL && !is_accepted) {
        return 0;
    }
    if (given != NULL) {
        TRY(make_yaml(kept, kept->model, &yaml, err));
        TRY(file_write(given, buf_str(&yaml), err));
        if (is_told) {
            (void)printf("written     %s\n", given);
        }
    }
    if (is_accepted && is_told) {
        (void)printf("accepted    %zu new entries in %s, which keeps the document\n", kept->accepted, dir);
    }
    say_unsaid(&kept->unsaid, is_accepted);
    kept->is_complete = kept->is_complete && !(is_accepted && kept->unsaid.deadlines != 0);
    return 0;
}

/* What the case has already, so that it is not proposed again; NULL without --case. */
static int read_case(const struct cli *cli, json_t **ret_model, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(cli_check_case(cli, &kase, err));
    *ret_model = kase != NULL ? assay_case_outline(kase, err) : NULL;
    return kase != NULL && *ret_model == NULL ? -1 : 0;
}

static int run(struct cli *cli, struct err *err)
{
    char lexicons[4200];
    struct assay_read_options options = {.fd = -1};
    OWN(own_json) json_t *model = NULL;
    OWN(own_cli_inputs) struct cli_inputs inputs = {0};
    OWN(own_json) json_t *findings = json_array();
    OWN(own_json) json_t *recorded = json_object();
    struct kept kept = {.cli = cli, .inputs = &inputs, .findings = findings};
    bool is_accepted = cli_text(cli, "accept") != NULL;
    TRY(check_options(cli, &options, err));
    TRY(read_case(cli, &model, err));
    TRY(cli_data(cli, "read", lexicons, sizeof lexicons, err));
    TRY(cli_inputs_open(cli, &inputs, err));
    if (findings == NULL || recorded == NULL) {
        return err_no_memory(err);
    }
    kept.model = model;
    options.path = inputs.names[0];
    options.fd = inputs.fds[0];
    options.lexicons = lexicons;
    const char *const readable[] = {options.path, lexicons, NULL};
    struct assay_exhibit exhibit = {
        "document", inputs.names[0], cli_text(cli, "owner"), NULL, NULL, inputs.fds[0] >= 0 ? &inputs.fds[0] : NULL};
    struct examination examination = {
        .run = {"read", work, &options, readable, false, inputs.open_fds, inputs.open_count, NULL},
        .show = &show_read,
        .exhibits = &exhibit,
        .exhibit_count = 1,
        .options = recorded,
        .watch = watch,
        .watcher = &kept,
        .more = is_accepted ? accept_all : NULL,
        .is_unrecorded = !is_accepted,
    };
    int status = cli_examine(cli, &examination, err);
    if (status < 0) {
        return -1;
    }
    TRY(put_out(&kept, err));
    return !is_accepted ? status : kept.is_complete ? EXIT_NOTHING : EXIT_UNSURE;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case whose parties keep their ids; with --accept, where it is recorded", 0},
    {"accept", "all", false, "record all proposals and keep the document (with --case)", 0},
    {"output", "FILE.yaml", false, "write the proposals as a statements file, to be edited", 'o'},
    {"published", "TIME", false, "when it was published, if it does not say so itself", 0},
    {"zone", "+HHMM", false, "the zone of times that do not carry one (default: the document's, else UTC)", 0},
    {"owner", "PARTY", false, "whose document it is (with --accept)", 0},
    {.name = NULL},
};

const struct cli_command cmd_read = {
    .name = "read",
    .usage = "FILE|- [-o FILE.yaml] [--case DIR [--accept all]] [--published TIME] [--json]",
    .question = "proposes parties, statements, claims and deadlines from an article or notice",
    .help = "Reads an article, notice, mail (RFC 5322, MIME), HTML page or plain text in English, and\n"
            "proposes who says what, when, by which channel and who reports whom; claims by kind, sums\n"
            "demanded, deadlines as dates, contacts (masked), digests, CVE numbers and addresses. Every\n"
            "proposal shows its sentence. Nothing is recorded until you accept it.",
    .options = options,
    .notes = "A grammar over word lists, no model: docs/read.md says how often it is right.\n"
             "-o is short for --output. Exit: 0 nothing proposed, or accepted; 1 proposals; 2 something\n"
             "could not be read, told or recorded; 64 usage.",
    .examples = "  assay read article.html\n"
                "  assay read notice.eml -o statements.yaml\n"
                "  assay read post.txt --published 2026-03-10 --zone +0530\n"
                "  assay read article.html --case maple-lane.case --accept all",
    .least = 1,
    .most = 1,
    .run = run,
};
