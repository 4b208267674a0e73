/* MongoDB (and what speaks its protocol) through libmongoc, with its single-threaded client. Only commands that read are sent:
 * hello, connectionStatus, buildInfo, listDatabases, listCollections, collStats, count, find, and aggregate with $sample, $limit and
 * $group. Every one has a time limit. There is no snapshot over several of them.
 *
 *   mongodb://account@host:27017/database?authSource=admin      mongodb+srv://account@cluster.example/database
 *
 * One host is asked directly: the members of a replica set that it names are other hosts, which nobody agreed to. The
 * password comes from the login or from MONGODB_PASSWORD. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/mongodb.h"

#include "base/banned.h"

static void mongodb_close(void *state)
{
    struct mongodb *mongodb = state;
    if (mongodb != NULL) {
        if (mongodb->client != NULL) {
            mongoc_client_destroy(mongodb->client);
        }
        arena_clear(&mongodb->arena);
        free(mongodb);
    }
}

static void own_bson(bson_t *document)
{
    bson_destroy(document);
}

static void own_uri(mongoc_uri_t **uri)
{
    mongoc_uri_destroy(*uri);
}

static void own_cursor(mongoc_cursor_t **cursor)
{
    mongoc_cursor_destroy(*cursor);
}

static void own_collection(mongoc_collection_t **collection)
{
    mongoc_collection_destroy(*collection);
}

static void own_database(mongoc_database_t **database)
{
    mongoc_database_destroy(*database);
}

/* ---- what goes wrong ---- */

int mongodb_fail(struct mongodb *mongodb, const bson_error_t *error, struct err *err)
{
    bool is_server = error->domain == MONGOC_ERROR_SERVER;
    bool is_login = error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    struct str said = str_slice(str_trim(str_cut(str_of(error->message), '\n').head), 0, 300);
    said = mongodb->is_in ? (struct str){"", 0} : said; /* it may quote the value it is about */
    mongodb->code = is_login ? MONGODB_AUTHENTICATION_FAILED : is_server ? error->code : 0;
    if (mongodb->guard.has_refused) {
        err_set(err, ERR_FORMAT, "%s: the server sent a broken message", mongodb->where);
        return err_remedy(err, "is this the port of a MongoDB server (27017)? With TLS: ?tls=true");
    }
    if (mongodb->code == MONGODB_AUTHENTICATION_FAILED) {
        err_set(err, ERR_IO, "%s: the server refuses this account%s%.*s", mongodb->where, mongodb->is_in ? "" : ": ",
                STR_FMT(said));
        return err_remedy(err, "check the account and authSource in the URI, and the password in MONGODB_PASSWORD");
    }
    if (mongodb->code == MONGODB_MAX_TIME_EXPIRED) {
        return err_set(err, ERR_LIMIT, "%s: no answer within %u seconds", mongodb->where, mongodb->seconds);
    }
    if (mongodb->is_in && is_server) {
        return err_set(err, ERR_IO, "%s: the server answered with an error (code %u)", mongodb->where, error->code);
    }
    if (mongodb->is_in) {
        return err_set(err, ERR_IO, "%s: the connection broke off (%u.%u)", mongodb->where, error->domain, error->code);
    }
    err_set(err, ERR_IO, "%s: %.*s", mongodb->where, STR_FMT(said));
    if (error->domain == MONGOC_ERROR_SERVER_SELECTION) {
        return err_remedy(err, "is the server there, and this its port (27017)? With TLS: ?tls=true");
    }
    return -1;
}

/* ---- coming in ---- */

/* Is it one host, and not by a name of a service or a replica set? */
static bool is_single(const mongoc_uri_t *uri)
{
    const mongoc_host_list_t *hosts = mongoc_uri_get_hosts(uri);
    return hosts != NULL && hosts->next == NULL && mongoc_uri_get_srv_hostname(uri) == NULL &&
           mongoc_uri_get_replica_set(uri) == NULL;
}

static int milliseconds(unsigned seconds)
{
    return seconds > 86400 ? 86400000 : (int)seconds * 1000;
}

