/* PHP, understood as far as one file goes: constants are folded, the visitor's bytes are followed from where they
 * enter to where they are run, written or named. The result is a list of facts; what they mean is verdict.c's.
 *
 *   bytes ─▶ tokens (php_lex) ─▶ evaluation (php_eval, php_expr, php_call) over values (php_value, php_fold) ─▶ facts
 *
 * Text that is folded and then run is analysed again as a layer, with the variables at hand.
 * Time and memory are linear in the file's size, with the factors below. */
#ifndef ASSAY_SWEEP_PHP_H
#define ASSAY_SWEEP_PHP_H

#include "formats/php_lex.h"
#include "sweep/php_value.h"

enum php_fact_kind {
    PF_CODE_INPUT,     /* the visitor's text is run as code */
    PF_COMMAND_INPUT,  /* ... as a command */
    PF_INCLUDE_INPUT,  /* ... names a file that is run, nothing joined to it */
    PF_CALL_INPUT,     /* the visitor names a function and gives it arguments */
    PF_HIDDEN_CALL,    /* a function whose name is hidden gets the visitor's data */
    PF_HIDDEN_COMMAND, /* a command in text that is run */
    PF_CODE_MADE,      /* a function is made that runs what it is given */
    PF_PICTURE,        /* a file that is named as a picture is run */
    PF_ADMIN,          /* whoever asks becomes an application's administrator */
    PF_PRELOAD,        /* a library is put into the programs that the server starts */
    PF_DROP_SHELL,     /* writes a script that is itself a shell, or a handler for other files */
    PF_WRITE_BOTH,     /* path and content of a file are the visitor's */
    PF_WRITE_SCRIPT,   /* the visitor's content goes to a file named as a script */
    PF_NET_SCRIPT,     /* fetched content goes to a script or to code */
    PF_UPLOAD,         /* an upload is kept under a name that the visitor chooses */
    PF_FILE_OP,        /* another file operation on a path of the visitor's; detail: FILE_* */
    PF_BUILT_NAME,     /* the name of a dangerous function is put together from pieces */
    PF_DECODED_CODE,   /* code comes out of a decoder */
    PF_HIDDEN_DATA,    /* a function whose name is hidden gets decoded or long data */
    PF_LOAD,           /* code is made of bytes */
    PF_MEMORY,         /* code is registered in the running server, and outlives the file */
    PF_OBJECTS,        /* the visitor's bytes are made into objects of any class */
    PF_STYLED,         /* the script of a style sheet starts commands */
    PF_RELAY,          /* the visitor says where a connection goes */
    PF_SQL,            /* the visitor gives whole statements to a database */
    PF_DUMP,           /* every table of a catalogue is read out */
    PF_BROWSE,         /* directories or settings that the visitor names are shown */
    PF_SNIFF,          /* reads the network's traffic, or tries hosts and ports */
    PF_REVERSE,        /* a command interpreter is tied to a connection */
    PF_CLOAK,          /* search engines are shown what is fetched from elsewhere */
    PF_KNOWN,          /* a class whose very name is a backdoor's */
    PF_WIPED,          /* nothing is left but blanks where code was */
    PF_CARRIED,        /* a text in the file is itself a shell */
    PF_RANSOM,         /* files are encrypted with a key that the visitor gives */
    PF_ENCODER,        /* it makes scripts that decode and run a text */
    PF_BARE,           /* the file does nothing but run another that is not named as a script */
    PF_UDF,            /* functions of a library are loaded into a database */
    PF_RUNNERS,        /* one function after another is tried that starts commands */
    PF_UNPACKED,       /* what is shown is a long text that had to be unpacked or put together first */
    PF_LETTERLESS,     /* code in which no name has a letter */
    PF_ESCAPED,        /* plain letters are written as escapes of two kinds */
    PF_DEFACE,         /* a page is overwritten with an intruder's boast */
    PF_HUNT,           /* hosts of others are looked for by way of a search engine */
    PF_SKIM,           /* what visitors send goes to a place that is hidden */
    PF_COLLECT,        /* passwords or cards that visitors type are sent to an address that stands in the file */
    PF_MAIL,           /* a letter whose recipient and text are the visitor's */
    PF_HINT,
    PF_KINDS
};

struct php_fact {
    enum php_fact_kind kind;
    uint32_t line;
    unsigned detail;
    bool is_fetched;    /* it is not the visitor's, but fetched from elsewhere */
    bool is_old;        /* only where register_globals is on */
    bool is_unasked;    /* in a function that nothing in the file calls */
    bool is_affixed;    /* something constant is joined to what the visitor gives */
    unsigned layer;     /* 0: in the file itself; else so many layers of folded text deep */
    struct str callee;  /* "eval", "system", ...; static or the heap's */
    struct str decoded; /* what was folded: a name or a piece of code; data NULL if nothing */
    const struct php_step *steps;
};

enum { PHP_FACTS_MAX = 48, PHP_LAYERS_MAX = 40, PHP_LAYER_DEPTH = 14, PHP_ANALYSE_MAX_BYTES = 4 << 20 };

/* Memory kept between files. */
struct php_analyst {
    struct php_words *words;
    struct php_tokens tokens;
    struct php_tokens layers[PHP_LAYERS_MAX];
    struct php_heap heap;
};

struct php_facts {
    struct php_fact list[PHP_FACTS_MAX];
    unsigned count;
    unsigned gate;                              /* GATE_* of the file */
    uint32_t tokens, calls, variables, foreign; /* of the file itself; php_lex.h */
    uint32_t halt_at;                           /* data behind __halt_compiler(); */
    bool has_long_tag;                          /* "<?php" is in it, which chance bytes seldom hold */
    bool has_name_check;                        /* the file asks for the ending of an upload's name */
    bool is_php;                                /* not a page of another language */
    bool is_cut;                                /* a bound ended the analysis */
    bool is_of_admin;                           /* a class in it extends one of an administration */
    bool is_command_line;                       /* begins with "#!" and reads the arguments of a command */
    bool checks_files;                          /* files are compared with a checksum or a signature */
};

/* Is a constant command a command interpreter, which ties whoever is at the other end of a connection to the machine?
 * ret_connects: it makes the connection itself (/dev/tcp/, nc -e). */
bool php_is_interpreter(struct str command, bool *ret_connects);
/* Facts of one file; valid, with all texts, until the next call of either. */
void php_analyse(struct php_analyst *analyst, struct str bytes, struct php_facts *ret_facts);
/* Gives back what a large file needed, so that it is not held beside the large file of another thread. */
void php_analyst_rest(struct php_analyst *analyst);
MUST_USE int php_analyst_init(struct php_analyst *analyst, struct err *err);
void php_analyst_clear(struct php_analyst *analyst);

#endif
