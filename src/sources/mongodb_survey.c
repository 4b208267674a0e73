/* What a MongoDB account can reach: databases and collections as the server lists them, sizes from its statistics, fields and rows
 * from bounded samples. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/mongodb_rights.h"

#include "base/banned.h"

struct survey {
    struct mongodb *mongodb;
    const struct survey_sink *sink;
    struct arena arena;
    struct mongodb_rights rights;
    char product[32], version[64];
};

/* A collection as the engine is told of it; its handle. */
struct handle {
    struct str database, name;
    bool is_view;
    struct mongodb_fields fields;
};

/* ---- the server ---- */

static int learn_version(struct survey *s, struct err *err)
{
    bson_t command = BSON_INITIALIZER;
    bson_t reply;
    bson_iter_t at;
    BSON_APPEND_INT32(&command, "buildInfo", 1);
    int result = mongodb_ask(s->mongodb, "admin", &command, &reply, err);
    bool has = result == 0 && bson_iter_init_find(&at, &reply, "version") && BSON_ITER_HOLDS_UTF8(&at);
    (void)snprintf(s->version, sizeof s->version, "%s", has ? bson_iter_utf8(&at, NULL) : "");
    bool is_other = result == 0 && bson_has_field(&reply, "ferretdb");
    (void)snprintf(s->product, sizeof s->product, "%s", is_other ? "FerretDB" : "MongoDB");
    bson_destroy(&reply);
    bson_destroy(&command);
    return result == 0 || s->mongodb->code != 0 ? 0 : -1; /* a refusal leaves the version open */
}

/* ---- one collection ---- */

static bool number_at(const bson_t *reply, const char *key, uint64_t *ret_value)
{
    bson_iter_t at;
    if (!bson_iter_init_find(&at, reply, key) || !BSON_ITER_HOLDS_NUMBER(&at)) {
        return false;
    }
    double value = BSON_ITER_HOLDS_DOUBLE(&at) ? bson_iter_double(&at) : (double)bson_iter_as_int64(&at);
    bool is_fine = value >= 0 && value < 1e18;
    *ret_value = is_fine ? (uint64_t)value : 0;
    return is_fine;
}

/* collStats, or count where that is denied; both are what the server keeps, no scan. */
static int learn_sizes(struct survey *s, const struct handle *handle, struct survey_table *table, struct err *err)
{
    uint64_t data = 0, indexes = 0;
    bson_t reply;
    bson_t *command = BCON_NEW("collStats", BCON_UTF8(handle->name.data), "scale", BCON_INT32(1));
    int result = mongodb_ask(s->mongodb, handle->database.data, command, &reply, err);
    if (result == 0) {
        table->rows_kind = number_at(&reply, "count", &table->rows) ? SURVEY_ROWS_ESTIMATED : SURVEY_ROWS_UNKNOWN;
        table->bytes_known = number_at(&reply, "storageSize", &data);
        (void)number_at(&reply, "totalIndexSize", &indexes);
        table->bytes = data + indexes;
    }
    bson_destroy(&reply);
    bson_destroy(command);
    if (result == 0 || s->mongodb->code == 0) {
        return result;
    }
    command = BCON_NEW("count", BCON_UTF8(handle->name.data));
    result = mongodb_ask(s->mongodb, handle->database.data, command, &reply, err);
    bool has = result == 0 && number_at(&reply, "n", &table->rows);
    table->rows_kind = has ? SURVEY_ROWS_ESTIMATED : SURVEY_ROWS_UNKNOWN;
    bson_destroy(&reply);
    bson_destroy(command);
    return result == 0 || s->mongodb->code != 0 ? 0 : -1;
}

struct gathering {
    struct mongodb_fields *fields;
    struct arena *keep;
};

static int gather(void *self, const bson_t *document, struct err *err)
{
    struct gathering *gathering = self;
    return mongodb_fields_add(gathering->fields, document, gathering->keep, err);
}

/* The fields of some documents; a refusal is an answer. */
static int learn_fields(struct survey *s, struct handle *handle, struct arena *keep, struct str *ret_unreadable,
                        struct err *err)
{
    struct gathering gathering = {&handle->fields, keep};
    int result = mongodb_documents(s->mongodb, handle->database.data, handle->name.data, MONGODB_FIELD_DOCUMENTS,
                                   !handle->is_view, gather, &gathering, err);
    mongodb_fields_settle(&handle->fields);
    if (result == 0 || s->mongodb->code == 0) {
        return result;
    }
    *ret_unreadable = s->mongodb->code == MONGODB_UNAUTHORIZED ? STR("no right to read it")
                                                               : arena_str(keep, str_of(err->text), NULL);
    return 0;
}

