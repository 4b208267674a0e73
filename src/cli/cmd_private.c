/* assay private: a table of steps, each a confined child that writes into the run's directory alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/case.h"
#include "assay/private.h"
#include "assay/run.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/private_entry.h"
#include "cli/show_private.h"

#include "base/banned.h"

static const struct {
    const char *name;
    enum assay_private_step step;
    bool makes_state; /* else the directory is there already */
} steps[] = {
    {"key", ASSAY_PRIVATE_KEY, false},          {"commit", ASSAY_PRIVATE_COMMIT, true},
    {"offer", ASSAY_PRIVATE_OFFER, false},      {"answer", ASSAY_PRIVATE_ANSWER, false},
    {"finish", ASSAY_PRIVATE_FINISH, false},    {"count", ASSAY_PRIVATE_COUNT, true},
    {"audit", ASSAY_PRIVATE_AUDIT, true},       {"show", ASSAY_PRIVATE_SHOW, false},
    {"exchange", ASSAY_PRIVATE_EXCHANGE, true}, {"wipe", ASSAY_PRIVATE_WIPE, false},
};

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_private(options, sink, err);
}

static int keep_summary(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    json_t **summary = self;
    (void)err;
    if (kind == ASSAY_SUMMARY) {
        json_decref(*summary);
        *summary = json_incref(body);
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    struct err err = {0};
    (void)self;
    err_set(&err, ERR_IO, "%.*s: %.*s", STR_FMT(where), STR_FMT(what));
    cli_error("private", &err, false);
}

/* ---- options ---- */

static int find_step(const struct cli *cli, size_t *ret_at, struct err *err)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (strcmp(steps[i].name, cli->positional[0]) == 0) {
            *ret_at = i;
            return 0;
        }
    }
    err_set(err, ERR_USAGE, "no step \"%s\"", cli->positional[0]);
    return err_remedy(
        err, "key, commit, offer, answer, finish, count, audit, exchange, wipe and show are known; assay help private");
}

static int small(const struct cli *cli, const char *name, uint64_t otherwise, uint64_t most, uint64_t *ret_value,
                 struct err *err)
{
    TRY(cli_number(cli, name, otherwise, ret_value, err));
    return *ret_value <= most ? 0 : err_set(err, ERR_USAGE, "--%s: %llu is the most", name, (unsigned long long)most);
}

static int take_numbers(const struct cli *cli, struct assay_private_options *options, struct err *err)
{
    uint64_t min_keys, min_count, opened, run, wait;
    const char *until = cli_text(cli, "until");
    TRY(small(cli, "min-keys", 100, 1U << 30, &min_keys, err));
    TRY(small(cli, "min-count", 0, UINT16_MAX, &min_count, err));
    TRY(small(cli, "open", 300, UINT16_MAX, &opened, err));
    TRY(small(cli, "run", 1, UINT32_MAX, &run, err));
    TRY(small(cli, "wait", 300, 86400, &wait, err));
    options->wait = wait == 0 ? 1 : (unsigned)wait;
    options->min_keys = (uint32_t)min_keys;
    options->min_count = (uint16_t)min_count;
    options->opened = (uint32_t)opened;
    options->run_number = (uint32_t)run;
    if (until != NULL) {
        int64_t instant = time_parse(str_of(until));
        if (instant == TIME_NONE) {
            return err_set(err, ERR_USAGE, "--until is no date: '%s'", until);
        }
        options->deadline = instant / NS_PER_S;
    }
    return 0;
}

static int take_role(const struct cli *cli, struct assay_private_options *options, struct err *err)
{
    const char *role = cli_text(cli, "role");
    options->role = role == NULL ? 0 : strcmp(role, "asker") == 0 ? 1 : strcmp(role, "keeper") == 0 ? 2 : 3;
    return options->role != 3 ? 0 : err_set(err, ERR_USAGE, "--role is asker or keeper, not '%s'", role);
}

static int check_exchange(const struct cli *cli, const struct assay_private_options *options, struct err *err)
{
    if ((cli_text(cli, "listen") == NULL) == (cli_text(cli, "connect") == NULL)) {
        err_set(err, ERR_USAGE, "exchange with whom?");
        return err_remedy(err, "one side says --listen ADDR:PORT, the other --connect HOST:PORT");
    }
    if (options->peer == NULL) {
        err_set(err, ERR_USAGE, "whose key has the other side to show?");
        return err_remedy(
            err, "--peer: its 64 hex digits (assay private show COMMIT says them), its commitment, or its FILE.pub");
    }
    return 0;
}

