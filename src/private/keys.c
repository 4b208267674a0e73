/* Which columns make a key, and every row's way into one. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "private/keys.h"
#include "sources/input.h"

#include "base/banned.h"

/* Each kind by the words that --key takes, and by the names that columns of it have. */
static const struct {
    const char *word, *other_word;
    const char *columns[12];
} kinds[KEY_KINDS] = {
    [KEY_EMAIL] = {"email",
                   "mail",
                   {"email", "e_mail", "e-mail", "mail", "email_address", "emailaddress", "user_email",
                    "customer_email", "login_email", NULL}},
    [KEY_PHONE] = {"phone",
                   "tel",
                   {"phone", "phone_number", "phonenumber", "telephone", "tel", "mobile", "mobile_number", "msisdn",
                    NULL}},
    [KEY_SECONDS] = {"created_at",
                     "time",
                     {"created_at", "created", "createdat", "creation_date", "created_on", "registered_at",
                      "date_created", "signup_date", "registered", NULL}},
    [KEY_MICROSECONDS] = {"created_at_us", "time_us", {"created_at", "created", "createdat", "registered_at", NULL}},
    [KEY_HASH] = {"hash",
                  "password",
                  {"password_hash", "password", "passwd", "pass_hash", "hash", "encrypted_password", "user_pass",
                   "pwd_hash", NULL}},
    [KEY_INTEGER] = {"id", "integer", {"id", "user_id", "userid", "customer_id", NULL}},
    [KEY_UUID] = {"uuid", "guid", {"uuid", "guid", "user_uuid", "customer_uuid", NULL}},
    [KEY_TEXT] = {"text", "name", {"name", "full_name", "username", "user_name", NULL}},
    [KEY_OPAQUE] = {"opaque", "bytes", {NULL}},
};

const char *key_kind_name(uint8_t kind)
{
    return kind > 0 && kind < KEY_KINDS ? kinds[kind].word : "?";
}

const char *key_reject_name(enum key_reject reason)
{
    static const char *const names[KEY_REJECTS] = {"empty",
                                                   "not of that kind",
                                                   "phone number without a country",
                                                   "code points that Unicode 15.0 does not assign",
                                                   "too long",
                                                   "row that could not be read"};
    return reason < KEY_REJECTS ? names[reason] : "?";
}

/* ---- --key ---- */

static uint8_t kind_of(struct str word)
{
    for (uint8_t i = 1; i != KEY_KINDS; i++) {
        if (str_eq_nocase(word, str_of(kinds[i].word)) || str_eq_nocase(word, str_of(kinds[i].other_word))) {
            return i;
        }
    }
    return 0;
}

/* "49" of "phone+49": a calling code that there is. */
static int take_country(struct key_type *type, struct str code, struct err *err)
{
    OWN(own_buf) struct buf number = {0};
    struct normalizer normalizer = {.wanted = NORMAL_ALL};
    struct normal normal;
    uint64_t country = 0;
    bool is_number = code.len <= 3 && str_u64(code, &country);
    buf_printf(&number, "+%u 5551234567", (unsigned)country);
    normal_value(&normalizer, buf_str(&number), &normal);
    bool is_one = is_number && country != 0 && normal.class == NORMAL_PHONE && normal.country == country;
    normalizer_close(&normalizer);
    if (!is_one) {
        err_set(err, ERR_USAGE, "--key: no country is called by +%.*s", STR_FMT(code));
        return err_remedy(err, "as phone+49=TEL: numbers in TEL that do not say their country are German ones");
    }
    type->country = (uint16_t)country;
    return 0;
}

static int add_field(struct key_type *type, struct str text, struct err *err)
{
    struct str_cut cut = str_cut(text, '='), called = str_cut(cut.head, '+');
    uint8_t kind = kind_of(str_trim(called.head));
    if (kind == KEY_PHONE && called.found) {
        TRY(take_country(type, str_trim(called.tail), err));
    } else if (called.found) {
        kind = 0;
    }
    if (kind == 0) {
        err_set(err, ERR_USAGE, "--key: no kind of key \"%.*s\"", STR_FMT(cut.head));
        return err_remedy(err, "email, phone, created_at, created_at_us, hash, id, uuid, text and opaque are known; "
                               "as --key email=MAIL,created_at=CREATED");
    }
    if (kind == KEY_OPAQUE && !cut.found) {
        return err_set(err, ERR_USAGE, "--key opaque needs a column, as opaque=COLUMN");
    }
    size_t at = type->count;
    for (; at > 0 && type->kinds[at - 1] > kind; at--) {
    }
    if (type->count == SUITE_TYPES_MAX || (at > 0 && type->kinds[at - 1] == kind)) {
        return err_set(err, ERR_USAGE, "--key: %s stands twice in one key", key_kind_name(kind));
    }
    memmove(type->kinds + at + 1, type->kinds + at, type->count - at);
    memmove(type->columns + at + 1, type->columns + at, (type->count - at) * sizeof *type->columns);
    type->kinds[at] = kind;
    type->columns[at] = cut.found ? str_trim(cut.tail) : STR("");
    type->count++;
    return 0;
}

