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
    CODE_PATH_BYTES = 96,
    CODE_NESTED_MAX = 6,
    CODE_OUTSIDES_MAX = 4000,
    CODE_OPENED_MAX = 4,
    CODE_BLOCKS_MAX = 24,
    CODE_WITHS_MAX = 4
};

/* Bits of a value that only pages have; PHP has no use for them here. */
enum {
    TA_LINK = TA_ENV,     /* a connection to a database */
    TA_READER = TA_TAGGED /* makes objects of bytes */
};

struct code_given {
    uint32_t taint;
    const struct php_step *steps;
};

struct code_function {
    struct str name;
    struct str parameters[CODE_PARAMETERS_MAX];
    unsigned parameter_count;
    struct php_map locals;      /* its parameters and what it declares */
    struct php_value *incoming; /* what calls gave the parameters; NULL: nobody calls it */
    struct code_given *given;   /* what it puts into its parameters; NULL: nothing */
    uint32_t overload;          /* index of another of this name; 0: none */
    const struct code_tokens *tokens;
    uint32_t body, end; /* of its body, braces or End left out; end 0: not known */
    bool has_loop, is_running;
    bool is_served; /* a method of a web service: visitors call it with what they like */
};

/* What functions wrote to a variable that is not their own: whoever reads it elsewhere may find that there. */
struct code_outside {
    const struct code_function *writer; /* the only one; NULL: several */
    uint32_t taint;
    const struct php_step *steps;
};

struct code_place {
    uint32_t line; /* 0: nowhere */
    struct str callee;
    struct php_value value;
};

struct code_run {
    struct code_analyst *analyst;
    struct php_heap *heap;
    struct php_facts *facts;
    enum page_kind kind;
    struct php_map variables; /* names in lower case where the language folds them */
    struct code_function *functions;
    uint32_t function_count, function_cap;
    struct php_map names;   /* of functions: number of the value is the index */
    struct php_map results; /* what they returned so far */
    struct php_map
        page_names; /* VB: what is assigned outside of functions; elsewhere an undeclared name is a function's own */
    struct php_map controls; /* of the page, in lower case */
    struct php_map stored;   /* what sessions and requests keep, by its name */
    struct php_map outside;  /* number of the value: index of outsides */
    struct code_outside *outsides;
    uint32_t outside_count, outside_cap;
    unsigned layers, short_layers, layer_depth;
    unsigned pass;
    bool has_grown;       /* something flowed where it had not been known to flow: another pass may tell more */
    uint64_t exact_steps; /* what loops and decoders that are run as they are may still cost */
    unsigned exact;       /* so many of them are running: conditions decide */
    bool has_connection;  /* the visitor says to which database */
    bool has_socket, has_interpreter;   /* a connection is made; a command interpreter is started */
    bool has_catalogue, has_whole;      /* statements name the database's catalogue; read a table of any name whole */
    bool has_table;                     /* the visitor names the table */
    bool is_styled;                     /* the script of a style sheet is read */
    bool is_part;                       /* it leads on to another page of the application */
    struct code_place fetched;          /* a request whose address is the visitor's */
    bool has_own_link;                  /* the page itself opens a database */
    unsigned roots;                     /* of the registry that are named: one bit each */
    struct str opened[CODE_OPENED_MAX]; /* files that are written, the latest ones */
    unsigned opened_count;
    struct php_value interpreter;
    uint32_t interpreter_line;
};

struct code_nested {
    struct code_function *function;
    uint32_t end; /* curly: token of the body's last brace; 0: an End says so */
};

struct code_block {
    uint32_t begin, end; /* token; end 0: VB's End says so */
};

struct code_scope {
    struct code_run *run;
    const struct code_tokens *tokens;
    uint32_t at, end;
    unsigned depth;                                /* of expressions */
    unsigned loops;                                /* that are being run round by round */
    uint32_t fixed_line;                           /* of a layer: the line of what runs it; 0: none */
    struct code_nested functions[CODE_NESTED_MAX]; /* whose bodies are read; the last is the innermost */
    unsigned function_count;
    struct code_block blocks[CODE_BLOCKS_MAX]; /* that are run on a condition */
    unsigned block_count;
    unsigned vb_blocks;               /* of VB that found no room */
    uint32_t line_from, line_stop;    /* the line whose end was looked for last: one of many Ifs asks at each */
    struct str withs[CODE_WITHS_MAX]; /* variables that stand before a leading dot, since a With */
    unsigned with_count;
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
    struct str index;      /* ["name"] behind it, if that is what comes last */
    unsigned members;      /* 1: only base */
    bool is_new, is_place; /* place: may be assigned to */
    bool is_called;        /* it ended with arguments */
    bool is_of_with;       /* it begins with a dot */
    bool has_key;          /* name(key): an element of an array of VB */
    struct php_key key;
    struct php_value receiver; /* of the last member */
    char text
        [CODE_PATH_BYTES]; /* lower case, members joined with '.', calls in between as "()"; last, for code_path_init */
};

