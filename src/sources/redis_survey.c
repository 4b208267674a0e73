/* What a Redis account can reach: its databases, their keys in groups, and the commands it may use beyond reading. A look at the
 * keys of a database is bounded; what was not seen is said, and counts are estimates then. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/redis.h"
#include "sources/redis_acl.h"

#include "base/banned.h"

enum { DATABASES_MAX = 1024, DATABASES_USUAL = 16 };

struct survey {
    struct redis *redis;
    const struct survey_sink *sink;
    struct arena arena;
    struct str rules, patterns; /* of the account; empty before version 6 */
    bool knows_rules;           /* or there are none in this version */
    bool has_acl, is_passwordless;
    bool has[DATABASES_MAX]; /* which databases are looked into */
    bool knows_databases;    /* the server said which hold keys */
};

/* A group as the engine is told of it; its handle. */
struct handle {
    struct redis_shape shape;
    unsigned database;
    bool is_all; /* every key of the group is kept */
};

/* ---- the account ---- */

/* A list of patterns or one text of them. */
static struct str joined(struct survey *s, const redisReply *reply, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    if (reply->type == REDIS_REPLY_STRING) {
        buf_put(&text, redis_text(reply));
    }
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        buf_puts(&text, i == 0 ? "" : " ");
        buf_put(&text, redis_text(reply->element[i]));
    }
    return arena_str(&s->arena, buf_str(&text), err);
}

static int take_rules(struct survey *s, const redisReply *reply, struct err *err)
{
    for (size_t i = 0; i + 2 <= reply->elements; i += 2) {
        struct str name = redis_text(reply->element[i]);
        struct str value = joined(s, reply->element[i + 1], err);
        TRY(value.data == NULL ? -1 : 0);
        if (str_eq(name, STR("commands"))) {
            s->rules = value;
            s->knows_rules = true;
        } else if (str_eq(name, STR("keys"))) {
            s->patterns = value;
        } else if (str_eq(name, STR("flags"))) {
            s->is_passwordless = str_find(value, STR("nopass"), 0) != SIZE_MAX;
        }
    }
    return 0;
}

/* Who am I, and what may I? Both may be denied. Before version 6 there is no such command, and no limit either. */
static int learn_account(struct survey *s, struct err *err)
{
    OWN(own_reply) redisReply *who = NULL;
    OWN(own_reply) redisReply *rules = NULL;
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("ACL"), STR("WHOAMI")), &who, err));
    s->has_acl = !redis_is_error(who) || redis_is_refused(who);
    if (who->type == REDIS_REPLY_STRING) {
        (void)snprintf(s->redis->account, sizeof s->redis->account, "%.*s", STR_FMT(redis_text(who)));
    }
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("ACL"), STR("GETUSER"), str_of(s->redis->account)), &rules, err));
    if (rules->type == REDIS_REPLY_ARRAY) {
        return take_rules(s, rules, err);
    }
    s->knows_rules = !s->has_acl;
    return 0;
}

static bool is_allowed(const struct survey *s, const struct redis_right *right)
{
    return s->knows_rules && (!s->has_acl || redis_acl_allows(s->rules, right));
}

static bool is_super(const struct survey *s)
{
    for (size_t i = 0; i < redis_right_count; i++) {
        if (!is_allowed(s, &redis_rights[i])) {
            return false;
        }
    }
    return !s->has_acl || redis_acl_all_keys(s->patterns);
}

/* ---- powers ---- */

static int tell_power(struct survey *s, const char *name, const char *means, struct str from, struct err *err)
{
    struct survey_power power = {str_of(name), means, from};
    return s->sink->power(s->sink->self, &power, err);
}

/* The value of a setting; len 0 if it may not be asked. Never one that is a secret. */
static int setting(struct survey *s, const char *name, struct str *ret_value, struct err *err)
{
    OWN(own_reply) redisReply *reply = NULL;
    *ret_value = (struct str){"", 0};
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("CONFIG"), STR("GET"), str_of(name)), &reply, err));
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
        *ret_value = arena_str(&s->arena, str_slice(redis_text(reply->element[1]), 0, 200), err);
        TRY(ret_value->data == NULL ? -1 : 0);
    }
    return 0;
}

