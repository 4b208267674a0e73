/* One file of PHP from bytes to facts: what is worth evaluating, the passes, and what only the whole file decides. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

enum { STEPS_PER_TOKEN = 40, STEPS_MIN = 400000 };

static bool holds_one(struct str source, const char *const *marks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(source, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Texts that mean something beside what is written, read or shown; their words alone don't open a file. */
static bool has_marks(const struct php_tokens *tokens)
{
    static const char *const dropped[] = {"#!/", "/bin/sh", "/bin/bash", "cmd.exe", ".htaccess"};
    static const char *const detours[] = {"compress."};
    static const char *const engines[] = {"googlebot", "google|bing"};
    unsigned gate = tokens->gate;
    struct str source = tokens->source;
    bool is_part = (gate & (GATE_ANY_INCLUDE | GATE_PART)) != 0;
    return ((gate & GATE_WRITE) != 0 && holds_one(source, dropped, sizeof dropped / sizeof *dropped)) ||
           ((gate & GATE_NET) != 0 && (gate & GATE_INPUT) != 0 && !is_part &&
            holds_one(source, detours, sizeof detours / sizeof *detours)) ||
           ((gate & GATE_NET) != 0 && !is_part && holds_one(source, engines, sizeof engines / sizeof *engines));
}

/* Could anything in a file that holds these be a fact? */
static bool is_worth_evaluating(const struct php_tokens *tokens)
{
    unsigned gate = tokens->gate;
    bool is_heavy = (gate & GATE_BLOB) != 0 && (gate & (GATE_CALLBACK | GATE_WRITE | GATE_INPUT)) != 0;
    if ((gate & (GATE_SINK | GATE_DYNAMIC | GATE_INCLUDE)) != 0 || is_heavy) {
        return true;
    }
    if ((gate & GATE_INPUT) != 0 && (gate & (GATE_CALLBACK | GATE_WRITE | GATE_FILE | GATE_MAIL | GATE_CONNECT)) != 0) {
        return true;
    }
    if ((gate & (GATE_WRITE | GATE_MAIL)) != 0 && (gate & (GATE_INPUT | GATE_ANY_INCLUDE)) == 0 &&
        str_find_nocase(tokens->source, STR("<form"), 0) != SIZE_MAX) { /* fields may be variables */
        return true;
    }
    if ((gate & GATE_CONNECT) != 0 && (gate & (GATE_ANY_INCLUDE | GATE_PART)) == 0) {
        return true;
    }
    if ((gate & (GATE_WRITE | GATE_CALLBACK)) != 0 && (gate & (GATE_DECODER | GATE_NET | GATE_TAG)) != 0) {
        return true;
    }
    return has_marks(tokens);
}

static void evaluate(struct php_run *run, struct php_tokens *tokens)
{
    struct php_scope scope = {.run = run, .tokens = tokens, .end = tokens->count, .variables = &run->globals};
    run->globals = (struct php_map){.table = NULL};
    struct php_slot *session = php_map_at(run->heap, &run->globals, STR("_SESSION"));
    if (session != NULL && (php_taint_of(&run->session) & TA_IN) != 0) {
        session->value = run->session;
        session->is_set = true;
    }
    run->goto_round = 1;
    php_statements(&scope, scope.end);
    run->goto_round = 0;
    if (run->has_goto) { /* what was skipped */
        scope.at = 0;
        php_statements(&scope, scope.end);
    }
    for (uint32_t i = 0; i < run->function_count && run->heap->steps != 0; i++) {
        run->is_unasked = !run->functions[i].is_asked;
        run->functions[i].is_known = false;
        run->functions[i].calls = 0;
        if (run->functions[i].tokens == tokens || run->is_reporting) {
            (void)php_call_function(&scope, i + 1, NULL);
        }
    }
    if (session != NULL) {
        run->session = session->value;
    }
}

/* Budgets and functions of one pass. */
static void prepare(struct php_run *run, struct php_tokens *tokens)
{
    run->all_steps = STEPS_MIN + (uint64_t)STEPS_PER_TOKEN * tokens->count;
    run->heap->steps = run->all_steps;
    run->loop_steps = LOOP_STEPS_MAX;
    run->layers = 0;
    run->layer_bytes = 0;
    run->has_imports = run->has_output = run->is_unasked = false;
    run->has_visitors_database = false;
    run->listen_line = 0;
    run->written_count = run->fields_asked = 0;
    run->fields = (struct php_map){.table = NULL};
    run->has_includes = (tokens->gate & GATE_ANY_INCLUDE) != 0;
    run->function_count = 0;
    run->names = run->labels = (struct php_map){.table = NULL};
    run->has_goto = false;
    php_collect_functions(run, tokens);
}

