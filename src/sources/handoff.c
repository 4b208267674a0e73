/* A few batches between one reader and some workers. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/lock.h"
#include "base/pool.h"
#include "sources/handoff.h"

#include "base/banned.h"

enum { WORKERS_MAX = 64, SLOTS_A_WORKER = 3, SLOT_KEEPS_BYTES = 4 << 20 };

struct slot {
    struct table_batch batch;
    struct str *cells;
    size_t cell_room;
    struct buf bytes;
};

struct worker {
    struct handoff *handoff;
    unsigned number;
    struct aside *thread;
};

struct handoff {
    const struct table_sink *sink;
    struct worker workers[WORKERS_MAX];
    struct slot slots[WORKERS_MAX * SLOTS_A_WORKER];
    struct lock lock; /* of all that follows */
    struct bell filled, freed;
    size_t free[WORKERS_MAX * SLOTS_A_WORKER], free_count;
    size_t full[WORKERS_MAX * SLOTS_A_WORKER], full_at, full_count; /* a ring: oldest first */
    size_t slot_count, busy;
    bool is_closing, has_failed;
    struct err err;
};

/* ---- Working ---- */

static void work(struct handoff *handoff, const struct worker *worker)
{
    size_t number = handoff->full[handoff->full_at];
    struct slot *slot = &handoff->slots[number];
    struct err err = {0};
    handoff->full_at = (handoff->full_at + 1) % handoff->slot_count;
    handoff->full_count--;
    handoff->busy++;
    bool is_wanted = !handoff->has_failed;
    lock_give(&handoff->lock);
    slot->batch.worker = worker->number;
    int result = is_wanted ? handoff->sink->rows(handoff->sink->self, &slot->batch, &err) : 0;
    lock_take(&handoff->lock);
    if (result != 0 && !handoff->has_failed) {
        handoff->has_failed = true;
        handoff->err = err;
    }
    handoff->busy--;
    handoff->free[handoff->free_count++] = number;
    bell_ring(&handoff->freed);
}

static void run(void *self)
{
    struct worker *worker = self;
    struct handoff *handoff = worker->handoff;
    lock_take(&handoff->lock);
    for (;;) {
        while (handoff->full_count == 0 && !handoff->is_closing) {
            bell_wait(&handoff->filled, &handoff->lock);
        }
        if (handoff->is_closing) {
            break;
        }
        work(handoff, worker);
    }
    lock_give(&handoff->lock);
}

int handoff_open(const struct table_sink *sink, struct handoff **ret_handoff, struct err *err)
{
    *ret_handoff = NULL;
    if (sink->workers < 2) {
        return 0;
    }
    struct handoff *handoff = calloc(1, sizeof(*handoff));
    if (handoff == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", sink->workers);
    }
    handoff->sink = sink;
    lock_init(&handoff->lock);
    bell_init(&handoff->filled);
    bell_init(&handoff->freed);
    size_t threads = 0;
    for (; threads < sink->workers && threads < WORKERS_MAX; threads++) {
        struct worker *worker = &handoff->workers[threads];
        *worker = (struct worker){.handoff = handoff, .number = (unsigned)threads};
        worker->thread = aside_start(run, worker);
        if (worker->thread == NULL) {
            break;
        }
    }
    if (threads == 0) {
        handoff_close(handoff);
        return 0;
    }
    handoff->slot_count = threads * SLOTS_A_WORKER;
    for (size_t i = 0; i < handoff->slot_count; i++) {
        handoff->free[handoff->free_count++] = i;
    }
    *ret_handoff = handoff;
    return 0;
}

/* ---- Reading ---- */

/* A null stays a null, an empty text an empty text. */
static int fill(struct slot *slot, const struct table_batch *batch, struct err *err)
{
    size_t count = batch->rows * batch->columns, bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += batch->cells[i].len;
    }
    if (count > slot->cell_room) {
        struct str *cells = realloc(slot->cells, count * sizeof(*cells));
        if (cells == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu cells", count);
        }
        slot->cells = cells;
        slot->cell_room = count;
    }
    if (slot->bytes.cap > SLOT_KEEPS_BYTES && bytes < SLOT_KEEPS_BYTES) {
        buf_free(&slot->bytes);
    }
    buf_reset(&slot->bytes);
    char *to = buf_room(&slot->bytes, bytes + 1);
    TRY(buf_check(&slot->bytes, err));
    for (size_t i = 0; i < count; i++) {
        struct str cell = batch->cells[i];
        slot->cells[i] = (struct str){cell.data == NULL ? NULL : to, cell.len};
        if (cell.len != 0) {
            memcpy(to, cell.data, cell.len);
            to += cell.len;
        }
    }
    slot->batch = *batch;
    slot->batch.cells = slot->cells;
    return 0;
}

static int said(const struct handoff *handoff, struct err *err)
{
    if (handoff->has_failed && err != NULL) {
        *err = handoff->err;
    }
    return handoff->has_failed ? -1 : 0;
}

int handoff_drain(struct handoff *handoff, struct err *err)
{
    lock_take(&handoff->lock);
    while (handoff->full_count + handoff->busy > 0) {
        bell_wait(&handoff->freed, &handoff->lock);
    }
    int result = said(handoff, err);
    lock_give(&handoff->lock);
    return result;
}

int handoff_put(struct handoff *handoff, const struct table_batch *batch, struct err *err)
{
    lock_take(&handoff->lock);
    while (handoff->free_count == 0 && !handoff->has_failed) {
        bell_wait(&handoff->freed, &handoff->lock);
    }
    int result = said(handoff, err);
    size_t number = result == 0 ? handoff->free[--handoff->free_count] : 0;
    lock_give(&handoff->lock);
    if (result != 0) {
        return -1;
    }
    result = fill(&handoff->slots[number], batch, err);
    lock_take(&handoff->lock);
    if (result == 0) {
        handoff->full[(handoff->full_at + handoff->full_count++) % handoff->slot_count] = number;
        bell_ring(&handoff->filled);
    } else {
        handoff->free[handoff->free_count++] = number;
    }
    lock_give(&handoff->lock);
    /* a table's first rows are alone under way (formats/table.h) */
    return result == 0 && batch->first_row == 0 ? handoff_drain(handoff, err) : result;
}

void handoff_close(struct handoff *handoff)
{
    if (handoff == NULL) {
        return;
    }
    lock_take(&handoff->lock);
    handoff->is_closing = true;
    bell_ring_all(&handoff->filled);
    lock_give(&handoff->lock);
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        aside_end(handoff->workers[i].thread);
    }
    for (size_t i = 0; i < handoff->slot_count; i++) {
        free(handoff->slots[i].cells);
        buf_free(&handoff->slots[i].bytes);
    }
    bell_end(&handoff->freed);
    bell_end(&handoff->filled);
    lock_end(&handoff->lock);
    free(handoff);
}

void own_handoff(struct handoff **handoff)
{
    handoff_close(*handoff);
}
