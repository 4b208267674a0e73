/* How far the reading of one statement has come: between statement.c, which goes from token to token, statement_table.c, which
 * takes tables and shape, and statement_steer.c, where words steer. */
#ifndef ASSAY_TRACE_STATEMENT_INSIDE_H
#define ASSAY_TRACE_STATEMENT_INSIDE_H

#include "base/str.h"
#include "trace/statement.h"
#include "trace/statement_words.h"

#include "base/banned.h"

enum { WITH_NAMES = 8 };

enum clause { IN_OTHER, IN_LIST, IN_ARGUMENTS, IN_FROM, IN_WHERE, IN_LIMIT, IN_OFFSET };

/* One SELECT of several joined by UNION. */
struct arm {
    unsigned tables; /* other than the server's own */
    bool has_from, has_column, has_star, is_summed;
    bool has_where;
    /* a condition that holds for every row: 1, TRUE, 1 = 1 */
    unsigned where_count;
    struct token where[3];
};

struct reading {
    struct statement out;
    struct lex lex;
    struct token now, next;
    enum word_id word, second; /* of `now`; of the statement's second word */
    unsigned count;            /* tokens of this statement so far */
    unsigned depth, lost;      /* lost: parentheses beyond STATEMENT_DEPTH */
    enum clause clause[STATEMENT_DEPTH];
    bool holds_rows[STATEMENT_DEPTH]; /* what this parenthesis holds is sent as rows, or is where they come from */
    bool wants_table;
    bool is_set_prefix; /* SET STATEMENT ... FOR */
    bool wants_file;
    struct arm arm;
    struct str with[WITH_NAMES], last_name; /* names that WITH gives */
    size_t with_count;
    struct str variable; /* that a SET is about */
    unsigned nulls;      /* in a row, in a list */
    bool is_with, has_union, has_catalog, has_secret, has_into, has_logfiles, has_hex, has_from_word;
    enum word_id before; /* the word before */
    bool after_value;    /* for the shape: a value came last, a comma since */
    bool comma_waits;
};

static inline bool word_is(struct str text, const char *word)
{
    return str_eq_nocase(text, str_of(word));
}

static inline bool rows_here(const struct reading *r)
{
    return r->lost == 0 && r->holds_rows[r->depth];
}

static inline enum clause *clause(struct reading *r)
{
    return &r->clause[r->depth];
}

static inline void step(struct reading *r)
{
    r->now = r->next;
    r->next = lex_next(&r->lex);
}

static inline bool is_sign(const struct token *token, char c)
{
    return token->kind == TOKEN_SIGN && token->text.data[0] == c;
}

static inline bool is_name(const struct token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_NAME || token->kind == TOKEN_DOUBLE;
}

/* ---- statement_table.c ---- */

void shape_mix(uint64_t *hash, uint64_t value);
void shape_add(struct reading *r); /* the token that is at hand */

/* `now` begins a name; the tokens of it are consumed but for the last. */
struct table_name table_read(struct reading *r);
void table_add(struct reading *r, struct table_name table);

/* A name of a table that is a message: README, WARNING. */
bool table_is_note(struct str name);

/* ---- statement_steer.c ---- */

void steer_begin(struct reading *r); /* by the first word, */
void steer(struct reading *r);       /* and by any further one */

/* One SELECT of several is through. */
void arm_end(struct reading *r);

#endif
