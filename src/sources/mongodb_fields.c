/* Documents as rows: a column for every field that several documents have, documents within documents by their path, values as
 * text; fields that may be named by a value are together in one column. */
#include <stdio.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "sources/cell.h"
#include "sources/mongodb.h"

#include "base/banned.h"

/* A path that grows and shrinks while a document is walked. */
struct path {
    char text[MONGODB_PATH_BYTES];
    size_t len;
};

/* Called for each value that is a column's; path len 0: it can be none's, the key is told apart. */
struct visitor {
    void *self;
    int (*value)(void *self, struct str path, const bson_iter_t *value, struct err *err);
};

/* [A-Za-z_$][A-Za-z0-9_]*, as programs name fields; people, addresses and numbers are written otherwise. */
static bool is_plain(const char *key, size_t len)
{
    bool is = len > 0 && len <= 64 && !(key[0] >= '0' && key[0] <= '9');
    for (size_t i = 0; is && i < len; i++) {
        char c = key[i];
        is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             (c == '$' && i == 0);
    }
    return is;
}

static bool push(struct path *path, const char *key, size_t len)
{
    size_t dot = path->len == 0 ? 0 : 1;
    if (!is_plain(key, len) || path->len + dot + len >= sizeof path->text) {
        return false;
    }
    path->text[path->len] = '.';
    memcpy(path->text + path->len + dot, key, len);
    path->len += dot + len;
    return true;
}

static int walk(bson_iter_t *at, struct path *path, unsigned depth, const struct visitor *visitor, struct err *err)
{
    while (bson_iter_next(at)) {
        size_t before = path->len;
        bson_iter_t inner;
        if (!push(path, bson_iter_key(at), bson_iter_key_len(at))) {
            TRY(visitor->value(visitor->self, (struct str){"", 0}, at, err));
            continue;
        }
        if (BSON_ITER_HOLDS_DOCUMENT(at) && depth < MONGODB_DEPTH_MAX && bson_iter_recurse(at, &inner)) {
            TRY(walk(&inner, path, depth + 1, visitor, err));
        } else {
            TRY(visitor->value(visitor->self, (struct str){path->text, path->len}, at, err));
        }
        path->len = before;
    }
    return 0;
}

static int walk_document(const bson_t *document, const struct visitor *visitor, struct err *err)
{
    struct path path = {.len = 0};
    bson_iter_t at;
    return bson_iter_init(&at, document) ? walk(&at, &path, 1, visitor, err) : 0;
}

static size_t find(const struct mongodb_fields *fields, struct str path)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (str_eq(fields->list[i].path, path)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- fields ---- */

struct gathering {
    struct mongodb_fields *fields;
    struct arena *keep;
};

static int gather(void *self, struct str path, const bson_iter_t *value, struct err *err)
{
    struct gathering *gathering = self;
    struct mongodb_fields *fields = gathering->fields;
    size_t at = path.len == 0 ? SIZE_MAX : find(fields, path);
    if (path.len == 0 || (at == SIZE_MAX && fields->count == MONGODB_FIELDS_MAX)) {
        fields->has_rest = true;
        return 0;
    }
    if (at == SIZE_MAX) {
        at = fields->count;
        fields->list[at] = (struct mongodb_field){.path = arena_str(gathering->keep, path, err)};
        TRY(fields->list[at].path.data == NULL ? -1 : 0);
        fields->count++;
    }
    struct mongodb_field *field = &fields->list[at];
    unsigned type = (unsigned)bson_iter_type(value);
    field->types |= type < 32 ? UINT32_C(1) << type : 0;
    field->documents += field->last != fields->documents ? 1 : 0; /* a document may have it twice */
    field->last = fields->documents;
    return 0;
}

int mongodb_fields_add(struct mongodb_fields *fields, const bson_t *document, struct arena *keep, struct err *err)
{
    struct gathering gathering = {fields, keep};
    struct visitor visitor = {&gathering, gather};
    fields->documents++;
    return walk_document(document, &visitor, err);
}

void mongodb_fields_settle(struct mongodb_fields *fields)
{
    size_t kept = 0;
    for (size_t i = 0; i < fields->count; i++) {
        bool is_column = fields->list[i].documents >= 2 || str_eq(fields->list[i].path, STR("_id"));
        if (is_column) {
            fields->list[kept++] = fields->list[i];
        }
        fields->has_rest |= !is_column;
    }
    if (fields->has_rest) {
        fields->list[kept++] = (struct mongodb_field){.path = STR("*"), .types = UINT32_C(1) << BSON_TYPE_DOCUMENT};
    }
    fields->count = kept;
}

struct str mongodb_types(uint32_t types, struct arena *keep, struct err *err)
{
    static const char *const names[] = {
        [BSON_TYPE_DOUBLE] = "double", [BSON_TYPE_UTF8] = "string",         [BSON_TYPE_DOCUMENT] = "object",
        [BSON_TYPE_ARRAY] = "array",   [BSON_TYPE_BINARY] = "binData",      [BSON_TYPE_OID] = "objectId",
        [BSON_TYPE_BOOL] = "bool",     [BSON_TYPE_DATE_TIME] = "date",      [BSON_TYPE_NULL] = "null",
        [BSON_TYPE_REGEX] = "regex",   [BSON_TYPE_CODE] = "javascript",     [BSON_TYPE_INT32] = "int",
        [BSON_TYPE_INT64] = "long",    [BSON_TYPE_TIMESTAMP] = "timestamp", [BSON_TYPE_DECIMAL128] = "decimal",
    };
    OWN(own_buf) struct buf text = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((types & (UINT32_C(1) << i)) != 0) {
            buf_printf(&text, "%s%s", text.len == 0 ? "" : " or ", names[i] == NULL ? "other" : names[i]);
        }
    }
    return arena_str(keep, buf_str(&text), err);
}

