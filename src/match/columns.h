/* Which column is which, and of what kind. */
#ifndef ASSAY_MATCH_COLUMNS_H
#define ASSAY_MATCH_COLUMNS_H

#include "match/evidence.h"

/* One column of the table for each column of the sample, the most telling first. Agreement of times after the offset. */
void columns_align(const struct evidence_input *in, int64_t offset_s, struct aligned *columns, size_t *ret_count);
void columns_classify(const struct evidence_input *in, struct aligned *columns, size_t count);

/* Has the linked row the same value in pair p (times: after the offset)? */
bool columns_agree(const struct linkage *linkage, size_t row, size_t p, int64_t offset_s);
/* Linked to one row, and both have a value there? */
static inline bool columns_comparable(const struct linkage *linkage, size_t row, size_t p)
{
    return links_hits(&linkage->links, row) == 1 && links_filled(&linkage->links, row, p) &&
           set_cell(linkage->set, row, linkage->pairs[p].sample) != 0;
}
/* A phone, also one that is written as a number. */
bool columns_is_phone(const struct evidence_input *in, size_t p);
/* Nine in ten of the table's values are distinct. */
bool columns_near_unique(const struct ref_facts *facts, size_t column);

#endif
