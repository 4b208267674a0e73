/* What the files of the evaluator of pages share. Nobody else includes this. */
#ifndef ASSAY_SWEEP_CODE_RUN_H
#define ASSAY_SWEEP_CODE_RUN_H

#include <stddef.h>

#include "base/str.h"
#include "sweep/code.h"
#include "sweep/code_words.h"
#include "sweep/php_fold.h"

enum {
    CODE_FUNCTIONS_MAX = 4000,
    CODE_PARAMETERS_MAX = 10,
    CODE_ARGUMENTS_MAX = 10,
    CODE_DEPTH_MAX = 120,
    CODE_PATH_BYTES = 96
};

struct code_function {
    struct str name;
    struct str parameters[CODE_PARAMETERS_MAX];
    unsigned parameter_count;
};

struct code_run {
    struct code_analyst *analyst;
    struct php_heap *heap;
    struct php_facts *facts;
    enum page_kind kind;
    struct php_map variables; /* names in lower case where the language folds them */
    struct code_function *functions;
    uint32_t function_count;
    struct php_map names;   /* of functions: number of the value is the index */
    struct php_map results; /* what they returned so far */
    unsigned layers, layer_depth;
    bool is_reporting;
    bool has_connection;              /* the visitor says to which database */
    bool has_socket, has_interpreter; /* a connection is made; a command interpreter is started */
    bool has_catalogue, has_whole;    /* statements name the database's catalogue; read a table of any name whole */
    struct php_value interpreter;
    uint32_t interpreter_line;
};

struct code_scope {
    struct code_run *run;
    const struct code_tokens *tokens;
    uint32_t at, end;
    unsigned depth;        /* of expressions */
    unsigned loops;        /* that are being run round by round */
    uint32_t fixed_line;   /* of a layer: the line of what runs it; 0: none */
    struct str function;   /* whose body is read; empty: none */
    uint32_t function_end; /* curly: token of the body's last brace */
};

struct code_arguments {
    struct php_value list[CODE_ARGUMENTS_MAX];
    struct str names[CODE_ARGUMENTS_MAX]; /* of plain variables; empty otherwise */
    unsigned count;
};

/* What stands before a call or an assignment: a.b.c */
struct code_path {
    size_t len;
    struct str base; /* the first name: a variable, perhaps; empty if it is none */
    struct str last;
    unsigned members;          /* 1: only base */
    bool is_new, is_place;     /* place: may be assigned to */
    bool is_called;            /* it ended with arguments */
    struct php_value receiver; /* of the last member */
    char text
        [CODE_PATH_BYTES]; /* lower case, members joined with '.', calls in between as "()"; last, for code_path_init */
};

/* code_run.c */
void code_statements(struct code_scope *scope, uint32_t end);
struct php_value code_layer(struct code_scope *scope, struct str text, enum code_language language);
bool code_is_shell_text(struct code_scope *scope, struct str text);
const struct code_function *code_function_named(const struct code_run *run, struct str name);

/* code_expr.c */
struct php_value code_expression(struct code_scope *scope, unsigned precedence);
/* A path with its calls and members; *path says where it leads. */
struct php_value code_postfix(struct code_scope *scope, struct code_path *path);
void code_arguments(struct code_scope *scope, uint32_t end, struct code_arguments *arguments);
void code_assign(struct code_scope *scope, const struct code_path *path, struct php_value value, bool is_added);
struct php_slot *code_variable(struct code_run *run, struct str name, uint8_t language);

/* What a function returned, so far. */
void code_return(struct code_scope *scope, struct php_value value);

/* code_call.c */
struct php_value code_call(struct code_scope *scope, uint32_t line, const struct code_path *path,
                           struct php_value *receiver, struct code_arguments *arguments);
struct php_value code_member(struct code_scope *scope, uint32_t line, const struct code_path *path,
                             const struct php_value *receiver);
/* Text that is run. */
void code_run_text(struct code_scope *scope, uint32_t line, struct str callee, const struct php_value *text);
struct php_fact *code_fact(struct code_scope *scope, enum php_fact_kind kind, uint32_t line, struct str callee,
                           const struct php_value *value);
const struct php_step *code_step(struct code_scope *scope, const struct php_step *before, uint32_t line,
                                 struct str text);

static inline const struct code_token *code_at(const struct code_scope *scope, uint32_t at)
{
    return &scope->tokens->list[at < scope->end ? at : scope->tokens->count];
}

/* All but the text, which is as long as the rest and read no further than it was written. */
static inline void code_path_init(struct code_path *path)
{
    memset(path, 0, offsetof(struct code_path, text));
}

/* Asked of nearly every token, for a dozen words each: the first letter decides nearly always. */
static inline bool code_is_word(const struct code_token *token, const char *word)
{
    if (token->kind != CODE_NAME || token->text.len == 0 || ((token->text.data[0] ^ word[0]) & ~32) != 0) {
        return false;
    }
    return code_is_vb(token->language) ? str_eq_nocase(token->text, str_of(word)) : str_eq(token->text, str_of(word));
}

static inline bool code_is_op(const struct code_scope *scope, uint32_t at, uint8_t op)
{
    const struct code_token *token = code_at(scope, at);
    return token->kind == CODE_OP && token->op == op;
}

static inline uint32_t code_line(const struct code_scope *scope, uint32_t at)
{
    return scope->fixed_line != 0 ? scope->fixed_line : scope->tokens->list[at].line;
}

#endif
