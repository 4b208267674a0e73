/* assay reach. Two processes after each other: the first reads the tree, which is hostile, and has no network; the second logs
 * in, and cannot read the tree. What goes from one to the other are the credentials, in this process's memory and nowhere else. */
#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "assay/reach.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/paint.h"
#include "cli/show.h"

#include "base/banned.h"

enum { MAX_ROWS = 1000, MAX_SECONDS = 300, EXHIBITS_MAX = 4096 };

/* All that one command holds. */
struct job {
    const struct cli *cli;
    struct arena keep;
    const char **trees, **uris; /* NULL-terminated */
    size_t tree_count, uri_count;
    json_t *heard; /* of the first process: array of {"kind", "record"}; with secrets if they are needed */
    struct assay_reach_options options;
    struct assay_exhibit *exhibits;
    struct examination examination;
};

/* ---- secrets ---- */

static void free_wiped(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

/* From here on no core dump, no debugger, and JSON leaves nothing behind in freed memory. */
static void guard_secrets(void)
{
    json_set_alloc_funcs(malloc, free_wiped);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

static void end_guard(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1);
}

/* ---- the first process: what lies in the tree ---- */

static int work_find(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_reach_find(options, sink, err);
}

static int keep_record(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct job *job = self;
    json_t *said = json_pack("{s:s,s:O}", "kind", assay_kind_name(kind), "record", body);
    return said != NULL && json_array_append_new(job->heard, said) == 0 ? 0 : err_no_memory(err);
}

static void complain(void *self, struct str where, struct str what)
{
    const struct job *job = self;
    struct err err = {0};
    err_set(&err, ERR_IO, "%.*s: %.*s", STR_FMT(where), STR_FMT(what));
    cli_error("reach", &err, job->cli->has_colour);
}

static int find(struct job *job, struct err *err)
{
    struct assay_outcome outcome;
    struct assay_reach_find_options options = {
        .paths = job->trees,
        .path_count = job->tree_count,
        .with_secrets = job->options.connect || job->options.reveal,
    };
    if (job->tree_count == 0) {
        return 0;
    }
    if (options.with_secrets) {
        guard_secrets();
    }
    job->heard = json_array();
    if (job->heard == NULL) {
        return err_no_memory(err);
    }
    struct assay_sink sink = {job, keep_record, complain, NULL};
    struct assay_run run = {"reach", work_find, &options, job->trees, false, NULL, 0, NULL};
    TRY(assay_run(&run, &sink, &outcome, err));
    job->options.heard = job->heard;
    return 0;
}

/* ---- the second process ---- */

static int work_reach(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_reach(options, sink, err);
}

/* What will happen, before it does. */
static void tell_logins(const struct job *job, const json_t *logins)
{
    size_t i;
    const json_t *login;
    json_array_foreach(logins, i, login)
    {
        const char *uri = json_text(login, "uri", "");
        const char *to = json_text(login, "to", "");
        const char *path = json_text(login, "path", NULL);
        OWN(own_buf) struct buf line = {0};
        char shown[2048];
        buf_printf(&line, "will %s %s", json_bool(login, "remote", true) ? "log in to" : "open", uri);
        if (strcmp(to, uri) != 0) {
            buf_printf(&line, " at %s", to);
        }
        if (path != NULL) {
            buf_printf(&line, " found in %s:%lld", path, (long long)json_int(login, "line", 0));
        }
        str_escape(shown, sizeof shown, buf_str(&line), sizeof shown - 1);
        paint(stderr, isatty(STDERR_FILENO) && job->cli->has_colour, ROLE_ERROR, "assay:");
        (void)fprintf(stderr, " reach: %s\n", shown);
    }
}

static const char *joined(struct job *job, const char *a, const char *b, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, a);
    buf_puts(&text, b);
    return arena_str(&job->keep, buf_str(&text), err).data;
}

/* SQLite looks for FILE-wal and its like beside the file: a database in use has its newest rows there. */
static int add_file(struct job *job, const char **paths, size_t *count, const char *file, struct err *err)
{
    static const char *const beside[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        paths[*count] = joined(job, file, beside[i], err);
        if (paths[(*count)++] == NULL) {
            return -1;
        }
    }
    return 0;
}

