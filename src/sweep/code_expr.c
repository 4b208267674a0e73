/* Expressions of five languages. No tree is kept: what is read is evaluated at once. What isn't understood is stepped over. */
#include "base/str.h"
#include "sweep/code_run.h"

#include "base/banned.h"

/* What a variable keeps of what is put into the object it holds. */
enum { KEPT = TA_FLOW | TA_DEC | TA_CHOP | TA_AFFIX | TA_BEHIND | TA_COM | TA_HANDLE | TA_SCRIPT_PATH | TA_LINK };

/* One or the other: what is joined to the visitor's bytes counts only if it is in both. */
struct php_value code_join(const struct php_value *left, const struct php_value *right)
{
    const uint32_t must = TA_AFFIX | TA_BEHIND;
    struct php_value out = php_join(left, right);
    uint32_t a = php_taint_of(left), b = php_taint_of(right);
    bool is_left = (a & TA_FLOW) != 0, is_right = (b & TA_FLOW) != 0;
    uint32_t kept = is_left && is_right ? a & b : is_left ? a : is_right ? b : a | b;
    out.taint = (out.taint & ~must) | (kept & must);
    out.suffix = is_left && is_right && !str_eq(left->suffix, right->suffix) ? STR("") : out.suffix;
    return out;
}

/* ---- names and variables ---- */

/* VB's names in lower case, in the heap; those of other languages as they are. */
static struct str fold_name(struct code_run *run, struct str name, uint8_t language)
{
    bool is_folded = !code_is_vb(language);
    for (size_t i = 0; !is_folded && i < name.len; i++) {
        is_folded = name.data[i] >= 'A' && name.data[i] <= 'Z';
        if (is_folded) {
            break;
        }
    }
    char *room = code_is_vb(language) && is_folded ? php_heap_room(run->heap, name.len) : NULL;
    if (room == NULL) {
        return name;
    }
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        room[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    }
    return php_heap_text(run->heap, name.len);
}

static struct php_slot *own_variable(const struct code_scope *scope, struct str key)
{
    for (unsigned i = scope->function_count; i-- > 0;) {
        struct php_slot *slot = php_map_find(&scope->functions[i].function->locals, key);
        if (slot != NULL) {
            return slot;
        }
    }
    return NULL;
}

/* VB makes a variable of a function out of any name that it does not know yet. */
static bool is_own(const struct code_scope *scope, struct str key, uint8_t language)
{
    static const char *const servers[] = {"session", "application", "response", "request",
                                          "server",  "cache",       "viewstate"};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        if (str_eq(key, str_of(servers[i]))) {
            return false;
        }
    }
    return scope->function_count != 0 && code_is_vb(language) && php_map_find(&scope->run->page_names, key) == NULL;
}

struct php_slot *code_variable_find(struct code_scope *scope, struct str name, uint8_t language)
{
    struct str key = fold_name(scope->run, name, language);
    struct php_slot *slot = own_variable(scope, key);
    return slot != NULL ? slot : php_map_find(&scope->run->variables, key);
}

struct php_slot *code_variable(struct code_scope *scope, struct str name, uint8_t language)
{
    struct code_run *run = scope->run;
    struct str key = fold_name(run, name, language);
    struct php_slot *slot = own_variable(scope, key);
    struct php_map *map = is_own(scope, key, language) ? &code_inside(scope)->locals : &run->variables;
    return slot != NULL ? slot : php_map_at(run->heap, map, key);
}

void code_declare(struct code_scope *scope, struct str name, uint8_t language)
{
    if (scope->function_count != 0 && name.len != 0) {
        (void)php_map_at(scope->run->heap, &code_inside(scope)->locals, fold_name(scope->run, name, language));
    }
}

/* ---- what functions write to variables of the page ---- */

static void note_outside(struct code_scope *scope, struct str key, const struct php_value *value)
{
    const uint32_t must = TA_AFFIX | TA_BEHIND;
    struct code_run *run = scope->run;
    uint32_t taint = php_taint_of(value) & KEPT;
    if (scope->function_count == 0 || (taint & ~must) == 0 || own_variable(scope, key) != NULL) {
        return;
    }
    struct php_slot *slot = php_map_at(run->heap, &run->outside, key);
    if (slot == NULL || (!slot->is_set && run->outside_count == run->outside_cap)) {
        return;
    }
    if (!slot->is_set) {
        slot->is_set = true;
        slot->value = php_number_value(run->outside_count);
        run->outsides[run->outside_count++] =
            (struct code_outside){.writer = code_inside(scope), .taint = taint & must};
    }
    struct code_outside *outside = &run->outsides[(size_t)slot->value.number];
    outside->writer = outside->writer == code_inside(scope) ? outside->writer : NULL;
    run->has_grown = run->has_grown || (taint & ~outside->taint & ~must) != 0;
    outside->taint = ((outside->taint | taint) & ~must) | (outside->taint & taint & must);
    outside->steps = value->steps != NULL ? value->steps : outside->steps;
}

/* What a function puts into a parameter, its caller has: an object, or any variable of VB. */
static void note_given(struct code_scope *scope, struct str key, uint32_t taint, const struct php_step *steps)
{
    struct code_run *run = scope->run;
    struct code_function *function = code_inside(scope);
    for (unsigned i = 0; function != NULL && (taint & TA_FLOW) != 0 && i < function->parameter_count; i++) {
        if (!str_eq(function->parameters[i], key)) {
            continue;
        }
        if (function->given == NULL) {
            function->given = php_heap_take(run->heap, CODE_PARAMETERS_MAX * sizeof *function->given);
        }
        if (function->given != NULL) {
            run->has_grown = run->has_grown || (taint & TA_FLOW & ~function->given[i].taint) != 0;
            function->given[i].taint |= taint & TA_FLOW;
            function->given[i].steps = steps != NULL ? steps : function->given[i].steps;
        }
    }
}

