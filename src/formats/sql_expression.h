/* What sql_expression.c (terms) and sql_call.c (functions) share: an expression while it is read. */
#ifndef ASSAY_FORMATS_SQL_EXPRESSION_H
#define ASSAY_FORMATS_SQL_EXPRESSION_H

#include "formats/sql_inside.h"

struct expression {
    char *at, *end;
    char *out; /* behind what is written; never behind `at` */
    bool is_dry, has_backslashes;
    bool is_null, is_text, is_bytes; /* of the value read last */
    unsigned depth;
};

/* All read at `at` and move it; false: what stands there is not understood. */
bool expression_value(struct expression *e);

enum call {
    CALL_INNER,
    CALL_CAST,
    CALL_CONVERT,
    CALL_DATE,
    CALL_HEX,
    CALL_CHAR,
    CALL_REPLACE,
    CALL_POINTS,
    CALL_CONCAT,
    CALL_EMPTY
};
/* The rest of a call, behind its '('. */
bool expression_call(struct expression *e, enum call call);
bool expression_find_call(struct str name, enum call *ret_call);
/* To behind the ')' that closes what is open. */
bool expression_skip_rest(struct expression *e);

void expression_skip_space(struct expression *e);
/* This byte, behind white space. */
bool expression_take(struct expression *e, char byte);
/* A word; empty if there is none. */
struct str expression_word(struct expression *e);
/* This word (any case), behind white space. */
bool expression_takes(struct expression *e, const char *word);
/* Bytes of the expression itself, as they are, to `out`. */
void expression_copy(struct expression *e, const char *from, size_t len);
/* \0041 and \+000041 of U&'..' and UNISTR('..'), and SQLite's \u0041, in [from, e->out), in place. */
void expression_points(struct expression *e, char *from);

#endif
