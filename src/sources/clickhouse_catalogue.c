/* ClickHouse's catalogue, a page at a time: names and engines of tables, their columns, and sizes, which newer servers say in
 * system.tables and older ones in system.parts. Three questions a page, none of them a scan of a table. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/clickhouse.h"

#include "base/banned.h"

void clickhouse_put_name(struct buf *sql, struct str name)
{
    buf_putc(sql, '`');
    for (size_t i = 0; i < name.len; i++) {
        switch (name.data[i]) {
        case '`':
        case '\\':
            buf_putc(sql, '\\');
            buf_putc(sql, name.data[i]);
            break;
        case '\0':
            buf_puts(sql, "\\0");
            break;
        default:
            buf_putc(sql, name.data[i]);
        }
    }
    buf_putc(sql, '`');
}

void clickhouse_put_text(struct buf *sql, struct str text)
{
    buf_putc(sql, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\') {
            buf_putc(sql, '\\');
        }
        if (text.data[i] == '\0') {
            buf_puts(sql, "\\0");
        } else {
            buf_putc(sql, text.data[i]);
        }
    }
    buf_putc(sql, '\'');
}

/* DateTime is written in the zone of the column or the server; evidence is in UTC. */
static bool is_zoned(struct str type)
{
    struct str inner = str_starts(type, STR("Nullable(")) ? str_slice(type, 9, type.len) : type;
    return str_starts(inner, STR("DateTime"));
}

void clickhouse_put_select(struct buf *sql, const struct clickhouse_table *table)
{
    buf_puts(sql, "SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct clickhouse_column *column = &table->columns[i];
        if (!column->is_readable) {
            continue;
        }
        buf_puts(sql, is_zoned(column->type) ? "toString(" : "");
        clickhouse_put_name(sql, column->name);
        buf_puts(sql, is_zoned(column->type) ? ", 'UTC'), " : ", ");
    }
    buf_puts(sql, "'.' FROM ");
    clickhouse_put_name(sql, table->database);
    buf_putc(sql, '.');
    clickhouse_put_name(sql, table->name);
}

bool clickhouse_is_system(struct str database)
{
    return str_eq(database, STR("system")) || str_eq_nocase(database, STR("information_schema")) ||
           str_eq(database, STR("_temporary_and_external_tables"));
}

bool clickhouse_is_elsewhere(struct str database_engine)
{
    static const char *const own[] = {"Ordinary", "Atomic", "Memory", "Lazy", "Replicated", "Shared"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_eq(database_engine, str_of(own[i]))) {
            return false;
        }
    }
    return true;
}

bool clickhouse_is_own(enum clickhouse_engine engine)
{
    return engine == CLICKHOUSE_MERGE_TREE || engine == CLICKHOUSE_LOCAL;
}

/* MergeTree and its kin: "ReplicatedReplacingMergeTree". */
static bool is_merge_tree(struct str engine)
{
    static const char *const kinds[] = {"",           "Replacing",           "Summing",  "Aggregating",
                                        "Collapsing", "VersionedCollapsing", "Graphite", "Coalescing"};
    struct str family = STR("MergeTree");
    struct str shared = STR("Shared");
    struct str copied = STR("Replicated");
    if (!str_ends(engine, family)) {
        return false;
    }
    struct str kind = str_slice(engine, 0, engine.len - family.len);
    kind = str_starts(kind, copied)   ? str_slice(kind, copied.len, kind.len)
           : str_starts(kind, shared) ? str_slice(kind, shared.len, kind.len)
                                      : kind;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_eq(kind, str_of(kinds[i]))) {
            return true;
        }
    }
    return false;
}

static enum clickhouse_engine engine_of(struct str engine)
{
    static const struct {
        const char *name;
        enum clickhouse_engine is;
    } engines[] = {
        {"View", CLICKHOUSE_VIEW},           {"MaterializedView", CLICKHOUSE_VIEW},
        {"LiveView", CLICKHOUSE_VIEW},       {"WindowView", CLICKHOUSE_VIEW},
        {"Log", CLICKHOUSE_LOCAL},           {"TinyLog", CLICKHOUSE_LOCAL},
        {"StripeLog", CLICKHOUSE_LOCAL},     {"Memory", CLICKHOUSE_LOCAL},
        {"Kafka", CLICKHOUSE_CONSUMED},      {"RabbitMQ", CLICKHOUSE_CONSUMED},
        {"NATS", CLICKHOUSE_CONSUMED},       {"FileLog", CLICKHOUSE_CONSUMED},
        {"S3Queue", CLICKHOUSE_CONSUMED},    {"AzureQueue", CLICKHOUSE_CONSUMED},
        {"Executable", CLICKHOUSE_CONSUMED}, {"ExecutablePool", CLICKHOUSE_CONSUMED},
    };
    if (is_merge_tree(engine)) {
        return CLICKHOUSE_MERGE_TREE;
    }
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (str_eq(engine, str_of(engines[i].name))) {
            return engines[i].is;
        }
    }
    return CLICKHOUSE_ELSEWHERE; /* those that ask others, those over other tables, and those not known */
}

