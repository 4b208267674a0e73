/* The functions of a page, by name: where their bodies lie, what their parameters are called. */
#include "base/str.h"
#include "sweep/code_run.h"

#include "base/banned.h"

enum { BODY_TOKENS_MAX = 600 };

struct code_function *code_function_named(const struct code_run *run, struct str name)
{
    const struct php_slot *slot = php_map_find(&run->names, name);
    return slot != NULL ? &run->functions[(size_t)slot->value.number] : NULL;
}

struct str code_lower(struct code_run *run, struct str name)
{
    char *room = php_heap_room(run->heap, name.len);
    if (room == NULL) {
        return STR("");
    }
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        room[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
    }
    return php_heap_text(run->heap, name.len);
}

static struct code_function *add_function(struct code_run *run, struct str name, uint8_t language)
{
    if (run->function_count == run->function_cap || name.len == 0) {
        return NULL;
    }
    struct str key = code_is_vb(language) ? code_lower(run, name) : name;
    struct php_slot *slot = php_map_at(run->heap, &run->names, key);
    if (key.len == 0 || slot == NULL) {
        return NULL;
    }
    struct code_function *function = &run->functions[run->function_count];
    *function = (struct code_function){.name = key};
    if (slot->is_set) { /* calls reach the first, and through it the others */
        struct code_function *first = &run->functions[(size_t)slot->value.number];
        function->overload = first->overload;
        first->overload = run->function_count;
    } else {
        slot->is_set = true;
        slot->value = php_number_value(run->function_count);
    }
    run->function_count++;
    return function;
}

