/* Groups of Redis keys as tables: their columns, and their rows. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/cell.h"
#include "sources/redis.h"

#include "base/banned.h"

enum { SHAPE_KEYS = 50, PIPELINE = 100, WINDOW = 500 };

/* ---- columns ---- */

static struct str length_command(enum redis_type type)
{
    switch (type) {
    case REDIS_STRING:
        return STR("STRLEN");
    case REDIS_HASH:
        return STR("HLEN");
    case REDIS_LIST:
        return STR("LLEN");
    case REDIS_SET:
        return STR("SCARD");
    case REDIS_ZSET:
        return STR("ZCARD");
    case REDIS_STREAM:
        return STR("XLEN");
    case REDIS_OTHER:
        break;
    }
    return STR("TYPE");
}

/* The lengths of some keys say how many elements a key has, and whether it may be read at all. */
static int measure(struct redis *redis, struct redis_shape *shape, uint64_t *ret_longest, struct err *err)
{
    size_t asked = 0;
    const struct redis_key *key = shape->group->kept;
    for (; key != NULL && asked < SHAPE_KEYS; key = key->next, asked++) {
        TRY(redis_say(&redis->wire, REDIS_WORDS(length_command(shape->group->type), key->name), err));
    }
    for (size_t i = 0; i < asked; i++) {
        OWN(own_reply) redisReply *reply = NULL;
        TRY(redis_hear(&redis->wire, &reply, err));
        if (redis_is_refused(reply) && shape->why_not.len == 0) {
            shape->why_not = redis_refusal(reply);
        }
        shape->is_readable |= !redis_is_error(reply);
        if (reply->type == REDIS_REPLY_INTEGER && reply->integer > 0) {
            shape->elements += (uint64_t)reply->integer;
            shape->measured++;
            *ret_longest = (uint64_t)reply->integer > *ret_longest ? (uint64_t)reply->integer : *ret_longest;
        }
    }
    shape->is_readable |= asked == 0;
    return 0;
}

/* Fields of some hashes of a group, and how many of the hashes have each. */
struct fields {
    struct str names[REDIS_FIELDS_MAX];
    unsigned keys[REDIS_FIELDS_MAX];
    size_t count;
    unsigned measured; /* hashes */
    uint64_t met;      /* fields of all of them */
};

/* [A-Za-z_][A-Za-z0-9_]*, as programs name fields; people, addresses and numbers are written otherwise. */
static bool is_plain(struct str name)
{
    bool is = name.len > 0 && name.len <= 32 && !(name.data[0] >= '0' && name.data[0] <= '9');
    for (size_t i = 0; is && i < name.len; i++) {
        char c = name.data[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
    return is;
}

static int add_field(struct fields *fields, struct str name, struct arena *keep, struct err *err)
{
    size_t at = 0;
    while (at < fields->count && !str_eq(fields->names[at], name)) {
        at++;
    }
    fields->met++;
    if (!is_plain(name) || at == REDIS_FIELDS_MAX) {
        return 0;
    }
    if (at == fields->count) {
        fields->names[at] = arena_str(keep, name, err);
        TRY(fields->names[at].data == NULL ? -1 : 0);
        fields->count++;
    }
    fields->keys[at]++;
    return 0;
}

static int gather_fields(struct redis *redis, const struct redis_group *group, struct fields *fields,
                         struct arena *keep, struct err *err)
{
    size_t asked = 0;
    const struct redis_key *key = group->kept;
    for (; key != NULL && asked < SHAPE_KEYS; key = key->next, asked++) {
        TRY(redis_say(&redis->wire, REDIS_WORDS(STR("HKEYS"), key->name), err));
    }
    for (size_t i = 0; i < asked; i++) {
        OWN(own_reply) redisReply *reply = NULL;
        TRY(redis_hear(&redis->wire, &reply, err));
        bool is_hash = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
        fields->measured += is_hash ? 1 : 0;
        for (size_t f = 0; is_hash && f < reply->elements; f++) {
            TRY(add_field(fields, redis_text(reply->element[f]), keep, err));
        }
    }
    return 0;
}

/* A field that two keys have, and one in ten, is a column. What is left out may be a fifth of what was met; if it is more, the hash
 * is a list of pairs. */
static void choose_columns(struct redis_shape *shape, const struct fields *fields, struct str *columns)
{
    uint64_t taken = 0;
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->keys[i] >= 2 && fields->keys[i] * 10 >= fields->measured) {
            columns[shape->column_count++] = fields->names[i];
            taken += fields->keys[i];
        }
    }
    shape->is_pairs = taken * 5 < fields->met * 4 || taken == 0;
    shape->has_rare = !shape->is_pairs && taken < fields->met;
}

