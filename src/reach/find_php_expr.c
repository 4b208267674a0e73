/* Expressions, by precedence climbing. Only what carries settings is computed: texts, arrays, constants, calls, conditions whose
 * answer is known. Everything else is parsed so that reading goes on behind it, and is unknown. */
#include "reach/find_php.h"

#include "base/banned.h"

const struct php_token *php_ahead(const struct php_at *at, uint32_t count)
{
    uint32_t index = at->at + count;
    return &at->source->tokens.list[index < at->end ? index : at->source->tokens.count];
}

const struct php_token *php_here(const struct php_at *at)
{
    return php_ahead(at, 0);
}

bool php_is_op(const struct php_token *token, unsigned op)
{
    return token->kind == PT_OP && token->op == op;
}

enum php_keyword php_keyword(const struct php_token *token)
{
    const struct php_word *word = token->kind == PT_NAME ? php_word_at(token->word) : NULL;
    return word != NULL && word->role == PHP_KEYWORD ? (enum php_keyword)word->detail : KW_OTHER;
}

static struct str text_of(const struct php_at *at, const struct php_token *token)
{
    return php_text(&at->source->tokens, token);
}

static void advance(struct php_at *at)
{
    if (at->at < at->end) {
        at->at++;
    }
    at->run->steps -= at->run->steps != 0;
}

static bool take(struct php_at *at, unsigned op)
{
    if (php_is_op(php_here(at), op)) {
        advance(at);
        return true;
    }
    return false;
}

/* The partner of a bracket, or the end. */
static uint32_t partner(const struct php_at *at)
{
    uint32_t match = php_here(at)->match;
    return match > at->at && match < at->end ? match : at->end;
}

void php_skip_statement(struct php_at *at)
{
    while (at->at < at->end) {
        const struct php_token *token = php_here(at);
        bool is_open = php_is_op(token, '(') || php_is_op(token, '[') || php_is_op(token, '{');
        if (php_is_op(token, ';') || token->kind == PT_HTML) {
            advance(at);
            return;
        }
        if (php_is_op(token, '}')) {
            return;
        }
        if (is_open) {
            at->at = partner(at);
        }
        advance(at);
        if (at->run->steps == 0) { /* not again over the rest of a large file */
            at->at = at->end;
        }
    }
}

/* ---- places that can be assigned ---- */

struct place {
    struct val *slot;        /* where it is, if it is there */
    struct val_array *array; /* where it would be made, under key */
    struct str key;
    bool is_append;
    char name[80]; /* "$cfg['db']['pass']", for a person */
};

static struct val *variable(struct php_at *at, struct str name, bool make)
{
    struct php_scope *scope = at->scope;
    struct php_run *run = at->run;
    bool is_global = scope->is_global || php_slot(run, &scope->global_names, name, false) != NULL;
    return php_slot(run, is_global ? &run->globals : &scope->vars, name, make);
}

static void name_add(struct place *place, const char *before, struct str text, const char *after)
{
    OWN(own_buf) struct buf name = {.max = 4096};
    buf_puts(&name, place->name);
    buf_puts(&name, before);
    buf_put(&name, str_slice(text, 0, 40));
    buf_puts(&name, after);
    size_t len = name.failed ? 0 : name.len < sizeof place->name - 1 ? name.len : sizeof place->name - 1;
    if (len != 0) {
        memcpy(place->name, name.data, len);
    }
    place->name[len] = '\0';
}

static struct val *make_place(struct php_run *run, struct place *place)
{
    if (place->slot != NULL || place->array == NULL) {
        return place->slot;
    }
    if (place->is_append) {
        struct val nothing = {0};
        uint32_t count = place->array->count;
        php_append(run, place->array, &nothing);
        return place->array->count > count ? &place->array->slots[count].value : NULL;
    }
    return php_slot(run, place->array, place->key, true);
}

static void go_into(struct php_at *at, struct place *place, const struct val *key, bool is_append)
{
    struct val *holder = place->slot != NULL ? place->slot : NULL;
    bool is_holder = holder != NULL && holder->kind == VAL_ARRAY;
    if (!is_holder) {
        bool is_free =
            holder == NULL || holder->kind == VAL_NULL || (holder->kind == VAL_UNKNOWN && holder->path.len == 0);
        holder = is_free ? make_place(at->run, place) : NULL;
        if (holder != NULL) {
            *holder = php_array(at->run);
        }
    }
    place->array = holder != NULL && holder->kind == VAL_ARRAY ? holder->array : NULL;
    place->slot = NULL;
    place->is_append = is_append;
    if (place->array != NULL && !is_append && key->kind == VAL_TEXT) {
        place->key = key->text;
        place->slot = php_slot(at->run, place->array, key->text, false);
    } else if (!is_append) {
        place->array = NULL;
    }
}

/* Looks into a place without making anything, unless an assignment follows: then the way is made. */
static bool assigns(const struct php_token *token)
{
    return token->kind == PT_OP && (token->op == '=' || token->op == PO_SET_CONCAT || token->op == PO_SET_COALESCE);
}

