/* The rows of the table of paths: which are kept when there is no room for all, and where they lie (pages.c). */
#include "trace/pages_inside.h"

#include <stdlib.h>

#include "base/str.h"

#include "base/banned.h"

/* ---- which paths are kept ---- */

static bool is_sampled(uint64_t hash, unsigned level, unsigned from)
{
    return level <= from || (level < from + LEVELS_EACH && (hash & ((UINT64_C(1) << (level - from)) - 1)) == 0);
}

bool page_keeps_missed(uint64_t hash, unsigned level)
{
    return is_sampled(hash, level, 0);
}

static bool keeps_answered(uint64_t hash, bool is_script, unsigned level)
{
    return is_sampled(hash, level, is_script ? 2 * LEVELS_EACH : LEVELS_EACH);
}

/* Missed requests of an answered path may be there still, and be out by now. */
static bool keeps(const struct page *page, unsigned level)
{
    return page->requests > 0 ? keeps_answered(page->hash, page->is_script, level)
                              : page_keeps_missed(page->hash, level);
}

/* ---- the table ---- */

struct page_table *page_table_new(uint64_t salt, struct err *err)
{
    struct page_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        err_set(err, ERR_LIMIT, "no memory to count paths");
        return NULL;
    }
    table->salt = salt | 1;
    arena_init(&table->text, 0);
    arena_init(&table->spelled, 0);
    return table;
}

void page_table_free(struct page_table *table)
{
    if (table != NULL) {
        free(table->rows);
        free(table->index);
        free(table->spellings);
        arena_clear(&table->text);
        arena_clear(&table->spelled);
        free(table);
    }
}

static size_t index_slot(const struct page_table *table, uint64_t hash, struct str path)
{
    size_t mask = table->cap * 2 - 1;
    size_t slot = (size_t)(hash * table->salt >> 32) & mask;
    while (table->index[slot] != 0) {
        const struct page *page = &table->rows[table->index[slot] - 1];
        if (page->hash == hash && str_eq(page->path, path)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

static int reindex(struct page_table *table, size_t cap, struct err *err)
{
    uint32_t *index = calloc(cap * 2, sizeof *index);
    if (index == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", cap);
    }
    free(table->index);
    table->index = index;
    table->cap = cap;
    for (size_t i = 0; i < table->count; i++) {
        table->index[index_slot(table, table->rows[i].hash, table->rows[i].path)] = (uint32_t)(i + 1);
    }
    return 0;
}

static int grow_rows(struct page_table *table, struct err *err)
{
    size_t cap = table->cap == 0 ? ROWS_FIRST : table->cap * 2;
    struct page *rows = aligned_alloc(PAGE_ALIGN, cap * sizeof *rows);
    if (rows == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", cap);
    }
    if (table->count > 0) {
        memcpy(rows, table->rows, table->count * sizeof *rows);
    }
    free(table->rows);
    table->rows = rows;
    return reindex(table, cap, err);
}

void page_spellings_forget(struct page_table *table)
{
    free(table->spellings);
    table->spellings = NULL;
    table->spelling_count = table->spelling_cap = 0;
    table->spelled_bytes = 0;
    arena_clear(&table->spelled);
}

/* Would there be room at this level, for one more path of `coming` bytes if it is kept itself? */
static bool has_room(const struct page_table *table, unsigned level, const struct page *coming)
{
    size_t count = 0, bytes = 0;
    for (size_t i = 0; i < table->count; i++) {
        bool is_kept = keeps(&table->rows[i], level);
        count += is_kept;
        bytes += is_kept ? table->rows[i].path.len : 0;
    }
    bool is_kept = keeps(coming, level);
    return count + is_kept <= PAGES_MAX && bytes + (is_kept ? coming->path.len : 0) <= PAGES_TEXT_MAX;
}

int page_level_set(struct page_table *table, unsigned level, struct err *err)
{
    struct arena text;
    arena_init(&text, 0);
    size_t kept = 0;
    table->level = level;
    table->text_bytes = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct page *page = &table->rows[kept];
        if (!keeps(&table->rows[i], level)) {
            continue;
        }
        *page = table->rows[i];
        page->path = arena_str(&text, page->path, err);
        if (page->path.data == NULL) {
            arena_clear(&text);
            return -1;
        }
        table->text_bytes += page->path.len;
        kept++;
    }
    table->count = kept;
    arena_clear(&table->text);
    table->text = text;
    page_spellings_forget(table);
    return reindex(table, table->cap, err);
}

struct page *page_row_get(struct page_table *table, struct str normal, bool is_answered, struct err *err)
{
    struct page fresh = {.path = normal,
                         .hash = str_hash(normal),
                         .requests = is_answered,
                         .least_ok = UINT64_MAX,
                         .is_script = path_is_script(normal),
                         .is_writable = path_writable_hint(normal).len > 0};
    if (table->count == table->cap && table->count < PAGES_MAX && grow_rows(table, err) != 0) {
        return NULL;
    }
    size_t slot = index_slot(table, fresh.hash, normal);
    if (table->index[slot] != 0) {
        return &table->rows[table->index[slot] - 1];
    }
    unsigned level = table->level;
    bool is_full = table->count == PAGES_MAX || table->text_bytes + normal.len > PAGES_TEXT_MAX;
    while (is_full && keeps(&fresh, level) && level < LEVEL_MAX && !has_room(table, level, &fresh)) {
        level++;
    }
    if (level != table->level && page_level_set(table, level, err) != 0) {
        return NULL;
    }
    if (!keeps(&fresh, level)) {
        return NULL;
    }
    slot = index_slot(table, fresh.hash, normal);
    struct page *page = &table->rows[table->count];
    *page = fresh;
    page->requests = 0;
    page->earliest = page->earliest_ok = INT64_MAX;
    page->first.second = page->first_ok.second = page->last.second = INT64_MIN;
    page->missed.first.second = page->missed.last.second = INT64_MIN;
    page->path = arena_str(&table->text, normal, err);
    if (page->path.data == NULL) {
        return NULL;
    }
    table->text_bytes += normal.len;
    table->index[slot] = (uint32_t)++table->count;
    return page;
}
