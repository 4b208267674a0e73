/* Counters by the minute, in pages of three days. */
#include <stdlib.h>

#include "match/dating.h"
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

int minutes_flush(struct minutes *minutes, struct minutes_part *part, struct err *err)
{
    int64_t minute = part->held_minute;
    if (part->held == 0) {
        return 0;
    }
    uint32_t *page = page_of(minutes, minute);
    if (page == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the times of rows");
    }
    __atomic_fetch_add(&page[minute % MINUTE_PAGE], part->held, __ATOMIC_RELAXED);
    part->first = part->total == 0 || minute < part->first ? minute : part->first;
    part->last = part->total == 0 || minute > part->last ? minute : part->last;
    part->total += part->held;
    part->held = 0;
    return 0;
}

int minutes_add(struct minutes *minutes, struct minutes_part *part, int64_t seconds, struct err *err)
{
    if (part->held > 0 && part->held < UINT32_MAX && (uint64_t)seconds - (uint64_t)part->held_minute * 60 < 60) {
        part->held++;
        return 0;
    }
    int64_t minute = minute_of(seconds);
    if (minute < 0 || minute >= (int64_t)MINUTE_PAGE * MINUTE_PAGES) {
        part->outside++;
        return 0;
    }
    TRY(minutes_flush(minutes, part, err));
    part->held_minute = minute;
    part->held = 1;
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

uint32_t minutes_peak(const struct minutes *minutes)
{
    uint32_t peak = 0;
    for (size_t i = 0; minutes->pages != NULL && i < MINUTE_PAGES; i++) {
        for (size_t m = 0; minutes->pages[i] != NULL && m < MINUTE_PAGE; m++) {
            peak = minutes->pages[i][m] > peak ? minutes->pages[i][m] : peak;
        }
    }
    return peak;
}

int minutes_distinct(int64_t *minutes, size_t count, uint64_t *ret_distinct, struct err *err)
{
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    *ret_distinct = 0;
    for (size_t i = 0; i < count; i++) {
        first = minutes[i] < first ? minutes[i] : first;
        last = minutes[i] > last ? minutes[i] : last;
    }
    uint64_t span = (uint64_t)last - (uint64_t)first;
    if (count == 0 || span / 64 >= (uint64_t)count + MINUTE_PAGE) { /* too far apart for a bit each */
        qsort(minutes, count, sizeof(*minutes), dating_by_time);
        for (size_t i = 0; i < count; i++) {
            *ret_distinct += i == 0 || minutes[i] != minutes[i - 1];
        }
        return 0;
    }
    uint64_t *bits = calloc((size_t)(span / 64) + 1, sizeof(*bits));
    if (bits == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the times of rows");
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t minute = (uint64_t)minutes[i] - (uint64_t)first;
        uint64_t bit = UINT64_C(1) << (minute % 64);
        *ret_distinct += (bits[minute / 64] & bit) == 0;
        bits[minute / 64] |= bit;
    }
    free(bits);
    return 0;
}

void minutes_close(struct minutes *minutes)
{
    for (size_t i = 0; minutes->pages != NULL && i < MINUTE_PAGES; i++) {
        free(minutes->pages[i]);
    }
    free(minutes->pages);
    minutes->pages = NULL;
}
