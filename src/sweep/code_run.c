/* Statements of pages, their functions, and text that is run: passes over the tokens, each statement once in order. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/php_words.h"
#include "sweep/code_run.h"

#include "base/banned.h"

enum {
    TOKENS_PER_FUNCTION = 4, /* "sub f end sub" is the shortest */
    CODE_SPARE = 64,         /* for texts that are run */
    LOOP_TOKENS_MAX = 200,
    LOOP_ROUNDS_MAX = 20000,
    LOOPS_MAX = 2,
    STEPS_MIN = 300000,
    STEPS_PER_TOKEN = 24,
    LAYER_BYTES_MAX = 1 << 20,
    TEXTS_BYTES = 48 << 20,
    BRANCH_TOKENS_MAX = 400,
    EXPRESSION_TOKENS_MAX = 40,
    SHORT_LAYER_BYTES = 80,
    SHORT_LAYERS_MAX = 2000,
    EXACT_MIN = 200,
    EXACT_DEPTH_MAX = 4,
    EXACT_STEPS = 400000,
    EXACT_STEPS_PER_TOKEN = 8,
    EXACT_TOKENS_MAX = 100000, /* that add to it */
    LARGE_TOKENS = 150000,     /* pages of more get few passes */
    LARGE_PASSES = 2,
    OVERLOADS_MAX = 8
};

static uint32_t find_stop(struct code_scope *scope, uint32_t from)
{
    uint32_t stop = scope->line_stop;
    bool is_known = scope->line_from <= from && from <= stop &&
                    (stop == scope->end || (stop < scope->end && scope->tokens->list[stop].kind == CODE_STOP));
    if (!is_known) {
        scope->line_from = scope->line_stop = from;
        while (scope->line_stop < scope->end && scope->tokens->list[scope->line_stop].kind != CODE_STOP) {
            scope->line_stop++;
        }
    }
    return scope->line_stop;
}

/* ---- functions ---- */

void code_enter(struct code_scope *scope, struct code_function *function, uint32_t end)
{
    if (scope->function_count == CODE_NESTED_MAX) {
        return;
    }
    scope->functions[scope->function_count++] = (struct code_nested){.function = function, .end = end};
    for (unsigned i = 0; i < function->parameter_count; i++) {
        struct php_slot *slot = php_map_at(scope->run->heap, &function->locals, function->parameters[i]);
        if (slot != NULL && !function->is_running) {
            slot->value = function->incoming != NULL ? function->incoming[i] : php_unknown(0);
            slot->is_set = function->incoming != NULL || function->is_served;
            slot->depth = 0;
            if (function->is_served) {
                slot->value = php_unknown(TA_IN);
                slot->value.steps =
                    code_step(scope, NULL, code_line(scope, scope->at), STR("a parameter of the web service"));
            }
        }
    }
}

void code_return(struct code_scope *scope, struct php_value value)
{
    struct code_run *run = scope->run;
    const struct code_function *function = code_inside(scope);
    struct php_slot *result = function != NULL ? php_map_at(run->heap, &run->results, function->name) : NULL;
    if (result != NULL) {
        uint32_t before = result->is_set ? php_taint_of(&result->value) : 0;
        result->value = result->is_set ? code_join(&result->value, &value) : value;
        result->is_set = true;
        run->has_grown = run->has_grown || (php_taint_of(&result->value) & ~before) != 0;
    }
}

/* ---- blocks that are run on a condition ---- */

static void push_block(struct code_scope *scope, uint32_t begin, uint32_t end)
{
    if (scope->block_count < CODE_BLOCKS_MAX) {
        scope->blocks[scope->block_count++] = (struct code_block){.begin = begin, .end = end};
    } else {
        scope->vb_blocks += end == 0;
    }
}

/* End If, End Select */
static void pop_vb_block(struct code_scope *scope)
{
    if (scope->vb_blocks != 0) {
        scope->vb_blocks--;
    } else if (scope->block_count != 0 && scope->blocks[scope->block_count - 1].end == 0) {
        scope->block_count--;
    }
}

/* What ended before `at`: braces, lines, bodies. */
static void leave_ended(struct code_scope *scope)
{
    while (scope->block_count != 0 && scope->blocks[scope->block_count - 1].end != 0 &&
           scope->at > scope->blocks[scope->block_count - 1].end) {
        scope->block_count--;
    }
    while (scope->function_count != 0 && scope->functions[scope->function_count - 1].end != 0 &&
           scope->at > scope->functions[scope->function_count - 1].end) {
        scope->function_count--;
    }
}

void code_block_here(struct code_scope *scope)
{
    uint32_t close = code_at(scope, scope->at)->match;
    scope->at++;
    code_statements(scope, close < scope->end ? close : scope->end);
    scope->at = close + 1;
}

