/* Statements and layers. Every block is visited once, in order; conditions are evaluated for what they do.
 * Where everything is constant (a loop over a constant text, the body of a decoder) branches are chosen and loops are run,
 * up to LOOP_STEPS_MAX turns in all. Functions are evaluated where they are called, and once by themselves. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

/* ---- statements ---- */

static void statement(struct php_scope *scope);

static bool is_over(const struct php_scope *scope, uint32_t end)
{
    return scope->at >= end || scope->at >= scope->tokens->count || scope->flow != FLOW_ON ||
           scope->run->heap->steps == 0;
}

void php_statements(struct php_scope *scope, uint32_t end)
{
    while (!is_over(scope, end)) {
        uint32_t before = scope->at;
        statement(scope);
        if (scope->at <= before && scope->flow == FLOW_ON) {
            scope->at = before + 1;
        }
        if (!php_heap_work(scope->run->heap, 1)) {
            return;
        }
    }
}

/* To behind the statement or block at hand, without evaluating it. */
static void skip_statement(struct php_scope *scope)
{
    if (php_is_op(scope, scope->at, '{')) {
        uint32_t match = php_at(scope, scope->at)->match;
        scope->at = match > scope->at ? match + 1 : scope->at + 1;
        return;
    }
    while (scope->at < scope->end && !php_is_op(scope, scope->at, ';') && php_at(scope, scope->at)->kind != PT_HTML) {
        uint32_t match = php_at(scope, scope->at)->kind == PT_OP ? php_at(scope, scope->at)->match : 0;
        bool is_block = php_is_op(scope, scope->at, '{');
        scope->at = match > scope->at ? match + 1 : scope->at + 1;
        if (is_block) {
            return;
        }
    }
    scope->at += scope->at < scope->end;
}

/* The token behind the loop body that begins at `start`. */
static uint32_t behind_body(struct php_scope *scope, uint32_t start)
{
    uint32_t kept = scope->at;
    scope->at = start;
    skip_statement(scope);
    uint32_t behind = scope->at;
    scope->at = kept;
    return behind;
}

/* About where the statement at hand ends: of those without end (one foreach in another) nobody reads all at each. */
static uint32_t behind_statement(const struct php_scope *scope)
{
    enum { LOOK_STEPS = 64 };
    uint32_t at = scope->at;
    for (unsigned i = 0; i < LOOK_STEPS && at < scope->end && !php_is_op(scope, at, ';'); i++) {
        uint32_t match = php_at(scope, at)->kind == PT_OP ? php_at(scope, at)->match : 0;
        at = match > at ? match + 1 : at + 1;
    }
    return at;
}

/* The body of a condition or loop: a block, one statement, or (behind ":") what follows. */
static void body(struct php_scope *scope)
{
    struct php_run *run = scope->run;
    if (php_is_op(scope, scope->at, ':') || php_is_op(scope, scope->at, ';')) {
        scope->at++;
        return;
    }
    if (run->block_depth >= BLOCK_DEPTH_MAX) { /* deeper nesting is walked flat */
        scope->at += php_is_op(scope, scope->at, '{');
        return;
    }
    uint32_t match = php_is_op(scope, scope->at, '{') ? php_at(scope, scope->at)->match : 0,
             outer_end = scope->block_end;
    run->block_depth++;
    scope->depth++;
    scope->block_end = match > scope->at ? match : behind_statement(scope);
    if (match > scope->at && match <= scope->end) {
        scope->at++;
        php_statements(scope, match);
        scope->at = scope->flow == FLOW_ON ? match + 1 : scope->at;
    } else if (!is_over(scope, scope->end)) {
        statement(scope);
    }
    scope->block_end = outer_end;
    scope->depth--;
    run->block_depth--;
}

/* What the other branch gave a variable stays possible behind this one. */
static void else_body(struct php_scope *scope)
{
    bool was_other = scope->is_other;
    scope->is_other = true;
    body(scope);
    scope->is_other = was_other;
}

