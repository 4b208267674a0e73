/* assay prove: one entry and the way to a signed checkpoint, to hand over without the rest. */
#include "assay/case.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

#include "base/banned.h"

/* "out/E07" -> "out/E07.tlog-proof" and "out/E07.json"; an id may hold a slash, a file name not. */
static int name_files(const char *given, const char *id, struct buf *proof, struct buf *entry, struct err *err)
{
    struct str stem = str_of(given != NULL ? given : id);
    struct str end = STR(".tlog-proof");
    if (given != NULL && str_ends(stem, end)) {
        stem.len -= end.len;
    }
    buf_put(proof, stem);
    for (size_t i = 0; given == NULL && !proof->failed && i < proof->len; i++) {
        proof->data[i] = (char)(proof->data[i] == '/' ? '-' : proof->data[i]);
    }
    buf_put(entry, buf_str(proof));
    buf_put(proof, end);
    buf_puts(entry, ".json");
    return buf_check(proof, err) != 0 || buf_check(entry, err) != 0 ? -1 : 0;
}

static int write_files(const json_t *proof, const char *proof_path, const char *entry_path, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    buf_printf(&line, "%s\n", json_text(proof, "entry", ""));
    TRY(buf_check(&line, err));
    TRY(file_write(entry_path, buf_str(&line), err));
    return file_write(proof_path, str_of(json_text(proof, "proof", "")), err);
}

static int run(struct cli *cli, struct err *err)
{
    const char *dir;
    const char *id = cli->positional[0];
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *proof = NULL;
    OWN(own_buf) struct buf proof_path = {0};
    OWN(own_buf) struct buf entry_path = {0};
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    TRY(assay_case_prove(kase, id, &proof, err));
    TRY(name_files(cli_text(cli, "output"), id, &proof_path, &entry_path, err));
    TRY(write_files(proof, proof_path.data, entry_path.data, err));
    long long n = json_int(proof, "n", 0);
    long long size = json_int(proof, "size", 0);
    bool is_sealed = json_bool(proof, "sealed", false);
    if (cli->is_json) {
        OWN(own_buf) struct buf line = {0};
        OWN(own_json)
        json_t *summary =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:b}", "kind", "summary", "engine", "prove", "id",
                      id, "type", json_text(proof, "type", ""), "proof", proof_path.data, "entry", entry_path.data, "n",
                      (json_int_t)n, "size", (json_int_t)size, "sealed", is_sealed, "complete", 1);
        if (summary == NULL) {
            return err_set(err, ERR_FORMAT, "a path that is not UTF-8");
        }
        TRY(json_canonical(&line, summary, err));
        (void)printf("%s\n", line.data);
        return EXIT_NOTHING;
    }
    if (!cli->is_quiet) {
        (void)printf("proved      %s (%s) is entry %lld of %lld under %s\n", id, json_text(proof, "type", "?"), n, size,
                     is_sealed ? "the newest kept checkpoint" : "a checkpoint that is not kept: seal first");
        (void)printf("files       %s and %s\n", proof_path.data, entry_path.data);
        (void)printf("next        assay verify %s --vkey %s\n", proof_path.data, json_text(proof, "vkey", "?"));
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"output", "FILE", false, "FILE.tlog-proof and FILE.json (default: from ID)", 'o'},
    {.name = NULL},
};

const struct cli_command cmd_prove = {
    .name = "prove",
    .usage = "ID --case DIR [-o FILE]",
    .question = "writes the proof that one entry is in the case, to hand over alone",
    .help = "Writes a C2SP tlog-proof of one entry: its number, the hashes from it to the root,\n"
            "and the newest kept checkpoint with its cosignatures; and the entry itself beside\n"
            "it. Whoever has the case's vkey checks both offline, and sees nothing else of the\n"
            "case.",
    .options = options,
    .notes = "It shows that the entry was in the ledger that was signed; not that it is true, nor\n"
             "that no later entry supersedes it. Exit: 0 written, 2 could not, 64 usage.",
    .examples = "  assay prove E07 --case maple-lane.case -o E07.tlog-proof\n"
                "  assay prove X03/14 --case maple-lane.case",
    .least = 1,
    .most = 1,
    .run = run,
};
