/* assay_case_state(): a statements file becomes entries, all of it or nothing. What the case says already in the same
 * words is passed over; what it says differently is superseded under its own id. */
#include <stdarg.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/state.h"

#include "base/banned.h"

int state_fail(const struct state *state, const struct yaml *at, const char *format, ...)
{
    char what[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (state->has_no_lines) {
        return err_set(state->err, ERR_FORMAT, "%s", what);
    }
    return err_set(state->err, ERR_FORMAT, "%s:%u:%u: %s", state->name, at->line, at->column, what);
}

int state_no_memory(const struct state *state)
{
    return err_set(state->err, ERR_LIMIT, "%s: out of memory", state->name);
}

const char *state_nearest(struct str typed, const char *const *words)
{
    const char *nearest = NULL;
    size_t least = 3;
    for (; *words != NULL; words++) {
        size_t distance = str_distance(typed, str_of(*words));
        if (distance < least && distance < strlen(*words)) {
            least = distance;
            nearest = *words;
        }
    }
    return nearest;
}

static int remember_thing(struct state *state, const char *type, const struct yaml *map, json_t *entry)
{
    struct named *thing = ARENA_NEW(state->arena, struct named, 1, state->err);
    if (thing == NULL) {
        return -1;
    }
    const struct yaml *at = map;
    for (const struct yaml *member = map->first; member != NULL; member = member->next) {
        if (str_eq(member->key->text, STR("id"))) {
            at = member;
        }
    }
    *thing = (struct named){.id = str_of(json_text(entry, "id", "")), .type = type, .node = at, .entry = entry};
    if (state->last_thing != NULL) {
        state->last_thing->next = thing;
    } else {
        state->things = thing;
    }
    state->last_thing = thing;
    return 0;
}

static int add_thing(struct state *state, const char *type, const struct yaml *map)
{
    json_t *entry = NULL;
    if (map->kind != YAML_MAP) {
        return state_fail(state, map, "a %s is written as keys and values", type);
    }
    TRY(state_read_thing(state, type, map, &entry));
    if (json_array_append_new(state->entries, entry) != 0) {
        return state_no_memory(state);
    }
    return remember_thing(state, type, map, entry);
}

static int add_list(struct state *state, const struct state_list *list, const struct yaml *value)
{
    if (value->is_null) {
        return 0;
    }
    if (strcmp(list->type, "case") == 0) {
        return add_thing(state, list->type, value);
    }
    if (value->kind != YAML_LIST) {
        return state_fail(state, value, "'%s' is a list; each of its things begins with a dash", list->key);
    }
    for (const struct yaml *item = value->first; item != NULL; item = item->next) {
        TRY(add_thing(state, list->type, item));
    }
    return 0;
}

const struct yaml *state_member(const struct yaml *map, const char *key)
{
    for (const struct yaml *member = map->first; member != NULL; member = member->next) {
        if (str_eq(member->key->text, str_of(key))) {
            return member;
        }
    }
    return NULL;
}

static int check_lists(const struct state *state, const struct yaml *root)
{
    const char *words[STATE_LISTS + 1] = {NULL};
    for (size_t i = 0; i < STATE_LISTS; i++) {
        words[i] = state_lists[i].key;
    }
    for (const struct yaml *member = root->first; member != NULL; member = member->next) {
        bool is_known = false;
        for (size_t i = 0; i < STATE_LISTS; i++) {
            is_known = is_known || str_eq(member->key->text, str_of(words[i]));
        }
        if (!is_known) {
            const char *meant = state_nearest(member->key->text, words);
            (void)state_fail(state, member->key, "unknown key '%.*s'%s%s%s", STR_FMT(member->key->text),
                             meant != NULL ? "; did you mean " : "", meant != NULL ? meant : "",
                             meant != NULL ? "?" : "");
            return err_remedy(state->err,
                              "a statements file has case, parties, claims, statements, replies and clocks");
        }
    }
    return 0;
}

int state_read(struct state *state, struct str bytes)
{
    struct yaml *root = NULL;
    TRY(yaml_read(state->arena, state->name, bytes, &root, state->err));
    if (root == NULL || root->is_null) {
        err_set(state->err, ERR_FORMAT, "%s: says nothing", state->name);
        return err_remedy(state->err, "a statements file has case, parties, claims, statements, replies and clocks");
    }
    if (root->kind != YAML_MAP) {
        return state_fail(state, root, "not a statements file: it has no keys");
    }
    TRY(check_lists(state, root));
    for (size_t i = 0; i < STATE_LISTS; i++) {
        const struct yaml *value = state_member(root, state_lists[i].key);
        if (value != NULL) {
            TRY(add_list(state, &state_lists[i], value));
        }
    }
    return state_check(state);
}

static int keep_entry(void *self, json_t *entry, struct err *err)
{
    json_t *before = self;
    return json_object_set(before, json_text(entry, "id", ""), entry) == 0 ? 0 : err_no_memory(err);
}

/* An entry as a person said it: without what the ledger adds. */
static json_t *without_envelope(json_t *entry)
{
    static const char *const added[] = {"v", "n", "time", "by", "supersedes"};
    json_t *bare = json_copy(entry);
    for (size_t i = 0; bare != NULL && i < sizeof added / sizeof added[0]; i++) {
        (void)json_object_del(bare, added[i]);
    }
    return bare;
}

/* The case's own entry keeps its origin and key, and whatever the file leaves out. */
static int complete_case(const struct state *state, json_t *entry, json_t *before)
{
    OWN(own_json) json_t *whole = without_envelope(before);
    return whole != NULL && json_object_update(whole, entry) == 0 && json_object_update(entry, whole) == 0
               ? 0
               : state_no_memory(state);
}

/* Leaves what is new; what takes the place of something says so; what says nothing new goes. */
static int settle_entries(struct state *state)
{
    for (size_t i = 0; i < json_array_size(state->entries);) {
        json_t *entry = json_array_get(state->entries, i);
        const char *id = json_text(entry, "id", "");
        json_t *before = json_object_get(state->before, id);
        if (before == NULL) {
            i++;
            continue;
        }
        if (strcmp(id, "case") == 0) {
            TRY(complete_case(state, entry, before));
        }
        OWN(own_json) json_t *bare = without_envelope(before);
        if (bare == NULL) {
            return state_no_memory(state);
        }
        if (json_equal(bare, entry)) {
            (void)json_array_remove(state->entries, i);
            continue;
        }
        if (json_object_set_new(entry, "supersedes", json_string(id)) != 0) {
            return state_no_memory(state);
        }
        i++;
    }
    return 0;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int make_entries(struct assay_case *kase, struct state *state, struct str bytes, json_t **ret_entries)
{
    static const char *const types[] = {"case", "party", "statement", "claim", "right-of-reply", "clock", NULL};
    OWN(own_arena) struct arena arena;
    OWN(own_json) json_t *before = json_object();
    OWN(own_json) json_t *entries = json_array();
    arena_init(&arena, (size_t)64 << 20);
    state->arena = &arena;
    state->before = before;
    state->entries = entries;
    if (before == NULL || entries == NULL) {
        return state_no_memory(state);
    }
    TRY(case_each(kase, kase->tree.size, types, keep_entry, before, state->err));
    TRY(state_read(state, bytes));
    TRY(settle_entries(state));
    *ret_entries = json_incref(entries);
    return 0;
}

static int record(struct assay_case *kase, struct state *state, struct str bytes, json_t **ret_entries)
{
    OWN(own_json) json_t *entries = NULL;
    TRY(make_entries(kase, state, bytes, &entries));
    TRY(assay_case_append(kase, entries, state->err));
    if (ret_entries != NULL) {
        *ret_entries = json_incref(entries);
    }
    return 0;
}

int assay_case_state_entries(struct assay_case *kase, const char *name, struct str yaml, json_t **ret_entries,
                             struct err *err)
{
    struct state state = {.name = name, .err = err};
    TRY(case_may_write(kase, err));
    return yaml.len <= YAML_MAX_BYTES ? make_entries(kase, &state, yaml, ret_entries)
                                      : err_set(err, ERR_LIMIT, "%s: more than %d bytes", name, YAML_MAX_BYTES);
}

int assay_case_state(struct assay_case *kase, const char *yaml_path, json_t **ret_entries, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    struct state state = {.name = file_name(yaml_path), .err = err};
    TRY(case_may_write(kase, err));
    TRY(file_read(yaml_path, YAML_MAX_BYTES, &bytes, err));
    return record(kase, &state, buf_str(&bytes), ret_entries);
}

int assay_case_state_text(struct assay_case *kase, const char *yaml, json_t **ret_entries, struct err *err)
{
    struct state state = {.name = "command line", .has_no_lines = true, .err = err};
    TRY(case_may_write(kase, err));
    return record(kase, &state, str_of(yaml), ret_entries);
}