static struct php_value condition(struct php_scope *scope)
{
    struct php_arguments arguments;
    if (!php_is_op(scope, scope->at, '(')) {
        return php_unknown(0);
    }
    php_arguments(scope, &arguments);
    return arguments.count != 0 ? arguments.list[0] : php_unknown(0);
}

static bool is_else(const struct php_scope *scope)
{
    enum php_keyword word = php_keyword_at(scope, scope->at);
    return word == KW_ELSE || word == KW_ELSEIF;
}

static void skip_else_chain(struct php_scope *scope)
{
    while (is_else(scope) && scope->at < scope->end) {
        bool has_condition =
            php_keyword_at(scope, scope->at) == KW_ELSEIF || php_keyword_at(scope, scope->at + 1) == KW_IF;
        scope->at += php_keyword_at(scope, scope->at) == KW_ELSE && has_condition ? 2 : 1;
        uint32_t match = has_condition ? php_at(scope, scope->at)->match : 0;
        scope->at = match > scope->at ? match + 1 : scope->at;
        skip_statement(scope);
    }
}

static void if_statement(struct php_scope *scope)
{
    scope->at++;
    struct php_value value = condition(scope);
    int truth = scope->exact > 0 ? php_to_bool(&value) : -1;
    if (truth < 0 || php_is_op(scope, scope->at, ':')) {
        body(scope);
        return;
    }
    if (truth == 1) {
        body(scope);
        if (scope->flow == FLOW_ON) {
            skip_else_chain(scope);
        }
        return;
    }
    skip_statement(scope);
    if (php_keyword_at(scope, scope->at) == KW_ELSEIF) {
        if_statement(scope);
    } else if (php_keyword_at(scope, scope->at) == KW_ELSE) {
        scope->at++;
    }
}

/* One turn of a loop whose body begins at `start`. False when the loop must end. */
static bool turn(struct php_scope *scope, uint32_t start)
{
    struct php_run *run = scope->run;
    if (run->loop_steps == 0 || run->heap->steps < run->all_steps / 2) {
        return false;
    }
    run->loop_steps--;
    scope->at = start;
    body(scope);
    bool is_broken = scope->flow == FLOW_BREAK || scope->flow == FLOW_RETURN;
    scope->flow = scope->flow == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
    return !is_broken && run->heap->steps != 0;
}

static bool is_literal(const struct php_scope *scope, uint32_t open)
{
    return php_at(scope, open)->match == open + 2 && php_at(scope, open + 1)->kind != PT_VAR;
}

static void while_statement(struct php_scope *scope)
{
    uint32_t open = ++scope->at;
    bool is_endless = is_literal(scope, open);
    struct php_value value = condition(scope);
    uint32_t start = scope->at;
    if (is_endless || php_to_bool(&value) != 1 || !php_is_constant(&value) || php_is_op(scope, start, ':') ||
        php_is_op(scope, start, ';')) {
        body(scope);
        scope->flow = scope->flow == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
        return;
    }
    uint32_t behind = behind_body(scope, start);
    scope->exact++;
    do {
        if (!turn(scope, start)) {
            break;
        }
        scope->at = open;
        value = condition(scope);
    } while (php_to_bool(&value) == 1);
    scope->exact--;
    scope->at = behind;
}

/* Expressions up to `end`, separated by commas; the last one's value. */
static struct php_value expressions(struct php_scope *scope, uint32_t end)
{
    struct php_value value = php_bool_value(true);
    while (!is_over(scope, end)) {
        uint32_t before = scope->at;
        if (php_is_op(scope, scope->at, ',')) {
            scope->at++;
            continue;
        }
        value = php_expression(scope, 0);
        scope->at = scope->at > before ? scope->at : before + 1;
    }
    return value;
}

