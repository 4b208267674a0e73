/* assay match */
#include <stdio.h>

#include "assay/match.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/as_of.h"
#include "cli/match_canaries.h"
#include "cli/show.h"

#include "base/banned.h"

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_match(options, sink, err);
}

/* What is read: a path and what SQLite may have beside it. */
struct readable {
    const char **paths;
    size_t count;
    char *names;
};

static void add_readable(struct readable *to, const char *file)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    to->paths[to->count++] = file;
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        to->paths[to->count++] = to->names;
        to->names += snprintf(to->names, strlen(file) + 9, "%s%s", file, beside[i]) + 1;
    }
}

/* References first, then backups; a backup that is the reference too counts once. */
static size_t database_count(const struct assay_match_options *options)
{
    return options->against_count + options->backup_count;
}

/* NULL: named before. */
static const char *database_at(const struct assay_match_options *options, size_t i)
{
    if (i < options->against_count) {
        return options->against[i];
    }
    const char *name = options->backups[i - options->against_count].name;
    for (size_t a = 0; a < options->against_count; a++) {
        if (strcmp(options->against[a], name) == 0) {
            return NULL;
        }
    }
    return name;
}

/* What the child may read. SQLite looks for FILE-wal, FILE-shm and FILE-journal beside the file: a database in use has
 * its newest rows there. Files that are not there are no harm. One block: the list, then the names made here. */
static const char **readable(const struct cli *cli, const struct assay_match_options *options, bool *ret_network)
{
    enum { BESIDE = 3, ENDING_MAX = 9 };
    size_t databases = database_count(options);
    size_t most = (databases + options->background_count + options->older_leak_count + 2) * (1 + BESIDE) + 1;
    size_t name_bytes = BESIDE * (strlen(cli->positional[0]) + ENDING_MAX);
    for (size_t i = 0; i < databases; i++) {
        const char *database = database_at(options, i);
        name_bytes += BESIDE * ((database == NULL ? 0 : strlen(database)) + ENDING_MAX);
    }
    for (size_t i = 0; i < options->background_count; i++) {
        name_bytes += BESIDE * (strlen(options->background[i]) + ENDING_MAX);
    }
    for (size_t i = 0; i < options->older_leak_count; i++) {
        name_bytes += BESIDE * (strlen(options->older_leaks[i]) + ENDING_MAX);
    }
    if (options->canaries != NULL) {
        name_bytes += BESIDE * (strlen(options->canaries) + ENDING_MAX);
    }
    const char **paths = calloc(1, most * sizeof *paths + name_bytes);
    *ret_network = false;
    if (paths == NULL) {
        return NULL;
    }
    struct readable to = {.paths = paths, .names = (char *)(paths + most)};
    add_readable(&to, cli->positional[0]);
    for (size_t i = 0; i < databases; i++) {
        const char *database = database_at(options, i);
        const char *file = database == NULL ? NULL : assay_evidence_file(database);
        *ret_network = *ret_network || (database != NULL && file == NULL);
        if (file != NULL) {
            add_readable(&to, file);
        }
    }
    for (size_t i = 0; i < options->background_count; i++) {
        add_readable(&to, options->background[i]);
    }
    for (size_t i = 0; i < options->older_leak_count; i++) {
        add_readable(&to, options->older_leaks[i]);
    }
    if (options->canaries != NULL) {
        add_readable(&to, options->canaries);
    }
    return paths;
}

/* --shared-with NAME=column,column or NAME=none */
static int shared_of(const struct cli *cli, struct buf *texts, struct assay_match_shared **ret_shared,
                     size_t *ret_count, struct err *err)
{
    size_t given;
    const char *const *lists = cli_list(cli, "shared-with", &given);
    size_t most = 0;
    for (size_t i = 0; i < given; i++) {
        most += strlen(lists[i]) + 1;
    }
    struct assay_match_shared *shared = calloc(most + 1, sizeof *shared);
    char *text = buf_room(texts, most + 1);
    if (shared == NULL || text == NULL) {
        free(shared);
        return err_no_memory(err);
    }
    *ret_shared = shared;
    for (size_t i = 0; i < given; i++) {
        char *equals = memcpy(text, lists[i], strlen(lists[i]) + 1);
        const char *party = text;
        text += strlen(lists[i]) + 1;
        equals = strchr(equals, '=');
        if (equals == NULL || equals[1] == '\0') {
            err_set(err, ERR_USAGE, "--shared-with '%s' names no column", lists[i]);
            return err_remedy(
                err, "write it as --shared-with PARTNER=customers.email,customers.customer_id, or PARTNER=none");
        }
        if (strcmp(equals + 1, "none") == 0) {
            *equals = '\0';
            shared[(*ret_count)++] = (struct assay_match_shared){party, NULL};
            continue;
        }
        while (equals != NULL) {
            *equals++ = '\0';
            shared[(*ret_count)++] = (struct assay_match_shared){party, equals};
            equals = strchr(equals, ',');
        }
    }
    return 0;
}

