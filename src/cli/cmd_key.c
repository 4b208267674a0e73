/* assay key: a second word says what is done with keys; each is one row of a table. */
#include <errno.h>
#include <fcntl.h>

#include "assay/case.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "cli/cli.h"
#include "ledger/agent.h"
#include "ledger/keyfile.h"

#include "base/banned.h"

/* One JSON object as the summary, or lines for a person. */
static int tell(const struct cli *cli, const char *act, const json_t *body, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    OWN(own_json)
    json_t *summary = json_pack("{s:s, s:s, s:s, s:O, s:b}", "kind", "summary", "engine", "key", "act", act, "key",
                                body, "complete", 1);
    if (!cli->is_json) {
        return 0;
    }
    if (summary == NULL) {
        return err_no_memory(err);
    }
    TRY(json_canonical(&line, summary, err));
    (void)printf("%s\n", line.data);
    return 0;
}

static int refuse_existing(const char *path, struct err *err)
{
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: is there already", path);
    return err_remedy(err, "a key that is overwritten is lost; give a new name");
}

static int make(const struct sign_key *secret, const char *name, const char *path, bool is_sealed,
                struct note_key *ret_cosigner, struct err *err)
{
    struct note_key key;
    if (note_key_of(&key, str_of(name), secret->public_key, err) != 0) {
        return err_remedy(err, "a name is like a URL without its scheme: press.example/desk");
    }
    TRY(note_cosigner_of(ret_cosigner, str_of(name), secret->public_key, err));
    return keyfile_write(AT_FDCWD, path, &key, secret, is_sealed, err);
}

static int new_secret(const struct cli *cli, struct sign_key *ret_secret, struct err *err)
{
    const char *agent_key = cli_text(cli, "agent");
    if (agent_key == NULL) {
        return sign_new(ret_secret, err);
    }
    return cli_flag(cli, "passphrase") ? err_set(err, ERR_USAGE, "--passphrase and --agent at once")
                                       : agent_find(agent_key, ret_secret, err);
}

static int key_new(struct cli *cli, struct err *err)
{
    struct sign_key secret;
    struct note_key cosigner;
    char vkey[NOTE_VKEY_TEXT];
    const char *path = cli->positional[1];
    const char *name = cli_text(cli, "name");
    if (name == NULL) {
        err_set(err, ERR_USAGE, "needs --name NAME, which stands in every signature");
        return err_remedy(err, "a name is like a URL without its scheme: press.example/desk");
    }
    TRY(refuse_existing(path, err));
    TRY(new_secret(cli, &secret, err));
    int failed = make(&secret, name, path, cli_flag(cli, "passphrase"), &cosigner, err);
    sign_wipe(&secret);
    if (failed != 0) {
        return -1;
    }
    note_key_write(vkey, &cosigner);
    OWN(own_json) json_t *body = json_pack("{s:s, s:s}", "file", path, "vkey", vkey);
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf(cli_text(cli, "agent") != NULL ? "made        %s: says which key of the agent is meant\n"
                                                    : "made        %s: keep it, and never hand it over\n",
                     path);
        (void)printf("vkey        %s\n", vkey);
        (void)printf("next        give the vkey line to whoever keeps the case: assay key register\n");
    }
    return tell(cli, "new", body, err);
}

static void print_key(const json_t *key)
{
    const char *party = json_text(key, "party", NULL);
    const char *revoked = json_text(key, "revoked", NULL);
    (void)printf("%-8s  %s", json_text(key, "id", "?"), json_text(key, "vkey", "?"));
    if (party != NULL) {
        (void)printf("  of %s", party);
    } else {
        (void)printf("  of the case, from entry %lld on", (long long)json_int(key, "after", 0));
    }
    (void)printf("%s%s\n", revoked != NULL ? "  revoked since " : "", revoked != NULL ? revoked : "");
}

static int show_case(struct cli *cli, const char *dir, struct err *err)
{
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    OWN(own_json) json_t *keys = assay_case_keys(kase, err);
    if (keys == NULL) {
        return -1;
    }
    for (size_t i = 0; !cli->is_json && i < json_array_size(keys); i++) {
        print_key(json_array_get(keys, i));
    }
    return tell(cli, "show", keys, err);
}

static int key_show(struct cli *cli, struct err *err)
{
    struct note_key key;
    struct note_key cosigner;
    char vkey[NOTE_VKEY_TEXT];
    const char *dir = cli_text(cli, "case");
    if (dir != NULL) {
        return show_case(cli, dir, err);
    }
    if (cli->positional_count < 2) {
        return err_set(err, ERR_USAGE, "show needs a key FILE or --case DIR");
    }
    TRY(keyfile_public(AT_FDCWD, cli->positional[1], &key, err));
    TRY(note_cosigner_of(&cosigner, str_of(key.name), key.public_key, err));
    note_key_write(vkey, &cosigner);
    OWN(own_json) json_t *body = json_pack("{s:s, s:s}", "file", cli->positional[1], "vkey", vkey);
    if (!cli->is_json) {
        (void)printf("%s\n", vkey);
    }
    return tell(cli, "show", body, err);
}

