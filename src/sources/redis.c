/* Redis (and Valkey, KeyDB) as a source. Redis has no read-only mode for one client, so the driver has a list of commands it says,
 * none of which writes (redis_wire.c). It has no tables either: keys alike are taken as one (redis_keys.c), seen by SCAN, never by
 * KEYS, which would hold the server up. There is no snapshot: keys that come and go meanwhile may be seen or not.
 *
 *   redis://account@host:6379/0      redis:///0?socket=/run/redis/redis.sock
 *
 * The password comes from the login or from REDISCLI_AUTH. TLS is not spoken: Debian's hiredis 0.14 does not have it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/redis.h"

#include "base/banned.h"

static void redis_close(void *state)
{
    struct redis *redis = state;
    if (redis != NULL) {
        redis_wire_close(&redis->wire);
        if (redis->has_keys) {
            redis_keys_close(&redis->keys);
        }
        arena_clear(&redis->arena);
        free(redis);
    }
}

/* ---- coming in ---- */

static int refuse(const struct redis *redis, const redisReply *reply, struct err *err)
{
    err_set(err, ERR_IO, "%s: the server refuses this account: %.*s", redis->wire.where,
            STR_FMT(str_slice(redis_text(reply), 0, 200)));
    return err_remedy(err, "check the account in the URI and the password in REDISCLI_AUTH");
}

static int authenticate(struct redis *redis, const char *account, const struct source_login *login, struct err *err)
{
    const char *password = login != NULL && login->password != NULL ? login->password : getenv("REDISCLI_AUTH");
    if (password == NULL || *password == '\0') {
        return 0;
    }
    redis->has_password = true;
    OWN(own_reply) redisReply *reply = NULL;
    struct str words[] = {STR("AUTH"), str_of(account), str_of(password)};
    if (*account == '\0') { /* as the default account, in every version */
        words[1] = words[2];
    }
    TRY(redis_ask(&redis->wire, words, *account == '\0' ? 2 : 3, &reply, err));
    return redis_is_error(reply) ? refuse(redis, reply, err) : 0;
}

static void take_line(struct str info, struct str name, char *out, size_t room)
{
    size_t at = str_find(info, name, 0);
    if (at != SIZE_MAX) {
        struct str value = str_trim(str_cut(str_slice(info, at + name.len, info.len), '\n').head);
        (void)snprintf(out, room, "%.*s", STR_FMT(value));
    }
}

static int introduce(struct redis *redis, struct err *err)
{
    OWN(own_reply) redisReply *reply = NULL;
    (void)snprintf(redis->product, sizeof redis->product, "Redis");
    TRY(redis_ask(&redis->wire, REDIS_WORDS(STR("INFO"), STR("server")), &reply, err));
    struct str info = redis_text(reply);
    if (redis_is_error(reply)) {
        return str_starts(info, STR("NOAUTH")) ? refuse(redis, reply, err) : 0;
    }
    char mode[16] = "";
    take_line(info, STR("redis_version:"), redis->version, sizeof redis->version);
    take_line(info, STR("redis_mode:"), mode, sizeof mode);
    if (str_find(info, STR("valkey_version:"), 0) != SIZE_MAX) {
        (void)snprintf(redis->product, sizeof redis->product, "Valkey");
        take_line(info, STR("valkey_version:"), redis->version, sizeof redis->version);
    }
    redis->is_cluster = str_eq(str_of(mode), STR("cluster"));
    return 0;
}

static int come_in(struct redis *redis, const char *uri, const struct source_login *login, struct err *err)
{
    static const char *const options[] = {"socket", NULL};
    struct url url;
    uint64_t number = 0;
    TRY(url_read(uri, options, &url, err));
    if (url.database[0] != '\0' && (!str_u64(str_of(url.database), &number) || number > 65535)) {
        return err_set(err, ERR_USAGE, "%s: a database of Redis is a number", uri);
    }
    redis->database = (unsigned)number;
    (void)snprintf(redis->account, sizeof redis->account, "%s", url.account[0] == '\0' ? "default" : url.account);
    TRY(redis_wire_open(&redis->wire, uri, &url, login, err));
    TRY(authenticate(redis, url.account, login, err));
    TRY(introduce(redis, err));
    bool exists = false;
    TRY(redis_select(redis, redis->database, &exists, err));
    return exists ? 0 : err_set(err, ERR_NOT_FOUND, "%s: there is no database %u", redis->wire.where, redis->database);
}

