/* Which columns of a table say when its rows were made, changed and deleted, and by which number they are known. */
#ifndef ASSAY_MATCH_ROLES_H
#define ASSAY_MATCH_ROLES_H

#include "match/align.h"
#include "match/tally.h"

/* An instant that a system writes: from 2000 to 2035. */
bool roles_is_plausible(int64_t seconds);
/* Are nine in ten of its cells numbers of that size, and does its name say that they are times? Then its class is one of
 * times. Number columns without such a name stay numbers, and are epochs (roles_is_epoch) all the same. */
void roles_settle(struct ref_column *column);
bool roles_is_epoch(uint64_t epochs, uint64_t filled);
/* May this column be held against times as one? */
bool roles_may_be_time(enum normal_class class, bool is_epoch);
/* Of a table that a sample is about to be linked to: numbers in which the sample's times are found are times. */
void roles_follow(struct ref_table *table, const struct set *set, size_t s);

/* How many of the other columns of times are never after this one, and before it in some rows: creation is before change.
 * Of a sample; of the first rows of a table. */
size_t roles_place_here(const struct set *set, size_t column);
size_t roles_place_there(const struct ref_table *table, size_t column);

/* Columns by which the table's rows are dated and ordered; sets created, updated, deleted, id and created_is_time. */
void link_roles(const struct ref_table *table, struct ref_facts *facts);

#endif
