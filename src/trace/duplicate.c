/* Blocks of lines that occur twice: a log that was put together again, shipped twice, or copied into another.
 *
 * A window is WINDOW_LINES lines in a row; its hash is that of their bytes. Windows are picked by what their first line
 * holds (its second and length), so a copy has the same windows wherever it stands; of a large log one in 2^n is looked at,
 * a block must be longer to be met, and of the lines inside a window only time, client, length, size and status count. A table of the windows seen first is kept, bounded; windows that meet it one
 * after another at one distance are a block. What repeats by itself is none: one client's lines within one second, and windows
 * of fewer than DISTINCT_MIN different lines. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"
#include "trace/watch.h"

#include "base/banned.h"

enum {
    FULL_BYTES = 16 << 20, /* of a log up to so large every window is looked at ... */
    SAMPLED_BYTES =
        4 << 20, /* ... of a larger one as many as such a log has: a window costs as much as a line or two */
    DISTINCT_MIN = 4,
    CLIENTS_MIN = 3, /* within one second */
    TABLE_SLOTS = ANCHORS_MAX * 2,
    CARRY = WINDOW_LINES - 1
};

/* A line, as far as windows need it. hash is that of its bytes, digest of its time, length, size and status. */
struct entry {
    uint64_t hash, digest, client, line, offset, end;
    int64_t second;
    bool is_parsed, is_anchor;
};

struct anchors {
    struct anchor all[ANCHORS_MAX];
    size_t count;
    uint32_t slots[TABLE_SLOTS]; /* anchor + 1 */
};

uint64_t duplicate_mask(uint64_t bytes)
{
    uint64_t mask = 0;
    while (bytes > FULL_BYTES && bytes / (mask + 1) > SAMPLED_BYTES) {
        mask = mask << 1 | 1;
    }
    return mask;
}

static inline uint64_t mix(uint64_t sum, uint64_t with)
{
    sum = (sum ^ with) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 31;
}

/* Its last bytes and length: enough to tell neighbours apart. */
static inline uint64_t client_digest(struct str client)
{
    uint64_t word = client.len;
    if (client.len >= sizeof word) {
        memcpy(&word, client.data + client.len - sizeof word, sizeof word);
    }
    return word + client.len;
}

/* Of the lines between a window's first and last only the digest is taken while windows are sampled: bytes are dear. */
static struct entry entry_of(const struct watch *watch, const struct log_line *line, bool is_whole, uint64_t offset,
                             uint64_t number)
{
    struct entry entry = {.line = number,
                          .offset = offset,
                          .end = offset + line->size,
                          .is_parsed = log_is_parsed(line) && line->is_ended != 0};
    if (entry.is_parsed) {
        entry.second = line->second;
        entry.client = client_digest(log_field(line, line->client));
        entry.digest = mix(mix((uint64_t)line->second, line->size), (line->bytes ^ line->status) + entry.client);
        entry.hash = is_whole || watch->mask == 0 ? str_hash((struct str){line->text, line->len}) : 0;
        entry.is_anchor = duplicate_picks(line, watch->mask);
    }
    return entry;
}

/* Different lines, and not what one client does within one second. */
static bool is_telling(const struct entry *entries)
{
    size_t lines = 0, clients = 0;
    bool is_long = entries[0].second != entries[WINDOW_LINES - 1].second;
    for (size_t i = 0; i < WINDOW_LINES && (lines < DISTINCT_MIN || (!is_long && clients < CLIENTS_MIN)); i++) {
        bool is_line = true, is_client = true;
        for (size_t k = 0; k < i; k++) {
            is_line &= entries[k].digest != entries[i].digest || entries[k].hash != entries[i].hash;
            is_client &= entries[k].client != entries[i].client;
        }
        lines += is_line;
        clients += is_client;
    }
    return lines >= DISTINCT_MIN && (is_long || clients >= CLIENTS_MIN);
}

static int add_window(struct watch *watch, const struct entry *entries, struct err *err)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < WINDOW_LINES; i++) {
        if (!entries[i].is_parsed) {
            return 0;
        }
        hash = mix(hash << 7 ^ hash >> 57, entries[i].digest);
    }
    hash = mix(mix(hash, entries[0].hash), entries[WINDOW_LINES - 1].hash);
    if (!is_telling(entries)) {
        return 0;
    }
    if (watch->anchor_count == watch->anchor_cap) {
        size_t cap = watch->anchor_cap == 0 ? 64 : watch->anchor_cap * 2;
        struct anchor *grown = reallocarray(watch->anchors, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu windows of a log", cap);
        }
        watch->anchors = grown;
        watch->anchor_cap = cap;
    }
    if (watch->anchor_count < ANCHORS_MAX) {
        watch->anchors[watch->anchor_count++] =
            (struct anchor){.hash = hash,
                            .at = {entries[0].line, entries[0].offset, watch->source_at},
                            .last_line = entries[WINDOW_LINES - 1].line,
                            .end = entries[WINDOW_LINES - 1].end,
                            .second = entries[0].second};
    }
    return 0;
}

/* Windows that began in the batch before. */
static int finish_carried(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t number,
                          struct err *err)
{
    struct entry row[CARRY * 2];
    size_t count = watch->carry_count;
    memcpy(row, watch->carry, count * sizeof *row);
    for (size_t i = 0; i < batch->count && i < CARRY; i++) {
        offset += batch->lines[i].skipped;
        row[count++] = entry_of(watch, &batch->lines[i], true, offset, number + batch->lines[i].row);
        offset += batch->lines[i].size;
    }
    for (size_t i = 0; i < watch->carry_count && i + WINDOW_LINES <= count; i++) {
        if (row[i].is_anchor) {
            TRY(add_window(watch, &row[i], err));
        }
    }
    watch->carry_count = 0;
    return 0;
}

