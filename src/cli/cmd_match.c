/* assay match */
#include <stdio.h>

#include "assay/match.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/as_of.h"
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
    size_t most = (databases + options->background_count + 1) * (1 + BESIDE) + 1;
    size_t name_bytes = BESIDE * (strlen(cli->positional[0]) + ENDING_MAX);
    for (size_t i = 0; i < databases; i++) {
        const char *database = database_at(options, i);
        name_bytes += BESIDE * ((database == NULL ? 0 : strlen(database)) + ENDING_MAX);
    }
    for (size_t i = 0; i < options->background_count; i++) {
        name_bytes += BESIDE * (strlen(options->background[i]) + ENDING_MAX);
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
    return paths;
}

/* --shared-with NAME=column,column */
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
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    *ret_shared = shared;
    for (size_t i = 0; i < given; i++) {
        char *equals = memcpy(text, lists[i], strlen(lists[i]) + 1);
        const char *party = text;
        text += strlen(lists[i]) + 1;
        equals = strchr(equals, '=');
        if (equals == NULL || equals[1] == '\0') {
            err_set(err, ERR_USAGE, "--shared-with '%s' names no column", lists[i]);
            return err_remedy(err, "write it as --shared-with PARTNER=customers.email,customers.customer_id");
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

static struct assay_exhibit *exhibits_of(const struct cli *cli, const struct assay_match_options *options,
                                         size_t *ret_count)
{
    size_t databases = database_count(options);
    struct assay_exhibit *exhibits = calloc(databases + options->background_count + 1, sizeof *exhibits);
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
    *ret_count = count;
    return exhibits;
}

static int now_of(const struct cli *cli, int64_t *ret_now, struct err *err)
{
    const char *text = cli_text(cli, "published");
    *ret_now = text != NULL ? time_parse(str_of(text)) : time_now();
    return *ret_now != TIME_NONE ? 0 : err_set(err, ERR_USAGE, "--published is not a time: '%s'", text);
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
    json_t *recorded = json_pack("{s:s,s:b,s:s,s:s*,s:o*}", "now", now, "rates", options->rates != NULL, "rows",
                                 rows_words[options->rows], "encoding", options->encoding, "as_of",
                                 as_of_json(options->backups, options->backup_count));
    if (paths == NULL || exhibits == NULL || recorded == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    struct examination examination = {
        .run = {"match", work, options, paths, network, NULL, 0},
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
    OWN(own_json) json_t *model = NULL;
    OWN(own_json) json_t *rates = NULL;
    OWN(own_buf) struct buf texts = {0};
    OWN(own_mem) struct assay_match_shared *shared = NULL;
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
    TRY(cli_number(cli, "jobs", 0, &jobs, err));
    TRY(now_of(cli, &options.now, err));
    TRY(rows_of(cli, &options.rows, err));
    TRY(cli_case_model(cli, &model, err));
    TRY(cli_rates(cli, &rates, err));
    TRY(shared_of(cli, &texts, &shared, &options.shared_count, err));
    options.shared = shared;
    options.rates = rates;
    options.encoding = cli_text(cli, "encoding");
    assay_match_prepare();
    options.jobs = (unsigned)jobs;
    return examine(cli, &options, err);
}

static const struct cli_option options[] = {
    {"against", "DB", true, "postgresql://, sqlite:FILE, or a dump, CSV, JSON Lines", 0},
    {"as-of", "DATE=FILE", true, "a backup and when it was taken; alone: the newest is the database", 0},
    {"background", "FILE", true, "people of other services: how common is coincidence?", 0},
    {"shared-with", "NAME=COL", true, "columns that were ever handed to a partner", 0},
    {"rows", "HOW", false, "who chose the sample's rows: chosen, random, complete, unknown", 0},
    {"encoding", "NAME", false, "of the sample's text (default: found out, and said)", 0},
    {"published", "TIME", false, "when the sample appeared (default: now)", 0},
    {"rates", "FILE", false, "measured error rates (default: those shipped)", 0},
    {"case", "DIR", false, "record the run as evidence in this case", 0},
    {"owner", "PARTY", false, "whose sample it is (with --case)", 0},
    {"keeper", "PARTY", false, "who kept it, if not the owner (with --case)", 0},
    {"custody", "HOW", false, "independent, sealed or interested (with --case)", 0},
    {"reference-owner", "PARTY", false, "whose database it is (with --case)", 0},
    {"jobs", "N", false, "threads (default: one per core)", 0},
    {.name = NULL},
};

const struct cli_command cmd_match = {
    .name = "match",
    .usage = "SAMPLE --against DB... [--as-of DATE=FILE] [--background FILE] [--case DIR] [--json]",
    .question = "does this sample come from this database, from which tables, as of when",
    .help =
        "Compares a leaked sample (CSV, JSON, SQL dump, workbook, combo list, SQLite; packed,\n"
        "in archives, in a folder) with databases, column by column and row by row, and weighs what it means against the other ways it could\n"
        "have come about. Reads only; no value of a row is printed or recorded.",
    .options = options,
    .notes = "A password is read from PGPASSWORD or ~/.pgpass, never from an argument.\n"
             "A backup's DATE is by the database's clock: a day, or a minute with or without a zone (UTC).\n"
             "Exit: 0 nothing in common, 1 found, 2 something could not be read.",
    .examples =
        "  assay match leak.csv --against sqlite:shop.sqlite\n"
        "  assay match leak.csv --against postgresql://reader@db.example/shop\n"
        "  assay match leak.sql.gz --against backup.sql --background mailing-list.csv\n"
        "  assay match leak.csv --against shop.sqlite --as-of 2020-08-01=august.sql.gz --as-of 2021-02-01T03:00Z=february.csv",
    .least = 1,
    .most = 1,
    .run = run,
};