/* --rows: how the sample's rows came to be chosen, as somebody declares it. In the order of enum assay_match_rows. */
static const char *const rows_words[] = {"unknown", "chosen", "random", "complete"};

static int rows_of(const struct cli *cli, enum assay_match_rows *ret_rows, struct err *err)
{
    const char *text = cli_text(cli, "rows");
    for (size_t i = 0; i < sizeof rows_words / sizeof *rows_words; i++) {
        if (text == NULL || strcmp(text, rows_words[i]) == 0) {
            *ret_rows = (enum assay_match_rows)i;
            return 0;
        }
    }
    err_set(err, ERR_USAGE, "--rows '%s' is none of chosen, random, complete, unknown", text);
    return err_remedy(err, "how did the sample's rows come to be chosen? Leave it out if nobody said");
}

/* How far whoever holds the list of planted rows is taken to have put them into the sample himself (docs/verdict.md). */
static int canaries_of(const struct cli *cli, struct assay_match_options *options, struct err *err)
{
    static const struct {
        const char *word;
        double rho;
    } custodies[] = {{"interested", .1}, {"sealed", .01}, {"independent", .001}};
    const char *text = cli_text(cli, "canary-custody");
    options->canaries = cli_text(cli, "canaries");
    options->canary_holder = cli_text(cli, "canary-holder");
    for (size_t i = 0; i < sizeof custodies / sizeof *custodies; i++) {
        if (text == NULL || strcmp(text, custodies[i].word) == 0) {
            bool is_said = text != NULL || options->canary_holder != NULL;
            options->canary_rho = custodies[i].rho;
            return options->canaries != NULL || !is_said
                       ? 0
                       : err_set(err, ERR_USAGE, "--canary-holder and --canary-custody need the list: --canaries FILE");
        }
    }
    return err_set(err, ERR_USAGE, "--canary-custody '%s' is none of interested, sealed, independent", text);
}

static struct assay_exhibit *exhibits_of(const struct cli *cli, const struct assay_match_options *options,
                                         size_t *ret_count)
{
    size_t databases = database_count(options);
    size_t most = databases + options->background_count + options->older_leak_count + 2;
    struct assay_exhibit *exhibits = calloc(most, sizeof *exhibits);
    size_t count = 0;
    if (exhibits == NULL) {
        return NULL;
    }
    const char *owner = cli_text(cli, "owner");
    exhibits[count++] = (struct assay_exhibit){
        "sample", cli->positional[0], owner, cli_text(cli, "keeper"), cli_text(cli, "custody"), NULL};
    for (size_t i = 0; i < databases; i++) {
        const char *database = database_at(options, i);
        if (database != NULL) {
            exhibits[count++] =
                (struct assay_exhibit){"database", database, cli_text(cli, "reference-owner"), NULL, NULL, NULL};
        }
    }
    for (size_t i = 0; i < options->background_count; i++) {
        exhibits[count++] = (struct assay_exhibit){"background", options->background[i], owner, NULL, NULL, NULL};
    }
    for (size_t i = 0; i < options->older_leak_count; i++) {
        exhibits[count++] = (struct assay_exhibit){"older leak", options->older_leaks[i], NULL, NULL, NULL, NULL};
    }
    if (options->canaries != NULL) {
        const char *holder = cli_text(cli, "reference-owner");
        exhibits[count++] =
            (struct assay_exhibit){"canaries", options->canaries, holder, NULL, cli_text(cli, "canary-custody"), NULL};
    }
    *ret_count = count;
    return exhibits;
}

