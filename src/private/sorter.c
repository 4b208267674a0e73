/* External sort. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "private/list.h"
#include "private/sorter.h"

#include "base/banned.h"

enum { RUN_BYTES = 64 << 20, RUNS_MAX = 4096, MERGE_BYTES = 64 << 10, WIDTH_MAX = 256 };

struct run {
    uint64_t begin, at, end; /* what is still in the file: from at */
    uint8_t *room;
    size_t from, to; /* what of it is in room */
};

struct sorter {
    int folder, spill; /* -1: nothing was spilled */
    size_t width, key_width, room_bytes, held, given;
    uint8_t *room, *spare;
    struct run *runs;
    size_t *heap; /* runs that have a record, the smallest on top */
    size_t run_count, heap_count;
    uint64_t spilled;
    bool is_started;
};

struct sorter *sorter_new(int folder, size_t width, size_t key_width, size_t run_bytes, struct err *err)
{
    struct sorter *sorter = calloc(1, sizeof *sorter);
    assert(width <= WIDTH_MAX && key_width <= width);
    if (sorter != NULL) {
        *sorter = (struct sorter){.folder = folder, .spill = -1, .width = width, .key_width = key_width};
        sorter->room_bytes = (run_bytes != 0 ? run_bytes : RUN_BYTES) / width * width;
        sorter->room = malloc(sorter->room_bytes);
    }
    if (sorter == NULL || sorter->room == NULL) {
        err_no_memory(err);
        own_sorter(&sorter);
        return NULL;
    }
    return sorter;
}

void own_sorter(struct sorter **slot)
{
    struct sorter *sorter = *slot;
    if (sorter == NULL) {
        return;
    }
    for (size_t i = 0; sorter->runs != NULL && i < sorter->run_count; i++) {
        free(sorter->runs[i].room);
    }
    own_fd(&sorter->spill);
    free(sorter->room);
    free(sorter->runs);
    free(sorter->heap);
    free(sorter);
    *slot = NULL;
}

/* Without a name from the start, or without one at once. */
static int open_spill(int folder, struct err *err)
{
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        fd = openat(folder, "spill", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            (void)unlinkat(folder, "spill", 0);
        }
    }
    return fd >= 0 ? fd : err_set(err, ERR_IO, "no temporary file in the run's directory: %s", strerror(errno));
}

/* Records are random in all their bytes, mostly: two passes by one byte each leave piles of a few. In place (the American flag sort of
 * McIlroy, Bostic and McIlroy, 1993), and linear whatever is sorted: no pass looks at a byte twice. */
enum { SMALL = 24 };

static void insert_each(const struct sorter *sorter, uint8_t *records, size_t count)
{
    uint8_t record[WIDTH_MAX];
    size_t width = sorter->width;
    for (size_t i = 1; i < count; i++) {
        size_t at = i;
        for (; at > 0 && memcmp(records + (at - 1) * width, records + i * width, sorter->key_width) > 0; at--) {
        }
        if (at != i) {
            memcpy(record, records + i * width, width);
            memmove(records + (at + 1) * width, records + at * width, (i - at) * width);
            memcpy(records + at * width, record, width);
        }
    }
}

