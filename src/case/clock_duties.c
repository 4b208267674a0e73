/* data/deadlines.yaml: read with the readers of statements files, so that a wrong row is named by line and column. */
#include "case/clock_duties.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/clock_span.h"
#include "case/state.h"

#include "base/banned.h"

enum { ROWS_MAX = 1000 };

static const char *const starts[] = {"aware", "material", "classified", "reported", NULL};
static const char *const calendars[] = {"weekends", "US", NULL};
static const char *const bases[] = {"text", "accounts", NULL};

static int field_span(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    struct span span;
    TRY(state_want_text(state, value));
    if (!span_read(value->text, &span)) {
        (void)state_fail(state, value, "'%.*s' is no span of time", STR_FMT(str_slice(value->text, 0, 60)));
        return err_remedy(state->err, "such as 72 hours, 4 business days, 1 month");
    }
    return state_set(state, into, field->member, state_string(value->text));
}

static const struct field source_fields[] = {{"text", "text", field_text, true, NULL},
                                             {"title", "title", field_text, true, NULL},
                                             {"basis", "basis", field_word, true, bases},
                                             {0}};

static int field_source(struct state *state, const struct field *field, const struct yaml *value, json_t *into)
{
    json_t *source = json_object();
    TRY(state_set(state, into, field->member, source));
    if (value->kind != YAML_MAP) {
        return state_fail(state, value, "'source' is written as keys and values");
    }
    return state_fields(state, source_fields, "source", value, source);
}

static const struct field duty_fields[] = {{"id", "id", field_id, true, NULL},
                                           {"set", "set", field_id, true, NULL},
                                           {"duty", "duty", field_text, true, NULL},
                                           {"who", "who", field_text, true, NULL},
                                           {"starts", "starts", field_word, true, starts},
                                           {"after", "after", field_id, false, NULL},
                                           {"within", "within", field_span, true, NULL},
                                           {"calendar", "calendar", field_word, false, calendars},
                                           {"zone", "zone", field_text, false, NULL},
                                           {"valid-from", "valid_from", field_time, true, NULL},
                                           {"valid-to", "valid_to", field_time, false, NULL},
                                           {"source", "source", field_source, true, NULL},
                                           {"note", "note", field_text, false, NULL},
                                           {0}};

static int check_row(const struct state *state, const struct yaml *map, const json_t *row, const json_t *rows)
{
    bool is_later = strcmp(json_text(row, "starts", ""), "reported") == 0;
    const char *after = json_text(row, "after", NULL);
    if (json_find(rows, "id", json_text(row, "id", "")) != NULL) {
        return state_fail(state, map, "the id '%s' stands here twice", json_text(row, "id", ""));
    }
    if (is_later != (after != NULL)) {
        return state_fail(state, map,
                          "'after' belongs to a duty that starts when another was reported, and only there");
    }
    return after == NULL || json_find(rows, "id", after) != NULL
               ? 0
               : state_fail(state, map, "there is no earlier row '%s'", after);
}

static int add_row(struct state *state, const struct yaml *map, json_t *rows)
{
    OWN(own_json) json_t *row = json_object();
    if (row == NULL || json_array_size(rows) == ROWS_MAX) {
        return err_set(state->err, ERR_LIMIT, "%s: more than %d rows", state->name, ROWS_MAX);
    }
    if (map->kind != YAML_MAP) {
        return state_fail(state, map, "a duty is written as keys and values");
    }
    TRY(state_fields(state, duty_fields, "duty", map, row));
    TRY(check_row(state, map, row, rows));
    return json_array_append(rows, row) == 0 ? 0 : state_no_memory(state);
}

int duties_read(const char *name, struct str bytes, json_t **ret_table, struct err *err)
{
    OWN(own_arena) struct arena arena;
    OWN(own_json) json_t *rows = json_array();
    struct yaml *root = NULL;
    arena_init(&arena, (size_t)64 << 20);
    struct state state = {.arena = &arena, .name = name, .err = err};
    TRY(yaml_read(&arena, name, bytes, &root, err));
    const struct yaml *list = root != NULL && root->kind == YAML_MAP ? state_member(root, "duties") : NULL;
    if (list == NULL || list->kind != YAML_LIST) {
        return err_set(err, ERR_FORMAT, "%s: has no list 'duties'", name);
    }
    for (const struct yaml *item = list->first; item != NULL; item = item->next) {
        TRY(add_row(&state, item, rows));
    }
    json_t *table = json_pack("{s:O}", "rows", rows);
    if (table == NULL) {
        return state_no_memory(&state);
    }
    *ret_table = table;
    return 0;
}

int assay_case_duties(const char *path, json_t **ret_table, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    OWN(own_json) json_t *table = NULL;
    char hex[SHA256_HEX + 1];
    const char *slash = strrchr(path, '/');
    TRY(file_read(path, YAML_MAX_BYTES, &bytes, err));
    TRY(duties_read(slash != NULL ? slash + 1 : path, buf_str(&bytes), &table, err));
    struct sha256 digest = sha256_of(buf_str(&bytes));
    hex_encode(hex, digest.bytes, SHA256_BYTES);
    if (json_object_set_new(table, "sha256", json_string(hex)) != 0) {
        return err_no_memory(err);
    }
    *ret_table = json_incref(table);
    return 0;
}