/* Does an assignment follow the chain of [..] and ->name that begins here? */
static bool leads_to_assignment(const struct php_at *at)
{
    struct php_at look = *at;
    for (unsigned n = 0; n < 12; n++) {
        const struct php_token *token = php_here(&look);
        if (php_is_op(token, '[')) {
            look.at = partner(&look) + 1;
        } else if (php_is_op(token, PO_ARROW) && php_ahead(&look, 1)->kind == PT_NAME) {
            look.at += 2;
        } else {
            return assigns(token);
        }
    }
    return false;
}

/* ---- primaries ---- */

static struct val expr(struct php_at *at, unsigned least);

static struct val interpolated(struct php_at *at)
{
    uint32_t end = partner(at);
    struct val value = php_text_at(at, at->at, STR(""));
    bool is_command = php_here(at)->op == '`';
    advance(at);
    while (at->at < end && php_here(at)->kind != PT_FINISH && at->run->steps != 0) {
        uint32_t before = at->at;
        struct val piece;
        if (php_here(at)->kind == PT_TEXT) {
            piece = php_text_at(at, at->at, php_unescaped(at->run, text_of(at, php_here(at)), true));
            advance(at);
        } else if (take(at, '{')) {
            piece = expr(at, 0);
            (void)take(at, '}');
        } else {
            piece = expr(at, 90);
        }
        value = php_run_concat(at->run, &value, &piece);
        if (at->at == before) {
            advance(at);
        }
    }
    at->at = end < at->end ? end + 1 : at->end;
    return is_command ? (struct val){0} : value;
}

/* Elements up to `close`; `at` is behind the opening bracket. */
static struct val array_literal(struct php_at *at, unsigned close)
{
    struct val array = php_array(at->run);
    array.path = at->source->path;
    array.line = php_line(&at->source->tokens, at->at);
    while (at->at < at->end && !php_is_op(php_here(at), close) && at->run->steps != 0) {
        uint32_t before = at->at;
        (void)take(at, '&');
        bool is_spread = take(at, PO_SPREAD);
        struct val value = expr(at, 0);
        if (take(at, PO_FAT)) {
            (void)take(at, '&');
            struct val key = value;
            value = expr(at, 0);
            struct val *slot =
                key.kind == VAL_TEXT && array.array != NULL ? php_slot(at->run, array.array, key.text, true) : NULL;
            if (slot != NULL) {
                *slot = value;
            }
        } else if (array.array != NULL && is_spread && value.kind == VAL_ARRAY) {
            for (uint32_t i = 0; i < value.array->count && at->run->steps != 0; i++, at->run->steps--) {
                struct val *slot = php_slot(at->run, array.array, value.array->slots[i].key, true);
                if (slot != NULL) {
                    *slot = value.array->slots[i].value;
                }
            }
        } else if (array.array != NULL) {
            php_append(at->run, array.array, &value);
        }
        (void)take(at, ',');
        if (at->at == before) {
            advance(at);
        }
    }
    (void)take(at, close);
    return array;
}

unsigned php_args(struct php_at *at, struct val *args, struct str *names)
{
    unsigned count = 0;
    uint32_t end = partner(at);
    advance(at);
    while (at->at < end && at->run->steps != 0) {
        uint32_t before = at->at;
        struct str name = STR("");
        (void)take(at, '&');
        (void)take(at, PO_SPREAD);
        if (php_here(at)->kind == PT_NAME && php_is_op(php_ahead(at, 1), ':')) {
            name = text_of(at, php_here(at));
            advance(at);
            advance(at);
        }
        struct val value = expr(at, 0);
        if (count < PHP_ARGS_MAX) {
            names[count] = name;
            args[count++] = value;
        }
        while (at->at < end && !php_is_op(php_here(at), ',')) { /* something that was not understood */
            bool is_open = php_is_op(php_here(at), '(') || php_is_op(php_here(at), '[') || php_is_op(php_here(at), '{');
            at->at = is_open ? partner(at) : at->at;
            advance(at);
        }
        (void)take(at, ',');
        if (at->at == before) {
            advance(at);
        }
    }
    at->at = end < at->end ? end + 1 : at->end;
    return count;
}