/* What loops and decoders cost that are run as they are is bounded apart: the rest of the page is read all the same. */
struct exact {
    uint64_t steps, given;
    bool was_spent;
};

static bool exact_begin(struct code_run *run, struct exact *exact)
{
    uint64_t steps = run->heap->steps;
    *exact = (struct exact){.steps = steps,
                            .given = run->exact_steps < steps / 2 ? run->exact_steps : steps / 2,
                            .was_spent = run->heap->is_spent};
    if (exact->given < EXACT_MIN || run->exact >= EXACT_DEPTH_MAX) {
        return false;
    }
    run->exact++;
    run->heap->steps = exact->given;
    return true;
}

/* False: it did not come to its end. */
static bool exact_end(struct code_run *run, const struct exact *exact)
{
    bool is_whole = run->heap->steps != 0;
    uint64_t used = exact->given - run->heap->steps;
    run->exact--;
    run->heap->steps = exact->steps - used;
    run->exact_steps -= used < run->exact_steps ? used : run->exact_steps;
    run->heap->is_spent = exact->was_spent;
    return is_whole;
}

/* A decoder of its own, with constants: it is run with them, once for each call. */
bool code_run_function(struct code_scope *scope, struct code_function *function, const struct code_arguments *arguments,
                       struct php_value *ret)
{
    struct code_run *run = scope->run;
    struct exact exact;
    bool is_known = arguments->count != 0 && function->has_loop && !function->is_running && function->end != 0 &&
                    (function->tokens == &run->analyst->page.tokens || function->tokens == scope->tokens);
    for (unsigned i = 0; i < arguments->count; i++) {
        is_known = is_known && php_is_constant(&arguments->list[i]);
    }
    struct php_slot *result = is_known ? php_map_at(run->heap, &run->results, function->name) : NULL;
    if (result == NULL || !exact_begin(run, &exact)) {
        return false;
    }
    struct php_slot before = *result;
    struct code_scope inner = {.run = run,
                               .tokens = function->tokens,
                               .at = function->body,
                               .end = function->end,
                               .depth = scope->depth,
                               .fixed_line = scope->fixed_line};
    *result = (struct php_slot){.is_set = false};
    for (uint32_t i = 0; i < function->locals.size && php_heap_work(run->heap, 1); i++) {
        if (function->locals.table[i].slot != NULL) {
            function->locals.table[i].slot->is_set = false;
        }
    }
    code_enter(&inner, function, function->end);
    for (unsigned i = 0; i < function->parameter_count; i++) {
        struct php_slot *slot = php_map_at(run->heap, &function->locals, function->parameters[i]);
        if (slot != NULL) {
            *slot =
                (struct php_slot){.value = i < arguments->count ? arguments->list[i] : php_unknown(0), .is_set = true};
        }
    }
    struct php_slot *own = php_map_find(&function->locals, function->name);
    if (own != NULL) {
        *own = (struct php_slot){.value = php_text_value(STR("")), .is_set = true};
    }
    function->is_running = true;
    code_statements(&inner, function->end);
    function->is_running = false;
    struct php_value value = result->is_set ? result->value : php_unknown(0);
    *result = before;
    bool is_whole = exact_end(run, &exact);
    *ret = value;
    bool is_empty = value.type == PV_TEXT && value.text.len == 0; /* something in it is beyond us */
    return is_whole && value.type != PV_UNKNOWN && !is_empty;
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
    code_note_redirect(scope, path, code_at(scope, scope->at));
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
    if (code_at(scope, scope->at)->kind != CODE_NAME && !code_is_of_with(scope)) {
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
               (next->kind == CODE_OP && (next->op == '(' || next->op == '-')) || code_is_of_with(scope)) {
        call_plain(scope, &path);
    } else if (next->kind == CODE_OP && next->op == '&' &&
               path.is_called) { /* execute(a) & b: the whole is its argument */
        struct code_arguments arguments = {.count = 1};
        scope->at++;
        struct php_value rest = code_expression(scope, 0);
        arguments.list[0] = code_join(&value, &rest);
        arguments.list[0].taint |= php_taint_of(&rest);
        (void)code_call(scope, code_line(scope, scope->at), &path, &path.receiver, &arguments);
    } else if (!path.is_called && path.members > 1) {
        struct code_arguments none = {.count = 0};
        (void)code_call(scope, code_line(scope, scope->at - 1), &path, &path.receiver, &none);
    }
}

