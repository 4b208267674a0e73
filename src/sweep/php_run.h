/* What the files of the evaluator share. Nobody else includes this. */
#ifndef ASSAY_SWEEP_PHP_RUN_H
#define ASSAY_SWEEP_PHP_RUN_H

#include "sweep/php.h"
#include "sweep/php_fold.h"

enum {
    FUNCTIONS_MAX = 20000,
    ARGUMENTS_MAX = 32,
    CALL_DEPTH_MAX = 8,
    EXPRESSION_DEPTH_MAX = 160,
    KEYS_MAX = 4,
    LOOP_STEPS_MAX = 60000,
    CALLS_PER_FUNCTION = 16,
    BLOCK_DEPTH_MAX = 100,
    HEAD_TOKENS_MAX = 60, /* between a function's or a class's name and its brace */
    LAYER_BYTES_MAX = 3 << 20
};

struct php_function {
    struct php_tokens *tokens;
    struct str name;         /* empty: a closure */
    uint32_t parameters;     /* token of the bracket before the first */
    uint32_t body, body_end; /* token of its braces */
    uint32_t uses;           /* bracket of use (...); 0: none */
    bool is_arrow;           /* fn (...) => x: body is the arrow, body_end behind x; it sees the variables around it */
    bool is_method, is_active, is_folder; /* folder: its body computes texts */
    bool is_known;                        /* result is set */
    bool is_asked;                        /* the file's own flow reaches it */
    uint16_t calls;
    uint32_t before;         /* 1 + index of another method of that name, in another class; 0: none */
    struct php_value result; /* called with nothing known */
};

struct php_run {
    struct php_analyst *analyst;
    struct php_heap *heap;
    struct php_facts *facts;
    struct php_function *functions;
    uint32_t function_count, function_cap;
    struct php_map names; /* of functions, lower case; "m:name" for methods */
    struct php_map globals, properties, constants;
    unsigned layers, layer_depth, call_depth, expression_depth, block_depth;
    size_t layer_bytes;
    uint64_t all_steps; /* of the pass: loops may use half of them, calls another quarter */
    uint64_t loop_steps;
    struct php_map fields; /* names of the form's fields; is_set: it is one */
    unsigned fields_asked;
    struct str written[8]; /* constant paths that the visitor's text went to */
    unsigned written_count;
    struct php_value output; /* what ob_start was given */
    bool is_reporting, has_imports, has_includes, has_output;
    bool has_called;   /* a function of the file was evaluated */
    bool has_learned;  /* something flowed into a property or a constant: another pass would know it from the start */
    uint32_t tellings; /* how many facts a pass came upon, told or not */
    struct php_map labels; /* of goto, in the file itself: the token behind it */
    bool has_goto;
    unsigned goto_round;                   /* 1: they are followed */
    bool has_objects;                      /* the visitor's text is made into objects: unserialize */
    struct php_value session;              /* what the visitor's requests left in $_SESSION */
    bool has_dispatch;                     /* the visitor says which function is called: any may be */
    bool is_unasked;                       /* in functions that nothing here calls */
    bool has_visitors_database;            /* a connection to a database that the visitor names */
    unsigned accounts_asked;               /* how often the file was searched for words about accounts */
    bool has_asked_engines, names_engines; /* of search; of the whole file */
    bool has_dialled;                      /* a connection to elsewhere is opened */
    uint32_t listen_line;                  /* a socket waits for connections; 0: none does */
    bool has_connection;                   /* a socket is opened */
    struct str interpreter;                /* a command interpreter that is started; data NULL: none is */
    uint32_t interpreter_line;             /* where */
};

enum php_flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN };

/* Where evaluation stands. */
struct php_scope {
    struct php_run *run;
    struct php_tokens *tokens;
    uint32_t at, end;
    struct php_map *variables;
    uint32_t depth;     /* of blocks */
    uint32_t block_end; /* token behind the block at hand; 0: none */
    bool is_other;      /* in the else of a condition */
    unsigned exact;     /* > 0: branches are chosen, loops are run */
    enum php_flow flow;
    uint32_t fixed_line;               /* of a layer: the line in the file that led to it; 0: none */
    uint32_t function_number;          /* 1 + index; 0: outside of functions */
    const struct php_arguments *given; /* of the function at hand; NULL: not known */
    struct php_value result;
    bool has_result;
};