static int take_options(const struct cli *cli, size_t step, struct assay_private_options *options, struct err *err)
{
    const char *const *rest = cli->positional + 1;
    bool is_commit = steps[step].step == ASSAY_PRIVATE_COMMIT, is_key = steps[step].step == ASSAY_PRIVATE_KEY;
    size_t leaks, databases, database_keys;
    static const char *const none[] = {NULL};
    const char *const *leak = cli_list(cli, "leak", &leaks), *const *from = cli_list(cli, "from", NULL);
    const char *const *database = cli_list(cli, "database", &databases);
    const char *const *database_key = cli_list(cli, "database-key", &database_keys);
    *options =
        (struct assay_private_options){.step = steps[step].step,
                                       .state = is_key ? rest[0] : cli_text(cli, "state"),
                                       .files = is_commit || is_key ? none : rest,
                                       .key_file = cli_text(cli, "sign"),
                                       .sources = is_commit    ? rest
                                                  : leaks != 0 ? leak
                                                               : from,
                                       .keys = cli_list(cli, "key", NULL),
                                       .table = cli_text(cli, "table"),
                                       .origin = cli_text(cli, "origin"),
                                       .neutral = cli_text(cli, "neutral"),
                                       .is_direct = cli_flag(cli, "direct"),
                                       .keeper_sources = databases != 0 ? database : NULL,
                                       .keeper_keys = database_keys != 0 ? database_key : cli_list(cli, "key", NULL),
                                       .peer = cli_text(cli, "peer"),
                                       .socket = -1,
                                       .previous = cli_text(cli, "after"),
                                       .without_audits = cli_flag(cli, "without-audits"),
                                       .is_late = cli_flag(cli, "late"),
                                       .is_accusing = cli_flag(cli, "accuse"),
                                       .is_abandoned = cli_flag(cli, "abandon")};
    TRY(take_role(cli, options, err));
    TRY(take_numbers(cli, options, err));
    if (rest[0] == NULL && (is_commit || is_key || options->step == ASSAY_PRIVATE_SHOW)) {
        return err_set(err, ERR_USAGE, "%s what?", steps[step].name);
    }
    if (options->state == NULL && options->step != ASSAY_PRIVATE_SHOW) {
        err_set(err, ERR_USAGE, "where does this run keep its files?");
        return err_remedy(err, "--state DIR, the same for every step of one side; it holds secrets");
    }
    return options->step == ASSAY_PRIVATE_EXCHANGE ? check_exchange(cli, options, err) : 0;
}

/* ---- what the child may read ---- */

struct readable {
    const char **paths;
    size_t count, most;
    struct buf names; /* of what SQLite may have beside a file */
    bool network;
};

static void own_readable(struct readable *to)
{
    free((void *)to->paths);
    buf_free(&to->names);
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;
    while (list != NULL && list[count] != NULL) {
        count++;
    }
    return count;
}

static void add_sources(struct readable *to, const char *const *sources)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; sources != NULL && sources[i] != NULL; i++) {
        const char *file = assay_evidence_file(sources[i]);
        to->network = to->network || file == NULL;
        if (file == NULL) {
            continue;
        }
        to->paths[to->count++] = file;
        for (size_t b = 0; b < sizeof beside / sizeof *beside && !to->names.failed; b++) {
            char *name = to->names.data + to->names.len;
            buf_printf(&to->names, "%s%s", file, beside[b]);
            buf_putc(&to->names, '\0');
            to->paths[to->count++] = name;
        }
    }
}

static size_t name_bytes(const char *const *sources)
{
    size_t bytes = 0;
    for (size_t i = 0; sources != NULL && sources[i] != NULL; i++) {
        bytes += 3 * (strlen(sources[i]) + 10);
    }
    return bytes;
}

