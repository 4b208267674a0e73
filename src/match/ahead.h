/* Linking ahead: once the first rows of a table have shown which columns belong together, the rows behind them are linked
 * in the pass that aligns, and the table need not be streamed twice. What was guessed is held against what the whole table
 * shows; if it does not fit, nothing of it is used.
 *
 *   rows 0 .. first: aligned          first .. end: aligned and linked
 *                    └ guess                        └ does the guess hold? then rows 0 .. first are linked too */
#ifndef ASSAY_MATCH_AHEAD_H
#define ASSAY_MATCH_AHEAD_H

#include "match/link.h"

enum { AHEAD_ROWS = 1 << 16, AHEAD_COLUMNS_MAX = 64 };

struct ahead {
    struct lock lock;       /* of what follows, but for threads inside, to which it is all still */
    struct bell left;       /* a thread has left */
    size_t inside;          /* threads at a batch; nobody guesses while there is one */
    bool is_off;            /* not this time: several tables, or sets */
    bool is_linking;        /* guessed */
    uint64_t first;         /* the first row that was linked; all behind it were */
    struct ref_table table; /* as the first rows show it */
    struct ref_facts facts;
    struct linkage linkage; /* of the one set */
    struct linking linking;
};

/* For the one set of a query and the first table of a reference. */
void ahead_open(struct ahead *ahead, bool is_off);
/* Nothing that was guessed is used. */
void ahead_forget(struct ahead *ahead);
void ahead_close(struct ahead *ahead);
/* Guesses from what the table's first rows have shown. Under the lock. err: LIMIT. */
MUST_USE int ahead_guess(struct ahead *ahead, const struct query *query, const struct ref_table *table,
                         unsigned workers, struct err *err);
/* Does the guess hold for the whole table, of which the linkage's pairs are chosen and the facts' roles known? Then *ret_held
 * is true, the rows before ahead->first are read from input again, and both get all that was linked. */
MUST_USE int ahead_take(struct ahead *ahead, struct linkage *linkage, struct input *input,
                        const struct ref_table *table, const struct assay_sink *sink, struct ref_facts *facts,
                        bool *ret_held, struct err *err);

#endif