/* The value of a variable, with what other functions may have put there. */
static struct php_value read_variable(struct code_scope *scope, struct str name, uint8_t language, bool *ret_is_known)
{
    struct code_run *run = scope->run;
    struct str key = fold_name(run, name, language);
    const struct php_slot *own = own_variable(scope, key);
    const struct php_slot *slot = own != NULL ? own : php_map_find(&run->variables, key);
    const struct php_slot *found = own == NULL ? php_map_find(&run->outside, key) : NULL;
    bool is_early = own == NULL && scope->function_count == 0 && found == NULL &&
                    (slot == NULL || !slot->is_set || slot->until != run->pass);
    bool is_empty = run->exact != 0 && language == CODE_VBSCRIPT && /* declared, no more; or not assigned yet */
                    ((own != NULL && !own->is_set) || is_early);
    struct php_value value = is_empty                       ? php_text_value(STR(""))
                             : slot != NULL && slot->is_set ? slot->value
                                                            : php_unknown(0);
    const struct code_outside *outside = found != NULL ? &run->outsides[(size_t)found->value.number] : NULL;
    *ret_is_known = slot != NULL;
    if (outside != NULL && (outside->writer == NULL || outside->writer != code_inside(scope))) {
        struct php_value other = php_unknown(outside->taint);
        other.steps = outside->steps;
        value = code_join(&value, &other);
    }
    return value;
}

void code_add_taint(struct code_scope *scope, struct str name, uint8_t language, uint32_t taint,
                    const struct php_step *steps)
{
    struct php_slot *slot = name.len != 0 && (taint & KEPT & ~(uint32_t)(TA_AFFIX | TA_BEHIND)) != 0
                                ? code_variable(scope, name, language)
                                : NULL;
    if (slot == NULL) {
        return;
    }
    slot->value.type = PV_UNKNOWN;
    slot->value.taint |= taint & KEPT;
    slot->value.steps = slot->value.steps != NULL ? slot->value.steps : steps;
    slot->is_set = true;
    slot->until = scope->run->pass;
    note_given(scope, fold_name(scope->run, name, language), taint, steps);
    note_outside(scope, fold_name(scope->run, name, language), &slot->value);
}

static void path_add(struct code_path *path, struct str name, bool is_member)
{
    if (is_member && path->len + 1 < CODE_PATH_BYTES) {
        path->text[path->len++] = '.';
    }
    for (size_t i = 0; i < name.len && path->len < CODE_PATH_BYTES; i++) {
        char byte = name.data[i];
        path->text[path->len++] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    }
    path->last = name;
    path->members++;
}

/* ---- arguments ---- */

static bool ends_argument(const struct code_scope *scope)
{
    const struct code_token *token = code_at(scope, scope->at);
    return token->kind == CODE_END || token->kind == CODE_STOP ||
           (token->kind == CODE_OP &&
            (token->op == ',' || token->op == ')' || token->op == ']' || token->op == '}' || token->op == ';'));
}

void code_arguments(struct code_scope *scope, uint32_t end, struct code_arguments *arguments)
{
    uint32_t outer = scope->end;
    scope->end = end;
    arguments->count = 0; /* what lies beyond is never read: clearing it for each call is most of a call's cost */
    while (scope->at < end) {
        uint32_t from = scope->at;
        const struct code_token *first = code_at(scope, from);
        struct php_value value = ends_argument(scope) ? php_unknown(0) : code_expression(scope, 0);
        while (scope->at < end && !code_is_op(scope, scope->at, ',')) { /* what was not understood */
            if (scope->at == from || !ends_argument(scope)) {
                struct php_value more = ends_argument(scope) ? php_unknown(0) : code_expression(scope, 0);
                value.taint |= more.taint;
                value.steps = value.steps != NULL ? value.steps : more.steps;
            }
            scope->at += ends_argument(scope) && !code_is_op(scope, scope->at, ',');
        }
        if (arguments->count < CODE_ARGUMENTS_MAX) {
            arguments->names[arguments->count] =
                scope->at == from + 1 && first->kind == CODE_NAME ? first->text : STR("");
            arguments->list[arguments->count++] = value;
        }
        scope->at++;
    }
    scope->at = end;
    scope->end = outer;
}

/* ---- operands ---- */

static struct php_value number_of(struct str text)
{
    double value = 0;
    bool is_hex = text.len > 2 && ((text.data[0] == '&' && (text.data[1] | 32) == 'h') ||
                                   (text.data[0] == '0' && (text.data[1] | 32) == 'x'));
    if (is_hex) {
        for (size_t i = 2; i < text.len; i++) {
            int digit = text.data[i] <= '9' ? text.data[i] - '0' : (text.data[i] | 32) - 'a' + 10;
            if (digit < 0 || digit > 15) {
                break;
            }
            value = value * 16 + digit;
        }
        return php_number_value(value);
    }
    while (text.len != 0 && (text.data[text.len - 1] < '0' || text.data[text.len - 1] > '9')) {
        text.len--;
    }
    return str_double(text, &value) ? php_number_value(value) : php_unknown(0);
}