static uint32_t next_semicolon(const struct php_scope *scope, uint32_t at, uint32_t end)
{
    while (at < end && !php_is_op(scope, at, ';')) {
        uint32_t match = php_at(scope, at)->kind == PT_OP ? php_at(scope, at)->match : 0;
        at = match > at && match < end ? match + 1 : at + 1;
    }
    return at;
}

static void for_statement(struct php_scope *scope)
{
    uint32_t open = ++scope->at, close = php_at(scope, open)->match;
    if (!php_is_op(scope, open, '(') || close <= open) {
        return;
    }
    uint32_t first = next_semicolon(scope, open + 1, close), second = next_semicolon(scope, first + 1, close);
    scope->at = open + 1;
    (void)expressions(scope, first);
    scope->at = first + 1;
    struct php_value value = second > first + 1 ? expressions(scope, second) : php_unknown(0);
    uint32_t start = close + 1;
    if (php_to_bool(&value) != 1 || second <= first + 1 || php_is_op(scope, start, ':')) {
        scope->at = start;
        body(scope);
        uint32_t behind = scope->at;
        scope->flow = scope->flow == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
        scope->at = second + 1;
        (void)expressions(scope, close);
        scope->at = behind;
        return;
    }
    uint32_t behind = behind_body(scope, start);
    scope->exact++;
    do {
        if (!turn(scope, start)) {
            break;
        }
        scope->at = second + 1;
        (void)expressions(scope, close);
        scope->at = first + 1;
        value = expressions(scope, second);
    } while (php_to_bool(&value) == 1);
    scope->exact--;
    scope->at = behind;
}

/* Between "as" and ")": $v, $k => $v, &$v. The slots are made. */
static void loop_variables(struct php_scope *scope, uint32_t from, uint32_t close, struct php_slot **ret_key,
                           struct php_slot **ret_value)
{
    *ret_key = *ret_value = NULL;
    for (uint32_t at = from; at < close; at++) {
        const struct php_token *token = php_at(scope, at);
        bool is_element =
            php_is_op(scope, at + 1, '[') || php_is_op(scope, at + 1, PO_ARROW); /* not the variable itself */
        if (token->kind == PT_VAR && !is_element && !php_is_input_variable(php_text(scope->tokens, token))) {
            *ret_value = php_variable(scope, php_text(scope->tokens, token));
        } else if (php_is_op(scope, at, PO_FAT)) {
            *ret_key = *ret_value;
        }
    }
    if (*ret_key == *ret_value) {
        *ret_key = NULL;
    }
}

/* foreach ($_POST as $a["k"]): of the array's elements, those that nothing else set may be the visitor's. */
static void loop_elements(struct php_scope *scope, uint32_t from, uint32_t close, const struct php_value *element)
{
    for (uint32_t at = from; at < close; at++) {
        const struct php_token *token = php_at(scope, at);
        if (token->kind == PT_VAR && php_is_op(scope, at + 1, '[') &&
            !php_is_input_variable(php_text(scope->tokens, token))) {
            struct php_slot *slot = php_variable(scope, php_text(scope->tokens, token));
            if (slot != NULL && (slot->value.type == PV_ARRAY || !slot->is_set)) {
                slot->value.type = slot->is_set ? slot->value.type : PV_UNKNOWN;
                slot->value.taint |= element->taint;
                slot->value.steps = element->steps;
                slot->is_set = true;
            }
        }
    }
}

static void set_slot(struct php_scope *scope, struct php_slot *slot, struct php_value value)
{
    if (slot != NULL) {
        slot->value = value;
        slot->depth = scope->depth;
        slot->is_set = true;
    }
}

