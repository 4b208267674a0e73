/* Tables of a dump and their columns: from CREATE TABLE, from an insert's own list, or numbered. */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "formats/sql_inside.h"
#include "formats/sqldump.h"

#include "base/banned.h"

enum { NAME_BYTES = 512 };

/* "shop.customers"; without the names that every dump of its kind has. Into text[NAME_BYTES]. */
static struct str display_name(char *text, struct str outer, struct str name)
{
    static const char *const usual[] = {"", "public", "dbo", "main"};
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
        if (str_eq_nocase(outer, str_of(usual[i]))) {
            return str_slice(name, 0, NAME_BYTES);
        }
    }
    outer = str_slice(outer, 0, NAME_BYTES / 2 - 1);
    name = str_slice(name, 0, NAME_BYTES / 2);
    memcpy(text, outer.data, outer.len);
    text[outer.len] = '.';
    memcpy(text + outer.len + 1, name.data, name.len);
    return (struct str){text, outer.len + 1 + name.len};
}

static bool has_columns(const struct shape *shape, const struct str *columns, size_t count)
{
    bool same = shape->column_count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = str_eq(shape->columns[i], columns[i]);
    }
    return same;
}

static struct shape **chain_of(struct dump *dump, struct str name)
{
    return &dump->shapes->by_hash[str_hash(name) % SHAPE_HASHES];
}

struct shape *sqldump_find_shape(struct dump *dump, struct str outer, struct str name, size_t columns)
{
    char text[NAME_BYTES];
    struct str shown = display_name(text, outer, name);
    for (struct shape *shape = *chain_of(dump, shown); shape != NULL; shape = shape->older) {
        if (str_eq(shape->name, shown) && (columns == 0 || has_columns(shape, dump->scratch, columns))) {
            return shape;
        }
    }
    return NULL;
}

/* What a column of that name holds, as the newest list of the table that has it says. */
static unsigned char kind_of(const struct shape *known, struct str name, struct str column)
{
    for (; known != NULL; known = known->older) {
        for (size_t i = 0; str_eq(known->name, name) && known->kinds != NULL && i < known->column_count; i++) {
            if (str_eq_nocase(known->columns[i], column)) {
                return known->kinds[i];
            }
        }
    }
    return SQL_TEXT;
}

static bool name_columns(struct dump *dump, struct shape *shape, bool is_named, struct err *err)
{
    struct arena *names = &dump->shapes->names;
    for (size_t i = 0; i < shape->column_count; i++) {
        char numbered[32];
        (void)snprintf(numbered, sizeof(numbered), "column%zu", i + 1);
        shape->columns[i] = arena_str(names, is_named ? dump->scratch[i] : str_of(numbered), err);
        if (shape->columns[i].data == NULL) {
            return false;
        }
    }
    return true;
}

struct shape *sqldump_add_shape(struct dump *dump, struct str outer, struct str name, size_t columns, bool is_named,
                                struct err *err)
{
    char text[NAME_BYTES];
    struct arena *names = &dump->shapes->names;
    struct shape *shape = ARENA_NEW(names, struct shape, 1, err);
    if (shape == NULL) {
        return NULL;
    }
    struct shape **chain = NULL;
    *shape = (struct shape){.column_count = columns, .is_named = is_named, .is_wanted = true};
    shape->name = arena_str(names, display_name(text, outer, name), err);
    shape->columns = shape->name.data == NULL ? NULL : ARENA_NEW(names, struct str, columns, err);
    if (shape->columns == NULL || !name_columns(dump, shape, is_named, err)) {
        return NULL;
    }
    chain = chain_of(dump, shape->name);
    unsigned char any = 0;
    for (size_t i = 0; is_named && i < columns; i++) {
        unsigned char kind = kind_of(*chain, shape->name, shape->columns[i]);
        dump->kinds[i] = dump->kinds[i] != SQL_TEXT ? dump->kinds[i] : kind;
        any |= dump->kinds[i];
    }
    if (any != 0) {
        shape->kinds = arena_take(names, columns, err);
        if (shape->kinds == NULL) {
            return NULL;
        }
        memcpy(shape->kinds, dump->kinds, columns);
    }
    shape->older = *chain;
    *chain = shape;
    return shape;
}

/* "we""ird" -> we"ird. A pair of quotes stands in a name only where it was quoted. */
static struct str shown_name(struct arena *names, struct str name, struct err *err)
{
    static const char *const pairs[] = {"\"\"", "``", "]]"};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (str_find(name, str_of(pairs[i]), 0) == SIZE_MAX) {
            continue;
        }
        struct str shown = arena_str(names, name, err);
        char *out = (char *)(uintptr_t)shown.data;
        if (out != NULL) {
            shown.len = (size_t)(sql_unescape(out, name.data, name.data + name.len, *pairs[i], SQL_DOUBLED) - out);
        }
        return shown;
    }
    return name;
}

