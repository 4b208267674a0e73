/* Expressions, by precedence, straight over the tokens: no tree is kept. Whatever can't be read is skipped a token
 * at a time. Operators that compute numbers or answers end taint; those that move text keep it. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

/* Not within its caller: arguments take ten times the stack of all else, and operands stand in operands. */
#define APART __attribute__((noinline))

enum { OFFSET_TOKENS_MAX = 12, SPREAD_MAX = 8 };

enum precedence {
    P_LOWEST,
    P_OR,
    P_XOR,
    P_AND,
    P_ASSIGN,
    P_TERNARY,
    P_COALESCE,
    P_LOR,
    P_LAND,
    P_BOR,
    P_BXOR,
    P_BAND,
    P_EQUAL,
    P_LESS,
    P_SHIFT,
    P_ADD,
    P_MUL,
    P_INSTANCE,
    P_UNARY,
    P_POW,
    P_POSTFIX
};

static struct php_value postfix(struct php_scope *scope);

static bool is_done(const struct php_scope *scope)
{
    return scope->at >= scope->end || scope->at >= scope->tokens->count;
}

/* The partner of the bracket at `at`, or the end of what is evaluated. */
static uint32_t partner(const struct php_scope *scope, uint32_t at)
{
    uint32_t match = php_at(scope, at)->match;
    return match > at && match < scope->end ? match : scope->end;
}

/* ---- operators ---- */

static struct php_value arithmetic(uint8_t op, const struct php_value *left, const struct php_value *right)
{
    double a, b;
    if (left->type == PV_ARRAY && right->type == PV_ARRAY && op == '+') {
        return php_join(left, right);
    }
    if (!php_to_number(left, &a) || !php_to_number(right, &b)) { /* numbers made of characters go on to be characters */
        uint32_t taint = left->taint | right->taint;
        struct php_value value =
            php_unknown(taint & (taint & TA_CHOP ? TA_FLOW | TA_PARAM | TA_CHOP | TA_DEC : TA_PARAM));
        value.steps = left->steps != NULL ? left->steps : right->steps;
        return value;
    }
    switch (op) {
    case '+':
        return php_number_value(a + b);
    case '-':
        return php_number_value(a - b);
    case '*':
        return php_number_value(a * b);
    case '/':
        return b != 0 ? php_number_value(a / b) : php_unknown(0);
    case '%': {
        bool is_sane = a > -9e15 && a < 9e15 && b > -9e15 && b < 9e15 && (int64_t)b != 0;
        return is_sane ? php_number_value((double)((int64_t)a % (int64_t)b)) : php_unknown(0);
    }
    case PO_SHL:
    case PO_SHR: {
        bool is_sane = a >= 0 && a < 4e9 && b >= 0 && b < 30;
        uint64_t bits = is_sane ? (uint64_t)a : 0;
        return is_sane ? php_number_value((double)(op == PO_SHL ? bits << (unsigned)b : bits >> (unsigned)b))
                       : php_unknown(0);
    }
    default:
        return php_unknown(0);
    }
}

/* A text that is the name of what runs code or commands. */
static bool is_sink_name(const struct php_scope *scope, const struct php_value *value)
{
    const struct php_word *word =
        value->type == PV_TEXT ? php_word_find(scope->run->analyst->words, value->text) : NULL;
    return word != NULL && (word->role == PHP_CODE || word->role == PHP_COMMAND || word->role == PHP_REGEX);
}

static struct php_value bits(struct php_scope *scope, char op, const struct php_value *left,
                             const struct php_value *right)
{
    struct php_value out;
    if (op == '~' && is_sink_name(scope, left)) { /* to be written so elsewhere */
        (void)php_fact(scope, PF_ENCODER, scope->at, left->text, left);
    }
    uint32_t taint = php_taint_of(left) | (right != NULL ? php_taint_of(right) : 0);
    bool is_constant = php_is_constant(left) && (right == NULL || php_is_constant(right));
    if (is_constant && php_fold_bits(scope->run->heap, op, left, right, &out)) {
        out.taint = taint | (out.type == PV_TEXT ? TA_DEC | TA_BUILT : 0);
        out.decoders = (uint8_t)(out.type == PV_TEXT);
        out.pieces = 2;
        return out;
    }
    out = php_unknown(taint & (TA_FLOW | TA_PARAM | TA_CHOP | TA_DEC | TA_OPAQUE));
    out.steps = left->steps != NULL || right == NULL ? left->steps : right->steps;
    return out;
}

static int order_of(const struct php_value *left, const struct php_value *right, bool is_strict)
{
    double a = 0, b = 0;
    if (left->type == PV_TEXT && right->type == PV_TEXT) {
        int order = str_cmp(left->text, right->text);
        return (order > 0) - (order < 0);
    }
    if (is_strict && left->type != right->type) {
        return 2;
    }
    (void)php_to_number(left, &a);
    (void)php_to_number(right, &b);
    return (a > b) - (a < b);
}

static struct php_value compare(uint8_t op, const struct php_value *left, const struct php_value *right)
{
    if (!php_is_constant(left) || !php_is_constant(right)) {
        return php_unknown(0);
    }
    int order = order_of(left, right, op == PO_IDENT || op == PO_NOT_IDENT);
    switch (op) {
    case PO_EQ:
    case PO_IDENT:
        return php_bool_value(order == 0);
    case PO_NE:
    case PO_NOT_IDENT:
        return php_bool_value(order != 0);
    case '<':
        return php_bool_value(order < 0);
    case '>':
        return php_bool_value(order > 0 && order < 2);
    case PO_LE:
        return php_bool_value(order <= 0);
    case PO_GE:
        return php_bool_value(order >= 0 && order < 2);
    default:
        return php_unknown(0);
    }
}

