/* The keys of a statements file (docs/statements.md), as tables: what each is called, what it becomes, what it may hold. */
#include <stdio.h>

#include "base/json.h"
#include "base/mask.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/state.h"

#include "base/banned.h"

enum { TEXT_MAX_BYTES = 8192, FIELDS_MAX = 16 };

struct field;
typedef int (*reader)(struct state *state, const struct field *field, const struct yaml *value, json_t *into);

struct field {
    const char *key, *member; /* in the file; in the entry */
    reader read;
    bool is_required;
    const void *with; /* words, the type of a mention, or the fields of a mapping */
};

const struct state_list state_lists[4] = {
    {"case", "case"}, {"parties", "party"}, {"claims", "claim"}, {"statements", "statement"}};

static int set(const struct state *state, json_t *into, const char *member, json_t *value)
{
    return value != NULL && json_object_set_new(into, member, value) == 0 ? 0 : state_no_memory(state);
}

static json_t *string_of(struct str text)
{
    return json_stringn(text.len != 0 ? text.data : "", text.len);
}

/* Text, there and not too long. */
static int want_text(const struct state *state, const struct yaml *value)
{
    const struct yaml *key = value->key != NULL ? value->key : value;
    if (value->kind != YAML_TEXT) {
        return state_fail(state, value, "'%.*s' is text", STR_FMT(key->text));
    }
    if (value->is_null || value->text.len == 0) {
        return state_fail(state, value, "'%.*s' is empty", STR_FMT(key->text));
    }
    if (value->text.len > TEXT_MAX_BYTES) {
        return state_fail(state, value, "a text of %zu bytes; %d is the most", value->text.len, TEXT_MAX_BYTES);
    }
    return 0;
}

static int masked(const struct state *state, const struct yaml *value, json_t **ret_text)
{
    OWN(own_buf) struct buf out = {0};
    TRY(want_text(state, value));
    mask_text(&out, str_trim(value->text));
    TRY(buf_check(&out, state->err));
    *ret_text = string_of(buf_str(&out));
    return *ret_text != NULL ? 0 : state_no_memory(state);
}

static int read_text(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *text = NULL;
    TRY(masked(state, value, &text));
    return set(state, into, field->member, text);
}

/* A list of texts, or a single one. */
static int read_texts(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(set(state, into, field->member, list));
    for (const struct yaml *item = value->kind == YAML_LIST ? value->first : value; item != NULL; item = item->next) {
        json_t *text = NULL;
        TRY(masked(state, item, &text));
        if (json_array_append_new(list, text) != 0) {
            return state_no_memory(state);
        }
        if (value->kind != YAML_LIST) {
            break;
        }
    }
    return 0;
}

static int want_id(const struct state *state, const struct yaml *value)
{
    TRY(want_text(state, value));
    if (!canon_is_id(value->text) || value->text.len > 32 || str_find(value->text, STR("/"), 0) != SIZE_MAX) {
        return state_fail(state, value, "'%.*s' cannot be an id: letters, digits and . _ - : @, at most 32",
                          STR_FMT(str_slice(value->text, 0, 60)));
    }
    return 0;
}

static int read_id(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    TRY(want_id(state, value));
    return set(state, into, field->member, string_of(value->text));
}

static int read_mention(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    TRY(want_id(state, value));
    TRY(state_mention(state, value, field->with));
    return set(state, into, field->member, string_of(value->text));
}

static int read_mentions(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(set(state, into, field->member, list));
    if (value->kind != YAML_LIST) {
        return state_fail(state, value, "'%s' is a list of ids: [%s]", field->key,
                          strcmp(field->with, "claim") == 0 ? "C1, C2" : "S1, S2");
    }
    for (const struct yaml *item = value->first; item != NULL; item = item->next) {
        TRY(want_id(state, item));
        TRY(state_mention(state, item, field->with));
        if (json_array_append_new(list, string_of(item->text)) != 0) {
            return state_no_memory(state);
        }
    }
    return 0;
}

