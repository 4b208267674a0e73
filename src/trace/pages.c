/* Paths and what came of them (pages.h).
 *
 * A request's path is looked up as it is spelled: only a spelling that was never seen is brought into normal form.
 *
 *   spellings: hash of the bytes before "?" -> row and seed      "/a/%62.php", "//a/b.php" -> 7
 *   index:     hash of the normal form      -> row               "/a/b.php"                -> 7
 *   rows
 *
 * Both look-ups and rows miss the caches on large logs, so a batch is gone through in steps, each asking beforehand
 * for what the next one needs. The hash of spellings is salted: nobody can aim at one slot.
 *
 * When there is no room for a row, the table's level rises: level 0 keeps all; 1 to 16 fewer and fewer paths without
 * an answered request; 17 to 32 fewer answered ones that are no scripts; from 33 on fewer scripts. Which are kept at a
 * level hangs on the path alone, and a level is the lowest at which the paths seen have room. So a table over some
 * of the lines has a level no higher than the table over all of them, and whatever that one keeps was never
 * thrown away before. */
#include "trace/pages.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/own.h"
#include "base/str.h"
#include "trace/keep.h"

#include "base/banned.h"

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

/* ---- which paths are kept ---- */

static bool is_sampled(uint64_t hash, unsigned level, unsigned from)
{
    return level <= from || (level < from + LEVELS_EACH && (hash & ((UINT64_C(1) << (level - from)) - 1)) == 0);
}

static bool keeps_missed(uint64_t hash, unsigned level)
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
    return page->requests > 0 ? keeps_answered(page->hash, page->is_script, level) : keeps_missed(page->hash, level);
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

static void forget_spellings(struct page_table *table)
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

static int set_level(struct page_table *table, unsigned level, struct err *err)
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
    forget_spellings(table);
    return reindex(table, table->cap, err);
}

/* The row of a path, made if it is new and there is room for it; NULL without err if there is none.
 * is_answered: it is to have an answered request. */
static struct page *row_get(struct page_table *table, struct str normal, bool is_answered, struct err *err)
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
    if (level != table->level && set_level(table, level, err) != 0) {
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

/* ---- spellings ---- */

/* A target, and how many bytes behind its start may be read: its line is longer. */
struct spelled {
    const char *text;
    size_t len, room;
};

static inline struct spelled spelled_of(const struct log_line *line)
{
    struct str target = log_field(line, line->target);
    bool is_own = (line->target.at & LOG_IN_SCRATCH) == 0;
    return (struct spelled){target.data, target.len, is_own ? line->len - line->target.at : target.len};
}

__extension__ typedef unsigned __int128 wide;

static inline uint64_t mixed(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/* The path of a target as it is spelled: up to "?", "#" or the end, as path_normal() has it. */
struct looked {
    size_t len;
    uint64_t hash;
};

static inline uint64_t hash_more(uint64_t hash, const char *at)
{
    return mixed(word_at(at) ^ hash, word_at(at + 8) ^ UINT64_C(0x9e3779b97f4a7c15));
}

/* low and high: the path's last bytes, fewer than 16, and zeros behind them. */
static inline struct looked hash_end(uint64_t hash, uint64_t salt, uint64_t low, uint64_t high, size_t len)
{
    hash ^= len * UINT64_C(0xff51afd7ed558ccd);
    return (struct looked){len, mixed(low ^ hash, high ^ UINT64_C(0xc4ceb9fe1a85ec53) ^ salt)};
}

/* Where 16 bytes may not be read any more. */
static struct looked look_at_end(uint64_t hash, uint64_t salt, struct spelled target, size_t at)
{
    char padded[16] = {0};
    size_t left = 0;
    while (at + left < target.len && target.text[at + left] != '?' && target.text[at + left] != '#') {
        padded[left] = target.text[at + left];
        left++;
        if (left == 16) {
            hash = hash_more(hash, padded);
            memset(padded, 0, sizeof padded);
            at += left;
            left = 0;
        }
    }
    return hash_end(hash, salt, word_at(padded), word_at(padded + 8), at + left);
}

#ifdef __SSE2__
/* From 16 - n on: n bytes that stay, and as many that go. */
static const uint8_t first_bytes[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
#endif

/* Length and hash in one go. */
static inline struct looked look_at(uint64_t salt, struct spelled target)
{
    uint64_t hash = salt;
    size_t at = 0;
#ifdef __SSE2__
    const __m128i query = _mm_set1_epi8('?'), fragment = _mm_set1_epi8('#');
    for (; at + 16 <= target.room; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(target.text + at));
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, query), _mm_cmpeq_epi8(bytes, fragment));
        unsigned found = (unsigned)_mm_movemask_epi8(ends) | 1U << 16;
        size_t left = (unsigned)__builtin_ctz(found);
        left = left < target.len - at ? left : target.len - at;
        if (left < 16) {
            const __m128i kept = _mm_loadu_si128((const __m128i *)(const void *)(first_bytes + 16 - left));
            bytes = _mm_and_si128(bytes, kept);
            return hash_end(hash, salt, (uint64_t)_mm_cvtsi128_si64(bytes),
                            (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes)), at + left);
        }
        hash = hash_more(hash, target.text + at);
    }
