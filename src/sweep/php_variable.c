/* Variables of PHP: where they lie, what the request and the form make of them, elements of arrays, and what is assigned. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

/* ---- variables ---- */

struct php_value php_input_variable(struct php_scope *scope, struct str name)
{
    struct php_value value = php_unknown(TA_IN | TA_ALL_INPUT);
    const struct php_slot *slot = php_map_find(&scope->run->globals, name);
    if (str_eq(name, STR("_FILES")) || str_eq(name, STR("HTTP_POST_FILES"))) {
        value.taint = TA_FILES;
    } else if (str_eq(name, STR("_SERVER")) || str_eq(name, STR("HTTP_SERVER_VARS"))) {
        value.taint = TA_SERVER;
    } else if (str_ends(name, STR("RAW_POST_DATA"))) {
        value.taint = TA_IN;
    }
    value.steps = php_stepf(scope, NULL, scope->at, "$%.*s", STR_FMT(name));
    if (slot != NULL && slot->value.type == PV_ARRAY) { /* fields that the file itself sets */
        value.type = PV_ARRAY;
        value.array = slot->value.array;
        value.array->is_shared = true;
    }
    return value;
}

/* What earlier requests left in $_SESSION is known everywhere. */
static struct php_map *map_of(const struct php_scope *scope, struct str name)
{
    return str_eq(name, STR("_SESSION")) ? &scope->run->globals : scope->variables;
}

struct php_slot *php_variable(struct php_scope *scope, struct str name)
{
    return php_map_at(scope->run->heap, map_of(scope, name), name);
}

/* register_globals: fields become variables. Only where the page's own form has a field of that name. */
static struct php_value old_field(struct php_scope *scope, struct str name)
{
    struct php_value value = php_unknown(TA_IN | TA_OLD);
    value.steps = php_stepf(scope, NULL, scope->at,
                            "field \"%.*s\" of the form, a variable where register_globals is on", STR_FMT(name));
    return value;
}

static bool php_is_form_field(struct php_scope *scope, struct str name)
{
    enum { NAME_MIN = 2, ASKED_MAX = 64 };
    struct php_run *run = scope->run;
    struct str source = run->analyst->tokens.source;
    if (run->has_includes || name.len < NAME_MIN || run->fields_asked >= ASKED_MAX || str_eq(name, STR("this"))) {
        return false;
    }
    struct php_slot *known = php_map_find(&run->fields, name);
    if (known != NULL) {
        return known->is_set;
    }
    run->fields_asked++;
    known = php_map_at(run->heap, &run->fields, name);
    for (size_t at = str_find(source, name, 0); known != NULL && at != SIZE_MAX;
         at = str_find(source, name, at + name.len)) {
        size_t before = at, end = at + name.len;
        while (before > 0 && memchr("\"'\\ ", source.data[before - 1], 4) != NULL && at - before < 3) {
            before--;
        }
        bool is_named = before >= 5 && str_eq_nocase(str_slice(source, before - 5, before), STR("name="));
        bool is_link = at > 0 && (source.data[at - 1] == '?' || source.data[at - 1] == '&') && end < source.len &&
                       source.data[end] == '=';
        if (is_link || (is_named && (end == source.len || memchr("\"'\\ >", source.data[end], 5) != NULL))) {
            known->is_set = true;
            break;
        }
    }
    return known != NULL && known->is_set;
}

