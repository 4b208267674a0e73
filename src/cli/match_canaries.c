/* assay match --make-canaries. The engine reads the table in its confined process and says the rows; this writes them to
 * files that only their owner can read and that are never overwritten: a list that is lost or mixed up proves nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "assay/match.h"
#include "assay/run.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/match_canaries.h"
#include "cli/paint.h"

#include "base/banned.h"

struct heard {
    json_t *rows; /* array of findings */
    json_t *summary;
};

static int work(const void *options, const struct assay_sink *sink, struct err *err)
{
    return assay_canary_make(options, sink, err);
}

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    if (kind == ASSAY_SUMMARY) {
        json_decref(heard->summary);
        heard->summary = json_incref(body);
        return 0;
    }
    return kind != ASSAY_FINDING || json_array_append(heard->rows, body) == 0 ? 0 : err_no_memory(err);
}

/* ---- Files ---- */

static int write_new(const char *path, const struct buf *bytes, struct err *err)
{
    TRY(buf_check(bytes, err));
    OWN(own_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    return file_write_fd(fd, buf_str(bytes), err);
}

static void put_csv(struct buf *out, const char *text)
{
    bool is_bare = strpbrk(text, ",\"\r\n") == NULL;
    buf_puts(out, is_bare ? "" : "\"");
    for (const char *c = text; *c != '\0'; c++) {
        buf_puts(out, *c == '"' ? "\"\"" : "");
        if (*c != '"') {
            buf_putc(out, *c);
        }
    }
    buf_puts(out, is_bare ? "" : "\"");
}

static bool is_made(const struct heard *heard, size_t column)
{
    return json_is_true(json_array_get(json_object_get(heard->summary, "made"), column));
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* The list: the table's columns that were made, then what is known of the planting. */
static void put_list(struct buf *out, const struct heard *heard, const char *where, const char *planted)
{
    size_t i, c;
    const json_t *row, *cell;
    json_array_foreach(json_object_get(heard->summary, "columns"), c, cell)
    {
        if (is_made(heard, c)) {
            put_csv(out, json_string_value(cell));
            buf_putc(out, ',');
        }
    }
    buf_puts(out, "where,planted_at,note,bits\n");
    json_array_foreach(heard->rows, i, row)
    {
        json_array_foreach(json_object_get(row, "cells"), c, cell)
        {
            if (is_made(heard, c)) {
                put_csv(out, or_empty(json_string_value(cell)));
                buf_putc(out, ',');
            }
        }
        put_csv(out, or_empty(where));
        buf_putc(out, ',');
        put_csv(out, or_empty(planted));
        buf_puts(out, ",,");
        put_csv(out, json_text(row, "bits", ""));
        buf_putc(out, '\n');
    }
}

static void put_commitments(struct buf *out, const struct heard *heard, const char *where, const char *planted)
{
    size_t i, c;
    const json_t *row, *commitment;
    buf_puts(out, "canary,column,class,salt,sha256,bits,where,planted_at\n");
    json_array_foreach(heard->rows, i, row)
    {
        json_array_foreach(json_object_get(row, "commitments"), c, commitment)
        {
            buf_printf(out, "%lld,", (long long)json_int(row, "number", 0));
            put_csv(out, json_text(commitment, "column", ""));
            buf_printf(out, ",%s,%s,%s,%.1f,", json_text(commitment, "class", ""),
                       json_text(heard->summary, "salt", ""), json_text(commitment, "sha256", ""),
                       json_num(commitment, "bits", 0));
            put_csv(out, or_empty(where));
            buf_putc(out, ',');
            put_csv(out, or_empty(planted));
            buf_putc(out, '\n');
        }
    }
}

/* ---- SQL ---- */

/* "shop"."customers": bare where any database takes it so, else in double quotes (SQL; MySQL with ANSI_QUOTES). */
static void put_name(struct buf *out, const char *name)
{
    bool is_bare = name[0] != '\0' && !(name[0] >= '0' && name[0] <= '9');
    for (const char *c = name; *c != '\0'; c++) {
        is_bare = is_bare && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                              *c == '_' || *c == '.');
    }
    if (is_bare) {
        buf_puts(out, name);
        return;
    }
    buf_putc(out, '"');
    for (const char *c = name; *c != '\0'; c++) {
        buf_puts(out, *c == '"' ? "\"" : "");
        buf_putc(out, *c);
    }
    buf_putc(out, '"');
}

/* No value holds a backslash or a control character: rows that do are not drawn from. */
static void put_literal(struct buf *out, const char *text)
{
    buf_putc(out, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        buf_puts(out, *c == '\'' ? "'" : "");
        buf_putc(out, *c);
    }
    buf_putc(out, '\'');
}

/* Only the columns that this row has: the others are the database's to fill. */
static void put_insert(struct buf *out, const struct heard *heard, const json_t *row)
{
    const json_t *columns = json_object_get(heard->summary, "columns");
    size_t c, put = 0;
    const json_t *cell;
    buf_puts(out, "INSERT INTO ");
    put_name(out, json_text(heard->summary, "table", ""));
    buf_puts(out, " (");
    json_array_foreach(json_object_get(row, "cells"), c, cell)
    {
        if (json_is_string(cell)) {
            buf_puts(out, put++ != 0 ? ", " : "");
            put_name(out, json_string_value(json_array_get(columns, c)));
        }
    }
    buf_puts(out, ") VALUES (");
    put = 0;
    json_array_foreach(json_object_get(row, "cells"), c, cell)
    {
        if (json_is_string(cell)) {
            buf_puts(out, put++ != 0 ? ", " : "");
            put_literal(out, json_string_value(cell));
        }
    }
    buf_puts(out, ");\n");
}

/* ---- What the person is told ---- */

static void tell(const struct cli *cli, const struct heard *heard)
{
    size_t i;
    const json_t *out;
    char text[512], column[96];
    (void)snprintf(text, sizeof text, "%zu rows like those of %s in %s", json_array_size(heard->rows),
                   json_text(heard->summary, "table", ""), cli_text(cli, "output"));
    closing(stdout, cli->has_colour, "made", ROLE_PLAIN, text);
    json_array_foreach(json_object_get(heard->summary, "stands_out"), i, out)
    {
        str_escape(column, sizeof column, str_of(json_text(out, "column", "")), 60);
        (void)snprintf(text, sizeof text, "%s: %.400s", column, json_text(out, "why", ""));
        closing(stdout, cli->has_colour, i == 0 ? "stands out" : "", ROLE_UNSEEN, text);
    }
    if (cli_text(cli, "planted-at") == NULL) {
        closing(
            stdout, cli->has_colour, "next", ROLE_PLAIN,
            "plant them, then write into planted_at when; keep the list apart from the database, and give the commitments to "
            "somebody who can say later that they are that old");
    }
}

static int write_all(const struct cli *cli, const struct heard *heard, struct err *err)
{
    const char *where = cli_text(cli, "where");
    const char *planted = cli_text(cli, "planted-at");
    const char *commitments = cli_text(cli, "commitments");
    const char *sql = cli_text(cli, "sql");
    OWN(own_buf) struct buf list = {0};
    OWN(own_buf) struct buf digests = {0};
    OWN(own_buf) struct buf inserts = {0};
    size_t i;
    const json_t *row;
    put_list(&list, heard, where, planted);
    TRY(write_new(cli_text(cli, "output"), &list, err));
    if (commitments != NULL) {
        put_commitments(&digests, heard, where, planted);
        TRY(write_new(commitments, &digests, err));
    }
    json_array_foreach(heard->rows, i, row)
    {
        put_insert(&inserts, heard, row);
    }
    return sql == NULL ? 0 : write_new(sql, &inserts, err);
}

static int options_of(const struct cli *cli, struct assay_canary_options *options, struct err *err)
{
    const char *planted = cli_text(cli, "planted-at");
    options->like = cli_text(cli, "like");
    options->table = cli_text(cli, "table");
    options->domains = cli_list(cli, "domain", &options->domain_count);
    options->phones = cli_text(cli, "phones");
    options->now = time_now();
    TRY(cli_number(cli, "make-canaries", 0, &options->count, err));
    if (options->like == NULL || cli_text(cli, "output") == NULL || cli->positional_count != 0) {
        err_set(err, ERR_USAGE, "--make-canaries needs --like DATABASE and --output FILE, and no sample");
        return err_remedy(err, "assay match --make-canaries 20 --like shop.csv --domain shop.example -o canaries.csv");
    }
    if (options->phones != NULL && strcmp(options->phones, "uk") != 0 && strcmp(options->phones, "us") != 0 &&
        strcmp(options->phones, "de") != 0) {
        return err_set(err, ERR_USAGE, "--phones '%s' is none of uk, us, de", options->phones);
    }
    for (size_t i = 0; i < options->domain_count; i++) {
        const char *domain = options->domains[i];
        if (strchr(domain, '.') == NULL || strpbrk(domain, "@ ,'\"\\") != NULL) {
            return err_set(err, ERR_USAGE, "--domain '%s' is not the name of a domain", domain);
        }
    }
    if (planted != NULL && time_parse(str_of(planted)) == TIME_NONE) {
        return err_set(err, ERR_USAGE, "--planted-at is not a time: '%s'", planted);
    }
    return 0;
}

int match_make_canaries(const struct cli *cli, struct err *err)
{
    struct assay_canary_options options = {0};
    struct assay_outcome outcome;
    TRY(options_of(cli, &options, err));
    OWN(own_json) json_t *rows = json_array();
    struct heard heard = {.rows = rows};
    const char *file = assay_evidence_file(options.like);
    char beside[3][4096];
    const char *paths[] = {NULL, beside[0], beside[1], beside[2], NULL};
    static const char *const endings[] = {"-wal", "-shm", "-journal"}; /* a SQLite in use has its newest rows there */
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(beside[i], sizeof beside[i], "%.4080s%s", or_empty(file), endings[i]);
    }
    paths[0] = file;
    struct assay_run run = {"match", work, &options, paths, file == NULL, NULL, 0, NULL};
    struct assay_sink sink = {.self = &heard, .put = hear};
    int failed = assay_run(&run, &sink, &outcome, err);
    failed = failed == 0 && heard.summary == NULL ? err_set(err, ERR_BUG, "nothing was made") : failed;
    failed = failed == 0 ? write_all(cli, &heard, err) : failed;
    if (failed == 0 && !cli->is_quiet) {
        tell(cli, &heard);
    }
    json_decref(heard.summary);
    return failed == 0 ? EXIT_NOTHING : -1;
}