/* { a, b } and [ a, b ]: an array of what could be computed. scope->at is behind the bracket. */
static struct php_value array_until(struct code_scope *scope, uint32_t end)
{
    struct code_run *run = scope->run;
    struct php_value value = php_unknown(0);
    struct php_array *array = php_array_new(run->heap);
    uint32_t outer = scope->end;
    scope->end = end;
    while (scope->at < end && php_heap_work(run->heap, 1)) {
        uint32_t before = scope->at;
        struct php_value element = code_expression(scope, 0);
        struct php_value *slot = array != NULL ? php_array_at(run->heap, array, NULL) : NULL;
        if (slot != NULL) {
            *slot = element;
        }
        value.taint |= php_taint_of(&element);
        value.steps = value.steps != NULL ? value.steps : element.steps;
        scope->at += scope->at == before || code_is_op(scope, scope->at, ',') || code_is_op(scope, scope->at, ':');
    }
    scope->end = outer;
    scope->at = end;
    if (array != NULL) {
        value.type = PV_ARRAY;
        value.array = array;
    }
    return value;
}

static bool is_type_name(const struct code_scope *scope, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        const struct code_token *token = code_at(scope, i);
        bool is_type_op = token->kind == CODE_OP && (token->op == '.' || token->op == '[' || token->op == ']' ||
                                                     token->op == '<' || token->op == '>');
        if (token->kind != CODE_NAME && !is_type_op) {
            return false;
        }
    }
    return to > from;
}

static bool begins_operand(const struct code_token *token)
{
    return token->kind == CODE_NAME || token->kind == CODE_TEXT || token->kind == CODE_NUMBER ||
           (token->kind == CODE_OP && (token->op == '(' || token->op == '{' || token->op == '['));
}

/* ( ... ): a cast or a bracket, or the head of a lambda. */
static struct php_value bracketed(struct code_scope *scope)
{
    uint32_t open = scope->at, close = scope->tokens->list[open].match;
    if (close <= open || close > scope->end) {
        scope->at++;
        return code_expression(scope, 0);
    }
    if (!code_is_vb(scope->tokens->list[open].language) && is_type_name(scope, open + 1, close) &&
        begins_operand(code_at(scope, close + 1)) && !code_is_op(scope, close + 1, '[')) {
        static const char *const numbers[] = {"int",    "long",  "byte", "short",   "char",
                                              "double", "float", "bool", "boolean", "Integer"};
        bool is_number = close == open + 2 && CODE_IS_ANY(code_at(scope, open + 1), numbers);
        scope->at = close + 1;
        struct php_value value = code_expression(scope, 12);
        bool is_char = code_is_word(code_at(scope, open + 1), "char");
        return !is_number ? value
               : is_char  ? (php_is_constant(&value) ? value : php_unknown((php_taint_of(&value) & TA_FLOW) | TA_CHOP))
                          : (php_is_constant(&value) ? value : php_unknown(0));
    }
    scope->at = open + 1;
    uint32_t outer = scope->end;
    scope->end = close;
    struct php_value value = scope->at < close ? code_expression(scope, 0) : php_unknown(0);
    while (scope->at < close && php_heap_work(scope->run->heap, 1)) {
        uint32_t before = scope->at;
        struct php_value next = ends_argument(scope) ? php_unknown(0) : code_expression(scope, 0);
        value = code_join(&value, &next);
        scope->at += scope->at == before;
    }
    scope->end = outer;
    scope->at = close + 1;
    return value;
}

static bool has_partner(const struct code_scope *scope)
{
    uint32_t match = code_at(scope, scope->at)->match;
    return match > scope->at && match < scope->end;
}

/* The type behind `new`, with its brackets. */
static struct php_value new_object(struct code_scope *scope, struct code_path *path)
{
    uint32_t line = code_line(scope, scope->at);
    scope->at++;
    code_path_init(path);
    path->is_new = true;
    while (code_at(scope, scope->at)->kind == CODE_NAME) {
        path_add(path, code_at(scope, scope->at)->text, path->members != 0);
        scope->at++;
        if (code_is_op(scope, scope->at, '<')) { /* new HashMap<String, String>( */
            while (scope->at < scope->end && !code_is_op(scope, scope->at, '(') && !code_is_op(scope, scope->at, ';')) {
                scope->at++;
            }
        }
        if (!code_is_op(scope, scope->at, '.')) {
            break;
        }
        scope->at++;
    }
    while (code_is_op(scope, scope->at, '[')) { /* new byte[n]{...} */
        uint32_t close = code_at(scope, scope->at)->match;
        scope->at = close > scope->at ? close + 1 : scope->at + 1;
    }
    if (code_is_op(scope, scope->at, '{') && code_at(scope, scope->at)->match > scope->at) {
        uint32_t end = code_at(scope, scope->at)->match;
        scope->at++;
        struct php_value value = array_until(scope, end);
        scope->at = end + 1;
        return value;
    }
    struct code_arguments arguments = {.count = 0};
    if (code_is_op(scope, scope->at, '(') && code_at(scope, scope->at)->match > scope->at) {
        uint32_t end = code_at(scope, scope->at)->match;
        scope->at++;
        code_arguments(scope, end, &arguments);
        scope->at = end + 1;
        if (code_is_op(scope, scope->at, '{') && has_partner(scope)) { /* a class without a name, or C#'s { X = 1 } */
            code_block_here(scope);
        }
    }
    struct php_value none = php_unknown(0);
    return code_call(scope, line, path, &none, &arguments);
}

/* ---- paths ---- */

