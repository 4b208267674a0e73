/* Statements of pages, their functions, and text that is run: passes over the tokens, each statement once in order. */
#include <stdlib.h>

#include "base/str.h"
#include "sweep/code_run.h"

#include "base/banned.h"

enum {
    LOOP_TOKENS_MAX = 200,
    LOOP_ROUNDS_MAX = 20000,
    LOOPS_MAX = 2,
    STEPS_MIN = 300000,
    STEPS_PER_TOKEN = 24,
    LAYER_BYTES_MAX = 1 << 20,
    TEXTS_BYTES = 48 << 20
};

static bool is_any(const struct code_token *token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code_is_word(token, words[i])) {
            return true;
        }
    }
    return false;
}

#define IS_ANY(token, words) is_any((token), (words), sizeof(words) / sizeof *(words))

static uint32_t find_stop(const struct code_scope *scope, uint32_t from)
{
    while (from < scope->end && scope->tokens->list[from].kind != CODE_STOP) {
        from++;
    }
    return from;
}

/* ---- functions ---- */

const struct code_function *code_function_named(const struct code_run *run, struct str name)
{
    const struct php_slot *slot = php_map_find(&run->names, name);
    return slot != NULL ? &run->functions[(size_t)slot->value.number] : NULL;
}

static struct code_function *add_function(struct code_run *run, struct str name, uint8_t language)
{
    if (run->function_count == CODE_FUNCTIONS_MAX || name.len == 0) {
        return NULL;
    }
    char *room = php_heap_room(run->heap, name.len);
    if (room == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        room[i] = code_is_vb(language) && byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    }
    struct str key = php_heap_text(run->heap, name.len);
    struct php_slot *slot = php_map_at(run->heap, &run->names, key);
    if (slot == NULL || slot->is_set) {
        return NULL;
    }
    slot->is_set = true;
    slot->value = php_number_value(run->function_count);
    struct code_function *function = &run->functions[run->function_count++];
    *function = (struct code_function){.name = key};
    return function;
}

/* The last name of each part between commas is the parameter, but for VB's `x As String` and TypeScript's kin. */
static void add_parameters(struct code_function *function, const struct code_token *list, uint32_t from, uint32_t to)
{
    struct str name = STR("");
    bool is_typed = false;
    for (uint32_t i = from; i <= to && function->parameter_count < CODE_PARAMETERS_MAX; i++) {
        bool is_end = i == to || (list[i].kind == CODE_OP && list[i].op == ',');
        if (is_end && name.len != 0) {
            function->parameters[function->parameter_count++] = name;
        }
        if (is_end) {
            name = STR("");
            is_typed = false;
        } else if (list[i].kind == CODE_NAME && (code_is_word(&list[i], "as") || code_is_word(&list[i], "As"))) {
            is_typed = code_is_vb(list[i].language);
        } else if (list[i].kind == CODE_NAME && !is_typed) {
            name = list[i].text;
        }
    }
}

static void collect_vb(struct code_run *run, const struct code_tokens *tokens, uint32_t at)
{
    const struct code_token *list = tokens->list;
    bool is_end = at > 0 && (code_is_word(&list[at - 1], "end") || code_is_word(&list[at - 1], "exit"));
    if (is_end || list[at + 1].kind != CODE_NAME) {
        return;
    }
    struct code_function *function = add_function(run, list[at + 1].text, list[at].language);
    if (function != NULL && at + 2 < tokens->count && list[at + 2].kind == CODE_OP && list[at + 2].op == '(' &&
        list[at + 2].match != 0) {
        add_parameters(function, list, at + 3, list[at + 2].match);
    }
}

/* name ( ... ) { or name ( ... ) throws X { : the head of a function if a type or `function` stands before it. */
static void collect_curly(struct code_run *run, struct code_tokens *tokens, uint32_t at)
{
    static const char *const others[] = {"if",   "for",          "while",  "switch", "catch", "foreach", "using",
                                         "lock", "synchronized", "return", "new",    "else",  "throw"};
    struct code_token *list = tokens->list;
    uint32_t open = at + 1, close = list[open].match, i = close + 1;
    const struct code_token *before = &list[at - 1];
    bool is_declared = before->kind == CODE_NAME
                           ? !IS_ANY(before, others)
                           : before->kind == CODE_OP && (before->op == ']' || before->op == '>' || before->op == '}' ||
                                                         before->op == ';' || before->op == '{');
    if (IS_ANY(&list[at], others) || !is_declared || close <= open) {
        return;
    }
    while (i < tokens->count && i < close + 12 &&
           (list[i].kind == CODE_NAME ||
            (list[i].kind == CODE_OP && (list[i].op == ',' || list[i].op == '.' || list[i].op == ':')))) {
        i++;
    }
    if (i >= tokens->count || list[i].kind != CODE_OP || list[i].op != '{' || list[i].match <= i) {
        return;
    }
    list[at].match = i;
    struct code_function *function = add_function(run, list[at].text, list[at].language);
    if (function != NULL) {
        add_parameters(function, list, open + 1, close);
    }
}

