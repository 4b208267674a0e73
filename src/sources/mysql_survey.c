/* What a MySQL or MariaDB account can reach: its grants, then databases, tables and columns.
 *
 * information_schema of MariaDB looks at files: names alone come from a directory, columns from opening a table's
 * definition, sizes from opening the table. So names come in pages (one listing of the directory each), and the rest is
 * asked table by table, with the constants that make the server open that one only. Each such question makes a temporary table
 * on the server, which is why they are not asked for many tables at once.
 * Sizes are not asked for tables whose rows lie on other servers: opening those would make the server call them. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/maria.h"

#include "base/banned.h"

enum { DATABASES_PAGE = 2000, NAMES_PAGE = 4000, COLUMNS_MAX = 4096 };

/* Columns of the answer about one table. */
enum { C_NAME, C_TYPE, C_KEY, C_READABLE, C_TABLE_TYPE, C_ENGINE, C_COUNT };

struct surveying {
    struct maria *maria;
    const struct survey_sink *sink;
    struct maria_rights rights;
};

/* ---- one table ---- */

/* " WHERE a.TABLE_SCHEMA = 'd' AND a.TABLE_NAME = 't'", also bytewise: the collation takes A for a */
static void put_where(struct buf *sql, const char *alias, struct str database, struct str name)
{
    buf_printf(sql, " %s.TABLE_SCHEMA = ", alias);
    maria_text(sql, database);
    buf_printf(sql, " AND %s.TABLE_NAME = ", alias);
    maria_text(sql, name);
    buf_printf(sql, " AND BINARY %s.TABLE_NAME = ", alias);
    maria_text(sql, name);
}

static int ask_columns(struct maria *maria, struct str database, struct str name, struct maria_answer *ret_answer,
                       struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_puts(
        &sql,
        "SELECT c.COLUMN_NAME, c.COLUMN_TYPE, c.COLUMN_KEY, FIND_IN_SET('select', c.PRIVILEGES) > 0, t.TABLE_TYPE, t.ENGINE "
        "FROM information_schema.TABLES t, information_schema.COLUMNS c WHERE");
    put_where(&sql, "t", database, name);
    buf_puts(&sql, " AND");
    put_where(&sql, "c", database, name);
    buf_puts(&sql, " ORDER BY c.ORDINAL_POSITION");
    TRY(maria_ask(maria, &sql, ret_answer, err));
    if (ret_answer->rows > COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "a table of %zu columns", ret_answer->rows);
    }
    return ret_answer->rows == 0 || ret_answer->columns == C_COUNT
               ? 0
               : err_set(err, ERR_FORMAT, "%s: not the columns that were asked for", maria->where);
}

static bool one_of(struct str text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (str_eq_nocase(text, str_of(*list))) {
            return true;
        }
    }
    return false;
}

/* OQGRAPH reads another table, whatever that is. MERGE is over MyISAM only, which is here. */
static bool is_elsewhere(struct str engine)
{
    static const char *const engines[] = {"FEDERATED", "CONNECT", "SPIDER", "S3", "SPHINX", "OQGRAPH", NULL};
    return one_of(engine, engines);
}

const char *maria_never(struct str type, struct str engine)
{
    return str_ends(type, STR("VIEW")) ? "a view: reading it could run functions; its tables are read instead"
           : is_elsewhere(engine)      ? "its rows are on another server, which was not asked"
                                       : NULL;
}

/* Engines that count as they write; InnoDB guesses. */
static bool counts_exactly(struct str engine)
{
    static const char *const engines[] = {"MyISAM", "Aria", "MEMORY", "ARCHIVE", "CSV", NULL};
    return one_of(engine, engines);
}

static bool is_integer(struct str type)
{
    static const char *const types[] = {"tinyint", "smallint", "mediumint", "int", "bigint", NULL};
    for (size_t i = 0; types[i] != NULL; i++) {
        struct str word = str_of(types[i]);
        char after = type.len > word.len ? type.data[word.len] : '(';
        if (str_starts(type, word) && (after == '(' || after == ' ')) {
            return true;
        }
    }
    return false;
}

