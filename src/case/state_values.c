/* What a key of a statements file may hold: text, ids, words of a list, times, grades; each becomes a member of the entry. */
#include <stdio.h>

#include "base/json.h"
#include "base/mask.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/clock_zone.h"
#include "case/state.h"

#include "base/banned.h"

enum { TEXT_MAX_BYTES = 8192 };

int state_set(const struct state *state, json_t *into, const char *member, json_t *value)
{
    return value != NULL && json_object_set_new(into, member, value) == 0 ? 0 : state_no_memory(state);
}

json_t *state_string(struct str text)
{
    return json_stringn(text.len != 0 ? text.data : "", text.len);
}

/* Text, there and not too long. */
int state_want_text(const struct state *state, const struct yaml *value)
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
    TRY(state_want_text(state, value));
    mask_text(&out, str_trim(value->text));
    TRY(buf_check(&out, state->err));
    *ret_text = state_string(buf_str(&out));
    return *ret_text != NULL ? 0 : state_no_memory(state);
}

int field_text(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *text = NULL;
    TRY(masked(state, value, &text));
    return state_set(state, into, field->member, text);
}

/* A list of texts, or a single one. */
int field_texts(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(state_set(state, into, field->member, list));
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
    TRY(state_want_text(state, value));
    if (!canon_is_id(value->text) || value->text.len > 32 || str_find(value->text, STR("/"), 0) != SIZE_MAX) {
        return state_fail(state, value, "'%.*s' cannot be an id: letters, digits and . _ - : @, at most 32",
                          STR_FMT(str_slice(value->text, 0, 60)));
    }
    return 0;
}

int field_id(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    TRY(want_id(state, value));
    return state_set(state, into, field->member, state_string(value->text));
}

int field_mention(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    TRY(want_id(state, value));
    TRY(state_mention(state, value, field->with));
    return state_set(state, into, field->member, state_string(value->text));
}

int field_mentions(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(state_set(state, into, field->member, list));
    if (value->kind != YAML_LIST) {
        return state_fail(state, value, "'%s' is a list of ids: [%s]", field->key,
                          strcmp(field->with, "claim") == 0 ? "C1, C2" : "S1, S2");
    }
    for (const struct yaml *item = value->first; item != NULL; item = item->next) {
        TRY(want_id(state, item));
        TRY(state_mention(state, item, field->with));
        if (json_array_append_new(list, state_string(item->text)) != 0) {
            return state_no_memory(state);
        }
    }
    return 0;
}

