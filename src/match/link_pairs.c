/* Which columns are held against each other, and by which of them rows are linked. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/link.h"
#include "match/made_peek.h"
#include "match/roles.h"

#include "base/banned.h"

/* One is of times, the other too or of numbers that can be nothing else. */
static bool are_times(const struct set_column *here, const struct ref_column *there)
{
    return (here->class == NORMAL_TIME || there->class == NORMAL_TIME) &&
           roles_may_be_time(here->class, here->is_epoch) &&
           roles_may_be_time(there->class, roles_is_epoch(there->epochs, there->filled));
}

/* More in common first; then, as the times of a row that are compared are few, those that names or places favour. */
static int by_containment(const void *a, const void *b)
{
    const struct link_pair *left = a;
    const struct link_pair *right = b;
    if (left->k != right->k) {
        return left->k < right->k ? 1 : -1;
    }
    if (left->unlikely != right->unlikely) {
        return left->unlikely > right->unlikely ? 1 : -1;
    }
    return left->sample != right->sample ? (left->sample > right->sample) - (left->sample < right->sample)
                                         : (left->reference > right->reference) - (left->reference < right->reference);
}

/* Of two columns of times: 0 the same name or meaning, more the less likely they are the same, by where they stand. */
static unsigned unlikely(struct str here, struct str there, size_t place_here, size_t place_there)
{
    if (link_contrary_meaning(here, there)) {
        return UINT8_MAX;
    }
    size_t apart = place_here > place_there ? place_here - place_there : place_there - place_here;
    return link_same_name(here, there) || link_same_meaning(here, there) ? 0
                                                                         : (unsigned)(1 + (apart < 100 ? apart : 100));
}

/* Of a wide table, whose flags all have 0 and 1 in common: the pairs whose values tell rows apart first, or whose names say that
 * they are the same. */
static uint64_t worth_of(const struct set *set, const struct ref_table *table, const struct link_pair *pair)
{
    const struct set_column *column = &set->columns[pair->sample];
    uint64_t telling = pair->k < column->distinct ? pair->k : column->distinct;
    bool is_same = link_same_meaning(column->name, table->columns[pair->reference].name);
    return 2 * telling + (is_same ? 2 * column->distinct + 1 : 0);
}

struct ranked_pair {
    struct link_pair pair;
    uint64_t worth;
};

static int by_worth(const void *a, const void *b)
{
    const struct ranked_pair *left = a;
    const struct ranked_pair *right = b;
    return (left->worth < right->worth) - (left->worth > right->worth);
}

/* More than can be compared: the best of them stay. */
static int keep_best(const struct set *set, const struct ref_table *table, struct link_pair *all, size_t count,
                     struct err *err)
{
    OWN(own_mem) struct ranked_pair *ranked = calloc(count + 1, sizeof(*ranked));
    if (ranked == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu pairs of columns", count);
    }
    for (size_t i = 0; i < count; i++) {
        ranked[i] = (struct ranked_pair){all[i], worth_of(set, table, &all[i])};
    }
    qsort(ranked, count, sizeof(*ranked), by_worth);
    for (size_t i = 0; i < count && i < LINK_PAIRS_MAX; i++) {
        all[i] = ranked[i].pair;
    }
    return 0;
}

/* The only column of its class on its side. */
static bool is_only(const struct set *set, const struct ref_table *table, enum normal_class class)
{
    size_t here = 0;
    size_t there = 0;
    for (size_t i = 0; i < set->column_count; i++) {
        here += set->columns[i].class == class;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        there += table->columns[i].class == class;
    }
    return here == 1 && there == 1;
}

/* May a column of the one class and one of the other hold a value in common? A number can be a phone or an instant. */
static bool may_be_same(enum normal_class here, enum normal_class there)
{
    const unsigned instants = 1U << NORMAL_TIME | 1U << NORMAL_DATE;
    const unsigned numbers = instants | 1U << NORMAL_NUMBER | 1U << NORMAL_PHONE;
    unsigned both = 1U << here | 1U << there;
    return (here == there && here != NORMAL_NONE) || (both & ~instants) == 0 ||
           ((both & 1U << NORMAL_NUMBER) != 0 && (both & ~numbers) == 0) ||
           ((both & 1U << NORMAL_DECIMAL) != 0 && (both & ~(instants | 1U << NORMAL_DECIMAL)) == 0);
}

/* Columns with a value in common; every two columns of times (a shifted clock has none in common); and two of secrets that
 * should agree and do not, as that is evidence too. */