/* All that the second process may read: dumps, SQLite files that are named, a password file for a URI that was given. */
static const char **readable(struct job *job, const json_t *logins, bool *ret_network, struct err *err)
{
    size_t most = 4 * json_array_size(logins) + job->options.dump_count + 2;
    const char **paths = ARENA_NEW(&job->keep, const char *, most, err);
    size_t count = 0;
    size_t i;
    const json_t *login;
    *ret_network = false;
    if (paths == NULL) {
        return NULL;
    }
    json_array_foreach(logins, i, login)
    {
        const char *file = assay_evidence_file(json_text(login, "to", ""));
        *ret_network = *ret_network || json_bool(login, "remote", true);
        if (file != NULL && add_file(job, paths, &count, file, err) != 0) {
            return NULL;
        }
    }
    for (i = 0; i < job->options.dump_count; i++) {
        paths[count++] = job->options.dumps[i];
    }
    const char *given = getenv("PGPASSFILE");
    const char *home = getenv("HOME");
    if (job->uri_count != 0 && (given != NULL || home != NULL)) {
        paths[count++] = given != NULL ? given : joined(job, home, "/.pgpass", err);
    }
    return paths;
}

/* A database that somebody came into is evidence that was examined. */
static void watch(void *self, enum assay_kind kind, const json_t *body)
{
    struct job *job = self;
    size_t count = job->examination.exhibit_count;
    const char *uri = json_text(body, "uri", "");
    if (kind != ASSAY_MEASURE || strcmp(json_text(body, "class", ""), "account") != 0 || count == EXHIBITS_MAX ||
        strcmp(json_text(body, "status", ""), "connected") != 0 || json_object_get(body, "credential") == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(job->exhibits[i].path, uri) == 0) {
            return;
        }
    }
    struct str kept = arena_str(&job->keep, str_of(uri), NULL);
    if (kept.data != NULL) {
        job->exhibits[count] = (struct assay_exhibit){"database",
                                                      kept.data,
                                                      cli_text(job->cli, "owner"),
                                                      cli_text(job->cli, "keeper"),
                                                      cli_text(job->cli, "custody"),
                                                      NULL};
        job->examination.exhibit_count++;
    }
}

static void add_exhibits(struct job *job, const char *what, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count && job->examination.exhibit_count < EXHIBITS_MAX; i++) {
        job->exhibits[job->examination.exhibit_count++] = (struct assay_exhibit){
            what, paths[i], cli_text(job->cli, "owner"), cli_text(job->cli, "keeper"), cli_text(job->cli, "custody"),
            NULL};
    }
}

static json_t *texts(const char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(array, assay_text(str_of(list[i]), 1024));
    }
    return array;
}

static json_t *recorded_options(const struct assay_reach_options *options)
{
    return json_pack("{s:b,s:b,s:I,s:I,s:o,s:o}", "connect", options->connect, "exact", options->exact, "max_rows",
                     (json_int_t)options->max_rows, "max_seconds", (json_int_t)options->max_seconds, "at",
                     texts(options->at, options->at_count), "only", texts(options->only, options->only_count));
}

static int examine(struct job *job, const json_t *logins, struct err *err)
{
    bool network;
    const char **paths = readable(job, logins, &network, err);
    OWN(own_json) json_t *recorded = recorded_options(&job->options);
    job->exhibits = ARENA_NEW(&job->keep, struct assay_exhibit, EXHIBITS_MAX, err);
    if (paths == NULL || recorded == NULL || job->exhibits == NULL) {
        return err_no_memory(err);
    }
    job->examination = (struct examination){
        .run = {"reach", work_reach, &job->options, paths, network, NULL, 0, NULL},
        .show = &show_reach,
        .exhibits = job->exhibits,
        .options = recorded,
        .watch = watch,
        .watcher = job,
    };
    add_exhibits(job, "tree", job->trees, job->tree_count);
    add_exhibits(job, "database", job->uris, job->uri_count);
    add_exhibits(job, "dump", job->options.dumps, job->options.dump_count);
    return cli_examine(job->cli, &job->examination, err);
}

/* ---- the command ---- */

static int sort_words(struct job *job, struct err *err)
{
    const struct cli *cli = job->cli;
    job->trees = ARENA_NEW(&job->keep, const char *, cli->positional_count + 1, err);
    job->uris = ARENA_NEW(&job->keep, const char *, cli->positional_count + 1, err);
    if (job->trees == NULL || job->uris == NULL) {
        return -1;
    }
    for (size_t i = 0; i < cli->positional_count; i++) {
        const char *word = cli->positional[i];
        bool is_path = assay_evidence_file(word) == word;
        if (is_path) {
            job->trees[job->tree_count++] = word;
        } else {
            job->uris[job->uri_count++] = word;
        }
    }
    job->options.uris = job->uris;
    job->options.uri_count = job->uri_count;
    return 0;
}