/* What three of them share: the case is open for writing, an entry comes back. */
static int with_case(struct cli *cli, const char *act,
                     int (*change)(struct cli *cli, struct assay_case *kase, json_t **ret_entry, struct err *err),
                     struct err *err)
{
    const char *dir;
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entry = NULL;
    TRY(cli_case(cli, &dir, err));
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    TRY(change(cli, kase, &entry, err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("recorded    %s as entry %s of %s\n", act, json_text(entry, "id", "?"), dir);
    }
    return tell(cli, act, entry, err);
}

static int change_register(struct cli *cli, struct assay_case *kase, json_t **ret_entry, struct err *err)
{
    const char *party = cli_text(cli, "by");
    return party != NULL ? assay_case_key_register(kase, party, cli->positional[1], ret_entry, err)
                         : err_set(err, ERR_USAGE, "needs --by PARTY: whose key is it?");
}

static int change_rotate(struct cli *cli, struct assay_case *kase, json_t **ret_entry, struct err *err)
{
    TRY(assay_case_key_rotate(kase, cli_text(cli, "agent"), ret_entry, err));
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("vkey        %s\n", json_text(*ret_entry, "vkey", "?"));
    }
    return 0;
}

static int change_revoke(struct cli *cli, struct assay_case *kase, json_t **ret_entry, struct err *err)
{
    const char *since = cli_text(cli, "since");
    return since != NULL
               ? assay_case_key_revoke(kase, cli->positional[1], since, cli_text(cli, "reason"), ret_entry, err)
               : err_set(err, ERR_USAGE, "needs --since TIME: from when on is it not to be believed?");
}

static int key_register(struct cli *cli, struct err *err)
{
    return with_case(cli, "register", change_register, err);
}

static int key_rotate(struct cli *cli, struct err *err)
{
    return with_case(cli, "rotate", change_rotate, err);
}

static int key_revoke(struct cli *cli, struct err *err)
{
    return with_case(cli, "revoke", change_revoke, err);
}

static const struct act {
    const char *name, *usage;
    size_t least, most; /* words, with the first */
    int (*run)(struct cli *cli, struct err *err);
} acts[] = {
    {"new", "assay key new FILE --name NAME", 2, 2, key_new},
    {"show", "assay key show FILE, or assay key show --case DIR", 1, 2, key_show},
    {"register", "assay key register VKEY --case DIR --by PARTY", 2, 2, key_register},
    {"rotate", "assay key rotate --case DIR [--agent KEY]", 1, 1, key_rotate},
    {"revoke", "assay key revoke ID --case DIR --since TIME", 2, 2, key_revoke},
};

static int run(struct cli *cli, struct err *err)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        const struct act *act = &acts[i];
        if (strcmp(cli->positional[0], act->name) != 0) {
            continue;
        }
        if (cli->positional_count < act->least || cli->positional_count > act->most) {
            err_set(err, ERR_USAGE, "%s",
                    cli->positional_count < act->least ? "something is missing" : "too many words");
            return err_remedy(err, "%s", act->usage);
        }
        return act->run(cli, err);
    }
    err_set(err, ERR_USAGE, "nothing is called \"%s\"", cli->positional[0]);
    return err_remedy(err, "new, show, register, rotate or revoke: assay help key");
}

static const struct cli_option options[] = {
    {"case", "DIR", false, "the case", 0},
    {"name", "NAME", false, "of a new key: a URL without scheme, as press.example/desk", 0},
    {"passphrase", NULL, false,
     "keeps a new key under a passphrase, asked on the terminal (or\nthe first line of the file that ASSAY_PASSPHRASE_FILE names)",
     0},
    {"agent", "KEY", false,
     "new, rotate: an SSH agent has the key and signs\n(SSH_AUTH_SOCK): its comment or SHA256:..., as ssh-add -l\nprints it; - for the only one; FILE says which it is",
     0},
    {"by", "PARTY", false, "whose key is registered", 0},
    {"since", "TIME", false, "from when on a revoked key is not to be believed", 0},
    {"reason", "TEXT", false, "why it is revoked", 0},
    {.name = NULL},
};

const struct cli_command cmd_key = {
    .name = "key",
    .usage = "new|show|register|rotate|revoke ... [--case DIR]",
    .question = "makes, registers, rotates and revokes signing keys",
    .help = "A party that cosigns has a key of its own: `new` makes one, its vkey line goes to\n"
            "whoever keeps the case, who lets it in with `register`. `rotate` gives the case\n"
            "itself a new key, which the old one signs for, and destroys the old one.\n"
            "`revoke` says from when on a key is not to be believed. All three are entries:\n"
            "nobody changes keys unnoticed, and verify follows the chain.",
    .options = options,
    .notes = "Keys of low order or in an odd encoding, which some verifiers accept for every\n"
             "message, are refused. Exit: 0 done, 2 could not, 64 usage.",
    .examples = "  assay key new press.key --name press.example/desk\n"
                "  assay key new press.key --name press.example/desk --agent press-desk\n"
                "  assay key register press.example/desk+1f2e3d4c+BHk... --case maple-lane.case --by press\n"
                "  assay key rotate --case maple-lane.case\n"
                "  assay key revoke G1 --case maple-lane.case --since 2026-03-14 --reason \"laptop stolen\"",
    .least = 1,
    .most = 2,
    .run = run,
};
