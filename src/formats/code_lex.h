/* The other languages of web pages to tokens: Java (JSP), C#, VB.NET and JScript.NET (ASPX, ASHX), VBScript and JScript
 * (classic ASP). One shape for all of them, so that one evaluator reads them. Never fails: whatever the bytes are, they
 * become tokens, in one pass and in time linear in their number. Comments and white space are gone; brackets know their
 * partners.
 *
 *   page    <% a %> text <%= b %>     a STOP ECHO b STOP                (formats/page.h finds the parts)
 *   VB      x = 1 : y = 2 <newline>   x = 1 STOP y = 2 STOP
 *   curly   f(a); { }                 f ( a ) ; { }                     ';' and braces are operators, line ends are nothing
 *   C#, JS  $"a{b}c" and `a${b}c`     ( "a" + ( b ) + "c" ) */
#ifndef ASSAY_FORMATS_CODE_LEX_H
#define ASSAY_FORMATS_CODE_LEX_H

#include "base/arena.h"

enum code_language { CODE_JAVA, CODE_CSHARP, CODE_JSCRIPT, CODE_VBSCRIPT, CODE_VBNET, CODE_LANGUAGES };

enum code_kind {
    CODE_END,
    CODE_STOP,   /* a statement ends here: VB's line ends and colons, and the borders of a page's parts */
    CODE_ECHO,   /* <%= and its kin: what follows, up to the next STOP, is written to the page */
    CODE_NAME,   /* identifier or keyword, as written; VB's [name] without its brackets */
    CODE_TEXT,   /* string or character constant, escapes undone */
    CODE_NUMBER, /* as written; "&H41" too */
    CODE_OP      /* op is the character, or a CO_* of the next list */
};

enum code_op {
    CO_EQ = 128, /* == and === */
    CO_NE,       /* != !== <> */
    CO_LE,
    CO_GE,
    CO_AND, /* && ; VB's And, Or, Not, Mod are names */
    CO_OR,
    CO_COALESCE,
    CO_INC,
    CO_DEC,
    CO_SHL,
    CO_SHR,
    CO_LAMBDA, /* => and -> */
    CO_COLONS, /* :: */
    CO_SET_ADD,
    CO_SET_CONCAT, /* &= of VB */
    CO_SET_OTHER
};

struct code_token {
    struct str text; /* of the source, or of the arena where escapes were undone */
    uint32_t line;   /* counted from 1, in the file as it is */
    uint32_t match;  /* OP of a bracket: index of the partner; 0: it has none */
    uint8_t kind, op, language;
};

struct code_tokens {
    struct code_token *list; /* list[count] is an END */
    uint32_t count;
    bool is_cut; /* CODE_TOKENS_MAX or the arena's cap was reached: the rest is missing */
    /* kept by the owner between runs */
    uint32_t cap;
};

enum { CODE_LEX_MAX_BYTES = 8 << 20, CODE_TOKENS_MAX = 1500000, CODE_TOKENS_KEPT = 1 << 16 };

static inline bool code_is_vb(uint8_t language)
{
    return language == CODE_VBSCRIPT || language == CODE_VBNET;
}

/* Appends the tokens of one part. line: of the part's first byte. source and keep must outlive tokens. */
void code_lex(struct code_tokens *tokens, struct arena *keep, enum code_language language, struct str source,
              uint32_t line);
/* Appends a token without text: CODE_STOP, CODE_ECHO. */
void code_push(struct code_tokens *tokens, enum code_kind kind, enum code_language language, uint32_t line);
/* Finds the partners of all brackets, across parts: `<% if (x) { %> text <% } %>` is one block. Call it once, at the end. */
void code_match(struct code_tokens *tokens);
/* Forgets all tokens, keeps (some of) the memory. */
void code_tokens_reset(struct code_tokens *tokens);
void code_tokens_free(struct code_tokens *tokens);

#endif