static int collect_pairs(struct linkage *linkage, size_t s, const struct ref_table *table, bool is_guess,
                         struct err *err)
{
    const struct set *set = linkage->set;
    size_t room = set->column_count * table->column_count;
    OWN(own_mem) struct link_pair *all = calloc(room + 1, sizeof(*all));
    if (all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu pairs of columns", room);
    }
    size_t count = 0;
    for (size_t i = 0; i < room; i++) {
        struct link_pair pair = {.sample = i / table->column_count, .reference = i % table->column_count};
        const struct ref_column *column = &table->columns[pair.reference];
        bool times = (normal_is_instant(set->columns[pair.sample].class) && normal_is_instant(column->class)) ||
                     are_times(&set->columns[pair.sample], column);
        align_containment(set, pair.sample, column->seen == NULL ? NULL : column->seen[s], &pair.k, &pair.n);
        enum normal_class class = set->columns[pair.sample].class;
        bool secrets = class == NORMAL_SECRET && column->class == NORMAL_SECRET &&
                       (is_only(set, table, class) || link_same_meaning(set->columns[pair.sample].name, column->name));
        if (pair.k > 0 || times || secrets || (is_guess && may_be_same(class, column->class))) {
            pair.is_time = are_times(&set->columns[pair.sample], column);
            if (pair.is_time) {
                pair.unlikely = unlikely(set->columns[pair.sample].name, column->name,
                                         roles_place_here(set, pair.sample), roles_place_there(table, pair.reference));
            }
            all[count++] = pair;
        }
    }
    if (count > LINK_PAIRS_MAX) {
        TRY(keep_best(set, table, all, count, err));
        count = LINK_PAIRS_MAX;
    }
    qsort(all, count, sizeof(*all), by_containment);
    for (size_t i = 0; i < count && linkage->pair_count < LINK_PAIRS_MAX; i++) {
        if (all[i].is_time && linkage->time_count == LINK_TIMES_MAX) {
            all[i].is_time = false;
        }
        all[i].time = linkage->time_count;
        linkage->time_count += all[i].is_time;
        linkage->pairs[linkage->pair_count++] = all[i];
    }
    return 0;
}

/* Long enough that nobody hits it by chance: 64 bits are 16 hex digits or 11 letters. */
static bool is_long_secret(const struct set *set, size_t column)
{
    uint64_t length = 0;
    uint64_t count = 0;
    for (size_t r = 0; r < set->row_count && count < 100; r++) {
        uint32_t value = set_cell(set, r, column);
        struct pack_room room;
        length += value == 0 ? 0 : set_bytes(set, value, &room).len;
        count += value != 0;
    }
    return count > 0 && length / count >= 16;
}

static bool is_near_unique(const struct set_column *column)
{
    return column->filled > 0 && column->distinct * 10 >= column->filled * 9;
}

static enum link_via via_of(const struct set *set, const struct ref_table *table, const struct link_pair *pair,
                            bool is_guess)
{
    const struct set_column *column = &set->columns[pair->sample];
    enum normal_class there = table->columns[pair->reference].class;
    if (pair->k == 0 && !is_guess) {
        return LINK_VIAS;
    }
    if (column->class == NORMAL_EMAIL && there == NORMAL_EMAIL) {
        return LINK_EMAIL;
    }
    if ((column->class == NORMAL_PHONE || there == NORMAL_PHONE) &&
        (column->class == NORMAL_NUMBER || there == NORMAL_NUMBER || column->class == there)) {
        return LINK_PHONE;
    }
    if (column->class == NORMAL_SECRET && is_near_unique(column) && is_long_secret(set, pair->sample)) {
        return LINK_SECRET;
    }
    return is_near_unique(column) ? LINK_OTHER : LINK_VIAS;
}

/* Rows of the set that the pair is likely to link to one row each: a number that many rows share links none. */
static double links_alone(const struct linkage *linkage, const struct ref_table *table, const struct link_pair *pair)
{
    return (double)pair->k / align_repeats(linkage->set, &table->columns[pair->reference], linkage->index);
}

/* Of two pairs that link as much: the one with more distinct values, then the one whose names agree. */
static bool links_better(const struct linkage *linkage, const struct ref_table *table, const struct link_pair *a,
                         const struct link_pair *b)
{
    const struct set_column *first = &linkage->set->columns[a->sample];
    const struct set_column *second = &linkage->set->columns[b->sample];
    double gain = links_alone(linkage, table, a) - links_alone(linkage, table, b);
    if (gain > 1e-9 || gain < -1e-9 || first->distinct != second->distinct) {
        return gain > 1e-9 || (gain > -1e-9 && first->distinct > second->distinct);
    }
    return link_same_name(first->name, table->columns[a->reference].name) &&
           !link_same_name(second->name, table->columns[b->reference].name);
}

/* The best pair for each way of linking. */
static void choose_vias(struct linkage *linkage, const struct ref_table *table, bool is_guess)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        linkage->via_pair[via] = -1;
    }
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        enum link_via via = via_of(linkage->set, table, pair, is_guess);
        if (via == LINK_VIAS) {
            continue;
        }
        int *chosen = &linkage->via_pair[via];
        if (*chosen < 0 || links_better(linkage, table, pair, &linkage->pairs[*chosen])) {
            *chosen = (int)p;
        }
    }
    if (linkage->via_pair[LINK_EMAIL] >= 0 || linkage->via_pair[LINK_PHONE] >= 0 ||
        linkage->via_pair[LINK_SECRET] >= 0) {
        linkage->via_pair[LINK_OTHER] = -1;
    }
}