static void foreach_constant(struct php_scope *scope, const struct php_array *array, struct php_slot *key,
                             struct php_slot *value, uint32_t start)
{
    uint32_t behind = behind_body(scope, start);
    scope->exact++;
    for (uint32_t i = 0; i < array->count; i++) {
        const struct php_element *element = &array->list[i];
        set_slot(scope, key,
                 element->key.is_text ? php_text_value(element->key.text)
                                      : php_number_value((double)element->key.number));
        set_slot(scope, value, element->value);
        if (!turn(scope, start)) {
            break;
        }
    }
    scope->exact--;
    scope->at = behind;
}

static void foreach_statement(struct php_scope *scope)
{
    enum { TURNS_MAX = 3000 };
    uint32_t open = ++scope->at, close = php_at(scope, open)->match;
    if (!php_is_op(scope, open, '(') || close <= open) {
        return;
    }
    scope->at = open + 1;
    struct php_value list = php_expression(scope, 0);
    struct php_slot *key, *value;
    loop_variables(scope, scope->at, close, &key, &value);
    if (list.type == PV_ARRAY && list.array->count != 0 && list.array->count <= TURNS_MAX &&
        !php_is_op(scope, close + 1, ':')) {
        list.array->is_shared = true;
        foreach_constant(scope, list.array, key, value, close + 1);
        return;
    }
    struct php_value element =
        php_unknown((php_taint_of(&list) & (TA_FLOW | TA_PARAM | TA_FILES | TA_AFFIX | TA_BEHIND)) |
                    (list.type == PV_ARRAY ? TA_OPAQUE : 0));
    element.steps = list.steps;
    set_slot(scope, key, php_unknown(element.taint & ~(uint32_t)TA_FILES));
    if (key != NULL) {
        key->value.steps = list.steps;
    }
    set_slot(scope, value, element);
    if ((list.taint & TA_ALL_INPUT) != 0) {
        loop_elements(scope, scope->at, close, &element);
    }
    scope->at = close + 1;
    body(scope);
    scope->flow = scope->flow == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
}

static void return_statement(struct php_scope *scope)
{
    scope->at++;
    if (php_is_op(scope, scope->at, ';')) {
        scope->flow = scope->exact > 0 ? FLOW_RETURN : FLOW_ON;
        return;
    }
    struct php_value value = php_expression(scope, 0);
    scope->result = scope->has_result ? php_join(&scope->result, &value) : value;
    scope->has_result = true;
    scope->flow = scope->exact > 0 ? FLOW_RETURN : FLOW_ON;
}

static void global_statement(struct php_scope *scope)
{
    for (scope->at++; !is_over(scope, scope->end) && !php_is_op(scope, scope->at, ';'); scope->at++) {
        const struct php_token *token = php_at(scope, scope->at);
        if (token->kind == PT_HTML) {
            return;
        }
        struct php_slot *slot = token->kind == PT_VAR
                                    ? php_map_at(scope->run->heap, &scope->run->globals, php_text(scope->tokens, token))
                                    : NULL;
        if (slot != NULL) {
            (void)php_map_bind(scope->run->heap, scope->variables, php_text(scope->tokens, token), slot);
        }
    }
}

/* public static ?Type $name = value; and the modifiers of methods. */
static void member_statement(struct php_scope *scope)
{
    uint32_t limit = scope->at + HEAD_TOKENS_MAX;
    while (scope->at < limit && scope->at < scope->end) {
        const struct php_token *token = php_at(scope, scope->at);
        enum php_keyword word = php_keyword_at(scope, scope->at);
        if (token->kind == PT_VAR) {
            break;
        }
        if (token->kind == PT_HTML || word == KW_FUNCTION || word == KW_CONST || word == KW_CLASS ||
            (token->kind == PT_OP && token->op != '?' && token->op != '|')) {
            return;
        }
        scope->at++;
    }
    struct str name = php_text(scope->tokens, php_at(scope, scope->at++));
    if (!php_is_op(scope, scope->at, '=')) {
        return;
    }
    scope->at++;
    struct php_value value = php_expression(scope, 0);
    struct php_place place;
    php_place_of(&place, php_map_at(scope->run->heap, &scope->run->properties, name));
    place.is_property = true;
    php_assign(scope, &place, value);
}