static int read_word(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    const char *const *words = field->with;
    TRY(want_text(state, value));
    for (size_t i = 0; words[i] != NULL; i++) {
        if (str_eq(value->text, str_of(words[i]))) {
            return set(state, into, field->member, json_string(words[i]));
        }
    }
    OWN(own_buf) struct buf all = {0};
    for (size_t i = 0; words[i] != NULL; i++) {
        buf_printf(&all, "%s%s", i != 0 ? ", " : "", words[i]);
    }
    TRY(buf_check(&all, state->err));
    const char *meant = state_nearest(value->text, words);
    (void)state_fail(state, value, "no %s is called '%.*s'%s%s%s", field->key, STR_FMT(str_slice(value->text, 0, 60)),
                     meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "", meant != NULL ? "?" : "");
    return err_remedy(state->err, "one of %s", all.data);
}

static bool is_bare_date(struct str text)
{
    return text.len == 10;
}

/* As it will stand in the entry: a bare date stays one, for it says how exactly the time is known. */
static json_t *time_value(int64_t instant, bool is_bare)
{
    char text[TIME_TEXT];
    time_rfc3339(text, instant);
    return string_of(str_slice(str_of(text), 0, is_bare ? 10 : strlen(text)));
}

static int want_time(const struct state *state, const struct yaml *value, struct str text, int64_t *ret_instant)
{
    int64_t instant = time_parse(text);
    if (instant == TIME_NONE) {
        (void)state_fail(state, value, "'%.*s' is no time", STR_FMT(str_slice(text, 0, 60)));
        return err_remedy(state->err, "write 2020-08-30, or 2020-08-30T09:00:00+05:30");
    }
    *ret_instant = instant;
    return 0;
}

static int read_time(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    int64_t instant;
    TRY(want_text(state, value));
    TRY(want_time(state, value, value->text, &instant));
    return set(state, into, field->member, time_value(instant, is_bare_date(value->text)));
}

static int read_grade(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    struct str grade = value->text;
    TRY(want_text(state, value));
    if (grade.len != 2 || grade.data[0] < 'A' || grade.data[0] > 'F' || grade.data[1] < '1' || grade.data[1] > '6') {
        (void)state_fail(state, value, "'%.*s' is no Admiralty grade", STR_FMT(str_slice(grade, 0, 20)));
        return err_remedy(state->err, "the source from A to F, the information from 1 to 6, such as B2");
    }
    return set(state, into, field->member, string_of(grade));
}

static int read_standard(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    double standard;
    TRY(want_text(state, value));
    if (!str_double(value->text, &standard) || !(standard > 1) || standard > 1e9) {
        (void)state_fail(state, value, "'%.*s' is no standard of proof", STR_FMT(str_slice(value->text, 0, 40)));
        return err_remedy(state->err, "a likelihood ratio above 1, such as 100");
    }
    bool is_whole = (double)(json_int_t)standard == standard;
    return set(state, into, field->member, is_whole ? json_integer((json_int_t)standard) : json_real(standard));
}

/* "7 days from 2020-09-04": the number and the unit; false if there are none. */
static bool read_span(struct str text, int64_t *ret_ns, bool *ret_whole_days)
{
    static const struct {
        const char *word;
        int64_t seconds;
    } units[] = {{"hour", 3600}, {"day", 86400}, {"week", 604800}};
    uint64_t count;
    struct str_cut cut = str_cut(str_trim(text), ' ');
    struct str unit = str_trim(cut.tail);
    if (!cut.found || !str_u64(cut.head, &count) || count == 0 || count > 10000) {
        return false;
    }
    if (str_ends(unit, STR("s"))) {
        unit.len--;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (str_eq(unit, str_of(units[i].word))) {
            *ret_ns = (int64_t)count * units[i].seconds * NS_PER_S;
            *ret_whole_days = units[i].seconds % 86400 == 0;
            return true;
        }
    }
    return false;
}