/* ---- one line, all lines ---- */

struct first {
    struct arena *keep;
    struct str *cells;
    size_t count;
    bool found;
};

static int on_first(void *self, const struct str *cells, struct err *err)
{
    struct first *first = self;
    for (size_t i = 0; !first->found && i < first->count; i++) {
        first->cells[i] = cells[i].data == NULL ? cells[i] : arena_str(first->keep, cells[i], err);
        if (cells[i].data != NULL && first->cells[i].data == NULL) {
            return -1;
        }
    }
    first->found = true;
    return 0;
}

int clickhouse_first(struct clickhouse *ch, struct str sql, size_t count, struct arena *keep, struct str *cells,
                     bool *ret_found, struct err *err)
{
    struct first first = {keep, cells, count, false};
    struct clickhouse_lines lines = {&first, on_first};
    TRY(clickhouse_http_ask(&ch->http, sql, count, true, &lines, err));
    *ret_found = first.found;
    return 0;
}

/* ---- databases ---- */

struct databases {
    struct arena *keep;
    struct buf list; /* of struct clickhouse_database */
};

static int on_database(void *self, const struct str *cells, struct err *err)
{
    struct databases *all = self;
    struct clickhouse_database database = {arena_str(all->keep, cells[0], err), arena_str(all->keep, cells[1], err)};
    if (database.name.data == NULL || database.engine.data == NULL) {
        return -1;
    }
    buf_put(&all->list, (struct str){(const char *)&database, sizeof database});
    return buf_check(&all->list, err);
}

int clickhouse_databases(struct clickhouse *ch, struct arena *keep, struct clickhouse_database **ret_databases,
                         size_t *ret_count, struct err *err)
{
    struct databases all = {.keep = keep, .list = {.max = 64 << 20}};
    struct clickhouse_lines lines = {&all, on_database};
    int result = clickhouse_http_ask(&ch->http, STR("SELECT name, engine, '.' FROM system.databases ORDER BY name"), 2,
                                     true, &lines, err);
    size_t count = all.list.len / sizeof **ret_databases;
    struct clickhouse_database *databases = result == 0 ? arena_take(keep, all.list.len + 1, err) : NULL;
    if (databases != NULL && count > 0) {
        memcpy(databases, all.list.data, all.list.len);
    }
    buf_free(&all.list);
    *ret_databases = databases;
    *ret_count = count;
    return databases == NULL ? -1 : 0;
}

/* ---- a page of tables ---- */

struct page {
    struct arena *keep;
    struct str database;
    struct clickhouse_table *tables;
    size_t count;
    struct buf columns; /* of struct clickhouse_column, those of one table together */
    size_t current;     /* the table they are of; SIZE_MAX: of none */
};

static int on_table(void *self, const struct str *cells, struct err *err)
{
    struct page *page = self;
    if (page->count == CLICKHOUSE_PAGE_TABLES) {
        return err_set(err, ERR_FORMAT, "the server sent more tables than it was asked for");
    }
    struct str name = arena_str(page->keep, cells[0], err);
    struct str engine = arena_str(page->keep, cells[1], err);
    if (name.data == NULL || engine.data == NULL) {
        return -1;
    }
    if (page->count > 0 && str_cmp(page->tables[page->count - 1].name, name) >= 0) {
        return err_set(err, ERR_FORMAT, "the server sent tables out of order");
    }
    struct clickhouse_table *table = &page->tables[page->count++];
    *table = (struct clickhouse_table){
        .database = page->database, .name = name, .engine_name = engine, .engine = engine_of(engine)};
    table->has_sampling = cells[2].len > 0;
    table->rows_known = str_u64(cells[3], &table->rows);
    table->bytes_known = str_u64(cells[4], &table->bytes);
    return 0;
}

