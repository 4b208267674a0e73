/* assay report */
#include <stdlib.h>

#include "assay/case.h"
#include "assay/report.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/duties.h"
#include "cli/paint.h"

#include "base/banned.h"

/* The report's digest goes into the ledger: a page that was changed can be told from this one. */
static int record(struct assay_case *kase, const char *file, struct str page, struct err *err)
{
    char hex[SHA256_HEX + 1];
    struct sha256 digest = sha256_of(page);
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    const char *slash = strrchr(file, '/');
    OWN(own_json)
    json_t *entries = json_pack("[{s:s,s:s,s:I,s:s}]", "type", "report", "sha256", hex, "bytes", (json_int_t)page.len,
                                "name", slash != NULL ? slash + 1 : file);
    if (entries == NULL) {
        return err_no_memory(err);
    }
    return assay_case_append(kase, entries, err);
}

/* The error rates the verdicts rest on, as they lie archived in the case: the page prints them. */
static int add_rates(struct assay_case *kase, json_t *model, struct err *err)
{
    const json_t *verdict = json_array_get(json_object_get(model, "verdicts"), 0);
    const char *digest = json_text(verdict, "rates", NULL);
    if (digest == NULL) {
        return 0; /* judged without rates: the page says so */
    }
    json_t *rates = assay_case_document(kase, digest, err);
    if (rates == NULL) {
        return -1;
    }
    return json_object_set_new(model, "rates", rates) == 0 ? 0 : err_no_memory(err);
}

/* The table of reporting duties: the page counts deadlines by it, and says by which text each. */
static int add_duties(const struct cli *cli, json_t *model, struct err *err)
{
    json_t *duties = NULL;
    TRY(cli_duties(cli, &duties, err));
    return json_object_set_new(model, "duties", duties) == 0 ? 0 : err_no_memory(err);
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    const char *file = cli_text(cli, "output");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *model = NULL;
    OWN(own_assay_records) struct assay_records *records = NULL;
    OWN(own_mem) char *page = NULL;
    size_t length;
    TRY(cli_case(cli, &dir, err));
    if (file == NULL) {
        return err_set(err, ERR_USAGE, "needs -o FILE.html");
    }
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(assay_case_lean(kase, assay_case_size(kase), &model, &records, err));
    TRY(add_rates(kase, model, err));
    TRY(add_duties(cli, model, err));
    TRY(assay_report_lean(model, records, time_now(), &page, &length, err));
    TRY(file_write(file, (struct str){page, length}, err));
    TRY(record(kase, file, (struct str){page, length}, err));
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"report\",\"bytes\":%zu,\"complete\":true}\n", length);
    } else if (!cli->is_quiet) {
        char bytes[NUMBER_TEXT];
        (void)printf("written     %s, %s, one file without scripts; its digest is an entry of the case\n", file,
                     bytes_text(bytes, length));
        (void)printf("next        assay seal --case %s\n", dir);
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"output", "FILE.html", false, "where the page goes", 'o'},
    {.name = NULL},
};

const struct cli_command cmd_report = {
    .name = "report",
    .usage = "--case DIR -o FILE.html",
    .question = "writes one self-contained page",
    .help = "Writes the case as one HTML file, without scripts and without anything from\n"
            "elsewhere: the question, the verdicts, what would settle the rest, what happened,\n"
            "pictures, evidence, and how to check it offline. Opens from disk or e-mail.",
    .options = options,
    .notes = "-o is short for --output. Exit: 0 written, 2 could not, 64 usage.",
    .examples = "  assay report --case maple-lane.case -o report.html",
    .least = 0,
    .most = 0,
    .run = run,
};
