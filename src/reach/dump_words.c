/* What single statements say: a table and its columns, a role, a grant. What is not understood is counted and grants nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "reach/dump.h"

#include "base/banned.h"

enum { TEXT_BYTES = 200, TYPE_BYTES = 60, LIST_MAX = 256, NAME_MAX_BYTES = 256 };

static bool is_bare(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' ||
           byte == '$' || byte == '%' || (unsigned char)byte >= 0x80;
}

/* A name in any quotes, or bare. Empty data if there is none. Doubled quotes inside stay doubled. */
static struct str take_name(struct sql_cursor *c)
{
    (void)sql_skip_space(c);
    if (c->at == c->end) {
        return (struct str){NULL, 0};
    }
    char open = *c->at;
    char close = open == '[' ? ']' : open;
    char *start = c->at;
    if (open == '`' || open == '"' || open == '\'' || open == '[') {
        char *end = memchr(start + 1, close, (size_t)(c->end - start - 1));
        while (end != NULL && end + 1 < c->end && end[1] == close) {
            end = memchr(end + 2, close, (size_t)(c->end - end - 2));
        }
        c->at = end != NULL ? end + 1 : c->end;
        return end != NULL ? (struct str){start + 1, (size_t)(end - start - 1)} : (struct str){NULL, 0};
    }
    while (c->at < c->end && is_bare(*c->at)) {
        c->at++;
    }
    return c->at == start ? (struct str){NULL, 0} : (struct str){start, (size_t)(c->at - start)};
}

static bool take_byte(struct sql_cursor *c, char byte)
{
    (void)sql_skip_space(c);
    if (c->at == c->end || *c->at != byte) {
        return false;
    }
    c->at++;
    (void)sql_skip_space(c);
    return true;
}

static int keep(struct dump_model *model, struct str *text, struct err *err)
{
    *text = arena_str(&model->keep, str_slice(*text, 0, NAME_MAX_BYTES), err);
    return text->data == NULL ? -1 : 0;
}

/* "a", "a.b", "a.b.c": the last is the name. "*" stands for itself. False if there is no name. */
static bool take_path(struct sql_cursor *c, struct str *ret_outer, struct str *ret_name)
{
    *ret_outer = STR("");
    for (;;) {
        struct str part = take_byte(c, '*') ? STR("*") : take_name(c);
        if (part.data == NULL) {
            return false;
        }
        *ret_name = part;
        if (c->at == c->end || *c->at != '.') {
            return true;
        }
        c->at++;
        *ret_outer = part;
    }
}

/* ---- CREATE ---- */

