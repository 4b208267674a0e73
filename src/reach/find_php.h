/* PHP, run on values instead of on the machine: assignments, constants, arrays, includes, functions and classes are followed;
 * nothing is executed, opened or sent. What cannot be known is VAL_UNKNOWN, a piece of text FIND_HOLE.
 *
 * Where a condition cannot be decided a *world* decides: world 0 takes every first branch, world 1 every second, ... so that
 * a file that asks for the host name and sets one of two passwords gives both.
 *
 *   find_php.c        entries, worlds, included files, calls that no one entry could follow
 *   find_php_run.c    statements, functions, classes
 *   find_php_expr.c   expressions
 *   find_php_call.c   PHP's own functions, and those that connect
 *   find_php_value.c  arrays, objects, texts */
#ifndef ASSAY_REACH_FIND_PHP_H
#define ASSAY_REACH_FIND_PHP_H

#include "formats/php_lex.h"
#include "reach/find.h"

/* ---- for find.c: what goes beyond one file ---- */

MUST_USE struct php_follow *php_follow_new(struct err *err);
void php_follow_free(struct php_follow *follow);
/* Every file of the tree, before it is read: remembers those that hold PHP. */
void php_follow_file(struct php_follow *follow, struct str rel, struct str bytes);
/* At the end of a tree: calls that could not be followed are tried again from the files that include or call theirs. */
MUST_USE int php_follow_rest(struct find *find, struct err *err);
/* The files with calls that nobody could follow, each once; returns how many (at most room). */
size_t php_follow_open(const struct php_follow *follow, const char **rels, size_t room);
/* Before the next tree. */
void php_follow_forget(struct php_follow *follow);

/* ---- inside ---- */

enum {
    PHP_SLOTS_MAX = 4096,
    PHP_ARGS_MAX = 16,
    PHP_DEPTH_MAX = 200,         /* of expressions and calls together */
    PHP_STEPS_LEAST = 250000,    /* tokens looked at in one world: so many, ... */
    PHP_STEPS_A_TOKEN = 80,      /* ... or so many for each of the file's own, ... */
    PHP_STEPS_MAX = 6000000,     /* ... but no more */
    PHP_STEPS_A_FILE = 12000000, /* in all of its worlds, as long as each has the least */
    PHP_SOURCES_MAX = 48,        /* files in one run */
    PHP_SOURCE_BYTES = 12 << 20,
    PHP_NAMES_MAX = 4000, /* functions, classes */
    PHP_WORLDS = 4
};

struct val_slot {
    struct str key;
    struct val value;
};

struct val_array {
    struct val_slot *slots;
    uint32_t count, cap;
    int64_t next;
};

struct php_source {
    struct php_source *next;
    struct str rel, path, bytes;
    unsigned words;
    struct php_tokens tokens;
};

struct php_function {
    struct php_function *next;
    struct str name; /* as written */
    struct php_class *class;
    struct php_source *source;
    uint32_t params, body, end; /* tokens: "(", "{", "}" */
    bool was_run, is_running;
};

struct php_member { /* a constant or property of a class */
    struct php_member *next;
    struct str name;
    uint32_t at; /* token of the value; 0: none */
    bool is_const, is_known;
    struct val value;
};

struct php_class {
    struct php_class *next;
    struct str name, parent;
    struct php_source *source;
    struct php_member *members;
    struct php_function *methods;
    bool was_made;
};

struct val_object {
    struct str name;         /* of its class */
    struct php_class *class; /* NULL: one of PHP's or unknown */
    struct val_array members;
    struct cred *cred; /* of a connection that is made in steps: Redis */
};

struct php_scope {
    struct val_array vars;
    struct val_array *globals; /* names declared global point there */
    struct val_array global_names;
    struct val_object *self;
    struct php_class *class;
    struct php_function *function;
    bool is_global;
};

struct php_run {
    struct find *find;
    const struct find_file *file;
    struct arena *arena;
    struct php_words *words;
    struct php_source *sources;
    unsigned source_count;
    size_t source_bytes;
    struct php_function *functions;
    struct php_class *classes;
    unsigned name_count;
    struct val_array constants, globals, loose; /* loose: arrays handed to functions that nobody knows */
    struct val result;                          /* what the entry returned */
    unsigned world, worlds;                     /* this one; how many would differ */
    uint32_t steps;
    unsigned depth;
    unsigned autoloads;
    struct err *err;
    bool has_failed;
};

