/* Statements, functions and classes. Bodies of loops run once; both sides of what cannot be decided run in one world or another. */
#include "reach/find_php.h"

#include "base/banned.h"

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

static uint32_t partner(const struct php_at *at)
{
    uint32_t match = php_here(at)->match;
    return match > at->at && match < at->end ? match : at->end;
}

/* Over "(...)" or "{...}". */
static void skip_brackets(struct php_at *at)
{
    at->at = partner(at);
    advance(at);
}

unsigned php_choose(struct php_run *run, unsigned ways)
{
    run->worlds = ways > run->worlds ? ways : run->worlds;
    return run->world < ways ? run->world : ways - 1;
}

/* ---- declarations ---- */

static uint32_t match_of(const struct php_source *source, uint32_t token)
{
    uint32_t match = source->tokens.list[token].match;
    return match > token ? match : source->tokens.count;
}

static struct str name_at(const struct php_source *source, uint32_t token)
{
    return php_text(&source->tokens, &source->tokens.list[token]);
}

/* function NAME (..) : type {..}; `token` is at NAME. Returns behind the body, or the ";" of one without. */
static uint32_t declare_function(struct php_run *run, struct php_source *source, uint32_t token,
                                 struct php_class *class)
{
    uint32_t count = source->tokens.count;
    const struct php_token *list = source->tokens.list;
    token += php_is_op(&list[token], '&');
    uint32_t params = token + 1;
    if (token + 1 >= count || list[token].kind != PT_NAME || !php_is_op(&list[params], '(')) {
        return token;
    }
    uint32_t body = match_of(source, params);
    while (body < count && !php_is_op(&list[body], '{') && !php_is_op(&list[body], ';')) {
        body++;
    }
    if (body >= count || php_is_op(&list[body], ';')) {
        return body;
    }
    struct php_function *function =
        run->name_count < PHP_NAMES_MAX ? ARENA_NEW(run->arena, struct php_function, 1, NULL) : NULL;
    uint32_t end = match_of(source, body);
    if (function == NULL) {
        return end;
    }
    run->name_count++;
    *function = (struct php_function){
        .name = name_at(source, token), .class = class, .source = source, .params = params, .body = body, .end = end};
    struct php_function **list_of = class != NULL ? &class->methods : &run->functions;
    function->next = *list_of;
    *list_of = function;
    return end;
}

static void add_member(struct php_run *run, struct php_class *class, struct str name, uint32_t value, bool is_const)
{
    struct php_member *member =
        run->name_count < PHP_NAMES_MAX ? ARENA_NEW(run->arena, struct php_member, 1, NULL) : NULL;
    if (member == NULL) {
        return;
    }
    run->name_count++;
    *member = (struct php_member){.next = class->members, .name = name, .at = value, .is_const = is_const};
    class->members = member;
}

/* Behind the ";" that ends a member. */
static uint32_t member_end(const struct php_source *source, uint32_t token, uint32_t end)
{
    const struct php_token *list = source->tokens.list;
    while (token < end && !php_is_op(&list[token], ';')) {
        bool is_open = php_is_op(&list[token], '(') || php_is_op(&list[token], '[') || php_is_op(&list[token], '{');
        uint32_t match = list[token].match;
        token = is_open && match > token ? match + 1 : token + 1;
    }
    return token;
}

static void declare_body(struct php_run *run, struct php_source *source, struct php_class *class, uint32_t from,
                         uint32_t end)
{
    const struct php_token *list = source->tokens.list;
    for (uint32_t i = from; i < end; i++) {
        enum php_keyword keyword = php_keyword(&list[i]);
        bool is_named = i + 2 < end && php_is_op(&list[i + 1], '=');
        if (keyword == KW_FUNCTION) {
            i = declare_function(run, source, i + 1, class);
        } else if (keyword == KW_CONST) {
            uint32_t name = i + 1;
            while (name + 1 < end && !php_is_op(&list[name + 1], '=') && !php_is_op(&list[name + 1], ';')) {
                name++; /* a typed constant */
            }
            if (name + 2 < end) {
                add_member(run, class, name_at(source, name), name + 2, true);
            }
            i = member_end(source, i, end);
        } else if (list[i].kind == PT_VAR) {
            add_member(run, class, name_at(source, i), is_named ? i + 2 : 0, false);
            i = member_end(source, i, end);
        } else if (php_is_op(&list[i], '(') || php_is_op(&list[i], '{') || php_is_op(&list[i], '[')) {
            i = match_of(source, i);
        }
    }
}

