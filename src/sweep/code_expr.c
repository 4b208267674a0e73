/* Expressions of five languages. No tree is kept: what is read is evaluated at once. What isn't understood is stepped over. */
#include "base/str.h"
#include "sweep/code_run.h"

#include "base/banned.h"

/* ---- names and variables ---- */

static bool is_any_word(const struct code_token *token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code_is_word(token, words[i])) {
            return true;
        }
    }
    return false;
}

#define IS_ANY_WORD(token, words) is_any_word((token), (words), sizeof(words) / sizeof *(words))

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

struct php_slot *code_variable(struct code_run *run, struct str name, uint8_t language)
{
    return php_map_at(run->heap, &run->variables, fold_name(run, name, language));
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
        bool is_number = close == open + 2 && IS_ANY_WORD(code_at(scope, open + 1), numbers);
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
        value = php_join(&value, &next);
        scope->at += scope->at == before;
    }
    scope->end = outer;
    scope->at = close + 1;
    return value;
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
    if (IS_ANY_WORD(token, selves)) {
        return next->kind == CODE_OP && next->op == '.';
    }
    bool is_opened = next->kind == CODE_OP && next->op == '(' &&
                     (code_is_word(token, "typeof") || code_is_word(token, "delete") || code_is_word(token, "throw") ||
                      code_is_word(token, "await"));
    return IS_ANY_WORD(token, words) && (next->kind == CODE_NAME || is_opened);
}

static void skip_noise(struct code_scope *scope)
{
    while (scope->at + 1 < scope->end && is_noise(scope)) {
        scope->at++;
        if (code_is_op(scope, scope->at, '.')) { /* this.x */
            scope->at++;
        }
    }
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
                scope->at = IS_ANY_WORD(token, others) ? scope->at : at;
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
    code_arguments(scope, close, &arguments);
    scope->at = close + 1;
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

static bool has_partner(const struct code_scope *scope)
{
    uint32_t match = code_at(scope, scope->at)->match;
    return match > scope->at && match < scope->end;
}

/* .name, (...), [...] behind a value. */
static struct php_value members(struct code_scope *scope, struct code_path *path, struct php_value value)
{
    struct php_value receiver = value;
    while (scope->at < scope->end && php_heap_work(scope->run->heap, 1)) {
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
            value = call_here(scope, path, &receiver);
            path->is_called = true;
        } else if (code_is_op(scope, scope->at, '[') && has_partner(scope)) {
            value = index_here(scope, path, &value);
        } else {
            break;
        }
    }
    return value;
}

