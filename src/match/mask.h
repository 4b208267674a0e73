/* A value of the sample as it may be shown: enough for whoever holds the row to know it again, too little for anybody else. */
#ifndef ASSAY_MATCH_MASK_H
#define ASSAY_MATCH_MASK_H

#include "match/set.h"

/* Appends value, in its one spelling, masked:
 *   e-mail  a•••@q•••.zz     phone  •••42      secret  $2y$••• (60 characters)    number  ••• (5 characters)
 *   time    2021-••-••       text   m•••
 * or, revealed, as it is (times as RFC 3339). */
void mask_value(struct buf *out, const struct set *set, uint32_t value, bool is_revealed);

#endif