static int redis_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    arena_init(&redis->arena, 0);
    if (come_in(redis, uri, login, err) != 0) {
        redis_close(redis);
        return -1;
    }
    *ret_state = redis;
    return 0;
}

int redis_select(struct redis *redis, unsigned database, bool *ret_exists, struct err *err)
{
    char number[16];
    OWN(own_reply) redisReply *reply = NULL;
    (void)snprintf(number, sizeof number, "%u", database);
    TRY(redis_ask(&redis->wire, REDIS_WORDS(STR("SELECT"), str_of(number)), &reply, err));
    /* an account may be denied SELECT and still have the first one */
    *ret_exists = !redis_is_error(reply) || (database == 0 && redis_is_refused(reply));
    return 0;
}

/* ---- going through the keys ---- */

static int ask_types(struct redis *redis, const struct str *names, size_t count, enum redis_type *types,
                     struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        TRY(redis_say(&redis->wire, REDIS_WORDS(STR("TYPE"), names[i]), err));
    }
    for (size_t i = 0; i < count; i++) {
        OWN(own_reply) redisReply *reply = NULL;
        TRY(redis_hear(&redis->wire, &reply, err));
        types[i] = reply->type == REDIS_REPLY_STATUS ? redis_type_of(redis_text(reply)) : REDIS_OTHER;
    }
    return 0;
}

static int hand_page(struct redis *redis, const redisReply *list, const struct redis_page_sink *sink, struct err *err)
{
    OWN(own_mem) struct str *names = calloc(list->elements + 1, sizeof *names);
    OWN(own_mem) enum redis_type *types = calloc(list->elements + 1, sizeof *types);
    if (names == NULL || types == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a page of keys");
    }
    size_t count = 0;
    for (size_t i = 0; i < list->elements; i++) {
        names[count] = redis_text(list->element[i]);
        count += names[count].data != NULL ? 1 : 0;
    }
    TRY(ask_types(redis, names, count, types, err));
    return sink->keys(sink->self, names, types, count, err);
}

/* SCAN visits the slots of a hash table keyed by a secret of the server: the first keys are a fair draw of all. */
int redis_scan(struct redis *redis, struct redis_scan *scan, const struct redis_page_sink *sink, struct err *err)
{
    char cursor[32] = "0";
    uint64_t seen = 0;
    scan->is_whole = false;
    for (;;) {
        OWN(own_reply) redisReply *reply = NULL;
        TRY(redis_ask(&redis->wire, REDIS_WORDS(STR("SCAN"), str_of(cursor), STR("COUNT"), STR("500")), &reply, err));
        if (redis_is_error(reply)) {
            scan->why = redis_refusal(reply);
            return 0;
        }
        bool is_page = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->str != NULL &&
                       reply->element[1]->type == REDIS_REPLY_ARRAY;
        if (!is_page) {
            return err_set(err, ERR_FORMAT, "%s: SCAN was answered with something else", redis->wire.where);
        }
        TRY(hand_page(redis, reply->element[1], sink, err));
        seen += reply->element[1]->elements;
        (void)snprintf(cursor, sizeof cursor, "%.*s", STR_FMT(redis_text(reply->element[0])));
        scan->is_whole = strcmp(cursor, "0") == 0;
        bool is_enough =
            (scan->keys_max != 0 && seen >= scan->keys_max) || (scan->deadline != 0 && time_ticks() > scan->deadline);
        if (scan->is_whole || is_enough) {
            return 0;
        }
    }
}

int redis_add_page(void *self, const struct str *names, const enum redis_type *types, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        TRY(redis_keys_add(self, names[i], types[i], err));
    }
    return 0;
}

/* ---- tables and rows ---- */