/* class NAME extends PARENT {..}; `token` is at "class". */
static uint32_t declare_class(struct php_run *run, struct php_source *source, uint32_t token)
{
    const struct php_token *list = source->tokens.list;
    uint32_t count = source->tokens.count, body = token + 1;
    if (token + 1 >= count || list[token + 1].kind != PT_NAME) {
        return token;
    }
    struct str parent = STR("");
    while (body < count && !php_is_op(&list[body], '{') && !php_is_op(&list[body], ';')) {
        if (php_keyword(&list[body]) == KW_EXTENDS && body + 1 < count) {
            parent = name_at(source, body + 1);
        }
        body++;
    }
    if (body >= count || !php_is_op(&list[body], '{') || run->name_count >= PHP_NAMES_MAX) {
        return body < count ? body : token;
    }
    struct php_class *class = ARENA_NEW(run->arena, struct php_class, 1, NULL);
    uint32_t end = match_of(source, body);
    if (class == NULL) {
        return end;
    }
    run->name_count++;
    *class = (struct php_class){
        .next = run->classes, .name = name_at(source, token + 1), .parent = parent, .source = source};
    run->classes = class;
    declare_body(run, source, class, body + 1, end);
    return end;
}

/* Functions and classes are there before the first statement runs, as in PHP; those in conditions too. */
void php_declare(struct php_run *run, struct php_source *source)
{
    const struct php_token *list = source->tokens.list;
    for (uint32_t i = 0; i < source->tokens.count; i++) {
        enum php_keyword keyword = php_keyword(&list[i]);
        bool is_member = i > 0 && (php_is_op(&list[i - 1], PO_COLONS) || php_is_op(&list[i - 1], PO_ARROW));
        if (keyword == KW_CLASS && !is_member) {
            i = declare_class(run, source, i);
        } else if (keyword == KW_FUNCTION && i + 1 < source->tokens.count) {
            i = declare_function(run, source, i + 1, NULL);
        }
    }
}

struct php_function *php_function_of(struct php_run *run, struct str name)
{
    for (struct php_function *function = run->functions; function != NULL; function = function->next) {
        if (str_eq_nocase(function->name, name)) {
            return function;
        }
        run->steps -= run->steps != 0; /* a long search is paid for */
    }
    return NULL;
}

struct php_class *php_class_of(struct php_run *run, struct str name)
{
    for (struct php_class *class = run->classes; class != NULL && name.len != 0; class = class->next) {
        if (str_eq_nocase(class->name, name)) {
            return class;
        }
        run->steps -= run->steps != 0;
    }
    return NULL;
}

struct php_function *php_method_of(struct php_run *run, struct php_class *class, struct str name)
{
    for (unsigned level = 0; class != NULL && level < 8; level++) {
        for (struct php_function *method = class->methods; method != NULL; method = method->next) {
            if (str_eq_nocase(method->name, name)) {
                return method;
            }
            run->steps -= run->steps != 0;
        }
        class = php_class_of(run, class->parent);
    }
    return NULL;
}

static struct val member_value(struct php_run *run, struct php_class *class, struct php_member *member)
{
    struct php_scope scope = {.class = class};
    struct php_at at = {
        .run = run, .source = class->source, .scope = &scope, .at = member->at, .end = class->source->tokens.count};
    if (member->at != 0 && run->depth + 4 < PHP_DEPTH_MAX) {
        return php_expr(&at);
    }
    if (member->at != 0) {
        find_cut_short(run->find);
    }
    return (struct val){.path = class->source->path};
}