static int list_readable(struct readable *to, const struct assay_private_options *options, struct err *err)
{
    size_t most = count_of(options->files) + 4 * (count_of(options->sources) + count_of(options->keeper_sources)) + 5;
    to->paths = calloc(most, sizeof *to->paths);
    /* room for all names at once, so that none moves */
    char *room = buf_room(&to->names, name_bytes(options->sources) + name_bytes(options->keeper_sources) + 1);
    if (to->paths == NULL || room == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; options->files[i] != NULL; i++) {
        to->paths[to->count++] = options->files[i];
    }
    add_sources(to, options->sources);
    add_sources(to, options->keeper_sources);
    if (options->key_file != NULL) {
        to->paths[to->count++] = options->key_file;
    }
    if (options->peer != NULL) { /* hex digits name no file: passed over */
        to->paths[to->count++] = options->peer;
    }
    if (options->neutral != NULL) {
        to->paths[to->count++] = options->neutral;
    }
    return 0;
}

/* ---- running ---- */

static int run_step(const struct assay_private_options *options, json_t **ret_summary, struct err *err)
{
    struct assay_sink sink = {ret_summary, keep_summary, complain, NULL};
    if (options->step == ASSAY_PRIVATE_KEY) { /* reads nothing */
        return assay_private(options, &sink, err);
    }
    OWN(own_readable) struct readable to = {0};
    TRY(list_readable(&to, options, err));
    struct assay_run run = {.engine = "private",
                            .work = work,
                            .options = options,
                            .read_paths = to.paths,
                            .kept_fds = &options->socket,
                            .kept_count = options->socket >= 0,
                            .write_path = options->state,
                            .network = to.network};
    struct assay_outcome outcome;
    TRY(assay_run(&run, &sink, &outcome, err));
    return *ret_summary != NULL ? 0 : err_set(err, ERR_BUG, "a step ended without a word");
}

/* Before anything is done: a result that names nobody's party is recorded for good. */
static int check_party(const struct cli *cli, const char *option, const json_t *model, struct err *err)
{
    const char *party = cli_text(cli, option);
    if (party == NULL) {
        return 0;
    }
    if (model == NULL) {
        return err_set(err, ERR_USAGE, "--%s is a party of a case: --case DIR", option);
    }
    if (json_find(json_object_get(model, "parties"), "id", party) == NULL) {
        err_set(err, ERR_USAGE, "--%s: no party \"%s\" in this case", option, party);
        return err_remedy(err, "assay state --case DIR --party ID records one");
    }
    return 0;
}

/* What the case knows: the origin line that both sides hash into their commitments, unless it is given, and which commitments were spent. */
static int take_case(const struct cli *cli, struct assay_private_options *options, json_t **ret_model,
                     struct buf *spent, struct err *err)
{
    const char *dir = cli_text(cli, "case");
    if (dir == NULL) {
        return 0;
    }
    OWN(own_assay_case) struct assay_case *kase = NULL;
    TRY(cli_open_case(dir, ASSAY_CASE_READ, &kase, err));
    *ret_model = assay_case_outline(kase, err);
    if (*ret_model == NULL) {
        return -1;
    }
    if (options->origin == NULL) {
        options->origin = json_text(json_object_get(*ret_model, "ledger"), "origin", NULL);
    }
    OWN(own_json) json_t *entries = assay_case_entries(kase, "private", err);
    if (entries == NULL) {
        return -1;
    }
    private_spent(entries, spent);
    TRY(buf_check(spent, err));
    options->spent = spent->data;
    return 0;
}

/* Whether an entry says all of this already: a step that was repeated, as after it was interrupted. */
static const json_t *recorded_before(const json_t *entries, const json_t *entry)
{
    size_t i;
    const json_t *before;
    json_array_foreach(entries, i, before)
    {
        bool says_all = true;
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)entry, key, value)
        {
            says_all = says_all && json_equal(value, json_object_get(before, key));
        }
        if (says_all) {
            return before;
        }
    }
    return NULL;
}

/* A step is an entry of its own: what was committed, sent or counted, never a row. */
static int record(const struct cli *cli, const json_t *summary, struct err *err)
{
    const char *dir = cli_text(cli, "case");
    OWN(own_assay_case) struct assay_case *kase = NULL;
    OWN(own_json) json_t *entries = json_array();
    OWN(own_json) json_t *entry = private_entry(summary, cli_text(cli, "asker"), cli_text(cli, "keeper"), err);
    if (entry == NULL) {
        return -1;
    }
    if (json_array_append(entries, entry) != 0) {
        return err_no_memory(err);
    }
    TRY(cli_open_case(dir, ASSAY_CASE_WRITE, &kase, err));
    OWN(own_json) json_t *there = assay_case_entries(kase, "private", err);
    if (there == NULL) {
        return -1;
    }
    const json_t *before = recorded_before(there, entry);
    if (before == NULL) {
        TRY(assay_case_append(kase, entries, err));
    }
    if (!cli->is_json && !cli->is_quiet) {
        (void)printf("recorded    as %s in %s%s\n", json_text(before != NULL ? before : entry, "id", "?"), dir,
                     before != NULL ? " (before)" : "");
    }
    return 0;
}

