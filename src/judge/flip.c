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

    judge_weigh(trial->board, dropped, trial->claim, trial->standard_log10, &without);
    *row = (struct flip){.kind = kind,
                         .items = {a, b},
                         .log10_lr = without.log10_lr,
                         .direction = without.direction,
                         .flips = without.direction != trial->base.direction,
                         .delta = trial->base.log10_lr - without.log10_lr};
    trial->any_flips |= row->flips;
    trial->list->count++;
}

/* Whether two items go together: one examination may give several, of which one speaks. */
static bool is_kin(const struct item *a, const struct item *b, enum drop_kind kind)
{
    if (a == b) {
        return true;
    }
    if (kind == DROP_ITEM) {
        return a->examination != NULL && b->examination != NULL && strcmp(a->examination, b->examination) == 0;
    }
    return a->keeper == b->keeper && (kind == DROP_KEEPER || a->group == b->group);
}

/* Marks i and its kin. Returns how many different examinations they are; 0 if an earlier item already stood for them. */
static size_t mark_kin(const struct board *board, size_t i, enum drop_kind kind, bool dropped[static ITEM_MAX])
{
    size_t examinations = 1;

    for (size_t j = 0; j < board->item_count; j++) {
        dropped[j] = dropped[j] || is_kin(board->items[i], board->items[j], kind);
        if (dropped[j] && j < i) {
            return 0;
        }
        examinations += dropped[j] && !is_kin(board->items[i], board->items[j], DROP_ITEM);
    }
    return examinations;
}

/* least: a group or a keeper of one examination is that examination. */
static void drop_kin(struct trial *trial, enum drop_kind kind, size_t least)
{
    for (size_t i = 0; i < trial->board->item_count; i++) {
        bool dropped[ITEM_MAX] = {false};

        if (mark_kin(trial->board, i, kind, dropped) >= least) {
            try_without(trial, kind, i, i, dropped);
        }
    }
}

static void drop_pairs(struct trial *trial)
{
    for (size_t i = 0; i < trial->board->item_count; i++) {
        for (size_t j = i + 1; j < trial->board->item_count; j++) {
            bool first[ITEM_MAX] = {false}, dropped[ITEM_MAX] = {false};

            if (is_kin(trial->board->items[i], trial->board->items[j], DROP_ITEM) ||
                mark_kin(trial->board, i, DROP_ITEM, first) == 0 ||
                mark_kin(trial->board, j, DROP_ITEM, dropped) == 0) {
                continue;
            }
            for (size_t k = 0; k < trial->board->item_count; k++) {
                dropped[k] |= first[k];
            }
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
    judge_weigh(board, NULL, claim, standard_log10, &trial.base);
    drop_kin(&trial, DROP_ITEM, 1);
    drop_kin(&trial, DROP_GROUP, 2);
    drop_kin(&trial, DROP_KEEPER, 2);
    if (!trial.any_flips && n <= PAIR_ITEMS_MAX) {
        ret_list->pairs_tried = true;
        drop_pairs(&trial);
    }
    qsort(ret_list->rows, ret_list->count, sizeof *ret_list->rows, by_effect);
    return 0;
}