static int set_up(struct mongodb *mongodb, mongoc_uri_t *uri, const struct source_login *login, struct err *err)
{
    const char *password = login != NULL && login->password != NULL ? login->password : getenv("MONGODB_PASSWORD");
    unsigned connect = login != NULL && login->connect_seconds != 0 ? login->connect_seconds : 15;
    mongodb->seconds = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : 1800;
    if (mongoc_uri_get_username(uri) != NULL && password != NULL && *password != '\0') {
        mongodb->has_password = mongoc_uri_set_password(uri, password);
    }
    bool fine = mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, milliseconds(connect));
    fine &= mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, milliseconds(connect));
    fine &= mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, milliseconds(mongodb->seconds) + 10000);
    fine &= mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    fine &= mongoc_uri_set_compressors(uri, ""); /* what is compressed cannot be looked at on its way */
    mongodb->guard = (struct mongodb_guard){.seconds = mongodb->seconds + 10, .connect = connect};
    if (is_single(uri)) {
        fine &= mongoc_uri_set_option_as_bool(uri, MONGOC_URI_DIRECTCONNECTION, true);
    }
    return fine ? 0 : err_set(err, ERR_USAGE, "%s: options that exclude one another", mongodb->where);
}

static int connect_to(struct mongodb *mongodb, const char *text, const struct source_login *login, struct err *err)
{
    bson_error_t error = {0};
    OWN(own_uri) mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &error);
    if (uri == NULL) {
        return err_set(err, ERR_USAGE, "%s: %s", mongodb->where, error.message);
    }
    if (mongoc_uri_get_password(uri) != NULL) {
        return err_set(err, ERR_USAGE, "%s: a password does not belong in a URI", mongodb->where);
    }
    const char *account = mongoc_uri_get_username(uri);
    const char *database = mongoc_uri_get_database(uri);
    (void)snprintf(mongodb->account, sizeof mongodb->account, "%s", account == NULL ? "" : account);
    (void)snprintf(mongodb->database, sizeof mongodb->database, "%s", database == NULL ? "" : database);
    TRY(set_up(mongodb, uri, login, err));
    mongodb->client = mongoc_client_new_from_uri_with_error(uri, &error);
    if (mongodb->client == NULL) {
        return err_set(err, ERR_USAGE, "%s: %s", mongodb->where, error.message);
    }
    mongodb_guard_client(mongodb->client, &mongodb->guard);
    (void)mongoc_client_set_error_api(mongodb->client, MONGOC_ERROR_API_VERSION_2);
    (void)mongoc_client_set_appname(mongodb->client, "assay");
    return 0;
}

/* The first question logs in. */
static int knock(struct mongodb *mongodb, struct err *err)
{
    bson_t command = BSON_INITIALIZER;
    bson_t reply;
    BSON_APPEND_INT32(&command, "ping", 1);
    int result = mongodb_ask(mongodb, "admin", &command, &reply, err);
    bson_destroy(&reply);
    bson_destroy(&command);
    return result;
}

static int mongodb_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    struct mongodb *mongodb = calloc(1, sizeof *mongodb);
    if (mongodb == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL); /* what the library has to say comes as errors */
    arena_init(&mongodb->arena, 0);
    source_display(uri, mongodb->where, sizeof mongodb->where);
    if (connect_to(mongodb, uri, login, err) != 0 || knock(mongodb, err) != 0) {
        mongodb_close(mongodb);
        return -1;
    }
    mongodb->is_in = true;
    *ret_state = mongodb;
    return 0;
}

int mongodb_ask(struct mongodb *mongodb, const char *database, const bson_t *command, bson_t *ret_reply,
                struct err *err)
{
    bson_error_t error = {0};
    mongodb->code = 0;
    return mongoc_client_command_simple(mongodb->client, database, command, NULL, ret_reply, &error)
               ? 0
               : mongodb_fail(mongodb, &error, err);
}

/* ---- collections ---- */

struct names {
    struct buf list; /* of struct mongodb_collection */
    struct arena *keep;
    size_t count;
};

static int add_name(struct names *names, const bson_t *about, struct err *err)
{
    bson_iter_t at;
    if (!bson_iter_init_find(&at, about, "name") || !BSON_ITER_HOLDS_UTF8(&at)) {
        return 0;
    }
    uint32_t len = 0;
    const char *text = bson_iter_utf8(&at, &len);
    if (++names->count > MONGODB_COLLECTIONS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d collections in one database", MONGODB_COLLECTIONS_MAX);
    }
    struct mongodb_collection one = {.name = arena_str(names->keep, (struct str){text, strlen(text)}, err)};
    TRY(one.name.data == NULL ? -1 : 0);
    one.is_view = bson_iter_init_find(&at, about, "type") && BSON_ITER_HOLDS_UTF8(&at) &&
                  !str_eq(str_of(bson_iter_utf8(&at, NULL)), STR("collection"));
    buf_put(&names->list, (struct str){(const char *)&one, sizeof one});
    return buf_check(&names->list, err);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct mongodb_collection *)a)->name, ((const struct mongodb_collection *)b)->name);
}

