/* ClickHouse's grants: https://clickhouse.com/docs/sql-reference/statements/grant.
 *
 *   GRANT SELECT(a, b), INSERT ON `shop`.`orders` TO `web` WITH GRANT OPTION      REVOKE SELECT ON shop.secret FROM web
 *   GRANT SELECT ON shop.pre* TO web         GRANT reader, writer TO web          GRANT READ ON S3 TO web
 *
 * A server keeps rights as a tree (everything, database, table, column); a grant or a revocation holds for what lies below it, until
 * a deeper one says otherwise. Each role has a tree of its own; an account may do what any of them allows. */
#include "sources/clickhouse_grants.h"
#include "base/str.h"

#include "base/banned.h"

enum { PRIVILEGES_MAX = 256, COLUMNS_MAX = 1024 };

/* ---- words ---- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_MARK };

struct token {
    enum token_kind kind;
    struct str text; /* a word or name without its quotes; a mark is one byte */
};

struct reader {
    struct str rest;
    struct token token; /* the one ahead */
    struct arena *keep;
    bool is_bad;
};

static bool is_wordly(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

/* `a\`b`, "a" and 'a': backslashes escape, doubled quotes are one. */
static void read_quoted(struct reader *reader)
{
    char quote = reader->rest.data[0];
    char *out = arena_take(reader->keep, reader->rest.len, NULL);
    size_t len = 0, i = 1;
    for (; out != NULL && i < reader->rest.len; i++) {
        char c = reader->rest.data[i];
        bool is_pair = i + 1 < reader->rest.len && (c == '\\' || (c == quote && reader->rest.data[i + 1] == quote));
        if (c == quote && !is_pair) {
            break;
        }
        i += is_pair ? 1 : 0;
        out[len++] = is_pair && c == '\\' && reader->rest.data[i] == 'n' ? '\n' : reader->rest.data[i];
    }
    reader->is_bad |= out == NULL || i >= reader->rest.len;
    reader->token = (struct token){TOKEN_NAME, {out, out == NULL ? 0 : len}};
    reader->rest = str_slice(reader->rest, i + 1, reader->rest.len);
}

static void step(struct reader *reader)
{
    while (reader->rest.len > 0 && reader->rest.data[0] == ' ') {
        reader->rest = str_slice(reader->rest, 1, reader->rest.len);
    }
    if (reader->rest.len == 0) {
        reader->token = (struct token){TOKEN_END, {NULL, 0}};
        return;
    }
    char first = reader->rest.data[0];
    if (first == '`' || first == '"' || first == '\'') {
        read_quoted(reader);
        return;
    }
    size_t len = 0;
    while (len < reader->rest.len && is_wordly(reader->rest.data[len])) {
        len++;
    }
    reader->token = (struct token){len == 0 ? TOKEN_MARK : TOKEN_WORD, str_slice(reader->rest, 0, len == 0 ? 1 : len)};
    reader->rest = str_slice(reader->rest, len == 0 ? 1 : len, reader->rest.len);
}

static bool is_word(const struct reader *reader, struct str word)
{
    return reader->token.kind == TOKEN_WORD && str_eq(reader->token.text, word);
}

static bool is_mark(const struct reader *reader, char mark)
{
    return reader->token.kind == TOKEN_MARK && reader->token.text.data[0] == mark;
}

static bool is_name(const struct reader *reader)
{
    return reader->token.kind == TOKEN_WORD || reader->token.kind == TOKEN_NAME;
}

/* ---- one statement ---- */

struct privilege {
    struct str name;
    size_t column_from, column_to; /* of statement.columns; none: the whole table */
};

struct statement {
    bool is_revoke, has_target, is_on_source;
    struct privilege privileges[PRIVILEGES_MAX];
    size_t privilege_count;
    struct str columns[COLUMNS_MAX];
    size_t column_count;
    enum grant_level level;
    struct str database, table, grantee;
};

/* "(a, b)" behind a privilege */
static void read_columns(struct reader *reader, struct statement *s)
{
    step(reader);
    while (!reader->is_bad && !is_mark(reader, ')')) {
        if (!is_name(reader) || s->column_count == COLUMNS_MAX) {
            reader->is_bad = true;
            return;
        }
        s->columns[s->column_count++] = reader->token.text;
        step(reader);
        if (is_mark(reader, ',')) {
            step(reader);
        }
    }
    step(reader);
}

/* "SELECT(a), SHOW TABLES": up to ON, TO or FROM. A role's name may be quoted. */
static void read_privileges(struct reader *reader, struct statement *s)
{
    while (!reader->is_bad) {
        if (s->privilege_count == PRIVILEGES_MAX || !is_name(reader)) {
            reader->is_bad = true;
            return;
        }
        struct privilege *privilege = &s->privileges[s->privilege_count++];
        const char *from = reader->token.text.data;
        bool is_quoted = reader->token.kind == TOKEN_NAME;
        privilege->name = reader->token.text;
        for (step(reader); !is_quoted && reader->token.kind == TOKEN_WORD; step(reader)) {
            if (is_word(reader, STR("ON")) || is_word(reader, STR("TO")) || is_word(reader, STR("FROM"))) {
                break;
            }
            privilege->name.len = (size_t)(reader->token.text.data + reader->token.text.len - from);
        }
        privilege->column_from = s->column_count;
        if (is_mark(reader, '(')) {
            read_columns(reader, s);
        }
        privilege->column_to = s->column_count;
        if (!is_mark(reader, ',')) {
            return;
        }
        step(reader);
    }
}

/* name, name* or *; *ret_is_open: it may go on */
static struct str read_part(struct reader *reader, bool *ret_is_open)
{
    struct str name = {NULL, 0};
    if (is_name(reader)) {
        name = reader->token.text;
        step(reader);
    } else if (!is_mark(reader, '*')) {
        reader->is_bad = true;
        return name;
    }
    *ret_is_open = is_mark(reader, '*');
    if (*ret_is_open) {
        step(reader);
    }
    return name;
}

static void read_target(struct reader *reader, struct statement *s)
{
    bool database_open = false, table_open = false;
    step(reader); /* ON */
    s->has_target = true;
    s->database = read_part(reader, &database_open);
    if (!is_mark(reader, '.')) { /* S3, S3('regexp'), *, a named collection */
        s->is_on_source = true;
        while (reader->token.kind != TOKEN_END && !is_word(reader, STR("TO")) && !is_word(reader, STR("FROM"))) {
            step(reader);
        }
        return;
    }
    step(reader);
    s->table = read_part(reader, &table_open);
    s->level = database_open ? (s->database.len == 0 ? GRANT_GLOBAL : GRANT_DATABASES)
               : table_open  ? (s->table.len == 0 ? GRANT_DATABASE : GRANT_TABLES)
                             : GRANT_TABLE;
    reader->is_bad |= database_open && !(table_open && s->table.len == 0);
}

static void read_statement(struct reader *reader, struct statement *s)
{
    step(reader);
    s->is_revoke = is_word(reader, STR("REVOKE"));
    reader->is_bad |= !s->is_revoke && !is_word(reader, STR("GRANT"));
    step(reader);
    read_privileges(reader, s);
    if (!reader->is_bad && is_word(reader, STR("ON"))) {
        read_target(reader, s);
    }
    reader->is_bad |= !is_word(reader, s->is_revoke ? STR("FROM") : STR("TO"));
    step(reader);
    reader->is_bad |= !is_name(reader);
    s->grantee = reader->token.text;
}

/* ---- the list ---- */

int grants_open(struct grants *grants, struct err *err)
{
    *grants = (struct grants){0};
    arena_init(&grants->arena, 16 << 20);
    grants->list = ARENA_NEW(&grants->arena, struct grant, GRANTS_MAX, err);
    return grants->list == NULL ? -1 : 0;
}

void grants_close(struct grants *grants)
{
    arena_clear(&grants->arena);
    grants->count = 0;
}

void own_grants(struct grants *grants)
{
    grants_close(grants);
}

static bool grantee_number(struct grants *grants, struct str name, uint32_t *ret_number)
{
    for (size_t i = 0; i < grants->grantee_count; i++) {
        if (str_eq(grants->grantees[i], name)) {
            *ret_number = (uint32_t)i;
            return true;
        }
    }
    if (grants->grantee_count > GRANTS_ROLES_MAX) {
        return false;
    }
    *ret_number = (uint32_t)grants->grantee_count;
    grants->grantees[grants->grantee_count++] = name;
    return true;
}

static void add_role(struct grants *grants, struct str name)
{
    for (size_t i = 0; i < grants->role_count; i++) {
        if (str_eq(grants->roles[i], name)) {
            return;
        }
    }
    if (grants->role_count == GRANTS_ROLES_MAX) {
        grants->is_partial = true;
        return;
    }
    grants->roles[grants->role_count++] = name;
}

static void add_one(struct grants *grants, const struct grant *grant)
{
    if (grants->count == GRANTS_MAX) {
        grants->is_partial = true;
        return;
    }
    grants->list[grants->count++] = *grant;
}

static void add_privilege(struct grants *grants, const struct statement *s, const struct privilege *privilege,
                          struct grant grant)
{
    grant.privilege = privilege->name;
    if (privilege->column_from == privilege->column_to) {
        add_one(grants, &grant);
    }
    for (size_t i = privilege->column_from; i < privilege->column_to; i++) {
        grant.level = GRANT_COLUMN;
        grant.column = s->columns[i];
        add_one(grants, &grant);
    }
}

int grants_add(struct grants *grants, struct str line, struct err *err)
{
    struct str kept = arena_str(&grants->arena, line, err);
    if (kept.data == NULL) {
        return -1;
    }
    struct statement s = {0};
    struct reader reader = {.rest = kept, .keep = &grants->arena};
    read_statement(&reader, &s);
    struct grant grant = {.line = kept,
                          .database = s.database,
                          .table = s.table,
                          .level = s.level,
                          .is_revoke = s.is_revoke,
                          .is_on_source = s.is_on_source};
    if (reader.is_bad || !grantee_number(grants, s.grantee, &grant.grantee)) {
        grants->is_partial = true;
        return 0;
    }
    for (size_t i = 0; i < s.privilege_count; i++) {
        if (s.has_target) {
            add_privilege(grants, &s, &s.privileges[i], grant);
        } else {
            add_role(grants, s.privileges[i].name);
        }
    }
    return 0;
}

/* ---- what follows ---- */

static bool covers(const struct grant *grant, struct str database, struct str table, struct str column)
{
    switch (grant->level) {
    case GRANT_GLOBAL:
        return true;
    case GRANT_DATABASES:
        return str_starts(database, grant->database);
    case GRANT_DATABASE:
        return str_eq(database, grant->database);
    case GRANT_TABLES:
        return str_eq(database, grant->database) && str_starts(table, grant->table);
    case GRANT_TABLE:
        return str_eq(database, grant->database) && str_eq(table, grant->table);
    case GRANT_COLUMN:
        return str_eq(database, grant->database) && str_eq(table, grant->table) && str_eq(column, grant->column);
    }
    return false;
}

/* Deeper is more; of two beginnings of a name the longer. */
static size_t depth(const struct grant *grant)
{
    size_t begins = grant->level == GRANT_DATABASES ? grant->database.len
                    : grant->level == GRANT_TABLES  ? grant->table.len
                                                    : 0;
    return ((size_t)grant->level << 32) + begins;
}

static bool is_select(const struct grant *grant)
{
    return str_eq(grant->privilege, STR("SELECT")) || str_eq(grant->privilege, STR("ALL"));
}

static bool is_show(const struct grant *grant)
{
    return is_select(grant) || str_eq(grant->privilege, STR("SHOW TABLES")) || str_eq(grant->privilege, STR("SHOW"));
}

static bool allowed(const struct grants *grants, uint32_t grantee, bool (*kind)(const struct grant *),
                    struct str database, struct str table, struct str column)
{
    const struct grant *deepest = NULL;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->list[i];
        bool counts = !grant->is_on_source && grant->grantee == grantee && kind(grant);
        if (counts && covers(grant, database, table, column) && (deepest == NULL || depth(grant) >= depth(deepest))) {
            deepest = grant;
        }
    }
    return deepest != NULL && !deepest->is_revoke;
}

