/* Linking rows, in one stream over the table. */
#include <pthread.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/link.h"
#include "match/made_peek.h"

#include "base/banned.h"

/* A worker's own. */
struct linker {
    struct look look;
    struct tally tally;
    struct decoys decoys;
    uint64_t *identity_rows; /* per linkage */
};

struct linking {
    struct linkage *linkages;
    size_t count;
    const struct ref_table *table;
    struct ref_facts *facts;
    const struct assay_sink *sink;
    struct query query; /* the linkages' sets */
    bool *is_paired;    /* per column of the table */
    struct linker *linkers;
    unsigned workers;
    pthread_mutex_t lock; /* of the links */
    uint64_t rows;
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    const struct linking *linking = self;
    *ret_wanted = number == linking->table->number;
    if (*ret_wanted && shape->column_count != linking->table->column_count) {
        return err_set(err, ERR_FORMAT, "%.*s changed while it was read", STR_FMT(shape->name));
    }
    return 0;
}

/* ---- A batch, column by column ---- */

static bool is_role(const struct ref_facts *facts, size_t c)
{
    return (int)c == facts->created || (int)c == facts->updated || (int)c == facts->deleted;
}

static int take_columns(struct linking *linking, struct linker *linker, const struct table_batch *batch,
                        struct err *err)
{
    for (size_t c = 0; c < batch->columns; c++) {
        if (!linking->is_paired[c] && !is_role(linking->facts, c)) {
            continue;
        }
        unsigned wanted = linking->is_paired[c] ? NORMAL_ALL : 0;
        TRY(look_column(&linker->look, batch, c, c, linking->table->columns[c].day_first, wanted, err));
        const struct cell_fact *facts = look_facts(&linker->look, c);
        for (size_t r = 0; linking->is_paired[c] && r < batch->rows; r++) {
            if (facts[r].class != NORMAL_NONE) {
                tally_value(&linker->tally, c, facts[r].hash);
            }
        }
    }
    return 0;
}

static int64_t role_seconds(const struct linker *linker, int column, size_t r)
{
    return column < 0 ? LINK_NO_TIME : look_facts(&linker->look, (size_t)column)[r].seconds;
}

/* A row's place by creation: its time, without such a column its number. */
static int64_t order_of(const struct linking *linking, const struct linker *linker, const struct table_batch *batch,
                        size_t r)
{
    const struct ref_facts *facts = linking->facts;
    int64_t order;
    if (facts->created >= 0 || facts->id < 0) {
        return role_seconds(linker, facts->created, r);
    }
    return str_i64(str_trim(batch->cells[r * batch->columns + (size_t)facts->id]), &order) ? order : LINK_NO_TIME;
}

static int date_rows(struct linking *linking, struct linker *linker, const struct table_batch *batch, struct err *err)
{
    struct ref_facts *facts = linking->facts;
    struct tally *tally = &linker->tally;
    for (size_t r = 0; r < batch->rows; r++) {
        int64_t created = role_seconds(linker, facts->created, r);
        int64_t updated = role_seconds(linker, facts->updated, r);
        int64_t order = order_of(linking, linker, batch, r);
        if (created != LINK_NO_TIME) {
            TRY(minutes_add(&facts->begun, &tally->begun, created, err));
        }
        if (updated != LINK_NO_TIME) {
            TRY(minutes_add(&facts->changed, &tally->changed, updated, err));
        }
        if (order != LINK_NO_TIME) {
            link_head_add(&tally->head, order);
        }
    }
    tally->rows += batch->rows;
    return 0;
}

/* ---- Links ---- */

static void compare(const struct linking *linking, const struct linker *linker, size_t l, size_t row, size_t r,
                    struct link *link)
{
    const struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        uint32_t there = look_values(&linker->look, l, pair->reference)[r];
        uint32_t here = set_cell(linkage->set, row, pair->sample);
        link->agree |= (uint64_t)(here != 0 && here == there) << p;
        const struct cell_fact *fact = &look_facts(&linker->look, pair->reference)[r];
        link->filled |= (uint64_t)(fact->class != NORMAL_NONE) << p;
        int64_t seconds;
        if (pair->is_time && here != 0 && fact->seconds != LINK_NO_TIME && set_seconds(linkage->set, here, &seconds)) {
            link->difference_s[pair->time] = seconds - fact->seconds;
        }
    }
}