/* Where a value lies, so that it can be assigned. Made by php_place_of(): nearly every operand has one and few have keys. */
struct php_place {
    struct php_slot *slot;
    bool is_property, is_unknown_name; /* $$x = ... with x unknown */
    bool is_request;                   /* a field of the request, overwritten */
    unsigned key_count;
    bool is_next[KEYS_MAX]; /* [] */
    struct php_value keys[KEYS_MAX];
};

struct php_arguments {
    struct php_value list[ARGUMENTS_MAX];
    struct php_slot *slots[ARGUMENTS_MAX]; /* of plain variables; NULL otherwise */
    unsigned count;
    bool is_spread;
};

/* php_variable.c */
struct php_value php_input_variable(struct php_scope *scope, struct str name);
struct php_value php_index(struct php_scope *scope, const struct php_value *base, const struct php_value *key);
struct php_value php_read_place(struct php_scope *scope, const struct php_place *place);
/* php_expr.c */
struct php_value php_expression(struct php_scope *scope, unsigned precedence);
void php_arguments(struct php_scope *scope,
                   struct php_arguments *arguments); /* scope->at is at the bracket; behind its partner after */
void php_assign(struct php_scope *scope, struct php_place *place, struct php_value value);
void php_learn(struct php_scope *scope, const struct php_value *value);
struct php_slot *php_variable(struct php_scope *scope, struct str name); /* made if it isn't there */
struct php_value php_read_variable(struct php_scope *scope, struct str name);

/* php_eval.c */
void php_statements(struct php_scope *scope, uint32_t end);
void php_collect_functions(struct php_run *run, struct php_tokens *tokens);
/* Text that is run: lexed and evaluated with the variables of scope; what it returns. in_code: begins in PHP. */
struct php_value php_layer(struct php_scope *scope, uint32_t at, struct str text, bool in_code);
/* Would text, as a file of its own, be a shell? */
bool php_is_shell_text(struct php_scope *scope, uint32_t at, struct str text);

/* php_call.c */
struct php_value php_call_name(struct php_scope *scope, uint32_t at, struct str name, bool is_dynamic,
                               struct php_arguments *arguments);
struct php_value php_call_value(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                                struct php_arguments *arguments);
struct php_value php_call_function(struct php_scope *scope, uint32_t number, struct php_arguments *arguments);
struct php_value php_call_method(struct php_scope *scope, uint32_t at, const struct php_value *object, struct str name,
                                 struct php_arguments *arguments);
struct php_value php_new(struct php_scope *scope, uint32_t at, struct str name, struct php_arguments *arguments);
void php_run_code(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *code);
void php_run_command(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *command);
void php_run_include(struct php_scope *scope, uint32_t at, const struct php_value *path);
/* All methods of a name that several classes have: the last one, which leads to the others; NULL if it is one method or none. */
struct php_function *php_methods_named(struct php_run *run, struct str name);
struct php_function *php_function_named(struct php_run *run, struct str name, bool is_method);

struct php_value php_call_back(struct php_scope *scope, uint32_t at, const struct php_value *callee,
                               const struct php_arguments *data);
void php_write_file(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *path,
                    const struct php_value *data);
struct php_value php_open_file(struct php_scope *scope, uint32_t at, struct str name,
                               const struct php_arguments *arguments);
/* The arguments as an array. */
struct php_value php_list_of(struct php_scope *scope, const struct php_arguments *arguments);
/* php_write.c */
struct php_value php_call_file(struct php_scope *scope, uint32_t at, struct str name, unsigned bit,
                               const struct php_arguments *arguments);
struct php_value php_call_net(struct php_scope *scope, uint32_t at, struct str name, unsigned detail,
                              const struct php_arguments *arguments);
struct php_value php_call_write(struct php_scope *scope, uint32_t at, struct str name, enum php_write kind,
                                const struct php_arguments *arguments);
/* What flows through a function that moves text; add: bits that it adds. */
struct php_value php_pass(const struct php_arguments *arguments, uint32_t add);
struct php_value php_hidden_handlers(struct php_scope *scope, uint32_t at, struct str name,
                                     const struct php_arguments *arguments);

