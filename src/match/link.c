/* Linking rows, in one stream over the table. */
#include <stdlib.h>

#include "base/str.h"
#include "match/link.h"
#include "match/made_peek.h"

#include "base/banned.h"

static bool is_role(const struct ref_facts *facts, size_t c)
{
    return (int)c == facts->created || (int)c == facts->updated || (int)c == facts->deleted;
}

bool linking_wants(const struct linking *linking, size_t column, unsigned *ret_wanted)
{
    *ret_wanted = linking->is_paired[column] ? NORMAL_ALL : 0;
    return linking->is_paired[column] || is_role(linking->facts, column);
}

/* ---- What the table is like ---- */

static void tally_columns(const struct linking *linking, struct linker *linker, const struct look *look, size_t rows)
{
    for (size_t c = 0; c < linking->table->column_count; c++) {
        const struct cell_fact *facts = look_facts(look, c);
        for (size_t r = 0; linking->is_paired[c] && r < rows; r++) {
            if (facts[r].class != NORMAL_NONE) {
                tally_value(&linker->tally, c, facts[r].hash);
            }
        }
    }
}

static int64_t role_seconds(const struct look *look, int column, size_t r)
{
    return column < 0 ? LINK_NO_TIME : look_facts(look, (size_t)column)[r].seconds;
}

/* A row's place by creation: its time, without such a column its number. */
static int64_t order_of(const struct linking *linking, const struct look *look, const struct table_batch *batch,
                        size_t r)
{
    const struct ref_facts *facts = linking->facts;
    int64_t order;
    if (facts->created >= 0 || facts->id < 0) {
        return role_seconds(look, facts->created, r);
    }
    return str_i64(str_trim(batch->cells[r * batch->columns + (size_t)facts->id]), &order) ? order : LINK_NO_TIME;
}