static struct php_value apply(struct php_scope *scope, uint8_t op, const struct php_value *left,
                              const struct php_value *right)
{
    switch (op) {
    case '.':
    case PO_SET_CONCAT:
        return php_concat(scope->run->heap, left, right);
    case '+':
    case PO_SET_ADD:
        return arithmetic('+', left, right);
    case '-':
    case PO_SET_SUB:
        return arithmetic('-', left, right);
    case '*':
    case PO_SET_MUL:
        return arithmetic('*', left, right);
    case '/':
    case PO_SET_DIV:
        return arithmetic('/', left, right);
    case '%':
    case PO_SET_MOD:
        return arithmetic('%', left, right);
    case '^':
    case PO_SET_XOR:
        return bits(scope, '^', left, right);
    case '&':
    case PO_SET_AND:
        return bits(scope, '&', left, right);
    case '|':
    case PO_SET_OR:
        return bits(scope, '|', left, right);
    case PO_SHL:
    case PO_SHR:
        return arithmetic(op, left, right);
    default:
        return compare(op, left, right);
    }
}

/* Precedence of the binary operator at hand; P_LOWEST if there is none. */
static enum precedence precedence_at(const struct php_scope *scope, uint32_t at)
{
    static const uint8_t table[256] = {['?'] = P_TERNARY,
                                       [PO_COALESCE] = P_COALESCE,
                                       [PO_OR] = P_LOR,
                                       [PO_AND] = P_LAND,
                                       ['|'] = P_BOR,
                                       ['^'] = P_BXOR,
                                       ['&'] = P_BAND,
                                       [PO_EQ] = P_EQUAL,
                                       [PO_IDENT] = P_EQUAL,
                                       [PO_NE] = P_EQUAL,
                                       [PO_NOT_IDENT] = P_EQUAL,
                                       [PO_SPACESHIP] = P_EQUAL,
                                       ['<'] = P_LESS,
                                       ['>'] = P_LESS,
                                       [PO_LE] = P_LESS,
                                       [PO_GE] = P_LESS,
                                       [PO_SHL] = P_SHIFT,
                                       [PO_SHR] = P_SHIFT,
                                       ['+'] = P_ADD,
                                       ['-'] = P_ADD,
                                       ['.'] = P_ADD,
                                       ['*'] = P_MUL,
                                       ['/'] = P_MUL,
                                       ['%'] = P_MUL,
                                       [PO_POW] = P_POW};
    const struct php_token *token = php_at(scope, at);
    if (at >= scope->end) {
        return P_LOWEST;
    }
    if (token->kind == PT_OP) {
        return (enum precedence)table[token->op];
    }
    switch ((unsigned)php_keyword_at(scope, at)) {
    case KW_OR:
        return P_OR;
    case KW_XOR:
        return P_XOR;
    case KW_AND:
        return P_AND;
    case KW_INSTANCEOF:
        return P_INSTANCE;
    default:
        return P_LOWEST;
    }
}

/* The "?" is behind us. */
static struct php_value ternary(struct php_scope *scope, const struct php_value *condition)
{
    struct php_value yes = *condition, no;
    if (!php_is_op(scope, scope->at, ':')) {
        yes = php_expression(scope, P_ASSIGN);
    }
    if (!php_is_op(scope, scope->at, ':')) {
        return yes;
    }
    scope->at++;
    no = php_expression(scope, P_COALESCE);
    int truth = php_to_bool(condition);
    return truth == 1 && php_is_constant(condition)   ? yes
           : truth == 0 && php_is_constant(condition) ? no
                                                      : php_join(&yes, &no);
}

/* The ending of an upload's name is compared with something: it isn't taken as it comes. */
static void note_ending_check(struct php_scope *scope, const struct php_value *left, const struct php_value *right)
{
    bool is_left = (php_taint_of(left) & TA_FNAME) != 0, is_right = (php_taint_of(right) & TA_FNAME) != 0;
    const struct php_value *other = is_left ? right : left;
    if (is_left != is_right && (other->type == PV_UNKNOWN || (other->type == PV_TEXT && other->text.len != 0))) {
        scope->run->facts->has_name_check = true;
    }
}

static struct php_value binary(struct php_scope *scope, const struct php_value *left, enum precedence level)
{
    const struct php_token *token = php_at(scope, scope->at++);
    uint8_t op = token->kind == PT_OP ? token->op : 0;
    if (level == P_TERNARY) {
        return ternary(scope, left);
    }
    struct php_value right = php_expression(scope, level == P_POW || level == P_COALESCE ? level : level + 1);
    if (level == P_EQUAL) {
        note_ending_check(scope, left, &right);
    }
    if (level == P_COALESCE) {
        return left->type == PV_NULL ? right : php_is_constant(left) ? *left : php_join(left, &right);
    }
    if (level <= P_LAND) {
        int a = php_to_bool(left), b = php_to_bool(&right);
        bool is_and = op == PO_AND || level == P_AND;
        return a < 0 || b < 0 ? php_unknown(0) : php_bool_value(is_and ? a && b : a || b);
    }
    return level == P_INSTANCE || level == P_POW ? php_unknown(0) : apply(scope, op, left, &right);
}

static struct php_value unary(struct php_scope *scope);

struct php_value php_expression(struct php_scope *scope, unsigned precedence)
{
    struct php_run *run = scope->run;
    if (is_done(scope) || !php_heap_work(run->heap, 1)) {
        scope->at = is_done(scope) ? scope->at : scope->end;
        return php_unknown(0);
    }
    if (run->expression_depth >= EXPRESSION_DEPTH_MAX) {
        uint32_t match = php_at(scope, scope->at)->match;
        scope->at = match > scope->at ? match + 1 : scope->at + 1;
        run->facts->is_cut = true;
        return php_unknown(0);
    }
    run->expression_depth++;
    struct php_value value = unary(scope);
    for (enum precedence level = precedence_at(scope, scope->at); level != P_LOWEST && level >= precedence;
         level = precedence_at(scope, scope->at)) {
        value = binary(scope, &value, level);
        if (!php_heap_work(run->heap, 1)) {
            scope->at = scope->end;
        }
    }
    run->expression_depth--;
    return value;
}

/* ---- primary expressions ---- */