/* Words that stand before what matters; each may be a name as well, so something must follow. */
static bool is_noise(const struct code_scope *scope)
{
    static const char *const words[] = {
        "await",    "ref",    "out",    "byval",  "byref",   "call",      "let",    "set",    "typeof",      "delete",
        "void",     "var",    "global", "public", "private", "protected", "static", "final",  "const",       "unsafe",
        "readonly", "friend", "shared", "dim",    "redim",   "preserve",  "throw",  "throws", "synchronized"};
    static const char *const selves[] = {"this", "me", "my", "mybase", "base", "self"};
    const struct code_token *token = code_at(scope, scope->at), *next = code_at(scope, scope->at + 1);
    if (CODE_IS_ANY(token, selves)) {
        return next->kind == CODE_OP && next->op == '.';
    }
    bool is_opened = next->kind == CODE_OP && next->op == '(' &&
                     (code_is_word(token, "typeof") || code_is_word(token, "delete") || code_is_word(token, "throw") ||
                      code_is_word(token, "await"));
    return CODE_IS_ANY(token, words) && (next->kind == CODE_NAME || is_opened);
}

static void skip_noise(struct code_scope *scope)
{
    static const char *const declaring[] = {"var", "let", "dim", "const"};
    while (scope->at + 1 < scope->end && is_noise(scope)) {
        const struct code_token *token = code_at(scope, scope->at);
        scope->at++;
        if (code_is_op(scope, scope->at, '.')) { /* this.x */
            scope->at++;
        } else if (CODE_IS_ANY(token, declaring) && code_at(scope, scope->at)->kind == CODE_NAME) {
            code_declare(scope, code_at(scope, scope->at)->text, token->language);
        }
    }
}

/* `a ? b : c` and no `int? b = c;` */
static bool is_chosen(const struct code_scope *scope, uint32_t at)
{
    const struct code_token *next = code_at(scope, at + 1);
    return next->kind != CODE_OP || (next->op != '=' && next->op != ';' && next->op != ',' && next->op != ')');
}

/* Two names side by side: a type and what it declares. `List<String> x`, `byte[] b`, `Some.Type t` too. */
static void skip_type(struct code_scope *scope)
{
    enum { TYPE_TOKENS = 24 };
    const struct code_token *first = code_at(scope, scope->at);
    if (first->kind != CODE_NAME || code_is_vb(first->language) || code_is_word(first, "return") ||
        code_is_word(first, "new") || code_is_word(first, "case")) {
        return;
    }
    uint32_t at = scope->at + 1;
    for (; at < scope->end && at < scope->at + TYPE_TOKENS; at++) {
        const struct code_token *token = code_at(scope, at);
        if (token->kind == CODE_NAME) {
            bool is_joined =
                code_is_op(scope, at - 1, '.') || code_is_op(scope, at - 1, '<') || code_is_op(scope, at - 1, ',');
            if (!is_joined) {
                static const char *const others[] = {"in", "instanceof", "is", "as", "extends"};
                bool is_java_in = token->language == CODE_JAVA && code_is_word(token, "in"); /* no word of Java's */
                if ((is_java_in || !CODE_IS_ANY(token, others)) &&
                    !(code_is_op(scope, at - 1, '?') && is_chosen(scope, at))) {
                    scope->at = at;
                    code_declare(scope, token->text, token->language);
                }
                return;
            }
        } else if (token->kind != CODE_OP ||
                   (token->op != '.' && token->op != '<' && token->op != '>' && token->op != ',' && token->op != '[' &&
                    token->op != ']' && token->op != '?')) {
            return;
        } else if (token->op == '[' && !code_is_op(scope, at + 1, ']')) {
            return;
        } else if (token->op == ',' && !code_is_op(scope, scope->at + 1, '<')) {
            return;
        }
    }
}

static struct php_value call_here(struct code_scope *scope, struct code_path *path, struct php_value *receiver)
{
    uint32_t open = scope->at, close = scope->tokens->list[open].match, line = code_line(scope, open);
    struct code_arguments arguments;
    scope->at = open + 1;
    code_note_redirect(scope, path, code_at(scope, scope->at));
    code_arguments(scope, close, &arguments);
    scope->at = close + 1;
    path->has_key = path->members == 1 && !path->is_called && code_is_vb(scope->tokens->list[open].language) &&
                    code_key_of(scope->run->heap, &arguments, &path->key);
    struct php_value value = code_call(scope, line, path, receiver, &arguments);
    if (path->len + 2 < CODE_PATH_BYTES) {
        path->text[path->len++] = '(';
        path->text[path->len++] = ')';
    }
    return value;
}

/* [index]; Request["x"] is as good as Request("x"). */
static struct php_value index_here(struct code_scope *scope, struct code_path *path, const struct php_value *array)
{
    uint32_t open = scope->at, close = scope->tokens->list[open].match, line = code_line(scope, open);
    struct code_arguments arguments;
    scope->at = open + 1;
    code_arguments(scope, close, &arguments);
    scope->at = close + 1;
    path->index = arguments.count == 1 && arguments.list[0].type == PV_TEXT ? arguments.list[0].text : STR("");
    const struct code_word *word =
        code_word_find(scope->run->kind, (struct str){path->text, path->len}, path->last, path->members > 1);
    if (word != NULL && word->role == CW_SOURCE) {
        struct php_value receiver = *array;
        return code_call(scope, line, path, &receiver, &arguments);
    }
    if (array->type == PV_ARRAY && arguments.count == 1 && php_is_constant(&arguments.list[0])) {
        struct php_key key = php_key_of(scope->run->heap, &arguments.list[0]);
        struct php_value *found = php_array_find(array->array, &key);
        return found != NULL ? *found : php_unknown(php_taint_of(array));
    }
    struct php_value value = php_unknown(php_taint_of(array) | (array->type == PV_TEXT ? TA_CHOP : 0));
    value.steps = array->steps;
    return value;
}