static void const_statement(struct php_scope *scope)
{
    uint32_t name = ++scope->at;
    while (scope->at < name + 6 && !php_is_op(scope, scope->at, '=') && php_at(scope, scope->at)->kind == PT_NAME) {
        name = scope->at++;
    }
    if (!php_is_op(scope, scope->at, '=')) {
        return;
    }
    scope->at++;
    struct php_value value = php_expression(scope, 0);
    struct php_slot *slot =
        php_map_at(scope->run->heap, &scope->run->constants, php_text(scope->tokens, php_at(scope, name)));
    set_slot(scope, slot, value);
    php_learn(scope, &value);
}

static void function_statement(struct php_scope *scope)
{
    uint32_t number = php_at(scope, scope->at)->match;
    bool is_named = php_at(scope, scope->at + 1)->kind == PT_NAME ||
                    (php_is_op(scope, scope->at + 1, '&') && php_at(scope, scope->at + 2)->kind == PT_NAME);
    if (!is_named) {
        (void)php_expression(scope, 0);
    } else if (number != 0 && number <= scope->run->function_count) {
        scope->at = scope->run->functions[number - 1].body_end + 1;
    } else {
        skip_statement(scope);
    }
}

static void class_statement(struct php_scope *scope)
{
    uint32_t limit = scope->at + HEAD_TOKENS_MAX;
    while (scope->at < limit && scope->at < scope->end && !php_is_op(scope, scope->at, '{') &&
           !php_is_op(scope, scope->at, ';')) {
        scope->at++;
    }
    scope->at++;
}

static void list_of_expressions(struct php_scope *scope)
{
    do {
        scope->at++;
        uint32_t at = scope->at;
        struct php_value value = php_expression(scope, 0);
        php_show(scope, at, &value);
        if (scope->run->has_output &&
            (php_taint_of(&value) & TA_IN) != 0) { /* what ob_start was given gets what is printed */
            struct php_arguments given = {.list = {value}, .count = 1};
            scope->run->has_output = false;
            (void)php_call_value(scope, scope->at, &scope->run->output, &given);
        }
    } while (php_is_op(scope, scope->at, ',') && !is_over(scope, scope->end));
}

/* name: at the beginning of a statement */
static void note_labels(struct php_run *run, const struct php_tokens *tokens)
{
    struct php_scope scope = {.run = run, .tokens = (struct php_tokens *)(uintptr_t)tokens};
    for (uint32_t at = 1; at + 1 < tokens->count; at++) {
        const struct php_token *before = &tokens->list[at - 1];
        bool begins = before->kind == PT_HTML || (before->kind == PT_OP && (before->op == ';' || before->op == '{' ||
                                                                            before->op == '}' || before->op == ':'));
        struct php_slot *slot = begins && tokens->list[at].kind == PT_NAME && php_is_op(&scope, at + 1, ':')
                                    ? php_map_at(run->heap, &run->labels, php_text(tokens, &tokens->list[at]))
                                    : NULL;
        if (slot != NULL) {
            slot->value.number = at + 2;
        }
    }
}

/* Code that an encoder has put in another order is read in the order in which it runs: each label is gone to a few times. What
 * no goto leads to is read in a second round. */
static void go_to(struct php_scope *scope)
{
    enum { VISITS_MAX = 3 };
    struct php_run *run = scope->run;
    uint32_t at = scope->at++;
    bool is_followed = scope->tokens == &run->analyst->tokens && scope->depth == 0 && run->goto_round == 1;
    struct str name = php_at(scope, at + 1)->kind == PT_NAME ? php_text(scope->tokens, php_at(scope, at + 1)) : STR("");
    if (!run->has_goto && scope->tokens == &run->analyst->tokens) {
        run->has_goto = true;
        note_labels(run, scope->tokens);
    }
    struct php_slot *slot = is_followed ? php_map_find(&run->labels, name) : NULL;
    if (slot != NULL && slot->depth < VISITS_MAX && slot->value.number < scope->end) {
        slot->depth++;
        scope->at = (uint32_t)slot->value.number;
        return;
    }
    while (!is_over(scope, scope->end) && !php_is_op(scope, scope->at, ';')) {
        scope->at++;
    }
}

