/* assay pack */
#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/cli.h"
#include "cli/paint.h"

#include "base/banned.h"

/* Whoever holds the key signs the list of files; a copy without it can be packed, too, and says so. */
static int open_case(const struct cli *cli, const char *dir, struct assay_case **ret_case, struct err *err)
{
    struct err why = {0};
    if (cli_flag(cli, "unsigned")) {
        return cli_open_case(dir, ASSAY_CASE_READ, ret_case, err);
    }
    if (cli_open_case(dir, ASSAY_CASE_WRITE, ret_case, &why) == 0) {
        return 0;
    }
    if (why.kind == ERR_NOT_FOUND) { /* no key, or no case: opening it for reading says which */
        return cli_open_case(dir, ASSAY_CASE_READ, ret_case, err);
    }
    *err = why;
    return -1;
}

static int print_json(json_t *summary, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    (void)json_object_set_new(summary, "complete", json_true());
    TRY(json_canonical(&line, summary, err));
    (void)printf("{\"kind\":\"summary\",\"engine\":\"pack\",%s\n", line.data + 1);
    return EXIT_NOTHING;
}

static void tell(const char *file, const json_t *summary)
{
    char bytes[NUMBER_TEXT], entries[COUNTED_TEXT], documents[COUNTED_TEXT], proofs[COUNTED_TEXT];
    int64_t withheld = json_int(summary, "withheld", 0), redacted = json_int(summary, "redacted", 0);
    (void)printf("packed      %s, %s: %s, %s, %s\n", file, bytes_text(bytes, (uint64_t)json_int(summary, "bytes", 0)),
                 counted_text(entries, (uint64_t)json_int(summary, "entries", 0), "entry", "entries"),
                 counted_text(documents, (uint64_t)json_int(summary, "documents", 0), "document", "documents"),
                 counted_text(proofs, (uint64_t)json_int(summary, "proofs", 0), "proof", "proofs"));
    (void)printf("sha256      %s\n", json_text(summary, "sha256", "?"));
    if (withheld != 0 || redacted != 0) {
        (void)printf("left out    %s, %s; what fixes them is inside\n",
                     counted_text(documents, (uint64_t)withheld, "document", "documents"),
                     counted_text(entries, (uint64_t)redacted, "entry", "entries"));
    }
    if (!json_bool(summary, "signed", false)) {
        (void)printf("unsigned    the list of files: this copy of the case has no key, or --unsigned was given\n");
    }
    (void)printf("next        assay verify %s\n", file);
}

static int pack(const struct cli *cli, struct assay_case *kase, const char *file, struct err *err)
{
    OWN(own_json) json_t *summary = NULL;
    const struct assay_pack_options options = {
        .withhold = cli_list(cli, "withhold", NULL),
        .redact = cli_list(cli, "redact", NULL),
        .report = cli_text(cli, "report"),
        .has_tiles = cli_flag(cli, "tiles"),
    };
    TRY(assay_case_pack(kase, file, &options, &summary, err));
    if (cli->is_json) {
        return print_json(summary, err);
    }
    if (!cli->is_quiet) {
        tell(file, summary);
    }
    return EXIT_NOTHING;
}

static int reveal(const struct cli *cli, struct assay_case *kase, const char *id, const char *file, struct err *err)
{
    TRY(assay_case_reveal(kase, id, file, err));
    if (cli->is_json) {
        (void)printf("{\"kind\":\"summary\",\"engine\":\"pack\",\"opened\":true,\"complete\":true}\n");
    } else if (!cli->is_quiet) {
        (void)printf("opened      %s is what was left out, byte for byte\n", file);
        (void)printf("next        assay verify BUNDLE --opened %s\n", file);
    }
    return EXIT_NOTHING;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    const char *file = cli_text(cli, "output"), *opened = cli_text(cli, "open");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(cli_case(cli, &dir, err));
    if (file == NULL) {
        err_set(err, ERR_USAGE, "needs -o FILE");
        return err_remedy(err, "assay pack --case %s -o bundle.tar", dir);
    }
    if (opened != NULL) {
        TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
        return reveal(cli, kase, opened, file, err);
    }
    TRY(open_case(cli, dir, &kase, err));
    return pack(cli, kase, file, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"output", "FILE", false, "where the bundle goes", 'o'},
    {"report", "FILE.html", false, "put this page in as report.html", 0},
    {"withhold", "ID", true,
     "leave a document out, by SHA-256 or by the id of\nits entry; \"all\": every one (may be repeated)", 0},
    {"redact", "ID", true, "leave an entry out; its hash stays (may be repeated;\n\"X01/*\": every record of X01)", 0},
    {"tiles", NULL, false, "with the tree as static files, for transparency-log\nclients (C2SP tlog-tiles)", 0},
    {"unsigned", NULL, false, "do not sign the list of files", 0},
    {"open", "ID", false, "write what opens a redacted entry, or a withheld\ndocument, to FILE instead", 0},
    {.name = NULL},
};

const struct cli_command cmd_pack = {
    .name = "pack",
    .usage = "--case DIR -o FILE [--withhold ID] [--redact ID] [--report FILE] [--tiles]",
    .question = "makes the bundle to hand over",
    .help = "Writes one archive (tar) with the ledger, its signed heads and timestamps, the\n"
            "documents, a proof per exhibit, and a README that lets a stranger check all of it\n"
            "with sha256sum, openssl and 40 lines of Python. The same case gives the same bytes.\n"
            "The key, nonces, the index and torn writes never go in.",
    .options = options,
    .notes = "What is left out stays fixed by its hash: it can be shown later and checked then,\n"
             "and nobody who verifies the bundle is told that it was seen. A hash hides only what\n"
             "cannot be guessed. Exit: 0 packed, 2 could not, 64 usage.",
    .examples = "  assay pack --case maple-lane.case -o maple-lane.tar --report report.html\n"
                "  assay pack --case maple-lane.case -o for-the-press.tar --withhold all --redact S2\n"
                "  assay pack --case maple-lane.case --open S2 -o S2.opened",
    .least = 0,
    .most = 0,
    .run = run,
};
