/* SQLite files. Opened read-only, inside one read transaction; a hostile file may not run anything of its own: no
 * trusted schema, no virtual tables, no writable schema, cells checked, and only SELECT is authorised.
 *
 * A file in WAL mode needs its -shm beside it. If that cannot be had (a lone copy in a directory nobody may write) and
 * there is no -wal with rows of its own, the file is whole without it and is opened as unchanging. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "sources/sqlite.h"

#include "base/banned.h"

enum { STATEMENT_SECONDS = 30 * 60, STEPS_BETWEEN_LOOKS = 20000 };

int sqlite_fail(const struct sqlite *sqlite, struct err *err)
{
    int code = sqlite3_errcode(sqlite->db);
    if (code == SQLITE_INTERRUPT) {
        return err_set(err, ERR_LIMIT, "%s: not done within %u s", sqlite->path, sqlite->statement_seconds);
    }
    enum err_kind kind = code == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT ? ERR_FORMAT : ERR_IO;
    /* SQLite's fixed words for the code: the other ones can carry what the file says */
    return err_set(err, kind, "%s: %s (SQLite error %d)", sqlite->path, sqlite3_errstr(code), code);
}

static int is_late(void *self)
{
    const struct sqlite *sqlite = self;
    return time_ticks() > sqlite->deadline;
}

static int only_select(void *self, int action, const char *first, const char *second, const char *database,
                       const char *trigger)
{
    (void)self, (void)first, (void)second, (void)database, (void)trigger;
    bool allowed =
        action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_TRANSACTION || action == SQLITE_FUNCTION;
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

/* Settings that must precede the authorizer, as some are PRAGMAs. */
static int harden(struct sqlite *sqlite, struct err *err)
{
    sqlite3 *db = sqlite->db;
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 64 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(db, 5000);
    sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, is_late, sqlite);
    sqlite->deadline = time_ticks() + (int64_t)sqlite->statement_seconds * NS_PER_S;
    if (sqlite3_exec(db,
                     "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;",
                     NULL, NULL, NULL) != SQLITE_OK) {
        return sqlite_fail(sqlite, err);
    }
    /* Making dbstat known looks like making a table, which is refused from here on. A library without it is no trouble. */
    (void)!sqlite3_exec(db, "SELECT 1 FROM dbstat WHERE 0", NULL, NULL, NULL);
    sqlite3_set_authorizer(db, only_select, NULL);
    /* The first read takes the shared lock, and shows whether this is a database at all. */
    if (sqlite3_exec(db, "BEGIN; SELECT count(*) FROM sqlite_schema;", NULL, NULL, NULL) != SQLITE_OK) {
        return sqlite_fail(sqlite, err);
    }
    return 0;
}

static bool has_own_wal(const char *path)
{
    char wal[4096 + 8];
    struct stat info;
    (void)snprintf(wal, sizeof(wal), "%.4096s-wal", path);
    return stat(wal, &info) == 0 && info.st_size > 0;
}

/* "file:" URI with every odd byte escaped. */
static void unchanging_uri(const char *path, char *out, size_t out_bytes)
{
    size_t at = (size_t)snprintf(out, out_bytes, "file:");
    for (; *path != '\0' && at + 32 < out_bytes; path++) {
        unsigned char byte = (unsigned char)*path;
        bool plain = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '/' ||
                     byte == '.' || byte == '_';
        at += (size_t)snprintf(out + at, out_bytes - at, plain ? "%c" : "%%%02X", byte);
    }
    (void)snprintf(out + at, out_bytes - at, "?mode=ro&immutable=1");
}

static int connect_to(struct sqlite *sqlite, const char *name, int flags, struct err *err)
{
    flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(name, &sqlite->db, flags, NULL) != SQLITE_OK) {
        return sqlite->db == NULL ? err_set(err, ERR_LIMIT, "no memory to open a database") : sqlite_fail(sqlite, err);
    }
    return harden(sqlite, err);
}

static void sqlite_close(void *state)
{
    struct sqlite *sqlite = state;
    if (sqlite != NULL) {
        sqlite3_close_v2(sqlite->db);
        arena_clear(&sqlite->arena);
        free(sqlite);
    }
}

static int sqlite_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    struct sqlite *sqlite = calloc(1, sizeof(*sqlite));
    if (sqlite == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    arena_init(&sqlite->arena, 0);
    sqlite->statement_seconds =
        login != NULL && login->statement_seconds != 0 ? login->statement_seconds : STATEMENT_SECONDS;
    struct str path = arena_str(&sqlite->arena, str_of(uri + strlen("sqlite:")), err);
    sqlite->path = path.data;
    int result = path.data == NULL ? -1 : 0;
    if (result == 0 && access(sqlite->path, R_OK) != 0) {
        result = err_set(err, ERR_IO, "%s: %s", sqlite->path, strerror(errno));
    }
    if (result == 0) {
        result = connect_to(sqlite, sqlite->path, 0, err);
        int code = sqlite->db == NULL ? 0 : sqlite3_errcode(sqlite->db) & 0xff;
        if (result != 0 && code == SQLITE_CANTOPEN && !has_own_wal(sqlite->path)) {
            char unchanging[3 * 4096];
            unchanging_uri(sqlite->path, unchanging, sizeof(unchanging));
            sqlite3_close_v2(sqlite->db);
            sqlite->db = NULL;
            result = connect_to(sqlite, unchanging, SQLITE_OPEN_URI, err);
        }
    }
    if (result != 0) {
        sqlite_close(sqlite);
        return -1;
    }
    *ret_state = sqlite;
    return 0;
}

