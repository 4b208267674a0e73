/* ClickHouse over HTTP. Every statement is a SELECT (or SHOW GRANTS), and the server itself is told to refuse anything else:
 * readonly = 1, with a limit on its time. An account that may not change settings is read-only by its own profile, or it is not
 * used. ClickHouse has no snapshot over several statements: two passes over a table that is written to may differ.
 *
 *   clickhouse://account@host:8123/database      clickhouses:// with TLS (?ca=FILE: who signed its certificate)
 *
 * The password comes from the login or from CLICKHOUSE_PASSWORD. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/cell.h"
#include "sources/clickhouse.h"

#include "base/banned.h"

/* Settings that would change what an answer means, and what they must be. Those an older server lacks are left out. */
static const struct {
    const char *name, *value;
    bool cuts; /* another value may leave rows out without a word */
} wanted[] = {
    {"timeout_overflow_mode", "throw", true},
    {"read_overflow_mode", "throw", true},
    {"read_overflow_mode_leaf", "throw", true},
    {"result_overflow_mode", "throw", true},
    {"limit", "0", true},
    {"offset", "0", true},
    {"additional_result_filter", "", true},
    {"skip_unavailable_shards", "0", true},
    {"date_time_output_format", "simple", false},
    {"format_tsv_null_representation", "\\N", false},
    {"output_format_tsv_crlf_end_of_line", "0", false},
    {"http_write_exception_in_output_format", "0", false},
    {"cancel_http_readonly_queries_on_client_close", "1", false},
};
enum { WANTED = sizeof wanted / sizeof *wanted };

static void clickhouse_close(void *state)
{
    struct clickhouse *ch = state;
    if (ch != NULL) {
        clickhouse_http_close(&ch->http);
        arena_clear(&ch->arena);
        free(ch);
    }
}

/* The readonly that is in force, as the server says it. */
static int ask_readonly(struct clickhouse *ch, char *ret_value, struct err *err)
{
    struct str cells[1] = {{NULL, 0}};
    bool found = false;
    TRY(clickhouse_first(ch, STR("SELECT value, '.' FROM system.settings WHERE name = 'readonly'"), 1, &ch->arena,
                         cells, &found, err));
    *ret_value = found && cells[0].len == 1 ? cells[0].data[0] : '0';
    return 0;
}

/* Tells the server to refuse writing. Tried are: both a time limit and readonly; readonly alone cannot be set by an account
 * whose profile fixes it, so the limit alone (readonly = 2 allows that), and nothing (readonly = 1). */
static int make_readonly(struct clickhouse *ch, const struct source_login *login, struct err *err)
{
    char seconds[16];
    unsigned limit = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : 1800;
    (void)snprintf(seconds, sizeof seconds, "%u", limit);
    TRY(ask_readonly(ch, &ch->own_readonly, err)); /* a SELECT of one setting: what the account's profile says */
    char now = ch->own_readonly;
    int result = 0;
    if (ch->own_readonly != '1') {
        clickhouse_http_set(&ch->http, "max_execution_time", seconds);
        ch->has_limit = true;
        if (ch->own_readonly == '0') {
            clickhouse_http_set(&ch->http, "readonly", "1");
        }
        result = ask_readonly(ch, &now, err);
        if (result != 0 && ch->http.code == CLICKHOUSE_READONLY && ch->own_readonly == '2') {
            buf_reset(&ch->http.settings); /* constraints of the profile */
            ch->has_limit = false;
            result = ask_readonly(ch, &now, err);
        }
    }
    if (result == 0 && now != '1' && now != '2') {
        return err_set(err, ERR_IO, "%s: the server does not take readonly, and is not asked anything more",
                       ch->http.where);
    }
    (void)snprintf(ch->reading, sizeof ch->reading, "readonly = %c", now);
    return result;
}

static int on_setting(void *self, const struct str *cells, struct err *err)
{
    struct clickhouse *ch = self;
    (void)err;
    for (size_t i = 0; i < WANTED; i++) {
        if (!str_eq(cells[0], str_of(wanted[i].name)) || str_eq(cells[1], str_of(wanted[i].value))) {
            continue;
        }
        if (ch->has_limit) {
            clickhouse_http_set(&ch->http, wanted[i].name, wanted[i].value);
        } else if (wanted[i].cuts) {
            (void)snprintf(ch->may_cut, sizeof ch->may_cut, "the account's setting %s may leave rows out",
                           wanted[i].name);
        }
    }
    return 0;
}