/* $_ENV['X'], $_SERVER['DOCUMENT_ROOT'], $_POST[..], $GLOBALS['x'] */
static bool superglobal(struct php_at *at, struct str name, struct val *ret_value)
{
    static const char *const inputs[] = {"_GET", "_POST", "_REQUEST", "_COOKIE", "_FILES", "_SESSION"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        if (str_eq(name, str_of(inputs[i]))) {
            *ret_value = (struct val){.kind = VAL_INPUT};
            return true;
        }
    }
    bool is_server = str_eq(name, STR("_SERVER"));
    if ((!is_server && !str_eq(name, STR("_ENV"))) || !php_is_op(php_here(at), '[')) {
        return false;
    }
    uint32_t token = at->at;
    advance(at);
    struct val key = expr(at, 0);
    (void)take(at, ']');
    *ret_value = (struct val){0};
    if (!val_is_text(&key)) {
        return true;
    }
    if (is_server && (str_eq(key.text, STR("DOCUMENT_ROOT")) || str_eq(key.text, STR("CONTEXT_DOCUMENT_ROOT")))) {
        *ret_value = php_text_at(at, token, find_root(at->run->find));
        return true;
    }
    if (!is_server || !str_starts(key.text, STR("HTTP_"))) {
        bool is_ours = php_dotenv(at->run, at->source->rel, key.text, ret_value);
        bool is_of_server =
            is_server && (str_starts(key.text, STR("SERVER_")) || str_starts(key.text, STR("REMOTE_")) ||
                          str_starts(key.text, STR("REQUEST_")) || str_starts(key.text, STR("SCRIPT_")));
        if (!is_ours && !is_of_server) {
            *ret_value = php_text_at(at, token, key.text);
            ret_value->kind = VAL_ENV;
        }
    }
    return true;
}

static struct str directory_of(struct str path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash != NULL ? str_slice(path, 0, (size_t)(slash - path.data)) : STR("");
}

/* The file at hand as PHP would name it: the tree's root and the path below it. */
static struct str file_path(const struct php_at *at)
{
    OWN(own_buf) struct buf path = {.max = 1 << 14};
    buf_put(&path, find_root(at->run->find));
    buf_putc(&path, '/');
    buf_put(&path, at->source->rel);
    return arena_str(at->run->arena, buf_str(&path), NULL);
}

static struct val constant(struct php_at *at, struct str name, uint32_t token)
{
    if (str_eq_nocase(name, STR("__DIR__"))) {
        return php_text_at(at, token, directory_of(file_path(at)));
    }
    if (str_eq_nocase(name, STR("__FILE__"))) {
        return php_text_at(at, token, file_path(at));
    }
    if (str_eq(name, STR("DIRECTORY_SEPARATOR")) || str_eq(name, STR("DS"))) {
        return php_text_at(at, token, STR("/"));
    }
    if (str_eq(name, STR("PHP_EOL"))) {
        return php_text_at(at, token, STR("\n"));
    }
    const struct val *found = php_slot(at->run, &at->run->constants, name, false);
    if (found == NULL) {
        return (struct val){0};
    }
    struct val value = *found;
    php_says(at->run, &value, "constant", "%.*s", STR_FMT(name));
    return value;
}

/* include X: its value is what the file returns, for the scope at hand. */
static struct val include(struct php_at *at, uint32_t token)
{
    struct val path = expr(at, 10), value = {0};
    bool is_new = false;
    struct php_source *source = php_source_at(at->run, at, &path, &is_new);
    if (source == NULL) {
        return value;
    }
    if (at->run->depth + 8 >= PHP_DEPTH_MAX) {
        find_cut_short(at->run->find);
        return value;
    }
    struct php_at inside = {.run = at->run, .source = source, .scope = at->scope, .end = source->tokens.count};
    at->run->depth += 4;
    php_run_statements(&inside);
    at->run->depth -= 4;
    (void)token;
    return inside.has_returned ? inside.result : value;
}

/* function (..) use (..) {..}, fn (..) => ..; what it would do is looked at at once: it may connect. */
static struct val closure(struct php_at *at)
{
    bool is_arrow = php_keyword(php_here(at)) == KW_FN;
    advance(at);
    (void)take(at, '&');
    if (php_is_op(php_here(at), '(')) {
        at->at = partner(at);
        advance(at);
    }
    struct val value = {.kind = VAL_RUN};
    if (is_arrow) {
        while (at->at < at->end && !php_is_op(php_here(at), PO_FAT) && !php_is_op(php_here(at), ';')) {
            advance(at);
        }
        (void)take(at, PO_FAT);
        (void)expr(at, 0);
        return value;
    }
    while (at->at < at->end && !php_is_op(php_here(at), '{') && !php_is_op(php_here(at), ';')) {
        at->at = php_is_op(php_here(at), '(') ? partner(at) : at->at;
        advance(at);
    }
    if (php_is_op(php_here(at), '{')) {
        uint32_t end = partner(at);
        struct php_at inside = *at;
        inside.at++;
        inside.end = end;
        inside.has_returned = false;
        if (at->run->depth + 4 < PHP_DEPTH_MAX) {
            at->run->depth += 2;
            php_run_statements(&inside);
            at->run->depth -= 2;
        } else {
            find_cut_short(at->run->find);
        }
        at->at = end;
        advance(at);
    }
    return value;
}

static struct val call_or_constant(struct php_at *at, struct str name, uint32_t token)
{
    struct val args[PHP_ARGS_MAX], value = {0};
    struct str names[PHP_ARGS_MAX];
    if (!php_is_op(php_here(at), '(')) {
        return constant(at, name, token);
    }
    unsigned count = php_args(at, args, names);
    if (php_builtin(at, name, args, count, token, &value)) {
        return value;
    }
    struct php_function *function = php_function_of(at->run, name);
    if (function == NULL && php_autoload(at->run, name, false)) {
        function = php_function_of(at->run, name);
    }
    if (function != NULL) {
        return php_call(at->run, function, NULL, args, names, count);
    }
    for (unsigned i = 0; i < count; i++) {
        if (args[i].kind == VAL_ARRAY) {
            php_append(at->run, &at->run->loose, &args[i]);
        }
    }
    return value;
}