/* Administrators rename commands away; what is not there cannot be used. */
static int is_there(struct survey *s, const struct redis_right *right, bool *ret_is, struct err *err)
{
    OWN(own_reply) redisReply *reply = NULL;
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("COMMAND"), STR("INFO"), str_of(right->command)), &reply, err));
    bool is_gone = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
                   (reply->element[0]->type == REDIS_REPLY_NIL || reply->element[0]->elements == 0);
    *ret_is = !is_gone;
    return 0;
}

/* Since version 7 some things are off unless the configuration file allows them, whatever the account may. */
static int tell_right(struct survey *s, const struct redis_right *right, struct err *err)
{
    bool is_config = strcmp(right->name, "CONFIG SET") == 0;
    const char *guard = is_config                                 ? "enable-protected-configs"
                        : strcmp(right->name, "MODULE LOAD") == 0 ? "enable-module-command"
                        : strcmp(right->name, "DEBUG") == 0       ? "enable-debug-command"
                                                                  : NULL;
    struct str held = {"", 0}, folder = {"", 0};
    bool exists = false;
    TRY(is_there(s, right, &exists, err));
    TRY(exists && guard != NULL ? setting(s, guard, &held, err) : 0);
    bool is_held = str_eq(held, STR("no"));
    if (!exists || (is_held && !is_config)) {
        return 0;
    }
    TRY(is_config ? setting(s, "dir", &folder, err) : 0);
    OWN(own_buf) struct buf from = {0};
    buf_put(&from, s->has_acl ? str_slice(s->rules, 0, 200) : STR("this version withholds nothing"));
    if (folder.len > 0) {
        buf_printf(&from, "; dir is %.*s", STR_FMT(folder));
    }
    if (held.len > 0 && !str_eq(held, STR("yes"))) {
        buf_printf(&from, "; %s is %.*s", guard, STR_FMT(held));
    }
    TRY(buf_check(&from, err));
    const char *means =
        is_config && is_held ? "changes the server's settings, not those of where it writes files" : right->means;
    return tell_power(s, right->name, means, buf_str(&from), err);
}

static int tell_powers(struct survey *s, struct err *err)
{
    if (s->is_passwordless || !s->redis->has_password) {
        TRY(tell_power(s, "no password", "whoever reaches the server's port is this account",
                       STR("the account needs none"), err));
    }
    if (!s->knows_rules) {
        return tell_power(s, "rights not shown",
                          "what the account may do besides reading is not known: it may not ask the server",
                          STR("ACL GETUSER was refused"), err);
    }
    for (size_t i = 0; i < redis_right_count; i++) {
        if (is_allowed(s, &redis_rights[i])) {
            TRY(tell_right(s, &redis_rights[i], err));
        }
    }
    return 0;
}

/* ---- groups ---- */

static uint64_t scaled(uint64_t part, uint64_t of, uint64_t whole)
{
    return of == 0 ? part : (uint64_t)((double)part * (double)whole / (double)of + 0.5);
}

/* Keys of the group in the database, then elements where a key has many. */
static void count_rows(struct survey_table *table, const struct redis_shape *shape, bool is_whole, uint64_t seen,
                       uint64_t all)
{
    const struct redis_group *group = shape->group;
    bool is_one =
        group->type == REDIS_STRING || group->type == REDIS_OTHER || (group->type == REDIS_HASH && !shape->is_pairs);
    uint64_t keys = is_whole ? group->seen : scaled(group->seen, seen, all);
    bool is_exact = is_whole && (is_one || (shape->measured == group->seen && group->type != REDIS_STREAM));
    table->rows = is_one ? keys : scaled(shape->elements, shape->measured, keys);
    table->rows_kind = is_exact ? SURVEY_ROWS_EXACT : SURVEY_ROWS_ESTIMATED;
}

