/* assay custody */
#include "assay/case.h"
#include "assay/run.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/cli.h"

#include "base/banned.h"

/* The exhibit's digest as it lies there now: at --path, or with --digest where it was when it was examined. "" when not asked for. */
static int take_digest(const struct cli *cli, struct assay_case *kase, const char *id, char ret_hex[static 65],
                       struct err *err)
{
    const char *path = cli_text(cli, "path");
    uint64_t bytes;
    ret_hex[0] = '\0';
    if (path == NULL && !cli_flag(cli, "digest")) {
        return 0;
    }
    OWN(own_json) json_t *model = assay_case_outline(kase, err);
    if (model == NULL) {
        return -1;
    }
    const json_t *exhibit = json_find(json_object_get(model, "evidence"), "id", id);
    path = path != NULL ? path : json_text(exhibit, "name", NULL);
    if (path == NULL) {
        return 0; /* no such exhibit: told where the entry is made */
    }
    if (assay_evidence_digest(path, ret_hex, &bytes, NULL, err) != 0) {
        return err_remedy(
            err, "give --path where it lies now, or leave --digest away: the entry then says that none was taken");
    }
    if (ret_hex[0] == '\0') {
        err_set(err, ERR_USAGE, "%s: a live database has no digest", id);
        return err_remedy(err, "leave --digest away");
    }
    return 0;
}

static int tell(const struct cli *cli, json_t *entry, struct err *err)
{
    const json_t *same = json_object_get(entry, "same");
    bool differs = json_is_false(same);
    if (cli->is_json) {
        OWN(own_buf) struct buf line = {0};
        (void)json_object_set_new(entry, "complete", json_true());
        TRY(json_canonical(&line, entry, err));
        (void)printf("{\"kind\":\"summary\",\"engine\":\"custody\",%s\n", line.data + 1);
    } else if (!cli->is_quiet) {
        (void)printf("recorded    %s: %s went from %s to %s\n", json_text(entry, "id", "?"),
                     json_text(entry, "evidence", "?"), json_text(entry, "from", "?"), json_text(entry, "to", "?"));
        (void)printf("digest      %s\n", differs        ? "DIFFERS from the one at hand-in"
                                         : same != NULL ? "the same as at hand-in"
                                         : json_object_get(entry, "digest") != NULL
                                             ? "taken; there was none at hand-in to compare it with"
                                             : "not taken: this does not show that it is unchanged");
        if (json_object_get(entry, "gap") != NULL) {
            (void)printf("gap         by the entries so far %s had it; how it came to %s is not recorded\n",
                         json_text(entry, "gap", "?"), json_text(entry, "from", "?"));
        }
    }
    return differs ? EXIT_FOUND : EXIT_NOTHING;
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    char digest[65];
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entry = NULL;
    const struct assay_custody custody = {cli->positional[0],  cli_text(cli, "from"), cli_text(cli, "to"),
                                          cli_text(cli, "at"), cli_text(cli, "how"),  digest};
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(take_digest(cli, kase, cli->positional[0], digest, err));
    TRY(assay_case_custody(kase, &custody, &entry, err));
    return tell(cli, entry, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"from", "PARTY", false, "who handed it over", 0},
    {"to", "PARTY", false, "who took it", 0},
    {"at", "TIME", false, "when, as 2026-03-14T21:47:09Z or a date", 0},
    {"how", "TEXT", false, "how: courier, seal, medium", 0},
    {"digest", NULL, false, "take its digest where it was when it was examined,\nand compare", 0},
    {"path", "FILE", false, "take its digest here, and compare", 0},
    {.name = NULL},
};

const struct cli_command cmd_custody = {
    .name = "custody",
    .usage = "EXHIBIT --case DIR --from PARTY --to PARTY --at TIME [--how TEXT] [--digest]",
    .question = "records that an exhibit changed hands",
    .help = "Records who handed an exhibit to whom, when and how, and with --digest or --path\n"
            "whether it is still the bytes that were examined. Examinations record by themselves\n"
            "when they use an exhibit again, and whether it was changed since.",
    .options = options,
    .notes = "Without a digest the entry says that none was taken. Who hands on what by the entries\n"
             "he did not have leaves a gap, and the entry says so.\n"
             "Exit: 0 recorded, 1 recorded and the digest differs, 2 could not, 64 usage.",
    .examples = "  assay custody E01 --case maple-lane.case --from shop --to lab --at 2026-03-16 \\\n"
                "    --how \"courier, sealed bag 14\" --path /mnt/evidence/www.tar",
    .least = 1,
    .most = 1,
    .run = run,
};
