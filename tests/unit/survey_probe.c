/* Asks a real server through src/sources and prints what it hears as JSON Lines, for tests/cli/test_sources_live.py.
 *   survey_probe [--confine] [--rows N] [--count] [--quiet] [--seconds N] [--read TABLE [--only COLUMN]] [--given PASSWORD] URI
 * --given: a login with this password, as one of a tree; without, the driver's usual way (PGPASSWORD, MYSQL_PWD).
 * --confine: as the engines run, in a process that can reach the network and read nothing but what its libraries need.
 * --quiet: tables are counted, not printed; the last line has time and peak memory. Exit 0, or 1 with an "error" line. */
#include <stdio.h>

#include "base/confine.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/survey.h"

#include "base/banned.h"

struct probe {
    struct source *source;
    const char *uri, *read, *only, *given;
    uint64_t rows, seconds, tables;
    bool is_confined, counts, is_quiet;
};

static int say(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    (void)putchar('\n');
    json_decref(line);
    return 0;
}

static json_t *text(struct str bytes)
{
    json_t *string = bytes.data == NULL ? json_null() : json_stringn(bytes.data, bytes.len);
    return string == NULL ? json_string("(not UTF-8)") : string;
}

static void say_error(const char *where, const struct err *err)
{
    say(json_pack("{s:{s:s,s:i,s:s,s:s}}", "error", "where", where, "kind", (int)err->kind, "text", err->text, "remedy",
                  err->remedy));
}

static int on_server(void *self, const struct survey_server *server, struct err *err)
{
    (void)self, (void)err;
    return say(json_pack("{s:{s:o,s:o,s:o,s:s,s:b,s:s?}}", "server", "product", text(server->product), "version",
                         text(server->version), "account", text(server->account), "reading", server->reading, "super",
                         server->is_super, "hidden", server->hidden));
}

static int on_power(void *self, const struct survey_power *power, struct err *err)
{
    (void)self, (void)err;
    return say(json_pack("{s:{s:o,s:s,s:o}}", "power", "name", text(power->name), "means", power->means, "from",
                         text(power->from)));
}

static int on_database(void *self, const struct survey_database *database, struct err *err)
{
    static const char *const scopes[] = {"unknown", "whole", "closed"};
    (void)self, (void)err;
    return say(json_pack("{s:{s:o,s:b,s:b,s:s,s:o}}", "database", "name", text(database->name), "system",
                         database->is_system, "needs_connection", database->needs_connection, "scope",
                         scopes[database->scope], "why", text(database->why)));
}

static int keep_rows(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    json_t *all = self;
    (void)err;
    for (size_t r = 0; r < rows; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < columns; c++) {
            json_array_append_new(row, text(cells[r * columns + c]));
        }
        json_array_append_new(all, row);
    }
    return 0;
}

static void add_sample(const struct probe *probe, const struct survey_table *table, json_t *line)
{
    struct err err = {0};
    const char *how = NULL;
    json_t *rows = json_array();
    struct source_sink sink = {rows, keep_rows};
    if (source_sample(probe->source, table, probe->rows, &sink, &how, &err) != 0) {
        json_object_set_new(line, "sample_error", json_string(err.text));
    }
    json_object_set_new(line, "how", how == NULL ? json_null() : json_string(how));
    json_object_set_new(line, "sample", rows);
}

static void add_count(const struct probe *probe, const struct survey_table *table, json_t *line)
{
    struct err err = {0};
    uint64_t rows = 0;
    bool is_known = source_count(probe->source, table, &rows, &err) == 0;
    json_object_set_new(line, "counted", is_known ? json_integer((json_int_t)rows) : json_string(err.text));
}

static int on_table(void *self, const struct survey_table *table, struct err *err)
{
    static const char *const kinds[] = {"unknown", "estimated", "exact"};
    struct probe *probe = self;
    (void)err;
    probe->tables++;
    json_t *columns = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        json_array_append_new(columns, json_pack("[o,o,b]", text(table->columns[i].name), text(table->columns[i].type),
                                                 table->columns[i].is_readable));
    }
    json_t *line =
        json_pack("{s:o,s:o,s:o,s:I,s:s,s:o,s:b,s:o,s:o}", "database", text(table->database), "name", text(table->name),
                  "columns", columns, "rows", (json_int_t)table->rows, "rows_kind", kinds[table->rows_kind], "bytes",
                  table->bytes_known ? json_integer((json_int_t)table->bytes) : json_null(), "view", table->is_view,
                  "unreadable", text(table->unreadable), "partial", text(table->partial));
    if (probe->rows > 0 && table->unreadable.len == 0) {
        add_sample(probe, table, line);
    }
    if (probe->counts && table->unreadable.len == 0) {
        add_count(probe, table, line);
    }
    if (probe->is_quiet) {
        json_decref(line);
        return 0;
    }
    return say(json_pack("{s:o}", "table", line));
}