bool php_class_member(struct php_run *run, struct php_class *class, struct str name, struct val *ret_value)
{
    for (unsigned level = 0; class != NULL && level < 8; level++) {
        for (struct php_member *member = class->members; member != NULL; member = member->next) {
            if (!str_eq(member->name, name)) {
                continue;
            }
            if (!member->is_known) {
                member->is_known = true;
                member->value = member_value(run, class, member);
            }
            *ret_value = member->value;
            return true;
        }
        class = php_class_of(run, class->parent);
    }
    return false;
}

/* ---- calls ---- */

/* One parameter: [modifiers] [type] [&] $name [= default]. `at` is at its first token; left behind its comma. */
static void bind(struct php_at *at, struct php_scope *scope, const struct val *args, const struct str *names,
                 unsigned count, unsigned position)
{
    bool is_member = false;
    while (at->at < at->end && php_here(at)->kind != PT_VAR) {
        is_member = is_member || php_keyword(php_here(at)) == KW_MODIFIER;
        advance(at);
    }
    if (at->at >= at->end) {
        return;
    }
    struct str name = text_of(at, php_here(at));
    struct val value = {0};
    bool is_given = false;
    advance(at);
    if (php_is_op(php_here(at), '=')) {
        advance(at);
        value = php_expr(at);
    }
    for (unsigned i = 0; i < count; i++) {
        if (names[i].len != 0 ? str_eq(names[i], name) : i == position) {
            value = args[i];
            is_given = true;
        }
    }
    if (is_given && (value.kind == VAL_TEXT || value.kind == VAL_ENV)) {
        php_says(at->run, &value, "argument", "$%.*s of %.*s()", STR_FMT(name), STR_FMT(scope->function->name));
    }
    struct val *slot = php_slot(at->run, &scope->vars, name, true);
    if (slot != NULL) {
        *slot = value;
    }
    struct val *member = is_member && scope->self != NULL ? php_slot(at->run, &scope->self->members, name, true) : NULL;
    if (member != NULL) {
        *member = value;
    }
    while (at->at < at->end && !php_is_op(php_here(at), ',')) {
        advance(at);
    }
    advance(at);
}

struct val php_call(struct php_run *run, struct php_function *function, struct val_object *self, const struct val *args,
                    const struct str *names, unsigned count)
{
    struct val nothing = {0};
    if (function->is_running || run->steps == 0) {
        return nothing;
    }
    if (run->depth + 6 >= PHP_DEPTH_MAX) {
        find_cut_short(run->find);
        return nothing;
    }
    struct php_scope *scope = ARENA_NEW(run->arena, struct php_scope, 1, NULL);
    if (scope == NULL) {
        return nothing;
    }
    scope->self = self;
    scope->function = function;
    scope->class = self != NULL && self->class != NULL ? self->class : function->class;
    struct php_at at = {.run = run,
                        .source = function->source,
                        .scope = scope,
                        .at = function->params + 1,
                        .end = match_of(function->source, function->params)};
    function->is_running = true;
    function->was_run = true;
    run->depth += 3;
    for (unsigned position = 0; at.at < at.end && position < PHP_ARGS_MAX; position++) {
        bind(&at, scope, args, names, count, position);
    }
    at.at = function->body + 1;
    at.end = function->end;
    php_run_statements(&at);
    run->depth -= 3;
    function->is_running = false;
    for (uint32_t i = 0; i < scope->vars.count; i++) { /* a mailer that was set up here */
        if (scope->vars.slots[i].value.kind == VAL_OBJECT && scope->vars.slots[i].value.object->class == NULL) {
            php_append(run, &run->loose, &scope->vars.slots[i].value);
        }
    }
    return at.has_returned ? at.result : nothing;
}

