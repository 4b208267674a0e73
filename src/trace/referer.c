/* Requests that name a followed path as the page they come from. Such a line shows that the path existed and was
 * looked at, also where the requests to the path itself are not in the log. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/watch.h"

#include "base/banned.h"

static inline uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline unsigned bit_of(uint64_t word)
{
    return (unsigned)(word * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

/* Paths are told apart by their first bytes, as many as the shortest has, at most eight. A referer that writes a path otherwise
 * (with percent escapes) is passed over: browsers send what they asked for, and it is a sign among others. */
void referer_start(struct watch *watch)
{
    size_t shortest = sizeof(uint64_t);
    for (size_t i = 0; i < watch->paths->count; i++) {
        shortest = watch->paths->all[i].len < shortest ? watch->paths->all[i].len : shortest;
    }
    const char zeros[8] = {0};
    char ones[8] = {0};
    memset(ones, 0xff, shortest);
    watch->prefix_mask = word_at(shortest > 0 ? ones : zeros);
    for (size_t i = 0; i < watch->paths->count; i++) {
        char head[8] = {0};
        size_t n = watch->paths->all[i].len < sizeof head ? watch->paths->all[i].len : sizeof head;
        memcpy(head, watch->paths->all[i].data, n);
        unsigned bit = bit_of(word_at(head) & watch->prefix_mask);
        watch->prefixes[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

/* The path of "https://host/path?query", without a copy. The origin is mostly that of the line before. */
static inline struct str path_of(struct watch *watch, struct str referer)
{
    uint32_t len = watch->origin_len;
    if (len > 0 && referer.len > len && referer.data[len] == '/' && memcmp(referer.data, watch->origin, len) == 0) {
        watch->origin_votes++;
        return (struct str){referer.data + len, referer.len - len};
    }
    size_t host = str_starts(referer, STR("http://")) ? 7 : str_starts(referer, STR("https://")) ? 8 : 0;
    const char *slash = host > 0 ? memchr(referer.data + host, '/', referer.len - host) : NULL;
    if (slash == NULL) {
        return (struct str){NULL, 0};
    }
    len = (uint32_t)(slash - referer.data);
    if (watch->origin_votes > 0) {
        watch->origin_votes--;
    } else if (len < sizeof watch->origin) {
        memcpy(watch->origin, referer.data, len);
        watch->origin_len = len;
        watch->origin_votes = 1;
    }
    return str_slice(referer, len, referer.len);
}

static inline bool may_match(const struct watch *watch, struct str path)
{
    uint64_t word = 0;
    if (path.len >= sizeof word) {
        word = word_at(path.data);
    } else if (path.len > 0) {
        char head[8] = {0};
        memcpy(head, path.data, path.len);
        word = word_at(head);
    }
    unsigned bit = bit_of(word & watch->prefix_mask);
    return (watch->prefixes[bit / 64] >> bit % 64 & 1) != 0;
}

static void copy_text(char *out, size_t room, struct str text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0) {
        memcpy(out, text.data, n);
    }
    out[n] = '\0';
}

/* The row, made if it is new; NULL with err, or NULL without when the table is full. */
static struct referer *row_of(struct referer **rows, size_t *count, size_t *cap, uint16_t seed, struct client_key key,
                              struct err *err)
{
    for (size_t i = 0; i < *count; i++) {
        if ((*rows)[i].seed == seed && client_key_eq((*rows)[i].key, key)) {
            return &(*rows)[i];
        }
    }
    if (*count == REFERERS_MAX) {
        return NULL;
    }
    if (*count == *cap) {
        size_t wider = *cap == 0 ? 16 : *cap * 2;
        struct referer *grown = reallocarray(*rows, wider, sizeof *grown);
        if (grown == NULL) {
            err_set(err, ERR_LIMIT, "no memory for %zu clients", wider);
            return NULL;
        }
        *rows = grown;
        *cap = wider;
    }
    struct referer *row = &(*rows)[(*count)++];
    *row = (struct referer){.seed = seed, .key = key, .first = INT64_MAX, .last = INT64_MIN};
    return row;
}

static int note_referer(struct watch *watch, const struct log_line *line, int seed, struct place at, struct err *err)
{
    struct err why = {0};
    struct str client = log_field(line, line->client);
    struct referer *row = row_of(&watch->referers, &watch->referer_count, &watch->referer_cap, (uint16_t)seed,
                                 client_key_of(client), &why);
    if (row == NULL) {
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    if (row->requests++ == 0) {
        row->at = at;
        copy_text(row->address, sizeof row->address, client);
        copy_text(row->text, sizeof row->text, log_field(line, line->referer));
    }
    row->first = line->second < row->first ? line->second : row->first;
    row->last = line->second > row->last ? line->second : row->last;
    return 0;
}

int referer_batch(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t line, struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *one = &batch->lines[i];
        uint64_t at = offset + one->skipped;
        offset = at + one->size;
        if (!log_is_parsed(one) || one->referer.len < 10) {
            continue;
        }
        struct str path = path_of(watch, log_field(one, one->referer));
        int seed = path.len > 1 && may_match(watch, path) ? path_match(watch->paths, path) : NO_PATH;
        if (seed != NO_PATH) {
            TRY(note_referer(watch, one, seed, (struct place){line + one->row, at, watch->source_at}, err));
        }
    }
    return 0;
}

static void merge_origin(struct watched *watched, const struct watch *watch)
{
    struct str text = {watch->origin, watch->origin_len};
    size_t at = 0;
    while (at < watched->origin_count && !str_eq(text, str_of(watched->origins[at].text))) {
        at++;
    }
    if (text.len == 0 || at == ORIGINS_MAX) {
        return;
    }
    struct origin *origin = &watched->origins[at];
    if (at == watched->origin_count) {
        watched->origin_count++;
        copy_text(origin->text, sizeof origin->text, text);
    }
    origin->votes += watch->origin_votes;
    if (origin->votes > watched->origins[0].votes) {
        struct origin first = watched->origins[0];
        watched->origins[0] = *origin;
        *origin = first;
    }
}

int referer_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before, struct err *err)
{
    merge_origin(watched, watch);
    for (size_t i = 0; i < watch->referer_count; i++) {
        const struct referer *from = &watch->referers[i];
        struct err why = {0};
        struct referer *row =
            row_of(&watched->referers, &watched->referer_count, &watched->referer_cap, from->seed, from->key, &why);
        if (row == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (row == NULL) {
            continue;
        }
        if (row->requests == 0) {
            *row = *from;
            row->at.line += lines_before;
            continue;
        }
        row->requests += from->requests;
        row->first = from->first < row->first ? from->first : row->first;
        row->last = from->last > row->last ? from->last : row->last;
    }
    return 0;
}
