/* Calls of the file's own functions: parameters become variables, the body is evaluated. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { FLOWING_CALLS = 4 };

static bool is_interesting(const struct php_function *function, const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count; i++) {
        const struct php_value *value = &arguments->list[i];
        uint32_t taint = php_taint_of(value);
        if ((taint & (TA_FLOW | TA_DEC | TA_BUILT | TA_CHOP | TA_COM | TA_FILES)) != 0 || value->type == PV_CLOSURE ||
            ((php_is_constant(value) || value->type == PV_ARRAY) && function->is_folder)) {
            return true;
        }
    }
    return arguments->count == 0 && function->is_folder;
}

/* Parameters become variables. arguments NULL: nothing is known of them. */
static void bind_parameters(struct php_scope *inner, const struct php_function *function,
                            const struct php_arguments *arguments)
{
    uint32_t close = php_at(inner, function->parameters)->match;
    unsigned index = 0;
    bool is_reference = false;
    for (uint32_t at = function->parameters + 1; at < close; at++) {
        const struct php_token *token = php_at(inner, at);
        is_reference = is_reference || php_is_op(inner, at, '&');
        if (token->kind != PT_VAR) {
            continue;
        }
        struct str name = php_text(inner->tokens, token);
        if (is_reference && arguments != NULL && index < arguments->count && arguments->slots[index] != NULL) {
            (void)php_map_bind(inner->run->heap, inner->variables, name, arguments->slots[index]);
        } else {
            struct php_slot *slot = php_variable(inner, name);
            struct php_value value = arguments != NULL && index < arguments->count
                                         ? arguments->list[index]
                                         : php_unknown(arguments != NULL ? 0 : TA_PARAM);
            bool has_default = php_is_op(inner, at + 1, '=');
            if (has_default && (arguments == NULL || index >= arguments->count)) {
                inner->at = at + 2;
                value = php_expression(inner, 4);
            }
            if (slot != NULL) {
                slot->is_set = true;
                slot->value = value;
            }
        }
        is_reference = false;
        index++;
        while (at + 1 < close && !php_is_op(inner, at + 1, ',')) { /* over a default */
            uint32_t match = php_at(inner, at + 1)->kind == PT_OP ? php_at(inner, at + 1)->match : 0;
            at = match > at + 1 && match < close ? match : at + 1;
        }
    }
}

static void bind_uses(struct php_scope *inner, const struct php_scope *outer, const struct php_function *function)
{
    uint32_t close = function->uses != 0 ? php_at(inner, function->uses)->match : 0;
    for (uint32_t at = function->uses + 1; at < close; at++) {
        const struct php_token *token = php_at(inner, at);
        struct php_slot *slot =
            token->kind == PT_VAR ? php_map_find(outer->variables, php_text(inner->tokens, token)) : NULL;
        if (slot != NULL) {
            (void)php_map_bind(inner->run->heap, inner->variables, php_text(inner->tokens, token), slot);
        }
    }
}

/* An arrow function reads the variables around it, but for those that its parameters hide. */
static void bind_surroundings(struct php_scope *inner, const struct php_scope *outer,
                              const struct php_function *function)
{
    for (uint32_t at = function->body; at < function->body_end; at++) {
        const struct php_token *token = php_at(inner, at);
        struct str name = token->kind == PT_VAR ? php_text(inner->tokens, token) : STR("");
        struct php_slot *slot =
            name.len != 0 && php_map_find(inner->variables, name) == NULL ? php_map_find(outer->variables, name) : NULL;
        if (slot != NULL) {
            (void)php_map_bind(inner->run->heap, inner->variables, name, slot);
        }
    }
}

static struct php_value evaluate_function(struct php_scope *scope, uint32_t number,
                                          const struct php_arguments *arguments)
{
    struct php_run *run = scope->run;
    struct php_function *function = &run->functions[number - 1];
    struct php_map variables = {.table = NULL};
    struct php_scope inner = {.run = run,
                              .tokens = function->tokens,
                              .at = function->body + 1,
                              .end = function->body_end,
                              .variables = &variables,
                              .function_number = number,
                              .given = arguments,
                              .exact = scope->exact};
    inner.fixed_line = function->tokens == scope->tokens           ? scope->fixed_line
                       : function->tokens == &run->analyst->tokens ? 0
                                                                   : scope->fixed_line;
    function->is_active = true;
    run->call_depth++;
    inner.end = function->body;
    bind_parameters(&inner, function, arguments);
    bind_uses(&inner, scope, function);
    inner.at = function->body + 1;
    inner.end = function->body_end;
    if (function->is_arrow) {
        bind_surroundings(&inner, scope, function);
        inner.result = php_expression(&inner, 4);
        inner.has_result = true;
    } else {
        php_statements(&inner, function->body_end);
    }
    run->call_depth--;
    run->functions[number - 1].is_active = false;
    php_map_end(run->heap, &variables);
    return inner.has_result ? inner.result : php_unknown(0);
}

struct php_value php_call_function(struct php_scope *scope, uint32_t number, struct php_arguments *arguments)
{
    struct php_run *run = scope->run;
    struct php_function *function = &run->functions[number - 1];
    function->is_asked = function->is_asked || !run->is_unasked;
    run->has_called = true;
    if (function->is_active || run->call_depth >= CALL_DEPTH_MAX || function->body == 0) {
        return php_unknown(TA_OPAQUE);
    }
    bool flows = arguments != NULL && (php_taint_of_all(arguments) & TA_FLOW) != 0; /* constants leave room for these */
    bool is_inline = arguments != NULL && is_interesting(function, arguments) &&
                     function->calls < (flows ? FLOWING_CALLS : 1) * CALLS_PER_FUNCTION &&
                     run->heap->steps > run->all_steps / 4;
    if (!is_inline && function->is_known) {
        return function->result;
    }
    function->calls += is_inline;
    struct php_value result = evaluate_function(scope, number, is_inline ? arguments : NULL);
    function = &run->functions[number - 1];
    if (!is_inline) {
        function->is_known = true;
        result.taint = php_taint_of(&result) & ~(uint32_t)TA_PARAM;
        function->result = result;
    }
    if (result.type == PV_UNKNOWN && function->is_folder && (result.taint & TA_FLOW) == 0) {
        result.taint |= TA_CHOP | TA_OPAQUE;
    }
    return result;
}