struct val php_run_new(struct php_run *run, struct php_class *class, const struct val *args, const struct str *names,
                       unsigned count)
{
    struct val_object *object = ARENA_NEW(run->arena, struct val_object, 1, NULL);
    struct php_class *above = class;
    if (object == NULL) {
        return (struct val){0};
    }
    *object = (struct val_object){.name = class->name, .class = class};
    for (unsigned level = 0; above != NULL && level < 8; level++, above = php_class_of(run, above->parent)) {
        for (struct php_member *member = above->members; member != NULL; member = member->next) {
            bool is_set = member->is_const || php_slot(run, &object->members, member->name, false) != NULL;
            struct val *slot = is_set ? NULL : php_slot(run, &object->members, member->name, true);
            if (slot != NULL) {
                (void)php_class_member(run, above, member->name, slot);
            }
        }
    }
    class->was_made = true;
    struct php_function *constructor = php_method_of(run, class, STR("__construct"));
    constructor = constructor == NULL ? php_method_of(run, class, class->name) : constructor;
    if (constructor != NULL) {
        (void)php_call(run, constructor, object, args, names, count);
    } else if (class->parent.len != 0 && php_class_of(run, class->parent) == NULL) {
        struct php_scope scope = {.class = class};
        struct php_at at = {.run = run, .source = class->source, .scope = &scope};
        struct val unused;
        (void)php_builtin_class(&at, class->parent, args, count, 0, &unused);
    }
    return (struct val){.kind = VAL_OBJECT, .object = object};
}

static bool connects(const struct php_source *source)
{
    return (source->words & FIND_WORD_CONNECT) != 0;
}

void php_run_rest(struct php_run *run)
{
    for (struct php_function *function = run->functions; function != NULL; function = function->next) {
        if (!function->was_run && connects(function->source)) {
            (void)php_call(run, function, NULL, NULL, NULL, 0);
        }
    }
    for (struct php_class *class = run->classes; class != NULL; class = class->next) {
        if (class->was_made || (!connects(class->source) && class->members == NULL)) {
            continue;
        }
        struct val made = php_run_new(run, class, NULL, NULL, 0);
        if (made.kind == VAL_OBJECT) {
            php_append(run, &run->loose, &made);
        }
        for (struct php_function *method = class->methods; method != NULL; method = method->next) {
            if (!method->was_run && connects(class->source) && made.kind == VAL_OBJECT) {
                (void)php_call(run, method, made.object, NULL, NULL, 0);
            }
        }
    }
}

/* ---- statements ---- */

static void statement(struct php_at *at);

/* The statement or block at hand, run or passed over. */
static void branch(struct php_at *at, bool is_taken)
{
    if (php_is_op(php_here(at), '{')) {
        uint32_t end = partner(at);
        if (is_taken) {
            struct php_at inside = *at;
            inside.at++;
            inside.end = end;
            php_run_statements(&inside);
            at->has_returned = inside.has_returned;
            at->result = inside.result;
        }
        at->at = end;
        advance(at);
        return;
    }
    while (!is_taken && php_keyword(php_here(at)) == KW_IF) { /* if (a) if (b) ... */
        advance(at);
        skip_brackets(at);
    }
    if (is_taken && at->run->depth < PHP_DEPTH_MAX) {
        at->run->depth++;
        statement(at);
        at->run->depth--;
        return;
    }
    if (is_taken) {
        find_cut_short(at->run->find);
    }
    php_skip_statement(at);
}

/* How many ways the if at hand has: its branches, and none of them if there is no else. */
static unsigned ways_of(const struct php_at *from)
{
    struct php_at at = *from;
    unsigned ways = 1;
    for (unsigned n = 0; n < 32; n++) {
        skip_brackets(&at); /* the condition */
        if (php_is_op(php_here(&at), '{')) {
            skip_brackets(&at);
        } else {
            php_skip_statement(&at);
        }
        enum php_keyword keyword = php_keyword(php_here(&at));
        if (keyword == KW_ELSEIF || (keyword == KW_ELSE && php_keyword(php_ahead(&at, 1)) == KW_IF)) {
            advance(&at);
            at.at += keyword == KW_ELSE;
            ways++;
            continue;
        }
        return ways + 1;
    }
    return ways;
}

