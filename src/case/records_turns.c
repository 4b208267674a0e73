/* Corrections of records, and what no longer stands: rare, so they are sorted out when a ledger was read. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "case/records.h"

#include "base/banned.h"

/* A row whose id some turn is about. */
struct hit {
    uint64_t id_hash;
    size_t row;
};

struct hits {
    struct hit *of;
    size_t count;
};

static void own_hits(struct hits *hits)
{
    free(hits->of);
}

static int by_row(const void *left, const void *right)
{
    const struct hit *a = left;
    const struct hit *b = right;
    return a->id_hash != b->id_hash ? (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash)
                                    : (a->row > b->row) - (a->row < b->row);
}

static int by_id(const void *left, const void *right)
{
    const struct turn *a = left;
    const struct turn *b = right;
    if (a->id_hash != b->id_hash) {
        return (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash);
    }
    int order = strcmp(a->id, b->id);
    return order != 0 ? order : (int)a->is_same - (int)b->is_same;
}

static int by_hash(const void *left, const void *right)
{
    const struct turn *a = left;
    const struct turn *b = right;
    return (a->id_hash > b->id_hash) - (a->id_hash < b->id_hash);
}

/* The first turn about ids of this hash, NULL if there is none. */
static const struct turn *first_turn(const struct assay_records *records, uint64_t id_hash)
{
    const struct turn wanted = {.id_hash = id_hash};
    const struct turn *found = bsearch(&wanted, records->turns, records->turn_count, sizeof wanted, by_hash);
    while (found != NULL && found > records->turns && found[-1].id_hash == id_hash) {
        found--;
    }
    return found;
}

/* 1: the row has the id of this turn; 0: another; -1: err. */
static int is_about(struct assay_records *records, const struct turn *turn, const struct row *row, struct err *err)
{
    struct str id, record;
    if (row->kind == GONE) {
        return 0;
    }
    TRY(records_read_row(records, row, &id, &record, err));
    return str_eq(id, str_of(turn->id));
}

/* What is corrected lies where its name was first given; what no longer stands is passed over. hits: of one hash, in order. */
static int apply(struct assay_records *records, struct rows *rows, const struct turn *turn, const struct hit *hits,
                 size_t count, struct err *err)
{
    struct row *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct row *row = &rows->of[hits[i].row];
        int is_its = is_about(records, turn, row, err);
        if (is_its < 0) {
            return -1;
        }
        if (is_its == 1 && turn->is_same && first == NULL) {
            first = row;
        } else if (is_its == 1) {
            if (turn->is_same) {
                *first = *row;
            }
            row->kind = GONE;
        }
    }
    return 0;
}

static int settle_rows(struct assay_records *records, struct rows *rows, struct err *err)
{
    OWN(own_hits) struct hits hits = {.count = 0};
    for (size_t i = 0; i < rows->count; i++) {
        if (first_turn(records, rows->of[i].id_hash) == NULL) {
            continue;
        }
        struct hit *grown = records_room(hits.of, hits.count, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        hits.of = grown;
        hits.of[hits.count++] = (struct hit){rows->of[i].id_hash, i};
    }
    if (hits.count != 0) {
        qsort(hits.of, hits.count, sizeof *hits.of, by_row);
    }
    const struct turn *end = records->turns + records->turn_count;
    for (size_t from = 0, to; from < hits.count; from = to) {
        for (to = from; to < hits.count && hits.of[to].id_hash == hits.of[from].id_hash; to++) {
        }
        const struct turn *turn = first_turn(records, hits.of[from].id_hash);
        for (; turn < end && turn->id_hash == hits.of[from].id_hash; turn++) {
            if (turn == records->turns || by_id(turn - 1, turn) != 0) {
                TRY(apply(records, rows, turn, hits.of + from, to - from, err));
            }
        }
    }
    return 0;
}

int records_settle(struct assay_records *records, size_t exam, struct err *err)
{
    if (records->turn_count != 0) {
        qsort(records->turns, records->turn_count, sizeof *records->turns, by_id);
    }
    for (; records->turn_count != 0 && exam < records->exam_count; exam++) {
        TRY(settle_rows(records, &records->exams[exam], err));
    }
    records->turn_count = 0;
    return 0;
}