/* Its columns; the key if it is a single readable integer. */
static struct maria_handle read_columns(const struct maria_answer *answer, struct survey_column *columns)
{
    struct maria_handle handle = {{NULL, 0}, NULL};
    size_t keys = 0;
    for (size_t i = 0; i < answer->rows; i++) {
        columns[i] = (struct survey_column){maria_cell(answer, i, C_NAME), maria_cell(answer, i, C_TYPE),
                                            str_eq(maria_cell(answer, i, C_READABLE), STR("1"))};
        if (str_eq(maria_cell(answer, i, C_KEY), STR("PRI"))) {
            keys++;
            handle.key = is_integer(columns[i].type) && columns[i].is_readable ? columns[i].name : handle.key;
        }
    }
    return keys == 1 ? handle : (struct maria_handle){{NULL, 0}, NULL};
}

static struct str unreadable_why(const struct survey_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_readable) {
            return STR("");
        }
    }
    return table->column_count > 0 ? STR("no right to read it")
                                   : STR("the server does not show its columns (no right, or it cannot be opened)");
}

/* Its sizes, as far as the server tells. */
static int read_sizes(struct maria *maria, struct survey_table *table, struct str engine, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    OWN(own_maria_answer) struct maria_answer sizes = {0};
    buf_puts(&sql, "SELECT t.TABLE_ROWS, t.DATA_LENGTH + t.INDEX_LENGTH FROM information_schema.TABLES t WHERE");
    put_where(&sql, "t", table->database, table->name);
    TRY(maria_ask(maria, &sql, &sizes, err));
    if (sizes.rows == 1 && sizes.columns == 2) {
        if (str_u64(maria_cell(&sizes, 0, 0), &table->rows)) {
            table->rows_kind = counts_exactly(engine) ? SURVEY_ROWS_EXACT : SURVEY_ROWS_ESTIMATED;
        }
        table->bytes_known = str_u64(maria_cell(&sizes, 0, 1), &table->bytes);
    }
    return 0;
}

static int survey_table(const struct surveying *surveying, struct str database, struct str name, struct err *err)
{
    OWN(own_maria_answer) struct maria_answer answer = {0};
    TRY(ask_columns(surveying->maria, database, name, &answer, err));
    OWN(own_mem) struct survey_column *columns = calloc(answer.rows + 1, sizeof *columns);
    if (columns == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", answer.rows);
    }
    struct maria_handle handle = read_columns(&answer, columns);
    struct str type = answer.rows == 0 ? STR("") : maria_cell(&answer, 0, C_TABLE_TYPE);
    struct str engine = answer.rows == 0 ? STR("") : maria_cell(&answer, 0, C_ENGINE);
    bool is_remote = is_elsewhere(engine);
    handle.never = maria_never(type, engine);
    struct survey_table table = {
        .database = database,
        .name = name,
        .columns = columns,
        .column_count = answer.rows,
        .is_view = str_ends(type, STR("VIEW")),
        .partial = is_remote ? STR("its rows are on another server, which was not asked") : STR(""),
        .handle = &handle,
    };
    table.unreadable = unreadable_why(&table);
    if (!table.is_view && !is_remote && answer.rows > 0) {
        TRY(read_sizes(surveying->maria, &table, engine, err));
    }
    return surveying->sink->table(surveying->sink->self, &table, err);
}

/* ---- databases ---- */

/* A page of names behind `after`, and where the next one begins. A server that gives a name twice, or out of order, would keep
 * us asking for ever. */