static int tell_collection(struct survey *s, const char *database, const struct mongodb_collection *collection,
                           struct err *err)
{
    OWN(own_arena) struct arena keep;
    arena_init(&keep, 64 << 20);
    struct handle *handle = ARENA_NEW(&keep, struct handle, 1, err);
    struct survey_column *columns = ARENA_NEW(&keep, struct survey_column, MONGODB_FIELDS_MAX + 1, err);
    TRY(handle == NULL || columns == NULL ? -1 : 0);
    handle->database = str_of(database);
    handle->name = collection->name;
    handle->is_view = collection->is_view;
    struct survey_table table = {.database = handle->database,
                                 .name = collection->name,
                                 .columns = columns,
                                 .is_view = collection->is_view,
                                 .handle = handle};
    TRY(learn_fields(s, handle, &keep, &table.unreadable, err));
    if (!collection->is_view) {
        TRY(learn_sizes(s, handle, &table, err));
    }
    for (size_t i = 0; i < handle->fields.count; i++) {
        columns[i] =
            (struct survey_column){handle->fields.list[i].path, mongodb_types(handle->fields.list[i].types, &keep, err),
                                   table.unreadable.len == 0};
    }
    table.column_count = handle->fields.count;
    return s->sink->table(s->sink->self, &table, err);
}

/* ---- databases ---- */

static bool is_system(struct str database)
{
    return str_eq(database, STR("admin")) || str_eq(database, STR("config")) || str_eq(database, STR("local"));
}

static int tell_database(struct survey *s, const char *name, struct err *err)
{
    OWN(own_arena) struct arena keep;
    struct mongodb_collection *list;
    size_t count;
    struct survey_database out = {.name = str_of(name), .is_system = is_system(str_of(name))};
    arena_init(&keep, 128 << 20);
    if (out.is_system) {
        return s->sink->database(s->sink->self, &out, err);
    }
    TRY(mongodb_collections(s->mongodb, name, &keep, &list, &count, &out.scope, err));
    out.why = out.scope == SURVEY_SCOPE_WHOLE    ? STR("all its collections are listed")
              : out.scope == SURVEY_SCOPE_CLOSED ? STR("no right to list its collections")
                                                 : STR("only collections with a right are listed");
    TRY(s->sink->database(s->sink->self, &out, err));
    for (size_t i = 0; i < count; i++) {
        if (!str_starts(list[i].name, STR("system."))) {
            TRY(tell_collection(s, name, &list[i], err));
        }
    }
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int take_names(struct survey *s, const bson_t *reply, struct buf *names, struct err *err)
{
    bson_iter_t at, each, name;
    if (!bson_iter_init_find(&at, reply, "databases") || !BSON_ITER_HOLDS_ARRAY(&at) ||
        !bson_iter_recurse(&at, &each)) {
        return 0;
    }
    while (bson_iter_next(&each)) {
        bool has = BSON_ITER_HOLDS_DOCUMENT(&each) && bson_iter_recurse(&each, &name) &&
                   bson_iter_find(&name, "name") && BSON_ITER_HOLDS_UTF8(&name);
        if (has) {
            struct str kept = arena_str(&s->arena, str_of(bson_iter_utf8(&name, NULL)), err);
            TRY(kept.data == NULL ? -1 : 0);
            buf_put(names, (struct str){(const char *)&kept, sizeof kept});
        }
    }
    return buf_check(names, err);
}

/* Those the account has rights in; where listing is denied, the one of the URI. */
static int list_databases(struct survey *s, struct buf *names, struct err *err)
{
    bson_t reply;
    bson_t *command = BCON_NEW("listDatabases", BCON_INT32(1), "nameOnly", BCON_BOOL(true));
    int result = mongodb_ask(s->mongodb, "admin", command, &reply, err);
    bool is_denied = result != 0 && s->mongodb->code == MONGODB_UNAUTHORIZED;
    result = result == 0 ? take_names(s, &reply, names, err) : result;
    bson_destroy(&reply);
    bson_destroy(command);
    if (!is_denied) {
        return result;
    }
    if (s->rights.is_unasked) {
        err_set(err, ERR_IO, "%s: the server asks for an account", s->mongodb->where);
        return err_remedy(err,
                          "name it in the URI (mongodb://account@host) and put the password into MONGODB_PASSWORD");
    }
    struct str only = str_of(s->mongodb->database);
    if (only.len > 0) {
        buf_put(names, (struct str){(const char *)&only, sizeof only});
    }
    return buf_check(names, err);
}

static int tell_all(struct survey *s, struct buf *names, struct err *err)
{
    TRY(list_databases(s, names, err));
    struct survey_server server = {
        .product = str_of(s->product),
        .version = str_of(s->version),
        .account = s->rights.is_unasked ? STR("(no account)") : str_of(s->mongodb->account),
        .reading = "only commands that read are sent",
        .is_super = s->rights.is_unasked || mongodb_rights_are_all(&s->rights),
        .hidden = s->rights.is_unasked || mongodb_rights_may_all(&s->rights, STR("listDatabases"))
                      ? NULL
                      : "databases without a right of the account are not listed",
    };
    TRY(s->sink->server(s->sink->self, &server, err));
    TRY(mongodb_rights_tell(&s->rights, s->sink, err));
    size_t count = names->len / sizeof(struct str);
    OWN(own_mem) struct str *sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the names of databases");
    }
    memcpy(sorted, names->data == NULL ? "" : names->data, names->len);
    qsort(sorted, count, sizeof *sorted, by_text);
    for (size_t i = 0; i < count; i++) {
        TRY(tell_database(s, sorted[i].data, err));
    }
    return 0;
}