static int add_table(struct redis *redis, const struct redis_group *group, struct err *err)
{
    struct redis_shape *shape = &redis->shapes[redis->table_count];
    TRY(redis_shape(redis, group, &redis->arena, shape, err));
    OWN(own_buf) struct buf name = {0};
    buf_put(&name, group->pattern);
    buf_printf(&name, " (%s)", redis_type_name(group->type));
    TRY(buf_check(&name, err));
    struct source_table *table = &redis->tables[redis->table_count];
    *table = (struct source_table){.name = arena_str(&redis->arena, buf_str(&name), err),
                                   .columns = shape->columns,
                                   .column_count = shape->column_count};
    table->unreadable = !shape->is_readable ? shape->why_not.data : NULL;
    TRY(table->name.data == NULL ? -1 : 0);
    redis->table_count++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct redis_group *one = *(const struct redis_group *const *)a;
    const struct redis_group *two = *(const struct redis_group *const *)b;
    int order = str_cmp(one->pattern, two->pattern);
    return order != 0 ? order : (int)one->type - (int)two->type;
}

static int redis_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct redis *redis = state;
    TRY(redis_keys_open(&redis->keys, err));
    redis->has_keys = true;
    struct redis_scan scan = {.deadline = time_ticks() + (int64_t)redis->wire.seconds * NS_PER_S};
    struct redis_page_sink pages = {&redis->keys, redis_add_page};
    TRY(redis_scan(redis, &scan, &pages, err));
    if (!scan.is_whole) {
        return scan.why.len > 0
                   ? err_set(err, ERR_IO, "%s: %.*s", redis->wire.where, STR_FMT(scan.why))
                   : err_set(err, ERR_LIMIT, "%s: more keys than could be listed in time", redis->wire.where);
    }
    size_t count = redis->keys.group_count;
    const struct redis_group **groups = ARENA_NEW(&redis->arena, const struct redis_group *, count + 1, err);
    redis->tables = ARENA_NEW(&redis->arena, struct source_table, count + 1, err);
    redis->shapes = ARENA_NEW(&redis->arena, struct redis_shape, count + 1, err);
    TRY(groups == NULL || redis->tables == NULL || redis->shapes == NULL ? -1 : 0);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        groups[used] = &redis->keys.groups[i];
        used += groups[used]->is_merged ? 0 : 1;
    }
    qsort(groups, used, sizeof(struct redis_group *), by_name);
    for (size_t i = 0; i < used; i++) {
        TRY(add_table(redis, groups[i], err));
    }
    *ret_tables = redis->tables;
    *ret_count = redis->table_count;
    return 0;
}

struct reading {
    struct redis *redis;
    const struct redis_shape *shape;
    const struct source_sink *sink;
};

static int read_page(void *self, const struct str *names, const enum redis_type *types, size_t count, struct err *err)
{
    struct reading *reading = self;
    OWN(own_mem) struct str *mine = calloc(count + 1, sizeof *mine);
    if (mine == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a page of keys");
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (redis_keys_find(&reading->redis->keys, names[i], types[i]) == reading->shape->group) {
            mine[used++] = names[i];
        }
    }
    uint64_t rows = 0;
    return redis_rows(reading->redis, reading->shape, mine, used, UINT64_MAX, false, reading->sink, &rows, err);
}

static int redis_read(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err)
{
    struct redis *redis = state;
    struct reading reading = {redis, &redis->shapes[table - redis->tables], sink};
    struct redis_scan scan = {.deadline = time_ticks() + (int64_t)redis->wire.seconds * NS_PER_S};
    struct redis_page_sink pages = {&reading, read_page};
    TRY(redis_scan(redis, &scan, &pages, err));
    return scan.is_whole ? 0 : err_set(err, ERR_LIMIT, "%s: not all keys could be read in time", redis->wire.where);
}

const struct source_driver redis_driver = {
    .scheme = "redis://",
    .open = redis_open,
    .tables = redis_tables,
    .read = redis_read,
    .close = redis_close,
    .survey = redis_survey,
    .sample = redis_sample,
};