static void name_columns(struct redis_shape *shape, struct str *columns)
{
    static const struct str sets[][3] = {
        [REDIS_STRING] = {STR_INIT("value")},
        [REDIS_HASH] = {STR_INIT("field"), STR_INIT("value")},
        [REDIS_LIST] = {STR_INIT("element")},
        [REDIS_SET] = {STR_INIT("member")},
        [REDIS_ZSET] = {STR_INIT("member"), STR_INIT("score")},
        [REDIS_STREAM] = {STR_INIT("id"), STR_INIT("field"), STR_INIT("value")},
        [REDIS_OTHER] = {{NULL, 0}},
    };
    const struct str *names = sets[shape->group->type];
    shape->column_count = 1;
    for (size_t i = 0; i < 3 && names[i].len > 0; i++) {
        columns[shape->column_count++] = names[i];
    }
}

int redis_shape(struct redis *redis, const struct redis_group *group, struct arena *keep, struct redis_shape *ret_shape,
                struct err *err)
{
    struct redis_shape shape = {.group = group, .column_count = 1};
    struct str *columns = ARENA_NEW(keep, struct str, REDIS_FIELDS_MAX + 8, err);
    TRY(columns == NULL ? -1 : 0);
    columns[0] = STR("key");
    uint64_t longest = 0;
    TRY(measure(redis, &shape, &longest, err));
    shape.is_pairs = longest > REDIS_FIELDS_MAX;
    if (group->type == REDIS_HASH && !shape.is_pairs && shape.is_readable) {
        struct fields *fields = ARENA_NEW(keep, struct fields, 1, err);
        TRY(fields == NULL ? -1 : gather_fields(redis, group, fields, keep, err));
        choose_columns(&shape, fields, columns);
    }
    if (group->type != REDIS_HASH || shape.is_pairs) {
        name_columns(&shape, columns);
    }
    shape.columns = columns;
    *ret_shape = shape;
    return 0;
}

/* ---- rows ---- */

struct reading {
    struct redis *redis;
    const struct redis_shape *shape;
    struct rows rows;
    uint64_t done, max_rows;
    uint64_t elements_max; /* of one key */
    size_t value_bytes;
    struct err *err;
};

static bool is_full(const struct reading *r)
{
    return r->done >= r->max_rows;
}

static void put(struct reading *r, struct str value)
{
    size_t len = value.len < r->value_bytes ? value.len : r->value_bytes;
    while (len > 0 && len < value.len && (value.data[len] & 0xc0) == 0x80) {
        len--; /* not within a character */
    }
    cell_put(&r->rows, str_slice(value, 0, len));
}

static void put_reply(struct reading *r, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_NIL || reply->str == NULL) {
        rows_null(&r->rows);
    } else {
        put(r, redis_text(reply));
    }
}

static int end_row(struct reading *r)
{
    r->done++;
    return rows_end(&r->rows, r->err);
}

/* ---- one reply a key: strings, hashes with columns ---- */

static int say_whole(struct reading *r, struct str name)
{
    struct redis_wire *wire = &r->redis->wire;
    if (r->shape->group->type == REDIS_STRING) {
        struct str last = r->value_bytes == REDIS_SAMPLE_BYTES ? STR("4095") : STR("65535");
        return redis_say(wire, REDIS_WORDS(STR("GETRANGE"), name, STR("0"), last), r->err);
    }
    if (r->shape->group->type == REDIS_OTHER || r->shape->column_count == 1) {
        return redis_say(wire, REDIS_WORDS(STR("TYPE"), name), r->err);
    }
    struct str words[REDIS_FIELDS_MAX + 8] = {STR("HMGET"), name};
    for (size_t i = 1; i < r->shape->column_count; i++) {
        words[i + 1] = r->shape->columns[i];
    }
    return redis_say(wire, words, r->shape->column_count + 1, r->err);
}

