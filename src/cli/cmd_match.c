/* assay match */
#include <stdio.h>

#include "assay/match.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
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

/* What the child may read. SQLite looks for FILE-wal, FILE-shm and FILE-journal beside the file: a database in use has
 * its newest rows there. Files that are not there are no harm. One block: the list, then the names made here. */
static const char **readable(const struct cli *cli, bool *ret_network)
{
    enum { BESIDE = 3, ENDING_MAX = 9 };
    size_t references, backgrounds;
    const char *const *against = cli_list(cli, "against", &references);
    const char *const *background = cli_list(cli, "background", &backgrounds);
    size_t most = (references + backgrounds + 1) * (1 + BESIDE) + 1;
    size_t name_bytes = BESIDE * (strlen(cli->positional[0]) + ENDING_MAX);
    for (size_t i = 0; i < references + backgrounds; i++) {
        name_bytes += BESIDE * (strlen(i < references ? against[i] : background[i - references]) + ENDING_MAX);
    }
    const char **paths = calloc(1, most * sizeof *paths + name_bytes);
    *ret_network = false;
    if (paths == NULL) {
        return NULL;
    }
    struct readable to = {.paths = paths, .names = (char *)(paths + most)};
    add_readable(&to, cli->positional[0]);
    for (size_t i = 0; i < references; i++) {
        const char *file = assay_evidence_file(against[i]);
        *ret_network = *ret_network || file == NULL;
        if (file != NULL) {
            add_readable(&to, file);
        }
    }
    for (size_t i = 0; i < backgrounds; i++) {
        add_readable(&to, background[i]);
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

static struct assay_exhibit *exhibits_of(const struct cli *cli, size_t *ret_count)
{
    size_t references, backgrounds;
    const char *const *against = cli_list(cli, "against", &references);
    const char *const *background = cli_list(cli, "background", &backgrounds);
    struct assay_exhibit *exhibits = calloc(references + backgrounds + 1, sizeof *exhibits);
    size_t count = 0;
    if (exhibits == NULL) {
        return NULL;
    }
    const char *owner = cli_text(cli, "owner");
    exhibits[count++] = (struct assay_exhibit){
        "sample", cli->positional[0], owner, cli_text(cli, "keeper"), cli_text(cli, "custody"), NULL};
    for (size_t i = 0; i < references; i++) {
        exhibits[count++] =
            (struct assay_exhibit){"database", against[i], cli_text(cli, "reference-owner"), NULL, NULL, NULL};
    }
    for (size_t i = 0; i < backgrounds; i++) {
        exhibits[count++] = (struct assay_exhibit){"background", background[i], owner, NULL, NULL, NULL};
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
    OWN(own_mem) const char **paths = readable(cli, &network);
    OWN(own_mem) struct assay_exhibit *exhibits = exhibits_of(cli, &exhibit_count);
    char now[TIME_TEXT];
    time_rfc3339(now, options->now);
    OWN(own_json)
    json_t *recorded = json_pack("{s:s,s:b,s:s,s:s*}", "now", now, "rates", options->rates != NULL, "rows",
                                 rows_words[options->rows], "encoding", options->encoding);
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
    if (options.against_count == 0) {
        err_set(err, ERR_USAGE, "needs --against DATABASE");
        return err_remedy(err, "postgresql://user@host/db, sqlite:FILE, or the path of a dump or CSV");
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
    .usage = "SAMPLE --against DB... [--background FILE] [--case DIR] [--json]",
    .question = "does this sample come from this database, from which tables, as of when",
    .help =
        "Compares a leaked sample (CSV, JSON, SQL dump, workbook, combo list, SQLite; packed,\n"
        "in archives, in a folder) with databases, column by column and row by row, and weighs what it means against the other ways it could\n"
        "have come about. Reads only; no value of a row is printed or recorded.",
    .options = options,
    .notes = "A password is read from PGPASSWORD or ~/.pgpass, never from an argument.\n"
             "Exit: 0 nothing in common, 1 found, 2 something could not be read.",
    .examples = "  assay match leak.csv --against sqlite:shop.sqlite\n"
                "  assay match leak.csv --against postgresql://reader@db.example/shop\n"
                "  assay match leak.sql.gz --against backup.sql --background mailing-list.csv",
    .least = 1,
    .most = 1,
    .run = run,
};