/* Row `row` of the set may be the batch's row r. A stronger way of linking replaces a weaker one. */
static void hit(const struct linking *linking, const struct linker *linker, const struct table_batch *batch, size_t l,
                size_t row, size_t r, enum link_via via)
{
    struct links *links = &linking->linkages[l].links;
    enum link_via before = links_via(links, row);
    if (before < via) {
        return;
    }
    struct link link = {.via = (uint8_t)via, .hits = 1};
    if (before == via) {
        link = links_get(links, row);
        link.hits = 2;
        links_put(links, row, &link);
        return;
    }
    link.created = role_seconds(linker, linking->facts->created, r);
    link.updated = role_seconds(linker, linking->facts->updated, r);
    link.deleted = role_seconds(linker, linking->facts->deleted, r);
    link.order = order_of(linking, linker, batch, r);
    for (size_t t = 0; t < LINK_TIMES_MAX; t++) {
        link.difference_s[t] = LINK_NO_TIME;
    }
    compare(linking, linker, l, row, r, &link);
    links_put(links, row, &link);
}

static void count_values(const struct linking *linking, const struct linker *linker, size_t l, size_t rows)
{
    const struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        const uint32_t *values = look_values(&linker->look, l, pair->reference);
        for (size_t r = 0; pair->counts != NULL && r < rows; r++) {
            uint8_t *count = &pair->counts[values[r]];
            uint8_t before = values[r] == 0 ? UINT8_MAX : __atomic_load_n(count, __ATOMIC_RELAXED);
            while (before < UINT8_MAX && !__atomic_compare_exchange_n(count, &before, (uint8_t)(before + 1), true,
                                                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            }
        }
    }
}

/* The batch's row r, by every column that links. */
static void link_row(struct linking *linking, struct linker *linker, const struct table_batch *batch, size_t l,
                     size_t r)
{
    const struct linkage *linkage = &linking->linkages[l];
    bool known = false;
    for (int via = 0; via < LINK_VIAS; via++) {
        int p = linkage->via_pair[via];
        uint32_t value = p < 0 ? 0 : look_values(&linker->look, l, linkage->pairs[p].reference)[r];
        uint32_t row = value == 0 ? 0 : linkage->first[via][value];
        known = known || (via <= LINK_PHONE && row != 0);
        for (; row != 0; row = linkage->next[via][row - 1]) {
            hit(linking, linker, batch, l, row - 1, r, (enum link_via)via);
        }
    }
    linker->identity_rows[l] += known;
}

static bool may_link(const struct linkage *linkage, const struct linker *linker, size_t l, size_t r)
{
    for (int via = 0; via < LINK_VIAS; via++) {
        int p = linkage->via_pair[via];
        if (p >= 0 && look_values(&linker->look, l, linkage->pairs[p].reference)[r] != 0) {
            return true;
        }
    }
    return false;
}

static void link_rows(struct linking *linking, struct linker *linker, const struct table_batch *batch, size_t l)
{
    uint16_t rows[TABLE_BATCH_ROWS];
    size_t count = 0;
    for (size_t r = 0; r < batch->rows; r++) {
        rows[count] = (uint16_t)r;
        count += may_link(&linking->linkages[l], linker, l, r);
    }
    if (count == 0) {
        return;
    }
    pthread_mutex_lock(&linking->lock);
    for (size_t i = 0; i < count; i++) {
        link_row(linking, linker, batch, l, rows[i]);
    }
    pthread_mutex_unlock(&linking->lock);
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct linking *linking = self;
    struct linker *linker = &linking->linkers[batch->worker];
    TRY(take_columns(linking, linker, batch, err));
    TRY(date_rows(linking, linker, batch, err));
    decoys_offer(&linker->decoys,
                 &(struct decoy_batch){batch->first_row, batch->rows, &linker->look, linking->facts->created});
    for (size_t l = 0; l < linking->count; l++) {
        count_values(linking, linker, l, batch->rows);
        link_rows(linking, linker, batch, l);
    }
    TRY(made_peek_take(linking->count > 0 ? linking->linkages[0].peek : NULL, batch, err));
    uint64_t rows = __atomic_add_fetch(&linking->rows, batch->rows, __ATOMIC_RELAXED);
    if (batch->worker == 0) {
        assay_tell(linking->sink, &(struct assay_progress){
                                      .verb = "match", .unit = "rows", .done = rows, .total = linking->table->rows});
    }
    return 0;
}

/* ---- The pass ---- */