static int date_rows(const struct linking *linking, struct linker *linker, const struct look *look,
                     const struct table_batch *batch, struct err *err)
{
    struct ref_facts *facts = linking->facts;
    struct tally *tally = &linker->tally;
    for (size_t r = 0; r < batch->rows; r++) {
        int64_t created = role_seconds(look, facts->created, r);
        int64_t updated = role_seconds(look, facts->updated, r);
        int64_t order = order_of(linking, look, batch, r);
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

static void compare(const struct linking *linking, const struct look *look, size_t l, size_t row, size_t r,
                    struct link *link)
{
    const struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        uint32_t there = look_values(look, l, pair->reference)[r];
        uint32_t here = set_cell(linkage->set, row, pair->sample);
        link->agree |= (uint64_t)(here != 0 && here == there) << p;
        const struct cell_fact *fact = &look_facts(look, pair->reference)[r];
        link->filled |= (uint64_t)(fact->class != NORMAL_NONE) << p;
        int64_t seconds;
        if (pair->is_time && here != 0 && fact->seconds != LINK_NO_TIME && set_seconds(linkage->set, here, &seconds)) {
            link->difference_s[pair->time] = seconds - fact->seconds;
        }
    }
}

/* Row `row` of the set may be the batch's row r, by these ways of linking. */
static void hit(const struct linking *linking, const struct look *look, const struct table_batch *batch, size_t l,
                size_t row, size_t r, unsigned ways)
{
    struct links *links = &linking->linkages[l].links;
    enum links_offered offered = links_offer(links, row, ways);
    if (offered == LINKS_WORSE) {
        return;
    }
    struct link link = {0};
    link.created = role_seconds(look, linking->facts->created, r);
    link.updated = role_seconds(look, linking->facts->updated, r);
    link.deleted = role_seconds(look, linking->facts->deleted, r);
    link.order = order_of(linking, look, batch, r);
    for (size_t t = 0; t < LINK_TIMES_MAX; t++) {
        link.difference_s[t] = LINK_NO_TIME;
    }
    compare(linking, look, l, row, r, &link);
    if (offered == LINKS_BEST) {
        links_put(links, row, &link);
    } else {
        links_rival(links, row, &link);
    }
}

static void count_once(uint8_t *count)
{
    uint8_t before = __atomic_load_n(count, __ATOMIC_RELAXED);
    while (before < UINT8_MAX && !__atomic_compare_exchange_n(count, &before, (uint8_t)(before + 1), true,
                                                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* Each step touches what lies far apart, so it is sent for one step before. */
static void count_pair(const struct dense *dense, const struct link_pair *pair, const uint32_t *values,
                       const uint16_t *hits, size_t count)
{
    uint32_t numbers[TABLE_BATCH_ROWS];
    for (size_t i = 0; i < count; i++) {
        dense_prefetch(dense, values[hits[i]]);
    }
    for (size_t i = 0; i < count; i++) {
        numbers[i] = dense_of(dense, values[hits[i]]);
        __builtin_prefetch(&pair->counts[numbers[i]], 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] != 0) {
            count_once(&pair->counts[numbers[i]]);
        }
    }
}

static void count_values(const struct linking *linking, const struct look *look, size_t l)
{
    const struct linkage *linkage = &linking->linkages[l];
    for (size_t p = 0; p < linkage->pair_count; p++) {
        const struct link_pair *pair = &linkage->pairs[p];
        if (pair->counts != NULL) {
            size_t count;
            const uint16_t *hits = look_hits(look, l, pair->reference, &count);
            count_pair(&linkage->dense[pair->sample], pair, look_values(look, l, pair->reference), hits, count);
        }
    }
}

/* By which columns is row `row` of the set the one with these values? */
static unsigned ways_of(const struct linkage *linkage, size_t row, const uint32_t values[static LINK_VIAS])
{
    unsigned ways = 0;
    for (int via = 0; via < LINK_VIAS; via++) {
        if (values[via] != 0 &&
            set_cell(linkage->set, row, linkage->pairs[linkage->via_pair[via]].sample) == values[via]) {
            ways |= link_way((enum link_via)via);
        }
    }
    return ways;
}

/* What row r of the batch has in the column of that way, as the set numbers it. */
static uint32_t value_of(const struct linkage *linkage, const struct look *look, size_t l, int via, size_t r)
{
    int p = linkage->via_pair[via];
    return p < 0 ? 0 : look_values(look, l, linkage->pairs[p].reference)[r];
}

/* First row + 1 of the set that has the value in the column of that way. */
static uint32_t first_row(const struct linkage *linkage, int via, uint32_t value)
{
    return value == 0
               ? 0
               : linkage->first[via][dense_of(&linkage->dense[linkage->pairs[linkage->via_pair[via]].sample], value)];
}

/* The batch's row r, by every column that links. */
static void link_row(struct linking *linking, struct linker *linker, const struct look *look,
                     const struct table_batch *batch, size_t l, size_t r)
{
    const struct linkage *linkage = &linking->linkages[l];
    uint32_t values[LINK_VIAS];
    for (int via = 0; via < LINK_VIAS; via++) {
        values[via] = value_of(linkage, look, l, via, r);
    }
    bool known = false;
    for (int via = 0; via < LINK_VIAS; via++) {
        uint32_t row = first_row(linkage, via, values[via]);
        known = known || (via <= LINK_PHONE && row != 0);
        for (; row != 0; row = linkage->next[via][row - 1]) {
            unsigned ways = ways_of(linkage, row - 1, values);
            if (link_strongest(ways) == (enum link_via)via) { /* else it was offered by a stronger way */
                hit(linking, look, batch, l, row - 1, r, ways);
            }
        }
    }
    linker->identity_rows[l] += known;
}

/* Rows that have a value of a column that links. */
static size_t rows_that_link(const struct linkage *linkage, const struct look *look, size_t l, size_t rows,
                             uint16_t *ret_rows)
{
    bool is_known[TABLE_BATCH_ROWS] = {false};
    size_t count = 0;
    size_t all = 0;
    for (int via = 0; via < LINK_VIAS; via++) {
        int p = linkage->via_pair[via];
        size_t hit_count = 0;
        const uint16_t *hits = p < 0 ? NULL : look_hits(look, l, linkage->pairs[p].reference, &hit_count);
        for (size_t i = 0; i < hit_count; i++) {
            is_known[hits[i]] = true;
        }
        all += hit_count;
    }
    if (all == 0) {
        return 0;
    }
    for (size_t r = 0; r < rows; r++) {
        ret_rows[count] = (uint16_t)r;
        count += is_known[r];
    }
    return count;
}

/* What linking a row will touch is far apart, so it is sent for before the lock is taken, step by step. Inlined by
 * order: calls of a function that only does that are dropped. */
static inline __attribute__((always_inline)) void fetch_rows(const struct linkage *linkage, const struct look *look,
                                                             size_t l, int via, const uint16_t *rows, size_t count)
{
    const struct dense *dense = &linkage->dense[linkage->pairs[linkage->via_pair[via]].sample];
    uint32_t numbers[TABLE_BATCH_ROWS];
    for (size_t i = 0; i < count; i++) {
        dense_prefetch(dense, value_of(linkage, look, l, via, rows[i]));
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t value = value_of(linkage, look, l, via, rows[i]);
        numbers[i] = value == 0 ? 0 : dense_of(dense, value);
        __builtin_prefetch(&linkage->first[via][numbers[i]]);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t row = numbers[i] == 0 ? 0 : linkage->first[via][numbers[i]];
        if (row != 0) {
            links_prefetch(&linkage->links, row - 1);
            __builtin_prefetch(&linkage->set->cells[(row - 1) * linkage->set->column_count]);
        }
    }
}

static void link_rows(struct linking *linking, struct linker *linker, const struct look *look,
                      const struct table_batch *batch, size_t l)
{
    uint16_t rows[TABLE_BATCH_ROWS];
    size_t count = rows_that_link(&linking->linkages[l], look, l, batch->rows, rows);
    if (count == 0) {
        return;
    }
    for (int via = 0; via < LINK_VIAS; via++) {
        if (linking->linkages[l].via_pair[via] >= 0) {
            fetch_rows(&linking->linkages[l], look, l, via, rows, count);
        }
    }
    lock_take(&linking->lock);
    for (size_t i = 0; i < count; i++) {
        link_row(linking, linker, look, batch, l, rows[i]);
    }
    lock_give(&linking->lock);
}

int linking_rows(struct linking *linking, const struct look *look, const struct table_batch *batch, struct err *err)
{
    struct linker *linker = &linking->linkers[batch->worker];
    tally_columns(linking, linker, look, batch->rows);
    TRY(date_rows(linking, linker, look, batch, err));
    decoys_offer(&linker->decoys, &(struct decoy_batch){batch->first_row, batch->rows, look, linking->facts->created});
    for (size_t l = 0; l < linking->count; l++) {
        count_values(linking, look, l);
        link_rows(linking, linker, look, batch, l);
    }
    return made_peek_take(linking->linkages[0].peek, batch, err);
}

/* ---- Opening, closing ---- */

static int open_linkages(struct linking *linking, struct err *err)
{
    const struct set **sets = calloc(linking->count + 1, sizeof(*sets));
    linking->query.sets = sets;
    linking->query.count = linking->count;
    linking->is_paired = calloc(linking->table->column_count + 1, sizeof(*linking->is_paired));
    if (sets == NULL || linking->is_paired == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to read %zu columns", linking->table->column_count);
    }
    for (size_t l = 0; l < linking->count; l++) {
        struct linkage *linkage = &linking->linkages[l];
        sets[l] = linkage->set;
        linking->query.wanted |= linkage->set->classes;
        for (size_t p = 0; p < linkage->pair_count; p++) {
            linking->is_paired[linkage->pairs[p].reference] = true;
        }
        TRY(linkage_open(linkage, linking->table, linking->facts, err));
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

int linking_open(struct linking *linking, struct linkage *linkages, size_t count, const struct ref_table *table,
                 struct ref_facts *facts, unsigned workers, struct err *err)
{
    *linking =
        (struct linking){.linkages = linkages, .count = count, .table = table, .facts = facts, .workers = workers};
    lock_init(&linking->lock);
    uint64_t seed = decoys_seed(linkages[0].set, table->name);
    TRY(minutes_open(&facts->begun, err));
    TRY(minutes_open(&facts->changed, err));
    TRY(open_linkages(linking, err));
    linkages[0].peek = calloc(1, sizeof(*linkages[0].peek));
    if (linkages[0].peek == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %s", "the table's rows");
    }
    TRY(made_peek_open(linkages[0].peek, table, err));
    linking->linkers = calloc(workers, sizeof(*linking->linkers));
    if (linking->linkers == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u threads", workers);
    }
    for (unsigned i = 0; i < workers; i++) {
        struct linker *linker = &linking->linkers[i];
        linker->identity_rows = calloc(count + 1, sizeof(*linker->identity_rows));
        TRY(tally_open(&linker->tally, table->column_count, linking->is_paired, err));
        TRY(open_decoys(linking, seed, &linker->decoys, err));
        if (linker->identity_rows == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %u threads", workers);
        }
    }
    return 0;
}

int linking_tell(struct linking *linking, struct err *err)
{
    for (unsigned i = 0; i < linking->workers; i++) {
        TRY(minutes_flush(&linking->facts->begun, &linking->linkers[i].tally.begun, err));
        TRY(minutes_flush(&linking->facts->changed, &linking->linkers[i].tally.changed, err));
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
    TRY(tally_tell(&linking->linkers[0].tally, linking->facts, err));
    return made_peek_end(linking->linkages[0].peek, err);
}

void linking_close(struct linking *linking)
{
    for (unsigned i = 0; linking->linkers != NULL && i < linking->workers; i++) {
        tally_close(&linking->linkers[i].tally);
        decoys_close(&linking->linkers[i].decoys);
        free(linking->linkers[i].identity_rows);
    }
    free(linking->linkers);
    free(linking->is_paired);
    free(linking->query.sets);
    lock_end(&linking->lock);
    *linking = (struct linking){0};
}

/* ---- A pass over the table ---- */

struct pass {
    struct linking *linking;
    const struct assay_sink *sink;
    struct look *looks; /* per worker */
    uint64_t end, rows; /* rows below end are linked; rows: linked so far */
};

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    const struct pass *pass = self;
    const struct ref_table *table = pass->linking->table;
    *ret_wanted = number == table->number;
    if (*ret_wanted && shape->column_count != table->column_count) {
        return err_set(err, ERR_FORMAT, "%.*s changed while it was read", STR_FMT(shape->name));
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *given, struct err *err)
{
    struct pass *pass = self;
    struct table_batch batch = *given;
    struct linking *linking = pass->linking;
    if (batch.first_row >= pass->end) { /* others may still be at rows below it */
        bool is_over = __atomic_load_n(&pass->rows, __ATOMIC_RELAXED) == pass->end;
        return is_over ? err_set(err, ERR_IO, "rows behind the last that was asked for") : 0;
    }
    batch.rows = pass->end - batch.first_row < batch.rows ? (size_t)(pass->end - batch.first_row) : batch.rows;
    struct look *look = &pass->looks[batch.worker];
    for (size_t c = 0; c < batch.columns; c++) {
        unsigned wanted;
        if (linking_wants(linking, c, &wanted)) {
            TRY(look_column(look, &batch, c, c, linking->table->columns[c].day_first, wanted, err));
        }
    }
    TRY(linking_rows(linking, look, &batch, err));
    uint64_t rows = __atomic_add_fetch(&pass->rows, batch.rows, __ATOMIC_RELAXED);
    if (batch.worker == 0) {
        assay_tell(pass->sink, &(struct assay_progress){
                                   .verb = "match", .unit = "rows", .done = rows, .total = linking->table->rows});
    }
    return 0;
}

int link_pass(struct linking *linking, struct input *input, uint64_t end, const struct assay_sink *sink,
              struct err *err)
{
    struct pass pass = {.linking = linking, .sink = sink, .end = end};
    struct table_report report = input->report; /* of the whole file, which this pass may not read to its end */
    input->report = (struct table_report){0};
    struct table_sink rows = {.self = &pass, .workers = linking->workers, .table = on_table, .rows = on_rows};
    pass.looks = calloc(linking->workers, sizeof(*pass.looks));
    int result = pass.looks != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory for %u threads", linking->workers);
    for (unsigned i = 0; result == 0 && i < linking->workers; i++) {
        result = look_open(&pass.looks[i], &linking->query, linking->table->column_count, err);
    }
    result = result == 0 ? input_stream(input, &rows, err) : result;
    if (result != 0 && pass.rows == end) { /* stopped as all were linked */
        *err = (struct err){0};
        result = 0;
    }
    for (unsigned i = 0; pass.looks != NULL && i < linking->workers; i++) {
        look_close(&pass.looks[i]);
    }
    free(pass.looks);
    table_report_close(&input->report);
    input->report = report;
    return result;
}

int link_table(struct linkage *linkages, size_t count, struct input *input, const struct ref_table *table,
               unsigned workers, const struct assay_sink *sink, struct ref_facts *facts, struct err *err)
{
    struct linking linking;
    *facts = (struct ref_facts){0};
    link_roles(table, facts);
    int result = linking_open(&linking, linkages, count, table, facts, workers, err);
    result = result == 0 ? link_pass(&linking, input, UINT64_MAX, sink, err) : result;
    result = result == 0 ? linking_tell(&linking, err) : result;
    linking_close(&linking);
    return result;
}