static int hear_whole(struct reading *r, struct str name)
{
    OWN(own_reply) redisReply *reply = NULL;
    TRY(redis_hear(&r->redis->wire, &reply, r->err));
    size_t columns = r->shape->column_count;
    bool is_row = reply->type == REDIS_REPLY_ARRAY && reply->elements == columns - 1;
    bool is_value = columns == 2 && reply->type == REDIS_REPLY_STRING;
    if ((!is_row && !is_value && columns != 1) || redis_is_error(reply) || is_full(r)) {
        return 0; /* gone, or of another type since it was listed */
    }
    put(r, name);
    for (size_t i = 0; is_row && i < reply->elements; i++) {
        put_reply(r, reply->element[i]);
    }
    if (!is_row && is_value) {
        put_reply(r, reply);
    }
    return end_row(r);
}

static int read_whole(struct reading *r, const struct str *names, size_t count)
{
    for (size_t from = 0; from < count && !is_full(r); from += PIPELINE) {
        size_t to = from + PIPELINE < count ? from + PIPELINE : count;
        for (size_t i = from; i < to; i++) {
            TRY(say_whole(r, names[i]));
        }
        for (size_t i = from; i < to; i++) {
            TRY(hear_whole(r, names[i]));
        }
    }
    return 0;
}

/* ---- many rows a key ---- */

/* A window of a key's elements; `at` is where it begins (an index, a cursor, an id) and is moved on. */
static int ask_window(struct reading *r, struct str name, struct buf *at, uint64_t index, redisReply **ret_reply)
{
    struct redis_wire *wire = &r->redis->wire;
    OWN(own_buf) struct buf from = {0};
    OWN(own_buf) struct buf to = {0};
    OWN(own_buf) struct buf count = {0};
    uint64_t window = r->elements_max < WINDOW ? r->elements_max : WINDOW;
    buf_printf(&from, "%llu", (unsigned long long)index);
    buf_printf(&to, "%llu", (unsigned long long)(index + window - 1));
    buf_printf(&count, "%llu", (unsigned long long)window);
    struct str cursor = at->len == 0 ? STR("0") : buf_str(at);
    switch (r->shape->group->type) {
    case REDIS_LIST:
        return redis_ask(wire, REDIS_WORDS(STR("LRANGE"), name, buf_str(&from), buf_str(&to)), ret_reply, r->err);
    case REDIS_ZSET:
        return redis_ask(wire, REDIS_WORDS(STR("ZRANGE"), name, buf_str(&from), buf_str(&to), STR("WITHSCORES")),
                         ret_reply, r->err);
    case REDIS_STREAM:
        cursor = at->len == 0 ? STR("-") : buf_str(at);
        return redis_ask(wire, REDIS_WORDS(STR("XRANGE"), name, cursor, STR("+"), STR("COUNT"), buf_str(&count)),
                         ret_reply, r->err);
    case REDIS_SET:
        return redis_ask(wire, REDIS_WORDS(STR("SSCAN"), name, cursor, STR("COUNT"), buf_str(&count)), ret_reply,
                         r->err);
    case REDIS_HASH:
        return redis_ask(wire, REDIS_WORDS(STR("HSCAN"), name, cursor, STR("COUNT"), buf_str(&count)), ret_reply,
                         r->err);
    case REDIS_STRING:
    case REDIS_OTHER:
        break;
    }
    return err_set(r->err, ERR_BUG, "a type without elements");
}

/* Elements one by one, or in pairs. */
static int put_elements(struct reading *r, struct str name, const redisReply *list, size_t step, uint64_t *done)
{
    for (size_t i = 0; i + step <= list->elements && !is_full(r) && *done < r->elements_max; i += step) {
        put(r, name);
        put_reply(r, list->element[i]);
        if (step == 2) {
            put_reply(r, list->element[i + 1]);
        }
        TRY(end_row(r));
        ++*done;
    }
    return 0;
}

