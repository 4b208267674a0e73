/* Guessing how a table is aligned, and holding the guess against the whole. */
#include "match/ahead.h"

#include <stdlib.h>

#include "base/banned.h"

void ahead_open(struct ahead *ahead, bool is_off)
{
    *ahead = (struct ahead){.is_off = is_off, .first = UINT64_MAX};
    lock_init(&ahead->lock);
    bell_init(&ahead->left);
}

void ahead_forget(struct ahead *ahead)
{
    if (ahead->linking.workers > 0) {
        linking_close(&ahead->linking);
    }
    if (ahead->linkage.set != NULL) {
        linkage_close(&ahead->linkage);
    }
    ref_facts_close(&ahead->facts);
    free(ahead->table.columns);
    ahead->table.columns = NULL;
    ahead->is_linking = false;
    ahead->is_off = true;
}

void ahead_close(struct ahead *ahead)
{
    ahead_forget(ahead);
    bell_end(&ahead->left);
    lock_end(&ahead->lock);
}

int ahead_guess(struct ahead *ahead, const struct query *query, const struct ref_table *table, unsigned workers,
                struct err *err)
{
    ahead->table = *table;
    ahead->table.columns = calloc(table->column_count + 1, sizeof(*table->columns));
    if (ahead->table.columns == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", table->column_count);
    }
    for (size_t c = 0; c < table->column_count; c++) {
        ahead->table.columns[c] = table->columns[c];
        align_settle(&ahead->table.columns[c]);
    }
    link_roles(&ahead->table, &ahead->facts);
    TRY(linkage_choose(&ahead->linkage, query->sets[0], 0, &ahead->table, true, err));
    TRY(linking_open(&ahead->linking, &ahead->linkage, 1, &ahead->table, &ahead->facts, workers, err));
    ahead->is_linking = true;
    return 0;
}

/* ---- Does it hold? ---- */

static size_t pair_like(const struct linkage *linkage, const struct link_pair *pair)
{
    size_t p = 0;
    while (p < linkage->pair_count &&
           (linkage->pairs[p].sample != pair->sample || linkage->pairs[p].reference != pair->reference)) {
        p++;
    }
    return p;
}

struct fit {
    size_t pairs[LINK_PAIRS_MAX], times[LINK_TIMES_MAX]; /* as the guess numbers them */
};

static bool pairs_hold(const struct linkage *guess, const struct linkage *linkage, const struct ref_table *table,
                       struct fit *fit)
{
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        size_t like = pair_like(guess, pair);
        bool is_there = like < guess->pair_count && (!pair->is_time || guess->pairs[like].is_time);
        if (!is_there || (linkage_counts(linkage, table, pair) && guess->pairs[like].counts == NULL)) {
            return false;
        }
        fit->pairs[p] = like;
        if (pair->is_time) {
            fit->times[pair->time] = guess->pairs[like].time;
        }
    }
    return true;
}

/* Rows were linked by the pairs they are to be linked by; a way that was guessed in vain found no value. */
static bool vias_hold(const struct linkage *guess, const struct linkage *linkage, const struct ref_table *table,
                      const struct fit *fit)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        int guessed = guess->via_pair[via];
        int found = linkage->via_pair[via];
        if (found >= 0 && (guessed < 0 || fit->pairs[found] != (size_t)guessed)) {
            return false;
        }
        if (found < 0 && guessed >= 0) {
            const struct link_pair *vain = &guess->pairs[guessed];
            const struct ref_column *column = &table->columns[vain->reference];
            uint64_t k, n;
            align_containment(guess->set, vain->sample, column->seen == NULL ? NULL : column->seen[guess->index], &k,
                              &n);
            if (k > 0) {
                return false;
            }
        }
    }
    return true;
}

static bool holds(const struct ahead *ahead, const struct linkage *linkage, const struct ref_table *table,
                  const struct ref_facts *facts, struct fit *fit)
{
    const struct ref_facts *roles = &ahead->facts;
    bool same_roles = facts->created == roles->created && facts->updated == roles->updated &&
                      facts->deleted == roles->deleted && facts->id == roles->id;
    return same_roles && linkage->pair_count <= ahead->linkage.pair_count &&
           pairs_hold(&ahead->linkage, linkage, table, fit) && vias_hold(&ahead->linkage, linkage, table, fit);
}

/* Counts and links go over; those of pairs that are none, or are not to be counted, stay behind. */
static void hand_over(struct linkage *guess, struct linkage *linkage, const struct ref_table *table,
                      const struct fit *fit)
{
    for (size_t p = 0; p < linkage->pair_count; p++) {
        if (linkage_counts(linkage, table, &linkage->pairs[p])) {
            linkage->pairs[p].counts = guess->pairs[fit->pairs[p]].counts;
            guess->pairs[fit->pairs[p]].counts = NULL;
        }
    }
    linkage->dense = guess->dense;
    guess->dense = NULL;
    linkage->identity_rows = guess->identity_rows;
    linkage->links = guess->links;
    linkage->peek = guess->peek;
    guess->links = (struct links){0};
    guess->peek = NULL;
    links_keep(&linkage->links, fit->pairs, linkage->pair_count, fit->times, linkage->time_count);
}

int ahead_take(struct ahead *ahead, struct linkage *linkage, struct input *input, const struct ref_table *table,
               const struct assay_sink *sink, struct ref_facts *facts, bool *ret_held, struct err *err)
{
    struct fit fit;
    *ret_held = ahead->is_linking && table->number == ahead->table.number && holds(ahead, linkage, table, facts, &fit);
    if (!*ret_held) {
        return 0;
    }
    TRY(link_pass(&ahead->linking, input, ahead->first, sink, err));
    TRY(linking_tell(&ahead->linking, err));
    hand_over(&ahead->linkage, linkage, table, &fit);
    bool created_is_time = facts->created_is_time;
    *facts = ahead->facts;
    facts->created_is_time = created_is_time;
    decoys_keep(&facts->decoys, fit.pairs, linkage->pair_count);
    ahead->facts = (struct ref_facts){0};
    return 0;
}
