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
    static const char *const dropped[] = {"#!/", "/bin/sh", "/bin/bash", "cmd.exe", ".htaccess", "hacked by"};
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
    bool is_heavy = (gate & GATE_BLOB) != 0 && (gate & (GATE_CALLBACK | GATE_WRITE | GATE_INPUT | GATE_DECODER)) != 0;
    bool is_hidden = (gate & (GATE_NAMED | GATE_ESCAPES)) != 0 && (gate & GATE_CALLBACK) != 0;
    if ((gate & (GATE_SINK | GATE_DYNAMIC | GATE_INCLUDE | GATE_CARRIED | GATE_MAIL)) != 0 || is_heavy || is_hidden) {
        return true;
    }
    if ((gate & GATE_INPUT) != 0 && (gate & GATE_NET) != 0 && (gate & (GATE_PART | GATE_ANY_INCLUDE)) == 0) {
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
        run->is_unasked = !run->functions[i].is_asked && !run->has_dispatch;
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
    bool is_whole = at != SIZE_MAX && str_find_nocase(source, STR("select * from"), 0) != SIZE_MAX;
    if (!is_whole && (tokens->gate & GATE_CONNECT) != 0) { /* all accounts, in portions */
        at = str_find_nocase(source, STR("select username,password"), 0);
        is_whole = at != SIZE_MAX && str_find_nocase(source, STR(" limit "), 0) != SIZE_MAX;
    }
    if (!is_whole || facts->count == PHP_FACTS_MAX) {
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

static void add_fact(struct php_facts *facts, struct php_fact fact)
{
    if (facts->count < PHP_FACTS_MAX) {
        facts->list[facts->count++] = fact;
    }
}

/* A search engine is asked for sites on one address or with one weakness. */
static void note_hunt(struct php_tokens *tokens, struct php_facts *facts)
{
    static const char *const engines[] = {"bing.com/search?q=", "google.com/search?",
                                          "ask.com/web?q=", "search.yahoo.com/search"};
    static const char *const hunted[] = {"\"ip:", "'ip:", "q=ip:", "ip%3A", "inurl:", "dork"};
    struct str source = tokens->source;
    static const char *const fetchers[] = {"curl_exec", "file_get_contents", "fsockopen"};
    if ((tokens->gate & GATE_NET) == 0 || (tokens->gate & GATE_INPUT) == 0 ||
        (tokens->gate & (GATE_PART | GATE_ANY_INCLUDE)) != 0 ||
        !holds_one(source, engines, sizeof engines / sizeof *engines) ||
        !holds_one(source, fetchers, sizeof fetchers / sizeof *fetchers) ||
        !holds_one(source, hunted, sizeof hunted / sizeof *hunted)) {
        return;
    }
    for (uint32_t i = 0; i < tokens->count; i++) {
        if (holds_one(php_text(tokens, &tokens->list[i]), engines, sizeof engines / sizeof *engines)) {
            add_fact(facts,
                     (struct php_fact){.kind = PF_HUNT, .line = php_line(tokens, i), .callee = STR("a search engine")});
            return;
        }
    }
}

/* What only the whole file decides: a statement is a console's where the visitor names the database too. */
static void settle(const struct php_run *run, struct php_facts *facts)
{
    if (run->listen_line != 0 && run->has_dialled && facts->count < PHP_FACTS_MAX) {
        facts->list[facts->count++] =
            (struct php_fact){.kind = PF_RELAY, .line = run->listen_line, .callee = STR("socket_listen")};
    }
    for (unsigned i = 0; i < facts->count; i++) {
        bool is_any_table =
            facts->list[i].detail == 1 && (facts->gate & (GATE_ANY_INCLUDE | GATE_PART)) == 0; /* of a dumper */
        if (facts->list[i].kind == PF_SQL && !run->has_visitors_database && !is_any_table) {
            facts->list[i].kind = PF_HINT;
        }
    }
}

/* "\x61\156\x75": a text of nothing but escapes, some in hex and some in octal, which nobody mixes by hand. */
static bool is_mixed(struct str text)
{
    enum { ESCAPES_MIN = 3 };
    unsigned hex = 0, octal = 0;
    for (size_t at = 0; at < text.len;) {
        bool is_escape = text.data[at] == '\\' && at + 3 < text.len + 1;
        bool is_hex = is_escape && at + 1 < text.len && text.data[at + 1] == 'x';
        at += is_hex ? 2 : 1;
        size_t from = at;
        while (at < text.len && at < from + 3 && str_hex_digit(text.data[at]) >= 0) {
            at++;
        }
        if (!is_escape || at < from + 2) {
            return false;
        }
        hex += is_hex;
        octal += !is_hex;
    }
    return hex != 0 && octal != 0 && hex + octal >= ESCAPES_MIN;
}

/* One function after another that starts commands, because some are closed: what applications start needs one. */
static void note_runners(struct php_tokens *tokens, struct php_facts *facts)
{
    static const char *const runners[] = {"system", "passthru", "shell_exec", "exec", "popen", "proc_open"};
    enum { RUNNERS = sizeof runners / sizeof *runners, RUNNERS_MIN = 4 };
    bool is_called[RUNNERS] = {false};
    /* proc_open counts beside questions about the machine: programs of the command line know that one, too */
    size_t known = (tokens->gate & GATE_HOST) != 0 ? RUNNERS : RUNNERS - 1;
    unsigned count = 0;
    for (uint32_t i = 0; (tokens->gate & GATE_SINK) != 0 && i + 1 < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i], *next = token + 1;
        const struct php_word *word = token->kind == PT_NAME ? php_word_at(token->word) : NULL;
        if (word == NULL || word->role != PHP_COMMAND || next->kind != PT_OP || next->op != '(') {
            continue;
        }
        for (size_t j = 0; j < known; j++) {
            if (!is_called[j] && str_eq_nocase(php_text(tokens, token), str_of(runners[j]))) {
                is_called[j] = true;
                if (++count == RUNNERS_MIN) {
                    add_fact(facts, (struct php_fact){
                                        .kind = PF_RUNNERS, .line = php_line(tokens, i), .callee = str_of(runners[j])});
                }
            }
        }
    }
}

/* Texts of the file that begin a script, decode and run: put together they are a packed script, and the file makes such. */
static void note_encoder(struct php_tokens *tokens, struct php_facts *facts)
{
    static const char *const decoders[] = {"base64_decode(", "gzinflate(", "gzuncompress(", "str_rot13("};
    bool decodes = false, runs = false;
    uint32_t begins = 0;
    if ((tokens->gate & GATE_TAG) == 0 || (tokens->gate & (GATE_PART | GATE_ANY_INCLUDE)) != 0 ||
        (tokens->gate & (GATE_WRITE | GATE_FILE)) == 0) {
        return;
    }
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        struct str text = php_text(tokens, token);
        if (token->kind != PT_SINGLE && token->kind != PT_DOUBLE && token->kind != PT_TEXT) {
            continue;
        }
        begins = begins == 0 && str_starts(text, STR("<?")) && !str_starts(text, STR("<?xml")) ? i : begins;
        decodes = decodes || holds_one(text, decoders, sizeof decoders / sizeof *decoders);
        runs = runs || str_find(text, STR("eval("), 0) != SIZE_MAX;
    }
    if (begins != 0 && decodes && runs) {
        add_fact(facts,
                 (struct php_fact){.kind = PF_ENCODER, .line = php_line(tokens, begins), .callee = STR("a text")});
    }
}

