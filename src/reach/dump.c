/* What an account reads by what dumps say of tables and grants. The rules are those of the servers' manuals: MySQL adds the grants
 * on everything, on a database and on a table; PostgreSQL wants the right on the table and USAGE on its schema, counts roles
 * in, and lets an owner and a superuser read everything. */
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "reach/dump.h"
#include "reach/inside.h"

#include "base/banned.h"

enum { ROLES_MAX = 64, ACCOUNTS_MAX = 100 };

/* An account under the eye. */
struct reader {
    struct reach *reach;
    const struct dump_model *model;
    struct place place;
    struct str name; /* of the account; empty: nobody in particular */
    enum dump_family family;
    struct str roles[ROLES_MAX]; /* itself first */
    size_t role_count;
    const struct dump_grant **wide; /* its grants that are on more than a table */
    size_t wide_count;
    uint32_t powers;
    bool reads_all, sees_all_rows;
    struct fit power_records, databases;
    struct tally all;
    uint64_t scopes[SCOPE_COUNT];
    struct survey_column *columns; /* DUMP_COLUMNS_MAX */
};

/* ---- who it is ---- */

static bool is_mine(const struct reader *r, struct str who)
{
    for (size_t i = 0; i < r->role_count; i++) {
        if (str_eq(r->roles[i], who)) {
            return true;
        }
    }
    return r->family == FAMILY_POSTGRESQL && str_eq_nocase(who, STR("public"));
}

/* Roles of roles, until nothing is added. */
static void take_roles(struct reader *r)
{
    r->roles[r->role_count++] = r->name;
    for (size_t before = 0; before != r->role_count;) {
        before = r->role_count;
        for (size_t i = 0; i < r->model->grant_count && r->role_count < ROLES_MAX; i++) {
            const struct dump_grant *grant = &r->model->grants[i];
            if (grant->on == ON_ROLE && is_mine(r, grant->who) && !is_mine(r, grant->name)) {
                r->roles[r->role_count++] = grant->name;
            }
        }
    }
}

static void take_powers_of_roles(struct reader *r)
{
    static const enum dump_power powers[] = {POWER_READ_ALL, POWER_READ_FILES, POWER_WRITE_FILES, POWER_PROGRAM};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        for (size_t role = 1; role < r->role_count; role++) {
            bool has = str_eq(r->roles[role], str_of(dump_power_name(powers[i])));
            r->powers |= has ? UINT32_C(1) << powers[i] : 0;
        }
    }
}

static int say_powers(struct reader *r, struct err *err)
{
    for (unsigned p = 0; p < POWER_COUNT; p++) {
        const char *name = dump_power_name((enum dump_power)p);
        const char *from = "";
        if ((r->powers >> p & 1) == 0) {
            continue;
        }
        for (size_t i = 0; i < r->wide_count && *from == '\0'; i++) {
            from = (r->wide[i]->powers >> p & 1) != 0 ? r->wide[i]->text.data : "";
        }
        TRY(fit_add(&r->power_records,
                    json_pack("{s:s,s:s,s:o}", "name", name, "means", dump_power_means((enum dump_power)p), "from",
                              assay_text(str_of(*from != '\0' ? from : "member of a role"), NAME_BYTES)),
                    err));
        OWN(own_json) json_t *text = json_string(name);
        size_t i;
        const json_t *known;
        bool is_known = false;
        json_array_foreach(r->reach->totals.powers, i, known)
        {
            is_known = is_known || json_equal(known, text) != 0;
        }
        if (!is_known) {
            (void)json_array_append(r->reach->totals.powers, text);
        }
    }
    return 0;
}

static int meet(struct reader *r, struct err *err)
{
    const struct dump_model *model = r->model;
    take_roles(r);
    take_powers_of_roles(r);
    r->columns = calloc(DUMP_COLUMNS_MAX, sizeof *r->columns);
    r->wide = calloc(model->grant_count + 1, sizeof *r->wide);
    if (r->columns == NULL || r->wide == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < model->grant_count; i++) {
        const struct dump_grant *grant = &model->grants[i];
        bool is_wide = grant->on != ON_TABLE && grant->on != ON_ROLE;
        if (is_wide && is_mine(r, grant->who)) {
            r->wide[r->wide_count++] = grant;
            r->powers |= grant->powers;
        }
    }
    uint32_t superuser = UINT32_C(1) << POWER_SUPERUSER;
    r->reads_all = (r->powers & (superuser | UINT32_C(1) << POWER_READ_ALL)) != 0;
    r->sees_all_rows = (r->powers & (superuser | UINT32_C(1) << POWER_BYPASSRLS)) != 0;
    return say_powers(r, err);
}

