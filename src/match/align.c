/* Containment of every sample column in every reference column, in one stream. */
#include <stdlib.h>

#include "base/lock.h"
#include "base/own.h"
#include "base/str.h"
#include "match/ahead.h"
#include "match/roles.h"

#include "base/banned.h"

enum { PROGRESS_ROWS = 1 << 16 };

struct pass {
    struct reference *reference;
    const struct query *query;
    const struct assay_sink *sink;
    struct ahead *ahead;
    struct look *looks; /* one per worker */
    unsigned workers;
    struct lock lock; /* while a column's bits are made */
    size_t first_table, input;
    uint64_t told_rows;
};

static int new_table(struct pass *pass, uint32_t number, const struct table_shape *shape, struct err *err)
{
    struct reference *reference = pass->reference;
    if (reference->table_count == reference->table_room) {
        size_t room = reference->table_room * 2 + 16;
        struct ref_table *tables = realloc(reference->tables, room * sizeof(*tables));
        if (tables == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu tables", room);
        }
        reference->tables = tables;
        reference->table_room = room;
    }
    struct ref_table *table = &reference->tables[reference->table_count];
    *table = (struct ref_table){.input = pass->input, .number = number, .column_count = shape->column_count};
    table->name = arena_str(&reference->arena, str_slice(shape->name, 0, SET_NAME_BYTES_MAX), err);
    table->columns = ARENA_NEW(&reference->arena, struct ref_column, shape->column_count + 1, err);
    if (table->name.data == NULL || table->columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        table->columns[i].name = arena_str(&reference->arena, str_slice(shape->columns[i], 0, SET_NAME_BYTES_MAX), err);
        if (table->columns[i].name.data == NULL) {
            return -1;
        }
    }
    reference->table_count++;
    return 0;
}

static int open_looks(struct pass *pass, size_t columns, struct err *err)
{
    for (unsigned i = 0; i < pass->workers; i++) {
        look_close(&pass->looks[i]);
        TRY(look_open(&pass->looks[i], pass->query, columns, err));
    }
    return 0;
}

/* Rows are linked ahead in a reference of one table; then a row's cells must lie side by side. */
static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct pass *pass = self;
    *ret_wanted = true;
    if (number > 0 || shape->column_count > AHEAD_COLUMNS_MAX) {
        ahead_forget(pass->ahead);
    }
    TRY(open_looks(pass, pass->ahead->is_off ? 1 : shape->column_count, err));
    return new_table(pass, number, shape, err);
}

static int make_seen(struct ref_column *column, const struct query *query, size_t s, struct err *err)
{
    uint64_t **sets = column->seen != NULL ? column->seen : calloc(query->count, sizeof(*sets));
    column->cells = column->cells != NULL ? column->cells : calloc(query->count, sizeof(*column->cells));
    if (column->cells == NULL && sets != column->seen) {
        free(sets);
        sets = NULL;
    }
    if (sets == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to compare with one more column");
    }
    if (sets[s] == NULL) {
        uint64_t *bits = calloc(query->sets[s]->value_count / 64 + 1, sizeof(uint64_t));
        __atomic_store_n(&sets[s], bits, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&column->seen, sets, __ATOMIC_RELEASE);
    return sets[s] != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory to compare with one more column");
}

/* The column's bits for a set, made if this is the first value. */
static int seen_of(struct pass *pass, struct ref_column *column, size_t s, uint64_t **ret_bits, struct err *err)
{
    uint64_t **sets = __atomic_load_n(&column->seen, __ATOMIC_ACQUIRE);
    *ret_bits = sets == NULL ? NULL : __atomic_load_n(&sets[s], __ATOMIC_ACQUIRE);
    if (*ret_bits != NULL) {
        return 0;
    }
    lock_take(&pass->lock);
    int result = make_seen(column, pass->query, s, err);
    *ret_bits = result == 0 ? column->seen[s] : NULL;
    lock_give(&pass->lock);
    return result;
}

static int mark_seen(struct pass *pass, struct ref_column *column, size_t s, const struct look *look, size_t place,
                     struct err *err)
{
    size_t count;
    const uint16_t *hits = look_hits(look, s, place, &count);
    const uint32_t *values = look_values(look, s, place);
    uint64_t *bits = NULL;
    if (count == 0) {
        return 0;
    }
    TRY(seen_of(pass, column, s, &bits, err));
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(&bits[values[hits[i]] / 64], 1);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t value = values[hits[i]];
        uint64_t bit = UINT64_C(1) << (value % 64);
        if ((__atomic_load_n(&bits[value / 64], __ATOMIC_RELAXED) & bit) == 0) {
            __atomic_fetch_or(&bits[value / 64], bit, __ATOMIC_RELAXED);
        }
    }
    __atomic_fetch_add(&column->cells[s], count, __ATOMIC_RELAXED);
    return 0;
}