sqlite3_stmt *sqlite_prepare(struct sqlite *sqlite, const char *sql, struct err *err)
{
    sqlite->deadline = time_ticks() + (int64_t)sqlite->statement_seconds * NS_PER_S;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(sqlite->db, sql, -1, 0, &statement, NULL) != SQLITE_OK) {
        (void)sqlite_fail(sqlite, err);
    }
    return statement;
}

void own_statement(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

struct str sqlite_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return (struct str){text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column)};
}

/* "select * from "a""b"" in the table's own spelling. */
static struct str select_all(struct sqlite *sqlite, struct str table, struct err *err)
{
    char *quoted = sqlite3_mprintf("SELECT * FROM main.\"%w\"", table.data);
    struct str sql = arena_str(&sqlite->arena, str_of(quoted), err);
    sqlite3_free(quoted);
    return sql;
}

/* Column names come from preparing the select: no PRAGMA, no guess. */
static int describe(struct sqlite *sqlite, struct source_table *table, struct err *err)
{
    struct err why = {0};
    struct str sql = select_all(sqlite, table->name, err);
    if (sql.data == NULL) {
        return -1;
    }
    OWN(own_statement) sqlite3_stmt *statement = sqlite_prepare(sqlite, sql.data, &why);
    if (statement == NULL) {
        struct str reason = arena_str(&sqlite->arena, str_of(why.text), err);
        table->unreadable = reason.data;
        return reason.data == NULL ? -1 : 0;
    }
    table->column_count = (size_t)sqlite3_column_count(statement);
    struct str *columns = ARENA_NEW(&sqlite->arena, struct str, table->column_count, err);
    if (columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        columns[i] = arena_str(&sqlite->arena, str_of(sqlite3_column_name(statement, (int)i)), err);
        if (columns[i].data == NULL) {
            return -1;
        }
    }
    table->columns = columns;
    return 0;
}

static int sqlite_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct sqlite *sqlite = state;
    OWN(own_statement)
    sqlite3_stmt *list = sqlite_prepare(
        sqlite,
        "SELECT name, sql LIKE 'create virtual%' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        err);
    if (list == NULL) {
        return -1;
    }
    sqlite->tables = ARENA_NEW(&sqlite->arena, struct source_table, SOURCE_TABLES_MAX, err);
    if (sqlite->tables == NULL) {
        return -1;
    }
    int step;
    while ((step = sqlite3_step(list)) == SQLITE_ROW && sqlite->table_count < SOURCE_TABLES_MAX) {
        struct source_table *table = &sqlite->tables[sqlite->table_count];
        table->name = arena_str(&sqlite->arena, sqlite_text(list, 0), err);
        if (table->name.data == NULL) {
            return -1;
        }
        if (sqlite3_column_int(list, 1) != 0) {
            table->unreadable = "a virtual table, whose module is not run";
        } else {
            TRY(describe(sqlite, table, err));
        }
        sqlite->table_count++;
    }
    if (step != SQLITE_DONE) {
        return step == SQLITE_ROW ? err_set(err, ERR_LIMIT, "%s: more than %d tables", sqlite->path, SOURCE_TABLES_MAX)
                                  : sqlite_fail(sqlite, err);
    }
    *ret_tables = sqlite->tables;
    *ret_count = sqlite->table_count;
    return 0;
}

static void put_value(struct rows *rows, sqlite3_stmt *statement, int column)
{
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_NULL) {
        rows_null(rows);
    } else if (type == SQLITE_BLOB) {
        const unsigned char *blob = sqlite3_column_blob(statement, column);
        rows_hex(rows, blob, blob == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column));
    } else {
        rows_text(rows, sqlite_text(statement, column));
    }
}

int sqlite_put_row(struct rows *rows, sqlite3_stmt *statement, struct err *err)
{
    for (size_t i = 0; i < rows->columns; i++) {
        if (rows->wanted == NULL || rows->wanted[i]) {
            put_value(rows, statement, (int)i);
        }
    }
    return rows_end(rows, err);
}

int sqlite_stream(struct sqlite *sqlite, sqlite3_stmt *statement, uint64_t max_rows, const bool *wanted,
                  const struct source_sink *sink, struct err *err)
{
    OWN(own_rows) struct rows rows;
    TRY(rows_open(&rows, sink, (size_t)sqlite3_column_count(statement), err));
    rows.wanted = wanted;
    int step = SQLITE_ROW;
    for (uint64_t count = 0; count < max_rows && (step = sqlite3_step(statement)) == SQLITE_ROW; count++) {
        TRY(sqlite_put_row(&rows, statement, err));
    }
    TRY(rows_flush(&rows, err));
    return step == SQLITE_DONE || step == SQLITE_ROW ? 0 : sqlite_fail(sqlite, err);
}

/* Columns that are not wanted are not looked at: SQLite decodes a value when it is asked for. */
static int sqlite_read_columns(void *state, const struct source_table *table, const bool *wanted,
                               const struct source_sink *sink, struct err *err)
{
    struct sqlite *sqlite = state;
    struct str sql = select_all(sqlite, table->name, err);
    if (sql.data == NULL) {
        return -1;
    }
    OWN(own_statement) sqlite3_stmt *statement = sqlite_prepare(sqlite, sql.data, err);
    return statement == NULL ? -1 : sqlite_stream(sqlite, statement, UINT64_MAX, wanted, sink, err);
}

static int sqlite_read(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err)
{
    return sqlite_read_columns(state, table, NULL, sink, err);
}

const struct source_driver sqlite_driver = {
    .scheme = "sqlite:",
    .open = sqlite_open,
    .tables = sqlite_tables,
    .read = sqlite_read,
    .close = sqlite_close,
    .read_columns = sqlite_read_columns,
    .survey = sqlite_survey,
    .sample = sqlite_sample,
    .count = sqlite_count,
};