static struct php_value text_token(struct php_scope *scope, const struct php_token *token)
{
    struct str raw = php_text(scope->tokens, token);
    struct str text = token->kind == PT_SINGLE ? php_unescape(scope->run->heap, raw, '\'')
                      : token->kind == PT_RAW  ? raw
                                               : php_unescape(scope->run->heap, raw, '"');
    return php_text_value(text);
}

/* BEGIN pieces FINISH. Backticks run what comes out. */
static struct php_value template_text(struct php_scope *scope)
{
    uint32_t begin = scope->at;
    const struct php_token *opening = php_at(scope, scope->at);
    uint32_t end = opening->match > scope->at && opening->match < scope->end ? opening->match : scope->end;
    char quote = (char)opening->op;
    struct php_value value = php_text_value(STR(""));
    scope->at++;
    while (scope->at < end && !is_done(scope)) {
        const struct php_token *token = php_at(scope, scope->at);
        uint32_t before = scope->at;
        struct php_value piece;
        if (token->kind == PT_TEXT) {
            piece = php_text_value(
                php_unescape(scope->run->heap, php_text(scope->tokens, token), quote == '`' ? '`' : '"'));
            scope->at++;
            if (piece.text.len == 0) {
                continue;
            }
        } else {
            piece = postfix(scope);
        }
        value = php_concat(scope->run->heap, &value, &piece);
        scope->at = scope->at > before ? scope->at : before + 1;
        if (!php_heap_work(scope->run->heap, 1)) {
            break;
        }
    }
    scope->at = end < scope->end ? end + 1 : end;
    if (quote == '`') {
        php_run_command(scope, begin, STR("`...`"), &value);
        return php_unknown(TA_OPAQUE);
    }
    return value;
}

static struct php_value number_token(struct php_scope *scope, const struct php_token *token)
{
    char digits[64];
    size_t used = 0;
    struct str text = php_text(scope->tokens, token);
    double number = 0;
    for (size_t i = 0; i < text.len && used < sizeof digits; i++) {
        if (text.data[i] != '_') {
            digits[used++] = text.data[i];
        }
    }
    text = (struct str){digits, used};
    unsigned base = text.len > 1 && text.data[0] == '0' ? (text.data[1] | 32) == 'x'   ? 16
                                                          : (text.data[1] | 32) == 'b' ? 2
                                                          : (text.data[1] | 32) == 'o' ? 9
                                                                                       : 8
                                                        : 10;
    if (base == 10 || memchr(text.data, '.', text.len) != NULL) {
        (void)str_double(text, &number);
        return php_number_value(number);
    }
    for (size_t i = base == 8 ? 1 : 2; i < text.len; i++) {
        int digit = text.data[i] <= '9' ? text.data[i] - '0' : (text.data[i] | 32) - 'a' + 10;
        number = number * (base == 9 ? 8 : base) + digit;
    }
    return php_number_value(number);
}

/* Elements up to `end`: value, key => value, ...spread. */
static struct php_value array_literal(struct php_scope *scope, uint32_t end)
{
    struct php_heap *heap = scope->run->heap;
    struct php_value out = {.type = PV_ARRAY, .array = php_array_new(heap)};
    while (scope->at < end && out.array != NULL && !is_done(scope)) {
        uint32_t before = scope->at;
        if (php_is_op(scope, scope->at, ',')) {
            scope->at++;
            continue;
        }
        bool is_spread = php_is_op(scope, scope->at, PO_SPREAD), has_key = false;
        scope->at += is_spread;
        struct php_value value = php_expression(scope, P_ASSIGN), key = php_unknown(0);
        if (php_is_op(scope, scope->at, PO_FAT)) {
            scope->at++;
            key = value;
            has_key = true;
            value = php_expression(scope, P_ASSIGN);
        }
        struct php_key name = has_key && php_is_constant(&key) ? php_key_of(heap, &key) : (struct php_key){.number = 0};
        bool is_named = has_key && php_is_constant(&key), is_kept = !has_key || is_named || is_sink_name(scope, &value);
        struct php_value *slot = is_spread || !is_kept ? NULL : php_array_at(heap, out.array, is_named ? &name : NULL);
        if (slot != NULL) {
            *slot = value;
        } else {
            out.taint |= php_taint_of(&value) & (TA_FLOW | TA_PARAM | TA_OPAQUE | TA_AFFIX | TA_BEHIND);
        }
        if (has_key && php_is_constant(&value) &&
            (php_taint_of(&key) & TA_FLOW) != 0) { /* a list of names given by the visitor */
            out.taint |= key.taint & TA_FLOW;
            out.steps = key.steps;
        }
        out.steps = (php_taint_of(&value) & TA_FLOW) != 0 && out.steps == NULL ? value.steps : out.steps;
        scope->at = scope->at > before ? scope->at : before + 1;
    }
    scope->at = end < scope->end ? end + 1 : end;
    return out.array != NULL ? out : php_unknown(0);
}

/* list($a, $b) = value, [$a, $b] = value: variables between the brackets, in order. */
static struct php_value destructure(struct php_scope *scope, uint32_t open, uint32_t close)
{
    scope->at = close + 2;
    struct php_value value = php_expression(scope, P_ASSIGN);
    double number = 0;
    for (uint32_t at = open + 1; at < close; at++) {
        number += php_is_op(scope, at, ',');
        const struct php_token *token = php_at(scope, at);
        if (token->kind != PT_VAR || php_is_input_variable(php_text(scope->tokens, token))) {
            continue;
        }
        struct php_value key = php_number_value(number);
        struct php_place place;
        php_place_of(&place, php_variable(scope, php_text(scope->tokens, token)));
        php_assign(scope, &place, php_index(scope, &value, &key));
    }
    return value;
}

static struct php_value bracketed(struct php_scope *scope, uint32_t open)
{
    uint32_t close = partner(scope, open);
    if (close < scope->end && php_is_op(scope, close + 1, '=')) {
        return destructure(scope, open, close);
    }
    scope->at = open + 1;
    return array_literal(scope, close);
}