static int print(const struct cli *cli, const json_t *summary, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    if (!cli->is_json) {
        if (!cli->is_quiet) {
            show_private(cli, summary);
        }
        return 0;
    }
    TRY(json_canonical(&line, summary, err));
    (void)printf("{\"kind\":\"summary\",\"engine\":\"private\",%s\n", line.data + 1);
    return 0;
}

static int run(struct cli *cli, struct err *err)
{
    size_t step = 0;
    struct assay_private_options options;
    OWN(own_json) json_t *summary = NULL, *model = NULL;
    OWN(own_buf) struct buf spent = {0};
    TRY(find_step(cli, &step, err));
    TRY(take_options(cli, step, &options, err));
    TRY(take_case(cli, &options, &model, &spent, err));
    TRY(check_party(cli, "asker", model, err));
    TRY(check_party(cli, "keeper", model, err));
    char registered[2 * PARTY_KEY_BYTES + 1];
    if (options.peer == NULL && (options.step == ASSAY_PRIVATE_OFFER || options.step == ASSAY_PRIVATE_ANSWER) &&
        private_registered_key(model, cli_text(cli, options.step == ASSAY_PRIVATE_OFFER ? "keeper" : "asker"),
                               registered)) {
        options.peer = registered;
    }
    if (steps[step].makes_state && mkdir(options.state, 0700) != 0 && errno != EEXIST) {
        return err_set(err, ERR_IO, "%s: %s", options.state, strerror(errno));
    }
    OWN(own_fd) int connection = -1;
    if (options.step == ASSAY_PRIVATE_EXCHANGE) {
        const char *listen = cli_text(cli, "listen"), *where = listen != NULL ? listen : cli_text(cli, "connect");
        options.is_listener = listen != NULL;
        TRY(assay_private_socket(where, options.is_listener, options.wait, &connection, err));
        options.socket = connection;
    }
    TRY(run_step(&options, &summary, err));
    TRY(print(cli, summary, err));
    bool is_said = options.step == ASSAY_PRIVATE_SHOW || options.step == ASSAY_PRIVATE_KEY ||
                   options.step == ASSAY_PRIVATE_EXCHANGE; /* nothing that binds: the files were signed before */
    if (model != NULL && !is_said) {
        TRY(record(cli, summary, err));
    }
    return EXIT_NOTHING;
}