static void keep_facts(const struct php_tokens *tokens, struct php_facts *facts)
{
    facts->gate = tokens->gate;
    facts->tokens = tokens->count;
    facts->calls = tokens->calls;
    facts->variables = tokens->variables;
    facts->foreign = tokens->foreign;
    facts->has_long_tag = tokens->foreign != 0 && str_find_nocase(tokens->source, STR("<?php"), 0) != SIZE_MAX;
    facts->halt_at = tokens->halt_at;
    facts->is_cut = tokens->is_cut;
}

/* Is the place in the body of a function that nothing in the file calls? */
static bool is_in_library(const struct php_run *run, const struct php_tokens *tokens, size_t offset)
{
    for (uint32_t i = 0; i < run->function_count; i++) {
        const struct php_function *function = &run->functions[i];
        if (function->tokens == tokens && !function->is_asked && tokens->list[function->body].at < offset &&
            function->body_end <= tokens->count && offset < tokens->list[function->body_end].at) {
            return true;
        }
    }
    return false;
}

/* Every table's definition and rows are asked for, with an account that stands in the file. */
static void note_dump(const struct php_run *run, struct php_tokens *tokens, struct php_facts *facts)
{
    struct str source = tokens->source;
    size_t at = (tokens->gate & GATE_CONNECT) != 0 ? str_find_nocase(source, STR("show create table"), 0) : SIZE_MAX;
    if (at == SIZE_MAX || str_find_nocase(source, STR("select * from"), 0) == SIZE_MAX ||
        facts->count == PHP_FACTS_MAX) {
        return;
    }
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += source.data[i] == '\n';
    }
    facts->list[facts->count++] = (struct php_fact){.kind = PF_DUMP,
                                                    .line = line,
                                                    .callee = STR("SHOW CREATE TABLE"),
                                                    .is_unasked = is_in_library(run, tokens, at)};
}

/* What only the whole file decides: a statement is a console's where the visitor names the database too. */
static void settle(const struct php_run *run, struct php_facts *facts)
{
    if (run->listen_line != 0 && run->has_dialled && facts->count < PHP_FACTS_MAX) {
        facts->list[facts->count++] =
            (struct php_fact){.kind = PF_RELAY, .line = run->listen_line, .callee = STR("socket_listen")};
    }
    for (unsigned i = 0; i < facts->count; i++) {
        if (facts->list[i].kind == PF_SQL && !run->has_visitors_database) {
            facts->list[i].kind = PF_HINT;
        }
    }
}

void php_analyse(struct php_analyst *analyst, struct str bytes, struct php_facts *ret_facts)
{
    struct php_tokens *tokens = &analyst->tokens;
    *ret_facts = (struct php_facts){.is_php = true};
    php_heap_clear(&analyst->heap);
    if (tokens->cap > PHP_TOKENS_KEPT) {
        php_tokens_free(tokens);
    }
    php_lex(tokens, analyst->words, bytes, false);
    keep_facts(tokens, ret_facts);
    if (!is_worth_evaluating(tokens) || tokens->list == NULL) {
        return;
    }
    struct php_run run = {.analyst = analyst, .heap = &analyst->heap, .facts = ret_facts};
    bool is_settled = false;
    prepare(&run, tokens);
    bool has_session = str_find(tokens->source, STR("_SESSION"), 0) != SIZE_MAX;
    if (run.function_count != 0 || has_session) { /* once to learn what flows into properties, globals and sessions */
        evaluate(&run, tokens);
        is_settled =
            run.tellings == 0 && !run.has_learned && !run.has_objects && (php_taint_of(&run.session) & TA_FLOW) == 0;
    }
    if (!is_settled) {
        prepare(&run, tokens);
        run.is_reporting = true;
        evaluate(&run, tokens);
    }
    settle(&run, ret_facts);
    note_dump(&run, tokens, ret_facts);
    if (run.has_connection && run.interpreter.data != NULL && ret_facts->count < PHP_FACTS_MAX) {
        ret_facts->list[ret_facts->count++] =
            (struct php_fact){.kind = PF_REVERSE, .line = run.interpreter_line, .callee = run.interpreter};
    }
    ret_facts->is_cut = ret_facts->is_cut || run.heap->is_spent;
    for (unsigned i = 0; i < PHP_LAYERS_MAX; i++) {
        if (analyst->layers[i].cap > PHP_TOKENS_KEPT / 8) {
            php_tokens_free(&analyst->layers[i]);
        }
    }
}

int php_analyst_init(struct php_analyst *analyst, struct err *err)
{
    *analyst = (struct php_analyst){.words = php_words_new(err)};
    php_heap_init(&analyst->heap);
    return analyst->words != NULL ? 0 : -1;
}

void php_analyst_clear(struct php_analyst *analyst)
{
    php_words_free(analyst->words);
    php_tokens_free(&analyst->tokens);
    for (unsigned i = 0; i < PHP_LAYERS_MAX; i++) {
        php_tokens_free(&analyst->layers[i]);
    }
    php_heap_clear(&analyst->heap);
    arena_clear(&analyst->heap.arena);
}