/* A place in the code that is run. */
struct php_at {
    struct php_run *run;
    struct php_source *source;
    struct php_scope *scope;
    uint32_t at, end; /* tokens [at, end) */
    bool has_returned;
    unsigned branches; /* undecided ones around here */
    struct val result;
};

/* find_php_value.c */
struct val php_array(struct php_run *run);
struct val *php_slot(struct php_run *run, struct val_array *array, struct str key, bool make);
void php_append(struct php_run *run, struct val_array *array, const struct val *value);
struct val php_text_at(const struct php_at *at, uint32_t token, struct str text);
struct val php_number(const struct php_at *at, int64_t number);
struct val php_run_concat(struct php_run *run, const struct val *a, const struct val *b);
struct str php_unescaped(struct php_run *run, struct str text, bool is_double);
/* 1 true, 0 false, -1 unknown */
int php_truth(const struct val *value);
void php_says(struct php_run *run, struct val *value, const char *kind, const char *format, ...) PRINTF(4, 5);
struct str php_lower(struct php_run *run, struct str text);

/* find_php_expr.c */
struct val php_expr(struct php_at *at);
const struct php_token *php_here(const struct php_at *at);
const struct php_token *php_ahead(const struct php_at *at, uint32_t count);
bool php_is_op(const struct php_token *token, unsigned op);
enum php_keyword php_keyword(const struct php_token *token);
/* Behind the next ";" of this level. */
void php_skip_statement(struct php_at *at);
/* (a, b, ...): `at` is at "("; left behind ")". Named ones have their name in names. */
unsigned php_args(struct php_at *at, struct val *args, struct str *names);

/* find_php_run.c */
void php_run_statements(struct php_at *at);
void php_declare(struct php_run *run, struct php_source *source);
struct php_function *php_function_of(struct php_run *run, struct str name);
struct php_class *php_class_of(struct php_run *run, struct str name);
struct php_function *php_method_of(struct php_run *run, struct php_class *class, struct str name);
struct val php_call(struct php_run *run, struct php_function *function, struct val_object *self, const struct val *args,
                    const struct str *names, unsigned count);
struct val php_run_new(struct php_run *run, struct php_class *class, const struct val *args, const struct str *names,
                       unsigned count);
/* A constant or static property, in the class or above it. */
bool php_class_member(struct php_run *run, struct php_class *class, struct str name, struct val *ret_value);
/* Functions and methods that connect and that nobody has called: once, with what is known without a caller. */
void php_run_rest(struct php_run *run);
/* Chooses among the ways an undecided condition has. */
unsigned php_choose(struct php_run *run, unsigned ways);

/* find_php_call.c */
/* True if it is one of PHP's own that mean something here. */
bool php_builtin(struct php_at *at, struct str name, const struct val *args, unsigned count, uint32_t token,
                 struct val *ret_value);
bool php_builtin_class(struct php_at *at, struct str name, const struct val *args, unsigned count, uint32_t token,
                       struct val *ret_value);
void php_builtin_method(struct php_at *at, struct val_object *object, struct str name, const struct val *args,
                        unsigned count, uint32_t token);

/* find_php.c */
/* The file a path names, read and declared, or NULL. *ret_is_new: it was not there before. */
struct php_source *php_source_at(struct php_run *run, const struct php_at *from, const struct val *path,
                                 bool *ret_is_new);
/* Below the root; true if there is such a file. path is text as PHP would see it. */
bool php_resolve(struct php_run *run, const struct php_at *from, struct str path, struct str *ret_rel);
struct php_source *php_load(struct php_run *run, struct str rel, bool *ret_is_new);
/* Declares the class or function from a file that is known to hold it, or a class from a file of its name. */
bool php_autoload(struct php_run *run, struct str name, bool is_class);
/* What the nearest .env above a file says. */
bool php_dotenv(struct php_run *run, struct str rel, struct str name, struct val *ret_value);
/* A call that connects: followed, or not yet. */
void php_site(struct php_at *at, uint32_t token, bool is_followed);

#endif
