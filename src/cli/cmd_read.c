/* assay read */
#include <fcntl.h>
#include <stdlib.h>

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

/* What came, for the statements file. */
struct kept {
    json_t *findings;
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

/* What of the proposals a statements file does not say. */
struct unsaid {
    uint64_t statements, deadlines;
};

/* The proposals as a statements file. */
static int write_yaml(const char *path, const struct kept *kept, const char *name, const char *digest,
                      const json_t *model, struct unsaid *ret_unsaid, struct err *err)
{
    char tag[7];
    (void)snprintf(tag, sizeof tag, "%.6s", digest);
    OWN(own_buf) struct buf text = {0};
    struct read_yaml yaml = {.findings = kept->findings, .name = base_name(name), .tag = tag, .model = model};
    read_yaml_put(&yaml, &text);
    TRY(buf_check(&text, err));
    *ret_unsaid = (struct unsaid){yaml.left_out, yaml.unaddressed};
    return file_write(path, buf_str(&text), err);
}

static int temporary_name(char *out, size_t room, struct err *err)
{
    const char *folder = getenv("TMPDIR");
    int length = snprintf(out, room, "%s/assay-read-XXXXXX", folder != NULL && *folder != '\0' ? folder : "/var/tmp");
    int fd = length > 0 && (size_t)length < room ? mkostemp(out, O_CLOEXEC) : -1;
    if (fd < 0) {
        err_set(err, ERR_IO, "no temporary file can be made");
        return err_remedy(err, "set TMPDIR to a folder that can be written to, or give -o FILE.yaml");
    }
    close(fd);
    return 0;
}

/* The document into the case's documents, then all that was proposed. */
static int accept_all(const struct cli *cli, const char *document, const char *yaml_path, struct err *err)
{
    char digest[65];
    uint64_t bytes;
    const char *dir = cli_text(cli, "case");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entries = NULL;
    TRY(assay_case_open(dir, ASSAY_CASE_WRITE, &kase, NULL, err));
    TRY(assay_case_archive(kase, document, digest, &bytes, err));
    TRY(assay_case_state(kase, yaml_path, &entries, err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("accepted    %zu new entries in %s; the document is kept as documents/%.12s...\n",
                     json_array_size(entries), dir, digest);
    }
    return 0;
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

static int put_out(const struct cli *cli, const struct cli_inputs *inputs, struct kept *kept, const json_t *model,
                   struct err *err)
{
    char digest[65], temporary[4096] = "", link[64];
    uint64_t bytes;
    struct unsaid unsaid = {0};
    const char *given = cli_text(cli, "output"), *name = inputs->names[0];
    bool is_accepted = cli_text(cli, "accept") != NULL;
    if (given == NULL && !is_accepted) {
        return 0;
    }
    TRY(inputs->fds[0] >= 0 ? assay_evidence_digest_fd(inputs->fds[0], name, digest, &bytes, err)
                            : assay_evidence_digest(name, digest, &bytes, err));
    if (given == NULL) {
        TRY(temporary_name(temporary, sizeof temporary, err));
    }
    const char *path = given != NULL ? given : temporary;
    int failed = write_yaml(path, kept, name, digest, model, &unsaid, err);
    if (failed == 0 && !cli->is_json && !cli->is_quiet && given != NULL) {
        (void)printf("written     %s\n", given);
    }
    if (failed == 0) {
        say_unsaid(&unsaid, is_accepted);
        kept->is_complete = kept->is_complete && !(is_accepted && unsaid.deadlines != 0);
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", inputs->fds[0]);
    failed = failed == 0 && is_accepted ? accept_all(cli, inputs->fds[0] >= 0 ? link : name, path, err) : failed;
    if (temporary[0] != '\0') {
        (void)unlink(temporary);
    }
    return failed;
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
    struct kept kept = {.findings = findings};
    TRY(check_options(cli, &options, err));
    TRY(read_case(cli, &model, err));
    TRY(cli_data(cli, "read", lexicons, sizeof lexicons, err));
    TRY(cli_inputs_open(cli, &inputs, err));
    if (findings == NULL || recorded == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
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
        .is_unrecorded = cli_text(cli, "accept") == NULL,
    };
    int status = cli_examine(cli, &examination, err);
    if (status < 0) {
        return -1;
    }
    TRY(put_out(cli, &inputs, &kept, model, err));
    return cli_text(cli, "accept") == NULL ? status : kept.is_complete ? EXIT_NOTHING : EXIT_UNSURE;
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