/* nameOnly and authorizedCollections: what an account without listCollections may still ask. */
static int list(struct mongodb *mongodb, const char *database, bool only_own, struct names *names, struct err *err)
{
    OWN(own_database) mongoc_database_t *handle = mongoc_client_get_database(mongodb->client, database);
    OWN(own_bson) bson_t options = BSON_INITIALIZER;
    if (only_own) {
        BSON_APPEND_BOOL(&options, "nameOnly", true);
        BSON_APPEND_BOOL(&options, "authorizedCollections", true);
    }
    OWN(own_cursor) mongoc_cursor_t *cursor = mongoc_database_find_collections_with_opts(handle, &options);
    const bson_t *about;
    bson_error_t error = {0};
    while (mongoc_cursor_next(cursor, &about)) {
        TRY(add_name(names, about, err));
    }
    mongodb->code = 0;
    return mongoc_cursor_error(cursor, &error) ? mongodb_fail(mongodb, &error, err) : 0;
}

int mongodb_collections(struct mongodb *mongodb, const char *database, struct arena *keep,
                        struct mongodb_collection **ret_list, size_t *ret_count, enum survey_scope *ret_scope,
                        struct err *err)
{
    struct names names = {.keep = keep};
    *ret_scope = SURVEY_SCOPE_WHOLE;
    int result = list(mongodb, database, false, &names, err);
    if (result != 0 && mongodb->code == MONGODB_UNAUTHORIZED) {
        *ret_scope = SURVEY_SCOPE_UNKNOWN;
        result = list(mongodb, database, true, &names, err);
    }
    if (result != 0 && mongodb->code == MONGODB_UNAUTHORIZED) {
        *ret_scope = SURVEY_SCOPE_CLOSED;
        result = 0;
    }
    size_t count = names.list.len / sizeof **ret_list;
    struct mongodb_collection *list_kept = result == 0 ? arena_take(keep, names.list.len + 1, err) : NULL;
    if (list_kept != NULL && count > 0) {
        memcpy(list_kept, names.list.data, names.list.len);
        qsort(list_kept, count, sizeof *list_kept, by_name);
    }
    buf_free(&names.list);
    *ret_list = list_kept;
    *ret_count = count;
    return list_kept == NULL ? -1 : 0;
}

/* ---- documents ---- */

/* find, or aggregate with $sample: where the collection is much larger than the sample, $sample goes by a random cursor; otherwise it
 * reads all of it, which is not much more than the sample then. */
static mongoc_cursor_t *documents(mongoc_collection_t *handle, uint64_t max, bool is_random, unsigned seconds)
{
    OWN(own_bson) bson_t options = BSON_INITIALIZER;
    BSON_APPEND_INT64(&options, "maxTimeMS", (int64_t)seconds * 1000);
    if (!is_random) {
        OWN(own_bson) bson_t everything = BSON_INITIALIZER;
        if (max != 0) {
            BSON_APPEND_INT64(&options, "limit", (int64_t)max);
        }
        return mongoc_collection_find_with_opts(handle, &everything, &options, NULL);
    }
    bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$sample", "{", "size", BCON_INT64((int64_t)max), "}", "}", "]");
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(handle, MONGOC_QUERY_NONE, pipeline, &options, NULL);
    bson_destroy(pipeline);
    return cursor;
}

int mongodb_documents(struct mongodb *mongodb, const char *database, const char *collection, uint64_t max,
                      bool is_random, int (*take)(void *self, const bson_t *document, struct err *err), void *self,
                      struct err *err)
{
    OWN(own_collection)
    mongoc_collection_t *handle = mongoc_client_get_collection(mongodb->client, database, collection);
    OWN(own_cursor) mongoc_cursor_t *cursor = documents(handle, max, is_random, mongodb->seconds);
    const bson_t *document;
    bson_error_t error = {0};
    mongodb->code = 0;
    for (uint64_t taken = 0; (max == 0 || taken < max) && mongoc_cursor_next(cursor, &document); taken++) {
        TRY(take(self, document, err));
    }
    return mongoc_cursor_error(cursor, &error) ? mongodb_fail(mongodb, &error, err) : 0;
}

/* ---- tables and rows ---- */

struct gathering {
    struct mongodb_fields *fields;
    struct arena *keep;
};

static int gather(void *self, const bson_t *document, struct err *err)
{
    struct gathering *gathering = self;
    return mongodb_fields_add(gathering->fields, document, gathering->keep, err);
}