static int next_names(struct maria *maria, const char *list, const char *column, struct str where, struct buf *after,
                      int page, struct maria_answer *ret_names, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_printf(&sql, "SELECT %s FROM information_schema.%s WHERE ", column, list);
    if (where.data != NULL) {
        buf_puts(&sql, "TABLE_SCHEMA = ");
        maria_text(&sql, where);
        buf_puts(&sql, " AND ");
    }
    buf_printf(&sql, "BINARY %s > ", column);
    maria_text(&sql, buf_str(after));
    buf_printf(&sql, " ORDER BY BINARY %s LIMIT %d", column, page);
    TRY(maria_ask(maria, &sql, ret_names, err));
    if (ret_names->rows > 0) {
        struct str last = maria_cell(ret_names, ret_names->rows - 1, 0);
        if (ret_names->columns != 1 || str_cmp(last, buf_str(after)) <= 0) {
            return err_set(err, ERR_FORMAT, "%s: the server's lists are out of order", maria->where);
        }
        buf_reset(after);
        buf_put(after, last);
    }
    return buf_check(after, err);
}

static int survey_tables(struct surveying *surveying, struct str database, struct err *err)
{
    OWN(own_buf) struct buf after = {0};
    for (size_t got = NAMES_PAGE; got == NAMES_PAGE;) {
        OWN(own_maria_answer) struct maria_answer names = {0};
        TRY(next_names(surveying->maria, "TABLES", "TABLE_NAME", database, &after, NAMES_PAGE, &names, err));
        got = names.rows;
        for (size_t i = 0; i < names.rows; i++) {
            TRY(survey_table(surveying, database, maria_cell(&names, i, 0), err));
        }
    }
    return 0;
}

static int survey_database(struct surveying *surveying, struct str name, struct err *err)
{
    OWN(own_buf) struct buf why = {0};
    bool is_whole = maria_rights_whole(&surveying->rights, name, &why);
    if (!is_whole) {
        buf_puts(&why, "no right over the whole database: tables that it may not touch are hidden from it");
    }
    TRY(buf_check(&why, err));
    struct survey_database database = {
        .name = name,
        .is_system = maria_is_system(name),
        .scope = is_whole ? SURVEY_SCOPE_WHOLE : SURVEY_SCOPE_UNKNOWN,
        .why = buf_str(&why),
    };
    TRY(surveying->sink->database(surveying->sink->self, &database, err));
    return database.is_system ? 0 : survey_tables(surveying, name, err);
}

static int survey_databases(struct surveying *surveying, struct err *err)
{
    OWN(own_buf) struct buf after = {0};
    for (size_t got = DATABASES_PAGE; got == DATABASES_PAGE;) {
        OWN(own_maria_answer) struct maria_answer names = {0};
        TRY(next_names(surveying->maria, "SCHEMATA", "SCHEMA_NAME", (struct str){NULL, 0}, &after, DATABASES_PAGE,
                       &names, err));
        got = names.rows;
        for (size_t i = 0; i < names.rows; i++) {
            TRY(survey_database(surveying, maria_cell(&names, i, 0), err));
        }
    }
    return 0;
}

static int survey_server(struct surveying *surveying, struct err *err)
{
    struct maria *maria = surveying->maria;
    const struct survey_server server = {
        .product = maria->is_mariadb ? STR("MariaDB") : STR("MySQL"),
        .version = str_cut(str_of(mysql_get_server_info(maria->link)), '-').head,
        .account = str_of(surveying->rights.account),
        .reading = maria->reading,
        .is_super = maria_rights_super(&surveying->rights),
        .hidden = maria_rights_see_all(&surveying->rights)
                      ? NULL
                      : "databases in which it has no right at all are not shown to it",
    };
    TRY(surveying->sink->server(surveying->sink->self, &server, err));
    TRY(maria_rights_powers(maria, &surveying->rights, surveying->sink, err));
    return survey_databases(surveying, err);
}

int maria_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct surveying surveying = {.maria = state, .sink = sink};
    /* Each question is a read-only transaction of its own: one over all tables would hold a lock on each. */
    TRY(maria_run(surveying.maria, "COMMIT", err));
    TRY(maria_rights_read(surveying.maria, &surveying.rights, err));
    int outcome = survey_server(&surveying, err);
    own_maria_rights(&surveying.rights);
    return outcome == 0 ? maria_begin(surveying.maria, err) : -1;
}
