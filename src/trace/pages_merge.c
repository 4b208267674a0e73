/* Several tables of paths as one, and what that one is asked (pages.c). */
#include "trace/pages_inside.h"

#include <stdlib.h>

#include "base/str.h"

#include "base/banned.h"

/* ---- together ---- */

static void add_hits(struct hit *first, struct hit *last, const struct hit *other_first, const struct hit *other_last)
{
    if (hit_is(other_first)) {
        note_when(first, last, other_first);
        note_when(first, last, other_last);
    }
}

static void add_row(struct page *into, const struct page *from, unsigned level)
{
    into->requests += from->requests;
    into->posts += from->posts;
    into->bytes += from->bytes;
    into->ok += from->ok;
    into->posts_ok += from->posts_ok;
    into->least_ok = from->least_ok < into->least_ok ? from->least_ok : into->least_ok;
    into->most_ok = from->most_ok > into->most_ok ? from->most_ok : into->most_ok;
    add_hits(&into->first, &into->last, &from->first, &from->last);
    if (hit_is(&from->first_ok) && (!hit_is(&into->first_ok) || is_earlier(&from->first_ok, &into->first_ok))) {
        into->first_ok = from->first_ok;
    }
    into->earliest = hit_is(&into->first) ? into->first.second : INT64_MAX;
    into->earliest_ok = hit_is(&into->first_ok) ? into->first_ok.second : INT64_MAX;
    for (size_t i = 0; i < from->client_count && i < PAGE_CLIENTS; i++) {
        note_client(into, from->clients[i]);
    }
    for (size_t i = 0; i < PAGE_CROWD_BITS / 64; i++) {
        into->crowd[i] |= from->crowd[i];
    }
    into->client_count = from->client_count > PAGE_CLIENTS ? PAGE_CLIENTS + 1 : into->client_count;
    if (page_keeps_missed(into->hash, level)) {
        into->missed.requests += from->missed.requests;
        into->missed.posts += from->missed.posts;
        into->missed.bytes += from->missed.bytes;
        add_hits(&into->missed.first, &into->missed.last, &from->missed.first, &from->missed.last);
    }
}

int page_table_merge(struct page_table *into, const struct page_table *from, struct err *err)
{
    into->asked += from->asked;
    if (from->level > into->level) {
        TRY(page_level_set(into, from->level, err));
    }
    for (size_t i = 0; i < from->count; i++) {
        const struct page *page = &from->rows[i];
        struct err why = {0};
        struct page *row = page_row_get(into, page->path, page->requests > 0, &why);
        if (row != NULL) {
            add_row(row, page, into->level);
        } else if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

/* Lines before the job in which a hit lies. */
static uint64_t lines_before(const struct sources *sources, const struct hit *hit)
{
    size_t low = 0, high = sources->job_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        const struct job *job = &sources->jobs[middle];
        bool is_behind = job->source > hit->source || (job->source == hit->source && job->from > hit->offset);
        *(is_behind ? &high : &low) = middle;
    }
    return sources->job_count == 0 ? 0 : sources->jobs[low].lines_before;
}

static void settle_hit(struct hit *hit, const struct sources *sources)
{
    if (hit_is(hit)) {
        hit->line += lines_before(sources, hit);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct client_key *x = a, *y = b;
    if (x->hi != y->hi) {
        return x->hi < y->hi ? -1 : 1;
    }
    return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static void settle_row(struct page *page, const struct sources *sources, unsigned level)
{
    page->lacks_missed = !page_keeps_missed(page->hash, level);
    if (!page->lacks_missed) {
        page->requests += page->missed.requests;
        page->posts += page->missed.posts;
        page->bytes += page->missed.bytes;
        add_hits(&page->first, &page->last, &page->missed.first, &page->missed.last);
    }
    settle_hit(&page->first, sources);
    settle_hit(&page->first_ok, sources);
    settle_hit(&page->last, sources);
    if (page->client_count > PAGE_CLIENTS) {
        memset(page->clients, 0, sizeof page->clients);
    } else {
        qsort(page->clients, page->client_count, sizeof *page->clients, by_key);
    }
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct page *)a)->path, ((const struct page *)b)->path);
}

int pages_finish(struct pages *pages, struct page_table **tables, size_t count, const struct sources *sources,
                 struct err *err)
{
    for (size_t t = 1; t < count; t++) {
        TRY(page_table_merge(tables[0], tables[t], err));
        page_table_free(tables[t]);
        tables[t] = NULL;
    }
    struct page_table *table = tables[0];
    uint64_t kept = 0;
    page_spellings_forget(table);
    for (size_t i = 0; i < table->count; i++) {
        settle_row(&table->rows[i], sources, table->level);
        kept += table->rows[i].requests;
    }
    if (table->count > 1) {
        qsort(table->rows, table->count, sizeof *table->rows, by_path);
    }
    *pages = (struct pages){.all = table->rows, .count = table->count, .dropped = table->asked - kept, .table = table};
    tables[0] = NULL;
    return 0;
}

void pages_free(struct pages *pages)
{
    page_table_free(pages->table);
    *pages = (struct pages){0};
}

const struct page *pages_find(const struct pages *pages, struct str normal)
{
    const struct page wanted = {.path = normal};
    return pages->count == 0 ? NULL : bsearch(&wanted, pages->all, pages->count, sizeof *pages->all, by_path);
}

size_t page_clients_least(const struct page *page)
{
    size_t bits = 0;
    for (size_t i = 0; i < PAGE_CROWD_BITS / 64; i++) {
        bits += (size_t)__builtin_popcountll(page->crowd[i]);
    }
    return bits > page->client_count ? bits : page->client_count;
}
