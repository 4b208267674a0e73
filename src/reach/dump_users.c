/* Rows of MySQL's own tables of accounts: user and db (columns of Y and N), tables_priv (a set of words), global_priv of MariaDB
 * (a number whose bits are rights; sql/privilege.h of MariaDB 10.4 and later names them). Digests of passwords are passed over. */
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "reach/dump.h"

#include "base/banned.h"

struct row {
    const struct dump_table *shape;
    const struct str *cells;
    size_t count;
};

static struct str cell(const struct row *row, const char *column)
{
    for (size_t i = 0; i < row->shape->column_count && i < row->count; i++) {
        if (str_eq_nocase(row->shape->columns[i].name, str_of(column))) {
            return row->cells[i].data != NULL ? row->cells[i] : STR("");
        }
    }
    return STR("");
}

static bool is_yes(const struct row *row, const char *column)
{
    return str_eq_nocase(cell(row, column), STR("Y"));
}

static int keep(struct dump_model *model, struct str *text, struct err *err)
{
    *text = arena_str(&model->keep, str_slice(*text, 0, 256), err);
    return text->data == NULL ? -1 : 0;
}

static int add(struct dump_model *model, struct dump_grant said, struct err *err)
{
    struct dump_grant *grant = dump_add_grant(model, err);
    if (grant == NULL) {
        return -1;
    }
    *grant = said;
    TRY(keep(model, &grant->who, err));
    TRY(keep(model, &grant->database, err));
    TRY(keep(model, &grant->name, err));
    grant->hash = dump_hash(grant->database, grant->schema, grant->name);
    return 0;
}

static int user_row(struct dump_model *model, const struct row *row, struct err *err)
{
    static const struct {
        const char *column;
        enum dump_power power;
    } columns[] = {{"File_priv", POWER_FILE},
                   {"Super_priv", POWER_SUPER},
                   {"Process_priv", POWER_PROCESS},
                   {"Reload_priv", POWER_RELOAD},
                   {"Repl_slave_priv", POWER_REPLICATION},
                   {"Create_user_priv", POWER_CREATE_USER},
                   {"Grant_priv", POWER_GRANT}};
    uint32_t powers = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        powers |= is_yes(row, columns[i].column) ? UINT32_C(1) << columns[i].power : 0;
    }
    struct dump_grant grant = {.on = ON_EVERYTHING,
                               .who = cell(row, "User"),
                               .database = STR(""),
                               .schema = STR(""),
                               .name = STR("*"),
                               .reads = is_yes(row, "Select_priv"),
                               .powers = powers,
                               .text = STR("a row of mysql.user")};
    return add(model, grant, err);
}

static int db_row(struct dump_model *model, const struct row *row, struct err *err)
{
    struct dump_grant grant = {.on = ON_DATABASE,
                               .who = cell(row, "User"),
                               .database = cell(row, "Db"),
                               .schema = STR(""),
                               .name = STR("*"),
                               .reads = is_yes(row, "Select_priv"),
                               .text = STR("a row of mysql.db")};
    return add(model, grant, err);
}

static int table_row(struct dump_model *model, const struct row *row, struct err *err)
{
    struct dump_grant grant = {.on = ON_TABLE,
                               .who = cell(row, "User"),
                               .database = cell(row, "Db"),
                               .schema = STR(""),
                               .name = cell(row, "Table_name"),
                               .reads = str_find_nocase(cell(row, "Table_priv"), STR("Select"), 0) != SIZE_MAX,
                               .text = STR("a row of mysql.tables_priv")};
    return add(model, grant, err);
}

static int global_row(struct dump_model *model, const struct row *row, struct err *err)
{
    static const struct {
        unsigned bit;
        enum dump_power power;
    } bits[] = {{6, POWER_RELOAD}, {8, POWER_PROCESS},      {9, POWER_FILE},        {10, POWER_GRANT},
                {15, POWER_SUPER}, {19, POWER_REPLICATION}, {25, POWER_CREATE_USER}};
    OWN(own_json) json_t *rights = json_read(cell(row, "Priv"), NULL);
    const json_t *access = json_object_get(rights, "access");
    /* 2^64 - 1 is written for "all" by some versions, and is no json integer */
    uint64_t mask = json_is_real(access) ? UINT64_MAX : (uint64_t)json_integer_value(access);
    uint32_t powers = 0;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        powers |= (mask >> bits[i].bit & 1) != 0 ? UINT32_C(1) << bits[i].power : 0;
    }
    if (rights == NULL) {
        model->not_understood++;
        return 0;
    }
    struct dump_grant grant = {.on = ON_EVERYTHING,
                               .who = cell(row, "User"),
                               .database = STR(""),
                               .schema = STR(""),
                               .name = STR("*"),
                               .reads = (mask & 1) != 0,
                               .powers = powers,
                               .text = STR("a row of mysql.global_priv")};
    return add(model, grant, err);
}

/* Among the newest tables: a dump writes a table's rows behind its columns, or all rows behind the few tables of mysql. */
static const struct dump_table *shape_of(const struct dump_model *model, struct str name)
{
    enum { NEWEST = 256 };
    size_t first = model->table_count > NEWEST ? model->table_count - NEWEST : 0;
    for (size_t i = model->table_count; i > first; i--) {
        if (str_eq_nocase(model->tables[i - 1].name, name)) {
            return &model->tables[i - 1];
        }
    }
    return NULL;
}

int dump_insert(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    static const struct {
        const char *table;
        int (*row)(struct dump_model *, const struct row *, struct err *);
    } readers[] = {{"user", user_row}, {"db", db_row}, {"tables_priv", table_row}, {"global_priv", global_row}};
    struct str outer, name;
    (void)sql_is_word(&c, "ignore");
    if (!sql_is_word(&c, "into") || sql_name(&c, &outer, &name) != SQL_FOUND) {
        return 0;
    }
    struct str database = outer.len != 0 ? outer : model->database;
    size_t which = 0;
    while (which < sizeof readers / sizeof *readers && !str_eq_nocase(name, str_of(readers[which].table))) {
        which++;
    }
    if (which == sizeof readers / sizeof *readers || (database.len != 0 && !str_eq(database, STR("mysql")))) {
        return 0; /* somebody's rows */
    }
    (void)sql_skip_space(&c);
    const struct dump_table *shape = shape_of(model, name);
    if (shape == NULL || (!sql_is_word(&c, "values") && !sql_is_word(&c, "value"))) {
        model->not_understood++;
        return 0;
    }
    model->family = FAMILY_MYSQL;
    while (c.at < c.end && *c.at == '(') {
        size_t count;
        if (sql_tuple(&c, model->scratch, DUMP_COLUMNS_MAX, &count) != SQL_FOUND) {
            model->not_understood++;
            return 0;
        }
        struct row row = {shape, model->scratch, count < DUMP_COLUMNS_MAX ? count : DUMP_COLUMNS_MAX};
        TRY(readers[which].row(model, &row, err));
        (void)sql_skip_space(&c);
        c.at += c.at < c.end && *c.at == ',';
        (void)sql_skip_space(&c);
    }
    return 0;
}