static int tell_group(struct survey *s, unsigned database, const struct redis_group *group, bool is_whole,
                      uint64_t seen, uint64_t all, struct err *err)
{
    OWN(own_arena) struct arena keep;
    OWN(own_buf) struct buf name = {0};
    char where[16];
    struct handle handle = {.database = database, .is_all = is_whole && group->kept_count == group->seen};
    struct survey_column columns[REDIS_FIELDS_MAX + 8];
    arena_init(&keep, 16 << 20);
    (void)snprintf(where, sizeof where, "db%u", database);
    TRY(redis_shape(s->redis, group, &keep, &handle.shape, err));
    for (size_t i = 0; i < handle.shape.column_count; i++) {
        columns[i] =
            (struct survey_column){handle.shape.columns[i], i == 0 ? STR("key") : str_of(redis_type_name(group->type)),
                                   handle.shape.is_readable};
    }
    buf_put(&name, group->pattern);
    buf_printf(&name, " (%s)", redis_type_name(group->type));
    TRY(buf_check(&name, err));
    struct survey_table table = {.database = str_of(where),
                                 .name = buf_str(&name),
                                 .columns = columns,
                                 .column_count = handle.shape.column_count,
                                 .handle = &handle};
    count_rows(&table, &handle.shape, is_whole, seen, all);
    table.unreadable = handle.shape.is_readable ? (struct str){"", 0} : handle.shape.why_not;
    table.partial = !handle.shape.is_readable      ? (struct str){"", 0}
                    : handle.shape.why_not.len > 0 ? STR("some of its keys are denied")
                    : handle.shape.has_rare        ? STR("fields that few of its keys have were not looked at")
                                                   : (struct str){"", 0};
    return s->sink->table(s->sink->self, &table, err);
}

static int by_name(const void *a, const void *b)
{
    const struct redis_group *one = *(const struct redis_group *const *)a;
    const struct redis_group *two = *(const struct redis_group *const *)b;
    int order = str_cmp(one->pattern, two->pattern);
    return order != 0 ? order : (int)one->type - (int)two->type;
}

static int tell_groups(struct survey *s, unsigned database, const struct redis_keys *keys, bool is_whole, uint64_t all,
                       struct err *err)
{
    OWN(own_mem) const struct redis_group **groups = calloc(keys->group_count + 1, sizeof(struct redis_group *));
    size_t used = 0;
    if (groups == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for groups of keys");
    }
    for (size_t i = 0; i < keys->group_count; i++) {
        groups[used] = &keys->groups[i];
        used += groups[used]->is_merged ? 0 : 1;
    }
    qsort(groups, used, sizeof(struct redis_group *), by_name);
    for (size_t i = 0; i < used; i++) {
        TRY(tell_group(s, database, groups[i], is_whole, keys->seen, all, err));
    }
    return 0;
}

/* ---- databases ---- */

static int database_size(struct survey *s, uint64_t *ret_keys, struct err *err)
{
    OWN(own_reply) redisReply *reply = NULL;
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("DBSIZE")), &reply, err));
    *ret_keys = reply->type == REDIS_REPLY_INTEGER && reply->integer > 0 ? (uint64_t)reply->integer : 0;
    return 0;
}

static int look_into(struct survey *s, unsigned database, struct redis_keys *keys, struct err *err)
{
    struct redis_scan scan = {.keys_max = REDIS_SURVEY_KEYS,
                              .deadline = time_ticks() + REDIS_SURVEY_SECONDS * NS_PER_S};
    struct redis_page_sink pages = {keys, redis_add_page};
    uint64_t all = 0;
    TRY(redis_scan(s->redis, &scan, &pages, err));
    TRY(database_size(s, &all, err));
    all = all < keys->seen ? keys->seen : all;
    char name[16];
    char why[256] = "the name of every key was seen";
    (void)snprintf(name, sizeof name, "db%u", database);
    if (scan.why.len > 0) {
        (void)snprintf(why, sizeof why, "its keys may not be listed: %.*s", STR_FMT(scan.why));
    } else if (!scan.is_whole) {
        (void)snprintf(why, sizeof why, "%llu of about %llu keys were looked at", (unsigned long long)keys->seen,
                       (unsigned long long)all);
    } else if (s->redis->is_cluster) {
        (void)snprintf(why, sizeof why, "one node of a cluster: the keys of the others were not looked at");
    }
    bool is_all = scan.is_whole && scan.why.len == 0 && !s->redis->is_cluster;
    struct survey_database out = {
        .name = str_of(name), .scope = is_all ? SURVEY_SCOPE_WHOLE : SURVEY_SCOPE_UNKNOWN, .why = str_of(why)};
    TRY(s->sink->database(s->sink->self, &out, err));
    return tell_groups(s, database, keys, scan.is_whole, all, err);
}

