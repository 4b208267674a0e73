/* assay export: the case in the formats that other tools read. */
#include "assay/case.h"
#include "assay/export.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/duties.h"
#include "cli/paint.h"

#include "base/banned.h"

/* Where it goes: a file, or standard output where draft is NULL. */
struct destination {
    struct file_draft *draft;
    uint64_t bytes;
};

static int put(void *self, struct str bytes, struct err *err)
{
    struct destination *to = self;
    to->bytes += bytes.len;
    if (to->draft != NULL) {
        return file_draft_put(to->draft, bytes, err);
    }
    return fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len && fflush(stdout) == 0
               ? 0
               : err_set(err, ERR_IO, "standard output: could not be written");
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    const char *file = cli_text(cli, "output");
    const char *format = cli_text(cli, "format");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_file_draft) struct file_draft draft = {.dir = -1, .fd = -1};
    struct destination to = {.draft = file != NULL ? &draft : NULL};
    OWN(own_json) json_t *duties = NULL;
    if (format == NULL) {
        err_set(err, ERR_USAGE, "needs --format");
        return err_remedy(err, "assay help export lists the formats; --format stix, for example");
    }
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    TRY(strcmp(format, "ics") == 0 || strcmp(format, "stix") == 0 ? cli_duties(cli, &duties, err) : 0);
    const struct assay_export_options options = {
        .url = cli_text(cli, "url"), .author = cli_text(cli, "author"), .duties = duties};
    TRY(file != NULL ? file_draft_begin(&draft, file, err) : 0);
    TRY(assay_export_case(kase, format, &options, &(struct assay_export_out){put, &to}, err));
    if (file == NULL) {
        return EXIT_NOTHING;
    }
    TRY(file_draft_end(&draft, err));
    if (!cli->is_quiet) {
        char bytes[NUMBER_TEXT];
        (void)printf("written     %s, %s of %s\n", file, bytes_text(bytes, to.bytes), format);
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"format", "FORMAT", false, "which format, see below", 0},
    {"output", "FILE", false, "where it goes (default: standard output)", 'o'},
    {"url", "URL", false, "claimreview: where the report is published", 0},
    {"author", "NAME", false, "claimreview: whose review it is", 0},
    {"deadlines", "FILE", false, "ics, stix: another table of duties than data/deadlines.yaml", 0},
    {.name = NULL},
};

const struct cli_command cmd_export = {
    .name = "export",
    .usage = "--case DIR --format FORMAT [-o FILE]",
    .question = "writes the case for other tools",
    .help = "Writes the case as it stands in a format that other tools read. The same case\n"
            "gives the same bytes. Nothing is recorded, nothing is sent anywhere.",
    .options = options,
    .notes = "Formats:\n"
             "  stix         STIX 2.1 bundle: parties, statements, claims as notes, verdicts as\n"
             "               opinions, exhibits, findings, what was examined and how far\n"
             "  timesketch   JSON Lines for Timesketch: said, done, found, due, and the logs' holes\n"
             "  claimreview  schema.org ClaimReview (JSON-LD), one per claim\n"
             "  veris        VERIS 1.4 incident\n"
             "  ics          calendar (RFC 5545): every deadline as an event, with a reminder\n"
             "  misp         MISP event: exhibits, findings, claims with their verdicts\n"
             "  json         the whole case in one canonical document (RFC 8785)\n"
             "None of them has a word for \"not examined\": where a verdict goes, its second axis\n"
             "goes along in words or in an extension. docs/exports.md says what becomes what.\n"
             "Exit: 0 written, 2 could not, 64 usage.",
    .examples = "  assay export --case maple-lane.case --format stix -o maple-lane.stix.json\n"
                "  assay export --case maple-lane.case --format ics -o deadlines.ics\n"
                "  assay export --case maple-lane.case --format claimreview --url https://example.com/maple-lane",
    .least = 0,
    .most = 0,
    .run = run,
};