static void collect_functions(struct code_run *run, struct code_tokens *tokens)
{
    static const char *const heads[] = {"function", "sub"};
    for (uint32_t i = 1; i + 2 < tokens->count; i++) {
        const struct code_token *token = &tokens->list[i];
        if (token->kind != CODE_NAME) {
            continue;
        }
        if (code_is_vb(token->language) && IS_ANY(token, heads)) {
            collect_vb(run, tokens, i);
        } else if (!code_is_vb(token->language) && token[1].kind == CODE_OP && token[1].op == '(') {
            collect_curly(run, tokens, i);
        }
    }
}

void code_return(struct code_scope *scope, struct php_value value)
{
    struct php_slot *result =
        scope->function.len != 0 ? php_map_at(scope->run->heap, &scope->run->results, scope->function) : NULL;
    if (result != NULL) {
        result->value = result->is_set ? php_join(&result->value, &value) : value;
        result->is_set = true;
    }
}

/* ---- VB ---- */

static void for_each(struct code_scope *scope, const struct code_path *path)
{
    scope->at++; /* In */
    struct php_value list = code_expression(scope, 0);
    struct php_value element = php_unknown(php_taint_of(&list));
    element.steps = list.steps;
    code_assign(scope, path, element, false);
}

/* name arg, arg */
static void call_plain(struct code_scope *scope, const struct code_path *path)
{
    uint32_t line = code_line(scope, scope->at), end = scope->at, depth = 0;
    while (end < scope->end && scope->tokens->list[end].kind != CODE_STOP &&
           (depth != 0 || !code_is_word(&scope->tokens->list[end], "else"))) {
        const struct code_token *token = &scope->tokens->list[end++];
        depth += token->kind == CODE_OP && token->op == '(';
        depth -= token->kind == CODE_OP && token->op == ')' && depth != 0;
    }
    struct code_arguments arguments;
    struct php_value receiver = path->receiver;
    code_arguments(scope, end, &arguments);
    (void)code_call(scope, line, path, &receiver, &arguments);
}

/* `As New Type(...)` and `As Type = ...` */
static void vb_type(struct code_scope *scope, const struct code_path *path)
{
    scope->at++;
    if (code_is_word(code_at(scope, scope->at), "new")) {
        code_assign(scope, path, code_expression(scope, 0), false);
        return;
    }
    while (scope->at < scope->end && code_at(scope, scope->at)->kind != CODE_STOP &&
           !code_is_op(scope, scope->at, '=') && !code_is_op(scope, scope->at, ',')) {
        scope->at++;
    }
    if (code_is_op(scope, scope->at, '=')) {
        scope->at++;
        code_assign(scope, path, code_expression(scope, 0), false);
    }
}

static void vb_plain(struct code_scope *scope)
{
    struct code_path path;
    if (code_at(scope, scope->at)->kind != CODE_NAME) {
        (void)code_expression(scope, 0);
        return;
    }
    struct php_value value = code_postfix(scope, &path);
    const struct code_token *next = code_at(scope, scope->at);
    bool is_added = next->kind == CODE_OP && (next->op == CO_SET_CONCAT || next->op == CO_SET_ADD);
    if (code_is_op(scope, scope->at, '=') || is_added) {
        scope->at++;
        code_assign(scope, &path, code_expression(scope, 0), is_added);
    } else if (code_is_word(next, "as")) {
        vb_type(scope, &path);
    } else if (code_is_word(next, "in")) {
        for_each(scope, &path);
    } else if (next->kind == CODE_TEXT || next->kind == CODE_NUMBER || (next->kind == CODE_NAME && !path.is_called) ||
               (next->kind == CODE_OP && (next->op == '(' || next->op == '-'))) {
        call_plain(scope, &path);
    } else if (next->kind == CODE_OP && next->op == '&' &&
               path.is_called) { /* execute(a) & b: the whole is its argument */
        struct code_arguments arguments = {.count = 1};
        scope->at++;
        struct php_value rest = code_expression(scope, 0);
        arguments.list[0] = php_join(&value, &rest);
        arguments.list[0].taint |= php_taint_of(&rest);
        (void)code_call(scope, code_line(scope, scope->at), &path, &path.receiver, &arguments);
    } else if (!path.is_called && path.members > 1) {
        struct code_arguments none = {.count = 0};
        (void)code_call(scope, code_line(scope, scope->at - 1), &path, &path.receiver, &none);
    }
}