static int no_start(const struct state *state, const struct yaml *value)
{
    (void)state_fail(state, value, "deadline \"%.*s\" has no start", STR_FMT(value->text));
    return err_remedy(state->err, "write when the clock starts, for example: due: %.*s from 2026-03-31T09:00Z",
                      STR_FMT(value->text));
}

/* due (the instant or day), due_said (the words of the file) and, where the words name it, from. */
static int read_due(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    int64_t span;
    int64_t start;
    bool whole_days;
    TRY(want_text(state, value));
    struct str text = str_trim(value->text);
    size_t from = str_find(text, STR(" from "), 0);
    if (from == SIZE_MAX && read_span(text, &span, &whole_days)) {
        return no_start(state, value);
    }
    TRY(set(state, into, "due_said", string_of(text)));
    if (from == SIZE_MAX) {
        TRY(want_time(state, value, text, &start));
        return set(state, into, field->member, time_value(start, is_bare_date(text)));
    }
    struct str since = str_trim(str_slice(text, from + 6, text.len));
    if (!read_span(str_slice(text, 0, from), &span, &whole_days)) {
        (void)state_fail(state, value, "'%.*s' is no deadline", STR_FMT(str_slice(text, 0, 60)));
        return err_remedy(state->err, "write a time, or such as: 7 days from 2020-09-04");
    }
    TRY(want_time(state, value, since, &start));
    bool is_bare = is_bare_date(since);
    TRY(set(state, into, "from", time_value(start, is_bare)));
    return set(state, into, field->member, time_value(start + span, is_bare && whole_days));
}

static int read_map(struct state *state, const struct field *field, const struct yaml *value, json_t *into);

static const char *const party_kinds[] = {"person", "company", "group", "account", "publication", NULL};
static const char *const claim_kinds[] = {"entry", "use", "access", "taking", "possession", "ransom", "actor", NULL};
static const char *const extents[] = {"part", "entire", NULL};
static const char *const acts[] = {"asserts", "denies", "demands", "reports", "replies", "retracts", NULL};

static const struct field window_fields[] = {
    {"from", "from", read_time, false, NULL}, {"to", "to", read_time, false, NULL}, {0}};

static const struct field compromised_fields[] = {{"from", "from", read_time, false, NULL},
                                                  {"to", "to", read_time, false, NULL},
                                                  {"source", "source", read_text, false, NULL},
                                                  {0}};

static const struct field notice_fields[] = {{"to", "to", read_mention, true, "party"},
                                             {"due", "due", read_due, true, NULL},
                                             {"demands", "demands", read_texts, false, NULL},
                                             {"threat", "threat", read_text, false, NULL},
                                             {0}};

static const struct field case_fields[] = {{"name", "name", read_text, false, NULL},
                                           {"question", "question", read_text, false, NULL},
                                           {"window", "window", read_map, false, window_fields},
                                           {0}};

static const struct field party_fields[] = {{"id", "id", read_id, true, NULL},
                                            {"name", "name", read_text, true, NULL},
                                            {"kind", "kind", read_word, true, party_kinds},
                                            {"compromised", "compromised", read_map, false, compromised_fields},
                                            {0}};

static const struct field claim_fields[] = {{"id", "id", read_id, true, NULL},
                                            {"kind", "kind", read_word, true, claim_kinds},
                                            {"text", "text", read_text, true, NULL},
                                            {"standard", "standard", read_standard, false, NULL},
                                            {"burden", "burden", read_mention, false, "party"},
                                            {"extent", "extent", read_word, false, extents},
                                            {"window", "window", read_map, false, window_fields},
                                            {0}};