void php_arguments(struct php_scope *scope, struct php_arguments *arguments)
{
    uint32_t end = partner(scope, scope->at);
    arguments->count = 0;
    arguments->is_spread = false;
    scope->at++;
    while (scope->at < end && !is_done(scope)) {
        uint32_t before = scope->at;
        if (php_is_op(scope, scope->at, ',')) {
            scope->at++;
            continue;
        }
        if (php_is_op(scope, scope->at, PO_SPREAD)) {
            arguments->is_spread = true;
            scope->at++;
        }
        if (php_at(scope, scope->at)->kind == PT_NAME && php_is_op(scope, scope->at + 1, ':')) {
            scope->at += 2; /* named argument */
        }
        scope->at += php_is_op(scope, scope->at, '&');
        const struct php_token *first = php_at(scope, scope->at);
        bool is_plain = first->kind == PT_VAR && (php_is_op(scope, scope->at + 1, ',') || scope->at + 1 == end);
        struct php_slot *slot = is_plain && !php_is_input_variable(php_text(scope->tokens, first))
                                    ? php_variable(scope, php_text(scope->tokens, first))
                                    : NULL;
        struct php_value value = php_expression(scope, P_OR);
        if (arguments->count < ARGUMENTS_MAX) {
            arguments->slots[arguments->count] = slot;
            arguments->list[arguments->count++] = value;
        } else {
            arguments->list[ARGUMENTS_MAX - 1] = php_join(&arguments->list[ARGUMENTS_MAX - 1], &value);
        }
        scope->at = scope->at > before ? scope->at : before + 1;
    }
    scope->at = end < scope->end ? end + 1 : end;
}

/* Behind the "(" of a construct, its value; behind the ")". Without brackets, one expression. */
static APART struct php_value operand(struct php_scope *scope)
{
    if (!php_is_op(scope, scope->at, '(')) {
        return php_expression(scope, P_ASSIGN);
    }
    struct php_arguments arguments;
    php_arguments(scope, &arguments);
    return arguments.count != 0 ? arguments.list[0] : php_unknown(0);
}

static APART struct php_value new_object(struct php_scope *scope)
{
    uint32_t at = scope->at;
    struct php_arguments arguments;
    const struct php_token *token = php_at(scope, at);
    arguments.count = 0;
    arguments.is_spread = false;
    if (php_keyword_at(scope, at) == KW_CLASS) {
        scope->at++;
        if (php_is_op(scope, scope->at, '(')) {
            php_arguments(scope, &arguments);
        }
        return php_unknown(0);
    }
    struct str name = STR("");
    if (token->kind == PT_NAME) {
        name = php_text(scope->tokens, token);
        scope->at++;
    } else if (token->kind == PT_VAR) {
        struct php_value value = php_read_variable(scope, php_text(scope->tokens, token));
        scope->at++;
        name = value.type == PV_TEXT ? value.text : STR("");
    }
    if (php_is_op(scope, scope->at, '(')) {
        php_arguments(scope, &arguments);
    }
    return php_new(scope, at, name, &arguments);
}

static struct php_value closure(struct php_scope *scope)
{
    uint32_t number = php_at(scope, scope->at)->match;
    if (number == 0 || number > scope->run->function_count ||
        scope->run->functions[number - 1].tokens != scope->tokens) {
        scope->at++;
        return php_unknown(0);
    }
    scope->at = scope->run->functions[number - 1].body_end + 1;
    struct php_value value = {.type = PV_CLOSURE, .number = number};
    return value;
}

/* fn ($x) => expression: evaluated here with nothing known of its parameters, and called as any closure. */
static struct php_value arrow_function(struct php_scope *scope)
{
    uint32_t number = php_at(scope, scope->at - 1)->match;
    bool is_known = number != 0 && number <= scope->run->function_count &&
                    scope->run->functions[number - 1].tokens == scope->tokens;
    if (!is_known) {
        return php_unknown(0);
    }
    scope->at = scope->run->functions[number - 1].body_end;
    (void)php_call_function(scope, number, NULL);
    return (struct php_value){.type = PV_CLOSURE, .number = number};
}

static struct php_value match_arms(struct php_scope *scope)
{
    struct php_value out = php_unknown(0), choice = operand(scope);
    scope->run->facts->has_name_check = scope->run->facts->has_name_check || (php_taint_of(&choice) & TA_FNAME) != 0;
    if (!php_is_op(scope, scope->at, '{')) {
        return out;
    }
    uint32_t end = partner(scope, scope->at);
    bool is_result = false, is_first = true;
    scope->at++;
    while (scope->at < end && !is_done(scope)) {
        uint32_t before = scope->at;
        if (php_is_op(scope, scope->at, ',') || php_is_op(scope, scope->at, PO_FAT)) {
            is_result = php_is_op(scope, scope->at, PO_FAT);
            scope->at++;
            continue;
        }
        struct php_value value = php_expression(scope, P_ASSIGN);
        if (is_result) {
            out = is_first ? value : php_join(&out, &value);
            is_first = false;
        }
        scope->at = scope->at > before ? scope->at : before + 1;
    }
    scope->at = end < scope->end ? end + 1 : end;
    return out;
}

/* isset($known[$name]): the name is one of a list's. */
static void guard_keys(struct php_scope *scope, uint32_t open, enum php_keyword word)
{
    uint32_t close = partner(scope, open);
    const struct php_token *list = php_at(scope, open + 1);
    if (word != KW_ISSET || list->kind != PT_VAR || php_is_input_variable(php_text(scope->tokens, list))) {
        return;
    }
    for (uint32_t at = open + 2; at + 2 < close; at++) {
        const struct php_token *key = php_at(scope, at + 1);
        struct php_slot *slot = php_is_op(scope, at, '[') && key->kind == PT_VAR && php_is_op(scope, at + 2, ']')
                                    ? php_map_find(scope->variables, php_text(scope->tokens, key))
                                    : NULL;
        if (slot != NULL) {
            slot->value.taint |= TA_GUARDED;
        }
    }
}