/* <?php include 'x.txt'; and nothing else. */
static void note_bare(struct php_tokens *tokens, struct php_facts *facts)
{
    enum { CODE_TOKENS = 4 };
    static const char *const endings[] = {".txt", ".log", ".bak", ".tmp", ".dat"};
    uint32_t at = 0, end = tokens->count;
    while (at < end && tokens->list[at].kind == PT_HTML) {
        at++;
    }
    while (end > at && tokens->list[end - 1].kind == PT_HTML) {
        end--;
    }
    if (end - at < 2 || end - at > CODE_TOKENS || tokens->list[at].kind != PT_NAME) {
        return;
    }
    const struct php_token *token = &tokens->list[at];
    const struct php_word *word = php_word_at(token->word);
    struct str text = php_text(tokens, token + 1);
    bool is_include = word != NULL && word->role == PHP_KEYWORD && word->detail == KW_INCLUDE &&
                      (token[1].kind == PT_SINGLE || token[1].kind == PT_DOUBLE);
    for (size_t i = 0; is_include && i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(text, str_of(endings[i]))) {
            add_fact(facts,
                     (struct php_fact){
                         .kind = PF_BARE, .line = php_line(tokens, at), .callee = STR("include"), .decoded = text});
        }
    }
}

/* CREATE FUNCTION ... SONAME 'lib.dll' */
static void note_library(struct php_tokens *tokens, struct php_facts *facts)
{
    if ((tokens->gate & GATE_DATABASE) == 0 || (tokens->gate & (GATE_PART | GATE_ANY_INCLUDE)) != 0) {
        return;
    }
    size_t at = str_find_nocase(tokens->source, STR(" soname "), 0);
    if (at == SIZE_MAX || str_find_nocase(tokens->source, STR("create function"), 0) == SIZE_MAX) {
        return;
    }
    uint32_t i = 0;
    while (i + 1 < tokens->count && tokens->list[i + 1].at <= at) {
        i++;
    }
    add_fact(facts, (struct php_fact){.kind = PF_UDF, .line = php_line(tokens, i), .callee = STR("CREATE FUNCTION")});
}