static struct php_class *named_class(struct php_at *at, struct str name)
{
    if (str_eq_nocase(name, STR("self")) || str_eq_nocase(name, STR("static"))) {
        return at->scope->class;
    }
    if (str_eq_nocase(name, STR("parent"))) {
        return at->scope->class != NULL ? php_class_of(at->run, at->scope->class->parent) : NULL;
    }
    struct php_class *class = php_class_of(at->run, name);
    if (class == NULL && php_autoload(at->run, name, true)) {
        class = php_class_of(at->run, name);
    }
    return class;
}

/* Class::CONST, Class::$static, Class::method(..); `at` is behind "::". */
static struct val static_member(struct php_at *at, struct str class_name, uint32_t token)
{
    struct php_class *class = named_class(at, class_name);
    struct val value = {0}, args[PHP_ARGS_MAX];
    struct str names[PHP_ARGS_MAX];
    const struct php_token *member = php_here(at);
    struct str name = text_of(at, member);
    if (member->kind != PT_VAR && member->kind != PT_NAME) {
        return value;
    }
    advance(at);
    if (member->kind == PT_NAME && php_is_op(php_here(at), '(')) {
        unsigned count = php_args(at, args, names);
        struct php_function *method = class != NULL ? php_method_of(at->run, class, name) : NULL;
        if (method != NULL) {
            return php_call(at->run, method, at->scope->self, args, names, count);
        }
        bool is_parent = str_eq_nocase(class_name, STR("parent")) && str_eq_nocase(name, STR("__construct"));
        if (is_parent && at->scope->class != NULL) {
            (void)php_builtin_class(at, at->scope->class->parent, args, count, token, &value);
        }
        for (unsigned i = 0; i < count && !is_parent; i++) {
            if (args[i].kind == VAL_ARRAY) {
                php_append(at->run, &at->run->loose, &args[i]);
            }
        }
        return value;
    }
    if (class != NULL && php_class_member(at->run, class, name, &value)) {
        php_says(at->run, &value, "member", "%.*s::%.*s", STR_FMT(class->name), STR_FMT(name));
    }
    return value;
}

static struct val new_object(struct php_at *at, uint32_t token)
{
    struct val args[PHP_ARGS_MAX], value = {0};
    struct str names[PHP_ARGS_MAX];
    unsigned count = 0;
    const struct php_token *word = php_here(at);
    if (word->kind != PT_NAME || php_keyword(word) == KW_CLASS) {
        if (php_keyword(word) != KW_CLASS) {
            advance(at); /* new $class */
        }
        return value;
    }
    struct str name = text_of(at, word);
    advance(at);
    if (php_is_op(php_here(at), '(')) {
        count = php_args(at, args, names);
    }
    struct php_class *class = named_class(at, name);
    if (class != NULL) {
        return php_run_new(at->run, class, args, names, count);
    }
    (void)php_builtin_class(at, name, args, count, token, &value);
    for (unsigned i = 0; i < count; i++) {
        if (args[i].kind == VAL_ARRAY) {
            php_append(at->run, &at->run->loose, &args[i]);
        }
    }
    if (value.kind == VAL_UNKNOWN) {
        struct val_object *object = ARENA_NEW(at->run->arena, struct val_object, 1, NULL);
        if (object != NULL) {
            object->name = name;
            value = (struct val){.kind = VAL_OBJECT, .object = object};
        }
    }
    return value;
}

/* ->name and ->name(..), the arrow is at hand. */
static struct val arrow(struct php_at *at, const struct val *holder, struct place *place)
{
    struct val args[PHP_ARGS_MAX], value = {0};
    struct str names[PHP_ARGS_MAX];
    uint32_t token = at->at;
    struct val_object *object = holder->kind == VAL_OBJECT ? holder->object : NULL;
    advance(at);
    const struct php_token *member = php_here(at);
    struct str name = text_of(at, member);
    place->slot = NULL;
    place->array = NULL;
    if (member->kind != PT_NAME) {
        advance(at);
        return (struct val){.kind = holder->kind == VAL_INPUT ? VAL_INPUT : VAL_UNKNOWN};
    }
    advance(at);
    if (php_is_op(php_here(at), '(')) {
        unsigned count = php_args(at, args, names);
        struct php_function *method =
            object != NULL && object->class != NULL ? php_method_of(at->run, object->class, name) : NULL;
        if (method != NULL) {
            return php_call(at->run, method, object, args, names, count);
        }
        php_builtin_method(at, object, name, args, count, token);
        return (struct val){.kind = holder->kind == VAL_INPUT ? VAL_INPUT : VAL_UNKNOWN};
    }
    name_add(place, "->", name, "");
    if (object != NULL) {
        place->array = &object->members;
        place->key = name;
        place->slot = php_slot(at->run, &object->members, name, false);
        value = place->slot != NULL ? *place->slot : value;
    }
    return value;
}

