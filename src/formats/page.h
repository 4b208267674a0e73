/* A page of JSP, classic ASP or ASP.NET to the tokens of its code, wherever it stands: between <% %>, in
 * <script runat="server">, in <jsp:scriptlet> with entities and CDATA, in a handler's file that is all code; behind
 * the script encoder, Java's \u escapes or UTF-7. Which language it is, the page's directives say; where they do not, its
 * words do. */
#ifndef ASSAY_FORMATS_PAGE_H
#define ASSAY_FORMATS_PAGE_H

#include "formats/code_lex.h"

enum page_kind { PAGE_JSP, PAGE_ASP, PAGE_ASPX };

enum { PAGE_CONTROLS_MAX = 400 };

struct page {
    struct code_tokens tokens; /* of all parts, in the order of the file */
    enum code_language language;
    uint64_t code_bytes;  /* how much of the file is code */
    struct str *controls; /* ids of ASP.NET controls that the visitor fills; in the arena, NULL if there are none */
    unsigned control_count;
    bool is_part;          /* of an application: it includes other pages, or its class stands in another file */
    uint32_t wiped_line;   /* of a part that is nothing but blanks, where code was; 0: there is none */
    uint32_t picture_line; /* of an include of a file that is named as a picture; 0: there is none */
    bool is_cut;           /* a bound ended it: some code is missing */
};

/* Replaces what is in page; bytes and keep must outlive it. Never fails; is_cut tells of bounds and of memory. */
void page_read(struct page *page, struct arena *keep, enum page_kind kind, struct str bytes);
/* Text that is run, as one part of a language. */
void page_read_code(struct page *page, struct arena *keep, enum code_language language, struct str text);
void page_free(struct page *page);

#endif