static void vb_function(struct code_scope *scope)
{
    bool is_end = scope->at > 0 && (code_is_word(&scope->tokens->list[scope->at - 1], "end") ||
                                    code_is_word(&scope->tokens->list[scope->at - 1], "exit"));
    bool is_exit = is_end && code_is_word(&scope->tokens->list[scope->at - 1], "exit");
    scope->at++;
    if (is_end) {
        scope->function = is_exit ? scope->function : STR("");
        return;
    }
    const struct code_function *function = NULL;
    if (code_at(scope, scope->at)->kind == CODE_NAME) {
        struct str name = code_at(scope, scope->at)->text;
        char key[CODE_PATH_BYTES];
        for (size_t i = 0; i < name.len && i < sizeof key; i++) {
            key[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] + 32) : name.data[i];
        }
        function = name.len <= sizeof key ? code_function_named(scope->run, (struct str){key, name.len}) : NULL;
    }
    scope->function = function != NULL ? function->name : STR("");
    struct php_slot *own =
        function != NULL ? php_map_at(scope->run->heap, &scope->run->variables, function->name) : NULL;
    if (own != NULL) { /* its own name is the variable that it returns, empty at first */
        own->value = php_text_value(STR(""));
        own->is_set = true;
    }
    scope->at++;
    if (code_is_op(scope, scope->at, '(') && code_at(scope, scope->at)->match > scope->at) {
        scope->at = code_at(scope, scope->at)->match + 1;
    }
}

/* Where the Next of a For stands whose body begins at `from`; 0: nowhere near. */
static uint32_t find_next(const struct code_scope *scope, uint32_t from)
{
    unsigned depth = 1;
    for (uint32_t i = from; i < scope->end && i < from + LOOP_TOKENS_MAX; i++) {
        const struct code_token *token = &scope->tokens->list[i];
        depth += code_is_word(token, "for");
        depth -= code_is_word(token, "next");
        if (depth == 0) {
            return i;
        }
    }
    return 0;
}

static double number_or(const struct php_value *value, double other)
{
    double number;
    return php_is_constant(value) && php_to_number(value, &number) ? number : other;
}

/* For i = a To b Step c: with constants it is run as often as it says, since that is how texts are decoded; else once, with i unknown. */
static void vb_for(struct code_scope *scope)
{
    struct code_path path;
    scope->at++;
    if (code_is_word(code_at(scope, scope->at), "each") || code_at(scope, scope->at)->kind != CODE_NAME) {
        return;
    }
    (void)code_postfix(scope, &path);
    if (!code_is_op(scope, scope->at, '=')) {
        return;
    }
    scope->at++;
    struct php_value from = code_expression(scope, 0), to = php_unknown(0), step = php_number_value(1);
    if (code_is_word(code_at(scope, scope->at), "to")) {
        scope->at++;
        to = code_expression(scope, 0);
    }
    if (code_is_word(code_at(scope, scope->at), "step")) {
        scope->at++;
        step = code_expression(scope, 0);
    }
    double first = number_or(&from, 0), last = number_or(&to, -1), by = number_or(&step, 0);
    uint32_t body = scope->at, end = find_next(scope, body);
    double rounds = php_is_constant(&from) && php_is_constant(&to) && by != 0 ? (last - first) / by + 1 : 0;
    if (end == 0 || rounds < 2 || rounds > LOOP_ROUNDS_MAX || scope->loops >= LOOPS_MAX) {
        code_assign(scope, &path, php_unknown(0), false);
        return;
    }
    scope->loops++;
    for (double i = 0; i < rounds && php_heap_work(scope->run->heap, 1); i++) {
        code_assign(scope, &path, php_number_value(first + i * by), false);
        scope->at = body;
        code_statements(scope, end);
    }
    scope->loops--;
}