static struct php_value keyword(struct php_scope *scope, enum php_keyword word)
{
    uint32_t at = scope->at++;
    struct php_value value;
    switch ((unsigned)word) {
    case KW_NEW:
        return new_object(scope);
    case KW_EVAL:
        value = operand(scope);
        php_run_code(scope, at, STR("eval"), &value);
        return php_unknown(TA_OPAQUE);
    case KW_INCLUDE:
        value = php_expression(scope, P_ASSIGN);
        php_run_include(scope, at, &value);
        return php_unknown(0);
    case KW_FUNCTION:
        scope->at = at;
        return closure(scope);
    case KW_FN:
        return arrow_function(scope);
    case KW_MATCH:
        return match_arms(scope);
    case KW_TRUE:
        return php_bool_value(true);
    case KW_FALSE:
        return php_bool_value(false);
    case KW_NULL:
        return (struct php_value){.type = PV_NULL};
    case KW_LIST:
    case KW_ARRAY:
        return php_is_op(scope, scope->at, '(') ? bracketed(scope, scope->at) : php_unknown(0);
    case KW_ISSET:
    case KW_EMPTY:
    case KW_UNSET:
        if (php_is_op(scope, scope->at, '(')) {
            guard_keys(scope, scope->at, word);
            (void)operand(scope);
        }
        return php_unknown(0);
    case KW_EXIT:
        value = php_is_op(scope, scope->at, '(') ? operand(scope) : php_unknown(0);
        php_show(scope, at, &value);
        return php_unknown(0);
    case KW_PRINT:
        value = php_expression(scope, P_ASSIGN);
        php_show(scope, at, &value);
        return value;
    case KW_YIELD: /* whoever walks over what the function returns gets it */
        value = php_expression(scope, P_ASSIGN);
        scope->result = scope->has_result ? php_join(&scope->result, &value) : value;
        scope->has_result = true;
        return value;
    case KW_CLONE:
    case KW_THROW:
        return php_expression(scope, P_ASSIGN);
    default:
        return php_unknown(0);
    }
}

/* A name that is neither called nor a class: a constant, or a word that old PHP takes as text. */
static struct php_value constant_name(struct php_scope *scope, struct str name)
{
    struct php_slot *slot = php_map_find(&scope->run->constants, name);
    if (slot != NULL) {
        return slot->value;
    }
    if (str_eq(name, STR("__FILE__"))) {
        return php_unknown(TA_SELF);
    }
    if (str_eq(name, STR("DIRECTORY_SEPARATOR"))) {
        return php_text_value(STR("/"));
    }
    if (str_eq(name, STR("PHP_EOL"))) {
        return php_text_value(STR("\n"));
    }
    if (str_starts(name, STR("__"))) {
        return php_unknown(0);
    }
    struct php_value value = php_text_value(name);
    value.taint = TA_BARE;
    return value;
}

/* ++ on text: "a" to "b", "Z" to "AA". */
static struct php_value increment(struct php_scope *scope, const struct php_value *value, double by)
{
    double number;
    if (value->type == PV_TEXT && by > 0 && value->text.len == 1 && value->text.data[0] >= 'A') {
        char last = value->text.data[0];
        char *room = php_heap_room(scope->run->heap, 1);
        if (room == NULL || last == 'z' || last == 'Z') {
            return php_unknown(value->taint | TA_CHOP);
        }
        room[0] = (char)(last + 1);
        struct php_value out = php_text_value(php_heap_text(scope->run->heap, 1));
        out.taint = value->taint | TA_CHOP;
        return out;
    }
    return (value->type == PV_NUMBER || value->type == PV_NULL || value->type == PV_BOOL) &&
                   php_to_number(value, &number)
               ? php_number_value(number + by)
               : php_unknown(0);
}

/* ---- what follows a primary expression ---- */

static void add_key(struct php_place *place, const struct php_value *key, bool is_next)
{
    if (place->slot == NULL) {
        return;
    }
    if (place->key_count == KEYS_MAX) { /* deeper than anybody looks: the last known level stands for it */
        return;
    }
    place->keys[place->key_count] = *key;
    place->is_next[place->key_count++] = is_next;
}

static struct php_value index_postfix(struct php_scope *scope, const struct php_value *base, struct php_place *place)
{
    uint32_t open = scope->at, close = partner(scope, open);
    struct php_value key = php_unknown(0);
    scope->at++;
    bool is_next = scope->at == close;
    if (php_at(scope, scope->at)->kind == PT_NAME && scope->at + 1 == close) {
        struct str name = php_text(scope->tokens, php_at(scope, scope->at));
        struct php_slot *constant = php_map_find(&scope->run->constants, name);
        key = constant != NULL ? constant->value : php_text_value(name);
    } else if (!is_next) {
        key = php_expression(scope, P_OR);
    }
    scope->at = close < scope->end ? close + 1 : close;
    if ((base->taint & TA_ENV) != 0 && key.type == PV_TEXT && !php_is_input_variable(key.text)) {
        place->slot = php_map_at(scope->run->heap, &scope->run->globals, key.text);
        place->key_count = 0;
        return place->slot != NULL ? place->slot->value : php_unknown(0);
    }
    if ((php_taint_of(&key) & TA_FNAME) != 0) { /* $allowed[$ending] */
        scope->run->facts->has_name_check = true;
    }
    add_key(place, &key, is_next);
    return php_index(scope, base, &key);
}

/* $text{3}, of PHP before 8: only directly behind a variable or another offset, and small. */
static bool is_offset_brace(const struct php_scope *scope)
{
    uint32_t open = scope->at, close = php_at(scope, open)->match;
    const struct php_token *before = php_at(scope, open - 1);
    bool is_behind = before->kind == PT_VAR || (before->kind == PT_OP && (before->op == ']' || before->op == '}'));
    if (!is_behind || close <= open + 1 || close > open + OFFSET_TOKENS_MAX || close >= scope->end) {
        return false;
    }
    for (uint32_t at = open; at < close; at++) {
        if (php_is_op(scope, at, ';') || php_at(scope, at)->kind == PT_HTML) {
            return false;
        }
    }
    return true;
}