/* $name and what hangs on it: [..], ->.., ::.., (..). Assigns, if that is what comes next. */
static struct val chain(struct php_at *at, struct val value, struct place *place)
{
    for (unsigned n = 0; n < 64 && at->run->steps != 0; n++) {
        const struct php_token *token = php_here(at);
        if (php_is_op(token, '[')) {
            bool is_made = leads_to_assignment(at);
            uint32_t end = partner(at);
            advance(at);
            bool is_append = at->at == end;
            unsigned kind = php_here(at)->kind; /* what a key is computed from may be secret */
            bool is_plain = end == at->at + 1 && (kind == PT_SINGLE || kind == PT_DOUBLE || kind == PT_NUMBER);
            struct val key = is_append ? (struct val){0} : expr(at, 0);
            at->at = end < at->end ? end + 1 : at->end;
            bool is_input = value.kind == VAL_INPUT;
            if (is_made || value.kind == VAL_ARRAY) {
                if (is_made || place->slot != NULL) {
                    go_into(at, place, &key, is_append);
                } else {
                    place->array = value.array;
                    place->slot = key.kind == VAL_TEXT ? php_slot(at->run, value.array, key.text, false) : NULL;
                }
                value = place->slot != NULL ? *place->slot : (struct val){0};
                if (!is_made && is_plain && key.kind == VAL_TEXT) {
                    php_says(at->run, &value, "member", "['%.*s']", STR_FMT(key.text));
                }
            } else {
                *place = (struct place){0};
                value = (struct val){.kind = is_input ? VAL_INPUT : VAL_UNKNOWN};
            }
            name_add(place, "['", is_plain && key.kind == VAL_TEXT ? key.text : STR(".."), "']");
        } else if (php_is_op(token, PO_ARROW)) {
            bool is_made = leads_to_assignment(at);
            if (is_made && value.kind == VAL_UNKNOWN && place->slot == NULL && place->array != NULL) {
                struct val *slot =
                    make_place(at->run, place); /* $CFG->dbhost = ..: an object out of nothing, as PHP made it once */
                struct val_object *object = ARENA_NEW(at->run->arena, struct val_object, 1, NULL);
                if (slot != NULL && object != NULL) {
                    value = *slot = (struct val){.kind = VAL_OBJECT, .object = object};
                }
            }
            value = arrow(at, &value, place);
        } else if (php_is_op(token, '(')) {
            struct val args[PHP_ARGS_MAX];
            struct str names[PHP_ARGS_MAX];
            (void)php_args(at, args, names);
            value = (struct val){0};
            *place = (struct place){0};
        } else {
            return value;
        }
    }
    return value;
}

static void assign(struct php_at *at, struct place *place, struct val *value)
{
    struct val *slot = make_place(at->run, place);
    if (slot == NULL) {
        return;
    }
    if (place->name[0] != '\0' && value->path.len != 0) {
        php_says(at->run, value, "variable", "%s", place->name);
    }
    *slot = *value;
    if (slot->kind == VAL_UNKNOWN && slot->path.len == 0) {
        slot->path = at->source->path; /* set, to something nobody knows */
        slot->line = php_line(&at->source->tokens, at->at);
    }
}

/* What follows a place: =, .=, ??=, ++ */
static struct val assignment(struct php_at *at, struct val value, struct place *place)
{
    const struct php_token *token = php_here(at);
    if (php_is_op(token, '=')) {
        advance(at);
        (void)take(at, '&');
        struct val said = expr(at, 10);
        assign(at, place, &said);
        return said;
    }
    if (php_is_op(token, PO_SET_CONCAT)) {
        advance(at);
        struct val more = expr(at, 10);
        value = php_run_concat(at->run, &value, &more);
        assign(at, place, &value);
    } else if (php_is_op(token, PO_SET_COALESCE)) {
        advance(at);
        struct val other = expr(at, 10);
        if (value.kind == VAL_NULL || value.kind == VAL_UNKNOWN) {
            value = other;
            assign(at, place, &value);
        }
    } else if (php_is_op(token, PO_INC) || php_is_op(token, PO_DEC)) {
        uint64_t number;
        bool is_number = val_is_text(&value) && str_u64(value.text, &number) && number < INT32_MAX;
        if (is_number && place->slot != NULL) {
            *place->slot = php_number(at, php_is_op(token, PO_INC) ? (int64_t)number + 1 : (int64_t)number - 1);
        }
        advance(at);
    } else if (token->kind == PT_OP && token->op >= PO_SET_ADD && token->op <= PO_SET_OTHER) {
        advance(at);
        (void)expr(at, 10);
        value = (struct val){0};
    }
    return value;
}

