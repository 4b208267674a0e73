/* What names mean to the servers that run pages: sources, sinks, folders and containers of the Java, .NET and ASP libraries. */
#ifndef ASSAY_SWEEP_CODE_WORDS_H
#define ASSAY_SWEEP_CODE_WORDS_H

#include "assay/words.h"
#include "formats/page.h"

/* `detail` means something different for each role. */
enum code_role {
    CW_NONE,
    CW_SOURCE,     /* gives the visitor's bytes; detail 1: with a key that says which */
    CW_CODE,       /* runs its argument as code; detail: index */
    CW_COMMAND,    /* runs its argument as a command; detail: index, 15: all of them joined */
    CW_SHELL_CALL, /* the same if the receiver is an object that runs commands */
    CW_SHELL,      /* gives such an object */
    CW_MAKE,       /* makes the object its argument names */
    CW_LOAD,       /* makes code of bytes; detail: index; 15: whatever its argument is */
    CW_REFLECT,    /* names a class or a function; detail: index */
    CW_INVOKE,     /* calls what reflection named */
    CW_WRITE,      /* detail: path << 4 | data */
    CW_OPEN,       /* opens a file for writing; detail: index of the path */
    CW_PUT,        /* puts bytes to what the receiver opened; detail: index */
    CW_SAVE,       /* saves the receiver's content; detail: index of the path */
    CW_UPLOAD,     /* keeps an upload; detail: index of the path */
    CW_FILE,       /* another operation on the file its first argument names; detail: FILE_* */
    CW_FILE_SELF,  /* ... that the receiver names */
    CW_FOLD,       /* detail: enum code_fold */
    CW_PASS, /* result carries what receiver and arguments carry; detail 1: it decodes; 2: it fills its first argument; 3: it writes on */
    CW_CHOP, /* characters of a text, one by one */
    CW_ADD,  /* the receiver keeps what it is given */
    CW_STORE,    /* keeps its second argument under the name that is its first, for the session or the request */
    CW_STORED,   /* gives it back */
    CW_NUMBER,   /* what comes out is a number: nothing dangerous */
    CW_NET,      /* fetches what its argument names */
    CW_CONNECT,  /* opens a connection to a host that its argument names; detail: index */
    CW_DATABASE, /* opens a database its argument names; detail: index */
    CW_SQL,      /* sends its first argument to a database; detail 1: asks for its catalogue */
    CW_INCLUDE,  /* runs the file its argument names */
    CW_ROOTED,   /* a path below a root: what the visitor gives is only a part of it */
    CW_BROWSE,   /* shows the machine's settings; detail: index of the name */
    CW_READER,   /* makes objects of the bytes it is given: a class whose objects run code as they are made */
    CW_OBJECT,   /* lets such a reader make them, of its argument or of what the reader was made of */
    CW_TOOL,     /* its very name is a tool's; detail 1: a backdoor's */
    CW_MEMORY    /* registers code in the running server; detail 1: if it is called on something of the server's */
};

enum code_fold {
    CF_CHR,
    CF_ORD,
    CF_REVERSE,
    CF_REPLACE,
    CF_MID,
    CF_SUBSTRING,
    CF_SUBSTR,
    CF_LEFT,
    CF_RIGHT,
    CF_LOWER,
    CF_UPPER,
    CF_TRIM,
    CF_BASE64,
    CF_URL,
    CF_UNESCAPE,
    CF_SPLIT,
    CF_JOIN,
    CF_TEXT,
    CF_LEN,
    CF_NUMBER,
    CF_IS_NUMBER,
    CF_CONCAT,
    CF_ARRAY
};

struct code_word {
    const char *text; /* a path in lower case; with a leading '.': a member of anything */
    uint8_t kinds;    /* 1 << enum page_kind */
    uint8_t role, detail;
};

/* One bit for each part of a name of the table, by its hash: what is surely in none of them means nothing anywhere. */
enum { CODE_WORD_BITS = 1 << 14 };
struct code_word_set {
    uint64_t bits[CODE_WORD_BITS / 64];
};
void code_word_set_init(struct code_word_set *set);
/* False: it is surely no part of any name. In any case of letters. */
bool code_word_set_has(const struct code_word_set *set, struct str name);

/* By the whole path, then by its last member; NULL if it means nothing. path in lower case. */
const struct code_word *code_word_find(enum page_kind kind, struct str path, struct str last, bool is_member);

#endif