/* php_tool.c */
bool php_is_trap(struct php_scope *scope);
void php_mail(struct php_scope *scope, uint32_t at, struct str name, const struct php_arguments *arguments);
void php_connect(struct php_scope *scope, const struct php_arguments *arguments);
void php_query(struct php_scope *scope, uint32_t at, struct str name, const struct php_value *statement);
void php_database(struct php_scope *scope, uint32_t at, struct str name, enum php_database kind,
                  const struct php_arguments *arguments);
void php_dial(struct php_scope *scope, uint32_t at, struct str name, const struct php_arguments *arguments);
void php_show(struct php_scope *scope, uint32_t at, const struct php_value *value);
void php_listen(struct php_scope *scope, uint32_t at, struct str name, bool is_maker,
                const struct php_arguments *arguments);
void php_machine(struct php_scope *scope, struct str name, const struct php_arguments *arguments);
bool php_is_machine_file(struct str path);
bool php_is_machine_command(struct str command);
bool php_is_program_shell(struct str text);
bool php_is_machine_object(struct str name);

/* php_carry.c */
/* Might the file hold packed bytes? Asked before the file is evaluated. */
bool php_may_carry(const struct php_tokens *tokens);
/* Texts of the file that are shells themselves. The last thing that a pass does: it forgets the file's functions. */
void php_carry(struct php_scope *scope);

/* php_fact.c */
struct php_fact *php_fact(struct php_scope *scope, enum php_fact_kind kind, uint32_t at, struct str callee,
                          const struct php_value *value);
const struct php_step *php_step(struct php_scope *scope, const struct php_step *before, uint32_t at, struct str text);
const struct php_step *php_stepf(struct php_scope *scope, const struct php_step *before, uint32_t at,
                                 const char *format, ...) PRINTF(4, 5);
uint32_t php_scope_line(struct php_scope *scope, uint32_t at);

static const struct php_value php_nothing = {.type = PV_UNKNOWN};

static inline void php_place_of(struct php_place *place, struct php_slot *slot)
{
    place->slot = slot;
    place->is_property = place->is_unknown_name = place->is_request = false;
    place->key_count = 0;
}

static inline bool php_is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static inline const struct php_value *php_argument(const struct php_arguments *arguments, unsigned index)
{
    return index < arguments->count ? &arguments->list[index] : &php_nothing;
}

static inline uint32_t php_taint_at(const struct php_arguments *arguments, unsigned index)
{
    return php_taint_of(php_argument(arguments, index));
}

static inline uint32_t php_taint_of_all(const struct php_arguments *arguments)
{
    uint32_t taint = 0;
    for (unsigned i = 0; i < arguments->count; i++) {
        taint |= php_taint_of(&arguments->list[i]);
    }
    return taint;
}

/* The visitor's, and not known to be one of a few. */
static inline bool php_is_input(uint32_t taint)
{
    return (taint & (TA_IN | TA_VV | TA_FNAME)) != 0 && (taint & TA_GUARDED) == 0;
}

/* ... and nothing is joined to it. */
static inline bool php_is_raw_input(uint32_t taint)
{
    return php_is_input(taint) && (taint & TA_AFFIX) == 0;
}

static inline bool php_is_input_value(const struct php_value *value)
{
    return php_is_input(php_taint_of(value));
}

static inline bool php_is_raw_value(const struct php_value *value)
{
    return php_is_raw_input(php_taint_of(value));
}

static inline const struct php_token *php_at(const struct php_scope *scope, uint32_t at)
{
    return &scope->tokens->list[at < scope->tokens->count ? at : scope->tokens->count];
}

static inline bool php_is_op(const struct php_scope *scope, uint32_t at, uint8_t op)
{
    const struct php_token *token = php_at(scope, at);
    return token->kind == PT_OP && token->op == op;
}

static inline enum php_keyword php_keyword_at(const struct php_scope *scope, uint32_t at)
{
    const struct php_token *token = php_at(scope, at);
    const struct php_word *word = token->kind == PT_NAME ? php_word_at(token->word) : NULL;
    return word != NULL && word->role == PHP_KEYWORD ? (enum php_keyword)word->detail : KW_OTHER;
}

#endif