/* switch over an upload's name or ending: the names are known ones. */
static void note_choice(struct php_scope *scope, const struct php_value *value)
{
    scope->run->facts->has_name_check = scope->run->facts->has_name_check || (php_taint_of(value) & TA_FNAME) != 0;
}

static void switch_statement(struct php_scope *scope)
{
    scope->at++;
    struct php_value value = condition(scope);
    note_choice(scope, &value);
    body(scope);
    scope->flow = scope->flow == FLOW_BREAK ? FLOW_ON : scope->flow;
}

static void leave_loop(struct php_scope *scope, enum php_keyword word)
{
    scope->at++;
    scope->flow = scope->exact == 0 ? FLOW_ON : word == KW_BREAK ? FLOW_BREAK : FLOW_CONTINUE;
}

/* use a\b; namespace a; */
static void skip_names(struct php_scope *scope)
{
    while (!is_over(scope, scope->end) && !php_is_op(scope, scope->at, ';') && !php_is_op(scope, scope->at, '{')) {
        scope->at++;
    }
}

/* Words that choose what is evaluated next. False for any other. */
static bool branch_statement(struct php_scope *scope, enum php_keyword word)
{
    switch ((unsigned)word) {
    case KW_IF:
    case KW_ELSEIF:
        if_statement(scope);
        return true;
    case KW_WHILE:
        while_statement(scope);
        return true;
    case KW_SWITCH:
        switch_statement(scope);
        return true;
    case KW_FOR:
        for_statement(scope);
        return true;
    case KW_FOREACH:
        foreach_statement(scope);
        return true;
    case KW_ELSE:
        scope->at++;
        if (php_keyword_at(scope, scope->at) != KW_IF) {
            else_body(scope);
        }
        return true;
    case KW_RETURN:
        return_statement(scope);
        return true;
    case KW_BREAK:
    case KW_CONTINUE:
        leave_loop(scope, word);
        return true;
    case KW_GOTO:
        go_to(scope);
        return true;
    default:
        return false;
    }
}

/* Words that name something. False for any other. */
static bool naming_statement(struct php_scope *scope, enum php_keyword word)
{
    switch ((unsigned)word) {
    case KW_GLOBAL:
        global_statement(scope);
        return true;
    case KW_STATIC:
    case KW_MODIFIER:
    case KW_VAR:
        if (scope->function_number == 0) {
            member_statement(scope);
        } else {
            scope->at++;
        }
        return true;
    case KW_CONST:
        const_statement(scope);
        return true;
    case KW_FUNCTION:
        function_statement(scope);
        return true;
    case KW_CLASS:
        class_statement(scope);
        return true;
    case KW_USE:
    case KW_NAMESPACE:
        skip_names(scope);
        return true;
    default:
        return false;
    }
}

static void keyword_statement(struct php_scope *scope, enum php_keyword word)
{
    if (branch_statement(scope, word) || naming_statement(scope, word)) {
        return;
    }
    switch ((unsigned)word) { /* the other words are expressions */
    case KW_ECHO:
        list_of_expressions(scope);
        break;
    case KW_CATCH:
        scope->at++;
        scope->at = php_at(scope, scope->at)->match > scope->at ? php_at(scope, scope->at)->match + 1 : scope->at;
        break;
    case KW_CASE:
        scope->at++;
        (void)php_expression(scope, 0);
        scope->at += php_is_op(scope, scope->at, ':');
        break;
    case KW_DO:
    case KW_DEFAULT:
    case KW_TRY:
    case KW_END:
    case KW_EXTENDS:
        scope->at++;
        break;
    default:
        (void)php_expression(scope, 0);
        break;
    }
}