int field_word(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    const char *const *words = field->with;
    TRY(state_want_text(state, value));
    for (size_t i = 0; words[i] != NULL; i++) {
        if (str_eq(value->text, str_of(words[i]))) {
            return state_set(state, into, field->member, json_string(words[i]));
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

bool state_is_day(struct str text)
{
    return text.len == 10;
}

/* As it will stand in the entry: a bare date stays one, for it says how exactly the time is known. */
json_t *state_time(int64_t instant, bool is_bare)
{
    char text[TIME_TEXT];
    time_rfc3339(text, instant);
    return state_string(str_slice(str_of(text), 0, is_bare ? 10 : strlen(text)));
}

int state_want_time(const struct state *state, const struct yaml *value, struct str text, int64_t *ret_instant)
{
    int64_t instant = time_parse(text);
    if (instant == TIME_NONE) {
        (void)state_fail(state, value, "'%.*s' is no time", STR_FMT(str_slice(text, 0, 60)));
        return err_remedy(state->err, "write 2020-08-30, or 2020-08-30T09:00:00+05:30");
    }
    *ret_instant = instant;
    return 0;
}

int field_time(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    int64_t instant;
    TRY(state_want_text(state, value));
    TRY(state_want_time(state, value, value->text, &instant));
    return state_set(state, into, field->member, state_time(instant, state_is_day(value->text)));
}

static bool is_source(struct str text)
{
    return text.len > 0 && text.data[0] >= 'A' && text.data[0] <= 'F';
}

static bool is_information(struct str text)
{
    return text.len > 0 && text.data[text.len - 1] >= '1' && text.data[text.len - 1] <= '6';
}

static int no_grade(const struct state *state, const struct yaml *value)
{
    (void)state_fail(state, value, "'%.*s' is no Admiralty grade", STR_FMT(str_slice(value->text, 0, 20)));
    return err_remedy(
        state->err,
        "the source from A to F, the information from 1 to 6, such as B2, B or 2; F and 6: cannot be judged");
}

/* "B2", or one half of it: what is left out was not graded, which is not the same as F or 6, cannot be judged. */
static int grade_text(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    struct str grade = value->text;
    TRY(state_want_text(state, value));
    bool is_whole = grade.len == 2 && is_source(grade) && is_information(grade);
    bool is_half = grade.len == 1 && (is_source(grade) || is_information(grade));
    return is_whole || is_half ? state_set(state, into, field->member, state_string(grade)) : no_grade(state, value);
}

static int grade_half(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    TRY(state_want_text(state, value));
    bool is_right = value->text.len == 1 &&
                    (strcmp(field->key, "source") == 0 ? is_source(value->text) : is_information(value->text));
    return is_right ? state_set(state, into, field->member, state_string(value->text)) : no_grade(state, value);
}

/* A grade, or source and information apart, who graded and why. */
int field_grade(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    static const struct field halves[] = {{"source", "source", grade_half, false, NULL},
                                          {"information", "information", grade_half, false, NULL},
                                          {"by", "by", field_mention, false, "party"},
                                          {"why", "why", field_text, false, NULL},
                                          {0}};
    char grade[3] = "";
    if (value->kind != YAML_MAP) {
        return grade_text(state, field, value, into);
    }
    OWN(own_json) json_t *parts = json_object();
    if (parts == NULL) {
        return state_no_memory(state);
    }
    TRY(state_fields(state, halves, "grade", value, parts));
    (void)snprintf(grade, sizeof grade, "%s%s", json_text(parts, "source", ""), json_text(parts, "information", ""));
    if (grade[0] == '\0') {
        return state_fail(state, value, "a grade needs 'source' or 'information'");
    }
    TRY(state_set(state, into, field->member, json_string(grade)));
    (void)json_object_del(parts, "source");
    (void)json_object_del(parts, "information");
    return json_object_size(parts) == 0 ? 0 : state_set(state, into, "graded", json_incref(parts));
}

/* A ratio, or a standard by its name: then both are kept, so that a change of policy does not change what was asked for. */
int field_standard(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    double standard;
    const char *name = NULL;
    TRY(state_want_text(state, value));
    for (size_t i = 0; (name = assay_standard(i, &standard)) != NULL && !str_eq(value->text, str_of(name)); i++) {
    }
    if (name == NULL && (!str_double(value->text, &standard) || !(standard > 1) || standard > 1e9)) {
        (void)state_fail(state, value, "'%.*s' is no standard of proof", STR_FMT(str_slice(value->text, 0, 40)));
        return err_remedy(state->err, "a likelihood ratio above 1, such as 100, or scintilla, preponderance, "
                                      "clear-and-convincing, beyond-reasonable-doubt");
    }
    if (name != NULL) {
        TRY(state_set(state, into, "standard_name", json_string(name)));
    }
    bool is_whole = (double)(json_int_t)standard == standard;
    return state_set(state, into, field->member, is_whole ? json_integer((json_int_t)standard) : json_real(standard));
}

/* Bare dates, a list of them. */
int field_days(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *list = json_array();
    TRY(state_set(state, into, field->member, list));
    if (value->kind != YAML_LIST) {
        return state_fail(state, value, "'%s' is a list of dates: [2026-12-25, 2026-12-28]", field->key);
    }
    for (const struct yaml *item = value->first; item != NULL; item = item->next) {
        TRY(state_want_text(state, item));
        if (!state_is_day(item->text) || time_parse(item->text) == TIME_NONE) {
            return state_fail(state, item, "'%.*s' is no date", STR_FMT(str_slice(item->text, 0, 60)));
        }
        if (json_array_append_new(list, state_string(item->text)) != 0) {
            return state_no_memory(state);
        }
    }
    return 0;
}

/* A name of the tz database that this system knows. */
int field_zone(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    const struct zone *zone = NULL;
    struct err failed = {0};
    TRY(state_want_text(state, value));
    if (zone_open(state->arena, value->text, &zone, &failed) != 0) {
        (void)state_fail(state, value, "%s", failed.text);
        return err_remedy(state->err, "%s", failed.remedy);
    }
    return state_set(state, into, field->member, state_string(value->text));
}