static int carry_over(struct watch *watch, const struct log_batch *batch, size_t from, uint64_t offset, uint64_t number,
                      struct err *err)
{
    if (watch->carry == NULL && (watch->carry = calloc(CARRY, sizeof *watch->carry)) == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a few lines of a log");
    }
    for (size_t i = from; i < batch->count; i++) {
        offset += batch->lines[i].skipped;
        watch->carry[watch->carry_count++] =
            entry_of(watch, &batch->lines[i], true, offset, number + batch->lines[i].row);
        offset += batch->lines[i].size;
    }
    return 0;
}

int duplicate_batch(struct watch *watch, const struct log_batch *batch, const uint16_t *picks, size_t count,
                    uint64_t offset, uint64_t line, struct err *err)
{
    if (watch->carry_count > 0) {
        TRY(finish_carried(watch, batch, offset, line, err));
    }
    size_t at = 0;
    for (size_t p = 0; p < count; p++) {
        for (; at < picks[p]; at++) {
            offset += batch->lines[at].skipped + batch->lines[at].size;
        }
        if (at + WINDOW_LINES > batch->count) {
            return carry_over(watch, batch, at, offset, line, err);
        }
        struct entry row[WINDOW_LINES];
        uint64_t place = offset;
        for (size_t k = 0; k < WINDOW_LINES; k++) {
            const struct log_line *one = &batch->lines[at + k];
            place += one->skipped;
            row[k] = entry_of(watch, one, k == 0 || k == WINDOW_LINES - 1, place, line + one->row);
            place += one->size;
        }
        TRY(add_window(watch, row, err));
    }
    return 0;
}

/* ---- merging ---- */

static void close_repeat(struct watched *watched)
{
    struct repeat *open = &watched->open;
    if (open->lines == 0) {
        return;
    }
    open->lines = open->last_line - open->again.line + 1;
    open->bytes = open->end - open->again.offset;
    watched->repeats_all++;
    watched->repeat_lines += open->lines;
    watched->repeat_bytes += open->bytes;
    if (watched->repeat_count < REPEATS_KEPT) {
        watched->repeats[watched->repeat_count++] = *open;
    }
    open->lines = 0;
}

static bool goes_on(const struct repeat *open, const struct anchor *first, const struct anchor *again)
{
    return open->lines > 0 && open->first.source == first->at.source && open->again.source == again->at.source &&
           again->at.line - open->again.line == first->at.line - open->first.line;
}

/* The blocks that overlap what was counted are one: a line counts once. */
static void meet(struct watched *watched, const struct anchor *first, const struct anchor *again)
{
    struct repeat *open = &watched->open;
    if (!goes_on(open, first, again)) {
        bool is_inside = open->lines > 0 && open->again.source == again->at.source && again->at.line <= open->last_line;
        if (is_inside) {
            return;
        }
        close_repeat(watched);
        *open = (struct repeat){.first = first->at, .again = again->at, .lines = 1, .from = again->second};
    }
    open->last_line = again->last_line;
    open->end = again->end;
    open->to = again->second;
}

static size_t slot_of(const struct anchors *anchors, uint64_t hash)
{
    size_t slot = (size_t)(hash % TABLE_SLOTS);
    while (anchors->slots[slot] != 0 && anchors->all[anchors->slots[slot] - 1].hash != hash) {
        slot = (slot + 1) % TABLE_SLOTS;
    }
    return slot;
}

void duplicate_keep(struct keep *keep, struct watched *watched)
{
    struct anchors *anchors = watched->anchors;
    size_t count = keep_count(keep, anchors != NULL ? anchors->count : 0, ANCHORS_MAX);
    watched->repeat_count = keep_count(keep, watched->repeat_count, REPEATS_KEPT);
    KEEP(keep, watched->repeats);
    KEEP(keep, watched->open);
    KEEP(keep, watched->repeats_all);
    KEEP(keep, watched->repeat_lines);
    KEEP(keep, watched->repeat_bytes);
    if (keep_reads(keep) && count > 0 && (anchors = watched->anchors = calloc(1, sizeof *anchors)) == NULL) {
        struct err why = {0};
        err_set(&why, ERR_LIMIT, "no memory to look for lines that occur twice");
        keep_fail(keep, &why);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        KEEP(keep, anchors->all[i]);
        if (keep_reads(keep)) {
            anchors->slots[slot_of(anchors, anchors->all[i].hash)] = (uint32_t)(i + 1);
            anchors->count = i + 1;
        }
    }
}

int duplicate_merge(struct watched *watched, const struct watch *watch, uint64_t lines_before, struct err *err)
{
    if (watched->anchors == NULL && watch->anchor_count > 0) {
        watched->anchors = calloc(1, sizeof *watched->anchors);
        if (watched->anchors == NULL) {
            return err_set(err, ERR_LIMIT, "no memory to look for lines that occur twice");
        }
    }
    struct anchors *anchors = watched->anchors;
    for (size_t i = 0; i < watch->anchor_count; i++) {
        struct anchor one = watch->anchors[i];
        one.at.line += lines_before;
        one.last_line += lines_before;
        size_t slot = slot_of(anchors, one.hash);
        if (anchors->slots[slot] != 0) {
            meet(watched, &anchors->all[anchors->slots[slot] - 1], &one);
        } else if (anchors->count < ANCHORS_MAX) {
            anchors->all[anchors->count++] = one;
            anchors->slots[slot] = (uint32_t)anchors->count;
        }
    }
    return 0;
}

void duplicate_close(struct watched *watched)
{
    close_repeat(watched);
}

void duplicate_free(struct watched *watched)
{
    free(watched->anchors);
}
