/* What the files of the table of paths share: pages.c has its picture. */
#ifndef ASSAY_TRACE_PAGES_INSIDE_H
#define ASSAY_TRACE_PAGES_INSIDE_H

#include "trace/pages.h"

_Static_assert(PAGE_CROWD_BITS == 1 << 9, "note_client gives nine bits");
_Static_assert(offsetof(struct page, path) == 2 * PAGE_ALIGN, "what every request touches lies together");
enum {
    LEVELS_EACH = 16,
    LEVEL_MAX = 3 * LEVELS_EACH,
    ROWS_FIRST = 256,
    SPELLINGS_MAX = PAGES_MAX * 2,
    SPELLED_TEXT_MAX = 4 << 20 /* bytes of spellings that are no normal form */
};

struct spelling {
    uint64_t hash;
    const char *text;
    uint32_t len;
    uint32_t row; /* + 1; 0: empty */
    int32_t seed;
};

struct page_table {
    uint64_t salt;
    struct page *rows;
    size_t count, cap;
    unsigned level;
    size_t text_bytes, spelled_bytes;
    uint32_t *index; /* row + 1 by hash of the normal form; twice as many slots as rows */
    struct spelling *spellings;
    size_t spelling_count, spelling_cap;
    struct arena text; /* of rows */
    struct arena spelled;
    uint64_t asked; /* requests that name a path */
};

/* ---- pages_table.c ---- */

/* Does a table of this level keep a path's requests without an answer? */
bool page_keeps_missed(uint64_t hash, unsigned level);
/* The row of a path, made if it is new and there is room for it; NULL without err if there is none.
 * is_answered: it is to have an answered request. */
struct page *page_row_get(struct page_table *table, struct str normal, bool is_answered, struct err *err);
MUST_USE int page_level_set(struct page_table *table, unsigned level, struct err *err);
void page_spellings_forget(struct page_table *table);

/* ---- one request, or one row's into another's ---- */

static inline bool is_earlier(const struct hit *a, const struct hit *b)
{
    return a->second != b->second ? a->second < b->second : hit_before(a, b);
}

static inline void note_when(struct hit *first, struct hit *last, const struct hit *hit)
{
    if (!hit_is(first) || is_earlier(hit, first)) {
        *first = *hit;
    }
    if (!hit_is(last) || is_earlier(last, hit)) {
        *last = *hit;
    }
}

static inline void note_client(struct page *page, struct client_key key)
{
    size_t count = page->client_count;
    if (page->is_script) {
        uint64_t bit = (key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 55;
        page->crowd[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    if (count > PAGE_CLIENTS) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (client_key_eq(page->clients[i], key)) {
            return;
        }
    }
    if (count < PAGE_CLIENTS) {
        page->clients[count] = key;
    }
    page->client_count++;
}

#endif