static int read_options(struct job *job, struct err *err)
{
    const struct cli *cli = job->cli;
    struct assay_reach_options *options = &job->options;
    uint64_t seconds;
    options->connect = cli_flag(cli, "connect");
    options->exact = cli_flag(cli, "exact");
    options->reveal = cli_flag(cli, "reveal");
    options->at = cli_list(cli, "at", &options->at_count);
    options->only = cli_list(cli, "only", &options->only_count);
    options->dumps = cli_list(cli, "dump", &options->dump_count);
    TRY(cli_number(cli, "max-rows", MAX_ROWS, &options->max_rows, err));
    TRY(cli_number(cli, "max-seconds", MAX_SECONDS, &seconds, err));
    options->max_seconds = seconds > UINT32_MAX ? UINT32_MAX : (unsigned)seconds;
    TRY(sort_words(job, err));
    if (job->tree_count + job->uri_count + options->dump_count == 0) {
        err_set(err, ERR_USAGE, "nothing to look at");
        return err_remedy(err, "a folder (assay reach /srv/www), a database URI, or --dump FILE");
    }
    if (options->reveal && cli_text(cli, "case") != NULL) {
        err_set(err, ERR_USAGE, "--reveal and --case do not go together: a case holds no passwords");
        return err_remedy(err, "run once with --case, and once without it to see them");
    }
    if (options->connect && job->tree_count == 0) {
        err_set(err, ERR_USAGE, "--connect is for credentials of a tree, and none is given");
        return err_remedy(err, "a URI that is given is connected to without it");
    }
    return 0;
}

static int reach(struct job *job, struct err *err)
{
    TRY(read_options(job, err));
    TRY(cli_check_case(job->cli, NULL, err));
    TRY(find(job, err));
    OWN(own_json) json_t *logins = assay_reach_plan(&job->options, err);
    if (logins == NULL) {
        return -1;
    }
    tell_logins(job, logins);
    return examine(job, logins, err);
}

static int run(struct cli *cli, struct err *err)
{
    struct job job = {.cli = cli};
    arena_init(&job.keep, 0);
    int status = reach(&job, err);
    json_decref(job.heard);
    arena_clear(&job.keep);
    end_guard();
    return status;
}

static const struct cli_option options[] = {
    {"connect", NULL, false, "log in with what was found, read-only", 0},
    {"at", "HOST=HOST", true, "where a host of the tree is found from here:\ndb.internal=127.0.0.1:3307", 0},
    {"only", "HOST", true, "log in to this host of the tree and no other", 0},
    {"dump", "FILE", true,
     "a dump of the schema or the grants, instead of a\nserver (which it is, is seen from its text)", 0},
    {"exact", NULL, false, "count rows instead of taking the server's estimate", 0},
    {"max-rows", "N", false, "rows of a table looked at (default: 1000; 0: none)", 0},
    {"max-seconds", "N", false, "for all servers together (default: 300; 0: no limit)", 0},
    {"reveal", NULL, false, "show passwords; cloud keys and tokens never", 0},
    {"case", "DIR", false, "record the run as evidence in this case", 0},
    {"owner", "PARTY", false, "whose evidence it is (with --case)", 0},
    {"keeper", "PARTY", false, "who kept it, if not the owner (with --case)", 0},
    {"custody", "HOW", false, "independent, sealed or interested (with --case)", 0},
    {.name = NULL},
};

const struct cli_command cmd_reach = {
    .name = "reach",
    .usage = "TREE|URI... [--connect] [--dump FILE] [--case DIR] [--json]",
    .question = "what the credentials lying in a tree let an intruder read",
    .help = "Finds the credentials lying in a web root, the way code in it would find them.\n"
            "With --connect it logs in with each, in a read-only transaction, and says what\n"
            "that account can read: databases, tables, rows, rights that go further, and\n"
            "personal data by kind. No value of a row is printed or recorded.",
    .options = options,
    .notes = "Logging in leaves lines in the server's log; each login is named first, on\n"
             "standard error. The process that logs in cannot read the tree, and the one that\n"
             "reads the tree has no network. For a URI the password is read from MYSQL_PWD,\n"
             "PGPASSWORD or ~/.pgpass, never from an argument.\n"
             "Exit: 0 nothing found and all read, 1 found, 2 something could not be told.",
    .examples = "  assay reach /srv/www\n"
                "  assay reach /srv/www --connect --case maple-lane.case --owner shop\n"
                "  assay reach /srv/www --connect --at db.internal=127.0.0.1:3307\n"
                "  assay reach mysql://shop@127.0.0.1/shop --max-rows 0\n"
                "  assay reach /srv/www --dump schema.sql --dump grants.txt",
    .least = 0,
    .most = SIZE_MAX,
    .run = run,
};