static uint8_t assignment_at(const struct php_scope *scope, uint32_t at)
{
    const struct php_token *token = php_at(scope, at);
    return token->kind == PT_OP && at < scope->end && (token->op == '=' || token->op >= PO_SET_CONCAT) ? token->op : 0;
}

/* In a method that runs by itself once an object is unserialized. */
static bool is_magic(const struct php_scope *scope)
{
    static const char *const names[] = {"__destruct", "__wakeup", "__toString", "__call", "__invoke", "__unserialize"};
    if (scope->function_number == 0) {
        return false;
    }
    struct str name = scope->run->functions[scope->function_number - 1].name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* name(...), the function itself and no call of it, of PHP since 8.1. */
static bool is_first_class(struct php_scope *scope)
{
    uint32_t open = scope->at, close = partner(scope, open);
    if (close != open + 2 || !php_is_op(scope, open + 1, PO_SPREAD)) {
        return false;
    }
    scope->at = close < scope->end ? close + 1 : close;
    return true;
}

static APART struct php_value call_member_here(struct php_scope *scope, uint32_t at, const struct php_value *object,
                                               struct str name, bool is_of_variable)
{
    struct php_arguments arguments;
    if (is_first_class(scope)) {
        const struct php_function *method = php_function_named(scope->run, name, true);
        return method == NULL
                   ? php_unknown(0)
                   : (struct php_value){.type = PV_CLOSURE, .number = (double)(method - scope->run->functions) + 1};
    }
    php_arguments(scope, &arguments);
    if (is_of_variable) {
        struct php_value callee = php_read_variable(scope, name);
        if (callee.type == PV_TEXT && php_function_named(scope->run, callee.text, true) != NULL) {
            return php_call_method(scope, at, object, callee.text, &arguments);
        }
        return php_call_value(scope, at, &callee, &arguments);
    }
    return php_call_method(scope, at, object, name, &arguments);
}

/* $object->$name of the visitor's: __get gets the name, unless it is a call. */
static APART void get_unknown(struct php_scope *scope, const struct php_value *name)
{
    const struct php_function *get = !php_is_op(scope, scope->at, '(') && php_is_raw_value(name)
                                         ? php_function_named(scope->run, STR("__get"), true)
                                         : NULL;
    if (get != NULL) {
        struct php_arguments arguments = {.list = {*name}, .count = 1};
        (void)php_call_function(scope, (uint32_t)(get - scope->run->functions) + 1, &arguments);
    }
}

static struct php_value member(struct php_scope *scope, const struct php_value *object, struct php_place *place)
{
    uint32_t at = scope->at;
    bool is_static = php_is_op(scope, at, PO_COLONS);
    struct str name = STR("");
    scope->at++;
    const struct php_token *token = php_at(scope, scope->at);
    if (token->kind == PT_NAME || token->kind == PT_VAR) {
        name = php_text(scope->tokens, token);
        scope->at++;
    } else if (php_is_op(scope, scope->at, '{')) {
        uint32_t close = partner(scope, scope->at);
        scope->at++;
        struct php_value value = php_expression(scope, P_OR);
        name = value.type == PV_TEXT ? value.text : STR("");
        scope->at = close < scope->end ? close + 1 : close;
    }
    bool is_variable = token->kind == PT_VAR && !is_static;
    if (is_variable) {
        struct php_value value = php_read_variable(scope, name);
        get_unknown(scope, &value);
        name = value.type == PV_TEXT ? value.text : STR("");
    }
    php_place_of(place, NULL);
    if (php_is_op(scope, scope->at, '(')) {
        return call_member_here(scope, at, object, name, is_static && token->kind == PT_VAR);
    }
    if (is_static && token->kind == PT_NAME) {
        struct php_slot *slot = php_map_find(&scope->run->constants, name);
        return slot != NULL ? slot->value : php_unknown(0);
    }
    place->slot = name.len != 0 ? php_map_at(scope->run->heap, &scope->run->properties, name) : NULL;
    place->is_property = true;
    if (place->slot != NULL && assignment_at(scope, scope->at) != '=') {
        place->slot->is_asked = true;
    }
    bool is_unset = place->slot != NULL && !place->slot->is_set && assignment_at(scope, scope->at) == 0;
    if (is_unset && (object->taint & TA_IN) != 0 && object->type == PV_UNKNOWN) { /* json_decode(text)->name */
        struct php_value value = php_unknown(object->taint & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_DEC));
        value.steps = object->steps;
        return value;
    }
    if (scope->run->has_objects && is_magic(scope) && assignment_at(scope, scope->at) == 0) {
        struct php_value value = php_unknown(TA_IN);
        value.steps = php_stepf(scope, NULL, at, "property %.*s of an object that the request makes", STR_FMT(name));
        return value;
    }
    return place->slot != NULL ? place->slot->value : php_unknown(0);
}

/* $GLOBALS = array("name" => ...), of PHP before 8.1 */
static void fill_globals(struct php_scope *scope, const struct php_array *array)
{
    for (uint32_t i = 0; i < array->count && php_heap_work(scope->run->heap, 1); i++) {
        const struct php_element *element = &array->list[i];
        struct php_slot *slot =
            element->key.is_text ? php_map_at(scope->run->heap, &scope->run->globals, element->key.text) : NULL;
        if (slot != NULL) {
            slot->value = element->value;
            slot->is_set = true;
        }
    }
}

/* Only an import of the request could have made the variable, and nothing here asks whether one did: "if (!isset($x)) { $x = ..." stands close
 * to what it asks. So nothing is left of it. */
static bool is_overwritten(const struct php_scope *scope, uint32_t at)
{
    enum { NEAR_TOKENS = 24 };
    const struct php_token *variable = php_at(scope, at - 1);
    if (!scope->run->has_imports || !scope->run->has_includes || variable->kind != PT_VAR) {
        return false;
    }
    struct str name = php_text(scope->tokens, variable);
    for (uint32_t before = at - 1; before > 0 && before + NEAR_TOKENS > at; before--) {
        const struct php_token *token = php_at(scope, before - 1);
        if (token->kind == PT_VAR && str_eq(php_text(scope->tokens, token), name)) {
            return false;
        }
    }
    return true;
}