static bool is_counted(enum normal_class class)
{
    return class == NORMAL_TIME || class == NORMAL_SECRET || class == NORMAL_NUMBER || class == NORMAL_PHONE;
}

bool linkage_counts(const struct linkage *linkage, const struct ref_table *table, const struct link_pair *pair)
{
    /* what the database holds decides how the pair counts, whatever most cells of the sample are */
    return is_counted(linkage->set->columns[pair->sample].class) || is_counted(table->columns[pair->reference].class);
}

/* The dense numbers of a pair's column of the set, made if nobody has. */
static int dense_for(struct linkage *linkage, const struct link_pair *pair, struct err *err)
{
    struct dense *dense = &linkage->dense[pair->sample];
    return dense->parts != NULL ? 0 : dense_open(dense, linkage->set, pair->sample, err);
}

static int open_counts(struct linkage *linkage, const struct ref_table *table, struct err *err)
{
    for (size_t p = 0; p < linkage->pair_count; p++) {
        struct link_pair *pair = &linkage->pairs[p];
        if (!linkage_counts(linkage, table, pair)) {
            continue;
        }
        TRY(dense_for(linkage, pair, err));
        pair->counts = calloc((size_t)linkage->dense[pair->sample].count + 1, 1);
        if (pair->counts == NULL) {
            return err_set(err, ERR_LIMIT, "no memory to count %u values", linkage->set->value_count);
        }
    }
    return 0;
}

/* Rows by value, for a column that links. */
static int index_rows(struct linkage *linkage, int via, struct err *err)
{
    const struct set *set = linkage->set;
    const struct link_pair *pair = &linkage->pairs[linkage->via_pair[via]];
    TRY(dense_for(linkage, pair, err));
    const struct dense *dense = &linkage->dense[pair->sample];
    uint32_t *first = linkage->first[via] = calloc((size_t)dense->count + 1, sizeof(uint32_t));
    uint32_t *next = linkage->next[via] = calloc(set->row_count + 1, sizeof(uint32_t));
    if (first == NULL || next == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to link %zu rows", set->row_count);
    }
    for (size_t r = set->row_count; r > 0; r--) {
        uint32_t value = set_cell(set, r - 1, pair->sample);
        uint32_t number = value == 0 ? 0 : dense_of(dense, value);
        if (number != 0 && first[number] != 0) { /* most have none: their page stays untouched */
            next[r - 1] = first[number];
        }
        if (number != 0) {
            first[number] = (uint32_t)r;
        }
    }
    return 0;
}

int linkage_choose(struct linkage *linkage, const struct set *set, size_t s, const struct ref_table *table,
                   bool is_guess, struct err *err)
{
    *linkage = (struct linkage){.set = set, .index = s};
    TRY(collect_pairs(linkage, s, table, is_guess, err));
    choose_vias(linkage, table, is_guess);
    return 0;
}

/* Pairs that may say which of several rows with one address is meant: in the sample their values are hardly ever the same. */
static uint64_t telling_pairs(const struct linkage *linkage)
{
    uint64_t telling = 0;
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct set_column *column = &linkage->set->columns[linkage->pairs[p].sample];
        bool tells = column->class != NORMAL_EMAIL && is_near_unique(column);
        telling |= (uint64_t)tells << p;
    }
    return telling;
}

int linkage_open(struct linkage *linkage, const struct ref_table *table, const struct ref_facts *facts, struct err *err)
{
    linkage->dense = calloc(linkage->set->column_count + 1, sizeof(*linkage->dense));
    if (linkage->dense == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu columns", linkage->set->column_count);
    }
    for (int via = 0; via < LINK_VIAS; via++) {
        if (linkage->via_pair[via] >= 0) {
            TRY(index_rows(linkage, via, err));
        }
    }
    TRY(open_counts(linkage, table, err));
    bool has_order = facts->created < 0 && facts->id >= 0;
    TRY(links_open(&linkage->links, linkage->set->row_count, linkage->pair_count, linkage->time_count,
                   facts->created >= 0, facts->updated >= 0, facts->deleted >= 0, has_order, err));
    linkage->links.telling = telling_pairs(linkage);
    return 0;
}

void linkage_close(struct linkage *linkage)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        free(linkage->first[via]);
        free(linkage->next[via]);
    }
    for (size_t p = 0; p < linkage->pair_count; p++) {
        free(linkage->pairs[p].counts);
    }
    for (size_t c = 0; linkage->dense != NULL && c < linkage->set->column_count; c++) {
        dense_close(&linkage->dense[c]);
    }
    free(linkage->dense);
    if (linkage->peek != NULL) {
        made_peek_close(linkage->peek);
        free(linkage->peek);
    }
    links_close(&linkage->links);
    *linkage = (struct linkage){0};
}