/* this["ev" + "al"](x) is eval(x). scope->at: behind the bracket. */
static void name_index(struct code_scope *scope, struct code_path *path)
{
    struct str name = path->index;
    path->index = STR("");
    if (name.len != 0 && name.len < CODE_PATH_BYTES / 2 && code_is_op(scope, scope->at, '(') && path->members == 1) {
        *path = (struct code_path){.base = name};
        path_add(path, name, false);
    }
}

/* Within brackets a line's end ends nothing. */
static void skip_line_ends(struct code_scope *scope)
{
    enum { LINES_MAX = 4 };
    const struct code_token *end = &scope->tokens->list[scope->end];
    uint32_t at = scope->at;
    while (at < scope->end && at < scope->at + LINES_MAX && scope->tokens->list[at].kind == CODE_STOP) {
        at++;
    }
    if (at != scope->at && end->kind == CODE_OP && end->op == ')' && code_is_op(scope, at, '(')) {
        scope->at = at;
    }
}

/* .name, (...), [...] behind a value. */
static struct php_value members(struct code_scope *scope, struct code_path *path, struct php_value value)
{
    struct php_value receiver = value;
    while (scope->at < scope->end && php_heap_work(scope->run->heap, 1)) {
        skip_line_ends(scope);
        bool is_first = path->is_of_with && path->members == 1;
        if (!is_first && code_is_of_with(scope) &&
            code_at(scope, scope->at)->text.len != 0) { /* Response.Write .Text */
            break;
        }
        if ((code_is_op(scope, scope->at, '.') || code_is_op(scope, scope->at, CO_COLONS)) &&
            code_at(scope, scope->at + 1)->kind == CODE_NAME) {
            uint32_t line = code_line(scope, scope->at);
            path_add(path, code_at(scope, scope->at + 1)->text, true);
            scope->at += 2;
            receiver = path->receiver = value;
            path->is_place = true;
            path->is_called = false;
            if (!code_is_op(scope, scope->at, '(')) {
                value = code_member(scope, line, path, &receiver);
            }
        } else if (code_is_op(scope, scope->at, '(') && has_partner(scope)) {
            struct php_value again = value;
            bool is_again = path->is_called; /* Request.Cookies("a")("b") */
            value = call_here(scope, path, &receiver);
            value = is_again && value.type == PV_UNKNOWN ? code_join(&value, &again) : value;
            path->is_called = true;
        } else if (code_is_op(scope, scope->at, '[') && has_partner(scope)) {
            value = index_here(scope, path, &value);
            path->is_called = path->is_called || (scope->run->kind == PAGE_ASP && (value.taint & TA_IN) != 0);
            name_index(scope, path);
        } else {
            break;
        }
    }
    return value;
}

bool code_is_of_with(const struct code_scope *scope)
{
    return scope->with_count != 0 && code_is_op(scope, scope->at, '.') &&
           code_at(scope, scope->at + 1)->kind == CODE_NAME && code_is_vb(code_at(scope, scope->at)->language);
}

struct php_value code_postfix(struct code_scope *scope, struct code_path *path)
{
    const struct code_token *token = code_at(scope, scope->at);
    struct code_run *run = scope->run;
    code_path_init(path);
    if (code_is_of_with(scope)) {
        bool is_any;
        path->base = scope->withs[scope->with_count - 1];
        path->is_place = true;
        path->is_of_with = true;
        path_add(path, path->base, false);
        return members(scope, path, read_variable(scope, path->base, token->language, &is_any));
    }
    if (code_is_word(token, "new") || code_is_word(token, "New")) {
        struct php_value object = new_object(scope, path);
        return members(scope, path, object);
    }
    if (token->match != 0) { /* the head of a function */
        const struct code_token *brace = &scope->tokens->list[token->match];
        scope->at = token->match;
        code_enter(scope, &run->functions[brace->text.len], brace->match);
        return php_unknown(0);
    }
    uint32_t line = code_line(scope, scope->at);
    path->base = token->text;
    path->is_place = true;
    path_add(path, token->text, false);
    scope->at++;
    bool is_known;
    struct php_value value = read_variable(scope, token->text, token->language, &is_known);
    if (!is_known && !code_is_op(scope, scope->at, '(') && !code_is_op(scope, scope->at, '.')) {
        value = code_member(scope, line, path, &value); /* `request` alone, Nothing, true */
    }
    return members(scope, path, value);
}

static struct php_value operand(struct code_scope *scope)
{
    const struct code_token *token = code_at(scope, scope->at);
    struct code_path path;
    switch (token->kind) {
    case CODE_TEXT: {
        struct php_value value = php_text_value(token->text);
        if (scope->run->exact == 0) { /* once is enough */
            code_note_text(scope, token);
        }
        scope->at++;
        code_path_init(&path);
        return code_is_op(scope, scope->at, '.') ? members(scope, &path, value) : value;
    }
    case CODE_NUMBER:
        scope->at++;
        return number_of(token->text);
    case CODE_NAME:
        return code_postfix(scope, &path);
    case CODE_OP:
        break;
    default:
        return php_unknown(0);
    }
    if (token->op == '(') {
        struct php_value value = bracketed(scope);
        code_path_init(&path);
        return members(scope, &path, value);
    }
    if ((token->op == '{' || token->op == '[') && has_partner(scope)) {
        uint32_t end = token->match;
        scope->at++;
        struct php_value value = array_until(scope, end);
        scope->at = end + 1;
        code_path_init(&path);
        return members(scope, &path, value);
    }
    scope->at++;
    if (token->op == '-' || token->op == '+' || token->op == '!' || token->op == '~' || token->op == '&' ||
        token->op == '*') {
        struct php_value value = code_expression(scope, 12);
        return token->op == '-' && value.type == PV_NUMBER ? php_number_value(-value.number)
               : token->op == '!' && value.type == PV_BOOL ? php_bool_value(value.number == 0)
               : token->op == '!'                          ? php_unknown(0)
                                                           : value;
    }
    return php_unknown(0);
}