static int now_of(const struct cli *cli, int64_t *ret_now, struct err *err)
{
    const char *text = cli_text(cli, "published");
    *ret_now = text != NULL ? time_parse(str_of(text)) : time_now();
    return *ret_now != TIME_NONE ? 0 : err_set(err, ERR_USAGE, "--published is not a time: '%s'", text);
}

static json_t *recorded_options(const struct assay_match_options *options, const char *now)
{
    json_t *shared = json_array();
    for (size_t i = 0; i < options->shared_count; i++) {
        (void)json_array_append_new(
            shared, json_pack("{s:s,s:s?}", "party", options->shared[i].party, "column", options->shared[i].column));
    }
    return json_pack("{s:s,s:b,s:s,s:o,s:b,s:s?,s:s*,s:o*}", "now", now, "rates", options->rates != NULL, "rows",
                     rows_words[options->rows], "shared_with", shared, "nothing_shared", options->nothing_shared,
                     "canary_holder", options->canary_holder, "encoding", options->encoding, "as_of",
                     as_of_json(options->backups, options->backup_count));
}

static int examine(struct cli *cli, struct assay_match_options *options, struct err *err)
{
    bool network;
    size_t exhibit_count = 0;
    OWN(own_mem) const char **paths = readable(cli, options, &network);
    OWN(own_mem) struct assay_exhibit *exhibits = exhibits_of(cli, options, &exhibit_count);
    char now[TIME_TEXT];
    time_rfc3339(now, options->now);
    OWN(own_json)
    json_t *recorded = recorded_options(options, now);
    if (paths == NULL || exhibits == NULL || recorded == NULL) {
        return err_no_memory(err);
    }
    struct examination examination = {
        .run = {"match", work, options, paths, network, NULL, 0, NULL},
        .show = &show_match,
        .exhibits = exhibits,
        .exhibit_count = exhibit_count,
        .options = recorded,
    };
    return cli_examine(cli, &examination, err);
}

static int run(struct cli *cli, struct err *err)
{
    uint64_t jobs;
    OWN(own_json) json_t *rates = NULL;
    OWN(own_buf) struct buf texts = {0};
    OWN(own_mem) struct assay_match_shared *shared = NULL;
    if (cli_text(cli, "make-canaries") != NULL) {
        return match_make_canaries(cli, err);
    }
    if (cli->positional_count == 0) {
        err_set(err, ERR_USAGE, "something is missing");
        return err_remedy(err, "assay match %s", cli->command->usage);
    }
    struct assay_match_options options = {.sample = cli->positional[0]};
    options.against = cli_list(cli, "against", &options.against_count);
    options.background = cli_list(cli, "background", &options.background_count);
    OWN(own_mem) struct assay_match_backup *backups = NULL;
    TRY(as_of_parse(cli, &backups, &options.backup_count, err));
    options.backups = backups;
    if (options.against_count + options.backup_count == 0) {
        err_set(err, ERR_USAGE, "needs --against DATABASE");
        return err_remedy(err, "postgresql://user@host/db, sqlite:FILE, or the path of a dump or CSV");
    }
    /* Without a database the newest backup stands for it. */
    const char *newest = options.backup_count > 0 ? backups[options.backup_count - 1].name : NULL;
    if (options.against_count == 0) {
        options.against = &newest;
        options.against_count = 1;
    }
    options.reveal = cli_flag(cli, "reveal");
    if (options.reveal && cli_text(cli, "case") != NULL) {
        return err_set(err, ERR_USAGE, "--reveal and --case do not go together: a case holds no personal data");
    }
    TRY(cli_number(cli, "jobs", 0, &jobs, err));
    TRY(now_of(cli, &options.now, err));
    TRY(rows_of(cli, &options.rows, err));
    TRY(cli_check_case(cli, NULL, err));
    TRY(cli_rates(cli, &rates, err));
    TRY(shared_of(cli, &texts, &shared, &options.shared_count, err));
    options.shared = shared;
    options.nothing_shared = cli_flag(cli, "nothing-shared");
    options.older_leaks = cli_list(cli, "older-leak", &options.older_leak_count);
    TRY(canaries_of(cli, &options, err));
    if (options.nothing_shared && options.shared_count > 0) {
        return err_set(err, ERR_USAGE, "--nothing-shared and --shared-with do not go together");
    }
    options.rates = rates;
    options.encoding = cli_text(cli, "encoding");
    assay_match_prepare();
    options.jobs = (unsigned)jobs;
    return examine(cli, &options, err);
}