/* Peak memory, of which the process's own account begins anew with each program (that of getrusage does not). */
static int64_t peak_kib(FILE *status)
{
    char line[256];
    int64_t kib = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        struct str_cut cut = str_cut(str_trim(str_of(line)), ':');
        if (str_eq(cut.head, STR("VmHWM"))) {
            (void)!str_i64(str_cut(str_trim(cut.tail), ' ').head, &kib);
        }
    }
    return kib;
}

static int read_table(const struct probe *probe, struct err *err)
{
    const struct source_table *tables;
    size_t count;
    TRY(source_tables(probe->source, &tables, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (str_eq(tables[i].name, str_of(probe->read)) && tables[i].unreadable == NULL) {
            json_t *rows = json_array();
            struct source_sink sink = {rows, keep_rows};
            bool wanted[64] = {0};
            for (size_t c = 0; probe->only != NULL && c < tables[i].column_count && c < 64; c++) {
                wanted[c] = str_eq(tables[i].columns[c], str_of(probe->only));
            }
            int outcome =
                source_read_columns(probe->source, &tables[i], probe->only != NULL ? wanted : NULL, &sink, err);
            say(json_pack("{s:o}", "read", rows));
            return outcome;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "no table %s", probe->read);
}

static int run(struct probe *probe, struct err *err)
{
    static const char *const nothing[] = {NULL};
    struct confine_spec spec = {.read_paths = nothing, .network = true, .memory_bytes = UINT64_C(1) << 30};
    struct confine_state state = {.words = "not asked for"};
    if (probe->is_confined) {
        TRY(confine_self(&spec, &state, err));
    }
    say(json_pack("{s:s}", "confined", state.words));
    struct source_login login = {
        .password = probe->given, .statement_seconds = (unsigned)probe->seconds, .connect_seconds = 5};
    TRY(source_open_as(probe->uri, &login, &probe->source, err));
    const struct survey_sink sink = {probe, on_server, on_power, on_database, on_table};
    int outcome = probe->read != NULL ? read_table(probe, err) : source_survey(probe->source, &sink, err);
    source_close(probe->source);
    return outcome;
}

static bool read_arguments(int argc, char **argv, struct probe *probe)
{
    bool is_sound = true;
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--confine") == 0) {
            probe->is_confined = true;
        } else if (strcmp(argv[i], "--count") == 0) {
            probe->counts = true;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            probe->is_quiet = true;
        } else if (strcmp(argv[i], "--rows") == 0) {
            is_sound = is_sound && str_u64(str_of(next), &probe->rows);
            i++;
        } else if (strcmp(argv[i], "--seconds") == 0) {
            is_sound = is_sound && str_u64(str_of(next), &probe->seconds);
            i++;
        } else if (strcmp(argv[i], "--given") == 0) {
            probe->given = next;
            i++;
        } else if (strcmp(argv[i], "--read") == 0) {
            probe->read = next;
            i++;
        } else if (strcmp(argv[i], "--only") == 0) {
            probe->only = next;
            i++;
        } else {
            probe->uri = argv[i];
        }
    }
    return is_sound && probe->uri != NULL;
}

int main(int argc, char **argv)
{
    struct probe probe = {0};
    struct err err = {0};
    if (!read_arguments(argc, argv, &probe)) {
        (void)fputs(
            "usage: survey_probe [--confine] [--rows N] [--count] [--quiet] [--seconds N] [--read TABLE [--only COLUMN]] "
            "[--given PASSWORD] URI\n",
            stderr);
        return 64;
    }
    OWN(own_file) FILE *status = fopen("/proc/self/status", "re"); /* before it can open nothing any more */
    int64_t began = time_ticks();
    int outcome = run(&probe, &err);
    if (outcome != 0) {
        say_error("run", &err);
    }
    say(json_pack("{s:{s:I,s:f,s:I}}", "end", "tables", (json_int_t)probe.tables, "seconds",
                  (double)(time_ticks() - began) / 1e9, "peak_kib", (json_int_t)peak_kib(status)));
    return outcome == 0 ? 0 : 1;
}