struct php_value code_postfix(struct code_scope *scope, struct code_path *path)
{
    const struct code_token *token = code_at(scope, scope->at);
    struct code_run *run = scope->run;
    code_path_init(path);
    if (code_is_word(token, "new") || code_is_word(token, "New")) {
        struct php_value object = new_object(scope, path);
        return members(scope, path, object);
    }
    if (token->match != 0) { /* the head of a function */
        scope->at = token->match;
        scope->function = token->text;
        scope->function_end = scope->tokens->list[token->match].match;
        return php_unknown(0);
    }
    uint32_t line = code_line(scope, scope->at);
    path->base = token->text;
    path->is_place = true;
    path_add(path, token->text, false);
    scope->at++;
    struct php_slot *slot = php_map_find(&run->variables, fold_name(run, token->text, token->language));
    struct php_value value = slot != NULL && slot->is_set ? slot->value : php_unknown(0);
    if (slot == NULL && !code_is_op(scope, scope->at, '(') && !code_is_op(scope, scope->at, '.')) {
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
        return IS_ANY_WORD(token, both) ? 3 : code_is_word(token, "mod") ? 9 : 0;
    }
    if (token->kind == CODE_NAME) {
        static const char *const tests[] = {"instanceof", "is", "in"};
        return IS_ANY_WORD(token, tests) ? 5 : code_is_word(token, "as") ? 11 : 0;
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

/* "select * from " + name: a table of any name, read whole. */
static void note_whole(struct code_scope *scope, const struct php_value *left, const struct php_value *right)
{
    static const struct str words = {"select * from", 13};
    if (left->type == PV_TEXT && right->type == PV_UNKNOWN) {
        struct str head =
            str_trim(str_slice(left->text, left->text.len < 20 ? 0 : left->text.len - 20, left->text.len));
        scope->run->has_whole = scope->run->has_whole || str_ends_nocase(head, words);
    }
}

static struct php_value binary(struct code_scope *scope, const struct code_token *op, const struct php_value *left,
                               const struct php_value *right)
{
    bool is_vb = code_is_vb(op->language);
    bool is_concat = op->kind == CODE_OP && ((op->op == '&' && is_vb) ||
                                             (op->op == '+' && (left->type != PV_NUMBER || right->type != PV_NUMBER)));
    double number;
    if (is_concat) {
        note_whole(scope, left, right);
        return php_concat(scope->run->heap, left, right);
    }
    if (op->kind == CODE_NAME) {
        return code_is_word(op, "as") ? *left : php_unknown(0);
    }
    if (left->type == PV_NUMBER && right->type == PV_NUMBER && arithmetic(op, left->number, right->number, &number)) {
        return php_number_value(number);
    }
    if (op->op == CO_COALESCE || op->op == CO_OR) {
        return php_join(left, right);
    }
    uint32_t taint = php_taint_of(left) | php_taint_of(right);
    return php_unknown(op->op == '^' || op->op == '-' || op->op == '+' ? taint & TA_CHOP : 0);
}

static struct php_value ternary(struct code_scope *scope)
{
    struct php_value yes = code_expression(scope, 2);
    if (!code_is_op(scope, scope->at, ':')) {
        return yes;
    }
    scope->at++;
    struct php_value no = code_expression(scope, 2);
    return php_join(&yes, &no);
}

void code_assign(struct code_scope *scope, const struct code_path *path, struct php_value value, bool is_added)
{
    struct code_run *run = scope->run;
    uint8_t language = code_at(scope, scope->at > 0 ? scope->at - 1 : 0)->language;
    if (!path->is_place || path->base.len == 0) {
        return;
    }
    struct php_slot *slot = code_variable(run, path->base, language);
    if (slot == NULL) {
        return;
    }
    if (code_is_vb(language) && path->members == 1 && str_eq_nocase(path->base, scope->function)) {
        struct php_slot *result = php_map_at(run->heap, &run->results, scope->function);
        if (result != NULL) { /* the last one counts; what flowed in before stays */
            uint32_t before = result->is_set ? php_taint_of(&result->value) & TA_FLOW : 0;
            result->value = value;
            result->value.taint |= before;
            result->is_set = true;
        }
    }
    if (path->members == 1 && path->text[path->len - 1] != ')') {
        slot->value = is_added && slot->is_set ? php_concat(run->heap, &slot->value, &value) : value;
        slot->is_set = true;
        return;
    }
    /* a.b = value and a(i) = value: what the object holds flows into it */
    slot->value.taint |= php_taint_of(&value) & (TA_FLOW | TA_DEC | TA_CHOP | TA_AFFIX | TA_COM);
    slot->value.steps = slot->value.steps != NULL ? slot->value.steps : value.steps;
    slot->is_set = true;
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
    struct php_value left = code_at(scope, scope->at)->kind == CODE_NAME ? code_postfix(scope, &path) : operand(scope);
    while (scope->at < scope->end) {
        const struct code_token *op = code_at(scope, scope->at);
        unsigned power = power_of(op);
        if (op->kind == CODE_OP && (op->op == CO_INC || op->op == CO_DEC)) { /* how often isn't known */
            scope->at++;
            code_assign(scope, &path, php_unknown(0), false);
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
            left = code_is_op(scope, scope->at, '{') ? php_unknown(0) : code_expression(scope, 1);
        } else {
            struct php_value right = code_expression(scope, power);
            left = binary(scope, op, &left, &right);
        }
        path.is_place = false;
    }
    scope->depth--;
    return left;
}