/* ---- operators ---- */

/* Binding power; 0: it is no operator between values. */
static unsigned power_of(const struct code_token *token)
{
    static const char *const both[] = {"and", "or", "xor", "andalso", "orelse", "is", "isnot", "like", "eqv", "imp"};
    if (token->kind == CODE_NAME && code_is_vb(token->language)) {
        return CODE_IS_ANY(token, both) ? 3 : code_is_word(token, "mod") ? 9 : 0;
    }
    if (token->kind == CODE_NAME) {
        static const char *const tests[] = {"instanceof", "is", "in"};
        bool is_word = token->language != CODE_JAVA || code_is_word(token, "instanceof");
        return is_word && CODE_IS_ANY(token, tests) ? 5 : code_is_word(token, "as") ? 11 : 0;
    }
    if (token->kind != CODE_OP) {
        return 0;
    }
    bool is_vb = code_is_vb(token->language);
    switch (token->op) {
    case '=':
        return is_vb ? 4 : 1;
    case CO_SET_ADD:
    case CO_SET_CONCAT:
    case CO_SET_OTHER:
    case CO_LAMBDA:
        return 1;
    case '?':
    case CO_COALESCE:
        return is_vb ? 0 : 2;
    case CO_AND:
    case CO_OR:
        return 3;
    case CO_EQ:
    case CO_NE:
    case CO_LE:
    case CO_GE:
    case '<':
    case '>':
        return 4;
    case '&':
        return is_vb ? 6 : 5;
    case '|':
    case '^':
        return is_vb ? 10 : 5;
    case CO_SHL:
    case CO_SHR:
        return 7;
    case '+':
    case '-':
        return 8;
    case '*':
    case '/':
    case '%':
    case '\\':
        return 9;
    default:
        return 0;
    }
}

static bool arithmetic(const struct code_token *op, double a, double b, double *ret)
{
    switch (op->op) {
    case '+':
        *ret = a + b;
        return true;
    case '-':
        *ret = a - b;
        return true;
    case '*':
        *ret = a * b;
        return true;
    case '/':
    case '\\':
        *ret = b != 0 ? (op->op == '\\' ? (double)(int64_t)(a / b) : a / b) : 0;
        return b != 0 && a < 1e15 && a > -1e15;
    case '%':
    case '^':
    case '|':
    case '&':
        if (a < 0 || b < 0 || a > 1e9 || b > 1e9 || (op->op == '%' && b < 1)) {
            return false;
        }
        *ret = op->op == '%'   ? (double)((uint64_t)a % (uint64_t)b)
               : op->op == '^' ? (double)((uint64_t)a ^ (uint64_t)b)
               : op->op == '|' ? (double)((uint64_t)a | (uint64_t)b)
                               : (double)((uint64_t)a & (uint64_t)b);
        return !(op->op == '^' && code_is_vb(op->language));
    default:
        return false;
    }
}

/* Text that ends in `from `, perhaps with a bracket: what comes next is the name of a table. */
static bool ends_in_from(struct str text, const char *words)
{
    enum { TAIL_BYTES = 24 };
    text = str_slice(text, text.len < TAIL_BYTES ? 0 : text.len - TAIL_BYTES, text.len);
    while (text.len != 0 && memchr(" \t\r\n[`\"(", text.data[text.len - 1], 8) != NULL) {
        text.len--;
    }
    return str_ends_nocase(text, str_of(words));
}

/* "select * from " + name: a table of any name, read whole. "site exec " + text: a command, by way of an FTP server. */
static void note_texts(struct code_scope *scope, const struct php_value *left, const struct php_value *right)
{
    struct code_run *run = scope->run;
    bool is_in = (php_taint_of(right) & TA_IN) != 0;
    struct str end = left->type == PV_TEXT ? left->text : left->suffix;
    if (right->type != PV_UNKNOWN || end.len == 0) {
        return;
    }
    run->has_whole = run->has_whole || (left->type == PV_TEXT && ends_in_from(end, "select * from"));
    run->has_table = run->has_table || (is_in && ends_in_from(end, " from"));
    struct str tail = str_slice(end, end.len < 48 ? 0 : end.len - 48, end.len);
    if (is_in && str_ends_nocase(end, STR("script:")) && !str_ends_nocase(end, STR("javascript:")) &&
        !str_ends_nocase(end, STR("vbscript:"))) {
        (void)code_fact(scope, PF_CODE_INPUT, code_line(scope, scope->at != 0 ? scope->at - 1 : 0), STR("script:"),
                        right);
    }
    bool is_site = str_ends_nocase(end, STR("site exec ")),
         is_xp = str_find_nocase(tail, STR("xp_cmdshell"), 0) != SIZE_MAX;
    if (is_in && (is_site || is_xp)) {
        (void)code_fact(scope, PF_COMMAND_INPUT, code_line(scope, scope->at != 0 ? scope->at - 1 : 0),
                        is_xp ? STR("xp_cmdshell") : STR("SITE EXEC"), right);
    }
}