int key_type_read(struct key_type *type, struct str text, struct err *err)
{
    *type = (struct key_type){0};
    bool is_guessable = true;
    while (text.len != 0) {
        struct str_cut cut = str_cut(text, ',');
        TRY(add_field(type, cut.head, err));
        text = cut.found ? cut.tail : STR("");
    }
    for (size_t i = 0; i < type->count; i++) {
        is_guessable = is_guessable && (type->kinds[i] == KEY_SECONDS || type->kinds[i] == KEY_MICROSECONDS ||
                                        type->kinds[i] == KEY_INTEGER);
    }
    if (is_guessable) {
        err_set(err, ERR_USAGE, "--key: numbers and instants alone prove nothing: everybody can count");
        return err_remedy(err, "add a field that cannot be guessed, as email or hash");
    }
    return 0;
}

/* ---- reading ---- */

struct place {
    size_t column[SUITE_TYPES_MAX];
};

struct reader {
    const struct key_reading *reading;
    const struct key_sink *sink;
    key_wants wants; /* NULL: every row */
    struct key_count *counts;
    struct normalizer normalizer;
    struct place places[SUITE_TYPES_MAX];
    uint64_t row, tables;
    char taken[256];   /* the table that has the columns, in this source */
    char missing[256]; /* what the last table that had not lacks */
    struct buf key;
    const char *source;
};

static size_t column_by(const struct table_shape *shape, struct str name)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        if (str_eq_nocase(shape->columns[i], name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t column_for(const struct table_shape *shape, uint8_t kind, struct str given)
{
    size_t at = given.len != 0 ? column_by(shape, given) : SIZE_MAX;
    for (size_t i = 0; given.len == 0 && at == SIZE_MAX && kinds[kind].columns[i] != NULL; i++) {
        at = column_by(shape, str_of(kinds[kind].columns[i]));
    }
    return at;
}

/* False: a column is not there; reader->missing says which. */
static bool find_columns(struct reader *reader, const struct table_shape *shape, struct place *places)
{
    for (size_t t = 0; t < reader->reading->type_count; t++) {
        const struct key_type *type = &reader->reading->types[t];
        for (size_t i = 0; i < type->count; i++) {
            places[t].column[i] = column_for(shape, type->kinds[i], type->columns[i]);
            if (places[t].column[i] == SIZE_MAX) {
                struct str given = type->columns[i];
                (void)snprintf(reader->missing, sizeof reader->missing, "table %.*s has no column %.*s for %s",
                               (int)(shape->name.len < 80 ? shape->name.len : 80), shape->name.data,
                               given.len != 0 ? (int)(given.len < 80 ? given.len : 80) : 13,
                               given.len != 0 ? given.data : "that is called", key_kind_name(type->kinds[i]));
                return false;
            }
        }
    }
    return true;
}

static int take_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct reader *reader = self;
    struct place places[SUITE_TYPES_MAX];
    (void)number;
    const char *only = reader->reading->table;
    *ret_wanted = (only == NULL || str_eq(shape->name, str_of(only))) && find_columns(reader, shape, places);
    reader->tables++;
    if (!*ret_wanted) {
        return 0;
    }
    if (reader->taken[0] != '\0' && only == NULL) {
        err_set(err, ERR_USAGE, "%s: tables %s and %.*s both have the columns", reader->source, reader->taken,
                STR_FMT(shape->name));
        return err_remedy(err, "say which is meant with --table NAME");
    }
    (void)snprintf(reader->taken, sizeof reader->taken, "%.*s", STR_FMT(shape->name));
    memcpy(reader->places, places, sizeof places);
    return 0;
}

/* False: *ret_reason. */
static bool make_key(struct reader *reader, size_t type_number, const struct str *cells, enum key_reject *ret_reason)
{
    const struct key_type *type = &reader->reading->types[type_number];
    buf_reset(&reader->key);
    buf_putc(&reader->key, (char)type->count);
    for (size_t i = 0; i < type->count; i++) {
        struct str cell = cells[reader->places[type_number].column[i]];
        *ret_reason = KEY_MISSING;
        buf_putc(&reader->key, (char)type->kinds[i]);
        buf_puts(&reader->key, "..");
        size_t from = reader->key.len;
        if (cell.data == NULL || !key_field(&reader->normalizer, (struct key_spelling){type->kinds[i], type->country},
                                            cell, &reader->key, ret_reason)) {
            return false;
        }
        size_t length = reader->key.len - from;
        if (reader->key.len > SUITE_KEY_MAX) {
            *ret_reason = KEY_TOO_LONG;
            return false;
        }
        reader->key.data[from - 2] = (char)(length >> 8);
        reader->key.data[from - 1] = (char)length;
    }
    return true;
}

static int take_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct reader *reader = self;
    for (size_t r = 0; r < batch->rows; r++, reader->row++) {
        const struct str *cells = batch->cells + r * batch->columns;
        for (size_t t = 0; t < reader->reading->type_count; t++) {
            enum key_reject reason;
            reader->counts[t].rows++;
            if (reader->wants != NULL && !reader->wants(reader->sink->self, t, reader->row)) {
                continue;
            }
            if (!make_key(reader, t, cells, &reason)) {
                reader->counts[t].rejected[reason]++;
                continue;
            }
            TRY(buf_check(&reader->key, err));
            reader->counts[t].keys++;
            TRY(reader->sink->key(reader->sink->self, t, buf_str(&reader->key), reader->row, err));
        }
    }
    return 0;
}