/* While an answer is heard no setting is sent; the next question has them. */
static int settle(struct clickhouse *ch, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT name, value, '.' FROM system.settings WHERE name IN (");
    for (size_t i = 0; i < WANTED; i++) {
        buf_puts(&sql, i == 0 ? "" : ", ");
        clickhouse_put_text(&sql, str_of(wanted[i].name));
    }
    buf_puts(&sql, ")");
    TRY(buf_check(&sql, err));
    struct clickhouse_lines lines = {ch, on_setting};
    return clickhouse_http_ask(&ch->http, buf_str(&sql), 2, true, &lines, err);
}

static int on_feature(void *self, const struct str *cells, struct err *err)
{
    struct clickhouse *ch = self;
    (void)err;
    ch->has_total_rows |= str_eq(cells[0], STR("tables")) && str_eq(cells[1], STR("total_rows"));
    ch->has_position |= str_eq(cells[0], STR("columns")) && str_eq(cells[1], STR("position"));
    ch->has_grants |= str_eq(cells[0], STR("grants"));
    return 0;
}

static int learn_features(struct clickhouse *ch, struct err *err)
{
    struct str cells[1] = {{NULL, 0}};
    bool found = false;
    TRY(clickhouse_first(ch, STR("SELECT version(), '.'"), 1, &ch->arena, cells, &found, err));
    (void)snprintf(ch->version, sizeof ch->version, "%.*s", STR_FMT(cells[0]));
    struct clickhouse_lines lines = {ch, on_feature};
    return clickhouse_http_ask(
        &ch->http,
        STR("SELECT table, name, '.' FROM system.columns WHERE database = 'system' AND table IN ('tables', 'columns', "
            "'grants') AND name IN ('total_rows', 'position', 'access_type')"),
        2, true, &lines, err);
}

static int open_with(const char *uri, const struct source_login *login, bool is_tls, void **ret_state, struct err *err)
{
    static const char *const options[] = {"ca", NULL};
    struct url url;
    TRY(url_read(uri, options, &url, err));
    struct clickhouse *ch = calloc(1, sizeof *ch);
    if (ch == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    arena_init(&ch->arena, CLICKHOUSE_PAGE_BYTES);
    (void)snprintf(ch->account, sizeof ch->account, "%s", url.account[0] == '\0' ? "default" : url.account);
    memcpy(ch->database, url.database, sizeof ch->database);
    int result = clickhouse_http_open(&ch->http, uri, &url, is_tls, login, err);
    result = result == 0 ? make_readonly(ch, login, err) : result;
    result = result == 0 ? learn_features(ch, err) : result;
    result = result == 0 ? settle(ch, err) : result;
    if (result != 0) {
        clickhouse_close(ch);
        return -1;
    }
    ch->http.is_in = true;
    *ret_state = ch;
    return 0;
}

static int clickhouse_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    return open_with(uri, login, false, ret_state, err);
}

static int clickhouses_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    return open_with(uri, login, true, ret_state, err);
}

/* ---- tables and rows ---- */

static const char *why_not(const struct clickhouse_table *table)
{
    if (table->engine == CLICKHOUSE_CONSUMED) {
        return "reading it would take its messages or run a program";
    }
    return clickhouse_is_own(table->engine) ? NULL : "reading it may ask other systems; it was not read";
}

static int add_table(struct clickhouse *ch, const struct clickhouse_table *table, struct err *err)
{
    if (table->engine == CLICKHOUSE_VIEW) {
        return 0; /* holds no rows of its own */
    }
    if (ch->table_count == SOURCE_TABLES_MAX) {
        return err_set(err, ERR_LIMIT, "%s: more than %d tables: name a database", ch->http.where, SOURCE_TABLES_MAX);
    }
    struct source_table *out = &ch->tables[ch->table_count];
    struct str *columns = ARENA_NEW(&ch->arena, struct str, table->column_count + 1, err);
    OWN(own_buf) struct buf name = {0};
    OWN(own_buf) struct buf select = {0};
    for (size_t i = 0; columns != NULL && i < table->column_count; i++) {
        if (table->columns[i].is_readable) {
            columns[out->column_count] = arena_str(&ch->arena, table->columns[i].name, err);
            TRY(columns[out->column_count++].data == NULL ? -1 : 0);
        }
    }
    buf_put(&name, ch->database[0] == '\0' ? table->database : (struct str){NULL, 0});
    buf_puts(&name, ch->database[0] == '\0' ? "." : "");
    buf_put(&name, table->name);
    clickhouse_put_select(&select, table);
    TRY(buf_check(&name, err));
    TRY(buf_check(&select, err));
    out->name = arena_str(&ch->arena, buf_str(&name), err);
    out->columns = columns;
    out->unreadable = why_not(table);
    ch->selects[ch->table_count] = arena_str(&ch->arena, buf_str(&select), err);
    TRY(columns == NULL || out->name.data == NULL || ch->selects[ch->table_count].data == NULL ? -1 : 0);
    ch->table_count++;
    return 0;
}