static bool is_constraint(struct str word)
{
    static const char *const words[] = {"primary", "key",      "unique",  "constraint", "index",  "foreign",
                                        "check",   "fulltext", "spatial", "exclude",    "period", "like"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(word, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* To behind the ',' or ')' that ends a definition; false at the end of the list. */
static bool next_definition(struct sql_cursor *c)
{
    size_t depth = 0;
    while (c->at < c->end) {
        char byte = *c->at;
        if (depth == 0 && (byte == ',' || byte == ')')) {
            c->at++;
            return byte == ',';
        }
        depth += byte == '(';
        depth -= byte == ')';
        if (sql_skip_token(c) != SQL_FOUND) {
            break;
        }
    }
    c->at = c->end;
    return false;
}

/* "varchar(255)" */
static struct str take_type(struct sql_cursor *c)
{
    (void)sql_skip_space(c);
    char *start = c->at;
    (void)take_name(c);
    if (c->at < c->end && *c->at == '(') {
        char *close = memchr(c->at, ')', (size_t)(c->end - c->at));
        c->at = close != NULL ? close + 1 : c->at;
    }
    return str_slice((struct str){start, (size_t)(c->at - start)}, 0, TYPE_BYTES);
}

/* Columns of "(a int, b text, primary key (a))", c behind the '('. */
static int take_columns(struct dump_model *model, struct sql_cursor *c, struct dump_table *table, struct err *err)
{
    struct sql_cursor ahead = *c;
    size_t count = 0;
    bool goes_on = true;
    for (; goes_on && count < DUMP_COLUMNS_MAX; goes_on = next_definition(&ahead)) {
        (void)sql_skip_space(&ahead);
        bool is_quoted = ahead.at < ahead.end && strchr("`\"[", *ahead.at) != NULL && *ahead.at != '\0';
        struct str name = take_name(&ahead);
        count += name.data != NULL && (is_quoted || !is_constraint(name));
    }
    table->columns = ARENA_NEW(&model->keep, struct dump_column, count + 1, err);
    if (table->columns == NULL) {
        return -1;
    }
    for (goes_on = true; goes_on && table->column_count < count; goes_on = next_definition(c)) {
        (void)sql_skip_space(c);
        bool is_quoted = c->at < c->end && strchr("`\"[", *c->at) != NULL && *c->at != '\0';
        struct dump_column column = {.name = take_name(c)};
        if (column.name.data != NULL && (is_quoted || !is_constraint(column.name))) {
            column.type = take_type(c);
            TRY(keep(model, &column.name, err));
            TRY(keep(model, &column.type, err));
            table->columns[table->column_count++] = column;
        }
    }
    return 0;
}

/* MySQL's "db.table" against PostgreSQL's "schema.table". */
static void place(const struct dump_model *model, struct str outer, struct str *database, struct str *schema)
{
    bool is_postgresql = model->family == FAMILY_POSTGRESQL;
    *schema = is_postgresql ? outer : STR("");
    *database = !is_postgresql && outer.len != 0 ? outer : *database;
}

static int create_table(struct dump_model *model, struct sql_cursor c, bool is_view, struct err *err)
{
    struct str outer, name;
    if (sql_is_word(&c, "if")) {
        (void)sql_is_word(&c, "not");
        (void)sql_is_word(&c, "exists");
    }
    if (!take_path(&c, &outer, &name)) {
        model->not_understood++;
        return 0;
    }
    struct dump_table *table = dump_add_table(model, err);
    if (table == NULL) {
        return -1;
    }
    table->is_view = is_view;
    table->name = name;
    place(model, outer, &table->database, &table->schema);
    TRY(keep(model, &table->name, err));
    TRY(keep(model, &table->schema, err));
    TRY(keep(model, &table->database, err));
    table->hash = dump_hash(table->database, table->schema, table->name);
    return !is_view && take_byte(&c, '(') ? take_columns(model, &c, table, err) : 0;
}

static int role_options(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    static const struct {
        const char *word;
        enum dump_power power;
    } words[] = {{"superuser", POWER_SUPERUSER},
                 {"bypassrls", POWER_BYPASSRLS},
                 {"replication", POWER_PG_REPLICATION},
                 {"createrole", POWER_CREATEROLE}};
    struct str who = take_name(&c);
    uint32_t powers = 0;
    char *start = c.at;
    while (c.at < c.end) {
        struct sql_cursor before = c;
        struct str word = sql_word(&c);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            powers |= str_eq_nocase(word, str_of(words[i].word)) ? UINT32_C(1) << words[i].power : 0;
        }
        if (word.len == 0) {
            c = before;
            if (sql_skip_token(&c) != SQL_FOUND) {
                break;
            }
        }
    }
    if (who.data == NULL || powers == 0) {
        return 0;
    }
    struct dump_grant *grant = dump_add_grant(model, err);
    if (grant == NULL) {
        return -1;
    }
    grant->on = ON_EVERYTHING;
    grant->who = who;
    grant->powers = powers;
    grant->reads = (powers & (UINT32_C(1) << POWER_SUPERUSER)) != 0;
    grant->text = str_slice((struct str){start, (size_t)(c.end - start)}, 0, TEXT_BYTES);
    TRY(keep(model, &grant->text, err));
    return keep(model, &grant->who, err);
}

int dump_create(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    static const char *const before[] = {"temporary", "temp",    "unlogged",     "global",  "local",    "or",
                                         "replace",   "foreign", "materialized", "virtual", "recursive"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        (void)sql_is_word(&c, before[i]);
    }
    if (sql_is_word(&c, "table")) {
        return create_table(model, c, false, err);
    }
    if (sql_is_word(&c, "view")) {
        return create_table(model, c, true, err);
    }
    return sql_is_word(&c, "role") || sql_is_word(&c, "user") ? role_options(model, c, err) : 0;
}

int dump_use(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    struct str name = take_name(&c);
    if (name.data == NULL) {
        return 0;
    }
    model->database = name;
    return keep(model, &model->database, err);
}

/* ---- ALTER ---- */

static int alter_table(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    struct str outer, name;
    (void)sql_is_word(&c, "only");
    if (sql_is_word(&c, "if")) {
        (void)sql_is_word(&c, "exists");
    }
    if (!take_path(&c, &outer, &name)) {
        return 0;
    }
    (void)sql_skip_space(&c);
    bool is_owner = sql_is_word(&c, "owner") && sql_is_word(&c, "to");
    bool is_rows = !is_owner && sql_is_word(&c, "enable") && sql_is_word(&c, "row");
    if (!is_owner && !is_rows) {
        return 0;
    }
    struct str owner = is_owner ? take_name(&c) : STR("");
    struct dump_grant *grant = owner.data != NULL ? dump_add_grant(model, err) : NULL;
    if (grant == NULL) {
        return owner.data != NULL ? -1 : 0;
    }
    model->family = model->family == FAMILY_UNKNOWN ? FAMILY_POSTGRESQL : model->family;
    grant->on = ON_TABLE;
    grant->who = owner;
    grant->reads = is_owner;
    grant->is_row_security = is_rows;
    grant->name = name;
    grant->text = STR("owner of the table");
    place(model, outer, &grant->database, &grant->schema);
    TRY(keep(model, &grant->who, err));
    grant->hash = dump_hash(grant->database, grant->schema, grant->name);
    TRY(keep(model, &grant->schema, err));
    TRY(keep(model, &grant->database, err));
    return keep(model, &grant->name, err);
}

int dump_alter(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    if (sql_is_word(&c, "table") || sql_is_word(&c, "view")) {
        return alter_table(model, c, err);
    }
    if (sql_is_word(&c, "materialized") && sql_is_word(&c, "view")) {
        return alter_table(model, c, err);
    }
    return sql_is_word(&c, "role") || sql_is_word(&c, "user") ? role_options(model, c, err) : 0;
}

/* ---- GRANT ---- */

/* What stands between GRANT and ON or TO. */
struct rights {
    bool reads, reads_columns, is_all;
    uint32_t powers;
    size_t column_count;       /* in the model's scratch */
    struct str list[LIST_MAX]; /* first words, which may be names of roles */
    size_t count;
};

static void take_right(struct dump_model *model, struct sql_cursor *c, struct rights *rights)
{
    static const struct {
        const char *word;
        enum dump_power power;
    } words[] = {{"file", POWER_FILE},
                 {"super", POWER_SUPER},
                 {"process", POWER_PROCESS},
                 {"reload", POWER_RELOAD},
                 {"replication slave", POWER_REPLICATION},
                 {"replication replica", POWER_REPLICATION},
                 {"create user", POWER_CREATE_USER},
                 {"grant option", POWER_GRANT}};
    struct sql_cursor ahead = *c;
    struct str first = take_name(c);
    if (first.data != NULL && rights->count < LIST_MAX) {
        rights->list[rights->count++] = first;
    }
    bool is_select = sql_is_word(&ahead, "select");
    rights->is_all = rights->is_all || sql_is_word(&ahead, "all");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct sql_cursor try = ahead;
        struct str_cut cut = str_cut(str_of(words[i].word), ' ');
        char head[32];
        (void)snprintf(head, sizeof head, "%.*s", STR_FMT(cut.head));
        if (sql_is_word(&try, head) && (!cut.found || sql_is_word(&try, cut.tail.data))) {
            rights->powers |= UINT32_C(1) << words[i].power;
        }
    }
    if (!is_select) {
        return;
    }
    *c = ahead;
    if (!take_byte(c, '(')) {
        rights->reads = true;
        return;
    }
    rights->reads_columns = true;
    do {
        struct str name = take_name(c);
        if (name.data != NULL && rights->column_count < DUMP_COLUMNS_MAX) {
            model->scratch[rights->column_count++] = name;
        }
    } while (take_byte(c, ','));
    (void)take_byte(c, ')');
}

enum grant_end { GRANT_BROKEN, GRANT_ON, GRANT_TO };

static enum grant_end take_rights(struct dump_model *model, struct sql_cursor *c, struct rights *rights)
{
    for (;;) {
        take_right(model, c, rights);
        for (;;) {
            (void)sql_skip_space(c);
            if (c->at == c->end) {
                return GRANT_BROKEN;
            }
            if (take_byte(c, ',')) {
                break;
            }
            if (sql_is_word(c, "on")) {
                return GRANT_ON;
            }
            if (sql_is_word(c, "to")) {
                return GRANT_TO;
            }
            if (sql_skip_token(c) != SQL_FOUND) {
                return GRANT_BROKEN;
            }
        }
    }
}

/* Where the rights hold. False: something that is no table (a function, a sequence). */
static bool take_object(struct dump_model *model, struct sql_cursor *c, struct dump_grant *ret_object)
{
    struct str outer, name;
    static const char *const others[] = {"function",  "procedure", "sequence", "language",   "type",
                                         "domain",    "large",     "foreign",  "tablespace", "proxy",
                                         "parameter", "package",   "routine"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct sql_cursor try = *c;
        if (sql_is_word(&try, others[i])) {
            return false;
        }
    }
    bool is_schema = false, is_database = false, is_tables = false;
    if (sql_is_word(c, "all")) {
        is_tables = sql_is_word(c, "tables") && sql_is_word(c, "in") && sql_is_word(c, "schema");
        if (!is_tables) {
            return false;
        }
    } else {
        is_schema = sql_is_word(c, "schema");
        is_database = !is_schema && sql_is_word(c, "database");
        bool is_table = !is_schema && !is_database && sql_is_word(c, "table");
        if ((is_schema || is_database || is_table) && model->family == FAMILY_UNKNOWN) {
            model->family = FAMILY_POSTGRESQL;
        }
    }
    if (!take_path(c, &outer, &name)) {
        return false;
    }
    bool is_any = str_eq(name, STR("*"));
    ret_object->on = is_schema                 ? ON_SCHEMA
                     : is_tables               ? ON_TABLES_OF_SCHEMA
                     : is_database             ? ON_ROLE /* CONNECT says nothing of tables: dropped below */
                     : !is_any                 ? ON_TABLE
                     : str_eq(outer, STR("*")) ? ON_EVERYTHING
                                               : ON_DATABASE;
    ret_object->name = name;
    if (is_schema || is_tables) {
        ret_object->schema = name;
    } else if (is_any) {
        ret_object->database = outer.len != 0 ? outer : model->database;
    } else {
        place(model, outer, &ret_object->database, &ret_object->schema);
    }
    return !is_database;
}

static int add_rights(struct dump_model *model, const struct dump_grant *object, const struct rights *rights,
                      struct str who, struct str text, struct err *err)
{
    static const uint32_t all_powers = UINT32_C(1) << POWER_FILE | UINT32_C(1) << POWER_SUPER |
                                       UINT32_C(1) << POWER_PROCESS | UINT32_C(1) << POWER_RELOAD |
                                       UINT32_C(1) << POWER_REPLICATION | UINT32_C(1) << POWER_CREATE_USER;
    struct dump_grant *grant = dump_add_grant(model, err);
    if (grant == NULL) {
        return -1;
    }
    *grant = *object;
    grant->who = who;
    grant->reads = rights->reads || rights->is_all || rights->reads_columns;
    grant->powers = rights->powers | (rights->is_all && object->on == ON_EVERYTHING ? all_powers : 0);
    grant->column_count = rights->reads || rights->is_all ? 0 : rights->column_count;
    grant->columns = ARENA_NEW(&model->keep, struct str, grant->column_count + 1, err);
    if (grant->columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < grant->column_count; i++) {
        grant->columns[i] = model->scratch[i];
        TRY(keep(model, &grant->columns[i], err));
    }
    grant->text = text;
    grant->hash = dump_hash(object->database, object->schema, object->name);
    TRY(keep(model, &grant->who, err));
    TRY(keep(model, &grant->text, err));
    TRY(keep(model, &grant->database, err));
    TRY(keep(model, &grant->schema, err));
    return keep(model, &grant->name, err);
}

/* "'shop'@'%'", "shop", "PUBLIC" */
static struct str take_grantee(struct dump_model *model, struct sql_cursor *c)
{
    struct str who = take_name(c);
    if (c->at < c->end && *c->at == '@') {
        c->at++;
        (void)take_name(c);
        model->family = FAMILY_MYSQL;
    }
    return who;
}

static int grant_roles(struct dump_model *model, const struct rights *rights, struct str who, struct str text,
                       struct err *err)
{
    struct rights none = {0};
    for (size_t i = 0; i < rights->count; i++) {
        struct dump_grant role = {.on = ON_ROLE, .database = STR(""), .schema = STR(""), .name = rights->list[i]};
        TRY(add_rights(model, &role, &none, who, text, err));
    }
    return 0;
}

int dump_grant(struct dump_model *model, struct sql_cursor c, struct err *err)
{
    struct str text = {c.at, (size_t)(c.end - c.at)};
    text = str_cut(str_slice(text, 0, TEXT_BYTES), '\n').head;
    size_t secret = str_find_nocase(text, STR("IDENTIFIED"), 0); /* a digest of the password */
    text = str_trim(secret != SIZE_MAX ? str_slice(text, 0, secret) : text);
    struct rights rights = {0};
    struct dump_grant object = {.database = model->database, .schema = STR(""), .name = STR("")};
    enum grant_end end = take_rights(model, &c, &rights);
    if (end == GRANT_BROKEN || (end == GRANT_ON && !take_object(model, &c, &object))) {
        return 0; /* of no table */
    }
    (void)sql_skip_space(&c);
    if (end == GRANT_ON && !sql_is_word(&c, "to")) {
        model->not_understood++; /* a list of tables, which no program writes */
        return 0;
    }
    do {
        struct str who = take_grantee(model, &c);
        if (who.data == NULL) {
            model->not_understood++;
            return 0;
        }
        TRY(end == GRANT_TO ? grant_roles(model, &rights, who, text, err)
                            : add_rights(model, &object, &rights, who, text, err));
    } while (take_byte(&c, ','));
    struct str rest = {c.at, (size_t)(c.end - c.at)};
    if (end == GRANT_ON && str_find_nocase(rest, STR("grant option"), 0) != SIZE_MAX) {
        model->grants[model->grant_count - 1].powers |= UINT32_C(1) << POWER_GRANT;
    }
    return 0;
}

/* ---- \dp ---- */

/* "shop=arwdDxt/postgres", "=r/postgres" */
static int privilege_item(struct dump_model *model, struct str item, struct err *err)
{
    struct str_cut who = str_cut(item, '=');
    struct str_cut rights = str_cut(who.tail, '/');
    if (!who.found || !rights.found) {
        return 0;
    }
    struct str name = who.head;
    bool is_quoted = name.len >= 2 && name.data[0] == '"';
    struct rights given = {.reads = memchr(rights.head.data, 'r', rights.head.len) != NULL};
    struct dump_grant object = {
        .on = ON_TABLE, .database = model->database, .schema = model->row_schema, .name = model->row_name};
    name = is_quoted ? str_slice(name, 1, name.len - 1) : name.len == 0 ? STR("public") : name;
    return add_rights(model, &object, &given, name, item, err);
}

int dump_privilege_row(struct dump_model *model, struct str line, struct err *err)
{
    struct str_cut schema = str_cut(line, '|');
    struct str_cut name = str_cut(schema.tail, '|');
    struct str_cut type = str_cut(name.tail, '|');
    struct str privileges = str_trim(str_cut(type.tail, '|').head);
    struct str kind = str_trim(type.head);
    if (!type.found || str_eq(kind, STR("Type"))) {
        return 0;
    }
    model->family = FAMILY_POSTGRESQL;
    if (str_trim(name.head).len != 0) {
        bool is_view = str_ends(kind, STR("view"));
        bool is_table = str_ends(kind, STR("table")) || is_view;
        model->row_schema = str_trim(schema.head);
        model->row_name = is_table ? str_trim(name.head) : STR("");
        TRY(keep(model, &model->row_schema, err));
        TRY(keep(model, &model->row_name, err));
        struct dump_table *table = is_table ? dump_add_table(model, err) : NULL;
        if (is_table && table == NULL) {
            return -1;
        }
        if (is_table) {
            table->schema = model->row_schema;
            table->name = model->row_name;
            table->is_view = is_view;
            table->hash = dump_hash(table->database, table->schema, table->name);
        }
    }
    if (privileges.len != 0 && privileges.data[privileges.len - 1] == '+') {
        privileges.len--;
    }
    return model->row_name.len != 0 ? privilege_item(model, str_trim(privileges), err) : 0;
}