static void count_epochs(struct ref_column *column, const struct cell_fact *facts, size_t rows,
                         const uint64_t *by_class)
{
    uint64_t epochs = 0;
    for (size_t r = 0; by_class[NORMAL_NUMBER] + by_class[NORMAL_DECIMAL] > 0 && r < rows; r++) {
        bool is_number = facts[r].class == NORMAL_NUMBER || facts[r].class == NORMAL_DECIMAL;
        epochs += is_number && roles_is_plausible(facts[r].seconds);
    }
    if (epochs > 0) {
        __atomic_fetch_add(&column->epochs, epochs, __ATOMIC_RELAXED);
    }
}

/* Which columns of times come before others; no other batch is under way then. */
static int keep_early(struct reference *reference, struct ref_column *column, const struct cell_fact *facts,
                      size_t rows, struct err *err)
{
    size_t first = 0;
    while (first < rows && facts[first].seconds == LOOK_NO_TIME) {
        first++;
    }
    if (first == rows) {
        return 0; /* most columns */
    }
    column->early = ARENA_NEW(&reference->arena, int64_t, rows + 1, err);
    if (column->early == NULL) {
        return -1;
    }
    for (size_t r = 0; r < rows; r++) {
        column->early[r] = facts[r].seconds;
    }
    column->early_count = rows;
    return 0;
}

static int scan_column(struct pass *pass, struct look *look, struct ref_column *column, const struct table_batch *batch,
                       size_t c, struct err *err)
{
    const struct ahead *ahead = pass->ahead;
    const uint64_t *by_class = look->by_class;
    unsigned linked = 0;
    if (ahead->is_linking) {
        (void)linking_wants(&ahead->linking, c, &linked);
    }
    size_t place = ahead->is_off ? 0 : c;
    TRY(look_column(look, batch, c, place, column->day_first, pass->query->wanted | linked, err));
    const struct cell_fact *facts = look_facts(look, place);
    count_epochs(column, facts, batch->rows, by_class);
    if (batch->first_row == 0) {
        TRY(keep_early(pass->reference, column, facts, batch->rows, err));
    }
    for (int class = 0; class < NORMAL_CLASSES; class ++) {
        if (by_class[class] > 0) {
            __atomic_fetch_add(&column->by_class[class], by_class[class], __ATOMIC_RELAXED);
        }
    }
    for (size_t s = 0; s < pass->query->count; s++) {
        TRY(mark_seen(pass, column, s, look, place, err));
    }
    return 0;
}

/* The first rows settle whether a column writes the day first; no other batch is under way then (formats/table.h). */
static void settle_dates(const struct ref_table *table, const struct table_batch *batch)
{
    for (size_t c = 0; c < batch->columns; c++) {
        table->columns[c].day_first = table->columns[c].day_first || set_days_first(batch, c);
    }
}

/* Rows from AHEAD_ROWS on are linked, once it has been guessed how; the first of them waits for those before it that are
 * being looked at, and guesses. */