static void reader_clear(struct reader *r)
{
    own_fit(&r->power_records);
    own_fit(&r->databases);
    free(r->columns);
    free((void *)r->wide);
}

/* ---- what it reads ---- */

/* MySQL's names of databases in grants: % and _ stand for others, \ takes that from them. Linear: one % is tried at a time. */
static bool is_like(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, from = 0;
    while (n < name.len) {
        bool is_literal = p + 1 < pattern.len && pattern.data[p] == '\\';
        size_t at = p + is_literal;
        if (p < pattern.len && !is_literal && pattern.data[p] == '%') {
            star = p++;
            from = n;
        } else if (at < pattern.len && (pattern.data[at] == name.data[n] || (!is_literal && pattern.data[at] == '_'))) {
            p = at + 1;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '%') {
        p++;
    }
    return p == pattern.len;
}

static bool is_wide_enough(const struct dump_grant *grant, const struct dump_table *table)
{
    if (!grant->reads) {
        return false;
    }
    switch (grant->on) {
    case ON_EVERYTHING:
        return true;
    case ON_DATABASE:
        return is_like(grant->database, table->database);
    case ON_TABLES_OF_SCHEMA:
        return str_eq(grant->schema, table->schema) && str_eq(grant->database, table->database);
    case ON_SCHEMA:
    case ON_TABLE:
    case ON_ROLE:
        break;
    }
    return false;
}

/* PostgreSQL's USAGE; everybody has it on public unless it was taken away, which a dump says by granting it anew. */
static bool may_enter(const struct reader *r, const struct dump_table *table)
{
    if (r->family != FAMILY_POSTGRESQL || table->schema.len == 0 || str_eq(table->schema, STR("public")) ||
        r->reads_all) {
        return true;
    }
    for (size_t i = 0; i < r->wide_count; i++) {
        if (r->wide[i]->on == ON_SCHEMA && str_eq(r->wide[i]->schema, table->schema)) {
            return true;
        }
    }
    return false;
}

static int compare_grants(const void *a, const void *b)
{
    const struct dump_grant *one = a, *two = b;
    return one->hash < two->hash ? -1 : one->hash > two->hash;
}

/* The first grant on a table with this hash; the grants are in the order of their hashes. */
static size_t first_grant(const struct dump_model *model, uint64_t hash)
{
    size_t lo = 0, hi = model->grant_count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (model->grants[middle].hash < hash) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo;
}

/* What the account may do with one table. */
struct allowed {
    bool all_columns, is_owner, has_row_security;
    size_t columns; /* set in the reader's */
};

static void allow_columns(struct reader *r, const struct dump_table *table, const struct dump_grant *grant,
                          struct allowed *allowed)
{
    for (size_t c = 0; c < table->column_count; c++) {
        for (size_t i = 0; i < grant->column_count && !r->columns[c].is_readable; i++) {
            if (str_eq(grant->columns[i], table->columns[c].name)) {
                r->columns[c].is_readable = true;
                allowed->columns++;
            }
        }
    }
}

static struct allowed look_up(struct reader *r, const struct dump_table *table)
{
    const struct dump_model *model = r->model;
    struct allowed allowed = {.all_columns = r->reads_all};
    for (size_t c = 0; c < table->column_count; c++) {
        r->columns[c] = (struct survey_column){table->columns[c].name, table->columns[c].type, false};
    }
    for (size_t i = 0; i < r->wide_count && !allowed.all_columns; i++) {
        allowed.all_columns = is_wide_enough(r->wide[i], table);
    }
    for (size_t i = first_grant(model, table->hash); i < model->grant_count && model->grants[i].hash == table->hash;
         i++) {
        const struct dump_grant *grant = &model->grants[i];
        bool is_this = grant->on == ON_TABLE && str_eq(grant->name, table->name) &&
                       str_eq(grant->schema, table->schema) && str_eq(grant->database, table->database);
        allowed.has_row_security = allowed.has_row_security || (is_this && grant->is_row_security);
        if (!is_this || !grant->reads || !is_mine(r, grant->who)) {
            continue;
        }
        allowed.is_owner = allowed.is_owner || str_eq(grant->text, STR("owner of the table"));
        allowed.all_columns = allowed.all_columns || grant->column_count == 0;
        allow_columns(r, table, grant, &allowed);
    }
    return allowed;
}

static int look_at_table(struct reader *r, const struct dump_table *table, struct tally *tally, uint64_t *closed,
                         struct err *err)
{
    struct allowed allowed = look_up(r, table);
    bool is_enterable = may_enter(r, table) || allowed.is_owner;
    bool is_open = is_enterable && (allowed.all_columns || allowed.columns != 0);
    OWN(own_buf) struct buf name = {0};
    char unsampled[WHY_BYTES];
    for (size_t c = 0; c < table->column_count; c++) {
        r->columns[c].is_readable = is_open && (allowed.all_columns || r->columns[c].is_readable);
    }
    if (table->schema.len != 0 && !str_eq(table->schema, STR("public"))) {
        buf_put(&name, table->schema);
        buf_putc(&name, '.');
    }
    buf_put(&name, table->name);
    TRY(buf_check(&name, err));
    struct str closed_why = r->name.len == 0 ? STR("nothing in the dumps says who reads it")
                            : !is_enterable  ? STR("no right on its schema")
                                             : STR("no grant in the dumps reads it");
    bool is_held = allowed.has_row_security && !r->sees_all_rows && !allowed.is_owner;
    struct survey_table shown = {
        .database = table->database,
        .name = buf_str(&name),
        .columns = r->columns,
        .column_count = table->column_count,
        .is_view = table->is_view,
        .unreadable = is_open ? STR("") : closed_why,
        .partial = is_open && is_held ? STR("row-level security") : STR(""),
    };
    *closed += !is_open;
    return table_look(r->reach, &r->place, NULL, &shown, tally, unsampled, err);
}

static int say_database(struct reader *r, struct str name, const struct tally *tally, enum scope scope, const char *why,
                        struct err *err)
{
    bool is_system = str_eq(name, STR("mysql")) || str_eq(name, STR("information_schema"));
    r->scopes[scope] += !is_system;
    tally_plus(&r->all, tally);
    r->reach->totals.databases += !is_system;
    return fit_add(&r->databases,
                   json_pack("{s:o,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:s,s:I}", "name", say_name(name), "scope",
                             scope_name(scope), "why", why, "system", is_system, "tables", (json_int_t)tally->tables,
                             "readable", (json_int_t)tally->readable, "partial", (json_int_t)tally->partial, "rows",
                             (json_int_t)tally->rows, "rows_kind", tally_rows_kind(tally), "bytes",
                             (json_int_t)tally->bytes),
                   err);
}

/* Tables [from, to) are those of one database. */
static int look_at_database(struct reader *r, size_t from, size_t to, struct err *err)
{
    const struct dump_table *tables = r->model->tables;
    struct tally tally = {0};
    uint64_t closed = 0;
    bool is_listed = false;
    for (size_t i = from; i < to; i++) {
        TRY(reach_goes_on(r->reach, err));
        is_listed = is_listed || !tables[i].is_granted_only;
        TRY(look_at_table(r, &tables[i], &tally, &closed, err));
    }
    const char *why = "of the tables in the dumps";
    enum survey_scope said = is_listed ? SURVEY_SCOPE_WHOLE : SURVEY_SCOPE_UNKNOWN;
    enum scope scope = r->name.len == 0 ? SCOPE_UNKNOWN : scope_of_database(said, &tally, &why);
    why = r->name.len == 0 ? "nothing in the dumps says who reads it" : why;
    if (closed != 0) {
        TRY(say_coverage(r->reach->sink, r->place.uri.data, "table not readable", tables[from].database.data, NULL,
                         closed, NULL, err));
    }
    return say_database(r, tables[from].database, &tally, scope, why, err);
}

/* Grants over databases whose tables no dump lists. */
static int look_at_unlisted(struct reader *r, struct err *err)
{
    for (size_t i = 0; i < r->wide_count; i++) {
        const struct dump_grant *grant = r->wide[i];
        bool is_listed = grant->on == ON_EVERYTHING && r->model->table_count != 0;
        for (size_t t = 0; t < r->model->table_count && !is_listed; t++) {
            is_listed = grant->on == ON_DATABASE && is_like(grant->database, r->model->tables[t].database);
        }
        if (!is_listed && grant->reads && (grant->on == ON_EVERYTHING || grant->on == ON_DATABASE)) {
            struct tally nothing = {.rows_kinds = HAS_UNKNOWN};
            TRY(say_database(r, grant->on == ON_EVERYTHING ? STR("*") : grant->database, &nothing, SCOPE_ENTIRE,
                             grant->text.data, err));
        }
    }
    return 0;
}

static const char *product_of(enum dump_family family)
{
    return family == FAMILY_MYSQL ? "MySQL or MariaDB" : family == FAMILY_POSTGRESQL ? "PostgreSQL" : NULL;
}

static int say_account(struct reader *r, const char *credential, const char *why, struct err *err)
{
    struct totals *totals = &r->reach->totals;
    const struct tally *t = &r->all;
    enum scope scope = r->name.len == 0 ? SCOPE_UNKNOWN : scope_over(r->scopes);
    bool reads = t->readable != 0 || r->scopes[SCOPE_ENTIRE] != 0;
    totals->accounts++;
    totals->best = scope > totals->best ? scope : totals->best;
    json_t *body =
        json_pack("{s:s,s:s*,s:o,s:s,s:s,s:s*,s:o*,s:o,s:o,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:I,s:b}", "class", "account",
                  "credential", credential, "uri", assay_text(r->place.uri, 1024), "status", "from a dump", "why", why,
                  "product", product_of(r->family), "account", r->name.len != 0 ? say_name(r->name) : NULL, "powers",
                  r->power_records.array != NULL ? json_incref(r->power_records.array) : json_array(), "databases",
                  r->databases.array != NULL ? json_incref(r->databases.array) : json_array(), "scope",
                  scope_name(scope), "tables", (json_int_t)t->tables, "readable", (json_int_t)t->readable, "partial",
                  (json_int_t)t->partial, "columns", (json_int_t)t->columns, "rows", (json_int_t)t->rows, "rows_kind",
                  tally_rows_kind(t), "bytes", (json_int_t)t->bytes, "counted", reads);
    return assay_emit(r->reach->sink, ASSAY_MEASURE, body, err);
}

static int look_as(struct reader *r, const char *credential, struct err *err)
{
    const struct dump_model *model = r->model;
    TRY(meet(r, err));
    for (size_t from = 0, to; from < model->table_count; from = to) {
        for (to = from + 1;
             to < model->table_count && str_eq(model->tables[to].database, model->tables[from].database);) {
            to++;
        }
        TRY(look_at_database(r, from, to, err));
    }
    TRY(look_at_unlisted(r, err));
    return say_account(r, credential, r->name.len == 0 ? "no grant is in the dumps" : "by the grants in the dumps",
                       err);
}

/* ---- whom ---- */

static bool has_grants(const struct dump_model *model, struct str who)
{
    for (size_t i = 0; i < model->grant_count; i++) {
        if (str_eq(model->grants[i].who, who)) {
            return true;
        }
    }
    return false;
}

static enum dump_family family_of(const json_t *finding)
{
    const char *service = json_text(finding, "service", "");
    return strcmp(service, "mysql") == 0        ? FAMILY_MYSQL
           : strcmp(service, "postgresql") == 0 ? FAMILY_POSTGRESQL
           : strcmp(service, "sqlite") == 0     ? FAMILY_SQLITE
                                                : FAMILY_UNKNOWN;
}

static int look_for_target(struct reach *reach, const struct dump_model *model, struct target *target, struct err *err)
{
    struct str name = str_of(json_text(target->finding, "account", ""));
    enum dump_family family = family_of(target->finding);
    bool fits = family == model->family || model->family == FAMILY_UNKNOWN;
    bool is_file = family == FAMILY_SQLITE && model->grant_count == 0 && model->family == FAMILY_UNKNOWN;
    if (!is_file && (!fits || name.len == 0 || !has_grants(model, name))) {
        return 0;
    }
    struct reader r = {.reach = reach, .model = model, .name = is_file ? STR("file") : name, .family = family};
    r.place = (struct place){target->credential, target->uri, target->server, target->password};
    r.powers = is_file ? UINT32_C(1) << POWER_READ_ALL : 0; /* who has the file reads all of it */
    int failed = look_as(&r, target->credential, err);
    reader_clear(&r);
    target->is_said = target->skip != NULL;
    return failed;
}

static int look_for_name(struct reach *reach, const struct dump_model *model, struct str name, const char *dump,
                         struct err *err)
{
    struct reader r = {.reach = reach, .model = model, .name = name, .family = model->family};
    r.place = (struct place){NULL, str_of(dump), str_of(dump), NULL};
    int failed = look_as(&r, NULL, err);
    reader_clear(&r);
    return failed;
}

/* Without a tree: everybody to whom something is granted. */
static int look_for_all(struct reach *reach, const struct dump_model *model, struct err *err)
{
    const char *dump = reach->options->dumps[0];
    struct str names[ACCOUNTS_MAX];
    size_t count = 0, left_out = 0;
    for (size_t i = 0; i < model->grant_count; i++) {
        struct str who = model->grants[i].who;
        size_t n = 0;
        while (n < count && !str_eq(names[n], who)) {
            n++;
        }
        bool is_nobody = who.len == 0 || str_eq_nocase(who, STR("public"));
        if (n == count && !is_nobody && count < ACCOUNTS_MAX) {
            names[count++] = who;
        } else if (n == ACCOUNTS_MAX) {
            left_out++;
        }
    }
    for (size_t i = 0; i < count; i++) {
        TRY(look_for_name(reach, model, names[i], dump, err));
    }
    if (left_out != 0) {
        reach->is_complete = false;
        TRY(say_coverage(reach->sink, dump, "over the limit", NULL, NULL, left_out, "grants to further accounts", err));
    }
    return count != 0 ? 0 : look_for_name(reach, model, STR(""), dump, err);
}

/* ---- the model, in order ---- */

static int compare_tables(const void *a, const void *b)
{
    const struct dump_table *one = a, *two = b;
    int order = str_cmp(one->database, two->database);
    order = order != 0 ? order : str_cmp(one->schema, two->schema);
    return order != 0 ? order : str_cmp(one->name, two->name);
}

static bool is_same_table(const struct dump_table *a, const struct dump_table *b)
{
    return compare_tables(a, b) == 0;
}

/* Tables that only a grant names are tables; one that two dumps describe is one. */
static int settle(struct dump_model *model, struct err *err)
{
    size_t count = model->grant_count;
    for (size_t i = 0; i < count; i++) {
        const struct dump_grant *grant = &model->grants[i];
        struct dump_table *table = grant->on == ON_TABLE ? dump_add_table(model, err) : NULL;
        if (grant->on == ON_TABLE && table == NULL) {
            return -1;
        }
        if (table != NULL) {
            *table = (struct dump_table){.database = grant->database,
                                         .schema = grant->schema,
                                         .name = grant->name,
                                         .is_granted_only = true,
                                         .hash = grant->hash};
        }
    }
    if (model->table_count != 0) {
        qsort(model->tables, model->table_count, sizeof *model->tables, compare_tables);
    }
    size_t kept = 0;
    for (size_t i = 0; i < model->table_count; i++) {
        struct dump_table *last = kept != 0 ? &model->tables[kept - 1] : NULL;
        if (last != NULL && is_same_table(last, &model->tables[i])) {
            bool is_better = last->is_granted_only || model->tables[i].column_count > last->column_count;
            bool is_granted_only = last->is_granted_only && model->tables[i].is_granted_only;
            *last = is_better && !model->tables[i].is_granted_only ? model->tables[i] : *last;
            last->is_granted_only = is_granted_only;
        } else {
            model->tables[kept++] = model->tables[i];
        }
    }
    model->table_count = kept;
    if (model->grant_count != 0) {
        qsort(model->grants, model->grant_count, sizeof *model->grants, compare_grants);
    }
    return 0;
}

static int say_file(struct reach *reach, const char *path, const struct dump_model *model, uint64_t statements,
                    struct err *err)
{
    bool is_empty = model->statements == statements && model->family != FAMILY_POSTGRESQL;
    if (is_empty) {
        reach->is_complete = false;
    }
    return say_coverage(reach->sink, path, is_empty ? "no schema and no grants in it" : "read", NULL, NULL,
                        model->statements - statements, NULL, err);
}

int dumps_look(struct reach *reach, struct plan *plan, struct err *err)
{
    const struct assay_reach_options *options = reach->options;
    OWN(own_dump_model) struct dump_model model = {0};
    if (options->dump_count == 0) {
        return 0;
    }
    TRY(dump_model_open(&model, err));
    for (size_t i = 0; i < options->dump_count; i++) {
        uint64_t before = model.statements;
        TRY(dump_read_file(options->dumps[i], &model, err));
        TRY(say_file(reach, options->dumps[i], &model, before, err));
    }
    if (model.too_long + model.not_understood != 0) {
        reach->is_complete = false;
        TRY(say_coverage(reach->sink, options->dumps[0], "statements not understood", NULL, NULL,
                         model.too_long + model.not_understood, NULL, err));
    }
    TRY(settle(&model, err));
    if (options->heard == NULL) {
        return look_for_all(reach, &model, err);
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->targets[i].finding != NULL) {
            TRY(look_for_target(reach, &model, &plan->targets[i], err));
        }
    }
    return 0;
}