/* Which databases hold keys: INFO keyspace says "db3:keys=17,..."; where it is denied, the usual sixteen are tried. */
static int find_databases(struct survey *s, struct err *err)
{
    OWN(own_reply) redisReply *reply = NULL;
    TRY(redis_ask(&s->redis->wire, REDIS_WORDS(STR("INFO"), STR("keyspace")), &reply, err));
    bool is_told = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    struct str text = is_told ? redis_text(reply) : (struct str){"", 0};
    while (text.len > 0) {
        struct str_cut cut = str_cut(text, '\n');
        text = cut.tail;
        uint64_t number = 0;
        if (str_starts(cut.head, STR("db")) &&
            str_u64(str_cut(str_slice(cut.head, 2, cut.head.len), ':').head, &number) && number < DATABASES_MAX) {
            s->has[number] = true;
        }
    }
    for (unsigned i = 0; !is_told && i < DATABASES_USUAL; i++) {
        s->has[i] = true;
    }
    s->knows_databases = is_told;
    return 0;
}

static int tell_databases(struct survey *s, struct err *err)
{
    for (unsigned i = 0; i < DATABASES_MAX; i++) {
        bool exists = false;
        TRY(s->has[i] ? redis_select(s->redis, i, &exists, err) : 0);
        if (!exists) {
            continue;
        }
        struct redis_keys keys;
        int result = redis_keys_open(&keys, err);
        result = result == 0 ? look_into(s, i, &keys, err) : result;
        redis_keys_close(&keys);
        TRY(result);
    }
    return 0;
}

static int survey_all(struct survey *s, struct err *err)
{
    TRY(learn_account(s, err));
    TRY(find_databases(s, err));
    struct survey_server server = {
        .product = str_of(s->redis->product),
        .version = str_of(s->redis->version),
        .account = str_of(s->redis->account),
        .reading = "only commands that read are sent",
        .is_super = is_super(s),
        .hidden = s->knows_databases ? NULL : "INFO is denied: the first sixteen databases were tried"};
    TRY(s->sink->server(s->sink->self, &server, err));
    TRY(tell_powers(s, err));
    return tell_databases(s, err);
}

int redis_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct survey survey = {.redis = state, .sink = sink};
    arena_init(&survey.arena, 0);
    int result = survey_all(&survey, err);
    arena_clear(&survey.arena);
    return result;
}

int redis_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                 const char **ret_how, struct err *err)
{
    struct redis *redis = state;
    const struct handle *handle = table->handle;
    const struct redis_group *group = handle->shape.group;
    OWN(own_mem) struct str *names = calloc(group->kept_count + 1, sizeof *names);
    if (names == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a sample");
    }
    size_t count = 0;
    for (const struct redis_key *key = group->kept; key != NULL; key = key->next) {
        names[count++] = key->name;
    }
    uint64_t rows = 0;
    TRY(redis_rows(redis, &handle->shape, names, count, max_rows, true, sink, &rows, err));
    bool is_cut = rows >= max_rows || table->rows_kind != SURVEY_ROWS_EXACT || rows != table->rows;
    bool is_one = group->type == REDIS_STRING || group->type == REDIS_OTHER ||
                  (group->type == REDIS_HASH && !handle->shape.is_pairs);
    /* elements of one key are alike: many of a few keys are no draw of all */
    *ret_how = handle->is_all && !is_cut ? "all rows" : is_one ? "random keys" : "the first rows";
    return 0;
}
