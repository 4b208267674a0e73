/* The tables that a statement names, and its shape: what is left when values count as one another's equal. */
#include "trace/statement_inside.h"

#include "base/banned.h"

/* ---- shape ---- */

void shape_mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *hash ^= *hash >> 29;
}

/* Values are one another's equal, and a list of them is as good as one. */
void shape_add(struct reading *r)
{
    enum token_kind kind = r->now.kind;
    bool is_value = kind == TOKEN_STRING || kind == TOKEN_NUMBER || kind == TOKEN_HEX || kind == TOKEN_BLANK;
    if (is_value && r->after_value && r->comma_waits) {
        r->comma_waits = false;
        return;
    }
    if (r->comma_waits) {
        shape_mix(&r->out.shape, ',');
        r->comma_waits = false;
    }
    if (r->after_value && is_sign(&r->now, ',')) {
        r->comma_waits = true;
        return;
    }
    r->after_value = is_value;
    if (is_value) {
        shape_mix(&r->out.shape, '?');
        return;
    }
    uint64_t token = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < r->now.text.len; i++) {
        char c = r->now.text.data[i];
        token = (token ^ (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c)) * UINT64_C(0x100000001b3);
    }
    shape_mix(&r->out.shape, token);
}

/* ---- tables ---- */

static bool is_catalog(const struct reading *r, struct table_name table)
{
    static const char *const schemas[] = {"information_schema", "pg_catalog", "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        if (word_is(table.schema, schemas[i])) {
            return true;
        }
    }
    bool is_pg = r->lex.dialect == DIALECT_POSTGRES && table.schema.len == 0 && table.name.len > 3 &&
                 str_eq_nocase(str_slice(table.name, 0, 3), STR("pg_"));
    return is_pg || word_is(table.schema, "mysql");
}

static bool is_secret(struct table_name table)
{
    static const char *const mysql[] = {"user", "global_priv", "db", "password_history"};
    static const char *const postgres[] = {"pg_shadow", "pg_authid", "pg_user_mapping", "pg_user_mappings"};
    for (size_t i = 0; i < 4; i++) {
        if ((word_is(table.schema, "mysql") && word_is(table.name, mysql[i])) || word_is(table.name, postgres[i])) {
            return true;
        }
    }
    return false;
}

/* WITH x AS (...) SELECT * FROM x: no table of that name is meant. */
static bool is_with_name(const struct reading *r, struct table_name table)
{
    for (size_t i = 0; i < r->with_count && table.schema.len == 0; i++) {
        if (str_eq_nocase(r->with[i], table.name)) {
            return true;
        }
    }
    return false;
}

void table_add(struct reading *r, struct table_name table)
{
    struct statement *out = &r->out;
    r->arm.has_from = true;
    if (is_with_name(r, table)) {
        return;
    }
    if (is_secret(table)) {
        r->has_secret = true;
    }
    if (is_catalog(r, table)) {
        r->has_catalog = true;
        return;
    }
    r->arm.tables++;
    for (size_t i = 0; i < out->table_count; i++) {
        if (str_eq(out->tables[i].name, table.name) && str_eq(out->tables[i].schema, table.schema)) {
            return;
        }
    }
    if (out->table_count < STATEMENT_TABLES) {
        out->tables[out->table_count++] = table;
    } else {
        out->has_more_tables = true;
    }
}

struct table_name table_read(struct reading *r)
{
    struct table_name table = {.name = r->now.text};
    while (is_sign(&r->next, '.')) {
        step(r);
        shape_add(r);
        if (!is_name(&r->next)) {
            break;
        }
        step(r);
        shape_add(r);
        table.schema = table.name;
        table.name = r->now.text;
    }
    return table;
}

bool table_is_note(struct str name)
{
    static const char *const marks[] = {"readme",      "warning",    "ransom", "recover",
                                        "please_read", "pleaseread", "how_to", "hacked"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_find_nocase(name, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}