static const struct cli_option options[] = {
    {"against", "DB", true, "postgresql://, sqlite:FILE, or a dump, CSV, JSON Lines", 0},
    {"as-of", "DATE=FILE", true, "a backup and when it was taken; alone, it is the database", 0},
    {"background", "FILE", true, "people of other services: how common is coincidence?", 0},
    {"older-leak", "FILE", true, "an earlier leak of this very database: is the sample new?", 0},
    {"canaries", "FILE", false, "rows planted on purpose, or commitments to them", 0},
    {"canary-holder", "WHO", false, "who holds that list", 0},
    {"canary-custody", "HOW", false, "how: independent, sealed or interested (default)", 0},
    {"shared-with", "NAME=COL", true, "columns that were ever handed to a partner; NAME=none", 0},
    {"nothing-shared", NULL, false, "nothing was ever handed to anybody", 0},
    {"rows", "HOW", false, "who chose the sample's rows: chosen, random, complete, unknown", 0},
    {"encoding", "NAME", false, "of the sample's text (default: found out, and said)", 0},
    {"published", "TIME", false, "when the sample appeared (default: now)", 0},
    {"rates", "FILE", false, "measured error rates (default: those shipped)", 0},
    {"reveal", NULL, false, "show values in the excerpts; not with --case", 0},
    {"case", "DIR", false, "record the run as evidence in this case", 0},
    {"owner", "PARTY", false, "whose sample it is (with --case)", 0},
    {"keeper", "PARTY", false, "who kept it, if not the owner (with --case)", 0},
    {"custody", "HOW", false, "independent, sealed or interested (with --case)", 0},
    {"reference-owner", "PARTY", false, "whose database it is (with --case)", 0},
    {"jobs", "N", false, "threads (default: one per core)", 0},
    {"make-canaries", "N", false, "make rows to plant, instead of matching", 0},
    {"like", "DB", false, "like those of this table (see --against)", 0},
    {"table", "NAME", false, "which one (default: the largest with e-mail addresses)", 0},
    {"domain", "NAME", true, "of their e-mail addresses: who is to get that mail?", 0},
    {"phones", "COUNTRY", false, "from the ranges reserved for fiction: uk, us, de", 0},
    {"where", "NAME", false, "the copy they are for, as \"backup\" or a partner's name", 0},
    {"planted-at", "TIME", false, "when they are planted", 0},
    {"output", "FILE", false, "the list of them, to be kept secret", 'o'},
    {"sql", "FILE", false, "INSERT statements that plant them", 0},
    {"commitments", "FILE", false, "salted hashes of them, for --canaries elsewhere", 0},
    {.name = NULL},
};

const struct cli_command cmd_match = {
    .name = "match",
    .usage = "SAMPLE --against DB... [--as-of DATE=FILE] [--background FILE] [--case DIR] [--json]",
    .question = "does this sample come from this database, from which tables, as of when",
    .help = "Compares a leaked sample (CSV, JSON, SQL dump, workbook, combo list, stealer log,\n"
            "SQLite; packed, in archives, in a folder) with databases, column by column and row by\n"
            "row, and weighs what it means against the other ways it could have come about. Reads\n"
            "only; values of rows are printed and recorded masked, and only those of a few rows, to\n"
            "look them up.",
    .options = options,
    .notes = "A password is read from PGPASSWORD or ~/.pgpass, never from an argument.\n"
             "A backup's DATE is by the database's clock: a day, or a minute, with a zone or in UTC.\n"
             "Exit: 0 nothing in common, 1 found, 2 something could not be read.",
    .examples = "  assay match leak.csv --against sqlite:shop.sqlite\n"
                "  assay match leak.csv --against postgresql://reader@db.example/shop\n"
                "  assay match leak.sql.gz --against backup.sql --background mailing-list.csv\n"
                "  assay match leak.csv --against shop.sqlite --as-of 2021-02-01T03:00Z=february.sql.gz\n"
                "  assay match --make-canaries 20 --like shop.csv --domain shop.example -o canaries.csv\n"
                "  assay match leak.csv --against shop.csv --canaries canaries.csv",
    .least = 0, /* with --make-canaries */
    .most = 1,
    .run = run,
};
