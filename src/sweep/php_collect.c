/* The functions, methods and closures of a text, by name. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { NAME_BYTES = 120, ARROW_TOKENS_MAX = 400 };

/* Lower case, into out; empty if it is too long. */
static struct str lower_name(struct str name, char out[static NAME_BYTES])
{
    if (name.len >= NAME_BYTES) {
        return STR("");
    }
    for (size_t i = 0; i < name.len; i++) {
        out[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
    }
    return (struct str){out, name.len};
}

struct php_function *php_function_named(struct php_run *run, struct str name, bool is_method)
{
    char low[NAME_BYTES];
    struct php_slot *slot = php_map_find(&run->names, lower_name(name, low));
    if (slot == NULL || slot->value.number < 1) {
        return NULL;
    }
    struct php_function *function = &run->functions[(uint32_t)slot->value.number - 1];
    return function->is_method == is_method ? function : NULL;
}

struct php_function *php_methods_named(struct php_run *run, struct str name)
{
    char low[NAME_BYTES];
    struct php_slot *slot = php_map_find(&run->names, lower_name(name, low));
    return slot != NULL && slot->value.number <= -1 ? &run->functions[(uint32_t)-slot->value.number - 1] : NULL;
}

static void register_name(struct php_run *run, struct str name, uint32_t number, bool is_method)
{
    char low[NAME_BYTES];
    struct str key = lower_name(name, low);
    char *room = key.len != 0 ? php_heap_room(run->heap, key.len) : NULL;
    if (room == NULL) {
        return;
    }
    memcpy(room, key.data, key.len);
    struct php_slot *slot = php_map_at(run->heap, &run->names, php_heap_text(run->heap, key.len));
    if (slot != NULL) { /* a method name that two classes share stands for neither; negative: the last of them */
        bool is_shared = slot->is_set && is_method;
        if (is_shared) {
            run->functions[number - 1].before =
                (uint32_t)(slot->value.number < 0 ? -slot->value.number : slot->value.number);
        }
        slot->value.number = is_shared ? -(double)number : (double)number;
        slot->is_set = true;
    }
}

static bool function_add(struct php_run *run, struct php_function function)
{
    if (run->function_count == run->function_cap) {
        uint32_t cap = run->function_cap == 0 ? 64 : run->function_cap * 2;
        struct php_function *list =
            run->function_count < FUNCTIONS_MAX ? php_heap_take(run->heap, cap * sizeof *list) : NULL;
        if (list == NULL) {
            return false;
        }
        if (run->function_count != 0) {
            memcpy(list, run->functions, run->function_count * sizeof *list);
        }
        run->functions = list;
        run->function_cap = cap;
    }
    run->functions[run->function_count++] = function;
    return true;
}

/* From the "function" at `at` to its braces. False for what isn't a definition. */
static bool read_head(struct php_scope *scope, uint32_t at, struct php_function *function)
{
    uint32_t next = at + 1;
    next += php_is_op(scope, next, '&');
    if (php_at(scope, next)->kind == PT_NAME) {
        function->name = php_text(scope->tokens, php_at(scope, next++));
    }
    if (!php_is_op(scope, next, '(') || php_at(scope, next)->match <= next) {
        return false;
    }
    function->parameters = next;
    next = php_at(scope, next)->match + 1;
    for (uint32_t limit = next + HEAD_TOKENS_MAX; next < limit; next++) {
        if (php_is_op(scope, next, '{')) {
            function->body = next;
            function->body_end = php_at(scope, next)->match > next ? php_at(scope, next)->match : scope->tokens->count;
            return true;
        }
        if (php_is_op(scope, next, ';') || php_at(scope, next)->kind == PT_END) {
            return false;
        }
        if (php_keyword_at(scope, next) == KW_USE && php_is_op(scope, next + 1, '(') &&
            php_at(scope, next + 1)->match > next) {
            function->uses = next + 1;
            next = php_at(scope, next + 1)->match;
        }
    }
    return false;
}

/* fn (...) => x: up to the comma, bracket or semicolon that ends x. */
static bool read_arrow(struct php_scope *scope, uint32_t at, struct php_function *function)
{
    uint32_t next = at + 1;
    next += php_is_op(scope, next, '&');
    if (!php_is_op(scope, next, '(') || php_at(scope, next)->match <= next) {
        return false;
    }
    function->parameters = next;
    next = php_at(scope, next)->match + 1;
    for (uint32_t limit = next + HEAD_TOKENS_MAX; next < limit && !php_is_op(scope, next, PO_FAT); next++) {
        if (php_at(scope, next)->kind == PT_END) {
            return false;
        }
    }
    function->body = next++;
    function->is_arrow = true;
    for (uint32_t limit = next + ARROW_TOKENS_MAX; next < limit && next < scope->tokens->count; next++) {
        const struct php_token *token = php_at(scope, next);
        if (token->kind == PT_OP && memchr(",;)]}", token->op, 5) != NULL) {
            break;
        }
        next = token->kind == PT_OP && token->match > next ? token->match : next;
    }
    function->body_end = next < scope->tokens->count ? next : scope->tokens->count;
    return function->body_end > function->body + 1;
}

/* How many tokens before each compute texts or call what a variable names: a function is a folder if its body holds any. */
static uint32_t *count_folders(struct php_run *run, const struct php_tokens *tokens)
{
    uint32_t *counts = php_heap_take(run->heap, ((size_t)tokens->count + 2) * sizeof *counts);
    for (uint32_t i = 0; counts != NULL && i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        const struct php_word *word = token->kind == PT_NAME ? php_word_at(token->word) : NULL;
        bool is_folder = (word != NULL && word->role == PHP_FOLD && word->detail != FO_COUNT &&
                          word->detail != FO_STRLEN && word->detail != FO_DEFINE && word->detail != FO_INTVAL &&
                          word->detail != FO_COMPACT && word->detail != FO_CONSTANT) ||
                         (token->kind == PT_OP && (token->op == '^' || token->op == PO_SET_CONCAT));
        bool is_dynamic = token->kind == PT_OP && token->op == '(' && i > 0 && tokens->list[i - 1].kind == PT_VAR;
        counts[i + 1] = counts[i] + (is_folder || is_dynamic);
    }
    return counts;
}

static void register_function(struct php_run *run, const struct php_function *function, struct str class_name)
{
    char key[NAME_BYTES * 2 + 4];
    if (function->name.len == 0) {
        return;
    }
    register_name(run, function->name, run->function_count, function->is_method);
    if (function->is_method && class_name.len + function->name.len + 2 < sizeof key && class_name.len != 0) {
        memcpy(key, class_name.data, class_name.len);
        memcpy(key + class_name.len, "::", 2);
        memcpy(key + class_name.len + 2, function->name.data, function->name.len);
        register_name(run, (struct str){key, class_name.len + 2 + function->name.len}, run->function_count, true);
    }
}

/* function f(&$text): what it does shows in the caller's variables. */
static bool changes_arguments(const struct php_scope *scope, const struct php_function *function)
{
    uint32_t close = php_at(scope, function->parameters)->match;
    for (uint32_t at = function->parameters + 1; at < close; at++) {
        if (php_is_op(scope, at, '&')) {
            return true;
        }
    }
    return false;
}

void php_collect_functions(struct php_run *run, struct php_tokens *tokens)
{
    struct php_scope scope = {.run = run, .tokens = tokens, .end = tokens->count};
    uint32_t *folders = count_folders(run, tokens);
    uint32_t class_end = 0;
    struct str class_name = STR("");
    for (uint32_t at = 0; folders != NULL && at < tokens->count; at++) {
        enum php_keyword word = php_keyword_at(&scope, at);
        if (word != KW_CLASS && word != KW_FUNCTION && word != KW_FN) {
            continue;
        }
        bool is_anonymous = at > 0 && php_keyword_at(&scope, at - 1) == KW_NEW;
        if (word == KW_CLASS && (php_at(&scope, at + 1)->kind == PT_NAME || is_anonymous) &&
            !php_is_op(&scope, at - 1, PO_COLONS)) {
            class_name = is_anonymous ? STR("") : php_text(tokens, php_at(&scope, at + 1));
            uint32_t open = at + 1, limit = at + HEAD_TOKENS_MAX;
            while (open < limit && !php_is_op(&scope, open, '{')) {
                open++;
            }
            class_end = php_at(&scope, open)->match > open ? php_at(&scope, open)->match : tokens->count;
        }
        struct php_function function = {.tokens = tokens, .is_method = at < class_end};
        bool is_read = word == KW_FUNCTION ? read_head(&scope, at, &function)
                       : word == KW_FN     ? read_arrow(&scope, at, &function)
                                           : false;
        if (!is_read) {
            continue;
        }
        function.is_folder =
            folders[function.body_end < tokens->count ? function.body_end : tokens->count] != folders[function.body] ||
            changes_arguments(&scope, &function);
        if (!function_add(run, function)) {
            return;
        }
        tokens->list[at].match = run->function_count;
        register_function(run, &function, class_name);
    }
}