static struct val condition(struct php_at *at)
{
    struct val value = {0};
    if (!php_is_op(php_here(at), '(')) {
        return value;
    }
    uint32_t end = partner(at);
    struct php_at inside = *at;
    inside.at++;
    inside.end = end;
    value = php_expr(&inside);
    at->at = end;
    advance(at);
    return value;
}

/* if (a) .. elseif (b) .. else ..; `at` is behind "if". if (a): has colons, and all of its branches run. */
static void if_statement(struct php_at *at)
{
    unsigned ways = ways_of(at), chosen = ways; /* not asked yet */
    bool is_done = false;
    unsigned position = 0;
    for (;; position++) {
        struct val value = condition(at);
        int truth = php_truth(&value);
        if (php_is_op(php_here(at), ':')) {
            advance(at);
            return;
        }
        if (truth < 0 && !is_done) {
            chosen = chosen == ways ? php_choose(at->run, ways) : chosen;
        }
        bool is_taken = !is_done && (truth == 1 || (truth < 0 && chosen == position));
        at->branches += truth < 0;
        branch(at, is_taken);
        at->branches -= truth < 0;
        is_done = is_done || is_taken;
        enum php_keyword keyword = php_keyword(php_here(at));
        if (at->has_returned && is_taken) {
            return;
        }
        if (keyword == KW_ELSEIF) {
            advance(at);
        } else if (keyword == KW_ELSE && php_keyword(php_ahead(at, 1)) == KW_IF) {
            advance(at);
            advance(at);
        } else {
            if (keyword == KW_ELSE) {
                advance(at);
                if (php_is_op(php_here(at), ':')) {
                    advance(at);
                    return;
                }
                branch(at, !is_done);
            }
            return;
        }
        if (at->run->steps == 0) {
            return;
        }
    }
}

/* switch (x) { case a: .. break; ... }: the case that fits, or the one this world takes. */
static void switch_statement(struct php_at *at)
{
    struct val value = condition(at);
    if (!php_is_op(php_here(at), '{')) {
        return;
    }
    uint32_t end = partner(at), starts[16], labels[17];
    unsigned count = 0, chosen = 16;
    struct php_at inside = *at;
    inside.end = end;
    inside.at++;
    while (inside.at < end) {
        enum php_keyword keyword = php_keyword(php_here(&inside));
        if (keyword == KW_CASE || keyword == KW_DEFAULT) {
            labels[count] = inside.at;
            advance(&inside);
            struct val label = keyword == KW_CASE ? php_expr(&inside) : (struct val){0};
            advance(&inside);
            bool is_same = val_is_text(&label) && val_is_text(&value) && str_eq(label.text, value.text);
            bool is_default = keyword == KW_DEFAULT && val_is_text(&value) && chosen == 16;
            chosen = is_same || is_default ? count : chosen;
            starts[count] = inside.at;
            count += count < 15; /* more cases than that overwrite the last */
            continue;
        }
        php_skip_statement(&inside);
        if (php_is_op(php_here(&inside), '}')) {
            advance(&inside);
        }
    }
    if (count != 0) {
        labels[count] = end;
        chosen = chosen < count ? chosen : php_choose(at->run, count);
        while (chosen + 1 < count && starts[chosen] == labels[chosen + 1]) {
            chosen++; /* case 'a': case 'b': .. */
        }
        inside.at = starts[chosen];
        inside.end = labels[chosen + 1];
        php_run_statements(&inside);
        at->has_returned = inside.has_returned;
        at->result = inside.result;
    }
    at->at = end;
    advance(at);
}