static struct php_value assignment(struct php_scope *scope, const struct php_value *current, struct php_place *place,
                                   uint8_t op)
{
    uint32_t at = scope->at++;
    bool is_reference = op == '=' && php_is_op(scope, scope->at, '&');
    scope->at += is_reference;
    struct php_value value = php_expression(scope, P_ASSIGN);
    bool is_kept = op == PO_SET_CONCAT || ((current->taint & TA_OLD) != 0 && !is_overwritten(scope, at));
    if (is_kept && place->slot != NULL && !place->slot->is_set && place->key_count == 0 &&
        (current->taint & TA_FLOW) != 0) {
        place->slot->value = *current; /* made from a field; in a branch it stays possible */
        place->slot->is_set = true;
    }
    if (op == PO_SET_COALESCE) {
        struct php_value old = php_read_place(scope, place);
        value = php_join(&old, &value);
    } else if (op != '=') {
        struct php_value old = php_read_place(scope, place);
        if (op == PO_SET_CONCAT && place->slot != NULL && !place->slot->is_set) {
            old = php_text_value(STR(""));
        }
        value = apply(scope, op, &old, &value);
    }
    if ((current->taint & TA_ENV) != 0 && place->slot == NULL && value.type == PV_ARRAY) {
        fill_globals(scope, value.array);
    }
    php_assign(scope, place, value);
    return value;
}

static struct php_value step_postfix(struct php_scope *scope, const struct php_value *value, struct php_place *place)
{
    double by = php_is_op(scope, scope->at, PO_INC) ? 1 : -1;
    scope->at++;
    php_assign(scope, place, increment(scope, value, by));
    return *value;
}

/* $f(...), or $object(...), which is __invoke of its class. */
static struct php_value call_what(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                                  struct php_arguments *arguments)
{
    struct php_function *invoke = (callee->type == PV_UNKNOWN && callee->taint == 0) || callee->type == PV_NULL
                                      ? php_function_named(scope->run, STR("__invoke"), true)
                                      : NULL;
    return invoke != NULL ? php_call_function(scope, (uint32_t)(invoke - scope->run->functions) + 1, arguments)
                          : php_call_value(scope, at, callee, arguments);
}

static APART struct php_value call_value_here(struct php_scope *scope, const struct php_value *callee)
{
    uint32_t at = scope->at;
    struct php_arguments arguments;
    if (is_first_class(scope)) {
        return *callee;
    }
    php_arguments(scope, &arguments);
    return call_what(scope, at, callee, &arguments);
}

static struct php_value postfix_loop(struct php_scope *scope, struct php_value value, struct php_place *place)
{
    while (!is_done(scope) && php_heap_work(scope->run->heap, 1)) {
        const struct php_token *token = php_at(scope, scope->at);
        uint8_t op = token->kind == PT_OP ? token->op : 0;
        if (op == '[') {
            value = index_postfix(scope, &value, place);
        } else if (op == '{' && is_offset_brace(scope)) {
            value = index_postfix(scope, &value, place);
        } else if (op == '(') {
            value = call_value_here(scope, &value);
            php_place_of(place, NULL);
        } else if (op == PO_ARROW || op == PO_COLONS) {
            value = member(scope, &value, place);
        } else if (op == PO_INC || op == PO_DEC) {
            return step_postfix(scope, &value, place);
        } else {
            uint8_t set = assignment_at(scope, scope->at);
            return set != 0 ? assignment(scope, &value, place, set) : value;
        }
    }
    return value;
}

/* Whatever is joined to it, only a superglobal's name begins so. */
static bool is_request_prefix(struct str text)
{
    static const char *const names[] = {"_GET", "_POST", "_REQUEST", "_COOKIE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (text.len != 0 && text.len < 5 && str_starts(str_of(names[i]), text)) {
            return true;
        }
    }
    return false;
}

/* $$name, ${expression}; a superglobal may be reached so. */
static struct php_value variable_variable(struct php_scope *scope, struct php_place *place)
{
    struct php_value name;
    bool is_escaped = false, is_prefixed = false;
    scope->at++;
    if (php_is_op(scope, scope->at, '{')) {
        uint32_t close = partner(scope, scope->at);
        scope->at++;
        const struct php_token *first = php_at(scope, scope->at);
        is_escaped = first->kind == PT_DOUBLE && str_find(php_text(scope->tokens, first), STR("\\"), 0) != SIZE_MAX;
        is_prefixed = (first->kind == PT_SINGLE || first->kind == PT_DOUBLE) && php_is_op(scope, scope->at + 1, '.') &&
                      is_request_prefix(php_text(scope->tokens, first));
        bool is_word = php_at(scope, scope->at)->kind == PT_NAME && scope->at + 1 == close;
        name =
            is_word ? php_text_value(php_text(scope->tokens, php_at(scope, scope->at))) : php_expression(scope, P_OR);
        scope->at = close < scope->end ? close + 1 : close;
    } else if (php_is_op(scope, scope->at, '$')) {
        struct php_place inner;
        php_place_of(&inner, NULL);
        name = variable_variable(scope, &inner);
    } else {
        const struct php_token *token = php_at(scope, scope->at);
        name = token->kind == PT_VAR ? php_read_variable(scope, php_text(scope->tokens, token)) : php_unknown(0);
        scope->at++;
    }
    bool is_known = name.type == PV_TEXT && !(is_prefixed && name.text.len < 4); /* "_" alone: the rest is missing */
    if (!is_known) {
        place->is_unknown_name = true;
        struct php_value value = php_unknown(is_prefixed || (name.taint & TA_IN) != 0 ? TA_VV : 0);
        value.steps = name.steps;
        return value;
    }
    if (php_is_input_variable(name.text)) {
        if ((name.taint & (TA_BUILT | TA_DEC)) != 0 || is_escaped) {
            struct php_fact *fact = php_fact(scope, PF_BUILT_NAME, scope->at, name.text, &name);
            if (fact != NULL) {
                fact->decoded = name.text;
            }
        }
        return php_input_variable(scope, name.text);
    }
    if (str_eq(name.text, STR("GLOBALS"))) {
        if (is_escaped) {
            struct php_fact *fact = php_fact(scope, PF_BUILT_NAME, scope->at, name.text, &name);
            if (fact != NULL) {
                fact->decoded = name.text;
            }
        }
        return php_unknown(TA_ENV);
    }
    place->slot = php_variable(scope, name.text);
    return place->slot != NULL ? place->slot->value : php_unknown(0);
}