/* Of several of one name, the one whose body begins there. */
static struct code_function *function_at(const struct code_run *run, struct code_function *function,
                                         const struct code_tokens *tokens, uint32_t body)
{
    for (unsigned i = 0; i < OVERLOADS_MAX && function->overload != 0; i++) {
        if (function->tokens == tokens && function->body == body) {
            return function;
        }
        function = &run->functions[function->overload];
    }
    return function;
}

static void vb_function(struct code_scope *scope)
{
    struct code_run *run = scope->run;
    const struct code_token *before = &scope->tokens->list[scope->at != 0 ? scope->at - 1 : 0];
    bool is_exit = code_is_word(before, "exit"), is_end = code_is_word(before, "end");
    scope->at++;
    if (is_exit) {
        return;
    }
    while (scope->function_count != 0 && scope->functions[scope->function_count - 1].end == 0) {
        scope->function_count--;
    }
    if (is_end) {
        return;
    }
    const struct code_token *head = code_at(scope, scope->at);
    struct str key = head->kind == CODE_NAME ? code_lower(run, head->text) : STR("");
    struct code_function *function = key.len != 0 ? code_function_named(run, key) : NULL;
    scope->at++;
    if (code_is_op(scope, scope->at, '(') && code_at(scope, scope->at)->match > scope->at) {
        scope->at = code_at(scope, scope->at)->match + 1;
    }
    if (function == NULL) {
        return;
    }
    function = function_at(run, function, scope->tokens, scope->at);
    code_enter(scope, function, 0);
    struct php_slot *own = php_map_at(run->heap, &function->locals, function->name);
    if (own != NULL && !function->is_running) { /* its own name is the variable that it returns, empty at first */
        *own = (struct php_slot){.value = php_text_value(STR("")), .is_set = true};
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
    struct exact exact;
    if (end == 0 || rounds < 1 || rounds > LOOP_ROUNDS_MAX || scope->loops >= LOOPS_MAX ||
        !exact_begin(scope->run, &exact)) {
        code_assign(scope, &path, php_unknown(0), false);
        return;
    }
    scope->loops++;
    double i = first;
    for (unsigned round = 0;
         round <= LOOP_ROUNDS_MAX && (by > 0 ? i <= last : i >= last) && php_heap_work(scope->run->heap, 1); round++) {
        code_assign(scope, &path, php_number_value(i), false);
        scope->at = body;
        code_statements(scope, end);
        const struct php_slot *slot = code_variable_find(scope, path.base, CODE_VBSCRIPT); /* the body may step too */
        i = (slot != NULL ? number_or(&slot->value, i) : i) + by;
    }
    scope->loops--;
    if (!exact_end(scope->run, &exact)) { /* too long: once, as any other */
        code_assign(scope, &path, php_unknown(0), false);
        scope->at = body;
    } else {
        scope->at = end;
    }
}

/* Where a line's statement ends. */
static uint32_t find_line_word(const struct code_scope *scope, const char *word)
{
    uint32_t i = scope->at;
    for (; i < scope->end && i < scope->at + BRANCH_TOKENS_MAX && scope->tokens->list[i].kind != CODE_STOP; i++) {
        if (word != NULL && code_is_word(&scope->tokens->list[i], word)) {
            return i;
        }
    }
    return i;
}

static bool is_many_lined(const struct code_scope *scope, uint32_t at)
{
    for (uint32_t i = at; i < scope->end && i < at + BRANCH_TOKENS_MAX; i++) {
        if (scope->tokens->list[i].kind == CODE_STOP) {
            return true;
        }
        if (code_is_word(&scope->tokens->list[i], "then")) {
            return code_at(scope, i + 1)->kind == CODE_STOP;
        }
    }
    return false;
}

/* The next ElseIf, Else (is_any) or End of the If whose Then stands before at; 0: nowhere near. */
static uint32_t find_branch(const struct code_scope *scope, uint32_t at, bool is_any)
{
    unsigned depth = 0;
    for (uint32_t i = at; i < scope->end && i < at + BRANCH_TOKENS_MAX; i++) {
        const struct code_token *token = &scope->tokens->list[i];
        if (code_is_word(token, "end") && code_is_word(&token[1], "if")) {
            if (depth == 0) {
                return i;
            }
            depth--;
            i++;
        } else if (code_is_word(token, "if")) {
            depth += is_many_lined(scope, i);
        } else if (is_any && depth == 0 && token[-1].kind == CODE_STOP &&
                   (code_is_word(token, "else") || code_is_word(token, "elseif"))) {
            return i;
        }
    }
    return 0;
}

/* The condition is known, and what is run is run as it is: only one of the branches counts. at: behind Then. */
static bool vb_choose(struct code_scope *scope, bool is_true)
{
    if (code_at(scope, scope->at)->kind != CODE_STOP) {
        uint32_t other = find_line_word(scope, "else"), stop = find_line_word(scope, NULL);
        if (is_true) {
            code_statements(scope, other);
            scope->at = stop;
        } else {
            scope->at = other < stop ? other + 1 : stop;
        }
        return true;
    }
    uint32_t next = find_branch(scope, scope->at, true), end = find_branch(scope, scope->at, false);
    if (next == 0 || end == 0) {
        return false;
    }
    if (is_true) {
        code_statements(scope, next);
        scope->at = end + 2;
    } else if (next == end) {
        scope->at = end + 2;
    } else if (code_is_word(&scope->tokens->list[next], "elseif")) {
        scope->at = next;
    } else {
        scope->at = next + 1;
        code_statements(scope, end);
        scope->at = end + 2;
    }
    return true;
}

static void vb_if(struct code_scope *scope)
{
    bool is_first = code_is_word(code_at(scope, scope->at), "if");
    uint32_t begin = scope->at;
    if (begin > 0 && code_is_word(&scope->tokens->list[begin - 1], "end")) {
        pop_vb_block(scope);
        scope->at++;
        return;
    }
    scope->at++;
    struct php_value condition = code_expression(scope, 0);
    while (scope->at < scope->end && code_at(scope, scope->at)->kind != CODE_STOP &&
           !code_is_word(code_at(scope, scope->at), "then")) { /* what was not understood */
        uint32_t before = scope->at;
        (void)code_expression(scope, 0);
        condition = php_unknown(0);
        scope->at += scope->at == before;
    }
    scope->at += code_is_word(code_at(scope, scope->at), "then");
    bool is_block = code_at(scope, scope->at)->kind == CODE_STOP;
    if (scope->run->exact != 0 && condition.type == PV_BOOL && vb_choose(scope, condition.number != 0)) {
        return;
    }
    if (!is_first) {
        pop_vb_block(scope);
    }
    push_block(scope, begin, is_block ? 0 : find_stop(scope, scope->at));
}

/* The rest of a Select, or of an If: another branch. */
static void vb_branch(struct code_scope *scope)
{
    bool is_open = scope->block_count != 0 && scope->vb_blocks == 0;
    if (is_open) {
        scope->blocks[scope->block_count - 1].begin = scope->at;
    }
    scope->at++;
}

static void vb_select(struct code_scope *scope)
{
    bool is_end = scope->at > 0 && code_is_word(&scope->tokens->list[scope->at - 1], "end");
    if (is_end) {
        pop_vb_block(scope);
    } else {
        push_block(scope, scope->at, 0);
    }
    scope->at++;
}

/* Where the loop ends that begins before `from`; 0: nowhere near. */
static uint32_t find_loop_end(const struct code_scope *scope, uint32_t from, const char *begin, const char *end)
{
    unsigned depth = 1;
    for (uint32_t i = from; i < scope->end && i < from + LOOP_TOKENS_MAX; i++) {
        const struct code_token *token = &scope->tokens->list[i];
        bool is_exit = code_is_word(&token[-1], "exit");
        depth += !is_exit && code_is_word(token, begin);
        depth -= code_is_word(token, end);
        if (depth == 0) {
            return i;
        }
    }
    return 0;
}

/* While c ... Wend and Do While c ... Loop: as For, if c is known from the start. */
static void vb_while(struct code_scope *scope)
{
    bool is_do = scope->at > 0 && code_is_word(&scope->tokens->list[scope->at - 1], "do");
    bool is_until = code_is_word(code_at(scope, scope->at), "until");
    bool is_end = scope->at > 0 && (code_is_word(&scope->tokens->list[scope->at - 1], "loop") ||
                                    code_is_word(&scope->tokens->list[scope->at - 1], "end"));
    uint32_t condition = ++scope->at;
    struct php_value value = code_expression(scope, 0);
    uint32_t body = scope->at;
    struct exact exact;
    uint32_t end = value.type == PV_BOOL && !is_end
                       ? find_loop_end(scope, body, is_do ? "do" : "while", is_do ? "loop" : "wend")
                       : 0;
    if (end == 0 || scope->loops >= LOOPS_MAX || !exact_begin(scope->run, &exact)) {
        return;
    }
    unsigned rounds = 0;
    scope->loops++;
    while (value.type == PV_BOOL && (value.number != 0) != is_until && rounds++ < LOOP_ROUNDS_MAX &&
           php_heap_work(scope->run->heap, 1)) {
        scope->at = body;
        code_statements(scope, end);
        scope->at = condition;
        value = code_expression(scope, 0);
    }
    scope->loops--;
    bool is_whole = value.type == PV_BOOL && (value.number != 0) == is_until;
    is_whole = exact_end(scope->run, &exact) && is_whole;
    scope->at = is_whole ? end + 1 : body;
}

/* With x: what begins with a dot is a member of x. An object without a name gets one that no page can use. */
static void vb_with(struct code_scope *scope)
{
    bool is_end = scope->at > 0 && code_is_word(&scope->tokens->list[scope->at - 1], "end");
    scope->at++;
    if (is_end) {
        scope->with_count -= scope->with_count != 0;
        return;
    }
    const struct code_token *token = code_at(scope, scope->at);
    struct str name = STR("with ");
    if (token->kind == CODE_NAME && code_at(scope, scope->at + 1)->kind == CODE_STOP) {
        name = token->text;
        scope->at++;
    } else {
        struct php_value object = code_expression(scope, 0);
        struct php_slot *slot = code_variable(scope, name, CODE_VBSCRIPT);
        if (slot != NULL) {
            *slot = (struct php_slot){.value = object, .is_set = true};
        }
    }
    if (scope->with_count < CODE_WITHS_MAX) {
        scope->withs[scope->with_count++] = name;
    }
}

static void vb_statement(struct code_scope *scope)
{
    static const char *const skipped[] = {
        "then",  "wend",      "do",       "loop",  "for",       "each",   "to",     "step",    "end",   "exit",
        "with",  "class",     "set",      "let",   "dim",       "const",  "public", "private", "redim", "preserve",
        "not",   "try",       "finally",  "using", "protected", "friend", "shared", "static",  "call",  "byval",
        "byref", "overrides", "property", "get",   "module",    "throw",  "return"};
    static const char *const ignored[] = {"on",         "option", "imports", "namespace", "next", "inherits",
                                          "implements", "goto",   "resume",  "randomize", "catch"};
    static const char *const functions[] = {"function", "sub"};
    const struct code_token *token = code_at(scope, scope->at);
    if (CODE_IS_ANY(token, functions)) {
        vb_function(scope);
    } else if (code_is_word(token, "return")) {
        scope->at++;
        code_return(scope, code_expression(scope, 0));
    } else if (code_is_word(token, "for")) {
        vb_for(scope);
    } else if (code_is_word(token, "if") || code_is_word(token, "elseif")) {
        vb_if(scope);
    } else if (code_is_word(token, "while") || code_is_word(token, "until")) {
        vb_while(scope);
    } else if (code_is_word(token, "with")) {
        vb_with(scope);
    } else if (code_is_word(token, "select")) {
        vb_select(scope);
    } else if (code_is_word(token, "else")) {
        vb_branch(scope);
    } else if (code_is_word(token, "case")) {
        vb_branch(scope);
        (void)code_expression(scope, 0);
    } else if (CODE_IS_ANY(token, skipped)) {
        scope->at++;
    } else if (CODE_IS_ANY(token, ignored)) {
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
        bool is_in =
            (token->kind == CODE_OP && token->op == ':') || (token->language != CODE_JAVA && code_is_word(token, "in"));
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

/* One statement, unread. */
static void skip_curly(struct code_scope *scope)
{
    if (code_is_op(scope, scope->at, '{') && code_at(scope, scope->at)->match > scope->at) {
        scope->at = code_at(scope, scope->at)->match + 1;
        return;
    }
    for (unsigned i = 0; i < BRANCH_TOKENS_MAX && scope->at < scope->end; i++) {
        if (code_is_op(scope, scope->at++, ';')) {
            return;
        }
    }
}

/* Where the statement ends that begins at `at`; 0: nowhere near. */
static uint32_t find_curly_end(const struct code_scope *scope, uint32_t at)
{
    if (code_is_op(scope, at, '{')) {
        return code_at(scope, at)->match > at && code_at(scope, at)->match < scope->end ? code_at(scope, at)->match : 0;
    }
    for (uint32_t i = at; i < scope->end && i < at + BRANCH_TOKENS_MAX; i++) {
        if (code_is_op(scope, i, ';')) {
            return i;
        }
        bool is_open = code_is_op(scope, i, '(') || code_is_op(scope, i, '{') || code_is_op(scope, i, '[');
        i = is_open && code_at(scope, i)->match > i ? code_at(scope, i)->match : i;
    }
    return 0;
}

/* if (c): both branches are read, unless c is known where all is run as it is. at: the bracket. */
static void curly_if(struct code_scope *scope)
{
    uint32_t open = scope->at, close = code_at(scope, open)->match;
    if (close <= open || close > scope->end) {
        scope->at++;
        return;
    }
    uint32_t outer = scope->end;
    scope->at = open + 1;
    scope->end = close;
    struct php_value condition = scope->at < close ? code_expression(scope, 0) : php_unknown(0);
    code_statements(scope, close);
    scope->end = outer;
    scope->at = close + 1;
    if (scope->run->exact == 0 || condition.type != PV_BOOL) {
        uint32_t end = find_curly_end(scope, scope->at);
        if (end != 0) {
            push_block(scope, open, end);
        }
        return;
    }
    if (condition.number == 0) {
        skip_curly(scope);
        return;
    }
    uint32_t end = find_curly_end(scope, scope->at);
    if (end != 0) {
        code_statements(scope, end + 1);
    }
    if (code_is_word(code_at(scope, scope->at), "else")) {
        scope->at++;
        skip_curly(scope);
    }
}

static void curly_else(struct code_scope *scope)
{
    uint32_t end = find_curly_end(scope, scope->at + 1);
    if (end != 0 && !code_is_word(code_at(scope, scope->at + 1), "if")) {
        push_block(scope, scope->at, end);
    }
    scope->at++;
}

/* for (a; b; c) with constants, as often as it says. False: it is read as any other statement, once. */
static bool curly_for(struct code_scope *scope)
{
    uint32_t open = scope->at + 1, close = code_at(scope, open)->match, stops[2] = {0}, found = 0;
    for (uint32_t i = open + 1; close > open && close < scope->end && i < close && i < open + LOOP_TOKENS_MAX; i++) {
        bool is_stop = code_is_op(scope, i, ';');
        if (is_stop && found < 2) {
            stops[found] = i;
        }
        found += is_stop;
    }
    struct exact exact;
    uint32_t end = found == 2 ? find_curly_end(scope, close + 1) : 0;
    if (end == 0 || end - open > LOOP_TOKENS_MAX || scope->loops >= LOOPS_MAX || !exact_begin(scope->run, &exact)) {
        return false;
    }
    struct code_scope inner = *scope;
    inner.loops++;
    inner.at = open + 1;
    code_statements(&inner, stops[0]);
    unsigned rounds = 0;
    bool is_known = true, is_true = true;
    while (is_known && is_true && rounds <= LOOP_ROUNDS_MAX && php_heap_work(scope->run->heap, 1)) {
        uint32_t outer = inner.end;
        inner.at = stops[0] + 1;
        inner.end = stops[1];
        struct php_value condition = inner.at < stops[1] ? code_expression(&inner, 0) : php_unknown(0);
        inner.end = outer;
        is_known = condition.type == PV_BOOL;
        is_true = is_known && condition.number != 0;
        if (is_true) {
            inner.at = close + 1;
            code_statements(&inner, end + 1);
            inner.at = stops[1] + 1;
            code_statements(&inner, close);
            rounds++;
        }
    }
    bool is_whole = exact_end(scope->run, &exact) && is_known && !is_true;
    if (is_whole) {
        scope->at = end + 1;
    }
    return is_whole;
}

static void curly_statement(struct code_scope *scope)
{
    static const char *const heads[] = {"while", "for",  "switch",       "foreach", "using",
                                        "catch", "lock", "synchronized", "fixed"};
    static const char *const skipped[] = {"do",         "try",       "finally",    "case",   "default",  "class",
                                          "interface",  "namespace", "function",   "break",  "continue", "throw",
                                          "instanceof", "extends",   "implements", "throws", "enum"};
    static const char *const ignored[] = {"import", "package"};
    const struct code_token *token = code_at(scope, scope->at);
    bool has_head = code_is_op(scope, scope->at + 1, '(');
    if (has_head && code_is_word(token, "if")) {
        scope->at++;
        curly_if(scope);
    } else if (code_is_word(token, "else")) {
        curly_else(scope);
    } else if (has_head && code_is_word(token, "for") && curly_for(scope)) {
        return;
    } else if (has_head && CODE_IS_ANY(token, heads)) {
        bool is_switch = code_is_word(token, "switch");
        scope->at++;
        curly_head(scope);
        uint32_t end = is_switch ? find_curly_end(scope, scope->at) : 0;
        if (end != 0) {
            push_block(scope, scope->at, end);
        }
    } else if (code_is_word(token, "return")) {
        scope->at++;
        if (!code_is_op(scope, scope->at, ';')) {
            code_return(scope, code_expression(scope, 0));
        }
    } else if (CODE_IS_ANY(token, skipped)) {
        bool is_case = code_is_word(token, "case") || code_is_word(token, "default");
        if (is_case && scope->block_count != 0) {
            scope->blocks[scope->block_count - 1].begin = scope->at;
        }
        scope->at++;
    } else if (CODE_IS_ANY(token, ignored)) {
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
        leave_ended(scope);
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

static struct php_value run_page(struct code_scope *outer, struct page *page, uint32_t line)
{
    struct code_run *run = outer->run;
    code_collect_functions(run, &page->tokens);
    struct code_scope inner = {
        .run = run, .tokens = &page->tokens, .end = page->tokens.count, .depth = outer->depth, .fixed_line = line};
    if (outer->function_count != 0) { /* it sees the variables of the function that runs it */
        inner.functions[0] = (struct code_nested){.function = code_inside(outer), .end = UINT32_MAX};
        inner.function_count = 1;
    }
    run->layer_depth++;
    while (code_at(&inner, inner.at)->kind == CODE_STOP) {
        inner.at++;
    }
    const struct code_token *next = code_at(&inner, inner.at + 1);
    const struct code_token *first = code_at(&inner, inner.at);
    bool is_name = (next->kind == CODE_STOP || next->kind == CODE_END) && first->kind == CODE_NAME &&
                   code_function_named(run, code_is_vb(first->language) ? code_lower(run, first->text) : first->text) ==
                       NULL; /* a variable */
    bool is_expression =
        first->kind == CODE_NAME && inner.end < EXPRESSION_TOKENS_MAX &&
        (is_name || (next->kind == CODE_OP && (next->op == '(' || next->op == '.' || next->op == '[')));
    struct php_value value = is_expression ? code_expression(&inner, 0) : php_unknown(0);
    is_expression =
        is_expression && (code_at(&inner, inner.at)->kind == CODE_STOP || code_at(&inner, inner.at)->kind == CODE_END);
    inner.at = 0; /* the same once more, if need be: as statements */
    if (!is_expression) {
        code_statements(&inner, inner.end);
    }
    run->layer_depth--;
    return is_expression ? value : php_unknown(0);
}

static bool may_enter(struct code_run *run, struct str text)
{
    bool is_short = text.len < SHORT_LAYER_BYTES; /* a decoder may build its text by running one for each letter */
    if (run->layer_depth >= CODE_LAYER_DEPTH || text.len > LAYER_BYTES_MAX || text.len < 3 ||
        (is_short ? run->short_layers >= SHORT_LAYERS_MAX : run->layers >= CODE_LAYERS_MAX)) {
        return false;
    }
    run->layers += !is_short;
    run->short_layers += is_short;
    return true;
}

struct php_value code_layer(struct code_scope *scope, struct str text, enum code_language language)
{
    struct code_run *run = scope->run;
    if (may_enter(run, text)) {
        struct page *page = &run->analyst->layers[run->layer_depth];
        page_read_code(page, &run->analyst->texts, language, text);
        return run_page(scope, page, code_line(scope, scope->at));
    }
    return php_unknown(0);
}

void code_style_sheet(struct code_scope *scope, struct str text)
{
    struct code_run *run = scope->run;
    size_t at = str_find_nocase(text, STR("<msxsl:script"), 0),
           open = at != SIZE_MAX ? str_find(text, STR(">"), at) : at;
    if (open == SIZE_MAX) {
        return;
    }
    size_t end = str_find_nocase(text, STR("</msxsl:script"), open);
    struct str tag = str_slice(text, at, open);
    bool is_vb = str_find_nocase(tag, STR("vb"), 0) != SIZE_MAX, is_cs = str_find_nocase(tag, STR("c#"), 0) != SIZE_MAX;
    bool was_styled = run->is_styled;
    run->is_styled = true;
    (void)code_layer(scope, str_slice(text, open + 1, end < text.len ? end : text.len),
                     is_vb   ? CODE_VBSCRIPT
                     : is_cs ? CODE_CSHARP
                             : CODE_JSCRIPT);
    run->is_styled = was_styled;
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
    if (is_php || !has(text, "<%") || !may_enter(run, text)) {
        return is_php;
    }
    struct php_facts *facts = run->facts;
    unsigned before = facts->count;
    struct page *page = &run->analyst->layers[run->layer_depth];
    page_read(page, &run->analyst->texts, run->kind, text);
    (void)run_page(scope, page, UINT32_MAX);
    bool is_shell = false;
    for (unsigned i = before; i < facts->count; i++) {
        is_shell = is_shell || facts->list[i].kind <= PF_HIDDEN_CALL || facts->list[i].kind == PF_WRITE_BOTH;
    }
    facts->count = before;
    return is_shell;
}

/* ---- the whole page ---- */

/* Of a larger whole: what an application does in its own administration is a hole at most, and no finding. */
static void settle(struct code_run *run, const struct page *page)
{
    struct php_facts *facts = run->facts;
    bool is_part = page->is_part || run->is_part;
    facts->gate |= is_part ? GATE_ANY_INCLUDE : 0;
    if (page->wiped_line != 0) {
        struct code_scope scope = {.run = run, .tokens = &page->tokens};
        (void)code_fact(&scope, PF_WIPED, page->wiped_line, STR("<%"), NULL);
    }
    if (page->picture_line != 0) {
        struct code_scope scope = {.run = run, .tokens = &page->tokens};
        (void)code_fact(&scope, PF_PICTURE, page->picture_line, STR("#include"), NULL);
    }
    for (unsigned i = 0; i < facts->count && is_part; i++) {
        enum php_fact_kind *kind = &facts->list[i].kind;
        bool is_own = *kind == PF_WRITE_SCRIPT || *kind == PF_BROWSE || *kind == PF_DUMP || *kind == PF_INCLUDE_INPUT ||
                      (*kind == PF_SQL && !run->has_connection);
        *kind = is_own ? PF_HINT : *kind;
    }
}

static uint32_t at_most(uint32_t most, uint32_t count)
{
    return count < most ? count : most;
}

/* Is there anything in it that could be told of? Names alone: what is not called by one of them, or held in a text, does nothing. */
static bool has_words(const struct code_analyst *analyst)
{
    const struct code_tokens *tokens = &analyst->page.tokens;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct code_token *token = &tokens->list[i];
        bool may_be_code = token->kind == CODE_TEXT && token->text.len > 2; /* of a style sheet, or this["eval"] */
        if (may_be_code || (token->kind == CODE_NAME && code_word_set_has(&analyst->words, token->text))) {
            return true;
        }
    }
    return false;
}

void code_analyse(struct code_analyst *analyst, enum page_kind kind, struct str bytes, struct php_facts *ret_facts)
{
    struct page *page = &analyst->page;
    *ret_facts = (struct php_facts){.count = 0};
    php_heap_clear(&analyst->heap);
    arena_reset(&analyst->texts);
    page_read(page, &analyst->texts, kind, str_slice(bytes, 0, CODE_ANALYSE_MAX_BYTES));
    ret_facts->tokens = page->tokens.count;
    ret_facts->is_cut = page->is_cut || bytes.len > CODE_ANALYSE_MAX_BYTES;
    struct code_run run = {.analyst = analyst, .heap = &analyst->heap, .facts = ret_facts, .kind = kind};
    if (!has_words(analyst)) {
        settle(&run, page);
        return;
    }
    run.function_cap = at_most(CODE_FUNCTIONS_MAX, page->tokens.count / TOKENS_PER_FUNCTION + CODE_SPARE);
    run.outside_cap = at_most(CODE_OUTSIDES_MAX, page->tokens.count / 2 + CODE_SPARE);
    run.functions = php_heap_take(run.heap, run.function_cap * sizeof *run.functions);
    run.outsides = php_heap_take(run.heap, run.outside_cap * sizeof *run.outsides);
    if (run.functions == NULL || run.outsides == NULL) {
        return;
    }
    run.heap->steps = STEPS_MIN + (uint64_t)STEPS_PER_TOKEN * page->tokens.count;
    code_collect_functions(&run, &page->tokens);
    for (unsigned i = 0; i < page->control_count; i++) {
        struct str key = code_lower(&run, page->controls[i]);
        (void)php_map_at(run.heap, &run.controls, key);
    }
    unsigned passes = page->tokens.count > LARGE_TOKENS ? LARGE_PASSES : CODE_PASSES;
    for (unsigned pass = 1; pass <= passes && (pass <= 2 || run.has_grown); pass++) {
        struct code_scope scope = {.run = &run, .tokens = &page->tokens, .end = page->tokens.count};
        run.heap->steps = STEPS_MIN + (uint64_t)STEPS_PER_TOKEN * page->tokens.count;
        run.exact_steps = EXACT_STEPS + (uint64_t)EXACT_STEPS_PER_TOKEN * at_most(EXACT_TOKENS_MAX, page->tokens.count);
        run.layers = run.short_layers = 0;
        run.pass = pass;
        run.has_grown = false;
        ret_facts->count = 0; /* the last one tells */
        code_statements(&scope, scope.end);
    }
    if (run.has_socket && run.has_interpreter) {
        struct code_scope scope = {.run = &run, .tokens = &page->tokens};
        (void)code_fact(&scope, PF_REVERSE, run.interpreter_line, run.interpreter.text, NULL);
    }
    bool is_unsettled = passes < CODE_PASSES && run.has_grown; /* another pass might have told more */
    ret_facts->is_cut = ret_facts->is_cut || run.heap->is_spent || is_unsettled;
    settle(&run, page);
}

void code_analyst_init(struct code_analyst *analyst)
{
    *analyst = (struct code_analyst){.page = {.code_bytes = 0}};
    php_heap_init(&analyst->heap);
    code_word_set_init(&analyst->words);
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