/* $POST, $_post: nothing sets it, and nobody calls anything else so. */
static bool is_mistyped(struct str name)
{
    static const char *const names[] = {"POST", "GET",    "REQUEST", "COOKIE", "POST_",
                                        "GET_", "_POST_", "_GET_",   "_post",  "_get"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

struct php_value php_read_variable(struct php_scope *scope, struct str name)
{
    if (php_is_input_variable(name)) {
        return php_input_variable(scope, name);
    }
    if (str_eq(name, STR("GLOBALS"))) {
        return php_unknown(TA_ENV);
    }
    if (scope->function_number == 0 && str_eq(name, STR("this"))) { /* run inside a method of whoever includes it */
        scope->run->facts->gate |= GATE_PART;
    }
    struct php_slot *slot = php_map_find(map_of(scope, name), name);
    if (slot != NULL && slot->is_set) {
        struct php_value value = slot->value;
        bool is_behind = scope->depth < slot->depth || (slot->until != 0 && scope->at >= slot->until);
        value.taint &= is_behind ? ~slot->beside : UINT32_MAX;
        return value;
    }
    bool is_global = scope->function_number == 0 || (slot != NULL && slot == php_map_find(&scope->run->globals, name));
    if (scope->run->has_imports && scope->function_number == 0) {
        struct php_value value = php_unknown(TA_IN | (scope->run->has_includes ? TA_OLD : 0));
        value.steps = php_stepf(scope, NULL, scope->at, "$%.*s, made from a field of the request", STR_FMT(name));
        return value;
    }
    if (!is_global) {
        return php_unknown(0);
    }
    if (is_mistyped(name) && !scope->run->has_includes) {
        struct php_value value = php_unknown(TA_IN | TA_OLD);
        value.steps =
            php_stepf(scope, NULL, scope->at, "$%.*s, which stands for the request in a damaged copy", STR_FMT(name));
        return value;
    }
    if (php_is_form_field(scope, name)) {
        return old_field(scope, name);
    }
    return scope->run->has_includes ? php_unknown(0) : (struct php_value){.type = PV_NULL}; /* never given a value */
}

static struct str field_word(struct php_scope *scope, const struct php_value *key)
{
    struct str text;
    return php_is_constant(key) && php_to_text(scope->run->heap, key, &text) ? text : STR("");
}

static struct php_value index_files(const struct php_value *base, struct str field)
{
    struct php_value value = *base;
    if (str_eq(field, STR("tmp_name"))) {
        value.taint = TA_FTMP;
    } else if (str_eq(field, STR("name")) || str_eq(field, STR("full_path"))) {
        value.taint = TA_FNAME;
    } else if (str_eq(field, STR("type"))) {
        value.taint = TA_IN;
    } else if (str_eq(field, STR("size")) || str_eq(field, STR("error"))) {
        value.taint = 0;
    }
    return value;
}

/* Only what the client writes counts; the rest is the server's. */
static bool is_client_header(struct str field)
{
    static const char *const others[] = {"QUERY_STRING",  "REQUEST_URI",    "PATH_INFO",       "ORIG_PATH_INFO",
                                         "PHP_AUTH_USER", "PHP_AUTH_PW",    "PHP_AUTH_DIGEST", "argv",
                                         "CONTENT_TYPE",  "REQUEST_METHOD_"};
    if (str_starts(field, STR("HTTP_"))) {
        return !str_eq(field, STR("HTTP_HOST"));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (str_eq(field, str_of(others[i]))) {
            return !str_eq(field, STR("argv"));
        }
    }
    return false;
}

static struct php_value index_unknown(struct php_scope *scope, const struct php_value *base,
                                      const struct php_value *key)
{
    struct str field = field_word(scope, key);
    struct php_value value = *base;
    value.suffix = STR("");
    if (base->taint & TA_FILES) {
        return index_files(base, field);
    }
    if (base->taint & TA_SERVER) {
        bool is_counted =
            field.len != 0 && field.data[0] >= '0' && field.data[0] <= '9'; /* nobody reads it by number */
        value.taint = is_client_header(field) || is_counted ? TA_IN : 0;
        value.steps =
            value.taint != 0 ? php_stepf(scope, NULL, scope->at, "\"%.*s\" of the request", STR_FMT(field)) : NULL;
        return value;
    }
    if (base->taint & TA_ENV) {
        struct php_slot *slot = field.len != 0 ? php_map_find(&scope->run->globals, field) : NULL;
        return slot != NULL                   ? slot->value
               : php_is_input_variable(field) ? php_input_variable(scope, field)
                                              : php_unknown(TA_OPAQUE);
    }
    if (base->taint & TA_ALL_INPUT) {
        value.taint &= ~(uint32_t)TA_ALL_INPUT;
        struct str from = base->steps != NULL ? base->steps->text : STR("the request");
        value.steps = field.len != 0
                          ? php_stepf(scope, NULL, scope->at, "field \"%.*s\" of %.*s", STR_FMT(field), STR_FMT(from))
                          : php_stepf(scope, NULL, scope->at, "a field of %.*s", STR_FMT(from));
    }
    return value;
}

static struct php_value index_array(struct php_scope *scope, const struct php_value *base, const struct php_value *key)
{
    if (php_is_constant(key)) {
        struct php_key name = php_key_of(scope->run->heap, key);
        const struct php_value *found = php_array_find(base->array, &name);
        if (found != NULL) {
            return *found;
        }
        struct php_value rest = *base;
        rest.type = PV_UNKNOWN;
        rest.array = NULL;
        rest.taint &= TA_FLOW | TA_PARAM | TA_OPAQUE | TA_ALL_INPUT | TA_FILES | TA_SERVER;
        return index_unknown(scope, &rest, key);
    }
    struct php_value value = php_unknown((php_taint_of(base) & ~(uint32_t)(TA_BUILT | TA_DEC)) | TA_OPAQUE);
    value.steps = base->steps;
    return value;
}

static struct php_value index_text(struct php_scope *scope, const struct php_value *base, const struct php_value *key)
{
    double number;
    struct php_value value = php_unknown(base->taint | TA_CHOP);
    if (php_is_constant(key) && php_to_number(key, &number)) {
        double at = number < 0 ? (double)base->text.len + number : number;
        value = php_text_value(
            at >= 0 && at < (double)base->text.len ? str_slice(base->text, (size_t)at, (size_t)at + 1) : STR(""));
        value.taint = base->taint | TA_CHOP;
    }
    value.steps = base->steps;
    (void)scope;
    return value;
}

struct php_value php_index(struct php_scope *scope, const struct php_value *base, const struct php_value *key)
{
    switch (base->type) {
    case PV_ARRAY:
        return index_array(scope, base, key);
    case PV_TEXT:
        return index_text(scope, base, key);
    default:
        return index_unknown(scope, base, key);
    }
}

/* ---- assignment ---- */

static void note_step(struct php_scope *scope, const struct php_place *place, struct php_value *value)
{
    (void)place;
    if ((value->taint & TA_FLOW) != 0 && value->steps == NULL) {
        value->steps = php_step(scope, NULL, scope->at, STR("the request"));
    }
}

/* A plain variable or property. Inside a deeper block than the last assignment, what the visitor gave stays possible. */
static void assign_slot(struct php_scope *scope, struct php_place *place, struct php_value value)
{
    struct php_slot *slot = place->slot;
    slot->is_set = true;
    uint32_t depth = place->is_property ? scope->function_number + 1 : scope->depth;
    bool may_keep = place->is_property ? slot->depth != depth : slot->depth < depth;
    if (value.type == PV_ARRAY) {
        value.array->is_shared = true;
    }
    note_step(scope, place, &value);
    uint32_t before = php_taint_of(&slot->value);
    bool was_input = (before & TA_IN) != 0 && (before & TA_OLD) == 0;
    bool is_sibling = !place->is_property && slot->depth == depth && slot->beside != 0; /* the other way of an if */
    if ((may_keep || is_sibling) && scope->exact == 0 && was_input && (php_taint_of(&value) & TA_IN) != 0) {
        uint32_t joined = (TA_AFFIX | TA_BEHIND) & ~before;
        if (place->is_property) {
            value.taint &= ~joined; /* or nothing is joined to it */
        } else {                    /* in this block it is; behind it, perhaps not */
            slot->beside |= joined;
            slot->depth = depth;
            slot->until = scope->block_end;
        }
        slot->value = value;
        return;
    }
    slot->beside = 0;
    bool is_other = scope->is_other && !place->is_property && slot->depth == depth;
    if ((may_keep || is_other) && scope->exact == 0 && (before & TA_FLOW) != 0 &&
        (php_taint_of(&value) & TA_FLOW) == 0) {
        slot->value = php_join(&value, &slot->value);
        return;
    }
    slot->value = value;
    slot->depth = depth;
}

/* The element that keys lead to, made on the way. NULL if it can't be known; then `base` has taken the taint. */
static struct php_value *element_at(struct php_scope *scope, struct php_value *base, const struct php_place *place,
                                    uint32_t taint)
{
    struct php_heap *heap = scope->run->heap;
    for (unsigned i = 0; i < place->key_count; i++) {
        bool is_empty = base->type == PV_TEXT && base->text.len == 0; /* becomes an array, before PHP 7.1 */
        if ((base->type == PV_TEXT && !is_empty) || base->type == PV_CLOSURE ||
            (base->taint & (TA_ALL_INPUT | TA_FILES | TA_SERVER | TA_ENV)) != 0) {
            base->taint |= taint & TA_FLOW;
            return NULL;
        }
        if (base->type != PV_ARRAY) {
            uint32_t kept = base->taint;
            *base =
                (struct php_value){.type = PV_ARRAY, .array = php_array_new(heap), .taint = kept, .steps = base->steps};
        }
        if (base->array == NULL || php_array_own(heap, base) == NULL) {
            *base = php_unknown(base->taint | taint);
            return NULL;
        }
        bool is_known = place->is_next[i] || php_is_constant(&place->keys[i]);
        struct php_key key =
            is_known && !place->is_next[i] ? php_key_of(heap, &place->keys[i]) : (struct php_key){.number = 0};
        struct php_value *next = is_known ? php_array_at(heap, base->array, place->is_next[i] ? NULL : &key) : NULL;
        if (next == NULL) {
            base->taint |= (taint & (TA_FLOW | TA_PARAM | TA_OPAQUE | TA_AFFIX | TA_BEHIND)) | TA_OPAQUE;
            return NULL;
        }
        base = next;
    }
    return base;
}

/* Could a method that was evaluated before this one do something with the value that it could not without? */
static bool is_telling(const struct php_scope *scope, const struct php_value *value)
{
    const struct php_word *word =
        value->type == PV_TEXT ? php_word_find(scope->run->analyst->words, value->text) : NULL;
    return (php_taint_of(value) & (TA_FLOW | TA_DEC | TA_BUILT | TA_CHOP | TA_COM | TA_FILES | TA_HANDLE)) != 0 ||
           (word != NULL && word->role != PHP_KEYWORD) || value->type == PV_CLOSURE ||
           (value->type == PV_TEXT && php_heap_read(scope->run->heap, value->text) &&
            (str_find(value->text, STR("<?"), 0) != SIZE_MAX || str_find(value->text, STR("://"), 0) != SIZE_MAX ||
             ((scope->run->facts->gate & GATE_SINK) != 0 && str_find(value->text, STR("("), 0) != SIZE_MAX)));
}

/* A property that was asked for before it had this value, or a constant that functions called so far did not know. */
void php_learn(struct php_scope *scope, const struct php_value *value)
{
    if (scope->run->has_called && !scope->run->has_learned) {
        scope->run->has_learned = is_telling(scope, value);
    }
}

void php_assign(struct php_scope *scope, struct php_place *place, struct php_value value)
{
    if (place->is_property && place->slot != NULL && place->slot->is_asked) {
        php_learn(scope, &value);
    }
    if (place->slot == NULL) {
        if (place->is_unknown_name && (php_taint_of(&value) & TA_IN) != 0) {
            scope->run->has_imports = true;
        }
        return;
    }
    if (place->key_count == 0) {
        assign_slot(scope, place, value);
        return;
    }
    if (value.type == PV_ARRAY) {
        value.array->is_shared = true;
    }
    uint32_t taint = php_taint_of(&value);
    place->slot->is_set = true;
    struct php_value *element = element_at(scope, &place->slot->value, place, taint);
    if (element != NULL) {
        bool may_keep = place->is_request && scope->depth > 0 && scope->exact == 0;
        *element = value;
        if (may_keep && (taint & TA_IN) == 0 &&
            php_is_constant(&value)) { /* "if it is missing": else it is the visitor's */
            *element = php_unknown(TA_IN);
            element->steps =
                php_step(scope, NULL, scope->at, STR("a field of the request, or a constant if it is missing"));
        }
        element->taint &= may_keep ? ~(uint32_t)(TA_AFFIX | TA_BEHIND) : UINT32_MAX; /* or it is as it came */
    } else if ((taint & TA_FLOW) != 0 && place->slot->value.steps == NULL) {
        place->slot->value.steps = value.steps;
    }
}

/* What a place holds now. */
struct php_value php_read_place(struct php_scope *scope, const struct php_place *place)
{
    if (place->slot == NULL) {
        return php_unknown(0);
    }
    struct php_value value = place->slot->value;
    for (unsigned i = 0; i < place->key_count; i++) {
        value = php_index(scope, &value, &place->keys[i]);
    }
    return value;
}
