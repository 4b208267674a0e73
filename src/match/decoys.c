/* A bottom-k sample of the table's rows: those whose hashed numbers are smallest. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/decoys.h"

#include "base/banned.h"

uint64_t decoys_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t decoys_seed(const struct set *set, struct str table_name)
{
    uint64_t sum = (set->row_count ^ str_hash(table_name)) + set->hash_sum;
    return decoys_mix(sum) >> 12;
}

int decoys_open(struct decoys *decoys, uint64_t seed, const size_t *columns, size_t pair_count, struct err *err)
{
    *decoys = (struct decoys){.seed = seed, .pair_count = pair_count};
    memcpy(decoys->columns, columns, pair_count * sizeof(*columns));
    decoys->rows = calloc(DECOYS_MAX, sizeof(*decoys->rows));
    decoys->values = calloc(DECOYS_MAX * (pair_count + 1), sizeof(*decoys->values));
    decoys->seconds = calloc(DECOYS_MAX * (pair_count + 1), sizeof(*decoys->seconds));
    if (decoys->rows == NULL || decoys->values == NULL || decoys->seconds == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %d rows of the table", DECOYS_MAX);
    }
    return 0;
}

void decoys_close(struct decoys *decoys)
{
    free(decoys->rows);
    free(decoys->values);
    free(decoys->seconds);
    *decoys = (struct decoys){0};
}

/* ---- The heap ---- */

static void move(struct decoys *decoys, size_t to, const struct decoys *source, size_t from)
{
    size_t pairs = decoys->pair_count;
    decoys->rows[to] = source->rows[from];
    memcpy(&decoys->values[to * pairs], &source->values[from * pairs], pairs * sizeof(*decoys->values));
    memcpy(&decoys->seconds[to * pairs], &source->seconds[from * pairs], pairs * sizeof(*decoys->seconds));
}

/* The place of a row of this rank, those above it moved; SIZE_MAX if it is not among the smallest. */
static size_t place_for(struct decoys *decoys, uint64_t rank)
{
    size_t at;
    if (decoys->count < DECOYS_MAX) {
        at = decoys->count++;
        for (; at > 0 && decoys->rows[(at - 1) / 2].rank < rank; at = (at - 1) / 2) {
            move(decoys, at, decoys, (at - 1) / 2);
        }
        return at;
    }
    if (rank >= decoys->rows[0].rank) {
        return SIZE_MAX;
    }
    at = 0;
    for (size_t child = 1; child < DECOYS_MAX; child = 2 * at + 1) {
        child += child + 1 < DECOYS_MAX && decoys->rows[child + 1].rank > decoys->rows[child].rank;
        if (decoys->rows[child].rank <= rank) {
            break;
        }
        move(decoys, at, decoys, child);
        at = child;
    }
    return at;
}

static void keep(struct decoys *decoys, size_t at, uint64_t rank, const struct decoy_batch *batch, size_t r)
{
    struct decoy_row *row = &decoys->rows[at];
    *row = (struct decoy_row){.rank = rank, .created = LOOK_NO_TIME};
    if (batch->created >= 0) {
        row->created = look_facts(batch->look, (size_t)batch->created)[r].seconds;
    }
    for (size_t p = 0; p < decoys->pair_count; p++) {
        const struct cell_fact *fact = &look_facts(batch->look, decoys->columns[p])[r];
        row->filled |= (uint64_t)(fact->class != NORMAL_NONE) << p;
        decoys->values[at * decoys->pair_count + p] = look_values(batch->look, 0, decoys->columns[p])[r];
        decoys->seconds[at * decoys->pair_count + p] = fact->seconds;
    }
}

void decoys_offer(struct decoys *decoys, const struct decoy_batch *batch)
{
    for (size_t r = 0; r < batch->rows; r++) {
        uint64_t rank = decoys_mix(decoys->seed ^ decoys_mix(batch->first_row + r));
        if (decoys->count < DECOYS_MAX || rank < decoys->rows[0].rank) {
            keep(decoys, place_for(decoys, rank), rank, batch, r);
        }
    }
}

void decoys_merge(struct decoys *into, const struct decoys *from)
{
    for (size_t i = 0; i < from->count; i++) {
        size_t at = place_for(into, from->rows[i].rank);
        if (at != SIZE_MAX) {
            move(into, at, from, i);
        }
    }
}

/* Rows get shorter or stay as long, so the place of one is never behind its old one; within a row the order may be any. */
void decoys_keep(struct decoys *decoys, const size_t *pairs, size_t pair_count)
{
    for (size_t i = 0; i < decoys->count; i++) {
        struct decoy_row *row = &decoys->rows[i];
        uint32_t values[DECOYS_PAIRS_MAX];
        int64_t seconds[DECOYS_PAIRS_MAX];
        uint64_t filled = 0;
        for (size_t p = 0; p < pair_count; p++) {
            values[p] = decoys->values[i * decoys->pair_count + pairs[p]];
            seconds[p] = decoys->seconds[i * decoys->pair_count + pairs[p]];
            filled |= (row->filled >> pairs[p] & 1U) << p;
        }
        row->filled = filled;
        memcpy(&decoys->values[i * pair_count], values, pair_count * sizeof(*values));
        memcpy(&decoys->seconds[i * pair_count], seconds, pair_count * sizeof(*seconds));
    }
    size_t columns[DECOYS_PAIRS_MAX];
    for (size_t p = 0; p < pair_count; p++) {
        columns[p] = decoys->columns[pairs[p]];
    }
    memcpy(decoys->columns, columns, pair_count * sizeof(*columns));
    decoys->pair_count = pair_count;
}

/* ---- In order ---- */

struct ranked {
    uint64_t rank;
    size_t at;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;
    return (left->rank > right->rank) - (left->rank < right->rank);
}

int decoys_finish(struct decoys *decoys, struct err *err)
{
    struct decoys sorted;
    OWN(own_mem) struct ranked *order = calloc(decoys->count + 1, sizeof(*order));
    if (order == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows of the table", decoys->count);
    }
    if (decoys_open(&sorted, decoys->seed, decoys->columns, decoys->pair_count, err) != 0) {
        decoys_close(&sorted);
        return -1;
    }
    for (size_t i = 0; i < decoys->count; i++) {
        order[i] = (struct ranked){decoys->rows[i].rank, i};
    }
    qsort(order, decoys->count, sizeof(*order), by_rank);
    for (size_t i = 0; i < decoys->count; i++) {
        move(&sorted, i, decoys, order[i].at);
    }
    sorted.count = decoys->count;
    decoys_close(decoys);
    *decoys = sorted;
    return 0;
}