/* What the texts and the names of the file say by how they are written. */
static void note_writing(struct php_tokens *tokens, struct php_facts *facts)
{
    enum { MIXED_MIN = 3 };
    unsigned mixed = 0;
    if (tokens->is_letterless) {
        add_fact(facts, (struct php_fact){.kind = PF_LETTERLESS, .line = php_line(tokens, 1), .callee = STR("$_")});
    }
    for (uint32_t i = 0; (tokens->gate & GATE_ESCAPES) != 0 && i < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i];
        struct str text = php_text(tokens, token);
        bool is_text = token->kind == PT_DOUBLE || token->kind == PT_TEXT;
        if (is_text && text.len >= 8 && text.data[0] == '\\' && is_mixed(text) && ++mixed == MIXED_MIN) {
            add_fact(facts, (struct php_fact){.kind = PF_ESCAPED, .line = php_line(tokens, i), .callee = text});
        }
    }
}

/* What stands around the facts, which are few: asked once there are any. */
static void note_surroundings(struct php_tokens *tokens, struct php_facts *facts)
{
    static const char *const checks[] = {"hash_file", "sha1_file", "md5_file", "openssl_verify",
                                         "sodium_crypto_sign_verify_detached"};
    bool is_program = str_starts(tokens->source, STR("#!"));
    for (uint32_t i = 0; facts->count != 0 && i + 1 < tokens->count; i++) {
        const struct php_token *token = &tokens->list[i], *next = token + 1;
        if (token->kind == PT_VAR) {
            facts->is_command_line =
                facts->is_command_line || (is_program && str_eq(php_text(tokens, token), STR("argv")));
            continue;
        }
        const struct php_word *word = token->kind == PT_NAME ? php_word_at(token->word) : NULL;
        if (word != NULL && word->role == PHP_KEYWORD && word->detail == KW_EXTENDS && next->kind == PT_NAME &&
            str_find_nocase(php_text(tokens, next), STR("admin"), 0) != SIZE_MAX) {
            facts->is_of_admin = true;
        }
        bool is_call = token->kind == PT_NAME && next->kind == PT_OP && next->op == '(';
        for (size_t j = 0; is_call && j < sizeof checks / sizeof *checks; j++) {
            facts->checks_files = facts->checks_files || str_eq_nocase(php_text(tokens, token), str_of(checks[j]));
        }
    }
}

/* The file in two passes: functions, objects and sessions may know in the second what flowed into them in the first. */
static void run_passes(struct php_run *run, struct php_tokens *tokens)
{
    bool is_settled = false, has_session = str_find(tokens->source, STR("_SESSION"), 0) != SIZE_MAX;
    prepare(run, tokens);
    if (run->function_count != 0 || has_session) { /* once to learn what flows into properties, globals and sessions */
        evaluate(run, tokens);
        is_settled = run->tellings == 0 && !run->has_learned && !run->has_objects &&
                     (php_taint_of(&run->session) & TA_FLOW) == 0;
    }
    run->is_reporting = true;
    if (!is_settled) {
        prepare(run, tokens);
        evaluate(run, tokens);
    }
    settle(run, run->facts);
    note_dump(run, tokens, run->facts);
    if (run->has_connection && run->interpreter.data != NULL) {
        add_fact(run->facts,
                 (struct php_fact){.kind = PF_REVERSE, .line = run->interpreter_line, .callee = run->interpreter});
    }
}

static void look_for_carried(struct php_run *run, struct php_tokens *tokens, bool is_prepared)
{
    struct php_scope scope = {.run = run, .tokens = tokens, .end = tokens->count, .variables = &run->globals};
    if (!is_prepared) {
        prepare(run, tokens);
    }
    run->is_reporting = true;
    php_carry(&scope);
}

void php_analyse(struct php_analyst *analyst, struct str bytes, struct php_facts *ret_facts)
{
    struct php_tokens *tokens = &analyst->tokens;
    *ret_facts = (struct php_facts){.is_php = true};
    php_heap_clear(&analyst->heap);
    php_lex(tokens, analyst->words, bytes, false);
    keep_facts(tokens, ret_facts);
    if (tokens->list == NULL) {
        return;
    }
    note_writing(tokens, ret_facts);
    note_hunt(tokens, ret_facts);
    note_runners(tokens, ret_facts);
    note_encoder(tokens, ret_facts);
    note_bare(tokens, ret_facts);
    note_library(tokens, ret_facts);
    struct php_run run = {.analyst = analyst, .heap = &analyst->heap, .facts = ret_facts};
    bool is_worth = is_worth_evaluating(tokens);
    if (is_worth) {
        run_passes(&run, tokens);
    }
    note_surroundings(tokens, ret_facts);
    if ((tokens->gate & GATE_CARRIED) != 0 || php_may_carry(tokens)) {
        look_for_carried(&run, tokens, is_worth);
    }
    ret_facts->is_cut = ret_facts->is_cut || run.heap->is_spent;
}

void php_analyst_rest(struct php_analyst *analyst)
{
    php_heap_clear(&analyst->heap);
    if (analyst->tokens.cap > PHP_TOKENS_KEPT) {
        php_tokens_free(&analyst->tokens);
    }
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
