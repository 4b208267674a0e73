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
 * thrown away before.
 *
 *   pages.c         requests, by how their paths are spelled
 *   pages_table.c   rows, and which are kept
 *   pages_merge.c   several tables as one, and what that one is asked
 *   pages_keep.c    tables in a state that is kept (keep.h) */
#include "trace/pages_inside.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"

#include "base/banned.h"

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
    } else if (page_keeps_missed(page->hash, level)) {
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
    struct page *page = page_row_get(table, (struct str){normal, len}, is_answered(asked->line), &why);
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
