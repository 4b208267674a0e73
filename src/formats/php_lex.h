/* PHP to tokens. Never fails: whatever the bytes are, they become tokens, in one pass and in time
 * linear in their number. Comments and white space are gone; brackets know their partners; the inside of
 * interpolated strings is code.
 *
 *   "a{$b}c"   BEGIN(") TEXT(a) { $b } TEXT(c) FINISH
 *   `ls $x`    BEGIN(`) TEXT(ls ) $x FINISH
 *   ?> <b> <?= HTML, then ECHO */
#ifndef ASSAY_FORMATS_PHP_LEX_H
#define ASSAY_FORMATS_PHP_LEX_H

#include "formats/php_words.h"

enum php_kind {
    PT_END,
    PT_HTML, /* text outside of tags; ends a statement */
    PT_ECHO, /* <?= */
    PT_VAR,  /* $name; text is the name */
    PT_NAME, /* identifier, without its namespace; also casts are names in brackets */
    PT_NUMBER,
    PT_SINGLE, /* '...': text between the quotes, escapes \\ and \' still in it */
    PT_DOUBLE, /* "..." without variables; escapes still in it */
    PT_RAW,    /* nowdoc, and heredoc without anything to undo */
    PT_BEGIN,  /* of a string with variables; op is '"', 'h' (heredoc) or '`' */
    PT_TEXT,   /* piece of it, escapes still in it */
    PT_FINISH,
    PT_CAST, /* (int) and kin; op: 'i' to a number or boolean, 's' string, 'a' array or object */
    PT_OP    /* everything else; op is the character, or a PO_* */
};

/* operators of more than one character; single ones are their character */
enum php_op {
    PO_ARROW = 128, /* -> and ?-> */
    PO_COLONS,      /* :: */
    PO_FAT,         /* => */
    PO_EQ,
    PO_IDENT,
    PO_NE,
    PO_NOT_IDENT,
    PO_LE,
    PO_GE,
    PO_SPACESHIP,
    PO_AND,
    PO_OR,
    PO_COALESCE,
    PO_INC,
    PO_DEC,
    PO_POW,
    PO_SHL,
    PO_SHR,
    PO_SPREAD,
    PO_SET_CONCAT,
    PO_SET_ADD,
    PO_SET_SUB,
    PO_SET_MUL,
    PO_SET_DIV,
    PO_SET_MOD,
    PO_SET_XOR,
    PO_SET_AND,
    PO_SET_OR,
    PO_SET_COALESCE,
    PO_SET_OTHER
};

struct php_token {
    uint32_t at, len; /* of its text in the source */
    uint32_t match;   /* OP of a bracket, BEGIN: index of the partner; 0: it has none */
    uint8_t kind, op;
    uint16_t word; /* NAME: php_word_number(); 0: none; php_word_at() */
};

struct php_tokens {
    struct str source;
    struct php_token *list; /* list[count] is an END */
    uint32_t count;
    unsigned gate;             /* GATE_* of everything seen */
    uint32_t variables, calls; /* how many */
    uint32_t foreign;          /* names of bytes that aren't UTF-8 */
    uint32_t halt_at;          /* offset behind __halt_compiler();, 0 if none */
    bool is_letterless;        /* code in which no name has a letter: $_[]=@!+_; */
    bool
        is_cut; /* the source was longer than PHP_LEX_MAX_BYTES or PHP_TOKENS_MAX, or memory ended: the rest is missing */
    uint32_t *lines; /* offsets of line ends, made by php_line() when it's first asked */
    uint32_t line_count;
    /* kept by the owner between runs */
    uint32_t cap;
};

enum { PHP_LEX_MAX_BYTES = 8 << 20, PHP_TOKENS_MAX = 1500000, PHP_TOKENS_KEPT = 1 << 18 };

/* Replaces what is in tokens, reusing its memory. in_code: the source begins in PHP (text given to eval), not in HTML.
 * source must outlive tokens. */
void php_lex(struct php_tokens *tokens, const struct php_words *words, struct str source, bool in_code);
void php_tokens_free(struct php_tokens *tokens);

/* The line of a token, counted from 1. Makes an index on first use; 1 if there is no memory for it. */
uint32_t php_line(struct php_tokens *tokens, uint32_t token);

static inline struct str php_text(const struct php_tokens *tokens, const struct php_token *token)
{
    return (struct str){tokens->source.data + token->at, token->len};
}

#endif