static void vb_statement(struct code_scope *scope)
{
    static const char *const skipped[] = {
        "if",     "elseif", "else",      "then",     "while",     "wend",   "until",   "do",     "loop",
        "select", "case",   "for",       "each",     "to",        "step",   "end",     "exit",   "with",
        "class",  "set",    "let",       "dim",      "const",     "public", "private", "redim",  "preserve",
        "not",    "try",    "finally",   "using",    "protected", "friend", "shared",  "static", "call",
        "byval",  "byref",  "overrides", "property", "get",       "module", "throw",   "return"};
    static const char *const ignored[] = {"on",         "option", "imports", "namespace", "next", "inherits",
                                          "implements", "goto",   "resume",  "randomize", "catch"};
    static const char *const functions[] = {"function", "sub"};
    const struct code_token *token = code_at(scope, scope->at);
    if (IS_ANY(token, functions)) {
        vb_function(scope);
    } else if (code_is_word(token, "return")) {
        scope->at++;
        code_return(scope, code_expression(scope, 0));
    } else if (code_is_word(token, "for")) {
        vb_for(scope);
    } else if (IS_ANY(token, skipped)) {
        bool is_condition = code_is_word(token, "if") || code_is_word(token, "elseif") ||
                            code_is_word(token, "while") || code_is_word(token, "until") || code_is_word(token, "case");
        scope->at++;
        if (is_condition) {
            (void)code_expression(scope, 0);
        }
    } else if (IS_ANY(token, ignored)) {
        scope->at = find_stop(scope, scope->at);
    } else {
        vb_plain(scope);
    }
}

/* ---- the curly languages ---- */

/* (a; b; c), (x : list), (var x in list) */
static void curly_head(struct code_scope *scope)
{
    uint32_t open = scope->at, close = code_at(scope, open)->match;
    if (close <= open || close > scope->end) {
        scope->at++;
        return;
    }
    struct code_scope inner = *scope;
    inner.at = open + 1;
    inner.end = close;
    for (uint32_t i = open + 1; i < close && i < open + 16; i++) {
        const struct code_token *token = &scope->tokens->list[i];
        bool is_in = (token->kind == CODE_OP && token->op == ':') || code_is_word(token, "in");
        if (is_in && i > open + 1 && scope->tokens->list[i - 1].kind == CODE_NAME) {
            struct code_path path = {
                .base = scope->tokens->list[i - 1].text, .is_place = true, .members = 1, .len = 1, .text = "x"};
            inner.at = i;
            for_each(&inner, &path);
            break;
        }
        if (token->kind == CODE_OP && (token->op == '(' || token->op == ';' || token->op == '?')) {
            break;
        }
    }
    code_statements(&inner, close);
    scope->at = close + 1;
}

static void curly_statement(struct code_scope *scope)
{
    static const char *const heads[] = {"if",    "while", "for",  "switch",       "foreach",
                                        "using", "catch", "lock", "synchronized", "fixed"};
    static const char *const skipped[] = {"else",  "do",         "try",       "finally",    "case",   "default",
                                          "class", "interface",  "namespace", "function",   "break",  "continue",
                                          "throw", "instanceof", "extends",   "implements", "throws", "enum"};
    static const char *const ignored[] = {"import", "package"};
    const struct code_token *token = code_at(scope, scope->at);
    if (IS_ANY(token, heads) && code_is_op(scope, scope->at + 1, '(')) {
        scope->at++;
        curly_head(scope);
    } else if (code_is_word(token, "return")) {
        scope->at++;
        if (!code_is_op(scope, scope->at, ';')) {
            code_return(scope, code_expression(scope, 0));
        }
    } else if (IS_ANY(token, skipped)) {
        scope->at++;
    } else if (IS_ANY(token, ignored)) {
        while (scope->at < scope->end && !code_is_op(scope, scope->at, ';') &&
               code_at(scope, scope->at)->kind != CODE_STOP) {
            scope->at++;
        }
    } else {
        (void)code_expression(scope, 0);
    }
}

void code_statements(struct code_scope *scope, uint32_t end)
{
    uint32_t outer = scope->end;
    scope->end = end;
    while (scope->at < end && php_heap_work(scope->run->heap, 1)) {
        const struct code_token *token = code_at(scope, scope->at);
        uint32_t before = scope->at;
        if (scope->function_end != 0 && scope->at > scope->function_end) {
            scope->function = STR("");
            scope->function_end = 0;
        }
        bool is_mark =
            token->kind == CODE_OP && (token->op == ';' || token->op == '{' || token->op == '}' || token->op == ')' ||
                                       token->op == ',' || token->op == ':' || token->op == ']');
        if (token->kind == CODE_STOP || token->kind == CODE_ECHO || is_mark) {
            scope->at++;
        } else if (code_is_vb(token->language)) {
            vb_statement(scope);
        } else {
            curly_statement(scope);
        }
        scope->at += scope->at == before;
    }
    scope->end = outer;
}

/* ---- layers ---- */