bool grants_select(const struct grants *grants, struct str database, struct str table, struct str column)
{
    for (uint32_t i = 0; i < grants->grantee_count; i++) {
        if (allowed(grants, i, is_select, database, table, column)) {
            return true;
        }
    }
    return false;
}

/* A whole database without an exception in it. */
static bool whole(const struct grants *grants, uint32_t grantee, struct str database)
{
    if (!allowed(grants, grantee, is_show, database, (struct str){"", 0}, (struct str){"", 0})) {
        return false;
    }
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->list[i];
        if (grant->is_revoke && grant->grantee == grantee && grant->level > GRANT_DATABASE && is_show(grant) &&
            str_eq(grant->database, database)) {
            return false;
        }
    }
    return true;
}

bool grants_show_all(const struct grants *grants, struct str database)
{
    for (uint32_t i = 0; i < grants->grantee_count; i++) {
        if (whole(grants, i, database)) {
            return true;
        }
    }
    return false;
}

bool grants_show_databases(const struct grants *grants)
{
    bool is_given = false;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->list[i];
        bool is_about = is_show(grant) || str_eq(grant->privilege, STR("SHOW DATABASES"));
        if (is_about && grant->is_revoke && grant->level <= GRANT_DATABASE) {
            return false;
        }
        is_given |= is_about && grant->level == GRANT_GLOBAL && !grant->is_on_source;
    }
    return is_given;
}

struct str grants_why(const struct grants *grants, struct str database)
{
    const struct grant *best = NULL;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->list[i];
        bool counts = !grant->is_revoke && !grant->is_on_source && grant->level <= GRANT_DATABASE && is_show(grant);
        if (counts && covers(grant, database, (struct str){"", 0}, (struct str){"", 0}) &&
            (best == NULL || depth(grant) > depth(best))) {
            best = grant;
        }
    }
    return best == NULL ? (struct str){"", 0} : best->line;
}

bool grants_are_all(const struct grants *grants)
{
    bool found = false;
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *grant = &grants->list[i];
        found |= !grant->is_revoke && grant->level == GRANT_GLOBAL && !grant->is_on_source &&
                 str_eq(grant->privilege, STR("ALL"));
        if (grant->is_revoke) {
            return false;
        }
    }
    return found;
}