static APART struct php_value call_name_here(struct php_scope *scope, uint32_t at, struct str name)
{
    struct php_arguments arguments;
    if (is_first_class(scope)) {
        return php_text_value(name);
    }
    php_arguments(scope, &arguments);
    return php_call_name(scope, at, name, false, &arguments);
}

static struct php_value name_primary(struct php_scope *scope)
{
    const struct php_token *token = php_at(scope, scope->at);
    uint32_t at = scope->at++;
    struct str name = php_text(scope->tokens, token);
    if (php_is_op(scope, scope->at, '(')) {
        return call_name_here(scope, at, name);
    }
    if (php_is_op(scope, scope->at, PO_COLONS)) {
        return php_unknown(0);
    }
    return constant_name(scope, name);
}

static struct php_value op_primary(struct php_scope *scope, struct php_place *place)
{
    const struct php_token *token = php_at(scope, scope->at);
    uint32_t open = scope->at, close;
    struct php_value value;
    switch (token->op) {
    case '$':
        return variable_variable(scope, place);
    case '(':
        close = partner(scope, open);
        scope->at++;
        value = php_expression(scope, P_OR);
        scope->at = close < scope->end ? close + 1 : close;
        return value;
    case '[':
        return bracketed(scope, open);
    default:
        return php_unknown(0);
    }
}

static struct php_value postfix(struct php_scope *scope)
{
    const struct php_token *token = php_at(scope, scope->at);
    struct php_place place;
    struct php_value value = php_unknown(0);
    struct str name;
    php_place_of(&place, NULL);
    switch (token->kind) {
    case PT_VAR:
        name = php_text(scope->tokens, token);
        value = php_read_variable(scope, name);
        scope->at++;
        if (!php_is_input_variable(name) && !str_eq(name, STR("GLOBALS")) &&
            (assignment_at(scope, scope->at) != 0 || php_is_op(scope, scope->at, '[') ||
             php_is_op(scope, scope->at, '{') || php_is_op(scope, scope->at, PO_INC) ||
             php_is_op(scope, scope->at, PO_DEC))) {
            place.slot = php_variable(scope, name);
        } else if (php_is_input_variable(name) && php_is_op(scope, scope->at, '[')) {
            place.slot = php_map_at(scope->run->heap, &scope->run->globals, name);
            place.is_request = true;
        }
        break;
    case PT_NAME: {
        enum php_keyword word = php_keyword_at(scope, scope->at);
        bool is_name = word == KW_OTHER || php_is_op(scope, scope->at + 1, PO_COLONS);
        value = is_name ? name_primary(scope) : keyword(scope, word);
        break;
    }
    case PT_SINGLE:
    case PT_DOUBLE:
    case PT_RAW:
    case PT_TEXT:
        value = text_token(scope, token);
        scope->at++;
        break;
    case PT_NUMBER:
        value = number_token(scope, token);
        scope->at++;
        break;
    case PT_BEGIN:
        value = template_text(scope);
        break;
    case PT_OP:
        value = op_primary(scope, &place);
        break;
    default:
        return value;
    }
    return postfix_loop(scope, value, &place);
}

static struct php_value cast(struct php_scope *scope, uint8_t kind)
{
    struct php_value value = php_expression(scope, P_UNARY);
    double number;
    if (kind != 'i') {
        struct str text;
        if (kind == 's' && php_is_constant(&value) && value.type != PV_TEXT &&
            php_to_text(scope->run->heap, &value, &text)) {
            return php_text_value(text);
        }
        return value;
    }
    return php_to_number(&value, &number)
               ? php_number_value(number < 0 ? -(double)(uint64_t)(-number < 9e15 ? -number : 0)
                                             : (double)(uint64_t)(number < 9e15 ? number : 0))
               : php_unknown(0);
}

static struct php_value prefix_step(struct php_scope *scope)
{
    double by = php_is_op(scope, scope->at, PO_INC) ? 1 : -1;
    scope->at++;
    const struct php_token *token = php_at(scope, scope->at);
    if (token->kind != PT_VAR || php_is_op(scope, scope->at + 1, '[') || php_is_op(scope, scope->at + 1, PO_ARROW)) {
        (void)php_expression(scope, P_UNARY);
        return php_unknown(0);
    }
    struct php_place place;
    php_place_of(&place, php_variable(scope, php_text(scope->tokens, token)));
    scope->at++;
    struct php_value old = php_read_place(scope, &place), value = increment(scope, &old, by);
    php_assign(scope, &place, value);
    return value;
}

static struct php_value unary(struct php_scope *scope)
{
    const struct php_token *token = php_at(scope, scope->at);
    struct php_value value;
    double number;
    if (token->kind == PT_CAST) {
        scope->at++;
        return cast(scope, token->op);
    }
    if (token->kind != PT_OP) {
        return postfix(scope);
    }
    switch (token->op) {
    case '!':
        scope->at++;
        value = php_expression(scope, P_UNARY);
        return php_to_bool(&value) < 0 ? php_unknown(0) : php_bool_value(php_to_bool(&value) == 0);
    case '-':
    case '+':
        scope->at++;
        value = php_expression(scope, P_UNARY);
        return php_to_number(&value, &number) ? php_number_value(token->op == '-' ? -number : number) : php_unknown(0);
    case '~':
        scope->at++;
        value = php_expression(scope, P_UNARY);
        return bits(scope, '~', &value, NULL);
    case '@':
    case '&':
        scope->at++;
        return php_expression(scope, P_UNARY);
    case PO_INC:
    case PO_DEC:
        return prefix_step(scope);
    default:
        return postfix(scope);
    }
}