/* The columns of a collection are the fields of a thousand documents of it. */
static int describe(struct mongodb *mongodb, size_t number, struct err *err)
{
    struct mongodb_fields *fields = &mongodb->fields[number];
    struct source_table *table = &mongodb->tables[number];
    struct gathering gathering = {fields, &mongodb->arena};
    int result = mongodb_documents(mongodb, mongodb->databases[number].data, mongodb->names[number].data, 1000, true,
                                   gather, &gathering, err);
    if (result != 0 && mongodb->code != 0) { /* of this one; the others may be read */
        table->unreadable =
            mongodb->code == MONGODB_UNAUTHORIZED ? "no right to read it" : "the server does not show its documents";
        return 0;
    }
    mongodb_fields_settle(fields);
    struct str *columns = result == 0 ? ARENA_NEW(&mongodb->arena, struct str, fields->count + 1, err) : NULL;
    for (size_t i = 0; columns != NULL && i < fields->count; i++) {
        columns[i] = fields->list[i].path;
    }
    table->columns = columns;
    table->column_count = fields->count;
    return columns == NULL ? -1 : 0;
}

static int mongodb_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct mongodb *mongodb = state;
    struct mongodb_collection *all;
    size_t count;
    enum survey_scope scope;
    const char *database = mongodb->database[0] == '\0' ? "test" : mongodb->database;
    TRY(mongodb_collections(mongodb, database, &mongodb->arena, &all, &count, &scope, err));
    if (scope == SURVEY_SCOPE_CLOSED || count > 4096) {
        return scope == SURVEY_SCOPE_CLOSED
                   ? err_set(err, ERR_IO, "%s: no right to list the collections of '%s'", mongodb->where, database)
                   : err_set(err, ERR_LIMIT, "%s: more than 4096 collections", mongodb->where);
    }
    mongodb->tables = ARENA_NEW(&mongodb->arena, struct source_table, count + 1, err);
    mongodb->names = ARENA_NEW(&mongodb->arena, struct str, count + 1, err);
    mongodb->databases = ARENA_NEW(&mongodb->arena, struct str, count + 1, err);
    mongodb->fields = ARENA_NEW(&mongodb->arena, struct mongodb_fields, count + 1, err);
    TRY(mongodb->tables == NULL || mongodb->names == NULL || mongodb->databases == NULL || mongodb->fields == NULL ? -1
                                                                                                                   : 0);
    for (size_t i = 0; i < count; i++) {
        if (all[i].is_view || str_starts(all[i].name, STR("system."))) {
            continue;
        }
        size_t number = mongodb->table_count;
        mongodb->names[number] = all[i].name;
        mongodb->databases[number] = arena_str(&mongodb->arena, str_of(database), err);
        TRY(mongodb->databases[number].data == NULL ? -1 : 0);
        mongodb->tables[number].name = all[i].name;
        TRY(describe(mongodb, number, err));
        mongodb->table_count++;
    }
    *ret_tables = mongodb->tables;
    *ret_count = mongodb->table_count;
    return 0;
}

struct reading {
    const struct mongodb_fields *fields;
    struct rows rows;
};

static int put_document(void *self, const bson_t *document, struct err *err)
{
    struct reading *reading = self;
    return mongodb_put_row(reading->fields, document, &reading->rows, err);
}

static int mongodb_read(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err)
{
    struct mongodb *mongodb = state;
    size_t number = (size_t)(table - mongodb->tables);
    struct reading reading = {.fields = &mongodb->fields[number]};
    int result = rows_open(&reading.rows, sink, table->column_count, err);
    result = result == 0 ? mongodb_documents(mongodb, mongodb->databases[number].data, mongodb->names[number].data, 0,
                                             false, put_document, &reading, err)
                         : result;
    result = result == 0 ? rows_flush(&reading.rows, err) : result;
    rows_close(&reading.rows);
    return result;
}

const struct source_driver mongodb_driver = {
    .scheme = "mongodb://",
    .open = mongodb_open,
    .tables = mongodb_tables,
    .read = mongodb_read,
    .close = mongodb_close,
    .survey = mongodb_survey,
    .sample = mongodb_sample,
    .count = mongodb_count,
};
const struct source_driver mongodb_srv_driver = {
    .scheme = "mongodb+srv://",
    .open = mongodb_open,
    .tables = mongodb_tables,
    .read = mongodb_read,
    .close = mongodb_close,
    .survey = mongodb_survey,
    .sample = mongodb_sample,
    .count = mongodb_count,
};