static void swap(uint8_t *a, uint8_t *b, size_t width)
{
    uint8_t record[WIDTH_MAX];
    memcpy(record, a, width);
    memcpy(a, b, width);
    memcpy(b, record, width);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most key_width deep */
static void sort_from(const struct sorter *sorter, uint8_t *records, size_t count, size_t byte)
{
    size_t width = sorter->width, next[256], end[256] = {0};
    if (count <= SMALL || byte == sorter->key_width) {
        insert_each(sorter, records, byte == sorter->key_width ? 0 : count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        end[records[i * width + byte]]++;
    }
    for (size_t i = 0, sum = 0; i < 256; i++) {
        next[i] = sum;
        end[i] = sum += end[i];
    }
    for (size_t i = 0; i < 256; i++) {
        while (next[i] < end[i]) {
            uint8_t *record = records + next[i] * width;
            if (record[byte] == i) {
                next[i]++;
            } else {
                swap(record, records + next[record[byte]]++ * width, width);
            }
        }
    }
    for (size_t i = 0, begin = 0; i < 256; begin = end[i++]) {
        if (end[i] - begin > 1) {
            sort_from(sorter, records + begin * width, end[i] - begin, byte + 1);
        }
    }
}

static void sort_room(const struct sorter *sorter)
{
    sort_from(sorter, sorter->room, sorter->held / sorter->width, 0);
}

static int spill(struct sorter *sorter, struct err *err)
{
    if (sorter->run_count == RUNS_MAX) {
        return err_set(err, ERR_LIMIT, "more records than can be sorted here");
    }
    if (sorter->spill < 0) {
        sorter->spill = open_spill(sorter->folder, err);
        sorter->runs = calloc(RUNS_MAX, sizeof *sorter->runs);
        if (sorter->spill < 0 || sorter->runs == NULL) {
            return sorter->spill < 0 ? -1 : err_no_memory(err);
        }
    }
    sort_room(sorter);
    TRY(list_write_at(sorter->spill, "a temporary file of the run's directory", sorter->room, sorter->held,
                      sorter->spilled, err));
    sorter->runs[sorter->run_count++] = (struct run){.begin = sorter->spilled, .end = sorter->spilled + sorter->held};
    sorter->spilled += sorter->held;
    sorter->held = 0;
    return 0;
}

int sorter_put(struct sorter *sorter, const uint8_t *record, struct err *err)
{
    if (sorter->held == sorter->room_bytes) {
        TRY(spill(sorter, err));
    }
    memcpy(sorter->room + sorter->held, record, sorter->width);
    sorter->held += sorter->width;
    return 0;
}

static int refill(struct sorter *sorter, struct run *run, struct err *err)
{
    size_t step = MERGE_BYTES / sorter->width * sorter->width;
    size_t some = run->end - run->at < step ? (size_t)(run->end - run->at) : step;
    TRY(list_read_at(sorter->spill, "a temporary file of the run's directory", run->room, some, run->at, err));
    run->at += some;
    run->from = 0;
    run->to = some;
    return 0;
}

static bool is_before(const struct sorter *sorter, size_t left, size_t right)
{
    const struct run *a = &sorter->runs[left], *b = &sorter->runs[right];
    int order = memcmp(a->room + a->from, b->room + b->from, sorter->key_width);
    return order != 0 ? order < 0 : left < right;
}

static void sink(struct sorter *sorter, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < sorter->heap_count; child++) {
            least = is_before(sorter, sorter->heap[child], sorter->heap[least]) ? child : least;
        }
        if (least == at) {
            return;
        }
        size_t other = sorter->heap[at];
        sorter->heap[at] = sorter->heap[least];
        sorter->heap[least] = other;
        at = least;
    }
}

static int begin_merge(struct sorter *sorter, struct err *err)
{
    sorter->heap_count = 0;
    for (size_t i = 0; i < sorter->run_count; i++) {
        sorter->runs[i].at = sorter->runs[i].begin;
        TRY(refill(sorter, &sorter->runs[i], err));
        sorter->heap[sorter->heap_count++] = i;
    }
    for (size_t i = sorter->heap_count / 2; i-- > 0;) {
        sink(sorter, i);
    }
    return 0;
}

int sorter_sort(struct sorter *sorter, struct err *err)
{
    if (sorter->run_count == 0) {
        sort_room(sorter);
        return 0;
    }
    if (sorter->held != 0) {
        TRY(spill(sorter, err));
    }
    free(sorter->room);
    sorter->room = NULL;
    sorter->heap = calloc(sorter->run_count, sizeof *sorter->heap);
    if (sorter->heap == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < sorter->run_count; i++) {
        sorter->runs[i].room = malloc(MERGE_BYTES);
        if (sorter->runs[i].room == NULL) {
            return err_no_memory(err);
        }
    }
    return begin_merge(sorter, err);
}

int sorter_rewind(struct sorter *sorter, struct err *err)
{
    sorter->given = 0;
    sorter->is_started = false;
    return sorter->run_count == 0 ? 0 : begin_merge(sorter, err);
}

static int next_of_runs(struct sorter *sorter, const uint8_t **ret_record, struct err *err)
{
    if (sorter->is_started) { /* the record on top was handed out before */
        struct run *top = &sorter->runs[sorter->heap[0]];
        top->from += sorter->width;
        if (top->from == top->to && top->at != top->end) {
            TRY(refill(sorter, top, err));
        }
        if (top->from == top->to) {
            sorter->heap[0] = sorter->heap[--sorter->heap_count];
        }
        sink(sorter, 0);
    }
    sorter->is_started = sorter->heap_count != 0;
    const struct run *top = sorter->heap_count != 0 ? &sorter->runs[sorter->heap[0]] : NULL;
    *ret_record = top != NULL ? top->room + top->from : NULL;
    return 0;
}

int sorter_next(struct sorter *sorter, const uint8_t **ret_record, struct err *err)
{
    if (sorter->run_count != 0) {
        return next_of_runs(sorter, ret_record, err);
    }
    *ret_record = sorter->given < sorter->held ? sorter->room + sorter->given : NULL;
    sorter->given += *ret_record != NULL ? sorter->width : 0;
    return 0;
}
