/* Blocks of lines that occur twice: a log that was put together again, shipped twice, or copied into another.
 *
 * A window is WINDOW_LINES lines in a row; its hash is that of their bytes. Windows are picked by what their first line
 * holds (its second and length), so a copy has the same windows wherever it stands; of a large log one in 2^n is looked at
 * and a block must be longer to be met. A table of the windows seen first is kept, bounded; windows that meet it one
 * after another at one distance are a block. What repeats by itself is none: one client's lines within one second, and windows
 * of fewer than DISTINCT_MIN different lines. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/watch.h"

#include "base/banned.h"

enum {
    FULL_BYTES = 8 << 20, /* of a log so large every window is looked at */
    DISTINCT_MIN = 4,
    CLIENTS_MIN = 3, /* within one second */
    TABLE_SLOTS = ANCHORS_MAX * 2,
    CARRY = WINDOW_LINES - 1
};

/* A line, as far as windows need it. */
struct entry {
    uint64_t hash, client, line, offset, end;
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
    while ((bytes >> 1) / (mask + 1) >= FULL_BYTES) {
        mask = mask << 1 | 1;
    }
    return mask;
}

static inline bool is_picked(const struct log_line *line, uint64_t mask)
{
    uint64_t mixed = ((uint64_t)line->second ^ (uint64_t)line->size << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed >> 40 & mask) == 0;
}

static struct entry entry_of(const struct log_line *line, uint64_t mask, uint64_t offset, uint64_t number)
{
    struct entry entry = {.line = number,
                          .offset = offset,
                          .end = offset + line->size,
                          .is_parsed = log_is_parsed(line) && line->is_ended != 0};
    if (entry.is_parsed) {
        entry.hash = str_hash((struct str){line->text, line->len});
        entry.client = str_hash(log_field(line, line->client));
        entry.second = line->second;
        entry.is_anchor = is_picked(line, mask);
    }
    return entry;
}

/* Different lines, and not what one client does within one second. */
static bool is_telling(const struct entry *entries)
{
    size_t lines = 0, clients = 0;
    for (size_t i = 0; i < WINDOW_LINES; i++) {
        bool is_line = true, is_client = true;
        for (size_t k = 0; k < i; k++) {
            is_line &= entries[k].hash != entries[i].hash;
            is_client &= entries[k].client != entries[i].client;
        }
        lines += is_line;
        clients += is_client;
    }
    return lines >= DISTINCT_MIN && (entries[0].second != entries[WINDOW_LINES - 1].second || clients >= CLIENTS_MIN);
}

static int add_window(struct watch *watch, const struct entry *entries, struct err *err)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < WINDOW_LINES; i++) {
        if (!entries[i].is_parsed) {
            return 0;
        }
        hash = (hash << 7 ^ hash >> 57 ^ entries[i].hash) * UINT64_C(0x9e3779b97f4a7c15);
    }
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
            (struct anchor){.hash = hash ^ hash >> 29,
                            .at = {entries[0].line, entries[0].offset, watch->source_at},
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
        row[count++] = entry_of(&batch->lines[i], watch->mask, offset, number + i);
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
        watch->carry[watch->carry_count++] = entry_of(&batch->lines[i], watch->mask, offset, number + i);
        offset += batch->lines[i].size;
    }
    return 0;
}

int duplicate_batch(struct watch *watch, const struct log_batch *batch, uint64_t offset, uint64_t line, struct err *err)
{
    if (watch->carry_count > 0) {
        TRY(finish_carried(watch, batch, offset, line, err));
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *one = &batch->lines[i];
        offset += one->skipped;
        if (is_picked(one, watch->mask) && log_is_parsed(one)) {
            if (i + WINDOW_LINES > batch->count) {
                return carry_over(watch, batch, i, offset - one->skipped, line, err);
            }
            struct entry row[WINDOW_LINES];
            uint64_t at = offset - one->skipped;
            for (size_t k = 0; k < WINDOW_LINES; k++) {
                at += one[k].skipped;
                row[k] = entry_of(&one[k], watch->mask, at, line + i + k);
                at += one[k].size;
            }
            TRY(add_window(watch, row, err));
        }
        offset += one->size;
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
    open->last_line = again->at.line + WINDOW_LINES - 1;
    open->end = again->end;
    open->to = again->second;
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
        size_t slot = (size_t)(one.hash % TABLE_SLOTS);
        while (anchors->slots[slot] != 0 && anchors->all[anchors->slots[slot] - 1].hash != one.hash) {
            slot = (slot + 1) % TABLE_SLOTS;
        }
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