static struct clickhouse_table *find_table(const struct page *page, struct str name)
{
    size_t low = 0, high = page->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(page->tables[middle].name, name);
        if (order == 0) {
            return &page->tables[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL; /* made since the page was read */
}

/* What was gathered goes to its table. */
static int settle_columns(struct page *page, struct err *err)
{
    TRY(buf_check(&page->columns, err));
    if (page->current != SIZE_MAX) {
        struct clickhouse_table *table = &page->tables[page->current];
        struct clickhouse_column *columns = arena_take(page->keep, page->columns.len + 1, err);
        if (columns == NULL || table->columns != NULL) {
            return columns == NULL ? -1 : err_set(err, ERR_FORMAT, "the server sent columns out of order");
        }
        memcpy(columns, page->columns.data, page->columns.len);
        table->columns = columns;
        table->column_count = page->columns.len / sizeof *columns;
    }
    page->current = SIZE_MAX;
    buf_reset(&page->columns);
    return 0;
}

static int on_column(void *self, const struct str *cells, struct err *err)
{
    struct page *page = self;
    const struct clickhouse_table *table = find_table(page, cells[0]);
    if (table == NULL || page->current != (size_t)(table - page->tables)) {
        TRY(settle_columns(page, err));
    }
    if (table == NULL) {
        return 0;
    }
    page->current = (size_t)(table - page->tables);
    struct clickhouse_column column = {.name = arena_str(page->keep, cells[1], err),
                                       .type = arena_str(page->keep, cells[2], err)};
    /* the state of an aggregate is no value, and an ephemeral column has none */
    bool has_value = !str_starts(cells[2], STR("AggregateFunction(")) && !str_eq(cells[3], STR("EPHEMERAL"));
    column.is_computed = has_value && !clickhouse_is_harmless(cells[4]);
    column.is_readable = has_value && !column.is_computed;
    if (column.name.data == NULL || column.type.data == NULL) {
        return -1;
    }
    buf_put(&page->columns, (struct str){(const char *)&column, sizeof column});
    return buf_check(&page->columns, err);
}

static int on_parts(void *self, const struct str *cells, struct err *err)
{
    struct page *page = self;
    struct clickhouse_table *table = find_table(page, cells[0]);
    (void)err;
    if (table != NULL && table->engine == CLICKHOUSE_MERGE_TREE) {
        table->rows_known = str_u64(cells[1], &table->rows);
        table->bytes_known = str_u64(cells[2], &table->bytes);
    }
    return 0;
}

/* " WHERE database = 'x' AND table >= 'a' AND table <= 'b'" */
static void put_range(struct buf *sql, const struct page *page)
{
    buf_puts(sql, " WHERE database = ");
    clickhouse_put_text(sql, page->database);
    buf_puts(sql, " AND table >= ");
    clickhouse_put_text(sql, page->tables[0].name);
    buf_puts(sql, " AND table <= ");
    clickhouse_put_text(sql, page->tables[page->count - 1].name);
}

static int read_names(struct clickhouse *ch, struct page *page, struct str after, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_printf(&sql, "SELECT name, engine, sampling_key, %s, '.' FROM system.tables WHERE database = ",
               ch->has_total_rows ? "total_rows, total_bytes" : "NULL, NULL");
    clickhouse_put_text(&sql, page->database);
    buf_puts(&sql, " AND is_temporary = 0 AND name > ");
    clickhouse_put_text(&sql, after);
    buf_printf(&sql, " ORDER BY name LIMIT %d", CLICKHOUSE_PAGE_TABLES);
    TRY(buf_check(&sql, err));
    struct clickhouse_lines lines = {page, on_table};
    return clickhouse_http_ask(&ch->http, buf_str(&sql), 5, true, &lines, err);
}

static int read_columns(struct clickhouse *ch, struct page *page, struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT table, name, type, default_kind, default_expression, '.' FROM system.columns");
    put_range(&sql, page);
    buf_printf(&sql, " ORDER BY table, %s", ch->has_position ? "position" : "rowNumberInAllBlocks()");
    TRY(buf_check(&sql, err));
    struct clickhouse_lines lines = {page, on_column};
    TRY(clickhouse_http_ask(&ch->http, buf_str(&sql), 5, true, &lines, err));
    return settle_columns(page, err);
}

static int read_sizes(struct clickhouse *ch, struct page *page, struct err *err)
{
    for (size_t i = 0; i < page->count; i++) { /* one without parts has none */
        struct clickhouse_table *table = &page->tables[i];
        table->rows_known = table->bytes_known = table->engine == CLICKHOUSE_MERGE_TREE;
    }
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT table, sum(rows), sum(bytes_on_disk), '.' FROM system.parts");
    put_range(&sql, page);
    buf_puts(&sql, " AND active GROUP BY table");
    TRY(buf_check(&sql, err));
    struct clickhouse_lines lines = {page, on_parts};
    return clickhouse_http_ask(&ch->http, buf_str(&sql), 3, true, &lines, err);
}

int clickhouse_page(struct clickhouse *ch, struct str database, struct str after, struct arena *keep,
                    struct clickhouse_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct page page = {.keep = keep, .database = database, .current = SIZE_MAX};
    page.columns.max = CLICKHOUSE_PAGE_BYTES;
    page.tables = ARENA_NEW(keep, struct clickhouse_table, CLICKHOUSE_PAGE_TABLES, err);
    int result = page.tables == NULL ? -1 : read_names(ch, &page, after, err);
    if (result == 0 && page.count > 0) {
        result = read_columns(ch, &page, err);
    }
    if (result == 0 && page.count > 0 && !ch->has_total_rows) {
        result = read_sizes(ch, &page, err);
    }
    buf_free(&page.columns);
    *ret_tables = page.tables;
    *ret_count = page.count;
    return result;
}