/* Of two constants; false: it is no comparison, or they can't be compared. */
static bool compare(struct code_scope *scope, const struct code_token *op, const struct php_value *left,
                    const struct php_value *right, bool *ret)
{
    static const uint8_t ops[] = {'=', CO_EQ, CO_NE, '<', '>', CO_LE, CO_GE};
    double a, b;
    struct str x, y;
    int order;
    if (op->kind != CODE_OP || memchr(ops, op->op, sizeof ops) == NULL || !php_is_constant(left) ||
        !php_is_constant(right)) {
        return false;
    }
    if ((left->type == PV_NUMBER || right->type == PV_NUMBER) && php_to_number(left, &a) && php_to_number(right, &b)) {
        order = (a > b) - (a < b);
    } else if (php_to_text(scope->run->heap, left, &x) && php_to_text(scope->run->heap, right, &y)) {
        size_t common = x.len < y.len ? x.len : y.len;
        (void)php_heap_work(scope->run->heap, common / 32);
        order = common != 0 ? memcmp(x.data, y.data, common) : 0;
        order = order != 0 ? order : (x.len > y.len) - (x.len < y.len);
    } else {
        return false;
    }
    *ret = op->op == CO_NE   ? order != 0
           : op->op == '<'   ? order < 0
           : op->op == '>'   ? order > 0
           : op->op == CO_LE ? order <= 0
           : op->op == CO_GE ? order >= 0
                             : order == 0;
    return true;
}

/* And, Or, && and || of what is known. */
static bool combine(const struct code_token *op, const struct php_value *left, const struct php_value *right, bool *ret)
{
    bool is_and = code_is_word(op, "and") || code_is_word(op, "andalso") || (op->kind == CODE_OP && op->op == CO_AND);
    bool is_or = code_is_word(op, "or") || code_is_word(op, "orelse") || (op->kind == CODE_OP && op->op == CO_OR);
    bool a = left->number != 0, b = right->number != 0;
    *ret = is_and ? a && b : a || b;
    return (is_and || is_or) && left->type == PV_BOOL && right->type == PV_BOOL;
}

static bool is_identifier(struct str text)
{
    enum { IDENTIFIER_MAX = 64 };
    for (size_t i = 0; i < text.len && text.len <= IDENTIFIER_MAX; i++) {
        char byte = (char)(text.data[i] | 32);
        if ((byte < 'a' || byte > 'z') && text.data[i] != '_' && (i == 0 || text.data[i] < '0' || text.data[i] > '9')) {
            return false;
        }
    }
    return text.len != 0 && text.len <= IDENTIFIER_MAX;
}

static struct php_value binary(struct code_scope *scope, const struct code_token *op, const struct php_value *left,
                               const struct php_value *right)
{
    bool is_vb = code_is_vb(op->language);
    bool is_concat = op->kind == CODE_OP && ((op->op == '&' && is_vb) ||
                                             (op->op == '+' && (left->type != PV_NUMBER || right->type != PV_NUMBER)));
    double number;
    bool is_true;
    if (compare(scope, op, left, right, &is_true) || combine(op, left, right, &is_true)) {
        return php_bool_value(is_true);
    }
    if (is_concat) {
        note_texts(scope, left, right);
        struct php_value text = php_concat(scope->run->heap, left, right);
        bool is_name = (php_taint_of(right) & TA_IN) != 0 && left->type == PV_TEXT && is_identifier(left->text);
        text.taint |= is_name ? TA_GUARDED : 0;
        return text;
    }
    if (op->kind == CODE_NAME) {
        return code_is_word(op, "as") ? *left : php_unknown(0);
    }
    if (left->type == PV_NUMBER && right->type == PV_NUMBER && arithmetic(op, left->number, right->number, &number)) {
        return php_number_value(number);
    }
    if (op->op == CO_COALESCE || op->op == CO_OR) {
        return code_join(left, right);
    }
    uint32_t taint = php_taint_of(left) | php_taint_of(right);
    bool is_odd = op->op == '-' && left->type == PV_TEXT && right->type == PV_TEXT; /* nobody subtracts texts */
    return php_unknown(is_odd ? TA_CHOP : op->op == '^' || op->op == '-' || op->op == '+' ? taint & TA_CHOP : 0);
}

/* What is behind => and ->. */
static struct php_value lambda(struct code_scope *scope)
{
    if (!code_is_op(scope, scope->at, '{')) {
        return code_expression(scope, 1);
    }
    if (has_partner(scope)) {
        code_block_here(scope);
    }
    return php_unknown(0);
}

static struct php_value ternary(struct code_scope *scope)
{
    struct php_value yes = code_expression(scope, 2);
    if (!code_is_op(scope, scope->at, ':')) {
        return yes;
    }
    scope->at++;
    struct php_value no = code_expression(scope, 2);
    return code_join(&yes, &no);
}

/* What is assigned on a condition leaves what was there before as possible as ever. */
static void set(struct code_scope *scope, struct php_slot *slot, struct php_value value)
{
    uint32_t block = scope->block_count != 0 ? scope->blocks[scope->block_count - 1].begin : 0;
    bool may_stay = slot->is_set && block != 0 && slot->depth != block && scope->run->exact == 0;
    if (may_stay && (php_taint_of(&slot->value) & TA_FLOW) != 0) {
        value = code_join(&value, &slot->value);
    }
    slot->value = value;
    slot->depth = block;
    slot->until = scope->run->pass;
    slot->is_set = true;
}