static struct val variable_expr(struct php_at *at)
{
    uint32_t token = at->at;
    struct str name = text_of(at, php_here(at));
    struct val value = {0};
    struct place place = {0};
    advance(at);
    if (superglobal(at, name, &value)) {
        return chain(at, value, &place);
    }
    if (str_eq(name, STR("GLOBALS")) && php_is_op(php_here(at), '[')) {
        value = (struct val){.kind = VAL_ARRAY, .array = &at->run->globals};
        place.slot = &value;
    } else if (str_eq(name, STR("this"))) {
        value = at->scope->self != NULL ? (struct val){.kind = VAL_OBJECT, .object = at->scope->self} : value;
    } else {
        bool is_global = at->scope->is_global || php_slot(at->run, &at->scope->global_names, name, false) != NULL;
        place.slot = variable(at, name, false);
        place.array = is_global ? &at->run->globals : &at->scope->vars;
        place.key = name;
        value = place.slot != NULL ? *place.slot : value;
    }
    name_add(&place, "$", name, "");
    (void)token;
    if (php_is_op(php_here(at), PO_COLONS)) {
        advance(at);
        return static_member(at, value.kind == VAL_OBJECT ? value.object->name : STR(""), token);
    }
    value = chain(at, value, &place);
    return assignment(at, value, &place);
}

/* [$a, $b] = ..; list(..) = ..: the parts of an array */
static void destructure(struct php_at *at, uint32_t from, uint32_t to, const struct val *value)
{
    struct php_at inside = *at;
    int64_t index = 0;
    inside.at = from;
    inside.end = to;
    while (inside.at < to && at->run->steps != 0) {
        char text[24];
        struct str key = {text, 0};
        if (php_is_op(php_ahead(&inside, 1), PO_FAT)) {
            key = text_of(&inside, php_here(&inside));
            inside.at += 2;
        } else {
            struct val number = php_number(&inside, index++);
            key = number.text;
        }
        const struct val *part = value->kind == VAL_ARRAY ? php_slot(at->run, value->array, key, false) : NULL;
        if (php_here(&inside)->kind == PT_VAR) {
            struct val *slot = variable(&inside, text_of(&inside, php_here(&inside)), true);
            if (slot != NULL) {
                *slot = part != NULL ? *part : (struct val){.path = at->source->path};
            }
        }
        while (inside.at < to && !php_is_op(php_here(&inside), ',')) {
            advance(&inside);
        }
        advance(&inside);
    }
}

static struct val bracket_expr(struct php_at *at)
{
    uint32_t open = at->at, end = partner(at);
    bool is_list = end + 1 < at->end && php_is_op(&at->source->tokens.list[end + 1], '=');
    struct place place = {0};
    if (is_list) {
        at->at = end + 2;
        struct val value = expr(at, 10);
        destructure(at, open + 1, end, &value);
        return value;
    }
    advance(at);
    struct val value = array_literal(at, ']');
    return chain(at, value, &place);
}

static struct val isset_expr(struct php_at *at, bool is_empty)
{
    struct val args[PHP_ARGS_MAX];
    struct str names[PHP_ARGS_MAX];
    if (!php_is_op(php_here(at), '(')) {
        return (struct val){0};
    }
    unsigned count = php_args(at, args, names);
    int truth = -1;
    if (count != 0 && (args[0].kind == VAL_TEXT || args[0].kind == VAL_ARRAY || args[0].kind == VAL_OBJECT)) {
        truth = is_empty ? php_truth(&args[0]) == 0 : 1;
    }
    return truth < 0 ? (struct val){0} : php_text_at(at, at->at, truth ? STR("1") : STR(""));
}

static struct val name_expr(struct php_at *at)
{
    uint32_t token = at->at;
    struct str name = text_of(at, php_here(at));
    enum php_keyword keyword = php_keyword(php_here(at));
    struct place place = {0};
    if (keyword == KW_FUNCTION || keyword == KW_FN) {
        return closure(at);
    }
    if (keyword == KW_STATIC &&
        (php_keyword(php_ahead(at, 1)) == KW_FUNCTION || php_keyword(php_ahead(at, 1)) == KW_FN)) {
        advance(at);
        return closure(at);
    }
    advance(at);
    switch ((int)keyword) {
    case KW_ARRAY:
        if (take(at, '(')) {
            struct val value = array_literal(at, ')');
            return chain(at, value, &place);
        }
        return (struct val){0};
    case KW_LIST: {
        uint32_t open = at->at, end = partner(at);
        at->at = end < at->end ? end + 1 : at->end;
        if (take(at, '=')) {
            struct val value = expr(at, 10);
            destructure(at, open + 1, end, &value);
        }
        return (struct val){0};
    }
    case KW_NEW: {
        struct val value = new_object(at, token);
        return chain(at, value, &place);
    }
    case KW_INCLUDE:
        return include(at, token);
    case KW_TRUE:
        return php_text_at(at, token, STR("1"));
    case KW_FALSE:
        return php_text_at(at, token, STR(""));
    case KW_NULL:
        return (struct val){.kind = VAL_NULL, .path = at->source->path, .line = php_line(&at->source->tokens, token)};
    case KW_ISSET:
    case KW_EMPTY:
        return isset_expr(at, keyword == KW_EMPTY);
    case KW_PRINT:
    case KW_CLONE:
    case KW_THROW:
    case KW_YIELD:
        return expr(at, 10);
    case KW_EXIT:
        if (php_is_op(php_here(at), '(')) {
            at->at = partner(at);
            advance(at);
        }
        return (struct val){0};
    case KW_MATCH:
        if (php_is_op(php_here(at), '(')) {
            at->at = partner(at);
            advance(at);
        }
        if (php_is_op(php_here(at), '{')) {
            at->at = partner(at);
            advance(at);
        }
        return (struct val){0};
    default:
        break;
    }
    struct val value;
    if (take(at, PO_COLONS)) {
        place.array = NULL;
        value = static_member(at, name, token);
    } else {
        value = call_or_constant(at, name, token);
    }
    value = chain(at, value, &place);
    return assignment(at, value, &place);
}