/* Rows that the reader of the format could not give. */
static int count_unread(struct reader *reader, const struct input *input, struct err *err)
{
    const struct table_report *report = &input->report;
    uint64_t unread = 0;
    for (size_t i = 0; i < TABLE_REJECTS; i++) {
        unread += report->rejected[i];
    }
    for (size_t t = 0; t < reader->reading->type_count; t++) {
        reader->counts[t].rows += unread;
        reader->counts[t].rejected[KEY_UNREADABLE] += unread;
    }
    if (report->damage[0] != '\0') {
        err_set(err, ERR_FORMAT, "%s: %s", input->display, report->damage);
        return err_remedy(err, "a list that is committed must be whole: give an undamaged file");
    }
    for (size_t i = 0; i < input->table_count; i++) {
        const char *only = reader->reading->table;
        if (input->tables[i].unreadable != NULL && (only == NULL || str_eq(input->tables[i].name, str_of(only)))) {
            return err_set(err, ERR_IO, "%s: table %.*s: %s", input->display, STR_FMT(input->tables[i].name),
                           input->tables[i].unreadable);
        }
    }
    for (const struct table_part *part = report->parts; part != NULL; part = part->next) {
        if (part->why[0] != '\0' && !part->is_no_table) {
            return err_set(err, ERR_FORMAT, "%s: %s: %s", input->display, part->name, part->why);
        }
    }
    return 0;
}

static int read_source(struct reader *reader, const char *name, struct err *err)
{
    struct input input;
    struct table_sink sink = {.self = reader, .table = take_table, .rows = take_rows};
    reader->source = name;
    reader->taken[0] = '\0';
    int failed = input_open(&input, name, err);
    if (failed == 0) {
        reader->source = input.display;
        failed = input_stream(&input, &sink, err);
    }
    failed = failed != 0 ? failed : count_unread(reader, &input, err);
    if (failed == 0 && reader->taken[0] == '\0') {
        err_set(err, ERR_USAGE, "%s: %s", input.display,
                reader->tables == 0          ? "no table"
                : reader->missing[0] == '\0' ? "no table of that name"
                                             : reader->missing);
        failed = err_remedy(err, "name the columns: --key email=COLUMN, and the table: --table NAME");
    }
    input_close(&input);
    return failed;
}

int keys_read(const struct key_reading *reading, const struct key_sink *sink, struct key_count *counts, struct err *err)
{
    return keys_read_some(reading, sink, NULL, counts, err);
}

int keys_read_some(const struct key_reading *reading, const struct key_sink *sink, key_wants wants,
                   struct key_count *counts, struct err *err)
{
    struct reader reader = {
        .reading = reading, .sink = sink, .wants = wants, .counts = counts, .normalizer = {.wanted = NORMAL_ALL}};
    memset(counts, 0, reading->type_count * sizeof *counts);
    int failed = 0;
    for (size_t i = 0; failed == 0 && reading->sources[i] != NULL; i++) {
        failed = read_source(&reader, reading->sources[i], err);
    }
    normalizer_close(&reader.normalizer);
    buf_free(&reader.key);
    return failed;
}