/* name(1) = value, while the array is small. False: the whole of it takes what flows. */
static bool set_element(struct code_scope *scope, struct php_slot *slot, const struct php_key *key,
                        const struct php_value *value)
{
    enum { ELEMENTS_MAX = 256 };
    struct php_heap *heap = scope->run->heap;
    struct php_value *whole = &slot->value;
    if (key->is_text || key->number < 0 || value->type == PV_ARRAY) {
        return false;
    }
    if (whole->type != PV_ARRAY && (whole->taint != 0 || whole->type != PV_UNKNOWN)) {
        return false;
    }
    if (whole->type != PV_ARRAY) {
        *whole = (struct php_value){.type = PV_ARRAY, .array = php_array_new(heap)};
    }
    struct php_value *element = whole->array != NULL && whole->array->count < ELEMENTS_MAX && php_array_own(heap, whole)
                                    ? php_array_at(heap, whole->array, key)
                                    : NULL;
    if (element == NULL) {
        return false;
    }
    *element = *value;
    slot->is_set = true;
    slot->until = scope->run->pass;
    return true;
}

void code_assign(struct code_scope *scope, const struct code_path *path, struct php_value value, bool is_added)
{
    struct code_run *run = scope->run;
    uint8_t language = code_at(scope, scope->at > 0 ? scope->at - 1 : 0)->language;
    if (!path->is_place || path->base.len == 0) {
        return;
    }
    struct php_slot *slot = code_variable(scope, path->base, language);
    if (slot == NULL) {
        return;
    }
    const struct code_function *inside = code_inside(scope);
    if (code_is_vb(language) && path->members == 1 && inside != NULL && str_eq_nocase(path->base, inside->name)) {
        struct php_slot *result = php_map_at(run->heap, &run->results, inside->name);
        if (result != NULL) { /* the last one counts; what flowed in before stays */
            uint32_t before = result->is_set ? php_taint_of(&result->value) & TA_FLOW : 0;
            run->has_grown = run->has_grown || (php_taint_of(&value) & TA_FLOW & ~before) != 0;
            result->value = is_added && slot->is_set ? php_concat(run->heap, &slot->value, &value) : value;
            result->value.taint |= before;
            result->is_set = true;
        }
    }
    if (path->members == 1 && path->text[path->len - 1] != ')') {
        set(scope, slot, is_added && slot->is_set ? php_concat(run->heap, &slot->value, &value) : value);
        note_outside(scope, fold_name(run, path->base, language), &slot->value);
        if (language == CODE_VBSCRIPT) {
            note_given(scope, fold_name(run, path->base, language), php_taint_of(&value), value.steps);
        }
        return;
    }
    if (path->has_key && path->members == 1 && (php_taint_of(&value) & TA_FLOW) == 0 &&
        set_element(scope, slot, &path->key, &value)) {
        return;
    }
    code_set_member(scope, path, &value);
    /* a.b = value and a(i) = value: what the object holds flows into it */
    code_add_taint(scope, path->base, language, php_taint_of(&value) & (TA_FLOW | TA_DEC | TA_CHOP | TA_AFFIX | TA_COM),
                   value.steps);
}

static bool is_not(const struct code_scope *scope)
{
    const struct code_token *token = code_at(scope, scope->at);
    return code_is_vb(token->language) && code_is_word(token, "not");
}

static struct php_value negated(struct code_scope *scope)
{
    scope->at++;
    struct php_value value = code_expression(scope, 3);
    return value.type == PV_BOOL ? php_bool_value(value.number == 0) : php_unknown(0);
}

struct php_value code_expression(struct code_scope *scope, unsigned precedence)
{
    if (scope->depth >= CODE_DEPTH_MAX || !php_heap_work(scope->run->heap, 1)) {
        scope->at++;
        return php_unknown(TA_OPAQUE);
    }
    scope->depth++;
    skip_noise(scope);
    skip_type(scope);
    struct code_path path;
    code_path_init(&path);
    struct php_value left = is_not(scope) ? negated(scope)
                            : code_at(scope, scope->at)->kind == CODE_NAME || code_is_of_with(scope)
                                ? code_postfix(scope, &path)
                                : operand(scope);
    while (scope->at < scope->end) {
        const struct code_token *op = code_at(scope, scope->at);
        unsigned power = power_of(op);
        if (op->kind == CODE_OP && (op->op == CO_INC || op->op == CO_DEC)) { /* how often isn't known */
            scope->at++;
            bool is_exact = scope->run->exact != 0 && left.type == PV_NUMBER;
            struct php_value next =
                is_exact ? php_number_value(left.number + (op->op == CO_INC ? 1 : -1)) : php_unknown(0);
            code_assign(scope, &path, next, false);
            continue;
        }
        if (power == 0 || power < precedence || (power == precedence && power > 2)) {
            break;
        }
        scope->at++;
        if (power == 1 && op->op != CO_LAMBDA) {
            struct php_value value = code_expression(scope, 1);
            code_assign(scope, &path, value, op->op == CO_SET_ADD || op->op == CO_SET_CONCAT);
            left = value;
        } else if (op->kind == CODE_OP && op->op == '?') {
            left = ternary(scope);
        } else if (op->kind == CODE_OP && op->op == CO_LAMBDA) {
            left = lambda(scope);
        } else {
            struct php_value right = code_expression(scope, power);
            left = binary(scope, op, &left, &right);
        }
        path.is_place = false;
    }
    scope->depth--;
    return left;
}