/* ---- values ---- */

static void put_binary(struct rows *rows, const bson_iter_t *value)
{
    bson_subtype_t subtype;
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    bson_iter_binary(value, &subtype, &len, &bytes);
    rows_hex(rows, bytes, bytes == NULL ? 0 : len);
}

static void put_date(struct rows *rows, int64_t ms)
{
    char text[TIME_TEXT];
    if (ms > INT64_MAX / 1000000 || ms < INT64_MIN / 1000000) {
        (void)snprintf(text, sizeof text, "%lld", (long long)ms); /* beyond the years 1677 to 2262 */
    } else {
        time_human(text, ms * 1000000);
    }
    rows_text(rows, str_of(text));
}

/* Arrays, and documents too deep for columns. */
static void put_json(struct rows *rows, const bson_iter_t *value)
{
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    bson_t inner;
    bool is_array = BSON_ITER_HOLDS_ARRAY(value);
    if (is_array) {
        bson_iter_array(value, &len, &bytes);
    } else {
        bson_iter_document(value, &len, &bytes);
    }
    char *json = NULL;
    if (bytes != NULL && bson_init_static(&inner, bytes, len)) {
        json = is_array ? bson_array_as_json(&inner, NULL) : bson_as_relaxed_extended_json(&inner, NULL);
    }
    if (json == NULL) {
        rows_hex(rows, bytes, bytes == NULL ? 0 : len); /* not JSON: nested too deep, or no UTF-8 */
    } else {
        rows_text(rows, str_of(json));
    }
    bson_free(json);
}

static void put_number(struct rows *rows, const bson_iter_t *value)
{
    char text[BSON_DECIMAL128_STRING + 1] = "";
    bson_decimal128_t decimal;
    if (BSON_ITER_HOLDS_DOUBLE(value)) {
        (void)snprintf(text, sizeof text, "%.17g", bson_iter_double(value));
    } else if (BSON_ITER_HOLDS_DECIMAL128(value) && bson_iter_decimal128(value, &decimal)) {
        bson_decimal128_to_string(&decimal, text);
    } else {
        (void)snprintf(text, sizeof text, "%lld", (long long)bson_iter_as_int64(value));
    }
    rows_text(rows, str_of(text));
}

static void put_value(struct rows *rows, const bson_iter_t *value)
{
    char oid[25];
    uint32_t len = 0;
    const char *text;
    switch ((int)bson_iter_type(value)) {
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(value, &len);
        cell_put(rows, (struct str){text, len});
        return;
    case BSON_TYPE_OID:
        bson_oid_to_string(bson_iter_oid(value), oid);
        rows_text(rows, str_of(oid));
        return;
    case BSON_TYPE_BOOL:
        rows_text(rows, bson_iter_bool(value) ? STR("true") : STR("false"));
        return;
    case BSON_TYPE_DATE_TIME:
        put_date(rows, bson_iter_date_time(value));
        return;
    case BSON_TYPE_BINARY:
        put_binary(rows, value);
        return;
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        put_json(rows, value);
        return;
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
    case BSON_TYPE_DECIMAL128:
        put_number(rows, value);
        return;
    default:
        rows_null(rows); /* null, and types that hold no data of a person: code, timestamps of the server */
    }
}

struct placing {
    const struct mongodb_fields *fields;
    struct {
        bson_iter_t value;
        bool is_set;
    } list[MONGODB_FIELDS_MAX + 1];
    bson_t rest; /* what has no column of its own */
};

static int place(void *self, struct str path, const bson_iter_t *value, struct err *err)
{
    struct placing *placing = self;
    size_t at = path.len == 0 ? SIZE_MAX : find(placing->fields, path);
    if (at != SIZE_MAX) {
        placing->list[at].value = *value;
        placing->list[at].is_set = true;
    } else if (placing->fields->has_rest &&
               !bson_append_iter(&placing->rest, bson_iter_key(value), (int)bson_iter_key_len(value), value)) {
        return err_set(err, ERR_LIMIT, "no memory for a document");
    }
    return 0;
}

static void put_rest(struct rows *rows, const bson_t *rest)
{
    char *json = bson_empty(rest) ? NULL : bson_as_relaxed_extended_json(rest, NULL);
    if (json != NULL) {
        rows_text(rows, str_of(json));
    } else if (bson_empty(rest)) {
        rows_null(rows);
    } else {
        rows_hex(rows, bson_get_data(rest), rest->len); /* as an object that is no JSON */
    }
    bson_free(json);
}

int mongodb_put_row(const struct mongodb_fields *fields, const bson_t *document, struct rows *rows, struct err *err)
{
    struct placing placing = {.rest = BSON_INITIALIZER};
    placing.fields = fields;
    for (size_t i = 0; i < fields->count; i++) {
        placing.list[i].is_set = false;
    }
    struct visitor visitor = {&placing, place};
    int result = walk_document(document, &visitor, err);
    size_t named = fields->count - (fields->has_rest ? 1 : 0);
    for (size_t i = 0; result == 0 && i < named; i++) {
        if (placing.list[i].is_set) {
            put_value(rows, &placing.list[i].value);
        } else {
            rows_null(rows);
        }
    }
    if (result == 0 && fields->has_rest) {
        put_rest(rows, &placing.rest);
    }
    bson_destroy(&placing.rest);
    return result == 0 ? rows_end(rows, err) : -1;
}