/* foreach ($list as $key => $value) body: the body for the first few elements. */
static void foreach_statement(struct php_at *at)
{
    uint32_t end = php_is_op(php_here(at), '(') ? partner(at) : at->at;
    struct php_at head = *at;
    head.at++;
    head.end = end;
    struct val list = php_expr(&head);
    struct str names[2] = {{NULL, 0}, {NULL, 0}};
    unsigned name_count = 0;
    for (; head.at < end; advance(&head)) {
        if (php_here(&head)->kind == PT_VAR && name_count < 2) {
            names[name_count++] = text_of(&head, php_here(&head));
        }
    }
    at->at = end;
    advance(at);
    uint32_t body = at->at;
    uint32_t rounds = list.kind == VAL_ARRAY ? list.array->count : 1;
    rounds = rounds > 8 ? 8 : rounds < 1 ? 1 : rounds;
    struct val_array *vars = at->scope->is_global ? &at->run->globals : &at->scope->vars;
    for (uint32_t i = 0; i < rounds && at->run->steps != 0 && !at->has_returned; i++) {
        const struct val_slot *element = list.kind == VAL_ARRAY && i < list.array->count ? &list.array->slots[i] : NULL;
        struct val *value = name_count != 0 ? php_slot(at->run, vars, names[name_count - 1], true) : NULL;
        if (value != NULL) {
            *value = element != NULL ? element->value
                                     : (struct val){.kind = list.kind == VAL_INPUT ? VAL_INPUT : VAL_UNKNOWN};
        }
        struct val *key = name_count == 2 ? php_slot(at->run, vars, names[0], true) : NULL;
        if (key != NULL) {
            *key = element != NULL ? val_text(at->source->path, 0, element->key) : (struct val){0};
        }
        at->at = body;
        if (php_is_op(php_here(at), ':')) {
            advance(at);
            return;
        }
        branch(at, true);
    }
}

static void global_statement(struct php_at *at)
{
    struct val yes = {.kind = VAL_NULL};
    while (at->at < at->end && !php_is_op(php_here(at), ';')) {
        if (php_here(at)->kind == PT_VAR) {
            struct val *slot = php_slot(at->run, &at->scope->global_names, text_of(at, php_here(at)), true);
            if (slot != NULL) {
                *slot = yes;
            }
        }
        advance(at);
    }
}

/* const A = 1, B = 2; */
static void const_statement(struct php_at *at)
{
    while (at->at < at->end && php_here(at)->kind == PT_NAME && php_is_op(php_ahead(at, 1), '=')) {
        struct str name = text_of(at, php_here(at));
        advance(at);
        advance(at);
        struct val value = php_expr(at);
        struct val *slot = php_slot(at->run, &at->run->constants, name, true);
        if (slot != NULL) {
            *slot = value;
        }
        if (!php_is_op(php_here(at), ',')) {
            break;
        }
        advance(at);
    }
}

static void return_statement(struct php_at *at)
{
    bool is_empty = php_is_op(php_here(at), ';');
    struct val value = is_empty ? (struct val){0} : php_expr(at);
    bool is_guard = at->scope->is_global && is_empty && at->branches != 0; /* if (already here) return; */
    if (is_guard || (at->has_returned && value.kind == VAL_UNKNOWN)) {
        return;
    }
    at->result = value;
    at->has_returned = true;
}

/* try {..} catch (..) {..} finally {..}: what goes well. */
static void try_statement(struct php_at *at)
{
    branch(at, true);
    while (php_keyword(php_here(at)) == KW_CATCH) {
        advance(at);
        skip_brackets(at);
        branch(at, false);
    }
    const struct php_token *token = php_here(at);
    if (token->kind == PT_NAME && str_eq_nocase(text_of(at, token), STR("finally"))) {
        advance(at);
        branch(at, true);
    }
}

/* for (..;..;..) body, while (..) body: once. */
static void loop_statement(struct php_at *at)
{
    if (php_is_op(php_here(at), '(')) {
        uint32_t end = partner(at);
        struct php_at head = *at;
        head.at++;
        head.end = end;
        while (head.at < end && at->run->steps != 0) {
            uint32_t before = head.at;
            (void)php_expr(&head);
            if (head.at == before || php_is_op(php_here(&head), ';') || php_is_op(php_here(&head), ',')) {
                advance(&head);
            }
        }
        at->at = end;
        advance(at);
    }
    if (php_is_op(php_here(at), ':')) {
        advance(at);
        return;
    }
    branch(at, true);
}