/* The last name of each part between commas is the parameter, but for VB's `x As String` and TypeScript's kin. */
static void add_parameters(struct code_run *run, struct code_function *function, const struct code_token *list,
                           uint32_t from, uint32_t to)
{
    struct str name = STR("");
    bool is_typed = false;
    for (uint32_t i = from; i <= to && function->parameter_count < CODE_PARAMETERS_MAX; i++) {
        bool is_end = i == to || (list[i].kind == CODE_OP && list[i].op == ',');
        if (is_end && name.len != 0) {
            name = code_is_vb(list[i].language) ? code_lower(run, name) : name;
            function->parameters[function->parameter_count++] = name;
            (void)php_map_at(run->heap, &function->locals, name);
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

static void add_body(struct code_function *function, const struct code_tokens *tokens, uint32_t from, uint32_t to)
{
    static const char *const loops[] = {"for", "while", "do", "foreach"};
    function->tokens = tokens;
    function->body = from;
    function->end = to;
    for (uint32_t i = from; i < to && i < from + BODY_TOKENS_MAX && !function->has_loop; i++) {
        function->has_loop = CODE_IS_ANY(&tokens->list[i], loops);
    }
    function->has_loop = function->has_loop && to - from <= BODY_TOKENS_MAX;
}

/* [WebMethod] or <WebMethod()> stands before it. */
static bool is_served(const struct code_run *run, const struct code_token *list, uint32_t at)
{
    enum { LOOK_TOKENS = 16 };
    for (uint32_t i = at; run->kind == PAGE_ASPX && i > 0 && i + LOOK_TOKENS > at; i--) {
        const struct code_token *token = &list[i - 1];
        if (token->kind == CODE_OP && (token->op == ';' || token->op == '{' || token->op == '}')) {
            return false;
        }
        if (token->kind == CODE_NAME && str_eq_nocase(token->text, STR("webmethod"))) {
            return true;
        }
    }
    return false;
}

/* The function whose head stands at `at`; NULL: it is no head. */
static struct code_function *collect_vb(struct code_run *run, const struct code_tokens *tokens, uint32_t at)
{
    const struct code_token *list = tokens->list;
    if (list[at + 1].kind != CODE_NAME) {
        return NULL;
    }
    struct code_function *function = add_function(run, list[at + 1].text, list[at].language);
    if (function == NULL) {
        return NULL;
    }
    function->is_served = is_served(run, list, at);
    (void)php_map_at(run->heap, &function->locals, function->name); /* what it returns */
    function->body = at + 2;
    if (at + 2 < tokens->count && list[at + 2].kind == CODE_OP && list[at + 2].op == '(' && list[at + 2].match != 0) {
        add_parameters(run, function, list, at + 3, list[at + 2].match);
        function->body = list[at + 2].match + 1;
    }
    return function;
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
                           ? !CODE_IS_ANY(before, others)
                           : before->kind == CODE_OP && (before->op == ']' || before->op == '>' || before->op == '}' ||
                                                         before->op == ';' || before->op == '{');
    if (CODE_IS_ANY(&list[at], others) || !is_declared || close <= open) {
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
    struct code_function *function = add_function(run, list[at].text, list[at].language);
    if (function != NULL) {
        function->is_served = is_served(run, list, at);
        list[at].match = i;
        list[i].text = (struct str){NULL, (size_t)(function - run->functions)}; /* the brace knows whose it is */
        add_parameters(run, function, list, open + 1, close);
        add_body(function, tokens, i + 1, list[i].match);
    }
}

static void add_page_name(struct code_run *run, const struct code_token *token)
{
    struct str key = code_lower(run, token->text);
    struct php_slot *slot = key.len != 0 ? php_map_at(run->heap, &run->page_names, key) : NULL;
    if (slot != NULL) {
        slot->is_set = true;
    }
}

/* VB outside of functions: what is declared or assigned there is the whole page's. */
static void collect_vb_name(struct code_run *run, const struct code_token *token, bool is_declaring)
{
    static const char *const before[] = {"set", "let", "then", "else", "for", "each"};
    const struct code_token *last = token - 1;
    bool begins = last->kind == CODE_STOP || last->kind == CODE_ECHO || CODE_IS_ANY(last, before);
    bool is_assigned = (token[1].kind == CODE_OP && token[1].op == '=') || code_is_word(&token[1], "in");
    if (is_declaring || (begins && is_assigned)) {
        add_page_name(run, token);
    }
}

void code_collect_functions(struct code_run *run, struct code_tokens *tokens)
{
    static const char *const heads[] = {"function", "sub"};
    static const char *const declare[] = {"dim", "redim", "public", "private", "const"};
    static const char *const idle[] = {"dim", "redim",  "const",   "option", "class",
                                       "end", "public", "private", "on",     "default"};
    struct code_function *inside = NULL;
    bool is_declaring = false, is_in_class = false, is_idle = true;
    for (uint32_t i = 1; i + 2 < tokens->count && php_heap_work(run->heap, 1); i++) {
        const struct code_token *token = &tokens->list[i];
        is_declaring = is_declaring && token->kind != CODE_STOP;
        if (token->kind != CODE_NAME) {
            continue;
        }
        if (!code_is_vb(token->language)) {
            if (token[1].kind == CODE_OP && token[1].op == '(') {
                collect_curly(run, tokens, i);
            }
        } else if (CODE_IS_ANY(token, heads) && code_is_word(&token[-1], "end")) {
            if (inside != NULL) {
                add_body(inside, tokens, inside->body, i - 1);
            }
            inside = NULL;
        } else if (CODE_IS_ANY(token, heads) && !code_is_word(&token[-1], "exit")) {
            inside = collect_vb(run, tokens, i);
            is_declaring = false;
        } else if (inside == NULL) {
            bool begins = token[-1].kind == CODE_STOP || token[-1].kind == CODE_ECHO;
            is_in_class = code_is_word(token, "class") ? begins : is_in_class;
            is_idle = is_idle && (!begins || is_in_class || CODE_IS_ANY(token, idle));
            is_declaring = is_declaring || CODE_IS_ANY(token, declare);
            collect_vb_name(run, token, is_declaring);
        }
    }
    run->is_part = run->is_part || (is_idle && run->function_count != 0 && tokens == &run->analyst->page.tokens &&
                                    code_is_vb(tokens->list[1].language));
}