int mongodb_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct survey survey = {.mongodb = state, .sink = sink};
    struct buf names = {.max = 64 << 20};
    arena_init(&survey.arena, 0);
    int result = mongodb_rights_learn(survey.mongodb, &survey.rights, &survey.arena, err);
    result = result == 0 ? learn_version(&survey, err) : result;
    result = result == 0 ? tell_all(&survey, &names, err) : result;
    buf_free(&names);
    arena_clear(&survey.arena);
    return result;
}

/* ---- rows ---- */

struct reading {
    const struct mongodb_fields *fields;
    struct rows rows;
    uint64_t max, seen;
};

/* One more than is wanted tells that there are more. */
static int put_document(void *self, const bson_t *document, struct err *err)
{
    struct reading *reading = self;
    return ++reading->seen > reading->max ? 0 : mongodb_put_row(reading->fields, document, &reading->rows, err);
}

int mongodb_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                   const char **ret_how, struct err *err)
{
    struct mongodb *mongodb = state;
    const struct handle *handle = table->handle;
    bool is_small = table->rows_kind != SURVEY_ROWS_UNKNOWN && table->rows <= max_rows;
    bool is_random = !handle->is_view && !is_small;
    uint64_t asked = is_random || max_rows >= INT64_MAX ? max_rows : max_rows + 1;
    struct reading reading = {.fields = &handle->fields, .max = max_rows};
    int result = rows_open(&reading.rows, sink, handle->fields.count, err);
    result = result == 0 ? mongodb_documents(mongodb, handle->database.data, handle->name.data, asked, is_random,
                                             put_document, &reading, err)
                         : result;
    result = result == 0 ? rows_flush(&reading.rows, err) : result;
    rows_close(&reading.rows);
    *ret_how = is_random ? "random rows" : reading.seen <= max_rows ? "all rows" : "the first rows";
    return result;
}

int mongodb_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    struct mongodb *mongodb = state;
    const struct handle *handle = table->handle;
    uint64_t rows = 0;
    mongoc_collection_t *collection =
        mongoc_client_get_collection(mongodb->client, handle->database.data, handle->name.data);
    bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$group", "{", "_id", BCON_NULL, "n", "{", "$sum", BCON_INT32(1),
                                "}", "}", "}", "]");
    bson_t *options = BCON_NEW("maxTimeMS", BCON_INT64((int64_t)mongodb->seconds * 1000));
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, pipeline, options, NULL);
    const bson_t *document;
    bson_error_t error = {0};
    mongodb->code = 0;
    int result = mongoc_cursor_next(cursor, &document) && !number_at(document, "n", &rows)
                     ? err_set(err, ERR_FORMAT, "%s: a count that is no number", mongodb->where)
                     : 0;
    result = mongoc_cursor_error(cursor, &error) ? mongodb_fail(mongodb, &error, err) : result;
    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    bson_destroy(pipeline);
    mongoc_collection_destroy(collection);
    *ret_rows = rows; /* no group: no document */
    return result;
}
