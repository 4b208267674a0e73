/* What kind of personal data a column holds, seen from a sample of its values and from its name. Nothing of a value is kept.
 *
 *   columns ─▶ kinds_open ─▶ kinds_rows (any number of batches) ─▶ kinds_notes
 *
 * A kind is one file and one line in kind_list.h. Rates of false alarms and of misses per kind are measured
 * (data/error-rates.json, "reach"). */
#ifndef ASSAY_REACH_KINDS_H
#define ASSAY_REACH_KINDS_H

#include "assay/words.h"

struct kinds;

struct kind_column {
    struct str name, type; /* as the database names them; type may be empty */
    struct str table;      /* whose column it is; may be empty. In "customers" a "name" is a person's */
};

/* One kind seen in one column. A column may hold two (free text with addresses in it), the likelier first. */
struct kind_note {
    size_t column;
    const char *kind;   /* "email", "phone", "card", ...: id of kind_list.h, static */
    const char *scheme; /* "bcrypt, cost 10", "MD5, unsalted", "Visa"; NULL: nothing to add. Lives until kinds_close */
    const char *weak;   /* why the scheme is weak ("unsalted MD5: guessed at billions a second"); NULL */
    bool by_name;       /* only the name says so: values were empty, unseen, or cannot tell */
    uint64_t n, k;      /* k of n non-null, non-empty values are of the kind; 0 of 0 when by_name */
};

MUST_USE int kinds_open(const struct kind_column *columns, size_t count, struct kinds **ret_kinds, struct err *err);
/* Cells as in sources/source.h: cell c of row r is cells[r * columns + c]; data NULL is a null. */
void kinds_rows(struct kinds *kinds, const struct str *cells, size_t rows);
/* In the order of columns; lives until kinds_close. err: LIMIT (memory). */
MUST_USE int kinds_notes(struct kinds *kinds, const struct kind_note **ret_notes, size_t *ret_count, struct err *err);
void kinds_close(struct kinds *kinds);
void own_kinds(struct kinds **kinds);

#endif