/* [[id, [field, value, ...]], ...]: a row a field; where the next window begins is behind the last id. */
static int put_stream(struct reading *r, struct str name, const redisReply *list, struct buf *at, uint64_t *done)
{
    for (size_t i = 0; i < list->elements; i++) {
        const redisReply *entry = list->element[i];
        bool is_entry = entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
                        entry->element[1]->type == REDIS_REPLY_ARRAY && entry->element[0]->str != NULL;
        const redisReply *pairs = is_entry ? entry->element[1] : NULL;
        for (size_t f = 0; is_entry && f + 2 <= pairs->elements && !is_full(r) && *done < r->elements_max; f += 2) {
            put(r, name);
            put_reply(r, entry->element[0]);
            put_reply(r, pairs->element[f]);
            put_reply(r, pairs->element[f + 1]);
            TRY(end_row(r));
            ++*done;
        }
        if (is_entry) {
            buf_reset(at);
            buf_putc(at, '(');
            buf_put(at, redis_text(entry->element[0]));
        }
    }
    return buf_check(at, r->err);
}

/* Takes a window's reply in. *ret_more: the key goes on. */
static int take_window(struct reading *r, struct str name, const redisReply *reply, struct buf *at, uint64_t *done,
                       bool *ret_more)
{
    enum redis_type type = r->shape->group->type;
    bool is_cursor = type == REDIS_SET || type == REDIS_HASH;
    const redisReply *list = reply;
    *ret_more = false;
    if (is_cursor) {
        bool is_fine = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->str != NULL;
        list = is_fine ? reply->element[1] : NULL;
        buf_reset(at);
        buf_put(at, is_fine ? redis_text(reply->element[0]) : STR("0"));
        TRY(buf_check(at, r->err));
        *ret_more = is_fine && !str_eq(buf_str(at), STR("0"));
    }
    if (list == NULL || list->type != REDIS_REPLY_ARRAY || list->elements == 0) {
        return 0; /* gone, of another type, or at its end */
    }
    *ret_more |= !is_cursor;
    return type == REDIS_STREAM ? put_stream(r, name, list, at, done)
                                : put_elements(r, name, list, type == REDIS_ZSET || type == REDIS_HASH ? 2 : 1, done);
}

static int read_elements(struct reading *r, struct str name)
{
    OWN(own_buf) struct buf at = {0};
    uint64_t done = 0;
    bool more = true;
    for (uint64_t index = 0; more && done < r->elements_max && !is_full(r); index += WINDOW) {
        OWN(own_reply) redisReply *reply = NULL;
        TRY(ask_window(r, name, &at, index, &reply));
        TRY(take_window(r, name, reply, &at, &done, &more));
    }
    return 0;
}

int redis_rows(struct redis *redis, const struct redis_shape *shape, const struct str *names, size_t count,
               uint64_t max_rows, bool is_sample, const struct source_sink *sink, uint64_t *ret_rows, struct err *err)
{
    struct reading r = {
        .redis = redis,
        .shape = shape,
        .max_rows = max_rows,
        .elements_max = is_sample ? REDIS_SAMPLE_ELEMENTS : UINT64_MAX,
        .value_bytes = is_sample ? REDIS_SAMPLE_BYTES : REDIS_READ_BYTES,
        .err = err,
    };
    enum redis_type type = shape->group->type;
    bool is_whole = type == REDIS_STRING || type == REDIS_OTHER || (type == REDIS_HASH && !shape->is_pairs);
    int result = rows_open(&r.rows, sink, shape->column_count, err);
    if (result == 0 && is_whole) {
        result = read_whole(&r, names, count);
    }
    for (size_t i = 0; result == 0 && !is_whole && i < count && !is_full(&r); i++) {
        result = read_elements(&r, names[i]);
    }
    result = result == 0 ? rows_flush(&r.rows, err) : result;
    rows_close(&r.rows);
    *ret_rows = r.done;
    return result;
}