static void run_page(struct code_scope *outer, struct page *page, uint32_t line)
{
    struct code_run *run = outer->run;
    collect_functions(run, &page->tokens);
    struct code_scope inner = {
        .run = run, .tokens = &page->tokens, .end = page->tokens.count, .depth = outer->depth, .fixed_line = line};
    run->layer_depth++;
    code_statements(&inner, inner.end);
    run->layer_depth--;
}

static bool may_enter(struct code_run *run, struct str text)
{
    if (run->layers >= CODE_LAYERS_MAX || run->layer_depth >= CODE_LAYER_DEPTH || text.len > LAYER_BYTES_MAX ||
        text.len < 3) {
        return false;
    }
    run->layers++;
    return true;
}

struct php_value code_layer(struct code_scope *scope, struct str text, enum code_language language)
{
    struct code_run *run = scope->run;
    if (may_enter(run, text)) {
        struct page *page = &run->analyst->layers[run->layer_depth];
        page_read_code(page, &run->analyst->texts, language, text);
        run_page(scope, page, code_line(scope, scope->at));
    }
    return php_unknown(0);
}

static bool has(struct str text, const char *word)
{
    return str_find_nocase(text, str_of(word), 0) != SIZE_MAX;
}

bool code_is_shell_text(struct code_scope *scope, struct str text)
{
    struct code_run *run = scope->run;
    bool is_php = has(text, "<?") && (has(text, "$_post") || has(text, "$_get") || has(text, "$_request")) &&
                  (has(text, "eval") || has(text, "assert") || has(text, "system") || has(text, "exec"));
    if (is_php || !has(text, "<%") || !run->is_reporting || !may_enter(run, text)) {
        return is_php;
    }
    struct php_facts *facts = run->facts;
    unsigned before = facts->count;
    struct page *page = &run->analyst->layers[run->layer_depth];
    page_read(page, &run->analyst->texts, run->kind, text);
    run_page(scope, page, UINT32_MAX);
    bool is_shell = false;
    for (unsigned i = before; i < facts->count; i++) {
        is_shell = is_shell || facts->list[i].kind <= PF_HIDDEN_CALL || facts->list[i].kind == PF_WRITE_BOTH;
    }
    facts->count = before;
    return is_shell;
}

/* ---- the whole page ---- */

void code_analyse(struct code_analyst *analyst, enum page_kind kind, struct str bytes, struct php_facts *ret_facts)
{
    struct page *page = &analyst->page;
    *ret_facts = (struct php_facts){.count = 0};
    php_heap_clear(&analyst->heap);
    arena_clear(&analyst->texts);
    page_read(page, &analyst->texts, kind, str_slice(bytes, 0, CODE_ANALYSE_MAX_BYTES));
    ret_facts->tokens = page->tokens.count;
    ret_facts->is_cut = page->is_cut || bytes.len > CODE_ANALYSE_MAX_BYTES;
    struct code_run run = {.analyst = analyst, .heap = &analyst->heap, .facts = ret_facts, .kind = kind};
    run.functions = php_heap_take(run.heap, CODE_FUNCTIONS_MAX * sizeof *run.functions);
    if (run.functions == NULL) {
        return;
    }
    collect_functions(&run, &page->tokens);
    for (unsigned pass = 1; pass <= CODE_PASSES; pass++) {
        struct code_scope scope = {.run = &run, .tokens = &page->tokens, .end = page->tokens.count};
        run.heap->steps = STEPS_MIN + (uint64_t)STEPS_PER_TOKEN * page->tokens.count;
        run.layers = 0;
        run.is_reporting = pass == CODE_PASSES;
        code_statements(&scope, scope.end);
    }
    if (run.has_socket && run.has_interpreter) {
        struct code_scope scope = {.run = &run, .tokens = &page->tokens};
        (void)code_fact(&scope, PF_REVERSE, run.interpreter_line, run.interpreter.text, NULL);
    }
    ret_facts->is_cut = ret_facts->is_cut || run.heap->is_spent;
}

void code_analyst_init(struct code_analyst *analyst)
{
    *analyst = (struct code_analyst){.page = {.code_bytes = 0}};
    php_heap_init(&analyst->heap);
    arena_init(&analyst->texts, TEXTS_BYTES);
}

void code_analyst_clear(struct code_analyst *analyst)
{
    page_free(&analyst->page);
    for (unsigned i = 0; i < CODE_LAYER_DEPTH; i++) {
        page_free(&analyst->layers[i]);
    }
    php_heap_clear(&analyst->heap);
    arena_clear(&analyst->heap.arena);
    arena_clear(&analyst->texts);
}