/* code_collect.c */
struct code_function *code_function_named(const struct code_run *run, struct str name);
/* In lower case, in the heap; empty at a bound. */
struct str code_lower(struct code_run *run, struct str name);
/* All functions of the tokens, before any of them is read; twice the same tokens: each is there twice. */
void code_collect_functions(struct code_run *run, struct code_tokens *tokens);
/* code_run.c */
void code_statements(struct code_scope *scope, uint32_t end);
/* The value is that of the expression that text is, if it is one. */
struct php_value code_layer(struct code_scope *scope, struct str text, enum code_language language);
/* The script within an XSLT style sheet, if there is one. */
void code_style_sheet(struct code_scope *scope, struct str text);
bool code_is_shell_text(struct code_scope *scope, struct str text);
/* Reads a block as statements and leaves `at` behind it. scope->at: its opening brace, which has a partner. */
void code_block_here(struct code_scope *scope);
/* Inside of function, from now on; end as in code_nested. */
void code_enter(struct code_scope *scope, struct code_function *function, uint32_t end);

/* code_expr.c */
struct php_value code_join(const struct php_value *left, const struct php_value *right);
struct php_value code_expression(struct code_scope *scope, unsigned precedence);
/* A path with its calls and members; *path says where it leads. */
/* A leading dot of VB. */
bool code_is_of_with(const struct code_scope *scope);
struct php_value code_postfix(struct code_scope *scope, struct code_path *path);
void code_arguments(struct code_scope *scope, uint32_t end, struct code_arguments *arguments);
void code_assign(struct code_scope *scope, const struct code_path *path, struct php_value value, bool is_added);
/* The variable of that name where scope is: a function's own or the page's. Made if there is none; NULL at a bound. */
struct php_slot *code_variable(struct code_scope *scope, struct str name, uint8_t language);
/* NULL if nothing of that name is known. */
struct php_slot *code_variable_find(struct code_scope *scope, struct str name, uint8_t language);
void code_declare(struct code_scope *scope, struct str name, uint8_t language);
/* More flows into a variable: what it held stays. */
void code_add_taint(struct code_scope *scope, struct str name, uint8_t language, uint32_t taint,
                    const struct php_step *steps);

/* Runs a function of this file that has a loop with the constants it is called with. False: that can't be done. */
bool code_run_function(struct code_scope *scope, struct code_function *function, const struct code_arguments *arguments,
                       struct php_value *ret);
/* What a function returned, so far. */
void code_return(struct code_scope *scope, struct php_value value);

/* code_call.c */
struct php_value code_call(struct code_scope *scope, uint32_t line, const struct code_path *path,
                           struct php_value *receiver, struct code_arguments *arguments);
struct php_value code_member(struct code_scope *scope, uint32_t line, const struct code_path *path,
                             const struct php_value *receiver);
/* What a constant says by itself: that it asks a database's catalogue, that it holds the script of a style sheet. */
void code_note_text(struct code_scope *scope, const struct code_token *token);
/* a.b = value, where that does something by itself: a connection's string, a command's text. */
void code_set_member(struct code_scope *scope, const struct code_path *path, const struct php_value *value);
/* A call whose first argument begins with this token: does it lead to another page? */
void code_note_redirect(struct code_scope *scope, const struct code_path *path, const struct code_token *first);
/* Text that is run. */
struct php_value code_run_text(struct code_scope *scope, uint32_t line, struct str callee,
                               const struct php_value *text);
struct php_fact *code_fact(struct code_scope *scope, enum php_fact_kind kind, uint32_t line, struct str callee,
                           const struct php_value *value);
const struct php_step *code_step(struct code_scope *scope, const struct php_step *before, uint32_t line,
                                 struct str text);

static inline struct code_function *code_inside(const struct code_scope *scope)
{
    return scope->function_count != 0 ? scope->functions[scope->function_count - 1].function : NULL;
}

/* Which element of an array of one, two or three dimensions; false: not known. */
static inline bool code_key_of(struct php_heap *heap, const struct code_arguments *arguments, struct php_key *ret)
{
    enum { DIMENSIONS_MAX = 3, SIDE_MAX = 64, FIRST = SIDE_MAX * SIDE_MAX * SIDE_MAX };
    double key = FIRST;
    if (arguments->count == 1 && php_is_constant(&arguments->list[0])) {
        *ret = php_key_of(heap, &arguments->list[0]);
        return true;
    }
    for (unsigned i = 0; i < arguments->count && i < DIMENSIONS_MAX; i++) {
        const struct php_value *index = &arguments->list[i];
        if (index->type != PV_NUMBER || index->number < 0 || index->number >= SIDE_MAX) {
            return false;
        }
        key = key * SIDE_MAX + index->number;
    }
    *ret = (struct php_key){.number = (int64_t)key};
    return arguments->count > 1 && arguments->count <= DIMENSIONS_MAX;
}

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

static inline bool code_is_any(const struct code_token *token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code_is_word(token, words[i])) {
            return true;
        }
    }
    return false;
}

#define CODE_IS_ANY(token, words) code_is_any((token), (words), sizeof(words) / sizeof *(words))

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