#endif
    return look_at_end(hash, salt, target, at);
}

static inline bool is_same_words(const char *a, const char *b, size_t len)
{
    uint64_t differs = 0;
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        differs |= word_at(a + at) ^ word_at(b + at);
    }
    if (len >= 8) {
        return (differs | (word_at(a + len - 8) ^ word_at(b + len - 8))) == 0;
    }
    return memcmp(a, b, len) == 0;
}

#ifdef __SSE2__
static inline __m128i same_at(const char *a, const char *b, size_t at)
{
    return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(a + at)),
                          _mm_loadu_si128((const __m128i *)(const void *)(b + at)));
}

/* Most paths have 16 to 48 bytes. Three overlapping pieces, whatever the length: no branch on it. */
static inline bool is_same(const char *a, const char *b, size_t len)
{
    if (len < 16 || len > 48) {
        return is_same_words(a, b, len);
    }
    size_t middle = len < 32 ? 0 : 16;
    __m128i same = _mm_and_si128(_mm_and_si128(same_at(a, b, 0), same_at(a, b, middle)), same_at(a, b, len - 16));
    return _mm_movemask_epi8(same) == 0xffff;
}
#else
static inline bool is_same(const char *a, const char *b, size_t len)
{
    return is_same_words(a, b, len);
}
#endif