static struct val negated(struct php_at *at)
{
    struct val value = expr(at, 80);
    int truth = php_truth(&value);
    return truth < 0 ? (struct val){0} : php_text_at(at, at->at, truth ? STR("") : STR("1"));
}

static struct val operator_expr(struct php_at *at)
{
    unsigned op = php_here(at)->op;
    switch (op) {
    case '(': {
        struct place place = {0};
        advance(at);
        struct val value = expr(at, 0);
        (void)take(at, ')');
        return chain(at, value, &place);
    }
    case '[':
        return bracket_expr(at);
    case '!':
        advance(at);
        return negated(at);
    case '@':
    case '&':
    case '+':
        advance(at);
        return expr(at, 80);
    case '-':
    case '~':
    case PO_INC:
    case PO_DEC:
        advance(at);
        (void)expr(at, 80);
        return (struct val){0};
    case '#': /* attributes are brackets of their own */
        advance(at);
        return (struct val){0};
    default:
        return (struct val){0};
    }
}

static struct val primary(struct php_at *at)
{
    const struct php_token *token = php_here(at);
    uint32_t index = at->at;
    switch ((enum php_kind)token->kind) {
    case PT_VAR:
        return variable_expr(at);
    case PT_NAME:
        return name_expr(at);
    case PT_SINGLE:
    case PT_DOUBLE:
    case PT_RAW:
    case PT_NUMBER: {
        struct str text = text_of(at, token);
        bool is_raw = token->kind == PT_RAW || token->kind == PT_NUMBER;
        struct place place = {0};
        advance(at);
        text = is_raw ? text : php_unescaped(at->run, text, token->kind == PT_DOUBLE);
        return chain(at, php_text_at(at, index, text), &place);
    }
    case PT_BEGIN:
        return interpolated(at);
    case PT_CAST: {
        bool is_array = token->op == 'a';
        bool is_object = str_find_nocase(text_of(at, token), STR("object"), 0) != SIZE_MAX;
        advance(at);
        struct val value = expr(at, 80);
        struct val_object *object = NULL;
        if (is_array && is_object && value.kind == VAL_ARRAY) { /* (object) ['host' => ..]: its members */
            object = ARENA_NEW(at->run->arena, struct val_object, 1, NULL);
        }
        if (object != NULL) {
            object->members = *value.array;
            return (struct val){.kind = VAL_OBJECT, .object = object};
        }
        return value;
    }
    case PT_OP:
        return operator_expr(at);
    case PT_END:
    case PT_HTML:
    case PT_ECHO:
    case PT_TEXT:
    case PT_FINISH:
        break;
    }
    return (struct val){0};
}

/* ---- operators between ---- */

static unsigned binding(const struct php_token *token)
{
    if (token->kind == PT_NAME) {
        enum php_keyword keyword = php_keyword(token);
        return keyword == KW_AND || keyword == KW_OR || keyword == KW_XOR ? 5 : keyword == KW_INSTANCEOF ? 75 : 0;
    }
    if (token->kind != PT_OP) {
        return 0;
    }
    switch (token->op) {
    case '?':
        return 12;
    case PO_COALESCE:
        return 15;
    case PO_OR:
        return 20;
    case PO_AND:
        return 25;
    case '|':
    case '^':
    case '&':
        return 30;
    case PO_EQ:
    case PO_IDENT:
    case PO_NE:
    case PO_NOT_IDENT:
    case PO_SPACESHIP:
        return 40;
    case '<':
    case '>':
    case PO_LE:
    case PO_GE:
        return 45;
    case '.':
        return 50;
    case PO_SHL:
    case PO_SHR:
        return 52;
    case '+':
    case '-':
        return 55;
    case '*':
    case '/':
    case '%':
        return 60;
    case PO_POW:
        return 70;
    default:
        return 0;
    }
}