static void statement(struct php_scope *scope)
{
    const struct php_token *token = php_at(scope, scope->at);
    if (token->kind == PT_HTML) {
        scope->at++;
        return;
    }
    if (token->kind == PT_ECHO) {
        list_of_expressions(scope);
        return;
    }
    if (token->kind == PT_OP && (token->op == ';' || token->op == '{' || token->op == '}' || token->op == ')' ||
                                 token->op == ']' || token->op == ',')) {
        scope->depth += token->op == '{';
        scope->depth -= token->op == '}' && scope->depth > 0;
        scope->at++;
        return;
    }
    enum php_keyword word = php_keyword_at(scope, scope->at);
    bool is_static_member = word == KW_STATIC && php_is_op(scope, scope->at + 1, PO_COLONS);
    if (word != KW_OTHER && !is_static_member) {
        keyword_statement(scope, word);
    } else {
        (void)php_expression(scope, 0);
    }
}

/* ---- layers ---- */

static bool enter_layer(struct php_scope *scope, uint32_t at, struct str text, bool in_code, struct php_map *variables,
                        struct php_scope *ret_scope)
{
    struct php_run *run = scope->run;
    if (text.len < 3 || run->layers >= PHP_LAYERS_MAX || run->layer_depth >= PHP_LAYER_DEPTH ||
        text.len > LAYER_BYTES_MAX - run->layer_bytes) {
        if (text.len >= 3) {
            run->facts->is_cut = true;
        }
        return false;
    }
    struct php_tokens *tokens = &run->analyst->layers[run->layers++];
    run->layer_bytes += text.len;
    php_lex(tokens, run->analyst->words, text, in_code);
    php_collect_functions(run, tokens);
    *ret_scope = (struct php_scope){.run = run,
                                    .tokens = tokens,
                                    .end = tokens->count,
                                    .variables = variables,
                                    .depth = scope->depth,
                                    .fixed_line = php_scope_line(scope, at),
                                    .function_number = scope->function_number};
    return tokens->list != NULL;
}

struct php_value php_layer(struct php_scope *scope, uint32_t at, struct str text, bool in_code)
{
    struct php_scope inner;
    if (!enter_layer(scope, at, text, in_code, scope->variables, &inner)) {
        return php_unknown(0);
    }
    scope->run->layer_depth++;
    php_statements(&inner, inner.end);
    scope->run->layer_depth--;
    return inner.has_result ? inner.result : php_unknown(0);
}

static bool is_shell_fact(const struct php_fact *fact)
{
    return (fact->kind <= PF_WRITE_SCRIPT && fact->kind != PF_HIDDEN_COMMAND) || fact->kind == PF_NET_SCRIPT ||
           fact->kind == PF_UPLOAD || fact->kind == PF_DECODED_CODE || fact->kind == PF_BUILT_NAME;
}

bool php_is_shell_text(struct php_scope *scope, uint32_t at, struct str text)
{
    struct php_facts *facts = scope->run->facts;
    struct php_map variables = {.table = NULL};
    struct php_scope inner;
    unsigned before = facts->count;
    scope->run->tellings++;
    if (!scope->run->is_reporting || !enter_layer(scope, at, text, false, &variables, &inner)) {
        return false;
    }
    inner.fixed_line = UINT32_MAX; /* no fact of the file itself is on this line */
    scope->run->layer_depth++;
    php_statements(&inner, inner.end);
    scope->run->layer_depth--;
    bool is_shell = false;
    for (unsigned i = before; i < facts->count; i++) {
        is_shell = is_shell || is_shell_fact(&facts->list[i]);
    }
    facts->count = before;
    return is_shell;
}