static int enter(struct pass *pass, const struct table_batch *batch, const struct ref_table *table, struct err *err)
{
    struct ahead *ahead = pass->ahead;
    int result = 0;
    lock_take(&ahead->lock);
    while (batch->first_row >= AHEAD_ROWS && !ahead->is_off && !ahead->is_linking && ahead->inside > 0) {
        bell_wait(&ahead->left, &ahead->lock);
    }
    if (batch->first_row >= AHEAD_ROWS && !ahead->is_off && !ahead->is_linking) {
        result = ahead_guess(ahead, pass->query, table, pass->workers, err);
    }
    ahead->inside++;
    lock_give(&ahead->lock);
    return result;
}

static void leave(struct ahead *ahead)
{
    lock_take(&ahead->lock);
    ahead->inside--;
    bell_ring_all(&ahead->left);
    lock_give(&ahead->lock);
}

static int scan_rows(struct pass *pass, const struct table_batch *batch, struct ref_table *table, struct err *err)
{
    struct ahead *ahead = pass->ahead;
    struct look *look = &pass->looks[batch->worker];
    if (batch->first_row == 0) {
        settle_dates(table, batch);
    }
    for (size_t c = 0; c < batch->columns; c++) {
        TRY(scan_column(pass, look, &table->columns[c], batch, c, err));
    }
    if (!ahead->is_linking || batch->first_row < AHEAD_ROWS) {
        return 0;
    }
    uint64_t first = __atomic_load_n(&ahead->first, __ATOMIC_RELAXED);
    while (batch->first_row < first && !__atomic_compare_exchange_n(&ahead->first, &first, batch->first_row, true,
                                                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return linking_rows(&ahead->linking, look, batch, err);
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct pass *pass = self;
    struct ref_table *table = &pass->reference->tables[pass->first_table + batch->table];
    int result = enter(pass, batch, table, err);
    result = result == 0 ? scan_rows(pass, batch, table, err) : result;
    __atomic_fetch_add(&table->rows, result == 0 ? batch->rows : 0, __ATOMIC_RELAXED);
    leave(pass->ahead);
    TRY(result);
    uint64_t rows = __atomic_add_fetch(&pass->reference->rows, batch->rows, __ATOMIC_RELAXED);
    if (batch->worker == 0 && rows - pass->told_rows >= PROGRESS_ROWS) {
        pass->told_rows = rows;
        assay_tell(pass->sink, &(struct assay_progress){.verb = "match", .unit = "rows", .done = rows});
    }
    return 0;
}

int align_pass(struct reference *reference, struct input *input, size_t input_index, const struct query *query,
               struct ahead *ahead, unsigned workers, const struct assay_sink *sink, struct err *err)
{
    struct ahead none;
    ahead_open(&none, true);
    struct pass pass = {.reference = reference,
                        .query = query,
                        .sink = sink,
                        .first_table = reference->table_count,
                        .input = input_index,
                        .ahead = ahead != NULL ? ahead : &none,
                        .workers = workers,
                        .told_rows = reference->rows};
    if (input->source != NULL) { /* a database may give its rows in another order the next time */
        ahead_forget(pass.ahead);
    }
    pass.looks = calloc(workers, sizeof(*pass.looks));
    int result = pass.looks != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory for %u threads", workers);
    lock_init(&pass.lock);
    struct table_sink rows = {.self = &pass, .workers = workers, .table = on_table, .rows = on_rows};
    result = result == 0 ? input_stream(input, &rows, err) : result;
    lock_end(&pass.lock);
    for (unsigned i = 0; pass.looks != NULL && i < workers; i++) {
        look_close(&pass.looks[i]);
    }
    free(pass.looks);
    ahead_close(&none);
    return result;
}

void align_settle(struct ref_column *column)
{
    column->class = NORMAL_NONE;
    column->filled = 0;
    for (int class = NORMAL_EMAIL; class < NORMAL_CLASSES; class ++) {
        column->filled += column->by_class[class];
        if (column->class == NORMAL_NONE ? column->by_class[class] > 0
                                         : column->by_class[class] > column->by_class[column->class]) {
            column->class = (enum normal_class) class;
        }
    }
    roles_settle(column);
}

void align_finish(struct reference *reference)
{
    for (size_t t = 0; t < reference->table_count; t++) {
        for (size_t c = 0; c < reference->tables[t].column_count; c++) {
            align_settle(&reference->tables[t].columns[c]);
        }
    }
}

void reference_truncate(struct reference *reference, const struct query *query, size_t count)
{
    for (size_t t = count; t < reference->table_count; t++) {
        for (size_t c = 0; c < reference->tables[t].column_count; c++) {
            struct ref_column *column = &reference->tables[t].columns[c];
            for (size_t s = 0; column->seen != NULL && s < query->count; s++) {
                free(column->seen[s]);
            }
            free(column->seen);
            free(column->cells);
        }
    }
    reference->table_count = reference->table_count > count ? count : reference->table_count;
}

void reference_close(struct reference *reference, const struct query *query)
{
    reference_truncate(reference, query, 0);
    free(reference->tables);
    arena_clear(&reference->arena);
}

void align_containment(const struct set *set, size_t c, const uint64_t *seen, uint64_t *ret_k, uint64_t *ret_n)
{
    const struct set_column *column = &set->columns[c];
    uint64_t common = 0;
    for (size_t i = 0; seen != NULL && i <= set->value_count / 64; i++) {
        common += (uint64_t)__builtin_popcountll(seen[i] & column->values[i]);
    }
    *ret_n = column->filled;
    *ret_k = common;
    if (common == 0 || column->distinct == column->filled) { /* a value a row */
        return;
    }
    *ret_k = 0;
    for (size_t r = 0; r < set->row_count; r++) {
        uint32_t value = set_cell(set, r, c);
        *ret_k += value != 0 && (seen[value / 64] >> (value % 64) & 1U) != 0;
    }
}

double align_repeats(const struct set *set, const struct ref_column *column, size_t s)
{
    uint64_t values = 0;
    for (size_t i = 0; column->seen != NULL && column->seen[s] != NULL && i < set->value_count / 64 + 1; i++) {
        values += (uint64_t)__builtin_popcountll(column->seen[s][i]);
    }
    return values == 0 ? 1 : (double)column->cells[s] / (double)values;
}

/* How telling it is that a column of this class is contained: a small number is in every table. */
static double weight(enum normal_class class)
{
    switch (class) {
    case NORMAL_SECRET:
        return 4;
    case NORMAL_EMAIL:
        return 3;
    case NORMAL_PHONE:
    case NORMAL_TIME:
        return 2;
    case NORMAL_TEXT:
        return 1;
    case NORMAL_DATE:
        return .5;
    case NORMAL_DECIMAL:
        return .2;
    case NORMAL_NUMBER:
        return .05;
    case NORMAL_NONE:
    case NORMAL_CLASSES:
        break;
    }
    return 0;
}

/* Sum over the sample's columns of the best containment, weighted; the same name is worth a tie. */
static double score_of(const struct set *set, size_t s, const struct ref_table *table)
{
    double score = 0;
    for (size_t c = 0; c < set->column_count; c++) {
        double best = 0;
        for (size_t d = 0; d < table->column_count; d++) {
            const struct ref_column *column = &table->columns[d];
            uint64_t k, n;
            if (column->seen == NULL || column->seen[s] == NULL) {
                continue;
            }
            align_containment(set, c, column->seen[s], &k, &n);
            double share = n == 0 ? 0 : (double)k / (double)n;
            share += share > 0 && str_eq_nocase(set->columns[c].name, column->name) ? .05 : 0;
            best = share > best ? share : best;
        }
        score += best * weight(set->columns[c].class);
    }
    return score;
}

bool align_choose(const struct reference *reference, const struct query *query, size_t *ret_set, size_t *ret_table)
{
    double best = 0;
    for (size_t s = 0; s < query->sample_count; s++) {
        for (size_t t = 0; t < reference->table_count; t++) {
            double score = score_of(query->sets[s], s, &reference->tables[t]);
            bool smaller =
                best > 0 && score > best - 1e-9 && reference->tables[t].rows < reference->tables[*ret_table].rows;
            if (score > best + 1e-9 || smaller) {
                best = score > best ? score : best;
                *ret_set = s;
                *ret_table = t;
            }
        }
    }
    return best > 0;
}