/* A declaration was seen before: passed over. */
static void skip_declaration(struct php_at *at)
{
    while (at->at < at->end && !php_is_op(php_here(at), '{') && !php_is_op(php_here(at), ';')) {
        at->at = php_is_op(php_here(at), '(') ? partner(at) : at->at;
        advance(at);
    }
    if (php_is_op(php_here(at), '{')) {
        at->at = partner(at);
    }
    advance(at);
}

static void expression_statement(struct php_at *at)
{
    (void)php_expr(at);
    while (php_is_op(php_here(at), ',') && at->run->steps != 0) { /* echo a, b */
        advance(at);
        (void)php_expr(at);
    }
    php_skip_statement(at);
}

static bool is_declaration(const struct php_at *at, enum php_keyword keyword)
{
    const struct php_token *next = php_ahead(at, 1);
    bool is_named = next->kind == PT_NAME || (php_is_op(next, '&') && php_ahead(at, 2)->kind == PT_NAME);
    return (keyword == KW_FUNCTION && is_named) || (keyword == KW_CLASS && next->kind == PT_NAME) ||
           (keyword == KW_MODIFIER && next->kind == PT_NAME);
}

static void keyword_statement(struct php_at *at, enum php_keyword keyword)
{
    advance(at);
    switch ((int)keyword) {
    case KW_IF:
        if_statement(at);
        break;
    case KW_SWITCH:
        switch_statement(at);
        break;
    case KW_FOREACH:
        foreach_statement(at);
        break;
    case KW_FOR:
    case KW_WHILE:
        loop_statement(at);
        break;
    case KW_DO:
        branch(at, true);
        break;
    case KW_TRY:
        try_statement(at);
        break;
    case KW_GLOBAL:
        global_statement(at);
        break;
    case KW_CONST:
        const_statement(at);
        break;
    case KW_RETURN:
        return_statement(at);
        break;
    case KW_ELSE:
    case KW_ELSEIF: /* of an if with colons */
        if (php_is_op(php_here(at), '(')) {
            skip_brackets(at);
        }
        if (php_is_op(php_here(at), ':')) {
            advance(at);
        }
        break;
    case KW_ECHO:
        expression_statement(at);
        break;
    default: /* use, namespace, declare, break, case ... */
        php_skip_statement(at);
        break;
    }
}

static void statement(struct php_at *at)
{
    enum php_keyword keyword = php_keyword(php_here(at));
    const struct php_token *token = php_here(at);
    if (token->kind == PT_HTML || token->kind == PT_ECHO || php_is_op(token, ';')) {
        advance(at);
        return;
    }
    if (php_is_op(token, '{')) {
        branch(at, true);
        return;
    }
    if (is_declaration(at, keyword)) {
        skip_declaration(at);
        return;
    }
    switch ((int)keyword) {
    case KW_STATIC:
        if (php_ahead(at, 1)->kind == PT_VAR) {
            advance(at);
        }
        expression_statement(at);
        return;
    case KW_IF:
    case KW_SWITCH:
    case KW_FOREACH:
    case KW_FOR:
    case KW_WHILE:
    case KW_DO:
    case KW_TRY:
    case KW_GLOBAL:
    case KW_CONST:
    case KW_RETURN:
    case KW_ELSE:
    case KW_ELSEIF:
    case KW_ECHO:
    case KW_USE:
    case KW_NAMESPACE:
    case KW_DECLARE:
    case KW_BREAK:
    case KW_CONTINUE:
    case KW_CASE:
    case KW_DEFAULT:
    case KW_END:
    case KW_GOTO:
        keyword_statement(at, keyword);
        return;
    default:
        expression_statement(at);
        return;
    }
}

void php_run_statements(struct php_at *at)
{
    struct php_run *run = at->run;
    if (run->depth >= PHP_DEPTH_MAX) { /* a block: its caller goes on behind it */
        find_cut_short(run->find);
        at->at = at->end;
        return;
    }
    run->depth++;
    while (at->at < at->end && run->steps != 0 && !at->has_returned && !run->has_failed) {
        uint32_t before = at->at;
        statement(at);
        if (at->at == before) {
            advance(at);
        }
    }
    run->depth--;
}