static const struct cli_option options[] = {
    {"state", "DIR", false, "this side's directory of the run; holds its secrets (0700)", 0},
    {"role", "ROLE", false, "commit: asker (the smaller set, normally the leak) or keeper", 0},
    {"key", "FIELDS", true,
     "what is compared: email, phone, created_at, created_at_us, hash, id, uuid,\n"
     "text, opaque; columns as email=MAIL,created_at=CREATED, or found by their\n"
     "names. phone+49=TEL: numbers that do not say their country are Germany's.\n"
     "Repeated: several types in one run, both sides in the same order",
     0},
    {"table", "NAME", false, "the table, where more than one has the columns", 0},
    {"sign", "FILE", false, "secret key of assay private key: the neutral's; a party's at commit", 0},
    {"origin", "LINE", false, "commit: the case's origin line, the same on both sides", 0},
    {"neutral", "FILE", false, "offer: the public keys of who counts; answer: those it gave to you, compared", 0},
    {"direct", NULL, false, "offer, answer: no neutral; the asker counts, unaudited", 0},
    {"min-keys", "N", false, "offer: least number of the asker's keys (100; not below 20)", 0},
    {"min-count", "N", false, "offer: smaller counts are told only as smaller (0)", 0},
    {"open", "N", false, "offer: rows that an audit opens to the neutral (300)", 0},
    {"run", "N", false, "offer, answer: which run between these two this is (1)", 0},
    {"after", "ID", false, "offer: id of the result that it follows", 0},
    {"until", "DATE", false, "offer: deadline (in 30 days)", 0},
    {"from", "SOURCE", true, "audit of a party: the rows, as they were given to commit", 0},
    {"leak", "SOURCE", true, "audit of the neutral: where the asker's opened rows are looked for", 0},
    {"database", "SOURCE", true, "audit of the neutral: where the keeper's are, and absent keys", 0},
    {"database-key", "FIELDS", true, "its columns, if they are called otherwise than by --key", 0},
    {"without-audits", NULL, false, "count: although no audit was made; the result says so", 0},
    {"late", NULL, false, "answer: although the offer's deadline is over", 0},
    {"accuse", NULL, false, "finish: although traps are missing: the tags prove it to the neutral", 0},
    {"abandon", NULL, false, "wipe: although there is no result, and now never will be", 0},
    {"listen", "ADDR:PORT", false, "exchange: waits for one peer there", 0},
    {"connect", "HOST:PORT", false, "exchange: goes to the one that listens, and sends first", 0},
    {"peer", "KEY", false,
     "the other side's key: 64 hex digits, its commitment, or its FILE.pub.\n"
     "exchange: the only one that is taken; offer, answer: the one that its\n"
     "commitment has to bear (default: the party's registered in --case)",
     0},
    {"wait", "SECONDS", false, "exchange: for the peer, and for each of its messages (300)", 0},
    {"case", "DIR", false, "records the step", 0},
    {"asker", "PARTY", false,
     "who the asker is among the case's parties: judge needs both, else a\n"
     "result counts as one that anybody could have made up",
     0},
    {"keeper", "PARTY", false, "who the keeper is", 0},
    {.name = NULL},
};

const struct cli_command cmd_private = {
    .name = "private",
    .usage = "STEP [FILE...] --state DIR [--case DIR] [--json]",
    .question = "how many keys have two parties in common, who show each other nothing?",
    .help = "Counts the keys that two lists have in common. Neither party sees the other's rows,\n"
            "nor which of its own match; a neutral whom both accept counts labels that look\n"
            "random, and opens drawn rows to see that neither cheats. Steps:\n"
            "  key FILE       makes the keys of a neutral (or of a party): FILE and FILE.pub\n"
            "  commit SOURCE  both: fixes the list; give the file to the other side\n"
            "  offer FILE     asker: with the keeper's commitment\n"
            "  answer FILE... keeper: with the asker's commitment and offer\n"
            "  finish FILE... asker: with the answer; later both: check the result\n"
            "  audit FILE...  neutral: asks for drawn rows and checks them; party: opens them\n"
            "  count FILE...  neutral: counts, and signs the result\n"
            "  exchange FILE... any two: sends files over TLS 1.3 instead of by mail, and takes\n"
            "                 the other's into DIR, as received.KIND.ID\n"
            "  wipe           either party, after the result: destroys the secrets in DIR\n"
            "  show FILE...   says in words what a file discloses, and to whom\n"
            "Files are told apart by what is in them: their order does not matter. Every step\n"
            "that was interrupted is simply repeated, and makes the same bytes.",
    .options = options,
    .notes = "A commitment serves one run. Counts are exact. What they do not show: that leak or\n"
             "database are genuine or whole. docs/private.md, its first page, is for counsel.\n"
             "Exit: 0 done, 2 could not, or a file does not hold (the line says whose), 64 usage.",
    .examples =
        "  assay private key notary.key\n"
        "  assay private commit leak.csv --role asker --key email --state asker.run\n"
        "  assay private commit shop.db --role keeper --key email --state keeper.run\n"
        "  assay private offer keeper.run/commit --neutral notary.key.pub --state asker.run\n"
        "  assay private answer asker.run/commit asker.run/offer --neutral notary.key.pub \\\n"
        "      --state keeper.run\n"
        "  assay private finish keeper.run/answer --state asker.run\n"
        "  assay private show asker.run/offer asker.run/commit\n"
        "  assay private exchange keeper.run/commit --listen 192.0.2.7:7000 --peer ASKER-KEY --state keeper.run\n"
        "  assay private exchange asker.run/commit --connect 192.0.2.7:7000 --peer KEEPER-KEY --state asker.run",
    .least = 1,
    .most = 32,
    .run = run,
};
