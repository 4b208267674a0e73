/* Distinct values, first rows, rows by the minute. */
#include <math.h>
#include <stdlib.h>

#include "match/tally.h"

#include "base/banned.h"

enum { SKETCH = 1 << LINK_SKETCH_BITS };

/* ---- The first rows ---- */

void link_head_add(struct link_head *heap, int64_t place)
{
    int64_t *head = heap->place;
    size_t at;
    if (heap->count < LINK_HEAD_ROWS) {
        at = heap->count++;
        while (at > 0 && head[(at - 1) / 2] < place) {
            head[at] = head[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        head[at] = place;
        return;
    }
    if (place >= head[0]) {
        return;
    }
    at = 0;
    for (size_t child = 1; child < LINK_HEAD_ROWS; child = 2 * at + 1) {
        child += child + 1 < LINK_HEAD_ROWS && head[child + 1] > head[child];
        if (head[child] <= place) {
            break;
        }
        head[at] = head[child];
        at = child;
    }
    head[at] = place;
}

/* ---- Distinct values: HyperLogLog (Flajolet et al. 2007), linear counting when small ---- */

static double sketch_count(const uint8_t *sketch)
{
    double sum = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < SKETCH; i++) {
        sum += ldexp(1, -sketch[i]);
        zeros += sketch[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / SKETCH) * SKETCH * SKETCH / sum;
    return estimate <= 2.5 * SKETCH && zeros > 0 ? SKETCH * log((double)SKETCH / (double)zeros) : estimate;
}

/* ---- One thread's share ---- */

int tally_open(struct tally *tally, size_t columns, const bool *wanted, struct err *err)
{
    *tally = (struct tally){.columns = columns};
    tally->filled = calloc(columns + 1, sizeof(*tally->filled));
    tally->sketch = calloc(columns + 1, sizeof(*tally->sketch));
    bool good = tally->filled != NULL && tally->sketch != NULL;
    for (size_t c = 0; good && c < columns; c++) {
        if (wanted[c]) {
            tally->sketch[c] = calloc(SKETCH, 1);
            good = tally->sketch[c] != NULL;
        }
    }
    return good ? 0 : err_set(err, ERR_LIMIT, "no memory to read %zu columns", columns);
}

void tally_close(struct tally *tally)
{
    for (size_t c = 0; tally->sketch != NULL && c < tally->columns; c++) {
        free(tally->sketch[c]);
    }
    free(tally->sketch);
    free(tally->filled);
    *tally = (struct tally){0};
}

static void merge_minutes(struct minutes_part *part, const struct minutes_part *other)
{
    part->outside += other->outside;
    if (other->total > 0) {
        part->first = part->total == 0 || other->first < part->first ? other->first : part->first;
        part->last = part->total == 0 || other->last > part->last ? other->last : part->last;
        part->total += other->total;
    }
}

void tally_merge(struct tally *tally, const struct tally *other)
{
    tally->rows += other->rows;
    merge_minutes(&tally->begun, &other->begun);
    merge_minutes(&tally->changed, &other->changed);
    for (size_t i = 0; i < other->head.count; i++) {
        link_head_add(&tally->head, other->head.place[i]);
    }
    for (size_t c = 0; c < tally->columns; c++) {
        tally->filled[c] += other->filled[c];
        for (size_t i = 0; tally->sketch[c] != NULL && i < SKETCH; i++) {
            uint8_t rank = other->sketch[c][i];
            tally->sketch[c][i] = rank > tally->sketch[c][i] ? rank : tally->sketch[c][i];
        }
    }
}

int tally_tell(const struct tally *tally, struct ref_facts *facts, struct err *err)
{
    facts->rows = tally->rows;
    facts->head = tally->head;
    minutes_settle(&facts->begun, &tally->begun);
    minutes_settle(&facts->changed, &tally->changed);
    facts->distinct = calloc(tally->columns + 1, sizeof(*facts->distinct));
    facts->filled = calloc(tally->columns + 1, sizeof(*facts->filled));
    if (facts->distinct == NULL || facts->filled == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", tally->columns);
    }
    for (size_t c = 0; c < tally->columns; c++) {
        facts->filled[c] = tally->filled[c];
        if (tally->sketch[c] != NULL) {
            double distinct = sketch_count(tally->sketch[c]);
            facts->distinct[c] = distinct > (double)facts->filled[c] ? (double)facts->filled[c] : distinct;
        }
    }
    return 0;
}

void ref_facts_close(struct ref_facts *facts)
{
    minutes_close(&facts->begun);
    minutes_close(&facts->changed);
    free(facts->distinct);
    free(facts->filled);
    decoys_close(&facts->decoys);
    *facts = (struct ref_facts){0};
}
