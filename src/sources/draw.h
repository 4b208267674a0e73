/* Keys drawn at random, for rows that are looked up by them. */
#ifndef ASSAY_SOURCES_DRAW_H
#define ASSAY_SOURCES_DRAW_H

#include "assay/words.h"

/* Up to count different integers out of [low, high], each as likely as any other, in random order: a row looked up by
 * one of them is as likely as any other row, however the keys lie. *ret_drawn < count only where the range is small.
 * The kernel's random numbers: whoever keeps the table cannot know which rows will be looked at. err: IO. */
MUST_USE int draw_keys(int64_t low, int64_t high, int64_t *ret_keys, size_t count, size_t *ret_drawn, struct err *err);

#endif
