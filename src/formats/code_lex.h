/* The other languages of web pages to tokens: Java (JSP), C#, VB.NET and JScript.NET (ASPX, ASHX), VBScript and JScript
 * (classic ASP). One shape for all of them, so that one evaluator reads them. Never fails: whatever the bytes are, they
 * become tokens, in one pass and in time linear in their number. Comments and white space are gone; brackets know their
 * partners.
 *
 *   page    <% a %> text <%= b %>     CODE_STOP a CODE_STOP CODE_ECHO b CODE_STOP       (formats/page.h finds the parts)
 *   VB      x = 1 : y = 2 <newline>   x = 1 CODE_STOP y = 2 CODE_STOP
 *   curly   f(a); { }                 f ( a ) ; { }              ';' and braces are operators, line ends are nothing
 *   C#      $"a{b}c"                  CODE_BEGIN CODE_TEXT(a) b CODE_TEXT(c) CODE_FINISH */
#ifndef ASSAY_FORMATS_CODE_LEX_H
#define ASSAY_FORMATS_CODE_LEX_H

#include "base/arena.h"

enum code_language { CODE_JAVA, CODE_CSHARP, CODE_JSCRIPT, CODE_VBSCRIPT, CODE_VBNET, CODE_LANGUAGES };

enum code_kind {
    CODE_END,
    CODE_STOP,   /* a statement ends here: VB's line ends and colons, and the borders of a page's parts */
    CODE_ECHO,   /* <%= and <%# : what follows, up to the next STOP, is written to the page */
    CODE_NAME,   /* identifier or keyword, as written; VB's [name] without its brackets */
    CODE_TEXT,   /* string or character constant, escapes undone */
    CODE_NUMBER, /* as written; "&H41" too */
    CODE_BEGIN,  /* of a text with expressions in it */
    CODE_FINISH,
    CODE_OP /* op is the character, or a CODE_* of the next list */
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
    CO_SET_CONCAT, /* &= of VB; elsewhere CO_SET_OTHER */
    CO_SET_OTHER
};

struct code_token {
    struct str text; /* of the source, or of the arena where escapes were undone */
    uint32_t line;   /* counted from 1, in the file as it is */
    uint32_t match;  /* OP of a bracket, BEGIN: index of the partner; 0: it has none */
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

/* Appends the tokens of one part and a STOP behind them. line: of the part's first byte. source and keep must outlive
 * tokens. Brackets find their partners across parts: `<% if (x) { %> text <% } %>` is one block. */
void code_lex(struct code_tokens *tokens, struct arena *keep, enum code_language language, struct str source,
              uint32_t line);
/* Forgets all tokens, keeps (some of) the memory. */
void code_tokens_reset(struct code_tokens *tokens);
void code_tokens_free(struct code_tokens *tokens);

#endif
