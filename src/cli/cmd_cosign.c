/* assay cosign: somebody else signs that he saw this state of a case, in the case or on a checkpoint file alone. */
#include <fcntl.h>

#include "assay/case.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/time.h"
#include "cli/cli.h"
#include "ledger/cosign.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

static int tell(const struct cli *cli, json_t *body, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    if (!cli->is_json) {
        return 0;
    }
    if (json_object_set_new(body, "complete", json_true()) != 0) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&line, body, err));
    (void)printf("{\"kind\":\"summary\",\"engine\":\"cosign\",%s\n", line.data + 1);
    return 0;
}

/* The party has the case, or a copy; without the case's key it is opened for reading. */
static int in_case(struct cli *cli, const char *key, struct err *err)
{
    const char *dir = cli_text(cli, "case");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *cosigned = NULL;
    if (cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err) != 0) {
        if (err->kind != ERR_NOT_FOUND) {
            return -1;
        }
        TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    }
    TRY(assay_case_cosign(kase, key, cli_text(cli, "by"), &cosigned, err));
    json_int_t size = json_int(cosigned, "size", 0);
    json_int_t entries = json_int(cosigned, "entries", 0);
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("cosigned    %lld of %lld entries, by %s with key %s, at %s\n", (long long)size,
                     (long long)entries, json_text(cosigned, "party", "?"), json_text(cosigned, "key", "?"),
                     json_text(cosigned, "time", "?"));
        (void)printf("next        keep a copy of %s/%s where the keeper of the case cannot reach it\n", dir,
                     json_text(cosigned, "checkpoint", "?"));
    }
    return tell(cli, cosigned, err);
}

static int add_to_file(const char *path, const char *key_path, const char *out_path, json_t **ret_body, struct err *err)
{
    struct sign_key secret;
    struct note_key named;
    struct note_key key;
    char vkey[NOTE_VKEY_TEXT];
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_buf) struct buf more = {0};
    uint64_t now = (uint64_t)(time_now() / NS_PER_S);
    TRY(file_read(path, NOTE_MAX_BYTES, &bytes, err));
    TRY(keyfile_read(AT_FDCWD, key_path, &secret, &named, err));
    int failed = note_cosigner_of(&key, str_of(named.name), named.public_key, err);
    if (failed == 0 && cosign_add(&more, buf_str(&bytes), &key, &secret, now, err) != 0) {
        failed = err_where(err, "%s", path);
    }
    sign_wipe(&secret);
    if (failed != 0) {
        return -1;
    }
    TRY(file_write(out_path, buf_str(&more), err));
    note_key_write(vkey, &key);
    *ret_body = json_pack("{s:s, s:s, s:I}", "checkpoint", out_path, "vkey", vkey, "time", (json_int_t)now);
    return *ret_body != NULL ? 0 : err_set(err, ERR_LIMIT, "out of memory, or a path that is not UTF-8");
}

static int on_file(struct cli *cli, const char *key, struct err *err)
{
    OWN(own_json) json_t *body = NULL;
    const char *path = cli->positional[0];
    const char *out = cli_text(cli, "output") != NULL ? cli_text(cli, "output") : path;
    TRY(add_to_file(path, key, out, &body, err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("cosigned    %s\n", out);
        (void)printf("next        send it back and keep a copy: it shows what this case was when you saw it\n");
    }
    return tell(cli, body, err);
}

/* A file that came back: its lines go into the case. */
static int take(struct cli *cli, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *taken = NULL;
    TRY(cli_open_case(cli_text(cli, "case"), ASSAY_CASE_READ, &kase, err));
    TRY(assay_case_take_cosignatures(kase, cli->positional[0], &taken, err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("taken       %lld cosignatures into %s; %lld signatures of keys that the case does not know\n",
                     (long long)json_int(taken, "taken", 0), json_text(taken, "checkpoint", "?"),
                     (long long)json_int(taken, "unknown", 0));
    }
    return tell(cli, taken, err);
}

static int run(struct cli *cli, struct err *err)
{
    const char *key = cli_text(cli, "key");
    bool has_file = cli->positional_count == 1;
    if (cli_text(cli, "case") != NULL && has_file && key == NULL) {
        return take(cli, err);
    }
    if (key == NULL) {
        err_set(err, ERR_USAGE, "needs --key FILE");
        return err_remedy(err, "assay key new FILE --name NAME makes one");
    }
    if (has_file == (cli_text(cli, "case") != NULL)) {
        err_set(err, ERR_USAGE, has_file ? "a checkpoint, a case and a key at once" : "cosigns what?");
        return err_remedy(err, "assay cosign CHECKPOINT --key FILE, or assay cosign --case DIR --key FILE");
    }
    return has_file ? on_file(cli, key, err) : in_case(cli, key, err);
}

static const struct cli_option options[] = {
    {"case", "DIR", false,
     "cosigns the newest kept checkpoint there (sealed first by\nwho may); with CHECKPOINT: takes its lines in", 0},
    {"key", "FILE", false, "the cosigner's key (assay key new)", 0},
    {"by", "PARTY", false, "who cosigns; registers a key that is new to the case", 0},
    {"output", "FILE", false, "writes there (default: in the place of CHECKPOINT)", 'o'},
    {.name = NULL},
};

const struct cli_command cmd_cosign = {
    .name = "cosign",
    .usage = "[CHECKPOINT] [--case DIR] --key FILE [--by PARTY]",
    .question = "signs as another party that it saw this state of the case",
    .help = "Adds a cosignature (C2SP cosignature/v1) to a checkpoint: this party saw this\n"
            "ledger, of this size, at this time. It says nothing about whether the entries are\n"
            "true. The case itself is not needed: a checkpoint file is enough, and the line\n"
            "comes back into the case with assay cosign CHECKPOINT --case DIR.",
    .options = options,
    .notes = "The time is the cosigner's own clock. What a cosigner keeps a copy of cannot be\n"
             "rewritten unnoticed: assay verify CASE --since COPY. Exit: 0 done, 2 could not, 64 usage.",
    .examples = "  assay cosign --case maple-lane.case --by press --key press.key\n"
                "  assay cosign checkpoint --key press.key -o checkpoint.cosigned\n"
                "  assay cosign checkpoint.cosigned --case maple-lane.case",
    .least = 0,
    .most = 1,
    .run = run,
};
