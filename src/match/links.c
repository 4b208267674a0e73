/* A row of the set and its row of the table, in few bytes. */
#include <stdlib.h>

#include "match/links.h"

#include "base/banned.h"

int links_open(struct links *links, size_t rows, size_t pairs, size_t time_count, bool has_created, bool has_updated,
               bool has_deleted, bool has_order, struct err *err)
{
    *links = (struct links){.rows = rows, .pair_bytes = (pairs + 7) / 8, .time_count = time_count, .times = time_count};
    links->created = has_created ? (int)links->times++ : -1;
    links->updated = has_updated ? (int)links->times++ : -1;
    links->deleted = has_deleted ? (int)links->times++ : -1;
    links->order = has_order ? (int)links->times++ : -1;
    links->how = calloc(rows + 1, sizeof(*links->how));
    links->rivals = calloc(rows + 1, sizeof(*links->rivals));
    links->agree = calloc(rows + 1, links->pair_bytes + 1);
    links->filled = calloc(rows + 1, links->pair_bytes + 1);
    links->time = calloc(rows + 1, (links->times + 1) * sizeof(*links->time));
    bool good = links->how != NULL && links->rivals != NULL && links->agree != NULL && links->filled != NULL &&
                links->time != NULL;
    return good ? 0 : err_set(err, ERR_LIMIT, "no memory to link %zu rows", rows);
}

void links_close(struct links *links)
{
    free(links->how);
    free(links->rivals);
    free(links->agree);
    free(links->filled);
    free(links->time);
    *links = (struct links){0};
}

static int64_t time_at(const int64_t *times, int index)
{
    return index < 0 ? LINK_NO_TIME : times[index];
}

static uint64_t agreed(const struct links *links, size_t row)
{
    uint64_t agree = 0;
    for (size_t i = 0; i < links->pair_bytes; i++) {
        agree |= (uint64_t)links->agree[row * links->pair_bytes + i] << (8 * i);
    }
    return agree;
}

struct link links_read(const struct links *links, size_t row)
{
    struct link link = {.via = (uint8_t)links_via(links, row), .hits = links_hits(links, row)};
    const int64_t *times = links->time + row * links->times;
    link.agree = agreed(links, row);
    for (size_t i = 0; i < links->pair_bytes; i++) {
        link.filled |= (uint64_t)links->filled[row * links->pair_bytes + i] << (8 * i);
    }
    link.created = time_at(times, links->created);
    link.updated = time_at(times, links->updated);
    link.deleted = time_at(times, links->deleted);
    link.order = links->order >= 0 ? times[links->order] : link.created;
    for (size_t t = 0; t < LINK_TIMES_MAX; t++) {
        link.difference_s[t] = t < links->time_count ? times[t] : LINK_NO_TIME;
    }
    return link;
}

static void put_time(int64_t *times, int index, int64_t seconds)
{
    if (index >= 0) {
        times[index] = seconds;
    }
}

static void set_hits(struct links *links, size_t row, unsigned hits)
{
    links->how[row] = (uint16_t)((links->how[row] & ~3U) | hits);
}

enum links_offered links_offer(struct links *links, size_t row, unsigned ways)
{
    unsigned best = links_best(links, row);
    unsigned again = links_again(links, row) | (links_hit(links, row) & ways);
    unsigned hit = links_hit(links, row) | ways;
    enum links_offered offered = ways > best ? LINKS_BEST : ways == best ? LINKS_RIVAL : LINKS_WORSE;
    unsigned hits = offered == LINKS_BEST ? 1 : links_hits(links, row);
    best = offered == LINKS_BEST ? ways : best;
    if (offered == LINKS_BEST && links->rivals[row] != 0) { /* most have none: their page stays untouched */
        links->rivals[row] = 0;
    }
    links->how[row] = (uint16_t)(((again << LINK_VIAS | hit) << LINK_VIAS | best) << LINKS_HITS_BITS | hits);
    return offered;
}

void links_rival(struct links *links, size_t row, const struct link *link)
{
    int before = __builtin_popcountll(agreed(links, row) & links->telling);
    int now = __builtin_popcountll(link->agree & links->telling);
    links->rivals[row] = (uint8_t)(links->rivals[row] + (links->rivals[row] < UINT8_MAX));
    if (now > before) {
        links_put(links, row, link);
        set_hits(links, row, 1);
    }
    if (now == before || links->rivals[row] == UINT8_MAX) {
        set_hits(links, row, 2);
    }
}

void links_put(struct links *links, size_t row, const struct link *link)
{
    int64_t *times = links->time + row * links->times;
    for (size_t i = 0; i < links->pair_bytes; i++) {
        links->agree[row * links->pair_bytes + i] = (uint8_t)(link->agree >> (8 * i));
        links->filled[row * links->pair_bytes + i] = (uint8_t)(link->filled >> (8 * i));
    }
    for (size_t t = 0; t < links->time_count; t++) {
        times[t] = link->difference_s[t];
    }
    put_time(times, links->created, link->created);
    put_time(times, links->updated, link->updated);
    put_time(times, links->deleted, link->deleted);
    put_time(times, links->order, link->order);
}

void links_keep(struct links *links, const size_t *pairs, size_t pair_count, const size_t *times, size_t time_count)
{
    struct links before = *links;
    size_t dropped = before.time_count - time_count;
    links->telling = 0;
    for (size_t p = 0; p < pair_count; p++) {
        links->telling |= (before.telling >> pairs[p] & 1U) << p;
    }
    links->pair_bytes = (pair_count + 7) / 8;
    links->time_count = time_count;
    links->times = before.times - dropped;
    links->created -= before.created < 0 ? 0 : (int)dropped;
    links->updated -= before.updated < 0 ? 0 : (int)dropped;
    links->deleted -= before.deleted < 0 ? 0 : (int)dropped;
    links->order -= before.order < 0 ? 0 : (int)dropped;
    for (size_t row = 0; row < links->rows; row++) { /* never longer than before, so nothing unread is lost */
        if (links_hits(&before, row) == 0) {
            continue;
        }
        struct link from = links_read(&before, row);
        struct link to = from;
        to.agree = to.filled = 0;
        for (size_t p = 0; p < pair_count; p++) {
            to.agree |= (from.agree >> pairs[p] & 1U) << p;
            to.filled |= (from.filled >> pairs[p] & 1U) << p;
        }
        for (size_t t = 0; t < time_count; t++) {
            to.difference_s[t] = from.difference_s[times[t]];
        }
        links_put(links, row, &to);
    }
}
