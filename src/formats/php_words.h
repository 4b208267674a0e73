/* The names of PHP that mean something to the analysis: keywords, sources, sinks, decoders, callbacks.
 * Names are case-insensitive. The table is built once per analyst and then only read. */
#ifndef ASSAY_FORMATS_PHP_WORDS_H
#define ASSAY_FORMATS_PHP_WORDS_H

#include "assay/words.h"

/* What a word is for. Its `detail` means something different for each role. */
enum php_role {
    PHP_PLAIN, /* any other name */
    /* keywords; detail: enum php_keyword */
    PHP_KEYWORD,
    /* functions */
    PHP_CODE,     /* runs its argument as PHP; detail: index of the argument */
    PHP_COMMAND,  /* runs its argument as a command; detail: index */
    PHP_REGEX,    /* may run code through the pattern's e; detail: enum php_regex */
    PHP_CALLBACK, /* calls what an argument names; detail: PHP_CB(callable, data) */
    PHP_WRITE,    /* puts bytes into a file; detail: enum php_write */
    PHP_FILE,     /* does something else to a file its first argument names; detail: a bit of FILE_* */
    PHP_FOLD,     /* can be computed; detail: enum php_fold */
    PHP_PASS, /* result carries what its arguments carry; detail: 1 if it decodes, 2 if it reads a file, 3 if it makes one text of a list */
    PHP_SOURCE, /* returns the visitor's data */
    PHP_NET,    /* fetches from the network, if its argument is an address */
    PHP_IMPORT, /* makes variables of its argument: extract, parse_str, import_request_variables */
    PHP_GUARD,  /* tells whether its argument is one of a known few; detail: index of the argument */
    PHP_MAIL,
    PHP_DATABASE, /* opens a connection or asks it; detail: enum php_database */
    PHP_LISTEN,   /* waits for connections, or opens a raw socket; detail: 1 if it makes the socket */
    PHP_HOST      /* facts about the machine: phpinfo, php_uname, getcwd ... */
};

enum php_keyword {
    KW_OTHER,
    KW_EVAL,
    KW_INCLUDE,
    KW_FUNCTION,
    KW_FN,
    KW_CLASS,
    KW_NEW,
    KW_RETURN,
    KW_ECHO,
    KW_PRINT,
    KW_IF,
    KW_ELSEIF,
    KW_ELSE,
    KW_WHILE,
    KW_DO,
    KW_FOR,
    KW_FOREACH,
    KW_SWITCH,
    KW_MATCH,
    KW_CASE,
    KW_DEFAULT,
    KW_BREAK,
    KW_CONTINUE,
    KW_GLOBAL,
    KW_STATIC,
    KW_CONST,
    KW_USE,
    KW_NAMESPACE,
    KW_AS,
    KW_AND,
    KW_OR,
    KW_XOR,
    KW_INSTANCEOF,
    KW_ISSET,
    KW_EMPTY,
    KW_UNSET,
    KW_LIST,
    KW_ARRAY,
    KW_EXIT,
    KW_TRY,
    KW_CATCH,
    KW_THROW,
    KW_CLONE,
    KW_YIELD,
    KW_TRUE,
    KW_FALSE,
    KW_NULL,
    KW_HALT,
    KW_VAR,
    KW_MODIFIER,
    KW_EXTENDS,
    KW_END,
    KW_DECLARE,
    KW_GOTO
};

enum php_regex { RX_REPLACE, RX_MB_REPLACE, RX_CALLBACK };

/* positions of the callable and of the data it gets; 15: all the others; callable 14: the last one */
#define PHP_CB(callable, data) ((callable) << 4 | (data))
enum { CB_REST = 15, CB_LAST = 14 };

enum php_database { DB_CONNECT, DB_FIRST, DB_SECOND, DB_LAST }; /* which argument is the statement */

enum php_write { WR_PUT, WR_HANDLE, WR_MOVE_UPLOAD, WR_COPY, WR_RENAME, WR_OPEN, WR_LOG };

enum { FILE_LIST = 1, FILE_READ = 2, FILE_DELETE = 4, FILE_MODE = 8, FILE_MAKE = 16, FILE_TOUCH = 32 };