static const struct field statement_fields[] = {{"id", "id", read_id, true, NULL},
                                                {"party", "party", read_mention, true, "party"},
                                                {"act", "act", read_word, true, acts},
                                                {"time", "said", read_time, true, NULL},
                                                {"channel", "channel", read_text, false, NULL},
                                                {"grade", "grade", read_grade, false, NULL},
                                                {"text", "text", read_text, true, NULL},
                                                {"claims", "claims", read_mentions, false, "claim"},
                                                {"relays", "relays", read_mentions, false, "statement"},
                                                {"source", "source", read_text, false, NULL},
                                                {"notice", "notice", read_map, false, notice_fields},
                                                {0}};

static const struct field *fields_of(const char *type)
{
    if (strcmp(type, "party") == 0) {
        return party_fields;
    }
    if (strcmp(type, "claim") == 0) {
        return claim_fields;
    }
    return strcmp(type, "statement") == 0 ? statement_fields : case_fields;
}

static int unknown_key(const struct state *state, const struct field *fields, const struct yaml *key)
{
    const char *words[FIELDS_MAX] = {NULL};
    OWN(own_buf) struct buf all = {0};
    for (size_t i = 0; fields[i].key != NULL && i + 1 < FIELDS_MAX; i++) {
        words[i] = fields[i].key;
        buf_printf(&all, "%s%s", i != 0 ? ", " : "", fields[i].key);
    }
    TRY(buf_check(&all, state->err));
    const char *meant = state_nearest(key->text, words);
    (void)state_fail(state, key, "unknown key '%.*s'%s%s%s", STR_FMT(str_slice(key->text, 0, 60)),
                     meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "", meant != NULL ? "?" : "");
    return err_remedy(state->err, "the keys here are %s", all.data);
}

static int read_fields(struct state *state, const struct field *fields, const char *what, const struct yaml *map,
                       json_t *into)
{
    for (const struct yaml *member = map->first; member != NULL; member = member->next) {
        const struct field *field = fields;
        while (field->key != NULL && !str_eq(str_of(field->key), member->key->text)) {
            field++;
        }
        if (field->key == NULL) {
            return unknown_key(state, fields, member->key);
        }
        TRY(field->read(state, field, member, into));
    }
    for (const struct field *field = fields; field->key != NULL; field++) {
        if (field->is_required && json_object_get(into, field->member) == NULL) {
            return state_fail(state, map, "a %s needs '%s'", what, field->key);
        }
    }
    return 0;
}

static int check_order(const struct state *state, const struct yaml *map, const json_t *window)
{
    int64_t from = time_parse(str_of(json_text(window, "from", "")));
    int64_t to = time_parse(str_of(json_text(window, "to", "")));
    return from != TIME_NONE && to != TIME_NONE && from > to ? state_fail(state, map, "ends before it begins") : 0;
}

static int read_map(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    if (value->kind != YAML_MAP) {
        return state_fail(state, value, "'%s' is written as keys and values", field->key);
    }
    json_t *inner = json_object();
    TRY(set(state, into, field->member, inner));
    TRY(read_fields(state, field->with, field->key, value, inner));
    return field->with == notice_fields ? 0 : check_order(state, value, inner);
}

static int complete(const struct state *state, const char *type, const struct yaml *map, json_t *entry)
{
    if (strcmp(type, "case") == 0) {
        return set(state, entry, "id", json_string("case"));
    }
    if (strcmp(type, "claim") == 0 && json_object_get(entry, "standard") == NULL) {
        return set(state, entry, "standard", json_integer(100));
    }
    if (json_object_get(entry, "notice") != NULL && strcmp(json_text(entry, "act", ""), "demands") != 0) {
        return state_fail(state, map, "only a statement that demands carries a notice");
    }
    return 0;
}

int state_read_thing(struct state *state, const char *type, const struct yaml *map, json_t **ret_entry)
{
    OWN(own_json) json_t *entry = json_object();
    TRY(set(state, entry, "type", json_string(type)));
    TRY(read_fields(state, fields_of(type), type, map, entry));
    TRY(complete(state, type, map, entry));
    *ret_entry = json_incref(entry);
    return 0;
}