static int add_database(struct clickhouse *ch, struct str database, struct err *err)
{
    OWN(own_arena) struct arena page;
    OWN(own_buf) struct buf after = {0};
    arena_init(&page, CLICKHOUSE_PAGE_BYTES);
    for (size_t count = CLICKHOUSE_PAGE_TABLES; count == CLICKHOUSE_PAGE_TABLES;) {
        struct clickhouse_table *tables;
        arena_clear(&page);
        TRY(clickhouse_page(ch, database, buf_str(&after), &page, &tables, &count, err));
        for (size_t i = 0; i < count; i++) {
            TRY(add_table(ch, &tables[i], err));
        }
        buf_reset(&after);
        buf_put(&after, count > 0 ? tables[count - 1].name : STR(""));
        TRY(buf_check(&after, err));
    }
    return 0;
}

static int clickhouse_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct clickhouse *ch = state;
    struct clickhouse_database *databases;
    size_t count;
    ch->tables = ARENA_NEW(&ch->arena, struct source_table, SOURCE_TABLES_MAX, err);
    ch->selects = ARENA_NEW(&ch->arena, struct str, SOURCE_TABLES_MAX, err);
    TRY(ch->tables == NULL || ch->selects == NULL ? -1 : 0);
    TRY(clickhouse_databases(ch, &ch->arena, &databases, &count, err));
    bool found = ch->database[0] == '\0';
    for (size_t i = 0; i < count; i++) {
        bool is_named = str_eq(databases[i].name, str_of(ch->database));
        found |= is_named;
        if (clickhouse_is_elsewhere(databases[i].engine)) {
            if (is_named) {
                return err_set(err, ERR_USAGE, "%s: the tables of '%s' may lie on another server, which is not asked",
                               ch->http.where, ch->database);
            }
            continue;
        }
        if (is_named || (ch->database[0] == '\0' && !clickhouse_is_system(databases[i].name))) {
            TRY(add_database(ch, databases[i].name, err));
        }
    }
    if (!found) {
        return err_set(err, ERR_NOT_FOUND, "%s: no database '%s' that this account may see", ch->http.where,
                       ch->database);
    }
    *ret_tables = ch->tables;
    *ret_count = ch->table_count;
    return 0;
}

static int on_row(void *self, const struct str *cells, struct err *err)
{
    struct rows *rows = self;
    for (size_t i = 0; i < rows->columns; i++) {
        cell_put(rows, cells[i]);
    }
    return rows_end(rows, err);
}

int clickhouse_rows(struct clickhouse *ch, struct str sql, size_t columns, const struct source_sink *sink,
                    struct err *err)
{
    OWN(own_rows) struct rows rows;
    TRY(rows_open(&rows, sink, columns, err));
    struct clickhouse_lines lines = {&rows, on_row};
    TRY(clickhouse_http_ask(&ch->http, sql, columns, true, &lines, err));
    return rows_flush(&rows, err);
}

static int clickhouse_read(void *state, const struct source_table *table, const struct source_sink *sink,
                           struct err *err)
{
    struct clickhouse *ch = state;
    if (ch->may_cut[0] != '\0') {
        return err_set(err, ERR_LIMIT, "%s: %s", ch->http.where, ch->may_cut);
    }
    return clickhouse_rows(ch, ch->selects[table - ch->tables], table->column_count, sink, err);
}

const struct source_driver clickhouse_driver = {
    .scheme = "clickhouse://",
    .open = clickhouse_open,
    .tables = clickhouse_tables,
    .read = clickhouse_read,
    .close = clickhouse_close,
    .survey = clickhouse_survey,
    .sample = clickhouse_sample,
    .count = clickhouse_count,
};
const struct source_driver clickhouses_driver = {
    .scheme = "clickhouses://",
    .open = clickhouses_open,
    .tables = clickhouse_tables,
    .read = clickhouse_read,
    .close = clickhouse_close,
    .survey = clickhouse_survey,
    .sample = clickhouse_sample,
    .count = clickhouse_count,
};
