/* Counters by the minute, in pages of three days. */
#include <stdlib.h>

#include "match/minutes.h"

#include "base/banned.h"

enum { MINUTE_PAGE = 4096, MINUTE_PAGES = 16700 /* to the year 2100 */ };

int64_t minute_of(int64_t seconds)
{
    return seconds / 60 - (seconds % 60 < 0);
}

int minutes_open(struct minutes *minutes, struct err *err)
{
    *minutes = (struct minutes){.pages = calloc(MINUTE_PAGES, sizeof(*minutes->pages))};
    return minutes->pages != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory for the times of rows");
}

/* The page, made if nobody has. */
static uint32_t *page_of(struct minutes *minutes, int64_t minute)
{
    uint32_t **slot = &minutes->pages[minute / MINUTE_PAGE];
    uint32_t *page = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (page == NULL) {
        uint32_t *made = calloc(MINUTE_PAGE, sizeof(*made));
        if (made == NULL || __atomic_compare_exchange_n(slot, &page, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            return made;
        }
        free(made);
    }
    return page;
}

int minutes_add(struct minutes *minutes, struct minutes_part *part, int64_t seconds, struct err *err)
{
    int64_t minute = minute_of(seconds);
    if (minute < 0 || minute >= (int64_t)MINUTE_PAGE * MINUTE_PAGES) {
        part->outside++;
        return 0;
    }
    uint32_t *page = page_of(minutes, minute);
    if (page == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the times of rows");
    }
    __atomic_fetch_add(&page[minute % MINUTE_PAGE], 1, __ATOMIC_RELAXED);
    part->first = part->total == 0 || minute < part->first ? minute : part->first;
    part->last = part->total == 0 || minute > part->last ? minute : part->last;
    part->total++;
    return 0;
}

void minutes_settle(struct minutes *minutes, const struct minutes_part *part)
{
    minutes->total = part->total;
    minutes->outside = part->outside;
    minutes->first = part->first;
    minutes->last = part->last;
}

uint32_t minutes_at(const struct minutes *minutes, int64_t minute)
{
    bool inside = minutes->pages != NULL && minute >= 0 && minute < (int64_t)MINUTE_PAGE * MINUTE_PAGES;
    const uint32_t *page = inside ? minutes->pages[minute / MINUTE_PAGE] : NULL;
    return page == NULL ? 0 : page[minute % MINUTE_PAGE];
}

void minutes_close(struct minutes *minutes)
{
    for (size_t i = 0; minutes->pages != NULL && i < MINUTE_PAGES; i++) {
        free(minutes->pages[i]);
    }
    free(minutes->pages);
    minutes->pages = NULL;
}
