/* A page of the timeline: records by the time of what they tell, found through the index. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"

#include "base/banned.h"

/* The earliest `limit` of what was met: a heap whose first is the latest of them. */
struct page {
    struct index_row *of;
    size_t count, limit;
    uint64_t met, left; /* in the window; of them behind the cursor */
    uint64_t undated;   /* in the case */
};

static void own_page(struct page *page)
{
    free(page->of);
}

/* By time; what happened in one instant, by its place in the ledger. */
static bool is_later(int64_t a_ns, uint64_t a_n, int64_t b_ns, uint64_t b_n)
{
    return a_ns != b_ns ? a_ns > b_ns : a_n > b_n;
}

static bool row_is_later(const struct index_row *a, const struct index_row *b)
{
    return is_later(a->moment_ns, a->n, b->moment_ns, b->n);
}

static void sift_down(struct page *page)
{
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child >= page->count) {
            return;
        }
        if (child + 1 < page->count && row_is_later(&page->of[child + 1], &page->of[child])) {
            child++;
        }
        if (!row_is_later(&page->of[child], &page->of[at])) {
            return;
        }
        struct index_row row = page->of[at];
        page->of[at] = page->of[child];
        page->of[child] = row;
        at = child;
    }
}

static void sift_up(struct page *page, size_t at)
{
    while (at > 0 && row_is_later(&page->of[at], &page->of[(at - 1) / 2])) {
        struct index_row row = page->of[at];
        page->of[at] = page->of[(at - 1) / 2];
        page->of[(at - 1) / 2] = row;
        at = (at - 1) / 2;
    }
}

static void offer(struct page *page, const struct index_row *row)
{
    if (page->count < page->limit) {
        page->of[page->count] = *row;
        sift_up(page, page->count++);
    } else if (row_is_later(&page->of[0], row)) {
        page->of[0] = *row;
        sift_down(page);
    }
}

static int by_time(const void *left, const void *right)
{
    const struct index_row *a = left;
    const struct index_row *b = right;
    return (int)row_is_later(a, b) - (int)row_is_later(b, a);
}

/* "1773500000000000000.123": instant and entry. */
static int read_cursor(const char *after, int64_t *ret_ns, uint64_t *ret_n, struct err *err)
{
    *ret_ns = TIME_NONE;
    *ret_n = 0;
    struct str_cut cut = str_cut(str_of(after != NULL ? after : ""), '.');
    if (after != NULL && (!cut.found || !str_i64(cut.head, ret_ns) || !str_u64(cut.tail, ret_n))) {
        err_set(err, ERR_USAGE, "'%s' is no place in the timeline", after);
        return err_remedy(err, "take the `next` of the page before");
    }
    return 0;
}

static int collect(struct assay_case *kase, const struct assay_window *window, struct page *page, struct err *err)
{
    int64_t after_ns;
    uint64_t after_n;
    struct index_row row;
    TRY(read_cursor(window->after, &after_ns, &after_n, err));
    TRY(case_index(kase, err));
    OWN(own_index_reader)
    struct index_reader *reader = index_reader_new(kase->index, INDEX_MOMENTS | INDEX_GONE, err);
    int got = reader != NULL ? index_next(reader, &row, err) : -1;
    for (; got == 1 && row.n < kase->tree.size; got = index_next(reader, &row, err)) {
        if (row.is_gone || !(str_eq(row.type, STR("event")) || str_eq(row.type, STR("finding")))) {
            continue; /* summaries and coverage have times too, but nothing happened then */
        }
        page->undated += row.moment_ns == TIME_NONE;
        if (row.moment_ns == TIME_NONE || row.moment_ns < window->from_ns ||
            (window->to_ns != TIME_NONE && row.moment_ns >= window->to_ns)) {
            continue;
        }
        page->met++;
        if (window->after == NULL || is_later(row.moment_ns, row.n, after_ns, after_n)) {
            page->left++;
            offer(page, &row);
        }
    }
    return got < 0 ? -1 : 0;
}

static json_t *event_object(struct assay_case *kase, const struct index_row *row, struct err *err)
{
    char at[TIME_TEXT];
    time_rfc3339(at, row->moment_ns);
    json_t *entry = case_entry(kase, row, err);
    if (entry == NULL) {
        return NULL;
    }
    json_t *event = json_pack("{s:s, s:o}", "at", at, "entry", entry);
    if (event == NULL) {
        err_no_memory(err);
    }
    return event;
}

static json_t *page_object(struct assay_case *kase, const struct page *page, struct err *err)
{
    char next[64];
    OWN(own_json) json_t *events = json_array();
    for (size_t i = 0; i < page->count; i++) {
        json_t *event = event_object(kase, &page->of[i], err);
        if (event == NULL || json_array_append_new(events, event) != 0) {
            return NULL;
        }
    }
    bool is_last = page->left == page->count;
    if (!is_last) {
        const struct index_row *last = &page->of[page->count - 1];
        (void)snprintf(next, sizeof next, "%" PRId64 ".%" PRIu64, last->moment_ns, last->n);
    }
    return json_pack("{s:O, s:I, s:I, s:s?}", "events", events, "count", (json_int_t)page->met, "undated",
                     (json_int_t)page->undated, "next", is_last ? NULL : next);
}

int assay_case_events(struct assay_case *kase, const struct assay_window *window, json_t **ret_page, struct err *err)
{
    struct err unheard;
    err = err != NULL ? err : &unheard;
    if (window->limit == 0 || window->limit > ASSAY_WINDOW_MAX) {
        return err_set(err, ERR_USAGE, "a page of the timeline has 1 to %d records", ASSAY_WINDOW_MAX);
    }
    OWN(own_page) struct page page = {.of = calloc(window->limit, sizeof *page.of), .limit = window->limit};
    if (page.of == NULL) {
        return err_no_memory(err);
    }
    if (collect(kase, window, &page, err) != 0) {
        return err_where(err, "%s", kase->path);
    }
    if (page.count != 0) {
        qsort(page.of, page.count, sizeof *page.of, by_time);
    }
    json_t *object = page_object(kase, &page, err);
    if (object == NULL) {
        return err_where(err, "%s", kase->path);
    }
    *ret_page = object;
    return 0;
}