static int open_links(struct linking *linking, struct err *err)
{
    const struct ref_facts *facts = linking->facts;
    const struct set **sets = calloc(linking->count + 1, sizeof(*sets));
    linking->query.sets = sets;
    linking->is_paired = calloc(linking->table->column_count + 1, sizeof(*linking->is_paired));
    if (sets == NULL || linking->is_paired == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to read %zu columns", linking->table->column_count);
    }
    linking->query.count = linking->count;
    for (size_t l = 0; l < linking->count; l++) {
        struct linkage *linkage = &linking->linkages[l];
        sets[l] = linkage->set;
        linking->query.wanted |= linkage->set->classes;
        for (size_t p = 0; p < linkage->pair_count; p++) {
            linking->is_paired[linkage->pairs[p].reference] = true;
        }
        bool has_order = facts->created < 0 && facts->id >= 0;
        TRY(links_open(&linkage->links, linkage->set->row_count, linkage->pair_count, linkage->time_count,
                       facts->created >= 0, facts->updated >= 0, facts->deleted >= 0, has_order, err));
    }
    return 0;
}

/* The sample's linkage is the first. */
static int open_decoys(const struct linking *linking, uint64_t seed, struct decoys *decoys, struct err *err)
{
    size_t columns[LINK_PAIRS_MAX];
    const struct linkage *sample = &linking->linkages[0];
    for (size_t p = 0; p < sample->pair_count; p++) {
        columns[p] = sample->pairs[p].reference;
    }
    return decoys_open(decoys, seed, columns, sample->pair_count, err);
}

static int linking_open(struct linking *linking, struct err *err)
{
    uint64_t seed = decoys_seed(linking->linkages[0].set, linking->table->rows);
    size_t columns = linking->table->column_count;
    TRY(minutes_open(&linking->facts->begun, err));
    TRY(minutes_open(&linking->facts->changed, err));
    TRY(open_links(linking, err));
    linking->linkers = calloc(linking->workers, sizeof(*linking->linkers));
    if (linking->linkers == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", linking->workers);
    }
    for (unsigned i = 0; i < linking->workers; i++) {
        struct linker *linker = &linking->linkers[i];
        linker->identity_rows = calloc(linking->count + 1, sizeof(*linker->identity_rows));
        TRY(look_open(&linker->look, &linking->query, columns, err));
        TRY(tally_open(&linker->tally, columns, linking->is_paired, err));
        TRY(open_decoys(linking, seed, &linker->decoys, err));
        if (linker->identity_rows == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %u threads", linking->workers);
        }
    }
    return 0;
}

static int linking_tell(struct linking *linking, struct err *err)
{
    for (unsigned i = 0; i < linking->workers; i++) {
        if (i > 0) {
            tally_merge(&linking->linkers[0].tally, &linking->linkers[i].tally);
            decoys_merge(&linking->linkers[0].decoys, &linking->linkers[i].decoys);
        }
        for (size_t l = 0; l < linking->count; l++) {
            linking->linkages[l].identity_rows += linking->linkers[i].identity_rows[l];
        }
    }
    linking->facts->decoys = linking->linkers[0].decoys;
    linking->linkers[0].decoys = (struct decoys){0};
    TRY(decoys_finish(&linking->facts->decoys, err));
    return tally_tell(&linking->linkers[0].tally, linking->facts, err);
}

static void linking_close(struct linking *linking)
{
    for (unsigned i = 0; linking->linkers != NULL && i < linking->workers; i++) {
        look_close(&linking->linkers[i].look);
        tally_close(&linking->linkers[i].tally);
        decoys_close(&linking->linkers[i].decoys);
        free(linking->linkers[i].identity_rows);
    }
    free(linking->linkers);
    free(linking->is_paired);
    free(linking->query.sets);
    pthread_mutex_destroy(&linking->lock);
}

int link_pass(struct linkage *linkages, size_t count, struct input *input, const struct ref_table *table,
              unsigned workers, const struct assay_sink *sink, struct ref_facts *facts, struct err *err)
{
    *facts = (struct ref_facts){0};
    link_roles(table, facts);
    struct linking linking = {
        .linkages = linkages, .count = count, .table = table, .facts = facts, .sink = sink, .workers = workers};
    pthread_mutex_init(&linking.lock, NULL);
    struct table_sink rows = {.self = &linking, .workers = workers, .table = on_table, .rows = on_rows};
    int result = linking_open(&linking, err);
    result = result == 0 ? input_stream(input, &rows, err) : result;
    result = result == 0 ? linking_tell(&linking, err) : result;
    linking_close(&linking);
    return result;
}
