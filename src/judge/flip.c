/* What a verdict hangs on: without which single item, group or keeper, or without which pair, it would read otherwise. */
#include <math.h>
#include <stdlib.h>

#include "judge/inside.h"

#include "base/banned.h"

enum { PAIR_ITEMS_MAX = 64 };

const char *drop_kind_name(enum drop_kind kind)
{
    static const char *const names[] = {"examination", "group", "keeper", "pair"};
    return names[kind];
}

struct trial {
    const struct board *board;
    enum claim_kind claim;
    double standard_log10;
    struct outcome base;
    struct flip_list *list;
    bool any_flips;
};

static void try_without(struct trial *trial, enum drop_kind kind, size_t a, size_t b, const bool *dropped)
{
    struct outcome without;
    struct flip *row = &trial->list->rows[trial->list->count];

    judge_weigh(trial->board, dropped, 1, trial->claim, trial->standard_log10, &without);
    *row = (struct flip){.kind = kind,
                         .items = {a, b},
                         .log10_lr = without.log10_lr,
                         .direction = without.direction,
                         .flips = without.direction != trial->base.direction,
                         .delta = trial->base.log10_lr - without.log10_lr};
    trial->any_flips |= row->flips;
    trial->list->count++;
}

static void drop_singles(struct trial *trial)
{
    for (size_t i = 0; i < trial->board->item_count; i++) {
        bool dropped[ITEM_MAX] = {false};

        dropped[i] = true;
        try_without(trial, DROP_ITEM, i, i, dropped);
    }
}

/* Marks every item that shares i's keeper (and group); false if an earlier item already stood for them or i is alone. */
static bool mark_kin(const struct board *board, size_t i, bool whole_keeper, bool dropped[static ITEM_MAX])
{
    size_t kin = 0;

    for (size_t j = 0; j < board->item_count; j++) {
        const struct item *a = board->items[i], *b = board->items[j];

        dropped[j] = a->keeper == b->keeper && (whole_keeper || a->group == b->group);
        if (dropped[j] && j < i) {
            return false;
        }
        kin += dropped[j];
    }
    return kin > 1;
}

static void drop_kin(struct trial *trial, enum drop_kind kind)
{
    for (size_t i = 0; i < trial->board->item_count; i++) {
        bool dropped[ITEM_MAX] = {false};

        if (mark_kin(trial->board, i, kind == DROP_KEEPER, dropped)) {
            try_without(trial, kind, i, i, dropped);
        }
    }
}

static void drop_pairs(struct trial *trial)
{
    for (size_t i = 0; i < trial->board->item_count; i++) {
        for (size_t j = i + 1; j < trial->board->item_count; j++) {
            bool dropped[ITEM_MAX] = {false};

            dropped[i] = dropped[j] = true;
            try_without(trial, DROP_PAIR, i, j, dropped);
            if (!trial->list->rows[trial->list->count - 1].flips) {
                trial->list->count--; /* a pair is worth a line only if it flips */
            }
        }
    }
}

static int by_effect(const void *left, const void *right)
{
    const struct flip *a = left, *b = right;

    if (a->flips != b->flips) {
        return a->flips ? -1 : 1;
    }
    if (a->kind != b->kind && a->flips) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (fabs(a->delta) != fabs(b->delta)) {
        return fabs(a->delta) > fabs(b->delta) ? -1 : 1;
    }
    return a->items[0] < b->items[0] ? -1 : a->items[0] > b->items[0];
}

int judge_flips(const struct board *board, enum claim_kind claim, double standard_log10, struct flip_list *ret_list,
                struct err *err)
{
    const size_t n = board->item_count;
    const size_t pairs = n <= PAIR_ITEMS_MAX ? n * n / 2 : 0;
    struct trial trial = {.board = board, .claim = claim, .standard_log10 = standard_log10, .list = ret_list};

    *ret_list = (struct flip_list){.rows = calloc(3 * n + pairs + 1, sizeof *ret_list->rows)};
    if (ret_list->rows == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu items", n);
    }
    judge_weigh(board, NULL, 1, claim, standard_log10, &trial.base);
    drop_singles(&trial);
    drop_kin(&trial, DROP_GROUP);
    drop_kin(&trial, DROP_KEEPER);
    if (!trial.any_flips && n <= PAIR_ITEMS_MAX) {
        ret_list->pairs_tried = true;
        drop_pairs(&trial);
    }
    qsort(ret_list->rows, ret_list->count, sizeof *ret_list->rows, by_effect);
    return 0;
}