static int tell(struct dump *dump, struct shape *shape, struct err *err)
{
    struct arena *names = &dump->shapes->names;
    for (size_t i = 0; i < shape->column_count; i++) {
        dump->scratch[i] = shown_name(names, shape->columns[i], err);
        if (dump->scratch[i].data == NULL) {
            return -1;
        }
    }
    struct table_shape told = {shown_name(names, shape->name, err), dump->scratch, shape->column_count,
                               shape->is_named};
    if (told.name.data == NULL) {
        return -1;
    }
    shape->is_told = true;
    shape->number = dump->shapes->told++;
    return dump->sink->table(dump->sink->self, shape->number, &told, &shape->is_wanted, err);
}

int sqldump_begin_rows(struct dump *dump, struct shape *shape, struct err *err)
{
    if (dump->current != shape) {
        TRY(sqldump_flush(dump, err));
        dump->current = shape;
        dump->reading.columns = shape->kinds;
        dump->reading.column_count = shape->column_count;
    }
    size_t needed = shape->column_count * TABLE_BATCH_ROWS;
    if (dump->cell_room < needed) {
        struct str *cells = realloc(dump->cells, needed * sizeof(*cells));
        if (cells == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu columns", shape->column_count);
        }
        dump->cells = cells;
        dump->cell_room = needed;
    }
    if (shape->is_told || shape->is_refused) {
        return 0;
    }
    if (dump->shapes->told == TABLE_TABLES_MAX) {
        shape->is_refused = true;
        shape->is_wanted = false;
        return 0;
    }
    return tell(dump, shape, err);
}

/* ---- CREATE TABLE ---- */

static bool is_one_of(struct str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(word, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_constraint(struct str word)
{
    static const char *const words[] = {"primary", "key",      "unique",  "constraint", "index",  "foreign",
                                        "check",   "fulltext", "spatial", "exclude",    "period", "like"};
    return is_one_of(word, words, sizeof(words) / sizeof(*words));
}

/* The word behind a column's name. Text between quotes holds bytes in such a column only where backslashes count. */
static unsigned char kind_of_type(const struct sql_cursor *c)
{
    static const char *const words[] = {"binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "bit"};
    struct sql_cursor ahead = *c;
    struct str outer, type;
    if (sql_skip_space(&ahead) != SQL_FOUND || sql_name(&ahead, &outer, &type) != SQL_FOUND) {
        return SQL_TEXT;
    }
    if (str_eq_nocase(type, STR("bytea"))) {
        return SQL_BYTEA;
    }
    return c->has_backslashes && is_one_of(type, words, sizeof(words) / sizeof(*words)) ? SQL_BYTES : SQL_TEXT;
}

/* Names of "(a int, b text, primary key (a))"; the cursor stands at '('. */
static enum sql_found definitions(struct sql_cursor *c, struct str *names, unsigned char *kinds, size_t *ret_count)
{
    size_t depth = 1;
    size_t count = 0;
    bool at_start = true;
    c->at++;
    while (depth > 0) {
        enum sql_found found = sql_skip_space(c);
        if (found != SQL_FOUND || c->at == c->end) {
            return found == SQL_BROKEN ? found : SQL_MORE;
        }
        if (at_start) {
            struct str outer;
            char first = *c->at;
            at_start = false;
            found = count < TABLE_COLUMNS_MAX ? sql_name(c, &outer, &names[count]) : SQL_BROKEN;
            if (found != SQL_FOUND) {
                return found;
            }
            bool is_quoted = first == '`' || first == '"' || first == '[';
            kinds[count] = kind_of_type(c);
            count += is_quoted || !is_constraint(names[count]);
            continue;
        }
        char byte = *c->at;
        depth += byte == '(';
        depth -= byte == ')';
        at_start = byte == ',' && depth == 1;
        found = sql_skip_token(c);
        if (found != SQL_FOUND) {
            return found;
        }
    }
    *ret_count = count;
    return SQL_FOUND;
}

int sqldump_create(struct dump *dump, struct sql_cursor c, bool *ret_may_have_body, struct err *err)
{
    struct str outer, name;
    static const char *const before[] = {"temporary", "temp", "unlogged", "global",
                                         "local",     "or",   "replace",  "definer"};
    (void)err;
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        (void)sql_is_word(&c, before[i]);
    }
    *ret_may_have_body = sql_is_word(&c, "trigger") || sql_is_word(&c, "procedure") || sql_is_word(&c, "function");
    if (!sql_is_word(&c, "table")) {
        return 0;
    }
    if (sql_is_word(&c, "if")) {
        (void)sql_is_word(&c, "not");
        (void)sql_is_word(&c, "exists");
    }
    size_t count = 0;
    if (sql_name(&c, &outer, &name) != SQL_FOUND || sql_skip_space(&c) != SQL_FOUND || c.at == c.end || *c.at != '(' ||
        dump->credit < CREATE_BYTES) {
        return 0;
    }
    const char *start = c.at;
    if (definitions(&c, dump->scratch, dump->kinds, &count) != SQL_FOUND || count == 0) {
        sqldump_spend(dump, (size_t)(c.at - start));
        return 0;
    }
    if (sqldump_find_shape(dump, outer, name, count) != NULL) {
        return 0;
    }
    (void)sqldump_add_shape(dump, outer, name, count, true,
                            NULL); /* without memory an insert of it is told as it comes */
    return 0;
}