static inline struct spelling *spelling_at(const struct page_table *table, uint64_t hash, struct str path)
{
    size_t mask = table->spelling_cap - 1;
    size_t slot = (size_t)hash & mask;
    while (table->spellings[slot].row != 0) {
        const struct spelling *spelling = &table->spellings[slot];
        if (spelling->hash == hash && spelling->len == path.len && is_same(spelling->text, path.data, path.len)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return &table->spellings[slot];
}

static int grow_spellings(struct page_table *table, struct err *err)
{
    size_t cap = table->spelling_cap == 0 ? (size_t)ROWS_FIRST * 4 : table->spelling_cap * 2;
    struct page_table grown = *table;
    grown.spelling_cap = cap;
    grown.spellings = calloc(cap, sizeof *grown.spellings);
    if (grown.spellings == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu paths", cap);
    }
    for (size_t i = 0; i < table->spelling_cap; i++) {
        const struct spelling *spelling = &table->spellings[i];
        if (spelling->row != 0) {
            *spelling_at(&grown, spelling->hash, (struct str){spelling->text, spelling->len}) = *spelling;
        }
    }
    free(table->spellings);
    *table = grown;
    return 0;
}

/* Next time this spelling leads to page at once. Where there is no room for it, it is brought into normal form again. */
static int remember(struct page_table *table, uint64_t hash, struct str path, const struct page *page, int seed,
                    struct err *err)
{
    struct str kept = page->path;
    if (table->spelling_count == SPELLINGS_MAX) {
        return 0;
    }
    if (!str_eq(kept, path)) {
        if (table->spelled_bytes + path.len > SPELLED_TEXT_MAX) {
            return 0;
        }
        kept = arena_str(&table->spelled, path, err);
        if (kept.data == NULL) {
            return -1;
        }
        table->spelled_bytes += path.len;
    }
    if (table->spelling_count * 2 >= table->spelling_cap) {
        TRY(grow_spellings(table, err));
    }
    *spelling_at(table, hash, path) = (struct spelling){.hash = hash,
                                                        .text = kept.data,
                                                        .len = (uint32_t)kept.len,
                                                        .row = (uint32_t)(page - table->rows) + 1,
                                                        .seed = seed};
    table->spelling_count++;
    return 0;
}

/* ---- requests ---- */

static bool is_answered(const struct log_line *line)
{
    return line->status >= 200 && line->status <= 399;
}

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

static inline void note_ok(struct page *page, const struct asked *asked, const struct hit *hit, bool is_post)
{
    const struct log_line *line = asked->line;
    page->ok++;
    page->posts_ok += is_post;
    struct str method = log_field(line, line->method);
    bool is_get = str_eq(method, STR("GET"));
    if (line->bytes != LOG_NO_BYTES && (is_post || is_get)) {
        page->least_ok = line->bytes < page->least_ok ? line->bytes : page->least_ok;
        page->most_ok = line->bytes > page->most_ok ? line->bytes : page->most_ok;
    }
    if (hit->second <= page->earliest_ok && (!hit_is(&page->first_ok) || is_earlier(hit, &page->first_ok))) {
        page->first_ok = *hit;
        page->earliest_ok = hit->second;
    }
    if (is_get || is_post || !method_uploads(method)) {
        note_client(page, asked->key); /* who puts a file there does not use it */
    }
}

static inline void note_request(struct page *page, uint32_t source, const struct asked *asked, unsigned level)
{
    const struct log_line *line = asked->line;
    bool is_post = line->method.len == 4 && str_eq(log_field(line, line->method), STR("POST"));
    const struct hit hit = {.second = line->second,
                            .nano = line->nano,
                            .source = source,
                            .offset = asked->offset,
                            .line = asked->line_number,
                            .bytes = line->bytes == LOG_NO_BYTES ? 0 : line->bytes,
                            .status = line->status};
    if (is_answered(line)) {
        page->requests++;
        page->posts += is_post;
        page->bytes += hit.bytes;
        if (hit.second <= page->earliest && (!hit_is(&page->first) || is_earlier(&hit, &page->first))) {
            page->first = hit;
            page->earliest = hit.second;
        }
        if (!hit_is(&page->last) || is_earlier(&page->last, &hit)) {
            page->last = hit;
        }
        if (line->status <= 299) {
            note_ok(page, asked, &hit, is_post);
        }
    } else if (keeps_missed(page->hash, level)) {
        page->missed.requests++;
        page->missed.posts += is_post;
        page->missed.bytes += hit.bytes;
        note_when(&page->missed.first, &page->missed.last, &hit);
    }
}

/* A spelling that is not known. */
static int take_new(struct page_table *table, const struct paths *paths, uint32_t source, struct asked *asked,
                    uint64_t hash, struct str path, struct err *err)
{
    char normal[PATH_BYTES];
    asked->seed = paths->count > 0 ? path_match(paths, path) : NO_PATH;
    size_t len = path_normal(normal, path);
    if (len == 0) {
        return 0;
    }
    struct err why = {0};
    struct page *page = row_get(table, (struct str){normal, len}, is_answered(asked->line), &why);
    if (page == NULL) {
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    note_request(page, source, asked, table->level);
    return remember(table, hash, path, page, asked->seed, err);
}

int pages_take(struct page_table *table, const struct paths *paths, uint32_t source, struct asked *asked, size_t count,
               struct err *err)
{
    struct str spelled[LOG_BATCH];
    uint64_t hashes[LOG_BATCH];
    if (count > LOG_BATCH) {
        return err_set(err, ERR_BUG, "%zu requests at once", count);
    }
    if (table->spelling_cap == 0) {
        TRY(grow_spellings(table, err));
    }
    for (size_t i = 0; i < count; i++) {
        struct spelled target = spelled_of(asked[i].line);
        asked[i].seed = NO_PATH;
        struct looked looked = look_at(table->salt, target);
        spelled[i] = (struct str){target.text, looked.len};
        hashes[i] = looked.hash;
        __builtin_prefetch(&table->spellings[hashes[i] & (table->spelling_cap - 1)]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct spelling *slot = &table->spellings[hashes[i] & (table->spelling_cap - 1)];
        if (slot->row != 0) {
            __builtin_prefetch(slot->text);
            __builtin_prefetch(&table->rows[slot->row - 1].requests, 1);
            __builtin_prefetch(&table->rows[slot->row - 1].last.status, 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (asked[i].line->target.len == 0) {
            continue;
        }
        table->asked++;
        if (table->spelling_cap == 0) {
            TRY(grow_spellings(table, err)); /* the level rose, and they were forgotten */
        }
        const struct spelling *spelling = spelling_at(table, hashes[i], spelled[i]);
        if (spelling->row == 0) {
            TRY(take_new(table, paths, source, &asked[i], hashes[i], spelled[i], err));
            continue;
        }
        asked[i].seed = spelling->seed;
        note_request(&table->rows[spelling->row - 1], source, &asked[i], table->level);
    }
    return 0;
}

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
    if (keeps_missed(into->hash, level)) {
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
        TRY(set_level(into, from->level, err));
    }
    for (size_t i = 0; i < from->count; i++) {
        const struct page *page = &from->rows[i];
        struct err why = {0};
        struct page *row = row_get(into, page->path, page->requests > 0, &why);
        if (row != NULL) {
            add_row(row, page, into->level);
        } else if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

/* The row and its path, which it only points at. */
static void keep_row(struct keep *keep, struct page *page, char path[static PATH_BYTES])
{
    struct page row = *page;
    size_t len = keep_count(keep, page->path.len, PATH_BYTES);
    if (!keep_reads(keep) && len > 0) {
        memcpy(path, page->path.data, len);
    }
    row.path = (struct str){NULL, 0};
    KEEP(keep, row);
    keep_bytes(keep, path, len);
    row.path = (struct str){path, len};
    *page = row;
}

static void read_row(struct keep *keep, struct page_table *table)
{
    char path[PATH_BYTES];
    struct page page = {.requests = 0};
    struct err why = {0};
    keep_row(keep, &page, path);
    if (!keep_is_well(keep)) {
        return;
    }
    struct page *row = row_get(table, page.path, page.requests > 0, &why);
    if (row == NULL) {
        err_set(&why, why.kind != ERR_NONE ? why.kind : ERR_FORMAT, "no room for the paths of a state");
        keep_fail(keep, &why);
        return;
    }
    page.path = row->path;
    page.hash = row->hash;
    *row = page;
}

static void read_table(struct keep *keep, struct page_table *into)
{
    struct err why = {0};
    struct page_table *table = page_table_new(into->salt, &why);
    if (table == NULL) {
        keep_fail(keep, &why);
        return;
    }
    KEEP(keep, table->asked);
    KEEP(keep, table->level);
    for (size_t i = 0, count = keep_count(keep, 0, PAGES_MAX); i < count && keep_is_well(keep); i++) {
        read_row(keep, table);
    }
    if (keep_is_well(keep) && page_table_merge(into, table, &why) != 0) {
        keep_fail(keep, &why);
    }
    page_table_free(table);
}

static void write_table(struct keep *keep, struct page_table *table)
{
    char path[PATH_BYTES];
    KEEP(keep, table->asked);
    KEEP(keep, table->level);
    for (size_t i = 0, count = keep_count(keep, table->count, PAGES_MAX); i < count; i++) {
        struct page row = table->rows[i];
        keep_row(keep, &row, path);
    }
}

void page_tables_keep(struct keep *keep, struct page_table **tables, size_t count)
{
    for (size_t t = 0, kept = keep_count(keep, count, SIZE_MAX); t < kept && keep_is_well(keep); t++) {
        if (keep_reads(keep)) {
            read_table(keep, tables[t % count]);
        } else {
            write_table(keep, tables[t]);
        }
    }
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
    page->lacks_missed = !keeps_missed(page->hash, level);
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
    forget_spellings(table);
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