/* a ?: b, a ?? b: what is known of the two; of what the environment holds the default is known. */
static struct val fallback(struct php_at *at, struct val value, unsigned least, bool is_coalesce)
{
    struct val other = expr(at, least);
    int truth = is_coalesce ? (value.kind == VAL_NULL                               ? 0
                               : value.kind == VAL_UNKNOWN || value.kind == VAL_ENV ? -1
                                                                                    : 1)
                            : php_truth(&value);
    if (truth == 1 || value.kind == VAL_INPUT) {
        return value;
    }
    if (truth < 0 && value.kind == VAL_ENV && other.kind == VAL_TEXT && other.text.len != 0) {
        php_says(at->run, &other, "environment", "the default of %.*s", STR_FMT(value.text));
        other.is_default = true;
        return other;
    }
    return value.kind == VAL_ENV ? value : other;
}

static struct val ternary(struct php_at *at, const struct val *condition)
{
    if (take(at, ':')) {
        return fallback(at, *condition, 13, false);
    }
    struct val first = expr(at, 0);
    (void)take(at, ':');
    struct val second = expr(at, 13);
    int truth = php_truth(condition);
    bool is_first = truth == 1,
         is_known_first = first.kind == VAL_TEXT || first.kind == VAL_ARRAY || first.kind == VAL_ENV;
    bool is_known_second = second.kind == VAL_TEXT || second.kind == VAL_ARRAY;
    if (truth < 0 && is_known_first && is_known_second && first.kind != VAL_ENV) {
        is_first = php_choose(at->run, 2) == 0;
    } else if (truth < 0 && first.kind == VAL_ENV && is_known_second) {
        second.is_default = true;
        php_says(at->run, &second, "environment", "the default of %.*s", STR_FMT(first.text));
    } else if (truth < 0) {
        is_first = is_known_first;
    }
    return is_first ? first : second;
}

static struct val truth_value(struct php_at *at, int truth)
{
    return truth < 0 ? (struct val){0} : php_text_at(at, at->at, truth ? STR("1") : STR(""));
}

static struct val binary(struct php_at *at, struct val *left, const struct php_token *token, unsigned strength)
{
    unsigned op = token->kind == PT_NAME ? (php_keyword(token) == KW_AND ? PO_AND : PO_OR) : token->op;
    if (op == '?') {
        return ternary(at, left);
    }
    if (op == PO_COALESCE) {
        return fallback(at, *left, strength, true);
    }
    struct val right = expr(at, strength + 1);
    if (op == '.') {
        return php_run_concat(at->run, left, &right);
    }
    int a = php_truth(left), b = php_truth(&right);
    bool is_and = op == PO_AND, is_or = op == PO_OR;
    if (is_and || is_or) {
        int decides = is_or;
        return truth_value(at, a == decides || b == decides ? decides : a < 0 || b < 0 ? -1 : !decides);
    }
    bool is_same = op == PO_EQ || op == PO_IDENT, is_other = op == PO_NE || op == PO_NOT_IDENT;
    if ((is_same || is_other) && val_is_text(left) && val_is_text(&right)) {
        return truth_value(at, str_eq(left->text, right.text) == is_same);
    }
    if (op == '+' && left->kind == VAL_ARRAY && right.kind == VAL_ARRAY) {
        for (uint32_t i = 0; i < right.array->count && at->run->steps != 0; i++, at->run->steps--) {
            struct val_slot *slot = &right.array->slots[i];
            if (php_slot(at->run, left->array, slot->key, false) == NULL) {
                struct val *made = php_slot(at->run, left->array, slot->key, true);
                if (made != NULL) {
                    *made = slot->value;
                }
            }
        }
        return *left;
    }
    return (struct val){0};
}

/* Behind an expression, brackets and all: before the "," ";" ":" "=>" or closing bracket that ends it. */
static void skip_expression(struct php_at *at)
{
    for (; at->at < at->end && at->run->steps != 0; advance(at)) {
        const struct php_token *token = php_here(at);
        bool is_end = php_is_op(token, ',') || php_is_op(token, ';') || php_is_op(token, PO_FAT) ||
                      php_is_op(token, ')') || php_is_op(token, ']') || php_is_op(token, '}');
        if (is_end || token->kind == PT_HTML) {
            return;
        }
        if (php_is_op(token, '(') || php_is_op(token, '[') || php_is_op(token, '{')) {
            at->at = partner(at);
        }
    }
}

static struct val expr(struct php_at *at, unsigned least)
{
    struct php_run *run = at->run;
    if (run->steps == 0) {
        at->at = at->end;
        return (struct val){0};
    }
    if (run->depth >= PHP_DEPTH_MAX) {
        find_cut_short(run->find);
        skip_expression(at);
        return (struct val){0};
    }
    run->depth++;
    struct val left = primary(at);
    for (;;) {
        const struct php_token *token = php_here(at);
        unsigned strength = binding(token);
        if (strength == 0 || strength < least || run->steps == 0) {
            break;
        }
        advance(at);
        left = binary(at, &left, token, strength);
    }
    run->depth--;
    return left;
}

struct val php_expr(struct php_at *at)
{
    return expr(at, 0);
}