enum php_fold {
    FO_CHR,
    FO_ORD,
    FO_STRREV,
    FO_ROT13,
    FO_STR_REPLACE,
    FO_SUBSTR,
    FO_SUBSTR_REPLACE,
    FO_STR_SPLIT,
    FO_EXPLODE,
    FO_IMPLODE,
    FO_ARRAY_REVERSE,
    FO_ARRAY_FLIP,
    FO_ARRAY_MERGE,
    FO_ARRAY_SLICE,
    FO_ARRAY_POP,
    FO_ARRAY_SHIFT,
    FO_CURRENT,
    FO_END,
    FO_KEY,
    FO_ARRAY_KEYS,
    FO_ARRAY_VALUES,
    FO_STRTR,
    FO_SPRINTF,
    FO_PACK,
    FO_BASE_CONVERT,
    FO_HEX2BIN,
    FO_BIN2HEX,
    FO_DECHEX,
    FO_HEXDEC,
    FO_BASE64,
    FO_BASE64_ENCODE,
    FO_INFLATE,
    FO_UNCOMPRESS,
    FO_GZDECODE,
    FO_BZ,
    FO_UUDECODE,
    FO_ENTITIES,
    FO_URLDECODE,
    FO_RAWURLDECODE,
    FO_STRTOLOWER,
    FO_STRTOUPPER,
    FO_UCFIRST,
    FO_TRIM,
    FO_LTRIM,
    FO_RTRIM,
    FO_STRLEN,
    FO_COUNT,
    FO_RANGE,
    FO_DEFINE,
    FO_CONSTANT,
    FO_STR_REPEAT,
    FO_INTVAL,
    FO_STRVAL,
    FO_STRPOS,
    FO_COMPACT,
    FO_STRIPSLASHES,
    FO_STRSTR,
    FO_FLOOR,
    FO_ARRAY_DIFF
};

struct php_word {
    const char *text; /* lower case */
    uint8_t role;
    uint8_t detail;
    uint32_t gate; /* GATE_* */
};

/* What a file holds at all; the evaluator runs only where a combination of these could matter. */
enum {
    GATE_INPUT = 1,   /* a superglobal of the request, or a function that reads it */
    GATE_SINK = 2,    /* code or command */
    GATE_DYNAMIC = 4, /* $f(...), (...)(...), $$v */
    GATE_CALLBACK = 8,
    GATE_WRITE = 16,
    GATE_INCLUDE = 32, /* of anything but a constant */
    GATE_DECODER = 64,
    GATE_BLOB = 128, /* a string of 400 bytes or more */
    GATE_NET = 256,
    GATE_MAIL = 512,
    GATE_FILE = 1024,
    GATE_HOST = 2048,
    GATE_ANY_INCLUDE = 4096,
    GATE_TAG = 8192,        /* a string that opens a script */
    GATE_PART = 16384,      /* of a larger whole: a namespace, a class that extends another */
    GATE_DATABASE = 32768,  /* asks a database */
    GATE_CONNECT = 65536,   /* opens a connection to a database or a host, or names a file of the machine */
    GATE_NAMED = 1 << 17,   /* a text that is the name of a sink: "system" */
    GATE_ESCAPES = 1 << 18, /* a text of nothing but escapes: "\x65\x76\x61\x6c" */
    GATE_CARRIED = 1 << 19  /* a text that opens a script and reads the request or runs something */
};

struct php_words;

MUST_USE struct php_words *php_words_new(struct err *err);
void php_words_free(struct php_words *words);
/* The entry of a name in any case, NULL if it has none. */
const struct php_word *php_word_find(const struct php_words *words, struct str name);
/* A word as a small number and back; 0 is NULL. */
uint16_t php_word_number(const struct php_word *word);
const struct php_word *php_word_at(uint16_t number);
/* "_GET", "_SERVER" ...: the visitor's data by itself. */
bool php_is_input_variable(struct str name);

/* Is a file of that name a picture, which nobody includes for good? */
bool php_is_picture(struct str path);

#endif
